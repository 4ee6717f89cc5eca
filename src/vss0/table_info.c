/*
** See vss0/table_info.h.
**
** The functions look for a table in the list of its module, which holds the tables that are open on
** this connection. They read what is resident and load nothing: asking does not change the answer.
** The sizes of a table are the exception.
*/
#include "vss0/table_info.h"

#include <string.h>

#include "base/codec.h"
#include "functions/registry.h"
#include "sqlite/value.h"
#include "vss0/args.h"
#include "vss0/args_token.h"

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
static VssTable *named_table(sqlite3_context *context, const char *schema,
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
**   [{"name":"e","vector":true,"dimensions":3,"metric":"L2","element":"int8","scale":127.0},
**    {"name":"n","vector":false,"type":"integer"},
**    {"name":"id","vector":false,"type":"text","primaryKey":true}]
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
      vss_buffer_format(
          &json, ",\"vector\":true,\"dimensions\":%d,\"metric\":\"%s\",\"element\":\"%s\"",
          vector->dim, vss_metric_name(vector->metric), vss_element_name(vector->element));
      if (vector->element == VSS_ELEMENT_INT8) {
        vss_buffer_text(&json, ",\"scale\":");
        vss_codec_append_double(&json, vector->scale);
      }
      vss_buffer_text(&json, "}");
    } else {
      const char *type = table->def.filters[column->number].type;
      vss_buffer_text(&json, ",\"vector\":false,\"type\":");
      vss_codec_append_string(&json, type, strlen(type));
      int is_key = table->def.filters[column->number].key != VSS_KEY_NONE;
      vss_buffer_text(&json, is_key ? ",\"primaryKey\":true}" : "}");
    }
  }
  vss_buffer_text(&json, "]");
  vss_value_result_text(context, &json);
  vss_buffer_free(&json);
}

/* The number of the column of that name, or -1. */
static int find_column(const VssTableDef *def, const char *name) {
  for (int i = 0; i < def->n_columns; i++)
    if (sqlite3_stricmp(def->columns[i].name, name) == 0) return i;
  return -1;
}

/* SQLite's collation where a column names none. */
static const char *collation_of(const VssFilterDef *filter) {
  return filter->collation ? filter->collation : "BINARY";
}

/* 1 for two spellings of a type: letters may differ in case, and words in the space around them. */
static int is_same_type(const char *a, const char *b) {
  for (;;) {
    const VssToken x = vss_token_next(&a);
    const VssToken y = vss_token_next(&b);
    if (x.kind != y.kind || x.size_bytes != y.size_bytes) return 0;
    if (x.kind == VSS_TOKEN_END) return 1;
    if (sqlite3_strnicmp(x.text, y.text, (int)x.size_bytes) != 0) return 0;
  }
}

/* Appends how the column differs from the one that is wanted; nothing where it does not. */
static void append_difference(VssBuffer *text, const VssTableDef *is, const VssColumnDef *column,
                              const VssTableDef *wanted, const VssColumnDef *want) {
  if (column->is_vector != want->is_vector) {
    vss_buffer_format(text, "where \"%s\" is %s", column->name,
                      column->is_vector ? "a vector" : "not a vector");
  } else if (column->is_vector) {
    const VssVectorDef *a = &is->vectors[column->number];
    const VssVectorDef *b = &wanted->vectors[want->number];
    if (a->dim != b->dim) {
      vss_buffer_format(text, "where \"%s\" has %d dimensions instead of %d", column->name, a->dim,
                        b->dim);
    } else if (a->element != b->element) {
      vss_buffer_format(text, "where \"%s\" stores %s instead of %s", column->name,
                        vss_element_name(a->element), vss_element_name(b->element));
    } else if (a->scale < b->scale || a->scale > b->scale) {
      vss_buffer_format(text, "where \"%s\" has the scale ", column->name);
      vss_codec_append_double(text, a->scale);
      vss_buffer_text(text, " instead of ");
      vss_codec_append_double(text, b->scale);
    } else if (a->metric != b->metric) {
      vss_buffer_format(text, "where \"%s\" has the metric %s instead of %s", column->name,
                        vss_metric_name(a->metric), vss_metric_name(b->metric));
    }
  } else {
    const VssFilterDef *a = &is->filters[column->number];
    const VssFilterDef *b = &wanted->filters[want->number];
    if (!is_same_type(a->type, b->type)) {
      vss_buffer_format(text, "where \"%s\" has the type \"%s\" instead of \"%s\"", column->name,
                        a->type, b->type);
    } else if (sqlite3_stricmp(collation_of(a), collation_of(b)) != 0) {
      vss_buffer_format(text, "where \"%s\" has the collation %s instead of %s", column->name,
                        collation_of(a), collation_of(b));
    } else if (a->key != b->key) {
      vss_buffer_format(text, "where \"%s\" is %s primary key", column->name,
                        a->key == VSS_KEY_NONE ? "no" : "the");
    }
  }
}

/* The texts of a list with a NUL between each two, which ends with one. Returns their number. */
static int split(const char *list, int size, const char **out_texts) {
  int count = 0;
  for (int at = 0; at < size; at += (int)strlen(list + at) + 1)
    out_texts[count++] = list + at;
  return count;
}

