/*
** The metrics: their distances, and the table that says all about each.
**
**   L2, INNER_PRODUCT, COSINE     on the kernels of kernel/kernel.h
**   the others                    FAISS's "extra distances", one component at a time, in float64
**
** Both add in the lane order of kernel/lanes.h. Nothing here calls a function of libm whose last
** bit differs from one libc to the next: fabs() and sqrt() are exact or correctly rounded
** everywhere, and the logarithm is our own.
*/
#include "kernel/metric.h"

#include "kernel/kernel.h"
#include "kernel/lanes.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/*
** A zero vector has no direction: its distance to anything is 1, that of a right angle.
**
** Equal vectors have distance exactly 0. Their three sums are the same number n, and for doubles
** sqrt(n * n), each rounded to nearest, is n again as long as n * n neither overflows nor
** underflows. Here it does neither: the squares of float32 values lie between 2^-298 and 2^256. The
** product of two separate square roots is not n. The same holds for a row and its multiples by
** powers of two, and for the opposite vector, whose distance is exactly 2.
**
** The quotient of other vectors that are nearly parallel may exceed 1 by rounding. It is brought
** back to where the true value lies, so that the distance is in [0, 2] and sqrt() takes it. This
** never moves a value further from the true one, so the bound of index/quantize.h holds. NaN fails
** both comparisons and stays.
*/
static double cosine(const float *a, const float *b, int dim) {
  double norm_a_sq = vss_dot_f64(a, a, dim);
  double norm_b_sq = vss_dot_f64(b, b, dim);
  if (norm_a_sq == 0 || norm_b_sq == 0) return 1;
  double similarity = vss_dot_f64(a, b, dim) / sqrt(norm_a_sq * norm_b_sq);
  if (similarity > 1) similarity = 1;
  if (similarity < -1) similarity = -1;
  return 1 - similarity;
}

static double l1(const float *a, const float *b, int dim) {
  double sums[VSS_LANES] = {0};
  for (int j = 0; j < dim; j++)
    sums[j % VSS_LANES] += fabs(vss_lanes_load(a, j) - vss_lanes_load(b, j));
  return vss_lanes_join(sums);
}

/* NaN is in no order, and so it is taken as the greatest when it is met, and stays. */
static double linf(const float *a, const float *b, int dim) {
  double greatest = 0;
  for (int j = 0; j < dim; j++) {
    double difference = fabs(vss_lanes_load(a, j) - vss_lanes_load(b, j));
    if (difference > greatest || isnan(difference)) greatest = difference;
  }
  return greatest;
}

/* A component that is 0 on both sides counts as 0, where the formula has 0/0. */
static double canberra(const float *a, const float *b, int dim) {
  double sums[VSS_LANES] = {0};
  for (int j = 0; j < dim; j++) {
    double x = vss_lanes_load(a, j), y = vss_lanes_load(b, j);
    double size = fabs(x) + fabs(y);
    if (size != 0) sums[j % VSS_LANES] += fabs(x - y) / size;
  }
  return vss_lanes_join(sums);
}

/* Equal vectors have distance 0, also where the sum below the line is 0 too. */
static double bray_curtis(const float *a, const float *b, int dim) {
  double differences[VSS_LANES] = {0}, totals[VSS_LANES] = {0};
  for (int j = 0; j < dim; j++) {
    double x = vss_lanes_load(a, j), y = vss_lanes_load(b, j);
    differences[j % VSS_LANES] += fabs(x - y);
    totals[j % VSS_LANES] += fabs(x + y);
  }
  double difference = vss_lanes_join(differences);
  return difference == 0 ? 0 : difference / vss_lanes_join(totals);
}

/*
** The natural logarithm with the same bits on every build.
**
**   x = 2^e * m, sqrt(1/2) <= m < sqrt(2);  z = (m-1)/(m+1), |z| < 0.1716
**   log x = e*ln2 + 2*(z + z^3/3 + ... + z^23/23)
**
** The first term left out is below 2*0.1716^25/25 = 6e-21. The result is within 3e-16*(1+|log x|)
** of the true value (kernel/test_metric.c). x < 0 or NaN gives NaN, 0 gives -Inf, and +Inf gives
** +Inf. A subnormal x is out of range and gives a value near -708; it cannot occur, since x is a
** quotient of two numbers that were float32.
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
  /*
  ** ln2 in two parts: the first has 33 trailing zero bits, so that its product with the exponent is
  ** exact.
  */
  return exponent * 6.93147180369123816490e-01 +
         (2 * z * series + exponent * 1.90821492927058770002e-10);
}

