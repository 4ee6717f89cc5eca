/*
** Packs: several vectors in one BLOB of <t>_vector<i>, so that their pages are full.
**
**   slot      0       1       2       3     | 4       5       6       7     | 8 ...
**   pack      0                             | 1                             | 2
**   lane      0       1       2       3     | 0       1       2       3     | 0 ...
**
**   a pack    [1|rowid|vector] [0 0 0 0 0 0 0] [1|rowid|vector] [1|rowid|vector]     4 entries
**
** The slot of a row stands in <t>_rows. A row has a vector in a column if and only if the entry of
** its slot starts with 1 and the row's rowid (big-endian). Entries without a vector are zeros, and
** where no entry of a pack has one, the pack may be missing. The rowid makes each entry say whose
** it is: a wrong slot in the cache, which nobody trusts, finds no vector of another row.
**
** How many vectors a pack has depends on their size alone, so that it is part of the format:
** vss_pack_lanes().
**
** Writing. New entries of one pack wait in memory until they are written together: each vector by
** itself would cost as much as a row of its own. Whoever asks the store for a vector makes it write
** them first.
*/
#ifndef VSS_STORE_PACKS_H
#define VSS_STORE_PACKS_H

#include "vss0/args.h"
#include "sqlite/sqlite_api.h"

#define VSS_PACK_MAX_LANES 64
/* In front of each vector: 1 and the rowid. */
#define VSS_PACK_HEADER_BYTES 9

/* Vectors per pack, 1 to VSS_PACK_MAX_LANES, for vectors of that many bytes. */
uint32_t vss_pack_lanes(uint64_t vector_bytes);

/* Whose entry it is: *out_taken 0 when nobody's. SQLITE_CORRUPT_VTAB: it is no entry. */
int vss_pack_read_header(const uint8_t *entry, int *out_taken, sqlite3_int64 *out_owner);

/* The packs of one vector column. Zero-initialise; vss_packs_free() releases what it points to. */
typedef struct VssPacks {
  uint32_t n_lanes;
  uint32_t vector_bytes, entry_bytes;
  char *table; /* the name of the shadow table, NULL until it is needed */

  sqlite3_blob *reader; /* stands on reader_pack; closed unless the store is held */
  sqlite3_int64 reader_pack;
  uint8_t *entry; /* one entry, for one call at a time */

  sqlite3_int64 pack;                       /* where entries are being written; -1: nowhere */
  int exists;                               /* the pack is in the table */
  int inserting;                            /* it is being put there: store_packs.c */
  uint64_t known;                           /* bit = lane whose entry was asked for */
  uint64_t taken;                           /* of the known ones: has a vector */
  sqlite3_int64 owners[VSS_PACK_MAX_LANES]; /* and whose it is */
  uint64_t waits;                           /* bit = lane whose entry is to be written */
  uint8_t *waiting; /* n_lanes entries, as in the BLOB; allocated by the first write */
} VssPacks;

#endif
