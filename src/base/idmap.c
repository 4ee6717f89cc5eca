/*
** Most tables only grow, and their rowids with them. Loading such a table needs no hash: each rowid
** is greater than the one before, and so it is nobody else's.
**
**   slot           0    1    2    3    4
**   rowids[slot]   5    9    9    17   42      slot 2 was skipped, or its row is gone
**   live           1    1    0    1    1
**
** While rowids ascend, those of free slots are in order, too, and a live one is the first of its
** value. A look-up tries the slot that the rowid has in a table without gaps, and then searches.
** The first rowid out of order makes the hash, which stays.
**
** Open addressing with linear probing and backward-shift deletion. There are no tombstones, so that
** a table in which rows come and go never slows down.
**
**   rowids[slot]   | 17 | 5  | 9  | 42 |
**   table[place]   | 0  | 3  | 0  | 1  | 4  | 2  | 0  | 0  |      slot + 1, or 0 for an empty place
**                         9         17   42   5
**
** In this example 42 belongs at place 3, as 17 does, which was there first; so it stands one place
** further. The hash holds slots only: the rowid to compare with is read from rowids[].
**
** Memory per row, at worst (just after growing): rowids 8 * 1.25 bytes, live 1/8 * 1.25, and table
** 4 / (3/8) = 10.7; 21 in all.
*/
#include "base/idmap.h"

#include <string.h>

/* A power of two, as every size of the table is: a mask then takes the remainder. */
#define MIN_TABLE_SIZE 16
/* The most rowids that a uint32_t can count in whole blocks. */
#define MAX_CAPACITY (UINT32_MAX - (VSS_BLOCK_ROWS - 1))

static int is_live(const VssIdmap *map, uint32_t slot) {
  return vss_bitmap_get(&map->live, slot);
}

void vss_idmap_free(VssIdmap *map) {
  vss_free(map->rowids);
  vss_free(map->table);
  vss_bitmap_free(&map->live);
  memset(map, 0, sizeof *map);
}

/*
** The place where a rowid belongs. All 64 bits are mixed into the low ones (by the finaliser of
** SplitMix64: Steele, Lea, Flood 2014), since rowids are often in steps of a power of two.
*/
static uint32_t home_of(int64_t rowid, uint32_t table_size) {
  uint64_t x = (uint64_t)rowid;
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)(x ^ (x >> 31)) & (table_size - 1);
}

/*
** The place where the rowid is, or the empty place where it would go. The table is at most three
** quarters full, so that there is an empty place and the loop ends.
*/
static uint32_t place_of(const VssIdmap *map, int64_t rowid) {
  uint32_t place = home_of(rowid, map->table_size);
  while (map->table[place] && map->rowids[map->table[place] - 1] != rowid)
    place = (place + 1) & (map->table_size - 1);
  return place;
}

/* Whether the rowid is behind all others, those of free slots as well. */
static int is_last(const VssIdmap *map, int64_t rowid) {
  return map->n_slots == 0 || rowid > map->rowids[map->n_slots - 1];
}

/* Find it among rowids that ascend. */
static uint32_t find_in_order(const VssIdmap *map, int64_t rowid) {
  if (is_last(map, rowid)) return VSS_NONE;
  uint64_t guess = (uint64_t)rowid - (uint64_t)map->rowids[0];
  if (guess < map->n_slots && map->rowids[guess] == rowid && is_live(map, (uint32_t)guess))
    return (uint32_t)guess;
  /* The first slot whose rowid is not below it. There is one, since the last one's is not. */
  uint32_t low = 0, n = map->n_slots - 1;
  while (n) {
    uint32_t half = (n + 1) / 2;
    int is_below = map->rowids[low + half - 1] < rowid;
    low += is_below ? half : 0;
    n = is_below ? n - half : half - 1;
  }
  return map->rowids[low] == rowid && is_live(map, low) ? low : VSS_NONE;
}

uint32_t vss_idmap_find(const VssIdmap *map, int64_t rowid) {
  if (!map->table) return find_in_order(map, rowid);
  uint32_t entry = map->table[place_of(map, rowid)];
  return entry ? entry - 1 : VSS_NONE;
}

/*
** Make room for one more row in the hash, which is at most three quarters full then. The first time
** it takes all rows that there are. VSS_NOMEM leaves the map as it was.
*/
static int reserve_table(VssIdmap *map) {
  uint64_t size = map->table_size ? map->table_size : MIN_TABLE_SIZE;
  while ((uint64_t)(map->n_live + 1) * 4 > size * 3)
    size *= 2;
  if (size == map->table_size) return VSS_OK;
  if (size > UINT32_C(1) << 31) return VSS_NOMEM;
  uint32_t *table = vss_calloc(size, sizeof *table);
  if (!table) return VSS_NOMEM;
  for (uint32_t word = 0; word < map->live.n_words; word++) {
    for (uint64_t bits = map->live.words[word]; bits; bits &= bits - 1) {
      uint32_t slot = word * VSS_BLOCK_ROWS + vss_lowest_lane(bits);
      uint32_t place = home_of(map->rowids[slot], (uint32_t)size);
      while (table[place])
        place = (place + 1) & ((uint32_t)size - 1);
      table[place] = slot + 1;
    }
  }
  vss_free(map->table);
  map->table = table;
  map->table_size = (uint32_t)size;
  return VSS_OK;
}

