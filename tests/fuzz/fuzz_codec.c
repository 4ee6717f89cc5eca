/*
** base/codec*.c and base/decimal*.c against the C library and against simple readers.
**
**   input: a byte that chooses the test, a byte for its variant, then the bytes under test
*/
#include "fuzz.h"

#include "base/codec.h"
#include "base/decimal.h"

#include <math.h>

static int same_bits(double a, double b) {
  return memcmp(&a, &b, sizeof a) == 0;
}

/* --- decimal text ----------------------------------------------------------------------------- */

static size_t count_digits(const char *text, size_t size) {
  size_t n = 0;
  while (n < size && text[n] >= '0' && text[n] <= '9')
    n++;
  return n;
}

/* The length of the number at the start of the text, directly from the grammar; 0 without one. */
static size_t number_size(const char *text, size_t size, VssDecimalGrammar grammar) {
  int sql = grammar == VSS_DECIMAL_SQL;
  size_t n = size && (text[0] == '-' || (sql && text[0] == '+'));
  size_t whole = count_digits(text + n, size - n), fraction = 0;
  if (!sql && whole == 0) return 0;
  if (!sql && whole > 1 && text[n] == '0') return n + 1;
  n += whole;
  if (n < size && text[n] == '.') {
    fraction = count_digits(text + n + 1, size - n - 1);
    if (fraction || (sql && whole)) n += 1 + fraction;
  }
  if (whole + fraction == 0) return 0;
  if (n < size && (text[n] == 'e' || text[n] == 'E')) {
    size_t sign = n + 1 < size && (text[n + 1] == '-' || text[n + 1] == '+');
    size_t digits = count_digits(text + n + 1 + sign, size - n - 1 - sign);
    if (digits) n += 1 + sign + digits;
  }
  return n;
}

static double library_number(const char *text, size_t size) {
  char *copy = malloc(size + 1);
  if (!copy) abort();
  memcpy(copy, text, size);
  copy[size] = 0;
  double value = strtod(copy, NULL);
  free(copy);
  return value;
}

static void try_number(const char *text, size_t size, VssDecimalGrammar grammar) {
  VssDecimal decimal;
  size_t n = vss_decimal_scan(text, size, grammar, &decimal);
  FUZZ_CHECK(n == number_size(text, size, grammar), "%.*s: %d bytes", (int)size, text, (int)n);
  if (n == 0) return;
  double got = vss_decimal_to_double(&decimal), wanted = library_number(text, n);
  FUZZ_CHECK(same_bits(got, wanted), "%.*s: %.17g, expected %.17g", (int)n, text, got, wanted);
  FUZZ_CHECK(vss_decimal_to_float(&decimal) == (float)wanted, "%.*s", (int)n, text);
}

/* The text is the shortest one, and our reader and the library's read it as the same bits. */
static void try_format(double value) {
  if (!isfinite(value)) return;
  char text[VSS_DECIMAL_SIZE_BYTES + 1], shorter[40];
  size_t n = vss_decimal_format(value, text);
  FUZZ_CHECK(n > 0 && n <= VSS_DECIMAL_SIZE_BYTES, "%.17g: %d bytes", value, (int)n);
  text[n] = 0;
  FUZZ_CHECK(same_bits(strtod(text, NULL), value), "%.17g became %s", value, text);
  try_number(text, n, VSS_DECIMAL_SQL);
  VssDecimal decimal;
  vss_decimal_scan(text, n, VSS_DECIMAL_JSON, &decimal);
  if (decimal.significant < 2) return;
  snprintf(shorter, sizeof shorter, "%.*e", decimal.significant - 2, value);
  FUZZ_CHECK(!same_bits(strtod(shorter, NULL), value), "%s would do for %s", shorter, text);
}

/* --- vectors ---------------------------------------------------------------------------------- */

static size_t skip_space(const char *text, size_t size, size_t at) {
  while (at < size && strchr(" \t\n\r", text[at]) && text[at])
    at++;
  return at;
}

