/*
** index/rank.c, over the index and base/idmap.c, against a naive model: random puts, replacements,
** removals, trainings, saves and loads, and then rankings with filters, limits of distance, pauses
** and writes in between. Answers have to be equal, in their rowids and in the bits of their
** distances.
**
**   test_rank [seed] [rounds]
*/
#include "check.h"
#include "base/idmap.h"
#include "index/rank.h"

#include <math.h>

#define MAX_ROWS 700

/* The model: the rows that should be there, and the index that is tested. */
typedef struct Model {
  VssMetric metric;
  int dim;
  uint32_t n;
  int64_t rowids[MAX_ROWS];
  float *vectors; /* MAX_ROWS x dim */
  VssIdmap map;
  VssIndex *index;
  uint64_t n_fetched;
} Model;

static uint64_t state;

static uint32_t below(uint32_t n) {
  return (uint32_t)(check_random(&state) % n);
}
static float uniform(void) {
  return (float)((double)(check_random(&state) >> 11) * 0x1p-53 * 2 - 1);
}

static int find(const Model *model, int64_t rowid) {
  for (uint32_t i = 0; i < model->n; i++)
    if (model->rowids[i] == rowid) return (int)i;
  return -1;
}

/* A row that another writer has deleted since the scan; INT64_MIN: none. */
static int64_t deleted = INT64_MIN;

static int fetch_row(void *context, int64_t rowid, float *out_vector) {
  Model *model = context;
  int at = find(model, rowid);
  model->n_fetched++;
  if (at < 0 || rowid == deleted) return VSS_MISSING;
  memcpy(out_vector, model->vectors + (size_t)at * (size_t)model->dim,
         (size_t)model->dim * sizeof(float));
  return VSS_OK;
}

/*
** VssFetchRows; with `rows_fail` set, it fails at a random row. What it has taken by then must not
** count.
*/
static int rows_fail;
static int fetch_rows(void *context, const int64_t *rowids, uint32_t n, float *out_vector,
                      VssTakeRow take, void *taker) {
  Model *model = context;
  uint32_t fails_at = rows_fail ? below(n) : n, last = 0;
  CHECK(n > 0 && n <= VSS_FETCH_ROWS);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t slot = vss_idmap_find(&model->map, rowids[i]);
    CHECK(i == 0 || last < slot);
    last = slot;
    if (i == fails_at) return VSS_DATABASE;
    if (fetch_row(context, rowids[i], out_vector) == VSS_OK) take(taker, i);
  }
  return VSS_OK;
}

static int fetch_slot(void *context, uint32_t slot, float *out_vector) {
  Model *model = context;
  return fetch_row(model, model->map.rowids[slot], out_vector);
}

/*
** Vectors on a coarse grid, so that distances tie; sometimes zero, sometimes a copy of another row,
** sometimes far out.
*/
static void draw_vector(const Model *model, float *out) {
  uint32_t kind = below(20);
  if (kind == 0 && model->n) {
    memcpy(out, model->vectors + (size_t)below(model->n) * (size_t)model->dim,
           (size_t)model->dim * sizeof *out);
    return;
  }
  int grid = kind < 12;
  for (int j = 0; j < model->dim; j++) {
    float value = grid ? (float)below(3) - 1 : uniform();
    if (model->metric == VSS_METRIC_JENSEN_SHANNON) value = fabsf(value);
    out[j] = kind == 1 ? 0 : value;
  }
  if (kind == 2) out[below((uint32_t)model->dim)] = 1e6f * uniform();
  if (kind == 3) out[below((uint32_t)model->dim)] = 1e30f;
}

static void put(Model *model, int64_t rowid) {
  int at = find(model, rowid);
  if (at < 0 && model->n == MAX_ROWS) return;
  if (at < 0) {
    at = (int)model->n++;
    model->rowids[at] = rowid;
  }
  float *vector = model->vectors + (size_t)at * (size_t)model->dim;
  draw_vector(model, vector);
  uint32_t slot;
  CHECK(vss_idmap_add(&model->map, rowid, &slot) == VSS_OK);
  CHECK(vss_index_put(model->index, slot, vector) == VSS_OK);
  CHECK(vss_index_matches(model->index, slot, vector));
}

