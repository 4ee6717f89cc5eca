/*
** Hostile files: the shadow tables of a vss0 table hold what somebody else wrote there. Each BLOB of t_cache and t_vector0 is
** cut, lengthened, swapped with another, replaced by other types and flipped bit by bit, with its checksum left wrong or made right; t_config
** and the ids of t_cache lie. A connection that opens the file gives an error or an answer, ends, and reads nothing out of
** bounds (the address sanitizer looks). What it may not do:
**
**   with a wrong checksum, length or type in t_cache     answer anything but brute force over t_vector0
**   in any case                                          give a distance that is not that row's
**
**   test_fault_hostile            a sample (VSS_TEST_SEED repeats it)
**   test_fault_hostile --long     every bit of every BLOB
*/
#include "sqlite_api.h"

#include "crc32.h"
#include "fault.h"

#define Q FAULT_QUERY

static unsigned char *image;
static sqlite3_int64 image_size;
static int n_cases, n_errors, n_right, n_missed;

static sqlite3 *open_copy(void) {
  sqlite3 *db = fault_open(":memory:", NULL);
  unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)image_size);
  memcpy(copy, image, (size_t)image_size);
  unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
  CHECK(sqlite3_deserialize(db, "main", copy, image_size, image_size, flags) == SQLITE_OK);
  return db;
}

/* Every row of a search is a row of the table at its true distance. */
static void check_distances(sqlite3 *db) {
  FaultText wrong = {0};
  int rc = fault_run(
      db,
      "select s.rowid, s.distance from (select rowid, distance from t where vss_search(a, " Q
      ") limit 80) s "
      "left join t_vector0 v on v.rowid = s.rowid "
      "where v.rowid is null or vss_distance_l2(v.vector, " Q ") <> s.distance",
      &wrong);
  if (rc == SQLITE_OK) fault_report(wrong.size == 0, "distances are true", wrong.text, __LINE__);
  fault_text_free(&wrong);
}

enum {
  NOTICED = 1,
  REBUILT = 2
}; /* the answer is right in spite of the damage; and the index was built from the rows */

/* Read, search, check and write the damaged table. */
static void use_table(sqlite3 *db, int noticed) {
  FaultText wanted = {0}, got = {0}, rest = {0};
  n_cases++;
  int wanted_rc = fault_run(db,
                            "select v.rowid, vss_distance_l2(v.vector, " Q
                            ") from t_vector0 v join t_rows r on r.rowid = v.rowid "
                            "order by 2, 1 limit 20",
                            &wanted);
  int rc = fault_run(db, "select rowid, distance from t where vss_search(a, " Q ") limit 20", &got);
  int right = rc == SQLITE_OK && wanted_rc == SQLITE_OK && fault_text_equal(&wanted, &got);
  n_errors += rc != SQLITE_OK;
  n_right += right;
  n_missed += rc == SQLITE_OK && !right;
  if (noticed)
    fault_report(right, "right in spite of the damage",
                 rc == SQLITE_OK ? got.text : sqlite3_errmsg(db), __LINE__);
  if (noticed == REBUILT) FAULT_EXPECT(db, "select vss_table_stats('t') ->> 'rebuilds'", "1;");
  if (rc == SQLITE_OK) check_distances(db);
  static const char *const uses[] = {
      "select rowid, room, vector_to_json(b) from t where vss_search(b, " FAULT_QUERY3
      ") and year > 1995 and room like 'w%'",
      "select rowid from t where vss_range_search(a, vss_range_search_params(" Q
      ", 50)) and rowid in (1, 30, 35, 9000)",
      "select count(*), max(score) from t",
      "insert into t(t) values('integrity-check')",
      "insert into t(rowid, a, b, year) values(9000, '[7,7,7,7]', '[1,1,1]', 1)",
      "update t set a = '[8,8,8,8]' where rowid in (1, 2, 70)",
      "delete from t where rowid in (3, 4)",
      "pragma integrity_check",
      "insert into t(t) values('rebuild')",
  };
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
    fault_run(db, uses[i], &rest);
  fault_text_free(&rest);
  fault_text_free(&wanted);
  fault_text_free(&got);
}

