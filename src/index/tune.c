/*
** When a segment's codebook no longer fits, and training a new one.
*/
#include "index/index_int.h"

#include <math.h>
#include <string.h>

/* Training on fewer rows says too little; each training of a growing segment has this many times the rows of the last,
** until there were enough: a bulk load would spend a sixth of its time on all 4,096 for nothing that a search notices. */
#define FIRST_TRAINING_ROWS 16
#define GROWTH              4
#define ENOUGH_ROWS         1024
/* A mean rho this many times the trained one is a drift worth re-encoding for ... */
#define DRIFT 1.5
/* ... if enough rows came since: training reads every row, so that a put costs O(1) fetches on average. */
#define DRIFT_MIN_PUTS 64

/* The book that most speaks for the segment: its first block's. Blocks of one segment share one but after partial loads. */
static const VssBook *book_of(const VssIndex *index, uint32_t segment, int *out_missing) {
  uint32_t end = (segment + 1) * VSS_SEGMENT_BLOCKS;
  if (end > index->n_blocks) end = index->n_blocks;
  *out_missing = 0;
  for (uint32_t b = segment * VSS_SEGMENT_BLOCKS; b < end; b++) {
    if (!index->present.words[b]) continue;
    if (index->blocks[b].book) return index->blocks[b].book;
    *out_missing = 1;
  }
  return NULL;
}

static int has_outgrown(uint32_t trained_count, uint32_t count) {
  return trained_count < ENOUGH_ROWS && count >= (uint64_t)trained_count * GROWTH;
}

static int wants(const VssIndex *index, uint32_t number) {
  const VssSegment *segment = &index->segments[number];
  if (!index->padded_dim || segment->count < FIRST_TRAINING_ROWS) return 0;
  int missing;
  const VssBook *book = book_of(index, number, &missing);
  if (!book || missing) return 1;
  if (book->origin == number && has_outgrown(book->trained_count, segment->count)) return 1;
  return segment->n_puts >= DRIFT_MIN_PUTS && segment->n_puts >= segment->count / 2 &&
         segment->sum_rho > DRIFT * book->trained_rho * segment->n_bounded;
}

void vss_segment_judge(VssIndex *index, uint32_t segment) {
  VssSegment *judged = &index->segments[segment];
  int before = judged->wants_tuning;
  judged->wants_tuning = wants(index, segment);
  if (judged->wants_tuning && !before) index->n_wanting++;
  if (!judged->wants_tuning && before) index->n_wanting--;
}

int vss_index_wants_tuning(const VssIndex *index) {
  return index->n_wanting > 0;
}

/* Training reads every row twice, through SQLite: up to this size they are kept from the first time. */
#define KEEP_MAX_BYTES (8u << 20)

/* The vectors of a segment's rows, by position among them. */
typedef struct Rows {
  VssFetch fetch;
  void *context;
  size_t dim;
  float *one;       /* where a row that is not kept is fetched to */
  float *kept;      /* NULL: not kept */
  uint8_t *missing; /* of kept rows: 1 where fetch had none */
  uint32_t n_kept;
} Rows;

static void free_rows(Rows *rows) {
  vss_free(rows->one);
  vss_free(rows->kept);
  vss_free(rows->missing);
  memset(rows, 0, sizeof *rows);
}

static int init_rows(const VssIndex *index, uint32_t segment, VssFetch fetch, void *context,
                     Rows *out_rows) {
  uint64_t count = index->segments[segment].count, row_bytes = (uint64_t)index->dim * sizeof(float);
  Rows rows = {fetch, context, (size_t)index->dim, vss_malloc(row_bytes), NULL, NULL, 0};
  if (!rows.one) return VSS_NOMEM;
  if (count * row_bytes <= KEEP_MAX_BYTES) {
    rows.kept = vss_malloc(count * row_bytes);
    rows.missing = vss_malloc(count);
    /* It only saves time: without the memory, rows are fetched twice. */
    if (!rows.kept || !rows.missing) {
      vss_free(rows.kept);
      rows.kept = NULL;
    }
  }
  *out_rows = rows;
  return VSS_OK;
}

/* The row, borrowed until the next call; NULL when it is gone. Positions are asked in ascending order, twice. */
static int read_row(Rows *rows, uint32_t position, uint32_t slot, const float **out_row) {
  float *row = rows->kept ? rows->kept + position * rows->dim : rows->one;
  int is_missing;
  if (position < rows->n_kept) {
    is_missing = rows->missing[position];
  } else {
    int rc = rows->fetch(rows->context, slot, row);
    if (rc != VSS_OK && rc != VSS_MISSING) return rc;
    is_missing = rc == VSS_MISSING;
    if (rows->kept) {
      rows->missing[position] = (uint8_t)is_missing;
      rows->n_kept = position + 1;
    }
  }
  *out_row = is_missing ? NULL : row;
  return VSS_OK;
}

