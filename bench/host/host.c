/*
** A native SQLite that loads extensions and does what its standard input says, so that native peers
** take turns with the engines of the calling process.
**
**   extension <file>              loads it
**   data <file> <n> <d> <nq>      reads n+nq rows of d float32, then n int32 of column r and n of
**                                 column c; the last nq rows are queries
**   exec <sql>                    runs it
**   fill <batch> <sql>            runs it for each row, `batch` rows per transaction:
**                                 ?1 is the rowid, ?2 the vector, ?3 r, ?4 c
**   prepare <sql>                 prepares the search: ?1 is the vector, ?2 is k, ?3 the bound
**   search <query> <k> <bound>    runs it
**   scan <query> <k> <r|c|-> <bound>
**                                 runs the float scan of scan.h
**
** The answer to each line is one line: "ok <milliseconds> [rowid ...]", or "error <text>".
*/
#define _POSIX_C_SOURCE 200809L
#include "scan.h"
#include "sqlite3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_LINE 4096
#define MAX_K    100000

typedef struct Host {
  sqlite3 *db;
  sqlite3_stmt *search;
  float *rows; /* n data rows, then the queries */
  int32_t *r, *c;
  int64_t n;
  int d;
  ScanHit hits[MAX_K];
} Host;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void print_error(const char *text) {
  printf("error %s\n", text ? text : "unknown");
}

static void print_sql_error(const Host *host) {
  print_error(sqlite3_errmsg(host->db));
}

static void load_extension(Host *host, const char *path) {
  char *message = NULL;
  sqlite3_enable_load_extension(host->db, 1);
  if (sqlite3_load_extension(host->db, path, NULL, &message) == SQLITE_OK)
    printf("ok 0\n");
  else
    print_error(message);
  sqlite3_free(message);
}

static int read_exactly(FILE *file, void *out, size_t size_bytes) {
  return fread(out, 1, size_bytes, file) == size_bytes;
}

static void load_data(Host *host, const char *arguments) {
  char path[MAX_LINE];
  long long n, n_queries;
  int d;
  if (sscanf(arguments, "%4095s %lld %d %lld", path, &n, &d, &n_queries) != 4) {
    print_error("data <file> <n> <d> <nq>");
    return;
  }
  FILE *file = fopen(path, "rb");
  size_t row_bytes = (size_t)d * sizeof(float), column_bytes = (size_t)n * sizeof(int32_t);
  free(host->rows);
  free(host->r);
  free(host->c);
  host->rows = malloc((size_t)(n + n_queries) * row_bytes);
  host->r = malloc(column_bytes);
  host->c = malloc(column_bytes);
  host->n = n;
  host->d = d;
  int ok = file && host->rows && host->r && host->c &&
           read_exactly(file, host->rows, (size_t)(n + n_queries) * row_bytes) &&
           read_exactly(file, host->r, column_bytes) && read_exactly(file, host->c, column_bytes);
  if (file) fclose(file);
  if (ok)
    printf("ok 0\n");
  else
    print_error("the data file is missing or short");
}

