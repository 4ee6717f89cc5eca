/*
** The core's failures as SQLite reports them: sqlite/error.h has the table of codes and texts.
**
** A failure reaches the user by one of two ways. An SQL function makes it its result, here. A
** virtual table returns the code of vss_error_sqlite_rc() and leaves the text in its zErrMsg
** (vss0/message.h).
*/
#include "sqlite/error.h"

int vss_error_connection_rc(sqlite3 *db) {
  /* Another call on the connection may have succeeded since the failure. */
  int rc = sqlite3_extended_errcode(db);
  return rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_ERROR : rc;
}

int vss_error_sqlite_rc(int code, int database_rc) {
  switch (code) {
    case VSS_OK: return SQLITE_OK;
    case VSS_NOMEM: return SQLITE_NOMEM;
    /* A virtual table's own damage, as opposed to that of the database file. */
    case VSS_CORRUPT: return SQLITE_CORRUPT_VTAB;
    case VSS_STOP: return SQLITE_INTERRUPT;
    case VSS_DATABASE: return database_rc;
    /* VSS_INVALID, VSS_MISSING: the caller asked for something wrong. */
    default: return SQLITE_ERROR;
  }
}

void vss_error_result(sqlite3_context *context, int code, const char *subject,
                      const VssError *err) {
  if (code == VSS_NOMEM) {
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3 *db = sqlite3_context_db_handle(context);
  /* Asked before anything below calls SQLite again. */
  int database_rc = vss_error_connection_rc(db);
  const char *text = err && err->text[0] ? err->text : NULL;
  if (!text) {
    if (code == VSS_DATABASE)
      text = sqlite3_errmsg(db);
    else
      text = sqlite3_errstr(vss_error_sqlite_rc(code, database_rc));
  }
  char *message = sqlite3_mprintf("%s: %s", subject, text);
  if (!message) {
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_result_error(context, message, -1);
  /* The code is set after the text: it keeps the text, while setting a text sets a code too. */
  sqlite3_result_error_code(context, vss_error_sqlite_rc(code, database_rc));
  sqlite3_free(message);
}
