/*
** kernel/kernel.h: the scalar and the SIMD source return the same bits at every dimension and
** alignment, and the scalar one is right when compared with wider arithmetic.
*/
#include "check.h"
#include "kernel/kernel.h"

#include <math.h>

static uint64_t state;

static uint32_t below(uint32_t n) {
  return (uint32_t)(check_random(&state) % n);
}
static float uniform(void) {
  return (float)((double)(check_random(&state) >> 11) * 0x1p-53 * 2 - 1);
}

static int same_bits(double a, double b) {
  return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/* Values of all sizes, and sometimes one that is not a number. */
static float draw_float(int wild) {
  float value = uniform();
  if (!wild) return value;
  switch (below(40)) {
    case 0: return value * 1e30f;
    case 1: return value * 1e-40f;
    case 2: return -0.0f;
    case 3: return below(10) ? value : INFINITY;
    case 4: return below(10) ? value : NAN;
    default: return value;
  }
}

static void check_sums(int dim, int shift_a, int shift_b, int wild) {
  char *memory_a = malloc((size_t)dim * 4 + 16), *memory_b = malloc((size_t)dim * 4 + 16);
  char *a = memory_a + shift_a, *b = memory_b + shift_b;
  for (int j = 0; j < dim; j++) {
    float x = draw_float(wild), y = draw_float(wild);
    memcpy(a + 4 * j, &x, 4);
    memcpy(b + 4 * j, &y, 4);
  }
  const float *from_a = (const float *)(void *)a, *from_b = (const float *)(void *)b;
  double l2 = vss_l2sq_f64_scalar(from_a, from_b, dim),
         dot = vss_dot_f64_scalar(from_a, from_b, dim);
  CHECK(same_bits(l2, vss_l2sq_f64_simd128(from_a, from_b, dim)));
  CHECK(same_bits(dot, vss_dot_f64_simd128(from_a, from_b, dim)));
  if (!wild) {
    long double wide_l2 = 0, wide_dot = 0;
    for (int j = 0; j < dim; j++) {
      float x, y;
      memcpy(&x, a + 4 * j, 4);
      memcpy(&y, b + 4 * j, 4);
      wide_l2 += ((long double)x - (long double)y) * ((long double)x - (long double)y);
      wide_dot += (long double)x * (long double)y;
    }
    CHECK(fabs((double)wide_l2 - l2) <= 1e-13 * (dim + 1));
    CHECK(fabs((double)wide_dot - dot) <= 1e-13 * (dim + 1));
  }
  free(memory_a);
  free(memory_b);
}

/*
** The lane order of kernel/lanes.h, written out once more: a build that adds in another order fails
** here.
*/
static void check_lane_order(void) {
  float ones[16], values[16];
  for (int j = 0; j < 16; j++) {
    ones[j] = 1;
    values[j] = uniform() * (j % 3 ? 1.0f : 1e9f);
  }
  double s[8];
  for (int j = 0; j < 8; j++)
    s[j] = (double)values[j] + (double)values[j + 8];
  double joined = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
  CHECK(same_bits(joined, vss_dot_f64_scalar(values, ones, 16)));
  CHECK(same_bits(joined, vss_dot_f64_simd128(values, ones, 16)));
}

/*
** `wild`: some values are not numbers. Then only the codes are compared, and that both sums are
** NaN.
*/
static void check_encode(int dim, int shift, int wild) {
  float *centre = malloc((size_t)dim * 4), *step = malloc((size_t)dim * 4);
  float *inverse = malloc((size_t)dim * 4);
  char *memory = malloc((size_t)dim * 4 + 16), *x = memory + shift;
  int8_t *scalar = malloc((size_t)dim), *simd = malloc((size_t)dim);
  double scale = below(2) ? 1 : 0.37;
  for (int j = 0; j < dim; j++) {
    float value = draw_float(wild) * (below(10) ? 1.0f : 300.0f);
    memcpy(x + 4 * j, &value, 4);
    centre[j] = uniform();
    step[j] = fabsf(uniform()) * 0x1p-5f + 0x1p-20f;
    inverse[j] = 1 / step[j];
    /* Sometimes exactly half a step, which is a tie. */
    if (below(5) == 0) {
      centre[j] = 0;
      step[j] = 0.5f;
      inverse[j] = 2;
    }
  }
  const float *from = (const float *)(void *)x;
  VssEncodeSums of_scalar, of_simd;
  vss_encode_f64_scalar(from, scale, centre, step, inverse, dim, scalar, &of_scalar);
  vss_encode_f64_simd128(from, scale, centre, step, inverse, dim, simd, &of_simd);
  CHECK(memcmp(scalar, simd, (size_t)dim) == 0);
  CHECK(same_bits(of_scalar.residual_sq, of_simd.residual_sq));
  CHECK(same_bits(of_scalar.centred_sq, of_simd.centred_sq));
  CHECK(same_bits(of_scalar.code_sq, of_simd.code_sq));
  double code_sq = 0, residual_sq = 0;
  for (int j = 0; j < dim; j++) {
    CHECK(scalar[j] != -128);
    float value;
    memcpy(&value, x + 4 * j, 4);
    double centred = (double)value * scale - (double)centre[j];
    double residual = centred - (double)step[j] * scalar[j];
    code_sq += scalar[j] * scalar[j];
    residual_sq += residual * residual;
    int expected = centred / (double)step[j] > 127    ? 127
                   : centred / (double)step[j] < -127 ? -127
                                                      : 0;
    /* Half a step, and what the reciprocal rounded to float32 adds: at most 128 * 2^-24 steps. */
    CHECK(wild || (expected ? scalar[j] == expected
                            : fabs(residual) <= (0.5 + 128 * 0x1p-24) * (double)step[j]));
  }
  CHECK(wild || (code_sq == of_scalar.code_sq &&
                 fabs(residual_sq - of_scalar.residual_sq) <= 1e-9 * residual_sq));
  free(centre);
  free(step);
  free(inverse);
  free(memory);
  free(scalar);
  free(simd);
}

static float draw_margin(void) {
  switch (below(12)) {
    case 0: return INFINITY;
    case 1: return 0;
    case 2: return 1e30f;
    default: return fabsf(uniform());
  }
}

/*
** Kernels are asked for 1 to 17 queries at once, which is every remainder of the four that share a
** load, and more than one four. Values of query q stand at q * padded_dim.
*/
enum { MAX_QUERIES = 17 };
typedef float Bounds[VSS_BLOCK_ROWS];

enum { WORD_KINDS = 7 };
static uint64_t draw_word(uint32_t kind) {
  switch (kind) {
    case 0: return check_random(&state);
    case 1: return 1;
    case 2: return UINT64_C(1) << 63;
    case 3: return UINT64_C(0xF0);
    case 4: return 0;
    case 5: return check_random(&state) & check_random(&state) & check_random(&state);
    default: return UINT64_MAX;
  }
}

static void draw_margins(float margins[VSS_BLOCK_MARGINS]) {
  for (int group = 0; group < 16; group++)
    for (int i = 0; i < 4; i++) {
      margins[group * 8 + i] = draw_margin();
      margins[group * 8 + 4 + i] = uniform();
    }
}

/* Where n queries write their bounds: all lanes start with a value that no bound has. */
static void clear_bounds(Bounds *bounds, float **out, uint32_t n) {
  for (uint32_t q = 0; q < n; q++) {
    out[q] = bounds[q];
    for (int i = 0; i < VSS_BLOCK_ROWS; i++)
      bounds[q][i] = 12345;
  }
}

/* Skipped groups are left as they were, and the others have a bound. */
static void check_skipped(const Bounds bounds, uint64_t word) {
  for (int i = 0; i < VSS_BLOCK_ROWS; i++) {
    int skipped = ((word >> (i / 4 * 4)) & 15) == 0;
    CHECK(skipped ? bounds[i] == 12345 : !isnan(bounds[i]) && bounds[i] != 12345);
  }
}

/* I of one row, in int64, whose first line is at `row`. */
static int64_t plain_dot(const VssQueryCodes *query, const int8_t *row) {
  int64_t sum = 0;
  for (int j = 0; j < query->padded_dim; j++)
    sum += (int64_t)query->e[j] * row[j / 64 * 256 + j % 64];
  return sum;
}

/* Four single rows, chosen at random: against the block's bounds, and I against int64. */
static void check_rows(const VssQueryCodes *query, const int8_t *codes, const float *margins) {
  const int8_t *rows[4];
  float rho[4], base[4], from_scalar[4], from_simd[4], block[VSS_BLOCK_ROWS], *out = block;
  vss_bounds_block_i8_scalar(&query, 1, codes, margins, UINT64_MAX, &out);
  for (int i = 0; i < 4; i++) {
    uint32_t lane = below(VSS_BLOCK_ROWS);
    rows[i] = codes + (size_t)(lane / 4) * 4 * (size_t)query->padded_dim + (size_t)(lane % 4) * 64;
    rho[i] = margins[lane / 4 * 8 + lane % 4];
    base[i] = margins[lane / 4 * 8 + 4 + lane % 4];
    int64_t sum = plain_dot(query, rows[i]);
    CHECK(llabs((long long)sum) <= INT32_MAX);
    float bound = ((base[i] + query->constant) - query->scale * (float)sum) - query->kappa * rho[i];
    if (isnan(bound)) bound = -INFINITY;
    CHECK(memcmp(&bound, &block[lane], sizeof bound) == 0);
  }
  vss_bounds_rows_i8_scalar(query, rows, rho, base, from_scalar);
  vss_bounds_rows_i8_simd128(query, rows, rho, base, from_simd);
  CHECK(memcmp(from_scalar, from_simd, sizeof from_scalar) == 0);
}

/* `extreme`: the greatest sums that fit int32. */
static void check_bounds(int padded_dim, int shift, int extreme, uint32_t n) {
  size_t n_codes = (size_t)padded_dim * VSS_BLOCK_ROWS, n_values = (size_t)padded_dim * n;
  int8_t *memory = malloc(n_codes + 16), *codes = memory + shift;
  int16_t *e = malloc(n_values * sizeof *e);
  float margins[VSS_BLOCK_MARGINS], *out[MAX_QUERIES];
  static Bounds scalar[MAX_QUERIES], simd[MAX_QUERIES];
  VssQueryCodes queries[MAX_QUERIES];
  const VssQueryCodes *pointers[MAX_QUERIES];
  int greatest = extreme ? (int)(INT32_MAX / 127 / padded_dim) : 600;
  if (greatest > 32767) greatest = 32767;
  for (size_t j = 0; j < n_values; j++)
    e[j] = (int16_t)(extreme ? (below(2) ? greatest : -greatest) : (int)below(1201) - 600);
  for (size_t i = 0; i < n_codes; i++)
    codes[i] = (int8_t)(extreme ? (below(2) ? 127 : -127) : (int)below(255) - 127);
  if (extreme)
    for (int j = 0; j < padded_dim; j++)
      codes[(size_t)(j / 64) * 256 + (size_t)(j % 64)] = e[j] > 0 ? 127 : -127;
  draw_margins(margins);
  for (uint32_t q = 0; q < n; q++) {
    queries[q] = (VssQueryCodes){e + q * (size_t)padded_dim, padded_dim, uniform(),
                                 uniform() * 1e-3f, below(5) ? fabsf(uniform()) : 0};
    pointers[q] = &queries[q];
  }
  for (uint32_t kind = 0; kind < WORD_KINDS; kind++) {
    uint64_t word = draw_word(kind);
    clear_bounds(scalar, out, n);
    vss_bounds_block_i8_scalar(pointers, n, codes, margins, word, out);
    clear_bounds(simd, out, n);
    vss_bounds_block_i8_simd128(pointers, n, codes, margins, word, out);
    for (uint32_t q = 0; q < n; q++) {
      CHECK(memcmp(scalar[q], simd[q], sizeof scalar[q]) == 0);
      check_skipped(simd[q], word);
    }
  }
  check_rows(&queries[below(n)], codes, margins);
  free(memory);
  free(e);
}

/* The bound of a lane, from nibbles taken out one by one as kernel/block.h draws them. */
static float plain_coarse(const VssQueryHighs *query, const uint8_t *highs, const float *margins,
                          uint32_t lane) {
  int64_t dot = 0;
  int padded = query->padded_dim;
  const uint8_t *group = highs + (size_t)(lane / 4) * 2 * (size_t)padded;
  for (int j = 0; j < padded; j++) {
    int line_bytes = j / 128 * 128 + 128 <= padded ? 64 : 32;
    const uint8_t *line = group + (size_t)(j / 128) * 256 + (size_t)((int)(lane % 4) * line_bytes);
    uint8_t both = line[j % 128 / 32 * 16 + j % 16];
    dot += query->e[j] * (j % 32 < 16 ? both & 15 : both >> 4);
  }
  float rho = margins[lane / 4 * 8 + lane % 4], base = margins[lane / 4 * 8 + 4 + lane % 4];
  float bound = ((base + query->constant) - query->scale * (float)dot) - query->kappa * rho;
  return isnan(bound) ? -INFINITY : bound;
}

/* Four single rows, chosen at random: against the block's coarse bounds. */
static void check_coarse_rows(const VssQueryHighs *query, const uint8_t *highs,
                              const float *margins) {
  const uint8_t *rows[4], *halves[4];
  float rho[4], base[4], from_scalar[4], from_simd[4], expected[4];
  size_t group_bytes = 2 * (size_t)query->padded_dim;
  for (int i = 0; i < 4; i++) {
    uint32_t lane = below(VSS_BLOCK_ROWS);
    const uint8_t *group = highs + lane / 4 * group_bytes;
    rows[i] = group + lane % 4 * (query->padded_dim >= 128 ? 64 : 32);
    /* Where there is no half line, it must not be read. */
    halves[i] =
        query->padded_dim % 128 ? group + query->padded_dim / 128 * 256 + lane % 4 * 32 : NULL;
    rho[i] = margins[lane / 4 * 8 + lane % 4];
    base[i] = margins[lane / 4 * 8 + 4 + lane % 4];
    expected[i] = plain_coarse(query, highs, margins, lane);
  }
  vss_bounds_rows_u4_scalar(query, rows, halves, rho, base, from_scalar);
  vss_bounds_rows_u4_simd128(query, rows, halves, rho, base, from_simd);
  CHECK(memcmp(from_scalar, from_simd, sizeof from_scalar) == 0);
  for (int i = 0; i < 4; i++)
    CHECK(from_scalar[i] == expected[i]);
}

/* Coarse bounds: SIMD equals scalar, and the scalar ones are what the nibbles give. */
static void check_coarse_bounds(int padded, int shift, uint32_t n) {
  size_t n_bytes = vss_block_high_bytes(padded), n_values = (size_t)padded * n;
  uint8_t *memory = malloc(n_bytes + 16), *highs = memory + shift;
  int8_t *e = malloc(n_values);
  int16_t *wide = malloc(n_values * sizeof *wide);
  float margins[VSS_BLOCK_MARGINS], *out[MAX_QUERIES];
  static Bounds scalar[MAX_QUERIES], simd[MAX_QUERIES];
  VssQueryHighs queries[MAX_QUERIES];
  const VssQueryHighs *pointers[MAX_QUERIES];
  /* The worst case of the sums: all products have their greatest size, up to the limit of e. */
  int is_worst = below(4) == 0;
  int most = padded > 4096 ? 559240 / padded : 127;
  for (size_t i = 0; i < n_bytes; i++)
    highs[i] = is_worst ? 0xff : (uint8_t)below(256);
  for (size_t j = 0; j < n_values; j++)
    e[j] = (int8_t)(is_worst ? most : (int)below(2 * (uint32_t)most + 1) - most);
  for (int i = 0; i < VSS_BLOCK_MARGINS; i++)
    margins[i] = draw_float(1);
  for (uint32_t q = 0; q < n; q++) {
    size_t at = q * (size_t)padded;
    vss_highs_widen(e + at, padded, wide + at);
    queries[q] = (VssQueryHighs){e + at, wide + at, padded, uniform(), 0x1p-12f, uniform()};
    pointers[q] = &queries[q];
  }
  uint64_t word = draw_word(below(WORD_KINDS));
  clear_bounds(scalar, out, n);
  vss_bounds_block_u4_scalar(pointers, n, highs, margins, word, out);
  clear_bounds(simd, out, n);
  vss_bounds_block_u4_simd128(pointers, n, highs, margins, word, out);
  for (uint32_t q = 0; q < n; q++) {
    CHECK(memcmp(scalar[q], simd[q], sizeof scalar[q]) == 0);
    check_skipped(simd[q], word);
    for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane++)
      CHECK(((word >> (lane / 4 * 4)) & 15) == 0 ||
            scalar[q][lane] == plain_coarse(&queries[q], highs, margins, lane));
  }
  for (int i = 0; i < 4; i++)
    check_coarse_rows(&queries[below(n)], highs, margins);
  free(memory);
  free(e);
  free(wide);
}

