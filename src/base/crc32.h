/*
** CRC-32 (IEEE 802.3: reflected polynomial 0xEDB88320, initial value and final xor all ones), eight
** bytes at a time.
**
** The tables belong to whoever computes, so that the core has no state to set up before its first
** use.
*/
#ifndef VSS_CRC32_H
#define VSS_CRC32_H

#include "base/base.h"

typedef struct VssCrc32 {
  uint32_t table[8][256];
} VssCrc32;

/* Fill the tables. Cannot fail. */
void vss_crc32_init(VssCrc32 *out_crc);

/* The CRC of the bytes: vss_crc32_of(&crc, "123456789", 9) is 0xCBF43926. */
uint32_t vss_crc32_of(const VssCrc32 *crc, const void *bytes, uint64_t size_bytes);

#endif
