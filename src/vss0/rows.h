/*
** The rows of a query without a search: those that pass the terms that SQLite handed over, in the
** order of their rowids, or of columns (vss0/plan_list.h).
**
**   resident   the terms become a bitmap, and its rows a list: nothing is read from <t>_rows
**   stored     a statement on <t>_rows, whose rows are tested one by one
**   looked up  the rows of text keys: each is read when another term has to be asked of it
**
** Rows are resident after the first search. A column is loaded for the terms of the second such
** query that compares it: a query that is asked once does not pay for it.
*/
#ifndef VSS_VSS0_ROWS_H
#define VSS_VSS0_ROWS_H

#include "vss0/filter_term.h"

/*
** Rows of a list that follow each other with the same value in a column: it is fetched for the
** first of them. In a list that is ordered by the column, each fetch is somewhere else in memory.
*/
typedef struct VssRepeat {
  VssValue value;
  uint32_t end;    /* the place in the list behind the last of these rows */
  uint32_t n_lone; /* values in a row that were not repeated */
} VssRepeat;

/* Zero-initialise. */
typedef struct VssRows {
  int is_resident;
  int is_looked_up;    /* the list has rowids alone */
  int64_t *rowids;     /* of `n` rows, in order */
  uint32_t *slots;     /* of the same rows */
  uint64_t generation; /* the rows' then: while it is the same, the slots are good */
  uint32_t n, next;
  VssRepeat *repeats; /* by filter column */
  VssTerm *terms;     /* n_terms of them, asked of each stored row */
  int n_terms;
} VssRows;
void vss_rows_free(VssRows *rows); /* the fields, which it zeroes */

/*
** Start. plan: xFilter's idxStr of a scan. *out_statement: the scan of <t>_rows, owned by the
** caller, or NULL where the rows are resident. An SQLite code.
*/
int vss_rows_start(VssTable *table, VssRows *rows, const char *plan, int is_descending, int argc,
                   sqlite3_value **argv, sqlite3_stmt **out_statement);

/* Whether the rows of the list still have to be asked more than their key. */
int vss_rows_must_test(const VssRows *rows);

/*
** The value of a filter column in the row before `next`, where the table is as it was when the list
** was made: NULL where the column is not resident. The bytes are borrowed until the next write.
*/
const VssValue *vss_rows_fetch(const VssTable *table, VssRows *rows, int filter);
static inline const VssValue *vss_rows_value(const VssTable *table, VssRows *rows, int filter) {
  const VssRepeat *repeat = &rows->repeats[filter];
  return rows->next <= repeat->end ? &repeat->value : vss_rows_fetch(table, rows, filter);
}

/* Whether the row that a scan stands on passes all terms. An SQLite code. */
int vss_rows_test(VssRows *rows, sqlite3_stmt *statement, int *out_pass);

#endif
