/*
** Runs the kernels of src/ one by one over bytes in memory, for bench/suites/kernels.mjs. The
** package does not contain it.
**
** setup() is called once. run(kernel, n_bytes) goes once over about n_bytes of input, and returns
** the exact number. scan() searches an index of ROWS rows, of which select_rows() has chosen some.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wasm_simd128.h>

#include "index/index.h"
#include "kernel/kernel.h"
#include "kernel/range.h"

#define EXPORT     __attribute__((used, visibility("default")))
#define DIM        384
#define ROWS       100032
#define BLOCKS     (ROWS / VSS_BLOCK_ROWS)
#define MAX_BYTES  ((size_t)ROWS * DIM)
#define BLOCK_SIZE ((size_t)VSS_BLOCK_ROWS * DIM)
#define QUERIES    16

static int8_t *bytes;
static float *margins;
static int16_t e[DIM], wide[DIM];
static int8_t e8[DIM];
static float floats[4][DIM];
static VssIndex *table;
static VssBitmap filter;
static volatile double sink;

static float uniform(void) {
  return (float)rand() / 2147483648.0f - 0.5f;
}

static int fetch_random(void *context, uint32_t slot, float *out_vector) {
  (void)context;
  (void)slot;
  for (int j = 0; j < DIM; j++)
    out_vector[j] = uniform();
  return VSS_OK;
}

EXPORT int setup(void) {
  float row[DIM];
  bytes = aligned_alloc(VSS_LINE_BYTES, MAX_BYTES);
  margins = malloc(BLOCKS * 2 * VSS_BLOCK_ROWS * sizeof *margins);
  if (!bytes || !margins || vss_index_create(VSS_METRIC_L2, DIM, &table) != VSS_OK) return 0;
  for (size_t i = 0; i < MAX_BYTES; i++)
    bytes[i] = (int8_t)(rand() % 255 - 127);
  for (size_t i = 0; i < BLOCKS * 2 * VSS_BLOCK_ROWS; i++)
    margins[i] = uniform() + 1;
  for (int j = 0; j < DIM; j++) {
    e[j] = (int16_t)(rand() % 20000 - 10000);
    e8[j] = (int8_t)(rand() % 255 - 127);
    floats[0][j] = uniform();
    floats[1][j] = uniform() / 100;
    floats[2][j] = 0.004f;
    floats[3][j] = 250;
  }
  vss_highs_widen(e8, DIM, wide);
  for (uint32_t slot = 0; slot < ROWS; slot++) {
    for (int j = 0; j < DIM; j++)
      row[j] = uniform();
    if (vss_index_put(table, slot, row) != VSS_OK) return 0;
    /* Trained on other rows of the same kind: codes are codes to a scan. */
    if (vss_index_wants_tuning(table) && vss_index_tune(table, fetch_random, NULL) != VSS_OK)
      return 0;
  }
  return vss_bitmap_resize(&filter, BLOCKS) == VSS_OK;
}

static size_t stream(size_t n) {
  v128_t x[4] = {{0}};
  for (size_t i = 0; i + 64 <= n; i += 64)
    for (int k = 0; k < 4; k++)
      x[k] = wasm_v128_xor(x[k], wasm_v128_load(bytes + i + 16 * k));
  sink += wasm_i32x4_extract_lane(
      wasm_v128_xor(wasm_v128_xor(x[0], x[1]), wasm_v128_xor(x[2], x[3])), 0);
  return n;
}

static const VssQueryCodes query = {e, DIM, 1.0f, 0.001f, 0.5f};
static const VssQueryHighs query_highs = {e8, wide, DIM, 1.0f, 0.001f, 0.5f};

static size_t bounds_block(size_t n) {
  const VssQueryCodes *queries = &query;
  float bounds[VSS_BLOCK_ROWS], *out = bounds;
  size_t n_blocks = n / BLOCK_SIZE;
  for (size_t b = 0; b < n_blocks; b++) {
    vss_bounds_block_i8(&queries, 1, bytes + b * BLOCK_SIZE, margins + b * 2 * VSS_BLOCK_ROWS,
                        UINT64_MAX, &out);
    sink += (double)bounds[0];
  }
  return n_blocks * BLOCK_SIZE;
}

static size_t bounds_rows(size_t n) {
  float out[VSS_GROUP_ROWS];
  size_t group_bytes = (size_t)VSS_GROUP_ROWS * DIM;
  for (size_t g = 0; g < n / group_bytes; g++) {
    const int8_t *rows[VSS_GROUP_ROWS];
    for (int r = 0; r < VSS_GROUP_ROWS; r++)
      rows[r] = bytes + g * group_bytes + (size_t)r * VSS_LINE_BYTES;
    vss_bounds_rows_i8(&query, rows, margins, margins + VSS_GROUP_ROWS, out);
    sink += (double)out[0];
  }
  return n / group_bytes * group_bytes;
}

