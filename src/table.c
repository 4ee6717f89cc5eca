/*
** The resident state of a vss0 table and how it follows the rows: table.h.
*/
#include "table.h"

#include <string.h>

#include "value.h"

#define SLOTS_PER_BLOCK 64u

int vss_table_init(VssTable *table, sqlite3 *db, const char *schema, const char *name) {
  table->db = db;
  table->seen_version = -1;
  table->flushed_version = -1;
  int n_columns = table->def.n_columns;
  int max_dim = 1;
  table->indexes = vss_calloc((uint64_t)table->def.n_vectors, sizeof *table->indexes);
  table->columns = vss_calloc((uint64_t)n_columns, sizeof *table->columns);
  table->affinities = vss_calloc((uint64_t)n_columns, sizeof *table->affinities);
  if (!table->indexes || !table->columns || !table->affinities) return SQLITE_NOMEM;
  for (int i = 0; i < n_columns; i++) {
    const VssColumnDef *column = &table->def.columns[i];
    if (!column->is_vector) {
      table->affinities[i] = vss_filter_affinity(column->type);
    } else if (column->dim > max_dim) {
      max_dim = column->dim;
    }
  }
  table->scratch = vss_malloc((uint64_t)max_dim * sizeof(float));
  if (!table->scratch) return SQLITE_NOMEM;
  return vss_store_init(&table->store, db, schema, name, &table->def);
}

/* The resident state is about to change: rankings under way keep their own rowids from here on. */
static int freeze_ranks(VssTable *table) {
  table->generation++;
  for (VssOpenRank *open = table->open_ranks; open; open = open->next) {
    if (open->frozen || !open->rank) continue;
    int code = vss_rank_freeze(open->rank);
    if (code != VSS_OK) return code;
    open->frozen = 1;
  }
  return VSS_OK;
}

/* Forget everything resident; the next sync loads it again. Open rankings must be frozen. */
static void unload(VssTable *table) {
  for (int v = 0; table->indexes && v < table->def.n_vectors; v++) {
    vss_index_free(table->indexes[v]);
    table->indexes[v] = NULL;
  }
  for (int i = 0; table->columns && i < table->def.n_columns; i++) {
    vss_column_free(table->columns[i]);
    table->columns[i] = NULL;
  }
  vss_idmap_free(&table->map);
  vss_bitmap_free(&table->dirty);
  table->loaded = 0;
}

static void forget_former_names(VssTable *table) {
  for (int i = 0; i < table->n_former_names; i++)
    sqlite3_free(table->former_names[i]);
  sqlite3_free(table->former_names);
  table->former_names = NULL;
  table->n_former_names = table->name_is_doubtful = 0;
}

void vss_table_free(VssTable *table) {
  unload(table);
  forget_former_names(table);
  vss_store_free(&table->store);
  vss_free(table->indexes);
  vss_free(table->columns);
  vss_free(table->affinities);
  vss_free(table->scratch);
  vss_free(table->touched);
  vss_args_free(&table->def);
}

/*
** Twins: when SQLite reads the schema again inside a transaction (ROLLBACK TO over a CREATE, any ALTER TABLE), it opens the
** table a second time for the statements that follow, while the first VssTable lives on until the transaction ends, and
** alone knows which rows it wrote. Returns the next twin of `table` behind `after`, or NULL.
*/
static VssTable *next_twin(const VssTable *table, const VssTable *after) {
  VssTable *twin = after ? after->next : table->module->tables;
  for (; twin; twin = twin->next) {
    if (twin != table && sqlite3_stricmp(twin->store.schema, table->store.schema) == 0 &&
        sqlite3_stricmp(twin->store.name, table->store.name) == 0) {
      return twin;
    }
  }
  return NULL;
}

static int remember_name(VssTable *table) {
  char *name = sqlite3_mprintf("%s", table->store.name);
  sqlite3_uint64 size_bytes = ((sqlite3_uint64)table->n_former_names + 1) * sizeof(char *);
  char **names = name ? sqlite3_realloc64(table->former_names, size_bytes) : NULL;
  if (!names) {
    sqlite3_free(name);
    return SQLITE_NOMEM;
  }
  table->former_names = names;
  table->former_names[table->n_former_names++] = name;
  return SQLITE_OK;
}

