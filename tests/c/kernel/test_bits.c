/*
** kernel/bits.h: the SIMD kernel against the plain one, at every number of lines, over random,
** empty and full rows, at odd addresses; and the plain one against a count by components.
*/
#include "check.h"
#include "kernel/bits.h"

enum { MOST_BYTES = 8192, ODD = 3 };

static uint64_t state;
static uint8_t query_memory[MOST_BYTES + ODD], code_memory[VSS_BLOCK_ROWS * MOST_BYTES + ODD];

static void fill(uint8_t *bytes, size_t size, int kind) {
  for (size_t i = 0; i < size; i++)
    bytes[i] = kind == 0 ? (uint8_t)check_random(&state) : kind == 1 ? 0 : 255;
}

static int bit_of_row(const uint8_t *codes, int padded_bytes, uint32_t lane, int j) {
  int byte = j / 8;
  const uint8_t *line =
      codes + vss_block_line_at(padded_bytes, lane) + byte / VSS_LINE_BYTES * VSS_LINE_STRIDE_BYTES;
  return line[byte % VSS_LINE_BYTES] >> j % 8 & 1;
}

static void test_block(int padded_bytes, int kind, uint64_t word, int shift) {
  uint8_t *query = query_memory + shift, *codes = code_memory + shift;
  size_t code_bytes = (size_t)VSS_BLOCK_ROWS * (size_t)padded_bytes;
  fill(query, (size_t)padded_bytes, kind ? 1 : 0);
  fill(codes, code_bytes, kind);
  float plain[VSS_BLOCK_ROWS], simd[VSS_BLOCK_ROWS];
  for (int i = 0; i < VSS_BLOCK_ROWS; i++)
    plain[i] = simd[i] = -1;
  vss_hamming_block_u1_scalar(query, codes, padded_bytes, word, plain);
  vss_hamming_block_u1_simd128(query, codes, padded_bytes, word, simd);
  CHECK(memcmp(plain, simd, sizeof plain) == 0);
  for (uint32_t lane = 0; lane < VSS_BLOCK_ROWS; lane += 1 + (uint32_t)check_random(&state) % 9) {
    int n = 0;
    for (int j = 0; j < 8 * padded_bytes; j++)
      n += bit_of_row(codes, padded_bytes, lane, j) != (query[j / 8] >> j % 8 & 1);
    int is_wanted = (word >> (lane / VSS_GROUP_ROWS * VSS_GROUP_ROWS) & 15) != 0;
    CHECK(plain[lane] == (is_wanted ? (float)n : -1));
  }
}

int main(void) {
  state = check_seed();
  for (int lines = 1; lines <= MOST_BYTES / VSS_LINE_BYTES; lines += lines < 12 ? 1 : 29)
    for (int kind = 0; kind < 3; kind++)
      for (int shift = 0; shift <= ODD; shift += ODD) {
        test_block(lines * VSS_LINE_BYTES, kind, UINT64_MAX, shift);
        test_block(lines * VSS_LINE_BYTES, kind, check_random(&state) & check_random(&state),
                   shift);
        test_block(lines * VSS_LINE_BYTES, kind, UINT64_C(1) << check_random(&state) % 64, shift);
      }
  test_block(MOST_BYTES, 2, UINT64_MAX, 0);
  return check_summary();
}
