/*
** The vss0 module: its tables' life, their transactions, and their integrity.
*/
#include "vss0/vtab.h"

#include <string.h>

#include "functions/functions.h"
#include "sqlite/value.h"
#include "vss0/plan.h"

int vss_vtab_fail(VssTable *table, int rc, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *text = sqlite3_vmprintf(format, args);
  va_end(args);
  sqlite3_free(table->base.zErrMsg);
  table->base.zErrMsg = text ? sqlite3_mprintf("vss0 %s%s", table->store.name, text) : NULL;
  sqlite3_free(text);
  return table->base.zErrMsg ? rc : SQLITE_NOMEM;
}

int vss_vtab_fail_with(VssTable *table, int code, const char *column, const VssError *err) {
  if (code == VSS_OK) return SQLITE_OK;
  int rc = vss_value_sqlite_rc(code, SQLITE_ERROR);
  if (!err->text[0]) return rc;
  if (!column) return vss_vtab_fail(table, rc, ": %s", err->text);
  return vss_vtab_fail(table, rc, ".%s: %s", column, err->text);
}

/*
** A failure that has no text of its own gets one that names the table: SQLite would say "SQL logic error". What
** failed was SQL on the shadow tables, whose text is the connection's, or what they held.
*/
static int named(sqlite3_vtab *vtab, int rc) {
  VssTable *table = (VssTable *)vtab;
  if (table->base.zErrMsg) return rc;
  int primary = rc & 0xff;
  if ((primary == SQLITE_ERROR || primary == SQLITE_CONSTRAINT) &&
      (sqlite3_errcode(table->db) & 0xff) == primary)
    return vss_vtab_fail(table, rc, ": %s", sqlite3_errmsg(table->db));
  if (rc == SQLITE_CORRUPT_VTAB) return vss_vtab_fail(table, rc, ": its shadow tables are damaged");
  return rc;
}

/* ---- create and connect ---- */

/* SQLite refused the columns: its message, with the column whose type it cannot read. NULL when out of memory. */
static char *refusal(VssTable *table) {
  char *reason = sqlite3_mprintf("%s", sqlite3_errmsg(table->db));
  char *message = NULL;
  for (int i = 0; reason && !message && i < table->def.n_columns; i++) {
    const VssColumnDef *column = &table->def.columns[i];
    if (column->is_vector || !column->type[0]) continue;
    char *sql = sqlite3_mprintf("select cast(null as %s)", column->type);
    sqlite3_stmt *stmt = NULL;
    if (sql && sqlite3_prepare_v2(table->db, sql, -1, &stmt, NULL) == SQLITE_ERROR)
      message = sqlite3_mprintf("vss0 %s: column \"%s\": \"%s\" is not a type: %s",
                                table->store.name, column->name, column->type, reason);
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
  }
  if (reason && !message) message = sqlite3_mprintf("vss0 %s: %s", table->store.name, reason);
  sqlite3_free(reason);
  return message;
}

/* `create table x(<columns with types and collations>, distance real hidden, k hidden, "<table>" hidden)` */
static int declare(VssTable *table) {
  sqlite3_str *sql = sqlite3_str_new(table->db);
  sqlite3_str_appendall(sql, "create table x(");
  for (int i = 0; i < table->def.n_columns; i++) {
    const VssColumnDef *column = &table->def.columns[i];
    sqlite3_str_appendf(sql, "\"%w\" %s", column->name, column->is_vector ? "" : column->type);
    if (column->collation) sqlite3_str_appendf(sql, " collate \"%w\"", column->collation);
    sqlite3_str_appendall(sql, ", ");
  }
  sqlite3_str_appendf(sql, "distance real hidden, k hidden, \"%w\" hidden)", table->store.name);
  char *text = sqlite3_str_finish(sql);
  if (!text) return SQLITE_NOMEM;
  int rc = sqlite3_declare_vtab(table->db, text);
  sqlite3_free(text);
  return rc;
}

