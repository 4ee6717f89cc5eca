/*
** wasm/shim.c, connection.c, statement.c and deadline.c natively: what JavaScript calls, with
** imports that this file defines, under the sanitizers that wasm does not have. A batch of rows
** holds 32-bit addresses, so its memory is taken from below 4 GB.
*/
#define _GNU_SOURCE
#include "sqlite/sqlite_api.h"

#include <math.h>
#include <stddef.h>
#include <sys/mman.h>

#include "../../../wasm/connection.c"
#include "../../../wasm/deadline.c"
#include "../../../wasm/like.c"
#include "../../../wasm/shim.c"
#include "../../../wasm/statement.c"
#include "../../../wasm/text_functions.c"

#include "check.h"

#ifndef MAP_32BIT
#define MAP_32BIT 0 /* on a 32-bit machine every address is low */
#endif

/* ---- what JavaScript would be ---- */

static int stack_bottom;

void *stackSave(void) {
  return &stack_bottom;
}

static double clock_ms, tick_ms; /* the clock moves by tick_ms whenever it is read */
static int wants_stop, n_freed;

double vss_import_now(void) {
  clock_ms += tick_ms;
  return clock_ms;
}

int vss_import_stop(void) {
  return wants_stop;
}

int vss_import_build(double done, double total) {
  return done > total;
}

static void *copy(const char *bytes, int size) {
  char *memory = vss_js_malloc(size);
  memcpy(memory, bytes, (size_t)size);
  return memory;
}

/*
** Function 1 gives its argument's kind, 2 a text, 3 a BLOB. Function 4 runs a statement of its own
** without end, and reports another error than that statement's.
*/
void vss_import_function_call(int id, sqlite3_context *context, int argc, sqlite3_value **argv) {
  switch (id) {
    case 1: vss_js_result_integer(context, argc ? vss_js_value_kind(argv[0]) : -1); break;
    case 2: vss_js_result_text(context, copy("text", 4), 4); break;
    case 3: vss_js_result_blob(context, copy("\1\2\3", 3), 3); break;
    default:
      vss_js_exec(
          sqlite3_context_db_handle(context),
          "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n");
      sqlite3_result_error(context, "hidden", -1);
  }
}

void vss_import_function_free(int id) {
  (void)id;
  n_freed++;
}

/* ---- helpers ---- */

static sqlite3 *open_db(void) {
  sqlite3 *db = NULL;
  CHECK(vss_js_open(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &db) == SQLITE_OK);
  return db;
}

/* The first column of the first row as a text; "" without a row, the message after a failure. */
static const char *ask(sqlite3 *db, const char *sql) {
  static char text[200];
  sqlite3_stmt *statement = NULL;
  int more;
  int rc = vss_js_prepare(db, sql, (int)strlen(sql), &statement, &more);
  text[0] = 0;
  if (rc == SQLITE_OK) rc = vss_js_step(statement);
  if (rc == SQLITE_ROW)
    snprintf(text, sizeof text, "%s", (const char *)sqlite3_column_text(statement, 0));
  else if (rc != SQLITE_DONE)
    snprintf(text, sizeof text, "%s", sqlite3_errmsg(db));
  sqlite3_finalize(statement);
  return text;
}

/* ---- tests ---- */

static void test_small(void) {
  CHECK(vss_js_abi() == VSS_JS_ABI);
  CHECK(vss_js_stack_save() == &stack_bottom);
  static const double no_sizes[] = {-1, 4294967296.0, 1e300, (double)NAN, (double)INFINITY};
  for (size_t i = 0; i < sizeof no_sizes / sizeof *no_sizes; i++)
    CHECK(vss_js_malloc(no_sizes[i]) == NULL);
  void *memory = vss_js_malloc(0);
  CHECK(memory != NULL);
  sqlite3_free(memory);
}

static void test_open(void) {
  sqlite3 *db = NULL;
  CHECK((vss_js_open("/none/of/this", SQLITE_OPEN_READWRITE, &db) & 0xff) == SQLITE_CANTOPEN);
  CHECK_TEXT(sqlite3_errmsg(db), "unable to open database file");
  sqlite3_close_v2(db);
  db = open_db();
  CHECK(vss_js_exec(db,
                    "create virtual table t using vss0(e(2)); insert into t(e) values('[1, 2]')") ==
        SQLITE_OK);
  CHECK(vss_js_changes(db) == 1);
  CHECK_TEXT(ask(db, "delete from t_rows"), "table t_rows may not be modified"); /* defensive */
  CHECK_TEXT(ask(db, "pragma trusted_schema"), "0");
  CHECK(vss_js_exec(db, "select nothing") == SQLITE_ERROR);
  CHECK(sqlite3_close(db) == SQLITE_OK);
  /* A path that is not ":memory:" counts as a file, and a file is locked exclusively. */
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
  CHECK(vss_js_open("file:/shim?vfs=memdb", flags, &db) == SQLITE_OK);
  CHECK_TEXT(ask(db, "pragma locking_mode"), "exclusive");
  CHECK(sqlite3_close(db) == SQLITE_OK);
}

