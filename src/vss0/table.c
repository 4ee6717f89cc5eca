/*
** The resident state of a vss0 table and how it follows the rows: vss0/table.h.
**
**   touched   [ 7 | 42 | 7 | 9 ]     rowids written by this transaction, in the order of writing
**                       ^
**                   n_applied = 2    the first two are in the resident state already
**
** A write appends its rowid before it changes the shadow tables. When everything before it is
** applied, it is applied at once with the vectors in hand (vss_table_apply). A rollback sets
** n_applied to 0, and the next sync reads the listed rows again, whatever they are by then.
*/
#include "vss0/table_int.h"

#include <string.h>

#include "sqlite/error.h"
#include "sqlite/value.h"

/* ---- the reader of the resident state: the shadow tables ---- */

/* The resident state knows no SQLite codes: who gets VSS_DATABASE from it finds the code here. */
static int reader_failed(VssTable *table, int rc) {
  table->reader_rc = rc;
  return VSS_DATABASE;
}

/*
** By how much a slot may exceed the number of rows. Rows that were deleted leave slots free, so
** that a table can have slots above the number of its rows; but a number in a damaged file must not
** make us allocate memory for slots that nobody ever used.
*/
uint32_t vss_table_slot_limit(uint64_t n_rows) {
  uint64_t limit = n_rows * VSS_BLOCK_ROWS + (1 << 20);
  return limit > VSS_MAX_SLOT ? VSS_MAX_SLOT : (uint32_t)limit;
}

/* VssRowReader.find_row over <t>_rows. */
static int find_row(void *context, int64_t rowid, int *out_found, uint32_t *out_slot) {
  VssTable *table = context;
  int rc = vss_store_find_row(&table->store, rowid, out_found, out_slot);
  if (rc != SQLITE_OK) return reader_failed(table, rc);
  uint32_t n_slots = table->resident.map.n_slots;
  int is_used = *out_slot < n_slots || *out_slot <= vss_table_slot_limit(n_slots / VSS_BLOCK_ROWS);
  return *out_found && !is_used ? VSS_CORRUPT : VSS_OK;
}

/*
** The slot that is resident first: it spares a look-up. Whether it is the row's, the entry says.
*/
int vss_table_read_stored(VssTable *table, int vector, sqlite3_int64 rowid, void *out_bytes) {
  uint32_t slot = vss_idmap_find(&table->resident.map, rowid);
  if (slot != VSS_NONE) {
    int rc = vss_store_read_slot(&table->store, vector, slot, rowid, out_bytes);
    if (rc != SQLITE_DONE && rc != SQLITE_NOTFOUND) return rc;
  }
  return vss_store_read_vector(&table->store, vector, rowid, out_bytes);
}

/*
** Where the stored bytes of a vector go: to the end of the floats that they are decoded to, so that
** decoding needs no memory of its own.
*/
static void *stored_at(const VssVectorDef *column, float *vector) {
  return (char *)(vector + column->dim) - vss_vector_bytes(column);
}

static void decode(const VssVectorDef *column, float *vector) {
  if (column->element == VSS_ELEMENT_FLOAT32) return;
  vss_element_decode(column->element, column->scale, stored_at(column, vector), column->dim,
                     vector);
}

int vss_table_read_vector(VssTable *table, int vector, sqlite3_int64 rowid, float *out_vector) {
  const VssVectorDef *column = &table->def.vectors[vector];
  int rc = vss_table_read_stored(table, vector, rowid, stored_at(column, out_vector));
  if (rc == SQLITE_OK) decode(column, out_vector);
  return rc;
}

/* VssRowReader.read_vector over <t>_vector<i>. */
static int read_vector(void *context, int vector, int64_t rowid, float *out_vector) {
  VssTable *table = context;
  int rc = vss_table_read_vector(table, vector, rowid, out_vector);
  if (rc == SQLITE_DONE) return VSS_MISSING;
  return rc == SQLITE_OK ? VSS_OK : reader_failed(table, rc);
}

/* VssRowReader.read_vectors over the same: what is opened for the first row serves all of them. */
static int read_vectors(void *context, int vector, const int64_t *rowids, uint32_t n,
                        float *out_vector, VssTakeRow take, void *taker) {
  VssTable *table = context;
  int code = VSS_OK;
  vss_store_hold(&table->store);
  for (uint32_t i = 0; i < n && code == VSS_OK; i++) {
    code = read_vector(context, vector, rowids[i], out_vector);
    if (code == VSS_OK) take(taker, i);
    if (code == VSS_MISSING) code = VSS_OK;
  }
  vss_store_release(&table->store);
  return code;
}

