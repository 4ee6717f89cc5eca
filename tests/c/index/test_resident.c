/*
** index/resident.c against a naive model: rows with two vectors, either of which may be NULL, that
** live in an array. Random puts, drops, re-reads, trainings and rankings, with readers that fail
** and allocations that fail in between. After each step the resident state must know exactly the
** rows of the model, and each code must be that of its vector.
*/
#include "check.h"
#include "index/resident.h"

#include <math.h>

#define MAX_ROWS 300
enum { DIM_0 = 5, DIM_1 = 3, MAX_DIM = DIM_0 };
static const int dims[2] = {DIM_0, DIM_1};

typedef struct Row {
  int exists;
  int has[2];
  float vectors[2][MAX_DIM];
  uint32_t slot; /* where the row lives when wants_slots; no two rows have the same */
} Row;

/* Rowid r is rows[r]; rows[0] is never used. */
static Row rows[MAX_ROWS];
static VssResident resident;
static uint64_t state;
static int reader_fails;
static int wants_slots; /* the rows have slots of their own, and the resident state follows */

static uint32_t below(uint32_t n) {
  return (uint32_t)(check_random(&state) % n);
}

/* ---- the reader ---- */

static int find_row(void *context, int64_t rowid, int *out_found, uint32_t *out_slot) {
  CHECK(context == rows);
  if (reader_fails) return VSS_DATABASE;
  *out_found = rows[rowid].exists;
  *out_slot = wants_slots ? rows[rowid].slot : VSS_NONE;
  return VSS_OK;
}

static int read_vector(void *context, int vector, int64_t rowid, float *out_vector) {
  CHECK(context == rows);
  if (reader_fails) return VSS_DATABASE;
  const Row *row = &rows[rowid];
  if (!row->exists || !row->has[vector]) return VSS_MISSING;
  memcpy(out_vector, row->vectors[vector], (size_t)dims[vector] * sizeof(float));
  return VSS_OK;
}

/* What has been taken before a failure does not count: those rows are read again, one by one. */
static int read_vectors(void *context, int vector, const int64_t *rowids, uint32_t n,
                        float *out_vector, VssTakeRow take, void *taker) {
  for (uint32_t i = 0; i < n; i++) {
    int code = read_vector(context, vector, rowids[i], out_vector);
    if (code == VSS_OK) take(taker, i);
    if (code != VSS_OK && code != VSS_MISSING) return code;
  }
  return VSS_OK;
}

/* ---- allocations that fail ---- */

static int64_t allocations_left = -1; /* -1: all succeed */

static void *failing_realloc(void *ptr, uint64_t size_bytes) {
  if (allocations_left == 0) return NULL;
  if (allocations_left > 0) allocations_left--;
  return realloc(ptr, (size_t)size_bytes);
}

/* ---- the model ---- */

static int is_slot_of_a_row(uint32_t slot) {
  for (int i = 1; i < MAX_ROWS; i++)
    if (rows[i].exists && rows[i].slot == slot) return 1;
  return 0;
}

static void draw_row(Row *row) {
  /* A row keeps its slot as long as it lives. */
  if (!row->exists) {
    do {
      row->slot = below(2 * MAX_ROWS);
    } while (is_slot_of_a_row(row->slot));
  }
  row->exists = 1;
  for (int v = 0; v < 2; v++) {
    row->has[v] = below(5) > 0;
    for (int j = 0; j < dims[v]; j++)
      row->vectors[v][j] = (float)below(9) - 4;
  }
}

static int64_t draw_rowid(void) {
  return 1 + (int64_t)below(MAX_ROWS - 1);
}

/* The resident state knows exactly the model's rows. */
static void check_state(void) {
  uint32_t n_rows = 0, n_vectors[2] = {0, 0};
  for (int64_t rowid = 1; rowid < MAX_ROWS; rowid++) {
    const Row *row = &rows[rowid];
    uint32_t slot = vss_idmap_find(&resident.map, rowid);
    n_rows += (uint32_t)row->exists;
    if (!CHECK((slot != VSS_NONE) == row->exists) || !row->exists) continue;
    if (wants_slots) CHECK(slot == row->slot);
    for (int v = 0; v < 2; v++) {
      const VssIndex *index = resident.indexes[v];
      n_vectors[v] += (uint32_t)row->has[v];
      if (CHECK(vss_index_has(index, slot) == row->has[v]) && row->has[v])
        CHECK(vss_index_matches(index, slot, row->vectors[v]));
    }
  }
  CHECK(resident.map.n_live == n_rows);
  for (int v = 0; v < 2; v++)
    CHECK(vss_index_count(resident.indexes[v]) == n_vectors[v]);
}

static int put(int64_t rowid) {
  const Row *row = &rows[rowid];
  const float *vectors[2] = {row->has[0] ? row->vectors[0] : NULL,
                             row->has[1] ? row->vectors[1] : NULL};
  uint32_t slot = 0;
  int code = vss_resident_put(&resident, rowid, wants_slots ? row->slot : VSS_NONE, vectors, &slot);
  if (code == VSS_OK) CHECK(slot == vss_idmap_find(&resident.map, rowid));
  return code;
}

