/*
** The SQL functions of src/functions, through SQL: results and error texts, distances against the
** metrics' own functions, arguments that SQLite keeps from row to row, and the flags that SQLite
** has to know.
*/
#include "func_check.h"

#include "kernel/metric.h"

static const struct {
  const char *sql;
  const char *wanted;
} cases[] = {
    /* distances: FAISS's definitions, computed by hand */
    {"select vss_distance_l2('[1, 2, 3]', '[4, 6, 3]')", "25.0"},
    {"select vss_distance_l1('[1, 2, 3]', '[4, 6, 3]')", "7.0"},
    {"select vss_distance_linf('[1, 2, 3]', '[4, 6, 3]')", "4.0"},
    {"select vss_inner_product('[1, 2, 3]', '[4, 6, 3]')", "25.0"},
    {"select vss_distance_cosine('[1, 0]', '[0, 2]')", "1.0"},
    {"select vss_distance_cosine('[1, 0]', '[-3, 0]')", "2.0"},
    {"select vss_distance_cosine('[0, 0]', '[0, 2]')", "1.0"},
    {"select vss_cosine_similarity('[1, 0]', '[3, 0]')", "1.0"},
    {"select vss_cosine_similarity('[1, 0]', '[0, 2]')", "0.0"},
    {"select vss_cosine_similarity('[0, 0]', '[0, 2]')", "0.0"},
    {"select vss_distance_canberra('[1, 0, 3]', '[3, 0, 1]')", "1.0"},
    {"select vss_distance_bray_curtis('[1, 2]', '[3, 2]')", "0.25"},
    {"select vss_distance_jensen_shannon('[1, 0]', '[0, 1]')", "0.69314718246459961"},
    {"select vss_distance('L2', '[0]', '[3]'), vss_distance('l1', '[0]', '[3]')", "9.0|3.0"},
    {"select vss_distance('inner_product', '[2]', '[3]'), vss_distance('Cosine', '[2]', '[3]')",
     "6.0|0.0"},
    {"select vss_distance('braycurtis', '[1, 2]', '[3, 2]')", "0.25"},
    /* every form of a vector is read */
    {"select vss_distance_l2(x'0000803F', '[3]')", "4.0"},
    {"select vss_distance_l2(x'76010000803F', x'00004040')", "4.0"},
    {"select vss_distance_l2(vector_to_blob('[1]'), vector_from_json('[3]'))", "4.0"},
    {"select vss_distance_l2(zeroblob(8), '[3, 4]')", "25.0"},
    /* a square beyond the range of float32 is infinite, as in the distance column */
    {"select vss_distance_l2('[3e38]', '[-3e38]')", "Inf"},
    /* errors */
    {"select vss_distance_l2('[1, 2]', '[1]')",
     "error: vss_distance_l2(): vectors have 2 and 1 components, expected the same number"},
    {"select vss_distance_l1('[]', '[]')",
     "error: vss_distance_l1(): vectors have 0 components, expected at least 1"},
    {"select vss_distance_linf(null, '[1]')",
     "error: vss_distance_linf(): first vector: a vector was expected (BLOB or JSON array), got "
     "NULL"},
    {"select vss_inner_product('[1]', 7)",
     "error: vss_inner_product(): second vector: a vector was expected (BLOB or JSON array), got "
     "INTEGER"},
    {"select vss_distance('hammin', '[1]', '[1]')",
     "error: vss_distance(): unknown metric 'hammin', expected L2, INNER_PRODUCT, COSINE, L1, "
     "Linf, Canberra, BrayCurtis, JensenShannon or HAMMING"},
    {"select vss_distance(2, '[1]', '[1]')",
     "error: vss_distance(): metric is INTEGER, expected the TEXT name of one"},
    {"select vss_distance_l2('[1]', x'0000C07F')",
     "error: vss_distance_l2(): second vector: component 0 is NaN, expected a finite "
     "number"},
    {"select vss_distance_l2('[1]')",
     "error: wrong number of arguments to function vss_distance_l2()"},
    /* arithmetic */
    {"select vector_to_json(vss_fvec_add('[1, 2]', '[0.5, -2]'))", "[1.5,0.0]"},
    {"select vector_to_json(vss_fvec_sub('[1, 2]', '[0.5, -2]'))", "[0.5,4.0]"},
    {"select vss_fvec_add('[1]', '[2]')", "x'00004040'"},
    {"select vss_fvec_sub('[1]', '[1, 2]')",
     "error: vss_fvec_sub(): vectors have 1 and 2 components, expected the same number"},
    /* the vector0 family */
    {"select vector_length('[1, 2, 3]'), vector_length(x'0000803F'), vector_length('[]')", "3|1|0"},
    {"select vector_length(null), vector_to_json(null), vector_from_json(null), vector0(null)",
     "NULL|NULL|NULL|NULL"},
    {"select vector_value_at('[1.5, 2.5]', 1)", "2.5"},
    {"select vector_value_at('[1.5, 2.5]', 2)",
     "error: vector_value_at(): index 2 is out of range, the vector has 2 components from 0"},
    {"select vector_value_at('[1.5, 2.5]', -1)",
     "error: vector_value_at(): index -1 is out of range, the vector has 2 components from 0"},
    {"select vector_value_at('[1.5]', 'a')",
     "error: vector_value_at(): index is TEXT, expected an INTEGER"},
    {"select vector_from_json(' [1, 2e0] ')", "x'0000803F00000040'"},
    {"select vector_from_json(x'00')",
     "error: vector_from_json(): argument is BLOB, expected the TEXT of a JSON array of numbers"},
    {"select vector_to_blob('[1]')", "x'76010000803F'"},
    {"select vector_from_blob(vector_to_blob('[1, 2]'))", "x'0000803F00000040'"},
    {"select vector_from_blob(x'0000803F')",
     "error: vector_from_blob(): argument is a BLOB of 4 bytes, expected what vector_to_blob() "
     "makes: 'v', 1 and 4 bytes per component"},
    {"select vector_to_raw('[1]'), vector_to_raw('[]'), vector0('[1]')",
     "x'0000803F'|x''|x'0000803F'"},
    {"select vector_from_raw(x'0000803F')", "x'0000803F'"},
    {"select vector_from_raw(x'0000803F00')",
     "error: vector_from_raw(): argument is a BLOB of 5 bytes, expected float32 components of 4 "
     "bytes each"},
    {"select vector_to_json(vector_from_json('[2.4, 4.1, 1e-7, -0.0]'))",
     "[2.4000000953674316,4.099999904632568,1.0000000116860974e-07,-0.0]"},
    {"select json_array(vector_to_json('[1]'))", "[[1.0]]"},
    {"select vector_debug('[1, 2.5]')", "size: 2 [1.000000, 2.500000]"},
    {"select vector_to_json('[1')", NULL},
    {"select vector_to_json(1.5)",
     "error: vector_to_json(): a vector was expected (BLOB or JSON array), got REAL"},
    /* .fvecs */
    {"select rowid, dimensions, vector_to_json(vector) from "
     "vector_fvecs_each(x'020000000000803F0000004001000000000040400100000000008040')",
     "1|2|[1.0,2.0];2|1|[3.0];3|1|[4.0]"},
    {"select count(*) from vector_fvecs_each(x''), (select 1)", "0"},
    {"select count(*) from vector_fvecs_each(null)", "0"},
    {"select * from vector_fvecs_each('a')",
     "error: vector_fvecs_each(): input is TEXT, expected the BLOB of an .fvecs file"},
    {"select * from vector_fvecs_each",
     "error: vector_fvecs_each(): no input, expected the BLOB of an .fvecs file"},
    {"select dimensions from vector_fvecs_each(x'010000000000803F0100')",
     "error: vector_fvecs_each(): input ends inside the dimension of vector 2, at byte 10"},
    {"select dimensions from vector_fvecs_each(x'02000000000080')",
     "error: vector_fvecs_each(): input ends inside vector 1 of 2 components, at byte 7"},
    {"select dimensions from vector_fvecs_each(x'FFFFFFFF000080')",
     "error: vector_fvecs_each(): vector 1 has -1 components, expected 1 to 65536"},
    {"select dimensions from vector_fvecs_each(x'00000000')",
     "error: vector_fvecs_each(): vector 1 has 0 components, expected 1 to 65536"},
    {"create virtual table t using vector_fvecs_each", "error: no such module: vector_fvecs_each"},
    {"select sum(dimensions) from (select x'010000000000803F' as b union all select "
     "x'010000000000803F010000000000803F') as i, vector_fvecs_each(i.b)",
     "3"},
};