/* One damage, done by SQL on a new copy, whose connection has not loaded anything; then once more under a loaded connection. */
static void test_sql(const char *damage, int noticed) {
  snprintf(fault_where, sizeof fault_where, "%.200s", damage);
  sqlite3 *db = open_copy();
  if (FAULT_EXPECT(db, damage, NULL)) use_table(db, noticed);
  FAULT_CLOSE(db);
}

/* One BLOB replaced; the bytes are the caller's. */
static void test_blob(const char *table, const char *column, sqlite3_int64 id, const void *bytes,
                      int size, int noticed) {
  sqlite3 *db = open_copy();
  char *sql = sqlite3_mprintf("update %s set %s = ?1 where rowid = ?2", table, column);
  sqlite3_stmt *stmt = NULL;
  CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
  sqlite3_free(sql);
  sqlite3_bind_blob(stmt, 1, bytes, size, SQLITE_STATIC);
  sqlite3_bind_int64(stmt, 2, id);
  CHECK(sqlite3_step(stmt) == SQLITE_DONE);
  sqlite3_finalize(stmt);
  use_table(db, noticed);
  FAULT_CLOSE(db);
}

/* The last four bytes made the checksum of those before. */
static void make_right(unsigned char *bytes, int size) {
  if (size < 4) return;
  VssCrc32 table;
  vss_crc32_init(&table);
  uint32_t crc = vss_crc32_of(&table, bytes, (uint64_t)size - 4);
  for (int i = 0; i < 4; i++)
    bytes[size - 4 + i] = (unsigned char)(crc >> (8 * i));
}

typedef struct Blob {
  char table[16], column[8];
  sqlite3_int64 id;
  int size;
  unsigned char bytes[2048];
} Blob;

/* Lengths, swaps and lies about one BLOB. */
static void damage_blob(const Blob *blob, const Blob *other, int step_bits, uint64_t *seed) {
  int is_cache = strcmp(blob->table, "t_cache") == 0;
  int has_crc = is_cache && blob->id >> 32 != 0;
  static unsigned char bytes[4096];
  for (int size = 0; size <= blob->size + 40;
       size +=
       size == blob->size - 1 ? 2 : 1 + (int)(check_random(seed) % (uint64_t)(1 + step_bits / 8))) {
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, blob->bytes, (size_t)(size < blob->size ? size : blob->size));
    snprintf(fault_where, sizeof fault_where, "%s %lld cut or lengthened to %d", blob->table,
             (long long)blob->id, size);
    test_blob(blob->table, blob->column, blob->id, bytes, size, is_cache && size != blob->size);
    if (!has_crc) continue;
    make_right(bytes, size);
    test_blob(blob->table, blob->column, blob->id, bytes, size, 0);
  }
  for (int bit = (int)(check_random(seed) % (uint64_t)step_bits); bit < blob->size * 8;
       bit += 1 + (int)(check_random(seed) % (uint64_t)(2 * step_bits - 1))) {
    memcpy(bytes, blob->bytes, (size_t)blob->size);
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    snprintf(fault_where, sizeof fault_where, "%s %lld bit %d flipped", blob->table,
             (long long)blob->id, bit);
    test_blob(blob->table, blob->column, blob->id, bytes, blob->size, has_crc ? REBUILT : 0);
    if (!has_crc || bit >= (blob->size - 4) * 8) continue;
    make_right(bytes, blob->size);
    strcat(fault_where, ", checksum made right");
    test_blob(blob->table, blob->column, blob->id, bytes, blob->size, 0);
  }
  snprintf(fault_where, sizeof fault_where, "%s %lld holds %s %lld", blob->table,
           (long long)blob->id, other->table, (long long)other->id);
  test_blob(blob->table, blob->column, blob->id, other->bytes, other->size, 0);
  /* Numbers that are none, everywhere: 0xFF, infinity, and a checksum that fits. */
  for (int pattern = 0; pattern < 4; pattern++) {
    static const unsigned char infinity_bytes[] = {0x00, 0x00, 0x80, 0x7f};
    memcpy(bytes, blob->bytes, (size_t)blob->size);
    for (int i = has_crc ? 24 : 0; i < blob->size; i++) {
      bytes[i] = pattern == 0   ? 0xff
                 : pattern == 1 ? 0
                 : pattern == 2 ? infinity_bytes[i % 4]
                                : (unsigned char)check_random(seed);
    }
    if (has_crc) make_right(bytes, blob->size);
    snprintf(fault_where, sizeof fault_where, "%s %lld filled with pattern %d", blob->table,
             (long long)blob->id, pattern);
    test_blob(blob->table, blob->column, blob->id, bytes, blob->size, 0);
  }
}

