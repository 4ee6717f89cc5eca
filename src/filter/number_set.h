/*
** A set of numbers that answers "is it a member?" in a few ns: the fast side of IN on a numeric
** column.
**
** Members and questions are keys. An integer is its own key. A double's key is made of its bits so
** that keys have the order of the doubles, and -0 has the key of 0. The keys of a set are sorted
** and distinct. A question goes to a bitmap first:
**
**   dense    one bit per key from the least to the greatest: the bit is the answer
**   hashed   16 bits or more per key, at hash(key): 0 means no; at 1 a hash table is asked
**
**   keys 3, 5, 6   dense: bits 1 0 1 1 0, for 3 to 6 and for every other key
*/
#ifndef VSS_FILTER_NUMBER_SET_H
#define VSS_FILTER_NUMBER_SET_H

#include "filter/column.h"

/*
** 2^64 divided by the golden ratio, odd: the high bits of the product spread neighbouring keys
** evenly (Knuth, volume 3, 6.4).
*/
#define VSS_NUMBER_HASH UINT64_C(0x9e3779b97f4a7c15)

typedef struct VssNumberSet {
  int64_t *keys; /* ascending */
  uint32_t n_keys;
  uint64_t *bits;
  uint64_t span;     /* dense: greatest - least key; the bit behind it is 0, for all other keys */
  int hash_shift;    /* hashed: 64 - log2(bits) */
  int table_shift;   /* hashed: 64 - log2(places) */
  int64_t *table;    /* hashed: open addressing, at most half full; NULL: dense */
  int64_t empty_key; /* hashed: marks a free place of the table; no member has it */
} VssNumberSet;

/* The key of a double (not NaN), and back. */
int64_t vss_number_key(double real);
double vss_number_from_key(int64_t key);

/*
** The set of the numbers among `values` that a column of integers (with as_reals: of doubles) can
** hold. The others equal nothing in such a column. Zero-initialise out_set; free it with
** vss_number_set_free() whatever the result. VSS_NOMEM.
*/
int vss_number_set_open(const VssValue *values, uint32_t count, int as_reals,
                        VssNumberSet *out_set);
void vss_number_set_free(VssNumberSet *set);

/*
** 0: key is not a member. 1: vss_number_set_has() knows. No branch depends on the key: for loops
** over whole words.
*/
static inline uint64_t vss_number_set_may_have(const VssNumberSet *set, int64_t key) {
  uint64_t at = (uint64_t)key * VSS_NUMBER_HASH >> set->hash_shift;
  if (!set->table) {
    at = (uint64_t)key - (uint64_t)set->keys[0];
    at = at <= set->span ? at : set->span + 1;
  }
  return set->bits[at / 64] >> (at % 64) & 1;
}

/* 1 when the key, for which may_have said 1, is a member. */
int vss_number_set_has(const VssNumberSet *set, int64_t key);

/* 1 when a member lies in [lo, hi]. Cost: a binary search. */
int vss_number_set_meets(const VssNumberSet *set, int64_t lo, int64_t hi);

#endif
