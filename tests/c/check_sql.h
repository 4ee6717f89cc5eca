/* For tests that ask a database for one number. */
#ifndef VSS_CHECK_SQL_H
#define VSS_CHECK_SQL_H

#include "sqlite/sqlite_api.h"

#include "check.h"

/* The first column of the first row; -1 after a failure, which fails the test. */
static inline sqlite3_int64 check_number(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt = NULL;
  sqlite3_int64 value = -1;
  CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
  if (CHECK(sqlite3_step(stmt) == SQLITE_ROW)) value = sqlite3_column_int64(stmt, 0);
  sqlite3_finalize(stmt);
  return value;
}

#endif
