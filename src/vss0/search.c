/*
** The arguments of a search, step by step of its program:
**
**   step            becomes
**   s, r            the query, and k or a bound by the radius
**   k               k
**   l, o            hints
**   d               a bound on the distance (vss0/bounds.h)
**   f, i            a bitmap (vss0/filter_term.h); under k also a check, where it may hold too much
**   c               a check under k (vss0/check.h), otherwise nothing
**
** The program has s or r first and k second. So the metric and k are known when the terms are read,
** and each step is read once.
*/
#include "vss0/search.h"

#include <math.h>
#include <string.h>

#include "sqlite/error.h"
#include "vss0/ahead.h"
#include "vss0/check.h"
#include "vss0/filter_term.h"
#include "vss0/message.h"
#include "vss0/search_params.h"

/*
** SQLite's LIMIT takes whole REALs up to 2^63 for integers. This is a round number a little below
** that.
*/
#define MOST_REAL_K 9e18

/* No distance is beyond infinity: without a bound every row may pass. */
void vss_search_init(VssSearch *search) {
  *search = (VssSearch){.k = -1, .limit = -1, .max_key = INFINITY};
}

void vss_search_release(VssSearch *search) {
  vss_value_vector_release(&search->queries);
  vss_bitmap_free(&search->slots);
  vss_bounds_free(&search->bounds);
  for (int i = 0; i < search->n_checks; i++)
    sqlite3_finalize(search->checks[i]);
  vss_free(search->checks);
  memset(search, 0, sizeof *search);
}

/*
** k from an SQL value: text and whole reals are taken as SQLite's own LIMIT takes them. A core
** code.
*/
static int read_k(sqlite3_value *value, sqlite3_int64 *out_k, VssError *err) {
  sqlite3_int64 k;
  if (!vss_value_whole(value, MOST_REAL_K, &k)) {
    const char *text = (const char *)sqlite3_value_text(value);
    return vss_fail(err, VSS_INVALID, "k is %s, expected an integer of 0 or more",
                    text ? text : "NULL");
  }
  if (k < 0)
    return vss_fail(err, VSS_INVALID, "k is %lld, expected an integer of 0 or more", (long long)k);
  *out_k = k;
  return VSS_OK;
}

/* Add `distance <op> rhs`, and with it where the search may end. */
static int add_bound(VssSearch *search, VssOp op, const VssValue *rhs) {
  float key = vss_bounds_key(search->def->metric, op, rhs);
  if (key < search->max_key) search->max_key = key;
  return vss_bounds_add(&search->bounds, op, rhs);
}

/* As SQLite compares it with the REAL column `distance`: text that looks like a number is one. */
static int borrow_numeric(sqlite3_value *value, VssValue *out_value) {
  sqlite3_value_numeric_type(value);
  return vss_value_borrow(value, out_value);
}

/* The radius of a range search, which becomes a bound on the distance. A core code. */
static int read_radius(VssSearch *search, sqlite3_value *value, VssError *err) {
  VssValue radius;
  int code = borrow_numeric(value, &radius);
  if (code != VSS_OK) return code;
  int numeric = radius.type == VSS_INTEGER || radius.type == VSS_REAL;
  double real = radius.type == VSS_INTEGER ? (double)radius.integer : radius.real;
  /* An inner product may be negative, and rows within the "radius" are those above it. */
  int descending = vss_metric_descending(search->def->metric);
  if (!numeric || (real < 0 && !descending)) {
    const char *text = (const char *)sqlite3_value_text(value);
    return vss_fail(err, VSS_INVALID, "radius is %s, expected a number%s", text ? text : "NULL",
                    descending ? "" : " of 0 or more");
  }
  return add_bound(search, descending ? VSS_OP_GT : VSS_OP_LT, &radius);
}

/*
** The query, with those that vss_ahead() put behind it. Only a BLOB that is longer than any vector
** of the column may be such a hint. A core code.
*/
static int read_vector(VssSearch *search, sqlite3_value *value, VssError *err) {
  int dim = search->def->dim;
  uint64_t hint_bytes = VSS_AHEAD_TAG_BYTES + vss_vector_bytes(search->def);
  if (sqlite3_value_type(value) == SQLITE_BLOB &&
      (uint64_t)sqlite3_value_bytes(value) >= hint_bytes) {
    int code = vss_ahead_read(value, dim, &search->queries, &search->n_queries, err);
    if (code != VSS_OK || search->n_queries > 0) return code;
  }
  search->n_queries = 1;
  return vss_value_element_view(value, search->def->element, search->def->scale, (uint64_t)dim,
                                &search->queries, err);
}

