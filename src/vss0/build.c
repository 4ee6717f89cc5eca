/*
** The resident state of a table, built from its rows: vss0/table_int.h. That is what opening a
** table without a cache costs, so it is one pass over each shadow table, in the order of its pages:
**
**   t_rows       rowid, slot          the slot map            place_rows()
**   t_vector0    pack 0, 1, 2 ...     codes of column 0       put_column()
**   t_vector1    pack 0, 1, 2 ...     codes of column 1
**
** A look-up of each row by its rowid takes twice as long. Training runs on the way, as it would
** have while the rows were inserted.
*/
#include "vss0/table_int.h"

#include <string.h>

#include "base/progress.h"
#include "sqlite/error.h"

/* Where a build is. Vectors are counted, those that are NULL as well. */
typedef struct Build {
  VssTable *table;
  uint64_t n_done, n_total;
} Build;

/*
** One more vector is done; SQLITE_INTERRUPT: the host has seen enough. It is not told of a build
** without a total.
*/
static int count_one(Build *build) {
  if (!build->n_total) return SQLITE_OK;
  return vss_progress_tell(++build->n_done, build->n_total) ? SQLITE_INTERRUPT : SQLITE_OK;
}

/* Each row has a slot of its own. Two rows of one slot are damage, and so is a slot far away. */
static int place_rows(Build *build, sqlite3_int64 n_rows) {
  VssTable *table = build->table;
  uint32_t limit = vss_table_slot_limit((uint64_t)n_rows);
  int code = VSS_OK;
  sqlite3_stmt *rows = NULL;
  int rc = vss_store_scan_slots(&table->store, &rows);
  while (rc == SQLITE_OK && code == VSS_OK && sqlite3_step(rows) == SQLITE_ROW) {
    uint32_t slot = vss_store_column_slot(rows, 1);
    code = slot > limit ? VSS_CORRUPT
                        : vss_resident_place(&table->resident, sqlite3_column_int64(rows, 0), slot);
  }
  int finalize_rc = sqlite3_finalize(rows);
  if (rc == SQLITE_OK) rc = finalize_rc;
  /* The blocks of a stored cache have no gaps: those without rows are written, too. */
  uint32_t n_slots = table->resident.map.n_slots;
  for (uint32_t slot = 0; slot < n_slots && rc == SQLITE_OK && code == VSS_OK;
       slot += VSS_BLOCK_ROWS)
    code = vss_bitmap_set(&table->resident.dirty, vss_slot_block(slot));
  return rc == SQLITE_OK ? vss_error_sqlite_rc(code, SQLITE_OK) : rc;
}

/* Whether a pack has the slot of a row, and so has to be a sound one. */
static int has_rows(const VssTable *table, uint64_t first, uint32_t n_lanes) {
  if (first > VSS_MAX_SLOT) return 0;
  uint32_t next = vss_bitmap_next(&table->resident.map.live, (uint32_t)first);
  return next != VSS_NONE && next < first + n_lanes;
}

/*
** The vector of an entry goes to the index if the entry is that of the row which has the slot. What
** is left of another row is no vector of this one.
*/
static int put_entry(Build *build, int vector, uint32_t slot, const uint8_t *entry) {
  VssTable *table = build->table;
  VssResident *resident = &table->resident;
  const VssVectorDef *column = &table->def.vectors[vector];
  int taken;
  sqlite3_int64 owner;
  int rc = vss_pack_read_header(entry, &taken, &owner);
  if (rc != SQLITE_OK || !taken || resident->map.rowids[slot] != owner) return rc;
  const uint8_t *stored = entry + VSS_PACK_HEADER_BYTES;
  int code;
  if (vss_index_holds_vectors(resident->indexes[vector])) {
    code = vss_resident_put_stored(resident, vector, slot, stored);
  } else {
    vss_element_decode(column->element, column->scale, stored, column->dim, resident->scratch);
    code = vss_resident_put_vector(resident, vector, slot, resident->scratch);
  }
  rc = vss_error_sqlite_rc(code, SQLITE_OK);
  if (rc == SQLITE_OK && vss_index_wants_tuning(resident->indexes[vector]))
    rc = vss_table_tune(table);
  return rc;
}

