/*
** xBestIndex: what a query on a vss0 table will do. The choice goes to xFilter as a plan number in
** idxNum and a program in idxStr (vss0/program.h).
*/
#ifndef VSS_VSS0_PLAN_H
#define VSS_VSS0_PLAN_H

#include "vss0/table.h"

/*
** idxNum: one of the three plans of vss0/plan.c, plus VSS_PLAN_DESCENDING where a scan begins with
** the greatest rowid, plus VSS_PLAN_UNOMITTED where SQLite may evaluate
** the vss_search term again. It does that for constraints beyond the first 16, whose `omit` it
** ignores.
*/
enum { VSS_PLAN_SCAN = 0, VSS_PLAN_ROWID = 1, VSS_PLAN_SEARCH = 2 };
#define VSS_PLAN_UNOMITTED  16
#define VSS_PLAN_DESCENDING 32

int vss_plan_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info);

/* Positions of the hidden columns in the declared table: they follow the declared columns. */
int vss_plan_distance_column(const VssTable *table);
int vss_plan_k_column(const VssTable *table);
int vss_plan_command_column(const VssTable *table);

/* The number by which a step 'c' means the rowid. */
#define VSS_PLAN_ROWID_CHECK(table) ((table)->def.n_columns + 1)

/*
** What xFindFunction returns for the overloaded functions, so that SQLite offers them as
** constraints of these numbers.
*/
enum { VSS_PLAN_FUNCTION_SEARCH = SQLITE_INDEX_CONSTRAINT_FUNCTION, VSS_PLAN_FUNCTION_RANGE };

#endif
