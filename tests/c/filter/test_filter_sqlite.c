/*
** src/filter against SQLite itself. A virtual table of the test's own, the probe, answers WHERE
** terms through the filter. It mirrors an ordinary table, and every random query has to give the
** same rows over both.
**
**   t   the ordinary table       SQLite compares
**   v   the probe, its mirror    the filter compares; SQLite checks again what is not exact
**   u   another table            its columns are right sides of every affinity
**
**   test_filter_sqlite        ten such tables, 400 queries each
**   test_filter_sqlite N      N tables
*/
#include "check.h"
#include "filter/filter.h"

#include <sqlite3.h>

/* ---- the probe table ---- */

enum { COLUMNS = 10 };

static const char *const column_types[COLUMNS] = {
    "",     "text", "text collate nocase", "text collate rtrim", "integer", "real", "numeric",
    "blob", "date", "varchar(9)"};

/*
** The content of t as columns of the filter. One for the whole test: all probes and cursors share
** it.
*/
static struct {
  VssColumn *columns[COLUMNS];
  int64_t *rowids;
  uint32_t n_slots;
  uint64_t terms, omitted; /* what the planner handed over */
} mirror;

typedef struct Probe {
  sqlite3_vtab base;
} Probe;

typedef struct Cursor {
  sqlite3_vtab_cursor base;
  VssBitmap slots;
  uint32_t slot;
} Cursor;

static int probe_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                         sqlite3_vtab **out_vtab, char **out_error) {
  (void)aux;
  (void)argc;
  (void)argv;
  (void)out_error;
  char schema[512] = "create table x(";
  for (int i = 0; i < COLUMNS; i++)
    sprintf(schema + strlen(schema), "%sc%d %s", i ? "," : "", i, column_types[i]);
  strcat(schema, ")");
  int rc = sqlite3_declare_vtab(db, schema);
  if (rc != SQLITE_OK) return rc;
  *out_vtab = sqlite3_malloc(sizeof(Probe));
  memset(*out_vtab, 0, sizeof(Probe));
  return SQLITE_OK;
}

static int probe_disconnect(sqlite3_vtab *vtab) {
  sqlite3_free(vtab);
  return SQLITE_OK;
}

static int find_op(unsigned char op) {
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ: return VSS_OP_EQ;
    case SQLITE_INDEX_CONSTRAINT_NE: return VSS_OP_NE;
    case SQLITE_INDEX_CONSTRAINT_LT: return VSS_OP_LT;
    case SQLITE_INDEX_CONSTRAINT_LE: return VSS_OP_LE;
    case SQLITE_INDEX_CONSTRAINT_GT: return VSS_OP_GT;
    case SQLITE_INDEX_CONSTRAINT_GE: return VSS_OP_GE;
    case SQLITE_INDEX_CONSTRAINT_IS: return VSS_OP_IS;
    case SQLITE_INDEX_CONSTRAINT_ISNOT: return VSS_OP_IS_NOT;
    case SQLITE_INDEX_CONSTRAINT_ISNULL: return VSS_OP_IS_NULL;
    case SQLITE_INDEX_CONSTRAINT_ISNOTNULL: return VSS_OP_NOT_NULL;
    default: return -1;
  }
}

static int find_collation(const char *name) {
  return sqlite3_stricmp(name, "binary") == 0   ? VSS_COLL_BINARY
         : sqlite3_stricmp(name, "nocase") == 0 ? VSS_COLL_NOCASE
                                                : VSS_COLL_RTRIM;
}

