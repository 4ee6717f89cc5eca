/*
** The one place that sets zErrMsg: vss0/message.h.
**
**   vss_fail(err, VSS_INVALID, "vector has 3 components, expected 4")           in the core
**   vss_vtab_fail_with(table, VSS_INVALID, "body", err)                         here
**   "vss0 docs.body: vector has 3 components, expected 4", SQLITE_ERROR         what the user sees
*/
#include "vss0/message.h"

#include "sqlite/error.h"

/* Give `text` (owned; NULL: out of memory) to SQLite, which frees it. */
static int set(VssTable *table, int rc, char *text) {
  sqlite3_free(table->base.zErrMsg);
  table->base.zErrMsg = text;
  return text ? rc : SQLITE_NOMEM;
}

/*
** The text is formatted in two steps, since `format` is the caller's and the name may hold a '%'.
*/
int vss_vtab_fail(VssTable *table, int rc, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *text = sqlite3_vmprintf(format, args);
  va_end(args);
  /* %z frees the text that it shows. */
  return set(table, rc, text ? sqlite3_mprintf("vss0 %s%z", table->store.name, text) : NULL);
}

int vss_vtab_fail_as_sqlite(VssTable *table, int rc, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *text = sqlite3_vmprintf(format, args);
  va_end(args);
  return set(table, rc, text);
}

/* Out of memory has a code and no text: SQLite has the words for it. */
int vss_vtab_fail_with(VssTable *table, int code, const char *column, const VssError *err) {
  if (code == VSS_OK) return SQLITE_OK;
  int rc = vss_error_sqlite_rc(code, SQLITE_ERROR);
  if (!err->text[0]) return rc;
  if (!column) return vss_vtab_fail(table, rc, ": %s", err->text);
  return vss_vtab_fail(table, rc, ".%s: %s", column, err->text);
}

int vss_vtab_name_failure(VssTable *table, int rc) {
  if (rc == SQLITE_OK || table->base.zErrMsg) return rc;
  if (rc == SQLITE_FORMAT)
    return vss_vtab_fail(table, SQLITE_ERROR,
                         ": it is stored in format %lld, expected format %d: read it with the "
                         "version that wrote it, and insert its rows into a new table",
                         table->format, VSS_STORE_FORMAT);
  int primary = rc & 0xff;
  /* The connection's text may be left over from an earlier call: it is used only when its code
  ** agrees. */
  int is_of_connection = (sqlite3_errcode(table->db) & 0xff) == primary;
  if ((primary == SQLITE_ERROR || primary == SQLITE_CONSTRAINT) && is_of_connection)
    return vss_vtab_fail(table, rc, ": %s", sqlite3_errmsg(table->db));
  if (rc == SQLITE_CORRUPT_VTAB) return vss_vtab_fail(table, rc, ": its shadow tables are damaged");
  return rc;
}
