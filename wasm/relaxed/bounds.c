/*
** Coarse bounds with relaxed SIMD: vss_bounds_block_u4_simd128() of kernel/simd128_bounds.c, with
** the dot product of 8-bit numbers that some engines have. It is a module of its own,
** vss-relaxed.wasm, because an engine without these instructions refuses a module that contains
** one. The module has no memory and no stack: it imports the memory of vss.wasm, and
** js/module/relaxed.js puts its one function into the table of vss.wasm.
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

/* What kernel/simd_highs.h asks for: the low nibbles, and then the high ones. */
typedef int8_t HighFactor;
#define HIGH_PARTS 2
#define HIGH_SHIFT 0

static inline const int8_t *high_factors(const VssQueryHighs *query) {
  return query->e;
}

static inline v128_t high_part(v128_t both_u8x16, int part) {
  return wasm_v128_and(part == 0 ? both_u8x16 : wasm_u16x8_shr(both_u8x16, 4),
                       wasm_i8x16_splat(15));
}

static inline v128_t high_add(v128_t sum_i16x8, v128_t part_u8x16, v128_t factors_i8x16) {
  return wasm_i16x8_add(sum_i16x8, wasm_i16x8_relaxed_dot_i8x16_i7x16(factors_i8x16, part_u8x16));
}

static inline v128_t high_widen(v128_t sum_i16x8) {
  return wasm_i32x4_dot_i16x8(sum_i16x8, wasm_i16x8_splat(1));
}

#include "kernel/simd_highs.h"

void vss_bounds_block_u4_relaxed(const VssQueryHighs *const *queries, uint32_t n_queries,
                                 const uint8_t *highs, const float *coarse, uint64_t word,
                                 float *const *out) {
  high_bounds(queries, n_queries, highs, coarse, word, out);
}
