/*
** SQLite's source, and what has to see its static functions: guards.h.
**
**   sqlite3.c ──► sort ──────────────► sort.h: merges that ask
**             ──► FTS5 ──────────────► fts5.h: tokenizers and functions that ask
**             ──► LIKE, strftime() ──► this file
*/

/*
** SQLite's sort merges lists by vdbeSorterMerge(task, list, list). With these macros, its
** definition (whose first parameter is declared "SortSubtask *pTask") gets another name, and its
** calls (whose first argument is "pTask") call the one below. If SQLite's source changes its shape,
** this does not compile.
*/
struct SortSubtask;
struct SorterRecord;
static struct SorterRecord *merge_and_ask(struct SortSubtask *task, struct SorterRecord *a,
                                          struct SorterRecord *b);
#define vdbeSorterMerge(task, ...) VSS_MERGE_##task, __VA_ARGS__)
#define VSS_MERGE_SortSubtask      vdbeSorterMergeWithoutAsking(SortSubtask
#define VSS_MERGE_pTask            merge_and_ask(pTask

/* First: the source has its own copy of sqlite3.h, with definitions in it. */
#include "sqlite3.c"

#include "guards/guards.h"

#include "guards/fts5.h"
#include "guards/sort.h"

/* --- Functions -------------------------------------------------------------------------------- */

int vss_sqlite_replace_like(sqlite3 *db, const char *name, int n_args,
                            const VssLikeWildcards *wildcards,
                            void (*call)(sqlite3_context *, int, sqlite3_value **)) {
  int rc = sqlite3_create_function_v2(db, name, n_args,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                      (void *)wildcards, call, NULL, NULL, NULL);
  if (rc != SQLITE_OK) return rc;
  FuncDef *function = sqlite3FindFunction(db, name, n_args, SQLITE_UTF8, 0);
  function->funcFlags |= SQLITE_FUNC_LIKE;
  if (!wildcards->no_case) function->funcFlags |= SQLITE_FUNC_CASE;
  return SQLITE_OK;
}

int vss_sqlite_boolean(const char *text) {
  return sqlite3GetBoolean(text, 0);
}

/* SQLite's own, unless the format is long: it looks at nothing but the format. */
static void call_strftime(sqlite3_context *context, int argc, sqlite3_value **argv) {
  int bytes = argc > 0 ? sqlite3_value_bytes(argv[0]) : 0;
  if (bytes <= VSS_STRFTIME_BYTES) {
    strftimeFunc(context, argc, argv);
    return;
  }
  char *text = sqlite3_mprintf("strftime(): the format has %d bytes, expected at most %d in "
                               "untrusted SQL",
                               bytes, VSS_STRFTIME_BYTES);
  if (text)
    sqlite3_result_error(context, text, -1);
  else
    sqlite3_result_error_nomem(context);
  sqlite3_free(text);
}

int vss_sqlite_guard_strftime(sqlite3 *db) {
  int rc = sqlite3_create_function_v2(db, "strftime", -1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                                      call_strftime, NULL, NULL, NULL);
  if (rc != SQLITE_OK) return rc;
  /* As SQLite has it: the same within a statement, and not where an index would keep it. */
  sqlite3FindFunction(db, "strftime", -1, SQLITE_UTF8, 0)->funcFlags |= SQLITE_FUNC_SLOCHNG;
  return SQLITE_OK;
}
