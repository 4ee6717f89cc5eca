/*
** Running steps: both sides of a statement on one connection, their rows side by side; the log of a case;
** and when the sides differ, the same steps again with ever fewer of them until nothing more can go.
*/
#define _POSIX_C_SOURCE 200809L
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_SIZE 1000

/* One run of a case: a database and two connections to it (the second only where it is a file). */
typedef struct Session {
  sqlite3 *db[2];
  char path[300];
} Session;

struct Log {
  Session session;
  Step **steps;
  int n_steps, capacity;
  int64_t statements;
  int agreed; /* the tables were equal before the failing step */
  const Options *options;
};

/* --- building a step ---------------------------------------------------------------------------- */

Step *step_new(StepKind kind) {
  Step *step = calloc(1, sizeof *step);
  if (!step) abort();
  step->kind = kind;
  step->ordered = 1;
  return step;
}

void step_free(Step *step) {
  if (!step) return;
  sqlite3_free(step->sql[VSS]);
  sqlite3_free(step->sql[PLAIN]);
  for (int i = 0; i < step->n_terms; i++)
    sqlite3_free(step->terms[i]);
  for (int i = 0; i < step->n_binds; i++)
    sqlite3_free((void *)(intptr_t)step->binds[i].bytes);
  free(step);
}

void step_value(Case *c, Step *step, sqlite3_str *out, const Value *value) {
  int percent = value->type == SQLITE_BLOB && value->size_bytes > 16 ? 85 : 30;
  if (c->literals || step->n_binds >= MAX_BINDS - 4 || !rng_chance(&c->rng, percent)) {
    value_literal(out, value);
    return;
  }
  Value *bind = &step->binds[step->n_binds++];
  *bind = *value;
  if (value->bytes) {
    char *copy = sqlite3_malloc(value->size_bytes + 1);
    if (!copy) abort();
    if (value->size_bytes) memcpy(copy, value->bytes, (size_t)value->size_bytes);
    bind->bytes = copy;
  }
  sqlite3_str_appendf(out, "?%d", step->n_binds);
}

void step_finish(Step *step, sqlite3_str *vss, sqlite3_str *plain) {
  if (vss) step->sql[VSS] = sqlite3_str_finish(vss);
  if (plain) step->sql[PLAIN] = sqlite3_str_finish(plain);
}

/* The text of one side with its terms in place of \1. */
static char *step_text(const Step *step, int side) {
  sqlite3_str *out = sqlite3_str_new(NULL);
  const char *text = step->sql[side];
  for (const char *mark = strchr(text, '\1'); mark; mark = strchr(text, '\1')) {
    sqlite3_str_append(out, text, (int)(mark - text));
    for (int i = 0; i < step->n_terms; i++)
      sqlite3_str_appendf(out, " and (%s)", step->terms[i]);
    text = mark + 1;
  }
  sqlite3_str_appendall(out, text);
  return sqlite3_str_finish(out);
}

/* --- sessions ----------------------------------------------------------------------------------- */

int sqlite3_vss_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);

static int compare_backwards(void *context, int n_a, const void *a, int n_b, const void *b) {
  (void)context;
  const unsigned char *x = a, *y = b;
  while (n_a > 0 && n_b > 0) {
    n_a--, n_b--;
    if (x[n_a] != y[n_b]) return x[n_a] < y[n_b] ? -1 : 1;
  }
  return n_a - n_b;
}

static sqlite3 *connect(const char *path) {
  sqlite3 *db = NULL;
  char *error = NULL;
  if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_vss_init(db, &error, NULL) != SQLITE_OK) {
    fprintf(stderr, "oracle: cannot open %s: %s\n", path, error ? error : sqlite3_errmsg(db));
    exit(2);
  }
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_create_collation(db, "backwards", SQLITE_UTF8, NULL, compare_backwards);
  sqlite3_exec(db, "pragma synchronous = off", NULL, NULL, NULL);
  return db;
}

static void session_files(Session *s, int wal) {
  s->db[0] = connect(s->path[0] ? s->path : ":memory:");
  if (s->path[0]) {
    sqlite3_exec(s->db[0], wal ? "pragma journal_mode = wal" : "pragma journal_mode = truncate",
                 NULL, NULL, NULL);
    s->db[1] = connect(s->path);
  }
}

