/*
** The cost of a scan, beside reading the same bytes. It prints one line of JSON per measurement,
** with the medians and minima of alternating runs. Ratios are of minima, which other load on the
** machine disturbs least.
**
**   scan [rows] [dim] [metric]          default 100000 384 L2
**
** Native:  gcc -O3 -msse4.1 -ffp-contract=off -Isrc bench/native/scan.c <core sources> -lm
** wasm:    emcc -O3 -msimd128 -ffp-contract=off -sALLOW_MEMORY_GROWTH=1 ... and run with node
** A row is computed from its number, so that no float32 copy is kept.
*/
#define _POSIX_C_SOURCE 199309L
#include "base/idmap.h"
#include "index/rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __wasm__
#include <wasm_simd128.h>
#endif

/* Natively, the CPU time of this process. Wasm has only the time of the clock on the wall. */
#ifdef __wasm__
#define CLOCK CLOCK_MONOTONIC
#else
#define CLOCK CLOCK_PROCESS_CPUTIME_ID
#endif
#define RUNS      15
#define MAX_CASES 24
#define PUT_BATCH 256

static int dim;
static uint32_t n_rows;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/* Sixteen clusters, uniform around their centres: neither isotropic nor easy. */
static void make_row(uint64_t number, float *out) {
  uint64_t cluster = mix(number) % 16;
  uint64_t state = number * 0x9e3779b97f4a7c15u;
  for (int j = 0; j < dim; j += 2) {
    uint64_t r = mix(state += 0x9e3779b97f4a7c15u);
    float shift = (float)((mix(cluster * 65536 + (uint64_t)j / 2) & 1023)) * 0x1p-11f;
    out[j] = (float)((int32_t)(r >> 32)) * 0x1p-31f + shift;
    if (j + 1 < dim) out[j + 1] = (float)((int32_t)r) * 0x1p-31f - shift;
  }
}

static int fetch_slot(void *context, uint32_t slot, float *out_vector) {
  (void)context;
  make_row(slot, out_vector);
  return VSS_OK;
}

static int fetch_row(void *context, int64_t rowid, float *out_vector) {
  return fetch_slot(context, (uint32_t)rowid, out_vector);
}

/* The yardstick: every byte read once, as fast as this build can. n_words: a multiple of 16. */
static uint64_t stream(const uint64_t *words, uint64_t n_words) {
#ifdef __wasm__
  v128_t sums[4] = {wasm_i64x2_splat(0), wasm_i64x2_splat(0), wasm_i64x2_splat(0),
                    wasm_i64x2_splat(0)};
  for (uint64_t i = 0; i + 8 <= n_words; i += 8)
    for (int k = 0; k < 4; k++)
      sums[k] = wasm_v128_xor(sums[k], wasm_v128_load(words + i + 2 * k));
  v128_t sum = wasm_v128_xor(wasm_v128_xor(sums[0], sums[1]), wasm_v128_xor(sums[2], sums[3]));
  return (uint64_t)wasm_i64x2_extract_lane(sum, 0) ^ (uint64_t)wasm_i64x2_extract_lane(sum, 1);
#else
  uint64_t sums[16] = {0};
  for (uint64_t i = 0; i + 16 <= n_words; i += 16)
    for (int k = 0; k < 16; k++)
      sums[k] ^= words[i + (uint64_t)k];
  uint64_t sum = 0;
  for (int k = 0; k < 16; k++)
    sum ^= sums[k];
  return sum;
#endif
}

typedef struct Case {
  const char *name;
  VssBitmap filter; /* n_words 0: none */
  uint64_t k;       /* 0: the scan alone */
  double ms[RUNS];
  uint64_t refined;
  uint64_t selected;
} Case;

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
/* Sorts: the minimum is then the first. */
static double median(double ms[RUNS]) {
  qsort(ms, RUNS, sizeof *ms, by_value);
  return ms[RUNS / 2];
}

