/*
** SQLite's order of values: datatype3, section 4, and the built-in collations.
**
** The test of this file is filter/test_filter_sqlite.c, which has SQLite compare the same values.
**
**   NULL  <  -Inf ... 2 < 2.5 < 3 ... Inf  <  '' < 'A' < 'a' < 'ab'  <  x'' < x'00'
**            numbers by exact value             TEXT by collation        BLOB by bytes
*/
#include "filter/compare.h"
#include "base/decimal.h"

#include <string.h>

const char *vss_collation_name(VssCollation collation) {
  static const char *const names[VSS_N_COLLATIONS] = {
      [VSS_COLL_BINARY] = "BINARY", [VSS_COLL_NOCASE] = "NOCASE", [VSS_COLL_RTRIM] = "RTRIM"};
  return names[collation];
}

/* Two sizes differ by up to 2^32, which an int does not hold. */
static int sign_of(int64_t difference) {
  return (difference > 0) - (difference < 0);
}

/* Exact also where no double is equal to the integer: the real is taken apart instead. */
int vss_compare_integer_real(int64_t integer, double real) {
  /* -2^63 and 2^63 are doubles. Between them, the truncated real is an exact integer. */
  if (real < -0x1p63) return 1;
  if (real >= 0x1p63) return -1;
  /* The whole parts decide, or else what the truncation left over: it has the sign of `real`. */
  int64_t whole = (int64_t)real;
  if (integer != whole) return integer < whole ? -1 : 1;
  double rest = real - (double)whole;
  return (rest < 0) - (rest > 0);
}

/* A NaN does not get here: to SQL it is NULL, and a column stores it as such. */
static int compare_numbers(const VssValue *a, const VssValue *b) {
  if (a->type == VSS_INTEGER && b->type == VSS_INTEGER) {
    return (a->integer > b->integer) - (a->integer < b->integer);
  }
  /* Mixed: converting the integer would round it beyond 2^53. */
  if (a->type == VSS_INTEGER) return vss_compare_integer_real(a->integer, b->real);
  if (b->type == VSS_INTEGER) return -vss_compare_integer_real(b->integer, a->real);
  return (a->real > b->real) - (a->real < b->real);
}

/* By memcmp; where one is the start of the other, the shorter one comes first. */
static int compare_bytes(const uint8_t *a, uint32_t a_size, const uint8_t *b, uint32_t b_size) {
  uint32_t n = a_size < b_size ? a_size : b_size;
  int order = n ? memcmp(a, b, n) : 0;
  return order ? order : sign_of((int64_t)a_size - (int64_t)b_size);
}

/* ASCII only, as SQLite's NOCASE. */
static int fold(uint8_t c) {
  return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/*
** ASCII letters are equal in any case. SQLite's comparison ends at a zero byte that both have; then
** the sizes decide.
*/
static int compare_nocase(const uint8_t *a, uint32_t a_size, const uint8_t *b, uint32_t b_size) {
  uint32_t n = a_size < b_size ? a_size : b_size;
  for (uint32_t i = 0; i < n; i++) {
    int difference = fold(a[i]) - fold(b[i]);
    if (difference) return difference;
    if (a[i] == 0) break;
  }
  return sign_of((int64_t)a_size - (int64_t)b_size);
}

/* RTRIM ignores spaces at the end, and no other white space. */
static uint32_t trimmed_size(const uint8_t *text, uint32_t size) {
  while (size && text[size - 1] == ' ')
    size--;
  return size;
}

/* Each branch is one of SQLite's built-in collating functions (binCollFunc and so on). */
static int compare_text(const VssValue *a, const VssValue *b, VssCollation collation) {
  const uint8_t *a_text = a->bytes;
  const uint8_t *b_text = b->bytes;
  switch (collation) {
    case VSS_COLL_NOCASE: return compare_nocase(a_text, a->size_bytes, b_text, b->size_bytes);
    case VSS_COLL_RTRIM:
      return compare_bytes(a_text, trimmed_size(a_text, a->size_bytes), b_text,
                           trimmed_size(b_text, b->size_bytes));
    default: return compare_bytes(a_text, a->size_bytes, b_text, b->size_bytes);
  }
}

int vss_compare_values(const VssValue *a, const VssValue *b, VssCollation collation) {
  /* Values of different classes compare by their classes alone. */
  static const int rank[] = {
      [VSS_NULL] = 0, [VSS_INTEGER] = 1, [VSS_REAL] = 1, [VSS_TEXT] = 2, [VSS_BLOB] = 3};
  if (rank[a->type] != rank[b->type]) return rank[a->type] - rank[b->type];
  switch (a->type) {
    case VSS_NULL: return 0;
    case VSS_TEXT: return compare_text(a, b, collation);
    case VSS_BLOB: return compare_bytes(a->bytes, a->size_bytes, b->bytes, b->size_bytes);
    default: return compare_numbers(a, b);
  }
}

/*
** One function per collation. Each collation is a total order on classes of equal values, so that a
** sorted set can be searched.
*/
static int compare_by_binary(const void *a, const void *b) {
  return vss_compare_values(a, b, VSS_COLL_BINARY);
}

static int compare_by_nocase(const void *a, const void *b) {
  return vss_compare_values(a, b, VSS_COLL_NOCASE);
}

static int compare_by_rtrim(const void *a, const void *b) {
  return vss_compare_values(a, b, VSS_COLL_RTRIM);
}

VssCompare vss_compare_function(VssCollation collation) {
  static const VssCompare functions[VSS_N_COLLATIONS] = {
      [VSS_COLL_BINARY] = compare_by_binary,
      [VSS_COLL_NOCASE] = compare_by_nocase,
      [VSS_COLL_RTRIM] = compare_by_rtrim,
  };
  return functions[collation];
}

/* What SQLite skips around a number in text: space, and \t \n \v \f \r. */
static int is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
** Only what every version of SQLite reads in the same way counts as known. For everything else the
** caller asks the SQLite in use, or lets the row pass and SQLite check it.
*/
VssLooks vss_compare_looks(const VssValue *text, VssValue *out_number) {
  const char *at = text->bytes;
  size_t left = text->size_bytes;
  VssDecimal decimal;
  /* SQLite takes ' 12 ' for 12: spaces are skipped on both sides, and nothing else may be left. */
  while (left && is_space(*at)) {
    at++;
    left--;
  }
  size_t n = vss_decimal_scan(at, left, VSS_DECIMAL_SQL, &decimal);
  if (n == 0) return VSS_LOOKS_LIKE_TEXT;
  at += n;
  left -= n;
  while (left && is_space(*at)) {
    at++;
    left--;
  }
  /* SQLite's versions do not agree on what follows a zero byte. */
  if (left) return *at == '\0' ? VSS_LOOKS_UNCERTAIN : VSS_LOOKS_LIKE_TEXT;
  VssValue number = {.type = VSS_INTEGER};
  /*
  ** 18 digits fit an int64. A double holds 15 digits exactly, and 10^22 is the greatest power of
  ** ten that it is.
  */
  if (decimal.is_integer && decimal.exponent == 0 && decimal.mantissa < 1000000000000000000u) {
    number.integer = (int64_t)decimal.mantissa;
    if (decimal.negative) number.integer = -number.integer;
  } else if (decimal.significant <= 15 && decimal.exponent >= -22 && decimal.exponent <= 22) {
    number.type = VSS_REAL;
    number.real = vss_decimal_to_double(&decimal);
  } else {
    return VSS_LOOKS_UNCERTAIN;
  }
  *out_number = number;
  return VSS_LOOKS_LIKE_NUMBER;
}
