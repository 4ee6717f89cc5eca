/*
** What the fuzz targets share. A target is one function of bytes (libFuzzer's name for it):
**
**   int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)     always 0
**
** A target reads its input as a list of choices, does to the code under test what they say, and
** calls FUZZ_CHECK() with what must hold. libFuzzer's main() invents the inputs (preset fuzz); the
** main() of replay.c reads them from files (every other preset). Nothing depends on the time or on
** an earlier input, so that a file that fails once always fails.
*/
#ifndef VSS_FUZZ_H
#define VSS_FUZZ_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A failure ends the program: that is how both main()s notice it. */
#define FUZZ_CHECK(condition, ...)                                                                 \
  ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__, __VA_ARGS__))

static inline void fuzz_fail(const char *text, const char *file, int line, const char *format,
                             ...) {
  va_list args;
  va_start(args, format);
  fprintf(stderr, "%s:%d: failed: %s\n  ", file, line, text);
  vfprintf(stderr, format, args);
  fprintf(stderr, "\n");
  va_end(args);
  abort();
}

/* The rest of the input. Behind its end there are zeros, so that every input is a whole program. */
typedef struct FuzzInput {
  const uint8_t *at;
  size_t left;
} FuzzInput;

static inline uint8_t fuzz_u8(FuzzInput *in) {
  if (!in->left) return 0;
  in->left--;
  return *in->at++;
}

static inline uint64_t fuzz_uint(FuzzInput *in, int n_bytes) {
  uint64_t value = 0;
  for (int i = 0; i < n_bytes; i++)
    value |= (uint64_t)fuzz_u8(in) << (8 * i);
  return value;
}

/* A number from 0 to n - 1, out of one byte; n is at most 256. */
static inline int fuzz_below(FuzzInput *in, int n) {
  return fuzz_u8(in) % n;
}

/*
** n bytes, fewer at the end of the input, in a heap block of exactly that size: the address
** sanitizer sees a read of one byte more. Free with free().
*/
static inline uint8_t *fuzz_bytes(FuzzInput *in, size_t n, size_t *out_size) {
  if (n > in->left) n = in->left;
  uint8_t *copy = malloc(n ? n : 1);
  if (!copy) abort();
  if (n) memcpy(copy, in->at, n);
  in->at += n;
  in->left -= n;
  *out_size = n;
  return copy;
}

/*
** The bytes up to a zero byte, which is skipped, or up to the end. *out_size leaves out the final
** zero.
*/
static inline char *fuzz_text(FuzzInput *in, size_t *out_size) {
  size_t n = 0;
  while (n < in->left && in->at[n])
    n++;
  char *copy = malloc(n + 1);
  if (!copy) abort();
  if (n) memcpy(copy, in->at, n);
  copy[n] = 0;
  if (n < in->left) n++;
  in->at += n;
  in->left -= n;
  *out_size = strlen(copy);
  return copy;
}

#endif
