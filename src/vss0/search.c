/*
** The arguments of a search, step by step of its plan: the query, k and radius, bounds on the distance, filters as
** bitmaps, and under k the terms that SQLite is asked about row by row.
*/
#include "vss0/search.h"

#include <math.h>
#include <string.h>

#include "sqlite/error.h"
#include "sqlite/value.h"
#include "vss0/check.h"
#include "vss0/message.h"
#include "vss0/search_params.h"

void vss_search_release(VssSearch *search) {
  vss_floats_free(&search->queries);
  vss_bitmap_free(&search->slots);
}

int vss_vtab_read_k(sqlite3_value *value, sqlite3_int64 *out_k, VssError *err) {
  /* Text and whole reals are taken as SQLite's own LIMIT takes them. */
  int type = sqlite3_value_numeric_type(value);
  double real = sqlite3_value_double(value);
  if (type == SQLITE_INTEGER ||
      (type == SQLITE_FLOAT && real == floor(real) && fabs(real) < 9e18)) {
    sqlite3_int64 k = type == SQLITE_INTEGER ? sqlite3_value_int64(value) : (sqlite3_int64)real;
    if (k < 0)
      return vss_fail(err, VSS_INVALID, "k is %lld, expected an integer of 0 or more",
                      (long long)k);
    *out_k = k;
    return VSS_OK;
  }
  const char *text = (const char *)sqlite3_value_text(value);
  return vss_fail(err, VSS_INVALID, "k is %s, expected an integer of 0 or more",
                  text ? text : "NULL");
}

/* Add `distance <op> rhs`, and tighten max_key where the bound cuts off the far end. */
static int add_bound(VssCursor *cursor, VssSearch *search, VssOp op, const VssValue *rhs) {
  VssPredicate *bounds =
      vss_realloc(cursor->bounds, ((uint64_t)cursor->n_bounds + 1) * sizeof *cursor->bounds);
  if (!bounds) return VSS_NOMEM;
  cursor->bounds = bounds;
  VssPredicate bound = {.op = op, .affinity = VSS_AFF_REAL, .rhs = *rhs};
  /* Text that looks like a number has become one under REAL affinity before it gets here; other text and blobs live
  ** in SQLite's buffers and compare as greater than any distance: keep only their class. */
  if (rhs->type == VSS_TEXT || rhs->type == VSS_BLOB) {
    bound.rhs.type = VSS_BLOB;
    bound.rhs.bytes = "";
    bound.rhs.size_bytes = 0;
  }
  cursor->bounds[cursor->n_bounds++] = bound;

  if (rhs->type != VSS_INTEGER && rhs->type != VSS_REAL) return VSS_OK;
  double value = rhs->type == VSS_INTEGER ? (double)rhs->integer : rhs->real;
  int descending = vss_metric_descending(search->def->metric);
  int cuts = op == VSS_OP_EQ || op == VSS_OP_IS ||
             (descending ? op == VSS_OP_GT || op == VSS_OP_GE : op == VSS_OP_LT || op == VSS_OP_LE);
  if (!cuts) return VSS_OK;
  /* One float further out than the bound: rounding must not cut a row that qualifies. */
  float key = vss_metric_key(search->def->metric, (float)value);
  key = nextafterf(key, INFINITY);
  if (key < search->max_key) search->max_key = key;
  return VSS_OK;
}

/* A numeric-looking text under REAL affinity, as SQLite would compare it with the REAL column `distance`. */
static int borrow_numeric(sqlite3_value *value, VssValue *out_value) {
  sqlite3_value_numeric_type(value);
  return vss_value_borrow(value, out_value);
}

