/*
** The error message of a vss0 table on its way to the user.
**
**   where the facts are             vss_vtab_fail(), vss_vtab_fail_with()
**                                   "vss0 docs.body: vector has 3 components, expected 4"
**   where a statement has failed    vss_vtab_name_failure(), called by vss0/vtab.c
**                                   "vss0 docs: no such table: main.docs_rows"
**
** SQLite takes the text from sqlite3_vtab.zErrMsg after a method of the module has failed. Only
** message.c sets it.
*/
#ifndef VSS_VSS0_MESSAGE_H
#define VSS_VSS0_MESSAGE_H

#include "vss0/table.h"

/*
** Set the message "vss0 <table><format...>", in place of one that is there. Returns `rc`, or
** SQLITE_NOMEM.
*/
int vss_vtab_fail(VssTable *table, int rc, const char *format, ...);

/*
** The same without "vss0 <table>" in front: for messages that SQLite words in its own way, as that
** of a UNIQUE constraint.
*/
int vss_vtab_fail_as_sqlite(VssTable *table, int rc, const char *format, ...);

/*
** Report a failure of the core. A text in `err` becomes "vss0 <table>.<column>: <text>" (column
** NULL: "vss0 <table>: <text>"); without a text the code alone goes out. Returns the SQLite code
** for `code`; VSS_OK gives SQLITE_OK.
*/
int vss_vtab_fail_with(VssTable *table, int code, const char *column, const VssError *err);

/*
** Give a failure that has no message one that names the table: SQLite would say "SQL logic error".
** What failed was SQL on the shadow tables, whose text is the connection's, or the content of the
** shadow tables. Returns `rc`.
*/
int vss_vtab_name_failure(VssTable *table, int rc);

#endif
