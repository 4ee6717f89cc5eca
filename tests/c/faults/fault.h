/*
** What the tests of faults share: a database, statements run without an allocation of the test's
** own, and the question asked after each fault: is everything still right?
**
**   t(a, b, year, room, score)   vss0: a is L2 with 4 dimensions, b COSINE with 3; three filters;
**                                70 rows, which are two blocks
**   words(id, word)              an ordinary table to join with
**   queries(id, q)               vectors to join a search with
**
** The values are sines, so that distances differ and every machine has the same.
*/
#ifndef VSS_FAULT_H
#define VSS_FAULT_H

#include "vss.h"

#include "check.h"

#include <stdarg.h>

#define FAULT_ROWS 70

/*
** A text that grows by libc's allocator, which no test fails. Zero-initialise; free with
** fault_text_free().
*/
typedef struct FaultText {
  char *text;
  size_t size, capacity;
} FaultText;

static inline void fault_text_append(FaultText *to, const void *bytes, size_t size) {
  if (to->size + size + 1 > to->capacity) {
    to->capacity = (to->size + size + 1) * 2;
    to->text = realloc(to->text, to->capacity);
    if (!to->text) abort();
  }
  if (size) memcpy(to->text + to->size, bytes, size);
  to->size += size;
  to->text[to->size] = 0;
}

static inline void fault_text_free(FaultText *text) {
  free(text->text);
  memset(text, 0, sizeof *text);
}

static inline int fault_text_equal(const FaultText *a, const FaultText *b) {
  return a->size == b->size && (a->size == 0 || memcmp(a->text, b->text, a->size) == 0);
}

static inline void fault_column(FaultText *out, sqlite3_stmt *stmt, int i) {
  char number[64];
  number[0] = 0;
  switch (sqlite3_column_type(stmt, i)) {
    case SQLITE_NULL: fault_text_append(out, "NULL", 4); break;
    case SQLITE_INTEGER:
      snprintf(number, sizeof number, "%lld", (long long)sqlite3_column_int64(stmt, i));
      break;
    case SQLITE_FLOAT:
      snprintf(number, sizeof number, "%.17g", sqlite3_column_double(stmt, i));
      break;
    default: {
      const void *bytes = sqlite3_column_blob(stmt, i);
      fault_text_append(out, bytes, bytes ? (size_t)sqlite3_column_bytes(stmt, i) : 0);
    }
  }
  fault_text_append(out, number, strlen(number));
}

/*
** Every row of every statement of `sql` as text, with "|" between columns and ";" after rows.
** Returns the code of the first error.
*/
static inline int fault_run(sqlite3 *db, const char *sql, FaultText *out) {
  int rc = SQLITE_OK;
  while (rc == SQLITE_OK && *sql) {
    sqlite3_stmt *stmt = NULL;
    rc = sqlite3_prepare_v2(db, sql, -1, &stmt, &sql);
    if (rc != SQLITE_OK || !stmt) break;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(stmt); i++) {
        if (i) fault_text_append(out, "|", 1);
        fault_column(out, stmt, i);
      }
      fault_text_append(out, ";", 1);
    }
    rc = sqlite3_finalize(stmt);
  }
  return rc;
}

/* Where the test is; it is printed with a check that fails. */
static char fault_where[256];

static inline int fault_report(int passed, const char *what, const char *detail, int line) {
  if (!check_report(passed, what, __FILE__, line)) {
    fprintf(stderr, "  %s: %s\n", fault_where, detail ? detail : "");
  }
  return passed;
}

/* The statements must succeed, with these rows when `wanted` is not NULL. */
static inline int fault_expect(sqlite3 *db, const char *sql, const char *wanted, int line) {
  FaultText got = {0};
  int rc = fault_run(db, sql, &got);
  int passed = fault_report(rc == SQLITE_OK, sql, sqlite3_errmsg(db), line);
  if (passed && wanted) {
    const char *text = got.text ? got.text : "";
    passed = fault_report(strcmp(text, wanted) == 0, sql, text, line);
    if (!passed) fprintf(stderr, "  expected %s\n", wanted);
  }
  fault_text_free(&got);
  return passed;
}
#define FAULT_EXPECT(db, sql, wanted) fault_expect(db, sql, wanted, __LINE__)

