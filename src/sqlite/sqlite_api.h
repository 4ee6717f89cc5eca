/*
** SQLite's interface, from the amalgamation or, in the loadable extension (VSS_LOADABLE), through
** the table of function pointers that the host hands over. Only vss.c defines that table.
*/
#ifndef VSS_SQLITE_API_H
#define VSS_SQLITE_API_H

#ifdef VSS_LOADABLE
#include "sqlite3ext.h"
#ifndef VSS_MAIN
extern const sqlite3_api_routines *sqlite3_api;
#endif
#else
#include "sqlite3.h"
#endif

#endif
