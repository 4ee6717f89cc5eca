/*
** A block: the codes, high nibbles and margins of 64 rows, as the kernels read them. This file
** alone knows how they lie in memory.
**
**   codes    64 * padded_dim bytes, 64-byte aligned; 16 groups of four rows, one after the other:
**
**     group 0   | row 0, 64 B | row 1, 64 B | row 2, 64 B | row 3, 64 B |  components 0 to 63
**               | row 0       | row 1       | row 2       | row 3       |  components 64 to 127
**               ... padded_dim / 64 lines like these; zeros behind the dimension
**     group 1   | row 4       | row 5       | row 6       | row 7       |
**     ...
**
**   highs    32 * padded_dim bytes, 64-byte aligned: the upper four bits of (code + 128), from 0 to
**            15. 16 groups of four rows, in lines of 128 components:
**
**     group 0   | row 0, 64 B | row 1, 64 B | row 2, 64 B | row 3, 64 B |  components 0 to 127
**               ...
**               | row 0, 32 B | ...         | row 3, 32 B |  the last 64, where padded_dim / 64 is
**               odd
**
**     16 bytes are 32 components: byte i has component i as its low nibble, and component 16 + i as
**     its high one
**
**   margins  128 floats; 16 groups of { rho of four rows, base of the same four rows }
**   coarse   128 floats like the margins, with the coarse rho in the place of rho
**
** Example: lane 6 with dimension 384 (padded: 384) is row 2 of group 1. Its first 64 codes are at
** byte 4 * 384 + 2 * 64 = 1,664, the next 64 are 256 bytes further; its rho is float 10 of the
** margins and its base is float 14.
**
** Four rows are one linear stream, which the hardware prefetcher follows: four separate streams ran
** at a quarter of the speed (docs/performance.md). A line is 64 bytes, the cache's own. rho and
** base of one row share a cache line.
*/
#ifndef VSS_BLOCK_H
#define VSS_BLOCK_H

#include "base/slot.h"

#include <stddef.h>

/*
** Rows whose lines are interleaved; the kernels compute four sums at once, one per lane of a
** register.
*/
#define VSS_GROUP_ROWS 4
/* Components of a row that stand together. */
#define VSS_LINE_BYTES 64
/* From a line of a row to its next one. */
#define VSS_LINE_STRIDE_BYTES (VSS_GROUP_ROWS * VSS_LINE_BYTES)
#define VSS_BLOCK_MARGINS     (2 * VSS_BLOCK_ROWS)

/* Bytes of codes per row: the dimension, rounded up to whole lines. */
static inline int vss_block_padded_dim(int dim) {
  return (dim + VSS_LINE_BYTES - 1) / VSS_LINE_BYTES * VSS_LINE_BYTES;
}
static inline size_t vss_block_code_bytes(int padded_dim) {
  return (size_t)VSS_BLOCK_ROWS * (size_t)padded_dim;
}

static inline size_t vss_block_high_bytes(int padded_dim) {
  return vss_block_code_bytes(padded_dim) / 2;
}

/*
** Where the high nibbles of the lane's components 64 * line to 64 * line + 63 are, 32 bytes, from
** the start of the highs.
*/
static inline size_t vss_block_high_at(int padded_dim, uint32_t lane, int line) {
  size_t group = lane / VSS_GROUP_ROWS, row = lane % VSS_GROUP_ROWS;
  size_t start = group * VSS_GROUP_ROWS * (size_t)padded_dim / 2;
  start += (size_t)(line / 2) * VSS_LINE_STRIDE_BYTES;
  int is_alone = line % 2 == 0 && (line + 1) * VSS_LINE_BYTES == padded_dim;
  return start + row * (is_alone ? VSS_LINE_BYTES / 2 : VSS_LINE_BYTES) +
         (size_t)(line % 2) * (VSS_LINE_BYTES / 2);
}
/* The groups of four rows that have one of these rows: bit 4 * g for group g. */
static inline uint64_t vss_block_groups(uint64_t word) {
  uint64_t pairs = word | word >> 1;
  return (pairs | pairs >> 2) & UINT64_C(0x1111111111111111);
}
/* The high nibble of a code. */
static inline uint8_t vss_block_high_of(int8_t code) {
  return (uint8_t)((uint8_t)code ^ 0x80) >> 4;
}

/* Where the lane's first line is, in bytes from the start of the codes. */
static inline size_t vss_block_line_at(int padded_dim, uint32_t lane) {
  return (size_t)(lane / VSS_GROUP_ROWS) * VSS_GROUP_ROWS * (size_t)padded_dim +
         (size_t)(lane % VSS_GROUP_ROWS) * VSS_LINE_BYTES;
}
/* Where the lane's rho and base are, in floats from the start of the margins. */
static inline size_t vss_block_rho_at(uint32_t lane) {
  return lane / VSS_GROUP_ROWS * 2 * VSS_GROUP_ROWS + lane % VSS_GROUP_ROWS;
}
static inline size_t vss_block_base_at(uint32_t lane) {
  return vss_block_rho_at(lane) + VSS_GROUP_ROWS;
}

/*
** The components of a row that its line from component j on holds: 64, or what is left of the
** dimension.
*/
static inline size_t vss_block_line_components(int dim, int j) {
  return (size_t)(dim - j < VSS_LINE_BYTES ? dim - j : VSS_LINE_BYTES);
}

#endif
