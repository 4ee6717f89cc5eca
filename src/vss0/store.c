/*
** SQL on the shadow tables: vss0/store.h.
*/
#include "vss0/store.h"

#include <string.h>

int vss_store_init(VssStore *store, sqlite3 *db, const char *schema, const char *name,
                   const VssTableDef *def) {
  memset(store, 0, sizeof *store);
  store->db = db;
  store->def = def;
  store->schema = sqlite3_mprintf("%s", schema);
  store->name = sqlite3_mprintf("%s", name);
  uint64_t n_statements = VSS_STORE_FIXED + (uint64_t)def->n_vectors * VSS_STORE_PER_VECTOR;
  store->statements = vss_calloc(n_statements, sizeof *store->statements);
  return store->schema && store->name && store->statements ? SQLITE_OK : SQLITE_NOMEM;
}

void vss_store_finalize(VssStore *store) {
  if (!store->statements) return;
  int n_statements = VSS_STORE_FIXED + store->def->n_vectors * VSS_STORE_PER_VECTOR;
  for (int i = 0; i < n_statements; i++) {
    sqlite3_finalize(store->statements[i]);
    store->statements[i] = NULL;
  }
}

void vss_store_free(VssStore *store) {
  vss_store_finalize(store);
  vss_free(store->statements);
  sqlite3_free(store->schema);
  sqlite3_free(store->name);
  memset(store, 0, sizeof *store);
}

/* Copy the rest of a quoted identifier, behind its opening quote; returns what follows it. */
static const char *copy_quoted(sqlite3_str *text, const char *p) {
  while (*p) {
    sqlite3_str_appendchar(text, 1, *p);
    if (*p++ != '"') continue;
    if (*p != '"') break;
    sqlite3_str_appendchar(text, 1, *p++);
  }
  return p;
}

/*
** `$s.` and `$s."$t_` of vss_store_prepare() replaced; NULL when out of memory. Owned by the caller (sqlite3_free).
** Names of columns are quoted and left alone: they may hold a `$` themselves.
*/
static char *expand(const VssStore *store, const char *sql) {
  sqlite3_str *text = sqlite3_str_new(store->db);
  const char *p = sql;
  while (*p) {
    if (strncmp(p, "$s.", 3) == 0) {
      sqlite3_str_appendf(text, "\"%w\".", store->schema);
      p += 3;
      if (strncmp(p, "\"$t", 3) != 0) continue;
      sqlite3_str_appendf(text, "\"%w", store->name);
      p = copy_quoted(text, p + 3);
    } else if (*p == '"') {
      sqlite3_str_appendchar(text, 1, *p);
      p = copy_quoted(text, p + 1);
    } else {
      sqlite3_str_appendchar(text, 1, *p++);
    }
  }
  return sqlite3_str_finish(text);
}

static int run(VssStore *store, const char *sql) {
  char *expanded = expand(store, sql);
  if (!expanded) return SQLITE_NOMEM;
  int rc = sqlite3_exec(store->db, expanded, NULL, NULL, NULL);
  sqlite3_free(expanded);
  return rc;
}

int vss_store_prepare(VssStore *store, const char *sql, int persistent,
                      sqlite3_stmt **out_statement) {
  char *expanded = expand(store, sql);
  if (!expanded) return SQLITE_NOMEM;
  /* NO_VTAB: a shadow table that a hostile schema replaced by a virtual table is refused, not entered. */
  unsigned flags = SQLITE_PREPARE_NO_VTAB | (persistent ? SQLITE_PREPARE_PERSISTENT : 0u);
  int rc = sqlite3_prepare_v3(store->db, expanded, -1, flags, out_statement, NULL);
  sqlite3_free(expanded);
  return rc;
}

/* Append `format` with the name of each filter column; returns how many. */
static int quoted_columns(const VssStore *store, sqlite3_str *text, const char *format) {
  int n = 0;
  for (int i = 0; i < store->def->n_columns; i++) {
    const VssColumnDef *column = &store->def->columns[i];
    if (column->is_vector) continue;
    sqlite3_str_appendf(text, format, column->name);
    n++;
  }
  return n;
}

