/*
** Predicates over a dictionary column.
**
**   codes     2  1  0  2  ...        one per slot (filter/column_data.h); 0 is NULL
**   answers   no, yes, no            one byte per code: does the code's value pass?
**   bits      0  1  0  0  ...        the answer of each slot's code
**
** There are three ways to get the answers:
**
**   equality with texts that cannot be       the dictionary's own hash table finds the only value
**   taken for numbers                        that passes
**   fewer distinct values than selected      every value is asked about, before any slot
**   slots
**   more distinct values than selected       a value is asked about when a slot first has its code
**   slots
**
** Where only a few values pass (newsroom = 'NY Times'), comparing codes by SIMD replaces the loads.
*/
#include "filter/apply_codes.h"
#include "kernel/range.h"

#include <string.h>

/* NO and YES are the bit that a slot gets. */
enum { ANSWER_NO = 0, ANSWER_YES = 1, ANSWER_UNKNOWN = 2 };

/* Comparing 64 codes with one code costs about 10 ns, and looking 64 codes up about 40 ns. */
enum { MOST_EQUALS = 3 };

typedef struct Codes {
  const VssColumn *column;
  const VssMatcher *matcher;
  uint8_t *answers;
  uint32_t n_codes;
  uint32_t passing[MOST_EQUALS];
  uint32_t n_passing; /* how many codes pass; counting ends at MOST_EQUALS + 1 */
} Codes;

/* Find the answer for the value of one code. A result code. */
static int ask(const Codes *codes, uint32_t code) {
  VssValue value;
  int pass;
  vss_dictionary_value(&codes->column->dictionary, code, &value);
  int rc = vss_matcher_test(codes->matcher, &value, &pass);
  if (rc == VSS_OK) codes->answers[code] = pass ? ANSWER_YES : ANSWER_NO;
  return rc;
}

/* Remember a code that passes, as long as there are few of them. */
static void note_passing(Codes *codes, uint32_t code) {
  if (codes->n_passing < MOST_EQUALS) codes->passing[codes->n_passing] = code;
  if (codes->n_passing <= MOST_EQUALS) codes->n_passing++;
}

static int is_bytes(const VssValue *value) {
  return value->type == VSS_TEXT || value->type == VSS_BLOB;
}

/*
** 1 when the term is true for the values that are the same TEXT or BLOB, byte by byte, and for no
** other value. That needs a comparison by BINARY, and a right side that no number can equal. All
** the ways of comparing then give the same answer. A number in a column of TEXT affinity, which
** only a damaged database has, might have that text: then the values are asked.
*/
static int is_plain_equality(const VssColumn *column, const VssMatcher *matcher) {
  const VssPredicate *predicate = matcher->predicate;
  int plain = matcher->collation == VSS_COLL_BINARY;
  if (matcher->op->right == VSS_RIGHT_SET) {
    for (uint32_t i = 0; i < matcher->n_sorted && plain; i++)
      plain = is_bytes(&matcher->sorted[i]);
    return plain;
  }
  plain = plain && vss_op_is_equality(predicate->op);
  if (predicate->affinity == VSS_AFF_TEXT && column->dictionary.n_numbers) plain = 0;
  for (int i = 0; i < matcher->n_ways && plain; i++)
    plain = is_bytes(&matcher->ways[i].rhs) && !matcher->ways[i].uncertain;
  return plain;
}

/* The answers of a plain equality: the values that are in the dictionary pass. */
static void find_plain(Codes *codes) {
  const VssMatcher *matcher = codes->matcher;
  /*
  ** A set is sorted here, because filter/filter.c asks for that where the column is one of codes.
  */
  int is_set = matcher->op->right == VSS_RIGHT_SET;
  const VssValue *wanted = is_set ? matcher->sorted : &matcher->predicate->rhs;
  uint32_t count = is_set ? matcher->n_sorted : 1;
  /* NULL equals nothing: code 0 stays with "no". */
  memset(codes->answers, ANSWER_NO, codes->n_codes);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t code = vss_dictionary_find(&codes->column->dictionary, &wanted[i]);
    if (!code) continue;
    codes->answers[code] = ANSWER_YES;
    note_passing(codes, code);
  }
}

/* The answers for all codes that slots have. */
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

/* The answers of 64 codes, as bits. */
static uint64_t lookup_word(const uint8_t *answers, const uint32_t *values) {
  uint64_t bits = 0;
  for (int i = 0; i < VSS_BLOCK_ROWS; i++)
    bits |= (uint64_t)answers[values[i]] << i;
  return bits;
}

/*
** AND the answers, all of them known, into the bitmap. The codes reach to whole words: those behind
** the last slot are 0, as a NULL's is.
*/
static void apply_known(const Codes *codes, uint32_t n_words, uint64_t *words) {
  const uint32_t *values = codes->column->codes;
  for (uint32_t word = 0; word < n_words; word++) {
    if (!words[word]) continue;
    uint64_t bits = 0;
    /* One byte is loaded per slot, or 64 slots are compared with each code that passes. */
    if (codes->n_passing > MOST_EQUALS) {
      bits = lookup_word(codes->answers, values + (uint64_t)word * VSS_BLOCK_ROWS);
    } else {
      for (uint32_t i = 0; i < codes->n_passing; i++)
        bits |= vss_equal_u32(values + (uint64_t)word * VSS_BLOCK_ROWS, codes->passing[i]);
    }
    words[word] &= bits;
  }
}

/* AND the answers into the bitmap, and find those that are not known yet. */
static int apply_unknown(const Codes *codes, uint32_t n_words, uint64_t *words) {
  const uint32_t *values = codes->column->codes;
  for (uint32_t word = 0; word < n_words; word++) {
    uint64_t bits = 0;
    for (uint64_t left = words[word]; left; left &= left - 1) {
      uint32_t code = values[(uint64_t)word * VSS_BLOCK_ROWS + (uint64_t)__builtin_ctzll(left)];
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

/*
** The three ways of this file's head. A user's own LIKE may fail or be interrupted: then the bitmap
** stays half done, and its caller drops it.
*/
int vss_codes_apply(const VssColumn *column, const VssMatcher *matcher, VssBitmap *inout_slots) {
  /* Code 0 needs an answer also where the dictionary is empty: every slot is NULL then. */
  uint32_t n_codes = column->dictionary.n_entries ? column->dictionary.n_entries : 1;
  Codes codes = {.column = column, .matcher = matcher, .n_codes = n_codes};
  codes.answers = vss_malloc(n_codes);
  if (!codes.answers) return VSS_NOMEM;
  uint64_t n_used =
      column->kind == VSS_COLUMN_DICTIONARY ? column->capacity_slots / VSS_BLOCK_ROWS : 0;
  uint32_t n_words = inout_slots->n_words < n_used ? inout_slots->n_words : (uint32_t)n_used;
  int rc = VSS_OK;
  if (is_plain_equality(column, matcher)) {
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
  /* Slots behind the column's last one are NULL. */
  for (uint32_t word = n_words; rc == VSS_OK && word < inout_slots->n_words; word++) {
    if (codes.answers[0] != ANSWER_YES) inout_slots->words[word] = 0;
  }
  vss_free(codes.answers);
  return rc;
}
