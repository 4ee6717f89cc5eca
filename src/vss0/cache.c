/*
** <t>_cache: its items as bytes, loading and writing them. vss0/table_int.h has the interface.
**
**   id             kind << 32 | item      kind 0: slot map     1 + 2v: codebooks     2 + 2v: codes
**                                         item: the block, or the codebook; of codes that are
**                                         stored in n parts, n * block + part
**   version        the commit that wrote the item last
**   data           the item's bytes, then its id again (8 bytes)
**
**   0 << 32 | 0    version 5   slots   0 to  63      A connection that has seen version 5 and finds
**   0 << 32 | 1    version 7   slots  64 to 127      version 7 in <t>_config loads the items of
**   1 << 32 | 0    version 2   codebook 0            version 7 alone.
**   2 << 32 | 0    version 7   codes of block 0
**   2 << 32 | 1    version 7   codes of block 1
**
** Of int8 and bit columns it has nothing: their codes are the vectors, and copying them from the
** packs takes little longer. A block whose rows have changed always has a new block of slots.
**
** Nothing in the cache is trusted. Each item has a checksum; the newest stamp must be the version;
** and the counts under 'counts' must come out. Otherwise the caller builds everything from the
** rows.
*/
#include <string.h>

#include "base/little_endian.h"
#include "vss0/table_int.h"
#include "sqlite/error.h"

/* Blocks of slots there can be: slots are uint32, and one value is VSS_NONE. */
#define MAX_BLOCKS (UINT32_MAX / VSS_BLOCK_ROWS)

static sqlite3_int64 cache_id(int kind, uint32_t item) {
  return (sqlite3_int64)kind << 32 | item;
}
static int codebook_kind(int vector) {
  return 1 + 2 * vector;
}
static int block_kind(int vector) {
  return 2 + 2 * vector;
}

/*
** A block of the slot map, little-endian:
**
**   offset   0       8        16                                    528
**            header  live     rowid of slot 0, 1, ... 63            CRC-32 of everything before it
**
** The header is version 1, kind 's' and zeros. Bit i of `live` says that slot i has a row; the
** rowid of a free slot is 0.
*/
enum {
  SLOT_MASK_AT = 8,
  SLOT_ROWIDS_AT = 16,
  SLOT_CRC_AT = 16 + VSS_BLOCK_ROWS * 8,
  SLOT_BLOCK_BYTES = SLOT_CRC_AT + 4
};
static const uint8_t slot_header[SLOT_MASK_AT] = {1, 's'};

static uint32_t slot_checksum(const VssTable *table, const uint8_t *bytes) {
  return vss_crc32_of(&table->module->crc, bytes, SLOT_CRC_AT);
}

/*
** The id stands behind the bytes of an item. An item that was stored under the id of another has a
** good checksum, and is as damaged as one with a changed bit.
*/
enum { ID_BYTES = 8 };

static int write_item(VssTable *table, sqlite3_int64 id, sqlite3_int64 version, VssBuffer *bytes) {
  uint8_t id_bytes[ID_BYTES];
  vss_put_u64(id_bytes, (uint64_t)id);
  vss_buffer_append(bytes, id_bytes, sizeof id_bytes);
  return bytes->failed ? SQLITE_NOMEM : vss_store_write_cache(&table->store, id, version, bytes);
}

/* Which slots of a block have a row. */
static uint64_t live_word(const VssTable *table, uint32_t block) {
  return block < table->resident.map.live.n_words ? table->resident.map.live.words[block] : 0;
}

/* Append the bytes of a block of the slot map, as drawn above. */
static void save_slot_block(const VssTable *table, uint32_t block, VssBuffer *out) {
  uint8_t bytes[SLOT_BLOCK_BYTES] = {0};
  uint64_t live = live_word(table, block);
  memcpy(bytes, slot_header, sizeof slot_header);
  vss_put_u64(bytes + SLOT_MASK_AT, live);
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane++) {
    if (live >> lane & 1)
      vss_put_u64(bytes + SLOT_ROWIDS_AT + 8 * lane,
                  (uint64_t)table->resident.map.rowids[block * VSS_BLOCK_ROWS + lane]);
  }
  vss_put_u32(bytes + SLOT_CRC_AT, slot_checksum(table, bytes));
  vss_buffer_append(out, bytes, sizeof bytes);
}

/* Remove what the resident map has in the block, so that the stored block can take its place. */
static void clear_slot_block(VssTable *table, uint32_t block) {
  uint64_t live = live_word(table, block);
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane++) {
    if (live >> lane & 1)
      vss_idmap_remove(&table->resident.map,
                       table->resident.map.rowids[block * VSS_BLOCK_ROWS + lane]);
  }
}

