/*
** Blocks of codes that are stored in several parts, because those fill the pages of the database
** better: files are as small as docs/format.md promises, other connections follow single parts, and
** damaged parts are seen.
*/
#include "check_sql.h"
#include "faults/fault_hostile.h"

#include "index/index.h"
#include "vss0/store.h"

static uint64_t state;

static int below(int n) {
  return (int)(check_random(&state) % (uint64_t)n);
}

/* ---- how many ---- */

/* The sizes of pages to which the numbers of parts belong, from 512 to 65,536. */
static void test_numbers(void) {
  static const struct {
    uint64_t row_bytes;
    uint32_t n_parts[8];
  } wanted[] = {
      {0, {1, 1, 1, 1, 1, 1, 1, 1}},    {2, {1, 1, 2, 1, 1, 1, 1, 1}},
      {48, {1, 1, 1, 1, 1, 4, 2, 2}},   {384, {1, 1, 1, 1, 1, 8, 4, 2}},
      {768, {1, 1, 1, 1, 1, 1, 8, 4}},  {1024, {1, 1, 1, 1, 1, 1, 1, 16}},
      {1536, {1, 1, 1, 1, 1, 1, 1, 8}}, {3072, {1, 1, 1, 1, 1, 1, 1, 1}},
  };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    for (int p = 0; p < 8; p++) {
      uint32_t n_parts = vss_store_cache_parts(UINT64_C(512) << p, wanted[i].row_bytes);
      if (!CHECK(n_parts == wanted[i].n_parts[p]))
        fprintf(stderr, "  %d bytes, pages of %d: %u\n", (int)wanted[i].row_bytes, 512 << p,
                n_parts);
    }
  }
  for (uint64_t row_bytes = 1; row_bytes <= 4096; row_bytes++) {
    for (uint64_t page = 512; page <= 65536; page *= 2) {
      uint32_t n_parts = vss_store_cache_parts(page, row_bytes);
      CHECK(n_parts >= 1 && n_parts <= VSS_MOST_PARTS && (n_parts & (n_parts - 1)) == 0);
    }
  }
}

/*
** What rows add to a file, against the bytes of their vectors, codes and filter values: at most
** 1.08 times as much, and the pages that are begun in each table and in each kind of item.
*/
static void test_file_size(int dim, int page_bytes) {
  enum { VECTOR_BYTES = 12 << 20, FIRST_ROWS = 64, BEGUN_PAGES = 4 };
  int n_rows = VECTOR_BYTES / (4 * dim) / 64 * 64;
  snprintf(fault_where, sizeof fault_where, "%d dimensions, pages of %d", dim, page_bytes);
  sqlite3 *db = fault_open(":memory:", NULL);
  fault_expect_f(db, NULL, __LINE__,
                 "pragma page_size = %d; create virtual table t using vss0(e(%d), n integer)",
                 page_bytes, dim);
  sqlite3_int64 sizes[2];
  for (int i = 0; i < 2; i++) {
    /* Random bytes would not all be finite floats: each vector has one component of its own. */
    fault_expect_f(db, NULL, __LINE__,
                   "with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) "
                   "insert into t(e, n) select cast(zeroblob(%d) || "
                   "vector_from_json('[' || i || ']') || zeroblob(%d) as blob), i from n",
                   i == 0 ? FIRST_ROWS : n_rows, 4 * (dim / 2), 4 * (dim - dim / 2 - 1));
    sizes[i] = check_number(db, "pragma page_count") * page_bytes;
  }
  double grown = (double)(sizes[1] - sizes[0] - BEGUN_PAGES * page_bytes);
  double bytes = (double)n_rows * (4 * dim + dim + 2);
  if (!CHECK(grown <= 1.08 * bytes)) fprintf(stderr, "  %s: %.4f\n", fault_where, grown / bytes);
  FAULT_CLOSE(db);
}

/* ---- following ---- */

static const HostileSearch nearest = {
    "select rowid, distance from t where vss_search(e, '[3, 4]') limit 40",
    "select rowid, vss_distance_l2(e, '[3, 4]') from t where e is not null order by 2, 1 limit 40"};

static sqlite3 *open_shared(const char *location) {
  sqlite3 *db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
  CHECK(sqlite3_open_v2(location, &db, flags, NULL) == SQLITE_OK);
  CHECK(sqlite3_vss_init(db, NULL, NULL) == SQLITE_OK);
  return db;
}

/*
** Two connections write in turns, to pages for which blocks of two components are stored in two
** parts. Each follows the other without building, and so does one that opens the table anew.
*/
static void test_following(int round) {
  char location[40];
  snprintf(location, sizeof location, "file:/parts-%d?vfs=memdb", round);
  snprintf(fault_where, sizeof fault_where, "following, round %d", round);
  sqlite3 *dbs[] = {open_shared(location), open_shared(location)};
  FAULT_EXPECT(dbs[0], "pragma page_size = 2048; create virtual table t using vss0(e(2))", NULL);
  for (int i = 0; i < 30; i++) {
    sqlite3 *db = dbs[below(2)];
    int n = below(3) ? 1 : 1 + below(100), from = 1 + below(300);
    const char *sql =
        below(3) ? "with recursive n(i) as (select %d union all select i + 1 from n where i < %d) "
                   "insert or replace into t(rowid, e) select i, case when i %% 9 then '[' || "
                   "(i * 37 %% 100) || ',' || (i %% 13) || ']' end from n"
        : below(2) ? "delete from t where rowid between %d and %d"
                   : "update t set e = '[' || rowid || ', 1]' where rowid between %d and %d";
    FAULT_EXPECT(db, "begin", NULL);
    fault_expect_f(db, NULL, __LINE__, sql, from, from + n - 1);
    FAULT_EXPECT(db, below(6) ? "commit" : "rollback", NULL);
    for (int c = 0; c < 2; c++)
      if (below(2)) CHECK(hostile_ask(dbs[c], &nearest) == HOSTILE_RIGHT);
  }
  sqlite3 *late = open_shared(location);
  CHECK(hostile_ask(late, &nearest) == HOSTILE_RIGHT);
  FAULT_EXPECT(late, "select vss_table_stats('t') ->> 'rebuilds'", "0;");
  FAULT_EXPECT(late, "insert into t(t) values ('integrity-check')", "");
  FAULT_CLOSE(late);
  for (int c = 0; c < 2; c++) {
    CHECK(hostile_ask(dbs[c], &nearest) == HOSTILE_RIGHT);
    FAULT_EXPECT(dbs[c], "select vss_table_stats('t') ->> 'rebuilds'", "0;");
    FAULT_CLOSE(dbs[c]);
  }
}

