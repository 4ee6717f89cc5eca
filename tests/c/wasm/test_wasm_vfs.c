/*
** wasm/vfs_js.c natively: a whole SQLite on the file system of the wasm module. This file defines
** the imports: they keep a few files in memory, and fail where a table of failures says so (errors,
** short reads, a missing file).
*/
#define _POSIX_C_SOURCE 200809L
#include "sqlite/sqlite_api.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The C library and SQLite define these too. */
#define localtime       js_localtime
#define sqlite3_os_init js_os_init
#define sqlite3_os_end  js_os_end
struct tm *js_localtime(const time_t *seconds);
int js_os_init(void);
int js_os_end(void);

#include "../../../wasm/vfs_js.c"

#undef localtime

#include "check.h"

#define FILES      8
#define FILE_BYTES 400000

static struct {
  char path[64]; /* "": free */
  unsigned char bytes[FILE_BYTES];
  int size_bytes, is_nameless;
} files[FILES];

/*
** Which call fails: the fail_in-th of its kind, with fail_code. Kinds are 'o'pen, 'r'ead, 'w'rite,
** 't'runcate, si'z'e, 'f'lush, 'c'lose, 'd'elete, e'x'ists, 'm'oved and 'p'ath.
*/
static int fail_kind, fail_in, fail_code;

/* 0, or the code with which this call is to fail. */
static int failing(int kind) {
  if (kind != fail_kind || fail_in == 0 || --fail_in > 0) return 0;
  return fail_code;
}

static int find(const char *path) {
  for (int i = 0; i < FILES; i++) {
    if (strcmp(files[i].path, path) == 0) return i;
  }
  return -1;
}

int vss_import_file_open(const char *path, int flags) {
  int code = failing('o');
  if (code) return -code;
  int i = find(path ? path : "");
  if (path && i < 0 && !(flags & SQLITE_OPEN_CREATE)) return -SQLITE_CANTOPEN;
  if (i < 0) i = find("");
  if (i < 0) return -SQLITE_CANTOPEN;
  if (!files[i].path[0]) files[i].size_bytes = 0;
  files[i].is_nameless = !path;
  snprintf(files[i].path, sizeof files[i].path, "%s", path ? path : "nameless");
  return i;
}

static int is_ahead, n_reads;

int vss_import_file_ahead(int id) {
  (void)id;
  return is_ahead;
}

int vss_import_file_read(int id, void *out_bytes, int size_bytes, double offset) {
  int code = failing('r');
  n_reads++;
  if (code) return -code;
  int at = (int)offset, there = files[id].size_bytes - at;
  if (there > size_bytes) there = size_bytes;
  if (there <= 0) return 0;
  memcpy(out_bytes, files[id].bytes + at, (size_t)there);
  return there;
}

int vss_import_file_write(int id, const void *bytes, int size_bytes, double offset) {
  int code = failing('w');
  int at = (int)offset;
  if (code || at + size_bytes > FILE_BYTES) return code ? code : SQLITE_FULL;
  memcpy(files[id].bytes + at, bytes, (size_t)size_bytes);
  if (at + size_bytes > files[id].size_bytes) files[id].size_bytes = at + size_bytes;
  return SQLITE_OK;
}

int vss_import_file_truncate(int id, double size_bytes) {
  int code = failing('t');
  if (!code && (int)size_bytes < files[id].size_bytes) files[id].size_bytes = (int)size_bytes;
  return code;
}

double vss_import_file_size(int id) {
  int code = failing('z');
  return code ? -code : files[id].size_bytes;
}

int vss_import_file_flush(int id) {
  (void)id;
  return failing('f');
}

int vss_import_file_close(int id) {
  if (files[id].is_nameless) files[id].path[0] = 0;
  return failing('c');
}

int vss_import_file_delete(const char *path) {
  int code = failing('d'), i = find(path);
  if (code) return code;
  if (i < 0) return SQLITE_IOERR_DELETE_NOENT;
  files[i].path[0] = 0;
  return SQLITE_OK;
}

int vss_import_file_exists(const char *path) {
  int code = failing('x');
  return code ? -code : find(path) >= 0;
}

static int is_moved;

int vss_import_file_moved(int id) {
  int code = failing('m');
  (void)id;
  return code ? -code : is_moved;
}

int vss_import_file_check(int id) {
  (void)id;
  return is_moved ? SQLITE_READONLY_DBMOVED : SQLITE_OK;
}

