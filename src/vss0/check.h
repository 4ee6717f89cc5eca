/*
** One WHERE term asked of SQLite, candidate by candidate.
**
** With k inside a search, the k rows must satisfy every term that was handed to the table. There
** are terms whose bitmap holds more rows than the term passes (a number against a text column), and
** terms that have no bitmap (a user's collation, text order in a UTF-16 database, LIKE on the
** rowid, a vector column). Of those, each candidate is checked before it counts. Without k nothing
** is checked here: SQLite does it, on the rows that it gets.
*/
#ifndef VSS_VSS0_CHECK_H
#define VSS_VSS0_CHECK_H

#include "vss0/program.h"
#include "vss0/table.h"

/*
** A statement that decides `<column> <op> rhs` over the stored row. Column, declared affinity,
** declared or given collation and operator are SQLite's own, and the right side has no affinity, as
** a literal or a parameter. Finalized by the caller. An SQLite code.
*/
int vss_check_prepare(VssTable *table, const VssStep *step, sqlite3_value *rhs,
                      sqlite3_stmt **out_statement);

/* Does the row pass? distance is what the `distance` column shows. An SQLite code. */
int vss_check_test(sqlite3_stmt *statement, sqlite3_int64 rowid, double distance, int *out_pass);

#endif
