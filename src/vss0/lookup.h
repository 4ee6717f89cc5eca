/*
** A search that a join enters once per row of another table, which names the rows that it wants.
**
**   from d join v on v.rowid = d.id where vss_search(v.e, ?) and v.n > 5 order by v.distance
**
**   arguments of xFilter      standing: the same at each entry    the query, n > 5
**                             moving: from the row of d           rowid = d.id
**
** What stands is read once and kept on the cursor. An entry then costs what its rows cost: they are
** found by their rowid or by the value of a filter column. The distances of a few rows are
** computed; many are ranked by their codes, nearest first, because SQLite leaves an entry whose
** next row cannot be among those of the LIMIT any more.
**
** With k, the k nearest rows are those that pass the standing terms. They are searched for once,
** and each entry asks which of its rows are among them. So k means the same here as in a plan in
** which the search comes first and SQLite applies the terms of the join afterwards. Where the query
** or k itself comes from the other table, each entry is a search of its own instead, and all terms
** count.
*/
#ifndef VSS_VSS0_LOOKUP_H
#define VSS_VSS0_LOOKUP_H

#include "base/buffer.h"
#include "filter/postings.h"
#include "vss0/filter_term.h"
#include "vss0/search.h"

/*
** Up to this number of rows, each is measured. An entry that ranks its rows fetches about as many
** vectors for the nearest ten.
*/
#define VSS_LOOKUP_ROWS 32

/* Kept by a cursor from one xFilter to the next. Zero-initialise. */
typedef struct VssLookup {
  /* What stands. */
  int is_read;
  VssBuffer key;       /* the arguments that it was read from */
  uint64_t generation; /* the rows' then */
  VssSearch standing;
  uint32_t n_entries; /* since then */
  /* The slots by value of the filter column that argument number `posted` compares. */
  VssPostings *postings;
  int posted;
  /* One entry. */
  VssBuffer new_key;
  VssTerm *terms; /* n_terms of them, with room for `capacity_terms` */
  int n_terms, capacity_terms;
  VssSearch moving; /* the bounds of the entry, and what it ranks unless it has hits */
  uint32_t *slots;  /* its rows, before their distances are known */
  uint32_t n_slots, capacity_slots;
  VssHit hits[VSS_LOOKUP_ROWS]; /* its rows, nearest first */
  uint32_t n_hits, next;
} VssLookup;
void vss_lookup_free(VssLookup *lookup); /* the fields, which it zeroes */

/* How the rows of a search are found. */
typedef enum VssWayIn {
  VSS_BY_SEARCH,  /* the ordinary search: nothing is kept */
  VSS_BY_RANKING, /* rank lookup->moving, whose hits have to pass lookup->standing as well */
  VSS_BY_HITS     /* the rows are lookup->hits */
} VssWayIn;

/*
** Start an entry. `foreign` says which arguments come from another table of the join
** (vss0/drive.h). *out_way: what is to be done. The table is in step with the rows afterwards in
** any case. An SQLite code; the text is the table's.
*/
int vss_lookup_enter(VssTable *table, VssLookup *lookup, const char *program, const char *foreign,
                     int argc, sqlite3_value **argv, VssWayIn *out_way);

/*
** SQLITE_ERROR, with the text in the table, when an argument that is compared with a column of text
** is VSS_ARG_LISTED.
*/
int vss_lookup_refuse_listed(VssTable *table, const char *program, const char *foreign, int argc);

/* End an entry: what belongs to it alone is freed. */
void vss_lookup_leave(VssLookup *lookup);

#endif
