/*
** An index whose codes are the vectors themselves: int8 and bits. Nothing is lost in them, and a
** search reads no vector from anywhere else.
**
**   int8   codes c, the stored bytes; the vector is x = c / S
**          L2, INNER_PRODUCT    bounds as of all codes, with centre 0 and step 1/S. rho is about
**                               2^-24 |x|, for what float32 cannot hold of c / S and of the step.
**                               It follows from |c|^2, as below
**          COSINE               below
**          other metrics        no codebook: every distance is computed, from the codes
**   bit    codes are the bits; a scan computes the distances themselves (kernel/bits.h)
**
** COSINE of int8. Codes of x / |x| would not be the vector. So the kernels bound -q.c instead, as
** for INNER_PRODUCT with centre 0 and step 1, and the scale S cancels out:
**
**   1 - cos = 1 + (-q.c) / (|c| |q|)         -q.c >= L, the kernel's bound: base 0, no rho
**           >= (1 + L * ((1/|c|) * (1/|q|))) - COSINE_SLACK
**
** 1/|c| stands in the place of rho; the kernel gets kappa 0 for that reason. It is 0 for a zero
** row, whose distance is 1. The coarse margins have the coarse rho of c in its own place.
**
** COSINE_SLACK covers what is not in L: x_j is (c_j / S)(1 + d) with |d| <= 2^-24, which moves the
** cosine by less than 2^-22; the float32 operations above, with L/(|c| |q|) of size at most 4, by
** less than 2^-20; float64 sums and the rounding of the distance by less than 2^-22. Where L/(|c|
** |q|) is below -4, the result is negative, and every distance is at least 0. It is never above
** 1 + 2^-20, since L is at most -q.c.
**
** |c|^2 says enough. x_j is c_j (1 + d) / S with |d| <= 2^-24, since S is from 1e-30 to 1e30. So
** |x|^2 is |c|^2 times a number that is the same for all bytes, up to 2^-23; the least one gives a
** base that is low enough. In the same way the greatest residual per unit of c bounds |r|.
*/
#include "index/layout.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define COSINE_SLACK 0x1p-18f

/* The one codebook is there before the first row, and stays `latest`: it is never freed. */
int vss_values_init(VssIndex *index) {
  if (index->element == VSS_ELEMENT_BIT) return VSS_OK;
  index->values = vss_malloc(256 * sizeof *index->values);
  if (!index->values) return VSS_NOMEM;
  const float step = (float)(1 / index->scale);
  double most_residual = 0, least = INFINITY;
  for (int c = -128; c < 128; c++) {
    float x = vss_element_int8_value((int8_t)c, index->scale);
    index->values[c + 128] = x;
    if (c == 0) continue;
    most_residual = fmax(most_residual, fabs(((double)x - (double)step * c) / c));
    least = fmin(least, (double)x / c);
  }
  /* A few operations in float64 follow. */
  index->residual_sq = most_residual * most_residual * (1 + 0x1p-49);
  index->centred_sq = least * least * (1 - 0x1p-49);
  if (!vss_metric_has_codes(index->metric)) return VSS_OK;
  VssSharedCodebook *codebook;
  int rc = vss_codebook_create(index, &codebook);
  if (rc != VSS_OK) return rc;
  for (int j = 0; j < index->dim; j++)
    codebook->values.step[j] = vss_has_lengths(index) ? 1 : step;
  vss_codebook_complete(&codebook->values, index->dim);
  vss_index_set_latest(index, codebook);
  vss_bitmap_clear(&index->codebooks_dirty, codebook->id);
  return VSS_OK;
}

/* x is what stored bytes read back as: storing it again cannot fail, and gives these bytes. */
void vss_values_encode(const VssIndex *index, const float *x, int8_t *out_codes,
                       VssMargin *out_margin) {
  if (vss_element_encode(index->element, index->scale, x, index->dim, out_codes, NULL) == VSS_OK) {
    vss_values_margin(index, out_codes, out_margin);
    return;
  }
  memset(out_codes, 0, (size_t)index->row_bytes);
  *out_margin = (VssMargin){INFINITY, 0, 0};
}

