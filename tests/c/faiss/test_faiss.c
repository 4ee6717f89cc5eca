/*
** What the datasette-faiss functions answer, to the letter: the text of results and errors,
** aggregates, and the queries of its README. faiss/test_faiss_index.c and faiss/test_faiss_random.c
** test that the answers stay true when tables change.
*/
#define _DEFAULT_SOURCE 1 /* mkdtemp */
#include "func_check.h"

#include "faiss/faiss_python.h"

#include <unistd.h>

static void test_python(sqlite3 *db) {
  for (size_t i = 0; i < sizeof python_vectors / sizeof *python_vectors; i++) {
    char *sql = sqlite3_mprintf("select hex(faiss_encode(%Q)), faiss_decode(x'%s')",
                                python_vectors[i].json, python_vectors[i].hex);
    char *wanted = sqlite3_mprintf("%s|%s", python_vectors[i].hex, python_vectors[i].decoded);
    CHECK_SQL(db, sql, wanted);
    sqlite3_free(sql);
    sqlite3_free(wanted);
  }
  for (size_t i = 0; i < sizeof python_ids / sizeof *python_ids; i++) {
    char *sql = sqlite3_mprintf("select faiss_agg(%s, '[0]', '[1]', 1)", python_ids[i].sql);
    CHECK_SQL(db, sql, python_ids[i].dumped);
    sqlite3_free(sql);
    RUN(db, "create table python(id, embedding)");
    RUN(db, "insert into python values (%s, '[0]')", python_ids[i].sql);
    CHECK_SQL(db, "select faiss_search('main', 'python', '[1]', 1)", python_ids[i].dumped);
    RUN(db, "drop table python");
  }
}

