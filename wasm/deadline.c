/*
** Deadlines: deadline.h.
*/
#include "deadline.h"

#include "base/stop.h"
#include "import.h"

/*
** Instructions of SQLite's machine between two questions. One instruction may take milliseconds (a
** function over a text of the greatest length), so the number is small. A question costs about
** 50 ns, as much as ten plain instructions.
*/
#define PROGRESS_OPS 16

/*
** The clock of some runtimes stands still while code runs (Cloudflare stops it so that nobody can
** measure other tenants). On any machine, a question and the instructions before it take at least
** this long. Counting questions therefore ends a statement there too, though later than asked.
*/
#define QUESTION_MIN_MS 40e-6

static struct {
  sqlite3 *db; /* NULL: nothing is limited */
  double deadline_ms;
  int asks_stop;
  int depth;          /* calls inside calls, since a user's function runs statements */
  int is_stopped;     /* the last answer was yes ... */
  int is_late;        /* ... because of the deadline */
  double spent_ms;    /* by the statement under way, before this call */
  double entered_ms;  /* when this call began */
  double n_questions; /* about the statement under way */
} limited;

/* The answer is kept, so that vss_deadline_end() knows why a call failed. */
static int should_stop(void) {
  /* Outside of start and end there is no statement to stop, whoever asks. */
  if (limited.depth == 0) return 0;
  if (limited.deadline_ms >= 0) {
    double ms = limited.spent_ms + (vss_import_now() - limited.entered_ms);
    limited.n_questions++;
    limited.is_late =
        ms >= limited.deadline_ms || limited.n_questions * QUESTION_MIN_MS > limited.deadline_ms;
  }
  limited.is_stopped = limited.is_late || (limited.asks_stop && vss_import_stop());
  return limited.is_stopped;
}

static int progress(void *context) {
  (void)context;
  return should_stop();
}

void vss_deadline_limit(sqlite3 *db, double deadline_ms, int asks_stop) {
  if (deadline_ms < 0 && !asks_stop) return;
  limited.db = db;
  limited.deadline_ms = deadline_ms;
  limited.asks_stop = asks_stop;
  sqlite3_progress_handler(db, PROGRESS_OPS, progress, NULL);
  vss_stop_set_host(should_stop);
}

void vss_deadline_continue(void) {
  if (!limited.db || limited.depth++ > 0) return;
  limited.is_stopped = limited.is_late = 0;
  limited.entered_ms = vss_import_now();
}

void vss_deadline_start(void) {
  if (limited.depth == 0) limited.spent_ms = limited.n_questions = 0;
  vss_deadline_continue();
}

int vss_deadline_end(int rc) {
  if (!limited.db) return rc;
  if (--limited.depth == 0) limited.spent_ms += vss_import_now() - limited.entered_ms;
  if (!limited.is_stopped || rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE) return rc;
  /* Without a text, SQLite's own says "interrupted": that is what a stop by the user is called. */
  char *text = NULL;
  if (limited.is_late)
    text = sqlite3_mprintf("interrupted: it ran past its deadline of %g ms", limited.deadline_ms);
  sqlite3_set_errmsg(limited.db, SQLITE_INTERRUPT, text);
  sqlite3_free(text);
  return SQLITE_INTERRUPT;
}
