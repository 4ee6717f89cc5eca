/*
** A vss0 table and an array of rows go through the same operations: writes with each conflict
** clause, savepoints, failing statements, renames, rebuilds, reopening. Every search must equal the
** array sorted by distance. At the end every row is compared, and the integrity check must find
** nothing.
**
**   input: the metrics of the two vector columns, then steps; each is a byte and what it reads
*/
#include "fuzz_db.h"

#include "kernel/metric.h"

enum { DIM_A = 4, DIM_B = 3, MAX_ROWS = 400, MAX_DEPTH = 5, MAX_STEPS = 60, ROOMS = 4 };

typedef struct Row {
  int64_t rowid;
  int has[2];             /* 0: NULL */
  float vector[2][DIM_A]; /* a, b */
  int64_t year;           /* 0: NULL */
  int room;               /* 0: NULL */
} Row;

typedef struct Table {
  Row rows[MAX_ROWS]; /* by rowid */
  int n;
  char name[4];
} Table;

typedef struct Model {
  sqlite3 *db;
  VssMetric metrics[2];
  Table now, saved[MAX_DEPTH]; /* saved[0]: at BEGIN; saved[i]: at savepoint s<i> */
  int depth;
} Model;

static const char *const rooms[ROOMS] = {NULL, "east", "West", "north wing"};
static const int dims[2] = {DIM_A, DIM_B};

/* --- the array -------------------------------------------------------------------------------- */

static int find(const Table *table, int64_t rowid) {
  int at = 0;
  while (at < table->n && table->rows[at].rowid < rowid)
    at++;
  return at;
}

static int has_row(const Table *table, int64_t rowid) {
  int at = find(table, rowid);
  return at < table->n && table->rows[at].rowid == rowid;
}

static void remove_row(Table *table, int64_t rowid) {
  if (!has_row(table, rowid)) return;
  int at = find(table, rowid);
  memmove(&table->rows[at], &table->rows[at + 1], (size_t)(table->n - at - 1) * sizeof(Row));
  table->n--;
}

static void put_row(Table *table, const Row *row) {
  remove_row(table, row->rowid);
  int at = find(table, row->rowid);
  FUZZ_CHECK(table->n < MAX_ROWS, "the model is full");
  memmove(&table->rows[at + 1], &table->rows[at], (size_t)(table->n - at) * sizeof(Row));
  table->rows[at] = *row;
  table->n++;
}

/* --- statements ------------------------------------------------------------------------------- */

/* A vector in one of its forms. bad 1: it has a component too many, or one that is not a number. */
static void bind_vector(sqlite3_stmt *stmt, int i, const float *vector, int dim, int form,
                        int bad) {
  uint8_t bytes[2 + (DIM_A + 1) * sizeof(float)] = {'v', 1};
  char text[200] = "[";
  int header = form % 3 == 1 ? 2 : 0;
  if (form % 3 == 2) {
    for (int j = 0; j < dim + bad; j++)
      snprintf(text + strlen(text), 30, "%s%.9g", j ? "," : "", (double)vector[j % dim]);
    strcat(text, bad ? "" : "]");
    sqlite3_bind_text(stmt, i, text, -1, SQLITE_TRANSIENT);
    return;
  }
  memcpy(bytes + header, vector, (size_t)dim * sizeof(float));
  if (bad && header) memcpy(bytes + header, "\0\0\300\177", 4);
  sqlite3_bind_blob(stmt, i, bytes, header + (dim + (bad && !header)) * (int)sizeof(float),
                    SQLITE_TRANSIENT);
}

typedef struct Forms {
  int form; /* of vectors */
  int bad;  /* 1: a is not a vector that the table takes */
} Forms;

