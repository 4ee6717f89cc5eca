/*
** The inner loops: bounds from 8-bit codes, float64 sums over float32 vectors, encoding, and
** selection.
**
** Each is written twice. kernel/scalar.c is the reference, in plain C; kernel/simd128.c is what
** ships, in WebAssembly SIMD128 intrinsics, which SIMDe compiles natively. Both return the same
** bits for every input, dimension and alignment; kernel/test_kernel.c compares them. Callers use
** the names without a suffix, at the end of this file.
*/
#ifndef VSS_KERNEL_H
#define VSS_KERNEL_H

#include "kernel/block.h"

#include <stdint.h>

/*
** A query as the scan wants it; index/quantize.h makes one. For a row with codes c, rho and base
** the bound is, in float32,
**
**   I     = sum over j of e[j] * c[j]                      exact in int32
**   bound = ((base + constant) - scale * I) - kappa * rho  in this order; NaN becomes -Inf
*/
typedef struct VssQueryCodes {
  const int16_t *e; /* padded_dim values, zeros past the dimension; sum |e[j]| * 128 < 2^31 */
  int padded_dim;   /* a multiple of VSS_LINE_BYTES */
  float constant;
  float scale;
  float kappa;
} VssQueryCodes;

/*
** Bounds of the rows of one block, which kernel/block.h draws, for each of n_queries >= 1 queries
** that have the same padded_dim.
**
**   codes    64 * padded_dim bytes
**   margins  VSS_BLOCK_MARGINS floats
**   word     bit i: row i is wanted. A group of four rows without a bit is skipped, and its part
**            of every out[q] is left as it was
**   out[q]   64 floats for query q, which overlap nothing
**
** Any alignment is allowed; lines that do not straddle cache lines are faster. Cannot fail. Cost:
** 64 * padded_dim bytes, read from memory once. Four queries together take about as long as three
** one by one, or less.
*/
void vss_bounds_block_i8_scalar(const VssQueryCodes *const *queries, uint32_t n_queries,
                                const int8_t *codes, const float *margins, uint64_t word,
                                float *const *out);
void vss_bounds_block_i8_simd128(const VssQueryCodes *const *queries, uint32_t n_queries,
                                 const int8_t *codes, const float *margins, uint64_t word,
                                 float *const *out);

/*
** The same for one query and four rows of any blocks. rows[i] is the first line of row i, and its
** next lines follow every VSS_LINE_STRIDE_BYTES. rho, base and out have 4 floats each.
*/
void vss_bounds_rows_i8_scalar(const VssQueryCodes *query, const int8_t *const rows[VSS_GROUP_ROWS],
                               const float rho[VSS_GROUP_ROWS], const float base[VSS_GROUP_ROWS],
                               float out[VSS_GROUP_ROWS]);
void vss_bounds_rows_i8_simd128(const VssQueryCodes *query,
                                const int8_t *const rows[VSS_GROUP_ROWS],
                                const float rho[VSS_GROUP_ROWS], const float base[VSS_GROUP_ROWS],
                                float out[VSS_GROUP_ROWS]);

/*
** A query as a coarse scan wants it, which reads the high nibbles h of the codes and nothing else;
** index/quantize.h makes one. For a row with the coarse rho and base, the bound is, in float32,
**
**   I     = sum over j of e[j] * h[j]                      exact in int32
**   bound = ((base + constant) - scale * I) - kappa * rho  in this order; NaN becomes -Inf
*/
typedef struct VssQueryHighs {
  const int8_t *e;     /* padded_dim values in [-127, 127], zeros past the dimension */
  const int16_t *wide; /* the same as vss_highs_widen() makes them of e */
  int padded_dim;      /* sum |e[j]| * 15 * 256 < 2^31 */
  float constant;
  float scale;
  float kappa;
} VssQueryHighs;

/*
** What vss_bounds_block_u4_simd128() multiplies with. Four components share 16 bits of the highs;
** masking leaves each of them at its own power of 16, and a factor here makes all products e * h *
** 256:
**
**   16 bits     | h of 17 | h of 1 | h of 16 | h of 0 |       of each 32 components
**   masked by   shift 12  | 0x0f00 | 0x00f0  | 0x000f
**   factor      256       | 1      | 16      | 256
*/
void vss_highs_widen(const int8_t *e, int padded_dim, int16_t *out_wide);

/*
** Coarse bounds of the rows of one block: as vss_bounds_block_i8, with the highs in the place of
** the codes. Cost: 32 * padded_dim bytes.
*/
void vss_bounds_block_u4_scalar(const VssQueryHighs *const *queries, uint32_t n_queries,
                                const uint8_t *highs, const float *coarse, uint64_t word,
                                float *const *out);
void vss_bounds_block_u4_simd128(const VssQueryHighs *const *queries, uint32_t n_queries,
                                 const uint8_t *highs, const float *coarse, uint64_t word,
                                 float *const *out);

/*
** The same for one query and four rows of any blocks. rows[i] is the first line of row i, and its
** next lines follow every VSS_LINE_STRIDE_BYTES. halves[i] is its last line, where that has 32
** bytes (kernel/block.h); else it is not read.
*/
void vss_bounds_rows_u4_scalar(const VssQueryHighs *query,
                               const uint8_t *const rows[VSS_GROUP_ROWS],
                               const uint8_t *const halves[VSS_GROUP_ROWS],
                               const float rho[VSS_GROUP_ROWS], const float base[VSS_GROUP_ROWS],
                               float out[VSS_GROUP_ROWS]);
