/*
** How a long loop tells the host how far it is.
**
**   build_from_rows() of vss0    tells ------------> the host: a page's progress bar
**                                <---- a yes ends the loop, as base/stop.h has it
**
** A host that shows progress has one listener for the whole process. Most have none.
*/
#ifndef VSS_PROGRESS_H
#define VSS_PROGRESS_H

#include <stdint.h>

/* Items after which a loop tells, and what is too few to be told about at all. */
#define VSS_PROGRESS_STEP 4096

/*
** `done` of `total` items are done. Tells the host at each multiple of VSS_PROGRESS_STEP, and at
** the end of a loop that has told before. Non-zero: the host wants the loop to end. Cannot fail.
*/
int vss_progress_tell(uint64_t done, uint64_t total);

/* Set the host's listener; its result is that of vss_progress_tell(). NULL: nobody listens. */
void vss_progress_set_host(int (*told)(uint64_t done, uint64_t total));

#endif
