/*
** See vss0/drive.h. Two ways lead to the program of the running statement:
**
**   bytecode(?)     lists the very program that runs, where SQLite has been built with it. The
**                   plan's text is the same memory that VFilter has as p4: changed for a moment, it
**                   tells this VFilter from every other.
**   EXPLAIN <sql>   lists the program that SQLite makes of the same text now. Parameters may have
**                   been known when the statement was prepared (LIKE ?), so the text with their
**                   values is asked as well. Several statements may be running; every VFilter with
**                   the same plan has to be harmless.
*/
#include "vss0/drive.h"

#include <string.h>

#include "vss0/listing.h"
#include "vss0/message.h"
#include "vss0/program.h"

void vss_drive_mark(sqlite3_str *plan, const sqlite3_index_info *info, const char *args,
                    int limited, int distance_column) {
  int ordered = info->nOrderBy > 0 && info->aOrderBy[0].iColumn == distance_column;
  sqlite3_str_appendchar(plan, 1, '\0');
  sqlite3_str_appendchar(plan, 1,
                         limited   ? VSS_DRIVE_FINE
                         : ordered ? VSS_DRIVE_ORDERED
                                   : VSS_DRIVE_UNKNOWN);
  for (; *args; args++)
    sqlite3_str_appendchar(plan, 1, limited ? VSS_ARG_OWN : *args);
}

/*
** 1 for a statement that is inside sqlite3_step() now. One that waits between two rows has the
** first of them at hand.
*/
static int is_running(sqlite3_stmt *statement) {
  return sqlite3_stmt_busy(statement) && !sqlite3_stmt_isexplain(statement) &&
         sqlite3_data_count(statement) == 0;
}

/* A failure that has nothing to do with what was prepared. */
static int is_final(int rc) {
  return rc == SQLITE_NOMEM || rc == SQLITE_INTERRUPT;
}

/* The program itself. Where there is no bytecode(), *verdict stays as it is. */
static int judge_running(sqlite3 *db, char *plan, VssVerdict *verdict) {
  sqlite3_stmt *rows = NULL;
  int rc = sqlite3_prepare_v2(db, "select addr, opcode, p1, p2, p3, p4 from bytecode(?1)", -1,
                              &rows, NULL);
  if (rc != SQLITE_OK) return is_final(rc) ? rc : SQLITE_OK;
  char letter = *plan;
  *plan = '!';
  int size_bytes = (int)strlen(plan) + 1;
  sqlite3_stmt *statement = NULL;
  while (rc == SQLITE_OK && (statement = sqlite3_next_stmt(db, statement)) != NULL) {
    if (statement == rows || !sqlite3_stmt_busy(statement)) continue;
    rc = sqlite3_bind_pointer(rows, 1, statement, "stmt-pointer", NULL);
    if (rc == SQLITE_OK) rc = vss_listing_judge(rows, plan, size_bytes, verdict);
    sqlite3_reset(rows);
  }
  *plan = letter;
  sqlite3_finalize(rows);
  return rc;
}

/* What EXPLAIN says of an SQL text, which is NULL where SQLite has none. */
static int judge_text(sqlite3 *db, const char *sql, const char *plan, VssVerdict *verdict) {
  if (!sql) return SQLITE_OK;
  char *explain = sqlite3_mprintf("explain %s", sql);
  if (!explain) return SQLITE_NOMEM;
  sqlite3_stmt *rows = NULL;
  int rc = sqlite3_prepare_v2(db, explain, -1, &rows, NULL);
  sqlite3_free(explain);
  /* The text does not always compile a second time; then it says nothing. */
  if (rc != SQLITE_OK) return is_final(rc) ? rc : SQLITE_OK;
  int size_bytes = (int)(strchr(plan, '|') - plan) + 1;
  rc = vss_listing_judge(rows, plan, size_bytes, verdict);
  sqlite3_finalize(rows);
  return rc;
}

/*
** Statements are prepared here, which puts them into the list: it is read from its start each time.
*/
static sqlite3_stmt *running_statement(sqlite3 *db, int number) {
  sqlite3_stmt *statement = NULL;
  while ((statement = sqlite3_next_stmt(db, statement)) != NULL) {
    if (is_running(statement) && number-- == 0) return statement;
  }
  return NULL;
}

static int judge_texts(sqlite3 *db, const char *plan, VssVerdict *verdict) {
  int rc = SQLITE_OK;
  sqlite3_stmt *statement;
  for (int i = 0; rc == SQLITE_OK && (statement = running_statement(db, i)) != NULL; i++) {
    const char *sql = sqlite3_sql(statement);
    char *expanded = sqlite3_expanded_sql(statement);
    rc = judge_text(db, sql, plan, verdict);
    if (rc == SQLITE_OK && sql && expanded && strcmp(sql, expanded) != 0)
      rc = judge_text(db, expanded, plan, verdict);
    sqlite3_free(expanded);
  }
  return rc;
}

static int refuse(VssTable *table, const char *plan) {
  VssStep search;
  vss_program_next(plan, &search);
  int descending = vss_metric_descending(table->def.vectors[search.number].metric);
  return vss_vtab_fail(table, SQLITE_ERROR,
                       ": the search does not drive this join: add order by distance "
                       "(`order by %s.distance%s`), or write %s first and CROSS JOIN behind it",
                       table->store.name, descending ? " desc" : "", table->store.name);
}

static int judge(VssTable *table, char *text, VssVerdict *verdict) {
  int rc = judge_running(table->db, text, verdict);
  if (rc == SQLITE_OK && verdict->n_found == 0) rc = judge_texts(table->db, text, verdict);
  return rc;
}

int vss_drive_find_args(VssTable *table, const char *plan, const char **out_foreign) {
  char *text = (char *)plan;
  char *mark = text + strlen(text) + 1;
  VssVerdict verdict = {.foreign = mark + 1};
  *out_foreign = mark + 1;
  return judge(table, text, &verdict);
}

int vss_drive_check(VssTable *table, const char *plan, const char **out_foreign) {
  /* The text is vss0/plan.c's own allocation, which SQLite lends out as const. */
  char *text = (char *)plan;
  char *mark = text + strlen(text) + 1;
  *out_foreign = mark + 1;
  if (*mark == VSS_DRIVE_FINE) return SQLITE_OK;
  VssVerdict verdict = {.foreign = mark + 1};
  int rc = judge(table, text, &verdict);
  if (rc != SQLITE_OK) return rc;
  int is_fine = verdict.n_found > 0 ? verdict.n_harmful == 0 : *mark == VSS_DRIVE_ORDERED;
  if (!is_fine) return refuse(table, plan);
  *mark = VSS_DRIVE_FINE;
  return SQLITE_OK;
}
