/*
** Blocks and codebooks as bytes. All numbers are little-endian. The checksum is of all bytes before
** it: kernel/checksum.h for blocks, and CRC-32 for codebooks.
**
**   block     0  u8   version 3
**             1  u8   kind 'b'
**             2  u8   metric (VssMetric)
**             3  u8   16 times the binary logarithm of the number of parts that the block is
**                     stored in
**             4  u32  dimension
**             8  u32  codebook id; 0xFFFFFFFF (VSS_NONE): none
**            12  u32  the greatest |c|^2 of any row encoded with that codebook, when it was saved
**            16  u64  present: bit i is lane i, of those of the part
**            24       margins, then codes, of each group of four rows that has a row present;
**                     nothing of this for metrics without codes
**                u32  checksum
**
**   margins      f32  rho[4], base[4]
**   codes        i8   code[4][64] of components 0 to 63, then of 64 to 127 ..., and at last
**                     code[4][dimension % 64]; the absent rows of a group are zeros
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
** A block is stored as it lies in memory (kernel/block.h), without what follows from the rest: the
** padding, the high nibbles and the coarse margins. Loading copies it. Loading is validating: the
** length, the header, the checksum, and then every number that the bounds rely on. A correct
** checksum proves nothing about the writer: damaged or forged numbers must not lead to a bound that
** is too high.
**
** An index that holds its vectors is not stored: it is made of the vectors.
**
** Versions 1 and 2 of blocks had their rows one after the other. They are VSS_CORRUPT like every
** other version, and the caller builds the index from the rows.
*/
#include "index/layout.h"
#include "base/little_endian.h"
#include "kernel/checksum.h"
#include "kernel/lines.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* Another version is VSS_CORRUPT to this one, and the caller builds the index from the rows. */
#define CODEBOOK_VERSION 1
#define BLOCK_VERSION    3
#define HEADER_BYTES     24
#define CHECKSUM_BYTES   4
#define PARTS_AT         3 /* in the upper four bits */
#define PARTS_SHIFT      4

static void append_u32(VssBuffer *out, uint32_t value) {
  uint8_t bytes[4];
  vss_put_u32(bytes, value);
  vss_buffer_append(out, bytes, sizeof bytes);
}
/* A float is stored as its bits: NaN and -0 come back as they were. */
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

/* The number of parts, as a header has it. */
static uint8_t parts_code(uint32_t n_parts) {
  return (uint8_t)(vss_lowest_lane(n_parts) << PARTS_SHIFT);
}

/*
** The first 24 bytes: what both kinds share, and two numbers and eight bytes that each kind has of
** its own.
*/
static void append_header(const VssIndex *index, char kind, uint32_t n_parts, uint32_t first,
                          uint32_t second, uint64_t third, VssBuffer *out) {
  uint8_t version = kind == 'b' ? BLOCK_VERSION : CODEBOOK_VERSION;
  uint8_t header[HEADER_BYTES] = {version, (uint8_t)kind, (uint8_t)index->metric,
                                  parts_code(n_parts)};
  vss_put_u32(header + 4, (uint32_t)index->dim);
  vss_put_u32(header + 8, first);
  vss_put_u32(header + 12, second);
  vss_put_u64(header + 16, third);
  vss_buffer_append(out, header, sizeof header);
}

/* The checksum that an item has whose header is right. */
static uint32_t checksum_of(const VssIndex *index, const uint8_t *bytes, uint64_t size_bytes) {
  return bytes[1] == 'b' ? vss_checksum(bytes, (size_t)size_bytes)
                         : vss_crc32_of(&index->crc, bytes, size_bytes);
}

/* Close an item that began at `start`. A buffer that ran out of memory before tells so here. */
static int append_checksum(const VssIndex *index, uint64_t start, VssBuffer *out) {
  if (vss_buffer_status(out) == VSS_OK)
    append_u32(out, checksum_of(index, out->data + start, out->size_bytes - start));
  return vss_buffer_status(out);
}

