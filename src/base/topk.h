/*
** The m smallest of a stream of (float key, uint32 id), in O(1) amortised a value.
**
**   items   packed: key as an order-preserving uint32 in the high half, id in the low half
**   [ kept: the m smallest so far, any order | arrivals below the threshold .......... ]  2m in all
**
** When the buffer is full, quickselect keeps the m smallest and the m-th becomes the threshold. Order: key, then id;
** -0 before +0; keys are never NaN (checked by the caller).
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
  uint64_t threshold; /* arrivals at or above cannot be among the m smallest */
} VssTopk;

/* m >= 1; expected: at most how many values will be pushed (a smaller buffer does), 0 unknown. VSS_NOMEM. */
int vss_topk_init(VssTopk *topk, uint32_t m, uint32_t expected);
void vss_topk_free(VssTopk *topk);

/* (key, id) as one integer that sorts like the pair, and back. */
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

/* Keys above this are not taken any more; +Inf until m values came. Falls as values arrive. */
static inline float vss_topk_threshold(const VssTopk *topk) {
  return topk->threshold == UINT64_MAX ? __builtin_inff() : vss_topk_key(topk->threshold);
}

void vss_topk_compact(VssTopk *topk); /* internal to push */

static inline void vss_topk_push(VssTopk *topk, uint64_t item) {
  if (item >= topk->threshold) return;
  topk->items[topk->count++] = item;
  if (topk->count == topk->capacity) vss_topk_compact(topk);
}

/* Sort what is kept: items[0 .. count), count <= m, ascending. No push after it. */
void vss_topk_finish(VssTopk *topk);

/* Ascending, in place, O(n log n) for every input. */
void vss_topk_sort(uint64_t *items, uint32_t n);

#endif
