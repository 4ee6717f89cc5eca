/*
** The extension's entry: puts everything on one connection.
**
**   program that links vss ──► sqlite3_vss_init() or sqlite3_auto_extension(sqlite3_vss_init)
**   host that loads vss0.so ─► sqlite3_vss_init(), found by name, with its SQLite as `api`
**   wasm/connection.c ───────► sqlite3_vss_init(), for each database that JavaScript opens
*/
#define VSS_MAIN
#include "vss.h"

#include "faiss/faiss.h"
#include "functions/functions.h"
#include "vss0/ahead.h"
#include "vss0/vtab.h"

#ifdef VSS_LOADABLE
SQLITE_EXTENSION_INIT1
#endif

/* VssAllocator counts in 64 bits, as SQLite does; SQLite refuses what is too large. */
static void *sqlite_realloc(void *ptr, uint64_t size_bytes) {
  return sqlite3_realloc64(ptr, size_bytes);
}

/*
** A function of its own: in the loadable extension, sqlite3_free is not a constant but a pointer in
** `api`.
*/
static void sqlite_free(void *ptr) {
  sqlite3_free(ptr);
}

/*
** The core allocates through SQLite, so that SQLite's limits, its statistics and its injected
** faults reach every allocation.
*/
static void use_sqlite_allocator(void) {
  static const VssAllocator allocator = {sqlite_realloc, sqlite_free};
  vss_base_set_allocator(&allocator);
}

#if defined(VSS_LOADABLE) && defined(_WIN32)
__declspec(dllexport)
#endif
    int sqlite3_vss_init(sqlite3 *db, char **out_message, const sqlite3_api_routines *api) {
#ifdef VSS_LOADABLE
  SQLITE_EXTENSION_INIT2(api);
#else
  (void)api;
#endif
  (void)out_message; /* every failure is one that the code tells: out of memory, for example */
  use_sqlite_allocator();
  int rc = vss_vtab_register(db);
  if (rc == SQLITE_OK) rc = vss_func_register_vector(db);
  if (rc == SQLITE_OK) rc = vss_func_register_ahead(db);
  if (rc == SQLITE_OK) rc = vss_func_register_faiss(db);
  return rc;
}
