/*
** The end of every bounds kernel: four sums become four bounds. The kernels of kernel/simd128.c and
** of wasm/relaxed share it, so that their bounds have the same bits.
*/
#ifndef VSS_SIMD_BOUNDS_H
#define VSS_SIMD_BOUNDS_H

#include "kernel/intrinsics.h"

/*
** Before a loop: one turn is written out below, and a compiler that unrolls further makes V8 spill
** (TURN_DIMS in kernel/simd128.c).
*/
#ifdef __clang__
#define VSS_NO_UNROLL _Pragma("clang loop unroll(disable)")
#else
#define VSS_NO_UNROLL
#endif

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
