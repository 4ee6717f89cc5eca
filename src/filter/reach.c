/*
** See filter/reach.h.
*/
#include "filter/reach.h"

#include <math.h>

static const VssReach nothing = {.kind = VSS_REACH_NONE};
static const VssReach everything = {.kind = VSS_REACH_ALL};

/* Every number is on the same side of rhs: `order` is the outcome of comparing any of them with it. */
static VssReach one_sided(VssOp op, int order) {
  int pass = op == VSS_OP_NE || op == VSS_OP_IS_NOT ||
             ((op == VSS_OP_LT || op == VSS_OP_LE) && order < 0) ||
             ((op == VSS_OP_GT || op == VSS_OP_GE) && order > 0);
  return pass ? everything : nothing;
}

/*
** From the greatest number <= rhs (`below`) and the least >= rhs (`above`), which are the same when rhs is one of the kind's own.
** Only then can equality hold.
*/
static VssReach integers_around(VssOp op, int64_t below, int64_t above) {
  VssReach reach = {.kind = VSS_REACH_INSIDE, .lo_integer = INT64_MIN, .hi_integer = INT64_MAX};
  switch (op) {
    case VSS_OP_LT:
      if (above == INT64_MIN) return nothing;
      reach.hi_integer = above - 1;
      break;
    case VSS_OP_LE: reach.hi_integer = below; break;
    case VSS_OP_GT:
      if (below == INT64_MAX) return nothing;
      reach.lo_integer = below + 1;
      break;
    case VSS_OP_GE: reach.lo_integer = above; break;
    default: {
      int negated = op == VSS_OP_NE || op == VSS_OP_IS_NOT;
      if (below != above) return negated ? everything : nothing;
      reach.kind = negated ? VSS_REACH_OUTSIDE : VSS_REACH_INSIDE;
      reach.lo_integer = reach.hi_integer = below;
    }
  }
  return reach;
}

VssReach vss_reach_of_integers(VssOp op, const VssValue *rhs) {
  if (rhs->type == VSS_INTEGER) return integers_around(op, rhs->integer, rhs->integer);
  if (rhs->type != VSS_REAL) return one_sided(op, -1); /* numbers come before TEXT and BLOB */
  if (rhs->real >= 0x1p63) return one_sided(op, -1);
  if (rhs->real < -0x1p63) return one_sided(op, 1);
  return integers_around(op, (int64_t)floor(rhs->real), (int64_t)ceil(rhs->real));
}

static VssReach reals_around(VssOp op, double below, double above) {
  VssReach reach = {.kind = VSS_REACH_INSIDE, .lo_real = -HUGE_VAL, .hi_real = HUGE_VAL};
  switch (op) {
    case VSS_OP_LT:
      if (above == -HUGE_VAL) return nothing;
      reach.hi_real = nextafter(above, -HUGE_VAL);
      break;
    case VSS_OP_LE: reach.hi_real = below; break;
    case VSS_OP_GT:
      if (below == HUGE_VAL) return nothing;
      reach.lo_real = nextafter(below, HUGE_VAL);
      break;
    case VSS_OP_GE: reach.lo_real = above; break;
    default: {
      int negated = op == VSS_OP_NE || op == VSS_OP_IS_NOT;
      if (below != above) return negated ? everything : nothing;
      reach.kind = negated ? VSS_REACH_OUTSIDE : VSS_REACH_INSIDE;
      reach.lo_real = reach.hi_real = below;
    }
  }
  return reach;
}

VssReach vss_reach_of_reals(VssOp op, const VssValue *rhs) {
  if (rhs->type == VSS_REAL) return reals_around(op, rhs->real, rhs->real);
  if (rhs->type != VSS_INTEGER) return one_sided(op, -1);
  double nearest = (double)rhs->integer;
  int order = vss_compare_integer_real(rhs->integer, nearest);
  return reals_around(op, order >= 0 ? nearest : nextafter(nearest, -HUGE_VAL),
                      order <= 0 ? nearest : nextafter(nearest, HUGE_VAL));
}
