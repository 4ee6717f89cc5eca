/*
** Rows of the index: making and freeing it, putting, removing and checking rows.
**
** Every change of a row keeps five things in step. vss_index_put() and vss_index_remove() below,
** install() in index/bytes.c and replace() in index/tune.c are the places that do so:
**
**   1. the segment's statistics: rows out before the change, in after it (vss_segment_count)
**   2. the block's codes and margins
**   3. the bit in `present`
**   4. the row in `dirty`
**   5. whether the segment wants tuning (vss_segment_judge)
*/
#include "index/layout.h"

#include <math.h>
#include <string.h>

int vss_index_create_column(const VssVectorShape *shape, VssIndex **out_index) {
  VssIndex *index = vss_calloc(1, sizeof *index);
  if (!index) return VSS_NOMEM;
  index->metric = shape->metric;
  index->dim = shape->dim;
  index->element = shape->element;
  index->scale = shape->scale;
  index->row_bytes = shape->element == VSS_ELEMENT_BIT ? shape->dim / 8 : shape->dim;
  int rc = VSS_OK;
  if (vss_metric_has_codes(shape->metric) || vss_holds_vectors(index)) {
    index->padded_dim = vss_block_padded_dim(index->row_bytes);
    index->row_codes = vss_calloc((uint64_t)index->padded_dim, 1);
    if (!index->row_codes) rc = VSS_NOMEM;
  }
  if (rc == VSS_OK && vss_holds_vectors(index)) rc = vss_values_init(index);
  if (rc != VSS_OK) {
    vss_index_free(index);
    return rc;
  }
  vss_crc32_init(&index->crc);
  *out_index = index;
  return VSS_OK;
}

int vss_index_create(VssMetric metric, int dim, VssIndex **out_index) {
  return vss_index_create_column(&(VssVectorShape){.metric = metric, .dim = dim}, out_index);
}

void vss_index_free(VssIndex *index) {
  if (!index) return;
  /* Without counting uses: blocks and codebooks all go. */
  for (uint32_t s = 0; s < index->n_segments; s++)
    vss_free(index->segments[s].room.memory);
  for (uint32_t id = 0; id < index->n_codebooks; id++)
    vss_free(index->codebooks[id]);
  vss_free(index->blocks);
  vss_free(index->segments);
  vss_free(index->codebooks);
  vss_free(index->row_codes);
  vss_free(index->values);
  vss_bitmap_free(&index->present);
  vss_bitmap_free(&index->dirty);
  vss_bitmap_free(&index->codebooks_dirty);
  vss_free(index);
}

int vss_index_reserve(VssIndex *index, uint32_t block) {
  if (block < index->n_blocks) return VSS_OK;
  if (block >= index->capacity_blocks) {
    /*
    ** A quarter more than asked for: a table that grows row by row copies its blocks O(log n)
    ** times. Up to whole segments, so that a segment always has all its blocks.
    */
    uint64_t capacity = (uint64_t)block + 1 + index->capacity_blocks / 4;
    capacity = (capacity + VSS_SEGMENT_BLOCKS - 1) / VSS_SEGMENT_BLOCKS * VSS_SEGMENT_BLOCKS;
    VssBlock *blocks = vss_realloc(index->blocks, capacity * sizeof *blocks);
    if (!blocks) return VSS_NOMEM;
    index->blocks = blocks;
    memset(blocks + index->capacity_blocks, 0,
           (size_t)(capacity - index->capacity_blocks) * sizeof *blocks);
    index->capacity_blocks = (uint32_t)capacity;
  }
  uint32_t n_segments = block / VSS_SEGMENT_BLOCKS + 1;
  if (n_segments > index->n_segments) {
    VssSegment *segments = vss_realloc(index->segments, (uint64_t)n_segments * sizeof *segments);
    if (!segments) return VSS_NOMEM;
    memset(segments + index->n_segments, 0,
           (size_t)(n_segments - index->n_segments) * sizeof *segments);
    index->segments = segments;
    index->n_segments = n_segments;
  }
  /* What follows may fail too. Arrays that are longer than n_blocks asks for do no harm. */
  if (vss_bitmap_resize(&index->present, block + 1) != VSS_OK) return VSS_NOMEM;
  /* The words of `dirty` are made now, so that marking a row can never fail afterwards. */
  if (vss_bitmap_resize(&index->dirty, block + 1) != VSS_OK) return VSS_NOMEM;
  index->n_blocks = block + 1;
  return VSS_OK;
}

/*
** Encode x with the block's codebook and write it. Without a codebook there are no codes: the row's
** bound is -Inf. `stored` instead of x: the codes themselves.
*/
static void encode_row(VssIndex *index, VssBlock *block, uint32_t lane, const float *x,
                       const void *stored) {
  VssMargin margin = {INFINITY, 0, 0};
  if (stored) {
    memcpy(index->row_codes, stored, (size_t)index->row_bytes);
    vss_values_margin(index, index->row_codes, &margin);
  } else if (vss_holds_vectors(index))
    vss_values_encode(index, x, index->row_codes, &margin);
  else if (block->codebook)
    vss_quantize_row(index->metric, index->dim, &block->codebook->values, x, VSS_SLACK,
                     index->row_codes, &margin);
  else
    memset(index->row_codes, 0, (size_t)index->padded_dim);
  if (block->codebook) vss_codebook_stretch(block->codebook, margin.length_sq);
  vss_block_write(index, block, lane, index->row_codes, &margin);
}

