/*
** Numbers as little-endian bytes, whatever the machine's own order is: what is stored reads the
** same everywhere.
**
**   vss_put_u32(to, 0x01020304)     to[0..3] = 04 03 02 01
*/
#ifndef VSS_LITTLE_ENDIAN_H
#define VSS_LITTLE_ENDIAN_H

#include <stdint.h>

static inline void vss_put_u32(uint8_t *to, uint32_t value) {
  for (int i = 0; i < 4; i++)
    to[i] = (uint8_t)(value >> (8 * i));
}

static inline uint32_t vss_get_u32(const uint8_t *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
         (uint32_t)from[3] << 24;
}

static inline void vss_put_u64(uint8_t *to, uint64_t value) {
  vss_put_u32(to, (uint32_t)value);
  vss_put_u32(to + 4, (uint32_t)(value >> 32));
}

static inline uint64_t vss_get_u64(const uint8_t *from) {
  return vss_get_u32(from) | (uint64_t)vss_get_u32(from + 4) << 32;
}

#endif
