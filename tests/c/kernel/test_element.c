/*
** kernel/element.c: the names of the element types, the sizes of their vectors, and the conversions
** against plain float64 arithmetic.
*/
#include "check.h"
#include "kernel/element.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/base.h"

static int parse(const char *word) {
  VssElement element = (VssElement)-1;
  return vss_element_parse(word, strlen(word), &element) == VSS_OK ? (int)element : -1;
}

static void test_names(void) {
  CHECK(parse("float") == VSS_ELEMENT_FLOAT32);
  CHECK(parse("Float32") == VSS_ELEMENT_FLOAT32);
  CHECK(parse("F32") == VSS_ELEMENT_FLOAT32);
  CHECK(parse("float16") == VSS_ELEMENT_FLOAT16);
  CHECK(parse("INT8") == VSS_ELEMENT_INT8);
  CHECK(parse("bit") == VSS_ELEMENT_BIT);
  /* Neither the beginning of a name nor more than a name. */
  CHECK(parse("") == -1);
  CHECK(parse("floa") == -1);
  CHECK(parse("float64") == -1);
  CHECK(parse("floats") == -1);
  CHECK(parse("bits") == -1);
  for (int i = 0; i < VSS_ELEMENT_COUNT; i++)
    CHECK(parse(vss_element_name((VssElement)i)) == i);
}

static void test_sizes(void) {
  CHECK(vss_element_bytes(VSS_ELEMENT_FLOAT32, 1) == 4);
  CHECK(vss_element_bytes(VSS_ELEMENT_FLOAT32, VSS_MAX_DIM) == 262144);
  CHECK(vss_element_bytes(VSS_ELEMENT_FLOAT16, 3) == 6);
  CHECK(vss_element_bytes(VSS_ELEMENT_INT8, 3) == 3);
  CHECK(vss_element_bytes(VSS_ELEMENT_BIT, 24) == 3);
}

/* What a half means, by its definition: sign, exponent, fraction, in float64. */
static double half_value(unsigned half) {
  int exponent = (int)(half >> 10 & 31), fraction = (int)(half & 1023);
  double size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
  if (exponent == 31) size = fraction ? NAN : INFINITY;
  return half >> 15 ? -size : size;
}

static unsigned encode_half(float x) {
  uint8_t bytes[2] = {0};
  CHECK(vss_element_encode(VSS_ELEMENT_FLOAT16, 0, &x, 1, bytes, NULL) == VSS_OK);
  return bytes[0] | (unsigned)bytes[1] << 8;
}

/* x lies between two neighbouring sizes; the nearer one, or the even one of two equally near. */
static void check_rounding(float x, unsigned sign, unsigned below) {
  double size = fabs((double)x), low = half_value(below), high = half_value(below + 1);
  unsigned wanted = size - low < high - size   ? below
                    : size - low > high - size ? below + 1
                    : below % 2                ? below + 1
                                               : below;
  CHECK(encode_half(x) == (sign | wanted));
}

static void test_float16(void) {
  for (unsigned half = 0; half < 65536; half++) {
    uint8_t bytes[2] = {(uint8_t)half, (uint8_t)(half >> 8)};
    float value;
    vss_element_decode(VSS_ELEMENT_FLOAT16, 0, bytes, 1, &value);
    double wanted = half_value(half);
    CHECK(isnan(wanted) ? isnan(value) : (double)value == wanted);
    CHECK(!signbit(value) == !(half >> 15));
    unsigned sign = half & 0x8000, below = half & 0x7fff;
    if (below > 0x7bff) continue;
    CHECK(encode_half(value) == half);
    if (below == 0x7bff) continue;
    /* The middle to the next half, and the two float32 beside it. */
    double next = half_value(half + 1);
    float middle = (float)((wanted + next) / 2), away = sign ? -INFINITY : INFINITY;
    CHECK((double)middle == (wanted + next) / 2);
    check_rounding(middle, sign, below);
    check_rounding(nextafterf(middle, away), sign, below);
    check_rounding(nextafterf(middle, 0), sign, below);
  }
  CHECK(encode_half(FLT_TRUE_MIN) == 0 && encode_half(-FLT_TRUE_MIN) == 0x8000);
  CHECK(encode_half(65504) == 0x7bff);
}

