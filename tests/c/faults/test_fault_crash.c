/*
** Power cuts. Before each write, sync, truncation and deletion of a workload the state of the files
** is kept. From it the test makes what a disk may hold after a crash there (faults/fault_vfs.h:
** unsynced sectors are lost, kept, reordered or torn), and opens it: the rows are those before or
** after the commit under way and nothing between, the table is sound, and searches equal brute
** force. During some of the recoveries the power is cut again.
**
**   test_fault_crash            about 350 reopenings (VSS_TEST_SEED repeats them)
**   test_fault_crash --long     at least 20,000
*/
#include "sqlite/sqlite_api.h"

#include "faults/fault_vfs.h"

#define Q FAULT_QUERY

/* Each is one commit. */
static const char *const workload[] = {
    "insert into t(rowid, a, b, year, room) values(100, " Q ", " FAULT_QUERY3 ", 2001, 'west')",
    "update t set a = '[9,9,9,9]' where rowid in (5, 6, 69)",
    "begin; delete from t where rowid between 10 and 20; insert into t(a, year) "
    "values('[1,2,3,4]', 2002); "
    "savepoint s; delete from t; rollback to s; commit",
    "insert into t(a, b, room, score) select a, b, 'west', score from t",
    "update t set room = 'west', year = 2005 where rowid % 2",
    "update t set rowid = rowid + 5000 where rowid < 30",
    "insert into t(t) values('rebuild')",
    "insert into t(t) values('cache-off')",
    "delete from t where rowid > 40",
    "alter table t rename to t2",
    "insert into t2(t2) values('cache-on')",
    "create virtual table t using vss0(a(4), b(3), year integer, room text, score real, cache=off)",
    "insert into t(rowid, a, year) select rowid, a, year from t2",
    "drop table t2",
    "delete from t",
};
enum { N_COMMITS = sizeof workload / sizeof *workload };

static FaultText contents[N_COMMITS + 1]; /* after so many commits */

typedef struct Snapshot {
  FaultFile files[FAULT_FILES];
  int from, to; /* the content is contents[from] or contents[to] */
} Snapshot;

static Snapshot *snapshots;
static int n_snapshots, snapshots_capacity, commit_now;

static void keep_snapshot(void) {
  if (n_snapshots == snapshots_capacity) {
    snapshots_capacity = snapshots_capacity * 2 + 64;
    snapshots = realloc(snapshots, (size_t)snapshots_capacity * sizeof *snapshots);
    if (!snapshots) abort();
  }
  Snapshot *snapshot = &snapshots[n_snapshots++];
  fault_files_copy(snapshot->files, fault_files);
  snapshot->from = commit_now;
  snapshot->to = commit_now + 1;
}

/* The state before one change during a recovery; the change is chosen in advance. */
static FaultFile recovery[FAULT_FILES];
static int recovery_in, recovery_kept;

static void keep_recovery(void) {
  if (recovery_in == 0 || --recovery_in > 0) return;
  fault_files_copy(recovery, fault_files);
  recovery_kept = 1;
}

static int n_reopened, n_before, n_after, n_recovery_cuts;

static void check_content(sqlite3 *db, int from, int to) {
  FaultText content = {0};
  fault_content(db, &content);
  int is_before = fault_text_equal(&content, &contents[from]);
  int is_after = fault_text_equal(&content, &contents[to]);
  n_before += is_before && !is_after;
  n_after += is_after && (from == to || !is_before);
  fault_report(is_before || is_after, "wholly before or wholly after", content.text, __LINE__);
  fault_text_free(&content);
}

/* Open the database of fault_files and judge it. */
static void reopen(int from, int to, int cut_in) {
  recovery_kept = 0;
  recovery_in = cut_in;
  fault_vfs_hook = keep_recovery;
  n_reopened++;
  sqlite3 *db = fault_open("db", "fault");
  FAULT_EXPECT(db, "pragma locking_mode = exclusive", NULL);
  check_content(db, from, to);
  fault_vfs_hook = NULL;
  FAULT_EXPECT(db, "pragma integrity_check", "ok;");
  fault_check_all(db);
  FAULT_CLOSE(db);
}

