/*
** A search as its arguments describe it: read from the arguments of xFilter, step by step of the
** program of the plan.
**
**   xFilter's arguments ──► VssSearch ──► a ranking ──► vss_search_next() ──► hits
**   vss0/search.c           below         vss0/cursor.c, vss0/lookup.c
*/
#ifndef VSS_VSS0_SEARCH_H
#define VSS_VSS0_SEARCH_H

#include "sqlite/value.h"
#include "vss0/bounds.h"
#include "vss0/program.h"
#include "vss0/table.h"

/* What is searched for, where, and among which rows. Release with vss_search_release(). */
typedef struct VssSearch {
  int vector;              /* number of the vector column */
  const VssVectorDef *def; /* its definition */
  /*
  ** The query, and behind it others that will follow (vss0/ahead.h). They stay in SQLite's memory
  ** where they can, and are not valid after xFilter, except after vss_search_keep().
  */
  VssVectorView queries;
  uint32_t n_queries;
  sqlite3_int64 k;       /* -1: none */
  sqlite3_int64 limit;   /* of LIMIT, a hint; -1: none */
  sqlite3_int64 offset;  /* of OFFSET, a hint */
  float max_key;         /* rows of a greater key do not pass the bounds */
  VssBitmap slots;       /* what the filters let pass */
  int filtered;          /* 0: there is no filter, and `slots` is empty */
  VssBounds bounds;      /* on the distance */
  sqlite3_stmt **checks; /* under k: terms asked of SQLite (vss0/check.h), owned */
  int n_checks;
} VssSearch;

/* Before anything is read. */
void vss_search_init(VssSearch *search);
void vss_search_release(VssSearch *search); /* leaves it zeroed */

/*
** Read one argument of xFilter. The steps of a program come in their order: the query, k, and then
** the terms, of which any may be left out. An SQLite code; the text is the table's.
*/
int vss_search_read(VssTable *table, VssSearch *search, const VssStep *step, sqlite3_value *value);

/* Make the query the search's own, so that it stays valid after xFilter. VSS_NOMEM. */
int vss_search_keep(VssSearch *search);

/*
** Whether the hit passes the bounds, and under k the checks. Those of a table without k are empty.
** An SQLite code.
*/
int vss_search_passes(const VssSearch *search, const VssHit *hit, int *out_pass);

#endif