static void drop(Model *model, uint32_t at) {
  int64_t rowid = model->rowids[at];
  uint32_t slot = vss_idmap_find(&model->map, rowid);
  CHECK(slot != VSS_NONE);
  vss_index_remove(model->index, slot);
  vss_idmap_remove(&model->map, rowid);
  model->n--;
  model->rowids[at] = model->rowids[model->n];
  memmove(model->vectors + (size_t)at * (size_t)model->dim,
          model->vectors + (size_t)model->n * (size_t)model->dim,
          (size_t)model->dim * sizeof(float));
}

/* Save everything and load it into a new index, which then takes the place of the old one. */
static void reload(Model *model) {
  VssIndex *fresh;
  VssBuffer bytes = {0};
  CHECK(vss_index_create(model->metric, model->dim, &fresh) == VSS_OK);
  for (uint32_t id = 0; id < vss_index_codebook_count(model->index); id++) {
    bytes.size_bytes = 0;
    CHECK(vss_index_save_codebook(model->index, id, &bytes) == VSS_OK);
    if (bytes.size_bytes)
      CHECK(vss_index_load_codebook(fresh, id, bytes.data, bytes.size_bytes) == VSS_OK);
  }
  for (uint32_t b = 0; b <= model->map.n_slots / VSS_BLOCK_ROWS; b++) {
    bytes.size_bytes = 0;
    CHECK(vss_index_save_block(model->index, b, &bytes) == VSS_OK);
    CHECK(vss_index_load_block(fresh, b, bytes.data, bytes.size_bytes) == VSS_OK);
  }
  CHECK(vss_index_next_dirty_block(fresh, 0) == VSS_NONE);
  CHECK(vss_index_count(fresh) == vss_index_count(model->index));
  vss_buffer_free(&bytes);
  vss_index_free(model->index);
  model->index = fresh;
}

static void check_index(const Model *model) {
  CHECK(vss_index_count(model->index) == model->n);
  for (uint32_t i = 0; i < model->n; i++) {
    uint32_t slot = vss_idmap_find(&model->map, model->rowids[i]);
    CHECK(slot != VSS_NONE && vss_index_has(model->index, slot));
    CHECK(vss_index_matches(model->index, slot, model->vectors + (size_t)i * (size_t)model->dim));
  }
}

typedef struct Expected {
  int64_t rowid;
  float key;
} Expected;

static int by_key(const void *a, const void *b) {
  const Expected *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  return (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

static uint32_t brute_force(const Model *model, const float *query, const VssBitmap *filter,
                            float max_key, Expected *out) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < model->n; i++) {
    if (filter && !vss_bitmap_get(filter, vss_idmap_find(&model->map, model->rowids[i]))) continue;
    const float *vector = model->vectors + (size_t)i * (size_t)model->dim;
    float distance =
        vss_metric_round(vss_metric_distance(model->metric, query, vector, model->dim));
    float key = vss_metric_key(model->metric, distance);
    if (key > max_key) continue;
    out[n].rowid = model->rowids[i];
    out[n++].key = key;
  }
  qsort(out, n, sizeof *out, by_key);
  return n;
}

static int never(void *context) {
  ++*(int *)context;
  return 0;
}

/* What a ranking of all rows for one query is asked for. */
static VssRankRequest rank_request(const Model *model, const float *query, uint64_t k_hint) {
  return (VssRankRequest){.scan = {.queries = query, .n_queries = 1, .max_key = INFINITY},
                          .rowids = model->map.rowids,
                          .k_hint = k_hint};
}

