/*
** Rows in exact order of (distance, rowid), one at a time: optimal multi-step refinement over an index scan
** (Seidl and Kriegel 1998; incremental as Hjaltason and Samet 1999).
**
** A row is fetched and its exact distance computed only when its lower bound is the smallest left; it is handed
** out when no bound left is <= its key. k_hint only sizes the first batch: asking for more goes on from
** where it stopped, without a new scan (batches grow 4-fold over the candidates' bounds).
*/
#ifndef VSS_RANK_H
#define VSS_RANK_H

#include "index/index.h"

typedef struct VssRank VssRank;

typedef struct VssHit {
  int64_t rowid;
  float distance; /* rounded, the user's value (not the key) */
} VssHit;

/* Bring the vector of a rowid: as VssFetch, but by rowid, since slots may be reused while a ranking is open. */
typedef int (*VssFetchRow)(void *context, int64_t rowid, float *out_vector);

/* What a ranking is asked for. The queries are copied; the rest of `scan` is borrowed for the length of vss_rank_open(). */
typedef struct VssRankRequest {
  VssScanRequest scan;   /* scan.max_key: rows with a greater key are left out too */
  const int64_t *rowids; /* by slot; borrowed until vss_rank_freeze() or vss_rank_free() */
  uint64_t k_hint;       /* how many hits will be asked for, about; 0: unknown */
} VssRankRequest;

/*
** Scan once for all queries and start a ranking for each.
** out_ranks: one per query, all of them or, on failure, NULLs. VSS_NOMEM, VSS_STOP.
*/
int vss_rank_open(const VssIndex *index, const VssRankRequest *request, VssRank **out_ranks);
void vss_rank_free(VssRank *rank); /* takes NULL */

/* Copy the rowids of all candidates left, so that index and idmap may change. Call before the first write under an open ranking. VSS_NOMEM */
int vss_rank_freeze(VssRank *rank);

/* The next hit; *out_done = 1 after the last. Rows that fetch reports VSS_MISSING are passed over. */
int vss_rank_next(VssRank *rank, VssFetchRow fetch, void *context, VssHit *out_hit, int *out_done);

uint64_t vss_rank_refined(const VssRank *rank);  /* vectors fetched so far */
uint64_t vss_rank_selected(const VssRank *rank); /* candidates of the scan */

#endif
