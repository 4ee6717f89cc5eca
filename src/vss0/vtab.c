/*
** The vss0 module: the life of its tables and their transactions, as SQLite calls them.
**
**   create virtual table t ...         xCreate, then as for a transaction
**   the first statement that names t   xConnect
**   insert, update, delete             xBegin (once per transaction), xUpdate
**   commit                             xSync, which may fail, then xCommit, which may not
**   rollback; rollback to              xRollback; xRollbackTo
**   alter table t rename to            xRename
**   drop table t; close                xDestroy; xDisconnect
**
** The functions here do little themselves. They hand over to vss0/table.h and its neighbours, and
** give a failure that has no message one that names the table.
*/
#include "vss0/vtab.h"

#include <string.h>

#include "sqlite/error.h"
#include "vss0/estimate.h"
#include "vss0/integrity.h"
#include "vss0/message.h"
#include "vss0/plan.h"
#include "vss0/search_params.h"
#include "vss0/search_term.h"
#include "vss0/table_info.h"

/* Every method that runs SQL ends in this, as xNext and xColumn do by themselves. */
static int named(sqlite3_vtab *vtab, int rc) {
  return vss_vtab_name_failure((VssTable *)vtab, rc);
}

/* ---- create and connect ---- */

/*
** SQLite refused the columns. Its message says "near X: syntax error" of a statement that the user
** has never seen, so the column is looked for whose type SQLite cannot read. NULL when out of
** memory (sqlite3_free).
*/
static char *refusal(VssTable *table) {
  char *reason = sqlite3_mprintf("%s", sqlite3_errmsg(table->db));
  char *message = NULL;
  for (int i = 0; reason && !message && i < table->def.n_filters; i++) {
    const VssFilterDef *filter = &table->def.filters[i];
    if (!filter->type[0]) continue;
    char *sql = sqlite3_mprintf("select cast(null as %s)", filter->type);
    sqlite3_stmt *stmt = NULL;
    if (sql && sqlite3_prepare_v2(table->db, sql, -1, &stmt, NULL) == SQLITE_ERROR)
      message = sqlite3_mprintf("vss0 %s: column \"%s\": \"%s\" is not a type: %s",
                                table->store.name, filter->name, filter->type, reason);
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
  }
  if (reason && !message) message = sqlite3_mprintf("vss0 %s: %s", table->store.name, reason);
  sqlite3_free(reason);
  return message;
}

/*
** Tell SQLite the columns:
**
**   create table x("body" , "author" text collate nocase,
**                  distance real hidden, k hidden, "docs" hidden)
**
** Filter columns have their declared types and collations: SQLite compares with them as it would in
** an ordinary table. The last column takes commands, `insert into docs(docs) values('rebuild')`.
*/
static int declare(VssTable *table) {
  /*
  ** SQLite would take the index of a text key for one of its own: a foreign key that refers to the
  ** table would make it open that index.
  */
  static const char *const key_sql[] = {
      [VSS_KEY_NONE] = "", [VSS_KEY_TEXT] = " not null", [VSS_KEY_ROWID] = " primary key"};
  sqlite3_str *sql = sqlite3_str_new(table->db);
  sqlite3_str_appendall(sql, "create table x(");
  for (int i = 0; i < table->def.n_columns; i++) {
    const VssColumnDef *column = &table->def.columns[i];
    sqlite3_str_appendf(sql, "\"%w\" ", column->name);
    if (!column->is_vector) {
      const VssFilterDef *filter = &table->def.filters[column->number];
      sqlite3_str_appendall(sql, filter->type);
      if (filter->collation) sqlite3_str_appendf(sql, " collate \"%w\"", filter->collation);
      sqlite3_str_appendall(sql, key_sql[filter->key]);
    }
    sqlite3_str_appendall(sql, ", ");
  }
  sqlite3_str_appendf(sql, "distance real hidden, k hidden, \"%w\" hidden)", table->store.name);
  char *text = sqlite3_str_finish(sql);
  if (!text) return SQLITE_NOMEM;
  int rc = sqlite3_declare_vtab(table->db, text);
  sqlite3_free(text);
  return rc;
}

/*
** Whether the database stores its text as UTF-16. The first write to a new database decides it for
** good.
*/
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

