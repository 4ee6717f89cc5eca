/*
** One pass over the codes: a lower bound of every selected row, in slot order.
**
**   present & filter, one word per block
**     0                  the block is skipped without being touched
**     many bits          dense: the whole block is computed, and the bits choose among its bounds
**     few bits           sparse: the rows are listed, and a full list is computed in fours
**
** Both begin with the high nibbles alone, where coarse bounds will do.
**
** Two lists take turns, as index/gather.c has it.
**
**   blocks        b0 (dense)   b1 (2 rows)   b2 (1 row)   b3 (dense)
**   candidates    64 of b0     2 of b1       1 of b2      64 of b3
**
** The lists are computed before a dense block is, so that the candidates are in slot order.
*/
#include "index/layout.h"
#include "kernel/bits.h"

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
** Whether a scan starts with the high nibbles: where the codes do not fit the caches, so that
** reading half as much gains something, and where so few of the rows are wanted that most can be
** excluded. Single rows miss half as many lines, which gains something as soon as they are not in
** a cache, whatever the kernel costs. Wider vectors have too coarse a query, whose sums have to fit
** 32 bits.
*/
#define COARSE_MIN_BYTES         (16u << 20)
#define RELAXED_COARSE_MIN_BYTES (4u << 20)
#define ROWS_COARSE_MIN_BYTES    (6u << 20)
#define COARSE_MAX_SHARE         (1.0 / 256)
#define COARSE_MAX_DIM           4096
/*
** So many queries share one reading of the codes that halving it gains nothing. With relaxed SIMD
** the high nibbles are also faster to compute, with baseline SIMD they are not.
*/
#define COARSE_MAX_QUERIES 8
/*
** A scan that started so looks back after this share of the rows. When too many of them could be
** among the nearest, it goes on with the codes: making so many bounds tight would cost more than
** reading half as much gains. A bound that is made tight costs some misses whatever the dimension
** is, and so the share may be larger in wider rows (docs/performance.md).
*/
#define SAMPLE_SHARE      (1.0 / 32)
#define LEAST_SAMPLE      1024 /* a sample of few rows says little: then it is up to an eighth */
#define MOST_LEFT_PER_DIM (1.0 / 16384)
/*
** Making high nibbles costs ten times what one scan gains from them, and whoever opens a table
** often asks it one question. So no scan makes those of more than one block in so many: then it
** takes less than twice as long, and after as many scans all are there.
*/
#define MAKEABLE_PART 16
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
  switch (forced_path) {
    case VSS_SCAN_DENSE:
    case VSS_SCAN_COARSE:
    case VSS_SCAN_ADAPTIVE: return 0;
    case VSS_SCAN_SPARSE:
    case VSS_SCAN_COARSE_ROWS:
    case VSS_SCAN_ADAPTIVE_ROWS: return 1;
    default: return n_rows < DENSE_MIN_BITS;
  }
}

/* How the rows of the block at hand are bounded for one query. */
typedef enum Way {
  LISTED,    /* row by row, later */
  UNBOUNDED, /* they all get -Inf */
  COMPUTED,  /* at once: the distances of bits, which no other query shares a load for */
  BY_CODES,
  BY_HIGHS
} Way;

/* The pass of one query. A request with several queries has one of these for each. */
typedef struct Scan {
  const VssIndex *index;
  const VssScanRequest *request;
  const float *query;  /* this scan's among those of the request */
  uint64_t stop_bytes; /* bytes of codes since `stop` was last asked */
  VssBatch batches[2];
  int filling;   /* the list that rows are added to; the other one is touched and waits */
  uint8_t *bits; /* of an index of bits: the query as one of its rows; else NULL */
  VssCandidates found;
  uint32_t next_slot;  /* the slot behind the last candidate's, which would continue its run */
  uint64_t n_rows;     /* rows that pass the filter, in all */
  uint64_t n_seen;     /* rows that have got a bound */
  uint64_t n_by_highs; /* those of them whose bound was coarse */
  uint64_t sample;     /* how many of the latter there are when a coarse scan looks back */
  int is_coarse;       /* rows are bounded by their high nibbles */
  Way way;
  const VssQueryBound *prepared; /* the query for the codebook of that block; NULL: there is none */
} Scan;

