/*
** The core's failures as SQLite reports them.
**
**   core code      SQLite's code            text
**   ---------      -------------            ----
**   VSS_NOMEM      SQLITE_NOMEM             SQLite's own
**   VSS_CORRUPT    SQLITE_CORRUPT_VTAB      the core's, behind a subject
**   VSS_STOP       SQLITE_INTERRUPT         SQLite's own
**   VSS_DATABASE   the connection's code    the connection's, unless the core wrote one
**   all others     SQLITE_ERROR             the core's, behind a subject
**
** The core writes a text without a subject ("vector has 3 components, expected 4"). The caller
** knows what the text is about, and puts "vss0 t.c: " or "vss_distance_l2(): " in front.
*/
#ifndef VSS_SQLITE_ERROR_H
#define VSS_SQLITE_ERROR_H

#include "base/error.h"
#include "sqlite/sqlite_api.h"

/*
** The SQLite code of the core's `code`, by the table above. VSS_DATABASE becomes `database_rc`.
** Cannot fail.
*/
int vss_error_sqlite_rc(int code, int database_rc);

/*
** The connection's extended code after a failure. It is SQLITE_ERROR where the connection's last
** code is one of success, left there by another call: a function that reports SQLITE_ROW as its
** error looks like a row to the caller of sqlite3_step().
*/
int vss_error_connection_rc(sqlite3 *db);

/*
** Makes a failure the result of an SQL function: out of memory as such, everything else as
** "<subject>: <text>" with the SQLite code of `code`. `err` may be NULL or empty: the text is then
** the connection's for VSS_DATABASE, and SQLite's name of the code for all others.
*/
void vss_error_result(sqlite3_context *context, int code, const char *subject, const VssError *err);

#endif
