/*
** Slots in the order of their values in one or several columns, as ORDER BY of SQLite has it.
**
**   slots              0      1      2      3      4
**   topic, NOCASE     'b'    NULL   'B'    'a'    'b'
**   n                  2      7      1      NULL   2.0
**
**   by topic, n        1  3  2  0  4      0 and 4 are equal, and keep their order
**   by n desc          1  0  4  2  3      NULL is less than every value
*/
#ifndef VSS_FILTER_ORDER_H
#define VSS_FILTER_ORDER_H

#include "filter/compare.h"

/* One term of ORDER BY. */
typedef struct VssOrderKey {
  const VssColumn *column;
  VssCollation collation; /* of its texts */
  int is_descending;
} VssOrderKey;

/*
** Sort n slots, each given once, by the first key, those that are equal in it by the second, and so
** on. The order of two values is that of vss_compare_values(). Slots that are equal in every key
** keep their order. VSS_NOMEM: the slots are as they were.
**
** Cost: for each key, one pass over the slots per 11 bits that tell its values apart, and the
** distinct values of a dictionary are sorted. 10 bytes per slot. Pinned by test_order.c.
*/
int vss_order_slots(const VssOrderKey *keys, int n_keys, uint32_t *inout_slots, uint32_t n);

#endif