static void check_ranking(Model *model) {
  static Expected expected[MAX_ROWS];
  float *query = malloc((size_t)model->dim * sizeof *query);
  VssBitmap filter = {0};
  int has_filter = below(2) == 0;
  uint32_t percent = (uint32_t[]){1, 10, 50, 100}[below(4)];
  draw_vector(model, query);
  for (uint32_t slot = 0; has_filter && slot < model->map.n_slots + 10; slot++)
    if (below(100) < percent) vss_bitmap_set(&filter, slot);

  float max_key = INFINITY;
  uint32_t n = brute_force(model, query, has_filter ? &filter : NULL, max_key, expected);
  if (n && below(3) == 0) {
    max_key = expected[below(n)].key;
    n = brute_force(model, query, has_filter ? &filter : NULL, max_key, expected);
  }

  VssRank *rank = NULL;
  int asked = 0;
  uint64_t k_hint = (uint64_t[]){0, 1, 10, 1000000, UINT64_MAX}[below(5)];
  VssRankRequest request = rank_request(model, query, k_hint);
  vss_index_force_scan((VssScanPath)below(VSS_SCAN_PATHS));
  request.scan.filter = has_filter ? &filter : NULL;
  request.scan.max_key = max_key;
  request.scan.stop = (VssStop){never, &asked};
  int rc = vss_rank_open(model->index, &request, &rank);
  CHECK(rc == VSS_OK);
  VssRowSource source = {model, fetch_row, below(3) ? fetch_rows : NULL};
  rows_fail = below(4) == 0;
  if (n && below(3) == 0) {
    uint32_t at = below(n--);
    deleted = expected[at].rowid;
    memmove(expected + at, expected + at + 1, (n - at) * sizeof *expected);
  }
  uint32_t stop_at = below(4) == 0 ? below(n + 1) : n + 1;
  int write_between = below(4) == 0;
  for (uint32_t i = 0; i < stop_at; i++) {
    VssHit hit;
    int done;
    if (write_between && i == n / 2) {
      /*
      ** The index and the map may change once the ranking is frozen; vectors are still the model's.
      */
      CHECK(vss_rank_freeze(rank) == VSS_OK);
      CHECK(vss_rank_freeze(rank) == VSS_OK);
      vss_index_free(model->index);
      CHECK(vss_index_create(model->metric, model->dim, &model->index) == VSS_OK);
      for (uint32_t r = 0; r < model->n; r++)
        vss_index_put(model->index, vss_idmap_find(&model->map, model->rowids[r]),
                      model->vectors + (size_t)r * (size_t)model->dim);
    }
    CHECK(vss_rank_next(rank, &source, &hit, &done) == VSS_OK);
    if (!CHECK(done == (i == n)) || done) break;
    float key = vss_metric_key(model->metric, hit.distance);
    if (!CHECK(hit.rowid == expected[i].rowid && memcmp(&key, &expected[i].key, sizeof key) == 0)) {
      fprintf(stderr, "  %s dim %d row %u of %u: got rowid %lld key %a, expected %lld %a\n",
              vss_metric_name(model->metric), model->dim, i, n, (long long)hit.rowid, (double)key,
              (long long)expected[i].rowid, (double)expected[i].key);
      break;
    }
  }
  deleted = INT64_MIN;
  CHECK(vss_rank_refined(rank) <= vss_rank_selected(rank));
  vss_rank_free(rank);
  vss_index_force_scan(VSS_SCAN_AUTO);
  vss_bitmap_free(&filter);
  free(query);
}

