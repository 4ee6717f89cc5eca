/*
** One value against one predicate. See filter/filter.h for the ways SQLite may compare.
*/
#include "filter/predicate.h"

#include <stdlib.h>
#include <string.h>

static int is_number(const VssValue *value) {
  return value->type == VSS_INTEGER || value->type == VSS_REAL;
}

static int is_numeric_affinity(VssAffinity affinity) {
  return affinity == VSS_AFF_NUMERIC || affinity == VSS_AFF_INTEGER || affinity == VSS_AFF_REAL;
}

/* TEXT as NUMERIC affinity leaves it. Result: 1 when that is not known. */
static int to_numeric(VssValue *inout_value) {
  if (inout_value->type != VSS_TEXT) return 0;
  return vss_compare_looks(inout_value, inout_value) == VSS_LOOKS_UNCERTAIN;
}

/* The decimal digits of an integer into text[24]. */
static uint32_t write_integer(int64_t integer, char *text) {
  char reversed[20];
  uint32_t n = 0;
  uint32_t size = 0;
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

static void add_way(VssPrepared *prepared, VssMode mode) {
  const VssPredicate *predicate = prepared->predicate;
  VssWay *way = &prepared->ways[prepared->n_ways++];
  way->mode = mode;
  if (predicate->op == VSS_OP_IN) return; /* has no right side but the set */
  way->rhs = predicate->rhs;
  if (mode == VSS_MODE_NUMERIC && predicate->rhs.type == VSS_TEXT) {
    if (predicate->rhs_number.type != VSS_NULL) {
      way->rhs = predicate->rhs_number;
    } else {
      way->uncertain = to_numeric(&way->rhs);
    }
  } else if (mode == VSS_MODE_TEXT && predicate->rhs.type == VSS_INTEGER) {
    VssValue text = {.type = VSS_TEXT, .bytes = prepared->integer_text};
    text.size_bytes = write_integer(predicate->rhs.integer, prepared->integer_text);
    way->rhs = text;
  } else if (mode == VSS_MODE_TEXT && predicate->rhs.type == VSS_REAL) {
    way->uncertain = predicate->rhs_text.type != VSS_TEXT;
    if (!way->uncertain) way->rhs = predicate->rhs_text;
  }
}

/* Every collation's order is a total order on classes of equal values: qsort and bsearch apply. */
static int compare_binary(const void *a, const void *b) {
  return vss_compare_values(a, b, VSS_COLL_BINARY);
}
static int compare_nocase(const void *a, const void *b) {
  return vss_compare_values(a, b, VSS_COLL_NOCASE);
}
static int compare_rtrim(const void *a, const void *b) {
  return vss_compare_values(a, b, VSS_COLL_RTRIM);
}
static int (*const comparers[])(const void *, const void *) = {
    [VSS_COLL_BINARY] = compare_binary,
    [VSS_COLL_NOCASE] = compare_nocase,
    [VSS_COLL_RTRIM] = compare_rtrim,
};

static int sort_set(VssPrepared *prepared) {
  const VssPredicate *predicate = prepared->predicate;
  int (*compare)(const void *, const void *) = comparers[prepared->collation];
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
  prepared->sorted = sorted;
  prepared->n_sorted = n_distinct;
  return VSS_OK;
}

/* A set without a number: text taken for a number equals nothing in it, so that way adds nothing. */
static int needs_numeric_way(const VssPredicate *predicate) {
  if (predicate->op != VSS_OP_IN) return 1;
  if (predicate->as_is) return 0;
  for (uint32_t i = 0; i < predicate->set_count; i++)
    if (is_number(&predicate->set[i])) return 1;
  return 0;
}

int vss_prepared_open(VssPrepared *prepared, const VssPredicate *predicate, int with_sorted) {
  memset(prepared, 0, sizeof *prepared);
  prepared->predicate = predicate;
  int unknown_collation = predicate->op == VSS_OP_NE || predicate->op == VSS_OP_IS_NOT;
  prepared->collation = unknown_collation ? VSS_COLL_BINARY : predicate->collation;
  /* The set of IN is converted already, so that text against number cannot come up on its side. */
  int text_way = predicate->affinity == VSS_AFF_TEXT && predicate->op != VSS_OP_IN &&
                 is_number(&predicate->rhs); /* text against text is "as is" */
  if (is_numeric_affinity(predicate->affinity)) {
    add_way(prepared, predicate->op == VSS_OP_IN ? VSS_MODE_AS_IS : VSS_MODE_NUMERIC);
  } else {
    add_way(prepared, VSS_MODE_AS_IS);
    if (text_way) add_way(prepared, VSS_MODE_TEXT);
    if (needs_numeric_way(predicate)) add_way(prepared, VSS_MODE_NUMERIC);
  }
  return predicate->op == VSS_OP_IN && with_sorted ? sort_set(prepared) : VSS_OK;
}

void vss_prepared_close(VssPrepared *prepared) {
  vss_free(prepared->sorted);
  prepared->sorted = NULL;
}

int vss_prepared_order_passes(VssOp op, int order) {
  switch (op) {
    case VSS_OP_EQ:
    case VSS_OP_IS:
    case VSS_OP_IN: return order == 0;
    case VSS_OP_NE:
    case VSS_OP_IS_NOT: return order != 0;
    case VSS_OP_LT: return order < 0;
    case VSS_OP_LE: return order <= 0;
    case VSS_OP_GT: return order > 0;
    case VSS_OP_GE: return order >= 0;
    default: return 0;
  }
}

int vss_prepared_null_passes(const VssPredicate *predicate) {
  switch (predicate->op) {
    case VSS_OP_IS_NULL: return 1;
    case VSS_OP_IS: return predicate->rhs.type == VSS_NULL;
    case VSS_OP_IS_NOT: return predicate->rhs.type != VSS_NULL;
    default: return 0;
  }
}

static int is_member(const VssPrepared *prepared, const VssValue *value) {
  const VssPredicate *predicate = prepared->predicate;
  if (prepared->sorted) {
    return prepared->n_sorted && bsearch(value, prepared->sorted, prepared->n_sorted, sizeof *value,
                                         comparers[prepared->collation]) != NULL;
  }
  for (uint32_t i = 0; i < predicate->set_count; i++) {
    const VssValue *member = &predicate->set[i];
    if (member->type != VSS_NULL && vss_compare_values(value, member, prepared->collation) == 0) {
      return 1;
    }
  }
  return 0;
}

/* One way, value not NULL. */
static int passes(const VssPrepared *prepared, const VssWay *way, const VssValue *value) {
  const VssPredicate *predicate = prepared->predicate;
  VssValue lhs = *value;
  if (is_number(&lhs) && predicate->affinity == VSS_AFF_TEXT) {
    /*
    ** SQLite stores no number in a column of TEXT affinity. If one is there all the same, its text is SQLite's business; and
    ** against a number there is no text to convert to: "as is" has the answer.
    */
    if (predicate->rhs.type == VSS_TEXT && predicate->op != VSS_OP_IN) return 1;
    if (way->mode == VSS_MODE_TEXT) return 0;
  }
  if (way->uncertain) return 1;
  if (way->mode == VSS_MODE_NUMERIC && to_numeric(&lhs)) {
    /* A number or the text it was: neither equals a TEXT or BLOB here that it does not equal as it is. */
    int equality = predicate->op == VSS_OP_EQ || predicate->op == VSS_OP_IS;
    return !(equality && !is_number(&way->rhs));
  }
  if (predicate->op == VSS_OP_IN) return is_member(prepared, &lhs);
  return vss_prepared_order_passes(predicate->op,
                                   vss_compare_values(&lhs, &way->rhs, prepared->collation));
}

int vss_prepared_test(const VssPrepared *prepared, const VssValue *value, int *out_pass) {
  const VssPredicate *predicate = prepared->predicate;
  if (predicate->op == VSS_OP_CUSTOM) return predicate->test(predicate->context, value, out_pass);
  int pass = 0;
  if (value->type == VSS_NULL) {
    pass = vss_prepared_null_passes(predicate);
  } else if (predicate->op == VSS_OP_NOT_NULL) {
    pass = 1;
  } else if (predicate->op == VSS_OP_IS_NULL) {
    pass = 0;
  } else if (predicate->op != VSS_OP_IN && predicate->rhs.type == VSS_NULL) {
    pass = predicate->op == VSS_OP_IS_NOT;
  } else {
    for (int i = 0; i < prepared->n_ways && !pass; i++)
      pass = passes(prepared, &prepared->ways[i], value);
  }
  *out_pass = pass;
  return VSS_OK;
}
