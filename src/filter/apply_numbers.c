/*
** Predicates over arrays of numbers.
**
** Every predicate becomes one of three things:
** - a few closed ranges (filter/reach.h), compared by SIMD with 64 values at a time;
** - a set of numbers (filter/number_set.h), in which each selected value is looked up;
** - a pattern, about which SQLite is asked per value.
**
**   zones   | least, greatest of slots 0..1023 | 1024..2047 | ...   pass or fail as a whole
**   words   | 64 slots | 64 slots | ...                             are skipped when zero already
*/
#include "filter/apply_numbers.h"
#include "filter/number_set.h"
#include "filter/reach.h"
#include "kernel/range.h"

#include <string.h>

/*
** Up to so many separate members, an IN is answered by ranges: each costs about 0.3 ns per value, a
** lookup 1.5 ns.
*/
enum { MOST_RANGES = 4 };

/* One predicate, and what it has become for this array. */
typedef struct Scan {
  const VssNumbers *numbers;
  const VssMatcher *matcher;
  VssReach reaches[MOST_RANGES];
  int n_reaches;
  const VssNumberSet *set; /* NULL: the ranges count */
  uint64_t null_word;      /* all ones when NULL passes, else 0 */
} Scan;

/* The slots of a word that are not NULL, as bits. Behind the end of the array all are NULL. */
static uint64_t present_word(const VssNumbers *numbers, uint32_t word) {
  uint64_t first = (uint64_t)word * VSS_BLOCK_ROWS;
  if (first >= numbers->n_slots) return 0;
  uint64_t left = numbers->n_slots - first;
  uint64_t below = left >= VSS_BLOCK_ROWS ? UINT64_MAX : (UINT64_C(1) << left) - 1;
  return numbers->present ? numbers->present[word] & below : below;
}

/* Ends that do not belong to the column's kind are zero in both. */
static int same_reach(const VssReach *a, const VssReach *b) {
  return a->kind == b->kind && a->lo_integer == b->lo_integer && a->hi_integer == b->hi_integer &&
         a->lo_real == b->lo_real && a->hi_real == b->hi_real;
}

/* Add a range. Two ways of comparing often give the same one, which is scanned once. */
static void add_reach(Scan *scan, VssReach reach) {
  if (reach.kind == VSS_REACH_NONE) return;
  /* A predicate has at most three ways, and MOST_RANGES is four: there is room. */
  for (int i = 0; i < scan->n_reaches; i++) {
    if (same_reach(&scan->reaches[i], &reach)) return;
  }
  scan->reaches[scan->n_reaches++] = reach;
}

/*
** Which of the 64 values of a word are in reach. An array with zones reaches to a whole zone;
** without zones (rowids) the array may end inside the last word, which is then read through a copy.
*/
static uint64_t reach_word(const VssNumbers *numbers, const VssReach *reach, uint32_t word) {
  uint64_t first = (uint64_t)word * VSS_BLOCK_ROWS;
  /* What the zeros behind the end compare to does not matter: those slots are NULL. */
  int64_t copy[VSS_BLOCK_ROWS] = {0};
  const void *values = numbers->integers + first; /* reals have the same size */
  if (!numbers->zones && numbers->n_slots - first < VSS_BLOCK_ROWS) {
    memcpy(copy, values, (size_t)(numbers->n_slots - first) * sizeof copy[0]);
    values = copy;
  }
  uint64_t bits = numbers->is_real ? vss_range_f64(values, reach->lo_real, reach->hi_real)
                                   : vss_range_i64(values, reach->lo_integer, reach->hi_integer);
  return reach->kind == VSS_REACH_OUTSIDE ? ~bits : bits;
}

/*
** What a zone's bounds already say: NONE or ALL of its values are in reach, or INSIDE, which means
** that each value has to be looked at.
**
**   zone           [min ......... max]
**   apart                               [lo .. hi]      no value lies between lo and hi
**   within    [lo ........................ hi]          every value does
**
** An empty zone, min > max, is apart from everything. NULLs are not the zone's business.
*/
static VssReachKind reach_zone(const VssNumbers *numbers, const VssReach *reach, uint32_t zone) {
  if (reach->kind == VSS_REACH_ALL || reach->kind == VSS_REACH_NONE) return reach->kind;
  if (!numbers->zones) return VSS_REACH_INSIDE;
  const VssZone *z = &numbers->zones[zone];
  int apart, within;
  if (numbers->is_real) {
    apart = z->min_real > reach->hi_real || z->max_real < reach->lo_real;
    within = z->min_real >= reach->lo_real && z->max_real <= reach->hi_real;
  } else {
    apart = z->min_integer > reach->hi_integer || z->max_integer < reach->lo_integer;
    within = z->min_integer >= reach->lo_integer && z->max_integer <= reach->hi_integer;
  }
  if (!apart && !within) return VSS_REACH_INSIDE;
  return within == (reach->kind == VSS_REACH_INSIDE) ? VSS_REACH_ALL : VSS_REACH_NONE;
}

