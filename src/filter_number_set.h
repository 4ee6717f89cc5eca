/*
** A set of numbers that answers "is it a member?" in a few ns: the fast side of IN on a numeric column.
**
** Members and questions are keys: an integer is its own key; a double's key is its bits folded so that keys order as the doubles
** do and -0 is 0. The keys are sorted and distinct; beside them lies a bitmap from the least to the greatest
** where that is small, else a hash table.
*/
#ifndef VSS_FILTER_NUMBER_SET_H
#define VSS_FILTER_NUMBER_SET_H

#include "column.h"

typedef struct VssNumberSet {
  int64_t *keys; /* ascending */
  uint32_t n_keys;
  uint64_t *bits;    /* bit (key - keys[0]); or NULL */
  int64_t *table;    /* open addressing; or NULL */
  uint32_t n_table;  /* a power of two */
  int64_t empty_key; /* marks a free place of the table; not a member */
} VssNumberSet;

/* The key of a double (not NaN), and back. */
int64_t vss_number_key(double real);
double vss_number_from_key(int64_t key);

/*
** The numbers among `values` that a column of integers (or, as_reals, of doubles) can hold: others can match nothing.
** Zero-initialise out_set; free it with vss_number_set_free() whatever the result. VSS_NOMEM.
*/
int vss_number_set_open(const VssValue *values, uint32_t count, int as_reals,
                        VssNumberSet *out_set);
void vss_number_set_free(VssNumberSet *set);

/* 1 when the key is a member. keys[0] <= key <= keys[n_keys-1] is the caller's to check. */
int vss_number_set_has(const VssNumberSet *set, int64_t key);

/* 1 when a member lies in [lo, hi]. Cost: a binary search. */
int vss_number_set_meets(const VssNumberSet *set, int64_t lo, int64_t hi);

#endif
