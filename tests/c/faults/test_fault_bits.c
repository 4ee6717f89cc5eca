/*
** Every bit of a small database file, flipped alone. Whatever the bit belongs to (the header, a
** page of SQLite's, a row, a vector, an item of t_cache, the schema), a connection that opens the
** file gives an error or an answer, ends, and reads nothing out of bounds. What it may answer:
**
**   the rows are read as before    every search is right, or is refused
**   the rows are read otherwise    no distance is other than that of the vector as it is read
**
** "As before" means each row, by a scan and by its rowid, and the schema.
**
**   test_fault_bits              a sample (VSS_TEST_SEED repeats it)
**   test_fault_bits --long       every bit
**   test_fault_bits BIT          one bit, with its outcome
**   test_fault_bits FROM TO      these bits
*/
#define _XOPEN_SOURCE 700
#include "sqlite/sqlite_api.h"

#include "faults/fault_hostile.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#define PAGE_BYTES 512

/*
** Three filters and two vector columns as in faults/fault.h, but few rows: enough to train a
** codebook.
*/
static void fill(sqlite3 *db) {
  FAULT_EXPECT(db,
               "create virtual table t using vss0(a(4), b(3) metric_type=COSINE, year integer, "
               "room text collate nocase, score real)",
               NULL);
  FAULT_EXPECT(db,
               "with recursive n(i) as (select 1 union all select i + 1 from n where i < 18) "
               "insert into t(rowid, a, b, year, room, score) select i, " FAULT_VECTOR(
                   "i") ", case when i % 7 then " FAULT_VECTOR3("i") " end, 1990 + i % 20, 'west', "
                                                                     "i / 4.0 from n",
               NULL);
}

#define QUERY "'[0.5, 0.2, -0.3, 9.3]'"

static const HostileSearch searches[] = {
    {"select rowid, distance from t where vss_search(a, " QUERY ") limit 20",
     "select r.rowid, vss_distance_l2(v.vector, " QUERY ") from t_rows r join " FAULT_VECTORS0
     " v on v.rowid = r.rowid order by 2, 1 limit 20"},
    {"select rowid, distance from t where vss_search(b, " FAULT_QUERY3 ") limit 5",
     "select r.rowid, vss_distance_cosine(v.vector, " FAULT_QUERY3
     ") from t_rows r join " FAULT_VECTORS1 " v on v.rowid = r.rowid order by 2, 1 limit 5"},
    {"select rowid, distance from t where vss_search(a, " QUERY
     ") and year > 1995 and room = 'WEST' and score < 4 limit 5",
     "select r.rowid, vss_distance_l2(v.vector, " QUERY ") from t_rows r join " FAULT_VECTORS0
     " v on v.rowid = r.rowid "
     "where year > 1995 and room = 'WEST' collate nocase and score < 4 order by 2, 1 limit 5"},
};
enum { N_SEARCHES = sizeof searches / sizeof *searches };

static const char read_rows[] =
    "select name, sql from sqlite_schema where tbl_name like 't%'; select * from t_rows; "
    "select rowid, typeof(vector), hex(vector) from " FAULT_VECTORS0 "; "
    "select rowid, typeof(vector), hex(vector) from " FAULT_VECTORS1 "; "
    "with recursive n(i) as (select 0 union all select i + 1 from n where i < 20) select i, "
    "(select year || room || score from t_rows where rowid = i), "
    "(select hex(vector) from " FAULT_VECTORS0 " where rowid = i), "
    "(select hex(vector) from " FAULT_VECTORS1 " where rowid = i) from n";

/*
** A flip that makes the process hang ends it. The limit is on processor time, since a busy machine
** may take long.
*/
static void too_long(int number) {
  (void)number;
  static const char text[] = "test_fault_bits: hangs at ";
  if (write(2, text, sizeof text - 1) < 0 || write(2, fault_where, strlen(fault_where)) < 0)
    _exit(3);
  _exit(2);
}

static FaultText whole; /* what read_rows() gives without damage */
static int n_flips, n_same, n_right, n_refused, n_changed, n_followed;

/*
** One opened file: are its searches what its rows allow? Returns whether the rows read as before.
*/
static int judge(sqlite3 *db) {
  FaultText rows = {0};
  int rc = fault_run(db, read_rows, &rows);
  int same = rc == SQLITE_OK && fault_text_equal(&rows, &whole);
  int counts[3] = {0};
  for (int i = 0; i < N_SEARCHES; i++) {
    int answer = hostile_ask(db, &searches[i]);
    counts[answer]++;
    if (same && answer == HOSTILE_OTHER) {
      FaultText got = {0};
      fault_run(db, searches[i].search, &got);
      fault_report(0, "right or refused", got.text, __LINE__);
      fault_text_free(&got);
    }
  }
  hostile_check_distances(db);
  n_same += same;
  n_changed += !same;
  if (same) {
    n_right += counts[HOSTILE_RIGHT] == N_SEARCHES;
    n_refused += counts[HOSTILE_REFUSED] > 0;
  } else {
    n_followed += counts[HOSTILE_OTHER] == 0;
  }
  fault_text_free(&rows);
  return same;
}

static int test_bit(int bit) {
  snprintf(fault_where, sizeof fault_where, "bit %d of page %d, byte %d", bit % 8,
           bit / 8 / PAGE_BYTES + 1, bit / 8 % PAGE_BYTES);
  const struct itimerval limit = {.it_value.tv_sec = 20};
  setitimer(ITIMER_PROF, &limit, NULL);
  hostile_image[bit / 8] ^= (unsigned char)(1 << bit % 8);
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
  hostile_image[bit / 8] ^= (unsigned char)(1 << bit % 8);
  n_flips++;
  int same = judge(db);
  hostile_use(db);
  FAULT_CLOSE(db);
  return same;
}

int main(int argc, char **argv) {
  int is_long = argc > 1 && strcmp(argv[1], "--long") == 0;
  uint64_t seed = check_seed();
  signal(SIGPROF, too_long);
  hostile_make(PAGE_BYTES, fill);
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
  CHECK(fault_run(db, read_rows, &whole) == SQLITE_OK);
  for (int i = 0; i < N_SEARCHES; i++)
    CHECK(hostile_ask(db, &searches[i]) == HOSTILE_RIGHT);
  FAULT_CLOSE(db);

  int n_bits = (int)hostile_image_size * 8;
  if (argc == 2 && !is_long) {
    int same = test_bit(atoi(argv[1]) % n_bits);
    printf("%s: rows %s, %d of %d searches right\n", fault_where, same ? "as before" : "changed",
           n_right * N_SEARCHES, N_SEARCHES);
    return check_summary();
  }
  int is_whole = is_long || argc > 2;
  int step = is_whole ? 1 : 2 * n_bits / 400; /* about four hundred */
  int bit = argc > 2 ? atoi(argv[1]) : is_long ? 0 : (int)(check_random(&seed) % (uint64_t)step);
  int end = argc > 2 && atoi(argv[2]) < n_bits ? atoi(argv[2]) : n_bits;
  while (bit < end && check_failures < 20) {
    test_bit(bit);
    bit += is_whole ? 1 : 1 + (int)(check_random(&seed) % (uint64_t)(step - 1));
  }
  printf("every bit: %d of %d bits flipped; %d left the rows as they were: %d with every search "
         "right, %d refused; %d changed the rows or the schema: %d followed or refused\n",
         n_flips, n_bits, n_same, n_right, n_refused, n_changed, n_followed);
  fault_text_free(&whole);
  sqlite3_free(hostile_image);
  return check_summary();
}
