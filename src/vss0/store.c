/*
** Statements on rows, vectors, version and cache: vss0/store.h.
**
** A statement that is used again and again is prepared once and kept by number: the fixed ones
** first, then those of vector column 0, of vector column 1, and so on. A statement that is kept is
** always left reset and without bound values of a caller's, so that the next call finds it ready.
*/
#include "vss0/store_int.h"

#include <string.h>

#include "sqlite/value.h"

/* Those that every table has. */
enum {
  FIND_ROW,
  FIND_ID,
  LAST_ROWID,
  INSERT_ROW,
  UPDATE_ROW,
  DELETE_ROW,
  READ_ROW,
  SCAN_ROWS,
  READ_VERSION,
  WRITE_VERSION,
  READ_COUNTS,
  READ_CACHE,
  WRITE_COUNTS,
  WRITE_CACHE,
  DELETE_CACHE,
  N_FIXED /* how many of the above */
};

/* For each vector column. */
enum { HAS_PACK, INSERT_PACK, DELETE_PACK, N_PER_VECTOR };

/*
** The numbers of the kept statements, for a table with two vector columns:
**
**   0 ... N_FIXED - 1           FIND_ROW ... DELETE_CACHE
**   N_FIXED + 0, 1, 2           HAS_PACK, INSERT_PACK, DELETE_PACK of column 0
**   N_FIXED + 3, 4, 5           the same of column 1
*/
static int n_statements(const VssTableDef *def) {
  return N_FIXED + def->n_vectors * N_PER_VECTOR;
}

static int has_filter(const VssTableDef *def, const char *name) {
  for (int i = 0; i < def->n_filters; i++)
    if (sqlite3_stricmp(def->filters[i].name, name) == 0) return 1;
  return 0;
}

/* "slot", with underscores behind it until no filter column has the name. NULL: out of memory. */
static char *slot_column(const VssTableDef *def) {
  char *name = sqlite3_mprintf("slot");
  while (name && has_filter(def, name))
    name = sqlite3_mprintf("%z_", name);
  return name;
}

/* No SQL runs here: the shadow tables may not exist yet. */
int vss_store_init(VssStore *store, sqlite3 *db, const char *schema, const char *name,
                   const VssTableDef *def) {
  memset(store, 0, sizeof *store);
  store->db = db;
  store->def = def;
  store->schema = sqlite3_mprintf("%s", schema);
  store->name = sqlite3_mprintf("%s", name);
  store->statements = vss_calloc((uint64_t)n_statements(def), sizeof *store->statements);
  store->slot_column = slot_column(def);
  if (!store->schema || !store->name || !store->statements || !store->slot_column)
    return SQLITE_NOMEM;
  return vss_store_init_packs(store);
}

/* Statements are prepared again at their next use, with the new name. */
void vss_store_finalize(VssStore *store) {
  if (!store->statements) return;
  for (int i = 0; i < n_statements(store->def); i++) {
    sqlite3_finalize(store->statements[i]);
    store->statements[i] = NULL;
  }
  vss_store_close_packs(store);
}

/* The definition is borrowed, and must still be there: it says how many statements there are. */
void vss_store_free(VssStore *store) {
  vss_store_finalize(store);
  vss_store_free_packs(store);
  vss_free(store->statements);
  sqlite3_free(store->slot_column);
  sqlite3_free(store->schema);
  sqlite3_free(store->name);
  memset(store, 0, sizeof *store);
}

/*
** Append `format`, which takes one name, for each filter column in declared order. Returns how many
** there are. Every SQL text lists the columns by this function, so that their positions agree.
*/
static int quoted_columns(const VssStore *store, sqlite3_str *text, const char *format) {
  for (int i = 0; i < store->def->n_filters; i++)
    sqlite3_str_appendf(text, format, store->def->filters[i].name);
  return store->def->n_filters;
}

/* The same for a write, in which the rowid has been named before, so that an integer key is not. */
static int written_columns(const VssStore *store, sqlite3_str *text, const char *format) {
  int n = 0;
  for (int i = 0; i < store->def->n_filters; i++) {
    if (store->def->filters[i].key == VSS_KEY_ROWID) continue;
    sqlite3_str_appendf(text, format, store->def->filters[i].name);
    n++;
  }
  return n;
}

