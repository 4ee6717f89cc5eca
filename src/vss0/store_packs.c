/*
** Reading and writing vectors in packs: vss0/store_packs.h has the picture.
**
** Entries are read and written in place, by incremental BLOB I/O. A handle is a statement under
** way, and SQLite ends no transaction under a statement that writes. So a handle for writing lives
** for one write, and one for reading for one call, or as long as somebody holds the store.
**
** A row is written in two steps. vss_store_find_owner() and vss_store_ready_slot() do all that can
** fail: they write entries that wait elsewhere, and make room. After them, vss_store_set_vector()
** cannot fail, so that the row in <t>_rows can be written between the two.
**
** A pack that is new is inserted with its entries when they are written. Inserting zeros first, and
** writing the entries over them, makes a bulk load a tenth slower.
*/
#include "vss0/store_int.h"

#include <string.h>

/* ---- the format ---- */

/*
** Thousandths of a byte that each of n records of `row` bytes takes on pages of `page` bytes, as n
** grows; `cell` more bytes point to it and say its rowid and size. fileformat2.html has the rule
** for what of a row stays on its page.
*/
static uint64_t record_millibytes(uint64_t page, uint64_t row, uint64_t cell) {
  uint64_t most = page - 35, least = (page - 12) * 32 / 255 - 23;
  uint64_t local = row, overflow = 0;
  if (row > most) {
    local = least + (row - least) % (page - 4);
    if (local > most) local = least;
    overflow = (row - local + page - 5) / (page - 4);
    local += 4;
  }
  uint64_t rows_per_page = (page - 8) / (local + cell);
  return page * 1000 / rows_per_page + overflow * page * 1000;
}

/* Thousandths of the vectors' own bytes that packs take. */
static uint64_t fill(uint64_t page, uint64_t lanes, uint64_t vector_bytes) {
  uint64_t row = lanes * (vector_bytes + VSS_PACK_HEADER_BYTES) + 6;
  return record_millibytes(page, row, 8) / (lanes * vector_bytes);
}

uint32_t vss_store_cache_parts(uint64_t page_bytes, uint64_t row_bytes) {
  uint64_t least = UINT64_MAX;
  uint32_t best = 1;
  for (uint32_t n_parts = 1; row_bytes && n_parts <= VSS_MOST_PARTS && least > 1050; n_parts *= 2) {
    uint64_t codes_bytes = VSS_BLOCK_ROWS / n_parts * (row_bytes + VSS_MARGIN_BYTES);
    /* The record's header and version, and what a part has beside margins and codes. */
    uint64_t row = codes_bytes + 10 + VSS_PART_OVERHEAD_BYTES;
    uint64_t filled = record_millibytes(page_bytes, row, 11) / codes_bytes;
    if (filled >= least) continue;
    least = filled;
    best = n_parts;
  }
  return best;
}

/*
** A file may have pages of any size, and VACUUM can change it. So the number is the one whose worst
** case over all sizes of 4 KB and more is best. Packs of up to 32 KB come first: to read a vector
** of a larger one, SQLite walks over more pages. They waste a third of their pages for vectors of
** 4 KB, for example, and then packs of twice that size are looked at.
*/
uint32_t vss_pack_lanes(uint64_t vector_bytes) {
  uint64_t entry_bytes = vector_bytes + VSS_PACK_HEADER_BYTES;
  uint64_t least = UINT64_MAX;
  uint32_t best = 1;
  for (uint64_t most_bytes = 1 << 15; most_bytes <= 1 << 18 && least > 1070; most_bytes *= 2) {
    for (uint32_t lanes = 1; lanes <= VSS_PACK_MAX_LANES; lanes++) {
      if (lanes > 1 && lanes * entry_bytes > most_bytes) break;
      uint64_t worst = 0;
      for (uint64_t page = 4096; page <= 65536; page *= 2) {
        uint64_t filled = fill(page, lanes, vector_bytes);
        if (filled > worst) worst = filled;
      }
      if (worst > least) continue;
      least = worst;
      best = lanes;
    }
  }
  return best;
}

static void put_header(uint8_t *entry, sqlite3_int64 rowid) {
  entry[0] = 1;
  for (int i = 0; i < 8; i++)
    entry[1 + i] = (uint8_t)((uint64_t)rowid >> (56 - 8 * i));
}

