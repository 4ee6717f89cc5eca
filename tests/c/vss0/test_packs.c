/*
** vss0/store_packs.c: vectors in packs. Random writes are compared with an ordinary table that gets
** the same, by SQL that knows nothing of the module; and packs have the sizes that docs/format.md
** promises.
*/
#include "check_sql.h"
#include "faults/fault_hostile.h"
#include "vss0/store_packs.h"

static uint64_t state;

static int below(int n) {
  return (int)(check_random(&state) % (uint64_t)n);
}

/* ---- sizes ---- */

/* The number of vectors per pack is part of the format: whoever changes it must change that. */
static void test_lanes(void) {
  static const struct {
    uint64_t vector_bytes;
    uint32_t lanes;
  } wanted[] = {{1, 57},    {8, 59},    {12, 64},   {16, 40},  {48, 35},   {128, 59},
                {256, 61},  {384, 41},  {512, 62},  {768, 42}, {1024, 31}, {1536, 21},
                {2048, 15}, {3072, 10}, {4096, 15}, {6144, 5}, {12288, 5}, {16384, 12},
                {32768, 6}, {65536, 3}, {262144, 1}};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    if (!CHECK(vss_pack_lanes(wanted[i].vector_bytes) == wanted[i].lanes))
      fprintf(stderr, "  %llu bytes: %u\n", (unsigned long long)wanted[i].vector_bytes,
              vss_pack_lanes(wanted[i].vector_bytes));
  uint32_t sum = 0;
  for (uint64_t bytes = 1; bytes <= 262144; bytes += bytes < 4096 ? 1 : 4) {
    uint32_t lanes = vss_pack_lanes(bytes);
    CHECK(lanes >= 1 && lanes <= VSS_PACK_MAX_LANES);
    CHECK(lanes == 1 || lanes * (bytes + VSS_PACK_HEADER_BYTES) <= 1 << 18);
    sum = sum * 31 + lanes;
  }
  if (!CHECK(sum == UINT32_C(4006386526))) fprintf(stderr, "  sum %u\n", sum);
}

/* L1 has no codes, so that nearly the whole file is vectors; 100 bytes per row are for the rest. */
static void test_file_size(int dim, int page_bytes) {
  enum { ROWS = 600 };
  snprintf(fault_where, sizeof fault_where, "%d dimensions, pages of %d", dim, page_bytes);
  char sql[400];
  snprintf(sql, sizeof sql,
           "pragma page_size = %d; create virtual table t using vss0(e(%d) metric_type=L1); "
           "with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) "
           "insert into t(e) select zeroblob(%d) from n",
           page_bytes, dim, ROWS, 4 * dim);
  sqlite3 *db = fault_open(":memory:", NULL);
  FAULT_EXPECT(db, sql, NULL);
  sqlite3_int64 file_bytes =
      check_number(db, "select page_count from pragma_page_count") * page_bytes;
  sqlite3_int64 vector_bytes = (sqlite3_int64)ROWS * 4 * dim;
  /* Each of the shadow tables and the schema has a page that is not full; so has the last pack. */
  if (!CHECK(file_bytes <= vector_bytes * 107 / 100 + ROWS * 40 + 12 * page_bytes))
    fprintf(stderr, "  %s: %lld bytes for %lld\n", fault_where, file_bytes, vector_bytes);
  FAULT_EXPECT(db, "delete from t; vacuum", NULL);
  CHECK(check_number(db, "select page_count from pragma_page_count") <= 12);
  FAULT_CLOSE(db);
}

/* ---- random writes ---- */

/* 200 floats and 33: 40 and 57 lanes. A pack of a has several pages, one of b has one or two. */
#define CREATE                                                                                     \
  "create virtual table t using vss0(a(200), b(33) metric_type=COSINE, year integer);"             \
  "create table p(id integer primary key, a, b, year)"