/*
** The SQL of a statement of the list; NULL when out of memory. The caller owns it (sqlite3_free).
**
**   FIND_ID      select rowid from docs_rows where "id" = ?1
**   INSERT_ROW   insert into docs_rows(rowid, slot, "author", "year") values(?, ?, ?, ?)
**   UPDATE_ROW   update docs_rows set rowid = ?, "author" = ?, "year" = ? where rowid = ?
**   READ_ROW     select "author", "year", slot, rowid from docs_rows where rowid = ?1
**
** The parameters of the writes are the new rowid, of an INSERT the slot, and the filter values in
** declared order; those of an UPDATE end with the old rowid. A row keeps its slot.
*/
static char *statement_sql(const VssStore *store, int which) {
  if (which >= N_FIXED) {
    static const char *const per_vector[] = {
        "select 1 from $s.\"$t_vector%d\" where pack = ?1",
        "insert into $s.\"$t_vector%d\"(pack, vectors) values(?1, ?2)",
        "delete from $s.\"$t_vector%d\" where pack = ?1",
    };
    int vector = (which - N_FIXED) / N_PER_VECTOR;
    return sqlite3_mprintf(per_vector[(which - N_FIXED) % N_PER_VECTOR], vector);
  }
  sqlite3_str *sql = sqlite3_str_new(store->db);
  int n;
  switch (which) {
    case FIND_ROW:
      sqlite3_str_appendf(sql, "select %s from $s.\"$t_rows\" where rowid = ?1",
                          store->slot_column);
      break;
    case FIND_ID:
      sqlite3_str_appendf(sql, "select rowid from $s.\"$t_rows\" where \"%w\" = ?1",
                          store->def->id->name);
      break;
    case LAST_ROWID:
      sqlite3_str_appendall(sql, "select coalesce(max(rowid), 0) from $s.\"$t_rows\"");
      break;
    case INSERT_ROW:
      sqlite3_str_appendf(sql, "insert into $s.\"$t_rows\"(rowid, %s", store->slot_column);
      n = written_columns(store, sql, ", \"%w\"");
      sqlite3_str_appendall(sql, ") values(?, ?");
      while (n-- > 0)
        sqlite3_str_appendall(sql, ", ?");
      sqlite3_str_appendall(sql, ")");
      break;
    case UPDATE_ROW:
      sqlite3_str_appendall(sql, "update $s.\"$t_rows\" set rowid = ?");
      written_columns(store, sql, ", \"%w\" = ?");
      sqlite3_str_appendall(sql, " where rowid = ?");
      break;
    case DELETE_ROW:
      sqlite3_str_appendall(sql, "delete from $s.\"$t_rows\" where rowid = ?1");
      break;
    case READ_ROW:
    case SCAN_ROWS:
      sqlite3_str_appendall(sql, "select ");
      quoted_columns(store, sql, "\"%w\", ");
      sqlite3_str_appendf(sql, "%s, rowid from $s.\"$t_rows\"", store->slot_column);
      sqlite3_str_appendall(sql, which == READ_ROW ? " where rowid = ?1" : " order by rowid");
      break;
    case READ_VERSION:
      sqlite3_str_appendall(sql, "select value from $s.\"$t_config\" where key = 'version'");
      break;
    case WRITE_VERSION:
      sqlite3_str_appendall(sql, "insert or replace into $s.\"$t_config\" values('version', ?1)");
      break;
    case READ_COUNTS:
      sqlite3_str_appendall(sql, "select value from $s.\"$t_config\" where key = 'counts'");
      break;
    case READ_CACHE:
      sqlite3_str_appendall(sql,
                            "select 1 from $s.\"$t_config\" where key = 'cache' and value = 'off'");
      break;
    case WRITE_COUNTS:
      sqlite3_str_appendall(sql, "insert or replace into $s.\"$t_config\" values('counts', ?1)");
      break;
    case WRITE_CACHE:
      sqlite3_str_appendall(sql, "insert or replace into $s.\"$t_cache\" values(?1, ?2, ?3)");
      break;
    default: sqlite3_str_appendall(sql, "delete from $s.\"$t_cache\" where id = ?1"); break;
  }
  return sqlite3_str_finish(sql);
}

