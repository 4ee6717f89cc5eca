/*
** CRC-32 by "slicing by 8" (Kounavis and Berry 2005).
**
**   table[k][b]     the CRC of byte b followed by k zero bytes
**
**   eight bytes     b0   b1   b2   b3   b4   b5   b6   b7
**   looked up in    t[7] t[6] t[5] t[4] t[3] t[2] t[1] t[0]     the CRC of all eight is their xor
**
** The CRC is linear: that of a text is the xor of the CRCs of its bytes, each with zeros in the
** place of the others. So eight look-ups that do not wait for each other replace eight that do.
*/
#include "base/crc32.h"

#include "base/little_endian.h"

void vss_crc32_init(VssCrc32 *out_crc) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; bit++)
      value = (value >> 1) ^ (value & 1 ? UINT32_C(0xEDB88320) : 0);
    out_crc->table[0][byte] = value;
  }
  /* One more zero byte behind b: one more step of the plain algorithm. */
  for (int k = 1; k < 8; k++)
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t value = out_crc->table[k - 1][byte];
      out_crc->table[k][byte] = (value >> 8) ^ out_crc->table[0][value & 255];
    }
}

uint32_t vss_crc32_of(const VssCrc32 *crc, const void *bytes, uint64_t size_bytes) {
  const uint8_t *at = bytes;
  const uint32_t(*t)[256] = crc->table;
  uint32_t value = UINT32_MAX; /* the CRC so far, inverted */
  for (; size_bytes >= 8; size_bytes -= 8, at += 8) {
    uint32_t low = value ^ vss_get_u32(at), high = vss_get_u32(at + 4);
    value = t[7][low & 255] ^ t[6][low >> 8 & 255] ^ t[5][low >> 16 & 255] ^ t[4][low >> 24] ^
            t[3][high & 255] ^ t[2][high >> 8 & 255] ^ t[1][high >> 16 & 255] ^ t[0][high >> 24];
  }
  /* The last seven bytes or fewer, one at a time. */
  for (; size_bytes > 0; size_bytes--, at++)
    value = (value >> 8) ^ t[0][(value ^ *at) & 255];
  return ~value;
}
