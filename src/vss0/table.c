/*
** The resident state of a vss0 table and how it follows the rows: vss0/table.h.
*/
#include "vss0/table_int.h"

#include <string.h>

#include "sqlite/error.h"
#include "sqlite/value.h"

int vss_table_init(VssTable *table, sqlite3 *db, const char *schema, const char *name) {
  table->db = db;
  table->seen_version = -1;
  table->flushed_version = -1;
  int n_filters = table->def.n_filters;
  uint64_t most_bytes = 1;
  table->indexes = vss_calloc((uint64_t)table->def.n_vectors, sizeof *table->indexes);
  table->columns = vss_calloc((uint64_t)n_filters, sizeof *table->columns);
  if (!table->indexes || !table->columns) return SQLITE_NOMEM;
  for (int v = 0; v < table->def.n_vectors; v++) {
    uint64_t size_bytes = vss_vector_bytes(&table->def.vectors[v]);
    if (size_bytes > most_bytes) most_bytes = size_bytes;
  }
  table->scratch = vss_malloc(most_bytes);
  if (!table->scratch) return SQLITE_NOMEM;
  return vss_store_init(&table->store, db, schema, name, &table->def);
}

/* The resident state is about to change: rankings under way keep their own rowids from here on. */
static int freeze_ranks(VssTable *table) {
  table->generation++;
  for (VssOpenRank *open = table->open_ranks; open; open = open->next) {
    if (open->frozen || !open->rank) continue;
    int code = vss_rank_freeze(open->rank);
    if (code != VSS_OK) return code;
    open->frozen = 1;
  }
  return VSS_OK;
}

/* Forget everything resident; the next sync loads it again. Open rankings must be frozen. */
static void unload(VssTable *table) {
  for (int v = 0; table->indexes && v < table->def.n_vectors; v++) {
    vss_index_free(table->indexes[v]);
    table->indexes[v] = NULL;
  }
  for (int i = 0; table->columns && i < table->def.n_filters; i++) {
    vss_column_free(table->columns[i]);
    table->columns[i] = NULL;
  }
  vss_idmap_free(&table->map);
  vss_bitmap_free(&table->dirty);
  table->loaded = 0;
}

void vss_table_free(VssTable *table) {
  unload(table);
  vss_table_forget_names(table);
  vss_store_free(&table->store);
  vss_free(table->indexes);
  vss_free(table->columns);
  vss_free(table->scratch);
  vss_free(table->touched);
  vss_args_free(&table->def);
  sqlite3_free(table);
}

void vss_table_disconnect(VssTable *table) {
  VssTable **link = &table->module->tables;
  while (*link != table)
    link = &(*link)->next;
  *link = table->next;
  table->gone = 1;
  if (table->held) return;
  vss_table_free(table);
}

int vss_table_fetch_row(void *context, int64_t rowid, float *out_vector) {
  VssFetcher *fetcher = context;
  int rc = vss_store_read_vector(&fetcher->table->store, fetcher->vector, rowid, out_vector);
  if (rc == SQLITE_OK) return VSS_OK;
  if (rc == SQLITE_DONE) return VSS_MISSING;
  fetcher->rc = rc;
  return VSS_DATABASE;
}

int vss_table_fetch_slot(void *context, uint32_t slot, float *out_vector) {
  VssFetcher *fetcher = context;
  return vss_table_fetch_row(context, fetcher->table->map.rowids[slot], out_vector);
}

/* ---- following the rows ---- */

static int create_indexes(VssTable *table) {
  for (int v = 0; v < table->def.n_vectors; v++) {
    const VssVectorDef *vector = &table->def.vectors[v];
    int code = vss_index_create(vector->metric, vector->dim, &table->indexes[v]);
    if (code != VSS_OK) return code;
  }
  return VSS_OK;
}

