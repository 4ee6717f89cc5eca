/*
** vss0 where several connections write, where a table has many rows, and where a database stores
** its text as UTF-16. Every answer is compared with plain SQL over an ordinary table that holds the
** same rows and is written in the same transactions.
*/
#include "func_check.h"

#include <stdarg.h>

#include "vss.h"

enum { CONNECTIONS = 3, MOST_ROWIDS = 120 };

/* Bulk writes take more rows than any single one, so that they train codebooks. */
enum { BULK_ROWS = 24 };

static uint64_t state;

static int below(int n) {
  return (int)(check_random(&state) % (uint64_t)n);
}

static sqlite3 *open_at(const char *location) {
  sqlite3 *db = NULL;
  CHECK(sqlite3_open_v2(location, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI,
                        NULL) == SQLITE_OK);
  CHECK(sqlite3_vss_init(db, NULL, NULL) == SQLITE_OK);
  return db;
}

/* Run SQL with printf's formats. SQLITE_BUSY, or SQLITE_OK; any other code fails the test. */
static int run(sqlite3 *db, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *sql = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
  if (rc != SQLITE_BUSY && !CHECK(rc == SQLITE_OK))
    fprintf(stderr, "  %s: %s\n", sql, sqlite3_errmsg(db));
  sqlite3_free(sql);
  return rc;
}

/* The one value of a query as text; sqlite3_free(). */
static char *ask(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  char *text = NULL;
  CHECK(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK);
  if (sqlite3_step(statement) == SQLITE_ROW)
    text = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
  if (!CHECK(sqlite3_finalize(statement) == SQLITE_OK))
    fprintf(stderr, "  %s: %s\n", sql, sqlite3_errmsg(db));
  return text ? text : sqlite3_mprintf("no row");
}

/* The ten nearest rows of a filter in one column: the search finds those that plain SQL finds. */
static void compare_column(sqlite3 *db, const char *column, const char *query, const char *filter) {
  char *search = sqlite3_mprintf(
      "select group_concat(id) from (select rowid as id from t where vss_search(%s, '%s') and (%s) "
      "order by distance, rowid limit 10)",
      column, query, filter);
  char *plain = sqlite3_mprintf("select group_concat(id) from (select id from p where (%s) and "
                                "%s is not null order by vss_distance_l2(%s, '%s'), id limit 10)",
                                filter, column, column, query);
  char *got = ask(db, search), *expected = ask(db, plain);
  CHECK_TEXT(got, expected);
  if (strcmp(got, expected) != 0) fprintf(stderr, "  in %s\n", search);
  sqlite3_free(expected);
  sqlite3_free(got);
  sqlite3_free(plain);
  sqlite3_free(search);
}

/* The cache has codes of `e`, and none of `i`. */
static void compare(sqlite3 *db, const char *query, const char *filter) {
  compare_column(db, "e", query, filter);
  compare_column(db, "i", query, filter);
}

static const char create[] =
    "create virtual table t using vss0(e(2), tag text, n integer, i int8[2]);"
    "create table p(id integer primary key, e, tag text, n integer, i)";

/* ---- several connections ---- */

/* One row into both tables. Scales differ, so that a codebook of other rows fits these badly. */
static int put(sqlite3 *db, int rowid, double scale) {
  char values[100], bytes[20] = "null";
  if (below(8)) snprintf(bytes, sizeof bytes, "'[%d,%d]'", below(255) - 127, below(255) - 127);
  snprintf(values, sizeof values, "%d, '[%g,%g]', 'tag %d', %d, %s", rowid,
           (below(2000) - 1000) * scale, (below(2000) - 1000) * scale, below(4), below(8), bytes);
  int rc = run(db, "insert or replace into t(rowid, e, tag, n, i) values(%s)", values);
  return rc == SQLITE_OK ? run(db, "insert or replace into p values(%s)", values) : rc;
}

/* A random write to both tables. */
static int write_rows(sqlite3 *db) {
  if (below(20) == 0)
    return run(db, "insert into t(t) values('%s')", below(2) ? "cache-off" : "cache-on");
  int rowid = 1 + below(MOST_ROWIDS), kind = below(10);
  double scale = below(2) ? 0.001 : 50;
  if (kind == 0) {
    int rc = SQLITE_OK;
    for (int i = 0; i < BULK_ROWS && rc == SQLITE_OK; i++)
      rc = put(db, 1 + below(MOST_ROWIDS), scale);
    return rc;
  }
  if (kind < 4) return put(db, rowid, scale);
  const char *change = kind == 4   ? "update %s set tag = 'tag 1' where %s = %d"
                       : kind == 5 ? "update %s set n = n + 1 where %s = %d"
                       : kind == 6 ? "update %s set tag = null, n = null where %s = %d"
                       : kind == 7 ? "update %s set i = '[3,-4]' where %s = %d"
                       : kind == 8 ? "update %s set i = null where %s = %d"
                                   : "delete from %s where %s = %d";
  int rc = run(db, change, "t", "rowid", rowid);
  return rc == SQLITE_OK ? run(db, change, "p", "id", rowid) : rc;
}

