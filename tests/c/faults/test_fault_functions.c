/*
** Every allocation fails, once alone and once with all that follow it. The functions answer right
** or with an error, and nothing leaks (the address sanitizer checks it). With memory again the next
** search is right: no index stays that was built in part.
*/
#include "func_check.h"

#include "base/base.h"

#include <stdlib.h>

#include "faults/fault_allocator.h"

static void *core_realloc(void *ptr, uint64_t size_bytes) {
  return fails_now() ? NULL : realloc(ptr, (size_t)size_bytes);
}
static const VssAllocator core_allocator = {core_realloc, free};

static const struct {
  const char *sql;
  const char *wanted;
} operations[] = {
    {"select faiss_search('main', 't', '[7.2]', 2)", "[7, 8]"},
    {"insert into t values (1000, faiss_encode('[7.2]')); select faiss_search_with_scores('main', "
     "'t', '[7.25]', 1)",
     NULL},
    {"update t set embedding = faiss_encode('[' || (id + 0.5) || ']'); select faiss_search('main', "
     "'t', '[7.6]', 2)",
     NULL},
    {"begin; delete from t where id > 5; select faiss_search('main', 't', '[7.6]', 2); rollback",
     NULL},
    {"create table u(id, embedding); insert into u values ('\xc3\xa9', '[1, 2]'); select "
     "faiss_search('main', 'u', '[1, 1]', 3)",
     NULL},
    {"select faiss_search('main', 'w', '[7.2]', 2)", "[\"7\", \"8\"]"},
    {"select faiss_search('main', 'no_such', '[7.2]', 2)", NULL},
    {"select faiss_agg(id, embedding, '[3.1]', 20) from t", NULL},
    {"select faiss_agg_with_scores('id' || id, embedding, '[3.1]', 2) from t group by id % 3",
     NULL},
    {"select faiss_encode('[1, 2, 3]'), faiss_decode(x'0000803F'), vector_to_json('[1]')", NULL},
    {"select vss_distance_l2('[1, 2]', '[3, 4]'), vss_fvec_add('[1]', '[2]'), "
     "vector_debug(vector_to_blob('[1]'))",
     "8.0|x'00004040'|size: 1 [1.000000]"},
    {"select sum(vss_distance('cosine', embedding, '[1]')) from t", NULL},
    {"select sum(dimensions) from vector_fvecs_each(x'010000000000803F010000000000803F')", "2"},
    {"select count(*) from faiss_indexes", NULL},
    {"select faiss_search('main', 't', '[1, 2]', 1)", NULL},
};
enum { N_OPERATIONS = sizeof operations / sizeof *operations };

static sqlite3 *create_database(void) {
  sqlite3 *db = sql_open(":memory:");
  RUN(db, "create table rows(id integer primary key, embedding)");
  RUN(db,
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20) insert into "
      "rows select i, faiss_encode('[' || i || ']') from n");
  RUN(db, "create table t(id integer primary key, embedding)");
  RUN(db, "create table w(id text primary key, embedding) without rowid");
  RUN(db, "insert into w select id, embedding from rows");
  return db;
}

/*
** Bring the database back to the state before the fault, with or without an index. A new database
** for each fault would cost ten times as much.
*/
static void reset_database(sqlite3 *db, int with_index) {
  if (!sqlite3_get_autocommit(db)) RUN(db, "rollback");
  RUN(db, "drop table if exists u; delete from t; insert into t select * from rows");
  if (with_index)
    CHECK_SQL(db, "select faiss_search('main', 't', '[7.2]', 2)", "[7, 8]");
  else
    CHECK(vss_func_register_faiss(db) == SQLITE_OK); /* drops the indexes */
}

/* After the fault a search finds exactly what the table holds. */
static void check_recovered(sqlite3 *db) {
  char *wanted = sql_text(db, "select json_group_array(id) from (select id from t order by "
                              "vss_distance_l2(embedding, '[7.3]'), id limit 4)");
  char *got = sql_text(db, "select json(faiss_search('main', 't', '[7.3]', 4))");
  CHECK_TEXT(got, wanted);
  sqlite3_free(got);
  sqlite3_free(wanted);
}

static void test_operation(sqlite3 *db, int i, int with_index, int always) {
  int failed = 1;
  for (int n = 1; failed && check_failures < 5; n++) {
    reset_database(db, with_index);
    n_failed = 0;
    fail_always = always;
    fail_in = n;
    char *got = sql_text(db, operations[i].sql);
    fail_in = 0;
    failed = n_failed > 0;
    int is_error = !got || strncmp(got, "error: ", 7) == 0 || got[0] == 0;
    if (!is_error && operations[i].wanted) CHECK_TEXT(got, operations[i].wanted);
    sqlite3_free(got);
    if (!sqlite3_get_autocommit(db)) RUN(db, "rollback");
    check_recovered(db);
  }
}

/* Registering the functions fails without leaks, too. */
static void test_registration(void) {
  for (int n = 1;; n++) {
    sqlite3 *db = NULL;
    CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
    n_failed = 0;
    fail_always = 0;
    fail_in = n;
    int rc = vss_func_register_vector(db);
    if (rc == SQLITE_OK) rc = vss_func_register_faiss(db);
    fail_in = 0;
    CHECK(rc == SQLITE_OK || rc == SQLITE_NOMEM);
    CHECK(rc == SQLITE_OK || n_failed > 0);
    CLOSE(db);
    if (!n_failed) break;
  }
}

int main(void) {
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* small allocations must be able to fail, too */
  fault_allocator_install();
  vss_base_set_allocator(&core_allocator);
  test_registration();
  sqlite3 *db = create_database();
  for (int i = 0; i < N_OPERATIONS; i++) {
    test_operation(db, i, i % 2, 0);
    test_operation(db, i, i % 2, 1);
  }
  CLOSE(db);
  return check_summary();
}