/* Texts, and whether each has a statement, whether more follows it, and the result. */
static const struct {
  const char *sql;
  int has_statement, more, rc;
} texts[] = {
    {"", 0, 0, 0},
    {"  -- only a comment", 0, 0, 0},
    {";", 0, 0, 0},
    {"select 1", 1, 0, 0},
    {"select 1;", 1, 0, 0},
    {"select 1;  -- and a comment\n /* two */ ;; ", 1, 0, 0},
    {"select 1; select 2", 1, 1, 0},
    {"select 1; nonsense", 1, 1, 0},
    {"select 1;;select 2", 1, 1, 0},
    {"nonsense", 0, 0, SQLITE_ERROR},
    {"; select 1", 1, 0, 0},
};

static void test_prepare(void) {
  sqlite3 *db = open_db();
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    /* The copy has no terminator, so that the sanitizer finds a read behind the last byte. */
    int size = (int)strlen(texts[i].sql), more = -1;
    char *sql = copy(texts[i].sql, size);
    sqlite3_stmt *statement = NULL;
    int rc = vss_js_prepare(db, sql, size, &statement, &more);
    if (!CHECK(rc == texts[i].rc && more == texts[i].more &&
               (statement != NULL) == texts[i].has_statement))
      fprintf(stderr, "  %s: %d, more %d\n", texts[i].sql, rc, more);
    sqlite3_finalize(statement);
    sqlite3_free(sql);
  }
  CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void test_values(void) {
  sqlite3 *db = open_db();
  sqlite3_stmt *statement;
  int more;
  const char *sql = "select ?1, ?2, ?3, 9007199254740991, 9007199254740992, -9007199254740991, "
                    "-9007199254740992, null, 1.5";
  CHECK(vss_js_prepare(db, sql, (int)strlen(sql), &statement, &more) == SQLITE_OK);
  CHECK(vss_js_bind_integer(statement, 1, 9007199254740991.0) == SQLITE_OK);
  CHECK(vss_js_bind_text(statement, 2, copy("a\0b", 3), 3) == SQLITE_OK);
  CHECK(vss_js_bind_blob(statement, 3, copy("\0\1", 2), 2) == SQLITE_OK);
  CHECK(vss_js_bind_text(statement, 9, copy("x", 1), 1) ==
        SQLITE_RANGE); /* the text is freed too */
  CHECK(vss_js_bind_blob(statement, 9, copy("x", 1), 1) == SQLITE_RANGE);
  CHECK(vss_js_step(statement) == SQLITE_ROW);
  static const int kinds[] = {SQLITE_INTEGER,  SQLITE_TEXT,     SQLITE_BLOB,
                              SQLITE_INTEGER,  VSS_BIG_INTEGER, SQLITE_INTEGER,
                              VSS_BIG_INTEGER, SQLITE_NULL,     SQLITE_FLOAT};
  for (int i = 0; i < 9; i++)
    CHECK(vss_js_column_kind(statement, i) == kinds[i]);
  CHECK(sqlite3_column_bytes(statement, 1) == 3 && sqlite3_column_bytes(statement, 2) == 2);
  CHECK(sqlite3_column_int64(statement, 0) == 9007199254740991);
  CHECK(vss_js_step(statement) == SQLITE_DONE);
  sqlite3_finalize(statement);
  CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void test_bytes(void) {
  sqlite3 *db = open_db();
  double size = -1;
  sqlite3_free(vss_js_serialize(db, &size)); /* an empty database has one page, or none */
  CHECK(size == 0 || size == 4096);
  CHECK(vss_js_exec(db, "create table t(a); insert into t values(7)") == SQLITE_OK);
  unsigned char *bytes = vss_js_serialize(db, &size);
  CHECK(bytes != NULL && size == 8192);
  CHECK(sqlite3_close(db) == SQLITE_OK);
  /* The bytes claim to be a file in WAL mode. They are opened for writing, and for reading only. */
  bytes[18] = bytes[19] = 2;
  for (int readonly = 0; readonly < 2; readonly++) {
    db = open_db();
    CHECK(vss_js_deserialize(db, copy((char *)bytes, (int)size), size, readonly) == SQLITE_OK);
    CHECK_TEXT(ask(db, "select a from t"), "7");
    CHECK(vss_js_check(db) == SQLITE_OK);
    CHECK_TEXT(ask(db, "delete from t"), readonly ? "attempt to write a readonly database" : "");
    CHECK(sqlite3_close(db) == SQLITE_OK);
  }
  /* Bytes that are damaged, cut off in several places, and empty. */
  bytes[100] = 99;
  static const double sizes[] = {8192, 4096, 99, 1, 0};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    db = open_db();
    CHECK(vss_js_deserialize(db, copy((char *)bytes, (int)sizes[i]), sizes[i], 0) == SQLITE_OK);
    int rc = vss_js_check(db);
    CHECK(sizes[i] < 1 ? rc == SQLITE_OK : rc != SQLITE_OK);
    CHECK(sqlite3_close(db) == SQLITE_OK);
  }
  sqlite3_free(bytes);
  db = open_db();
  CHECK(vss_js_exec(db, "create table t(a, b); create index i on t(a); insert into t values(1, 2); "
                        "create table u(a, b)") == SQLITE_OK);
  /* The index has an entry without a row: SQLite's check finds that, and so does ours. */
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, (int *)NULL);
  CHECK(vss_js_exec(db, "pragma writable_schema = on; update sqlite_schema set rootpage = 4 where "
                        "name = 't'; pragma writable_schema = reset") == SQLITE_OK);
  CHECK(vss_js_check(db) == SQLITE_CORRUPT);
  CHECK(strncmp(sqlite3_errmsg(db), "the database is damaged: ", 25) == 0);
  CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void test_functions(void) {
  sqlite3 *db = open_db();
  CHECK(vss_js_create_function(db, "kind", -1, SQLITE_DETERMINISTIC, 1) == SQLITE_OK);
  CHECK(vss_js_create_function(db, "words", 0, SQLITE_INNOCUOUS, 2) == SQLITE_OK);
  CHECK(vss_js_create_function(db, "bytes", 0, 0, 3) == SQLITE_OK);
  CHECK_TEXT(ask(db,
                 "select kind(1) || kind(9007199254740993) || kind(1.5) || kind('') || kind(x'') "
                 "|| kind(null) || kind()"),
             "162345-1");
  CHECK_TEXT(ask(db, "select words() || length(bytes()) || hex(bytes())"), "text3010203");
  n_freed = 0;
  CHECK(vss_js_create_function(db, "words", 0, 0, 2) == SQLITE_OK);
  CHECK(n_freed == 1); /* the function that was replaced */
  CHECK(vss_js_create_function(db, "words", 2000, 0, 2) == SQLITE_MISUSE);
  CHECK(n_freed == 2); /* the function that was refused */
  CHECK(sqlite3_close(db) == SQLITE_OK);
  CHECK(n_freed == 5);
}

