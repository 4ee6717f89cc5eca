/*
** The shadow tables of one vss0 table, as SQL. Everything durable is in them, and no other file has
** SQL on them.
**
**   <t>_config(key text primary key, value)
**       'format' 2; 'version' counts the commits that changed it; 'counts' its rows and vectors;
**       'cache' 'off' where nothing is stored in <t>_cache
**   <t>_rows(rowid integer primary key, slot integer, <filter columns with their declared types>)
**       an integer key is the rowid's name there; a text key is not null and unique
**   <t>_vector<i>(pack integer primary key, vectors blob)
**       one table per vector column, i = 0, 1, ...; vss0/store_packs.h draws a pack
**   <t>_cache(id integer primary key, version, data blob)
**       what vss0/table.c can rebuild from the others
**
** A row is in <t>_rows if and only if the vss0 table has it. Each has a slot of its own, which it
** keeps as long as it lives; the column is called "slot_" where a filter column is called "slot".
**
** Every function returns an SQLite code; the text of a failure is the connection's. A function
** whose name starts with vss_store_scan_ gives a statement that the caller steps and finalizes,
** with its parameters bound.
*/
#ifndef VSS_STORE_H
#define VSS_STORE_H

#include "base/buffer.h"
#include "index/rank.h"
#include "base/slot.h"
#include "vss0/store_packs.h"

/* What t_config has as 'format'. Format 1 had one row per vector. */
#define VSS_STORE_FORMAT 2

