/*
** Coarse bounds with relaxed SIMD: vss_bounds_block_u4_simd128() of kernel/simd128.c, with the dot
** product of 8-bit numbers that some engines have. It is a module of its own, vss-relaxed.wasm,
** because an engine without these instructions refuses a module that contains one. The module has
** no memory and no stack: it imports the memory of vss.wasm, and js/module/relaxed.js puts its one
** function into the table of vss.wasm.
**
**   v128     | byte 0 .. 15 |   low nibbles: components 0 to 15, high nibbles: components 16 to 31
**   dot      e (int8) x nibbles (0 to 15), pairs added to int16
**   sum      eight of these per 64 bytes, and then widened to int32
**
** Engines may lower the instruction in different ways, which differ where a second operand has its
** highest bit set or where a sum of two products saturates. Neither happens: the nibbles are at
** most 15, and with |e| <= 127 two products are at most 3,810. Eight pairs are at most 30,480,
** which int16 holds. So the sums are exact, and the bounds have the same bits as those of the
** reference. tests/js/specs/kernels.js compares them.
*/
#include "kernel/kernel.h"
#include "kernel/simd_bounds.h"

/* The products of 32 components of a row with e, as eight sums of four. */
static inline v128_t dot_32(const uint8_t *highs, v128_t e0_i8x16, v128_t e1_i8x16) {
  const v128_t both_u8x16 = wasm_v128_load(highs);
  const v128_t low_u8x16 = wasm_v128_and(both_u8x16, wasm_i8x16_splat(15));
  const v128_t high_u8x16 = wasm_v128_and(wasm_u16x8_shr(both_u8x16, 4), wasm_i8x16_splat(15));
  return wasm_i16x8_add(wasm_i16x8_relaxed_dot_i8x16_i7x16(e0_i8x16, low_u8x16),
                        wasm_i16x8_relaxed_dot_i8x16_i7x16(e1_i8x16, high_u8x16));
}

/* I of the four rows of a group (see VssQueryHighs), row i in lane i. */
static inline v128_t dot_highs(const int8_t *e, int padded_dim, const uint8_t *group) {
  v128_t sum0_i32x4 = wasm_i32x4_splat(0);
  v128_t sum1_i32x4 = sum0_i32x4;
  v128_t sum2_i32x4 = sum0_i32x4;
  v128_t sum3_i32x4 = sum0_i32x4;
  for (int left = padded_dim; left > 0; left -= 2 * VSS_LINE_BYTES) {
    /* A last line of 64 components has 32 bytes of each row. */
    const int row_bytes = left >= 2 * VSS_LINE_BYTES ? VSS_LINE_BYTES : VSS_LINE_BYTES / 2;
    v128_t part0_i16x8 = wasm_i16x8_splat(0);
    v128_t part1_i16x8 = part0_i16x8;
    v128_t part2_i16x8 = part0_i16x8;
    v128_t part3_i16x8 = part0_i16x8;
    VSS_NO_UNROLL
    for (int i = 0; i < row_bytes; i += 16, group += 16, e += 32) {
      const v128_t e0_i8x16 = wasm_v128_load(e);
      const v128_t e1_i8x16 = wasm_v128_load(e + 16);
      part0_i16x8 = wasm_i16x8_add(part0_i16x8, dot_32(group, e0_i8x16, e1_i8x16));
      part1_i16x8 = wasm_i16x8_add(part1_i16x8, dot_32(group + row_bytes, e0_i8x16, e1_i8x16));
      part2_i16x8 = wasm_i16x8_add(part2_i16x8, dot_32(group + 2 * row_bytes, e0_i8x16, e1_i8x16));
      part3_i16x8 = wasm_i16x8_add(part3_i16x8, dot_32(group + 3 * row_bytes, e0_i8x16, e1_i8x16));
    }
    group += 3 * row_bytes;
    const v128_t ones_i16x8 = wasm_i16x8_splat(1);
    sum0_i32x4 = wasm_i32x4_add(sum0_i32x4, wasm_i32x4_dot_i16x8(part0_i16x8, ones_i16x8));
    sum1_i32x4 = wasm_i32x4_add(sum1_i32x4, wasm_i32x4_dot_i16x8(part1_i16x8, ones_i16x8));
    sum2_i32x4 = wasm_i32x4_add(sum2_i32x4, wasm_i32x4_dot_i16x8(part2_i16x8, ones_i16x8));
    sum3_i32x4 = wasm_i32x4_add(sum3_i32x4, wasm_i32x4_dot_i16x8(part3_i16x8, ones_i16x8));
  }
  return add_across(sum0_i32x4, sum1_i32x4, sum2_i32x4, sum3_i32x4);
}

/* kernel/kernel.h: vss_bounds_block_u4. */
void vss_bounds_block_u4_relaxed(const VssQueryHighs *query, const uint8_t *highs,
                                 const float *coarse, uint64_t word, float out[VSS_BLOCK_ROWS]) {
  const ptrdiff_t group_bytes = (ptrdiff_t)query->padded_dim / 2 * VSS_GROUP_ROWS;
  for (int group = 0; group < VSS_BLOCK_ROWS / VSS_GROUP_ROWS; group++) {
    if (((word >> (group * VSS_GROUP_ROWS)) & 15) == 0) continue;
    const v128_t dot_i32x4 = dot_highs(query->e, query->padded_dim, highs + group * group_bytes);
    const float *pair = coarse + group * 2 * VSS_GROUP_ROWS;
    wasm_v128_store(out + group * VSS_GROUP_ROWS,
                    bounds_of(query->constant, query->scale, query->kappa, dot_i32x4,
                              wasm_v128_load(pair), wasm_v128_load(pair + VSS_GROUP_ROWS)));
  }
}