/*
** vss_columns_differ(schema, table, definitions): the first way in which the columns of a table are
** not those that the definitions would create, as the end of a sentence; NULL where they are the
** same, in whatever order and spelling. The definitions are one text with a NUL between each two:
** functions take fewer arguments than a table has columns.
*/
static void columns_differ(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssTableDef wanted = {0};
  VssError err = {0};
  VssBuffer text = {0};
  const char *schema = (const char *)sqlite3_value_text(argv[0]);
  const VssTable *table = named_table(context, schema, argv[1]);
  if (!table) return;
  const char *list = (const char *)sqlite3_value_text(argv[2]);
  const int size = sqlite3_value_bytes(argv[2]);
  /* A definition has at least one byte, and a NUL after it; one more is added below. */
  const char **texts = sqlite3_malloc64(sizeof *texts * ((sqlite3_uint64)size + 2));
  int rc = VSS_NOMEM;
  if (!texts) goto done;
  const int count = split(list, size, texts);
  rc = vss_args_parse(count, texts, table->store.name, &wanted, &err);
  /*
  ** Definitions without a vector column cannot be parsed, and still differ in a way that can be
  ** told: a vector is added, and the table's own column is found to be one. It differs before the
  ** added column is looked at, since every table has a vector.
  */
  if (rc == VSS_INVALID) {
    VssError second = {0};
    texts[count] = "\"a vector\"(1)";
    if (vss_args_parse(count + 1, texts, table->store.name, &wanted, &second) == VSS_OK)
      rc = VSS_OK;
  }
  if (rc != VSS_OK) goto done;
  for (int i = 0; i < table->def.n_columns && text.size_bytes == 0; i++) {
    const VssColumnDef *column = &table->def.columns[i];
    const int at = find_column(&wanted, column->name);
    if (at < 0) {
      vss_buffer_format(&text, "with a column \"%s\" that was not asked for", column->name);
    } else {
      append_difference(&text, &table->def, column, &wanted, &wanted.columns[at]);
    }
  }
  for (int i = 0; i < wanted.n_columns && text.size_bytes == 0; i++) {
    if (find_column(&table->def, wanted.columns[i].name) < 0)
      vss_buffer_format(&text, "without a column \"%s\"", wanted.columns[i].name);
  }
  rc = vss_buffer_status(&text);
  /* Without a result it is NULL: the same. */
  if (rc == VSS_OK && text.size_bytes > 0) vss_value_result_text(context, &text);
done:
  if (rc != VSS_OK) vss_function_fail(context, rc, &err);
  vss_args_free(&wanted);
  vss_buffer_free(&text);
  sqlite3_free(texts);
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

/* Set an error of vss_table_stats() as the result; NULL: out of memory. Frees the text. */
static void stats_failed(sqlite3_context *context, int rc, char *text) {
  if (text) sqlite3_result_error(context, text, -1);
  sqlite3_result_error_code(context, text ? rc : SQLITE_NOMEM);
  sqlite3_free(text);
}

/*
** vss_table_stats(table, 'sizes'): what the table takes in the file, in bytes. `waste` is all that
** is neither vectors, filter values nor cache: what pages have unused, and what SQLite and the
** storage of vectors need for themselves. Reads the whole table.
*/
static void sizes_of(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  const char *what = (const char *)sqlite3_value_text(argv[1]);
  if (!what || sqlite3_stricmp(what, "sizes") != 0) {
    stats_failed(context, SQLITE_ERROR,
                 sqlite3_mprintf("vss_table_stats(): unknown kind '%s', expected 'sizes'",
                                 what ? what : ""));
    return;
  }
  VssTable *table = named_table(context, NULL, argv[0]);
  if (!table) return;
  VssStoreSizes sizes;
  int rc = vss_table_sync(table);
  if (rc == SQLITE_OK) rc = vss_store_measure(&table->store, &sizes);
  if (rc != SQLITE_OK) {
    int is_told = rc != SQLITE_NOMEM;
    stats_failed(context, rc,
                 is_told ? sqlite3_mprintf("vss_table_stats(): %s", sqlite3_errmsg(table->db))
                         : NULL);
    return;
  }
  sqlite3_int64 vectors = 0;
  for (int v = 0; v < table->def.n_vectors; v++)
    vectors += (sqlite3_int64)vss_index_count(table->resident.indexes[v]) *
               (sqlite3_int64)vss_vector_bytes(&table->def.vectors[v]);
  char *json = sqlite3_mprintf("{\"file\":%lld,\"vectors\":%lld,\"filters\":%lld,\"cache\":%lld,"
                               "\"codes\":%lld,\"waste\":%lld}",
                               sizes.pages, vectors, sizes.rows, sizes.cache, sizes.codes,
                               sizes.pages - vectors - sizes.rows - sizes.cache);
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
    {.name = "vss_columns_differ", .n_args = 3, .call = columns_differ},
    {.name = "vss_table_stats", .n_args = 1, .call = stats},
    {.name = "vss_table_stats", .n_args = 2, .call = sizes_of},
};

/*
** These functions are neither deterministic nor innocuous: the answer changes with each search, and
** a schema that somebody else wrote has no business with it.
*/
int vss_func_register_table_info(sqlite3 *db, VssModule *module) {
  const VssShared shared = {.data = module};
  return vss_functions_register(db, functions, sizeof functions / sizeof *functions, &shared);
}
