/*
** vss0/drive.c and vss0/listing.c: which statement is judged, by which of the two listings, and how
** often. tests/sql/joins.sql has the shapes of the joins themselves; here each runs both ways.
*/
#include "func_check.h"

#include "vss.h"

#define REFUSED(table)                                                                             \
  "error: vss0 " table ": the search does not drive this join: add order by distance "             \
  "(`order by " table ".distance`), or write " table " first and CROSS JOIN behind it"

/* SQLite takes d first in `harmful` after ANALYZE, and v first in `harmless`. */
static const char harmful[] = "select v.rowid from v join d on d.id = v.rowid "
                              "where d.owner = 'me' and vss_search(v.e, '[0]') limit 1";
static const char harmless[] = "select v.rowid from v cross join d on d.id = v.rowid "
                               "where d.owner = 'me' and vss_search(v.e, '[0]') limit 1";

/* nested(sql): the first value of a statement that runs within another one. */
static void nested(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  sqlite3 *db = sqlite3_context_db_handle(context);
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(db, (const char *)sqlite3_value_text(argv[0]), -1, &statement, NULL) ==
          SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    sqlite3_result_value(context, sqlite3_column_value(statement, 0));
  if (sqlite3_finalize(statement) != SQLITE_OK)
    sqlite3_result_error(context, sqlite3_errmsg(db), -1);
}

/* An authorizer that counts what is prepared. */
static int n_selects;
static int count_selects(void *data, int action, const char *a, const char *b, const char *c,
                         const char *d) {
  (void)data, (void)a, (void)b, (void)c, (void)d;
  n_selects += action == SQLITE_SELECT;
  return SQLITE_OK;
}

static sqlite3 *open_database(int has_bytecode) {
  sqlite3 *db = NULL;
  CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
  CHECK(sqlite3_vss_init(db, NULL, NULL) == SQLITE_OK);
  CHECK(sqlite3_create_function(db, "nested", 1, SQLITE_UTF8, NULL, nested, NULL, NULL) ==
        SQLITE_OK);
  RUN(db, "create virtual table v using vss0(e(1))");
  RUN(db, "insert into v(rowid, e) values(1, '[9]'), (2, '[1]')");
  RUN(db, "create table d(id integer primary key, owner text)");
  RUN(db, "insert into d values(1, 'me'), (2, 'me'); analyze");
  /* As in a SQLite that was built without it. */
  if (!has_bytecode) CHECK(sqlite3_create_module(db, "bytecode", NULL, NULL) == SQLITE_OK);
  CHECK_SQL(db, "select count(*) from pragma_module_list where name = 'bytecode'",
            has_bytecode ? "1" : "0");
  return db;
}

/* The first row's first value, or -1 after an error. */
static int first(sqlite3_stmt *statement) {
  return sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;
}

static void test_shapes(sqlite3 *db) {
  CHECK_SQL(db, harmful, REFUSED("v"));
  CHECK_SQL(db, harmless, "2");
  CHECK_SQL(db,
            "select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and "
            "vss_search(v.e, '[0]') order by v.distance limit 1",
            "2");
  CHECK_SQL(db,
            "select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and "
            "vss_search(v.e, '[0]') order by d.id limit 1",
            "1");
  CHECK_SQL(db,
            "select distinct v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and "
            "vss_search(v.e, '[0]') limit 1",
            REFUSED("v"));
  CHECK_SQL(db,
            "create table made as select v.rowid as id from v join d on d.id = v.rowid where "
            "d.owner = 'me' and vss_search(v.e, '[0]') limit 1",
            REFUSED("v"));
  CHECK_SQL(db,
            "create table made as select v.rowid as id from v cross join d on d.id = v.rowid where "
            "d.owner = 'me' and vss_search(v.e, '[0]') limit 1; select id from made; drop table "
            "made",
            "2");
  /* The same table twice: one of the two is inside the other. */
  CHECK_SQL(db,
            "select a.rowid from v a join v b on b.rowid = a.rowid where vss_search(a.e, '[0]') "
            "and vss_search(b.e, '[0]') limit 1",
            REFUSED("v"));
  CHECK_SQL(db,
            "select a.rowid from v a join v b on b.rowid = a.rowid where vss_search(a.e, '[0]') "
            "and vss_search(b.e, '[0]') order by a.distance limit 1",
            "2");
  CHECK_SQL(db,
            "select a.rowid, b.rowid from v a join v b on vss_search(b.e, vss_search_params(a.e, "
            "1)) where vss_search(a.e, '[0]')",
            "2|2;1|1");
}

