/*
** vss0/args.c and vss0/args_token.c: every form of a column, and every message, quoted in full.
*/
#include "vss0/args.h"
#include "check.h"

static VssTableDef def;
static VssError err;

/* Parse one or two columns of a table "docs" into `def` and `err`. */
static int parse(const char *first, const char *second) {
  const char *argv[2] = {first, second};
  memset(&err, 0, sizeof err);
  vss_args_free(&def);
  return vss_args_parse(second ? 2 : 1, argv, "docs", &def, &err);
}

static void expect_vector(const char *text, const char *name, int dim, VssMetric metric) {
  int rc = parse(text, NULL);
  if (!CHECK(rc == VSS_OK)) fprintf(stderr, "  %s: %s\n", text, err.text);
  if (rc != VSS_OK) return;
  CHECK(def.n_columns == 1 && def.n_vectors == 1 && def.n_filters == 0);
  CHECK(def.columns[0].is_vector && def.columns[0].number == 0);
  CHECK(def.vectors[0].dim == dim);
  CHECK(vss_vector_bytes(&def.vectors[0]) == 4 * (uint64_t)dim);
  CHECK(def.vectors[0].metric == metric);
  CHECK_TEXT(def.columns[0].name, name);
  CHECK_TEXT(def.vectors[0].name, name);
}

static void expect_filter(const char *text, const char *name, const char *type,
                          const char *collation) {
  int rc = parse("e(3)", text);
  if (!CHECK(rc == VSS_OK)) fprintf(stderr, "  %s: %s\n", text, err.text);
  if (rc != VSS_OK) return;
  CHECK(def.n_columns == 2 && def.n_vectors == 1 && def.n_filters == 1);
  CHECK(!def.columns[1].is_vector && def.columns[1].number == 0);
  CHECK_TEXT(def.columns[1].name, name);
  CHECK_TEXT(def.filters[0].name, name);
  CHECK_TEXT(def.filters[0].type, type);
  CHECK(def.filters[0].affinity == vss_filter_affinity(type));
  CHECK((def.filters[0].collation != NULL) == (collation != NULL));
  if (def.filters[0].collation && collation) CHECK_TEXT(def.filters[0].collation, collation);
}

static void expect_error(const char *first, const char *second, const char *text) {
  CHECK(parse(first, second) == VSS_INVALID);
  CHECK_TEXT(err.text, text);
}

static void test_vectors(void) {
  expect_vector("headline_embedding(384)", "headline_embedding", 384, VSS_METRIC_L2);
  expect_vector("headline_embedding(384) factory=\"Flat,IDMap2\" metric_type=COSINE "
                "storage_type=faiss_ondisk",
                "headline_embedding", 384, VSS_METRIC_COSINE);
  expect_vector("  headline_embedding\n ( 384\t) ", "headline_embedding", 384, VSS_METRIC_L2);
  expect_vector("\"odd \"\"name\"(1)", "odd \"name", 1, VSS_METRIC_L2);
  expect_vector("[a b](2)", "a b", 2, VSS_METRIC_L2);
  expect_vector("`a``b`(2)", "a`b", 2, VSS_METRIC_L2);
  expect_vector("'it''s'(2)", "it's", 2, VSS_METRIC_L2);
  expect_vector("\xc3\xa9(65536)", "\xc3\xa9", 65536, VSS_METRIC_L2);
  expect_vector("price(10)", "price", 10, VSS_METRIC_L2);
  expect_vector("e(3) METRIC_TYPE = 'inner_product'", "e", 3, VSS_METRIC_INNER_PRODUCT);
  expect_vector("e(3) metric_type=JensenShannon", "e", 3, VSS_METRIC_JENSEN_SHANNON);
  expect_vector("e(3) factory=Flat", "e", 3, VSS_METRIC_L2);
  expect_vector("e(3) factory='Flat, IDMap'", "e", 3, VSS_METRIC_L2);
  expect_vector("e(3) storage_type=faiss_shadow", "e", 3, VSS_METRIC_L2);
  expect_vector("e(3) -- a comment\n metric_type=/* here */L1", "e", 3, VSS_METRIC_L1);
  expect_vector("embedding float[384] distance_metric=cosine", "embedding", 384, VSS_METRIC_COSINE);
  expect_vector("embedding FLOAT [ 8 ]", "embedding", 8, VSS_METRIC_L2);
}