static uint32_t address(const void *memory) {
  CHECK((uintptr_t)memory <= UINT32_MAX);
  return (uint32_t)(uintptr_t)memory;
}

static void test_batch(void) {
  char *low =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  CHECK(low != MAP_FAILED);
  char *blobs = low, *text = low + 100;
  VssJsCell *cells = (VssJsCell *)(void *)(low + 512);
  memcpy(blobs, "aaaabbbbccccddddeeee", 20);
  memcpy(text, "text", 4);
  cells[0] = (VssJsCell){.type = SQLITE_INTEGER, .value.integer = -5};
  cells[1] = (VssJsCell){.type = SQLITE_FLOAT, .value.real = 0.5};
  cells[2] = (VssJsCell){.type = SQLITE_TEXT, .size_bytes = 4, .value.address = address(text)};
  cells[3] = (VssJsCell){.type = SQLITE_BLOB, .size_bytes = 2, .value.address = address(text)};
  cells[4] = (VssJsCell){.type = SQLITE_NULL};
  const VssJsColumn columns[] = {{address(blobs), 4}, {address(cells), 0}};

  sqlite3 *db = open_db();
  sqlite3_stmt *insert;
  int more, done = -1;
  CHECK(vss_js_exec(db, "create table t(a, b unique)") == SQLITE_OK);
  const char *sql = "insert into t values(?1, ?2) returning a";
  CHECK(vss_js_prepare(db, sql, (int)strlen(sql), &insert, &more) == SQLITE_OK);
  CHECK(vss_js_run_batch(insert, 0, 2, columns, &done) == SQLITE_OK && done == 0);
  CHECK(vss_js_run_batch(insert, 5, 2, columns, &done) == SQLITE_OK && done == 5);
  CHECK_TEXT(ask(db, "select group_concat(quote(a) || quote(b)) from t"),
             "X'61616161'-5,X'62626262'0.5,X'63636363''text',X'64646464'X'7465',X'65656565'NULL");
  /* The second row already exists. */
  cells[0].value.integer = 6;
  CHECK((vss_js_run_batch(insert, 5, 2, columns, &done) & 0xff) == SQLITE_CONSTRAINT && done == 1);
  CHECK_TEXT(ask(db, "select count(*) from t"), "6");
  /* There are more columns than parameters. */
  const VssJsColumn three[] = {columns[0], columns[0], columns[0]};
  CHECK((vss_js_run_batch(insert, 1, 3, three, &done) & 0xff) == SQLITE_RANGE && done == 0);
  sqlite3_finalize(insert);
  CHECK(sqlite3_close(db) == SQLITE_OK);
  munmap(low, 4096);
}