/* The search term's right side: a vector, or a vector with k or a radius by pointer. */
static int read_query(VssTable *table, VssSearch *search, int range, sqlite3_value *value) {
  VssError err = {0};
  VssSearchParams *params =
      sqlite3_value_pointer(value, range ? VSS_RANGE_POINTER : VSS_PARAMS_POINTER);
  int code = VSS_OK;
  /* The other function's parameters would look like NULL, and "got NULL" would not help anybody. */
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
  if (code == VSS_OK) code = read_vector(search, params ? params->vector : value, &err);
  if (code == VSS_OK && range) {
    code = read_radius(search, params->bound, &err);
  } else if (code == VSS_OK && params) {
    code = read_k(params->bound, &search->k, &err);
  }
  /* The message names the column: "vss0 t.e: vector has 3 components, expected 4". */
  return vss_vtab_fail_with(table, code, search->def->name, &err);
}

/* `k = ?`. Where vss_search_params() has one too, the smaller one counts. */
static int add_k(VssTable *table, VssSearch *search, sqlite3_value *value) {
  VssError err = {0};
  sqlite3_int64 k;
  int code = read_k(value, &k, &err);
  if (code == VSS_OK && (search->k < 0 || k < search->k)) search->k = k;
  return vss_vtab_fail_with(table, code, NULL, &err);
}

/* A negative LIMIT means none, and a negative OFFSET means 0: what is there stays. */
static void read_hint(sqlite3_value *value, sqlite3_int64 *out_hint) {
  sqlite3_int64 hint = sqlite3_value_int64(value);
  if (hint >= 0) *out_hint = hint;
}

/* Add the term of a step to what is asked of SQLite for each candidate. */
static int add_check(VssTable *table, VssSearch *search, const VssStep *step,
                     sqlite3_value *value) {
  sqlite3_stmt **checks =
      vss_realloc(search->checks, ((uint64_t)search->n_checks + 1) * sizeof *checks);
  if (!checks) return SQLITE_NOMEM;
  search->checks = checks;
  int rc = vss_check_prepare(table, step, value, &checks[search->n_checks]);
  if (rc == SQLITE_OK) search->n_checks++;
  return rc;
}

/* A term on a filter column or the rowid. */
static int add_filter(VssTable *table, VssSearch *search, const VssStep *step,
                      sqlite3_value *value) {
  /* The first filter starts from the slots that have a row. */
  if (!search->filtered) {
    int code = vss_bitmap_copy(&search->slots, &table->resident.map.live);
    if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
    search->filtered = 1;
  }
  /*
  ** Only rows that pass may count under k, and SQLite does not say what kind of set an IN has: see
  ** docs/sql.md.
  */
  int has_k = search->k > 0;
  VssTerm term;
  int rc = vss_term_open(table, step, value, has_k, &term);
  if (rc == SQLITE_OK) rc = vss_term_apply(&term, &search->slots);
  if (rc == SQLITE_OK && has_k && !vss_term_is_exact(&term))
    rc = add_check(table, search, step, value);
  vss_term_close(&term);
  return rc;
}

/* A term on the distance. */
static int add_distance(VssSearch *search, const VssStep *step, sqlite3_value *value) {
  if (vss_op_info(step->op)->right == VSS_RIGHT_SET)
    return vss_bounds_add_set(&search->bounds, value);
  VssValue rhs;
  int code = borrow_numeric(value, &rhs);
  if (code == VSS_OK) code = add_bound(search, step->op, &rhs);
  return vss_error_sqlite_rc(code, SQLITE_OK);
}

int vss_search_read(VssTable *table, VssSearch *search, const VssStep *step, sqlite3_value *value) {
  switch (step->kind) {
    case 's':
    case 'r':
      search->vector = step->number;
      search->def = &table->def.vectors[step->number];
      return read_query(table, search, step->kind == 'r', value);
    case 'k': return add_k(table, search, value);
    case 'l': read_hint(value, &search->limit); return SQLITE_OK;
    case 'o': read_hint(value, &search->offset); return SQLITE_OK;
    case 'd': return add_distance(search, step, value);
    /* Without k SQLite checks by itself. */
    case 'c': return search->k > 0 ? add_check(table, search, step, value) : SQLITE_OK;
    default: return add_filter(table, search, step, value);
  }
}

int vss_search_keep(VssSearch *search) {
  VssVectorView *queries = &search->queries;
  if (queries->owned.data) return VSS_OK;
  uint64_t size_bytes = queries->dim * sizeof(float);
  float *copy = vss_malloc(size_bytes);
  if (!copy) return VSS_NOMEM;
  memcpy(copy, queries->data, (size_t)size_bytes);
  queries->owned = (VssFloats){copy, queries->dim};
  queries->data = copy;
  return VSS_OK;
}

int vss_search_passes(const VssSearch *search, const VssHit *hit, int *out_pass) {
  int code = vss_bounds_test(&search->bounds, hit->distance, out_pass);
  if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
  for (int i = 0; i < search->n_checks && *out_pass; i++) {
    int rc = vss_check_test(search->checks[i], hit->rowid, (double)hit->distance, out_pass);
    if (rc != SQLITE_OK) return rc;
  }
  return SQLITE_OK;
}