static int reread(int64_t rowid) {
  uint32_t slot = 0;
  int code = vss_resident_reread(&resident, rowid, &slot);
  if (code == VSS_OK) CHECK(slot == vss_idmap_find(&resident.map, rowid));
  return code;
}

/* Change a row of the model and let the resident state follow in one of the three ways. */
static int write_row(int64_t rowid) {
  if (below(4) == 0) {
    rows[rowid].exists = 0;
    return below(2) ? vss_resident_drop(&resident, rowid) : reread(rowid);
  }
  draw_row(&rows[rowid]);
  return below(2) ? put(rowid) : reread(rowid);
}

/* Out of memory at the n-th allocation, for each n: re-reading the row makes everything right. */
static void write_without_memory(void) {
  int64_t rowid = draw_rowid();
  allocations_left = below(4);
  int code = write_row(rowid);
  allocations_left = -1;
  CHECK(code == VSS_OK || code == VSS_NOMEM);
  if (code != VSS_OK) CHECK(reread(rowid) == VSS_OK);
}

/*
** A ranking that is open while rows change gives each row that was there once, except those that
** are gone by then.
*/
static void rank_while_writing(int vector) {
  static int expected[MAX_ROWS];
  float query[MAX_DIM] = {0};
  VssRankRequest request = {.scan = {.queries = query, .n_queries = 1, .max_key = INFINITY},
                            .rowids = resident.map.rowids};
  VssOpenRank open = {0};
  VssRank *rank = NULL;
  CHECK(vss_rank_open(resident.indexes[vector], &request, &rank) == VSS_OK);
  vss_resident_watch(&resident, vector, rank, &open);
  for (int i = 1; i < MAX_ROWS; i++)
    expected[i] = rows[i].exists && rows[i].has[vector];
  int n_before = (int)below(20), done = 0;
  VssHit hit;
  for (int n = 0; !done; n++) {
    if (n == n_before) {
      for (int i = 0; i < 20; i++)
        CHECK(write_row(draw_rowid()) == VSS_OK);
      /* A row that has come later is not handed out; one that is gone, or has no vector now, is
      ** passed over. */
      for (int i = 1; i < MAX_ROWS; i++)
        expected[i] = expected[i] && rows[i].exists && rows[i].has[vector];
    }
    if (!CHECK(vss_resident_next(&open, &hit, &done) == VSS_OK) || done) break;
    if (n < n_before) CHECK(expected[hit.rowid]);
    expected[hit.rowid] = 0;
  }
  if (done)
    for (int i = 1; i < MAX_ROWS; i++)
      CHECK(!expected[i]);
  vss_resident_close(&open);
  CHECK(resident.open_ranks == NULL);
  vss_resident_close(&open); /* takes one that is closed */
}

/* Distances without a ranking, of up to all rows: those of the metric, and none of a NULL. */
static void measure(int vector) {
  static VssHit hits[MAX_ROWS];
  static const VssMetric metrics[2] = {VSS_METRIC_L2, VSS_METRIC_COSINE};
  float query[MAX_DIM] = {1, 2, 3, 4, 5};
  uint32_t n = 0, n_left = 0, n_wanted = 0, most = below(150);
  for (int64_t rowid = 1 + (int64_t)below(200); rowid < MAX_ROWS && n < most; rowid++)
    hits[n++].rowid = rowid;
  int64_t first = n ? hits[0].rowid : 0;
  reader_fails = below(10) == 0;
  int code = vss_resident_measure(&resident, vector, query, hits, n, &n_left);
  CHECK(code == (reader_fails && n ? VSS_DATABASE : VSS_OK));
  reader_fails = 0;
  if (code != VSS_OK) return;
  for (int64_t rowid = first; rowid < first + n; rowid++) {
    const Row *row = &rows[rowid];
    if (!row->exists || !row->has[vector]) continue;
    if (!CHECK(n_wanted < n_left)) return;
    double value = vss_metric_distance(metrics[vector], query, row->vectors[vector], dims[vector]);
    CHECK(hits[n_wanted].rowid == rowid);
    CHECK(hits[n_wanted++].distance == vss_metric_round(value));
  }
  CHECK(n_left == n_wanted);
}

/* What a failing reader says goes to the caller, and changes nothing that matters. */
static void fail_reader(void) {
  int64_t rowid = draw_rowid();
  reader_fails = 1;
  CHECK(reread(rowid) == VSS_DATABASE);
  int code = vss_resident_tune(&resident);
  CHECK(code == VSS_OK || code == VSS_DATABASE);
  reader_fails = 0;
  CHECK(reread(rowid) == VSS_OK);
}

/* A stored component that is not finite is damage, and the row that it was in is not half there. */
static void read_infinity(void) {
  int64_t rowid = draw_rowid();
  draw_row(&rows[rowid]);
  rows[rowid].has[1] = 1;
  float kept = rows[rowid].vectors[1][DIM_1 - 1];
  rows[rowid].vectors[1][DIM_1 - 1] = INFINITY;
  CHECK(vss_resident_drop(&resident, rowid) == VSS_OK);
  CHECK(reread(rowid) == VSS_CORRUPT);
  CHECK(vss_idmap_find(&resident.map, rowid) == VSS_NONE);
  rows[rowid].vectors[1][DIM_1 - 1] = kept;
  CHECK(reread(rowid) == VSS_OK);
}

