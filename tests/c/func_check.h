/*
** For tests of SQL functions: the rows of a statement become one line of text, which is compared
** with the expected one.
**
**   rows are joined by ";", columns by "|"; NULL is NULL, a BLOB is its hex digits in x'...',
**   a failure is "error: <message>"
*/
#ifndef VSS_FUNC_CHECK_H
#define VSS_FUNC_CHECK_H

#include "faiss/faiss.h"
#include "functions/functions.h"

#include "check.h"

#include <stdarg.h>

static inline void sql_column(sqlite3_str *text, sqlite3_stmt *stmt, int i) {
  if (sqlite3_column_type(stmt, i) == SQLITE_NULL) {
    sqlite3_str_appendall(text, "NULL");
  } else if (sqlite3_column_type(stmt, i) == SQLITE_BLOB) {
    const unsigned char *bytes = sqlite3_column_blob(stmt, i);
    int n = sqlite3_column_bytes(stmt, i);
    sqlite3_str_appendall(text, "x'");
    for (int j = 0; j < n; j++)
      sqlite3_str_appendf(text, "%02X", bytes[j]);
    sqlite3_str_appendall(text, "'");
  } else {
    sqlite3_str_appendall(text, (const char *)sqlite3_column_text(stmt, i));
  }
}

/* All rows of all statements in `sql` as that line. Free with sqlite3_free(). */
static inline char *sql_text(sqlite3 *db, const char *sql) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  int rc = SQLITE_OK;
  int n_rows = 0;
  while (rc == SQLITE_OK && *sql) {
    sqlite3_stmt *stmt = NULL;
    rc = sqlite3_prepare_v2(db, sql, -1, &stmt, &sql);
    if (rc != SQLITE_OK || !stmt) break;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
      if (n_rows++) sqlite3_str_appendall(text, ";");
      for (int i = 0; i < sqlite3_column_count(stmt); i++) {
        if (i) sqlite3_str_appendall(text, "|");
        sql_column(text, stmt, i);
      }
    }
    rc = sqlite3_finalize(stmt);
  }
  if (rc != SQLITE_OK) {
    sqlite3_str_reset(text);
    sqlite3_str_appendf(text, "error: %s", sqlite3_errmsg(db));
  }
  char *result = sqlite3_str_finish(text);
  return result ? result : sqlite3_mprintf("");
}

static inline void sql_check(sqlite3 *db, const char *sql, const char *wanted, const char *file,
                             int line) {
  char *got = sql_text(db, sql);
  if (!check_report(strcmp(got, wanted) == 0, sql, file, line)) {
    fprintf(stderr, "  got      %s\n  expected %s\n", got, wanted);
  }
  sqlite3_free(got);
}
#define CHECK_SQL(db, sql, wanted) sql_check(db, sql, wanted, __FILE__, __LINE__)

/* Runs SQL that has to succeed. Its rows do not matter. */
static inline void sql_run(sqlite3 *db, const char *file, int line, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *sql = sqlite3_vmprintf(format, args);
  va_end(args);
  char *message = NULL;
  if (!check_report(sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK, sql, file, line)) {
    fprintf(stderr, "  %s\n", message ? message : "");
  }
  sqlite3_free(message);
  sqlite3_free(sql);
}
#define RUN(db, ...) sql_run(db, __FILE__, __LINE__, __VA_ARGS__)

/* A connection with the SQL functions and without vss0. */
static inline sqlite3 *sql_open(const char *path) {
  sqlite3 *db = NULL;
  CHECK(sqlite3_open(path, &db) == SQLITE_OK);
  CHECK(vss_func_register_vector(db) == SQLITE_OK);
  CHECK(vss_func_register_faiss(db) == SQLITE_OK);
  return db;
}

/*
** sqlite3_close() refuses while a statement is not finalized, so that closing is a test of its own.
*/
#define CLOSE(db) CHECK(sqlite3_close(db) == SQLITE_OK)

#endif
