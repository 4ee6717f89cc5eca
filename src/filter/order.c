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
** A year, or a section of a newspaper, has one digit: one look at each slot sorts the table.
*/
#include "filter/order.h"

#include <stdlib.h>
#include <string.h>

#include "filter/column_data.h"

/* 2,048 counts are 8 KB: they fit the stack, and the nearest cache. */
enum { DIGIT_BITS = 11, N_DIGITS = 1 << DIGIT_BITS };

/* A key whose slots can be asked for their numbers. */
typedef struct Ready {
  const VssColumn *column;
  uint32_t *ranks; /* by code, of a dictionary; owned */
  uint64_t least;  /* what is subtracted from each number */
  uint64_t range;  /* no difference is greater */
  uint32_t flip;   /* turns the order of the digits round */
} Ready;

static int is_present(const VssColumn *column, uint32_t slot) {
  return slot < column->n_slots &&
         (column->present[vss_slot_block(slot)] >> vss_slot_lane(slot) & 1);
}

static uint64_t ordered_integer(int64_t integer) {
  return (uint64_t)integer ^ UINT64_C(1) << 63;
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
  if (column->kind == VSS_COLUMN_INTEGER) return ordered_integer(column->integers[slot]);
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

/*
** The least and the greatest number, from the zones: one zone instead of 1,024 slots. They may be
** farther apart than the values of the slots are, which costs a pass at most.
*/
static void measure(Ready *ready) {
  const VssColumn *column = ready->column;
  int is_integer = column->kind == VSS_COLUMN_INTEGER;
  uint64_t least = UINT64_MAX, greatest = 0;
  for (uint64_t i = 0; i < column->capacity_slots / VSS_ZONE_SLOTS; i++) {
    const VssZone *zone = &column->zones[i];
    if (is_integer ? zone->min_integer > zone->max_integer : zone->min_real > zone->max_real)
      continue;
    uint64_t low = is_integer ? ordered_integer(zone->min_integer) : ordered_real(zone->min_real);
    uint64_t high = is_integer ? ordered_integer(zone->max_integer) : ordered_real(zone->max_real);
    if (low < least) least = low;
    if (high > greatest) greatest = high;
  }
  ready->least = least;
  ready->range = least <= greatest ? greatest - least : 0;
}

static int make_ready(Ready *ready, const VssOrderKey *key, const uint32_t *slots, uint32_t n) {
  *ready = (Ready){.column = key->column, .flip = key->is_descending ? N_DIGITS - 1 : 0};
  /* Nothing but NULLs: there is no digit. */
  if (key->column->kind == VSS_COLUMN_EMPTY) return VSS_OK;
  if (key->column->kind == VSS_COLUMN_DICTIONARY)
    return rank_codes(ready, key->collation, slots, n);
  measure(ready);
  return VSS_OK;
}

/* ---- passes ---- */

/* What a sort works on. The two lists of slots change places with each pass. */
typedef struct Lists {
  uint32_t *from, *to;
  uint16_t *digits; /* of the slots in `from`, so that each slot is looked up once per pass */
  uint32_t n;
} Lists;

/*
** Put the slots in their places by their digits, which are below n_digits. `places` has how many
** slots have each.
*/
static void place(Lists *lists, uint32_t *places, uint32_t n_digits) {
  uint32_t before = 0;
  for (uint32_t i = 0; i < n_digits; i++) {
    uint32_t count = places[i];
    places[i] = before;
    before += count;
  }
  for (uint32_t i = 0; i < lists->n; i++)
    lists->to[places[lists->digits[i]]++] = lists->from[i];
  uint32_t *slots = lists->from;
  lists->from = lists->to;
  lists->to = slots;
}

/* For NULL in a column of numbers any digit does: a last pass puts it in its place. */
static void place_by_digit(const Ready *ready, unsigned shift, Lists *lists) {
  uint32_t places[N_DIGITS] = {0};
  for (uint32_t i = 0; i < lists->n; i++) {
    uint32_t slot = lists->from[i];
    uint64_t number = 0;
    if (is_present(ready->column, slot)) number = ordered(ready, slot) - ready->least;
    uint32_t digit = ((uint32_t)(number >> shift) & (N_DIGITS - 1)) ^ ready->flip;
    lists->digits[i] = (uint16_t)digit;
    places[digit]++;
  }
  place(lists, places, N_DIGITS);
}

/* NULL, then all values; or the other way round. */
static void place_by_presence(const Ready *ready, Lists *lists) {
  uint32_t places[2] = {0, 0};
  for (uint32_t i = 0; i < lists->n; i++) {
    uint32_t digit = (uint32_t)is_present(ready->column, lists->from[i]) ^ (ready->flip & 1);
    lists->digits[i] = (uint16_t)digit;
    places[digit]++;
  }
  if (places[0] > 0 && places[1] > 0) place(lists, places, 2);
}

static void sort_by_key(const Ready *ready, Lists *lists) {
  for (unsigned shift = 0; shift < 64 && ready->range >> shift; shift += DIGIT_BITS)
    place_by_digit(ready, shift, lists);
  /* The ranks of a dictionary begin with NULL. */
  if (!ready->ranks) place_by_presence(ready, lists);
}

int vss_order_slots(const VssOrderKey *keys, int n_keys, uint32_t *inout_slots, uint32_t n) {
  uint32_t *both = vss_malloc((uint64_t)n * 2 * sizeof *both);
  uint16_t *digits = vss_malloc((uint64_t)n * sizeof *digits);
  Lists lists = {.from = both, .digits = digits, .n = n};
  int rc = both && digits ? VSS_OK : VSS_NOMEM;
  if (rc == VSS_OK && n > 0) {
    lists.to = both + n;
    memcpy(both, inout_slots, (size_t)n * sizeof *both);
  }
  for (int i = n_keys - 1; i >= 0 && rc == VSS_OK; i--) {
    Ready ready;
    rc = make_ready(&ready, &keys[i], lists.from, n);
    if (rc == VSS_OK) sort_by_key(&ready, &lists);
    vss_free(ready.ranks);
  }
  if (rc == VSS_OK && n > 0) memcpy(inout_slots, lists.from, (size_t)n * sizeof *both);
  vss_free(both);
  vss_free(digits);
  return rc;
}
