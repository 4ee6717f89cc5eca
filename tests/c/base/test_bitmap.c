/*
** base/bitmap.c against an array of bytes with one byte per number, under random operations on two
** sets.
**
**   test_bitmap [seed]
*/
#include "base/bitmap.h"
#include "check.h"

#define SLOTS 1000

int main(int argc, char **argv) {
  uint64_t state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  static uint8_t model[2][SLOTS];
  VssBitmap bitmaps[2] = {{0}, {0}};
  for (int step = 0; step < 20000; step++) {
    int which = (int)(check_random(&state) % 2);
    VssBitmap *bitmap = &bitmaps[which];
    uint32_t slot = (uint32_t)(check_random(&state) % (step < 2000 ? 100 : SLOTS));
    switch (check_random(&state) % 40) {
      case 0:
        vss_bitmap_clear_all(bitmap);
        memset(model[which], 0, SLOTS);
        break;
      case 1:
        CHECK(vss_bitmap_copy(bitmap, &bitmaps[!which]) == VSS_OK);
        memcpy(model[which], model[!which], SLOTS);
        break;
      case 2: {
        uint32_t n_words = (uint32_t)(check_random(&state) % (SLOTS / VSS_BLOCK_ROWS + 1));
        CHECK(vss_bitmap_resize(bitmap, n_words) == VSS_OK);
        if (n_words * 64 < SLOTS) memset(model[which] + n_words * 64, 0, SLOTS - n_words * 64);
        break;
      }
      case 3: CHECK(vss_bitmap_copy(bitmap, bitmap) == VSS_OK); break;
      default:
        if (check_random(&state) % 3) {
          CHECK(vss_bitmap_set(bitmap, slot) == VSS_OK);
          model[which][slot] = 1;
        } else {
          vss_bitmap_clear(bitmap, slot);
          model[which][slot] = 0;
        }
    }
    uint64_t count = 0;
    for (int i = 0; i < SLOTS; i++)
      count += model[which][i];
    CHECK(vss_bitmap_count(bitmap) == count);
    CHECK(vss_bitmap_get(bitmap, slot) == model[which][slot]);
    uint32_t next = slot;
    while (next < SLOTS && !model[which][next])
      next++;
    CHECK(vss_bitmap_next(bitmap, slot) == (next < SLOTS ? next : VSS_NONE));
    if (step % 100 == 0)
      for (uint32_t i = 0; i < SLOTS; i++)
        CHECK(vss_bitmap_get(bitmap, i) == model[which][i]);
  }
  CHECK(!vss_bitmap_get(&bitmaps[0], UINT32_MAX));
  CHECK(vss_bitmap_next(&bitmaps[0], UINT32_MAX) == VSS_NONE);
  vss_bitmap_clear(&bitmaps[0], UINT32_MAX);
  vss_bitmap_free(&bitmaps[0]);
  vss_bitmap_free(&bitmaps[1]);
  vss_bitmap_free(&bitmaps[1]);
  CHECK(vss_bitmap_count(&bitmaps[1]) == 0 && vss_bitmap_next(&bitmaps[1], 0) == VSS_NONE);
  vss_bitmap_clear_all(&bitmaps[1]);
  return check_summary();
}
