/*
** The checks of the C tests. CHECK(condition) counts, and reports the condition when it fails;
** check_summary() prints the counts and is the result of main().
*/
#ifndef VSS_CHECK_H
#define VSS_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int check_count, check_failures;

#define CHECK(condition) check_report(!!(condition), #condition, __FILE__, __LINE__)

static inline int check_report(int passed, const char *text, const char *file, int line) {
  check_count++;
  if (!passed) {
    check_failures++;
    if (check_failures <= 50) fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
  }
  return passed;
}

/* Two texts are equal. Both are shown when they are not. */
#define CHECK_TEXT(got, wanted) check_text((got), (wanted), __FILE__, __LINE__)

static inline void check_text(const char *got, const char *wanted, const char *file, int line) {
  if (!check_report(strcmp(got, wanted) == 0, "texts are equal", file, line)) {
    fprintf(stderr, "  got      %s\n  expected %s\n", got, wanted);
  }
}

/*
** The seed of a random test: VSS_TEST_SEED where it is set, else the clock in milliseconds, so that
** a test that is repeated many times within a second draws other cases each time. It is printed, so
** that a failure can be repeated.
*/
static inline uint64_t check_seed(void) {
  const char *given = getenv("VSS_TEST_SEED");
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  uint64_t clock_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
  uint64_t seed = given ? strtoull(given, NULL, 10) : clock_ms;
  printf("seed %llu (VSS_TEST_SEED repeats it)\n", (unsigned long long)seed);
  return seed;
}

/*
** splitmix64 (Steele, Lea, Flood 2014): it is small, it has a seed, and it is the same everywhere.
*/
static inline uint64_t check_random(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static inline int check_summary(void) {
  printf("%d checks, %d failed\n", check_count, check_failures);
  return check_failures ? 1 : 0;
}

#endif
