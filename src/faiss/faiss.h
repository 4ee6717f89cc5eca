/*
** What the files of the datasette-faiss functions share.
**
**   faiss/faiss.c     registration, faiss_encode, faiss_decode, faiss_search[_with_scores]
**   faiss/agg.c       faiss_agg[_with_scores]
**   faiss/nearest.c   the k nearest rows of a stream, and the JSON that goes out
**   faiss/table.c     which table is meant, what it is, and searching it without an index
**   faiss/index.c     the resident index of one table, which is never stale
**   faiss/rows.c      the rows of such an index, and which of them have changed
**   faiss/watch.c     what a connection keeps: its indexes, and what has been written since
**
** Functions that return an int return a VSS_ code, except where an SQLite code is named.
*/
#ifndef VSS_FAISS_H
#define VSS_FAISS_H

#include "index/resident.h"
#include "sqlite/error.h"
#include "sqlite/value.h"

/*
** Put faiss_search(), faiss_agg(), faiss_encode() and the others on the connection, which frees
** them when it closes. An SQLite code.
*/
int vss_func_register_faiss(sqlite3 *db);

/*
** Whether faiss_search may take SQLite's preupdate hook, which it does by default. 0 leaves the
** hook to others (the session extension needs it); faiss_search then reads a whole table again
** after any change of its database. It has no effect where SQLite or the build (VSS_LOADABLE) has
** no hook. It holds for the process; call it before the first search.
*/
void vss_func_faiss_use_hook(int allowed);

/*
** The answer as text, exactly as Python's json.dumps prints it:
**
**   [1, "b"]     with scores: [[1, 0.25], ["b", 4.0]]
**
** Start with an empty buffer, append each hit, and close it. An id that is a BLOB is VSS_INVALID.
*/
int vss_faiss_append_hit(VssBuffer *text, const VssValue *id, float distance, int with_scores,
                         VssError *err);
void vss_faiss_close_hits(VssBuffer *text);

/*
** The k nearest of the rows that were offered, in the order of (distance, arrival). It holds at
** most k ids. Zero-initialise and set k.
*/
typedef struct VssFaissEntry {
  float distance;
  uint64_t arrival;
  sqlite3_value *id; /* owned */
} VssFaissEntry;

typedef struct VssFaissNearest {
  uint64_t k;
  uint64_t n_offered;
  VssFaissEntry *entries; /* a heap, the farthest first */
  uint64_t count;
  uint64_t capacity;
} VssFaissNearest;

/* Offer a row; its id is copied when it is kept. VSS_NOMEM. */
int vss_faiss_nearest_offer(VssFaissNearest *nearest, float distance, sqlite3_value *id);
/*
** Sort and append the hits. Afterwards `nearest` is not a heap any more and can only be freed.
** VSS_STOP when `db` is interrupted.
*/
int vss_faiss_nearest_write(sqlite3 *db, VssFaissNearest *nearest, int with_scores, VssBuffer *text,
                            VssError *err);
void vss_faiss_nearest_free(VssFaissNearest *nearest);

/*
** k >= 1 from an INTEGER, a whole REAL, or the TEXT of either: Datasette passes parameters as text.
** VSS_INVALID with the text.
*/
int vss_faiss_k(sqlite3_value *value, uint64_t *out_k, VssError *err);

/* What went wrong in a search. The first failure wins, as in VssError. Zero-initialise. */
typedef struct VssFaissFailure {
  VssError error;
  int database_rc; /* of a VSS_DATABASE: SQLite's extended code, which later calls overwrite */
} VssFaissFailure;

/*
** Note what SQLite says, right after it failed. Returns VSS_NOMEM, VSS_STOP when it was
** interrupted, or else VSS_DATABASE with SQLite's code and text in `failure`.
*/
int vss_faiss_database_failure(sqlite3 *db, VssFaissFailure *failure);

/* Where a search goes. Zero-initialise; free with vss_faiss_target_free(). */
typedef struct VssFaissTarget {
  char *schema; /* as SQLite spells it: main, temp or an attached name */
  char *table;
} VssFaissTarget;

/*
** The target that the two names mean; the table need not exist. VSS_INVALID: an unknown database.
*/
int vss_faiss_target_resolve(sqlite3 *db, const char *database, const char *table,
                             VssFaissTarget *out_target, VssFaissFailure *failure);
void vss_faiss_target_free(VssFaissTarget *target);

/* What the target is just now. */
typedef struct VssFaissShape {
  const char *rowid_name; /* "rowid", "_rowid_" or "oid"; NULL: none, search without an index */
} VssFaissShape;
/* VSS_INVALID: the table is unknown, or has no column "id" or "embedding". */
int vss_faiss_target_describe(sqlite3 *db, const VssFaissTarget *target, VssFaissShape *out_shape,
                              VssFaissFailure *failure);