static void test_int8(void) {
  static const double scales[] = {1, 127, 2, 0.1, 84.66, 3, 1e-30, 1e30, 12345.678};
  for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
    double scale = scales[i];
    for (int c = -128; c < 128; c++) {
      int8_t byte = (int8_t)c, back;
      float value;
      vss_element_decode(VSS_ELEMENT_INT8, scale, &byte, 1, &value);
      CHECK(value == (float)((double)c / scale) && (c == 0 || fabsf(value) >= FLT_MIN));
      CHECK(vss_element_encode(VSS_ELEMENT_INT8, scale, &value, 1, &back, NULL) == VSS_OK);
      CHECK(back == c);
      /* Near the edge to the next byte: what lies on which side is decided in float64. */
      float edge = (float)((c + 0.5) / scale);
      float near[3] = {nextafterf(edge, -INFINITY), edge, nextafterf(edge, INFINITY)};
      for (int j = 0; j < 3; j++) {
        double scaled = (double)near[j] * scale;
        int wanted = scaled < c + 0.5 || (scaled == c + 0.5 && c % 2 == 0) ? c : c + 1;
        int rc = vss_element_encode(VSS_ELEMENT_INT8, scale, &near[j], 1, &back, NULL);
        CHECK(wanted > 127 ? rc == VSS_INVALID : rc == VSS_OK && back == wanted);
      }
    }
    float tie = -128.5f;
    int8_t least = 0;
    CHECK(vss_element_encode(VSS_ELEMENT_INT8, 1, &tie, 1, &least, NULL) == VSS_OK);
    CHECK(least == -128);
    float low = (float)(-128.5 / scale);
    float beside[2] = {nextafterf(low, 0), nextafterf(low, -INFINITY)};
    int8_t byte;
    CHECK(vss_element_encode(VSS_ELEMENT_INT8, scale, beside, 1, &byte, NULL) == VSS_OK);
    CHECK(byte == -128);
    CHECK(vss_element_encode(VSS_ELEMENT_INT8, scale, beside + 1, 1, &byte, NULL) == VSS_INVALID);
  }
}

static void test_int8_scale(void) {
  float some[3] = {0.5f, -2, 1}, none[2] = {0, -0.0f}, low[1] = {-4};
  int8_t bytes[3];
  CHECK(vss_element_int8_scale(some, 3) == 64);
  CHECK(isinf(vss_element_int8_scale(none, 2)));
  CHECK(vss_element_int8_scale(low, 1) == 32);
  CHECK(vss_element_encode(VSS_ELEMENT_INT8, 64, some, 3, bytes, NULL) == VSS_OK);
  CHECK(bytes[0] == 32 && bytes[1] == -128 && bytes[2] == 64);
}

static void test_bits(void) {
  float x[16] = {1, 0, -1, -0.0f, FLT_TRUE_MIN, -FLT_TRUE_MIN, 2, 3, 0, 0, 0, 0, 0, 0, 0, 1e30f};
  uint8_t bytes[2];
  float back[16];
  CHECK(vss_element_encode(VSS_ELEMENT_BIT, 0, x, 16, bytes, NULL) == VSS_OK);
  CHECK(bytes[0] == (1 | 16 | 64 | 128) && bytes[1] == 128);
  vss_element_decode(VSS_ELEMENT_BIT, 0, bytes, 16, back);
  for (int j = 0; j < 16; j++)
    CHECK(back[j] == (x[j] > 0 ? 1 : 0));
}

/* The stored bytes may be the last ones of the vector's own memory. */
static void test_decode_in_place(void) {
  enum { DIM = 1000 };
  float x[DIM], back[DIM], apart[DIM];
  uint8_t bytes[sizeof x];
  for (int j = 0; j < DIM; j++)
    x[j] = (float)(j % 255 - 127);
  for (int i = 0; i < VSS_ELEMENT_COUNT; i++) {
    size_t size_bytes = (size_t)vss_element_bytes((VssElement)i, DIM);
    CHECK(vss_element_encode((VssElement)i, 1, x, DIM, bytes, NULL) == VSS_OK);
    vss_element_decode((VssElement)i, 1, bytes, DIM, apart);
    uint8_t *end = (uint8_t *)back + sizeof back - size_bytes;
    memcpy(end, bytes, size_bytes);
    vss_element_decode((VssElement)i, 1, end, DIM, back);
    CHECK(memcmp(apart, back, sizeof back) == 0);
    CHECK(i == VSS_ELEMENT_BIT || memcmp(x, back, sizeof back) == 0);
  }
}

static void test_errors(void) {
  float halves[2] = {65504, 65505}, values[3] = {0.25f, 1.5f, -3};
  uint8_t bytes[8];
  VssError err = {0};
  CHECK(vss_element_encode(VSS_ELEMENT_FLOAT16, 0, halves, 2, bytes, &err) == VSS_INVALID);
  CHECK_TEXT(err.text, "component 1 is 65505, float16 holds -65504 to 65504");
  err.text[0] = '\0';
  CHECK(vss_element_encode(VSS_ELEMENT_INT8, 100, values, 3, bytes, &err) == VSS_INVALID);
  CHECK_TEXT(err.text,
             "component 1 is 1.5, times the scale 100 it is 150, and int8 holds -128 to 127: the "
             "greatest scale that fits this vector is 42.6667");
}

int main(void) {
  test_names();
  test_sizes();
  test_float16();
  test_int8();
  test_int8_scale();
  test_bits();
  test_decode_in_place();
  test_errors();
  return check_summary();
}
