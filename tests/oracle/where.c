/*
** Random WHERE terms. Columns are written "v.name", because both sides call their table v.
**
** A pushed term compares one column with a constant, and SQLite hands it to the virtual table. A
** rest term hides its columns in an expression, and SQLite checks it alone, on the rows that vss0
** gives. With k inside vss_search_params() the two differ, because k counts the rows that pass the
** pushed terms. Equality between columns, and OR of equalities, are neither: SQLite may derive
** pushed terms from them.
*/
#include "oracle.h"

#include <string.h>

typedef struct Gen {
  Case *c;
  Rng *rng;
  Step *step;
  sqlite3_str *out;
  int vector; /* column of `distance`, or -1 */
} Gen;

static void any_term(Gen *g, int depth);

static void put(Gen *g, const char *text) {
  sqlite3_str_appendall(g->out, text);
}

static void value(Gen *g, const Value *v) {
  step_value(g->c, g->step, g->out, v);
}

static void random_value(Gen *g, Domain domain) {
  Value v = value_random(g->rng, rng_chance(g->rng, 80) ? domain : DOMAIN_ANY, 4);
  value(g, &v);
}

static void rowid_value(Gen *g) {
  if (rng_chance(g->rng, 8)) {
    random_value(g, DOMAIN_ANY);
    return;
  }
  Value v = {SQLITE_INTEGER, rng_between(g->rng, 0, g->c->max_rowid + 1), 0, NULL, 0};
  if (rng_chance(g->rng, 8)) {
    v.type = SQLITE_FLOAT;
    v.real = (double)v.integer + (rng_chance(g->rng, 50) ? 0.5 : 0.0);
  }
  value(g, &v);
}

/* The distance of some row, or a little more. */
static void distance_value(Gen *g) {
  const Column *column = &g->c->columns[g->vector];
  char *distance = column_distance(column, column->ref, "?1");
  char *text =
      sqlite3_mprintf("select %s from p where id >= %d and %s is not null order by id limit 1",
                      distance, rng_between(g->rng, 0, g->c->max_rowid), column->ref);
  sqlite3_free(distance);
  Value v = {SQLITE_FLOAT, 0, case_ask_real(g->c, text, &g->c->query, 1.0), NULL, 0};
  sqlite3_free(text);
  if (rng_chance(g->rng, 20)) v.real *= 1.1;
  if (rng_chance(g->rng, 4)) v = value_random(g->rng, DOMAIN_ANY, 5);
  value(g, &v);
}

typedef enum Operand { ON_FILTER, ON_ROWID, ON_DISTANCE } Operand;

/* Writes a column of v and returns which kind it is, so that the other operand can fit. */
static Operand operand(Gen *g, const Column **out_column) {
  int n = rng_below(g->rng, 100);
  *out_column = NULL;
  if (g->vector >= 0 && n < 12) {
    put(g, "v.distance");
    return ON_DISTANCE;
  }
  const Column *column = schema_filter(g->c);
  if (n < 30 || !column) {
    static const char *const names[] = {"v.rowid", "v.rowid", "v.rowid", "v._rowid_", "v.oid"};
    put(g, PICK(g->rng, names));
    return ON_ROWID;
  }
  sqlite3_str_appendf(g->out, "v.%s", column->ref);
  *out_column = column;
  return ON_FILTER;
}

static void operand_value(Gen *g, Operand kind, const Column *column) {
  if (kind == ON_DISTANCE)
    distance_value(g);
  else if (kind == ON_ROWID)
    rowid_value(g);
  else
    random_value(g, column->domain);
}

static void value_list(Gen *g, Operand kind, const Column *column, int n) {
  put(g, "(");
  for (int i = 0; i < n; i++) {
    if (i) put(g, ", ");
    operand_value(g, kind, column);
  }
  put(g, ")");
}

