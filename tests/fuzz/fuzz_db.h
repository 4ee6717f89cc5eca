/*
** For the targets that need a database: a connection with all of vss-wasm, statements, and rows as
** text.
*/
#ifndef VSS_FUZZ_DB_H
#define VSS_FUZZ_DB_H

#include "vss.h"

#include "fuzz.h"

/*
** Runs before the first connection. Each page is a block of malloc(), so that the address sanitizer
** knows where it ends.
*/
static inline void fuzz_configure(void) {
  static int done;
  if (done) return;
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
  done = 1;
}

static inline int fuzz_trace(unsigned event, void *context, void *stmt, void *text) {
  (void)event;
  (void)context;
  char *sql = sqlite3_expanded_sql(stmt);
  /* SQLite reports a statement inside another one as a comment. */
  if (strncmp(text, "--", 2) != 0) fprintf(stderr, "%s;\n", sql ? sql : (const char *)text);
  sqlite3_free(sql);
  return 0;
}

/* VSS_FUZZ_TRACE shows the statements that run: a failing input as SQL. */
static inline sqlite3 *fuzz_open(void) {
  sqlite3 *db = NULL;
  fuzz_configure();
  FUZZ_CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK, "open");
  if (getenv("VSS_FUZZ_TRACE")) sqlite3_trace_v2(db, SQLITE_TRACE_STMT, fuzz_trace, NULL);
  FUZZ_CHECK(sqlite3_vss_init(db, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
  return db;
}

/* A connection whose main database is a copy of the image. */
static inline sqlite3 *fuzz_open_image(const unsigned char *image, sqlite3_int64 size) {
  sqlite3 *db = fuzz_open();
  unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)size + 1);
  if (!copy) abort();
  if (size) memcpy(copy, image, (size_t)size);
  unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
  FUZZ_CHECK(sqlite3_deserialize(db, "main", copy, size, size, flags) == SQLITE_OK, "%s",
             sqlite3_errmsg(db));
  return db;
}

static inline void fuzz_close(sqlite3 *db) {
  FUZZ_CHECK(sqlite3_close(db) == SQLITE_OK, "a statement is left");
}

/* All rows as text: "|" between columns, ";" behind each row, and BLOB and TEXT as hex digits. */
static inline void fuzz_append_row(sqlite3_str *out, sqlite3_stmt *stmt) {
  for (int i = 0; i < sqlite3_column_count(stmt); i++) {
    if (i) sqlite3_str_appendchar(out, 1, '|');
    switch (sqlite3_column_type(stmt, i)) {
      case SQLITE_NULL: sqlite3_str_appendall(out, "null"); break;
      case SQLITE_INTEGER:
        sqlite3_str_appendf(out, "%lld", (long long)sqlite3_column_int64(stmt, i));
        break;
      case SQLITE_FLOAT: sqlite3_str_appendf(out, "%!.17g", sqlite3_column_double(stmt, i)); break;
      default: {
        sqlite3_str_appendchar(out, 1, sqlite3_column_type(stmt, i) == SQLITE_TEXT ? 't' : 'x');
        const unsigned char *bytes = sqlite3_column_blob(stmt, i);
        for (int j = 0; j < sqlite3_column_bytes(stmt, i); j++)
          sqlite3_str_appendf(out, "%02x", bytes[j]);
      }
    }
  }
  sqlite3_str_appendchar(out, 1, ';');
}

/*
** The rows of one statement, with the values bound to as many of ?1, ?2, ... as it has. Free with
** sqlite3_free(). After an error, which must have a text, *out_rc is its code and the result has
** the rows before it.
*/
static inline char *fuzz_query(sqlite3 *db, const char *sql, sqlite3_value *const *values,
                               int n_values, int *out_rc) {
  sqlite3_stmt *stmt = NULL;
  sqlite3_str *out = sqlite3_str_new(NULL);
  int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
  for (int i = 0; rc == SQLITE_OK && i < n_values && i < sqlite3_bind_parameter_count(stmt); i++)
    rc = sqlite3_bind_value(stmt, i + 1, values[i]);
  while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    fuzz_append_row(out, stmt);
    rc = SQLITE_OK;
  }
  sqlite3_finalize(stmt);
  *out_rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
  FUZZ_CHECK(*out_rc == SQLITE_OK || sqlite3_errmsg(db)[0], "an error without a text: %s", sql);
  char *text = sqlite3_str_finish(out);
  return text ? text : sqlite3_mprintf("");
}

/* The same for a statement, given as a format, that must succeed. */
static inline char *fuzz_rows(sqlite3 *db, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *sql = sqlite3_vmprintf(format, args);
  va_end(args);
  int rc;
  char *rows = fuzz_query(db, sql, NULL, 0, &rc);
  FUZZ_CHECK(rc == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
  sqlite3_free(sql);
  return rows;
}

/* Runs statements that must succeed. */
static inline void fuzz_must(sqlite3 *db, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *sql = sqlite3_vmprintf(format, args);
  va_end(args);
  int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
  FUZZ_CHECK(rc == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
  sqlite3_free(sql);
}

#endif
