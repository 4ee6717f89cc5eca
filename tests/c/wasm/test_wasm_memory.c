/*
** wasm/memory.c: every number of bytes up to a few times the least one for which an engine is
** asked, at every alignment of both sides, with a border that has to stay as it is.
*/
#include "check.h"

#include <stdint.h>
#include <string.h>

#define memcpy wasm_memcpy
#define memset wasm_memset
#include "../../../wasm/memory.c"
#undef memcpy
#undef memset

enum { MOST_BYTES = 3 * LEAST_BYTES, ALIGNMENTS = 8, BORDER = 16 };

/* What a byte has to be: inside of what was written, or as it was before. */
static int is_right(const uint8_t *area, size_t at, size_t n, const uint8_t *from, int value) {
  for (size_t i = 0; i < MOST_BYTES + 2 * BORDER; i++) {
    int inside = i >= at && i < at + n;
    int wanted = !inside ? 0xEE : from ? from[i - at] : value;
    if (area[i] != wanted) return 0;
  }
  return 1;
}

int main(void) {
  uint8_t source[MOST_BYTES + ALIGNMENTS], area[MOST_BYTES + 2 * BORDER];
  for (size_t i = 0; i < sizeof source; i++)
    source[i] = (uint8_t)(i * 7 + 1);
  for (size_t n = 0; n <= MOST_BYTES; n++) {
    for (size_t from = 0; from < ALIGNMENTS; from++) {
      for (size_t to = BORDER; to < BORDER + ALIGNMENTS; to++) {
        memset(area, 0xEE, sizeof area);
        int right = wasm_memcpy(area + to, source + from, n) == area + to &&
                    is_right(area, to, n, source + from, 0);
        memset(area, 0xEE, sizeof area);
        /* memset() takes the low byte of its argument. */
        right &= wasm_memset(area + to, 0x1A5, n) == area + to && is_right(area, to, n, NULL, 0xA5);
        if (!CHECK(right)) fprintf(stderr, "  %zu bytes from %zu to %zu\n", n, from, to);
      }
    }
  }
  return check_summary();
}
