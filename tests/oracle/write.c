/*
** Random writes, each applied to v and to p, and the transactions around them. Where triggers on p
** write v, a write goes to p alone.
*/
#include "oracle.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const conflict_words[] = {
    "", "", "", "", " or replace", " or ignore", " or abort", " or fail", " or rollback"};

void query_rowids(Case *c, Step *step, char *out_text[SIDES]);

static Value blob_of(const float *vector, int dim) {
  return (Value){SQLITE_BLOB, 0, 0, vector, dim * 4};
}

void step_bulk_row(const Case *c, Rng *rng, int number, Value *out_value, float *vector) {
  const Column *column = &c->columns[number];
  if (column->is_key) {
    /* No two rows of a table get the same one. */
    snprintf((char *)vector, MAX_DIM, "%016llx", (unsigned long long)rng_next(rng));
    *out_value = (Value){SQLITE_TEXT, 0, 0, vector, 16};
    return;
  }
  if (!column->is_vector) {
    *out_value = value_random(rng, column->domain, column->null_percent);
    return;
  }
  int is_null = rng_chance(rng, column->null_percent);
  float drawn[MAX_DIM];
  column_vector(rng, column, drawn);
  Value stored = column_stored(column, drawn, (unsigned char *)vector);
  *out_value = is_null ? (Value){SQLITE_NULL, 0, 0, NULL, 0} : stored;
}

void write_vector(Case *c, Step *step, const Column *column, sqlite3_str *vss, sqlite3_str *plain) {
  float vector[MAX_DIM];
  if (rng_chance(&c->rng, column->null_percent)) {
    sqlite3_str_appendall(vss, "null");
    sqlite3_str_appendall(plain, "null");
    return;
  }
  column_vector(&c->rng, column, vector);
  unsigned char bytes[sizeof vector];
  Value blob = blob_of(vector, column->dim), stored = column_stored(column, vector, bytes);
  step_value(c, step, plain, &stored);
  /* The BLOB that is stored goes in as well. */
  if (column->element != VSS_ELEMENT_FLOAT32 && rng_chance(&c->rng, 30)) {
    step_value(c, step, vss, &stored);
    return;
  }
  sqlite3_str *text = sqlite3_str_new(NULL);
  step_value(c, step, text, &blob);
  char *value = sqlite3_str_finish(text);
  static const char *const forms[] = {
      "%s", "%s", "%s", "%s", "vector_to_blob(%s)", "vector_to_json(%s)", "vector_from_raw(%s)"};
  sqlite3_str_appendf(vss, PICK(&c->rng, forms), value);
  sqlite3_free(value);
}

/* A vector that vss0 has to refuse. */
static void bad_vector(Case *c, const Column *column, sqlite3_str *out) {
  switch (rng_below(&c->rng, 5)) {
    case 0: sqlite3_str_appendf(out, "zeroblob(%d)", 4 * column->dim + 4); break;
    case 1: sqlite3_str_appendf(out, "zeroblob(%d)", 4 * column->dim - 1); break;
    case 2: sqlite3_str_appendall(out, "'[1, \"a\"]'"); break;
    case 3: sqlite3_str_appendall(out, "17"); break;
    default: /* a NaN in the first component */
      sqlite3_str_appendall(out, "x'0000c07f");
      for (int i = 1; i < column->dim; i++)
        sqlite3_str_appendall(out, "00000000");
      sqlite3_str_appendall(out, "'");
  }
}

static int random_rowid(Case *c) {
  if (rng_chance(&c->rng, 1)) return rng_between(&c->rng, -5, 0);
  return rng_between(&c->rng, 1, c->max_rowid);
}

/* Where triggers write v, only the statement for p runs. */
static int run_pair(Case *c, Step *step, sqlite3_str *vss, sqlite3_str *plain) {
  step_finish(step, vss, plain);
  if (c->by_triggers) {
    sqlite3_free(step->sql[VSS]);
    step->sql[VSS] = NULL;
  }
  return case_run(c, step);
}