/* Put x, or what is stored of it. */
static int put(VssIndex *index, uint32_t slot, const float *x, const void *stored) {
  uint32_t number = vss_slot_block(slot), segment = number / VSS_SEGMENT_BLOCKS;
  uint64_t bit = vss_slot_bit(slot);
  int rc = vss_index_reserve(index, number);
  if (rc != VSS_OK) return rc;
  VssBlock *block = &index->blocks[number];
  if (index->padded_dim && !block->codes) {
    /*
    ** The first row of the block decides about its codebook. The first rows of all have none:
    ** `latest` is NULL.
    */
    rc = vss_block_allocate(index, number);
    if (rc != VSS_OK) return rc;
    block->codebook = index->latest;
    vss_codebook_use(block->codebook);
  }
  /* Out with the row that is replaced, if there is one: the word is 0 otherwise. */
  vss_segment_count(index, number, block, index->present.words[number] & bit, -1);
  if (index->padded_dim) encode_row(index, block, vss_slot_lane(slot), x, stored);
  index->present.words[number] |= bit;
  vss_bitmap_set(&index->dirty, slot);
  vss_segment_count(index, number, block, bit, +1);
  index->segments[segment].n_puts++;
  vss_segment_judge(index, segment);
  return VSS_OK;
}

int vss_index_put(VssIndex *index, uint32_t slot, const float *x) {
  return put(index, slot, x, NULL);
}

int vss_index_put_stored(VssIndex *index, uint32_t slot, const void *bytes) {
  return put(index, slot, NULL, bytes);
}

/*
** Codes and margin stay in the block until the lane is written again: without its bit in `present`
** nothing reads them.
*/
void vss_index_remove(VssIndex *index, uint32_t slot) {
  if (!vss_index_has(index, slot)) return;
  uint32_t number = vss_slot_block(slot);
  uint64_t bit = vss_slot_bit(slot);
  vss_segment_count(index, number, &index->blocks[number], bit, -1);
  index->present.words[number] &= ~bit;
  vss_bitmap_set(&index->dirty, slot);
  /* The last row takes the memory with it, and the use of the codebook. */
  if (index->present.words[number] == 0) vss_block_release(index, number);
  vss_segment_judge(index, number / VSS_SEGMENT_BLOCKS);
}

int vss_index_has(const VssIndex *index, uint32_t slot) {
  return vss_bitmap_get(&index->present, slot);
}

uint32_t vss_index_count(const VssIndex *index) {
  return index->n_present;
}

VssMetric vss_index_metric(const VssIndex *index) {
  return index->metric;
}

int vss_index_dim(const VssIndex *index) {
  return index->dim;
}

int vss_index_matches(const VssIndex *index, uint32_t slot, const float *x) {
  if (!vss_index_has(index, slot)) return 0;
  /* A metric without codes stores nothing of a row except that it is there. */
  if (!index->padded_dim) return 1;
  const VssBlock *block = &index->blocks[vss_slot_block(slot)];
  uint32_t lane = vss_slot_lane(slot);
  VssMargin margin;
  if (vss_holds_vectors(index)) {
    vss_values_encode(index, x, index->row_codes, &margin);
  } else {
    /* Rows of a block without a codebook have no codes to compare; vss_index_put() gave them rho
    ** +Inf. */
    if (!block->codebook) return !(*vss_block_rho(block, lane) < INFINITY);
    vss_quantize_row(index->metric, index->dim, &block->codebook->values, x, VSS_SLACK,
                     index->row_codes, &margin);
  }
  /* The greatest length may be that of a row that is gone: it only has to be large enough. */
  return vss_block_equals(index, block, lane, index->row_codes, &margin) &&
         (!block->codebook || margin.length_sq <= block->codebook->greatest_length_sq);
}

/*
** Everything except what the allocator itself needs. The rooms and codebooks are counted when they
** come and go.
*/
uint64_t vss_index_memory(const VssIndex *index) {
  uint64_t words = (uint64_t)index->present.capacity_words + index->dirty.capacity_words +
                   index->codebooks_dirty.capacity_words;
  uint64_t values_bytes = index->values ? 256 * sizeof *index->values : 0;
  return sizeof *index + (uint64_t)index->padded_dim + values_bytes + index->memory_bytes +
         words * sizeof(uint64_t) + (uint64_t)index->capacity_blocks * sizeof *index->blocks +
         (uint64_t)index->n_segments * sizeof *index->segments +
         (uint64_t)index->n_codebooks * sizeof *index->codebooks;
}
