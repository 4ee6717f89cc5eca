/*
** Which table a search means, what the table is just now, and the search that needs no index.
**
**   faiss_search('blog', 'posts', ...)      "blog" is a schema (main, temp, an attached name),
**                                           or the stem of a database file: /data/blog.db
**                                           "posts" is a table or view in it
**
**   an ordinary table with a rowid          is searched by a resident index (faiss/index.c)
**   a view, a virtual table, WITHOUT ROWID  is read from the first row to the last, here
**
** datasette-faiss knows databases by the stems of their files, as Datasette shows them, and tables
** by their columns "id" and "embedding".
*/
#include "faiss/faiss.h"

#include "kernel/metric.h"

#include <stdarg.h>
#include <string.h>

/* The first failure is kept: cleaning up may fail as well, and would hide the cause. */
int vss_faiss_database_failure(sqlite3 *db, VssFaissFailure *failure) {
  int rc = vss_error_connection_rc(db);
  if ((rc & 0xff) == SQLITE_NOMEM) return VSS_NOMEM;
  if ((rc & 0xff) == SQLITE_INTERRUPT) return VSS_STOP;
  if (failure->database_rc == SQLITE_OK) failure->database_rc = rc;
  return vss_fail(&failure->error, VSS_DATABASE, "%s", sqlite3_errmsg(db));
}

/* The formats double quotes in names by %w. */
int vss_faiss_prepare(sqlite3 *db, unsigned flags, sqlite3_stmt **out_stmt,
                      VssFaissFailure *failure, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *sql = sqlite3_vmprintf(format, args);
  va_end(args);
  if (!sql) return VSS_NOMEM;
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v3(db, sql, -1, flags, &stmt, NULL);
  sqlite3_free(sql);
  if (rc != SQLITE_OK) return vss_faiss_database_failure(db, failure);
  *out_stmt = stmt;
  return VSS_OK;
}

/* NULL when out of memory; the caller owns the copy. */
static char *copy_text(const char *text) {
  size_t size_bytes = strlen(text) + 1;
  char *copy = vss_malloc(size_bytes);
  if (copy) memcpy(copy, text, size_bytes);
  return copy;
}

void vss_faiss_target_free(VssFaissTarget *target) {
  vss_free(target->schema);
  vss_free(target->table);
  memset(target, 0, sizeof *target);
}

/*
** Whether `name` is the stem of the path: its last part, without what follows the last dot there.
** Upper and lower case are the same, as in all names of SQLite.
*/
static int is_file_stem(const char *path, const char *name) {
  const char *base = path;
  for (const char *p = path; *p; p++) {
    if (*p == '/' || *p == '\\') base = p + 1;
  }
  const char *dot = strrchr(base, '.');
  /* As in Python's Path.stem, ".blog" is a whole name and no suffix. */
  size_t stem_size_bytes = dot && dot != base ? (size_t)(dot - base) : strlen(base);
  return strlen(name) == stem_size_bytes && stem_size_bytes > 0 &&
         sqlite3_strnicmp(base, name, (int)stem_size_bytes) == 0;
}

/*
** The schema that `database` names. A schema of that name wins over a file with that stem, so that
** an attached file can never take the place of "main".
*/
static int resolve_schema(sqlite3 *db, const char *database, const char **out_schema,
                          VssFaissFailure *failure) {
  const char *schema;
  const char *found = NULL;
  for (int i = 0; (schema = sqlite3_db_name(db, i)) != NULL; i++) {
    if (sqlite3_stricmp(schema, database) == 0) {
      *out_schema = schema;
      return VSS_OK;
    }
  }
  /* Two attached files with one stem are both "blog": choosing one would answer from the wrong file
  ** for half of the users, so it is an error. */
  for (int i = 0; (schema = sqlite3_db_name(db, i)) != NULL; i++) {
    const char *path = sqlite3_db_filename(db, schema);
    if (!path || !is_file_stem(path, database)) continue;
    if (found) {
      return vss_fail(&failure->error, VSS_INVALID,
                      "database '%.80s' names the files of both %.60s and %.60s, expected a schema "
                      "name to tell them apart",
                      database, found, schema);
    }
    found = schema;
  }
  if (!found) {
    return vss_fail(
        &failure->error, VSS_INVALID,
        "unknown database '%.80s', expected main, temp, an attached name or the name of "
        "an attached file without its suffix",
        database);
  }
  *out_schema = found;
  return VSS_OK;
}

