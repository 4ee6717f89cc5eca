/*
** A checksum of 32 bits at the speed of memory, for large items of the cache. What it computes is
** part of the stored format (docs/format.md).
**
**   bytes   | w0 | w1 | w2 | ... | w15 |  64 at a time, zeros behind the last; 16 words of 32 bits
**             |    |    |            |    little-endian
**             v    v    v            v
**   lanes    s0   s1   s2   ...     s15   s = rotl(s ^ w, 13) * 0x85EBCA77, each for itself
**             \    \    \           /
**   sum        h = rotl(h ^ s, 13) * 0x85EBCA77, from lane 0 to lane 15
**
** The lanes start with (i + 1) * 0x9E3779B1, and h with the number of bytes; all is modulo 2^32.
** Each step is a bijection of s, and of h: a change inside one word always changes the result, and
** any other change does so except for one in 2^32. It is no signature: who knows the bytes can make
** others with the same checksum.
**
** CRC-32 reads its tables byte by byte, which is 1.9 GB/s where memory delivers 28.
*/
#ifndef VSS_CHECKSUM_H
#define VSS_CHECKSUM_H

#include "base/base.h"

#include <stddef.h>

#define VSS_CHECKSUM_LANES 16
/* Bytes that all lanes take at once. */
#define VSS_CHECKSUM_TURN_BYTES 64

/* Bytes at any alignment. Cannot fail. Both give the same result; pinned by test_checksum.c. */
uint32_t vss_checksum_scalar(const void *bytes, size_t size_bytes);
uint32_t vss_checksum_simd128(const void *bytes, size_t size_bytes);

#define vss_checksum vss_checksum_simd128

/* ---- for the two sources ---- */

#define VSS_CHECKSUM_START  UINT32_C(0x9E3779B1)
#define VSS_CHECKSUM_FACTOR UINT32_C(0x85EBCA77)
#define VSS_CHECKSUM_TURN   13

/* One step of a lane, or of the sum over the lanes. */
static inline uint32_t vss_checksum_step(uint32_t state, uint32_t word) {
  uint32_t mixed = state ^ word;
  return (mixed << VSS_CHECKSUM_TURN | mixed >> (32 - VSS_CHECKSUM_TURN)) * VSS_CHECKSUM_FACTOR;
}

/* The lanes as one number. */
static inline uint32_t vss_checksum_join(const uint32_t lanes[VSS_CHECKSUM_LANES],
                                         size_t size_bytes) {
  uint32_t sum = (uint32_t)size_bytes;
  for (int i = 0; i < VSS_CHECKSUM_LANES; i++)
    sum = vss_checksum_step(sum, lanes[i]);
  return sum;
}

#endif
