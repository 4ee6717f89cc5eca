/*
** The resident index of one ordinary table, never stale.
**
** It holds 8-bit codes and rowids (index/index.h, base/idmap.h) and reads embeddings and ids from the table itself. Each
** search first comes into step with the table, inside one read transaction that the statement `pin` holds open:
**
**   what may have happened since          how it shows                              what is done
**   rows written by this connection       their rowids are in `touched` (watch.c)   those rows are read again
**   a transaction or savepoint undone     the same: rowids stay listed until a      those rows are read again
**                                         search finds no transaction writing
**   too many rows written                 touched.all                               every row is read
**   commits of other connections          PRAGMA data_version                       every row is read
**   CREATE, DROP, ALTER, VACUUM, DETACH,  SQLite had to prepare `pin` again         described anew, every row is read
**   and the undoing of these
**   DELETE of all rows by a statement     the ranking finds rows missing and        every row is read next time
**   older than the hook (SQLite clears    passes over them
**   the table without telling)
**
** Without the preupdate hook (vss_faiss_is_hooked() == 0) this connection's writes show as a changed
** SQLITE_FCNTL_DATA_VERSION or as a transaction that has written, and then every row is read.
**
** Reading every row costs a pass over the table, but only rows whose bytes changed (by a 64-bit hash) are encoded.
*/
#include "faiss/faiss.h"

#include "kernel/metric.h"
#include "sqlite/stop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An embedding of another length than the index has. Never leaves this file. */
enum { OTHER_DIMENSION = 1000 };

static void finalize_statements(VssFaissIndex *index) {
  sqlite3_finalize(index->pin);
  sqlite3_finalize(index->version);
  sqlite3_finalize(index->embedding);
  sqlite3_finalize(index->id);
  index->pin = index->version = index->embedding = index->id = NULL;
}

/* Forget every row. */
static void clear_rows(VssFaissIndex *index) {
  vss_index_free(index->codes);
  index->codes = NULL;
  vss_idmap_free(&index->rows);
  memset(&index->rows, 0, sizeof index->rows);
  vss_free(index->hashes);
  index->hashes = NULL;
  index->hashes_capacity = 0;
  index->dim = 0;
  index->in_step = 0;
}

void vss_faiss_index_free(VssFaissIndex *index) {
  if (!index) return;
  finalize_statements(index);
  clear_rows(index);
  vss_free(index->touched.rowids);
  vss_faiss_target_free(&index->target);
  vss_free(index);
}

int vss_faiss_index_create(sqlite3 *db, const VssFaissTarget *target, VssFaissIndex **out_index) {
  VssFaissIndex *index = vss_calloc(1, sizeof *index);
  if (!index) return VSS_NOMEM;
  index->db = db;
  sqlite3_randomness((int)sizeof index->hash_seed, &index->hash_seed);
  size_t schema_size_bytes = strlen(target->schema) + 1;
  size_t table_size_bytes = strlen(target->table) + 1;
  index->target.schema = vss_malloc(schema_size_bytes);
  index->target.table = vss_malloc(table_size_bytes);
  if (!index->target.schema || !index->target.table) {
    vss_faiss_index_free(index);
    return VSS_NOMEM;
  }
  memcpy(index->target.schema, target->schema, schema_size_bytes);
  memcpy(index->target.table, target->table, table_size_bytes);
  *out_index = index;
  return VSS_OK;
}

uint64_t vss_faiss_index_memory(const VssFaissIndex *index) {
  uint64_t size_bytes = sizeof *index + vss_idmap_memory(&index->rows) +
                        (uint64_t)index->hashes_capacity * sizeof *index->hashes +
                        (uint64_t)index->touched.capacity * sizeof *index->touched.rowids;
  if (index->codes) size_bytes += vss_index_memory(index->codes);
  return size_bytes;
}

/* Right after a failed step. */
static int database_failure(VssFaissIndex *index) {
  return vss_faiss_database_failure(index->db, index->failure);
}

