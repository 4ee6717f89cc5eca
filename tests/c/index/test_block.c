/*
** index/block.c: the memory of segments while blocks come and go. Rows keep their codes when blocks
** move, a segment has memory for less than four times its blocks, and nothing leaks.
**
**   test_block [seed]
*/
#include "check.h"
#include "index/index.h"

#include <math.h>

/* 94 blocks: a whole segment, and a part of one. */
enum { DIM = 70, N = 6000, BLOCKS = (N + VSS_BLOCK_ROWS - 1) / VSS_BLOCK_ROWS };
/* Codes, high nibbles and margins of a block: 70 components are padded to 128. */
#define BLOCK_BYTES (96u * 128 + 1024)

static float rows[N][DIM];
static uint64_t state;

static uint32_t below(uint32_t n) {
  return (uint32_t)(check_random(&state) % n);
}

static int fetch(void *context, uint32_t slot, float *out_vector) {
  (void)context;
  memcpy(out_vector, rows[slot], sizeof rows[slot]);
  return VSS_OK;
}

/* An allocator that fails while it is told to, and counts what was not freed. */
static int is_failing;
static int64_t n_allocated;
static void *counting_realloc(void *ptr, uint64_t size_bytes) {
  if (is_failing) return NULL;
  if (!ptr) n_allocated++;
  return realloc(ptr, (size_t)size_bytes);
}
static void counting_free(void *ptr) {
  if (ptr) n_allocated--;
  free(ptr);
}

static VssIndex *make(void) {
  VssIndex *index;
  CHECK(vss_index_create(VSS_METRIC_L2, DIM, &index) == VSS_OK);
  for (uint32_t i = 0; i < N; i++) {
    CHECK(vss_index_put(index, i, rows[i]) == VSS_OK);
    if (vss_index_wants_tuning(index)) CHECK(vss_index_tune(index, fetch, NULL) == VSS_OK);
  }
  return index;
}

/* Every present row has its codes, although blocks have moved since they were written. */
static void check_rows(const VssIndex *index) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < N; i++) {
    if (!vss_index_has(index, i)) continue;
    CHECK(vss_index_matches(index, i, rows[i]));
    n++;
  }
  VssScanRequest request = {.queries = rows[1], .n_queries = 1, .max_key = INFINITY};
  VssCandidates found = {0};
  CHECK(vss_index_scan(index, &request, &found) == VSS_OK && found.count == n);
  for (uint32_t i = 0; i < found.count; i++) {
    uint32_t slot = vss_candidates_slot(&found, i);
    CHECK(vss_index_has(index, slot) && (i == 0 || slot > vss_candidates_slot(&found, i - 1)));
    double distance = vss_metric_distance(VSS_METRIC_L2, rows[1], rows[slot], DIM);
    CHECK(found.bounds[i] > -INFINITY && found.bounds[i] <= vss_metric_round(distance));
  }
  vss_candidates_free(&found);
}

/* A few rows of a segment keep a few blocks in memory, and the last one keeps one block. */
static void check_shrinking(void) {
  VssIndex *index = make();
  uint64_t full = vss_index_memory(index);
  for (uint32_t i = 0; i < N; i++)
    if (i != 7 && i != 2000 && i != 3000 && i != 4095) vss_index_remove(index, i);
  check_rows(index);
  CHECK(vss_index_memory(index) + (BLOCKS - 4 * 4 + 1) * BLOCK_BYTES <= full + 4096);
  vss_index_remove(index, 3000);
  vss_index_remove(index, 2000);
  vss_index_remove(index, 7);
  check_rows(index);
  CHECK(vss_index_memory(index) + (BLOCKS - 3) * BLOCK_BYTES <= full + 4096);
  vss_index_remove(index, 4095);
  CHECK(vss_index_memory(index) + BLOCKS * BLOCK_BYTES <= full + 4096);
  vss_index_free(index);
}

/* Random blocks come and go; at times there is no memory to make a room smaller. */
static void check_random_blocks(void) {
  VssIndex *index = make();
  for (int step = 0; step < 400; step++) {
    uint32_t from = below(BLOCKS) * VSS_BLOCK_ROWS;
    uint32_t end = from + (1 + below(20)) * VSS_BLOCK_ROWS;
    int is_removing = below(3) > 0;
    is_failing = is_removing && below(2);
    for (uint32_t i = from; i < end && i < N; i++)
      if (is_removing)
        vss_index_remove(index, i);
      else if (i % 8 == 0)
        CHECK(vss_index_put(index, i, rows[i]) == VSS_OK);
    is_failing = 0;
    if (step % 20 == 0) check_rows(index);
  }
  check_rows(index);
  vss_index_free(index);
}

int main(int argc, char **argv) {
  static const VssAllocator counting = {counting_realloc, counting_free};
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  vss_base_set_allocator(&counting);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < DIM; j++)
      rows[i][j] = (float)((double)(check_random(&state) >> 11) * 0x1p-53 * 2 - 1);
  check_shrinking();
  check_random_blocks();
  CHECK(n_allocated == 0);
  return check_summary();
}
