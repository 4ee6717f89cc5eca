/*
** What loading a stored block needs of the lines of codes that kernel/block.h draws: a test that
** they are codes, their high nibbles, and what their low nibbles say.
**
** Each is written twice, as in kernel/kernel.h: kernel/scalar_lines.c is the specification, and
** kernel/simd128_lines.c ships. Both give the same for every input and alignment; pinned by
** test_lines.c. Neither can fail.
*/
#ifndef VSS_KERNEL_LINES_H
#define VSS_KERNEL_LINES_H

#include "kernel/block.h"

#include <stdint.h>

/*
** 1 when none of the bytes is a code of -128; 0 when one is. Encoding gives no such code, and sums
** of products with it could overflow 32 bits. Cost: one pass.
*/
int vss_codes_are_sound_scalar(const void *codes, size_t size_bytes);
int vss_codes_are_sound_simd128(const void *codes, size_t size_bytes);

/* Half a line: the high nibbles of 64 codes. */
#define VSS_LINE_HIGH_BYTES (VSS_LINE_BYTES / 2)

/*
** The high nibbles of 64 codes, two in each byte: for 32 components at a time, byte i has component
** i as its low nibble and component 16 + i as its high one.
*/
void vss_line_highs_scalar(const int8_t line[VSS_LINE_BYTES], uint8_t out[VSS_LINE_HIGH_BYTES]);
void vss_line_highs_simd128(const int8_t line[VSS_LINE_BYTES], uint8_t out[VSS_LINE_HIGH_BYTES]);

/*
** vss_low_sq_i8() (kernel/kernel.h) of the dim codes of one row where they lie: 64 from `line` on,
** and each next 64 VSS_LINE_STRIDE_BYTES further. Exact under the same condition.
*/
int32_t vss_lines_low_sq_scalar(const int16_t *weight, const int8_t *line, int dim);
int32_t vss_lines_low_sq_simd128(const int16_t *weight, const int8_t *line, int dim);

#define vss_codes_are_sound vss_codes_are_sound_simd128
#define vss_lines_low_sq    vss_lines_low_sq_simd128
#define vss_line_highs      vss_line_highs_simd128

#endif
