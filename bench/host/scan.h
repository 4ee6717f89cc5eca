/*
** The k nearest rows by a plain float32 scan, as FAISS's flat index does it for one query: row by row, the inner loop
** vectorised by the compiler, the best k in a heap. The yardstick for a native exact search without codes.
*/
#ifndef BENCH_SCAN_H
#define BENCH_SCAN_H

#include <stdint.h>

typedef struct ScanHit {
  float distance;
  int64_t row;
} ScanHit;

/*
** Fill hits[0..k) with the k nearest of n rows, nearest first; returns how many. rows is n*d floats, row-major.
** column, when not NULL, keeps the rows where column[i] < below. Cannot fail. Cost: one pass over the rows.
*/
int scan_nearest(const float *rows, int64_t n, int d, const float *query, const int32_t *column,
                 int32_t below, int k, ScanHit *hits);

#endif
