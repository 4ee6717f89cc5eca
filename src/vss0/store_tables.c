/*
** The shadow tables themselves: creating, dropping and renaming them, and SQL that names them.
** vss0/store.h has their layout.
**
**   create virtual table docs using vss0(body(384), author text)
**
**   main.docs_rows   main.docs_vector0   main.docs_cache   main.docs_config
**
** Both the schema and the table may have any name that SQLite takes, with quotes, dots and dollar
** signs in it. SQL is written with `$s` and `$t` in their places, and expand() puts the names in,
** quoted.
*/
#include "vss0/store_int.h"

#include <string.h>

/*
** Copy the rest of a quoted identifier, which starts behind its opening quote. Returns what follows
** it.
*/
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
** The SQL with `$s.` and `$s."$t_` replaced; NULL when out of memory. The caller owns it
** (sqlite3_free).
**
**   select "$sum" from $s."$t_rows"     becomes     select "$sum" from "main"."docs_rows"
**
** Other quoted identifiers are names of columns. They are copied as they are, since they may hold a
** `$` themselves.
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

/* SQL as vss_store_prepare() takes it, run at once: CREATE and DROP need several statements. */
static int run(const VssStore *store, const char *sql) {
  char *expanded = expand(store, sql);
  if (!expanded) return SQLITE_NOMEM;
  int rc = sqlite3_exec(store->db, expanded, NULL, NULL, NULL);
  sqlite3_free(expanded);
  return rc;
}

int vss_store_prepare(const VssStore *store, const char *sql, int persistent,
                      sqlite3_stmt **out_statement) {
  char *expanded = expand(store, sql);
  if (!expanded) return SQLITE_NOMEM;
  /* NO_VTAB: a hostile schema may have put a virtual table in the place of a shadow table. It is
  ** refused. */
  unsigned flags = SQLITE_PREPARE_NO_VTAB | (persistent ? SQLITE_PREPARE_PERSISTENT : 0u);
  int rc = sqlite3_prepare_v3(store->db, expanded, -1, flags, out_statement, NULL);
  sqlite3_free(expanded);
  return rc;
}

/*
** Filter columns get their declared types and collations, so that SQLite converts and compares what
** is stored as it would in a table of the user's own. An integer key gives the rowid its name. The
** index of a text key is SQLite's own: nothing of it can disagree with the rows.
*/
int vss_store_create_tables(VssStore *store) {
  sqlite3_str *sql = sqlite3_str_new(store->db);
  const VssTableDef *def = store->def;
  int is_named = def->id && def->id->key == VSS_KEY_ROWID;
  sqlite3_str_appendf(sql, "create table $s.\"$t_rows\"(\"%w\" integer primary key, %s integer",
                      is_named ? def->id->name : "rowid", store->slot_column);
  for (int i = 0; i < def->n_filters; i++) {
    const VssFilterDef *filter = &def->filters[i];
    if (filter->key == VSS_KEY_ROWID) continue;
    sqlite3_str_appendf(sql, ", \"%w\" %s", filter->name, filter->type);
    if (filter->collation) sqlite3_str_appendf(sql, " collate \"%w\"", filter->collation);
    if (filter->key == VSS_KEY_TEXT) sqlite3_str_appendall(sql, " not null unique");
  }
  sqlite3_str_appendf(sql, ");");
  for (int v = 0; v < def->n_vectors; v++) {
    sqlite3_str_appendf(
        sql, "create table $s.\"$t_vector%d\"(pack integer primary key, vectors blob not null);",
        v);
  }
  sqlite3_str_appendf(
      sql,
      "create table $s.\"$t_cache\"(id integer primary key, version integer, data blob);"
      "create table $s.\"$t_config\"(key text primary key, value) without rowid;"
      "insert into $s.\"$t_config\" values('format', %d), ('version', 0)%s;",
      VSS_STORE_FORMAT, def->cache == VSS_CACHE_OFF ? ", ('cache', 'off')" : "");
  char *text = sqlite3_str_finish(sql);
  if (!text) return SQLITE_NOMEM;
  int rc = run(store, text);
  sqlite3_free(text);
  return rc;
}

/* IF EXISTS: a table that lost a shadow table to damage can be dropped all the same. */
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

/* One ALTER TABLE. The names are formatted here: the new one is not the store's yet. */
static int rename_table(VssStore *store, const char *suffix, const char *new_name) {
  char *sql = sqlite3_mprintf("alter table \"%w\".\"%w_%s\" rename to \"%w_%s\"", store->schema,
                              store->name, suffix, new_name, suffix);
  if (!sql) return SQLITE_NOMEM;
  int rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
  sqlite3_free(sql);
  return rc;
}

/* The store has its old name until every table has the new one. */
int vss_store_rename_tables(VssStore *store, const char *new_name) {
  char *name = sqlite3_mprintf("%s", new_name);
  if (!name) return SQLITE_NOMEM;
  /* The kept statements name the old tables. */
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

/* <t>_config stands for all of them: every table has it. */
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

/* SQLite keeps users from writing to tables with these names (SQLITE_DBCONFIG_DEFENSIVE). */
int vss_store_is_shadow(const char *suffix) {
  static const char *const names[] = {"rows", "cache", "config"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (sqlite3_stricmp(suffix, names[i]) == 0) return 1;
  }
  if (sqlite3_strnicmp(suffix, "vector", 6) != 0 || !suffix[6]) return 0;
  return strspn(suffix + 6, "0123456789") == strlen(suffix + 6);
}