/* "/link.db" is another name of "/a.db". */
int vss_import_file_path(const char *path, char *out_path, int out_size_bytes) {
  int code = failing('p');
  if (code) return code;
  if (strcmp(path, "/link.db") == 0) path = "/a.db";
  if (strlen(path) >= (size_t)out_size_bytes) return SQLITE_CANTOPEN;
  memcpy(out_path, path, strlen(path) + 1);
  return SQLITE_OK;
}

void vss_import_random(void *out_bytes, int size_bytes) {
  memset(out_bytes, 7, (size_t)size_bytes);
}

double vss_import_now(void) {
  return 1e12; /* 2001-09-09 01:46:40 */
}

void vss_import_local_time(double seconds, int *out_fields) {
  for (int i = 0; i < 8; i++)
    out_fields[i] = (int)seconds + i;
}

static int open_db(const char *path, int flags, sqlite3 **out_db) {
  int rc = sqlite3_open_v2(path, out_db, flags, "vss");
  if (rc == SQLITE_OK)
    rc = sqlite3_exec(*out_db, "pragma locking_mode = exclusive", NULL, NULL, NULL);
  return rc;
}

static int first_integer(void *out, int n, char **values, char **names) {
  (void)n;
  (void)names;
  *(int *)out = values[0] ? atoi(values[0]) : -1;
  return 0;
}

static int ask(sqlite3 *db, const char *sql) {
  int result = -2;
  CHECK(sqlite3_exec(db, sql, first_integer, &result, NULL) == SQLITE_OK);
  return result;
}

enum { NEW = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, OLD = SQLITE_OPEN_READWRITE };

static const char fill[] =
    "pragma page_size = 1024; create table t(a integer primary key, b); with recursive n(i) as "
    "(select 1 "
    "union all select i + 1 from n where i < 200) insert into t select i, zeroblob(300) from n";

