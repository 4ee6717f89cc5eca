/*
** The rows of a resident index: which of them have an embedding, its code, and whether it has
** changed.
**
**   rowid          slot   index->rows (index/resident.h)   index->hashes
**      3   ----     0     code of its embedding            hash of the embedding as it is stored
**      8   ----     1     code of its embedding            hash of the embedding as it is stored
**      9    no embedding, so that it is not known here
**
** Encoding a row costs far more than hashing it. A pass over a table of which a few rows have
** changed encodes those few.
*/
#include "faiss/faiss.h"

#include <string.h>

/* The list of written rows stays: it is about the table, whatever is known of it here. */
void vss_faiss_rows_clear(VssFaissIndex *index) {
  vss_resident_free(&index->rows);
  vss_free(index->hashes);
  index->hashes = NULL;
  index->hashes_capacity = 0;
  index->dim = 0;
}

/*
** A hash of a value's type and bytes, 8 bytes per step. Each step is a one-to-one mapping of the
** state, so that two values of one length that differ in a single step never collide. The seed is
** random: nobody can prepare rows that look unchanged.
*/
static uint64_t hash_value(const VssFaissIndex *index, const VssValue *value) {
  const uint64_t multiplier = 0x9E3779B97F4A7C15u; /* 2^64 / golden ratio: odd, bits well spread */
  uint64_t hash =
      (index->hash_seed ^ ((uint64_t)value->type << 32 | value->size_bytes)) * multiplier;
  const uint8_t *bytes = value->bytes;
  uint32_t left_bytes = value->size_bytes;
  while (left_bytes > 0) {
    uint64_t word = 0;
    uint32_t n_bytes = left_bytes < sizeof word ? left_bytes : (uint32_t)sizeof word;
    memcpy(&word, bytes, n_bytes);
    hash = (hash ^ word) * multiplier;
    hash ^= hash >> 29;
    bytes += n_bytes;
    left_bytes -= n_bytes;
  }
  return hash;
}

/* Room for the hash of a slot. It grows with the slot map, so that it is rarely called for. */
static int reserve_hash(VssFaissIndex *index, uint32_t slot) {
  if (slot < index->hashes_capacity) return VSS_OK;
  uint32_t capacity = index->rows.map.capacity > slot ? index->rows.map.capacity : slot + 1;
  uint64_t *hashes = vss_realloc(index->hashes, (uint64_t)capacity * sizeof *hashes);
  if (!hashes) return VSS_NOMEM;
  index->hashes = hashes;
  index->hashes_capacity = capacity;
  return VSS_OK;
}

/* An error that names the row whose embedding cannot be used. */
static int row_error(const VssFaissIndex *index, sqlite3_int64 rowid, const char *text,
                     VssFaissFailure *failure) {
  return vss_fail(&failure->error, VSS_INVALID, "%.80s.%.80s: embedding of row %lld: %s",
                  index->target.schema, index->target.table, (long long)rowid, text);
}

/* VssRowReader: the embedding of a row as it is in the table now. */
static int read_embedding(void *context, int vector, int64_t rowid, float *out_vector) {
  VssFaissIndex *index = context;
  VssVectorView row = {0};
  VssError ignored = {0};
  (void)vector;
  sqlite3_bind_int64(index->embedding, 1, rowid);
  int rc = sqlite3_step(index->embedding);
  int code;
  if (rc == SQLITE_DONE) {
    /* The row is gone and was not listed: the last line of the table at the top of this file. */
    index->touched.all = 1;
    code = VSS_MISSING;
  } else if (rc != SQLITE_ROW) {
    code = vss_faiss_database_failure(index->db, index->failure);
  } else {
    code = vss_value_vector_view(sqlite3_column_value(index->embedding, 0), index->dim, &row,
                                 &ignored);
    if (code == VSS_OK) memcpy(out_vector, row.data, (size_t)(row.dim * sizeof(float)));
    /* Training may meet a row that has changed, to another length for example, and that this pass
    ** over the table has not reached yet. For the training it does not count. */
    if (code == VSS_INVALID) code = VSS_MISSING;
    vss_value_vector_release(&row);
  }
  sqlite3_reset(index->embedding);
  return code;
}

/* The first embedding decides the dimension of the index. On failure there are no rows. */
static int start_rows(VssFaissIndex *index, uint64_t dim) {
  VssVectorShape shape = {.metric = VSS_METRIC_L2, .dim = (int)dim};
  VssRowReader reader = {index, NULL, read_embedding, NULL};
  int code = vss_resident_init(&index->rows, &shape, 1, reader);
  if (code == VSS_OK) code = vss_resident_start(&index->rows);
  if (code == VSS_OK) {
    index->dim = dim;
  } else {
    vss_resident_free(&index->rows);
  }
  return code;
}

/* Encode the embedding of a row that is new or changed. */
static int put_embedding(VssFaissIndex *index, sqlite3_int64 rowid, const VssVectorView *row,
                         uint64_t hash, uint32_t *out_slot, VssFaissFailure *failure) {
  if (row->dim == 0)
    return row_error(index, rowid, "vector has 0 components, expected at least 1", failure);
  int code = index->dim == 0 ? start_rows(index, row->dim) : VSS_OK;
  if (code != VSS_OK) return code;
  if (row->dim != index->dim) {
    char text[96];
    sqlite3_snprintf(sizeof text, text, "vector has %llu components, the rows before have %llu",
                     (unsigned long long)row->dim, (unsigned long long)index->dim);
    row_error(index, rowid, text, failure);
    return VSS_FAISS_OTHER_DIMENSION;
  }
  code = vss_resident_put(&index->rows, rowid, VSS_NONE, &row->data, out_slot);
  if (code == VSS_OK) code = reserve_hash(index, *out_slot);
  if (code == VSS_OK) index->hashes[*out_slot] = hash;
  return code;
}

/*
** The hash is taken of the value as SQLite gives it, and compared before anything is parsed. A row
** that is written again with the same bytes costs one pass over them.
*/
int vss_faiss_rows_follow(VssFaissIndex *index, sqlite3_int64 rowid, sqlite3_value *embedding,
                          uint32_t *out_slot, VssFaissFailure *failure) {
  VssValue value = {.type = VSS_NULL};
  *out_slot = VSS_NONE;
  index->n_rows_read++;
  int code = embedding ? vss_value_borrow(embedding, &value) : VSS_OK;
  if (code != VSS_OK) return code;
  if (value.type == VSS_NULL) return vss_resident_drop(&index->rows, rowid);
  /* Type and length are part of the hash: '[1]' as TEXT is another value than its bytes as a BLOB.
  */
  uint64_t hash = hash_value(index, &value);
  *out_slot = vss_idmap_find(&index->rows.map, rowid);
  if (*out_slot != VSS_NONE && index->hashes[*out_slot] == hash) return VSS_OK;
  VssError inner = {0};
  VssVectorView row = {0};
  code = vss_value_vector_view(embedding, 0, &row, &inner);
  if (code == VSS_INVALID) return row_error(index, rowid, inner.text, failure);
  if (code == VSS_OK) code = put_embedding(index, rowid, &row, hash, out_slot, failure);
  vss_value_vector_release(&row);
  return code;
}
