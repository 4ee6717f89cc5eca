/*
** Primary keys: result codes, rows and counters of writes beside an ordinary table with the same
** key, and shadow tables in which the keys are damaged. tests/sql/ids.sql has the queries and the
** messages.
*/
#include "func_check.h"

#include "vss.h"

static sqlite3 *open_database(const char *key) {
  sqlite3 *db = NULL;
  CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
  CHECK(sqlite3_vss_init(db, NULL, NULL) == SQLITE_OK);
  RUN(db, "create table o(id %s primary key not null, n integer)", key);
  RUN(db, "create virtual table v using vss0(id %s primary key, n integer, e(2))", key);
  return db;
}

/* What a statement did: its code, the rows then, and the counters. Free with sqlite3_free(). */
static char *effect(sqlite3 *db, const char *sql, const char *table) {
  char *own = sqlite3_mprintf(sql, table, table);
  sqlite3_exec(db, own, NULL, NULL, NULL);
  sqlite3_free(own);
  int code = sqlite3_extended_errcode(db);
  int autocommit = sqlite3_get_autocommit(db);
  sqlite3_int64 last = sqlite3_last_insert_rowid(db), changes = sqlite3_changes64(db);
  own = sqlite3_mprintf("select rowid, id, typeof(id), n from %s order by rowid", table);
  char *rows = sql_text(db, own);
  sqlite3_free(own);
  return sqlite3_mprintf("code %d, in a transaction %d, last rowid %lld, changes %lld: %z", code,
                         !autocommit, last, changes, rows);
}

/*
** Each statement has the name of the table in the place of %s, twice at most.
*/
static void compare(const char *key, const char *const *statements, int n) {
  sqlite3 *db = open_database(key);
  for (int i = 0; i < n; i++) {
    char *wanted = effect(db, statements[i], "o");
    char *got = effect(db, statements[i], "v");
    if (!check_report(strcmp(got, wanted) == 0, statements[i], __FILE__, __LINE__))
      fprintf(stderr, "  got      %s\n  expected %s\n", got, wanted);
    sqlite3_free(wanted);
    sqlite3_free(got);
    RUN(db, "insert into v(v) values('integrity-check')");
  }
  CLOSE(db);
}

static void test_text(void) {
  static const char *const statements[] = {
      "insert into %s(id, n) values ('a', 1), ('b', 2), (3, 3), (4.5, 4), (x'00', 5)",
      "insert into %s(id, n) values ('a', 9)",
      "insert into %s(id, n) values ('c', 9), ('b', 9)",
      "insert or ignore into %s(id, n) values ('c', 6), ('b', 9), ('d', 7)",
      "insert or fail into %s(id, n) values ('e', 8), ('3', 9), ('f', 9)",
      "insert into %s(id, n) values (null, 9)",
      "insert or ignore into %s(id, n) values (null, 9)",
      "insert or replace into %s(id, n) values (null, 9)",
      "insert or replace into %s(id, n) values ('e', 80)",
      "insert or replace into %s(id, n) values ('a', 10), ('a', 11)",
      "insert or replace into %s(rowid, id, n) values (2, 'd', 20)",
      "insert into %s(rowid, id, n) values (2, 'z', 9)",
      "insert or replace into %s(rowid, id, n) values (9223372036854775807, 'y', 99)",
      "insert or replace into %s(rowid, id, n) values (-5, 'y', 98)",
      "update %s set id = 'a' where id = 'd'",
      "update %s set id = null where id = 'd'",
      "update or ignore %s set id = 'a' where n > 3",
      "update or fail %s set id = 'g' where n > 3",
      "update or replace %s set id = 'h' where n < 5",
      "update %s set id = 'h', rowid = rowid where id = 'h'",
      "update %s set rowid = rowid + 100 where n > 5",
      "update or replace %s set rowid = 3, id = x'00' where id = 'h'",
      "update %s set id = upper(id), n = n + 1",
      "begin; insert or rollback into %s(id) values ('q'), ('H'), ('q')",
      "delete from %s where id in ('A', 'D', 'nobody')",
      "insert into %s(id, n) select id || '2', n from %s where n > 5",
      "delete from %s",
      "insert into %s(id) values ('a')",
  };
  compare("text", statements, sizeof statements / sizeof *statements);
}

static void test_integer(void) {
  static const char *const statements[] = {
      "insert into %s(id, n) values (1, 1), ('2', 2), (3.0, 3), (null, 4)",
      "insert into %s(n) values (5)",
      "insert into %s(id, n) values (1, 9)",
      "insert into %s(id, n) values (6, 9), (1, 9)",
      "insert or ignore into %s(id, n) values (6, 6), (1, 9), (7, 7)",
      "insert or fail into %s(id, n) values (8, 8), (1, 9), (9, 9)",
      "insert into %s(id, n) values ('x', 9)",
      "insert or replace into %s(id, n) values (1, 10), (1, 11)",
      "insert or replace into %s(rowid, n) values (2, 12)",
      "update %s set id = 3 where id = 4",
      "update %s set id = 'y' where id = 4",
      "update or ignore %s set id = 3 where id = 4",
      "update or replace %s set id = 3 where id = 4",
      "update %s set id = id + 100 where id > 5",
      "update %s set rowid = 50 where id = 1",
      "begin; insert or rollback into %s(id) values (300), (50), (301)",
      "delete from %s where id in (50, 2)",
      "insert into %s(id, n) select id + 1000, n from %s where n > 5",
      "delete from %s where id > 1000",
  };
  compare("integer", statements, sizeof statements / sizeof *statements);
}

