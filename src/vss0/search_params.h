/*
** Parameters of a search that travel by pointer: vss_search_params(vector, k) and
** vss_range_search_params(vector, radius).
**
**   where vss_search(embedding, vss_search_params(?, 10))
**
** A vector and a number have to pass through one SQL value. sqlite3_result_pointer() carries them:
** the pointer lives as long as the value, and no SQL can forge one. Both are copies, checked in
** xFilter, where the table is known.
*/
#ifndef VSS_VSS0_SEARCH_PARAMS_H
#define VSS_VSS0_SEARCH_PARAMS_H

#include "sqlite/sqlite_api.h"

/* The types of the two pointers, for sqlite3_value_pointer(). */
#define VSS_PARAMS_POINTER "vss0_searchparams"
#define VSS_RANGE_POINTER  "vss0_rangesearchparams"

typedef struct VssSearchParams {
  sqlite3_value *vector; /* owned */
  sqlite3_value *bound;  /* k or the radius; owned */
} VssSearchParams;

int vss_func_register_search_params(sqlite3 *db);

#endif