/*
** A transaction of a few writes, which is committed, or rolled back as a whole or in part. With a
** reader, the commit is refused: the cache has been written by then, and has to be forgotten.
*/
static void transaction(sqlite3 *db, sqlite3 *reader) {
  sqlite3_stmt *reading = NULL;
  if (reader) {
    CHECK(sqlite3_prepare_v2(reader, "select id from p union all select 0", -1, &reading, NULL) ==
          SQLITE_OK);
    CHECK(sqlite3_step(reading) == SQLITE_ROW);
  }
  int rc = run(db, "begin immediate");
  for (int n = below(4); n >= 0 && rc == SQLITE_OK; n--)
    rc = write_rows(db);
  if (below(4) == 0) {
    run(db, "savepoint s");
    write_rows(db);
    if (below(2)) compare(db, "[0,0]", "tag = 'tag 1'");
    run(db, "rollback to s");
  }
  if (below(4) == 0 || run(db, "commit") != SQLITE_OK) run(db, "rollback");
  sqlite3_finalize(reading);
}

static void test_connections(int rounds) {
  static int next;
  char location[40];
  snprintf(location, sizeof location, "file:/connections-%d?vfs=memdb", next++);
  sqlite3 *dbs[CONNECTIONS];
  for (int i = 0; i < CONNECTIONS; i++)
    dbs[i] = open_at(location);
  run(dbs[0], "%s", create);
  for (int round = 0; round < rounds; round++) {
    int writer = below(CONNECTIONS);
    transaction(dbs[writer],
                below(4) == 0 ? dbs[(writer + 1 + below(CONNECTIONS - 1)) % CONNECTIONS] : NULL);
    /* Not each connection looks each time: some are several commits behind. */
    for (int i = 0; i < CONNECTIONS; i++) {
      char query[40], filter[40];
      if (below(2)) continue;
      snprintf(query, sizeof query, "[%g,%g]", below(200) * 0.01 - 1, below(200) * 0.01 - 1);
      snprintf(filter, sizeof filter, "tag = 'tag %d'", below(4));
      compare(dbs[i], query, filter);
      snprintf(filter, sizeof filter, "n < %d", below(8));
      compare(dbs[i], query, filter);
      compare(dbs[i], query, "1");
    }
  }
  for (int i = 0; i < CONNECTIONS; i++)
    run(dbs[i], "insert into t(t) values('integrity-check')");
  for (int i = 0; i < CONNECTIONS; i++)
    CHECK(sqlite3_close(dbs[i]) == SQLITE_OK);
}

/*
** The first connection has rows 5 and 100 in each other's slots after the rollback, in two blocks.
** The second one then deletes row 5. Its block alone would take row 100 away from the first one and
** leave row 5 there, in as many rows as before.
*/
static void test_rolled_back(void) {
  static const char location[] = "file:/rolled-back?vfs=memdb";
  sqlite3 *one = open_at(location), *two = open_at(location);
  run(two, "create virtual table t using vss0(e(2))");
  run(two, "with recursive i(i) as (select 1 union all select i + 1 from i where i < 128) "
           "insert into t(rowid, e) select i, '[' || i || ',0]' from i");
  for (int i = 0; i < 2; i++) {
    char *far = ask(one, "select rowid from t where vss_search(e, '[100,0]') limit 1");
    CHECK_TEXT(far, "100");
    sqlite3_free(far);
    char *near = ask(one, "select rowid from t where vss_search(e, '[5.1,0]') limit 1");
    CHECK_TEXT(near, i == 0 ? "5" : "6");
    sqlite3_free(near);
    if (i > 0) break;
    run(one, "begin; delete from t where rowid = 100; delete from t where rowid = 5; rollback");
    sqlite3_free(ask(one, "select rowid from t where vss_search(e, '[0,0]') limit 1"));
    run(two, "delete from t where rowid = 5");
  }
  CHECK(sqlite3_close(one) == SQLITE_OK);
  CHECK(sqlite3_close(two) == SQLITE_OK);
}

