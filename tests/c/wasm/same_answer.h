/*
** A statement of SQLite's own function and one of ours, side by side.
*/
#ifndef VSS_TESTS_SAME_ANSWER_H
#define VSS_TESTS_SAME_ANSWER_H

#include "sqlite/sqlite_api.h"

#include <string.h>

#include "check.h"

static inline int same_column(sqlite3_stmt *a, sqlite3_stmt *b, int column) {
  if (sqlite3_column_type(a, column) != sqlite3_column_type(b, column)) return 0;
  int n = sqlite3_column_bytes(a, column);
  return sqlite3_column_bytes(b, column) == n &&
         (n == 0 ||
          memcmp(sqlite3_column_blob(a, column), sqlite3_column_blob(b, column), (size_t)n) == 0);
}

/*
** Steps both and checks that they say the same: all columns of a row, or the error. Prints the
** statement with its arguments where they do not. Returns whether there is a row.
*/
static inline int check_same_step(sqlite3_stmt *a, sqlite3_stmt *b) {
  int rc = sqlite3_step(a);
  int is_same = sqlite3_step(b) == rc;
  for (int i = 0; is_same && rc == SQLITE_ROW && i < sqlite3_column_count(a); i++)
    is_same = same_column(a, b, i);
  if (is_same && rc != SQLITE_ROW)
    is_same =
        strcmp(sqlite3_errmsg(sqlite3_db_handle(a)), sqlite3_errmsg(sqlite3_db_handle(b))) == 0;
  if (!CHECK(is_same)) {
    char *shown = sqlite3_expanded_sql(b);
    fprintf(stderr, "  %s\n", shown);
    sqlite3_free(shown);
  }
  return rc == SQLITE_ROW;
}

#endif
