/*
** Rows, their slots and their codes, following the rows: index/resident.h.
**
** A change of a row takes the same steps in each of the three ways:
**
**   freeze      open rankings copy the rowids that they still need
**   claim       the row gets a slot, or keeps the one it has, and the slot's block is dirty
**   codes       each vector is encoded into the slot, or removed from it
**
** After a failure a row that was new is removed again, so that no row is known with half of its
** vectors. A row that was known may have some vectors of before and some of now. Each of them is
** the code of a vector that the row has had, and reading the row again makes them agree.
*/
#include "index/resident.h"

#include <string.h>

#include "base/codec.h"

/* One block of scratch for all columns: a row's vectors are read one after the other. */
int vss_resident_init(VssResident *resident, const VssVectorShape *shapes, int n_vectors,
                      VssRowReader reader) {
  memset(resident, 0, sizeof *resident);
  resident->reader = reader;
  resident->n_vectors = n_vectors;
  int max_dim = 1;
  for (int v = 0; v < n_vectors; v++) {
    if (shapes[v].dim > max_dim) max_dim = shapes[v].dim;
  }
  resident->shapes = vss_calloc((uint64_t)n_vectors, sizeof *resident->shapes);
  resident->indexes = vss_calloc((uint64_t)n_vectors, sizeof *resident->indexes);
  resident->scratch = vss_malloc((uint64_t)max_dim * sizeof *resident->scratch);
  if (!resident->shapes || !resident->indexes || !resident->scratch) return VSS_NOMEM;
  memcpy(resident->shapes, shapes, (size_t)n_vectors * sizeof *shapes);
  return VSS_OK;
}

/* Takes what has been started in part, and what has been forgotten already. */
void vss_resident_forget(VssResident *resident) {
  for (int v = 0; resident->indexes && v < resident->n_vectors; v++) {
    vss_index_free(resident->indexes[v]);
    resident->indexes[v] = NULL;
  }
  vss_idmap_free(&resident->map);
  vss_bitmap_free(&resident->dirty);
}

void vss_resident_free(VssResident *resident) {
  vss_resident_forget(resident);
  vss_free(resident->shapes);
  vss_free(resident->indexes);
  vss_free(resident->scratch);
  memset(resident, 0, sizeof *resident);
}

/*
** Indexes are made here and not by init: an index of a table that is never searched costs nothing.
*/
int vss_resident_start(VssResident *resident) {
  vss_resident_forget(resident);
  for (int v = 0; v < resident->n_vectors; v++) {
    const VssVectorShape *shape = &resident->shapes[v];
    int code = vss_index_create_column(shape, &resident->indexes[v]);
    if (code != VSS_OK) return code;
  }
  return VSS_OK;
}

/* ---- the reader's vectors, by rowid and by slot ---- */

/* The context of both fetches: one vector column of the rows. */
typedef struct Fetcher {
  const VssResident *resident;
  int vector;
} Fetcher;

/* VssFetchRow, for rankings: a slot may have been reused while they were open. */
static int fetch_row(void *context, int64_t rowid, float *out_vector) {
  const Fetcher *fetcher = context;
  const VssRowReader *reader = &fetcher->resident->reader;
  return reader->read_vector(reader->context, fetcher->vector, rowid, out_vector);
}

/* VssFetchRows, for rankings of readers that have it. */
static int fetch_rows(void *context, const int64_t *rowids, uint32_t n, float *out_vector,
                      VssTakeRow take, void *taker) {
  const Fetcher *fetcher = context;
  const VssRowReader *reader = &fetcher->resident->reader;
  return reader->read_vectors(reader->context, fetcher->vector, rowids, n, out_vector, take, taker);
}

/* VssFetch, for training: an index knows slots alone. */
static int fetch_slot(void *context, uint32_t slot, float *out_vector) {
  const Fetcher *fetcher = context;
  return fetch_row(context, fetcher->resident->map.rowids[slot], out_vector);
}

/* ---- following the rows ---- */