#define FOREVER                                                                                    \
  "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"

/*
** The rows of one statement have one deadline of 50 ms together: here each takes 20 ms. What the
** caller does between them is not counted, and the next statement begins anew.
*/
static void test_rows_together(void) {
  for (int statement = 0; statement < 2; statement++) {
    vss_deadline_start();
    for (int row = 0; row < 2; row++) {
      clock_ms += 20;
      CHECK(should_stop() == 0);
      CHECK(vss_deadline_end(SQLITE_ROW) == SQLITE_ROW);
      clock_ms += 1000;
      vss_deadline_continue();
    }
    clock_ms += 20;
    CHECK(should_stop() == 1);
    CHECK(vss_deadline_end(SQLITE_ERROR) == SQLITE_INTERRUPT);
  }
}

/* This test runs last: limits hold for the rest of the process. */
static void test_limits(void) {
  sqlite3 *db = open_db();
  CHECK(vss_js_restrict(db, 0, -1, 0, 0) == SQLITE_OK); /* no limit at all */
  CHECK_TEXT(ask(db, "select length(zeroblob(2000000))"), "2000000");
  CHECK(vss_js_restrict(db, 1, 50, 1, 50e6) == SQLITE_OK);
  CHECK_TEXT(ask(db, "select zeroblob(2000000)"), "string or blob too big");
  CHECK_TEXT(ask(db, "attach ':memory:' as x"), "too many attached databases - max 0");
  CHECK_TEXT(ask(db, "pragma cell_size_check"), "1");
  /* A pattern beyond the limit, in plain SQL and pushed into a search. */
  CHECK(vss_js_exec(db, "create virtual table p using vss0(e(1), s text);"
                        "insert into p(e, s) values('[1]', 'a')") == SQLITE_OK);
#define LONG "'%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"
  CHECK_TEXT(ask(db, "select 'a' like " LONG),
             "LIKE or GLOB pattern is too long, expected at most 50 bytes");
  CHECK_TEXT(ask(db, "select rowid from p where vss_search(e, '[1]') and s like " LONG),
             "vss0 p: LIKE or GLOB pattern is too long, expected at most 50 bytes");
  CHECK(vss_js_exec(db, "select 'a' glob " LONG) == SQLITE_TOOBIG);
#undef LONG
  CHECK(vss_js_create_function(db, "deep", 0, 0, 4) == SQLITE_OK);
  tick_ms = 1;
  CHECK_TEXT(ask(db, FOREVER), "interrupted: it ran past its deadline of 50 ms");
  CHECK_TEXT(ask(db, "select 1"), "1");
  CHECK(vss_js_exec(db, "select 1; " FOREVER) == SQLITE_INTERRUPT);
  /* A deadline that passes inside a user function ends the statement that called it. */
  CHECK_TEXT(ask(db, "select deep()"), "interrupted: it ran past its deadline of 50 ms");
  /* Where the clock stands still, the count of questions ends the statement. */
  tick_ms = 0;
  CHECK_TEXT(ask(db, FOREVER), "interrupted: it ran past its deadline of 50 ms");
  /* The user wants to stop: SQLite's machine is told, and a search is. */
  wants_stop = 1;
  CHECK_TEXT(ask(db, FOREVER), "interrupted");
  wants_stop = 0;
  CHECK(vss_js_exec(db,
                    "create virtual table t using vss0(e(2)); insert into t(e) values('[1, 2]')") ==
        SQLITE_OK);
  CHECK_TEXT(ask(db, "select distance from t where vss_search(e, '[1, 2]')"), "0.0");
  wants_stop = 1;
  CHECK(limited.depth == 0 && should_stop() == 0); /* no statement runs */
  vss_deadline_start();
  CHECK(vss_stop_asked((VssStop){NULL, NULL}) == 1);
  CHECK(vss_deadline_end(SQLITE_ROW) ==
        SQLITE_ROW); /* a call that succeeded before it noticed stays a success */
  vss_deadline_start();
  CHECK(vss_stop_asked((VssStop){NULL, NULL}) == 1);
  CHECK(vss_deadline_end(SQLITE_ERROR) == SQLITE_INTERRUPT);
  wants_stop = 0;
  test_rows_together();
  CHECK(sqlite3_close(db) == SQLITE_OK);
  sqlite3_hard_heap_limit64(0);
}

int main(void) {
  test_small();
  test_open();
  test_prepare();
  test_values();
  test_bytes();
  test_functions();
  test_batch();
  test_limits();
  return check_summary();
}