/* `bytes` of a stored vector. */
static void expect_element(const char *text, VssElement element, uint64_t bytes, VssMetric metric,
                           double scale) {
  int rc = parse(text, NULL);
  if (!CHECK(rc == VSS_OK)) fprintf(stderr, "  %s: %s\n", text, err.text);
  if (rc != VSS_OK) return;
  CHECK(def.vectors[0].element == element && def.vectors[0].metric == metric);
  CHECK(vss_vector_bytes(&def.vectors[0]) == bytes);
  CHECK(def.vectors[0].scale == scale);
}

static void test_elements(void) {
  expect_element("e(8)", VSS_ELEMENT_FLOAT32, 32, VSS_METRIC_L2, 1);
  expect_element("e float[8]", VSS_ELEMENT_FLOAT32, 32, VSS_METRIC_L2, 1);
  expect_element("e float16[8] metric_type=L1", VSS_ELEMENT_FLOAT16, 16, VSS_METRIC_L1, 1);
  expect_element("e int8[8]", VSS_ELEMENT_INT8, 8, VSS_METRIC_L2, 1);
  expect_element("e INT8 [8] scale=127 metric_type=cosine", VSS_ELEMENT_INT8, 8, VSS_METRIC_COSINE,
                 127);
  expect_element("e int8[8] metric_type=L2 SCALE = 84.66", VSS_ELEMENT_INT8, 8, VSS_METRIC_L2,
                 84.66);
  expect_element("e int8[8] scale='1e-30'", VSS_ELEMENT_INT8, 8, VSS_METRIC_L2, 1e-30);
  expect_element("e bit[64]", VSS_ELEMENT_BIT, 8, VSS_METRIC_HAMMING, 1);
  expect_element("e bit[64] distance_metric=hamming", VSS_ELEMENT_BIT, 8, VSS_METRIC_HAMMING, 1);
}

static void test_element_errors(void) {
  expect_error("e bit[8] metric_type=L2", NULL,
               "column \"e\": metric_type L2 does not go with bit, expected HAMMING");
  expect_error("e int8[8] distance_metric=hamming", NULL,
               "column \"e\": distance_metric HAMMING does not go with int8, expected "
               "bit[dimensions]");
  expect_error("e(8) scale=2", NULL,
               "column \"e\": option scale goes with int8, the column is float32");
  static const char *const wrong[] = {"0", "1e31", "1e-31", "3x", "", " 3", "NaN", "-3", "1e999"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char text[64], message[128];
    snprintf(text, sizeof text, "e int8[8] scale='%s'", wrong[i]);
    snprintf(message, sizeof message,
             "column \"e\": scale is \"%s\", expected a number from 1e-30 to 1e30", wrong[i]);
    expect_error(text, NULL, message);
  }
  expect_error("e int8[8] scale=-3", NULL, "column \"e\": expected a number after =, got -");
  expect_error("e int8[8] scale=3 scale=3", NULL, "column \"e\": option scale is given twice");
}

static void test_filters(void) {
  expect_filter("published_at date", "published_at", "date", NULL);
  expect_filter("n integer", "n", "integer", NULL);
  expect_filter("x", "x", "", NULL);
  expect_filter("\"odd name\" varchar(20) collate nocase", "odd name", "varchar(20)", "nocase");
  expect_filter("x collate \"my \"\"own\"", "x", "", "my \"own");
  expect_filter("price decimal( 10, -2 )", "price", "decimal( 10, -2 )", NULL);
  expect_filter("n unsigned  big int", "n", "unsigned  big int", NULL);
  expect_filter("d double precision  ", "d", "double precision", NULL);
  expect_filter("\"group\" text -- why not", "group", "text", NULL);
  expect_filter("n\xc3\xa4me t\xc3\xbcp", "n\xc3\xa4me", "t\xc3\xbcp", NULL);
}

