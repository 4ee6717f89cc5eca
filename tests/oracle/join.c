/*
** Joins in which SQLite may well take another table before the search.
**
**   j   id, owner, place, val: one to three rows, now and then forty; index (owner, place)
**   m   jid, vid: which row of j belongs to which row of v, each at most once
**
** SQLite expects less than one row of j after ANALYZE, and where sqlite_stat1 is out of date or
** written by hand. A statement without ORDER BY is then refused, which is right; a wrong order or a
** wrong row is not. Where j names the rows of v, by their rowid or by `val`, SQLite may take it
** first and sort. Rows at equal distances then come in any order, unless the statement orders by
** rowid too.
*/
#include "core.h"

#include <stdio.h>
#include <string.h>

static int setup(Case *c, char *sql) {
  Step *step = step_new(STEP_SETUP);
  step->sql[VSS] = sql;
  return case_run(c, step);
}

int join_create(Case *c) {
  return setup(c, sqlite3_mprintf(
                      "create table j(id integer primary key, owner text, place int, val)")) ||
         setup(c, sqlite3_mprintf("create index j_owner on j(owner, place)")) ||
         setup(c, sqlite3_mprintf("create table m(jid integer primary key, vid integer unique)"));
}

/* The rowid of a random row, so that most rows of j have a partner. */
static int64_t random_rowid(Case *c) {
  char sql[80];
  snprintf(sql, sizeof sql, "select id from p where id >= %d order by id limit 1",
           rng_between(&c->rng, 1, c->max_rowid));
  return case_ask(c, sql, NULL, 1);
}

/* Other rows, which ANALYZE has not seen yet. */
static int fill(Case *c) {
  static const char *const owners[] = {"'me'", "'me'", "'me'", "'you'", "null"};
  int rows = rng_chance(&c->rng, 80) ? rng_between(&c->rng, 1, 3) : 40;
  if (setup(c, sqlite3_mprintf("delete from j")) || setup(c, sqlite3_mprintf("delete from m")))
    return 1;
  for (int i = 0; i < rows; i++) {
    int64_t id = random_rowid(c), vid = random_rowid(c), from = random_rowid(c);
    int place = rng_between(&c->rng, 1, 2);
    const char *owner = PICK(&c->rng, owners);
    const char *value = c->n_filters ? schema_filter(c)->ref : "id";
    if (setup(c, sqlite3_mprintf("insert or ignore into j select %lld, %s, %d, (select %s from p "
                                 "where id = %lld)",
                                 id, owner, place, value, from)) ||
        setup(c, sqlite3_mprintf("insert or ignore into m values (%lld, %lld)", id, vid)))
      return 1;
  }
  return 0;
}

/* What SQLite's planner believes of j and m. Only these: the other shapes keep their plans. */
static int tell_planner(Case *c) {
  static const char *const stats[] = {"10000 1 1", "10000 100 1", "1 1 1", "2 2 1", "1000000 2 1"};
  int n = rng_below(&c->rng, 10);
  if (n < 5)
    return setup(c, sqlite3_mprintf("analyze j")) || setup(c, sqlite3_mprintf("analyze m"));
  if (n < 8)
    return setup(c, sqlite3_mprintf("analyze j")) ||
           setup(c, sqlite3_mprintf("update sqlite_stat1 set stat = '%s' where tbl = 'j'",
                                    PICK(&c->rng, stats))) ||
           setup(c, sqlite3_mprintf("analyze sqlite_schema"));
  return 0;
}

static const char *const conditions[] = {"j.owner = 'me'",
                                         "j.owner = 'me' and j.place = 1",
                                         "j.owner = 'me' and j.place = 1 and j.id > 0",
                                         "j.owner = 'me' and j.place in (1, 2) and j.owner <> 'x'",
                                         "j.owner like 'm%' and j.place < 9",
                                         "(j.owner = 'me' or j.place = 2)",
                                         "j.place > 0",
                                         "length(j.owner) = 2",
                                         "j.owner is not null"};