int vss_store_create_tables(VssStore *store) {
  sqlite3_str *sql = sqlite3_str_new(store->db);
  sqlite3_str_appendf(sql, "create table $s.\"$t_rows\"(rowid integer primary key");
  for (int i = 0; i < store->def->n_columns; i++) {
    const VssColumnDef *column = &store->def->columns[i];
    if (column->is_vector) continue;
    sqlite3_str_appendf(sql, ", \"%w\" %s", column->name, column->type);
    if (column->collation) sqlite3_str_appendf(sql, " collate \"%w\"", column->collation);
  }
  sqlite3_str_appendf(sql, ");");
  for (int v = 0; v < store->def->n_vectors; v++) {
    sqlite3_str_appendf(
        sql, "create table $s.\"$t_vector%d\"(rowid integer primary key, vector blob not null);",
        v);
  }
  sqlite3_str_appendf(
      sql, "create table $s.\"$t_cache\"(id integer primary key, version integer, data blob);"
           "create table $s.\"$t_config\"(key text primary key, value) without rowid;"
           "insert into $s.\"$t_config\" values('format', 1), ('version', 0);");
  char *text = sqlite3_str_finish(sql);
  if (!text) return SQLITE_NOMEM;
  int rc = run(store, text);
  sqlite3_free(text);
  return rc;
}

int vss_store_drop_tables(VssStore *store) {
  vss_store_finalize(store);
  int rc = run(store, "drop table if exists $s.\"$t_rows\";"
                      "drop table if exists $s.\"$t_cache\";"
                      "drop table if exists $s.\"$t_config\";");
  for (int v = 0; v < store->def->n_vectors && rc == SQLITE_OK; v++) {
    char sql[64];
    sqlite3_snprintf(sizeof sql, sql, "drop table if exists $s.\"$t_vector%d\"", v);
    rc = run(store, sql);
  }
  return rc;
}

static int rename_table(VssStore *store, const char *suffix, const char *new_name) {
  char *sql = sqlite3_mprintf("alter table \"%w\".\"%w_%s\" rename to \"%w_%s\"", store->schema,
                              store->name, suffix, new_name, suffix);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
  sqlite3_free(sql);
  return rc;
}

int vss_store_rename_tables(VssStore *store, const char *new_name) {
  char *name = sqlite3_mprintf("%s", new_name);
  if (!name) return SQLITE_NOMEM;
  vss_store_finalize(store);
  int rc = rename_table(store, "rows", new_name);
  if (rc == SQLITE_OK) rc = rename_table(store, "cache", new_name);
  if (rc == SQLITE_OK) rc = rename_table(store, "config", new_name);
  for (int v = 0; v < store->def->n_vectors && rc == SQLITE_OK; v++) {
    char suffix[24];
    sqlite3_snprintf(sizeof suffix, suffix, "vector%d", v);
    rc = rename_table(store, suffix, new_name);
  }
  if (rc == SQLITE_OK) {
    sqlite3_free(store->name);
    store->name = name;
  } else {
    sqlite3_free(name);
  }
  return rc;
}

int vss_store_set_name(VssStore *store, const char *name) {
  char *copy = sqlite3_mprintf("%s", name);
  if (!copy) return SQLITE_NOMEM;
  vss_store_finalize(store);
  sqlite3_free(store->name);
  store->name = copy;
  return SQLITE_OK;
}

int vss_store_has_name(VssStore *store, const char *name, int *out_found) {
  sqlite3_stmt *statement = NULL;
  int rc = vss_store_prepare(
      store, "select 1 from $s.sqlite_schema where name = ?1 || '_config' collate nocase", 0,
      &statement);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_text(statement, 1, name, -1, SQLITE_TRANSIENT);
  *out_found = sqlite3_step(statement) == SQLITE_ROW;
  return sqlite3_finalize(statement);
}

int vss_store_is_shadow(const char *suffix) {
  static const char *const names[] = {"rows", "cache", "config"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (sqlite3_stricmp(suffix, names[i]) == 0) return 1;
  }
  if (sqlite3_strnicmp(suffix, "vector", 6) != 0 || !suffix[6]) return 0;
  return strspn(suffix + 6, "0123456789") == strlen(suffix + 6);
}

