/*
** The reference of kernel/range.h.
*/
#include "kernel/range.h"

uint64_t vss_range_i64_scalar(const int64_t *values, int64_t lo, int64_t hi) {
  uint64_t word = 0;
  for (int i = 0; i < 64; i++)
    word |= (uint64_t)((values[i] >= lo) & (values[i] <= hi)) << i;
  return word;
}

uint64_t vss_range_f64_scalar(const double *values, double lo, double hi) {
  uint64_t word = 0;
  for (int i = 0; i < 64; i++)
    word |= (uint64_t)((values[i] >= lo) & (values[i] <= hi)) << i;
  return word;
}

uint64_t vss_equal_u32_scalar(const uint32_t *values, uint32_t wanted) {
  uint64_t word = 0;
  for (int i = 0; i < 64; i++)
    word |= (uint64_t)(values[i] == wanted) << i;
  return word;
}