static void exec_sql(Host *host, const char *sql) {
  double start = now_ms();
  if (sqlite3_exec(host->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    printf("ok %.6f\n", now_ms() - start);
  else
    print_sql_error(host);
}

static int insert_rows(Host *host, sqlite3_stmt *insert, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) {
    sqlite3_bind_int64(insert, 1, i + 1);
    sqlite3_bind_blob(insert, 2, host->rows + i * host->d, host->d * (int)sizeof(float),
                      SQLITE_STATIC);
    sqlite3_bind_int(insert, 3, host->r[i]);
    sqlite3_bind_int(insert, 4, host->c[i]);
    sqlite3_step(insert);
    int rc = sqlite3_reset(insert);
    if (rc != SQLITE_OK) return rc;
  }
  return SQLITE_OK;
}

static void fill(Host *host, const char *arguments) {
  sqlite3_stmt *insert = NULL;
  char *sql = NULL;
  int64_t batch = strtoll(arguments, &sql, 10);
  if (batch < 1) batch = host->n;
  double start = now_ms();
  int rc = sqlite3_prepare_v2(host->db, sql, -1, &insert, NULL);
  for (int64_t from = 0; rc == SQLITE_OK && from < host->n; from += batch) {
    int64_t to = from + batch < host->n ? from + batch : host->n;
    rc = sqlite3_exec(host->db, "begin", NULL, NULL, NULL);
    if (rc == SQLITE_OK) rc = insert_rows(host, insert, from, to);
    if (rc == SQLITE_OK) rc = sqlite3_exec(host->db, "commit", NULL, NULL, NULL);
  }
  if (rc == SQLITE_OK)
    printf("ok %.6f\n", now_ms() - start);
  else
    print_sql_error(host);
  sqlite3_finalize(insert);
}

static void prepare(Host *host, const char *sql) {
  sqlite3_finalize(host->search);
  host->search = NULL;
  if (sqlite3_prepare_v2(host->db, sql, -1, &host->search, NULL) == SQLITE_OK)
    printf("ok 0\n");
  else
    print_sql_error(host);
}

static void print_hits(double ms, const ScanHit *hits, int count) {
  printf("ok %.6f", ms);
  for (int i = 0; i < count; i++)
    printf(" %lld", (long long)hits[i].row);
  printf("\n");
}

static void search(Host *host, const char *arguments) {
  long long query;
  int k, bound, count = 0;
  if (!host->search || sscanf(arguments, "%lld %d %d", &query, &k, &bound) != 3 || k > MAX_K) {
    print_error("search <query> <k> <bound>, after prepare");
    return;
  }
  double start = now_ms();
  sqlite3_bind_blob(host->search, 1, host->rows + (host->n + query) * host->d,
                    host->d * (int)sizeof(float), SQLITE_STATIC);
  sqlite3_bind_int(host->search, 2, k);
  if (sqlite3_bind_parameter_count(host->search) > 2) sqlite3_bind_int(host->search, 3, bound);
  while (count < MAX_K && sqlite3_step(host->search) == SQLITE_ROW)
    host->hits[count++].row = sqlite3_column_int64(host->search, 0);
  int rc = sqlite3_reset(host->search);
  if (rc == SQLITE_OK)
    print_hits(now_ms() - start, host->hits, count);
  else
    print_sql_error(host);
}

static void scan(Host *host, const char *arguments) {
  long long query;
  int k, bound;
  char column;
  if (sscanf(arguments, "%lld %d %c %d", &query, &k, &column, &bound) != 4 || k < 1 || k > MAX_K) {
    print_error("scan <query> <k> <r|c|-> <bound>");
    return;
  }
  const int32_t *values = column == 'r' ? host->r : column == 'c' ? host->c : NULL;
  double start = now_ms();
  int count = scan_nearest(host->rows, host->n, host->d, host->rows + (host->n + query) * host->d,
                           values, bound, k, host->hits);
  double ms = now_ms() - start;
  for (int i = 0; i < count; i++)
    host->hits[i].row++;
  print_hits(ms, host->hits, count);
}

int main(void) {
  static Host host;
  static const struct {
    const char *name;
    void (*run)(Host *, const char *);
  } commands[] = {
      {"extension", load_extension}, {"data", load_data}, {"exec", exec_sql}, {"fill", fill},
      {"prepare", prepare},          {"search", search},  {"scan", scan},
  };
  char line[MAX_LINE];
  if (sqlite3_open(":memory:", &host.db) != SQLITE_OK) return 1;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    char *arguments = line + strcspn(line, " ");
    if (*arguments) *arguments++ = 0;
    size_t i = 0, n_commands = sizeof commands / sizeof *commands;
    while (i < n_commands && strcmp(commands[i].name, line) != 0)
      i++;
    if (i < n_commands)
      commands[i].run(&host, arguments);
    else
      print_error("unknown command");
    fflush(stdout);
  }
  sqlite3_finalize(host.search);
  sqlite3_close(host.db);
  free(host.rows);
  free(host.r);
  free(host.c);
  return 0;
}
