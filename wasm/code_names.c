/*
** The names of SQLite's result codes, for the property `code` of a VssError.
*/
#include <stddef.h>
#include <stdint.h>

#include "sqlite3.h"

typedef struct CodeName {
  int code;
  const char *name;
} CodeName;

/* A row of the table: the name is written once. */
#define NAMED(code)                                                                                \
  { code, #code }

static const CodeName code_names[] = {
    NAMED(SQLITE_ERROR),
    NAMED(SQLITE_INTERNAL),
    NAMED(SQLITE_PERM),
    NAMED(SQLITE_ABORT),
    NAMED(SQLITE_BUSY),
    NAMED(SQLITE_LOCKED),
    NAMED(SQLITE_NOMEM),
    NAMED(SQLITE_READONLY),
    NAMED(SQLITE_INTERRUPT),
    NAMED(SQLITE_IOERR),
    NAMED(SQLITE_CORRUPT),
    NAMED(SQLITE_NOTFOUND),
    NAMED(SQLITE_FULL),
    NAMED(SQLITE_CANTOPEN),
    NAMED(SQLITE_PROTOCOL),
    NAMED(SQLITE_EMPTY),
    NAMED(SQLITE_SCHEMA),
    NAMED(SQLITE_TOOBIG),
    NAMED(SQLITE_CONSTRAINT),
    NAMED(SQLITE_MISMATCH),
    NAMED(SQLITE_MISUSE),
    NAMED(SQLITE_NOLFS),
    NAMED(SQLITE_AUTH),
    NAMED(SQLITE_FORMAT),
    NAMED(SQLITE_RANGE),
    NAMED(SQLITE_NOTADB),
    NAMED(SQLITE_ERROR_MISSING_COLLSEQ),
    NAMED(SQLITE_READONLY_RECOVERY),
    NAMED(SQLITE_READONLY_ROLLBACK),
    NAMED(SQLITE_READONLY_DBMOVED),
    NAMED(SQLITE_READONLY_DIRECTORY),
    NAMED(SQLITE_IOERR_READ),
    NAMED(SQLITE_IOERR_SHORT_READ),
    NAMED(SQLITE_IOERR_WRITE),
    NAMED(SQLITE_IOERR_FSYNC),
    NAMED(SQLITE_IOERR_TRUNCATE),
    NAMED(SQLITE_IOERR_FSTAT),
    NAMED(SQLITE_IOERR_DELETE),
    NAMED(SQLITE_IOERR_ACCESS),
    NAMED(SQLITE_CORRUPT_VTAB),
    NAMED(SQLITE_ABORT_ROLLBACK),
    NAMED(SQLITE_CONSTRAINT_CHECK),
    NAMED(SQLITE_CONSTRAINT_COMMITHOOK),
    NAMED(SQLITE_CONSTRAINT_FOREIGNKEY),
    NAMED(SQLITE_CONSTRAINT_FUNCTION),
    NAMED(SQLITE_CONSTRAINT_NOTNULL),
    NAMED(SQLITE_CONSTRAINT_PRIMARYKEY),
    NAMED(SQLITE_CONSTRAINT_TRIGGER),
    NAMED(SQLITE_CONSTRAINT_UNIQUE),
    NAMED(SQLITE_CONSTRAINT_VTAB),
    NAMED(SQLITE_CONSTRAINT_ROWID),
    NAMED(SQLITE_CONSTRAINT_DATATYPE),
};

static const char *find_name(int code) {
  for (size_t i = 0; i < sizeof code_names / sizeof code_names[0]; i++)
    if (code_names[i].code == code) return code_names[i].name;
  return NULL;
}

/*
** "SQLITE_CONSTRAINT_UNIQUE" for 2067. A code that is not in the table goes by its primary code,
** which is its lowest byte, and an unknown one is "SQLITE_ERROR". The text is static.
*/
const char *vss_js_code_name(int code) {
  const char *name = find_name(code);
  if (name == NULL) name = find_name(code & 0xff);
  return name != NULL ? name : "SQLITE_ERROR";
}