/* {damage, noticed}: lies about the tables themselves. */
static const struct {
  const char *sql;
  int noticed;
} lies[] = {
    {"delete from t_cache", 1},
    {"delete from t_cache where id >> 32 = 0", 1},
    {"delete from t_cache where id >> 32 = 1", 1},
    {"delete from t_cache where id >> 32 = 2 and id & 1 = 0", 1},
    {"update t_cache set data = null", 1},
    {"update t_cache set data = 'text'", 1},
    {"update t_cache set data = 7", 1},
    {"update t_cache set data = zeroblob(0)", 1},
    {"update t_cache set data = zeroblob(1000000) where id = 0", 1},
    {"update t_cache set id = -id - 1", 1},
    {"update t_cache set id = id + 1000000 where id = 1", 1},
    {"update t_cache set id = id + (1 << 40) where id = 0", 1},
    {"insert into t_cache values(9223372036854775807, 1, x'00')", 1},
    {"insert into t_cache values(-9223372036854775808, 1, x'00')", 1},
    {"insert into t_cache values((1 << 32) + 4294967295, 1, (select data from t_cache where id >> "
     "32 = 1))",
     1},
    {"insert into t_cache values(4294967295, 1, (select data from t_cache where id = 0))", 1},
    {"insert into t_cache values(2, 1, (select data from t_cache where id = 0))", 1},
    {"insert into t_cache values(3, 1, zeroblob(520))", 1},
    {"insert into t_cache select value, 1, zeroblob(520) from json_each('[2,3,4,5]')", 1},
    {"update t_cache set version = 0", 1},
    {"update t_cache set version = -5", 1},
    {"update t_cache set version = 9223372036854775807", 1},
    {"update t_cache set version = 'x'", 1},
    {"update t_cache set version = null", 1},
    {"update t_config set value = 0 where key = 'version'", 1},
    {"update t_config set value = -1 where key = 'version'", 1},
    {"update t_config set value = 9223372036854775807 where key = 'version'", 1},
    {"update t_config set value = 'much' where key = 'version'", 1},
    {"update t_config set value = null where key = 'version'", 1},
    {"update t_config set value = zeroblob(100) where key = 'version'", 1},
    {"update t_config set value = '1,1,1' where key = 'counts'", 1},
    {"update t_config set value = '' where key = 'counts'", 1},
    {"update t_config set value = null where key = 'counts'", 1},
    {"update t_config set value = zeroblob(100) where key = 'counts'", 1},
    {"update t_config set value = '4294967366,70,60' where key = 'counts'", 1},
    {"update t_config set value = 99 where key = 'format'", 0},
    {"update t_config set value = 'x' where key = 'format'", 0},
    {"delete from t_config where key = 'format'", 0},
    {"delete from t_config", 1},
    {"drop table t_config", 0},
    {"drop table t_cache", 0},
    {"drop table t_rows", 0},
    {"drop table t_vector0", 0},
    {"drop table t_vector1", 0},
    {"delete from t_rows where rowid < 10", 0},
    {"delete from t_vector0 where rowid < 10", 0},
    {"delete from t_rows", 0},
    {"delete from t_vector0", 0},
    {"insert into t_rows(rowid) values(777)", 0},
    {"insert into t_rows(rowid) values(9223372036854775807), (-9223372036854775808)", 0},
    {"insert into t_vector0 values(777, zeroblob(16))", 0},
    {"update t_vector0 set vector = 'sixteen bytes!!!'", 0},
    {"update t_vector0 set vector = 5", 0},
    {"update t_vector0 set vector = x'0000c07f0000c07f0000c07f0000c07f'", 0},
    {"update t_vector0 set vector = x'0000807f0000807f0000807f0000807f' where rowid = 33", 0},
    {"update t_vector0 set vector = x'ffff7f7fffff7f7fffff7f7fffff7f7f' where rowid = 33", 0},
    {"update t_vector0 set vector = zeroblob(1000000) where rowid = 33", 0},
    {"update t_rows set year = 'text', room = 5, score = x'00ff'", 0},
    {"alter table t_rows rename column room to door", 0},
    {"alter table t_rows drop column score", 0},
    {"alter table t_rows add column more default 1", 0},
    {"drop table t_rows; create view t_rows as select 1 as rowid, 2 as year, 'x' as room, 3 as "
     "score",
     0},
    {"drop table t_cache; create table t_cache(id, version, data); insert into t_cache values(0, "
     "1, zeroblob(520)), (0, 1, zeroblob(520))",
     0},
    {"drop table t_cache; create view t_cache as with recursive c(id) as (select 0 union all "
     "select id + 1 from c where id < 5000) "
     "select id, 1 as version, zeroblob(520) as data from c",
     0},
    {"drop table t_config; create table t_config(key, value); insert into t_config "
     "values('version', 1), ('version', 2)",
     0},
    {"drop table t_vector0; create table t_vector0(rowid, vector); insert into t_vector0 "
     "values(33, zeroblob(16)), (33, zeroblob(15))",
     0},
    {"create trigger x after insert on t_rows begin delete from t_rows; end", 0},
    {"create trigger x after insert on t_cache begin delete from t_cache; end", 0},
    {"create trigger x before insert on t_vector0 begin insert into t(a) values('[1,2,3,4]'); end",
     0},
};