static void check_next_at_most(uint32_t n) {
  float *values = malloc((n + 1) * sizeof *values);
  for (uint32_t i = 0; i < n; i++)
    values[i] = below(8) ? 1 + fabsf(uniform()) : draw_float(1);
  const float limits[] = {0.5f, 1.5f, 0, -INFINITY, INFINITY, NAN, 100};
  for (size_t l = 0; l < sizeof limits / sizeof *limits; l++)
    for (uint32_t from = 0; from <= n; from++) {
      uint32_t scalar = vss_next_at_most_f32_scalar(values, from, n, limits[l]);
      CHECK(scalar == vss_next_at_most_f32_simd128(values, from, n, limits[l]));
      CHECK(scalar >= from && (scalar == n || values[scalar] <= limits[l]));
    }
  free(values);
}

/* The low nibbles of any codes, with weights as large as the sum allows. */
static void check_low_sq(int dim, int shift) {
  char *memory = malloc((size_t)dim + 16);
  int8_t *codes = (int8_t *)memory + shift;
  int16_t *weight = malloc(((size_t)dim + 1) * sizeof *weight);
  int64_t most = dim ? INT32_MAX / (225 * (int64_t)dim) : 0, wide = 0;
  if (most > INT16_MAX) most = INT16_MAX;
  for (int j = 0; j < dim; j++) {
    codes[j] = (int8_t)below(256);
    weight[j] = (int16_t)(below(4) ? (int64_t)below((uint32_t)most + 1) : most);
    int low = (codes[j] + 128) % 16;
    wide += weight[j] * (int64_t)((2 * low - 15) * (2 * low - 15));
  }
  CHECK(vss_low_sq_i8_scalar(weight, codes, dim) == wide);
  CHECK(vss_low_sq_i8_simd128(weight, codes, dim) == wide);
  free(memory);
  free(weight);
}

