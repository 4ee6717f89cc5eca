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
**   loading   When it is known how many blocks are about to be loaded, a room gets all places at
**             once. vss_index_expect() halves it afterwards if it stayed too empty.
**
** The memory of a free place is undefined: what is about to be filled is not cleared first. A block
** gets its place cleared (vss_room_add) or filled whole (vss_block_fill).
**
** Halving and doubling are a factor of two apart from each other: a block that goes and returns all
** the time does not move the others each time. Halving needs memory for the smaller room; where
** there is none, the room stays as it is until the next block goes.
*/
#include "index/layout.h"
#include "kernel/lines.h"

#include <math.h>
#include <string.h>

/* No search makes high nibbles of bits: there is no room for them and for their margins. */
static size_t high_bytes_of(const VssIndex *index) {
  return index->element == VSS_ELEMENT_BIT ? 0 : vss_block_high_bytes(index->padded_dim);
}
static size_t coarse_margins_of(const VssIndex *index) {
  return index->element == VSS_ELEMENT_BIT ? 0 : VSS_BLOCK_MARGINS;
}

/*
** The allocator aligns to 8 or 16 bytes only: 63 bytes more than needed let the codes start at a
** cache line.
*/
static uint64_t room_bytes(const VssIndex *index, uint32_t places) {
  uint64_t place_bytes = vss_block_code_bytes(index->padded_dim) + high_bytes_of(index) +
                         (VSS_BLOCK_MARGINS + coarse_margins_of(index)) * sizeof(float);
  return places * place_bytes + VSS_LINE_BYTES - 1;
}

/* Let the block's pointers point to its place. */
static void point(const VssIndex *index, const VssRoom *room, VssBlock *block, uint32_t place) {
  block->place = place;
  block->codes = room->codes + place * vss_block_code_bytes(index->padded_dim);
  block->highs = room->highs + place * high_bytes_of(index);
  block->margins = room->margins + (size_t)place * VSS_BLOCK_MARGINS;
  block->coarse = room->coarse + place * coarse_margins_of(index);
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
  size_t high_bytes = high_bytes_of(index);
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
    memcpy(margins + n * margin_bytes, block->margins, margin_bytes);
    if (block->state == VSS_HIGHS_THERE) {
      memcpy(highs + n * high_bytes, block->highs, high_bytes);
      memcpy(coarse + n * margin_bytes, block->coarse, margin_bytes);
    }
    fresh.taken |= UINT64_C(1) << n;
    point(index, &fresh, block, n++);
  }
  free_memory(index, room);
  *room = fresh;
  return VSS_OK;
}

int vss_room_reserve(VssIndex *index, VssRoom *room, VssBlock *blocks, uint32_t places) {
  return places > room->places ? resize(index, room, blocks, places) : VSS_OK;
}

/* Give a block without one a place, whose memory is undefined. */
static int take_place(VssIndex *index, VssRoom *room, VssBlock *block, VssBlock *blocks) {
  if (n_taken(room) == room->places) {
    /* A power of two: a full room has fewer than VSS_SEGMENT_BLOCKS places, or no block to add. */
    int rc = resize(index, room, blocks, room->places ? room->places * 2 : 1);
    if (rc != VSS_OK) return rc;
  }
  uint32_t place = vss_lowest_lane(~room->taken);
  room->taken |= UINT64_C(1) << place;
  point(index, room, block, place);
  block->state = VSS_HIGHS_NONE;
  return VSS_OK;
}

int vss_room_add(VssIndex *index, VssRoom *room, VssBlock *blocks, uint32_t number_in_segment) {
  VssBlock *block = &blocks[number_in_segment];
  int rc = take_place(index, room, block, blocks);
  if (rc != VSS_OK) return rc;
  /* The padding has to be zero, and what a kernel computes from a lane without a row, harmless. */
  memset(block->codes, 0, vss_block_code_bytes(index->padded_dim));
  memset(block->margins, 0, VSS_BLOCK_MARGINS * sizeof(float));
  return VSS_OK;
}

void vss_room_clear(VssIndex *index, VssRoom *room, VssBlock *blocks) {
  for (uint32_t i = 0; i < VSS_SEGMENT_BLOCKS; i++) {
    vss_codebook_drop(index, blocks[i].codebook);
    memset(&blocks[i], 0, sizeof blocks[i]);
  }
  free_memory(index, room);
}

