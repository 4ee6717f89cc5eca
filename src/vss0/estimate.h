/*
** What the plans of xBestIndex cost, in the unit of SQLite's planner.
**
** SQLite takes the cheapest order of the tables of a join, and does not say how many rows a LIMIT
** will let pass. So the costs here assume that ten are wanted, and are such that the two orders of
** a join cost the same where they take the same time. Not one row is wrong where a cost is.
*/
#ifndef VSS_VSS0_ESTIMATE_H
#define VSS_VSS0_ESTIMATE_H

#include "vss0/table.h"

/*
** How many rows the table has, about. Where nothing is resident yet, the counts of the last commit
** tell, and without them it is a guess.
**
** Where the disk fails a read, SQLite rolls back an open transaction. xBestIndex could only say so
** with a general code, so that the call of xFilter or xUpdate that follows ends with the right one.
*/
double vss_estimate_rows(VssTable *table);

/* The code of such a read, once; else SQLITE_OK. */
int vss_estimate_take_error(VssTable *table);

/*
** A search of vector column `vector` that comes first in its join, of which SQLite takes rows until
** ten have passed everything; `is_whole`: it takes all of them.
*/
double vss_estimate_search(VssTable *table, int vector, int is_whole);

/*
** One entry into a look-up (vss0/lookup.h) that finds `rows` rows and computes their distances.
*/
double vss_estimate_lookup(const VssTable *table, int vector, double rows);

/*
** How many rows share their value of a filter column with a row, on average. A sample of the rows
** tells, once per connection and again when the table has twice or half as many.
*/
double vss_estimate_rows_per_value(VssTable *table, int filter);

/*
** Without a search. The unit is that of SQLite's own plans, in which a row of a scan costs 3 and a
** look-up in a B-tree about 10: SQLite then reckons the same work to be done for the same price.
*/
#define VSS_ESTIMATE_ROW 20.0

/* A scan with `n_terms` terms that hands out `rows` rows; is_sorted: by columns. */
double vss_estimate_scan(VssTable *table, int n_terms, double rows, int is_sorted);

/* Which part of the rows passes a term on a filter column (-1: the rowid), about. */
double vss_estimate_part(VssTable *table, int filter, VssOp op);

#endif
