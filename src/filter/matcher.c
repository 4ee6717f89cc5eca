/*
** One value against one predicate.
**
** filter/filter.h has the table of the ways in which SQLite may compare. vss_matcher_open() picks
** the ways of one predicate and converts the right side once for each; vss_matcher_test() then
** converts the value, and compares.
*/
#include "filter/matcher.h"

#include <stdlib.h>
#include <string.h>

/* SQLite compares INTEGER and REAL as one class. */
static int is_number(const VssValue *value) {
  return value->type == VSS_INTEGER || value->type == VSS_REAL;
}

/* These three convert in the same way when they compare; they differ in what they store. */
static int is_numeric_affinity(VssAffinity affinity) {
  return affinity == VSS_AFF_NUMERIC || affinity == VSS_AFF_INTEGER || affinity == VSS_AFF_REAL;
}

/*
** Make of a TEXT what NUMERIC affinity makes of it. Returns 1 when that depends on SQLite's
** version.
*/
static int to_numeric(VssValue *inout_value) {
  if (inout_value->type != VSS_TEXT) return 0;
  return vss_compare_looks(inout_value, inout_value) == VSS_LOOKS_UNCERTAIN;
}

/* The decimal digits of an integer into text[24], as SQLite writes them. Returns their number. */
static uint32_t write_integer(int64_t integer, char *text) {
  char reversed[20];
  uint32_t n = 0;
  uint32_t size = 0;
  /* The magnitude of -2^63 only fits an unsigned integer. */
  uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
  do {
    reversed[n++] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest);
  if (integer < 0) text[size++] = '-';
  while (n)
    text[size++] = reversed[--n];
  return size;
}

/*
** Add one way to compare, with the right side as that way has it. The matcher owns the text of an
** INTEGER; the text of a REAL, and the number of a TEXT where our own reading may differ, have to
** be SQLite's and come with the predicate.
*/
static void add_way(VssMatcher *matcher, VssMode mode) {
  const VssPredicate *predicate = matcher->predicate;
  VssWay *way = &matcher->ways[matcher->n_ways++];
  way->mode = mode;
  if (matcher->op->right == VSS_RIGHT_SET) return; /* the set is converted already */
  way->rhs = predicate->rhs;
  if (mode == VSS_MODE_NUMERIC && predicate->rhs.type == VSS_TEXT) {
    if (predicate->rhs_number.type != VSS_NULL) {
      way->rhs = predicate->rhs_number;
    } else {
      way->uncertain = to_numeric(&way->rhs);
    }
  } else if (mode == VSS_MODE_TEXT && predicate->rhs.type == VSS_INTEGER) {
    VssValue text = {.type = VSS_TEXT, .bytes = matcher->integer_text};
    text.size_bytes = write_integer(predicate->rhs.integer, matcher->integer_text);
    way->rhs = text;
  } else if (mode == VSS_MODE_TEXT && predicate->rhs.type == VSS_REAL) {
    way->uncertain = predicate->rhs_text.type != VSS_TEXT;
    if (!way->uncertain) way->rhs = predicate->rhs_text;
  }
}

/* Copy the set without its NULLs, sort it, and keep one of each class of equal members. */
static int sort_set(VssMatcher *matcher) {
  const VssPredicate *predicate = matcher->predicate;
  VssCompare compare = vss_compare_function(matcher->collation);
  VssValue *sorted = vss_malloc((uint64_t)predicate->set_count * sizeof *sorted);
  if (!sorted) return VSS_NOMEM;
  uint32_t n = 0;
  for (uint32_t i = 0; i < predicate->set_count; i++) {
    if (predicate->set[i].type != VSS_NULL) sorted[n++] = predicate->set[i];
  }
  if (n) qsort(sorted, n, sizeof *sorted, compare);
  uint32_t n_distinct = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (n_distinct && compare(&sorted[n_distinct - 1], &sorted[i]) == 0) continue;
    sorted[n_distinct++] = sorted[i];
  }
  matcher->sorted = sorted;
  matcher->n_sorted = n_distinct;
  return VSS_OK;
}

/*
** The numeric way of a set only matters where the column's text, taken for a number, can equal a
** member: without a number in the set that way adds nothing.
*/
static int needs_numeric_way(const VssPredicate *predicate) {
  if (predicate->as_is) return 0;
  if (vss_op_info(predicate->op)->right != VSS_RIGHT_SET) return 1;
  for (uint32_t i = 0; i < predicate->set_count; i++)
    if (is_number(&predicate->set[i])) return 1;
  return 0;
}

