/*
** Integrity of a vss0 table: vss0/integrity.h.
**
**   1. <t>_vector<i>         each vector has a row and the right length
**   2. the resident state    has exactly the rows of <t>_rows, and of each vector the right code
**
** The resident state has come from <t>_cache where that is usable, so that a wrong cache shows
** here, too.
*/
#include "vss0/integrity.h"

#include "base/codec.h"

/*
** The first stored vector of a column that has no row, or that is not a BLOB of the right length.
*/
static int check_stored(VssTable *table, int vector, char **out_message) {
  const VssVectorDef *column = &table->def.vectors[vector];
  sqlite3_stmt *stmt = NULL;
  int rc = vss_store_scan_bad_vectors(&table->store, vector, &stmt);
  if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
    sqlite3_int64 rowid = sqlite3_column_int64(stmt, 0);
    /* Column 3 says that the row is missing; then type and length do not matter. */
    if (sqlite3_column_int(stmt, 3)) {
      *out_message =
          sqlite3_mprintf("column %s: vector of rowid %lld has no row", column->name, rowid);
    } else {
      *out_message = sqlite3_mprintf(
          "column %s: vector of rowid %lld is a %s of %d bytes, expected a blob of %d",
          column->name, rowid, sqlite3_column_text(stmt, 1), sqlite3_column_int(stmt, 2),
          (int)vss_vector_bytes(column));
    }
  }
  int finalize_rc = sqlite3_finalize(stmt);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/*
** One vector of a row. It must be in the index if and only if it is stored, and its code must be
** the one that the stored vector gets: a code that does not bound its vector could hide the row
** from a search.
*/
static int check_vector(VssTable *table, int vector, sqlite3_int64 rowid, uint32_t slot,
                        char **out_message) {
  const VssVectorDef *column = &table->def.vectors[vector];
  const VssIndex *index = table->resident.indexes[vector];
  int rc = vss_table_read_vector(table, vector, rowid, table->resident.scratch);
  int is_stored = rc == SQLITE_OK;
  if (rc == SQLITE_DONE) rc = SQLITE_OK;
  if (rc != SQLITE_OK) return rc;
  int is_indexed = vss_index_has(index, slot);
  if (is_stored &&
      vss_codec_check_finite(table->resident.scratch, (uint64_t)column->dim, NULL) != VSS_OK) {
    *out_message =
        sqlite3_mprintf("column %s: vector of rowid %lld is not finite", column->name, rowid);
  } else if (is_stored != is_indexed) {
    *out_message = sqlite3_mprintf("column %s: rowid %lld is %s the index but %s the table",
                                   column->name, rowid, is_indexed ? "in" : "missing from",
                                   is_stored ? "in" : "missing from");
  } else if (is_stored && !vss_index_matches(index, slot, table->resident.scratch)) {
    *out_message = sqlite3_mprintf("column %s: the code of rowid %lld does not bound its vector",
                                   column->name, rowid);
  }
  return SQLITE_OK;
}

/*
** Whether the resident slot map has exactly the rows of the table, and each index exactly their
** vectors. Rows that are only in the slot map show in the count.
*/
static int check_resident(VssTable *table, char **out_message) {
  sqlite3_stmt *rows = NULL;
  uint32_t n_rows = 0;
  int rc = vss_store_scan_rowids(&table->store, &rows);
  while (rc == SQLITE_OK && !*out_message && sqlite3_step(rows) == SQLITE_ROW) {
    sqlite3_int64 rowid = sqlite3_column_int64(rows, 0);
    uint32_t slot = vss_idmap_find(&table->resident.map, rowid);
    n_rows++;
    if (slot == VSS_NONE) {
      *out_message = sqlite3_mprintf("rowid %lld is missing from the index", rowid);
    }
    for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK && !*out_message; v++)
      rc = check_vector(table, v, rowid, slot, out_message);
  }
  int finalize_rc = sqlite3_finalize(rows);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK && !*out_message && n_rows != table->resident.map.n_live) {
    *out_message =
        sqlite3_mprintf("the index has %u rows, the table %u", table->resident.map.n_live, n_rows);
  }
  return rc;
}

/* A text that was found wins over a failure: the damage is what the user asked about. */
int vss_integrity_find(VssTable *table, char **out_message) {
  *out_message = NULL;
  int rc = SQLITE_OK;
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK && !*out_message; v++)
    rc = check_stored(table, v, out_message);
  /* From here on the check is about what searches will use, loaded from the cache or the rows. */
  if (rc == SQLITE_OK && !*out_message) rc = vss_table_sync(table);
  if (rc == SQLITE_OK && !*out_message) rc = check_resident(table, out_message);
  if (*out_message) rc = SQLITE_OK;
  return rc;
}

/* PRAGMA integrity_check goes on to the next table; a failure here would end it. */
int vss_integrity_check(sqlite3_vtab *vtab, const char *schema, const char *name, int flags,
                        char **out_message) {
  (void)schema;
  (void)flags;
  VssTable *table = (VssTable *)vtab;
  char *message = NULL;
  int rc = vss_integrity_find(table, &message);
  if (rc == SQLITE_OK && message) *out_message = sqlite3_mprintf("vss0 %s: %s", name, message);
  if (rc == SQLITE_CORRUPT || rc == SQLITE_CORRUPT_VTAB) {
    *out_message = sqlite3_mprintf("vss0 %s: its shadow tables are damaged", name);
    rc = SQLITE_OK;
  }
  sqlite3_free(message);
  return rc;
}
