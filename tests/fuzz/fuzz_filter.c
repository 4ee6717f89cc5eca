/*
** Filters, in two ways. One is a column of any values with predicates on it: the bits must equal
** the answers for one value after the other. The other is a WHERE clause over a vss0 table: its
** rows must equal those of the same clause over an ordinary table, in a plain query, streamed by
** distance, and as the k nearest.
**
**   input: a byte that chooses the way, then what it reads
*/
#include "fuzz_db.h"

#include "filter/filter.h"

#include <math.h>

/* --- a column and predicates ------------------------------------------------------------------ */

enum { MAX_SLOTS = 6000, MAX_SET = 40 };

static const char *const texts[] = {
    "",    "5",   "5.0",  " 5", "5 ",   "abc",   "ABC", "abc  ",
    "1e2", "100", "-3.5", "zz", "0x10", "1e999", "-0",  "9223372036854775808"};

static VssValue read_value(FuzzInput *in) {
  static const int64_t integers[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, ((int64_t)1 << 53) + 1};
  VssValue value = {.type = VSS_NULL};
  int kind = fuzz_u8(in);
  switch (kind % 8) {
    case 0: break;
    case 1:
    case 2:
      value.type = VSS_INTEGER;
      value.integer = kind & 8 ? integers[kind / 16 % 4] : (int8_t)fuzz_u8(in);
      break;
    case 3:
      value.type = VSS_INTEGER;
      value.integer = (int64_t)fuzz_uint(in, 8);
      break;
    case 4:
      value.type = VSS_REAL;
      value.real = (int8_t)fuzz_u8(in) / 2.0;
      break;
    case 5: {
      uint64_t bits = fuzz_uint(in, 8);
      memcpy(&value.real, &bits, sizeof bits);
      /* SQLite has no NaN; it stores NULL. */
      value.type = isnan(value.real) ? VSS_NULL : VSS_REAL;
      break;
    }
    default:
      value.type = kind % 8 == 6 ? VSS_TEXT : VSS_BLOB;
      value.bytes = texts[kind / 8 % 16];
      value.size_bytes = (uint32_t)strlen(value.bytes);
  }
  return value;
}

static int pattern_test(void *context, const VssValue *value, int *out_pass) {
  (void)context;
  *out_pass = value->type == VSS_INTEGER ? value->integer % 3 == 0 : value->type != VSS_TEXT;
  return VSS_OK;
}

static VssPredicate read_predicate(FuzzInput *in, VssValue *set) {
  int what = fuzz_u8(in);
  VssPredicate predicate = {.op = (VssOp)(what % (VSS_OP_LIKE + 1)),
                            .affinity = (VssAffinity)(what / 16 % 5),
                            .collation = (VssCollation)(fuzz_below(in, 3)),
                            .rhs = read_value(in),
                            .set = set,
                            .test = pattern_test};
  if (predicate.op == VSS_OP_IN) predicate.set_count = (uint32_t)fuzz_below(in, MAX_SET);
  for (uint32_t i = 0; i < predicate.set_count; i++)
    set[i] = read_value(in);
  return predicate;
}

static void try_column(FuzzInput *in) {
  VssColumn *column = NULL;
  VssBitmap slots = {0};
  VssValue set[MAX_SET];
  uint32_t n_slots = 0;
  FUZZ_CHECK(vss_column_create(&column) == VSS_OK, "create");
  /* Values come in runs, so that a short input makes a column of several zones. */
  for (int n_runs = 1 + fuzz_below(in, 40); n_runs > 0; n_runs--) {
    VssValue value = read_value(in);
    int run = fuzz_u8(in);
    if (run > 250) n_slots += 64;
    for (int i = 0; i < 1 + run % 200 && n_slots < MAX_SLOTS; i++)
      FUZZ_CHECK(vss_column_put(column, n_slots++, &value) == VSS_OK, "slot %u", n_slots);
    if (run % 16 == 15) vss_column_remove(column, (uint32_t)fuzz_uint(in, 2) % n_slots);
  }
  FUZZ_CHECK(vss_bitmap_resize(&slots, n_slots / 64 + 2) == VSS_OK, "resize");
  memset(slots.words, 0xff, slots.n_words * sizeof *slots.words);
  for (int n = 1 + fuzz_below(in, 3); n > 0; n--) {
    VssBitmap before = {0};
    VssPredicate predicate = read_predicate(in, set);
    FUZZ_CHECK(vss_bitmap_copy(&before, &slots) == VSS_OK, "copy");
    FUZZ_CHECK(vss_filter_apply(column, &predicate, &slots) == VSS_OK, "apply");
    for (uint32_t slot = 0; slot < slots.n_words * 64; slot++) {
      VssValue value;
      int pass = 0;
      vss_column_get(column, slot, &value);
      FUZZ_CHECK(vss_filter_test(&value, &predicate, &pass) == VSS_OK, "test");
      FUZZ_CHECK(vss_bitmap_get(&slots, slot) == (vss_bitmap_get(&before, slot) && pass),
                 "slot %u of type %d, op %d, affinity %d, collation %d, right side of type %d",
                 slot, value.type, predicate.op, predicate.affinity, predicate.collation,
                 predicate.rhs.type);
    }
    vss_bitmap_free(&before);
  }
  vss_bitmap_free(&slots);
  vss_column_free(column);
}

