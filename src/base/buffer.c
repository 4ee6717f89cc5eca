/*
** A growing run of bytes; see base/buffer.h.
**
**   append "abc"    data -> a b c . . . ... .     size 3, capacity 64
**   append fails    data as it was, failed = 1    every append after it does nothing
*/
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
** Make room for `more` bytes; 1 when there is. It doubles, so that appending n bytes one at a time
** costs O(n).
*/
static int reserve(VssBuffer *buffer, uint64_t more) {
  if (buffer->failed) return 0;
  /* Written as a difference, which cannot wrap as size_bytes + more could. */
  if (more <= buffer->capacity_bytes - buffer->size_bytes) return 1;
  uint64_t wanted = buffer->size_bytes + more;
  uint64_t capacity = buffer->capacity_bytes ? buffer->capacity_bytes * 2 : 64;
  if (capacity < wanted) capacity = wanted;
  uint8_t *data = vss_realloc(buffer->data, capacity);
  if (!data) {
    buffer->failed = 1;
    return 0;
  }
  buffer->data = data;
  buffer->capacity_bytes = capacity;
  return 1;
}

void vss_buffer_append(VssBuffer *buffer, const void *bytes, uint64_t size_bytes) {
  /* Without bytes both pointers may be NULL, which memcpy() does not allow. */
  if (size_bytes == 0 || !reserve(buffer, size_bytes)) return;
  memcpy(buffer->data + buffer->size_bytes, bytes, (size_t)size_bytes);
  buffer->size_bytes += size_bytes;
}

void vss_buffer_text(VssBuffer *buffer, const char *text) {
  vss_buffer_append(buffer, text, strlen(text));
}

void vss_buffer_format(VssBuffer *buffer, const char *format, ...) {
  char text[256]; /* what vsnprintf() cuts off is lost: buffer.h says at most 255 bytes */
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  vss_buffer_text(buffer, text);
}

int vss_buffer_status(const VssBuffer *buffer) {
  return buffer->failed ? VSS_NOMEM : VSS_OK;
}

void vss_buffer_free(VssBuffer *buffer) {
  /* The failure is forgotten too: the buffer may be used anew. */
  vss_free(buffer->data);
  memset(buffer, 0, sizeof *buffer);
}
