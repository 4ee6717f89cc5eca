/*
** Predicates over a dictionary column: one answer per distinct value, then one load per slot. For
** the filter's own files.
*/
#ifndef VSS_FILTER_APPLY_CODES_H
#define VSS_FILTER_APPLY_CODES_H

#include "filter/column_data.h"
#include "filter/matcher.h"

/* AND the predicate into inout_slots: as vss_filter_apply(). */
int vss_codes_apply(const VssColumn *column, const VssMatcher *matcher, VssBitmap *inout_slots);

#endif
