/*
** faiss_search and faiss_agg against brute force in SQL, over random tables and histories: writes,
** transactions, savepoints, DDL, VACUUM, TEMP and attached tables, a second connection on the same
** file. VSS_TEST_ROUNDS sets how many steps are taken (8,000 by default).
*/
#define _DEFAULT_SOURCE 1 /* mkdtemp */
#include "func_check.h"

#include <unistd.h>

/* The tables of each connection; "shared" is the file that both have open. */
static const struct {
  const char *schema, *table, *create;
  int by_rowid; /* rows at the same distance are in the order of rowids; else of reading */
} tables[] = {
    {"main", "t", "create table %s.t(id integer primary key, embedding blob, n)", 1},
    {"temp", "t", "create table %s.t(id, embedding, n)", 1},
    {"shared", "t", "create table %s.t(id text unique, embedding, n)", 1},
    {"shared", "u", "create table %s.u(n primary key, id, embedding)", 1},
    {"main", "w", "create table %s.w(id primary key, embedding, n) without rowid", 0},
};
enum { N_TABLES = sizeof tables / sizeof *tables };

typedef struct Side {
  sqlite3 *db;
  char depth[16]; /* open savepoints, 's' each, behind 'b' for BEGIN */
} Side;

typedef struct Run {
  uint64_t random;
  Side sides[2];
  uint64_t n_compared, n_refused;
  int dim;
} Run;

static uint64_t pick(Run *run, uint64_t n) {
  return check_random(&run->random) % n;
}

/*
** A vector of few distinct values, so that equal distances are common; now and then NULL or another
** form.
*/
static char *random_vector(Run *run) {
  if (pick(run, 15) == 0) return sqlite3_mprintf("null");
  sqlite3_str *json = sqlite3_str_new(NULL);
  int fine = pick(run, 3) == 0;
  for (int j = 0; j < run->dim; j++) {
    double value = fine ? (double)pick(run, 10000) / 997.0 : (double)pick(run, 4);
    sqlite3_str_appendf(json, j ? ", %.17g" : "[%.17g", value);
  }
  sqlite3_str_appendall(json, "]");
  char *text = sqlite3_str_finish(json);
  static const char *const forms[] = {"faiss_encode('%s')", "faiss_encode('%s')", "'%s'",
                                      "vector_to_blob('%s')"};
  char *sql = sqlite3_mprintf(forms[pick(run, 4)], text);
  sqlite3_free(text);
  return sql;
}

/*
** Steps may fail, for a constraint, a lock or a missing savepoint; searches must be right after it.
*/
static int try_run(Run *run, sqlite3 *db, char *sql) {
  int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
  if (rc != SQLITE_OK) run->n_refused++;
  sqlite3_free(sql);
  return rc == SQLITE_OK;
}

static void write_rows(Run *run, sqlite3 *db) {
  const char *schema, *table;
  int t = (int)pick(run, N_TABLES);
  schema = tables[t].schema;
  table = tables[t].table;
  long long id = (long long)pick(run, 60);
  char *vector = random_vector(run);
  char *other = random_vector(run);
  switch (pick(run, 12)) {
    case 0:
    case 1:
    case 2:
      try_run(run, db,
              sqlite3_mprintf("insert into %s.%s(id, embedding, n) values (%lld, %s, %lld), (%lld, "
                              "%s, %lld)",
                              schema, table, id, vector, id, id + 60, other, id + 60));
      break;
    case 3:
      try_run(
          run, db,
          sqlite3_mprintf("insert or replace into %s.%s(id, embedding, n) values (%lld, %s, %lld)",
                          schema, table, id, vector, (id * 7) % 60));
      break;
    case 4:
      try_run(run, db,
              sqlite3_mprintf("update %s.%s set embedding = %s where n %% 7 = %lld", schema, table,
                              vector, id % 7));
      break;
    case 5:
      try_run(run, db,
              sqlite3_mprintf("update or ignore %s.%s set id = id + 1, n = n + 1 where n > %lld",
                              schema, table, id));
      break;
    case 6:
      try_run(run, db, sqlite3_mprintf("delete from %s.%s where n = %lld", schema, table, id));
      break;
    case 7:
      try_run(run, db, sqlite3_mprintf("delete from %s.%s where n > %lld", schema, table, id));
      break;
    case 8:
      if (pick(run, 10) == 0) {
        try_run(run, db, sqlite3_mprintf("delete from %s.%s", schema, table));
      }
      break;
    case 9:
      try_run(
          run, db,
          sqlite3_mprintf("insert or %s into %s.%s(id, embedding, n) select id + 1, embedding, n "
                          "+ 1 from main.t limit %lld",
                          pick(run, 2) ? "ignore" : "fail", schema, table, id));
      break;
    default:
      /* Rows are inserted before the last one fails the whole statement. */
      try_run(run, db,
              sqlite3_mprintf("insert into %s.%s(id, embedding, n) values (%lld, %s, %lld), (%lld, "
                              "%s, %lld), (%lld, %s, %lld)",
                              schema, table, id, vector, id, id + 1, other, id + 1, id, vector,
                              id));
  }
  sqlite3_free(vector);
  sqlite3_free(other);
}

