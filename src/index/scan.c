/*
** One pass over the codes: a lower bound of every selected row, in slot order.
**
**   present & filter, one word per block
**     0                  the block is skipped without being touched
**     many bits          dense: the whole block is computed, and the bits choose among its bounds
**     few bits           sparse: the rows are listed, and a full list is computed in fours
**
** The rows of a list are far apart, so each of their lines misses every cache. Two lists take
** turns: the lines of the full one are touched back to back, so that the processor overlaps the
** misses, and meanwhile the list touched before is computed.
**
**   blocks        b0 (dense)   b1 (2 rows)   b2 (1 row)   b3 (dense)
**   candidates    64 of b0     2 of b1       1 of b2      64 of b3
**
** The lists are computed before a dense block is, so that the candidates are in slot order.
*/
#include "index/layout.h"

#include <math.h>
#include <string.h>

/*
** A word with at least this many bits is computed dense. Measured, dense is cheaper from 13 bits on
** a Zen 4 (a line costs 2.5 ns in a stream and 11 to 13 alone), and from 40 on a Xeon whose memory
** is slow (docs/benchmarks.md, Kernels). With 16, the sparse path costs a Zen 4 at most an eighth
** more than a full scan.
*/
#define DENSE_MIN_BITS 16
/*
** Rows of a list: enough misses to overlap, and few enough lines to stay in the first cache until
** they are computed.
*/
#define BATCH_ROWS 32
/* `stop` is asked after this many bytes of codes, which take about 1 ms. */
#define STOP_BYTES (8u << 20)

/* A switch of the tests, not of a table: vss_index_force_scan() says what it is for. */
static VssScanPath forced_path = VSS_SCAN_AUTO;

void vss_index_force_scan(VssScanPath path) {
  forced_path = path;
}

VssScanPath vss_index_scan_path(void) {
  return forced_path;
}

/*
** Whether the rows of a block, of which n_rows are selected, are listed instead of computing the
** whole block.
*/
static int row_by_row(uint32_t n_rows) {
  if (forced_path == VSS_SCAN_DENSE) return 0;
  return forced_path == VSS_SCAN_SPARSE || n_rows < DENSE_MIN_BITS;
}

/* A list of single rows that have the same codebook. */
typedef struct Batch {
  const VssQueryBound *prepared; /* the query for that codebook */
  uint32_t n;
  uint32_t slots[BATCH_ROWS];
} Batch;

/* The pass of one query. A request with several queries has one of these for each. */
typedef struct Scan {
  const VssIndex *index;
  const VssScanRequest *request;
  const float *query;      /* this scan's among those of the request */
  uint64_t stop_bytes;     /* bytes of codes since `stop` was last asked */
  VssQueryBound *prepared; /* by codebook id; e is NULL until a block with this codebook is met */
  Batch batches[2];
  int filling; /* the list that rows are added to; the other one is touched and waits */
  VssCandidates found;
  uint32_t next_slot; /* the slot behind the last candidate's, which would continue its run */
} Scan;

void vss_candidates_free(VssCandidates *candidates) {
  vss_free(candidates->bounds);
  vss_free(candidates->runs);
  memset(candidates, 0, sizeof *candidates);
}

uint32_t vss_candidates_slot(const VssCandidates *candidates, uint32_t position) {
  /* The last run that starts at or before the position; the first one starts at 0. */
  uint32_t low = 0, high = candidates->n_runs;
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (candidates->runs[middle].position <= position)
      low = middle;
    else
      high = middle;
  }
  return candidates->runs[low].slot + (position - candidates->runs[low].position);
}

/* Room for `wanted` elements in one of the arrays of candidates: half as much again. */
static int grow(void **array, uint32_t *capacity, uint64_t wanted, size_t element_bytes) {
  if (wanted <= *capacity) return VSS_OK;
  if (wanted > UINT32_MAX) return VSS_NOMEM;
  uint64_t n = wanted + *capacity / 2;
  if (n > UINT32_MAX) n = UINT32_MAX;
  void *grown = vss_realloc(*array, n * element_bytes);
  if (!grown) return VSS_NOMEM;
  *array = grown;
  *capacity = (uint32_t)n;
  return VSS_OK;
}

