/*
** How an index lies in memory: the inside of VssIndex, which the files of this folder share.
**
**   VssIndex
**     blocks[b]       64 rows
**       codes     --> their codes and margins, as kernel/block.h draws them, in the memory of their
**                     segment
**       codebook  --> the codebook they are encoded with; NULL: there was none yet, and every row
**                     has rho +Inf
**     present         word b: which rows of block b are there
**     dirty           the rows that changed since vss_index_clean()
**     segments[s]     blocks 64*s to 64*s + 63: their rows, and how well their codebook fits
**       room      --> the memory of their codes and margins, which index/block.c draws
**     codebooks[id]   --> a codebook that blocks share; NULL: the id is free
**     latest      --> the codebook that the next new block starts with
**
** Example: slot 5,000 is lane 8 of block 78, which is block 14 of segment 1.
**
** An index of a metric without codes has padded_dim 0. It keeps `present` and `dirty`, and its
** blocks have no memory.
**
** An index that holds its vectors (int8, bit) has codes for each metric, and at most one codebook,
** which is there from the beginning and is not stored (index/values.c).
*/
#ifndef VSS_INDEX_LAYOUT_H
#define VSS_INDEX_LAYOUT_H

#include "base/crc32.h"
#include "index/index.h"
#include "index/quantize.h"
#include "kernel/block.h"

/* Blocks of a segment, and its rows: a codebook is trained on the rows of one segment at most. */
#define VSS_SEGMENT_BLOCKS 64
#define VSS_SEGMENT_ROWS   (VSS_SEGMENT_BLOCKS * VSS_BLOCK_ROWS)

/* A codebook that blocks share. The arrays of `values` follow it in the same allocation. */
typedef struct VssSharedCodebook {
  VssCodebook values;
  uint32_t id;
  uint32_t uses;               /* by blocks encoded with it; one more if `latest`, and if waiting */
  uint32_t is_waiting;         /* 1: it was loaded, and no block that uses it was loaded yet */
  uint32_t origin;             /* the segment it was trained on */
  uint32_t trained_count;      /* rows it was trained on */
  double trained_rho;          /* their mean rho */
  uint32_t greatest_length_sq; /* the greatest |c|^2 of any row encoded with it; it only grows */
} VssSharedCodebook;

/*
** Whether the high nibbles and their margins of a block are there. Both follow from the codes, and
** half of all tables that are opened are searched once: they are made when a scan wants them again.
*/
typedef enum VssHighs {
  VSS_HIGHS_NONE,   /* undefined, and no scan has wanted them */
  VSS_HIGHS_WANTED, /* undefined; a scan has wanted them */
  VSS_HIGHS_THERE   /* made, and written with the codes from then on */
} VssHighs;

/*
** The arrays lie in the room of the segment, and are NULL while the block has no row. They stay
** where they are until a block of the same segment gets a place or loses one.
*/
typedef struct VssBlock {
  int8_t *codes;  /* 64-byte aligned */
  uint8_t *highs; /* their high nibbles */
  float *margins; /* VSS_BLOCK_MARGINS of them */
  float *coarse;  /* as many: the margins of the high nibbles */
  VssSharedCodebook *codebook;
  uint32_t place; /* in the room; undefined while codes is NULL */
  VssHighs state; /* of highs and coarse */
} VssBlock;

/* The memory of the blocks of one segment, side by side. Zero-initialise. */
typedef struct VssRoom {
  void *memory;    /* owns the arrays; NULL while no block has a place */
  int8_t *codes;   /* those of place p start p * 64 * padded_dim bytes further */
  uint8_t *highs;  /* those of place p start p * 32 * padded_dim bytes further */
  float *margins;  /* those of place p start p * VSS_BLOCK_MARGINS floats further */
  float *coarse;   /* likewise */
  uint32_t places; /* how many there are, at most VSS_SEGMENT_BLOCKS */
  uint64_t taken;  /* bit p: a block has place p */
} VssRoom;

typedef struct VssSegment {
  VssRoom room;
  uint32_t count;     /* rows present */
  uint32_t n_bounded; /* those of them with a finite rho */
  double sum_rho;     /* the sum of the finite ones */
  uint32_t n_puts;    /* rows put since the last training, or since a block was loaded */
  int wants_tuning;
} VssSegment;