/*
** Runs one statement and returns SQLite's code. The row's values are ?1 rowid, ?2 a, ?3 b, ?4 year,
** ?5 room, and $t is the table.
*/
static int run(Model *model, const char *sql, const Row *row, Forms forms) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  for (const char *at = sql; *at; at++) {
    int is_name = at[0] == '$' && at[1] == 't';
    sqlite3_str_appendf(text, is_name ? "%s" : "%.1s", is_name ? model->now.name : at);
    at += is_name;
  }
  char *final = sqlite3_str_finish(text);
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(model->db, final, -1, &stmt, NULL);
  int n = rc == SQLITE_OK ? sqlite3_bind_parameter_count(stmt) : 0;
  if (n >= 1) sqlite3_bind_int64(stmt, 1, row->rowid);
  for (int v = 0; v < 2; v++)
    if (n >= 2 + v && row->has[v])
      bind_vector(stmt, 2 + v, row->vector[v], dims[v], forms.form, forms.bad && v == 0);
  if (n >= 4 && row->year) sqlite3_bind_int64(stmt, 4, row->year);
  if (n >= 5) sqlite3_bind_text(stmt, 5, rooms[row->room], -1, SQLITE_STATIC);
  if (rc == SQLITE_OK) {
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
      ;
    if (rc == SQLITE_DONE) rc = SQLITE_OK;
  }
  sqlite3_finalize(stmt);
  FUZZ_CHECK(rc == SQLITE_OK || sqlite3_errmsg(model->db)[0], "no text: %s", final);
  sqlite3_free(final);
  return rc;
}

static void expect(Model *model, const char *sql, const Row *row, Forms forms, int wanted) {
  int rc = run(model, sql, row, forms);
  FUZZ_CHECK((rc & 0xff) == wanted, "%s: %d (%s), expected %d", sql, rc, sqlite3_errmsg(model->db),
             wanted);
}

static void expect_ok(Model *model, const char *sql) {
  static const Row none;
  expect(model, sql, &none, (Forms){0, 0}, SQLITE_OK);
}

/* --- reading the input ------------------------------------------------------------------------ */

/*
** Mostly quarters, so that sums are exact and equal distances common; at times numbers that need
** the whole range of float32.
*/
static void read_vector(FuzzInput *in, float *out, int dim) {
  int kind = fuzz_below(in, 16);
  float scale = kind == 0 ? 1e15f : kind == 1 ? 1e-20f : 0.25f;
  for (int j = 0; j < dim; j++)
    out[j] = (float)(int8_t)fuzz_u8(in) * scale;
}

static int64_t read_rowid(FuzzInput *in) {
  static const int64_t far[] = {INT64_MIN, -1, 4294967296, INT64_MAX - 1000};
  int n = fuzz_u8(in);
  return n >= 252 ? far[n - 252] : n % 96;
}

static Row read_row(FuzzInput *in) {
  Row row = {.rowid = read_rowid(in)};
  int what = fuzz_u8(in);
  row.has[0] = what % 8 != 0;
  row.has[1] = what / 8 % 4 != 0;
  row.room = what / 32 % ROOMS;
  row.year = 1990 + fuzz_below(in, 16);
  if (what == 255) row.year = 0;
  for (int v = 0; v < 2; v++)
    if (row.has[v]) read_vector(in, row.vector[v], dims[v]);
  return row;
}

static Forms read_forms(FuzzInput *in) {
  int n = fuzz_u8(in);
  return (Forms){n % 3, n >= 248};
}

/* --- writes ----------------------------------------------------------------------------------- */

#define COLUMNS "(rowid, a, b, year, room)"

static void step_insert(FuzzInput *in, Model *model) {
  static const char *const sql[] = {
      "insert into $t" COLUMNS " values (?1, ?2, ?3, ?4, ?5)",
      "insert or ignore into $t" COLUMNS " values (?1, ?2, ?3, ?4, ?5)",
      "insert or replace into $t" COLUMNS " values (?1, ?2, ?3, ?4, ?5)",
      "insert into $t(a, b, year, room, rowid) select ?2, ?3, ?4, ?5, null from (select ?1)",
  };
  int kind = fuzz_below(in, 4);
  Row row = read_row(in);
  Forms forms = read_forms(in);
  int taken = kind < 3 && has_row(&model->now, row.rowid);
  if (model->now.n >= MAX_ROWS - 130) return;
  if (forms.bad && row.has[0]) {
    expect(model, sql[kind], &row, forms, SQLITE_ERROR);
  } else {
    /* When the greatest rowid is in use, SQLite chooses the next one at random. */
    if (kind == 3 && has_row(&model->now, INT64_MAX)) return;
    expect(model, sql[kind], &row, forms, taken && kind == 0 ? SQLITE_CONSTRAINT : SQLITE_OK);
    if (taken && kind < 2) return;
    if (kind == 3) row.rowid = sqlite3_last_insert_rowid(model->db);
    FUZZ_CHECK(kind < 3 || !has_row(&model->now, row.rowid), "an assigned rowid is taken");
    put_row(&model->now, &row);
  }
}