/* SQLite's code for what a function of the resident state returned. */
static int resident_rc(const VssTable *table, int code) {
  return vss_error_sqlite_rc(code, table->reader_rc);
}

/* ---- life ---- */

/*
** Places for filter columns and vector columns. Nothing is loaded yet: opening a table costs no
** reading, and many tables are never searched.
*/
static int init_columns(VssTable *table) {
  int n_vectors = table->def.n_vectors;
  VssVectorShape *shapes = vss_calloc((uint64_t)n_vectors, sizeof *shapes);
  table->columns = vss_calloc((uint64_t)table->def.n_filters, sizeof *table->columns);
  table->n_parts = vss_calloc((uint64_t)n_vectors, sizeof *table->n_parts);
  int code = shapes && table->columns && table->n_parts ? VSS_OK : VSS_NOMEM;
  for (int v = 0; v < n_vectors && code == VSS_OK; v++)
    shapes[v] = vss_vector_shape(&table->def.vectors[v]);
  VssRowReader reader = {table, find_row, read_vector, read_vectors};
  if (code == VSS_OK) code = vss_resident_init(&table->resident, shapes, n_vectors, reader);
  vss_free(shapes);
  return vss_error_sqlite_rc(code, SQLITE_OK);
}

int vss_table_init(VssTable *table, sqlite3 *db, const char *schema, const char *name) {
  table->db = db;
  table->seen_version = -1;
  table->flushed_version = -1;
  int rc = init_columns(table);
  return rc == SQLITE_OK ? vss_store_init(&table->store, db, schema, name, &table->def) : rc;
}

/* Forget everything resident; the next sync loads it again. Open rankings must be frozen before. */
static void unload(VssTable *table) {
  vss_resident_forget(&table->resident);
  for (int i = 0; table->columns && i < table->def.n_filters; i++) {
    vss_column_free(table->columns[i]);
    table->columns[i] = NULL;
  }
  for (int v = 0; table->n_parts && v < table->def.n_vectors; v++)
    table->n_parts[v] = 0;
  table->loaded = table->cache_is_useless = 0;
}

/* Takes a table whose init has failed at any point. */
void vss_table_free(VssTable *table) {
  unload(table);
  vss_resident_free(&table->resident);
  vss_table_forget_names(table);
  vss_store_free(&table->store);
  vss_free(table->columns);
  vss_free(table->n_parts);
  vss_free(table->touched);
  vss_free(table->rows_per_value);
  vss_args_free(&table->def);
  sqlite3_free(table);
}

/* A virtual table that runs SQL can be disconnected by it: see `held` in vss0/table.h. */
void vss_table_disconnect(VssTable *table) {
  VssTable **link = &table->module->tables;
  while (*link != table)
    link = &(*link)->next;
  *link = table->next;
  table->gone = 1;
  if (table->held) return;
  vss_table_free(table);
}

/* ---- following the rows ---- */

/*
** Read the filter values of a row into its slot, for those columns that are resident. Most tables
** that are being loaded have none yet, and then no row is read.
*/
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

/* Follow a row that this connection has just written: its vectors are in hand. */
static int put_row(VssTable *table, sqlite3_int64 rowid, uint32_t slot,
                   const float *const *vectors) {
  int code = vss_resident_put(&table->resident, rowid, slot, vectors, NULL);
  return code == VSS_OK ? vss_table_read_columns(table, rowid, slot) : resident_rc(table, code);
}

/* Make the resident state of one rowid what the shadow tables say, which may be that it is gone. */
static int reread_row(VssTable *table, sqlite3_int64 rowid) {
  uint32_t former = vss_idmap_find(&table->resident.map, rowid);
  uint32_t slot;
  int code = vss_resident_reread(&table->resident, rowid, &slot);
  if (code != VSS_OK) return resident_rc(table, code);
  for (int i = 0; former != VSS_NONE && former != slot && i < table->def.n_filters; i++) {
    if (table->columns[i]) vss_column_remove(table->columns[i], former);
  }
  return slot == VSS_NONE ? SQLITE_OK : vss_table_read_columns(table, rowid, slot);
}

