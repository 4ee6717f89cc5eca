/*
** The extension's entry: everything registered on one connection.
*/
#define VSS_MAIN
#include "vss.h"

#include "functions/functions.h"
#include "vss0/vtab.h"

#ifdef VSS_LOADABLE
SQLITE_EXTENSION_INIT1
#endif

static void *sqlite_realloc(void *ptr, uint64_t size_bytes) {
  return sqlite3_realloc64(ptr, size_bytes);
}

/* In the loadable extension sqlite3_free is a member of a table, no constant. */
static void sqlite_free(void *ptr) {
  sqlite3_free(ptr);
}

/*
** The core allocates through SQLite, so that its limits, statistics and fault injection see
** everything.
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
  (void)out_message;
  use_sqlite_allocator();
  int rc = vss_vtab_register(db);
  if (rc == SQLITE_OK) rc = vss_func_register_vector(db);
  if (rc == SQLITE_OK) rc = vss_func_register_each(db);
  if (rc == SQLITE_OK) rc = vss_func_register_ahead(db);
  if (rc == SQLITE_OK) rc = vss_func_register_faiss(db);
  return rc;
}
