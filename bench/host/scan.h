/*
** The k nearest rows by a plain float32 scan, as FAISS's flat index finds them for one query: row
** by row, with the best k in a heap. The compiler vectorises the inner loop. This is the yardstick
** for a native exact search without codes.
*/
#ifndef BENCH_SCAN_H
#define BENCH_SCAN_H

#include <stdint.h>

typedef struct ScanHit {
  float distance;
  int64_t row;
} ScanHit;

/*
** Fills hits[0..k) with the k nearest of n rows, nearest first, and returns how many there are.
** rows is n*d floats, row-major. Where column is not NULL, only rows with column[i] < below count.
** Cannot fail. Cost: one pass over the rows.
*/
int scan_nearest(const float *rows, int64_t n, int d, const float *query, const int32_t *column,
                 int32_t below, int k, ScanHit *hits);

#endif