/* Make room for `more` candidates, each of which may be a run of its own. */
static int reserve(VssCandidates *found, uint32_t more) {
  void *bounds = found->bounds, *runs = found->runs;
  int rc = grow(&bounds, &found->capacity, (uint64_t)found->count + more, sizeof *found->bounds);
  found->bounds = bounds;
  if (rc == VSS_OK)
    rc = grow(&runs, &found->capacity_runs, (uint64_t)found->n_runs + more, sizeof *found->runs);
  found->runs = runs;
  return rc;
}

/* The next position is this slot's. There is room for a run. */
static inline void place_slot(Scan *scan, uint32_t slot) {
  VssCandidates *found = &scan->found;
  if (slot == scan->next_slot && found->n_runs) return;
  found->runs[found->n_runs++] = (VssRun){found->count, slot};
}

/* Add a candidate, unless its bound is too great. There is room for it. */
static inline void keep(Scan *scan, uint32_t slot, float bound) {
  if (bound > scan->request->max_key) return;
  place_slot(scan, slot);
  scan->found.bounds[scan->found.count++] = bound;
  scan->next_slot = slot + 1;
}

/*
** Add the rows of `word`, a block's. Their bounds stand by lane behind the last candidate, where
** the kernel wrote them, and move up to close the gaps. There is room for a whole block.
*/
static void keep_word(Scan *scan, uint32_t block, uint64_t word) {
  const float *bounds = scan->found.bounds + scan->found.count;
  if (word == UINT64_MAX && scan->request->max_key == INFINITY) {
    /* The common case, without a test or a branch per row. */
    place_slot(scan, block * VSS_BLOCK_ROWS);
    scan->found.count += VSS_BLOCK_ROWS;
    scan->next_slot = (block + 1) * VSS_BLOCK_ROWS;
    return;
  }
  for (uint64_t bits = word; bits; bits &= bits - 1) {
    uint32_t lane = vss_lowest_lane(bits);
    keep(scan, block * VSS_BLOCK_ROWS + lane, bounds[lane]);
  }
}

/*
** Read one byte of every line of the rows, so that the lines are on their way when compute() wants
** them.
*/
static void touch(const VssIndex *index, const Batch *batch) {
  for (uint32_t i = 0; i < batch->n; i++) {
    const VssBlock *block = &index->blocks[vss_slot_block(batch->slots[i])];
    uint32_t lane = vss_slot_lane(batch->slots[i]);
    const volatile int8_t *line = vss_block_row(index, block, lane);
    for (int j = 0; j < index->padded_dim; j += VSS_LINE_BYTES, line += VSS_LINE_STRIDE_BYTES)
      (void)*line;
    (void)*(const volatile float *)vss_block_rho(block, lane);
  }
}

/* Bounds of the listed rows, four at a time, into the candidates. The list is empty afterwards. */
static int compute(Scan *scan, Batch *batch) {
  const VssIndex *index = scan->index;
  int rc = reserve(&scan->found, BATCH_ROWS);
  if (rc != VSS_OK) return rc;
  for (uint32_t i = 0; i < batch->n; i += VSS_GROUP_ROWS) {
    const int8_t *rows[VSS_GROUP_ROWS];
    float rho[VSS_GROUP_ROWS], base[VSS_GROUP_ROWS], bounds[VSS_GROUP_ROWS];
    uint32_t n = batch->n - i < VSS_GROUP_ROWS ? batch->n - i : VSS_GROUP_ROWS;
    for (uint32_t r = 0; r < VSS_GROUP_ROWS; r++) {
      /*
      ** A group of fewer than four rows is filled up with its first row, whose extra bounds are not
      ** kept.
      */
      uint32_t slot = batch->slots[r < n ? i + r : i];
      const VssBlock *block = &index->blocks[vss_slot_block(slot)];
      uint32_t lane = vss_slot_lane(slot);
      rows[r] = vss_block_row(index, block, lane);
      rho[r] = *vss_block_rho(block, lane);
      base[r] = *vss_block_base(block, lane);
    }
    vss_bounds_rows_i8(&batch->prepared->codes, rows, rho, base, bounds);
    for (uint32_t r = 0; r < n; r++)
      keep(scan, batch->slots[i + r], bounds[r]);
  }
  batch->n = 0;
  return VSS_OK;
}

