/*
** The resident values of one filter column, by slot.
**
**   all NULL or INTEGER    values int64[n_slots]  and a bitmap of the slots that are not NULL
**   all NULL or numbers    values double[n_slots] and the same bitmap; integers only up to 2^53
**   anything else          codes uint32[n_slots] into a dictionary of distinct values (an integer
**                          and an equal real are two entries); NULL is code 0
**
** A column starts as the first kind that its values fit, and is converted when a value does not
** fit. The least and greatest value of each 1,024 slots let range predicates skip. Memory goal: 9
** bytes per numeric value.
*/
#ifndef VSS_COLUMN_H
#define VSS_COLUMN_H

#include "base/bitmap.h"
#include "base/value.h"

typedef struct VssColumn VssColumn;

/* A column in which every slot is NULL. VSS_NOMEM. */
int vss_column_create(VssColumn **out_column);
void vss_column_free(VssColumn *column); /* takes NULL */

/*
** Set the value of a slot, which may be any: slots in between are NULL. VSS_NOMEM: the column has
** its old values.
*/
int vss_column_put(VssColumn *column, uint32_t slot, const VssValue *value);

/* The slot becomes NULL. Cannot fail. */
void vss_column_remove(VssColumn *column, uint32_t slot);

/*
** The value of a slot, NULL for one that was never put. Its bytes are borrowed until the next put
** or removal. Cannot fail.
*/
void vss_column_get(const VssColumn *column, uint32_t slot, VssValue *out_value);

/*
** How many of the n slots, from the first one on, hold its value: the same class, and the same
** bytes or bits. At least 1 where n is. Cannot fail. Cost: one look at each of them.
*/
uint32_t vss_column_repeats(const VssColumn *column, const uint32_t *slots, uint32_t n);

/* The bytes that the column has allocated. */
uint64_t vss_column_memory(const VssColumn *column);

#endif
