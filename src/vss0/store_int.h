/*
** What the files of the store share: vss0/store.c (statements on rows, packs and cache),
** vss0/store_packs.c (vectors in packs) and vss0/store_tables.c (the tables themselves). Nobody
** else prepares SQL on the shadow tables.
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

/* ---- the packs of all vector columns: vss0/store_packs.c ---- */

int vss_store_init_packs(VssStore *store);
void vss_store_free_packs(VssStore *store); /* takes a store without packs */
/* Close what is open, and forget the names of tables. */
void vss_store_close_packs(VssStore *store);

/* Statements on <t>_vector<i>, in vss0/store.c. */
int vss_store_has_pack(VssStore *store, int vector, sqlite3_int64 pack, int *out_found);
int vss_store_insert_pack(VssStore *store, int vector, sqlite3_int64 pack, const void *data,
                          uint64_t size_bytes);
int vss_store_delete_pack(VssStore *store, int vector, sqlite3_int64 pack);

#endif