static void run(const VssIndex *index, const int64_t *rowids, const float *query, Case *one,
                int at) {
  VssRankRequest request = {
      .scan = {.queries = query,
               .n_queries = 1,
               .max_key = INFINITY,
               .filter = one->filter.n_words ? &one->filter : NULL},
      .rowids = rowids,
      .k_hint = one->k,
  };
  double start = now_ms();
  if (one->k == 0) {
    VssCandidates found = {0};
    if (vss_index_scan(index, &request.scan, &found) != VSS_OK) abort();
    one->selected = found.count;
    vss_candidates_free(&found);
  } else {
    VssRank *rank;
    VssHit hit;
    int done = 0;
    if (vss_rank_open(index, &request, &rank) != VSS_OK) abort();
    for (uint64_t i = 0; i < one->k && !done; i++)
      if (vss_rank_next(rank, &(VssRowSource){NULL, fetch_row, NULL}, &hit, &done) != VSS_OK)
        abort();
    one->refined = vss_rank_refined(rank);
    one->selected = vss_rank_selected(rank);
    vss_rank_free(rank);
  }
  one->ms[at] = now_ms() - start;
}

static void add_filters(Case *cases, int *inout_n) {
  static const struct {
    const char *name;
    double share;
    int clustered;
  } kinds[] = {{"50 %", 0.5, 0},    {"25 %", 0.25, 0},          {"15 %", 0.15, 0},
               {"10 %", 0.1, 0},    {"3 %", 0.03, 0},           {"1 %", 0.01, 0},
               {"0.1 %", 0.001, 0}, {"10 % clustered", 0.1, 1}, {"1 % clustered", 0.01, 1}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    Case *one = &cases[(*inout_n)++];
    one->name = kinds[i].name;
    for (uint32_t slot = 0; slot < n_rows; slot++) {
      int in = kinds[i].clustered ? slot < n_rows * kinds[i].share
                                  : (double)(mix(slot + 1) >> 11) * 0x1p-53 < kinds[i].share;
      if (in && vss_bitmap_set(&one->filter, slot) != VSS_OK) abort();
    }
  }
}

static void bench_bytes(const VssIndex *index, VssMetric metric) {
  uint32_t n_blocks = n_rows / VSS_BLOCK_ROWS + 1;
  VssBuffer *bytes = calloc(n_blocks, sizeof *bytes);
  VssBuffer codebook = {0};
  VssIndex *fresh;
  uint64_t size_bytes = 0;
  double start = now_ms();
  for (uint32_t b = 0; b < n_blocks; b++) {
    if (vss_index_save_block(index, b, &bytes[b]) != VSS_OK) abort();
    size_bytes += bytes[b].size_bytes;
  }
  double saved = now_ms();
  if (vss_index_create(metric, dim, &fresh) != VSS_OK) abort();
  for (uint32_t id = 0; id < vss_index_codebook_count(index); id++) {
    codebook.size_bytes = 0;
    if (vss_index_save_codebook(index, id, &codebook) != VSS_OK) abort();
    if (codebook.size_bytes &&
        vss_index_load_codebook(fresh, id, codebook.data, codebook.size_bytes) != VSS_OK)
      abort();
  }
  for (uint32_t b = 0; b < n_blocks; b++)
    if (vss_index_load_block(fresh, b, bytes[b].data, bytes[b].size_bytes) != VSS_OK) abort();
  double loaded = now_ms();
  printf("{\"case\":\"save\",\"ms\":%.2f,\"gb_s\":%.2f}\n", saved - start,
         (double)size_bytes / (saved - start) / 1e6);
  printf("{\"case\":\"load\",\"ms\":%.2f,\"gb_s\":%.2f}\n", loaded - saved,
         (double)size_bytes / (loaded - saved) / 1e6);
  for (uint32_t b = 0; b < n_blocks; b++)
    vss_buffer_free(&bytes[b]);
  free(bytes);
  vss_buffer_free(&codebook);
  vss_index_free(fresh);
}