/* Statements of the same text and of others, within each other and between two rows. */
static void test_several_statements(sqlite3 *db) {
  char *sql = sqlite3_mprintf("select nested(%Q)", harmful);
  CHECK_SQL(db, sql, REFUSED("v"));
  sqlite3_free(sql);
  sql = sqlite3_mprintf("select nested(%Q)", harmless);
  CHECK_SQL(db, sql, "2");
  sqlite3_free(sql);
  /* A harmless statement that runs a harmful one, and the other way round. */
  sql = sqlite3_mprintf("select nested(%Q) from v cross join d on d.id = v.rowid "
                        "where d.owner = 'me' and vss_search(v.e, '[0]')",
                        harmful);
  CHECK_SQL(db, sql, REFUSED("v"));
  sqlite3_free(sql);
  sqlite3_stmt *waiting = NULL;
  CHECK(sqlite3_prepare_v2(db,
                           "select v.rowid from v cross join d on d.id = v.rowid "
                           "where d.owner = 'me' and vss_search(v.e, '[0]')",
                           -1, &waiting, NULL) == SQLITE_OK);
  CHECK(first(waiting) == 2);
  CHECK_SQL(db, harmful, REFUSED("v"));
  CHECK_SQL(db, harmless, "2");
  /* This one waits before its harmful half. */
  sqlite3_finalize(waiting);
  sql = sqlite3_mprintf("select 7 union all select * from (%s)", harmful);
  CHECK(sqlite3_prepare_v2(db, sql, -1, &waiting, NULL) == SQLITE_OK);
  sqlite3_free(sql);
  CHECK(first(waiting) == 7);
  CHECK_SQL(db, harmless, "2");
  CHECK(sqlite3_step(waiting) == SQLITE_ERROR);
  sqlite3_finalize(waiting);
}

/* A statement prepared from UTF-16. */
static void test_utf16(sqlite3 *db) {
  uint16_t text[sizeof harmful];
  for (size_t i = 0; i < sizeof harmful; i++)
    text[i] = (uint16_t)harmful[i];
  sqlite3_stmt *statement = NULL;
  CHECK(sqlite3_prepare16_v2(db, text, -1, &statement, NULL) == SQLITE_OK);
  CHECK(sqlite3_step(statement) == SQLITE_ERROR);
  sqlite3_finalize(statement);
}

/* An authorizer that at times lets nobody prepare a statement on d or on bytecode(). */
static int is_denying;
static int deny(void *data, int action, const char *name, const char *b, const char *c,
                const char *d) {
  (void)data, (void)b, (void)c, (void)d;
  int is_one = action == SQLITE_READ && (strcmp(name, "d") == 0 || strcmp(name, "bytecode") == 0);
  return is_denying && is_one ? SQLITE_DENY : SQLITE_OK;
}

/* Where neither listing can be had, a table that is alone and an ORDER BY distance go through. */
static void test_no_listing(sqlite3 *db) {
  static const char *const texts[] = {
      "select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and "
      "vss_search(v.e, '[0]') order by v.distance limit 1",
      "select rowid from v where vss_search(e, '[0]') limit 1",
      harmless,
      harmful,
  };
  sqlite3_set_authorizer(db, deny, NULL);
  for (int i = 0; i < 4; i++) {
    sqlite3_stmt *statement = NULL;
    CHECK(sqlite3_prepare_v2(db, texts[i], -1, &statement, NULL) == SQLITE_OK);
    is_denying = 1;
    CHECK(first(statement) == (i < 2 ? 2 : -1));
    is_denying = 0;
    sqlite3_finalize(statement);
  }
  /* Which terms come from the join, and so do not count under k, is not known either. */
  sqlite3_stmt *statement = NULL;
  CHECK(sqlite3_prepare_v2(db,
                           "select v.rowid from d cross join v on v.rowid = d.id where "
                           "vss_search(v.e, vss_search_params('[0]', 1)) order by v.distance",
                           -1, &statement, NULL) == SQLITE_OK);
  is_denying = 1;
  CHECK(first(statement) == -1);
  CHECK_TEXT(sqlite3_errmsg(db), "vss0 v: k in a join whose program SQLite does not show, expected "
                                 "`order by distance limit ...` instead of k");
  is_denying = 0;
  sqlite3_finalize(statement);
  sqlite3_set_authorizer(db, NULL, NULL);
}