/* What SQL finds in the shadow tables, beside the ordinary table: nothing where they agree. */
static const char differences[] =
    "select 'a', id from p where a is not (select substr(v.vectors, 10 + r.slot % 40 * 809, 800) "
    "from t_rows r, t_vector0 v where r.rowid = id and v.pack = r.slot / 40 "
    "and substr(v.vectors, 1 + r.slot % 40 * 809, 1) = x'01');"
    "select 'b', id from p where b is not (select substr(v.vectors, 10 + r.slot % 57 * 141, 132) "
    "from t_rows r, t_vector1 v where r.rowid = id and v.pack = r.slot / 57 "
    "and substr(v.vectors, 1 + r.slot % 57 * 141, 1) = x'01');"
    "select 'rows', count(*) from (select id, year from p except select rowid, year from t_rows) "
    "having count(*) > 0;"
    "select 'count', count(*) from t_rows having count(*) <> (select count(*) from p);"
    "select 'slots', slot from t_rows group by slot having count(*) > 1;"
    "select 'length', pack from t_vector0 where length(vectors) <> 40 * 809";

/* And what the module gives: scans and look-ups of both vectors. */
static const char read_back[] =
    "select 'scan', id from p join t on t.rowid = id "
    "where p.a is not t.a or p.b is not t.b or p.year is not t.year;"
    "select 'look-up', id from p where a is not (select a from t where rowid = id) "
    "or b is not (select b from t where rowid = id)";

/* Run SQL on both tables: `$` stands for the table, and `#` for the name of its rowid. */
static int run_both(sqlite3 *db, const char *sql) {
  int rc[2];
  for (int i = 0; i < 2; i++) {
    char *text = sqlite3_mprintf("%s", sql);
    for (char *p = text; *p; p++)
      if (*p == '$') *p = i ? 'p' : 't';
    char *id = sqlite3_mprintf("%s", text);
    sqlite3_str *expanded = sqlite3_str_new(db);
    for (const char *p = id; *p; p++) {
      if (*p == '#')
        sqlite3_str_appendall(expanded, i ? "id" : "rowid");
      else
        sqlite3_str_appendchar(expanded, 1, *p);
    }
    char *final = sqlite3_str_finish(expanded);
    rc[i] = sqlite3_exec(db, final, NULL, NULL, NULL);
    sqlite3_free(final);
    sqlite3_free(id);
    sqlite3_free(text);
  }
  if (!CHECK(rc[0] == rc[1])) fprintf(stderr, "  %s: %d, %d: %s\n", sql, rc[0], rc[1], fault_where);
  return rc[0];
}

/* A BLOB of floats from -1 to 1, all of them multiples of 1/64, as an SQL literal. */
static void append_vector(sqlite3_str *sql, int dim) {
  if (below(6) == 0) {
    sqlite3_str_appendall(sql, "null");
    return;
  }
  sqlite3_str_appendall(sql, "x'");
  for (int i = 0; i < dim; i++) {
    float x = (float)(below(127) + 1) / 64 - 1;
    uint32_t bits;
    memcpy(&bits, &x, 4);
    for (int byte = 0; byte < 4; byte++)
      sqlite3_str_appendf(sql, "%02x", bits >> (8 * byte) & 255);
  }
  sqlite3_str_appendall(sql, "'");
}

/* Rowids with gaps, of both signs, and at both ends. */
static sqlite3_int64 draw_rowid(void) {
  switch (below(12)) {
    case 0: return INT64_MAX - below(2);
    case 1: return INT64_MIN + below(2);
    case 2: return 0;
    default: return (below(200) - 50) * (sqlite3_int64)97;
  }
}

