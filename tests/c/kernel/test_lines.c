/*
** kernel/lines.h: both sources give the same at every length and alignment, each single code of
** -128 is found wherever it stands, and high nibbles are where kernel/block.h draws them.
**
**   test_lines [seed]
*/
#include "check.h"
#include "kernel/kernel.h"
#include "kernel/lines.h"

#define MAX_BYTES 700
#define MAX_DIM   400

static uint64_t state;

static uint32_t below(uint32_t n) {
  return (uint32_t)(check_random(&state) % n);
}

static int8_t code(void) {
  return (int8_t)((int)below(255) - 127);
}

/* Without -128 the bytes are sound; with one of them, at any place, they are not. */
static void check_sound(void) {
  static int8_t memory[MAX_BYTES + 64];
  for (size_t n = 0; n <= MAX_BYTES; n++) {
    int8_t *codes = memory + below(63) + 1;
    for (size_t i = 0; i < n; i++)
      codes[i] = code();
    /* What stands before and behind the bytes does not count. */
    codes[-1] = codes[n] = INT8_MIN;
    CHECK(vss_codes_are_sound_scalar(codes, n) == 1 && vss_codes_are_sound_simd128(codes, n) == 1);
    for (size_t i = 0; i < n; i += n < 100 ? 1 : 1 + below(9)) {
      int8_t before = codes[i];
      codes[i] = INT8_MIN;
      CHECK(vss_codes_are_sound_scalar(codes, n) == 0);
      CHECK(vss_codes_are_sound_simd128(codes, n) == 0);
      codes[i] = before;
    }
  }
}

/* By hand: the codes -127, 0, 16 and 127 have the high nibbles 0, 8, 9 and 15. */
static void check_highs(void) {
  int8_t line[VSS_LINE_BYTES] = {-127, 0};
  uint8_t scalar[VSS_LINE_HIGH_BYTES], simd[VSS_LINE_HIGH_BYTES];
  line[16] = 16;
  line[17] = 127;
  line[32 + 15] = -127;
  line[32 + 31] = 127;
  vss_line_highs_scalar(line, scalar);
  CHECK(scalar[0] == 0x90 && scalar[1] == 0xF8 && scalar[2] == 0x88 && scalar[31] == 0xF0);
  for (int round = 0; round < 1000; round++) {
    int8_t memory[VSS_LINE_BYTES + 16], *at = memory + below(16);
    for (int i = 0; i < VSS_LINE_BYTES; i++)
      at[i] = round < 256 && i == 0 ? (int8_t)(round - 128) : code();
    vss_line_highs_scalar(at, scalar);
    vss_line_highs_simd128(at, simd);
    CHECK(memcmp(scalar, simd, sizeof simd) == 0);
  }
}

/* The same sum as over codes that stand together, whatever stands between the lines. */
static void check_low_sq(void) {
  static int8_t codes[MAX_DIM], lines[(MAX_DIM / VSS_LINE_BYTES + 1) * VSS_LINE_STRIDE_BYTES + 16];
  static int16_t weight[MAX_DIM];
  for (int dim = 0; dim <= MAX_DIM; dim++) {
    int8_t *line = lines + below(16);
    for (size_t i = 0; i < sizeof lines; i++)
      lines[i] = (int8_t)below(256);
    for (int j = 0; j < dim; j++) {
      weight[j] = (int16_t)below(2147483647u / 225 / MAX_DIM + 1);
      codes[j] = code();
      line[j / VSS_LINE_BYTES * VSS_LINE_STRIDE_BYTES + j % VSS_LINE_BYTES] = codes[j];
    }
    int32_t sum = vss_low_sq_i8_scalar(weight, codes, dim);
    CHECK(vss_lines_low_sq_scalar(weight, line, dim) == sum);
    CHECK(vss_lines_low_sq_simd128(weight, line, dim) == sum);
  }
}

int main(int argc, char **argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : check_seed();
  check_sound();
  check_highs();
  check_low_sq();
  return check_summary();
}
