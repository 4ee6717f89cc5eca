/*
** rowid <-> slot, both ways; base/slot.h says what a slot is.
**
**   slot -> rowid    rowids[slot], an array
**   rowid -> slot    a binary search in that array as long as rowids ascend with their slots, as
**                    they do in a table that only grew; from the first one that does not, an
**                    open-addressing hash of slots
**
** Freed slots are used again, the lowest first, so that a table that shrinks and grows does not
** spread out.
*/
#ifndef VSS_IDMAP_H
#define VSS_IDMAP_H

#include "base/bitmap.h"

/* Zero-initialise. */
typedef struct VssIdmap {
  int64_t *rowids;  /* by slot; nobody's where the slot is free */
  VssBitmap live;   /* slots in use */
  uint32_t n_slots; /* all slots that were ever used are below this one */
  uint32_t n_live;
  uint32_t capacity;   /* of rowids */
  uint32_t *table;     /* the hash: slot+1, or 0 for empty; NULL: rowids ascend */
  uint32_t table_size; /* a power of two, or 0 */
  uint32_t first_free; /* no slot below this one is free */
} VssIdmap;

void vss_idmap_free(VssIdmap *map);
/* The rowid's slot, or VSS_NONE. */
uint32_t vss_idmap_find(const VssIdmap *map, int64_t rowid);

/*
** The lowest free slot, which may be the one above all slots that were ever used. It is what
** vss_idmap_add() gives to the next new rowid. Above VSS_MAX_SLOT: the map is full.
*/
uint32_t vss_idmap_lowest_free(const VssIdmap *map);

/* The slot of a new rowid, or the one it has. VSS_NOMEM leaves the map as it was. */
int vss_idmap_add(VssIdmap *map, int64_t rowid, uint32_t *out_slot);

/*
** Take over an assignment that was stored. VSS_CORRUPT when the slot or the rowid is taken, or the
** slot is above VSS_MAX_SLOT; VSS_NOMEM. Memory grows with the slot: callers check it against what
** is stored.
*/
int vss_idmap_place(VssIdmap *map, int64_t rowid, uint32_t slot);

/* Free the rowid's slot. Nothing happens when it has none. */
void vss_idmap_remove(VssIdmap *map, int64_t rowid);
uint64_t vss_idmap_memory(const VssIdmap *map); /* bytes allocated */

#endif
