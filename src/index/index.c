/*
** Rows of the index: creating, putting, removing, and the books that blocks share.
*/
#include "index/index_int.h"

#include <math.h>
#include <string.h>

int vss_index_create(VssMetric metric, int dim, VssIndex **out_index) {
  VssIndex *index = vss_calloc(1, sizeof *index);
  if (!index) return VSS_NOMEM;
  index->metric = metric;
  index->dim = dim;
  if (vss_metric_has_codes(metric)) {
    index->padded_dim = vss_quantize_padded(dim);
    index->row_codes = vss_calloc((uint64_t)index->padded_dim, 1);
    if (!index->row_codes) {
      vss_free(index);
      return VSS_NOMEM;
    }
  }
  vss_crc32_init(&index->crc);
  *out_index = index;
  return VSS_OK;
}

void vss_index_free(VssIndex *index) {
  if (!index) return;
  for (uint32_t b = 0; b < index->n_blocks; b++)
    vss_free(index->blocks[b].memory);
  for (uint32_t id = 0; id < index->n_books; id++)
    vss_free(index->books[id]);
  vss_free(index->blocks);
  vss_free(index->segments);
  vss_free(index->books);
  vss_free(index->row_codes);
  vss_bitmap_free(&index->present);
  vss_bitmap_free(&index->dirty);
  vss_bitmap_free(&index->books_dirty);
  vss_free(index);
}

/* blocks */

