/*
** Batches of candidates in the order of their bounds, and a heap of refined rows that are not
** proven nearest yet.
**
**   candidates   bounds by position, as scanned           in no order, some of them coarse
**     | raise_floor(): every bound up to the floor becomes tight
**     | next_batch(): one pass over the bounds
**   batch        the smallest of those not taken yet      in order of (bound, position)
**     | refine(): fetch the row or some rows, compute their distances
**   hits         refined rows                             a binary heap by (key, rowid)
**     | vss_rank_next(): when the top is below the next bound
**   the caller
**
** What was taken before needs no marks: it is everything up to the greatest (bound, position) of
** the batch before. A batch takes only bounds that are at most `floor`: those are all tight, so
** that no more rows are fetched than if all bounds were.
*/
#include "index/rank.h"

#include "kernel/kernel.h"
#include "base/topk.h"

#include <math.h>
#include <string.h>

/*
** A search for k rows refines fewer than this, as a rule (11 to 27 for k = 10), and so one batch is
** enough.
*/
#define BATCH_ROWS(k) (2 * (uint64_t)(k) + 64)
/* Fetching together has a cost of its own, which fewer rows do not repay. */
#define LEAST_AHEAD_ROWS 16
/* How much of what was fetched may have been fetched for nothing: one row in so many. */
#define AHEAD_PART 8
/* Each further batch is so many times as large: n hits cost O(log n) passes over the bounds. */
#define BATCH_GROWTH 4
/* As if so many rows were wanted, where nobody knows: the floor is raised as they are asked for. */
#define UNKNOWN_K 10

/*
** A refined row. The key sorts ascending for every metric; vss_rank_next() turns it back into the
** distance.
*/
typedef struct Hit {
  int64_t rowid;
  float key;
} Hit;

/* A row of the batch that was fetched before its turn. */
typedef struct AheadRow {
  float key;
  uint8_t is_there; /* 0: the row is gone */
} AheadRow;

/*
** Rows fetched together:    batch   ... | next ...        end | ...
**                           rows          rows[0] ...
*/
typedef struct Ahead {
  uint32_t first, end;        /* positions in the batch; equal: none */
  uint32_t one_by_one_before; /* fetching together failed: not before this position again */
  AheadRow *rows;             /* VSS_FETCH_ROWS of them; NULL before the first time */
} Ahead;

struct VssRank {
  VssMetric metric;
  int dim;
  float *query;
  float *row; /* dim floats, which fetch fills */
  float max_key;
  const VssIndex *index; /* borrowed, for bounds that are still coarse; NULL once frozen */
  const int64_t *rowids; /* by slot, borrowed; NULL once frozen */
  int64_t *frozen;       /* by position in the candidates; NULL until frozen */
  VssCandidates candidates;
  uint32_t n_taken;    /* candidates that are or were in a batch */
  uint64_t last_taken; /* the greatest (bound, position) of them, packed; 0 while n_taken is 0 */
  float floor;         /* bounds up to this one are tight; +Inf: all are */
  int is_drained;      /* 1: no candidate at or below the floor is left */
  uint64_t n_wanted;   /* about how many hits the next floor is made for */
  uint64_t batch_rows; /* how many rows the next batch has, if there are as many */
  VssTopk batch;
  uint32_t next; /* the position in the batch that is refined next */
  Hit *hits;
  uint32_t n_hits;
  uint32_t capacity_hits;
  uint64_t n_refined;
  uint64_t k_hint;
  Ahead ahead;
};

