/*
** The inner loops: dot products of 8-bit codes and float64 sums over float32 vectors.
**
** Each is written twice: kernel/scalar.c is the reference, kernel/simd128.c the one that ships (WebAssembly SIMD128
** intrinsics; natively the same source through SIMDe). Both return the same bits for every input, dimension and
** alignment; kernel/test_kernel.c pins it. The unsuffixed names below are what callers use; -DVSS_SCALAR picks the reference.
*/
#ifndef VSS_KERNEL_H
#define VSS_KERNEL_H

#include <stdint.h>

/* Rows a block has, and rows whose 64-byte lines are interleaved (see vss_bounds_block_i8). */
#define VSS_BLOCK_ROWS 64
#define VSS_GROUP_ROWS 4
#define VSS_LINE_BYTES 64

/*
** A query as the scan wants it; index/quantize.h makes it. For a row with codes c, rho and base the bound is, in float32,
**
**   I     = sum over j of e[j] * c[j]                      exact in int32
**   bound = ((base + constant) - scale * I) - kappa * rho  evaluated in this order; NaN becomes -Inf
*/
typedef struct VssQueryCodes {
  const int16_t *e; /* padded_dim values, zeros past the dimension; sum |e[j]| * 127 < 2^31 */
  int padded_dim;   /* a multiple of VSS_LINE_BYTES */
  float constant;
  float scale;
  float kappa;
} VssQueryCodes;

/*
** Bounds of the rows of one block.
**
**   codes    64 * padded_dim bytes in [-127, 127]: 16 groups of 4 rows; a group is padded_dim/64 times
**            { 64 bytes of row 0, 64 of row 1, 64 of row 2, 64 of row 3 }. Four rows are read as one linear stream, which
**            the hardware prefetcher follows; four separate streams ran at a quarter of the speed (docs: performance).
**   margins  128 floats: for each group { rho[4], base[4] }, so that one row's pair shares a cache line
**   word     groups without a bit set here are skipped and their out left as it was
**   out      64 floats
** Any alignment; lines that do not straddle cache lines are faster. Cannot fail. Cost: 64 * padded_dim bytes.
*/
void vss_bounds_block_i8_scalar(const VssQueryCodes *query, const int8_t *codes,
                                const float *margins, uint64_t word, float out[VSS_BLOCK_ROWS]);
void vss_bounds_block_i8_simd128(const VssQueryCodes *query, const int8_t *codes,
                                 const float *margins, uint64_t word, float out[VSS_BLOCK_ROWS]);

/*
** The same for four rows anywhere: rows[i] is the first line of row i, the next lines follow every 256 bytes.
** rho, base, out: 4 floats.
*/
void vss_bounds_rows_i8_scalar(const VssQueryCodes *query, const int8_t *const rows[VSS_GROUP_ROWS],
                               const float rho[VSS_GROUP_ROWS], const float base[VSS_GROUP_ROWS],
                               float out[VSS_GROUP_ROWS]);
void vss_bounds_rows_i8_simd128(const VssQueryCodes *query,
                                const int8_t *const rows[VSS_GROUP_ROWS],
                                const float rho[VSS_GROUP_ROWS], const float base[VSS_GROUP_ROWS],
                                float out[VSS_GROUP_ROWS]);

/*
** sum (a[j] - b[j])^2 and sum a[j] * b[j], j < dim, in float64. dim >= 0, any alignment.
**
** The one lane order of every build: eight sums, component j in sum j % 8, each in ascending j; joined as
** ((s0+s4) + (s2+s6)) + ((s1+s5) + (s3+s7)). No fused multiply-add. NaN or Inf in gives NaN or Inf out. Cannot fail.
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
** out_codes[j] = c; out_sums: sum r^2, sum t^2, sum c^2, component j in sum j % 2, joined as s0+s1.
** Any alignment. out_codes overlaps nothing. Cannot fail.
*/
typedef struct VssEncodeSums {
  double residual_sq;
  double centred_sq;
  double code_sq; /* exact */
} VssEncodeSums;

void vss_encode_f64_scalar(const float *x, double scale, const float *centre, const float *step,
                           const float *inverse, int dim, int8_t *out_codes,
                           VssEncodeSums *out_sums);
void vss_encode_f64_simd128(const float *x, double scale, const float *centre, const float *step,
                            const float *inverse, int dim, int8_t *out_codes,
                            VssEncodeSums *out_sums);

/* Added to and taken from a float64 of at most 2^31, this rounds it to nearest, ties to even; in
** between, the low byte of the sum is that integer's. */
#define VSS_ROUND_F64 6755399441055744.0

/*
** The first i in [from, n) with values[i] <= limit; n when there is none. A NaN is not <= anything.
** Cost: 4 bytes a value; what selects the few smallest of many spends its time here.
*/
uint32_t vss_next_at_most_f32_scalar(const float *values, uint32_t from, uint32_t n, float limit);
uint32_t vss_next_at_most_f32_simd128(const float *values, uint32_t from, uint32_t n, float limit);

#ifdef VSS_SCALAR
#define vss_next_at_most_f32 vss_next_at_most_f32_scalar
#define vss_encode_f64       vss_encode_f64_scalar
#define vss_bounds_block_i8  vss_bounds_block_i8_scalar
#define vss_bounds_rows_i8   vss_bounds_rows_i8_scalar
#define vss_l2sq_f64         vss_l2sq_f64_scalar
#define vss_dot_f64          vss_dot_f64_scalar
#else
#define vss_next_at_most_f32 vss_next_at_most_f32_simd128
#define vss_encode_f64       vss_encode_f64_simd128
#define vss_bounds_block_i8  vss_bounds_block_i8_simd128
#define vss_bounds_rows_i8   vss_bounds_rows_i8_simd128
#define vss_l2sq_f64         vss_l2sq_f64_simd128
#define vss_dot_f64          vss_dot_f64_simd128
#endif

#endif