/*
** Freezing costs 8 bytes per candidate, once per ranking: a ranking that is frozen does not look at
** the map again. The generation counts even where no ranking is open, since rankings that wait
** ahead (vss0/ahead.h) are thrown away by it instead.
*/
int vss_resident_freeze(VssResident *resident) {
  resident->generation++;
  for (VssOpenRank *open = resident->open_ranks; open; open = open->next) {
    int code = vss_rank_freeze(open->rank);
    if (code != VSS_OK) return code;
  }
  return VSS_OK;
}

/* The block of a slot must be stored again. Its codes have marks of their own, in the index. */
static int mark_dirty(VssResident *resident, uint32_t slot) {
  return vss_bitmap_set(&resident->dirty, vss_slot_block(slot));
}

/* Remove the row of a slot from everything. Its block must be dirty. */
static void remove_row(VssResident *resident, int64_t rowid, uint32_t slot) {
  for (int v = 0; v < resident->n_vectors; v++)
    vss_index_remove(resident->indexes[v], slot);
  vss_idmap_remove(&resident->map, rowid);
}

/*
** Make a slot free for `rowid`. Who has it may be known from before a rollback: the reader says
** whether that row still has the slot. Then there are two rows of one slot, and the table is
** damaged.
*/
static int vacate(VssResident *resident, uint32_t slot) {
  if (!vss_bitmap_get(&resident->map.live, slot)) return VSS_OK;
  int64_t occupant = resident->map.rowids[slot];
  if (!resident->reader.find_row) return VSS_CORRUPT;
  int found;
  uint32_t wanted;
  int code = resident->reader.find_row(resident->reader.context, occupant, &found, &wanted);
  if (code == VSS_OK && found && wanted == slot) code = VSS_CORRUPT;
  if (code == VSS_OK) code = mark_dirty(resident, slot);
  if (code == VSS_OK) remove_row(resident, occupant, slot);
  return code;
}

/*
** The slot of a row that is about to be written, marked dirty. `wanted` VSS_NONE: the one it has,
** or the lowest free one. *out_known: it had this slot before, and only a new row may be removed
** again after a failure.
*/
static int claim_slot(VssResident *resident, int64_t rowid, uint32_t wanted, uint32_t *out_slot,
                      int *out_known) {
  uint32_t former = vss_idmap_find(&resident->map, rowid);
  int code = VSS_OK;
  if (wanted != VSS_NONE && former != wanted) {
    if (former != VSS_NONE) {
      code = mark_dirty(resident, former);
      if (code == VSS_OK) remove_row(resident, rowid, former);
    }
    if (code == VSS_OK) code = vacate(resident, wanted);
    if (code == VSS_OK) code = vss_idmap_place(&resident->map, rowid, wanted);
    if (code != VSS_OK) return code;
    former = VSS_NONE;
    *out_slot = wanted;
  } else {
    code = vss_idmap_add(&resident->map, rowid, out_slot);
    if (code != VSS_OK) return code;
  }
  *out_known = former != VSS_NONE;
  code = mark_dirty(resident, *out_slot);
  if (code != VSS_OK && !*out_known) vss_idmap_remove(&resident->map, rowid);
  return code;
}

/*
** The caller has the vectors in hand: nothing is read. This is what each row of a load goes
** through.
*/
int vss_resident_put(VssResident *resident, int64_t rowid, uint32_t wanted,
                     const float *const *vectors, uint32_t *out_slot) {
  uint32_t slot;
  int is_known;
  int code = vss_resident_freeze(resident);
  if (code == VSS_OK) code = claim_slot(resident, rowid, wanted, &slot, &is_known);
  if (code != VSS_OK) return code;
  for (int v = 0; v < resident->n_vectors && code == VSS_OK; v++) {
    /* A row that is put again may have had a vector where it has NULL now. */
    if (vectors[v]) {
      code = vss_index_put(resident->indexes[v], slot, vectors[v]);
    } else {
      vss_index_remove(resident->indexes[v], slot);
    }
  }
  /* A new row has all of its vectors or is not there. */
  if (code != VSS_OK && !is_known) remove_row(resident, rowid, slot);
  if (code == VSS_OK && out_slot) *out_slot = slot;
  return code;
}

