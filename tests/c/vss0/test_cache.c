/*
** vss0/cache.c: after any commit the next connection loads the index from the cache, and builds
** nothing. Of columns whose codes are the vectors, the cache has the slots alone.
*/
#include "faults/fault.h"

/* The database as another connection reads it for the first time. */
static sqlite3 *open_again(sqlite3 *db) {
  sqlite3_int64 size = 0;
  unsigned char *image = sqlite3_serialize(db, "main", &size, 0);
  CHECK(image != NULL);
  FAULT_CLOSE(db);
  db = fault_open_image(image, size);
  sqlite3_free(image);
  return db;
}

/*
** `rows` are the rows that a search finds after each of the commits. Each commit is made by a
** connection that has nothing loaded.
*/
static void test(const char *rows, const char *const *commits) {
  sqlite3 *db = fault_open(":memory:", NULL);
  for (; *commits; commits++) {
    snprintf(fault_where, sizeof fault_where, "%s", *commits);
    FAULT_EXPECT(db, *commits, NULL);
    db = open_again(db);
  }
  FAULT_EXPECT(db, "select rowid from t where vss_search(e, '[0]')", rows);
  FAULT_EXPECT(db, "select vss_table_stats('t') ->> 'rebuilds'", "0;");
  FAULT_EXPECT(db, "insert into t(t) values('integrity-check')", "");
  FAULT_CLOSE(db);
}

#define TEST(rows, ...) test(rows, (const char *const[]){__VA_ARGS__, NULL})
#define CREATE          "create virtual table t using vss0(e(1))"
#define INSERT          "insert into t(rowid, e) values(1, '[1]'), (2, '[2]')"

#define NEAREST  "select rowid from t where vss_search(e, '[-3]')"
#define REBUILDS "select vss_table_stats('t') ->> 'rebuilds'"
#define CODES    "select count(*) from t_cache where id >> 32 > 0"

/* int8 and bit columns come from the packs. Codes that an older build stored are dropped. */
static void test_values(void) {
  sqlite3 *db = fault_open(":memory:", NULL);
  FAULT_EXPECT(db,
               "create virtual table t using vss0(e int8[1], b bit[8]);"
               "insert into t(rowid, e, b) values(1, '[4]', x'0f'), (2, null, x'01'), "
               "(3, '[-4]', null)",
               NULL);
  db = open_again(db);
  FAULT_EXPECT(db, NEAREST, "3;1;");
  FAULT_EXPECT(db, "select rowid from t where vss_search(b, x'00')", "2;1;");
  FAULT_EXPECT(db, REBUILDS, "0;");
  FAULT_EXPECT(db, CODES, "0;");
  FAULT_EXPECT(db,
               "insert into t_cache select 2 << 32, value, x'030b' from t_config "
               "where key = 'version'",
               NULL);
  db = open_again(db);
  FAULT_EXPECT(db, NEAREST, "3;1;");
  FAULT_EXPECT(db, REBUILDS, "1;");
  FAULT_EXPECT(db, CODES, "1;");
  FAULT_EXPECT(db, "insert into t(rowid, e) values(4, '[-3]')", NULL);
  FAULT_EXPECT(db, CODES, "0;");
  db = open_again(db);
  FAULT_EXPECT(db, NEAREST, "4;3;1;");
  FAULT_EXPECT(db, REBUILDS, "0;");
  FAULT_EXPECT(db, "insert into t(t) values('integrity-check')", "");
  FAULT_CLOSE(db);
}

int main(void) {
  TEST("", CREATE);
  TEST("1;2;", CREATE, INSERT);
  TEST("", CREATE, INSERT, "delete from t");
  TEST("2;", CREATE, INSERT, "delete from t where rowid = 1");
  TEST("", CREATE, "insert into t(t) values('rebuild')");
  TEST("1;2;", CREATE, "insert into t(t) values('rebuild')", INSERT);
  TEST("1;2;", CREATE, INSERT, "insert into t(t) values('rebuild')");
  TEST("", CREATE, INSERT, "delete from t; insert into t(t) values('rebuild')");
  /* Blocks without rows in front of the last one. */
  TEST("300;", CREATE,
       "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) "
       "insert into t(rowid, e) select i, '[' || i || ']' from n",
       "delete from t where rowid < 300", "insert into t(t) values('rebuild')");
  /* A row that was inserted and deleted again. */
  TEST("", CREATE, "begin; insert into t(rowid, e) values(3, '[3]'); delete from t; commit");
  TEST("", CREATE, "begin; savepoint s; " INSERT "; rollback to s; commit");
  TEST("1;2;", CREATE, INSERT,
       "begin; savepoint s; insert into t(rowid, e) values(3, '[3]'); rollback to s; commit");
  TEST("1;2;", CREATE, INSERT,
       "begin; insert into t(rowid, e) values(3, '[3]'); delete from t where rowid = 3; commit");
  TEST("1;2;", CREATE, INSERT, "insert or ignore into t(rowid, e) values(2, '[3]')");
  test_values();
  return check_summary();
}
