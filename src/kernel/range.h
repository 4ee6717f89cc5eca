/*
** Comparisons of 64 values with constants, one bit for each: the inner loops of the filters.
**
**   bit i of the result = lo <= values[i] <= hi      (or values[i] == wanted),   i < 64
**
** Example: the values 3, 9, 5 ... with lo = 4 and hi = 9 give bits 0, 1, 1 ...
**
** values: VSS_BLOCK_ROWS of them, any alignment. For doubles the comparison is IEEE 754's: a NaN is
** in no range, and -0 equals 0. Cannot fail. There are scalar and SIMD twins as in kernel/kernel.h;
** filter/test_filter.c compares them.
*/
#ifndef VSS_KERNEL_RANGE_H
#define VSS_KERNEL_RANGE_H

#include "base/slot.h"

#include <stdint.h>

uint64_t vss_range_i64_scalar(const int64_t *values, int64_t lo, int64_t hi);
uint64_t vss_range_i64_simd128(const int64_t *values, int64_t lo, int64_t hi);
uint64_t vss_range_f64_scalar(const double *values, double lo, double hi);
uint64_t vss_range_f64_simd128(const double *values, double lo, double hi);
uint64_t vss_equal_u32_scalar(const uint32_t *values, uint32_t wanted);
uint64_t vss_equal_u32_simd128(const uint32_t *values, uint32_t wanted);

#define vss_range_i64 vss_range_i64_simd128
#define vss_range_f64 vss_range_f64_simd128
#define vss_equal_u32 vss_equal_u32_simd128

#endif
