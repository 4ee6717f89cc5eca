/*
** The reference of kernel/range.h: one value at a time, without a branch. It does not ship; the
** tests compare the SIMD source with it.
**
**   values   | 3 | 9 | 5 | ...        lo = 4, hi = 9
**   word       0   1   1              value i gives bit i
*/
#include "kernel/range.h"

uint64_t vss_range_i64_scalar(const int64_t *values, int64_t lo, int64_t hi) {
  uint64_t word = 0;
  /* & and not &&: both comparisons are made, and nothing is predicted. */
  for (int i = 0; i < VSS_BLOCK_ROWS; i++)
    word |= (uint64_t)((values[i] >= lo) & (values[i] <= hi)) << i;
  return word;
}

/* A NaN among the values, or as an end, makes the comparison false: it is in no range. */
uint64_t vss_range_f64_scalar(const double *values, double lo, double hi) {
  uint64_t word = 0;
  for (int i = 0; i < VSS_BLOCK_ROWS; i++)
    word |= (uint64_t)((values[i] >= lo) & (values[i] <= hi)) << i;
  return word;
}

uint64_t vss_equal_u32_scalar(const uint32_t *values, uint32_t wanted) {
  uint64_t word = 0;
  for (int i = 0; i < VSS_BLOCK_ROWS; i++)
    word |= (uint64_t)(values[i] == wanted) << i;
  return word;
}