/* The kept statement of that number, prepared at its first use. The caller leaves it reset. */
static int statement(VssStore *store, int which, sqlite3_stmt **out_statement) {
  sqlite3_stmt **slot = &store->statements[which];
  int rc = SQLITE_OK;
  if (!*slot) {
    char *sql = statement_sql(store, which);
    if (!sql) return SQLITE_NOMEM;
    /* A failure is not kept: the next call tries again. */
    rc = vss_store_prepare(store, sql, 1, slot);
    sqlite3_free(sql);
  }
  *out_statement = *slot;
  return rc;
}

/*
** Step a statement that returns no row, and reset it: what the reset returns is the step's failure.
*/
static int finish(sqlite3_stmt *stmt) {
  sqlite3_step(stmt);
  return sqlite3_reset(stmt);
}

/* What a row has as its slot. VSS_NONE: no slot that there can be. */
uint32_t vss_store_column_slot(sqlite3_stmt *stmt, int column) {
  if (sqlite3_column_type(stmt, column) != SQLITE_INTEGER) return VSS_NONE;
  sqlite3_int64 slot = sqlite3_column_int64(stmt, column);
  return slot >= 0 && slot <= VSS_MAX_SLOT ? (uint32_t)slot : VSS_NONE;
}

/* A failure of the step shows in the reset, where it can be told from "no such row". */
int vss_store_find_row(VssStore *store, sqlite3_int64 rowid, int *out_found, uint32_t *out_slot) {
  sqlite3_stmt *stmt;
  int rc = statement(store, FIND_ROW, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(stmt, 1, rowid);
  int found = sqlite3_step(stmt) == SQLITE_ROW;
  uint32_t slot = found ? vss_store_column_slot(stmt, 0) : VSS_NONE;
  rc = sqlite3_reset(stmt);
  if (rc != SQLITE_OK) return rc;
  *out_found = found;
  *out_slot = slot;
  return SQLITE_OK;
}

/* What the step gives is all that is there: the index allows one row for an id. */
static int find_id(sqlite3_stmt *stmt, int *out_found, sqlite3_int64 *out_rowid) {
  int found = sqlite3_step(stmt) == SQLITE_ROW;
  sqlite3_int64 rowid = found ? sqlite3_column_int64(stmt, 0) : 0;
  int rc = sqlite3_reset(stmt);
  sqlite3_clear_bindings(stmt);
  if (rc != SQLITE_OK) return rc;
  *out_found = found;
  *out_rowid = rowid;
  return SQLITE_OK;
}

int vss_store_find_id(VssStore *store, sqlite3_value *id, int *out_found,
                      sqlite3_int64 *out_rowid) {
  sqlite3_stmt *stmt;
  int rc = statement(store, FIND_ID, &stmt);
  if (rc == SQLITE_OK) rc = sqlite3_bind_value(stmt, 1, id);
  return rc == SQLITE_OK ? find_id(stmt, out_found, out_rowid) : rc;
}

int vss_store_find_borrowed_id(VssStore *store, const VssValue *id, int *out_found,
                               sqlite3_int64 *out_rowid) {
  sqlite3_stmt *stmt;
  int rc = statement(store, FIND_ID, &stmt);
  if (rc == SQLITE_OK) rc = vss_value_bind(stmt, 1, id);
  return rc == SQLITE_OK ? find_id(stmt, out_found, out_rowid) : rc;
}

int vss_store_next_rowid(VssStore *store, int *out_has, sqlite3_int64 *out_rowid) {
  sqlite3_stmt *stmt;
  int rc = statement(store, LAST_ROWID, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_int64 last = 0;
  if (sqlite3_step(stmt) == SQLITE_ROW) last = sqlite3_column_int64(stmt, 0);
  rc = sqlite3_reset(stmt);
  if (rc != SQLITE_OK) return rc;
  *out_has = last < INT64_MAX;
  *out_rowid = *out_has ? last + 1 : 0;
  return SQLITE_OK;
}

/*
** Bind the filter values to the parameters from *inout_parameter on, which ends behind them. The
** value of an integer key is bound as the rowid.
*/
static int bind_filters(VssStore *store, sqlite3_stmt *stmt, int *inout_parameter,
                        sqlite3_value **filters) {
  int rc = SQLITE_OK;
  for (int i = 0; i < store->def->n_filters && rc == SQLITE_OK; i++) {
    if (store->def->filters[i].key == VSS_KEY_ROWID) continue;
    rc = sqlite3_bind_value(stmt, (*inout_parameter)++, filters[i]);
  }
  return rc;
}

/* SQLite checks the rowid's uniqueness: a look-up before each INSERT would cost as much again. */
int vss_store_insert_row(VssStore *store, const sqlite3_int64 *rowid, uint32_t slot,
                         sqlite3_value **filters, sqlite3_int64 *out_rowid) {
  sqlite3_stmt *stmt;
  int parameter = 3;
  int rc = statement(store, INSERT_ROW, &stmt);
  if (rc != SQLITE_OK) return rc;
  /* NULL in an INTEGER PRIMARY KEY: SQLite chooses the rowid. */
  rc = rowid ? sqlite3_bind_int64(stmt, 1, *rowid) : sqlite3_bind_null(stmt, 1);
  if (rc == SQLITE_OK) rc = sqlite3_bind_int64(stmt, 2, slot);
  if (rc == SQLITE_OK) rc = bind_filters(store, stmt, &parameter, filters);
  if (rc == SQLITE_OK) rc = finish(stmt);
  /* Triggers restore last_insert_rowid() when they end, so that it is our row's. */
  if (rc == SQLITE_OK) *out_rowid = sqlite3_last_insert_rowid(store->db);
  sqlite3_clear_bindings(stmt); /* the values belong to the caller, and may be large */
  return rc;
}

/*
** The old and the new rowid may be the same. The entries of the row's vectors say its rowid: the
** caller changes them.
*/
int vss_store_update_row(VssStore *store, sqlite3_int64 rowid, sqlite3_int64 new_rowid,
                         sqlite3_value **filters) {
  sqlite3_stmt *stmt;
  int parameter = 2;
  int rc = statement(store, UPDATE_ROW, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(stmt, 1, new_rowid);
  rc = bind_filters(store, stmt, &parameter, filters);
  if (rc == SQLITE_OK) rc = sqlite3_bind_int64(stmt, parameter, rowid);
  if (rc == SQLITE_OK) rc = finish(stmt);
  sqlite3_clear_bindings(stmt);
  return rc;
}

/* Run a statement without a result whose one parameter is a number. */
static int run_on_rowid(VssStore *store, int which, sqlite3_int64 rowid) {
  sqlite3_stmt *stmt;
  int rc = statement(store, which, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(stmt, 1, rowid);
  return finish(stmt);
}

/* A row that does not exist is not a failure. */
int vss_store_delete_row(VssStore *store, sqlite3_int64 rowid) {
  return run_on_rowid(store, DELETE_ROW, rowid);
}

/*
** There is one such statement, so that only one row can be read at a time. Cursors have their own.
*/
int vss_store_read_row(VssStore *store, sqlite3_int64 rowid, sqlite3_stmt **out_statement) {
  sqlite3_stmt *stmt;
  int rc = statement(store, READ_ROW, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(stmt, 1, rowid);
  rc = sqlite3_step(stmt);
  if (rc == SQLITE_ROW) {
    *out_statement = stmt;
    return SQLITE_OK;
  }
  rc = sqlite3_reset(stmt);
  return rc == SQLITE_OK ? SQLITE_DONE : rc;
}

/*
** Prepare a statement of the list once more, for a caller who owns it. A cursor stands on a row
** while other cursors and writes go on, and a kept statement can stand on one row only.
*/
static int prepare_own(VssStore *store, int which, sqlite3_stmt **out_statement) {
  char *sql = statement_sql(store, which);
  if (!sql) return SQLITE_NOMEM;
  int rc = vss_store_prepare(store, sql, 0, out_statement);
  sqlite3_free(sql);
  return rc;
}

/* See prepare_own(): the statement is the caller's. */
int vss_store_prepare_read_row(VssStore *store, sqlite3_stmt **out_statement) {
  return prepare_own(store, READ_ROW, out_statement);
}

/* For a scan without a search: `select * from t`. */
int vss_store_scan_rows(VssStore *store, sqlite3_stmt **out_statement) {
  return prepare_own(store, SCAN_ROWS, out_statement);
}

/* ---- packs: vss0/store_packs.c asks for them ---- */

/* A kept statement on a vector column, with the pack bound to ?1. */
static int pack_statement(VssStore *store, int vector, int which, sqlite3_int64 pack,
                          sqlite3_stmt **out_statement) {
  int rc = statement(store, N_FIXED + vector * N_PER_VECTOR + which, out_statement);
  if (rc == SQLITE_OK) rc = sqlite3_bind_int64(*out_statement, 1, pack);
  return rc;
}

int vss_store_has_pack(VssStore *store, int vector, sqlite3_int64 pack, int *out_found) {
  sqlite3_stmt *stmt;
  int rc = pack_statement(store, vector, HAS_PACK, pack, &stmt);
  if (rc != SQLITE_OK) return rc;
  int found = sqlite3_step(stmt) == SQLITE_ROW;
  rc = sqlite3_reset(stmt);
  if (rc == SQLITE_OK) *out_found = found;
  return rc;
}

/* The user's last_insert_rowid() must stay that of a row of the vss0 table. */
int vss_store_insert_pack(VssStore *store, int vector, sqlite3_int64 pack, const void *data,
                          uint64_t size_bytes) {
  sqlite3_int64 last_rowid = sqlite3_last_insert_rowid(store->db);
  sqlite3_stmt *stmt;
  int rc = pack_statement(store, vector, INSERT_PACK, pack, &stmt);
  if (rc != SQLITE_OK) return rc;
  rc = sqlite3_bind_blob64(stmt, 2, data, size_bytes, SQLITE_STATIC);
  if (rc == SQLITE_OK) rc = finish(stmt);
  sqlite3_clear_bindings(stmt);
  sqlite3_set_last_insert_rowid(store->db, last_rowid);
  return rc;
}

int vss_store_delete_pack(VssStore *store, int vector, sqlite3_int64 pack) {
  sqlite3_stmt *stmt;
  int rc = pack_statement(store, vector, DELETE_PACK, pack, &stmt);
  return rc == SQLITE_OK ? finish(stmt) : rc;
}

/* ---- version, counts and cache ---- */

/* A table that lost its version has version 0, so that nothing in the cache agrees with it. */
int vss_store_read_version(VssStore *store, sqlite3_int64 *out_version) {
  sqlite3_stmt *stmt;
  int rc = statement(store, READ_VERSION, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_int64 version = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
  rc = sqlite3_reset(stmt);
  if (rc == SQLITE_OK) *out_version = version;
  return rc;
}

/* The version is a number like a rowid. */
int vss_store_write_version(VssStore *store, sqlite3_int64 version) {
  return run_on_rowid(store, WRITE_VERSION, version);
}

/* The text is copied, since it is the statement's until the reset. */
int vss_store_read_counts(VssStore *store, char **out_counts) {
  sqlite3_stmt *stmt;
  int rc = statement(store, READ_COUNTS, &stmt);
  if (rc != SQLITE_OK) return rc;
  char *counts = NULL;
  if (sqlite3_step(stmt) == SQLITE_ROW) {
    const char *text = (const char *)sqlite3_column_text(stmt, 0);
    /* A NULL that somebody has put there agrees with no counts. */
    counts = sqlite3_mprintf("%s", text ? text : "");
    if (!counts) rc = SQLITE_NOMEM;
  }
  int reset_rc = sqlite3_reset(stmt);
  if (rc == SQLITE_OK) rc = reset_rc;
  if (rc == SQLITE_OK) {
    *out_counts = counts;
  } else {
    sqlite3_free(counts);
  }
  return rc;
}

/* See vss0/cache.c for what the text says. */
int vss_store_write_counts(VssStore *store, const char *counts) {
  sqlite3_stmt *stmt;
  int rc = statement(store, WRITE_COUNTS, &stmt);
  if (rc != SQLITE_OK) return rc;
  rc = sqlite3_bind_text(stmt, 1, counts, -1, SQLITE_STATIC);
  if (rc == SQLITE_OK) rc = finish(stmt);
  sqlite3_clear_bindings(stmt);
  return rc;
}

int vss_store_has_cache(VssStore *store, int *out_has) {
  sqlite3_stmt *stmt;
  int rc = statement(store, READ_CACHE, &stmt);
  if (rc != SQLITE_OK) return rc;
  int is_off = sqlite3_step(stmt) == SQLITE_ROW;
  rc = sqlite3_reset(stmt);
  if (rc == SQLITE_OK) *out_has = !is_off;
  return rc;
}

/* Run a statement that is seldom needed, and so is not kept. */
static int run_once(VssStore *store, const char *sql) {
  sqlite3_stmt *stmt = NULL;
  int rc = vss_store_prepare(store, sql, 0, &stmt);
  if (rc == SQLITE_OK) sqlite3_step(stmt);
  int finalize_rc = sqlite3_finalize(stmt);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

int vss_store_set_cache(VssStore *store, int is_on) {
  if (is_on) return run_once(store, "delete from $s.\"$t_config\" where key = 'cache'");
  int rc = run_once(store, "insert or replace into $s.\"$t_config\" values('cache', 'off')");
  if (rc == SQLITE_OK) rc = run_once(store, "delete from $s.\"$t_config\" where key = 'counts'");
  return rc == SQLITE_OK ? vss_store_clear_cache(store) : rc;
}

/* An item replaces the one that had its id. */
int vss_store_write_cache(VssStore *store, sqlite3_int64 id, sqlite3_int64 version,
                          const VssBuffer *data) {
  sqlite3_stmt *stmt;
  int rc = statement(store, WRITE_CACHE, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(stmt, 1, id);
  sqlite3_bind_int64(stmt, 2, version);
  rc = sqlite3_bind_blob64(stmt, 3, data->data, data->size_bytes, SQLITE_STATIC);
  if (rc == SQLITE_OK) rc = finish(stmt);
  sqlite3_clear_bindings(stmt);
  return rc;
}

int vss_store_read_page_size(VssStore *store, int *out_page_bytes) {
  sqlite3_stmt *stmt = NULL;
  int rc = vss_store_prepare(store, "pragma $s.page_size", 0, &stmt);
  if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
    *out_page_bytes = sqlite3_column_int(stmt, 0);
  int finalize_rc = sqlite3_finalize(stmt);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/* For a codebook that no block uses any more. Its number may be given to another one later. */
int vss_store_delete_cache(VssStore *store, sqlite3_int64 id) {
  return run_on_rowid(store, DELETE_CACHE, id);
}

/* DELETE without a WHERE: SQLite empties the table without reading its rows. */
int vss_store_clear_cache(VssStore *store) {
  sqlite3_stmt *stmt = NULL;
  int rc = vss_store_prepare(store, "delete from $s.\"$t_cache\"", 0, &stmt);
  if (rc == SQLITE_OK) sqlite3_step(stmt);
  int finalize_rc = sqlite3_finalize(stmt);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/*
** The order of ids is the order in which vss0/cache.c can load them: slots, codebooks, codes.
** SQLite reads the data of an item when it steps to it, whether it is asked for or not.
*/
int vss_store_scan_cache(VssStore *store, sqlite3_int64 last, sqlite3_int64 since,
                         sqlite3_stmt **out_statement) {
  int rc = vss_store_prepare(store,
                             "select id, version, data from $s.\"$t_cache\" "
                             "where id <= ?1 and version > ?2 order by id",
                             0, out_statement);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(*out_statement, 1, last);
  return sqlite3_bind_int64(*out_statement, 2, since);
}