/*
** FROM around the searched table, with the terms that join it; %s is the table, and \2 a filter
** column of it. Where a row of v has several partners, or may have them, its rows are tied.
*/
static const struct {
  const char *with, *from, *on;
  int is_tied;
} forms[] = {
    {"", "%s join j on j.id = v.rowid", "", 0},
    {"", "j join %s on j.id = v.rowid", "", 0},
    {"", "%s, j", " and j.id = v.rowid", 0},
    {"", "j, %s", " and v.rowid = j.id", 0},
    {"", "%s left join j on j.id = v.rowid", "", 0},
    {"", "%s cross join j on j.id = v.rowid", "", 0},
    {"", "j cross join %s on j.id = v.rowid", "", 0},
    {"", "j cross join %s on +j.id = v.rowid and v.rowid >= j.place", "", 0},
    {"", "%s join m on m.vid = v.rowid join j on j.id = m.jid", "", 0},
    {"", "j join m on m.jid = j.id join %s on v.rowid = m.vid", "", 0},
    {"",
     "m join %s on v.rowid = m.vid join (select id as jid, id, owner, place from j) as j using "
     "(jid)",
     "", 0},
    {"with j(id, owner, place) as (values (1, 'me', 1), (2, 'me', 1), (3, 'you', 2)) ",
     "%s join j on j.id = v.rowid", "", 0},
    {"with j(id, owner, place) as (select id, owner, place from main.j where id > 1 limit 2) ",
     "j join %s on v.rowid = j.id", "", 0},
    {"with j(id, owner, place) as (values (2, 'me', 1)) ", "j join %s on v.rowid >= j.id", "", 1},
    {"with j(id, owner, place) as materialized (select 2, 'me', 1) ",
     "%s join j on v.rowid <> j.id", "", 1},
    {"", "%s join j on j.val = v.\2", "", 1},
    {"", "j join %s on v.\2 = j.val", "", 1},
    {"", "j cross join %s on v.\2 = j.val", "", 1},
    {"", "j cross join %s on v.\2 = j.val and v.rowid <> j.id", "", 1},
    {"", "m join j on j.id = m.jid join %s on v.\2 = j.val and v.rowid >= m.vid", "", 1},
};

/* LIMIT and OFFSET, as text and as numbers. */
typedef struct Cut {
  char *text;
  int limit, offset; /* limit -1: none */
} Cut;

static Cut random_cut(Case *c) {
  int n = rng_below(&c->rng, 10);
  if (n < 2) return (Cut){sqlite3_mprintf(" "), -1, 0};
  int limit = rng_between(&c->rng, 1, 5), offset = n < 8 ? 0 : rng_between(&c->rng, 0, 2);
  char *text = offset ? sqlite3_mprintf(" limit %d offset %d", limit, offset)
                      : sqlite3_mprintf(" limit %d", limit);
  return (Cut){text, limit, offset};
}

/*
** The ORDER BY of vss0's side; the plain side spells out what it comes down to. 1: rows at equal
** distances are in no order.
*/
static int choose_order(Case *c, const Core *core, int is_tied, char *out[SIDES]) {
  static const char *const others[] = {"j.place, %s, j.id", "j.owner desc, %s, j.id", "j.id, %s",
                                       "v.distance + j.place, %s, j.id"};
  char text[120];
  int n = rng_below(&c->rng, 10);
  const char *order = core->order;
  snprintf(text, sizeof text, "%s, j.id", core->order);
  if (is_tied) order = text;
  if (n == 9) {
    snprintf(text, sizeof text, PICK(&c->rng, others), core->order);
    order = text;
  }
  out[PLAIN] = sqlite3_mprintf(" order by %s", order);
  if (n < 4)
    out[VSS] = sqlite3_mprintf(" ");
  else
    out[VSS] = sqlite3_mprintf(" order by %s", n < 7 ? core->nearest : order);
  return n < 4 ? is_tied : n < 7;
}

