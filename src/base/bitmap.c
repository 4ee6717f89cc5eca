/*
** Sets as plain words; see base/bitmap.h. Counting and finding bits are the compiler's builtins,
** one instruction on every target.
**
**   words   | word 0 | word 1 | ... | word n_words-1 | undefined ... |    capacity_words in all
**
** What lies behind n_words is never read: vss_bitmap_resize() zeroes the words that it adds, also
** where the set was larger before.
*/
#include "base/bitmap.h"

#include <string.h>

int vss_bitmap_resize(VssBitmap *bitmap, uint32_t n_words) {
  if (n_words > bitmap->capacity_words) {
    /*
    ** A quarter more than asked for: setting n bits one after the other then copies O(n) words, and
    ** little room is wasted.
    */
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
  /*
  ** Without words the pointers may be NULL, which memcpy() does not allow even for a length of 0.
  */
  if (rc == VSS_OK && from->n_words)
    memcpy(to->words, from->words, (size_t)from->n_words * sizeof *to->words);
  return rc;
}

int vss_bitmap_set(VssBitmap *bitmap, uint32_t i) {
  uint32_t word = vss_slot_block(i);
  if (word >= bitmap->n_words) {
    int rc = vss_bitmap_resize(bitmap, word + 1);
    if (rc != VSS_OK) return rc;
  }
  bitmap->words[word] |= vss_slot_bit(i);
  return VSS_OK;
}

void vss_bitmap_clear(VssBitmap *bitmap, uint32_t i) {
  uint32_t word = vss_slot_block(i);
  if (word < bitmap->n_words) bitmap->words[word] &= ~vss_slot_bit(i);
}

void vss_bitmap_clear_all(VssBitmap *bitmap) {
  /* words may be NULL while there are none; see vss_bitmap_copy(). */
  if (bitmap->n_words) memset(bitmap->words, 0, bitmap->n_words * sizeof *bitmap->words);
}

int vss_bitmap_get(const VssBitmap *bitmap, uint32_t i) {
  uint32_t word = vss_slot_block(i);
  return word < bitmap->n_words && (bitmap->words[word] & vss_slot_bit(i)) != 0;
}

/* Empty words cost one comparison each: 64 slots at a time. */
uint32_t vss_bitmap_next(const VssBitmap *bitmap, uint32_t from) {
  uint32_t first = vss_slot_block(from);
  for (uint32_t word = first; word < bitmap->n_words; word++) {
    uint64_t bits = bitmap->words[word];
    /*
    ** In the first word, bits below `from` do not count: -bit has exactly the bits from `bit`
    ** upwards.
    */
    if (word == first) bits &= -vss_slot_bit(from);
    if (bits) return word * VSS_BLOCK_ROWS + vss_lowest_lane(bits);
  }
  return VSS_NONE;
}

uint64_t vss_bitmap_count(const VssBitmap *bitmap) {
  uint64_t count = 0;
  for (uint32_t word = 0; word < bitmap->n_words; word++)
    count += vss_count_lanes(bitmap->words[word]);
  return count;
}