/* A set for IN: from another table, VALUES, a compound or the table itself. */
static void subquery_set(Gen *g, Operand kind, const Column *column, int only_text) {
  switch (only_text ? rng_between(g->rng, 2, 3) : rng_below(g->rng, 6)) {
    case 0: put(g, kind == ON_ROWID ? "(select id from o)" : "(select x from o)"); return;
    case 1:
      put(g, kind == ON_ROWID ? "(select id from o where n > " : "(select x from o where n > ");
      random_value(g, DOMAIN_SMALL);
      put(g, ")");
      return;
    case 2:
      put(g, "(values (");
      operand_value(g, kind, column);
      put(g, "), (");
      operand_value(g, kind, column);
      put(g, "))");
      return;
    case 3:
      if (kind == ON_FILTER)
        sqlite3_str_appendf(g->out, "(select p2.%s from p as p2 where p2.id < ", column->ref);
      else
        put(g, "(select p2.id from p as p2 where p2.id < ");
      rowid_value(g);
      put(g, ")");
      return;
    case 4:
      put(g, "(select value from json_each('[1, 2, 3, \"a\", \"A\", 3.5, null, \"2017-02-28\", 10, "
             "12]'))");
      return;
    default: put(g, "(select y from o union all select n from o)");
  }
}

static const char *const comparisons[] = {"=",
                                          "==",
                                          "!=",
                                          "<>",
                                          "<",
                                          "<=",
                                          ">",
                                          ">=",
                                          "=",
                                          "is",
                                          "is not",
                                          "=",
                                          "is not distinct from",
                                          "is distinct from"};
static const char *const collations[] = {"binary", "nocase", "rtrim", "backwards"};

static void pattern(Gen *g, int is_glob) {
  static const char *const likes[] = {"a%",  "%b",    "A_",        "%",    "_",
                                      "a",   "%a%b%", "w1%",       "201%", "2017-__-%",
                                      "ny%", "",      "%\xc3\xa9", "3%",   "_%_"};
  static const char *const globs[] = {"a*",  "*b",   "A?",  "*", "?",      "[aA]*", "[^a]*",
                                      "w1*", "201*", "NY*", "",  "[a-c]?", "3*",    "*[[]*"};
  const char *text = is_glob ? PICK(g->rng, globs) : PICK(g->rng, likes);
  Value v = {SQLITE_TEXT, 0, 0, text, (int)strlen(text)};
  if (rng_chance(g->rng, 5)) v = value_random(g->rng, DOMAIN_ANY, 10);
  value(g, &v);
}

/*
** Under k, vss0 compares a set as it compares the list `in (1, 2)`. Where the affinity of a
** subquery's column gives it another meaning (numbers against text), k counts other rows. That is
** documented, and left out here.
*/
static int set_is_certain(const Column *column, int is_list) {
  if (strstr(column->type, "backwards")) return 0;
  return is_list || column->affinity != VSS_AFF_BLOB;
}

/* alone 1: the term stands outside of OR and NOT, so that k may have to count by it. */
static void pushed_term(Gen *g, int alone) {
  const Column *column;
  Operand kind;
  int n = rng_below(g->rng, 100);
  if (n < 6) { /* the value stands first */
    sqlite3_str *saved = g->out;
    sqlite3_str *left = g->out = sqlite3_str_new(NULL);
    kind = operand(g, &column);
    g->out = saved;
    operand_value(g, kind, column);
    static const char *const mirrored[] = {" = ", " < ", " <= ", " > ", " >= ", " <> "};
    put(g, PICK(g->rng, mirrored));
    char *text = sqlite3_str_finish(left);
    put(g, text);
    sqlite3_free(text);
    return;
  }
  kind = operand(g, &column);
  if (n < 45) {
    /* With COLLATE, SQLite hands over only the comparisons that an index could use. */
    const char *comparison = PICK(g->rng, comparisons);
    int unequal = comparison[0] == '!' || comparison[1] == '>' || comparison[0] == 'i';
    int collated = kind == ON_FILTER && !(alone && unequal);
    if (collated && rng_chance(g->rng, 8)) {
      put(g, " collate ");
      put(g, PICK(g->rng, collations));
    }
    sqlite3_str_appendf(g->out, " %s ", comparison);
    operand_value(g, kind, column);
    if (collated && rng_chance(g->rng, 5)) {
      put(g, " collate ");
      put(g, PICK(g->rng, collations));
    }
  } else if (n < 55) {
    put(g, " between ");
    operand_value(g, kind, column);
    put(g, " and ");
    operand_value(g, kind, column);
  } else if (n < 80 && kind == ON_FILTER && alone && !set_is_certain(column, n < 70)) {
    put(g, " <> ");
    operand_value(g, kind, column);
  } else if (n < 70) {
    put(g, " in ");
    value_list(g, kind, column, rng_chance(g->rng, 5) ? 40 : rng_between(g->rng, 1, 6));
  } else if (n < 80) {
    put(g, " in ");
    subquery_set(g, kind, column, kind == ON_FILTER && alone && column->affinity == VSS_AFF_TEXT);
  } else if (n < 88) {
    static const char *const nulls[] = {" is null", " is not null", " isnull", " notnull",
                                        " not null"};
    put(g, PICK(g->rng, nulls));
  } else if (n < 97) {
    int is_glob = rng_chance(g->rng, 40);
    put(g, is_glob ? " glob " : " like ");
    pattern(g, is_glob);
  } else {
    put(g, " = (select max(x) from o)");
  }
}

