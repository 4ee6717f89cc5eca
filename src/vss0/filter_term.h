/*
** A WHERE term on a filter column or on the rowid, carried out: its right side read from SQLite,
** and its rows as a bitmap.
*/
#ifndef VSS_VSS0_FILTER_TERM_H
#define VSS_VSS0_FILTER_TERM_H

#include "vss0/program.h"
#include "vss0/table.h"

/*
** AND the term of a step 'f' or 'i' into `slots`, a bitmap over the table's slots. The column's
** values are loaded when they are not resident. as_is: a set of IN comes from a list of literals or
** parameters (filter/filter.h). *out_exact: 1 when the bits that stay are exactly the rows that
** pass. An SQLite code; the bitmap is undefined on failure.
*/
int vss_filter_term_apply(VssTable *table, const VssStep *step, sqlite3_value *value, int as_is,
                          VssBitmap *slots, int *out_exact);

#endif