/* Both lists keep the declared order, and each column knows its place in them. */
static void test_lists(void) {
  const char *const argv[] = {"published_at date", "headline(384)", "newsroom text collate nocase",
                              "summary(8) metric_type=L1"};
  vss_args_free(&def);
  CHECK(vss_args_parse(4, argv, "docs", &def, &err) == VSS_OK);
  CHECK(def.n_columns == 4 && def.n_vectors == 2 && def.n_filters == 2);
  static const int is_vector[] = {0, 1, 0, 1};
  static const int number[] = {0, 0, 1, 1};
  for (int i = 0; i < 4; i++)
    CHECK(def.columns[i].is_vector == is_vector[i] && def.columns[i].number == number[i]);
  CHECK_TEXT(def.vectors[0].name, "headline");
  CHECK_TEXT(def.vectors[1].name, "summary");
  CHECK(def.vectors[0].dim == 384 && def.vectors[1].dim == 8);
  CHECK(def.vectors[1].metric == VSS_METRIC_L1);
  CHECK_TEXT(def.filters[0].name, "published_at");
  CHECK_TEXT(def.filters[1].name, "newsroom");
  CHECK(def.filters[0].affinity == VSS_AFF_NUMERIC && def.filters[1].affinity == VSS_AFF_TEXT);
  CHECK_TEXT(def.filters[1].collation, "nocase");
}

/* The option stands anywhere, and a column may still have its name. */
static void test_cache(void) {
  const char *const argv[] = {"e(3)", " Cache = 'OFF' ", "cache text"};
  vss_args_free(&def);
  CHECK(vss_args_parse(3, argv, "docs", &def, &err) == VSS_OK);
  CHECK(def.cache == VSS_CACHE_OFF && def.n_columns == 2 && def.n_filters == 1);
  CHECK_TEXT(def.filters[0].name, "cache");
  vss_args_free(&def);
  CHECK(vss_args_parse(1, argv, "docs", &def, &err) == VSS_OK && def.cache == VSS_CACHE_DEFAULT);
  const char *const on[] = {"cache=on", "e(3)"};
  vss_args_free(&def);
  CHECK(vss_args_parse(2, on, "docs", &def, &err) == VSS_OK && def.cache == VSS_CACHE_ON);
}

static void test_column_errors(void) {
  expect_error("", NULL, "column 1 is empty, expected a name");
  expect_error("e(3)", " -- nothing", "column 2 is empty, expected a name");
  expect_error("(3)", NULL, "column 1: expected a name, got (3)");
  expect_error("\"\"(3)", NULL, "column 1 has an empty name");
  expect_error("e()", NULL, "column \"e\": expected dimensions (1 to 65536), got )");
  expect_error("e(0)", NULL, "column \"e\": expected dimensions (1 to 65536), got 0");
  expect_error("e(65537)", NULL, "column \"e\": expected dimensions (1 to 65536), got 65537");
  expect_error("e(99999999999999999999999)", NULL,
               "column \"e\": expected dimensions (1 to 65536), got 99999999999999999999999");
  expect_error("e(3.5)", NULL, "column \"e\": expected dimensions (1 to 65536), got 3.5");
  expect_error("e(1e3)", NULL, "column \"e\": expected dimensions (1 to 65536), got 1e3");
  expect_error("e(-1)", NULL, "column \"e\": expected dimensions (1 to 65536), got -");
  expect_error("e(3", NULL, "column \"e\": expected ) after the dimensions, got nothing more");
  expect_error("e(3]", NULL, "column \"e\": expected ) after the dimensions, got ]");
  expect_error("e float[3)", NULL, "column \"e\": expected ] after the dimensions, got )");
  expect_error(
      "e double[64]", NULL,
      "column \"e\": expected float, float16, int8 or bit before [dimensions], got double");
  expect_error("e bit[60]", NULL,
               "column \"e\": expected dimensions that are a multiple of 8, got 60");
  expect_error("e(3)", "cache=maybe", "table option \"cache\": expected on or off, got \"maybe\"");
  expect_error("e(3)", "cache = ", "table option \"cache\": expected on or off, got \" \"");
  expect_error("e(3)", "cache=off on",
               "table option \"cache\": expected on or off, got \"off on\"");
  expect_error("cache=off", "cache=off", "table option \"cache\" is given twice");
  expect_error("cache=off", NULL, "at least one vector column is needed, such as embedding(384)");
  expect_error("cache=off", "", "column 2 is empty, expected a name");
  expect_error("chunk_size=128", NULL, "unknown table option \"chunk_size\", expected cache");
  expect_error("e(3)", "\"x", "column 2: expected a name, got \"x");
  expect_error("x text", "y text", "at least one vector column is needed, such as embedding(384)");
  CHECK(vss_args_parse(0, NULL, "docs", &def, NULL) == VSS_INVALID);
}

