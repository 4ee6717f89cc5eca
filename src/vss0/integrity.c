/*
** Integrity of a vss0 table: vss0/integrity.h.
**
**   1. <t>_vector<i>         each pack has the right length, and each vector in it a row
**   2. <t>_rows              each row has a slot of its own
**                            and a text key of its own, where there are such keys
**   3. the resident state    has exactly the rows of <t>_rows, and of each vector the right code
**
** The resident state has come from <t>_cache where that is usable, so that a wrong cache shows
** here, too.
*/
#include "vss0/integrity.h"

#include <string.h>

#include "base/codec.h"

/* One entry of a pack: its row must be there, and have the slot in which the entry lies. */
static int check_entry(VssTable *table, int vector, sqlite3_int64 slot, const uint8_t *entry,
                       char **out_message) {
  const char *column = table->def.vectors[vector].name;
  int taken, found;
  sqlite3_int64 rowid;
  uint32_t wanted;
  int rc = vss_pack_read_header(entry, &taken, &rowid);
  if (rc != SQLITE_OK) {
    *out_message =
        sqlite3_mprintf("column %s: the entry of slot %lld starts with %d, expected 0 or 1", column,
                        slot, entry[0]);
    return SQLITE_OK;
  }
  if (!taken) return SQLITE_OK;
  rc = vss_store_find_row(&table->store, rowid, &found, &wanted);
  if (rc == SQLITE_OK && !found) {
    *out_message = sqlite3_mprintf("column %s: vector of rowid %lld has no row", column, rowid);
  } else if (rc == SQLITE_OK && wanted != slot) {
    *out_message = sqlite3_mprintf(
        "column %s: vector of rowid %lld is in slot %lld, not in the row's", column, rowid, slot);
  }
  return rc;
}

/* The packs of a column, until something is wrong with one of them. */
static int check_packs(VssTable *table, int vector, char **out_message) {
  const VssPacks *packs = &table->store.packs[vector];
  const char *column = table->def.vectors[vector].name;
  int size_bytes = (int)(packs->n_lanes * packs->entry_bytes);
  sqlite3_stmt *stmt = NULL;
  int rc = vss_store_scan_packs(&table->store, vector, &stmt);
  while (rc == SQLITE_OK && !*out_message && sqlite3_step(stmt) == SQLITE_ROW) {
    sqlite3_int64 pack = sqlite3_column_int64(stmt, 0);
    const char *type = (const char *)sqlite3_column_text(stmt, 1);
    int length = sqlite3_column_int(stmt, 2);
    if (!type) break; /* out of memory, as the reset says */
    if (strcmp(type, "blob") != 0 || length != size_bytes) {
      *out_message =
          sqlite3_mprintf("column %s: pack %lld is a %s of %d bytes, expected a blob of %d", column,
                          pack, type, length, size_bytes);
      break;
    }
    const uint8_t *entry = sqlite3_column_blob(stmt, 3);
    if (!entry) break;
    for (uint32_t i = 0; i < packs->n_lanes && rc == SQLITE_OK && !*out_message; i++) {
      rc = check_entry(table, vector, pack * packs->n_lanes + i, entry, out_message);
      entry += packs->entry_bytes;
    }
  }
  int finalize_rc = sqlite3_finalize(stmt);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/* The slots of the rows: a bit for each. */
static int check_slots(VssTable *table, char **out_message) {
  VssBitmap used = {0};
  sqlite3_stmt *rows = NULL;
  sqlite3_int64 n_rows;
  int code = VSS_OK;
  int rc = vss_store_count_rows(&table->store, &n_rows);
  if (rc == SQLITE_OK) rc = vss_store_scan_slots(&table->store, &rows);
  while (rc == SQLITE_OK && code == VSS_OK && !*out_message && sqlite3_step(rows) == SQLITE_ROW) {
    sqlite3_int64 rowid = sqlite3_column_int64(rows, 0);
    uint32_t slot = vss_store_column_slot(rows, 1);
    if (slot > vss_table_slot_limit((uint64_t)n_rows)) {
      *out_message = sqlite3_mprintf("rowid %lld has no slot that there can be", rowid);
    } else if (vss_bitmap_get(&used, slot)) {
      *out_message = sqlite3_mprintf("rowid %lld has slot %u, which another row has", rowid, slot);
    } else {
      code = vss_bitmap_set(&used, slot);
    }
  }
  int finalize_rc = sqlite3_finalize(rows);
  vss_bitmap_free(&used);
  if (code != VSS_OK) return SQLITE_NOMEM;
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/* Every row has a text key of its own, where the table has such keys. */
static int check_keys(VssTable *table, char **out_message) {
  if (!vss_has_text_id(&table->def)) return SQLITE_OK;
  const char *name = table->def.id->name;
  int found, is_null;
  sqlite3_int64 rowid;
  int rc = vss_store_find_wrong_id(&table->store, &found, &is_null, &rowid);
  if (rc == SQLITE_OK && found)
    *out_message = sqlite3_mprintf(
        is_null ? "rowid %lld has no %s" : "rowid %lld has the %s of another row", rowid, name);
  return rc;
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
  int rc = vss_store_scan_slots(&table->store, &rows);
  while (rc == SQLITE_OK && !*out_message && sqlite3_step(rows) == SQLITE_ROW) {
    sqlite3_int64 rowid = sqlite3_column_int64(rows, 0);
    uint32_t slot = vss_idmap_find(&table->resident.map, rowid);
    n_rows++;
    if (slot == VSS_NONE) {
      *out_message = sqlite3_mprintf("rowid %lld is missing from the index", rowid);
    } else if (slot != vss_store_column_slot(rows, 1)) {
      *out_message =
          sqlite3_mprintf("rowid %lld is in slot %u of the index, not in the row's", rowid, slot);
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
  int rc = vss_table_check_format(table);
  if (rc == SQLITE_OK) rc = vss_store_write_all_waiting(&table->store);
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK && !*out_message; v++)
    rc = check_packs(table, v, out_message);
  if (rc == SQLITE_OK && !*out_message) rc = check_slots(table, out_message);
  if (rc == SQLITE_OK && !*out_message) rc = check_keys(table, out_message);
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
