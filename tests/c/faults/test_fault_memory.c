/*
** Out of memory: in each operation the first allocation fails, then the second, and so on until the
** operation passes without a fault; once alone and once with every allocation after it. SQLite's
** allocator serves the core as well (vss.c), so that every allocation is meant.
**
** After each fault: SQLITE_NOMEM, or the answer of a run without faults; the rows are those before
** the operation or after it (for one statement); then, with memory again, the table is sound and
** answers as brute force does, here and on a connection that reads the file anew; no byte is left
** allocated.
**
**   test_fault_memory            four faults per operation, drawn anew (VSS_TEST_SEED repeats them)
**   test_fault_memory 60         sixty faults per operation
**   test_fault_memory 60 3       sixty faults of operation 3
**   test_fault_memory --long     every allocation of every operation
*/
#include "sqlite/sqlite_api.h"

#include "faults/fault_allocator.h"
#include "faults/fault_vfs.h"

#include "index/index.h"

#include <stdarg.h>

enum {
  COLD = 1,   /* nothing is resident before: the fault hits the loading, too */
  OPEN = 2,   /* opening the connection is part of the operation */
  STEPS = 4,  /* several commits: any state between before and after may stay */
  BEGUN = 8,  /* inside a transaction that has written already */
  OTHER = 16, /* another connection has written: what changed is loaded */
  DENSE = 32, /* searches take this path (index/index.h) */
  SPARSE = 64,
  STREAMING = 128,
  FLOATS = 256,
  COARSE = 512
};

#define Q      FAULT_QUERY
#define Q3     FAULT_QUERY3
#define ROW(i) "(" #i ", " FAULT_VECTOR(#i) ", " FAULT_VECTOR3(#i) ", 2001, 'new', 0.5)"