static void test_cases(sqlite3 *db) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (cases[i].wanted) {
      CHECK_SQL(db, cases[i].sql, cases[i].wanted);
    } else {
      /* The text is the JSON reader's, behind the name of the function. */
      char *got = sql_text(db, cases[i].sql);
      CHECK(strncmp(got, "error: vector_to_json(): ", 25) == 0);
      sqlite3_free(got);
    }
  }
}

/*
** The function of each metric, and vss_distance() with its name, return exactly what the `distance`
** column holds, whatever the form of their input. Only HAMMING takes a BLOB for bits.
*/
static void test_same_bits(sqlite3 *db, uint64_t *random) {
  for (int round = 0; round < 200; round++) {
    float a[70], b[70];
    int dim = 1 + (int)(check_random(random) % 70);
    for (int j = 0; j < dim; j++) {
      a[j] = (float)(check_random(random) % 2001) / 1000.0f;
      b[j] = (float)(check_random(random) % 2001) / 1000.0f;
    }
    for (int i = 0; i < VSS_METRIC_COUNT; i++) {
      const VssMetricInfo *metric = vss_metric_info((VssMetric)i);
      char sql[240];
      /* In half of the rounds the second vector is a text: the two forms must agree. */
      const char *form = round % 2
                             ? "select %s(?1, ?2), vss_distance('%s', ?1, ?2)"
                             : "select %s(?1, vector_to_json(?2)), vss_distance('%s', ?1, ?2)";
      if (i == VSS_METRIC_HAMMING)
        form = "select %s(a, b), vss_distance('%s', a, b) from "
               "(select vector_to_json(?1) as a, vector_to_json(?2) as b)";
      snprintf(sql, sizeof sql, form, metric->sql_function, metric->name);
      sqlite3_stmt *stmt = NULL;
      CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
      sqlite3_bind_blob(stmt, 1, a, dim * 4, SQLITE_TRANSIENT);
      sqlite3_bind_blob(stmt, 2, b, dim * 4, SQLITE_TRANSIENT);
      CHECK(sqlite3_step(stmt) == SQLITE_ROW);
      double wanted = (double)vss_metric_round(vss_metric_distance((VssMetric)i, a, b, dim));
      CHECK(sqlite3_column_double(stmt, 0) == wanted);
      CHECK(sqlite3_column_double(stmt, 1) == wanted);
      sqlite3_finalize(stmt);
    }
  }
}