/*
** The first block of a segment gets a room with places for all blocks that are expected. A failure
** changes nothing: the room grows step by step, and may need less in the end.
*/
static VssRoom *room_of(VssIndex *index, uint32_t segment) {
  VssRoom *room = &index->segments[segment].room;
  uint32_t first = segment * VSS_SEGMENT_BLOCKS;
  if (!room->places && index->n_expected > first) {
    uint32_t places = 1;
    while (places < VSS_SEGMENT_BLOCKS && places < index->n_expected - first)
      places *= 2;
    (void)vss_room_reserve(index, room, vss_segment_blocks(index, segment), places);
  }
  return room;
}

int vss_block_allocate(VssIndex *index, uint32_t number) {
  uint32_t segment = number / VSS_SEGMENT_BLOCKS;
  return vss_room_add(index, room_of(index, segment), vss_segment_blocks(index, segment),
                      number % VSS_SEGMENT_BLOCKS);
}

int vss_block_place(VssIndex *index, uint32_t number) {
  uint32_t segment = number / VSS_SEGMENT_BLOCKS;
  return take_place(index, room_of(index, segment), &index->blocks[number],
                    vss_segment_blocks(index, segment));
}

/* Make a room smaller that has more than four times the places of its blocks. */
static void trim(VssIndex *index, VssRoom *room, VssBlock *blocks) {
  uint32_t places = room->places;
  while (places > 1 && n_taken(room) <= places / 4)
    places /= 2;
  if (!room->taken)
    free_memory(index, room);
  else if (places < room->places)
    /* A failure changes nothing: the room is larger than it should be. */
    (void)resize(index, room, blocks, places);
}

void vss_index_expect(VssIndex *index, uint32_t n_blocks) {
  index->n_expected = n_blocks;
  for (uint32_t s = 0; n_blocks == 0 && s < index->n_segments; s++)
    trim(index, &index->segments[s].room, vss_segment_blocks(index, s));
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
  /* While blocks are expected, the places are wanted again soon. */
  if (had_place && !index->n_expected) trim(index, room, vss_segment_blocks(index, segment));
}

/* The rho of a row, for its coarse one. What int8 has in its place under COSINE is none. */
static float coded_rho(const VssIndex *index, const VssBlock *block, uint32_t lane) {
  return vss_has_lengths(index) ? 0 : *vss_block_rho(block, lane);
}

/* The high nibbles and the coarse margin of a lane, from what its codes and its margin are. */
static void make_lane_highs(const VssIndex *index, VssBlock *block, uint32_t lane) {
  const int8_t *line = vss_block_row(index, block, lane);
  float coarse = INFINITY;
  if (block->codebook) {
    const VssCodebook *codebook = &block->codebook->values;
    int32_t low_sq = vss_lines_low_sq(codebook->weight, line, index->dim);
    coarse = vss_quantize_coarse_rho_of(codebook, low_sq, coded_rho(index, block, lane), VSS_SLACK);
  }
  block->coarse[vss_block_rho_at(lane)] = coarse;
  block->coarse[vss_block_base_at(lane)] = *vss_block_base(block, lane);
  for (int n = 0; n < index->padded_dim / VSS_LINE_BYTES; n++, line += VSS_LINE_STRIDE_BYTES)
    vss_line_highs(line, vss_block_high(index, block, lane, n));
}

void vss_block_make_highs(const VssIndex *index, VssBlock *block) {
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane++)
    make_lane_highs(index, block, lane);
  block->state = VSS_HIGHS_THERE;
}

void vss_block_write(const VssIndex *index, VssBlock *block, uint32_t lane, const int8_t *codes,
                     const VssMargin *margin) {
  int8_t *line = vss_block_row(index, block, lane);
  int left = index->row_bytes;
  /* Of a size that is known, the copy is four instructions and no call. */
  for (; left >= VSS_LINE_BYTES; left -= VSS_LINE_BYTES) {
    memcpy(line, codes, VSS_LINE_BYTES);
    line += VSS_LINE_STRIDE_BYTES;
    codes += VSS_LINE_BYTES;
  }
  memcpy(line, codes, (size_t)left);
  *vss_block_rho(block, lane) = margin->rho;
  *vss_block_base(block, lane) = margin->base;
  if (block->state == VSS_HIGHS_THERE) make_lane_highs(index, block, lane);
}