/* Many rows in one statement, so that codebooks are trained. */
static void step_bulk(FuzzInput *in, Model *model) {
  Row row = read_row(in);
  int n = fuzz_below(in, 120);
  int64_t from = 1000 + 200 * fuzz_below(in, 8);
  if (model->now.n >= MAX_ROWS - 130 || has_row(&model->now, from)) return;
  for (int i = 0; i < n; i++)
    if (has_row(&model->now, from + i)) return;
  expect_ok(model, "savepoint bulk");
  row.has[0] = 1;
  for (int i = 0; i < n; i++) {
    row.rowid = from + i;
    row.vector[0][i % DIM_A] += (float)(i % 7) - 2;
    expect(model, "insert into $t" COLUMNS " values (?1, ?2, ?3, ?4, ?5)", &row, (Forms){0, 0},
           SQLITE_OK);
    put_row(&model->now, &row);
  }
  expect_ok(model, "release bulk");
}

static void step_update(FuzzInput *in, Model *model) {
  static const char *const sql[] = {
      "update $t set a = ?2 where rowid = ?1",
      "update $t set b = ?3, room = ?5 where rowid = ?1 and ?2 is ?2",
      "update $t set year = ?4 where rowid = ?1 and ?2 is ?2 and ?3 is ?3",
      "update $t set a = ?2, b = ?3, year = ?4, room = ?5 where rowid = ?1",
  };
  int kind = fuzz_below(in, 4);
  Row row = read_row(in);
  Forms forms = read_forms(in);
  if (forms.bad && (kind % 3 || !row.has[0])) return;
  int exists = has_row(&model->now, row.rowid);
  expect(model, sql[kind], &row, forms, exists && forms.bad ? SQLITE_ERROR : SQLITE_OK);
  if (!exists || forms.bad) return;
  Row *stored = &model->now.rows[find(&model->now, row.rowid)], before = *stored;
  *stored = row;
  if (kind == 0 || kind == 2) {
    stored->has[1] = before.has[1];
    memcpy(stored->vector[1], before.vector[1], sizeof before.vector[1]);
    stored->room = before.room;
  }
  if (kind == 1 || kind == 2) {
    stored->has[0] = before.has[0];
    memcpy(stored->vector[0], before.vector[0], sizeof before.vector[0]);
  }
  if (kind < 2) stored->year = before.year;
}

/* Changes a rowid to another one, which may be in use. */
static void step_move(FuzzInput *in, Model *model) {
  static const char *const sql[] = {"update $t set rowid = %lld where rowid = ?1",
                                    "update or ignore $t set rowid = %lld where rowid = ?1",
                                    "update or replace $t set rowid = %lld where rowid = ?1"};
  int kind = fuzz_below(in, 3);
  Row row = {.rowid = read_rowid(in)};
  int64_t to = read_rowid(in);
  int exists = has_row(&model->now, row.rowid);
  int taken = to != row.rowid && has_row(&model->now, to);
  char text[100];
  if (to == INT64_MIN) to = 5000; /* SQL has no literal for it */
  taken = to != row.rowid && has_row(&model->now, to);
  snprintf(text, sizeof text, sql[kind], (long long)to);
  expect(model, text, &row, (Forms){0, 0},
         exists && taken && kind == 0 ? SQLITE_CONSTRAINT : SQLITE_OK);
  if (!exists || (taken && kind < 2)) return;
  Row moved = model->now.rows[find(&model->now, row.rowid)];
  remove_row(&model->now, row.rowid);
  moved.rowid = to;
  put_row(&model->now, &moved);
}

static void step_delete(FuzzInput *in, Model *model) {
  int kind = fuzz_below(in, 4);
  Row row = {.rowid = read_rowid(in)};
  if (kind < 3) {
    expect(model, "delete from $t where rowid = ?1", &row, (Forms){0, 0}, SQLITE_OK);
    remove_row(&model->now, row.rowid);
    return;
  }
  expect(model, "delete from $t where rowid >= ?1", &row, (Forms){0, 0}, SQLITE_OK);
  model->now.n = find(&model->now, row.rowid);
}

