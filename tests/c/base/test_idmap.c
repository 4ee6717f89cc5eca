/*
** base/idmap.c against a plain list, under random operations, in order and in any order, and what
** it costs in memory.
**
**   test_idmap [seed]
*/
#include "check.h"
#include "base/idmap.h"

#define ROWIDS 400

/*
** rowids that share their low bits, their high bits or their sign: a hash that ignores some of the
** bits gets slow here.
*/
static int64_t rowid_of(uint32_t i) {
  switch (i % 4) {
    case 0: return (int64_t)i;
    case 1: return -(int64_t)i;
    case 2: return (int64_t)((uint64_t)i << 40);
    default: return INT64_MAX - (int64_t)i;
  }
}

static void check_model(uint64_t *state, int steps) {
  static uint32_t slot_of[ROWIDS]; /* VSS_NONE: absent */
  static uint8_t taken[4 * ROWIDS];
  memset(slot_of, 0xff, sizeof slot_of);
  memset(taken, 0, sizeof taken);
  VssIdmap map = {0};
  uint32_t n = 0;
  CHECK(vss_idmap_find(&map, 0) == VSS_NONE);
  vss_idmap_remove(&map, 5);
  for (int step = 0; step < steps; step++) {
    uint32_t i = (uint32_t)(check_random(state) % ROWIDS);
    int64_t rowid = rowid_of(i);
    /* The map grows for a while and then shrinks for a while, in turns. */
    uint32_t adds = step / 1000 % 2 ? 2 : 8;
    if (check_random(state) % 10 < adds) {
      uint32_t slot = VSS_NONE;
      CHECK(vss_idmap_add(&map, rowid, &slot) == VSS_OK);
      if (slot_of[i] == VSS_NONE) {
        uint32_t lowest = 0;
        while (taken[lowest])
          lowest++;
        CHECK(slot == lowest);
        slot_of[i] = slot;
        taken[slot] = 1;
        n++;
      }
      CHECK(slot == slot_of[i]);
    } else if (check_random(state) % 4 == 0) {
      uint32_t slot = (uint32_t)(check_random(state) % (3 * ROWIDS));
      int rc = vss_idmap_place(&map, rowid, slot);
      if (taken[slot] || slot_of[i] != VSS_NONE) {
        CHECK(rc == VSS_CORRUPT);
      } else {
        CHECK(rc == VSS_OK);
        slot_of[i] = slot;
        taken[slot] = 1;
        n++;
      }
    } else {
      vss_idmap_remove(&map, rowid);
      if (slot_of[i] != VSS_NONE) {
        taken[slot_of[i]] = 0;
        slot_of[i] = VSS_NONE;
        n--;
      }
    }
    CHECK(map.n_live == n && vss_bitmap_count(&map.live) == n);
    CHECK(vss_idmap_find(&map, rowid) == slot_of[i]);
    if (step % 200 == 0)
      for (uint32_t r = 0; r < ROWIDS; r++) {
        CHECK(vss_idmap_find(&map, rowid_of(r)) == slot_of[r]);
        if (slot_of[r] == VSS_NONE) continue;
        CHECK(map.rowids[slot_of[r]] == rowid_of(r) && slot_of[r] < map.n_slots);
        CHECK(vss_bitmap_get(&map.live, slot_of[r]));
      }
  }
  vss_idmap_free(&map);
  CHECK(vss_idmap_memory(&map) == 0);
}

#define SLOTS 120

/* Whether the rowids of a model ascend with their slots; VSS_NONE, as a rowid, is a free slot. */
static int ascend(const int64_t *rowids) {
  int64_t last = INT64_MIN;
  for (uint32_t slot = 0; slot < SLOTS; slot++) {
    if (rowids[slot] == VSS_NONE) continue;
    if (rowids[slot] < last) return 0;
    last = rowids[slot];
  }
  return 1;
}

