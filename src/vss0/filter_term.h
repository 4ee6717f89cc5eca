/*
** A WHERE term on a filter column or on the rowid, carried out: its right side read from SQLite,
** and its rows as a bitmap, or one row after the other.
**
**   vss_term_open()  -->  vss_term_apply()  a bitmap over all slots
**                    -->  vss_term_test()   one slot
**   vss_term_close()
**
** Rows by their text key: `id = 'a'` and `id in ('a', 'b')` are looked up in the index of the keys
** when such a term is opened, and the column is not loaded for it.
*/
#ifndef VSS_VSS0_FILTER_TERM_H
#define VSS_VSS0_FILTER_TERM_H

#include "sqlite/value_set.h"
#include "vss0/program.h"
#include "vss0/table.h"

/* A term with its right side. It must not be moved in memory while it is open. */
typedef struct VssTerm {
  VssTable *table;
  VssPredicate predicate;
  int filter; /* number of the filter column; -1: the rowid */
  sqlite3_value
      *converted;        /* the right side in the other affinity, which the predicate points to */
  VssValueSet set;       /* the members of an IN, which the predicate points to */
  sqlite3_stmt *pattern; /* `select ?1 like ?2` */
  int pattern_rc;        /* why it failed */
  int is_looked_up;      /* `rowids` are the rows that pass, as they were when it was opened */
  VssBuffer rowids;      /* int64 each, ascending, without duplicates */
} VssTerm;

/*
** Read the right side of a step 'f' or 'i', which is borrowed until vss_term_close(). The column's
** values are loaded when they are not resident. as_is: a set of IN comes from a list of literals or
** parameters (filter/filter.h). An SQLite code; the term is to be closed whatever the result.
*/
int vss_term_open(VssTable *table, const VssStep *step, sqlite3_value *value, int as_is,
                  VssTerm *out_term);
void vss_term_close(VssTerm *term);

/* The rows of a term that is looked up. */
static inline const int64_t *vss_term_rowids(const VssTerm *term) {
  return (const int64_t *)(const void *)term->rowids.data;
}
static inline uint32_t vss_term_count(const VssTerm *term) {
  return (uint32_t)(term->rowids.size_bytes / sizeof(int64_t));
}

/*
** The same for vss_term_test_value() alone, and for vss_term_apply() after the column is loaded.
** Nothing is loaded.
*/
int vss_term_open_stored(VssTable *table, const VssStep *step, sqlite3_value *value,
                         VssTerm *out_term);

/* 1 when the bits of vss_term_apply(), and the answers of vss_term_test(), are exactly SQLite's. */
int vss_term_is_exact(const VssTerm *term);

/* AND the term into a bitmap over the table's slots, undefined on failure. An SQLite code. */
int vss_term_apply(VssTerm *term, VssBitmap *slots);

/* May the row of a slot pass? The slot has a row. An SQLite code. */
int vss_term_test(VssTerm *term, uint32_t slot, int *out_pass);

/* May a row with this value of the column pass? An SQLite code. */
int vss_term_test_value(VssTerm *term, const VssValue *value, int *out_pass);

/* 1 for `rowid = ?`, and for a text key that is looked up by `=`: one row at most passes. */
int vss_term_names_row(const VssTerm *term);
/* Of such a term, the one rowid that can pass. 0: none can. */
int vss_term_rowid(const VssTerm *term, sqlite3_int64 *out_rowid);

#endif