/* A duplicate rowid has the code of an ordinary table without a primary key. */
static void test_rowid(void) {
  sqlite3 *db = NULL;
  CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
  CHECK(sqlite3_vss_init(db, NULL, NULL) == SQLITE_OK);
  RUN(db, "create virtual table v using vss0(e(2), n)");
  RUN(db, "insert into v(rowid, n) values (1, 1), (2, 2)");
  CHECK(sqlite3_exec(db, "insert into v(rowid) values (1)", NULL, NULL, NULL) == SQLITE_CONSTRAINT);
  CHECK(sqlite3_extended_errcode(db) == SQLITE_CONSTRAINT_ROWID);
  CHECK(sqlite3_exec(db, "update v set rowid = 1 where n = 2", NULL, NULL, NULL) ==
        SQLITE_CONSTRAINT);
  CHECK(sqlite3_extended_errcode(db) == SQLITE_CONSTRAINT_ROWID);
  RUN(db, "insert or ignore into v(rowid, n) values (1, 3), (4, 4)");
  CHECK_SQL(db, "select rowid, n from v", "1|1;2|2;4|4");
  CLOSE(db);
}

/* Somebody else's index on <t>_rows refuses a row in its own words. */
static void test_other_index(void) {
  sqlite3 *db = open_database("text");
  RUN(db, "create unique index own on v_rows(n); insert into v(id, n) values ('a', 1)");
  CHECK_SQL(db, "insert into v(id, n) values ('b', 1)",
            "error: vss0 v: UNIQUE constraint failed: v_rows.n");
  CHECK(sqlite3_extended_errcode(db) == SQLITE_CONSTRAINT_UNIQUE);
  CHECK_SQL(db, "insert or ignore into v(id, n) values ('b', 1), ('c', 2); select id from v",
            "a;c");
  CLOSE(db);
}

/* Texts that are not valid UTF-16 are different ids, though they may be the same UTF-8. */
static void test_utf16(void) {
  sqlite3 *db = NULL;
  CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
  CHECK(sqlite3_vss_init(db, NULL, NULL) == SQLITE_OK);
  RUN(db, "pragma encoding = 'UTF-16le'");
  RUN(db, "create virtual table v using vss0(id text primary key, n, e(2))");
  RUN(db,
      "insert into v(id, n, e) values ('a', 1, '[1,0]'), (cast(x'00d80030' as text), 2, '[2,0]'),"
      "(cast(x'00dc0030' as text), 3, '[3,0]'), ('\xc3\xa4', 4, '[4,0]')");
  RUN(db, "insert or replace into v(id, n) values (cast(x'00d80030' as text), 5)");
  CHECK_SQL(db, "select n from v", "1;3;4;5");
  CHECK_SQL(db, "select n from v where id in ('a', '\xc3\xa4')", "1;4");
  CHECK_SQL(db, "select n from v where e match '[4,0]' and id in ('a', '\xc3\xa4')", "4;1");
  CHECK_SQL(db, "update v set id = '\xc3\xa4' where n = 1",
            "error: UNIQUE constraint failed: v.id ('\xc3\xa4' already exists)");
  RUN(db, "insert into v(v) values('integrity-check')");
  CLOSE(db);
}

/* <t>_rows without its constraints, and with what they would have refused. */
static void test_damage(void) {
  sqlite3 *db = open_database("text");
  RUN(db, "insert into v(id, n, e) values ('a', 1, '[1,0]'), ('b', 2, '[2,0]'), ('c', 3, '[3,0]')");
  RUN(db, "create table copy as select * from v_rows; drop table v_rows");
  RUN(db, "create table v_rows(rowid integer primary key, slot integer, id, n)");
  RUN(db, "insert into v_rows(rowid, slot, id, n) select rowid, slot, id, n from copy");
  CHECK_SQL(db, "insert into v(v) values('integrity-check')", "");
  RUN(db, "update v_rows set id = 'a' where rowid = 2");
  CHECK_SQL(db, "insert into v(v) values('integrity-check')",
            "error: vss0 v: rowid 2 has the id of another row");
  CHECK_SQL(db, "pragma integrity_check", "vss0 v: rowid 2 has the id of another row");
  CHECK_SQL(db, "select count(*) from v where id = 'a'", "1");
  CHECK_SQL(db, "select count(*) from v where id || '' = 'a'", "2");
  CHECK_SQL(db, "select count(*) from v where e match '[0,0]' and id in ('a', 'c')", "2");
  RUN(db, "insert or replace into v(id, n) values ('a', 4)");
  CHECK_SQL(db, "select count(*) from v", "3");
  RUN(db, "update v_rows set id = null where n = 3");
  RUN(db, "delete from v_rows where n = 4");
  CHECK_SQL(db, "insert into v(v) values('integrity-check')", "error: vss0 v: rowid 3 has no id");
  RUN(db, "update v_rows set id = 17 where n = 3");
  CHECK_SQL(db, "select id, typeof(id) from v where n = 3", "17|integer");
  CHECK_SQL(db, "select count(*) from v where id = '17'", "0");
  RUN(db, "insert into v(v) values('rebuild'); insert into v(v) values('integrity-check')");
  RUN(db, "update v set id = 'z' where n = 3; delete from v where id = 'z'");
  RUN(db, "alter table v_rows rename column id to other");
  CHECK_SQL(db, "select * from v where id = 'a'",
            "error: vss0 v: no such column: \"id\" - should this be a "
            "string literal in single-quotes?");
  CHECK_SQL(db, "insert into v(id) values ('a')",
            "error: vss0 v: table main.v_rows has no column named id");
  CLOSE(db);
}

int main(void) {
  test_text();
  test_integer();
  test_rowid();
  test_other_index();
  test_utf16();
  test_damage();
  return check_summary();
}