/* Values of the filter columns that are resident, for the row of a slot. */
int vss_table_read_columns(VssTable *table, sqlite3_int64 rowid, uint32_t slot) {
  int any = 0;
  for (int i = 0; i < table->def.n_filters; i++)
    any |= table->columns[i] != NULL;
  if (!any) return SQLITE_OK;
  sqlite3_stmt *row;
  int rc = vss_store_read_row(&table->store, rowid, &row);
  if (rc != SQLITE_OK) return rc == SQLITE_DONE ? SQLITE_OK : rc;
  int code = VSS_OK;
  for (int i = 0; i < table->def.n_filters && code == VSS_OK; i++) {
    if (!table->columns[i]) continue;
    VssValue value;
    code = vss_value_borrow(sqlite3_column_value(row, i), &value);
    if (code == VSS_OK) code = vss_column_put(table->columns[i], slot, &value);
  }
  rc = sqlite3_reset(row);
  return rc != SQLITE_OK ? rc : vss_error_sqlite_rc(code, SQLITE_OK);
}

static void drop_row(VssTable *table, uint32_t slot, sqlite3_int64 rowid) {
  for (int v = 0; v < table->def.n_vectors; v++)
    vss_index_remove(table->indexes[v], slot);
  for (int i = 0; i < table->def.n_filters; i++) {
    if (table->columns[i]) vss_column_remove(table->columns[i], slot);
  }
  vss_idmap_remove(&table->map, rowid);
}

static int mark_dirty(VssTable *table, uint32_t slot) {
  return vss_bitmap_set(&table->dirty, slot / VSS_BLOCK_ROWS);
}

/* Codebooks that no longer fit are trained anew; reads the rows of the segments concerned. */
static int tune(VssTable *table) {
  for (int v = 0; v < table->def.n_vectors; v++) {
    if (!vss_index_wants_tuning(table->indexes[v])) continue;
    VssFetcher fetcher = {table, v, SQLITE_OK};
    int code = vss_index_tune(table->indexes[v], vss_table_fetch_slot, &fetcher);
    if (code != VSS_OK) return vss_error_sqlite_rc(code, fetcher.rc);
  }
  return SQLITE_OK;
}

/* Put the vectors (NULL: no vector) of a row into its slot. */
static int put_row(VssTable *table, sqlite3_int64 rowid, const float *const *vectors) {
  uint32_t slot;
  int code = freeze_ranks(table);
  if (code == VSS_OK) code = vss_idmap_add(&table->map, rowid, &slot);
  if (code == VSS_OK) code = mark_dirty(table, slot);
  for (int v = 0; v < table->def.n_vectors && code == VSS_OK; v++) {
    if (vectors[v]) {
      code = vss_index_put(table->indexes[v], slot, vectors[v]);
    } else {
      vss_index_remove(table->indexes[v], slot);
    }
  }
  if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
  return vss_table_read_columns(table, rowid, slot);
}

/* Make the resident state of one rowid what the shadow tables say. */
static int reread_row(VssTable *table, sqlite3_int64 rowid) {
  uint32_t slot = vss_idmap_find(&table->map, rowid);
  int found;
  int rc = vss_store_has_row(&table->store, rowid, &found);
  if (rc != SQLITE_OK) return rc;
  int code = freeze_ranks(table);
  if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
  if (!found) {
    if (slot == VSS_NONE) return SQLITE_OK;
    code = mark_dirty(table, slot);
    if (code == VSS_OK) drop_row(table, slot, rowid);
    return vss_error_sqlite_rc(code, SQLITE_OK);
  }
  int known = slot != VSS_NONE;
  code = vss_idmap_add(&table->map, rowid, &slot);
  if (code == VSS_OK) code = mark_dirty(table, slot);
  for (int v = 0; v < table->def.n_vectors && code == VSS_OK; v++) {
    rc = vss_store_read_vector(&table->store, v, rowid, table->scratch);
    if (rc == SQLITE_DONE) {
      vss_index_remove(table->indexes[v], slot);
    } else if (rc != SQLITE_OK) {
      return rc;
    } else if (vss_codec_check_finite(table->scratch, (uint64_t)table->def.vectors[v].dim, NULL) !=
               VSS_OK) {
      return SQLITE_CORRUPT_VTAB;
    } else if (!known || !vss_index_matches(table->indexes[v], slot, table->scratch)) {
      /* A vector that stayed as it was leaves its block clean: an UPDATE of a filter writes no codes. */
      code = vss_index_put(table->indexes[v], slot, table->scratch);
    }
  }
  if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
  return vss_table_read_columns(table, rowid, slot);
}

