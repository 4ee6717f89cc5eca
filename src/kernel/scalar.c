/*
** The reference of kernel/kernel.h: plain C, one value at a time.
**
** It says what the kernels compute, and the SIMD source has to give the same bits. So the order of
** floating point operations here is the order there: eight lanes for sums over float32 vectors, two
** for encoding, and parentheses as written for bounds. It does not ship; the tests compare with it.
*/
#include "kernel/kernel.h"
#include "kernel/lanes.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/*
** sum e[j] * c[j] over one row, whose lines are VSS_LINE_STRIDE_BYTES apart. It cannot overflow:
** see VssQueryCodes.
*/
static int32_t dot_row(const int16_t *e, const int8_t *row, int padded_dim) {
  int32_t sum = 0;
  for (int line = 0; line < padded_dim / VSS_LINE_BYTES; line++) {
    const int8_t *codes = row + (ptrdiff_t)line * VSS_LINE_STRIDE_BYTES;
    const int16_t *factors = e + (ptrdiff_t)line * VSS_LINE_BYTES;
    for (int j = 0; j < VSS_LINE_BYTES; j++)
      sum += (int32_t)factors[j] * codes[j];
  }
  return sum;
}

/*
** The bound of one row, in float32 and in this order. A NaN, from Inf - Inf, says nothing about the
** row: its bound is -Inf.
*/
static float bound_of(const VssQueryCodes *query, int32_t dot, float rho, float base) {
  float bound = ((base + query->constant) - query->scale * (float)dot) - query->kappa * rho;
  return -INFINITY < bound ? bound : -INFINITY;
}

void vss_bounds_rows_i8_scalar(const VssQueryCodes *query, const int8_t *const rows[VSS_GROUP_ROWS],
                               const float rho[VSS_GROUP_ROWS], const float base[VSS_GROUP_ROWS],
                               float out[VSS_GROUP_ROWS]) {
  for (int i = 0; i < VSS_GROUP_ROWS; i++)
    out[i] = bound_of(query, dot_row(query->e, rows[i], query->padded_dim), rho[i], base[i]);
}

static void bound_block(const VssQueryCodes *query, const int8_t *codes, const float *margins,
                        uint64_t word, float out[VSS_BLOCK_ROWS]) {
  for (int group = 0; group < VSS_BLOCK_ROWS / VSS_GROUP_ROWS; group++) {
    /* Four bits of the word are one group. */
    if (((word >> (group * VSS_GROUP_ROWS)) & 15) == 0) continue;
    const int8_t *first = codes + (ptrdiff_t)group * VSS_GROUP_ROWS * query->padded_dim;
    const int8_t *rows[VSS_GROUP_ROWS];
    for (int i = 0; i < VSS_GROUP_ROWS; i++)
      rows[i] = first + i * VSS_LINE_BYTES;
    const float *pair = margins + group * 2 * VSS_GROUP_ROWS;
    vss_bounds_rows_i8_scalar(query, rows, pair, pair + VSS_GROUP_ROWS,
                              out + group * VSS_GROUP_ROWS);
  }
}

void vss_bounds_block_i8_scalar(const VssQueryCodes *const *queries, uint32_t n_queries,
                                const int8_t *codes, const float *margins, uint64_t word,
                                float *const *out) {
  for (uint32_t q = 0; q < n_queries; q++)
    bound_block(queries[q], codes, margins, word, out[q]);
}

static void bound_block_coarse(const VssQueryHighs *query, const uint8_t *highs,
                               const float *coarse, uint64_t word, float out[VSS_BLOCK_ROWS]) {
  const VssQueryCodes formula = {NULL, query->padded_dim, query->constant, query->scale,
                                 query->kappa};
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane++) {
    if (((word >> (lane / VSS_GROUP_ROWS * VSS_GROUP_ROWS)) & 15) == 0) continue;
    int32_t dot = 0;
    for (int j = 0; j < query->padded_dim; j++) {
      const uint8_t *half = highs + vss_block_high_at(query->padded_dim, lane, j / VSS_LINE_BYTES);
      uint8_t both = half[j % VSS_LINE_BYTES / 32 * 16 + j % 16];
      dot += query->e[j] * (j % 32 < 16 ? both & 15 : both >> 4);
    }
    out[lane] =
        bound_of(&formula, dot, coarse[vss_block_rho_at(lane)], coarse[vss_block_base_at(lane)]);
  }
}