/* A ranking of one query without its candidates. */
static int create(const VssIndex *index, const VssRankRequest *request, const float *query,
                  VssRank **out_rank) {
  VssRank *rank = vss_calloc(1, sizeof *rank);
  if (!rank) return VSS_NOMEM;
  rank->metric = vss_index_metric(index);
  rank->dim = vss_index_dim(index);
  rank->max_key = request->scan.max_key;
  rank->rowids = request->rowids;
  uint64_t k_hint = request->k_hint < UINT32_MAX ? request->k_hint : UINT32_MAX;
  if (vss_index_scan_path() == VSS_SCAN_STREAMING) k_hint = 0;
  rank->index = index;
  rank->floor = -INFINITY;
  rank->is_drained = 1;
  rank->n_wanted = k_hint ? k_hint : UNKNOWN_K;
  rank->k_hint = k_hint;
  rank->batch_rows = BATCH_ROWS(k_hint);
  uint64_t size_bytes = (uint64_t)rank->dim * sizeof(float);
  rank->query = vss_malloc(size_bytes);
  rank->row = vss_malloc(size_bytes);
  if (!rank->query || !rank->row) {
    vss_rank_free(rank);
    return VSS_NOMEM;
  }
  memcpy(rank->query, query, (size_t)size_bytes);
  *out_rank = rank;
  return VSS_OK;
}

/* Batches take what is up to the floor: all that is left, when no bound is coarse any more. */
static void take_floor(VssRank *rank) {
  rank->floor = rank->candidates.n_coarse ? rank->candidates.floor : INFINITY;
  rank->is_drained = !(rank->floor > -INFINITY);
}

int vss_rank_open(const VssIndex *index, const VssRankRequest *request, VssRank **out_ranks) {
  uint32_t n_queries = request->scan.n_queries;
  size_t dim = (size_t)vss_index_dim(index);
  VssCandidates *found = vss_calloc(n_queries, sizeof *found);
  int rc = found ? VSS_OK : VSS_NOMEM;
  memset(out_ranks, 0, n_queries * sizeof *out_ranks);
  for (uint32_t i = 0; i < n_queries && rc == VSS_OK; i++)
    rc = create(index, request, request->scan.queries + i * dim, &out_ranks[i]);
  VssScanRequest scan = request->scan;
  if (rc == VSS_OK) {
    scan.n_nearest = out_ranks[0]->n_wanted;
    rc = vss_index_scan(index, &scan, found);
  }
  for (uint32_t i = 0; i < n_queries; i++) {
    if (rc == VSS_OK) {
      out_ranks[i]->candidates = found[i];
      take_floor(out_ranks[i]);
    } else {
      vss_rank_free(out_ranks[i]);
      out_ranks[i] = NULL;
    }
  }
  vss_free(found);
  return rc;
}

void vss_rank_free(VssRank *rank) {
  if (!rank) return;
  vss_free(rank->query);
  vss_free(rank->row);
  vss_free(rank->frozen);
  vss_free(rank->hits);
  vss_free(rank->ahead.rows);
  vss_candidates_free(&rank->candidates);
  vss_topk_free(&rank->batch);
  vss_free(rank);
}

/* By position, since a position stays what it is when slots are given to other rows. */
int vss_rank_freeze(VssRank *rank) {
  if (!rank->rowids) return VSS_OK;
  uint32_t n = rank->candidates.count;
  int64_t *frozen = vss_malloc((uint64_t)n * sizeof *frozen);
  if (!frozen) return VSS_NOMEM;
  const VssRun *runs = rank->candidates.runs;
  for (uint32_t r = 0; r < rank->candidates.n_runs; r++) {
    uint32_t end = r + 1 < rank->candidates.n_runs ? runs[r + 1].position : n;
    for (uint32_t i = runs[r].position; i < end; i++)
      frozen[i] = rank->rowids[runs[r].slot + (i - runs[r].position)];
  }
  /* Now, since what coarse bounds are made tight from may change from here on. */
  vss_candidates_tighten(rank->index, &rank->candidates, INFINITY);
  take_floor(rank);
  rank->index = NULL;
  rank->frozen = frozen;
  rank->rowids = NULL;
  /* A write follows. What was fetched before its turn may change, and will be fetched again. */
  if (rank->next < rank->ahead.end) rank->n_refined -= rank->ahead.end - rank->next;
  rank->ahead.first = rank->ahead.end = 0;
  return VSS_OK;
}

