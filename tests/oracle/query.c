/*
** Random questions. Each shape is a text around a core (core.h), written for v and for p. A shape
** may ask vss0 in any way whose answer is defined; the plain text spells out the order that vss0
** has by nature.
*/
#include "core.h"

#include <stdio.h>
#include <string.h>

/* --- parts of a statement --------------------------------------------------------------------- */

/* The columns of a result. The rowid is always there, so that a wrong row is seen. */
char *query_columns(Case *c, int with_distance) {
  sqlite3_str *out = sqlite3_str_new(NULL);
  sqlite3_str_appendall(out, with_distance ? "v.rowid, v.distance" : "v.rowid");
  int n = rng_below(&c->rng, 4);
  for (int i = 0; i < n && c->n_filters; i++) {
    const char *ref = schema_filter(c)->ref;
    sqlite3_str_appendf(out, rng_chance(&c->rng, 85) ? ", v.%s" : ", typeof(v.%s)", ref);
  }
  if (rng_chance(&c->rng, 12)) sqlite3_str_appendf(out, ", v.%s", schema_vector(c)->ref);
  if (rng_chance(&c->rng, 3)) {
    sqlite3_str_appendall(out, ", ");
    schema_names(c, out, "v.");
  }
  return sqlite3_str_finish(out);
}

static char *random_limit(Case *c, Step *step) {
  sqlite3_str *out = sqlite3_str_new(NULL);
  int n = rng_below(&c->rng, 100);
  int k = rng_chance(&c->rng, 85) ? rng_between(&c->rng, 1, 15) : rng_between(&c->rng, 10, 80);
  if (n < 12) {
    /* no LIMIT */
  } else if (n < 60) {
    sqlite3_str_appendf(out, " limit %d", k);
  } else if (n < 70) {
    Value v = {SQLITE_INTEGER, k, 0, NULL, 0};
    sqlite3_str_appendall(out, " limit ");
    step_value(c, step, out, &v);
  } else if (n < 88) {
    sqlite3_str_appendf(out, " limit %d offset %d", k, rng_below(&c->rng, 20));
  } else if (n < 91) {
    sqlite3_str_appendf(out, " limit %d, %d", rng_below(&c->rng, 5), k);
  } else if (n < 94) {
    sqlite3_str_appendall(out, " limit 0");
  } else if (n < 96) {
    sqlite3_str_appendall(out, " limit -1");
  } else if (n < 97) {
    sqlite3_str_appendf(out, " limit -1 offset %d", rng_below(&c->rng, 9));
  } else {
    sqlite3_str_appendf(out, " limit (select count(*) from o) / 2 + %d", k);
  }
  char *text = sqlite3_str_finish(out);
  return text ? text : sqlite3_mprintf("");
}

/* The ORDER BY of both sides: vss0 may do without one where plain SQLite has to spell it out. */
static void random_order(Case *c, const Core *core, char *out[SIDES]) {
  int n = rng_below(&c->rng, 100);
  const char *other = NULL;
  const char *ref = c->n_filters ? schema_filter(c)->ref : "rowid";
  char text[120];
  if (n >= 72) {
    static const char *const forms[] = {"v.%s, %s", "v.%s desc, %s", "v.%s collate nocase, %s",
                                        "v.%s is null, %s", "length(v.%s), %s"};
    if (n < 90) {
      snprintf(text, sizeof text, PICK(&c->rng, forms), ref, core->order);
    } else {
      static const char *const fixed[] = {"v.rowid",
                                          "v.rowid desc",
                                          "v.distance desc, v.rowid",
                                          "v.distance, v.rowid desc",
                                          "v.distance, v.rowid",
                                          "v.distance + 0, v.rowid",
                                          "abs(v.rowid - 10), v.rowid"};
      snprintf(text, sizeof text, "%s", PICK(&c->rng, fixed));
    }
    other = text;
  }
  if (other) {
    out[VSS] = sqlite3_mprintf(" order by %s", other);
    out[PLAIN] = sqlite3_mprintf(" order by %s", other);
    return;
  }
  if (n < 35)
    out[VSS] = sqlite3_mprintf("");
  else
    out[VSS] = sqlite3_mprintf(" order by %s", n < 55 ? core->nearest : core->order);
  out[PLAIN] = sqlite3_mprintf(" order by %s", core->order);
}

