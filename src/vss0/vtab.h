/*
** The vss0 virtual table module: what its files share.
**
**   vss0/vtab.c          create, connect, drop, rename, transactions, integrity
**   vss0/plan.c     xBestIndex
**   vss0/cursor.c   xOpen ... xRowid
**   vss0/write.c    xUpdate and the commands
**   vss0/search_functions.c   vss_search() and its relatives as SQL functions
*/
#ifndef VSS_VTAB_H
#define VSS_VTAB_H

#include "vss0/table.h"

int vss_vtab_register(sqlite3 *db); /* the module and vss0/search_functions.c's functions */

/* Replace the table's error message ("vss0 <table><format...>") and return `rc`. */
int vss_vtab_fail(VssTable *table, int rc, const char *format, ...);
/* Report a core failure: with a text as "vss0 <table>.<column>: <text>" (column NULL: without); else by code alone. */
int vss_vtab_fail_with(VssTable *table, int code, const char *column, const VssError *err);

int vss_vtab_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out_cursor);
int vss_vtab_close(sqlite3_vtab_cursor *cursor);
int vss_vtab_filter(sqlite3_vtab_cursor *cursor, int plan, const char *program, int argc,
                    sqlite3_value **argv);
int vss_vtab_next(sqlite3_vtab_cursor *cursor);
int vss_vtab_eof(sqlite3_vtab_cursor *cursor);
int vss_vtab_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column);
int vss_vtab_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out_rowid);

int vss_vtab_update(sqlite3_vtab *vtab, int argc, sqlite3_value **argv, sqlite3_int64 *out_rowid);

/* Compare the cache and the rows; *out_message (sqlite3_free) says what is wrong, NULL when nothing is. */
int vss_vtab_check(VssTable *table, char **out_message);

int vss_func_register_search(sqlite3 *db, VssModule *module);
int vss_func_find_overload(sqlite3_vtab *vtab, int argc, const char *name,
                           void (**out_function)(sqlite3_context *, int, sqlite3_value **),
                           void **out_data);

/* What vss_search_params() and vss_range_search_params() hand to xFilter, by pointer. */
#define VSS_PARAMS_POINTER "vss0_searchparams"
#define VSS_RANGE_POINTER  "vss0_rangesearchparams"
typedef struct VssSearchParams {
  sqlite3_value *vector; /* owned */
  sqlite3_value *bound;  /* k or the radius; owned */
} VssSearchParams;

/* k from an SQL value: an integer >= 0 (a whole REAL or numeric text too). VSS_INVALID with text. */
int vss_vtab_read_k(sqlite3_value *value, sqlite3_int64 *out_k, VssError *err);

#endif
