/*
** The table function vector_fvecs_each(input): the vectors of an .fvecs file, one row each.
**
**   input    a BLOB: for each vector, its dimension as int32 (little-endian), then that many float32
**   columns  dimensions INTEGER, vector BLOB (float32), input HIDDEN
**   rowid    1, 2, 3 ...
**
**   insert into vss_docs(rowid, embedding) select rowid, vector from vector_fvecs_each(readfile('base.fvecs'));
**
** A record that is cut off or claims an impossible dimension is an error at its row, never a read
** beyond the BLOB.
*/
#include "functions/functions.h"

#include "sqlite/value.h"

#include <string.h>

enum { COLUMN_DIMENSIONS, COLUMN_VECTOR, COLUMN_INPUT };

#define HEADER_SIZE_BYTES 4

typedef struct EachCursor {
  sqlite3_vtab_cursor base;
  uint8_t *input; /* copied: SQLite keeps arguments of xFilter only during the call */
  uint64_t size_bytes;
  uint64_t offset_bytes; /* of the current record */
  uint32_t dim;          /* of the current record */
  sqlite3_int64 rowid;
} EachCursor;

static int each_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                        sqlite3_vtab **out_vtab, char **out_error) {
  (void)aux;
  (void)argc;
  (void)argv;
  (void)out_error;
  int rc =
      sqlite3_declare_vtab(db, "create table x(dimensions integer, vector blob, input hidden)");
  if (rc != SQLITE_OK) return rc;
  sqlite3_vtab *vtab = sqlite3_malloc(sizeof *vtab);
  if (!vtab) return SQLITE_NOMEM;
  memset(vtab, 0, sizeof *vtab);
  sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  *out_vtab = vtab;
  return SQLITE_OK;
}

static int each_disconnect(sqlite3_vtab *vtab) {
  sqlite3_free(vtab);
  return SQLITE_OK;
}

static int each_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info) {
  int present = 0;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    if (constraint->iColumn != COLUMN_INPUT || constraint->op != SQLITE_INDEX_CONSTRAINT_EQ)
      continue;
    present = 1;
    if (!constraint->usable) continue;
    info->aConstraintUsage[i].argvIndex = 1;
    info->aConstraintUsage[i].omit = 1;
    info->estimatedCost = 1000;
    info->estimatedRows = 1000;
    return SQLITE_OK;
  }
  /* Given, but by a table not read yet: SQLite must find another order. */
  if (present) return SQLITE_CONSTRAINT;
  vtab->zErrMsg =
      sqlite3_mprintf("vector_fvecs_each(): no input, expected the BLOB of an .fvecs file");
  return vtab->zErrMsg ? SQLITE_ERROR : SQLITE_NOMEM;
}

static int each_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out_cursor) {
  (void)vtab;
  EachCursor *cursor = sqlite3_malloc(sizeof *cursor);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  *out_cursor = &cursor->base;
  return SQLITE_OK;
}

static int each_close(sqlite3_vtab_cursor *base) {
  EachCursor *cursor = (EachCursor *)base;
  vss_free(cursor->input);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static int each_fail(EachCursor *cursor, char *text) {
  if (!text) return SQLITE_NOMEM;
  sqlite3_free(cursor->base.pVtab->zErrMsg);
  cursor->base.pVtab->zErrMsg = text;
  return SQLITE_ERROR;
}

static int each_eof(sqlite3_vtab_cursor *base) {
  const EachCursor *cursor = (const EachCursor *)base;
  return cursor->offset_bytes >= cursor->size_bytes;
}

/* Check the record at offset_bytes, so that xColumn can trust dim. */
static int each_read_record(EachCursor *cursor) {
  if (each_eof(&cursor->base)) return SQLITE_OK;
  uint64_t left_bytes = cursor->size_bytes - cursor->offset_bytes;
  if (left_bytes < HEADER_SIZE_BYTES) {
    return each_fail(cursor, sqlite3_mprintf("vector_fvecs_each(): input ends inside the dimension "
                                             "of vector %lld, at byte %llu",
                                             cursor->rowid, cursor->size_bytes));
  }
  const uint8_t *header = cursor->input + cursor->offset_bytes;
  uint32_t dim = (uint32_t)header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16 |
                 (uint32_t)header[3] << 24;
  if (dim < 1 || dim > VSS_MAX_DIM) {
    return each_fail(cursor,
                     sqlite3_mprintf("vector_fvecs_each(): vector %lld has %lld components, "
                                     "expected 1 to %d",
                                     cursor->rowid, (sqlite3_int64)(int32_t)dim, VSS_MAX_DIM));
  }
  if ((left_bytes - HEADER_SIZE_BYTES) / sizeof(float) < dim) {
    return each_fail(cursor,
                     sqlite3_mprintf("vector_fvecs_each(): input ends inside vector %lld of "
                                     "%lld components, at byte %llu",
                                     cursor->rowid, (sqlite3_int64)dim, cursor->size_bytes));
  }
  cursor->dim = dim;
  return SQLITE_OK;
}

static int each_filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text, int argc,
                       sqlite3_value **argv) {
  (void)plan;
  (void)plan_text;
  EachCursor *cursor = (EachCursor *)base;
  vss_free(cursor->input);
  cursor->input = NULL;
  cursor->size_bytes = cursor->offset_bytes = 0;
  cursor->rowid = 1;
  VssValue input = {.type = VSS_NULL};
  if (argc > 0 && vss_value_borrow(argv[0], &input) != VSS_OK) return SQLITE_NOMEM;
  if (input.type == VSS_NULL)
    return SQLITE_OK; /* of nothing, nothing: json_each(NULL) does the same */
  if (input.type != VSS_BLOB) {
    return each_fail(cursor,
                     sqlite3_mprintf("vector_fvecs_each(): input is %s, expected the BLOB of "
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

static int each_next(sqlite3_vtab_cursor *base) {
  EachCursor *cursor = (EachCursor *)base;
  cursor->offset_bytes += HEADER_SIZE_BYTES + (uint64_t)cursor->dim * sizeof(float);
  cursor->rowid++;
  return each_read_record(cursor);
}

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

static int each_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out_rowid) {
  *out_rowid = ((const EachCursor *)base)->rowid;
  return SQLITE_OK;
}

/* No xCreate: a table function only, never `create virtual table`. */
static const sqlite3_module each_module = {
    .xConnect = each_connect,
    .xBestIndex = each_best_index,
    .xDisconnect = each_disconnect,
    .xOpen = each_open,
    .xClose = each_close,
    .xFilter = each_filter,
    .xNext = each_next,
    .xEof = each_eof,
    .xColumn = each_column,
    .xRowid = each_rowid,
};

int vss_func_register_each(sqlite3 *db) {
  return sqlite3_create_module_v2(db, "vector_fvecs_each", &each_module, NULL, NULL);
}
