/*
** wasm/like.c and wasm/guards: LIKE and GLOB give what SQLite's own give on random patterns, with
** and without ESCAPE and case_sensitive_like, and use the same indexes. A stop ends them, a sort,
** and the functions of full text search in the middle of one call; ordinary calls of these give
** what SQLite's own give.
**
**   test_like [seed]
*/
#include "sqlite/sqlite_api.h"

#include "../../../wasm/like.c"

#include "check.h"
#include "wasm/same_answer.h"

static uint64_t state;

static int below(uint32_t n) {
  return (int)(check_random(&state) % n);
}

static char *text_of(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  sqlite3_str *text = sqlite3_str_new(NULL);
  int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
  while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(statement); i++)
      sqlite3_str_appendf(text, "%s|", sqlite3_column_text(statement, i));
    rc = SQLITE_OK;
  }
  if (rc != SQLITE_DONE) sqlite3_str_appendf(text, "error %d: %s", rc, sqlite3_errmsg(db));
  sqlite3_finalize(statement);
  sqlite3_str_appendchar(text, 1, '\n');
  return sqlite3_str_finish(text);
}

/* --- LIKE and GLOB ---------------------------------------------------------------------------- */

/* Of few bytes, so that patterns match; some are no UTF-8, and some are zero bytes. */
static int draw_text(unsigned char *bytes, int most, int is_pattern) {
  static const char *const texts[] = {"ab", "aAbB", "a\xc3\xa9\xc3\x89", "a\xff\xc0\x80\xa9",
                                      "a-]^_%"};
  static const char *const wildcards[] = {"%%_", "**?[", "%_\\", "[]^-*ab", "\xc3\xa9%_"};
  const char *letters = texts[below(5)], *marks = wildcards[below(5)];
  int n_letters = (int)strlen(letters), n_marks = (int)strlen(marks);
  int size = below((uint32_t)most + 1);
  for (int i = 0; i < size; i++) {
    int is_mark = is_pattern && below(3) > 0;
    bytes[i] = (unsigned char)(is_mark ? marks[below((uint32_t)n_marks)]
                                       : letters[below((uint32_t)n_letters)]);
  }
  if (size > 0 && below(40) == 0) bytes[below((uint32_t)size)] = 0;
  return size;
}

static void bind(sqlite3_stmt *a, sqlite3_stmt *b, int i, int is_pattern) {
  static const char *const escapes[] = {"\\", "%", "_", "a", "\xc3\xa9", "ab", "", "*"};
  unsigned char bytes[40];
  int kind = below(30), n = draw_text(bytes, is_pattern ? 10 : 20, is_pattern), number = below(200);
  const char *escape = escapes[below(8)];
  sqlite3_stmt *both[2] = {a, b};
  for (int k = 0; k < 2; k++) {
    if (kind == 0)
      sqlite3_bind_null(both[k], i);
    else if (kind == 1)
      sqlite3_bind_int(both[k], i, number);
    else if (kind == 2)
      sqlite3_bind_blob(both[k], i, bytes, n, SQLITE_TRANSIENT);
    else if (i == 3)
      sqlite3_bind_text(both[k], i, escape, -1, SQLITE_STATIC);
    else
      sqlite3_bind_text(both[k], i, (const char *)bytes, n, SQLITE_TRANSIENT);
  }
}

/* The same answer or the same error for random arguments. Returns how many matched. */
static int compare(sqlite3 *plain, sqlite3 *ours, const char *sql, int rounds) {
  sqlite3_stmt *a = NULL, *b = NULL;
  int n_matches = 0;
  CHECK(sqlite3_prepare_v2(plain, sql, -1, &a, NULL) == SQLITE_OK);
  CHECK(sqlite3_prepare_v2(ours, sql, -1, &b, NULL) == SQLITE_OK);
  for (int round = 0; round < rounds; round++) {
    for (int i = 1; i <= sqlite3_bind_parameter_count(a); i++)
      bind(a, b, i, i == 1);
    if (check_same_step(a, b)) n_matches += sqlite3_column_int(a, 0);
    sqlite3_reset(a);
    sqlite3_reset(b);
  }
  sqlite3_finalize(a);
  sqlite3_finalize(b);
  return n_matches;
}

static void same_text(sqlite3 *plain, sqlite3 *ours, const char *sql) {
  char *a = text_of(plain, sql), *b = text_of(ours, sql);
  CHECK_TEXT(b, a);
  sqlite3_free(a);
  sqlite3_free(b);
}

