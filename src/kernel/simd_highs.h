/*
** The kernel over high nibbles without its products, which depend on the instructions that there
** are. kernel/simd128_bounds.c and wasm/relaxed/bounds.c include this file once each. Before that,
** they define:
**
**   HighFactor           the type of the query's values that the products want
**   HIGH_PARTS           in how many parts 32 components are taken out of 16 bytes
**   high_factors(query)  where the values are: those of part 0, of part 1 ..., for each 32
**                        components
**   high_part(both, p)   part p of 16 bytes of nibbles
**   high_add(sum, part, factors)   the sum with the products of a part added; it holds those of a
**                                  line of 128 components
**   high_widen(sum)      such a sum in four int32
**   HIGH_SHIFT           by how many bits these are too large
*/
#ifndef VSS_SIMD_HIGHS_H
#define VSS_SIMD_HIGHS_H

#include "kernel/kernel.h"
#include "kernel/simd_bounds.h"

/* Values of the query that one product takes. */
#define HIGH_LANES (16 / (int)sizeof(HighFactor))

/* Bytes of a row in a line, `left` components before the end: the last line may be a half. */
static inline int high_row_bytes(int left) {
  return left >= 2 * VSS_LINE_BYTES ? VSS_LINE_BYTES : VSS_LINE_BYTES / 2;
}

/*
** I of four rows (see VssQueryHighs), row i in lane i. rows[i] is the first line of row i, and
** halves[i] its last one where that is a half.
*/
static inline v128_t high_dot_rows(const VssQueryHighs *query,
                                   const uint8_t *const rows[VSS_GROUP_ROWS],
                                   const uint8_t *const halves[VSS_GROUP_ROWS]) {
  const HighFactor *e = high_factors(query);
  ptrdiff_t from = 0;
  v128_t sums_i32x4[VSS_GROUP_ROWS];
  for (int r = 0; r < VSS_GROUP_ROWS; r++)
    sums_i32x4[r] = wasm_i32x4_splat(0);
  for (int left = query->padded_dim; left > 0; left -= 2 * VSS_LINE_BYTES) {
    const int row_bytes = high_row_bytes(left);
    const uint8_t *at[VSS_GROUP_ROWS];
    v128_t line[VSS_GROUP_ROWS];
    for (int r = 0; r < VSS_GROUP_ROWS; r++) {
      at[r] = row_bytes == VSS_LINE_BYTES ? rows[r] + from : halves[r];
      line[r] = wasm_i32x4_splat(0);
    }
    VSS_NO_UNROLL
    for (int i = 0; i < row_bytes; i += 16, e += HIGH_PARTS * HIGH_LANES) {
      v128_t factors[HIGH_PARTS];
      for (int p = 0; p < HIGH_PARTS; p++)
        factors[p] = wasm_v128_load(e + p * HIGH_LANES);
      for (int r = 0; r < VSS_GROUP_ROWS; r++) {
        const v128_t both = wasm_v128_load(at[r] + i);
        for (int p = 0; p < HIGH_PARTS; p++)
          line[r] = high_add(line[r], high_part(both, p), factors[p]);
      }
    }
    from += VSS_LINE_STRIDE_BYTES;
    for (int r = 0; r < VSS_GROUP_ROWS; r++)
      sums_i32x4[r] = wasm_i32x4_add(sums_i32x4[r], high_widen(line[r]));
  }
  return add_across(sums_i32x4[0], sums_i32x4[1], sums_i32x4[2], sums_i32x4[3]);
}

/* The same for the rows of a group. */
static inline v128_t high_dot_group(const VssQueryHighs *query, const uint8_t *group) {
  const uint8_t *half = group + (query->padded_dim / (2 * VSS_LINE_BYTES)) * VSS_LINE_STRIDE_BYTES;
  const uint8_t *const rows[] = {group, group + 64, group + 128, group + 192};
  const uint8_t *const halves[] = {half, half + 32, half + 64, half + 96};
  return high_dot_rows(query, rows, halves);
}