static inline int fault_expect_f(sqlite3 *db, const char *wanted, int line, const char *format,
                                 ...) {
  va_list args;
  va_start(args, format);
  char *sql = sqlite3_vmprintf(format, args);
  va_end(args);
  int passed = fault_expect(db, sql, wanted, line);
  sqlite3_free(sql);
  return passed;
}

/* A connection with everything of vss-wasm. */
static inline sqlite3 *fault_open(const char *path, const char *vfs) {
  sqlite3 *db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  CHECK(sqlite3_open_v2(path, &db, flags, vfs) == SQLITE_OK);
  CHECK(sqlite3_vss_init(db, NULL, NULL) == SQLITE_OK);
  return db;
}

/* Open a copy of these bytes as a database in memory. */
static inline sqlite3 *fault_open_image(const unsigned char *bytes, sqlite3_int64 size) {
  sqlite3 *db = fault_open(":memory:", NULL);
  unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)size);
  memcpy(copy, bytes, (size_t)size);
  unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
  CHECK(sqlite3_deserialize(db, "main", copy, size, size, flags) == SQLITE_OK);
  return db;
}

#define FAULT_CLOSE(db)                                                                            \
  fault_report(sqlite3_close(db) == SQLITE_OK, "sqlite3_close()", "a statement is left", __LINE__)

#define FAULT_VECTOR(i)                                                                            \
  "'[' || sin(" i ") || ',' || cos(" i ") || ',' || sin(2*" i ") || ',' || " i " || ']'"
#define FAULT_VECTOR3(i) "'[' || sin(" i ") || ',' || cos(" i ") || ',' || (" i " + 1) || ']'"
#define FAULT_QUERY      "'[0.5, 0.2, -0.3, 33.3]'"

/*
** The vectors of a table as SQL that knows nothing of the module: rows of (rowid, vector). The
** table is one of fault_fill(), or has vectors of the same dimensions: 40 of 4 floats make a pack,
** or 64 of 3. In the second form the names of both tables are parameters.
*/
#define FAULT_VECTORS_OF(rows, packs, lanes, entry, bytes, mod)                                    \
  "(select r.rowid as rowid, substr(p.vectors, 10 + r.slot " mod " " lanes " * " entry ", " bytes  \
  ") as vector from " rows " r join " packs " p on p.pack = r.slot / " lanes                       \
  " where hex(substr(p.vectors, 1 + r.slot " mod " " lanes " * " entry ", 9)) = printf('01" mod    \
  "016X', r.rowid))"
#define FAULT_VECTORS0   FAULT_VECTORS_OF("t_rows", "t_vector0", "40", "25", "16", "%")
#define FAULT_VECTORS1   FAULT_VECTORS_OF("t_rows", "t_vector1", "64", "21", "12", "%")
#define FAULT_VECTORS0_F FAULT_VECTORS_OF("\"%w_rows\"", "\"%w_vector0\"", "40", "25", "16", "%%")
#define FAULT_VECTORS1_F FAULT_VECTORS_OF("\"%w_rows\"", "\"%w_vector1\"", "64", "21", "12", "%%")
#define FAULT_QUERY3     "'[0.5, 0.2, 3]'"

static inline void fault_fill(sqlite3 *db) {
  FAULT_EXPECT(db,
               "create virtual table t using vss0(a(4), b(3) metric_type=COSINE, year integer, "
               "room text collate nocase, score real)",
               NULL);
  FAULT_EXPECT(db, "begin", NULL);
  fault_expect_f(
      db, NULL, __LINE__,
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) "
      "insert into t(rowid, a, b, year, room, score) select i, " FAULT_VECTOR(
          "i") ", case when i %% 7 then " FAULT_VECTOR3("i") " end, 1990 + i %% 20, "
                                                             "case i %% 3 when 0 then 'east' when "
                                                             "1 then 'West' end, i / 4.0 from n",
      FAULT_ROWS);
  FAULT_EXPECT(db, "create table words(id integer primary key, word text)", NULL);
  FAULT_EXPECT(db, "insert into words select rowid, 'w' || (rowid % 5) from t", NULL);
  FAULT_EXPECT(db, "create table queries(id integer primary key, q)", NULL);
  FAULT_EXPECT(
      db, "insert into queries values(1, " FAULT_QUERY "), (2, '[0,0,0,5]'), (3, '[0,0,0,60.5]')",
      NULL);
  FAULT_EXPECT(db, "create table plain(id integer primary key, embedding)", NULL);
  FAULT_EXPECT(
      db, "insert into plain select rowid, faiss_encode(vector_to_json(a)) from t where rowid < 20",
      NULL);
  FAULT_EXPECT(db, "commit", NULL);
}