/* Both names are copied: the arguments are freed when the function returns, and an index stays. */
int vss_faiss_target_resolve(sqlite3 *db, const char *database, const char *table,
                             VssFaissTarget *out_target, VssFaissFailure *failure) {
  const char *schema = NULL;
  int code = resolve_schema(db, database, &schema, failure);
  if (code != VSS_OK) return code;
  VssFaissTarget target = {copy_text(schema), copy_text(table)};
  if (!target.schema || !target.table) {
    vss_faiss_target_free(&target);
    return VSS_NOMEM;
  }
  *out_target = target;
  return VSS_OK;
}

/*
** Whether the target exists (VSS_INVALID when it does not) and whether it has rowids. The pragma
** lists tables, views and virtual tables alike; a temporary table of the same name is listed as
** well, under its own schema.
*/
static int read_kind(sqlite3 *db, const VssFaissTarget *target, int *out_has_rowid,
                     VssFaissFailure *failure) {
  sqlite3_stmt *stmt = NULL;
  int code = vss_faiss_prepare(db, 0, &stmt, failure, "PRAGMA \"%w\".table_list(\"%w\")",
                               target->schema, target->table);
  if (code != VSS_OK) return code;
  /* Columns: schema, name, type, ncol, wr (WITHOUT ROWID), strict. */
  int found = 0;
  while (code == VSS_OK && sqlite3_step(stmt) == SQLITE_ROW) {
    const char *schema = (const char *)sqlite3_column_text(stmt, 0);
    const char *type = (const char *)sqlite3_column_text(stmt, 2);
    if (!schema || !type) {
      code = VSS_NOMEM;
    } else if (sqlite3_stricmp(schema, target->schema) == 0) {
      /* "shadow" is an ordinary table that belongs to a virtual one, as fts5's do. */
      found = 1;
      *out_has_rowid = (strcmp(type, "table") == 0 || strcmp(type, "shadow") == 0) &&
                       sqlite3_column_int(stmt, 4) == 0;
    }
  }
  int rc = sqlite3_finalize(stmt);
  if (code == VSS_OK && rc != SQLITE_OK) code = vss_faiss_database_failure(db, failure);
  if (code == VSS_OK && !found) {
    code = vss_fail(&failure->error, VSS_INVALID, "unknown table %.80s.%.80s", target->schema,
                    target->table);
  }
  return code;
}

/*
** A user's column may have the name of the rowid. SQLite has three names for it; the first that is
** not taken is used, and a table that takes all of them is searched without an index.
*/
static const char *const rowid_names[] = {"rowid", "_rowid_", "oid"};
enum { N_ROWID_NAMES = 3 };

/*
** Which of the columns that matter there are. Hidden and generated ones count: they can be
** selected.
*/
static int read_columns(sqlite3 *db, const VssFaissTarget *target, int *out_has_id,
                        int *out_has_embedding, int rowid_name_taken[N_ROWID_NAMES],
                        VssFaissFailure *failure) {
  sqlite3_stmt *stmt = NULL;
  int code = vss_faiss_prepare(db, 0, &stmt, failure, "PRAGMA \"%w\".table_xinfo(\"%w\")",
                               target->schema, target->table);
  if (code != VSS_OK) return code;
  while (code == VSS_OK && sqlite3_step(stmt) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(stmt, 1);
    if (!name) {
      code = VSS_NOMEM;
      break;
    }
    if (sqlite3_stricmp(name, "id") == 0) *out_has_id = 1;
    if (sqlite3_stricmp(name, "embedding") == 0) *out_has_embedding = 1;
    for (int i = 0; i < N_ROWID_NAMES; i++) {
      if (sqlite3_stricmp(name, rowid_names[i]) == 0) rowid_name_taken[i] = 1;
    }
  }
  int rc = sqlite3_finalize(stmt);
  if (code == VSS_OK && rc != SQLITE_OK) code = vss_faiss_database_failure(db, failure);
  return code;
}