static void session_close(Session *s, int keep_file) {
  for (int i = 0; i < 2; i++)
    sqlite3_close_v2(s->db[i]);
  s->db[0] = s->db[1] = NULL;
  if (s->path[0] && !keep_file) {
    static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
    for (int i = 0; i < 4; i++) {
      char name[sizeof s->path + 10];
      snprintf(name, sizeof name, "%s%s", s->path, suffixes[i]);
      unlink(name);
    }
  }
}

static void session_open(Session *s, const Case *c, const char *folder, const char *tag) {
  memset(s, 0, sizeof *s);
  if (c->file_backed)
    snprintf(s->path, sizeof s->path, "%s/vss-oracle-%d-%s.db", folder, (int)getpid(), tag);
  session_close(s, 0);
  session_files(s, c->seed % 3 == 0);
  if (c->utf16)
    for (int i = 0; i < 2; i++)
      if (s->db[i]) sqlite3_exec(s->db[i], "pragma encoding = 'UTF-16le'", NULL, NULL, NULL);
}

/* --- rows --------------------------------------------------------------------------------------- */

typedef struct Rows {
  char *bytes;
  size_t size, capacity;
  size_t *starts; /* n + 1 of them */
  size_t n, start_capacity;
} Rows;

static void rows_append(Rows *rows, const void *bytes, size_t size) {
  if (rows->size + size > rows->capacity) {
    rows->capacity = (rows->size + size) * 2 + 4096;
    rows->bytes = realloc(rows->bytes, rows->capacity);
    if (!rows->bytes) abort();
  }
  if (size) memcpy(rows->bytes + rows->size, bytes, size);
  rows->size += size;
}

static void rows_mark(Rows *rows) {
  if (rows->n + 2 > rows->start_capacity) {
    rows->start_capacity = rows->start_capacity * 2 + 256;
    rows->starts = realloc(rows->starts, rows->start_capacity * sizeof *rows->starts);
    if (!rows->starts) abort();
  }
  rows->starts[rows->n] = rows->size;
}

/* A row: a type byte and a payload for each column. */
static void rows_take(Rows *rows, sqlite3_stmt *stmt) {
  int n = sqlite3_column_count(stmt);
  for (int i = 0; i < n; i++) {
    char type = (char)sqlite3_column_type(stmt, i);
    rows_append(rows, &type, 1);
    if (type == SQLITE_INTEGER) {
      int64_t integer = sqlite3_column_int64(stmt, i);
      rows_append(rows, &integer, sizeof integer);
    } else if (type == SQLITE_FLOAT) {
      double real = sqlite3_column_double(stmt, i);
      rows_append(rows, &real, sizeof real);
    } else if (type != SQLITE_NULL) {
      const void *bytes = type == SQLITE_TEXT ? (const void *)sqlite3_column_text(stmt, i)
                                              : sqlite3_column_blob(stmt, i);
      int size = sqlite3_column_bytes(stmt, i);
      rows_append(rows, &size, sizeof size);
      rows_append(rows, bytes, (size_t)size);
    }
  }
  rows->n++;
  rows_mark(rows);
}

static const Rows *sorting;

static int compare_starts(const void *a, const void *b) {
  size_t i = *(const size_t *)a, j = *(const size_t *)b;
  size_t n_i = sorting->starts[i + 1] - sorting->starts[i],
         n_j = sorting->starts[j + 1] - sorting->starts[j];
  int order = memcmp(sorting->bytes + sorting->starts[i], sorting->bytes + sorting->starts[j],
                     n_i < n_j ? n_i : n_j);
  return order ? order : n_i < n_j ? -1 : n_i > n_j;
}

/* The order in which to compare rows: as they came, or sorted by their bytes. */
static size_t *rows_order(const Rows *rows, int ordered) {
  size_t *order = malloc((rows->n + 1) * sizeof *order);
  if (!order) abort();
  for (size_t i = 0; i < rows->n; i++)
    order[i] = i;
  sorting = rows;
  if (!ordered) qsort(order, rows->n, sizeof *order, compare_starts);
  return order;
}

