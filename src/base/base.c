/*
** The allocator of base/base.h. It belongs to the process and is set once, by whoever embeds the
** core, before the first object is made:
**
**   vss0.so, vss.wasm   the allocator is SQLite's, so that SQLite counts our memory and limits it
**   tests               the allocator is libc's, or one that fails on demand
*/
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

/* The default, so that a test of one file needs no set-up. */
static void *libc_realloc(void *ptr, uint64_t size_bytes) {
  return realloc(ptr, (size_t)size_bytes);
}

static VssAllocator allocator = {libc_realloc, free};

void vss_base_set_allocator(const VssAllocator *replacement) {
  allocator = *replacement;
}

void *vss_realloc(void *ptr, uint64_t size_bytes) {
  /* Differences of pointers into one allocation have to fit ptrdiff_t, on 32 bits too. */
  if (size_bytes > PTRDIFF_MAX) return NULL;
  /* What a size of 0 gives is up to the library. One byte is an allocation like any other. */
  return allocator.realloc(ptr, size_bytes ? size_bytes : 1);
}

void *vss_malloc(uint64_t size_bytes) {
  return vss_realloc(NULL, size_bytes);
}

void *vss_calloc(uint64_t count, uint64_t size_bytes) {
  /* Sizes of files and users reach this product: it must not wrap to something small. */
  if (size_bytes && count > UINT64_MAX / size_bytes) return NULL;
  void *ptr = vss_malloc(count * size_bytes);
  if (ptr) memset(ptr, 0, (size_t)(count * size_bytes));
  return ptr;
}

void vss_free(void *ptr) {
  allocator.free(ptr);
}
