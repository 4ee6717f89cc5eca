/*
** See vss0/search_params.h.
*/
#include "vss0/search_params.h"

#include <stddef.h>
#include <stdint.h>

static void free_params(void *pointer) {
  VssSearchParams *params = pointer;
  if (!params) return;
  sqlite3_value_free(params->vector);
  sqlite3_value_free(params->bound);
  sqlite3_free(params);
}

/* Both functions. The type of the pointer, which tells them apart, is the function's user data. */
static void make_params(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssSearchParams *params = sqlite3_malloc64(sizeof *params);
  if (params) {
    params->vector = sqlite3_value_dup(argv[0]);
    params->bound = sqlite3_value_dup(argv[1]);
  }
  if (!params || !params->vector || !params->bound) {
    free_params(params);
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_result_pointer(context, params, sqlite3_user_data(context), free_params);
}

static int register_one(sqlite3 *db, const char *name, const char *pointer_type) {
  /* The cast drops const: SQLite hands user data on and never writes to it. */
  return sqlite3_create_function_v2(db, name, 2, SQLITE_UTF8 | SQLITE_INNOCUOUS,
                                    (void *)(uintptr_t)pointer_type, make_params, NULL, NULL, NULL);
}

int vss_func_register_search_params(sqlite3 *db) {
  int rc = register_one(db, "vss_search_params", VSS_PARAMS_POINTER);
  if (rc == SQLITE_OK) rc = register_one(db, "vss_range_search_params", VSS_RANGE_POINTER);
  return rc;
}
