/*
** A search that is stopped in the middle of its scan, by the host or by sqlite3_interrupt(): both
** answer through vss_stop_asked(). It ends with SQLITE_INTERRUPT, and the next search answers. The
** scan asks after each 8 MB of codes, and 2,200 rows of 4,096 bytes have more than that.
*/
#include "sqlite/sqlite_api.h"

#include "base/stop.h"
#include "faults/fault.h"

static sqlite3 *db;
static int n_polls, stop_at, interrupts;

static int poll(void) {
  n_polls++;
  if (n_polls != stop_at) return 0;
  if (interrupts) sqlite3_interrupt(db);
  return !interrupts;
}

static void search(const char *filter, int wanted) {
  char sql[200];
  FaultText rows = {0};
  snprintf(sql, sizeof sql,
           "select rowid from t where vss_search(e, zeroblob(16384)) and %s limit 2", filter);
  n_polls = 0;
  int rc = fault_run(db, sql, &rows);
  snprintf(fault_where, sizeof fault_where, "%s, stopped at %d", filter, stop_at);
  fault_report(rc == wanted, "SQLITE_INTERRUPT, or none", sqlite3_errmsg(db), __LINE__);
  if (rc == SQLITE_OK) CHECK_TEXT(rows.text, "1;2;");
  fault_text_free(&rows);
}

int main(void) {
  static const char *const filters[] = {"1", "n >= 0", "n < 1e300"};
  db = fault_open(":memory:", NULL);
  FAULT_EXPECT(db,
               "create virtual table t using vss0(e(4096), n integer); "
               "with recursive i(n) as (select 1 union all select n + 1 from i where n < 2200) "
               "insert into t(rowid, e, n) select n, zeroblob(16384), n from i",
               NULL);
  vss_stop_set_host(poll);
  for (int i = 0; i < 3; i++) {
    stop_at = 0;
    search(filters[i], SQLITE_OK);
    CHECK(n_polls > 0);
    for (interrupts = 0; interrupts < 2; interrupts++) {
      stop_at = 1;
      search(filters[i], SQLITE_INTERRUPT);
      stop_at = 0;
      search(filters[i], SQLITE_OK);
    }
  }
  FAULT_EXPECT(db, "insert into t(t) values('integrity-check')", NULL);
  vss_stop_set_host(NULL);
  FAULT_CLOSE(db);
  return check_summary();
}
