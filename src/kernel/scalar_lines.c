/*
** kernel/lines.h in plain C: the specification, written as the header says it. It does not ship.
**
**   line   | c0 c1 ... c15 | c16 c17 ... c31 | ...       64 codes
**   out    | h0 + 16 * h16 | h1 + 16 * h17 | ...         32 bytes, h = (c + 128) / 16
*/
#include "kernel/lines.h"

/* One code after the other. */
int vss_codes_are_sound_scalar(const void *codes, size_t size_bytes) {
  const int8_t *code = codes;
  for (size_t i = 0; i < size_bytes; i++)
    if (code[i] == INT8_MIN) return 0;
  return 1;
}

void vss_line_highs_scalar(const int8_t line[VSS_LINE_BYTES], uint8_t out[VSS_LINE_HIGH_BYTES]) {
  for (int from = 0; from < VSS_LINE_BYTES; from += 32)
    for (int i = 0; i < 16; i++)
      out[from / 2 + i] = (uint8_t)(vss_block_high_of(line[from + i]) |
                                    vss_block_high_of(line[from + 16 + i]) << 4);
}

/* Component j is in line j / 64, and the lines of a row are 256 bytes apart. */
int32_t vss_lines_low_sq_scalar(const int16_t *weight, const int8_t *line, int dim) {
  int32_t sum = 0;
  for (int j = 0; j < dim; j++) {
    int8_t code = line[j / VSS_LINE_BYTES * VSS_LINE_STRIDE_BYTES + j % VSS_LINE_BYTES];
    int32_t low = 2 * (code & 15) - 15;
    sum += weight[j] * low * low;
  }
  return sum;
}
