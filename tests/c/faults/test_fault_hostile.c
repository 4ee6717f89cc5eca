/*
** Hostile files: the shadow tables of a vss0 table hold what somebody else wrote there. Each BLOB
** of t_cache and t_vector0 is cut, lengthened, swapped with another and flipped bit by bit, with
** its checksum left wrong or made right. (test_fault_lies has damage that was thought out by hand,
** and test_fault_bits every bit of a file.) A connection that opens the file gives an error or an
** answer, ends, and reads nothing out of bounds (the address sanitizer checks it). What it may not
** do:
**
**   with a wrong checksum or length in t_cache     answer anything but brute force over the rows
**   in any case                                    give a distance that is not that row's
**
**   test_fault_hostile            a sample (VSS_TEST_SEED repeats it)
**   test_fault_hostile --long     every bit of every BLOB
*/
#include "sqlite/sqlite_api.h"

#include "faults/fault_hostile.h"

#define Q FAULT_QUERY

static int n_cases, n_errors, n_right, n_missed;

enum {
  NOTICED = 1,
  REBUILT = 2
}; /* the answer is right in spite of the damage; and the index was built from the rows */

/* Read, search, check and write the damaged table. */
static void use_table(sqlite3 *db, int noticed) {
  FaultText wanted = {0}, got = {0};
  n_cases++;
  int wanted_rc = fault_run(db,
                            "select v.rowid, vss_distance_l2(v.vector, " Q ") from " FAULT_VECTORS0
                            " v join t_rows r on r.rowid = v.rowid "
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
  if (rc == SQLITE_OK) hostile_check_distances(db);
  hostile_use(db);
  fault_text_free(&wanted);
  fault_text_free(&got);
}

/* Replace one BLOB, and see what the table does. The bytes are the caller's. */
static void test_blob(const char *table, const char *column, sqlite3_int64 id, const void *bytes,
                      int size, int noticed) {
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
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

typedef struct Blob {
  char table[16], column[8];
  sqlite3_int64 id;
  int size;
  unsigned char bytes[2048];
} Blob;

/* Wrong lengths of one BLOB, swaps with others, and wrong content. */
static void damage_blob(const Blob *blob, const Blob *other, int step_bits, uint64_t *seed) {
  int is_cache = strcmp(blob->table, "t_cache") == 0;
  int has_crc = is_cache;
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
    hostile_seal(bytes, size, blob->id);
    test_blob(blob->table, blob->column, blob->id, bytes, size, 0);
  }
  for (int bit = (int)(check_random(seed) % (uint64_t)step_bits); bit < blob->size * 8;
       bit += 1 + (int)(check_random(seed) % (uint64_t)(2 * step_bits - 1))) {
    memcpy(bytes, blob->bytes, (size_t)blob->size);
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    snprintf(fault_where, sizeof fault_where, "%s %lld bit %d flipped", blob->table,
             (long long)blob->id, bit);
    test_blob(blob->table, blob->column, blob->id, bytes, blob->size, has_crc ? REBUILT : 0);
    if (!has_crc || bit >= (blob->size - 4 - HOSTILE_ID_BYTES) * 8) continue;
    hostile_seal(bytes, blob->size, blob->id);
    strcat(fault_where, ", checksum made right");
    test_blob(blob->table, blob->column, blob->id, bytes, blob->size, 0);
  }
  snprintf(fault_where, sizeof fault_where, "%s %lld holds %s %lld", blob->table,
           (long long)blob->id, other->table, (long long)other->id);
  test_blob(blob->table, blob->column, blob->id, other->bytes, other->size, 0);
  /* NaN (0xFF in each byte) and infinity everywhere, with a checksum that fits. */
  for (int pattern = 0; pattern < 4; pattern++) {
    static const unsigned char infinity_bytes[] = {0x00, 0x00, 0x80, 0x7f};
    memcpy(bytes, blob->bytes, (size_t)blob->size);
    for (int i = has_crc ? 24 : 0; i < blob->size; i++) {
      bytes[i] = pattern == 0   ? 0xff
                 : pattern == 1 ? 0
                 : pattern == 2 ? infinity_bytes[i % 4]
                                : (unsigned char)check_random(seed);
    }
    if (has_crc) hostile_seal(bytes, blob->size, blob->id);
    snprintf(fault_where, sizeof fault_where, "%s %lld filled with pattern %d", blob->table,
             (long long)blob->id, pattern);
    test_blob(blob->table, blob->column, blob->id, bytes, blob->size, 0);
  }
}

static void read_blobs(Blob **out_blobs, int *out_count) {
  sqlite3 *db = fault_open_image(hostile_image, hostile_image_size);
  sqlite3_stmt *stmt = NULL;
  const char *sql = "select 't_cache', 'data', id, data from t_cache union all "
                    "select 't_vector0', 'vectors', pack, vectors from t_vector0";
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
  hostile_make(1024, fault_fill);
  Blob *blobs = NULL;
  int n_blobs = 0;
  read_blobs(&blobs, &n_blobs);
  for (int i = 0; i < n_blobs && check_failures < 50; i++) {
    damage_blob(&blobs[i], &blobs[(i + 1) % n_blobs], is_long ? 1 : 600, &seed);
  }
  free(blobs);
  sqlite3_free(hostile_image);
  printf("hostile files: %d BLOBs, %d damaged files: %d refused, %d answered right, %d "
         "with rows missed or moved\n",
         n_blobs, n_cases, n_errors, n_right, n_missed);
  return check_summary();
}