/* The second of two rows is refused, so that neither is stored. */
static void step_fail(FuzzInput *in, Model *model) {
  Row row = read_row(in);
  row.rowid = 6000;
  row.has[0] = 1;
  if (has_row(&model->now, row.rowid) || has_row(&model->now, row.rowid + 1)) return;
  expect(model,
         "insert into $t" COLUMNS " values (?1, ?2, ?3, ?4, ?5), (?1 + 1, null, ?3, ?4, ?5), "
         "(?1, ?2, ?3, ?4, ?5)",
         &row, (Forms){0, 0}, SQLITE_CONSTRAINT);
}

/* --- transactions ----------------------------------------------------------------------------- */

static void step_transaction(FuzzInput *in, Model *model) {
  char sql[40];
  int what = fuzz_below(in, 6), to = model->depth > 1 ? 1 + fuzz_below(in, model->depth - 1) : 0;
  if (what < 2 && model->depth < MAX_DEPTH) {
    snprintf(sql, sizeof sql, model->depth ? "savepoint s%d" : "begin", model->depth);
    expect_ok(model, sql);
    model->saved[model->depth++] = model->now;
  } else if (what == 2 && to) {
    snprintf(sql, sizeof sql, "rollback to s%d", to);
    expect_ok(model, sql);
    model->now = model->saved[to];
    model->depth = to + 1;
  } else if (what == 3 && to) {
    snprintf(sql, sizeof sql, "release s%d", to);
    expect_ok(model, sql);
    model->depth = to;
  } else if (what == 4 && model->depth) {
    expect_ok(model, "commit");
    model->depth = 0;
  } else if (what == 5 && model->depth) {
    expect_ok(model, "rollback");
    model->now = model->saved[0];
    model->depth = 0;
  }
}

static void step_table(FuzzInput *in, Model *model) {
  const char *other = strcmp(model->now.name, "t") ? "t" : "u";
  char sql[60];
  switch (fuzz_below(in, 7)) {
    case 0: expect_ok(model, "insert into $t($t) values('rebuild')"); break;
    case 5: expect_ok(model, "insert into $t($t) values('cache-off')"); break;
    case 6: expect_ok(model, "insert into $t($t) values('cache-on')"); break;
    case 1: expect_ok(model, "insert into $t($t) values('integrity-check')"); break;
    case 2:
      snprintf(sql, sizeof sql, "alter table $t rename to %s", other);
      expect_ok(model, sql);
      strcpy(model->now.name, other);
      break;
    case 3:
      if (!model->depth) expect_ok(model, "vacuum");
      break;
    default: {
      if (model->depth) break;
      sqlite3_int64 size;
      unsigned char *image = sqlite3_serialize(model->db, "main", &size, 0);
      if (!image) abort();
      fuzz_close(model->db);
      model->db = fuzz_open_image(image, size);
      sqlite3_free(image);
      expect_ok(model, "select count(*) from $t where vss_search(a, '[1,2,3,4]')");
      char *rebuilds =
          fuzz_rows(model->db, "select vss_table_stats('%s') ->> 'rebuilds'", model->now.name);
      /* Without a cache the index is built, once. */
      char *without = fuzz_rows(model->db, "select count(*) from \"%s_config\" where key = 'cache'",
                                model->now.name);
      FUZZ_CHECK(strcmp(rebuilds, without) == 0, "the stored index was not used");
      sqlite3_free(rebuilds);
      sqlite3_free(without);
    }
  }
}

/* --- searches --------------------------------------------------------------------------------- */

typedef struct Hit {
  float key, distance;
  int64_t rowid;
} Hit;

static int compare_hits(const void *a, const void *b) {
  const Hit *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  return x->rowid < y->rowid ? -1 : x->rowid > y->rowid;
}

static int is_quarter(double x) {
  return x >= -100 && x <= 100 && x * 4 == (double)(int)(x * 4);
}

