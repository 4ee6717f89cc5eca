/*
** The SQL functions, by family. Each registers its functions on one connection and returns an
** SQLite code.
*/
#ifndef VSS_FUNC_H
#define VSS_FUNC_H

#include "sqlite/sqlite_api.h"

/* functions/vector.c: vss_distance_*, vss_fvec_*, vector_*, vss_version ... */
int vss_func_register_vector(sqlite3 *db);
/* functions/each.c: table function vector_fvecs_each */
int vss_func_register_each(sqlite3 *db);
/* vss0/ahead_function.c: vss_ahead */
int vss_func_register_ahead(sqlite3 *db);
/* func_faiss*.c: faiss_search, faiss_agg, faiss_encode ... */
int vss_func_register_faiss(sqlite3 *db);

/*
** 0: faiss_search leaves SQLite's preupdate hook alone (the session extension needs it) and reads a
** whole table again after any change of its database. 1 is the default; without effect where SQLite
** or the build (VSS_LOADABLE) has no hook. Process-wide; call before the first search.
*/
void vss_func_faiss_use_hook(int allowed);

#endif