/*
** The description holds only while the schema stays as it is. An index asks again whenever SQLite
** had to prepare a statement anew.
*/
int vss_faiss_target_describe(sqlite3 *db, const VssFaissTarget *target, VssFaissShape *out_shape,
                              VssFaissFailure *failure) {
  int has_rowid = 0, has_id = 0, has_embedding = 0;
  int taken[N_ROWID_NAMES] = {0};
  int code = read_kind(db, target, &has_rowid, failure);
  if (code == VSS_OK) code = read_columns(db, target, &has_id, &has_embedding, taken, failure);
  if (code != VSS_OK) return code;
  if (!has_id || !has_embedding) {
    return vss_fail(&failure->error, VSS_INVALID,
                    "%.80s.%.80s has no column '%s', expected id and embedding", target->schema,
                    target->table, has_id ? "embedding" : "id");
  }
  /* Without a name the shape is valid all the same: the table can be read. */
  out_shape->rowid_name = NULL;
  for (int i = 0; i < N_ROWID_NAMES && has_rowid && !out_shape->rowid_name; i++) {
    if (!taken[i]) out_shape->rowid_name = rowid_names[i];
  }
  return VSS_OK;
}

/*
** One row of the search without an index. It may have no rowid, so that errors name it by its place
** in the order of reading. A row without an embedding is not a candidate.
*/
static int offer_row(sqlite3_stmt *stmt, const VssFaissTarget *target, const VssFaissQuery *query,
                     uint64_t row_number, VssFaissNearest *nearest, VssFaissFailure *failure) {
  if (sqlite3_column_type(stmt, 1) == SQLITE_NULL) return VSS_OK;
  VssError inner = {0};
  VssVectorView row = {0};
  int code = vss_value_vector_view(sqlite3_column_value(stmt, 1), query->dim, &row, &inner);
  if (code == VSS_INVALID) {
    return vss_fail(&failure->error, code, "%.80s.%.80s: embedding of row number %llu: %s",
                    target->schema, target->table, (unsigned long long)row_number, inner.text);
  }
  if (code != VSS_OK) return code;
  float distance =
      vss_metric_round(vss_metric_distance(VSS_METRIC_L2, row.data, query->vector, (int)row.dim));
  vss_value_vector_release(&row);
  return vss_faiss_nearest_offer(nearest, distance, sqlite3_column_value(stmt, 0));
}

/*
** One statement over all rows, so that the answer is that of one moment. SQLite's interrupt ends
** the step; only the sorting afterwards has to ask by itself.
*/
int vss_faiss_target_search(sqlite3 *db, const VssFaissTarget *target, const VssFaissQuery *query,
                            VssBuffer *text, VssFaissFailure *failure) {
  sqlite3_stmt *stmt = NULL;
  /* Rows are numbered from 1, as a user counts them. */
  VssFaissNearest nearest = {.k = query->k};
  uint64_t row_number = 0;
  int code = vss_faiss_prepare(db, 0, &stmt, failure,
                               "select t.\"id\", t.\"embedding\" from \"%w\".\"%w\" as t",
                               target->schema, target->table);
  while (code == VSS_OK) {
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE) break;
    if (rc == SQLITE_ROW)
      code = offer_row(stmt, target, query, ++row_number, &nearest, failure);
    else
      code = vss_faiss_database_failure(db, failure);
  }
  if (code == VSS_OK) {
    code = vss_faiss_nearest_write(db, &nearest, query->with_scores, text, &failure->error);
  }
  sqlite3_finalize(stmt);
  vss_faiss_nearest_free(&nearest);
  return code;
}
