/*
** Writing to a vss0 table: xUpdate and the commands `insert into t(t) values('...')`.
**
**   argv[0]      the old rowid; NULL: INSERT
**   argv[1]      the new rowid; NULL: SQLite is to choose one. Absent (argc 1): DELETE
**   argv[2...]   the declared columns, then distance, k and the column of commands
**
** Each write takes five steps in this order:
**
**   check    every argument, before anything is written: a refused row leaves nothing behind
**   touch    note the rowid, so that a rollback is noticed (vss0/table.h)
**   ready    make the entries of its vectors ready, which is all of it that can fail
**   store    write <t>_rows, which may refuse it, and set the vectors, which cannot fail
**   apply    let the resident state follow
**
** What can fail after the check is only the database itself. Then SQLite rolls the statement back.
*/
#include "vss0/vtab.h"

#include <string.h>

#include "sqlite/value.h"
#include "vss0/integrity.h"
#include "vss0/message.h"
#include "vss0/plan.h"

/* A row as xUpdate gives it. Zero-initialise; release with release_row(). */
typedef struct Row {
  void *memory;          /* of the six arrays */
  VssVectorView *views;  /* per vector column: an aligned BLOB is used where it lies */
  const float **vectors; /* per vector column, into views: what the vector will read back as; NULL:
                            the value is NULL, or unchanged */
  void **stored;         /* per vector column: its bytes; owned where they are not float32 */
  sqlite3_value **filters;  /* per filter column, borrowed */
  unsigned char *unchanged; /* per vector column: the UPDATE does not mention it */
  int has_filters;          /* a filter column has a value, which the UPDATE may have changed */
  unsigned char *taken;     /* per vector column: its entry in the row's slot is one of a row */
} Row;

/*
** The six arrays in one allocation, since this is done for every row that is written. They are
** zeroed and stand in the order of falling alignment, so that none of them needs padding.
*/
static int reserve_row(const VssTable *table, Row *row) {
  size_t n_vectors = (size_t)table->def.n_vectors;
  size_t n_filters = (size_t)table->def.n_filters;
  size_t views_bytes = n_vectors * sizeof *row->views;
  size_t vectors_bytes = n_vectors * sizeof *row->vectors;
  size_t stored_bytes = n_vectors * sizeof *row->stored;
  size_t filters_bytes = n_filters * sizeof *row->filters;
  size_t pointers_bytes = vectors_bytes + stored_bytes + filters_bytes;
  char *memory = vss_calloc(views_bytes + pointers_bytes + 2 * n_vectors, 1);
  if (!memory) return SQLITE_NOMEM;
  row->memory = memory;
  row->views = (VssVectorView *)(void *)memory;
  row->vectors = (const float **)(void *)(memory + views_bytes);
  row->stored = (void **)(void *)(memory + views_bytes + vectors_bytes);
  row->filters = (sqlite3_value **)(void *)(memory + views_bytes + vectors_bytes + stored_bytes);
  row->unchanged = (unsigned char *)memory + views_bytes + pointers_bytes;
  row->taken = row->unchanged + n_vectors;
  return SQLITE_OK;
}

/* A view that had to be parsed owns its floats. */
static void release_row(const VssTable *table, Row *row) {
  for (int v = 0; row->memory && v < table->def.n_vectors; v++) {
    vss_value_vector_release(&row->views[v]);
    vss_free(row->stored[v]);
  }
  vss_free(row->memory);
}

/* "vss0 <table>.<column>: <what>" */
static int column_fail(VssTable *table, int rc, const char *column, const char *what) {
  return vss_vtab_fail(table, rc, ".%s: %s", column, what);
}

/*
** Read and check one vector: the bytes that are stored of it, and what they will read back as. A
** core code.
*/
static int read_vector(const VssVectorDef *column, sqlite3_value *value, Row *row, int v,
                       VssError *err) {
  VssVectorView *view = &row->views[v];
  uint64_t dim = (uint64_t)column->dim;
  int code = vss_value_element_view(value, column->element, column->scale, dim, view, err);
  if (code != VSS_OK) return code;
  row->vectors[v] = view->data;
  if (column->element == VSS_ELEMENT_FLOAT32) return VSS_OK;
  row->stored[v] = vss_malloc(vss_vector_bytes(column));
  if (!view->owned.data) view->owned = (VssFloats){vss_malloc(dim * sizeof(float)), dim};
  if (!row->stored[v] || !view->owned.data) return VSS_NOMEM;
  code = vss_element_encode(column->element, column->scale, view->data, column->dim, row->stored[v],
                            err);
  if (code != VSS_OK) return code;
  vss_element_decode(column->element, column->scale, row->stored[v], column->dim, view->owned.data);
  row->vectors[v] = view->data = view->owned.data;
  return VSS_OK;
}

