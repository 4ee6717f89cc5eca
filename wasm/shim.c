/*
** What JavaScript calls, beside SQLite's own functions (exports.txt lists both).
**
** A function is here for one of three reasons: SQLite's takes a function pointer or a 64-bit integer that JavaScript
** would have to make a BigInt of; or one crossing can do the work of many (a batch of rows); or it belongs to the start
** of a connection. Numbers cross as int or double, strings as pointers to UTF-8 in wasm memory.
*/
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base.h"
#include "deadline.h"
#include "vss.h"

/* Raised whenever an export or import changes its meaning: a wrapper with another build's wasm must notice. */
#define VSS_JS_ABI 2

#define VSS_IMPORT(name) __attribute__((import_module("vss"), import_name(#name)))

/* A user's function, by the number it was registered under. Sets the result of `context`; never throws. */
VSS_IMPORT(functionCall)
void vss_import_function_call(int id, sqlite3_context *context, int argc, sqlite3_value **argv);
VSS_IMPORT(functionFree) void vss_import_function_free(int id);

/* Emscripten's stack pointer. The tests watch it: it must not drift over any number of calls. */
void *stackSave(void);

int vss_js_abi(void) {
  return VSS_JS_ABI;
}

const char *vss_js_version(void) {
  return VSS_VERSION;
}

void *vss_js_stack_save(void) {
  return stackSave();
}

/* NULL when out of memory; a size of 0 gives memory too. Free with sqlite3_free(). */
void *vss_js_malloc(double size_bytes) {
  if (!(size_bytes >= 0 && size_bytes < 4294967296.0)) return NULL;
  return sqlite3_malloc64(size_bytes < 1 ? 1 : (sqlite3_uint64)size_bytes);
}

/* --- Connection ------------------------------------------------------------------------------- */

/*
** Open a database and make it safe and complete: extended codes, defensive mode, untrusted schemas may not
** call functions with side effects, vss0 and its functions.
**
** *out_db is set (NULL only when out of memory) whatever the result, so that the text can be read; the caller closes it.
*/
int vss_js_open(const char *path, int flags, sqlite3 **out_db) {
  char *error = NULL;
  int rc = sqlite3_open_v2(path, out_db, flags | SQLITE_OPEN_EXRESCODE, NULL);
  sqlite3 *db = *out_db;
  if (rc != SQLITE_OK) return rc;
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
  /* Nobody else opens the file (see vfs_js.c), and WAL without shared memory needs this. */
  if (strcmp(path, ":memory:") != 0)
    rc = sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_vss_init(db, &error, NULL);
  sqlite3_free(error);
  return rc;
}

/*
** Sets SQLite's published limits for SQL and files from elsewhere (sqlite.org/security.html, section 1), all but one: there,
** 10 parameters are thought enough. An INSERT of ours binds the rowid and each of at most 100 columns.
*/
static void distrust(sqlite3 *db) {
  static const struct {
    int id, most;
  } limits[] = {
      {SQLITE_LIMIT_LENGTH, 1000000},
      {SQLITE_LIMIT_SQL_LENGTH, 100000},
      {SQLITE_LIMIT_COLUMN, 100},
      {SQLITE_LIMIT_EXPR_DEPTH, 10},
      {SQLITE_LIMIT_COMPOUND_SELECT, 3},
      {SQLITE_LIMIT_VDBE_OP, 25000},
      {SQLITE_LIMIT_FUNCTION_ARG, 8},
      {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
      {SQLITE_LIMIT_VARIABLE_NUMBER, 101},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 10},
  };
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
    sqlite3_limit(db, limits[i].id, limits[i].most);
}

/*
** Before anything is read.
**
**   untrusted           1: the limits above, and pages are checked as they are read
**   deadline_ms         of each statement, in time spent here; below 0: none
**   asks_stop           1: JavaScript's `stop` is asked, too, whether to go on
**   memory_size_bytes   what SQLite and the index may allocate; 0: as much as there is
*/
int vss_js_restrict(sqlite3 *db, int untrusted, double deadline_ms, int asks_stop,
                    double memory_size_bytes) {
  vss_run_limit(db, deadline_ms, asks_stop);
  if (memory_size_bytes > 0) sqlite3_hard_heap_limit64((sqlite3_int64)memory_size_bytes);
  if (!untrusted) return SQLITE_OK;
  distrust(db);
  return sqlite3_exec(db, "PRAGMA cell_size_check=1", NULL, NULL, NULL);
}