int vss_pack_read_header(const uint8_t *entry, int *out_taken, sqlite3_int64 *out_owner) {
  uint64_t rowid = 0;
  for (int i = 0; i < 8; i++)
    rowid = rowid << 8 | entry[1 + i];
  *out_taken = entry[0] == 1;
  *out_owner = (sqlite3_int64)rowid;
  return entry[0] <= 1 ? SQLITE_OK : SQLITE_CORRUPT_VTAB;
}

/* ---- life ---- */

/* No allocation: most tables that are opened read or write in few of their columns. */
static void init_packs(VssPacks *packs, const VssVectorDef *def) {
  packs->vector_bytes = (uint32_t)vss_vector_bytes(def);
  packs->entry_bytes = packs->vector_bytes + VSS_PACK_HEADER_BYTES;
  packs->n_lanes = vss_pack_lanes(packs->vector_bytes);
  packs->pack = -1;
}

int vss_store_init_packs(VssStore *store) {
  store->packs = vss_calloc((uint64_t)store->def->n_vectors, sizeof *store->packs);
  if (!store->packs) return SQLITE_NOMEM;
  for (int v = 0; v < store->def->n_vectors; v++)
    init_packs(&store->packs[v], &store->def->vectors[v]);
  return SQLITE_OK;
}

static void close_reader(VssPacks *packs) {
  sqlite3_blob_close(packs->reader);
  packs->reader = NULL;
}

/* Handles and names of tables; what waits stays, since it is known by its pack. */
void vss_store_close_packs(VssStore *store) {
  for (int v = 0; store->packs && v < store->def->n_vectors; v++) {
    VssPacks *packs = &store->packs[v];
    close_reader(packs);
    sqlite3_free(packs->table);
    packs->table = NULL;
  }
}

void vss_store_free_packs(VssStore *store) {
  vss_store_close_packs(store);
  for (int v = 0; store->packs && v < store->def->n_vectors; v++) {
    vss_free(store->packs[v].entry);
    vss_free(store->packs[v].waiting);
  }
  vss_free(store->packs);
  store->packs = NULL;
}

/* What `inserting` is in a pack: while it is inserted, and when a rollback was inside of that. */
enum { IS_INSERTING = 1, FORGET_AFTER_FAILURE };

static void forget_pack(VssPacks *packs) {
  packs->pack = -1;
  packs->known = packs->waits = 0;
}

/*
** The INSERT of a pack may be what SQLite rolls back, in order to begin it anew: where the schema
** has changed, and a trigger stands on the table.
*/
void vss_store_forget_waiting(VssStore *store) {
  for (int v = 0; v < store->def->n_vectors; v++) {
    if (store->packs[v].inserting)
      store->packs[v].inserting = FORGET_AFTER_FAILURE;
    else
      forget_pack(&store->packs[v]);
  }
}

void vss_store_hold(VssStore *store) {
  store->held++;
}

void vss_store_release(VssStore *store) {
  if (--store->held) return;
  for (int v = 0; v < store->def->n_vectors; v++)
    close_reader(&store->packs[v]);
}

uint64_t vss_store_memory(const VssStore *store) {
  uint64_t size_bytes = 0;
  for (int v = 0; v < store->def->n_vectors; v++) {
    const VssPacks *packs = &store->packs[v];
    if (packs->waiting) size_bytes += (uint64_t)packs->n_lanes * packs->entry_bytes;
  }
  return size_bytes;
}

/* ---- handles ---- */

static int open_blob(VssStore *store, int vector, sqlite3_int64 pack, int writing,
                     sqlite3_blob **out_blob) {
  VssPacks *packs = &store->packs[vector];
  if (!packs->table) packs->table = sqlite3_mprintf("%s_vector%d", store->name, vector);
  if (!packs->table) return SQLITE_NOMEM;
  int rc =
      sqlite3_blob_open(store->db, store->schema, packs->table, "vectors", pack, writing, out_blob);
  if (rc != SQLITE_OK) return rc;
  /* A pack of another length is damage, whatever it holds. */
  if ((uint64_t)sqlite3_blob_bytes(*out_blob) == (uint64_t)packs->n_lanes * packs->entry_bytes)
    return SQLITE_OK;
  sqlite3_blob_close(*out_blob);
  *out_blob = NULL;
  return SQLITE_CORRUPT_VTAB;
}

/*
** SQLite says SQLITE_ERROR of a row that is missing, and of much else. Where the pack is missing
** the result is SQLITE_DONE; where it exists and is not a BLOB, it is damaged.
*/
static int explain_open(VssStore *store, int vector, sqlite3_int64 pack, int rc) {
  if ((rc & 0xff) != SQLITE_ERROR) return rc;
  int found;
  int look_rc = vss_store_has_pack(store, vector, pack, &found);
  if (look_rc != SQLITE_OK) return look_rc;
  return found ? SQLITE_CORRUPT_VTAB : SQLITE_DONE;
}

