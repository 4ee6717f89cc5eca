/*
** Vectors as values: float32 BLOBs, JSON text, and the shortest text of a float.
**
** Forms of a vector: 4*dim bytes of little-endian float32; the same behind the two bytes 'v', 1
** (4*dim + 2 bytes in all: by length alone the two cannot be confused, since 4*a = 4*b + 2 has no
** solution); a JSON array of numbers.
*/
#ifndef VSS_CODEC_H
#define VSS_CODEC_H

#include "base/buffer.h"
#include "base/error.h"

/* dim floats, owned. Zero-initialise. */
typedef struct VssFloats {
  float *data;
  uint64_t dim;
} VssFloats;
void vss_floats_free(VssFloats *floats);

/*
** Errors here say only what is wrong with the value ("vector has 383 components, expected 384",
** "component 7 is NaN", ...): callers put the subject ("vss0 docs.embedding: ") in front.
**
** expected_dim 0: any from 0 to VSS_MAX_DIM. VSS_INVALID, VSS_NOMEM.
*/
int vss_codec_from_blob(const void *bytes, uint64_t size_bytes, uint64_t expected_dim,
                        VssFloats *out_floats, VssError *err);
/*
** A flat array of numbers as RFC 8259 has it, with white space where JSON allows it. Each number is
** rounded to float64 and then to float32. What is not a number, text behind the array and nesting
** are errors that give the offset; NaN and Infinity as words, and numbers beyond float32, are
** errors that name the component.
*/
int vss_codec_from_json(const char *text, uint64_t size_bytes, uint64_t expected_dim,
                        VssFloats *out_floats, VssError *err);
/* VSS_INVALID, naming the first component that is NaN or infinite. Cost: one pass. */
int vss_codec_check_finite(const float *data, uint64_t dim, VssError *err);

/*
** Append a double as Python's repr prints it: the shortest decimal that reads back
** ("2.4000000953674316", "1.0", "-0.0", "1e-07", "NaN", "Infinity").
*/
void vss_codec_append_double(VssBuffer *buffer, double value);
/* `[a<sep>b]` of float32 widened to double. separator ", " (Python) or ",". */
void vss_codec_append_floats(VssBuffer *buffer, const float *data, uint64_t dim,
                             const char *separator);
/*
** A JSON string literal with quotes, as Python's json.dumps with ensure_ascii prints it (non-ASCII
** as \uXXXX, surrogate pairs).
*/
void vss_codec_append_string(VssBuffer *buffer, const char *text, uint64_t size_bytes);

#endif
