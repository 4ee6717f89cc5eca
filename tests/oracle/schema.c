/*
** The tables of a case:
**
**   v   vss0       1-3 vector columns and 0-6 filter columns of any declared type, in any order
**   p   ordinary   the same columns, and `id integer primary key` where v has its rowid
**                  where a filter column of v is its primary key, that of p is unique
**   o   ordinary   (id, x, y, n), to be joined by rowid or by value
**   q   ordinary   (id, x, and a vector for each vector column of v), the queries of a join
*/
#include "oracle.h"

#include <stdio.h>
#include <string.h>

typedef struct TypeChoice {
  const char *type;
  Domain domain; /* what such a column usually holds */
} TypeChoice;

static const TypeChoice types[] = {
    {"", DOMAIN_ANY},
    {"", DOMAIN_SMALL},
    {"int", DOMAIN_SMALL},
    {"integer", DOMAIN_SMALL},
    {"bigint", DOMAIN_BIG},
    {"integer", DOMAIN_NUMBER},
    {"real", DOMAIN_REAL},
    {"double", DOMAIN_NUMBER},
    {"float", DOMAIN_REAL},
    {"numeric", DOMAIN_NUMBER},
    {"decimal(10,2)", DOMAIN_DIGITS},
    {"date", DOMAIN_DATE},
    {"datetime", DOMAIN_DATE},
    {"boolean", DOMAIN_BOOLEAN},
    {"text", DOMAIN_WORD},
    {"text", DOMAIN_NAME},
    {"text", DOMAIN_DIGITS},
    {"varchar(20)", DOMAIN_NAME},
    {"text collate nocase", DOMAIN_WORD},
    {"text collate rtrim", DOMAIN_WORD},
    {"text collate binary", DOMAIN_WORD},
    {"text collate backwards", DOMAIN_WORD},
    {"collate nocase", DOMAIN_WORD},
    {"clob", DOMAIN_ANY},
    {"blob", DOMAIN_BLOB},
    {"blob", DOMAIN_ANY},
    {"any", DOMAIN_ANY},
};

static const int dims[] = {1, 2, 3, 3, 4, 5, 8, 8, 16, 17, 33, 64, 65, 130};
static const int large_dims[] = {2, 8, 17, 24, 40, 70};

static void make_vector_column(Case *c, Column *column, int number) {
  static const char *const odd[] = {"\"e 0\"", "\"E1\"", "[e-2]"};
  memset(column, 0, sizeof *column);
  if (rng_chance(&c->rng, 10))
    snprintf(column->ref, sizeof column->ref, "%s", odd[number]);
  else
    snprintf(column->ref, sizeof column->ref, "e%d", number);
  column->is_vector = 1;
  column->dim = PICK(&c->rng, dims);
  /* Wide rows where there are not too many: only these use more than the first codes of a line. */
  if (c->is_large)
    column->dim = c->target_rows > 10000 ? rng_between(&c->rng, 1, 8) : PICK(&c->rng, large_dims);
  column->metric =
      rng_chance(&c->rng, 45) ? VSS_METRIC_L2 : (VssMetric)rng_below(&c->rng, VSS_METRIC_HAMMING);
  element_choose(c, column);
  column->spread = rng_chance(&c->rng, 35) ? SPREAD_GRID : (Spread)rng_below(&c->rng, SPREAD_COUNT);
  if (column->metric == VSS_METRIC_JENSEN_SHANNON) column->spread = SPREAD_POSITIVE;
  column->null_percent = rng_chance(&c->rng, 50) ? 0 : 15;
}

