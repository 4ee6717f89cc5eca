/*
** The slots of each value of a column, for terms `column = ?` that are asked again and again with
** other right sides.
**
**   vss_filter_apply()       looks at every slot, 64 at a time: best for one right side
**   vss_postings_first()     looks at the slots of one value: best for many
**
** They are a snapshot: a column that changes afterwards has other postings.
*/
#ifndef VSS_POSTINGS_H
#define VSS_POSTINGS_H

#include "filter/column.h"
#include "filter/filter.h"

typedef struct VssPostings VssPostings;

/*
** Postings for terms on a column of this affinity, under this collation. VSS_NOMEM. Cost: one pass
** over the column, and 8 to 12 bytes per slot.
*/
int vss_postings_create(const VssColumn *column, uint32_t n_slots, VssAffinity affinity,
                        VssCollation collation, VssPostings **out_postings);
void vss_postings_free(VssPostings *postings); /* takes NULL */

/*
** 1 when postings can answer the predicate: an `=` whose right side has one meaning only, whatever
** affinity it came with (filter/filter.h). A text that may be a number has several.
*/
int vss_postings_can(const VssPredicate *predicate);

/* A walk over the slots that may satisfy a predicate. */
typedef struct VssPostingsWalk {
  uint32_t at, then; /* the list that is walked, and the one that follows; or VSS_NONE */
} VssPostingsWalk;

/*
** Start a walk for a predicate that vss_postings_can() has found fit. vss_postings_next() gives the
** slots in no order, each once, and VSS_NONE at the end. Every slot that satisfies the predicate is
** among them, and vss_filter_test() decides about each. Cannot fail.
*/
VssPostingsWalk vss_postings_start(const VssPostings *postings, const VssPredicate *predicate);
uint32_t vss_postings_next(const VssPostings *postings, VssPostingsWalk *walk);

#endif