/* What is stored of a vector that is not NULL. */
static const void *stored_vector(const Row *row, int v) {
  return row->stored[v] ? row->stored[v] : row->vectors[v];
}

/*
** Read and check the column values `argv`: the declared columns, then the hidden ones. An UPDATE
** hands over unchanged columns without a value (sqlite3_value_nochange), which saves reading
** vectors.
*/
static int read_row(VssTable *table, sqlite3_value **argv, Row *row) {
  int rc = reserve_row(table, row);
  if (rc != SQLITE_OK) return rc;
  for (int i = 0; i < table->def.n_columns; i++) {
    const VssColumnDef *column = &table->def.columns[i];
    if (!column->is_vector) {
      row->filters[column->number] = argv[i];
      row->has_filters |= !sqlite3_value_nochange(argv[i]);
      continue;
    }
    int v = column->number;
    if (sqlite3_value_nochange(argv[i])) {
      row->unchanged[v] = 1;
    } else if (sqlite3_value_type(argv[i]) != SQLITE_NULL) {
      VssError err = {0};
      int code = read_vector(&table->def.vectors[v], argv[i], row, v, &err);
      if (code != VSS_OK) return vss_vtab_fail_with(table, code, column->name, &err);
    }
  }
  for (int i = vss_plan_distance_column(table); i <= vss_plan_k_column(table); i++) {
    if (sqlite3_value_type(argv[i]) != SQLITE_NULL && !sqlite3_value_nochange(argv[i])) {
      return column_fail(table, SQLITE_ERROR, i == vss_plan_k_column(table) ? "k" : "distance",
                         "is computed by a search and cannot be written");
    }
  }
  return SQLITE_OK;
}

/*
** Make ready to clear the entry of a row's slot. *out_stored 0: there is nothing to clear. A pack
** that is damaged keeps its bytes, so that the rows of a damaged table can be deleted.
*/
static int ready_to_clear(VssTable *table, int vector, uint32_t slot, sqlite3_int64 rowid,
                          int *out_stored) {
  int taken = 0;
  sqlite3_int64 owner;
  *out_stored = 0;
  int rc = vss_store_find_owner(&table->store, vector, slot, 0, &taken, &owner);
  if (rc == SQLITE_CORRUPT_VTAB) return SQLITE_OK;
  if (rc != SQLITE_OK || !taken || owner != rowid) return rc;
  *out_stored = 1;
  return vss_store_ready_slot(&table->store, vector);
}

/* Delete a row. The entries that were ready are asked about again, which reads nothing. */
static int delete_row(VssTable *table, sqlite3_int64 rowid) {
  int found, stored;
  uint32_t slot;
  int rc = vss_table_check_format(table);
  if (rc == SQLITE_OK) rc = vss_store_find_row(&table->store, rowid, &found, &slot);
  if (rc != SQLITE_OK || !found) return rc;
  rc = vss_table_touch(table, rowid);
  int n_vectors = slot == VSS_NONE ? 0 : table->def.n_vectors;
  for (int v = 0; v < n_vectors && rc == SQLITE_OK; v++)
    rc = ready_to_clear(table, v, slot, rowid, &stored);
  if (rc == SQLITE_OK) rc = vss_store_delete_row(&table->store, rowid);
  for (int v = 0; v < n_vectors && rc == SQLITE_OK; v++) {
    rc = ready_to_clear(table, v, slot, rowid, &stored);
    if (rc == SQLITE_OK && stored) vss_store_set_vector(&table->store, v, slot, rowid, NULL);
  }
  table->deleted = 1;
  if (rc == SQLITE_OK) rc = vss_table_apply(table, rowid, slot, NULL);
  return rc;
}

/* ---- which row: the rowid and the primary key ---- */

/* How the user calls the rowid. */
static const char *rowid_name(const VssTable *table) {
  const VssFilterDef *id = table->def.id;
  return id && id->key == VSS_KEY_ROWID ? id->name : "rowid";
}

/* What a row has as its primary key. Only for tables that have one. */
static sqlite3_value *key_of(const VssTable *table, const Row *row) {
  return row->filters[table->def.id - table->def.filters];
}