/* The statements of a table as it is described now. */
static int prepare_statements(VssFaissIndex *index, const VssFaissShape *shape) {
  const char *schema = index->target.schema;
  const char *table = index->target.table;
  const char *rowid = shape->rowid_name;
  sqlite3 *db = index->db;
  finalize_statements(index);
  index->rowid_name = rowid;
  VssFaissFailure *failure = index->failure;
  unsigned keep = SQLITE_PREPARE_PERSISTENT; /* these serve many searches */
  int code = vss_faiss_prepare(db, keep, &index->pin, failure,
                               "select t.%s from \"%w\".\"%w\" as t", rowid, schema, table);
  if (code == VSS_OK) {
    code =
        vss_faiss_prepare(db, keep, &index->version, failure, "PRAGMA \"%w\".data_version", schema);
  }
  if (code == VSS_OK) {
    code = vss_faiss_prepare(db, keep, &index->embedding, failure,
                             "select t.\"embedding\" from \"%w\".\"%w\" as t where t.%s = ?1",
                             schema, table, rowid);
  }
  if (code == VSS_OK) {
    code = vss_faiss_prepare(db, keep, &index->id, failure,
                             "select t.\"id\" from \"%w\".\"%w\" as t where t.%s = ?1", schema,
                             table, rowid);
  }
  return code;
}

/*
** Rows
*/

/* A mix of 8 bytes a step, one to one in each. Seeded at random, so that no one can make rows that look unchanged. */
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

static int reserve_hash(VssFaissIndex *index, uint32_t slot) {
  if (slot < index->hashes_capacity) return VSS_OK;
  uint32_t capacity = index->rows.capacity > slot ? index->rows.capacity : slot + 1;
  uint64_t *hashes = vss_realloc(index->hashes, (uint64_t)capacity * sizeof *hashes);
  if (!hashes) return VSS_NOMEM;
  index->hashes = hashes;
  index->hashes_capacity = capacity;
  return VSS_OK;
}

static void remove_row(VssFaissIndex *index, sqlite3_int64 rowid) {
  uint32_t slot = vss_idmap_find(&index->rows, rowid);
  if (slot == VSS_NONE) return;
  vss_index_remove(index->codes, slot);
  vss_idmap_remove(&index->rows, rowid);
}

static int row_error(const VssFaissIndex *index, sqlite3_int64 rowid, const char *text,
                     VssFaissFailure *failure) {
  return vss_fail(&failure->error, VSS_INVALID, "%.80s.%.80s: embedding of row %lld: %s",
                  index->target.schema, index->target.table, (long long)rowid, text);
}

/* Encode a row that is new or changed. */
static int put_row(VssFaissIndex *index, sqlite3_int64 rowid, sqlite3_value *embedding,
                   uint64_t hash, uint32_t *out_slot, VssFaissFailure *failure) {
  VssError inner = {0};
  VssVectorView row = {0};
  int code = vss_value_vector_view(embedding, 0, &row, &inner);
  if (code == VSS_INVALID) return row_error(index, rowid, inner.text, failure);
  if (code != VSS_OK) return code;
  if (row.dim == 0) {
    code = row_error(index, rowid, "vector has 0 components, expected at least 1", failure);
    goto done;
  }
  if (!index->codes) {
    code = vss_index_create(VSS_METRIC_L2, (int)row.dim, &index->codes);
    if (code != VSS_OK) goto done;
    index->dim = row.dim;
  }
  if (row.dim != index->dim) {
    char text[96];
    sqlite3_snprintf(sizeof text, text, "vector has %llu components, the rows before have %llu",
                     (unsigned long long)row.dim, (unsigned long long)index->dim);
    row_error(index, rowid, text, failure);
    code = OTHER_DIMENSION;
    goto done;
  }
  uint32_t slot = vss_idmap_find(&index->rows, rowid);
  int is_new = slot == VSS_NONE;
  code = vss_idmap_add(&index->rows, rowid, &slot);
  if (code != VSS_OK) goto done;
  code = reserve_hash(index, slot);
  if (code == VSS_OK) code = vss_index_put(index->codes, slot, row.data);
  if (code != VSS_OK) {
    if (is_new) vss_idmap_remove(&index->rows, rowid);
    goto done;
  }
  index->hashes[slot] = hash;
  *out_slot = slot;
done:
  vss_value_vector_release(&row);
  return code;
}

/* VssFetchRow: the vector of a row as it is in the table now. */
static int fetch_row(void *context, int64_t rowid, float *out_vector) {
  VssFaissIndex *index = context;
  VssVectorView row = {0};
  VssError ignored = {0};
  sqlite3_bind_int64(index->embedding, 1, rowid);
  int rc = sqlite3_step(index->embedding);
  int code;
  if (rc == SQLITE_DONE) {
    /* Only possible where rows went without notice; see the table at the top of this file. */
    index->touched.all = 1;
    code = VSS_MISSING;
  } else if (rc != SQLITE_ROW) {
    code = database_failure(index);
  } else {
    code = vss_value_vector_view(sqlite3_column_value(index->embedding, 0), index->dim, &row,
                                 &ignored);
    if (code == VSS_OK) memcpy(out_vector, row.data, (size_t)(row.dim * sizeof(float)));
    /* Training while coming into step may meet a row that has changed and has not been read yet. */
    if (code == VSS_INVALID) code = VSS_MISSING;
    vss_value_vector_release(&row);
  }
  sqlite3_reset(index->embedding);
  return code;
}