static void write_random(sqlite3 *db) {
  sqlite3_str *sql = sqlite3_str_new(db);
  sqlite3_int64 rowid = draw_rowid();
  switch (below(10)) {
    case 0: sqlite3_str_appendf(sql, "delete from $ where # = %lld", rowid); break;
    case 1: sqlite3_str_appendf(sql, "delete from $ where # %% 3 = %d", below(3)); break;
    case 2:
      sqlite3_str_appendf(sql, "update $ set # = %lld where # = %lld", draw_rowid(), rowid);
      break;
    case 3:
      sqlite3_str_appendall(sql, "update $ set a = ");
      append_vector(sql, 200);
      sqlite3_str_appendf(sql, " where # = %lld", rowid);
      break;
    case 4:
      sqlite3_str_appendf(sql,
                          "update $ set b = null, year = year + 1 where # between %lld and %lld",
                          rowid / 2, rowid / 2 + 2000);
      break;
    case 5: sqlite3_str_appendf(sql, "update $ set a = null where year = %d", below(9)); break;
    case 6:
      if (below(8) == 0) sqlite3_str_appendall(sql, "delete from $");
      break;
    default: {
      static const char *const conflicts[] = {"", "or ignore ", "or replace ", "or fail "};
      sqlite3_str_appendf(sql, "insert %sinto $(#, a, b, year) values", conflicts[below(4)]);
      for (int n = 1 + below(40); n > 0; n--) {
        sqlite3_str_appendf(sql, "(%lld, ", draw_rowid());
        append_vector(sql, 200);
        sqlite3_str_appendall(sql, ", ");
        append_vector(sql, 33);
        sqlite3_str_appendf(sql, ", %d)%s", below(9), n > 1 ? ", " : "");
      }
    }
  }
  char *text = sqlite3_str_finish(sql);
  if (text) run_both(db, text);
  sqlite3_free(text);
}

/* A statement in both tables leaves them alike, whatever it was and wherever it failed. */
static void check_alike(sqlite3 *db) {
  if (below(2)) FAULT_EXPECT(db, read_back, "");
  FAULT_EXPECT(db, "savepoint written; release written", NULL);
  FAULT_EXPECT(db, differences, "");
  if (below(4) == 0) FAULT_EXPECT(db, "insert into t(t) values('integrity-check')", "");
}

static void test_random(void) {
  sqlite3 *db = fault_open(":memory:", NULL);
  FAULT_EXPECT(db, CREATE, NULL);
  int depth = 0;
  for (int i = 0; i < 1500 && check_failures < 20; i++) {
    snprintf(fault_where, sizeof fault_where, "step %d", i);
    int kind = below(30);
    if (kind < 3) {
      FAULT_EXPECT(db, "savepoint s", NULL);
      depth++;
    } else if (kind < 5 && depth) {
      FAULT_EXPECT(db, "rollback to s", NULL);
    } else if (kind < 7 && depth) {
      FAULT_EXPECT(db, "release s", NULL);
      depth--;
    } else if (kind == 7 && depth) {
      FAULT_EXPECT(db, "rollback", NULL);
      depth = 0;
    } else if (kind == 8 && depth) {
      FAULT_EXPECT(db, "commit", NULL);
      depth = 0;
    } else if (kind == 9 && !depth) {
      char sql[60];
      snprintf(sql, sizeof sql, "pragma page_size = %d; vacuum", 512 << below(8));
      FAULT_EXPECT(db, sql, NULL);
    } else {
      write_random(db);
    }
    if (below(3) == 0) check_alike(db);
  }
  if (depth) FAULT_EXPECT(db, "commit", NULL);
  check_alike(db);
  FAULT_CLOSE(db);
}

/* ---- what is not trusted ---- */

