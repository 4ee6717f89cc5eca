/*
** Functions of vectors alone: distances, arithmetic, and the vector0 family that converts one form
** of a vector into another. All but vss_version(), vss_debug() and vector_version() are pure.
**
** A vector in is any form that vss_value_vector() reads; a vector out is a plain float32 BLOB. A
** distance is the number the vss0 `distance` column holds: vss_metric_round(vss_metric_distance()),
** widened to double.
*/
#include "functions/functions.h"

#include "functions/registry.h"
#include "kernel/metric.h"
#include "sqlite/value.h"

#include <math.h>
#include <string.h>

/*
** SQLite's mark on a TEXT that is known to be JSON: json_array(vector_to_json(v)) nests instead of
** quoting.
*/
#define JSON_SUBTYPE 74

/*
** Two vectors of one length
*/

/*
** One argument, or what an earlier row made of it where it is constant (a JSON query is parsed once
** a statement).
*/
typedef struct Operand {
  VssVectorView view;
  int cached; /* view points into auxiliary data that SQLite owns */
} Operand;

static void floats_destroy(void *ptr) {
  vss_floats_free(ptr);
  vss_free(ptr);
}

static int operand_read(sqlite3_context *context, sqlite3_value **argv, int i, const char *position,
                        Operand *out_operand, VssError *err) {
  const VssFloats *cached = sqlite3_get_auxdata(context, i);
  if (cached) {
    out_operand->view.data = cached->data;
    out_operand->view.dim = cached->dim;
    out_operand->cached = 1;
    return VSS_OK;
  }
  VssError inner = {0};
  int code = vss_value_vector_view(argv[i], 0, &out_operand->view, &inner);
  if (code == VSS_INVALID) return vss_fail(err, code, "%s vector: %s", position, inner.text);
  return code;
}

/* Done with it: what was parsed from text may serve the next row. */
static void operand_release(sqlite3_context *context, sqlite3_value **argv, int i,
                            Operand *operand) {
  if (operand->cached) return;
  if (operand->view.owned.data && sqlite3_value_type(argv[i]) == SQLITE_TEXT) {
    VssFloats *keep = vss_malloc(sizeof *keep);
    if (keep) {
      *keep = operand->view.owned;
      sqlite3_set_auxdata(context, i, keep, floats_destroy);
      return;
    }
  }
  vss_value_vector_release(&operand->view);
}

typedef struct Pair {
  Operand a, b;
  int first; /* index of the first vector among the arguments */
} Pair;

/*
** 1 with a pair to release; 0 when the function's result is an error, and there is nothing to
** release.
*/
static int pair_read(sqlite3_context *context, sqlite3_value **argv, int first, Pair *out_pair) {
  VssError err = {0};
  Pair pair;
  memset(&pair, 0, sizeof pair);
  pair.first = first;
  int code = operand_read(context, argv, first, "first", &pair.a, &err);
  if (code == VSS_OK) code = operand_read(context, argv, first + 1, "second", &pair.b, &err);
  if (code == VSS_OK && pair.a.view.dim != pair.b.view.dim) {
    code = vss_fail(&err, VSS_INVALID,
                    "vectors have %llu and %llu components, expected the same number",
                    (unsigned long long)pair.a.view.dim, (unsigned long long)pair.b.view.dim);
  }
  if (code == VSS_OK && pair.a.view.dim == 0) {
    code = vss_fail(&err, VSS_INVALID, "vectors have 0 components, expected at least 1");
  }
  if (code != VSS_OK) {
    if (!pair.a.cached) vss_value_vector_release(&pair.a.view);
    if (!pair.b.cached) vss_value_vector_release(&pair.b.view);
    vss_function_fail(context, code, &err);
    return 0;
  }
  *out_pair = pair;
  return 1;
}

static void pair_release(sqlite3_context *context, sqlite3_value **argv, Pair *pair) {
  operand_release(context, argv, pair->first, &pair->a);
  operand_release(context, argv, pair->first + 1, &pair->b);
}

static double pair_distance(VssMetric metric, const Pair *pair) {
  return vss_metric_distance(metric, pair->a.view.data, pair->b.view.data, (int)pair->a.view.dim);
}

/* vss_distance_l2(a, b) and its kin. The function's variant is the metric. */
static void call_distance(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  const VssMetricInfo *metric = vss_metric_info((VssMetric)vss_function_of(context)->variant);
  Pair pair;
  if (!pair_read(context, argv, 0, &pair)) return;
  double distance = metric->distance(pair.a.view.data, pair.b.view.data, (int)pair.a.view.dim);
  sqlite3_result_double(context, (double)vss_metric_round(distance));
  pair_release(context, argv, &pair);
}

/* vss_distance(metric, a, b) */
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
  Pair pair;
  if (!pair_read(context, argv, 1, &pair)) return;
  sqlite3_result_double(context, (double)vss_metric_round(pair_distance(metric, &pair)));
  pair_release(context, argv, &pair);
}