/*
** Up to 17 rankings that share a scan, read in turns: each gives what brute force gives for its
** query, with a filter, with a limit, and where distances tie.
*/
static void check_rankings_together(Model *model) {
  enum { MOST = 17 };
  static Expected expected[MOST][MAX_ROWS];
  uint32_t n = 1 + below(MOST), count[MOST];
  size_t dim = (size_t)model->dim;
  float *queries = malloc(n * dim * sizeof *queries), max_key = INFINITY;
  VssBitmap filter = {0};
  int has_filter = below(2) == 0;
  uint32_t percent = (uint32_t[]){1, 10, 50, 100}[below(4)];
  for (uint32_t slot = 0; has_filter && slot < model->map.n_slots + 10; slot++)
    if (below(100) < percent) vss_bitmap_set(&filter, slot);
  for (uint32_t q = 0; q < n; q++) {
    draw_vector(model, queries + q * dim);
    count[q] =
        brute_force(model, queries + q * dim, has_filter ? &filter : NULL, max_key, expected[q]);
    /* The limit is a distance of the first query. */
    if (q == 0 && count[0] && below(4) == 0) {
      max_key = expected[0][below(count[0])].key;
      count[0] = brute_force(model, queries, has_filter ? &filter : NULL, max_key, expected[0]);
    }
  }
  VssRank *ranks[MOST];
  VssRankRequest request = rank_request(model, queries, (uint64_t[]){0, 1, 10, 1000000}[below(4)]);
  request.scan.n_queries = n;
  request.scan.filter = has_filter ? &filter : NULL;
  request.scan.max_key = max_key;
  vss_index_force_scan((VssScanPath)below(VSS_SCAN_PATHS));
  CHECK(vss_rank_open(model->index, &request, ranks) == VSS_OK);
  VssRowSource source = {model, fetch_row, below(3) ? fetch_rows : NULL};
  rows_fail = 0;
  for (uint32_t i = 0; i <= MAX_ROWS; i++)
    for (uint32_t q = 0; q < n; q++) {
      if (i > count[q]) continue;
      VssHit hit;
      int done;
      CHECK(vss_rank_next(ranks[q], &source, &hit, &done) == VSS_OK);
      if (!CHECK(done == (i == count[q])) || done) continue;
      float key = vss_metric_key(model->metric, hit.distance);
      CHECK(hit.rowid == expected[q][i].rowid &&
            memcmp(&key, &expected[q][i].key, sizeof key) == 0);
    }
  for (uint32_t q = 0; q < n; q++)
    vss_rank_free(ranks[q]);
  vss_index_force_scan(VSS_SCAN_AUTO);
  vss_bitmap_free(&filter);
  free(queries);
}

static void run(VssMetric metric, int dim, int steps) {
  Model *model = calloc(1, sizeof *model);
  model->metric = metric;
  model->dim = dim;
  model->vectors = calloc((size_t)MAX_ROWS * (size_t)dim, sizeof(float));
  CHECK(vss_index_create(metric, dim, &model->index) == VSS_OK);
  for (int step = 0; step < steps; step++) {
    uint32_t kind = below(100);
    if (kind < 70)
      put(model, (int64_t)below(1000) * ((int64_t)1 << below(40)) - 500);
    else if (kind < 80 && model->n)
      drop(model, below(model->n));
    else if (kind < 82 && model->n && below(20) == 0)
      while (model->n > 3)
        drop(model, below(model->n));
    else if (kind < 84)
      reload(model);
    else if (kind < 92)
      check_ranking(model);
    else if (kind == 92 && below(4) == 0)
      check_rankings_together(model);
    if (vss_index_wants_tuning(model->index) && below(3) == 0) {
      CHECK(vss_index_tune(model->index, fetch_slot, model) == VSS_OK);
      CHECK(!vss_index_wants_tuning(model->index));
      if (below(10) == 0) check_index(model);
    }
  }
  check_index(model);
  check_ranking(model);
  check_rankings_together(model);
  vss_index_free(model->index);
  vss_idmap_free(&model->map);
  free(model->vectors);
  free(model);
}

/* An error of fetch is returned, and the next call goes on with the same row. */
static int failing;
static int fetch_or_fail(void *context, int64_t rowid, float *out_vector) {
  if (failing) return VSS_DATABASE;
  if (rowid == 7) return VSS_MISSING;
  return fetch_row(context, rowid, out_vector);
}

static void check_errors(void) {
  Model *model = calloc(1, sizeof *model);
  model->dim = 2;
  model->vectors = calloc((size_t)MAX_ROWS * 2, sizeof(float));
  CHECK(vss_index_create(VSS_METRIC_L2, 2, &model->index) == VSS_OK);
  for (int64_t rowid = 1; rowid <= 20; rowid++)
    put(model, rowid);
  VssRowSource source = {model, fetch_or_fail, NULL};
  VssRank *rank;
  VssHit hit;
  int done = 0, n = 0;
  VssRankRequest request = rank_request(model, (float[]){0, 0}, 5);
  CHECK(vss_rank_open(model->index, &request, &rank) == VSS_OK);
  failing = 1;
  CHECK(vss_rank_next(rank, &source, &hit, &done) == VSS_DATABASE);
  CHECK(vss_rank_next(rank, &source, &hit, &done) == VSS_DATABASE);
  failing = 0;
  while (vss_rank_next(rank, &source, &hit, &done) == VSS_OK && !done) {
    CHECK(hit.rowid != 7);
    n++;
  }
  CHECK(n == 19 && done);
  CHECK(vss_rank_next(rank, &source, &hit, &done) == VSS_OK && done);
  vss_rank_free(rank);
  vss_rank_free(NULL);
  vss_index_free(model->index);
  vss_idmap_free(&model->map);
  free(model->vectors);
  free(model);
}

