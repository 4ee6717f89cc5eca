/*
** A radix sort from the last key to the first: filter/order.h.
**
**   numbers      made unsigned integers of the same order, less the least of them
**   dictionary   each code has a rank among the values that occur; NULL has rank 0
**
** Such a number is sorted by its digits, from the lowest on. Each pass counts how many slots have a
** digit, and puts them in their places without changing the order of those with the same digit, so
** that what earlier passes have done stays:
**
**   slots           0    1    2    3
**   digit           2    0    2    1
**   counted         one 0, one 1, two 2        first places 0, 1, 2
**   placed          1    3    0    2
**
** A year, or a section of a newspaper, has one digit: two looks at each slot sort the table.
*/
#include "filter/order.h"

#include <stdlib.h>
#include <string.h>

#include "filter/column_data.h"

/* 2,048 counts are 8 KB: they fit the stack, and the nearest cache. */
enum { DIGIT_BITS = 11, N_DIGITS = 1 << DIGIT_BITS };

/* A key whose slots can be asked for their digits. */
typedef struct Ready {
  const VssColumn *column;
  uint32_t *ranks; /* by code, of a dictionary; owned */
  uint64_t least;  /* what is subtracted from each number */
  uint64_t range;  /* the greatest difference */
  int has_null;    /* a column of numbers: some slots are NULL, and others are not */
  uint32_t flip;   /* turns the order of the digits round */
} Ready;

static int is_present(const VssColumn *column, uint32_t slot) {
  return slot < column->n_slots &&
         (column->present[vss_slot_block(slot)] >> vss_slot_lane(slot) & 1);
}

/*
** The bits of a double order like an integer where it is positive, and the other way round where it
** is negative. -0.0 equals 0.0.
*/
static uint64_t ordered_real(double real) {
  const uint64_t sign = UINT64_C(1) << 63;
  uint64_t bits;
  if (real == 0) real = 0;
  memcpy(&bits, &real, sizeof bits);
  return bits & sign ? ~bits : bits | sign;
}

/* A number that orders as the value of the slot does, which is not NULL. */
static inline uint64_t ordered(const Ready *ready, uint32_t slot) {
  const VssColumn *column = ready->column;
  if (ready->ranks) return ready->ranks[column->codes[slot]];
  if (column->kind == VSS_COLUMN_INTEGER)
    return (uint64_t)column->integers[slot] ^ UINT64_C(1) << 63;
  return ordered_real(column->reals[slot]);
}

/* ---- the ranks of a dictionary ---- */

typedef struct Ranked {
  VssValue value; /* must be first: the comparing functions look at nothing else */
  uint32_t code;
} Ranked;

/* The values that the slots have, in no order. Marks their codes with 1. */
static int collect(const VssColumn *column, const uint32_t *slots, uint32_t n, uint32_t *ranks,
                   Ranked **out_list, uint32_t *out_count) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t code = slots[i] < column->n_slots ? column->codes[slots[i]] : 0;
    count += !ranks[code];
    ranks[code] = 1;
  }
  Ranked *list = vss_malloc((uint64_t)count * sizeof *list);
  if (!list) return VSS_NOMEM;
  count = 0;
  for (uint32_t code = 1; code < column->dictionary.n_entries; code++) {
    if (!ranks[code]) continue;
    vss_dictionary_value(&column->dictionary, code, &list[count].value);
    list[count++].code = code;
  }
  *out_list = list;
  *out_count = count;
  return VSS_OK;
}

/* Equal values have one rank: 'a' and 'A' under NOCASE, 1 and 1.0 under any collation. */
static int rank_codes(Ready *ready, VssCollation collation, const uint32_t *slots, uint32_t n) {
  uint32_t *ranks = vss_calloc(ready->column->dictionary.n_entries, sizeof *ranks);
  if (!ranks) return VSS_NOMEM;
  ready->ranks = ranks;
  Ranked *list;
  uint32_t count;
  int rc = collect(ready->column, slots, n, ranks, &list, &count);
  if (rc != VSS_OK) return rc;
  VssCompare compare = vss_compare_function(collation);
  if (count) qsort(list, count, sizeof *list, compare);
  uint32_t rank = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (i == 0 || compare(&list[i - 1], &list[i]) != 0) rank++;
    ranks[list[i].code] = rank;
  }
  ranks[0] = 0;
  ready->range = rank;
  vss_free(list);
  return VSS_OK;
}

/* ---- keys ---- */