static const struct {
  const char *sql;
  const char *wanted;
} cases[] = {
    {"select hex(faiss_encode('[2.4, 4.1, 1.8]'))", "9A991940333383406666E63F"},
    {"select faiss_decode(x'9A991940333383406666E63F')",
     "[2.4000000953674316, 4.099999904632568, 1.7999999523162842]"},
    {"select faiss_decode(faiss_encode('[1, 2, 3]'))", "[1.0, 2.0, 3.0]"},
    {"select faiss_encode('[]'), faiss_decode(x'')", "x''|[]"},
    {"select faiss_decode(vector_to_blob('[1]'))", "[1.0]"},
    {"select typeof(faiss_encode('[1]')), typeof(faiss_decode(x''))", "blob|text"},
    {"select faiss_encode(null)",
     "error: faiss_encode(): argument is NULL, expected the TEXT of a JSON array of numbers"},
    {"select faiss_encode(x'00')",
     "error: faiss_encode(): argument is BLOB, expected the TEXT of a JSON array of numbers"},
    {"select faiss_decode(null)",
     "error: faiss_decode(): argument is NULL, expected a BLOB of float32 components"},
    {"select faiss_decode('[1]')",
     "error: faiss_decode(): argument is TEXT, expected a BLOB of float32 components"},
    {"select faiss_decode(x'0000C07F')",
     "error: faiss_decode(): component 0 is NaN, expected a finite number"},
    {"select faiss_encode()", "error: wrong number of arguments to function faiss_encode()"},

    /* faiss_search over ordinary tables: ids keep their types. */
    {"select faiss_search('main', 'texts', '[1.1]', 3)", "[\"1\", \"2\", \"4\"]"},
    {"select faiss_search('main', 'ints', '[1.1]', 3)", "[1, 2, 4]"},
    {"select faiss_search_with_scores('main', 'ints', '[1]', 2)", "[[1, 0.0], [2, 1.0]]"},
    {"select faiss_search_with_scores('main', 'ints', '[1.5]', 2)", "[[1, 0.25], [2, 0.25]]"},
    {"select faiss_search_with_scores('main', 'texts', '[1.1]', 2)",
     "[[\"1\", 0.010000004433095455], [\"2\", 0.809999942779541]]"},
    {"select faiss_search('main', 'ints', '[1]', 100)", "[1, 2, 4]"},
    {"select faiss_search('main', 'ints', faiss_encode('[1]'), 1)", "[1]"},
    {"select faiss_search('main', 'ints', '[1]', '2'), faiss_search('main', 'ints', '[1]', 2.0)",
     "[1, 2]|[1, 2]"},
    {"select typeof(faiss_search('main', 'ints', '[1]', 1))", "text"},
    {"select faiss_search('MAIN', 'INTS', '[1]', 1), faiss_search('Main', 'iNts', '[4]', 1)",
     "[1]|[4]"},
    {"select faiss_search('main', 'empty', '[1, 2]', 5)", "[]"},
    {"select faiss_search('main', 'nulls', '[1, 2]', 5)", "[]"},
    {"select faiss_search('main', 'some nulls', '[0]', 5)", "[3, 1]"},
    {"select faiss_search('main', 'no rowid', '[5]', 2)", "[\"b\", \"a\"]"},
    {"select faiss_search('main', 'a view', '[5]', 2)", "[40, 20]"},
    {"select faiss_search('main', 'hidden rowid', '[2]', 1)", "[8]"},
    {"select faiss_search('main', 'hidden rowids', '[2]', 1)", "[9]"},
    {"select faiss_search('temp', 'temporary', '[2]', 1)", "[\"t\"]"},
    {"select faiss_search('main', 'quo\"te''d', '[2]', 1)", "[1]"},
    {"select faiss_search('main', 'text_vectors', '[1, 1]', 2)", "[2, 1]"},
    {"select faiss_search('main', 'generated', '[1]', 1)", "[20]"},

    /* The errors of faiss_search. */
    {"select faiss_search('blog', 'ints', '[1]', 1)",
     "error: faiss_search(): unknown database 'blog', expected main, temp, an attached name or the "
     "name of an attached file without its suffix"},
    {"select faiss_search('main', 'nothing', '[1]', 1)",
     "error: faiss_search(): unknown table main.nothing"},
    {"select faiss_search_with_scores('temp', 'ints', '[1]', 1)",
     "error: faiss_search_with_scores(): unknown table temp.ints"},
    {"select faiss_search('main', 'no_id', '[1]', 1)",
     "error: faiss_search(): main.no_id has no column 'id', expected id and embedding"},
    {"select faiss_search('main', 'no_embedding', '[1]', 1)",
     "error: faiss_search(): main.no_embedding has no column 'embedding', expected id and "
     "embedding"},
    {"select faiss_search('main', 'ints', '[1, 2]', 1)",
     "error: faiss_search(): embedding has 2 components, those of main.ints have 1"},
    {"select faiss_search('main', 'mixed', '[1]', 1)",
     "error: faiss_search(): main.mixed: embedding of row 7: vector has 2 components, the rows "
     "before have 1"},
    {"select faiss_search('main', 'odd', '[1]', 1)",
     "error: faiss_search(): main.odd: embedding of row 1: a vector was expected (BLOB or JSON "
     "array), got INTEGER"},
    {"select faiss_search('main', 'zero', '[1]', 1)",
     "error: faiss_search(): main.zero: embedding of row 1: vector has 0 components, expected at "
     "least 1"},
    {"select faiss_search('main', 'nan', '[1]', 1)",
     "error: faiss_search(): main.nan: embedding of row 1: component 0 is NaN, expected a finite "
     "number"},
    {"select faiss_search('main', 'no rowid', '[5, 6]', 2)",
     "error: faiss_search(): main.no rowid: embedding of row number 1: vector has 1 components, "
     "expected 2"},
    {"select faiss_search('main', 'blob_ids', '[1]', 1)",
     "error: faiss_search(): an id in the answer is a BLOB of 2 bytes, which JSON cannot hold, "
     "expected INTEGER, TEXT, REAL or NULL"},
    {"select faiss_search('main', 'ints', '[1]', 0)",
     "error: faiss_search(): k is 0, expected at least 1"},
    {"select faiss_search('main', 'ints', '[1]', -3)",
     "error: faiss_search(): k is -3, expected at least 1"},
    {"select faiss_search('main', 'ints', '[1]', null)",
     "error: faiss_search(): k is NULL, expected an INTEGER of at least 1"},
    {"select faiss_search('main', 'ints', '[1]', 1.5)",
     "error: faiss_search(): k is 1.5, expected a whole number"},
    {"select faiss_search('main', 'ints', '[1]', 'five')",
     "error: faiss_search(): k is TEXT, expected an INTEGER of at least 1"},
    {"select faiss_search(null, 'ints', '[1]', 1)",
     "error: faiss_search(): database is NULL, expected the TEXT of a name"},
    {"select faiss_search('main', 5, '[1]', 1)",
     "error: faiss_search(): table is INTEGER, expected the TEXT of a name"},
    {"select faiss_search('main', 'ints', null, 1)",
     "error: faiss_search(): embedding to search for: a vector was expected (BLOB or JSON array), "
     "got NULL"},
    {"select faiss_search('main', 'ints', '[]', 1)",
     "error: faiss_search(): embedding to search for: vector has 0 components, expected at least "
     "1"},
    {"select faiss_search('main', 'ints', '[1]')",
     "error: wrong number of arguments to function faiss_search()"},

    /* faiss_agg. */
    {"select faiss_agg(id, embedding, '[1.1]', 2) from ints", "[1, 2]"},
    {"select faiss_agg(id, embedding, '[1.1]', 2) from texts", "[\"1\", \"2\"]"},
    {"select faiss_agg_with_scores(id, embedding, '[1.5]', 2) from ints", "[[1, 0.25], [2, 0.25]]"},
    {"select faiss_agg(id, embedding, '[1]', 10) from ints", "[1, 2, 4]"},
    {"select faiss_agg(id, embedding, '[1]', 10) from empty", "NULL"},
    {"select faiss_agg(id, embedding, '[1]', 10) from nulls", "NULL"},
    {"select faiss_agg(id, embedding, '[0]', 10) from \"some nulls\"", "[3, 1]"},
    {"select id % 2, faiss_agg(id, embedding, '[' || (id % 2) || ']', 1 + id % 2) from ints "
     "group by id % 2",
     "0|[2];1|[1]"},
    {"select faiss_agg(id, embedding, '[4]', 2) filter (where id < 4) from ints", "[2, 1]"},
    {"select faiss_agg(id, embedding, '[4]', 9) from (select * from ints order by id desc)",
     "[4, 2, 1]"},
    /* Rows at the same distance keep the order of arrival. */
    {"select faiss_agg(column1, '[1]', '[1]', 3) from (values (5), (3), (9), (1))", "[5, 3, 9]"},
    {"select faiss_agg(distinct id, embedding, '[4]', 9) from ints",
     "error: DISTINCT aggregates must have exactly one argument"},
    {"select faiss_agg(id, embedding, '[4]', 9) over () from ints",
     "error: faiss_agg() may not be used as a window function"},
    {"select faiss_agg(id, embedding, embedding, 1) from ints",
     "error: faiss_agg(): compare_embedding changed inside a group, expected one value per group"},
    {"select faiss_agg(id, '[1, 2, 3]', '[' || id || ', 5, 6]', 1) from ints",
     "error: faiss_agg(): compare_embedding changed inside a group, expected one value per group"},
    {"select faiss_agg(id, '[1, 2, 3]', faiss_encode('[5, 6, ' || id || ']'), 1) from ints",
     "error: faiss_agg(): compare_embedding changed inside a group, expected one value per group"},
    {"select faiss_agg(id, embedding, '[1]', id) from ints",
     "error: faiss_agg(): k changed from 1 to 2 inside a group, expected one value per group"},
    {"select faiss_agg_with_scores(id, embedding, '[1]', 0) from ints",
     "error: faiss_agg_with_scores(): k is 0, expected at least 1"},
    {"select faiss_agg(id, embedding, '[1, 2]', 1) from ints",
     "error: faiss_agg(): embedding: vector has 1 components, expected 2"},
    {"select faiss_agg(id, embedding, null, 1) from ints",
     "error: faiss_agg(): compare_embedding: a vector was expected (BLOB or JSON array), got NULL"},
    {"select faiss_agg(id, embedding, '[]', 1) from ints",
     "error: faiss_agg(): compare_embedding: vector has 0 components, expected at least 1"},
    {"select faiss_agg(id, embedding, '[1]', 1) from odd",
     "error: faiss_agg(): embedding: a vector was expected (BLOB or JSON array), got INTEGER"},
    {"select faiss_agg(id, embedding, '[1]', 1) from blob_ids",
     "error: faiss_agg(): an id in the answer is a BLOB of 2 bytes, which JSON cannot hold, "
     "expected INTEGER, TEXT, REAL or NULL"},
};

