/*
** The names of a vss0 table through ALTER TABLE RENAME and its rollback, and its twins.
**
**   begin; alter table a rename to b; savepoint s; alter table b rename to c; rollback to s;
**
**   store.name      "c", and SQLite does not say that it has become "b" again
**   former_names    [ "a", "b" ]     the shadow tables must have one of these names, if any
**
** SQLite tells a virtual table of a rename, and not of its rollback. So after a ROLLBACK TO the
** name is doubtful, and before the next use the schema is asked which of the names has shadow
** tables, the last one first. None has them when the CREATE itself was rolled back.
**
** Twins are two VssTables for one table: vss0/table_int.h says when SQLite makes them.
*/
#include "vss0/table_int.h"

void vss_table_forget_names(VssTable *table) {
  for (int i = 0; i < table->n_former_names; i++)
    sqlite3_free(table->former_names[i]);
  sqlite3_free(table->former_names);
  table->former_names = NULL;
  table->n_former_names = table->name_is_doubtful = 0;
}

/* A connection has a handful of tables, so that a walk over all of them costs nothing. */
VssTable *vss_table_next_twin(const VssTable *table, const VssTable *after) {
  VssTable *twin = after ? after->next : table->module->tables;
  for (; twin; twin = twin->next) {
    if (twin != table && sqlite3_stricmp(twin->store.schema, table->store.schema) == 0 &&
        sqlite3_stricmp(twin->store.name, table->store.name) == 0) {
      return twin;
    }
  }
  return NULL;
}

/* Add the current name to the former ones: it is about to change. SQLITE_NOMEM: nothing changed. */
static int remember_name(VssTable *table) {
  char *name = sqlite3_mprintf("%s", table->store.name);
  sqlite3_uint64 size_bytes = ((sqlite3_uint64)table->n_former_names + 1) * sizeof(char *);
  char **names = name ? sqlite3_realloc64(table->former_names, size_bytes) : NULL;
  if (!names) {
    sqlite3_free(name);
    return SQLITE_NOMEM;
  }
  table->former_names = names;
  table->former_names[table->n_former_names++] = name;
  return SQLITE_OK;
}

int vss_table_rename(VssTable *table, const char *new_name) {
  int rc = vss_store_write_all_waiting(&table->store);
  if (rc == SQLITE_OK) rc = remember_name(table);
  VssTable *twin;
  /* With its new name a twin is not a twin any more, so the search starts from the beginning. */
  while (rc == SQLITE_OK && (twin = vss_table_next_twin(table, NULL)) != NULL) {
    rc = remember_name(twin);
    if (rc == SQLITE_OK) rc = vss_store_set_name(&twin->store, new_name);
  }
  if (rc == SQLITE_OK) rc = vss_store_rename_tables(&table->store, new_name);
  /* Outside of a transaction nothing can roll it back. */
  if (sqlite3_get_autocommit(table->db)) vss_table_forget_names(table);
  return rc;
}

/* Find out which of the names of this transaction the shadow tables have now, and use it. */
static int settle_name(VssTable *table) {
  int found = 0;
  int rc = vss_store_has_name(&table->store, table->store.name, &found);
  for (int i = table->n_former_names - 1; i >= 0 && rc == SQLITE_OK && !found; i--) {
    rc = vss_store_has_name(&table->store, table->former_names[i], &found);
    if (rc == SQLITE_OK && found) rc = vss_store_set_name(&table->store, table->former_names[i]);
  }
  if (rc != SQLITE_OK) return rc;
  table->name_is_doubtful = 0;
  /* None of them: the table has been rolled back, or a rename from before it was opened, and
  ** everything that was written to it with it. */
  if (!found) {
    vss_store_forget_waiting(&table->store);
    table->n_touched = table->n_applied = 0;
    table->rebuilt = 0;
  }
  return SQLITE_OK;
}

void vss_table_created(VssTable *table) {
  table->writing = table->created = 1;
  /* A table of this name could be created, so that whatever had the name before is gone. */
  for (VssTable *twin = vss_table_next_twin(table, NULL); twin;
       twin = vss_table_next_twin(table, twin)) {
    vss_store_forget_waiting(&twin->store);
    twin->n_touched = twin->n_applied = 0;
    twin->rebuilt = 0;
  }
}

int vss_table_write_waiting_of_twins(VssTable *table) {
  int rc = SQLITE_OK;
  for (VssTable *twin = vss_table_next_twin(table, NULL); twin && rc == SQLITE_OK;
       twin = vss_table_next_twin(table, twin))
    rc = vss_store_write_all_waiting(&twin->store);
  return rc;
}

/*
** All tables of the connection are settled, not one: after a rollback two tables may have swapped
** their names, and each would take the shadow tables of the other for its own.
*/
int vss_table_settle_names(const VssModule *module) {
  int rc = SQLITE_OK;
  VssTable *table = module->tables;
  while (table && rc == SQLITE_OK) {
    if (!table->name_is_doubtful) {
      table = table->next;
      continue;
    }
    table->held = 1;
    rc = settle_name(table);
    table->held = 0;
    if (table->gone) vss_table_free(table);
    /* The SQL may have disconnected any table, the next in the list included. */
    table = module->tables;
  }
  return rc;
}

/*
** The rows that twins wrote are in the shadow tables, and not in the cache from which this one
** loads.
*/
int vss_table_touch_rows_of_twins(VssTable *table) {
  int rc = SQLITE_OK;
  for (VssTable *twin = vss_table_next_twin(table, NULL); twin;
       twin = vss_table_next_twin(table, twin)) {
    for (uint64_t i = 0; i < twin->n_touched && rc == SQLITE_OK; i++)
      rc = vss_table_touch(table, twin->touched[i]);
  }
  return rc;
}
