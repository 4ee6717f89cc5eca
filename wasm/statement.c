/*
** What JavaScript runs: one statement, all statements of a text, or one statement for many rows in
** one crossing. Each stands between the marks of deadline.h. shim.c says how values cross.
*/
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "deadline.h"

/*
** Ends a call into SQLite. SQLite refuses a pattern that is too long with SQLITE_ERROR, which is
** also the code of every misspelt name. Here the code is SQLITE_TOOBIG, as for every other value
** that is too long, and the text says how long a pattern may be. What stands before SQLite's text
** stays: the name of the vss0 table that searched with the pattern.
*/
static int finish(sqlite3 *db, int rc) {
  static const char refusal[] = "LIKE or GLOB pattern too complex";
  rc = vss_deadline_end(rc);
  if (rc != SQLITE_ERROR) return rc;
  const char *said = sqlite3_errmsg(db);
  const char *at = strstr(said, refusal);
  if (!at || at[sizeof refusal - 1] != '\0') return rc;
  char *text = sqlite3_mprintf("%.*sLIKE or GLOB pattern is too long, expected at most %d bytes",
                               (int)(at - said), said,
                               sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1));
  sqlite3_set_errmsg(db, SQLITE_TOOBIG, text);
  sqlite3_free(text);
  return SQLITE_TOOBIG;
}

/*
** Prepares the first statement of the text. *out_statement is NULL when there is none: the text is
** blank or a comment. *out_more is 1 when another statement follows, or something that is no
** statement.
*/
int vss_js_prepare(sqlite3 *db, const char *sql, int size_bytes, sqlite3_stmt **out_statement,
                   int *out_more) {
  const char *end = sql + size_bytes;
  const char *tail = end;
  int rc;
  vss_deadline_start();
  rc = sqlite3_prepare_v3(db, sql, size_bytes, SQLITE_PREPARE_PERSISTENT, out_statement, &tail);
  *out_more = 0;
  /* Each turn passes over one semicolon: a blank or a comment is prepared as no statement. */
  while (rc == SQLITE_OK && *out_statement && tail < end) {
    sqlite3_stmt *next = NULL;
    const char *from = tail;
    if (sqlite3_prepare_v2(db, from, (int)(end - from), &next, &tail) != SQLITE_OK || next) {
      sqlite3_finalize(next);
      *out_more = 1;
      break;
    }
    if (tail == from) break;
  }
  return finish(db, rc);
}

/* sqlite3_step(), within the statement's deadline. */
int vss_js_step(sqlite3_stmt *statement) {
  if (sqlite3_stmt_busy(statement))
    vss_deadline_continue();
  else
    vss_deadline_start();
  return finish(sqlite3_db_handle(statement), sqlite3_step(statement));
}

/* Runs every statement of the text and drops their rows. One deadline holds for all of them. */
int vss_js_exec(sqlite3 *db, const char *sql) {
  vss_deadline_start();
  return finish(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* --- Many rows, one crossing ------------------------------------------------------------------ */

/*
** The values of one parameter for a batch of rows, as js/module/batch.js writes them into memory.
**
**   stride_bytes > 0   blobs of one size, side by side: row i is at address + i * stride_bytes
**                      │ blob 0 │ blob 1 │ blob 2 │ ...
**   stride_bytes = 0   cells, one per row; text and blobs lie elsewhere
**                      │ type, size, value │ type, size, address ──►  │ ...
*/
typedef struct VssJsCell {
  int32_t type; /* SQLITE_NULL, _INTEGER, _FLOAT, _TEXT or _BLOB */
  uint32_t size_bytes;
  union {
    int64_t integer;
    double real;
    uint32_t address; /* of text and blobs */
  } value;
} VssJsCell;

typedef struct VssJsColumn {
  uint32_t address;
  uint32_t stride_bytes;
} VssJsColumn;

_Static_assert(sizeof(VssJsCell) == 16 && sizeof(VssJsColumn) == 8,
               "js/module/batch.js writes these");

/* SQLITE_STATIC: the bytes stay where JavaScript wrote them until the batch has run. */
static int bind_cell(sqlite3_stmt *statement, int parameter, const VssJsCell *cell) {
  const char *bytes = (const char *)(uintptr_t)cell->value.address;
  switch (cell->type) {
    case SQLITE_INTEGER: return sqlite3_bind_int64(statement, parameter, cell->value.integer);
    case SQLITE_FLOAT: return sqlite3_bind_double(statement, parameter, cell->value.real);
    case SQLITE_TEXT:
      return sqlite3_bind_text64(statement, parameter, bytes, cell->size_bytes, SQLITE_STATIC,
                                 SQLITE_UTF8);
    case SQLITE_BLOB:
      return sqlite3_bind_blob64(statement, parameter, bytes, cell->size_bytes, SQLITE_STATIC);
    default: return sqlite3_bind_null(statement, parameter);
  }
}

/* Binds the values of row `row` to parameters 1..n_columns. */
static int bind_row(sqlite3_stmt *statement, int row, int n_columns, const VssJsColumn *columns) {
  int rc = SQLITE_OK;
  for (int i = 0; i < n_columns && rc == SQLITE_OK; i++) {
    const char *base = (const char *)(uintptr_t)columns[i].address;
    const uint32_t stride_bytes = columns[i].stride_bytes;
    if (stride_bytes == 0) {
      rc = bind_cell(statement, i + 1, (const VssJsCell *)(const void *)base + row);
    } else {
      rc = sqlite3_bind_blob64(statement, i + 1, base + (size_t)row * stride_bytes, stride_bytes,
                               SQLITE_STATIC);
    }
  }
  return rc;
}

/*
** Runs the statement once per row. Values are bound by pointer, so that only SQLite copies them.
**
**   columns   n_columns of them, for parameters 1..n_columns; all memory stays the caller's
**
** Stops at the first failure and returns its code. *out_done is how many rows ran before it. Each
** row has the whole deadline for itself.
*/
int vss_js_run_batch(sqlite3_stmt *statement, int n_rows, int n_columns, const VssJsColumn *columns,
                     int *out_done) {
  int rc = SQLITE_OK;
  int row;
  for (row = 0; row < n_rows && rc == SQLITE_OK; row++) {
    rc = bind_row(statement, row, n_columns, columns);
    if (rc == SQLITE_OK) {
      vss_deadline_start();
      while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
      }
      rc = finish(sqlite3_db_handle(statement), sqlite3_reset(statement));
    }
    if (rc != SQLITE_OK) break;
  }
  *out_done = row;
  /* The caller frees the memory next: nothing may point into it. */
  sqlite3_clear_bindings(statement);
  return rc;
}