static void make_tables(sqlite3 *db) {
  static const char *const statements[] = {
      "create table ints(id integer primary key, embedding blob)",
      ("insert into ints values (1, faiss_encode('[1]')), (2, faiss_encode('[2]')), (4, "
       "faiss_encode('[4]'))"),
      "create table texts(id text primary key, embedding blob)",
      "insert into texts select id, embedding from ints",
      "create table empty(id, embedding)",
      "create table nulls(id, embedding)",
      "insert into nulls values (1, null), (2, null)",
      "create table \"some nulls\"(id, embedding)",
      "insert into \"some nulls\" values (1, '[3]'), (2, null), (3, '[2]')",
      "create table \"no rowid\"(id text primary key, embedding) without rowid",
      "insert into \"no rowid\" values ('a', '[1]'), ('b', '[4]'), ('c', null)",
      "create view \"a view\" as select id * 10 as id, embedding from ints",
      "create table \"hidden rowid\"(id, embedding, rowid text)",
      "insert into \"hidden rowid\" values (7, '[1]', 'x'), (8, '[2]', 'x')",
      "create table \"hidden rowids\"(id, embedding, rowid text, oid text, _rowid_ text)",
      "insert into \"hidden rowids\"(id, embedding) values (8, '[1]'), (9, '[2]')",
      "create temp table temporary(id, embedding)",
      "insert into temporary values ('t', '[1]')",
      "create table \"quo\"\"te'd\"(\"ID\", \"Embedding\")",
      "insert into \"quo\"\"te'd\" values (1, '[1]')",
      "create table text_vectors(id, embedding)",
      "insert into text_vectors values (1, '[1, 0]'), (2, '[1, 1.25]')",
      "create table generated(n, e, id as (n * 10), embedding as ('[' || e || ']') stored)",
      "insert into generated values (1, 5), (2, 1)",
      "create table no_id(embedding)",
      "create table no_embedding(id)",
      "create table mixed(id, embedding)",
      "insert into mixed(rowid, id, embedding) values (3, 1, '[1]'), (7, 2, '[1, 2]')",
      "create table odd(id, embedding)",
      "insert into odd values (1, 5)",
      "create table zero(id, embedding)",
      "insert into zero values (1, x'')",
      "create table nan(id, embedding)",
      "insert into nan values (1, x'0000C07F')",
      "create table blob_ids(id, embedding)",
      "insert into blob_ids values (x'0102', '[1]')",
  };
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
    RUN(db, "%s", statements[i]);
}

