/*
** One pass over the codes: a lower bound of every selected row, in slot order.
**
**   present & filter     a word a block
**     0                  skipped without touching the block
**     many bits          the whole block by the dense kernel, then masked
**     few bits           rows are listed; a full list is computed four rows at a time
**
** Rows of the list are far apart, so each of their lines is a miss in every cache. The lines of a whole list are therefore
** touched back to back, where the processor overlaps the misses, and only then is the list before it computed.
*/
#include "index/index_int.h"

#include <math.h>
#include <string.h>

/*
** A word with this many bits is cheaper dense. Measured: from 13 on a Zen 4 (a line costs 2.5 ns in a stream and 11 to 13 alone),
** from 40 on a Xeon whose memory is slow (docs/benchmarks.md, Kernels). 16 costs the first no more than an eighth above a
** full scan.
*/
#define DENSE_MIN_BITS 16
/* Rows touched at once: enough misses to overlap, few enough lines to stay in the first cache. */
#define BATCH_ROWS 32
/* Ask `stop` after this many bytes of codes: about 1 ms. */
#define STOP_BYTES (8u << 20)

static VssScanPath forced_path = VSS_SCAN_AUTO;

void vss_index_force_scan(VssScanPath path) {
  forced_path = path;
}

VssScanPath vss_index_scan_path(void) {
  return forced_path;
}

static int row_by_row(uint32_t n_rows) {
  if (forced_path == VSS_SCAN_DENSE) return 0;
  return forced_path == VSS_SCAN_SPARSE || n_rows < DENSE_MIN_BITS;
}

/* A list of single rows of one book. */
typedef struct Batch {
  const VssPrepared *prepared;
  uint32_t n;
  uint32_t slots[BATCH_ROWS];
} Batch;

typedef struct Scan {
  const VssIndex *index;
  const VssScanRequest *request;
  const float *query;    /* this scan's among those of the request */
  uint64_t stop_bytes;   /* scanned since stop was asked */
  VssPrepared *prepared; /* by book id; e NULL: not yet */
  Batch batches[2];
  int filling; /* the batch that rows are added to; the other was touched and waits to be computed */
  VssCandidates found;
} Scan;

void vss_candidates_free(VssCandidates *candidates) {
  vss_free(candidates->slots);
  vss_free(candidates->bounds);
  memset(candidates, 0, sizeof *candidates);
}

/* Room for `more` candidates. */
static int reserve(VssCandidates *found, uint32_t more) {
  uint64_t wanted = (uint64_t)found->count + more;
  if (wanted <= found->capacity) return VSS_OK;
  if (wanted > UINT32_MAX) return VSS_NOMEM;
  uint64_t capacity = wanted + found->capacity / 2;
  if (capacity > UINT32_MAX) capacity = UINT32_MAX;
  uint32_t *slots = vss_realloc(found->slots, capacity * sizeof *slots);
  if (!slots) return VSS_NOMEM;
  found->slots = slots;
  float *bounds = vss_realloc(found->bounds, capacity * sizeof *bounds);
  if (!bounds) return VSS_NOMEM;
  found->bounds = bounds;
  found->capacity = (uint32_t)capacity;
  return VSS_OK;
}

static void keep(Scan *scan, uint32_t slot, float bound) {
  if (bound > scan->request->max_key) return;
  scan->found.slots[scan->found.count] = slot;
  scan->found.bounds[scan->found.count++] = bound;
}

/* The block's rows in `word`; bounds NULL: unknown. */
static int keep_word(Scan *scan, uint32_t block, uint64_t word, const float *bounds) {
  int rc = reserve(&scan->found, VSS_BLOCK_ROWS);
  if (rc != VSS_OK) return rc;
  if (word == UINT64_MAX && bounds && scan->request->max_key == INFINITY) {
    /* The common case without tests or branches a row. */
    memcpy(scan->found.bounds + scan->found.count, bounds, VSS_BLOCK_ROWS * sizeof *bounds);
    uint32_t *slots = scan->found.slots + scan->found.count;
    for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane++)
      slots[lane] = block * VSS_BLOCK_ROWS + lane;
    scan->found.count += VSS_BLOCK_ROWS;
    return VSS_OK;
  }
  for (uint64_t bits = word; bits; bits &= bits - 1) {
    uint32_t lane = (uint32_t)__builtin_ctzll(bits);
    keep(scan, block * VSS_BLOCK_ROWS + lane, bounds ? bounds[lane] : -INFINITY);
  }
  return VSS_OK;
}

/* Read one byte of every line of the rows. */
static void touch(const VssIndex *index, const Batch *batch) {
  for (uint32_t i = 0; i < batch->n; i++) {
    const VssBlock *block = &index->blocks[batch->slots[i] / VSS_BLOCK_ROWS];
    uint32_t lane = batch->slots[i] % VSS_BLOCK_ROWS;
    const volatile int8_t *line = vss_block_row(index, block, lane);
    for (int j = 0; j < index->padded_dim;
         j += VSS_LINE_BYTES, line += VSS_GROUP_ROWS * VSS_LINE_BYTES)
      (void)*line;
    (void)*(const volatile float *)vss_block_rho(block, lane);
  }
}