static int is_utf16(sqlite3 *db, const char *schema, int *out_utf16) {
  char *sql = sqlite3_mprintf("pragma \"%w\".encoding", schema);
  sqlite3_stmt *stmt = NULL;
  int rc = sql ? sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) : SQLITE_NOMEM;
  if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
    const char *encoding = (const char *)sqlite3_column_text(stmt, 0);
    *out_utf16 = encoding && strcmp(encoding, "UTF-8") != 0;
  }
  int finalize_rc = sqlite3_finalize(stmt);
  sqlite3_free(sql);
  return rc == SQLITE_OK ? finalize_rc : rc;
}

/* argv: module, schema, table, then the columns. */
static int open_table(sqlite3 *db, void *module, int argc, const char *const *argv, int create,
                      sqlite3_vtab **out_vtab, char **out_message) {
  VssTable *table = sqlite3_malloc64(sizeof *table);
  if (!table) return SQLITE_NOMEM;
  memset(table, 0, sizeof *table);
  table->module = module;
  VssError err = {0};
  int code = vss_args_parse(argc - 3, argv + 3, argv[2], &table->def, &err);
  int rc = vss_value_sqlite_rc(code, SQLITE_ERROR);
  if (code != VSS_OK && err.text[0]) {
    *out_message = sqlite3_mprintf("vss0 %s: %s", argv[2], err.text);
    if (!*out_message) rc = SQLITE_NOMEM;
  }
  if (rc == SQLITE_OK) rc = vss_table_init(table, db, argv[1], argv[2]);
  if (rc == SQLITE_OK) rc = is_utf16(db, argv[1], &table->utf16);
  if (rc == SQLITE_OK && create) rc = vss_store_create_tables(&table->store);
  if (rc == SQLITE_OK) rc = declare(table);
  if (rc == SQLITE_OK) rc = sqlite3_vtab_config(db, SQLITE_VTAB_CONSTRAINT_SUPPORT, 1);
  /* Reads have no side effects and writes touch only the table's own rows: usable in triggers and views. */
  if (rc == SQLITE_OK) rc = sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  if (rc != SQLITE_OK) {
    if (!*out_message && rc != SQLITE_NOMEM) *out_message = refusal(table);
    vss_table_free(table);
    return rc;
  }
  table->next = table->module->tables;
  table->module->tables = table;
  if (create) vss_table_created(table);
  *out_vtab = &table->base;
  return SQLITE_OK;
}

static int create(sqlite3 *db, void *module, int argc, const char *const *argv,
                  sqlite3_vtab **out_vtab, char **out_message) {
  return open_table(db, module, argc, argv, 1, out_vtab, out_message);
}

static int connect(sqlite3 *db, void *module, int argc, const char *const *argv,
                   sqlite3_vtab **out_vtab, char **out_message) {
  return open_table(db, module, argc, argv, 0, out_vtab, out_message);
}

static int disconnect(sqlite3_vtab *vtab) {
  vss_table_disconnect((VssTable *)vtab);
  return SQLITE_OK;
}

static int destroy(sqlite3_vtab *vtab) {
  int rc = vss_store_drop_tables(&((VssTable *)vtab)->store);
  return rc == SQLITE_OK ? disconnect(vtab) : named(vtab, rc);
}

static int rename_table(sqlite3_vtab *vtab, const char *new_name) {
  return named(vtab, vss_table_rename((VssTable *)vtab, new_name));
}

/* ---- reading and writing ---- */

static int filter(sqlite3_vtab_cursor *cursor, int idx_num, const char *idx_str, int argc,
                  sqlite3_value **argv) {
  return named(cursor->pVtab, vss_vtab_filter(cursor, idx_num, idx_str, argc, argv));
}

static int next(sqlite3_vtab_cursor *cursor) {
  return named(cursor->pVtab, vss_vtab_next(cursor));
}

static int column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int number) {
  return named(cursor->pVtab, vss_vtab_column(cursor, context, number));
}

