/*
** Building and asking a set of numbers: filter/number_set.h draws it.
**
**   members   5, 3, 'x', 6.0, NULL, 5    as SQLite hands them over
**   keys      3, 5, 6                    sorted, without those that equal no integer
**   lookup    dense or hashed, as they are close together or not
**
** `rowid in (select ...)` may bring millions of members, in order as a rule. Such a set is built in
** one pass where it is dense, and in two where it is hashed; a question then costs one or two
** loads.
*/
#include "filter/number_set.h"
#include "filter/compare.h"

#include <stdlib.h>
#include <string.h>

/*
** The bits of a double, taken as an integer, order as the double does as long as it is positive.
**
**   -1.0   bits 0xbff0...0, a negative integer   key -0x3ff0...0
**   -0.0   bits 0x8000...0, INT64_MIN            key 0
**    1.0   bits 0x3ff0...0                       key 0x3ff0...0
*/
int64_t vss_number_key(double real) {
  int64_t bits;
  memcpy(&bits, &real, sizeof bits);
  /*
  ** By their bits, negative doubles have the reverse order. The subtraction turns it round, and
  ** makes 0 of -0 (INT64_MIN).
  */
  return bits < 0 ? INT64_MIN - bits : bits;
}

/* 0 for the key of both zeros, which compare as equal. */
double vss_number_from_key(int64_t key) {
  double real;
  if (key < 0) key = INT64_MIN - key;
  memcpy(&real, &key, sizeof real);
  return real;
}

/*
** The key of a value in a column of that kind. Returns 0 when no number there can equal the value.
*/
static int find_key(const VssValue *value, int as_reals, int64_t *out_key) {
  if (value->type == VSS_INTEGER) {
    double real = (double)value->integer;
    if (as_reals && vss_compare_integer_real(value->integer, real) != 0) return 0;
    *out_key = as_reals ? vss_number_key(real) : value->integer;
    return 1;
  }
  /* TEXT and BLOB equal no number, and NaN is NULL. */
  if (value->type != VSS_REAL || value->real != value->real) return 0;
  if (as_reals) {
    *out_key = vss_number_key(value->real);
    return 1;
  }
  /* Outside of these bounds the conversion would overflow. */
  if (!(value->real >= -0x1p63 && value->real < 0x1p63)) return 0;
  /* An integer can only equal a real without a fraction. */
  *out_key = (int64_t)value->real;
  return (double)*out_key == value->real;
}

