/*
** Lies in shadow tables, written by hand: faults/lies.sql has them, each with the outcome that it
** must have. Each is written to a copy of one database, once before a connection has opened it, and
** once under a connection that has everything resident.
**
**   test_fault_lies            all of them
**   test_fault_lies WORD       those whose names have the word, with the outcome of each
*/
#include "sqlite/sqlite_api.h"

#include "faults/fault_hostile.h"

/* The last has a condition for which SQLite reads the row. */
static const HostileSearch searches[] = {
    {"select rowid, distance from t where vss_search(a, " FAULT_QUERY ") limit 20",
     "select r.rowid, vss_distance_l2(v.vector, " FAULT_QUERY ") from t_rows r join " FAULT_VECTORS0
     " v on v.rowid = r.rowid order by 2, 1 limit 20"},
    {"select rowid, distance from t where vss_search(b, " FAULT_QUERY3 ") limit 20",
     "select r.rowid, vss_distance_cosine(v.vector, " FAULT_QUERY3
     ") from t_rows r join " FAULT_VECTORS1 " v on v.rowid = r.rowid order by 2, 1 limit 20"},
    {"select rowid, distance from t where vss_search(a, " FAULT_QUERY
     ") and year >= 2000 and room = 'west' and score > 3 and length(score) > 2 limit 5",
     "select r.rowid, vss_distance_l2(v.vector, " FAULT_QUERY ") from t_rows r join " FAULT_VECTORS0
     " v on v.rowid = r.rowid "
     "where year >= 2000 and room = 'west' and score > 3 and length(score) > 2 "
     "order by 2, 1 limit 5"},
};
enum { N_SEARCHES = sizeof searches / sizeof *searches };

/* The words of faults/lies.sql, in the order of the figures. */
enum { RIGHT, REBUILT, TOLD, REFUSED, ROWS, ANY, N_EXPECTED };
static const char *const expected_words[] = {"right", "rebuilt", "told", "refused", "rows", "any"};
static int n_of[N_EXPECTED];

typedef struct Lie {
  int expected;
  char message[80], name[100];
  char *sql;
} Lie;

/* The outcome of a lie, for a reader: "all right, integrity-check: ok". */
static char came[400];

static void describe(sqlite3 *db, const int *answers, const char *refusal) {
  static const char *const words[] = {"right", "refused", "OTHER"};
  FaultText rest = {0};
  int rc = fault_run(db, "insert into t(t) values('integrity-check')", &rest);
  snprintf(came, sizeof came, "%s, %s, %s (%s); integrity-check: %s", words[answers[0]],
           words[answers[1]], words[answers[2]], refusal,
           rc == SQLITE_OK ? "ok" : sqlite3_errmsg(db));
  fault_text_free(&rest);
}

/* The integrity check fails with a text that has the message in it. */
static int is_told(sqlite3 *db, const char *message) {
  FaultText rest = {0};
  int rc = fault_run(db, "insert into t(t) values('integrity-check')", &rest);
  fault_text_free(&rest);
  return rc != SQLITE_OK && strstr(sqlite3_errmsg(db), message) != NULL;
}

static int all_are(const int *answers, int a, int b) {
  for (int i = 0; i < N_SEARCHES; i++) {
    if (answers[i] != a && answers[i] != b) return 0;
  }
  return 1;
}

static void judge(sqlite3 *db, const Lie *lie, const int *answers, const char *refusal) {
  int n_refused = 0;
  for (int i = 0; i < N_SEARCHES; i++)
    n_refused += answers[i] == HOSTILE_REFUSED;
  int is_asked = lie->expected == TOLD || lie->expected == ROWS || lie->expected == ANY;
  int told = !lie->message[0] || !is_asked || is_told(db, lie->message);
  switch (lie->expected) {
    case RIGHT:
      fault_report(all_are(answers, HOSTILE_RIGHT, HOSTILE_RIGHT), "right", came, __LINE__);
      break;
    case REBUILT:
      fault_report(all_are(answers, HOSTILE_RIGHT, HOSTILE_RIGHT), "right", came, __LINE__);
      FAULT_EXPECT(db, "select vss_table_stats('t') ->> 'rebuilds'", "1;");
      break;
    case REFUSED:
      fault_report(n_refused > 0 && strstr(refusal, lie->message), "refused with the message", came,
                   __LINE__);
      break;
    case ROWS:
      fault_report(all_are(answers, HOSTILE_RIGHT, HOSTILE_REFUSED), "right for the rows", came,
                   __LINE__);
      break;
    case TOLD: fault_report(n_refused == 0, "answered", came, __LINE__); break;
    default: break;
  }
  fault_report(told, "the integrity check says it", came, __LINE__);
}

/* Run every search, and note the kinds of the answers and the text of the first refusal. */
static void ask_all(sqlite3 *db, int *out_answers, char *out_refusal, size_t size) {
  out_refusal[0] = 0;
  for (int i = 0; i < N_SEARCHES; i++) {
    out_answers[i] = hostile_ask(db, &searches[i]);
    if (out_answers[i] == HOSTILE_REFUSED && !out_refusal[0])
      snprintf(out_refusal, size, "%s", sqlite3_errmsg(db));
  }
}

