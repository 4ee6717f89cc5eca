/*
** The bounds kernels of kernel/kernel.h in WebAssembly SIMD128 intrinsics. The reference is
** kernel/scalar.c, and kernel/simd_bounds.h has the two shapes of their loops.
**
**   bounds    one register of int32 sums for each row and query
**               e       | e0 .. e7 |  8 x int16
**               codes   | c0 .. c7 |  8 x int8 of a row, widened to int16
**               dot     | e0c0+e1c1 | e2c2+e3c3 | e4c4+e5c5 | e6c6+e7c7 |   added to the sum
**
**   coarse bounds    four components share 16 bits, and are masked apart (vss_highs_widen())
*/
#include "kernel/kernel.h"

#include <stddef.h>

#include "kernel/simd_bounds.h"

/*
** Eight codes as int16: load8x8_s, which is one pmovsxbw in every engine. SIMDe 0.7 makes two
** conversions of four codes from it; natively, this pair of intrinsics compiles to the one
** instruction.
*/
static inline v128_t load_codes(const int8_t *codes) {
#ifdef __wasm__
  return wasm_i16x8_load8x8(codes);
#else
  return wasm_i16x8_extend_low_i8x16(wasm_v128_load64_zero(codes));
#endif
}

/*
** Dimensions of one turn of the inner loop. V8 moves the loads of a whole turn to its front, and
** spills registers to memory where there are more loads than registers.
*/
#define TURN_DIMS 16

/*
** Add eight products to a sum, two to each lane. The products fit: |e| < 2^15, |c| < 2^7.
** load8x8_s and dot_i16x8_s are one x86 instruction each (pmovsxbw, pmaddwd); extmul_i16x8_i8x16,
** which multiplies without widening first, would be three to five.
*/
static inline v128_t add_dot(v128_t sum_i32x4, v128_t codes_i16x8, v128_t e_i16x8) {
  return wasm_i32x4_add(sum_i32x4, wasm_i32x4_dot_i16x8(codes_i16x8, e_i16x8));
}

/* I of four rows (see VssQueryCodes), row i in lane i. */
static inline v128_t dot_rows(const int16_t *e, int n_lines, const int8_t *row0, const int8_t *row1,
                              const int8_t *row2, const int8_t *row3) {
  v128_t sum0_i32x4 = wasm_i32x4_splat(0);
  v128_t sum1_i32x4 = sum0_i32x4;
  v128_t sum2_i32x4 = sum0_i32x4;
  v128_t sum3_i32x4 = sum0_i32x4;
  for (int line = 0; line < n_lines; line++) {
    VSS_NO_UNROLL
    for (int turn = 0; turn < VSS_LINE_BYTES; turn += TURN_DIMS) {
      for (int j = turn; j < turn + TURN_DIMS; j += 8) {
        const v128_t e_i16x8 = wasm_v128_load(e + j);
        sum0_i32x4 = add_dot(sum0_i32x4, load_codes(row0 + j), e_i16x8);
        sum1_i32x4 = add_dot(sum1_i32x4, load_codes(row1 + j), e_i16x8);
        sum2_i32x4 = add_dot(sum2_i32x4, load_codes(row2 + j), e_i16x8);
        sum3_i32x4 = add_dot(sum3_i32x4, load_codes(row3 + j), e_i16x8);
      }
    }
    e += VSS_LINE_BYTES;
    row0 += VSS_LINE_STRIDE_BYTES;
    row1 += VSS_LINE_STRIDE_BYTES;
    row2 += VSS_LINE_STRIDE_BYTES;
    row3 += VSS_LINE_STRIDE_BYTES;
  }
  return add_across(sum0_i32x4, sum1_i32x4, sum2_i32x4, sum3_i32x4);
}

