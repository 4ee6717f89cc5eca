/*
** The one order in which float64 sums over a vector are added, so that every build returns the same
** bits.
**
**   component   0  1  2  3  4  5  6  7  8  9 ...    a lane adds its components in ascending order
**   lane        0  1  2  3  4  5  6  7  0  1 ...
**
**   sum = ((s0+s4) + (s2+s6)) + ((s1+s5) + (s3+s7))
**
** The sum is what four registers of two lanes give when they are added in halves, twice.
**
** Floating point addition is not associative: another order gives another last bit, and then two
** runtimes disagree about which of two rows is nearer. The SIMD kernels keep the lanes in registers
** and use vss_lanes_join() at the end.
*/
#ifndef VSS_LANES_H
#define VSS_LANES_H

#include <stddef.h>
#include <string.h>

#define VSS_LANES 8

static inline double vss_lanes_join(const double s[VSS_LANES]) {
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/*
** Component j, widened. Rows inside SQLite's pages have any alignment, and a plain read of those is
** undefined in C.
*/
static inline double vss_lanes_load(const float *values, int j) {
  float value;
  memcpy(&value, (const char *)values + (size_t)j * sizeof value, sizeof value);
  return (double)value;
}

#endif
