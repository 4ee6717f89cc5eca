/*
** index/quantize.h: bounds are never above the distance, whatever the data are. The same attack
** without the slack has to find some that are, which shows that the slack is needed.
**
**   test_quantize [seed] [trials]
*/
#include "index/bound_check.h"

static const double scales[] = {1,     1,     1,     1e-3,  1e3,   1e-6, 1e6,   1e-12, 1e12, 1e18,
                                1e-18, 1e-22, 3e-23, 1e-21, 1e-30, 1e30, 1e-38, 1e-44, 3e38};

/* How the rows of one trial are drawn. */
typedef struct Shape {
  double scale;
  double offset;      /* of all components, in units of the scale: it makes the centre matter */
  int constant_share; /* one in so many components is constant; 0: none is */
  int huge_component; /* this component is far larger than the others; -1: none is */
  int drift;          /* the rows after training are elsewhere; 2: at a right angle to the centre */
  int heavy;          /* some values are far out, and are clamped */
  int integer;        /* whole numbers: arithmetic is exact, and there are ties */
  int cluster;        /* the first row, with some components one or two floats further */
} Shape;

static Shape draw_shape(int dim) {
  Shape shape = {scales[below(sizeof scales / sizeof *scales)], 0, 0, -1, 0, 0, 0, 0};
  if (below(3) == 0) shape.offset = (double[]){1, 100, 1e5}[below(3)];
  if (below(4) == 0) shape.constant_share = 2;
  if (below(5) == 0) shape.huge_component = (int)below((uint32_t)dim);
  if (below(4) == 0) shape.drift = 1 + (int)below(2);
  if (below(4) == 0) shape.heavy = 1;
  if (below(5) == 0) shape.integer = 1;
  if (below(4) == 0) shape.cluster = 1;
  return shape;
}

static void draw_row(const Shape *shape, int dim, double shift, float *out) {
  for (int j = 0; j < dim; j++) {
    double value = normal();
    if (shape->heavy && below(50) == 0) value *= 200;
    if (shape->integer) value = floor(value * 3);
    if (shape->constant_share && j % shape->constant_share == 0) value = 0.3;
    value += shape->offset + shift;
    if (shape->drift == 2 && shift > 0 && j % 2) value = -value;
    if (j == shape->huge_component) value *= 3000;
    out[j] = to_float(value * shape->scale);
  }
}

typedef struct Tally {
  uint64_t rows, violations, unbounded;
  double worst; /* the greatest key - bound of a violated one, relative */
} Tally;

/*
** A row beside `from`. Steps and residuals are then so small that the bound of a distance lies
** within the rounding error of its sums. The slack for rounding has to cover that.
*/
static void draw_near(const float *from, int dim, float *out) {
  int share = 1 + (int)below(8);
  for (int j = 0; j < dim; j++) {
    out[j] = from[j];
    if (below((uint32_t)share) > 0) continue;
    for (uint32_t steps = below(3); steps > 0; steps--)
      out[j] = nextafterf(out[j], below(2) ? FLT_MAX : -FLT_MAX);
  }
}

/* A key below its bound: a search could miss the row. */
static void judge(VssMetric metric, int dim, const float *query, const float *row, float bound,
                  Tally *tally) {
  float key =
      vss_metric_key(metric, vss_metric_round(vss_metric_distance(metric, query, row, dim)));
  tally->rows++;
  if (bound == -INFINITY) tally->unbounded++;
  if (!(bound <= key)) tally->violations++;
}

/* The worst case of the error bound: the query lies in the direction of the row's residual. */
static void attack_row(VssMetric metric, int dim, const VssCodebook *codebook, const float *row,
                       float *query) {
  int8_t *codes = malloc((size_t)dim);
  VssMargin margin;
  vss_quantize_row(metric, dim, codebook, row, VSS_SLACK, codes, &margin);
  double sign = below(2) ? 1 : -1, length = (double[]){0, 1e-3, 1, 1e3, 1e6}[below(5)];
  for (int j = 0; j < dim; j++) {
    double residual =
        (double)row[j] - (double)codebook->centre[j] - (double)codebook->step[j] * codes[j];
    double from = below(2) ? (double)row[j] : (double)codebook->centre[j];
    query[j] = to_float(from + sign * length * residual);
  }
  free(codes);
}

