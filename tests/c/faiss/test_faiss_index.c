/*
** The resident index of faiss_search is never stale, and small changes do not rebuild it. A table
** changes in every way there is, one at a time, and faiss_indexes tells how many rows were read.
*/
#define _DEFAULT_SOURCE 1 /* mkdtemp */
#include "func_check.h"
#include "faiss/faiss.h"

#include <unistd.h>

#define N_ROWS 300

/* Rows 1..n with embedding [id]. */
static void fill(sqlite3 *db, const char *table, int n) {
  RUN(db,
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) "
      "insert into %s(id, embedding) select i, faiss_encode('[' || i || ']') from n",
      n, table);
}

static sqlite3 *open_filled(void) {
  sqlite3 *db = sql_open(":memory:");
  RUN(db, "create table t(id integer primary key, embedding blob)");
  fill(db, "t", N_ROWS);
  return db;
}

/* The ids of the k nearest to [x], from the index and from plain SQL. */
static void check_same(sqlite3 *db, const char *schema, const char *table, double x, int k,
                       int line) {
  char *sql =
      sqlite3_mprintf("select faiss_search('%s', '%s', '[%.17g]', %d)", schema, table, x, k);
  char *oracle = sqlite3_mprintf(
      "select '[' || coalesce(group_concat(json_quote(id), ', '), '') || ']' from (select id from "
      "\"%s\".\"%s\" where embedding is not null order by vss_distance_l2(embedding, '[%.17g]'), "
      "rowid "
      "limit %d)",
      schema, table, x, k);
  char *wanted = sql_text(db, oracle);
  sql_check(db, sql, wanted, __FILE__, line);
  sqlite3_free(wanted);
  sqlite3_free(oracle);
  sqlite3_free(sql);
}
#define SAME(db) check_same(db, "main", "t", 100.3, 7, __LINE__)

static sqlite3_int64 count(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt = NULL;
  sqlite3_int64 result = -1;
  if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
      sqlite3_step(stmt) == SQLITE_ROW) {
    result = sqlite3_column_int64(stmt, 0);
  }
  sqlite3_finalize(stmt);
  return result;
}

static sqlite3_int64 rows_read(sqlite3 *db) {
  return count(db, "select rows_read from faiss_indexes where table_name = 't'");
}

