/*
** The squares of sixteen low nibbles, for the kernels that sum them over codes in rows (simd128.c)
** and over codes in lines (simd128_lines.c).
*/
#ifndef VSS_KERNEL_SIMD_LOW_SQUARES_H
#define VSS_KERNEL_SIMD_LOW_SQUARES_H

#include "kernel/intrinsics.h"

/*
** Adds the weighted squares of sixteen codes to four sums. The square of a low nibble is at most
** 225, and is looked up: sixteen codes are one table look-up, and two multiplications with eight
** weights each.
*/
static inline v128_t add_low_squares(v128_t sum_i32x4, const int16_t *weight, const int8_t *codes) {
  static const uint8_t squares[16] = {225, 169, 121, 81, 49, 25,  9,   1,
                                      1,   9,   25,  49, 81, 121, 169, 225};
  const v128_t low_u8x16 = wasm_v128_and(wasm_v128_load(codes), wasm_i8x16_splat(15));
  const v128_t square_u8x16 = wasm_i8x16_swizzle(wasm_v128_load(squares), low_u8x16);
  sum_i32x4 =
      wasm_i32x4_add(sum_i32x4, wasm_i32x4_dot_i16x8(wasm_u16x8_extend_low_u8x16(square_u8x16),
                                                     wasm_v128_load(weight)));
  return wasm_i32x4_add(sum_i32x4, wasm_i32x4_dot_i16x8(wasm_u16x8_extend_high_u8x16(square_u8x16),
                                                        wasm_v128_load(weight + 8)));
}

static inline int32_t add_i32_lanes(v128_t sum_i32x4) {
  return wasm_i32x4_extract_lane(sum_i32x4, 0) + wasm_i32x4_extract_lane(sum_i32x4, 1) +
         wasm_i32x4_extract_lane(sum_i32x4, 2) + wasm_i32x4_extract_lane(sum_i32x4, 3);
}

#endif
