/*
** Slots of rows made right from the vectors: part of vss_table_rebuild(), vss0/table_int.h.
**
**   t_rows        slot          packs, by slot         repaired
**   rowid 7       12            12: of rowid 7         stays
**   rowid 9       NULL          13: of rowid 9         13, where its vector lies
**   rowid 4       12            nothing of it          14, the lowest that is free
**
** Each entry says whose it is. So a row whose slot was lost, or is another row's, gets back its
** vectors. Where the vectors of one row lie in two slots, those of the first column count. A row in
** a slot that is too high gets another one, and its vectors move there.
*/
#include "vss0/table_int.h"

#include <string.h>

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

/* A row that is to have another slot. */
typedef struct Change {
  sqlite3_int64 rowid;
  uint32_t stored, slot;
} Change;

/*
** Find the slot of a row. A row without vectors keeps its slot if no other row has it. What has to
** change is noted for later: a scan of a damaged table might never end if rows were written in it.
*/
static int place_row(VssIdmap *map, sqlite3_int64 rowid, uint32_t stored, uint32_t limit,
                     VssBuffer *changes) {
  uint32_t slot = vss_idmap_find(map, rowid);
  int code = VSS_OK;
  if (slot == VSS_NONE && stored <= limit && !vss_bitmap_get(&map->live, stored)) {
    slot = stored;
    code = vss_idmap_place(map, rowid, slot);
  } else if (slot == VSS_NONE) {
    code = vss_idmap_add(map, rowid, &slot);
  }
  if (code == VSS_OK && slot != stored) {
    Change change = {rowid, stored, slot};
    vss_buffer_append(changes, &change, sizeof change);
    code = vss_buffer_status(changes);
  }
  return vss_error_sqlite_rc(code, SQLITE_OK);
}

/* Move a vector to another slot. Nothing moves where the entry is not the row's. */
static int move_vector(VssTable *table, int vector, const Change *change) {
  VssStore *store = &table->store;
  int taken;
  sqlite3_int64 owner;
  int rc =
      vss_store_read_slot(store, vector, change->stored, change->rowid, table->resident.scratch);
  if (rc != SQLITE_OK) return rc == SQLITE_NOMEM ? rc : SQLITE_OK;
  rc = vss_store_find_owner(store, vector, change->slot, 0, &taken, &owner);
  if (rc == SQLITE_OK) rc = vss_store_ready_slot(store, vector);
  if (rc != SQLITE_OK) return rc;
  vss_store_set_vector(store, vector, change->slot, change->rowid, table->resident.scratch);
  rc = vss_store_find_owner(store, vector, change->stored, 0, &taken, &owner);
  if (rc == SQLITE_OK) rc = vss_store_ready_slot(store, vector);
  if (rc != SQLITE_OK) return rc;
  vss_store_set_vector(store, vector, change->stored, change->rowid, NULL);
  return SQLITE_OK;
}

static int apply_change(VssTable *table, const Change *change, uint32_t limit) {
  int moves = change->stored > limit && change->stored != VSS_NONE;
  int rc = SQLITE_OK;
  for (int v = 0; v < table->def.n_vectors && moves && rc == SQLITE_OK; v++)
    rc = move_vector(table, v, change);
  return rc == SQLITE_OK ? vss_store_set_slot(&table->store, change->rowid, change->slot) : rc;
}

int vss_table_repair_slots(VssTable *table) {
  VssIdmap map = {0};
  VssBuffer changes = {0};
  sqlite3_int64 n_rows = 0;
  sqlite3_stmt *rows = NULL;
  int rc = vss_store_write_all_waiting(&table->store);
  if (rc == SQLITE_OK) rc = vss_store_count_rows(&table->store, &n_rows);
  uint32_t limit = vss_table_slot_limit((uint64_t)n_rows);
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++)
    rc = claim_entries(table, v, &map, limit);
  if (rc == SQLITE_OK) rc = vss_store_scan_slots(&table->store, &rows);
  while (rc == SQLITE_OK && sqlite3_step(rows) == SQLITE_ROW)
    rc = place_row(&map, sqlite3_column_int64(rows, 0), vss_store_column_slot(rows, 1), limit,
                   &changes);
  int finalize_rc = sqlite3_finalize(rows);
  if (rc == SQLITE_OK) rc = finalize_rc;
  for (uint64_t at = 0; at < changes.size_bytes && rc == SQLITE_OK; at += sizeof(Change)) {
    Change change;
    memcpy(&change, changes.data + at, sizeof change);
    rc = apply_change(table, &change, limit);
  }
  vss_buffer_free(&changes);
  vss_idmap_free(&map);
  return rc;
}
