/*
** One vss0 table on one connection: the durable rows (vss0/store.h) and what is resident of them.
**
**   slot map   rowid <-> slot                              VssIdmap
**   indexes    8-bit codes by slot, one a vector column    VssIndex
**   columns    filter values by slot, loaded at first use  VssColumn
**
** Coherence. Every write goes to the shadow tables first and its rowid into `touched`; the resident state follows
** at once when it is loaded. ROLLBACK and ROLLBACK TO need no undo log: every rowid touched in the transaction
** is read again from the shadow tables before the next use. A commit writes the blocks that changed to
** <t>_cache, each stamped with the new version; another connection, seeing the version differ, loads just those.
**
** <t>_cache ids: kind << 32 | item. Kind 0: slot-map block `item`; 1 + 2v: codebook `item` of vector column v; 2 + 2v: its code
** block `item`. A cache that is damaged or does not match the version is rebuilt from the rows.
*/
#ifndef VSS_TABLE_H
#define VSS_TABLE_H

#include "base/crc32.h"
#include "filter/filter.h"
#include "base/idmap.h"
#include "index/rank.h"
#include "vss0/store.h"

/* A ranking in use by a cursor, embedded there: it borrows the slot map until frozen. */
typedef struct VssOpenRank {
  VssRank *rank;
  int frozen;
  struct VssOpenRank *next;
} VssOpenRank;

/* Counters of one table on one connection since it was opened, for vss_debug() and the tests. */
typedef struct VssStats {
  uint64_t searches;
  uint64_t passes;   /* over the codes; searches of a join can share one */
  uint64_t selected; /* rows that the filters left, summed */
  uint64_t refined;  /* vectors fetched by searches */
  uint64_t rebuilds; /* whole index built from the rows */
  uint64_t blocks_read, blocks_written;
} VssStats;

typedef struct VssTable {
  sqlite3_vtab base; /* must be first */
  sqlite3 *db;
  VssStore store;
  VssTableDef def;
  int utf16;             /* the database stores text as UTF-16 */
  struct VssTable *next; /* the connection's other tables */
  struct VssModule *module;

  int loaded;
  VssIdmap map;
  VssIndex **indexes;  /* n_vectors */
  VssColumn **columns; /* n_filters; NULL until first filtered by */
  VssBitmap dirty;     /* bit = slot block whose cache row is out of date */
  float *scratch;      /* the largest dimension's floats */

  sqlite3_int64 *touched;
  uint64_t n_touched, n_applied, touched_capacity;
  sqlite3_int64 seen_version;    /* the version the resident state stands for */
  sqlite3_int64 flushed_version; /* written by this transaction's flush; -1 none */

  char **former_names; /* of before each ALTER TABLE RENAME of this transaction */
  int n_former_names;
  int name_is_doubtful; /* since a ROLLBACK TO, which may have gone over a RENAME or the CREATE */
  int created; /* in this transaction: SQLite tells such a table of no ROLLBACK TO over its CREATE */
  int writing; /* between xBegin and xCommit or xRollback */
  int held; /* SQL runs for this table though no statement of SQLite's has it: see vss_table_disconnect() */
  int gone;    /* disconnected while held */
  int rebuilt; /* in this transaction: the cache must be written though no row was touched */
  uint64_t generation;     /* counts the changes of the resident state */
  VssOpenRank *open_ranks; /* frozen before the resident state changes */
  int n_unomitted;         /* open searches whose vss_search term SQLite evaluates again */
  VssStats stats;
} VssTable;

/* All vss0 tables of one connection: the module's client data. */
typedef struct VssModule {
  VssTable *tables;
  VssCrc32 crc; /* of slot maps */
} VssModule;

int vss_table_init(VssTable *table, sqlite3 *db, const char *schema,
                   const char *name); /* after def is set */
void vss_table_free(VssTable *table); /* the struct, too */
/*
** xDisconnect: out of the connection's list, and freed with its struct. A statement that runs out of memory rolls the
** whole transaction back, which disconnects what was created in it: a held table is freed by who holds it instead.
*/
void vss_table_disconnect(VssTable *table);

/* Bring the resident state up to date with what this connection sees. SQLite code. */
int vss_table_sync(VssTable *table);
/* Load the resident values of filter column number `filter`. After sync. */
int vss_table_load_column(VssTable *table, int filter);

/* Record that a rowid is about to change; call before the shadow tables are written. */
int vss_table_touch(VssTable *table, sqlite3_int64 rowid);
/*
** Follow the write of the last touched rowid in the resident state. vectors: one pointer a vector column, NULL for
** NULL; `row_gone` when it was deleted. Does nothing (the next sync will) unless everything before it is applied.
*/
int vss_table_apply(VssTable *table, sqlite3_int64 rowid, const float *const *vectors,
                    int row_gone);

int vss_table_flush(VssTable *table);        /* xSync: write the changed blocks */
void vss_table_created(VssTable *table);     /* xCreate, which stands for xBegin too */
void vss_table_begin(VssTable *table);       /* xBegin */
void vss_table_commit(VssTable *table);      /* xCommit */
void vss_table_rollback(VssTable *table);    /* xRollback */
void vss_table_rollback_to(VssTable *table); /* xRollbackTo: everything touched is doubtful */

/* ALTER TABLE RENAME: the shadow tables get the new name, here and in twins (vss0/table.c). */
int vss_table_rename(VssTable *table, const char *new_name);

int vss_table_rebuild(
    VssTable *table); /* drop the resident state and the cache's content; build from the rows */
uint64_t vss_table_memory(const VssTable *table); /* resident bytes */

/* VssFetch and VssFetchRow over the store; context is a VssFetcher. An SQLite failure is kept in `rc`. */
typedef struct VssFetcher {
  VssTable *table;
  int vector;
  int rc;
} VssFetcher;
int vss_table_fetch_slot(void *fetcher, uint32_t slot, float *out_vector);
int vss_table_fetch_row(void *fetcher, int64_t rowid, float *out_vector);

#endif