/*
** A slot map with a right checksum says that the slots of rows 6 and 7 are free. New rows do not
** get them: the vectors say whose they are.
*/
static void test_wrong_free_slots(void) {
  snprintf(fault_where, sizeof fault_where, "slots that are not free");
  hostile_make(1024, fault_fill);
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
  hostile_functions(db);
  FAULT_EXPECT(
      db,
      "update t_cache set data = seal(patch(data, 8, x'9fffffffffffffff'), id) where id = 0;"
      "update t_config set value = '68,70,60' where key = 'counts'",
      NULL);
  FaultText before = {0}, after = {0};
  fault_run(db, "select rowid, hex(vector) from " FAULT_VECTORS0 " order by rowid", &before);
  FAULT_EXPECT(db, "select count(*) from t where vss_search(a, " FAULT_QUERY ")", NULL);
  FAULT_EXPECT(db, "select vss_table_stats('t') ->> 'rebuilds'", "0;");
  FAULT_EXPECT(db, "insert into t(rowid, year) values(9000, 7)", NULL);
  FAULT_EXPECT(db, "select vss_table_stats('t') ->> 'rebuilds'", "1;");
  FAULT_EXPECT(db, "insert into t(rowid, a) values(9001, '[1,2,3,4]'), (9002, '[5,6,7,8]')", NULL);
  FAULT_EXPECT(db, "select rowid, vector_to_json(a) from t where rowid > 8999",
               "9000|NULL;9001|[1.0,2.0,3.0,4.0];9002|[5.0,6.0,7.0,8.0];");
  FAULT_EXPECT(db, "delete from t where rowid > 8999; insert into t(t) values('integrity-check')",
               "");
  fault_run(db, "select rowid, hex(vector) from " FAULT_VECTORS0 " order by rowid", &after);
  fault_report(fault_text_equal(&before, &after), "no vector was lost", after.text, __LINE__);
  fault_text_free(&before);
  fault_text_free(&after);
  sqlite3_free(hostile_image);
  FAULT_CLOSE(db);
}

/*
** Another connection has taken the lowest free slot since this one looked. A DELETE comes first: it
** does not look again.
*/
static void test_two_connections(void) {
  snprintf(fault_where, sizeof fault_where, "two connections");
  sqlite3 *one = fault_open("/packs", "memdb"), *two = fault_open("/packs", "memdb");
  FAULT_EXPECT(one,
               "create virtual table t using vss0(a(4), year integer); "
               "insert into t(rowid, year) values(1, 1), (2, 2)",
               NULL);
  FAULT_EXPECT(two, "insert into t(rowid, year) values(3, 3)", NULL);
  FAULT_EXPECT(one,
               "begin; delete from t where rowid = 9; delete from t where rowid = 1; "
               "insert into t(rowid, a) values(4, '[4,4,4,4]'), (5, '[5,5,5,5]'); commit; "
               "select rowid, slot from t_rows",
               "2|1;3|2;4|0;5|3;");
  FAULT_EXPECT(two, "select rowid, distance from t where vss_search(a, '[4,4,4,4]')", "4|0;5|4;");
  FAULT_EXPECT(two, "insert into t(t) values('integrity-check')", "");
  FAULT_CLOSE(one);
  FAULT_CLOSE(two);
}

/* What an entry of a deleted row left behind belongs to nobody, whoever gets its slot. */
static void test_orphans(void) {
  snprintf(fault_where, sizeof fault_where, "vectors without rows");
  sqlite3 *db = fault_open(":memory:", NULL);
  FAULT_EXPECT(db,
               "create virtual table t using vss0(a(4)); "
               "insert into t(rowid, a) values(1, '[1,1,1,1]'), (2, '[2,2,2,2]'); "
               "delete from t_rows where rowid = 2; insert into t(t) values('rebuild')",
               NULL);
  FAULT_EXPECT(db, "insert into t(rowid) values(2); select rowid, a is null from t", "1|0;2|1;");
  FAULT_EXPECT(db, "insert into t(t) values('integrity-check'); select slot from t_rows", "0;1;");
  FAULT_CLOSE(db);
}

