/*
** `create virtual table t using vss0(...)` with any arguments. Either it fails with a text and
** leaves nothing behind, or the table can be written, checked, renamed and dropped, and has the
** columns that the parser of the arguments found.
**
**   input: the table's name (empty: t), then the arguments; each ends with a zero byte
*/
#include "fuzz_db.h"

#include "vss0/args.h"

enum { MAX_ARGS = 40 };

typedef struct Arguments {
  char *name;
  char *texts[MAX_ARGS];
  int n;
} Arguments;

static void read_arguments(FuzzInput *in, Arguments *args) {
  size_t size;
  args->name = fuzz_text(in, &size);
  if (size == 0) {
    free(args->name);
    args->name = calloc(2, 1);
    if (!args->name) abort();
    args->name[0] = 't';
  }
  for (args->n = 0; args->n < MAX_ARGS && in->left; args->n++)
    args->texts[args->n] = fuzz_text(in, &size);
}

static void check_definition(const VssTableDef *def) {
  int n_vectors = 0, n_filters = 0;
  for (int i = 0; i < def->n_columns; i++) {
    const VssColumnDef *column = &def->columns[i];
    FUZZ_CHECK(column->name && column->name[0], "column %d has no name", i);
    for (int j = 0; j < i; j++)
      FUZZ_CHECK(sqlite3_stricmp(column->name, def->columns[j].name) != 0, "%s twice",
                 column->name);
    FUZZ_CHECK(column->number == (column->is_vector ? n_vectors : n_filters), "column %d is %d", i,
               column->number);
    if (column->is_vector) {
      const VssVectorDef *vector = &def->vectors[n_vectors++];
      FUZZ_CHECK(vector->dim >= 1 && vector->dim <= VSS_MAX_DIM, "%d dimensions", vector->dim);
      FUZZ_CHECK(vector->name == column->name, "column %d has two names", i);
    } else {
      const VssFilterDef *filter = &def->filters[n_filters++];
      FUZZ_CHECK(filter->type, "column %d has no type", i);
      FUZZ_CHECK(filter->name == column->name, "column %d has two names", i);
    }
  }
  FUZZ_CHECK(n_vectors == def->n_vectors && n_vectors > 0, "%d vectors", n_vectors);
  FUZZ_CHECK(n_filters == def->n_filters, "%d filters", n_filters);
}

/*
** Whether SQLite hands on the text as it is. It does so with words, numbers, = and single pairs of
** parentheses; not with a collation, a hidden column or an empty text.
*/
static int are_plain(const Arguments *args) {
  for (int i = 0; i < args->n; i++) {
    int depth = 0;
    const char *text = args->texts[i];
    for (; *text; text++) {
      depth += *text == '(' ? 1 : *text == ')' ? -1 : 0;
      if (!strchr("abcdefghijklmnopqrstuvwxyz_ 0123456789=()", *text)) return 0;
      if (depth < 0 || depth > 1) return 0;
    }
    if (depth || strstr(args->texts[i], "collate") || strstr(args->texts[i], "hidden")) return 0;
    if (strspn(args->texts[i], " ") == strlen(args->texts[i])) return 0;
  }
  return strlen(args->name) < 100 && sqlite3_strnicmp(args->name, "sqlite_", 7) != 0;
}

static char *create_sql(const Arguments *args) {
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendf(sql, "create virtual table \"%w\" using vss0(", args->name);
  for (int i = 0; i < args->n; i++)
    sqlite3_str_appendf(sql, i ? ",%s" : "%s", args->texts[i]);
  sqlite3_str_appendall(sql, ")");
  return sqlite3_str_finish(sql);
}

/*
** SQLite refuses a type whose words mean something else to it, as in `n in(20)`, and names the
** column.
*/
static int is_refused_type(sqlite3 *db, int rc) {
  return rc == SQLITE_ERROR && strstr(sqlite3_errmsg(db), "is not a type: near");
}

static void check_columns(sqlite3 *db, const char *name, const VssTableDef *def) {
  char *sql = sqlite3_mprintf("select * from \"%w\"", name);
  sqlite3_stmt *stmt = NULL;
  FUZZ_CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
  FUZZ_CHECK(sqlite3_column_count(stmt) == def->n_columns, "%d columns",
             sqlite3_column_count(stmt));
  for (int i = 0; i < def->n_columns; i++)
    FUZZ_CHECK(strcmp(sqlite3_column_name(stmt, i), def->columns[i].name) == 0, "%s",
               sqlite3_column_name(stmt, i));
  sqlite3_finalize(stmt);
  sqlite3_free(sql);
}

/* The life of a table: a row is written and read, the table is renamed, checked and dropped. */
static void use_table(sqlite3 *db, const char *name) {
  fuzz_must(db, "insert into \"%w\"(rowid) values (7)", name);
  fuzz_must(db, "insert into \"%w\"(\"%w\") values ('integrity-check')", name, name);
  fuzz_must(db, "alter table \"%w\" rename to \"new %w\"", name, name);
  fuzz_must(db, "delete from \"new %w\" where rowid = 7", name);
  fuzz_must(db, "drop table \"new %w\"", name);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  /*
  ** All inputs share one connection, as none leaves anything behind. Opening it sets the allocator.
  */
  static sqlite3 *db;
  if (!db) db = fuzz_open();
  FuzzInput in = {bytes, size};
  Arguments args;
  VssTableDef def = {0};
  VssError err = {0};
  read_arguments(&in, &args);
  int code = vss_args_parse(args.n, (const char *const *)args.texts, args.name, &def, &err);
  FUZZ_CHECK((code == VSS_OK && !err.text[0]) || (code == VSS_INVALID && err.text[0]), "code %d",
             code);
  if (code == VSS_OK) check_definition(&def);

  char *sql = create_sql(&args);
  int rc;
  sqlite3_free(fuzz_query(db, sql, NULL, 0,
                          &rc)); /* the first statement only, whatever follows in the text */
  if (are_plain(&args)) {
    FUZZ_CHECK((rc == SQLITE_OK) == (code == VSS_OK && !is_refused_type(db, rc)), "%s: %s; %s", sql,
               sqlite3_errmsg(db), err.text);
    if (rc == SQLITE_OK) check_columns(db, args.name, &def);
  }
  if (rc == SQLITE_OK) use_table(db, args.name);
  char *left = fuzz_rows(db, "select name from sqlite_schema");
  FUZZ_CHECK(!left[0], "%s left behind by %s", left, sql);
  sqlite3_free(left);
  sqlite3_free(sql);
  vss_args_free(&def);
  free(args.name);
  for (int i = 0; i < args.n; i++)
    free(args.texts[i]);
  return 0;
}
