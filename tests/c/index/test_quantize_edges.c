/*
** index/quantize.h: each part of the slack where it alone decides, and numbers that underflow or
** overflow. test_quantize.c attacks with data as a table has them; here the codebook is made up.
**
**   test_quantize_edges [seed]
*/
#include "index/bound_check.h"

enum { MAX_DIM = 64 };

static const VssMetric metrics[] = {VSS_METRIC_L2, VSS_METRIC_INNER_PRODUCT, VSS_METRIC_COSINE};

/* A codebook with these centres and steps. */
static VssCodebook codebook_of(int dim, const float *centre, const float *step) {
  VssCodebook codebook = make_codebook(dim);
  memcpy(codebook.centre, centre, (size_t)dim * sizeof *centre);
  memcpy(codebook.step, step, (size_t)dim * sizeof *step);
  vss_codebook_complete(&codebook, dim);
  return codebook;
}

/*
** |delta| C. The row has no residual, and all that rounding the query loses points towards its
** codes: the bound comes within the slack of the distance. With half of C it is above.
**
**   code       127  127  127 ...       step 1, centre 0
**   query / beta   32767 (or 127)   then whole numbers + 0.49
*/
static void check_greatest_length(void) {
  enum { DIM = 64 };
  float centre[DIM] = {0}, step[DIM], row[DIM], fine[DIM], coarse[DIM];
  for (int j = 0; j < DIM; j++) {
    step[j] = 1;
    row[j] = 127;
    fine[j] = ldexpf(j == 0 ? 32767 : (float)below(32000) + 0.49f, -9);
    /* W is 16 times as large, and the same in all components: |g| rho is reached, too. */
    coarse[j] = ldexpf(j == 0 ? 127 : 126.49f, -9);
  }
  VssCodebook codebook = codebook_of(DIM, centre, step);
  for (int i = 0; i < 2; i++) {
    Bounds whole = bounds_of_row(metrics[i], DIM, &codebook, row, fine, 0, VSS_SLACK);
    Bounds half =
        bounds_of_row(metrics[i], DIM, &codebook, row, fine, DIM * 127 * 127 / 4, VSS_SLACK);
    CHECK(whole.fine <= whole.key && half.fine > half.key);
    whole = bounds_of_row(metrics[i], DIM, &codebook, row, coarse, 0, VSS_SLACK);
    half = bounds_of_row(metrics[i], DIM, &codebook, row, coarse, DIM * 127 * 127 / 4, VSS_SLACK);
    CHECK(whole.coarse <= whole.key && half.coarse > half.key);
  }
  free_codebook(&codebook);
}

/*
** What float64 sums lose under COSINE. Row and query lie so close to the centre that all other
** slack is below the last bit of 1 - cos. The row or the query may be the centre itself, so that
** rho has nothing but its share of the slack, or kappa has.
*/
static void check_cosine_sums(int trials) {
  uint64_t violations = 0;
  for (int t = 0; t < trials; t++) {
    int dim = 2 + (int)below(15);
    float centre[MAX_DIM] = {1}, step[MAX_DIM], row[MAX_DIM] = {1}, query[MAX_DIM] = {1};
    float far = ldexpf(1, -20 - (int)below(10));
    int which = (int)below(3);
    for (int j = 0; j < dim; j++) {
      step[j] = FLT_MIN;
      if (j > 0 && which != 0) row[j] = far * (float)normal();
      if (j > 0 && which != 1) query[j] = far * (float)normal();
    }
    VssCodebook codebook = codebook_of(dim, centre, step);
    Bounds bounds = bounds_of_row(VSS_METRIC_COSINE, dim, &codebook, row, query, 0, VSS_SLACK);
    CHECK(bounds.fine <= bounds.key && bounds.coarse <= bounds.key);
    CHECK(bounds.fine > -INFINITY && bounds.coarse > -INFINITY);
    bounds = bounds_of_row(VSS_METRIC_COSINE, dim, &codebook, row, query, 0, 0);
    violations += bounds.fine > bounds.key;
    violations += bounds.coarse > bounds.key;
    free_codebook(&codebook);
  }
  printf("COSINE near the centre: %llu violations without slack\n", (unsigned long long)violations);
  CHECK(violations > 0);
}

/*
** Sums of products that fit no float32, although the distance does. The product of the first
** components is 1.01 * 2^128, and the second ones, which are clamped, take most of it away.
*/
static void check_great_rows(void) {
  float centre[2] = {0, 0}, step[2] = {ldexpf(1.01f / 127, 78), 1};
  float row[2] = {127 * step[0], ldexpf(0.93f, 69)}, query[2] = {-ldexpf(1, 50), ldexpf(1, 59)};
  VssCodebook codebook = codebook_of(2, centre, step);
  Bounds bounds = bounds_of_row(VSS_METRIC_INNER_PRODUCT, 2, &codebook, row, query, 0, VSS_SLACK);
  CHECK(bounds.key < INFINITY && bounds.fine <= bounds.key && bounds.coarse <= bounds.key);
  free_codebook(&codebook);
}

/* A number of size 2^least to 2^most, now and then 0. */
static float of_size(int least, int most) {
  if (below(8) == 0) return 0;
  float value = ldexpf(1 + (float)unit(), least + (int)below((uint32_t)(most - least + 1)));
  return below(2) ? value : -value;
}

/*
** Components whose squares, or their products with steps, are among the least or among the greatest
** float32 values. Half of the rows lie on the grid of the codebook, and half of the queries are
** beside the row or in the direction of its residual.
*/
static void check_sizes(int trials, int least, int most) {
  uint64_t n_bounded = 0, n_coarse = 0;
  for (int t = 0; t < trials; t++) {
    int dim = 1 + (int)below(4), near = (int)below(4);
    float centre[MAX_DIM] = {0}, step[MAX_DIM], row[MAX_DIM], query[MAX_DIM];
    for (int j = 0; j < dim; j++) {
      if (t % 2) centre[j] = of_size(least, most);
      step[j] = fmaxf(fabsf(of_size(least - 8, most)), FLT_MIN);
      int code = (int)below(255) - 127;
      row[j] = below(2) ? centre[j] + (float)code * step[j] : of_size(least, most);
      if (near == 0) query[j] = row[j] + of_size(least - 10, least);
      if (near == 1) query[j] = row[j] * (float)(below(9) - 4.0);
      if (near == 2) query[j] = centre[j] + (row[j] - centre[j]) * (float)(below(9) - 4.0);
      if (near == 3) query[j] = of_size(least, most);
    }
    VssCodebook codebook = codebook_of(dim, centre, step);
    for (int i = 0; i < 3; i++) {
      Bounds bounds = bounds_of_row(metrics[i], dim, &codebook, row, query, 0, VSS_SLACK);
      CHECK(bounds.fine <= bounds.key && bounds.coarse <= bounds.key);
      n_bounded += bounds.fine > -INFINITY;
      n_coarse += bounds.coarse > -INFINITY;
    }
    free_codebook(&codebook);
  }
  printf("sizes 2^%d to 2^%d: %d trials, %llu and %llu bounds\n", least, most, trials,
         (unsigned long long)n_bounded, (unsigned long long)n_coarse);
  CHECK(n_bounded > 0 && n_coarse > 0);
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  check_greatest_length();
  check_cosine_sums(4000);
  check_great_rows();
  check_sizes(30000, -76, -60);
  check_sizes(10000, -63, -55);
  check_sizes(10000, -149, -100);
  check_sizes(10000, 40, 62);
  check_sizes(10000, 55, 127);
  return check_summary();
}
