/*
** The resident index of one vector column: 8-bit codes in blocks of 64 rows, with a proven error
** bound for each row.
**
**   vector --put--> codes, rho, base of a slot      kernel/block.h, index/quantize.h
**   query  --scan-> a lower bound of each row's distance
**          --rank-> rows in exact order             index/rank.h
**
** It holds no float32 vectors and no rowids: it knows rows by their slots. Where a vector is needed
** again, for training or for an exact distance, the caller's VssFetch brings it, and the index does
** not know where from. Metrics without codes (vss_metric_has_codes() is 0) keep only which slots
** are present: every bound is -Inf and every row's distance is computed.
**
** An index of int8 or bit vectors holds the vectors themselves: its codes are their stored bytes,
** whatever the metric. It is never tuned, fetches nothing, and vss_index_read() gives its vectors.
*/
#ifndef VSS_INDEX_H
#define VSS_INDEX_H

#include "base/bitmap.h"
#include "base/buffer.h"
#include "base/stop.h"
#include "kernel/element.h"
#include "kernel/metric.h"

typedef struct VssIndex VssIndex;

/*
** Bring the float32 vector of a slot into out_vector (dim floats). The result is VSS_OK, or
** VSS_MISSING when the row is gone; anything else stops the operation and is returned as it is.
*/
typedef int (*VssFetch)(void *context, uint32_t slot, float *out_vector);

/* What must be known of a vector column. All other fields may be 0 where `element` is FLOAT32. */
typedef struct VssVectorShape {
  VssMetric metric;
  int dim;            /* 1 to VSS_MAX_DIM; a multiple of 8 where the element is BIT */
  VssElement element; /* BIT where the metric is HAMMING, and only there */
  double scale;       /* of INT8 */
} VssVectorShape;

/* An empty index, of a column that the caller has checked. VSS_NOMEM. */
int vss_index_create_column(const VssVectorShape *shape, VssIndex **out_index);
/* The same for float32 vectors. */
int vss_index_create(VssMetric metric, int dim, VssIndex **out_index);
void vss_index_free(VssIndex *index); /* takes NULL */

/*
** Encode x (dim finite floats) into the slot, in the place of what was there; the block gets dirty.
** An index that holds its vectors takes what one of them reads back as.
** VSS_NOMEM: nothing changed.
*/
int vss_index_put(VssIndex *index, uint32_t slot, const float *x);
/*
** The same for an index that holds its vectors, from the bytes that are stored of one. Any bytes
** are a vector. VSS_NOMEM: nothing changed.
*/
int vss_index_put_stored(VssIndex *index, uint32_t slot, const void *bytes);
/* Take the slot's row out. Nothing happens when it has none. */
void vss_index_remove(VssIndex *index, uint32_t slot);
int vss_index_has(const VssIndex *index, uint32_t slot);
uint32_t vss_index_count(const VssIndex *index); /* rows present */
VssMetric vss_index_metric(const VssIndex *index);
int vss_index_dim(const VssIndex *index);

/* Whether the codes are the vectors themselves. */
int vss_index_holds_vectors(const VssIndex *index);
/* What the vector of a slot that is present reads back as, of such an index. Cost: O(dim). */
void vss_index_read(const VssIndex *index, uint32_t slot, float *out_vector);
/* Whether the bounds of a scan are the keys themselves, where they are above -Inf. */
int vss_index_has_exact_bounds(const VssIndex *index);

/*
** A codebook fits the data only if it was trained on data like them. A segment (4,096 slots) wants
** tuning
**
**   when it has 16 rows, and some were put before there was any codebook;
**   when its codebook was trained on it, on fewer than 1,024 rows, and it has 4 times as many now;
**   when its mean rho exceeds 1.5 times that of the rows its codebook was trained on, and enough
**   rows were put since.
**
** A codebook that was trained on another segment serves as it is until the third case. `tune`
** trains those segments on their rows, which it fetches, encodes the rows anew and marks the blocks
** dirty. When a fetch fails, the segment keeps its old codebook and codes, which are still correct.
** Cost: `wants` O(1); `tune` two fetches per row of these segments, or one while they fit 8 MB.
*/
int vss_index_wants_tuning(const VssIndex *index);
int vss_index_tune(VssIndex *index, VssFetch fetch, void *context);