/*
** A term that SQLite checks after k was applied. Only there does a rest term differ from a pushed
** one.
*/
static char *random_rest(Case *c, Step *step, const Core *core) {
  if (!core->limited || !rng_chance(&c->rng, 25)) return sqlite3_mprintf("");
  char *term = where_term(c, step, TERM_REST, -1);
  char *text = sqlite3_mprintf(" and %s", term);
  sqlite3_free(term);
  return text;
}

/* Takes over both texts. */
void query_finish(Step *step, char *vss, char *plain) {
  sqlite3_str *texts[SIDES] = {sqlite3_str_new(NULL), sqlite3_str_new(NULL)};
  sqlite3_str_appendall(texts[VSS], vss);
  sqlite3_str_appendall(texts[PLAIN], plain);
  sqlite3_free(vss);
  sqlite3_free(plain);
  step_finish(step, texts[VSS], texts[PLAIN]);
}

/* --- shapes ----------------------------------------------------------------------------------- */

/* One search and nothing else. */
static void shape_simple(Case *c, Step *step) {
  Core core;
  core_make(c, step, &core, 1, -1);
  char *columns = query_columns(c, 1), *limit = random_limit(c, step),
       *rest = random_rest(c, step, &core);
  char *order[SIDES], *text[SIDES];
  random_order(c, &core, order);
  for (int side = 0; side < SIDES; side++)
    text[side] = sqlite3_mprintf("select %s from %s where %s%s%s%s", columns, core.from[side],
                                 core.where[side], rest, order[side], limit);
  query_finish(step, text[VSS], text[PLAIN]);
  sqlite3_free(columns);
  sqlite3_free(limit);
  sqlite3_free(rest);
  sqlite3_free(order[VSS]);
  sqlite3_free(order[PLAIN]);
  core_free(&core);
}

/* A join that gives each row of v at most one partner, so that the order of the search stays. */
static void shape_join(Case *c, Step *step) {
  Core core;
  core_make(c, step, &core, 1, -1);
  char *columns = query_columns(c, 1), *limit = random_limit(c, step);
  char *order[SIDES], *text[SIDES];
  random_order(c, &core, order);
  static const char *const extras[] = {"",
                                       "",
                                       " and o.n > 3",
                                       " and o.y = 'a'",
                                       " and o.y like 'w%%'",
                                       " and o.x is not null",
                                       " and o.n in (1, 2, 3, 4)",
                                       " and (o.n > 5 or v.rowid < 4)",
                                       " and o.n <> v.rowid",
                                       " and o.y >= 'M'"};
  const char *extra = PICK(&c->rng, extras);
  int form = rng_below(&c->rng, 7);
  for (int side = 0; side < SIDES; side++) {
    const char *from = core.from[side];
    char *joined =
        form == 0   ? sqlite3_mprintf("%s join o on o.id = v.rowid", from)
        : form == 1 ? sqlite3_mprintf("o join %s on o.id = v.rowid", from)
        : form == 2 ? sqlite3_mprintf("%s, o", from)
        : form == 3 ? sqlite3_mprintf("o, %s", from)
        : form == 4 ? sqlite3_mprintf("%s left join o on o.id = v.rowid and o.n > 2", from)
        : form == 5 ? sqlite3_mprintf("o inner join %s on v.rowid = o.id and o.n < 9", from)
                    : sqlite3_mprintf("%s left join o on o.id = v.rowid", from);
    const char *on = form == 2 ? " and v.rowid = o.id" : form == 3 ? " and o.id = v.rowid" : "";
    text[side] = sqlite3_mprintf("select %s, o.id, o.y from %s where %s%s%s%s%s", columns, joined,
                                 core.where[side], on, extra, order[side], limit);
    sqlite3_free(joined);
  }
  query_finish(step, text[VSS], text[PLAIN]);
  sqlite3_free(columns);
  sqlite3_free(limit);
  sqlite3_free(order[VSS]);
  sqlite3_free(order[PLAIN]);
  core_free(&core);
}

