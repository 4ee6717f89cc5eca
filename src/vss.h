/*
** The extension's entry, for a program that links vss in place of loading vss0.so.
*/
#ifndef VSS_H
#define VSS_H

#include "sqlite/sqlite_api.h"

/*
** Registers vss0 and every SQL function on `db`, which frees them when it closes. Fits
** sqlite3_auto_extension(). `api` is what SQLite hands to an extension that it loads; NULL where
** SQLite is linked. Returns SQLITE_OK, SQLITE_NOMEM or what else the registering of a function
** gives; *out_message stays as it is. Sets the core's allocator, process-wide: no other thread may
** be using vss during the first call.
*/
int sqlite3_vss_init(sqlite3 *db, char **out_message, const sqlite3_api_routines *api);

#endif
