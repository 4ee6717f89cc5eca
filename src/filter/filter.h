/*
** One WHERE term on one filter column, as bits: which slots may satisfy it.
**
** The comparison is SQLite's: storage classes are ordered NULL < numbers < TEXT < BLOB, integers
** and reals are compared exactly, affinity is applied as SQLite's section "Type Conversions Prior
** To Comparison" says, and text is compared by a collation.
**
** A term reaches a virtual table without the affinity of its right side (a literal has none, a CAST
** or a column has one), and with the right side as it was before any conversion. What SQLite may do
** with it depends on the column's affinity:
**
**   column             right side            SQLite compares
**   INTEGER REAL       any                   both as NUMERIC      one way
**   NUMERIC
**   TEXT               no affinity           both as TEXT         three ways
**                      TEXT, BLOB            as they are
**                      INTEGER REAL NUMERIC  both as NUMERIC
**   BLOB (or no type)  none, TEXT, BLOB      as they are          two ways
**                      INTEGER REAL NUMERIC  both as NUMERIC
**
** With one way, the bits are exact. With several, they are the union of the ways, a superset, and
** SQLite checks the term again.
**
** The set of an IN (sqlite3_vtab_in) arrives with its affinity applied. Only the column's text may
** still be taken for a number, namely where the set comes from a column of numbers. `as_is` says
** that it comes from a list of literals or parameters: there is one way then, and the bits are
** exact. Of a value, `as_is` says that it is a TEXT literal: that has no affinity except TEXT, so
** that a column of TEXT or BLOB affinity is compared as it is.
**
** For != and IS NOT, sqlite3_vtab_collation() always says BINARY (SQLite 3.38 to 3.54: those terms
** reach it without their left side). Texts that differ under a coarser collation differ under
** BINARY too. So the filter compares by BINARY there, whatever the predicate says, and its bits are
** a superset again; also for numeric columns, because those may hold text.
**
** How SQLite turns long decimals into doubles, and doubles into text, differs between its versions.
** rhs_text and rhs_number bring the answer of the SQLite in use. Where that is missing, or the
** meaning of a stored text is in doubt, the bit is set. With rhs_number given, the bits are exact
** for columns of numeric affinity, whatever the right side is.
*/
#ifndef VSS_FILTER_H
#define VSS_FILTER_H

#include "filter/compare.h"
#include "filter/op.h"

typedef enum VssAffinity {
  VSS_AFF_BLOB,
  VSS_AFF_TEXT,
  VSS_AFF_NUMERIC,
  VSS_AFF_INTEGER,
  VSS_AFF_REAL
} VssAffinity;

/*
** `column <op> right side`. What an operator does not have as its right side (filter/op.h) is not
** read.
*/
typedef struct VssPredicate {
  VssOp op;
  VssAffinity affinity; /* the column's */
  VssCollation
      collation; /* what sqlite3_vtab_collation() says of the term, not what the column declares */

  VssValue rhs;      /* a value: as SQLite hands it over */
  VssValue rhs_text; /* of a REAL rhs: what sqlite3_value_text() makes of it; or VSS_NULL */
  /*
  ** Of a TEXT rhs: what sqlite3_value_numeric_type() makes of a copy of it, TEXT where it stays
  ** one; or VSS_NULL.
  */
  VssValue rhs_number;

  const VssValue *set; /* a set: set_count values in any order, repetitions allowed */
  uint32_t set_count;
  int as_is; /* 1: no text is taken for a number; of a value: it is a TEXT */

  /* a pattern: writes 0 or 1 to *out_pass and returns a result code */
  int (*test)(void *context, const VssValue *value, int *out_pass);
  void *context;
} VssPredicate;

/*
** AND the predicate into `inout_slots`: a bit stays set only where the predicate may hold. Slots
** that the column never got are NULL. VSS_NOMEM, or what `test` returned; the bitmap is then
** undefined. Cost: numeric columns are compared by SIMD, 64 values at a time; other columns take
** one evaluation per distinct value and one load per slot; IN on numbers is a sorted set or a hash
** table. Words that are already zero are skipped.
*/
int vss_filter_apply(const VssColumn *column, const VssPredicate *predicate,
                     VssBitmap *inout_slots);

/* The same for a plain array of rowids (the rowid column: INTEGER affinity, never NULL). */
int vss_filter_apply_rowids(const int64_t *rowids, uint32_t n_slots, const VssPredicate *predicate,
                            VssBitmap *inout_slots);

/* One value against the predicate. This is the specification of the above. *out_pass is 0 or 1. */
int vss_filter_test(const VssValue *value, const VssPredicate *predicate, int *out_pass);

/*
** 1 when a set bit means that SQLite finds the term true, provided that rhs_number is given with a
** TEXT rhs. Depends on these three only, so that xBestIndex may ask before the right side is known.
** A pattern is as exact as its `test`.
*/
int vss_filter_is_exact(VssOp op, VssAffinity affinity, int as_is);

/*
** Affinity of a declared type by SQLite's five rules (INT; CHAR CLOB TEXT; BLOB or none; REAL FLOA
** DOUB; else NUMERIC).
*/
VssAffinity vss_filter_affinity(const char *declared_type);

#endif