static void trial(VssMetric metric, int dim, int n_rows, double slack, Tally *tally,
                  Tally *coarse_tally) {
  Shape shape = draw_shape(dim);
  int padded = vss_block_padded_dim(dim);
  float *rows = malloc((size_t)n_rows * (size_t)dim * sizeof *rows);
  float *query = malloc((size_t)dim * sizeof *query);
  VssCodebook codebook = make_codebook(dim);
  int8_t *codes =
      calloc((size_t)n_rows * (size_t)padded * 4, 1); /* each row is row 0 of a group of its own */
  Coded coded = {codes, calloc(vss_block_high_bytes(padded), 1), padded};
  int8_t *packed = malloc((size_t)dim);
  float *coarse_rho = malloc((size_t)n_rows * sizeof *coarse_rho);
  VssMargin *margins = malloc((size_t)n_rows * sizeof *margins);

  VssTraining training;
  CHECK(vss_training_init(metric, dim, &training) == VSS_OK);
  for (int i = 0; i < n_rows; i++) {
    float *row = rows + (size_t)i * (size_t)dim;
    draw_row(&shape, dim, shape.drift && i > n_rows / 2 ? 4 : 0, row);
    if (shape.cluster && i > 0) draw_near(rows, dim, row);
    if (i && below(10) == 0) memcpy(row, rows, (size_t)dim * sizeof *row);
    if (below(40) == 0) memset(row, 0, (size_t)dim * sizeof *row);
    if (!shape.drift || i <= n_rows / 2) vss_training_add(&training, row);
  }
  vss_training_finish(&training, &codebook);
  vss_training_free(&training);

  uint32_t greatest = 0;
  for (int i = 0; i < n_rows; i++) {
    vss_quantize_row(metric, dim, &codebook, rows + (size_t)i * (size_t)dim, slack, packed,
                     &margins[i]);
    CHECK(margins[i].rho >= 0 && fabsf(margins[i].base) <= 0x1p120f);
    coarse_rho[i] = vss_quantize_coarse_rho(dim, &codebook, packed, margins[i].rho, slack);
    CHECK(coarse_rho[i] >= margins[i].rho);
    if (margins[i].length_sq > greatest) greatest = margins[i].length_sq;
    for (int j = 0; j < dim; j++) {
      CHECK(packed[j] != -128);
      codes[(size_t)i * (size_t)padded * 4 + (size_t)(j / 64) * 256 + (size_t)(j % 64)] = packed[j];
    }
  }

  for (int q = 0; q < 6; q++) {
    uint32_t kind = below(6);
    if (kind == 0)
      memcpy(query, rows + (size_t)below((uint32_t)n_rows) * (size_t)dim,
             (size_t)dim * sizeof *query);
    else if (kind == 1)
      memset(query, 0, (size_t)dim * sizeof *query);
    else if (kind == 2)
      memcpy(query, codebook.centre, (size_t)dim * sizeof *query);
    else if (kind == 3)
      draw_row(&shape, dim, 0, query);
    else
      attack_row(metric, dim, &codebook, rows + (size_t)below((uint32_t)n_rows) * (size_t)dim,
                 query);
    if (shape.cluster && q % 2) draw_near(rows, dim, query);
    if (below(8) == 0) query[below((uint32_t)dim)] = to_float(1e4 * shape.scale);
    if (below(20) == 0) query[below((uint32_t)dim)] = 1e30f;
    VssQueryBound prepared;
    CHECK(vss_quantize_query(metric, dim, &codebook, greatest, query, slack, &prepared) == VSS_OK);
    CHECK(vss_quantize_query_coarse(metric, dim, &codebook, greatest, query, slack, &prepared) ==
          VSS_OK);
    for (int i = 0; i < n_rows; i++) {
      const int8_t *at = codes + (size_t)i * (size_t)padded * 4;
      const int8_t *four[4] = {at, at, at, at};
      float rho[4] = {margins[i].rho, 0, 0, 0}, base[4] = {margins[i].base, 0, 0, 0},
            bounds[4] = {-INFINITY};
      if (prepared.usable) vss_bounds_rows_i8(&prepared.codes, four, rho, base, bounds);
      judge(metric, dim, query, rows + (size_t)i * (size_t)dim, bounds[0], tally);
      float coarse = -INFINITY;
      if (prepared.coarse_usable)
        coarse = coarse_bound(&prepared, &coded, at, coarse_rho[i], margins[i].base);
      judge(metric, dim, query, rows + (size_t)i * (size_t)dim, coarse, coarse_tally);
    }
    vss_query_bound_free(&prepared);
  }
  free(rows);
  free(query);
  free_codebook(&codebook);
  free(codes);
  free(coded.highs);
  free(packed);
  free(coarse_rho);
  free(margins);
}

