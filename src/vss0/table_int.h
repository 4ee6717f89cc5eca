/*
** The inside of VssTable, shared by vss0/table.c (following the rows), vss0/cache.c (what is stored
** of it) and vss0/names.c.
*/
#ifndef VSS_TABLE_INT_H
#define VSS_TABLE_INT_H

#include "vss0/table.h"

/*
** Twins. When SQLite reads the schema again inside a transaction (after ROLLBACK TO over a CREATE,
** and for any ALTER TABLE), it opens the table a second time for the statements that follow. The
** first VssTable lives on until the transaction ends, and it alone knows which rows it wrote.
** Returns the next twin of `table` behind `after` (NULL: the first), or NULL.
*/
VssTable *vss_table_next_twin(const VssTable *table, const VssTable *after);
/*
** What twins wrote is in the shadow tables, and not in the cache: touch it here too. SQLite code.
*/
int vss_table_touch_rows_of_twins(VssTable *table);

/* After a ROLLBACK TO: find out which names the connection's tables have now. SQLite code. */
int vss_table_settle_names(const VssModule *module);
void vss_table_forget_names(VssTable *table); /* the former ones */

/* Values of the filter columns that are resident, for the row of a slot. SQLite code. */
int vss_table_read_columns(VssTable *table, sqlite3_int64 rowid, uint32_t slot);

/*
** Give each row of <t>_rows a slot of its own: the one in which its vectors lie. A table that is
** sound stays as it is. Costs a pass over the vectors. SQLite code.
*/
int vss_table_repair_slots(VssTable *table);

/* Train the codebooks that no longer fit. SQLite code. */
int vss_table_tune(VssTable *table);

/*
** Start the resident state anew, and build it from the rows. After a failure it is half built, and
** has to be forgotten. SQLITE_INTERRUPT: the host's progress bar said so. SQLite code.
*/
int vss_table_build(VssTable *table);

/*
** Load the columns whose codes are the vectors themselves, which the cache does not have: the
** blocks of a bitmap, or NULL for all of them. The slot map has to be there. SQLite code.
*/
int vss_table_load_values(VssTable *table, const VssBitmap *blocks);

/*
** Load what changed in the cache after version `since` (-1: all of it). *out_usable = 0 when there
** is no cache or it does not hold together, and the caller builds from the rows instead. SQLite
** code.
*/
int vss_table_load_cache(VssTable *table, sqlite3_int64 since, sqlite3_int64 version,
                         int *out_usable);
/* Write the blocks that changed and the counts, where there is a cache, and the version. */
int vss_table_write_cache(VssTable *table, sqlite3_int64 version);

#endif
