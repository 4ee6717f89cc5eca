/*
** Deadlines: deadline.h.
*/
#include "deadline.h"

#include "base/stop.h"

#define VSS_IMPORT(name) __attribute__((import_module("vss"), import_name(#name)))

VSS_IMPORT(now) double vss_import_now(void); /* milliseconds since 1970 */
VSS_IMPORT(stop) int vss_import_stop(void);  /* 1: the user wants the statement to end */

/*
** Instructions of SQLite's machine between two questions. One may take milliseconds (a function over a text of the greatest
** length), so the number is small; asking costs about 50 ns, as much as ten plain instructions.
*/
#define PROGRESS_OPS 16

/*
** The clock of some runtimes stands still while code runs (Cloudflare's, lest it be used to spy). A question and the instructions
** before it take this long at least on any machine, so counting them ends a statement there, too, if late.
*/
#define QUESTION_MIN_MS 40e-6

static struct {
  sqlite3 *db; /* NULL: nothing is limited */
  double deadline_ms;
  int asks_stop;
  int depth;          /* calls inside calls: user functions run statements */
  int is_stopped;     /* the last answer was yes ... */
  int is_late;        /* ... because of the deadline */
  double spent_ms;    /* by the statement under way, before this call */
  double entered_ms;  /* when this call began */
  double n_questions; /* about the statement under way */
} run;

static int should_stop(void) {
  if (run.depth == 0) return 0;
  if (run.deadline_ms >= 0) {
    double ms = run.spent_ms + (vss_import_now() - run.entered_ms);
    run.n_questions++;
    run.is_late = ms >= run.deadline_ms || run.n_questions * QUESTION_MIN_MS > run.deadline_ms;
  }
  run.is_stopped = run.is_late || (run.asks_stop && vss_import_stop());
  return run.is_stopped;
}

static int progress(void *context) {
  (void)context;
  return should_stop();
}

void vss_run_limit(sqlite3 *db, double deadline_ms, int asks_stop) {
  if (deadline_ms < 0 && !asks_stop) return;
  run.db = db;
  run.deadline_ms = deadline_ms;
  run.asks_stop = asks_stop;
  sqlite3_progress_handler(db, PROGRESS_OPS, progress, NULL);
  vss_stop_set_host(should_stop);
}

void vss_run_continue(void) {
  if (!run.db || run.depth++ > 0) return;
  run.is_stopped = run.is_late = 0;
  run.entered_ms = vss_import_now();
}

void vss_run_start(void) {
  if (run.depth == 0) run.spent_ms = run.n_questions = 0;
  vss_run_continue();
}

int vss_run_end(int rc) {
  if (!run.db) return rc;
  if (--run.depth == 0) run.spent_ms += vss_import_now() - run.entered_ms;
  if (!run.is_stopped || rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE) return rc;
  char *text = NULL;
  if (run.is_late)
    text = sqlite3_mprintf("interrupted: it ran past its deadline of %g ms", run.deadline_ms);
  sqlite3_set_errmsg(run.db, SQLITE_INTERRUPT, text);
  sqlite3_free(text);
  return SQLITE_INTERRUPT;
}