/*
** Whether the text is an array of numbers that float32 can hold. Compares each component with
** `got`.
*/
static int read_array(const char *text, size_t size, const VssFloats *got, uint64_t *out_dim) {
  size_t at = skip_space(text, size, 0);
  *out_dim = 0;
  if (at == size || text[at] != '[') return 0;
  at = skip_space(text, size, at + 1);
  for (int more = at == size || text[at] != ']'; more;) {
    size_t n = number_size(text + at, size - at, VSS_DECIMAL_JSON);
    if (n == 0) return 0;
    float value = (float)library_number(text + at, n);
    if (!isfinite(value)) return 0;
    if (*out_dim < got->dim)
      FUZZ_CHECK(same_bits((double)got->data[*out_dim], (double)value), "component %d",
                 (int)*out_dim);
    ++*out_dim;
    at = skip_space(text, size, at + n);
    if (at == size || (text[at] != ',' && text[at] != ']')) return 0;
    more = text[at] == ',';
    if (more) at = skip_space(text, size, at + 1);
  }
  return skip_space(text, size, at + 1) == size;
}

/* The vector as text, read again, has the same bits. */
static void try_text(const VssFloats *floats, const char *separator) {
  VssBuffer text = {0};
  VssFloats again = {0};
  VssError err = {0};
  vss_codec_append_floats(&text, floats->data, floats->dim, separator);
  FUZZ_CHECK(vss_buffer_status(&text) == VSS_OK, "out of memory");
  int rc = vss_codec_from_json((const char *)text.data, text.size_bytes, floats->dim, &again, &err);
  FUZZ_CHECK(rc == VSS_OK, "%s", err.text);
  FUZZ_CHECK(again.dim == floats->dim, "%d components", (int)again.dim);
  FUZZ_CHECK(memcmp(again.data, floats->data, (size_t)floats->dim * sizeof(float)) == 0,
             "other bits");
  vss_floats_free(&again);
  vss_buffer_free(&text);
}

static uint64_t wanted_dim(int variant) {
  return variant < 128 ? 0 : (uint64_t)(variant - 127);
}

static void try_json(const char *text, size_t size, int variant) {
  VssFloats floats = {0};
  VssError err = {0};
  uint64_t expected = wanted_dim(variant), dim;
  int rc = vss_codec_from_json(text, size, expected, &floats, &err);
  FUZZ_CHECK(rc == VSS_OK || (rc == VSS_INVALID && err.text[0]), "code %d", rc);
  int is_array = read_array(text, size, &floats, &dim);
  int wanted = is_array && dim <= VSS_MAX_DIM && (!expected || dim == expected);
  FUZZ_CHECK((rc == VSS_OK) == wanted, "code %d: %s", rc, err.text);
  if (rc == VSS_OK) {
    FUZZ_CHECK(floats.dim == dim, "%d components", (int)floats.dim);
    FUZZ_CHECK(vss_codec_check_finite(floats.data, dim, NULL) == VSS_OK, "not finite");
    try_text(&floats, variant & 1 ? ", " : ",");
  }
  vss_floats_free(&floats);
}

static void try_blob(const uint8_t *bytes, size_t size, int variant) {
  VssFloats floats = {0};
  VssError err = {0};
  uint64_t expected = wanted_dim(variant);
  int headed = size % 4 == 2 && bytes[0] == 'v' && bytes[1] == 1;
  size_t dim = (headed ? size - 2 : size) / 4;
  int wanted = (headed || size % 4 == 0) && (!expected || dim == expected) && dim <= VSS_MAX_DIM;
  int rc = vss_codec_from_blob(bytes, size, expected, &floats, &err);
  FUZZ_CHECK(rc == (wanted ? VSS_OK : VSS_INVALID), "code %d: %s", rc, err.text);
  FUZZ_CHECK(wanted == !err.text[0], "%s", err.text);
  if (wanted) {
    int finite = 1;
    FUZZ_CHECK(floats.dim == dim, "%d components", (int)floats.dim);
    FUZZ_CHECK(memcmp(floats.data, bytes + (headed ? 2 : 0), 4 * dim) == 0, "other bytes");
    for (size_t i = 0; i < dim; i++)
      finite &= isfinite(floats.data[i]) != 0;
    FUZZ_CHECK((vss_codec_check_finite(floats.data, dim, &err) == VSS_OK) == finite, "%s",
               err.text);
    if (finite) try_text(&floats, ", ");
  }
  vss_floats_free(&floats);
}