static void check_patterns(sqlite3 *plain, sqlite3 *ours) {
  static const char *const calls[] = {"select ?2 like ?1", "select ?2 like ?1 escape ?3",
                                      "select ?2 glob ?1", "select like(?1, ?2)"};
  static const char *const pragmas[] = {
      "pragma case_sensitive_like = on", "pragma CASE_sensitive_like('0')",
      "pragma case_sensitive_like = 1", "pragma case_sensitive_like",
      "pragma case_sensitive_like = no"};
  /* With the PRAGMA, SQLite's own is no longer deterministic. */
  same_text(plain, ours, "create table u(a check (a like 'x%' and a glob 'x*'))");
  same_text(plain, ours, "create index ut on u(a like 'x%')");
  for (int p = -1; p < 5; p++) {
    if (p >= 0) same_text(plain, ours, pragmas[p]);
    same_text(plain, ours, "select 'a' like 'A', 'a' like 'aA' escape 'a', 'A' glob 'a'");
    for (int i = 0; i < 4; i++)
      CHECK(compare(plain, ours, calls[i], 10000) > 100);
    /* The part of the index that the pattern needs. */
    same_text(plain, ours, "explain query plan select * from t where a like 'ab%'");
    same_text(plain, ours, "explain query plan select * from t where b like 'ab%'");
    same_text(plain, ours, "explain query plan select * from t where b like 'a/%b%' escape '/'");
    same_text(plain, ours, "explain query plan select * from t where a glob 'ab*'");
  }
}

/* --- Full text search, sorting, strftime() ---------------------------------------------------- */

static void check_ordinary(sqlite3 *plain, sqlite3 *ours) {
  static const char *const statements[] = {
      "create virtual table f using fts5(a, b)",
      "insert into f values ('one two. three four two one', 'two'), ('two', 'x y z two'), ('', "
      "'x')",
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) insert into f"
      " select group_concat(case when i % 7 = 0 then 'two three' else 'word' || i || '.' end, ' '),"
      " 'two' from n",
      "create virtual table g using fts5(a, tokenize = 'trigram')",
      "insert into g values ('a needle in hay'), ('nothing')",
      "create virtual table p using fts5(a, tokenize = 'porter ascii', detail = none)",
      "insert into p values ('running runners ran'), ('run')",
      "create virtual table o using fts5(a, tokenize = 'porter', content = 'f')",
      "insert into o(o) values ('rebuild')",
      "select snippet(f, 0, '[', ']', '...', 5), snippet(f, -1, '<b>', '</b>', '', 64) from "
      "f('two')",
      "select highlight(f, 0, '[', ']'), highlight(f, 1, '<', '>') from f('\"two three\" or one')",
      "select highlight(f, 0, '[', ']') from f('near(one two, 3) or four')",
      "select rowid, bm25(f), bm25(f, 2, 1) from f('two or three') order by rank",
      "select snippet(f, 0, 1, 2), highlight(f, 0) from f('two')",
      "select highlight(f, 9, '[', ']'), snippet(f, 9, '[', ']', '', 3) from f('two')",
      "select highlight(g, 0, '[', ']') from g('need')",
      "select highlight(g, 0, '[', ']') from g where a like '%needle%'",
      "select rowid, bm25(p) from p('run')",
      "select highlight(o, 0, '[', ']') from o('one')",
      "explain query plan select * from g where a like '%needle%'",
      "select strftime('%Y %H', '2001-02-03 04:05'), strftime(null), strftime('%J', 'x')",
      "create table s(a, b); ",
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) insert into "
      "s"
      " select (i * 7919) % 10007, printf('text %0200d', (i * 31) % 97) from n",
      "select group_concat(a) from (select a from s order by a desc, b collate nocase)",
      "select group_concat(b) from (select b from s order by b, rowid desc)",
      "create index sb on s(b collate nocase, a)",
      "pragma integrity_check"};
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
    same_text(plain, ours, statements[i]);
  same_text(plain, ours, "create table d(a default (strftime('%Y', '2001-01-01')))");
  same_text(plain, ours, "create index si on s(strftime('%Y', 'now'))");
}

static int n_questions;

static int stop_at_third(void) {
  return ++n_questions >= 3;
}