/* No ranking is open over a state that was just started: there is nothing to freeze. */
int vss_resident_place(VssResident *resident, int64_t rowid, uint32_t slot) {
  int code = vss_idmap_place(&resident->map, rowid, slot);
  return code == VSS_OK ? mark_dirty(resident, slot) : code;
}

int vss_resident_put_vector(VssResident *resident, int vector, uint32_t slot, const float *x) {
  if (vss_codec_check_finite(x, (uint64_t)resident->shapes[vector].dim, NULL) != VSS_OK)
    return VSS_CORRUPT;
  return vss_index_put(resident->indexes[vector], slot, x);
}

int vss_resident_put_stored(VssResident *resident, int vector, uint32_t slot, const void *bytes) {
  return vss_index_put_stored(resident->indexes[vector], slot, bytes);
}

/* The mark comes first: it is the one step that can fail. */
int vss_resident_drop(VssResident *resident, int64_t rowid) {
  uint32_t slot = vss_idmap_find(&resident->map, rowid);
  if (slot == VSS_NONE) return VSS_OK;
  int code = vss_resident_freeze(resident);
  if (code == VSS_OK) code = mark_dirty(resident, slot);
  if (code == VSS_OK) remove_row(resident, rowid, slot);
  return code;
}

/*
** Make one vector of a row what the reader says. What the reader brings comes from a file, and a
** vector that is not finite must not reach an index: its bounds would mean nothing.
*/
static int reread_vector(VssResident *resident, int vector, int64_t rowid, uint32_t slot) {
  VssIndex *index = resident->indexes[vector];
  float *stored = resident->scratch;
  int code = resident->reader.read_vector(resident->reader.context, vector, rowid, stored);
  if (code == VSS_MISSING) {
    vss_index_remove(index, slot);
    return VSS_OK;
  }
  if (code != VSS_OK) return code;
  if (vss_codec_check_finite(stored, (uint64_t)resident->shapes[vector].dim, NULL) != VSS_OK)
    return VSS_CORRUPT;
  if (vss_index_has(index, slot) && vss_index_matches(index, slot, stored)) return VSS_OK;
  return vss_index_put(index, slot, stored);
}

/* Whether the row exists is asked first: a row whose vectors are all NULL exists as well. */
int vss_resident_reread(VssResident *resident, int64_t rowid, uint32_t *out_slot) {
  int found;
  uint32_t wanted;
  *out_slot = VSS_NONE;
  int code = resident->reader.find_row(resident->reader.context, rowid, &found, &wanted);
  if (code != VSS_OK) return code;
  /* Dropping a row that is not known here either changes nothing, and freezes nothing. */
  if (!found) return vss_resident_drop(resident, rowid);
  uint32_t slot;
  int is_known;
  code = vss_resident_freeze(resident);
  if (code == VSS_OK) code = claim_slot(resident, rowid, wanted, &slot, &is_known);
  if (code != VSS_OK) return code;
  for (int v = 0; v < resident->n_vectors && code == VSS_OK; v++)
    code = reread_vector(resident, v, rowid, slot);
  if (code != VSS_OK && !is_known) remove_row(resident, rowid, slot);
  if (code == VSS_OK) *out_slot = slot;
  return code;
}

/* A column that fails leaves its segment as it was, and the columns behind it for the next time. */
int vss_resident_tune(VssResident *resident) {
  int code = VSS_OK;
  for (int v = 0; v < resident->n_vectors && code == VSS_OK; v++) {
    if (!vss_index_wants_tuning(resident->indexes[v])) continue;
    /* Rows get other codes, from which open rankings would make their bounds tight. */
    code = vss_resident_freeze(resident);
    if (code != VSS_OK) break;
    Fetcher fetcher = {resident, v};
    code = vss_index_tune(resident->indexes[v], fetch_slot, &fetcher);
  }
  return code;
}

