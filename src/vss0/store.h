/*
** The shadow tables of one vss0 table, as SQL. Everything durable is in them, and no other file has
** SQL on them.
**
**   <t>_config(key text primary key, value)
**       'format' 1; 'version' counts the commits that changed it; 'counts' its rows and vectors;
**       'cache' 'off' where nothing is stored in <t>_cache
**   <t>_rows(rowid integer primary key, <filter columns with their declared types and collations>)
**   <t>_vector<i>(rowid integer primary key, vector blob)
**       one table per vector column, i = 0, 1, ...; the vectors as kernel/element.h has their type
**   <t>_cache(id integer primary key, version, data blob)
**       what vss0/table.c can rebuild from the others
**
** A row is in <t>_rows if and only if the vss0 table has it. A NULL vector has no row in
** <t>_vector<i>.
**
** Every function returns an SQLite code; the text of a failure is the connection's. A function
** whose name starts with vss_store_scan_ gives a statement that the caller steps and finalizes,
** with its parameters bound.
*/
#ifndef VSS_STORE_H
#define VSS_STORE_H

#include "base/buffer.h"
#include "index/rank.h"
#include "vss0/args.h"
#include "sqlite/sqlite_api.h"

typedef struct VssStore {
  sqlite3 *db;
  char *schema;              /* "main", "temp" or the attached name; owned */
  char *name;                /* the table's; owned */
  const VssTableDef *def;    /* borrowed */
  sqlite3_stmt **statements; /* prepared at first use, NULL before; numbered in vss0/store.c */
} VssStore;

int vss_store_init(VssStore *store, sqlite3 *db, const char *schema, const char *name,
                   const VssTableDef *def);
void vss_store_free(VssStore *store); /* takes a zeroed store, too */

/* ---- the tables themselves: vss0/store_tables.c ---- */

int vss_store_create_tables(VssStore *store);
int vss_store_drop_tables(VssStore *store);
int vss_store_rename_tables(VssStore *store, const char *new_name);
/*
** Use `name` from here on: the shadow tables have been renamed by somebody else, or a rollback gave
** them their old name back. SQLITE_NOMEM: nothing changed.
*/
int vss_store_set_name(VssStore *store, const char *name);
/* Whether the schema has shadow tables of that name. */
int vss_store_has_name(VssStore *store, const char *name, int *out_found);

/* Whether "<t>_<suffix>" is the name of a shadow table: xShadowName. */
int vss_store_is_shadow(const char *suffix);

/* ---- rows: vss0/store.c ---- */

int vss_store_has_row(VssStore *store, sqlite3_int64 rowid, int *out_found);
/* filters: one value per filter column, in order. rowid NULL or an SQL NULL: SQLite chooses one. */
int vss_store_insert_row(VssStore *store, sqlite3_value *rowid, sqlite3_value **filters,
                         sqlite3_int64 *out_rowid);
int vss_store_update_row(VssStore *store, sqlite3_int64 rowid, sqlite3_int64 new_rowid,
                         sqlite3_value **filters);
int vss_store_delete_row(VssStore *store, sqlite3_int64 rowid);
/*
** A stepped statement positioned on the row (columns: the filters in order, then the rowid), to be
** reset after use; SQLITE_DONE when there is no such row.
*/
int vss_store_read_row(VssStore *store, sqlite3_int64 rowid, sqlite3_stmt **out_statement);
/* The same columns on a statement that the caller owns, binds (?1 is the rowid) and finalizes. */
int vss_store_prepare_read_row(VssStore *store, sqlite3_stmt **out_statement);
/* Every row in rowid order; the same columns. */
int vss_store_scan_rows(VssStore *store, sqlite3_stmt **out_statement);
int vss_store_count_rows(VssStore *store, sqlite3_int64 *out_count);
/* The rowid of every row, in rowid order. */
int vss_store_scan_rowids(VssStore *store, sqlite3_stmt **out_statement);
/* The rowid and the value of filter column number `filter` of every row, in no order. */
int vss_store_scan_column(VssStore *store, int filter, sqlite3_stmt **out_statement);

/* ---- vectors ---- */

/*
** The stored bytes of a vector, vss_vector_bytes() of them. SQLITE_DONE: the vector is NULL, or
** there is no such row; SQLITE_CORRUPT_VTAB: another number of bytes.
*/
int vss_store_read_vector(VssStore *store, int vector, sqlite3_int64 rowid, void *out_bytes);
/*
** The stored bytes of n <= VSS_FETCH_ROWS rows, in turn and otherwise as VssFetchRows has it
** (index/rank.h): one run of one statement. SQLITE_CORRUPT_VTAB: one has another number of bytes.
*/
int vss_store_read_vectors(VssStore *store, int vector, const int64_t *rowids, uint32_t n,
                           void *out_bytes, VssTakeRow take, void *taker);
int vss_store_write_vector(VssStore *store, int vector, sqlite3_int64 rowid, const void *bytes);
int vss_store_delete_vector(VssStore *store, int vector, sqlite3_int64 rowid);

/*
** For the integrity check: one row for each stored vector of a column that has no row in <t>_rows
** or is not a BLOB of vss_vector_bytes(). Columns: rowid, typeof, length, and 1 where the row is
** missing.
*/
int vss_store_scan_bad_vectors(VssStore *store, int vector, sqlite3_stmt **out_statement);

/*
** A statement that gives a row when the row of rowid ?1 passes `condition`, and none when it does
** not. In the condition r stands for <t>_rows; append the parts that name columns with
** vss_store_append_column(). The caller finalizes it.
*/
int vss_store_prepare_test(VssStore *store, const char *condition, sqlite3_stmt **out_statement);
/* Append the value of a declared column to such a condition. Out of memory is sticky in `sql`. */
void vss_store_append_column(const VssStore *store, int column, sqlite3_str *sql);

/* ---- version, counts and cache ---- */

int vss_store_read_version(VssStore *store, sqlite3_int64 *out_version);
int vss_store_write_version(VssStore *store, sqlite3_int64 version);
/*
** The text under 'counts'; *out_counts NULL when there is none. Owned by the caller (sqlite3_free).
*/
int vss_store_read_counts(VssStore *store, char **out_counts);
int vss_store_write_counts(VssStore *store, const char *counts);
/* Whether <t>_cache is used, which it is unless <t>_config says 'off'. */
int vss_store_has_cache(VssStore *store, int *out_has);
/* Stop using it: it is emptied, and so are the counts, which belong to it. Or use it again. */
int vss_store_set_cache(VssStore *store, int is_on);
int vss_store_write_cache(VssStore *store, sqlite3_int64 id, sqlite3_int64 version,
                          const VssBuffer *data);
int vss_store_delete_cache(VssStore *store, sqlite3_int64 id);
int vss_store_clear_cache(VssStore *store); /* every item */
/*
** id, version and data of the items up to id `last` that a commit after version `since` has
** written, in the order of their ids.
*/
int vss_store_scan_cache(VssStore *store, sqlite3_int64 last, sqlite3_int64 since,
                         sqlite3_stmt **out_statement);

#endif
