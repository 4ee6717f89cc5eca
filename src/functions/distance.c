/*
** SQL functions of two vectors: distances, and arithmetic component by component. All are pure.
**
**   a, b   any form that vss_value_vector() reads; they have the same dimension, at least 1. For
**          HAMMING, a BLOB is one of bits
**   out    a number, or for arithmetic a BLOB of float32; NULL where a or b is NULL
**
** A distance is the very number that the `distance` column of a vss0 table holds:
** vss_metric_round(vss_metric_distance()), widened to double. That makes
**
**   select rowid from docs order by vss_distance_l2(embedding, ?) limit 10
**
** the plain, slow statement of what a search has to answer, and the tests compare the two.
*/
#include "functions/functions.h"

#include "functions/registry.h"
#include "kernel/metric.h"
#include "sqlite/value.h"

#include <string.h>

/*
** One of the two arguments. Where it is a constant of the statement, SQLite keeps for it what an
** earlier row left there (sqlite3_set_auxdata), so that a query in JSON is parsed once per
** statement.
*/
typedef struct Operand {
  VssVectorView view;
  int cached; /* view points into auxiliary data that SQLite owns */
} Operand;

/* What SQLite calls when it drops the auxiliary data. */
static void floats_destroy(void *ptr) {
  vss_floats_free(ptr);
  vss_free(ptr);
}

/* `position` says in errors which argument is meant: "first" or "second". */
static int operand_read(sqlite3_context *context, sqlite3_value **argv, int i, VssMetric metric,
                        const char *position, Operand *out_operand, VssError *err) {
  const VssFloats *cached = sqlite3_get_auxdata(context, i);
  if (cached) {
    out_operand->view.data = cached->data;
    out_operand->view.dim = cached->dim;
    out_operand->cached = 1;
    return VSS_OK;
  }
  VssError inner = {0};
  /* Any dimension is taken here: pair_read() compares the two. */
  VssElement element = metric == VSS_METRIC_HAMMING ? VSS_ELEMENT_BIT : VSS_ELEMENT_FLOAT32;
  int code = vss_value_element_view(argv[i], element, 1, 0, &out_operand->view, &inner);
  if (code == VSS_INVALID) return vss_fail(err, code, "%s vector: %s", position, inner.text);
  return code;
}

/*
** Releases an operand, or hands what was parsed from text to SQLite for the next row. A BLOB needs
** no parsing, so there is nothing to keep. SQLite knows whether the argument is a constant; where
** it is not, it drops the data before the next row.
*/
static void operand_release(sqlite3_context *context, sqlite3_value **argv, int i,
                            Operand *operand) {
  if (operand->cached) return;
  if (operand->view.owned.data && sqlite3_value_type(argv[i]) == SQLITE_TEXT) {
    /* Out of memory is not a failure here: the next row parses the text again. */
    VssFloats *keep = vss_malloc(sizeof *keep);
    if (keep) {
      *keep = operand->view.owned;
      sqlite3_set_auxdata(context, i, keep, floats_destroy);
      return;
    }
  }
  vss_value_vector_release(&operand->view);
}

/* Both operands, of one dimension. */
typedef struct Pair {
  Operand a, b;
  int first; /* index of the first vector among the arguments */
} Pair;

/*
** 1 with a pair to release; 0 when the function's result is set, to NULL or an error, and there is
** nothing to release. One row without a vector does not end a statement over all of them.
*/
static int pair_read(sqlite3_context *context, sqlite3_value **argv, int first, VssMetric metric,
                     Pair *out_pair) {
  if (sqlite3_value_type(argv[first]) == SQLITE_NULL ||
      sqlite3_value_type(argv[first + 1]) == SQLITE_NULL)
    return 0;
  VssError err = {0};
  Pair pair;
  memset(&pair, 0, sizeof pair);
  pair.first = first;
  int code = operand_read(context, argv, first, metric, "first", &pair.a, &err);
  if (code == VSS_OK)
    code = operand_read(context, argv, first + 1, metric, "second", &pair.b, &err);
  if (code == VSS_OK && pair.a.view.dim != pair.b.view.dim) {
    code = vss_fail(&err, VSS_INVALID,
                    "vectors have %llu and %llu components, expected the same number",
                    (unsigned long long)pair.a.view.dim, (unsigned long long)pair.b.view.dim);
  }
  if (code == VSS_OK && pair.a.view.dim == 0) {
    code = vss_fail(&err, VSS_INVALID, "vectors have 0 components, expected at least 1");
  }
  /* A cached operand is SQLite's to free, and an operand that was not read is zero. */
  if (code != VSS_OK) {
    if (!pair.a.cached) vss_value_vector_release(&pair.a.view);
    if (!pair.b.cached) vss_value_vector_release(&pair.b.view);
    vss_function_fail(context, code, &err);
    return 0;
  }
  *out_pair = pair;
  return 1;
}

/* Releases both operands, in whatever way each has to be. */
static void pair_release(sqlite3_context *context, sqlite3_value **argv, Pair *pair) {
  operand_release(context, argv, pair->first, &pair->a);
  operand_release(context, argv, pair->first + 1, &pair->b);
}

