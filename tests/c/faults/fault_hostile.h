/*
** What the tests of hostile files share: the database of faults/fault.h as bytes, copies of it,
** searches whose answer brute force over the shadow tables gives as well, and SQL functions that
** write lies into the items of t_cache.
**
**   slots(b), book(v, i), block(v, b)     ids in t_cache: of slots, and column v's codebook, codes
**   sealed(data, field, i, value)         the item with one number changed, the checksum made right
**   unsealed(data, field, i, value)       the same with the checksum as it was
**   patch(data, offset, bytes)            bytes written over, checksum as it was
**   seal(data, id)                        the checksum made right and the id behind it this one
**
** The fields are those of docs/format.md: version, kind, metric, zero, dim; book, greatest,
** present, rho, base, code of a block; origin, trained, mean, centre, step of a codebook; live,
** rowid of a slot map. Reals may be 'nan', 'inf', '-inf', 'max' (FLT_MAX), 'min' (FLT_MIN), 'tiny'
** (subnormal).
*/
#ifndef VSS_FAULT_HOSTILE_H
#define VSS_FAULT_HOSTILE_H

#include "sqlite/sqlite_api.h"

#include "base/crc32.h"
#include "kernel/checksum.h"
#include "faults/fault.h"

#include <float.h>
#include <math.h>

static unsigned char *hostile_image;
static sqlite3_int64 hostile_image_size;

/* The database that is damaged, filled by `fill`. Freed with sqlite3_free(hostile_image). */
static inline void hostile_make(int page_size, void (*fill)(sqlite3 *)) {
  sqlite3 *db = fault_open(":memory:", NULL);
  fault_expect_f(db, NULL, __LINE__, "pragma page_size = %d", page_size);
  fill(db);
  hostile_image = sqlite3_serialize(db, "main", &hostile_image_size, 0);
  FAULT_CLOSE(db);
}

/* ---- asking ---- */

typedef struct HostileSearch {
  const char *search, *brute; /* both find the same rows when nothing is damaged */
} HostileSearch;

enum { HOSTILE_RIGHT, HOSTILE_REFUSED, HOSTILE_OTHER };

/*
** One search: as brute force over the shadow tables, refused, or other rows than brute force finds.
*/
static inline int hostile_ask(sqlite3 *db, const HostileSearch *ask) {
  FaultText wanted = {0}, got = {0};
  int rc = fault_run(db, ask->search, &got);
  int wanted_rc = rc == SQLITE_OK ? fault_run(db, ask->brute, &wanted) : SQLITE_OK;
  int equal = wanted_rc == SQLITE_OK && fault_text_equal(&wanted, &got);
  fault_text_free(&wanted);
  fault_text_free(&got);
  return rc != SQLITE_OK ? HOSTILE_REFUSED : equal ? HOSTILE_RIGHT : HOSTILE_OTHER;
}

/*
** Whatever else is wrong, no row of a search has a distance other than that of a stored vector that
** says that it is the row's. Packs are scanned: in a damaged B-tree a look-up may miss a row that a
** scan meets.
*/
static inline void hostile_check_distances(sqlite3 *db) {
  FaultText wrong = {0};
  int rc = fault_run(
      db,
      "with recursive n(lane) as (select 0 union all select lane + 1 from n where lane < 39) "
      "select s.rowid, s.distance from (select rowid, distance from t "
      "where vss_search(a, " FAULT_QUERY ") limit 80) s where not exists (select 1 from "
      "t_vector0 p, n where hex(substr(p.vectors, 1 + lane * 25, 9)) = "
      "printf('01%016X', s.rowid) and "
      "vss_distance_l2(substr(p.vectors, 10 + lane * 25, 16), " FAULT_QUERY ") = s.distance)",
      &wrong);
  if (rc == SQLITE_OK) fault_report(wrong.size == 0, "distances are true", wrong.text, __LINE__);
  fault_text_free(&wrong);
}

