/*
** The kernels of kernel/kernel.h in WebAssembly SIMD128 intrinsics. Natively SIMDe compiles the
** same text, so that what ships also runs under sanitizers. The reference is kernel/scalar.c.
** The kernels of bounds have a file of their own, kernel/simd128_bounds.c.
**
**   l2sq, dot    eight components at once, in four registers of float64: lanes 01, 23, 45, 67
**   encode       two components at once: four spilled registers (docs/performance.md)
**
** A variable's name ends with its lanes: sum_i32x4 has four int32.
*/
#include "kernel/kernel.h"
#include "kernel/lanes.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "kernel/intrinsics.h"
#include "kernel/simd_low_squares.h"

/* Eight lanes of float64: those of components 0 and 1, 2 and 3, 4 and 5, 6 and 7. */
typedef struct Eight {
  v128_t pairs_f64x2[VSS_LANES / 2];
} Eight;

/* The upper two of four floats as float64; promote_low_f32x4 takes the lower two. */
static inline v128_t promote_high(v128_t values_f32x4) {
  return wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(values_f32x4, values_f32x4, 2, 3, 2, 3));
}

/*
** Components j to j + 7 of a vector at any alignment. They are widened before anything is computed,
** so that each operation is exact or rounded once, as in the reference.
*/
static inline Eight load_eight(const float *values, int j) {
  const char *from = (const char *)values + (size_t)j * sizeof(float);
  const v128_t low_f32x4 = wasm_v128_load(from), high_f32x4 = wasm_v128_load(from + 16);
  return (Eight){{wasm_f64x2_promote_low_f32x4(low_f32x4), promote_high(low_f32x4),
                  wasm_f64x2_promote_low_f32x4(high_f32x4), promote_high(high_f32x4)}};
}

/* The lanes in memory, for the components behind the last full eight: j goes to lane j % 8. */
static inline void spill(double sums[VSS_LANES], const Eight *eight) {
  for (int i = 0; i < VSS_LANES / 2; i++)
    wasm_v128_store(sums + 2 * i, eight->pairs_f64x2[i]);
}

/*
** Four registers of two lanes each. Additions to one register wait for each other; four of them are
** enough to hide that.
*/
double vss_l2sq_f64_simd128(const float *a, const float *b, int dim) {
  const v128_t zero_f64x2 = wasm_f64x2_splat(0.0);
  Eight sum = {{zero_f64x2, zero_f64x2, zero_f64x2, zero_f64x2}};
  int j = 0;
  for (; j + VSS_LANES <= dim; j += VSS_LANES) {
    const Eight of_a = load_eight(a, j), of_b = load_eight(b, j);
    for (int i = 0; i < VSS_LANES / 2; i++) {
      const v128_t difference_f64x2 = wasm_f64x2_sub(of_a.pairs_f64x2[i], of_b.pairs_f64x2[i]);
      sum.pairs_f64x2[i] =
          wasm_f64x2_add(sum.pairs_f64x2[i], wasm_f64x2_mul(difference_f64x2, difference_f64x2));
    }
  }
  double sums[VSS_LANES];
  spill(sums, &sum);
  for (; j < dim; j++) {
    double difference = vss_lanes_load(a, j) - vss_lanes_load(b, j);
    sums[j % VSS_LANES] += difference * difference;
  }
  return vss_lanes_join(sums);
}

/* As above, with products: that of two widened floats is exact. */
double vss_dot_f64_simd128(const float *a, const float *b, int dim) {
  const v128_t zero_f64x2 = wasm_f64x2_splat(0.0);
  Eight sum = {{zero_f64x2, zero_f64x2, zero_f64x2, zero_f64x2}};
  int j = 0;
  for (; j + VSS_LANES <= dim; j += VSS_LANES) {
    const Eight of_a = load_eight(a, j), of_b = load_eight(b, j);
    for (int i = 0; i < VSS_LANES / 2; i++)
      sum.pairs_f64x2[i] = wasm_f64x2_add(sum.pairs_f64x2[i],
                                          wasm_f64x2_mul(of_a.pairs_f64x2[i], of_b.pairs_f64x2[i]));
  }
  double sums[VSS_LANES];
  spill(sums, &sum);
  for (; j < dim; j++)
    sums[j % VSS_LANES] += vss_lanes_load(a, j) * vss_lanes_load(b, j);
  return vss_lanes_join(sums);
}

/* Two floats, at any address, as float64. */
static inline v128_t load_two(const void *floats) {
  return wasm_f64x2_promote_low_f32x4(wasm_v128_load64_zero(floats));
}

/* The sums of VssEncodeSums: even components in lane 0, odd ones in lane 1. */
typedef struct EncodeSums {
  v128_t residual_f64x2, centred_f64x2, code_f64x2;
} EncodeSums;