/* What has to end in the middle of one instruction of SQLite's machine. */
static void check_stops(sqlite3 *ours) {
  static const char *const long_calls[] = {
      "select big like '%aaaaaaaaaaaaaaaaaaaab' from v",
      "select big glob '*[a-z][a-z][a-z][a-z]b' from v",
      "select big like '%' || char(233) || 'x%' || char(233) from w",
      "insert into long select words from v",
      "insert into long3 select big from v",
      "select highlight(long, 0, '[', ']') from long('a')",
      "select snippet(long, 0, '[', ']', '', 64) from long('a')",
      "select bm25(many) from many('a') limit 1",
      "select a from s order by b collate rtrim, a",
      "select a from s order by a, b",
      "create index other on s(b, a)",
  };
  CHECK(
      sqlite3_exec(ours,
                   "create view v as select replace(hex(zeroblob(240000)), '0', 'a') as big,"
                   " replace(hex(zeroblob(120000)), '0', 'a ') as words;"
                   "create view w as select replace(hex(zeroblob(240000)), '0', char(233)) as big;"
                   "create virtual table long using fts5(a);"
                   "create virtual table long3 using fts5(a, tokenize = trigram);"
                   "create virtual table many using fts5(a, detail = none, content = '');"
                   "insert into many(rowid, a) select rowid, 'a' from s;"
                   "insert into long select words from v",
                   NULL, NULL, NULL) == SQLITE_OK);
  for (size_t i = 0; i < sizeof long_calls / sizeof *long_calls; i++) {
    vss_stop_set_host(stop_at_third);
    n_questions = 0;
    char *text = text_of(ours, long_calls[i]);
    vss_stop_set_host(NULL);
    CHECK(n_questions >= 3);
    if (!CHECK(strcmp(text, "error 9: interrupted\n") == 0))
      fprintf(stderr, "  %s: %.200s\n", long_calls[i], text);
    sqlite3_free(text);
  }
  char *whole = text_of(ours, "pragma integrity_check");
  CHECK_TEXT(whole, "ok|\n");
  sqlite3_free(whole);
}

static void refuses(sqlite3 *db, const char *sql, const char *wanted) {
  char *text = text_of(db, sql), *line = sqlite3_mprintf("%s\n", wanted);
  CHECK_TEXT(text, line);
  sqlite3_free(text);
  sqlite3_free(line);
}

static void check_refusals(sqlite3 *ours) {
  refuses(
      ours, "select strftime(replace(hex(zeroblob(5000)), '0', 'a') || 'b')",
      "error 1: strftime(): the format has 10001 bytes, expected at most 10000 in untrusted SQL");
  refuses(ours, "select count(*) from f(replace(hex(zeroblob(1000)), '0', 'a') || 'b')",
          "error 1: fts5: the query has 2001 bytes, expected at most 2000 in untrusted SQL");
  refuses(ours, "select count(*) from f(replace(hex(zeroblob(1000)), '0', 'a'))", "0|");
  /* 120,000 matches of each of 67 phrases. */
  sqlite3_str *text = sqlite3_str_new(NULL);
  sqlite3_str_appendall(text, "select bm25(long) from long('a");
  for (int i = 0; i < 66; i++)
    sqlite3_str_appendall(text, " a");
  sqlite3_str_appendall(text, "')");
  char *sql = sqlite3_str_finish(text);
  refuses(ours, sql, "error 1: bm25(): the row has too many matches for untrusted SQL");
  sqlite3_free(sql);
  sqlite3_limit(ours, SQLITE_LIMIT_LENGTH, 1000000);
  refuses(ours,
          "select snippet(f, 0, hex(zeroblob(4000)), hex(zeroblob(4000)), '', 2) from f('two')",
          "error 18: string or blob too big");
  refuses(ours, "select length(highlight(long, 0, '[[[[', ']]]]')) from long('a')",
          "error 18: string or blob too big");
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  sqlite3 *plain = NULL, *ours = NULL;
  CHECK(sqlite3_open(":memory:", &plain) == SQLITE_OK);
  CHECK(sqlite3_open(":memory:", &ours) == SQLITE_OK);
  CHECK(vss_like_register(ours) == SQLITE_OK);
  CHECK(vss_sqlite_guard_fts5(ours) == SQLITE_OK);
  CHECK(vss_sqlite_guard_strftime(ours) == SQLITE_OK);
  sqlite3 *both[2] = {plain, ours};
  for (int k = 0; k < 2; k++)
    CHECK(sqlite3_exec(both[k],
                       "create table t(a text, b text collate nocase); create index ta on t(a);"
                       "create index tb on t(b)",
                       NULL, NULL, NULL) == SQLITE_OK);
  check_patterns(plain, ours);
  check_ordinary(plain, ours);
  check_stops(ours);
  check_refusals(ours);
  CHECK(sqlite3_close(plain) == SQLITE_OK && sqlite3_close(ours) == SQLITE_OK);
  return check_summary();
}
