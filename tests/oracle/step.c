/*
** Steps: how they are built, and how they run on both sides of one connection.
**
** Where another connection is in a transaction, each side may find the database locked
** (SQLITE_BUSY), but then the other side does too.
*/
#include "step_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- building a step -------------------------------------------------------------------------- */

Step *step_new(StepKind kind) {
  Step *step = calloc(1, sizeof *step);
  if (!step) abort();
  step->kind = kind;
  step->ordered = 1;
  return step;
}

void step_free(Step *step) {
  if (!step) return;
  for (int side = 0; side < SIDES; side++) {
    sqlite3_free(step->sql[side]);
    sqlite3_free(step->writes[side]);
  }
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

/* The text of one side, with the terms in the place of \1. */
char *step_text(const Step *step, int side) {
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

/* --- running ---------------------------------------------------------------------------------- */

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

/* Runs one side to its end and returns SQLite's code. `rows` may be NULL. */
static int run_side(sqlite3 *db, const Step *step, int side, Rows *rows) {
  char *text = step_text(step, side);
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(db, text, -1, &stmt, NULL);
  if (rc == SQLITE_OK) {
    bind_all(stmt, step);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
      if (rows) rows_take(rows, stmt);
    rc = sqlite3_finalize(stmt);
  }
  sqlite3_free(text);
  return rc;
}

uint64_t step_answers;

/* Both sides have given their rows. */
static int judge(const Rows rows[SIDES], const Step *step, char *message) {
  step_answers = step_answers * 31 + rows_hash(&rows[VSS], step->ordered);
  if (step->tied_by) return rows_differ_beyond_ties(&rows[VSS], &rows[PLAIN], step, message);
  return rows_differ(&rows[VSS], &rows[PLAIN], step->ordered, message);
}

static int is_busy(int rc) {
  return (rc & 0xff) == SQLITE_BUSY;
}

/*
** Whether the last error of db is one that vss0 may report where plain SQLite answers, because it
** would answer wrongly. A view has its terms in a step before.
*/
static int is_right_refusal(sqlite3 *db, const Step *step) {
  const char *error = sqlite3_errmsg(db);
  if (strstr(error, "the search does not drive this join: add order by distance"))
    return step->may_refuse;
  if (!strstr(error, ", ...) in (select ...)` member by member, expected `exists (select ...)`"))
    return 0;
  char *text = step_text(step, VSS);
  int is_right =
      strstr(text, ") in (select ") || strstr(text, ") in (values ") || strstr(text, " saved_vss");
  sqlite3_free(text);
  return is_right;
}

int step_compare(sqlite3 *db, const Step *step, int may_wait, char *message) {
  static Rows rows[SIDES];
  for (int side = 0; side < SIDES; side++) {
    rows_start(&rows[side]);
    int rc = run_side(db, step, side, &rows[side]);
    if (rc == SQLITE_ERROR && side == VSS && is_right_refusal(db, step)) return 0;
    if (may_wait && side == VSS && is_busy(rc) && is_busy(run_side(db, step, PLAIN, NULL)))
      return 0;
    if (rc != SQLITE_OK) {
      snprintf(message, MESSAGE_SIZE, "%s fails: %s", side == VSS ? "vss0" : "plain SQLite",
               sqlite3_errmsg(db));
      return 1;
    }
  }
  return judge(rows, step, message);
}

/* Both sides have to end alike. Where triggers write v, there is one statement for both. */
static int run_write(sqlite3 *db, const Step *step, char *message) {
  int rc[SIDES] = {SQLITE_OK, SQLITE_OK}, changes[SIDES] = {0, 0};
  char text[SIDES][300] = {"", ""};
  int in_transaction = !sqlite3_get_autocommit(db);
  for (int side = 0; side < SIDES; side++) {
    if (!step->sql[side]) continue;
    /*
    ** After OR ROLLBACK both tables are as before the transaction: p would start from other rows.
    */
    if (side == PLAIN && rc[VSS] != SQLITE_OK && in_transaction && sqlite3_get_autocommit(db))
      return 0;
    rc[side] = run_side(db, step, side, NULL);
    changes[side] = rc[side] == SQLITE_OK ? sqlite3_changes(db) : 0;
    if (side == VSS && rc[VSS] == SQLITE_ERROR && is_right_refusal(db, step)) return 0;
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

/*
** Outside a transaction the two writes become one, so that a COMMIT that finds the database locked
** takes both back.
*/
static int run_write_contended(sqlite3 *db, const Step *step, char *message) {
  if (!sqlite3_get_autocommit(db)) return run_write(db, step, message);
  sqlite3_exec(db, "begin", NULL, NULL, NULL);
  int failed = run_write(db, step, message);
  if (!sqlite3_get_autocommit(db) && sqlite3_exec(db, "commit", NULL, NULL, NULL) != SQLITE_OK)
    sqlite3_exec(db, "rollback", NULL, NULL, NULL);
  return failed;
}

/* An error of the statement is expected, not damage or a lack of memory. */
static int run_refused(sqlite3 *db, const Step *step, int may_wait, char *message) {
  int rc = run_side(db, step, VSS, NULL) & 0xff;
  if (may_wait && is_busy(rc)) return 0;
  if (rc == SQLITE_ERROR || rc == SQLITE_CONSTRAINT || rc == SQLITE_MISMATCH) return 0;
  snprintf(message, MESSAGE_SIZE, "not refused: code %d", rc);
  return 1;
}

/*
** A cursor is open on v while v is written. Nothing may break, but which rows the cursor still
** gives is not defined.
*/
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

/* Runs both writes in one transaction, if the connection can have one. */
static void write_beside(sqlite3 *db, const Step *step) {
  if (!sqlite3_get_autocommit(db)) return;
  if (sqlite3_exec(db, "begin immediate", NULL, NULL, NULL) != SQLITE_OK) return;
  int rc = SQLITE_OK;
  for (int side = 0; side < SIDES && rc == SQLITE_OK; side++)
    if (step->writes[side]) rc = sqlite3_exec(db, step->writes[side], NULL, NULL, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_exec(db, "commit", NULL, NULL, NULL);
  if (rc != SQLITE_OK) sqlite3_exec(db, "rollback", NULL, NULL, NULL);
}

/*
** A search is open while another connection writes. In WAL mode that commits, otherwise the search
** keeps it from committing. In both, the search goes on with the rows that it began with: those
** that the plain side gave before.
*/
static int run_beside(Session *s, sqlite3 *db, const Step *step, char *message) {
  static Rows rows[SIDES];
  rows_start(&rows[VSS]);
  rows_start(&rows[PLAIN]);
  int rc = run_side(db, step, PLAIN, &rows[PLAIN]);
  if (is_busy(rc)) return 0;
  char *text = step_text(step, VSS);
  sqlite3_stmt *stmt = NULL;
  if (rc == SQLITE_OK) rc = sqlite3_prepare_v2(db, text, -1, &stmt, NULL);
  sqlite3_free(text);
  if (rc == SQLITE_OK) {
    bind_all(stmt, step);
    for (int i = 0; (rc = sqlite3_step(stmt)) == SQLITE_ROW; i++) {
      rows_take(&rows[VSS], stmt);
      if (i == step->rows && s->db[step->other] && s->db[step->other] != db)
        write_beside(s->db[step->other], step);
    }
    rc = sqlite3_finalize(stmt);
  }
  if (rc == SQLITE_OK) return judge(rows, step, message);
  if (rc == SQLITE_ERROR && is_right_refusal(db, step)) return 0;
  snprintf(message, MESSAGE_SIZE, "search beside a writer fails: %s", sqlite3_errmsg(db));
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
      case SQLITE_TEXT:
        sqlite3_bind_text(stmt, i + 2, v.bytes, v.size_bytes, SQLITE_TRANSIENT);
        break;
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

int step_run(const Case *c, Session *s, const Step *step, char *message) {
  sqlite3 *db = s->db[step->connection] ? s->db[step->connection] : s->db[0];
  int contended = session_is_contended(s, db), rc;
  switch (step->kind) {
    case STEP_SETUP:
    case STEP_CONTROL:
      rc = run_side(db, step, VSS, NULL);
      if (rc == SQLITE_OK || (contended && is_busy(rc))) return 0;
      snprintf(message, MESSAGE_SIZE, "statement fails: %s", sqlite3_errmsg(db));
      return 1;
    case STEP_COMPARE: return step_compare(db, step, contended, message);
    case STEP_WRITE:
      return contended ? run_write_contended(db, step, message) : run_write(db, step, message);
    case STEP_REFUSE: return run_refused(db, step, contended, message);
    case STEP_HALFWAY: return contended ? 0 : run_halfway(db, step, message);
    case STEP_BESIDE: return run_beside(s, db, step, message);
    case STEP_BULK: return run_bulk(c, db, step, message);
    case STEP_REOPEN: session_reopen(s, c); return 0;
  }
  return 0;
}

/* --- the log ---------------------------------------------------------------------------------- */

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

const Options *log_options(const Case *c) {
  return c->log->options;
}

void log_add(const Case *c, Summary *summary) {
  summary->statements += c->log->summary.statements;
  summary->refined += c->log->summary.refined;
  summary->answers = step_answers;
}

int case_run(Case *c, Step *step) {
  Log *log = c->log;
  if (log->n_steps == log->capacity) {
    log->capacity = log->capacity * 2 + 64;
    log->steps = realloc(log->steps, (size_t)log->capacity * sizeof *log->steps);
    if (!log->steps) abort();
  }
  log->steps[log->n_steps++] = step;
  if (!step->connection) step->connection = c->connection;
  if (step->kind != STEP_SETUP) log->summary.statements++;
  if (log->options->verbose) {
    step_print(c, step);
    fflush(stdout);
  }
  char message[MESSAGE_SIZE] = "";
  if (!step_run(c, &log->session, step, message)) return 0;
  shrink_report(c, log, message);
  return 1;
}

static sqlite3_stmt *ask(Case *c, const char *sql, const Value *bind) {
  sqlite3_stmt *stmt = NULL;
  sqlite3_prepare_v2(c->log->session.db[c->connection], sql, -1, &stmt, NULL);
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
  return !sqlite3_get_autocommit(c->log->session.db[c->connection]);
}

int case_is_contended(const Case *c) {
  return session_is_contended(&c->log->session, c->log->session.db[c->connection]);
}

void log_count_refined(Case *c) {
  char sql[100];
  snprintf(sql, sizeof sql, "select json_extract(vss_table_stats('%s'), '$.refined')", c->vtab);
  c->log->summary.refined += (uint64_t)case_ask(c, sql, NULL, 0);
}
