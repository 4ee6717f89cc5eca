/*
** A predicate made ready to be asked many times: the ways in which SQLite may compare, the right side converted for
** each, the set of IN sorted. For the filter's own files.
*/
#ifndef VSS_FILTER_PREPARED_H
#define VSS_FILTER_PREPARED_H

#include "filter/filter.h"

typedef enum VssMode { VSS_MODE_AS_IS, VSS_MODE_TEXT, VSS_MODE_NUMERIC } VssMode;

/* One way to compare. */
typedef struct VssWay {
  VssMode mode;
  int uncertain; /* what the right side becomes is not known: anything but NULL may pass */
  VssValue rhs;  /* converted */
} VssWay;

typedef struct VssPrepared {
  const VssPredicate *predicate;
  VssCollation collation; /* BINARY for NE and IS_NOT, see filter/filter.h */
  VssWay ways[3];
  int n_ways;
  char integer_text[24]; /* an INTEGER right side as TEXT */
  VssValue *
      sorted; /* IN: without NULLs and repetitions; NULL: ask the set itself, one after the other */
  uint32_t n_sorted;
} VssPrepared;

/* Borrows the predicate. with_sorted: sort a set of IN, which pays from the second question on. VSS_NOMEM. */
int vss_prepared_open(VssPrepared *prepared, const VssPredicate *predicate, int with_sorted);
void vss_prepared_close(VssPrepared *prepared);

/* As vss_filter_test(). */
int vss_prepared_test(const VssPrepared *prepared, const VssValue *value, int *out_pass);

/* 1 when a comparison that came out as `order` (<0, 0, >0) makes the term true. */
int vss_prepared_order_passes(VssOp op, int order);

/* 1 when NULL passes. Not for CUSTOM. */
int vss_prepared_null_passes(const VssPredicate *predicate);

#endif
