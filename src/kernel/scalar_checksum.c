/*
** kernel/checksum.h in plain C: the reference, written as the header draws it.
*/
#include "kernel/checksum.h"

#include "base/little_endian.h"

#include <string.h>

uint32_t vss_checksum_scalar(const void *bytes, size_t size_bytes) {
  uint32_t lanes[VSS_CHECKSUM_LANES];
  for (uint32_t i = 0; i < VSS_CHECKSUM_LANES; i++)
    lanes[i] = (i + 1) * VSS_CHECKSUM_START;
  const uint8_t *from = bytes;
  for (size_t at = 0; at < size_bytes; at += VSS_CHECKSUM_TURN_BYTES) {
    uint8_t turn[VSS_CHECKSUM_TURN_BYTES] = {0};
    size_t left = size_bytes - at;
    memcpy(turn, from + at, left < sizeof turn ? left : sizeof turn);
    for (size_t i = 0; i < VSS_CHECKSUM_LANES; i++)
      lanes[i] = vss_checksum_step(lanes[i], vss_get_u32(turn + 4 * i));
  }
  return vss_checksum_join(lanes, size_bytes);
}
