/*
** A set of slots as plain 64-bit words: bit (slot % 64) of word (slot / 64), one word a block of 64 rows.
*/
#ifndef VSS_BITMAP_H
#define VSS_BITMAP_H

#include "base/base.h"

/* Zero-initialise. Bits at and above n_words*64 count as 0. */
typedef struct VssBitmap {
  uint64_t *words;
  uint32_t n_words;
  uint32_t capacity_words;
} VssBitmap;

int vss_bitmap_resize(VssBitmap *bitmap, uint32_t n_words); /* new words are zero; VSS_NOMEM */
void vss_bitmap_free(VssBitmap *bitmap);
int vss_bitmap_copy(VssBitmap *to, const VssBitmap *from);
int vss_bitmap_set(VssBitmap *bitmap, uint32_t slot); /* grows; VSS_NOMEM */
void vss_bitmap_clear(VssBitmap *bitmap, uint32_t slot);
int vss_bitmap_get(const VssBitmap *bitmap, uint32_t slot);
void vss_bitmap_and(VssBitmap *into,
                    const VssBitmap *other); /* words missing from other count as 0 */
uint64_t vss_bitmap_count(const VssBitmap *bitmap);

#endif