/*
** x log(x/m) tends to 0 with x; for x = 0 the formula as it is written gives NaN. A negative
** component gives NaN.
*/
static double jensen_shannon(const float *a, const float *b, int dim) {
  double sums[VSS_LANES] = {0};
  for (int j = 0; j < dim; j++) {
    double x = vss_lanes_load(a, j), y = vss_lanes_load(b, j);
    double middle = 0.5 * (x + y);
    double from_x = x == 0 ? 0 : -x * fixed_log(middle / x);
    double from_y = y == 0 ? 0 : -y * fixed_log(middle / y);
    sums[j % VSS_LANES] += from_x + from_y;
  }
  return 0.5 * vss_lanes_join(sums);
}

/*
** Bits are 1 and 0 as float32 vectors. Of other vectors the bit is what storing them as bits would
** make of them (kernel/element.h).
*/
static double hamming(const float *a, const float *b, int dim) {
  int n = 0;
  for (int j = 0; j < dim; j++)
    n += (vss_lanes_load(a, j) > 0) != (vss_lanes_load(b, j) > 0);
  return n;
}

/* The one place that lists the metrics. The enumeration's constants index it. */
static const VssMetricInfo metrics[VSS_METRIC_COUNT] = {
    /* name, SQL function, is_descending, has_codes, distance */
    [VSS_METRIC_L2] = {"L2", "vss_distance_l2", 0, 1, vss_l2sq_f64},
    [VSS_METRIC_INNER_PRODUCT] = {"INNER_PRODUCT", "vss_inner_product", 1, 1, vss_dot_f64},
    [VSS_METRIC_COSINE] = {"COSINE", "vss_distance_cosine", 0, 1, cosine},
    [VSS_METRIC_L1] = {"L1", "vss_distance_l1", 0, 0, l1},
    [VSS_METRIC_LINF] = {"Linf", "vss_distance_linf", 0, 0, linf},
    [VSS_METRIC_CANBERRA] = {"Canberra", "vss_distance_canberra", 0, 0, canberra},
    [VSS_METRIC_BRAY_CURTIS] = {"BrayCurtis", "vss_distance_bray_curtis", 0, 0, bray_curtis},
    [VSS_METRIC_JENSEN_SHANNON] = {"JensenShannon", "vss_distance_jensen_shannon", 0, 0,
                                   jensen_shannon},
    [VSS_METRIC_HAMMING] = {"HAMMING", "vss_distance_hamming", 0, 0, hamming},
};

const VssMetricInfo *vss_metric_info(VssMetric metric) {
  return &metrics[metric];
}

const char *vss_metric_name(VssMetric metric) {
  return metrics[metric].name;
}

int vss_metric_descending(VssMetric metric) {
  return metrics[metric].is_descending;
}

int vss_metric_has_codes(VssMetric metric) {
  return metrics[metric].has_codes;
}

double vss_metric_distance(VssMetric metric, const float *a, const float *b, int dim) {
  return metrics[metric].distance(a, b, dim);
}

/*
** ASCII alone: SQL keywords and our names have no other letters, and libc's tolower() would ask the
** locale.
*/
static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

int vss_metric_parse(const char *name, size_t n, VssMetric *out_metric) {
  for (int i = 0; i < VSS_METRIC_COUNT; i++) {
    const char *known = metrics[i].name;
    size_t j = 0;
    while (j < n && known[j] && lower(name[j]) == lower(known[j]))
      j++;
    if (j == n && !known[j]) {
      *out_metric = (VssMetric)i;
      return VSS_OK;
    }
  }
  return VSS_MISSING;
}

void vss_metric_list(char out_text[VSS_METRIC_LIST_BYTES]) {
  size_t used = 0;
  for (int i = 0; i < VSS_METRIC_COUNT; i++) {
    const char *before = i == 0 ? "" : i == VSS_METRIC_COUNT - 1 ? " or " : ", ";
    int n =
        snprintf(out_text + used, VSS_METRIC_LIST_BYTES - used, "%s%s", before, metrics[i].name);
    used += (size_t)n;
    /* A list that has outgrown its array is cut; test_metric.c expects it whole. */
    if (used >= VSS_METRIC_LIST_BYTES) return;
  }
}

float vss_metric_round(double value) {
  if (isnan(value)) return INFINITY;
  /*
  ** C leaves it undefined to convert a double beyond FLT_MAX to float. IEEE 754 rounds it to Inf
  ** from FLT_MAX plus half a unit in the last place on, 0x1.ffffffp127, and to FLT_MAX below that.
  */
  if (value > FLT_MAX) return value < 0x1.ffffffp127 ? FLT_MAX : INFINITY;
  if (value < -FLT_MAX) return value > -0x1.ffffffp127 ? -FLT_MAX : -INFINITY;
  return (float)value;
}

float vss_metric_key(VssMetric metric, float distance) {
  return vss_metric_descending(metric) ? -distance : distance;
}