/* I of two rows for four queries, as add_pairs() orders them. The second row is a line further. */
static inline void dot_pairs(const VssQueryCodes *const queries[VSS_SHARING], const int8_t *row,
                             v128_t out_i32x4[2]) {
  const int16_t *e0 = queries[0]->e, *e1 = queries[1]->e;
  const int16_t *e2 = queries[2]->e, *e3 = queries[3]->e;
  v128_t sums_i32x4[2 * VSS_SHARING];
  for (int s = 0; s < 2 * VSS_SHARING; s++)
    sums_i32x4[s] = wasm_i32x4_splat(0);
  for (int left = queries[0]->padded_dim; left > 0; left -= VSS_LINE_BYTES) {
    VSS_NO_UNROLL
    for (int turn = 0; turn < VSS_LINE_BYTES; turn += TURN_DIMS) {
      for (int j = 0; j < TURN_DIMS; j += 8) {
        const v128_t row0_i16x8 = load_codes(row + j);
        const v128_t row1_i16x8 = load_codes(row + VSS_LINE_BYTES + j);
        v128_t e_i16x8 = wasm_v128_load(e0 + j);
        sums_i32x4[0] = add_dot(sums_i32x4[0], row0_i16x8, e_i16x8);
        sums_i32x4[1] = add_dot(sums_i32x4[1], row1_i16x8, e_i16x8);
        e_i16x8 = wasm_v128_load(e1 + j);
        sums_i32x4[2] = add_dot(sums_i32x4[2], row0_i16x8, e_i16x8);
        sums_i32x4[3] = add_dot(sums_i32x4[3], row1_i16x8, e_i16x8);
        e_i16x8 = wasm_v128_load(e2 + j);
        sums_i32x4[4] = add_dot(sums_i32x4[4], row0_i16x8, e_i16x8);
        sums_i32x4[5] = add_dot(sums_i32x4[5], row1_i16x8, e_i16x8);
        e_i16x8 = wasm_v128_load(e3 + j);
        sums_i32x4[6] = add_dot(sums_i32x4[6], row0_i16x8, e_i16x8);
        sums_i32x4[7] = add_dot(sums_i32x4[7], row1_i16x8, e_i16x8);
      }
      e0 += TURN_DIMS;
      e1 += TURN_DIMS;
      e2 += TURN_DIMS;
      e3 += TURN_DIMS;
      row += TURN_DIMS;
    }
    row += VSS_LINE_STRIDE_BYTES - VSS_LINE_BYTES;
  }
  add_pairs(sums_i32x4, out_i32x4);
}

void vss_bounds_rows_i8_simd128(const VssQueryCodes *query,
                                const int8_t *const rows[VSS_GROUP_ROWS],
                                const float rho[VSS_GROUP_ROWS], const float base[VSS_GROUP_ROWS],
                                float out[VSS_GROUP_ROWS]) {
  const v128_t dot_i32x4 =
      dot_rows(query->e, query->padded_dim / VSS_LINE_BYTES, rows[0], rows[1], rows[2], rows[3]);
  wasm_v128_store(out, bounds_of(query->constant, query->scale, query->kappa, dot_i32x4,
                                 wasm_v128_load(rho), wasm_v128_load(base)));
}

/* I of a group of four rows for four queries, that of query q in out[q]. */
static inline void dot_group(const VssQueryCodes *const queries[VSS_SHARING], const int8_t *group,
                             v128_t out_i32x4[VSS_SHARING]) {
  v128_t before_i32x4[2], pairs_i32x4[2] = {{0}};
  VSS_NO_UNROLL
  for (int row = 0; row < VSS_GROUP_ROWS; row += 2) {
    before_i32x4[0] = pairs_i32x4[0];
    before_i32x4[1] = pairs_i32x4[1];
    dot_pairs(queries, group + row * VSS_LINE_BYTES, pairs_i32x4);
  }
  join_pairs(before_i32x4, pairs_i32x4, out_i32x4);
}

