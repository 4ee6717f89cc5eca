/*
** The m smallest of a stream of (float key, uint32 id), at O(1) per value on average.
**
**   item    | key, as a uint32 that sorts like the float | id |    one uint64
**   items   | the m smallest so far, in no order | arrivals below the threshold ... |  2m in all
**
** When the buffer is full, quickselect keeps the m smallest, and the m-th becomes the threshold.
** The order is by key and then by id, with -0 before +0. A key is never NaN: callers see to that.
*/
#ifndef VSS_TOPK_H
#define VSS_TOPK_H

#include "base/base.h"

#include <string.h>

/* Zero-initialise; vss_topk_init before use. */
typedef struct VssTopk {
  uint64_t *items;
  uint32_t count;
  uint32_t capacity;
  uint32_t m;
  uint64_t threshold; /* an arrival at or above it cannot be among the m smallest */
} VssTopk;

/*
** Start with m >= 1. `expected` is how many values will be pushed at most, for which a smaller
** buffer may do; 0: unknown. What an earlier run left in `topk` is freed. VSS_NOMEM leaves it as it
** was.
*/
int vss_topk_init(VssTopk *topk, uint32_t m, uint32_t expected);
void vss_topk_free(VssTopk *topk);

/*
** (key, id) as one integer that sorts like the pair, and back. Positive floats sort like their
** bits, with the sign bit set here to come after the negative ones, whose bits are all inverted.
*/
static inline uint64_t vss_topk_pack(float key, uint32_t id) {
  uint32_t bits;
  memcpy(&bits, &key, sizeof bits);
  bits ^= bits >> 31 ? UINT32_MAX : UINT32_C(1) << 31;
  return (uint64_t)bits << 32 | id;
}
static inline float vss_topk_key(uint64_t item) {
  uint32_t bits = (uint32_t)(item >> 32);
  bits ^= bits >> 31 ? UINT32_C(1) << 31 : UINT32_MAX;
  float key;
  memcpy(&key, &bits, sizeof key);
  return key;
}
static inline uint32_t vss_topk_id(uint64_t item) {
  return (uint32_t)item;
}

/*
** A key above this one is not among the m smallest. It is +Inf until the first compaction, and
** falls from then on.
*/
static inline float vss_topk_threshold(const VssTopk *topk) {
  return topk->threshold == UINT64_MAX ? __builtin_inff() : vss_topk_key(topk->threshold);
}

/* Throws away what is not among the m smallest. Only vss_topk_push() calls it. */
void vss_topk_compact(VssTopk *topk);

static inline void vss_topk_push(VssTopk *topk, uint64_t item) {
  if (item >= topk->threshold) return;
  topk->items[topk->count++] = item;
  if (topk->count == topk->capacity) vss_topk_compact(topk);
}

/*
** Leave the m smallest, or all if there are fewer, in items[0 .. count), ascending. No push may
** follow.
*/
void vss_topk_finish(VssTopk *topk);

/* Sort any n integers, ascending. Cost: O(n log n), without memory of its own. */
void vss_topk_sort(uint64_t *items, uint32_t n);

#endif
