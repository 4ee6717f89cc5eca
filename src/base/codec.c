/*
** Vectors from BLOBs, and vectors, numbers and strings as text. JSON arrays are read in
** base/codec_json.c.
**
**   BLOB of 4*dim bytes        | float 0 | float 1 | ...                       little-endian
**   BLOB of 4*dim + 2 bytes    | 'v' | 1 | float 0 | float 1 | ...             sqlite-vss's header
**
**   text of two floats         [1.5, -2.0] or [1.5,-2.0]                as Python's json.dumps
*/
#include "base/codec.h"

#include "base/decimal.h"
#include "base/little_endian.h"

#include <math.h>
#include <string.h>

void vss_floats_free(VssFloats *floats) {
  if (!floats) return;
  vss_free(floats->data);
  floats->data = NULL;
  floats->dim = 0;
}

/* One float32 of a BLOB. SQLite hands BLOBs out with any alignment. */
static float load_float(const uint8_t *bytes) {
  uint32_t bits = vss_get_u32(bytes);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

int vss_codec_from_blob(const void *bytes, uint64_t size_bytes, uint64_t expected_dim,
                        VssFloats *out_floats, VssError *err) {
  const uint8_t *at = bytes;
  /* The length decides first: 4*a is never 4*b + 2, so that no BLOB can be read in both ways. */
  if (size_bytes % 4 == 2 && at[0] == 'v' && at[1] == 1) {
    at += 2;
    size_bytes -= 2;
  } else if (size_bytes % 4 != 0) {
    return vss_fail(
        err, VSS_INVALID,
        "a BLOB of %llu bytes is not a vector of float32, whose size is a multiple of 4",
        (unsigned long long)size_bytes);
  }
  uint64_t dim = size_bytes / 4;
  if (expected_dim && dim != expected_dim) {
    return vss_fail(err, VSS_INVALID, "vector has %llu components, expected %llu",
                    (unsigned long long)dim, (unsigned long long)expected_dim);
  }
  /* Before anything is allocated: the length is a user's. */
  if (dim > VSS_MAX_DIM) {
    return vss_fail(err, VSS_INVALID, "vector has %llu components, expected at most %d",
                    (unsigned long long)dim, VSS_MAX_DIM);
  }
  /* For dim 0 this is memory too, and not NULL, which would mean that there is none left. */
  float *data = vss_malloc(dim * sizeof *data);
  if (!data) return VSS_NOMEM;
  for (uint64_t i = 0; i < dim; i++)
    data[i] = load_float(at + 4 * i);
  out_floats->data = data;
  out_floats->dim = dim;
  return VSS_OK;
}

int vss_codec_check_finite(const float *data, uint64_t dim, VssError *err) {
  /*
  ** NaN and the infinities are the bit patterns with all exponent bits set. The loop is over
  ** integers, which compilers vectorise: adding floats would be one addition after another, and
  ** this runs over every vector that a user hands in.
  */
  uint32_t bad = 0;
  for (uint64_t j = 0; j < dim; j++) {
    uint32_t bits;
    memcpy(&bits, data + j, sizeof bits);
    bad |= (uint32_t)((bits & 0x7f800000u) == 0x7f800000u);
  }
  if (!bad) return VSS_OK;
  /* Only a vector that is refused pays for finding out where. */
  uint64_t i = 0;
  while (isfinite(data[i]))
    i++;
  return vss_fail(err, VSS_INVALID, "component %llu is %s, expected a finite number",
                  (unsigned long long)i, isnan(data[i]) ? "NaN" : "infinite");
}

void vss_codec_append_double(VssBuffer *buffer, double value) {
  /* JSON has no such numbers. These are the words that Python's json module writes and reads. */
  char text[VSS_DECIMAL_SIZE_BYTES];
  if (isnan(value)) {
    vss_buffer_text(buffer, "NaN");
  } else if (isinf(value)) {
    vss_buffer_text(buffer, value < 0 ? "-Infinity" : "Infinity");
  } else {
    vss_buffer_append(buffer, text, vss_decimal_format(value, text));
  }
}

/*
** Each float is printed as the double it is: the shortest text of the float alone would read back
** as another double.
*/
void vss_codec_append_floats(VssBuffer *buffer, const float *data, uint64_t dim,
                             const char *separator) {
  vss_buffer_text(buffer, "[");
  for (uint64_t i = 0; i < dim; i++) {
    if (i) vss_buffer_text(buffer, separator);
    vss_codec_append_double(buffer, (double)data[i]);
  }
  vss_buffer_text(buffer, "]");
}

/*
** One character of UTF-8 (RFC 3629) into *out_code. The result is its length, at least 1. A byte
** that starts no character, an overlong form, a surrogate and a sequence that is cut off are one
** byte and U+FFFD, so that any bytes give valid JSON.
*/
static uint64_t decode_utf8(const uint8_t *at, uint64_t size_bytes, uint32_t *out_code) {
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  uint8_t lead = at[0];
  *out_code = 0xfffd;
  /*
  ** 0xxxxxxx, 110xxxxx, 1110xxxx and 11110xxx start 1, 2, 3 and 4 bytes; 10xxxxxx starts nothing.
  */
  uint64_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (n == 1) {
    if (lead < 0x80) *out_code = lead;
    return 1;
  }
  if (lead > 0xf4 || n > size_bytes) return 1;
  /* The bits of the first byte behind its mark, and then six of each byte that follows. */
  uint32_t code = lead & (0x7fu >> n);
  for (uint64_t i = 1; i < n; i++) {
    if ((at[i] & 0xc0) != 0x80) return 1;
    code = code << 6 | (at[i] & 0x3fu);
  }
  if (code < smallest[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return 1;
  *out_code = code;
  return n;
}

/* One UTF-16 code unit as JSON writes it: \u00e9. */
static void append_escape(VssBuffer *buffer, uint32_t unit) {
  vss_buffer_format(buffer, "\\u%04x", (unsigned)unit);
}

void vss_codec_append_string(VssBuffer *buffer, const char *text, uint64_t size_bytes) {
  const uint8_t *bytes = (const uint8_t *)text;
  /* Pairs of a byte and the letter that stands for it behind a backslash. */
  static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
  vss_buffer_text(buffer, "\"");
  for (uint64_t i = 0; i < size_bytes;) {
    /* Printable ASCII is appended in runs: most texts are one. */
    uint64_t run = i;
    while (run < size_bytes && bytes[run] >= ' ' && bytes[run] <= '~' && bytes[run] != '"' &&
           bytes[run] != '\\')
      run++;
    vss_buffer_append(buffer, bytes + i, run - i);
    i = run;
    if (i == size_bytes) break;
    uint32_t code;
    i += decode_utf8(bytes + i, size_bytes - i, &code);
    const char *name = NULL;
    for (size_t j = 0; j + 1 < sizeof named; j += 2) {
      if (code == (uint8_t)named[j]) name = named + j + 1;
    }
    if (name) {
      vss_buffer_text(buffer, "\\");
      vss_buffer_append(buffer, name, 1);
    } else if (code > 0xffff) {
      /* Beyond 16 bits JSON writes a surrogate pair, ten bits in each half. */
      append_escape(buffer, 0xd800 + ((code - 0x10000) >> 10));
      append_escape(buffer, 0xdc00 + ((code - 0x10000) & 0x3ff));
    } else {
      append_escape(buffer, code);
    }
  }
  vss_buffer_text(buffer, "\"");
}
