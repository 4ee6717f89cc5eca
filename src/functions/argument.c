/*
** Arguments of the SQL functions of one vector: functions/argument.h.
*/
#include "functions/argument.h"

#include "functions/registry.h"

/* NULL has no error: it becomes the result. */
static int is_null(sqlite3_value *value) {
  return sqlite3_value_type(value) == SQLITE_NULL;
}

/* The failure is the result. */
static int fail(sqlite3_context *context, int code, const VssError *err) {
  vss_function_fail(context, code, err);
  return 0;
}

/* "`name` is TEXT, expected `wanted`". */
static int fail_type(sqlite3_context *context, sqlite3_value *value, const char *name,
                     const char *wanted) {
  VssError err = {0};
  VssValue borrowed = {.type = VSS_NULL};
  int code = vss_value_borrow(value, &borrowed);
  if (code == VSS_OK) {
    code = vss_fail(&err, VSS_INVALID, "%s is %s, expected %s", name,
                    vss_value_type_name(borrowed.type), wanted);
  }
  return fail(context, code, &err);
}

int vss_argument_vector(sqlite3_context *context, sqlite3_value *value, VssVectorView *out_view) {
  if (is_null(value)) return 0;
  VssError err = {0};
  VssVectorView view = {0};
  int code = vss_value_vector_view(value, 0, &view, &err);
  if (code != VSS_OK) return fail(context, code, &err);
  *out_view = view;
  return 1;
}

/* The components of a BLOB of stored ones, as a copy. */
static int decode(const VssValue *blob, VssElement element, double scale, VssFloats *out_floats,
                  VssError *err) {
  /* A vector of 8 components has whole bytes in every type. */
  uint64_t bits = vss_element_bytes(element, 8);
  uint64_t dim = (uint64_t)blob->size_bytes * 8 / bits;
  if (dim * bits != (uint64_t)blob->size_bytes * 8) {
    return vss_fail(err, VSS_INVALID,
                    "vector is a BLOB of %lu bytes, expected %s components of "
                    "%d bytes each",
                    (unsigned long)blob->size_bytes, vss_element_name(element), (int)(bits / 8));
  }
  if (dim > VSS_MAX_DIM) {
    return vss_fail(err, VSS_INVALID, "vector has %llu components, expected at most %d",
                    (unsigned long long)dim, VSS_MAX_DIM);
  }
  if (dim == 0) return VSS_OK;
  VssFloats floats = {vss_malloc(dim * sizeof(float)), dim};
  if (!floats.data) return VSS_NOMEM;
  vss_element_decode(element, scale, blob->bytes, (int)dim, floats.data);
  int code = vss_codec_check_finite(floats.data, dim, err);
  if (code == VSS_OK)
    *out_floats = floats;
  else
    vss_floats_free(&floats);
  return code;
}

int vss_argument_stored(sqlite3_context *context, sqlite3_value *value, VssElement element,
                        double scale, VssVectorView *out_view) {
  if (element == VSS_ELEMENT_FLOAT32 || sqlite3_value_type(value) != SQLITE_BLOB)
    return vss_argument_vector(context, value, out_view);
  VssError err = {0};
  VssValue blob = {.type = VSS_NULL};
  VssVectorView view = {0};
  int code = vss_value_borrow(value, &blob);
  if (code == VSS_OK) code = decode(&blob, element, scale, &view.owned, &err);
  if (code != VSS_OK) return fail(context, code, &err);
  view.data = view.owned.data;
  view.dim = view.owned.dim;
  *out_view = view;
  return 1;
}

int vss_argument_integer(sqlite3_context *context, sqlite3_value *value, const char *name,
                         sqlite3_int64 *out_integer) {
  if (is_null(value)) return 0;
  if (sqlite3_value_type(value) != SQLITE_INTEGER)
    return fail_type(context, value, name, "an INTEGER");
  *out_integer = sqlite3_value_int64(value);
  return 1;
}

int vss_argument_element(sqlite3_context *context, sqlite3_value *value, VssElement *out_element) {
  if (is_null(value)) return 0;
  VssError err = {0};
  VssValue name = {.type = VSS_NULL};
  if (sqlite3_value_type(value) != SQLITE_TEXT)
    return fail_type(context, value, "element type", "the TEXT name of one");
  int code = vss_value_borrow(value, &name);
  if (code == VSS_OK && vss_element_parse(name.bytes, name.size_bytes, out_element) != VSS_OK) {
    code = vss_fail(&err, VSS_INVALID,
                    "unknown element type '%.40s', expected float32, float16, int8 or bit",
                    (const char *)name.bytes);
  }
  return code == VSS_OK ? 1 : fail(context, code, &err);
}

int vss_argument_scale(sqlite3_context *context, sqlite3_value *value, double *out_scale) {
  if (is_null(value)) return 0;
  VssError err = {0};
  int type = sqlite3_value_type(value);
  if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
    return fail_type(context, value, "scale", "a number");
  double scale = sqlite3_value_double(value);
  /* Also true of NaN, which SQLite has no value for. */
  if (!(scale >= VSS_LEAST_SCALE && scale <= VSS_GREATEST_SCALE)) {
    vss_fail(&err, VSS_INVALID, "scale is %.9g, expected a number from %g to %g", scale,
             VSS_LEAST_SCALE, VSS_GREATEST_SCALE);
    return fail(context, VSS_INVALID, &err);
  }
  *out_scale = scale;
  return 1;
}
