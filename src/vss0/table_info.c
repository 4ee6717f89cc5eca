/*
** See vss0/table_info.h.
**
** The functions look for a table in the list of its module, which holds the tables that are open on
** this connection. They read what is resident and load nothing: asking does not change the answer.
*/
#include "vss0/table_info.h"

#include <string.h>

#include "base/codec.h"
#include "functions/registry.h"
#include "sqlite/value.h"

/* The open table of that name, in any database when schema is NULL. NULL when there is none. */
static VssTable *find_table(const VssModule *module, const char *schema, const char *name) {
  for (VssTable *table = module->tables; table; table = table->next) {
    if (sqlite3_stricmp(table->store.name, name) != 0) continue;
    if (!schema || sqlite3_stricmp(table->store.schema, schema) == 0) return table;
  }
  return NULL;
}

/*
** The table that an argument names. A table that this connection has not used yet is connected
** first: SQLite does that when it prepares a statement that names it. Returns NULL after it has set
** an error as the function's result.
*/
static const VssTable *named_table(sqlite3_context *context, const char *schema,
                                   sqlite3_value *argument) {
  const VssModule *module = vss_function_shared(context);
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
  char *text = rc == SQLITE_NOMEM
                   ? NULL
                   : sqlite3_mprintf("%s(): no vss0 table named %s", vss_function_of(context)->name,
                                     name ? name : "NULL");
  if (text) {
    sqlite3_result_error(context, text, -1);
  } else {
    sqlite3_result_error_nomem(context);
  }
  sqlite3_free(text);
  return NULL;
}

/*
** vss_memory_usage([table]). Without an argument it answers in kilobytes, as sqlite-vss does, and
** for all tables that this connection has used; with a table it answers in bytes.
*/
static void memory_usage(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const VssModule *module = vss_function_shared(context);
  if (argc == 1) {
    const VssTable *table = named_table(context, NULL, argv[0]);
    if (table) sqlite3_result_int64(context, (sqlite3_int64)vss_table_memory(table));
    return;
  }
  uint64_t size_bytes = 0;
  /* Tables of attached databases and temporary ones are in the same list. */
  for (const VssTable *table = module->tables; table; table = table->next)
    size_bytes += vss_table_memory(table);
  sqlite3_result_int64(context, (sqlite3_int64)(size_bytes / 1024));
}

/*
** vss_columns(schema, table), in declared order:
**
**   [{"name":"e","vector":true,"dimensions":3,"metric":"L2"},
**    {"name":"n","vector":false,"type":"integer"}]
*/
static void columns(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  const char *schema = (const char *)sqlite3_value_text(argv[0]);
  const VssTable *table = named_table(context, schema, argv[1]);
  if (!table) return;
  VssBuffer json = {0};
  for (int i = 0; i < table->def.n_columns; i++) {
    const VssColumnDef *column = &table->def.columns[i];
    vss_buffer_text(&json, i ? ",{\"name\":" : "[{\"name\":");
    vss_codec_append_string(&json, column->name, strlen(column->name));
    if (column->is_vector) {
      const VssVectorDef *vector = &table->def.vectors[column->number];
      vss_buffer_format(&json, ",\"vector\":true,\"dimensions\":%d,\"metric\":\"%s\"}", vector->dim,
                        vss_metric_name(vector->metric));
    } else {
      const char *type = table->def.filters[column->number].type;
      vss_buffer_text(&json, ",\"vector\":false,\"type\":");
      vss_codec_append_string(&json, type, strlen(type));
      vss_buffer_text(&json, "}");
    }
  }
  vss_buffer_text(&json, "]");
  vss_value_result_text(context, &json);
  vss_buffer_free(&json);
}

/*
** vss_table_stats(table): the counters of VssStats, by their names. They start at 0 when the
** connection opens the table, and are never stored.
*/
static void stats(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  const VssTable *table = named_table(context, NULL, argv[0]);
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

static const VssFunction functions[] = {
    {.name = "vss_memory_usage", .n_args = 0, .call = memory_usage},
    {.name = "vss_memory_usage", .n_args = 1, .call = memory_usage},
    {.name = "vss_columns", .n_args = 2, .call = columns},
    {.name = "vss_table_stats", .n_args = 1, .call = stats},
};

/*
** These functions are neither deterministic nor innocuous: the answer changes with each search, and
** a schema that somebody else wrote has no business with it.
*/
int vss_func_register_table_info(sqlite3 *db, VssModule *module) {
  const VssShared shared = {.data = module};
  return vss_functions_register(db, functions, sizeof functions / sizeof *functions, &shared);
}