static int compute(Scan *scan, Batch *batch) {
  const VssIndex *index = scan->index;
  int rc = reserve(&scan->found, BATCH_ROWS);
  if (rc != VSS_OK) return rc;
  for (uint32_t i = 0; i < batch->n; i += VSS_GROUP_ROWS) {
    const int8_t *rows[VSS_GROUP_ROWS];
    float rho[VSS_GROUP_ROWS], base[VSS_GROUP_ROWS], bounds[VSS_GROUP_ROWS];
    uint32_t n = batch->n - i < VSS_GROUP_ROWS ? batch->n - i : VSS_GROUP_ROWS;
    for (uint32_t r = 0; r < VSS_GROUP_ROWS; r++) {
      /* The last group is filled up with its first row. */
      uint32_t slot = batch->slots[r < n ? i + r : i];
      const VssBlock *block = &index->blocks[slot / VSS_BLOCK_ROWS];
      rows[r] = vss_block_row(index, block, slot % VSS_BLOCK_ROWS);
      rho[r] = *vss_block_rho(block, slot % VSS_BLOCK_ROWS);
      base[r] = *vss_block_base(block, slot % VSS_BLOCK_ROWS);
    }
    vss_bounds_rows_i8(&batch->prepared->codes, rows, rho, base, bounds);
    for (uint32_t r = 0; r < n; r++)
      keep(scan, batch->slots[i + r], bounds[r]);
  }
  batch->n = 0;
  return VSS_OK;
}

/* The filling batch is complete: start its misses, compute the one before. */
static int turn_batch(Scan *scan) {
  Batch *full = &scan->batches[scan->filling];
  scan->filling ^= 1;
  touch(scan->index, full);
  return compute(scan, &scan->batches[scan->filling]);
}

/* Compute all rows listed. */
static int flush(Scan *scan) {
  int rc = VSS_OK;
  if (scan->batches[scan->filling].n) rc = turn_batch(scan);
  if (rc == VSS_OK) rc = compute(scan, &scan->batches[scan->filling ^ 1]);
  return rc;
}

static int list_word(Scan *scan, uint32_t block, uint64_t word, const VssPrepared *prepared) {
  for (uint64_t bits = word; bits; bits &= bits - 1) {
    Batch *batch = &scan->batches[scan->filling];
    if (batch->n == BATCH_ROWS || (batch->n && batch->prepared != prepared)) {
      int rc = turn_batch(scan);
      if (rc != VSS_OK) return rc;
      batch = &scan->batches[scan->filling];
    }
    batch->prepared = prepared;
    batch->slots[batch->n++] = block * VSS_BLOCK_ROWS + (uint32_t)__builtin_ctzll(bits);
  }
  return VSS_OK;
}

static int prepare(Scan *scan, const VssBook *book, const VssPrepared **out_prepared) {
  VssPrepared *prepared = &scan->prepared[book->id];
  if (!prepared->e) {
    int rc = vss_quantize_query(scan->index->metric, scan->index->dim, &book->codebook,
                                book->greatest_length_sq, scan->query, VSS_SLACK, prepared);
    if (rc != VSS_OK) return rc;
  }
  *out_prepared = prepared;
  return VSS_OK;
}

static int scan_block(Scan *scan, uint32_t number, uint64_t word) {
  const VssIndex *index = scan->index;
  const VssBlock *block = &index->blocks[number];
  const VssPrepared *prepared = NULL;
  int rc;
  if (block->book && forced_path != VSS_SCAN_FLOATS) {
    rc = prepare(scan, block->book, &prepared);
    if (rc != VSS_OK) return rc;
  }
  uint32_t n_rows = (uint32_t)__builtin_popcountll(word);
  if (prepared && prepared->usable && row_by_row(n_rows)) {
    scan->stop_bytes +=
        (uint64_t)n_rows * (uint64_t)index->padded_dim * 4; /* a gathered line costs four */
    return list_word(scan, number, word, prepared);
  }
  rc = flush(scan);
  if (rc != VSS_OK) return rc;
  if (!prepared || !prepared->usable) {
    scan->stop_bytes += n_rows * 64; /* nothing is computed, but a candidate is written */
    return keep_word(scan, number, word, NULL);
  }
  float bounds[VSS_BLOCK_ROWS];
  vss_bounds_block_i8(&prepared->codes, block->codes, block->margins, word, bounds);
  scan->stop_bytes += (uint64_t)VSS_BLOCK_ROWS * (uint64_t)index->padded_dim;
  return keep_word(scan, number, word, bounds);
}

/* A block meets every query before the next is read: from the second query on it comes out of a cache. */
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

/* How many rows pass: the candidates are allocated once, at their size. */
static uint64_t count_rows(const VssIndex *index, const VssBitmap *filter) {
  if (!filter) return index->n_present;
  uint64_t count = 0;
  for (uint32_t b = 0; b < index->n_blocks && b < filter->n_words; b++)
    count += (uint64_t)__builtin_popcountll(index->present.words[b] & filter->words[b]);
  return count;
}

static int begin(Scan *scan) {
  scan->prepared = vss_calloc(scan->index->n_books, sizeof *scan->prepared);
  if (!scan->prepared) return VSS_NOMEM;
  if (scan->request->max_key < INFINITY) return VSS_OK;
  uint64_t n_rows = count_rows(scan->index, scan->request->filter);
  return reserve(&scan->found, (uint32_t)(n_rows + VSS_BLOCK_ROWS));
}

static void end(Scan *scan) {
  for (uint32_t id = 0; scan->prepared && id < scan->index->n_books; id++)
    vss_prepared_free(&scan->prepared[id]);
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