/* With quarters nothing is rounded, so that the order of the sum does not matter. */
static void check_formula(VssMetric metric, const float *a, const float *b, int dim, double got) {
  double l2 = 0, product = 0, l1 = 0, linf = 0;
  if (metric != VSS_METRIC_LINF && metric != VSS_METRIC_L1 && metric != VSS_METRIC_L2 &&
      metric != VSS_METRIC_INNER_PRODUCT)
    return;
  for (int j = 0; j < dim; j++) {
    double x = (double)a[j], y = (double)b[j], d = x > y ? x - y : y - x;
    if (!is_quarter(x) || !is_quarter(y)) return;
    l2 += d * d;
    product += x * y;
    l1 += d;
    linf = d > linf ? d : linf;
  }
  double wanted = metric == VSS_METRIC_L2              ? l2
                  : metric == VSS_METRIC_INNER_PRODUCT ? product
                  : metric == VSS_METRIC_L1            ? l1
                                                       : linf;
  FUZZ_CHECK(got == wanted, "%s: %.17g, expected %.17g", vss_metric_name(metric), got, wanted);
}

/* What a search asks of its rows besides being near. */
typedef struct Filter {
  int kind;
  int64_t low, high;
  int room;
} Filter;

static int passes(const Filter *filter, const Row *row) {
  switch (filter->kind) {
    case 1: return row->year && row->year >= filter->low;
    case 2: return row->year && row->year >= filter->low && row->year <= filter->high;
    case 3: return row->room && row->room == filter->room;
    case 4: return row->rowid == filter->low || row->rowid == filter->high || row->rowid == 1000;
    case 5: return !row->room && row->rowid < filter->high;
    case 6:
      return row->year != filter->low && row->year && (row->room == 0 || row->room != filter->room);
    default: return 1;
  }
}

static void append_filter(sqlite3_str *sql, const Filter *filter) {
  long long low = filter->low, high = filter->high;
  const char *room = rooms[filter->room];
  switch (filter->kind) {
    case 1: sqlite3_str_appendf(sql, " and year >= %lld", low); break;
    case 2: sqlite3_str_appendf(sql, " and year between %lld and %lld", low, high); break;
    case 3: sqlite3_str_appendf(sql, " and room = %Q", room); break;
    case 4: sqlite3_str_appendf(sql, " and rowid in (%lld, %lld, 1000)", low, high); break;
    case 5: sqlite3_str_appendf(sql, " and room is null and rowid < %lld", high); break;
    case 6: sqlite3_str_appendf(sql, " and year <> %lld and room is not %Q", low, room); break;
    default: break;
  }
}

static Filter read_filter(FuzzInput *in) {
  Filter filter = {.kind = fuzz_below(in, 8)};
  filter.low = 1990 + fuzz_below(in, 16);
  filter.high = 1990 + fuzz_below(in, 16);
  filter.room = 1 + fuzz_below(in, ROOMS - 1);
  if (filter.kind == 4) filter.low -= 1985, filter.high -= 1960;
  return filter;
}

/* The array sorted by distance, as the text of a statement's rows. */
static char *brute_force(const Model *model, int v, const float *query, const Filter *filter,
                         int k) {
  static Hit hits[MAX_ROWS];
  int n = 0;
  VssMetric metric = model->metrics[v];
  for (int i = 0; i < model->now.n; i++) {
    const Row *row = &model->now.rows[i];
    if (!row->has[v] || !passes(filter, row)) continue;
    double exact = vss_metric_distance(metric, query, row->vector[v], dims[v]);
    check_formula(metric, query, row->vector[v], dims[v], exact);
    float distance = vss_metric_round(exact);
    hits[n++] = (Hit){vss_metric_key(metric, distance), distance, row->rowid};
  }
  qsort(hits, (size_t)n, sizeof *hits, compare_hits);
  sqlite3_str *out = sqlite3_str_new(NULL);
  for (int i = 0; i < n && i < k; i++)
    sqlite3_str_appendf(out, "%lld|%!.17g;", (long long)hits[i].rowid, (double)hits[i].distance);
  char *text = sqlite3_str_finish(out);
  return text ? text : sqlite3_mprintf("");
}

