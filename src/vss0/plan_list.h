/*
** What a scan hands out: the columns that the query uses, and the order of the rows.
*/
#ifndef VSS_VSS0_PLAN_LIST_H
#define VSS_VSS0_PLAN_LIST_H

#include "vss0/table.h"

/* Append the step that says which filter columns are used. */
void vss_plan_used(const VssTable *table, const sqlite3_index_info *info, sqlite3_str *program);

typedef struct VssListOrder {
  int is_consumed;   /* SQLite need not sort */
  int is_descending; /* rows that are equal, or all of them, by descending rowid */
  int is_by_columns; /* steps say by which */
} VssListOrder;

/*
** Which order a scan can promise, with its steps appended to the program and its columns to the
** words, for example "topic, n desc". part: of the rows that pass the terms, 0 to 1. is_by_key:
** they are looked up by a text key.
**
** A list can be gone through from its end and be sorted by filter columns, and the stored rows only
** come by ascending rowid. So more than that is promised where the rows are resident, and such a
** plan makes a list in any case. It would load a column, which is only worth it for many rows. An
** order of texts is promised for the collations that the filter knows, and in UTF-8: BINARY
** compares the database's own bytes.
*/
VssListOrder vss_plan_order(const VssTable *table, const sqlite3_index_info *info, int is_by_key,
                            double part, sqlite3_str *program, sqlite3_str *words);

#endif
