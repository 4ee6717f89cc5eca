/*
** The SQL functions that need no table, by family. Each registration puts functions on one
** connection, which frees them when it closes, and returns an SQLite code. functions/registry.h
** says how a family is written.
**
**   distance.c     vss_distance(), vss_distance_l2(), vss_inner_product(), vss_fvec_add() ...
**   vector0.c      vector_length(), vector_to_json(), vector_from_blob(), vector0() ...
**   arithmetic.c   vector_normalize(), vector_slice()
**   elements.c     vector_to_float16(), vector_to_int8(), vector_to_bit(), vector_to_float32()
**   aggregate.c    vector_sum(), vector_avg(), vss_int8_scale()
**   library.c      vss_version(), vss_debug()
**   fvecs_each.c   the table function vector_fvecs_each()
**   vector_each.c  the table function vector_each()
**   registry.c     the registrar, which the layers above use too
*/
#ifndef VSS_FUNCTIONS_H
#define VSS_FUNCTIONS_H

#include "sqlite/sqlite_api.h"

/* Everything that this folder has: the families below. */
int vss_func_register_vector(sqlite3 *db);

/* The families, for functions.c. */
int vss_func_register_distance(sqlite3 *db);
int vss_func_register_vector0(sqlite3 *db);
int vss_func_register_arithmetic(sqlite3 *db);
int vss_func_register_elements(sqlite3 *db);
int vss_func_register_aggregate(sqlite3 *db);
int vss_func_register_library(sqlite3 *db);
int vss_func_register_fvecs_each(sqlite3 *db);
int vss_func_register_vector_each(sqlite3 *db);

#endif
