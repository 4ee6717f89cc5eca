/*
** Queries ahead: rankings that are opened before they are asked for, so that several queries share
** one pass over the codes.
**
** SQLite hands a virtual table one query at a time, also where a join will ask for many.
** vss_ahead() makes a BLOB that holds a query and the ones that will follow
** (vss0/ahead_function.c), and a search that gets such a BLOB opens the rankings of all of them:
**
**   the BLOB   4 bytes "vssa", dim as u32, then dim float32s per query; the first one is asked now
**
** It is a hint. A ranking answers only a search whose query, column, filter, bound and table are
** the very ones that it was opened for, and a cursor that has been wrong once opens nothing ahead
** again. A search without the hint does not come here.
*/
#ifndef VSS_AHEAD_H
#define VSS_AHEAD_H

#include "index/resident.h"
#include "sqlite/value.h"

#define VSS_AHEAD_TAG       "vssa"
#define VSS_AHEAD_DIM_AT    4
#define VSS_AHEAD_TAG_BYTES 8 /* with dim, little-endian */

/* Put the window function vss_ahead() on the connection. An SQLite code. */
int vss_func_register_ahead(sqlite3 *db);

/*
** The queries in `value`, of dim components each, and how many: 0 when `value` is something else.
** They stay in SQLite's memory where they are aligned there. A component that is not finite is
** VSS_INVALID, and so are queries of another dimension. VSS_NOMEM.
*/
int vss_ahead_read(sqlite3_value *value, int dim, VssVectorView *out_queries, uint32_t *out_count,
                   VssError *err);

/* Rankings that a cursor opened ahead. Zero-initialise. */
typedef struct VssAhead {
  VssRank **ranks;
  float *queries;
  uint32_t n, next;    /* of both arrays; those before `next` are handed out or freed */
  int vector;          /* the column that they rank */
  VssRankRequest like; /* what they were opened with, except queries and stop */
  VssBitmap filter;    /* like.scan.filter, unless that is NULL */
  uint64_t generation; /* the rows' then */
  int is_useless;      /* a guess was wrong: nothing more is opened ahead */
} VssAhead;
void vss_ahead_free(VssAhead *ahead); /* the fields, which it zeroes; not the struct */

/* Whether rankings wait for their queries. */
int vss_ahead_is_open(const VssAhead *ahead);

/*
** The ranking that waits for the first query of this request, or NULL, which ends the waiting of
** all others.
*/
VssRank *vss_ahead_take(VssAhead *ahead, const VssResident *rows, int vector,
                        const VssRankRequest *request);

/*
** The ranking of the first query of the request, and ahead those of the queries after it. Only
** while nothing is open ahead. VSS_STOP, VSS_NOMEM.
*/
int vss_ahead_open(VssAhead *ahead, const VssResident *rows, int vector,
                   const VssRankRequest *request, VssRank **out_rank);

#endif
