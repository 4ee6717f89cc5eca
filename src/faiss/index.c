/*
** The resident index of one ordinary table, which is never stale.
**
** It holds rowids and 8-bit codes (index/resident.h) and reads embeddings and ids from the table
** itself. Each search first comes into step with the table, inside one read transaction that the
** statement `pin` holds open:
**
**   what may have happened since      how it shows                        what is done
**   -------------------------------   ---------------------------------   -------------------------
**   rows written by this connection   their rowids are in `touched`       those rows are read again
**                                     (faiss/watch.c)
**   a transaction or a savepoint      the same: rowids stay listed        those rows are read again
**   rolled back                       until no transaction is writing
**   too many rows written             touched.all                         every row is read
**   commits of other connections      PRAGMA data_version                 every row is read
**   CREATE, DROP, ALTER, VACUUM,      SQLite had to prepare `pin` again   the table is described
**   DETACH, or a rollback of them                                         anew, every row is read
**   DELETE of all rows by a           the ranking finds rows missing,     every row is read by the
**   statement older than the hook     and passes over them                next search
**   (SQLite does not report it)
**
** Without the preupdate hook (vss_faiss_is_hooked() == 0) this connection's own writes show as a
** changed SQLITE_FCNTL_DATA_VERSION, or as a transaction that has written. Then every row is read.
**
** Reading every row costs a pass over the table. Only rows whose bytes have changed, by a 64-bit
** hash, are encoded again.
**
** When anything fails while the index comes into step, it forgets all of its rows, and the next
** search builds it anew. There is no state in between that would have to be described.
*/
#include "faiss/faiss.h"

#include "sqlite/stop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void finalize_statements(VssFaissIndex *index) {
  sqlite3_finalize(index->pin);
  sqlite3_finalize(index->version);
  sqlite3_finalize(index->embedding);
  sqlite3_finalize(index->id);
  index->pin = index->version = index->embedding = index->id = NULL;
}

/* Forget every row, and with them that index and table agree. */
static void forget_rows(VssFaissIndex *index) {
  vss_faiss_rows_clear(index);
  index->in_step = 0;
}

void vss_faiss_index_free(VssFaissIndex *index) {
  if (!index) return;
  finalize_statements(index);
  forget_rows(index);
  vss_free(index->touched.rowids);
  vss_faiss_target_free(&index->target);
  vss_free(index);
}

/* Nothing is read and nothing prepared: the table may not even exist. */
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

/* SQLite's memory for the statements is not counted. */
uint64_t vss_faiss_index_memory(const VssFaissIndex *index) {
  return sizeof *index + vss_resident_memory(&index->rows) +
         (uint64_t)index->hashes_capacity * sizeof *index->hashes +
         (uint64_t)index->touched.capacity * sizeof *index->touched.rowids;
}

/* Note what SQLite says. To be called right after a statement failed, before another runs. */
static int database_failure(VssFaissIndex *index) {
  return vss_faiss_database_failure(index->db, index->failure);
}

/*
** The statements of a table as it is described now. They name the rowid by the name that the table
** leaves free, and the table by an alias, so that no column can be taken for either.
*/
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
** Coming into step: either a pass over the table, or the rows that the hook has listed.
*/

/* Read every row and note the slots of those that have an embedding. */
static int read_rows(VssFaissIndex *index, sqlite3_stmt *scan, VssBitmap *seen,
                     VssFaissFailure *failure) {
  int rc;
  while ((rc = sqlite3_step(scan)) == SQLITE_ROW) {
    uint32_t slot;
    int code = vss_faiss_rows_follow(index, sqlite3_column_int64(scan, 0),
                                     sqlite3_column_value(scan, 1), &slot, failure);
    if (code == VSS_OK) code = vss_resident_tune(&index->rows);
    if (code == VSS_OK && slot != VSS_NONE) code = vss_bitmap_set(seen, slot);
    if (code != VSS_OK) return code;
  }
  return rc == SQLITE_DONE ? VSS_OK : database_failure(index);
}

