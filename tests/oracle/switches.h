/*
** A switch that only tests have: which path every scan of codes takes. It is an SQL function, so
** that it is a step like any other, and stays when the case is cut down.
**
**   select vss_force_path('dense')   auto, dense, sparse, streaming, floats, coarse,
**                                   adaptive, coarse_rows or adaptive_rows (VssScanPath)
*/
#ifndef ORACLE_SWITCHES_H
#define ORACLE_SWITCHES_H

#include "sqlite/sqlite_api.h"

/* Whether it is the name of a path. */
int switches_is_path(const char *name);
/* Adds the function to a connection. The function returns the name. An SQLite code. */
int switches_register(sqlite3 *db);

#endif