static Tally attack(int trials, double slack, Tally *out_coarse) {
  static const int dims[] = {1, 2, 3, 5, 17, 63, 64, 65, 100, 384, 768, 1024, 1536, 4096};
  static const VssMetric metrics[] = {VSS_METRIC_L2, VSS_METRIC_INNER_PRODUCT, VSS_METRIC_COSINE};
  Tally tally = {0};
  memset(out_coarse, 0, sizeof *out_coarse);
  for (int t = 0; t < trials; t++) {
    int dim = dims[below(sizeof dims / sizeof *dims)];
    trial(metrics[t % 3], dim, dim > 1000 ? 20 : 60, slack, &tally, out_coarse);
  }
  return tally;
}

/*
** Ordinary data have to be bounded, and tightly: bounds of -Inf everywhere would pass the attack.
*/
static void check_tightness(VssMetric metric) {
  enum { DIM = 128, N = 500 };
  static float rows[N][DIM];
  VssCodebook codebook = make_codebook(DIM);
  VssTraining training;
  CHECK(vss_training_init(metric, DIM, &training) == VSS_OK);
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < DIM; j++)
      rows[i][j] = (float)(normal() + 0.5);
    vss_training_add(&training, rows[i]);
  }
  vss_training_finish(&training, &codebook);
  vss_training_free(&training);
  int8_t codes[4 * DIM] = {0}, packed[DIM];
  VssQueryBound prepared;
  CHECK(vss_quantize_query(metric, DIM, &codebook, 127 * 127 * DIM, rows[0], VSS_SLACK,
                           &prepared) == VSS_OK);
  CHECK(prepared.usable);
  CHECK(vss_quantize_query_coarse(metric, DIM, &codebook, 127 * 127 * DIM, rows[0], VSS_SLACK,
                                  &prepared) == VSS_OK);
  CHECK(prepared.coarse_usable);
  Coded coded = {codes, calloc(vss_block_high_bytes(DIM), 1), DIM};
  double gap = 0, coarse_gap = 0, spread = 0, sum = 0;
  for (int i = 0; i < N; i++) {
    VssMargin margin;
    vss_quantize_row(metric, DIM, &codebook, rows[i], VSS_SLACK, packed, &margin);
    for (int j = 0; j < DIM; j++)
      codes[j / 64 * 256 + j % 64] = packed[j];
    const int8_t *four[4] = {codes, codes, codes, codes};
    float rho[4] = {margin.rho}, base[4] = {margin.base}, bounds[4];
    vss_bounds_rows_i8(&prepared.codes, four, rho, base, bounds);
    double key = (double)vss_metric_key(
        metric, vss_metric_round(vss_metric_distance(metric, rows[0], rows[i], DIM)));
    CHECK((double)bounds[0] <= key);
    gap += key - (double)bounds[0];
    float coarse_rho = vss_quantize_coarse_rho(DIM, &codebook, packed, margin.rho, VSS_SLACK);
    coarse_gap += key - (double)coarse_bound(&prepared, &coded, codes, coarse_rho, margin.base);
    sum += key;
    spread += key * key;
  }
  double sigma = sqrt(spread / N - sum / N * (sum / N));
  printf("%s: bounds lie %.3f standard deviations of the distance below it\n",
         vss_metric_name(metric), gap / N / sigma);
  printf("  coarse ones %.3f\n", coarse_gap / N / sigma);
  CHECK(gap / N / sigma < 0.2 && coarse_gap / N / sigma < 3);
  free(coded.highs);
  vss_query_bound_free(&prepared);
  free_codebook(&codebook);
}