/*
** Place the rowids of a stored block in the map. `anew`: nothing was resident before, so that a
** rowid that already exists stands in two stored blocks, and placing it fails as it should.
*/
static int place_slot_block(VssTable *table, uint32_t block, const uint8_t *bytes, int anew) {
  uint64_t live = vss_get_u64(bytes + SLOT_MASK_AT);
  int code = VSS_OK;
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS && code == VSS_OK; lane++) {
    if (!(live >> lane & 1)) continue;
    int64_t rowid = (int64_t)vss_get_u64(bytes + SLOT_ROWIDS_AT + 8 * lane);
    /* It may still stand where a write put it that was rolled back. */
    if (!anew) vss_idmap_remove(&table->resident.map, rowid);
    code = vss_idmap_place(&table->resident.map, rowid, block * VSS_BLOCK_ROWS + lane);
  }
  return code;
}

static uint32_t slot_block_count(const VssTable *table) {
  return table->resident.map.n_slots / VSS_BLOCK_ROWS +
         (table->resident.map.n_slots % VSS_BLOCK_ROWS != 0);
}

/* Load the codes of a block, or of a part of it. */
static int load_codes(VssTable *table, int vector, uint32_t item, const uint8_t *bytes,
                      uint64_t size_bytes, uint32_t n_slot_blocks) {
  uint32_t n_parts = vss_index_saved_parts(bytes, size_bytes);
  if (n_parts == 0 || item / n_parts >= n_slot_blocks) return VSS_CORRUPT;
  /* One part and another that is half as large could have the same rows. */
  if (table->n_parts[vector] && table->n_parts[vector] != n_parts) return VSS_CORRUPT;
  table->n_parts[vector] = n_parts;
  return vss_index_load_part(table->resident.indexes[vector], item / n_parts, n_parts,
                             item % n_parts, bytes, size_bytes);
}

/*
** Load one item into the resident state; VSS_CORRUPT when it cannot be right. Items arrive in the
** order of their ids, so that the slots are known before the codes, and a codebook before its
** blocks.
*/
static int load_cache_item(VssTable *table, sqlite3_int64 id, const uint8_t *bytes,
                           uint64_t size_bytes, int anew, uint32_t *inout_n_slot_blocks) {
  sqlite3_int64 kind = id >> 32;
  uint32_t item = (uint32_t)id;
  if (kind < 0 || kind > 2 * (sqlite3_int64)table->def.n_vectors ||
      item / VSS_MOST_PARTS >= MAX_BLOCKS)
    return VSS_CORRUPT;
  if (size_bytes < ID_BYTES || vss_get_u64(bytes + size_bytes - ID_BYTES) != (uint64_t)id)
    return VSS_CORRUPT;
  size_bytes -= ID_BYTES;
  table->stats.blocks_read++;
  if (kind == 0) {
    /* Slots are given out from the lowest on, and emptied blocks stay, so that stored blocks have
    ** no gaps. A number from a damaged file cannot make us allocate memory for slots that do not
    ** exist. */
    if (size_bytes != SLOT_BLOCK_BYTES || item > *inout_n_slot_blocks) return VSS_CORRUPT;
    if (memcmp(bytes, slot_header, sizeof slot_header) != 0) return VSS_CORRUPT;
    if (vss_get_u32(bytes + SLOT_CRC_AT) != slot_checksum(table, bytes)) return VSS_CORRUPT;
    if (item == *inout_n_slot_blocks) ++*inout_n_slot_blocks;
    return place_slot_block(table, item, bytes, anew);
  }
  VssIndex *index = table->resident.indexes[(kind - 1) / 2];
  if (vss_index_holds_vectors(index)) return VSS_CORRUPT;
  /* All blocks of slots come before the first codes. */
  vss_index_expect(index, *inout_n_slot_blocks);
  if (kind % 2) return vss_index_load_codebook(index, item, bytes, size_bytes);
  return load_codes(table, (int)(kind - 2) / 2, item, bytes, size_bytes, *inout_n_slot_blocks);
}

/*
** All changed blocks lose their old rowids before any of them is placed: a row may have moved from
** one block to another, and would otherwise stand in both for a while.
*/
static int clear_changed_slot_blocks(VssTable *table, sqlite3_int64 since) {
  sqlite3_stmt *ids = NULL;
  int rc = vss_store_scan_cache(&table->store, cache_id(1, 0) - 1, since, &ids);
  while (rc == SQLITE_OK && sqlite3_step(ids) == SQLITE_ROW) {
    sqlite3_int64 id = sqlite3_column_int64(ids, 0);
    if (id >= 0 && id < MAX_BLOCKS) clear_slot_block(table, (uint32_t)id);
  }
  int finalize_rc = sqlite3_finalize(ids);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/* Read the filter values of a block whose rows another connection has written. */
static int reread_block_columns(VssTable *table, uint32_t block) {
  int rc = SQLITE_OK;
  uint64_t live = live_word(table, block);
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS && rc == SQLITE_OK; lane++) {
    uint32_t slot = block * VSS_BLOCK_ROWS + lane;
    if (live >> lane & 1) {
      rc = vss_table_read_columns(table, table->resident.map.rowids[slot], slot);
    }
  }
  return rc;
}

