/*
** One WHERE term on one filter column, as bits: which slots may satisfy it.
**
** Comparison is SQLite's: storage classes NULL < numbers < TEXT < BLOB, integers and reals compared exactly,
** affinity applied as SQLite's section "Type Conversions Prior To Comparison" says, text by collation.
** A term of SQLite reaches a virtual table without the affinity of its right side (a literal has none, a column has one).
** Where that could matter the result is the UNION over the possible affinities of the right side (none, BLOB, TEXT, NUMERIC): a superset, never
** missing a row, and SQLite checks the term again. For a column of INTEGER, REAL or NUMERIC affinity the
** comparison affinity is numeric whatever the right side is: the bits are exact (vss_filter_is_exact()).
*/
#ifndef VSS_FILTER_H
#define VSS_FILTER_H

#include "column.h"

typedef enum VssOp {
  VSS_OP_EQ,
  VSS_OP_NE,
  VSS_OP_LT,
  VSS_OP_LE,
  VSS_OP_GT,
  VSS_OP_GE,
  VSS_OP_IS,     /* NULL IS NULL is true */
  VSS_OP_IS_NOT,
  VSS_OP_IS_NULL,
  VSS_OP_NOT_NULL,
  VSS_OP_IN,     /* any of `set`; NULL members match nothing */
  VSS_OP_CUSTOM  /* asks `test` once a distinct value: LIKE, GLOB, REGEXP, a user's collation, UTF-16 databases */
} VssOp;

typedef enum VssAffinity { VSS_AFF_BLOB, VSS_AFF_TEXT, VSS_AFF_NUMERIC, VSS_AFF_INTEGER, VSS_AFF_REAL } VssAffinity;
typedef enum VssCollation { VSS_COLL_BINARY, VSS_COLL_NOCASE, VSS_COLL_RTRIM } VssCollation;

typedef struct VssPredicate {
  VssOp op;
  VssAffinity affinity;   /* the column's */
  VssCollation collation; /* for text */
  VssValue rhs;           /* EQ..IS_NOT */
  const VssValue *set;    /* IN: set_count values, any order, duplicates allowed */
  uint32_t set_count;
  int (*test)(void *context, const VssValue *value, int *out_pass); /* CUSTOM; result code */
  void *context;
} VssPredicate;

/*
** AND the predicate into `inout_slots`: a bit stays set only where the predicate may hold. n_slots of the column;
** slots the column never got are NULL. VSS_NOMEM or what `test` returned; the bitmap is then undefined.
** Cost: numeric columns by SIMD compares over 64-bit words, others one evaluation a distinct value and one load a slot;
** IN on numbers: sorted set or hash. Words that are already zero are skipped.
*/
int vss_filter_apply(const VssColumn *column, const VssPredicate *predicate, VssBitmap *inout_slots);

/* The same for a plain array of rowids (the rowid column: INTEGER affinity, never NULL). */
int vss_filter_apply_rowids(const int64_t *rowids, uint32_t n_slots, const VssPredicate *predicate, VssBitmap *inout_slots);

/* One value against the predicate, the plain version of the above: the specification. *out_pass 0 or 1. */
int vss_filter_test(const VssValue *value, const VssPredicate *predicate, int *out_pass);

/* 1 when a set bit means that SQLite finds the term true (see above). */
int vss_filter_is_exact(const VssPredicate *predicate);

/* Affinity of a declared type by SQLite's five rules (INT; CHAR CLOB TEXT; BLOB or none; REAL FLOA DOUB; else NUMERIC). */
VssAffinity vss_filter_affinity(const char *declared_type);

#endif