/* xCreate and xConnect. argv: the module's name, the schema, the table, then the columns. */
static int open_table(sqlite3 *db, void *module, int argc, const char *const *argv, int create,
                      sqlite3_vtab **out_vtab, char **out_message) {
  VssTable *table = sqlite3_malloc64(sizeof *table);
  if (!table) return SQLITE_NOMEM;
  memset(table, 0, sizeof *table);
  table->module = module;
  VssError err = {0};
  int code = vss_args_parse(argc - 3, argv + 3, argv[2], &table->def, &err);
  int rc = vss_error_sqlite_rc(code, SQLITE_ERROR);
  if (code != VSS_OK && err.text[0]) {
    *out_message = sqlite3_mprintf("vss0 %s: %s", argv[2], err.text);
    if (!*out_message) rc = SQLITE_NOMEM;
  }
  if (rc == SQLITE_OK) rc = vss_table_init(table, db, argv[1], argv[2]);
  if (rc == SQLITE_OK) rc = is_utf16(db, argv[1], &table->utf16);
  if (rc == SQLITE_OK && create) rc = vss_store_create_tables(&table->store);
  if (rc == SQLITE_OK) rc = declare(table);
  if (rc == SQLITE_OK) rc = sqlite3_vtab_config(db, SQLITE_VTAB_CONSTRAINT_SUPPORT, 1);
  /* Reading has no side effects and writing changes the table's own rows alone, so that triggers
  ** and views of a schema that is not trusted may use the table. */
  if (rc == SQLITE_OK) rc = sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  if (rc != SQLITE_OK) {
    if (!*out_message && rc != SQLITE_NOMEM) *out_message = refusal(table);
    vss_table_free(table);
    return rc;
  }
  table->next = table->module->tables;
  table->module->tables = table;
  if (create) vss_table_created(table);
  if (!create) rc = vss_table_write_waiting_of_twins(table);
  if (rc != SQLITE_OK) {
    vss_table_disconnect(table);
    return rc;
  }
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

/* The connection closes, or SQLite reads the schema again. The shadow tables stay. */
static int disconnect(sqlite3_vtab *vtab) {
  vss_table_disconnect((VssTable *)vtab);
  return SQLITE_OK;
}

/*
** DROP TABLE. When the shadow tables cannot be dropped, the table stays, and so does the VssTable.
*/
static int destroy(sqlite3_vtab *vtab) {
  int rc = vss_store_drop_tables(&((VssTable *)vtab)->store);
  return rc == SQLITE_OK ? disconnect(vtab) : named(vtab, rc);
}

/*
** ALTER TABLE RENAME. SQLite changes the schema by itself, and the shadow tables are ours to
** rename.
*/
static int rename_table(sqlite3_vtab *vtab, const char *new_name) {
  return named(vtab, vss_table_rename((VssTable *)vtab, new_name));
}

/* ---- reading and writing ---- */

static int filter(sqlite3_vtab_cursor *cursor, int idx_num, const char *idx_str, int argc,
                  sqlite3_value **argv) {
  int rc = vss_estimate_take_error((VssTable *)cursor->pVtab);
  if (rc == SQLITE_OK) rc = vss_vtab_filter(cursor, idx_num, idx_str, argc, argv);
  return named(cursor->pVtab, rc);
}

static int update(sqlite3_vtab *vtab, int argc, sqlite3_value **argv, sqlite3_int64 *out_rowid) {
  int rc = vss_estimate_take_error((VssTable *)vtab);
  if (rc == SQLITE_OK) rc = vss_vtab_update(vtab, argc, argv, out_rowid);
  return named(vtab, rc);
}

/* ---- transactions ---- */

/* xBegin: SQLite calls it before the first write of a transaction to the table, not at BEGIN. */
static int begin(sqlite3_vtab *vtab) {
  vss_table_begin((VssTable *)vtab);
  return SQLITE_OK;
}

/* xSync: the last chance to write, and to fail. */
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

/*
** xSavepoint. There is nothing to remember: what a savepoint holds is in the shadow tables, and
** what waits to be written belongs before it.
*/
static int savepoint(sqlite3_vtab *vtab, int n) {
  (void)n;
  return named(vtab, vss_store_begin_savepoint(&((VssTable *)vtab)->store));
}

/* xRelease: what was set since the savepoint goes on waiting. */
static int release(sqlite3_vtab *vtab, int n) {
  (void)vtab;
  (void)n;
  return SQLITE_OK;
}

/* Which savepoint it was does not matter: see vss_table_rollback_to(). */
static int rollback_to(sqlite3_vtab *vtab, int n) {
  (void)n;
  vss_table_rollback_to((VssTable *)vtab);
  return SQLITE_OK;
}

/* SQLite asks for each name that looks like "<table>_<suffix>". */
static int is_shadow_name(const char *suffix) {
  return vss_store_is_shadow(suffix);
}

/*
** Version 4 has xIntegrity, since SQLite 3.44; an older host ignores what is behind its own
** version.
*/
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
    .xNext = vss_vtab_next,
    .xEof = vss_vtab_eof,
    .xColumn = vss_vtab_column,
    .xRowid = vss_vtab_rowid,
    .xUpdate = update,
    .xBegin = begin,
    .xSync = sync_table,
    .xCommit = commit,
    .xRollback = rollback,
    .xFindFunction = vss_search_term_overload,
    .xRename = rename_table,
    .xSavepoint = savepoint,
    .xRelease = release,
    .xRollbackTo = rollback_to,
    .xShadowName = is_shadow_name,
    .xIntegrity = vss_integrity_check,
};

/* The module and the functions that look for tables by name share the list of tables. */
int vss_vtab_register(sqlite3 *db) {
  VssModule *module = sqlite3_malloc64(sizeof *module);
  if (!module) return SQLITE_NOMEM;
  memset(module, 0, sizeof *module);
  vss_crc32_init(&module->crc);
  /* SQLite calls the destructor also when it fails. */
  int rc = sqlite3_create_module_v2(db, "vss0", &module_methods, module, sqlite3_free);
  if (rc == SQLITE_OK) rc = vss_func_register_search_terms(db);
  if (rc == SQLITE_OK) rc = vss_func_register_search_params(db);
  if (rc == SQLITE_OK) rc = vss_func_register_table_info(db, module);
  return rc;
}
