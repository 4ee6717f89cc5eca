/*
** A search as a FROM item and a condition, for both sides: core.h.
*/
#include "core.h"

#include <stdio.h>
#include <string.h>

const char *const metric_order[2] = {"v.distance, v.rowid", "v.distance desc, v.rowid"};
const char *const metric_nearest[2] = {"v.distance", "v.distance desc"};

void query_plain_source(Case *c, sqlite3_str *out, int column, const char *query_text) {
  sqlite3_str_appendall(out, "(select id as rowid, id as _rowid_, id as oid, ");
  schema_names(c, out, "");
  if (column < 0) {
    sqlite3_str_appendall(out, ", null as distance from p) as v");
    return;
  }
  const Column *vector = &c->columns[column];
  char *distance = column_distance(vector, vector->ref, query_text);
  sqlite3_str_appendf(out,
                      ", cast(case when %s is not null then %s end as real) as distance from p "
                      "where %s is not null) as v",
                      vector->ref, distance, vector->ref);
  sqlite3_free(distance);
}

/*
** One time in five the last query again, so that searches with equal queries meet; not one that is
** written as its column stores it, whose bytes are no float32 vector for another column.
*/
char *core_vector(Case *c, Step *step, const Column *column) {
  static float vector[MAX_DIM];
  static unsigned char bytes[sizeof vector];
  int is_float = c->query.bytes == (const void *)vector;
  if (!is_float || c->query.size_bytes != column->dim * 4 || !rng_chance(&c->rng, 20)) {
    column_vector(&c->rng, column, vector);
    c->query = (Value){SQLITE_BLOB, 0, 0, vector, column->dim * 4};
    if (rng_chance(&c->rng, 25)) c->query = column_stored(column, vector, bytes);
  }
  sqlite3_str *text = sqlite3_str_new(NULL);
  step_value(c, step, text, &c->query);
  return sqlite3_str_finish(text);
}

void core_add_terms(Case *c, Step *step, TermKind kind, int vector, int most) {
  int n = rng_below(&c->rng, most + 1);
  for (int i = 0; i < n && step->n_terms < MAX_TERMS; i++)
    step->terms[step->n_terms++] = where_term(c, step, kind, vector);
}

/*
** The query in one of the forms of a vector. A raw BLOB is the most frequent one. Functions of
** vectors do not take a BLOB as the column stores it.
*/
static void query_text(Case *c, const Core *core, sqlite3_str *out) {
  static const char *const forms[] = {
      "%s", "%s", "%s", "%s", "vector_from_raw(%s)", "vector_to_json(%s)", "vector_to_blob(%s)"};
  const char *form = PICK(&c->rng, forms);
  int is_float = c->query.size_bytes == 4 * core->column->dim;
  sqlite3_str_appendf(out, is_float ? form : "%s", core->query);
}

/* Mostly few rows; at times none, more than one block of 64, or more than there are. */
static int random_k(Case *c) {
  int n = rng_below(&c->rng, 100);
  if (n < 4) return 0;
  if (n < 80) return rng_between(&c->rng, 1, 12);
  if (n < 95) return rng_between(&c->rng, 10, 70);
  return 100000;
}

/* The radius of a range search: exactly the distance of some row, or a little more. */
static double random_radius(Case *c, const Column *column) {
  char *distance = column_distance(column, column->ref, "?1");
  char *sql =
      sqlite3_mprintf("select %s from p where id >= %d and %s is not null order by id limit 1",
                      distance, rng_between(&c->rng, 0, c->max_rowid), column->ref);
  double radius = case_ask_real(c, sql, &c->query, 2.0);
  sqlite3_free(distance);
  sqlite3_free(sql);
  if (radius < 0 && column->metric != VSS_METRIC_INNER_PRODUCT) radius = 0;
  return rng_chance(&c->rng, 50) ? radius : radius * 1.2;
}

/* A search that leaves the number of rows to LIMIT. Plain SQLite has no term for it. */
static void core_open(Case *c, Step *step, Core *core, sqlite3_str *ask, sqlite3_str *bound) {
  sqlite3_str_appendf(ask, rng_chance(&c->rng, 75) ? "vss_search(v.%s, " : "v.%s match ",
                      core->column->ref);
  int is_match = sqlite3_str_value(ask)[1] == '.';
  query_text(c, core, ask);
  if (!is_match) sqlite3_str_appendall(ask, ")");
  sqlite3_str_appendall(bound, "1");
  (void)step;
}

