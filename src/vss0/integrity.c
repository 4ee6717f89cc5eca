/*
** Integrity of a vss0 table: vss0/integrity.h.
**
**   <t>_vector<i>          each vector has a row and the right length      first: what follows reads them
**   the resident state     has exactly the rows of <t>_rows, and a code for each vector that bounds it
**
** The resident state has come from <t>_cache where that is usable, so that a wrong cache shows here, too.
*/
#include "vss0/integrity.h"

#include "base/codec.h"

/* The first stored vector of one column that has no row, or is not a BLOB of the right length. */
static int check_stored(VssTable *table, int vector, char **out_message) {
  const VssVectorDef *column = &table->def.vectors[vector];
  sqlite3_stmt *stmt = NULL;
  int rc = vss_store_scan_bad_vectors(&table->store, vector, &stmt);
  if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
    sqlite3_int64 rowid = sqlite3_column_int64(stmt, 0);
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

/* One vector of a row: whether it is stored and whether it is in the index must agree, and its code must bound it. */
static int check_vector(VssTable *table, int vector, sqlite3_int64 rowid, uint32_t slot,
                        char **out_message) {
  const VssVectorDef *column = &table->def.vectors[vector];
  const VssIndex *index = table->indexes[vector];
  int rc = vss_store_read_vector(&table->store, vector, rowid, table->scratch);
  int is_stored = rc == SQLITE_OK;
  if (rc == SQLITE_DONE) rc = SQLITE_OK;
  if (rc != SQLITE_OK) return rc;
  int is_indexed = vss_index_has(index, slot);
  if (is_stored && vss_codec_check_finite(table->scratch, (uint64_t)column->dim, NULL) != VSS_OK) {
    *out_message =
        sqlite3_mprintf("column %s: vector of rowid %lld is not finite", column->name, rowid);
  } else if (is_stored != is_indexed) {
    *out_message = sqlite3_mprintf("column %s: rowid %lld is %s the index but %s the table",
                                   column->name, rowid, is_indexed ? "in" : "missing from",
                                   is_stored ? "in" : "missing from");
  } else if (is_stored && !vss_index_matches(index, slot, table->scratch)) {
    *out_message = sqlite3_mprintf("column %s: the code of rowid %lld does not bound its vector",
                                   column->name, rowid);
  }
  return SQLITE_OK;
}

/* Whether the resident slot map holds exactly the rows of the table, and each index exactly their vectors. */
static int check_resident(VssTable *table, char **out_message) {
  sqlite3_stmt *rows = NULL;
  uint32_t n_rows = 0;
  int rc = vss_store_scan_rowids(&table->store, &rows);
  while (rc == SQLITE_OK && !*out_message && sqlite3_step(rows) == SQLITE_ROW) {
    sqlite3_int64 rowid = sqlite3_column_int64(rows, 0);
    uint32_t slot = vss_idmap_find(&table->map, rowid);
    n_rows++;
    if (slot == VSS_NONE) {
      *out_message = sqlite3_mprintf("rowid %lld is missing from the index", rowid);
    }
    for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK && !*out_message; v++)
      rc = check_vector(table, v, rowid, slot, out_message);
  }
  int finalize_rc = sqlite3_finalize(rows);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK && !*out_message && n_rows != table->map.n_live) {
    *out_message =
        sqlite3_mprintf("the index has %u rows, the table %u", table->map.n_live, n_rows);
  }
  return rc;
}

int vss_integrity_find(VssTable *table, char **out_message) {
  *out_message = NULL;
  int rc = SQLITE_OK;
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK && !*out_message; v++)
    rc = check_stored(table, v, out_message);
  if (rc == SQLITE_OK && !*out_message) rc = vss_table_sync(table);
  if (rc == SQLITE_OK && !*out_message) rc = check_resident(table, out_message);
  if (*out_message) rc = SQLITE_OK;
  return rc;
}

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
