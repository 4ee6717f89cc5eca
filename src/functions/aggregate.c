/*
** Aggregates over vectors: vector_sum(v), vector_avg(v) and vss_int8_scale(v). Rows with NULL do
** not count, and the aggregate of no vectors is NULL. All are pure.
**
**   rows      [1, 2]   [3, 4]   NULL
**   sums      [4, 6]   in float64, in the order of the rows
**   result    [4, 6]   vector_sum(); vector_avg() is [2, 3]. Rounded to float32 at the end
*/
#include "functions/argument.h"
#include "functions/functions.h"
#include "functions/registry.h"

#include <math.h>

/* --- vector_sum(), vector_avg() --------------------------------------------------------------- */

/* SQLite hands it out zeroed with the first row, and calls `final` whatever becomes of it. */
typedef struct Sum {
  double *sums; /* owned; dim of them */
  uint64_t dim;
  sqlite3_int64 n_rows;
} Sum;

static int sum_add(Sum *sum, const VssVectorView *view, VssError *err) {
  if (view->dim == 0)
    return vss_fail(err, VSS_INVALID, "vector has 0 components, expected at least 1");
  if (sum->n_rows > 0 && view->dim != sum->dim) {
    return vss_fail(err, VSS_INVALID,
                    "vector has %llu components, expected %llu as in the rows before",
                    (unsigned long long)view->dim, (unsigned long long)sum->dim);
  }
  if (!sum->sums) sum->sums = vss_calloc(view->dim, sizeof *sum->sums);
  if (!sum->sums) return VSS_NOMEM;
  for (uint64_t j = 0; j < view->dim; j++)
    sum->sums[j] += (double)view->data[j];
  sum->dim = view->dim;
  sum->n_rows++;
  return VSS_OK;
}

static void step_sum(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssError err = {0};
  VssVectorView view = {0};
  if (!vss_argument_vector(context, argv[0], &view)) return;
  Sum *sum = sqlite3_aggregate_context(context, sizeof *sum);
  int code = sum ? sum_add(sum, &view, &err) : VSS_NOMEM;
  if (code != VSS_OK) vss_function_fail(context, code, &err);
  vss_value_vector_release(&view);
}

enum { RESULT_SUM, RESULT_AVG };

static void final_sum(sqlite3_context *context) {
  Sum *sum = sqlite3_aggregate_context(context, 0);
  if (!sum || sum->n_rows == 0) {
    if (sum) vss_free(sum->sums);
    return;
  }
  VssError err = {0};
  double divisor = vss_function_of(context)->variant == RESULT_AVG ? (double)sum->n_rows : 1;
  float *result = vss_malloc(sum->dim * sizeof *result);
  if (!result) {
    sqlite3_result_error_nomem(context);
  } else {
    for (uint64_t j = 0; j < sum->dim; j++)
      result[j] = (float)(sum->sums[j] / divisor);
    /* A sum may be beyond float32, and no reader would accept such a vector. */
    int code = vss_codec_check_finite(result, sum->dim, &err);
    if (code == VSS_OK)
      vss_value_result_floats(context, result, sum->dim);
    else
      vss_function_fail(context, code, &err);
  }
  vss_free(result);
  vss_free(sum->sums);
}

/* --- vss_int8_scale() ------------------------------------------------------------------------- */

typedef struct Scale {
  int is_set;
  double least; /* of the greatest scales of the vectors so far */
} Scale;

static void step_scale(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vss_argument_vector(context, argv[0], &view)) return;
  Scale *scale = sqlite3_aggregate_context(context, sizeof *scale);
  if (!scale) {
    sqlite3_result_error_nomem(context);
  } else {
    double greatest = vss_element_int8_scale(view.data, view.dim);
    scale->least = scale->is_set ? fmin(scale->least, greatest) : greatest;
    scale->is_set = 1;
  }
  vss_value_vector_release(&view);
}

/* Every scale fits a column of zeros: 1, which a column has without a scale. */
static void final_scale(sqlite3_context *context) {
  const Scale *scale = sqlite3_aggregate_context(context, 0);
  if (!scale || !scale->is_set) return;
  if (isinf(scale->least))
    sqlite3_result_double(context, 1);
  else
    sqlite3_result_double(context, fmin(scale->least, VSS_GREATEST_SCALE));
}

static const VssFunction functions[] = {
    {.name = "vector_sum",
     .n_args = 1,
     .flags = VSS_PURE,
     .variant = RESULT_SUM,
     .call = step_sum,
     .final = final_sum},
    {.name = "vector_avg",
     .n_args = 1,
     .flags = VSS_PURE,
     .variant = RESULT_AVG,
     .call = step_sum,
     .final = final_sum},
    {.name = "vss_int8_scale",
     .n_args = 1,
     .flags = VSS_PURE,
     .call = step_scale,
     .final = final_scale},
};

int vss_func_register_aggregate(sqlite3 *db) {
  return vss_functions_register(db, functions, sizeof functions / sizeof *functions, NULL);
}