/* What is asked of the target. */
typedef struct VssFaissQuery {
  const float *vector;
  uint64_t dim;
  uint64_t k;
  int with_scores;
} VssFaissQuery;

/*
** Read every row and keep the k nearest: for views, virtual tables and WITHOUT ROWID tables. Rows
** at the same distance stay in the order of reading.
*/
int vss_faiss_target_search(sqlite3 *db, const VssFaissTarget *target, const VssFaissQuery *query,
                            VssBuffer *text, VssFaissFailure *failure);

/* sqlite3_prepare_v3() of a formatted text. */
int vss_faiss_prepare(sqlite3 *db, unsigned flags, sqlite3_stmt **out_stmt,
                      VssFaissFailure *failure, const char *format, ...);

/* Rowids written to a watched table since the index was last in step with it. */
typedef struct VssFaissTouched {
  sqlite3_int64 *rowids;
  uint32_t count;
  uint32_t capacity;
  int all; /* every row may have changed: too many to list, or nobody knows which */
} VssFaissTouched;

/* The resident index of one table. Owned by its VssFaissState. */
typedef struct VssFaissIndex VssFaissIndex;
struct VssFaissIndex {
  VssFaissIndex *next;
  sqlite3 *db;
  VssFaissTarget target;
  VssFaissTouched touched;

  sqlite3_stmt *pin;       /* holds a read transaction open during a search */
  sqlite3_stmt *version;   /* PRAGMA data_version: commits of other connections */
  sqlite3_stmt *embedding; /* by rowid */
  sqlite3_stmt *id;        /* by rowid */
  const char *rowid_name;

  VssFaissFailure *failure; /* of the search under way, for the callbacks */

  int in_step; /* index and table agreed when the three below were read */
  int pin_reprepares;
  sqlite3_int64 data_version;
  uint32_t file_version; /* without the hook: commits of any connection */

  uint64_t dim;     /* 0: no row with an embedding was seen, and `rows` is zeroed */
  VssResident rows; /* those with an embedding, which is their one vector */
  uint64_t *hashes; /* of the embedding as stored, by slot */
  uint32_t hashes_capacity;
  uint64_t hash_seed;

  uint64_t n_scans;     /* times every row was read */
  uint64_t n_rows_read; /* rows read to come into step */
};

int vss_faiss_index_create(sqlite3 *db, const VssFaissTarget *target, VssFaissIndex **out_index);
void vss_faiss_index_free(VssFaissIndex *index);
/*
** Come into step with the table, search, and append the hits. A failure while it comes into step
** makes the index forget all rows, and the next search reads them again.
*/
int vss_faiss_index_search(VssFaissIndex *index, const VssFaissQuery *query, VssBuffer *text,
                           VssFaissFailure *failure);
uint64_t vss_faiss_index_memory(const VssFaissIndex *index);

/* ---- the rows of an index: faiss/rows.c ---- */

/* A result code: the embedding has another length than those before. Only faiss/index.c gets it. */
enum { VSS_FAISS_OTHER_DIMENSION = 1000 };

/*
** Follow a row whose embedding is as given; NULL: it has none, or is gone. *out_slot is where the
** row is now, or VSS_NONE. Codes and hashes disagree after a failure: the caller clears all
** rows.
*/
int vss_faiss_rows_follow(VssFaissIndex *index, sqlite3_int64 rowid, sqlite3_value *embedding,
                          uint32_t *out_slot, VssFaissFailure *failure);
/* Forget every row. The next embedding that is followed decides the dimension. */
void vss_faiss_rows_clear(VssFaissIndex *index);

/*
** What a connection keeps, shared by the functions and the table faiss_indexes. It is freed with
** the last reference.
*/
typedef struct VssFaissState VssFaissState;
int vss_faiss_state_create(sqlite3 *db, VssFaissState **out_state);
void vss_faiss_state_retain(VssFaissState *state);
void vss_faiss_state_release(void *state);
/* The table faiss_indexes, on one connection. An SQLite code. */
int vss_faiss_register_indexes(VssFaissState *state, sqlite3 *db);
/* Search by the index of the target, which is made when there is none. */
int vss_faiss_state_search(VssFaissState *state, const VssFaissTarget *target,
                           const VssFaissQuery *query, VssBuffer *text, VssFaissFailure *failure);

/*
** Whether SQLite was built with the preupdate hook, and it may be used: the host of vss0.so may
** need it.
*/
#if defined(SQLITE_ENABLE_PREUPDATE_HOOK) && !defined(VSS_LOADABLE)
#define VSS_FAISS_HAS_HOOK 1
#else
#define VSS_FAISS_HAS_HOOK 0
#endif
/* 1: the hook reports each written row. 0: it shows only that something was written. */
int vss_faiss_is_hooked(void);

/* faiss_agg and faiss_agg_with_scores, on one connection. An SQLite code. */
int vss_faiss_register_aggregates(sqlite3 *db);

#endif