/*
** Encode two components and add to the sums. The result has the two codes as the low bytes of its
** 64-bit lanes: VSS_ROUND_F64 says why. The cut to [-127, 127] comes before rounding: pmax and pmin
** turn a NaN into -127, as in the reference.
*/
static inline v128_t encode_two(const void *x, const void *centre, const void *step,
                                const void *inverse, v128_t scale_f64x2, EncodeSums *sums) {
  const v128_t round_f64x2 = wasm_f64x2_splat(VSS_ROUND_F64);
  const v128_t centred_f64x2 =
      wasm_f64x2_sub(wasm_f64x2_mul(load_two(x), scale_f64x2), load_two(centre));
  v128_t steps_f64x2 = wasm_f64x2_mul(centred_f64x2, load_two(inverse));
  steps_f64x2 = wasm_f64x2_pmax(wasm_f64x2_splat(-127.0), steps_f64x2);
  steps_f64x2 = wasm_f64x2_pmin(steps_f64x2, wasm_f64x2_splat(127.0));
  const v128_t rounded_i64x2 = wasm_f64x2_add(steps_f64x2, round_f64x2);
  const v128_t code_f64x2 = wasm_f64x2_sub(rounded_i64x2, round_f64x2);
  const v128_t residual_f64x2 =
      wasm_f64x2_sub(centred_f64x2, wasm_f64x2_mul(load_two(step), code_f64x2));
  sums->residual_f64x2 =
      wasm_f64x2_add(sums->residual_f64x2, wasm_f64x2_mul(residual_f64x2, residual_f64x2));
  sums->centred_f64x2 =
      wasm_f64x2_add(sums->centred_f64x2, wasm_f64x2_mul(centred_f64x2, centred_f64x2));
  sums->code_f64x2 = wasm_f64x2_add(sums->code_f64x2, wasm_f64x2_mul(code_f64x2, code_f64x2));
  return rounded_i64x2;
}

/* The two lanes are joined as s0 + s1, as kernel/kernel.h has it. */
static inline double add_lanes(v128_t sum_f64x2) {
  return wasm_f64x2_extract_lane(sum_f64x2, 0) + wasm_f64x2_extract_lane(sum_f64x2, 1);
}

void vss_encode_f64_simd128(const float *x, double scale, const float *centre, const float *step,
                            const float *inverse, int dim, int8_t *out_codes,
                            VssEncodeSums *out_sums) {
  const v128_t scale_f64x2 = wasm_f64x2_splat(scale);
  const v128_t zero = wasm_f64x2_splat(0.0);
  EncodeSums sums = {zero, zero, zero};
  const char *from_x = (const char *)x;
  int j = 0;
  VSS_NO_UNROLL
  for (; j + 2 <= dim; j += 2) {
    const v128_t codes = encode_two(from_x + (size_t)j * sizeof(float), centre + j, step + j,
                                    inverse + j, scale_f64x2, &sums);
    out_codes[j] = (int8_t)wasm_i8x16_extract_lane(codes, 0);
    out_codes[j + 1] = (int8_t)wasm_i8x16_extract_lane(codes, 8);
  }
  if (j < dim) {
    /*
    ** The last component of an odd dimension, with zeros beside it: code 0 and nothing added to the
    ** sums.
    */
    float tail[4][2] = {{0}, {centre[j]}, {step[j]}, {inverse[j]}};
    memcpy(tail[0], from_x + (size_t)j * sizeof(float), sizeof(float));
    const v128_t codes = encode_two(tail[0], tail[1], tail[2], tail[3], scale_f64x2, &sums);
    out_codes[j] = (int8_t)wasm_i8x16_extract_lane(codes, 0);
  }
  out_sums->residual_sq = add_lanes(sums.residual_f64x2);
  out_sums->centred_sq = add_lanes(sums.centred_f64x2);
  out_sums->code_sq = add_lanes(sums.code_f64x2);
}

int32_t vss_low_sq_i8_simd128(const int16_t *weight, const int8_t *codes, int dim) {
  v128_t sum_i32x4 = wasm_i32x4_splat(0);
  int j = 0;
  VSS_NO_UNROLL
  for (; j + 16 <= dim; j += 16)
    sum_i32x4 = add_low_squares(sum_i32x4, weight + j, codes + j);
  return add_i32_lanes(sum_i32x4) + vss_low_sq_i8_scalar(weight + j, codes + j, dim - j);
}

/* Two products are added in each lane of 32 bits: at most 2^15, and 2^30 after all of them. */
uint32_t vss_length_sq_i8_simd128(const int8_t *codes, int dim) {
  v128_t sum_i32x4 = wasm_i32x4_splat(0);
  int j = 0;
  for (; j + 8 <= dim; j += 8) {
    const v128_t code_i16x8 = wasm_i16x8_load8x8(codes + j);
    sum_i32x4 = wasm_i32x4_add(sum_i32x4, wasm_i32x4_dot_i16x8(code_i16x8, code_i16x8));
  }
  return (uint32_t)add_i32_lanes(sum_i32x4) + vss_length_sq_i8_scalar(codes + j, dim - j);
}

uint32_t vss_next_at_most_f32_simd128(const float *values, uint32_t from, uint32_t n, float limit) {
  const v128_t limit_f32x4 = wasm_f32x4_splat(limit);
  uint32_t i = from;
  /* One test for sixteen values. The sixteen that have a hit are then looked through one by one. */
  for (; n - i >= 16; i += 16) {
    const v128_t hit_a = wasm_v128_or(wasm_f32x4_le(wasm_v128_load(values + i), limit_f32x4),
                                      wasm_f32x4_le(wasm_v128_load(values + i + 4), limit_f32x4));
    const v128_t hit_b = wasm_v128_or(wasm_f32x4_le(wasm_v128_load(values + i + 8), limit_f32x4),
                                      wasm_f32x4_le(wasm_v128_load(values + i + 12), limit_f32x4));
    if (wasm_v128_any_true(wasm_v128_or(hit_a, hit_b))) break;
  }
  while (i < n && !(values[i] <= limit))
    i++;
  return i;
}