static void check_hostile_values(void) {
  float centre[3] = {0, 0, 0}, step[3] = {1, FLT_MIN, 1e30f}, inverse[3];
  int16_t weight[3];
  VssCodebook codebook = {centre, step, inverse, 0, weight, 0};
  vss_codebook_complete(&codebook, 3);
  const float rows[][3] = {
      {NAN, 0, 0}, {INFINITY, 1, 1}, {-INFINITY, INFINITY, 0}, {FLT_MAX, FLT_MAX, FLT_MAX}};
  for (int metric = VSS_METRIC_L2; metric <= VSS_METRIC_COSINE; metric++)
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
      int8_t codes[3];
      VssMargin margin;
      vss_quantize_row((VssMetric)metric, 3, &codebook, rows[i], VSS_SLACK, codes, &margin);
      if (i < 3)
        CHECK(margin.rho == INFINITY && margin.base == 0 && codes[0] == 0 && codes[1] == 0);
      VssQueryBound prepared;
      CHECK(vss_quantize_query((VssMetric)metric, 3, &codebook, 3 * 127 * 127, rows[i], VSS_SLACK,
                               &prepared) == VSS_OK);
      if (i < 3) CHECK(!prepared.usable);
      vss_query_bound_free(&prepared);
    }
  /* Training on no rows, or on zero vectors under COSINE, gives a codebook too. */
  VssTraining training;
  CHECK(vss_training_init(VSS_METRIC_COSINE, 3, &training) == VSS_OK);
  vss_training_add(&training, (float[]){0, 0, 0});
  vss_training_finish(&training, &codebook);
  CHECK(training.count == 0 && centre[0] == 0 && step[0] > 0);
  vss_training_free(&training);
}

/*
** The worst case of coarse bounds. The row is the centre: all codes are 0, all low nibbles are 0,
** and h is 8, which is 1/2 away from 7.5 although |c| is 0. The query differs from it by a multiple
** of the steps, so that |g| rho is reached, and what the rounding of W loses decides.
*/
static void check_coarse_worst(void) {
  for (int t = 0; t < 300; t++) {
    int dim = 1 + (int)below(200), padded = vss_block_padded_dim(dim);
    VssCodebook codebook = make_codebook(dim);
    float *query = malloc((size_t)dim * sizeof *query);
    int8_t *packed = malloc((size_t)dim), *codes = calloc((size_t)padded * 4, 1);
    Coded coded = {codes, calloc(vss_block_high_bytes(padded), 1), padded};
    double factor = -(1 + 100 * unit());
    for (int j = 0; j < dim; j++) {
      codebook.centre[j] = (float)normal();
      codebook.step[j] = (float)(0.1 + unit());
      query[j] = to_float((double)codebook.centre[j] + factor * (double)codebook.step[j]);
    }
    vss_codebook_complete(&codebook, dim);
    for (int metric = VSS_METRIC_L2; metric <= VSS_METRIC_INNER_PRODUCT; metric++) {
      VssMargin margin;
      VssQueryBound prepared;
      Tally tally = {0};
      vss_quantize_row((VssMetric)metric, dim, &codebook, codebook.centre, VSS_SLACK, packed,
                       &margin);
      CHECK(margin.length_sq == 0);
      float rho = vss_quantize_coarse_rho(dim, &codebook, packed, margin.rho, VSS_SLACK);
      CHECK(vss_quantize_query((VssMetric)metric, dim, &codebook, 0, query, VSS_SLACK, &prepared) ==
                VSS_OK &&
            vss_quantize_query_coarse((VssMetric)metric, dim, &codebook, 0, query, VSS_SLACK,
                                      &prepared) == VSS_OK &&
            prepared.coarse_usable);
      float bound = coarse_bound(&prepared, &coded, codes, rho, margin.base);
      judge((VssMetric)metric, dim, query, codebook.centre, bound, &tally);
      CHECK(tally.violations == 0 && tally.unbounded == 0);
      vss_query_bound_free(&prepared);
    }
    free_codebook(&codebook);
    free(query);
    free(packed);
    free(codes);
    free(coded.highs);
  }
}