static const struct {
  const char *sql;
  int flags;
} operations[] = {
    {"create virtual table u using vss0(a(4), b(3), year integer, room text, score real)", 0},
    {"create virtual table u using vss0(a(4), b(3), year, room, score); drop table u", STEPS},
    {"select count(*) from t", OPEN},
    {"select rowid, distance from t where vss_search(a, " Q ") limit 3", OPEN},
    {"select rowid, distance from t where vss_search(a, " Q ") limit 3", COLD},
    {"insert into t(rowid, a, b, year, room, score) values" ROW(100), 0},
    {"insert into t(rowid, a, b, year, room, score) values" ROW(100), COLD},
    {"insert into t(rowid, a, b, year, room, score) values" ROW(100), BEGUN},
    {"insert into t(a, year) values(" FAULT_VECTOR("3.5") ", 7)", 0},
    {"insert into t(rowid, a, b, year, room, score) values" ROW(100) ", " ROW(101) "," ROW(102), 0},
    {"insert into t(a, b, room) select a, b, 'copy of ' || rowid from t where rowid <= 20", 0},
    {"insert or replace into t(rowid, a, b, year, room, score) values(7, '[1,2,3,4]', null, 1, "
     "'x', 2)",
     0},
    {"insert or ignore into t(rowid, a) values(7, '[1,2,3,4]'), (200, '[1,2,3,4]')", 0},
    {"insert into t(rowid, a) values(201, vector_from_json('[1,2,3,4]')), (202, "
     "x'0000803f0000803f0000803f0000803f')",
     0},
    {"update t set a = '[9,9,9,9]' where rowid = 5", 0},
    {"update t set b = null, year = year + 1 where rowid between 5 and 9", 0},
    {"update t set room = upper(room), score = null where year > 2003", 0},
    {"update t set rowid = 500 where rowid = 5", 0},
    {"update t set rowid = rowid + 1000", BEGUN},
    {"update or replace t set rowid = 6 where rowid = 5", 0},
    {"update t set year = 1 where vss_search(a, " Q ") and k = 3", 0},
    {"delete from t where rowid = 33", 0},
    {"delete from t where rowid = 33", COLD},
    {"delete from t where year < 2000", BEGUN},
    {"delete from t", 0},
    {"select rowid, distance from t where vss_search(a, " Q ") limit 5", 0},
    {"select rowid, distance from t where vss_search(a, vss_search_params(" Q ", 4))", 0},
    {"select rowid, distance from t where a match " Q " and k = 4", 0},
    {"select rowid, distance, year, room, vector_to_json(b) from t where vss_search(b, " Q3
     ") limit 5 offset 3",
     0},
    {"select rowid from t where vss_search(a, " Q ") order by distance", 0},
    {"select rowid, distance from t where vss_range_search(a, vss_range_search_params(" Q ", 9.5))",
     0},
    {"select rowid from t where vss_search(a, " Q ") and distance between 1 and 20.5", 0},
    {"select rowid from t where vss_search(a, " Q
     ") and distance in (select distance from t where vss_search(a, " Q ") limit 2)",
     0},
    {"select rowid from t where vss_search(a, " Q ") and year >= 1995 and year < 2005.5 limit 4",
     0},
    {"select rowid from t where vss_search(a, " Q ") and room = 'west' and score <> '3.5' limit 4",
     0},
    {"select rowid from t where vss_search(a, " Q
     ") and room is null and score is not null limit 4",
     0},
    {"select rowid from t where vss_search(a, " Q
     ") and room in ('east', 'WEST', 'none') and year in (1995, 1996, '1997', 2001) limit 4",
     0},
    {"select rowid from t where vss_search(a, " Q
     ") and rowid in (select id from words where word = 'w2') limit 4",
     0},
    {"select rowid from t where vss_search(a, " Q ") and room like 'w%' and room glob 'W*' limit 4",
     0},
    {"select rowid from t where vss_search(a, " Q
     ") and (year = 1995 or upper(room) = 'EAST') limit 4",
     0},
    {"select rowid from t where vss_search(a, vss_search_params(" Q
     ", 4)) and room = 5 collate rtrim and year is not 3",
     0},
    {"select v.rowid, w.word from t v join words w on w.id = v.rowid where vss_search(v.a, " Q
     ") and w.word = 'w3' limit 3",
     0},
    {"select v.rowid, v.distance from words w cross join t v on v.rowid = w.id where w.id < 4 and "
     "v.year > 1990 and vss_search(v.a, vss_search_params(" Q ", 40)) order by v.distance",
     0},
    {"select v.rowid, v.distance from words w cross join t v on v.year = 1990 + w.id and v.room in "
     "('west', 'North') where w.id < 9 and vss_search(v.a, " Q ") and v.distance < 99 + w.id "
     "order by v.distance limit 5",
     0},
    {"select q.id, v.rowid from (select id, vss_ahead(q) over (rows between current row and 3 "
     "following) as q from queries) q join t v on vss_search(v.a, vss_search_params(q.q, 2)) and "
     "v.year > 1990",
     0},
    {"select q.id, v.rowid from queries q join t v on vss_search(v.a, vss_search_params(q.q, 2))",
     0},
    {"select rowid, a, room from t where rowid = 5 union all select rowid, b, year from t where "
     "rowid in (3, 4, 1000)",
     0},
    {"select rowid, distance from t where vss_search(a, " Q ") and year > 1992 limit 5", DENSE},
    {"select rowid, distance from t where vss_search(a, " Q ") limit 5", SPARSE},
    {"select rowid, distance from t where vss_search(a, " Q ") and room = 'west' limit 5",
     SPARSE | COLD},
    {"select rowid, distance from t where vss_search(a, " Q ") limit 70", STREAMING},
    {"select rowid, distance from t where vss_search(a, " Q ") limit 20", COARSE},
    {"select rowid, distance from t where vss_search(b, " Q3 ") and score > 2 limit 5", FLOATS},
    {"select rowid, distance from t where vss_search(a, " Q ") limit 5", OTHER},
    {"select rowid, distance from t where vss_search(a, " Q ") and year > 1992 and room like 'w%' "
     "limit 5",
     OTHER},
    {"insert into t(a, year) values(" Q ", 7)", OTHER},
    {"insert into t(t) values('integrity-check')", OTHER},
    {"select rowid from t where vss_search(a, " Q
     ") and room > 'e' and score between 1 and 9.5 and year not in (1995, 1999) limit 4",
     0},
    {"select rowid from t where vss_search(a, " Q
     ") and rowid between 5 and 60 and rowid <> 33 limit 4",
     0},
    {"select rowid from t where vss_search(a, vss_search_params(" Q
     ", 4)) and b > x'00' and rowid like '%3'",
     0},
    {"select rowid from t where vss_search(a, " Q
     ") and room in (select 'WEST' union select word from words) limit 4",
     0},
    {"insert into t(a, year) select a, 7 from t where vss_search(a, " Q ") limit 5", 0},
    {"create virtual table temp.u using vss0(e(2) metric_type=L1, n); "
     "insert into u(e, n) values('[1,2]', 1), ('[3,4]', 2); "
     "select rowid from u where vss_search(e, '[0,0]') and n > 0 limit 2; drop table u",
     STEPS},
    {"attach ':memory:' as x; create virtual table x.u using vss0(e(2), n text); "
     "insert into x.u(e, n) values('[1,2]', 'a'), (null, 'b'); "
     "select rowid from x.u where vss_search(e, '[0,0]') and n <> 'b' limit 2; detach x",
     STEPS},
    {"begin; alter table t rename to t2; insert into t2(a) values(" Q
     "); rollback; select rowid from t where vss_search(a, " Q ") limit 1",
     STEPS},
    {"begin; create virtual table temp.u using vss0(e(2)); insert into u(e) values('[1,2]'); "
     "savepoint s; delete from u; rollback to s; select rowid from u where vss_search(e, '[1,1]'); "
     "rollback",
     STEPS},
    {"create temp trigger x after insert on words begin insert into t(rowid, a) values(new.id, "
     "'[1,2,3,4]'); end; insert into words values(700, 'w'); drop trigger x",
     STEPS},
    {"select rowid from t where vss_search(a, '[1,2]')", 0},
    {"select rowid from t where year = 1995 or vss_search(a, " Q ")", 0},
    {"create virtual table u using vss0(a(4), a(0))", 0},
    {"insert into t(rowid, a) values(7, '[1,2,3,4]')", 0},
    {"insert into t(a) values('[1,2,3]')", 0},
    {"select vss_memory_usage('none')", 0},
    {"savepoint s; delete from t where rowid < 10; rollback to s; insert into t(a) values(" Q
     "); release s",
     BEGUN | STEPS},
    {"begin; update t set a = " Q " where rowid = 1; select rowid from t where vss_search(a, " Q
     ") limit 1; rollback",
     STEPS},
    {"begin; insert into t(a) values(" Q "); savepoint x; delete from t where rowid > 30; "
     "select rowid from t where vss_search(a, " Q
     ") limit 2; rollback to x; select rowid from t where vss_search(a, " Q ") limit 2; commit",
     STEPS},
    {"insert into t(t) values('rebuild')", 0},
    {"insert into t(t) values('rebuild')", COLD},
    {"begin; insert into t(t) values('rebuild'); rollback; insert into t(rowid, a) values(300, " Q
     ")",
     STEPS},
    {"insert into t(t) values('cache-off')", 0},
    {"insert into t(t) values('cache-off'); insert into t(rowid, a) values(300, " Q
     "); insert into t(t) values('cache-on')",
     STEPS | COLD},
    {"begin; insert into t(t) values('cache-off'); rollback; insert into t(rowid, a) values(300, " Q
     ")",
     STEPS},
    {"create virtual table u using vss0(a(4), b(3), year, room, score, cache=off); insert into "
     "u(a) "
     "values(" Q "); select rowid from u where vss_search(a, " Q "); drop table u",
     STEPS},
    {"create virtual table u using vss0(a(4), cache='of')", 0},
    {"insert into t(t) values('integrity-check')", 0},
    {"pragma integrity_check", COLD},
    {"alter table t rename to t2", 0},
    {"drop table t", 0},
    {"vacuum", 0},
    {"select vss_memory_usage('t'), vss_debug() is not null", COLD},
    {"select vss_distance_l2('[1,2]', '[3,4]'), vector_to_json(vss_fvec_add('[1]', '[2]')), "
     "vector_debug(vector_to_blob('[1]'))",
     0},
    {"select vss_cosine_similarity('[1,2]', '[3,4]'), faiss_decode(faiss_encode('[1.5, 2]'))", 0},
    {"select faiss_search('main', 'plain', " Q ", 3)", 0},
    {"select faiss_agg_with_scores(id, embedding, " Q ", 2) from plain", 0},
    {"select faiss_agg(id, embedding, " Q ", 2) from plain group by id % 3", 0},
    {"select faiss_search('main', 'plain', " Q ", 3); insert into plain values(100, "
     "faiss_encode('[1,2,3,4]')); select faiss_search_with_scores('main', 'plain', " Q
     ", 3); delete from plain where id = 100; select faiss_search('main', 'plain', " Q
     ", 3); select count(*) from faiss_indexes",
     STEPS},
    {"select faiss_search('main', 'none', " Q ", 3)", 0},
    {"select dimensions, vector_to_json(vector), length(input) from "
     "vector_fvecs_each(x'020000000000803f00004040')",
     0},
    {"select json_valid(vss_table_stats('t', 'sizes'))", 0},
    {"select json_valid(vss_table_stats('t', 'sizes')), vss_table_stats('t', 'size')", COLD},
    {"select vss_columns('main', 't'), json_valid(vss_table_stats('t')), vss_memory_usage() > 0",
     COLD},
    {"select vector_value_at('[1,2]', 1), vector_length(vector_from_raw(x'0000803f')), "
     "vss_distance('L1', '[1,2]', '[3,4]'), vss_fvec_sub('[1]', '[2]') is null, "
     "vss_inner_product('[1,2]', x'0000803f0000803f'), vector_from_blob(vector_to_blob('[1]')) is "
     "null, vector_to_raw('[1,2]') is null",
     0},
};
enum { N_OPERATIONS = sizeof operations / sizeof *operations };