/* Which terms count under k is read from either listing. */
static void test_foreign_terms(sqlite3 *db) {
  static const struct {
    const char *sql, *rows;
  } cases[] = {
      {"select d.id from d cross join v on v.rowid = d.id where vss_search(v.e, "
       "vss_search_params('[0]', 1)) order by v.distance",
       "2"},
      {"select d.id from d cross join v on v.rowid = -(~d.id) - 1 where vss_search(v.e, "
       "vss_search_params('[0]', 1)) order by v.distance",
       "2"},
      {"select d.id from d cross join v on v.rowid = (select max(x.id) from d x where x.id <= "
       "d.id) "
       "where vss_search(v.e, vss_search_params('[0]', 1)) order by v.distance",
       "2"},
      {"select d.id from d cross join v on v.rowid in (d.id, 7) where vss_search(v.e, "
       "vss_search_params('[0]', 1)) order by v.distance",
       "2"},
      {"select d.id from d cross join v on v.rowid in (select x.id from d x where x.id = d.id) "
       "where vss_search(v.e, vss_search_params('[0]', 1)) order by v.distance",
       "2"},
      /* An OR, whose loops call a subroutine with the search in it. */
      {"select d.id from d cross join v on v.rowid = d.id where (d.id = 1 or d.id = 2) and "
       "vss_search(v.e, vss_search_params('[0]', 1)) order by v.distance",
       "2"},
      {"select d.id from (select id from d order by id limit 9) d cross join v on v.rowid = d.id "
       "where vss_search(v.e, vss_search_params('[0]', 1)) order by v.distance",
       "2"},
      /* What stands: constants, and what comes from further out. */
      {"select d.id from d cross join v on v.rowid = abs(-1) where vss_search(v.e, "
       "vss_search_params('[0]', 1)) order by v.distance, d.id",
       "1;2"},
      {"select d.id from d cross join v on v.rowid in (select 1) where vss_search(v.e, "
       "vss_search_params('[0]', 1)) order by v.distance, d.id",
       "1;2"},
      {"select d.id, (select max(r) from (select v.rowid as r from v where v.rowid = d.id and "
       "vss_search(v.e, vss_search_params('[0]', 1)))) from d",
       "1|1;2|2"},
      {"select d.id, (select max(r) from (select v.rowid as r from v where v.rowid in (select id "
       "from d x where x.id = d.id) and vss_search(v.e, vss_search_params('[0]', 1)))) from d",
       "1|1;2|2"},
      {"select d.id, (select max(r) from (select v.rowid as r from v where v.rowid = (select id "
       "from d x where x.id = d.id) and vss_search(v.e, vss_search_params('[0]', 1)))) from d",
       "1|1;2|2"},
      {"select d.id, (select max(y.id) from d y cross join v on v.rowid >= y.id where v.rowid = "
       "d.id "
       "and vss_search(v.e, vss_search_params('[0]', 1))) from d",
       "1|1;2|2"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    CHECK_SQL(db, cases[i].sql, cases[i].rows);
}

/* Parameters that the planner looks at: a LIKE that becomes a range over an index. */
static void test_parameters(sqlite3 *db) {
  RUN(db, "create table n(id integer primary key, name text collate nocase, place)");
  RUN(db, "create index n_name on n(name)");
  RUN(db, "insert into n values(1, 'ab', 1), (2, 'ac', 1); analyze");
  sqlite3_stmt *statement = NULL;
  CHECK(sqlite3_prepare_v2(db,
                           "select v.rowid from v join n on n.id = v.rowid where n.name like ?1 "
                           "and n.place = ?3 and vss_search(v.e, ?2) limit 1",
                           -1, &statement, NULL) == SQLITE_OK);
  for (int i = 0; i < 3; i++) {
    float zero = 0;
    static const char *const patterns[] = {"a%", "%", "a_"};
    CHECK(sqlite3_bind_text(statement, 1, patterns[i], -1, SQLITE_STATIC) == SQLITE_OK);
    CHECK(sqlite3_bind_blob(statement, 2, &zero, 4, SQLITE_TRANSIENT) == SQLITE_OK);
    CHECK(sqlite3_bind_int(statement, 3, 1) == SQLITE_OK);
    int row = first(statement);
    CHECK(row == 2 || (row == -1 && strstr(sqlite3_errmsg(db), "does not drive")));
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
}

/* The answer is kept: the second run of a statement prepares nothing. A new plan is asked again. */
static void test_asked_once(sqlite3 *db) {
  sqlite3_stmt *statement = NULL;
  CHECK(sqlite3_prepare_v2(db, harmless, -1, &statement, NULL) == SQLITE_OK);
  sqlite3_set_authorizer(db, count_selects, NULL);
  n_selects = 0;
  CHECK(first(statement) == 2);
  CHECK(n_selects > 0);
  sqlite3_reset(statement);
  n_selects = 0;
  CHECK(first(statement) == 2);
  CHECK(n_selects == 0);
  sqlite3_reset(statement);
  sqlite3_set_authorizer(db, NULL, NULL);
  sqlite3_finalize(statement);
  /* Where d is said to be large, v drives; ANALYZE makes SQLite plan anew. */
  RUN(db, "delete from sqlite_stat1; insert into sqlite_stat1 values('d', null, '1000')");
  RUN(db, "analyze sqlite_schema");
  CHECK(sqlite3_prepare_v2(db, harmful, -1, &statement, NULL) == SQLITE_OK);
  CHECK(first(statement) == 2);
  sqlite3_reset(statement);
  RUN(db, "analyze");
  CHECK(first(statement) == -1);
  sqlite3_finalize(statement);
}

int main(void) {
  for (int has_bytecode = 0; has_bytecode < 2; has_bytecode++) {
    sqlite3 *db = open_database(has_bytecode);
    test_shapes(db);
    test_several_statements(db);
    test_utf16(db);
    test_foreign_terms(db);
    test_no_listing(db);
    test_parameters(db);
    test_asked_once(db);
    CHECK(sqlite3_close(db) == SQLITE_OK);
  }
  return check_summary();
}
