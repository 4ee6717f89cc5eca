/*
** The memory of a block, and the rows in it. Where a row's codes and margin lie is
** kernel/block.h's; only that file and this one know.
**
**   memory  | 0 to 63 bytes unused | codes: 64 * padded_dim bytes | margins: 128 floats |
**                                  ^ 64-byte aligned
*/
#include "index/layout.h"

#include <string.h>

/*
** The allocator aligns to 8 or 16 bytes only: 63 bytes more than needed let the codes start at a
** cache line.
*/
static uint64_t block_bytes(const VssIndex *index) {
  return vss_block_code_bytes(index->padded_dim) + VSS_BLOCK_MARGINS * sizeof(float) +
         VSS_LINE_BYTES - 1;
}

int vss_block_allocate(VssIndex *index, VssBlock *out_block) {
  char *memory = vss_calloc(block_bytes(index), 1);
  if (!memory) return VSS_NOMEM;
  /* margins follow codes, whose size is a multiple of 64: they are aligned as well. */
  size_t skip = (VSS_LINE_BYTES - (uintptr_t)memory % VSS_LINE_BYTES) % VSS_LINE_BYTES;
  char *codes = memory + skip;
  char *margins = codes + vss_block_code_bytes(index->padded_dim);
  VssBlock block = {memory, (int8_t *)codes, (float *)(void *)margins, NULL};
  index->memory_bytes += block_bytes(index);
  *out_block = block;
  return VSS_OK;
}

void vss_block_release(VssIndex *index, VssBlock *block) {
  if (block->memory) index->memory_bytes -= block_bytes(index);
  vss_free(block->memory);
  vss_codebook_drop(index, block->codebook);
  /* A block that is released is an empty one, and may be released again. */
  memset(block, 0, sizeof *block);
}

void vss_block_write(const VssIndex *index, VssBlock *block, uint32_t lane, const int8_t *codes,
                     const VssMargin *margin) {
  int8_t *line = vss_block_row(index, block, lane);
  for (int j = 0; j < index->dim; j += VSS_LINE_BYTES, line += VSS_LINE_STRIDE_BYTES)
    memcpy(line, codes + j, vss_block_line_components(index->dim, j));
  *vss_block_rho(block, lane) = margin->rho;
  *vss_block_base(block, lane) = margin->base;
}

void vss_block_read(const VssIndex *index, const VssBlock *block, uint32_t lane,
                    int8_t *out_codes) {
  const int8_t *line = vss_block_row(index, block, lane);
  for (int j = 0; j < index->dim; j += VSS_LINE_BYTES, line += VSS_LINE_STRIDE_BYTES)
    memcpy(out_codes + j, line, vss_block_line_components(index->dim, j));
}

int vss_block_equals(const VssIndex *index, const VssBlock *block, uint32_t lane,
                     const int8_t *codes, const VssMargin *margin) {
  const int8_t *line = vss_block_row(index, block, lane);
  for (int j = 0; j < index->dim; j += VSS_LINE_BYTES, line += VSS_LINE_STRIDE_BYTES)
    if (memcmp(line, codes + j, vss_block_line_components(index->dim, j)) != 0) return 0;
  /* The bytes, not the values: what encoding the row again would store is there already. */
  return memcmp(vss_block_rho(block, lane), &margin->rho, sizeof margin->rho) == 0 &&
         memcmp(vss_block_base(block, lane), &margin->base, sizeof margin->base) == 0;
}