static void rows_print(const Rows *rows, size_t row, char *out, size_t size) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  const char *p = rows->bytes + rows->starts[row], *end = rows->bytes + rows->starts[row + 1];
  for (int i = 0; p < end; i++) {
    Value value = {*p++, 0, 0, NULL, 0};
    if (value.type == SQLITE_INTEGER) {
      memcpy(&value.integer, p, 8);
      p += 8;
    } else if (value.type == SQLITE_FLOAT) {
      memcpy(&value.real, p, 8);
      p += 8;
    } else if (value.type != SQLITE_NULL) {
      memcpy(&value.size_bytes, p, sizeof(int));
      value.bytes = p + sizeof(int);
      p += sizeof(int) + (size_t)value.size_bytes;
    }
    if (i) sqlite3_str_appendall(text, "|");
    value_literal(text, &value);
  }
  char *finished = sqlite3_str_finish(text);
  snprintf(out, size, "%s", finished ? finished : "");
  sqlite3_free(finished);
}

/* --- running ------------------------------------------------------------------------------------ */

static void bind_all(sqlite3_stmt *stmt, const Step *step) {
  int n = sqlite3_bind_parameter_count(stmt);
  for (int i = 0; i < n && i < step->n_binds; i++) {
    const Value *v = &step->binds[i];
    switch (v->type) {
      case SQLITE_INTEGER: sqlite3_bind_int64(stmt, i + 1, v->integer); break;
      case SQLITE_FLOAT: sqlite3_bind_double(stmt, i + 1, v->real); break;
      case SQLITE_TEXT:
        sqlite3_bind_text(stmt, i + 1, v->bytes, v->size_bytes, SQLITE_STATIC);
        break;
      case SQLITE_BLOB:
        sqlite3_bind_blob(stmt, i + 1, v->bytes, v->size_bytes, SQLITE_STATIC);
        break;
      default: sqlite3_bind_null(stmt, i + 1);
    }
  }
}

/* Run one side to its end. The code is SQLite's; rows may be NULL. */
static int run_side(sqlite3 *db, const Step *step, int side, Rows *rows) {
  char *text = step_text(step, side);
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(db, text, -1, &stmt, NULL);
  if (rc == SQLITE_OK) {
    bind_all(stmt, step);
    if (rows) rows_mark(rows);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
      if (rows) rows_take(rows, stmt);
    rc = sqlite3_finalize(stmt);
  }
  sqlite3_free(text);
  return rc;
}

static int run_compare(sqlite3 *db, const Step *step, char *message) {
  static Rows rows[SIDES];
  for (int side = 0; side < SIDES; side++) {
    rows[side].size = rows[side].n = 0;
    int rc = run_side(db, step, side, &rows[side]);
    if (rc != SQLITE_OK) {
      snprintf(message, MESSAGE_SIZE, "%s fails: %s", side == VSS ? "vss0" : "plain SQLite",
               sqlite3_errmsg(db));
      return 1;
    }
  }
  size_t n = rows[VSS].n < rows[PLAIN].n ? rows[VSS].n : rows[PLAIN].n;
  size_t *order[SIDES] = {rows_order(&rows[VSS], step->ordered),
                          rows_order(&rows[PLAIN], step->ordered)};
  size_t i = 0;
  for (; i < n; i++) {
    size_t a = order[VSS][i], b = order[PLAIN][i];
    size_t size = rows[VSS].starts[a + 1] - rows[VSS].starts[a];
    if (size != rows[PLAIN].starts[b + 1] - rows[PLAIN].starts[b] ||
        memcmp(rows[VSS].bytes + rows[VSS].starts[a], rows[PLAIN].bytes + rows[PLAIN].starts[b],
               size))
      break;
  }
  int differs = i < n || rows[VSS].n != rows[PLAIN].n;
  if (differs) {
    char got[300] = "nothing", expected[300] = "nothing";
    if (i < rows[VSS].n) rows_print(&rows[VSS], order[VSS][i], got, sizeof got);
    if (i < rows[PLAIN].n) rows_print(&rows[PLAIN], order[PLAIN][i], expected, sizeof expected);
    snprintf(message, MESSAGE_SIZE,
             "rows differ: vss0 gives %d, SQLite %d; row %d is %s, expected %s", (int)rows[VSS].n,
             (int)rows[PLAIN].n, (int)i + 1, got, expected);
  }
  free(order[VSS]);
  free(order[PLAIN]);
  return differs;
}

