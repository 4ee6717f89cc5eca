/*
** Queries ahead: a BLOB that holds a query and the ones that will be asked after it, so that they can share one pass
** over the codes. vss_ahead() makes it (vss0/ahead_function.c), vss_search() reads it (vss0/cursor.c).
**
**   8 bytes "vssahead", then dim float32s a query; the first is the one that is asked now
*/
#ifndef VSS_VTAB_AHEAD_H
#define VSS_VTAB_AHEAD_H

#include "sqlite/value.h"
#include "vss0/table.h"

#define VSS_AHEAD_TAG       "vssahead"
#define VSS_AHEAD_TAG_BYTES 8

/*
** The queries in `value`, of dim components each, and how many: 0 when `value` is something else. They stay in SQLite's memory
** where they are aligned there. VSS_INVALID for a component that is not finite, VSS_NOMEM.
*/
int vss_ahead_read(sqlite3_value *value, int dim, VssVectorView *out_queries, uint32_t *out_count,
                   VssError *err);

/* What a search asks for. Two searches that agree in all but the query can share a pass. */
typedef struct VssAheadSearch {
  int vector;           /* number of the vector column */
  const float *queries; /* the first is asked now */
  uint32_t n_queries;
  const VssBitmap *filter; /* NULL: all */
  uint64_t k_hint;
  float max_key;
} VssAheadSearch;

/* Rankings that a cursor opened ahead. Zero-initialise. */
typedef struct VssAhead {
  VssRank **ranks;
  float *queries;
  uint32_t n, next;    /* of both arrays; those before `next` are gone */
  VssAheadSearch like; /* what they were opened with */
  VssBitmap filter;
  uint64_t generation; /* the table's, then */
  int is_useless;      /* other queries came: no more is done ahead */
} VssAhead;
void vss_ahead_free(VssAhead *ahead); /* the fields, not the struct; zeroes them */

/* Whether rankings wait for their queries. */
int vss_ahead_is_open(const VssAhead *ahead);

/*
** The ranking of the first query: one that was opened ahead, or a new one with those of the queries that follow. Called
** only with several queries or while vss_ahead_is_open(); other searches open their ranking themselves. VSS_STOP, VSS_NOMEM.
*/
int vss_ahead_open(VssAhead *ahead, VssTable *table, const VssAheadSearch *search,
                   VssRank **out_rank);

#endif