/*
** The pass of all queries of a request. The four arrays are what the kernels are called with for
** the block at hand. They have room for n_scans elements and lie in one allocation, which `codes`
** owns.
*/
typedef struct Pass {
  Scan *scans;
  uint32_t n_scans;
  uint32_t n_codes;            /* queries that want the block by its codes */
  uint32_t n_highs;            /* queries that want it by its high nibbles */
  int is_wanting;              /* a query would have had it by its high nibbles */
  uint32_t n_makeable;         /* blocks whose high nibbles this pass may still make */
  const VssQueryCodes **codes; /* the former */
  float **out_codes;           /* where their bounds go */
  const VssQueryHighs **highs; /* the latter */
  float **out_highs;
} Pass;

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

/* Bounds of the listed rows into the candidates. The list is empty afterwards. */
static int compute(Scan *scan, VssBatch *batch) {
  int rc = reserve(&scan->found, VSS_BATCH_ROWS);
  if (rc != VSS_OK) return rc;
  float bounds[VSS_BATCH_ROWS];
  uint32_t from = scan->found.count;
  vss_batch_bounds(scan->index, batch, bounds);
  for (uint32_t i = 0; i < batch->n; i++)
    keep(scan, batch->slots[i], bounds[i]);
  scan->n_seen += batch->n;
  if (batch->is_coarse) scan->n_by_highs += batch->n;
  batch->n = 0;
  return batch->is_coarse ? vss_candidates_mark_coarse(&scan->found, from) : VSS_OK;
}

/*
** The list being filled is complete: start its misses, and compute the list before it in the
** meantime.
*/
static int turn_batch(Scan *scan) {
  VssBatch *full = &scan->batches[scan->filling];
  scan->filling ^= 1;
  vss_batch_touch(scan->index, full);
  return compute(scan, &scan->batches[scan->filling]);
}

/* Compute all rows that are listed, so that the next candidates come after them. */
static int flush(Scan *scan) {
  int rc = VSS_OK;
  if (scan->batches[scan->filling].n) rc = turn_batch(scan);
  if (rc == VSS_OK) rc = compute(scan, &scan->batches[scan->filling ^ 1]);
  return rc;
}

/* Whether a block has high nibbles. A path that is forced on a test takes them, and makes them. */
static int has_highs(const VssIndex *index, uint32_t number) {
  VssBlock *block = &index->blocks[number];
  if (block->state != VSS_HIGHS_THERE && forced_path >= VSS_SCAN_COARSE)
    vss_block_make_highs(index, block);
  return block->state == VSS_HIGHS_THERE;
}

/*
** List the rows of `word`. The rows of one list have one codebook, and all are read in the same
** way: the kernel takes one query for four rows.
*/
static int list_word(Scan *scan, uint32_t block, uint64_t word, const VssQueryBound *prepared) {
  const int is_coarse = scan->is_coarse && prepared->coarse_usable && has_highs(scan->index, block);
  for (uint64_t bits = word; bits; bits &= bits - 1) {
    VssBatch *batch = &scan->batches[scan->filling];
    if (batch->n == VSS_BATCH_ROWS ||
        (batch->n && (batch->prepared != prepared || batch->is_coarse != is_coarse))) {
      int rc = turn_batch(scan);
      if (rc != VSS_OK) return rc;
      batch = &scan->batches[scan->filling];
    }
    batch->prepared = prepared;
    batch->is_coarse = is_coarse;
    batch->slots[batch->n++] = block * VSS_BLOCK_ROWS + vss_lowest_lane(bits);
  }
  return VSS_OK;
}

