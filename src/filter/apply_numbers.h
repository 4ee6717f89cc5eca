/*
** Predicates over arrays of numbers: ranges by SIMD words, sets by lookup, zones skipped. For the
** filter's own files.
*/
#ifndef VSS_FILTER_APPLY_NUMBERS_H
#define VSS_FILTER_APPLY_NUMBERS_H

#include "filter/column_data.h"
#include "filter/matcher.h"

/* An array of one kind of number, borrowed. */
typedef struct VssNumbers {
  int is_real;
  uint32_t n_slots; /* slots from here on are NULL */
  union {
    const int64_t *integers;
    const double *reals;
  };
  const uint64_t
      *present; /* one bit per slot that is not NULL; NULL: no slot below n_slots is NULL */
  const uint64_t *integral; /* one bit per real that is an integer to SQL; NULL: none is */
  const VssZone *zones;     /* NULL: there are none */
} VssNumbers;

/* AND the predicate into inout_slots: as vss_filter_apply(). */
int vss_numbers_apply(const VssNumbers *numbers, const VssMatcher *matcher, VssBitmap *inout_slots);

#endif
