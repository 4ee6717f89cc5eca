/*
** kernel/checksum.h: both sources give the same at every length and alignment, values that were
** written down once, and another value for each changed bit and for each pair of changed words that
** is tried.
*/
#include "check.h"
#include "kernel/checksum.h"

#define MAX_BYTES 1000

static uint64_t state;

static uint32_t below(uint32_t n) {
  return (uint32_t)(check_random(&state) % n);
}

static void draw(uint8_t *bytes, size_t n) {
  int kind = (int)below(3);
  for (size_t i = 0; i < n; i++)
    bytes[i] = kind == 0 ? 0 : (uint8_t)below(kind == 1 ? 2 : 256);
}

static void check_same(void) {
  static uint8_t memory[MAX_BYTES + 64];
  for (size_t n = 0; n <= MAX_BYTES; n++) {
    uint8_t *bytes = memory + below(64);
    draw(bytes, n);
    uint32_t sum = vss_checksum_scalar(bytes, n);
    CHECK(sum == vss_checksum_simd128(bytes, n));
    /* Zeros behind the bytes are other bytes. */
    bytes[n] = 0;
    CHECK(n == MAX_BYTES || sum != vss_checksum_scalar(bytes, n + 1));
  }
}

/* The format: these values must never change. */
static void check_values(void) {
  uint8_t bytes[200];
  for (int i = 0; i < 200; i++)
    bytes[i] = (uint8_t)(i * 7 + 1);
  static const struct {
    size_t n;
    uint32_t sum;
  } cases[] = {
      {0, 0x8A10097E}, {1, 0x11D5D861}, {64, 0x6975CFEA}, {65, 0x0AB111A5}, {200, 0xF5813A5A}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint32_t got = vss_checksum_scalar(bytes, cases[i].n);
    if (!CHECK(got == cases[i].sum))
      fprintf(stderr, "  %zu bytes: got 0x%08X\n", cases[i].n, (unsigned)got);
  }
}

/*
** A change inside a word is always seen. For pairs, those that cancel in a sum or in a XOR are
** tried: the same change of two words, above all of their highest bits, and two words exchanged.
*/
static void check_changes(void) {
  static uint8_t bytes[MAX_BYTES], other[MAX_BYTES];
  for (int round = 0; round < 40; round++) {
    size_t n = 8 + below(MAX_BYTES - 8);
    draw(bytes, n);
    uint32_t sum = vss_checksum_scalar(bytes, n);
    for (size_t bit = 0; bit < 8 * n; bit++) {
      bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
      CHECK(vss_checksum_simd128(bytes, n) != sum);
      bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (int pair = 0; pair < 500; pair++) {
      memcpy(other, bytes, n);
      size_t words = n / 4, a = below((uint32_t)words), b = below((uint32_t)words);
      if (below(2)) b = a + 16 < words ? a + 16 : a; /* the same lane */
      if (a == b) continue;
      int byte = (int)below(4);
      uint8_t change = below(2) ? 0x80 : (uint8_t)(1 + below(255));
      if (below(4)) {
        other[4 * a + (size_t)byte] ^= change;
        other[4 * b + (size_t)byte] ^= change;
      } else {
        memcpy(other + 4 * a, bytes + 4 * b, 4);
        memcpy(other + 4 * b, bytes + 4 * a, 4);
        if (memcmp(other, bytes, n) == 0) continue;
      }
      CHECK(vss_checksum_simd128(other, n) != sum);
    }
  }
}

int main(void) {
  state = check_seed();
  check_same();
  check_values();
  check_changes();
  return check_summary();
}
