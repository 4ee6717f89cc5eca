/*
** kernel/metric.c: the values against the textbook formulas, the corner cases, the names and the
** table, and rounding.
**
**   test_metric [seed]
*/
#include "check.h"
#include "kernel/metric.h"

#include <float.h>
#include <math.h>

static uint64_t state;
static float uniform(void) {
  return (float)((double)(check_random(&state) >> 11) * 0x1p-53 * 2 - 1);
}

#define ALL_METRICS(m)                                                                             \
  int m = 0;                                                                                       \
  m < VSS_METRIC_COUNT;                                                                            \
  m++

/* The textbook formula, in long double, added in the order of the components. */
static double plain(VssMetric metric, const float *a, const float *b, int dim) {
  long double sum = 0, other = 0, aa = 0, bb = 0, greatest = 0;
  for (int j = 0; j < dim; j++) {
    long double x = (long double)a[j], y = (long double)b[j], m = (x + y) / 2, d = fabsl(x - y);
    aa += x * x;
    bb += y * y;
    if (d > greatest) greatest = d;
    switch (metric) {
      case VSS_METRIC_L2: sum += (x - y) * (x - y); break;
      case VSS_METRIC_INNER_PRODUCT:
      case VSS_METRIC_COSINE: sum += x * y; break;
      case VSS_METRIC_L1:
      case VSS_METRIC_LINF: sum += d; break;
      case VSS_METRIC_CANBERRA: sum += d == 0 ? 0 : d / (fabsl(x) + fabsl(y)); break;
      case VSS_METRIC_BRAY_CURTIS:
        sum += d;
        other += fabsl(x + y);
        break;
      case VSS_METRIC_JENSEN_SHANNON:
        sum += ((x == 0 ? 0 : x * logl(x / m)) + (y == 0 ? 0 : y * logl(y / m))) / 2;
        break;
      case VSS_METRIC_HAMMING: sum += (x > 0) != (y > 0); break;
      case VSS_METRIC_COUNT: break;
    }
  }
  if (metric == VSS_METRIC_COSINE)
    return aa == 0 || bb == 0 ? 1 : (double)(1 - sum / sqrtl(aa) / sqrtl(bb));
  if (metric == VSS_METRIC_LINF) return (double)greatest;
  if (metric == VSS_METRIC_BRAY_CURTIS) return sum == 0 ? 0 : (double)(sum / other);
  return (double)sum;
}

static void check_values(void) {
  for (ALL_METRICS(m))
    for (int dim = 1; dim <= 67; dim++)
      for (int round = 0; round < 5; round++) {
        float a[67], b[67];
        for (int j = 0; j < dim; j++) {
          a[j] = uniform();
          b[j] = uniform();
          if (m == VSS_METRIC_JENSEN_SHANNON) a[j] = fabsf(a[j]), b[j] = fabsf(b[j]);
          if (round == 0) a[j] = b[j];
          if (round == 1) a[j] = 0;
          if (round == 2) b[j] = (float)(j % 2) * a[j];
          if (round == 3) a[j] *= 1e-20f;
        }
        double got = vss_metric_distance((VssMetric)m, a, b, dim),
               wanted = plain((VssMetric)m, a, b, dim);
        if (!CHECK(fabs(got - wanted) <= 1e-13 * (1 + fabs(wanted))))
          fprintf(stderr, "  %s dim %d round %d: %.17g, expected %.17g\n",
                  vss_metric_name((VssMetric)m), dim, round, got, wanted);
        double back = vss_metric_distance((VssMetric)m, b, a, dim);
        CHECK(memcmp(&got, &back, sizeof got) == 0);
      }
}

static void check_corners(void) {
  const float zero[2] = {0, 0}, one[2] = {1, 0}, minus[2] = {-1, 0};
  CHECK(vss_metric_distance(VSS_METRIC_COSINE, zero, one, 2) == 1);
  CHECK(vss_metric_distance(VSS_METRIC_COSINE, zero, zero, 2) == 1);
  CHECK(vss_metric_distance(VSS_METRIC_COSINE, one, one, 2) == 0);
  CHECK(vss_metric_distance(VSS_METRIC_COSINE, one, minus, 2) == 2);
  CHECK(vss_metric_distance(VSS_METRIC_CANBERRA, zero, zero, 2) == 0);
  CHECK(vss_metric_distance(VSS_METRIC_BRAY_CURTIS, zero, zero, 2) == 0);
  CHECK(vss_metric_distance(VSS_METRIC_BRAY_CURTIS, one, minus, 2) == INFINITY);
  CHECK(vss_metric_distance(VSS_METRIC_JENSEN_SHANNON, zero, zero, 2) == 0);
  CHECK(fabs(vss_metric_distance(VSS_METRIC_JENSEN_SHANNON, zero, one, 2) - 0.5 * log(2)) < 1e-15);
  CHECK(isnan(vss_metric_distance(VSS_METRIC_JENSEN_SHANNON, one, (float[]){-3, 0}, 2)));
  CHECK(vss_metric_distance(VSS_METRIC_L2, (float[]){1e30f}, (float[]){-1e30f}, 1) > 1e60);
  /* The same bits on every build: this value was computed once and written down. */
  const float a[3] = {0.1f, 0.7f, 0.2f}, b[3] = {0.3f, 0.3f, 0.4f};
  CHECK(vss_metric_distance(VSS_METRIC_JENSEN_SHANNON, a, b, 3) == 0x1.5944667950c5bp-4);
  for (ALL_METRICS(m)) {
    if (m == VSS_METRIC_HAMMING) continue;
    CHECK(isnan(vss_metric_distance((VssMetric)m, (float[]){NAN, 1}, one, 2)));
    double inf = vss_metric_distance((VssMetric)m, (float[]){INFINITY, 1}, one, 2);
    CHECK(isnan(inf) || isinf(inf) || m == VSS_METRIC_COSINE);
  }
}

