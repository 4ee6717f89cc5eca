/*
** The path that scans take: switches.h.
*/
#include "switches.h"

#include "index/index.h"

static void force_path(sqlite3_context *context, int argc, sqlite3_value **argv) {
  static const char *const names[] = {"auto",   "dense",  "sparse",  "streaming",
                                      "floats", "coarse", "adaptive"};
  (void)argc;
  const char *name = (const char *)sqlite3_value_text(argv[0]);
  for (int i = 0; name && i < (int)(sizeof names / sizeof names[0]); i++) {
    if (sqlite3_stricmp(name, names[i]) != 0) continue;
    vss_index_force_scan((VssScanPath)i);
    sqlite3_result_text(context, names[i], -1, SQLITE_STATIC);
    return;
  }
  sqlite3_result_error(context, "vss_force_path(): unknown path", -1);
}

int switches_register(sqlite3 *db) {
  return sqlite3_create_function_v2(db, "vss_force_path", 1, SQLITE_UTF8, NULL, force_path, NULL,
                                    NULL, NULL);
}