static unsigned char *image; /* the database of fault_fill() */
static sqlite3_int64 image_size;

/*
** The last few files that a new connection agreed with: most faults leave one of two or three
** files, and comparing bytes is cheaper than searching.
*/
enum { N_AGREED = 4 };
static struct {
  unsigned char *bytes;
  sqlite3_int64 size;
} agreed[N_AGREED];
static int next_agreed;

static int has_agreed(const unsigned char *bytes, sqlite3_int64 size) {
  for (int i = 0; i < N_AGREED; i++) {
    if (agreed[i].size == size && memcmp(agreed[i].bytes, bytes, (size_t)size) == 0) return 1;
  }
  return 0;
}

/* A new connection, which has nothing resident, agrees with what `db` has committed. */
static int check_cold(sqlite3 *db) {
  sqlite3_int64 size = 0;
  unsigned char *bytes = sqlite3_serialize(db, "main", &size, 0);
  if (has_agreed(bytes, size)) {
    sqlite3_free(bytes);
    return 1;
  }
  sqlite3 *other = fault_open_image(bytes, size);
  int passed = fault_check_all(other);
  FAULT_CLOSE(other);
  if (passed) {
    free(agreed[next_agreed].bytes);
    agreed[next_agreed].bytes = malloc((size_t)size); /* not SQLite's: its memory is counted */
    if (!agreed[next_agreed].bytes) abort();
    memcpy(agreed[next_agreed].bytes, bytes, (size_t)size);
    agreed[next_agreed].size = size;
    next_agreed = (next_agreed + 1) % N_AGREED;
  }
  sqlite3_free(bytes);
  return passed;
}