/* The search term's right side: a vector, or parameters by pointer. */
static int read_query(VssCursor *cursor, VssSearch *search, int range, sqlite3_value *value) {
  VssTable *table = vss_cursor_table(cursor);
  VssError err = {0};
  VssSearchParams *params =
      sqlite3_value_pointer(value, range ? VSS_RANGE_POINTER : VSS_PARAMS_POINTER);
  int code = VSS_OK;
  if (sqlite3_value_pointer(value, range ? VSS_PARAMS_POINTER : VSS_RANGE_POINTER)) {
    code = vss_fail(&err, VSS_INVALID, "%s",
                    range ? "vss_range_search() takes vss_range_search_params(vector, radius), got "
                            "vss_search_params()"
                          : "vss_search() takes a vector or vss_search_params(vector, k), got "
                            "vss_range_search_params()");
  } else if (range && !params) {
    code = vss_fail(&err, VSS_INVALID,
                    "vss_range_search() takes vss_range_search_params(vector, radius)");
  }
  sqlite3_value *query = params ? params->vector : value;
  vss_floats_free(&search->queries); /* of a second search term */
  if (code == VSS_OK)
    code = vss_ahead_read(query, search->def->dim, &search->queries, &search->n_queries, &err);
  if (code == VSS_OK && search->n_queries == 0) {
    code = vss_value_vector(query, (uint64_t)search->def->dim, &search->queries, &err);
    search->n_queries = 1;
  }
  if (code == VSS_OK && params && !range) code = vss_vtab_read_k(params->bound, &search->k, &err);
  if (code == VSS_OK && range) {
    VssValue radius;
    code = borrow_numeric(params->bound, &radius);
    int numeric = radius.type == VSS_INTEGER || radius.type == VSS_REAL;
    double value_of = radius.type == VSS_INTEGER ? (double)radius.integer : radius.real;
    int descending = vss_metric_descending(search->def->metric);
    if (code == VSS_OK && (!numeric || (value_of < 0 && !descending))) {
      const char *text = (const char *)sqlite3_value_text(params->bound);
      code = vss_fail(&err, VSS_INVALID, "radius is %s, expected a number%s", text ? text : "NULL",
                      descending ? "" : " of 0 or more");
    }
    if (code == VSS_OK)
      code = add_bound(cursor, search, descending ? VSS_OP_GT : VSS_OP_LT, &radius);
  }
  return vss_vtab_fail_with(table, code, search->def->name, &err);
}

/* LIKE and GLOB are SQLite's own functions: asked once a distinct value, they mean what they mean in this connection. */
typedef struct PatternTest {
  sqlite3_stmt *statement; /* select ?1 like ?2 */
  int rc;
} PatternTest;

