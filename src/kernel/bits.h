/*
** Hamming distances of bit vectors, one block at a time.
**
**   out[i] = how many bits of row i differ from the query's, as a float32: exact, at most 65,536
**
**   query    padded_bytes bytes, zeros behind the vector's own
**   codes    64 rows of padded_bytes bytes, in the lines of kernel/block.h; zeros behind as well
**   word     bit i: row i is wanted. A group of four rows without a bit is skipped, and its part of
**            out is left as it was
**
** padded_bytes is a multiple of VSS_LINE_BYTES, and at most VSS_MAX_DIM / 8. Any alignment. Cannot
** fail. Both give the same bits; the scalar one is the reference, and kernel/test_bits.c compares.
*/
#ifndef VSS_BITS_H
#define VSS_BITS_H

#include "kernel/block.h"

#include <stdint.h>

void vss_hamming_block_u1_scalar(const uint8_t *query, const uint8_t *codes, int padded_bytes,
                                 uint64_t word, float out[VSS_BLOCK_ROWS]);
void vss_hamming_block_u1_simd128(const uint8_t *query, const uint8_t *codes, int padded_bytes,
                                  uint64_t word, float out[VSS_BLOCK_ROWS]);

#define vss_hamming_block_u1 vss_hamming_block_u1_simd128

#endif
