/*
** The life of a codebook: it is shared by blocks, counts its uses, and goes with the last one.
**
**   id          0       1       2       3
**   codebooks   used    NULL    used    used    a free id is given out again, the lowest first
**   dirty       0       1       0       1       1 with NULL: what is stored there has to be deleted
**
**   one allocation  | VssSharedCodebook | centre[dim] | step[dim] | inverse[dim] | weight[dim] |
*/
#include "index/layout.h"

/* The arrays are behind the struct, so that one free takes all. */
static uint64_t codebook_bytes(const VssIndex *index) {
  return sizeof(VssSharedCodebook) + (uint64_t)index->dim * (3 * sizeof(float) + sizeof(int16_t));
}

/* There are few codebooks, about one for each tuned segment: a search for a free id is cheap. */
int vss_codebook_create(VssIndex *index, VssSharedCodebook **out_codebook) {
  uint32_t id = 0;
  while (id < index->n_codebooks && index->codebooks[id])
    id++;
  return vss_codebook_create_at(index, id, out_codebook);
}

int vss_codebook_create_at(VssIndex *index, uint32_t id, VssSharedCodebook **out_codebook) {
  if (id >= index->n_codebooks) {
    VssSharedCodebook **codebooks =
        vss_realloc(index->codebooks, ((uint64_t)id + 1) * sizeof *codebooks);
    if (!codebooks) return VSS_NOMEM;
    index->codebooks = codebooks;
    /* A stored id may be above all others: the ids between are free. */
    while (index->n_codebooks <= id)
      index->codebooks[index->n_codebooks++] = NULL;
  }
  uint64_t size_bytes = codebook_bytes(index);
  VssSharedCodebook *codebook = vss_calloc(1, size_bytes);
  if (!codebook) return VSS_NOMEM;
  /* Before anything changes: this may fail, and dropping a codebook relies on it. */
  if (vss_bitmap_set(&index->codebooks_dirty, id) != VSS_OK) {
    vss_free(codebook);
    return VSS_NOMEM;
  }
  /* From here on nothing fails. Everything in it is zero except what follows. */
  codebook->id = id;
  codebook->values.centre = (float *)(void *)(codebook + 1);
  codebook->values.step = codebook->values.centre + index->dim;
  codebook->values.inverse = codebook->values.step + index->dim;
  codebook->values.weight = (int16_t *)(void *)(codebook->values.inverse + index->dim);
  index->codebooks[id] = codebook;
  index->memory_bytes += size_bytes;
  *out_codebook = codebook;
  return VSS_OK;
}

void vss_codebook_use(VssSharedCodebook *codebook) {
  if (codebook) codebook->uses++;
}

void vss_codebook_drop(VssIndex *index, VssSharedCodebook *codebook) {
  if (!codebook || --codebook->uses > 0) return;
  index->codebooks[codebook->id] = NULL;
  /* This cannot fail: the bitmap reaches up to the id since the codebook was created. */
  vss_bitmap_set(&index->codebooks_dirty, codebook->id);
  index->memory_bytes -= codebook_bytes(index);
  vss_free(codebook);
}

void vss_index_set_latest(VssIndex *index, VssSharedCodebook *codebook) {
  /* In this order, since the two may be the same. */
  vss_codebook_use(codebook);
  vss_codebook_drop(index, index->latest);
  index->latest = codebook;
}