struct VssIndex {
  VssMetric metric;
  int dim;
  VssElement element; /* of int8 and bits, the codes are the vectors themselves */
  double scale;       /* of int8 */
  float *values;      /* of int8: what each byte stands for, from -128 on; else NULL */
  double residual_sq; /* of int8: |r|^2 is at most so many times |c|^2 */
  double centred_sq;  /* of int8: |x|^2 is at least so many times |c|^2 */
  int row_bytes;      /* of the codes of a row: dim, or dim / 8 of bits */
  int padded_dim;     /* row_bytes in whole lines; 0 for metrics without codes */
  VssBlock *blocks;   /* those from n_blocks on are zero */
  uint32_t n_blocks;
  uint32_t capacity_blocks; /* whole segments */
  VssSegment *segments;
  uint32_t n_segments;
  uint32_t n_wanting; /* segments that want tuning */
  VssBitmap present;
  VssBitmap dirty;
  uint32_t n_present;
  VssSharedCodebook **codebooks;
  VssBitmap codebooks_dirty;
  uint32_t n_codebooks;
  uint32_t n_expected; /* vss_index_expect(); 0: none */
  VssSharedCodebook *latest;
  int8_t *row_codes;     /* scratch: padded_dim bytes for the codes of one row */
  uint64_t memory_bytes; /* of rooms and codebooks */
  VssCrc32 crc;
};

/* index.c: room for blocks[block] and its segment. VSS_NOMEM leaves everything as it was. */
int vss_index_reserve(VssIndex *index, uint32_t block);

/* block.c */

/* The VSS_SEGMENT_BLOCKS blocks of a segment; some may be at or above n_blocks, and are empty. */
static inline VssBlock *vss_segment_blocks(const VssIndex *index, uint32_t segment) {
  return index->blocks + (size_t)segment * VSS_SEGMENT_BLOCKS;
}

/*
** Make room for that many places in all, if there are fewer. `blocks` are the VSS_SEGMENT_BLOCKS
** blocks whose room it is; all that have a place may be moved. VSS_NOMEM leaves all as it was.
*/
int vss_room_reserve(VssIndex *index, VssRoom *room, VssBlock *blocks, uint32_t places);
/*
** Give a block without one a place, for which the room grows where it has to. The block gets no
** codebook and no high nibbles. Its padding is zero, and its codes and margins are undefined,
** except that no code is -128. VSS_NOMEM leaves all as it was.
*/
int vss_room_add(VssIndex *index, VssRoom *room, VssBlock *blocks, uint32_t number_in_segment);
/* Free the room. All blocks let go of their codebooks, and are empty afterwards. */
void vss_room_clear(VssIndex *index, VssRoom *room, VssBlock *blocks);

/* vss_room_add() for a block of the index, which vss_index_reserve() made. */
int vss_block_allocate(VssIndex *index, uint32_t number);
/* The same, but all memory of the block is undefined: vss_block_fill() has to follow. */
int vss_block_place(VssIndex *index, uint32_t number);
/* Give the place back and let go of the codebook. Takes an empty block. Cannot fail. */
void vss_block_release(VssIndex *index, uint32_t number);

static inline int8_t *vss_block_row(const VssIndex *index, const VssBlock *block, uint32_t lane) {
  return block->codes + vss_block_line_at(index->padded_dim, lane);
}
/* The high nibbles of a lane's components 64 * line to 64 * line + 63. */
static inline uint8_t *vss_block_high(const VssIndex *index, const VssBlock *block, uint32_t lane,
                                      int line) {
  return block->highs + vss_block_high_at(index->padded_dim, lane, line);
}
static inline float *vss_block_rho(const VssBlock *block, uint32_t lane) {
  return block->margins + vss_block_rho_at(lane);
}
static inline float *vss_block_base(const VssBlock *block, uint32_t lane) {
  return block->margins + vss_block_base_at(lane);
}

/*
** Write codes (row_bytes of them) and margin into a lane, and its high nibbles where the block has
** them. The padding stays zero.
*/
void vss_block_write(const VssIndex *index, VssBlock *block, uint32_t lane, const int8_t *codes,
                     const VssMargin *margin);
/*
** Make the high nibbles and coarse margins of all lanes, which follow from the codes, the margins
** and the codebook. Cannot fail. Cost: one pass over the codes.
*/
void vss_block_make_highs(const VssIndex *index, VssBlock *block);
/* 1 when the lane holds exactly these codes and this margin. */
int vss_block_equals(const VssIndex *index, const VssBlock *block, uint32_t lane,
                     const int8_t *codes, const VssMargin *margin);

/*
** Rows as they are stored, all groups of four that have a row of `word`, which index/bytes.c draws.
** Rows that are not in `word` are zeros.
*/
uint64_t vss_block_stored_bytes(int row_bytes, uint64_t word);
void vss_block_append(const VssIndex *index, const VssBlock *block, uint64_t word, VssBuffer *out);
/*
** Fill the lanes, which are whole groups, from such bytes, which were checked. The block has no
** high nibbles afterwards. Cannot fail. Cost: one copy of the codes.
*/
void vss_block_fill(const VssIndex *index, VssBlock *block, uint64_t lanes, uint64_t word,
                    const uint8_t *stored);

