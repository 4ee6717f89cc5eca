/*
** Does the search drive the join? The question is asked before the first row of a search is handed
** out, where SQLite sorts nothing.
**
** No cost that xBestIndex could claim makes SQLite put the search first: where it expects less than
** one row of another table, after ANALYZE on a small table for example, it takes that table first
** at any price. LIMIT would then cut off nearer rows. So xBestIndex marks a plan whose order
** counts, and xFilter reads the program of its statement (vss0/listing.h) at the first time. The
** answer is part of the program and is kept with the plan, so that it costs once per prepared
** statement.
**
** The same program tells which arguments of the search come from another table of the join, and
** which are the same for all of its rows. A look-up (vss0/lookup.h) asks for that.
**
** The mark stands behind the zero that ends idxStr, in memory that xBestIndex allocated and that
** SQLite keeps, frees and hands to xFilter, but does not copy:
**
**   "s0;f2e;|nearest first by e, streaming" 0 m 0 1 0      m: one of VSS_DRIVE_...
**                                               └─┴─ one per argument: VSS_ARG_...
**
** A statement that SQLite prepares again gets a new plan, and with it a new mark.
*/
#ifndef VSS_VSS0_DRIVE_H
#define VSS_VSS0_DRIVE_H

#include "vss0/table.h"

#define VSS_DRIVE_UNKNOWN '?'
#define VSS_DRIVE_ORDERED 'o' /* the same, with an ORDER BY distance that the program will show */
#define VSS_DRIVE_FINE    '.'

#define VSS_ARG_OWN     '0' /* it does not come from another table of the same FROM */
#define VSS_ARG_FOREIGN '1' /* it does */
#define VSS_ARG_LISTED  'l' /* SQLite goes through the members of an IN, and enters for each */
#define VSS_ARG_UNKNOWN '?' /* no program tells */

/*
** Append the mark to a plan's text; nothing may follow. args: for each argument, VSS_ARG_OWN where
** it is a constant, else VSS_ARG_UNKNOWN. `limited`: SQLite offered LIMIT, which it does only where
** a table is alone in its FROM. `distance_column`: its number.
*/
void vss_drive_mark(sqlite3_str *plan, const sqlite3_index_info *info, const char *args,
                    int limited, int distance_column);

/*
** SQLITE_OK when the rows of this plan may be handed out; SQLITE_ERROR, with the text in the table,
** when they would come in a wrong order, or when nothing tells. `plan` is xFilter's idxStr of a
** search. *out_foreign: a VSS_ARG_... for each argument, as long-lived as the plan.
*/
int vss_drive_check(VssTable *table, const char *plan, const char **out_foreign);

/* The same of a plan without a search, whose order does not count. */
int vss_drive_find_args(VssTable *table, const char *plan, const char **out_foreign);

#endif