/* Each statement, then a search; the rows read for it must not exceed `most`. */
static const struct {
  const char *sql;
  int most;
} changes[] = {
    {"select 1", 0},
    {"insert into t values (1000, faiss_encode('[100.4]'))", 1},
    {"update t set embedding = faiss_encode('[100.2]') where id = 5", 1},
    {"update t set id = 2000 where id = 5", 2},
    {"update t set id = id + 10000 where id between 100 and 104", 10},
    {"delete from t where id = 2000", 1},
    {"insert or replace into t values (101, faiss_encode('[500]'))", 2},
    {"insert into t values (102, faiss_encode('[7]')) on conflict do update set embedding = "
     "excluded.embedding",
     1},
    {"insert or ignore into t values (102, faiss_encode('[100]'))", 1},
    {"update t set embedding = null where id = 98", 1},
    {"update t set embedding = faiss_encode('[100.1]') where id = 98", 1},
    /* After a rollback the rows that it concerned are read again, and no others. */
    {"begin; insert into t values (1001, faiss_encode('[100.3]')); delete from t where id = 99; "
     "rollback",
     2},
    {"begin; insert into t values (1001, faiss_encode('[100.3]')); savepoint s; delete from t "
     "where id = 1001; rollback to s; commit",
     2},
    {"begin; savepoint s; update t set embedding = faiss_encode('[1]') where id between 95 and "
     "105; rollback to s; release s; commit",
     11},
    {"create table u(id, embedding); insert into u values (1, '[1]')", N_ROWS + 50},
    {"insert into u values (2, '[2]')", 0},
    {"create trigger r after insert on u begin update t set embedding = faiss_encode('[100.35]') "
     "where id = new.id + 10; end; insert into u values (3, '[2]')",
     N_ROWS + 50},
    {"insert into u values (4, '[2]')", 1},
    {"create index by_embedding on t(embedding)", N_ROWS + 50},
    {"alter table t add column note text", N_ROWS + 50},
    {"alter table t rename to t2; alter table t2 rename to t", N_ROWS + 50},
    {"delete from t", 0},
    {"insert into t(id, embedding) values (3, faiss_encode('[1]')), (4, faiss_encode('[200]'))", 4},
    {"drop table t; create table t(id integer primary key, embedding blob); insert into t values "
     "(9, faiss_encode('[1]'))",
     3},
    {"drop table t; create table t as select id * 3 as id, embedding from (values (1), (2)) join "
     "(select column1 as id, '[' || column1 || ']' as embedding from (values (5), (6)))",
     8},
    {"vacuum", 8},
    {"insert into t select * from t", 20},
    {"create table copy(id, embedding); insert into copy values (8, '[3]'); insert into t select * "
     "from copy",
     20},
    /* Vectors of another length: the index is built anew. */
    {"update t set embedding = '[1, 2]'; delete from t where id > 0; insert into t values (1, "
     "'[6]')",
     30},
    {"drop table t; create view t as select 5 as id, '[4]' as embedding, 1 as rowid", 0},
    {"drop view t; create table t(id primary key, embedding, rowid) without rowid; insert into t "
     "values (1, '[2]', 3)",
     0},
    {"drop table t; create table t(id text, embedding); insert into t values ('a', '[2]')", 1},
};

static void test_changes(void) {
  sqlite3 *db = open_filled();
  SAME(db);
  CHECK(rows_read(db) == N_ROWS);
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    sqlite3_int64 before = rows_read(db);
    RUN(db, "%s", changes[i].sql);
    SAME(db);
    sqlite3_int64 after = rows_read(db);
    /* A table that was not there before counts from 0. */
    if (before < 0 || after < before) before = 0;
    if (!vss_faiss_is_hooked()) continue;
    if (!check_report(after - before <= changes[i].most, changes[i].sql, __FILE__, __LINE__)) {
      fprintf(stderr, "  read %lld rows, expected at most %d\n", (long long)(after - before),
              changes[i].most);
    }
  }
  CLOSE(db);
}

/* Searches inside a transaction see what it has written, and after its rollback they do not. */
static void test_inside_transaction(void) {
  sqlite3 *db = open_filled();
  /* Built inside a transaction that is undone: what was there before it began is not known to the
  ** hook. */
  RUN(db, "begin");
  RUN(db, "update t set embedding = faiss_encode('[7]') where id = 100");
  RUN(db, "delete from t where id = 101");
  SAME(db);
  RUN(db, "rollback");
  SAME(db);
  RUN(db, "begin");
  RUN(db, "insert into t values (5000, faiss_encode('[100.3]'))");
  SAME(db);
  RUN(db, "savepoint a");
  RUN(db, "delete from t where id between 90 and 110");
  SAME(db);
  RUN(db, "savepoint b");
  RUN(db, "insert into t values (5001, faiss_encode('[100.29]'))");
  SAME(db);
  RUN(db, "rollback to b");
  SAME(db);
  RUN(db, "rollback to a");
  SAME(db);
  RUN(db, "delete from t");
  SAME(db);
  RUN(db, "rollback to a");
  SAME(db);
  RUN(db, "rollback");
  SAME(db);
  /* A statement that fails at its last row has its first rows rolled back. */
  RUN(db, "create table checked(id integer primary key, embedding, check (id < 10))");
  RUN(db, "insert into checked values (1, '[1]')");
  CHECK_SQL(db, "select faiss_search('main', 'checked', '[2]', 5)", "[1]");
  CHECK_SQL(db, "insert into checked values (2, '[2]'), (3, '[3]'), (10, '[4]')",
            "error: CHECK constraint failed: id < 10");
  CHECK_SQL(db, "select faiss_search('main', 'checked', '[2]', 5)", "[1]");
  CHECK_SQL(db, "insert or fail into checked values (2, '[2]'), (3, '[3]'), (10, '[4]')",
            "error: CHECK constraint failed: id < 10");
  CHECK_SQL(db, "select faiss_search('main', 'checked', '[2]', 5)", "[2, 1, 3]");
  /* DDL that is rolled back and repeated in another way ends on the same schema version. */
  static const char *const rebuilt[] = {"[1]", "[9]"};
  for (int i = 0; i < 2; i++) {
    RUN(db, "begin; drop table checked; create table checked as select %d as id, '%s' as embedding",
        i + 50, rebuilt[i]);
    CHECK_SQL(db, "select faiss_search('main', 'checked', '[2]', 5)", i ? "[51]" : "[50]");
    RUN(db, "rollback");
  }
  CHECK_SQL(db, "select faiss_search('main', 'checked', '[2]', 5)", "[2, 1, 3]");
  CLOSE(db);
}