/* One run of an operation on a new database; fault n == 0: none. */
typedef struct Run {
  int rc;
  char message[200];
  long long n_allocations;
  FaultText rows, content;
} Run;

static void run_free(Run *run) {
  fault_text_free(&run->rows);
  fault_text_free(&run->content);
}

/*
** The image as the file "db", with a connection that has it resident, and then another one's
** commit.
*/
static sqlite3 *prepare_shared(void) {
  fault_files_free(fault_files);
  snprintf(fault_files[0].name, sizeof fault_files[0].name, "db");
  fault_bytes_resize(&fault_files[0].live, image_size);
  memcpy(fault_files[0].live.data, image, (size_t)image_size);
  fault_files[0].live.exists = 1;
  sqlite3 *db = fault_open("db", "fault");
  FAULT_EXPECT(
      db, "select rowid from t where vss_search(a, " Q ") and year > 1 and room like '%e%' limit 1",
      NULL);
  sqlite3 *other = fault_open("db", "fault");
  FAULT_EXPECT(other,
               "insert into t(a, b, room) select a, b, 'other' from t where rowid < 60; "
               "update t set a = '[900,900,900,900]' where rowid < 9; delete from t where rowid = "
               "34; update t set rowid = 1000 where rowid = 35",
               NULL);
  FAULT_CLOSE(other);
  return db;
}

