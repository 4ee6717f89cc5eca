/*
** A vector from a JSON array of numbers (RFC 8259), in one pass and without a tree.
**
**   [ 1.5 , -2e3 ]  end
**   ^ ^   ^ ^    ^  ^
**   | |   | |    |  nothing may follow
**   | |   | |    ] or a comma
**   | |   | vss_decimal_scan() finds the end of the number
**   | |   white space, skipped
**   | a component, stored unless there are too many
**   offset 0, which errors count from
*/
#include "base/codec.h"
#include "base/decimal.h"

#include <math.h>
#include <string.h>

/* The text while it is read, and the components so far. */
typedef struct Reader {
  const char *text;
  uint64_t size_bytes;
  uint64_t at;
  VssFloats floats;
  uint64_t capacity;
  uint64_t dim; /* components seen, stored or not */
} Reader;

/* The four characters that JSON calls white space. */
static void skip_space(Reader *reader) {
  while (reader->at < reader->size_bytes) {
    char c = reader->text[reader->at];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') break;
    reader->at++;
  }
}

/*
** The byte at the cursor, 0 at the end. (A zero byte in the text is refused wherever it stands, as
** the end would be.)
*/
static char peek(const Reader *reader) {
  return reader->at < reader->size_bytes ? reader->text[reader->at] : '\0';
}

/*
** How much of the text at the cursor an error shows: a word of at most 20 letters, or one character
** of UTF-8.
*/
static int shown_bytes(const Reader *reader) {
  const char *text = reader->text + reader->at;
  uint64_t most = reader->size_bytes - reader->at;
  if (most > 20) most = 20;
  uint64_t n = 0;
  while (n < most && ((text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z')))
    n++;
  if (n == 0 && most) n = 1;
  /* Never half a character: the message has to be valid UTF-8 too. */
  while (n < most && n > 0 && (text[n] & 0xc0) == 0x80)
    n++;
  return (int)n;
}

/* `expected X at offset N, got Y`, where Y is the end, a zero byte, or what stands there. */
static int fail_expected(const Reader *reader, const char *wanted, VssError *err) {
  if (reader->at >= reader->size_bytes || !reader->text[reader->at]) {
    return vss_fail(err, VSS_INVALID, "JSON vector: expected %s at offset %llu, got %s", wanted,
                    (unsigned long long)reader->at,
                    reader->at >= reader->size_bytes ? "the end of the text" : "a zero byte");
  }
  return vss_fail(err, VSS_INVALID, "JSON vector: expected %s at offset %llu, got %.*s", wanted,
                  (unsigned long long)reader->at, shown_bytes(reader), reader->text + reader->at);
}

/*
** Python's and JavaScript's spellings of what JSON has no number for; they deserve a better text
** than "not a number".
*/
static const char *nonfinite_literal(const Reader *reader) {
  static const char *const words[] = {"NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    size_t n = strlen(words[i]);
    if (n <= reader->size_bytes - reader->at &&
        memcmp(reader->text + reader->at, words[i], n) == 0) {
      return i < 2 ? "NaN" : "infinite";
    }
  }
  return NULL;
}

/* Append a component. The array doubles: its length is not known before its end. */
static int store(Reader *reader, float value) {
  if (reader->dim == reader->capacity) {
    uint64_t capacity = reader->capacity ? reader->capacity * 2 : 64;
    float *data = vss_realloc(reader->floats.data, capacity * sizeof *data);
    if (!data) return VSS_NOMEM;
    reader->floats.data = data;
    reader->capacity = capacity;
  }
  reader->floats.data[reader->dim] = value;
  return VSS_OK;
}

/*
** One number at the cursor. Components beyond the limit are counted, for the error's sake, and not
** stored.
*/
static int read_component(Reader *reader, uint64_t limit, VssError *err) {
  VssDecimal decimal;
  size_t n = vss_decimal_scan(reader->text + reader->at, (size_t)(reader->size_bytes - reader->at),
                              VSS_DECIMAL_JSON, &decimal);
  if (n == 0) {
    const char *what = nonfinite_literal(reader);
    if (!what) return fail_expected(reader, "a number", err);
    return vss_fail(err, VSS_INVALID, "component %llu is %s, expected a finite number",
                    (unsigned long long)reader->dim, what);
  }
  /*
  ** 1e39 is a number in JSON and infinite as float32: it is refused here, where its text can be
  ** quoted.
  */
  float value = vss_decimal_to_float(&decimal);
  if (!isfinite(value)) {
    return vss_fail(err, VSS_INVALID, "component %llu (%.*s) is beyond the range of float32",
                    (unsigned long long)reader->dim, n > 40 ? 40 : (int)n,
                    reader->text + reader->at);
  }
  reader->at += n;
  if (reader->dim < limit) {
    int rc = store(reader, value);
    if (rc != VSS_OK) return rc;
  }
  reader->dim++;
  return VSS_OK;
}

/* The array from its bracket to the end of the text. */
static int read_array(Reader *reader, uint64_t limit, VssError *err) {
  skip_space(reader);
  if (peek(reader) != '[') return fail_expected(reader, "[", err);
  reader->at++;
  skip_space(reader);
  /* An empty array has no components; after a comma there has to be one. */
  int more = peek(reader) != ']';
  while (more) {
    int rc = read_component(reader, limit, err);
    if (rc != VSS_OK) return rc;
    skip_space(reader);
    if (peek(reader) != ',' && peek(reader) != ']') return fail_expected(reader, ", or ]", err);
    /* The comma is passed here, and the bracket behind the loop. */
    more = peek(reader) == ',';
    reader->at += (uint64_t)more;
    if (more) skip_space(reader);
  }
  reader->at++;
  skip_space(reader);
  if (reader->at < reader->size_bytes) return fail_expected(reader, "the end of the text", err);
  return VSS_OK;
}

int vss_codec_from_json(const char *text, uint64_t size_bytes, uint64_t expected_dim,
                        VssFloats *out_floats, VssError *err) {
  Reader reader = {.text = text, .size_bytes = size_bytes};
  /* At most this many are stored, however long the text is. */
  uint64_t limit = expected_dim ? expected_dim : VSS_MAX_DIM;
  int rc = read_array(&reader, limit, err);
  if (rc == VSS_OK && expected_dim && reader.dim != expected_dim) {
    rc = vss_fail(err, VSS_INVALID, "vector has %llu components, expected %llu",
                  (unsigned long long)reader.dim, (unsigned long long)expected_dim);
  }
  if (rc == VSS_OK && reader.dim > limit) {
    rc = vss_fail(err, VSS_INVALID, "vector has %llu components, expected at most %d",
                  (unsigned long long)reader.dim, VSS_MAX_DIM);
  }
  /* An empty vector has memory too, as vss_codec_from_blob() gives it. */
  if (rc == VSS_OK && !reader.floats.data) {
    reader.floats.data = vss_malloc(0);
    if (!reader.floats.data) rc = VSS_NOMEM;
  }
  if (rc != VSS_OK) {
    vss_floats_free(&reader.floats);
    return rc;
  }
  reader.floats.dim = reader.dim;
  *out_floats = reader.floats;
  return VSS_OK;
}
