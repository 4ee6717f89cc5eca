/*
** A growing run of bytes.
**
**   data  ->  [ size_bytes of content | room up to capacity_bytes ]
**
** Being out of memory is sticky: appends after it do nothing, and the owner asks
** vss_buffer_status() once, at the end.
*/
#ifndef VSS_BUFFER_H
#define VSS_BUFFER_H

#include "base/base.h"

/* Zero-initialise. */
typedef struct VssBuffer {
  uint8_t *data;
  uint64_t size_bytes;
  uint64_t capacity_bytes;
  int failed; /* 1: an append ran out of memory */
} VssBuffer;

void vss_buffer_append(VssBuffer *buffer, const void *bytes, uint64_t size_bytes);

/* A text without its terminating zero. */
void vss_buffer_text(VssBuffer *buffer, const char *text);

/* printf's formats; at most 255 bytes per call, the rest is cut. */
void vss_buffer_format(VssBuffer *buffer, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* VSS_OK, or VSS_NOMEM when any append before failed. */
int vss_buffer_status(const VssBuffer *buffer);

/* Frees the bytes and zeroes the buffer, which may then be used anew. */
void vss_buffer_free(VssBuffer *buffer);

#endif
