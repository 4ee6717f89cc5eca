/*
** base/crc32.c: the check value of the standard, and the definition, bit by bit, at lengths of 0 to
** 400 bytes and nine alignments.
**
**   test_crc32 [seed]
*/
#include "check.h"
#include "base/crc32.h"

static uint32_t bit_by_bit(const uint8_t *bytes, size_t size_bytes) {
  uint32_t value = UINT32_MAX;
  for (size_t i = 0; i < size_bytes; i++) {
    value ^= bytes[i];
    for (int bit = 0; bit < 8; bit++)
      value = value & 1 ? (value >> 1) ^ UINT32_C(0xEDB88320) : value >> 1;
  }
  return ~value;
}

int main(int argc, char **argv) {
  uint64_t state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  static VssCrc32 crc;
  static uint8_t bytes[400];
  vss_crc32_init(&crc);
  CHECK(vss_crc32_of(&crc, "123456789", 9) == 0xCBF43926);
  CHECK(vss_crc32_of(&crc, "", 0) == 0);
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)check_random(&state);
  for (size_t from = 0; from < 9; from++)
    for (size_t n = 0; from + n <= sizeof bytes; n++)
      CHECK(vss_crc32_of(&crc, bytes + from, n) == bit_by_bit(bytes + from, n));
  return check_summary();
}
