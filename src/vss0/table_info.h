/*
** SQL functions that tell about a vss0 table without searching it:
**
**   vss_memory_usage(table)     resident bytes of one table
**   vss_memory_usage()          resident kilobytes of all tables of the connection
**   vss_columns(schema, table)  the columns as JSON
**   vss_table_stats(table)      the counters of VssStats as JSON
**   vss_table_stats(table, 'sizes')   bytes of the table in the file, by what they hold, as JSON
*/
#ifndef VSS_VSS0_TABLE_INFO_H
#define VSS_VSS0_TABLE_INFO_H

#include "vss0/table.h"

int vss_func_register_table_info(sqlite3 *db, VssModule *module);

#endif
