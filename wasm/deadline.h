/*
** How long a statement may run, and who may stop it.
**
** The module has one thread, so nobody can call sqlite3_interrupt() from outside while C runs.
** Instead, C asks whether to go on: SQLite's machine asks every few instructions (its progress
** handler), and the loops of the core ask too (base/stop.h). The answer depends on the deadline and
** on the import `stop`.
**
** A deadline counts the time spent inside the module since the statement was started. A caller who
** takes long over its rows uses up none of it. A statement that a user's function runs belongs to
** the statement that called the function.
**
**   start        end    continue     end        start
**     ├── counted ─┤       ├─ counted ─┤          ├── counted from 0 ...
**     step            (JavaScript)   step         step of the next statement
*/
#ifndef VSS_DEADLINE_H
#define VSS_DEADLINE_H

#include "sqlite3.h"

/*
** Sets the limits of the instance's one database, once. deadline_ms below 0: there is no deadline.
** asks_stop 1: the import `stop` is asked as well.
*/
void vss_deadline_limit(sqlite3 *db, double deadline_ms, int asks_stop);

/* Stand before each call into SQLite that may run for long: a statement starts, or goes on. */
void vss_deadline_start(void);
void vss_deadline_continue(void);

/*
** Stands after that call, and returns its result `rc`. A failure of a call that was told to stop
** becomes SQLITE_INTERRUPT, even where a user function made another error of it; the connection's
** text then names the deadline.
*/
int vss_deadline_end(int rc);

#endif