/*
** Rowids that ascend, with gaps, until one does not: nearly always appended, sometimes removed, and
** sometimes placed in a free slot, where they may or may not be in order. Returns how many
** operations went by before the map made its hash.
*/
static int check_order(uint64_t *state) {
  int64_t rowids[SLOTS], next = (int64_t)(check_random(state) % 9) - 3;
  VssIdmap map = {0};
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    rowids[slot] = VSS_NONE;
  int n = 0, behind_hash = 0;
  for (; behind_hash < 100 && n < 2000; n++) {
    uint32_t slot = (uint32_t)(check_random(state) % SLOTS);
    uint64_t dice = check_random(state) % 100;
    if (dice < 60 && map.n_slots + 3 < SLOTS) {
      slot = map.n_slots + (uint32_t)(check_random(state) % 8 == 0) * 2;
      CHECK(vss_idmap_place(&map, next, slot) == VSS_OK);
      rowids[slot] = next;
      next += (int64_t)(check_random(state) % 3) + 1;
    } else if (dice < 97) {
      if (rowids[slot] != VSS_NONE) vss_idmap_remove(&map, rowids[slot]);
      rowids[slot] = VSS_NONE;
    } else if (slot < map.n_slots) {
      int64_t rowid = (int64_t)(check_random(state) % (uint64_t)(next + 4)) - 4;
      int is_there = rowids[slot] != VSS_NONE;
      for (uint32_t i = 0; i < SLOTS; i++)
        is_there |= rowids[i] == rowid;
      CHECK(vss_idmap_place(&map, rowid, slot) == (is_there ? VSS_CORRUPT : VSS_OK));
      if (!is_there) rowids[slot] = rowid;
    }
    if (!ascend(rowids)) CHECK(map.table != NULL);
    behind_hash += map.table != NULL;
    for (uint32_t i = 0; i < SLOTS; i++)
      if (rowids[i] != VSS_NONE) CHECK(vss_idmap_find(&map, rowids[i]) == i);
    for (int64_t rowid = -5; rowid < next + 2; rowid++) {
      uint32_t found = vss_idmap_find(&map, rowid);
      CHECK(found == VSS_NONE || rowids[found] == rowid);
    }
  }
  vss_idmap_free(&map);
  return n - behind_hash;
}

/* Slot numbers and rowids at their ends, and a row that comes back to the slot that it had. */
static void check_order_edges(void) {
  VssIdmap map = {0};
  CHECK(vss_idmap_place(&map, INT64_MIN, 2) == VSS_OK && map.table);
  CHECK(vss_idmap_find(&map, INT64_MIN) == 2 && vss_idmap_find(&map, 0) == VSS_NONE);
  vss_idmap_free(&map);
  CHECK(vss_idmap_place(&map, INT64_MIN, 0) == VSS_OK && !map.table);
  CHECK(vss_idmap_place(&map, INT64_MAX, 3) == VSS_OK && !map.table);
  CHECK(vss_idmap_find(&map, INT64_MIN) == 0 && vss_idmap_find(&map, INT64_MAX) == 3);
  vss_idmap_remove(&map, INT64_MIN);
  CHECK(vss_idmap_find(&map, INT64_MIN) == VSS_NONE);
  uint32_t slot;
  CHECK(vss_idmap_add(&map, INT64_MIN, &slot) == VSS_OK && slot == 0 && !map.table);
  CHECK(vss_idmap_add(&map, 7, &slot) == VSS_OK && slot == 1 && map.table);
  CHECK(vss_idmap_find(&map, INT64_MIN) == 0 && vss_idmap_find(&map, 7) == 1);
  CHECK(vss_idmap_find(&map, 6) == VSS_NONE && vss_idmap_find(&map, INT64_MAX) == 3);
  vss_idmap_free(&map);
}

/* The most bytes per row while rowids i ^ swapped are added. */
static void check_memory(uint32_t swapped, uint64_t most) {
  VssIdmap map = {0};
  uint64_t worst = 0;
  for (uint32_t i = 0; i < 300000; i++) {
    uint32_t slot;
    CHECK(vss_idmap_add(&map, (int64_t)(i ^ swapped) * 7919, &slot) == VSS_OK && slot == i);
    uint64_t bytes = vss_idmap_memory(&map) * 100 / (i + 1);
    if (i > 10000 && bytes > worst) worst = bytes;
  }
  printf("at most %.2f bytes per row\n", (double)worst / 100);
  CHECK(worst <= most);
  vss_idmap_free(&map);
}

int main(int argc, char **argv) {
  uint64_t state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  check_model(&state, 20000);
  int n_in_order = 0;
  for (int round = 0; round < 200; round++)
    n_in_order += check_order(&state);
  printf("%d operations in order\n", n_in_order);
  CHECK(n_in_order > 5000);
  check_order_edges();
  check_memory(0, 1030);
  check_memory(1, 2150);
  VssIdmap map = {0};
  CHECK(vss_idmap_place(&map, 1, VSS_MAX_SLOT + 1) == VSS_CORRUPT);
  CHECK(vss_idmap_place(&map, 1, VSS_NONE) == VSS_CORRUPT);
  vss_idmap_free(&map);
  return check_summary();
}
