/*
** Codebooks, the codes of a row, and the numbers of a query. The formulas and their proof are in
** index/quantize.h.
**
**   rows     --> VssTraining --> VssCodebook { centre, step }
**   row      + VssCodebook   --> codes, VssMargin { rho, base }       stored
**   query    + VssCodebook   --> VssQueryBound                        made for each search
**
** Everything is computed in float64 and rounded to float32 once, in the direction that makes the
** bound lower: base and the constant down, rho and kappa up.
*/
#include "index/quantize.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* 8 u: see "Rounding" in index/quantize.h. */
#define RELATIVE_SLACK 0x1p-21
/* What this limits: "Overflow" in index/quantize.h. */
#define GREATEST_TERM 0x1p120

/*
** Round towards -Inf, and towards +Inf. |value| <= FLT_MAX for the first; the second may give +Inf.
*/
static float round_down(double value) {
  float rounded = (float)value;
  return (double)rounded > value ? nextafterf(rounded, -INFINITY) : rounded;
}
static float round_up(double value) {
  /* NaN too: callers take +Inf for "not bounded". */
  if (!(value <= FLT_MAX)) return INFINITY;
  float rounded = (float)value;
  return (double)rounded < value ? nextafterf(rounded, INFINITY) : rounded;
}

/*
** The factor by which rounding in float64 sums enlarges rho and kappa: see "Rounding" in
** index/quantize.h.
*/
static double sqrt_of_sum_error(int dim) {
  return sqrt((double)dim * 0x1p-50);
}

/*
** The factor of y = x * factor: 1/|x| for COSINE, 0 where that is not a number, and 1 for the other
** metrics.
*/
static double scale_of(VssMetric metric, const float *x, int dim) {
  if (metric != VSS_METRIC_COSINE) return 1;
  double length = sqrt(vss_dot_f64(x, x, dim));
  return length > 0 && length <= DBL_MAX ? 1 / length : 0;
}

/*
** The inverse is rounded, and so a code may be off by one near the middle of two. That costs
** nothing: the residual is computed from the code that was found. The length is enlarged by more
** than float64 can have lost.
*/
void vss_codebook_complete(VssCodebook *codebook, int dim) {
  for (int j = 0; j < dim; j++)
    codebook->inverse[j] = (float)(1 / (double)codebook->step[j]);
  codebook->centre_length =
      sqrt(vss_dot_f64(codebook->centre, codebook->centre, dim)) * (1 + 0x1p-30);
  double greatest = 0, sum = 0;
  for (int j = 0; j < dim; j++) {
    double weight = (double)codebook->step[j] * (double)codebook->step[j] / 4;
    greatest = weight > greatest ? weight : greatest;
    sum += weight;
  }
  /*
  ** The smallest unit for which a weight fits int16, and the sum of weights times 15^2 fits int32.
  ** Rounding up adds at most 1 to each of VSS_MAX_DIM weights.
  */
  codebook->weight_unit = fmax(greatest / 32766, sum / (2147483648.0 / 225 - 2 * VSS_MAX_DIM));
  for (int j = 0; j < dim; j++) {
    double weight = (double)codebook->step[j] * (double)codebook->step[j] / 4;
    codebook->weight[j] = (int16_t)ceil(weight / codebook->weight_unit);
  }
}

float vss_quantize_coarse_rho(int dim, const VssCodebook *codebook, const int8_t *codes, float rho,
                              double slack) {
  return vss_quantize_coarse_rho_of(codebook, vss_low_sq_i8(codebook->weight, codes, dim), rho,
                                    slack);
}

float vss_quantize_coarse_rho_of(const VssCodebook *codebook, int32_t low_sq, float rho,
                                 double slack) {
  /* The low nibble of c + 128 is that of c. */
  double low = sqrt(codebook->weight_unit * low_sq) * (1 + 0x1p-30);
  return round_up(((double)rho + low) * (1 + slack * RELATIVE_SLACK));
}

int vss_training_init(VssMetric metric, int dim, VssTraining *out_training) {
  /* Five arrays in one allocation, which `first` owns. */
  double *all = vss_calloc((uint64_t)dim * 5, sizeof *all);
  if (!all) return VSS_NOMEM;
  VssTraining training = {metric,        dim,          0, all, all + dim, all + 2 * dim,
                          all + 3 * dim, all + 4 * dim};
  *out_training = training;
  return VSS_OK;
}

void vss_training_free(VssTraining *training) {
  vss_free(training->first);
  memset(training, 0, sizeof *training);
}

