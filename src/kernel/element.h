/*
** What the components of a stored vector are. One table in element.c says all about each type:
**
**   element           declared as                        a vector of dim components
**   FLOAT32           name(dim), name float[dim]         4 * dim bytes, little-endian IEEE 754
*/
#ifndef VSS_KERNEL_ELEMENT_H
#define VSS_KERNEL_ELEMENT_H

#include <stddef.h>
#include <stdint.h>

typedef enum VssElement {
  VSS_ELEMENT_FLOAT32,
} VssElement;

/*
** The element type that a word before `[dim]` names, in any case. `word` has `size` bytes and needs
** no terminating zero. VSS_MISSING when no type has that name.
*/
int vss_element_parse(const char *word, size_t size, VssElement *out_element);

/* The bytes of one vector as it is stored: dim components, 1 to VSS_MAX_DIM. Cannot fail. */
uint64_t vss_element_bytes(VssElement element, int dim);

#endif
