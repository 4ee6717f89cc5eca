/*
** Rows in exact order of (distance, rowid), one at a time: optimal multi-step refinement over an
** index scan (Seidl and Kriegel 1998; incremental as Hjaltason and Samet 1999).
**
** A row is fetched and its exact distance computed only when its lower bound is the smallest one
** left; it is handed out when no bound that is left is <= its key. So the order is exact, however
** loose the bounds are; loose bounds only cost more fetches.
**
**   bounds in order    1.0   1.4   2.2   2.9 ...     rows are fetched from the left
**   exact keys         2.0   1.5   2.6               1.5 goes out once the next bound is 2.2, and
**                                                    2.0 after it; 2.6 waits for the row of 2.9
**
** k_hint only sizes the first batch. Asking for more hits goes on from where the ranking stopped,
** without a new scan.
*/
#ifndef VSS_RANK_H
#define VSS_RANK_H

#include "index/index.h"

typedef struct VssRank VssRank;

typedef struct VssHit {
  int64_t rowid;
  float distance; /* rounded, the user's value (not the key) */
} VssHit;

/*
** Bring the vector of a row. It is a VssFetch by rowid: slots may be reused by other rows while a
** ranking is open.
*/
typedef int (*VssFetchRow)(void *context, int64_t rowid, float *out_vector);

/*
** Bring the vectors of n <= VSS_FETCH_ROWS rows, whose slots ascend. For each that there is, in
** this order: its vector goes to out_vector, and take(taker, i) is called with its place in
** `rowids`. Rows that have none are passed over. Any failure ends it.
*/
typedef void (*VssTakeRow)(void *taker, uint32_t i);
typedef int (*VssFetchRows)(void *context, const int64_t *rowids, uint32_t n, float *out_vector,
                            VssTakeRow take, void *taker);

/*
** Rows that are fetched together are read in the order in which they are stored. The more there
** are, the closer they lie: with 64 rows of 100,000, each read misses every cache.
*/
#define VSS_FETCH_ROWS 1024

/* Where the vectors come from. */
typedef struct VssRowSource {
  void *context; /* of both */
  VssFetchRow fetch_row;
  VssFetchRows fetch_rows; /* NULL: all rows are fetched one by one */
} VssRowSource;

/*
** What a ranking is asked for. The queries are copied; the rest of `scan` is borrowed for the
** length of vss_rank_open().
*/
typedef struct VssRankRequest {
  VssScanRequest scan;   /* scan.max_key: rows with a greater key are left out too */
  const int64_t *rowids; /* by slot; borrowed, as the index is, until vss_rank_freeze() or
                            vss_rank_free() */
  uint64_t k_hint;       /* how many hits will be asked for, about; 0: unknown */
} VssRankRequest;

/*
** Scan once for all queries and start a ranking for each.
** out_ranks: one per query, all of them or, on failure, NULLs. VSS_NOMEM, VSS_STOP.
*/
int vss_rank_open(const VssIndex *index, const VssRankRequest *request, VssRank **out_ranks);
void vss_rank_free(VssRank *rank); /* takes NULL */

/*
** Copy the rowids of all candidates and make their bounds tight, so that the index and the
** request's rowids may change. It has to be called before the first write under an open ranking.
** From here on rows are fetched one by one, each as it is when its turn comes. VSS_NOMEM.
*/
int vss_rank_freeze(VssRank *rank);

/*
** The next hit, or *out_done = 1 after the last one. A row for which fetch returns VSS_MISSING is
** passed over; any other failure of fetch is returned, and the next call goes on with the same row.
** VSS_NOMEM.
**
** Rows that will be needed are fetched together where that pays: those that k_hint promises, and
** after that an eighth of those that were fetched so far. A failure of fetch_rows is never
** returned: the rows are then fetched one by one, when their turn comes, and fail there.
*/
int vss_rank_next(VssRank *rank, const VssRowSource *source, VssHit *out_hit, int *out_done);

uint64_t vss_rank_refined(const VssRank *rank);  /* vectors fetched so far */
uint64_t vss_rank_selected(const VssRank *rank); /* candidates of the scan */

#endif
