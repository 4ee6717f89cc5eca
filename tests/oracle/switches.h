/*
** A switch that only tests have: the path that every scan of codes takes, as an SQL function, so that it is a statement of
** a case like any other and stays in it when the case is cut down.
**
**   select vss_force_path('dense')     auto, dense, sparse, streaming or floats: VssScanPath of index/index.h
*/
#ifndef ORACLE_SWITCHES_H
#define ORACLE_SWITCHES_H

#include "sqlite/sqlite_api.h"

/* Add the function to a connection; it returns the name. An SQLite code. */
int switches_register(sqlite3 *db);

#endif