/* 'rebuild' heals everything that it does not refuse, since the rows are the truth. */
static void check_rebuild(sqlite3 *db, const Lie *lie) {
  FaultText rest = {0};
  int rc = fault_run(db, "insert into t(t) values('rebuild')", &rest);
  fault_text_free(&rest);
  int whole = lie->expected == RIGHT || lie->expected == REBUILT || lie->expected == TOLD;
  int is_barred = lie->message[0] && (lie->expected == RIGHT || lie->expected == REBUILT);
  if (whole || is_barred) {
    int as_wanted =
        is_barred ? rc != SQLITE_OK && strstr(sqlite3_errmsg(db), lie->message) : rc == SQLITE_OK;
    fault_report(as_wanted, "rebuild", sqlite3_errmsg(db), __LINE__);
  }
  if (rc != SQLITE_OK || lie->expected == ANY) return;
  int answers[N_SEARCHES];
  char refusal[200];
  ask_all(db, answers, refusal, sizeof refusal);
  int sound = all_are(answers, HOSTILE_RIGHT, whole ? HOSTILE_RIGHT : HOSTILE_REFUSED);
  fault_report(sound, "right after a rebuild", refusal, __LINE__);
}

static void test_unopened(const Lie *lie) {
  snprintf(fault_where, sizeof fault_where, "%s", lie->name);
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
  hostile_functions(db);
  int damaged = FAULT_EXPECT(db, lie->sql, NULL);
  sqlite3_int64 size = 0;
  unsigned char *bytes = sqlite3_serialize(db, "main", &size, 0);
  FAULT_CLOSE(db);
  if (damaged) {
    int answers[N_SEARCHES];
    char refusal[200];
    db = fault_open_image(bytes, size);
    ask_all(db, answers, refusal, sizeof refusal);
    describe(db, answers, refusal);
    judge(db, lie, answers, refusal);
    if (lie->expected != ANY) hostile_check_distances(db);
    check_rebuild(db, lie);
    hostile_use(db);
    FAULT_CLOSE(db);
  }
  sqlite3_free(bytes);
}

static void test_resident(const Lie *lie) {
  snprintf(fault_where, sizeof fault_where, "%s, under a connection", lie->name);
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
  hostile_functions(db);
  int answers[N_SEARCHES];
  char refusal[200];
  ask_all(db, answers, refusal, sizeof refusal);
  fault_report(all_are(answers, HOSTILE_RIGHT, HOSTILE_RIGHT), "right before", refusal, __LINE__);
  FAULT_EXPECT(db, lie->sql, NULL);
  ask_all(db, answers, refusal, sizeof refusal);
  if (lie->expected != ANY) hostile_check_distances(db);
  hostile_use(db);
  FAULT_CLOSE(db);
}

/* ---- faults/lies.sql ---- */

/* `-- expected "message": name`; 0 when the line is none of these. */
static int read_title(const char *line, Lie *out_lie) {
  char word[16];
  int at = 0;
  if (sscanf(line, "-- %15[a-z] %n", word, &at) != 1 &&
      sscanf(line, "-- %15[a-z]%n", word, &at) != 1)
    return 0;
  int expected = 0;
  while (expected < N_EXPECTED && strcmp(word, expected_words[expected]) != 0)
    expected++;
  if (expected == N_EXPECTED) return 0;
  const char *rest = line + 3 + strlen(word);
  memset(out_lie, 0, sizeof *out_lie);
  out_lie->expected = expected;
  if (strncmp(rest, " \"", 2) == 0) {
    size_t size = strcspn(rest + 2, "\"");
    if (size >= sizeof out_lie->message) return 0;
    memcpy(out_lie->message, rest + 2, size);
    rest += 2 + size + 1;
  }
  if (strncmp(rest, ": ", 2) != 0) return 0;
  snprintf(out_lie->name, sizeof out_lie->name, "%.*s", (int)strcspn(rest + 2, "\n"), rest + 2);
  return 1;
}

static void test_lie(const Lie *lie, const char *word) {
  if (word && !strstr(lie->name, word)) return;
  n_of[lie->expected]++;
  test_unopened(lie);
  test_resident(lie);
  if (word) printf("%-10s %s: %s\n", expected_words[lie->expected], lie->name, came);
}

static void test_file(const char *path, const char *word) {
  FILE *file = fopen(path, "r");
  if (!CHECK(file != NULL)) return;
  Lie lie = {0};
  FaultText sql = {0};
  char line[2000];
  for (int more = 1; more && check_failures < 200;) {
    Lie next;
    more = fgets(line, sizeof line, file) != NULL;
    int is_title = more && read_title(line, &next);
    if (lie.name[0] && (is_title || !more)) {
      lie.sql = sql.text;
      test_lie(&lie, word);
      sql.size = 0;
    }
    if (is_title) lie = next;
    if (more && strncmp(line, "--", 2) != 0) fault_text_append(&sql, line, strlen(line));
  }
  fault_text_free(&sql);
  fclose(file);
}

int main(int argc, char **argv) {
  hostile_make(1024, fault_fill);
  test_file(VSS_SOURCE_DIR "/tests/c/faults/lies.sql", argc > 1 ? argv[1] : NULL);
  sqlite3_free(hostile_image);
  int n_lies = 0;
  for (int i = 0; i < N_EXPECTED; i++)
    n_lies += n_of[i];
  printf("lies: %d in all: %d harmless, %d seen and the index rebuilt, %d seen by the integrity "
         "check, %d refused, %d about the rows, %d that must only end\n",
         n_lies, n_of[RIGHT], n_of[REBUILT], n_of[TOLD], n_of[REFUSED], n_of[ROWS], n_of[ANY]);
  return check_summary();
}
