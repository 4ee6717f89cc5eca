/*
** Predicates over a dictionary column.
**
** `answers` has a byte a code. Equality with texts that cannot be taken for numbers is answered by the dictionary's own hash
** table. Otherwise, with fewer distinct values than selected slots, all are asked first; with more, each when first met.
** Where at most a few pass (newsroom = 'NY Times'), comparing codes by SIMD replaces the loads.
*/
#include "filter/dictionary.h"
#include "kernel/range.h"

#include <string.h>

enum { ANSWER_NO = 0, ANSWER_YES = 1, ANSWER_UNKNOWN = 2 };

/* Comparing 64 codes with one costs about 10 ns, looking them up about 40. */
enum { MOST_EQUALS = 3 };

typedef struct Codes {
  const VssColumn *column;
  const VssPrepared *prepared;
  uint8_t *answers;
  uint32_t n_codes;
  uint32_t passing[MOST_EQUALS];
  uint32_t n_passing; /* codes that pass, counted to MOST_EQUALS + 1 */
} Codes;

static int ask(const Codes *codes, uint32_t code) {
  VssValue value;
  int pass;
  vss_dictionary_value(&codes->column->dictionary, code, &value);
  int rc = vss_prepared_test(codes->prepared, &value, &pass);
  if (rc == VSS_OK) codes->answers[code] = pass ? ANSWER_YES : ANSWER_NO;
  return rc;
}

static void note_passing(Codes *codes, uint32_t code) {
  if (codes->n_passing < MOST_EQUALS) codes->passing[codes->n_passing] = code;
  if (codes->n_passing <= MOST_EQUALS) codes->n_passing++;
}

static int is_bytes(const VssValue *value) {
  return value->type == VSS_TEXT || value->type == VSS_BLOB;
}

/*
** 1 when the term is true for entries of the very same bytes and no others: BINARY, and on the right side nothing that a number could
** equal. All the ways of comparing then come to the same. (Of a number in a column of TEXT affinity, which no sound database has, the
** text would have to be asked.)
*/
static int is_plain_equality(const VssColumn *column, const VssPrepared *prepared) {
  const VssPredicate *predicate = prepared->predicate;
  int plain = prepared->collation == VSS_COLL_BINARY;
  if (predicate->op == VSS_OP_IN) {
    for (uint32_t i = 0; i < prepared->n_sorted && plain; i++)
      plain = is_bytes(&prepared->sorted[i]);
    return plain;
  }
  plain = plain && (predicate->op == VSS_OP_EQ || predicate->op == VSS_OP_IS);
  if (predicate->affinity == VSS_AFF_TEXT && column->dictionary.n_numbers) plain = 0;
  for (int i = 0; i < prepared->n_ways && plain; i++)
    plain = is_bytes(&prepared->ways[i].rhs) && !prepared->ways[i].uncertain;
  return plain;
}

static void find_plain(Codes *codes) {
  const VssPrepared *prepared = codes->prepared;
  int is_in = prepared->predicate->op == VSS_OP_IN;
  const VssValue *wanted = is_in ? prepared->sorted : &prepared->predicate->rhs;
  uint32_t count = is_in ? prepared->n_sorted : 1;
  memset(codes->answers, ANSWER_NO, codes->n_codes);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t code = vss_dictionary_find(&codes->column->dictionary, &wanted[i]);
    if (!code) continue;
    codes->answers[code] = ANSWER_YES;
    note_passing(codes, code);
  }
}

static int ask_all(Codes *codes) {
  for (uint32_t code = 0; code < codes->n_codes; code++) {
    if (code && codes->column->dictionary.entries[code].refs == 0) {
      codes->answers[code] = ANSWER_NO; /* free: no slot has it */
      continue;
    }
    int rc = ask(codes, code);
    if (rc != VSS_OK) return rc;
    if (codes->answers[code] == ANSWER_YES) note_passing(codes, code);
  }
  return VSS_OK;
}

static uint64_t lookup_word(const uint8_t *answers, const uint32_t *values) {
  uint64_t bits = 0;
  for (int i = 0; i < 64; i++)
    bits |= (uint64_t)answers[values[i]] << i;
  return bits;
}

/* Every answer is known. Capacity reaches to whole words, and codes there are 0 like any NULL's. */
static void apply_known(const Codes *codes, uint32_t n_words, uint64_t *words) {
  const uint32_t *values = codes->column->codes;
  for (uint32_t word = 0; word < n_words; word++) {
    if (!words[word]) continue;
    uint64_t bits = 0;
    if (codes->n_passing > MOST_EQUALS) {
      bits = lookup_word(codes->answers, values + (uint64_t)word * 64);
    } else {
      for (uint32_t i = 0; i < codes->n_passing; i++)
        bits |= vss_equal_u32(values + (uint64_t)word * 64, codes->passing[i]);
    }
    words[word] &= bits;
  }
}

static int apply_unknown(const Codes *codes, uint32_t n_words, uint64_t *words) {
  const uint32_t *values = codes->column->codes;
  for (uint32_t word = 0; word < n_words; word++) {
    uint64_t bits = 0;
    for (uint64_t left = words[word]; left; left &= left - 1) {
      uint32_t code = values[(uint64_t)word * 64 + (uint64_t)__builtin_ctzll(left)];
      if (codes->answers[code] == ANSWER_UNKNOWN) {
        int rc = ask(codes, code);
        if (rc != VSS_OK) return rc;
      }
      if (codes->answers[code]) bits |= left & (0 - left);
    }
    words[word] = bits;
  }
  return VSS_OK;
}

int vss_codes_apply(const VssColumn *column, const VssPrepared *prepared, VssBitmap *inout_slots) {
  /* A column without a value yet, or whose dictionary is empty again, has code 0 all the same. */
  uint32_t n_codes = column->dictionary.n_entries ? column->dictionary.n_entries : 1;
  Codes codes = {.column = column, .prepared = prepared, .n_codes = n_codes};
  codes.answers = vss_malloc(n_codes);
  if (!codes.answers) return VSS_NOMEM;
  uint64_t n_used = column->kind == VSS_COLUMN_DICTIONARY ? column->capacity_slots / 64 : 0;
  uint32_t n_words = inout_slots->n_words < n_used ? inout_slots->n_words : (uint32_t)n_used;
  int rc = VSS_OK;
  if (is_plain_equality(column, prepared)) {
    find_plain(&codes);
    apply_known(&codes, n_words, inout_slots->words);
  } else if (n_codes <= 64 || n_codes <= vss_bitmap_count(inout_slots)) {
    rc = ask_all(&codes);
    if (rc == VSS_OK) apply_known(&codes, n_words, inout_slots->words);
  } else {
    memset(codes.answers, ANSWER_UNKNOWN, n_codes);
    rc = apply_unknown(&codes, n_words, inout_slots->words);
    if (rc == VSS_OK && n_words < inout_slots->n_words) rc = ask(&codes, 0);
  }
  for (uint32_t word = n_words; rc == VSS_OK && word < inout_slots->n_words; word++) {
    if (codes.answers[0] != ANSWER_YES) inout_slots->words[word] = 0;
  }
  vss_free(codes.answers);
  return rc;
}
