/*
** The inside of VssIndex, shared by index/index.c (rows), index/tune.c (codebooks), index/scan.c and index/bytes.c (bytes).
**
**   VssIndex
**     codebooks[id]  ──►  VssBook   centre, step                     NULL: free id
**     segments[i]         64 blocks: how well their codebook fits
**     blocks[b]           64 rows:
**        memory ─►  codes  16 groups x padded_dim/64 x { 4 rows x 64 bytes }     64-byte aligned
**                   margins 16 groups x { rho[4], base[4] }
**        book   ─►  the VssBook they are encoded with; NULL before there was one: all its rows have rho +Inf
**     present             one word a block
*/
#ifndef VSS_INDEX_INT_H
#define VSS_INDEX_INT_H

#include "base/crc32.h"
#include "index/index.h"
#include "index/quantize.h"

#define VSS_SEGMENT_BLOCKS 64
/* Rows of a segment: what a codebook is trained on at most. */
#define VSS_SEGMENT_ROWS (VSS_SEGMENT_BLOCKS * VSS_BLOCK_ROWS)
/* "None", of codebook ids and block numbers. */
#define VSS_NONE UINT32_MAX

/* A codebook in use. Its arrays follow it in one allocation. */
typedef struct VssBook {
  VssCodebook codebook;
  uint32_t id;
  uint32_t uses;          /* blocks encoded with it, + 1 while it is the latest, + is_waiting */
  uint32_t is_waiting;    /* 1: loaded, and its first block is still to come */
  uint32_t origin;        /* the segment it was trained on */
  uint32_t trained_count; /* rows it was trained on */
  double trained_rho;     /* their mean rho */
  uint32_t greatest_length_sq; /* |c|^2 of any row ever encoded with it; only grows */
} VssBook;

typedef struct VssBlock {
  void *memory; /* NULL: no row was ever put here, or none is left */
  int8_t *codes;
  float *margins;
  VssBook *book;
} VssBlock;

typedef struct VssSegment {
  uint32_t count;     /* rows present */
  uint32_t n_bounded; /* those with a finite rho */
  double sum_rho;     /* of those */
  uint32_t n_puts;    /* since the last training, or load */
  int wants_tuning;
} VssSegment;

struct VssIndex {
  VssMetric metric;
  int dim;
  int padded_dim; /* 0 for metrics without codes */
  VssBlock *blocks;
  uint32_t n_blocks;
  uint32_t capacity_blocks;
  VssSegment *segments;
  uint32_t n_segments;
  uint32_t n_wanting; /* segments that want tuning */
  VssBitmap present;
  VssBitmap dirty;
  uint32_t n_present;
  VssBook **books;
  VssBitmap books_dirty;
  uint32_t n_books;
  VssBook *latest;
  int8_t *row_codes;     /* scratch: padded_dim bytes, zeros past the dimension */
  uint64_t memory_bytes; /* of blocks and books */
  VssCrc32 crc;
};

/* Room for blocks[block] and its segment. VSS_NOMEM leaves everything as it was. */
int vss_index_reserve(VssIndex *index, uint32_t block);

/* Zeroed codes and margins; the result is not in any index yet. VSS_NOMEM. */
int vss_block_allocate(VssIndex *index, VssBlock *out_block);
/* Free the memory and let go of the book. Takes an empty block. */
void vss_block_release(VssIndex *index, VssBlock *block);
static inline uint64_t vss_block_bytes(const VssIndex *index) {
  return (uint64_t)VSS_BLOCK_ROWS * (uint64_t)index->padded_dim +
         2 * VSS_BLOCK_ROWS * sizeof(float) + VSS_LINE_BYTES - 1;
}

/* The first line of a row; the next ones follow every VSS_GROUP_ROWS * VSS_LINE_BYTES bytes. */
static inline int8_t *vss_block_row(const VssIndex *index, const VssBlock *block, uint32_t lane) {
  return block->codes +
         (size_t)(lane / VSS_GROUP_ROWS) * VSS_GROUP_ROWS * (size_t)index->padded_dim +
         (size_t)(lane % VSS_GROUP_ROWS) * VSS_LINE_BYTES;
}
static inline float *vss_block_rho(const VssBlock *block, uint32_t lane) {
  return block->margins + lane / VSS_GROUP_ROWS * 2 * VSS_GROUP_ROWS + lane % VSS_GROUP_ROWS;
}
static inline float *vss_block_base(const VssBlock *block, uint32_t lane) {
  return vss_block_rho(block, lane) + VSS_GROUP_ROWS;
}
/* Write codes (dim bytes; the padding stays zero) and margin into a lane. */
void vss_block_write(const VssIndex *index, VssBlock *block, uint32_t lane, const int8_t *codes,
                     const VssMargin *margin);

/* Count the rows of `word` in, or out (sign +1, -1), of the segment's statistics. */
void vss_segment_count(VssIndex *index, uint32_t block, const VssBlock *rows, uint64_t word,
                       int sign);
/* Bring wants_tuning and n_wanting up to date. O(1). */
void vss_segment_judge(VssIndex *index, uint32_t segment);

/* A zeroed book under the lowest free id, or under this free one; marked dirty, uses 0. VSS_NOMEM. */
int vss_book_create(VssIndex *index, VssBook **out_book);
int vss_book_create_at(VssIndex *index, uint32_t id, VssBook **out_book);
void vss_book_use(VssBook *book);                   /* takes NULL */
void vss_book_drop(VssIndex *index, VssBook *book); /* frees it with its last use; takes NULL */
/* The book that new blocks are encoded with. */
void vss_index_set_latest(VssIndex *index, VssBook *book);

#endif