/* --- WHERE clauses ---------------------------------------------------------------------------- */

enum { COLUMNS = 8, MAX_DEPTH = 3 };

#define DECLARED                                                                                   \
  "c0, c1 text, c2 text collate nocase, c3 varchar(9) collate rtrim, c4 integer, c5 real, c6 "     \
  "date, "                                                                                         \
  "c7 blob"
#define NAMES "c0, c1, c2, c3, c4, c5, c6, c7"

/*
** Values that were wrong somewhere once: of every class, and texts that look like numbers or do
** not.
*/
static const char *const literals[] = {"null",
                                       "0",
                                       "1",
                                       "-1",
                                       "5",
                                       "10",
                                       "9007199254740993",
                                       "9223372036854775807",
                                       "-9223372036854775808",
                                       "0.0",
                                       "-0.0",
                                       "1.5",
                                       "5.0",
                                       "1e20",
                                       "9e999",
                                       "-9e999",
                                       "9007199254740993.0",
                                       "9.2233720368547758e18",
                                       "0.1",
                                       "5e-324",
                                       "''",
                                       "'5'",
                                       "'5.0'",
                                       "' 5'",
                                       "'5 '",
                                       "'05'",
                                       "'1e1'",
                                       "'abc'",
                                       "'ABC'",
                                       "'abc  '",
                                       "'b'",
                                       "'2020-01-31'",
                                       "'9007199254740993'",
                                       "'9e999'",
                                       "'0x10'",
                                       "'5abc'",
                                       "x''",
                                       "x'35'",
                                       "x'616263'",
                                       "x'00ff'",
                                       "true",
                                       "'\xc3\xa9'"};

static const char *read_literal(FuzzInput *in) {
  return literals[fuzz_below(in, (int)(sizeof literals / sizeof literals[0]))];
}

static const char *read_column(FuzzInput *in) {
  static const char *const names[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "rowid"};
  return names[fuzz_below(in, 9)];
}

/* A comparison of one column with values, which SQLite hands to the table. */
static void append_pushed(FuzzInput *in, sqlite3_str *out) {
  static const char *const ops[] = {"=", "<>", "<", "<=", ">", ">=", "is", "is not"};
  static const char *const patterns[] = {"like 'a%'", "like '%5%'", "glob 'a*'", "like '5'",
                                         "glob '*'"};
  const char *column = read_column(in);
  int what = fuzz_u8(in);
  switch (what % 8) {
    case 5: {
      const char *low = read_literal(in);
      sqlite3_str_appendf(out, "%s between %s and %s", column, low, read_literal(in));
      break;
    }
    case 6:
      sqlite3_str_appendf(out, "%s in (%s", column, read_literal(in));
      for (int n = what / 8 % 8; n > 0; n--)
        sqlite3_str_appendf(out, ", %s", read_literal(in));
      sqlite3_str_appendall(out, ")");
      break;
    case 7:
      if (what & 8)
        sqlite3_str_appendf(out, "%s %s", column, what & 16 ? "is null" : "is not null");
      else
        sqlite3_str_appendf(out, "%s %s", column, patterns[what / 16 % 5]);
      break;
    default: {
      const char *op = ops[what / 8 % 8], *literal = read_literal(in);
      /* IS TRUE is not a comparison, so SQLite keeps it. */
      if (strncmp(op, "is", 2) == 0 && strcmp(literal, "true") == 0) literal = "1";
      sqlite3_str_appendf(out, what & 128 ? "%s %s (select %s)" : "%s %s %s", column, op, literal);
    }
  }
}

/* A term that SQLite keeps, or hands over with an affinity or a collation of its own. */
static void append_other(FuzzInput *in, sqlite3_str *out) {
  const char *column = read_column(in);
  switch (fuzz_below(in, 8)) {
    case 0: sqlite3_str_appendf(out, "%s = %s", column, read_column(in)); break;
    case 1: sqlite3_str_appendf(out, "%s < %s", read_literal(in), column); break;
    case 2: sqlite3_str_appendf(out, "%s >= cast(%s as integer)", column, read_literal(in)); break;
    case 3: sqlite3_str_appendf(out, "%s = cast(%s as text)", column, read_literal(in)); break;
    case 4: sqlite3_str_appendf(out, "%s <= %s collate nocase", column, read_literal(in)); break;
    case 5: sqlite3_str_appendf(out, "length(%s) > 2", column); break;
    case 6: sqlite3_str_appendf(out, "(%s, c4) > (%s, 3)", column, read_literal(in)); break;
    default: sqlite3_str_appendf(out, "%s not like '%%b%%'", column);
  }
}