/*
** The plan as text: "<column> <op> <collation> <as_is>;" per term, in the order of the arguments.
** Column -1 is the rowid.
*/
static int probe_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info) {
  (void)vtab;
  char plan[1024] = "";
  int n = 0;
  for (int i = 0; i < info->nConstraint; i++) {
    int op = find_op(info->aConstraint[i].op);
    if (!info->aConstraint[i].usable || op < 0 || n == 20) continue;
    VssPredicate predicate = {.op = (VssOp)op, .affinity = VSS_AFF_INTEGER};
    int column = info->aConstraint[i].iColumn;
    if (column >= 0) predicate.affinity = vss_filter_affinity(column_types[column]);
    if (op == VSS_OP_EQ && sqlite3_vtab_in(info, i, 1)) predicate.op = VSS_OP_IN;
    predicate.collation = (VssCollation)find_collation(sqlite3_vtab_collation(info, i));
    info->aConstraintUsage[i].argvIndex = ++n;
    sqlite3_value *rhs;
    predicate.as_is = sqlite3_vtab_rhs_value(info, i, &rhs) == SQLITE_OK &&
                      sqlite3_value_type(rhs) == SQLITE_TEXT;
    info->aConstraintUsage[i].omit =
        (unsigned char)vss_filter_is_exact(predicate.op, predicate.affinity, predicate.as_is);
    mirror.terms++;
    mirror.omitted += info->aConstraintUsage[i].omit;
    sprintf(plan + strlen(plan), "%d %d %d %d;", column, (int)predicate.op,
            (int)predicate.collation, predicate.as_is);
  }
  info->idxStr = sqlite3_mprintf("%s", plan);
  info->needToFreeIdxStr = 1;
  info->estimatedCost = n ? 10 : 1000000;
  return SQLITE_OK;
}

static int probe_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out_cursor) {
  (void)vtab;
  *out_cursor = sqlite3_malloc(sizeof(Cursor));
  memset(*out_cursor, 0, sizeof(Cursor));
  return SQLITE_OK;
}

static int probe_close(sqlite3_vtab_cursor *base) {
  vss_bitmap_free(&((Cursor *)base)->slots);
  sqlite3_free(base);
  return SQLITE_OK;
}

static VssValue borrow(sqlite3_value *value) {
  VssValue out = {.type = VSS_NULL};
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      out.type = VSS_INTEGER;
      out.integer = sqlite3_value_int64(value);
      break;
    case SQLITE_FLOAT:
      out.type = VSS_REAL;
      out.real = sqlite3_value_double(value);
      break;
    case SQLITE_TEXT:
      out.type = VSS_TEXT;
      out.bytes = sqlite3_value_text(value);
      out.size_bytes = (uint32_t)sqlite3_value_bytes(value);
      break;
    case SQLITE_BLOB:
      out.type = VSS_BLOB;
      out.bytes = sqlite3_value_blob(value);
      out.size_bytes = (uint32_t)sqlite3_value_bytes(value);
      break;
    default: break;
  }
  return out;
}

/*
** Add to the predicate what numeric affinity, or a conversion to text, makes of the right side. It
** is made in a copy, which *out_copy owns.
*/
static void convert_rhs(VssPredicate *predicate, sqlite3_value *value, sqlite3_value **out_copy) {
  predicate->rhs = borrow(value);
  *out_copy = NULL;
  if (predicate->rhs.type == VSS_REAL) {
    *out_copy = sqlite3_value_dup(value);
    predicate->rhs_text.type = VSS_TEXT;
    predicate->rhs_text.bytes = sqlite3_value_text(*out_copy);
    predicate->rhs_text.size_bytes = (uint32_t)sqlite3_value_bytes(*out_copy);
  } else if (predicate->rhs.type == VSS_TEXT) {
    *out_copy = sqlite3_value_dup(value);
    sqlite3_value_numeric_type(*out_copy);
    predicate->rhs_number = borrow(*out_copy);
  }
}

static void apply_term(Cursor *cursor, int column, VssPredicate *predicate,
                       sqlite3_value *argument) {
  static VssValue set[1000];
  static sqlite3_value *copies[1000];
  uint32_t n_copies = 0;
  if (predicate->op == VSS_OP_IN) {
    sqlite3_value *member;
    for (int rc = sqlite3_vtab_in_first(argument, &member); rc == SQLITE_OK && n_copies < 1000;
         rc = sqlite3_vtab_in_next(argument, &member)) {
      copies[n_copies] = sqlite3_value_dup(member);
      set[n_copies] = borrow(copies[n_copies]);
      n_copies++;
    }
    predicate->set = set;
    predicate->set_count = n_copies;
  } else {
    convert_rhs(predicate, argument, &copies[n_copies++]);
  }
  int rc = column < 0
               ? vss_filter_apply_rowids(mirror.rowids, mirror.n_slots, predicate, &cursor->slots)
               : vss_filter_apply(mirror.columns[column], predicate, &cursor->slots);
  CHECK(rc == VSS_OK);
  for (uint32_t i = 0; i < n_copies; i++)
    sqlite3_value_free(copies[i]);
}