/* A commit of one row writes the part of that row, and no other. */
static void test_single_row(void) {
  snprintf(fault_where, sizeof fault_where, "a single row");
  sqlite3 *db = fault_open(":memory:", NULL);
  FAULT_EXPECT(db,
               "pragma page_size = 65536; create virtual table t using vss0(e(384)); "
               "with recursive n(i) as (select 1 union all select i + 1 from n where i < 640) "
               "insert into t(e) select cast(zeroblob(1532) || vector_from_json('[' || i || ']') "
               "as blob) from n",
               NULL);
  FAULT_EXPECT(db, "select count(*) from t_cache where id >> 32 = 2", "20;");
  FAULT_EXPECT(db, "update t set e = zeroblob(1536) where rowid = 70", NULL);
  FAULT_EXPECT(db,
               "select id & 0xffffffff from t_cache where id >> 32 = 2 and version = "
               "(select value from t_config where key = 'version')",
               "2;");
  FAULT_CLOSE(db);
}

/* ---- damage ---- */

static void fill(sqlite3 *db) {
  FAULT_EXPECT(db,
               "create virtual table t using vss0(e(2)); "
               "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200) "
               "insert into t(e) select '[' || (i * 37 % 100) || ',' || (i % 13) || ']' from n",
               NULL);
}

static void damage(const char *sql, const char *rebuilds) {
  snprintf(fault_where, sizeof fault_where, "%s", sql);
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
  hostile_functions(db);
  FAULT_EXPECT(db, sql, NULL);
  CHECK(hostile_ask(db, &nearest) == HOSTILE_RIGHT);
  FAULT_EXPECT(db, "select vss_table_stats('t') ->> 'rebuilds'", rebuilds);
  /* The next commit makes the cache a sound one, whatever was in it. */
  FAULT_EXPECT(db, "insert into t(e) values ('[3, 3.5]')", NULL);
  sqlite3_int64 size = 0;
  unsigned char *image = sqlite3_serialize(db, "main", &size, 0);
  FAULT_CLOSE(db);
  db = fault_open_image(image, size);
  sqlite3_free(image);
  CHECK(hostile_ask(db, &nearest) == HOSTILE_RIGHT);
  FAULT_EXPECT(db, "select vss_table_stats('t') ->> 'rebuilds'", "0;");
  FAULT_EXPECT(db, "insert into t(t) values ('integrity-check')", "");
  FAULT_CLOSE(db);
}

static void test_damage(void) {
  hostile_make(2048, fill);
  damage("select 1", "0;");
  damage("delete from t_cache where id = block(0, 3)", "1;");
  damage("update t_cache set data = (select seal(data, block(0, 1)) from t_cache where id = "
         "block(0, 0)) where id = block(0, 1)",
         "1;");
  /* Byte 3 says how many parts there are. */
  damage("update t_cache set data = seal(patch(data, 3, x'00'), id) where id = block(0, 2)", "1;");
  damage("update t_cache set data = seal(patch(data, 3, x'20'), id) where id = block(0, 2)", "1;");
  damage("update t_cache set data = seal(patch(data, 3, x'50'), id) where id = block(0, 2)", "1;");
  damage("update t_cache set data = seal(patch(data, 3, x'f0'), id) where id >= block(0, 0)", "1;");
  /* Another codebook in a block, which is there: the other part of the block goes. */
  damage("insert into t_cache select book(0, 1), version, seal(data, book(0, 1)) from t_cache "
         "where id = book(0, 0); update t_cache set data = "
         "seal(patch(data, 8, x'01000000'), id) where id = block(0, 3)",
         "1;");
  damage("insert into t_cache select block(0, 8), version, seal(data, block(0, 8)) from t_cache "
         "where id = block(0, 0)",
         "1;");
  /* Other pages want other parts, and the stored ones are read all the same. */
  damage("pragma page_size = 4096; vacuum", "0;");
  damage("pragma page_size = 65536; vacuum; delete from t_cache where id = block(0, 3)", "1;");
  damage("pragma page_size = 65536; vacuum; insert into t(t) values ('rebuild')", "1;");
  sqlite3_free(hostile_image);
}

int main(void) {
  state = check_seed();
  test_numbers();
  static const int dims[] = {384, 768, 1024, 1536, 3072};
  for (size_t i = 0; i < sizeof dims / sizeof *dims; i++)
    for (int page_bytes = 4096; page_bytes <= 65536; page_bytes *= 2)
      test_file_size(dims[i], page_bytes);
  for (int round = 0; round < 12; round++)
    test_following(round);
  test_single_row();
  test_damage();
  return check_summary();
}