/* A slot that is far above the rows costs no memory. A rebuild moves the row, and its vector. */
static void test_far_slot(void) {
  snprintf(fault_where, sizeof fault_where, "a slot far away");
  sqlite3 *db = fault_open(":memory:", NULL);
  hostile_functions(db);
  FAULT_EXPECT(
      db,
      "create virtual table t using vss0(a(4)); "
      "insert into t(rowid, a) values(1, '[1,1,1,1]'), (2, '[2,2,2,2]'), (3, '[3,3,3,3]');"
      "insert into t_vector0 select 75000, patch(zeroblob(1000), 0, substr(vectors, 26, 25)) "
      "from t_vector0; "
      "update t_vector0 set vectors = patch(vectors, 25, zeroblob(25)) where pack = 0; "
      "update t_rows set slot = 3000000 where rowid = 2; delete from t_cache; "
      "update t_config set value = 99 where key = 'version'",
      NULL);
  FAULT_EXPECT(db, "select vector_to_json(a) from t where rowid = 2", "[2.0,2.0,2.0,2.0];");
  FaultText rest = {0};
  CHECK(fault_run(db, "select rowid from t where vss_search(a, '[2,2,2,2]')", &rest) != SQLITE_OK);
  CHECK_TEXT(sqlite3_errmsg(db), "vss0 t: its shadow tables are damaged");
  fault_text_free(&rest);
  FAULT_EXPECT(db, "insert into t(t) values('rebuild'); insert into t(t) values('integrity-check')",
               "");
  FAULT_EXPECT(db, "select rowid, distance from t where vss_search(a, '[2,2,2,2]') limit 1",
               "2|0;");
  FAULT_EXPECT(db, "select rowid, slot from t_rows", "1|0;2|1;3|2;");
  FAULT_CLOSE(db);
}

/* ---- another format ---- */

/* A table of the builds that stored one vector per row. */
static void test_former_format(void) {
  snprintf(fault_where, sizeof fault_where, "format 1");
  static const char message[] =
      "vss0 t: it is stored in format 1, expected format 2: read it with the version that wrote "
      "it, and insert its rows into a new table";
  static const char *const uses[] = {
      "select rowid from t where vss_search(e, '[0, 0]')",
      "select * from t",
      "select e from t where rowid = 1",
      "insert into t(rowid, e) values(3, '[1, 2]')",
      "update t set year = 7",
      "delete from t where rowid = 1",
      "insert into t(t) values('rebuild')",
      "insert into t(t) values('integrity-check')",
  };
  sqlite3 *db = fault_open(":memory:", NULL);
  FAULT_EXPECT(
      db,
      "create virtual table t using vss0(e(2), year integer);"
      "drop table t_rows; create table t_rows(rowid integer primary key, \"year\" integer);"
      "drop table t_vector0; create table t_vector0(rowid integer primary key, vector blob not "
      "null);"
      "update t_config set value = 1 where key = 'format'; insert into t_config values('counts', "
      "'2,2');"
      "insert into t_rows values(1, 1999), (2, 2000);"
      "insert into t_vector0 values(1, x'0000803f0000803f'), (2, x'0000803f00000000')",
      NULL);
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
    FaultText rest = {0};
    CHECK(fault_run(db, uses[i], &rest) == SQLITE_ERROR);
    CHECK_TEXT(sqlite3_errmsg(db), message);
    fault_text_free(&rest);
  }
  FAULT_EXPECT(db, "select rowid, hex(vector) from t_vector0",
               "1|0000803F0000803F;2|0000803F00000000;");
  FAULT_EXPECT(db, "drop table t; select count(*) from sqlite_schema", "0;");
  FAULT_CLOSE(db);
}

/* Run SQL that has to fail, and say so; what it began is rolled back. */
static void refuse(sqlite3 *db, const char *sql, const char *wanted) {
  char *message = NULL;
  int rc = sqlite3_exec(db, sql, NULL, NULL, &message);
  if (!CHECK((rc & 0xff) == SQLITE_CORRUPT && message && strcmp(message, wanted) == 0))
    fprintf(stderr, "  %s: %d %s\n", sql, rc, message ? message : "");
  sqlite3_free(message);
  if (!sqlite3_get_autocommit(db)) sqlite3_exec(db, "rollback", NULL, NULL, NULL);
}

/* meddle(n): a function that writes a row of its own to the table. */
static void meddle(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  char *sql = sqlite3_mprintf("insert into t(rowid, e) values (1000 + %d, '[9, 9]')",
                              sqlite3_value_int(argv[0]));
  int rc = sqlite3_exec(sqlite3_context_db_handle(context), sql, NULL, NULL, NULL);
  sqlite3_free(sql);
  sqlite3_result_int(context, rc);
}

