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
** whose product covers it. With e = dim 2^-50 <= 1 and L = |mu| + |y-mu| >= |x|, kappa rho is above
** |g| |r| by at least sqrt(e) L (|g| + sqrt(e) |q|) >= e L (|g| + |q|) >= e L (|mu| + |q|) / 2,
** since |g| + |q| is at least |q| and at least |mu|. That is four times what the sums q.x and mu.x
** can lose together, and 2^19 times what g.mu can: the base and the constant of INNER_PRODUCT need
** no slack of their own for these sums.
**
** Nor does COSINE. There |q| and L are at least 1, up to rounding, and what kappa rho has above
** |g| |r| is at least e = 8 dim 2^-53. In lanes of n = ceil(dim/8) components, n + 2 additions are
** made for q.x and for each square of a length; with the product, its root, the quotient and the
** difference the distance errs by less than (2 n + 8) 2^-53 <= (dim/4 + 10) 2^-53, which is less
** for dim >= 2. With one component it is exact. That q/|q| and x/|x| are rounded moves |g - (y-mu)|
** by 2^-52, which sqrt(e) L |g| and e |y-mu| cover, and lengths that differ from 1 move
** |g - (y-mu)|^2 / 2 in proportion to itself, which 8 u S covers.
**
** Underflow. float32 values below 2^-125 are multiples of t = 2^-149, and their sums are exact. So
** is scale I, because scale is at least 2^-126 and so a multiple of t. Only kappa rho and the
** distance may lose t/2 each by rounding. If S >= 2^-126, then 2 u S >= t covers that. Otherwise
** the bound is less than t/2 above the distance: slack was taken off base and the constant before
** they were rounded down to multiples of t, or they are 0 and kappa rho has its slack. A multiple
** of t that is less than t/2 above a number is no more than the number rounded to a multiple of t.
**
** Overflow. Rows with |y-mu|^2 or |base| above 2^120 or 2^119 are not bounded (rho = +Inf), nor
** anything by a query with |g|^2, |q|^2, beta or |constant| above 2^120 (`usable` 0). A bound is
** then wrong only if -scale I is too great for float32, because all that is -Inf or NaN says
** nothing. It is not. A component whose e is not 0 has beta |e_j| <= 2 |w_j|, and one whose c is
** not 0 has s_j |c_j| <= 2 |y_j-mu_j|: beta |sum e_j c_j| <= 4 |g| |y-mu| <= 2^122.
**
** index/test_quantize.c and index/test_quantize_edges.c attack all this. Without the slack
** (slack = 0) they find bounds that are above the distance.
**
** Coarse bounds read half as much: of c only its high nibble.
**
**   h = (c + 128) >> 4, in 0 .. 15       l = (c + 128) & 15       c = 16 h - 120.5 + (l - 7.5)
**   y - mu = s*(16 h - 120.5) + r4       |r4| <= coarse rho := rho + |s*(l - 7.5)|
**   W = 16 g*s       E = round(W/beta4) as int8       D = W - beta4*E       I = sum E_j h_j, exact
**
**   g.(y-mu) = sum W h - 7.53125 sum W + g.r4                        since 120.5 / 16 = 7.53125
**            = beta4 I + 7.5 sum D - 7.53125 sum W + D.(h - 7.5) + g.r4
**
** and |D.(h - 7.5)| <= |D| C4 with C4 = C/16 + sqrt(dim)/2, because h - 7.5 = c/16 + (8 - l)/16 has
** (8 - l)/16 in (-1/2, 1/2]. That takes the place of beta I +- ... above; base, constant and the
** slack are made in the same way. |s*(l - 7.5)|^2 = sum s^2/4 (2l - 15)^2 is summed up in integers,
** with weights that are s^2/4 in units of `weight_unit`, rounded up.
**
** beta4 I = 8 beta4 sum E + beta4 sum E_j (h_j - 8) overflows as little. The constant contains
** 7.5 beta4 sum E + sum W / 32, and so its limit keeps the first part above -2^122. In the second,
** h is 8 where c is 0, and |h - 8| <= |c|/16 + 1 elsewhere: as above, it is below 2^126.
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
  int16_t *weight;      /* s^2/4, for the coarse rho; vss_codebook_complete() */
  double weight_unit;   /* vss_codebook_complete() */
} VssCodebook;

/* Compute what follows from centre and step. Cannot fail. */
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

/*
** The margin of a row whose codes (dim of them, -128 to 127) leave these sums over (VssEncodeSums
** in kernel/kernel.h), with a codebook whose centre is 0. It bounds the row as that of
** vss_quantize_row() does. Not for COSINE. Cost: O(1).
*/
void vss_quantize_margin(VssMetric metric, int dim, const VssCodebook *codebook,
                         const VssEncodeSums *sums, double slack, VssMargin *out_margin);

/*
** At least the |r4| of a row with these codes (dim of them) and this rho; +Inf where rho is. Cannot
** fail. Every build gives the same bits. Cost: O(dim).
*/
float vss_quantize_coarse_rho(int dim, const VssCodebook *codebook, const int8_t *codes, float rho,
                              double slack);
/* The same where the sum of vss_low_sq_i8() over weights and codes is known. Cost: O(1). */
float vss_quantize_coarse_rho_of(const VssCodebook *codebook, int32_t low_sq, float rho,
                                 double slack);

/* A query, made ready to bound the rows of one codebook. Zero-initialise. */
typedef struct VssQueryBound {
  VssQueryCodes codes;
  int16_t *e;  /* owned; codes.e is the same array */
  float width; /* the distance is at most bound + width + 2 kappa rho, about: for estimates only */
  int usable;  /* 0: zero under COSINE, or too large; then every bound is -Inf */
  float inverse_length; /* 1/|q|, where vss_has_lengths(); 0 for a zero vector */
  VssQueryHighs highs;
  int16_t *wide;     /* owned, with the array e of highs behind it; NULL: not asked for */
  int coarse_usable; /* 0: rows have to be bounded by their codes */
} VssQueryBound;

/*
** greatest_length_sq: at least the length_sq of every row to be bounded. Free with
** vss_query_bound_free(). VSS_NOMEM. Cost: O(dim).
*/
int vss_quantize_query(VssMetric metric, int dim, const VssCodebook *codebook,
                       uint32_t greatest_length_sq, const float *query, double slack,
                       VssQueryBound *out_bound);
/*
** Make the coarse part of a bound that vss_quantize_query() made of the same arguments. VSS_NOMEM.
** Cost: O(dim).
*/
int vss_quantize_query_coarse(VssMetric metric, int dim, const VssCodebook *codebook,
                              uint32_t greatest_length_sq, const float *query, double slack,
                              VssQueryBound *bound);
void vss_query_bound_free(VssQueryBound *bound);

#endif
