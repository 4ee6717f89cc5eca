/*
** Text as SQLite reads it: UTF-8 that need not be valid, up to a zero byte.
*/
#ifndef VSS_UTF8_H
#define VSS_UTF8_H

#include <stdint.h>

static inline int vss_utf8_is_continuation(unsigned char byte) {
  return (byte & 0xc0) == 0x80;
}

/*
** The code point at *inout_text, which is moved behind it; 0 only for a zero byte. What stands for
** no character is U+FFFD.
*/
static inline uint32_t vss_utf8_read(const unsigned char **inout_text) {
  const unsigned char *text = *inout_text;
  uint32_t c = *text++;
  if (c >= 0xc0) {
    c &= c < 0xe0 ? 0x1f : c < 0xf0 ? 0x0f : c < 0xf8 ? 0x07 : c < 0xfc ? 0x03 : c < 0xfe ? 1 : 0;
    while (vss_utf8_is_continuation(*text))
      c = (c << 6) + (*text++ & 0x3f);
    if (c < 0x80 || (c & 0xfffff800) == 0xd800 || (c & 0xfffffffe) == 0xfffe) c = 0xfffd;
  }
  *inout_text = text;
  return c;
}

#endif
