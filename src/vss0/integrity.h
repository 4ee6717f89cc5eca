/*
** Whether the shadow tables, the cache and the rows of a vss0 table agree.
*/
#ifndef VSS_VSS0_INTEGRITY_H
#define VSS_VSS0_INTEGRITY_H

#include "vss0/table.h"

/*
** The first thing that is wrong, as a text (sqlite3_free); *out_message NULL when nothing is. An
** SQLite code.
*/
int vss_integrity_find(VssTable *table, char **out_message);

/* xIntegrity: the same for PRAGMA integrity_check, with the table's name in front. */
int vss_integrity_check(sqlite3_vtab *vtab, const char *schema, const char *name, int flags,
                        char **out_message);

#endif
