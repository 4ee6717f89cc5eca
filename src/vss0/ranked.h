/*
** A search carried out: its ranking is opened, and hands out the rows that pass.
*/
#ifndef VSS_VSS0_RANKED_H
#define VSS_VSS0_RANKED_H

#include "vss0/ahead.h"
#include "vss0/search.h"

/*
** Rank the rows that the filters of the search left. The table watches `open` until
** vss_ranked_close(). `ahead` may be NULL; else it takes the rankings of queries that will follow.
** An SQLite code.
*/
int vss_ranked_open(VssTable *table, const VssSearch *search, VssAhead *ahead, VssOpenRank *open);
void vss_ranked_close(VssTable *table, VssOpenRank *open); /* nothing when none is open */

/* The next hit that vss_search_passes(), or *out_done = 1 behind the last one. An SQLite code. */
int vss_ranked_next(VssTable *table, VssOpenRank *open, const VssSearch *search, VssHit *out_hit,
                    int *out_done);

#endif
