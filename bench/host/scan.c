/* Compiled on its own, with -O3 -mavx2 -mfma -ffast-math, as FAISS compiles its distances. */
#include "scan.h"

static float distance_sq(const float *a, const float *b, int d) {
  float sum = 0;
  for (int j = 0; j < d; j++) {
    float difference = a[j] - b[j];
    sum += difference * difference;
  }
  return sum;
}

/* A heap with the farthest on top; `at` is free and sinks. */
static void sink(ScanHit *heap, int count, int at, ScanHit hit) {
  for (int child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && heap[child + 1].distance > heap[child].distance) child++;
    if (heap[child].distance <= hit.distance) break;
    heap[at] = heap[child];
  }
  heap[at] = hit;
}

static void rise(ScanHit *heap, int at, ScanHit hit) {
  for (; at > 0 && heap[(at - 1) / 2].distance < hit.distance; at = (at - 1) / 2)
    heap[at] = heap[(at - 1) / 2];
  heap[at] = hit;
}

int scan_nearest(const float *rows, int64_t n, int d, const float *query, const int32_t *column,
                 int32_t below, int k, ScanHit *hits) {
  int count = 0;
  for (int64_t i = 0; i < n; i++) {
    if (column && column[i] >= below) continue;
    ScanHit hit = {distance_sq(rows + i * d, query, d), i};
    if (count < k)
      rise(hits, count++, hit);
    else if (hit.distance < hits[0].distance)
      sink(hits, count, 0, hit);
  }
  for (int left = count; left > 1; left--) {
    ScanHit farthest = hits[0];
    sink(hits, left - 1, 0, hits[left - 1]);
    hits[left - 1] = farthest;
  }
  return count;
}