/* After a commit, and after loading: what is in memory is what is stored. */
void vss_resident_clean(VssResident *resident) {
  for (int v = 0; v < resident->n_vectors; v++)
    vss_index_clean(resident->indexes[v]);
  vss_bitmap_free(&resident->dirty);
}

/* ---- rankings ---- */

/* The new ranking comes first: the one opened last is closed first, as a rule. */
void vss_resident_watch(VssResident *resident, int vector, VssRank *rank, VssOpenRank *open) {
  *open = (VssOpenRank){resident, vector, rank, resident->open_ranks};
  resident->open_ranks = open;
}

/* By rowid: after a freeze the map says nothing about the rows of the ranking. */
int vss_resident_next(VssOpenRank *open, VssHit *out_hit, int *out_done) {
  Fetcher fetcher = {open->resident, open->vector};
  VssRowSource source = {&fetcher, fetch_row,
                         open->resident->reader.read_vectors ? fetch_rows : NULL};
  return vss_rank_next(open->rank, &source, out_hit, out_done);
}

/* What vss_resident_measure() asks a reader for. */
typedef struct Measure {
  const VssVectorShape *shape;
  const float *query;
  const float *row; /* the vector that the reader has just brought */
  const VssHit *from;
  VssHit *to; /* where the next hit goes: at or before `from` and what is behind it */
} Measure;

/* VssTakeRow: the same distance, bit for bit, as a ranking computes. */
static void measure_row(void *context, uint32_t i) {
  Measure *measure = context;
  double value = vss_metric_distance(measure->shape->metric, measure->query, measure->row,
                                     measure->shape->dim);
  *measure->to++ = (VssHit){measure->from[i].rowid, vss_metric_round(value)};
}

/* Below this number, one call for several rows costs more than one call for each. */
#define LEAST_TOGETHER_ROWS 16

/* Up to VSS_FETCH_ROWS rows. */
static int measure_rows(VssResident *resident, int vector, Measure *measure, uint32_t n) {
  const VssRowReader *reader = &resident->reader;
  if (n >= LEAST_TOGETHER_ROWS && reader->read_vectors) {
    int64_t rowids[VSS_FETCH_ROWS];
    for (uint32_t i = 0; i < n; i++)
      rowids[i] = measure->from[i].rowid;
    return reader->read_vectors(reader->context, vector, rowids, n, resident->scratch, measure_row,
                                measure);
  }
  for (uint32_t i = 0; i < n; i++) {
    int code =
        reader->read_vector(reader->context, vector, measure->from[i].rowid, resident->scratch);
    if (code == VSS_OK) measure_row(measure, i);
    if (code != VSS_OK && code != VSS_MISSING) return code;
  }
  return VSS_OK;
}

int vss_resident_measure(VssResident *resident, int vector, const float *query, VssHit *hits,
                         uint32_t n, uint32_t *out_n) {
  Measure measure = {&resident->shapes[vector], query, resident->scratch, hits, hits};
  for (uint32_t i = 0; i < n;) {
    uint32_t n_now = n - i < VSS_FETCH_ROWS ? n - i : VSS_FETCH_ROWS;
    measure.from = hits + i;
    int code = measure_rows(resident, vector, &measure, n_now);
    if (code != VSS_OK) return code;
    i += n_now;
  }
  *out_n = (uint32_t)(measure.to - hits);
  return VSS_OK;
}

/* The list is as long as there are searches under way, one or two as a rule. */
void vss_resident_close(VssOpenRank *open) {
  if (!open->rank) return;
  VssOpenRank **link = &open->resident->open_ranks;
  while (*link != open)
    link = &(*link)->next;
  *link = open->next;
  vss_rank_free(open->rank);
  memset(open, 0, sizeof *open);
}

/* The marks and the scratch are left out: a few bytes per block. */
uint64_t vss_resident_memory(const VssResident *resident) {
  uint64_t size_bytes = vss_idmap_memory(&resident->map);
  for (int v = 0; v < resident->n_vectors; v++) {
    if (resident->indexes[v]) size_bytes += vss_index_memory(resident->indexes[v]);
  }
  return size_bytes;
}
