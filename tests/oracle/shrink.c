/*
** A failing case, cut down: its steps run again on a fresh database with fewer and fewer of them,
** until no step and no term can go. What is left is printed as a script.
*/
#include "step_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- printing --------------------------------------------------------------------------------- */

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

void step_print(const Case *c, const Step *step) {
  FILE *out = stdout;
  if (step->kind == STEP_REOPEN) {
    fprintf(out, "-- close and reopen\n");
    return;
  }
  if (step->kind == STEP_BULK) {
    print_bulk(c, step, out);
    return;
  }
  if (c->n_connections > 1 || step->connection)
    fprintf(out, "-- on connection %d:\n", step->connection + 1);
  print_binds(step, out);
  for (int side = 0; side < SIDES; side++) {
    if (!step->sql[side]) continue;
    char *text = step_text(step, side);
    fprintf(out, "%s;\n", text);
    sqlite3_free(text);
  }
  if (step->kind == STEP_HALFWAY)
    fprintf(out, "%s; -- both while the query above is at row %d\n", step->terms[0], step->rows);
  if (step->kind == STEP_BESIDE)
    fprintf(out, "-- connection %d, while the first query is at row %d: %s; %s\n", step->other + 1,
            step->rows + 1, step->writes[VSS] ? step->writes[VSS] : "", step->writes[PLAIN]);
}

/* --- shrinking -------------------------------------------------------------------------------- */

/* Steps that make the tables are never dropped, only steps that fill them. */
static int is_frame(const Step *step) {
  static const char *const words[] = {"create", "attach", "pragma", "select"};
  for (int i = 0; i < 4 && step->kind == STEP_SETUP; i++)
    if (strncmp(step->sql[VSS], words[i], strlen(words[i])) == 0) return 1;
  return 0;
}

/*
** Whether both tables hold the same rows. A query that failed on equal tables must not be cut down
** to unequal tables, on which any query fails.
*/
static int tables_agree(const Case *c, sqlite3 *db) {
  char message[MESSAGE_SIZE],
      *vss = sqlite3_mprintf("select rowid, * from %s order by rowid", c->vtab);
  char plain[] = "select * from p order by id";
  Step step = {.kind = STEP_COMPARE, .sql = {vss, plain}, .ordered = 1};
  int differs = step_compare(db, &step, 1, message);
  sqlite3_free(vss);
  return !differs;
}

/* Two messages are about one problem when they agree up to the first number or quoted text. */
static int same_problem(const char *a, const char *b) {
  size_t n = strcspn(a, "0123456789'\"");
  return strncmp(a, b, n) == 0 && n == strcspn(b, "0123456789'\"");
}

/* Runs the kept steps on a fresh database; 1 when the last one fails with the same problem. */
static int replay(const Case *c, const Log *log, const char *kept, const char *problem,
                  char *message) {
  Session s;
  session_open(&s, c, log->options->folder, "replay");
  int failed = 0, last = log->n_steps - 1, agreed = 1;
  for (int i = 0; i <= last; i++) {
    if (!kept[i]) continue;
    message[0] = 0;
    if (i == last) agreed = !log->agreed || tables_agree(c, s.db[log->steps[i]->connection]);
    failed = step_run(c, &s, log->steps[i], message);
  }
  session_close(&s, 0);
  return failed && agreed && same_problem(problem, message);
}

/*
** Tries to drop runs of steps, first half of them at once, at last each alone; then all over again.
*/
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

/* Tries to drop each term of the failing query. */
static void shrink_terms(const Case *c, Log *log, const char *kept, const char *problem,
                         time_t deadline) {
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
    while (kept[i] && step->kind == STEP_BULK && step->rows > 1 && time(NULL) < deadline) {
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

void shrink_report(const Case *c, Log *log, const char *problem) {
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
    shrink_terms(c, log, kept, problem, time(NULL) + 60);
    replay(c, log, kept, problem, message);
  } else {
    printf("-- a replay of the whole case does not show it (it says: %s); all steps:\n", message);
  }
  const Options *options = log->options;
  printf("-- repeat with: oracle --seed %llu --count 1%s%s%s%s%s; at its smallest:\n",
         (unsigned long long)c->seed, options->file ? " --file" : "",
         options->connections ? " --connections" : "", options->large ? " --large" : "",
         options->path ? " --path " : "", options->path ? options->path : "");
  printf("pragma encoding = '%s';\n", c->encoding);
  for (int i = 0; i < log->n_steps; i++)
    if (kept[i]) step_print(c, log->steps[i]);
  printf("-- %s\n", repeats ? message : problem);
  free(kept);
}