/* What the header says has to be what this index is. */
static int check_header(const VssIndex *index, char kind, uint32_t n_parts, const uint8_t *bytes,
                        uint64_t size_bytes) {
  if (size_bytes < HEADER_BYTES + CHECKSUM_BYTES) return VSS_CORRUPT;
  uint8_t version = kind == 'b' ? BLOCK_VERSION : CODEBOOK_VERSION;
  if (bytes[0] != version || bytes[1] != (uint8_t)kind || bytes[2] != (uint8_t)index->metric ||
      bytes[PARTS_AT] != parts_code(n_parts))
    return VSS_CORRUPT;
  return vss_get_u32(bytes + 4) == (uint32_t)index->dim ? VSS_OK : VSS_CORRUPT;
}

/* After check_header(). */
static int check_checksum(const VssIndex *index, const uint8_t *bytes, uint64_t size_bytes) {
  uint64_t checked_bytes = size_bytes - CHECKSUM_BYTES;
  uint32_t stored = vss_get_u32(bytes + checked_bytes);
  return checksum_of(index, bytes, checked_bytes) == stored ? VSS_OK : VSS_CORRUPT;
}

/* ---- What has to be saved ---- */

uint32_t vss_index_next_dirty_block(const VssIndex *index, uint32_t from) {
  for (uint32_t block = from; block < index->dirty.n_words; block++)
    if (index->dirty.words[block]) return block;
  return VSS_NONE;
}

uint64_t vss_index_dirty_lanes(const VssIndex *index, uint32_t block) {
  return block < index->dirty.n_words ? index->dirty.words[block] : 0;
}

int vss_index_row_bytes(const VssIndex *index) {
  return index->padded_dim ? index->row_bytes : 0;
}

void vss_index_clean(VssIndex *index) {
  vss_bitmap_clear_all(&index->dirty);
  vss_bitmap_clear_all(&index->codebooks_dirty);
}

uint32_t vss_index_codebook_count(const VssIndex *index) {
  return index->n_codebooks;
}

int vss_index_codebook_dirty(const VssIndex *index, uint32_t id) {
  return vss_bitmap_get(&index->codebooks_dirty, id);
}

/* ---- Codebooks ---- */

static uint64_t stored_codebook_bytes(const VssIndex *index) {
  return HEADER_BYTES + 2 * (uint64_t)index->dim * sizeof(float) + CHECKSUM_BYTES;
}

int vss_index_save_codebook(const VssIndex *index, uint32_t id, VssBuffer *out) {
  const VssSharedCodebook *codebook = id < index->n_codebooks ? index->codebooks[id] : NULL;
  if (!codebook) return VSS_OK;
  /* `inverse` and `centre_length` are not stored: they follow from the rest. */
  uint64_t start = out->size_bytes, mean_bits;
  memcpy(&mean_bits, &codebook->trained_rho, sizeof mean_bits);
  append_header(index, 'c', 1, codebook->origin, codebook->trained_count, mean_bits, out);
  for (int j = 0; j < index->dim; j++)
    append_f32(out, codebook->values.centre[j]);
  for (int j = 0; j < index->dim; j++)
    append_f32(out, codebook->values.step[j]);
  return append_checksum(index, start, out);
}

/*
** Give the codebook another id. The blocks that are encoded with it keep it, and become dirty: they
** are stored with the id of their codebook. A new codebook is made and freed at once, for the id it
** gets: that makes the room, and marks the id dirty.
*/
static int detach(VssIndex *index, VssSharedCodebook *codebook) {
  uint32_t old_id = codebook->id;
  VssSharedCodebook *place;
  int rc = vss_codebook_create(index, &place);
  if (rc != VSS_OK) return rc;
  uint32_t id = place->id;
  place->uses = 1;
  vss_codebook_drop(index, place);
  index->codebooks[id] = codebook;
  index->codebooks[old_id] = NULL;
  codebook->id = id;
  /* All blocks are looked at. This happens only after two connections trained at the same time. */
  for (uint32_t b = 0; b < index->n_blocks; b++)
    if (index->blocks[b].codebook == codebook) index->dirty.words[b] = UINT64_MAX;
  return VSS_OK;
}