typedef struct VssStore {
  sqlite3 *db;
  char *schema;              /* "main", "temp" or the attached name; owned */
  char *name;                /* the table's; owned */
  const VssTableDef *def;    /* borrowed */
  char *slot_column;         /* the name of the column for slots; owned */
  sqlite3_stmt **statements; /* prepared at first use, NULL before; numbered in vss0/store.c */
  VssPacks *packs;           /* by vector column */
  int held;                  /* readers stay open between calls: vss_store_hold() */
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

/* *out_slot: the row's; VSS_NONE where it has none that there can be, which is damage. */
int vss_store_find_row(VssStore *store, sqlite3_int64 rowid, int *out_found, uint32_t *out_slot);
/*
** The row with that text key, compared in the key's collation. Only for tables that have one. Of
** rows that are damaged so that several have it, one.
*/
int vss_store_find_id(VssStore *store, sqlite3_value *id, int *out_found, sqlite3_int64 *out_rowid);
/* The same, of a value whose text has been made UTF-8. */
int vss_store_find_borrowed_id(VssStore *store, const VssValue *id, int *out_found,
                               sqlite3_int64 *out_rowid);
/* The slot in a column of a statement's current row, as vss_store_find_row() gives it. */
uint32_t vss_store_column_slot(sqlite3_stmt *stmt, int column);
/*
** filters: one value per filter column, in order; that of an integer key is not read. rowid NULL:
** SQLite chooses one.
*/
int vss_store_insert_row(VssStore *store, const sqlite3_int64 *rowid, uint32_t slot,
                         sqlite3_value **filters, sqlite3_int64 *out_rowid);
int vss_store_update_row(VssStore *store, sqlite3_int64 rowid, sqlite3_int64 new_rowid,
                         sqlite3_value **filters);
int vss_store_delete_row(VssStore *store, sqlite3_int64 rowid);
/*
** A stepped statement positioned on the row (columns: the filters in order, the slot, the rowid),
** to be reset after use; SQLITE_DONE when there is no such row.
*/
int vss_store_read_row(VssStore *store, sqlite3_int64 rowid, sqlite3_stmt **out_statement);
/* The same columns on a statement that the caller owns, binds (?1 is the rowid) and finalizes. */
int vss_store_prepare_read_row(VssStore *store, sqlite3_stmt **out_statement);
/* Every row in rowid order; the same columns. */
int vss_store_scan_rows(VssStore *store, sqlite3_stmt **out_statement);
/* The rowid and the slot of every row, in rowid order. */
int vss_store_scan_slots(VssStore *store, sqlite3_stmt **out_statement);
int vss_store_set_slot(VssStore *store, sqlite3_int64 rowid, uint32_t slot);
/*
** The rowid that SQLite would choose for a new row. *out_has 0: it would look for a free one,
** because the greatest there can be is taken.
*/
int vss_store_next_rowid(VssStore *store, int *out_has, sqlite3_int64 *out_rowid);
/*
** For the integrity check of text keys: the rowid of a row whose key is NULL, or another row's as
** well.
*/
int vss_store_find_wrong_id(VssStore *store, int *out_found, int *out_is_null,
                            sqlite3_int64 *out_rowid);
int vss_store_count_rows(VssStore *store, sqlite3_int64 *out_count);
/* The rowid and the value of filter column number `filter` of every row, in no order. */
int vss_store_scan_column(VssStore *store, int filter, sqlite3_stmt **out_statement);

/* ---- vectors: vss0/store_packs.c ---- */

/*
** The vector of a row whose slot is known, as the bytes that are stored (vss_vector_bytes()).
** SQLITE_DONE: it is NULL, or there is no such row; SQLITE_NOTFOUND: the slot is another row's;
** SQLITE_CORRUPT_VTAB: the pack is damaged.
*/
int vss_store_read_slot(VssStore *store, int vector, uint32_t slot, sqlite3_int64 rowid,
                        void *out_vector);
/*
** The same by the slot that <t>_rows has. Where that one is another row's, the row has no vector.
*/
int vss_store_read_vector(VssStore *store, int vector, sqlite3_int64 rowid, void *out_vector);

/*
** Between the two, whatever has been opened for reading stays open for the next call: for readers
** of many vectors. It is a statement under way, as far as SQLite is concerned. They nest.
*/
void vss_store_hold(VssStore *store);
void vss_store_release(VssStore *store);

/*
** Whose entry a slot has. and_following: those behind it in the pack will be asked about soon.
** SQLITE_CORRUPT_VTAB: the pack is damaged.
*/
int vss_store_find_owner(VssStore *store, int vector, uint32_t slot, int and_following,
                         int *out_taken, sqlite3_int64 *out_owner);
/*
** Make the entry of a slot ready to be set: after vss_store_find_owner(), and with no other call in
** between, vss_store_set_vector() does so and cannot fail. data NULL: the row has no vector there.
*/
int vss_store_ready_slot(VssStore *store, int vector);
void vss_store_set_vector(VssStore *store, int vector, uint32_t slot, sqlite3_int64 rowid,
                          const void *data);
/* The same for an entry that `rowid` has, and that another rowid is to have. */
int vss_store_ready_owner(VssStore *store, int vector, uint32_t slot, sqlite3_int64 rowid);
void vss_store_set_owner(VssStore *store, int vector, uint32_t slot, sqlite3_int64 rowid);

/*
** What was set waits in memory until it is read or this is called: before SQLite begins a
** savepoint, before it commits, and before another VssTable looks at the rows. A pack that is new
** is inserted with all of its entries. SQLITE_CORRUPT_VTAB: somebody else has inserted or deleted
** the pack meanwhile, or a trigger on its table runs this.
*/
int vss_store_write_waiting(VssStore *store, int vector);
int vss_store_write_all_waiting(VssStore *store);
int vss_store_begin_savepoint(VssStore *store);
/* After a rollback, also to a savepoint: what waits was set after it. */
void vss_store_forget_waiting(VssStore *store);

/* Delete a pack in which no entry has a vector; nothing where one has, or where there is none. */
int vss_store_delete_empty_pack(VssStore *store, int vector, sqlite3_int64 pack);

/*
** For the integrity check: pack, typeof, length and content of each pack of a column, in order.
*/
int vss_store_scan_packs(VssStore *store, int vector, sqlite3_stmt **out_statement);

uint64_t vss_store_memory(const VssStore *store); /* bytes of entries that wait */

/*
** A statement that gives a row when the row of rowid ?1 passes `condition`, and none when it does
** not. In the condition r stands for <t>_rows; append the parts that name columns with
** vss_store_append_column(). The caller finalizes it.
*/
int vss_store_prepare_test(VssStore *store, const char *condition, sqlite3_stmt **out_statement);
/* Append the value of a declared column to such a condition. Out of memory is sticky in `sql`. */
void vss_store_append_column(const VssStore *store, int column, sqlite3_str *sql);

/* ---- version, counts and cache ---- */

/* What is stored as 'format'; VSS_STORE_FORMAT where that is no integer. */
int vss_store_read_format(VssStore *store, sqlite3_int64 *out_format);
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
/*
** In how many parts (index/index.h) blocks with rows of so many bytes of codes fill the pages of a
** database well: the least number with which the records take at most 1.05 times their bytes, or
** else the best one.
*/
uint32_t vss_store_cache_parts(uint64_t page_bytes, uint64_t row_bytes);
int vss_store_read_page_size(VssStore *store, int *out_page_bytes);
int vss_store_delete_cache(VssStore *store, sqlite3_int64 id);
int vss_store_clear_cache(VssStore *store); /* every item */
/*
** id, version and data of the items up to id `last` that a commit after version `since` has
** written, in the order of their ids.
*/
int vss_store_scan_cache(VssStore *store, sqlite3_int64 last, sqlite3_int64 since,
                         sqlite3_stmt **out_statement);

/* What the pages of the shadow tables hold, in bytes. */
typedef struct VssStoreSizes {
  sqlite3_int64 pages; /* all pages of all tables */
  sqlite3_int64 rows;  /* the records of <t>_rows */
  sqlite3_int64 cache; /* the records of <t>_cache ... */
  sqlite3_int64 codes; /* ... and of it, codes and codebooks */
} VssStoreSizes;

/*
** Reads every page of the shadow tables. SQLITE_ERROR with the connection's text where this SQLite
** has no dbstat.
*/
int vss_store_measure(VssStore *store, VssStoreSizes *out_sizes);

#endif