/* MAX_ROWS rows that have nothing in common with one another, with trained codes. */
static Model *create_ordinary(VssMetric metric, int dim) {
  Model *model = calloc(1, sizeof *model);
  model->metric = metric;
  model->dim = dim;
  model->vectors = calloc((size_t)MAX_ROWS * (size_t)dim, sizeof(float));
  CHECK(vss_index_create(metric, dim, &model->index) == VSS_OK);
  for (int i = 0; i < MAX_ROWS; i++) {
    float *vector = model->vectors + i * dim;
    for (int j = 0; j < dim; j++)
      vector[j] = uniform();
    model->rowids[model->n++] = i;
    uint32_t slot;
    vss_idmap_add(&model->map, i, &slot);
    vss_index_put(model->index, slot, vector);
    if (vss_index_wants_tuning(model->index))
      CHECK(vss_index_tune(model->index, fetch_slot, model) == VSS_OK);
  }
  return model;
}

static void free_model(Model *model) {
  vss_index_free(model->index);
  vss_idmap_free(&model->map);
  free(model->vectors);
  free(model);
}

/* VssFetchRow, and no row is there any more. */
static int fetch_missing(void *context, int64_t rowid, float *out_vector) {
  (void)context, (void)rowid, (void)out_vector;
  return VSS_MISSING;
}

/* What was fetched together is forgotten when a write follows: its rows may be gone. */
static void check_freeze_forgets(void) {
  Model *model = create_ordinary(VSS_METRIC_L2, 96);
  float query[96] = {0};
  VssRank *rank;
  VssHit hit;
  int done = 0, n = 0;
  const uint32_t n_ahead = 64;
  VssRankRequest request = rank_request(model, query, n_ahead);
  CHECK(vss_rank_open(model->index, &request, &rank) == VSS_OK);
  VssRowSource source = {model, fetch_row, fetch_rows};
  rows_fail = 0;
  model->n_fetched = 0;
  CHECK(vss_rank_next(rank, &source, &hit, &done) == VSS_OK && !done);
  CHECK(model->n_fetched == n_ahead && vss_rank_refined(rank) == n_ahead);
  CHECK(vss_rank_freeze(rank) == VSS_OK);
  uint64_t n_used = vss_rank_refined(rank);
  CHECK(n_used < n_ahead);
  source.fetch_row = fetch_missing;
  while (vss_rank_next(rank, &source, &hit, &done) == VSS_OK && !done)
    n++;
  /* Those that were hits before, and waited for their turn. */
  CHECK(done && n == (int)n_used - 1);
  CHECK(model->n_fetched == n_ahead);
  CHECK(vss_rank_refined(rank) == MAX_ROWS);
  vss_rank_free(rank);
  free_model(model);
}

/* How many rows a ranking on one path fetches for n hits; rows NULL: one by one. */
static uint64_t count_refined(Model *model, const float *query, VssScanPath path, uint64_t k_hint,
                              int n, VssFetchRows rows) {
  VssRowSource source = {model, fetch_row, rows};
  VssRank *rank;
  VssRankRequest request = rank_request(model, query, k_hint);
  vss_index_force_scan(path);
  CHECK(vss_rank_open(model->index, &request, &rank) == VSS_OK);
  for (int i = 0; i < n; i++) {
    VssHit hit;
    int done;
    CHECK(vss_rank_next(rank, &source, &hit, &done) == VSS_OK && !done);
  }
  uint64_t refined = vss_rank_refined(rank);
  vss_rank_free(rank);
  vss_index_force_scan(VSS_SCAN_AUTO);
  return refined;
}

