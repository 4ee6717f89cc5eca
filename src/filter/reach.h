/*
** What a comparison with a constant means for a column of one kind of number: no value, every value, those inside a closed
** range, or those outside of it. Strictness and the other kind of number vanish here: v < 3.5 over integers is v <= 3.
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
  double lo_real, hi_real;        /* likewise; of a column of reals */
} VssReach;

/* The integers v for which "v op rhs" holds; the doubles. op EQ..IS_NOT, rhs not NULL. Exact. Cannot fail. */
VssReach vss_reach_of_integers(VssOp op, const VssValue *rhs);
VssReach vss_reach_of_reals(VssOp op, const VssValue *rhs);

#endif
