/*
** What every bounds kernel shares: sums in registers become the sums of rows, and those become
** bounds. The kernels of kernel/simd128_bounds.c and of wasm/relaxed include it, so that their
** bounds have the same bits.
**
** Two shapes of the inner loop:
**
**   one query     four rows at once. What is loaded of the query serves four rows
**   four queries  two rows at once. What is loaded of a row serves four queries, and what is loaded
**                 of a query serves two rows: six loads for eight products, in place of ten. Eight
**                 sums and what they are made of fit the sixteen registers of x86
*/
#ifndef VSS_SIMD_BOUNDS_H
#define VSS_SIMD_BOUNDS_H

#include "kernel/intrinsics.h"

/* Queries that share what is loaded of a row. */
#define VSS_SHARING 4

/* The sum of the lanes of each of four registers, that of register i in lane i. */
static inline v128_t add_across(v128_t sum0_i32x4, v128_t sum1_i32x4, v128_t sum2_i32x4,
                                v128_t sum3_i32x4) {
  /*
  ** Transpose and add:    sum0 | a0 a1 a2 a3 |      first    | a0+a2 b0+b2 a1+a3 b1+b3 |
  **                       sum1 | b0 b1 b2 b3 |      second   | c0+c2 d0+d2 c1+c3 d1+d3 |
  **                       ...                       result   | sum a   sum b   sum c   sum d |
  */
  const v128_t a_i32x4 = wasm_i32x4_add(wasm_i32x4_shuffle(sum0_i32x4, sum1_i32x4, 0, 4, 1, 5),
                                        wasm_i32x4_shuffle(sum0_i32x4, sum1_i32x4, 2, 6, 3, 7));
  const v128_t b_i32x4 = wasm_i32x4_add(wasm_i32x4_shuffle(sum2_i32x4, sum3_i32x4, 0, 4, 1, 5),
                                        wasm_i32x4_shuffle(sum2_i32x4, sum3_i32x4, 2, 6, 3, 7));
  return wasm_i32x4_add(wasm_i32x4_shuffle(a_i32x4, b_i32x4, 0, 1, 4, 5),
                        wasm_i32x4_shuffle(a_i32x4, b_i32x4, 2, 3, 6, 7));
}

/*
** The sums of four queries and two rows, that of query q and row r in sums[2 * q + r], become two
** registers:   | query 0 row 0 | query 0 row 1 | query 1 row 0 | query 1 row 1 |   2 and 3 likewise
*/
static inline void add_pairs(const v128_t sums_i32x4[2 * VSS_SHARING], v128_t out_i32x4[2]) {
  out_i32x4[0] = add_across(sums_i32x4[0], sums_i32x4[1], sums_i32x4[2], sums_i32x4[3]);
  out_i32x4[1] = add_across(sums_i32x4[4], sums_i32x4[5], sums_i32x4[6], sums_i32x4[7]);
}

/* Such pairs of rows 0 and 1, and of rows 2 and 3: for each query the sums of four rows. */
static inline void join_pairs(const v128_t first_i32x4[2], const v128_t second_i32x4[2],
                              v128_t out_i32x4[VSS_SHARING]) {
  out_i32x4[0] = wasm_i64x2_shuffle(first_i32x4[0], second_i32x4[0], 0, 2);
  out_i32x4[1] = wasm_i64x2_shuffle(first_i32x4[0], second_i32x4[0], 1, 3);
  out_i32x4[2] = wasm_i64x2_shuffle(first_i32x4[1], second_i32x4[1], 0, 2);
  out_i32x4[3] = wasm_i64x2_shuffle(first_i32x4[1], second_i32x4[1], 1, 3);
}

/*
** The bounds of four rows, from their I and their part of the margins: the formula of
** VssQueryCodes, in its order.
*/
static inline v128_t bounds_of(float constant, float scale, float kappa, v128_t dot_i32x4,
                               v128_t rho_f32x4, v128_t base_f32x4) {
  const v128_t estimate_f32x4 =
      wasm_f32x4_sub(wasm_f32x4_add(base_f32x4, wasm_f32x4_splat(constant)),
                     wasm_f32x4_mul(wasm_f32x4_splat(scale), wasm_f32x4_convert_i32x4(dot_i32x4)));
  const v128_t bound_f32x4 =
      wasm_f32x4_sub(estimate_f32x4, wasm_f32x4_mul(wasm_f32x4_splat(kappa), rho_f32x4));
  /* pmax(a, b) is a < b ? b : a. With a NaN as b, the comparison is false: the bound is -Inf. */
  return wasm_f32x4_pmax(wasm_f32x4_splat(-__builtin_inff()), bound_f32x4);
}

#endif