int vss_table_rename(VssTable *table, const char *new_name) {
  int rc = remember_name(table);
  VssTable *twin;
  /* A renamed twin is none any more: the search starts anew. */
  while (rc == SQLITE_OK && (twin = next_twin(table, NULL)) != NULL) {
    rc = remember_name(twin);
    if (rc == SQLITE_OK) rc = vss_store_set_name(&twin->store, new_name);
  }
  if (rc == SQLITE_OK) rc = vss_store_rename_tables(&table->store, new_name);
  /* Outside of a transaction nothing will take it back. */
  if (sqlite3_get_autocommit(table->db)) forget_former_names(table);
  return rc;
}

/* After ROLLBACK TO: which of the names of this transaction do the shadow tables have now? */
static int settle_name(VssTable *table) {
  int found = 0;
  int rc = vss_store_has_name(&table->store, table->store.name, &found);
  for (int i = table->n_former_names - 1; i >= 0 && rc == SQLITE_OK && !found; i--) {
    rc = vss_store_has_name(&table->store, table->former_names[i], &found);
    if (rc == SQLITE_OK && found) rc = vss_store_set_name(&table->store, table->former_names[i]);
  }
  if (rc != SQLITE_OK) return rc;
  table->name_is_doubtful = 0;
  /* None: the table, or the renaming before it was opened, has been rolled back, and with it all that was written. */
  if (!found) {
    table->n_touched = table->n_applied = 0;
    table->rebuilt = 0;
  }
  return SQLITE_OK;
}

void vss_table_created(VssTable *table) {
  table->writing = table->created = 1;
  /* Where it could be created, whatever had the name is gone. */
  for (VssTable *twin = next_twin(table, NULL); twin; twin = next_twin(table, twin)) {
    twin->n_touched = twin->n_applied = 0;
    twin->rebuilt = 0;
  }
}

static int settle_names(const VssModule *module) {
  int rc = SQLITE_OK;
  for (VssTable *table = module->tables; table && rc == SQLITE_OK; table = table->next) {
    if (table->name_is_doubtful) rc = settle_name(table);
  }
  return rc;
}

/* What twins wrote is in the shadow tables, and not in the cache. */
static int touch_rows_of_twins(VssTable *table) {
  int rc = SQLITE_OK;
  for (VssTable *twin = next_twin(table, NULL); twin; twin = next_twin(table, twin)) {
    for (uint64_t i = 0; i < twin->n_touched && rc == SQLITE_OK; i++)
      rc = vss_table_touch(table, twin->touched[i]);
  }
  return rc;
}

int vss_table_vector_number(const VssTable *table, int column) {
  int number = 0;
  for (int i = 0; i < column; i++)
    number += table->def.columns[i].is_vector;
  return number;
}

static const VssColumnDef *vector_def(const VssTable *table, int vector) {
  for (int i = 0;; i++) {
    if (table->def.columns[i].is_vector && vector-- == 0) return &table->def.columns[i];
  }
}

int vss_table_fetch_row(void *context, int64_t rowid, float *out_vector) {
  VssFetcher *fetcher = context;
  int rc = vss_store_read_vector(&fetcher->table->store, fetcher->vector, rowid, out_vector);
  if (rc == SQLITE_OK) return VSS_OK;
  if (rc == SQLITE_DONE) return VSS_MISSING;
  fetcher->rc = rc;
  return VSS_DATABASE;
}

int vss_table_fetch_slot(void *context, uint32_t slot, float *out_vector) {
  VssFetcher *fetcher = context;
  return vss_table_fetch_row(context, fetcher->table->map.rowids[slot], out_vector);
}

/* ---- the cache: ids, slot-map blocks ---- */

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
** A slot-map block, little-endian: 8 bytes of header (version 1, kind 's', zeros), the live mask (8 bytes), 64 rowids (8
** bytes each), 0 where the slot is free, and the CRC-32 of all that.
*/
enum {
  SLOT_MASK_AT = 8,
  SLOT_ROWIDS_AT = 16,
  SLOT_CRC_AT = 16 + 64 * 8,
  SLOT_BLOCK_BYTES = SLOT_CRC_AT + 4
};
static const uint8_t slot_header[SLOT_MASK_AT] = {1, 's'};

