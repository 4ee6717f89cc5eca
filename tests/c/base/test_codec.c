/*
** base/codec.c, base/codec_json.c and base/decimal.c: every form of a vector, every error text, and
** numbers against Python's.
*/
#include "check.h"
#include "base/codec.h"
#include "base/decimal.h"
#include "base/double_repr.h"

#include <float.h>
#include <math.h>

static double from_bits(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint64_t to_bits(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/* Compare the text in the buffer, and free the buffer. */
static void expect_buffer(VssBuffer *buffer, const char *text) {
  CHECK(vss_buffer_status(buffer) == VSS_OK);
  vss_buffer_append(buffer, "", 1);
  CHECK_TEXT((const char *)buffer->data, text);
  vss_buffer_free(buffer);
}

static double parse_double(const char *text, size_t size_bytes) {
  VssDecimal decimal;
  if (!CHECK(vss_decimal_scan(text, size_bytes, VSS_DECIMAL_SQL, &decimal) == size_bytes))
    return NAN;
  return vss_decimal_to_double(&decimal);
}

static void test_repr(void) {
  for (size_t i = 0; i < sizeof double_repr / sizeof double_repr[0]; i++) {
    const char *text = double_repr[i].text;
    double value = from_bits(double_repr[i].bits);
    VssBuffer buffer = {0};
    vss_codec_append_double(&buffer, value);
    expect_buffer(&buffer, text);
    CHECK(to_bits(parse_double(text, strlen(text))) == double_repr[i].bits);
  }
  VssBuffer buffer = {0};
  vss_codec_append_double(&buffer, (double)NAN);
  vss_buffer_text(&buffer, " ");
  vss_codec_append_double(&buffer, HUGE_VAL);
  vss_buffer_text(&buffer, " ");
  vss_codec_append_double(&buffer, -HUGE_VAL);
  expect_buffer(&buffer, "NaN Infinity -Infinity");
}

/*
** Against strtod(), which glibc and musl round correctly: long runs of digits, half-way cases and
** their neighbours.
*/
static void test_parse(uint64_t seed) {
  for (int round = 0; round < 20000; round++) {
    char text[1200];
    int n = 0;
    switch (check_random(&seed) % 4) {
      case 0: { /* random digits */
        int whole = (int)(check_random(&seed) % 25);
        int fraction = (int)(check_random(&seed) % 25) + (whole == 0);
        if (check_random(&seed) & 1) text[n++] = '-';
        for (int i = 0; i < whole; i++)
          text[n++] = (char)('0' + check_random(&seed) % 10);
        text[n++] = '.';
        for (int i = 0; i < fraction; i++)
          text[n++] = (char)('0' + check_random(&seed) % 10);
        if (check_random(&seed) & 1)
          n += sprintf(text + n, "e%d", (int)(check_random(&seed) % 700) - 350);
        break;
      }
      case 1: { /* exactly half-way between two doubles, sometimes with one digit more */
        double value = from_bits(check_random(&seed) & 0x7fefffffffffffffu);
        double next = nextafter(value, HUGE_VAL);
        if (isinf(next)) continue;
        /* Half-way needs one more bit: print it through long double, which has 64 bits here. */
        if (sizeof(long double) <= 8) continue;
        long double middle = ((long double)value + (long double)next) / 2;
        n = snprintf(text, sizeof text - 2, "%.1100Lg", middle);
        if (check_random(&seed) & 1 && !strchr(text, 'e') && strchr(text, '.')) text[n++] = '1';
        break;
      }
      case 2: /* a double to 17 digits */
        n = sprintf(text, "%.*e", (int)(check_random(&seed) % 18),
                    from_bits(check_random(&seed) & 0x7fefffffffffffffu));
        break;
      default: /* around the smallest and the greatest */
        n = sprintf(text, "%.17ge%d", (double)(check_random(&seed) % 100000) / 10000,
                    check_random(&seed) & 1 ? 308 : -324);
        if (strstr(text, "e-05e")) continue;
    }
    text[n] = '\0';
    double wanted = strtod(text, NULL);
    double got = parse_double(text, (size_t)n);
    if (!CHECK(to_bits(got) == to_bits(wanted))) {
      fprintf(stderr, "  %s: got %.17g, expected %.17g\n", text, got, wanted);
    }
    VssDecimal decimal;
    vss_decimal_scan(text, (size_t)n, VSS_DECIMAL_SQL, &decimal);
    if (fabs(wanted) < 0x1.ffffffp127) CHECK(vss_decimal_to_float(&decimal) == (float)wanted);
  }
}

/*
** Texts whose float64 lies in the middle of two float32, or next to it: the shortcut must not
** decide them.
*/
static void test_parse_float(uint64_t seed) {
  for (int round = 0; round < 20000; round++) {
    uint32_t bits = (uint32_t)check_random(&seed) & 0x7fffffff;
    float low, high;
    memcpy(&low, &bits, sizeof low);
    if (!isfinite(low) || low == FLT_MAX) continue;
    high = nextafterf(low, HUGE_VALF);
    double middle = ((double)low + (double)high) / 2;
    if (check_random(&seed) & 1) middle = nextafter(middle, check_random(&seed) & 1 ? HUGE_VAL : 0);
    char text[80];
    int n = sprintf(text, "%.*e", (int)(check_random(&seed) % 12) + 14, middle);
    VssDecimal decimal;
    CHECK(vss_decimal_scan(text, (size_t)n, VSS_DECIMAL_JSON, &decimal) == (size_t)n);
    CHECK(vss_decimal_to_float(&decimal) == (float)strtod(text, NULL));
  }
}

/* From 10^-66 on nothing is computed. The greatest and smallest mantissas around there. */
static void test_parse_tiny_float(void) {
  static const char *const mantissas[] = {"1", "-1", "18446744073709551615",
                                          "99999999999999999999"};
  for (int exponent = -80; exponent <= -20; exponent++)
    for (size_t i = 0; i < sizeof mantissas / sizeof *mantissas; i++) {
      char text[40];
      int n = sprintf(text, "%se%d", mantissas[i], exponent);
      VssDecimal decimal;
      vss_decimal_scan(text, (size_t)n, VSS_DECIMAL_JSON, &decimal);
      float got = vss_decimal_to_float(&decimal), wanted = (float)strtod(text, NULL);
      CHECK(memcmp(&got, &wanted, sizeof got) == 0);
    }
}

static void test_parse_corners(void) {
  char text[3000];
  CHECK(parse_double("1e400", 5) == HUGE_VAL);
  CHECK(parse_double("-1e999999999999", 15) == -HUGE_VAL);
  CHECK(to_bits(parse_double("-1e-999999999999", 16)) == to_bits(-0.0));
  CHECK(parse_double("0e999", 5) == 0.0);
  CHECK(parse_double("2.4703282292062327e-324", 23) == 0.0); /* just below half of the smallest */
  CHECK(parse_double("2.4703282292062328e-324", 23) == 0x1p-1074); /* just above */
  CHECK(parse_double("1.7976931348623158e308", 22) == 0x1.fffffffffffffp1023);
  CHECK(parse_double("1.7976931348623159e308", 22) == HUGE_VAL);
  /* A 1 with 2,000 zeros and the exponent -2000; then a number whose 1,500th digit decides. */
  memset(text, '0', sizeof text);
  text[0] = '1';
  memcpy(text + 2001, "e-2000", 6);
  CHECK(parse_double(text, 2007) == 1.0);
  memset(text, '0', sizeof text);
  memcpy(text, "9007199254740993.", 17); /* half-way between ...992 and ...994 */
  CHECK(parse_double(text, 1500) == 9007199254740992.0);
  text[1499] = '1';
  CHECK(parse_double(text, 1500) == 9007199254740994.0);
}

static void test_scan(void) {
  static const struct {
    const char *text;
    size_t json, sql;
  } cases[] = {
      {"12", 2, 2},     {"-12.5e3x", 7, 7}, {"+1", 0, 2},   {".5", 0, 2},    {"5.", 1, 2},
      {".", 0, 0},      {"-", 0, 0},        {"-.", 0, 0},   {"007", 1, 3},   {"1e", 1, 1},
      {"1e+", 1, 1},    {"1E+5", 4, 4},     {"0x10", 1, 1}, {"1_000", 1, 1}, {"", 0, 0},
      {" 1", 0, 0},     {"-0", 2, 2},       {"1.e5", 1, 4}, {".e5", 0, 0},   {"1.5.5", 3, 3},
      {"-.5e-1", 0, 6}, {"inf", 0, 0},
  };
  VssDecimal decimal;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const char *text = cases[i].text;
    CHECK(vss_decimal_scan(text, strlen(text), VSS_DECIMAL_JSON, &decimal) == cases[i].json);
    CHECK(vss_decimal_scan(text, strlen(text), VSS_DECIMAL_SQL, &decimal) == cases[i].sql);
  }
  CHECK(vss_decimal_scan("00120.0500", 10, VSS_DECIMAL_SQL, &decimal) == 10);
  CHECK(decimal.significant == 5 && !decimal.is_integer && decimal.mantissa == 1200500 &&
        decimal.exponent == -4);
  CHECK(vss_decimal_scan("9223372036854775807", 19, VSS_DECIMAL_SQL, &decimal) == 19);
  CHECK(decimal.is_integer && decimal.mantissa == INT64_MAX && decimal.exponent == 0);
}

static VssError err;
static VssFloats floats;

static int from_json(const char *text, uint64_t expected_dim) {
  memset(&err, 0, sizeof err);
  vss_floats_free(&floats);
  /* The copy has exactly this size, so that the address sanitizer sees a read beyond it. */
  size_t n = strlen(text);
  char *copy = malloc(n ? n : 1);
  memcpy(copy, text, n);
  int rc = vss_codec_from_json(copy, n, expected_dim, &floats, &err);
  free(copy);
  return rc;
}

static void expect_json_error(const char *text, uint64_t expected_dim, const char *message) {
  CHECK(from_json(text, expected_dim) == VSS_INVALID);
  CHECK_TEXT(err.text, message);
}

static void test_json(void) {
  CHECK(from_json(" [ 1 ,\n-2.5\t, 3e2 ]\r\n", 3) == VSS_OK);
  CHECK(floats.dim == 3 && floats.data[0] == 1.0f && floats.data[1] == -2.5f &&
        floats.data[2] == 300.0f);
  CHECK(from_json("[]", 0) == VSS_OK && floats.dim == 0 && floats.data);
  CHECK(from_json("[2.4, 4.1, 1.8]", 0) == VSS_OK && floats.dim == 3 && floats.data[0] == 2.4f);
  CHECK(from_json("[3.4028235e38, 1e-50]", 0) == VSS_OK && floats.data[1] == 0.0f);
  CHECK(from_json("[-0.0]", 1) == VSS_OK && signbit(floats.data[0]));
  /*
  ** Rounded to float64 first and then to float32, 1 + 2^-24 + 2^-60 is 1; rounded at once it would
  ** be 1 + 2^-23.
  */
  CHECK(from_json("[1.00000005960464477626243888454399]", 1) == VSS_OK && floats.data[0] == 1.0f);

  expect_json_error("", 0, "JSON vector: expected [ at offset 0, got the end of the text");
  expect_json_error("hello", 0, "JSON vector: expected [ at offset 0, got hello");
  expect_json_error("{\"a\":1}", 0, "JSON vector: expected [ at offset 0, got {");
  expect_json_error("[1", 0, "JSON vector: expected , or ] at offset 2, got the end of the text");
  expect_json_error("[1 2]", 0, "JSON vector: expected , or ] at offset 3, got 2");
  expect_json_error("[1,]", 0, "JSON vector: expected a number at offset 3, got ]");
  expect_json_error("[,1]", 0, "JSON vector: expected a number at offset 1, got ,");
  expect_json_error("[[1]]", 0, "JSON vector: expected a number at offset 1, got [");
  expect_json_error("[1, \"2\"]", 0, "JSON vector: expected a number at offset 4, got \"");
  expect_json_error("[null]", 0, "JSON vector: expected a number at offset 1, got null");
  expect_json_error("[\xc3\xa9]", 0, "JSON vector: expected a number at offset 1, got \xc3\xa9");
  expect_json_error("[01]", 0, "JSON vector: expected , or ] at offset 2, got 1");
  expect_json_error("[1.]", 0, "JSON vector: expected , or ] at offset 2, got .");
  expect_json_error("[0x10]", 0, "JSON vector: expected , or ] at offset 2, got x");
  expect_json_error("[1] x", 0, "JSON vector: expected the end of the text at offset 4, got x");
  expect_json_error("[1, NaN]", 0, "component 1 is NaN, expected a finite number");
  expect_json_error("[-Infinity]", 0, "component 0 is infinite, expected a finite number");
  expect_json_error("[0, 1e39]", 0, "component 1 (1e39) is beyond the range of float32");
  expect_json_error("[-3.4028236e38]", 0,
                    "component 0 (-3.4028236e38) is beyond the range of float32");
  expect_json_error("[1,2]", 3, "vector has 2 components, expected 3");
  expect_json_error("[1,2,3,4]", 3, "vector has 4 components, expected 3");
  expect_json_error("[]", 3, "vector has 0 components, expected 3");
  CHECK(vss_codec_from_json("[1]\0", 4, 0, &floats, NULL) == VSS_INVALID);
  memset(&err, 0, sizeof err);
  CHECK(vss_codec_from_json("[1\0]", 4, 0, &floats, &err) == VSS_INVALID);
  CHECK_TEXT(err.text, "JSON vector: expected , or ] at offset 2, got a zero byte");

  /* 65,536 components are read, 65,537 are refused. */
  VssBuffer text = {0};
  vss_buffer_text(&text, "[1");
  for (int i = 1; i < VSS_MAX_DIM; i++)
    vss_buffer_text(&text, ",1");
  vss_buffer_text(&text, "]");
  CHECK(vss_codec_from_json((const char *)text.data, text.size_bytes, 0, &floats, NULL) == VSS_OK);
  CHECK(floats.dim == VSS_MAX_DIM);
  text.data[text.size_bytes - 1] = ',';
  vss_buffer_text(&text, "1]");
  memset(&err, 0, sizeof err);
  vss_floats_free(&floats);
  CHECK(vss_codec_from_json((const char *)text.data, text.size_bytes, 0, &floats, &err) ==
        VSS_INVALID);
  CHECK_TEXT(err.text, "vector has 65537 components, expected at most 65536");
  vss_buffer_free(&text);
  vss_floats_free(NULL);
}

/* Random edits of good texts give an error with a text, or a vector of finite numbers. */
static void test_json_random(uint64_t seed) {
  static const char alphabet[] = "[]0123456789.,eE+- \nNa\"x";
  for (int round = 0; round < 30000; round++) {
    char text[64] = "[1.5, -2e3, 0.25]";
    size_t n = strlen(text);
    int edits = (int)(check_random(&seed) % 4);
    for (int i = 0; i < edits; i++)
      text[check_random(&seed) % n] = alphabet[check_random(&seed) % (sizeof alphabet - 1)];
    text[check_random(&seed) % 8 ? n : check_random(&seed) % n] = '\0';
    if (from_json(text, 0) == VSS_OK) {
      CHECK(vss_codec_check_finite(floats.data, floats.dim, NULL) == VSS_OK);
    } else {
      CHECK(err.text[0] != '\0');
    }
  }
}

static int from_blob(const void *bytes, uint64_t size_bytes, uint64_t expected_dim) {
  memset(&err, 0, sizeof err);
  vss_floats_free(&floats);
  return vss_codec_from_blob(bytes, size_bytes, expected_dim, &floats, &err);
}

static void test_blob(void) {
  /* 1.0 and -2.5, little-endian, behind the header and one byte of misalignment. */
  static const uint8_t bytes[] = {0, 'v', 1, 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0};
  CHECK(from_blob(bytes + 3, 8, 2) == VSS_OK && floats.dim == 2 && floats.data[0] == 1.0f &&
        floats.data[1] == -2.5f);
  CHECK(from_blob(bytes + 1, 10, 2) == VSS_OK && floats.dim == 2 && floats.data[1] == -2.5f);
  CHECK(from_blob(bytes + 1, 10, 0) == VSS_OK && floats.dim == 2);
  /* Four bytes that start like a header are a float: the length decides. */
  CHECK(from_blob(bytes + 1, 4, 1) == VSS_OK && floats.dim == 1);
  CHECK(from_blob(NULL, 0, 0) == VSS_OK && floats.dim == 0 && floats.data);
  CHECK(from_blob("v\1", 2, 0) == VSS_OK && floats.dim == 0);

  CHECK(from_blob(bytes + 3, 8, 3) == VSS_INVALID);
  CHECK_TEXT(err.text, "vector has 2 components, expected 3");
  CHECK(from_blob(bytes + 1, 10, 3) == VSS_INVALID);
  CHECK_TEXT(err.text, "vector has 2 components, expected 3");
  CHECK(from_blob(NULL, 0, 3) == VSS_INVALID);
  CHECK_TEXT(err.text, "vector has 0 components, expected 3");
  CHECK(from_blob(bytes, 10, 0) == VSS_INVALID);
  CHECK_TEXT(err.text,
             "a BLOB of 10 bytes is not a vector of float32, whose size is a multiple of 4");
  CHECK(from_blob(bytes, 7, 2) == VSS_INVALID);
  CHECK_TEXT(err.text,
             "a BLOB of 7 bytes is not a vector of float32, whose size is a multiple of 4");
  static uint8_t many[4 * (VSS_MAX_DIM + 1)];
  CHECK(from_blob(many, sizeof many - 4, 0) == VSS_OK && floats.dim == VSS_MAX_DIM);
  CHECK(from_blob(many, sizeof many, 0) == VSS_INVALID);
  CHECK_TEXT(err.text, "vector has 65537 components, expected at most 65536");
}

static void test_finite(void) {
  float data[5] = {1, 2, 3, 4, 5};
  memset(&err, 0, sizeof err);
  CHECK(vss_codec_check_finite(data, 5, &err) == VSS_OK);
  CHECK(vss_codec_check_finite(data, 0, &err) == VSS_OK);
  data[3] = NAN;
  data[4] = HUGE_VALF;
  CHECK(vss_codec_check_finite(data, 5, &err) == VSS_INVALID);
  CHECK_TEXT(err.text, "component 3 is NaN, expected a finite number");
  memset(&err, 0, sizeof err);
  data[2] = -HUGE_VALF;
  CHECK(vss_codec_check_finite(data, 5, &err) == VSS_INVALID);
  CHECK_TEXT(err.text, "component 2 is infinite, expected a finite number");
}

static void test_text(void) {
  static const float data[] = {2.4f, 4.1f, 1.8f, 1e-7f, -0.0f};
  VssBuffer buffer = {0};
  vss_codec_append_floats(&buffer, data, 3, ", ");
  expect_buffer(&buffer, "[2.4000000953674316, 4.099999904632568, 1.7999999523162842]");
  vss_codec_append_floats(&buffer, data + 3, 2, ",");
  expect_buffer(&buffer, "[1.0000000116860974e-07,-0.0]");
  vss_codec_append_floats(&buffer, data, 0, ", ");
  expect_buffer(&buffer, "[]");
}

static void expect_string(const char *text, size_t size_bytes, const char *wanted) {
  VssBuffer buffer = {0};
  vss_codec_append_string(&buffer, text, size_bytes);
  expect_buffer(&buffer, wanted);
}

static void test_string(void) {
  expect_string("1249", 4, "\"1249\"");
  expect_string("", 0, "\"\"");
  expect_string("a\"b\\c/\b\f\n\r\t", 12, "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0000\"");
  expect_string("\x01\x7f~", 3, "\"\\u0001\\u007f~\"");
  expect_string("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\\u00e9\\u20ac\\ud83d\\ude00\"");
  /*
  ** Not UTF-8: a lone continuation byte, an overlong form, a surrogate, a sequence cut off, a code
  ** beyond U+10FFFF.
  */
  expect_string("\x80|\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82", 16,
                "\"\\ufffd|\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd\\ufffd|"
                "\\ufffd\\ufffd\"");
}

/* Every allocation fails once. */
static int allocations_left;
static void *failing_realloc(void *ptr, uint64_t size_bytes) {
  return allocations_left-- > 0 ? realloc(ptr, (size_t)size_bytes) : NULL;
}

static void test_out_of_memory(void) {
  static const VssAllocator failing = {failing_realloc, free};
  char text[400] = "[1";
  for (int i = 0; i < 150; i++)
    strcat(text, ",1");
  strcat(text, "]");
  vss_base_set_allocator(&failing);
  allocations_left = 0;
  CHECK(from_blob("abcd", 4, 0) == VSS_NOMEM && err.text[0] == '\0');
  CHECK(from_json("[]", 0) == VSS_NOMEM && err.text[0] == '\0');
  allocations_left = 1;
  CHECK(from_json(text, 0) == VSS_NOMEM && err.text[0] == '\0');
  allocations_left = 1 << 30;
}

int main(void) {
  uint64_t seed = check_seed();
  test_repr();
  test_parse(seed);
  test_parse_float(seed);
  test_parse_tiny_float();
  test_parse_corners();
  test_scan();
  test_json();
  test_json_random(seed);
  test_blob();
  test_finite();
  test_text();
  test_string();
  test_out_of_memory();
  vss_floats_free(&floats);
  return check_summary();
}