static void change_transaction(Run *run, Side *side) {
  size_t depth = strlen(side->depth);
  switch (pick(run, 6)) {
    case 0:
      if (depth == 0 && try_run(run, side->db, sqlite3_mprintf("begin"))) strcpy(side->depth, "b");
      break;
    case 1:
      if (depth && depth < 6 &&
          try_run(run, side->db, sqlite3_mprintf("savepoint s%d", (int)depth)))
        strcat(side->depth, "s");
      break;
    case 2:
      if (depth > 1) {
        size_t to = 1 + (size_t)pick(run, depth - 1);
        if (try_run(run, side->db, sqlite3_mprintf("rollback to s%d", (int)to)))
          side->depth[to + 1] = 0;
      }
      break;
    case 3:
      if (depth > 1) {
        size_t to = 1 + (size_t)pick(run, depth - 1);
        if (try_run(run, side->db, sqlite3_mprintf("release s%d", (int)to))) side->depth[to] = 0;
      }
      break;
    case 4:
      if (depth && try_run(run, side->db, sqlite3_mprintf("commit"))) side->depth[0] = 0;
      break;
    default:
      if (depth && try_run(run, side->db, sqlite3_mprintf("rollback"))) side->depth[0] = 0;
  }
  /* An error may have ended the transaction. */
  if (sqlite3_get_autocommit(side->db)) side->depth[0] = 0;
}

static void change_schema(Run *run, sqlite3 *db) {
  int t = (int)pick(run, N_TABLES);
  const char *schema = tables[t].schema;
  const char *table = tables[t].table;
  switch (pick(run, 8)) {
    case 0:
      if (try_run(run, db, sqlite3_mprintf("drop table %s.%s", schema, table))) {
        try_run(run, db, sqlite3_mprintf(tables[t].create, schema));
      }
      break;
    case 1:
      if (try_run(run, db, sqlite3_mprintf("alter table %s.%s rename to x", schema, table))) {
        try_run(run, db, sqlite3_mprintf(tables[t].create, schema));
        try_run(
            run, db,
            sqlite3_mprintf("insert or ignore into %s.%s(id, embedding, n) select id, embedding, "
                            "n from %s.x limit 5",
                            schema, table, schema));
        try_run(run, db, sqlite3_mprintf("drop table %s.x", schema));
      }
      break;
    case 2:
      try_run(
          run, db,
          sqlite3_mprintf("alter table %s.%s add column c%d", schema, table, (int)pick(run, 1000)));
      break;
    case 3: try_run(run, db, sqlite3_mprintf("vacuum %s", schema)); break;
    case 4:
      try_run(run, db, sqlite3_mprintf("create table %s.z(a); drop table %s.z", schema, schema));
      break;
    case 5:
      /* Tables of the same names again, filled without that the hook reports a row. */
      if (t < 2 && try_run(run, db, sqlite3_mprintf("drop table %s.%s", schema, table))) {
        try_run(
            run, db,
            sqlite3_mprintf("create table %s.%s as select value as id, %s as embedding, value as "
                            "n from json_each('[3, 5, 9]')",
                            schema, table, "faiss_encode('[0, 1, 2]')"));
      }
      break;
    default: break;
  }
}