/* Reading a row again that has not changed leaves codes clean; a change makes its block dirty. */
static void check_dirty(void) {
  int64_t rowid = draw_rowid();
  draw_row(&rows[rowid]);
  rows[rowid].has[0] = 1;
  CHECK(reread(rowid) == VSS_OK);
  CHECK(vss_resident_tune(&resident) == VSS_OK);
  vss_resident_clean(&resident);
  CHECK(vss_bitmap_count(&resident.dirty) == 0);
  uint64_t generation = resident.generation;
  CHECK(reread(rowid) == VSS_OK);
  CHECK(resident.generation > generation);
  CHECK(vss_index_next_dirty_block(resident.indexes[0], 0) == UINT32_MAX);
  /* Few rows have no codebook yet, and codes that say nothing: any vector matches them. */
  if (vss_index_count(resident.indexes[0]) < 64) return;
  rows[rowid].vectors[0][0] += 1000;
  CHECK(reread(rowid) == VSS_OK);
  uint32_t slot = vss_idmap_find(&resident.map, rowid);
  CHECK(vss_index_next_dirty_block(resident.indexes[0], 0) == slot / 64);
  CHECK(vss_bitmap_get(&resident.dirty, slot / 64));
}

/* Two rows that have exchanged their slots are read again: after a rollback that is the rule. */
static void exchange_slots(void) {
  Row *a = &rows[draw_rowid()], *b = &rows[draw_rowid()];
  if (!wants_slots || a == b || !a->exists || !b->exists) return;
  uint32_t slot = a->slot;
  a->slot = b->slot;
  b->slot = slot;
  CHECK(reread(a - rows) == VSS_OK);
  CHECK(vss_idmap_find(&resident.map, b - rows) == VSS_NONE);
  CHECK(reread(b - rows) == VSS_OK);
}

/* Two rows of one slot are damage. The one that is read again is not known any more. */
static void share_slot(void) {
  Row *a = &rows[draw_rowid()], *b = &rows[draw_rowid()];
  if (!wants_slots || a == b || !a->exists || !b->exists) return;
  uint32_t slot = a->slot;
  a->slot = b->slot;
  CHECK(reread(a - rows) == VSS_CORRUPT);
  CHECK(vss_idmap_find(&resident.map, a - rows) == VSS_NONE);
  CHECK(vss_idmap_find(&resident.map, b - rows) == b->slot);
  a->slot = slot;
  CHECK(reread(a - rows) == VSS_OK);
}

/* Random changes of the model, with the resident state behind them. */
static void follow(const VssVectorShape *shapes) {
  memset(rows, 0, sizeof rows);
  VssRowReader reader = {rows, find_row, read_vector, read_vectors};
  for (allocations_left = 0; allocations_left < 3; allocations_left++) {
    int64_t n = allocations_left;
    CHECK(vss_resident_init(&resident, shapes, 2, reader) == VSS_NOMEM);
    vss_resident_free(&resident);
    allocations_left = n;
  }
  allocations_left = -1;
  CHECK(vss_resident_memory(&resident) == 0);
  CHECK(vss_resident_init(&resident, shapes, 2, reader) == VSS_OK);
  CHECK(vss_resident_start(&resident) == VSS_OK);
  for (int i = 0; i < 3000; i++) {
    uint32_t kind = below(40);
    if (kind == 0) {
      rank_while_writing((int)below(2));
    } else if (kind == 1) {
      fail_reader();
    } else if (kind == 2) {
      read_infinity();
    } else if (kind == 3) {
      check_dirty();
    } else if (kind == 4) {
      exchange_slots();
    } else if (kind == 5) {
      share_slot();
    } else if (kind < 12) {
      write_without_memory();
    } else {
      CHECK(write_row(draw_rowid()) == VSS_OK);
    }
    if (below(3) == 0) CHECK(vss_resident_tune(&resident) == VSS_OK);
    if (i % 20 == 0) measure((int)below(2));
    if (i % 50 == 0) check_state();
  }
  check_state();
  CHECK(vss_resident_memory(&resident) > 0);
  CHECK(vss_resident_start(&resident) == VSS_OK);
  CHECK(resident.map.n_live == 0 && vss_index_count(resident.indexes[0]) == 0);
  vss_resident_free(&resident);
}

int main(void) {
  const VssAllocator allocator = {failing_realloc, free};
  const VssVectorShape shapes[2] = {{.metric = VSS_METRIC_L2, .dim = DIM_0},
                                    {.metric = VSS_METRIC_COSINE, .dim = DIM_1}};
  state = check_seed();
  vss_base_set_allocator(&allocator);
  for (wants_slots = 0; wants_slots < 2; wants_slots++)
    follow(shapes);
  return check_summary();
}