/*
** A new pack waits to be written, and somebody else puts it there, or a trigger on its table writes
** to ours. The vectors that wait must not be lost unseen.
*/
static void test_meddling(void) {
  static const char damaged[] = "vss0 t: its shadow tables are damaged";
  static const char insert[] =
      "begin; insert into t(e) with recursive n(i) as (select 1 union all select i + 1 from n "
      "where i < 100) select '[1, ' || i || ']' from n; commit";
  snprintf(fault_where, sizeof fault_where, "meddling");
  sqlite3 *db = fault_open(":memory:", NULL);
  sqlite3_create_function(db, "meddle", 1, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL, meddle, NULL,
                          NULL);
  FAULT_EXPECT(db, "create virtual table t using vss0(e(2))", NULL);
  refuse(db,
         "begin; insert into t(e) values ('[1, 2]'); "
         "insert into t_vector0 values (0, zeroblob(59 * 17)); commit",
         damaged);
  FAULT_EXPECT(db, "select count(*) from t; select count(*) from t_vector0", "0;0;");
  FAULT_EXPECT(db, "create trigger t after insert on t_vector0 begin select meddle(new.pack); end",
               NULL);
  /* What the trigger writes is refused, and it does not care. */
  FAULT_EXPECT(db, insert, NULL);
  FAULT_EXPECT(db, "select count(*), max(rowid) from t; delete from t", "100|100;");
  /* A trigger that only looks does no harm, and SQLite begins a savepoint for it. */
  FAULT_EXPECT(db,
               "drop trigger t; create trigger t after insert on t_vector0 begin select 1; end; "
               "insert into t(e) values ('[1, 2]'); select vector_to_json(e) from t; delete from t",
               "[1.0,2.0];");
  FAULT_EXPECT(db, "drop trigger t; select count(*) from t; select count(*) from t_vector0",
               "0;0;");
  FAULT_EXPECT(db, insert, NULL);
  FAULT_EXPECT(db, "insert into t(t) values ('integrity-check'); select count(*) from t_vector0",
               "2;");
  FAULT_CLOSE(db);
}

/* An UPDATE of vectors alone leaves <t>_rows as it is. */
static void test_update_of_vectors(void) {
  snprintf(fault_where, sizeof fault_where, "an update of vectors");
  sqlite3 *db = fault_open(":memory:", NULL);
  FAULT_EXPECT(db,
               "create virtual table t using vss0(e(2), f(1), year integer); create table log(n); "
               "insert into t(e, f, year) values ('[1, 2]', '[3]', 4); create trigger u after "
               "update on t_rows begin insert into log values (new.year); end",
               NULL);
  FAULT_EXPECT(db,
               "update t set e = '[5, 6]'; update t set f = null, e = '[7, 8]'; "
               "select count(*) from log",
               "0;");
  FAULT_EXPECT(db,
               "update t set e = '[9, 9]', year = 5; update t set year = 6; "
               "update t set rowid = 7; select group_concat(n) from log",
               "5,6,6;");
  FAULT_EXPECT(db, "select rowid, vector_to_json(e), f, year from t", "7|[9.0,9.0]|NULL|6;");
  FAULT_EXPECT(db, "insert into t(t) values ('integrity-check')", "");
  FAULT_CLOSE(db);
}

int main(void) {
  state = check_seed();
  test_lanes();
  static const int dims[] = {384, 768, 1024, 1536, 3072};
  for (size_t i = 0; i < sizeof dims / sizeof *dims; i++)
    for (int page_bytes = 4096; page_bytes <= 65536; page_bytes *= 2)
      test_file_size(dims[i], page_bytes);
  test_random();
  test_wrong_free_slots();
  test_two_connections();
  test_meddling();
  test_update_of_vectors();
  test_orphans();
  test_far_slot();
  test_former_format();
  return check_summary();
}