/* A join that gives each row any number of partners, so that the order has to be spelt out. */
static void shape_join_many(Case *c, Step *step) {
  Core core;
  core_make(c, step, &core, 1, 0);
  char *limit = random_limit(c, step);
  char *text[SIDES];
  const char *ref = c->n_filters ? schema_filter(c)->ref : "rowid";
  static const char *const kinds[] = {
      "%s join o on o.x = v.%s", "o join %s on v.%s = o.x", "%s left join o on o.y = v.%s",
      "%s cross join o on o.x < v.%s", "o cross join %s on o.n = v.%s"};
  int form = rng_below(&c->rng, 5);
  for (int side = 0; side < SIDES; side++) {
    char *joined = sqlite3_mprintf(kinds[form], core.from[side], ref);
    text[side] = sqlite3_mprintf(
        "select v.rowid, v.distance, o.id, o.x from %s where %s order by %s, o.id%s", joined,
        core.where[side], core.order, limit);
    sqlite3_free(joined);
  }
  query_finish(step, text[VSS], text[PLAIN]);
  sqlite3_free(limit);
  core_free(&core);
}

/* A search in a CTE, which the outer query joins, filters or groups. */
static void shape_wrapped(Case *c, Step *step) {
  static const char *const outers[] = {
      "select r, d, x from s where x is not null order by d, r",
      "select s.r, s.d, o.y from s join o on o.id = s.r order by s.d, s.r",
      "select s.r, s.d, o.y from o join s on o.id = s.r where o.n > 2 order by s.d, s.r",
      "select count(*), min(d), max(d), total(r) from s",
      "select count(*), max(r), min(d) from s group by x order by 2",
      "select s.r from s left join o on o.x = s.x group by s.r having count(*) > 0 order by 1",
      "select a.r, b.r from s as a join s as b on a.r < b.r order by 1, 2 limit 30",
      "select r, row_number() over (order by d, r), rank() over (order by d), sum(r) over (order "
      "by d, r) from s order by d, r",
      "select r, d from s where r not in (select id from o) order by d desc, r limit 5",
      "select id, y from o where id in (select r from s) order by id",
      "select id from o where not exists (select 1 from s where s.r = o.id) order by id",
      "select count(*) from (select distinct x from s)",
      "select group_concat(r) from (select r from s order by d, r)",
      "select r from s union select id from o order by 1",
      "select r from s intersect select id from o order by 1",
      "select id from o except select r from s order by 1",
      "select r, lag(d) over w, lead(r, 1, -1) over w from s window w as (order by d, r) order by "
      "d, r",
      "select r, ntile(3) over (order by d, r), first_value(r) over (partition by typeof(x) order "
      "by d, r) from s order by r",
      "select r, d from s order by d, r limit 3 offset 2"};
  Core core;
  core_make(c, step, &core, 1, -1);
  char *limit = random_limit(c, step);
  if (core.limited && !limit[0]) {
    /*
    ** Without LIMIT, SQLite may move terms of the outer query into the CTE, and k would count by
    ** them.
    */
    sqlite3_free(limit);
    limit = sqlite3_mprintf(" limit 1000000");
  }
  char *text[SIDES];
  const char *outer = PICK(&c->rng, outers);
  const char *ref = c->n_filters ? schema_filter(c)->ref : "rowid";
  /* With LIMIT and without ORDER BY, SQLite may move the outer ORDER BY into the CTE. */
  int natural = !limit[0] && rng_chance(&c->rng, 70);
  for (int side = 0; side < SIDES; side++) {
    char *order =
        side == VSS && natural ? sqlite3_mprintf("") : sqlite3_mprintf(" order by %s", core.order);
    text[side] = sqlite3_mprintf(
        "with s as (select v.rowid as r, v.distance as d, v.%s as x from %s where %s%s%s) %s", ref,
        core.from[side], core.where[side], order, limit, outer);
    sqlite3_free(order);
  }
  query_finish(step, text[VSS], text[PLAIN]);
  sqlite3_free(limit);
  core_free(&core);
}

