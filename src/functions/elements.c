/*
** SQL functions that turn a vector into the bytes of a column of an element type, and back. NULL
** gives NULL. All are pure; kernel/element.h has the rounding.
**
**   vector_to_float16(v)    vector_to_int8(v, scale)    vector_to_bit(v)
**        │  ▲                     │  ▲                      │  ▲
**        ▼  │                     ▼  │                      ▼  │
**     vector_to_float32(blob, 'float16' | 'int8' | 'bit', scale)
**
** Without a scale, that of int8 is 1, as in a column.
*/
#include "functions/argument.h"
#include "functions/functions.h"
#include "functions/registry.h"

/* vector_to_float16(v), vector_to_int8(v [, scale]), vector_to_bit(v): the variant is the type. */
static void call_to_element(sqlite3_context *context, int argc, sqlite3_value **argv) {
  VssElement element = (VssElement)vss_function_of(context)->variant;
  double scale = 1;
  VssVectorView view = {0};
  if (argc == 2 && !vss_argument_scale(context, argv[1], &scale)) return;
  if (!vss_argument_vector(context, argv[0], &view)) return;
  VssError err = {0};
  int code = VSS_OK;
  uint64_t size_bytes = vss_element_bytes(element, (int)view.dim);
  /* One byte more: nothing is no memory. */
  void *bytes = vss_malloc(size_bytes + 1);
  if (!bytes) {
    code = VSS_NOMEM;
  } else if (element == VSS_ELEMENT_BIT && view.dim % 8 != 0) {
    code = vss_fail(&err, VSS_INVALID, "vector has %llu components, expected a multiple of 8",
                    (unsigned long long)view.dim);
  } else if (view.dim > 0) {
    code = vss_element_encode(element, scale, view.data, (int)view.dim, bytes, &err);
  }
  if (code == VSS_OK)
    sqlite3_result_blob64(context, bytes, size_bytes, SQLITE_TRANSIENT);
  else
    vss_function_fail(context, code, &err);
  vss_free(bytes);
  vss_value_vector_release(&view);
}

/* The vector of f(v, 'type' [, scale]). 0: the result is set. */
static int stored_read(sqlite3_context *context, int argc, sqlite3_value **argv,
                       VssVectorView *out_view) {
  VssElement element;
  double scale = 1;
  return vss_argument_element(context, argv[1], &element) &&
         (argc < 3 || vss_argument_scale(context, argv[2], &scale)) &&
         vss_argument_stored(context, argv[0], element, scale, out_view);
}

static void call_to_float32(sqlite3_context *context, int argc, sqlite3_value **argv) {
  VssVectorView view = {0};
  if (!stored_read(context, argc, argv, &view)) return;
  vss_value_result_floats(context, view.data, view.dim);
  vss_value_vector_release(&view);
}

/* vector_length(v, 'type'): how many components the BLOB has. */
static void call_length(sqlite3_context *context, int argc, sqlite3_value **argv) {
  VssVectorView view = {0};
  if (!stored_read(context, argc, argv, &view)) return;
  sqlite3_result_int64(context, (sqlite3_int64)view.dim);
  vss_value_vector_release(&view);
}

static const VssFunction functions[] = {
    {.name = "vector_to_float16",
     .n_args = 1,
     .flags = VSS_PURE,
     .variant = VSS_ELEMENT_FLOAT16,
     .call = call_to_element},
    {.name = "vector_to_int8",
     .n_args = 1,
     .flags = VSS_PURE,
     .variant = VSS_ELEMENT_INT8,
     .call = call_to_element},
    {.name = "vector_to_int8",
     .n_args = 2,
     .flags = VSS_PURE,
     .variant = VSS_ELEMENT_INT8,
     .call = call_to_element},
    {.name = "vector_to_bit",
     .n_args = 1,
     .flags = VSS_PURE,
     .variant = VSS_ELEMENT_BIT,
     .call = call_to_element},
    {.name = "vector_to_float32", .n_args = 2, .flags = VSS_PURE, .call = call_to_float32},
    {.name = "vector_to_float32", .n_args = 3, .flags = VSS_PURE, .call = call_to_float32},
    {.name = "vector_length", .n_args = 2, .flags = VSS_PURE, .call = call_length},
};

int vss_func_register_elements(sqlite3 *db) {
  return vss_functions_register(db, functions, sizeof functions / sizeof *functions, NULL);
}
