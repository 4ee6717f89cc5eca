/*
** What the shadow tables take in the file: vss0/store.h.
**
**   a page of docs_cache   | header | pointers to cells | unused | records ... |
**                            pgsize: all of it            payload: the records alone
**
** Only SQLite itself knows how full its pages are. It tells by the virtual table dbstat, which
** reads every page of a table for it, those of long BLOBs too.
*/
#include "vss0/store_int.h"

/*
** Add the pages of one table, and set the bytes of its records. A table that is missing has none.
** number: of a table of vectors; below 0 for the others.
*/
static int measure_table(VssStore *store, const char *suffix, int number,
                         sqlite3_int64 *inout_pages, sqlite3_int64 *out_records) {
  sqlite3_stmt *stmt = NULL;
  char *name = number < 0 ? sqlite3_mprintf("%s_%s", store->name, suffix)
                          : sqlite3_mprintf("%s_%s%d", store->name, suffix, number);
  if (!name) return SQLITE_NOMEM;
  /* dbstat is a virtual table itself, which vss_store_prepare() would refuse. */
  int rc = sqlite3_prepare_v2(store->db,
                              "select pgsize, payload from dbstat "
                              "where schema = ?1 and aggregate = 1 and name = ?2",
                              -1, &stmt, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_bind_text(stmt, 1, store->schema, -1, SQLITE_STATIC);
  if (rc == SQLITE_OK) rc = sqlite3_bind_text(stmt, 2, name, -1, SQLITE_STATIC);
  if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
    *inout_pages += sqlite3_column_int64(stmt, 0);
    *out_records = sqlite3_column_int64(stmt, 1);
  }
  int finalize_rc = sqlite3_finalize(stmt);
  sqlite3_free(name);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/*
** The tables one by one: dbstat reads no more of the database than the table that it is asked
** about. The records of vectors are not used: what they hold beside vectors counts as waste.
*/
int vss_store_measure(VssStore *store, VssStoreSizes *out_sizes) {
  VssStoreSizes sizes = {0};
  sqlite3_int64 ignored;
  int rc = measure_table(store, "rows", -1, &sizes.pages, &sizes.rows);
  if (rc == SQLITE_OK) rc = measure_table(store, "cache", -1, &sizes.pages, &sizes.cache);
  if (rc == SQLITE_OK) rc = measure_table(store, "config", -1, &sizes.pages, &ignored);
  for (int v = 0; v < store->def->n_vectors && rc == SQLITE_OK; v++)
    rc = measure_table(store, "vector", v, &sizes.pages, &ignored);
  sqlite3_stmt *stmt = NULL;
  /* The length of a BLOB is in its record's header. Kind 0 are slots: docs/format.md. */
  if (rc == SQLITE_OK)
    rc = vss_store_prepare(
        store, "select total(length(data)) from $s.\"$t_cache\" where id >= 4294967296", 0, &stmt);
  if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
    sizes.codes = sqlite3_column_int64(stmt, 0);
  int finalize_rc = sqlite3_finalize(stmt);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK) *out_sizes = sizes;
  return rc;
}
