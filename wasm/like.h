/*
** LIKE and GLOB that ask whether to go on.
**
** A pattern of 50 bytes, the longest of untrusted mode, that almost matches at each place of a text
** of 1,000,000 bytes takes about a second, and SQLite's own functions do not ask in between. These
** give the same answers and the same errors, ask about once per millisecond (meter.h), and use the
** same indexes. A stop is SQLITE_INTERRUPT.
*/
#ifndef VSS_LIKE_H
#define VSS_LIKE_H

#include "sqlite/sqlite_api.h"

/*
** Puts them in the place of SQLite's on this connection. PRAGMA case_sensitive_like, which would
** bring SQLite's back, acts on these from then on: the connection's authorizer sees to it.
** SQLITE_OK, SQLITE_NOMEM, or SQLITE_BUSY while a statement runs.
*/
int vss_like_register(sqlite3 *db);

#endif
