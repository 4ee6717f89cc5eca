/*
** From a step of the plan and its argument to a bitmap: vss0/filter_term.h.
**
**   right side    read as                                     then
**   a value       rhs, with its text or its number beside     compared
**   a set         copies of its members                       looked up
**   a pattern     a statement `select ?1 like ?2`             asked once per distinct value
**
** The right side belongs to SQLite, and is borrowed while the bitmap is made. Only the members of a
** set are copied, because SQLite shows them one at a time.
*/
#include "vss0/filter_term.h"

#include <stdlib.h>
#include <string.h>

#include "sqlite/error.h"

/* VssPredicate.test: does the value match the pattern? */
static int test_pattern(void *context, const VssValue *value, int *out_pass) {
  VssTerm *term = context;
  int rc = vss_value_bind(term->pattern, 1, value);
  int pass = 0;
  if (rc == SQLITE_OK && sqlite3_step(term->pattern) == SQLITE_ROW)
    pass = sqlite3_column_int(term->pattern, 0) != 0;
  if (rc == SQLITE_OK) rc = sqlite3_reset(term->pattern);
  if (rc != SQLITE_OK) {
    term->pattern_rc = rc;
    return VSS_DATABASE;
  }
  *out_pass = pass;
  return VSS_OK;
}

/*
** LIKE and GLOB are SQLite's own functions, or the connection's: so they mean here what they mean
** in any other query. The statement is prepared once per term. An SQLite code.
*/
static int open_pattern(VssTerm *term, sqlite3_value *pattern) {
  char *sql = sqlite3_mprintf("select ?1 %s ?2", vss_op_info(term->predicate.op)->sql);
  int rc = sql ? sqlite3_prepare_v2(term->table->db, sql, -1, &term->pattern, NULL) : SQLITE_NOMEM;
  sqlite3_free(sql);
  if (rc == SQLITE_OK) rc = sqlite3_bind_value(term->pattern, 2, pattern);
  term->predicate.test = test_pattern;
  term->predicate.context = term;
  return rc;
}

/* The set of an IN. An SQLite code. */
static int open_set(VssTerm *term, sqlite3_value *in) {
  int rc = vss_value_set_read(&term->set, in);
  if (rc != SQLITE_OK) return rc;
  term->predicate.set = vss_value_set_members(&term->set);
  term->predicate.set_count = vss_value_set_count(&term->set);
  return SQLITE_OK;
}

/*
** Read the right side of a comparison, with what the other affinity would make of it: the text of a
** REAL, the number of a TEXT, each in SQLite's own conversion. A core code.
*/
static int read_rhs(VssTerm *term, sqlite3_value *value) {
  VssPredicate *predicate = &term->predicate;
  int code = vss_value_borrow(value, &predicate->rhs);
  if (code != VSS_OK || (predicate->rhs.type != VSS_REAL && predicate->rhs.type != VSS_TEXT))
    return code;
  /* A conversion changes the value in place. */
  term->converted = sqlite3_value_dup(value);
  if (!term->converted) return VSS_NOMEM;
  if (predicate->rhs.type == VSS_TEXT) {
    sqlite3_value_numeric_type(term->converted);
    return vss_value_borrow(term->converted, &predicate->rhs_number);
  }
  predicate->rhs_text.type = VSS_TEXT;
  predicate->rhs_text.bytes = sqlite3_value_text(term->converted);
  predicate->rhs_text.size_bytes = (uint32_t)sqlite3_value_bytes(term->converted);
  return predicate->rhs_text.bytes ? VSS_OK : VSS_NOMEM;
}

/* ---- rows by their text key ---- */

