/*
** The memory of blocks, and the rows in them. Where a row's codes and margin lie in a block is
** kernel/block.h's; only that file and this one know.
**
** The blocks of a segment lie side by side in one allocation, its room, because a scan of codes
** that are spread over the heap takes twice as long as one of a linear stream
** (docs/performance.md):
**
**   memory  | 0 to 63 bytes unused | codes of place 0, 1, ... | highs of place 0, 1, ... |
**                                  ^ 64-byte aligned
**           | margins of place 0, 1, ... | coarse margins of place 0, 1, ... |
**
** A block has a place, and keeps it until the room changes its size. Then all blocks move, and have
** the places 0, 1, 2 ... in the order of their numbers.
**
**   growing   A room without a free place gets twice as many, up to VSS_SEGMENT_BLOCKS: 1, 2, 4 ...
**             64. A table of a few rows has one place, and each row of a growing table is copied
**             less than once on average.
**   freeing   A block whose last row goes gives its place back, and the next block takes the lowest
**             free one. When at most a quarter of the places is taken, the room is halved. So a row
**             keeps its own block in memory, and a segment less than four times its blocks. A room
**             without a block is freed.
**
** Halving and doubling are a factor of two apart from each other: a block that goes and returns all
** the time does not move the others each time. Halving needs memory for the smaller room; where
** there is none, the room stays as it is until the next block goes.
*/
#include "index/layout.h"

#include <math.h>
#include <string.h>

/*
** The allocator aligns to 8 or 16 bytes only: 63 bytes more than needed let the codes start at a
** cache line.
*/
static uint64_t room_bytes(const VssIndex *index, uint32_t places) {
  uint64_t place_bytes = vss_block_code_bytes(index->padded_dim) +
                         vss_block_high_bytes(index->padded_dim) +
                         2 * VSS_BLOCK_MARGINS * sizeof(float);
  return places * place_bytes + VSS_LINE_BYTES - 1;
}

/* Let the block's pointers point to its place. */
static void point(const VssIndex *index, const VssRoom *room, VssBlock *block, uint32_t place) {
  block->place = place;
  block->codes = room->codes + place * vss_block_code_bytes(index->padded_dim);
  block->highs = room->highs + place * vss_block_high_bytes(index->padded_dim);
  block->margins = room->margins + (size_t)place * VSS_BLOCK_MARGINS;
  block->coarse = room->coarse + (size_t)place * VSS_BLOCK_MARGINS;
}

static uint32_t n_taken(const VssRoom *room) {
  return vss_count_lanes(room->taken);
}

static void free_memory(VssIndex *index, VssRoom *room) {
  if (room->memory) index->memory_bytes -= room_bytes(index, room->places);
  vss_free(room->memory);
  memset(room, 0, sizeof *room);
}

/* Move the blocks into a room of this many places, which are enough for them. */
static int resize(VssIndex *index, VssRoom *room, VssBlock *blocks, uint32_t places) {
  size_t code_bytes = vss_block_code_bytes(index->padded_dim);
  size_t high_bytes = vss_block_high_bytes(index->padded_dim);
  size_t margin_bytes = VSS_BLOCK_MARGINS * sizeof(float);
  uint64_t size_bytes = room_bytes(index, places);
  char *memory = vss_malloc(size_bytes);
  if (!memory) return VSS_NOMEM;
  index->memory_bytes += size_bytes;
  /* The sizes of codes and highs are multiples of 64: the other arrays are aligned as well. */
  size_t skip = (VSS_LINE_BYTES - (uintptr_t)memory % VSS_LINE_BYTES) % VSS_LINE_BYTES;
  char *codes = memory + skip, *highs = codes + places * code_bytes;
  char *margins = highs + places * high_bytes, *coarse = margins + places * margin_bytes;
  VssRoom fresh = {.memory = memory,
                   .codes = (int8_t *)codes,
                   .highs = (uint8_t *)highs,
                   .margins = (float *)(void *)margins,
                   .coarse = (float *)(void *)coarse,
                   .places = places};
  uint32_t n = 0;
  for (uint32_t i = 0; i < VSS_SEGMENT_BLOCKS; i++) {
    VssBlock *block = &blocks[i];
    if (!block->codes) continue;
    memcpy(codes + n * code_bytes, block->codes, code_bytes);
    memcpy(highs + n * high_bytes, block->highs, high_bytes);
    memcpy(margins + n * margin_bytes, block->margins, margin_bytes);
    memcpy(coarse + n * margin_bytes, block->coarse, margin_bytes);
    fresh.taken |= UINT64_C(1) << n;
    point(index, &fresh, block, n++);
  }
  /* The padding has to be zero, and what a kernel computes from a lane without a row, harmless. */
  memset(codes + n * code_bytes, 0, (places - n) * code_bytes);
  memset(highs + n * high_bytes, 0, (places - n) * high_bytes);
  memset(margins + n * margin_bytes, 0, (places - n) * margin_bytes);
  memset(coarse + n * margin_bytes, 0, (places - n) * margin_bytes);
  free_memory(index, room);
  *room = fresh;
  return VSS_OK;
}

