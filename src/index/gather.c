/*
** Bounds of single rows, which are far apart: each of their lines misses every cache.
**
** Lists of rows take turns. The lines of a full list are touched back to back, so that the
** processor overlaps the misses, and meanwhile the list that was touched before is computed.
*/
#include "index/layout.h"

/* A batch by its high nibbles: half as many lines, and the last one may be shared by two rows. */
static void touch_highs(const VssIndex *index, const VssBlock *block, uint32_t lane) {
  for (int line = 0; line * VSS_LINE_BYTES < index->padded_dim; line += 2)
    (void)*(const volatile uint8_t *)vss_block_high(index, block, lane, line);
  (void)*(const volatile float *)(block->coarse + vss_block_rho_at(lane));
}

void vss_batch_touch(const VssIndex *index, const VssBatch *batch) {
  for (uint32_t i = 0; i < batch->n; i++) {
    const VssBlock *block = &index->blocks[vss_slot_block(batch->slots[i])];
    uint32_t lane = vss_slot_lane(batch->slots[i]);
    if (batch->is_coarse) {
      touch_highs(index, block, lane);
      continue;
    }
    const volatile int8_t *line = vss_block_row(index, block, lane);
    for (int j = 0; j < index->padded_dim; j += VSS_LINE_BYTES, line += VSS_LINE_STRIDE_BYTES)
      (void)*line;
    (void)*(const volatile float *)vss_block_rho(block, lane);
  }
}

/* Four rows of a batch, as the kernels want them. */
typedef struct Four {
  const int8_t *codes[VSS_GROUP_ROWS];
  const uint8_t *highs[VSS_GROUP_ROWS];
  const uint8_t *halves[VSS_GROUP_ROWS];
  float rho[VSS_GROUP_ROWS], base[VSS_GROUP_ROWS];
} Four;

static void bound_four(const VssBatch *batch, const Four *four, float out[VSS_GROUP_ROWS]) {
  if (batch->is_coarse)
    vss_bounds_rows_u4(&batch->prepared->highs, four->highs, four->halves, four->rho, four->base,
                       out);
  else
    vss_bounds_rows_i8(&batch->prepared->codes, four->codes, four->rho, four->base, out);
}

void vss_batch_bounds(const VssIndex *index, const VssBatch *batch, float out[VSS_BATCH_ROWS]) {
  int last_line = index->padded_dim / VSS_LINE_BYTES - 1;
  for (uint32_t i = 0; i < batch->n; i += VSS_GROUP_ROWS) {
    Four four;
    for (uint32_t r = 0; r < VSS_GROUP_ROWS; r++) {
      /* A group of fewer than four rows is filled up with its first row. */
      uint32_t slot = batch->slots[i + r < batch->n ? i + r : i];
      const VssBlock *block = &index->blocks[vss_slot_block(slot)];
      uint32_t lane = vss_slot_lane(slot);
      const float *margins = batch->is_coarse ? block->coarse : block->margins;
      four.codes[r] = vss_block_row(index, block, lane);
      four.highs[r] = vss_block_high(index, block, lane, 0);
      four.halves[r] = vss_block_high(index, block, lane, last_line);
      four.rho[r] = margins[vss_block_rho_at(lane)];
      four.base[r] = margins[vss_block_base_at(lane)];
    }
    bound_four(batch, &four, out + i);
  }
  if (vss_has_lengths(index)) vss_values_finish_rows(index, batch, out);
}