static void check_image(const Snapshot *snapshot, int way, uint64_t *seed, const char *mode) {
  snprintf(fault_where, sizeof fault_where, "journal_mode %s, commit %d (%.60s), way %d", mode,
           snapshot->to, workload[snapshot->to - 1], way);
  fault_files_free(fault_files);
  fault_crash_image(snapshot->files, way, seed, fault_files);
  reopen(snapshot->from, snapshot->to, 1 + (int)(check_random(seed) % 8));
  if (recovery_kept) {
    n_recovery_cuts++;
    fault_files_free(fault_files);
    fault_crash_image(recovery, 2, seed, fault_files);
    fault_files_free(recovery);
    strcat(fault_where, ", cut again");
    reopen(snapshot->from, snapshot->to, 0);
  }
}

static void start_database(const char *mode, sqlite3 **out_db) {
  fault_vfs_hook = NULL;
  fault_files_free(fault_files);
  sqlite3 *db = fault_open("db", "fault");
  fault_expect_f(
      db, NULL, __LINE__,
      "pragma page_size = 1024; pragma locking_mode = exclusive; pragma journal_mode = %s; "
      "pragma synchronous = extra; pragma cache_size = 12",
      mode);
  fault_fill(db);
  *out_db = db;
}

/* About `reopenings` images are opened, spread over the workload. */
static void test_mode(const char *mode, int reopenings, uint64_t *seed) {
  sqlite3 *db;
  start_database(mode, &db);
  fault_content(db, &contents[0]);
  for (commit_now = 0; commit_now < N_COMMITS; commit_now++) {
    snprintf(fault_where, sizeof fault_where, "journal_mode %s, commit %d", mode, commit_now);
    fault_vfs_hook = keep_snapshot;
    FAULT_EXPECT(db, workload[commit_now], NULL);
    fault_vfs_hook = NULL;
    fault_content(db, &contents[commit_now + 1]);
    keep_snapshot(); /* after the last commit, everything must be there */
    snapshots[n_snapshots - 1].from = commit_now + 1;
  }
  FAULT_CLOSE(db);
  printf("journal_mode %s: %d commits, %d moments to cut the power at\n", mode, N_COMMITS,
         n_snapshots);
  for (int i = 0; i < reopenings && check_failures < 20; i++) {
    int moment = i % n_snapshots,
        way = i / n_snapshots; /* the long run takes every moment in turn, several times */
    if (reopenings < 2 * n_snapshots) {
      moment = (int)(check_random(seed) % (uint64_t)n_snapshots);
      way = (int)(check_random(seed) % 5);
      /* Few moments follow a commit, so that every sixth choice takes one of them. */
      while (i % 6 == 0 && snapshots[moment].from != snapshots[moment].to)
        moment = (moment + 1) % n_snapshots;
    }
    check_image(&snapshots[moment], way, seed, mode);
  }
  for (int i = 0; i < n_snapshots; i++)
    fault_files_free(snapshots[i].files);
  n_snapshots = 0;
  for (int i = 0; i <= N_COMMITS; i++)
    fault_text_free(&contents[i]);
}

int main(int argc, char **argv) {
  int is_long = argc > 1 && strcmp(argv[1], "--long") == 0;
  int reopenings = is_long ? 20001 : argc > 1 ? atoi(argv[1]) : 300;
  uint64_t seed = check_seed();
  fault_vfs_register();
  test_mode("delete", reopenings / 3, &seed);
  test_mode("truncate", reopenings / 3, &seed);
  test_mode("wal", reopenings / 3, &seed);
  fault_files_free(fault_files);
  free(snapshots);
  printf("crashes: %d reopenings, %d of them after a second cut during recovery; %d found the "
         "state before the commit, %d the one after it\n",
         n_reopened, n_recovery_cuts, n_before, n_after);
  return check_summary();
}
