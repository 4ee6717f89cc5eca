/*
** See vss0/ranked.h. A ranking (index/rank.h) hands out rows in the order of (distance, rowid) and
** fetches vectors as it goes, so that whoever asks may stop at any row:
**
**   ranking  -->  bounds on the distance  -->  checks under k  -->  hit
*/
#include "vss0/ranked.h"

#include "sqlite/error.h"
#include "sqlite/stop.h"

/*
** How many rows SQLite will probably ask for; 0: unknown. It sizes the first batch of the ranking
** and nothing else: a wrong hint costs time, never a row.
*/
static uint64_t k_hint(const VssSearch *search) {
  if (search->k >= 0) return (uint64_t)search->k;
  if (search->limit >= 0) return (uint64_t)search->limit + (uint64_t)search->offset;
  return 0;
}

/*
** Only a query that brings others with it, or for which a ranking may have been opened ahead, goes
** by way of vss0/ahead.h.
*/
int vss_ranked_open(VssTable *table, const VssSearch *search, VssAhead *ahead, VssOpenRank *open) {
  VssResident *rows = &table->resident;
  VssRankRequest request = {.scan = {.queries = search->queries.data,
                                     .n_queries = ahead ? search->n_queries : 1,
                                     .max_key = search->max_key,
                                     .filter = search->filtered ? &search->slots : NULL,
                                     .stop = vss_stop_of_connection(table->db)},
                            .rowids = rows->map.rowids,
                            .k_hint = k_hint(search)};
  VssRank *rank = NULL;
  int code = VSS_OK;
  if (ahead && vss_ahead_is_open(ahead))
    rank = vss_ahead_take(ahead, rows, search->vector, &request);
  if (!rank) {
    code = request.scan.n_queries > 1
               ? vss_ahead_open(ahead, rows, search->vector, &request, &rank)
               : vss_rank_open(rows->indexes[search->vector], &request, &rank);
    if (code == VSS_OK) table->stats.passes++;
  }
  if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
  vss_resident_watch(rows, search->vector, rank, open);
  table->stats.searches++;
  table->stats.selected += vss_rank_selected(rank);
  return SQLITE_OK;
}

void vss_ranked_close(VssTable *table, VssOpenRank *open) {
  if (!open->rank) return;
  table->stats.refined += vss_rank_refined(open->rank);
  vss_resident_close(open);
}

/* The ranking goes on where it stopped, so that a row that does not pass costs no new scan. */
int vss_ranked_next(VssTable *table, VssOpenRank *open, const VssSearch *search, VssHit *out_hit,
                    int *out_done) {
  int pass = 0;
  while (!pass) {
    int code = vss_resident_next(open, out_hit, out_done);
    if (code != VSS_OK) return vss_error_sqlite_rc(code, table->reader_rc);
    if (*out_done) return SQLITE_OK;
    int rc = vss_search_passes(search, out_hit, &pass);
    if (rc != SQLITE_OK) return rc;
  }
  return SQLITE_OK;
}