static void append_tree(FuzzInput *in, sqlite3_str *out, int depth) {
  int what = fuzz_below(in, 12);
  if (depth < MAX_DEPTH && what < 3) {
    sqlite3_str_appendall(out, "(");
    append_tree(in, out, depth + 1);
    sqlite3_str_appendall(out, what == 0 ? " and " : " or ");
    append_tree(in, out, depth + 1);
    sqlite3_str_appendall(out, ")");
  } else if (depth < MAX_DEPTH && what == 3) {
    sqlite3_str_appendall(out, "not (");
    append_tree(in, out, depth + 1);
    sqlite3_str_appendall(out, ")");
  } else if (what < 6) {
    append_other(in, out);
  } else {
    append_pushed(in, out);
  }
}

/* Both give the same error or the same rows. */
static void compare(sqlite3 *db, const char *vss, const char *plain) {
  int vss_rc, plain_rc;
  char *got = fuzz_query(db, vss, NULL, 0, &vss_rc);
  char *wanted = fuzz_query(db, plain, NULL, 0, &plain_rc);
  FUZZ_CHECK(vss_rc == plain_rc, "%s: %d, expected %d", vss, vss_rc, plain_rc);
  FUZZ_CHECK(strcmp(got, wanted) == 0, "%s\n  got      %s\n  expected %s", vss, got, wanted);
  sqlite3_free(got);
  sqlite3_free(wanted);
}

static void compare_f(sqlite3 *db, const char *vss, const char *plain, const char *where, int k) {
  char *vss_sql = sqlite3_mprintf(vss, where, k), *plain_sql = sqlite3_mprintf(plain, where, k);
  compare(db, vss_sql, plain_sql);
  sqlite3_free(vss_sql);
  sqlite3_free(plain_sql);
}

static void try_query(FuzzInput *in, sqlite3 *db) {
  int n = 1 + fuzz_below(in, 12);
  sqlite3_str *out = sqlite3_str_new(NULL);
  append_tree(in, out, 0);
  char *where = sqlite3_str_finish(out);
  compare_f(db, "select rowid from t where %s order by rowid limit 5*%d",
            "select rowid from p where %s order by rowid limit 5*%d", where, n);
  compare_f(db, "select rowid, distance from t where vss_search(e, '[1]') and %s limit %d",
            "select rowid, (v-1.0)*(v-1) as d from p where v is not null and %s order by d, rowid "
            "limit %d",
            where, n);
  sqlite3_free(where);
  out = sqlite3_str_new(NULL);
  append_pushed(in, out);
  for (int more = fuzz_below(in, 3); more > 0; more--) {
    sqlite3_str_appendall(out, " and ");
    append_pushed(in, out);
  }
  where = sqlite3_str_finish(out);
  compare_f(db, "select rowid from t where %s and e match '[1]' and k = %d",
            "select rowid from p where v is not null and %s order by (v-1)*(v-1), rowid limit %d",
            where, n);
  sqlite3_free(where);
}

static void try_where(FuzzInput *in) {
  static unsigned char *image;
  static sqlite3_int64 size;
  if (!image) {
    sqlite3 *db = fuzz_open();
    fuzz_must(db, "create virtual table t using vss0(e(1), " DECLARED ")");
    fuzz_must(db, "create table p(id integer primary key, v integer, " DECLARED ")");
    image = sqlite3_serialize(db, "main", &size, 0);
    fuzz_close(db);
  }
  sqlite3 *db = fuzz_open_image(image, size);
  int n_rows = 1 + fuzz_below(in, 30);
  sqlite3_str *insert = sqlite3_str_new(NULL);
  sqlite3_str_appendall(insert, "insert into p(v, " NAMES ") values ");
  for (int i = 0; i < n_rows; i++) {
    int v = fuzz_u8(in);
    if (v == 255)
      sqlite3_str_appendf(insert, "%s(null", i ? "," : "");
    else
      sqlite3_str_appendf(insert, "%s(%d", i ? "," : "", v % 16);
    for (int c = 0; c < COLUMNS; c++)
      sqlite3_str_appendf(insert, ",%s", read_literal(in));
    sqlite3_str_appendall(insert, ")");
  }
  char *sql = sqlite3_str_finish(insert);
  fuzz_must(db, "%s", sql);
  sqlite3_free(sql);
  fuzz_must(db, "insert into t(rowid, e, " NAMES ") select id, '[' || v || ']', " NAMES " from p");
  for (int n = 0; n < 8 && in->left; n++)
    try_query(in, db);
  fuzz_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  FuzzInput in = {bytes, size};
  if (fuzz_u8(&in) & 1)
    try_where(&in);
  else
    try_column(&in);
  return 0;
}