/* Forget the rows that a pass over the table has not met. */
static int drop_unseen(VssFaissIndex *index, const VssBitmap *seen) {
  const VssIdmap *map = &index->rows.map;
  int code = VSS_OK;
  for (uint32_t slot = 0; slot < map->n_slots && code == VSS_OK; slot++) {
    if (vss_bitmap_get(&map->live, slot) && !vss_bitmap_get(seen, slot))
      code = vss_resident_drop(&index->rows, map->rowids[slot]);
  }
  return code;
}

/* Come into step by a pass over the table. */
static int scan_table(VssFaissIndex *index, VssFaissFailure *failure) {
  sqlite3_stmt *scan = NULL;
  VssBitmap seen = {0};
  index->n_scans++;
  int code = vss_faiss_prepare(index->db, 0, &scan, failure,
                               "select t.%s, t.\"embedding\" from \"%w\".\"%w\" as t",
                               index->rowid_name, index->target.schema, index->target.table);
  if (code == VSS_OK) code = read_rows(index, scan, &seen, failure);
  if (code == VSS_OK) code = drop_unseen(index, &seen);
  sqlite3_finalize(scan);
  vss_bitmap_free(&seen);
  return code;
}

/* For qsort(): a difference of two rowids may not fit 64 bits. */
static int compare_rowids(const void *a, const void *b) {
  sqlite3_int64 x = *(const sqlite3_int64 *)a;
  sqlite3_int64 y = *(const sqlite3_int64 *)b;
  return (x > y) - (x < y);
}

/* One listed row, whatever has become of it. */
static int reread_row(VssFaissIndex *index, sqlite3_int64 rowid, VssFaissFailure *failure) {
  sqlite3_bind_int64(index->embedding, 1, rowid);
  int rc = sqlite3_step(index->embedding);
  uint32_t slot;
  int code;
  if (rc == SQLITE_ROW) {
    code = vss_faiss_rows_follow(index, rowid, sqlite3_column_value(index->embedding, 0), &slot,
                                 failure);
  } else if (rc == SQLITE_DONE) {
    code = vss_faiss_rows_follow(index, rowid, NULL, &slot, failure);
  } else {
    code = database_failure(index);
  }
  sqlite3_reset(index->embedding);
  return code;
}

/*
** Come into step by the rows that the hook has listed. A row that was written often is read once.
*/
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
  if (code == VSS_OK) code = vss_resident_tune(&index->rows);
  return code;
}

/*
** What says that rows have changed without being listed. The first three are compared with what
** they were when index and table agreed last; the fourth is looked at only where there is no hook.
*/
typedef struct Evidence {
  int pin_reprepares;
  sqlite3_int64 data_version;
  uint32_t file_version;
  int writing; /* a transaction of ours has written to this schema, and may be rolled back */
} Evidence;

/* Inside the read transaction of `pin`: what is read here stays true until the search ends. */
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

/* Whether the listed rows may not be all that has changed. */
static int must_scan(const VssFaissIndex *index, const Evidence *now) {
  return !index->in_step || index->touched.all || now->pin_reprepares != index->pin_reprepares ||
         now->data_version != index->data_version || now->file_version != index->file_version ||
         (!vss_faiss_is_hooked() && now->writing);
}

/*
** Make codes and rowids those of the table, with `pin` on its first row.
**
** A transaction of this connection that is still writing may be rolled back, and the rows that it
** wrote change again. So the list of written rows is kept until a search finds no such transaction:
**
**   begin; update rows 7 and 9      touched [ 7 9 ]
**   search                          7 and 9 are read      touched [ 7 9 ], since it still writes
**   rollback                                              touched [ 7 9 ]
**   search                          7 and 9 are read      touched [ ]
*/
static int come_into_step(VssFaissIndex *index, VssFaissFailure *failure) {
  Evidence now = {0};
  VssFaissFailure first = {0}; /* of a first attempt, which a second one may make right */
  int code = read_evidence(index, &now);
  if (code != VSS_OK) return code;
  int was_in_step = index->in_step;
  int had_rows = index->dim > 0;
  code = must_scan(index, &now) ? scan_table(index, &first) : reread_touched(index, &first);
  if (code == VSS_FAISS_OTHER_DIMENSION && had_rows) {
    /* The table may hold rows of a new length alone by now. Only a pass over all of them tells. */
    forget_rows(index);
    code = scan_table(index, failure);
  } else if (code != VSS_OK && !failure->error.text[0]) {
    *failure = first; /* what SQLite said is noted in `failure` already */
  }
  if (code == VSS_FAISS_OTHER_DIMENSION) code = VSS_INVALID;
  if (code != VSS_OK) {
    /* Some rows have been followed and others have not, and training may have encoded rows whose
    ** hash is still the old one. */
    forget_rows(index);
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
    /* What this transaction wrote before the hook was set is not listed, and may be rolled back. */
    index->touched.all = 1;
  }
  return VSS_OK;
}