/* A comparison of an expression, which hides its column from the virtual table. */
static void rest_term(Gen *g) {
  const Column *column = schema_filter(g->c);
  const char *ref = column ? column->ref : "rowid";
  Domain domain = column ? column->domain : DOMAIN_SMALL;
  switch (rng_below(g->rng, 12)) {
    case 0: sqlite3_str_appendf(g->out, "length(v.%s) > %d", ref, rng_below(g->rng, 5)); return;
    case 1: sqlite3_str_appendf(g->out, "typeof(v.%s) in ('integer', 'text')", ref); return;
    case 2: sqlite3_str_appendf(g->out, "+v.%s >= ", ref); break;
    case 3: sqlite3_str_appendf(g->out, "coalesce(v.%s, 'a') <> ", ref); break;
    case 4:
      sqlite3_str_appendf(g->out, "lower(v.%s) <= ", ref);
      domain = DOMAIN_WORD;
      break;
    case 5: sqlite3_str_appendf(g->out, "v.rowid %% %d <> 0", rng_between(g->rng, 2, 4)); return;
    case 6:
      sqlite3_str_appendf(g->out, "cast(v.%s as %s) < ", ref,
                          rng_chance(g->rng, 50) ? "text" : "real");
      break;
    case 7:
      sqlite3_str_appendf(g->out, "v.%s || '' > ", ref);
      domain = DOMAIN_WORD;
      break;
    case 8:
      sqlite3_str_appendf(g->out, "case when v.rowid > %d then v.%s else 3 end >= ",
                          rng_below(g->rng, g->c->max_rowid + 1), ref);
      break;
    case 9:
      sqlite3_str_appendf(g->out, "v.%s + 0 > ", ref);
      domain = DOMAIN_SMALL;
      break;
    case 10: sqlite3_str_appendf(g->out, "hex(v.%s) not like '%%6%%'", ref); return;
    default:
      sqlite3_str_appendf(g->out, "max(v.rowid, %d) <> ", rng_below(g->rng, 9));
      sqlite3_str_appendf(g->out, "%d", rng_below(g->rng, g->c->max_rowid + 1));
      return;
  }
  random_value(g, domain);
}

/* Two columns compared, a row value, or a column as a condition. */
static void column_term(Gen *g) {
  const Column *a = schema_filter(g->c), *b = schema_filter(g->c);
  const char *ref_a = a ? a->ref : "rowid", *ref_b = b ? b->ref : "rowid";
  Domain domain_a = a ? a->domain : DOMAIN_SMALL, domain_b = b ? b->domain : DOMAIN_SMALL;
  static const char *const operators[] = {"=", "<>", "<", "<=", ">", ">=", "is", "is not"};
  switch (rng_below(g->rng, 9)) {
    case 0:
      sqlite3_str_appendf(g->out, "v.%s %s v.%s", ref_a, PICK(g->rng, operators), ref_b);
      return;
    case 1: sqlite3_str_appendf(g->out, "v.%s", ref_a); return;
    case 2: sqlite3_str_appendf(g->out, "not v.%s", ref_a); return;
    case 3:
      sqlite3_str_appendf(g->out, "(v.%s, v.%s) %s (", ref_a, ref_b, PICK(g->rng, operators));
      random_value(g, domain_a);
      put(g, ", ");
      random_value(g, domain_b);
      put(g, ")");
      return;
    case 4:
      sqlite3_str_appendf(g->out, "(v.rowid, v.%s) > (", ref_a);
      rowid_value(g);
      put(g, ", ");
      random_value(g, domain_a);
      put(g, ")");
      return;
    case 5:
      sqlite3_str_appendf(g->out, "(v.%s, v.%s) in (%s)", ref_a, ref_b,
                          rng_chance(g->rng, 50)
                              ? "select x, n from o"
                              : "values (1, 2), ('a', 'a'), (null, 1), ('a', 1)");
      return;
    case 6: sqlite3_str_appendf(g->out, "v.%s like v.%s", ref_a, ref_b); return;
    case 7:
      random_value(g, DOMAIN_WORD);
      sqlite3_str_appendf(g->out, " %s v.%s", rng_chance(g->rng, 50) ? "like" : "glob", ref_a);
      return;
    default:
      sqlite3_str_appendf(g->out, "v.%s + v.rowid %s ", ref_a, PICK(g->rng, operators));
      rowid_value(g);
  }
}