/*
** Whether the numbers are those of a codebook: any centre will do, but a step of 0, NaN or Inf
** would not round rows to a grid.
*/
static int codebook_is_sound(const VssIndex *index, const uint8_t *bytes) {
  uint64_t mean_bits = vss_get_u64(bytes + 16);
  double mean;
  memcpy(&mean, &mean_bits, sizeof mean);
  /*
  ** Written so that a NaN fails each test. The mean only decides about tuning, but for that it has
  ** to be a number.
  */
  if (!(mean >= 0 && mean <= (double)FLT_MAX)) return 0;
  const uint8_t *centre = bytes + HEADER_BYTES, *step = centre + 4 * (size_t)index->dim;
  for (int j = 0; j < index->dim; j++, centre += 4, step += 4)
    if (!(fabsf(get_f32(centre)) <= FLT_MAX && get_f32(step) >= FLT_MIN &&
          get_f32(step) <= FLT_MAX))
      return 0;
  return 1;
}

/* Whether the resident codebook would be stored as these bytes. */
static int same_bytes(const VssIndex *index, uint32_t id, const uint8_t *bytes, uint64_t size_bytes,
                      int *out_same) {
  VssBuffer buffer = {0};
  int rc = vss_index_save_codebook(index, id, &buffer);
  if (rc == VSS_OK)
    *out_same =
        buffer.size_bytes == size_bytes && memcmp(buffer.data, bytes, (size_t)size_bytes) == 0;
  vss_buffer_free(&buffer);
  return rc;
}

/* Give back the use that keeps a loaded codebook until its first block is loaded, and uses it. */
static void stop_waiting(VssIndex *index, VssSharedCodebook *codebook) {
  if (!codebook || !codebook->is_waiting) return;
  codebook->is_waiting = 0;
  vss_codebook_drop(index, codebook);
}

int vss_index_load_codebook(VssIndex *index, uint32_t id, const void *data, uint64_t size_bytes) {
  const uint8_t *bytes = data;
  if (!index->padded_dim || vss_holds_vectors(index) || id > VSS_MAX_CODEBOOK ||
      size_bytes != stored_codebook_bytes(index))
    return VSS_CORRUPT;
  int rc = check_header(index, 'c', 1, bytes, size_bytes);
  if (rc == VSS_OK) rc = check_checksum(index, bytes, size_bytes);
  if (rc != VSS_OK) return rc;
  if (!codebook_is_sound(index, bytes)) return VSS_CORRUPT;

  if (id < index->n_codebooks && index->codebooks[id]) {
    /*
    ** The usual case: another connection wrote blocks, and the codebook is the one that is here
    ** already.
    */
    int same;
    rc = same_bytes(index, id, bytes, size_bytes, &same);
    if (rc != VSS_OK) return rc;
    if (same) {
      vss_bitmap_clear(&index->codebooks_dirty, id);
      return VSS_OK;
    }
    /* Giving back a use may have freed it. */
    stop_waiting(index, index->codebooks[id]);
    rc = index->codebooks[id] ? detach(index, index->codebooks[id]) : VSS_OK;
    if (rc != VSS_OK) return rc;
  }
  VssSharedCodebook *codebook;
  rc = vss_codebook_create_at(index, id, &codebook);
  if (rc != VSS_OK) return rc;
  uint64_t mean_bits = vss_get_u64(bytes + 16);
  codebook->origin = vss_get_u32(bytes + 8);
  codebook->trained_count = vss_get_u32(bytes + 12);
  memcpy(&codebook->trained_rho, &mean_bits, sizeof mean_bits);
  for (int j = 0; j < index->dim; j++) {
    codebook->values.centre[j] = get_f32(bytes + HEADER_BYTES + 4 * (size_t)j);
    codebook->values.step[j] = get_f32(bytes + HEADER_BYTES + 4 * ((size_t)index->dim + (size_t)j));
  }
  vss_codebook_complete(&codebook->values, index->dim);
  /*
  ** Nothing uses it yet: without this use, the next codebook loaded would free it as no longer the
  ** latest.
  */
  codebook->is_waiting = 1;
  vss_codebook_use(codebook);
  vss_bitmap_clear(&index->codebooks_dirty, id);
  vss_index_set_latest(index, codebook);
  return VSS_OK;
}

