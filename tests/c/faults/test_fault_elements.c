/*
** Faults in a table with a vector column of each element type.
**
**   hostile   a BLOB of a shadow table is cut, lengthened, flipped, filled or exchanged, in t_cache
**             half of the time with its checksum made right. Using the table gives an error or an
**             answer. Damage in t_cache that the checksum shows changes no answer, and a rebuild
**             makes right what was damaged there
**   memory    in each operation on a cold table one allocation fails, or one and all after it. Then
**             the table is sound, and answers as after a rebuild
**
**   test_fault_elements [cases]     VSS_TEST_SEED repeats the draw
*/
#include "sqlite/sqlite_api.h"

#include "faults/fault_allocator.h"
#include "faults/fault_hostile.h"

enum { ROWS = 150, DIM = 24, BITS = 72 };

static uint64_t seed;
/* Numbers from -1.5 to 1.5 as JSON. Bits are their signs. */
static char *random_vector(int dim) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  for (int j = 0; j < dim; j++)
    sqlite3_str_appendf(text, "%s%.3f", j ? "," : "[",
                        (double)(check_random(&seed) % 3001) / 1000 - 1.5);
  sqlite3_str_appendchar(text, 1, ']');
  return sqlite3_str_finish(text);
}

static char *query, *bit_query;

static void fill(sqlite3 *db) {
  fault_expect_f(
      db, NULL, __LINE__,
      "create virtual table t using vss0(h float16[%d], i int8[%d] scale=80, c int8[%d] "
      "scale=80 metric_type=COSINE, l int8[%d] scale=80 metric_type=L1, b bit[%d], n int)",
      DIM, DIM, DIM, DIM, BITS);
  FAULT_EXPECT(db, "begin", NULL);
  for (int row = 1; row <= ROWS; row++) {
    char *vector = random_vector(DIM), *bits = random_vector(BITS);
    fault_expect_f(db, NULL, __LINE__,
                   "insert into t(rowid, h, i, c, l, b, n) values(%d, '%s', '%s', '%s', '%s', "
                   "nullif('%s', iif(%d %% 9, '', '%s')), %d)",
                   row, vector, vector, vector, vector, bits, row, bits, row % 10);
    sqlite3_free(vector);
    sqlite3_free(bits);
  }
  FAULT_EXPECT(db, "commit", NULL);
}

/* Searches of every column, with and without a filter. Returns the code of the first error. */
static int ask(sqlite3 *db, FaultText *out) {
  int rc = SQLITE_OK;
  for (const char *column = "hiclb"; *column && rc == SQLITE_OK; column++) {
    char *sql = sqlite3_mprintf(
        "select rowid, distance from t where vss_search(%c, '%s') limit 20; "
        "select rowid, distance from t where vss_search(%c, '%s') and n in (2, 5) limit 9",
        *column, *column == 'b' ? bit_query : query, *column, *column == 'b' ? bit_query : query);
    rc = sql ? fault_run(db, sql, out) : SQLITE_NOMEM;
    sqlite3_free(sql);
  }
  return rc;
}

static void expect_answers(sqlite3 *db, const FaultText *wanted) {
  FaultText got = {0};
  fault_report(ask(db, &got) == SQLITE_OK, "answers", sqlite3_errmsg(db), __LINE__);
  fault_report(fault_text_equal(&got, wanted), "the same answers", got.text, __LINE__);
  fault_text_free(&got);
}

static void use(sqlite3 *db) {
  static const char *const uses[] = {
      "select rowid, hex(h), hex(i), hex(c), hex(l), hex(b) from t where n < 5",
      "insert into t(t) values('integrity-check')",
      "insert into t(rowid, h, i, c, l, b) select 900, h, i, c, l, b from t where rowid = 5",
      "update t set i = (select x.c from t as x where x.rowid = 3), b = null where rowid in (1, "
      "70)",
      "delete from t where rowid in (3, 4, 900)",
      "pragma integrity_check",
  };
  FaultText rest = {0};
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
    fault_run(db, uses[i], &rest);
  fault_text_free(&rest);
}

/* ---- hostile ---- */

/* A random BLOB of a random shadow table: its table, column, rowid and bytes. */
static sqlite3_stmt *random_blob(sqlite3 *db) {
  char *sql = sqlite3_mprintf(
      "with c(t, c) as (select s.name, x.name from sqlite_schema as s, pragma_table_info(s.name) "
      "as "
      "x where s.name like 't^_%%' escape '^' and s.sql not like '%%without rowid%%') "
      "select t, c from c where lower(c) in ('data', 'vectors') "
      "limit 1 offset (abs(%lld) %% (select count(*) from c where lower(c) in "
      "('data', 'vectors')))",
      (long long)(check_random(&seed) >> 2));
  sqlite3_stmt *stmt = NULL;
  CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
  sqlite3_free(sql);
  CHECK(sqlite3_step(stmt) == SQLITE_ROW);
  sql = sqlite3_mprintf("select '%w', '%w', rowid, \"%w\" from \"%w\" limit 1 offset "
                        "(%lld %% (select count(*) from \"%w\"))",
                        sqlite3_column_text(stmt, 0), sqlite3_column_text(stmt, 1),
                        sqlite3_column_text(stmt, 1), sqlite3_column_text(stmt, 0),
                        (long long)(check_random(&seed) >> 2), sqlite3_column_text(stmt, 0));
  sqlite3_finalize(stmt);
  CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
  sqlite3_free(sql);
  CHECK(sqlite3_step(stmt) == SQLITE_ROW);
  return stmt;
}

