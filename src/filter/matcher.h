/*
** A predicate made ready to be asked about many values: the ways in which SQLite may compare, the
** right side converted for each of them, and the set of IN sorted. For the filter's own files.
**
**   predicate   n = '007' on a column of BLOB affinity
**   ways        as it is:   '007' against the column's value
**               numeric:    7 against the number that the column's text looks like
**
** A value passes when it passes in one of the ways: SQLite will use one of them, and
** filter/filter.h says why it is not known which.
*/
#ifndef VSS_FILTER_MATCHER_H
#define VSS_FILTER_MATCHER_H

#include "filter/filter.h"

typedef enum VssMode { VSS_MODE_AS_IS, VSS_MODE_TEXT, VSS_MODE_NUMERIC } VssMode;

/* One way to compare. */
typedef struct VssWay {
  VssMode mode;
  int uncertain; /* 1: what the right side becomes is not known; all but NULL may pass */
  VssValue rhs;  /* the right side, converted; borrowed */
} VssWay;

typedef struct VssMatcher {
  const VssPredicate *predicate;
  const VssOpInfo *op;
  VssCollation collation; /* of the comparison: see vss_matcher_open() */
  VssWay ways[3];
  int n_ways;
  char integer_text[24]; /* an INTEGER right side as TEXT */
  VssValue *sorted;      /* the set without NULLs and repetitions; NULL: ask member by member */
  uint32_t n_sorted;
} VssMatcher;

/*
** Borrows the predicate, and the values that it points to. with_sorted: sort the set of an IN,
** which pays from the second question on. VSS_NOMEM. vss_matcher_close() is due whatever the
** result.
*/
int vss_matcher_open(VssMatcher *matcher, const VssPredicate *predicate, int with_sorted);
void vss_matcher_close(VssMatcher *matcher);

/* As vss_filter_test(). */
int vss_matcher_test(const VssMatcher *matcher, const VssValue *value, int *out_pass);

/* 1 when NULL passes. Not for patterns. */
int vss_matcher_null_passes(const VssMatcher *matcher);

/*
** 1 when the right side is NULL, given as a value or meant by IS NULL and IS NOT NULL. Then every
** value but NULL has the same answer, which is vss_matcher_others_pass().
*/
int vss_matcher_rhs_is_null(const VssMatcher *matcher);
int vss_matcher_others_pass(const VssMatcher *matcher);

#endif