int vss_room_reserve(VssIndex *index, VssRoom *room, VssBlock *blocks, uint32_t places) {
  return places > room->places ? resize(index, room, blocks, places) : VSS_OK;
}

int vss_room_add(VssIndex *index, VssRoom *room, VssBlock *blocks, uint32_t number_in_segment) {
  if (n_taken(room) == room->places) {
    /* A power of two: a full room has fewer than VSS_SEGMENT_BLOCKS places, or no block to add. */
    int rc = resize(index, room, blocks, room->places ? room->places * 2 : 1);
    if (rc != VSS_OK) return rc;
  }
  uint32_t place = vss_lowest_lane(~room->taken);
  room->taken |= UINT64_C(1) << place;
  point(index, room, &blocks[number_in_segment], place);
  return VSS_OK;
}

void vss_room_clear(VssIndex *index, VssRoom *room, VssBlock *blocks) {
  for (uint32_t i = 0; i < VSS_SEGMENT_BLOCKS; i++) {
    vss_codebook_drop(index, blocks[i].codebook);
    memset(&blocks[i], 0, sizeof blocks[i]);
  }
  free_memory(index, room);
}

int vss_block_allocate(VssIndex *index, uint32_t number) {
  uint32_t segment = number / VSS_SEGMENT_BLOCKS;
  return vss_room_add(index, &index->segments[segment].room, vss_segment_blocks(index, segment),
                      number % VSS_SEGMENT_BLOCKS);
}

void vss_block_release(VssIndex *index, uint32_t number) {
  uint32_t segment = number / VSS_SEGMENT_BLOCKS;
  VssBlock *block = &index->blocks[number];
  VssRoom *room = &index->segments[segment].room;
  int had_place = block->codes != NULL;
  if (had_place) room->taken &= ~(UINT64_C(1) << block->place);
  vss_codebook_drop(index, block->codebook);
  /* A block that is released is an empty one, and may be released again. */
  memset(block, 0, sizeof *block);
  if (!had_place) return;
  if (!room->taken)
    free_memory(index, room);
  else if (n_taken(room) <= room->places / 4)
    /* A failure changes nothing: the room is larger than it should be. */
    (void)resize(index, room, vss_segment_blocks(index, segment), room->places / 2);
}

/* The high nibbles of one line of codes, in the order that kernel/block.h draws. */
static void write_highs(const int8_t *line, uint8_t *out) {
  for (int from = 0; from < VSS_LINE_BYTES; from += 32, line += 32, out += 16)
    for (int i = 0; i < 16; i++)
      out[i] = (uint8_t)(vss_block_high_of(line[i]) | vss_block_high_of(line[16 + i]) << 4);
}

void vss_block_write(const VssIndex *index, VssBlock *block, uint32_t lane, const int8_t *codes,
                     const VssMargin *margin) {
  int8_t *line = vss_block_row(index, block, lane);
  for (int j = 0; j < index->dim; j += VSS_LINE_BYTES, line += VSS_LINE_STRIDE_BYTES) {
    memcpy(line, codes + j, vss_block_line_components(index->dim, j));
    write_highs(line,
                block->highs + vss_block_high_at(index->padded_dim, lane, j / VSS_LINE_BYTES));
  }
  *vss_block_rho(block, lane) = margin->rho;
  *vss_block_base(block, lane) = margin->base;
  block->coarse[vss_block_rho_at(lane)] =
      block->codebook ? vss_quantize_coarse_rho(index->dim, &block->codebook->values, codes,
                                                margin->rho, VSS_SLACK)
                      : INFINITY;
  block->coarse[vss_block_base_at(lane)] = margin->base;
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
  /* The bytes, not the values: the row encoded again would have exactly these. */
  return memcmp(vss_block_rho(block, lane), &margin->rho, sizeof margin->rho) == 0 &&
         memcmp(vss_block_base(block, lane), &margin->base, sizeof margin->base) == 0;
}