/*
** Train the codebooks that no longer fit. Costs a pass over the rows of a segment, and seldom
** happens.
*/
int vss_table_tune(VssTable *table) {
  vss_store_hold(&table->store);
  int code = vss_resident_tune(&table->resident);
  vss_store_release(&table->store);
  return resident_rc(table, code);
}

/* Build everything from the rows, since the cache is absent, damaged or of another version. */
static int build_from_rows(VssTable *table) {
  unload(table);
  int rc = vss_table_build(table);
  if (rc == SQLITE_OK) {
    table->loaded = table->cache_is_useless = 1;
    table->stats.rebuilds++;
  } else {
    unload(table);
  }
  return rc;
}

/*
** Whether something resident was never committed, which is so after a rollback. Loading only what
** changed would mix it with what other connections have committed since:
**
**   - training: the same number may belong to a codebook of theirs by now
**   - slots: a row that was deleted, and came back with the rollback, may have got another slot
**     than the cache gives it. Theirs may have the row of another block, which then stands in both
**     or in neither, and counts_agree() does not notice where the two cancel out.
*/
static int has_private_state(const VssTable *table) {
  if (vss_bitmap_count(&table->resident.dirty)) return 1;
  for (int v = 0; v < table->def.n_vectors; v++) {
    const VssIndex *index = table->resident.indexes[v];
    if (vss_index_next_dirty_block(index, 0) != VSS_NONE) return 1;
    for (uint32_t i = 0; i < vss_index_codebook_count(index); i++) {
      if (vss_index_codebook_dirty(index, i)) return 1;
    }
  }
  return 0;
}

