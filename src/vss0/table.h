/*
** One vss0 table on one connection: the durable rows (vss0/store.h) and what is resident of them.
**
**   resident   rowid <-> slot, and the 8-bit codes of the vectors by slot     VssResident
**   columns    filter values by slot, each column loaded at its first use     VssColumn
**
** Coherence. Every write notes its rowid in `touched` and goes to the shadow tables first; the
** resident state follows at once when it is loaded. ROLLBACK and ROLLBACK TO need no log for
** undoing: every rowid that the transaction touched is read again from the shadow tables before the
** next use. A commit writes the blocks that changed to <t>_cache, each stamped with the new
** version. Another connection that finds a version which it has not seen loads just those. A cache
** that is damaged or does not match the version is rebuilt from the rows.
*/
#ifndef VSS_TABLE_H
#define VSS_TABLE_H

#include "base/crc32.h"
#include "filter/filter.h"
#include "index/resident.h"
#include "vss0/store.h"

/* Counters of one table on one connection since it was opened: vss_table_stats() shows them. */
typedef struct VssStats {
  uint64_t searches;
  uint64_t passes;   /* over the codes; searches of a join can share one */
  uint64_t selected; /* rows that the filters left, summed over the searches */
  uint64_t refined;  /* vectors that searches have read */
  uint64_t rebuilds; /* times the whole index was built from the rows */
  uint64_t blocks_read, blocks_written;
} VssStats;

/*
** The terms of the last call of xBestIndex, for vss0/plan.c. A term beyond the array counts only.
*/
#define VSS_PLANNED_TERMS 32
typedef struct VssPlanned {
  int n;
  struct {
    int column, op, offset;
  } terms[VSS_PLANNED_TERMS];
} VssPlanned;

typedef struct VssTable {
  sqlite3_vtab base; /* must be first */
  sqlite3 *db;
  VssStore store;
  VssTableDef def;
  int utf16;             /* the database stores text as UTF-16 */
  struct VssTable *next; /* the connection's other tables */
  struct VssModule *module;

  /* What is resident. */
  int loaded; /* `resident` stands for seen_version and the first n_applied touched rows */
  VssResident resident;
  VssColumn **columns;  /* by filter column; NULL until a search filters by the column */
  uint32_t *n_parts;    /* by vector column: of a block in <t>_cache; 0: not known yet */
  int cache_is_useless; /* the state was built from the rows: a flush empties <t>_cache first */
  int reader_rc;        /* SQLite's code of the last VSS_DATABASE that `resident` returned */
  int estimate_rc;      /* SQLite's code of a read that failed in xBestIndex: vss0/estimate.h */
  sqlite3_int64 format; /* of the shadow tables; 0: not read yet */

  /* What this transaction has written. */
  sqlite3_int64 *touched; /* rowids, in the order of writing */
  uint64_t n_touched, n_applied, touched_capacity;
  sqlite3_int64 seen_version;    /* the version that the resident state stands for */
  sqlite3_int64 flushed_version; /* the one that this transaction's flush wrote; -1: none */
  int created;  /* by this transaction; SQLite does not report a ROLLBACK TO over the CREATE */
  int writing;  /* between xBegin and xCommit or xRollback */
  int deleted;  /* rows, by this transaction: packs may be empty */
  int is_fresh; /* it has synced since it writes: nobody else can commit before it ends */
  int rebuilt;  /* by this transaction, or the cache was given up: a flush must write the version */

  /* Names: vss0/names.c. */
  char **former_names; /* the name before each ALTER TABLE RENAME of this transaction */
  int n_former_names;
  int name_is_doubtful; /* a ROLLBACK TO may have gone over a RENAME or the CREATE */

  int held; /* SQL runs for this table outside of SQLite's calls: see vss_table_disconnect() */
  int gone; /* disconnected while it was held */
  int n_unomitted; /* open searches whose vss_search term SQLite evaluates again */
  VssStats stats;

  /* vss0/estimate.c: by filter column, when the table had so many rows. NULL: not known yet. */
  double *rows_per_value;
  double sampled_rows;
  int n_row_scans;    /* queries without a search that compared a column which was not resident */
  VssPlanned planned; /* n is 0 as soon as a cursor is opened */
} VssTable;