/*
** The list being filled is complete: start its misses, and compute the list before it in the
** meantime.
*/
static int turn_batch(Scan *scan) {
  Batch *full = &scan->batches[scan->filling];
  scan->filling ^= 1;
  touch(scan->index, full);
  return compute(scan, &scan->batches[scan->filling]);
}

/* Compute all rows that are listed, so that the next candidates come after them. */
static int flush(Scan *scan) {
  int rc = VSS_OK;
  if (scan->batches[scan->filling].n) rc = turn_batch(scan);
  if (rc == VSS_OK) rc = compute(scan, &scan->batches[scan->filling ^ 1]);
  return rc;
}

/*
** List the rows of `word`. The rows of one list have one codebook: the kernel takes one query for
** four rows.
*/
static int list_word(Scan *scan, uint32_t block, uint64_t word, const VssQueryBound *prepared) {
  for (uint64_t bits = word; bits; bits &= bits - 1) {
    Batch *batch = &scan->batches[scan->filling];
    if (batch->n == BATCH_ROWS || (batch->n && batch->prepared != prepared)) {
      int rc = turn_batch(scan);
      if (rc != VSS_OK) return rc;
      batch = &scan->batches[scan->filling];
    }
    batch->prepared = prepared;
    batch->slots[batch->n++] = block * VSS_BLOCK_ROWS + vss_lowest_lane(bits);
  }
  return VSS_OK;
}

/*
** The query for a codebook, made when the first block with that codebook is met: most queries meet
** one or two.
*/
static int prepare(Scan *scan, const VssSharedCodebook *codebook,
                   const VssQueryBound **out_prepared) {
  VssQueryBound *prepared = &scan->prepared[codebook->id];
  if (!prepared->e) {
    int rc = vss_quantize_query(scan->index->metric, scan->index->dim, &codebook->values,
                                codebook->greatest_length_sq, scan->query, VSS_SLACK, prepared);
    if (rc != VSS_OK) return rc;
  }
  *out_prepared = prepared;
  return VSS_OK;
}

/*
** One block for one query. Rows without a codebook, and all rows of a query that cannot be bounded,
** get -Inf.
*/
static int scan_block(Scan *scan, uint32_t number, uint64_t word) {
  const VssIndex *index = scan->index;
  const VssBlock *block = &index->blocks[number];
  const VssQueryBound *prepared = NULL;
  int rc;
  if (block->codebook && forced_path != VSS_SCAN_FLOATS) {
    rc = prepare(scan, block->codebook, &prepared);
    if (rc != VSS_OK) return rc;
  }
  uint32_t n_rows = vss_count_lanes(word);
  if (prepared && prepared->usable && row_by_row(n_rows)) {
    /* A line that is read alone takes as long as four lines of a stream. */
    scan->stop_bytes += (uint64_t)n_rows * (uint64_t)index->padded_dim * 4;
    return list_word(scan, number, word, prepared);
  }
  rc = flush(scan);
  if (rc != VSS_OK) return rc;
  rc = reserve(&scan->found, VSS_BLOCK_ROWS);
  if (rc != VSS_OK) return rc;
  float *bounds = scan->found.bounds + scan->found.count;
  if (!prepared || !prepared->usable) {
    for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane++)
      bounds[lane] = -INFINITY;
    /* Nothing is computed, but writing a candidate takes about as long as one line. */
    scan->stop_bytes += (uint64_t)n_rows * VSS_LINE_BYTES;
  } else {
    vss_bounds_block_i8(&prepared->codes, block->codes, block->margins, word, bounds);
    scan->stop_bytes += (uint64_t)VSS_BLOCK_ROWS * (uint64_t)index->padded_dim;
  }
  keep_word(scan, number, word);
  return VSS_OK;
}