/*
** Bring the resident state to `version` in the cheapest way that works:
**
**   1. the blocks that changed since seen_version    another connection has committed
**   2. the whole cache                               nothing is loaded, or 1 did not hold together
**   3. the rows themselves                           there is no usable cache
**
** With a twin, 1 is left out: what is resident here may include rows that the twin wrote, and that
** have been rolled back since.
*/
static int load(VssTable *table, sqlite3_int64 version) {
  int usable = 0;
  int rc = resident_rc(table, vss_resident_freeze(&table->resident));
  if (rc != SQLITE_OK) return rc;
  if (table->loaded && !has_private_state(table) && !vss_table_next_twin(table, NULL)) {
    rc = vss_table_load_cache(table, table->seen_version, version, &usable);
  }
  if (rc == SQLITE_OK && !usable) {
    unload(table);
    rc = resident_rc(table, vss_resident_start(&table->resident));
    if (rc == SQLITE_OK) rc = vss_table_load_cache(table, -1, version, &usable);
    /* What has been loaded is what the cache holds: none of it has to be written. */
    if (rc == SQLITE_OK) vss_resident_clean(&table->resident);
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

/* Once per table: nothing but damage changes the format of a table that is there. */
int vss_table_check_format(VssTable *table) {
  if (table->format == VSS_STORE_FORMAT) return SQLITE_OK;
  int rc = vss_store_read_format(&table->store, &table->format);
  return rc == SQLITE_OK && table->format != VSS_STORE_FORMAT ? SQLITE_FORMAT : rc;
}

/*
** Names first: the version is read from the table that has the name. A version that is neither the
** one seen nor the one that this transaction wrote comes from another connection.
*/
int vss_table_sync(VssTable *table) {
  sqlite3_int64 version;
  int rc = vss_table_settle_names(table->module);
  if (rc == SQLITE_OK) rc = vss_table_check_format(table);
  if (rc == SQLITE_OK) rc = vss_store_read_version(&table->store, &version);
  if (rc != SQLITE_OK) return rc;
  if (!table->loaded || (version != table->seen_version && version != table->flushed_version)) {
    rc = load(table, version);
    table->n_applied = 0; /* what this transaction has written is not in the cache yet */
    if (rc == SQLITE_OK) rc = vss_table_touch_rows_of_twins(table);
  }
  while (rc == SQLITE_OK && table->n_applied < table->n_touched) {
    rc = reread_row(table, table->touched[table->n_applied]);
    if (rc == SQLITE_OK) table->n_applied++;
  }
  if (rc == SQLITE_OK) rc = vss_table_tune(table);
  if (rc == SQLITE_OK) table->is_fresh = table->writing;
  if (rc == SQLITE_OK && !table->writing) {
    table->n_touched = table->n_applied =
        0; /* they were left from a rollback, and are settled now */
  }
  return rc;
}

/*
** One pass over <t>_rows, at the first search that filters by the column. A row without a slot
** cannot be found by a search, and has no place for a value.
*/
int vss_table_load_column(VssTable *table, int filter) {
  if (table->columns[filter]) return SQLITE_OK;
  VssColumn *values = NULL;
  sqlite3_stmt *rows = NULL;
  int code = vss_column_create(&values);
  int rc = vss_error_sqlite_rc(code, SQLITE_OK);
  if (rc == SQLITE_OK) rc = vss_store_scan_column(&table->store, filter, &rows);
  while (rc == SQLITE_OK && code == VSS_OK && sqlite3_step(rows) == SQLITE_ROW) {
    uint32_t slot = vss_idmap_find(&table->resident.map, sqlite3_column_int64(rows, 0));
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

/*
** After so many rows of a transaction codebooks are trained, unless a sync does so earlier. Until
** then new rows have no codes, or codes of a codebook that may not fit, and their bounds are right
** all the same. A load that trained for 16, 64 and 256 rows as well would only lose time.
*/
#define TUNE_ROWS 1024

/* The list only grows during a transaction: the same rowid may stand in it several times. */
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

/*
** Where an earlier row of the transaction is not applied yet, this one waits for the sync as well:
** rows are applied in the order of writing, since the same rowid may be in the list twice.
*/
int vss_table_apply(VssTable *table, sqlite3_int64 rowid, uint32_t slot,
                    const float *const *vectors) {
  if (!table->loaded || table->n_applied + 1 != table->n_touched) return SQLITE_OK;
  int rc = vectors ? put_row(table, rowid, slot, vectors) : reread_row(table, rowid);
  if (rc != SQLITE_OK) return rc;
  table->n_applied++;
  return table->n_applied % TUNE_ROWS ? SQLITE_OK : vss_table_tune(table);
}

/*
** The map has every row that there is only when the state is loaded and every row is applied, and
** the version only stands still from the transaction's first write on.
*/
int vss_table_free_slot(VssTable *table, uint32_t *out_slot) {
  int rc = SQLITE_OK;
  if (!table->loaded || !table->is_fresh || table->n_applied != table->n_touched)
    rc = vss_table_sync(table);
  if (rc != SQLITE_OK) return rc;
  *out_slot = vss_idmap_lowest_free(&table->resident.map);
  return *out_slot > VSS_MAX_SLOT ? SQLITE_NOMEM : SQLITE_OK;
}

/*
** Delete the packs of changed blocks in which no slot has a row any more: what is left of a table
** whose rows were deleted is then free for other tables, and VACUUM gives it back.
*/
static int delete_empty_packs(VssTable *table) {
  const VssBitmap *dirty = &table->resident.dirty;
  const VssBitmap *live = &table->resident.map.live;
  int rc = SQLITE_OK;
  for (uint32_t block = vss_bitmap_next(dirty, 0); block != VSS_NONE && rc == SQLITE_OK;
       block = vss_bitmap_next(dirty, block + 1)) {
    for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++) {
      uint32_t n_lanes = table->store.packs[v].n_lanes;
      uint32_t pack = block * VSS_BLOCK_ROWS / n_lanes;
      for (; pack * n_lanes < (block + 1) * VSS_BLOCK_ROWS && rc == SQLITE_OK; pack++) {
        uint32_t next = vss_bitmap_next(live, pack * n_lanes);
        if (next == VSS_NONE || next >= (pack + 1) * n_lanes)
          rc = vss_store_delete_empty_pack(&table->store, v, pack);
      }
    }
  }
  return rc;
}

/*
** SQLite calls this before the commit, while the transaction can still fail. A table that was
** created in this transaction is checked first: it may have been rolled back with a savepoint,
** unknown to us.
*/
int vss_table_flush(VssTable *table) {
  if (table->created) table->name_is_doubtful = 1;
  int settled = vss_table_settle_names(table->module);
  if (settled != SQLITE_OK) return settled;
  if (table->n_touched == 0 && !table->rebuilt) return SQLITE_OK;
  sqlite3_int64 last_rowid = sqlite3_last_insert_rowid(table->db);
  sqlite3_int64 version = 0;
  /* Where the cache is given up, and nothing is resident, nothing has to be. */
  int has_cache, rc = vss_store_has_cache(&table->store, &has_cache);
  int is_synced = has_cache || table->loaded || table->n_touched > 0;
  if (rc == SQLITE_OK && is_synced) rc = vss_table_sync(table);
  if (rc == SQLITE_OK) rc = vss_store_write_all_waiting(&table->store);
  /* What a twin is about to write into a pack keeps the pack. */
  if (rc == SQLITE_OK && table->deleted) rc = vss_table_write_waiting_of_twins(table);
  if (rc == SQLITE_OK && table->deleted) rc = delete_empty_packs(table);
  if (rc == SQLITE_OK) rc = vss_store_read_version(&table->store, &version);
  /* Such a version is damage, since nobody commits so often. A rebuild repairs it by starting at 0.
  */
  if (table->rebuilt && (version < 0 || version == INT64_MAX)) version = 0;
  if (rc == SQLITE_OK && version == INT64_MAX) rc = SQLITE_CORRUPT_VTAB;
  if (rc == SQLITE_OK) version++;
  if (rc == SQLITE_OK) rc = vss_table_write_cache(table, version);
  if (rc == SQLITE_OK) table->flushed_version = version;
  /* The user's last_insert_rowid() must stay that of the vss0 row: the cache has had inserts since.
  */
  sqlite3_set_last_insert_rowid(table->db, last_rowid);
  return rc;
}

/*
** What vss_table_flush() wrote is durable now. It cannot fail: SQLite ignores what xCommit returns.
*/
void vss_table_commit(VssTable *table) {
  if (table->flushed_version >= 0) {
    table->seen_version = table->flushed_version;
    /* A flush that only gives the cache up needs nothing resident. */
    if (table->loaded) vss_resident_clean(&table->resident);
    table->cache_is_useless = 0;
  }
  table->flushed_version = -1;
  vss_store_forget_waiting(&table->store);
  vss_table_forget_names(table);
  table->n_touched = table->n_applied = 0;
  table->created = table->writing = table->rebuilt = table->deleted = table->is_fresh = 0;
}

void vss_table_begin(VssTable *table) {
  vss_store_forget_waiting(&table->store);
  table->writing = 1;
}

/*
** All rows of the transaction are doubtful now, those from before the savepoint as well: nobody
** noted which rows were written after it. Reading some rows again is cheap; a log for undoing is
** not.
*/
void vss_table_rollback_to(VssTable *table) {
  vss_store_forget_waiting(&table->store);
  table->n_applied = 0;
  table->flushed_version = -1;
  table->name_is_doubtful = 1;
  /* SQLite reports no rollback to a twin that only reads. */
  for (VssTable *twin = vss_table_next_twin(table, NULL); twin;
       twin = vss_table_next_twin(table, twin))
    twin->loaded = 0;
}

void vss_table_rollback(VssTable *table) {
  vss_table_rollback_to(table);
  vss_table_forget_names(table);
  table->created = table->writing = table->rebuilt = table->deleted = table->is_fresh = 0;
}

/*
** The stored version stays: other connections notice the rebuild by the version of the next flush.
*/
int vss_table_rebuild(VssTable *table) {
  int rc = resident_rc(table, vss_resident_freeze(&table->resident));
  if (rc == SQLITE_OK) rc = vss_table_check_format(table);
  if (rc == SQLITE_OK) rc = vss_table_repair_slots(table);
  if (rc == SQLITE_OK) rc = vss_store_clear_cache(&table->store);
  if (rc == SQLITE_OK) rc = build_from_rows(table);
  if (rc == SQLITE_OK) rc = vss_store_read_version(&table->store, &table->seen_version);
  table->rebuilt = 1;
  return rc;
}

/* What is resident stays: it is right whether it is stored or not. */
int vss_table_set_cache(VssTable *table, int is_on) {
  int is_on_now;
  int rc = vss_store_has_cache(&table->store, &is_on_now);
  if (rc != SQLITE_OK || is_on == is_on_now) return rc;
  rc = vss_store_set_cache(&table->store, is_on);
  if (rc == SQLITE_OK && is_on) return vss_table_rebuild(table);
  table->rebuilt = 1;
  return rc;
}

/* SQLite's own memory, for statements and pages, is not counted. */
uint64_t vss_table_memory(const VssTable *table) {
  uint64_t size_bytes =
      vss_resident_memory(&table->resident) + table->touched_capacity * sizeof *table->touched;
  size_bytes += vss_store_memory(&table->store);
  for (int i = 0; i < table->def.n_filters; i++) {
    if (table->columns[i]) size_bytes += vss_column_memory(table->columns[i]);
  }
  return size_bytes;
}
