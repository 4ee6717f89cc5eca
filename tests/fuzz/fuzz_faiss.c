/*
** The SQL functions with any arguments: faiss_*, vss_distance_*, vector_*. Each gives an answer,
** and the same answer again, or an error with a text. While tables are written, faiss_search() and
** faiss_agg() equal the distances computed here and sorted.
**
**   input: steps; each is a byte and what the step reads
*/
#include "fuzz_db.h"

enum { MAX_STEPS = 40, MAX_ARGS = 4 };

static const char *const functions[] = {
    "faiss_search(?1, ?2, ?3, ?4)",
    "faiss_search_with_scores(?1, ?2, ?3, ?4)",
    "faiss_agg(?1, ?2, ?3, ?4)",
    "faiss_agg_with_scores(?1, ?2, ?3, ?4)",
    "faiss_encode(?1)",
    "faiss_decode(?1)",
    "vss_distance(?1, ?2, ?3)",
    "vss_distance_l1(?1, ?2)",
    "vss_distance_l2(?1, ?2)",
    "vss_distance_linf(?1, ?2)",
    "vss_distance_cosine(?1, ?2)",
    "vss_distance_canberra(?1, ?2)",
    "vss_distance_bray_curtis(?1, ?2)",
    "vss_distance_jensen_shannon(?1, ?2)",
    "vss_inner_product(?1, ?2)",
    "vss_cosine_similarity(?1, ?2)",
    "vss_fvec_add(?1, ?2)",
    "vss_fvec_sub(?1, ?2)",
    "vector_add(?1, ?2)",
    "vector_sub(?1, ?2)",
    "vector_normalize(?1)",
    "vector_slice(?1, ?2, ?3)",
    "vector_to_float16(?1)",
    "vector_to_int8(?1, ?2)",
    "vector_to_bit(?1)",
    "vector_to_float32(?1, ?2, ?3)",
    "vector_length(?1, ?2)",
    "vector_sum(?1)",
    "vector_avg(?1)",
    "vss_int8_scale(?1)",
    "vector_debug(?1)",
    "vector_length(?1)",
    "vector_value_at(?1, ?2)",
    "vector_from_json(?1)",
    "vector_from_blob(?1)",
    "vector_from_raw(?1)",
    "vector_to_json(?1)",
    "vector_to_blob(?1)",
    "vector_to_raw(?1)",
    "vector0(?1)",
    "vss_search_params(?1, ?2)",
    "vss_range_search_params(?1, ?2)",
    "vss_memory_usage(?1)",
    "vss_table_stats(?1)",
    "vss_table_stats(?1, 'sizes')",
    "(select count(*) from vector_fvecs_each(?1))",
    "(select sum(length(vector)) from vector_fvecs_each(?1))",
};

/* Names and ids of the tables that the steps write; their vectors have two components. */
static const char *const tables[] = {"ints", "texts", "loose", "keyed"};

static sqlite3 *open_tables(void) {
  static unsigned char *image;
  static sqlite3_int64 size;
  if (!image) {
    sqlite3 *db = fuzz_open();
    fuzz_must(db, "create table ints(id integer primary key, embedding blob);"
                  "create table texts(id text unique, embedding blob);"
                  "create table loose(id, embedding);"
                  "create table keyed(id primary key, embedding) without rowid;"
                  "create table odd(id, embedding);"
                  "insert into odd values (1, 'no vector');"
                  "create view seen as select id, embedding from ints;"
                  "create table \"o'dd \"\"name\"(a, b);");
    image = sqlite3_serialize(db, "main", &size, 0);
    fuzz_close(db);
  }
  return fuzz_open_image(image, size);
}

/* --- arguments -------------------------------------------------------------------------------- */

