/*
** Where SQLite itself has to ask whether to go on, or has to be told to use functions of ours in
** the place of its own.
**
** sqlite.c includes SQLite's whole source and adds to it, because what is needed is static there.
** Nothing of SQLite's source is changed. Every build has it in the place of sqlite3.c.
**
**   always              a sort in memory asks: it is one instruction, however many rows there are;
**                       SQL that is nested too deep for the stack is an error (depth.h)
**   for untrusted SQL   the functions below
*/
#ifndef VSS_GUARDS_H
#define VSS_GUARDS_H

#include "sqlite3.h"

/*
** The characters that mean something in a pattern, 0 where there is none. SQLite reads the first
** three bytes itself, to find the part of an index that a pattern needs.
*/
typedef struct VssLikeWildcards {
  unsigned char any_text, any_character, set;
  unsigned char no_case;
} VssLikeWildcards;

/*
** Makes `call` the function behind LIKE ("like", 2 or 3 arguments) or GLOB ("glob", 2). SQLite goes
** on using indexes for it. Its user data are the wildcards, which have to be static. SQLITE_OK,
** SQLITE_NOMEM, or SQLITE_BUSY while a statement runs.
*/
int vss_sqlite_replace_like(sqlite3 *db, const char *name, int n_args,
                            const VssLikeWildcards *wildcards,
                            void (*call)(sqlite3_context *, int, sqlite3_value **));

/* What the value of a PRAGMA says: "on", "yes", "1" ... are 1. */
int vss_sqlite_boolean(const char *text);

/*
** Full text search whose calls ask about once per millisecond: tokenizers, snippet(), highlight()
** and bm25(). A query has at most VSS_FTS5_QUERY_BYTES, and matches that would take these functions
** longer than VSS_FTS5_MATCHES steps before they can ask are refused. So is a row where the bytes
** of the positions, times the words of a phrase (or the phrases of a NEAR), are more than one of
** these. Has to be called before a full text table is opened. SQLITE_OK, SQLITE_NOMEM.
*/
#define VSS_FTS5_QUERY_BYTES 2000
#define VSS_FTS5_NEAR_WORDS  16 /* of a query that has NEAR in it */
#define VSS_FTS5_MATCHES     8000000
#define VSS_FTS5_POSITIONS   12000000 /* of a phrase; a step of NEAR takes four times as long */
#define VSS_FTS5_NEAR_BYTES  (VSS_FTS5_POSITIONS / 4)
int vss_sqlite_guard_fts5(sqlite3 *db);

/*
** strftime() whose format has at most VSS_STRFTIME_BYTES: each letter of it takes a microsecond.
** SQLITE_OK, SQLITE_NOMEM.
*/
#define VSS_STRFTIME_BYTES 10000
int vss_sqlite_guard_strftime(sqlite3 *db);

#endif
