/*
** The registrar of SQL functions: functions/registry.h.
**
**   table of the family (static)            one connection
**   ┌────────────────────────┐   copy    ┌──────────────────────┐
**   │ VssFunction            │ ────────► │ Registered           │ ◄── sqlite3_user_data()
**   │ name, flags, call, ... │           │ function, shared     │     SQLite owns it, and frees it
**   └────────────────────────┘           └──────────────────────┘     by registered_free()
*/
#include "functions/registry.h"

#include "sqlite/error.h"

/* What SQLite keeps for one function on one connection, and hands to each of its calls. */
typedef struct Registered {
  VssFunction function;
  VssShared shared;
} Registered;

/* SQLite calls it when the function is replaced and when the connection closes. */
static void registered_free(void *ptr) {
  Registered *registered = ptr;
  if (registered->shared.release) registered->shared.release(registered->shared.data);
  vss_free(registered);
}

/* Which of the row's pointers are set says which of SQLite's kinds of function it is. */
static int register_one(sqlite3 *db, const VssFunction *function, const VssShared *shared) {
  Registered *registered = vss_calloc(1, sizeof *registered);
  if (!registered) return SQLITE_NOMEM;
  registered->function = *function;
  if (shared) registered->shared = *shared;
  if (registered->shared.retain) registered->shared.retain(registered->shared.data);
  /* SQLite calls registered_free() also where it refuses the function. */
  const int flags = SQLITE_UTF8 | function->flags;
  if (function->value) {
    return sqlite3_create_window_function(db, function->name, function->n_args, flags, registered,
                                          function->call, function->final, function->value,
                                          function->inverse, registered_free);
  }
  return sqlite3_create_function_v2(db, function->name, function->n_args, flags, registered,
                                    function->final ? NULL : function->call,
                                    function->final ? function->call : NULL, function->final,
                                    registered_free);
}

int vss_functions_register(sqlite3 *db, const VssFunction *table, size_t count,
                           const VssShared *shared) {
  /* A failure leaves the functions before it in place; the connection frees them. */
  int rc = SQLITE_OK;
  for (size_t i = 0; i < count && rc == SQLITE_OK; i++)
    rc = register_one(db, &table[i], shared);
  return rc;
}

static const Registered *registered_of(sqlite3_context *context) {
  return sqlite3_user_data(context);
}

/* Valid while SQLite calls the function: it is a part of what SQLite keeps. */
const VssFunction *vss_function_of(sqlite3_context *context) {
  return &registered_of(context)->function;
}

void *vss_function_shared(sqlite3_context *context) {
  return registered_of(context)->shared.data;
}

/* The subject is cut at 63 bytes; no name of ours comes near. */
void vss_function_fail(sqlite3_context *context, int code, const VssError *err) {
  char subject[64];
  sqlite3_snprintf(sizeof subject, subject, "%s()", vss_function_of(context)->name);
  vss_error_result(context, code, subject, err);
}