static void make_filter_column(Case *c, Column *column, int number) {
  static const char *const odd[] = {"\"group\"", "\"a b\"", "\"F2\"",
                                    "[order]",   "`x\"y`",  "\"it's\""};
  memset(column, 0, sizeof *column);
  if (number < 6 && rng_chance(&c->rng, 7))
    snprintf(column->ref, sizeof column->ref, "%s", odd[number]);
  else
    snprintf(column->ref, sizeof column->ref, "f%d", number);
  TypeChoice choice = PICK(&c->rng, types);
  column->type = choice.type;
  char declared[40];
  snprintf(declared, sizeof declared, "%.*s", (int)strcspn(choice.type, " "), choice.type);
  column->affinity = vss_filter_affinity(strcmp(declared, "collate") ? declared : "");
  column->domain =
      rng_chance(&c->rng, 80) ? choice.domain : (Domain)rng_below(&c->rng, DOMAIN_COUNT);
  column->null_percent = rng_chance(&c->rng, 30) ? 0 : rng_chance(&c->rng, 80) ? 12 : 60;
}

/* Makes a filter column the primary key. */
static void make_key(Case *c, Column *column) {
  static const char *const key_types[] = {"text", "text", "text collate nocase",
                                          "TEXT collate rtrim", "text collate binary"};
  column->type = PICK(&c->rng, key_types);
  column->affinity = VSS_AFF_TEXT;
  column->domain = DOMAIN_KEY;
  column->null_percent = 2;
  column->is_key = 1;
}

static void make_columns(Case *c) {
  int n_vectors = rng_chance(&c->rng, 60) ? 1 : rng_between(&c->rng, 1, c->is_large ? 2 : 3);
  int n_filters = rng_between(&c->rng, 0, c->is_large ? 3 : 6);
  int vectors = 0, filters = 0;
  c->n_columns = n_vectors + n_filters;
  for (int i = 0; i < c->n_columns; i++) {
    int left = c->n_columns - i;
    if (rng_below(&c->rng, left) < n_vectors - vectors) {
      make_vector_column(c, &c->columns[i], vectors);
      c->vectors[vectors++] = i;
    } else {
      make_filter_column(c, &c->columns[i], filters);
      c->filters[filters++] = i;
    }
  }
  c->n_vectors = n_vectors;
  c->n_filters = n_filters;
  if (n_filters && rng_chance(&c->rng, 35))
    make_key(c, &c->columns[c->filters[rng_below(&c->rng, n_filters)]]);
}

const Column *schema_key(const Case *c) {
  for (int i = 0; i < c->n_columns; i++)
    if (c->columns[i].is_key) return &c->columns[i];
  return NULL;
}

const Column *schema_filter(Case *c) {
  return c->n_filters ? &c->columns[c->filters[rng_below(&c->rng, c->n_filters)]] : NULL;
}

const Column *schema_vector(Case *c) {
  return &c->columns[c->vectors[rng_below(&c->rng, c->n_vectors)]];
}

void schema_names(const Case *c, sqlite3_str *out, const char *prefix) {
  for (int i = 0; i < c->n_columns; i++)
    sqlite3_str_appendf(out, "%s%s%s", i ? ", " : "", prefix, c->columns[i].ref);
}

static int setup(Case *c, sqlite3_str *sql) {
  Step *step = step_new(STEP_SETUP);
  step_finish(step, sql, NULL);
  return case_run(c, step);
}

static int setup_text(Case *c, const char *text) {
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendall(sql, text);
  return setup(c, sql);
}

static int create_vss(Case *c) {
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendf(sql, "create virtual table %s using vss0(", c->vtab);
  for (int i = 0; i < c->n_columns; i++) {
    const Column *column = &c->columns[i];
    if (i) sqlite3_str_appendall(sql, ", ");
    if (!column->is_vector) {
      sqlite3_str_appendf(sql, "%s %s%s", column->ref, column->type,
                          column->is_key ? " primary key" : "");
      continue;
    }
    if (column->element == VSS_ELEMENT_FLOAT32)
      sqlite3_str_appendf(sql, "%s(%d)", column->ref, column->dim);
    else
      sqlite3_str_appendf(sql, "%s %s[%d]", column->ref, vss_element_name(column->element),
                          column->dim);
    if (column->element == VSS_ELEMENT_INT8)
      sqlite3_str_appendf(sql, " scale='%!.17g'", column->scale);
    if (column->metric != VSS_METRIC_L2 || rng_chance(&c->rng, 20))
      sqlite3_str_appendf(sql, " metric_type=%s", vss_metric_name(column->metric));
    if (rng_chance(&c->rng, 10)) sqlite3_str_appendall(sql, " factory=\"Flat,IDMap2\"");
  }
  sqlite3_str_appendall(sql, ")");
  return setup(c, sql);
}