/* vss_cosine_similarity(a, b) = 1 - the COSINE distance, so 0 where a norm is zero. */
static void call_cosine_similarity(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  Pair pair;
  if (!pair_read(context, argv, 0, &pair)) return;
  double similarity = 1.0 - pair_distance(VSS_METRIC_COSINE, &pair);
  sqlite3_result_double(context, (double)vss_metric_round(similarity));
  pair_release(context, argv, &pair);
}

/* a + sign*b in float32, as FAISS's fvec_add and fvec_sub. */
static void add_scaled(sqlite3_context *context, sqlite3_value **argv, float sign) {
  Pair pair;
  if (!pair_read(context, argv, 0, &pair)) return;
  VssError err = {0};
  uint64_t dim = pair.a.view.dim;
  float *sum = vss_malloc(dim * sizeof(float));
  if (!sum) {
    sqlite3_result_error_nomem(context);
  } else {
    for (uint64_t j = 0; j < dim; j++)
      sum[j] = pair.a.view.data[j] + sign * pair.b.view.data[j];
    /*
    ** Finite components can still overflow, and a vector that no reader accepts must not get out.
    */
    int code = vss_codec_check_finite(sum, dim, &err);
    if (code != VSS_OK)
      vss_function_fail(context, code, &err);
    else
      vss_value_result_floats(context, sum, dim);
  }
  vss_free(sum);
  pair_release(context, argv, &pair);
}

static void call_add(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  add_scaled(context, argv, 1.0f);
}

static void call_sub(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  add_scaled(context, argv, -1.0f);
}

/*
** One vector: the vector0 family. NULL in gives NULL out; anything else that is no vector is an
** error.
*/

/* 1 with a view to release; 0 when the result (NULL or an error) is already set. */
static int vector_read(sqlite3_context *context, sqlite3_value *value, VssVectorView *out_view) {
  if (sqlite3_value_type(value) == SQLITE_NULL) return 0;
  VssError err = {0};
  VssVectorView view = {0};
  int code = vss_value_vector_view(value, 0, &view, &err);
  if (code != VSS_OK) {
    vss_function_fail(context, code, &err);
    return 0;
  }
  *out_view = view;
  return 1;
}

static void call_vector_length(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vector_read(context, argv[0], &view)) return;
  sqlite3_result_int64(context, (sqlite3_int64)view.dim);
  vss_value_vector_release(&view);
}

static void call_vector_value_at(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  VssError err = {0};
  if (!vector_read(context, argv[0], &view)) return;
  sqlite3_int64 i = sqlite3_value_int64(argv[1]);
  if (sqlite3_value_type(argv[1]) != SQLITE_INTEGER) {
    VssValue index = {.type = VSS_NULL};
    if (vss_value_borrow(argv[1], &index) == VSS_OK) {
      vss_fail(&err, VSS_INVALID, "index is %s, expected an INTEGER",
               vss_value_type_name(index.type));
    }
    vss_function_fail(context, VSS_INVALID, &err);
  } else if (i < 0 || (uint64_t)i >= view.dim) {
    vss_fail(&err, VSS_INVALID, "index %lld is out of range, the vector has %llu components from 0",
             (long long)i, (unsigned long long)view.dim);
    vss_function_fail(context, VSS_INVALID, &err);
  } else {
    sqlite3_result_double(context, (double)view.data[i]);
  }
  vss_value_vector_release(&view);
}

/* vector_debug(v): "size: 2 [1.000000, 2.500000]", as sqlite-vss prints it. */
static void call_vector_debug(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vector_read(context, argv[0], &view)) return;
  VssBuffer text = {0};
  vss_buffer_format(&text, "size: %llu [", (unsigned long long)view.dim);
  for (uint64_t j = 0; j < view.dim; j++) {
    vss_buffer_format(&text, j ? ", %f" : "%f", (double)view.data[j]);
  }
  vss_buffer_text(&text, "]");
  vss_value_result_text(context, &text);
  vss_buffer_free(&text);
  vss_value_vector_release(&view);
}

/* vector0(v), vector_to_raw(v): the floats and nothing else. */
static void call_vector_to_raw(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vector_read(context, argv[0], &view)) return;
  vss_value_result_floats(context, view.data, view.dim);
  vss_value_vector_release(&view);
}

/* vector_to_blob(v): the floats behind the header 'v', 1 of sqlite-vss. */
static void call_vector_to_blob(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vector_read(context, argv[0], &view)) return;
  VssBuffer blob = {0};
  vss_buffer_append(&blob, "v\x01", 2);
  vss_buffer_append(&blob, view.data, view.dim * sizeof(float));
  if (vss_buffer_status(&blob) != VSS_OK)
    sqlite3_result_error_nomem(context);
  else
    sqlite3_result_blob64(context, blob.data, blob.size_bytes, SQLITE_TRANSIENT);
  vss_buffer_free(&blob);
  vss_value_vector_release(&view);
}

static void call_vector_to_json(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vector_read(context, argv[0], &view)) return;
  VssBuffer text = {0};
  vss_codec_append_floats(&text, view.data, view.dim, ",");
  vss_value_result_text(context, &text);
  sqlite3_result_subtype(context, JSON_SUBTYPE);
  vss_buffer_free(&text);
  vss_value_vector_release(&view);
}