/* The least and the greatest number, and whether there are NULLs beside them. */
static void measure(Ready *ready, const uint32_t *slots, uint32_t n) {
  uint64_t least = UINT64_MAX, greatest = 0;
  uint32_t n_present = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (!is_present(ready->column, slots[i])) continue;
    uint64_t number = ordered(ready, slots[i]);
    if (number < least) least = number;
    if (number > greatest) greatest = number;
    n_present++;
  }
  ready->least = least;
  ready->range = n_present ? greatest - least : 0;
  ready->has_null = n_present > 0 && n_present < n;
}

static int make_ready(Ready *ready, const VssOrderKey *key, const uint32_t *slots, uint32_t n) {
  *ready = (Ready){.column = key->column, .flip = key->is_descending ? N_DIGITS - 1 : 0};
  /* Nothing but NULLs: there is no digit. */
  if (key->column->kind == VSS_COLUMN_EMPTY) return VSS_OK;
  if (key->column->kind == VSS_COLUMN_DICTIONARY)
    return rank_codes(ready, key->collation, slots, n);
  measure(ready, slots, n);
  return VSS_OK;
}

/* ---- passes ---- */

/* The digit of a slot. Of NULL any digit does for a number: a last pass puts it in its place. */
static inline uint32_t digit(const Ready *ready, unsigned shift, uint32_t slot) {
  uint64_t number = 0;
  if (is_present(ready->column, slot)) number = ordered(ready, slot) - ready->least;
  return ((uint32_t)(number >> shift) & (N_DIGITS - 1)) ^ ready->flip;
}

/* Whether the slot has a value, as a digit. */
static inline uint32_t presence(const Ready *ready, uint32_t slot) {
  return (uint32_t)is_present(ready->column, slot) ^ (ready->flip & 1);
}

/* Make each count the first place of its digit. */
static void add_up(uint32_t *counts) {
  uint32_t before = 0;
  for (uint32_t i = 0; i < N_DIGITS; i++) {
    uint32_t count = counts[i];
    counts[i] = before;
    before += count;
  }
}

static void place_by_digit(const Ready *ready, unsigned shift, const uint32_t *from, uint32_t *to,
                           uint32_t n) {
  uint32_t places[N_DIGITS] = {0};
  for (uint32_t i = 0; i < n; i++)
    places[digit(ready, shift, from[i])]++;
  add_up(places);
  for (uint32_t i = 0; i < n; i++)
    to[places[digit(ready, shift, from[i])]++] = from[i];
}

static void place_by_presence(const Ready *ready, const uint32_t *from, uint32_t *to, uint32_t n) {
  uint32_t places[2] = {0, 0};
  for (uint32_t i = 0; i < n; i++)
    places[1] += presence(ready, from[i]) == 0;
  for (uint32_t i = 0; i < n; i++)
    to[places[presence(ready, from[i])]++] = from[i];
}

/* One key. The two arrays change places with each pass: *inout_from has the slots afterwards. */
static void sort_by_key(const Ready *ready, uint32_t **inout_from, uint32_t **inout_to,
                        uint32_t n) {
  for (unsigned shift = 0; shift < 64 && ready->range >> shift; shift += DIGIT_BITS) {
    place_by_digit(ready, shift, *inout_from, *inout_to, n);
    uint32_t *slots = *inout_from;
    *inout_from = *inout_to;
    *inout_to = slots;
  }
  if (!ready->has_null) return;
  place_by_presence(ready, *inout_from, *inout_to, n);
  uint32_t *slots = *inout_from;
  *inout_from = *inout_to;
  *inout_to = slots;
}

int vss_order_slots(const VssOrderKey *keys, int n_keys, uint32_t *inout_slots, uint32_t n) {
  uint32_t *both = vss_malloc((uint64_t)n * 2 * sizeof *both);
  if (!both) return VSS_NOMEM;
  uint32_t *from = both, *to = both + n;
  if (n) memcpy(from, inout_slots, (size_t)n * sizeof *from);
  int rc = VSS_OK;
  for (int i = n_keys - 1; i >= 0 && rc == VSS_OK; i--) {
    Ready ready;
    rc = make_ready(&ready, &keys[i], from, n);
    if (rc == VSS_OK) sort_by_key(&ready, &from, &to, n);
    vss_free(ready.ranks);
  }
  if (rc == VSS_OK && n) memcpy(inout_slots, from, (size_t)n * sizeof *from);
  vss_free(both);
  return rc;
}
