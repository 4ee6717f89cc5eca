/*
** Telling the host how far a long loop is: base/progress.h.
**
**   done    1 ... 4095 | 4096 | 4097 ... 8191 | 8192 | ... total
**   told                 x                      x          x
*/
#include "base/progress.h"

static int (*host_told)(uint64_t done, uint64_t total);

void vss_progress_set_host(int (*told)(uint64_t done, uint64_t total)) {
  host_told = told;
}

int vss_progress_tell(uint64_t done, uint64_t total) {
  int is_due = done % VSS_PROGRESS_STEP == 0 || (done == total && total > VSS_PROGRESS_STEP);
  return host_told && is_due ? host_told(done, total) : 0;
}