/*
** A constant text is parsed once per statement. A parameter bound to another text is parsed again.
*/
static void test_constant_argument(sqlite3 *db) {
  RUN(db, "create table v(a)");
  RUN(db, "insert into v values ('[1]'), ('[2]'), ('[3]')");
  CHECK_SQL(db, "select vss_distance_l2(a, '[0]') from v", "1.0;4.0;9.0");
  CHECK_SQL(db, "select vss_distance_l2('[0]', a) from v", "1.0;4.0;9.0");
  CHECK_SQL(db, "select vss_distance_l2(v.a, w.a) from v, v as w",
            "0.0;1.0;4.0;1.0;0.0;1.0;4.0;1.0;0.0");
  sqlite3_stmt *stmt = NULL;
  CHECK(sqlite3_prepare_v2(db, "select sum(vss_distance_l2(a, ?)) from v", -1, &stmt, NULL) == 0);
  for (int i = 0; i < 3; i++) {
    static const char *const queries[] = {"[0]", "[1]", "[2]"};
    static const double sums[] = {14, 5, 2};
    sqlite3_bind_text(stmt, 1, queries[i], -1, SQLITE_STATIC);
    CHECK(sqlite3_step(stmt) == SQLITE_ROW);
    CHECK(sqlite3_column_double(stmt, 0) == sums[i]);
    sqlite3_reset(stmt);
  }
  sqlite3_finalize(stmt);
}

/*
** A pure function may be used in an index, in a generated column and in a view of an untrusted
** schema.
*/
static void test_flags(sqlite3 *db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  RUN(db, "create table g(a, n as (vector_length(a)), b as (vector_to_raw(a)) stored)");
  RUN(db, "create index g_distance on g(vss_distance_l2(a, '[0]'))");
  RUN(db, "create view w as select vss_distance_l1(a, '[0]') as d from g");
  RUN(db, "insert into g values ('[2]')");
  CHECK_SQL(db, "select n, b from g where vss_distance_l2(a, '[0]') = 4", "1|x'00000040'");
  CHECK_SQL(db, "select d from w", "2.0");
}

static void test_version(sqlite3 *db) {
  CHECK_SQL(db, "select vss_version() = 'v" VSS_VERSION "', vss_version() = vector_version()",
            "1|1");
  CHECK_SQL(db, "select vss_debug() like 'version: v%sqlite: %' || sqlite_version() || '%'", "1");
}

int main(void) {
  uint64_t random = check_seed();
  sqlite3 *db = sql_open(":memory:");
  test_version(db);
  test_cases(db);
  test_same_bits(db, &random);
  test_constant_argument(db);
  test_flags(db);
  CLOSE(db);
  return check_summary();
}
