/*
** One WHERE term on one filter column, as bits: which slots may satisfy it.
**
** Comparison is SQLite's: storage classes NULL < numbers < TEXT < BLOB, integers and reals compared exactly,
** affinity applied as SQLite's section "Type Conversions Prior To Comparison" says, text by collation.
**
** A term of SQLite reaches a virtual table without the affinity of its right side (a literal has none, a CAST or a column has
** one), and with the right side as it was before any conversion. What SQLite may do with it depends on the column's affinity:
**
**   column             right side            SQLite compares
**   INTEGER REAL       any                   both as NUMERIC                          one way: the bits are exact
**   NUMERIC
**   TEXT               no affinity           both as TEXT                             three ways: the bits are the
**                      TEXT, BLOB            as they are                              union, a superset; SQLite
**                      INTEGER REAL NUMERIC  both as NUMERIC                          checks the term again
**   BLOB (or no type)  none, TEXT, BLOB      as they are                              two ways: likewise
**                      INTEGER REAL NUMERIC  both as NUMERIC
**
** A set of IN (sqlite3_vtab_in) comes with its affinity applied; only the column's text may still be taken for a number, where
** the set comes from a column of numbers. `as_is` says that it comes from a list of literals or parameters: one way, the bits are exact.
** For != and IS NOT sqlite3_vtab_collation() always says BINARY (3.38 to 3.54: those terms reach it without their left side). Texts that
** differ under a coarser collation differ under BINARY too, so the filter compares by BINARY there whatever the predicate says: a
** superset again, for numeric columns as well, since those may hold text.
**
** How SQLite turns long decimals into doubles, and doubles into text, differs between its versions. rhs_text and rhs_number
** bring SQLite's own answer; where it is missing or a stored text is in doubt, the bit is set. With rhs_number given the bits are exact
** for columns of numeric affinity, whatever the right side is.
*/
#ifndef VSS_FILTER_H
#define VSS_FILTER_H

#include "filter/compare.h"

typedef enum VssOp {
  VSS_OP_EQ,
  VSS_OP_NE,
  VSS_OP_LT,
  VSS_OP_LE,
  VSS_OP_GT,
  VSS_OP_GE,
  VSS_OP_IS, /* NULL IS NULL is true */
  VSS_OP_IS_NOT,
  VSS_OP_IS_NULL,
  VSS_OP_NOT_NULL,
  VSS_OP_IN, /* any of `set`; NULL members match nothing */
  VSS_OP_CUSTOM /* asks `test` once a distinct value: LIKE, GLOB, REGEXP, a user's collation, UTF-16 databases */
} VssOp;

typedef enum VssAffinity {
  VSS_AFF_BLOB,
  VSS_AFF_TEXT,
  VSS_AFF_NUMERIC,
  VSS_AFF_INTEGER,
  VSS_AFF_REAL
} VssAffinity;

typedef struct VssPredicate {
  VssOp op;
  VssAffinity affinity; /* the column's */
  VssCollation
      collation; /* for text: what sqlite3_vtab_collation() says of the term, not what the column declares */
  VssValue rhs;      /* EQ..IS_NOT */
  VssValue rhs_text; /* rhs REAL: what sqlite3_value_text() makes of it; or VSS_NULL */
  VssValue
      rhs_number; /* rhs TEXT: what sqlite3_value_numeric_type() makes of a copy of it, TEXT where it stays one; or VSS_NULL */
  const VssValue *set; /* IN: set_count values, any order, duplicates allowed */
  uint32_t set_count;
  int as_is; /* IN: no text is taken for a number */
  int (*test)(void *context, const VssValue *value, int *out_pass); /* CUSTOM; result code */
  void *context;
} VssPredicate;

/*
** AND the predicate into `inout_slots`: a bit stays set only where the predicate may hold. n_slots of the column;
** slots the column never got are NULL. rhs NULL: no slot, but for IS and IS_NOT. VSS_NOMEM or what `test` returned; the bitmap is then undefined.
** Cost: numeric columns by SIMD compares over 64-bit words, others one evaluation a distinct value and one load a slot;
** IN on numbers: sorted set or hash. Words that are already zero are skipped.
*/
int vss_filter_apply(const VssColumn *column, const VssPredicate *predicate,
                     VssBitmap *inout_slots);

/* The same for a plain array of rowids (the rowid column: INTEGER affinity, never NULL). */
int vss_filter_apply_rowids(const int64_t *rowids, uint32_t n_slots, const VssPredicate *predicate,
                            VssBitmap *inout_slots);

/* One value against the predicate, the plain version of the above: the specification. *out_pass 0 or 1. */
int vss_filter_test(const VssValue *value, const VssPredicate *predicate, int *out_pass);

/*
** 1 when a set bit means that SQLite finds the term true (see above), provided that rhs_number is given with a TEXT rhs. Depends on op
** and affinity only: xBestIndex may ask before the right side is known. CUSTOM is as exact as its `test`.
*/
int vss_filter_is_exact(const VssPredicate *predicate);

/* Affinity of a declared type by SQLite's five rules (INT; CHAR CLOB TEXT; BLOB or none; REAL FLOA DOUB; else NUMERIC). */
VssAffinity vss_filter_affinity(const char *declared_type);

#endif
