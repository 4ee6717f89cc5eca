/*
** Segments: how well their codebook fits, when that is no longer well enough, and training a new
** one.
**
**   rows of segment 0   0 ..... 16 ..... 64 ..... 256 ..... 1,024 ..................... 4,096
**   codebook            none    trained  again    again     again; then only if the data drift
**
** A new block takes the codebook trained last (`latest`), whichever segment it was trained on. So
** segment 1 and the ones after it start with the codebook of segment 0, and are trained on their
** own rows only when those drift away from it.
**
** Training reads the rows of the segment twice: once for the codebook, once to encode them with it.
** The new codes go into a room and blocks of their own, and take the place of the old ones at the
** end, in replace(), which cannot fail.
*/
#include "index/layout.h"

#include <math.h>
#include <string.h>

/*
** A codebook of fewer rows says too little about the next ones. Each training of a growing segment
** has GROWTH times the rows of the one before, until there were ENOUGH_ROWS: training on all 4,096
** would take a sixth of the time of a bulk load, for nothing that a search notices.
*/
#define FIRST_TRAINING_ROWS 16
#define GROWTH              4
#define ENOUGH_ROWS         1024
/*
** Rows have drifted when their mean rho is DRIFT times that of the rows trained on. The segment is
** then trained anew, but only after DRIFT_MIN_PUTS rows and half of its rows were put since the
** last time: training reads every row, and so a put costs O(1) reads of a row on average.
*/
#define DRIFT          1.5
#define DRIFT_MIN_PUTS 64

/*
** The statistics are sums, so that counting a row in or out costs O(1) and no pass over the segment
** is ever needed.
*/
void vss_segment_count(VssIndex *index, uint32_t block, const VssBlock *rows, uint64_t word,
                       int sign) {
  VssSegment *segment = &index->segments[block / VSS_SEGMENT_BLOCKS];
  uint32_t n_bounded = 0;
  double sum_rho = 0;
  for (uint64_t bits = rows->codes ? word : 0; bits; bits &= bits - 1) {
    float rho = *vss_block_rho(rows, vss_lowest_lane(bits));
    if (!(rho < INFINITY)) continue;
    n_bounded++;
    sum_rho += (double)rho;
  }
  uint32_t count = vss_count_lanes(word);
  if (sign > 0) {
    segment->count += count;
    segment->n_bounded += n_bounded;
    segment->sum_rho += sum_rho;
    index->n_present += count;
  } else {
    segment->count -= count;
    segment->n_bounded -= n_bounded;
    /* What rounding leaves over does not pile up: a segment that gets empty starts from 0 again. */
    segment->sum_rho = segment->n_bounded ? segment->sum_rho - sum_rho : 0;
    index->n_present -= count;
  }
}

/*
** The codebook that stands for the segment: that of its first block that has rows. All blocks of a
** segment have the same codebook, except after only some of them were loaded. *out_missing = 1 when
** a block before it has rows and no codebook.
*/
static const VssSharedCodebook *codebook_of(const VssIndex *index, uint32_t segment,
                                            int *out_missing) {
  uint32_t end = (segment + 1) * VSS_SEGMENT_BLOCKS;
  if (end > index->n_blocks) end = index->n_blocks;
  *out_missing = 0;
  for (uint32_t b = segment * VSS_SEGMENT_BLOCKS; b < end; b++) {
    /* A block without rows has no codebook, and says nothing about the segment. */
    if (!index->present.words[b]) continue;
    if (index->blocks[b].codebook) return index->blocks[b].codebook;
    *out_missing = 1;
  }
  return NULL;
}

/* A codebook of few rows is trained again when there are GROWTH times as many. */
static int has_outgrown(uint32_t trained_count, uint32_t count) {
  return trained_count < ENOUGH_ROWS && count >= (uint64_t)trained_count * GROWTH;
}

