/*
** The vss0 virtual table module: what SQLite calls, by file.
**
**   vss0/vtab.c          create, connect, drop, rename, transactions
**   vss0/plan.c          xBestIndex
**   vss0/cursor.c        xOpen to xRowid
**   vss0/write.c         xUpdate and the commands
**   vss0/integrity.c     xIntegrity
**   vss0/search_term.c   xFindFunction
*/
#ifndef VSS_VTAB_H
#define VSS_VTAB_H

#include "vss0/table.h"

/* The module on one connection, with the SQL functions that need its tables. An SQLite code. */
int vss_vtab_register(sqlite3 *db);

/* The methods of a cursor. They return SQLite codes. */
int vss_vtab_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out_cursor);
int vss_vtab_close(sqlite3_vtab_cursor *cursor);
int vss_vtab_filter(sqlite3_vtab_cursor *cursor, int plan, const char *program, int argc,
                    sqlite3_value **argv);
int vss_vtab_next(sqlite3_vtab_cursor *cursor);
int vss_vtab_eof(sqlite3_vtab_cursor *cursor);
int vss_vtab_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column);
int vss_vtab_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out_rowid);

/* xUpdate: INSERT, UPDATE, DELETE and `insert into t(t) values('<command>')`. */
int vss_vtab_update(sqlite3_vtab *vtab, int argc, sqlite3_value **argv, sqlite3_int64 *out_rowid);

#endif