static void read_blobs(Blob **out_blobs, int *out_count) {
  sqlite3 *db = open_copy();
  sqlite3_stmt *stmt = NULL;
  const char *sql =
      "select 't_cache', 'data', id, data from t_cache union all "
      "select 't_vector0', 'vector', rowid, vector from t_vector0 where rowid in (1, 33, 70)";
  CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
  Blob *blobs = NULL;
  int n = 0;
  while (sqlite3_step(stmt) == SQLITE_ROW) {
    blobs = realloc(blobs, (size_t)(n + 1) * sizeof *blobs);
    if (!blobs) abort();
    Blob *blob = &blobs[n++];
    snprintf(blob->table, sizeof blob->table, "%s", sqlite3_column_text(stmt, 0));
    snprintf(blob->column, sizeof blob->column, "%s", sqlite3_column_text(stmt, 1));
    blob->id = sqlite3_column_int64(stmt, 2);
    blob->size = sqlite3_column_bytes(stmt, 3);
    if (!CHECK(blob->size <= (int)sizeof blob->bytes)) blob->size = (int)sizeof blob->bytes;
    memcpy(blob->bytes, sqlite3_column_blob(stmt, 3), (size_t)blob->size);
  }
  sqlite3_finalize(stmt);
  FAULT_CLOSE(db);
  *out_blobs = blobs;
  *out_count = n;
}

int main(int argc, char **argv) {
  int is_long = argc > 1 && strcmp(argv[1], "--long") == 0;
  uint64_t seed = check_seed();
  sqlite3 *db = fault_open(":memory:", NULL);
  FAULT_EXPECT(db, "pragma page_size = 1024", NULL);
  fault_fill(db);
  image = sqlite3_serialize(db, "main", &image_size, 0);
  FAULT_CLOSE(db);

  int n_lies = (int)(sizeof lies / sizeof *lies);
  for (int i = 0; i < n_lies; i++)
    test_sql(lies[i].sql, lies[i].noticed);
  Blob *blobs = NULL;
  int n_blobs = 0;
  read_blobs(&blobs, &n_blobs);
  for (int i = 0; i < n_blobs && check_failures < 50; i++) {
    damage_blob(&blobs[i], &blobs[(i + 1) % n_blobs], is_long ? 1 : 600, &seed);
  }
  free(blobs);
  sqlite3_free(image);
  printf("hostile files: %d lies, %d BLOBs, %d damaged files: %d refused, %d answered right, %d "
         "with rows missed or moved\n",
         n_lies, n_blobs, n_cases, n_errors, n_right, n_missed);
  return check_summary();
}