/* Search one table of one connection both ways, and compare. */
static void compare(Run *run, sqlite3 *db, int t) {
  char *query = random_vector(run);
  if (strcmp(query, "null") == 0) {
    sqlite3_free(query);
    return;
  }
  int k = 1 + (int)pick(run, 12);
  const char *schema = tables[t].schema;
  const char *table = tables[t].table;
  char *sql[2], *got[3];
  sql[0] = sqlite3_mprintf("select value ->> 0, typeof(value ->> 0), value ->> 1 from json_each("
                           "faiss_search_with_scores('%s', '%s', %s, %d))",
                           schema, table, query, k);
  sql[1] = sqlite3_mprintf("select id, typeof(id), vss_distance_l2(embedding, %s) as d from %s.%s "
                           "where embedding is not null order by d, %s limit %d",
                           query, schema, table, tables[t].by_rowid ? "rowid" : "id", k);
  char *agg = sqlite3_mprintf(
      "select coalesce(faiss_agg_with_scores(id, embedding, %s, %d), '[]') = "
      "faiss_search_with_scores('%s', '%s', %s, %d) from (select * from %s.%s "
      "order by %s)",
      query, k, schema, table, query, k, schema, table, tables[t].by_rowid ? "rowid" : "id");
  got[0] = sql_text(db, sql[0]);
  got[1] = sql_text(db, sql[1]);
  got[2] = sql_text(db, agg);
  run->n_compared++;
  int locked = strstr(got[0], "locked") || strstr(got[1], "locked") || strstr(got[2], "locked");
  int gone = strncmp(got[0], "error", 5) == 0 && strncmp(got[1], "error", 5) == 0;
  if (!locked && !gone) {
    if (!CHECK(strcmp(got[0], got[1]) == 0)) {
      fprintf(stderr, "  %s\n  got      %s\n  expected %s\n", sql[0], got[0], got[1]);
    }
    CHECK_TEXT(got[2], "1");
  }
  for (int i = 0; i < 3; i++)
    sqlite3_free(got[i]);
  sqlite3_free(sql[0]);
  sqlite3_free(sql[1]);
  sqlite3_free(agg);
  sqlite3_free(query);
}

static void play(Run *run, const char *file, uint64_t n_steps, int wal) {
  for (int s = 0; s < 2; s++) {
    Side *side = &run->sides[s];
    memset(side, 0, sizeof *side);
    side->db = sql_open(":memory:");
    RUN(side->db, "attach %Q as shared", file);
    if (s == 0) RUN(side->db, "pragma shared.journal_mode = %s", wal ? "wal" : "delete");
    for (int t = 0; t < N_TABLES; t++) {
      if (s == 1 && strcmp(tables[t].schema, "shared") == 0) continue;
      try_run(run, side->db,
              sqlite3_mprintf("drop table if exists %s.%s", tables[t].schema, tables[t].table));
      RUN(side->db, tables[t].create, tables[t].schema);
    }
  }
  for (uint64_t step = 0; step < n_steps && check_failures < 5; step++) {
    Side *side = &run->sides[pick(run, 3) == 0];
    uint64_t what = pick(run, 100);
    if (what < 50)
      write_rows(run, side->db);
    else if (what < 65)
      change_transaction(run, side);
    else if (what < 68)
      change_schema(run, side->db);
    else if (what < 69)
      vss_func_register_faiss(side->db); /* drops all indexes, whatever is under way */
    else
      compare(run, side->db, (int)pick(run, N_TABLES));
  }
  for (int s = 0; s < 2; s++)
    CLOSE(run->sides[s].db);
}

int main(void) {
  Run run = {.random = check_seed(), .dim = 3};
  const char *rounds = getenv("VSS_TEST_ROUNDS");
  uint64_t n_steps = rounds ? strtoull(rounds, NULL, 10) : 8000;
  char folder[256], file[300];
  snprintf(folder, sizeof folder, "%s/test_func_faiss_random_XXXXXX",
           getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  CHECK(mkdtemp(folder) != NULL);
  snprintf(file, sizeof file, "%s/shared.db", folder);
  for (int use_hook = 0; use_hook < 2; use_hook++) {
    vss_func_faiss_use_hook(use_hook);
    play(&run, file, n_steps / 4, 0);
    play(&run, file, n_steps / 4, 1);
  }
  printf("%llu searches compared, %llu statements refused\n", (unsigned long long)run.n_compared,
         (unsigned long long)run.n_refused);
  unlink(file);
  rmdir(folder);
  return check_summary();
}