/* ---- Blocks ---- */

int vss_index_save_part(const VssIndex *index, uint32_t block, uint32_t n_parts, uint32_t part,
                        VssBuffer *out) {
  assert(!vss_holds_vectors(index));
  uint64_t word = block < index->n_blocks ? index->present.words[block] : 0;
  word &= vss_part_lanes(n_parts, part);
  /* The header of a part says how many there are, and so it is there without rows as well. */
  if (!word && n_parts == 1) return VSS_OK;
  const VssBlock *rows = word ? &index->blocks[block] : NULL;
  const VssSharedCodebook *codebook = rows ? rows->codebook : NULL;
  uint64_t start = out->size_bytes;
  append_header(index, 'b', n_parts, codebook ? codebook->id : VSS_NONE,
                codebook ? codebook->greatest_length_sq : 0, word, out);
  if (index->padded_dim && word) vss_block_append(index, rows, word, out);
  return append_checksum(index, start, out);
}

int vss_index_save_block(const VssIndex *index, uint32_t block, VssBuffer *out) {
  return vss_index_save_part(index, block, 1, 0, out);
}

uint32_t vss_index_saved_parts(const void *data, uint64_t size_bytes) {
  /* An empty block in one part. */
  if (size_bytes == 0) return 1;
  if (size_bytes < HEADER_BYTES) return 0;
  uint32_t exponent = ((const uint8_t *)data)[PARTS_AT] >> PARTS_SHIFT;
  return UINT32_C(1) << exponent <= VSS_MOST_PARTS ? UINT32_C(1) << exponent : 0;
}

/*
** A rho that is NaN or negative, or a base that is not small, would make bounds that are not
** bounds; VssMargin has the limits.
*/
static int margin_is_sound(const VssMargin *margin) {
  return margin->rho >= 0 && fabsf(margin->base) <= 0x1p120f;
}

/* What the header of a stored block or part says. */
typedef struct StoredBlock {
  uint64_t lanes; /* which it is about */
  uint64_t word;  /* those of them with a row */
  VssSharedCodebook *codebook;
  uint32_t greatest_length_sq;
} StoredBlock;

/* Check all of a stored block except the numbers of its rows. */
static int read_block_header(const VssIndex *index, uint32_t n_parts, const uint8_t *bytes,
                             uint64_t size_bytes, StoredBlock *inout_stored) {
  int rc = check_header(index, 'b', n_parts, bytes, size_bytes);
  if (rc != VSS_OK) return rc;
  StoredBlock stored = {inout_stored->lanes, vss_get_u64(bytes + 16), NULL,
                        vss_get_u32(bytes + 12)};
  if (stored.word & ~stored.lanes) return VSS_CORRUPT;
  uint64_t rows_bytes =
      index->padded_dim ? vss_block_stored_bytes(index->row_bytes, stored.word) : 0;
  if (size_bytes != HEADER_BYTES + rows_bytes + CHECKSUM_BYTES) return VSS_CORRUPT;
  rc = check_checksum(index, bytes, size_bytes);
  if (rc != VSS_OK) return rc;
  uint32_t id = vss_get_u32(bytes + 8);
  if (id != VSS_NONE) {
    if (id >= index->n_codebooks || !index->codebooks[id]) return VSS_CORRUPT;
    stored.codebook = index->codebooks[id];
  }
  /* |c_j| is at most this, so that a row has at most dim times its square as |c|^2; without a
  ** codebook there are no codes that bounds are made of. */
  uint32_t most = stored.codebook ? (uint32_t)index->dim * 127 * 127 : 0;
  if (stored.greatest_length_sq > most) return VSS_CORRUPT;
  *inout_stored = stored;
  return VSS_OK;
}

