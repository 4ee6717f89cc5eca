/*
** Blocks and codebooks as bytes. All numbers little-endian; CRC-32 of all bytes before it.
**
**   block     0  u8   version 1
**             1  u8   kind 'b'
**             2  u8   metric (VssMetric)
**             3  u8   0
**             4  u32  dimension
**             8  u32  codebook id; 0xFFFFFFFF none
**            12  u32  greatest |c|^2 of rows encoded with that codebook, as known to this block
**            16  u64  present: bit i is row i
**            24  f32  rho[n], f32 base[n], i8 codes[n][dimension]     n = rows present, ascending; absent without codes
**                u32  CRC
**
**   codebook  0  u8   version 1
**             1  u8   kind 'c'
**             2  u8   metric
**             3  u8   0
**             4  u32  dimension
**             8  u32  segment it was trained on
**            12  u32  rows it was trained on
**            16  f64  their mean rho
**            24  f32  centre[dimension], f32 step[dimension]
**                u32  CRC
**
** Loading is validating: lengths, header, CRC, then every number that the bounds rely on.
*/
#include "index/index_int.h"
#include "base/little_endian.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define FORMAT_VERSION 1
#define HEADER_BYTES   24
#define CRC_BYTES      4

static void append_u32(VssBuffer *out, uint32_t value) {
  uint8_t bytes[4];
  vss_put_u32(bytes, value);
  vss_buffer_append(out, bytes, sizeof bytes);
}
static void append_f32(VssBuffer *out, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  append_u32(out, bits);
}
static float get_f32(const uint8_t *from) {
  uint32_t bits = vss_get_u32(from);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* The first 24 bytes: what both kinds share, two numbers and eight bytes of their own. */
static void append_header(const VssIndex *index, char kind, uint32_t first, uint32_t second,
                          uint64_t third, VssBuffer *out) {
  uint8_t header[HEADER_BYTES] = {FORMAT_VERSION, (uint8_t)kind, (uint8_t)index->metric, 0};
  vss_put_u32(header + 4, (uint32_t)index->dim);
  vss_put_u32(header + 8, first);
  vss_put_u32(header + 12, second);
  vss_put_u64(header + 16, third);
  vss_buffer_append(out, header, sizeof header);
}

static int append_crc(const VssIndex *index, uint64_t start, VssBuffer *out) {
  if (vss_buffer_status(out) == VSS_OK)
    append_u32(out, vss_crc32_of(&index->crc, out->data + start, out->size_bytes - start));
  return vss_buffer_status(out);
}

static int check_header(const VssIndex *index, char kind, const uint8_t *bytes,
                        uint64_t size_bytes) {
  if (size_bytes < HEADER_BYTES + CRC_BYTES) return VSS_CORRUPT;
  if (bytes[0] != FORMAT_VERSION || bytes[1] != (uint8_t)kind ||
      bytes[2] != (uint8_t)index->metric || bytes[3] != 0)
    return VSS_CORRUPT;
  return vss_get_u32(bytes + 4) == (uint32_t)index->dim ? VSS_OK : VSS_CORRUPT;
}

static int check_crc(const VssIndex *index, const uint8_t *bytes, uint64_t size_bytes) {
  uint32_t stored = vss_get_u32(bytes + size_bytes - CRC_BYTES);
  return vss_crc32_of(&index->crc, bytes, size_bytes - CRC_BYTES) == stored ? VSS_OK : VSS_CORRUPT;
}

/* dirty */

uint32_t vss_index_block_count(const VssIndex *index) {
  return index->n_blocks;
}

uint32_t vss_index_next_dirty_block(const VssIndex *index, uint32_t from) {
  for (uint32_t word = from / 64; word < index->dirty.n_words; word++) {
    uint64_t bits = index->dirty.words[word];
    if (word == from / 64) bits &= ~UINT64_C(0) << (from % 64);
    if (bits) return word * 64 + (uint32_t)__builtin_ctzll(bits);
  }
  return VSS_NONE;
}

void vss_index_clean(VssIndex *index) {
  if (index->dirty.n_words)
    memset(index->dirty.words, 0, index->dirty.n_words * sizeof *index->dirty.words);
  if (index->books_dirty.n_words)
    memset(index->books_dirty.words, 0,
           index->books_dirty.n_words * sizeof *index->books_dirty.words);
}

uint32_t vss_index_codebook_count(const VssIndex *index) {
  return index->n_books;
}

int vss_index_codebook_dirty(const VssIndex *index, uint32_t codebook) {
  return vss_bitmap_get(&index->books_dirty, codebook);
}

/* codebooks */

static uint64_t codebook_bytes(const VssIndex *index) {
  return HEADER_BYTES + 2 * (uint64_t)index->dim * sizeof(float) + CRC_BYTES;
}

int vss_index_save_codebook(const VssIndex *index, uint32_t codebook, VssBuffer *out) {
  const VssBook *book = codebook < index->n_books ? index->books[codebook] : NULL;
  if (!book) return VSS_OK;
  uint64_t start = out->size_bytes, mean_bits;
  memcpy(&mean_bits, &book->trained_rho, sizeof mean_bits);
  append_header(index, 'c', book->origin, book->trained_count, mean_bits, out);
  for (int j = 0; j < index->dim; j++)
    append_f32(out, book->codebook.centre[j]);
  for (int j = 0; j < index->dim; j++)
    append_f32(out, book->codebook.step[j]);
  return append_crc(index, start, out);
}

/* Blocks encoded with the book keep it, under another id. */
static int detach(VssIndex *index, VssBook *book) {
  uint32_t old_id = book->id;
  VssBook *place;
  int rc = vss_book_create(index, &place);
  if (rc != VSS_OK) return rc;
  /* Only the id is wanted. */
  uint32_t id = place->id;
  place->uses = 1;
  vss_book_drop(index, place);
  index->books[id] = book;
  index->books[old_id] = NULL;
  book->id = id;
  for (uint32_t b = 0; b < index->n_blocks; b++)
    if (index->blocks[b].book == book) vss_bitmap_set(&index->dirty, b);
  return VSS_OK;
}

static int codebook_is_sound(const VssIndex *index, const uint8_t *bytes) {
  uint64_t mean_bits = vss_get_u64(bytes + 16);
  double mean;
  memcpy(&mean, &mean_bits, sizeof mean);
  if (!(mean >= 0 && mean <= (double)FLT_MAX)) return 0;
  const uint8_t *centre = bytes + HEADER_BYTES, *step = centre + 4 * (size_t)index->dim;
  for (int j = 0; j < index->dim; j++, centre += 4, step += 4)
    if (!(fabsf(get_f32(centre)) <= FLT_MAX && get_f32(step) >= FLT_MIN &&
          get_f32(step) <= FLT_MAX))
      return 0;
  return 1;
}

static int same_bytes(const VssIndex *index, uint32_t codebook, const uint8_t *bytes,
                      uint64_t size_bytes, int *out_same) {
  VssBuffer buffer = {0};
  int rc = vss_index_save_codebook(index, codebook, &buffer);
  if (rc == VSS_OK)
    *out_same =
        buffer.size_bytes == size_bytes && memcmp(buffer.data, bytes, (size_t)size_bytes) == 0;
  vss_buffer_free(&buffer);
  return rc;
}

/* A loaded book is held until its first block is there, which then holds it. */
static void stop_waiting(VssIndex *index, VssBook *book) {
  if (!book || !book->is_waiting) return;
  book->is_waiting = 0;
  vss_book_drop(index, book);
}

int vss_index_load_codebook(VssIndex *index, uint32_t codebook, const void *data,
                            uint64_t size_bytes) {
  const uint8_t *bytes = data;
  if (!index->padded_dim || codebook > VSS_MAX_CODEBOOK || size_bytes != codebook_bytes(index))
    return VSS_CORRUPT;
  int rc = check_header(index, 'c', bytes, size_bytes);
  if (rc == VSS_OK) rc = check_crc(index, bytes, size_bytes);
  if (rc != VSS_OK) return rc;
  if (!codebook_is_sound(index, bytes)) return VSS_CORRUPT;

  if (codebook < index->n_books && index->books[codebook]) {
    int same;
    rc = same_bytes(index, codebook, bytes, size_bytes, &same);
    if (rc != VSS_OK) return rc;
    if (same) {
      vss_bitmap_clear(&index->books_dirty, codebook);
      return VSS_OK;
    }
    stop_waiting(index, index->books[codebook]);
    rc = index->books[codebook] ? detach(index, index->books[codebook]) : VSS_OK;
    if (rc != VSS_OK) return rc;
  }
  VssBook *book;
  rc = vss_book_create_at(index, codebook, &book);
  if (rc != VSS_OK) return rc;
  uint64_t mean_bits = vss_get_u64(bytes + 16);
  book->origin = vss_get_u32(bytes + 8);
  book->trained_count = vss_get_u32(bytes + 12);
  memcpy(&book->trained_rho, &mean_bits, sizeof mean_bits);
  for (int j = 0; j < index->dim; j++) {
    book->codebook.centre[j] = get_f32(bytes + HEADER_BYTES + 4 * (size_t)j);
    book->codebook.step[j] = get_f32(bytes + HEADER_BYTES + 4 * ((size_t)index->dim + (size_t)j));
  }
  vss_codebook_complete(&book->codebook, index->dim);
  book->is_waiting = 1;
  vss_book_use(book);
  vss_bitmap_clear(&index->books_dirty, codebook);
  vss_index_set_latest(index, book);
  return VSS_OK;
}

/* blocks */

int vss_index_save_block(const VssIndex *index, uint32_t block, VssBuffer *out) {
  uint64_t word = block < index->n_blocks ? index->present.words[block] : 0;
  if (!word) return VSS_OK;
  const VssBlock *rows = &index->blocks[block];
  const VssBook *book = rows->book;
  uint64_t start = out->size_bytes;
  append_header(index, 'b', book ? book->id : VSS_NONE, book ? book->greatest_length_sq : 0, word,
                out);
  if (index->padded_dim) {
    for (uint64_t bits = word; bits; bits &= bits - 1)
      append_f32(out, *vss_block_rho(rows, (uint32_t)__builtin_ctzll(bits)));
    for (uint64_t bits = word; bits; bits &= bits - 1)
      append_f32(out, *vss_block_base(rows, (uint32_t)__builtin_ctzll(bits)));
    for (uint64_t bits = word; bits; bits &= bits - 1) {
      const int8_t *line = vss_block_row(index, rows, (uint32_t)__builtin_ctzll(bits));
      for (int j = 0; j < index->dim; j += VSS_LINE_BYTES, line += VSS_GROUP_ROWS * VSS_LINE_BYTES)
        vss_buffer_append(
            out, line,
            (uint64_t)(index->dim - j < VSS_LINE_BYTES ? index->dim - j : VSS_LINE_BYTES));
    }
  }
  return append_crc(index, start, out);
}

/* The numbers of one row that the bounds rely on. */
static int margin_is_sound(const VssMargin *margin) {
  return margin->rho >= 0 && fabsf(margin->base) <= 0x1p120f;
}

/* Rows of the bytes (header checked) into a fresh block. */
static int read_rows(const VssIndex *index, const uint8_t *bytes, uint64_t word, int has_book,
                     VssBlock *rows) {
  size_t n = (size_t)__builtin_popcountll(word), dim = (size_t)index->dim;
  const uint8_t *rho = bytes + HEADER_BYTES, *base = rho + 4 * n, *codes = base + 4 * n;
  int n_wrong = 0;
  for (size_t i = 0; i < n * dim; i++)
    n_wrong += codes[i] == 0x80;
  if (n_wrong) return VSS_CORRUPT;
  for (uint64_t bits = word; bits; bits &= bits - 1, rho += 4, base += 4, codes += dim) {
    VssMargin margin = {get_f32(rho), get_f32(base), 0};
    if (!margin_is_sound(&margin) || (!has_book && margin.rho < INFINITY)) return VSS_CORRUPT;
    vss_block_write(index, rows, (uint32_t)__builtin_ctzll(bits), (const int8_t *)codes, &margin);
  }
  return VSS_OK;
}

/* Put the block (taken over) with these rows in the place of what is there. The place is reserved. */
static void install(VssIndex *index, uint32_t number, uint64_t word, const VssBlock *rows) {
  vss_segment_count(index, number, &index->blocks[number], index->present.words[number], -1);
  vss_block_release(index, &index->blocks[number]);
  index->blocks[number] = *rows;
  index->present.words[number] = word;
  vss_segment_count(index, number, rows, word, +1);
  index->segments[number / VSS_SEGMENT_BLOCKS].n_puts = 0;
  vss_segment_judge(index, number / VSS_SEGMENT_BLOCKS);
  vss_bitmap_clear(&index->dirty, number);
}

int vss_index_load_block(VssIndex *index, uint32_t block, const void *data, uint64_t size_bytes) {
  const uint8_t *bytes = data;
  VssBlock rows = {0};
  uint64_t word = 0;
  VssBook *book = NULL;
  int rc;
  if (block > UINT32_MAX / VSS_BLOCK_ROWS) return VSS_CORRUPT;
  if (size_bytes > 0) {
    rc = check_header(index, 'b', bytes, size_bytes);
    if (rc != VSS_OK) return rc;
    word = vss_get_u64(bytes + 16);
    uint64_t row_bytes = index->padded_dim ? 2 * sizeof(float) + (uint64_t)index->dim : 0;
    if (size_bytes != HEADER_BYTES + (uint64_t)__builtin_popcountll(word) * row_bytes + CRC_BYTES)
      return VSS_CORRUPT;
    rc = check_crc(index, bytes, size_bytes);
    if (rc != VSS_OK) return rc;
    uint32_t id = vss_get_u32(bytes + 8), greatest_length_sq = vss_get_u32(bytes + 12);
    if (id != VSS_NONE) {
      if (id >= index->n_books || !index->books[id]) return VSS_CORRUPT;
      book = index->books[id];
    }
    if (greatest_length_sq > (book ? (uint32_t)index->dim * 127 * 127 : 0)) return VSS_CORRUPT;
    if (index->padded_dim && word) {
      rc = vss_block_allocate(index, &rows);
      if (rc == VSS_OK) rc = read_rows(index, bytes, word, book != NULL, &rows);
      if (rc != VSS_OK) goto done;
      rows.book = book;
      vss_book_use(book);
      stop_waiting(index, book);
      if (book && greatest_length_sq > book->greatest_length_sq)
        book->greatest_length_sq = greatest_length_sq;
    }
  }
  rc = vss_index_reserve(index, block);
  if (rc == VSS_OK) {
    install(index, block, word, &rows);
    memset(&rows, 0, sizeof rows);
  }

done:
  vss_block_release(index, &rows);
  return rc;
}
