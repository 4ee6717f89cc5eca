/*
** The shadow tables of one vss0 table, as SQL. What is durable is here and nowhere else.
**
**   <t>_config(key text primary key, value)        'format' 1; 'version' counts the commits that changed
**                                                  the table; 'counts' its rows and vectors
**   <t>_rows(rowid integer primary key, <filter columns with their declared types and collations>)
**   <t>_vector<i>(rowid integer primary key, vector blob)    one a vector column, i = 0, 1, ...: plain float32
**   <t>_cache(id integer primary key, version, data blob)    what vss0/table.c can rebuild from the others
**
** Every function returns an SQLite code; the text is the connection's. A row is in <t>_rows if and only if the vss0
** table has it; a NULL vector has no row in <t>_vector<i>.
*/
#ifndef VSS_STORE_H
#define VSS_STORE_H

#include "vss0/args.h"
#include "sqlite/sqlite_api.h"

enum {
  VSS_STORE_HAS_ROW,
  VSS_STORE_INSERT_ROW,
  VSS_STORE_UPDATE_ROW,
  VSS_STORE_DELETE_ROW,
  VSS_STORE_READ_ROW,
  VSS_STORE_SCAN_ROWS,
  VSS_STORE_READ_VERSION,
  VSS_STORE_WRITE_VERSION,
  VSS_STORE_READ_COUNTS,
  VSS_STORE_WRITE_COUNTS,
  VSS_STORE_WRITE_CACHE,
  VSS_STORE_DELETE_CACHE,
  VSS_STORE_FIXED /* how many of the above */
};

/* The statements on vector column i follow the fixed ones. */
enum {
  VSS_STORE_READ_VECTOR,
  VSS_STORE_WRITE_VECTOR,
  VSS_STORE_DELETE_VECTOR,
  VSS_STORE_PER_VECTOR
};

typedef struct VssStore {
  sqlite3 *db;
  char *schema;              /* "main", "temp" or the attached name; owned */
  char *name;                /* the table's; owned */
  const VssTableDef *def;    /* borrowed */
  sqlite3_stmt **statements; /* prepared at first use; NULL before */
} VssStore;

int vss_store_init(VssStore *store, sqlite3 *db, const char *schema, const char *name,
                   const VssTableDef *def);
void vss_store_free(VssStore *store);     /* finalizes; safe on a zeroed store */
void vss_store_finalize(VssStore *store); /* statements only: before DROP and RENAME */

int vss_store_create_tables(VssStore *store);
int vss_store_drop_tables(VssStore *store);
int vss_store_rename_tables(VssStore *store, const char *new_name);
/* The tables have that name (already, or again): use it. SQLITE_NOMEM: nothing changed. */
int vss_store_set_name(VssStore *store, const char *name);
/* Are there tables of that name? */
int vss_store_has_name(VssStore *store, const char *name, int *out_found);

/* Is `suffix` (after "<t>_") the name of a shadow table? For xShadowName. */
int vss_store_is_shadow(const char *suffix);

int vss_store_has_row(VssStore *store, sqlite3_int64 rowid, int *out_found);
/* filters: one value a filter column, in order. rowid NULL or an SQL NULL: assigned. */
int vss_store_insert_row(VssStore *store, sqlite3_value *rowid, sqlite3_value **filters,
                         sqlite3_int64 *out_rowid);
int vss_store_update_row(VssStore *store, sqlite3_int64 rowid, sqlite3_int64 new_rowid,
                         sqlite3_value **filters);
int vss_store_delete_row(VssStore *store, sqlite3_int64 rowid);
/* A stepped statement positioned on the row (columns: the filters in order), or SQLITE_DONE. Reset it after use. */
int vss_store_read_row(VssStore *store, sqlite3_int64 rowid, sqlite3_stmt **out_statement);
/* The same on a statement of the caller's own (a cursor's), to be finalized by the caller. */
int vss_store_prepare_read_row(VssStore *store, sqlite3_stmt **out_statement);
/* Every row in rowid order, on a statement of the caller's own; the same columns: the filters, then the rowid. */
int vss_store_prepare_scan(VssStore *store, sqlite3_stmt **out_statement);

/* dim floats into out_vector. SQLITE_DONE when there is none; SQLITE_CORRUPT_VTAB when its length is not 4*dim. */
int vss_store_read_vector(VssStore *store, int vector, sqlite3_int64 rowid, float *out_vector);
int vss_store_write_vector(VssStore *store, int vector, sqlite3_int64 rowid, const float *data);
int vss_store_delete_vector(VssStore *store, int vector, sqlite3_int64 rowid);

int vss_store_read_version(VssStore *store, sqlite3_int64 *out_version);
int vss_store_write_version(VssStore *store, sqlite3_int64 version);
/* The text under 'counts'; *out_counts NULL when there is none. Owned by the caller (sqlite3_free). */
int vss_store_read_counts(VssStore *store, char **out_counts);
int vss_store_write_counts(VssStore *store, const char *counts);
int vss_store_write_cache(VssStore *store, sqlite3_int64 id, sqlite3_int64 version,
                          const VssBuffer *data);
int vss_store_delete_cache(VssStore *store, sqlite3_int64 id);

/* Prepare SQL in which $s stands for the quoted schema and $t for the (doubled-quote) table name: `select * from $s."$t_rows"`. */
int vss_store_prepare(VssStore *store, const char *sql, int persistent,
                      sqlite3_stmt **out_statement);

#endif