/*
** COSINE of vectors in the same direction. Equal vectors, and their multiples by powers of two, are
** at 0, opposite ones at 2, to the last bit. Other multiples are at 0 up to rounding, and never
** below 0 or above 2.
*/
static void check_cosine(void) {
  static const float sizes[] = {1, 1e-3f, 1e-22f, 1e-38f, 1e18f, 1e38f};
  for (int round = 0; round < 2000; round++) {
    int dim = round % 5 == 0 ? 384 : 1 + round % 67;
    float size = sizes[check_random(&state) % (sizeof sizes / sizeof *sizes)];
    float row[384], opposite[384], half[384], third[384], nearly_opposite[384];
    for (int j = 0; j < dim; j++) {
      row[j] = uniform() * size;
      third[j] = row[j] / 3;
      nearly_opposite[j] = -third[j];
      /* A subnormal component may lose a bit when it is halved; halving twice the half is exact. */
      half[j] = row[j] / 2;
      row[j] = half[j] * 2;
      opposite[j] = -row[j];
    }
    double same = vss_metric_distance(VSS_METRIC_COSINE, row, row, dim);
    double halved = vss_metric_distance(VSS_METRIC_COSINE, row, half, dim);
    double far = vss_metric_distance(VSS_METRIC_COSINE, row, opposite, dim);
    double near = vss_metric_distance(VSS_METRIC_COSINE, row, third, dim);
    double far_too = vss_metric_distance(VSS_METRIC_COSINE, row, nearly_opposite, dim);
    if (!CHECK(same == 0 && halved == 0 && far == 2))
      fprintf(stderr, "  dim %d size %g: %.17g, %.17g, %.17g, expected 0, 0, 2\n", dim,
              (double)size, same, halved, far);
    /* The third is rounded to float32, and at 1e-38 to a subnormal with fewer bits. */
    double tolerance = size < 1e-37f ? 1e-4 : 1e-13;
    if (!CHECK(near >= 0 && near <= tolerance && far_too <= 2 && far_too >= 2 - tolerance))
      fprintf(stderr, "  dim %d size %g: %.17g, %.17g, expected almost 0 and 2\n", dim,
              (double)size, near, far_too);
  }
}

static void check_names(void) {
  VssMetric metric;
  for (ALL_METRICS(m)) {
    const char *name = vss_metric_name((VssMetric)m);
    char upper[32] = {0};
    for (size_t i = 0; name[i]; i++)
      upper[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
    CHECK(vss_metric_parse(name, strlen(name), &metric) == VSS_OK && metric == (VssMetric)m);
    CHECK(vss_metric_parse(upper, strlen(upper), &metric) == VSS_OK && metric == (VssMetric)m);
    CHECK(vss_metric_parse(name, strlen(name) - 1, &metric) == VSS_MISSING);
    CHECK(vss_metric_descending((VssMetric)m) == (m == VSS_METRIC_INNER_PRODUCT));
    CHECK(vss_metric_has_codes((VssMetric)m) == (m <= VSS_METRIC_COSINE));
  }
  CHECK(vss_metric_parse("l2", 2, &metric) == VSS_OK && metric == VSS_METRIC_L2);
  CHECK(vss_metric_parse("L2x", 2, &metric) == VSS_OK);
  CHECK(vss_metric_parse("L2x", 3, &metric) == VSS_MISSING);
  CHECK(vss_metric_parse("", 0, &metric) == VSS_MISSING);
}

/* The table is whole, and the list in messages names every metric once, in the table's order. */
static void check_table(void) {
  char list[VSS_METRIC_LIST_BYTES];
  vss_metric_list(list);
  CHECK_TEXT(list,
             "L2, INNER_PRODUCT, COSINE, L1, Linf, Canberra, BrayCurtis, JensenShannon or HAMMING");
  for (ALL_METRICS(m)) {
    const VssMetricInfo *info = vss_metric_info((VssMetric)m);
    const float a[3] = {1, 2, 4}, b[3] = {2, 2, 1};
    CHECK(strstr(list, info->name) != NULL && strncmp(info->sql_function, "vss_", 4) == 0);
    CHECK(info->distance(a, b, 3) == vss_metric_distance((VssMetric)m, a, b, 3));
    for (int other = 0; other < m; other++)
      CHECK(strcmp(info->sql_function, vss_metric_info((VssMetric)other)->sql_function) != 0);
  }
}

static void check_rounding(void) {
  CHECK(vss_metric_round(0.1) == 0.1f);
  CHECK(vss_metric_round(1e300) == INFINITY && vss_metric_round(-1e300) == -INFINITY);
  CHECK(vss_metric_round((double)FLT_MAX) == FLT_MAX);
  CHECK(vss_metric_round(0x1.fffffefp127) == FLT_MAX &&
        vss_metric_round(0x1.ffffffp127) == INFINITY);
  CHECK(vss_metric_round(-0x1.fffffefp127) == -FLT_MAX &&
        vss_metric_round(-0x1.ffffffp127) == -INFINITY);
  CHECK(vss_metric_round((double)NAN) == INFINITY &&
        vss_metric_round((double)INFINITY) == INFINITY);
  CHECK(vss_metric_key(VSS_METRIC_L2, 3) == 3 && vss_metric_key(VSS_METRIC_INNER_PRODUCT, 3) == -3);
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  check_values();
  check_corners();
  check_cosine();
  check_names();
  check_table();
  check_rounding();
  return check_summary();
}