/* Writes of every kind, reads of every column, the checks: none may crash. */
static inline void hostile_use(sqlite3 *db) {
  static const char *const uses[] = {
      "select rowid, room, vector_to_json(b) from t where vss_search(b, " FAULT_QUERY3
      ") and year > 1995 and room like 'w%'",
      "select rowid from t where vss_range_search(a, vss_range_search_params(" FAULT_QUERY
      ", 50)) and rowid in (1, 30, 35, 9000)",
      "select count(*), max(score) from t",
      "select vss_table_stats('t', 'sizes')",
      "select vss_table_stats('t'), vss_memory_usage('t'), vss_columns('t')",
      "insert into t(t) values('integrity-check')",
      "insert into t(rowid, a, b, year) values(9000, '[7,7,7,7]', '[1,1,1]', 1)",
      "update t set a = '[8,8,8,8]' where rowid in (1, 2, 70)",
      "delete from t where rowid in (3, 4)",
      "pragma integrity_check",
      "insert into t(t) values('rebuild')",
  };
  FaultText rest = {0};
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
    fault_run(db, uses[i], &rest);
  fault_text_free(&rest);
}

/* ---- lying ---- */

/* Behind an item's bytes and their checksum stands its id. */
enum { HOSTILE_ID_BYTES = 8 };

/* The checksum made right, and the id behind it that of the item. */
static inline void hostile_seal(unsigned char *bytes, int size, sqlite3_int64 id) {
  int at = size - HOSTILE_ID_BYTES - 4;
  if (at < 0) return;
  VssCrc32 table;
  vss_crc32_init(&table);
  /* Blocks have another checksum than the other items: docs/format.md. */
  uint32_t checksum = at > 1 && bytes[1] == 'b' ? vss_checksum_scalar(bytes, (size_t)at)
                                                : vss_crc32_of(&table, bytes, (uint64_t)at);
  for (int i = 0; i < 4; i++)
    bytes[at + i] = (unsigned char)(checksum >> (8 * i));
  for (int i = 0; i < HOSTILE_ID_BYTES; i++)
    bytes[at + 4 + i] = (unsigned char)((uint64_t)id >> (8 * i));
}

/* The id behind an item's bytes. */
static inline sqlite3_int64 hostile_stored_id(const unsigned char *bytes, int size) {
  uint64_t id = 0;
  for (int i = 0; i < HOSTILE_ID_BYTES; i++)
    id |= (uint64_t)bytes[size - HOSTILE_ID_BYTES + i] << (8 * i);
  return (sqlite3_int64)id;
}

/* Where a field of an item is. `width` bytes; 'f' reals, 'i' integers. */
typedef struct HostileField {
  int offset, width;
  char type;
} HostileField;

/*
** Where the i-th row of a block stands among the rows of its stored groups, which are the groups of
** four that have a row.
*/
static inline int hostile_group_row(const unsigned char *bytes, int i, int *out_n_groups) {
  int at = -1;
  *out_n_groups = 0;
  for (int first = 0; first < 64; first += 4) {
    int four = bytes[16 + first / 8] >> (first % 8) & 15;
    for (int r = 0; r < 4; r++)
      if ((four >> r & 1) && i-- == 0) at = 4 * *out_n_groups + r;
    *out_n_groups += four != 0;
  }
  CHECK(at >= 0);
  return at;
}

static inline HostileField hostile_field(const unsigned char *bytes, const char *name, int i) {
  static const struct {
    const char *name;
    HostileField field;
  } fixed[] = {
      {"version", {0, 1, 'i'}},  {"kind", {1, 1, 'i'}},      {"metric", {2, 1, 'i'}},
      {"zero", {3, 1, 'i'}},     {"dim", {4, 4, 'i'}},       {"book", {8, 4, 'i'}},
      {"origin", {8, 4, 'i'}},   {"greatest", {12, 4, 'i'}}, {"trained", {12, 4, 'i'}},
      {"present", {16, 8, 'i'}}, {"mean", {16, 8, 'f'}},     {"live", {8, 8, 'i'}},
  };
  int dim = bytes[4] | bytes[5] << 8;
  for (size_t f = 0; f < sizeof fixed / sizeof *fixed; f++) {
    if (strcmp(name, fixed[f].name) == 0) return fixed[f].field;
  }
  if (strcmp(name, "rowid") == 0) return (HostileField){16 + 8 * i, 8, 'i'};
  if (strcmp(name, "code") == 0) {
    int n_groups, at = hostile_group_row(bytes, i / dim, &n_groups);
    int group = at / 4 * 4 * dim, row = at % 4 * dim;
    return (HostileField){24 + 32 * n_groups + group + row + i % dim, 1, 'i'};
  }
  if (strcmp(name, "rho") == 0 || strcmp(name, "base") == 0) {
    int n_groups, at = hostile_group_row(bytes, i, &n_groups);
    int is_base = strcmp(name, "base") == 0;
    return (HostileField){24 + 32 * (at / 4) + 16 * is_base + 4 * (at % 4), 4, 'f'};
  }
  if (strcmp(name, "step") == 0) return (HostileField){24 + 4 * (dim + i), 4, 'f'};
  return (HostileField){24 + 4 * i, 4, 'f'}; /* centre */
}