/* Move the reader to the pack. SQLITE_DONE: there is no such pack. */
static int seek(VssStore *store, int vector, sqlite3_int64 pack) {
  VssPacks *packs = &store->packs[vector];
  if (packs->reader && packs->reader_pack == pack) return SQLITE_OK;
  int rc = SQLITE_ERROR;
  if (packs->reader) {
    rc = sqlite3_blob_reopen(packs->reader, pack);
    if (rc == SQLITE_OK && (uint64_t)sqlite3_blob_bytes(packs->reader) !=
                               (uint64_t)packs->n_lanes * packs->entry_bytes)
      rc = SQLITE_CORRUPT_VTAB;
    /* After a failure the handle can do nothing any more. */
    if (rc != SQLITE_OK) close_reader(packs);
  }
  if (!packs->reader && rc != SQLITE_CORRUPT_VTAB)
    rc = open_blob(store, vector, pack, 0, &packs->reader);
  packs->reader_pack = pack;
  return rc == SQLITE_OK ? rc : explain_open(store, vector, pack, rc);
}

/* Read bytes of the pack on which the reader stands, or stood before somebody wrote it by SQL. */
static int read_bytes(VssStore *store, int vector, sqlite3_int64 pack, uint32_t at, uint32_t n,
                      void *out_bytes) {
  VssPacks *packs = &store->packs[vector];
  int rc = seek(store, vector, pack);
  if (rc == SQLITE_OK) rc = sqlite3_blob_read(packs->reader, out_bytes, (int)n, (int)at);
  if (rc != SQLITE_ABORT) return rc;
  close_reader(packs);
  rc = seek(store, vector, pack);
  return rc == SQLITE_OK ? sqlite3_blob_read(packs->reader, out_bytes, (int)n, (int)at) : rc;
}

/* What a call has opened it closes, unless the store is held: then the next call needs it again. */
static void end_reading(VssStore *store, int vector) {
  if (!store->held) close_reader(&store->packs[vector]);
}

/* ---- reading ---- */

static int read_entry(VssStore *store, int vector, uint32_t slot, sqlite3_int64 rowid) {
  VssPacks *packs = &store->packs[vector];
  if (!packs->entry) packs->entry = vss_malloc(packs->entry_bytes);
  if (!packs->entry) return SQLITE_NOMEM;
  int taken;
  sqlite3_int64 owner;
  int rc = read_bytes(store, vector, slot / packs->n_lanes,
                      slot % packs->n_lanes * packs->entry_bytes, packs->entry_bytes, packs->entry);
  if (rc == SQLITE_OK) rc = vss_pack_read_header(packs->entry, &taken, &owner);
  if (rc != SQLITE_OK) return rc;
  if (!taken) return SQLITE_DONE;
  return owner == rowid ? SQLITE_OK : SQLITE_NOTFOUND;
}

int vss_store_read_slot(VssStore *store, int vector, uint32_t slot, sqlite3_int64 rowid,
                        void *out_vector) {
  VssPacks *packs = &store->packs[vector];
  int rc = vss_store_write_waiting(store, vector);
  if (rc == SQLITE_OK) rc = read_entry(store, vector, slot, rowid);
  if (rc == SQLITE_OK)
    memcpy(out_vector, packs->entry + VSS_PACK_HEADER_BYTES, packs->vector_bytes);
  end_reading(store, vector);
  return rc;
}

int vss_store_read_vector(VssStore *store, int vector, sqlite3_int64 rowid, void *out_vector) {
  int found;
  uint32_t slot;
  int rc = vss_store_find_row(store, rowid, &found, &slot);
  if (rc == SQLITE_OK && (!found || slot == VSS_NONE)) return SQLITE_DONE;
  if (rc == SQLITE_OK) rc = vss_store_read_slot(store, vector, slot, rowid, out_vector);
  return rc == SQLITE_NOTFOUND ? SQLITE_DONE : rc;
}

/* ---- writing ---- */

