/*
** Random questions without a search: v is a table like any other. vss0 hands out rows in the order
** of the rowids or of filter columns, so that SQLite sorts and groups nothing; the plain side does.
**
** Where rows are equal in all columns of an order, the rowid comes last. Of a group only what does
** not depend on the order of its rows is asked: 1 and 1.0, or 'a' and 'A' under NOCASE, are in one.
*/
#include "core.h"

#include <string.h>

/* What one term of an order is made of. */
static const char *const directions[] = {
    "", "", " desc", " desc", " asc nulls last", " desc nulls first"};
static const char *const collations[] = {"", "", "", "", " collate nocase", " collate binary"};

/*
** One to three filter columns, as "v.a, v.b". With `how`: each with a direction, and with a
** collation at times.
*/
static char *random_terms(Case *c, int how) {
  sqlite3_str *out = sqlite3_str_new(NULL);
  int n = rng_between(&c->rng, 1, 3);
  for (int i = 0; i < n; i++) {
    const char *ref = c->n_filters ? schema_filter(c)->ref : "rowid";
    sqlite3_str_appendf(out, "%sv.%s", i ? ", " : "", ref);
    if (!how) continue;
    sqlite3_str_appendall(out, PICK(&c->rng, collations));
    sqlite3_str_appendall(out, PICK(&c->rng, directions));
  }
  return sqlite3_str_finish(out);
}

/* v as vss0 has it, and as an ordinary table: sqlite3_free() both. */
static void name_sources(Case *c, char *out_from[SIDES]) {
  sqlite3_str *source = sqlite3_str_new(NULL);
  query_plain_source(c, source, -1, "");
  out_from[VSS] = sqlite3_mprintf("%s as v", c->vtab);
  out_from[PLAIN] = sqlite3_str_finish(source);
}

/*
** The same text for both sides. Each %1 in `form` becomes the table, %2 the terms of a group or an
** order, %3 a column, and %% a percent sign.
*/
static void fill_in(Case *c, Step *step, const char *form, const char *terms, const char *column) {
  char *from[SIDES], *texts[SIDES];
  name_sources(c, from);
  for (int side = 0; side < SIDES; side++) {
    sqlite3_str *out = sqlite3_str_new(NULL);
    for (const char *at = form; *at; at++) {
      if (*at != '%') {
        sqlite3_str_appendchar(out, 1, *at);
        continue;
      }
      at++;
      const char *part = *at == '1' ? from[side] : *at == '2' ? terms : *at == '3' ? column : "%";
      sqlite3_str_appendall(out, part);
    }
    texts[side] = sqlite3_str_finish(out);
    sqlite3_free(from[side]);
  }
  query_finish(step, texts[VSS], texts[PLAIN]);
}

/* ORDER BY filter columns. */
static void shape_ordered(Case *c, Step *step) {
  static const char *const forms[] = {
      "select v.rowid, v.%3 from %1 where 1\1 order by %2, v.rowid",
      "select v.rowid, v.%3 from %1 where 1\1 order by %2, v.rowid desc",
      "select v.rowid from %1 where 1\1 order by %2, v.rowid limit 5 offset 2",
      "select v.rowid, o.id, v.%3 from o join %1 on v.%3 = o.x where 1\1 order by %2, v.rowid, "
      "o.id",
      "select v.rowid, o.y from %1 left join o on o.id = v.rowid where 1\1 order by %2, v.rowid",
      "select v.rowid, row_number() over (order by %2, v.rowid) from %1 where 1\1 order by v.rowid",
      "select (select v.%3 from %1 where v.rowid < o.id\1 order by %2, v.rowid limit 1) from o "
      "order by o.id",
      "select min(v.%3) from %1 where 1\1",
      /* Not with a rowid beside it: of rows with the same maximum SQLite may take any. */
      "select max(v.%3) from %1 where 1\1"};
  char *terms = random_terms(c, 1);
  const char *column = c->n_filters ? schema_filter(c)->ref : "rowid";
  fill_in(c, step, PICK(&c->rng, forms), terms, column);
  sqlite3_free(terms);
}

