/*
** Terms on the distance: vss0/bounds.h.
**
** A bound is used twice. As a key (vss_bounds_key) it ends the search: no row behind it is ranked.
** As a predicate it decides about each row that is ranked, exactly, by the number that the
** `distance` column shows.
*/
#include "vss0/bounds.h"

#include <math.h>
#include <string.h>

#include "sqlite/error.h"
#include "sqlite/value_set.h"

void vss_bounds_free(VssBounds *bounds) {
  vss_free(bounds->predicates);
  vss_buffer_free(&bounds->members);
  memset(bounds, 0, sizeof *bounds);
}

int vss_bounds_add(VssBounds *bounds, VssOp op, const VssValue *rhs) {
  VssPredicate *predicates =
      vss_realloc(bounds->predicates, ((uint64_t)bounds->n + 1) * sizeof *predicates);
  if (!predicates) return VSS_NOMEM;
  bounds->predicates = predicates;
  VssPredicate bound = {.op = op, .affinity = VSS_AFF_REAL, .rhs = *rhs};
  /*
  ** Text that looks like a number has become one before it gets here. Any other text and every BLOB
  ** is greater than any distance, whatever its bytes are; those live in SQLite's buffers, and only
  ** the class is kept.
  */
  if (rhs->type == VSS_TEXT || rhs->type == VSS_BLOB) {
    bound.rhs.type = VSS_BLOB;
    bound.rhs.bytes = "";
    bound.rhs.size_bytes = 0;
  }
  bounds->predicates[bounds->n++] = bound;
  return VSS_OK;
}

/*
** The members move while more are added. vss_bounds_test() therefore finds a set by its place: a
** predicate of IN has the offset of its first member, in bytes, as the integer of its right side,
** which IN does not use.
*/
int vss_bounds_add_set(VssBounds *bounds, sqlite3_value *in) {
  VssValueSet set = {0};
  VssValue none = {.type = VSS_NULL, .integer = (int64_t)bounds->members.size_bytes};
  int rc = vss_value_set_read(&set, in);
  int code = rc == SQLITE_OK ? vss_bounds_add(bounds, VSS_OP_IN, &none) : VSS_OK;
  if (rc == SQLITE_OK && code == VSS_OK) {
    VssPredicate *bound = &bounds->predicates[bounds->n - 1];
    const VssValue *members = vss_value_set_members(&set);
    for (uint32_t i = 0; i < vss_value_set_count(&set); i++) {
      /* Nothing but a number can be equal to a distance. */
      if (members[i].type != VSS_INTEGER && members[i].type != VSS_REAL) continue;
      vss_buffer_append(&bounds->members, &members[i], sizeof members[i]);
      bound->set_count++;
    }
    code = vss_buffer_status(&bounds->members);
  }
  vss_value_set_free(&set);
  return rc != SQLITE_OK ? rc : vss_error_sqlite_rc(code, SQLITE_OK);
}

int vss_bounds_test(const VssBounds *bounds, float distance, int *out_within) {
  VssValue value = {.type = VSS_REAL, .real = (double)distance};
  *out_within = 1;
  for (int i = 0; i < bounds->n && *out_within; i++) {
    /* A copy, because the set's address is only known now. */
    VssPredicate bound = bounds->predicates[i];
    if (bound.set_count)
      bound.set = (const VssValue *)(const void *)(bounds->members.data + bound.rhs.integer);
    int code = vss_filter_test(&value, &bound, out_within);
    if (code != VSS_OK) return code;
  }
  return VSS_OK;
}

float vss_bounds_key(VssMetric metric, VssOp op, const VssValue *rhs) {
  const VssOpInfo *info = vss_op_info(op);
  if (info->right != VSS_RIGHT_VALUE || (rhs->type != VSS_INTEGER && rhs->type != VSS_REAL))
    return INFINITY;
  /*
  ** Far rows have great distances, but small ones under a metric that hands out the greatest first.
  */
  unsigned far_side = vss_metric_descending(metric) ? VSS_LESS : VSS_GREATER;
  if (info->orders & far_side) return INFINITY;
  double value = rhs->type == VSS_INTEGER ? (double)rhs->integer : rhs->real;
  return nextafterf(vss_metric_key(metric, (float)value), INFINITY);
}