static int create_plain(Case *c) {
  sqlite3_str *sql = sqlite3_str_new(NULL);
  /* p is always in main. v is there too where triggers on p write v: they reach no other schema. */
  sqlite3_str_appendall(sql, "create table p(id integer primary key");
  for (int i = 0; i < c->n_columns; i++)
    sqlite3_str_appendf(sql, ", %s %s%s", c->columns[i].ref,
                        c->columns[i].is_vector ? "" : c->columns[i].type,
                        c->columns[i].is_key ? " not null unique" : "");
  sqlite3_str_appendall(sql, ")");
  return setup(c, sql);
}

/*
** Three triggers on the ordinary table keep the vss0 table in step, as the documentation
** recommends.
*/
static int create_triggers(Case *c) {
  sqlite3_str *insert = sqlite3_str_new(NULL);
  sqlite3_str_appendf(
      insert, "create trigger p_insert after insert on p begin insert into %s(rowid, ", c->vtab);
  schema_names(c, insert, "");
  sqlite3_str_appendall(insert, ") values (new.id, ");
  schema_names(c, insert, "new.");
  sqlite3_str_appendall(insert, "); end");
  if (setup(c, insert)) return 1;
  sqlite3_str *drop = sqlite3_str_new(NULL);
  sqlite3_str_appendf(
      drop,
      "create trigger p_delete after delete on p begin delete from %s where rowid = old.id; end",
      c->vtab);
  if (setup(c, drop)) return 1;
  sqlite3_str *update = sqlite3_str_new(NULL);
  sqlite3_str_appendf(
      update, "create trigger p_update after update on p begin update %s set rowid = new.id",
      c->vtab);
  for (int i = 0; i < c->n_columns; i++)
    sqlite3_str_appendf(update, ", %s = new.%s", c->columns[i].ref, c->columns[i].ref);
  sqlite3_str_appendall(update, " where rowid = old.id; end");
  return setup(c, update);
}

static int fill_other(Case *c) {
  int rows = rng_between(&c->rng, 0, c->max_rowid < 40 ? c->max_rowid : 40);
  Domain x_domain = DOMAIN_ANY;
  if (c->n_filters) x_domain = schema_filter(c)->domain;
  for (int i = 0; i < rows; i++) {
    Value x = value_random(&c->rng, x_domain, 10);
    Value y = value_random(&c->rng, rng_chance(&c->rng, 50) ? DOMAIN_WORD : DOMAIN_NAME, 10);
    Value n = value_random(&c->rng, DOMAIN_SMALL, 10);
    Step *step = step_new(STEP_SETUP);
    sqlite3_str *sql = sqlite3_str_new(NULL);
    sqlite3_str_appendf(sql, "insert or ignore into o values (%d, ",
                        rng_between(&c->rng, 1, c->max_rowid));
    step_value(c, step, sql, &x);
    sqlite3_str_appendall(sql, ", ");
    step_value(c, step, sql, &y);
    sqlite3_str_appendall(sql, ", ");
    step_value(c, step, sql, &n);
    sqlite3_str_appendall(sql, ")");
    step_finish(step, sql, NULL);
    if (case_run(c, step)) return 1;
  }
  return 0;
}