/*
** The rows that a scan found, in slot order. Zero-initialise; free with vss_candidates_free().
**
**   bounds   b0  b1  b2  b3  b4  ...       by position
**   runs     {0, slot 64}  {3, slot 200}   positions 0 to 2 are slots 64 to 66, 3 is slot 200 ...
**
** A scan of a whole table has one run, so that all that it writes are the bounds.
**
** A bound is tight when it comes from the codes, and coarse when it comes from their high nibbles
** alone. A coarse bound is a bound as well. vss_candidates_tighten() replaces it where it matters.
*/
typedef struct VssRun {
  uint32_t position; /* the first of the run; it ends where the next run starts */
  uint32_t slot;     /* the slot of that position; the next position has the next slot */
} VssRun;
typedef struct VssCandidates {
  float *bounds; /* at most vss_metric_key() of the row's exact, rounded distance */
  uint32_t count;
  uint32_t capacity;
  VssRun *runs;
  uint32_t n_runs;
  uint32_t capacity_runs;
  VssBitmap coarse;               /* by position */
  uint32_t n_coarse;              /* how many bounds are coarse */
  float floor;                    /* coarse bounds are greater; -Inf where nothing is known */
  struct VssQueryBound *prepared; /* by codebook id: the query, for the bounds that are to come */
  uint32_t n_prepared;
} VssCandidates;
void vss_candidates_free(VssCandidates *candidates);
/* The slot of the candidate at a position below count. Cost: O(log n_runs). */
uint32_t vss_candidates_slot(const VssCandidates *candidates, uint32_t position);

/*
** Make tight every coarse bound that is at most `limit`. The index has to be as it was during the
** scan. Afterwards every coarse bound is greater than the limit. No bound gets smaller. Cannot
** fail. Cost: padded dim bytes per such row, and 4 bytes per candidate. Where that would be much,
** all bounds become tight, in one pass over the blocks that have a coarse one.
*/
void vss_candidates_tighten(const VssIndex *index, VssCandidates *candidates, float limit);
/*
** A limit that about `k` of the candidates above `last` are not greater than, distances that is,
** and not bounds. `last` is a bound and its position, packed as base/topk.h does; 0: all
** candidates. Makes the bounds of about 2k + 64 candidates tight to estimate it. At least one
** candidate above `last` has a tight bound at or below the limit, if there is any candidate above
** it. VSS_NOMEM.
*/
int vss_candidates_limit(const VssIndex *index, VssCandidates *candidates, uint64_t last,
                         uint32_t k, float *out_limit);

/* What a scan is asked for. Everything is borrowed for the length of the call. */
typedef struct VssScanRequest {
  const float *queries;    /* n_queries * dim finite floats, one query after the other */
  uint32_t n_queries;      /* at least 1 */
  float max_key;           /* rows with a greater bound are left out; +Inf: none is */
  const VssBitmap *filter; /* by slot; NULL: every row passes */
  uint64_t n_nearest;      /* about how many of the nearest rows matter: bounds of the others may
                              stay coarse; 0: all bounds are tight */
  VssStop stop;            /* asked about once per millisecond of work; a yes ends in VSS_STOP */
} VssScanRequest;

/*
** A lower bound for every present row that the filter lets pass, in slot order, for each query. A
** bound never exceeds the key of the row's exact, rounded distance; rows that cannot be bounded get
** -Inf.
**
** out_candidates: one per query, written only on success. VSS_NOMEM, VSS_STOP. Cost: padded dim
** bytes per row, read from memory once for all queries, and half of that where bounds are coarse.
** Blocks without a selected row are skipped, and where few rows of a block are selected, only those
** are read.
**
** Coarse bounds pay where few of them have to be made tight later. A scan of a large table that may
** leave bounds coarse starts with the high nibbles. After a part of the blocks it looks how many
** rows they could not exclude, and goes on with the codes if those are too many.
*/
int vss_index_scan(const VssIndex *index, const VssScanRequest *request,
                   VssCandidates *out_candidates);

/*
** For tests: make every scan take one path, whatever the data. All paths give the same answers.
** This holds for all indexes of the process, and must not change while a scan runs.
*/
typedef enum VssScanPath {
  VSS_SCAN_AUTO,
  VSS_SCAN_DENSE,     /* whole blocks, also for a single row */
  VSS_SCAN_SPARSE,    /* row by row, also where all rows are selected, and look-ups by postings */
  VSS_SCAN_STREAMING, /* as AUTO, but a ranking starts with the smallest batch, whatever k is */
  VSS_SCAN_FLOATS,    /* codes are not read: every row's distance is computed */
  VSS_SCAN_COARSE,    /* whole blocks, by their high nibbles wherever bounds may be coarse */
  VSS_SCAN_ADAPTIVE,  /* as COARSE, until the scan looks back and decides, also in a small table */
  VSS_SCAN_COARSE_ROWS,   /* as COARSE, and row by row */
  VSS_SCAN_ADAPTIVE_ROWS, /* as ADAPTIVE, and row by row */
  VSS_SCAN_PATHS
} VssScanPath;
void vss_index_force_scan(VssScanPath path);
VssScanPath vss_index_scan_path(void);