/* The scores in datasette-faiss's README: any float32 prints as Python prints it. */
static void test_scores(sqlite3 *db) {
  RUN(db, "create table scores(id text, embedding blob)");
  /* 0.4587182 squared rounds to the score that the README shows. */
  RUN(db, "insert into scores values ('1', faiss_encode('[0]')), ('1249', "
          "faiss_encode('[0.4587182700634003]'))");
  char *text = sql_text(db, "select faiss_search_with_scores('main', 'scores', '[0]', 5)");
  CHECK(strncmp(text, "[[\"1\", 0.0], [\"1249\", 0.2104224", 31) == 0);
  sqlite3_free(text);
  CHECK_SQL(db, "select faiss_search('main', 'scores', '[0]', 5)", "[\"1\", \"1249\"]");
}

/*
** The four example queries of datasette-faiss's README, over a database that it would call "blog".
*/
static void test_readme(void) {
  char path[] = "test_func_faiss_XXXXXX";
  char folder[256];
  snprintf(folder, sizeof folder, "%s/%s", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", path);
  CHECK(mkdtemp(folder) != NULL);
  char file[300];
  snprintf(file, sizeof file, "%s/blog.db", folder);
  sqlite3 *db = sql_open(file);
  RUN(db, "create table blog_entry(id integer primary key, title text)");
  RUN(db, "create table embeddings(id text primary key, embedding blob)");
  RUN(db, "create table blog_entry_embeddings(id integer primary key, embedding blob)");
  RUN(db, "with recursive n(i) as (select 1 union all select i + 1 from n where i < 600) "
          "insert into blog_entry_embeddings select i, faiss_encode('[' || i || ', 1]') from n");
  RUN(db, "insert into blog_entry select id, 'entry ' || id from blog_entry_embeddings");
  RUN(db, "insert into embeddings select id, embedding from blog_entry_embeddings");

  CHECK_SQL(db,
            "select faiss_search('blog', 'embeddings', (select embedding from embeddings where id "
            "= 3), 5)",
            "[\"3\", \"2\", \"4\", \"1\", \"5\"]");
  CHECK_SQL(db,
            "with related as (select value from json_each(faiss_search('blog', 'embeddings', "
            "(select embedding from embeddings limit 1), 3))) "
            "select * from blog_entry, related where id = value",
            "1|entry 1|1;2|entry 2|2;3|entry 3|3");
  CHECK_SQL(db,
            "with last_500 as (select id, embedding from blog_entry_embeddings order by id desc "
            "limit 500), faiss as (select faiss_agg(id, embedding, (select embedding from "
            "blog_entry_embeddings where id = 50), 3) as results from last_500), "
            "ids as (select value as id from json_each(faiss.results), faiss) "
            "select blog_entry.id, blog_entry.title from ids join blog_entry on ids.id = "
            "blog_entry.id",
            "101|entry 101;102|entry 102;103|entry 103");
  CHECK_SQL(db,
            "with last_500 as (select id, embedding from blog_entry_embeddings order by id desc "
            "limit 500), ids_and_scores as (select faiss_agg_with_scores(id, embedding, (select "
            "embedding from blog_entry_embeddings where id = 599), 3) as s from last_500), "
            "results as (select json_extract(value, '$[0]') as id, json_extract(value, '$[1]') as "
            "score from json_each(ids_and_scores.s), ids_and_scores) "
            "select results.score, blog_entry.id, blog_entry.title from results join blog_entry on "
            "results.id = blog_entry.id",
            "0.0|599|entry 599;1.0|600|entry 600;1.0|598|entry 598");

  /* Names: the schema's first, then the file's stem; case does not matter; two files of one stem
  ** do. */
  CHECK_SQL(db, "select faiss_search('BLOG', 'Embeddings', '[9, 1]', 1)", "[\"9\"]");
  RUN(db, "attach ':memory:' as other");
  RUN(db, "create table other.embeddings(id, embedding)");
  RUN(db, "insert into other.embeddings values (77, '[9, 1]')");
  CHECK_SQL(db, "select faiss_search('other', 'embeddings', '[9, 1]', 1)", "[77]");
  RUN(db, "detach other");
  RUN(db, "attach ':memory:' as blog");
  RUN(db, "create table blog.embeddings(id, embedding)");
  RUN(db, "insert into blog.embeddings values (78, '[9, 1]')");
  CHECK_SQL(db, "select faiss_search('blog', 'embeddings', '[9, 1]', 1)", "[78]");
  RUN(db, "detach blog");
  char *twin = sqlite3_mprintf("%s/blog.sqlite", folder);
  RUN(db, "attach %Q as twin", twin);
  CHECK_SQL(
      db, "select faiss_search('blog', 'embeddings', '[9, 1]', 1)",
      "error: faiss_search(): database 'blog' names the files of both main and twin, expected "
      "a schema name to tell them apart");
  CLOSE(db);
  unlink(twin);
  unlink(file);
  rmdir(folder);
  sqlite3_free(twin);
}

/* The aggregates keep k rows: a million rows pass through a few kilobytes. */
static void test_agg_memory(sqlite3 *db) {
  sqlite3_int64 before, highest;
  sqlite3_status64(SQLITE_STATUS_MEMORY_USED, &before, &highest, 1);
  CHECK_SQL(db,
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) "
            "select faiss_agg(i, vector_from_json('[' || i || ']'), '[777.2]', 3) from n",
            "[777, 778, 776]");
  sqlite3_int64 after;
  sqlite3_status64(SQLITE_STATUS_MEMORY_USED, &after, &highest, 0);
  CHECK(highest - before < 1000000);
}