/* What another connection has committed costs the blocks that it changed, and not all of them. */
static void test_changed_blocks(void) {
  static const char location[] = "file:/changed?vfs=memdb";
  sqlite3 *one = open_at(location), *two = open_at(location);
  run(one, "create virtual table t using vss0(e(2), tag text, n integer)");
  run(one, "with recursive i(i) as (select 1 union all select i + 1 from i where i < 1280) "
           "insert into t(rowid, e) select i, '[' || i || ',0]' from i");
  for (int i = 0; i < 2; i++) {
    char *nearest = ask(two, "select rowid from t where vss_search(e, '[0,0]') limit 1");
    CHECK_TEXT(nearest, i == 0 ? "1" : "640");
    sqlite3_free(nearest);
    /* 1,280 rows are 20 blocks of slots, 20 of codes and a codebook. */
    char *read = ask(two, "select vss_table_stats('t') ->> 'blocks_read'");
    CHECK_TEXT(read, i == 0 ? "41" : "43");
    sqlite3_free(read);
    run(one, "update t set e = '[0,0]' where rowid = 640");
  }
  CHECK(sqlite3_close(one) == SQLITE_OK);
  CHECK(sqlite3_close(two) == SQLITE_OK);
}

/* The same of a column without codes in the cache: one block of slots, and its vectors. */
static void test_changed_values(void) {
  static const char location[] = "file:/values?vfs=memdb";
  static const char *const changes[] = {"update t set i = '[100,100]' where rowid = 640",
                                        "update t set i = null where rowid = 640",
                                        "delete from t where rowid = 3"};
  static const char *const nearest[] = {"3", "640", "3", "4"};
  sqlite3 *one = open_at(location), *two = open_at(location);
  run(one, "create virtual table t using vss0(i int8[2])");
  run(one, "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1280) "
           "insert into t(rowid, i) select i, '[' || min(i - 1, 2) || ',0]' from n");
  for (int i = 0; i < 4; i++) {
    char *rows = ask(two, "select group_concat(rowid) from (select rowid from t where "
                          "vss_search(i, '[90,90]') limit 1)");
    CHECK_TEXT(rows, nearest[i]);
    sqlite3_free(rows);
    char *read = ask(two, "select vss_table_stats('t') ->> 'blocks_read'");
    char expected[12];
    snprintf(expected, sizeof expected, "%d", 20 + i);
    CHECK_TEXT(read, expected);
    sqlite3_free(read);
    if (i < 3) run(one, changes[i]);
  }
  CHECK(sqlite3_close(one) == SQLITE_OK);
  CHECK(sqlite3_close(two) == SQLITE_OK);
}

/* ---- many rows ---- */

/*
** More rows than two segments, than 128 words of 64 rows, and than 512 of them. Rows behind the
** second segment are of another scale, so that they need a codebook of their own.
*/
enum { MANY_ROWS = 33000 };

static void test_many(void) {
  static const char location[] = "file:/many?vfs=memdb";
  sqlite3 *db = open_at(location);
  run(db, "create virtual table t using vss0(e(2), tag text, n integer)");
  run(db,
      "with recursive i(i) as (select 1 union all select i + 1 from i where i < %d) insert into "
      "t(rowid, e, tag, n) select i, '[' || i || ',' || iif(i > 8192, i * 1000, i %% 100) || ']', "
      "'tag ' || (i %% 1000), i from i",
      MANY_ROWS);
  /* Both as it was written, and as another connection loads it. */
  for (int i = 0; i < 2; i++) {
    static const char *const questions[][2] = {{"tag >= ''", "33000"},
                                               {"tag = 'tag 7'", "33"},
                                               {"n >= 1", "33000"},
                                               {"n > 32990", "10"},
                                               {"n = 4096", "1"},
                                               {"n between 8190 and 8200", "11"},
                                               {"tag in ('tag 7', 7)", "33"},
                                               {"n is not null", "33000"},
                                               {"tag = 'tag 96' and n = 4096", "1"}};
    for (size_t j = 0; j < sizeof questions / sizeof *questions; j++) {
      char *sql = sqlite3_mprintf(
          "select count(*) from (select rowid from t where vss_search(e, '[0,0]') and %s)",
          questions[j][0]);
      char *got = ask(db, sql);
      CHECK_TEXT(got, questions[j][1]);
      if (strcmp(got, questions[j][1]) != 0) fprintf(stderr, "  %s\n", questions[j][0]);
      sqlite3_free(got);
      sqlite3_free(sql);
    }
    char *nearest = ask(db, "select rowid from t where vss_search(e, '[32000,32000000]') limit 1");
    CHECK_TEXT(nearest, "32000");
    sqlite3_free(nearest);
    char *rebuilds = ask(db, "select vss_table_stats('t') ->> 'rebuilds'");
    CHECK_TEXT(rebuilds, "0");
    sqlite3_free(rebuilds);
    sqlite3 *other = i == 0 ? open_at(location) : NULL;
    if (i == 0) {
      char *codebooks = ask(db, "select count(*) > 1 from t_cache where id >> 32 = 1");
      CHECK_TEXT(codebooks, "1");
      sqlite3_free(codebooks);
    }
    CHECK(sqlite3_close(db) == SQLITE_OK);
    db = other;
  }
}