/* A search inside the very statement that writes, before and after each row. */
static void test_inside_statement(void) {
  sqlite3 *db = sql_open(":memory:");
  RUN(db, "create table t(id integer primary key, embedding, seen text)");
  RUN(db, "create table log(what)");
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL); /* triggers that search */
  RUN(db, "create trigger before_t before insert on t begin insert into log values "
          "(faiss_search('main', 't', '[0]', 9)); end");
  RUN(db, "create trigger after_t after insert on t begin insert into log values "
          "(faiss_search('main', 't', '[0]', 9)); end");
  RUN(db, "insert into t(id, embedding) values (1, '[1]'), (2, '[2]')");
  CHECK_SQL(db, "select what from log", "[];[1];[1];[1, 2]");
  RUN(db, "drop trigger before_t; drop trigger after_t");
  RUN(db,
      "update t set seen = faiss_search('main', 't', '[0]', 1), embedding = '[' || (10 - id) || "
      "']'");
  CHECK_SQL(db, "select seen from t", "[1];[2]");
  CHECK_SQL(db, "select faiss_search('main', 't', '[0]', 2)", "[2, 1]");
  CHECK_SQL(db, "delete from t where id = 2 returning faiss_search('main', 't', '[0]', 9)", "[1]");
  CHECK_SQL(db, "select faiss_search('main', 't', '[0]', 2)", "[1]");
  CLOSE(db);
}

/* A `delete from t` that was prepared before the hook was set reports none of its rows. */
static void test_old_delete(void) {
  sqlite3 *db = open_filled();
  sqlite3_stmt *clear = NULL;
  CHECK(sqlite3_prepare_v2(db, "delete from t", -1, &clear, NULL) == SQLITE_OK);
  SAME(db);
  CHECK(sqlite3_step(clear) == SQLITE_DONE);
  sqlite3_reset(clear);
  RUN(db, "insert into t values (7, faiss_encode('[99]')), (400, faiss_encode('[101]'))");
  SAME(db);
  SAME(db);
  CHECK(count(db, "select rows from faiss_indexes") == 2);
  CHECK(sqlite3_step(clear) == SQLITE_DONE);
  SAME(db);
  sqlite3_finalize(clear);
  CLOSE(db);
}