/* Searches may stand in the user's own TEMP views, and not in a schema that somebody else wrote. */
static void test_trust(sqlite3 *db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  RUN(db, "create temp view mine as select faiss_search('main', 'ints', '[1]', 1) as ids");
  RUN(db, "create view theirs as select faiss_search('main', 'ints', '[1]', 1) as ids");
  RUN(db, "create view pure as select faiss_agg(id, faiss_encode(faiss_decode(embedding)), '[1]', "
          "1) as ids from ints");
  CHECK_SQL(db, "select ids from mine", "[1]");
  CHECK_SQL(db, "select ids from pure", "[1]");
  CHECK_SQL(db, "select ids from theirs", "error: unsafe use of faiss_search()");
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL);
  CHECK_SQL(db, "select ids from theirs", "[1]");
  /* A view that searches itself ends with an error. */
  RUN(db, "create temp view loop as select 1 as id, faiss_search('temp', 'loop', '[1]', 1) as "
          "embedding");
  char *text = sql_text(db, "select faiss_search('temp', 'loop', '[1]', 1)");
  CHECK(strstr(text, "nested more than 8 deep") != NULL);
  sqlite3_free(text);
}

/*
** What the application's authorizer forbids stays forbidden, in SQLite's words and with its code.
*/
static int deny_embeddings(void *unused, int action, const char *table, const char *column,
                           const char *schema, const char *trigger) {
  (void)unused, (void)schema, (void)trigger;
  return action == SQLITE_READ && strcmp(table, "ints") == 0 && strcmp(column, "embedding") == 0
             ? SQLITE_DENY
             : SQLITE_OK;
}

