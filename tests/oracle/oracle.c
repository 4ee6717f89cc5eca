/*
** oracle [--seed S] [--count N] [--joins] [--file] [--connections] [--large] [--path NAME]
**        [--folder DIR] [--verbose]
**
** S is VSS_TEST_SEED where it is set, else the clock, unless the option gives it; N is 20,000.
**
** Runs cases with the seeds S, S+1, ... until N statements have run. The exit code is 0 when vss0
** agreed with plain SQLite in all of them. After a mismatch it prints the seed and the smallest
** list of steps that still shows it, and the exit code is 1. `--seed <that seed> --count 1` runs
** that case again, with the same options.
**
**   --joins        little else is asked than joins
**   --file         the databases are files of DIR, and a second connection reads each at the end
**   --connections  files too; two or three connections take turns, each with its own transactions
**   --path         the path that every scan takes: a name of switches.h
**   --large        tables of more than 8,192 and more than 65,536 rows, with few questions each
*/
#define _POSIX_C_SOURCE 200809L
#include "oracle.h"
#include "switches.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t running_seed;

static volatile sig_atomic_t interrupted;

/* Ctrl-C ends the run after the case under way, with its report. */
static void interrupt(int number) {
  (void)number;
  interrupted = 1;
}

/* A sanitizer's finding ends the program without a report. This says at least in which case. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static void tell_seed(void) {
  fprintf(stderr, "oracle: while running seed %llu (repeat with --seed %llu --count 1 --verbose)\n",
          (unsigned long long)running_seed, (unsigned long long)running_seed);
}

/*
** Most tables are small, because ties and edges need few rows. A few are large enough for several
** blocks and segments.
*/
static void choose_sizes(Case *c, int *out_operations) {
  int n = rng_below(&c->rng, 1000);
  *out_operations = rng_between(&c->rng, 100, 500);
  if (c->is_large) {
    /* Behind 2^13 and 2^16 rows. The seeds of a run take turns. */
    *out_operations = rng_between(&c->rng, 15, 40);
    c->target_rows =
        c->seed % 2 ? rng_between(&c->rng, 66000, 70000) : rng_between(&c->rng, 8300, 9000);
  } else if (n < 20) {
    c->target_rows = 0;
  } else if (n < 750) {
    c->target_rows = rng_between(&c->rng, 1, 60);
  } else if (n < 992) {
    c->target_rows = rng_between(&c->rng, 61, 300);
  } else if (n < 997) {
    c->target_rows = rng_between(&c->rng, 1000, 2500);
  } else {
    c->target_rows = rng_between(&c->rng, 4000, 9000);
  }
  c->max_rowid = c->target_rows + (c->is_large ? 0 : c->target_rows / 3) + 5;
}

/* A question or a write, by the connection whose turn it is or by another one. */
static int run_operation(Case *c, int write_percent) {
  if (c->n_connections == 1)
    return rng_chance(&c->rng, write_percent) ? write_random(c) : query_random(c);
  if (rng_chance(&c->rng, 30)) c->connection = rng_below(&c->rng, c->n_connections);
  if (!write_learn_name(c)) return 0;
  if (!rng_chance(&c->rng, write_percent)) return query_random(c);
  if (write_random(c)) return 1;
  /* What the others see of it, at once: all of it, or nothing yet. */
  int writer = c->connection, failed = 0;
  for (int i = 0; i < c->n_connections && !failed; i++) {
    c->connection = i;
    if (i != writer && rng_chance(&c->rng, 40) && write_learn_name(c)) failed = query_random(c);
  }
  c->connection = writer;
  return failed;
}

static int run_case(const Options *options, uint64_t seed, Summary *summary) {
  static const char *const encodings[] = {"UTF-16le", "UTF-16be"};
  Case c;
  memset(&c, 0, sizeof c);
  c.seed = seed;
  c.rng.state = seed * 0x5851F42D4C957F2Du + 1;
  c.file_backed = options->file || options->connections;
  c.is_large = options->large;
  c.n_connections = options->connections ? rng_between(&c.rng, 2, MAX_CONNECTIONS) : 1;
  c.encoding = rng_chance(&c.rng, 15) ? PICK(&c.rng, encodings) : "UTF-8";
  c.join_percent = options->joins ? 85 : 12;
  int operations;
  choose_sizes(&c, &operations);
  if (log_open(&c, options)) return 1;
  int failed = schema_create(&c) || write_fill(&c);
  int write_percent = rng_chance(&c.rng, 50) ? 15 : rng_between(&c.rng, 5, 60);
  for (int i = 0; i < operations && !failed; i++)
    failed = run_operation(&c, write_percent);
  if (!failed) failed = write_finish(&c);
  log_add(&c, summary);
  log_close(&c);
  return failed;
}

static int parse_options(int argc, char **argv, Options *out) {
  const char *seed = getenv("VSS_TEST_SEED"), *folder = getenv("TMPDIR");
  *out = (Options){.seed = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL),
                   .count = 20000,
                   .folder = folder ? folder : "."};
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : NULL;
    if (!strcmp(argv[i], "--file"))
      out->file = 1;
    else if (!strcmp(argv[i], "--connections"))
      out->connections = 1;
    else if (!strcmp(argv[i], "--large"))
      out->large = 1;
    else if (!strcmp(argv[i], "--joins"))
      out->joins = 1;
    else if (!strcmp(argv[i], "--verbose"))
      out->verbose = 1;
    else if (value && !strcmp(argv[i], "--seed"))
      out->seed = strtoull(value, NULL, 10), i++;
    else if (value && !strcmp(argv[i], "--count"))
      out->count = strtoll(value, NULL, 10), i++;
    else if (value && !strcmp(argv[i], "--path") && switches_is_path(value))
      out->path = value, i++;
    else if (value && !strcmp(argv[i], "--folder"))
      out->folder = value, i++;
    else {
      fprintf(stderr,
              "oracle: unknown argument %s\nusage: oracle [--seed S] [--count N] [--joins] "
              "[--file] [--connections] [--large] [--path NAME] [--folder DIR] [--verbose]\n",
              argv[i]);
      return 1;
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  Options options;
  if (parse_options(argc, argv, &options)) return 2;
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(tell_seed);
  /* SQLite without mutexes and statistics is a sixth faster. */
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  signal(SIGINT, interrupt);
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  printf("oracle: seed %llu, %lld statements%s%s%s, SQLite %s\n", (unsigned long long)options.seed,
         (long long)options.count, options.file ? ", on files" : "",
         options.connections ? ", of several connections" : "",
         options.large ? ", on large tables" : "", sqlite3_libversion());
  fflush(stdout);
  Summary summary = {0, 0, 0};
  uint64_t seed = options.seed;
  int64_t told = 0;
  for (; summary.statements < options.count && !interrupted; seed++) {
    running_seed = seed;
    if (run_case(&options, seed, &summary)) return 1;
    if (summary.statements - told < 100000) continue;
    told = summary.statements;
    printf("oracle: %lld statements, at seed %llu\n", (long long)told, (unsigned long long)seed);
    fflush(stdout);
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  double seconds =
      (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
  printf("oracle: seeds %llu to %llu, %lld statements, no difference (%.1f s, %.0f statements/s)\n",
         (unsigned long long)options.seed, (unsigned long long)(seed - 1),
         (long long)summary.statements, seconds, (double)summary.statements / seconds);
  printf("oracle: answers %016llx, %llu vectors read\n", (unsigned long long)summary.answers,
         (unsigned long long)summary.refined);
  return 0;
}