/*
** Check the numbers of the rows of a stored block, those of absent rows as well: kernels compute
** with whatever stands in a group.
*/
static int check_rows(const VssIndex *index, const uint8_t *bytes, const StoredBlock *stored) {
  const uint8_t *margins = bytes + HEADER_BYTES;
  for (uint64_t groups = vss_block_groups(stored->word); groups; groups &= groups - 1) {
    for (uint32_t r = 0; r < VSS_GROUP_ROWS; r++, margins += 4) {
      VssMargin margin = {get_f32(margins), get_f32(margins + 4 * VSS_GROUP_ROWS), 0};
      int is_present = stored->word >> (vss_lowest_lane(groups) + r) & 1;
      if (!margin_is_sound(&margin) || (is_present && !stored->codebook && margin.rho < INFINITY))
        return VSS_CORRUPT;
    }
    margins += 4 * VSS_GROUP_ROWS;
  }
  size_t n_rows = (size_t)vss_count_lanes(vss_block_groups(stored->word)) * VSS_GROUP_ROWS;
  return vss_codes_are_sound(margins, n_rows * (size_t)index->dim) ? VSS_OK : VSS_CORRUPT;
}

/*
** Put the rows of a stored part in the place of those that are there. Everything was checked, and
** the block has a place where the part has codes; is_new: that place was just made, and its memory
** is undefined. Cannot fail.
*/
static void install(VssIndex *index, uint32_t number, const uint8_t *bytes,
                    const StoredBlock *stored, int is_new) {
  VssBlock *block = &index->blocks[number];
  VssSegment *segment = &index->segments[number / VSS_SEGMENT_BLOCKS];
  uint64_t replaced = stored->lanes;
  /* The codes of a block have one codebook. */
  if (is_new || (stored->word && block->codebook != stored->codebook)) replaced = UINT64_MAX;
  vss_segment_count(index, number, block, index->present.words[number] & replaced, -1);
  uint64_t others = index->present.words[number] & ~replaced;
  if (index->padded_dim && stored->word) {
    /* In this order, since the two may be the same. */
    vss_codebook_use(stored->codebook);
    vss_codebook_drop(index, block->codebook);
    block->codebook = stored->codebook;
    stop_waiting(index, stored->codebook);
    if (stored->codebook) vss_codebook_stretch(stored->codebook, stored->greatest_length_sq);
    vss_block_fill(index, block, replaced, stored->word, bytes + HEADER_BYTES);
  } else if (!others) {
    vss_block_release(index, number);
  }
  index->present.words[number] = others | stored->word;
  vss_segment_count(index, number, block, stored->word, +1);
  segment->n_puts = 0;
  vss_segment_judge(index, number / VSS_SEGMENT_BLOCKS);
  index->dirty.words[number] &= ~stored->lanes;
}

int vss_index_load_part(VssIndex *index, uint32_t block, uint32_t n_parts, uint32_t part,
                        const void *data, uint64_t size_bytes) {
  const uint8_t *bytes = data;
  StoredBlock stored = {.lanes = vss_part_lanes(n_parts, part)};
  int rc = VSS_OK;
  /* Its slots have to be slots. */
  if (block > UINT32_MAX / VSS_BLOCK_ROWS || vss_holds_vectors(index)) return VSS_CORRUPT;
  if (size_bytes > 0) rc = read_block_header(index, n_parts, bytes, size_bytes, &stored);
  int has_codes = index->padded_dim && stored.word;
  if (rc == VSS_OK && has_codes) rc = check_rows(index, bytes, &stored);
  if (rc == VSS_OK) rc = vss_index_reserve(index, block);
  /* Nothing fails between here and install(), which fills the block. */
  int is_new = has_codes && rc == VSS_OK && !index->blocks[block].codes;
  if (is_new) rc = vss_block_place(index, block);
  if (rc == VSS_OK) install(index, block, bytes, &stored, is_new);
  return rc;
}

int vss_index_load_block(VssIndex *index, uint32_t block, const void *data, uint64_t size_bytes) {
  return vss_index_load_part(index, block, 1, 0, data, size_bytes);
}
