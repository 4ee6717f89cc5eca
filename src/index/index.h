/*
** The resident index of one vector column: 8-bit codes in blocks of 64 rows, with a proven error bound a row.
**
** It holds no float32 vectors and no rowids: it knows slots. Where a vector is needed again (training, refining)
** the caller's VssFetch brings it. Metrics without codes (vss_metric_has_codes() == 0) keep only which slots are
** present; every bound is then -Inf and every row is refined.
**
**   codebook   centre mu[dim], step s[dim]; several segments may share one
**   segment    64 blocks (4,096 slots) encoded with one codebook
**   block      codes: 16 groups x 4 rows interleaved by 64-byte lines, dims padded to 64 with zeros;
**              rho[64], base[64] (float32), present (one 64-bit word)
*/
#ifndef VSS_INDEX_H
#define VSS_INDEX_H

#include "base/bitmap.h"
#include "base/buffer.h"
#include "base/stop.h"
#include "kernel/metric.h"

typedef struct VssIndex VssIndex;

/*
** Bring the float32 vector of a slot into out_vector (dim floats). VSS_OK; VSS_MISSING when the row is gone;
** anything else stops the operation and is returned as it is.
*/
typedef int (*VssFetch)(void *context, uint32_t slot, float *out_vector);

int vss_index_create(VssMetric metric, int dim,
                     VssIndex **out_index); /* dim 1..VSS_MAX_DIM, checked by the caller */
void vss_index_free(VssIndex *index);       /* takes NULL */

/* Encode x (dim finite floats) into the slot, replacing what was there; marks the block dirty. VSS_NOMEM: nothing changed. */
int vss_index_put(VssIndex *index, uint32_t slot, const float *x);
void vss_index_remove(VssIndex *index, uint32_t slot); /* absent: nothing */
int vss_index_has(const VssIndex *index, uint32_t slot);
uint32_t vss_index_count(const VssIndex *index); /* rows present */
VssMetric vss_index_metric(const VssIndex *index);
int vss_index_dim(const VssIndex *index);

/*
** Codebooks fit the data only if trained on it. A segment wants training when it has none of its own data in its
** codebook yet (row counts 16, 64, 256, 1024 within the first segment), or when its mean rho exceeds 1.5 times the trained one.
** `wants` is O(1); `tune` trains and re-encodes those segments (fetching their rows) and marks their blocks dirty.
** On failure of a fetch the segment keeps its old codebook and codes: still correct.
*/
int vss_index_wants_tuning(const VssIndex *index);
int vss_index_tune(VssIndex *index, VssFetch fetch, void *context);

/* Candidates of one scan: parallel arrays. bound is a lower bound of vss_metric_key() of the rounded distance. */
typedef struct VssCandidates {
  uint32_t *slots;
  float *bounds;
  uint32_t count;
  uint32_t capacity;
} VssCandidates;
void vss_candidates_free(VssCandidates *candidates);

/* What a scan is asked for. Everything is borrowed for the length of the call. */
typedef struct VssScanRequest {
  const float *queries;    /* n_queries * dim finite floats, one query after the other */
  uint32_t n_queries;      /* at least 1 */
  float max_key;           /* rows whose bound is greater are left out; +Inf: none is */
  const VssBitmap *filter; /* by slot; NULL: every row passes */
  VssStop stop;            /* asked about once per millisecond of work; a yes ends in VSS_STOP */
} VssScanRequest;

/*
** A lower bound for every present row that the filter lets pass, in slot order, for each query. A bound never exceeds the key of
** the row's exact, rounded distance; rows that cannot be bounded get -Inf.
**
** out_candidates: one per query, written only on success. VSS_NOMEM, VSS_STOP.
** Cost: padded dim bytes per row, read from memory once for all queries; blocks without a selected row are skipped, and where
** few rows of a block are selected, only those are read.
*/
int vss_index_scan(const VssIndex *index, const VssScanRequest *request,
                   VssCandidates *out_candidates);

/*
** For tests: make every scan take one path, whatever the data. All of them give the same answers. Holds for the process, all
** indexes; not to be changed while a scan runs.
*/
typedef enum VssScanPath {
  VSS_SCAN_AUTO,
  VSS_SCAN_DENSE,     /* whole blocks, also for a single row */
  VSS_SCAN_SPARSE,    /* row by row, also where all are selected */
  VSS_SCAN_STREAMING, /* as AUTO, but a ranking starts with the smallest batch, whatever k is */
  VSS_SCAN_FLOATS     /* no codes: every row is refined */
} VssScanPath;
void vss_index_force_scan(VssScanPath path);
VssScanPath vss_index_scan_path(void);

/* 1 when the slot holds exactly what vss_index_put(x) would store there: for integrity checks. Cannot fail. O(dim). */
int vss_index_matches(const VssIndex *index, uint32_t slot, const float *x);

/* The highest id a stored codebook may have. */
#define VSS_MAX_CODEBOOK 0xFFFFF

/*
** Persistence, as bytes: blocks and codebooks. Little-endian, a version byte, dimension, metric and a CRC-32 in each;
** loading is validating: VSS_CORRUPT leaves the index unchanged. See docs/format.md.
**
** Save: the dirty blocks and the dirty codebooks, then vss_index_clean(). A save that appends nothing (an empty block, a
** codebook that no block uses any more) means: delete what is stored under that number.
** Load: codebooks before the blocks that use them. What is loaded is clean and replaces what was there; size_bytes 0
** empties the block. A codebook that differs from the one resident under its number replaces it for blocks loaded
** afterwards; resident blocks keep theirs, under a new number, and become dirty. Memory grows with the block's number: callers check
** it against their rows. After loading, the codebook loaded last is the one that new blocks start with.
*/
uint32_t vss_index_block_count(const VssIndex *index);
uint32_t vss_index_next_dirty_block(const VssIndex *index,
                                    uint32_t from); /* UINT32_MAX when none */
void vss_index_clean(VssIndex *index);              /* nothing is dirty any more */
int vss_index_save_block(const VssIndex *index, uint32_t block,
                         VssBuffer *out); /* an empty block appends nothing */
int vss_index_load_block(VssIndex *index, uint32_t block, const void *bytes,
                         uint64_t size_bytes);            /* after its codebook */
uint32_t vss_index_codebook_count(const VssIndex *index); /* ids are below; some may be free */
int vss_index_codebook_dirty(const VssIndex *index, uint32_t codebook);
int vss_index_save_codebook(const VssIndex *index, uint32_t codebook, VssBuffer *out);
int vss_index_load_codebook(VssIndex *index, uint32_t codebook, const void *bytes,
                            uint64_t size_bytes);

uint64_t vss_index_memory(const VssIndex *index); /* bytes allocated */

#endif
