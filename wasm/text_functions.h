/*
** trim(), ltrim(), rtrim(), instr(), replace() and unhex(), as functions that ask whether to go on.
**
** SQLite's own take time that grows with the product of the lengths of two arguments, and do not
** ask in between. Over two values of the greatest length that untrusted mode allows, 1,000,000
** bytes, one call ran for half a minute. These give the same results and the same errors, and ask
** about once per millisecond (base/stop.h). A stop is SQLITE_INTERRUPT. json_pretty() and
** json_patch() are refused: they can run as long, and cannot be replaced as easily.
*/
#ifndef VSS_TEXT_FUNCTIONS_H
#define VSS_TEXT_FUNCTIONS_H

#include "sqlite/sqlite_api.h"

/* Puts them in the place of SQLite's on this connection. SQLITE_OK or SQLITE_NOMEM. */
int vss_text_functions_register(sqlite3 *db);

#endif
