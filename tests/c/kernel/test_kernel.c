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

/* `extreme`: the greatest sums that fit int32. */
static void check_bounds(int padded_dim, int shift, int extreme) {
  size_t n_codes = (size_t)padded_dim * VSS_BLOCK_ROWS;
  int8_t *memory = malloc(n_codes + 16), *codes = memory + shift;
  int16_t *e = malloc((size_t)padded_dim * sizeof *e);
  float margins[2 * VSS_BLOCK_ROWS], scalar[VSS_BLOCK_ROWS], simd[VSS_BLOCK_ROWS];
  int greatest = extreme ? (int)(INT32_MAX / 127 / padded_dim) : 600;
  if (greatest > 32767) greatest = 32767;
  for (int j = 0; j < padded_dim; j++)
    e[j] = (int16_t)(extreme ? (below(2) ? greatest : -greatest) : (int)below(1201) - 600);
  for (size_t i = 0; i < n_codes; i++)
    codes[i] = (int8_t)(extreme ? (below(2) ? 127 : -127) : (int)below(255) - 127);
  if (extreme)
    for (int j = 0; j < padded_dim; j++)
      codes[(size_t)(j / 64) * 256 + (size_t)(j % 64)] = e[j] > 0 ? 127 : -127;
  for (int group = 0; group < 16; group++)
    for (int i = 0; i < 4; i++) {
      margins[group * 8 + i] = draw_margin();
      margins[group * 8 + 4 + i] = uniform();
    }
  VssQueryCodes query = {e, padded_dim, uniform(), uniform() * 1e-3f,
                         below(5) ? fabsf(uniform()) : 0};

  uint64_t words[] = {UINT64_MAX,
                      check_random(&state),
                      1,
                      UINT64_C(1) << 63,
                      UINT64_C(0xF0),
                      0,
                      check_random(&state) & check_random(&state) & check_random(&state)};
  for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
    for (int i = 0; i < VSS_BLOCK_ROWS; i++)
      scalar[i] = simd[i] = 12345;
    vss_bounds_block_i8_scalar(&query, codes, margins, words[w], scalar);
    vss_bounds_block_i8_simd128(&query, codes, margins, words[w], simd);
    CHECK(memcmp(scalar, simd, sizeof scalar) == 0);
    for (int i = 0; i < VSS_BLOCK_ROWS; i++) {
      int skipped = ((words[w] >> (i / 4 * 4)) & 15) == 0;
      CHECK(skipped ? scalar[i] == 12345 : !isnan(scalar[i]) && scalar[i] != 12345);
    }
  }

  /* Four single rows, chosen at random: against the block's bounds, and I against int64. */
  for (int trial = 0; trial < 4; trial++) {
    const int8_t *rows[4];
    float rho[4], base[4], from_scalar[4], from_simd[4];
    for (int i = 0; i < 4; i++) {
      uint32_t lane = below(VSS_BLOCK_ROWS);
      rows[i] = codes + (size_t)(lane / 4) * 4 * (size_t)padded_dim + (size_t)(lane % 4) * 64;
      rho[i] = margins[lane / 4 * 8 + lane % 4];
      base[i] = margins[lane / 4 * 8 + 4 + lane % 4];
      int64_t sum = 0;
      for (int j = 0; j < padded_dim; j++)
        sum += (int64_t)e[j] * rows[i][j / 64 * 256 + j % 64];
      CHECK(llabs((long long)sum) <= INT32_MAX);
      float bound = ((base[i] + query.constant) - query.scale * (float)sum) - query.kappa * rho[i];
      if (isnan(bound)) bound = -INFINITY;
      vss_bounds_block_i8_scalar(&query, codes, margins, UINT64_MAX, scalar);
      CHECK(memcmp(&bound, &scalar[lane], sizeof bound) == 0);
    }
    vss_bounds_rows_i8_scalar(&query, rows, rho, base, from_scalar);
    vss_bounds_rows_i8_simd128(&query, rows, rho, base, from_simd);
    CHECK(memcmp(from_scalar, from_simd, sizeof from_scalar) == 0);
  }
  free(memory);
  free(e);
}

/*
** Coarse bounds: SIMD equals scalar, and I is what the nibbles give when they are taken out one by
** one, as kernel/block.h draws them.
*/
static void check_coarse_bounds(int padded, int shift) {
  size_t n_bytes = vss_block_high_bytes(padded);
  uint8_t *memory = malloc(n_bytes + 16), *highs = memory + shift;
  int8_t *e = malloc((size_t)padded);
  int16_t *wide = malloc((size_t)padded * sizeof *wide);
  float margins[VSS_BLOCK_MARGINS], scalar[VSS_BLOCK_ROWS], simd[VSS_BLOCK_ROWS];
  /* The worst case of the sums: all products have their greatest size, up to the limit of e. */
  int is_worst = below(4) == 0;
  int most = padded > 4096 ? 559240 / padded : 127;
  for (size_t i = 0; i < n_bytes; i++)
    highs[i] = is_worst ? 0xff : (uint8_t)below(256);
  for (int j = 0; j < padded; j++)
    e[j] = (int8_t)(is_worst ? most : (int)below(2 * (uint32_t)most + 1) - most);
  for (int i = 0; i < VSS_BLOCK_MARGINS; i++)
    margins[i] = draw_float(1);
  vss_highs_widen(e, padded, wide);
  VssQueryHighs query = {e, wide, padded, uniform(), 0x1p-12f, uniform()};
  uint64_t word = below(3) ? check_random(&state) & check_random(&state) : UINT64_MAX;
  vss_bounds_block_u4_scalar(&query, highs, margins, word, scalar);
  vss_bounds_block_u4_simd128(&query, highs, margins, word, simd);
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane++) {
    if (!((word >> lane) & 1)) continue;
    CHECK(memcmp(&scalar[lane], &simd[lane], sizeof(float)) == 0);
    int64_t dot = 0;
    const uint8_t *group = highs + (size_t)(lane / 4) * 2 * (size_t)padded;
    for (int j = 0; j < padded; j++) {
      int line_bytes = j / 128 * 128 + 128 <= padded ? 64 : 32;
      const uint8_t *line =
          group + (size_t)(j / 128) * 256 + (size_t)((int)(lane % 4) * line_bytes);
      uint8_t both = line[j % 128 / 32 * 16 + j % 16];
      dot += e[j] * (j % 32 < 16 ? both & 15 : both >> 4);
    }
    float rho = margins[lane / 4 * 8 + lane % 4], base = margins[lane / 4 * 8 + 4 + lane % 4];
    float bound = ((base + query.constant) - query.scale * (float)dot) - query.kappa * rho;
    CHECK(isnan(bound) ? scalar[lane] == -INFINITY : scalar[lane] == bound);
  }
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
      }
    check_low_sq(65536, 3);
    for (uint32_t n = 0; n < 90; n++)
      check_next_at_most(n);
    check_sums(4096, 1, 3, 0);
    for (int padded = 64; padded <= 512; padded += 64)
      for (int shift = 0; shift < 16; shift++)
        check_bounds(padded, shift, shift % 4 == 3);
    check_bounds(65536, 0, 1);
    for (int padded = 64; padded <= 4096; padded += padded < 1024 ? 64 : 448)
      for (int shift = 0; shift < 16; shift++)
        check_coarse_bounds(padded, shift);
    for (int i = 0; i < 8; i++)
      check_coarse_bounds(65536, i);
  }
  return check_summary();
}