/*
** vector_from_json(x), _blob, _raw: one form and no other, so that a mix-up shows where it happens.
*/
static void vector_from(sqlite3_context *context, sqlite3_value *value, VssType form,
                        uint32_t header_size_bytes, const char *wanted) {
  VssError err = {0};
  VssValue borrowed = {.type = VSS_NULL};
  VssVectorView view = {0};
  int code = vss_value_borrow(value, &borrowed);
  if (code == VSS_OK && borrowed.type == VSS_NULL) return;
  if (code == VSS_OK && borrowed.type != form) {
    code = vss_fail(&err, VSS_INVALID, "argument is %s, expected %s",
                    vss_value_type_name(borrowed.type), wanted);
  }
  /* By length alone: 4*dim bytes are bare floats, 4*dim + 2 bytes can only be headed ones. */
  if (code == VSS_OK && form == VSS_BLOB && borrowed.size_bytes % 4 != header_size_bytes) {
    code = vss_fail(&err, VSS_INVALID, "argument is a BLOB of %lu bytes, expected %s",
                    (unsigned long)borrowed.size_bytes, wanted);
  }
  if (code == VSS_OK) code = vss_value_vector_view(value, 0, &view, &err);
  if (code != VSS_OK) {
    vss_function_fail(context, code, &err);
    return;
  }
  vss_value_result_floats(context, view.data, view.dim);
  vss_value_vector_release(&view);
}

static void call_vector_from_json(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  vector_from(context, argv[0], VSS_TEXT, 0, "the TEXT of a JSON array of numbers");
}

static void call_vector_from_blob(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  vector_from(context, argv[0], VSS_BLOB, 2,
              "what vector_to_blob() makes: 'v', 1 and 4 bytes a component");
}

static void call_vector_from_raw(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  vector_from(context, argv[0], VSS_BLOB, 0, "float32 components of 4 bytes each");
}

/*
** About the library
*/

static void call_version(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  sqlite3_result_text(context, "v" VSS_VERSION, -1, SQLITE_STATIC);
}

static const char *simd_name(void) {
#if defined(__wasm_simd128__)
  return "wasm simd128";
#else
  return "native, through SIMDe";
#endif
}

static void call_debug(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  VssBuffer text = {0};
  vss_buffer_format(&text, "version: v%s\n", VSS_VERSION);
  vss_buffer_format(&text, "simd: %s\n", simd_name());
  vss_buffer_format(&text, "sqlite: %s\n", sqlite3_libversion());
  vss_buffer_format(&text, "pointer size: %d bytes\n", (int)sizeof(void *));
  vss_buffer_format(&text, "preupdate hook: %s",
                    sqlite3_compileoption_used("ENABLE_PREUPDATE_HOOK") ? "yes" : "no");
  vss_value_result_text(context, &text);
  vss_buffer_free(&text);
}

/*
** All functions except the metrics' own. A constant of the build is as pure as a constant of
** mathematics.
*/
static const VssFunction functions[] = {
    {.name = "vss_version", .n_args = 0, .flags = VSS_PURE, .call = call_version},
    {.name = "vss_debug", .n_args = 0, .flags = VSS_PURE, .call = call_debug},
    {.name = "vss_distance", .n_args = 3, .flags = VSS_PURE, .call = call_distance_named},
    {.name = "vss_cosine_similarity",
     .n_args = 2,
     .flags = VSS_PURE,
     .call = call_cosine_similarity},
    {.name = "vss_fvec_add", .n_args = 2, .flags = VSS_PURE, .call = call_add},
    {.name = "vss_fvec_sub", .n_args = 2, .flags = VSS_PURE, .call = call_sub},
    {.name = "vector_version", .n_args = 0, .flags = VSS_PURE, .call = call_version},
    {.name = "vector_debug", .n_args = 1, .flags = VSS_PURE, .call = call_vector_debug},
    {.name = "vector_length", .n_args = 1, .flags = VSS_PURE, .call = call_vector_length},
    {.name = "vector_value_at", .n_args = 2, .flags = VSS_PURE, .call = call_vector_value_at},
    {.name = "vector_from_json", .n_args = 1, .flags = VSS_PURE, .call = call_vector_from_json},
    {.name = "vector_from_blob", .n_args = 1, .flags = VSS_PURE, .call = call_vector_from_blob},
    {.name = "vector_from_raw", .n_args = 1, .flags = VSS_PURE, .call = call_vector_from_raw},
    {.name = "vector_to_json",
     .n_args = 1,
     .flags = VSS_PURE | SQLITE_RESULT_SUBTYPE,
     .call = call_vector_to_json},
    {.name = "vector_to_blob", .n_args = 1, .flags = VSS_PURE, .call = call_vector_to_blob},
    {.name = "vector_to_raw", .n_args = 1, .flags = VSS_PURE, .call = call_vector_to_raw},
    {.name = "vector0", .n_args = 1, .flags = VSS_PURE, .call = call_vector_to_raw},
};

int vss_func_register_vector(sqlite3 *db) {
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
