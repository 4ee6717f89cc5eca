/*
** The reference of kernel/bits.h: plain C, one bit at a time. It does not ship.
*/
#include "kernel/bits.h"

void vss_hamming_block_u1_scalar(const uint8_t *query, const uint8_t *codes, int padded_bytes,
                                 uint64_t word, float out[VSS_BLOCK_ROWS]) {
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane++) {
    if (((word >> (lane / VSS_GROUP_ROWS * VSS_GROUP_ROWS)) & 15) == 0) continue;
    const uint8_t *row = codes + vss_block_line_at(padded_bytes, lane);
    int n = 0;
    for (int i = 0; i < padded_bytes; i++) {
      int byte = query[i] ^ row[i / VSS_LINE_BYTES * VSS_LINE_STRIDE_BYTES + i % VSS_LINE_BYTES];
      for (; byte; byte &= byte - 1)
        n++;
    }
    out[lane] = (float)n;
  }
}