/* Write the entries that wait into the pack that is there. */
static int write_entries(VssStore *store, int vector) {
  VssPacks *packs = &store->packs[vector];
  sqlite3_blob *blob = NULL;
  int rc = open_blob(store, vector, packs->pack, 1, &blob);
  if (rc != SQLITE_OK) {
    rc = explain_open(store, vector, packs->pack, rc);
    /* Only somebody else can have taken the pack away. */
    return rc == SQLITE_DONE ? SQLITE_CORRUPT_VTAB : rc;
  }
  /* Neighbours are written together. */
  for (uint64_t left = packs->waits; left && rc == SQLITE_OK;) {
    uint32_t lane = vss_lowest_lane(left);
    uint64_t rest = ~(left >> lane);
    uint32_t n = rest ? vss_lowest_lane(rest) : VSS_PACK_MAX_LANES;
    uint32_t at = lane * packs->entry_bytes;
    rc = sqlite3_blob_write(blob, packs->waiting + at, (int)(n * packs->entry_bytes), (int)at);
    left = lane + n < VSS_PACK_MAX_LANES ? left >> (lane + n) << (lane + n) : 0;
  }
  int close_rc = sqlite3_blob_close(blob);
  return rc == SQLITE_OK ? close_rc : rc;
}

/*
** Write a pack that is not there yet, all of it at once: the entries that wait, and zeros between
** them. A trigger that somebody put on the table may have written to ours in the meantime, and a
** pack of that number may be one that somebody else has made.
*/
static int write_new_pack(VssStore *store, int vector) {
  VssPacks *packs = &store->packs[vector];
  sqlite3_int64 pack = packs->pack;
  uint64_t waits = packs->waits;
  if (packs->inserting) return SQLITE_CORRUPT_VTAB;
  packs->inserting = IS_INSERTING;
  int rc = vss_store_insert_pack(store, vector, pack, packs->waiting,
                                 (uint64_t)packs->n_lanes * packs->entry_bytes);
  int forget = rc != SQLITE_OK && packs->inserting == FORGET_AFTER_FAILURE;
  packs->inserting = 0;
  if (forget) forget_pack(packs);
  if ((rc & 0xff) == SQLITE_CONSTRAINT) return SQLITE_CORRUPT_VTAB;
  if (rc != SQLITE_OK) return rc;
  if (packs->pack != pack || packs->waits != waits) return SQLITE_CORRUPT_VTAB;
  packs->exists = 1;
  return SQLITE_OK;
}

/*
** Write the entries that wait. After a failure they still wait: they belong to rows that are
** already written. SQLite may roll the transaction back inside of the call, and then they are
** forgotten when it returns.
*/
int vss_store_write_waiting(VssStore *store, int vector) {
  VssPacks *packs = &store->packs[vector];
  if (!packs->waits) return SQLITE_OK;
  int rc = packs->exists ? write_entries(store, vector) : write_new_pack(store, vector);
  if (rc == SQLITE_OK) packs->waits = 0;
  return rc;
}

int vss_store_write_all_waiting(VssStore *store) {
  int rc = SQLITE_OK;
  for (int v = 0; v < store->def->n_vectors && rc == SQLITE_OK; v++)
    rc = vss_store_write_waiting(store, v);
  return rc;
}

/*
** Where a trigger stands on the table of packs, the INSERT of a pack begins a savepoint itself, and
** what waits is what it inserts. If that is rolled back, the INSERT has failed.
*/
int vss_store_begin_savepoint(VssStore *store) {
  int rc = SQLITE_OK;
  for (int v = 0; v < store->def->n_vectors && rc == SQLITE_OK; v++)
    if (!store->packs[v].inserting) rc = vss_store_write_waiting(store, v);
  return rc;
}

/* Find out whose entries the lanes from `lane` to `end` are, as far as that is not known. */
static int learn(VssStore *store, int vector, uint32_t lane, uint32_t end) {
  VssPacks *packs = &store->packs[vector];
  int rc = SQLITE_OK;
  for (; lane < end && rc == SQLITE_OK; lane++) {
    uint64_t bit = UINT64_C(1) << lane;
    if (packs->known & bit) continue;
    uint8_t header[VSS_PACK_HEADER_BYTES];
    int taken = 0;
    rc = read_bytes(store, vector, packs->pack, lane * packs->entry_bytes, sizeof header, header);
    if (rc == SQLITE_DONE) {
      packs->known = ~UINT64_C(0);
      packs->taken = 0;
      packs->exists = 0;
      rc = SQLITE_OK;
      break;
    }
    if (rc == SQLITE_OK) rc = vss_pack_read_header(header, &taken, &packs->owners[lane]);
    if (rc != SQLITE_OK) break;
    packs->exists = 1;
    packs->known |= bit;
    packs->taken = taken ? packs->taken | bit : packs->taken & ~bit;
  }
  end_reading(store, vector);
  return rc;
}