/*
** The number of rows and of each column's vectors, as <t>_config keeps them under 'counts':
** "3,3,2". NULL when out of memory. The caller owns it (sqlite3_free).
*/
static char *counts_text(const VssTable *table) {
  sqlite3_str *text = sqlite3_str_new(table->db);
  sqlite3_str_appendf(text, "%u", table->resident.map.n_live);
  for (int v = 0; v < table->def.n_vectors; v++)
    sqlite3_str_appendf(text, ",%u", vss_index_count(table->resident.indexes[v]));
  return sqlite3_str_finish(text);
}

/*
** Whether the resident state has as many rows and vectors as the last commit wrote down. An item
** that is missing from the cache shows here. A table without counts has never been committed with
** rows.
*/
static int counts_agree(VssTable *table, int *out_agree) {
  char *ours = counts_text(table);
  char *stored = NULL;
  int rc = ours ? vss_store_read_counts(&table->store, &stored) : SQLITE_NOMEM;
  *out_agree =
      rc == SQLITE_OK && (stored ? strcmp(ours, stored) == 0 : table->resident.map.n_live == 0);
  sqlite3_free(ours);
  sqlite3_free(stored);
  return rc;
}

int vss_table_load_cache(VssTable *table, sqlite3_int64 since, sqlite3_int64 version,
                         int *out_usable) {
  *out_usable = 0;
  int has_cache;
  int rc = vss_store_has_cache(&table->store, &has_cache);
  if (rc != SQLITE_OK || !has_cache) return rc;
  rc = since < 0 ? SQLITE_OK : clear_changed_slot_blocks(table, since);
  sqlite3_stmt *items = NULL;
  if (rc == SQLITE_OK) rc = vss_store_scan_cache(&table->store, INT64_MAX, since, &items);
  if (rc != SQLITE_OK) {
    sqlite3_finalize(items);
    return rc;
  }
  sqlite3_int64 newest = 0;
  VssBitmap changed = {0};
  uint32_t n_slot_blocks = slot_block_count(table);
  int code = VSS_OK;
  while (code == VSS_OK && (rc = sqlite3_step(items)) == SQLITE_ROW) {
    sqlite3_int64 id = sqlite3_column_int64(items, 0);
    sqlite3_int64 item_version = sqlite3_column_int64(items, 1);
    if (item_version > newest) newest = item_version;
    const void *bytes = sqlite3_column_blob(items, 2);
    code = load_cache_item(table, id, bytes, (uint64_t)sqlite3_column_bytes(items, 2), since < 0,
                           &n_slot_blocks);
    if (code == VSS_OK && since >= 0 && id < MAX_BLOCKS) {
      code = vss_bitmap_set(&changed, (uint32_t)id);
      int columns_rc = reread_block_columns(table, (uint32_t)id);
      if (columns_rc != SQLITE_OK) {
        sqlite3_finalize(items);
        vss_bitmap_free(&changed);
        return columns_rc;
      }
    }
  }
  rc = sqlite3_finalize(items);
  if (rc == SQLITE_OK && code == VSS_OK)
    rc = vss_table_load_values(table, since >= 0 ? &changed : NULL);
  vss_bitmap_free(&changed);
  for (int v = 0; v < table->def.n_vectors; v++)
    vss_index_expect(table->resident.indexes[v], 0);
  if (code == VSS_NOMEM) return SQLITE_NOMEM;
  if (rc != SQLITE_OK) return rc;
  int complete = 0;
  rc = counts_agree(table, &complete);
  /* Each commit stamps at least one block of slots. When the newest stamp is not the version, items
  ** are missing, or the version has been set by hand. */
  *out_usable = code == VSS_OK && newest == version && complete;
  return rc;
}

/* Write the blocks of the slot map whose rowids have changed. */
static int flush_slot_blocks(VssTable *table, sqlite3_int64 version) {
  int rc = SQLITE_OK;
  VssBuffer bytes = {0};
  const VssBitmap *dirty = &table->resident.dirty;
  uint32_t block = vss_bitmap_next(dirty, 0);
  for (; block != VSS_NONE && rc == SQLITE_OK; block = vss_bitmap_next(dirty, block + 1)) {
    bytes.size_bytes = 0;
    save_slot_block(table, block, &bytes);
    rc = write_item(table, cache_id(0, block), version, &bytes);
    table->stats.blocks_written++;
  }
  vss_buffer_free(&bytes);
  return rc;
}

