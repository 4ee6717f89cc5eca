/*
** Slots of rows made right from the vectors: part of vss_table_rebuild(), vss0/table_int.h.
**
**   t_rows        slot          packs, by slot         repaired
**   rowid 7       12            12: of rowid 7         stays
**   rowid 9       NULL          13: of rowid 9         13, where its vector lies
**   rowid 4       12            nothing of it          14, the lowest that is free
**
** Each entry says whose it is. So a row whose slot was lost, or is another row's, gets back its
** vectors. Where the vectors of one row lie in two slots, those of the first column count.
*/
#include "vss0/table_int.h"

#include "sqlite/error.h"

/* Give the row of an entry the slot of the entry, unless it has one already. */
static int claim_entry(VssTable *table, VssIdmap *map, uint64_t slot, const uint8_t *entry,
                       uint32_t limit) {
  int taken, found;
  sqlite3_int64 rowid;
  uint32_t stored;
  if (slot > limit || vss_pack_read_header(entry, &taken, &rowid) != SQLITE_OK || !taken)
    return SQLITE_OK;
  int rc = vss_store_find_row(&table->store, rowid, &found, &stored);
  if (rc != SQLITE_OK || !found) return rc;
  if (vss_bitmap_get(&map->live, (uint32_t)slot) || vss_idmap_find(map, rowid) != VSS_NONE)
    return SQLITE_OK;
  return vss_error_sqlite_rc(vss_idmap_place(map, rowid, (uint32_t)slot), SQLITE_OK);
}

/* Walk through the entries of a column. Packs of a wrong length are damage, and say nothing. */
static int claim_entries(VssTable *table, int vector, VssIdmap *map, uint32_t limit) {
  const VssPacks *packs = &table->store.packs[vector];
  sqlite3_stmt *stmt = NULL;
  int rc = vss_store_scan_packs(&table->store, vector, &stmt);
  while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
    sqlite3_int64 pack = sqlite3_column_int64(stmt, 0);
    const uint8_t *entry = sqlite3_column_blob(stmt, 3);
    uint64_t size_bytes = (uint64_t)sqlite3_column_bytes(stmt, 3);
    if (!entry || pack < 0 || pack > limit ||
        size_bytes != (uint64_t)packs->n_lanes * packs->entry_bytes)
      continue;
    for (uint32_t i = 0; i < packs->n_lanes && rc == SQLITE_OK; i++) {
      rc = claim_entry(table, map, (uint64_t)pack * packs->n_lanes + i, entry, limit);
      entry += packs->entry_bytes;
    }
  }
  int finalize_rc = sqlite3_finalize(stmt);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/* A row without vectors keeps its slot if no other row has it. */
static int repair_row(VssTable *table, VssIdmap *map, sqlite3_int64 rowid, uint32_t stored,
                      uint32_t limit) {
  uint32_t slot = vss_idmap_find(map, rowid);
  int code = VSS_OK;
  if (slot == VSS_NONE && stored <= limit && !vss_bitmap_get(&map->live, stored)) {
    slot = stored;
    code = vss_idmap_place(map, rowid, slot);
  } else if (slot == VSS_NONE) {
    code = vss_idmap_add(map, rowid, &slot);
  }
  if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
  return slot == stored ? SQLITE_OK : vss_store_set_slot(&table->store, rowid, slot);
}

int vss_table_repair_slots(VssTable *table) {
  VssIdmap map = {0};
  sqlite3_int64 n_rows = 0;
  sqlite3_stmt *rows = NULL;
  int rc = vss_store_write_all_waiting(&table->store);
  if (rc == SQLITE_OK) rc = vss_store_count_rows(&table->store, &n_rows);
  uint32_t limit = vss_table_slot_limit((uint64_t)n_rows);
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++)
    rc = claim_entries(table, v, &map, limit);
  if (rc == SQLITE_OK) rc = vss_store_scan_slots(&table->store, &rows);
  while (rc == SQLITE_OK && sqlite3_step(rows) == SQLITE_ROW)
    rc = repair_row(table, &map, sqlite3_column_int64(rows, 0), vss_store_column_slot(rows, 1),
                    limit);
  int finalize_rc = sqlite3_finalize(rows);
  vss_idmap_free(&map);
  return rc == SQLITE_OK ? finalize_rc : rc;
}
