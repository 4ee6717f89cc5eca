/*
** How a long loop learns that it is to end before it is done.
**
**   the host      a deadline, or a "stop" button of a page: one question for the whole process
**   the caller    a VssStop that the loop was given: for example, sqlite3_interrupt()
**
** A loop that SQLite does not see into asks vss_stop_asked() about once per millisecond of work. On
** a yes it undoes what is half done and returns VSS_STOP. Nothing else in the core looks at
** deadlines or interrupts.
*/
#ifndef VSS_STOP_H
#define VSS_STOP_H

#include <stddef.h>

/* The question of one caller; zeros for a caller who has none. */
typedef struct VssStop {
  int (*asked)(void *context); /* non-zero: stop */
  void *context;
} VssStop;

/*
** Non-zero when the host or the caller wants the loop to end. Cannot fail. Pinned by test_stop.c.
*/
int vss_stop_asked(VssStop stop);

/* Set the host's question, for the process; NULL: the host never asks to stop. */
void vss_stop_set_host(int (*asked)(void));

#endif
