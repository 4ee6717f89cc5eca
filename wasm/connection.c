/*
** What JavaScript does with a connection as a whole: open it, restrict it, check it, and turn it
** into bytes and back. shim.c says how values cross.
*/
#include <stddef.h>
#include <string.h>

#include "base/progress.h"
#include "deadline.h"
#include "guards/guards.h"
#include "import.h"
#include "like.h"
#include "text_functions.h"
#include "vss.h"

/*
** Opens a database and makes it safe and complete: extended result codes, defensive mode, vss0 and
** its functions, and a schema may not call functions with side effects.
**
** *out_db is set whatever the result, so that the caller can read the error's text and close it. It
** is NULL only when out of memory.
*/
int vss_js_open(const char *path, int flags, sqlite3 **out_db) {
  char *error = NULL;
  int rc = sqlite3_open_v2(path, out_db, flags | SQLITE_OPEN_EXRESCODE, NULL);
  sqlite3 *db = *out_db;
  if (rc != SQLITE_OK) return rc;
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
  /*
  ** Nobody else has the file open (vfs_js.c), and without shared memory WAL works in no other mode.
  */
  if (strcmp(path, ":memory:") != 0)
    rc = sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_vss_init(db, &error, NULL);
  sqlite3_free(error);
  return rc;
}

/*
** Sets the limits that SQLite publishes for SQL and files from elsewhere (sqlite.org/security.html,
** section 1). One differs: 10 parameters are recommended there, but an INSERT of ours binds the
** rowid and each of up to 100 columns.
*/
static void distrust(sqlite3 *db) {
  static const struct {
    int id, most;
  } limits[] = {
      {SQLITE_LIMIT_LENGTH, 1000000},
      {SQLITE_LIMIT_SQL_LENGTH, 100000},
      {SQLITE_LIMIT_COLUMN, 100},
      {SQLITE_LIMIT_EXPR_DEPTH, 10},
      {SQLITE_LIMIT_COMPOUND_SELECT, 3},
      {SQLITE_LIMIT_VDBE_OP, 25000},
      {SQLITE_LIMIT_FUNCTION_ARG, 8},
      {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
      {SQLITE_LIMIT_VARIABLE_NUMBER, 101},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 10},
  };
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
    sqlite3_limit(db, limits[i].id, limits[i].most);
}

static int tell_build(uint64_t done, uint64_t total) {
  return vss_import_build((double)done, (double)total);
}

/*
** Restricts a connection, before anything is read from it.
**
**   untrusted           1: the limits above hold, pages are checked as they are read, and the
**                       functions of text_functions.h, like.h and guards.h are in the place of
**                       SQLite's
**   deadline_ms         time that each statement may spend in here; below 0: no deadline
**   asks_stop           1: the import `stop` is asked as well whether to go on
**   memory_size_bytes   what SQLite and the index may allocate; 0: as much as there is
*/
int vss_js_restrict(sqlite3 *db, int untrusted, double deadline_ms, int asks_stop,
                    double memory_size_bytes) {
  vss_progress_set_host(tell_build);
  vss_deadline_limit(db, deadline_ms, asks_stop);
  if (memory_size_bytes > 0) sqlite3_hard_heap_limit64((sqlite3_int64)memory_size_bytes);
  if (!untrusted) return SQLITE_OK;
  distrust(db);
  int rc = vss_text_functions_register(db);
  if (rc == SQLITE_OK) rc = vss_like_register(db);
  if (rc == SQLITE_OK) rc = vss_sqlite_guard_fts5(db);
  if (rc == SQLITE_OK) rc = vss_sqlite_guard_strftime(db);
  if (rc != SQLITE_OK) return rc;
  return sqlite3_exec(db, "PRAGMA cell_size_check=1", NULL, NULL, NULL);
}

/*
** SQLITE_OK when PRAGMA quick_check finds no damage, else SQLITE_CORRUPT with what it found first.
*/
int vss_js_check(sqlite3 *db) {
  sqlite3_stmt *check = NULL;
  char *problem = NULL;
  int rc;
  vss_deadline_start();
  rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &check, NULL);
  if (rc == SQLITE_OK && sqlite3_step(check) == SQLITE_ROW) {
    const char *text = (const char *)sqlite3_column_text(check, 0);
    if (!text || strcmp(text, "ok") != 0)
      problem = sqlite3_mprintf("the database is damaged: %s", text ? text : "out of memory");
  }
  if (rc == SQLITE_OK) rc = sqlite3_finalize(check);
  if (rc == SQLITE_OK && problem) {
    rc = SQLITE_CORRUPT;
    sqlite3_set_errmsg(db, rc, problem);
  }
  sqlite3_free(problem);
  return vss_deadline_end(rc);
}

/* The head of an SQLite file (sqlite.org/fileformat2.html, section 1.3). */
enum {
  HEADER_WRITE_VERSION = 18, /* offsets of two bytes ... */
  HEADER_READ_VERSION = 19,
  HEADER_BYTES = 100,
  VERSION_ROLLBACK = 1, /* ... and what they may be */
  VERSION_WAL = 2
};

/* The greatest size to which a database in memory may grow: all of a 32-bit address space. */
#define DESERIALIZED_MAX_BYTES 4294967295

/*
** Makes the bytes the content of the database, which was just opened and is in memory. Takes over
** `bytes`, from vss_js_malloc(), also when it fails. A database in WAL mode is read as one in
** rollback mode, because bytes come without a log beside them.
*/
int vss_js_deserialize(sqlite3 *db, unsigned char *bytes, double size_bytes, int readonly) {
  const unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE |
                         (readonly ? SQLITE_DESERIALIZE_READONLY : 0);
  const sqlite3_int64 n = (sqlite3_int64)size_bytes;
  if (n >= HEADER_BYTES && bytes[HEADER_WRITE_VERSION] == VERSION_WAL &&
      bytes[HEADER_READ_VERSION] == VERSION_WAL) {
    bytes[HEADER_WRITE_VERSION] = bytes[HEADER_READ_VERSION] = VERSION_ROLLBACK;
  }
  int rc = sqlite3_deserialize(db, "main", bytes, n, n, flags);
  if (rc == SQLITE_OK) {
    sqlite3_int64 limit = DESERIALIZED_MAX_BYTES;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_SIZE_LIMIT, &limit);
  }
  return rc;
}

/*
** The database as bytes, to be freed with sqlite3_free(). NULL: out of memory, or an empty database
** where *out_size_bytes is 0, or refused where it is -1: while a statement writes, a copy would
** have pages of its middle. Also in autocommit, where a user function or a loop over RETURNING can
** ask.
*/
void *vss_js_serialize(sqlite3 *db, double *out_size_bytes) {
  sqlite3_int64 n = 0;
  *out_size_bytes = -1;
  if (sqlite3_txn_state(db, "main") == SQLITE_TXN_WRITE) return NULL;
  void *bytes = sqlite3_serialize(db, "main", &n, 0);
  *out_size_bytes = (double)n;
  return bytes;
}

/* Rows changed by the last INSERT, UPDATE or DELETE. */
double vss_js_changes(sqlite3 *db) {
  return (double)sqlite3_changes64(db);
}