/*
** Searching: pin the table, come into step, rank, and write the hits.
*/

/* The id is read from the table for each hit: it is the user's column, and may be any value. */
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

/* Append the k nearest rows, in order. */
static int rank_rows(VssFaissIndex *index, const VssFaissQuery *query, VssBuffer *text,
                     VssFaissFailure *failure) {
  VssResident *rows = &index->rows;
  VssRank *rank = NULL;
  VssOpenRank open = {0};
  VssRankRequest request = {.scan = {.queries = query->vector,
                                     .n_queries = 1,
                                     .max_key = INFINITY,
                                     .stop = vss_stop_of_connection(index->db)},
                            .rowids = rows->map.rowids,
                            .k_hint = query->k < rows->map.n_live ? query->k : rows->map.n_live};
  int code = vss_rank_open(rows->indexes[0], &request, &rank);
  if (code != VSS_OK) return code;
  vss_resident_watch(rows, 0, rank, &open);
  int done = 0;
  for (uint64_t n = 0; code == VSS_OK && n < query->k; n++) {
    VssHit hit;
    code = vss_resident_next(&open, &hit, &done);
    if (code != VSS_OK || done) break;
    code = write_hit(index, &hit, query->with_scores, text, failure);
  }
  vss_resident_close(&open);
  return code;
}

/* Search with `pin` on its first row: no other connection's commit is visible until it is reset. */
static int search_pinned(VssFaissIndex *index, const VssFaissQuery *query, VssBuffer *text,
                         VssFaissFailure *failure) {
  int code = come_into_step(index, failure);
  if (code != VSS_OK) return code;
  if (index->rows.map.n_live > 0) {
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

/*
** Prepare the statements for the table as it is now. *out_without_index = 1 where the table has no
** rowid: then there are no statements.
*/
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
    finalize_statements(index); /* all or none: whoever has `pin` has the others, too */
    return code;
  }
  /* No count of the new statement equals this: every row will be read, and compared by its hash. */
  index->pin_reprepares = -1;
  return VSS_OK;
}

/*
** How often SQLite has prepared `pin` again by itself, which it does when the schema has changed.
*/
static int count_reprepares(VssFaissIndex *index) {
  return sqlite3_stmt_status(index->pin, SQLITE_STMTSTATUS_REPREPARE, 0);
}

/*
** Step `pin` to the first row, which opens the read transaction: *out_pinned = 1. It stays 0 for an
** empty table and for one without a rowid. The statements are prepared when there are none, and
** again when the schema has changed since: the new table of that name may have other columns.
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

/*
** The steps are in the order in which they can fail cheaply. When the table has no rows or no rowid
** there is nothing to come into step with.
*/
int vss_faiss_index_search(VssFaissIndex *index, const VssFaissQuery *query, VssBuffer *text,
                           VssFaissFailure *failure) {
  int pinned = 0;
  int without_index = 0;
  index->failure = failure;
  int code = pin_table(index, &pinned, &without_index, failure);
  if (code == VSS_OK && pinned) {
    code = search_pinned(index, query, text, failure);
  } else if (code == VSS_OK) {
    /* The table is empty, or is searched without an index: no row is worth keeping. */
    forget_rows(index);
    if (without_index) {
      return vss_faiss_target_search(index->db, &index->target, query, text, failure);
    }
  }
  /* This ends the read transaction, unless the caller has one of its own. */
  if (index->pin) sqlite3_reset(index->pin);
  index->failure = NULL;
  if (code != VSS_OK) return code;
  vss_faiss_close_hits(text);
  return vss_buffer_status(text);
}