/* key: what the primary key gets, as an expression; NULL: a random value, as the other columns. */
static void row_values(Case *c, Step *step, const char *key, sqlite3_str *vss, sqlite3_str *plain) {
  for (int i = 0; i < c->n_columns; i++) {
    const Column *column = &c->columns[i];
    sqlite3_str_appendall(vss, ", ");
    sqlite3_str_appendall(plain, ", ");
    if (column->is_key && key) {
      sqlite3_str_appendall(vss, key);
      sqlite3_str_appendall(plain, key);
      continue;
    }
    if (column->is_vector) {
      write_vector(c, step, column, vss, plain);
      continue;
    }
    Value value = value_random(&c->rng, column->domain, column->null_percent);
    sqlite3_str *text = sqlite3_str_new(NULL);
    step_value(c, step, text, &value);
    char *literal = sqlite3_str_finish(text);
    sqlite3_str_appendall(vss, literal);
    sqlite3_str_appendall(plain, literal);
    sqlite3_free(literal);
  }
}

static void insert_head(Case *c, const char *conflict, sqlite3_str *vss, sqlite3_str *plain) {
  sqlite3_str_appendf(vss, "insert%s into %s(rowid, ", conflict, c->vtab);
  sqlite3_str_appendf(plain, "insert%s into p(id, ", conflict);
  schema_names(c, vss, "");
  schema_names(c, plain, "");
  sqlite3_str_appendall(vss, ") ");
  sqlite3_str_appendall(plain, ") ");
}

static int write_insert(Case *c, int rows, const char *conflict) {
  Step *step = step_new(STEP_WRITE);
  sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
  insert_head(c, conflict, vss, plain);
  sqlite3_str_appendall(vss, "values ");
  sqlite3_str_appendall(plain, "values ");
  for (int i = 0; i < rows; i++) {
    int rowid = random_rowid(c);
    sqlite3_str_appendf(vss, "%s(%d", i ? ", " : "", rowid);
    sqlite3_str_appendf(plain, "%s(%d", i ? ", " : "", rowid);
    row_values(c, step, NULL, vss, plain);
    sqlite3_str_appendall(vss, ")");
    sqlite3_str_appendall(plain, ")");
  }
  return run_pair(c, step, vss, plain);
}

/* An insert without a rowid: v assigns one, and p takes the same. */
static int write_insert_assigned(Case *c) {
  if (c->by_triggers) return write_insert(c, 1, "");
  Step *step = step_new(STEP_WRITE);
  sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
  insert_head(c, "", vss, plain);
  sqlite3_str_appendall(vss, "values (null");
  sqlite3_str_appendall(plain, "values (last_insert_rowid()");
  row_values(c, step, NULL, vss, plain);
  sqlite3_str_appendall(vss, ")");
  sqlite3_str_appendall(plain, ")");
  return run_pair(c, step, vss, plain);
}

/* Good rows and at last a bad one: nothing of the statement may stay. */
static int write_insert_failing(Case *c) {
  Step *step = step_new(STEP_REFUSE);
  sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
  insert_head(c, "", vss, plain);
  sqlite3_str_appendall(vss, "values ");
  sqlite3_str_appendall(plain, "values ");
  int rows = rng_between(&c->rng, 1, 4), bad = c->vectors[rng_below(&c->rng, c->n_vectors)];
  for (int i = 0; i < rows; i++) {
    sqlite3_str_appendf(vss, "%s(%d", i ? ", " : "", 50000 + i);
    sqlite3_str_appendf(plain, "%s(%d", i ? ", " : "", 50000 + i);
    if (i < rows - 1) {
      row_values(c, step, NULL, vss, plain);
    } else {
      for (int j = 0; j < c->n_columns; j++) {
        sqlite3_str *out = c->by_triggers ? plain : vss;
        sqlite3_str_appendall(out, ", ");
        if (j == bad)
          bad_vector(c, &c->columns[j], out);
        else
          sqlite3_str_appendall(out, "null");
      }
    }
    sqlite3_str_appendall(vss, ")");
    sqlite3_str_appendall(plain, ")");
  }
  if (c->by_triggers) {
    sqlite3_str *swap = vss;
    vss = plain;
    plain = swap;
  }
  step_finish(step, vss, plain);
  sqlite3_free(step->sql[PLAIN]);
  step->sql[PLAIN] = NULL;
  return case_run(c, step);
}

static int write_insert_select(Case *c) {
  Step *step = step_new(STEP_WRITE);
  sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
  const char *conflict = PICK(&c->rng, conflict_words);
  insert_head(c, conflict, vss, plain);
  int from_self = rng_chance(&c->rng, 40);
  int shift = rng_between(&c->rng, 1, c->max_rowid), limit = rng_between(&c->rng, 1, 12);
  for (int side = 0; side < SIDES; side++) {
    sqlite3_str *out = side == VSS ? vss : plain;
    int self = side == VSS && from_self;
    sqlite3_str_appendf(out, "select %s + %d, ", self ? "rowid" : "id", shift);
    schema_names(c, out, "");
    sqlite3_str_appendf(out, " from %s order by %s limit %d offset %d", self ? c->vtab : "p",
                        self ? "rowid" : "id", limit, shift % 7);
  }
  return run_pair(c, step, vss, plain);
}