/* AND the ranges into the words [from, to) of one zone. */
static void apply_reaches(const Scan *scan, uint32_t zone, uint32_t from, uint32_t to,
                          uint64_t *words) {
  const VssReach *open[MOST_RANGES]; /* those whose values have to be looked at */
  int n_open = 0;
  uint64_t base = 0; /* all ones when one reach covers the zone */
  for (int i = 0; i < scan->n_reaches; i++) {
    VssReachKind kind = reach_zone(scan->numbers, &scan->reaches[i], zone);
    if (kind == VSS_REACH_ALL) base = UINT64_MAX;
    if (kind == VSS_REACH_INSIDE) open[n_open++] = &scan->reaches[i];
  }
  if (base) n_open = 0; /* the others cannot add anything */
  for (uint32_t word = from; word < to; word++) {
    if (!words[word]) continue;
    uint64_t present = present_word(scan->numbers, word);
    uint64_t bits = base;
    /* Nothing is read for a word in which all selected slots are NULL. */
    if (present & words[word]) {
      for (int i = 0; i < n_open; i++)
        bits |= reach_word(scan->numbers, open[i], word);
    }
    words[word] &= (bits & present) | (scan->null_word & ~present);
  }
}

/* A value as the set of numbers has it. */
static int64_t key_at(const VssNumbers *numbers, uint64_t slot) {
  return numbers->is_real ? vss_number_key(numbers->reals[slot]) : numbers->integers[slot];
}

/*
** Which selected slots of a word may be members, by the bitmap of the set. From DENSE_BITS selected
** slots on, looking up all 64 without a branch is faster than looking up the selected ones. A word
** that reaches over the end of the array is always looked up slot by slot.
*/
static uint64_t may_have_word(const Scan *scan, uint32_t word, uint64_t selected) {
  enum { DENSE_BITS = 16 };
  const VssNumbers *numbers = scan->numbers;
  uint64_t first = (uint64_t)word * VSS_BLOCK_ROWS;
  uint64_t bits = 0;
  if (__builtin_popcountll(selected) >= DENSE_BITS && numbers->n_slots - first >= VSS_BLOCK_ROWS) {
    for (uint32_t i = 0; i < VSS_BLOCK_ROWS; i++)
      bits |= vss_number_set_may_have(scan->set, key_at(numbers, first + i)) << i;
    return bits & selected;
  }
  for (uint64_t left = selected; left; left &= left - 1) {
    uint32_t i = (uint32_t)__builtin_ctzll(left);
    bits |= vss_number_set_may_have(scan->set, key_at(numbers, first + i)) << i;
  }
  return bits;
}

/* AND the set into the words [from, to) of one zone. */
static void apply_set(const Scan *scan, uint32_t zone, uint32_t from, uint32_t to,
                      uint64_t *words) {
  const VssNumbers *numbers = scan->numbers;
  /* A zone without a member between its bounds is done after one binary search. */
  int possible = 1;
  if (numbers->zones) {
    const VssZone *z = &numbers->zones[zone];
    int64_t lo = numbers->is_real ? vss_number_key(z->min_real) : z->min_integer;
    int64_t hi = numbers->is_real ? vss_number_key(z->max_real) : z->max_integer;
    possible = vss_number_set_meets(scan->set, lo, hi);
  }
  for (uint32_t word = from; word < to; word++) {
    uint64_t selected = possible ? words[word] & present_word(numbers, word) : 0;
    uint64_t bits = selected ? may_have_word(scan, word, selected) : 0;
    /* A hashed set has only said "maybe" so far; `left & (0 - left)` is the lowest bit. */
    if (scan->set->table) {
      for (uint64_t left = bits; left; left &= left - 1) {
        uint64_t slot = (uint64_t)word * VSS_BLOCK_ROWS + (uint64_t)__builtin_ctzll(left);
        if (!vss_number_set_has(scan->set, key_at(numbers, slot))) bits ^= left & (0 - left);
      }
    }
    words[word] = bits; /* NULL is in no set */
  }
}