static void put_u64(uint8_t *to, uint64_t value) {
  for (int i = 0; i < 8; i++)
    to[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_u64(const uint8_t *from) {
  uint64_t value = 0;
  for (int i = 0; i < 8; i++)
    value |= (uint64_t)from[i] << (8 * i);
  return value;
}

static void put_u32(uint8_t *to, uint32_t value) {
  for (int i = 0; i < 4; i++)
    to[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get_u32(const uint8_t *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
         (uint32_t)from[3] << 24;
}

static uint32_t slot_checksum(const VssTable *table, const uint8_t *bytes) {
  return vss_crc32_of(&table->module->crc, bytes, SLOT_CRC_AT);
}

/* Behind the bytes of an item stands its id: one that is stored under another's is as damaged as one with a bit changed. */
enum { ID_BYTES = 8 };

static int write_item(VssTable *table, sqlite3_int64 id, sqlite3_int64 version, VssBuffer *bytes) {
  uint8_t id_bytes[ID_BYTES];
  put_u64(id_bytes, (uint64_t)id);
  vss_buffer_append(bytes, id_bytes, sizeof id_bytes);
  return bytes->failed ? SQLITE_NOMEM : vss_store_write_cache(&table->store, id, version, bytes);
}

static uint64_t live_word(const VssTable *table, uint32_t block) {
  return block < table->map.live.n_words ? table->map.live.words[block] : 0;
}

static void save_slot_block(const VssTable *table, uint32_t block, VssBuffer *out) {
  uint8_t bytes[SLOT_BLOCK_BYTES] = {0};
  uint64_t live = live_word(table, block);
  memcpy(bytes, slot_header, sizeof slot_header);
  put_u64(bytes + SLOT_MASK_AT, live);
  for (uint32_t lane = 0; lane < SLOTS_PER_BLOCK; lane++) {
    if (live >> lane & 1)
      put_u64(bytes + SLOT_ROWIDS_AT + 8 * lane,
              (uint64_t)table->map.rowids[block * SLOTS_PER_BLOCK + lane]);
  }
  put_u32(bytes + SLOT_CRC_AT, slot_checksum(table, bytes));
  vss_buffer_append(out, bytes, sizeof bytes);
}

/* Remove what the resident map has in the block, so that the stored block can be placed. */
static void clear_slot_block(VssTable *table, uint32_t block) {
  uint64_t live = live_word(table, block);
  for (uint32_t lane = 0; lane < SLOTS_PER_BLOCK; lane++) {
    if (live >> lane & 1)
      vss_idmap_remove(&table->map, table->map.rowids[block * SLOTS_PER_BLOCK + lane]);
  }
}

/* `anew`: nothing was resident before, so that a rowid that is there already stands in two stored slots. */
static int place_slot_block(VssTable *table, uint32_t block, const uint8_t *bytes, int anew) {
  uint64_t live = get_u64(bytes + SLOT_MASK_AT);
  int code = VSS_OK;
  for (uint32_t lane = 0; lane < SLOTS_PER_BLOCK && code == VSS_OK; lane++) {
    if (!(live >> lane & 1)) continue;
    int64_t rowid = (int64_t)get_u64(bytes + SLOT_ROWIDS_AT + 8 * lane);
    /* It may still stand where a rolled-back write had put it. */
    if (!anew) vss_idmap_remove(&table->map, rowid);
    code = vss_idmap_place(&table->map, rowid, block * SLOTS_PER_BLOCK + lane);
  }
  return code;
}

/* ---- following the rows ---- */

/* The largest slot block count: slots are uint32 and one value is VSS_NO_SLOT. */
#define MAX_BLOCKS (UINT32_MAX / SLOTS_PER_BLOCK)

static int create_indexes(VssTable *table) {
  for (int v = 0; v < table->def.n_vectors; v++) {
    const VssColumnDef *column = vector_def(table, v);
    int code = vss_index_create(column->metric, column->dim, &table->indexes[v]);
    if (code != VSS_OK) return code;
  }
  return VSS_OK;
}

/* Values of the filter columns that are resident, for the row of a slot. */
static int read_columns(VssTable *table, sqlite3_int64 rowid, uint32_t slot) {
  int any = 0;
  for (int i = 0; i < table->def.n_columns; i++)
    any |= table->columns[i] != NULL;
  if (!any) return SQLITE_OK;
  sqlite3_stmt *row;
  int rc = vss_store_read_row(&table->store, rowid, &row);
  if (rc != SQLITE_OK) return rc == SQLITE_DONE ? SQLITE_OK : rc;
  int position = 0;
  int code = VSS_OK;
  for (int i = 0; i < table->def.n_columns && code == VSS_OK; i++) {
    if (table->def.columns[i].is_vector) continue;
    if (table->columns[i]) {
      VssValue value;
      code = vss_value_borrow(sqlite3_column_value(row, position), &value);
      if (code == VSS_OK) code = vss_column_put(table->columns[i], slot, &value);
    }
    position++;
  }
  rc = sqlite3_reset(row);
  return rc != SQLITE_OK ? rc : vss_value_sqlite_rc(code, SQLITE_OK);
}

static void drop_row(VssTable *table, uint32_t slot, sqlite3_int64 rowid) {
  for (int v = 0; v < table->def.n_vectors; v++)
    vss_index_remove(table->indexes[v], slot);
  for (int i = 0; i < table->def.n_columns; i++) {
    if (table->columns[i]) vss_column_remove(table->columns[i], slot);
  }
  vss_idmap_remove(&table->map, rowid);
}

static int mark_dirty(VssTable *table, uint32_t slot) {
  return vss_bitmap_set(&table->dirty, slot / SLOTS_PER_BLOCK);
}

/* Codebooks that no longer fit are trained anew; reads the rows of the segments concerned. */
static int tune(VssTable *table) {
  for (int v = 0; v < table->def.n_vectors; v++) {
    if (!vss_index_wants_tuning(table->indexes[v])) continue;
    VssFetcher fetcher = {table, v, SQLITE_OK};
    int code = vss_index_tune(table->indexes[v], vss_table_fetch_slot, &fetcher);
    if (code != VSS_OK) return vss_value_sqlite_rc(code, fetcher.rc);
  }
  return SQLITE_OK;
}

/* Put the vectors (NULL: no vector) of a row into its slot. */
static int put_row(VssTable *table, sqlite3_int64 rowid, const float *const *vectors) {
  uint32_t slot;
  int code = freeze_ranks(table);
  if (code == VSS_OK) code = vss_idmap_add(&table->map, rowid, &slot);
  if (code == VSS_OK) code = mark_dirty(table, slot);
  for (int v = 0; v < table->def.n_vectors && code == VSS_OK; v++) {
    if (vectors[v]) {
      code = vss_index_put(table->indexes[v], slot, vectors[v]);
    } else {
      vss_index_remove(table->indexes[v], slot);
    }
  }
  if (code != VSS_OK) return vss_value_sqlite_rc(code, SQLITE_OK);
  return read_columns(table, rowid, slot);
}

/* Make the resident state of one rowid what the shadow tables say. */
static int reread_row(VssTable *table, sqlite3_int64 rowid) {
  uint32_t slot = vss_idmap_find(&table->map, rowid);
  int found;
  int rc = vss_store_has_row(&table->store, rowid, &found);
  if (rc != SQLITE_OK) return rc;
  int code = freeze_ranks(table);
  if (code != VSS_OK) return vss_value_sqlite_rc(code, SQLITE_OK);
  if (!found) {
    if (slot == VSS_NO_SLOT) return SQLITE_OK;
    code = mark_dirty(table, slot);
    if (code == VSS_OK) drop_row(table, slot, rowid);
    return vss_value_sqlite_rc(code, SQLITE_OK);
  }
  int known = slot != VSS_NO_SLOT;
  code = vss_idmap_add(&table->map, rowid, &slot);
  if (code == VSS_OK) code = mark_dirty(table, slot);
  for (int v = 0; v < table->def.n_vectors && code == VSS_OK; v++) {
    rc = vss_store_read_vector(&table->store, v, rowid, table->scratch);
    if (rc == SQLITE_DONE) {
      vss_index_remove(table->indexes[v], slot);
    } else if (rc != SQLITE_OK) {
      return rc;
    } else if (vss_codec_check_finite(table->scratch, (uint64_t)vector_def(table, v)->dim, NULL) !=
               VSS_OK) {
      return SQLITE_CORRUPT_VTAB;
    } else if (!known || !vss_index_matches(table->indexes[v], slot, table->scratch)) {
      /* A vector that stayed as it was leaves its block clean: an UPDATE of a filter writes no codes. */
      code = vss_index_put(table->indexes[v], slot, table->scratch);
    }
  }
  if (code != VSS_OK) return vss_value_sqlite_rc(code, SQLITE_OK);
  return read_columns(table, rowid, slot);
}

/* Everything from the rows: the cache is absent, damaged or of another version. */
static int build_from_rows(VssTable *table) {
  unload(table);
  int code = create_indexes(table);
  if (code != VSS_OK) return vss_value_sqlite_rc(code, SQLITE_OK);
  sqlite3_stmt *rows = NULL;
  int rc =
      vss_store_prepare(&table->store, "select rowid from $s.\"$t_rows\" order by rowid", 0, &rows);
  while (rc == SQLITE_OK && sqlite3_step(rows) == SQLITE_ROW) {
    rc = reread_row(table, sqlite3_column_int64(rows, 0));
    if (rc == SQLITE_OK) rc = tune(table);
  }
  int finalize_rc = sqlite3_finalize(rows);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK) {
    table->loaded = 1;
    table->stats.rebuilds++;
  } else {
    unload(table);
  }
  return rc;
}

static uint32_t slot_block_count(const VssTable *table) {
  return table->map.n_slots / SLOTS_PER_BLOCK + (table->map.n_slots % SLOTS_PER_BLOCK != 0);
}

/* One row of <t>_cache into the resident state. VSS_CORRUPT when it cannot be. */
static int load_cache_item(VssTable *table, sqlite3_int64 id, const uint8_t *bytes,
                           uint64_t size_bytes, int anew, uint32_t *inout_n_slot_blocks) {
  sqlite3_int64 kind = id >> 32;
  uint32_t item = (uint32_t)id;
  if (kind < 0 || kind > 2 * (sqlite3_int64)table->def.n_vectors || item >= MAX_BLOCKS)
    return VSS_CORRUPT;
  if (size_bytes < ID_BYTES || get_u64(bytes + size_bytes - ID_BYTES) != (uint64_t)id)
    return VSS_CORRUPT;
  size_bytes -= ID_BYTES;
  table->stats.blocks_read++;
  if (kind == 0) {
    /* Slots are given out lowest first and emptied blocks stay, so stored blocks have no gaps: a number from a damaged
    ** file cannot make us allocate for slots that are not there. */
    if (size_bytes != SLOT_BLOCK_BYTES || item > *inout_n_slot_blocks) return VSS_CORRUPT;
    if (memcmp(bytes, slot_header, sizeof slot_header) != 0) return VSS_CORRUPT;
    if (get_u32(bytes + SLOT_CRC_AT) != slot_checksum(table, bytes)) return VSS_CORRUPT;
    if (item == *inout_n_slot_blocks) ++*inout_n_slot_blocks;
    return place_slot_block(table, item, bytes, anew);
  }
  VssIndex *index = table->indexes[(kind - 1) / 2];
  if (kind % 2) return vss_index_load_codebook(index, item, bytes, size_bytes);
  if (item >= *inout_n_slot_blocks) return VSS_CORRUPT;
  return vss_index_load_block(index, item, bytes, size_bytes);
}

/* Slot blocks of the changed set lose their old rowids before any of them is placed: a row may have moved. */
static int clear_changed_slot_blocks(VssTable *table, sqlite3_int64 since) {
  sqlite3_stmt *ids = NULL;
  int rc = vss_store_prepare(&table->store,
                             "select id from $s.\"$t_cache\" where id < (1 << 32) and version > ?1",
                             0, &ids);
  if (rc == SQLITE_OK) {
    sqlite3_bind_int64(ids, 1, since);
    while (sqlite3_step(ids) == SQLITE_ROW) {
      sqlite3_int64 id = sqlite3_column_int64(ids, 0);
      if (id >= 0 && id < MAX_BLOCKS) clear_slot_block(table, (uint32_t)id);
    }
  }
  int finalize_rc = sqlite3_finalize(ids);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/* The filter values of the rows of a slot block that came from elsewhere. */
static int reread_block_columns(VssTable *table, uint32_t block) {
  int rc = SQLITE_OK;
  uint64_t live = live_word(table, block);
  for (uint32_t lane = 0; lane < SLOTS_PER_BLOCK && rc == SQLITE_OK; lane++) {
    uint32_t slot = block * SLOTS_PER_BLOCK + lane;
    if (live >> lane & 1) {
      rc = read_columns(table, table->map.rowids[slot], slot);
    }
  }
  return rc;
}

/* "rows,vectors of column 0,..." as <t>_config keeps them under 'counts'; NULL when out of memory (sqlite3_free). */
static char *counts_text(const VssTable *table) {
  sqlite3_str *text = sqlite3_str_new(table->db);
  sqlite3_str_appendf(text, "%u", table->map.n_live);
  for (int v = 0; v < table->def.n_vectors; v++)
    sqlite3_str_appendf(text, ",%u", vss_index_count(table->indexes[v]));
  return sqlite3_str_finish(text);
}

/* Does the resident state hold as many rows as the last commit wrote down? An item lost from the cache shows here. */
static int counts_agree(VssTable *table, int *out_agree) {
  char *ours = counts_text(table);
  char *stored = NULL;
  int rc = ours ? vss_store_read_counts(&table->store, &stored) : SQLITE_NOMEM;
  *out_agree = rc == SQLITE_OK && (stored ? strcmp(ours, stored) == 0 : table->map.n_live == 0);
  sqlite3_free(ours);
  sqlite3_free(stored);
  return rc;
}

/*
** Load what changed in the cache after version `since` (-1: all of it). *out_usable = 0 when the cache does not
** hold together, and the caller builds from the rows instead.
*/
static int load_cache(VssTable *table, sqlite3_int64 since, sqlite3_int64 version,
                      int *out_usable) {
  *out_usable = 0;
  int rc = since < 0 ? SQLITE_OK : clear_changed_slot_blocks(table, since);
  sqlite3_stmt *items = NULL;
  if (rc == SQLITE_OK) {
    rc = vss_store_prepare(
        &table->store,
        "select id, version, data from $s.\"$t_cache\" where version > ?1 order by id", 0, &items);
  }
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(items, 1, since);
  sqlite3_int64 newest = 0;
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
      int columns_rc = reread_block_columns(table, (uint32_t)id);
      if (columns_rc != SQLITE_OK) {
        sqlite3_finalize(items);
        return columns_rc;
      }
    }
  }
  rc = sqlite3_finalize(items);
  if (code == VSS_NOMEM) return SQLITE_NOMEM;
  if (rc != SQLITE_OK) return rc;
  int complete = 0;
  rc = counts_agree(table, &complete);
  /* A commit always stamps a slot block: a newest stamp other than the version means that items are missing. */
  *out_usable = code == VSS_OK && newest == version && complete;
  return rc;
}

/* 1 when training done here was never committed: its codebook numbers may mean something else elsewhere. */
static int has_private_codebooks(const VssTable *table) {
  for (int v = 0; v < table->def.n_vectors; v++) {
    for (uint32_t i = 0; i < vss_index_codebook_count(table->indexes[v]); i++) {
      if (vss_index_codebook_dirty(table->indexes[v], i)) return 1;
    }
  }
  return 0;
}

static int load(VssTable *table, sqlite3_int64 version) {
  int usable = 0;
  int rc = vss_value_sqlite_rc(freeze_ranks(table), SQLITE_OK);
  if (rc != SQLITE_OK) return rc;
  if (table->loaded && !has_private_codebooks(table) && !next_twin(table, NULL)) {
    rc = load_cache(table, table->seen_version, version, &usable);
  }
  if (rc == SQLITE_OK && !usable) {
    unload(table);
    rc = vss_value_sqlite_rc(create_indexes(table), SQLITE_OK);
    if (rc == SQLITE_OK) rc = load_cache(table, -1, version, &usable);
    /* Blocks as loaded are what the cache holds. */
    for (int v = 0; rc == SQLITE_OK && v < table->def.n_vectors; v++)
      vss_index_clean(table->indexes[v]);
  }
  if (rc == SQLITE_OK && !usable) rc = build_from_rows(table);
  if (rc != SQLITE_OK) {
    unload(table);
    return rc;
  }
  table->loaded = 1;
  table->seen_version = version;
  return SQLITE_OK;
}

int vss_table_sync(VssTable *table) {
  sqlite3_int64 version;
  int rc = settle_names(table->module);
  if (rc == SQLITE_OK) rc = vss_store_read_version(&table->store, &version);
  if (rc != SQLITE_OK) return rc;
  if (!table->loaded || (version != table->seen_version && version != table->flushed_version)) {
    rc = load(table, version);
    table->n_applied = 0; /* what this transaction wrote is not in the cache yet */
    if (rc == SQLITE_OK) rc = touch_rows_of_twins(table);
  }
  while (rc == SQLITE_OK && table->n_applied < table->n_touched) {
    rc = reread_row(table, table->touched[table->n_applied]);
    if (rc == SQLITE_OK) table->n_applied++;
  }
  if (rc == SQLITE_OK && !table->writing) {
    table->n_touched = table->n_applied = 0; /* left over from a rollback, and settled now */
  }
  return rc;
}

int vss_table_load_column(VssTable *table, int column) {
  if (table->columns[column]) return SQLITE_OK;
  VssColumn *values = NULL;
  sqlite3_stmt *rows = NULL;
  int code = vss_column_create(&values);
  int rc = vss_value_sqlite_rc(code, SQLITE_OK);
  char *sql =
      sqlite3_mprintf("select rowid, \"%w\" from $s.\"$t_rows\"", table->def.columns[column].name);
  if (!sql) rc = SQLITE_NOMEM;
  if (rc == SQLITE_OK) rc = vss_store_prepare(&table->store, sql, 0, &rows);
  while (rc == SQLITE_OK && code == VSS_OK && sqlite3_step(rows) == SQLITE_ROW) {
    uint32_t slot = vss_idmap_find(&table->map, sqlite3_column_int64(rows, 0));
    if (slot == VSS_NO_SLOT) continue;
    VssValue value;
    code = vss_value_borrow(sqlite3_column_value(rows, 1), &value);
    if (code == VSS_OK) code = vss_column_put(values, slot, &value);
  }
  int finalize_rc = sqlite3_finalize(rows);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK) rc = vss_value_sqlite_rc(code, SQLITE_OK);
  sqlite3_free(sql);
  if (rc == SQLITE_OK) {
    table->columns[column] = values;
  } else {
    vss_column_free(values);
  }
  return rc;
}

/* ---- writing ---- */

int vss_table_touch(VssTable *table, sqlite3_int64 rowid) {
  if (table->n_touched == table->touched_capacity) {
    uint64_t capacity = table->touched_capacity ? table->touched_capacity * 2 : 64;
    sqlite3_int64 *touched = vss_realloc(table->touched, capacity * sizeof *touched);
    if (!touched) return SQLITE_NOMEM;
    table->touched = touched;
    table->touched_capacity = capacity;
  }
  table->touched[table->n_touched++] = rowid;
  return SQLITE_OK;
}

int vss_table_apply(VssTable *table, sqlite3_int64 rowid, const float *const *vectors,
                    int row_gone) {
  if (!table->loaded || table->n_applied + 1 != table->n_touched) return SQLITE_OK;
  int rc = row_gone ? reread_row(table, rowid) : put_row(table, rowid, vectors);
  if (rc != SQLITE_OK) return rc;
  table->n_applied++;
  return tune(table);
}

static int flush_slot_blocks(VssTable *table, sqlite3_int64 version) {
  int rc = SQLITE_OK;
  VssBuffer bytes = {0};
  for (uint32_t word = 0; word < table->dirty.n_words && rc == SQLITE_OK; word++) {
    for (uint32_t bit = 0; bit < 64 && rc == SQLITE_OK; bit++) {
      if (!(table->dirty.words[word] >> bit & 1)) continue;
      uint32_t block = word * 64 + bit;
      bytes.size_bytes = 0;
      save_slot_block(table, block, &bytes);
      rc = write_item(table, cache_id(0, block), version, &bytes);
      table->stats.blocks_written++;
    }
  }
  vss_buffer_free(&bytes);
  return rc;
}

static int flush_index(VssTable *table, int vector, sqlite3_int64 version) {
  VssIndex *index = table->indexes[vector];
  VssBuffer bytes = {0};
  int code = VSS_OK;
  int rc = SQLITE_OK;
  for (uint32_t i = 0; i < vss_index_codebook_count(index) && rc == SQLITE_OK; i++) {
    if (!vss_index_codebook_dirty(index, i)) continue;
    bytes.size_bytes = 0;
    sqlite3_int64 id = cache_id(codebook_kind(vector), i);
    code = vss_index_save_codebook(index, i, &bytes);
    rc = vss_value_sqlite_rc(code, SQLITE_OK);
    if (rc != SQLITE_OK) break;
    /* Nothing to save: no block uses the codebook any more. */
    rc = bytes.size_bytes ? write_item(table, id, version, &bytes)
                          : vss_store_delete_cache(&table->store, id);
  }
  uint32_t block = vss_index_next_dirty_block(index, 0);
  for (; block != UINT32_MAX && rc == SQLITE_OK;
       block = vss_index_next_dirty_block(index, block + 1)) {
    sqlite3_int64 id = cache_id(block_kind(vector), block);
    bytes.size_bytes = 0;
    code = vss_index_save_block(index, block, &bytes);
    rc = vss_value_sqlite_rc(code, SQLITE_OK);
    /* An emptied block is written too: another connection must see that its rows are gone. */
    if (rc == SQLITE_OK) rc = write_item(table, id, version, &bytes);
    table->stats.blocks_written++;
  }
  vss_buffer_free(&bytes);
  return rc;
}

int vss_table_flush(VssTable *table) {
  if (table->created) table->name_is_doubtful = 1;
  int settled = settle_names(table->module);
  if (settled != SQLITE_OK) return settled;
  if (table->n_touched == 0 && !table->rebuilt) return SQLITE_OK;
  sqlite3_int64 last_rowid = sqlite3_last_insert_rowid(table->db);
  sqlite3_int64 version = 0;
  int rc = vss_table_sync(table);
  if (rc == SQLITE_OK) rc = tune(table);
  if (rc == SQLITE_OK) rc = vss_store_read_version(&table->store, &version);
  /* Nobody has committed so often, or a negative number of times: a rebuild starts to count anew. */
  if (table->rebuilt && (version < 0 || version == INT64_MAX)) version = 0;
  if (rc == SQLITE_OK && version == INT64_MAX) rc = SQLITE_CORRUPT_VTAB;
  if (rc == SQLITE_OK) version++;
  if (rc == SQLITE_OK) rc = flush_slot_blocks(table, version);
  for (int v = 0; v < table->def.n_vectors && rc == SQLITE_OK; v++)
    rc = flush_index(table, v, version);
  if (rc == SQLITE_OK) rc = vss_store_write_version(&table->store, version);
  char *counts = rc == SQLITE_OK ? counts_text(table) : NULL;
  if (rc == SQLITE_OK) rc = counts ? vss_store_write_counts(&table->store, counts) : SQLITE_NOMEM;
  sqlite3_free(counts);
  if (rc == SQLITE_OK) table->flushed_version = version;
  /* The user's last_insert_rowid() is that of the vss0 row, not of the cache. */
  sqlite3_set_last_insert_rowid(table->db, last_rowid);
  return rc;
}

void vss_table_commit(VssTable *table) {
  if (table->flushed_version >= 0) {
    table->seen_version = table->flushed_version;
    for (int v = 0; v < table->def.n_vectors; v++)
      vss_index_clean(table->indexes[v]);
    vss_bitmap_free(&table->dirty);
  }
  table->flushed_version = -1;
  forget_former_names(table);
  table->n_touched = table->n_applied = 0;
  table->created = table->writing = table->rebuilt = 0;
}

void vss_table_begin(VssTable *table) {
  table->writing = 1;
}

void vss_table_rollback_to(VssTable *table) {
  table->n_applied = 0;
  table->flushed_version = -1;
  table->name_is_doubtful = 1;
  /* A twin that only reads is told of nothing by SQLite. */
  for (VssTable *twin = next_twin(table, NULL); twin; twin = next_twin(table, twin))
    twin->loaded = 0;
}

void vss_table_rollback(VssTable *table) {
  vss_table_rollback_to(table);
  forget_former_names(table);
  table->created = table->writing = table->rebuilt = 0;
}

int vss_table_rebuild(VssTable *table) {
  int frozen = freeze_ranks(table);
  if (frozen != VSS_OK) return vss_value_sqlite_rc(frozen, SQLITE_OK);
  sqlite3_stmt *clear = NULL;
  int rc = vss_store_prepare(&table->store, "delete from $s.\"$t_cache\"", 0, &clear);
  if (rc == SQLITE_OK) sqlite3_step(clear);
  int finalize_rc = sqlite3_finalize(clear);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK) rc = build_from_rows(table);
  if (rc == SQLITE_OK) rc = vss_store_read_version(&table->store, &table->seen_version);
  table->rebuilt = 1;
  return rc;
}

uint64_t vss_table_memory(const VssTable *table) {
  uint64_t size_bytes =
      vss_idmap_memory(&table->map) + table->touched_capacity * sizeof *table->touched;
  for (int v = 0; table->loaded && v < table->def.n_vectors; v++)
    size_bytes += vss_index_memory(table->indexes[v]);
  for (int i = 0; i < table->def.n_columns; i++) {
    if (table->columns[i]) size_bytes += vss_column_memory(table->columns[i]);
  }
  return size_bytes;
}