static void set_list(Case *c, Step *step, sqlite3_str *vss, sqlite3_str *plain) {
  int n = rng_between(&c->rng, 1, 2);
  int first = rng_below(&c->rng, c->n_columns);
  for (int i = 0; i < n && i < c->n_columns; i++) {
    const Column *column = &c->columns[(first + i) % c->n_columns];
    const Column *other = schema_filter(c);
    sqlite3_str_appendf(vss, "%s%s = ", i ? ", " : "", column->ref);
    sqlite3_str_appendf(plain, "%s%s = ", i ? ", " : "", column->ref);
    if (column->is_vector) {
      write_vector(c, step, column, vss, plain);
      continue;
    }
    sqlite3_str *text = sqlite3_str_new(NULL);
    int form = rng_below(&c->rng, 10);
    if (form == 0) {
      sqlite3_str_appendall(text, other->ref);
    } else if (form == 1) {
      sqlite3_str_appendf(text, "%s || 'a'", column->ref);
    } else if (form == 2) {
      sqlite3_str_appendf(text, "coalesce(%s, 0) + 1", column->ref);
    } else {
      Value value = value_random(&c->rng, column->domain, column->null_percent);
      step_value(c, step, text, &value);
    }
    char *literal = sqlite3_str_finish(text);
    sqlite3_str_appendall(vss, literal);
    sqlite3_str_appendall(plain, literal);
    sqlite3_free(literal);
  }
}

/* Chooses every row that a search of a column finds. */
static void choose_by_search(Case *c, Step *step, sqlite3_str *vss, sqlite3_str *plain) {
  const Column *column = schema_vector(c);
  float vector[MAX_DIM];
  column_vector(&c->rng, column, vector);
  Value blob = blob_of(vector, column->dim);
  int above = rng_between(&c->rng, 0, c->max_rowid);
  sqlite3_str *text = sqlite3_str_new(NULL);
  step_value(c, step, text, &blob);
  char *value = sqlite3_str_finish(text);
  sqlite3_str_appendf(vss, " where vss_search(%s, %s) and rowid > %d", column->ref, value, above);
  sqlite3_str_appendf(plain, " where %s is not null and id > %d", column->ref, above);
  sqlite3_free(value);
}

/* Chooses rows by one rowid, by a search, or by terms. Terms need a subquery, as they say "v.". */
static void choose_rows(Case *c, Step *step, sqlite3_str *vss, sqlite3_str *plain) {
  int n = rng_below(&c->rng, 12);
  if (n > 9 && !c->by_triggers) {
    choose_by_search(c, step, vss, plain);
  } else if (n < 6) {
    int rowid = random_rowid(c);
    sqlite3_str_appendf(vss, " where rowid = %d", rowid);
    sqlite3_str_appendf(plain, " where id = %d", rowid);
  } else if (n < 8) {
    char *text[SIDES];
    query_rowids(c, step, text);
    sqlite3_str_appendf(vss, " where rowid in (%s)", text[VSS]);
    sqlite3_str_appendf(plain, " where id in (%s)", text[PLAIN]);
    sqlite3_free(text[VSS]);
    sqlite3_free(text[PLAIN]);
  } else {
    char *term = where_term(c, step, TERM_ANY, -1);
    sqlite3_str *source = sqlite3_str_new(NULL);
    query_plain_source(c, source, -1, "");
    char *source_text = sqlite3_str_finish(source);
    int most = rng_between(&c->rng, 1, 20);
    sqlite3_str_appendf(
        vss, " where rowid in (select v.rowid from %s as v where %s order by v.rowid limit %d)",
        c->vtab, term, most);
    sqlite3_str_appendf(plain,
                        " where id in (select v.rowid from %s where %s order by v.rowid limit %d)",
                        source_text, term, most);
    sqlite3_free(term);
    sqlite3_free(source_text);
  }
}

static int write_update(Case *c) {
  Step *step = step_new(STEP_WRITE);
  sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
  sqlite3_str_appendf(vss, "update %s set ", c->vtab);
  sqlite3_str_appendall(plain, "update p set ");
  set_list(c, step, vss, plain);
  choose_rows(c, step, vss, plain);
  return run_pair(c, step, vss, plain);
}

