/*
** See vss0/search_params.h.
**
** Nothing is checked here: whether the vector fits the column, and whether the number is a k, is
** known in xFilter alone, and the message names the table there.
*/
#include "vss0/search_params.h"

#include "functions/registry.h"

/* SQLite calls this when the value that has the pointer goes. Takes what was made in part. */
static void free_params(void *pointer) {
  VssSearchParams *params = pointer;
  if (!params) return;
  sqlite3_value_free(params->vector);
  sqlite3_value_free(params->bound);
  sqlite3_free(params);
}

/*
** Both functions. The type of the pointer tells the two results apart; it follows from the variant.
*/
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
  const char *type = vss_function_of(context)->variant ? VSS_RANGE_POINTER : VSS_PARAMS_POINTER;
  sqlite3_result_pointer(context, params, type, free_params);
}

/* They are not deterministic: an index on an expression must not contain a pointer. */
static const VssFunction functions[] = {
    {.name = "vss_search_params", .n_args = 2, .flags = SQLITE_INNOCUOUS, .call = make_params},
    {.name = "vss_range_search_params",
     .n_args = 2,
     .flags = SQLITE_INNOCUOUS,
     .call = make_params,
     .variant = 1},
};

int vss_func_register_search_params(sqlite3 *db) {
  return vss_functions_register(db, functions, sizeof functions / sizeof *functions, NULL);
}