/*
** The codes and the start of the text are those of SQLite for a table of the user's own. It looks
** at the primary code alone when it does what the conflict clause says.
*/
static int duplicate_rowid(VssTable *table, sqlite3_int64 rowid) {
  const VssFilterDef *id = table->def.id;
  int is_key = id && id->key == VSS_KEY_ROWID;
  return vss_vtab_fail_as_sqlite(table,
                                 is_key ? SQLITE_CONSTRAINT_PRIMARYKEY : SQLITE_CONSTRAINT_ROWID,
                                 "UNIQUE constraint failed: %s.%s (%lld already exists)",
                                 table->store.name, rowid_name(table), rowid);
}

static int duplicate_key(VssTable *table, sqlite3_value *key) {
  const char *name = table->def.id->name;
  /* Asking for the text of a BLOB would make it one. */
  int is_blob = sqlite3_value_type(key) == SQLITE_BLOB;
  const char *text = is_blob ? NULL : (const char *)sqlite3_value_text(key);
  if (!text)
    return vss_vtab_fail_as_sqlite(table, SQLITE_CONSTRAINT_PRIMARYKEY,
                                   "UNIQUE constraint failed: %s.%s", table->store.name, name);
  return vss_vtab_fail_as_sqlite(table, SQLITE_CONSTRAINT_PRIMARYKEY,
                                 "UNIQUE constraint failed: %s.%s ('%!.60q' already exists)",
                                 table->store.name, name, text);
}

/* SQLITE_CONSTRAINT_NOTNULL for a row without a text key. An UPDATE may leave the key as it is. */
static int check_key(VssTable *table, const Row *row) {
  if (!vss_has_text_id(&table->def)) return SQLITE_OK;
  sqlite3_value *key = key_of(table, row);
  if (sqlite3_value_type(key) != SQLITE_NULL || sqlite3_value_nochange(key)) return SQLITE_OK;
  return vss_vtab_fail_as_sqlite(table, SQLITE_CONSTRAINT_NOTNULL,
                                 "NOT NULL constraint failed: %s.%s", table->store.name,
                                 table->def.id->name);
}

/* Whether the last statement on <t>_rows failed for its text key: SQLite names the column. */
static int is_duplicate_key(const VssTable *table) {
  if (sqlite3_extended_errcode(table->db) != SQLITE_CONSTRAINT_UNIQUE ||
      !vss_has_text_id(&table->def))
    return 0;
  char *text = sqlite3_mprintf("UNIQUE constraint failed: %s_rows.%s", table->store.name,
                               table->def.id->name);
  int is_key = text && sqlite3_stricmp(text, sqlite3_errmsg(table->db)) == 0;
  sqlite3_free(text);
  return is_key;
}

/*
** `rc` of a write to <t>_rows, in the words of this table where the row is refused for its rowid or
** its key. A trigger or an index that somebody else put on the shadow table may fail it with a
** constraint of its own.
*/
static int explain_conflict(VssTable *table, int rc, sqlite3_int64 rowid, const Row *row) {
  if ((rc & 255) != SQLITE_CONSTRAINT) return rc;
  int code = sqlite3_extended_errcode(table->db);
  if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID)
    return duplicate_rowid(table, rowid);
  return is_duplicate_key(table) ? duplicate_key(table, key_of(table, row)) : code;
}

/*
** Make room for `rowid` as the statement's conflict clause says: REPLACE deletes the row that has
** it.
*/
static int resolve_conflict(VssTable *table, sqlite3_int64 rowid) {
  int found;
  uint32_t slot;
  int rc = vss_store_find_row(&table->store, rowid, &found, &slot);
  if (rc != SQLITE_OK || !found) return rc;
  if (sqlite3_vtab_on_conflict(table->db) != SQLITE_REPLACE) return duplicate_rowid(table, rowid);
  return delete_row(table, rowid);
}

/*
** The row that has the text key of a row that is about to be written.
*/
static int find_key(VssTable *table, const Row *row, int *out_found, sqlite3_int64 *out_rowid) {
  return vss_store_find_id(&table->store, key_of(table, row), out_found, out_rowid);
}