/* SQLITE_OK when PRAGMA quick_check finds nothing wrong, else SQLITE_CORRUPT with the first thing that is. */
int vss_js_check(sqlite3 *db) {
  sqlite3_stmt *check = NULL;
  char *problem = NULL;
  int rc;
  vss_run_start();
  rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &check, NULL);
  if (rc == SQLITE_OK && sqlite3_step(check) == SQLITE_ROW) {
    const char *text = (const char *)sqlite3_column_text(check, 0);
    if (!text || strcmp(text, "ok") != 0)
      problem = sqlite3_mprintf("the database is damaged: %s", text ? text : "out of memory");
  }
  if (rc == SQLITE_OK) rc = sqlite3_finalize(check);
  if (rc == SQLITE_OK && problem) {
    rc = SQLITE_CORRUPT;
    sqlite3_set_errmsg(db, rc, problem);
  }
  sqlite3_free(problem);
  return vss_run_end(rc);
}

/*
** Make the bytes the content of the (just opened, in-memory) database. Takes over `bytes`, from vss_js_malloc(),
** also when it fails. A database in WAL mode is read as one in rollback mode: there is no log beside bytes.
*/
int vss_js_deserialize(sqlite3 *db, unsigned char *bytes, double size_bytes, int readonly) {
  const unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
  const sqlite3_int64 n = (sqlite3_int64)size_bytes;
  enum { WRITE_VERSION = 18, READ_VERSION = 19, HEADER_BYTES = 100 };
  int rc;
  if (n >= HEADER_BYTES && bytes[WRITE_VERSION] == 2 && bytes[READ_VERSION] == 2) {
    bytes[WRITE_VERSION] = bytes[READ_VERSION] = 1;
  }
  rc = sqlite3_deserialize(db, "main", bytes, n, n,
                           flags | (readonly ? SQLITE_DESERIALIZE_READONLY : 0));
  if (rc == SQLITE_OK) {
    sqlite3_int64 limit = 4294967295;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_SIZE_LIMIT, &limit);
  }
  return rc;
}

/* The database as bytes, to be freed with sqlite3_free(). NULL: out of memory, or (size 0) an empty database. */
void *vss_js_serialize(sqlite3 *db, double *out_size_bytes) {
  sqlite3_int64 n = 0;
  void *bytes = sqlite3_serialize(db, "main", &n, 0);
  *out_size_bytes = (double)n;
  return bytes;
}

/* --- Statements ------------------------------------------------------------------------------- */

/*
** Prepare the first statement of the text. *out_statement is NULL when there is none (blanks and comments).
** *out_more is 1 when another statement, or something that is none, follows it.
*/
int vss_js_prepare(sqlite3 *db, const char *sql, int size_bytes, sqlite3_stmt **out_statement,
                   int *out_more) {
  const char *end = sql + size_bytes;
  const char *tail = end;
  int rc;
  vss_run_start();
  rc = sqlite3_prepare_v3(db, sql, size_bytes, SQLITE_PREPARE_PERSISTENT, out_statement, &tail);
  *out_more = 0;
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
  return vss_run_end(rc);
}

/* sqlite3_step(), within the statement's deadline. */
int vss_js_step(sqlite3_stmt *statement) {
  if (sqlite3_stmt_busy(statement))
    vss_run_continue();
  else
    vss_run_start();
  return vss_run_end(sqlite3_step(statement));
}

