/*
** What a connection keeps for faiss_search: the resident indexes, the hook that lists written rows,
** and the table faiss_indexes that shows them.
**
**   VssFaissState   one per connection
**     indexes  -->  main.posts  -->  main.notes  -->  NULL      the one searched last comes first
**     hook     -->  each INSERT, UPDATE and DELETE lists a rowid in `touched` of its table's index
**
** faiss_search, faiss_search_with_scores and faiss_indexes share the state. Each holds a reference
** to it that SQLite releases when the connection closes.
**
** The preupdate hook is set when the first index is built, and belongs to this file from then on:
** SQLite has one such hook per connection, and no way to ask for the one that was set before. A
** connection that never calls faiss_search keeps its own hook.
**
** An index has prepared statements, and sqlite3_close() refuses to close a connection with
** statements. They have to go first, and only a virtual table is told in time: SQLite disconnects
** all virtual tables before it looks for statements. So faiss_indexes is connected when the first
** index is built, and its xDisconnect drops all indexes. Where it could not be connected, no index
** outlives the call.
*/
#include "faiss/faiss.h"

#include <string.h>

/*
** Searches inside searches: a view may call faiss_search on another view, which does the same. A
** view that calls it on itself would never end.
*/
#define MAX_DEPTH 8

struct VssFaissState {
  sqlite3 *db;
  int n_owners;  /* the two functions, the module, and whoever is creating the state */
  int connected; /* faiss_indexes will tell when the connection closes */
  int hooked;
  int depth; /* searches under way */
  VssFaissIndex *indexes;
};

/*
** Written rows
*/

/*
** List a written row. An UPDATE reports the old and the new rowid, which are mostly the same one;
** other repetitions are sorted out when the list is read. Above `limit` rows, "every row" takes its
** place.
*/
static void touch(VssFaissTouched *touched, sqlite3_int64 rowid, uint32_t limit) {
  if (touched->all) return;
  if (touched->count > 0 && touched->rowids[touched->count - 1] == rowid) return;
  if (touched->count >= limit) {
    touched->all = 1;
    return;
  }
  if (touched->count == touched->capacity) {
    uint32_t capacity = touched->capacity ? touched->capacity * 2 : 16;
    sqlite3_int64 *rowids = vss_realloc(touched->rowids, (uint64_t)capacity * sizeof *rowids);
    if (!rowids) {
      /* A hook cannot report a failure. "Every row may have changed" is always true enough. */
      touched->all = 1;
      return;
    }
    touched->rowids = rowids;
    touched->capacity = capacity;
  }
  touched->rowids[touched->count++] = rowid;
}

/* For the process. 0: the host needs the hook for SQLite's session extension. */
static int hook_allowed = 1;

void vss_func_faiss_use_hook(int allowed) {
  hook_allowed = allowed;
}

/* Whether this build has the hook, and the host left it to us. */
int vss_faiss_is_hooked(void) {
  return VSS_FAISS_HAS_HOOK && hook_allowed;
}

#if VSS_FAISS_HAS_HOOK
/* The preupdate hook: SQLite calls it before it writes a row of an ordinary table. */
static void before_write(void *context, sqlite3 *db, int operation, const char *schema,
                         const char *table, sqlite3_int64 old_rowid, sqlite3_int64 new_rowid) {
  VssFaissState *state = context;
  (void)db;
  for (VssFaissIndex *index = state->indexes; index; index = index->next) {
    if (sqlite3_stricmp(index->target.table, table) != 0) continue;
    if (sqlite3_stricmp(index->target.schema, schema) != 0) continue;
    /* From a quarter of the rows on, a pass over the table is cheaper than looking up each of them.
    */
    uint32_t limit = 1024 + index->rows.map.n_live / 4;
    if (operation != SQLITE_INSERT) touch(&index->touched, old_rowid, limit);
    if (operation != SQLITE_DELETE) touch(&index->touched, new_rowid, limit);
  }
}

/* Set the hook, or remove it. It stays set while there is an index. */
static void set_hook(VssFaissState *state, int wanted) {
  if (wanted == state->hooked || (wanted && !vss_faiss_is_hooked())) return;
  sqlite3_preupdate_hook(state->db, wanted ? before_write : NULL, wanted ? state : NULL);
  state->hooked = wanted;
}
#else
static void set_hook(VssFaissState *state, int wanted) {
  (void)touch;
  state->hooked = wanted;
}
#endif

/*
** Indexes
*/