static int run_write(sqlite3 *db, const Step *step, char *message) {
  int rc[SIDES] = {SQLITE_OK, SQLITE_OK}, changes[SIDES] = {0, 0};
  char text[SIDES][300] = {"", ""};
  int in_transaction = !sqlite3_get_autocommit(db);
  for (int side = 0; side < SIDES; side++) {
    if (!step->sql[side]) continue;
    /* OR ROLLBACK has taken both tables back: p's statement would start from other rows than v's did. */
    if (side == PLAIN && rc[VSS] != SQLITE_OK && in_transaction && sqlite3_get_autocommit(db))
      return 0;
    rc[side] = run_side(db, step, side, NULL);
    changes[side] = rc[side] == SQLITE_OK ? sqlite3_changes(db) : 0;
    if (rc[side] != SQLITE_OK) snprintf(text[side], sizeof text[side], "%s", sqlite3_errmsg(db));
  }
  if (!step->sql[VSS] || !step->sql[PLAIN]) return 0;
  if ((rc[VSS] & 0xff) != (rc[PLAIN] & 0xff)) {
    snprintf(message, MESSAGE_SIZE, "write ends differently: vss0 %d (%s), SQLite %d (%s)", rc[VSS],
             text[VSS], rc[PLAIN], text[PLAIN]);
    return 1;
  }
  if (changes[VSS] != changes[PLAIN]) {
    snprintf(message, MESSAGE_SIZE, "write changes differ: vss0 %d rows, SQLite %d", changes[VSS],
             changes[PLAIN]);
    return 1;
  }
  return 0;
}

static int run_refused(sqlite3 *db, const Step *step, char *message) {
  int rc = run_side(db, step, VSS, NULL) & 0xff;
  if (rc == SQLITE_ERROR || rc == SQLITE_CONSTRAINT || rc == SQLITE_MISMATCH) return 0;
  snprintf(message, MESSAGE_SIZE, "not refused: code %d", rc);
  return 1;
}

/* A cursor is open on v while v is written: nothing may break; what the cursor still gives is its own business. */
static int run_halfway(sqlite3 *db, const Step *step, char *message) {
  char *text = step_text(step, VSS);
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(db, text, -1, &stmt, NULL);
  sqlite3_free(text);
  if (rc == SQLITE_OK) {
    bind_all(stmt, step);
    for (int i = 0; i < step->rows && rc != SQLITE_DONE; i++)
      rc = sqlite3_step(stmt) == SQLITE_ROW ? SQLITE_OK : SQLITE_DONE;
    int written = sqlite3_exec(db, step->sql[PLAIN], NULL, NULL, NULL);
    if (written == SQLITE_OK) sqlite3_exec(db, step->terms[0], NULL, NULL, NULL);
    while (rc != SQLITE_DONE && sqlite3_step(stmt) == SQLITE_ROW) {
    }
    rc = sqlite3_finalize(stmt) & 0xff;
  }
  if (rc != SQLITE_CORRUPT && rc != SQLITE_NOMEM && rc != SQLITE_INTERNAL) return 0;
  snprintf(message, MESSAGE_SIZE, "reading while writing fails: %s", sqlite3_errmsg(db));
  return 1;
}

static void bind_bulk_row(const Case *c, Rng *rng, sqlite3_stmt *stmt) {
  for (int i = 0; i < c->n_columns; i++) {
    float vector[MAX_DIM];
    Value v;
    step_bulk_row(c, rng, i, &v, vector);
    switch (v.type) {
      case SQLITE_INTEGER: sqlite3_bind_int64(stmt, i + 2, v.integer); break;
      case SQLITE_FLOAT: sqlite3_bind_double(stmt, i + 2, v.real); break;
      case SQLITE_TEXT: sqlite3_bind_text(stmt, i + 2, v.bytes, v.size_bytes, SQLITE_STATIC); break;
      case SQLITE_BLOB:
        sqlite3_bind_blob(stmt, i + 2, v.bytes, v.size_bytes, SQLITE_TRANSIENT);
        break;
      default: sqlite3_bind_null(stmt, i + 2);
    }
  }
}

