/*
** index/values.c: an index that holds its vectors. Every bound of every path of a scan is at most
** the key of the distance to the vector as it reads back, and a ranking gives exactly the rows that
** computing all distances gives, without a fetch. Both over all metrics and scales, with rows and
** queries at the edges, and in an index that is made of the stored bytes.
**
**   test_values [seed]
*/
#include "check.h"
#include "index/rank.h"
#include "kernel/element.h"

#include <math.h>

enum { MOST_DIM = 2048, MOST_ROWS = 150 };

static uint64_t state;

static uint32_t below(uint32_t n) {
  return (uint32_t)(check_random(&state) % n);
}

/* The vectors as they read back, computed here, by slot. */
typedef struct Model {
  VssVectorShape shape;
  VssIndex *index;
  uint32_t n_rows;
  float rows[MOST_ROWS][MOST_DIM];
  int64_t rowids[MOST_ROWS];
  uint8_t present[MOST_ROWS];
} Model;

static Model model;

/* A row of bytes: random ones, small ones, equal ones, the edges, or zeros. */
static void random_row(float *out) {
  int kind = (int)below(6), all = below(2) ? -128 : (int)below(256) - 128;
  for (int j = 0; j < model.shape.dim; j++) {
    int c = kind == 0   ? (int)below(256) - 128
            : kind == 1 ? (int)below(5) - 2
            : kind == 2 ? all
            : kind == 3 ? (below(2) ? -128 : 127)
            : kind == 4 ? (j == 3 ? 1 : 0)
                        : (int)below(61) - 30;
    if (kind == 5 && below(8) == 0) c = 0;
    if (model.shape.element == VSS_ELEMENT_BIT)
      out[j] = (float)(c > 0);
    else
      out[j] = (float)((double)c / model.shape.scale);
  }
  if (kind == 4 && below(2)) memset(out, 0, sizeof(float) * (size_t)model.shape.dim);
}

static void random_query(float *out) {
  int kind = (int)below(6);
  random_row(out);
  for (int j = 0; j < model.shape.dim; j++) {
    double noise = ((double)below(2001) - 1000) / 1000;
    if (kind == 1) out[j] = (float)(noise * 100 / model.shape.scale);
    if (kind == 2) out[j] += (float)(noise / model.shape.scale);
    if (kind == 3) out[j] *= below(2) ? 1e-25f : 1e-38f;
    if (kind == 4) out[j] *= 1e12f;
  }
  for (int j = 0; kind == 5 && j < model.shape.dim; j++)
    out[j] = (float)(model.shape.element == VSS_ELEMENT_BIT ? 1 : -128 / model.shape.scale);
  if (model.shape.metric == VSS_METRIC_JENSEN_SHANNON)
    for (int j = 0; j < model.shape.dim; j++)
      out[j] = fabsf(out[j]);
  if (kind == 0 && below(3) == 0) memset(out, 0, sizeof(float) * (size_t)model.shape.dim);
}

static float key_of(const float *query, uint32_t slot) {
  VssMetric metric = model.shape.metric;
  double value = vss_metric_distance(metric, query, model.rows[slot], model.shape.dim);
  return vss_metric_key(metric, vss_metric_round(value));
}

static void put_row(uint32_t slot) {
  random_row(model.rows[slot]);
  if (model.shape.metric == VSS_METRIC_JENSEN_SHANNON)
    for (int j = 0; j < model.shape.dim; j++)
      if (model.rows[slot][j] < 0) model.rows[slot][j] = 0;
  model.present[slot] = 1;
  CHECK(vss_index_put(model.index, slot, model.rows[slot]) == VSS_OK);
}

static void check_read(void) {
  float row[MOST_DIM];
  for (uint32_t slot = 0; slot < model.n_rows; slot++) {
    CHECK(vss_index_has(model.index, slot) == model.present[slot]);
    if (!model.present[slot]) continue;
    vss_index_read(model.index, slot, row);
    CHECK(memcmp(row, model.rows[slot], sizeof(float) * (size_t)model.shape.dim) == 0);
    CHECK(vss_index_matches(model.index, slot, row));
    row[0] += row[0] > 0 ? -1 : 1;
    if (model.shape.element == VSS_ELEMENT_BIT) CHECK(!vss_index_matches(model.index, slot, row));
  }
}

/* A ranking that fetches has lost: there is nothing to fetch from. */
static int no_fetch(void *context, int64_t rowid, float *out_vector) {
  (void)context, (void)rowid, (void)out_vector;
  CHECK(!"a vector was fetched");
  return VSS_CORRUPT;
}

static int fetch_row(void *context, int64_t rowid, float *out_vector) {
  (void)context;
  for (uint32_t slot = 0; slot < model.n_rows; slot++)
    if (model.rowids[slot] == rowid && model.present[slot])
      memcpy(out_vector, model.rows[slot], sizeof(float) * (size_t)model.shape.dim);
  return VSS_OK;
}

