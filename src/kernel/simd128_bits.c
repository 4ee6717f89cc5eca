/*
** The kernel of kernel/bits.h in WebAssembly SIMD128 intrinsics.
**
**   16 bytes   query ^ row   --popcnt-->   16 x u8, at most 8 each
**   a line     4 of these, added           16 x u8, at most 32
**              pairs added                  8 x u16, at most 64, into the row's sum
**   a row      at most 128 lines           each lane of the sum is at most 8,192
*/
#include "kernel/bits.h"
#include "kernel/simd_bounds.h"

#include <stddef.h>

/* Bits that differ in one line of a row, in eight lanes. */
static inline v128_t line_u16x8(const uint8_t *query, const uint8_t *row) {
  v128_t sum_u8x16 = wasm_i8x16_splat(0);
  for (int i = 0; i < VSS_LINE_BYTES; i += 16) {
    const v128_t differ = wasm_v128_xor(wasm_v128_load(query + i), wasm_v128_load(row + i));
    sum_u8x16 = wasm_i8x16_add(sum_u8x16, wasm_i8x16_popcnt(differ));
  }
  return wasm_u16x8_extadd_pairwise_u8x16(sum_u8x16);
}

void vss_hamming_block_u1_simd128(const uint8_t *query, const uint8_t *codes, int padded_bytes,
                                  uint64_t word, float out[VSS_BLOCK_ROWS]) {
  for (int group = 0; group < VSS_BLOCK_ROWS / VSS_GROUP_ROWS; group++) {
    if (((word >> (group * VSS_GROUP_ROWS)) & 15) == 0) continue;
    const uint8_t *rows = codes + (ptrdiff_t)group * VSS_GROUP_ROWS * padded_bytes;
    v128_t sum0_u16x8 = wasm_i16x8_splat(0);
    v128_t sum1_u16x8 = sum0_u16x8;
    v128_t sum2_u16x8 = sum0_u16x8;
    v128_t sum3_u16x8 = sum0_u16x8;
    for (int at = 0; at < padded_bytes; at += VSS_LINE_BYTES, rows += VSS_LINE_STRIDE_BYTES) {
      const uint8_t *line = query + at;
      sum0_u16x8 = wasm_i16x8_add(sum0_u16x8, line_u16x8(line, rows));
      sum1_u16x8 = wasm_i16x8_add(sum1_u16x8, line_u16x8(line, rows + VSS_LINE_BYTES));
      sum2_u16x8 = wasm_i16x8_add(sum2_u16x8, line_u16x8(line, rows + 2 * VSS_LINE_BYTES));
      sum3_u16x8 = wasm_i16x8_add(sum3_u16x8, line_u16x8(line, rows + 3 * VSS_LINE_BYTES));
    }
    const v128_t sums_i32x4 = add_across(
        wasm_u32x4_extadd_pairwise_u16x8(sum0_u16x8), wasm_u32x4_extadd_pairwise_u16x8(sum1_u16x8),
        wasm_u32x4_extadd_pairwise_u16x8(sum2_u16x8), wasm_u32x4_extadd_pairwise_u16x8(sum3_u16x8));
    wasm_v128_store(out + group * VSS_GROUP_ROWS, wasm_f32x4_convert_i32x4(sums_i32x4));
  }
}