/* Change the bytes. Returns their new number; 0: it is what it was. */
static int damage(unsigned char *bytes, int size, int room) {
  int at = size ? (int)(check_random(&seed) % (uint64_t)size) : 0;
  switch (check_random(&seed) % 5) {
    case 0: return at;
    case 1: return size + (int)(check_random(&seed) % (uint64_t)(room - size));
    case 2: memset(bytes, check_random(&seed) % 2 ? 0xff : 0x80, (size_t)size); return size;
    case 3:
      for (int i = at; i < size; i++)
        bytes[i] = (unsigned char)check_random(&seed);
      return size;
    default: bytes[at] ^= (unsigned char)(1u << check_random(&seed) % 8); return size;
  }
}

static void test_hostile(const FaultText *wanted) {
  static unsigned char bytes[1 << 17];
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
  sqlite3_stmt *blob = random_blob(db);
  const char *table = (const char *)sqlite3_column_text(blob, 0);
  int is_cache = strcmp(table, "t_cache") == 0, size = sqlite3_column_bytes(blob, 3);
  sqlite3_int64 id = sqlite3_column_int64(blob, 2);
  memset(bytes, 0, sizeof bytes);
  if (size) memcpy(bytes, sqlite3_column_blob(blob, 3), (size_t)size);
  int damaged = damage(bytes, size, (int)sizeof bytes - 1), is_sealed = 0;
  int is_same =
      damaged == size && (!size || memcmp(bytes, sqlite3_column_blob(blob, 3), (size_t)size) == 0);
  if (is_cache && check_random(&seed) % 2) {
    hostile_seal(bytes, damaged, id);
    is_sealed = 1;
  }
  snprintf(fault_where, sizeof fault_where, "%s %lld, %d bytes became %d%s", table, (long long)id,
           size, damaged, is_sealed ? ", sealed" : "");
  char *sql = sqlite3_mprintf("update \"%w\" set \"%w\" = ?1 where rowid = ?2", table,
                              sqlite3_column_text(blob, 1));
  sqlite3_finalize(blob);
  CHECK(sqlite3_prepare_v2(db, sql, -1, &blob, NULL) == SQLITE_OK);
  sqlite3_free(sql);
  sqlite3_bind_blob(blob, 1, bytes, damaged, SQLITE_STATIC);
  sqlite3_bind_int64(blob, 2, id);
  fault_report(sqlite3_step(blob) == SQLITE_DONE, "damaged", sqlite3_errmsg(db), __LINE__);
  sqlite3_finalize(blob);
  FaultText got = {0};
  if (is_cache && (!is_sealed || is_same)) expect_answers(db, wanted);
  ask(db, &got);
  if (is_cache) {
    FAULT_EXPECT(db, "insert into t(t) values('rebuild')", NULL);
    expect_answers(db, wanted);
  }
  use(db);
  fault_text_free(&got);
  FAULT_CLOSE(db);
}

/* ---- memory ---- */

static void test_memory(void) {
  static const char *const operations[] = {
      "select rowid, distance from t where vss_search(c, (select c from t where rowid = 9)) limit "
      "5",
      "select rowid, distance from t where vss_search(b, (select b from t where rowid = 8)) limit "
      "5",
      "select rowid from t where vss_search(h, (select h from t where rowid = 8)) and n = 3",
      "insert into t(h, i, c, l, b) select h, i, c, l, b from t where rowid between 20 and 90",
      "update t set i = c, b = null where rowid < 20",
      "delete from t where rowid between 40 and 120",
      "insert into t(t) values('rebuild')",
      "create virtual table u using vss0(e int8[8] scale=3, b bit[8])",
  };
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
  const char *sql = operations[check_random(&seed) % (sizeof operations / sizeof *operations)];
  int at = 1 + (int)(check_random(&seed) % (check_random(&seed) % 4 ? 300 : 4000));
  snprintf(fault_where, sizeof fault_where, "allocation %d of %s", at, sql);
  FaultText rest = {0}, before = {0};
  fail_in = at;
  fail_always = (int)(check_random(&seed) % 2);
  int rc = fault_run(db, sql, &rest);
  fail_in = 0;
  fault_report(rc == SQLITE_OK || (rc & 255) == SQLITE_NOMEM, "out of memory or nothing",
               sqlite3_errmsg(db), __LINE__);
  FAULT_EXPECT(db, "insert into t(t) values('integrity-check')", "");
  fault_report(ask(db, &before) == SQLITE_OK, "answers", sqlite3_errmsg(db), __LINE__);
  FAULT_EXPECT(db, "insert into t(t) values('rebuild')", NULL);
  expect_answers(db, &before);
  fault_text_free(&before);
  fault_text_free(&rest);
  FAULT_CLOSE(db);
}

int main(int argc, char **argv) {
  int n_cases = argc > 1 ? atoi(argv[1]) : 150;
  seed = check_seed();
  fault_allocator_install();
  query = random_vector(DIM);
  bit_query = random_vector(BITS);
  hostile_make(4096, fill);
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
  FaultText wanted = {0};
  CHECK(ask(db, &wanted) == SQLITE_OK && wanted.size > 1000);
  FAULT_EXPECT(db, "select vss_table_stats('t') ->> 'rebuilds'", "0;");
  FAULT_EXPECT(db, "insert into t(t) values('rebuild')", NULL);
  expect_answers(db, &wanted);
  FAULT_CLOSE(db);
  for (int i = 0; i < n_cases; i++) {
    test_hostile(&wanted);
    test_memory();
  }
  sqlite3_free(query);
  sqlite3_free(bit_query);
  sqlite3_free(hostile_image);
  fault_text_free(&wanted);
  return check_summary();
}