/* The SQL of a statement; NULL when out of memory. */
static char *statement_sql(const VssStore *store, int which) {
  if (which >= VSS_STORE_FIXED) {
    static const char *const per_vector[] = {
        "select vector from $s.\"$t_vector%d\" where rowid = ?1",
        "insert or replace into $s.\"$t_vector%d\" values(?1, ?2)",
        "delete from $s.\"$t_vector%d\" where rowid = ?1",
    };
    int vector = (which - VSS_STORE_FIXED) / VSS_STORE_PER_VECTOR;
    return sqlite3_mprintf(per_vector[(which - VSS_STORE_FIXED) % VSS_STORE_PER_VECTOR], vector);
  }
  sqlite3_str *sql = sqlite3_str_new(store->db);
  int n;
  switch (which) {
    case VSS_STORE_HAS_ROW:
      sqlite3_str_appendall(sql, "select 1 from $s.\"$t_rows\" where rowid = ?1");
      break;
    case VSS_STORE_INSERT_ROW:
      sqlite3_str_appendall(sql, "insert into $s.\"$t_rows\"(rowid");
      n = quoted_columns(store, sql, ", \"%w\"");
      sqlite3_str_appendall(sql, ") values(?");
      while (n-- > 0)
        sqlite3_str_appendall(sql, ", ?");
      sqlite3_str_appendall(sql, ")");
      break;
    case VSS_STORE_UPDATE_ROW:
      sqlite3_str_appendall(sql, "update $s.\"$t_rows\" set rowid = ?");
      quoted_columns(store, sql, ", \"%w\" = ?");
      sqlite3_str_appendall(sql, " where rowid = ?");
      break;
    case VSS_STORE_DELETE_ROW:
      sqlite3_str_appendall(sql, "delete from $s.\"$t_rows\" where rowid = ?1");
      break;
    case VSS_STORE_READ_ROW:
    case VSS_STORE_SCAN_ROWS:
      sqlite3_str_appendall(sql, "select ");
      quoted_columns(store, sql, "\"%w\", ");
      sqlite3_str_appendall(sql, "rowid from $s.\"$t_rows\"");
      sqlite3_str_appendall(sql,
                            which == VSS_STORE_READ_ROW ? " where rowid = ?1" : " order by rowid");
      break;
    case VSS_STORE_READ_VERSION:
      sqlite3_str_appendall(sql, "select value from $s.\"$t_config\" where key = 'version'");
      break;
    case VSS_STORE_WRITE_VERSION:
      sqlite3_str_appendall(sql, "insert or replace into $s.\"$t_config\" values('version', ?1)");
      break;
    case VSS_STORE_READ_COUNTS:
      sqlite3_str_appendall(sql, "select value from $s.\"$t_config\" where key = 'counts'");
      break;
    case VSS_STORE_WRITE_COUNTS:
      sqlite3_str_appendall(sql, "insert or replace into $s.\"$t_config\" values('counts', ?1)");
      break;
    case VSS_STORE_WRITE_CACHE:
      sqlite3_str_appendall(sql, "insert or replace into $s.\"$t_cache\" values(?1, ?2, ?3)");
      break;
    default: sqlite3_str_appendall(sql, "delete from $s.\"$t_cache\" where id = ?1"); break;
  }
  return sqlite3_str_finish(sql);
}

static int statement(VssStore *store, int which, sqlite3_stmt **out_statement) {
  sqlite3_stmt **slot = &store->statements[which];
  int rc = SQLITE_OK;
  if (!*slot) {
    char *sql = statement_sql(store, which);
    if (!sql) return SQLITE_NOMEM;
    rc = vss_store_prepare(store, sql, 1, slot);
    sqlite3_free(sql);
  }
  *out_statement = *slot;
  return rc;
}

/* Step a statement that returns no row, and reset it. */
static int finish(sqlite3_stmt *stmt) {
  sqlite3_step(stmt);
  return sqlite3_reset(stmt);
}