/* VssFetch, for training. */
static int fetch_slot(void *context, uint32_t slot, float *out_vector) {
  VssFaissIndex *index = context;
  return fetch_row(index, index->rows.rowids[slot], out_vector);
}

static int tune(VssFaissIndex *index) {
  if (!index->codes || !vss_index_wants_tuning(index->codes)) return VSS_OK;
  return vss_index_tune(index->codes, fetch_slot, index);
}

/*
** Coming into step
*/

/* Read every row; encode those that are new or changed, drop those that are gone. */
static int read_rows(VssFaissIndex *index, sqlite3_stmt *scan, VssBitmap *seen,
                     VssFaissFailure *failure) {
  int rc;
  while ((rc = sqlite3_step(scan)) == SQLITE_ROW) {
    index->n_rows_read++;
    sqlite3_int64 rowid = sqlite3_column_int64(scan, 0);
    sqlite3_value *embedding = sqlite3_column_value(scan, 1);
    VssValue value = {.type = VSS_NULL};
    int code = vss_value_borrow(embedding, &value);
    if (code != VSS_OK) return code;
    if (value.type == VSS_NULL) continue;
    uint64_t hash = hash_value(index, &value);
    uint32_t slot = vss_idmap_find(&index->rows, rowid);
    if (slot == VSS_NONE || index->hashes[slot] != hash) {
      code = put_row(index, rowid, embedding, hash, &slot, failure);
      if (code == VSS_OK) code = tune(index);
    }
    if (code == VSS_OK) code = vss_bitmap_set(seen, slot);
    if (code != VSS_OK) return code;
  }
  return rc == SQLITE_DONE ? VSS_OK : database_failure(index);
}

static int scan_table(VssFaissIndex *index, VssFaissFailure *failure) {
  sqlite3_stmt *scan = NULL;
  VssBitmap seen = {0};
  index->n_scans++;
  int code = vss_faiss_prepare(index->db, 0, &scan, failure,
                               "select t.%s, t.\"embedding\" from \"%w\".\"%w\" as t",
                               index->rowid_name, index->target.schema, index->target.table);
  if (code == VSS_OK) code = read_rows(index, scan, &seen, failure);
  if (code == VSS_OK) {
    for (uint32_t slot = 0; slot < index->rows.n_slots; slot++) {
      if (vss_bitmap_get(&index->rows.live, slot) && !vss_bitmap_get(&seen, slot)) {
        remove_row(index, index->rows.rowids[slot]);
      }
    }
  }
  sqlite3_finalize(scan);
  vss_bitmap_free(&seen);
  return code;
}

static int compare_rowids(const void *a, const void *b) {
  sqlite3_int64 x = *(const sqlite3_int64 *)a;
  sqlite3_int64 y = *(const sqlite3_int64 *)b;
  return (x > y) - (x < y);
}

/* One listed row, whatever became of it. */
static int reread_row(VssFaissIndex *index, sqlite3_int64 rowid, VssFaissFailure *failure) {
  index->n_rows_read++;
  sqlite3_bind_int64(index->embedding, 1, rowid);
  int rc = sqlite3_step(index->embedding);
  int code = VSS_OK;
  uint32_t slot;
  if (rc == SQLITE_DONE ||
      (rc == SQLITE_ROW && sqlite3_column_type(index->embedding, 0) == SQLITE_NULL)) {
    remove_row(index, rowid);
  } else if (rc != SQLITE_ROW) {
    code = database_failure(index);
  } else {
    sqlite3_value *embedding = sqlite3_column_value(index->embedding, 0);
    VssValue value = {.type = VSS_NULL};
    code = vss_value_borrow(embedding, &value);
    uint64_t hash = code == VSS_OK ? hash_value(index, &value) : 0;
    slot = vss_idmap_find(&index->rows, rowid);
    if (code == VSS_OK && (slot == VSS_NONE || index->hashes[slot] != hash)) {
      code = put_row(index, rowid, embedding, hash, &slot, failure);
    }
  }
  sqlite3_reset(index->embedding);
  return code;
}

