/*
** The table function vector_fvecs_each(input): the vectors of an .fvecs file, one row each.
**
**   input    a BLOB of records, one after the other:
**            │ dimension, int32 little-endian │ that many float32 │
**   columns  dimensions INTEGER, vector BLOB (float32), input HIDDEN
**   rowid    1, 2, 3 ...
**
**   insert into docs(rowid, embedding)
**     select rowid, vector from vector_fvecs_each(readfile('base.fvecs'));
**
** .fvecs is the format of the public collections by which searches are compared (SIFT, GIST,
** Deep1B). Its records repeat the dimension, so each row has its own.
**
** A record that is cut off or claims an impossible dimension is an error at its row, never a read
** beyond the BLOB.
*/
#include "functions/functions.h"

#include "functions/table_function.h"
#include "sqlite/value.h"

#include <string.h>

/* As `function` declares the table. */
enum { COLUMN_DIMENSIONS, COLUMN_VECTOR, COLUMN_INPUT };

/* The dimension before each vector. */
#define HEADER_SIZE_BYTES 4

/* Stands on one record, which lies in input[offset_bytes ...], or at the end of the input. */
typedef struct EachCursor {
  sqlite3_vtab_cursor base;
  uint8_t *input; /* a copy: SQLite keeps the arguments of xFilter only during the call */
  uint64_t size_bytes;
  uint64_t offset_bytes; /* of the current record */
  uint32_t dim;          /* of the current record */
  sqlite3_int64 rowid;
} EachCursor;

static const VssTableFunction function = {
    .declaration = "create table x(dimensions integer, vector blob, input hidden)",
    .argument = COLUMN_INPUT,
    .rows = 1000, /* nothing is known of the input */
    .missing = "vector_fvecs_each(): no input, expected the BLOB of an .fvecs file",
};

/* A cursor without an input is at its end, until xFilter gives it one. */
static int each_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out_cursor) {
  (void)vtab;
  return vss_table_function_open(sizeof(EachCursor), out_cursor);
}

/* SQLite closes a cursor whatever became of its statement. */
static int each_close(sqlite3_vtab_cursor *base) {
  EachCursor *cursor = (EachCursor *)base;
  vss_free(cursor->input);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

/* Also true of an input without records. */
static int each_eof(sqlite3_vtab_cursor *base) {
  const EachCursor *cursor = (const EachCursor *)base;
  return cursor->offset_bytes >= cursor->size_bytes;
}

/* Checks the record at offset_bytes, so that xColumn can trust its dimension. */
static int each_read_record(EachCursor *cursor) {
  /* The input may end exactly behind a record: that is its proper end. */
  if (each_eof(&cursor->base)) return SQLITE_OK;
  uint64_t left_bytes = cursor->size_bytes - cursor->offset_bytes;
  if (left_bytes < HEADER_SIZE_BYTES) {
    return vss_table_function_fail(
        &cursor->base, sqlite3_mprintf("vector_fvecs_each(): input ends inside the dimension "
                                       "of vector %lld, at byte %llu",
                                       cursor->rowid, cursor->size_bytes));
  }
  const uint8_t *header = cursor->input + cursor->offset_bytes;
  uint32_t dim = (uint32_t)header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16 |
                 (uint32_t)header[3] << 24;
  if (dim < 1 || dim > VSS_MAX_DIM) {
    return vss_table_function_fail(
        &cursor->base,
        /* As the file has it, with a sign: a wrong file often gives a negative number. */
        sqlite3_mprintf("vector_fvecs_each(): vector %lld has %lld components, "
                        "expected 1 to %d",
                        cursor->rowid, (sqlite3_int64)(int32_t)dim, VSS_MAX_DIM));
  }
  /* Divided, not multiplied: no dimension can make this overflow. */
  if ((left_bytes - HEADER_SIZE_BYTES) / sizeof(float) < dim) {
    return vss_table_function_fail(
        &cursor->base, sqlite3_mprintf("vector_fvecs_each(): input ends inside vector %lld of "
                                       "%lld components, at byte %llu",
                                       cursor->rowid, (sqlite3_int64)dim, cursor->size_bytes));
  }
  cursor->dim = dim;
  return SQLITE_OK;
}

/* Starts on the first record of an input. A join calls it again on the same cursor. */
static int each_filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text, int argc,
                       sqlite3_value **argv) {
  (void)plan;
  (void)plan_text;
  EachCursor *cursor = (EachCursor *)base;
  vss_free(cursor->input);
  cursor->input = NULL;
  /* At the end, should one of the returns below be taken. */
  cursor->size_bytes = cursor->offset_bytes = 0;
  cursor->rowid = 1;
  VssValue input = {.type = VSS_NULL};
  if (argc > 0 && vss_value_borrow(argv[0], &input) != VSS_OK) return SQLITE_NOMEM;
  if (input.type == VSS_NULL) return SQLITE_OK; /* NULL has no rows, as with json_each(NULL) */
  if (input.type != VSS_BLOB) {
    return vss_table_function_fail(
        &cursor->base, sqlite3_mprintf("vector_fvecs_each(): input is %s, expected the BLOB of "
                                       "an .fvecs file",
                                       vss_value_type_name(input.type)));
  }
  if (input.size_bytes == 0) return SQLITE_OK;
  cursor->input = vss_malloc(input.size_bytes);
  if (!cursor->input) return SQLITE_NOMEM;
  memcpy(cursor->input, input.bytes, input.size_bytes);
  cursor->size_bytes = input.size_bytes;
  return each_read_record(cursor);
}

/* Goes to the next record. The present one was checked, so its end lies within the input. */
static int each_next(sqlite3_vtab_cursor *base) {
  EachCursor *cursor = (EachCursor *)base;
  cursor->offset_bytes += HEADER_SIZE_BYTES + (uint64_t)cursor->dim * sizeof(float);
  cursor->rowid++;
  return each_read_record(cursor);
}

/* The vector is copied out of the input, which may be freed before the result is used. */
static int each_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  const EachCursor *cursor = (const EachCursor *)base;
  if (column == COLUMN_DIMENSIONS) {
    sqlite3_result_int64(context, cursor->dim);
  } else if (column == COLUMN_VECTOR) {
    sqlite3_result_blob64(context, cursor->input + cursor->offset_bytes + HEADER_SIZE_BYTES,
                          (uint64_t)cursor->dim * sizeof(float), SQLITE_TRANSIENT);
  } else {
    sqlite3_result_blob64(context, cursor->input, cursor->size_bytes, SQLITE_TRANSIENT);
  }
  return SQLITE_OK;
}

/* Records are counted from 1, so that the rowid of an imported table can be the same. */
static int each_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out_rowid) {
  *out_rowid = ((const EachCursor *)base)->rowid;
  return SQLITE_OK;
}

/* Without xCreate it is a table function only, and `create virtual table` refuses it. */
static const sqlite3_module each_module = {
    .xConnect = vss_table_function_connect,
    .xBestIndex = vss_table_function_best_index,
    .xDisconnect = vss_table_function_disconnect,
    .xOpen = each_open,
    .xClose = each_close,
    .xFilter = each_filter,
    .xNext = each_next,
    .xEof = each_eof,
    .xColumn = each_column,
    .xRowid = each_rowid,
};

int vss_func_register_fvecs_each(sqlite3 *db) {
  return sqlite3_create_module_v2(db, "vector_fvecs_each", &each_module, (void *)&function, NULL);
}
