/*
** The module's memory grows in steps that follow its size.
**
** Emscripten's stand-alone runtime grows the memory by exactly what malloc lacks: by one page of 64
** KiB at a time while a table is loaded. Each step costs the engine the old ArrayBuffer and its
** views. Loading 20,000 vectors of 384 dimensions spent more time on growing than on inserting. A
** step of a quarter of the present size makes the number of steps logarithmic, and leaves at most a
** fifth of the memory unused.
**
**   have_pages ├──────────────────────────────────┤
**   step                                          ├────────┤  have_pages / 4
**   needed                                        ├──┤        what sbrk() lacks
**
** sbrk() asks here; the linker's --wrap puts this function in the place of Emscripten's own. Where
** the engine refuses the step, it may still grant what is needed.
*/
#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES 65536u

int __wrap_emscripten_resize_heap(size_t wanted_bytes);
void emscripten_notify_memory_growth(size_t memory_index);

static int grow(size_t pages) {
  return pages == 0 || __builtin_wasm_memory_grow(0, pages) != SIZE_MAX;
}

int __wrap_emscripten_resize_heap(size_t wanted_bytes) {
  size_t have_pages = __builtin_wasm_memory_size(0);
  size_t wanted_pages = wanted_bytes / PAGE_BYTES + (wanted_bytes % PAGE_BYTES != 0);
  if (wanted_pages <= have_pages) return 1;
  size_t needed = wanted_pages - have_pages;
  size_t step = have_pages / 4;
  int grown = (step > needed && grow(step)) || grow(needed);
  /* Emscripten's contract: its JavaScript would renew its views here. Ours notices by itself. */
  if (grown) emscripten_notify_memory_growth(0);
  return grown;
}