/*
** Write the parts of a block in which a row has changed. An emptied one is written as well: another
** connection must see that its rows are gone. bytes: memory to use.
*/
static int flush_block(VssTable *table, int vector, uint32_t block, sqlite3_int64 version,
                       VssBuffer *bytes) {
  const VssIndex *index = table->resident.indexes[vector];
  uint32_t n_parts = table->n_parts[vector];
  uint64_t lanes = vss_index_dirty_lanes(index, block);
  int rc = SQLITE_OK;
  for (uint32_t part = 0; part < n_parts && rc == SQLITE_OK; part++) {
    if (!(lanes & vss_part_lanes(n_parts, part))) continue;
    bytes->size_bytes = 0;
    int code = vss_index_save_part(index, block, n_parts, part, bytes);
    rc = vss_error_sqlite_rc(code, SQLITE_OK);
    if (rc == SQLITE_OK)
      rc = write_item(table, cache_id(block_kind(vector), block * n_parts + part), version, bytes);
    table->stats.blocks_written++;
  }
  return rc;
}

/*
** In how many parts blocks are stored follows from the size of pages. It stays as it is until the
** cache is written anew, also where VACUUM has changed the pages.
*/
static int choose_parts(VssTable *table) {
  int page_bytes = 0;
  for (int v = 0; v < table->def.n_vectors; v++) {
    if (table->n_parts[v]) continue;
    int rc = page_bytes ? SQLITE_OK : vss_store_read_page_size(&table->store, &page_bytes);
    if (rc != SQLITE_OK) return rc;
    int row_bytes = vss_index_row_bytes(table->resident.indexes[v]);
    table->n_parts[v] = vss_store_cache_parts((uint64_t)page_bytes, (uint64_t)row_bytes);
  }
  return SQLITE_OK;
}

/*
** Write the codebooks and blocks of a vector column that have changed: codebooks first, as they
** load.
*/
static int flush_index(VssTable *table, int vector, sqlite3_int64 version) {
  VssIndex *index = table->resident.indexes[vector];
  if (vss_index_holds_vectors(index)) return SQLITE_OK;
  VssBuffer bytes = {0};
  int code = VSS_OK;
  int rc = SQLITE_OK;
  for (uint32_t i = 0; i < vss_index_codebook_count(index) && rc == SQLITE_OK; i++) {
    if (!vss_index_codebook_dirty(index, i)) continue;
    bytes.size_bytes = 0;
    sqlite3_int64 id = cache_id(codebook_kind(vector), i);
    code = vss_index_save_codebook(index, i, &bytes);
    rc = vss_error_sqlite_rc(code, SQLITE_OK);
    if (rc != SQLITE_OK) break;
    /* No bytes mean that no block uses the codebook any more. */
    rc = bytes.size_bytes ? write_item(table, id, version, &bytes)
                          : vss_store_delete_cache(&table->store, id);
  }
  uint32_t block = vss_index_next_dirty_block(index, 0);
  for (; block != VSS_NONE && rc == SQLITE_OK; block = vss_index_next_dirty_block(index, block + 1))
    rc = flush_block(table, vector, block, version, &bytes);
  vss_buffer_free(&bytes);
  return rc;
}

int vss_table_write_cache(VssTable *table, sqlite3_int64 version) {
  int has_cache;
  int rc = vss_store_has_cache(&table->store, &has_cache);
  if (rc != SQLITE_OK) return rc;
  if (!has_cache) return vss_store_write_version(&table->store, version);
  /* The version must stand on some item, even when no row has changed in the end: after a rebuild
  ** of an empty table, or an INSERT that was rolled back inside the transaction. */
  int code =
      vss_bitmap_count(&table->resident.dirty) ? VSS_OK : vss_bitmap_set(&table->resident.dirty, 0);
  rc = vss_error_sqlite_rc(code, SQLITE_OK);
  if (rc == SQLITE_OK && table->cache_is_useless) rc = vss_store_clear_cache(&table->store);
  if (rc == SQLITE_OK) rc = choose_parts(table);
  if (rc == SQLITE_OK) rc = flush_slot_blocks(table, version);
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++)
    rc = flush_index(table, v, version);
  if (rc == SQLITE_OK) rc = vss_store_write_version(&table->store, version);
  char *counts = rc == SQLITE_OK ? counts_text(table) : NULL;
  if (rc == SQLITE_OK) rc = counts ? vss_store_write_counts(&table->store, counts) : SQLITE_NOMEM;
  sqlite3_free(counts);
  return rc;
}