/* A range search. Plain SQLite compares the distance with the radius. */
static void core_range(Case *c, Step *step, Core *core, sqlite3_str *ask, sqlite3_str *bound) {
  Value radius = {SQLITE_FLOAT, 0, random_radius(c, core->column), NULL, 0};
  sqlite3_str_appendf(ask, "vss_range_search(v.%s, vss_range_search_params(", core->column->ref);
  query_text(c, core, ask);
  sqlite3_str_appendall(ask, ", ");
  sqlite3_str *text = sqlite3_str_new(NULL);
  step_value(c, step, text, &radius);
  char *value = sqlite3_str_finish(text);
  sqlite3_str_appendf(ask, "%s))", value);
  sqlite3_str_appendf(bound, "v.distance %s %s",
                      vss_metric_descending(core->column->metric) ? ">" : "<", value);
  sqlite3_free(value);
}

/* A search that has k inside. Plain SQLite has it in the subquery that core_make() writes. */
static void core_limited(Case *c, Core *core, sqlite3_str *ask, int k) {
  if (rng_chance(&c->rng, 50)) {
    sqlite3_str_appendf(ask, "vss_search(v.%s, vss_search_params(", core->column->ref);
    query_text(c, core, ask);
    sqlite3_str_appendf(ask, ", %d))", k);
  } else {
    sqlite3_str_appendf(ask, "v.%s match ", core->column->ref);
    query_text(c, core, ask);
    sqlite3_str_appendf(ask, " and v.k = %d", k);
  }
}

void core_make(Case *c, Step *step, Core *core, int with_terms, int limited) {
  memset(core, 0, sizeof *core);
  core->column = schema_vector(c);
  int column = (int)(core->column - c->columns);
  int descending = vss_metric_descending(core->column->metric);
  core->order = metric_order[descending];
  core->nearest = metric_nearest[descending];
  core->limited = limited >= 0 ? limited : rng_chance(&c->rng, 25);
  core->query = core_vector(c, step, core->column);
  sqlite3_str *ask = sqlite3_str_new(NULL), *bound = sqlite3_str_new(NULL),
              *source = sqlite3_str_new(NULL);
  int k = random_k(c);
  if (core->limited)
    core_limited(c, core, ask, k);
  else if (rng_chance(&c->rng, 15))
    core_range(c, step, core, ask, bound);
  else
    core_open(c, step, core, ask, bound);
  if (with_terms) core_add_terms(c, step, core->limited ? TERM_PUSHED : TERM_ANY, column, 4);
  char *ask_text = sqlite3_str_finish(ask), *bound_text = sqlite3_str_finish(bound);
  const char *terms = with_terms ? "\1" : "";
  core->from[VSS] = sqlite3_mprintf("%s as v", c->vtab);
  core->where[VSS] = rng_chance(&c->rng, 80) || !with_terms
                         ? sqlite3_mprintf("%s%s", ask_text, terms)
                         : sqlite3_mprintf("1%s and %s", terms, ask_text);
  query_plain_source(c, source, column, core->query);
  char *source_text = sqlite3_str_finish(source);
  if (core->limited) {
    core->from[PLAIN] = sqlite3_mprintf("(select * from %s where 1%s order by %s limit %d) as v",
                                        source_text, terms, core->order, k);
    core->where[PLAIN] = sqlite3_mprintf("1");
  } else {
    core->from[PLAIN] = sqlite3_mprintf("%s", source_text);
    core->where[PLAIN] = sqlite3_mprintf("%s%s", bound_text, terms);
  }
  sqlite3_free(ask_text);
  sqlite3_free(bound_text);
  sqlite3_free(source_text);
}

void core_free(Core *core) {
  sqlite3_free(core->query);
  for (int side = 0; side < SIDES; side++) {
    sqlite3_free(core->from[side]);
    sqlite3_free(core->where[side]);
  }
}