void vss_bounds_block_u4_scalar(const VssQueryHighs *const *queries, uint32_t n_queries,
                                const uint8_t *highs, const float *coarse, uint64_t word,
                                float *const *out) {
  for (uint32_t q = 0; q < n_queries; q++)
    bound_block_coarse(queries[q], highs, coarse, word, out[q]);
}

void vss_bounds_rows_u4_scalar(const VssQueryHighs *query,
                               const uint8_t *const rows[VSS_GROUP_ROWS],
                               const uint8_t *const halves[VSS_GROUP_ROWS],
                               const float rho[VSS_GROUP_ROWS], const float base[VSS_GROUP_ROWS],
                               float out[VSS_GROUP_ROWS]) {
  const VssQueryCodes formula = {NULL, query->padded_dim, query->constant, query->scale,
                                 query->kappa};
  int n_whole = query->padded_dim / 128 * 128;
  for (int i = 0; i < VSS_GROUP_ROWS; i++) {
    int32_t dot = 0;
    for (int j = 0; j < query->padded_dim; j++) {
      const uint8_t *line =
          j < n_whole ? rows[i] + (ptrdiff_t)(j / 128) * VSS_LINE_STRIDE_BYTES : halves[i];
      uint8_t both = line[j % 128 / 32 * 16 + j % 16];
      dot += query->e[j] * (j % 32 < 16 ? both & 15 : both >> 4);
    }
    out[i] = bound_of(&formula, dot, rho[i], base[i]);
  }
}

double vss_l2sq_f64_scalar(const float *a, const float *b, int dim) {
  double sums[VSS_LANES] = {0};
  for (int j = 0; j < dim; j++) {
    double difference = vss_lanes_load(a, j) - vss_lanes_load(b, j);
    sums[j % VSS_LANES] += difference * difference;
  }
  return vss_lanes_join(sums);
}

double vss_dot_f64_scalar(const float *a, const float *b, int dim) {
  double sums[VSS_LANES] = {0};
  for (int j = 0; j < dim; j++)
    sums[j % VSS_LANES] += vss_lanes_load(a, j) * vss_lanes_load(b, j);
  return vss_lanes_join(sums);
}

void vss_encode_f64_scalar(const float *x, double scale, const float *centre, const float *step,
                           const float *inverse, int dim, int8_t *out_codes,
                           VssEncodeSums *out_sums) {
  double residual_sq[2] = {0}, centred_sq[2] = {0}, code_sq[2] = {0};
  for (int j = 0; j < dim; j++) {
    double centred = vss_lanes_load(x, j) * scale - vss_lanes_load(centre, j);
    double steps = centred * vss_lanes_load(inverse, j);
    /*
    ** Written so that a NaN becomes -127 in the first line, as the SIMD minimum and maximum have
    ** it.
    */
    steps = -127.0 < steps ? steps : -127.0;
    steps = 127.0 < steps ? 127.0 : steps;
    /* Rounded to the nearest whole number, ties to even: VSS_ROUND_F64 says how. */
    double code = (steps + VSS_ROUND_F64) - VSS_ROUND_F64;
    double residual = centred - vss_lanes_load(step, j) * code;
    residual_sq[j % 2] += residual * residual;
    centred_sq[j % 2] += centred * centred;
    code_sq[j % 2] += code * code;
    out_codes[j] = (int8_t)code;
  }
  out_sums->residual_sq = residual_sq[0] + residual_sq[1];
  out_sums->centred_sq = centred_sq[0] + centred_sq[1];
  out_sums->code_sq = code_sq[0] + code_sq[1];
}

int32_t vss_low_sq_i8_scalar(const int16_t *weight, const int8_t *codes, int dim) {
  int32_t sum = 0;
  for (int j = 0; j < dim; j++) {
    int32_t doubled = 2 * (codes[j] & 15) - 15;
    sum += weight[j] * (doubled * doubled);
  }
  return sum;
}

uint32_t vss_length_sq_i8_scalar(const int8_t *codes, int dim) {
  uint32_t sum = 0;
  for (int j = 0; j < dim; j++)
    sum += (uint32_t)(codes[j] * codes[j]);
  return sum;
}

uint32_t vss_next_at_most_f32_scalar(const float *values, uint32_t from, uint32_t n, float limit) {
  uint32_t i = from;
  while (i < n && !(values[i] <= limit))
    i++;
  return i;
}