static void test_authorizer(sqlite3 *db) {
  sqlite3_set_authorizer(db, deny_embeddings, NULL);
  CHECK_SQL(db, "select faiss_search('main', 'ints', '[1]', 1)",
            "error: faiss_search(): access to ints.embedding is prohibited");
  CHECK(sqlite3_errcode(db) == SQLITE_AUTH);
  CHECK_SQL(db, "select faiss_search('main', 'texts', '[1]', 1)", "[\"1\"]");
  sqlite3_set_authorizer(db, NULL, NULL);
  CHECK_SQL(db, "select faiss_search('main', 'ints', '[1]', 1)", "[1]");
}

static int interrupt_now(void *db) {
  sqlite3_interrupt(db);
  return 0;
}
static void test_interrupt(sqlite3 *db) {
  RUN(db, "create table many(id, embedding)");
  RUN(db, "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) "
          "insert into many select i, '[' || i || ']' from n");
  sqlite3_progress_handler(db, 3000, interrupt_now, db);
  sqlite3_stmt *stmt = NULL;
  CHECK(sqlite3_prepare_v2(db, "select faiss_search('main', 'many', '[5]', 1)", -1, &stmt, NULL) ==
        SQLITE_OK);
  CHECK(sqlite3_step(stmt) == SQLITE_ERROR || sqlite3_errcode(db) == SQLITE_INTERRUPT);
  CHECK(sqlite3_finalize(stmt) == SQLITE_INTERRUPT);
  sqlite3_progress_handler(db, 0, NULL, NULL);
  CHECK_SQL(db, "select faiss_search('main', 'many', '[5]', 1)", "[5]");
}

int main(void) {
  sqlite3 *db = sql_open(":memory:");
  test_python(db);
  make_tables(db);
  /* The second search is answered from the resident index. */
  for (int round = 0; round < 2; round++) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
      CHECK_SQL(db, cases[i].sql, cases[i].wanted);
    }
  }
  test_scores(db);
  test_agg_memory(db);
  test_trust(db);
  test_interrupt(db);
  test_authorizer(db);
  CLOSE(db);
  test_readme();
  return check_summary();
}