static void check_bounds(const VssCandidates *found, const float *query) {
  for (uint32_t i = 0; i < found->count; i++) {
    uint32_t slot = vss_candidates_slot(found, i);
    float key = key_of(query, slot);
    if (!CHECK(found->bounds[i] <= key))
      fprintf(stderr, "  metric %d scale %g dim %d slot %u bound %.9g key %.9g\n",
              (int)model.shape.metric, model.shape.scale, model.shape.dim, slot,
              (double)found->bounds[i], (double)key);
    if (vss_index_has_exact_bounds(model.index) && found->bounds[i] > -INFINITY)
      CHECK(found->bounds[i] == key);
  }
}

/* All selected rows by (key, rowid), against the ranking's hits. */
static void check_rank(VssRank *rank, const VssBitmap *filter, const float *query,
                       VssFetchRow fetch) {
  uint8_t is_out[MOST_ROWS] = {0};
  float keys[MOST_ROWS];
  for (uint32_t slot = 0; slot < model.n_rows; slot++)
    keys[slot] = key_of(query, slot);
  VssRowSource source = {NULL, fetch, NULL};
  for (uint32_t n = 0;; n++) {
    int64_t best = -1;
    float best_key = 0;
    for (uint32_t slot = 0; slot < model.n_rows; slot++) {
      if (!model.present[slot] || is_out[slot] || (filter && !vss_bitmap_get(filter, slot)))
        continue;
      float key = keys[slot];
      if (best < 0 || key < best_key ||
          (key == best_key && model.rowids[slot] < model.rowids[best])) {
        best = slot;
        best_key = key;
      }
    }
    VssHit hit;
    int done = 0;
    CHECK(vss_rank_next(rank, &source, &hit, &done) == VSS_OK);
    CHECK(done == (best < 0));
    if (done || best < 0) break;
    float distance = vss_metric_descending(model.shape.metric) ? -best_key : best_key;
    if (!CHECK(hit.rowid == model.rowids[best] && hit.distance == distance)) break;
    is_out[best] = 1;
  }
  if (fetch == no_fetch) CHECK(vss_rank_refined(rank) == 0);
}

static void check_searches(void) {
  enum { QUERIES = 3 };
  float queries[QUERIES * MOST_DIM];
  size_t dim = (size_t)model.shape.dim;
  for (int i = 0; i < QUERIES; i++)
    random_query(queries + (size_t)i * dim);
  VssBitmap filter = {0};
  for (uint32_t slot = 0; slot < model.n_rows; slot++)
    if (below(3)) CHECK(vss_bitmap_set(&filter, slot) == VSS_OK);
  for (int path = VSS_SCAN_AUTO; path < VSS_SCAN_PATHS; path++) {
    vss_index_force_scan((VssScanPath)path);
    VssRankRequest request = {.scan = {.queries = queries,
                                       .n_queries = QUERIES,
                                       .max_key = INFINITY,
                                       .filter = path % 2 ? &filter : NULL,
                                       .n_nearest = 1},
                              .rowids = model.rowids,
                              .k_hint = (uint64_t)path};
    VssCandidates found[QUERIES];
    CHECK(vss_index_scan(model.index, &request.scan, found) == VSS_OK);
    for (size_t i = 0; i < QUERIES; i++) {
      check_bounds(&found[i], queries + i * dim);
      vss_candidates_tighten(model.index, &found[i], INFINITY);
      check_bounds(&found[i], queries + i * dim);
      vss_candidates_free(&found[i]);
    }
    VssRank *ranks[QUERIES];
    CHECK(vss_rank_open(model.index, &request, ranks) == VSS_OK);
    /* A frozen ranking fetches: the index may have changed. */
    CHECK(vss_rank_freeze(ranks[2]) == VSS_OK);
    for (size_t i = 0; i < QUERIES; i++) {
      check_rank(ranks[i], request.scan.filter, queries + i * dim, i == 2 ? fetch_row : no_fetch);
      vss_rank_free(ranks[i]);
    }
  }
  vss_index_force_scan(VSS_SCAN_AUTO);
  vss_bitmap_free(&filter);
}

/* The same candidates with the same bounds, bit for bit. */
static int same_bounds(const VssIndex *a, const VssIndex *b, const float *query) {
  VssCandidates found[2] = {{0}};
  VssScanRequest request = {.queries = query, .n_queries = 1, .max_key = INFINITY};
  CHECK(vss_index_scan(a, &request, &found[0]) == VSS_OK);
  CHECK(vss_index_scan(b, &request, &found[1]) == VSS_OK);
  uint32_t n = found[0].count;
  int is_same = found[1].count == n &&
                (!n || memcmp(found[0].bounds, found[1].bounds, n * sizeof(float)) == 0);
  vss_candidates_free(&found[0]);
  vss_candidates_free(&found[1]);
  return is_same;
}

