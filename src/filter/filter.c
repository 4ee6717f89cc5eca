/*
** The filter's public face: filter/filter.h.
**
**   numbers in the column, or rowids    filter/apply_numbers.c    ranges and sets, by SIMD
**   codes of a dictionary               filter/apply_codes.c      one answer per distinct value
**   a single value                      filter/matcher.c          the specification of both
**
** All of them have to agree with the last one: test_filter.c compares them, slot by slot.
**
** A matcher is made here for each call, so that the other files find the right side converted.
*/
#include "filter/filter.h"
#include "filter/apply_codes.h"
#include "filter/apply_numbers.h"

#include <string.h>

/*
** Does the text contain the word, with ASCII letters in any case? The word is given in capitals.
** SQLite looks for parts of words, too: FLOATING POINT is an integer type, because of its INT.
*/
static int contains(const char *text, const char *word) {
  size_t size = strlen(word);
  for (; *text; text++) {
    size_t i = 0;
    while (i < size && text[i] && (text[i] == word[i] || text[i] == word[i] + ('a' - 'A')))
      i++;
    if (i == size) return 1;
  }
  return 0;
}

/* The order of the questions is SQLite's (datatype3, section 3.1): CHARINT is an integer type. */
VssAffinity vss_filter_affinity(const char *declared_type) {
  if (contains(declared_type, "INT")) return VSS_AFF_INTEGER;
  if (contains(declared_type, "CHAR") || contains(declared_type, "CLOB") ||
      contains(declared_type, "TEXT")) {
    return VSS_AFF_TEXT;
  }
  if (!declared_type[0] || contains(declared_type, "BLOB")) return VSS_AFF_BLOB;
  if (contains(declared_type, "REAL") || contains(declared_type, "FLOA") ||
      contains(declared_type, "DOUB")) {
    return VSS_AFF_REAL;
  }
  return VSS_AFF_NUMERIC;
}

/* The only place that decides it: xBestIndex asks here, and so does the search when it has k. */
int vss_filter_is_exact(VssOp op, VssAffinity affinity, int as_is) {
  VssRight right = vss_op_info(op)->right;
  if (right == VSS_RIGHT_NONE || right == VSS_RIGHT_PATTERN) return 1;
  if (vss_op_is_inequality(op)) return 0; /* it is not known by which collation SQLite compares */
  /* Otherwise there is more than one way. */
  return as_is || (affinity != VSS_AFF_TEXT && affinity != VSS_AFF_BLOB);
}

/* The set of an IN is asked member by member: sorting it would not pay for one question. */
int vss_filter_test(const VssValue *value, const VssPredicate *predicate, int *out_pass) {
  VssMatcher matcher;
  int rc = vss_matcher_open(&matcher, predicate, 0);
  if (rc == VSS_OK) rc = vss_matcher_test(&matcher, value, out_pass);
  vss_matcher_close(&matcher);
  return rc;
}

/* The kind of the column picks the file; the predicate is the same for all of them. */
int vss_filter_apply(const VssColumn *column, const VssPredicate *predicate,
                     VssBitmap *inout_slots) {
  int is_number = column->kind == VSS_COLUMN_INTEGER || column->kind == VSS_COLUMN_REAL;
  /*
  ** A column of numbers builds a set of its own; only values of a dictionary are looked up in the
  ** sorted one.
  */
  VssMatcher matcher;
  int rc = vss_matcher_open(&matcher, predicate, !is_number);
  if (rc == VSS_OK && is_number) {
    VssNumbers numbers = {.is_real = column->kind == VSS_COLUMN_REAL,
                          .n_slots = column->n_slots,
                          .integers = column->integers,
                          .present = column->present,
                          .integral = column->integral,
                          .zones = column->zones};
    rc = vss_numbers_apply(&numbers, &matcher, inout_slots);
  } else if (rc == VSS_OK) {
    rc = vss_codes_apply(column, &matcher, inout_slots);
  }
  vss_matcher_close(&matcher);
  return rc;
}

/*
** Rowids have no zones and no NULLs: the slot map hands over an array of integers, free slots too.
*/
int vss_filter_apply_rowids(const int64_t *rowids, uint32_t n_slots, const VssPredicate *predicate,
                            VssBitmap *inout_slots) {
  VssNumbers numbers = {.n_slots = n_slots, .integers = rowids};
  VssMatcher matcher;
  int rc = vss_matcher_open(&matcher, predicate, 0);
  if (rc == VSS_OK) rc = vss_numbers_apply(&numbers, &matcher, inout_slots);
  vss_matcher_close(&matcher);
  return rc;
}