/* ---- without a cache ---- */

static void expect(sqlite3 *db, const char *sql, const char *wanted) {
  char *got = ask(db, sql);
  CHECK_TEXT(got, wanted);
  if (strcmp(got, wanted) != 0) fprintf(stderr, "  %s\n", sql);
  sqlite3_free(got);
}

/* What one connection decides about the cache holds for the others, and none misses a row. */
static void test_without_cache(void) {
  static const char nearest[] = "select rowid from t where vss_search(e, '[0,0]') limit 1";
  static const char rebuilds[] = "select vss_table_stats('t') ->> 'rebuilds'";
  static const char items[] = "select count(*) from t_cache";
  char location[] = "file:/without?vfs=memdb";
  sqlite3 *a = open_at(location), *b = open_at(location);
  run(a, "%s", create);
  run(a, "insert into t(rowid, e) values(1, '[1,1]'), (2, '[2,2]')");
  expect(b, nearest, "1");
  run(a, "insert into t(t) values('cache-off')");
  expect(b, nearest, "1");
  expect(b, rebuilds, "1");
  expect(b, items, "0");
  run(b, "insert into t(rowid, e) values(3, '[0,1]')");
  expect(a, nearest, "3");
  expect(b, items, "0");
  run(a, "delete from t where rowid = 3");
  expect(b, nearest, "1");
  /* Who only gives the cache up builds nothing. */
  run(a, "insert into t(t) values('cache-on')");
  expect(b, nearest, "1");
  sqlite3 *c = open_at(location);
  run(c, "insert into t(t) values('cache-off')");
  expect(c, rebuilds, "0");
  run(c, "insert into t(t) values('cache-on')");
  expect(c, rebuilds, "1");
  CHECK(sqlite3_close(c) == SQLITE_OK);
  c = open_at(location);
  expect(c, nearest, "1");
  expect(c, rebuilds, "0");
  expect(c, "select count(*) > 1 from t_cache", "1");
  /* Where nothing may be written, the index is built in memory, and the command is refused. */
  run(a, "insert into t(t) values('cache-off')");
  run(c, "pragma query_only = 1");
  expect(c, nearest, "1");
  expect(c, rebuilds, "1");
  CHECK(sqlite3_exec(c, "insert into t(t) values('cache-on')", NULL, NULL, NULL) ==
        SQLITE_READONLY);
  CHECK_TEXT(sqlite3_errmsg(c), "attempt to write a readonly database");
  CHECK(sqlite3_close(a) == SQLITE_OK && sqlite3_close(b) == SQLITE_OK &&
        sqlite3_close(c) == SQLITE_OK);
}

/* ---- UTF-16 ---- */

/* By UTF-8, U+FF61 comes before U+1F600; by UTF-16 it comes after it. */
static void test_encoding(const char *encoding) {
  static const char *const texts[] = {"a",       "b", "A", "", "\xef\xbd\xa1", "\xf0\x9f\x98\x80",
                                      "\xc3\xa4"};
  static const char *const ops[] = {"=", "<>", "<", "<=", ">", ">=", "is", "is not"};
  enum { N_TEXTS = sizeof texts / sizeof *texts, N_OPS = sizeof ops / sizeof *ops };
  sqlite3 *db = open_at(":memory:");
  run(db, "pragma encoding = '%s'", encoding);
  run(db, "%s", create);
  for (int i = 0; i < N_TEXTS; i++) {
    run(db, "insert into t(rowid, e, tag) values(%d, '[%d,0]', '%s')", i, i, texts[i]);
    run(db, "insert into p values(%d, '[%d,0]', '%s', null, null)", i, i, texts[i]);
  }
  for (int i = 0; i < N_TEXTS * N_OPS; i++) {
    char filter[40];
    snprintf(filter, sizeof filter, "tag %s '%s'", ops[i % N_OPS], texts[i / N_OPS]);
    compare(db, "[0,0]", filter);
  }
  CHECK(sqlite3_close(db) == SQLITE_OK);
}

int main(void) {
  state = check_seed();
  for (int i = 0; i < 12; i++)
    test_connections(20);
  test_rolled_back();
  test_changed_blocks();
  test_changed_values();
  test_many();
  test_without_cache();
  test_encoding("UTF-8");
  test_encoding("UTF-16le");
  test_encoding("UTF-16be");
  return check_summary();
}
