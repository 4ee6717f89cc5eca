/*
** The rows of one table, resident: their slots, the codes of their vectors, and how both follow the
** rows.
**
**   rowid        slot      index of vector 0      index of vector 1
**      7   ----    0       code of its vector     code of its vector
**     42   ----    1       code of its vector     (none: it is NULL)
**      9   ----    2       (none: it is NULL)     code of its vector
**
** The module does not know where the rows live: in shadow tables, in a user's table, several
** vectors in one BLOB. It asks a VssRowReader, which knows. It keeps no vector, except those that
** are no larger than their codes: where another is needed again, to train a codebook or to refine a
** search, the reader brings it. All are handed over as what they read back as (kernel/element.h).
**
** A row follows a write in one of three ways. vss_resident_put() takes the vectors from whoever
** wrote them; vss_resident_drop() forgets the row; vss_resident_reread() asks the reader what has
** become of it. After some writes codebooks no longer fit, and vss_resident_tune() trains them
** anew. After a failure a row that was new is not known, and a row that was known may have some of
** its former vectors: reading the rows concerned again makes everything right.
**
** Rankings (index/rank.h) read the slot map while they are open. The module freezes them before it
** changes a row.
*/
#ifndef VSS_RESIDENT_H
#define VSS_RESIDENT_H

#include "base/idmap.h"
#include "index/rank.h"

/*
** What stands for the rows, wherever they live. Each function returns VSS_OK, or a failure that
** goes to the caller as it is.
*/
typedef struct VssRowReader {
  void *context;
  /*
  ** Whether the table has the row now, and in which slot. VSS_NONE: the slot does not matter. NULL
  ** where vss_resident_reread() is not used.
  */
  int (*find_row)(void *context, int64_t rowid, int *out_found, uint32_t *out_slot);
  /* Vector number `vector` of the row as it is now. VSS_MISSING: it is NULL, or the row is gone. */
  int (*read_vector)(void *context, int vector, int64_t rowid, float *out_vector);
  /* The same for several rows, as VssFetchRows has it. NULL: rows are read one by one. */
  int (*read_vectors)(void *context, int vector, const int64_t *rowids, uint32_t n,
                      float *out_vector, VssTakeRow take, void *taker);
} VssRowReader;

/* A ranking in use, embedded in what uses it. Zero-initialise. */
typedef struct VssOpenRank {
  struct VssResident *resident;
  int vector; /* the ranking is over this vector column */
  VssRank *rank;
  struct VssOpenRank *next;
} VssOpenRank;

/*
** Zero-initialise. The fields may be read; only resident.c and what loads a stored state
** (vss0/cache.c) change them.
*/
typedef struct VssResident {
  VssRowReader reader;
  VssIdmap map;       /* rowid <-> slot */
  VssIndex **indexes; /* by vector column; each NULL until vss_resident_start() */
  int n_vectors;
  VssBitmap dirty; /* bit = block of 64 slots whose rowids changed since vss_resident_clean() */
  float *scratch;  /* the largest dimension's floats, for one call at a time */
  VssVectorShape *shapes; /* by vector column */
  uint64_t generation;    /* counts changes: what was computed before the last one is void */
  VssOpenRank *open_ranks;
} VssResident;

/*
** shapes: one per vector column, n_vectors >= 1; copied. No row is known. VSS_NOMEM (free it all
** the same).
*/
int vss_resident_init(VssResident *resident, const VssVectorShape *shapes, int n_vectors,
                      VssRowReader reader);
void vss_resident_free(
    VssResident
        *resident); /* the fields, which it zeroes; no ranking may be open that is not frozen */

/* Forget every row and start with empty indexes. VSS_NOMEM. */
int vss_resident_start(VssResident *resident);
/* Forget every row and the indexes, too. Open rankings must be frozen. */
void vss_resident_forget(VssResident *resident);

/*
** Make the row known with these vectors: one pointer per vector column, NULL for NULL. slot: the
** one that the row is to have, which no other row has; VSS_NONE: the lowest free one. *out_slot
** (may be NULL): its slot. VSS_NOMEM, VSS_CORRUPT (another row has the slot).
*/
int vss_resident_put(VssResident *resident, int64_t rowid, uint32_t slot,
                     const float *const *vectors, uint32_t *out_slot);
/*
** The same in two steps, for all rows of a state that was just started: first the row without any
** vector, then each of its vectors by its slot. VSS_CORRUPT: the rowid or the slot is known
** already, or the vector (dim floats) is not finite. VSS_NOMEM.
*/
int vss_resident_place(VssResident *resident, int64_t rowid, uint32_t slot);
int vss_resident_put_vector(VssResident *resident, int vector, uint32_t slot, const float *x);
/* The stored bytes of a vector, where the index of the column holds its vectors. VSS_NOMEM. */
int vss_resident_put_stored(VssResident *resident, int vector, uint32_t slot, const void *bytes);
/* Forget the row; nothing when it is not known. VSS_NOMEM. */
int vss_resident_drop(VssResident *resident, int64_t rowid);
/*
** Make the row what the reader says. *out_slot: its slot, or VSS_NONE when it is gone. A vector
** that has not changed leaves its block clean, so that an UPDATE of something else writes no codes.
** A component that is not finite: VSS_CORRUPT.
*/
int vss_resident_reread(VssResident *resident, int64_t rowid, uint32_t *out_slot);

/* Train the codebooks that no longer fit; reads the rows of the segments concerned. */
int vss_resident_tune(VssResident *resident);

/* What the rows are now is stored: no block, code or codebook is dirty any more. */
void vss_resident_clean(VssResident *resident);

/*
** Keep the rowids of all open rankings, which the caller does before it changes rows in another
** way. VSS_NOMEM.
*/
int vss_resident_freeze(VssResident *resident);

/*
** Take over a ranking of vector column `vector`: it is frozen before a row changes, and
** vss_resident_close() frees it.
*/
void vss_resident_watch(VssResident *resident, int vector, VssRank *rank, VssOpenRank *open);
/* The next hit of vss_rank_next(), with the reader's vectors. */
int vss_resident_next(VssOpenRank *open, VssHit *out_hit, int *out_done);
/*
** The distances of n rows to a query of vector column `vector`, without a ranking. hits: their
** rowids, ascending; those whose vector is NULL are taken out, and *out_n is how many are left.
** VSS_NOMEM, or what the reader returned. Cost: what reading n vectors costs.
*/
int vss_resident_measure(VssResident *resident, int vector, const float *query, VssHit *hits,
                         uint32_t n, uint32_t *out_n);
/* Free the ranking; nothing when none is open. */
void vss_resident_close(VssOpenRank *open);

/* Bytes allocated for the slot map and the codes. */
uint64_t vss_resident_memory(const VssResident *resident);

#endif