/* The arrays do not overlap: a compiler that knows it handles several components at once. */
static void add_row(int dim, const float *restrict x, double scale, const double *restrict first,
                    double *restrict sum, double *restrict sum_sq, double *restrict least,
                    double *restrict greatest) {
  for (int j = 0; j < dim; j++) {
    double y = x[j] * scale;
    double difference = y - first[j];
    sum[j] += difference;
    sum_sq[j] += difference * difference;
    least[j] = y < least[j] ? y : least[j];
    greatest[j] = y > greatest[j] ? y : greatest[j];
  }
}

void vss_training_add(VssTraining *training, const float *x) {
  double scale = scale_of(training->metric, x, training->dim);
  if (!(scale > 0)) return;
  /* The first row has difference 0, and the sums start with it. */
  if (training->count++ == 0)
    for (int j = 0; j < training->dim; j++)
      training->first[j] = training->least[j] = training->greatest[j] = x[j] * scale;
  add_row(training->dim, x, scale, training->first, training->sum, training->sum_sq,
          training->least, training->greatest);
}

void vss_training_finish(const VssTraining *training, VssCodebook *codebook) {
  for (int j = 0; j < training->dim; j++) {
    double centre = 0, spread = 1;
    if (training->count > 0) {
      double mean = training->sum[j] / training->count;
      double variance = training->sum_sq[j] / training->count - mean * mean;
      /*
      ** Rounded to float32 here, since the spread has to be measured from the centre that is
      ** stored. It cannot overflow: a mean lies between the values.
      */
      centre = (double)(float)(training->first[j] + mean);
      spread = fmax(training->greatest[j] - centre, centre - training->least[j]);
      /*
      ** Rows beyond 5 sigma are rare: a finer step for all others is worth a larger rho for them.
      ** Few rows estimate sigma badly, but then 5 sigma is no smaller than max |y-mu|, which is
      ** taken instead: sigma >= max |y-mu| / sqrt(count), so this is so up to a count of 25.
      */
      spread = fmin(spread, 5 * sqrt(fmax(variance, 0)));
    }
    codebook->centre[j] = (float)centre;
    codebook->step[j] = (float)fmax(spread / 127, FLT_MIN);
  }
  vss_codebook_complete(codebook, training->dim);
}

/* The margin that follows from the sums over a row's codes. */
static VssMargin margin_of(VssMetric metric, int dim, const VssCodebook *codebook, const float *x,
                           const VssEncodeSums *sums, double slack) {
  VssMargin margin = {INFINITY, 0, 0};
  double centred = sqrt(sums->centred_sq);
  double length = codebook->centre_length + centred; /* |y| <= |mu| + |y-mu| */
  double base = sums->centred_sq, greatest = sums->centred_sq;
  if (metric == VSS_METRIC_COSINE) base = sums->centred_sq / 2;
  if (metric == VSS_METRIC_INNER_PRODUCT) {
    double product = vss_dot_f64(codebook->centre, x, dim);
    base = -product; /* the error of this sum is within kappa rho: index/quantize.h */
    /*
    ** The product must not overflow either: rounded to +Inf, its key would be -Inf, below every
    ** bound.
    */
    greatest = length * length;
  }
  base -= slack * RELATIVE_SLACK * fabs(base);
  float rho = round_up(sqrt(sums->residual_sq) * (1 + slack * RELATIVE_SLACK) +
                       slack * sqrt_of_sum_error(dim) * (length + centred));
  if (fabs(base) <= GREATEST_TERM / 2 && greatest <= GREATEST_TERM && rho <= FLT_MAX) {
    margin.rho = rho;
    margin.base = round_down(base);
    margin.length_sq = (uint32_t)sums->code_sq;
  }
  return margin;
}

/* The inner product of a vector with the centre is that of the centre with itself: both are 0. */
void vss_quantize_margin(VssMetric metric, int dim, const VssCodebook *codebook,
                         const VssEncodeSums *sums, double slack, VssMargin *out_margin) {
  *out_margin = margin_of(metric, dim, codebook, codebook->centre, sums, slack);
}

void vss_quantize_row(VssMetric metric, int dim, const VssCodebook *codebook, const float *x,
                      double slack, int8_t *out_codes, VssMargin *out_margin) {
  VssMargin margin = {INFINITY, 0, 0};
  double scale = scale_of(metric, x, dim);
  if (scale > 0) {
    VssEncodeSums sums;
    vss_encode_f64(x, scale, codebook->centre, codebook->step, codebook->inverse, dim, out_codes,
                   &sums);
    margin = margin_of(metric, dim, codebook, x, &sums, slack);
  }
  /* Also when codes were found above: a row that is not bounded always has the same bytes. */
  if (margin.rho == INFINITY) memset(out_codes, 0, (size_t)dim);
  *out_margin = margin;
}

