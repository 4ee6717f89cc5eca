/*
** Predicates over arrays of numbers: ranges by SIMD words, sets by lookup, zones skipped. For the filter's own files.
*/
#ifndef VSS_FILTER_NUMBER_H
#define VSS_FILTER_NUMBER_H

#include "filter/column_data.h"
#include "filter/predicate.h"

/* An array of one kind of number, borrowed. */
typedef struct VssNumbers {
  int is_real;
  uint32_t n_slots; /* slots beyond are NULL */
  union {
    const int64_t *integers;
    const double *reals;
  };
  const uint64_t *present;  /* NULL: every slot below n_slots is */
  const uint64_t *integral; /* reals that are integers to SQL; NULL: none */
  const VssZone *zones;     /* NULL: none */
} VssNumbers;

/* AND the predicate into inout_slots: as vss_filter_apply(). */
int vss_numbers_apply(const VssNumbers *numbers, const VssPrepared *prepared,
                      VssBitmap *inout_slots);

#endif