/*
** The rows of every vss0 table, whatever its name, as the shadow tables hold them: what a user
** would call the content. In a transaction the last vectors may still wait in memory, and a
** savepoint makes the table write them.
*/
static inline void fault_content(sqlite3 *db, FaultText *out) {
  FaultText names = {0};
  fault_run(db, "savepoint content; release content", &names);
  fault_run(db,
            "select name from sqlite_schema where sql like 'create virtual table%vss0%' order by 1",
            &names);
  for (char *name = names.text; name && *name;) {
    char *end = strchr(name, ';');
    *end = 0;
    char *sql =
        sqlite3_mprintf("select '%q'; select * from \"%w_rows\"; "
                        "select rowid, hex(vector) from " FAULT_VECTORS0_F " order by rowid; "
                        "select rowid, hex(vector) from " FAULT_VECTORS1_F " order by rowid",
                        name, name, name, name, name, name);
    fault_report(fault_run(db, sql, out) == SQLITE_OK, sql, sqlite3_errmsg(db), __LINE__);
    sqlite3_free(sql);
    name = end + 1;
  }
  fault_text_free(&names);
  fault_run(db, "select count(*), total(id) from plain; select count(*), max(word) from words",
            out);
}

/*
** A search of each column equals brute force over the stored vectors, with and without a filter,
** and the table calls itself sound. Works on any connection and any state of the table.
*/
static inline int fault_check_table(sqlite3 *db, const char *name) {
  static const char *const filters[] = {"1", "year >= 2000 and room = 'west'",
                                        "score in (2.5, 5.25, 10, 11.5) or rowid > 60"};
  int passed = fault_expect_f(db, "", __LINE__,
                              "insert into \"%w\"(\"%w\") values('integrity-check')", name, name);
  for (int i = 0; i < 3 && passed; i++) {
    FaultText wanted = {0};
    char *sql = sqlite3_mprintf(
        "select r.rowid, vss_distance_l2(v.vector, " FAULT_QUERY ") from \"%w_rows\" r "
        "join " FAULT_VECTORS0_F " v on v.rowid = r.rowid where %s order by 2, 1 limit 12",
        name, name, name, i < 2 ? filters[i] : "(score in (2.5, 5.25, 10, 11.5) or r.rowid > 60)");
    passed =
        fault_report(fault_run(db, sql, &wanted) == SQLITE_OK, sql, sqlite3_errmsg(db), __LINE__);
    sqlite3_free(sql);
    if (passed) {
      passed = fault_expect_f(db, wanted.text ? wanted.text : "", __LINE__,
                              "select rowid, distance from \"%w\" where vss_search(a, " FAULT_QUERY
                              ") and (%s) limit 12",
                              name, filters[i]);
    }
    fault_text_free(&wanted);
  }
  return passed;
}

static inline int fault_check_all(sqlite3 *db) {
  FaultText names = {0};
  int passed = fault_report(
      fault_run(db, "select name from sqlite_schema where sql like 'create virtual table%vss0%'",
                &names) == SQLITE_OK,
      "tables listed", sqlite3_errmsg(db), __LINE__);
  for (char *name = names.text; passed && name && *name;) {
    char *end = strchr(name, ';');
    *end = 0;
    passed = fault_check_table(db, name);
    name = end + 1;
  }
  fault_text_free(&names);
  return passed;
}

/* The next writes work: a row is inserted, found and deleted. */
static inline int fault_check_next_write(sqlite3 *db) {
  FaultText found = {0};
  fault_run(db, "select 1 from sqlite_schema where name = 't'", &found);
  int passed = 1;
  if (found.size) {
    passed =
        FAULT_EXPECT(db,
                     "insert into t(rowid, a, b, year) values(9000, '[7,7,7,7]', '[1,1,1]', 1); "
                     "select rowid, distance from t where vss_search(a, '[7,7,7,7]') limit 1",
                     "9000|0;") &&
        FAULT_EXPECT(db, "select rowid from t where vss_search(b, '[1,1,1]') and year = 1 limit 1",
                     "9000;") &&
        FAULT_EXPECT(db,
                     "delete from t where rowid = 9000; select count(*) from t where rowid = 9000",
                     "0;");
  }
  fault_text_free(&found);
  return passed;
}

#endif