static int probe_next(sqlite3_vtab_cursor *base) {
  Cursor *cursor = (Cursor *)base;
  do {
    cursor->slot++;
  } while (cursor->slot < mirror.n_slots && !vss_bitmap_get(&cursor->slots, cursor->slot));
  return SQLITE_OK;
}

static int probe_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
                        sqlite3_value **argv) {
  (void)number;
  Cursor *cursor = (Cursor *)base;
  vss_bitmap_free(&cursor->slots);
  for (uint32_t i = 0; i < mirror.n_slots; i++)
    vss_bitmap_set(&cursor->slots, i);
  for (int i = 0; i < argc; i++) {
    int column, op, collation, as_is, read;
    CHECK(sscanf(plan, "%d %d %d %d;%n", &column, &op, &collation, &as_is, &read) == 4);
    plan += read;
    VssPredicate predicate = {.op = (VssOp)op,
                              .affinity = VSS_AFF_INTEGER,
                              .collation = (VssCollation)collation,
                              .as_is = as_is};
    if (column >= 0) predicate.affinity = vss_filter_affinity(column_types[column]);
    apply_term(cursor, column, &predicate, argv[i]);
  }
  cursor->slot = VSS_NONE;
  return probe_next(base);
}

static int probe_eof(sqlite3_vtab_cursor *base) {
  return ((Cursor *)base)->slot >= mirror.n_slots;
}

static int probe_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int i) {
  VssValue value;
  vss_column_get(mirror.columns[i], ((Cursor *)base)->slot, &value);
  switch (value.type) {
    case VSS_INTEGER: sqlite3_result_int64(context, value.integer); break;
    case VSS_REAL: sqlite3_result_double(context, value.real); break;
    case VSS_TEXT:
      sqlite3_result_text(context, value.bytes, (int)value.size_bytes, SQLITE_TRANSIENT);
      break;
    case VSS_BLOB:
      sqlite3_result_blob(context, value.bytes, (int)value.size_bytes, SQLITE_TRANSIENT);
      break;
    default: sqlite3_result_null(context);
  }
  return SQLITE_OK;
}

static int probe_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out_rowid) {
  *out_rowid = mirror.rowids[((Cursor *)base)->slot];
  return SQLITE_OK;
}

static const sqlite3_module probe_module = {
    .xCreate = probe_connect,
    .xConnect = probe_connect,
    .xBestIndex = probe_best_index,
    .xDisconnect = probe_disconnect,
    .xDestroy = probe_disconnect,
    .xOpen = probe_open,
    .xClose = probe_close,
    .xFilter = probe_filter,
    .xNext = probe_next,
    .xEof = probe_eof,
    .xColumn = probe_column,
    .xRowid = probe_rowid,
};

/* ---- against SQLite ---- */

static sqlite3 *db;

static void run(const char *sql) {
  char *error = NULL;
  if (!CHECK(sqlite3_exec(db, sql, NULL, NULL, &error) == SQLITE_OK))
    fprintf(stderr, "  %s: %s\n", sql, error);
  sqlite3_free(error);
}