static int update(sqlite3_vtab *vtab, int argc, sqlite3_value **argv, sqlite3_int64 *out_rowid) {
  return named(vtab, vss_vtab_update(vtab, argc, argv, out_rowid));
}

/* ---- transactions ---- */

static int begin(sqlite3_vtab *vtab) {
  vss_table_begin((VssTable *)vtab);
  return SQLITE_OK;
}

static int sync_table(sqlite3_vtab *vtab) {
  return named(vtab, vss_table_flush((VssTable *)vtab));
}

static int commit(sqlite3_vtab *vtab) {
  vss_table_commit((VssTable *)vtab);
  return SQLITE_OK;
}

static int rollback(sqlite3_vtab *vtab) {
  vss_table_rollback((VssTable *)vtab);
  return SQLITE_OK;
}

/* Nothing to remember: what a savepoint holds is in the shadow tables. */
static int savepoint(sqlite3_vtab *vtab, int n) {
  (void)vtab;
  (void)n;
  return SQLITE_OK;
}

static int rollback_to(sqlite3_vtab *vtab, int n) {
  (void)n;
  vss_table_rollback_to((VssTable *)vtab);
  return SQLITE_OK;
}

static int is_shadow_name(const char *suffix) {
  return vss_store_is_shadow(suffix);
}

/* ---- integrity ---- */

/* The first problem of the rows themselves: a vector without a row, or of the wrong length. */
static int check_vectors(VssTable *table, char **out_message) {
  int rc = SQLITE_OK;
  for (int i = 0, v = 0; i < table->def.n_columns && rc == SQLITE_OK && !*out_message; i++) {
    const VssColumnDef *column = &table->def.columns[i];
    if (!column->is_vector) continue;
    char *sql = sqlite3_mprintf(
        "select v.rowid, typeof(v.vector), length(v.vector), r.rowid is null from "
        "$s.\"$t_vector%d\" v "
        "left join $s.\"$t_rows\" r on r.rowid = v.rowid "
        "where r.rowid is null or typeof(v.vector) != 'blob' or length(v.vector) != %d limit 1",
        v, column->dim * 4);
    sqlite3_stmt *stmt = NULL;
    rc = sql ? vss_store_prepare(&table->store, sql, 0, &stmt) : SQLITE_NOMEM;
    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
      sqlite3_int64 rowid = sqlite3_column_int64(stmt, 0);
      *out_message =
          sqlite3_column_int(stmt, 3)
              ? sqlite3_mprintf("column %s: vector of rowid %lld has no row", column->name, rowid)
              : sqlite3_mprintf(
                    "column %s: vector of rowid %lld is a %s of %d bytes, expected a blob of %d",
                    column->name, rowid, sqlite3_column_text(stmt, 1), sqlite3_column_int(stmt, 2),
                    column->dim * 4);
    }
    int finalize_rc = sqlite3_finalize(stmt);
    if (rc == SQLITE_OK) rc = finalize_rc;
    sqlite3_free(sql);
    v++;
  }
  return rc;
}

