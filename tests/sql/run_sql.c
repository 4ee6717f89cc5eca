/*
** run_sql [--update] [--verbose] PATH...     each PATH a script, or a folder whose *.sql are run
**
** A script is SQL with the answer behind each statement. It runs on a new database in memory:
**
**   select 1, 'a', 0.25, null, x'00ff';
**   -- > 1|a|0.25|NULL|x'00ff'
**   select nothing;
**   -- error: no such column: nothing
**
** A statement ends with a line that ends in `;`, and CREATE TRIGGER with the line `end;`. The `-- >
** ` lines behind it are its rows: all of them, and no others. A line `-- bind: a, b` before a
** statement gives its parameters ?1, ?2 the values of `select a, b`. A REAL is printed as %.9g, a
** control character in a text as \n or \xNN, and of EXPLAIN QUERY PLAN only the words. Other lines
** that start with `--` are comments.
**
** --update writes the answers that the statements gave into the scripts. In a file that ends in
** .md, the blocks fenced as ```sql are the script. run-wasm.mjs reads the same format.
*/
#define _POSIX_C_SOURCE 200809L
#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "vss.h"

static int updating, verbose, statements, failures;

static char *finish(sqlite3_str *str) {
  char *text = sqlite3_str_finish(str);
  return text ? text : sqlite3_mprintf("");
}

static int starts_with(const char *text, const char *prefix) {
  return sqlite3_strnicmp(text, prefix, (int)strlen(prefix)) == 0;
}

/* --- a row as a line -------------------------------------------------------------------------- */

static void print_text(sqlite3_str *out, const char *text, int size) {
  for (int i = 0; i < size; i++) {
    unsigned char ch = (unsigned char)text[i];
    if (ch == '\n')
      sqlite3_str_appendall(out, "\\n");
    else if (ch < ' ')
      sqlite3_str_appendf(out, "\\x%02x", ch);
    else
      sqlite3_str_appendchar(out, 1, text[i]);
  }
}

static void print_value(sqlite3_str *out, sqlite3_stmt *stmt, int i) {
  double real;
  char digits[40];
  const unsigned char *bytes;
  switch (sqlite3_column_type(stmt, i)) {
    case SQLITE_NULL: sqlite3_str_appendall(out, "NULL"); break;
    case SQLITE_INTEGER: sqlite3_str_appendf(out, "%lld", sqlite3_column_int64(stmt, i)); break;
    case SQLITE_FLOAT:
      real = sqlite3_column_double(stmt, i);
      if (isinf(real)) {
        sqlite3_str_appendall(out, real > 0 ? "Infinity" : "-Infinity");
      } else {
        snprintf(digits, sizeof digits, "%.9g", real == 0 ? 0.0 : real);
        sqlite3_str_appendall(out, digits);
      }
      break;
    case SQLITE_BLOB:
      bytes = sqlite3_column_blob(stmt, i);
      sqlite3_str_appendall(out, "x'");
      for (int j = 0; j < sqlite3_column_bytes(stmt, i); j++)
        sqlite3_str_appendf(out, "%02x", bytes[j]);
      sqlite3_str_appendall(out, "'");
      break;
    default:
      print_text(out, (const char *)sqlite3_column_text(stmt, i), sqlite3_column_bytes(stmt, i));
  }
}

/* Binds the values that `select <expressions>` gives. */
static int bind_values(sqlite3 *db, sqlite3_stmt *stmt, const char *expressions) {
  sqlite3_stmt *values = NULL;
  char *sql = sqlite3_mprintf("select %s", expressions);
  int rc = sqlite3_prepare_v2(db, sql, -1, &values, NULL);
  sqlite3_free(sql);
  if (rc == SQLITE_OK) rc = sqlite3_step(values) == SQLITE_ROW ? SQLITE_OK : SQLITE_ERROR;
  for (int i = 0; rc == SQLITE_OK && i < sqlite3_column_count(values); i++)
    rc = sqlite3_bind_value(stmt, i + 1, sqlite3_column_value(values, i));
  sqlite3_finalize(values);
  return rc;
}

/* The answer to a statement, as lines of the format. */
static char *answer(sqlite3 *db, const char *sql, const char *bind) {
  sqlite3_str *out = sqlite3_str_new(NULL);
  sqlite3_stmt *stmt = NULL;
  int is_plan = starts_with(sql, "explain query plan");
  int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
  if (stmt && bind) rc = bind_values(db, stmt, bind);
  while (stmt && rc != SQLITE_ERROR && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    int n = sqlite3_column_count(stmt);
    sqlite3_str_appendall(out, "-- > ");
    for (int i = is_plan ? n - 1 : 0; i < n; i++) {
      if (i && !is_plan) sqlite3_str_appendall(out, "|");
      print_value(out, stmt, i);
    }
    sqlite3_str_appendall(out, "\n");
  }
  if (rc != SQLITE_DONE && rc != SQLITE_OK) {
    sqlite3_str_appendall(out, "-- error: ");
    const char *message = sqlite3_errmsg(db);
    print_text(out, message, (int)strlen(message));
    sqlite3_str_appendall(out, "\n");
  }
  sqlite3_finalize(stmt);
  return finish(out);
}

/* --- a script --------------------------------------------------------------------------------- */

typedef struct Script {
  const char *path;
  sqlite3 *db;
  sqlite3_str *sql;      /* the statement being read */
  sqlite3_str *expected; /* the lines of its answer */
  sqlite3_str *rewritten;
  char *bind;    /* of the next statement; or NULL */
  char *pending; /* a complete statement whose answer is being read */
  int line, pending_line;
} Script;

