/*
** Slots: the places of rows in the resident arrays.
**
**   slot     0 ........ 63 | 64 ....... 127 | 128 ...
**   block    0             | 1              | 2         64 rows whose codes lie together
**   lane     0 ........ 63 | 0 ......... 63 | 0 ...     the place of a row in its block
**   bitmap   word 0        | word 1         | word 2    one word per block, bit i is lane i
**
** A set of rows is therefore one machine word per block: present rows and filters meet in one AND.
*/
#ifndef VSS_SLOT_H
#define VSS_SLOT_H

#include <stdint.h>

/*
** Rows of a block. It is 64 because a bitmap's word has 64 bits; kernels and stored bytes rely on
** it too.
*/
#define VSS_BLOCK_ROWS 64

/* "There is none", in the place of a slot, a block or the id of a codebook. */
#define VSS_NONE UINT32_MAX

/*
** The highest slot; a table with more rows is VSS_NOMEM. The hash of base/idmap.h has at most 2^31
** places and is at most three quarters full, so that this many rows fit.
*/
#define VSS_MAX_SLOT ((UINT32_C(1) << 30) - 1)

static inline uint32_t vss_slot_block(uint32_t slot) {
  return slot / VSS_BLOCK_ROWS;
}
static inline uint32_t vss_slot_lane(uint32_t slot) {
  return slot % VSS_BLOCK_ROWS;
}
/* The slot's bit in its block's word. */
static inline uint64_t vss_slot_bit(uint32_t slot) {
  return UINT64_C(1) << vss_slot_lane(slot);
}

/*
** The lane of the lowest bit of a word that is not 0. All lanes of a word, in ascending order:
**
**   for (uint64_t bits = word; bits; bits &= bits - 1)
**     ... vss_lowest_lane(bits) ...
*/
static inline uint32_t vss_lowest_lane(uint64_t bits) {
  return (uint32_t)__builtin_ctzll(bits);
}
static inline uint32_t vss_count_lanes(uint64_t bits) {
  return (uint32_t)__builtin_popcountll(bits);
}

#endif
