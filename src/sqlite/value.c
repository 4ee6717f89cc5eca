/*
** SQLite's values for the core, and the core's results for SQLite: sqlite/value.h.
**
** A scan over a table calls vss_value_vector_view() once per row, so its common case copies
** nothing:
**
**   BLOB, aligned, 4 * dim bytes ──► a view of SQLite's own bytes
**   BLOB with a header, or not aligned ──► base/codec.h copies it
**   TEXT ──► base/codec.h parses it
**
** In all three cases the components are checked to be finite.
*/
#include "sqlite/value.h"

#include <math.h>
#include <string.h>

int vss_value_borrow(sqlite3_value *value, VssValue *out_value) {
  VssValue result;
  memset(&result, 0, sizeof result);
  /*
  ** The type is asked for first, because asking for text or a blob may convert the value in place.
  */
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      result.type = VSS_INTEGER;
      result.integer = sqlite3_value_int64(value);
      break;
    case SQLITE_FLOAT:
      result.type = VSS_REAL;
      result.real = sqlite3_value_double(value);
      break;
    case SQLITE_TEXT:
      result.type = VSS_TEXT;
      result.bytes = sqlite3_value_text(value); /* UTF-8 also where the database is UTF-16 */
      result.size_bytes = (uint32_t)sqlite3_value_bytes(value);
      if (!result.bytes) return VSS_NOMEM; /* an empty text is not NULL */
      break;
    case SQLITE_BLOB:
      result.type = VSS_BLOB;
      /* A zeroblob is expanded here. NULL means an empty BLOB or that memory ran out. */
      result.bytes = sqlite3_value_blob(value);
      result.size_bytes = (uint32_t)sqlite3_value_bytes(value);
      if (!result.bytes && result.size_bytes) return VSS_NOMEM;
      break;
    default: result.type = VSS_NULL;
  }
  *out_value = result;
  return VSS_OK;
}

/* The order is that of VssType. */
const char *vss_value_type_name(VssType type) {
  static const char *const names[] = {"NULL", "INTEGER", "REAL", "TEXT", "BLOB"};
  return names[type];
}

int vss_value_whole(sqlite3_value *value, double most_real, sqlite3_int64 *out_whole) {
  int type = sqlite3_value_numeric_type(value);
  if (type == SQLITE_INTEGER) {
    *out_whole = sqlite3_value_int64(value);
    return 1;
  }
  double real = sqlite3_value_double(value);
  if (type != SQLITE_FLOAT || fabs(real) > most_real || real != floor(real)) return 0;
  *out_whole = (sqlite3_int64)real;
  return 1;
}

int vss_value_vector_view(sqlite3_value *value, uint64_t expected_dim, VssVectorView *out_view,
                          VssError *err) {
  VssValue borrowed;
  /* Only out of memory fails here, and it needs no text. */
  int code = vss_value_borrow(value, &borrowed);
  if (code != VSS_OK) return code;

  VssVectorView view = {0};
  uint64_t size_bytes = borrowed.size_bytes;
  if (borrowed.type == VSS_BLOB && size_bytes > 0 && size_bytes % 4 == 0 &&
      (uintptr_t)borrowed.bytes % sizeof(float) == 0 && size_bytes / 4 <= VSS_MAX_DIM &&
      (expected_dim == 0 || size_bytes == 4 * expected_dim)) {
    /* The codec would accept these bytes too, and copy them. */
    view.data = borrowed.bytes;
    view.dim = size_bytes / 4;
  } else {
    if (borrowed.type == VSS_BLOB) {
      code = vss_codec_from_blob(borrowed.bytes, size_bytes, expected_dim, &view.owned, err);
    } else if (borrowed.type == VSS_TEXT) {
      code = vss_codec_from_json(borrowed.bytes, size_bytes, expected_dim, &view.owned, err);
    } else {
      code = vss_fail(err, VSS_INVALID, "a vector was expected (BLOB or JSON array), got %s",
                      vss_value_type_name(borrowed.type));
    }
    if (code != VSS_OK) return code;
    view.data = view.owned.data;
    view.dim = view.owned.dim;
  }
  /* NaN and Inf would make distances that cannot be put in order. */
  code = vss_codec_check_finite(view.data, view.dim, err);
  if (code != VSS_OK) {
    vss_value_vector_release(&view);
    return code;
  }
  *out_view = view;
  return VSS_OK;
}

