/*
** Bounds of single rows, which are far apart: each of their lines misses every cache.
**
** Lists of rows take turns. The lines of a full list are touched back to back, so that the
** processor overlaps the misses, and meanwhile the list that was touched before is computed.
*/
#include "index/layout.h"

void vss_batch_touch(const VssIndex *index, const VssBatch *batch) {
  for (uint32_t i = 0; i < batch->n; i++) {
    const VssBlock *block = &index->blocks[vss_slot_block(batch->slots[i])];
    uint32_t lane = vss_slot_lane(batch->slots[i]);
    const volatile int8_t *line = vss_block_row(index, block, lane);
    for (int j = 0; j < index->padded_dim; j += VSS_LINE_BYTES, line += VSS_LINE_STRIDE_BYTES)
      (void)*line;
    (void)*(const volatile float *)vss_block_rho(block, lane);
  }
}

void vss_batch_bounds(const VssIndex *index, const VssBatch *batch, float out[VSS_BATCH_ROWS]) {
  for (uint32_t i = 0; i < batch->n; i += VSS_GROUP_ROWS) {
    const int8_t *rows[VSS_GROUP_ROWS];
    float rho[VSS_GROUP_ROWS], base[VSS_GROUP_ROWS];
    for (uint32_t r = 0; r < VSS_GROUP_ROWS; r++) {
      /* A group of fewer than four rows is filled up with its first row. */
      uint32_t slot = batch->slots[i + r < batch->n ? i + r : i];
      const VssBlock *block = &index->blocks[vss_slot_block(slot)];
      uint32_t lane = vss_slot_lane(slot);
      rows[r] = vss_block_row(index, block, lane);
      rho[r] = *vss_block_rho(block, lane);
      base[r] = *vss_block_base(block, lane);
    }
    vss_bounds_rows_i8(&batch->prepared->codes, rows, rho, base, out + i);
  }
  if (vss_has_lengths(index)) vss_values_finish_rows(index, batch, out);
}
