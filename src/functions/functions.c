/*
** All functions of this folder, by family: functions/functions.h.
*/
#include "functions/functions.h"

#include <stddef.h>

int vss_func_register_vector(sqlite3 *db) {
  /* A family registers as many functions as it has; the order does not matter. */
  static int (*const families[])(sqlite3 *) = {
      vss_func_register_distance,   vss_func_register_vector0,     vss_func_register_arithmetic,
      vss_func_register_elements,   vss_func_register_aggregate,   vss_func_register_library,
      vss_func_register_fvecs_each, vss_func_register_vector_each,
  };
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof families / sizeof *families && rc == SQLITE_OK; i++)
    rc = families[i](db);
  return rc;
}