/* For qsort(). A subtraction could overflow. */
static int compare_keys(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a;
  int64_t right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

/*
** A key that is not a member: the one above the greatest, or, if that is INT64_MAX, the highest one
** that is missing.
*/
static int64_t find_empty_key(const VssNumberSet *set) {
  uint32_t i = set->n_keys - 1;
  if (set->keys[i] < INT64_MAX) return set->keys[i] + 1;
  while (i > 0 && set->keys[i - 1] == set->keys[i] - 1)
    i--;
  return set->keys[i] - 1; /* 2^32 keys cannot fill 2^64 places */
}

/* One bit per key from the least to the greatest, and one more that stays 0. */
static int make_dense(VssNumberSet *set) {
  set->bits = vss_calloc((set->span + 1) / 64 + 1, sizeof *set->bits);
  if (!set->bits) return VSS_NOMEM;
  for (uint32_t i = 0; i < set->n_keys; i++) {
    uint64_t at = (uint64_t)set->keys[i] - (uint64_t)set->keys[0];
    set->bits[at / 64] |= UINT64_C(1) << (at % 64);
  }
  return VSS_OK;
}

/* Where the search for a key starts. The high bits of the product depend on all bits of the key. */
static uint64_t table_place(const VssNumberSet *set, int64_t key) {
  return (uint64_t)key * VSS_NUMBER_HASH >> set->table_shift;
}

/*
** A table of at least twice as many places as keys, and 16 bits of bitmap per place: at most 1 in
** 32 of them is set.
*/
static int make_hashed(VssNumberSet *set) {
  int log2 = 4;
  while ((UINT64_C(1) << log2) < (uint64_t)set->n_keys * 2)
    log2++;
  uint64_t n_places = UINT64_C(1) << log2;
  set->table_shift = 64 - log2;
  set->hash_shift = 64 - (log2 + 4); /* 16 bits per place */
  set->bits = vss_calloc((n_places * 16 + 63) / 64, sizeof *set->bits);
  set->table = vss_malloc(n_places * sizeof *set->table);
  if (!set->bits || !set->table) return VSS_NOMEM;
  set->empty_key = find_empty_key(set);
  for (uint64_t i = 0; i < n_places; i++)
    set->table[i] = set->empty_key;
  for (uint32_t i = 0; i < set->n_keys; i++) {
    int64_t key = set->keys[i];
    uint64_t bit = (uint64_t)key * VSS_NUMBER_HASH >> set->hash_shift;
    uint64_t at = table_place(set, key);
    set->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
    while (set->table[at] != set->empty_key)
      at = (at + 1) & (n_places - 1);
    set->table[at] = key;
  }
  return VSS_OK;
}

/*
** Up to 64 bits per member, the dense bitmap is no larger than the hashed one with its table, and
** it has the answer itself. The constant lets small sets be dense in any case: 8 KB are cheap.
*/
static int make_lookup(VssNumberSet *set) {
  set->span = (uint64_t)set->keys[set->n_keys - 1] - (uint64_t)set->keys[0];
  return set->span < (uint64_t)set->n_keys * 64 + 65536 ? make_dense(set) : make_hashed(set);
}

int vss_number_set_open(const VssValue *values, uint32_t count, int as_reals,
                        VssNumberSet *out_set) {
  VssNumberSet *set = out_set;
  set->keys = vss_malloc((uint64_t)count * sizeof *set->keys);
  if (!set->keys) return VSS_NOMEM;
  uint32_t n = 0;
  int sorted = 1; /* sqlite3_vtab_in_next() gives them in order, a list of ours may not be */
  for (uint32_t i = 0; i < count; i++) {
    /* What can equal nothing in the column is left out: NULL, texts, fractions among integers. */
    if (!find_key(&values[i], as_reals, &set->keys[n])) continue;
    if (n && set->keys[n] < set->keys[n - 1]) sorted = 0;
    n++;
  }
  if (!sorted) qsort(set->keys, n, sizeof *set->keys, compare_keys);
  uint32_t n_distinct = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (n_distinct == 0 || set->keys[n_distinct - 1] != set->keys[i]) {
      set->keys[n_distinct++] = set->keys[i];
    }
  }
  set->n_keys = n_distinct;
  return n_distinct ? make_lookup(set) : VSS_OK;
}

/* Safe on a set that was only opened by half: what does not exist is NULL. */
void vss_number_set_free(VssNumberSet *set) {
  vss_free(set->keys);
  vss_free(set->bits);
  vss_free(set->table);
  memset(set, 0, sizeof *set);
}

/* The search ends at a free place; there is one, because at most half of the places are taken. */
int vss_number_set_has(const VssNumberSet *set, int64_t key) {
  if (!set->table) return 1; /* the dense bitmap has already said so */
  if (key == set->empty_key) return 0;
  uint64_t mask = UINT64_MAX >> set->table_shift;
  uint64_t at = table_place(set, key);
  while (set->table[at] != key) {
    if (set->table[at] == set->empty_key) return 0;
    at = (at + 1) & mask;
  }
  return 1;
}

/* For a whole zone of a column at once: a zone without a member is not looked at. */
int vss_number_set_meets(const VssNumberSet *set, int64_t lo, int64_t hi) {
  uint32_t from = 0;
  uint32_t to = set->n_keys;
  while (from < to) { /* the first member >= lo */
    uint32_t middle = from + (to - from) / 2;
    if (set->keys[middle] < lo) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from < set->n_keys && set->keys[from] <= hi;
}
