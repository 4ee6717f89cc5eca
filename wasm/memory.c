/*
** Copying and filling memory, in the place of the C library's functions.
**
**   n bytes   0 ─────────── 63      one after the other, eight at a time where they are copied
**            64 ───────────         memory.copy, memory.fill: an engine's own fast function
**
** Emscripten's memcpy reads and writes single bytes where source and destination are not aligned
** alike, and the records of SQLite begin at any address. Below LEAST_BYTES, calling the engine
** costs more than a loop (docs/performance.md).
**
** This file is compiled without built-in functions (CMakeLists.txt): the compiler would take the
** loops for calls of the functions in which they stand.
*/
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LEAST_BYTES 64

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
  if (n >= LEAST_BYTES) {
    __builtin_memcpy(to, from, n);
    return to;
  }
  unsigned char *out = to;
  const unsigned char *in = from;
  for (; n >= sizeof(uint64_t); n -= sizeof(uint64_t)) {
    uint64_t eight;
    __builtin_memcpy(&eight, in, sizeof eight);
    __builtin_memcpy(out, &eight, sizeof eight);
    in += sizeof eight;
    out += sizeof eight;
  }
  for (; n; n--)
    *out++ = *in++;
  return to;
}

void *memset(void *to, int value, size_t n) {
  if (n >= LEAST_BYTES) {
    __builtin_memset(to, value, n);
    return to;
  }
  unsigned char *out = to;
  for (; n; n--)
    *out++ = (unsigned char)value;
  return to;
}
