/*
** Candidates, and their coarse bounds: which ones are coarse, how far it pays to look, and making
** them tight.
**
**   bounds by position   2.1c  0.7c  3.0c  0.9c  0.6c ...     c: coarse
**   limit for k = 1      0.6 and 0.7 become tight: 1.5 and 1.2. The row of 1.2 is at most 1.3 away
**   tighten up to 1.3    0.9 becomes tight: 1.4. No coarse bound is left below 1.3
*/
#include "index/layout.h"
#include "base/topk.h"

#include <math.h>
#include <string.h>

void vss_candidates_free(VssCandidates *candidates) {
  vss_free(candidates->bounds);
  vss_free(candidates->runs);
  vss_bitmap_free(&candidates->coarse);
  for (uint32_t id = 0; id < candidates->n_prepared; id++)
    vss_query_bound_free(&candidates->prepared[id]);
  vss_free(candidates->prepared);
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

int vss_candidates_prepare(const VssIndex *index, VssCandidates *found,
                           const VssSharedCodebook *codebook, const float *query, int with_coarse,
                           const VssQueryBound **out_prepared) {
  VssQueryBound *prepared = &found->prepared[codebook->id];
  const VssCodebook *values = &codebook->values;
  uint32_t greatest = codebook->greatest_length_sq;
  int rc = VSS_OK;
  VssMetric metric = vss_has_lengths(index) ? VSS_METRIC_INNER_PRODUCT : index->metric;
  if (!prepared->e)
    rc = vss_holds_vectors(index)
             ? vss_values_prepare(index, codebook, query, prepared)
             : vss_quantize_query(metric, index->dim, values, greatest, query, VSS_SLACK, prepared);
  if (rc == VSS_OK && with_coarse && !prepared->wide)
    rc =
        vss_quantize_query_coarse(metric, index->dim, values, greatest, query, VSS_SLACK, prepared);
  *out_prepared = prepared;
  return rc;
}

int vss_candidates_mark_coarse(VssCandidates *found, uint32_t from) {
  if (from == found->count) return VSS_OK;
  uint32_t n_words = (found->count + 63) / 64;
  if (n_words > found->coarse.n_words) {
    int rc = vss_bitmap_resize(&found->coarse, n_words);
    if (rc != VSS_OK) return rc;
  }
  found->n_coarse += found->count - from;
  while (from < found->count) {
    uint32_t end = (from / 64 + 1) * 64;
    if (end > found->count) end = found->count;
    uint64_t bits = end - from == 64 ? UINT64_MAX : (UINT64_C(1) << (end - from)) - 1;
    found->coarse.words[from / 64] |= bits << from % 64;
    from = end;
  }
  return VSS_OK;
}

/* The query for the codebook of the slot's block. The block was scanned, and so there is one. */
static const VssQueryBound *prepared_of(const VssIndex *index, const VssCandidates *found,
                                        uint32_t slot) {
  return &found->prepared[index->blocks[vss_slot_block(slot)].codebook->id];
}

/* Rows whose bounds are made tight together, and where those bounds are. */
typedef struct Tightening {
  VssBatch rows;
  uint32_t positions[VSS_BATCH_ROWS];
} Tightening;

/* Two lists that take turns, as in a scan of single rows. */
typedef struct Tightener {
  const VssIndex *index;
  VssCandidates *found;
  Tightening lists[2];
  int filling;
} Tightener;

static void compute(Tightener *tightener, Tightening *list) {
  float bounds[VSS_BATCH_ROWS];
  vss_batch_bounds(tightener->index, &list->rows, bounds);
  for (uint32_t i = 0; i < list->rows.n; i++) {
    float *bound = &tightener->found->bounds[list->positions[i]];
    /* Both are bounds, and so the greater one is. That a bound never falls keeps the order of what
    ** was taken already. */
    if (bounds[i] > *bound) *bound = bounds[i];
    vss_bitmap_clear(&tightener->found->coarse, list->positions[i]);
  }
  tightener->found->n_coarse -= list->rows.n;
  list->rows.n = 0;
}

static void turn(Tightener *tightener) {
  vss_batch_touch(tightener->index, &tightener->lists[tightener->filling].rows);
  tightener->filling ^= 1;
  compute(tightener, &tightener->lists[tightener->filling]);
}

/* Positions come in any order, each of them once. */
static void add(Tightener *tightener, uint32_t position) {
  uint32_t slot = vss_candidates_slot(tightener->found, position);
  const VssQueryBound *prepared = prepared_of(tightener->index, tightener->found, slot);
  Tightening *list = &tightener->lists[tightener->filling];
  if (list->rows.n == VSS_BATCH_ROWS || (list->rows.n && list->rows.prepared != prepared)) {
    turn(tightener);
    list = &tightener->lists[tightener->filling];
  }
  list->rows.prepared = prepared;
  list->positions[list->rows.n] = position;
  list->rows.slots[list->rows.n++] = slot;
}

static void finish(Tightener *tightener) {
  turn(tightener);
  turn(tightener);
}

/* Make the coarse ones among the candidates of one block tight: those of `word`, from `at` on. */
static void tighten_block(const VssIndex *index, VssCandidates *found, uint32_t at, uint32_t number,
                          uint64_t word) {
  const VssBlock *block = &index->blocks[number];
  const VssQueryBound *prepared = &found->prepared[block->codebook->id];
  const VssQueryCodes *codes = &prepared->codes;
  float by_lane[VSS_BLOCK_ROWS], *bounds = by_lane;
  vss_bounds_block_i8(&codes, 1, block->codes, block->margins, word, &bounds);
  if (vss_has_lengths(index)) vss_values_finish_block(prepared, block, word, by_lane);
  for (; word; word &= word - 1, at++) {
    if (!vss_bitmap_get(&found->coarse, at)) continue;
    found->bounds[at] = fmaxf(found->bounds[at], by_lane[vss_lowest_lane(word)]);
  }
}

/*
** From one row in so many on, all bounds are made tight: a line of a stream takes a fifth of the
** time of a line alone.
*/
#define TIGHTEN_ALL_PART 8

/* All of them, block by block. */
static void tighten_all(const VssIndex *index, VssCandidates *found) {
  uint32_t run = 0;
  for (uint32_t at = 0, end; at < found->count; at = end) {
    uint32_t number = 0;
    uint64_t word = 0;
    int is_coarse = 0;
    for (end = at; end < found->count; end++) {
      if (run + 1 < found->n_runs && found->runs[run + 1].position == end) run++;
      uint32_t slot = found->runs[run].slot + (end - found->runs[run].position);
      if (word && vss_slot_block(slot) != number) break;
      number = vss_slot_block(slot);
      word |= vss_slot_bit(slot);
      is_coarse |= vss_bitmap_get(&found->coarse, end);
    }
    if (is_coarse) tighten_block(index, found, at, number, word);
  }
  vss_bitmap_clear_all(&found->coarse);
  found->n_coarse = 0;
  found->floor = INFINITY;
}

void vss_candidates_tighten(const VssIndex *index, VssCandidates *found, float limit) {
  if (!found->n_coarse) return;
  uint32_t n_below = 0;
  for (uint32_t i = 0; i < found->count; i++)
    n_below += found->bounds[i] <= limit;
  if (n_below > found->count / TIGHTEN_ALL_PART) {
    tighten_all(index, found);
    return;
  }
  Tightener tightener = {.index = index, .found = found};
  for (uint32_t i = 0;; i++) {
    i = vss_next_at_most_f32(found->bounds, i, found->count, limit);
    if (i == found->count) break;
    if (vss_bitmap_get(&found->coarse, i)) add(&tightener, i);
  }
  finish(&tightener);
  found->floor = limit;
}

/* What the row's key is at most, about. It is no bound: nothing but the time depends on it. */
static float estimate_most(const VssIndex *index, const VssCandidates *found, uint32_t position) {
  uint32_t slot = vss_candidates_slot(found, position), lane = vss_slot_lane(slot);
  const VssBlock *block = &index->blocks[vss_slot_block(slot)];
  if (!block->codebook || !(found->bounds[position] > -INFINITY)) return INFINITY;
  const VssQueryBound *prepared = prepared_of(index, found, slot);
  float rho = *vss_block_rho(block, lane), width = prepared->width;
  /* There kappa is 0, and what is in the place of rho turns the width into one of cosines. */
  if (vss_has_lengths(index)) width *= rho * prepared->inverse_length;
  float most = found->bounds[position] + width + 2 * prepared->codes.kappa * rho;
  return most >= found->bounds[position] ? most : INFINITY;
}

int vss_candidates_limit(const VssIndex *index, VssCandidates *found, uint64_t last, uint32_t k,
                         float *out_limit) {
  VssTopk least = {0}, most = {0};
  uint64_t m = 2 * (uint64_t)k + 64;
  *out_limit = INFINITY;
  if (m >= found->count) return VSS_OK;
  int rc = vss_topk_init(&least, (uint32_t)m, found->count);
  if (rc == VSS_OK) rc = vss_topk_init(&most, k, (uint32_t)m);
  if (rc != VSS_OK) goto done;
  for (uint32_t i = 0;; i++) {
    i = vss_next_at_most_f32(found->bounds, i, found->count, vss_topk_threshold(&least));
    if (i == found->count) break;
    uint64_t item = vss_topk_pack(found->bounds[i], i);
    if (item > last) vss_topk_push(&least, item);
  }
  vss_topk_finish(&least);
  if (least.count < m) goto done;
  Tightener tightener = {.index = index, .found = found};
  for (uint32_t i = 0; i < least.count; i++)
    if (vss_bitmap_get(&found->coarse, vss_topk_id(least.items[i])))
      add(&tightener, vss_topk_id(least.items[i]));
  finish(&tightener);
  for (uint32_t i = 0; i < least.count; i++)
    vss_topk_push(&most,
                  vss_topk_pack(estimate_most(index, found, vss_topk_id(least.items[i])), i));
  vss_topk_finish(&most);
  *out_limit = vss_topk_key(most.items[most.count - 1]);

done:
  vss_topk_free(&least);
  vss_topk_free(&most);
  return rc;
}