/* In float64, not rounded yet: a similarity is computed from it before it is rounded once. */
static double pair_distance(VssMetric metric, const Pair *pair) {
  return vss_metric_distance(metric, pair->a.view.data, pair->b.view.data, (int)pair->a.view.dim);
}

/*
** vss_distance_l2(a, b) and all others that are named after one metric. The variant is the metric.
*/
static void call_distance(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssMetric metric = (VssMetric)vss_function_of(context)->variant;
  Pair pair;
  if (!pair_read(context, argv, 0, metric, &pair)) return;
  sqlite3_result_double(context, (double)vss_metric_round(pair_distance(metric, &pair)));
  pair_release(context, argv, &pair);
}

/* vss_distance(metric, a, b): the metric is an argument, as in `metric_type=` of a column. */
static void call_distance_named(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssError err = {0};
  VssMetric metric;
  VssValue name;
  int code = vss_value_borrow(argv[0], &name);
  if (code != VSS_OK) {
    vss_function_fail(context, code, &err);
    return;
  }
  if (name.type == VSS_NULL) return;
  if (name.type != VSS_TEXT) {
    vss_fail(&err, VSS_INVALID, "metric is %s, expected the TEXT name of one",
             vss_value_type_name(name.type));
    vss_function_fail(context, VSS_INVALID, &err);
    return;
  }
  if (vss_metric_parse(name.bytes, name.size_bytes, &metric) != VSS_OK) {
    char metrics[VSS_METRIC_LIST_BYTES];
    vss_metric_list(metrics);
    vss_fail(&err, VSS_INVALID, "unknown metric '%.40s', expected %s", (const char *)name.bytes,
             metrics);
    vss_function_fail(context, VSS_INVALID, &err);
    return;
  }
  /* The vectors are the arguments 1 and 2, behind the metric. */
  Pair pair;
  if (!pair_read(context, argv, 1, metric, &pair)) return;
  sqlite3_result_double(context, (double)vss_metric_round(pair_distance(metric, &pair)));
  pair_release(context, argv, &pair);
}

/*
** vss_cosine_similarity(a, b) is 1 minus the COSINE distance. It is 0 where a norm is zero, because
** that distance is 1 there.
*/
static void call_cosine_similarity(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  Pair pair;
  if (!pair_read(context, argv, 0, VSS_METRIC_COSINE, &pair)) return;
  double similarity = 1.0 - pair_distance(VSS_METRIC_COSINE, &pair);
  sqlite3_result_double(context, (double)vss_metric_round(similarity));
  pair_release(context, argv, &pair);
}

/* a + sign * b in float32, as FAISS's fvec_add and fvec_sub compute it. */
static void add_scaled(sqlite3_context *context, sqlite3_value **argv, float sign) {
  Pair pair;
  if (!pair_read(context, argv, 0, VSS_METRIC_L2, &pair)) return;
  VssError err = {0};
  uint64_t dim = pair.a.view.dim;
  float *sum = vss_malloc(dim * sizeof(float));
  if (!sum) {
    sqlite3_result_error_nomem(context);
  } else {
    for (uint64_t j = 0; j < dim; j++)
      sum[j] = pair.a.view.data[j] + sign * pair.b.view.data[j];
    /* A sum of finite components may overflow, and no reader would accept such a vector. */
    int code = vss_codec_check_finite(sum, dim, &err);
    if (code != VSS_OK)
      vss_function_fail(context, code, &err);
    else
      vss_value_result_floats(context, sum, dim);
  }
  vss_free(sum);
  pair_release(context, argv, &pair);
}

/* vector_add(a, b) and vector_sub(a, b), with the names of sqlite-vss as well. */
static void call_add(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  add_scaled(context, argv, 1.0f);
}

static void call_sub(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  add_scaled(context, argv, -1.0f);
}

static const VssFunction functions[] = {
    {.name = "vss_distance", .n_args = 3, .flags = VSS_PURE, .call = call_distance_named},
    {.name = "vss_cosine_similarity",
     .n_args = 2,
     .flags = VSS_PURE,
     .call = call_cosine_similarity},
    {.name = "vector_add", .n_args = 2, .flags = VSS_PURE, .call = call_add},
    {.name = "vector_sub", .n_args = 2, .flags = VSS_PURE, .call = call_sub},
    {.name = "vss_fvec_add", .n_args = 2, .flags = VSS_PURE, .call = call_add},
    {.name = "vss_fvec_sub", .n_args = 2, .flags = VSS_PURE, .call = call_sub},
};

/* The table above, and one function for each metric: the table of kernel/metric.c names them. */
int vss_func_register_distance(sqlite3 *db) {
  int rc = vss_functions_register(db, functions, sizeof functions / sizeof *functions, NULL);
  for (int i = 0; i < VSS_METRIC_COUNT && rc == SQLITE_OK; i++) {
    const VssFunction of_metric = {.name = vss_metric_info((VssMetric)i)->sql_function,
                                   .n_args = 2,
                                   .flags = VSS_PURE,
                                   .call = call_distance,
                                   .variant = i};
    rc = vss_functions_register(db, &of_metric, 1, NULL);
  }
  return rc;
}