/* The weights of the coarse rho are at least what they stand for, and no sum of them overflows. */
static void check_weights(const VssCodebook *codebook, int dim) {
  int64_t sum = 0;
  for (int j = 0; j < dim; j++) {
    double step = (double)codebook->step[j];
    CHECK(codebook->weight[j] > 0);
    CHECK(codebook->weight[j] * codebook->weight_unit * (1 + 0x1p-40) >= step * step / 4);
    sum += codebook->weight[j] * 225;
  }
  CHECK(sum < INT32_MAX);
}

/* No int32 sum overflows at the greatest dimension with the worst query. */
static void check_greatest_dimension(void) {
  int dim = VSS_MAX_DIM;
  float *centre = calloc((size_t)dim, sizeof *centre), *step = malloc((size_t)dim * sizeof *step);
  float *query = malloc((size_t)dim * sizeof *query);
  float *inverse = malloc((size_t)dim * sizeof *inverse);
  for (int j = 0; j < dim; j++) {
    step[j] = 1;
    query[j] = j % 2 ? 1.0f : -1.0f;
  }
  int16_t *weight = malloc((size_t)dim * sizeof *weight);
  VssCodebook codebook = {centre, step, inverse, 0, weight, 0};
  vss_codebook_complete(&codebook, dim);
  check_weights(&codebook, dim);
  for (int jitter = 0; jitter < 2; jitter++) {
    VssQueryBound prepared;
    CHECK(vss_quantize_query(VSS_METRIC_L2, dim, &codebook, 1, query, VSS_SLACK, &prepared) ==
          VSS_OK);
    int64_t sum = 0;
    for (int j = 0; j < dim; j++)
      sum += llabs((long long)prepared.e[j]) * 127;
    CHECK(sum < INT32_MAX && sum > INT32_MAX / 2);
    CHECK(vss_quantize_query_coarse(VSS_METRIC_L2, dim, &codebook, 1, query, VSS_SLACK,
                                    &prepared) == VSS_OK);
    sum = 0;
    for (int j = 0; j < dim; j++)
      sum += abs(prepared.highs.e[j]) * 15 * 256;
    CHECK(sum < INT32_MAX && sum > INT32_MAX / 2);
    vss_query_bound_free(&prepared);
    for (int j = 0; j < dim; j++)
      query[j] = (float)normal();
  }
  free(centre);
  free(step);
  free(inverse);
  free(weight);
  free(query);
}

static void report(const char *what, const Tally *tally) {
  printf("%s: %llu rows, %llu unbounded, %llu violations\n", what, (unsigned long long)tally->rows,
         (unsigned long long)tally->unbounded, (unsigned long long)tally->violations);
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  int trials = argc > 2 ? atoi(argv[2]) : 600;
  check_hostile_values();
  check_greatest_dimension();
  check_coarse_worst();
  check_tightness(VSS_METRIC_L2);
  check_tightness(VSS_METRIC_INNER_PRODUCT);
  check_tightness(VSS_METRIC_COSINE);
  Tally coarse_with, coarse_without;
  Tally with = attack(trials, VSS_SLACK, &coarse_with);
  Tally without = attack(trials, 0, &coarse_without);
  report("with slack", &with);
  report("without", &without);
  report("coarse, with slack", &coarse_with);
  report("coarse, without", &coarse_without);
  CHECK(with.violations == 0 && coarse_with.violations == 0);
  CHECK(trials < 300 || (without.violations > 0 && coarse_without.violations > 0));
  return check_summary();
}
