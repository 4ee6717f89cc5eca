/*
** The extension's entry, for a program that links vss instead of loading vss0.so.
*/
#ifndef VSS_H
#define VSS_H

#include "sqlite/sqlite_api.h"

/*
** Registers vss0 and every SQL function on `db`, which frees them when it closes. It has the type
** that sqlite3_auto_extension() takes.
**
**   api           what SQLite hands to an extension that it loads; NULL where SQLite is linked
**   out_message   is left as it is
**
** Returns SQLITE_OK, SQLITE_NOMEM, or the code of a registration that failed. It sets the core's
** allocator for the process: no other thread may use vss during the first call.
*/
int sqlite3_vss_init(sqlite3 *db, char **out_message, const sqlite3_api_routines *api);

#endif
