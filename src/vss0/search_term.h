/*
** vss_search(), vss_range_search() and MATCH as SQL functions: the error of a search term that no
** plan used.
**
** A search term is never computed. xBestIndex takes it over and tells SQLite to leave it out, so
** these functions run only where the term stands in a place that the table cannot see, and they say
** where it belongs.
*/
#ifndef VSS_VSS0_SEARCH_TERM_H
#define VSS_VSS0_SEARCH_TERM_H

#include "sqlite/sqlite_api.h"

/* The functions without a table, for terms whose first argument is not a column of a vss0 table. */
int vss_func_register_search_terms(sqlite3 *db);

/*
** xFindFunction: the same functions on a column of a vss0 table, which SQLite then offers to
** xBestIndex.
*/
int vss_search_term_overload(sqlite3_vtab *vtab, int argc, const char *name,
                             void (**out_function)(sqlite3_context *, int, sqlite3_value **),
                             void **out_data);

#endif