/* How many rows a ranking on one path fetches until it has given all rows up to a key. */
static uint64_t count_within(Model *model, const float *query, VssScanPath path, float max_key) {
  VssRowSource source = {model, fetch_row, NULL};
  VssRank *rank;
  VssRankRequest request = rank_request(model, query, 10);
  request.scan.max_key = max_key;
  vss_index_force_scan(path);
  CHECK(vss_rank_open(model->index, &request, &rank) == VSS_OK);
  for (int done = 0; !done;) {
    VssHit hit;
    CHECK(vss_rank_next(rank, &source, &hit, &done) == VSS_OK);
  }
  uint64_t refined = vss_rank_refined(rank);
  vss_rank_free(rank);
  vss_index_force_scan(VSS_SCAN_AUTO);
  return refined;
}

/*
** On ordinary data a search for k = 10 fetches few rows: the bounds are tight, and not only right.
** A search without a k that fetches rows together fetches few too many.
*/
static void check_refinements(VssMetric metric) {
  Model *model = create_ordinary(metric, 96);
  uint64_t refined = 0;
  rows_fail = 0;
  for (int q = 0; q < 20; q++) {
    float query[96];
    for (int j = 0; j < 96; j++)
      query[j] = uniform();
    uint64_t tight = count_refined(model, query, VSS_SCAN_DENSE, 10, 10, NULL);
    refined += tight;
    CHECK(count_refined(model, query, VSS_SCAN_DENSE, 10, 10, fetch_rows) == tight);
    /* Coarse bounds cost no fetch, nor do more rows than were announced. */
    CHECK(count_refined(model, query, VSS_SCAN_COARSE, 10, 10, NULL) <= tight);
    CHECK(count_refined(model, query, VSS_SCAN_ADAPTIVE, 1, 10, NULL) <= tight);
    CHECK(count_refined(model, query, VSS_SCAN_COARSE_ROWS, 10, 10, NULL) <= tight);
    CHECK(count_refined(model, query, VSS_SCAN_ADAPTIVE_ROWS, 1, 10, NULL) <= tight);
    float near = vss_metric_key(
        metric, vss_metric_round(vss_metric_distance(metric, query, model->vectors + 96 * q, 96)));
    uint64_t within = count_within(model, query, VSS_SCAN_DENSE, near);
    CHECK(count_within(model, query, VSS_SCAN_COARSE, near) == within);
    CHECK(count_within(model, query, VSS_SCAN_COARSE_ROWS, near) == within);
    CHECK(count_within(model, query, VSS_SCAN_ADAPTIVE_ROWS, near) == within);
    uint64_t page = count_refined(model, query, VSS_SCAN_DENSE, 0, 200, NULL);
    CHECK(count_refined(model, query, VSS_SCAN_COARSE, 0, 200, NULL) <= page);
    CHECK(count_refined(model, query, VSS_SCAN_COARSE, 3, 200, NULL) <= page);
    uint64_t most = page + page / 8;
    CHECK(count_refined(model, query, VSS_SCAN_DENSE, 0, 200, fetch_rows) <= most);
    CHECK(count_refined(model, query, VSS_SCAN_COARSE, 0, 200, fetch_rows) <= most);
  }
  printf("%s: %.1f rows refined for k = 10\n", vss_metric_name(metric), (double)refined / 20);
  CHECK(refined <= 20 * 20);
  free_model(model);
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  int rounds = argc > 2 ? atoi(argv[2]) : 3;
  check_errors();
  check_freeze_forgets();
  check_refinements(VSS_METRIC_L2);
  check_refinements(VSS_METRIC_INNER_PRODUCT);
  check_refinements(VSS_METRIC_COSINE);
  for (int round = 0; round < rounds; round++)
    for (int metric = 0; metric < VSS_METRIC_COUNT; metric++) {
      run((VssMetric)metric, (int[]){1, 2, 3, 7, 64, 65}[below(6)], 1500);
    }
  return check_summary();
}