/*
** Whether the segment wants tuning; the three reasons are those that vss_index_wants_tuning()
** lists.
*/
static int wants(const VssIndex *index, uint32_t number) {
  const VssSegment *segment = &index->segments[number];
  /* So few rows are computed without codes: their bounds are -Inf, which costs next to nothing. */
  if (!index->padded_dim || segment->count < FIRST_TRAINING_ROWS) return 0;
  /* Codes that are the vectors themselves do not depend on others. */
  if (vss_holds_vectors(index)) return 0;
  int missing;
  const VssSharedCodebook *codebook = codebook_of(index, number, &missing);
  if (!codebook || missing) return 1;
  if (codebook->origin == number && has_outgrown(codebook->trained_count, segment->count)) return 1;
  return segment->n_puts >= DRIFT_MIN_PUTS && segment->n_puts >= segment->count / 2 &&
         segment->sum_rho > DRIFT * codebook->trained_rho * segment->n_bounded;
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

/*
** Training reads every row twice, through SQLite. Rows of at most this size in all are kept from
** the first reading.
*/
#define KEEP_MAX_BYTES (8u << 20)

/*
** Reads the vectors of a segment's rows, twice, by their position among the rows that are present.
*/
typedef struct Rows {
  VssFetch fetch;
  void *context;
  size_t dim;
  float *one;       /* where a row is fetched to when rows are not kept */
  float *kept;      /* all rows, by position; NULL: they are not kept */
  uint8_t *missing; /* of kept rows: 1 where fetch found no row */
  uint32_t n_kept;  /* positions below this one were fetched and kept */
} Rows;

static void free_rows(Rows *rows) {
  vss_free(rows->one);
  vss_free(rows->kept);
  vss_free(rows->missing);
  memset(rows, 0, sizeof *rows);
}

/* `one` alone is needed: the arrays that keep rows are there only for segments that are small. */
static int init_rows(const VssIndex *index, uint32_t segment, VssFetch fetch, void *context,
                     Rows *out_rows) {
  uint64_t count = index->segments[segment].count, row_bytes = (uint64_t)index->dim * sizeof(float);
  Rows rows = {fetch, context, (size_t)index->dim, vss_malloc(row_bytes), NULL, NULL, 0};
  if (!rows.one) return VSS_NOMEM;
  if (count * row_bytes <= KEEP_MAX_BYTES) {
    rows.kept = vss_malloc(count * row_bytes);
    rows.missing = vss_malloc(count);
    /* Keeping rows only saves time. When there is no memory for it, they are fetched twice. */
    if (!rows.kept || !rows.missing) {
      vss_free(rows.kept);
      rows.kept = NULL;
    }
  }
  *out_rows = rows;
  return VSS_OK;
}

/*
** The row, borrowed until the next call; NULL when it is gone. Callers ask for the positions 0, 1,
** 2, ... and then for all of them again.
*/
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

/* The lowest row of the segment at or above `slot`, or VSS_NONE. */
static uint32_t row_from(const VssIndex *index, uint32_t segment, uint32_t slot) {
  uint32_t found = vss_bitmap_next(&index->present, slot);
  return found != VSS_NONE && found / VSS_SEGMENT_ROWS == segment ? found : VSS_NONE;
}
static uint32_t first_row(const VssIndex *index, uint32_t segment) {
  return row_from(index, segment, segment * VSS_SEGMENT_ROWS);
}
static uint32_t next_row(const VssIndex *index, uint32_t segment, uint32_t slot) {
  return row_from(index, segment, slot + 1);
}

/* Fill the codebook from all rows of the segment. */
static int train(const VssIndex *index, uint32_t segment, Rows *rows, VssSharedCodebook *codebook) {
  VssTraining training;
  int rc = vss_training_init(index->metric, index->dim, &training);
  if (rc != VSS_OK) return rc;
  uint32_t position = 0;
  for (uint32_t slot = first_row(index, segment); slot != VSS_NONE;
       slot = next_row(index, segment, slot)) {
    const float *row;
    rc = read_row(rows, position++, slot, &row);
    if (rc != VSS_OK) goto done;
    if (row) vss_training_add(&training, row);
  }
  vss_training_finish(&training, &codebook->values);
  codebook->origin = segment;
  codebook->trained_count = index->segments[segment].count;
done:
  vss_training_free(&training);
  return rc;
}

/*
** The fresh codes of a segment under training, in the same shape as those of the index. Zero-
** initialise.
*/
typedef struct Fresh {
  VssRoom room;
  VssBlock blocks[VSS_SEGMENT_BLOCKS];
} Fresh;

/*
** Encode every row of the segment with the codebook, into fresh blocks. The old blocks stay as they
** are, so that a fetch that fails leaves the segment with its old codebook and codes, which are
** still correct. A row that is gone gets rho +Inf: its bound is -Inf.
*/
static int encode(VssIndex *index, uint32_t segment, Rows *rows, VssSharedCodebook *codebook,
                  Fresh *fresh) {
  double sum_rho = 0;
  uint32_t n_bounded = 0, position = 0;
  /* As many places as the segment has now: it has room to grow in, and no block moves here. */
  uint32_t places = index->segments[segment].room.places;
  int rc = vss_room_reserve(index, &fresh->room, fresh->blocks, places);
  if (rc != VSS_OK) return rc;
  for (uint32_t slot = first_row(index, segment); slot != VSS_NONE;
       slot = next_row(index, segment, slot)) {
    uint32_t number = vss_slot_block(slot) % VSS_SEGMENT_BLOCKS;
    VssBlock *block = &fresh->blocks[number];
    if (!block->codes) {
      rc = vss_room_add(index, &fresh->room, fresh->blocks, number);
      if (rc != VSS_OK) return rc;
      block->codebook = codebook;
      vss_codebook_use(codebook);
    }
    VssMargin margin = {INFINITY, 0, 0};
    const float *row;
    rc = read_row(rows, position++, slot, &row);
    if (rc != VSS_OK) return rc;
    if (row)
      vss_quantize_row(index->metric, index->dim, &codebook->values, row, VSS_SLACK,
                       index->row_codes, &margin);
    else
      memset(index->row_codes, 0, (size_t)index->padded_dim);
    vss_block_write(index, block, vss_slot_lane(slot), index->row_codes, &margin);
    vss_codebook_stretch(codebook, margin.length_sq);
    if (margin.rho < INFINITY) {
      sum_rho += (double)margin.rho;
      n_bounded++;
    }
  }
  codebook->trained_rho = n_bounded ? sum_rho / n_bounded : 0;
  return VSS_OK;
}

/*
** Put the fresh blocks in the place of the old ones. Every block that has a row has a fresh one.
** Cannot fail.
*/
static void replace(VssIndex *index, uint32_t segment, Fresh *fresh) {
  VssBlock *blocks = vss_segment_blocks(index, segment);
  uint32_t first = segment * VSS_SEGMENT_BLOCKS;
  for (uint32_t i = 0; i < VSS_SEGMENT_BLOCKS; i++)
    if (blocks[i].codes)
      vss_segment_count(index, first + i, &blocks[i], index->present.words[first + i], -1);
  vss_room_clear(index, &index->segments[segment].room, blocks);
  index->segments[segment].room = fresh->room;
  memcpy(blocks, fresh->blocks, sizeof fresh->blocks);
  memset(fresh, 0, sizeof *fresh);
  for (uint32_t i = 0; i < VSS_SEGMENT_BLOCKS; i++) {
    if (!blocks[i].codes) continue;
    vss_segment_count(index, first + i, &blocks[i], index->present.words[first + i], +1);
    index->dirty.words[first + i] = UINT64_MAX;
  }
}

/*
** Train one segment. The local use of the codebook keeps it alive until blocks hold it, and frees
** it after a failure.
*/
static int tune_segment(VssIndex *index, uint32_t segment, VssFetch fetch, void *context) {
  Fresh fresh;
  memset(&fresh, 0, sizeof fresh);
  VssSharedCodebook *codebook = NULL;
  Rows rows = {0};
  int rc = init_rows(index, segment, fetch, context, &rows);
  if (rc == VSS_OK) rc = vss_codebook_create(index, &codebook);
  if (rc != VSS_OK) goto done;
  vss_codebook_use(codebook);
  rc = train(index, segment, &rows, codebook);
  if (rc == VSS_OK) rc = encode(index, segment, &rows, codebook, &fresh);
  if (rc != VSS_OK) goto done;
  replace(index, segment, &fresh);
  index->segments[segment].n_puts = 0;
  vss_index_set_latest(index, codebook);
  vss_segment_judge(index, segment);

done:
  vss_room_clear(index, &fresh.room, fresh.blocks);
  vss_codebook_drop(index, codebook);
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