/*
** An index made of stored bytes is the one made of the numbers that they read back as, and takes
** its place. It takes no stored block and no codebook.
*/
static void check_put_stored(void) {
  static uint8_t stored[MOST_DIM];
  float query[MOST_DIM];
  VssIndex *by_values, *again;
  CHECK(vss_index_create_column(&model.shape, &by_values) == VSS_OK);
  CHECK(vss_index_create_column(&model.shape, &again) == VSS_OK);
  CHECK(vss_index_next_dirty_block(again, 0) == VSS_NONE);
  vss_index_expect(again, below(2) ? model.n_rows / 64 + 1 : 0);
  for (uint32_t slot = 0; slot < model.n_rows; slot++) {
    if (!model.present[slot]) continue;
    CHECK(vss_index_put(by_values, slot, model.rows[slot]) == VSS_OK);
    CHECK(vss_element_encode(model.shape.element, model.shape.scale, model.rows[slot],
                             model.shape.dim, stored, NULL) == VSS_OK);
    CHECK(vss_index_put_stored(again, slot, stored) == VSS_OK);
    CHECK(vss_index_matches(again, slot, model.rows[slot]));
  }
  vss_index_expect(again, 0);
  random_query(query);
  CHECK(same_bounds(by_values, again, query));
  vss_index_free(by_values);
  CHECK(vss_index_load_block(again, 0, stored, 0) == VSS_CORRUPT);
  CHECK(vss_index_load_block(again, 0, stored, sizeof stored) == VSS_CORRUPT);
  CHECK(vss_index_load_codebook(again, 0, stored, sizeof stored) == VSS_CORRUPT);
  for (uint32_t id = 0; id < vss_index_codebook_count(again); id++)
    CHECK(!vss_index_codebook_dirty(again, id));
  CHECK(!vss_index_wants_tuning(again) && !vss_index_wants_tuning(model.index));
  CHECK(vss_index_count(again) == vss_index_count(model.index));
  vss_index_free(model.index);
  model.index = again;
}

static void test_case(VssVectorShape shape, uint32_t n_rows) {
  memset(&model, 0, sizeof model);
  model.shape = shape;
  model.n_rows = n_rows;
  CHECK(vss_index_create_column(&shape, &model.index) == VSS_OK);
  CHECK(vss_index_holds_vectors(model.index));
  for (uint32_t slot = 0; slot < n_rows; slot++) {
    model.rowids[slot] = (int64_t)(slot * 7919u % 1009) - 500;
    put_row(slot);
  }
  for (uint32_t i = 0; i < n_rows / 4; i++) {
    uint32_t slot = below(n_rows);
    if (below(2)) {
      vss_index_remove(model.index, slot);
      model.present[slot] = 0;
    } else {
      put_row(slot);
    }
  }
  check_read();
  check_searches();
  check_put_stored();
  check_read();
  check_searches();
  vss_index_free(model.index);
}

/* Of bits there are codes and margins in memory, and no high nibbles. */
static void test_bit_memory(void) {
  enum { ROWS = 4096, ROW_BYTES = 128, MARGIN_BYTES = 8, REST_BYTES = 16384 };
  VssIndex *index = NULL;
  VssVectorShape shape = {VSS_METRIC_HAMMING, 8 * ROW_BYTES, VSS_ELEMENT_BIT, 1};
  CHECK(vss_index_create_column(&shape, &index) == VSS_OK);
  uint8_t bits[ROW_BYTES] = {1};
  for (uint32_t slot = 0; slot < ROWS; slot++)
    CHECK(vss_index_put_stored(index, slot, bits) == VSS_OK);
  uint64_t most_bytes = ROWS * (ROW_BYTES + MARGIN_BYTES) + REST_BYTES;
  if (!CHECK(vss_index_memory(index) <= most_bytes))
    fprintf(stderr, "  %llu bytes\n", (unsigned long long)vss_index_memory(index));
  vss_index_free(index);
}

int main(void) {
  state = check_seed();
  test_bit_memory();
  static const int dims[] = {1, 2, 8, 31, 64, 65, 128, 200, 320};
  static const double scales[] = {1, 100, 127, 0.3, 12345.678, 1e-12, 1e20, 1e-30, 1e30};
  enum { N = 9 };
  for (int round = 0; round < 2; round++)
    for (uint32_t i = 0; i < N; i++) {
      uint32_t n_rows = 1 + below(i < 3 ? 20 : 150);
      for (int metric = 0; metric < VSS_METRIC_HAMMING; metric++)
        test_case((VssVectorShape){(VssMetric)metric, dims[below(N)], VSS_ELEMENT_INT8, scales[i]},
                  n_rows);
      int bits = 8 * (1 + (int)below(40));
      test_case((VssVectorShape){VSS_METRIC_HAMMING, bits, VSS_ELEMENT_BIT, 1}, n_rows);
    }
  /* Wide rows of bytes at the edges: here the sum of products comes close to 2^31. */
  for (int metric = 0; metric <= VSS_METRIC_COSINE; metric++)
    test_case((VssVectorShape){(VssMetric)metric, MOST_DIM, VSS_ELEMENT_INT8, 1}, 30);
  return check_summary();
}