/* AND ranges or set into the bitmap, zone by zone; slots behind the array are NULL. */
static void apply_zones(const Scan *scan, VssBitmap *inout_slots) {
  /* Column and bitmap need not be of one length: a column ends with its last value. */
  uint64_t n_used = ((uint64_t)scan->numbers->n_slots + VSS_BLOCK_ROWS - 1) / VSS_BLOCK_ROWS;
  uint32_t n_words = inout_slots->n_words < n_used ? inout_slots->n_words : (uint32_t)n_used;
  for (uint32_t from = 0; from < n_words; from += VSS_ZONE_WORDS) {
    uint32_t to = n_words - from < VSS_ZONE_WORDS ? n_words : from + VSS_ZONE_WORDS;
    (scan->set ? apply_set : apply_reaches)(scan, from / VSS_ZONE_WORDS, from, to,
                                            inout_slots->words);
  }
  for (uint32_t word = n_words; word < inout_slots->n_words; word++)
    inout_slots->words[word] &= scan->null_word;
}

/*
** The set as ranges: one per run of neighbouring integers, or one per real. Returns 0 when that
** takes too many: the set is asked then, and the ranges are not.
*/
static int ranges_of_set(Scan *scan, const VssNumberSet *set) {
  int is_real = scan->numbers->is_real;
  for (uint32_t i = 0; i < set->n_keys;) {
    uint32_t last = i;
    /* The keys of neighbouring doubles are neighbours, too: there a run would mean nothing. */
    while (!is_real && last + 1 < set->n_keys && set->keys[last + 1] - 1 == set->keys[last])
      last++;
    if (scan->n_reaches == MOST_RANGES) return 0;
    /* The other kind's ends stay zero, so that equal ranges are the same in every field. */
    VssReach reach = {.kind = VSS_REACH_INSIDE};
    if (is_real) {
      reach.lo_real = vss_number_from_key(set->keys[i]);
      reach.hi_real = reach.lo_real;
    } else {
      reach.lo_integer = set->keys[i];
      reach.hi_integer = set->keys[last];
    }
    scan->reaches[scan->n_reaches++] = reach;
    i = last + 1;
  }
  return 1;
}

/* An IN: as ranges where few are enough, else as a set. */
static int apply_in(Scan *scan, VssBitmap *inout_slots) {
  const VssPredicate *predicate = scan->matcher->predicate;
  VssNumberSet set = {0};
  int rc = vss_number_set_open(predicate->set, predicate->set_count, scan->numbers->is_real, &set);
  if (rc == VSS_OK) {
    /* An empty set becomes no range at all, and nothing passes. */
    if (!ranges_of_set(scan, &set)) scan->set = &set;
    apply_zones(scan, inout_slots);
  }
  vss_number_set_free(&set);
  return rc;
}

/* The range in which one way of comparing holds, `everything` where that is not known. */
static VssReach reach_of_way(const Scan *scan, const VssWay *way) {
  static const VssReach everything = {.kind = VSS_REACH_ALL};
  static const VssReach nothing = {.kind = VSS_REACH_NONE};
  const VssPredicate *predicate = scan->matcher->predicate;
  unsigned orders = scan->matcher->op->orders;
  /* Numbers in a column of TEXT affinity: as in filter/matcher.c, passes(). */
  if (predicate->affinity == VSS_AFF_TEXT && predicate->rhs.type == VSS_TEXT) return everything;
  if (way->mode == VSS_MODE_TEXT) return nothing;
  if (way->uncertain) return everything;
  return scan->numbers->is_real ? vss_reach_of_reals(orders, &way->rhs)
                                : vss_reach_of_integers(orders, &way->rhs);
}

/* Everything but IN and patterns. */
static void apply_comparison(Scan *scan, VssBitmap *inout_slots) {
  const VssMatcher *matcher = scan->matcher;
  scan->null_word = vss_matcher_null_passes(matcher) ? UINT64_MAX : 0;
  if (vss_matcher_rhs_is_null(matcher)) {
    VssReach others = {.kind = vss_matcher_others_pass(matcher) ? VSS_REACH_ALL : VSS_REACH_NONE};
    add_reach(scan, others);
  } else {
    for (int i = 0; i < matcher->n_ways; i++)
      add_reach(scan, reach_of_way(scan, &matcher->ways[i]));
  }
  apply_zones(scan, inout_slots);
}