/* A vector of small numbers: a BLOB, a BLOB with the header, or JSON. */
static void bind_vector(FuzzInput *in, sqlite3_stmt *stmt, int i) {
  float vector[8] = {0};
  int kind = fuzz_u8(in), dim = kind % 8 == 0 ? kind / 8 % 8 : 2;
  for (int j = 0; j < dim; j++)
    vector[j] = (float)(int8_t)fuzz_u8(in) / 4;
  if (kind & 64) {
    char text[200] = "[";
    for (int j = 0; j < dim; j++)
      snprintf(text + strlen(text), 20, "%s%g", j ? "," : "", (double)vector[j]);
    strcat(text, "]");
    sqlite3_bind_text(stmt, i, text, -1, SQLITE_TRANSIENT);
  } else {
    uint8_t bytes[2 + sizeof vector] = {'v', 1};
    int header = kind & 128 ? 2 : 0;
    memcpy(bytes + header, vector, sizeof vector);
    sqlite3_bind_blob(stmt, i, bytes, header + dim * (int)sizeof(float), SQLITE_TRANSIENT);
  }
}

static void bind_any(FuzzInput *in, sqlite3_stmt *stmt, int i) {
  static const char *const names[] = {"main",  "temp",    "ints", "texts", "loose",
                                      "keyed", "odd",     "seen", "MAIN",  "o'dd \"name",
                                      "",      "nothing", "L2",   "cosine"};
  static const int64_t integers[] = {0, 1, 2, 3, -1, 1000000, INT64_MAX, INT64_MIN, 4294967296};
  size_t n;
  switch (fuzz_below(in, 10)) {
    case 0: sqlite3_bind_null(stmt, i); break;
    case 1: sqlite3_bind_int64(stmt, i, integers[fuzz_below(in, 9)]); break;
    case 2: sqlite3_bind_int64(stmt, i, (int64_t)fuzz_uint(in, 8)); break;
    case 3: {
      uint64_t bits = fuzz_uint(in, 8);
      double value;
      memcpy(&value, &bits, sizeof value);
      sqlite3_bind_double(stmt, i, value);
      break;
    }
    case 4:
    case 5: {
      uint8_t *bytes = fuzz_bytes(in, fuzz_u8(in), &n);
      sqlite3_bind_text(stmt, i, (const char *)bytes, (int)n, SQLITE_TRANSIENT);
      free(bytes);
      break;
    }
    case 6: {
      uint8_t *bytes = fuzz_bytes(in, fuzz_u8(in), &n);
      sqlite3_bind_blob(stmt, i, bytes, (int)n, SQLITE_TRANSIENT);
      free(bytes);
      break;
    }
    case 7: sqlite3_bind_text(stmt, i, names[fuzz_below(in, 14)], -1, SQLITE_STATIC); break;
    default: bind_vector(in, stmt, i);
  }
}

/* The rows and the error of one run of the statement. */
static char *run(sqlite3 *db, sqlite3_stmt *stmt) {
  sqlite3_str *out = sqlite3_str_new(NULL);
  int rc;
  while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
    fuzz_append_row(out, stmt);
  if (rc != SQLITE_DONE) {
    FUZZ_CHECK(sqlite3_errmsg(db)[0], "an error without a text");
    sqlite3_str_appendf(out, "%d %s", rc, sqlite3_errmsg(db));
  }
  sqlite3_reset(stmt);
  char *text = sqlite3_str_finish(out);
  return text ? text : sqlite3_mprintf("");
}

static void step_call(FuzzInput *in, sqlite3 *db) {
  const char *function = functions[fuzz_u8(in) % (sizeof functions / sizeof functions[0])];
  char *sql = sqlite3_mprintf("select %s, typeof(%s)", function, function);
  sqlite3_stmt *stmt = NULL;
  FUZZ_CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s: %s", sql,
             sqlite3_errmsg(db));
  sqlite3_free(sql);
  for (int i = 1; i <= sqlite3_bind_parameter_count(stmt); i++)
    bind_any(in, stmt, i);
  char *first = run(db, stmt), *second = run(db, stmt);
  /* Asking for the memory in use may change it. */
  if (!strstr(function, "vss_memory") && !strstr(function, "vss_table"))
    FUZZ_CHECK(strcmp(first, second) == 0, "%s: %s, then %s", function, first, second);
  sqlite3_free(first);
  sqlite3_free(second);
  sqlite3_finalize(stmt);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void step_write(FuzzInput *in, sqlite3 *db) {
  static const char *const writes[] = {
      "insert or replace into %s(id, embedding) values (?1, ?2)",
      "insert or replace into %s(id, embedding) values (?1, ?2), (?1 + 100, ?2)",
      "update %s set embedding = ?2 where id >= ?1",
      "delete from %s where id = ?1",
      "delete from %s where id > ?1",
  };
  const char *table = tables[fuzz_below(in, 4)];
  char *sql = sqlite3_mprintf(writes[fuzz_below(in, 5)], table);
  sqlite3_stmt *stmt = NULL;
  FUZZ_CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s", sql);
  sqlite3_bind_int(stmt, 1, fuzz_below(in, 40));
  if (sqlite3_bind_parameter_count(stmt) > 1 && fuzz_below(in, 9)) bind_vector(in, stmt, 2);
  sqlite3_step(stmt);
  sqlite3_finalize(stmt);
  sqlite3_free(sql);
}

