/*
** base/topk.c against sorting everything: random keys, ties, and the orders that make quicksort
** slow.
**
**   test_topk [seed]
*/
#include "check.h"
#include "base/topk.h"

#include <math.h>

static uint64_t state;

static int ascending(const void *a, const void *b) {
  const uint64_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static float draw_key(int shape, uint32_t i, uint32_t n) {
  float random = (float)(int64_t)check_random(&state);
  switch (shape) {
    case 0: return random;
    case 1: return (float)(check_random(&state) % 4) - 1;
    case 2: return (float)i;
    case 3: return (float)(n - i);
    case 4: return -INFINITY;
    case 5: return (float)(i < n / 2 ? i : n - i); /* up and then down */
    case 6: return (float)(i % 2 ? i : n - i);
    default: return check_random(&state) % 3 ? random : check_random(&state) % 2 ? INFINITY : -0.0f;
  }
}

static void check_selection(int shape, uint32_t n, uint32_t m, uint32_t expected) {
  uint64_t *all = malloc((n + 1) * sizeof *all);
  VssTopk topk = {0};
  CHECK(vss_topk_init(&topk, m, expected) == VSS_OK);
  for (uint32_t i = 0; i < n; i++) {
    all[i] = vss_topk_pack(draw_key(shape, i, n), i);
    /* Callers may ask for the threshold before they push, and so this does, sometimes. */
    if (vss_topk_key(all[i]) <= vss_topk_threshold(&topk)) vss_topk_push(&topk, all[i]);
  }
  vss_topk_finish(&topk);
  qsort(all, n, sizeof *all, ascending);
  uint32_t wanted = n < m ? n : m;
  CHECK(topk.count == wanted);
  CHECK(memcmp(topk.items, all, wanted * sizeof *all) == 0);
  vss_topk_free(&topk);
  vss_topk_free(&topk);
  free(all);
}

static void check_packing(void) {
  const float keys[] = {-INFINITY, -1e30f, -1, -1e-45f, -0.0f, 0, 1e-45f, 1, 1e30f, INFINITY};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    uint64_t item = vss_topk_pack(keys[i], 77);
    float key = vss_topk_key(item);
    CHECK(memcmp(&key, &keys[i], sizeof key) == 0 && vss_topk_id(item) == 77);
    CHECK(vss_topk_pack(keys[i], 5) < vss_topk_pack(keys[i], 6));
    if (i) CHECK(vss_topk_pack(keys[i - 1], UINT32_MAX) < item);
  }
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  check_packing();
  for (int shape = 0; shape < 8; shape++)
    for (uint32_t n = 0; n < 3000; n = n < 40 ? n + 1 : n * 3) {
      uint32_t m = 1 + (uint32_t)(check_random(&state) % (n + 5));
      check_selection(shape, n, m, 0);
      check_selection(shape, n, m, n);
      check_selection(shape, n, 1, n + 10);
      check_selection(shape, n, n + 1, n);
    }
  check_selection(0, 100000, 1000, 100000);
  check_selection(5, 100000, 50000, 0);
  return check_summary();
}
