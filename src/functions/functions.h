/*
** The SQL functions that need no table, by family. Each registration puts functions on one
** connection, which frees them when it closes, and returns an SQLite code. functions/registry.h
** says how a family is written.
**
**   distance.c     vss_distance(), vss_distance_l2(), vss_inner_product(), vss_fvec_add() ...
**   vector0.c      vector_length(), vector_to_json(), vector_from_blob(), vector0() ...
**   library.c      vss_version(), vss_debug()
**   fvecs_each.c   the table function vector_fvecs_each()
**   registry.c     the registrar, which the layers above use too
*/
#ifndef VSS_FUNCTIONS_H
#define VSS_FUNCTIONS_H

#include "sqlite/sqlite_api.h"

/* Everything that this folder has: the four families below. */
int vss_func_register_vector(sqlite3 *db);

/* The families, for functions.c. */
int vss_func_register_distance(sqlite3 *db);
int vss_func_register_vector0(sqlite3 *db);
int vss_func_register_library(sqlite3 *db);
int vss_func_register_fvecs_each(sqlite3 *db);

#endif