/* I of two rows of a group for four queries, as add_pairs() orders them; `row` is 0 or 2. */
static inline void high_dot_pairs(const VssQueryHighs *const queries[VSS_SHARING],
                                  const uint8_t *group, int row, v128_t out_i32x4[2]) {
  const HighFactor *e0 = high_factors(queries[0]), *e1 = high_factors(queries[1]);
  const HighFactor *e2 = high_factors(queries[2]), *e3 = high_factors(queries[3]);
  v128_t sums_i32x4[2 * VSS_SHARING];
  for (int s = 0; s < 2 * VSS_SHARING; s++)
    sums_i32x4[s] = wasm_i32x4_splat(0);
  for (int left = queries[0]->padded_dim; left > 0; left -= 2 * VSS_LINE_BYTES) {
    const int row_bytes = high_row_bytes(left);
    const uint8_t *at = group + row * row_bytes;
    v128_t line[2 * VSS_SHARING];
    for (int s = 0; s < 2 * VSS_SHARING; s++)
      line[s] = wasm_i32x4_splat(0);
    VSS_NO_UNROLL
    for (int i = 0; i < row_bytes; i += 16, at += 16) {
      const v128_t both0 = wasm_v128_load(at), both1 = wasm_v128_load(at + row_bytes);
      for (int p = 0; p < HIGH_PARTS; p++) {
        const v128_t part0 = high_part(both0, p), part1 = high_part(both1, p);
        const int j = p * HIGH_LANES;
        v128_t factors = wasm_v128_load(e0 + j);
        line[0] = high_add(line[0], part0, factors);
        line[1] = high_add(line[1], part1, factors);
        factors = wasm_v128_load(e1 + j);
        line[2] = high_add(line[2], part0, factors);
        line[3] = high_add(line[3], part1, factors);
        factors = wasm_v128_load(e2 + j);
        line[4] = high_add(line[4], part0, factors);
        line[5] = high_add(line[5], part1, factors);
        factors = wasm_v128_load(e3 + j);
        line[6] = high_add(line[6], part0, factors);
        line[7] = high_add(line[7], part1, factors);
      }
      e0 += HIGH_PARTS * HIGH_LANES;
      e1 += HIGH_PARTS * HIGH_LANES;
      e2 += HIGH_PARTS * HIGH_LANES;
      e3 += HIGH_PARTS * HIGH_LANES;
    }
    group += VSS_GROUP_ROWS * row_bytes;
    for (int s = 0; s < 2 * VSS_SHARING; s++)
      sums_i32x4[s] = wasm_i32x4_add(sums_i32x4[s], high_widen(line[s]));
  }
  add_pairs(sums_i32x4, out_i32x4);
}

/* I of a group of four rows for four queries, that of query q in out[q]. */
static inline void high_dot_four(const VssQueryHighs *const queries[VSS_SHARING],
                                 const uint8_t *group, v128_t out_i32x4[VSS_SHARING]) {
  v128_t before_i32x4[2], pairs_i32x4[2] = {{0}};
  VSS_NO_UNROLL
  for (int row = 0; row < VSS_GROUP_ROWS; row += 2) {
    before_i32x4[0] = pairs_i32x4[0];
    before_i32x4[1] = pairs_i32x4[1];
    high_dot_pairs(queries, group, row, pairs_i32x4);
  }
  join_pairs(before_i32x4, pairs_i32x4, out_i32x4);
}

/*
** kernel/kernel.h: vss_bounds_block_u4. Every query meets a group before the next group is read, so
** that the memory delivers the next ones in the meantime.
*/
static inline void high_bounds(const VssQueryHighs *const *queries, uint32_t n_queries,
                               const uint8_t *highs, const float *coarse, uint64_t word,
                               float *const *out) {
  const ptrdiff_t group_bytes = (ptrdiff_t)queries[0]->padded_dim / 2 * VSS_GROUP_ROWS;
  for (int group = 0; group < VSS_BLOCK_ROWS / VSS_GROUP_ROWS; group++) {
    if (((word >> (group * VSS_GROUP_ROWS)) & 15) == 0) continue;
    const uint8_t *first = highs + group * group_bytes;
    const float *pair = coarse + group * 2 * VSS_GROUP_ROWS;
    const int at = group * VSS_GROUP_ROWS;
    uint32_t q = 0;
    for (; q + VSS_SHARING <= n_queries; q += VSS_SHARING) {
      v128_t dots_i32x4[VSS_SHARING];
      high_dot_four(queries + q, first, dots_i32x4);
      for (uint32_t i = 0; i < VSS_SHARING; i++)
        wasm_v128_store(out[q + i] + at, dots_i32x4[i]);
    }
    for (; q < n_queries; q++)
      wasm_v128_store(out[q] + at, high_dot_group(queries[q], first));
    /* What stands in `out` are sums until here. */
    for (q = 0; q < n_queries; q++) {
      const v128_t dot_i32x4 = wasm_i32x4_shr(wasm_v128_load(out[q] + at), HIGH_SHIFT);
      wasm_v128_store(out[q] + at, bounds_of(queries[q]->constant, queries[q]->scale,
                                             queries[q]->kappa, dot_i32x4, wasm_v128_load(pair),
                                             wasm_v128_load(pair + VSS_GROUP_ROWS)));
    }
  }
}

#endif
