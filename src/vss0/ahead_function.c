/*
** vss_ahead(vector) over (rows between current row and n following): the current row's vector with
** those of the rows after it (vss0/ahead.h), for joins that search for many.
**
**   rows of the window      a   b   c   d   e             n = 2
**   the frame at row b          b   c   d                 value(): "vssa", dim, b c d
**   the frame at row c              c   d   e             inverse() drops b, step() adds e
**
** SQLite calls step() when a row enters the frame, inverse() when the oldest leaves it, and value()
** once per row of the window. Vectors are parsed once, when they enter.
*/
#include "vss0/ahead.h"

#include "base/little_endian.h"
#include "functions/registry.h"
#include "sqlite/value.h"

#include <string.h>

/* The rows of the window frame, oldest first, in rows[first, end). */
typedef struct Frame {
  VssFloats *rows; /* data NULL: the row's vector is NULL */
  uint64_t first, end, capacity;
} Frame;

/* Append a row, which it takes over. Rows that have left make room before the array grows. */
static int push(Frame *frame, VssFloats *row) {
  if (frame->end == frame->capacity) {
    uint64_t count = frame->end - frame->first;
    uint64_t capacity = count < frame->capacity / 2 ? frame->capacity : 2 * frame->capacity + 16;
    VssFloats *rows = vss_malloc(capacity * sizeof *rows);
    if (!rows) return VSS_NOMEM;
    if (count) memcpy(rows, frame->rows + frame->first, (size_t)count * sizeof *rows);
    vss_free(frame->rows);
    *frame = (Frame){rows, 0, count, capacity};
  }
  frame->rows[frame->end++] = *row;
  memset(row, 0, sizeof *row);
  return VSS_OK;
}

/*
** A row enters the frame. A NULL takes its place as any other row does: inverse() will drop it in
** turn.
*/
static void step(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  Frame *frame = sqlite3_aggregate_context(context, (int)sizeof *frame);
  VssFloats row = {0};
  VssError err = {0};
  int code = frame ? VSS_OK : VSS_NOMEM;
  if (code == VSS_OK && sqlite3_value_type(argv[0]) != SQLITE_NULL)
    code = vss_value_vector(argv[0], 0, &row, &err);
  if (code == VSS_OK) code = push(frame, &row);
  vss_floats_free(&row);
  if (code != VSS_OK) vss_function_fail(context, code, &err);
}

/* The oldest row leaves the frame. */
static void inverse(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  Frame *frame = sqlite3_aggregate_context(context, 0);
  if (frame && frame->first < frame->end) vss_floats_free(&frame->rows[frame->first++]);
}

/* The hint for the current row, which is the oldest of the frame; NULL when its vector is NULL. */
static void value(sqlite3_context *context) {
  const Frame *frame = sqlite3_aggregate_context(context, 0);
  if (!frame || frame->first == frame->end || !frame->rows[frame->first].data) return; /* NULL */
  VssBuffer bytes = {0};
  uint64_t dim = frame->rows[frame->first].dim;
  uint8_t tag[VSS_AHEAD_TAG_BYTES];
  memcpy(tag, VSS_AHEAD_TAG, VSS_AHEAD_DIM_AT);
  vss_put_u32(tag + VSS_AHEAD_DIM_AT, (uint32_t)dim);
  vss_buffer_append(&bytes, tag, sizeof tag);
  for (uint64_t i = frame->first; i < frame->end; i++) {
    /* Vectors of another dimension cannot be asked of the same column. */
    if (frame->rows[i].data && frame->rows[i].dim == dim)
      vss_buffer_append(&bytes, frame->rows[i].data, dim * sizeof(float));
  }
  if (vss_buffer_status(&bytes) == VSS_OK) {
    sqlite3_result_blob64(context, bytes.data, bytes.size_bytes, SQLITE_TRANSIENT);
  } else {
    sqlite3_result_error_nomem(context);
  }
  vss_buffer_free(&bytes);
}

/* The end of the window, or of an aggregate without one; SQLite calls it after an error as well. */
static void final(sqlite3_context *context) {
  Frame *frame = sqlite3_aggregate_context(context, 0);
  value(context);
  if (!frame) return;
  for (uint64_t i = frame->first; i < frame->end; i++)
    vss_floats_free(&frame->rows[i]);
  vss_free(frame->rows);
}

static const VssFunction functions[] = {
    {.name = "vss_ahead",
     .n_args = 1,
     .flags = VSS_PURE,
     .call = step,
     .final = final,
     .value = value,
     .inverse = inverse},
};

int vss_func_register_ahead(sqlite3 *db) {
  return vss_functions_register(db, functions, 1, NULL);
}