/*
** After a part of the blocks: whether the high nibbles leave too many rows. The nearest n_nearest
** of all rows are expected to have their share in the sample.
*/
static int look_back(Scan *scan) {
  VssCandidates *found = &scan->found;
  double share = (double)scan->n_seen / (double)scan->n_rows;
  double k = ceil((double)scan->request->n_nearest * share);
  float limit;
  int rc = vss_candidates_limit(scan->index, found, 0, k < 1 ? 1 : (uint32_t)k, &limit);
  if (rc != VSS_OK) return rc;
  uint32_t n_left = 0;
  for (uint32_t i = 0; i < found->count; i++)
    n_left += found->bounds[i] <= limit;
  double most = (double)scan->n_seen * (scan->index->padded_dim * MOST_LEFT_PER_DIM);
  scan->is_coarse = n_left <= most;
  scan->sample = UINT64_MAX;
  /* All other bounds will be tight: the limit of the sample will do for a ranking to start with. */
  if (!scan->is_coarse) vss_candidates_tighten(scan->index, found, limit);
  return VSS_OK;
}

/*
** What one query wants of a block: its rows go on a list, or its bounds will stand by lane behind
** the last candidate. Rows without a codebook, and all rows of a query that cannot be bounded, get
** -Inf.
*/
static int meet_block(Pass *pass, Scan *scan, uint32_t number, uint64_t word) {
  const VssIndex *index = scan->index;
  const VssBlock *block = &index->blocks[number];
  const VssQueryBound *prepared = NULL;
  int rc;
  if (block->codebook && forced_path != VSS_SCAN_FLOATS) {
    rc = vss_candidates_prepare(index, &scan->found, block->codebook, scan->query, scan->is_coarse,
                                &prepared);
    if (rc != VSS_OK) return rc;
  }
  uint32_t n_rows = vss_count_lanes(word);
  if (prepared && prepared->usable && row_by_row(n_rows)) {
    /* A line that is read alone takes as long as four lines of a stream. */
    scan->stop_bytes += (uint64_t)n_rows * (uint64_t)index->padded_dim * 4;
    scan->way = LISTED;
    return list_word(scan, number, word, prepared);
  }
  rc = flush(scan);
  if (rc == VSS_OK) rc = reserve(&scan->found, VSS_BLOCK_ROWS);
  if (rc != VSS_OK) return rc;
  float *bounds = scan->found.bounds + scan->found.count;
  scan->prepared = prepared;
  if (scan->bits && forced_path != VSS_SCAN_FLOATS) {
    vss_hamming_block_u1(scan->bits, (const uint8_t *)block->codes, index->padded_dim, word,
                         bounds);
    scan->stop_bytes += (uint64_t)VSS_BLOCK_ROWS * (uint64_t)index->padded_dim;
    scan->way = COMPUTED;
    return VSS_OK;
  }
  if (!prepared || !prepared->usable) {
    for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane++)
      bounds[lane] = -INFINITY;
    /* Nothing is computed, but writing a candidate takes about as long as one line. */
    scan->stop_bytes += (uint64_t)n_rows * VSS_LINE_BYTES;
    scan->way = UNBOUNDED;
    return VSS_OK;
  }
  scan->stop_bytes += (uint64_t)VSS_BLOCK_ROWS * (uint64_t)index->padded_dim;
  const int wants_highs = scan->is_coarse && prepared->coarse_usable;
  if (wants_highs && has_highs(index, number)) {
    scan->way = BY_HIGHS;
    pass->out_highs[pass->n_highs] = bounds;
    pass->highs[pass->n_highs++] = &prepared->highs;
  } else {
    scan->way = BY_CODES;
    pass->is_wanting |= wants_highs;
    pass->out_codes[pass->n_codes] = bounds;
    pass->codes[pass->n_codes++] = &prepared->codes;
  }
  return VSS_OK;
}