/*
** SQL literals at which a comparison has gone wrong somewhere. They are of every storage class, and
** there are texts that are numbers, that look like numbers, and that are neither.
*/
static const char *const literals[] = {"null",
                                       "0",
                                       "1",
                                       "-1",
                                       "5",
                                       "10",
                                       "100",
                                       "9007199254740992",
                                       "9007199254740993",
                                       "-9007199254740993",
                                       "9223372036854775807",
                                       "-9223372036854775808",
                                       "0.0",
                                       "-0.0",
                                       "1.5",
                                       "5.0",
                                       "3.5",
                                       "1e20",
                                       "9e999",
                                       "-9e999",
                                       "9007199254740993.0",
                                       "9.2233720368547758e18",
                                       "-9.2233720368547758e18",
                                       "0.1",
                                       "1e-300",
                                       "5e-324",
                                       "1e2",
                                       "''",
                                       "'5'",
                                       "'5.0'",
                                       "' 5'",
                                       "'5 '",
                                       "'05'",
                                       "'+5'",
                                       "'-5'",
                                       "'5e0'",
                                       "'1e2'",
                                       "'1_000'",
                                       "'0x10'",
                                       "'abc'",
                                       "'ABC'",
                                       "'abc '",
                                       "'abc  '",
                                       "'Abc'",
                                       "'ab'",
                                       "'a'",
                                       "'\xc3\xa9'",
                                       "'\xc3\x89'",
                                       "'9007199254740993'",
                                       "'9223372036854775808'",
                                       "'9223372036854775807'",
                                       "'-9223372036854775808'",
                                       "'1e20'",
                                       "'100000000000000000000'",
                                       "'1e400'",
                                       "'.5'",
                                       "'5.'",
                                       "'.'",
                                       "'-'",
                                       "'inf'",
                                       "'nan'",
                                       "'0.1'",
                                       "'0.1000000000000000055'",
                                       "'123456789012345678'",
                                       "'12345678901234567890'",
                                       "'1.7976931348623159e308'",
                                       "'9007199254740993.0'",
                                       "'1e-300'",
                                       "'5e-324'",
                                       "'10'",
                                       "'100'",
                                       "'1.5'",
                                       "cast(x'3500' as text)",
                                       "cast(x'610062' as text)",
                                       "cast(x'610063' as text)",
                                       "cast(x'410062' as text)",
                                       "cast(x'00' as text)",
                                       "cast(x'313000' as text)",
                                       "cast(x'0935' as text)",
                                       "cast(x'0b350c' as text)",
                                       "cast(x'c2a035' as text)",
                                       "x''",
                                       "x'35'",
                                       "x'616263'",
                                       "x'00'",
                                       "x'3130'",
                                       "'2016-01-01'",
                                       "'2019-12-31'",
                                       "'2019'",
                                       "2019",
                                       "'NY Times'",
                                       "'ny times'",
                                       "'ny times '",
                                       "'  '",
                                       "' '",
                                       "'-0'",
                                       "'-0.0'",
                                       "'0'",
                                       "'00.50'",
                                       "'1e'",
                                       "'1e+'",
                                       "'1e+2'",
                                       "'1 2'",
                                       "20240101",
                                       "1700000000",
                                       "19.99",
                                       "20"};
enum { LITERALS = sizeof literals / sizeof literals[0] };

static const char *random_literal(uint64_t *seed) {
  return literals[check_random(seed) % LITERALS];
}

/*
** A literal for a column that holds, by its profile: 0 anything, 1 integers, 2 reals, 3 numbers,
** 4 texts.
*/
static void append_profiled(char *sql, uint64_t *seed, int profile) {
  char text[64];
  if (profile == 0 || check_random(seed) % 9 == 0) {
    strcat(sql, profile ? "null" : random_literal(seed));
    return;
  }
  int whole = (int)(check_random(seed) % 30) - 5;
  switch (profile) {
    case 1: sprintf(text, "%d", whole); break;
    case 2: sprintf(text, "%d.%d", whole, (int)(check_random(seed) % 4) * 5); break;
    case 3: sprintf(text, check_random(seed) & 1 ? "%d" : "%d.5", whole); break;
    default:
      if (check_random(seed) & 1) {
        sprintf(text, "'%d'", whole);
      } else {
        sprintf(text, "'%cx'", 'A' + whole + 5);
      }
      break;
  }
  strcat(sql, text);
}

