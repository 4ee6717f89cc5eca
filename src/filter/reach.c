/*
** A comparison with a constant as a range: filter/reach.h.
**
** The right side is first fixed between two numbers of the column's kind: `below` is the greatest
** that is <= rhs, and `above` the least that is >= rhs. They are the same when rhs is a number of
** that kind itself, and only then can a value equal it.
**
**   integers, rhs 3.5      ... 2   3 | 4   5 ...      below 3, above 4
**   integers, rhs 3        ... 2  [3]  4   5 ...      below 3, above 3
*/
#include "filter/reach.h"

#include <math.h>

static const VssReach nothing = {.kind = VSS_REACH_NONE};
static const VssReach everything = {.kind = VSS_REACH_ALL};

/*
** All numbers of the kind are on the same side of rhs, so that each comparison comes out as
** `order`.
*/
static VssReach one_sided(unsigned orders, unsigned order) {
  return orders & order ? everything : nothing;
}

/* The range of integers: it starts at the least one that passes and ends at the greatest. */
static VssReach integers_around(unsigned orders, int64_t below, int64_t above) {
  VssReach reach = {.kind = VSS_REACH_INSIDE, .lo_integer = INT64_MIN, .hi_integer = INT64_MAX};
  if (orders == (VSS_LESS | VSS_GREATER)) {
    if (below != above) return everything;
    reach.kind = VSS_REACH_OUTSIDE;
    reach.lo_integer = reach.hi_integer = below;
    return reach;
  }
  if (!(orders & VSS_LESS)) {
    /* Nothing is greater than the greatest integer, and adding 1 to it would overflow. */
    if (!(orders & VSS_EQUAL) && below == INT64_MAX) return nothing;
    reach.lo_integer = orders & VSS_EQUAL ? above : below + 1;
  }
  if (!(orders & VSS_GREATER)) {
    if (!(orders & VSS_EQUAL) && above == INT64_MIN) return nothing;
    reach.hi_integer = orders & VSS_EQUAL ? below : above - 1;
  }
  /* An = with a rhs between two integers leaves its ends crossed. */
  return reach.lo_integer <= reach.hi_integer ? reach : nothing;
}

VssReach vss_reach_of_integers(unsigned orders, const VssValue *rhs) {
  int64_t below = rhs->integer, above = rhs->integer;
  if (rhs->type != VSS_INTEGER) {
    /* TEXT and BLOB follow numbers. Converting a real of 2^63 or more to an integer overflows. */
    if (rhs->type != VSS_REAL || rhs->real >= 0x1p63) return one_sided(orders, VSS_LESS);
    if (rhs->real < -0x1p63) return one_sided(orders, VSS_GREATER);
    below = (int64_t)floor(rhs->real);
    above = (int64_t)ceil(rhs->real);
  }
  return integers_around(orders, below, above);
}

/* As integers_around(); the neighbour of a double is the next one that can be represented. */
static VssReach reals_around(unsigned orders, double below, double above) {
  VssReach reach = {.kind = VSS_REACH_INSIDE, .lo_real = -HUGE_VAL, .hi_real = HUGE_VAL};
  if (orders == (VSS_LESS | VSS_GREATER)) {
    if (below != above) return everything;
    reach.kind = VSS_REACH_OUTSIDE;
    reach.lo_real = reach.hi_real = below;
    return reach;
  }
  if (!(orders & VSS_LESS)) {
    if (!(orders & VSS_EQUAL) && below == HUGE_VAL) return nothing;
    reach.lo_real = orders & VSS_EQUAL ? above : nextafter(below, HUGE_VAL);
  }
  if (!(orders & VSS_GREATER)) {
    if (!(orders & VSS_EQUAL) && above == -HUGE_VAL) return nothing;
    reach.hi_real = orders & VSS_EQUAL ? below : nextafter(above, -HUGE_VAL);
  }
  return reach.lo_real <= reach.hi_real ? reach : nothing;
}

VssReach vss_reach_of_reals(unsigned orders, const VssValue *rhs) {
  double below = rhs->real, above = rhs->real;
  if (rhs->type != VSS_REAL) {
    if (rhs->type != VSS_INTEGER) return one_sided(orders, VSS_LESS); /* as above */
    /*
    ** An integer beyond 2^53 may lie between two doubles: its conversion rounds, and the order says
    ** to which side.
    */
    double nearest = (double)rhs->integer;
    int order = vss_compare_integer_real(rhs->integer, nearest);
    below = order >= 0 ? nearest : nextafter(nearest, -HUGE_VAL);
    above = order <= 0 ? nearest : nextafter(nearest, HUGE_VAL);
  }
  return reals_around(orders, below, above);
}
