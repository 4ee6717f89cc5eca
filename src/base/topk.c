/*
** Quickselect and quicksort with a limit for their depth. Beyond it they are heapsort, so that no
** input costs more than O(n log n).
**
**   push      | kept: m, in no order | arrivals below the threshold |   until the buffer is full
**   compact   | kept: m, in no order |                                  quickselect
**   finish    | kept: m, ascending   |                                  quicksort
**
** A compaction costs O(2m) on average and makes room for m arrivals, so that a push costs O(1).
** Keys of a scan are often sorted or equal in long runs; the median of three copes with both.
*/
#include "base/topk.h"

int vss_topk_init(VssTopk *topk, uint32_t m, uint32_t expected) {
  uint64_t capacity = (uint64_t)m * 2;
  /* With room for one more than is expected, the buffer is never full, and nothing is compacted. */
  if (expected && (uint64_t)expected + 1 < capacity) capacity = (uint64_t)expected + 1;
  if (capacity > UINT32_MAX) return VSS_NOMEM;
  uint64_t *items = vss_malloc(capacity * sizeof *items);
  if (!items) return VSS_NOMEM;
  /* Freed only now: on failure, what was there before stays. */
  vss_free(topk->items);
  topk->items = items;
  topk->count = 0;
  topk->capacity = (uint32_t)capacity;
  topk->m = m;
  topk->threshold = UINT64_MAX;
  return VSS_OK;
}

void vss_topk_free(VssTopk *topk) {
  vss_free(topk->items);
  memset(topk, 0, sizeof *topk);
}

static void swap(uint64_t *a, uint64_t *b) {
  uint64_t t = *a;
  *a = *b;
  *b = t;
}

/*
** Let the item at `root` sink until both its children are smaller. The root of the heap is the
** greatest.
*/
static void sift_down(uint64_t *items, uint32_t root, uint32_t n) {
  for (;;) {
    uint64_t child = (uint64_t)root * 2 + 1;
    if (child >= n) return;
    if (child + 1 < n && items[child] < items[child + 1]) child++;
    if (items[root] >= items[child]) return;
    swap(&items[root], &items[child]);
    root = (uint32_t)child;
  }
}

/* The fallback for inputs that make quicksort choose bad pivots again and again. */
static void heapsort(uint64_t *items, uint32_t n) {
  for (uint32_t i = n / 2; i > 0; i--)
    sift_down(items, i - 1, n);
  for (uint32_t i = n; i > 1; i--) {
    swap(&items[0], &items[i - 1]);
    sift_down(items, 0, i - 1);
  }
}

/* The fastest sort for the few items that the others leave over. */
static void insertion_sort(uint64_t *items, uint32_t n) {
  for (uint32_t i = 1; i < n; i++) {
    uint64_t item = items[i];
    uint32_t j = i;
    for (; j > 0 && items[j - 1] > item; j--)
      items[j] = items[j - 1];
    items[j] = item;
  }
}

/*
** Hoare's partition around the median of three, n >= 3. Result: p with items[0..p) <= pivot =
** items[p] <= items(p..n).
*/
static uint32_t partition(uint64_t *items, uint32_t n) {
  uint32_t middle = n / 2;
  if (items[middle] < items[0]) swap(&items[middle], &items[0]);
  if (items[n - 1] < items[0]) swap(&items[n - 1], &items[0]);
  if (items[n - 1] < items[middle]) swap(&items[n - 1], &items[middle]);
  /*
  ** The ends are on their sides now, and stop the two scans. The pivot waits beside the last one.
  */
  swap(&items[middle], &items[n - 2]);
  uint64_t pivot = items[n - 2];
  uint32_t i = 0, j = n - 2;
  for (;;) {
    while (items[++i] < pivot)
      continue;
    while (items[--j] > pivot)
      continue;
    if (i >= j) break;
    swap(&items[i], &items[j]);
  }
  swap(&items[i], &items[n - 2]);
  return i;
}

/* Twice the depth of even halves: chance stays far below it. */
static int depth_limit(uint32_t n) {
  return 2 * (32 - __builtin_clz(n | 1));
}

/* Quicksort, with at most `depth` partitions one inside the other. */
static void sort_within(uint64_t *items, uint32_t n, int depth) {
  while (n > 16) {
    if (depth-- == 0) {
      heapsort(items, n);
      return;
    }
    uint32_t p = partition(items, n);
    /* The call is for the smaller part and the loop for the other: the stack stays logarithmic. */
    if (p < n - p - 1) {
      sort_within(items, p, depth);
      items += p + 1;
      n -= p + 1;
    } else {
      sort_within(items + p + 1, n - p - 1, depth);
      n = p;
    }
  }
  insertion_sort(items, n);
}

/* Move the k smallest items to the front, and the greatest of them to items[k-1]; 1 <= k <= n. */
static void select_smallest(uint64_t *items, uint32_t n, uint32_t k) {
  int depth = depth_limit(n);
  while (n > 16) {
    if (depth-- == 0) {
      heapsort(items, n);
      return;
    }
    uint32_t p = partition(items, n);
    if (p == k - 1) return;
    /* Only the part that has item k-1 is still open. */
    if (p >= k) {
      n = p;
    } else {
      items += p + 1;
      n -= p + 1;
      k -= p + 1;
    }
  }
  insertion_sort(items, n);
}

void vss_topk_compact(VssTopk *topk) {
  if (topk->count <= topk->m) return;
  select_smallest(topk->items, topk->count, topk->m);
  topk->count = topk->m;
  /* The m-th smallest: what is not below it cannot displace anything. */
  topk->threshold = topk->items[topk->m - 1];
}

void vss_topk_sort(uint64_t *items, uint32_t n) {
  sort_within(items, n, depth_limit(n));
}

void vss_topk_finish(VssTopk *topk) {
  vss_topk_compact(topk);
  vss_topk_sort(topk->items, topk->count);
}