/* Everything from the rows: the cache is absent, damaged or of another version. */
static int build_from_rows(VssTable *table) {
  unload(table);
  int code = create_indexes(table);
  if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
  sqlite3_stmt *rows = NULL;
  int rc = vss_store_scan_rowids(&table->store, &rows);
  while (rc == SQLITE_OK && sqlite3_step(rows) == SQLITE_ROW) {
    rc = reread_row(table, sqlite3_column_int64(rows, 0));
    if (rc == SQLITE_OK) rc = tune(table);
  }
  int finalize_rc = sqlite3_finalize(rows);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK) {
    table->loaded = 1;
    table->stats.rebuilds++;
  } else {
    unload(table);
  }
  return rc;
}

/* 1 when training done here was never committed: its codebook numbers may mean something else elsewhere. */
static int has_private_codebooks(const VssTable *table) {
  for (int v = 0; v < table->def.n_vectors; v++) {
    for (uint32_t i = 0; i < vss_index_codebook_count(table->indexes[v]); i++) {
      if (vss_index_codebook_dirty(table->indexes[v], i)) return 1;
    }
  }
  return 0;
}

static int load(VssTable *table, sqlite3_int64 version) {
  int usable = 0;
  int rc = vss_error_sqlite_rc(freeze_ranks(table), SQLITE_OK);
  if (rc != SQLITE_OK) return rc;
  if (table->loaded && !has_private_codebooks(table) && !vss_table_next_twin(table, NULL)) {
    rc = vss_table_load_cache(table, table->seen_version, version, &usable);
  }
  if (rc == SQLITE_OK && !usable) {
    unload(table);
    rc = vss_error_sqlite_rc(create_indexes(table), SQLITE_OK);
    if (rc == SQLITE_OK) rc = vss_table_load_cache(table, -1, version, &usable);
    /* Blocks as loaded are what the cache holds. */
    for (int v = 0; rc == SQLITE_OK && v < table->def.n_vectors; v++)
      vss_index_clean(table->indexes[v]);
  }
  if (rc == SQLITE_OK && !usable) rc = build_from_rows(table);
  if (rc != SQLITE_OK) {
    unload(table);
    return rc;
  }
  table->loaded = 1;
  table->seen_version = version;
  return SQLITE_OK;
}

int vss_table_sync(VssTable *table) {
  sqlite3_int64 version;
  int rc = vss_table_settle_names(table->module);
  if (rc == SQLITE_OK) rc = vss_store_read_version(&table->store, &version);
  if (rc != SQLITE_OK) return rc;
  if (!table->loaded || (version != table->seen_version && version != table->flushed_version)) {
    rc = load(table, version);
    table->n_applied = 0; /* what this transaction wrote is not in the cache yet */
    if (rc == SQLITE_OK) rc = vss_table_touch_rows_of_twins(table);
  }
  while (rc == SQLITE_OK && table->n_applied < table->n_touched) {
    rc = reread_row(table, table->touched[table->n_applied]);
    if (rc == SQLITE_OK) table->n_applied++;
  }
  if (rc == SQLITE_OK && !table->writing) {
    table->n_touched = table->n_applied = 0; /* left over from a rollback, and settled now */
  }
  return rc;
}

int vss_table_load_column(VssTable *table, int filter) {
  if (table->columns[filter]) return SQLITE_OK;
  VssColumn *values = NULL;
  sqlite3_stmt *rows = NULL;
  int code = vss_column_create(&values);
  int rc = vss_error_sqlite_rc(code, SQLITE_OK);
  if (rc == SQLITE_OK) rc = vss_store_scan_column(&table->store, filter, &rows);
  while (rc == SQLITE_OK && code == VSS_OK && sqlite3_step(rows) == SQLITE_ROW) {
    uint32_t slot = vss_idmap_find(&table->map, sqlite3_column_int64(rows, 0));
    if (slot == VSS_NONE) continue;
    VssValue value;
    code = vss_value_borrow(sqlite3_column_value(rows, 1), &value);
    if (code == VSS_OK) code = vss_column_put(values, slot, &value);
  }
  int finalize_rc = sqlite3_finalize(rows);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK) rc = vss_error_sqlite_rc(code, SQLITE_OK);
  if (rc == SQLITE_OK) {
    table->columns[filter] = values;
  } else {
    vss_column_free(values);
  }
  return rc;
}

/* ---- writing ---- */