static inline double hostile_real(sqlite3_value *value) {
  static const struct {
    const char *name;
    double value;
  } names[] = {{"nan", NAN},     {"inf", INFINITY}, {"-inf", -INFINITY},
               {"max", FLT_MAX}, {"min", FLT_MIN},  {"tiny", 1e-40}};
  const char *text = (const char *)sqlite3_value_text(value);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(text, names[i].name) == 0) return names[i].value;
  }
  return sqlite3_value_double(value);
}

/* sealed() and unsealed(): data, field, i, value. */
static inline void hostile_lie(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  int size = sqlite3_value_bytes(argv[0]);
  unsigned char *bytes = sqlite3_malloc(size + 1);
  memcpy(bytes, sqlite3_value_blob(argv[0]), (size_t)size);
  HostileField field =
      hostile_field(bytes, (const char *)sqlite3_value_text(argv[1]), sqlite3_value_int(argv[2]));
  uint64_t bits = (uint64_t)sqlite3_value_int64(argv[3]);
  if (field.type == 'f') {
    double real = hostile_real(argv[3]);
    float single = (float)real;
    bits = 0;
    memcpy(&bits, field.width == 8 ? (void *)&real : (void *)&single, (size_t)field.width);
  }
  CHECK(field.offset + field.width <= size);
  for (int i = 0; i < field.width; i++)
    bytes[field.offset + i] = (unsigned char)(bits >> (8 * i));
  if (sqlite3_user_data(context)) hostile_seal(bytes, size, hostile_stored_id(bytes, size));
  sqlite3_result_blob(context, bytes, size, sqlite3_free);
}

static inline void hostile_patch(sqlite3_context *context, int argc, sqlite3_value **argv) {
  int size = sqlite3_value_bytes(argv[0]);
  unsigned char *bytes = sqlite3_malloc(size + 1);
  memcpy(bytes, sqlite3_value_blob(argv[0]), (size_t)size);
  if (argc == 2) hostile_seal(bytes, size, sqlite3_value_int64(argv[1]));
  for (int i = 0; argc == 3 && i < sqlite3_value_bytes(argv[2]); i++) {
    int at = sqlite3_value_int(argv[1]) + i;
    CHECK(at < size);
    if (at < size) bytes[at] = ((const unsigned char *)sqlite3_value_blob(argv[2]))[i];
  }
  sqlite3_result_blob(context, bytes, size, sqlite3_free);
}

/* The kind is 0 for slot maps, 1 + 2v for codebooks and 2 + 2v for blocks. */
static inline void hostile_id(sqlite3_context *context, int argc, sqlite3_value **argv) {
  sqlite3_int64 first = *(const int *)sqlite3_user_data(context);
  sqlite3_int64 kind = argc == 1 ? 0 : first + 2 * sqlite3_value_int64(argv[0]);
  sqlite3_result_int64(context, kind * (INT64_C(1) << 32) + sqlite3_value_int64(argv[argc - 1]));
}

static inline void hostile_functions(sqlite3 *db) {
  static const int kinds[] = {0, 1, 2};
  static const struct {
    const char *name;
    int n_args, kind;
    void (*call)(sqlite3_context *, int, sqlite3_value **);
  } functions[] = {
      {"slots", 1, 0, hostile_id},   {"book", 2, 1, hostile_id},
      {"block", 2, 2, hostile_id},   {"unsealed", 4, -1, hostile_lie},
      {"sealed", 4, 0, hostile_lie}, {"patch", 3, 0, hostile_patch},
      {"seal", 2, 0, hostile_patch},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    int kind = functions[i].kind;
    CHECK(sqlite3_create_function_v2(db, functions[i].name, functions[i].n_args,
                                     SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                     kind < 0 ? NULL : (void *)(uintptr_t)&kinds[kind],
                                     functions[i].call, NULL, NULL, NULL) == SQLITE_OK);
  }
}

#endif
