/*
** vss_search() and its relatives as SQL functions: parameters that travel by pointer, the error that says that no
** plan could use a search term, memory figures, and the columns of a table as JSON.
*/
#include "functions/functions.h"
#include "sqlite/value.h"
#include "vss0/vtab.h"
#include "vss0/plan.h"

#include <string.h>

static void free_params(void *pointer) {
  VssSearchParams *params = pointer;
  if (!params) return;
  sqlite3_value_free(params->vector);
  sqlite3_value_free(params->bound);
  sqlite3_free(params);
}

/* vss_search_params(vector, k), vss_range_search_params(vector, radius): checked where the table is known, in xFilter. */
static void params(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssSearchParams *params = sqlite3_malloc64(sizeof *params);
  if (params) {
    params->vector = sqlite3_value_dup(argv[0]);
    params->bound = sqlite3_value_dup(argv[1]);
  }
  if (!params || !params->vector || !params->bound) {
    free_params(params);
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_result_pointer(context, params, sqlite3_user_data(context), free_params);
}

#define WHERE_IT_BELONGS                                                                           \
  "must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, "   \
  "NOT "                                                                                           \
  "or a function, not on the outer side of a LEFT JOIN, and on a vss0 table's vector column"

/* `text` (owned; NULL: out of memory) as the function's error. */
static void finish_error(sqlite3_context *context, char *text) {
  if (text) {
    sqlite3_result_error(context, text, -1);
  } else {
    sqlite3_result_error_nomem(context);
  }
  sqlite3_free(text);
}

/* Called only when no plan used the term. */
static void not_planned(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  char *text =
      sqlite3_mprintf("%s() %s", (const char *)sqlite3_user_data(context), WHERE_IT_BELONGS);
  finish_error(context, text);
}

/* The same on a vss0 table: true where a search under way could not have the term omitted (see vss0/plan.h). */
static void overloaded(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  const VssTable *table = sqlite3_user_data(context);
  if (table->n_unomitted > 0) {
    sqlite3_result_int(context, 1);
    return;
  }
  char *text = sqlite3_mprintf("vss0 %s: vss_search() or vss_range_search() %s", table->store.name,
                               WHERE_IT_BELONGS);
  finish_error(context, text);
}

int vss_func_find_overload(sqlite3_vtab *vtab, int argc, const char *name,
                           void (**out_function)(sqlite3_context *, int, sqlite3_value **),
                           void **out_data) {
  if (argc != 2) return 0;
  *out_data = vtab;
  if (sqlite3_stricmp(name, "vss_search") == 0) {
    *out_function = overloaded;
    return VSS_PLAN_FUNCTION_SEARCH;
  }
  if (sqlite3_stricmp(name, "vss_range_search") == 0) {
    *out_function = overloaded;
    return VSS_PLAN_FUNCTION_RANGE;
  }
  if (sqlite3_stricmp(name, "match") == 0) {
    *out_function = overloaded;
    return 1;
  }
  return 0;
}

static VssTable *find_table(const VssModule *module, const char *schema, const char *name) {
  for (VssTable *table = module->tables; table; table = table->next) {
    if (sqlite3_stricmp(table->store.name, name) != 0) continue;
    if (!schema || sqlite3_stricmp(table->store.schema, schema) == 0) return table;
  }
  return NULL;
}

/*
** The table an argument names, connected if it was not yet on this connection: SQLite connects when a statement names
** it. NULL after an error is set as the function's result.
*/
static const VssTable *named_table(sqlite3_context *context, const char *function,
                                   const char *schema, sqlite3_value *argument) {
  const VssModule *module = sqlite3_user_data(context);
  sqlite3 *db = sqlite3_context_db_handle(context);
  const char *name = (const char *)sqlite3_value_text(argument);
  VssTable *table = name ? find_table(module, schema, name) : NULL;
  if (table) return table;
  int rc = name || sqlite3_value_type(argument) == SQLITE_NULL ? SQLITE_OK : SQLITE_NOMEM;
  if (name) {
    char *sql = schema ? sqlite3_mprintf("select 1 from \"%w\".\"%w\" limit 0", schema, name)
                       : sqlite3_mprintf("select 1 from \"%w\" limit 0", name);
    sqlite3_stmt *statement = NULL;
    rc = sql ? sqlite3_prepare_v2(db, sql, -1, &statement, NULL) : SQLITE_NOMEM;
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    table = find_table(module, schema, name);
    if (table) return table;
  }
  char *text = rc == SQLITE_NOMEM ? NULL
                                  : sqlite3_mprintf("%s(): no vss0 table named %s", function,
                                                    name ? name : "NULL");
  finish_error(context, text);
  return NULL;
}

/* vss_memory_usage([table]): resident bytes of one vss0 table, or of all on this connection, in kilobytes as sqlite-vss gives it when called without argument. */
static void memory_usage(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const VssModule *module = sqlite3_user_data(context);
  if (argc == 1) {
    const VssTable *table = named_table(context, "vss_memory_usage", NULL, argv[0]);
    if (table) sqlite3_result_int64(context, (sqlite3_int64)vss_table_memory(table));
    return;
  }
  uint64_t size_bytes = 0;
  for (const VssTable *table = module->tables; table; table = table->next)
    size_bytes += vss_table_memory(table);
  sqlite3_result_int64(context, (sqlite3_int64)(size_bytes / 1024));
}

/* vss_columns(schema, table): `[{"name":"e","vector":true,"dimensions":3,"metric":"L2"},{"name":"n","vector":false,"type":"integer"}]` */
static void columns(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  const char *schema = (const char *)sqlite3_value_text(argv[0]);
  const VssTable *table = named_table(context, "vss_columns", schema, argv[1]);
  if (!table) return;
  VssBuffer json = {0};
  for (int i = 0; i < table->def.n_columns; i++) {
    const VssColumnDef *column = &table->def.columns[i];
    vss_buffer_text(&json, i ? ",{\"name\":" : "[{\"name\":");
    vss_codec_append_string(&json, column->name, strlen(column->name));
    if (column->is_vector) {
      vss_buffer_format(&json, ",\"vector\":true,\"dimensions\":%d,\"metric\":\"%s\"}", column->dim,
                        vss_metric_name(column->metric));
    } else {
      vss_buffer_text(&json, ",\"vector\":false,\"type\":");
      vss_codec_append_string(&json, column->type, strlen(column->type));
      vss_buffer_text(&json, "}");
    }
  }
  vss_buffer_text(&json, "]");
  if (vss_buffer_status(&json) == VSS_OK) {
    sqlite3_result_text64(context, (const char *)json.data, json.size_bytes, SQLITE_TRANSIENT,
                          SQLITE_UTF8);
  } else {
    sqlite3_result_error_nomem(context);
  }
  vss_buffer_free(&json);
}

/* vss_table_stats(table): the counters of vss0/table.h as JSON, for tests and tuning. */
static void stats(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  const VssTable *table = named_table(context, "vss_table_stats", NULL, argv[0]);
  if (!table) return;
  const VssStats *s = &table->stats;
  char *json = sqlite3_mprintf(
      "{\"searches\":%llu,\"passes\":%llu,\"selected\":%llu,\"refined\":%llu,\"rebuilds\":%llu,"
      "\"blocks_read\":%llu,\"blocks_written\":%llu}",
      s->searches, s->passes, s->selected, s->refined, s->rebuilds, s->blocks_read,
      s->blocks_written);
  if (json) {
    sqlite3_result_text(context, json, -1, sqlite3_free);
  } else {
    sqlite3_result_error_nomem(context);
  }
}

/* vss_force_path(name): make searches take one path (index/index.h), for tests; returns the name. */
static void force_path(sqlite3_context *context, int argc, sqlite3_value **argv) {
  static const char *const names[] = {"auto", "dense", "sparse", "streaming", "floats"};
  (void)argc;
  const char *name = (const char *)sqlite3_value_text(argv[0]);
  for (int i = 0; name && i < (int)(sizeof names / sizeof names[0]); i++) {
    if (sqlite3_stricmp(name, names[i]) != 0) continue;
    vss_index_force_scan((VssScanPath)i);
    sqlite3_result_text(context, names[i], -1, SQLITE_STATIC);
    return;
  }
  char *text =
      sqlite3_mprintf("vss_force_path(): got %s, expected auto, dense, sparse, streaming or floats",
                      name ? name : "NULL");
  finish_error(context, text);
}

int vss_func_register_search(sqlite3 *db, VssModule *module) {
  static const struct {
    const char *name;
    int n_args;
    int flags;
    void (*function)(sqlite3_context *, int, sqlite3_value **);
    const char *data; /* NULL: the module */
  } functions[] = {
      {"vss_search", 2, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, not_planned, "vss_search"},
      {"vss_range_search", 2, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, not_planned,
       "vss_range_search"},
      {"vss_search_params", 2, SQLITE_INNOCUOUS, params, VSS_PARAMS_POINTER},
      {"vss_range_search_params", 2, SQLITE_INNOCUOUS, params, VSS_RANGE_POINTER},
      {"vss_memory_usage", 0, 0, memory_usage, NULL},
      {"vss_memory_usage", 1, 0, memory_usage, NULL},
      {"vss_columns", 2, 0, columns, NULL},
      {"vss_table_stats", 1, 0, stats, NULL},
      {"vss_force_path", 1, SQLITE_DIRECTONLY, force_path, NULL},
  };
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof functions / sizeof functions[0] && rc == SQLITE_OK; i++) {
    void *data = functions[i].data ? (void *)(uintptr_t)functions[i].data : (void *)module;
    rc = sqlite3_create_function_v2(db, functions[i].name, functions[i].n_args,
                                    SQLITE_UTF8 | functions[i].flags, data, functions[i].function,
                                    NULL, NULL, NULL);
  }
  return rc;
}
