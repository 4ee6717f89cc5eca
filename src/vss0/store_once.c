/*
** Statements of the store that are needed once in a while, and are prepared anew each time: scans,
** which their callers own, conditions, and what is asked of the whole table. vss0/store.h tells
** what each of them gives; those that are kept are in vss0/store.c.
*/
#include "vss0/store_int.h"

/*
** Prepare formatted SQL (owned; NULL: out of memory) for a caller who owns the statement. For
** statements that are needed once in a while: they are not worth a place in the list.
*/
static int prepare_formatted(VssStore *store, char *sql, sqlite3_stmt **out_statement) {
  if (!sql) return SQLITE_NOMEM;
  int rc = vss_store_prepare(store, sql, 0, out_statement);
  sqlite3_free(sql);
  return rc;
}

/* The rows are asked and not the index, so that an index that is wrong hides nothing. */
int vss_store_find_wrong_id(VssStore *store, int *out_found, int *out_is_null,
                            sqlite3_int64 *out_rowid) {
  const char *id = store->def->id->name;
  sqlite3_stmt *stmt = NULL;
  int rc = prepare_formatted(
      store,
      sqlite3_mprintf("select \"%w\" is null, max(rowid) from $s.\"$t_rows\" not indexed "
                      "group by \"%w\" having count(*) > 1 or \"%w\" is null limit 1",
                      id, id, id),
      &stmt);
  if (rc != SQLITE_OK) return rc;
  int found = sqlite3_step(stmt) == SQLITE_ROW;
  if (found) {
    *out_is_null = sqlite3_column_int(stmt, 0);
    *out_rowid = sqlite3_column_int64(stmt, 1);
  }
  rc = sqlite3_finalize(stmt);
  if (rc == SQLITE_OK) *out_found = found;
  return rc;
}

int vss_store_count_rows(VssStore *store, sqlite3_int64 *out_count) {
  sqlite3_stmt *stmt = NULL;
  int rc = vss_store_prepare(store, "select count(*) from $s.\"$t_rows\"", 0, &stmt);
  if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
    *out_count = sqlite3_column_int64(stmt, 0);
  int finalize_rc = sqlite3_finalize(stmt);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/* Rowid order is the order of the b-tree: SQLite sorts nothing. */
int vss_store_scan_slots(VssStore *store, sqlite3_stmt **out_statement) {
  return prepare_formatted(
      store,
      sqlite3_mprintf("select rowid, %s from $s.\"$t_rows\" order by rowid", store->slot_column),
      out_statement);
}

/*
** The order does not matter, and SQLite reads a table fastest in the order in which it is stored.
*/
int vss_store_scan_column(VssStore *store, int filter, sqlite3_stmt **out_statement) {
  return prepare_formatted(
      store,
      sqlite3_mprintf("select rowid, \"%w\" from $s.\"$t_rows\"", store->def->filters[filter].name),
      out_statement);
}

/* The condition is our own SQL: vss0/check.c builds it of a column, an operator and ?2. */
int vss_store_prepare_test(VssStore *store, const char *condition, sqlite3_stmt **out_statement) {
  return prepare_formatted(
      store,
      sqlite3_mprintf("select 1 from $s.\"$t_rows\" as r where r.rowid = ?1 and %s", condition),
      out_statement);
}

/*
** A vector stands in a table of its own, and is fetched only when a condition names it:
**
**   (select substr(p.vectors, 10 + r.slot % 21 * 1545, 1536) from docs_vector0 as p
**    where p.pack = r.slot / 21
**    and hex(substr(p.vectors, 1 + r.slot % 21 * 1545, 9)) = printf('01%016X', r.rowid))
*/
void vss_store_append_column(const VssStore *store, int column, sqlite3_str *sql) {
  const VssColumnDef *def = &store->def->columns[column];
  if (!def->is_vector) {
    sqlite3_str_appendf(sql, "r.\"%w\"", def->name);
    return;
  }
  const VssPacks *packs = &store->packs[def->number];
  const char *slot = store->slot_column;
  sqlite3_str_appendf(sql,
                      "(select substr(p.vectors, %d + r.%s %% %u * %u, %u) "
                      "from $s.\"$t_vector%d\" as p where p.pack = r.%s / %u and "
                      "hex(substr(p.vectors, 1 + r.%s %% %u * %u, %d)) = "
                      "printf('01%%016X', r.rowid))",
                      VSS_PACK_HEADER_BYTES + 1, slot, packs->n_lanes, packs->entry_bytes,
                      packs->vector_bytes, def->number, slot, packs->n_lanes, slot, packs->n_lanes,
                      packs->entry_bytes, VSS_PACK_HEADER_BYTES);
}

/* length() of a BLOB is read from the record's header: no vector is loaded. */
int vss_store_scan_packs(VssStore *store, int vector, sqlite3_stmt **out_statement) {
  return prepare_formatted(
      store,
      sqlite3_mprintf("select pack, typeof(vectors), length(vectors), vectors from "
                      "$s.\"$t_vector%d\" order by pack",
                      vector),
      out_statement);
}

/* For a repair, which is rare: the statement is not kept. */
int vss_store_set_slot(VssStore *store, sqlite3_int64 rowid, uint32_t slot) {
  sqlite3_stmt *stmt = NULL;
  int rc = prepare_formatted(
      store,
      sqlite3_mprintf("update $s.\"$t_rows\" set %s = ?2 where rowid = ?1", store->slot_column),
      &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(stmt, 1, rowid);
  sqlite3_bind_int64(stmt, 2, slot);
  sqlite3_step(stmt);
  return sqlite3_finalize(stmt);
}

/* A table without a number there is taken for what it should be: its rows are checked anyway. */
int vss_store_read_format(VssStore *store, sqlite3_int64 *out_format) {
  sqlite3_stmt *stmt = NULL;
  int rc =
      vss_store_prepare(store, "select value from $s.\"$t_config\" where key = 'format'", 0, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_int64 format = VSS_STORE_FORMAT;
  if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_type(stmt, 0) == SQLITE_INTEGER)
    format = sqlite3_column_int64(stmt, 0);
  rc = sqlite3_finalize(stmt);
  if (rc == SQLITE_OK) *out_format = format;
  return rc;
}