/* All vss0 tables of one connection: the module's client data. */
typedef struct VssModule {
  VssTable *tables;
  VssCrc32 crc; /* for the slot maps in caches */
} VssModule;

/* All functions that return an int return an SQLite code. */

/* After `def` is set. Reads nothing. On failure, free the table all the same. */
int vss_table_init(VssTable *table, sqlite3 *db, const char *schema, const char *name);
void vss_table_free(VssTable *table); /* the struct, too */
/*
** xDisconnect: out of the connection's list, and freed with its struct. While we run SQL for a
** table (to settle its name), a statement that runs out of memory may roll the transaction back,
** and SQLite then disconnects what was created in it. A table that is held is freed by who holds
** it.
*/
void vss_table_disconnect(VssTable *table);

/* Bring the resident state up to date with what this connection sees. Before each search. */
int vss_table_sync(VssTable *table);
/*
** SQLITE_FORMAT: the shadow tables have another format than this code. A sync checks it, and before
** other uses of the rows it must be called.
*/
int vss_table_check_format(VssTable *table);
/*
** The stored bytes of a vector as it is now. SQLITE_DONE: it is NULL, or there is no such row.
*/
int vss_table_read_stored(VssTable *table, int vector, sqlite3_int64 rowid, void *out_bytes);
/* Load the resident values of filter column number `filter`, unless they are. After a sync. */
int vss_table_load_column(VssTable *table, int filter);

/*
** What a vector of a row reads back as: dim floats. SQLITE_DONE: it is NULL, or there is no such
** row; SQLITE_CORRUPT_VTAB: it is not what this column stores. A component of a damaged vector may
** be NaN or infinite.
*/
int vss_table_read_vector(VssTable *table, int vector, sqlite3_int64 rowid, float *out_vector);

/* Note that a rowid is about to change. To be called before the shadow tables are written. */
int vss_table_touch(VssTable *table, sqlite3_int64 rowid);
/* The highest slot that a table of that many rows can have. */
uint32_t vss_table_slot_limit(uint64_t n_rows);
/*
** The slot for a row that is about to be inserted: the lowest that no row has, in this transaction
** and for every connection. SQLITE_NOMEM: there is none.
*/
int vss_table_free_slot(VssTable *table, uint32_t *out_slot);
/*
** Follow the write of the last touched rowid in the resident state. vectors: one pointer per vector
** column, NULL for NULL; NULL: the row is read, and may be gone. Unless everything before it is
** applied, nothing is done, and the next sync reads the row.
*/
int vss_table_apply(VssTable *table, sqlite3_int64 rowid, uint32_t slot,
                    const float *const *vectors);

/* ---- transactions, by the method that calls it ---- */

int vss_table_flush(VssTable *table);        /* xSync: write the changed blocks to the cache */
void vss_table_created(VssTable *table);     /* xCreate, for which SQLite calls no xBegin */
void vss_table_begin(VssTable *table);       /* xBegin */
void vss_table_commit(VssTable *table);      /* xCommit */
void vss_table_rollback(VssTable *table);    /* xRollback */
void vss_table_rollback_to(VssTable *table); /* xRollbackTo */

/*
** xConnect: write the vectors that wait in tables of the same name, which SQLite has opened before.
*/
int vss_table_write_waiting_of_twins(VssTable *table);
/* xRename: the shadow tables get the new name, and so do this table and its twins. */
int vss_table_rename(VssTable *table, const char *new_name);

/* Drop the resident state and the content of the cache, and build both from the rows. */
int vss_table_rebuild(VssTable *table);
/*
** Keep what is derived from the rows in memory alone from now on (0), or store it again (1), for
** which it is built. Nothing happens where it is so already.
*/
int vss_table_set_cache(VssTable *table, int is_on);

/* Bytes that are resident. */
uint64_t vss_table_memory(const VssTable *table);

#endif
