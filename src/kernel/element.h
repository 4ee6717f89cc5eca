/*
** What the components of a stored vector are, and the conversions between a stored vector and the
** float32 vector that it reads back as. One table in element.c says all about each type:
**
**   element    declared as                    a vector of dim components
**   FLOAT32    name(dim), name float[dim]     4 * dim bytes, little-endian IEEE 754
**   FLOAT16    name float16[dim]              2 * dim bytes, little-endian IEEE 754 binary16
**   INT8       name int8[dim] scale=S         dim bytes, two's complement: c stands for c / S
**   BIT        name bit[dim]                  dim / 8 bytes: component j is bit j % 8 of byte j / 8
**
** Everything that computes with vectors computes with what they read back as. The stored bytes are
** made from it and become it by the rules here, which are the only ones:
**
**   FLOAT16    to the nearest half, ties to even; sizes above 65,504 are refused
**   INT8       c = x * S in float64, rounded to the nearest whole number, ties to even; refused
**              outside of -128 to 127. c / S is divided in float64 and rounded to float32
**   BIT        1 where x > 0, and 0 elsewhere. They read back as 1 and 0
*/
#ifndef VSS_KERNEL_ELEMENT_H
#define VSS_KERNEL_ELEMENT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* The numbers are stored with the index (index/bytes.c): a new type is appended. */
typedef enum VssElement {
  VSS_ELEMENT_FLOAT32,
  VSS_ELEMENT_FLOAT16,
  VSS_ELEMENT_INT8,
  VSS_ELEMENT_BIT,
  VSS_ELEMENT_COUNT /* how many types there are */
} VssElement;

/*
** The element type that a word before `[dim]` names, in any case. `word` has `size` bytes and needs
** no terminating zero. VSS_MISSING when no type has that name.
*/
int vss_element_parse(const char *word, size_t size, VssElement *out_element);

/* The name that documents and messages use: "float32", "float16", "int8" or "bit". */
const char *vss_element_name(VssElement element);

/*
** The bytes of one vector as it is stored: dim components, 1 to VSS_MAX_DIM, and a multiple of 8
** for BIT. Cannot fail.
*/
uint64_t vss_element_bytes(VssElement element, int dim);

/*
** The limits of an int8 column's scale. Within them, each value that a byte stands for is 0 or a
** normal float32.
*/
#define VSS_LEAST_SCALE    1e-30
#define VSS_GREATEST_SCALE 1e30

/*
** The stored bytes of x (dim finite floats), vss_element_bytes() of them, at any alignment. `scale`
** is that of an INT8 column, and ignored for the others. VSS_INVALID: a component cannot be stored,
** and the text names it; out_bytes is undefined then. Cost: O(dim).
*/
int vss_element_encode(VssElement element, double scale, const float *x, int dim, void *out_bytes,
                       VssError *err);

/*
** What stored bytes read back as: dim floats. FLOAT16 bytes of a damaged file may give NaN or Inf.
** `bytes` may be the last bytes of out_vector's own memory, and nowhere else in it. Cannot fail.
** Cost: O(dim).
*/
void vss_element_decode(VssElement element, double scale, const void *bytes, int dim,
                        float *out_vector);

/* What an INT8 byte stands for: (float)(c / scale), divided in float64. */
float vss_element_int8_value(int8_t c, double scale);

/*
** The greatest scale with which each component, times the scale, lies in -128 to 127. +Inf where
** every component is 0. A column's scale is the least of those of its vectors. Cannot fail.
*/
double vss_element_int8_scale(const float *x, uint64_t dim);

#endif
