/*
** Text functions that ask whether to go on: text_functions.h.
**
** Each loop reports the bytes that it looks at to a meter, and ends when the meter says so:
**
**   instr(aaaa...a, aaa...ab)    position 1: 16 bytes, 64 KB, 64 KB ... until they differ
**                                position 2: the same
**   meter                        ──── 1 MB: ask ──── 1 MB: ask ──── ...
*/
#include "text_functions.h"

#include <string.h>

#include "functions/registry.h"
#include "meter.h"
#include "utf8.h"

/* Bytes that are compared at once, after the first few that mostly differ. */
#define FIRST_BYTES 16u
#define CHUNK_BYTES (1u << 16)

/* 1 when the n bytes are equal. 0 when they differ, or when the meter is over. */
static int is_same(VssMeter *meter, const unsigned char *a, const unsigned char *b, size_t n) {
  size_t at = 0, chunk = FIRST_BYTES;
  while (at < n) {
    if (chunk > n - at) chunk = n - at;
    if (!vss_meter_go_on(meter, chunk) || memcmp(a + at, b + at, chunk) != 0) return 0;
    at += chunk;
    chunk = CHUNK_BYTES;
  }
  return 1;
}

/* Behind the character at `text`, which ends in a zero byte, as SQLite walks over UTF-8. */
static const unsigned char *skip(const unsigned char *text) {
  if (*text++ < 0xc0) return text;
  while (vss_utf8_is_continuation(*text))
    text++;
  return text;
}

/* An argument as text. NULL: it is NULL, or there is no memory, and then that is the result. */
static const unsigned char *text_of(sqlite3_context *context, sqlite3_value *value,
                                    size_t *out_bytes) {
  if (sqlite3_value_type(value) == SQLITE_NULL) return NULL;
  const unsigned char *text = sqlite3_value_text(value);
  if (!text) sqlite3_result_error_nomem(context);
  *out_bytes = text ? (size_t)sqlite3_value_bytes(value) : 0;
  return text;
}

/* --- trim(), ltrim(), rtrim() ----------------------------------------------------------------- */

enum { TRIM_LEFT = 1, TRIM_RIGHT = 2 };

/* How many bytes the set's first character takes that stands at that end of the text; 0: none. */
static size_t at_end(VssMeter *meter, const unsigned char *text, size_t n, const unsigned char *set,
                     int end) {
  while (*set && vss_meter_go_on(meter, 1)) {
    const unsigned char *next = skip(set);
    size_t size = (size_t)(next - set);
    const unsigned char *here = end == TRIM_LEFT || size > n ? text : text + (n - size);
    if (size <= n && is_same(meter, here, set, size)) return size;
    set = next;
  }
  return 0;
}

