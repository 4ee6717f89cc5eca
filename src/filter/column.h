/*
** The resident values of one filter column, by slot.
**
**   all NULL or int64     values int64[n_slots]  + null bitmap
**   all NULL or double    values double[n_slots] + null bitmap
**   anything else         codes uint32[n_slots] into a dictionary of distinct values (storage class and bytes;
**                         an integer and an equal real are two entries), NULL is code 0
**
** A column starts as the first kind its values fit and is converted once, when a value does not fit.
** Zone maps (min and max a 1,024 slots) let range predicates skip. Memory goal: 9 bytes a numeric value.
*/
#ifndef VSS_COLUMN_H
#define VSS_COLUMN_H

#include "base/bitmap.h"

typedef enum VssType { VSS_NULL, VSS_INTEGER, VSS_REAL, VSS_TEXT, VSS_BLOB } VssType;

/* One SQL value, borrowed. TEXT is UTF-8 without terminator. */
typedef struct VssValue {
  VssType type;
  int64_t integer;
  double real;
  const void *bytes;
  uint32_t size_bytes;
} VssValue;

typedef struct VssColumn VssColumn;

int vss_column_create(VssColumn **out_column);
void vss_column_free(VssColumn *column);
int vss_column_put(VssColumn *column, uint32_t slot,
                   const VssValue *value);                /* VSS_NOMEM: unchanged */
void vss_column_remove(VssColumn *column, uint32_t slot); /* becomes NULL */
void vss_column_get(const VssColumn *column, uint32_t slot,
                    VssValue *out_value); /* borrowed until the next put */
uint64_t vss_column_memory(const VssColumn *column);

#endif
