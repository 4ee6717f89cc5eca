/*
** Quickselect and quicksort with a depth limit; beyond it heapsort, so that no input costs more than O(n log n).
*/
#include "base/topk.h"

int vss_topk_init(VssTopk *topk, uint32_t m, uint32_t expected) {
  uint64_t capacity = (uint64_t)m * 2;
  /* One above what is expected: then the buffer never fills and nothing is ever thrown away. */
  if (expected && (uint64_t)expected + 1 < capacity) capacity = (uint64_t)expected + 1;
  if (capacity > UINT32_MAX) return VSS_NOMEM;
  uint64_t *items = vss_malloc(capacity * sizeof *items);
  if (!items) return VSS_NOMEM;
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

static void heapsort(uint64_t *items, uint32_t n) {
  for (uint32_t i = n / 2; i > 0; i--)
    sift_down(items, i - 1, n);
  for (uint32_t i = n; i > 1; i--) {
    swap(&items[0], &items[i - 1]);
    sift_down(items, 0, i - 1);
  }
}

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
** Hoare partition around the median of three, n >= 3. Result: p with items[0..p) <= pivot = items[p] <= items(p..n).
*/
static uint32_t partition(uint64_t *items, uint32_t n) {
  uint32_t middle = n / 2;
  if (items[middle] < items[0]) swap(&items[middle], &items[0]);
  if (items[n - 1] < items[0]) swap(&items[n - 1], &items[0]);
  if (items[n - 1] < items[middle]) swap(&items[n - 1], &items[middle]);
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

static int depth_limit(uint32_t n) {
  return 2 * (32 - __builtin_clz(n | 1));
}

static void sort_within(uint64_t *items, uint32_t n, int depth) {
  while (n > 16) {
    if (depth-- == 0) {
      heapsort(items, n);
      return;
    }
    uint32_t p = partition(items, n);
    /* Recurse into the smaller part: the stack stays logarithmic. */
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

void vss_topk_sort(uint64_t *items, uint32_t n) {
  sort_within(items, n, depth_limit(n));
}

/* Arrange that items[0..k) are the k smallest and items[k-1] the greatest of them; 1 <= k <= n. */
static void select_smallest(uint64_t *items, uint32_t n, uint32_t k) {
  int depth = depth_limit(n);
  while (n > 16) {
    if (depth-- == 0) {
      heapsort(items, n);
      return;
    }
    uint32_t p = partition(items, n);
    if (p == k - 1) return;
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
  topk->threshold = topk->items[topk->m - 1];
}

void vss_topk_finish(VssTopk *topk) {
  vss_topk_compact(topk);
  vss_topk_sort(topk->items, topk->count);
}
