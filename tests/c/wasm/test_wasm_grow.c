/*
** wasm/grow.c on a memory of this file's own: how far it grows, what happens when the engine
** refuses a step, and whether Emscripten's runtime is told.
*/
#include "check.h"

#include <stddef.h>

static size_t memory_pages, most_pages;
static int n_asked, n_told;

static size_t fake_memory_grow(size_t pages) {
  n_asked++;
  if (memory_pages + pages > most_pages) return SIZE_MAX;
  memory_pages += pages;
  return memory_pages - pages;
}
#define __builtin_wasm_memory_size(index)        memory_pages
#define __builtin_wasm_memory_grow(index, pages) fake_memory_grow(pages)

#include "../../../wasm/grow.c"

void emscripten_notify_memory_growth(size_t memory_index) {
  CHECK(memory_index == 0);
  n_told++;
}

static const struct {
  const char *name;
  size_t have_pages, most_pages, wanted_bytes;
  int grown, told;
  size_t pages_after;
} cases[] = {
    {"there is enough", 100, 1000, 100 * PAGE_BYTES, 1, 0, 100},
    {"nothing is wanted", 100, 1000, 0, 1, 0, 100},
    {"one byte more takes a quarter", 100, 1000, 100 * PAGE_BYTES + 1, 1, 1, 125},
    {"more than a quarter takes what is needed", 100, 1000, 200 * PAGE_BYTES, 1, 1, 200},
    {"a quarter is refused, what is needed is not", 100, 110, 105 * PAGE_BYTES, 1, 1, 105},
    {"a memory too small to have a quarter", 3, 1000, 4 * PAGE_BYTES, 1, 1, 4},
    {"all that the engine has", 100, 110, 110 * PAGE_BYTES, 1, 1, 110},
    {"more than the engine has", 100, 110, 111 * PAGE_BYTES, 0, 0, 100},
    {"one byte more than the engine has", 110, 110, 110 * PAGE_BYTES + 1, 0, 0, 110},
};

int main(void) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    memory_pages = cases[i].have_pages;
    most_pages = cases[i].most_pages;
    n_told = 0;
    int grown = __wrap_emscripten_resize_heap(cases[i].wanted_bytes);
    int right =
        grown == cases[i].grown && n_told == cases[i].told && memory_pages == cases[i].pages_after;
    if (!CHECK(right))
      fprintf(stderr, "  %s: %d, %zu pages, told %d times\n", cases[i].name, grown, memory_pages,
              n_told);
  }
  /* Growing from one page to 64 MB, page by page, takes a logarithmic number of steps. */
  memory_pages = 1;
  most_pages = 65536;
  n_asked = 0;
  for (size_t wanted = 1; wanted <= 1024; wanted++)
    CHECK(__wrap_emscripten_resize_heap(wanted * PAGE_BYTES));
  CHECK(n_asked < 40);
  return check_summary();
}
