/*
** A database file and SQL, both from somebody else: a connection with the limits of untrusted use
** opens the file and runs the SQL on it. An error and an answer are both fine; a read out of
** bounds, a leak and a hang are not. Where only the stored index is damaged, a search gives true
** distances. Where the damage also leaves a checksum wrong, it gives the right rows too.
**
**   input: u8 flags, u16 size of the SQL, SQL, then
**     flags & 1   the file itself
**     otherwise   changes to a good file; each is a u8 kind and what the kind reads
**     flags & 2   only that SQL; otherwise the statements of `uses` run after it
*/
#include "fuzz_db.h"

#include "base/crc32.h"
#include "kernel/checksum.h"

enum { MAX_STATEMENTS = 12, MAX_BLOBS = 16, ROWS = 30, HEAP_BYTES = 48 << 20, MAX_TICKS = 60 };

/* The good file, and where in it the stored index lies. */
static unsigned char *image;
static sqlite3_int64 image_size;
static struct {
  size_t at, size;
  int has_checksum;
} blobs[MAX_BLOBS];
static int n_blobs;

static void find_blobs(sqlite3 *db) {
  sqlite3_stmt *stmt = NULL;
  fuzz_must(db, "pragma page_size");
  FUZZ_CHECK(sqlite3_prepare_v2(db, "select id >> 32, data from t_cache", -1, &stmt, NULL) ==
                 SQLITE_OK,
             "%s", sqlite3_errmsg(db));
  while (sqlite3_step(stmt) == SQLITE_ROW && n_blobs < MAX_BLOBS) {
    size_t size = (size_t)sqlite3_column_bytes(stmt, 1);
    const void *bytes = sqlite3_column_blob(stmt, 1);
    size_t at = 0;
    while (at + size <= (size_t)image_size && memcmp(image + at, bytes, size) != 0)
      at++;
    FUZZ_CHECK(at + size <= (size_t)image_size, "a BLOB is not in one piece");
    blobs[n_blobs].at = at;
    blobs[n_blobs].size = size;
    blobs[n_blobs++].has_checksum = sqlite3_column_int(stmt, 0) != 0;
  }
  sqlite3_finalize(stmt);
  FUZZ_CHECK(n_blobs >= 3, "%d BLOBs", n_blobs);
}

static void make_image(void) {
  sqlite3 *db = fuzz_open();
  fuzz_must(db,
            "pragma page_size = 4096;"
            "create virtual table t using vss0(a(3), b(2) metric_type=COSINE, year integer, room "
            "text collate nocase);"
            "begin;");
  for (int i = 1; i <= ROWS; i++)
    fuzz_must(db,
              "insert into t(rowid, a, b, year, room) values(%d, '[%d,%d,%d]', '[%d,1]', %d, '%s')",
              i, i * 7 % 11, i * 5 % 13 - 6, i, i - 9, 1990 + i % 9, i % 3 ? "east" : "West");
  fuzz_must(db, "create table plain(id integer primary key, embedding);"
                "insert into plain select rowid, a from t;"
                "create view near as select rowid, distance from t where vss_search(a, '[1,2,3]');"
                "create trigger after_plain after insert on plain begin "
                "insert into t(rowid, a) values (new.id, new.embedding); end;"
                "commit");
  image = sqlite3_serialize(db, "main", &image_size, 0);
  if (!image) abort();
  find_blobs(db);
  fuzz_close(db);
}

/* --- damage ----------------------------------------------------------------------------------- */

enum { DAMAGED_ROWS = 1, DAMAGED_INDEX = 2, DAMAGED_UNSEEN = 4 };

/* The last eight bytes of an item are its checksum and its id. */
static void seal(unsigned char *bytes, size_t size) {
  if (size < 12) return;
  size -= 8;
  VssCrc32 table;
  vss_crc32_init(&table);
  /* Blocks have another checksum than the other items: docs/format.md. */
  uint32_t sum = bytes[0] == 2 && bytes[1] == 'b' ? vss_checksum_scalar(bytes, size - 4)
                                                  : vss_crc32_of(&table, bytes, size - 4);
  for (int i = 0; i < 4; i++)
    bytes[size - 4 + (size_t)i] = (unsigned char)(sum >> (8 * i));
}

static int change(FuzzInput *in, unsigned char *file) {
  int kind = fuzz_u8(in);
  size_t at = (size_t)fuzz_uint(in, 2), n = 1 + (size_t)fuzz_below(in, 16);
  if (kind % 4 == 0) {
    at = (at + (size_t)(kind / 4) * 4096) % (size_t)image_size;
    for (; n > 0 && at < (size_t)image_size; n--)
      file[at++] = fuzz_u8(in);
    return DAMAGED_ROWS;
  }
  int b = kind / 4 % n_blobs;
  unsigned char *bytes = file + blobs[b].at;
  for (at %= blobs[b].size; n > 0 && at < blobs[b].size; n--)
    bytes[at++] = fuzz_u8(in);
  if (!blobs[b].has_checksum) return DAMAGED_INDEX | DAMAGED_UNSEEN;
  if (kind % 4 == 1) return DAMAGED_INDEX;
  seal(bytes, blobs[b].size);
  return DAMAGED_INDEX | DAMAGED_UNSEEN;
}

/* --- use -------------------------------------------------------------------------------------- */

/* Ends a statement that runs for more than about a fifth of a second. */
static int n_ticks;
static int tick(void *context) {
  (void)context;
  return ++n_ticks > MAX_TICKS;
}

