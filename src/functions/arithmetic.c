/*
** SQL functions that make one vector of another: vector_normalize() and vector_slice(). NULL gives
** NULL. Both are pure.
**
**   vector_slice(v, 0, 256)                      the first 256 components
**   vector_normalize(vector_slice(v, 0, 256))    with the length 1: a shorter Matryoshka embedding
*/
#include "functions/argument.h"
#include "functions/functions.h"
#include "functions/registry.h"
#include "kernel/metric.h"

#include <math.h>

/*
** vector_normalize(v): each component over the square root of the sum of all squares, in float64,
** and then rounded. A vector of zeros, which has no direction, stays as it is.
*/
static void call_normalize(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vss_argument_vector(context, argv[0], &view)) return;
  float *unit = view.dim > 0 ? vss_malloc(view.dim * sizeof(float)) : NULL;
  if (view.dim > 0 && !unit) {
    sqlite3_result_error_nomem(context);
  } else {
    /* Of finite float32 components the sum cannot overflow, nor be 0 unless all are. */
    double square = view.dim == 0 ? 0
                                  : vss_metric_distance(VSS_METRIC_INNER_PRODUCT, view.data,
                                                        view.data, (int)view.dim);
    double norm = square > 0 ? sqrt(square) : 1;
    for (uint64_t j = 0; j < view.dim; j++)
      unit[j] = (float)((double)view.data[j] / norm);
    vss_value_result_floats(context, unit, view.dim);
  }
  vss_free(unit);
  vss_value_vector_release(&view);
}

/* vector_slice(v, from, to): the components from..to-1, counted from 0; at least one. */
static void call_slice(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  sqlite3_int64 from, to;
  VssVectorView view = {0};
  if (!vss_argument_integer(context, argv[1], "from", &from) ||
      !vss_argument_integer(context, argv[2], "to", &to) ||
      !vss_argument_vector(context, argv[0], &view))
    return;
  if (from < 0 || from >= to || (uint64_t)to > view.dim) {
    VssError err = {0};
    vss_fail(
        &err, VSS_INVALID, "from %lld to %lld of %llu components, expected 0 <= from < to <= %llu",
        (long long)from, (long long)to, (unsigned long long)view.dim, (unsigned long long)view.dim);
    vss_function_fail(context, VSS_INVALID, &err);
  } else {
    vss_value_result_floats(context, view.data + from, (uint64_t)(to - from));
  }
  vss_value_vector_release(&view);
}

static const VssFunction functions[] = {
    {.name = "vector_normalize", .n_args = 1, .flags = VSS_PURE, .call = call_normalize},
    {.name = "vector_slice", .n_args = 3, .flags = VSS_PURE, .call = call_slice},
};

int vss_func_register_arithmetic(sqlite3 *db) {
  return vss_functions_register(db, functions, sizeof functions / sizeof *functions, NULL);
}