/*
** Make room for a new row under REPLACE: the rows go that have its rowid or its text key. As in a
** table of the user's own, the rowid is chosen before a row makes room.
*/
static int replace_rows(VssTable *table, const Row *row, int *inout_has_rowid,
                        sqlite3_int64 *inout_rowid) {
  int found = 0, rc = SQLITE_OK;
  sqlite3_int64 rowid = 0;
  if (*inout_has_rowid) rc = resolve_conflict(table, *inout_rowid);
  if (rc != SQLITE_OK || !vss_has_text_id(&table->def)) return rc;
  rc = find_key(table, row, &found, &rowid);
  if (rc != SQLITE_OK || !found) return rc;
  if (!*inout_has_rowid) rc = vss_store_next_rowid(&table->store, inout_has_rowid, inout_rowid);
  return rc == SQLITE_OK ? delete_row(table, rowid) : rc;
}

/*
** An INTEGER, or what SQLite would store as one in an INTEGER PRIMARY KEY: '7' and 7.0. REALs count
** up to 2^53, beyond which not every integer is one.
*/
static int read_rowid(VssTable *table, sqlite3_value *value, sqlite3_int64 *out_rowid) {
  if (vss_value_whole(value, VSS_MOST_EXACT_REAL, out_rowid)) return SQLITE_OK;
  const char *text = (const char *)sqlite3_value_text(value);
  return vss_vtab_fail(table, SQLITE_MISMATCH, ".%s: got %s, expected an integer",
                       rowid_name(table), text ? text : "NULL");
}

/*
** The rowid that a row is to have: what is given for it, or for an integer key. An UPDATE of row
** *old may give both again without a change. *out_has 0: SQLite is to choose one.
*/
static int choose_rowid(VssTable *table, sqlite3_value *value, const Row *row,
                        const sqlite3_int64 *old, int *out_has, sqlite3_int64 *out_rowid) {
  const VssFilterDef *id = table->def.id;
  sqlite3_value *key = id && id->key == VSS_KEY_ROWID ? key_of(table, row) : NULL;
  sqlite3_int64 rowid = 0, named = 0;
  int has_rowid = old || sqlite3_value_type(value) != SQLITE_NULL;
  int has_key =
      key && !sqlite3_value_nochange(key) && (old || sqlite3_value_type(key) != SQLITE_NULL);
  int rc = has_rowid ? read_rowid(table, value, &rowid) : SQLITE_OK;
  if (rc == SQLITE_OK && has_key) rc = read_rowid(table, key, &named);
  if (rc != SQLITE_OK) return rc;
  int differ = has_rowid && has_key && named != rowid;
  if (differ && !(old && (rowid == *old || named == *old)))
    return vss_vtab_fail(table, SQLITE_ERROR,
                         ".%s: got %lld and the rowid %lld, expected the same number", id->name,
                         named, rowid);
  *out_has = has_rowid || has_key;
  *out_rowid = has_key && !(differ && named == *old) ? named : rowid;
  return SQLITE_OK;
}

/*
** Find the slot for a new row, and make its entries ready. An entry that has a vector already shows
** that the slots in the cache are wrong: then they are read from the rows. After that, it is one of
** a row that is gone.
*/
static int ready_to_insert(VssTable *table, Row *row, uint32_t *out_slot) {
  int is_first = 1, any = 1, rc = SQLITE_OK;
  while (any && rc == SQLITE_OK) {
    any = 0;
    rc = vss_table_free_slot(table, out_slot);
    for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++) {
      int taken = 0;
      sqlite3_int64 owner;
      rc = vss_store_find_owner(&table->store, v, *out_slot, 1, &taken, &owner);
      row->taken[v] = (unsigned char)taken;
      any |= taken;
    }
    if (!is_first) any = 0;
    if (any && rc == SQLITE_OK) rc = vss_table_rebuild(table);
    is_first = 0;
  }
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++) {
    if (row->vectors[v] || row->taken[v]) rc = vss_store_ready_slot(&table->store, v);
  }
  return rc;
}