/* Sums over the query, from which its constants are made. */
typedef struct QuerySums {
  double scale;
  double g_sq;       /* |g|^2 */
  double q_sq;       /* |q|^2 */
  double product;    /* g.mu */
  double w_greatest; /* max |w_j| */
  double w_sum;      /* sum |w_j| */
} QuerySums;

/* One pass over the query for what beta, the constant and kappa are made of. */
static void sum_query(VssMetric metric, int dim, const VssCodebook *codebook, const float *query,
                      QuerySums *out_sums) {
  QuerySums s = {0};
  s.scale = scale_of(metric, query, dim);
  for (int j = 0; j < dim; j++) {
    double q = query[j] * s.scale;
    double g = q - (double)codebook->centre[j];
    double w = fabs(g * (double)codebook->step[j]);
    s.g_sq += g * g;
    s.q_sq += q * q;
    s.product += g * (double)codebook->centre[j];
    s.w_greatest = w > s.w_greatest ? w : s.w_greatest;
    s.w_sum += w;
  }
  *out_sums = s;
}

/*
** The step of the query's int16 values: the smallest for which the values fit 16 bits and the sum
** of their products with codes fits 32. Codes are at most 128 in size, those of int8 vectors.
** Rounding adds at most 128/2 per component to that sum, so 2^22 at VSS_MAX_DIM; 2^31 - 2^23 leaves
** room for it.
*/
static double beta_of(const QuerySums *sums) {
  double beta = fmax(sums->w_greatest / 32767, 128 * sums->w_sum / (2147483648.0 - 8388608.0));
  return (double)round_up(fmax(beta, FLT_MIN));
}

/* e, and what rounding to it loses: out_delta_sq = |w - beta e|^2, out_e_sq = |e|^2. */
static void round_query(int dim, const VssCodebook *codebook, const float *query, double scale,
                        double beta, int16_t *out_e, double *out_delta_sq, double *out_e_sq) {
  double delta_sq = 0, e_sq = 0;
  for (int j = 0; j < dim; j++) {
    double w = (query[j] * scale - (double)codebook->centre[j]) * (double)codebook->step[j];
    double steps = w / beta;
    int e = (int)(steps < 0 ? steps - 0.5 : steps + 0.5);
    if (e > 32767) e = 32767;
    if (e < -32767) e = -32767;
    out_e[j] = (int16_t)e;
    double delta = w - beta * e;
    delta_sq += delta * delta;
    e_sq += (double)e * e;
  }
  *out_delta_sq = delta_sq;
  *out_e_sq = e_sq;
}

/* The part of the constant that does not depend on the codes. */
static double start_constant(VssMetric metric, const QuerySums *sums) {
  if (metric == VSS_METRIC_INNER_PRODUCT) return -sums->product;
  return metric == VSS_METRIC_COSINE ? sums->g_sq / 2 : sums->g_sq;
}

/* The factor of rho, for both kinds of bounds. */
static double kappa_of(VssMetric metric, int dim, const QuerySums *sums, double slack) {
  double factor = metric == VSS_METRIC_L2 ? 2 : 1;
  return factor *
         (sqrt(sums->g_sq) * (1 + 0x1p-30) + slack * sqrt_of_sum_error(dim) * sqrt(sums->q_sq));
}

int vss_quantize_query(VssMetric metric, int dim, const VssCodebook *codebook,
                       uint32_t greatest_length_sq, const float *query, double slack,
                       VssQueryBound *out_bound) {
  int padded_dim = vss_block_padded_dim(dim);
  int16_t *e = vss_calloc((uint64_t)padded_dim, sizeof *e);
  if (!e) return VSS_NOMEM;

  VssQueryBound bound = {.codes = {e, padded_dim, 0, 0, 0}, .e = e};
  QuerySums sums;
  sum_query(metric, dim, codebook, query, &sums);
  double beta = beta_of(&sums);
  if (sums.scale > 0 && sums.g_sq <= GREATEST_TERM && sums.q_sq <= GREATEST_TERM &&
      beta <= GREATEST_TERM) {
    double delta_sq, e_sq;
    round_query(dim, codebook, query, sums.scale, beta, e, &delta_sq, &e_sq);

    /* From here on the names are those of index/quantize.h; `lost` is |delta| C. */
    double factor = metric == VSS_METRIC_L2 ? 2 : 1;
    double greatest_length = sqrt((double)greatest_length_sq);
    double constant = start_constant(metric, &sums);
    double code_term = factor * beta * sqrt(e_sq) * greatest_length;
    double lost = factor * sqrt(delta_sq) * greatest_length * (1 + 0x1p-30);
    double rounding = RELATIVE_SLACK * (fabs(constant) + code_term + lost);
    constant -= lost + slack * rounding;
    double kappa = kappa_of(metric, dim, &sums, slack);
    if (fabs(constant) <= GREATEST_TERM) {
      bound.usable = 1;
      bound.width = (float)(2 * (lost + rounding));
      bound.codes.constant = round_down(constant);
      bound.codes.scale = (float)(factor * beta);
      bound.codes.kappa = round_up(kappa);
    }
  }
  *out_bound = bound;
  return VSS_OK;
}

