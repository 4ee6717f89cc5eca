/*
** Open addressing with linear probing and backward-shift deletion: no tombstones, so that a table under constant
** churn never slows down. The hash holds slots only; the rowid is read from rowids[].
**
** Bytes a row, at worst (just after growing): rowids 8 * 1.25, live 1/8 * 1.25, hash 4 / (3/8) = 10.7; 21 in all.
*/
#include "base/idmap.h"

#include <string.h>

#define MIN_TABLE_SIZE 16

void vss_idmap_free(VssIdmap *map) {
  vss_free(map->rowids);
  vss_free(map->table);
  vss_bitmap_free(&map->live);
  memset(map, 0, sizeof *map);
}

/* Mixes all 64 bits into the low ones (the finaliser of SplitMix64: Steele, Lea, Flood 2014). */
static uint32_t home_of(int64_t rowid, uint32_t table_size) {
  uint64_t x = (uint64_t)rowid;
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)(x ^ (x >> 31)) & (table_size - 1);
}

/* The place of the rowid in the hash, or the empty place where it would go. The table is never full. */
static uint32_t place_of(const VssIdmap *map, int64_t rowid) {
  uint32_t place = home_of(rowid, map->table_size);
  while (map->table[place] && map->rowids[map->table[place] - 1] != rowid)
    place = (place + 1) & (map->table_size - 1);
  return place;
}

uint32_t vss_idmap_find(const VssIdmap *map, int64_t rowid) {
  if (map->table_size == 0) return VSS_NONE;
  uint32_t entry = map->table[place_of(map, rowid)];
  return entry ? entry - 1 : VSS_NONE;
}

/* Room for one more row: at most three quarters full. */
static int reserve_table(VssIdmap *map) {
  if ((uint64_t)(map->n_live + 1) * 4 <= (uint64_t)map->table_size * 3) return VSS_OK;
  uint64_t size = map->table_size ? (uint64_t)map->table_size * 2 : MIN_TABLE_SIZE;
  if (size > UINT32_C(1) << 31) return VSS_NOMEM;
  uint32_t *table = vss_calloc(size, sizeof *table);
  if (!table) return VSS_NOMEM;
  for (uint32_t i = 0; i < map->table_size; i++) {
    if (!map->table[i]) continue;
    uint32_t place = home_of(map->rowids[map->table[i] - 1], (uint32_t)size);
    while (table[place])
      place = (place + 1) & ((uint32_t)size - 1);
    table[place] = map->table[i];
  }
  vss_free(map->table);
  map->table = table;
  map->table_size = (uint32_t)size;
  return VSS_OK;
}

/* Room for the slot in rowids[] and live. */
static int reserve_slot(VssIdmap *map, uint32_t slot) {
  if (slot >= map->capacity) {
    uint64_t capacity = (uint64_t)slot + 1 + map->capacity / 4;
    capacity = (capacity + 63) / 64 * 64;
    if (capacity > UINT32_MAX - 63) capacity = UINT32_MAX - 63;
    int64_t *rowids = vss_realloc(map->rowids, capacity * sizeof *rowids);
    if (!rowids) return VSS_NOMEM;
    memset(rowids + map->capacity, 0, (size_t)(capacity - map->capacity) * sizeof *rowids);
    map->rowids = rowids;
    map->capacity = (uint32_t)capacity;
  }
  if (slot / 64 < map->live.n_words) return VSS_OK;
  return vss_bitmap_resize(&map->live, slot / 64 + 1);
}

/* The lowest free slot; may be one above all used ones. */
static uint32_t lowest_free(const VssIdmap *map) {
  if (map->n_live == map->n_slots) return map->n_slots;
  for (uint32_t word = map->first_free / 64; word < map->live.n_words; word++) {
    uint64_t free_bits = ~map->live.words[word];
    if (word == map->first_free / 64) free_bits &= ~UINT64_C(0) << (map->first_free % 64);
    if (free_bits) return word * 64 + (uint32_t)__builtin_ctzll(free_bits);
  }
  return map->live.n_words * 64;
}

/* Slot and table have room, the rowid is absent and the slot free. */
static void occupy(VssIdmap *map, int64_t rowid, uint32_t slot) {
  map->rowids[slot] = rowid;
  map->live.words[slot / 64] |= UINT64_C(1) << (slot % 64);
  map->table[place_of(map, rowid)] = slot + 1;
  map->n_live++;
  if (slot >= map->n_slots) map->n_slots = slot + 1;
  if (slot == map->first_free) map->first_free = slot + 1;
}

int vss_idmap_add(VssIdmap *map, int64_t rowid, uint32_t *out_slot) {
  uint32_t slot = vss_idmap_find(map, rowid);
  if (slot == VSS_NONE) {
    slot = lowest_free(map);
    if (slot > VSS_MAX_SLOT) return VSS_NOMEM;
    int rc = reserve_slot(map, slot);
    if (rc == VSS_OK) rc = reserve_table(map);
    if (rc != VSS_OK) return rc;
    occupy(map, rowid, slot);
    map->first_free = slot + 1;
  }
  *out_slot = slot;
  return VSS_OK;
}

int vss_idmap_place(VssIdmap *map, int64_t rowid, uint32_t slot) {
  if (slot > VSS_MAX_SLOT || vss_bitmap_get(&map->live, slot) ||
      vss_idmap_find(map, rowid) != VSS_NONE)
    return VSS_CORRUPT;
  int rc = reserve_slot(map, slot);
  if (rc == VSS_OK) rc = reserve_table(map);
  if (rc == VSS_OK) occupy(map, rowid, slot);
  return rc;
}

void vss_idmap_remove(VssIdmap *map, int64_t rowid) {
  uint32_t slot = vss_idmap_find(map, rowid);
  if (slot == VSS_NONE) return;
  uint32_t mask = map->table_size - 1;
  uint32_t hole = place_of(map, rowid);
  /* Close the gap: pull back every later entry of the run whose home is not between the hole and itself. */
  for (uint32_t next = (hole + 1) & mask; map->table[next]; next = (next + 1) & mask) {
    uint32_t home = home_of(map->rowids[map->table[next] - 1], map->table_size);
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      map->table[hole] = map->table[next];
      hole = next;
    }
  }
  map->table[hole] = 0;
  vss_bitmap_clear(&map->live, slot);
  map->n_live--;
  if (slot < map->first_free) map->first_free = slot;
}

uint64_t vss_idmap_memory(const VssIdmap *map) {
  return (uint64_t)map->capacity * sizeof *map->rowids +
         (uint64_t)map->table_size * sizeof *map->table +
         (uint64_t)map->live.capacity_words * sizeof *map->live.words;
}
