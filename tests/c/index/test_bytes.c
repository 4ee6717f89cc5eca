/*
** index/bytes.c: stored blocks have the form that docs/format.md draws, whichever rows are present,
** and loading them gives the rows back. What damage does is test_index.c's.
**
**   test_bytes [seed]
*/
#include "check.h"
#include "base/crc32.h"
#include "index/index.h"

#include <math.h>

enum { MAX_DIM = 200, HEADER_BYTES = 24, ROWS = 64 };

static uint64_t state;
static float rows[ROWS][MAX_DIM];

static uint32_t below(uint32_t n) {
  return (uint32_t)(check_random(&state) % n);
}

static void put_u32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++)
    at[i] = (uint8_t)(value >> (8 * i));
}

/* An index with codebook 0: centre 0 and step 1, so that whole numbers are their own codes. */
static VssIndex *make(int dim) {
  static uint8_t bytes[HEADER_BYTES + 8 * MAX_DIM + 4];
  static VssCrc32 crc;
  VssIndex *index;
  vss_crc32_init(&crc);
  memset(bytes, 0, sizeof bytes);
  bytes[0] = 1;
  bytes[1] = 'c';
  put_u32(bytes + 4, (uint32_t)dim);
  put_u32(bytes + 12, 5000); /* trained on so many rows, it is not trained again */
  for (int j = 0; j < dim; j++) {
    const float one = 1;
    memcpy(bytes + HEADER_BYTES + 4 * (dim + j), &one, 4);
  }
  uint64_t size = HEADER_BYTES + 8 * (uint64_t)dim;
  put_u32(bytes + size, vss_crc32_of(&crc, bytes, size));
  CHECK(vss_index_create(VSS_METRIC_L2, dim, &index) == VSS_OK);
  CHECK(vss_index_load_codebook(index, 0, bytes, size + 4) == VSS_OK);
  return index;
}

/* Which rows: none but one, few, most, or all. */
static uint64_t draw_word(void) {
  uint64_t word = check_random(&state);
  switch (below(5)) {
    case 0: return UINT64_C(1) << below(64);
    case 1: return UINT64_MAX;
    case 2: return word & check_random(&state) & check_random(&state);
    case 3: return word | check_random(&state) | check_random(&state);
    default: return word;
  }
}

/* Where the bytes say something else than the rows: the first place, or -1. */
static int64_t first_difference(const uint8_t *bytes, uint64_t word, int dim) {
  const uint8_t *at = bytes + HEADER_BYTES;
  for (int first = 0; first < ROWS; first += 4) {
    if (!(word >> first & 15)) continue;
    for (int r = 0; r < 4; r++) {
      float rho, base;
      memcpy(&rho, at + 4 * r, 4);
      memcpy(&base, at + 16 + 4 * r, 4);
      double length_sq = 0;
      for (int j = 0; j < dim; j++)
        length_sq += (double)rows[first + r][j] * (double)rows[first + r][j];
      if (!(word >> (first + r) & 1) && (rho != 0 || base != 0)) return at - bytes;
      if ((word >> (first + r) & 1) && (rho < 0 || rho > 1)) return at - bytes;
      /* Rounded down, so that what follows from it is a lower bound. */
      if ((word >> (first + r) & 1) && fabs((double)base - length_sq) > 1e-3 * length_sq + 1e-3)
        return at - bytes;
    }
    at += 32;
  }
  for (int first = 0; first < ROWS; first += 4) {
    if (!(word >> first & 15)) continue;
    for (int from = 0; from < dim; from += 64)
      for (int r = 0; r < 4; r++)
        for (int j = from; j < from + 64 && j < dim; j++, at++) {
          int wanted = word >> (first + r) & 1 ? (int)rows[first + r][j] : 0;
          if ((int8_t)*at != wanted) return at - bytes;
        }
  }
  return -1;
}

/* Every bound of a search is the same in both. */
static void check_same_bounds(const VssIndex *a, const VssIndex *b, const float *query) {
  VssScanRequest request = {.queries = query, .n_queries = 1, .max_key = INFINITY, .n_nearest = 3};
  static const VssScanPath paths[] = {VSS_SCAN_DENSE, VSS_SCAN_COARSE};
  for (int p = 0; p < 2; p++) {
    VssCandidates of_a = {0}, of_b = {0};
    vss_index_force_scan(paths[p]);
    CHECK(vss_index_scan(a, &request, &of_a) == VSS_OK);
    CHECK(vss_index_scan(b, &request, &of_b) == VSS_OK);
    vss_index_force_scan(VSS_SCAN_AUTO);
    CHECK(of_a.count == of_b.count &&
          memcmp(of_a.bounds, of_b.bounds, of_a.count * sizeof *of_a.bounds) == 0);
    vss_candidates_free(&of_a);
    vss_candidates_free(&of_b);
  }
}