/* The high nibbles of so many codes: any bytes are some. */
static size_t bounds_highs(size_t n) {
  const VssQueryHighs *queries = &query_highs;
  float bounds[VSS_BLOCK_ROWS], *out = bounds;
  size_t n_blocks = n / BLOCK_SIZE;
  for (size_t b = 0; b < n_blocks; b++) {
    vss_bounds_block_u4(&queries, 1, (const uint8_t *)bytes + b * BLOCK_SIZE / 2,
                        margins + b * 2 * VSS_BLOCK_ROWS, UINT64_MAX, &out);
    sink += (double)bounds[0];
  }
  return n_blocks * BLOCK_SIZE;
}

/* All of them the same query, which the kernels do not know. */
static size_t many_queries(size_t n, int by_highs) {
  const VssQueryCodes *codes[QUERIES];
  const VssQueryHighs *highs[QUERIES];
  static float bounds[QUERIES][VSS_BLOCK_ROWS];
  float *out[QUERIES];
  for (int q = 0; q < QUERIES; q++) {
    codes[q] = &query;
    highs[q] = &query_highs;
    out[q] = bounds[q];
  }
  size_t n_blocks = n / BLOCK_SIZE;
  for (size_t b = 0; b < n_blocks; b++) {
    const float *margin = margins + b * 2 * VSS_BLOCK_ROWS;
    const int8_t *block = bytes + b * BLOCK_SIZE / (by_highs ? 2 : 1);
    if (by_highs)
      vss_bounds_block_u4(highs, QUERIES, (const uint8_t *)block, margin, UINT64_MAX, out);
    else
      vss_bounds_block_i8(codes, QUERIES, block, margin, UINT64_MAX, out);
    sink += (double)bounds[0][0];
  }
  return n_blocks * BLOCK_SIZE * QUERIES;
}

static size_t many_by_codes(size_t n) {
  return many_queries(n, 0);
}

static size_t many_by_highs(size_t n) {
  return many_queries(n, 1);
}

static size_t next_at_most(size_t n) {
  const float *values = margins;
  size_t count = BLOCKS * 2 * VSS_BLOCK_ROWS, done = 0;
  for (; done < n; done += count * sizeof *values)
    sink += vss_next_at_most_f32(values, 0, (uint32_t)count, -1.0f);
  return done;
}

/* Words of 64 values of the given size. */
static size_t words(size_t n, size_t value_bytes) {
  return n / (64 * value_bytes);
}

static size_t range_i64(size_t n) {
  const int64_t *values = (const int64_t *)(void *)bytes;
  for (size_t w = 0; w < words(n, 8); w++)
    sink += (double)vss_range_i64(values + 64 * w, -1000, 1000);
  return words(n, 8) * 512;
}

static size_t range_f64(size_t n) {
  const double *values = (const double *)(void *)bytes;
  for (size_t w = 0; w < words(n, 8); w++)
    sink += (double)vss_range_f64(values + 64 * w, -1000, 1000);
  return words(n, 8) * 512;
}

static size_t equal_u32(size_t n) {
  const uint32_t *values = (const uint32_t *)(void *)bytes;
  for (size_t w = 0; w < words(n, 4); w++)
    sink += (double)vss_equal_u32(values + 64 * w, 7);
  return words(n, 4) * 256;
}

static size_t l2sq(size_t n) {
  for (size_t i = 0; i < n / sizeof floats[0]; i++)
    sink += vss_l2sq_f64(floats[0], floats[i & 3], DIM);
  return n / sizeof floats[0] * sizeof floats[0];
}

static size_t encode(size_t n) {
  VssEncodeSums sums;
  int8_t codes[DIM];
  for (size_t i = 0; i < n / sizeof floats[0]; i++) {
    vss_encode_f64(floats[0], 1.0, floats[1], floats[2], floats[3], DIM, codes, &sums);
    sink += sums.residual_sq;
  }
  return n / sizeof floats[0] * sizeof floats[0];
}

EXPORT double run(int kernel, double n_bytes) {
  static size_t (*const kernels[])(size_t) = {
      stream,       bounds_block, bounds_rows, bounds_highs, many_by_codes, many_by_highs,
      next_at_most, range_i64,    range_f64,   equal_u32,    l2sq,          encode};
  return (double)kernels[kernel]((size_t)n_bytes);
}

/* Select `bits` of every 64 rows, at random. */
EXPORT void select_rows(int bits) {
  for (uint32_t b = 0; b < BLOCKS; b++) {
    uint64_t word = 0;
    while (__builtin_popcountll(word) < bits)
      word |= UINT64_C(1) << (rand() & 63);
    filter.words[b] = word;
  }
}

/* Bound the selected rows by one path (VssScanPath); returns how many. */
EXPORT int scan(int path) {
  VssCandidates found = {0};
  vss_index_force_scan((VssScanPath)path);
  VssScanRequest request = {
      .queries = floats[0], .n_queries = 1, .max_key = INFINITY, .filter = &filter};
  int rc = vss_index_scan(table, &request, &found);
  int count = rc == VSS_OK ? (int)found.count : -1;
  vss_candidates_free(&found);
  return count;
}