/* Does the resident slot map hold exactly the rows of the table, and each index exactly their vectors? */
static int check_resident(VssTable *table, char **out_message) {
  sqlite3_stmt *rows = NULL;
  uint32_t n_rows = 0;
  int rc = vss_store_prepare(&table->store, "select rowid from $s.\"$t_rows\"", 0, &rows);
  while (rc == SQLITE_OK && !*out_message && sqlite3_step(rows) == SQLITE_ROW) {
    sqlite3_int64 rowid = sqlite3_column_int64(rows, 0);
    uint32_t slot = vss_idmap_find(&table->map, rowid);
    n_rows++;
    if (slot == VSS_NO_SLOT)
      *out_message = sqlite3_mprintf("rowid %lld is missing from the index", rowid);
    for (int i = 0, v = 0; i < table->def.n_columns && rc == SQLITE_OK && !*out_message; i++) {
      const VssColumnDef *column = &table->def.columns[i];
      if (!column->is_vector) continue;
      rc = vss_store_read_vector(&table->store, v, rowid, table->scratch);
      int stored = rc == SQLITE_OK;
      if (rc == SQLITE_DONE) rc = SQLITE_OK;
      if (rc != SQLITE_OK) break;
      int indexed = vss_index_has(table->indexes[v], slot);
      if (stored && vss_codec_check_finite(table->scratch, (uint64_t)column->dim, NULL) != VSS_OK) {
        *out_message =
            sqlite3_mprintf("column %s: vector of rowid %lld is not finite", column->name, rowid);
      } else if (stored != indexed) {
        *out_message =
            sqlite3_mprintf("column %s: rowid %lld is %s the index but %s the table", column->name,
                            rowid, indexed ? "in" : "missing from", stored ? "in" : "missing from");
      } else if (stored && !vss_index_matches(table->indexes[v], slot, table->scratch)) {
        *out_message = sqlite3_mprintf(
            "column %s: the code of rowid %lld does not bound its vector", column->name, rowid);
      }
      v++;
    }
  }
  int finalize_rc = sqlite3_finalize(rows);
  if (rc == SQLITE_OK) rc = finalize_rc;
  if (rc == SQLITE_OK && !*out_message && n_rows != table->map.n_live) {
    *out_message =
        sqlite3_mprintf("the index has %u rows, the table %u", table->map.n_live, n_rows);
  }
  return rc;
}

int vss_vtab_check(VssTable *table, char **out_message) {
  *out_message = NULL;
  int rc = check_vectors(table, out_message);
  if (rc == SQLITE_OK && !*out_message) rc = vss_table_sync(table);
  if (rc == SQLITE_OK && !*out_message) rc = check_resident(table, out_message);
  if (*out_message) rc = SQLITE_OK;
  return rc;
}

static int integrity(sqlite3_vtab *vtab, const char *schema, const char *name, int flags,
                     char **out_message) {
  (void)schema;
  (void)flags;
  VssTable *table = (VssTable *)vtab;
  char *message = NULL;
  int rc = vss_vtab_check(table, &message);
  if (rc == SQLITE_OK && message) *out_message = sqlite3_mprintf("vss0 %s: %s", name, message);
  if (rc == SQLITE_CORRUPT || rc == SQLITE_CORRUPT_VTAB) {
    *out_message = sqlite3_mprintf("vss0 %s: its shadow tables are damaged", name);
    rc = SQLITE_OK;
  }
  sqlite3_free(message);
  return rc;
}

static const sqlite3_module module_methods = {
    .iVersion = 4,
    .xCreate = create,
    .xConnect = connect,
    .xBestIndex = vss_plan_best_index,
    .xDisconnect = disconnect,
    .xDestroy = destroy,
    .xOpen = vss_vtab_open,
    .xClose = vss_vtab_close,
    .xFilter = filter,
    .xNext = next,
    .xEof = vss_vtab_eof,
    .xColumn = column,
    .xRowid = vss_vtab_rowid,
    .xUpdate = update,
    .xBegin = begin,
    .xSync = sync_table,
    .xCommit = commit,
    .xRollback = rollback,
    .xFindFunction = vss_func_find_overload,
    .xRename = rename_table,
    .xSavepoint = savepoint,
    .xRelease = savepoint,
    .xRollbackTo = rollback_to,
    .xShadowName = is_shadow_name,
    .xIntegrity = integrity,
};

int vss_vtab_register(sqlite3 *db) {
  VssModule *module = sqlite3_malloc64(sizeof *module);
  if (!module) return SQLITE_NOMEM;
  memset(module, 0, sizeof *module);
  vss_crc32_init(&module->crc);
  /* On failure SQLite has called the destructor already. */
  int rc = sqlite3_create_module_v2(db, "vss0", &module_methods, module, sqlite3_free);
  return rc == SQLITE_OK ? vss_func_register_search(db, module) : rc;
}
