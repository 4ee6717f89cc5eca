/*
** Predicates over a dictionary column: one answer a distinct value, then one load a slot. For the filter's own files.
*/
#ifndef VSS_FILTER_DICTIONARY_H
#define VSS_FILTER_DICTIONARY_H

#include "filter/column_data.h"
#include "filter/predicate.h"

/* AND the predicate into inout_slots: as vss_filter_apply(). */
int vss_codes_apply(const VssColumn *column, const VssPrepared *prepared, VssBitmap *inout_slots);

#endif
