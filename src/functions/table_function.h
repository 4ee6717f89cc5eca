/*
** What the table functions of this folder have in common: a table without state, whose only plan is
** to read its argument. Their cursors differ.
*/
#ifndef VSS_FUNCTIONS_TABLE_FUNCTION_H
#define VSS_FUNCTIONS_TABLE_FUNCTION_H

#include <stddef.h>

#include "sqlite/sqlite_api.h"

/* Static, and the `aux` of sqlite3_create_module_v2(). */
typedef struct VssTableFunction {
  const char *declaration; /* "create table x(...)" with the argument as a hidden column */
  int argument;            /* the number of that column */
  double rows;             /* a guess; there is no other plan to compare with */
  const char *missing;     /* the error where the statement names no argument */
} VssTableFunction;

/* xConnect, xDisconnect and xBestIndex of such a module. argv[0] of xFilter is the argument. */
int vss_table_function_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                               sqlite3_vtab **out_vtab, char **out_error);
int vss_table_function_disconnect(sqlite3_vtab *vtab);
int vss_table_function_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info);

/* For xOpen: a cursor of so many bytes, all of them zero. SQLITE_OK, SQLITE_NOMEM. */
int vss_table_function_open(size_t size_bytes, sqlite3_vtab_cursor **out_cursor);

/*
** Makes `text` the error of a cursor's table, and returns the code for xFilter or xNext. Takes the
** text, which came from SQLite's allocator; NULL stands for out of memory.
*/
int vss_table_function_fail(sqlite3_vtab_cursor *cursor, char *text);

#endif