/* What rounding W to steps of beta loses, and what the constant is made of. */
typedef struct CoarseSums {
  double w;        /* sum W_j */
  double delta;    /* sum D_j */
  double delta_sq; /* |D|^2 */
  double e_sq;     /* |E|^2 */
} CoarseSums;

static void round_coarse(int dim, const VssCodebook *codebook, const float *query, double scale,
                         double beta, int8_t *out_e, CoarseSums *out_sums) {
  CoarseSums s = {0};
  for (int j = 0; j < dim; j++) {
    double g = query[j] * scale - (double)codebook->centre[j];
    double w = 16 * g * (double)codebook->step[j], steps = w / beta;
    int e = (int)(steps < 0 ? steps - 0.5 : steps + 0.5);
    if (e > 127) e = 127;
    if (e < -127) e = -127;
    out_e[j] = (int8_t)e;
    double delta = w - beta * e;
    s.w += w;
    s.delta += delta;
    s.delta_sq += delta * delta;
    s.e_sq += (double)e * e;
  }
  *out_sums = s;
}

int vss_quantize_query_coarse(VssMetric metric, int dim, const VssCodebook *codebook,
                              uint32_t greatest_length_sq, const float *query, double slack,
                              VssQueryBound *bound) {
  int padded_dim = bound->codes.padded_dim;
  int16_t *wide = vss_calloc((uint64_t)padded_dim, sizeof *wide + 1);
  if (!wide) return VSS_NOMEM;
  int8_t *e = (int8_t *)(wide + padded_dim);
  bound->wide = wide;
  bound->highs = (VssQueryHighs){e, wide, padded_dim, 0, 0, 0};
  bound->coarse_usable = 0;
  if (!bound->usable) return VSS_OK;

  QuerySums sums;
  sum_query(metric, dim, codebook, query, &sums);
  /*
  ** The smallest step for which E fits int8, and 256 times the sum of |E| 15 fits int32. Rounding
  ** adds at most 1/2 to each of VSS_MAX_DIM values.
  */
  double beta = fmax(16 * sums.w_greatest / 127,
                     16 * sums.w_sum / (2147483648.0 / (15 * 256) - VSS_MAX_DIM / 2 - 64));
  beta = (double)round_up(fmax(beta, FLT_MIN));
  if (!(beta <= GREATEST_TERM)) return VSS_OK;
  CoarseSums coarse;
  round_coarse(dim, codebook, query, sums.scale, beta, e, &coarse);
  vss_highs_widen(e, padded_dim, wide);

  double factor = metric == VSS_METRIC_L2 ? 2 : 1, constant = start_constant(metric, &sums);
  double c4 = sqrt((double)greatest_length_sq) / 16 + sqrt((double)dim) / 2;
  /* |h| <= |h - 7.5| + 7.5 sqrt(dim): with it, also sums over |W h| and |D| are covered. */
  double greatest_h = c4 + 7.5 * sqrt((double)dim);
  double code_term = factor * beta * sqrt(coarse.e_sq) * greatest_h;
  double lost = factor * sqrt(coarse.delta_sq) * c4 * (1 + 0x1p-30);
  double lost_term = factor * sqrt(coarse.delta_sq) * greatest_h;
  double shift = factor * (7.53125 * coarse.w - 7.5 * coarse.delta);
  double rounding = RELATIVE_SLACK * (fabs(constant) + fabs(shift) + code_term + lost_term);
  constant += shift - lost - slack * rounding;
  if (fabs(constant) <= GREATEST_TERM) {
    bound->coarse_usable = 1;
    bound->highs.constant = round_down(constant);
    bound->highs.scale = (float)(factor * beta);
    bound->highs.kappa = round_up(kappa_of(metric, dim, &sums, slack));
  }
  return VSS_OK;
}

void vss_query_bound_free(VssQueryBound *bound) {
  vss_free(bound->wide);
  vss_free(bound->e);
  memset(bound, 0, sizeof *bound);
}
