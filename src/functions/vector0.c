/*
** SQL functions of one vector: the vector0 family of sqlite-vss, which looks into a vector and
** converts one of its forms into another.
**
**   form    bytes                                       made by            read strictly by
**   ----    -----                                       -------            ----------------
**   raw     float32 float32 ...          4 * dim        vector_to_raw()    vector_from_raw()
**   blob    'v' 1 float32 float32 ...    4 * dim + 2    vector_to_blob()   vector_from_blob()
**   JSON    [1.5,2.0]                    a TEXT         vector_to_json()   vector_from_json()
**
** A function reads every form, except the three that read one strictly. NULL gives NULL. Anything
** else that is not a vector is an error. All are pure.
*/
#include "functions/functions.h"

#include "functions/argument.h"
#include "functions/registry.h"

/*
** SQLite's mark on a TEXT that is known to be JSON. With it, json_array(vector_to_json(v)) nests
** the array in place of quoting it.
*/
#define JSON_SUBTYPE 74

/*
** The header of the form "blob", as sqlite-vss writes it: the letter and the number of the format.
*/
#define BLOB_HEADER            "v\x01"
#define BLOB_HEADER_SIZE_BYTES 2

/* vector_length(v): how many components it has. */
static void call_vector_length(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vss_argument_vector(context, argv[0], &view)) return;
  sqlite3_result_int64(context, (sqlite3_int64)view.dim);
  vss_value_vector_release(&view);
}

/* vector_value_at(v, i): the component i, counted from 0. */
static void call_vector_value_at(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  sqlite3_int64 i;
  if (!vss_argument_integer(context, argv[1], "index", &i) ||
      !vss_argument_vector(context, argv[0], &view))
    return;
  if (i < 0 || (uint64_t)i >= view.dim) {
    VssError err = {0};
    vss_fail(&err, VSS_INVALID, "index %lld is out of range, the vector has %llu components from 0",
             (long long)i, (unsigned long long)view.dim);
    vss_function_fail(context, VSS_INVALID, &err);
  } else {
    sqlite3_result_double(context, (double)view.data[i]);
  }
  vss_value_vector_release(&view);
}

/*
** vector_debug(v): "size: 2 [1.000000, 2.500000]", as sqlite-vss prints it. Six digits after the
** point are for the eye: vector_to_json() is exact.
*/
static void call_vector_debug(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vss_argument_vector(context, argv[0], &view)) return;
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

/* vector0(v) and vector_to_raw(v): any form becomes raw. */
static void call_vector_to_raw(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vss_argument_vector(context, argv[0], &view)) return;
  vss_value_result_floats(context, view.data, view.dim);
  vss_value_vector_release(&view);
}

/* vector_to_blob(v): any form becomes what sqlite-vss stores. */
static void call_vector_to_blob(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vss_argument_vector(context, argv[0], &view)) return;
  VssBuffer blob = {0};
  /* Out of memory is noticed once, at the end: the buffer remembers it. */
  vss_buffer_append(&blob, BLOB_HEADER, BLOB_HEADER_SIZE_BYTES);
  vss_buffer_append(&blob, view.data, view.dim * sizeof(float));
  if (vss_buffer_status(&blob) != VSS_OK)
    sqlite3_result_error_nomem(context);
  else
    sqlite3_result_blob64(context, blob.data, blob.size_bytes, SQLITE_TRANSIENT);
  vss_buffer_free(&blob);
  vss_value_vector_release(&view);
}

/* vector_to_json(v): any form becomes JSON, without blanks. */
static void call_vector_to_json(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssVectorView view = {0};
  if (!vss_argument_vector(context, argv[0], &view)) return;
  VssBuffer text = {0};
  vss_codec_append_floats(&text, view.data, view.dim, ",");
  vss_value_result_text(context, &text);
  /* After the text, because setting a result clears the subtype. */
  sqlite3_result_subtype(context, JSON_SUBTYPE);
  vss_buffer_free(&text);
  vss_value_vector_release(&view);
}

/*
** vector_from_json(x), vector_from_blob(x) and vector_from_raw(x) take one form and no other, so
** that a mix-up of forms is an error where it happens. `wanted` describes the form in that error.
*/
static void vector_from(sqlite3_context *context, sqlite3_value *value, VssType form,
                        uint32_t header_size_bytes, const char *wanted) {
  VssError err = {0};
  VssValue borrowed = {.type = VSS_NULL};
  VssVectorView view = {0};
  /* Each step is taken only while all before it succeeded; the first failure is reported once. */
  int code = vss_value_borrow(value, &borrowed);
  if (code == VSS_OK && borrowed.type == VSS_NULL) return;
  if (code == VSS_OK && borrowed.type != form) {
    code = vss_fail(&err, VSS_INVALID, "argument is %s, expected %s",
                    vss_value_type_name(borrowed.type), wanted);
  }
  /*
  ** The length alone tells the two BLOBs apart: 4 * dim bytes are raw, 4 * dim + 2 have a header.
  */
  if (code == VSS_OK && form == VSS_BLOB && borrowed.size_bytes % 4 != header_size_bytes) {
    code = vss_fail(&err, VSS_INVALID, "argument is a BLOB of %lu bytes, expected %s",
                    (unsigned long)borrowed.size_bytes, wanted);
  }
  /* The form is right; whether the content is, the general reader says. */
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

/* A header in front makes 4 * dim + 2 bytes. */
static void call_vector_from_blob(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  vector_from(context, argv[0], VSS_BLOB, BLOB_HEADER_SIZE_BYTES,
              "what vector_to_blob() makes: 'v', 1 and 4 bytes per component");
}

/* Without a header, 4 * dim bytes. */
static void call_vector_from_raw(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  vector_from(context, argv[0], VSS_BLOB, 0, "float32 components of 4 bytes each");
}

/* SQLITE_RESULT_SUBTYPE announces JSON_SUBTYPE: without it, SQLite's planner may lose the mark. */
static const VssFunction functions[] = {
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

int vss_func_register_vector0(sqlite3 *db) {
  return vss_functions_register(db, functions, sizeof functions / sizeof *functions, NULL);
}
