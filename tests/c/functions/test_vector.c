/*
** The SQL functions of src/functions, through SQL: results and error texts, distances against the
** metrics' own functions, arguments that SQLite keeps from row to row, and the flags that SQLite
** has to know.
*/
#include "func_check.h"

#include "kernel/metric.h"

#include <math.h>

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
    {"select vector_to_json(vector_add('[1, 2]', '[0.5, -2]')), vector_sub('[3]', '[1]')",
     "[1.5,0.0]|x'00000040'"},
    {"select vector_add('[3e38]', '[3e38]')",
     "error: vector_add(): component 0 is infinite, expected a finite number"},
    /* NULL in, NULL out, before anything else is looked at */
    {"select vss_distance_linf(null, '[1]'), vss_distance_l2('[1]', null), "
     "vss_distance('L2', 'x', null), vss_distance(null, '[1]', '[1]')",
     "NULL|NULL|NULL|NULL"},
    {"select vss_inner_product(null, 'x'), vss_cosine_similarity(7, null), vector_add(null, 1), "
     "vss_fvec_sub('[1]', null), vss_distance_hamming(x'00', null)",
     "NULL|NULL|NULL|NULL|NULL"},
    {"select vector_value_at('[1]', null), vector_value_at(null, 0), vector_slice(null, 0, 1), "
     "vector_slice('[1]', null, 1), vector_slice('[1]', 0, null), vector_normalize(null)",
     "NULL|NULL|NULL|NULL|NULL|NULL"},
    {"select vector_to_float16(null), vector_to_int8(null), vector_to_int8('[1]', null), "
     "vector_to_bit(null), vector_to_float32(null, 'bit'), vector_to_float32(x'00', null), "
     "vector_to_float32(x'00', 'int8', null), vector_length(null, 'int8')",
     "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL"},
    /* one vector from another */
    {"select vector_to_json(vector_normalize('[3, 4]')), vector_normalize('[0, 0]')",
     "[0.6000000238418579,0.800000011920929]|x'0000000000000000'"},
    {"select vector_to_json(vector_normalize('[1e-45, 0]')), vector_normalize('[]'), "
     "vector_to_json(vector_normalize('[3e38, -3e38]'))",
     "[1.0,0.0]|x''|[0.7071067690849304,-0.7071067690849304]"},
    {"select vector_normalize(1)",
     "error: vector_normalize(): a vector was expected (BLOB or JSON array), got INTEGER"},
    {"select vector_to_json(vector_slice('[1, 2, 3]', 1, 3)), vector_slice('[1, 2, 3]', 0, 1)",
     "[2.0,3.0]|x'0000803F'"},
    {"select vector_slice('[1, 2, 3]', 2, 2)",
     "error: vector_slice(): from 2 to 2 of 3 components, expected 0 <= from < to <= 3"},
    {"select vector_slice('[1, 2, 3]', -1, 2)",
     "error: vector_slice(): from -1 to 2 of 3 components, expected 0 <= from < to <= 3"},
    {"select vector_slice('[1, 2, 3]', 1, 4)",
     "error: vector_slice(): from 1 to 4 of 3 components, expected 0 <= from < to <= 3"},
    {"select vector_slice('[1, 2, 3]', 1.0, 2)",
     "error: vector_slice(): from is REAL, expected an INTEGER"},
    {"select vector_slice('[1, 2, 3]', 1, '2')",
     "error: vector_slice(): to is TEXT, expected an INTEGER"},
    /* element types */
    {"select vector_to_float16('[1, -2.5, 65504]'), vector_to_float16('[]')",
     "x'003C00C1FF7B'|x''"},
    {"select vector_to_int8('[1, -2.5, 127.4]'), vector_to_int8('[1, -1]', 127)",
     "x'01FE7F'|x'7F81'"},
    {"select vector_to_bit('[1, 0, -1, 2, 0, 0, 0, 1]')", "x'89'"},
    {"select vector_to_json(vector_to_float32(x'003C00C1FF7B', 'float16')), "
     "vector_to_json(vector_to_float32(x'01FE80', 'INT8')), "
     "vector_to_json(vector_to_float32(x'7F81', 'i8', 127))",
     "[1.0,-2.5,65504.0]|[1.0,-2.0,-128.0]|[1.0,-1.0]"},
    {"select vector_to_json(vector_to_float32(x'89', 'bit')), vector_to_float32('[1]', 'bit'), "
     "vector_to_float32(x'0000803F', 'float32'), vector_to_float32(x'', 'int8')",
     "[1.0,0.0,0.0,1.0,0.0,0.0,0.0,1.0]|x'0000803F'|x'0000803F'|x''"},
    {"select vector_length(x'003C00C1', 'float16'), vector_length(x'01FE80', 'int8'), "
     "vector_length(x'89', 'bit'), vector_length(x'0000803F', 'float'), "
     "vector_length('[1, 2]', 'int8')",
     "2|3|8|1|2"},
    {"select vector_to_float16('[65520]')",
     "error: vector_to_float16(): component 0 is 65520, float16 holds -65504 to 65504"},
    {"select vector_to_int8('[1, 2]', 100)",
     "error: vector_to_int8(): component 1 is 2, times the scale 100 it is 200, and int8 holds "
     "-128 "
     "to 127: the greatest scale that fits this vector is 63.5"},
    {"select vector_to_int8('[1]', '2')",
     "error: vector_to_int8(): scale is TEXT, expected a number"},
    {"select vector_to_int8('[1]', 0)",
     "error: vector_to_int8(): scale is 0, expected a number from 1e-30 to 1e+30"},
    {"select vector_to_bit('[1, 2, 3]')",
     "error: vector_to_bit(): vector has 3 components, expected a multiple of 8"},
    {"select vector_to_float32(x'00', 'f8')",
     "error: vector_to_float32(): unknown element type 'f8', expected float32, float16, int8 or "
     "bit"},
    {"select vector_to_float32(x'00', 8)",
     "error: vector_to_float32(): element type is INTEGER, expected the TEXT name of one"},
    {"select vector_to_float32(x'000102', 'float16')",
     "error: vector_to_float32(): vector is a BLOB of 3 bytes, expected float16 components of 2 "
     "bytes each"},
    {"select vector_to_float32(x'007C', 'float16')",
     "error: vector_to_float32(): component 0 is infinite, expected a finite number"},
    {"select vector_length(zeroblob(8193), 'bit')",
     "error: vector_length(): vector has 65544 components, expected at most 65536"},
    /* aggregates */
    {"select vector_to_json(vector_sum(v)), vector_to_json(vector_avg(v)) from (select '[1, 2]' as "
     "v union all select null union all select '[3, 5]')",
     "[4.0,7.0]|[2.0,3.5]"},
    {"select vector_sum(v), vector_avg(v), vss_int8_scale(v) from (select null as v)",
     "NULL|NULL|NULL"},
    {"select vector_sum(v) from (select '[1]' as v where 0)", "NULL"},
    {"select vector_sum(v) from (select '[1, 2]' as v union all select '[1]')",
     "error: vector_sum(): vector has 1 components, expected 2 as in the rows before"},
    {"select vector_avg(v) from (select '[]' as v)",
     "error: vector_avg(): vector has 0 components, expected at least 1"},
    {"select vector_sum(v) from (select '[3e38]' as v union all select '[3e38]')",
     "error: vector_sum(): component 0 is infinite, expected a finite number"},
    {"select vector_to_json(vector_avg(v)) from (select '[3e38]' as v union all select '[3e38]')",
     "[3.0000000054977558e+38]"},
    {"select g, vector_to_json(vector_sum(v)) from (select 1 as g, '[1]' as v union all select 2, "
     "'[2]' union all select 1, '[3]') group by g",
     "1|[4.0];2|[2.0]"},
    {"select vss_int8_scale(v) from (select '[1, -2]' as v union all select '[0.5, 0.25]')",
     "64.0"},
    {"select vss_int8_scale('[0, 0]'), vss_int8_scale('[1e-38]'), vss_int8_scale('[2]')",
     "1.0|1.0e+30|63.5"},
    /* the components as rows */
    {"select rowid, component, value from vector_each('[1.5, -2]')", "0|0|1.5;1|1|-2.0"},
    {"select count(*) from vector_each(null)", "0"},
    {"select count(*), max(length(vector)) from vector_each(x'0000803F')", "1|4"},
    {"select * from vector_each",
     "error: vector_each(): no vector, expected a BLOB or a JSON array"},
    {"select * from vector_each(7)",
     "error: vector_each(): a vector was expected (BLOB or JSON array), got INTEGER"},
    {"select sum(value) from (select '[1]' as v union all select '[2, 3]') as i, vector_each(i.v)",
     "6.0"},
    {"create virtual table t using vector_each", "error: no such module: vector_each"},
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

