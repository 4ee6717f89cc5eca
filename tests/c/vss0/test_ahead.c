/*
** vss0/ahead.c: rankings opened ahead are not used once the table has changed, whoever changed it.
*/
#include "check_sql.h"
#include "func_check.h"

#include "vss.h"

/*
** Ask for the nearest row of each query of a join, and run `write` before the third answer. Returns
** the nearest row of the last query.
*/
static sqlite3_int64 last_nearest(sqlite3 *db, sqlite3 *writer, const char *write) {
  sqlite3_stmt *join = NULL;
  sqlite3_int64 nearest = -1;
  int n_rows = 0;
  CHECK(sqlite3_prepare_v2(
            db,
            "select q.id, t.rowid from (select id, vss_ahead(e) over (order by id rows "
            "between current row and 9 following) as e from q) q join t on "
            "vss_search(t.e, vss_search_params(q.e, 1))",
            -1, &join, NULL) == SQLITE_OK);
  while (sqlite3_step(join) == SQLITE_ROW) {
    CHECK(sqlite3_column_int(join, 0) == ++n_rows);
    nearest = sqlite3_column_int64(join, 1);
    if (n_rows == 2 && write) RUN(writer, "%s", write);
  }
  CHECK(sqlite3_finalize(join) == SQLITE_OK && n_rows == 6);
  return nearest;
}

/* The queries of a hint may lie anywhere in memory: SQLite hands out a caller's own bytes. */
static void check_alignment(sqlite3 *db) {
  static const float queries[] = {19, 0, 1, 0};
  char bytes[16 + 8 + sizeof queries];
  sqlite3_stmt *search = NULL;
  CHECK(sqlite3_prepare_v2(db, "select rowid from t where vss_search(e, ?1) limit 1", -1, &search,
                           NULL) == SQLITE_OK);
  for (int shift = 0; shift < 8; shift++) {
    memcpy(bytes + shift, "vssa\2\0\0", 8);
    memcpy(bytes + shift + 8, queries, sizeof queries);
    CHECK(sqlite3_bind_blob(search, 1, bytes + shift, 8 + sizeof queries, SQLITE_STATIC) ==
          SQLITE_OK);
    CHECK(sqlite3_step(search) == SQLITE_ROW && sqlite3_column_int(search, 0) == 3);
    CHECK(sqlite3_reset(search) == SQLITE_OK);
  }
  CHECK(sqlite3_finalize(search) == SQLITE_OK);
}

static sqlite3_int64 passes(sqlite3 *db) {
  return check_number(db, "select json_extract(vss_table_stats('t'), '$.passes')");
}

int main(void) {
  sqlite3 *db = NULL;
  CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
  CHECK(sqlite3_vss_init(db, NULL, NULL) == SQLITE_OK);
  RUN(db, "create virtual table t using vss0(e(2)); create table q(id integer primary key, e)");
  RUN(db, "insert into t(rowid, e) values(1, '[0,0]'), (2, '[10,0]'), (3, '[20,0]')");
  RUN(db, "with recursive i(i) as (select 1 union all select i + 1 from i where i < 6) "
          "insert into q select i, json_array(3 * i, 1) from i");

  check_alignment(db);
  sqlite3_int64 before = passes(db);
  CHECK(last_nearest(db, db, NULL) == 3);
  CHECK(passes(db) == before + 1);
  /* A row is inserted, deleted or changed while the join runs. */
  CHECK(last_nearest(db, db, "insert into t(rowid, e) values(4, '[18,1]')") == 4);
  CHECK(last_nearest(db, db, "delete from t where rowid = 4") == 3);
  CHECK(last_nearest(db, db, "update t set e = '[100,0]' where rowid = 3") == 2);
  CHECK(last_nearest(db, db, "update t set rowid = 9 where rowid = 2") == 9);
  CHECK(last_nearest(db, db, "insert into t(t) values('rebuild')") == 9);
  CHECK(last_nearest(db, db, "savepoint s; insert into t(e) values('[18,1]')") == 10);
  CHECK(last_nearest(db, db, "insert into t(rowid, e) values(11, '[18,1.25]')") == 10);
  RUN(db, "release s");
  CHECK(sqlite3_close(db) == SQLITE_OK);
  return check_summary();
}
