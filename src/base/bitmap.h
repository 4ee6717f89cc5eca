/*
** A set of slots, or of other small numbers, as plain 64-bit words: number i is bit i % 64 of word
** i / 64.
**
** For slots that is one word per block (base/slot.h), and callers that go through a table block by
** block read the words.
*/
#ifndef VSS_BITMAP_H
#define VSS_BITMAP_H

#include "base/base.h"
#include "base/slot.h"

/* Zero-initialise. Numbers at and above n_words*64 are not in the set. */
typedef struct VssBitmap {
  uint64_t *words;
  uint32_t n_words;
  uint32_t capacity_words;
} VssBitmap;

/* Set n_words; words that are new are zero. VSS_NOMEM leaves the set as it was. */
int vss_bitmap_resize(VssBitmap *bitmap, uint32_t n_words);
void vss_bitmap_free(VssBitmap *bitmap);

/* Make `to` equal to `from`. VSS_NOMEM. */
int vss_bitmap_copy(VssBitmap *to, const VssBitmap *from);

/* Add i; the words grow up to it. VSS_NOMEM leaves the set as it was. */
int vss_bitmap_set(VssBitmap *bitmap, uint32_t i);
/* Take i out. Nothing happens when it is not in the set. */
void vss_bitmap_clear(VssBitmap *bitmap, uint32_t i);
/* Take all numbers out; the words stay. */
void vss_bitmap_clear_all(VssBitmap *bitmap);

/* 1 when i is in the set. */
int vss_bitmap_get(const VssBitmap *bitmap, uint32_t i);
/* The lowest number of the set that is at least `from`, or VSS_NONE. */
uint32_t vss_bitmap_next(const VssBitmap *bitmap, uint32_t from);
/* How many numbers the set has. Cost: O(n_words). */
uint64_t vss_bitmap_count(const VssBitmap *bitmap);

#endif