/* The rowid of a candidate, by its position. */
static int64_t rowid_at(const VssRank *rank, uint32_t position) {
  return rank->rowids ? rank->rowids[vss_candidates_slot(&rank->candidates, position)]
                      : rank->frozen[position];
}

/* Make the bounds tight of about as many more candidates as hits are expected to need. */
static int raise_floor(VssRank *rank) {
  uint32_t k = rank->n_wanted < UINT32_MAX / 4 ? (uint32_t)rank->n_wanted : UINT32_MAX / 4;
  float limit;
  int rc = vss_candidates_limit(rank->index, &rank->candidates, rank->last_taken, k, &limit);
  if (rc != VSS_OK) return rc;
  vss_candidates_tighten(rank->index, &rank->candidates, limit);
  take_floor(rank);
  rank->n_wanted *= BATCH_GROWTH;
  return VSS_OK;
}

/*
** Take the smallest candidates up to the floor that were not taken yet. When there is none, the
** floor is drained, and the batch empty.
*/
static int next_batch(VssRank *rank) {
  uint32_t left = rank->candidates.count - rank->n_taken;
  uint32_t m = rank->batch_rows < left ? (uint32_t)rank->batch_rows : left;
  /* The threshold falls while the pass goes on, and lets the kernel skip most of what is left. */
  int rc = vss_topk_init(&rank->batch, m, left);
  if (rc != VSS_OK) return rc;
  const float *bounds = rank->candidates.bounds;
  /* Bounds that were coarse when they passed the limit may be above it now. */
  const float upto = fminf(rank->floor, rank->max_key);
  uint32_t n = rank->candidates.count, i = 0;
  for (;;) {
    float most = fminf(vss_topk_threshold(&rank->batch), upto);
    i = vss_next_at_most_f32(bounds, i, n, most);
    if (i == n) break;
    uint64_t item = vss_topk_pack(bounds[i], i);
    /* Candidates of earlier batches pass the kernel's test as well: they are the ones below. */
    if (item > rank->last_taken) vss_topk_push(&rank->batch, item);
    i++;
  }
  vss_topk_finish(&rank->batch);
  rank->next = 0;
  rank->ahead.first = rank->ahead.end = rank->ahead.one_by_one_before = 0;
  rank->is_drained = rank->batch.count == 0;
  if (rank->is_drained && rank->floor >= rank->max_key) rank->n_taken = n;
  if (rank->is_drained) return VSS_OK;
  rank->n_taken += rank->batch.count;
  rank->last_taken = rank->batch.items[rank->batch.count - 1];
  rank->batch_rows *= BATCH_GROWTH;
  return VSS_OK;
}

/*
** The order of hits: equal distances are ordered by rowid, so that every run gives the same rows.
*/
static int is_before(const Hit *a, const Hit *b) {
  return a->key < b->key || (a->key == b->key && a->rowid < b->rowid);
}

/* Sift up from the end of the heap. */
static int push_hit(VssRank *rank, Hit hit) {
  if (rank->n_hits == rank->capacity_hits) {
    uint64_t capacity = rank->capacity_hits ? (uint64_t)rank->capacity_hits * 2 : 64;
    Hit *hits = vss_realloc(rank->hits, capacity * sizeof *hits);
    if (!hits) return VSS_NOMEM;
    rank->hits = hits;
    rank->capacity_hits = (uint32_t)capacity;
  }
  uint32_t at = rank->n_hits++;
  for (; at > 0 && is_before(&hit, &rank->hits[(at - 1) / 2]); at = (at - 1) / 2)
    rank->hits[at] = rank->hits[(at - 1) / 2];
  rank->hits[at] = hit;
  return VSS_OK;
}