static int fill_queries(Case *c) {
  int rows = rng_between(&c->rng, 1, 5);
  for (int i = 1; i <= rows; i++) {
    Value x = c->n_filters ? value_random(&c->rng, schema_filter(c)->domain, 5)
                           : value_random(&c->rng, DOMAIN_ANY, 0);
    Step *step = step_new(STEP_SETUP);
    sqlite3_str *sql = sqlite3_str_new(NULL);
    sqlite3_str_appendf(sql, "insert into q values (%d, ", i);
    step_value(c, step, sql, &x);
    for (int j = 0; j < c->n_vectors; j++) {
      float vector[MAX_DIM];
      const Column *column = &c->columns[c->vectors[j]];
      column_vector(&c->rng, column, vector);
      Value value = {SQLITE_BLOB, 0, 0, vector, column->dim * 4};
      sqlite3_str_appendall(sql, ", ");
      step_value(c, step, sql, &value);
    }
    sqlite3_str_appendall(sql, ")");
    step_finish(step, sql, NULL);
    if (case_run(c, step)) return 1;
  }
  return 0;
}

/*
** In half of the cases each scan chooses its path; in the others all scans take the same one.
** --path overrules that. No random number is drawn, so that a seed gives the same tables on every
** path.
*/
static int force_path(Case *c) {
  const char *path = log_options(c)->path;
  char text[60];
  snprintf(text, sizeof text, "select vss_force_path('%s')", path ? path : "");
  if (path) return setup_text(c, text);
  static const char *const sql[] = {
      "select vss_force_path('auto')",        "select vss_force_path('dense')",
      "select vss_force_path('auto')",        "select vss_force_path('sparse')",
      "select vss_force_path('auto')",        "select vss_force_path('streaming')",
      "select vss_force_path('auto')",        "select vss_force_path('floats')",
      "select vss_force_path('auto')",        "select vss_force_path('coarse')",
      "select vss_force_path('auto')",        "select vss_force_path('adaptive')",
      "select vss_force_path('coarse_rows')", "select vss_force_path('adaptive_rows')",
  };
  return setup_text(c, sql[c->seed % (sizeof sql / sizeof *sql)]);
}

int schema_create(Case *c) {
  make_columns(c);
  if (force_path(c)) return 1;
  int place = rng_below(&c->rng, 10);
  snprintf(c->schema, sizeof c->schema, "%s",
           place == 0                      ? "temp"
           : place == 1 && !c->file_backed ? "aux"
                                           : "main");
  if (c->file_backed) snprintf(c->schema, sizeof c->schema, "main");
  c->by_triggers = strcmp(c->schema, "main") == 0 && rng_chance(&c->rng, 15);
  snprintf(c->name, sizeof c->name, "v");
  snprintf(c->vtab, sizeof c->vtab, strcmp(c->schema, "main") ? "%s.v" : "v", c->schema);
  if (strcmp(c->schema, "aux") == 0 && setup_text(c, "attach ':memory:' as aux")) return 1;
  for (int i = 0; c->by_triggers && i < c->n_connections; i++) {
    c->connection = i;
    if (setup_text(c, "pragma recursive_triggers = on")) return 1;
  }
  c->connection = 0;
  if (create_vss(c) || create_plain(c) || join_create(c)) return 1;
  if (setup_text(c, "create table o(id integer primary key, x, y text, n int)")) return 1;
  if (rng_chance(&c->rng, 40) && setup_text(c, "create index o_y on o(y)")) return 1;
  if (rng_chance(&c->rng, 40) && setup_text(c, "create index o_x on o(x)")) return 1;
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendall(sql, "create table q(id integer primary key, x");
  for (int j = 0; j < c->n_vectors; j++)
    sqlite3_str_appendf(sql, ", vec%d", j);
  sqlite3_str_appendall(sql, ")");
  if (setup(c, sql) || fill_other(c) || fill_queries(c)) return 1;
  return c->by_triggers ? create_triggers(c) : 0;
}