/* Create t with random rows, its mirror and its probe v, and u. */
static void make_tables(uint64_t *seed, int n_rows) {
  char sql[8192] =
      "drop table if exists t; drop table if exists u; drop table if exists v; create table t(";
  int profiles[COLUMNS];
  for (int i = 0; i < COLUMNS; i++) {
    sprintf(sql + strlen(sql), "%sc%d %s", i ? "," : "", i, column_types[i]);
    profiles[i] = (int)(check_random(seed) % 8);
    if (profiles[i] > 4) profiles[i] = 0;
  }
  strcat(sql, "); create table u(");
  for (int i = 0; i < COLUMNS; i++)
    sprintf(sql + strlen(sql), "%sd%d %s", i ? "," : "", i, column_types[i]);
  strcat(sql, "); begin;");
  run(sql);
  for (int row = 0; row < n_rows; row++) {
    strcpy(sql, "insert into t(rowid");
    for (int i = 0; i < COLUMNS; i++)
      sprintf(sql + strlen(sql), ", c%d", i);
    sprintf(sql + strlen(sql), ") values(%d", row * 2 - 20);
    for (int i = 0; i < COLUMNS; i++) {
      strcat(sql, ", ");
      append_profiled(sql, seed, profiles[i]);
    }
    strcat(sql, ")");
    run(sql);
  }
  for (int row = 0; row < 12; row++) {
    strcpy(sql, "insert into u values(");
    for (int i = 0; i < COLUMNS; i++)
      sprintf(sql + strlen(sql), "%s%s", i ? "," : "", random_literal(seed));
    strcat(sql, ")");
    run(sql);
  }
  run("commit; create virtual table temp.v using probe");
}

static void free_mirror(void) {
  for (int i = 0; i < COLUMNS; i++) {
    vss_column_free(mirror.columns[i]);
    mirror.columns[i] = NULL;
  }
  free(mirror.rowids);
  mirror.rowids = NULL;
  mirror.n_slots = 0;
}

static void fill_mirror(int n_rows) {
  sqlite3_stmt *statement = NULL;
  mirror.rowids = malloc((size_t)n_rows * sizeof *mirror.rowids);
  for (int i = 0; i < COLUMNS; i++)
    CHECK(vss_column_create(&mirror.columns[i]) == VSS_OK);
  CHECK(sqlite3_prepare_v2(db, "select *, rowid from t order by rowid", -1, &statement, NULL) ==
        SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    for (int i = 0; i < COLUMNS; i++) {
      VssValue value = borrow(sqlite3_column_value(statement, i));
      CHECK(vss_column_put(mirror.columns[i], mirror.n_slots, &value) == VSS_OK);
    }
    mirror.rowids[mirror.n_slots++] = sqlite3_column_int64(statement, COLUMNS);
  }
  sqlite3_finalize(statement);
}

/*
** A right side: a literal, a CAST, a subquery, something without affinity, or (in a join) a column
** of u.
*/
static void append_rhs(char *sql, uint64_t *seed, int joined) {
  static const char *const casts[] = {"text", "numeric", "integer", "real", "blob"};
  uint64_t pick = check_random(seed) % (joined ? 12 : 6);
  if (pick >= 6) {
    sprintf(sql + strlen(sql), "u.d%d", (int)(check_random(seed) % COLUMNS));
  } else if (pick == 0) {
    sprintf(sql + strlen(sql), "cast(%s as %s)", random_literal(seed),
            casts[check_random(seed) % 5]);
  } else if (pick == 1) {
    sprintf(sql + strlen(sql), "(select d%d from u where rowid = %d)",
            (int)(check_random(seed) % COLUMNS), (int)(check_random(seed) % 12) + 1);
  } else if (pick == 2) {
    sprintf(sql + strlen(sql), "+(%s)", random_literal(seed));
  } else {
    strcat(sql, random_literal(seed));
  }
}