static void append_vector(sqlite3_str *sql, const float *vector, int dim) {
  for (int j = 0; j < dim; j++)
    sqlite3_str_appendf(sql, "%s%!.17g", j ? ", " : "[", (double)vector[j]);
  sqlite3_str_appendall(sql, "]");
}

/* Whether the SQL gives these floats, bit for bit. */
static int gives_floats(sqlite3 *db, const char *sql, const float *wanted, int dim) {
  sqlite3_stmt *stmt = NULL;
  int is_same = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
                sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_bytes(stmt, 0) == dim * 4 &&
                memcmp(sqlite3_column_blob(stmt, 0), wanted, (size_t)dim * 4) == 0;
  sqlite3_finalize(stmt);
  return is_same;
}

/*
** Sums, averages, slices, lengths of 1 and the way through int8 and back, against plain C over
** random rows.
*/
static void test_plain(sqlite3 *db, uint64_t *random) {
  for (int round = 0; round < 200; round++) {
    int dim = 1 + (int)(check_random(random) % 40), n = 1 + (int)(check_random(random) % 20);
    double sums[40] = {0}, square = 0, scale = INFINITY;
    float x[40], sum[40], avg[40], unit[40], stored[40];
    RUN(db, "delete from plain");
    for (int i = 0; i < n; i++) {
      sqlite3_str *sql = sqlite3_str_new(db);
      sqlite3_str_appendall(sql, "insert into plain values ('");
      for (int j = 0; j < dim; j++) {
        x[j] = (float)((double)(check_random(random) % 200001) - 100000) / 7777.0f;
        sums[j] += (double)x[j];
        double most = x[j] > 0 ? 127 / (double)x[j] : x[j] < 0 ? 128 / -(double)x[j] : INFINITY;
        if (most < scale) scale = most;
      }
      append_vector(sql, x, dim);
      sqlite3_str_appendall(sql, "')");
      char *text = sqlite3_str_finish(sql);
      RUN(db, "%s", text);
      sqlite3_free(text);
    }
    for (int j = 0; j < dim; j++) {
      sum[j] = (float)sums[j];
      avg[j] = (float)(sums[j] / n);
      stored[j] = (float)((nearbyint((double)x[j] * scale) + 0.0) / scale); /* no -0 */
    }
    CHECK(gives_floats(db, "select vector_sum(v) from plain", sum, dim));
    CHECK(gives_floats(db, "select vector_avg(v) from plain", avg, dim));
    int from = (int)(check_random(random) % (unsigned)dim);
    char *slice = sqlite3_mprintf("select vector_slice(v, %d, %d) from plain where rowid = "
                                  "(select max(rowid) from plain)",
                                  from, dim);
    CHECK(gives_floats(db, slice, x + from, dim - from));
    sqlite3_free(slice);
    CHECK(
        gives_floats(db,
                     "select vector_to_float32(vector_to_int8(v, s), 'int8', s) from plain, "
                     "(select vss_int8_scale(v) as s from plain) order by plain.rowid desc limit 1",
                     stored, dim));
    square = vss_metric_distance(VSS_METRIC_INNER_PRODUCT, x, x, dim);
    for (int j = 0; j < dim; j++)
      unit[j] = square > 0 ? (float)((double)x[j] / sqrt(square)) : x[j];
    CHECK(gives_floats(db, "select vector_normalize(v) from plain order by rowid desc limit 1",
                       unit, dim));
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
  RUN(db, "create table plain(v)");
  test_plain(db, &random);
  test_constant_argument(db);
  test_flags(db);
  CLOSE(db);
  return check_summary();
}