/*
** Each block meets every query before the next block is read: from the second query on it comes out
** of a cache. The bytes of all queries count towards the millisecond after which `stop` is asked.
*/
static int scan_blocks(Scan *scans, const VssScanRequest *request) {
  const VssIndex *index = scans->index;
  const VssBitmap *filter = request->filter;
  uint32_t n_scans = request->n_queries;
  uint32_t n_blocks = index->n_blocks;
  if (filter && filter->n_words < n_blocks) n_blocks = filter->n_words;
  for (uint32_t b = 0; b < n_blocks; b++) {
    uint64_t word = index->present.words[b];
    if (filter) word &= filter->words[b];
    if (!word) continue;
    uint64_t stop_bytes = 0;
    for (uint32_t i = 0; i < n_scans; i++) {
      int rc = scan_block(&scans[i], b, word);
      if (rc != VSS_OK) return rc;
      stop_bytes += scans[i].stop_bytes;
    }
    if (stop_bytes < STOP_BYTES) continue;
    for (uint32_t i = 0; i < n_scans; i++)
      scans[i].stop_bytes = 0;
    if (vss_stop_asked(request->stop)) return VSS_STOP;
  }
  int rc = VSS_OK;
  for (uint32_t i = 0; i < n_scans && rc == VSS_OK; i++)
    rc = flush(&scans[i]);
  return rc;
}

/* How many rows pass, so that the candidates are allocated once, at their size. */
static uint64_t count_rows(const VssIndex *index, const VssBitmap *filter) {
  if (!filter) return index->n_present;
  uint64_t count = 0;
  for (uint32_t b = 0; b < index->n_blocks && b < filter->n_words; b++)
    count += vss_count_lanes(index->present.words[b] & filter->words[b]);
  return count;
}

/* With a limit for keys few rows are kept, as a rule, and so the candidates grow as they come. */
static int begin(Scan *scan) {
  scan->prepared = vss_calloc(scan->index->n_codebooks, sizeof *scan->prepared);
  if (!scan->prepared) return VSS_NOMEM;
  if (scan->request->max_key < INFINITY) return VSS_OK;
  VssCandidates *found = &scan->found;
  uint64_t n_rows = count_rows(scan->index, scan->request->filter) + VSS_BLOCK_ROWS;
  void *bounds = NULL;
  int rc = grow(&bounds, &found->capacity, n_rows, sizeof *found->bounds);
  found->bounds = bounds;
  return rc;
}

static void end(Scan *scan) {
  for (uint32_t id = 0; scan->prepared && id < scan->index->n_codebooks; id++)
    vss_query_bound_free(&scan->prepared[id]);
  vss_free(scan->prepared);
  vss_candidates_free(&scan->found);
}

int vss_index_scan(const VssIndex *index, const VssScanRequest *request,
                   VssCandidates *out_candidates) {
  uint32_t n_queries = request->n_queries;
  Scan *scans = vss_calloc(n_queries, sizeof *scans);
  if (!scans) return VSS_NOMEM;
  int rc = VSS_OK;
  for (uint32_t i = 0; i < n_queries; i++) {
    scans[i].index = index;
    scans[i].request = request;
    scans[i].query = request->queries + (size_t)i * (size_t)index->dim;
    if (rc == VSS_OK) rc = begin(&scans[i]);
  }
  if (rc == VSS_OK) rc = scan_blocks(scans, request);
  for (uint32_t i = 0; i < n_queries; i++) {
    if (rc == VSS_OK) {
      out_candidates[i] = scans[i].found;
      memset(&scans[i].found, 0, sizeof scans[i].found);
    }
    end(&scans[i]);
  }
  vss_free(scans);
  return rc;
}