/* Writes a database, closes it, opens it again, reads, changes and vacuums it. */
static void test_whole(const char *journal_mode) {
  sqlite3 *db;
  memset(files, 0, sizeof files);
  char sql[80];
  snprintf(sql, sizeof sql, "pragma journal_mode = %s", journal_mode);
  CHECK(open_db("/a.db", NEW, &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
  CHECK(sqlite3_exec(db, fill, NULL, NULL, NULL) == SQLITE_OK);
  CHECK(sqlite3_close(db) == SQLITE_OK);
  CHECK(open_db("/a.db", OLD, &db) == SQLITE_OK);
  CHECK(ask(db, "select count(*) from t") == 200);
  CHECK(ask(db, "delete from t where a > 10; vacuum; select count(*) from t") == 10);
  CHECK(ask(db, "begin; delete from t; rollback; select count(*) from t") == 10);
  CHECK(ask(db, "pragma integrity_check") == 0); /* "ok" */
  CHECK(sqlite3_close(db) == SQLITE_OK);
  CHECK(find("/a.db-journal") < 0 || files[find("/a.db-journal")].size_bytes == 0);
  CHECK(open_db("/none.db", OLD, &db) == SQLITE_CANTOPEN);
  sqlite3_close(db);
}

/* A database of 240 pages, closed: each row has a page of its own and shares another. */
static void make_pages(void) {
  sqlite3 *db;
  memset(files, 0, sizeof files);
  CHECK(open_db("/a.db", NEW, &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, fill, NULL, NULL, NULL) == SQLITE_OK);
  CHECK(ask(db, "update t set b = zeroblob(1200); vacuum; pragma page_count") > 240);
  CHECK(sqlite3_close(db) == SQLITE_OK);
}

/* How many reads of the file this statement takes with an empty cache of pages. */
static int reads_of(const char *sql) {
  sqlite3 *db;
  CHECK(open_db("/a.db", OLD, &db) == SQLITE_OK);
  n_reads = 0;
  CHECK(ask(db, sql) >= 0);
  int n = n_reads;
  CHECK(sqlite3_close(db) == SQLITE_OK);
  return n;
}

/* A scan is read in a few calls, and a look-up as before. Where memory lacks, nothing is ahead. */
static void test_ahead(void) {
  make_pages();
  static const char scan[] = "select count(*) from t where substr(b, 1200) = x'00'",
                    look_up[] = "select length(b) from t where a = 100";
  is_ahead = 0;
  int n_scan = reads_of(scan), n_look_up = reads_of(look_up);
  CHECK(n_scan > 200);
  is_ahead = 1;
  int n_ahead = reads_of(scan);
  if (!CHECK(n_ahead < n_scan / 10)) fprintf(stderr, "  %d reads instead of %d\n", n_ahead, n_scan);
  CHECK(reads_of(look_up) == n_look_up);
  sqlite3 *db;
  CHECK(open_db("/a.db", OLD, &db) == SQLITE_OK);
  CHECK(ask(db, "select length(b) from t where a = 1") == 1200);
  sqlite3_int64 least = sqlite3_memory_used();
  CHECK(ask(db, scan) == 200);
  CHECK(sqlite3_memory_used() >= least + VSS_AHEAD_BYTES);
  CHECK(sqlite3_close(db) == SQLITE_OK);
  CHECK(sqlite3_memory_used() < least);
  CHECK(open_db("/a.db", OLD, &db) == SQLITE_OK);
  CHECK(ask(db, "pragma cache_size = 10; select length(b) from t where a = 1") == 1200);
  sqlite3_hard_heap_limit64(sqlite3_memory_used() + 100000);
  CHECK(ask(db, scan) == 200);
  sqlite3_hard_heap_limit64(0);
  CHECK(sqlite3_close(db) == SQLITE_OK);
  is_ahead = 0;
}

/* The whole file, by reads of 1 KB in a row, is what is in the file. */
static void check_read_anew(sqlite3_file *file, int i) {
  char bytes[1024];
  int n_wrong = 0;
  for (int at = 0; at < files[i].size_bytes; at += 1024) {
    int rc = file->pMethods->xRead(file, bytes, 1024, at);
    n_wrong += rc != SQLITE_OK || memcmp(bytes, files[i].bytes + at, 1024) != 0;
  }
  CHECK(n_wrong == 0);
}

static void test_ahead_is_not_stale(void) {
  make_pages();
  is_ahead = 1;
  sqlite3 *db, *twin;
  sqlite3_file *file, *other;
  CHECK(open_db("/a.db", OLD, &db) == SQLITE_OK && open_db("/a.db", OLD, &twin) == SQLITE_OK);
  ask(db, "select count(*) from t");
  ask(twin, "select count(*) from t");
  CHECK(sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK);
  CHECK(sqlite3_file_control(twin, "main", SQLITE_FCNTL_FILE_POINTER, &other) == SQLITE_OK);
  int i = find("/a.db"), n = 10 * 1024;
  char bytes[1024];
  memset(bytes, 'x', sizeof bytes);
  /* The buffer is filled far enough to hold what is changed next. */
#define RUN()                                                                                      \
  for (int at = 0; at < 6 * 1024; at += 1024)                                                      \
  file->pMethods->xRead(file, bytes, 1024, at)
  RUN();
  CHECK(((VssFile *)file)->ahead.bytes != NULL);
  CHECK(file->pMethods->xWrite(file, "written", 7, n) == SQLITE_OK);
  check_read_anew(file, i);
  /* Through another connection to the same file. */
  RUN();
  CHECK(other->pMethods->xWrite(other, "by a twin", 9, n) == SQLITE_OK);
  CHECK(file->pMethods->xRead(file, bytes, 1024, 6 * 1024) == SQLITE_OK);
  check_read_anew(file, i);
  /* By another process, while this one had no lock. */
  RUN();
  CHECK(file->pMethods->xUnlock(file, SQLITE_LOCK_NONE) == SQLITE_OK);
  memcpy(files[i].bytes + n, "by another", 10);
  CHECK(file->pMethods->xLock(file, SQLITE_LOCK_SHARED) == SQLITE_OK);
  for (int at = 6 * 1024; at <= n; at += 1024)
    CHECK(file->pMethods->xRead(file, bytes, 1024, at) == SQLITE_OK);
  CHECK(memcmp(bytes, "by another", 10) == 0);
  check_read_anew(file, i);
  /* A truncated file ends where it ends now, and what grows again behind it is zeros. */
  RUN();
  CHECK(file->pMethods->xTruncate(file, n) == SQLITE_OK);
  CHECK(file->pMethods->xRead(file, bytes, 1024, 6 * 1024) == SQLITE_OK);
  CHECK(file->pMethods->xRead(file, bytes, 1024, n) == SQLITE_IOERR_SHORT_READ && bytes[0] == 0);
  check_read_anew(file, i);
  /* A read ahead that fails is made again as it was asked for, and only then it counts. */
  file->pMethods->xUnlock(file, SQLITE_LOCK_NONE);
  fail_kind = 'r';
  fail_in = 4;
  fail_code = SQLITE_IOERR_READ;
  for (int at = 0; at < 4 * 1024; at += 1024) {
    CHECK(file->pMethods->xRead(file, bytes, 1024, at) == SQLITE_OK);
    CHECK(memcmp(bytes, files[i].bytes + at, 1024) == 0);
  }
  CHECK(fail_in == 0);
  fail_kind = 0;
  sqlite3_close(db);
  sqlite3_close(twin);
  is_ahead = 0;
#undef RUN
}

/* What fails, with which code, during which statement, and the result that SQLite gives. */
static const struct {
  int kind, in, code;
  const char *sql;
  int rc;
} failures[] = {
    {'r', 1, SQLITE_IOERR_READ, "select count(*) from t", SQLITE_IOERR_READ},
    {'r', 2, SQLITE_IOERR_READ, "select sum(length(b)) from t", SQLITE_IOERR_READ},
    {'r', 3, SQLITE_CORRUPT, "select sum(length(b)) from t", SQLITE_CORRUPT},
    {'z', 1, SQLITE_IOERR_FSTAT, "select count(*) from t", SQLITE_IOERR_FSTAT},
    {'o', 1, SQLITE_CANTOPEN, "delete from t", SQLITE_CANTOPEN},
    {'x', 1, SQLITE_IOERR_ACCESS, "select count(*) from t", SQLITE_IOERR_ACCESS},
    {'w', 1, SQLITE_IOERR_WRITE, "delete from t where a = 5", SQLITE_IOERR_WRITE},
    {'w', 3, SQLITE_FULL, "update t set b = zeroblob(400)", SQLITE_FULL},
    {'f', 1, SQLITE_IOERR_FSYNC, "delete from t where a = 5", SQLITE_IOERR_FSYNC},
    {'d', 1, SQLITE_IOERR_DELETE, "delete from t where a = 5", SQLITE_IOERR_DELETE},
    {'t', 1, SQLITE_IOERR_TRUNCATE, "pragma journal_mode = truncate; delete from t where a = 5",
     SQLITE_IOERR_TRUNCATE},
};

static void test_failures(void) {
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
    sqlite3 *db;
    memset(files, 0, sizeof files);
    CHECK(open_db("/a.db", NEW, &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, fill, NULL, NULL, NULL) == SQLITE_OK);
    CHECK(sqlite3_close(db) == SQLITE_OK);
    /*
    ** Without exclusive mode, each commit deletes the journal and each read looks for one: that
    ** reaches the calls that fail here.
    */
    CHECK(sqlite3_open_v2("/a.db", &db, OLD, "vss") == SQLITE_OK);
    sqlite3_extended_result_codes(db, 1);
    fail_kind = failures[i].kind;
    fail_in = failures[i].in;
    fail_code = failures[i].code;
    int rc = sqlite3_exec(db, failures[i].sql, NULL, NULL, NULL);
    if (!CHECK(rc == failures[i].rc && fail_in == 0))
      fprintf(stderr, "  %c of %s: %d, %s\n", failures[i].kind, failures[i].sql, rc,
              sqlite3_errmsg(db));
    fail_kind = 0;
    CHECK(sqlite3_close(db) == SQLITE_OK);
    /* Whatever failed, the next connection finds the state before or the state after. */
    CHECK(open_db("/a.db", OLD, &db) == SQLITE_OK);
    int n = ask(db, "select count(*) from t");
    CHECK(n == 200 || n == 199);
    CHECK(ask(db, "pragma integrity_check") == 0);
    CHECK(sqlite3_close(db) == SQLITE_OK);
  }
}

/* A replaced file takes no writes, whether its journal is new, was open before, or is in memory. */
static void test_moved(void) {
  static const char *const before[] = {"select 1", "delete from t where a = 5",
                                       "pragma journal_mode = memory"};
  for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
    sqlite3 *db;
    memset(files, 0, sizeof files);
    CHECK(open_db("/a.db", NEW, &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, fill, NULL, NULL, NULL) == SQLITE_OK);
    CHECK(sqlite3_close(db) == SQLITE_OK);
    CHECK(open_db("/a.db", OLD | SQLITE_OPEN_EXRESCODE, &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, before[i], NULL, NULL, NULL) == SQLITE_OK);
    int n = ask(db, "select count(*) from t");
    is_moved = 1;
    CHECK(sqlite3_exec(db, "delete from t", NULL, NULL, NULL) == SQLITE_READONLY_DBMOVED);
    CHECK(ask(db, "select count(*) from t") == n);
    is_moved = 0;
    CHECK(ask(db, "delete from t; select count(*) from t") == 0);
    CHECK(sqlite3_close(db) == SQLITE_OK);
  }
  /* What cannot be found out is an error, not a "no". */
  sqlite3 *db;
  CHECK(open_db("/a.db", OLD | SQLITE_OPEN_EXRESCODE, &db) == SQLITE_OK);
  int moved = -1;
  fail_kind = 'm';
  fail_in = 1;
  fail_code = SQLITE_IOERR_FSTAT;
  CHECK(sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_IOERR_FSTAT);
  CHECK(sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && !moved);
  CHECK(sqlite3_close(db) == SQLITE_OK);
}