static void force_path(int flags) {
  vss_index_force_scan(flags & DENSE       ? VSS_SCAN_DENSE
                       : flags & SPARSE    ? VSS_SCAN_SPARSE
                       : flags & STREAMING ? VSS_SCAN_STREAMING
                       : flags & FLOATS    ? VSS_SCAN_FLOATS
                       : flags & COARSE    ? VSS_SCAN_COARSE
                                           : VSS_SCAN_AUTO);
}

/*
** Open the database and bring it where the operation starts. With OPEN that is left to
** do_operation().
*/
static sqlite3 *prepare_database(int flags) {
  if (flags & OPEN) return NULL;
  if (flags & OTHER) return prepare_shared();
  sqlite3 *db = fault_open_image(image, image_size);
  FAULT_EXPECT(db, "select count(*) from t", NULL);
  if (!(flags & COLD)) {
    FAULT_EXPECT(db,
                 "select rowid from t where vss_search(a, " Q
                 ") and year > 1 and room like '%e%' limit 1",
                 NULL);
  }
  if (flags & BEGUN)
    FAULT_EXPECT(db, "begin; insert into t(rowid, a) values(600, '[0,0,0,0]')", NULL);
  return db;
}

static sqlite3 *do_operation(sqlite3 *db, const char *sql, Run *run) {
  run->rc = SQLITE_OK;
  if (!db) {
    run->rc = sqlite3_open(":memory:", &db);
    if (run->rc == SQLITE_OK) run->rc = sqlite3_vss_init(db, NULL, NULL);
    if (run->rc == SQLITE_OK) {
      unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)image_size);
      if (copy) memcpy(copy, image, (size_t)image_size);
      unsigned open_flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
      run->rc = copy ? sqlite3_deserialize(db, "main", copy, image_size, image_size, open_flags)
                     : SQLITE_NOMEM;
      if (run->rc == SQLITE_ERROR)
        run->rc = SQLITE_NOMEM; /* SQLite's own function loses the code */
    }
  }
  if (run->rc == SQLITE_OK) run->rc = fault_run(db, sql, &run->rows);
  snprintf(run->message, sizeof run->message, "%s", db ? sqlite3_errmsg(db) : "");
  return db;
}

/* What operation `i` does without a fault. */
static void clean_run(int i, Run *before, Run *after) {
  sqlite3 *db = prepare_database(operations[i].flags);
  if (db) {
    fault_content(db, &before->content);
  }
  n_seen = 0;
  force_path(operations[i].flags);
  db = do_operation(db, operations[i].sql, after);
  force_path(0);
  after->n_allocations = n_seen;
  if (!sqlite3_get_autocommit(db)) FAULT_EXPECT(db, "commit", NULL);
  fault_content(db, &after->content);
  FAULT_CLOSE(db);
}

static int n_faults, n_survived;

