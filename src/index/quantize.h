/*
** 8-bit codes of vectors, and lower bounds of distances computed from the codes alone.
**
**   y     the row as encoded: x, or x/|x| for COSINE (float64)
**   c_j = clamp(round((y_j - mu_j) / s_j), -127, 127)         code
**   r   = (y - mu) - s*c                                      residual: clamping lands here, so outliers stay exact
**   rho >= |r|                                                stored, rounded up
**   base                                                      stored, rounded down:
**            L2 |y-mu|^2      COSINE |y-mu|^2 / 2      INNER_PRODUCT -mu.y
**
**   g = q - mu (q/|q| for COSINE), w = g*s, e = round(w/beta) as int16, delta = w - beta*e, I = sum e_j c_j (exact)
**
**   L2              |q-x|^2 = |g|^2   + base - 2 beta I  +- 2 (|g| rho + |delta| C)
**   COSINE          1-cos   = |g|^2/2 + base -   beta I  +-   (|g| rho + |delta| C)
**   INNER_PRODUCT   -q.x    = -g.mu   + base -   beta I  +-   (|g| rho + |delta| C)        C >= |c| of every row
**
** which is what VssQueryCodes evaluates in float32. After the VA-file (Weber, Schek, Blott 1998).
**
** Rounding. With u = 2^-24 and S = |base| + |constant| + |scale I| + kappa rho the float32 evaluation and the rounding
** of the distance to float32 together err by less than 6 u S (five operations, each term passes at most five of them); 8 u S
** is taken off, each term where it is made: base's when a row is encoded, rho's there too (rho is enlarged by 8 u), the
** others when a query is prepared. Float64 sums err by at most dim * 2^-53 times the sum of magnitudes, at most
** |q| |x|: sqrt(dim 2^-50) |x| goes into rho and sqrt(dim 2^-50) |q| into kappa, whose product covers it.
** 2^-120 covers what underflows. Values that could overflow are not bounded at all (rho = +Inf, or `usable` 0).
** index/test_quantize.c attacks all this; without the slack (slack = 0) it finds violations.
*/
#ifndef VSS_QUANTIZE_H
#define VSS_QUANTIZE_H

#include "kernel/kernel.h"
#include "kernel/metric.h"

/* A multiple of VSS_LINE_BYTES, at least dim. */
static inline int vss_quantize_padded(int dim) {
  return (dim + VSS_LINE_BYTES - 1) / VSS_LINE_BYTES * VSS_LINE_BYTES;
}

/* The slack of the product; 0 only in the test that shows it is needed. */
#define VSS_SLACK 1.0

/* Arrays of dim, owned by whoever made the codebook. centre finite, step in [FLT_MIN, FLT_MAX]. */
typedef struct VssCodebook {
  float *centre;
  float *step;
  float *inverse;       /* about 1/step, for finding codes; from vss_codebook_complete() */
  double centre_length; /* |mu|, likewise */
} VssCodebook;

/* Fill in what follows from centre and step. Cannot fail. */
void vss_codebook_complete(VssCodebook *codebook, int dim);

/* What training needs of the rows, in one pass and constant memory. */
typedef struct VssTraining {
  VssMetric metric;
  int dim;
  uint32_t count; /* rows that counted: not the zero vector under COSINE */
  double *
      first; /* dim each; sums are of the difference to the first row, so that they do not cancel */
  double *sum;
  double *sum_sq;
  double *least;
  double *greatest;
} VssTraining;

int vss_training_init(VssMetric metric, int dim, VssTraining *out_training); /* VSS_NOMEM */
void vss_training_free(VssTraining *training);
void vss_training_add(VssTraining *training, const float *x);
/* A complete codebook: mu = mean, s = min(max |y-mu|, 5 sigma)/127, at least FLT_MIN. Any count, 0
** included (mu 0, s 1/127). Cannot fail. */
void vss_training_finish(const VssTraining *training, VssCodebook *codebook);

/* One row as stored beside its codes. */
typedef struct VssMargin {
  float rho;          /* >= 0; +Inf: the row cannot be bounded and its bound is -Inf */
  float base;         /* finite, |base| <= 2^120; 0 when rho is +Inf */
  uint32_t length_sq; /* |c|^2 */
} VssMargin;

/*
** Encode x (dim floats). out_codes: dim bytes; all zero where rho is +Inf. Never fails: what cannot be bounded (zero vectors under
** COSINE, sizes above 2^60, non-finite input) gets rho +Inf. Deterministic: the same bytes on every build. Cost: O(dim).
*/
void vss_quantize_row(VssMetric metric, int dim, const VssCodebook *codebook, const float *x,
                      double slack, int8_t *out_codes, VssMargin *out_margin);

/* A query prepared for the rows of one codebook. Zero-initialise. */
typedef struct VssPrepared {
  VssQueryCodes codes;
  int16_t *e; /* owned; codes.e */
  int usable; /* 0: the query cannot be bounded (zero under COSINE, too large): every bound is -Inf */
} VssPrepared;

/* greatest_length_sq: the greatest length_sq of the rows to be scanned. VSS_NOMEM. Cost: O(dim). */
int vss_quantize_query(VssMetric metric, int dim, const VssCodebook *codebook,
                       uint32_t greatest_length_sq, const float *query, double slack,
                       VssPrepared *out_prepared);
void vss_prepared_free(VssPrepared *prepared);

#endif