static int run_bulk(const Case *c, sqlite3 *db, const Step *step, char *message) {
  int rc = SQLITE_OK;
  sqlite3_exec(db, "savepoint bulk", NULL, NULL, NULL);
  for (int side = c->by_triggers ? PLAIN : VSS; side < SIDES && rc == SQLITE_OK; side++) {
    sqlite3_stmt *stmt = NULL;
    rc = sqlite3_prepare_v2(db, step->sql[side], -1, &stmt, NULL);
    Rng rng = {step->seed};
    for (int i = 0; i < step->rows && rc == SQLITE_OK; i++) {
      bind_bulk_row(c, &rng, stmt);
      sqlite3_bind_int64(stmt, 1, step->first_rowid + i);
      sqlite3_step(stmt);
      rc = sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
  }
  if (rc != SQLITE_OK) snprintf(message, MESSAGE_SIZE, "bulk insert fails: %s", sqlite3_errmsg(db));
  sqlite3_exec(db, "release bulk", NULL, NULL, NULL);
  return rc != SQLITE_OK;
}

static int run_step(const Case *c, Session *s, const Step *step, char *message) {
  sqlite3 *db = s->db[step->connection] ? s->db[step->connection] : s->db[0];
  switch (step->kind) {
    case STEP_SETUP:
    case STEP_CONTROL:
      if (run_side(db, step, VSS, NULL) == SQLITE_OK) return 0;
      snprintf(message, MESSAGE_SIZE, "statement fails: %s", sqlite3_errmsg(db));
      return 1;
    case STEP_COMPARE: return run_compare(db, step, message);
    case STEP_WRITE: return run_write(db, step, message);
    case STEP_REFUSE: return run_refused(db, step, message);
    case STEP_HALFWAY: return run_halfway(db, step, message);
    case STEP_BULK: return run_bulk(c, db, step, message);
    case STEP_REOPEN:
      session_close(s, 1);
      session_files(s, c->seed % 3 == 0);
      if (c->by_triggers)
        for (int i = 0; i < 2; i++)
          sqlite3_exec(s->db[i], "pragma recursive_triggers = on", NULL, NULL, NULL);
      return 0;
  }
  return 0;
}

/* --- printing ----------------------------------------------------------------------------------- */

static void print_binds(const Step *step, FILE *out) {
  for (int i = 0; i < step->n_binds; i++) {
    sqlite3_str *text = sqlite3_str_new(NULL);
    value_literal(text, &step->binds[i]);
    char *literal = sqlite3_str_finish(text);
    fprintf(out, ".parameter set ?%d \"%s\"\n", i + 1, literal);
    sqlite3_free(literal);
  }
}

static void print_bulk(const Case *c, const Step *step, FILE *out) {
  fprintf(out, "-- %d rows from rowid %lld, seed %llu, into %s and p\n", step->rows,
          (long long)step->first_rowid, (unsigned long long)step->seed, c->vtab);
  Rng rng = {step->seed};
  for (int i = 0; i < step->rows && step->rows <= 100; i++) {
    sqlite3_str *row = sqlite3_str_new(NULL);
    for (int j = 0; j < c->n_columns; j++) {
      float vector[MAX_DIM];
      Value value;
      step_bulk_row(c, &rng, j, &value, vector);
      sqlite3_str_appendall(row, ", ");
      value_literal(row, &value);
    }
    char *values = sqlite3_str_finish(row);
    fprintf(out, "insert into p values (%lld%s);\n", (long long)step->first_rowid + i, values);
    sqlite3_free(values);
  }
}

static void print_step(const Case *c, const Step *step, FILE *out) {
  if (step->kind == STEP_REOPEN) {
    fprintf(out, "-- close and reopen\n");
    return;
  }
  if (step->kind == STEP_BULK) {
    print_bulk(c, step, out);
    return;
  }
  if (step->connection) fprintf(out, "-- on the second connection:\n");
  print_binds(step, out);
  for (int side = 0; side < SIDES; side++) {
    if (!step->sql[side]) continue;
    char *text = step_text(step, side);
    fprintf(out, "%s;\n", text);
    sqlite3_free(text);
  }
  if (step->kind == STEP_HALFWAY)
    fprintf(out, "%s; -- both while the query above is at row %d\n", step->terms[0], step->rows);
}

/* --- shrinking ---------------------------------------------------------------------------------- */

/* What makes the database of the case rather than its rows; never dropped. */
static int is_frame(const Step *step) {
  static const char *const words[] = {"create", "attach", "pragma", "select"};
  for (int i = 0; i < 4 && step->kind == STEP_SETUP; i++)
    if (strncmp(step->sql[VSS], words[i], strlen(words[i])) == 0) return 1;
  return 0;
}

/* Do both tables hold the same rows? A question that fails over equal tables must not shrink to unequal ones. */
static int tables_agree(const Case *c, sqlite3 *db) {
  char message[MESSAGE_SIZE],
      *vss = sqlite3_mprintf("select rowid, * from %s order by rowid", c->vtab);
  char plain[] = "select * from p order by id";
  Step step = {.kind = STEP_COMPARE, .sql = {vss, plain}, .ordered = 1};
  int differs = run_compare(db, &step, message);
  sqlite3_free(vss);
  return !differs;
}

/* Two messages tell of one problem if they agree up to the first digit. */
static int same_problem(const char *a, const char *b) {
  size_t n = strcspn(a, "0123456789'\"");
  return strncmp(a, b, n) == 0 && n == strcspn(b, "0123456789'\"");
}

/* Run the kept steps afresh; 1 when the last one fails as it did. */
static int replay(const Case *c, const Log *log, const char *kept, const char *problem,
                  char *message) {
  Session s;
  session_open(&s, c, log->options->folder, "replay");
  int failed = 0, last = log->n_steps - 1, agreed = 1;
  for (int i = 0; i <= last; i++) {
    if (!kept[i]) continue;
    message[0] = 0;
    if (i == last) agreed = !log->agreed || tables_agree(c, s.db[0]);
    failed = run_step(c, &s, log->steps[i], message);
  }
  session_close(&s, 0);
  return failed && agreed && same_problem(problem, message);
}

static void shrink_steps(const Case *c, Log *log, char *kept, const char *problem,
                         time_t deadline) {
  char message[MESSAGE_SIZE];
  char *trial = malloc((size_t)log->n_steps);
  if (!trial) abort();
  int again = 1;
  while (again && time(NULL) < deadline) {
    again = 0;
    for (int chunk = log->n_steps / 2; chunk >= 1; chunk /= 2) {
      for (int i = 0; i < log->n_steps - 1 && time(NULL) < deadline; i += chunk) {
        memcpy(trial, kept, (size_t)log->n_steps);
        int dropped = 0;
        for (int j = i; j < i + chunk && j < log->n_steps - 1; j++) {
          if (is_frame(log->steps[j])) continue;
          dropped += trial[j];
          trial[j] = 0;
        }
        if (dropped && replay(c, log, trial, problem, message)) {
          memcpy(kept, trial, (size_t)log->n_steps);
          again = 1;
        }
      }
    }
  }
  free(trial);
}

static void shrink_terms(const Case *c, Log *log, const char *kept, const char *problem) {
  char message[MESSAGE_SIZE];
  Step *last = log->steps[log->n_steps - 1];
  if (last->kind == STEP_HALFWAY) return;
  for (int i = last->n_terms - 1; i >= 0; i--) {
    char *term = last->terms[i];
    last->terms[i] = last->terms[last->n_terms - 1];
    last->n_terms--;
    if (replay(c, log, kept, problem, message)) {
      sqlite3_free(term);
    } else {
      last->n_terms++;
      last->terms[last->n_terms - 1] = last->terms[i];
      last->terms[i] = term;
    }
  }
  for (int i = 0; i < log->n_steps; i++) {
    Step *step = log->steps[i];
    while (kept[i] && step->kind == STEP_BULK && step->rows > 1) {
      int rows = step->rows;
      step->rows = rows / 2;
      if (replay(c, log, kept, problem, message)) continue;
      step->rows = rows - 1 - rows / 20;
      if (replay(c, log, kept, problem, message)) continue;
      step->rows = rows;
      break;
    }
  }
}

static void report(const Case *c, Log *log, const char *problem) {
  char message[MESSAGE_SIZE] = "";
  printf("oracle: seed %llu: %s\n", (unsigned long long)c->seed, problem);
  fflush(stdout);
  char *kept = malloc((size_t)log->n_steps);
  if (!kept) abort();
  memset(kept, 1, (size_t)log->n_steps);
  log->agreed = 0;
  int repeats = replay(c, log, kept, problem, message);
  log->agreed = 1;
  log->agreed = replay(c, log, kept, problem, message);
  if (repeats) {
    shrink_steps(c, log, kept, problem, time(NULL) + 40);
    shrink_terms(c, log, kept, problem);
    replay(c, log, kept, problem, message);
  } else {
    printf("-- a replay of the whole case does not show it (it says: %s); all steps:\n", message);
  }
  printf("-- repeat with: oracle --seed %llu --count 1%s; at its smallest:\n",
         (unsigned long long)c->seed, c->file_backed ? " --file" : "");
  if (c->utf16) printf("pragma encoding = 'UTF-16le';\n");
  for (int i = 0; i < log->n_steps; i++)
    if (kept[i]) print_step(c, log->steps[i], stdout);
  printf("-- %s\n", repeats ? message : problem);
  free(kept);
}

/* --- the log ------------------------------------------------------------------------------------ */

int log_open(Case *c, const Options *options) {
  c->log = calloc(1, sizeof *c->log);
  if (!c->log) return 1;
  c->log->options = options;
  session_open(&c->log->session, c, options->folder, "case");
  return 0;
}

void log_close(Case *c) {
  Log *log = c->log;
  session_close(&log->session, 0);
  for (int i = 0; i < log->n_steps; i++)
    step_free(log->steps[i]);
  free(log->steps);
  free(log);
  c->log = NULL;
}

int64_t log_statements(const Case *c) {
  return c->log->statements;
}

int case_run(Case *c, Step *step) {
  Log *log = c->log;
  if (log->n_steps == log->capacity) {
    log->capacity = log->capacity * 2 + 64;
    log->steps = realloc(log->steps, (size_t)log->capacity * sizeof *log->steps);
    if (!log->steps) abort();
  }
  log->steps[log->n_steps++] = step;
  if (step->kind != STEP_SETUP) log->statements++;
  if (log->options->verbose) {
    print_step(c, step, stdout);
    fflush(stdout);
  }
  char message[MESSAGE_SIZE] = "";
  if (!run_step(c, &log->session, step, message)) return 0;
  report(c, log, message);
  return 1;
}

static sqlite3_stmt *ask(Case *c, const char *sql, const Value *bind) {
  sqlite3_stmt *stmt = NULL;
  sqlite3_prepare_v2(c->log->session.db[0], sql, -1, &stmt, NULL);
  if (stmt && bind && bind->type == SQLITE_BLOB)
    sqlite3_bind_blob(stmt, 1, bind->bytes, bind->size_bytes, SQLITE_STATIC);
  if (stmt && sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
    return stmt;
  sqlite3_finalize(stmt);
  return NULL;
}

int64_t case_ask(Case *c, const char *sql, const Value *bind, int64_t otherwise) {
  sqlite3_stmt *stmt = ask(c, sql, bind);
  if (!stmt) return otherwise;
  int64_t result = sqlite3_column_int64(stmt, 0);
  sqlite3_finalize(stmt);
  return result;
}

double case_ask_real(Case *c, const char *sql, const Value *bind, double otherwise) {
  sqlite3_stmt *stmt = ask(c, sql, bind);
  if (!stmt) return otherwise;
  double result = sqlite3_column_double(stmt, 0);
  sqlite3_finalize(stmt);
  return result;
}

int case_in_transaction(const Case *c) {
  return !sqlite3_get_autocommit(c->log->session.db[0]);
}