/* Insert a checked row. */
static int insert_row(VssTable *table, sqlite3_value *rowid_value, Row *row,
                      sqlite3_int64 *out_rowid) {
  sqlite3_int64 rowid = 0;
  uint32_t slot;
  int has_rowid;
  int rc = choose_rowid(table, rowid_value, row, NULL, &has_rowid, &rowid);
  if (rc == SQLITE_OK) rc = check_key(table, row);
  /* Without REPLACE the INSERT itself finds a duplicate, which saves a look-up for every row of a
  ** load. */
  if (rc == SQLITE_OK && sqlite3_vtab_on_conflict(table->db) == SQLITE_REPLACE)
    rc = replace_rows(table, row, &has_rowid, &rowid);
  if (rc == SQLITE_OK) rc = ready_to_insert(table, row, &slot);
  if (rc != SQLITE_OK) return rc;
  rc = vss_store_insert_row(&table->store, has_rowid ? &rowid : NULL, slot, row->filters, &rowid);
  if (rc != SQLITE_OK) return explain_conflict(table, rc, rowid, row);
  rc = vss_table_touch(table, rowid);
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++) {
    if (row->vectors[v] || row->taken[v])
      vss_store_set_vector(&table->store, v, slot, rowid, stored_vector(row, v));
  }
  if (rc == SQLITE_OK) rc = vss_table_apply(table, rowid, slot, row->vectors);
  if (rc == SQLITE_OK) *out_rowid = rowid;
  return rc;
}

/*
** Filters that the UPDATE does not mention have no value: take them from the stored row. The copies
** in row->filters belong to the caller, who knows them by their addresses.
*/
static int fill_unchanged_filters(VssTable *table, sqlite3_int64 rowid, Row *row,
                                  sqlite3_stmt **out_stmt) {
  int n_filters = table->def.n_filters;
  int any = 0;
  for (int i = 0; i < n_filters; i++)
    any |= sqlite3_value_nochange(row->filters[i]);
  if (!any) return SQLITE_OK;
  int rc = vss_store_prepare_read_row(&table->store, out_stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(*out_stmt, 1, rowid);
  if (sqlite3_step(*out_stmt) != SQLITE_ROW) return sqlite3_reset(*out_stmt);
  for (int i = 0; i < n_filters && rc == SQLITE_OK; i++) {
    if (!sqlite3_value_nochange(row->filters[i])) continue;
    row->filters[i] = sqlite3_value_dup(sqlite3_column_value(*out_stmt, i));
    if (!row->filters[i]) rc = SQLITE_NOMEM;
  }
  return rc;
}

/*
** Make the entries ready that the UPDATE changes. An entry of another row in this row's slot is
** damage, and stays as it is.
*/
static int ready_to_update(VssTable *table, sqlite3_int64 rowid, sqlite3_int64 new_rowid,
                           uint32_t slot, Row *row) {
  int rc = slot == VSS_NONE ? SQLITE_CORRUPT_VTAB : SQLITE_OK;
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++) {
    int taken = 0;
    sqlite3_int64 owner;
    rc = vss_store_find_owner(&table->store, v, slot, 0, &taken, &owner);
    if (rc == SQLITE_OK && taken && owner != rowid) rc = SQLITE_CORRUPT_VTAB;
    row->taken[v] = (unsigned char)taken;
    if (rc != SQLITE_OK) break;
    if (row->unchanged[v]) {
      if (taken && new_rowid != rowid) rc = vss_store_ready_owner(&table->store, v, slot, rowid);
    } else if (row->vectors[v] || taken) {
      rc = vss_store_ready_slot(&table->store, v);
    }
  }
  return rc;
}

/* Write the changed parts of a row to the shadow tables, under its new rowid. */
static int write_update(VssTable *table, sqlite3_int64 rowid, sqlite3_int64 new_rowid, Row *row) {
  int found;
  uint32_t slot;
  int rc = vss_store_find_row(&table->store, rowid, &found, &slot);
  if (rc != SQLITE_OK || !found) return rc;
  rc = ready_to_update(table, rowid, new_rowid, slot, row);
  /* An UPDATE of vectors alone writes one page less. */
  if (rc == SQLITE_OK && (row->has_filters || new_rowid != rowid)) {
    rc = vss_store_update_row(&table->store, rowid, new_rowid, row->filters);
    rc = explain_conflict(table, rc, new_rowid, row);
  }
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++) {
    if (row->unchanged[v]) {
      if (row->taken[v] && new_rowid != rowid)
        vss_store_set_owner(&table->store, v, slot, new_rowid);
    } else if (row->vectors[v] || row->taken[v]) {
      vss_store_set_vector(&table->store, v, slot, new_rowid, stored_vector(row, v));
    }
  }
  return rc;
}