/* GROUP BY and DISTINCT, in whatever order the groups come. */
static void shape_groups(Case *c, Step *step) {
  static const char *const forms[] = {
      "select count(*), min(v.rowid), max(v.rowid) from %1 where 1\1 group by %2",
      "select count(v.%3), total(v.rowid) from %1 where 1\1 group by %2",
      "select count(distinct v.%3), min(v.rowid) from %1 where 1\1 group by %2",
      "select min(v.rowid), count(*) from %1 where 1\1 group by %2 having count(*) > 1",
      "select count(*), min(v.rowid) from %1 left join o on o.id = v.rowid where 1\1 group by %2",
      "select count(*) from (select distinct %2 from %1 where 1\1)",
      "select distinct typeof(v.%3), v.%3 is null from %1 where 1\1",
      "select count(distinct v.%3) from %1 where 1\1",
      "select count(*) from (select v.%3 from %1 where 1\1 union select x from o)"};
  char *terms = random_terms(c, 0);
  const char *column = c->n_filters ? schema_filter(c)->ref : "rowid";
  step->ordered = 0;
  fill_in(c, step, PICK(&c->rng, forms), terms, column);
  sqlite3_free(terms);
}

/* The groups in their own order, which tells them apart. */
static void shape_ordered_groups(Case *c, Step *step) {
  static const char *const forms[] = {
      "select count(*), min(v.rowid) from %1 where 1\1 group by v.%3 order by v.%3",
      "select count(*), min(v.rowid) from %1 where 1\1 group by v.%3 order by v.%3 desc",
      "select count(*), max(v.rowid) from %1 where 1\1 group by v.%3, v.rowid %% 3 order by v.%3, "
      "v.rowid %% 3",
      "select typeof(v.%3), count(*) from %1 where v.%3 is null\1 group by v.%3 order by 1",
      "select count(*) from (select distinct v.%3 from %1 where 1\1 order by v.%3 limit 4)",
      "select count(*) over w, v.rowid from %1 where 1\1 window w as (partition by v.%3) order by "
      "v.rowid"};
  const char *column = c->n_filters ? schema_filter(c)->ref : "rowid";
  fill_in(c, step, PICK(&c->rng, forms), "", column);
}

/* Terms, and rows in the order of their rowids. */
static void shape_rows(Case *c, Step *step) {
  static const char *const tails[] = {
      " order by v.rowid", " order by v.rowid desc", " order by v.rowid limit 7",
      " order by v.rowid limit 5 offset 3", " order by v.rowid desc limit 6"};
  core_add_terms(c, step, TERM_ANY, -1, 3);
  char *columns = query_columns(c, rng_chance(&c->rng, 30));
  sqlite3_str *source = sqlite3_str_new(NULL);
  query_plain_source(c, source, -1, "");
  char *source_text = sqlite3_str_finish(source);
  const char *tail = PICK(&c->rng, tails);
  int form = rng_below(&c->rng, 8);
  const char *ref = c->n_filters ? schema_filter(c)->ref : "rowid";
  char *text[SIDES];
  for (int side = 0; side < SIDES; side++) {
    char *from =
        side == VSS ? sqlite3_mprintf("%s as v", c->vtab) : sqlite3_mprintf("%s", source_text);
    text[side] =
        form == 0 ? sqlite3_mprintf("select count(*), max(v.rowid) from %s where 1\1", from)
        : form == 1
            ? sqlite3_mprintf(
                  "select %s, o.y from %s join o on o.id = v.rowid where 1\1 order by v.rowid",
                  columns, from)
        : form == 2 ? sqlite3_mprintf(
                          "select quote(v.%s), count(*), max(v.rowid) from %s where 1\1 group by "
                          "v.%s order by 3",
                          ref, from, ref)
        : form == 3
            ? sqlite3_mprintf("select v.rowid, o.id, v.%s from o join %s on v.%s = o.x where 1\1 "
                              "order by v.rowid, o.id",
                              ref, from, ref)
            : sqlite3_mprintf("select %s from %s where 1\1%s", columns, from, tail);
    sqlite3_free(from);
  }
  query_finish(step, text[VSS], text[PLAIN]);
  sqlite3_free(columns);
  sqlite3_free(source_text);
}

void scan_random(Case *c, Step *step) {
  int n = rng_below(&c->rng, 100);
  if (n < 40) {
    shape_rows(c, step);
    return;
  }
  core_add_terms(c, step, TERM_ANY, -1, 3);
  if (n < 65)
    shape_ordered(c, step);
  else if (n < 85)
    shape_groups(c, step);
  else
    shape_ordered_groups(c, step);
}
