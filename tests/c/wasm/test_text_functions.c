/*
** wasm/text_functions.c: on random arguments the functions give what SQLite's own give, bytes, type
** and error; a stop ends each of them in the middle of a call that would take minutes.
**
**   test_text_functions [seed]
*/
#include "sqlite/sqlite_api.h"

#include "../../../wasm/text_functions.c"

#include "check.h"
#include "wasm/same_answer.h"

static uint64_t state;

static int below(uint32_t n) {
  return (int)(check_random(&state) % n);
}

/* Of few bytes, so that parts are found; some are no UTF-8, and some are zero bytes. */
static int draw_bytes(unsigned char *bytes, int most) {
  static const char *const alphabets[] = {"ab", "aA0 ",
                                          "\xc3\xa9\xa9\xe2\x82\xac"
                                          "a",
                                          "09afAF g",
                                          "\xff\xc0\x80\xed\xa0\x80\xf0\x9f\x98\x80"
                                          "a"};
  const char *alphabet = alphabets[below(5)];
  int size = below((uint32_t)most + 1), n = (int)strlen(alphabet);
  for (int i = 0; i < size; i++)
    bytes[i] = (unsigned char)alphabet[below((uint32_t)n)];
  if (size > 0 && below(12) == 0) bytes[below((uint32_t)size)] = 0;
  return size;
}

/* One random value as parameter `i` of both statements. */
static void bind(sqlite3_stmt *a, sqlite3_stmt *b, int i) {
  unsigned char bytes[200];
  int kind = below(12), n = draw_bytes(bytes, below(3) == 0 ? 200 : 6), number = below(200) - 100;
  sqlite3_stmt *both[2] = {a, b};
  for (int k = 0; k < 2; k++) {
    if (kind == 0)
      sqlite3_bind_null(both[k], i);
    else if (kind == 1)
      sqlite3_bind_int(both[k], i, number);
    else if (kind == 2)
      sqlite3_bind_double(both[k], i, number / 7.0);
    else if (kind <= 4)
      sqlite3_bind_blob(both[k], i, bytes, n, SQLITE_TRANSIENT);
    else
      sqlite3_bind_text(both[k], i, (const char *)bytes, n, SQLITE_TRANSIENT);
  }
}

static const char *const calls[] = {"trim(?1, ?2)",
                                    "ltrim(?1, ?2)",
                                    "rtrim(?1, ?2)",
                                    "instr(?1, ?2)",
                                    "unhex(?1, ?2)",
                                    "replace(?1, ?2, ?3)",
                                    "replace(?1, ?2, ?1)",
                                    "instr(?1 || ?2 || ?3, ?2)",
                                    "replace(?1 || ?2 || ?3, ?2, ?3)",
                                    "unhex('0a' || ?1 || 'FF', ?1 || ?2)"};

/* SQLite's own function on `plain`, ours on `ours`: the same result. */
static void compare(sqlite3 *plain, sqlite3 *ours, const char *call) {
  sqlite3_stmt *a = NULL, *b = NULL;
  char *sql = sqlite3_mprintf("select %s, typeof(%s)", call, call);
  CHECK(sqlite3_prepare_v2(plain, sql, -1, &a, NULL) == SQLITE_OK);
  CHECK(sqlite3_prepare_v2(ours, sql, -1, &b, NULL) == SQLITE_OK);
  for (int round = 0; round < 4000; round++) {
    for (int i = 1; i <= sqlite3_bind_parameter_count(a); i++)
      bind(a, b, i);
    check_same_step(a, b);
    sqlite3_reset(a);
    sqlite3_reset(b);
  }
  sqlite3_finalize(a);
  sqlite3_finalize(b);
  sqlite3_free(sql);
}

/* The size limit holds to the byte, for both. */
static void check_limit(sqlite3 *plain, sqlite3 *ours) {
  sqlite3 *both[2] = {plain, ours};
  for (int k = 0; k < 2; k++) {
    sqlite3_limit(both[k], SQLITE_LIMIT_LENGTH, 1000);
    CHECK(sqlite3_exec(both[k], "select replace(hex(zeroblob(250)), '0', 'xy')", 0, 0, 0) ==
          SQLITE_OK);
    CHECK(sqlite3_exec(both[k], "select replace(hex(zeroblob(250)) || '1', '0', 'xy')", 0, 0, 0) ==
          SQLITE_TOOBIG);
  }
}

static int n_questions;

static int stop_at_third(void) {
  return ++n_questions >= 3;
}

/* Values of 1,000,000 bytes, the greatest of untrusted mode. */
static void check_stop(sqlite3 *ours) {
  static const char *const long_calls[] = {"trim(?1, ?2 || 'a')",
                                           "ltrim(?1, ?2 || 'a')",
                                           "rtrim(?1, ?2 || 'a')",
                                           "instr(?1 || ?1, ?1 || 'b')",
                                           "replace(?1 || ?1, ?1 || 'b', '')",
                                           "unhex(?2, ?1 || 'z')"};
  sqlite3_limit(ours, SQLITE_LIMIT_LENGTH, 1000000);
  char *a = malloc(490000), *b = malloc(490000);
  memset(a, 'a', 490000);
  memset(b, 'z', 490000);
  vss_stop_set_host(stop_at_third);
  for (size_t i = 0; i < sizeof long_calls / sizeof *long_calls; i++) {
    sqlite3_stmt *statement = NULL;
    char *sql = sqlite3_mprintf("select %s", long_calls[i]);
    CHECK(sqlite3_prepare_v2(ours, sql, -1, &statement, NULL) == SQLITE_OK);
    sqlite3_bind_text(statement, 1, a, 490000, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, b, 490000, SQLITE_STATIC);
    n_questions = 0;
    sqlite3_step(statement);
    CHECK(n_questions == 3);
    if (!CHECK(sqlite3_reset(statement) == SQLITE_INTERRUPT)) fprintf(stderr, "  %s\n", sql);
    sqlite3_finalize(statement);
    sqlite3_free(sql);
  }
  vss_stop_set_host(NULL);
  free(a);
  free(b);
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  sqlite3 *plain = NULL, *ours = NULL;
  CHECK(sqlite3_open(":memory:", &plain) == SQLITE_OK);
  CHECK(sqlite3_open(":memory:", &ours) == SQLITE_OK);
  CHECK(vss_text_functions_register(ours) == SQLITE_OK);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    compare(plain, ours, calls[i]);
  check_limit(plain, ours);
  check_stop(ours);
  CHECK(sqlite3_close(plain) == SQLITE_OK && sqlite3_close(ours) == SQLITE_OK);
  return check_summary();
}
