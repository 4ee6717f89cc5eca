/*
** See vss0/check.h. The statement reads the shadow tables, so that affinity comes from the declared
** types there:
**
**   select 1 from <t>_rows as r where r.rowid = ?1 and r."newsroom" collate "NOCASE" = ?2
**
** It is prepared once per search and term, and run once per candidate. A vector column is a
** subquery on its own shadow table, the distance is a parameter.
*/
#include "vss0/check.h"
#include "vss0/plan.h"

/*
** The left side of the comparison, with its affinity. Only a step 'c' can mean the distance or the
** rowid.
*/
static void append_left(sqlite3_str *sql, const VssTable *table, const VssStep *step) {
  int column = step->number;
  if (step->kind == 'c' && column == vss_plan_distance_column(table)) {
    sqlite3_str_appendall(sql, "cast(?3 as real)");
  } else if (step->kind == 'c' && column == VSS_PLAN_ROWID_CHECK(table)) {
    sqlite3_str_appendall(sql, "r.rowid");
  } else {
    vss_store_append_column(&table->store, column, sql);
  }
}

/* Parameters: ?1 the rowid, ?2 the right side, ?3 the distance where it is asked about. */
int vss_check_prepare(VssTable *table, const VssStep *step, sqlite3_value *rhs,
                      sqlite3_stmt **out_statement) {
  sqlite3_str *sql = sqlite3_str_new(table->db);
  append_left(sql, table, step);
  const VssOpInfo *op = vss_op_info(step->op);
  if (step->collation_name) {
    sqlite3_str_appendf(sql, " collate \"%.*w\"", step->collation_size, step->collation_name);
  } else if (op->right == VSS_RIGHT_VALUE && !vss_op_is_inequality(step->op)) {
    /* Of a != SQLite did not say the collation: the column's own applies. */
    sqlite3_str_appendf(sql, " collate %s", vss_collation_name(step->collation));
  }
  sqlite3_str_appendf(sql, op->right == VSS_RIGHT_NONE ? " %s" : " %s ?2", op->sql);
  char *text = sqlite3_str_finish(sql);
  if (!text) return SQLITE_NOMEM;
  sqlite3_stmt *statement = NULL;
  int rc = vss_store_prepare_test(&table->store, text, &statement);
  sqlite3_free(text);
  if (rc == SQLITE_OK && op->right != VSS_RIGHT_NONE) rc = sqlite3_bind_value(statement, 2, rhs);
  if (rc != SQLITE_OK) {
    sqlite3_finalize(statement);
    return rc;
  }
  *out_statement = statement;
  return SQLITE_OK;
}

/* The statement gives a row when the term is true, and none when it is false or unknown. */
int vss_check_test(sqlite3_stmt *statement, sqlite3_int64 rowid, double distance, int *out_pass) {
  sqlite3_bind_int64(statement, 1, rowid);
  if (sqlite3_bind_parameter_count(statement) >= 3) sqlite3_bind_double(statement, 3, distance);
  int rc = sqlite3_step(statement);
  *out_pass = rc == SQLITE_ROW;
  return sqlite3_reset(statement);
}