int vss_matcher_open(VssMatcher *matcher, const VssPredicate *predicate, int with_sorted) {
  memset(matcher, 0, sizeof *matcher);
  matcher->predicate = predicate;
  matcher->op = vss_op_info(predicate->op);
  int is_set = matcher->op->right == VSS_RIGHT_SET;
  /*
  ** Of a != the collation is not known. Texts that differ under any collation differ under BINARY.
  */
  matcher->collation = vss_op_is_inequality(predicate->op) ? VSS_COLL_BINARY : predicate->collation;
  /*
  ** Text against text is "as it is", and the set of an IN has been converted to text before it gets
  ** here.
  */
  int text_way = predicate->affinity == VSS_AFF_TEXT && !is_set && is_number(&predicate->rhs);
  /* The table of filter/filter.h. */
  if (is_numeric_affinity(predicate->affinity)) {
    add_way(matcher, is_set ? VSS_MODE_AS_IS : VSS_MODE_NUMERIC);
  } else {
    add_way(matcher, VSS_MODE_AS_IS);
    if (text_way) add_way(matcher, VSS_MODE_TEXT);
    if (needs_numeric_way(predicate)) add_way(matcher, VSS_MODE_NUMERIC);
  }
  return is_set && with_sorted ? sort_set(matcher) : VSS_OK;
}

void vss_matcher_close(VssMatcher *matcher) {
  vss_free(matcher->sorted);
  matcher->sorted = NULL;
}

int vss_matcher_rhs_is_null(const VssMatcher *matcher) {
  VssRight right = matcher->op->right;
  return right == VSS_RIGHT_NONE ||
         (right == VSS_RIGHT_VALUE && matcher->predicate->rhs.type == VSS_NULL);
}

/* In SQLite's order NULL comes before every value: that is how IS NOT finds them different. */
int vss_matcher_null_passes(const VssMatcher *matcher) {
  unsigned order = vss_matcher_rhs_is_null(matcher) ? VSS_EQUAL : VSS_LESS;
  return matcher->op->null_is_value && (matcher->op->orders & order) != 0;
}

/* Every value comes behind NULL in that order. */
int vss_matcher_others_pass(const VssMatcher *matcher) {
  return matcher->op->null_is_value && (matcher->op->orders & VSS_GREATER) != 0;
}

/* Is the value, which is not NULL, in the set of an IN? */
static int is_member(const VssMatcher *matcher, const VssValue *value) {
  const VssPredicate *predicate = matcher->predicate;
  if (matcher->sorted) {
    return matcher->n_sorted && bsearch(value, matcher->sorted, matcher->n_sorted, sizeof *value,
                                        vss_compare_function(matcher->collation)) != NULL;
  }
  for (uint32_t i = 0; i < predicate->set_count; i++) {
    const VssValue *member = &predicate->set[i];
    if (member->type != VSS_NULL && vss_compare_values(value, member, matcher->collation) == 0) {
      return 1;
    }
  }
  return 0;
}

/* Does the value, which is not NULL, pass in that way? */
static int passes(const VssMatcher *matcher, const VssWay *way, const VssValue *value) {
  const VssPredicate *predicate = matcher->predicate;
  VssValue lhs = *value;
  int is_set = matcher->op->right == VSS_RIGHT_SET;
  if (is_number(&lhs) && predicate->affinity == VSS_AFF_TEXT) {
    /*
    ** SQLite stores no number in a column of TEXT affinity. A damaged database may hold one all the
    ** same. Against a text, the answer depends on how SQLite writes the number: the row passes, and
    ** SQLite decides, unless it was told that the bits are exact: then it is a number, before every
    ** text. Against a number, nothing is converted to text, and the other ways have the answer.
    */
    if (predicate->rhs.type == VSS_TEXT && !is_set && !predicate->as_is) return 1;
    if (way->mode == VSS_MODE_TEXT) return 0;
  }
  if (way->uncertain) return 1;
  if (way->mode == VSS_MODE_NUMERIC && to_numeric(&lhs)) {
    /*
    ** It is not known whether the value is a number here or the text that it was. Neither equals a
    ** TEXT or BLOB that the text does not equal as it is, and "as it is" is a way of its own.
    ** Anything else may pass.
    */
    return !(vss_op_is_equality(predicate->op) && !is_number(&way->rhs));
  }
  if (is_set) return is_member(matcher, &lhs);
  int order = vss_compare_values(&lhs, &way->rhs, matcher->collation);
  return (matcher->op->orders & vss_op_order(order)) != 0;
}

int vss_matcher_test(const VssMatcher *matcher, const VssValue *value, int *out_pass) {
  const VssPredicate *predicate = matcher->predicate;
  if (matcher->op->right == VSS_RIGHT_PATTERN)
    return predicate->test(predicate->context, value, out_pass);
  int pass = 0;
  if (value->type == VSS_NULL) {
    pass = vss_matcher_null_passes(matcher);
  } else if (vss_matcher_rhs_is_null(matcher)) {
    pass = vss_matcher_others_pass(matcher);
  } else {
    for (int i = 0; i < matcher->n_ways && !pass; i++)
      pass = passes(matcher, &matcher->ways[i], value);
  }
  *out_pass = pass;
  return VSS_OK;
}
