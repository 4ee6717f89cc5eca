/*
** The table of element types, and their conversions: kernel/element.h.
**
** The loops take one component after the other and have no branch that depends on its value, except
** where a vector is refused: compilers make SIMD of them.
*/
#include "kernel/element.h"

#include "base/base.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#define MOST_NAMES 3

static const struct {
  const char *name;               /* for messages and documents */
  const char *spoken[MOST_NAMES]; /* the words that a declaration may use */
  int bits;                       /* of a component; a vector always fills whole bytes */
} elements[VSS_ELEMENT_COUNT] = {
    [VSS_ELEMENT_FLOAT32] = {"float32", {"float", "float32", "f32"}, 32},
    [VSS_ELEMENT_FLOAT16] = {"float16", {"float16", "half", "f16"}, 16},
    [VSS_ELEMENT_INT8] = {"int8", {"int8", "i8"}, 8},
    [VSS_ELEMENT_BIT] = {"bit", {"bit", "binary"}, 1},
};

/* Without a locale: a declaration means the same everywhere. */
static int is_name(const char *name, const char *word, size_t size) {
  for (size_t i = 0; i < size; i++) {
    char c = word[i];
    if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
    if (c != name[i]) return 0; /* also where the name ends first */
  }
  return name[size] == '\0';
}

int vss_element_parse(const char *word, size_t size, VssElement *out_element) {
  for (int i = 0; i < VSS_ELEMENT_COUNT; i++) {
    for (size_t j = 0; j < MOST_NAMES && elements[i].spoken[j]; j++) {
      if (!is_name(elements[i].spoken[j], word, size)) continue;
      *out_element = (VssElement)i;
      return VSS_OK;
    }
  }
  return VSS_MISSING;
}

const char *vss_element_name(VssElement element) {
  return elements[element].name;
}

uint64_t vss_element_bytes(VssElement element, int dim) {
  return (uint64_t)dim * (uint64_t)elements[element].bits / 8;
}

/* ---- float16 ---- */

/*
**   float32    | sign 1 | exponent 8, bias 127 | fraction 23 |
**   float16    | sign 1 | exponent 5, bias 15  | fraction 10 |
*/
#define GREATEST_HALF       65504.0f
#define HALF_FRACTION_SHIFT 13
/* The bits of 2^-14, the least normal half, and of the difference of the two biases. */
#define LEAST_NORMAL_BITS 0x38800000u
#define BIAS_BITS         (112u << 23)

static uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* |x| <= 65,504. */
static uint16_t half_of(float x) {
  uint32_t bits = bits_of(x), size = bits & 0x7fffffffu, half;
  if (size >= LEAST_NORMAL_BITS) {
    /* Half of the last place that stays, less one where that place is even: ties go to even. A
    ** carry out of the fraction goes into the exponent, as it should. */
    uint32_t odd = (size >> HALF_FRACTION_SHIFT) & 1;
    half = (size - BIAS_BITS + 0xfff + odd) >> HALF_FRACTION_SHIFT;
  } else {
    /* The last place of 0.5 is 2^-24, the unit of subnormal halves: the addition rounds to it. */
    half = bits_of(float_of(size) + 0.5f) - bits_of(0.5f);
  }
  return (uint16_t)(half | (bits >> 16 & 0x8000u));
}

/*
** Scaling by the difference of the biases is exact, for subnormal halves as well. An exponent of
** all ones has to stay one: 2^16 would be a number.
*/
static float value_of_half(uint16_t half) {
  uint32_t size = (uint32_t)(half & 0x7fff) << HALF_FRACTION_SHIFT;
  uint32_t bits = bits_of(float_of(size) * 0x1p112f);
  if ((half & 0x7c00) == 0x7c00) bits = size | 0x7f800000u;
  return float_of(bits | (uint32_t)(half & 0x8000) << 16);
}

