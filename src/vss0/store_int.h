/*
** What the two files of the store share: vss0/store.c (statements on rows, vectors, cache) and
** vss0/store_tables.c (the tables themselves). Nobody else prepares SQL on the shadow tables.
*/
#ifndef VSS_STORE_INT_H
#define VSS_STORE_INT_H

#include "vss0/store.h"

/*
** Prepare SQL in which `$s.` stands for the quoted schema and `$t` for the table's name: `select *
** from $s."$t_rows"`. persistent: SQLite is told that the statement will live long.
*/
int vss_store_prepare(const VssStore *store, const char *sql, int persistent,
                      sqlite3_stmt **out_statement);

/* Finalize every kept statement: before DROP, and before the tables get another name. */
void vss_store_finalize(VssStore *store);

#endif
