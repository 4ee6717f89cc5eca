/*
** What the tests of bounds share: random numbers, codebooks, and both bounds of one row as the
** kernels compute them.
*/
#ifndef BOUND_CHECK_H
#define BOUND_CHECK_H

#include "check.h"
#include "index/quantize.h"

#include <float.h>
#include <math.h>

static uint64_t state;

static inline uint32_t below(uint32_t n) {
  return (uint32_t)(check_random(&state) % n);
}
static inline double unit(void) {
  return (double)(check_random(&state) >> 11) * 0x1p-53;
}
/* The sum of twelve uniform numbers: near enough to normal, and the same on every machine. */
static inline double normal(void) {
  double sum = -6;
  for (int i = 0; i < 12; i++)
    sum += unit();
  return sum;
}
static inline float to_float(double value) {
  if (value > (double)FLT_MAX) return FLT_MAX;
  if (value < -(double)FLT_MAX) return -FLT_MAX;
  return (float)value;
}

static inline VssCodebook make_codebook(int dim) {
  size_t n = (size_t)dim;
  return (VssCodebook){malloc(n * sizeof(float)),   malloc(n * sizeof(float)),
                       malloc(n * sizeof(float)),   0,
                       malloc(n * sizeof(int16_t)), 0};
}

static inline void free_codebook(VssCodebook *codebook) {
  free(codebook->centre);
  free(codebook->step);
  free(codebook->inverse);
  free(codebook->weight);
}

/* The rows of a trial as blocks have them: each is row 0 of a group. */
typedef struct Coded {
  int8_t *codes;  /* 4 * padded bytes per row */
  uint8_t *highs; /* a block of high nibbles, of which one row at a time is filled */
  int padded;
} Coded;

/* The coarse bound of one row, computed in a block of its own. */
static inline float coarse_bound(const VssQueryBound *prepared, Coded *coded, const int8_t *row,
                                 float rho, float base) {
  float margins[VSS_BLOCK_MARGINS] = {0}, bounds[VSS_BLOCK_ROWS];
  uint32_t lane = below(VSS_BLOCK_ROWS);
  for (int j = 0; j < coded->padded; j++) {
    uint8_t *at =
        coded->highs + vss_block_high_at(coded->padded, lane, j / 64) + j % 64 / 32 * 16 + j % 16;
    uint8_t high = vss_block_high_of(row[j / 64 * 256 + j % 64]);
    *at = (uint8_t)(j % 32 < 16 ? (*at & 0xf0) | high : (*at & 0x0f) | high << 4);
  }
  margins[vss_block_rho_at(lane)] = rho;
  margins[vss_block_base_at(lane)] = base;
  const VssQueryHighs *query = &prepared->highs;
  float *out = bounds;
  vss_bounds_block_u4(&query, 1, coded->highs, margins, UINT64_C(1) << lane, &out);
  return bounds[lane];
}

/* Both bounds of one row, and what they must not be above. */
typedef struct Bounds {
  float fine, coarse; /* -Inf: not bounded */
  float key;          /* of the distance */
} Bounds;

/* greatest_length_sq 0: that of the row. */
static inline Bounds bounds_of_row(VssMetric metric, int dim, const VssCodebook *codebook,
                                   const float *row, const float *query,
                                   uint32_t greatest_length_sq, double slack) {
  int padded = vss_block_padded_dim(dim);
  int8_t *packed = malloc((size_t)dim), *codes = calloc((size_t)padded * 4, 1);
  Coded coded = {codes, calloc(vss_block_high_bytes(padded), 1), padded};
  VssMargin margin;
  vss_quantize_row(metric, dim, codebook, row, slack, packed, &margin);
  for (int j = 0; j < dim; j++)
    codes[j / 64 * 256 + j % 64] = packed[j];
  if (!greatest_length_sq) greatest_length_sq = margin.length_sq;
  VssQueryBound prepared;
  CHECK(vss_quantize_query(metric, dim, codebook, greatest_length_sq, query, slack, &prepared) ==
            VSS_OK &&
        vss_quantize_query_coarse(metric, dim, codebook, greatest_length_sq, query, slack,
                                  &prepared) == VSS_OK);
  Bounds bounds = {-INFINITY, -INFINITY, 0};
  const int8_t *four[4] = {codes, codes, codes, codes};
  float rho[4] = {margin.rho}, base[4] = {margin.base}, out[4];
  if (prepared.usable) {
    vss_bounds_rows_i8(&prepared.codes, four, rho, base, out);
    bounds.fine = out[0];
  }
  float coarse_rho = vss_quantize_coarse_rho(dim, codebook, packed, margin.rho, slack);
  if (prepared.coarse_usable)
    bounds.coarse = coarse_bound(&prepared, &coded, codes, coarse_rho, margin.base);
  bounds.key =
      vss_metric_key(metric, vss_metric_round(vss_metric_distance(metric, query, row, dim)));
  vss_query_bound_free(&prepared);
  free(packed);
  free(codes);
  free(coded.highs);
  return bounds;
}

#endif
