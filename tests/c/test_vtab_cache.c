/*
** table_cache.c: after any commit the next connection loads the index from the cache, and builds nothing.
*/
#include "func_check.h"

int sqlite3_vss_init(sqlite3 *db, char **out_message, const sqlite3_api_routines *api);

static sqlite3 *open_image(unsigned char *image, sqlite3_int64 size) {
  sqlite3 *db = NULL;
  CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
  CHECK(sqlite3_vss_init(db, NULL, NULL) == SQLITE_OK);
  if (image) {
    unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
    CHECK(sqlite3_deserialize(db, "main", image, size, size, flags) == SQLITE_OK);
  }
  return db;
}

/* The database as another connection reads it for the first time. */
static sqlite3 *open_again(sqlite3 *db) {
  sqlite3_int64 size = 0;
  unsigned char *image = sqlite3_serialize(db, "main", &size, 0);
  CHECK(image && sqlite3_close(db) == SQLITE_OK);
  return open_image(image, size);
}

/* `rows` are what a search finds after each of the commits, which are made by a connection that has nothing loaded. */
static void test(const char *rows, const char *const *commits) {
  sqlite3 *db = open_image(NULL, 0);
  for (; *commits; commits++) {
    RUN(db, "%s", *commits);
    db = open_again(db);
  }
  CHECK_SQL(db, "select rowid from t where vss_search(e, '[0]')", rows);
  CHECK_SQL(db, "select vss_table_stats('t') ->> 'rebuilds'", "0");
  CHECK_SQL(db, "insert into t(t) values('integrity-check')", "");
  CHECK(sqlite3_close(db) == SQLITE_OK);
}

#define TEST(rows, ...) test(rows, (const char *const[]){__VA_ARGS__, NULL})
#define CREATE          "create virtual table t using vss0(e(1))"
#define INSERT          "insert into t(rowid, e) values(1, '[1]'), (2, '[2]')"

int main(void) {
  TEST("", CREATE);
  TEST("1;2", CREATE, INSERT);
  TEST("", CREATE, INSERT, "delete from t");
  TEST("2", CREATE, INSERT, "delete from t where rowid = 1");
  TEST("", CREATE, "insert into t(t) values('rebuild')");
  TEST("1;2", CREATE, "insert into t(t) values('rebuild')", INSERT);
  TEST("1;2", CREATE, INSERT, "insert into t(t) values('rebuild')");
  TEST("", CREATE, INSERT, "delete from t; insert into t(t) values('rebuild')");
  /* A row that came and went. */
  TEST("", CREATE, "begin; insert into t(rowid, e) values(3, '[3]'); delete from t; commit");
  TEST("", CREATE, "begin; savepoint s; " INSERT "; rollback to s; commit");
  TEST("1;2", CREATE, INSERT,
       "begin; savepoint s; insert into t(rowid, e) values(3, '[3]'); rollback to s; commit");
  TEST("1;2", CREATE, INSERT,
       "begin; insert into t(rowid, e) values(3, '[3]'); delete from t where rowid = 3; commit");
  TEST("1;2", CREATE, INSERT, "insert or ignore into t(rowid, e) values(2, '[3]')");
  return check_summary();
}