static void test_option_errors(void) {
  expect_error("embedding(3) metrict_type=L2", NULL,
               "column \"embedding\": unknown option \"metrict_type\", expected factory, "
               "metric_type, storage_type or scale (did you mean metric_type?)");
  expect_error(
      "e(3) zzz=1", NULL,
      "column \"e\": unknown option \"zzz\", expected factory, metric_type, storage_type or scale");
  expect_error("e(3) factory=\"IVF100,Flat\"", NULL,
               "column \"e\": factory \"IVF100,Flat\" is not supported: vss0 is exact and flat "
               "(\"Flat\", \"Flat,IDMap\" or \"Flat,IDMap2\")");
  expect_error("e(3) metric_type=hammin", NULL,
               "column \"e\": unknown metric_type \"hammin\", expected L2, INNER_PRODUCT, COSINE, "
               "L1, Linf, Canberra, BrayCurtis, JensenShannon or HAMMING");
  expect_error("e(3) storage_type=ram", NULL,
               "column \"e\": unknown storage_type \"ram\", expected faiss_shadow or faiss_ondisk");
  expect_error("e(3) metric_type L2", NULL, "column \"e\": expected = after the option, got L2");
  expect_error("e(3) metric_type=", NULL,
               "column \"e\": expected a value after =, got nothing more");
  expect_error("e(3) metric_type=L1 distance_metric=L2", NULL,
               "column \"e\": option distance_metric is given twice");
  expect_error("e(3) factory=\"Flat", NULL, "column \"e\": unterminated quotation");
  expect_error("e(3) /* off", NULL, "column \"e\": unterminated comment");
  expect_error("e(3) , x", NULL, "column \"e\": expected an option (name=value), got ,");
}

static void expect_key(const char *text, VssKey key, const char *type, const char *collation) {
  expect_filter(text, "id", type, collation);
  CHECK(def.id == &def.filters[0] && def.filters[0].key == key);
  CHECK(vss_has_text_id(&def) == (key == VSS_KEY_TEXT));
  CHECK(vss_is_rowid_column(&def, 1) == (key == VSS_KEY_ROWID));
  CHECK(!vss_is_rowid_column(&def, 0));
}

static void test_keys(void) {
  expect_key("id text primary key", VSS_KEY_TEXT, "text", NULL);
  expect_key("id TEXT collate NoCase PRIMARY /* the */ KEY", VSS_KEY_TEXT, "TEXT", "NoCase");
  expect_key("id text primary key not null collate \"rtrim\"", VSS_KEY_TEXT, "text", "rtrim");
  expect_key("id text not null primary key", VSS_KEY_TEXT, "text", NULL);
  expect_key("id Integer primary key", VSS_KEY_ROWID, "Integer", NULL);
  expect_key("id integer not null primary key", VSS_KEY_ROWID, "integer", NULL);
  expect_filter("id text", "id", "text", NULL);
  CHECK(!def.id && def.filters[0].key == VSS_KEY_NONE && !vss_has_text_id(&def));
}

static void test_key_errors(void) {
  expect_error("e(3)", "id int primary key",
               "column \"id\": a primary key is text or integer, got int");
  expect_error("e(3)", "id primary key",
               "column \"id\": a primary key is text or integer, got no type");
  expect_error("e(3)", "id text collate mine primary key",
               "column \"id\": a primary key has the collation binary, nocase or rtrim, got mine");
  expect_error("e(3)", "id integer primary key collate nocase",
               "column \"id\": an integer primary key has no collation, got nocase");
  expect_error("e(3)", "id text primary",
               "column \"id\": constraint \"primary\" is not supported, a filter column has only a "
               "type and a collation");
  expect_error(
      "e(3)", "id text primary key not null not null",
      "column \"id\": constraint \"not null\" is not supported, a filter column has only a "
      "type and a collation");
  expect_error(
      "e(3)", "id text not null",
      "column \"id\": constraint \"not null\" is not supported, a filter column has only a "
      "type and a collation");
  expect_error("e(3)", "id text collate a collate b",
               "column \"id\": expected one collation, got collate");
  const char *const argv[] = {"e(3)", "id text primary key", "n integer primary key"};
  vss_args_free(&def);
  memset(&err, 0, sizeof err);
  CHECK(vss_args_parse(3, argv, "docs", &def, &err) == VSS_INVALID);
  CHECK_TEXT(err.text, "column \"n\" is a second primary key, the first is \"id\"");
}