/* Runs the statement whose answer has been read, and compares. */
static void script_flush(Script *s) {
  if (!s->pending) return;
  char *expected = finish(s->expected);
  char *got = answer(s->db, s->pending, s->bind);
  sqlite3_free(s->bind);
  s->bind = NULL;
  s->expected = sqlite3_str_new(NULL);
  statements++;
  if (verbose) printf("%s%s", s->pending, got);
  sqlite3_str_appendall(s->rewritten, got);
  if (!updating && strcmp(expected, got) != 0) {
    failures++;
    printf("%s:%d: FAILED\n%sexpected:\n%sgot:\n%s\n", s->path, s->pending_line, s->pending,
           expected, got);
  }
  sqlite3_free(expected);
  sqlite3_free(got);
  sqlite3_free(s->pending);
  s->pending = NULL;
}

static int is_answer(const char *line) {
  return starts_with(line, "-- >") || starts_with(line, "-- error:");
}

/* Whether this line completes the statement in `sql`. */
static int ends_statement(const char *sql, const char *line) {
  size_t n = strlen(line);
  while (n > 0 && isspace((unsigned char)line[n - 1]))
    n--;
  if (n == 0 || line[n - 1] != ';') return 0;
  int is_trigger = starts_with(sql, "create trigger") || starts_with(sql, "create temp trigger");
  return !is_trigger || (n == 4 && starts_with(line, "end;"));
}

static void script_line(Script *s, const char *line) {
  s->line++;
  int in_statement = sqlite3_str_length(s->sql) > 0;
  if (!in_statement && s->pending && is_answer(line)) {
    sqlite3_str_appendf(s->expected, "%s\n", line);
    return;
  }
  script_flush(s);
  sqlite3_str_appendf(s->rewritten, "%s\n", line);
  if (!in_statement && starts_with(line, "-- bind: ")) s->bind = sqlite3_mprintf("%s", line + 9);
  if (!in_statement && (line[0] == 0 || strncmp(line, "--", 2) == 0)) return;
  if (!in_statement) s->pending_line = s->line;
  sqlite3_str_appendf(s->sql, "%s\n", line);
  if (!ends_statement(sqlite3_str_value(s->sql), line)) return;
  s->pending = finish(s->sql);
  s->sql = sqlite3_str_new(NULL);
}

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  sqlite3_str *out = sqlite3_str_new(NULL);
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;)
    sqlite3_str_append(out, buffer, (int)n);
  fclose(file);
  return finish(out);
}

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  if (!file) return;
  fputs(text, file);
  fclose(file);
}

static void run_lines(Script *s, char *text, int is_markdown) {
  int inside = !is_markdown;
  for (char *line = text, *next; *line; line = next) {
    next = line + strcspn(line, "\n");
    if (*next) *next++ = 0;
    int is_fence = is_markdown && strncmp(line, "```", 3) == 0;
    if (inside && !is_fence) {
      script_line(s, line);
      continue;
    }
    script_flush(s);
    s->line++;
    sqlite3_str_appendf(s->rewritten, "%s\n", line);
    if (is_fence) inside = !inside && strcmp(line, "```sql") == 0;
  }
  script_flush(s);
}

static void run_script(const char *path) {
  Script s = {path, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0};
  char *error = NULL, *text = read_file(path);
  if (!text || sqlite3_open(":memory:", &s.db) != SQLITE_OK ||
      sqlite3_vss_init(s.db, &error, NULL) != SQLITE_OK) {
    printf("%s: cannot be run: %s\n", path,
           text ? error ? error : sqlite3_errmsg(s.db) : "no such file");
    failures++;
    sqlite3_free(text);
    sqlite3_close(s.db);
    return;
  }
  /* The JavaScript API does the same: SQL cannot write the shadow tables directly. */
  sqlite3_db_config(s.db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  s.sql = sqlite3_str_new(NULL);
  s.expected = sqlite3_str_new(NULL);
  s.rewritten = sqlite3_str_new(NULL);
  int failed_before = failures, run_before = statements;
  size_t length = strlen(path);
  run_lines(&s, text, length > 3 && strcmp(path + length - 3, ".md") == 0);
  if (sqlite3_str_length(s.sql) > 0) {
    printf("%s:%d: a statement without an end\n", path, s.pending_line);
    failures++;
  }
  char *rewritten = finish(s.rewritten);
  if (updating) write_file(path, rewritten);
  printf("%s %s: %d statements\n", failures == failed_before ? "ok    " : "FAILED", path,
         statements - run_before);
  sqlite3_free(rewritten);
  sqlite3_free(finish(s.sql));
  sqlite3_free(finish(s.expected));
  sqlite3_free(text);
  if (sqlite3_close(s.db) != SQLITE_OK) {
    printf("%s: statements were left open\n", path);
    failures++;
  }
}

static int compare_names(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void run_path(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) {
    run_script(path);
    return;
  }
  char *names[1000];
  size_t n = 0;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL && n < 1000;) {
    size_t length = strlen(entry->d_name);
    if (length > 4 && strcmp(entry->d_name + length - 4, ".sql") == 0)
      names[n++] = sqlite3_mprintf("%s/%s", path, entry->d_name);
  }
  closedir(folder);
  qsort(names, n, sizeof *names, compare_names);
  for (size_t i = 0; i < n; i++) {
    run_script(names[i]);
    sqlite3_free(names[i]);
  }
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--update") == 0)
      updating = 1;
    else if (strcmp(argv[i], "--verbose") == 0)
      verbose = 1;
    else
      run_path(argv[i]);
  }
  printf("run_sql: %d statements, %d failed\n", statements, failures);
  return failures || !statements;
}