/* The limits of open(..., { untrusted: true }), except those that are too low to try much. */
static void restrict_to_untrusted(sqlite3 *db) {
  static const struct {
    int id, value;
  } limits[] = {
      {SQLITE_LIMIT_LENGTH, 1000000},
      {SQLITE_LIMIT_SQL_LENGTH, 100000},
      {SQLITE_LIMIT_COLUMN, 100},
      {SQLITE_LIMIT_EXPR_DEPTH, 20},
      {SQLITE_LIMIT_COMPOUND_SELECT, 5},
      {SQLITE_LIMIT_VDBE_OP, 25000},
      {SQLITE_LIMIT_FUNCTION_ARG, 8},
      {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
      {SQLITE_LIMIT_VARIABLE_NUMBER, 101},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 10},
  };
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
    sqlite3_limit(db, limits[i].id, limits[i].value);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_exec(db, "pragma cell_size_check = on", NULL, NULL, NULL);
  n_ticks = 0;
  sqlite3_progress_handler(db, 1000, tick, NULL);
}

static void run_sql(sqlite3 *db, const char *sql) {
  for (int i = 0; i < MAX_STATEMENTS && *sql; i++) {
    sqlite3_stmt *stmt = NULL;
    const char *rest = sql;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, &rest);
    if (rc != SQLITE_OK || rest == sql) return;
    n_ticks = 0;
    for (int n_rows = 0; stmt && n_rows < 100 && (rc = sqlite3_step(stmt)) == SQLITE_ROW;
         n_rows++) {
      for (int c = 0; c < sqlite3_column_count(stmt); c++)
        sqlite3_column_text(stmt, c);
    }
    FUZZ_CHECK(rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE || sqlite3_errmsg(db)[0],
               "no text");
    sqlite3_finalize(stmt);
    sql = rest;
  }
}

#define QUERY "'[2, 1.5, 3]'"

/* The vectors of column a: 64 of 3 floats make a pack. */
#define VECTORS                                                                                    \
  "(select r.rowid as rowid, substr(p.vectors, 10 + r.slot % 64 * 21, 12) as vector "              \
  "from t_rows r join t_vector0 p on p.pack = r.slot / 64 "                                        \
  "where hex(substr(p.vectors, 1 + r.slot % 64 * 21, 9)) = printf('01%016X', r.rowid))"

static const char uses[] =
    "select count(*), max(year) from t;"
    "select rowid, distance, vector_to_json(a) from t where vss_search(a, " QUERY
    ") and year > 1993 and room like 'e%' limit 5;"
    "select rowid from t where b match '[1, 1]' and k = 4 and rowid in (1, 5, 9, 30, 777);"
    "insert into t(t) values('integrity-check');"
    "insert into t(rowid, a, b, year) values(900, '[7,7,7]', '[1,1]', 1);"
    "update t set a = '[8,8,8]', rowid = rowid + 1000 where rowid in (1, 2, 30);"
    "delete from t where rowid < 5 or year = 1995;"
    "select faiss_search('main', 'plain', " QUERY ", 3);"
    "insert into t(t) values('rebuild');"
    "pragma integrity_check;";

/* What must hold of a search while the rows are those of the good file. */
static void check_answers(sqlite3 *db, int damage) {
  int rc;
  char *found =
      fuzz_query(db, "select rowid, distance from t where vss_search(a, " QUERY ")", NULL, 0, &rc);
  if (!(damage & DAMAGED_UNSEEN)) {
    FUZZ_CHECK(rc == SQLITE_OK, "%s", sqlite3_errmsg(db));
    char *wanted = fuzz_rows(db, "%s",
                             "select rowid, vss_distance_l2(vector, " QUERY ") as d from " VECTORS
                             " order by d, rowid");
    FUZZ_CHECK(strcmp(found, wanted) == 0, "got %s, expected %s", found, wanted);
    sqlite3_free(wanted);
  }
  if (rc == SQLITE_OK) {
    char *wrong = fuzz_rows(
        db, "%s",
        "select s.rowid, s.distance from (select rowid, distance from t where "
        "vss_search(a, " QUERY ") limit 99) s left join " VECTORS " v on v.rowid = "
        "s.rowid where v.rowid is null or vss_distance_l2(v.vector, " QUERY ") <> s.distance");
    FUZZ_CHECK(!wrong[0], "wrong distances: %s", wrong);
    sqlite3_free(wrong);
  }
  sqlite3_free(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  FuzzInput in = {bytes, size};
  if (!image) {
    make_image();
    sqlite3_hard_heap_limit64(HEAP_BYTES);
  }
  sqlite3_int64 before = sqlite3_memory_used();
  int flags = fuzz_u8(&in), damage = DAMAGED_ROWS;
  size_t sql_size = (size_t)fuzz_uint(&in, 2) % 4000, file_size;
  FuzzInput sql_in = {in.at, sql_size < in.left ? sql_size : in.left};
  in.at += sql_in.left;
  in.left -= sql_in.left;
  char *sql = fuzz_text(&sql_in, &sql_size);
  sqlite3 *db;
  if (flags & 1) {
    uint8_t *file = fuzz_bytes(&in, in.left, &file_size);
    db = fuzz_open_image(file, (sqlite3_int64)file_size);
    free(file);
  } else {
    unsigned char *file = malloc((size_t)image_size);
    if (!file) abort();
    memcpy(file, image, (size_t)image_size);
    damage = 0;
    for (int n = 0; n < 20 && in.left; n++)
      damage |= change(&in, file);
    db = fuzz_open_image(file, image_size);
    free(file);
  }
  restrict_to_untrusted(db);
  if (!(damage & DAMAGED_ROWS)) check_answers(db, damage);
  run_sql(db, sql);
  if (!(flags & 2)) run_sql(db, uses);
  fuzz_close(db);
  free(sql);
  FUZZ_CHECK(sqlite3_memory_used() == before, "%lld bytes are left",
             (long long)(sqlite3_memory_used() - before));
  return 0;
}