/* The first component that a condition refuses is looked for only when there is one. */
static int encode_float16(const float *x, int dim, uint8_t *out, VssError *err) {
  int is_wrong = 0;
  for (int j = 0; j < dim; j++)
    is_wrong |= fabsf(x[j]) > GREATEST_HALF;
  for (int j = 0; is_wrong; j++) {
    if (fabsf(x[j]) <= GREATEST_HALF) continue;
    return vss_fail(err, VSS_INVALID, "component %d is %.9g, float16 holds -65504 to 65504", j,
                    (double)x[j]);
  }
  for (int j = 0; j < dim; j++) {
    uint16_t half = half_of(x[j]);
    out[2 * j] = (uint8_t)half;
    out[2 * j + 1] = (uint8_t)(half >> 8);
  }
  return VSS_OK;
}

/* ---- int8 ---- */

float vss_element_int8_value(int8_t c, double scale) {
  return (float)(c / scale);
}

double vss_element_int8_scale(const float *x, uint64_t dim) {
  double greatest = 0, least = 0;
  for (uint64_t j = 0; j < dim; j++) {
    greatest = fmax(greatest, (double)x[j]);
    least = fmin(least, (double)x[j]);
  }
  return fmin(greatest > 0 ? 127 / greatest : INFINITY, least < 0 ? 128 / -least : INFINITY);
}

/* 1 where `scaled` rounds to a byte. Ties go to even: 127.5 would be 128, and -128.5 is -128. */
static int fits_int8(double scaled) {
  return scaled >= -128.5 && scaled < 127.5;
}

static int encode_int8(double scale, const float *x, int dim, int8_t *out, VssError *err) {
  int is_wrong = 0;
  for (int j = 0; j < dim; j++)
    is_wrong |= !fits_int8((double)x[j] * scale);
  for (int j = 0; is_wrong; j++) {
    double scaled = (double)x[j] * scale;
    if (fits_int8(scaled)) continue;
    return vss_fail(err, VSS_INVALID,
                    "component %d is %.9g, times the scale %.9g it is %.9g, and int8 holds -128 to "
                    "127: the greatest scale that fits this vector is %.6g",
                    j, (double)x[j], scale, scaled, vss_element_int8_scale(x, (uint64_t)dim));
  }
  for (int j = 0; j < dim; j++)
    out[j] = (int8_t)(((double)x[j] * scale + VSS_ROUND_F64) - VSS_ROUND_F64);
  return VSS_OK;
}

/* ---- bit ---- */

static void encode_bits(const float *x, int dim, uint8_t *out) {
  for (int i = 0; i < dim / 8; i++) {
    unsigned byte = 0;
    for (int j = 0; j < 8; j++)
      byte |= (unsigned)(x[8 * i + j] > 0) << j;
    out[i] = (uint8_t)byte;
  }
}

/* ---- all of them ---- */

int vss_element_encode(VssElement element, double scale, const float *x, int dim, void *out_bytes,
                       VssError *err) {
  switch (element) {
    case VSS_ELEMENT_FLOAT16: return encode_float16(x, dim, out_bytes, err);
    case VSS_ELEMENT_INT8: return encode_int8(scale, x, dim, out_bytes, err);
    case VSS_ELEMENT_BIT: encode_bits(x, dim, out_bytes); return VSS_OK;
    default: memcpy(out_bytes, x, (size_t)dim * sizeof *x); return VSS_OK;
  }
}

/* From the first component on: bytes at the end of out_vector are read before they are written. */
void vss_element_decode(VssElement element, double scale, const void *bytes, int dim,
                        float *out_vector) {
  const uint8_t *from = bytes;
  switch (element) {
    case VSS_ELEMENT_FLOAT16:
      for (int j = 0; j < dim; j++)
        out_vector[j] = value_of_half((uint16_t)(from[2 * j] | from[2 * j + 1] << 8));
      break;
    case VSS_ELEMENT_INT8:
      for (int j = 0; j < dim; j++)
        out_vector[j] = vss_element_int8_value((int8_t)from[j], scale);
      break;
    case VSS_ELEMENT_BIT:
      for (int i = 0; i < dim / 8; i++) {
        unsigned byte = from[i];
        for (int j = 0; j < 8; j++)
          out_vector[8 * i + j] = (float)(byte >> j & 1);
      }
      break;
    default: memmove(out_vector, bytes, (size_t)dim * sizeof *out_vector);
  }
}
