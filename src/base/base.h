/*
** What every file of the core shares: result codes, limits, the allocator.
**
** Nothing in the core knows SQLite, WebAssembly or JavaScript below src/sqlite, and nothing anywhere in it aborts, prints or
** exits: a function that can fail returns a code.
*/
#ifndef VSS_BASE_H
#define VSS_BASE_H

#include <stddef.h>
#include <stdint.h>

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

#endif