static void call_trim(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssMeter meter = {0};
  size_t n, n_set, size;
  const unsigned char *text = text_of(context, argv[0], &n);
  const unsigned char *set = text ? text_of(context, argv[1], &n_set) : NULL;
  if (!set) return;
  int ends = vss_function_of(context)->variant;
  if (ends & TRIM_LEFT) {
    while (n > 0 && (size = at_end(&meter, text, n, set, TRIM_LEFT)) > 0) {
      text += size;
      n -= size;
    }
  }
  if (ends & TRIM_RIGHT) {
    while (n > 0 && (size = at_end(&meter, text, n, set, TRIM_RIGHT)) > 0)
      n -= size;
  }
  if (meter.is_over)
    sqlite3_result_error_code(context, SQLITE_INTERRUPT);
  else
    sqlite3_result_text64(context, (const char *)text, n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* --- instr() ---------------------------------------------------------------------------------- */

/* The position of the part, from 1 on, in characters or bytes; 0: it is not there. */
static int position(VssMeter *meter, const unsigned char *text, size_t n, const unsigned char *part,
                    size_t n_part, int is_text) {
  const unsigned char *end = text + n;
  int at = 1;
  for (; n_part <= (size_t)(end - text) && vss_meter_go_on(meter, 1); at++) {
    if (text[0] == part[0] && is_same(meter, text, part, n_part)) return at;
    do {
      text++;
    } while (is_text && text < end && vss_utf8_is_continuation(text[0]));
  }
  return 0;
}

/*
** Two BLOBs are compared byte by byte. Of a BLOB and a text, both are taken for texts; that is done
** with copies, since it would change the argument.
*/
static void call_instr(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  int a_type = sqlite3_value_type(argv[0]), b_type = sqlite3_value_type(argv[1]);
  if (a_type == SQLITE_NULL || b_type == SQLITE_NULL) return;
  int is_text = a_type != SQLITE_BLOB || b_type != SQLITE_BLOB;
  int is_mixed = (a_type == SQLITE_BLOB) != (b_type == SQLITE_BLOB);
  sqlite3_value *a = is_mixed ? sqlite3_value_dup(argv[0]) : argv[0];
  sqlite3_value *b = is_mixed ? sqlite3_value_dup(argv[1]) : argv[1];
  /* Before the size is asked: a conversion changes it. */
  const unsigned char *text = a ? is_text ? sqlite3_value_text(a) : sqlite3_value_blob(a) : NULL;
  const unsigned char *part = b ? is_text ? sqlite3_value_text(b) : sqlite3_value_blob(b) : NULL;
  size_t n = a ? (size_t)sqlite3_value_bytes(a) : 0;
  size_t n_part = b ? (size_t)sqlite3_value_bytes(b) : 0;
  VssMeter meter = {0};
  if (!a || !b || (!text && n > 0) || (!part && n_part > 0)) {
    sqlite3_result_error_nomem(context);
  } else {
    int at = n_part == 0 ? 1 : n_part > n ? 0 : position(&meter, text, n, part, n_part, is_text);
    if (meter.is_over)
      sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    else
      sqlite3_result_int(context, at);
  }
  if (is_mixed) {
    sqlite3_value_free(a);
    sqlite3_value_free(b);
  }
}

/* --- replace() -------------------------------------------------------------------------------- */

typedef struct Output {
  unsigned char *bytes; /* owned */
  size_t n, capacity, limit;
} Output;

/* SQLITE_TOOBIG beyond the connection's limit, SQLITE_NOMEM. */
static int append(Output *output, const unsigned char *bytes, size_t n) {
  if (n > output->limit - output->n) return SQLITE_TOOBIG;
  if (output->n + n > output->capacity) {
    size_t capacity = 2 * (output->n + n) + 64;
    unsigned char *grown = sqlite3_realloc64(output->bytes, capacity);
    if (!grown) return SQLITE_NOMEM;
    output->bytes = grown;
    output->capacity = capacity;
  }
  if (n > 0) memcpy(output->bytes + output->n, bytes, n);
  output->n += n;
  return SQLITE_OK;
}

/* The text with each `part` (not empty) in it replaced by `with`. */
static int replace_all(VssMeter *meter, const unsigned char *text, size_t n,
                       const unsigned char *part, size_t n_part, const unsigned char *with,
                       size_t n_with, Output *output) {
  size_t at = 0, kept = 0; /* what stands before `kept` is in the output */
  int rc = SQLITE_OK;
  while (rc == SQLITE_OK && n_part <= n - at && vss_meter_go_on(meter, 1)) {
    if (text[at] != part[0] || !is_same(meter, text + at, part, n_part)) {
      at++;
      continue;
    }
    rc = append(output, text + kept, at - kept);
    if (rc == SQLITE_OK) rc = append(output, with, n_with);
    at += n_part;
    kept = at;
  }
  if (meter->is_over) return SQLITE_INTERRUPT;
  return rc == SQLITE_OK ? append(output, text + kept, n - kept) : rc;
}

static void call_replace(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssMeter meter = {0};
  size_t n, n_part, n_with;
  const unsigned char *text = text_of(context, argv[0], &n);
  const unsigned char *part = text ? text_of(context, argv[1], &n_part) : NULL;
  if (!part) return;
  if (!part[0]) {
    sqlite3_result_text64(context, (const char *)text, n, SQLITE_TRANSIENT, SQLITE_UTF8);
    return;
  }
  const unsigned char *with = text_of(context, argv[2], &n_with);
  if (!with) return;
  sqlite3 *db = sqlite3_context_db_handle(context);
  Output output = {NULL, 0, 0, (size_t)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1)};
  int rc = replace_all(&meter, text, n, part, n_part, with, n_with, &output);
  if (rc == SQLITE_OK) {
    /* sqlite3_result_text64() takes no NULL for an empty text. */
    const char *bytes = output.bytes ? (const char *)output.bytes : "";
    sqlite3_result_text64(context, bytes, output.n, SQLITE_TRANSIENT, SQLITE_UTF8);
  } else {
    sqlite3_result_error_code(context, rc);
  }
  sqlite3_free(output.bytes);
}

/* --- unhex() ---------------------------------------------------------------------------------- */

static int hex_digit(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static int contains(VssMeter *meter, const unsigned char *set, size_t n, uint32_t c) {
  const unsigned char *end = set + n;
  while (set < end && vss_meter_go_on(meter, 1))
    if (vss_utf8_read(&set) == c) return 1;
  return 0;
}

/*
** Writes what the digits say, and passes over the characters of `ignored` between two pairs of
** digits. Returns the number of bytes, or -1 where the text is no such thing: the result is NULL.
*/
static sqlite3_int64 read_hex(VssMeter *meter, const unsigned char *hex,
                              const unsigned char *ignored, size_t n_ignored, unsigned char *out) {
  sqlite3_int64 n = 0;
  while (*hex && vss_meter_go_on(meter, 1)) {
    int high = hex_digit(*hex);
    if (high < 0) {
      if (!contains(meter, ignored, n_ignored, vss_utf8_read(&hex))) return -1;
      continue;
    }
    int low = hex_digit(hex[1]);
    if (low < 0) return -1;
    out[n++] = (unsigned char)(high << 4 | low);
    hex += 2;
  }
  return n;
}

static void call_unhex(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssMeter meter = {0};
  size_t n, n_ignored;
  const unsigned char *hex = text_of(context, argv[0], &n);
  const unsigned char *ignored = hex ? text_of(context, argv[1], &n_ignored) : NULL;
  if (!ignored) return;
  unsigned char *out = sqlite3_malloc64(n / 2 + 1);
  if (!out) {
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_int64 n_out = read_hex(&meter, hex, ignored, n_ignored, out);
  if (meter.is_over)
    sqlite3_result_error_code(context, SQLITE_INTERRUPT);
  else if (n_out >= 0)
    sqlite3_result_blob64(context, out, (sqlite3_uint64)n_out, SQLITE_TRANSIENT);
  sqlite3_free(out);
}

/* --- json_pretty(), json_patch() -------------------------------------------------------------- */

/*
** The output of json_pretty() has the indentation of each element, whose depth may be 1,000 and
** whose size is the caller's choice: gigabytes from an argument of a few kilobytes, before the
** limit on a value's size is looked at. json_patch() looks for each name of its second argument in
** all of the first, from its start.
*/
static void call_refused(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  char *text =
      sqlite3_mprintf("%s() is switched off for untrusted SQL, because its time has no bound",
                      vss_function_of(context)->name);
  if (text)
    sqlite3_result_error(context, text, -1);
  else
    sqlite3_result_error_nomem(context);
  sqlite3_free(text);
}

/* --- Registration ----------------------------------------------------------------------------- */

/* trim() of one argument and unhex() of one look at each byte once: SQLite's own stay. */
static const VssFunction text_functions[] = {
    {.name = "trim",
     .n_args = 2,
     .flags = VSS_PURE,
     .variant = TRIM_LEFT | TRIM_RIGHT,
     .call = call_trim},
    {.name = "ltrim", .n_args = 2, .flags = VSS_PURE, .variant = TRIM_LEFT, .call = call_trim},
    {.name = "rtrim", .n_args = 2, .flags = VSS_PURE, .variant = TRIM_RIGHT, .call = call_trim},
    {.name = "instr", .n_args = 2, .flags = VSS_PURE, .call = call_instr},
    {.name = "replace", .n_args = 3, .flags = VSS_PURE, .call = call_replace},
    {.name = "unhex", .n_args = 2, .flags = VSS_PURE, .call = call_unhex},
    {.name = "json_pretty", .n_args = 1, .flags = VSS_PURE, .call = call_refused},
    {.name = "json_patch", .n_args = 2, .flags = VSS_PURE, .call = call_refused},
    {.name = "jsonb_patch", .n_args = 2, .flags = VSS_PURE, .call = call_refused},
    {.name = "json_pretty", .n_args = 2, .flags = VSS_PURE, .call = call_refused},
};

int vss_text_functions_register(sqlite3 *db) {
  return vss_functions_register(db, text_functions, sizeof text_functions / sizeof *text_functions,
                                NULL);
}
