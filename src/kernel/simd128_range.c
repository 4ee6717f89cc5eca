/*
** kernel/range.h in WebAssembly SIMD128 intrinsics, natively through SIMDe. The reference is
** kernel/scalar_range.c.
**
**   16 values        4 registers of 32-bit values, or 8 of 64-bit values
**   compare          lanes of all ones where the value is inside (or outside), of zeros elsewhere
**   narrow           twice, or three times: 16 lanes of 8 bits in one register
**   bitmask          16 bits of the result
**   four times       64 bits
**
** Narrowing saturates, and so all ones (-1) stay all ones and zeros stay zeros.
*/
#include "kernel/range.h"

#include "kernel/intrinsics.h"

/* Four masks of four 32-bit lanes to 16 bits, the first lane to the lowest bit. */
static inline uint64_t bits_of_i32x4(v128_t a_i32x4, v128_t b_i32x4, v128_t c_i32x4,
                                     v128_t d_i32x4) {
  const v128_t ab_i16x8 = wasm_i16x8_narrow_i32x4(a_i32x4, b_i32x4);
  const v128_t cd_i16x8 = wasm_i16x8_narrow_i32x4(c_i32x4, d_i32x4);
  return (uint64_t)(wasm_i8x16_bitmask(wasm_i8x16_narrow_i16x8(ab_i16x8, cd_i16x8)) & 0xffff);
}

/*
** Eight masks of two 64-bit lanes to 16 bits. To narrow_i32x4 a 64-bit lane is two equal lanes of
** 32 bits: after the first narrowing each value has two lanes of 16 bits, which the second
** narrowing takes to two of 8 bits, and to the third those are one lane of 16 bits.
*/
static inline uint64_t bits_of_i64x2(v128_t a, v128_t b, v128_t c, v128_t d, v128_t e, v128_t f,
                                     v128_t g, v128_t h) {
  const v128_t ab_i16x8 = wasm_i16x8_narrow_i32x4(a, b);
  const v128_t cd_i16x8 = wasm_i16x8_narrow_i32x4(c, d);
  const v128_t ef_i16x8 = wasm_i16x8_narrow_i32x4(e, f);
  const v128_t gh_i16x8 = wasm_i16x8_narrow_i32x4(g, h);
  const v128_t abcd_i16x8 = wasm_i8x16_narrow_i16x8(ab_i16x8, cd_i16x8);
  const v128_t efgh_i16x8 = wasm_i8x16_narrow_i16x8(ef_i16x8, gh_i16x8);
  return (uint64_t)(wasm_i8x16_bitmask(wasm_i8x16_narrow_i16x8(abcd_i16x8, efgh_i16x8)) & 0xffff);
}

/*
** What has to be compared. x86 compares 64-bit lanes only for "greater" and "equal" in one
** instruction, and so the ranges are compared as "outside". Leaving out an end that every integer
** keeps saves a fifth of the time.
*/
typedef enum Ends { ENDS_EQUAL, ENDS_BOTH, ENDS_LOW, ENDS_HIGH } Ends;

/*
** All ones where the two values are equal to lo (ENDS_EQUAL), or outside the range (the other
** three).
*/
static inline v128_t test_i64x2(const int64_t *values, v128_t lo_i64x2, v128_t hi_i64x2,
                                Ends ends) {
  const v128_t v_i64x2 = wasm_v128_load(values);
  switch (ends) {
    case ENDS_EQUAL: return wasm_i64x2_eq(v_i64x2, lo_i64x2);
    case ENDS_LOW: return wasm_i64x2_gt(lo_i64x2, v_i64x2);
    case ENDS_HIGH: return wasm_i64x2_gt(v_i64x2, hi_i64x2);
    default:
      return wasm_v128_or(wasm_i64x2_gt(lo_i64x2, v_i64x2), wasm_i64x2_gt(v_i64x2, hi_i64x2));
  }
}