/* gather.c */

/*
** Rows of a list: enough misses to overlap, and few enough lines to stay in the first cache until
** they are computed.
*/
#define VSS_BATCH_ROWS 32
/* A list of single rows that have the same codebook. Zero-initialise. */
typedef struct VssBatch {
  const VssQueryBound *prepared; /* the query for that codebook */
  int is_coarse;                 /* 1: by high nibbles, for which the query is prepared */
  uint32_t n;
  uint32_t slots[VSS_BATCH_ROWS];
} VssBatch;
/*
** Read one byte of every line of the rows, so that the lines are on their way when they are wanted.
*/
void vss_batch_touch(const VssIndex *index, const VssBatch *batch);
/* Bounds of the listed rows, and of the list filled up to a multiple of VSS_GROUP_ROWS. */
void vss_batch_bounds(const VssIndex *index, const VssBatch *batch, float out[VSS_BATCH_ROWS]);

/* values.c: an index whose codes are the vectors themselves */

static inline int vss_holds_vectors(const VssIndex *index) {
  return index->element == VSS_ELEMENT_INT8 || index->element == VSS_ELEMENT_BIT;
}
/* Whether bounds have to go through vss_values_finish(): those of int8 under COSINE. */
static inline int vss_has_lengths(const VssIndex *index) {
  return index->element == VSS_ELEMENT_INT8 && index->metric == VSS_METRIC_COSINE;
}
/* What an index that was just created needs. VSS_NOMEM. */
int vss_values_init(VssIndex *index);
/* The codes of x, row_bytes of them, and the margin that stands beside them. */
void vss_values_encode(const VssIndex *index, const float *x, int8_t *out_codes,
                       VssMargin *out_margin);
/* The margin alone, of codes that exist already. */
void vss_values_margin(const VssIndex *index, const int8_t *codes, VssMargin *out_margin);
/* Make `prepared` the query for the codebook of an int8 index. VSS_NOMEM. */
int vss_values_prepare(const VssIndex *index, const VssSharedCodebook *codebook, const float *query,
                       VssQueryBound *prepared);
/*
** Bounds of the inner product become those of COSINE, with what stands in the place of rho. The
** bounds that a kernel wrote for `word`, by lane; or those of n rows of a list.
*/
void vss_values_finish_block(const VssQueryBound *prepared, const VssBlock *block, uint64_t word,
                             float bounds[VSS_BLOCK_ROWS]);
void vss_values_finish_rows(const VssIndex *index, const VssBatch *batch, float *bounds);

/* coarse.c */

/*
** The query for a codebook, with its coarse part if that is asked for. It is made when the first
** block with that codebook is met: most queries meet one or two. VSS_NOMEM.
*/
int vss_candidates_prepare(const VssIndex *index, VssCandidates *found,
                           const VssSharedCodebook *codebook, const float *query, int with_coarse,
                           const VssQueryBound **out_prepared);
/*
** The bounds at positions from `from` on, up to count, are coarse. VSS_NOMEM leaves them as they
** are.
*/
int vss_candidates_mark_coarse(VssCandidates *found, uint32_t from);

/* codebook.c */

/*
** A zeroed codebook under the lowest free id, or under this one, which is free. It is dirty, and
** has 0 uses. VSS_NOMEM.
*/
int vss_codebook_create(VssIndex *index, VssSharedCodebook **out_codebook);
int vss_codebook_create_at(VssIndex *index, uint32_t id, VssSharedCodebook **out_codebook);
/* Count a use. Takes NULL. */
void vss_codebook_use(VssSharedCodebook *codebook);
/* Take a use back; the last one frees the codebook. Takes NULL. */
void vss_codebook_drop(VssIndex *index, VssSharedCodebook *codebook);
/* A row with this |c|^2 is encoded with it. */
static inline void vss_codebook_stretch(VssSharedCodebook *codebook, uint32_t length_sq) {
  if (length_sq > codebook->greatest_length_sq) codebook->greatest_length_sq = length_sq;
}
/* New blocks are encoded with this codebook from now on. */
void vss_index_set_latest(VssIndex *index, VssSharedCodebook *codebook);

/* tune.c */

/*
** Count the rows of `word` in (sign +1) or out (sign -1) of the statistics of the segment that the
** block belongs to.
*/
void vss_segment_count(VssIndex *index, uint32_t block, const VssBlock *rows, uint64_t word,
                       int sign);
/*
** Bring wants_tuning and n_wanting up to date. Cost: O(1), or O(blocks of the segment) where its
** first ones are empty.
*/
void vss_segment_judge(VssIndex *index, uint32_t segment);

#endif