static void test_filter_errors(void) {
  expect_error("e(3)", "id integer primary key unique",
               "column \"id\": constraint \"unique\" is not supported, a filter column has only a "
               "type and a collation");
  expect_error("e(3)", "x not null",
               "column \"x\": constraint \"not null\" is not supported, a filter column has only a "
               "type and a collation");
  expect_error("e(3)", "u integer partition key",
               "column \"u\": constraint \"partition key\" is not supported, a filter column has "
               "only a type and a collation");
  expect_error("e(3)", "x text collate nocase default 3",
               "column \"x\": constraint \"default 3\" is not supported, a filter column has only "
               "a type and a collation");
  expect_error("e(3)", "x text); drop table y; --",
               "column \"x\": expected a type or collate (filter column), or (dimensions) (vector "
               "column), got )");
  expect_error("e(3)", "x varchar(2); drop",
               "column \"x\": expected a type or collate (filter column), or (dimensions) (vector "
               "column), got ;");
  expect_error("e(3)", "x varchar(2,3,4)", "column \"x\": expected ) after the type's size, got ,");
  expect_error("e(3)", "x varchar(a)", "column \"x\": expected a number in the type, got a");
  expect_error("e(3)", "x varchar(1x)",
               "column \"x\": expected a whole number in the type, got 1x");
  expect_error("e(3)", "x \"text\"",
               "column \"x\": expected a type or collate (filter column), or (dimensions) (vector "
               "column), got \"text\"");
  expect_error("e(3)", "x big/**/int", "column \"x\": a comment inside the type");
  expect_error("e(3)", "x big--\nint", "column \"x\": a comment inside the type");
  expect_error("e(3)", "x collate",
               "column \"x\": expected the name of a collation, got nothing more");
  expect_error("e(3)", "E text", "column \"E\" is declared twice");
  expect_error("e(3)", "RowID integer", "column \"RowID\": the name is reserved");
  expect_error("e(3)", "distance real", "column \"distance\": the name is reserved");
  expect_error("e(3)", "k", "column \"k\": the name is reserved");
  expect_error("e(3)", "_rowid_", "column \"_rowid_\": the name is reserved");
  expect_error("e(3)", "oid", "column \"oid\": the name is reserved");
  expect_error("Docs(3)", NULL, "column \"Docs\": a column cannot have the table's name");
}

/*
** Random splices of the texts above. None crashes the parser, and a type that it accepts has
** nothing in it that would mean something else in `create table`.
*/
static void test_random(uint64_t seed) {
  static const char *const pieces[] = {
      "e",        "(",      "3", ")",       " ",     "factory", "=",  "\"Flat\"",   "'",  "text",
      "collate ", "nocase", "[", "]",       "float", ",",       "--", "/*",         "*/", "\n",
      ";",        "`",      "-", "varchar", "\xff",  "$",       "0",  "metric_type"};
  for (int round = 0; round < 50000; round++) {
    char text[256] = "";
    int n = (int)(check_random(&seed) % 12);
    for (int i = 0; i < n; i++)
      strcat(text, pieces[check_random(&seed) % (sizeof pieces / sizeof pieces[0])]);
    if (parse("v(3)", text) != VSS_OK) {
      CHECK(err.text[0] != '\0');
      continue;
    }
    const char *type = def.n_filters ? def.filters[0].type : NULL;
    if (type) CHECK(!strpbrk(type, ";\"'`[]=/*") && !strstr(type, "--"));
  }
}

/* Every allocation fails once: the result is VSS_NOMEM without a text, and nothing leaks. */
static int allocations_left;
static void *failing_realloc(void *ptr, uint64_t size_bytes) {
  return allocations_left-- > 0 ? realloc(ptr, (size_t)size_bytes) : NULL;
}

static void test_out_of_memory(void) {
  const VssAllocator failing = {failing_realloc, free};
  vss_base_set_allocator(&failing);
  int rc = VSS_NOMEM;
  int n = 0;
  for (; rc != VSS_OK && n < 100; n++) {
    allocations_left = n;
    rc = parse("e(3) metric_type=L1 factory='Flat'", "x text collate nocase");
    CHECK(rc == VSS_OK || (rc == VSS_NOMEM && err.text[0] == '\0'));
  }
  CHECK(n > 5 && n < 100);
  allocations_left = 1 << 30;
}

int main(void) {
  test_vectors();
  test_elements();
  test_element_errors();
  test_filters();
  test_lists();
  test_cache();
  test_column_errors();
  test_option_errors();
  test_filter_errors();
  test_keys();
  test_key_errors();
  test_random(check_seed());
  test_out_of_memory();
  vss_args_free(&def);
  vss_args_free(NULL);
  return check_summary();
}