/* Drop all indexes, and give the hook up with them. Nothing may be searching. */
static void drop_indexes(VssFaissState *state) {
  while (state->indexes) {
    VssFaissIndex *index = state->indexes;
    state->indexes = index->next;
    vss_faiss_index_free(index);
  }
  set_hook(state, 0);
}

/* The creator is the first owner. It releases the state when the functions have theirs. */
int vss_faiss_state_create(sqlite3 *db, VssFaissState **out_state) {
  VssFaissState *state = vss_calloc(1, sizeof *state);
  if (!state) return VSS_NOMEM;
  state->db = db;
  state->n_owners = 1;
  *out_state = state;
  return VSS_OK;
}

void vss_faiss_state_retain(VssFaissState *state) {
  state->n_owners++;
}

/*
** SQLite calls this as the destructor of each function and of the module, in any order. The indexes
** are gone by then where faiss_indexes was connected; otherwise none has been kept.
*/
void vss_faiss_state_release(void *context) {
  VssFaissState *state = context;
  if (--state->n_owners > 0) return;
  drop_indexes(state);
  vss_free(state);
}

/*
** Take the index of a table out of the list; NULL when there is none. Outside of the list nothing
** can free it while it searches: a search may close tables, and it may search the same table again.
*/
static VssFaissIndex *take_index(VssFaissState *state, const VssFaissTarget *target) {
  for (VssFaissIndex **link = &state->indexes; *link; link = &(*link)->next) {
    VssFaissIndex *index = *link;
    if (sqlite3_stricmp(index->target.table, target->table) != 0) continue;
    if (sqlite3_stricmp(index->target.schema, target->schema) != 0) continue;
    *link = index->next;
    index->next = NULL;
    return index;
  }
  return NULL;
}

/*
** Have SQLite connect faiss_indexes, which it does when a statement names it. A failure is no
** error: the search has its answer, and the index is dropped.
*/
static void connect_indexes_table(VssFaissState *state) {
  if (state->connected) return;
  VssFaissFailure ignored = {{{0}}, 0};
  sqlite3_stmt *stmt = NULL;
  if (vss_faiss_prepare(state->db, 0, &stmt, &ignored, "select 1 from faiss_indexes") == VSS_OK) {
    sqlite3_finalize(stmt);
  }
}

/*
** Find the index of the target, or make one, and search by it. What a search may do to the
** connection on its way (a view may run any function of the application) cannot free the index: it
** is out of the list.
*/
int vss_faiss_state_search(VssFaissState *state, const VssFaissTarget *target,
                           const VssFaissQuery *query, VssBuffer *text, VssFaissFailure *failure) {
  if (state->depth >= MAX_DEPTH) {
    return vss_fail(&failure->error, VSS_INVALID,
                    "%.80s.%.80s: searches inside searches are nested more than %d deep",
                    target->schema, target->table, MAX_DEPTH);
  }
  int code = VSS_OK;
  VssFaissIndex *index = take_index(state, target);
  if (!index) code = vss_faiss_index_create(state->db, target, &index);
  if (code == VSS_OK) {
    state->depth++;
    code = vss_faiss_index_search(index, query, text, failure);
    state->depth--;
    connect_indexes_table(state);
  }
  if (index && index->pin && state->connected) {
    index->next = state->indexes;
    state->indexes = index;
    set_hook(state, 1);
  } else {
    /* The table was searched without an index, or does not exist, or nobody would free it in time.
    */
    vss_faiss_index_free(index);
  }
  return code;
}

/*
** faiss_indexes: what is resident, one row per index. A read-only, eponymous virtual table:
**
**   select table_name, rows, memory_bytes from faiss_indexes
*/

typedef struct IndexesTable {
  sqlite3_vtab base;
  VssFaissState *state;
} IndexesTable;

typedef struct IndexesCursor {
  sqlite3_vtab_cursor base;
  sqlite3_int64 rowid;
} IndexesCursor;

enum {
  COLUMN_DATABASE,
  COLUMN_TABLE,
  COLUMN_ROWS,
  COLUMN_DIMENSIONS,
  COLUMN_MEMORY,
  COLUMN_SCANS,
  COLUMN_ROWS_READ
};