void vss_bounds_rows_u4_simd128(const VssQueryHighs *query,
                                const uint8_t *const rows[VSS_GROUP_ROWS],
                                const uint8_t *const halves[VSS_GROUP_ROWS],
                                const float rho[VSS_GROUP_ROWS], const float base[VSS_GROUP_ROWS],
                                float out[VSS_GROUP_ROWS]);

/*
** sum (a[j] - b[j])^2 and sum a[j] * b[j], j < dim, in float64, added in the lane order of
** kernel/lanes.h. dim >= 0, any alignment. There is no fused multiply-add. NaN or Inf in gives NaN
** or Inf out. Cannot fail.
*/
double vss_l2sq_f64_scalar(const float *a, const float *b, int dim);
double vss_l2sq_f64_simd128(const float *a, const float *b, int dim);
double vss_dot_f64_scalar(const float *a, const float *b, int dim);
double vss_dot_f64_simd128(const float *a, const float *b, int dim);

/*
** Codes of one row, and what they leave over. For j < dim, in float64:
**
**   y = x[j] * scale            t = y - centre[j]
**   c = t * inverse[j], cut to [-127, 127] (NaN: -127), rounded to nearest, ties to even
**   r = t - step[j] * c
**
** out_codes[j] = c. out_sums: sum r^2, sum t^2 and sum c^2, with component j in lane j % 2; the two
** lanes are added at the end. Any alignment. out_codes overlaps nothing. Cannot fail.
*/
typedef struct VssEncodeSums {
  double residual_sq; /* sum r^2 */
  double centred_sq;  /* sum t^2 */
  double code_sq;     /* sum c^2, exact */
} VssEncodeSums;

void vss_encode_f64_scalar(const float *x, double scale, const float *centre, const float *step,
                           const float *inverse, int dim, int8_t *out_codes,
                           VssEncodeSums *out_sums);
void vss_encode_f64_simd128(const float *x, double scale, const float *centre, const float *step,
                            const float *inverse, int dim, int8_t *out_codes,
                            VssEncodeSums *out_sums);

/*
** sum over j < dim of weight[j] * (2 * (codes[j] & 15) - 15)^2: the low nibbles, as the coarse rho
** wants them (index/quantize.h). Exact, if the sum of the absolute terms is below 2^31, which the
** caller sees to. `codes` at any alignment. Cannot fail.
*/
int32_t vss_low_sq_i8_scalar(const int16_t *weight, const int8_t *codes, int dim);
int32_t vss_low_sq_i8_simd128(const int16_t *weight, const int8_t *codes, int dim);

/*
** sum over j < dim of codes[j]^2, exact: dim is at most VSS_MAX_DIM, and -128 is allowed. `codes`
** at any alignment. Cannot fail. Pinned by test_kernel.c.
*/
uint32_t vss_length_sq_i8_scalar(const int8_t *codes, int dim);
uint32_t vss_length_sq_i8_simd128(const int8_t *codes, int dim);

/*
** 1.5 * 2^52. Adding this number to a float64 of size at most 2^31 leaves no room for a fraction,
** so the sum is rounded to a whole number, to nearest with ties to even. Subtracting it again gives
** that whole number as a float64. Before that, the low 32 bits of the sum are the whole number in
** two's complement: its low byte is the code.
*/
#define VSS_ROUND_F64 6755399441055744.0

/*
** The first i in [from, n) with values[i] <= limit; n when there is none. A NaN is not <= anything.
** Cost: 4 bytes per value. Whoever selects the few smallest of many values spends the time here.
*/
uint32_t vss_next_at_most_f32_scalar(const float *values, uint32_t from, uint32_t n, float limit);
uint32_t vss_next_at_most_f32_simd128(const float *values, uint32_t from, uint32_t n, float limit);

/*
** The kernels that an engine may have in a faster form. The defaults are those of
** kernel/simd128_bounds.c; wasm/shim.c puts others in their place before the first scan. All give
** the same bits.
*/
typedef struct VssKernels {
  void (*bounds_block_u4)(const VssQueryHighs *const *queries, uint32_t n_queries,
                          const uint8_t *highs, const float *coarse, uint64_t word,
                          float *const *out);
  int is_relaxed; /* 1: the kernel of wasm/relaxed, which is twice as fast from a cache */
} VssKernels;
extern VssKernels vss_kernels;
#define vss_bounds_block_u4 vss_kernels.bounds_block_u4

#define vss_next_at_most_f32 vss_next_at_most_f32_simd128
#define vss_encode_f64       vss_encode_f64_simd128
#define vss_bounds_block_i8  vss_bounds_block_i8_simd128
#define vss_bounds_rows_i8   vss_bounds_rows_i8_simd128
#define vss_bounds_rows_u4   vss_bounds_rows_u4_simd128
#define vss_low_sq_i8        vss_low_sq_i8_simd128
#define vss_length_sq_i8     vss_length_sq_i8_simd128
#define vss_l2sq_f64         vss_l2sq_f64_simd128
#define vss_dot_f64          vss_dot_f64_simd128

#endif
