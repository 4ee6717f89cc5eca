/*
** See functions/table_function.h.
*/
#include "functions/table_function.h"

#include <string.h>

typedef struct FunctionTable {
  sqlite3_vtab base;
  const VssTableFunction *function;
} FunctionTable;

int vss_table_function_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                               sqlite3_vtab **out_vtab, char **out_error) {
  (void)argc;
  (void)argv;
  (void)out_error;
  const VssTableFunction *function = aux;
  int rc = sqlite3_declare_vtab(db, function->declaration);
  if (rc != SQLITE_OK) return rc;
  FunctionTable *table = sqlite3_malloc(sizeof *table);
  if (!table) return SQLITE_NOMEM;
  memset(table, 0, sizeof *table);
  table->function = function;
  /* It reads its argument and nothing else, so that views and triggers may use it. */
  sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  *out_vtab = &table->base;
  return SQLITE_OK;
}

int vss_table_function_disconnect(sqlite3_vtab *vtab) {
  sqlite3_free(vtab);
  return SQLITE_OK;
}

int vss_table_function_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info) {
  const VssTableFunction *function = ((FunctionTable *)vtab)->function;
  int is_named = 0;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    if (constraint->iColumn != function->argument || constraint->op != SQLITE_INDEX_CONSTRAINT_EQ)
      continue;
    is_named = 1;
    if (!constraint->usable) continue;
    info->aConstraintUsage[i].argvIndex = 1;
    info->aConstraintUsage[i].omit = 1; /* the hidden column would only equal what it was given */
    info->estimatedCost = function->rows;
    info->estimatedRows = (sqlite3_int64)function->rows;
    return SQLITE_OK;
  }
  /* The argument is given by a table that is read later: SQLite has to find another order. */
  if (is_named) return SQLITE_CONSTRAINT;
  vtab->zErrMsg = sqlite3_mprintf("%s", function->missing);
  return vtab->zErrMsg ? SQLITE_ERROR : SQLITE_NOMEM;
}

int vss_table_function_open(size_t size_bytes, sqlite3_vtab_cursor **out_cursor) {
  *out_cursor = sqlite3_malloc64(size_bytes);
  if (!*out_cursor) return SQLITE_NOMEM;
  memset(*out_cursor, 0, size_bytes);
  return SQLITE_OK;
}

int vss_table_function_fail(sqlite3_vtab_cursor *cursor, char *text) {
  if (!text) return SQLITE_NOMEM;
  sqlite3_free(cursor->pVtab->zErrMsg);
  cursor->pVtab->zErrMsg = text;
  return SQLITE_ERROR;
}