int main(int argc, char **argv) {
  n_rows = argc > 1 ? (uint32_t)atoi(argv[1]) : 100000;
  dim = argc > 2 ? atoi(argv[2]) : 384;
  VssMetric metric = VSS_METRIC_L2;
  if (argc > 3 && vss_metric_parse(argv[3], strlen(argv[3]), &metric) != VSS_OK) return 2;

  VssIndex *index;
  VssIdmap map = {0};
  float *query = malloc((size_t)dim * sizeof *query);
  if (vss_index_create(metric, dim, &index) != VSS_OK) abort();
  double start, tuning = 0, put = 0;
  float *rows = malloc((size_t)PUT_BATCH * (size_t)dim * sizeof *rows);
  for (uint32_t from = 0; from < n_rows; from += PUT_BATCH) {
    uint32_t n_batch = n_rows - from < PUT_BATCH ? n_rows - from : PUT_BATCH;
    for (uint32_t i = 0; i < n_batch; i++)
      make_row(from + i, rows + (size_t)i * (size_t)dim);
    double tuned = tuning;
    start = now_ms();
    for (uint32_t i = 0; i < n_batch; i++) {
      uint32_t slot;
      if (vss_idmap_add(&map, from + i, &slot) != VSS_OK ||
          vss_index_put(index, slot, rows + (size_t)i * (size_t)dim) != VSS_OK)
        abort();
      if (!vss_index_wants_tuning(index)) continue;
      double before = now_ms();
      if (vss_index_tune(index, fetch_slot, NULL) != VSS_OK) abort();
      tuning += now_ms() - before;
    }
    put += now_ms() - start - (tuning - tuned);
  }
  free(rows);
  printf("{\"case\":\"put\",\"us_a_row\":%.3f,\"tuning_ms\":%.1f,\"bytes_a_row\":%.1f}\n",
         put * 1e3 / n_rows, tuning,
         (double)(vss_index_memory(index) + vss_idmap_memory(&map)) / n_rows);

  int padded = (dim + 63) / 64 * 64;
  uint64_t n_bytes = (uint64_t)n_rows * (uint64_t)padded;
  uint64_t *bytes = calloc(n_bytes / 8, 8);
  memset(bytes, 1, n_bytes);
  static Case cases[MAX_CASES];
  static double stream_ms[RUNS];
  int n = 0;
  cases[n++].name = "scan";
  static const uint64_t ks[] = {1, 10, 100, 1000};
  static const char *const names[] = {"k = 1", "k = 10", "k = 100", "k = 1000"};
  for (int i = 0; i < 4; i++) {
    cases[n].name = names[i];
    cases[n++].k = ks[i];
  }
  add_filters(cases, &n);

  uint64_t sink = 0;
  for (int at = -1; at < RUNS; at++) {
    make_row(UINT64_C(1) << 40 | (uint64_t)(at + 1), query);
    start = now_ms();
    sink ^= stream(bytes, n_bytes / 8);
    if (at >= 0) stream_ms[at] = now_ms() - start;
    for (int i = 0; i < n; i++)
      run(index, map.rowids, query, &cases[i], at < 0 ? 0 : at);
  }
  double typical = median(stream_ms), yardstick = stream_ms[0];
  printf("{\"case\":\"stream\",\"median_ms\":%.3f,\"min_ms\":%.3f,\"gb_s\":%.1f,\"sink\":%d}\n",
         typical, yardstick, (double)n_bytes / yardstick / 1e6, (int)(sink & 1));
  double full = 0;
  for (int i = 0; i < n; i++) {
    typical = median(cases[i].ms);
    double ms = cases[i].ms[0];
    if (i == 0) full = ms;
    printf(
        "{\"case\":\"%s\",\"median_ms\":%.3f,\"min_ms\":%.3f,\"of_stream\":%.2f,\"of_scan\":%.3f,"
        "\"selected\":%llu,\"refined\":%llu}\n",
        cases[i].name, typical, ms, ms / yardstick, ms / full,
        (unsigned long long)cases[i].selected, (unsigned long long)cases[i].refined);
    vss_bitmap_free(&cases[i].filter);
  }
  bench_bytes(index, metric);
  free(bytes);
  free(query);
  vss_idmap_free(&map);
  vss_index_free(index);
  return 0;
}
