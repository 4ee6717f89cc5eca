/*
** base/idmap.c against a plain list, under random operations, and what it costs in memory.
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

static void check_memory(void) {
  VssIdmap map = {0};
  uint64_t worst = 0;
  for (uint32_t i = 0; i < 300000; i++) {
    uint32_t slot;
    CHECK(vss_idmap_add(&map, (int64_t)i * 7919, &slot) == VSS_OK && slot == i);
    uint64_t bytes = vss_idmap_memory(&map) * 100 / (i + 1);
    if (i > 10000 && bytes > worst) worst = bytes;
  }
  printf("at most %.2f bytes per row\n", (double)worst / 100);
  CHECK(worst <= 2150);
  vss_idmap_free(&map);
}

int main(int argc, char **argv) {
  uint64_t state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  check_model(&state, 20000);
  check_memory();
  VssIdmap map = {0};
  CHECK(vss_idmap_place(&map, 1, VSS_MAX_SLOT + 1) == VSS_CORRUPT);
  CHECK(vss_idmap_place(&map, 1, VSS_NONE) == VSS_CORRUPT);
  vss_idmap_free(&map);
  return check_summary();
}