/* Of an UPDATE with REPLACE: the row goes that has the new text key of row `rowid`. */
static int replace_key(VssTable *table, sqlite3_int64 rowid, const Row *row) {
  if (!vss_has_text_id(&table->def) || sqlite3_vtab_on_conflict(table->db) != SQLITE_REPLACE ||
      sqlite3_value_nochange(key_of(table, row)))
    return SQLITE_OK;
  int found = 0;
  sqlite3_int64 other = 0;
  int rc = find_key(table, row, &found, &other);
  return rc == SQLITE_OK && found && other != rowid ? delete_row(table, other) : rc;
}

/*
** UPDATE. Both rowids are touched when they differ: the old one is gone, and the new one is new.
*/
static int update_row(VssTable *table, sqlite3_int64 rowid, sqlite3_value *rowid_value, Row *row) {
  sqlite3_int64 new_rowid;
  int has_rowid;
  int rc = choose_rowid(table, rowid_value, row, &rowid, &has_rowid, &new_rowid);
  if (rc == SQLITE_OK) rc = check_key(table, row);
  if (rc == SQLITE_OK && new_rowid != rowid) rc = resolve_conflict(table, new_rowid);
  if (rc == SQLITE_OK) rc = replace_key(table, rowid, row);
  if (rc == SQLITE_OK) rc = vss_table_touch(table, rowid);
  if (rc == SQLITE_OK && new_rowid != rowid) rc = vss_table_touch(table, new_rowid);
  sqlite3_stmt *stored = NULL;
  sqlite3_value **given = NULL;
  int n_filters = table->def.n_filters;
  if (rc == SQLITE_OK) {
    given = vss_malloc((uint64_t)n_filters * sizeof(sqlite3_value *));
    if (!given) rc = SQLITE_NOMEM;
  }
  if (rc == SQLITE_OK) {
    memcpy(given, row->filters, (size_t)n_filters * sizeof(sqlite3_value *));
    rc = fill_unchanged_filters(table, rowid, row, &stored);
  }
  if (rc == SQLITE_OK) rc = write_update(table, rowid, new_rowid, row);
  /* The resident state reads both rowids again: vectors that did not change are not in hand here.
  */
  if (rc == SQLITE_OK && table->loaded) rc = vss_table_sync(table);
  for (int i = 0; given && i < n_filters; i++) {
    if (row->filters[i] != given[i]) sqlite3_value_free(row->filters[i]);
  }
  vss_free(given);
  sqlite3_finalize(stored);
  return rc;
}

/* insert into t(t) values('rebuild' ...); fts5 has the first two under the same names. */
static int command(VssTable *table, sqlite3_value *value) {
  const char *text = (const char *)sqlite3_value_text(value);
  if (text && sqlite3_stricmp(text, "rebuild") == 0) return vss_table_rebuild(table);
  if (text && sqlite3_stricmp(text, "integrity-check") == 0) {
    char *message = NULL;
    int rc = vss_integrity_find(table, &message);
    if (rc == SQLITE_OK && message) rc = vss_vtab_fail(table, SQLITE_CORRUPT_VTAB, ": %s", message);
    sqlite3_free(message);
    return rc;
  }
  if (text && sqlite3_stricmp(text, "cache-off") == 0) return vss_table_set_cache(table, 0);
  if (text && sqlite3_stricmp(text, "cache-on") == 0) return vss_table_set_cache(table, 1);
  return vss_vtab_fail(table, SQLITE_ERROR,
                       ": unknown command '%s', expected 'rebuild', 'integrity-check', 'cache-off' "
                       "or 'cache-on'",
                       text ? text : "");
}

int vss_vtab_update(sqlite3_vtab *vtab, int argc, sqlite3_value **argv, sqlite3_int64 *out_rowid) {
  VssTable *table = (VssTable *)vtab;
  if (argc == 1) return delete_row(table, sqlite3_value_int64(argv[0]));
  int is_insert = sqlite3_value_type(argv[0]) == SQLITE_NULL;
  sqlite3_value *command_value = argv[2 + vss_plan_command_column(table)];
  if (is_insert && sqlite3_value_type(command_value) != SQLITE_NULL)
    return command(table, command_value);

  Row row = {0};
  int rc = read_row(table, argv + 2, &row);
  /* With the state loaded at the first write, the rows that follow go straight into the index. */
  if (rc == SQLITE_OK && !table->loaded) rc = vss_table_sync(table);
  if (rc == SQLITE_OK) {
    rc = is_insert ? insert_row(table, argv[1], &row, out_rowid)
                   : update_row(table, sqlite3_value_int64(argv[0]), argv[1], &row);
  }
  release_row(table, &row);
  return rc;
}