static int write_update_rowid(Case *c) {
  Step *step = step_new(STEP_WRITE);
  sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
  const char *conflict = PICK(&c->rng, conflict_words);
  int from = random_rowid(c), to = random_rowid(c);
  sqlite3_str_appendf(vss, "update%s %s set rowid = %d", conflict, c->vtab, to);
  sqlite3_str_appendf(plain, "update%s p set id = %d", conflict, to);
  if (rng_chance(&c->rng, 40)) {
    sqlite3_str_appendall(vss, ", ");
    sqlite3_str_appendall(plain, ", ");
    set_list(c, step, vss, plain);
  }
  sqlite3_str_appendf(vss, " where rowid = %d", from);
  sqlite3_str_appendf(plain, " where id = %d", from);
  return run_pair(c, step, vss, plain);
}

/* A key as an expression: that of a row of p, or any. Free with sqlite3_free(). */
static char *random_key(Case *c, Step *step, const Column *key) {
  if (rng_chance(&c->rng, 60))
    return sqlite3_mprintf("(select p2.%s from p as p2 where p2.id >= %d order by p2.id limit 1)",
                           key->ref, random_rowid(c));
  Value value = value_random(&c->rng, DOMAIN_KEY, 2);
  sqlite3_str *text = sqlite3_str_new(NULL);
  step_value(c, step, text, &value);
  return sqlite3_str_finish(text);
}

/* An INSERT without a rowid: both sides choose the same one, also when a row has to go. */
static void insert_by_key(Case *c, Step *step, const char *key, sqlite3_str *vss,
                          sqlite3_str *plain) {
  insert_head(c, rng_chance(&c->rng, 50) ? " or replace" : PICK(&c->rng, conflict_words), vss,
              plain);
  sqlite3_str_appendall(vss, "values (null");
  sqlite3_str_appendall(plain, "values (null");
  row_values(c, step, key, vss, plain);
  sqlite3_str_appendall(vss, ")");
  sqlite3_str_appendall(plain, ")");
}

/*
** One row that its primary key names is written. With OR REPLACE and its like, the order in which
** the two sides go through several rows would matter.
*/
static int write_by_key(Case *c, const Column *key) {
  Step *step = step_new(STEP_WRITE);
  sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
  int form = rng_below(&c->rng, 10);
  char *which = random_key(c, step, key), *other = random_key(c, step, key);
  const char *conflict = PICK(&c->rng, conflict_words);
  sqlite3_str *sides[SIDES] = {vss, plain};
  const char *names[SIDES] = {c->vtab, "p"}, *rowids[SIDES] = {"rowid", "id"};
  if (form < 3) insert_by_key(c, step, which, vss, plain);
  for (int side = 0; side < SIDES && form >= 3; side++) {
    sqlite3_str *out = sides[side];
    if (form < 5)
      sqlite3_str_appendf(out, "update%s %s set %s = %s where %s = %s", conflict, names[side],
                          key->ref, other, key->ref, which);
    else if (form < 6)
      sqlite3_str_appendf(out, "update%s %s set %s = %s, %s = %d where %s = %s", conflict,
                          names[side], key->ref, other, rowids[side], c->max_rowid / 2, key->ref,
                          which);
    else if (form < 8)
      sqlite3_str_appendf(out, "delete from %s where %s = %s", names[side], key->ref, which);
    else
      sqlite3_str_appendf(out, "delete from %s where %s in (%s, %s)", names[side], key->ref, which,
                          other);
  }
  sqlite3_free(which);
  sqlite3_free(other);
  return run_pair(c, step, vss, plain);
}

static int write_delete(Case *c) {
  Step *step = step_new(STEP_WRITE);
  sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
  sqlite3_str_appendf(vss, "delete from %s", c->vtab);
  sqlite3_str_appendall(plain, "delete from p");
  if (!rng_chance(&c->rng, 3)) choose_rows(c, step, vss, plain);
  return run_pair(c, step, vss, plain);
}

static int control(Case *c, const char *text) {
  Step *step = step_new(STEP_CONTROL);
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendall(sql, text);
  step_finish(step, sql, NULL);
  return case_run(c, step);
}

