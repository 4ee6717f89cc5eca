/*
** The VssStop of a connection: sqlite3_interrupt() ends the core's loops as it ends SQLite's own.
*/
#ifndef VSS_SQLITE_STOP_H
#define VSS_SQLITE_STOP_H

#include "base/stop.h"
#include "sqlite/sqlite_api.h"

/* What a loop that works for `db` asks. Borrows the connection. */
VssStop vss_stop_of_connection(sqlite3 *db);

#endif