/* --- strings ---------------------------------------------------------------------------------- */

static size_t put_utf8(uint8_t *to, unsigned code) {
  if (code < 0x80) {
    to[0] = (uint8_t)code;
    return 1;
  }
  size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = n; i-- > 1; code >>= 6)
    to[i] = (uint8_t)(0x80 | (code & 0x3f));
  to[0] = (uint8_t)(0xf00 >> n | code);
  return n;
}

static unsigned hex4(const uint8_t *at) {
  char digits[5] = {(char)at[0], (char)at[1], (char)at[2], (char)at[3], 0};
  char *end;
  unsigned long value = strtoul(digits, &end, 16);
  FUZZ_CHECK(end == digits + 4, "\\u%s", digits);
  return (unsigned)value;
}

/* Decodes one character of the literal to UTF-8 in `to`. Returns how many bytes of it were read. */
static size_t unescape(const uint8_t *at, uint8_t *to, size_t *out_size) {
  static const char letters[] = "\"\\bfnrt", bytes[] = "\"\\\b\f\n\r\t";
  *out_size = 1;
  *to = at[0];
  if (at[0] != '\\') {
    FUZZ_CHECK(at[0] >= ' ' && at[0] <= '~' && at[0] != '"', "byte %d", at[0]);
    return 1;
  }
  if (at[1] != 'u') {
    const char *found = strchr(letters, at[1]);
    FUZZ_CHECK(found && at[1], "\\%c", at[1]);
    *to = (uint8_t)bytes[found ? found - letters : 0];
    return 2;
  }
  unsigned code = hex4(at + 2);
  FUZZ_CHECK(code < 0xdc00 || code > 0xdfff, "a low surrogate alone");
  int pair = code >= 0xd800 && code <= 0xdbff;
  if (pair) {
    FUZZ_CHECK(at[6] == '\\' && at[7] == 'u', "a high surrogate alone");
    code = 0x10000 + ((code - 0xd800) << 10) + (hex4(at + 8) - 0xdc00);
  }
  *out_size = put_utf8(to, code);
  return pair ? 12 : 6;
}

/*
** The JSON literal is ASCII and stands for the text; each byte that is not UTF-8 becomes a U+FFFD.
*/
static void try_string(const char *text, size_t size) {
  static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};
  VssBuffer out = {0};
  vss_codec_append_string(&out, text, size);
  FUZZ_CHECK(out.size_bytes >= 2 && out.data[0] == '"' && out.data[out.size_bytes - 1] == '"',
             "no quotes");
  size_t from = 0;
  for (size_t at = 1; at + 1 < out.size_bytes;) {
    uint8_t character[4];
    size_t n;
    at += unescape(out.data + at, character, &n);
    int same = n <= size - from && memcmp(text + from, character, n) == 0;
    int replaced = n == 3 && memcmp(character, replacement, 3) == 0;
    FUZZ_CHECK(same || (replaced && from < size && (text[from] & 0x80)), "at byte %d", (int)from);
    from += same ? n : 1;
  }
  FUZZ_CHECK(from == size, "%d bytes of %d", (int)from, (int)size);
  vss_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  FuzzInput in = {bytes, size};
  int what = fuzz_below(&in, 6), variant = fuzz_u8(&in);
  size_t n;
  uint8_t *rest = fuzz_bytes(&in, in.left, &n);
  const char *text = (const char *)rest;
  switch (what) {
    case 0: try_json(text, n, variant); break;
    case 1: try_blob(rest, n, variant); break;
    case 2: try_number(text, n, VSS_DECIMAL_JSON); break;
    case 3: try_number(text, n, VSS_DECIMAL_SQL); break;
    case 4: try_string(text, n); break;
    default: {
      double value = 0;
      memcpy(&value, rest, n < sizeof value ? n : sizeof value);
      try_format(value);
      try_format((double)(float)value);
    }
  }
  free(rest);
  return 0;
}