void write_upheaval(Case *c, const Column *column, char *out_text[SIDES]) {
  int rowid = random_rowid(c);
  switch (rng_below(&c->rng, 3)) {
    case 0:
      out_text[VSS] = sqlite3_mprintf("delete from %s where rowid >= %d", c->vtab, rowid);
      out_text[PLAIN] = sqlite3_mprintf("delete from p where id >= %d", rowid);
      break;
    case 1:
      out_text[VSS] =
          sqlite3_mprintf("update %s set %s = null where rowid > %d", c->vtab, column->ref, rowid);
      out_text[PLAIN] = sqlite3_mprintf("update p set %s = null where id > %d", column->ref, rowid);
      break;
    default:
      out_text[VSS] =
          sqlite3_mprintf("update %s set rowid = rowid + 100000 where rowid < %d", c->vtab, rowid);
      out_text[PLAIN] = sqlite3_mprintf("update p set id = id + 100000 where id < %d", rowid);
  }
}

static int write_halfway(Case *c) {
  if (c->by_triggers || case_is_contended(c)) return 0;
  Step *step = step_new(STEP_HALFWAY);
  const Column *column = schema_vector(c);
  float vector[MAX_DIM];
  column_vector(&c->rng, column, vector);
  Value blob = blob_of(vector, column->dim);
  sqlite3_str *query = sqlite3_str_new(NULL);
  sqlite3_str_appendf(query,
                      rng_chance(&c->rng, 70) ? "select rowid, * from %s where vss_search(%s, "
                                              : "select rowid, * from %s where coalesce(%s, ",
                      c->vtab, column->ref);
  value_literal(query, &blob);
  sqlite3_str_appendall(query, ")");
  step->rows = rng_between(&c->rng, 1, 6);
  char *text[SIDES];
  write_upheaval(c, column, text);
  step->sql[PLAIN] = text[VSS];
  step->terms[0] = text[PLAIN];
  step->n_terms = 1;
  step_finish(step, query, NULL);
  return case_run(c, step);
}

/* Asks what the table is called now, because a rollback undoes a renaming. */
int write_learn_name(Case *c) {
  char sql[100];
  snprintf(sql, sizeof sql, "select count(*) from %s.sqlite_schema where name = 'renamed'",
           c->schema);
  int64_t is_renamed = case_ask(c, sql, NULL, -1);
  if (is_renamed < 0) return 0;
  snprintf(c->name, sizeof c->name, "%s", is_renamed ? "renamed" : "v");
  snprintf(c->vtab, sizeof c->vtab, strcmp(c->schema, "main") ? "%s.%s" : "%.0s%s", c->schema,
           c->name);
  return 1;
}

/* One statement of a transaction: BEGIN, SAVEPOINT, RELEASE, ROLLBACK or COMMIT. */
static int write_transaction(Case *c) {
  char text[40];
  int *n_savepoints = &c->n_savepoints[c->connection];
  if (!case_in_transaction(c)) {
    *n_savepoints = 0;
    if (rng_chance(&c->rng, 75))
      return control(c, rng_chance(&c->rng, 50) ? "begin" : "begin immediate");
  }
  int n = rng_below(&c->rng, 100);
  if (*n_savepoints > 0 && n < 30) {
    int level = rng_below(&c->rng, *n_savepoints);
    snprintf(text, sizeof text, "rollback to s%d", level);
    *n_savepoints = level + 1;
    return control(c, text);
  }
  if (*n_savepoints > 0 && n < 45) {
    int level = rng_below(&c->rng, *n_savepoints);
    snprintf(text, sizeof text, "release s%d", level);
    *n_savepoints = level;
    return control(c, text);
  }
  if (n < 75 && *n_savepoints < 4) {
    snprintf(text, sizeof text, "savepoint s%d", (*n_savepoints)++);
    return control(c, text);
  }
  if (!case_in_transaction(c)) return 0;
  *n_savepoints = 0;
  return control(c, n < 88 ? "commit" : "rollback");
}

static int compare_all(Case *c, int connection) {
  Step *step = step_new(STEP_COMPARE);
  step->connection = connection;
  sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
  sqlite3_str_appendf(vss, "select rowid, * from %s order by rowid", c->vtab);
  sqlite3_str_appendall(plain, "select * from p order by id");
  step_finish(step, vss, plain);
  return case_run(c, step);
}

static int check_integrity(Case *c) {
  Step *step = step_new(STEP_COMPARE);
  sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
  sqlite3_str_appendf(vss, "pragma %s.integrity_check", c->schema);
  sqlite3_str_appendall(plain, "select 'ok'");
  step_finish(step, vss, plain);
  return case_run(c, step);
}

