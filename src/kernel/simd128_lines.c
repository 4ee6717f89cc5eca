/*
** kernel/lines.h in WebAssembly SIMD128 intrinsics; kernel/scalar_lines.c is the specification.
**
**   sound   sixteen codes are compared with -128 at once, and what was found is gathered with OR;
**           the one branch is behind the loop, since nearly all blocks are sound
**   highs   (c + 128) flips the top bit; a shift moves the upper four bits of the first sixteen
**           codes down, and a mask keeps those of the next sixteen where they are
*/
#include "kernel/lines.h"

#include "kernel/intrinsics.h"
#include "kernel/simd_low_squares.h"
#include "kernel/kernel.h"

/* Two registers gather what is found, so that no comparison waits for the one before it. */
int vss_codes_are_sound_simd128(const void *codes, size_t size_bytes) {
  const int8_t *code = codes;
  const v128_t least_i8x16 = wasm_i8x16_splat(INT8_MIN);
  v128_t found_a = wasm_i8x16_splat(0), found_b = wasm_i8x16_splat(0);
  size_t i = 0;
  for (; i + 32 <= size_bytes; i += 32) {
    found_a = wasm_v128_or(found_a, wasm_i8x16_eq(wasm_v128_load(code + i), least_i8x16));
    found_b = wasm_v128_or(found_b, wasm_i8x16_eq(wasm_v128_load(code + i + 16), least_i8x16));
  }
  int is_found = 0;
  for (; i < size_bytes; i++)
    is_found |= code[i] == INT8_MIN;
  return !is_found && !wasm_v128_any_true(wasm_v128_or(found_a, found_b));
}

/*
** Sixteen bytes of the result are 32 components, the order that vss_bounds_block_u4() takes apart
** with one mask and one shift.
*/
void vss_line_highs_simd128(const int8_t line[VSS_LINE_BYTES], uint8_t out[VSS_LINE_HIGH_BYTES]) {
  const v128_t top_bit = wasm_i8x16_splat(INT8_MIN);
  const v128_t upper_half = wasm_i8x16_splat((int8_t)0xF0);
  for (int from = 0; from < VSS_LINE_BYTES; from += 32) {
    const v128_t first_u8x16 = wasm_v128_xor(wasm_v128_load(line + from), top_bit);
    const v128_t next_u8x16 = wasm_v128_xor(wasm_v128_load(line + from + 16), top_bit);
    wasm_v128_store(out + from / 2, wasm_v128_or(wasm_u8x16_shr(first_u8x16, 4),
                                                 wasm_v128_and(next_u8x16, upper_half)));
  }
}

int32_t vss_lines_low_sq_simd128(const int16_t *weight, const int8_t *line, int dim) {
  v128_t sum_i32x4 = wasm_i32x4_splat(0);
  int left = dim;
  for (; left >= VSS_LINE_BYTES; left -= VSS_LINE_BYTES) {
    for (int j = 0; j < VSS_LINE_BYTES; j += 16, weight += 16)
      sum_i32x4 = add_low_squares(sum_i32x4, weight, line + j);
    line += VSS_LINE_STRIDE_BYTES;
  }
  return add_i32_lanes(sum_i32x4) + vss_low_sq_i8_scalar(weight, line, left);
}