void vss_bounds_block_i8_simd128(const VssQueryCodes *const *queries, uint32_t n_queries,
                                 const int8_t *codes, const float *margins, uint64_t word,
                                 float *const *out) {
  const int padded_dim = queries[0]->padded_dim, n_lines = padded_dim / VSS_LINE_BYTES;
  for (int group = 0; group < VSS_BLOCK_ROWS / VSS_GROUP_ROWS; group++) {
    /*
    ** Four bits of the word are one group. A skipped group is never read: its lines stay out of the
    ** caches.
    */
    if (((word >> (group * VSS_GROUP_ROWS)) & 15) == 0) continue;
    const int8_t *first = codes + (ptrdiff_t)group * VSS_GROUP_ROWS * padded_dim;
    const float *pair = margins + group * 2 * VSS_GROUP_ROWS;
    const int at = group * VSS_GROUP_ROWS;
    uint32_t q = 0;
    for (; q + VSS_SHARING <= n_queries; q += VSS_SHARING) {
      v128_t dots_i32x4[VSS_SHARING];
      dot_group(queries + q, first, dots_i32x4);
      for (uint32_t i = 0; i < VSS_SHARING; i++)
        wasm_v128_store(out[q + i] + at, dots_i32x4[i]);
    }
    for (; q < n_queries; q++)
      wasm_v128_store(out[q] + at,
                      dot_rows(queries[q]->e, n_lines, first, first + VSS_LINE_BYTES,
                               first + 2 * VSS_LINE_BYTES, first + 3 * VSS_LINE_BYTES));
    /* What stands in `out` are sums until here. */
    for (q = 0; q < n_queries; q++)
      wasm_v128_store(out[q] + at,
                      bounds_of(queries[q]->constant, queries[q]->scale, queries[q]->kappa,
                                wasm_v128_load(out[q] + at), wasm_v128_load(pair),
                                wasm_v128_load(pair + VSS_GROUP_ROWS)));
  }
}

void vss_highs_widen(const int8_t *e, int padded_dim, int16_t *out_wide) {
  for (int from = 0; from < padded_dim; from += 32, e += 32, out_wide += 32) {
    for (int i = 0; i < 8; i++) {
      out_wide[i] = (int16_t)(e[2 * i] * 256);
      out_wide[8 + i] = (int16_t)(e[16 + 2 * i] * 16);
      out_wide[16 + i] = e[2 * i + 1];
      out_wide[24 + i] = (int16_t)(e[16 + 2 * i + 1] * 256);
    }
  }
}

/* What kernel/simd_highs.h asks for. The parts are in the order of vss_highs_widen(). */
typedef int16_t HighFactor;
#define HIGH_PARTS 4
/* All products have the factor 256: the shift is exact. */
#define HIGH_SHIFT 8

static inline const int16_t *high_factors(const VssQueryHighs *query) {
  return query->wide;
}

static inline v128_t high_part(v128_t both, int part) {
  switch (part) {
    case 0: return wasm_v128_and(both, wasm_i16x8_splat(0x000f));
    case 1: return wasm_v128_and(both, wasm_i16x8_splat(0x00f0));
    case 2: return wasm_v128_and(both, wasm_i16x8_splat(0x0f00));
    default: return wasm_u16x8_shr(both, 12);
  }
}

static inline v128_t high_add(v128_t sum_i32x4, v128_t part_i16x8, v128_t factors_i16x8) {
  return wasm_i32x4_add(sum_i32x4, wasm_i32x4_dot_i16x8(part_i16x8, factors_i16x8));
}

static inline v128_t high_widen(v128_t sum_i32x4) {
  return sum_i32x4;
}

#include "kernel/simd_highs.h"

void vss_bounds_block_u4_simd128(const VssQueryHighs *const *queries, uint32_t n_queries,
                                 const uint8_t *highs, const float *coarse, uint64_t word,
                                 float *const *out) {
  high_bounds(queries, n_queries, highs, coarse, word, out);
}

void vss_bounds_rows_u4_simd128(const VssQueryHighs *query,
                                const uint8_t *const rows[VSS_GROUP_ROWS],
                                const uint8_t *const halves[VSS_GROUP_ROWS],
                                const float rho[VSS_GROUP_ROWS], const float base[VSS_GROUP_ROWS],
                                float out[VSS_GROUP_ROWS]) {
  const v128_t dot_i32x4 = wasm_i32x4_shr(high_dot_rows(query, rows, halves), HIGH_SHIFT);
  wasm_v128_store(out, bounds_of(query->constant, query->scale, query->kappa, dot_i32x4,
                                 wasm_v128_load(rho), wasm_v128_load(base)));
}

VssKernels vss_kernels = {vss_bounds_block_u4_simd128, 0};