int vss_index_reserve(VssIndex *index, uint32_t block) {
  if (block < index->n_blocks) return VSS_OK;
  if (block >= index->capacity_blocks) {
    uint64_t capacity = (uint64_t)block + 1 + index->capacity_blocks / 4;
    VssBlock *blocks = vss_realloc(index->blocks, capacity * sizeof *blocks);
    if (!blocks) return VSS_NOMEM;
    index->blocks = blocks;
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
  if (vss_bitmap_resize(&index->present, block + 1) != VSS_OK) return VSS_NOMEM;
  if (block / 64 >= index->dirty.n_words &&
      vss_bitmap_resize(&index->dirty, block / 64 + 1) != VSS_OK)
    return VSS_NOMEM;
  memset(index->blocks + index->n_blocks, 0,
         (size_t)(block + 1 - index->n_blocks) * sizeof *index->blocks);
  index->n_blocks = block + 1;
  return VSS_OK;
}

int vss_block_allocate(VssIndex *index, VssBlock *out_block) {
  char *memory = vss_calloc(vss_block_bytes(index), 1);
  if (!memory) return VSS_NOMEM;
  size_t skip = (VSS_LINE_BYTES - (uintptr_t)memory % VSS_LINE_BYTES) % VSS_LINE_BYTES;
  char *codes = memory + skip;
  char *margins = codes + (size_t)VSS_BLOCK_ROWS * (size_t)index->padded_dim;
  VssBlock block = {memory, (int8_t *)codes, (float *)(void *)margins, NULL};
  index->memory_bytes += vss_block_bytes(index);
  *out_block = block;
  return VSS_OK;
}

void vss_block_release(VssIndex *index, VssBlock *block) {
  if (block->memory) index->memory_bytes -= vss_block_bytes(index);
  vss_free(block->memory);
  vss_book_drop(index, block->book);
  memset(block, 0, sizeof *block);
}

void vss_block_write(const VssIndex *index, VssBlock *block, uint32_t lane, const int8_t *codes,
                     const VssMargin *margin) {
  int8_t *line = vss_block_row(index, block, lane);
  for (int j = 0; j < index->dim; j += VSS_LINE_BYTES) {
    int n = index->dim - j < VSS_LINE_BYTES ? index->dim - j : VSS_LINE_BYTES;
    memcpy(line, codes + j, (size_t)n);
    line += VSS_GROUP_ROWS * VSS_LINE_BYTES;
  }
  *vss_block_rho(block, lane) = margin->rho;
  *vss_block_base(block, lane) = margin->base;
}

/* books */

static uint64_t book_bytes(const VssIndex *index) {
  return sizeof(VssBook) + 3 * (uint64_t)index->dim * sizeof(float);
}

int vss_book_create(VssIndex *index, VssBook **out_book) {
  uint32_t id = 0;
  while (id < index->n_books && index->books[id])
    id++;
  return vss_book_create_at(index, id, out_book);
}

int vss_book_create_at(VssIndex *index, uint32_t id, VssBook **out_book) {
  if (id >= index->n_books) {
    VssBook **books = vss_realloc(index->books, ((uint64_t)id + 1) * sizeof(VssBook *));
    if (!books) return VSS_NOMEM;
    index->books = books;
    while (index->n_books <= id)
      index->books[index->n_books++] = NULL;
  }
  uint64_t size_bytes = book_bytes(index);
  VssBook *book = vss_calloc(1, size_bytes);
  if (!book) return VSS_NOMEM;
  if (vss_bitmap_set(&index->books_dirty, id) != VSS_OK) {
    vss_free(book);
    return VSS_NOMEM;
  }
  book->id = id;
  book->codebook.centre = (float *)(void *)(book + 1);
  book->codebook.step = book->codebook.centre + index->dim;
  book->codebook.inverse = book->codebook.step + index->dim;
  index->books[id] = book;
  index->memory_bytes += size_bytes;
  *out_book = book;
  return VSS_OK;
}

void vss_book_use(VssBook *book) {
  if (book) book->uses++;
}

void vss_book_drop(VssIndex *index, VssBook *book) {
  if (!book || --book->uses > 0) return;
  index->books[book->id] = NULL;
  /* The id is within the bitmap since the book was created. Dirty and absent means: delete what is stored. */
  vss_bitmap_set(&index->books_dirty, book->id);
  index->memory_bytes -= book_bytes(index);
  vss_free(book);
}

void vss_index_set_latest(VssIndex *index, VssBook *book) {
  vss_book_use(book);
  vss_book_drop(index, index->latest);
  index->latest = book;
}

/* rows */

void vss_segment_count(VssIndex *index, uint32_t block, const VssBlock *rows, uint64_t word,
                       int sign) {
  VssSegment *segment = &index->segments[block / VSS_SEGMENT_BLOCKS];
  uint32_t n_bounded = 0;
  double sum_rho = 0;
  for (uint64_t bits = rows->memory ? word : 0; bits; bits &= bits - 1) {
    float rho = *vss_block_rho(rows, (uint32_t)__builtin_ctzll(bits));
    if (!(rho < INFINITY)) continue;
    n_bounded++;
    sum_rho += (double)rho;
  }
  uint32_t count = (uint32_t)__builtin_popcountll(word);
  if (sign > 0) {
    segment->count += count;
    segment->n_bounded += n_bounded;
    segment->sum_rho += sum_rho;
    index->n_present += count;
  } else {
    segment->count -= count;
    segment->n_bounded -= n_bounded;
    /* Rounding is no matter: an empty segment starts from 0 again. */
    segment->sum_rho = segment->n_bounded ? segment->sum_rho - sum_rho : 0;
    index->n_present -= count;
  }
}

int vss_index_put(VssIndex *index, uint32_t slot, const float *x) {
  uint32_t number = slot / VSS_BLOCK_ROWS, lane = slot % VSS_BLOCK_ROWS;
  uint64_t bit = UINT64_C(1) << lane;
  int rc = vss_index_reserve(index, number);
  if (rc != VSS_OK) return rc;
  VssBlock *block = &index->blocks[number];
  if (index->padded_dim && !block->memory) {
    rc = vss_block_allocate(index, block);
    if (rc != VSS_OK) return rc;
    block->book = index->latest;
    vss_book_use(block->book);
  }

  vss_segment_count(index, number, block, index->present.words[number] & bit, -1);
  if (index->padded_dim) {
    VssMargin margin = {INFINITY, 0, 0};
    if (block->book)
      vss_quantize_row(index->metric, index->dim, &block->book->codebook, x, VSS_SLACK,
                       index->row_codes, &margin);
    else
      memset(index->row_codes, 0, (size_t)index->padded_dim);
    vss_block_write(index, block, lane, index->row_codes, &margin);
    if (block->book && margin.length_sq > block->book->greatest_length_sq)
      block->book->greatest_length_sq = margin.length_sq;
  }
  index->present.words[number] |= bit;
  vss_bitmap_set(&index->dirty, number);
  vss_segment_count(index, number, block, bit, +1);
  index->segments[number / VSS_SEGMENT_BLOCKS].n_puts++;
  vss_segment_judge(index, number / VSS_SEGMENT_BLOCKS);
  return VSS_OK;
}

void vss_index_remove(VssIndex *index, uint32_t slot) {
  if (!vss_index_has(index, slot)) return;
  uint32_t number = slot / VSS_BLOCK_ROWS;
  uint64_t bit = UINT64_C(1) << (slot % VSS_BLOCK_ROWS);
  vss_segment_count(index, number, &index->blocks[number], bit, -1);
  index->present.words[number] &= ~bit;
  vss_bitmap_set(&index->dirty, number);
  if (index->present.words[number] == 0) vss_block_release(index, &index->blocks[number]);
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
  if (!index->padded_dim) return 1;
  const VssBlock *block = &index->blocks[slot / VSS_BLOCK_ROWS];
  uint32_t lane = slot % VSS_BLOCK_ROWS;
  if (!block->book) return !(*vss_block_rho(block, lane) < INFINITY);
  VssMargin margin;
  vss_quantize_row(index->metric, index->dim, &block->book->codebook, x, VSS_SLACK,
                   index->row_codes, &margin);
  const int8_t *line = vss_block_row(index, block, lane);
  for (int j = 0; j < index->dim; j += VSS_LINE_BYTES, line += VSS_GROUP_ROWS * VSS_LINE_BYTES) {
    int n = index->dim - j < VSS_LINE_BYTES ? index->dim - j : VSS_LINE_BYTES;
    if (memcmp(line, index->row_codes + j, (size_t)n) != 0) return 0;
  }
  return memcmp(vss_block_rho(block, lane), &margin.rho, sizeof margin.rho) == 0 &&
         memcmp(vss_block_base(block, lane), &margin.base, sizeof margin.base) == 0 &&
         margin.length_sq <= block->book->greatest_length_sq;
}

uint64_t vss_index_memory(const VssIndex *index) {
  uint64_t words = (uint64_t)index->present.capacity_words + index->dirty.capacity_words +
                   index->books_dirty.capacity_words;
  return sizeof *index + (uint64_t)index->padded_dim + index->memory_bytes +
         words * sizeof(uint64_t) + (uint64_t)index->capacity_blocks * sizeof *index->blocks +
         (uint64_t)index->n_segments * sizeof *index->segments +
         (uint64_t)index->n_books * sizeof *index->books;
}
