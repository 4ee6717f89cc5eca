/*
** The table function vector_each(v): the components of a vector, one row each.
**
**   columns   component INTEGER, from 0; value REAL; vector HIDDEN
**   rowid     the component
**
**   select component, value from docs, vector_each(docs.embedding) where docs.id = 7;
**
** The vector has any form that the vector functions read. NULL has no rows.
*/
#include "functions/functions.h"

#include "functions/table_function.h"
#include "sqlite/value.h"

#include <string.h>

/* As `function` declares the table. */
enum { COLUMN_COMPONENT, COLUMN_VALUE, COLUMN_VECTOR };

/* Owns a copy: SQLite keeps the argument of xFilter only during that call. */
typedef struct VectorCursor {
  sqlite3_vtab_cursor base;
  VssFloats floats;
  uint64_t component; /* of the current row */
} VectorCursor;

static const VssTableFunction function = {
    .declaration = "create table x(component integer, value real, vector hidden)",
    .argument = COLUMN_VECTOR,
    .rows = 400, /* a usual embedding */
    .missing = "vector_each(): no vector, expected a BLOB or a JSON array",
};

static int each_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out_cursor) {
  (void)vtab;
  return vss_table_function_open(sizeof(VectorCursor), out_cursor);
}

static int each_close(sqlite3_vtab_cursor *base) {
  VectorCursor *cursor = (VectorCursor *)base;
  vss_floats_free(&cursor->floats);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

/* Starts on the first component. A join calls it again on the same cursor. */
static int each_filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text, int argc,
                       sqlite3_value **argv) {
  (void)plan;
  (void)plan_text;
  VectorCursor *cursor = (VectorCursor *)base;
  vss_floats_free(&cursor->floats);
  memset(&cursor->floats, 0, sizeof cursor->floats);
  cursor->component = 0;
  if (argc == 0 || sqlite3_value_type(argv[0]) == SQLITE_NULL) return SQLITE_OK;
  VssError err = {0};
  int code = vss_value_vector(argv[0], 0, &cursor->floats, &err);
  if (code == VSS_OK) return SQLITE_OK;
  if (code == VSS_NOMEM) return SQLITE_NOMEM;
  return vss_table_function_fail(base, sqlite3_mprintf("vector_each(): %s", err.text));
}

static int each_next(sqlite3_vtab_cursor *base) {
  ((VectorCursor *)base)->component++;
  return SQLITE_OK;
}

static int each_eof(sqlite3_vtab_cursor *base) {
  const VectorCursor *cursor = (const VectorCursor *)base;
  return cursor->component >= cursor->floats.dim;
}

static int each_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  const VectorCursor *cursor = (const VectorCursor *)base;
  if (column == COLUMN_COMPONENT)
    sqlite3_result_int64(context, (sqlite3_int64)cursor->component);
  else if (column == COLUMN_VALUE)
    sqlite3_result_double(context, (double)cursor->floats.data[cursor->component]);
  else
    vss_value_result_floats(context, cursor->floats.data, cursor->floats.dim);
  return SQLITE_OK;
}

static int each_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out_rowid) {
  *out_rowid = (sqlite3_int64)((const VectorCursor *)base)->component;
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

int vss_func_register_vector_each(sqlite3 *db) {
  return sqlite3_create_module_v2(db, "vector_each", &each_module, (void *)&function, NULL);
}
