/*
** A search as its arguments describe it, and the cursor that carries it out.
**
**   xFilter's arguments ──► VssSearch ──► a ranking, in the cursor ──► rows
**   vss0/search.c           below         vss0/cursor.c
*/
#ifndef VSS_VSS0_SEARCH_H
#define VSS_VSS0_SEARCH_H

#include "sqlite/value.h"
#include "vss0/ahead.h"
#include "vss0/bounds.h"
#include "vss0/vtab.h"

typedef struct VssCursor {
  sqlite3_vtab_cursor base; /* must be first */
  int plan;
  int unomitted;           /* 1: counted in table->n_unomitted */
  VssOpenRank open;        /* the table watches it while open.rank is set */
  VssAhead ahead;          /* kept from one xFilter to the next */
  sqlite3_int64 remaining; /* rows still to hand out under k; -1 without k */
  VssBounds bounds;        /* on the distance */
  sqlite3_stmt **checks;   /* under k: terms asked of SQLite (vss0/check.h), owned */
  int n_checks;
  VssHit hit; /* the current row */
  int eof;
  sqlite3_stmt *row;
  int row_is_current; /* `row` stands on hit.rowid, or is known not to find it */
  int row_found;
} VssCursor;

static inline VssTable *vss_cursor_table(const VssCursor *cursor) {
  return (VssTable *)cursor->base.pVtab;
}

/* What is searched for, where, and among which rows. Release with vss_search_release(). */
typedef struct VssSearch {
  int vector;              /* number of the vector column */
  const VssVectorDef *def; /* its definition */
  /*
  ** The query, and behind it others that will follow (vss0/ahead.h). They stay in SQLite's memory
  ** where they can, and are not valid after xFilter.
  */
  VssVectorView queries;
  uint32_t n_queries;
  sqlite3_int64 k;      /* -1: none */
  sqlite3_int64 limit;  /* of LIMIT, a hint; -1: none */
  sqlite3_int64 offset; /* of OFFSET, a hint */
  float max_key;        /* rows of a greater key do not pass the bounds */
  VssBitmap slots;      /* what the filters let pass */
  int filtered;         /* 0: there is no filter, and `slots` is empty */
} VssSearch;

/*
** Read the arguments of xFilter as the program says. Bounds and checks go to the cursor, everything
** else to *out_search, which is to be released whatever the result. An SQLite code; the text is the
** table's.
*/
int vss_search_read(VssCursor *cursor, const char *program, int argc, sqlite3_value **argv,
                    VssSearch *out_search);
void vss_search_release(VssSearch *search);

#endif
