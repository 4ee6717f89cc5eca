/*
** What xBestIndex has to recognise of the statement that SQLite plans.
*/
#ifndef VSS_VSS0_PLAN_SHAPE_H
#define VSS_VSS0_PLAN_SHAPE_H

#include "vss0/table.h"

/*
** 1 unless the right side of constraint `i` is a constant: then it may come from another table of a
** join.
*/
int vss_shape_is_foreign(sqlite3_index_info *info, int i);

/*
** 1 when `column = ?` (constraint `i`) may be a part of `(a, b) in (select ...)` that SQLite would
** compare wrongly.
*/
int vss_shape_is_row_value(const VssTable *table, sqlite3_index_info *info, int i);

/* 1 when one branch of an OR is planned. To be called once for each call of xBestIndex. */
int vss_shape_is_branch(VssTable *table, const sqlite3_index_info *info);

/*
** The constraint that is the search: its index, -1 when there is none, -2 when there is one but not
** usable. *out_rc: an error, with its text in the table; it is not written otherwise.
*/
int vss_shape_find_search(VssTable *table, const sqlite3_index_info *info, int *out_rc);

#endif