/*
** 1 when the slot holds exactly what vss_index_put(x) would store there: for integrity checks.
** Cannot fail. Cost: O(dim).
*/
int vss_index_matches(const VssIndex *index, uint32_t slot, const float *x);

/* The highest id that a stored codebook may have. */
#define VSS_MAX_CODEBOOK 0xFFFFF

/*
** Persistence, as bytes: blocks and codebooks, little-endian, each with a version byte, the
** dimension, the metric and a checksum. index/bytes.c draws them, and docs/format.md says where
** they are stored.
**
** Saving: the dirty blocks and the dirty codebooks, then vss_index_clean(). A save that appends
** nothing (a block without rows, a codebook that no block uses any more) means: delete what is
** stored under that number.
**
** Loading: a codebook before the blocks that use it. Loading is validating: VSS_CORRUPT leaves the
** index unchanged. What is loaded is clean, and takes the place of what was there. A codebook that
** differs from the resident one with its id takes over the id for the blocks loaded afterwards;
** resident blocks keep theirs under a new id, and become dirty. After loading, the codebook loaded
** last is the one that new blocks start with.
*/

/*
** Parts. The rows of a block may be saved in 1, 2, 4, 8 or 16 items of as many rows each, so that
** they fill the pages of a database well. Part p of n has the lanes 64/n * p to 64/n * (p + 1) - 1.
** All items of an index should have the same number of parts.
*/
#define VSS_MOST_PARTS 16
/* What a row has in its part beside its codes, and a part beside its rows. */
#define VSS_MARGIN_BYTES        8
#define VSS_PART_OVERHEAD_BYTES 36
static inline uint64_t vss_part_lanes(uint32_t n_parts, uint32_t part) {
  uint32_t n_rows = VSS_BLOCK_ROWS / n_parts;
  return UINT64_MAX >> (VSS_BLOCK_ROWS - n_rows) << (part * n_rows);
}

/* The lowest dirty block at or above `from`, or VSS_NONE. */
uint32_t vss_index_next_dirty_block(const VssIndex *index, uint32_t from);
/* Its lanes that have changed. */
uint64_t vss_index_dirty_lanes(const VssIndex *index, uint32_t block);
/* The bytes of a row's codes; 0: the metric has none. */
int vss_index_row_bytes(const VssIndex *index);
/* Codebook ids are below this number; some of them may be free. */
uint32_t vss_index_codebook_count(const VssIndex *index);
int vss_index_codebook_dirty(const VssIndex *index, uint32_t id);
/* Nothing is dirty any more: everything was saved. */
void vss_index_clean(VssIndex *index);

/*
** Append the bytes. VSS_NOMEM. A part without rows is not nothing, unless it is the only one. Not
** of an index that holds its vectors, which is not stored.
*/
int vss_index_save_part(const VssIndex *index, uint32_t block, uint32_t n_parts, uint32_t part,
                        VssBuffer *out);
int vss_index_save_block(const VssIndex *index, uint32_t block, VssBuffer *out); /* in one part */
int vss_index_save_codebook(const VssIndex *index, uint32_t id, VssBuffer *out);

/*
** Take over what was saved; size_bytes 0 empties the block. VSS_CORRUPT, VSS_NOMEM. Memory grows
** with the block's number, which callers check against their rows first.
*/
int vss_index_load_block(VssIndex *index, uint32_t block, const void *bytes, uint64_t size_bytes);
/*
** The same for the lanes of a part; the other lanes stay. Where they have another codebook they are
** emptied, since whoever saved the part has saved them with its codebook as well.
*/
int vss_index_load_part(VssIndex *index, uint32_t block, uint32_t n_parts, uint32_t part,
                        const void *bytes, uint64_t size_bytes);
/* How many parts the block of a saved part has. 0: these are not the bytes of one. */
uint32_t vss_index_saved_parts(const void *bytes, uint64_t size_bytes);
int vss_index_load_codebook(VssIndex *index, uint32_t id, const void *bytes, uint64_t size_bytes);

/*
** The blocks below n_blocks are about to be loaded, nearly all of them: memory is made for whole
** segments at once. 0, after loading: memory that was not needed is given back. Cannot fail.
*/
void vss_index_expect(VssIndex *index, uint32_t n_blocks);

uint64_t vss_index_memory(const VssIndex *index); /* bytes allocated */

#endif
