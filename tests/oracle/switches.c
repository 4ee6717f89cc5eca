/*
** The path that scans take: switches.h.
*/
#include "switches.h"

#include "index/index.h"

static const char *const names[VSS_SCAN_PATHS] = {"auto",      "dense",       "sparse",
                                                  "streaming", "floats",      "coarse",
                                                  "adaptive",  "coarse_rows", "adaptive_rows"};
enum { N_NAMES = VSS_SCAN_PATHS };

/* N_NAMES: there is no such path. */
static int number_of(const char *name) {
  int i = 0;
  while (i < N_NAMES && (!name || sqlite3_stricmp(name, names[i]) != 0))
    i++;
  return i;
}

int switches_is_path(const char *name) {
  return number_of(name) < N_NAMES;
}

static void force_path(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  int path = number_of((const char *)sqlite3_value_text(argv[0]));
  if (path == N_NAMES) {
    sqlite3_result_error(context, "vss_force_path(): unknown path", -1);
    return;
  }
  vss_index_force_scan((VssScanPath)path);
  sqlite3_result_text(context, names[path], -1, SQLITE_STATIC);
}

int switches_register(sqlite3 *db) {
  return sqlite3_create_function_v2(db, "vss_force_path", 1, SQLITE_UTF8, NULL, force_path, NULL,
                                    NULL, NULL);
}