/* To the name "renamed", or back to "v". */
static int rename_table(Case *c) {
  if (c->by_triggers) return 0;
  char text[80];
  const char *name = strcmp(c->name, "v") ? "v" : "renamed";
  snprintf(text, sizeof text, "alter table %s rename to %s", c->vtab, name);
  if (control(c, text)) return 1;
  write_learn_name(c);
  return 0;
}

static int maintenance(Case *c) {
  static const char *const commands[] = {"rebuild", "integrity-check", "cache-off", "cache-on"};
  char text[80];
  switch (rng_below(&c->rng, 6)) {
    case 0: return check_integrity(c);
    case 1: return rename_table(c);
    case 2:
      snprintf(text, sizeof text, "insert into %s(%s) values ('%s')", c->vtab, c->name,
               commands[rng_below(&c->rng, sizeof commands / sizeof *commands)]);
      return control(c, text);
    case 3:
      if (case_in_transaction(c) || case_is_contended(c)) return 0;
      snprintf(text, sizeof text, "vacuum %s", strcmp(c->schema, "temp") ? c->schema : "main");
      return control(c, text);
    case 4:
      if (!c->file_backed || case_in_transaction(c) || case_is_contended(c)) return 0;
      return case_run(c, step_new(STEP_REOPEN));
    default: return compare_all(c, 0);
  }
}

static int write_one(Case *c) {
  int n = rng_below(&c->rng, 100);
  if (!case_in_transaction(c)) c->n_savepoints[c->connection] = 0;
  if (n < 26) return write_transaction(c);
  if (n < 38) return write_insert(c, 1, PICK(&c->rng, conflict_words));
  if (n < 44) {
    const char *conflict = PICK(&c->rng, conflict_words);
    return write_insert(c, rng_between(&c->rng, 2, 5), conflict);
  }
  if (n < 50) return write_insert_assigned(c);
  if (n < 54) return write_insert_failing(c);
  if (n < 59) return write_insert_select(c);
  const Column *key = schema_key(c);
  if (key && rng_chance(&c->rng, 35)) return write_by_key(c, key);
  if (n < 73) return write_update(c);
  if (n < 79) return write_update_rowid(c);
  if (n < 90) return write_delete(c);
  if (n < 92) return write_halfway(c);
  return maintenance(c);
}

int write_random(Case *c) {
  int failed = write_one(c);
  write_learn_name(c);
  return failed;
}

int write_fill(Case *c) {
  if (c->target_rows > 60) {
    Step *step = step_new(STEP_BULK);
    sqlite3_str *vss = sqlite3_str_new(NULL), *plain = sqlite3_str_new(NULL);
    insert_head(c, "", vss, plain);
    sqlite3_str_appendall(vss, "values (?");
    sqlite3_str_appendall(plain, "values (?");
    for (int i = 0; i < c->n_columns; i++) {
      sqlite3_str_appendall(vss, ", ?");
      sqlite3_str_appendall(plain, ", ?");
    }
    sqlite3_str_appendall(vss, ")");
    sqlite3_str_appendall(plain, ")");
    step->rows = c->target_rows;
    step->seed = rng_next(&c->rng);
    step->first_rowid = rng_between(&c->rng, 1, 10);
    step_finish(step, vss, plain);
    return case_run(c, step);
  }
  for (int i = 0; i < c->target_rows; i++)
    if (write_insert(c, 1, rng_chance(&c->rng, 80) ? " or ignore" : " or replace")) return 1;
  return 0;
}

static int end_transaction(Case *c) {
  if (case_in_transaction(c) && control(c, rng_chance(&c->rng, 60) ? "commit" : "rollback"))
    return 1;
  /* Another connection may have kept it from committing. */
  return case_in_transaction(c) && control(c, "rollback");
}

/* Each connection ends its transaction, and then each sees the same rows. */
static int finish_all(Case *c) {
  for (c->connection = 0; c->connection < c->n_connections; c->connection++)
    if (end_transaction(c)) return 1;
  for (c->connection = 0; c->connection < c->n_connections; c->connection++) {
    write_learn_name(c);
    log_count_refined(c);
    if (compare_all(c, c->connection) || check_integrity(c)) return 1;
  }
  return 0;
}

int write_finish(Case *c) {
  if (c->n_connections > 1) return finish_all(c);
  write_learn_name(c);
  if (compare_all(c, 0) || end_transaction(c)) return 1;
  write_learn_name(c);
  log_count_refined(c);
  return compare_all(c, c->file_backed) || check_integrity(c);
}