int vss_table_touch(VssTable *table, sqlite3_int64 rowid) {
  if (table->n_touched == table->touched_capacity) {
    uint64_t capacity = table->touched_capacity ? table->touched_capacity * 2 : 64;
    sqlite3_int64 *touched = vss_realloc(table->touched, capacity * sizeof *touched);
    if (!touched) return SQLITE_NOMEM;
    table->touched = touched;
    table->touched_capacity = capacity;
  }
  table->touched[table->n_touched++] = rowid;
  return SQLITE_OK;
}

int vss_table_apply(VssTable *table, sqlite3_int64 rowid, const float *const *vectors,
                    int row_gone) {
  if (!table->loaded || table->n_applied + 1 != table->n_touched) return SQLITE_OK;
  int rc = row_gone ? reread_row(table, rowid) : put_row(table, rowid, vectors);
  if (rc != SQLITE_OK) return rc;
  table->n_applied++;
  return tune(table);
}

int vss_table_flush(VssTable *table) {
  if (table->created) table->name_is_doubtful = 1;
  int settled = vss_table_settle_names(table->module);
  if (settled != SQLITE_OK) return settled;
  if (table->n_touched == 0 && !table->rebuilt) return SQLITE_OK;
  sqlite3_int64 last_rowid = sqlite3_last_insert_rowid(table->db);
  sqlite3_int64 version = 0;
  int rc = vss_table_sync(table);
  if (rc == SQLITE_OK) rc = tune(table);
  if (rc == SQLITE_OK) rc = vss_store_read_version(&table->store, &version);
  /* Nobody has committed so often, or a negative number of times: a rebuild starts to count anew. */
  if (table->rebuilt && (version < 0 || version == INT64_MAX)) version = 0;
  if (rc == SQLITE_OK && version == INT64_MAX) rc = SQLITE_CORRUPT_VTAB;
  if (rc == SQLITE_OK) version++;
  if (rc == SQLITE_OK) rc = vss_table_write_cache(table, version);
  if (rc == SQLITE_OK) table->flushed_version = version;
  /* The user's last_insert_rowid() is that of the vss0 row, not of the cache. */
  sqlite3_set_last_insert_rowid(table->db, last_rowid);
  return rc;
}

void vss_table_commit(VssTable *table) {
  if (table->flushed_version >= 0) {
    table->seen_version = table->flushed_version;
    for (int v = 0; v < table->def.n_vectors; v++)
      vss_index_clean(table->indexes[v]);
    vss_bitmap_free(&table->dirty);
  }
  table->flushed_version = -1;
  vss_table_forget_names(table);
  table->n_touched = table->n_applied = 0;
  table->created = table->writing = table->rebuilt = 0;
}

void vss_table_begin(VssTable *table) {
  table->writing = 1;
}

void vss_table_rollback_to(VssTable *table) {
  table->n_applied = 0;
  table->flushed_version = -1;
  table->name_is_doubtful = 1;
  /* A twin that only reads is told of nothing by SQLite. */
  for (VssTable *twin = vss_table_next_twin(table, NULL); twin;
       twin = vss_table_next_twin(table, twin))
    twin->loaded = 0;
}

void vss_table_rollback(VssTable *table) {
  vss_table_rollback_to(table);
  vss_table_forget_names(table);
  table->created = table->writing = table->rebuilt = 0;
}

int vss_table_rebuild(VssTable *table) {
  int frozen = freeze_ranks(table);
  if (frozen != VSS_OK) return vss_error_sqlite_rc(frozen, SQLITE_OK);
  int rc = vss_store_clear_cache(&table->store);
  if (rc == SQLITE_OK) rc = build_from_rows(table);
  if (rc == SQLITE_OK) rc = vss_store_read_version(&table->store, &table->seen_version);
  table->rebuilt = 1;
  return rc;
}

uint64_t vss_table_memory(const VssTable *table) {
  uint64_t size_bytes =
      vss_idmap_memory(&table->map) + table->touched_capacity * sizeof *table->touched;
  for (int v = 0; table->loaded && v < table->def.n_vectors; v++)
    size_bytes += vss_index_memory(table->indexes[v]);
  for (int i = 0; i < table->def.n_filters; i++) {
    if (table->columns[i]) size_bytes += vss_column_memory(table->columns[i]);
  }
  return size_bytes;
}
