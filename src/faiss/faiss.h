/*
** What the files of the datasette-faiss functions share. Private to func_faiss*.c.
**
**   faiss/faiss.c          registration, faiss_encode, faiss_decode, faiss_search[_with_scores]
**   faiss/agg.c      faiss_agg[_with_scores]
**   faiss/nearest.c  the k nearest rows of a stream, and the JSON that goes out
**   faiss/table.c    which table is meant, what it is, and searching it without an index
**   faiss/index.c    the resident index of one table, never stale
**   faiss/watch.c    what a connection keeps: its indexes and what has been written since
*/
#ifndef VSS_FUNC_FAISS_H
#define VSS_FUNC_FAISS_H

#include "functions/functions.h"
#include "base/idmap.h"
#include "index/rank.h"
#include "sqlite/error.h"
#include "sqlite/value.h"

/*
** The answer as text, exactly as Python's json.dumps prints it: `[1, "b"]`, or with scores `[[1, 0.25], ["b", 4.0]]`.
** Start with an empty buffer, append each hit, close.
*/
int vss_faiss_append_hit(VssBuffer *text, const VssValue *id, float distance, int with_scores,
                         VssError *err); /* VSS_INVALID: a BLOB id */
void vss_faiss_close_hits(VssBuffer *text);

/*
** The k nearest of the rows offered, in order of (distance, arrival). Holds at most k ids. Zero-initialise and
** set k.
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

int vss_faiss_nearest_offer(VssFaissNearest *nearest, float distance,
                            sqlite3_value *id); /* VSS_NOMEM */
/* Sort and append the hits; the heap is empty of order afterwards and can only be freed. VSS_STOP when `db` is interrupted. */
int vss_faiss_nearest_write(sqlite3 *db, VssFaissNearest *nearest, int with_scores, VssBuffer *text,
                            VssError *err);
void vss_faiss_nearest_free(VssFaissNearest *nearest);

/* k >= 1 from INTEGER, a whole REAL or the TEXT of one (Datasette passes parameters as text). VSS_INVALID with the text. */
int vss_faiss_k(sqlite3_value *value, uint64_t *out_k, VssError *err);

/* What went wrong in a search. The first failure wins, as in VssError. Zero-initialise. */
typedef struct VssFaissFailure {
  VssError error;
  int database_rc; /* of a VSS_DATABASE: SQLite's extended code, which later calls overwrite */
} VssFaissFailure;

/* Note what SQLite says right after it failed: VSS_NOMEM, VSS_STOP (interrupted), else VSS_DATABASE with code and text. */
int vss_faiss_database_failure(sqlite3 *db, VssFaissFailure *failure);

/* Where a search goes. Zero-initialise; free with vss_faiss_target_free(). */
typedef struct VssFaissTarget {
  char *schema; /* as SQLite spells it: main, temp or an attached name */
  char *table;
} VssFaissTarget;

int vss_faiss_target_resolve(sqlite3 *db, const char *database, const char *table,
                             VssFaissTarget *out_target, VssFaissFailure *failure);
void vss_faiss_target_free(VssFaissTarget *target);

/* What the target is just now. */
typedef struct VssFaissShape {
  const char
      *rowid_name; /* "rowid", "_rowid_" or "oid"; NULL: no rowid, search it without an index */
} VssFaissShape;
int vss_faiss_target_describe(
    sqlite3 *db, const VssFaissTarget *target, VssFaissShape *out_shape,
    VssFaissFailure *failure); /* VSS_INVALID: unknown table, missing column */

/* What is asked of it. */
typedef struct VssFaissQuery {
  const float *vector;
  uint64_t dim;
  uint64_t k;
  int with_scores;
} VssFaissQuery;

/* Read every row and keep the k nearest: views, WITHOUT ROWID and virtual tables. Ties by order of reading. */
int vss_faiss_target_search(sqlite3 *db, const VssFaissTarget *target, const VssFaissQuery *query,
                            VssBuffer *text, VssFaissFailure *failure);

/* sqlite3_prepare_v3 of a formatted text. */
int vss_faiss_prepare(sqlite3 *db, unsigned flags, sqlite3_stmt **out_stmt,
                      VssFaissFailure *failure, const char *format, ...);

/* Rowids written to a watched table since the index was last in step with it. */
typedef struct VssFaissTouched {
  sqlite3_int64 *rowids;
  uint32_t count;
  uint32_t capacity;
  int all; /* too many to list, or not known: every row may have changed */
} VssFaissTouched;

/* The resident index of one table. Owned by its VssFaissState. */
typedef struct VssFaissIndex VssFaissIndex;
struct VssFaissIndex {
  VssFaissIndex *next;
  sqlite3 *db;
  VssFaissTarget target;
  VssFaissTouched touched;

  sqlite3_stmt *pin;       /* holds a read transaction open while we look */
  sqlite3_stmt *version;   /* PRAGMA data_version: commits of other connections */
  sqlite3_stmt *embedding; /* by rowid */
  sqlite3_stmt *id;        /* by rowid */
  const char *rowid_name;

  VssFaissFailure *failure; /* of the search under way, for the callbacks */

  int in_step; /* index and table agreed when the four below were read */
  int pin_reprepares;
  sqlite3_int64 data_version;
  uint32_t file_version; /* without the hook: commits of any connection */

  uint64_t dim; /* 0: no row with an embedding seen */
  VssIndex *codes;
  VssIdmap rows;
  uint64_t *hashes; /* of the embedding as stored, by slot */
  uint32_t hashes_capacity;
  uint64_t hash_seed;

  uint64_t n_scans;     /* times every row was read */
  uint64_t n_rows_read; /* rows read to come into step */
};

int vss_faiss_index_create(sqlite3 *db, const VssFaissTarget *target, VssFaissIndex **out_index);
void vss_faiss_index_free(VssFaissIndex *index);
/* Bring into step, search, append the hits. On failure the index is out of step and the next call reads everything again. */
int vss_faiss_index_search(VssFaissIndex *index, const VssFaissQuery *query, VssBuffer *text,
                           VssFaissFailure *failure);
uint64_t vss_faiss_index_memory(const VssFaissIndex *index);

/* What a connection keeps, shared by the functions and the table faiss_indexes; freed with the last of them. */
typedef struct VssFaissState VssFaissState;
int vss_faiss_state_create(sqlite3 *db, VssFaissState **out_state);
void vss_faiss_state_retain(VssFaissState *state);
void vss_faiss_state_release(void *state);
int vss_faiss_register_indexes(VssFaissState *state,
                               sqlite3 *db); /* the table faiss_indexes; an SQLite code */
int vss_faiss_state_search(VssFaissState *state, const VssFaissTarget *target,
                           const VssFaissQuery *query, VssBuffer *text, VssFaissFailure *failure);

/* Whether SQLite has a preupdate hook for us to take. */
#if defined(SQLITE_ENABLE_PREUPDATE_HOOK) && !defined(VSS_LOADABLE)
#define VSS_FAISS_HAS_HOOK 1
#else
#define VSS_FAISS_HAS_HOOK 0
#endif
/* 1 when written rows are reported by the hook, 0 when a change only shows, not what changed. */
int vss_faiss_is_hooked(void);

int vss_faiss_register_aggregates(sqlite3 *db); /* an SQLite code */

#endif