/* Operation i with allocation n failing. 1 when the fault was reached. */
static int faulty_run(int i, int n, int always, const Run *before, const Run *after,
                      const FaultText *image_content) {
  int flags = operations[i].flags;
  Run run = {0};
  sqlite3_int64 used = sqlite3_memory_used();
  snprintf(fault_where, sizeof fault_where, "operation %d (%.60s), allocation %d fails %s", i,
           operations[i].sql, n, always ? "and all after it" : "once");
  sqlite3 *db = prepare_database(flags);
  n_failed = 0;
  fail_always = always;
  force_path(flags);
  fail_in = n;
  db = do_operation(db, operations[i].sql, &run);
  fail_in = 0;
  force_path(0);
  int reached = n_failed > 0;
  n_faults += reached;
  /* The code of a failure with SQLite's own words: SQLite had no memory to copy ours. */
  int wordless = always && run.rc != SQLITE_OK && strcmp(run.message, sqlite3_errstr(run.rc)) == 0;
  if (run.rc == after->rc && (wordless || strcmp(run.message, after->message) == 0)) {
    n_survived += reached;
    /* SQLite's own integrity check reports a page that it had no memory for as a row. */
    int told = run.rows.text && strstr(run.rows.text, "error code=7");
    if (run.rc == SQLITE_OK && !told)
      fault_report(fault_text_equal(&run.rows, &after->rows), "same rows as without a fault",
                   run.rows.text, __LINE__);
  } else {
    char detail[260];
    snprintf(detail, sizeof detail, "%d: %s", run.rc, run.message);
    /*
    ** SQLITE_ROW as the code of a failed prepare: SQLite reads the schema with sqlite3_exec(),
    ** which runs out of memory after a row and rolls back. A table that is disconnected there
    ** finalizes its statements, and SQLite keeps the code that the connection had at that moment.
    */
    fault_report(reached && (run.rc == SQLITE_NOMEM || run.rc == SQLITE_ROW), "SQLITE_NOMEM",
                 detail, __LINE__);
  }
  if (db && !(flags & OPEN)) {
    if (!sqlite3_get_autocommit(db)) FAULT_EXPECT(db, n % 2 ? "rollback" : "commit", NULL);
    FaultText content = {0};
    fault_content(db, &content);
    if (!(flags & STEPS)) {
      int known = fault_text_equal(&content, &before->content) ||
                  fault_text_equal(&content, &after->content) ||
                  fault_text_equal(&content, image_content);
      fault_report(known, "wholly before or wholly after", content.text, __LINE__);
    }
    fault_text_free(&content);
    if (fault_check_all(db) && fault_check_next_write(db)) check_cold(db);
  }
  if (db) FAULT_CLOSE(db);
  run_free(&run);
  char bytes[60];
  snprintf(bytes, sizeof bytes, "%lld bytes", (long long)(sqlite3_memory_used() - used));
  fault_report(sqlite3_memory_used() == used, "no memory is left allocated", bytes, __LINE__);
  return reached;
}

static void test_operation(int i, int points, uint64_t *seed, const FaultText *image_content) {
  Run before = {0}, after = {0};
  snprintf(fault_where, sizeof fault_where, "operation %d (%.60s)", i, operations[i].sql);
  clean_run(i, &before, &after);
  int stride = points ? (int)(after.n_allocations / points) + 1 : 1;
  for (int always = 0; always < 2; always++) {
    int reached = 1;
    for (int n = 1 + (int)(check_random(seed) % (uint64_t)stride); reached && check_failures < 50;
         n += stride) {
      reached = faulty_run(i, n, always, &before, &after, image_content);
    }
  }
  run_free(&before);
  run_free(&after);
}

int main(int argc, char **argv) {
  int is_long = argc > 1 && strcmp(argv[1], "--long") == 0;
  int points = is_long ? 0 : argc > 1 ? atoi(argv[1]) : 4;
  uint64_t seed = check_seed();
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* small allocations must be able to fail, too */
  sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0); /* and every page of the cache */
  fault_allocator_install();

  fault_vfs_register();
  sqlite3 *db = fault_open(":memory:", NULL);
  FAULT_EXPECT(db, "pragma page_size = 1024", NULL);
  fault_fill(db);
  FaultText image_content = {0};
  fault_content(db, &image_content);
  image = sqlite3_serialize(db, "main", &image_size, 0);
  FAULT_CLOSE(db);

  int only = argc > 2 ? atoi(argv[2]) : -1;
  for (int i = 0; i < N_OPERATIONS; i++) {
    if (only >= 0 && i != only) continue;
    int faults = n_faults;
    test_operation(i, points, &seed, &image_content);
    if (argc > 1) printf("%6d faults  %s\n", n_faults - faults, operations[i].sql);
  }
  fault_text_free(&image_content);
  sqlite3_free(image);
  for (int i = 0; i < N_AGREED; i++)
    free(agreed[i].bytes);
  fault_files_free(fault_files);
  printf("out of memory: %d operations, %d faults, %d of them without effect on the answer\n",
         N_OPERATIONS, n_faults, n_survived);
  return check_summary();
}