/* The bounds of the block are there, unless its rows were listed. */
static int keep_block(Scan *scan, uint32_t number, uint64_t word) {
  int rc = VSS_OK;
  if (scan->way != LISTED) {
    uint32_t from = scan->found.count;
    if (scan->way >= BY_CODES && vss_has_lengths(scan->index))
      vss_values_finish_block(scan->prepared, &scan->index->blocks[number], word,
                              scan->found.bounds + from);
    keep_word(scan, number, word);
    scan->n_seen += vss_count_lanes(word);
    if (scan->way == BY_HIGHS) {
      scan->n_by_highs += vss_count_lanes(word);
      rc = vss_candidates_mark_coarse(&scan->found, from);
    }
  }
  if (rc != VSS_OK || !scan->is_coarse || scan->n_by_highs < scan->sample) return rc;
  /* What is listed still is coarse, too, and has to be there when others are made tight. */
  rc = flush(scan);
  return rc == VSS_OK ? look_back(scan) : rc;
}

/*
** The block at hand was read whole because it has no high nibbles: the next pass finds them, if one
** before this has wanted them, too. The codes are in a cache now.
*/
static void consider_highs(Pass *pass, VssBlock *block) {
  if (block->state == VSS_HIGHS_NONE) {
    block->state = VSS_HIGHS_WANTED;
  } else if (pass->n_makeable) {
    pass->n_makeable--;
    vss_block_make_highs(pass->scans->index, block);
  }
}

/* One block for all queries: the kernels compute several at once. */
static int scan_block(Pass *pass, uint32_t number, uint64_t word) {
  VssBlock *block = &pass->scans->index->blocks[number];
  int rc = VSS_OK;
  pass->n_codes = pass->n_highs = 0;
  pass->is_wanting = 0;
  for (uint32_t i = 0; i < pass->n_scans && rc == VSS_OK; i++)
    rc = meet_block(pass, &pass->scans[i], number, word);
  if (rc != VSS_OK) return rc;
  if (pass->n_codes)
    vss_bounds_block_i8(pass->codes, pass->n_codes, block->codes, block->margins, word,
                        pass->out_codes);
  if (pass->n_highs)
    vss_bounds_block_u4(pass->highs, pass->n_highs, block->highs, block->coarse, word,
                        pass->out_highs);
  if (pass->is_wanting) consider_highs(pass, block);
  for (uint32_t i = 0; i < pass->n_scans && rc == VSS_OK; i++)
    rc = keep_block(&pass->scans[i], number, word);
  return rc;
}

