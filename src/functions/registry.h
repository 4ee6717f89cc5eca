/*
** SQL functions as data: a family is a table of VssFunction, and one registrar puts it on a
** connection.
**
**   static const VssFunction functions[] = {
**       {.name = "faiss_search", .n_args = 4, .call = call_search, .variant = 1},
**       {.name = "vss_ahead", .n_args = 1, .flags = VSS_PURE, .call = step, .final = final,
**        .value = value, .inverse = inverse},
**   };
**   return vss_functions_register(db, functions, sizeof functions / sizeof *functions, NULL);
**
** A called function finds its own row by vss_function_of(), so that several SQL functions can share
** one C function, and reports failures by vss_function_fail(), which names the function.
*/
#ifndef VSS_REGISTRY_H
#define VSS_REGISTRY_H

#include "base/error.h"
#include "sqlite/sqlite_api.h"

/*
** The result follows from the arguments alone, and calling it does no harm: a schema from elsewhere
** may use it.
*/
#define VSS_PURE (SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS)

typedef void VssFunctionCall(sqlite3_context *context, int argc, sqlite3_value **argv);
typedef void VssFunctionResult(sqlite3_context *context);

/*
** What a family's functions share on one connection. `data` is theirs; each function registered
** holds one reference from retain(), and SQLite gives it back through release() when it drops the
** function. Without the two, `data` has to outlive the connection's functions.
*/
typedef struct VssShared {
  void *data;
  void (*retain)(void *data);
  void (*release)(void *data);
} VssShared;

/*
** One SQL function. Which of the last four are set decides its kind, as in
** sqlite3_create_window_function().
*/
typedef struct VssFunction {
  const char *name; /* also the subject of its errors; static */
  int n_args;       /* -1: any number */
  int flags;        /* VSS_PURE, SQLITE_DIRECTONLY ...; UTF-8 is understood */
  int variant; /* tells apart the functions that share one `call`; the family knows its meaning */
  VssFunctionCall *call;    /* of a scalar function; the step of an aggregate */
  VssFunctionResult *final; /* of an aggregate or window function */
  VssFunctionResult *value; /* of a window function */
  VssFunctionCall *inverse; /* of a window function */
} VssFunction;

/*
** Registers the `count` functions of `table` on `db`, up to the first that fails. The rows are
** copied, the names are not. `shared` may be NULL. SQLITE_OK, SQLITE_NOMEM, or what else SQLite
** says; the connection frees everything when it closes, also after a failure.
*/
int vss_functions_register(sqlite3 *db, const VssFunction *table, size_t count,
                           const VssShared *shared);

/* The row, and the data shared, of the function that SQLite is calling. Cannot fail. */
const VssFunction *vss_function_of(sqlite3_context *context);
void *vss_function_shared(sqlite3_context *context);

/* Makes the failure the function's result, with "<name>()" as its subject (sqlite/error.h). */
void vss_function_fail(sqlite3_context *context, int code, const VssError *err);

#endif