/* One term on column x.c<i> or x.rowid. */
static void append_term(char *sql, uint64_t *seed, int joined) {
  static const char *const ops[] = {"=", "==", "!=", "<>", "<", "<=", ">", ">=", "is", "is not"};
  char column[24];
  if (check_random(seed) % 12) {
    sprintf(column, "x.c%d", (int)(check_random(seed) % COLUMNS));
  } else {
    strcpy(column, "x.rowid");
  }
  uint64_t pick = check_random(seed) % 14;
  strcat(sql, "(");
  if (pick < 8) {
    int turned = check_random(seed) % 5 == 0;
    const char *op = ops[check_random(seed) % 10];
    if (!turned) sprintf(sql + strlen(sql), "%s %s ", column, op);
    append_rhs(sql, seed, joined);
    if (turned) sprintf(sql + strlen(sql), " %s %s", op, column);
  } else if (pick < 10) {
    sprintf(sql + strlen(sql), "%s between ", column);
    append_rhs(sql, seed, joined);
    strcat(sql, " and ");
    append_rhs(sql, seed, joined);
  } else if (pick == 10) {
    sprintf(sql + strlen(sql), "%s is %snull", column, check_random(seed) & 1 ? "not " : "");
  } else if (pick == 11) {
    sprintf(sql + strlen(sql), "%s %sin (select d%d from u)", column,
            check_random(seed) % 4 ? "" : "not ", (int)(check_random(seed) % COLUMNS));
  } else if (pick == 12) {
    sprintf(sql + strlen(sql), "%s collate %s = ", column,
            check_random(seed) & 1 ? "nocase" : "binary");
    append_rhs(sql, seed, joined);
  } else {
    sprintf(sql + strlen(sql), "%s in (", column);
    int n = (int)(check_random(seed) % 12) + 1;
    for (int i = 0; i < n; i++) {
      if (i) strcat(sql, ",");
      append_rhs(sql, seed, joined);
    }
    strcat(sql, ")");
  }
  strcat(sql, ")");
}

/* The rows of a query as one text, which the caller frees. */
static char *query(const char *sql) {
  sqlite3_stmt *statement = NULL;
  char *rows = sqlite3_mprintf("");
  if (!CHECK(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK)) {
    fprintf(stderr, "  %s: %s\n", sql, sqlite3_errmsg(db));
    return rows;
  }
  while (sqlite3_step(statement) == SQLITE_ROW)
    rows = sqlite3_mprintf("%z%s ", rows, sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return rows;
}

static void compare_query(uint64_t *seed) {
  int joined = check_random(seed) % 3 == 0;
  char where[4096] = "";
  int n_terms = check_random(seed) % 4 ? 1 : (int)(check_random(seed) % 3) + 1;
  for (int i = 0; i < n_terms; i++) {
    if (i) strcat(where, " and ");
    append_term(where, seed, joined);
  }
  char *sql[2];
  char *rows[2];
  for (int i = 0; i < 2; i++) {
    /*
    ** SQLite keeps u outside in a CROSS JOIN, so that its columns reach the probe as right sides.
    */
    sql[i] = sqlite3_mprintf("select x.rowid%s from %s %s x where %s order by 1",
                             joined ? "||'/'||u.rowid" : "", joined ? "u cross join" : "",
                             i ? "v" : "t", where);
    rows[i] = query(sql[i]);
  }
  if (!CHECK(strcmp(rows[0], rows[1]) == 0)) {
    fprintf(stderr, "  %s\n  SQLite %.300s\n  filter %.300s\n", sql[1], rows[0], rows[1]);
  }
  for (int i = 0; i < 2; i++) {
    sqlite3_free(sql[i]);
    sqlite3_free(rows[i]);
  }
}

static void test_sqlite(uint64_t seed, int n_tables, int n_queries) {
  CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
  CHECK(sqlite3_create_module(db, "probe", &probe_module, NULL) == SQLITE_OK);
  for (int i = 0; i < n_tables; i++) {
    int n_rows = i % 4 ? 60 + LITERALS : 1300; /* at times more than one zone */
    make_tables(&seed, n_rows);
    fill_mirror(n_rows);
    for (int j = 0; j < n_queries; j++)
      compare_query(&seed);
    run("drop table v");
    free_mirror();
  }
  sqlite3_close(db);
  CHECK(mirror.omitted * 4 > mirror.terms); /* SQLite checks no exact term */
}

int main(int argc, char **argv) {
  int n_tables = argc > 1 ? atoi(argv[1]) : 10;
  test_sqlite(check_seed(), n_tables, 400);
  return check_summary();
}