/* The rows of a segment, one after the other: 1 while there is one. */
static int next_row(const VssIndex *index, uint32_t segment, uint32_t *inout_slot) {
  uint64_t end = ((uint64_t)segment + 1) * VSS_SEGMENT_ROWS;
  for (uint64_t slot = *inout_slot; slot < end && slot / 64 < index->n_blocks; slot++) {
    if (!vss_index_has(index, (uint32_t)slot)) continue;
    *inout_slot = (uint32_t)slot;
    return 1;
  }
  return 0;
}

static int train(const VssIndex *index, uint32_t segment, Rows *rows, VssBook *book) {
  VssTraining training;
  int rc = vss_training_init(index->metric, index->dim, &training);
  if (rc != VSS_OK) return rc;
  uint32_t position = 0;
  for (uint32_t slot = segment * VSS_SEGMENT_ROWS; next_row(index, segment, &slot); slot++) {
    const float *row;
    rc = read_row(rows, position++, slot, &row);
    if (rc != VSS_OK) goto done;
    if (row) vss_training_add(&training, row);
  }
  vss_training_finish(&training, &book->codebook);
  book->origin = segment;
  book->trained_count = index->segments[segment].count;
done:
  vss_training_free(&training);
  return rc;
}

/* Encode every row of the segment anew, into fresh blocks: the old ones stand until all rows were fetched. */
static int encode(VssIndex *index, uint32_t segment, Rows *rows, VssBook *book,
                  VssBlock fresh[VSS_SEGMENT_BLOCKS]) {
  double sum_rho = 0;
  uint32_t n_bounded = 0, position = 0;
  for (uint32_t slot = segment * VSS_SEGMENT_ROWS; next_row(index, segment, &slot); slot++) {
    VssBlock *block = &fresh[slot / VSS_BLOCK_ROWS % VSS_SEGMENT_BLOCKS];
    if (!block->memory) {
      int rc = vss_block_allocate(index, block);
      if (rc != VSS_OK) return rc;
      block->book = book;
      vss_book_use(book);
    }
    VssMargin margin = {INFINITY, 0, 0};
    const float *row;
    int rc = read_row(rows, position++, slot, &row);
    if (rc != VSS_OK) return rc;
    if (row)
      vss_quantize_row(index->metric, index->dim, &book->codebook, row, VSS_SLACK, index->row_codes,
                       &margin);
    else
      memset(index->row_codes, 0, (size_t)index->padded_dim);
    vss_block_write(index, block, slot % VSS_BLOCK_ROWS, index->row_codes, &margin);
    if (margin.length_sq > book->greatest_length_sq) book->greatest_length_sq = margin.length_sq;
    if (margin.rho < INFINITY) {
      sum_rho += (double)margin.rho;
      n_bounded++;
    }
  }
  book->trained_rho = n_bounded ? sum_rho / n_bounded : 0;
  return VSS_OK;
}

/* Put the fresh blocks in the place of the old ones. */
static void replace(VssIndex *index, uint32_t segment, VssBlock fresh[VSS_SEGMENT_BLOCKS]) {
  for (uint32_t i = 0; i < VSS_SEGMENT_BLOCKS; i++) {
    if (!fresh[i].memory) continue;
    uint32_t number = segment * VSS_SEGMENT_BLOCKS + i;
    uint64_t word = index->present.words[number];
    vss_segment_count(index, number, &index->blocks[number], word, -1);
    vss_block_release(index, &index->blocks[number]);
    index->blocks[number] = fresh[i];
    memset(&fresh[i], 0, sizeof fresh[i]);
    vss_segment_count(index, number, &index->blocks[number], word, +1);
    vss_bitmap_set(&index->dirty, number);
  }
}

static int tune_segment(VssIndex *index, uint32_t segment, VssFetch fetch, void *context) {
  VssBlock fresh[VSS_SEGMENT_BLOCKS];
  memset(fresh, 0, sizeof fresh);
  VssBook *book = NULL;
  Rows rows = {0};
  int rc = init_rows(index, segment, fetch, context, &rows);
  if (rc == VSS_OK) rc = vss_book_create(index, &book);
  if (rc != VSS_OK) goto done;
  vss_book_use(book);
  rc = train(index, segment, &rows, book);
  if (rc == VSS_OK) rc = encode(index, segment, &rows, book, fresh);
  if (rc != VSS_OK) goto done;
  replace(index, segment, fresh);
  index->segments[segment].n_puts = 0;
  vss_index_set_latest(index, book);
  vss_segment_judge(index, segment);

done:
  for (int i = 0; i < VSS_SEGMENT_BLOCKS; i++)
    vss_block_release(index, &fresh[i]);
  vss_book_drop(index, book);
  free_rows(&rows);
  return rc;
}

int vss_index_tune(VssIndex *index, VssFetch fetch, void *context) {
  int rc = VSS_OK;
  for (uint32_t segment = 0; index->n_wanting > 0 && segment < index->n_segments && rc == VSS_OK;
       segment++)
    if (index->segments[segment].wants_tuning) rc = tune_segment(index, segment, fetch, context);
  return rc;
}