/* All entries of a pack. A pack of another type or length is damage where a row needs it. */
static int put_pack(Build *build, int vector, sqlite3_stmt *packs) {
  const VssTable *table = build->table;
  const VssPacks *shape = &table->store.packs[vector];
  sqlite3_int64 pack = sqlite3_column_int64(packs, 0);
  uint64_t first = pack < 0 ? UINT64_MAX : (uint64_t)pack * shape->n_lanes;
  if (pack > VSS_MAX_SLOT || !has_rows(table, first, shape->n_lanes)) return SQLITE_OK;
  const uint8_t *entry = sqlite3_column_blob(packs, 3);
  uint64_t size_bytes = (uint64_t)sqlite3_column_bytes(packs, 3);
  if (!entry && size_bytes > 0) return SQLITE_NOMEM;
  if (sqlite3_column_type(packs, 3) != SQLITE_BLOB ||
      size_bytes != (uint64_t)shape->n_lanes * shape->entry_bytes)
    return SQLITE_CORRUPT_VTAB;
  int rc = SQLITE_OK;
  for (uint32_t lane = 0; lane < shape->n_lanes && rc == SQLITE_OK; lane++) {
    uint64_t slot = first + lane;
    if (slot <= VSS_MAX_SLOT && vss_bitmap_get(&table->resident.map.live, (uint32_t)slot)) {
      rc = put_entry(build, vector, (uint32_t)slot, entry);
      if (rc == SQLITE_OK) rc = count_one(build);
    }
    entry += shape->entry_bytes;
  }
  return rc;
}

static int put_column(Build *build, int vector) {
  const VssResident *resident = &build->table->resident;
  sqlite3_stmt *packs = NULL;
  int rc = vss_store_scan_packs(&build->table->store, vector, &packs);
  vss_index_expect(resident->indexes[vector], vss_slot_block(resident->map.n_slots) + 1);
  while (rc == SQLITE_OK && sqlite3_step(packs) == SQLITE_ROW)
    rc = put_pack(build, vector, packs);
  vss_index_expect(resident->indexes[vector], 0);
  int finalize_rc = sqlite3_finalize(packs);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/* Make the vectors of a block what is stored of them. */
static int reread_block(VssTable *table, int vector, uint32_t block) {
  VssResident *resident = &table->resident;
  int rc = SQLITE_OK;
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS && rc == SQLITE_OK; lane++) {
    uint32_t slot = block * VSS_BLOCK_ROWS + lane;
    rc = SQLITE_DONE;
    if (vss_bitmap_get(&resident->map.live, slot))
      rc = vss_store_read_slot(&table->store, vector, slot, resident->map.rowids[slot],
                               resident->scratch);
    if (rc == SQLITE_OK) {
      int code = vss_resident_put_stored(resident, vector, slot, resident->scratch);
      rc = vss_error_sqlite_rc(code, SQLITE_OK);
    } else if (rc == SQLITE_DONE || rc == SQLITE_NOTFOUND) {
      vss_index_remove(resident->indexes[vector], slot);
      rc = SQLITE_OK;
    }
  }
  return rc;
}

int vss_table_load_values(VssTable *table, const VssBitmap *blocks) {
  Build build = {.table = table};
  int rc = vss_store_write_all_waiting(&table->store);
  vss_store_hold(&table->store);
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++) {
    VssIndex *index = table->resident.indexes[v];
    if (!vss_index_holds_vectors(index)) continue;
    if (!blocks) rc = put_column(&build, v);
    uint32_t block = blocks ? vss_bitmap_next(blocks, 0) : VSS_NONE;
    for (; block != VSS_NONE && rc == SQLITE_OK; block = vss_bitmap_next(blocks, block + 1))
      rc = reread_block(table, v, block);
    if (rc == SQLITE_OK) vss_index_clean(index);
  }
  vss_store_release(&table->store);
  return rc;
}

int vss_table_build(VssTable *table) {
  Build build = {.table = table};
  sqlite3_int64 n_rows = 0;
  int rc = vss_error_sqlite_rc(vss_resident_start(&table->resident), SQLITE_OK);
  /* The packs are read by SQL, which knows nothing of entries that wait. */
  if (rc == SQLITE_OK) rc = vss_store_write_all_waiting(&table->store);
  if (rc == SQLITE_OK) rc = vss_store_count_rows(&table->store, &n_rows);
  build.n_total = (uint64_t)n_rows * (uint64_t)table->def.n_vectors;
  if (rc == SQLITE_OK) rc = place_rows(&build, n_rows);
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++) {
    rc = put_column(&build, v);
    /* Packs that are missing hold nothing but NULL vectors. */
    build.n_done = (uint64_t)n_rows * (uint64_t)(v + 1);
  }
  return rc;
}