/*
** Whether the index of the keys has the answer. It compares text with text and bytes with bytes. A
** number is not looked up: where it comes from a column of numbers, SQLite compares it with the
** numbers that the keys look like, and it does not say where an argument comes from. A text cannot
** come from such a column and look like a number. Of UTF-16, two texts that are not valid may be
** one here.
*/
static int can_look_up(const VssTerm *term) {
  const VssTableDef *def = &term->table->def;
  const VssPredicate *predicate = &term->predicate;
  if (term->table->utf16 || !vss_has_text_id(def) || &def->filters[term->filter] != def->id ||
      vss_args_collation(def->id->collation) != (int)predicate->collation)
    return 0;
  if (predicate->op == VSS_OP_EQ)
    return predicate->rhs.type != VSS_INTEGER && predicate->rhs.type != VSS_REAL;
  if (predicate->op != VSS_OP_IN) return 0;
  for (uint32_t i = 0; i < predicate->set_count; i++) {
    if (predicate->set[i].type == VSS_INTEGER || predicate->set[i].type == VSS_REAL) return 0;
  }
  return 1;
}

static int compare_rowids(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

/* Nothing is equal to NULL. Two members may be one key in the collation of the keys. */
static int look_up(VssTerm *term) {
  const VssPredicate *predicate = &term->predicate;
  int is_set = predicate->op == VSS_OP_IN;
  uint32_t n = is_set ? predicate->set_count : 1;
  for (uint32_t i = 0; i < n; i++) {
    const VssValue *key = is_set ? &predicate->set[i] : &predicate->rhs;
    int found;
    sqlite3_int64 found_rowid;
    if (key->type == VSS_NULL) continue;
    int rc = vss_store_find_borrowed_id(&term->table->store, key, &found, &found_rowid);
    if (rc != SQLITE_OK) return rc;
    int64_t rowid = found_rowid;
    if (found) vss_buffer_append(&term->rowids, &rowid, sizeof rowid);
  }
  int64_t *rowids = (int64_t *)(void *)term->rowids.data;
  uint32_t n_found = vss_term_count(term), kept = 0;
  if (n_found > 1) qsort(rowids, n_found, sizeof *rowids, compare_rowids);
  for (uint32_t i = 0; i < n_found; i++) {
    if (i == 0 || rowids[i] != rowids[kept - 1]) rowids[kept++] = rowids[i];
  }
  term->rowids.size_bytes = kept * sizeof *rowids;
  term->is_looked_up = 1;
  return vss_error_sqlite_rc(vss_buffer_status(&term->rowids), SQLITE_OK);
}

/* Leave of the bitmap what was looked up. */
static int apply_looked_up(const VssTerm *term, VssBitmap *slots) {
  VssBitmap found = {0};
  int code = vss_bitmap_resize(&found, slots->n_words);
  for (uint32_t i = 0; i < vss_term_count(term) && code == VSS_OK; i++) {
    uint32_t slot = vss_idmap_find(&term->table->resident.map, vss_term_rowids(term)[i]);
    if (slot != VSS_NONE && vss_bitmap_get(slots, slot)) code = vss_bitmap_set(&found, slot);
  }
  if (code != VSS_OK) {
    vss_bitmap_free(&found);
    return vss_error_sqlite_rc(code, SQLITE_OK);
  }
  vss_bitmap_free(slots);
  *slots = found;
  return SQLITE_OK;
}

static int test_looked_up(const VssTerm *term, int64_t rowid) {
  uint32_t n = vss_term_count(term);
  return n > 0 && bsearch(&rowid, vss_term_rowids(term), n, sizeof rowid, compare_rowids) != NULL;
}

/* ---- opening and asking ---- */

static int open_term(VssTable *table, const VssStep *step, sqlite3_value *value, int as_is,
                     VssTerm *out_term) {
  memset(out_term, 0, sizeof *out_term);
  out_term->table = table;
  out_term->filter = -1;
  VssRight right = vss_op_info(step->op)->right;
  out_term->predicate = (VssPredicate){.op = step->op,
                                       .collation = step->collation,
                                       .as_is = right == VSS_RIGHT_SET ? as_is : step->is_text,
                                       .affinity = VSS_AFF_INTEGER};
  if (step->kind != 'i') {
    out_term->filter = table->def.columns[step->number].number;
    out_term->predicate.affinity = table->def.filters[out_term->filter].affinity;
  }
  int rc;
  switch (right) {
    case VSS_RIGHT_PATTERN: rc = open_pattern(out_term, value); break;
    case VSS_RIGHT_SET: rc = open_set(out_term, value); break;
    default: rc = vss_error_sqlite_rc(read_rhs(out_term, value), SQLITE_OK);
  }
  if (rc == SQLITE_OK && out_term->filter >= 0 && can_look_up(out_term)) rc = look_up(out_term);
  return rc;
}

int vss_term_open(VssTable *table, const VssStep *step, sqlite3_value *value, int as_is,
                  VssTerm *out_term) {
  int rc = open_term(table, step, value, as_is, out_term);
  if (rc != SQLITE_OK || out_term->filter < 0 || out_term->is_looked_up) return rc;
  return vss_table_load_column(table, out_term->filter);
}

int vss_term_open_stored(VssTable *table, const VssStep *step, sqlite3_value *value,
                         VssTerm *out_term) {
  return open_term(table, step, value, 0, out_term);
}

void vss_term_close(VssTerm *term) {
  sqlite3_finalize(term->pattern);
  vss_value_set_free(&term->set);
  sqlite3_value_free(term->converted);
  vss_buffer_free(&term->rowids);
  memset(term, 0, sizeof *term);
}

/* A rowid is an integer, and no collation matters to it. */
int vss_term_is_exact(const VssTerm *term) {
  const VssPredicate *predicate = &term->predicate;
  if (term->filter < 0 || term->is_looked_up) return 1;
  return vss_filter_is_exact(predicate->op, predicate->affinity, predicate->as_is);
}

/* The rowid's values are the slot map. */
int vss_term_apply(VssTerm *term, VssBitmap *slots) {
  const VssIdmap *map = &term->table->resident.map;
  if (term->is_looked_up) return apply_looked_up(term, slots);
  /* In two statements: C does not say in which order it reads pattern_rc and makes the call. */
  int code = term->filter < 0
                 ? vss_filter_apply_rowids(map->rowids, map->n_slots, &term->predicate, slots)
                 : vss_filter_apply(term->table->columns[term->filter], &term->predicate, slots);
  return vss_error_sqlite_rc(code, term->pattern_rc);
}

int vss_term_test(VssTerm *term, uint32_t slot, int *out_pass) {
  VssValue value = {.type = VSS_INTEGER};
  if (term->is_looked_up) {
    *out_pass = test_looked_up(term, term->table->resident.map.rowids[slot]);
    return SQLITE_OK;
  }
  if (term->filter < 0) {
    value.integer = term->table->resident.map.rowids[slot];
  } else {
    vss_column_get(term->table->columns[term->filter], slot, &value);
  }
  return vss_term_test_value(term, &value, out_pass);
}

int vss_term_test_value(VssTerm *term, const VssValue *value, int *out_pass) {
  int code = vss_filter_test(value, &term->predicate, out_pass);
  return vss_error_sqlite_rc(code, term->pattern_rc);
}

int vss_term_names_row(const VssTerm *term) {
  return term->predicate.op == VSS_OP_EQ && (term->filter < 0 || term->is_looked_up);
}

/* Of the rowid, the number that INTEGER affinity makes of the right side, if it makes one. */
int vss_term_rowid(const VssTerm *term, sqlite3_int64 *out_rowid) {
  if (term->is_looked_up) {
    if (vss_term_count(term) == 0) return 0;
    *out_rowid = vss_term_rowids(term)[0];
    return 1;
  }
  const VssPredicate *predicate = &term->predicate;
  const VssValue *rhs = predicate->rhs.type == VSS_TEXT ? &predicate->rhs_number : &predicate->rhs;
  /* A REAL below 2^63 converts to an integer; whether that is equal, the filter says. */
  int is_real = rhs->type == VSS_REAL && rhs->real >= -9223372036854775808.0 &&
                rhs->real < 9223372036854775808.0;
  if (rhs->type != VSS_INTEGER && !is_real) return 0;
  VssValue value = {.type = VSS_INTEGER, .integer = is_real ? (int64_t)rhs->real : rhs->integer};
  int pass = 0;
  *out_rowid = value.integer;
  return vss_filter_test(&value, predicate, &pass) == VSS_OK && pass;
}