int vss_store_has_row(VssStore *store, sqlite3_int64 rowid, int *out_found) {
  sqlite3_stmt *stmt;
  int rc = statement(store, VSS_STORE_HAS_ROW, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(stmt, 1, rowid);
  int found = sqlite3_step(stmt) == SQLITE_ROW;
  rc = sqlite3_reset(stmt);
  if (rc == SQLITE_OK) *out_found = found;
  return rc;
}

/* Bind the filters from parameter `first` on. */
static int bind_filters(VssStore *store, sqlite3_stmt *stmt, int first, sqlite3_value **filters) {
  int rc = SQLITE_OK;
  int n_filters = store->def->n_columns - store->def->n_vectors;
  for (int i = 0; i < n_filters && rc == SQLITE_OK; i++)
    rc = sqlite3_bind_value(stmt, first + i, filters[i]);
  return rc;
}

int vss_store_insert_row(VssStore *store, sqlite3_value *rowid, sqlite3_value **filters,
                         sqlite3_int64 *out_rowid) {
  sqlite3_stmt *stmt;
  int rc = statement(store, VSS_STORE_INSERT_ROW, &stmt);
  if (rc != SQLITE_OK) return rc;
  rc = rowid ? sqlite3_bind_value(stmt, 1, rowid) : sqlite3_bind_null(stmt, 1);
  if (rc == SQLITE_OK) rc = bind_filters(store, stmt, 2, filters);
  if (rc == SQLITE_OK) rc = finish(stmt);
  if (rc == SQLITE_OK) *out_rowid = sqlite3_last_insert_rowid(store->db);
  sqlite3_clear_bindings(stmt); /* the values belong to the caller */
  return rc;
}

int vss_store_update_row(VssStore *store, sqlite3_int64 rowid, sqlite3_int64 new_rowid,
                         sqlite3_value **filters) {
  sqlite3_stmt *stmt;
  int rc = statement(store, VSS_STORE_UPDATE_ROW, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(stmt, 1, new_rowid);
  rc = bind_filters(store, stmt, 2, filters);
  sqlite3_bind_int64(stmt, 2 + store->def->n_columns - store->def->n_vectors, rowid);
  if (rc == SQLITE_OK) rc = finish(stmt);
  sqlite3_clear_bindings(stmt);
  return rc;
}

static int run_on_rowid(VssStore *store, int which, sqlite3_int64 rowid) {
  sqlite3_stmt *stmt;
  int rc = statement(store, which, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(stmt, 1, rowid);
  return finish(stmt);
}

int vss_store_delete_row(VssStore *store, sqlite3_int64 rowid) {
  return run_on_rowid(store, VSS_STORE_DELETE_ROW, rowid);
}

int vss_store_read_row(VssStore *store, sqlite3_int64 rowid, sqlite3_stmt **out_statement) {
  sqlite3_stmt *stmt;
  int rc = statement(store, VSS_STORE_READ_ROW, &stmt);
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

static int prepare_own(VssStore *store, int which, sqlite3_stmt **out_statement) {
  char *sql = statement_sql(store, which);
  if (!sql) return SQLITE_NOMEM;
  int rc = vss_store_prepare(store, sql, 0, out_statement);
  sqlite3_free(sql);
  return rc;
}

int vss_store_prepare_read_row(VssStore *store, sqlite3_stmt **out_statement) {
  return prepare_own(store, VSS_STORE_READ_ROW, out_statement);
}

int vss_store_prepare_scan(VssStore *store, sqlite3_stmt **out_statement) {
  return prepare_own(store, VSS_STORE_SCAN_ROWS, out_statement);
}

static int vector_statement(VssStore *store, int vector, int which, sqlite3_int64 rowid,
                            sqlite3_stmt **out_statement) {
  int rc = statement(store, VSS_STORE_FIXED + vector * VSS_STORE_PER_VECTOR + which, out_statement);
  if (rc == SQLITE_OK) rc = sqlite3_bind_int64(*out_statement, 1, rowid);
  return rc;
}

int vss_store_read_vector(VssStore *store, int vector, sqlite3_int64 rowid, float *out_vector) {
  sqlite3_stmt *stmt;
  int rc = vector_statement(store, vector, VSS_STORE_READ_VECTOR, rowid, &stmt);
  if (rc != SQLITE_OK) return rc;
  if (sqlite3_step(stmt) != SQLITE_ROW) {
    rc = sqlite3_reset(stmt);
    return rc == SQLITE_OK ? SQLITE_DONE : rc;
  }
  size_t size_bytes = (size_t)vss_args_vector(store->def, vector)->dim * sizeof(float);
  int is_blob = sqlite3_column_type(stmt, 0) == SQLITE_BLOB;
  const void *bytes = sqlite3_column_blob(stmt, 0);
  if (is_blob && bytes && (size_t)sqlite3_column_bytes(stmt, 0) == size_bytes) {
    memcpy(out_vector, bytes, size_bytes);
  } else {
    rc = SQLITE_CORRUPT_VTAB;
  }
  int reset_rc = sqlite3_reset(stmt);
  return reset_rc == SQLITE_OK ? rc : reset_rc;
}

int vss_store_write_vector(VssStore *store, int vector, sqlite3_int64 rowid, const float *data) {
  sqlite3_stmt *stmt;
  int rc = vector_statement(store, vector, VSS_STORE_WRITE_VECTOR, rowid, &stmt);
  if (rc != SQLITE_OK) return rc;
  int size_bytes = vss_args_vector(store->def, vector)->dim * (int)sizeof(float);
  rc = sqlite3_bind_blob(stmt, 2, data, size_bytes, SQLITE_STATIC);
  if (rc == SQLITE_OK) rc = finish(stmt);
  sqlite3_clear_bindings(stmt);
  return rc;
}

int vss_store_delete_vector(VssStore *store, int vector, sqlite3_int64 rowid) {
  sqlite3_stmt *stmt;
  int rc = vector_statement(store, vector, VSS_STORE_DELETE_VECTOR, rowid, &stmt);
  return rc == SQLITE_OK ? finish(stmt) : rc;
}

int vss_store_read_version(VssStore *store, sqlite3_int64 *out_version) {
  sqlite3_stmt *stmt;
  int rc = statement(store, VSS_STORE_READ_VERSION, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_int64 version = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
  rc = sqlite3_reset(stmt);
  if (rc == SQLITE_OK) *out_version = version;
  return rc;
}

int vss_store_write_version(VssStore *store, sqlite3_int64 version) {
  return run_on_rowid(store, VSS_STORE_WRITE_VERSION, version);
}

int vss_store_read_counts(VssStore *store, char **out_counts) {
  sqlite3_stmt *stmt;
  int rc = statement(store, VSS_STORE_READ_COUNTS, &stmt);
  if (rc != SQLITE_OK) return rc;
  char *counts = NULL;
  if (sqlite3_step(stmt) == SQLITE_ROW) {
    const char *text = (const char *)sqlite3_column_text(stmt, 0);
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

int vss_store_write_counts(VssStore *store, const char *counts) {
  sqlite3_stmt *stmt;
  int rc = statement(store, VSS_STORE_WRITE_COUNTS, &stmt);
  if (rc != SQLITE_OK) return rc;
  rc = sqlite3_bind_text(stmt, 1, counts, -1, SQLITE_STATIC);
  if (rc == SQLITE_OK) rc = finish(stmt);
  sqlite3_clear_bindings(stmt);
  return rc;
}

int vss_store_write_cache(VssStore *store, sqlite3_int64 id, sqlite3_int64 version,
                          const VssBuffer *data) {
  sqlite3_stmt *stmt;
  int rc = statement(store, VSS_STORE_WRITE_CACHE, &stmt);
  if (rc != SQLITE_OK) return rc;
  sqlite3_bind_int64(stmt, 1, id);
  sqlite3_bind_int64(stmt, 2, version);
  rc = sqlite3_bind_blob64(stmt, 3, data->data, data->size_bytes, SQLITE_STATIC);
  if (rc == SQLITE_OK) rc = finish(stmt);
  sqlite3_clear_bindings(stmt);
  return rc;
}

int vss_store_delete_cache(VssStore *store, sqlite3_int64 id) {
  return run_on_rowid(store, VSS_STORE_DELETE_CACHE, id);
}