void vss_values_margin(const VssIndex *index, const int8_t *codes, VssMargin *out_margin) {
  *out_margin = (VssMargin){INFINITY, 0, 0};
  if (index->element == VSS_ELEMENT_BIT || !index->latest) return;
  uint32_t length_sq = vss_length_sq_i8(codes, index->dim);
  if (vss_has_lengths(index)) {
    float inverse = length_sq ? (float)(1 / sqrt((double)length_sq)) : 0;
    *out_margin = (VssMargin){inverse, 0, length_sq};
    return;
  }
  VssEncodeSums sums = {.residual_sq = index->residual_sq * length_sq,
                        .centred_sq = index->centred_sq * length_sq,
                        .code_sq = length_sq};
  vss_quantize_margin(index->metric, index->dim, &index->latest->values, &sums, VSS_SLACK,
                      out_margin);
}

int vss_values_prepare(const VssIndex *index, const VssSharedCodebook *codebook, const float *query,
                       VssQueryBound *prepared) {
  int has_lengths = vss_has_lengths(index);
  VssMetric metric = has_lengths ? VSS_METRIC_INNER_PRODUCT : index->metric;
  int rc = vss_quantize_query(metric, index->dim, &codebook->values, codebook->greatest_length_sq,
                              query, VSS_SLACK, prepared);
  if (rc != VSS_OK || !has_lengths) return rc;
  double length = sqrt(vss_dot_f64(query, query, index->dim));
  double inverse = length > 0 ? 1 / length : 0;
  /* An infinite factor would turn a bound above 0 into +Inf. */
  if (!(inverse <= FLT_MAX)) prepared->usable = 0;
  prepared->inverse_length = prepared->usable ? (float)inverse : 0;
  prepared->codes.kappa = 0;
  return VSS_OK;
}

/* From a bound of -q.c to one of 1 - cos. NaN, from -Inf * 0, says nothing: it becomes -Inf. */
static float finish(float bound, float inverse_row, float inverse_query) {
  float finished = (1 + bound * (inverse_row * inverse_query)) - COSINE_SLACK;
  return -INFINITY < finished ? finished : -INFINITY;
}

/* Groups that the kernel skipped are skipped here, too: nothing was written there. */
void vss_values_finish_block(const VssQueryBound *prepared, const VssBlock *block, uint64_t word,
                             float bounds[VSS_BLOCK_ROWS]) {
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane += VSS_GROUP_ROWS) {
    if ((word >> lane & 15) == 0) continue;
    const float *inverse = vss_block_rho(block, lane);
    for (uint32_t i = 0; i < VSS_GROUP_ROWS; i++)
      bounds[lane + i] = finish(bounds[lane + i], inverse[i], prepared->inverse_length);
  }
}

void vss_values_finish_rows(const VssIndex *index, const VssBatch *batch, float *bounds) {
  for (uint32_t i = 0; i < batch->n; i++) {
    const VssBlock *block = &index->blocks[vss_slot_block(batch->slots[i])];
    float inverse = *vss_block_rho(block, vss_slot_lane(batch->slots[i]));
    bounds[i] = finish(bounds[i], inverse, batch->prepared->inverse_length);
  }
}

int vss_index_holds_vectors(const VssIndex *index) {
  return vss_holds_vectors(index);
}

int vss_index_has_exact_bounds(const VssIndex *index) {
  return index->element == VSS_ELEMENT_BIT;
}

void vss_index_read(const VssIndex *index, uint32_t slot, float *out_vector) {
  const VssBlock *block = &index->blocks[vss_slot_block(slot)];
  const int8_t *line = vss_block_row(index, block, vss_slot_lane(slot));
  for (int j = 0; j < index->row_bytes; j += VSS_LINE_BYTES, line += VSS_LINE_STRIDE_BYTES)
    memcpy(index->row_codes + j, line, vss_block_line_components(index->row_bytes, j));
  if (index->element == VSS_ELEMENT_BIT) {
    vss_element_decode(VSS_ELEMENT_BIT, 1, index->row_codes, index->dim, out_vector);
    return;
  }
  for (int j = 0; j < index->dim; j++)
    out_vector[j] = index->values[index->row_codes[j] + 128];
}
