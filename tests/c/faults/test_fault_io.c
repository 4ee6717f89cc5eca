/*
** Failing files: in each operation the first call of the file system fails, then the second, and so
** on until the operation passes without a fault; once alone, and once with every call after it. The
** same is done with a full disk, and with reads that give fewer bytes than asked for.
**
** After each fault: an error, or the answer of a run without faults; the rows are those before or
** after one of the operation's commits; then the table is sound and answers as brute force does, on
** this connection and on a new one. A short read looks like zeros to SQLite, which has no checksum
** of its own, and stays in its page cache. There the operation may report damage or answer wrongly,
** but may not crash or leak; after an operation that only reads, a new connection finds everything
** as it was.
**
**   test_fault_io            seven faults per operation and kind (VSS_TEST_SEED repeats them)
**   test_fault_io --long     every call
*/
#include "sqlite/sqlite_api.h"

#include "faults/fault_vfs.h"

enum { COLD = 1, STEPS = 2, OPEN = 4 };

#define Q FAULT_QUERY

static const struct {
  const char *sql;
  int flags;
} operations[] = {
    {"create virtual table u using vss0(a(4), b(3), year integer, room text, score real)", 0},
    {"select rowid, distance from t where vss_search(a, " Q ") limit 3", OPEN},
    {"select rowid, distance from t where vss_search(a, " Q
     ") and year > 1995 and room like 'w%' limit 3",
     COLD},
    {"insert into t(rowid, a) values(100, " Q ")", 0},
    {"insert into t(rowid, a) values(100, " Q ")", COLD},
    {"insert into t(a, b, room) select a, b, 'copy of ' || rowid from t", 0},
    {"insert or replace into t(rowid, a, year) values(7, '[1,2,3,4]', 5)", 0},
    {"update t set a = '[9,9,9,9]' where rowid = 5", 0},
    {"update t set year = year + 1, b = null where rowid > 40", COLD},
    {"update t set rowid = rowid + 1000", 0},
    {"delete from t where rowid = 33", 0},
    {"delete from t", 0},
    {"begin; delete from t where rowid < 30; select rowid from t where vss_search(a, " Q
     ") limit 2; commit",
     STEPS},
    {"begin; update t set a = " Q "; rollback; select rowid from t where vss_search(a, " Q
     ") limit 2",
     STEPS},
    {"begin; insert into t(rowid, a) values(100, " Q
     "); savepoint s; delete from t where rowid < 60; rollback to s; "
     "select rowid from t where vss_search(a, " Q ") limit 2; commit",
     STEPS},
    {"insert into t(t) values('rebuild')", 0},
    {"insert into t(t) values('rebuild')", COLD},
    {"insert into t(t) values('cache-off')", 0},
    {"insert into t(t) values('cache-off')", COLD},
    {"insert into t(t) values('cache-off'); insert into t(rowid, a) values(300, " Q
     "); insert into t(t) values('cache-on')",
     STEPS | COLD},
    {"insert into t(t) values('integrity-check')", COLD},
    {"pragma integrity_check", COLD},
    {"alter table t rename to t2", 0},
    {"drop table t", 0},
    {"vacuum", 0},
    {"select q.id, v.rowid from queries q join t v on vss_search(v.a, vss_search_params(q.q, 2))",
     COLD},
    {"select faiss_search('main', 'plain', " Q ", 3)", COLD},
};
enum { N_OPERATIONS = sizeof operations / sizeof *operations };

static FaultFile start[FAULT_FILES]; /* the database of fault_fill() */

typedef struct Run {
  int rc, n_calls;
  char message[200];
  FaultText rows, content;
} Run;

static void run_free(Run *run) {
  fault_text_free(&run->rows);
  fault_text_free(&run->content);
}

static sqlite3 *prepare_database(int flags) {
  fault_files_free(fault_files);
  fault_files_copy(fault_files, start);
  if (flags & OPEN) return NULL;
  sqlite3 *db = fault_open("db", "fault");
  FAULT_EXPECT(db, "pragma cache_size = 8; select count(*) from t",
               NULL); /* pages are read and written again */
  if (!(flags & COLD))
    FAULT_EXPECT(db, "select rowid from t where vss_search(a, " Q ") and year > 1 limit 1", NULL);
  return db;
}

static sqlite3 *do_operation(sqlite3 *db, const char *sql, Run *run) {
  run->rc = SQLITE_OK;
  if (!db) {
    run->rc = sqlite3_open_v2("db", &db, SQLITE_OPEN_READWRITE, "fault");
    if (run->rc == SQLITE_OK) run->rc = sqlite3_vss_init(db, NULL, NULL);
  }
  if (run->rc == SQLITE_OK) run->rc = fault_run(db, sql, &run->rows);
  snprintf(run->message, sizeof run->message, "%s", sqlite3_errmsg(db));
  return db;
}

static void clean_run(int i, int kind, Run *before, Run *after) {
  sqlite3 *db = prepare_database(operations[i].flags);
  if (db) fault_content(db, &before->content);
  if (db) FAULT_CLOSE(db);
  db = prepare_database(operations[i].flags);
  io_fail_in = 1 << 30;
  io_fail_kind = kind;
  db = do_operation(db, operations[i].sql, after);
  after->n_calls = (1 << 30) - io_fail_in;
  io_fail_in = 0;
  fault_content(db, &after->content);
  FAULT_CLOSE(db);
}

