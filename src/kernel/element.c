/*
** The table of element types: kernel/element.h.
*/
#include "kernel/element.h"

#include "base/base.h"

#define MOST_NAMES 3

static const struct {
  const char *names[MOST_NAMES]; /* the first is the one that documents use */
  int bits;                      /* of a component; a vector always fills whole bytes */
} elements[] = {
    [VSS_ELEMENT_FLOAT32] = {{"float", "float32", "f32"}, 32},
};

/* Without a locale: a declaration means the same everywhere. */
static int is_name(const char *name, const char *word, size_t size) {
  for (size_t i = 0; i < size; i++) {
    char c = word[i];
    if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
    if (c != name[i]) return 0; /* also where the name ends first */
  }
  return name[size] == '\0';
}

int vss_element_parse(const char *word, size_t size, VssElement *out_element) {
  for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
    for (size_t j = 0; j < MOST_NAMES && elements[i].names[j]; j++) {
      if (!is_name(elements[i].names[j], word, size)) continue;
      *out_element = (VssElement)i;
      return VSS_OK;
    }
  }
  return VSS_MISSING;
}

uint64_t vss_element_bytes(VssElement element, int dim) {
  return (uint64_t)dim * (uint64_t)elements[element].bits / 8;
}