/* The value of a slot that is not NULL, with the class that it has in SQL. */
static void value_at(const VssNumbers *numbers, uint64_t slot, VssValue *out_value) {
  VssValue value = {.type = VSS_INTEGER};
  if (!numbers->is_real) {
    value.integer = numbers->integers[slot];
  } else if (numbers->integral &&
             numbers->integral[slot / VSS_BLOCK_ROWS] >> (slot % VSS_BLOCK_ROWS) & 1) {
    value.integer = (int64_t)numbers->reals[slot];
  } else {
    value.type = VSS_REAL;
    value.real = numbers->reals[slot];
  }
  *out_value = value;
}

/*
** The answers about the values last seen, so that few distinct values cost few calls of SQLite's
** function.
*/
enum { CACHE_PLACES = 256 }; /* 4 KB, on the stack */
typedef struct Cache {
  struct {
    int64_t key;
    int8_t type;   /* VssType */
    int8_t answer; /* 0 or 1; -1: the place is empty */
  } places[CACHE_PLACES];
} Cache;

/* Ask about a value, unless the answer is in its place of the cache. */
static int ask_cached(const VssMatcher *matcher, Cache *cache, const VssValue *value,
                      int *out_pass) {
  int64_t key = value->integer;
  if (value->type == VSS_REAL) memcpy(&key, &value->real, sizeof key);
  uint64_t hash = (uint64_t)key * UINT64_C(0x9e3779b97f4a7c15);
  uint32_t at = (uint32_t)(hash >> 56);
  if (cache->places[at].answer >= 0 && cache->places[at].key == key &&
      cache->places[at].type == (int8_t)value->type) {
    *out_pass = cache->places[at].answer;
    return VSS_OK;
  }
  int rc = vss_matcher_test(matcher, value, out_pass);
  /* A value that has another one's place takes it over. */
  if (rc == VSS_OK) {
    cache->places[at].key = key;
    cache->places[at].type = (int8_t)value->type;
    cache->places[at].answer = *out_pass != 0;
  }
  return rc;
}

/* A pattern: ask about every selected value, and once about NULL. */
static int apply_pattern(const Scan *scan, VssBitmap *inout_slots) {
  static const VssValue null_value = {.type = VSS_NULL};
  int null_pass = -1;
  Cache cache;
  memset(&cache, -1, sizeof cache);
  for (uint32_t word = 0; word < inout_slots->n_words; word++) {
    uint64_t selected = inout_slots->words[word];
    if (!selected) continue;
    uint64_t present = present_word(scan->numbers, word);
    uint64_t bits = 0;
    for (uint64_t left = selected & present; left; left &= left - 1) {
      VssValue value;
      int pass;
      value_at(scan->numbers, (uint64_t)word * VSS_BLOCK_ROWS + (uint64_t)__builtin_ctzll(left),
               &value);
      int rc = ask_cached(scan->matcher, &cache, &value, &pass);
      if (rc != VSS_OK) return rc;
      if (pass) bits |= left & (0 - left);
    }
    /* A pattern may be true of NULL, when the connection has its own LIKE. */
    if (null_pass < 0 && selected & ~present) {
      int rc = vss_matcher_test(scan->matcher, &null_value, &null_pass);
      if (rc != VSS_OK) return rc;
      null_pass = null_pass != 0;
    }
    if (null_pass > 0) bits |= ~present;
    inout_slots->words[word] &= bits;
  }
  return VSS_OK;
}

/*
** Which of the three things of this file's head the predicate becomes follows from its right side.
*/
int vss_numbers_apply(const VssNumbers *numbers, const VssMatcher *matcher,
                      VssBitmap *inout_slots) {
  Scan scan = {.numbers = numbers, .matcher = matcher};
  switch (matcher->op->right) {
    case VSS_RIGHT_PATTERN: return apply_pattern(&scan, inout_slots);
    case VSS_RIGHT_SET: return apply_in(&scan, inout_slots);
    default: apply_comparison(&scan, inout_slots); return VSS_OK;
  }
}
