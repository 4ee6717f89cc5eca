/*
** How long a statement may run, and who may stop it.
**
** There is one thread: nobody can call sqlite3_interrupt() from outside while C runs. So C asks, every few instructions of
** SQLite's machine (its progress handler) and in the core's own loops (base/stop.h), whether the deadline has passed and
** whether JavaScript wants it to stop.
**
** The time counted is that spent in here since a statement was started: a caller who takes long over its rows uses up none
** of it. What a user's function runs belongs to the statement that called the function.
*/
#ifndef VSS_RUN_H
#define VSS_RUN_H

#include "sqlite3.h"

/* Once, for the instance's one database. deadline_ms below 0: none. asks_stop: ask the import `stop`, too. */
void vss_run_limit(sqlite3 *db, double deadline_ms, int asks_stop);

/* Around each call into SQLite that may run for long: a statement starts, or goes on. */
void vss_run_start(void);
void vss_run_continue(void);

/*
** Its end; gives `rc` back. A failure after a stop is SQLITE_INTERRUPT, also where a user function that ran into it made another
** error of it; the connection's text names a deadline.
*/
int vss_run_end(int rc);

#endif
