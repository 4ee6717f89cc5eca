/*
** The loadable extension: vss0.so answers SQL after it was loaded into an SQLite that was built
** without it. The other tests link the same sources; this one is about the entry point and the
** table of function pointers.
*/
#include "sqlite3.h"

#include "check.h"

/*
** The first column of the first row, "" without a row, or the error's text. Free with
** sqlite3_free().
*/
static char *first_value(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  char *text = NULL;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
    return sqlite3_mprintf("%s", sqlite3_errmsg(db));
  }
  int rc = sqlite3_step(statement);
  if (rc == SQLITE_ROW) {
    text = sqlite3_mprintf("%s", (const char *)sqlite3_column_text(statement, 0));
  } else {
    text = sqlite3_mprintf("%s", rc == SQLITE_DONE ? "" : sqlite3_errmsg(db));
  }
  sqlite3_finalize(statement);
  return text;
}

static void check_value(sqlite3 *db, const char *sql, const char *wanted) {
  char *got = first_value(db, sql);
  CHECK_TEXT(got, wanted);
  sqlite3_free(got);
}

int main(void) {
  sqlite3 *db = NULL;
  char *error = NULL;
  CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
  check_value(db, "select vss_distance_l1('[1,2]', '[2,4]')", "no such function: vss_distance_l1");

  CHECK(sqlite3_enable_load_extension(db, 1) == SQLITE_OK);
  int rc = sqlite3_load_extension(db, VSS_LOADABLE_PATH, "sqlite3_vss_init", &error);
  if (rc != SQLITE_OK) fprintf(stderr, "%s\n", error ? error : "no message");
  CHECK(rc == SQLITE_OK);
  sqlite3_free(error);

  check_value(db, "select vss_distance_l1('[1,2]', '[2,4]')", "3.0");
  check_value(db, "create virtual table docs using vss0(embedding(2), year integer)", "");
  check_value(db,
              "insert into docs(rowid, embedding, year)"
              " values (1, '[0,0]', 1999), (2, '[1,0]', 2005), (3, '[2,0]', 2010)",
              "");
  check_value(db,
              "select rowid from docs"
              " where vss_search(embedding, '[0,0]') and year > 2000 limit 1",
              "2");
  CHECK(sqlite3_close(db) == SQLITE_OK);
  return check_summary();
}