/* A journal lies beside the file, not beside the link by which the file was opened. */
static void test_links(void) {
  sqlite3 *db;
  memset(files, 0, sizeof files);
  CHECK(open_db("/link.db", NEW, &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, fill, NULL, NULL, NULL) == SQLITE_OK);
  CHECK(find("/a.db") >= 0 && find("/a.db-journal") >= 0);
  CHECK(find("/link.db") < 0 && find("/link.db-journal") < 0);
  CHECK(sqlite3_close(db) == SQLITE_OK);
  fail_kind = 'p';
  fail_in = 1;
  fail_code = SQLITE_CANTOPEN;
  CHECK(open_db("/a.db", OLD, &db) == SQLITE_CANTOPEN);
  sqlite3_close(db);
}

/* The methods that SQLite seldom calls. */
static void test_methods(void) {
  sqlite3_vfs *vfs = sqlite3_vfs_find("vss");
  CHECK(vfs && sqlite3_vfs_find(NULL) == vfs);
  char text[16] = "?", path[8];
  CHECK(vfs->xGetLastError(vfs, sizeof text, text) == 0 && text[0] == 0);
  CHECK(vfs->xGetLastError(vfs, 0, NULL) == 0);
  CHECK(vfs->xSleep(vfs, 30) == 30);
  CHECK(vfs->xRandomness(vfs, 4, path) == 4 && path[3] == 7);
  CHECK(vfs->xFullPathname(vfs, "/1234.6", 8, path) == SQLITE_OK && strcmp(path, "/1234.6") == 0);
  CHECK(vfs->xFullPathname(vfs, "/12345.7", 8, path) == SQLITE_CANTOPEN);
  double days;
  CHECK(vfs->xCurrentTime(vfs, &days) == SQLITE_OK && days > 2452161.57 && days < 2452161.58);
  time_t seconds = 100;
  const struct tm *local = js_localtime(&seconds);
  CHECK(local->tm_sec == 100 && local->tm_yday == 107);
  CHECK(js_os_init() == SQLITE_OK && js_os_end() == SQLITE_OK);

  sqlite3 *db;
  memset(files, 0, sizeof files);
  CHECK(open_db("/a.db", NEW, &db) == SQLITE_OK);
  CHECK(ask(db, "select strftime('%Y%m', 'now')") == 200109);
  sqlite3_file *file;
  CHECK(sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK);
  int reserved = 1;
  CHECK(file->pMethods->xCheckReservedLock(file, &reserved) == SQLITE_OK && reserved == 0);
  CHECK(file->pMethods->xFileControl(file, SQLITE_FCNTL_VFSNAME, NULL) == SQLITE_NOTFOUND);
  CHECK(file->pMethods->xSectorSize(file) == 4096);
  CHECK(file->pMethods->xDeviceCharacteristics(file) == SQLITE_IOCAP_POWERSAFE_OVERWRITE);
  /* Bytes behind the end of a file read as zeros. */
  char bytes[4] = "abc";
  CHECK(file->pMethods->xRead(file, bytes, 4, 1000000) == SQLITE_IOERR_SHORT_READ);
  CHECK(memcmp(bytes, "\0\0\0\0", 4) == 0);
  CHECK(sqlite3_close(db) == SQLITE_OK);
}

int main(void) {
  CHECK(vfs_register() == SQLITE_OK);
  test_whole("delete");
  test_whole("truncate");
  test_whole("wal");
  test_whole("memory");
  test_ahead();
  test_ahead_is_not_stale();
  test_failures();
  test_moved();
  test_links();
  test_methods();
  return check_summary();
}