/* Take the top off, and sift the last hit down from there. The heap is not empty. */
static Hit pop_hit(VssRank *rank) {
  Hit top = rank->hits[0], last = rank->hits[--rank->n_hits];
  uint32_t at = 0;
  for (;;) {
    uint32_t child = at * 2 + 1;
    if (child >= rank->n_hits) break;
    if (child + 1 < rank->n_hits && is_before(&rank->hits[child + 1], &rank->hits[child])) child++;
    if (!is_before(&rank->hits[child], &last)) break;
    rank->hits[at] = rank->hits[child];
    at = child;
  }
  if (rank->n_hits) rank->hits[at] = last;
  return top;
}

/* The key of the row whose vector is in rank->row. */
static float key_of_row(const VssRank *rank) {
  double value = vss_metric_distance(rank->metric, rank->query, rank->row, rank->dim);
  return vss_metric_key(rank->metric, vss_metric_round(value));
}

/*
** Whether the index has the vectors, and they are those of the candidates: a frozen ranking fetches
** them like all others.
*/
static int holds_vectors(const VssRank *rank) {
  return rank->index && vss_index_holds_vectors(rank->index);
}

/* The key of a candidate whose vector the index has. */
static float key_from_index(const VssRank *rank, uint32_t position) {
  float bound = rank->candidates.bounds[position];
  if (vss_index_has_exact_bounds(rank->index) && bound > -INFINITY) return bound;
  vss_index_read(rank->index, vss_candidates_slot(&rank->candidates, position), rank->row);
  return key_of_row(rank);
}

/* How many rows of the batch are worth fetching together now; 0: none, the next one by itself. */
static uint32_t rows_ahead(const VssRank *rank, const VssRowSource *source) {
  if (holds_vectors(rank)) return 0;
  if (!source->fetch_rows || !rank->rowids || rank->next < rank->ahead.one_by_one_before) return 0;
  uint64_t wanted = rank->k_hint > rank->n_refined ? rank->k_hint - rank->n_refined
                                                   : rank->n_refined / AHEAD_PART;
  uint32_t left = rank->batch.count - rank->next;
  if (wanted > left) wanted = left;
  if (wanted > VSS_FETCH_ROWS) wanted = VSS_FETCH_ROWS;
  return wanted < LEAST_AHEAD_ROWS ? 0 : (uint32_t)wanted;
}

/* What fetch_ahead() asks for, in the order in which it asks. */
typedef struct Taker {
  VssRank *rank;
  uint64_t order[VSS_FETCH_ROWS]; /* slot << 32 | place in ahead.rows */
  int64_t rowids[VSS_FETCH_ROWS];
} Taker;

/* VssTakeRow: the vector is in rank->row. */
static void take_row(void *context, uint32_t i) {
  Taker *taker = context;
  taker->rank->ahead.rows[(uint32_t)taker->order[i]] = (AheadRow){key_of_row(taker->rank), 1};
}

/* Fetch the next n rows of the batch together, those first that are stored first. */
static int fetch_together(VssRank *rank, const VssRowSource *source, uint32_t n) {
  if (!rank->ahead.rows) rank->ahead.rows = vss_malloc(VSS_FETCH_ROWS * sizeof *rank->ahead.rows);
  Taker *taker = vss_malloc(sizeof *taker);
  int rc = taker && rank->ahead.rows ? VSS_OK : VSS_NOMEM;
  if (rc == VSS_OK) {
    taker->rank = rank;
    for (uint32_t i = 0; i < n; i++) {
      uint32_t position = vss_topk_id(rank->batch.items[rank->next + i]);
      taker->order[i] = (uint64_t)vss_candidates_slot(&rank->candidates, position) << 32 | i;
      rank->ahead.rows[i].is_there = 0;
    }
    vss_topk_sort(taker->order, n);
    for (uint32_t i = 0; i < n; i++)
      taker->rowids[i] = rank->rowids[taker->order[i] >> 32];
    rc = source->fetch_rows(source->context, taker->rowids, n, rank->row, take_row, taker);
  }
  vss_free(taker);
  return rc;
}

