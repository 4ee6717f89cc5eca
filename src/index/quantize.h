/*
** 8-bit codes of vectors, and lower bounds of distances computed from the codes alone.
**
**   y     the row as encoded: x, or x/|x| for COSINE (float64)
**   c_j = clamp(round((y_j - mu_j) / s_j), -127, 127)         code
**   r   = (y - mu) - s*c                                      residual, with what clamping cut off
**   rho >= |r|                                                stored, rounded up
**   base                                                      stored, rounded down:
**            L2 |y-mu|^2      COSINE |y-mu|^2 / 2      INNER_PRODUCT -mu.y
**
**   g = q - mu (q/|q| for COSINE)       w = g*s
**   e = round(w/beta) as int16          delta = w - beta*e          I = sum e_j c_j, exact
**
**   With C >= |c| of every row:
**
**   L2              |q-x|^2 = |g|^2   + base - 2 beta I  +- 2 (|g| rho + |delta| C)
**   COSINE          1-cos   = |g|^2/2 + base -   beta I  +-   (|g| rho + |delta| C)
**   INNER_PRODUCT   -q.x    = -g.mu   + base -   beta I  +-   (|g| rho + |delta| C)
**
** The distance under COSINE is brought into [0, 2], where 1-cos lies: that only moves it closer to
** 1-cos, so what bounds 1-cos less the error of the sums bounds it too.
**
** The lower end of each line is what VssQueryCodes evaluates in float32. The idea is the VA-file's
** (Weber, Schek, Blott 1998).
**
** Rounding. With u = 2^-24 and S = |base| + |constant| + |scale I| + kappa rho the float32
** evaluation and the rounding of the distance to float32 together err by less than 6 u S: there are
** five operations, and each term passes through at most five of them. 8 u S is taken off, each term
** where it is made: base's and rho's when a row is encoded (rho is enlarged by 8 u), the others
** when a query is prepared. Float64 sums err by at most dim * 2^-53 times the sum of magnitudes,
** which is at most |q| |x|: sqrt(dim 2^-50) |x| goes into rho and sqrt(dim 2^-50) |q| into kappa,
** whose product covers it. 2^-120 covers what underflows. Values that could overflow are not
** bounded at all (rho = +Inf, or `usable` 0). index/test_quantize.c attacks all this. Without the
** slack (slack = 0) it finds bounds that are above the distance.
*/
#ifndef VSS_QUANTIZE_H
#define VSS_QUANTIZE_H

#include "kernel/kernel.h"
#include "kernel/metric.h"

/*
** The factor of all that is taken off for rounding. The product uses 1; a test uses 0, to show that
** it is needed.
*/
#define VSS_SLACK 1.0

/*
** The grid that rows are rounded to, one centre and one step per component. The arrays have dim
** elements and belong to whoever made the codebook. centre is finite, step is in [FLT_MIN,
** FLT_MAX].
*/
typedef struct VssCodebook {
  float *centre;
  float *step;
  float *inverse;       /* 1/step as float32, to find codes with; vss_codebook_complete() */
  double centre_length; /* at least |mu|; vss_codebook_complete() */
} VssCodebook;

/* Compute inverse and centre_length from centre and step. Cannot fail. */
void vss_codebook_complete(VssCodebook *codebook, int dim);

/*
** What training needs to know of the rows, collected in one pass and O(dim) memory. The arrays have
** dim elements each.
*/
typedef struct VssTraining {
  VssMetric metric;
  int dim;
  uint32_t count;   /* rows added, except zero vectors under COSINE */
  double *first;    /* the first row: differences to it do not cancel where all values are large */
  double *sum;      /* sum of (y - first) */
  double *sum_sq;   /* sum of (y - first)^2 */
  double *least;    /* min y */
  double *greatest; /* max y */
} VssTraining;

int vss_training_init(VssMetric metric, int dim, VssTraining *out_training); /* VSS_NOMEM */
void vss_training_free(VssTraining *training);
/* Take one row (dim floats) into account. Cost: O(dim). */
void vss_training_add(VssTraining *training, const float *x);
/*
** A complete codebook: mu = mean, s = min(max |y-mu|, 5 sigma) / 127, at least FLT_MIN. Without any
** row, mu = 0 and s = 1/127. Cannot fail.
*/
void vss_training_finish(const VssTraining *training, VssCodebook *codebook);

/* What is stored of a row beside its codes. */
typedef struct VssMargin {
  float rho;          /* >= 0. +Inf: the row is not bounded, so searches compute its distance */
  float base;         /* finite, |base| <= 2^120; 0 when rho is +Inf */
  uint32_t length_sq; /* |c|^2 */
} VssMargin;

/*
** Encode x (dim floats). out_codes: dim bytes, all zero where rho is +Inf. Cannot fail: a row that
** cannot be bounded gets rho +Inf. Such rows are zero vectors under COSINE, rows with sizes above
** 2^60, and rows that are not finite. Every build gives the same bytes. Cost: O(dim).
*/
void vss_quantize_row(VssMetric metric, int dim, const VssCodebook *codebook, const float *x,
                      double slack, int8_t *out_codes, VssMargin *out_margin);

/* A query, made ready to bound the rows of one codebook. Zero-initialise. */
typedef struct VssQueryBound {
  VssQueryCodes codes;
  int16_t *e; /* owned; codes.e is the same array */
  int usable; /* 0: zero under COSINE, or too large; then every bound is -Inf */
} VssQueryBound;

/*
** greatest_length_sq: at least the length_sq of every row to be bounded. Free with
** vss_query_bound_free(). VSS_NOMEM. Cost: O(dim).
*/
int vss_quantize_query(VssMetric metric, int dim, const VssCodebook *codebook,
                       uint32_t greatest_length_sq, const float *query, double slack,
                       VssQueryBound *out_bound);
void vss_query_bound_free(VssQueryBound *bound);

#endif
