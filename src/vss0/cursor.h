/*
** The cursor over a vss0 table, as vss0/cursor.c has it.
*/
#ifndef VSS_VSS0_CURSOR_H
#define VSS_VSS0_CURSOR_H

#include "vss0/lookup.h"
#include "vss0/ranked.h"
#include "vss0/rows.h"
#include "vss0/vtab.h"

typedef struct VssCursor {
  sqlite3_vtab_cursor base; /* must be first */
  int plan;
  int unomitted;           /* 1: counted in table->n_unomitted */
  VssWayIn way;            /* of a search */
  VssSearch search;        /* VSS_BY_SEARCH: its bounds and checks */
  VssLookup lookup;        /* kept from one xFilter to the next, and so is `ahead` */
  VssAhead ahead;          /* rankings that wait for their queries */
  VssOpenRank open;        /* the table watches it while open.rank is set */
  sqlite3_int64 remaining; /* rows still to hand out under k; -1 without k */
  VssRows rows;            /* of a scan */
  VssHit hit;              /* the current row */
  int eof;
  sqlite3_stmt *row;
  int holds;          /* the store, for a scan: vss_store_hold() */
  int row_is_current; /* `row` stands on hit.rowid, or is known not to find it */
  int row_found;
} VssCursor;

static inline VssTable *vss_cursor_table(const VssCursor *cursor) {
  return (VssTable *)cursor->base.pVtab;
}

#endif