/* Make room for the slot in rowids[] and live. */
static int reserve_slot(VssIdmap *map, uint32_t slot) {
  if (slot >= map->capacity) {
    uint64_t capacity = (uint64_t)slot + 1 + map->capacity / 4;
    /* Whole blocks, as `live` has them. */
    capacity = (capacity + VSS_BLOCK_ROWS - 1) / VSS_BLOCK_ROWS * VSS_BLOCK_ROWS;
    if (capacity > MAX_CAPACITY) capacity = MAX_CAPACITY;
    int64_t *rowids = vss_realloc(map->rowids, capacity * sizeof *rowids);
    if (!rowids) return VSS_NOMEM;
    memset(rowids + map->capacity, 0, (size_t)(capacity - map->capacity) * sizeof *rowids);
    map->rowids = rowids;
    map->capacity = (uint32_t)capacity;
  }
  if (vss_slot_block(slot) < map->live.n_words) return VSS_OK;
  return vss_bitmap_resize(&map->live, vss_slot_block(slot) + 1);
}

/* Whether rowids still ascend when the free slot gets this one, which no slot has. */
static int keeps_order(const VssIdmap *map, int64_t rowid, uint32_t slot) {
  /* Slots that are skipped get what stands before them: it has to be less. */
  if (slot >= map->n_slots)
    return is_last(map, rowid) && (slot == 0 || map->n_slots || rowid > INT64_MIN);
  if (slot > 0 && map->rowids[slot - 1] >= rowid) return 0;
  return slot + 1 == map->n_slots || map->rowids[slot + 1] >= rowid;
}

/* Room for a row, of which keeps_order() is asked after its slot has room. */
static int reserve_row(VssIdmap *map, int64_t rowid, uint32_t slot) {
  int rc = reserve_slot(map, slot);
  if (rc == VSS_OK && (map->table || !keeps_order(map, rowid, slot))) rc = reserve_table(map);
  return rc;
}

uint32_t vss_idmap_lowest_free(const VssIdmap *map) {
  if (map->n_live == map->n_slots) return map->n_slots;
  uint32_t first = vss_slot_block(map->first_free);
  for (uint32_t word = first; word < map->live.n_words; word++) {
    uint64_t free_bits = ~map->live.words[word];
    /* In the first word, slots below first_free are known to be taken. */
    if (word == first) free_bits &= -vss_slot_bit(map->first_free);
    if (free_bits) return word * VSS_BLOCK_ROWS + vss_lowest_lane(free_bits);
  }
  return map->live.n_words * VSS_BLOCK_ROWS;
}

/*
** Write the row into all places. There is room for it, the rowid is absent and the slot is free.
*/
static void occupy(VssIdmap *map, int64_t rowid, uint32_t slot) {
  int64_t before = map->n_slots ? map->rowids[map->n_slots - 1] : INT64_MIN;
  for (uint32_t skipped = map->n_slots; skipped < slot && !map->table; skipped++)
    map->rowids[skipped] = before;
  map->rowids[slot] = rowid;
  map->live.words[vss_slot_block(slot)] |= vss_slot_bit(slot);
  if (map->table) map->table[place_of(map, rowid)] = slot + 1;
  map->n_live++;
  if (slot >= map->n_slots) map->n_slots = slot + 1;
  if (slot == map->first_free) map->first_free = slot + 1;
}

int vss_idmap_add(VssIdmap *map, int64_t rowid, uint32_t *out_slot) {
  uint32_t slot = vss_idmap_find(map, rowid);
  if (slot == VSS_NONE) {
    slot = vss_idmap_lowest_free(map);
    if (slot > VSS_MAX_SLOT) return VSS_NOMEM;
    int rc = reserve_row(map, rowid, slot);
    if (rc != VSS_OK) return rc;
    occupy(map, rowid, slot);
    /* The slot was the lowest free one, and so the next free one is above it. */
    map->first_free = slot + 1;
  }
  *out_slot = slot;
  return VSS_OK;
}

/*
** Slots and rowids come from a file here: a slot or a rowid that is there twice means that the file
** is damaged, and the caller builds the map from the rows instead.
*/
int vss_idmap_place(VssIdmap *map, int64_t rowid, uint32_t slot) {
  if (slot > VSS_MAX_SLOT || is_live(map, slot) || vss_idmap_find(map, rowid) != VSS_NONE)
    return VSS_CORRUPT;
  int rc = reserve_row(map, rowid, slot);
  if (rc == VSS_OK) occupy(map, rowid, slot);
  return rc;
}

/*
** Close the gap in the hash that the rowid leaves. Look-ups stop at an empty place, so an entry
** further on in the run moves into the hole if it belongs at the hole or before it, and leaves a
** hole itself. Distances are taken round the end of the table.
*/
static void close_gap(VssIdmap *map, int64_t rowid) {
  uint32_t mask = map->table_size - 1;
  uint32_t hole = place_of(map, rowid);
  for (uint32_t next = (hole + 1) & mask; map->table[next]; next = (next + 1) & mask) {
    uint32_t home = home_of(map->rowids[map->table[next] - 1], map->table_size);
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      map->table[hole] = map->table[next];
      hole = next;
    }
  }
  map->table[hole] = 0;
}

/* The rowid stays where it stood, so that the others are still in order. */
void vss_idmap_remove(VssIdmap *map, int64_t rowid) {
  uint32_t slot = vss_idmap_find(map, rowid);
  if (slot == VSS_NONE) return;
  if (map->table) close_gap(map, rowid);
  vss_bitmap_clear(&map->live, slot);
  map->n_live--;
  if (slot < map->first_free) map->first_free = slot;
}

uint64_t vss_idmap_memory(const VssIdmap *map) {
  return (uint64_t)map->capacity * sizeof *map->rowids +
         (uint64_t)map->table_size * sizeof *map->table +
         (uint64_t)map->live.capacity_words * sizeof *map->live.words;
}
