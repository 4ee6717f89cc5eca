/*
** rowid <-> slot, both ways. A slot is a row's place in the resident blocks: slot = block*64 + lane.
**
** rowids[slot] is an array; rowid -> slot an open-addressing hash of slots. Freed slots are reused, lowest
** first, so that a table that shrinks and grows does not spread out.
*/
#ifndef VSS_IDMAP_H
#define VSS_IDMAP_H

#include "base/bitmap.h"

/* Zero-initialise. */
typedef struct VssIdmap {
  int64_t *rowids;  /* by slot; undefined where the slot is free */
  VssBitmap live;   /* slots in use */
  uint32_t n_slots; /* slots ever used: all live slots are below */
  uint32_t n_live;
  uint32_t capacity;   /* of rowids */
  uint32_t *table;     /* the hash: slot+1, or 0 for empty */
  uint32_t table_size; /* a power of two, or 0 */
  uint32_t first_free; /* no free slot below this one */
} VssIdmap;

void vss_idmap_free(VssIdmap *map);
uint32_t vss_idmap_find(const VssIdmap *map, int64_t rowid); /* VSS_NONE when absent */

/* The slot of a new rowid, or the one it has. VSS_NOMEM leaves the map as it was. */
int vss_idmap_add(VssIdmap *map, int64_t rowid, uint32_t *out_slot);

/*
** A stored assignment. VSS_CORRUPT when the slot or the rowid is taken or the slot is above
** VSS_MAX_SLOT; VSS_NOMEM. Memory grows with the slot: callers check it against what is stored.
*/
int vss_idmap_place(VssIdmap *map, int64_t rowid, uint32_t slot);

void vss_idmap_remove(VssIdmap *map, int64_t rowid); /* absent: nothing */
uint64_t vss_idmap_memory(const VssIdmap *map);      /* bytes allocated */

#endif