static int n_faults, n_survived;

static void check_answer(const Run *run, const Run *after, int reached, int kind) {
  if (run->rc == after->rc && strcmp(run->message, after->message) == 0) {
    n_survived += reached;
    /* SQLite's own integrity check reports a page that it could not read as a row. */
    int told = run->rows.text && (strstr(run->rows.text, "error code=") ||
                                  strstr(run->rows.text, "failed to get page"));
    if (run->rc == SQLITE_OK && kind != 'r' && !told) {
      fault_report(fault_text_equal(&run->rows, &after->rows), "same rows as without a fault",
                   run->rows.text, __LINE__);
    }
    return;
  }
  char detail[260];
  snprintf(detail, sizeof detail, "%d: %s", run->rc, run->message);
  int code = run->rc & 0xff;
  int clean = code == SQLITE_IOERR || code == SQLITE_FULL || code == SQLITE_CANTOPEN ||
              code == SQLITE_READONLY || (kind == 'r' && run->rc != SQLITE_OK);
  fault_report(reached && clean, "SQLITE_IOERR, FULL or CANTOPEN", detail, __LINE__);
}

static int faulty_run(int i, int n, int kind, int always, const Run *before, const Run *after) {
  int flags = operations[i].flags;
  Run run = {0};
  snprintf(fault_where, sizeof fault_where, "operation %d (%.60s), call %d%s%c fails %s", i,
           operations[i].sql, n, kind ? " of kind " : "", kind ? kind : ' ',
           always ? "and all after it" : "once");
  sqlite3_int64 used = sqlite3_memory_used();
  sqlite3 *db = prepare_database(flags);
  io_failed = 0;
  io_fail_always = always;
  io_fail_kind = kind;
  io_fail_in = n;
  db = do_operation(db, operations[i].sql, &run);
  io_fail_in = 0;
  int reached = io_failed > 0;
  n_faults += reached;
  check_answer(&run, after, reached, kind);
  if (!sqlite3_get_autocommit(db) && kind != 'r') FAULT_EXPECT(db, "rollback", NULL);
  int misled = kind == 'r' && strncmp(operations[i].sql, "select", 6) != 0 &&
               strncmp(operations[i].sql, "pragma", 6) != 0;
  if (flags & OPEN || kind == 'r') {
    FAULT_CLOSE(db);
    if (misled) fault_files_free(fault_files), fault_files_copy(fault_files, start);
    db = fault_open("db", "fault");
  }
  FaultText content = {0};
  fault_content(db, &content);
  int known = flags & (STEPS | OPEN) || fault_text_equal(&content, &before->content) ||
              fault_text_equal(&content, &after->content);
  fault_report(known, "wholly before or wholly after", content.text, __LINE__);
  int passed = fault_check_all(db) && fault_check_next_write(db);
  FAULT_CLOSE(db);
  if (passed) {
    db = fault_open("db", "fault");
    if (fault_check_all(db)) FAULT_EXPECT(db, "pragma integrity_check", "ok;");
    FAULT_CLOSE(db);
  }
  fault_text_free(&content);
  run_free(&run);
  fault_report(sqlite3_memory_used() == used, "no memory is left allocated", NULL, __LINE__);
  return reached;
}

static void test_operation(int i, int kind, int points, uint64_t *seed) {
  Run before = {0}, after = {0};
  snprintf(fault_where, sizeof fault_where, "operation %d (%.60s)", i, operations[i].sql);
  clean_run(i, kind, &before, &after);
  int stride = points ? after.n_calls / points + 1 : 1;
  for (int always = 0; always < 2; always++) {
    int reached = 1;
    for (int n = 1 + (int)(check_random(seed) % (uint64_t)stride); reached && check_failures < 50;
         n += stride) {
      reached = faulty_run(i, n, kind, always, &before, &after);
    }
  }
  run_free(&before);
  run_free(&after);
}

int main(int argc, char **argv) {
  int is_long = argc > 1 && strcmp(argv[1], "--long") == 0;
  int points = is_long ? 0 : argc > 1 ? atoi(argv[1]) : 7;
  uint64_t seed = check_seed();
  fault_vfs_register();
  sqlite3 *db = fault_open("db", "fault");
  FAULT_EXPECT(db, "pragma page_size = 1024", NULL);
  fault_fill(db);
  FAULT_CLOSE(db);
  fault_files_copy(start, fault_files);

  static const struct {
    int kind;
    const char *name;
  } kinds[] = {{0, "any call fails"}, {'w', "the disk is full"}, {'r', "a read comes short"}};
  for (int j = 0; j < 3; j++) {
    n_faults = n_survived = 0;
    for (int i = 0; i < N_OPERATIONS; i++)
      test_operation(i, kinds[j].kind, kinds[j].kind ? (points + 1) / 2 : points, &seed);
    printf("%s: %d operations, %d faults, %d of them without effect on the answer\n", kinds[j].name,
           N_OPERATIONS, n_faults, n_survived);
  }
  fault_files_free(start);
  fault_files_free(fault_files);
  return check_summary();
}
