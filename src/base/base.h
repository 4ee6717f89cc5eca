/*
** What every file of the core shares: result codes, the allocator, the error text, a byte buffer.
**
** Nothing here knows SQLite, WebAssembly or JavaScript. The core never aborts, prints or exits.
*/
#ifndef VSS_BASE_H
#define VSS_BASE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define VSS_VERSION "0.1.0"

/* Most components a vector may have; every size computed from a dimension fits 64 bits below it. */
#define VSS_MAX_DIM 65536

/* Result codes. A function that can fail returns one of these and nothing else. */
enum {
  VSS_OK = 0,
  VSS_NOMEM,    /* out of memory; has no text */
  VSS_INVALID,  /* the caller's input is wrong; the text says how */
  VSS_CORRUPT,  /* stored bytes are not what we wrote */
  VSS_MISSING,  /* the thing asked for is not there */
  VSS_DATABASE, /* SQLite failed; its own code and text are with the connection */
  VSS_STOP      /* the host or the caller asked to stop (base/stop.h) */
};

/*
** The allocator behind every allocation of the core. Sizes are 64-bit so that a product computed in
** 64 bits cannot wrap on a 32-bit machine before it is refused here.
*/
typedef struct VssAllocator {
  void *(*realloc)(void *ptr,
                   uint64_t size_bytes); /* ptr NULL allocates; NULL result: out of memory */
  void (*free)(void *ptr);               /* takes NULL */
} VssAllocator;

/* Replace the allocator (the default is libc's). Call before anything is allocated. Cannot fail. */
void vss_base_set_allocator(const VssAllocator *allocator);

/* NULL when out of memory or above what size_t holds. A size of 0 gives a pointer that may be freed. */
void *vss_malloc(uint64_t size_bytes);
void *vss_calloc(uint64_t count, uint64_t size_bytes);
void *vss_realloc(void *ptr, uint64_t size_bytes);
void vss_free(void *ptr);

/* The text of the first failure. Zero-initialise: `VssError err = {0};`. Owned by the caller, never allocated. */
typedef struct VssError {
  char text[512];
} VssError;

/*
** Write the text (unless one is there: the first error wins) and return `code`, so that a failing
** function ends in `return vss_fail(err, VSS_INVALID, "...")`. `err` may be NULL. Longer texts are cut.
*/
int vss_fail(VssError *err, int code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/*
** A growing run of bytes. Zero-initialise. Out of memory is sticky: appends after it do nothing, and
** `vss_buffer_status()` tells once at the end. Free with vss_buffer_free(), which zeroes it again.
*/
typedef struct VssBuffer {
  uint8_t *data;
  uint64_t size_bytes;
  uint64_t capacity_bytes;
  int failed;
} VssBuffer;

void vss_buffer_append(VssBuffer *buffer, const void *bytes, uint64_t size_bytes);
void vss_buffer_text(VssBuffer *buffer, const char *text); /* without the terminating zero */
void vss_buffer_format(VssBuffer *buffer, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;                                           /* at most 255 bytes a call */
int vss_buffer_status(const VssBuffer *buffer); /* VSS_OK or VSS_NOMEM */
void vss_buffer_free(VssBuffer *buffer);

#endif
