/*
** The terms of a search on its distance: `distance < ?`, `distance in (...)`, the radius of
** vss_range_search().
**
**   predicates   one per term; a row is handed out when its distance passes all of them
**   members      the sets of `distance in (...)`, one behind the other
**
** A bound that cuts off the far end also ends the search early, see vss_bounds_key().
*/
#ifndef VSS_VSS0_BOUNDS_H
#define VSS_VSS0_BOUNDS_H

#include "base/buffer.h"
#include "filter/filter.h"
#include "kernel/metric.h"
#include "sqlite/sqlite_api.h"

/* Zero-initialise; vss_bounds_free() zeroes it again. */
typedef struct VssBounds {
  VssPredicate *predicates;
  int n;
  VssBuffer members; /* of VssValue */
} VssBounds;

void vss_bounds_free(VssBounds *bounds);

/* Add `distance <op> rhs`; nothing of rhs is kept but its number. VSS_NOMEM. */
int vss_bounds_add(VssBounds *bounds, VssOp op, const VssValue *rhs);

/* Add `distance in (...)`, with the argument of xFilter that holds the set. An SQLite code. */
int vss_bounds_add_set(VssBounds *bounds, sqlite3_value *in);

/* Does the distance pass every bound? VSS_NOMEM. */
int vss_bounds_test(const VssBounds *bounds, float distance, int *out_within);

/*
** The greatest key (kernel/metric.h) that a row may have and pass `distance <op> rhs`, or INFINITY
** where the bound does not cut off the far end. It is one float larger than the bound, so that
** rounding does not cut off a row that passes: vss_bounds_test() is exact.
*/
float vss_bounds_key(VssMetric metric, VssOp op, const VssValue *rhs);

#endif
