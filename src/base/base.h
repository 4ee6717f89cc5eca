/*
** What every file of the core shares: result codes, limits, the allocator.
**
** Nothing below src/sqlite knows SQLite, WebAssembly or JavaScript, and nothing anywhere in the
** core aborts, prints or exits: a function that can fail returns a code.
*/
#ifndef VSS_BASE_H
#define VSS_BASE_H

#include <stddef.h>
#include <stdint.h>

/*
** Most components a vector may have. Below it, every size computed from a dimension fits 64 bits.
*/
#define VSS_MAX_DIM 65536

/* Result codes. A function that can fail returns one of these and nothing else. */
enum {
  VSS_OK = 0,
  VSS_NOMEM,    /* out of memory; it has no text */
  VSS_INVALID,  /* the caller's input is wrong; the text says how */
  VSS_CORRUPT,  /* stored bytes are not what we wrote */
  VSS_MISSING,  /* the thing asked for is not there */
  VSS_DATABASE, /* SQLite failed; its own code and text are with the connection */
  VSS_STOP      /* the host or the caller asked to stop (base/stop.h) */
};

/*
** The allocator behind every allocation of the core. Sizes have 64 bits, so that a product computed
** in 64 bits cannot wrap on a 32-bit machine before vss_realloc() refuses it.
*/
typedef struct VssAllocator {
  /* A NULL ptr allocates. A NULL result means out of memory, and ptr is then still valid. */
  void *(*realloc)(void *ptr, uint64_t size_bytes);
  void (*free)(void *ptr); /* takes NULL */
} VssAllocator;

/*
** Replace the allocator, which is libc's otherwise. It has to be called before anything is
** allocated. Cannot fail.
*/
void vss_base_set_allocator(const VssAllocator *allocator);

/*
** NULL when out of memory, or when the size is above what size_t and pointer differences hold. A
** size of 0 gives a pointer that may be freed. vss_calloc() gives zeroed memory, and checks its
** product.
*/
void *vss_malloc(uint64_t size_bytes);
void *vss_calloc(uint64_t count, uint64_t size_bytes);
void *vss_realloc(void *ptr, uint64_t size_bytes);
void vss_free(void *ptr);

#endif