int vss_block_equals(const VssIndex *index, const VssBlock *block, uint32_t lane,
                     const int8_t *codes, const VssMargin *margin) {
  const int8_t *line = vss_block_row(index, block, lane);
  for (int j = 0; j < index->row_bytes; j += VSS_LINE_BYTES, line += VSS_LINE_STRIDE_BYTES)
    if (memcmp(line, codes + j, vss_block_line_components(index->row_bytes, j)) != 0) return 0;
  /* The bytes, not the values: the row encoded again would have exactly these. */
  return memcmp(vss_block_rho(block, lane), &margin->rho, sizeof margin->rho) == 0 &&
         memcmp(vss_block_base(block, lane), &margin->base, sizeof margin->base) == 0;
}

/* ---- blocks as they are stored ---- */

/*
** The codes of a group stand line by line, as in memory, but the last line has no padding.
**
**   | row 0, 64 B | row 1, 64 B | ... | row 3, 64 B | ... | row 0, rest | ... | row 3, rest |
*/
uint64_t vss_block_stored_bytes(int row_bytes, uint64_t word) {
  uint64_t n_rows = (uint64_t)vss_count_lanes(vss_block_groups(word)) * VSS_GROUP_ROWS;
  return n_rows * (2 * sizeof(float) + (uint64_t)row_bytes);
}

void vss_block_append(const VssIndex *index, const VssBlock *block, uint64_t word, VssBuffer *out) {
  static const int8_t no_codes[VSS_LINE_BYTES];
  for (uint64_t groups = vss_block_groups(word); groups; groups &= groups - 1) {
    uint32_t first = vss_lowest_lane(groups);
    float margins[2 * VSS_GROUP_ROWS] = {0};
    for (uint32_t r = 0; r < VSS_GROUP_ROWS; r++) {
      if (!(word >> (first + r) & 1)) continue;
      margins[r] = *vss_block_rho(block, first + r);
      margins[VSS_GROUP_ROWS + r] = *vss_block_base(block, first + r);
    }
    vss_buffer_append(out, margins, sizeof margins);
  }
  for (uint64_t groups = vss_block_groups(word); groups; groups &= groups - 1) {
    uint32_t first = vss_lowest_lane(groups);
    const int8_t *lines = vss_block_row(index, block, first);
    for (int j = 0; j < index->row_bytes; j += VSS_LINE_BYTES, lines += VSS_LINE_STRIDE_BYTES)
      for (uint32_t r = 0; r < VSS_GROUP_ROWS; r++)
        vss_buffer_append(out, word >> (first + r) & 1 ? lines + r * VSS_LINE_BYTES : no_codes,
                          vss_block_line_components(index->row_bytes, j));
  }
}

/* Copy the codes of a stored group to their lines, with the padding. Returns what follows it. */
static const uint8_t *fill_codes(int row_bytes, int8_t *lines, const uint8_t *from) {
  size_t whole_bytes = (size_t)(row_bytes / VSS_LINE_BYTES) * VSS_LINE_STRIDE_BYTES;
  size_t rest_bytes = (size_t)(row_bytes % VSS_LINE_BYTES);
  memcpy(lines, from, whole_bytes);
  from += whole_bytes;
  lines += whole_bytes;
  for (int r = 0; rest_bytes && r < VSS_GROUP_ROWS; r++) {
    memcpy(lines, from, rest_bytes);
    memset(lines + rest_bytes, 0, VSS_LINE_BYTES - rest_bytes);
    from += rest_bytes;
    lines += VSS_LINE_BYTES;
  }
  return from;
}

void vss_block_fill(const VssIndex *index, VssBlock *block, uint64_t lanes, uint64_t word,
                    const uint8_t *stored) {
  uint64_t groups = vss_block_groups(word);
  size_t margin_bytes = 2 * VSS_GROUP_ROWS * sizeof(float);
  const uint8_t *margins = stored, *codes = stored + vss_count_lanes(groups) * margin_bytes;
  size_t group_bytes = (size_t)VSS_GROUP_ROWS * (size_t)index->padded_dim;
  for (uint32_t first = 0; first < VSS_BLOCK_ROWS; first += VSS_GROUP_ROWS) {
    int8_t *lines = vss_block_row(index, block, first);
    if (groups >> first & 1) {
      memcpy(vss_block_rho(block, first), margins, margin_bytes);
      margins += margin_bytes;
      codes = fill_codes(index->row_bytes, lines, codes);
    } else if (lanes >> first & 1) {
      memset(lines, 0, group_bytes);
      memset(vss_block_rho(block, first), 0, margin_bytes);
    }
  }
  block->state = VSS_HIGHS_NONE;
}