int vss_store_find_owner(VssStore *store, int vector, uint32_t slot, int and_following,
                         int *out_taken, sqlite3_int64 *out_owner) {
  VssPacks *packs = &store->packs[vector];
  sqlite3_int64 pack = slot / packs->n_lanes;
  uint32_t lane = slot % packs->n_lanes;
  if (packs->pack != pack) {
    int rc = vss_store_write_waiting(store, vector);
    if (rc != SQLITE_OK) return rc;
    forget_pack(packs);
    packs->pack = pack;
  } else {
    /* The second row of a pack is seldom the last one. */
    and_following = 1;
  }
  if (!(packs->known >> lane & 1)) {
    int rc = learn(store, vector, lane, and_following ? packs->n_lanes : lane + 1);
    if (rc != SQLITE_OK) return rc;
  }
  *out_taken = (int)(packs->taken >> lane & 1);
  if (*out_taken) *out_owner = packs->owners[lane];
  return SQLITE_OK;
}

int vss_store_ready_slot(VssStore *store, int vector) {
  VssPacks *packs = &store->packs[vector];
  size_t size_bytes = (size_t)packs->n_lanes * packs->entry_bytes;
  if (!packs->waiting) packs->waiting = vss_malloc(size_bytes);
  if (!packs->waiting) return SQLITE_NOMEM;
  /* A new pack is written whole: the entries that nobody sets are zeros. */
  if (!packs->exists && !packs->waits) memset(packs->waiting, 0, size_bytes);
  return SQLITE_OK;
}

/* The place of an entry that is ready among those that wait. */
static uint8_t *wait_for(VssPacks *packs, uint32_t lane) {
  packs->waits |= UINT64_C(1) << lane;
  return packs->waiting + lane * packs->entry_bytes;
}

void vss_store_set_vector(VssStore *store, int vector, uint32_t slot, sqlite3_int64 rowid,
                          const void *data) {
  VssPacks *packs = &store->packs[vector];
  uint32_t lane = slot % packs->n_lanes;
  uint64_t bit = UINT64_C(1) << lane;
  uint8_t *entry = wait_for(packs, lane);
  packs->known |= bit;
  if (data) {
    put_header(entry, rowid);
    memcpy(entry + VSS_PACK_HEADER_BYTES, data, packs->vector_bytes);
    packs->taken |= bit;
    packs->owners[lane] = rowid;
  } else {
    memset(entry, 0, packs->entry_bytes);
    packs->taken &= ~bit;
  }
}

int vss_store_ready_owner(VssStore *store, int vector, uint32_t slot, sqlite3_int64 rowid) {
  VssPacks *packs = &store->packs[vector];
  int rc = vss_store_write_waiting(store, vector);
  if (rc == SQLITE_OK) rc = read_entry(store, vector, slot, rowid);
  end_reading(store, vector);
  if (rc == SQLITE_OK) rc = vss_store_ready_slot(store, vector);
  if (rc != SQLITE_OK) return rc;
  memcpy(wait_for(packs, slot % packs->n_lanes), packs->entry, packs->entry_bytes);
  return SQLITE_OK;
}

void vss_store_set_owner(VssStore *store, int vector, uint32_t slot, sqlite3_int64 rowid) {
  VssPacks *packs = &store->packs[vector];
  uint32_t lane = slot % packs->n_lanes;
  put_header(wait_for(packs, lane), rowid);
  packs->owners[lane] = rowid;
}

/*
** The entries say whether the pack is empty, and not the caller, who knows it from the resident
** state.
*/
int vss_store_delete_empty_pack(VssStore *store, int vector, sqlite3_int64 pack) {
  VssPacks *packs = &store->packs[vector];
  int rc = vss_store_write_waiting(store, vector);
  int any = 0;
  for (uint32_t lane = 0; lane < packs->n_lanes && rc == SQLITE_OK && !any; lane++) {
    uint8_t tag;
    rc = read_bytes(store, vector, pack, lane * packs->entry_bytes, 1, &tag);
    any = rc == SQLITE_OK && tag != 0;
  }
  end_reading(store, vector);
  if (rc == SQLITE_DONE) return SQLITE_OK;
  if (rc == SQLITE_OK && !any) {
    if (packs->reader && packs->reader_pack == pack) close_reader(packs);
    if (packs->pack == pack) forget_pack(packs);
    rc = vss_store_delete_pack(store, vector, pack);
  }
  return rc;
}