static void step_transaction(FuzzInput *in, sqlite3 *db) {
  static const char *const sql[] = {
      "begin",         "savepoint a", "rollback to a",
      "release a",     "commit",      "rollback",
      "vacuum",        "reindex",     "alter table loose add column c",
      "drop table odd"};
  sqlite3_exec(db, sql[fuzz_below(in, 10)], NULL, NULL,
               NULL); /* many of these arguments are errors here */
}

/*
** faiss_search() and faiss_agg() against sorted distances. Where the table holds a vector of
** another length, both refuse.
*/
static void step_compare(FuzzInput *in, sqlite3 *db) {
  const char *table = tables[fuzz_below(in, 4)];
  const char *order = strcmp(table, "keyed") ? "rowid" : "id";
  float query[2] = {(float)(int8_t)fuzz_u8(in) / 4, (float)(int8_t)fuzz_u8(in) / 4};
  int k = 1 + fuzz_below(in, 20);
  char *vector = sqlite3_mprintf("'[%g,%g]'", (double)query[0], (double)query[1]);
  char *found_sql = sqlite3_mprintf("select value ->> 0, value ->> 1 from "
                                    "json_each(faiss_search_with_scores('main', '%s', %s, %d))",
                                    table, vector, k);
  char *wanted_sql = sqlite3_mprintf(
      "select id, vss_distance_l2(embedding, %s) as d from %s where embedding is not null "
      "order by d, %s limit %d",
      vector, table, order, k);
  char *agg_sql = sqlite3_mprintf(
      "select value ->> 0, value ->> 1 from json_each((select faiss_agg_with_scores(id, embedding, "
      "%s, %d) from (select * from %s order by %s)))",
      vector, k, table, order);
  int rc[3];
  char *found = fuzz_query(db, found_sql, NULL, 0, &rc[0]);
  char *wanted = fuzz_query(db, wanted_sql, NULL, 0, &rc[1]);
  char *agg = fuzz_query(db, agg_sql, NULL, 0, &rc[2]);
  FUZZ_CHECK((rc[0] == SQLITE_OK) == (rc[1] == SQLITE_OK), "%s: %d and %d", found_sql, rc[0],
             rc[1]);
  FUZZ_CHECK((rc[2] == SQLITE_OK) == (rc[1] == SQLITE_OK), "%s: %d and %d", agg_sql, rc[2], rc[1]);
  if (rc[1] == SQLITE_OK) {
    FUZZ_CHECK(strcmp(found, wanted) == 0, "%s: %s, expected %s", found_sql, found, wanted);
    FUZZ_CHECK(strcmp(agg, wanted) == 0, "%s: %s, expected %s", agg_sql, agg, wanted);
  }
  sqlite3_free(found);
  sqlite3_free(wanted);
  sqlite3_free(agg);
  sqlite3_free(found_sql);
  sqlite3_free(wanted_sql);
  sqlite3_free(agg_sql);
  sqlite3_free(vector);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  FuzzInput in = {bytes, size};
  sqlite3 *db = open_tables();
  for (int i = 0; i < MAX_STEPS && in.left; i++) {
    switch (fuzz_below(&in, 8)) {
      case 0:
      case 1:
      case 2: step_call(&in, db); break;
      case 3:
      case 4: step_write(&in, db); break;
      case 5: step_transaction(&in, db); break;
      default: step_compare(&in, db);
    }
  }
  fuzz_close(db);
  return 0;
}
