/*
** What a comparison with a constant means for a column of one kind of number: no value passes,
** every value, those inside a closed range, or those outside of it.
**
**   v < 3.5 over integers    inside [-2^63, 3]
**   v != 7                   outside [7, 7]
**   v = 3.5 over integers    none
**   v < 'a'                  all: numbers come before TEXT
**
** Strict bounds and the other kind of number disappear here, so that a scan only has to know closed
** ranges of its own kind.
*/
#ifndef VSS_FILTER_REACH_H
#define VSS_FILTER_REACH_H

#include "filter/filter.h"

typedef enum VssReachKind {
  VSS_REACH_NONE,
  VSS_REACH_ALL,
  VSS_REACH_INSIDE,
  VSS_REACH_OUTSIDE
} VssReachKind;

typedef struct VssReach {
  VssReachKind kind;
  int64_t lo_integer, hi_integer; /* both ends included; of a column of integers */
  double lo_real, hi_real;        /* both ends included; of a column of reals */
} VssReach;

/*
** The integers v, and the doubles v, whose comparison with rhs comes out as one of `orders`
** (VssOpInfo). rhs is not NULL. Exact. Cannot fail.
*/
VssReach vss_reach_of_integers(unsigned orders, const VssValue *rhs);
VssReach vss_reach_of_reals(unsigned orders, const VssValue *rhs);

#endif