/*
** Each block meets every query before the next block is read. The bytes of all queries count
** towards the millisecond after which `stop` is asked.
*/
static int scan_blocks(Pass *pass, const VssScanRequest *request) {
  const VssIndex *index = pass->scans->index;
  const VssBitmap *filter = request->filter;
  uint32_t n_blocks = index->n_blocks;
  if (filter && filter->n_words < n_blocks) n_blocks = filter->n_words;
  for (uint32_t b = 0; b < n_blocks; b++) {
    uint64_t word = index->present.words[b];
    if (filter) word &= filter->words[b];
    if (!word) continue;
    int rc = scan_block(pass, b, word);
    if (rc != VSS_OK) return rc;
    uint64_t stop_bytes = 0;
    for (uint32_t i = 0; i < pass->n_scans; i++)
      stop_bytes += pass->scans[i].stop_bytes;
    if (stop_bytes < STOP_BYTES) continue;
    for (uint32_t i = 0; i < pass->n_scans; i++)
      pass->scans[i].stop_bytes = 0;
    if (vss_stop_asked(request->stop)) return VSS_STOP;
  }
  int rc = VSS_OK;
  for (uint32_t i = 0; i < pass->n_scans && rc == VSS_OK; i++)
    rc = flush(&pass->scans[i]);
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

/* Whether the scan starts with the high nibbles. */
static int starts_coarse(const Scan *scan) {
  const VssIndex *index = scan->index;
  const VssScanRequest *request = scan->request;
  if (!request->n_nearest || index->padded_dim > COARSE_MAX_DIM || !scan->n_rows || scan->bits)
    return 0;
  if (forced_path != VSS_SCAN_AUTO && forced_path != VSS_SCAN_STREAMING)
    return forced_path >= VSS_SCAN_COARSE;
  if (!vss_kernels.is_relaxed && request->n_queries >= COARSE_MAX_QUERIES) return 0;
  uint32_t least = vss_kernels.is_relaxed ? RELAXED_COARSE_MIN_BYTES : COARSE_MIN_BYTES;
  if (row_by_row((uint32_t)(scan->n_rows / index->n_blocks))) least = ROWS_COARSE_MIN_BYTES;
  return scan->n_rows * (uint64_t)index->padded_dim >= least &&
         (double)request->n_nearest <= (double)scan->n_rows * COARSE_MAX_SHARE;
}

/* After how many rows a coarse scan looks back. */
static uint64_t sample_of(uint64_t n_rows) {
  if (forced_path == VSS_SCAN_COARSE || forced_path == VSS_SCAN_COARSE_ROWS) return UINT64_MAX;
  uint64_t n = (uint64_t)((double)n_rows * SAMPLE_SHARE);
  if (n >= LEAST_SAMPLE) return n;
  return n_rows / 8 < LEAST_SAMPLE ? n_rows / 8 : LEAST_SAMPLE;
}

/* With a limit for keys few rows are kept, as a rule, and so the candidates grow as they come. */
static int begin(Scan *scan) {
  VssCandidates *found = &scan->found;
  found->prepared = vss_calloc(scan->index->n_codebooks, sizeof *found->prepared);
  if (!found->prepared) return VSS_NOMEM;
  found->n_prepared = scan->index->n_codebooks;
  found->floor = -INFINITY;
  if (scan->index->element == VSS_ELEMENT_BIT) {
    scan->bits = vss_calloc((uint64_t)scan->index->padded_dim, 1);
    if (!scan->bits) return VSS_NOMEM;
    vss_element_encode(VSS_ELEMENT_BIT, 1, scan->query, scan->index->dim, scan->bits, NULL);
  }
  scan->n_rows = count_rows(scan->index, scan->request->filter);
  scan->is_coarse = starts_coarse(scan);
  scan->sample = sample_of(scan->n_rows);
  if (scan->request->max_key < INFINITY) return VSS_OK;
  void *bounds = NULL;
  int rc = grow(&bounds, &found->capacity, scan->n_rows + VSS_BLOCK_ROWS, sizeof *found->bounds);
  found->bounds = bounds;
  return rc;
}

/* Everything of a pass that is allocated by the number of its queries. */
static int make_pass(Pass *pass, uint32_t n_queries) {
  pass->scans = vss_calloc(n_queries, sizeof *pass->scans);
  void **arrays = vss_calloc(n_queries, 4 * sizeof *arrays);
  pass->codes = (void *)arrays;
  if (!pass->scans || !arrays) return VSS_NOMEM;
  pass->out_codes = (void *)(arrays + n_queries);
  pass->highs = (void *)(arrays + 2 * (size_t)n_queries);
  pass->out_highs = (void *)(arrays + 3 * (size_t)n_queries);
  pass->n_scans = n_queries;
  return VSS_OK;
}

int vss_index_scan(const VssIndex *index, const VssScanRequest *request,
                   VssCandidates *out_candidates) {
  Pass pass = {0};
  int rc = make_pass(&pass, request->n_queries);
  pass.n_makeable = index->n_blocks / MAKEABLE_PART + 1;
  for (uint32_t i = 0; i < pass.n_scans; i++) {
    Scan *scan = &pass.scans[i];
    scan->index = index;
    scan->request = request;
    scan->query = request->queries + (size_t)i * (size_t)index->dim;
    if (rc == VSS_OK) rc = begin(scan);
  }
  if (rc == VSS_OK) rc = scan_blocks(&pass, request);
  for (uint32_t i = 0; i < pass.n_scans; i++) {
    if (rc == VSS_OK) {
      out_candidates[i] = pass.scans[i].found;
      memset(&pass.scans[i].found, 0, sizeof pass.scans[i].found);
    }
    vss_candidates_free(&pass.scans[i].found);
    vss_free(pass.scans[i].bits);
  }
  vss_free(pass.scans);
  vss_free((void *)pass.codes);
  return rc;
}