/* A failure only means that these rows are fetched one by one. */
static void fetch_ahead(VssRank *rank, const VssRowSource *source, uint32_t n) {
  uint32_t end = rank->next + n;
  int rc = fetch_together(rank, source, n);
  rank->ahead.first = rank->next;
  rank->ahead.end = rc == VSS_OK ? end : rank->next;
  rank->ahead.one_by_one_before = rc == VSS_OK ? 0 : end;
  if (rc == VSS_OK) rank->n_refined += n;
}

/* The row at the next position of the batch: fetched already, in the index, or fetched now. */
static int fetch_next(VssRank *rank, const VssRowSource *source, AheadRow *out_row) {
  if (rank->next < rank->ahead.end) {
    *out_row = rank->ahead.rows[rank->next - rank->ahead.first];
    return VSS_OK;
  }
  uint32_t position = vss_topk_id(rank->batch.items[rank->next]);
  if (holds_vectors(rank)) {
    *out_row = (AheadRow){key_from_index(rank, position), 1};
    return VSS_OK;
  }
  int64_t rowid = rowid_at(rank, position);
  int rc = source->fetch_row(source->context, rowid, rank->row);
  if (rc != VSS_OK && rc != VSS_MISSING) return rc;
  rank->n_refined++;
  /* The row was deleted since the scan, by a writer beside this search: it is no hit. */
  *out_row = rc == VSS_OK ? (AheadRow){key_of_row(rank), 1} : (AheadRow){0};
  return VSS_OK;
}

/*
** Make the next candidate of the batch a hit. After a failure it is still the next one.
*/
static int refine(VssRank *rank, const VssRowSource *source) {
  uint32_t n_ahead = rank->next < rank->ahead.end ? 0 : rows_ahead(rank, source);
  if (n_ahead) fetch_ahead(rank, source, n_ahead);
  AheadRow row;
  int rc = fetch_next(rank, source, &row);
  if (rc != VSS_OK) return rc;
  /* The bound passed the limit; the distance has to pass it as well. */
  if (row.is_there && !(row.key > rank->max_key)) {
    int64_t rowid = rowid_at(rank, vss_topk_id(rank->batch.items[rank->next]));
    rc = push_hit(rank, (Hit){rowid, row.key});
  }
  if (rc != VSS_OK) return rc;
  rank->next++;
  return VSS_OK;
}

int vss_rank_next(VssRank *rank, const VssRowSource *source, VssHit *out_hit, int *out_done) {
  for (;;) {
    int rc = VSS_OK;
    int has_left = rank->n_taken < rank->candidates.count;
    if (rank->next == rank->batch.count && has_left && !rank->is_drained) {
      /*
      ** The next bound decides whether the top of the heap may go out, and only a batch knows it.
      */
      rc = next_batch(rank);
      if (rc != VSS_OK) return rc;
      has_left = rank->n_taken < rank->candidates.count;
    }
    int has_batch = rank->next < rank->batch.count;
    /* Without a batch, all that is left has a bound above the floor. */
    int is_above_all = rank->n_hits && (!has_left || rank->hits[0].key <= rank->floor);
    /*
    ** A key equal to the bound has to wait: the row behind the bound may have that key too, and a
    ** lower rowid.
    */
    if (rank->n_hits && (has_batch ? rank->hits[0].key < vss_topk_key(rank->batch.items[rank->next])
                                   : is_above_all)) {
      Hit hit = pop_hit(rank);
      out_hit->rowid = hit.rowid;
      /* Negating twice gives the same bits. */
      out_hit->distance = vss_metric_descending(rank->metric) ? -hit.key : hit.key;
      *out_done = 0;
      return VSS_OK;
    }
    if (!has_batch && !has_left) {
      *out_done = 1;
      return VSS_OK;
    }
    rc = has_batch ? refine(rank, source) : raise_floor(rank);
    if (rc != VSS_OK) return rc;
  }
}

uint64_t vss_rank_refined(const VssRank *rank) {
  return rank->n_refined;
}

uint64_t vss_rank_selected(const VssRank *rank) {
  return rank->candidates.count;
}