static int test_pattern(void *context, const VssValue *value, int *out_pass) {
  PatternTest *test = context;
  int rc = SQLITE_OK;
  switch (value->type) {
    case VSS_INTEGER: rc = sqlite3_bind_int64(test->statement, 1, value->integer); break;
    case VSS_REAL: rc = sqlite3_bind_double(test->statement, 1, value->real); break;
    case VSS_TEXT:
      rc = sqlite3_bind_text64(test->statement, 1, value->bytes ? value->bytes : "",
                               value->size_bytes, SQLITE_STATIC, SQLITE_UTF8);
      break;
    case VSS_BLOB:
      rc = sqlite3_bind_blob64(test->statement, 1, value->bytes ? value->bytes : "",
                               value->size_bytes, SQLITE_STATIC);
      break;
    default: rc = sqlite3_bind_null(test->statement, 1);
  }
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

/* Of a declared column, -1: the rowid. */
static VssAffinity column_affinity(const VssTable *table, int column) {
  if (column < 0) return VSS_AFF_INTEGER;
  return table->def.filters[table->def.columns[column].number].affinity;
}

static int apply(VssTable *table, int column, const VssPredicate *predicate, VssBitmap *slots) {
  if (column < 0)
    return vss_filter_apply_rowids(table->map.rowids, table->map.n_slots, predicate, slots);
  return vss_filter_apply(table->columns[table->def.columns[column].number], predicate, slots);
}

static int apply_pattern(VssTable *table, const VssStep *step, sqlite3_value *pattern,
                         VssBitmap *slots) {
  PatternTest test = {NULL, SQLITE_OK};
  int rc =
      sqlite3_prepare_v2(table->db, step->op == 'L' ? "select ?1 like ?2" : "select ?1 glob ?2", -1,
                         &test.statement, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_bind_value(test.statement, 2, pattern);
  if (rc == SQLITE_OK) {
    VssPredicate predicate = {.op = VSS_OP_CUSTOM,
                              .affinity = column_affinity(table, step->number),
                              .test = test_pattern,
                              .context = &test};
    int code = apply(table, step->number, &predicate, slots);
    rc = vss_error_sqlite_rc(code, test.rc);
  }
  sqlite3_finalize(test.statement);
  return rc;
}

/* The values of an IN set, copied: SQLite keeps each only until the next. */
typedef struct ValueSet {
  VssBuffer values; /* of VssValue; `bytes` holds an offset into `texts` until finish_set() */
  VssBuffer texts;
} ValueSet;

static int read_set(sqlite3_value *in, ValueSet *set) {
  sqlite3_value *member;
  int rc = sqlite3_vtab_in_first(in, &member);
  for (; rc == SQLITE_OK; rc = sqlite3_vtab_in_next(in, &member)) {
    VssValue value;
    int code = vss_value_borrow(member, &value);
    if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
    if (value.type == VSS_TEXT || value.type == VSS_BLOB) {
      uint64_t offset = set->texts.size_bytes;
      vss_buffer_append(&set->texts, value.bytes, value.size_bytes);
      value.bytes = NULL;
      value.integer = (int64_t)offset;
    }
    vss_buffer_append(&set->values, &value, sizeof value);
  }
  if (rc != SQLITE_DONE) return rc;
  if (set->values.failed || set->texts.failed) return SQLITE_NOMEM;
  VssValue *values = (VssValue *)(void *)set->values.data;
  for (uint64_t i = 0; i < set->values.size_bytes / sizeof *values; i++) {
    if (values[i].type == VSS_TEXT || values[i].type == VSS_BLOB) {
      values[i].bytes = set->texts.data ? (const void *)(set->texts.data + values[i].integer) : "";
    }
  }
  return SQLITE_OK;
}

/*
** The right side of a comparison, with what the other affinity would make of it: the text of a REAL, the number
** of a TEXT, in SQLite's own conversion. *out_converted holds the latter and is freed by the caller.
*/
static int borrow_rhs(sqlite3_value *value, VssPredicate *predicate,
                      sqlite3_value **out_converted) {
  int code = vss_value_borrow(value, &predicate->rhs);
  if (code != VSS_OK || (predicate->rhs.type != VSS_REAL && predicate->rhs.type != VSS_TEXT))
    return code;
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

/*
** distance in (...): only numbers can be equal to a distance. The predicate's set is an offset into cursor->distances
** until vss_search_finish_bounds(): the buffer may still move.
*/
static int add_distance_set(VssCursor *cursor, VssSearch *search, sqlite3_value *in) {
  ValueSet set = {{0}, {0}};
  VssValue none = {.type = VSS_NULL};
  int rc = read_set(in, &set);
  int code = rc == SQLITE_OK ? add_bound(cursor, search, VSS_OP_IN, &none) : VSS_OK;
  if (rc == SQLITE_OK && code == VSS_OK) {
    VssPredicate *bound = &cursor->bounds[cursor->n_bounds - 1];
    const VssValue *values = (const VssValue *)(void *)set.values.data;
    bound->rhs.integer = (int64_t)cursor->distances.size_bytes;
    for (uint64_t i = 0; i < set.values.size_bytes / sizeof *values; i++) {
      if (values[i].type != VSS_INTEGER && values[i].type != VSS_REAL) continue;
      vss_buffer_append(&cursor->distances, &values[i], sizeof values[i]);
      bound->set_count++;
    }
    code = vss_buffer_status(&cursor->distances);
  }
  vss_buffer_free(&set.values);
  vss_buffer_free(&set.texts);
  return rc != SQLITE_OK ? rc : vss_error_sqlite_rc(code, SQLITE_OK);
}

void vss_search_finish_bounds(VssCursor *cursor) {
  for (int i = 0; i < cursor->n_bounds; i++) {
    VssPredicate *bound = &cursor->bounds[i];
    if (bound->op != VSS_OP_IN || !bound->set_count) continue;
    bound->set = (const VssValue *)(const void *)(cursor->distances.data + bound->rhs.integer);
  }
}

int vss_search_add_checks(VssCursor *cursor, const char *program, int argc, sqlite3_value **argv) {
  VssTable *table = vss_cursor_table(cursor);
  int rc = SQLITE_OK;
  cursor->checks = sqlite3_malloc64((sqlite3_uint64)(argc > 0 ? argc : 1) * sizeof *cursor->checks);
  if (!cursor->checks) return SQLITE_NOMEM;
  for (int i = 0; i < argc && rc == SQLITE_OK; i++) {
    VssStep step;
    program = vss_plan_next(program, &step);
    int check = step.kind == 'c';
    if (step.kind == 'f' && !step.is_set && step.op != 'L' && step.op != 'G') {
      VssPredicate predicate = {.op = (VssOp)(step.op - 'a'),
                                .affinity = column_affinity(table, step.number)};
      check = !vss_filter_is_exact(&predicate);
    }
    if (!check) continue;
    rc = vss_check_prepare(table, &step, argv[i], &cursor->checks[cursor->n_checks]);
    if (rc == SQLITE_OK) cursor->n_checks++;
  }
  return rc;
}

static int apply_filter(VssCursor *cursor, VssSearch *search, const VssStep *step,
                        sqlite3_value *value) {
  VssTable *table = vss_cursor_table(cursor);
  int column = step->kind == 'i' ? -1 : step->number;
  int rc =
      column >= 0 ? vss_table_load_column(table, table->def.columns[column].number) : SQLITE_OK;
  if (rc == SQLITE_OK && !search->filtered) {
    rc = vss_error_sqlite_rc(vss_bitmap_copy(&search->slots, &table->map.live), SQLITE_OK);
    search->filtered = 1;
  }
  if (rc != SQLITE_OK) return rc;
  if (step->op == 'L' || step->op == 'G') return apply_pattern(table, step, value, &search->slots);

  VssPredicate predicate = {.op = (VssOp)(step->op - 'a'),
                            .affinity = column_affinity(table, column),
                            .collation = step->collation};
  ValueSet set = {{0}, {0}};
  sqlite3_value *converted = NULL;
  int code = VSS_OK;
  if (step->is_set) {
    /* Only rows that pass may count under k, and what kind of set it is cannot be told: see docs/sql.md. */
    predicate.as_is = search->k > 0;
    rc = read_set(value, &set);
    predicate.set = (const VssValue *)(void *)set.values.data;
    predicate.set_count = (uint32_t)(set.values.size_bytes / sizeof(VssValue));
  } else {
    code = borrow_rhs(value, &predicate, &converted);
  }
  if (rc == SQLITE_OK && code == VSS_OK) code = apply(table, column, &predicate, &search->slots);
  sqlite3_value_free(converted);
  vss_buffer_free(&set.values);
  vss_buffer_free(&set.texts);
  return rc != SQLITE_OK ? rc : vss_error_sqlite_rc(code, SQLITE_OK);
}

static int read_hint(sqlite3_value *value, sqlite3_int64 *out_hint) {
  sqlite3_int64 hint = sqlite3_value_int64(value);
  if (hint >= 0) *out_hint = hint;
  return SQLITE_OK;
}

int vss_search_carry_out(VssCursor *cursor, VssSearch *search, const VssStep *step,
                         sqlite3_value *value) {
  VssTable *table = vss_cursor_table(cursor);
  VssError err = {0};
  VssValue rhs;
  int code;
  switch (step->kind) {
    case 's':
    case 'r':
      search->vector = step->number;
      search->def = &table->def.vectors[step->number];
      return read_query(cursor, search, step->kind == 'r', value);
    case 'k': {
      sqlite3_int64 k;
      code = vss_vtab_read_k(value, &k, &err);
      if (code == VSS_OK && (search->k < 0 || k < search->k)) search->k = k;
      return vss_vtab_fail_with(table, code, NULL, &err);
    }
    case 'l': return read_hint(value, &search->limit);
    case 'o': return read_hint(value, &search->offset);
    case 'c': return SQLITE_OK; /* see vss_search_add_checks() */
    case 'd':
      if (step->is_set) return add_distance_set(cursor, search, value);
      code = borrow_numeric(value, &rhs);
      if (code == VSS_OK) code = add_bound(cursor, search, (VssOp)(step->op - 'a'), &rhs);
      return vss_error_sqlite_rc(code, SQLITE_OK);
    default: return apply_filter(cursor, search, step, value);
  }
}