static void step_search(FuzzInput *in, Model *model) {
  int v = fuzz_below(in, 2), form = fuzz_below(in, 4), k = 1 + fuzz_below(in, 30);
  float query[DIM_A];
  char blob[2 * sizeof query + 1];
  Filter filter = read_filter(in);
  read_vector(in, query, dims[v]);
  for (size_t i = 0; i < (size_t)dims[v] * sizeof(float); i++)
    snprintf(blob + 2 * i, 3, "%02x", ((const uint8_t *)query)[i]);
  const char *column = v ? "b" : "a";
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendf(sql, "select rowid, distance from %s where ", model->now.name);
  if (form == 0)
    sqlite3_str_appendf(sql, "%s match x'%s' and k = %d", column, blob, k);
  else if (form == 1)
    sqlite3_str_appendf(sql, "vss_search(%s, vss_search_params(x'%s', %d))", column, blob, k);
  else
    sqlite3_str_appendf(sql, "vss_search(%s, x'%s')", column, blob);
  append_filter(sql, &filter);
  if (form == 2) sqlite3_str_appendf(sql, " limit %d", k);
  if (form == 3) k = MAX_ROWS;
  char *text = sqlite3_str_finish(sql), *wanted = brute_force(model, v, query, &filter, k);
  char *got = fuzz_rows(model->db, "%s", text);
  FUZZ_CHECK(strcmp(got, wanted) == 0, "%s\n  got      %s\n  expected %s", text, got, wanted);
  sqlite3_free(text);
  sqlite3_free(got);
  sqlite3_free(wanted);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void append_vector(sqlite3_str *out, const Row *row, int v) {
  sqlite3_str_appendall(out, row->has[v] ? "|x" : "|null");
  for (size_t i = 0; row->has[v] && i < (size_t)dims[v] * sizeof(float); i++)
    sqlite3_str_appendf(out, "%02x", ((const uint8_t *)row->vector[v])[i]);
}

static void check_rows(Model *model) {
  sqlite3_str *out = sqlite3_str_new(NULL);
  for (int i = 0; i < model->now.n; i++) {
    const Row *row = &model->now.rows[i];
    sqlite3_str_appendf(out, "%lld", (long long)row->rowid);
    append_vector(out, row, 0);
    append_vector(out, row, 1);
    if (row->year)
      sqlite3_str_appendf(out, "|%lld", (long long)row->year);
    else
      sqlite3_str_appendall(out, "|null");
    sqlite3_str_appendall(out, row->room ? "|t" : "|null");
    for (const char *at = row->room ? rooms[row->room] : ""; *at; at++)
      sqlite3_str_appendf(out, "%02x", *at);
    sqlite3_str_appendall(out, ";");
  }
  char *wanted = sqlite3_str_finish(out);
  char *got = fuzz_rows(model->db, "select rowid, a, b, year, room from %s order by rowid",
                        model->now.name);
  FUZZ_CHECK(strcmp(got, wanted ? wanted : "") == 0, "rows\n  got      %s\n  expected %s", got,
             wanted ? wanted : "");
  sqlite3_free(got);
  sqlite3_free(wanted);
  expect_ok(model, "insert into $t($t) values('integrity-check')");
}

static void step(FuzzInput *in, Model *model) {
  switch (fuzz_below(in, 16)) {
    case 0:
    case 1:
    case 2: step_insert(in, model); break;
    case 3: step_bulk(in, model); break;
    case 4:
    case 5: step_update(in, model); break;
    case 6: step_move(in, model); break;
    case 7: step_delete(in, model); break;
    case 8: step_fail(in, model); break;
    case 9:
    case 10: step_transaction(in, model); break;
    case 11: step_table(in, model); break;
    default: step_search(in, model);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static Model model;
  FuzzInput in = {bytes, size};
  memset(&model, 0, sizeof model);
  model.metrics[0] = (VssMetric)fuzz_below(&in, VSS_METRIC_HAMMING);
  model.metrics[1] = (VssMetric)fuzz_below(&in, VSS_METRIC_HAMMING);
  strcpy(model.now.name, "t");
  model.db = fuzz_open();
  fuzz_must(model.db,
            "create virtual table t using vss0(a(%d) metric_type=%s, b(%d) metric_type=%s, year "
            "integer, room text collate nocase)",
            DIM_A, vss_metric_name(model.metrics[0]), DIM_B, vss_metric_name(model.metrics[1]));
  for (int i = 0; i < MAX_STEPS && in.left; i++)
    step(&in, &model);
  check_rows(&model);
  if (model.depth) expect_ok(&model, "commit");
  check_rows(&model);
  fuzz_close(model.db);
  return 0;
}