/*
** What a BLOB is, its length says alone. No two of the lengths are the same, whatever N is: 4 N + 2
** is no multiple of 4, and no 2 N either where N is the same.
*/
int vss_value_element_view(sqlite3_value *value, VssElement element, double scale, uint64_t dim,
                           VssVectorView *out_view, VssError *err) {
  if (element == VSS_ELEMENT_FLOAT32 || sqlite3_value_type(value) != SQLITE_BLOB)
    return vss_value_vector_view(value, dim, out_view, err);
  VssValue blob;
  int code = vss_value_borrow(value, &blob);
  if (code != VSS_OK) return code;
  if (dim == 0) dim = (uint64_t)blob.size_bytes * 8;
  if (dim > VSS_MAX_DIM)
    return vss_fail(err, VSS_INVALID, "vector has %llu bits, expected at most %d",
                    (unsigned long long)dim, VSS_MAX_DIM);
  uint64_t stored_bytes = vss_element_bytes(element, (int)dim);
  if (blob.size_bytes == 4 * dim || blob.size_bytes == 4 * dim + 2)
    return vss_value_vector_view(value, dim, out_view, err);
  if (blob.size_bytes != stored_bytes)
    return vss_fail(err, VSS_INVALID,
                    "vector is a BLOB of %lu bytes, expected %llu (%s) or %llu (float32)",
                    (unsigned long)blob.size_bytes, (unsigned long long)stored_bytes,
                    vss_element_name(element), (unsigned long long)(4 * dim));
  VssVectorView view = {.dim = dim, .owned = {vss_malloc(dim * sizeof(float)), dim}};
  view.data = view.owned.data;
  if (!view.data) return VSS_NOMEM;
  vss_element_decode(element, scale, blob.bytes, (int)dim, view.owned.data);
  code = vss_codec_check_finite(view.data, dim, err);
  if (code == VSS_OK)
    *out_view = view;
  else
    vss_value_vector_release(&view);
  return code;
}

/* Frees nothing where the view is of SQLite's own bytes. */
void vss_value_vector_release(VssVectorView *view) {
  vss_floats_free(&view->owned);
  memset(view, 0, sizeof *view);
}

/* A caller that keeps the vector longer than the call needs a copy in every case. */
int vss_value_vector(sqlite3_value *value, uint64_t expected_dim, VssFloats *out_floats,
                     VssError *err) {
  VssVectorView view = {0};
  int code = vss_value_vector_view(value, expected_dim, &view, err);
  if (code != VSS_OK) return code;
  /* Where the view has a copy already, that copy goes to the caller. */
  if (!view.owned.data && view.dim > 0) {
    view.owned.data = vss_malloc(view.dim * sizeof(float));
    if (!view.owned.data) return VSS_NOMEM;
    memcpy(view.owned.data, view.data, (size_t)(view.dim * sizeof(float)));
    view.owned.dim = view.dim;
  }
  *out_floats = view.owned;
  return VSS_OK;
}

void vss_value_result_floats(sqlite3_context *context, const float *data, uint64_t dim) {
  /* SQLite takes a NULL pointer for NULL, and the floats of an empty vector may be at NULL. */
  sqlite3_result_blob64(context, dim ? (const void *)data : "", dim * sizeof(float),
                        SQLITE_TRANSIENT);
}

void vss_value_result_text(sqlite3_context *context, const VssBuffer *text) {
  /* The buffer remembers that memory ran out in any of the appends before. */
  if (vss_buffer_status(text) != VSS_OK) {
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_result_text64(context, text->size_bytes ? (const char *)text->data : "", text->size_bytes,
                        SQLITE_TRANSIENT, SQLITE_UTF8);
}

int vss_value_bind(sqlite3_stmt *statement, int parameter, const VssValue *value) {
  /* A NULL address would bind NULL. */
  const void *bytes = value->bytes ? value->bytes : "";
  switch (value->type) {
    case VSS_INTEGER: return sqlite3_bind_int64(statement, parameter, value->integer);
    case VSS_REAL: return sqlite3_bind_double(statement, parameter, value->real);
    case VSS_TEXT:
      return sqlite3_bind_text64(statement, parameter, bytes, value->size_bytes, SQLITE_STATIC,
                                 SQLITE_UTF8);
    case VSS_BLOB:
      return sqlite3_bind_blob64(statement, parameter, bytes, value->size_bytes, SQLITE_STATIC);
    default: return sqlite3_bind_null(statement, parameter);
  }
}
