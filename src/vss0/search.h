/*
** A cursor over a vss0 table, and what xFilter gathers before it can search: shared by vss0/cursor.c (rows) and
** vss0/search.c (arguments).
*/
#ifndef VSS_VTAB_SEARCH_H
#define VSS_VTAB_SEARCH_H

#include "vss0/vtab.h"
#include "vss0/ahead.h"
#include "vss0/plan.h"

typedef struct VssCursor {
  sqlite3_vtab_cursor base; /* must be first */
  int plan;
  int unomitted;    /* counted in table->n_unomitted */
  VssOpenRank open; /* in table->open_ranks while open.rank is set */
  VssAhead ahead;   /* kept from one xFilter to the next */
  VssFetcher fetcher;
  sqlite3_int64 remaining; /* rows still to hand out under k; -1 without k */
  VssPredicate *bounds;    /* on the distance */
  int n_bounds;
  VssBuffer distances;   /* the sets of `distance in (...)`, all together: of VssValue */
  sqlite3_stmt **checks; /* under k: terms asked of SQLite */
  int n_checks;
  VssHit hit;
  int eof;
  sqlite3_stmt *row;
  int row_is_current; /* `row` stands on hit.rowid, or is known not to find it */
  int row_found;
} VssCursor;

static inline VssTable *vss_cursor_table(const VssCursor *cursor) {
  return (VssTable *)cursor->base.pVtab;
}

/* What xFilter gathers from its arguments before it can search. Zero-initialise; release with vss_search_release(). */
typedef struct VssSearch {
  int vector;              /* number of the vector column */
  const VssVectorDef *def; /* its definition */
  VssFloats queries;       /* the query, and others that will follow it */
  uint32_t n_queries;
  sqlite3_int64 k;     /* -1: none */
  sqlite3_int64 limit; /* of LIMIT, a hint; -1: none */
  sqlite3_int64 offset;
  float max_key;
  VssBitmap slots; /* what the filters let pass */
  int filtered;
} VssSearch;
void vss_search_release(VssSearch *search);

/* Take one argument as its step says. SQLite code; the text is the table's. */
int vss_search_carry_out(VssCursor *cursor, VssSearch *search, const VssStep *step,
                         sqlite3_value *value);
/* After the last step: sets of `distance in (...)` get their addresses. */
void vss_search_finish_bounds(VssCursor *cursor);
/* Under k: every term whose bitmap may hold too much becomes a check. The set of an IN stays with its bitmap. */
int vss_search_add_checks(VssCursor *cursor, const char *program, int argc, sqlite3_value **argv);

#endif