static int reread_touched(VssFaissIndex *index, VssFaissFailure *failure) {
  VssFaissTouched *touched = &index->touched;
  if (touched->count == 0) return VSS_OK;
  qsort(touched->rowids, touched->count, sizeof *touched->rowids, compare_rowids);
  uint32_t n_unique = 0;
  for (uint32_t i = 0; i < touched->count; i++) {
    if (i > 0 && touched->rowids[i] == touched->rowids[i - 1]) continue;
    touched->rowids[n_unique++] = touched->rowids[i];
  }
  touched->count = n_unique;
  int code = VSS_OK;
  for (uint32_t i = 0; i < n_unique && code == VSS_OK; i++) {
    code = reread_row(index, touched->rowids[i], failure);
  }
  if (code == VSS_OK) code = tune(index);
  return code;
}

/* What says that rows changed without being listed. */
typedef struct Evidence {
  int pin_reprepares;
  sqlite3_int64 data_version;
  uint32_t file_version;
  int writing; /* a transaction of ours has written to this schema and may yet be undone */
} Evidence;

static int read_evidence(VssFaissIndex *index, Evidence *out_evidence) {
  Evidence now = {0};
  now.pin_reprepares = sqlite3_stmt_status(index->pin, SQLITE_STMTSTATUS_REPREPARE, 0);
  int rc = sqlite3_step(index->version);
  if (rc == SQLITE_ROW) now.data_version = sqlite3_column_int64(index->version, 0);
  sqlite3_reset(index->version);
  if (rc != SQLITE_ROW) return database_failure(index);
  if (!vss_faiss_is_hooked()) {
    sqlite3_file_control(index->db, index->target.schema, SQLITE_FCNTL_DATA_VERSION,
                         &now.file_version);
  }
  now.writing = sqlite3_txn_state(index->db, index->target.schema) == SQLITE_TXN_WRITE;
  *out_evidence = now;
  return VSS_OK;
}

static int must_scan(const VssFaissIndex *index, const Evidence *now) {
  return !index->in_step || index->touched.all || now->pin_reprepares != index->pin_reprepares ||
         now->data_version != index->data_version || now->file_version != index->file_version ||
         (!vss_faiss_is_hooked() && now->writing);
}

/* With `pin` on its first row. */
static int come_into_step(VssFaissIndex *index, VssFaissFailure *failure) {
  Evidence now = {0};
  VssFaissFailure first = {0};
  int code = read_evidence(index, &now);
  if (code != VSS_OK) return code;
  int was_in_step = index->in_step;
  int had_rows = index->codes != NULL;
  code = must_scan(index, &now) ? scan_table(index, &first) : reread_touched(index, &first);
  if (code == OTHER_DIMENSION && had_rows) {
    /* Rows of a new length came to an index of the old one: start afresh before calling it an error. */
    clear_rows(index);
    code = scan_table(index, failure);
  } else if (code != VSS_OK && !failure->error.text[0]) {
    *failure = first; /* what SQLite said is noted in `failure` already */
  }
  if (code == OTHER_DIMENSION) code = VSS_INVALID;
  if (code != VSS_OK) {
    /* Half in step is not a state: training may have encoded rows whose hash is still the old one. */
    clear_rows(index);
    return code;
  }
  index->in_step = 1;
  index->pin_reprepares = now.pin_reprepares;
  index->data_version = now.data_version;
  index->file_version = now.file_version;
  if (!now.writing) {
    index->touched.count = 0;
    index->touched.all = 0;
  } else if (!was_in_step || !vss_faiss_is_hooked()) {
    /* What this transaction wrote before we watched is not listed, and it may be undone. */
    index->touched.all = 1;
  }
  return VSS_OK;
}

/*
** Searching
*/

static int write_hit(VssFaissIndex *index, const VssHit *hit, int with_scores, VssBuffer *text,
                     VssFaissFailure *failure) {
  sqlite3_bind_int64(index->id, 1, hit->rowid);
  int rc = sqlite3_step(index->id);
  int code;
  if (rc == SQLITE_ROW) {
    VssValue id = {.type = VSS_NULL};
    code = vss_value_borrow(sqlite3_column_value(index->id, 0), &id);
    if (code == VSS_OK)
      code = vss_faiss_append_hit(text, &id, hit->distance, with_scores, &failure->error);
  } else {
    code = rc == SQLITE_DONE ? VSS_CORRUPT : database_failure(index);
  }
  sqlite3_reset(index->id);
  return code;
}