/* Aggregates, DISTINCT and window functions directly over a search. */
static void shape_grouped(Case *c, Step *step) {
  static const char *const forms[] = {
      "select count(*), min(v.distance), max(v.distance), max(v.rowid) from %s where %s",
      "select count(*), min(v.distance), max(v.rowid) from %s where %s group by v.%s",
      "select count(*), total(v.rowid) from %s where %s group by v.%s having count(*) > 1 or "
      "max(v.rowid) < 9",
      "select count(distinct v.%s) from %s where %s",
      "select distinct quote(v.%s) from %s where %s",
      "select distinct v.rowid %% 3 from %s where %s",
      "select v.rowid, row_number() over (order by v.distance, v.rowid), count(*) over (partition "
      "by v.%s) from %s where %s",
      "select distinct v.distance from %s where %s",
      "select v.rowid, dense_rank() over (order by v.distance) from %s where %s",
      "select group_concat(v.rowid order by v.distance, v.rowid) from %s where %s",
      "select max(v.distance), v.rowid from %s where %s and v.rowid = (select min(id) from p)",
      "select distinct v.rowid, v.distance from %s where %s"};
  static const int ref_first[] = {0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0};
  static const int ref_last[] = {0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  Core core;
  core_make(c, step, &core, 1, -1);
  char *text[SIDES];
  const char *ref = c->n_filters ? schema_filter(c)->ref : "rowid";
  int form = rng_below(&c->rng, 12);
  /* The term of form 10 is pushed: k counts by it, and the plain subquery does not have it. */
  if (core.limited && form == 10) form = 0;
  for (int side = 0; side < SIDES; side++) {
    const char *from = core.from[side], *where = core.where[side];
    text[side] = ref_first[form]  ? sqlite3_mprintf(forms[form], ref, from, where)
                 : ref_last[form] ? sqlite3_mprintf(forms[form], from, where, ref)
                                  : sqlite3_mprintf(forms[form], from, where);
  }
  step->ordered = 0;
  query_finish(step, text[VSS], text[PLAIN]);
  core_free(&core);
}

/* Two searches joined by UNION, INTERSECT or EXCEPT. */
static void shape_compound(Case *c, Step *step) {
  static const char *const operators[] = {"union", "union all", "intersect", "except"};
  Core first, second;
  core_make(c, step, &first, 1, -1);
  core_make(c, step, &second, 0, -1);
  char *limits[2] = {random_limit(c, step), random_limit(c, step)};
  char *text[SIDES];
  const char *operator= PICK(&c->rng, operators);
  for (int side = 0; side < SIDES; side++)
    text[side] = sqlite3_mprintf(
        "select r, d from (select v.rowid as r, v.distance as d from %s where %s order by %s%s) %s "
        "select * from (select v.rowid, v.distance from %s where %s order by %s%s) order by 1, 2",
        first.from[side], first.where[side], first.order, limits[0], operator, second.from[side],
        second.where[side], second.order, limits[1]);
  query_finish(step, text[VSS], text[PLAIN]);
  sqlite3_free(limits[0]);
  sqlite3_free(limits[1]);
  core_free(&first);
  core_free(&second);
}

/* The distance of a row of p as v from a query in q, as SQL: sqlite3_free(). */
static char *distance_to(const Column *column, int number) {
  char row[24], query[24];
  snprintf(row, sizeof row, "v.%s", column->ref);
  snprintf(query, sizeof query, "q.vec%d", number);
  return column_distance(column, row, query);
}

/* A join that finds the k nearest rows of each query in q. */
static void shape_nearest_join(Case *c, Step *step) {
  int number = rng_below(&c->rng, c->n_vectors);
  const Column *column = &c->columns[c->vectors[number]];
  const char *order = metric_order[vss_metric_descending(column->metric)];
  int k = rng_between(&c->rng, 0, 8), form = rng_below(&c->rng, 4);
  core_add_terms(c, step, form < 2 ? TERM_PUSHED : TERM_ANY, -1, 3);
  char *ask = form == 0 ? sqlite3_mprintf("vss_search(v.%s, vss_search_params(q.vec%d, %d))",
                                          column->ref, number, k)
              : form == 1
                  ? sqlite3_mprintf("v.%s match q.vec%d and v.k = %d", column->ref, number, k)
                  : sqlite3_mprintf("vss_search(v.%s, q.vec%d)", column->ref, number);
  if (form > 1) k = 1000000000;
  const Column *link = schema_filter(c);
  int linkable =
      link && (form > 1 || (link->affinity != VSS_AFF_TEXT && link->affinity != VSS_AFF_BLOB));
  char *linked =
      linkable && rng_chance(&c->rng, 30)
          ? sqlite3_mprintf(" and v.%s %s q.x", link->ref, rng_chance(&c->rng, 50) ? "=" : "<=")
          : sqlite3_mprintf("");
  char *text[SIDES];
  text[VSS] = sqlite3_mprintf(
      form == 3
          ? "select q.id, v.rowid, v.distance from %s as v join q on %s\1%s order by q.id, %s"
          : "select q.id, v.rowid, v.distance from q join %s as v on %s\1%s order by q.id, %s",
      c->vtab, ask, linked, order);
  char *distance = distance_to(column, number);
  text[PLAIN] = sqlite3_mprintf(
      "select i, r, d from (select q.id as i, v.id as r, %s as d, row_number() over (partition by "
      "q.id order by %s%s, v.id) as n from q join p as v on v.%s is not null\1%s) where n <= %d "
      "order by i, n",
      distance, distance, vss_metric_descending(column->metric) ? " desc" : "", column->ref, linked,
      k);
  sqlite3_free(distance);
  query_finish(step, text[VSS], text[PLAIN]);
  sqlite3_free(ask);
  sqlite3_free(linked);
}

/* A search inside a correlated scalar subquery. */
static void shape_correlated(Case *c, Step *step) {
  int number = rng_below(&c->rng, c->n_vectors);
  const Column *column = &c->columns[c->vectors[number]];
  int descending = vss_metric_descending(column->metric), k = rng_between(&c->rng, 1, 6);
  core_add_terms(c, step, TERM_ANY, -1, 3);
  char *text[SIDES];
  text[VSS] = sqlite3_mprintf(
      "select q.id, (select group_concat(r) from (select v.rowid as r from %s as v where "
      "vss_search(v.%s, q.vec%d)\1 order by %s limit %d)) from q order by q.id",
      c->vtab, column->ref, number, metric_order[descending], k);
  char *distance = distance_to(column, number);
  text[PLAIN] = sqlite3_mprintf(
      "select q.id, (select group_concat(r) from (select v.id as r from p as v where v.%s is not "
      "null\1 order by %s%s, v.id limit %d)) from q order by q.id",
      column->ref, distance, descending ? " desc" : "", k);
  sqlite3_free(distance);
  query_finish(step, text[VSS], text[PLAIN]);
}

/* Two searches of the table joined by rowid. */
static void shape_self_join(Case *c, Step *step) {
  Core core;
  core_make(c, step, &core, 1, 0);
  const Column *column = schema_vector(c);
  char *second = core_vector(c, step, column);
  char *text[SIDES];
  text[VSS] =
      sqlite3_mprintf("select v.rowid, v.distance, w.distance from %s join %s as w on w.rowid = "
                      "v.rowid where %s and vss_search(w.%s, %s) order by %s limit 20",
                      core.from[VSS], c->vtab, core.where[VSS], column->ref, second, core.order);
  char *row = sqlite3_mprintf("w.%s", column->ref);
  char *distance = column_distance(column, row, second);
  text[PLAIN] =
      sqlite3_mprintf("select v.rowid, v.distance, %s from %s join p as w on w.id = v.rowid where "
                      "%s and w.%s is not null order by %s limit 20",
                      distance, core.from[PLAIN], core.where[PLAIN], column->ref, core.order);
  sqlite3_free(row);
  sqlite3_free(distance);
  query_finish(step, text[VSS], text[PLAIN]);
  sqlite3_free(second);
  core_free(&core);
}

/* A search saved as a view, and a query of the view. */
static int shape_view(Case *c) {
  static const char *const outers[] = {
      "select r, d, x from saved_%s where x is not null order by d, r",
      "select r, d from saved_%s where d > 1 and r > 3 order by d, r limit 5",
      "select count(*), max(r), min(d) from saved_%s",
      "select s.r, o.y from saved_%s as s join o on o.id = s.r order by s.d, s.r",
      "select id from o where id in (select r from saved_%s) order by id",
      "select s.r, o.id from o left join saved_%s as s on s.r = o.id order by o.id"};
  static const char *const sides[] = {"vss", "plain"};
  Step *views[SIDES] = {step_new(STEP_SETUP), step_new(STEP_SETUP)};
  Core core;
  c->literals = 1;
  core_make(c, views[PLAIN], &core, 1, -1);
  c->literals = 0;
  const char *ref = c->n_filters ? schema_filter(c)->ref : "rowid";
  int has_limit = core.limited || rng_chance(&c->rng, 50), failed = 0;
  int limit = core.limited ? 1000000 : rng_between(&c->rng, 1, 20);
  /*
  ** A view of the main schema sees tables of the main schema only. It may not use MATCH, because
  ** schemas are not trusted.
  */
  int in_temp =
      strcmp(c->schema, "main") || strstr(core.where[VSS], " match ") || rng_chance(&c->rng, 50);
  const char *temp = in_temp ? "temp " : "";
  for (int i = 0; i < views[PLAIN]->n_terms; i++)
    views[VSS]->terms[i] = sqlite3_mprintf("%s", views[PLAIN]->terms[i]);
  views[VSS]->n_terms = views[PLAIN]->n_terms;
  for (int side = 0; side < SIDES; side++) {
    char *tail = has_limit ? sqlite3_mprintf(" order by %s limit %d", core.order, limit)
                           : sqlite3_mprintf("");
    views[side]->sql[VSS] =
        sqlite3_mprintf("create %sview saved_%s as select v.rowid as r, v.distance as d, v.%s as x "
                        "from %s where %s%s",
                        temp, sides[side], ref, core.from[side], core.where[side], tail);
    sqlite3_free(tail);
  }
  core_free(&core);
  for (int side = 0; side < SIDES; side++) {
    if (failed)
      step_free(views[side]);
    else
      failed = case_run(c, views[side]);
  }
  if (failed) return 1;
  Step *step = step_new(STEP_COMPARE);
  const char *outer = PICK(&c->rng, outers);
  query_finish(step, sqlite3_mprintf(outer, sides[VSS]), sqlite3_mprintf(outer, sides[PLAIN]));
  if (case_run(c, step)) return 1;
  for (int side = 0; side < SIDES; side++) {
    Step *drop = step_new(STEP_SETUP);
    drop->sql[VSS] = sqlite3_mprintf("drop view saved_%s", sides[side]);
    if (case_run(c, drop)) return 1;
  }
  return 0;
}

/* A search that vss0 has to refuse, because its answer would be wrong. */
static void shape_refused(Case *c, Step *step) {
  const Column *column = schema_vector(c);
  step->kind = STEP_REFUSE;
  char *query = core_vector(c, step, column);
  char *text = NULL;
  /* The first three are noticed only when vss_search() is evaluated, which needs a row. */
  int has_pairs = case_ask(c, "select 1 from o join p on p.id = o.id limit 1", NULL, 0) != 0;
  switch (has_pairs ? rng_below(&c->rng, 6) : rng_between(&c->rng, 3, 5)) {
    case 0:
      text = sqlite3_mprintf("select rowid from %s where vss_search(%s, %s) or rowid = 1", c->vtab,
                             column->ref, query);
      break;
    case 1:
      text = sqlite3_mprintf("select rowid from %s where not vss_search(%s, %s)", c->vtab,
                             column->ref, query);
      break;
    case 2:
      text = sqlite3_mprintf("select o.id from o left join %s as v on v.rowid = o.id where "
                             "vss_search(v.%s, %s) or v.rowid is null",
                             c->vtab, column->ref, query);
      break;
    case 3:
      text = sqlite3_mprintf("select rowid from %s where vss_search(%s, x'01020304050607')",
                             c->vtab, column->ref);
      break;
    case 4:
      text = sqlite3_mprintf("select rowid from %s where vss_search(%s, vss_search_params(%s, -1))",
                             c->vtab, column->ref, query);
      break;
    default:
      text = sqlite3_mprintf("select rowid from %s where %s match %s and k = -3", c->vtab,
                             column->ref, query);
  }
  sqlite3_free(query);
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendall(sql, text);
  sqlite3_free(text);
  step_finish(step, sql, NULL);
}

/* For writes: a subquery that chooses rowids, by a search, on both sides. */
void query_rowids(Case *c, Step *step, char *out_text[SIDES]) {
  Core core;
  core_make(c, step, &core, 1, -1);
  int k = rng_between(&c->rng, 1, 5);
  for (int side = 0; side < SIDES; side++)
    out_text[side] = sqlite3_mprintf("select v.rowid from %s where %s order by %s limit %d",
                                     core.from[side], core.where[side], core.order, k);
  core_free(&core);
}

/* A search that is open while another connection writes. */
static int shape_beside(Case *c) {
  Step *step = step_new(STEP_BESIDE);
  shape_simple(c, step);
  step->rows = rng_below(&c->rng, 4);
  step->other = (c->connection + rng_between(&c->rng, 1, c->n_connections - 1)) % c->n_connections;
  write_upheaval(c, schema_vector(c), step->writes);
  if (c->by_triggers) {
    sqlite3_free(step->writes[VSS]);
    step->writes[VSS] = NULL;
  }
  return case_run(c, step);
}

/* Questions that take no time for each pair of rows. */
static int query_large(Case *c) {
  Step *step = step_new(STEP_COMPARE);
  int n = rng_below(&c->rng, 100);
  if (n < 60)
    shape_simple(c, step);
  else if (n < 70)
    shape_join(c, step);
  else if (n < 80)
    shape_grouped(c, step);
  else if (n < 85)
    shape_compound(c, step);
  else if (n < 90)
    shape_nearest_join(c, step);
  else
    scan_random(c, step);
  return case_run(c, step);
}

int query_random(Case *c) {
  if (c->is_large) return query_large(c);
  if (rng_chance(&c->rng, 2) && !case_is_contended(c)) return shape_view(c);
  if (rng_chance(&c->rng, c->join_percent)) return join_random(c);
  if (c->n_connections > 1 && rng_chance(&c->rng, 6)) return shape_beside(c);
  Step *step = step_new(STEP_COMPARE);
  int n = rng_below(&c->rng, 100);
  if (n < 36)
    shape_simple(c, step);
  else if (n < 50)
    shape_join(c, step);
  else if (n < 55)
    shape_join_many(c, step);
  else if (n < 66)
    shape_wrapped(c, step);
  else if (n < 74)
    shape_grouped(c, step);
  else if (n < 78)
    shape_compound(c, step);
  else if (n < 83)
    shape_nearest_join(c, step);
  else if (n < 86)
    shape_correlated(c, step);
  else if (n < 88)
    shape_self_join(c, step);
  else if (n < 99)
    scan_random(c, step);
  else
    shape_refused(c, step);
  return case_run(c, step);
}
