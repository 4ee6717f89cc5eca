/*
** Plain words; the compiler's popcount is one instruction on every target.
*/
#include "base/bitmap.h"

#include <string.h>

int vss_bitmap_resize(VssBitmap *bitmap, uint32_t n_words) {
  if (n_words > bitmap->capacity_words) {
    /* A quarter ahead: setting bit after bit costs O(n) and wastes little. */
    uint64_t capacity = (uint64_t)n_words + bitmap->capacity_words / 4;
    if (capacity > UINT32_MAX) capacity = UINT32_MAX;
    uint64_t *words = vss_realloc(bitmap->words, capacity * sizeof *words);
    if (!words) return VSS_NOMEM;
    bitmap->words = words;
    bitmap->capacity_words = (uint32_t)capacity;
  }
  if (n_words > bitmap->n_words)
    memset(bitmap->words + bitmap->n_words, 0,
           (size_t)(n_words - bitmap->n_words) * sizeof *bitmap->words);
  bitmap->n_words = n_words;
  return VSS_OK;
}

void vss_bitmap_free(VssBitmap *bitmap) {
  vss_free(bitmap->words);
  memset(bitmap, 0, sizeof *bitmap);
}

int vss_bitmap_copy(VssBitmap *to, const VssBitmap *from) {
  if (to == from) return VSS_OK;
  int rc = vss_bitmap_resize(to, from->n_words);
  if (rc == VSS_OK && from->n_words)
    memcpy(to->words, from->words, (size_t)from->n_words * sizeof *to->words);
  return rc;
}

int vss_bitmap_set(VssBitmap *bitmap, uint32_t slot) {
  if (slot / 64 >= bitmap->n_words) {
    int rc = vss_bitmap_resize(bitmap, slot / 64 + 1);
    if (rc != VSS_OK) return rc;
  }
  bitmap->words[slot / 64] |= UINT64_C(1) << (slot % 64);
  return VSS_OK;
}

void vss_bitmap_clear(VssBitmap *bitmap, uint32_t slot) {
  if (slot / 64 < bitmap->n_words) bitmap->words[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
}

int vss_bitmap_get(const VssBitmap *bitmap, uint32_t slot) {
  return slot / 64 < bitmap->n_words && (bitmap->words[slot / 64] >> (slot % 64) & 1);
}

void vss_bitmap_and(VssBitmap *into, const VssBitmap *other) {
  uint32_t shared = into->n_words < other->n_words ? into->n_words : other->n_words;
  for (uint32_t i = 0; i < shared; i++)
    into->words[i] &= other->words[i];
  for (uint32_t i = shared; i < into->n_words; i++)
    into->words[i] = 0;
}

uint64_t vss_bitmap_count(const VssBitmap *bitmap) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < bitmap->n_words; i++)
    count += (uint64_t)__builtin_popcountll(bitmap->words[i]);
  return count;
}