/* Every statement of the text, their rows dropped; one deadline for all of them. */
int vss_js_exec(sqlite3 *db, const char *sql) {
  vss_run_start();
  return vss_run_end(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* Integers beyond this do not survive a double. */
#define VSS_MAX_SAFE_INTEGER 9007199254740991

/* SQLite's type of a value, and one more: an integer that a double cannot hold. */
#define VSS_BIG_INTEGER 6

static int kind_of(int type, sqlite3_int64 integer) {
  if (type != SQLITE_INTEGER) return type;
  return integer > VSS_MAX_SAFE_INTEGER || integer < -VSS_MAX_SAFE_INTEGER ? VSS_BIG_INTEGER : type;
}

int vss_js_column_kind(sqlite3_stmt *statement, int column) {
  return kind_of(sqlite3_column_type(statement, column), sqlite3_column_int64(statement, column));
}

int vss_js_value_kind(sqlite3_value *value) {
  return kind_of(sqlite3_value_type(value), sqlite3_value_int64(value));
}

/* A whole number within +-2^53, as SQL integer. */
int vss_js_bind_integer(sqlite3_stmt *statement, int parameter, double value) {
  return sqlite3_bind_int64(statement, parameter, (sqlite3_int64)value);
}

/* Take over `text` (from vss_js_malloc), also when they fail. */
int vss_js_bind_text(sqlite3_stmt *statement, int parameter, char *text, double size_bytes) {
  return sqlite3_bind_text64(statement, parameter, text, (sqlite3_uint64)size_bytes, sqlite3_free,
                             SQLITE_UTF8);
}

int vss_js_bind_blob(sqlite3_stmt *statement, int parameter, void *bytes, double size_bytes) {
  return sqlite3_bind_blob64(statement, parameter, bytes, (sqlite3_uint64)size_bytes, sqlite3_free);
}

double vss_js_changes(sqlite3 *db) {
  return (double)sqlite3_changes64(db);
}

/* --- Many rows, one crossing ------------------------------------------------------------------ */

/*
** The values of one parameter for a batch of rows.
**
**   stride_bytes > 0   blobs of one size side by side: row i is at bytes + i * stride_bytes
**   stride_bytes = 0   cells: row i is cells[i]
*/
typedef struct VssJsCell {
  int32_t type; /* SQLITE_NULL, _INTEGER, _FLOAT, _TEXT, _BLOB */
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

/*
** Run the statement once a row, binding by pointer: nothing is copied but by SQLite itself.
**
**   columns   n_columns of them, for parameters 1..n_columns; all memory stays the caller's
**
** Stops at the first failure with its code; *out_done is how many rows ran before it.
*/
int vss_js_run_batch(sqlite3_stmt *statement, int n_rows, int n_columns, const VssJsColumn *columns,
                     int *out_done) {
  int rc = SQLITE_OK;
  int row;
  for (row = 0; row < n_rows && rc == SQLITE_OK; row++) {
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
    if (rc == SQLITE_OK) {
      vss_run_start();
      while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
      }
      rc = vss_run_end(sqlite3_reset(statement));
    }
    if (rc != SQLITE_OK) break;
  }
  *out_done = row;
  sqlite3_clear_bindings(statement);
  return rc;
}

/* --- User functions --------------------------------------------------------------------------- */

static void call_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  vss_import_function_call((int)(intptr_t)sqlite3_user_data(context), context, argc, argv);
}

static void free_function(void *id) {
  vss_import_function_free((int)(intptr_t)id);
}

/* n_args -1: any number. `flags`: SQLITE_DETERMINISTIC, _INNOCUOUS. The id is freed also on failure. */
int vss_js_create_function(sqlite3 *db, const char *name, int n_args, int flags, int id) {
  return sqlite3_create_function_v2(db, name, n_args, flags | SQLITE_UTF8, (void *)(intptr_t)id,
                                    call_function, NULL, NULL, free_function);
}

void vss_js_result_integer(sqlite3_context *context, double value) {
  sqlite3_result_int64(context, (sqlite3_int64)value);
}

void vss_js_result_text(sqlite3_context *context, char *text, double size_bytes) {
  sqlite3_result_text64(context, text, (sqlite3_uint64)size_bytes, sqlite3_free, SQLITE_UTF8);
}

void vss_js_result_blob(sqlite3_context *context, void *bytes, double size_bytes) {
  sqlite3_result_blob64(context, bytes, (sqlite3_uint64)size_bytes, sqlite3_free);
}
