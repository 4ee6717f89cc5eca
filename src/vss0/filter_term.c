/*
** From a step of the plan and its argument to a bitmap: vss0/filter_term.h.
**
**   right side    read as                                     then
**   a value       rhs, with its text or its number beside     vss_filter_apply()
**   a set         copies of its members                       vss_filter_apply()
**   a pattern     a statement `select ?1 like ?2`             asked once per distinct value
**
** The right side belongs to SQLite, and is borrowed while the bitmap is made. Only the members of a
** set are copied, because SQLite shows them one at a time.
*/
#include "vss0/filter_term.h"

#include "sqlite/error.h"
#include "sqlite/value_set.h"

/*
** LIKE and GLOB are SQLite's own functions, or the connection's: so they mean here what they mean
** in any other query.
*/
typedef struct PatternTest {
  sqlite3_stmt *statement;
  int rc; /* why it failed */
} PatternTest;

/* Bind a value of the filter's, which stays in place while the statement runs. */
static int bind_value(sqlite3_stmt *statement, int parameter, const VssValue *value) {
  /* A NULL address would bind NULL. */
  const void *bytes = value->bytes ? value->bytes : "";
  switch (value->type) {
    case VSS_INTEGER: return sqlite3_bind_int64(statement, parameter, value->integer);
    case VSS_REAL: return sqlite3_bind_double(statement, parameter, value->real);
    case VSS_TEXT:
      return sqlite3_bind_text64(statement, parameter, bytes, value->size_bytes, SQLITE_STATIC,
                                 SQLITE_UTF8);
    case VSS_BLOB:
      return sqlite3_bind_blob64(statement, parameter, bytes, value->size_bytes, SQLITE_STATIC);
    default: return sqlite3_bind_null(statement, parameter);
  }
}

/* VssPredicate.test: does the value match the pattern? */
static int test_pattern(void *context, const VssValue *value, int *out_pass) {
  PatternTest *test = context;
  int rc = bind_value(test->statement, 1, value);
  int pass = 0;
  if (rc == SQLITE_OK && sqlite3_step(test->statement) == SQLITE_ROW)
    pass = sqlite3_column_int(test->statement, 0) != 0;
  if (rc == SQLITE_OK) rc = sqlite3_reset(test->statement);
  if (rc != SQLITE_OK) {
    test->rc = rc;
    return VSS_DATABASE;
  }
  *out_pass = pass;
  return VSS_OK;
}

/*
** AND the predicate into the bitmap: of a filter column by its values, of the rowid by the slot
** map. A core code.
*/
static int apply(const VssTable *table, const VssStep *step, const VssPredicate *predicate,
                 VssBitmap *slots) {
  if (step->kind == 'i')
    return vss_filter_apply_rowids(table->resident.map.rowids, table->resident.map.n_slots,
                                   predicate, slots);
  int filter = table->def.columns[step->number].number;
  return vss_filter_apply(table->columns[filter], predicate, slots);
}

/*
** A pattern: the statement is prepared once per search, and run once per distinct value. An SQLite
** code.
*/
static int apply_pattern(VssTable *table, const VssStep *step, VssPredicate *predicate,
                         sqlite3_value *pattern, VssBitmap *slots) {
  PatternTest test = {NULL, SQLITE_OK};
  char *sql = sqlite3_mprintf("select ?1 %s ?2", vss_op_info(step->op)->sql);
  int rc = sql ? sqlite3_prepare_v2(table->db, sql, -1, &test.statement, NULL) : SQLITE_NOMEM;
  sqlite3_free(sql);
  if (rc == SQLITE_OK) rc = sqlite3_bind_value(test.statement, 2, pattern);
  if (rc == SQLITE_OK) {
    /* The predicate and its test live until the bitmap is made, and no longer. */
    predicate->test = test_pattern;
    predicate->context = &test;
    /* In two statements: C does not say in which order it reads test.rc and makes the call. */
    int code = apply(table, step, predicate, slots);
    rc = vss_error_sqlite_rc(code, test.rc);
  }
  sqlite3_finalize(test.statement);
  return rc;
}

/* The set of an IN. An SQLite code. */
static int apply_set(VssTable *table, const VssStep *step, VssPredicate *predicate,
                     sqlite3_value *in, VssBitmap *slots) {
  VssValueSet set = {0};
  int rc = vss_value_set_read(&set, in);
  if (rc == SQLITE_OK) {
    predicate->set = vss_value_set_members(&set);
    predicate->set_count = vss_value_set_count(&set);
    rc = vss_error_sqlite_rc(apply(table, step, predicate, slots), SQLITE_OK);
  }
  vss_value_set_free(&set);
  return rc;
}

/*
** Read the right side of a comparison, with what the other affinity would make of it: the text of a
** REAL, the number of a TEXT, each in SQLite's own conversion. *out_converted holds the latter, and
** the caller frees it. A core code.
*/
static int read_rhs(sqlite3_value *value, VssPredicate *predicate, sqlite3_value **out_converted) {
  int code = vss_value_borrow(value, &predicate->rhs);
  if (code != VSS_OK || (predicate->rhs.type != VSS_REAL && predicate->rhs.type != VSS_TEXT))
    return code;
  /* A conversion changes the value in place. */
  sqlite3_value *converted = sqlite3_value_dup(value);
  *out_converted = converted;
  if (!converted) return VSS_NOMEM;
  if (predicate->rhs.type == VSS_TEXT) {
    sqlite3_value_numeric_type(converted);
    return vss_value_borrow(converted, &predicate->rhs_number);
  }
  predicate->rhs_text.type = VSS_TEXT;
  predicate->rhs_text.bytes = sqlite3_value_text(converted);
  predicate->rhs_text.size_bytes = (uint32_t)sqlite3_value_bytes(converted);
  return predicate->rhs_text.bytes ? VSS_OK : VSS_NOMEM;
}

/* A comparison with one value, or none. An SQLite code. */
static int apply_value(VssTable *table, const VssStep *step, VssPredicate *predicate,
                       sqlite3_value *value, VssBitmap *slots) {
  sqlite3_value *converted = NULL;
  int code = read_rhs(value, predicate, &converted);
  if (code == VSS_OK) code = apply(table, step, predicate, slots);
  sqlite3_value_free(converted);
  return vss_error_sqlite_rc(code, SQLITE_OK);
}

/*
** The predicate is built here, once per term and search. Whether it is exact is asked of the
** filter.
*/
int vss_filter_term_apply(VssTable *table, const VssStep *step, sqlite3_value *value, int as_is,
                          VssBitmap *slots, int *out_exact) {
  VssPredicate predicate = {.op = step->op, .collation = step->collation, .as_is = as_is};
  if (step->kind == 'i') {
    predicate.affinity = VSS_AFF_INTEGER;
    *out_exact = 1; /* a rowid is an integer, and no collation matters to it */
  } else {
    int filter = table->def.columns[step->number].number;
    predicate.affinity = table->def.filters[filter].affinity;
    *out_exact = vss_filter_is_exact(predicate.op, predicate.affinity);
    int rc = vss_table_load_column(table, filter);
    if (rc != SQLITE_OK) return rc;
  }
  switch (vss_op_info(step->op)->right) {
    case VSS_RIGHT_PATTERN: return apply_pattern(table, step, &predicate, value, slots);
    case VSS_RIGHT_SET:
      /* With as_is, text is not taken for a number: the only way left is the exact one. */
      if (as_is) *out_exact = 1;
      return apply_set(table, step, &predicate, value, slots);
    default: return apply_value(table, step, &predicate, value, slots);
  }
}