static int rank_rows(VssFaissIndex *index, const VssFaissQuery *query, VssBuffer *text,
                     VssFaissFailure *failure) {
  VssRank *rank = NULL;
  VssRankRequest request = {
      .scan = {.queries = query->vector,
               .n_queries = 1,
               .max_key = INFINITY,
               .stop = vss_stop_of_connection(index->db)},
      .rowids = index->rows.rowids,
      .k_hint = query->k < index->rows.n_live ? query->k : index->rows.n_live,
  };
  int code = vss_rank_open(index->codes, &request, &rank);
  int done = 0;
  for (uint64_t n = 0; code == VSS_OK && n < query->k; n++) {
    VssHit hit;
    code = vss_rank_next(rank, fetch_row, index, &hit, &done);
    if (code != VSS_OK || done) break;
    code = write_hit(index, &hit, query->with_scores, text, failure);
  }
  vss_rank_free(rank);
  return code;
}

/* With `pin` on its first row: the table cannot change until it is reset. */
static int search_pinned(VssFaissIndex *index, const VssFaissQuery *query, VssBuffer *text,
                         VssFaissFailure *failure) {
  int code = come_into_step(index, failure);
  if (code != VSS_OK) return code;
  if (index->rows.n_live > 0) {
    if (query->dim != index->dim) {
      return vss_fail(&failure->error, VSS_INVALID,
                      "embedding has %llu components, those of %.80s.%.80s have %llu",
                      (unsigned long long)query->dim, index->target.schema, index->target.table,
                      (unsigned long long)index->dim);
    }
    code = rank_rows(index, query, text, failure);
  }
  return code;
}

/* Prepare the statements for the table as it is now; *out_without_index = 1 where it has no rowid. */
static int describe_table(VssFaissIndex *index, int *out_without_index, VssFaissFailure *failure) {
  VssFaissShape shape = {NULL};
  finalize_statements(index);
  int code = vss_faiss_target_describe(index->db, &index->target, &shape, failure);
  if (code == VSS_OK && !shape.rowid_name) {
    *out_without_index = 1;
    return VSS_OK;
  }
  if (code == VSS_OK) code = prepare_statements(index, &shape);
  if (code != VSS_OK) {
    finalize_statements(index); /* all or none: `pin` stands for the others */
    return code;
  }
  /* No count of the new statement equals this: every row will be read, and compared by its hash. */
  index->pin_reprepares = -1;
  return VSS_OK;
}

static int count_reprepares(VssFaissIndex *index) {
  return sqlite3_stmt_status(index->pin, SQLITE_STMTSTATUS_REPREPARE, 0);
}

/*
** Put `pin` on the first row: *out_pinned = 1. It stays 0 for an empty table and for one without a rowid. The
** statements are prepared when they are not, and again when the schema has changed since.
*/
static int pin_table(VssFaissIndex *index, int *out_pinned, int *out_without_index,
                     VssFaissFailure *failure) {
  int rc = SQLITE_SCHEMA;
  if (index->pin) {
    int reprepares = count_reprepares(index);
    rc = sqlite3_step(index->pin);
    if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED) return database_failure(index);
    if (count_reprepares(index) != reprepares) rc = SQLITE_SCHEMA;
  }
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
    int code = describe_table(index, out_without_index, failure);
    if (code != VSS_OK || *out_without_index) return code;
    rc = sqlite3_step(index->pin);
  }
  *out_pinned = rc == SQLITE_ROW;
  return rc == SQLITE_ROW || rc == SQLITE_DONE ? VSS_OK : database_failure(index);
}

int vss_faiss_index_search(VssFaissIndex *index, const VssFaissQuery *query, VssBuffer *text,
                           VssFaissFailure *failure) {
  int pinned = 0;
  int without_index = 0;
  index->failure = failure;
  int code = pin_table(index, &pinned, &without_index, failure);
  if (code == VSS_OK && pinned) {
    code = search_pinned(index, query, text, failure);
  } else if (code == VSS_OK) {
    /* Empty, or to be searched without an index: nothing to keep. */
    clear_rows(index);
    if (without_index) {
      return vss_faiss_target_search(index->db, &index->target, query, text, failure);
    }
  }
  if (index->pin) sqlite3_reset(index->pin);
  index->failure = NULL;
  if (code != VSS_OK) return code;
  vss_faiss_close_hits(text);
  return vss_buffer_status(text);
}