/* Subqueries, correlated or not, and the negated forms of pushed operators. */
static void subquery_term(Gen *g) {
  const Column *column = schema_filter(g->c);
  const char *ref = column ? column->ref : "rowid";
  Domain domain = column ? column->domain : DOMAIN_SMALL;
  const Column *vector = schema_vector(g->c);
  switch (rng_below(g->rng, 12)) {
    case 0: sqlite3_str_appendf(g->out, "exists (select 1 from o where o.id = v.rowid)"); return;
    case 1:
      sqlite3_str_appendf(g->out, "not exists (select 1 from o where o.x = v.%s)", ref);
      return;
    case 2:
      sqlite3_str_appendf(g->out, "exists (select 1 from o where o.x = v.%s and o.n > %d)", ref,
                          rng_below(g->rng, 6));
      return;
    case 3:
      sqlite3_str_appendf(g->out, "v.%s >= (select min(x) from o where o.n <> v.rowid)", ref);
      return;
    case 4:
      sqlite3_str_appendf(g->out, "(select count(*) from o where o.id < v.rowid) > %d",
                          rng_below(g->rng, 9));
      return;
    case 5:
      sqlite3_str_appendf(g->out, "v.%s not in ", ref);
      value_list(g, column ? ON_FILTER : ON_ROWID, column, rng_between(g->rng, 1, 4));
      return;
    case 6:
      sqlite3_str_appendf(g->out, "v.%s not in ", ref);
      subquery_set(g, column ? ON_FILTER : ON_ROWID, column, 0);
      return;
    case 7:
      sqlite3_str_appendf(g->out, "v.%s not between ", ref);
      random_value(g, domain);
      put(g, " and ");
      random_value(g, domain);
      return;
    case 8:
      sqlite3_str_appendf(g->out, "v.%s not %s ", ref, rng_chance(g->rng, 50) ? "like" : "glob");
      pattern(g, 0);
      return;
    case 9: sqlite3_str_appendf(g->out, "v.%s like 'a!_%%' escape '!'", ref); return;
    case 10:
      sqlite3_str_appendf(g->out, "v.%s is %snull", vector->ref,
                          rng_chance(g->rng, 70) ? "not " : "");
      return;
    default: sqlite3_str_appendf(g->out, "length(v.%s) = %d", vector->ref, element_bytes(vector));
  }
}

static void any_term(Gen *g, int depth) {
  int n = rng_below(g->rng, 100);
  if (depth > 0 && n < 30) {
    int is_or = rng_chance(g->rng, 65);
    int parts = rng_between(g->rng, 2, 3);
    put(g, "(");
    for (int i = 0; i < parts; i++) {
      if (i) put(g, is_or ? " or " : " and ");
      any_term(g, depth - 1);
    }
    put(g, ")");
  } else if (depth > 0 && n < 38) {
    put(g, "not (");
    any_term(g, depth - 1);
    put(g, ")");
  } else if (depth > 0 && n < 41) {
    put(g, "(");
    any_term(g, depth - 1);
    put(g, rng_chance(g->rng, 50) ? ") is true" : ") is not false");
  } else if (n < 68) {
    pushed_term(g, 0);
  } else if (n < 78) {
    rest_term(g);
  } else if (n < 89) {
    column_term(g);
  } else if (n < 99) {
    subquery_term(g);
  } else {
    static const char *const constants[] = {"1", "0", "null", "'a'", "1 = 1", "2 > 3"};
    put(g, PICK(g->rng, constants));
  }
}

char *where_term(Case *c, Step *step, TermKind kind, int vector) {
  Gen g = {c, &c->rng, step, sqlite3_str_new(NULL), vector};
  if (kind == TERM_PUSHED)
    pushed_term(&g, 1);
  else if (kind == TERM_REST)
    rest_term(&g);
  else
    any_term(&g, rng_below(&c->rng, 4));
  return sqlite3_str_finish(g.out);
}