static void check_form(int dim, uint64_t word) {
  VssIndex *index = make(dim), *loaded = make(dim);
  VssBuffer block = {0}, again = {0};
  for (uint32_t i = 0; i < ROWS; i++) {
    for (int j = 0; j < dim; j++)
      rows[i][j] = (float)((int)below(255) - 127);
    CHECK(vss_index_put(index, i, rows[i]) == VSS_OK);
    /* What was in the block before has to be gone after loading. */
    if (below(2)) CHECK(vss_index_put(loaded, i, rows[below(i + 1)]) == VSS_OK);
  }
  for (uint32_t i = 0; i < ROWS; i++)
    if (!(word >> i & 1)) vss_index_remove(index, i);
  CHECK(vss_index_save_block(index, 0, &block) == VSS_OK);
  uint64_t n_rows = 0;
  for (int first = 0; first < ROWS; first += 4)
    if (word >> first & 15) n_rows += 4;
  if (word && CHECK(block.size_bytes == HEADER_BYTES + n_rows * (8 + (uint64_t)dim) + 4)) {
    int64_t at = first_difference(block.data, word, dim);
    if (!CHECK(at < 0)) fprintf(stderr, "  dimension %d, byte %lld\n", dim, (long long)at);
  }
  CHECK(vss_index_load_block(loaded, 0, block.data, block.size_bytes) == VSS_OK);
  for (uint32_t i = 0; i < ROWS; i++)
    CHECK(vss_index_has(loaded, i) == (int)(word >> i & 1) &&
          vss_index_matches(loaded, i, rows[i]) == (int)(word >> i & 1));
  CHECK(vss_index_save_block(loaded, 0, &again) == VSS_OK);
  CHECK(again.size_bytes == block.size_bytes &&
        (!word || memcmp(again.data, block.data, (size_t)block.size_bytes) == 0));
  check_same_bounds(index, loaded, rows[below(ROWS)]);
  vss_buffer_free(&block);
  vss_buffer_free(&again);
  vss_index_free(index);
  vss_index_free(loaded);
}

/* Memory that is made for expected blocks goes again where they did not follow. */
static void check_expected(void) {
  enum { DIM = 64, BLOCKS = 150, BLOCK_BYTES = 64 * 96 + 1024 };
  VssIndex *index = make(DIM), *one = make(DIM);
  VssBuffer block = {0};
  for (int j = 0; j < DIM; j++)
    rows[0][j] = (float)j;
  CHECK(vss_index_put(one, 0, rows[0]) == VSS_OK);
  CHECK(vss_index_save_block(one, 0, &block) == VSS_OK);
  uint64_t empty = vss_index_memory(index);
  vss_index_expect(index, BLOCKS);
  CHECK(vss_index_memory(index) == empty);
  CHECK(vss_index_load_block(index, 70, block.data, block.size_bytes) == VSS_OK);
  uint64_t while_loading = vss_index_memory(index);
  CHECK(while_loading >= empty + 64 * BLOCK_BYTES);
  for (uint32_t b = 65; b < 70; b++)
    CHECK(vss_index_load_block(index, b, block.data, block.size_bytes) == VSS_OK);
  CHECK(vss_index_memory(index) == while_loading);
  /* Blocks that go while others are expected leave their room; then, it is for six and for one. */
  CHECK(vss_index_load_block(index, 140, block.data, block.size_bytes) == VSS_OK);
  CHECK(vss_index_load_block(index, 70, NULL, 0) == VSS_OK);
  vss_index_expect(index, 0);
  CHECK(vss_index_memory(index) < while_loading - 40 * BLOCK_BYTES);
  CHECK(vss_index_count(index) == 6 && vss_index_matches(index, 69 * 64, rows[0]) &&
        vss_index_matches(index, 140 * 64, rows[0]));
  /* A room that was made whole still grows and shrinks as any other. */
  for (uint32_t b = 64; b < 128; b++)
    CHECK(vss_index_load_block(index, b, block.data, block.size_bytes) == VSS_OK);
  for (uint32_t b = 64; b < 128; b++)
    CHECK(vss_index_matches(index, b * 64, rows[0]));
  vss_buffer_free(&block);
  vss_index_free(index);
  vss_index_free(one);
}

int main(int argc, char **argv) {
  static const int dims[] = {1, 3, 63, 64, 65, 127, 128, 130, 192, 200};
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
    check_form(dims[d], 0);
    for (int round = 0; round < 12; round++)
      check_form(dims[d], draw_word());
  }
  check_expected();
  return check_summary();
}