/* From here on this connection tells before it closes. */
static int indexes_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                           sqlite3_vtab **out_vtab, char **out_error) {
  (void)argc;
  (void)argv;
  (void)out_error;
  int rc = sqlite3_declare_vtab(db, "create table x(database text, table_name text, rows integer, "
                                    "dimensions integer, memory_bytes integer, scans integer, "
                                    "rows_read integer)");
  if (rc != SQLITE_OK) return rc;
  IndexesTable *table = sqlite3_malloc(sizeof *table);
  if (!table) return SQLITE_NOMEM;
  memset(table, 0, sizeof *table);
  table->state = aux;
  table->state->connected = 1;
  *out_vtab = &table->base;
  return SQLITE_OK;
}

/* The connection closes, or the functions are registered again: statements must go now. */
static int indexes_disconnect(sqlite3_vtab *vtab) {
  IndexesTable *table = (IndexesTable *)vtab;
  table->state->connected = 0;
  drop_indexes(table->state);
  sqlite3_free(table);
  return SQLITE_OK;
}

/* There is one plan: all rows. The list is short. */
static int indexes_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info) {
  (void)vtab;
  info->estimatedCost = 10;
  info->estimatedRows = 10;
  return SQLITE_OK;
}

static int indexes_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out_cursor) {
  (void)vtab;
  IndexesCursor *cursor = sqlite3_malloc(sizeof *cursor);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  *out_cursor = &cursor->base;
  return SQLITE_OK;
}

static int indexes_close(sqlite3_vtab_cursor *base) {
  sqlite3_free(base);
  return SQLITE_OK;
}

/* The cursor is a number, which no search can make dangle. */
static int indexes_filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text, int argc,
                          sqlite3_value **argv) {
  (void)plan;
  (void)plan_text;
  (void)argc;
  (void)argv;
  ((IndexesCursor *)base)->rowid = 1;
  return SQLITE_OK;
}

static int indexes_next(sqlite3_vtab_cursor *base) {
  ((IndexesCursor *)base)->rowid++;
  return SQLITE_OK;
}

/*
** The index that the cursor stands on, or NULL behind the last. It is counted from the start each
** time: the list is short, and a search between two rows of the cursor may change it.
*/
static const VssFaissIndex *current_index(const sqlite3_vtab_cursor *base) {
  const VssFaissIndex *index = ((const IndexesTable *)base->pVtab)->state->indexes;
  for (sqlite3_int64 i = 1; index && i < ((const IndexesCursor *)base)->rowid; i++) {
    index = index->next;
  }
  return index;
}

static int indexes_eof(sqlite3_vtab_cursor *base) {
  return current_index(base) == NULL;
}

/*
** A search between the step to a row and its columns may have dropped the row's index: then NULL.
*/
static int indexes_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  const VssFaissIndex *index = current_index(base);
  if (!index) return SQLITE_OK;
  switch (column) {
    case COLUMN_DATABASE:
      sqlite3_result_text(context, index->target.schema, -1, SQLITE_TRANSIENT);
      break;
    case COLUMN_TABLE:
      sqlite3_result_text(context, index->target.table, -1, SQLITE_TRANSIENT);
      break;
    case COLUMN_ROWS: sqlite3_result_int64(context, index->rows.map.n_live); break;
    case COLUMN_DIMENSIONS: sqlite3_result_int64(context, (sqlite3_int64)index->dim); break;
    case COLUMN_MEMORY:
      sqlite3_result_int64(context, (sqlite3_int64)vss_faiss_index_memory(index));
      break;
    case COLUMN_SCANS: sqlite3_result_int64(context, (sqlite3_int64)index->n_scans); break;
    case COLUMN_ROWS_READ: sqlite3_result_int64(context, (sqlite3_int64)index->n_rows_read); break;
    default: break;
  }
  return SQLITE_OK;
}

static int indexes_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out_rowid) {
  *out_rowid = ((IndexesCursor *)base)->rowid;
  return SQLITE_OK;
}

static const sqlite3_module indexes_module = {
    .xConnect = indexes_connect,
    .xBestIndex = indexes_best_index,
    .xDisconnect = indexes_disconnect,
    .xOpen = indexes_open,
    .xClose = indexes_close,
    .xFilter = indexes_filter,
    .xNext = indexes_next,
    .xEof = indexes_eof,
    .xColumn = indexes_column,
    .xRowid = indexes_rowid,
};

/* SQLite calls the destructor also when it fails to create the module. */
int vss_faiss_register_indexes(VssFaissState *state, sqlite3 *db) {
  vss_faiss_state_retain(state);
  return sqlite3_create_module_v2(db, "faiss_indexes", &indexes_module, state,
                                  vss_faiss_state_release);
}