/* Any codes, among them whole rows of -128 and of 127. */
static void check_length_sq(int dim, int shift) {
  char *memory = malloc((size_t)dim + 16);
  int8_t *codes = (int8_t *)memory + shift;
  int kind = (int)below(4);
  uint64_t wide = 0;
  for (int j = 0; j < dim; j++) {
    codes[j] = (int8_t)(kind == 0 ? -128 : kind == 1 ? 127 : (int)below(256) - 128);
    wide += (uint64_t)((int64_t)codes[j] * codes[j]);
  }
  CHECK(vss_length_sq_i8_scalar(codes, dim) == wide);
  CHECK(vss_length_sq_i8_simd128(codes, dim) == wide);
  free(memory);
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  int rounds = argc > 2 ? atoi(argv[2]) : 1;
  for (int round = 0; round < rounds; round++) {
    check_lane_order();
    for (int dim = 0; dim <= 67; dim++)
      for (int shift = 0; shift < 16; shift++) {
        check_sums(dim, shift, (int)below(16), 0);
        check_sums(dim, (int)below(16), shift, 1);
        check_encode(dim, shift, 0);
        check_encode(dim, shift, 1);
        check_low_sq(dim, shift);
        check_length_sq(dim, shift);
      }
    check_low_sq(65536, 3);
    for (int i = 0; i < 8; i++)
      check_length_sq(65536, 3);
    for (uint32_t n = 0; n < 90; n++)
      check_next_at_most(n);
    check_sums(4096, 1, 3, 0);
    for (int padded = 64; padded <= 512; padded += 64)
      for (int shift = 0; shift < 16; shift++)
        check_bounds(padded, shift, shift % 4 == 3, 1 + below(6));
    check_bounds(65536, 0, 1, 5);
    for (int padded = 64; padded <= 4096; padded += padded < 1024 ? 64 : 448)
      for (int shift = 0; shift < 16; shift++)
        check_coarse_bounds(padded, shift, 1 + below(6));
    for (uint32_t i = 0; i < 8; i++)
      check_coarse_bounds(65536, (int)i, 1 + i % 5);
    for (uint32_t n = 1; n <= MAX_QUERIES; n++)
      for (int padded = 64; padded <= 448; padded += 128) {
        check_bounds(padded, (int)below(16), (int)below(2), n);
        check_coarse_bounds(padded, (int)below(16), n);
      }
  }
  return check_summary();
}
