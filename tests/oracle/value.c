/*
** Random numbers, SQL values and vectors. The values are few, so that they often meet: some are
** equal in different storage classes, some differ only in case or in trailing spaces, and some
** differ by one where doubles are no longer exact.
*/
#include "oracle.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* SplitMix64: any seed is a good seed. */
uint64_t rng_next(Rng *rng) {
  uint64_t z = (rng->state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

int rng_below(Rng *rng, int n) {
  return n <= 1 ? 0 : (int)(rng_next(rng) % (uint64_t)n);
}

int rng_between(Rng *rng, int a, int b) {
  return a + rng_below(rng, b - a + 1);
}

int rng_chance(Rng *rng, int percent) {
  return rng_below(rng, 100) < percent;
}

double rng_gauss(Rng *rng) {
  double sum = 0;
  for (int i = 0; i < 6; i++)
    sum += (double)(rng_next(rng) >> 11) / 9007199254740992.0;
  return (sum - 3.0) * 1.4142135623730951;
}

static const int64_t big_integers[] = {0,
                                       1,
                                       -1,
                                       9007199254740991,
                                       9007199254740992,
                                       9007199254740993,
                                       -9007199254740993,
                                       4611686018427387904,
                                       INT64_MAX - 1,
                                       INT64_MAX,
                                       INT64_MIN};
static const double reals[] = {0.0,
                               -0.0,
                               0.5,
                               1.0,
                               1.5,
                               2.0,
                               2.5,
                               3.0,
                               3.0000000000000004,
                               3.5,
                               -1.5,
                               -2.0,
                               1e-300,
                               1e300,
                               -1e300,
                               9007199254740992.0,
                               9223372036854775808.0,
                               -9223372036854775808.0};
static const char *const words[] = {
    "a",  "A",   "b",  "B",  "abc",      "ABC",      "Abc",
    "a ", "a  ", "A ", "",   " ",        "ab",       "aB",
    "b%", "_",   "[a", "a*", "\xc3\xa9", "\xc3\x89", "\xf0\x9f\x98\x80",
    "z"};
static const char *const digits[] = {
    "0",     "1",   "2",  "3",  "3.0",  "3.5", " 3", "3 ",
    "3x",    "1e1", "10", "-2", "0x10", "",    "+1", "9007199254740993",
    "9e999", "1_0"};
static const char *const dates[] = {"2015-12-31", "2016-01-01", "2016-07-04", "2017-02-28",
                                    "2018-01-26", "2019-12-31", "2020-01-01", "2021-06-15"};
static const char *const names[] = {
    "NY Times", "ny times", "Guardian", "The Post", "Le Monde", "taz", "w00", "w01", "w02",
    "w03",      "w04",      "w05",      "w06",      "w07",      "w08", "w09", "w10", "w11",
    "w12",      "w13",      "w14",      "w15",      "w16",      "w17", "w18", "w19"};
static const char blobs[][4] = {"a", "ab", "3", "", {0, 1, 2, 3}, {(char)0xff, 0, 0, 0}};
static const int blob_sizes[] = {1, 2, 1, 0, 4, 2};

/* A few keys look like numbers, and some differ in case alone. */
enum { N_KEYS = 500 };
static const char *key_text(int i) {
  static char keys[N_KEYS][8];
  const char *format = i % 5 == 0 ? "%d" : i % 5 == 1 ? "k%d" : i % 5 == 2 ? "K%d" : "id-%d";
  snprintf(keys[i], sizeof keys[i], format, i % 5 == 2 ? i - 1 : i);
  return keys[i];
}

static Value text_value(const char *text) {
  return (Value){SQLITE_TEXT, 0, 0, text, (int)strlen(text)};
}

static Value integer_value(int64_t integer) {
  return (Value){SQLITE_INTEGER, integer, 0, NULL, 0};
}

static Value real_value(double real) {
  return (Value){SQLITE_FLOAT, 0, real, NULL, 0};
}

Value value_random(Rng *rng, Domain domain, int null_percent) {
  Value null = {SQLITE_NULL, 0, 0, NULL, 0};
  if (rng_chance(rng, null_percent)) return null;
  int i;
  switch (domain) {
    case DOMAIN_SMALL: return integer_value(rng_between(rng, -2, 10));
    case DOMAIN_BIG: return integer_value(PICK(rng, big_integers));
    case DOMAIN_REAL:
      if (rng_chance(rng, 3)) return real_value(rng_chance(rng, 50) ? HUGE_VAL : -HUGE_VAL);
      return real_value(PICK(rng, reals));
    case DOMAIN_NUMBER:
      i = rng_below(rng, 4);
      return value_random(rng, i == 0 ? DOMAIN_BIG : i == 1 ? DOMAIN_REAL : DOMAIN_SMALL, 0);
    case DOMAIN_WORD: return text_value(PICK(rng, words));
    case DOMAIN_DIGITS: return text_value(PICK(rng, digits));
    case DOMAIN_DATE: return text_value(PICK(rng, dates));
    case DOMAIN_NAME: return text_value(PICK(rng, names));
    case DOMAIN_BLOB:
      i = rng_below(rng, 6);
      return (Value){SQLITE_BLOB, 0, 0, blobs[i], blob_sizes[i]};
    case DOMAIN_BOOLEAN: return integer_value(rng_below(rng, 2));
    case DOMAIN_NULL: return null;
    case DOMAIN_KEY:
      i = rng_below(rng, 10);
      if (i < 9) return text_value(key_text(rng_below(rng, N_KEYS)));
      return value_random(rng, rng_chance(rng, 50) ? DOMAIN_WORD : DOMAIN_DIGITS, 0);
    case DOMAIN_ANY:
    case DOMAIN_COUNT: break;
  }
  return value_random(rng, (Domain)rng_below(rng, DOMAIN_ANY), 10);
}

void value_literal(sqlite3_str *out, const Value *value) {
  const unsigned char *bytes = value->bytes;
  switch (value->type) {
    case SQLITE_INTEGER: sqlite3_str_appendf(out, "%lld", value->integer); break;
    case SQLITE_FLOAT:
      if (value->real > DBL_MAX)
        sqlite3_str_appendall(out, "9e999");
      else if (value->real < -DBL_MAX)
        sqlite3_str_appendall(out, "-9e999");
      else
        sqlite3_str_appendf(out, "%!.17g", value->real);
      break;
    case SQLITE_TEXT:
      sqlite3_str_appendf(out, "'%.*q'", value->size_bytes, (const char *)value->bytes);
      break;
    case SQLITE_BLOB:
      sqlite3_str_appendall(out, "x'");
      for (int i = 0; i < value->size_bytes; i++) {
        char pair[2] = {"0123456789abcdef"[bytes[i] >> 4], "0123456789abcdef"[bytes[i] & 15]};
        sqlite3_str_append(out, pair, 2);
      }
      sqlite3_str_appendall(out, "'");
      break;
    default: sqlite3_str_appendall(out, "NULL");
  }
}

void vector_random(Rng *rng, Spread spread, int dim, float *out) {
  if (spread == SPREAD_MIXED) spread = (Spread)rng_below(rng, SPREAD_MIXED);
  /* At times a zero vector, or one of a few fixed vectors, for duplicates and ties. */
  int fixed = rng_below(rng, 12);
  if (fixed == 0 && rng_chance(rng, 40)) {
    memset(out, 0, (size_t)dim * sizeof *out);
    return;
  }
  Rng own = {(uint64_t)rng_below(rng, 4) * 77 + 5};
  if (fixed == 1) rng = &own;
  for (int j = 0; j < dim; j++) {
    double x = 0;
    switch (spread) {
      case SPREAD_GRID: x = rng_between(rng, -1, 2); break;
      case SPREAD_GAUSS: x = rng_gauss(rng); break;
      case SPREAD_POSITIVE: x = fabs(rng_gauss(rng)); break;
      case SPREAD_OUTLIER: x = j == dim / 2 ? 300.0 + rng_gauss(rng) : rng_gauss(rng) * 0.1; break;
      case SPREAD_HUGE:
      case SPREAD_MIXED:
      case SPREAD_COUNT: x = rng_gauss(rng); break;
    }
    out[j] = (float)x;
  }
  if (spread == SPREAD_HUGE) {
    static const float scales[] = {1e-40f, 1e-20f, 1e-3f, 1.0f, 1e3f, 1e15f, 1e19f, 1e25f, 5e37f};
    float scale = PICK(rng, scales);
    for (int j = 0; j < dim; j++)
      out[j] *= scale;
  }
}
