/*
** The canonical distances of kernel/metric.h. L2, INNER_PRODUCT and COSINE run on the kernels; the others are FAISS's
** "extra distances" in float64, in the lane order of kernel/kernel.h.
*/
#include "kernel/metric.h"

#include "kernel/kernel.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const char *const names[] = {
    [VSS_METRIC_L2] = "L2",
    [VSS_METRIC_INNER_PRODUCT] = "INNER_PRODUCT",
    [VSS_METRIC_COSINE] = "COSINE",
    [VSS_METRIC_L1] = "L1",
    [VSS_METRIC_LINF] = "Linf",
    [VSS_METRIC_CANBERRA] = "Canberra",
    [VSS_METRIC_BRAY_CURTIS] = "BrayCurtis",
    [VSS_METRIC_JENSEN_SHANNON] = "JensenShannon",
};

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

int vss_metric_parse(const char *name, size_t n, VssMetric *out_metric) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    size_t j = 0;
    while (j < n && names[i][j] && lower(name[j]) == lower(names[i][j]))
      j++;
    if (j == n && !names[i][j]) {
      *out_metric = (VssMetric)i;
      return VSS_OK;
    }
  }
  return VSS_MISSING;
}

const char *vss_metric_name(VssMetric metric) {
  return names[metric];
}

int vss_metric_descending(VssMetric metric) {
  return metric == VSS_METRIC_INNER_PRODUCT;
}

int vss_metric_has_codes(VssMetric metric) {
  return metric == VSS_METRIC_L2 || metric == VSS_METRIC_INNER_PRODUCT ||
         metric == VSS_METRIC_COSINE;
}

/* A float from any address. */
static double load(const float *values, int j) {
  float value;
  memcpy(&value, (const char *)values + (size_t)j * sizeof value, sizeof value);
  return (double)value;
}

static double join(const double s[8]) {
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static double cosine(const float *a, const float *b, int dim) {
  double norm_a = sqrt(vss_dot_f64(a, a, dim));
  double norm_b = sqrt(vss_dot_f64(b, b, dim));
  if (norm_a == 0 || norm_b == 0) return 1;
  return 1 - vss_dot_f64(a, b, dim) / (norm_a * norm_b);
}

static double l1(const float *a, const float *b, int dim) {
  double sums[8] = {0};
  for (int j = 0; j < dim; j++)
    sums[j % 8] += fabs(load(a, j) - load(b, j));
  return join(sums);
}

static double linf(const float *a, const float *b, int dim) {
  double greatest = 0;
  for (int j = 0; j < dim; j++) {
    double difference = fabs(load(a, j) - load(b, j));
    if (difference > greatest || isnan(difference)) greatest = difference;
  }
  return greatest;
}

static double canberra(const float *a, const float *b, int dim) {
  double sums[8] = {0};
  for (int j = 0; j < dim; j++) {
    double x = load(a, j), y = load(b, j);
    double size = fabs(x) + fabs(y);
    if (size != 0) sums[j % 8] += fabs(x - y) / size;
  }
  return join(sums);
}

static double bray_curtis(const float *a, const float *b, int dim) {
  double differences[8] = {0}, totals[8] = {0};
  for (int j = 0; j < dim; j++) {
    double x = load(a, j), y = load(b, j);
    differences[j % 8] += fabs(x - y);
    totals[j % 8] += fabs(x + y);
  }
  double difference = join(differences);
  return difference == 0 ? 0 : difference / join(totals);
}

/*
** The natural logarithm with the same bits on every build: libc's differ in the last place.
**
**   x = 2^e * m, sqrt(1/2) <= m < sqrt(2);  z = (m-1)/(m+1), |z| < 0.1716
**   log x = e*ln2 + 2*(z + z^3/3 + ... + z^23/23)
** The first term left out is below 2*0.1716^25/25 = 6e-21. Within 3e-16*(1+|log x|) of the true value (kernel/test_metric.c).
** x < 0 or NaN gives NaN, 0 -Inf, +Inf +Inf; subnormal float64 x is out of range and gives a value near -708: a ratio of two
** float32 cannot be one.
*/
static double fixed_log(double x) {
  if (!(x >= 0)) return NAN;
  if (x == 0) return -INFINITY;
  if (x > DBL_MAX) return x;
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  int exponent = (int)(bits >> 52) - 1023;
  bits = (bits & ((UINT64_C(1) << 52) - 1)) | (UINT64_C(1023) << 52);
  double mantissa;
  memcpy(&mantissa, &bits, sizeof mantissa);
  if (mantissa >= 1.4142135623730951) {
    mantissa *= 0.5;
    exponent++;
  }
  double z = (mantissa - 1) / (mantissa + 1);
  double z2 = z * z;
  double series = 0;
  for (int term = 23; term >= 1; term -= 2)
    series = series * z2 + 1.0 / term;
  /* ln2 in two parts: the first has 33 trailing zero bits, so that its product with the exponent is exact. */
  return exponent * 6.93147180369123816490e-01 +
         (2 * z * series + exponent * 1.90821492927058770002e-10);
}

static double jensen_shannon(const float *a, const float *b, int dim) {
  double sums[8] = {0};
  for (int j = 0; j < dim; j++) {
    double x = load(a, j), y = load(b, j);
    double middle = 0.5 * (x + y);
    double from_x = x == 0 ? 0 : -x * fixed_log(middle / x);
    double from_y = y == 0 ? 0 : -y * fixed_log(middle / y);
    sums[j % 8] += from_x + from_y;
  }
  return 0.5 * join(sums);
}

double vss_metric_distance(VssMetric metric, const float *a, const float *b, int dim) {
  switch (metric) {
    case VSS_METRIC_L2: return vss_l2sq_f64(a, b, dim);
    case VSS_METRIC_INNER_PRODUCT: return vss_dot_f64(a, b, dim);
    case VSS_METRIC_COSINE: return cosine(a, b, dim);
    case VSS_METRIC_L1: return l1(a, b, dim);
    case VSS_METRIC_LINF: return linf(a, b, dim);
    case VSS_METRIC_CANBERRA: return canberra(a, b, dim);
    case VSS_METRIC_BRAY_CURTIS: return bray_curtis(a, b, dim);
    case VSS_METRIC_JENSEN_SHANNON: return jensen_shannon(a, b, dim);
  }
  return NAN;
}

float vss_metric_round(double value) {
  if (isnan(value)) return INFINITY;
  /* Converting beyond FLT_MAX plus half a unit in the last place is where rounding gives Inf; C leaves it undefined. */
  if (value > FLT_MAX) return value < 0x1.ffffffp127 ? FLT_MAX : INFINITY;
  if (value < -FLT_MAX) return value > -0x1.ffffffp127 ? -FLT_MAX : -INFINITY;
  return (float)value;
}

float vss_metric_key(VssMetric metric, float distance) {
  return vss_metric_descending(metric) ? -distance : distance;
}