/*
** `ends` is a constant in every call, so that the compiler makes a loop without a choice for each.
*/
static inline uint64_t test_64(const int64_t *values, int64_t lo, int64_t hi, Ends ends) {
  const v128_t lo_i64x2 = wasm_i64x2_splat(lo);
  const v128_t hi_i64x2 = wasm_i64x2_splat(hi);
  uint64_t word = 0;
  for (int i = 0; i < VSS_BLOCK_ROWS; i += 16) {
    const int64_t *v = values + i;
    word |= bits_of_i64x2(test_i64x2(v, lo_i64x2, hi_i64x2, ends),
                          test_i64x2(v + 2, lo_i64x2, hi_i64x2, ends),
                          test_i64x2(v + 4, lo_i64x2, hi_i64x2, ends),
                          test_i64x2(v + 6, lo_i64x2, hi_i64x2, ends),
                          test_i64x2(v + 8, lo_i64x2, hi_i64x2, ends),
                          test_i64x2(v + 10, lo_i64x2, hi_i64x2, ends),
                          test_i64x2(v + 12, lo_i64x2, hi_i64x2, ends),
                          test_i64x2(v + 14, lo_i64x2, hi_i64x2, ends))
            << i;
  }
  return word;
}

/* The choice is made once per 64 values. */
uint64_t vss_range_i64_simd128(const int64_t *values, int64_t lo, int64_t hi) {
  if (lo == hi) return test_64(values, lo, hi, ENDS_EQUAL);
  if (lo == INT64_MIN) return ~test_64(values, lo, hi, ENDS_HIGH);
  if (hi == INT64_MAX) return ~test_64(values, lo, hi, ENDS_LOW);
  return ~test_64(values, lo, hi, ENDS_BOTH);
}

/* Doubles compare with >= and <= in one instruction each, and "outside" would be wrong for NaN. */
static inline v128_t inside_f64x2(const double *values, v128_t lo_f64x2, v128_t hi_f64x2) {
  const v128_t v_f64x2 = wasm_v128_load(values);
  return wasm_v128_and(wasm_f64x2_ge(v_f64x2, lo_f64x2), wasm_f64x2_le(v_f64x2, hi_f64x2));
}

uint64_t vss_range_f64_simd128(const double *values, double lo, double hi) {
  const v128_t lo_f64x2 = wasm_f64x2_splat(lo);
  const v128_t hi_f64x2 = wasm_f64x2_splat(hi);
  uint64_t word = 0;
  for (int i = 0; i < VSS_BLOCK_ROWS; i += 16) {
    const double *v = values + i;
    word |= bits_of_i64x2(
                inside_f64x2(v, lo_f64x2, hi_f64x2), inside_f64x2(v + 2, lo_f64x2, hi_f64x2),
                inside_f64x2(v + 4, lo_f64x2, hi_f64x2), inside_f64x2(v + 6, lo_f64x2, hi_f64x2),
                inside_f64x2(v + 8, lo_f64x2, hi_f64x2), inside_f64x2(v + 10, lo_f64x2, hi_f64x2),
                inside_f64x2(v + 12, lo_f64x2, hi_f64x2), inside_f64x2(v + 14, lo_f64x2, hi_f64x2))
            << i;
  }
  return word;
}

uint64_t vss_equal_u32_simd128(const uint32_t *values, uint32_t wanted) {
  const v128_t wanted_i32x4 = wasm_i32x4_splat((int32_t)wanted);
  uint64_t word = 0;
  for (int i = 0; i < VSS_BLOCK_ROWS; i += 16) {
    const uint32_t *v = values + i;
    word |= bits_of_i32x4(wasm_i32x4_eq(wasm_v128_load(v), wanted_i32x4),
                          wasm_i32x4_eq(wasm_v128_load(v + 4), wanted_i32x4),
                          wasm_i32x4_eq(wasm_v128_load(v + 8), wanted_i32x4),
                          wasm_i32x4_eq(wasm_v128_load(v + 12), wanted_i32x4))
            << i;
  }
  return word;
}