/* sqlite3_blob_write() changes a row without a statement. */
static void test_blob_write(void) {
  sqlite3 *db = open_filled();
  SAME(db);
  sqlite3_blob *blob = NULL;
  CHECK(sqlite3_blob_open(db, "main", "t", "embedding", 3, 1, &blob) == SQLITE_OK);
  float value = 100.3f;
  CHECK(sqlite3_blob_write(blob, &value, sizeof value, 0) == SQLITE_OK);
  SAME(db);
  CHECK(sqlite3_blob_close(blob) == SQLITE_OK);
  SAME(db);
  CHECK(sqlite3_blob_open(db, "main", "t", "embedding", 4, 1, &blob) == SQLITE_OK);
  CHECK(sqlite3_blob_write(blob, &value, sizeof value, 0) == SQLITE_OK);
  CHECK(sqlite3_blob_close(blob) == SQLITE_OK);
  SAME(db);
  CLOSE(db);
}

/*
** Two connections on a file, in both journal modes; attach, detach and a file replaced behind the
** name.
*/
static void test_files(void) {
  char folder[256], file[300], copy[300];
  snprintf(folder, sizeof folder, "%s/test_func_faiss_index_XXXXXX",
           getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  CHECK(mkdtemp(folder) != NULL);
  snprintf(file, sizeof file, "%s/a.db", folder);
  snprintf(copy, sizeof copy, "%s/b.db", folder);
  for (int wal = 0; wal < 2; wal++) {
    sqlite3 *db = sql_open(file);
    sqlite3 *other = sql_open(file);
    RUN(db, "pragma journal_mode = %s", wal ? "wal" : "delete");
    RUN(db, "create table t(id integer primary key, embedding blob)");
    fill(db, "t", N_ROWS);
    SAME(db);
    SAME(other);
    RUN(other, "insert into t values (800, faiss_encode('[100.31]'))");
    SAME(db);
    SAME(other);
    RUN(db, "delete from t where id = 100");
    SAME(other);
    SAME(db);
    /* A read transaction keeps its snapshot. */
    RUN(db, "begin");
    SAME(db);
    if (wal) {
      RUN(other, "delete from t where id = 99");
      SAME(other);
      SAME(db);
    }
    RUN(db, "commit");
    SAME(db);
    /* Locked by another connection, then free again. */
    if (!wal) {
      RUN(other, "begin exclusive");
      CHECK_SQL(db, "select faiss_search('main', 't', '[1]', 1)",
                "error: faiss_search(): database is locked");
      CHECK((sqlite3_errcode(db) & 0xff) == SQLITE_BUSY);
      RUN(other, "delete from t where id = 101");
      RUN(other, "commit");
      SAME(db);
    }
    RUN(other, "drop table t");
    CHECK_SQL(db, "select faiss_search('main', 't', '[1]', 1)",
              "error: faiss_search(): unknown table main.t");
    CLOSE(db);
    CLOSE(other);
  }

  /* Another file with the same name, schema and size. */
  const char *const paths[] = {file, copy};
  for (int i = 0; i < 2; i++) {
    sqlite3 *db = sql_open(paths[i]);
    RUN(db, "pragma journal_mode = delete; drop table if exists t; vacuum");
    RUN(db, "create table t(id integer primary key, embedding blob)");
    RUN(db, "insert into t values (%d, faiss_encode('[5]'))", i + 1);
    CLOSE(db);
  }
  sqlite3 *db = sql_open(":memory:");
  RUN(db, "attach %Q as a", file);
  CHECK_SQL(db, "select faiss_search('a', 't', '[1]', 1)", "[1]");
  RUN(db, "detach a; attach %Q as a", copy);
  CHECK_SQL(db, "select faiss_search('a', 't', '[1]', 1)", "[2]");
  RUN(db, "detach a");
  CHECK(unlink(file) == 0);
  CHECK(rename(copy, file) == 0);
  RUN(db, "attach %Q as a", file);
  CHECK_SQL(db, "select faiss_search('a', 't', '[1]', 1)", "[2]");
  CLOSE(db);
  unlink(file);
  rmdir(folder);
}

/* No statement of ours keeps a connection from closing. */
static void test_lifetime(void) {
  for (int i = 0; i < 20; i++) {
    sqlite3 *db = open_filled();
    SAME(db);
    CHECK(count(db, "select count(*) from faiss_indexes") == 1);
    CHECK(count(db, "select rows = 300 and dimensions = 1 and memory_bytes > 300 from "
                    "faiss_indexes") == 1);
    CHECK_SQL(db, "select database, table_name from faiss_indexes", "main|t");
    CLOSE(db);
  }
  /* While a statement of the application is open, close refuses, and everything goes on working. */
  sqlite3 *db = open_filled();
  SAME(db);
  sqlite3_stmt *open = NULL;
  CHECK(sqlite3_prepare_v2(db, "select faiss_search('main', 't', '[3]', 1)", -1, &open, NULL) ==
        SQLITE_OK);
  CHECK(sqlite3_close(db) == SQLITE_BUSY);
  CHECK_SQL(db, "select faiss_search('main', 't', '[3]', 1)", "[3]");
  RUN(db, "delete from t where id = 3");
  SAME(db);
  /* SQLite prepares nothing on a connection closed by sqlite3_close_v2(): an error, and nothing
  ** left over. */
  CHECK(sqlite3_close_v2(db) == SQLITE_OK);
  CHECK(sqlite3_step(open) == SQLITE_ERROR || sqlite3_step(open) == SQLITE_MISUSE);
  sqlite3_finalize(open);
  /* The application replaces the functions while an index is resident. */
  db = open_filled();
  SAME(db);
  CHECK(vss_func_register_faiss(db) == SQLITE_OK);
  SAME(db);
  RUN(db, "delete from t where id = 100");
  SAME(db);
  CLOSE(db);
  /* The name faiss_indexes taken by a table: no index outlives a call, and the answers are right.
  */
  db = open_filled();
  RUN(db, "create table faiss_indexes(a)");
  SAME(db);
  RUN(db, "delete from t where id = 100");
  SAME(db);
  CLOSE(db);
}

/* Views of many rows of another connection's transaction, TEMP and attached tables of one name. */
static void test_same_names(void) {
  sqlite3 *db = sql_open(":memory:");
  RUN(db, "attach ':memory:' as aux1");
  static const char *const schemas[] = {"main", "temp", "aux1"};
  for (int i = 0; i < 3; i++) {
    RUN(db, "create table %s.t(id, embedding)", schemas[i]);
    RUN(db, "insert into %s.t values (%d, '[1]')", schemas[i], i);
  }
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 3; i++)
      check_same(db, schemas[i], "t", 5, 9, __LINE__);
    RUN(db, "insert into %s.t values (%d, '[2]')", schemas[round], 10 + round);
  }
  for (int i = 0; i < 3; i++)
    check_same(db, schemas[i], "t", 5, 9, __LINE__);
  CLOSE(db);
}

/* The hook is left alone until a search needs it, and given up with the last index. */
static void count_writes(void *n_writes, sqlite3 *db, int operation, const char *schema,
                         const char *table, sqlite3_int64 old_rowid, sqlite3_int64 new_rowid) {
  (void)db, (void)operation, (void)schema, (void)table, (void)old_rowid, (void)new_rowid;
  ++*(int *)n_writes;
}

static void test_hook_left_alone(void) {
  sqlite3 *db = open_filled();
  int n_writes = 0;
  sqlite3_preupdate_hook(db, count_writes, &n_writes);
  SAME(db);
  RUN(db, "insert into t values (1000, faiss_encode('[100.4]'))");
  SAME(db);
  CHECK(n_writes == 1);
  CLOSE(db);
}

int main(void) {
  for (int use_hook = 1; use_hook >= 0; use_hook--) {
    vss_func_faiss_use_hook(use_hook);
    test_changes();
    test_inside_transaction();
    test_inside_statement();
    test_old_delete();
    test_blob_write();
    test_files();
    test_lifetime();
    test_same_names();
  }
  test_hook_left_alone();
  return check_summary();
}