/* What becomes of the rows; %s is the whole join behind SELECT ... FROM. */
static const char *const wraps[] = {
    "select v.rowid, v.distance, j.id, j.owner from %s",
    "select r, d from (select v.rowid as r, v.distance as d from %s)",
    "select count(*), min(r), max(d) from (select v.rowid as r, v.distance as d from %s)",
    "select (select v.rowid from %s)",
    "select id from o where id in (select v.rowid from %s)",
    "select count(*), max(v.distance), min(j.id) from %s",
    "select distinct v.distance, j.place from %s",
};
/* From this one on, rows have no order; from the next one on, a LIMIT would cut other rows. */
#define FIRST_UNORDERED 4
#define FIRST_UNCUT     5
/* The first ones give the distance as their second column: ties can be seen there. */
#define FIRST_BLIND 2
/* This one takes the first row, as LIMIT 1 does. */
#define SCALAR 3

/* One side of a statement: a form with \2 replaced, around the searched table. */
static char *write_from(const char *form, const char *column, const char *table) {
  sqlite3_str *out = sqlite3_str_new(NULL);
  for (const char *p = form; *p; p++) {
    if (*p == 2)
      sqlite3_str_appendall(out, column);
    else
      sqlite3_str_appendchar(out, 1, *p);
  }
  char *text = sqlite3_str_finish(out), *from = sqlite3_mprintf(text, table);
  sqlite3_free(text);
  return from;
}

int join_random(Case *c) {
  if (!case_in_transaction(c) && !case_is_contended(c) && rng_chance(&c->rng, 40)) {
    if (tell_planner(c) || fill(c)) return 1;
    if (rng_chance(&c->rng, 60) && tell_planner(c)) return 1;
  }
  Step *step = step_new(STEP_COMPARE);
  Core core;
  int form = rng_below(&c->rng, (int)(sizeof forms / sizeof *forms));
  core_make(c, step, &core, 1, -1);
  const char *condition = PICK(&c->rng, conditions);
  const char *column = c->n_filters ? schema_filter(c)->ref : "rowid";
  int wrap = rng_chance(&c->rng, 60) ? 0 : rng_below(&c->rng, (int)(sizeof wraps / sizeof *wraps));
  Cut cut = wrap < FIRST_UNCUT ? random_cut(c) : (Cut){sqlite3_mprintf(" "), -1, 0};
  char *order[SIDES];
  int is_tied = choose_order(c, &core, forms[form].is_tied, order);
  step->ordered = wrap < FIRST_UNORDERED;
  if (is_tied && wrap < FIRST_BLIND) {
    step->tied_by = 2;
    step->limit = cut.limit;
    step->offset = cut.offset;
  } else if (is_tied && (cut.limit >= 0 || wrap == SCALAR)) {
    /* Which rows a LIMIT cuts off would be left open. */
    sqlite3_free(order[VSS]);
    order[VSS] = sqlite3_mprintf("%s", order[PLAIN]);
  }
  for (int side = 0; side < SIDES; side++) {
    char *from = write_from(forms[form].from, column, core.from[side]);
    char *join = sqlite3_mprintf("%s where %s and %s%s%s%s", from, core.where[side], condition,
                                 forms[form].on, order[side],
                                 side == PLAIN && step->tied_by ? "" : cut.text);
    char *rows = sqlite3_mprintf(wraps[wrap], join);
    step->sql[side] = sqlite3_mprintf("%s%s", forms[form].with, rows);
    sqlite3_free(from);
    sqlite3_free(join);
    sqlite3_free(rows);
    sqlite3_free(order[side]);
  }
  sqlite3_free(cut.text);
  core_free(&core);
  step->may_refuse = strstr(step->sql[VSS], "order by") == NULL;
  return case_run(c, step);
}
