/*
** The host's question and the caller's, asked as one: base/stop.h.
*/
#include "base/stop.h"

static int (*host_asked)(void);

void vss_stop_set_host(int (*asked)(void)) {
  host_asked = asked;
}

int vss_stop_asked(VssStop stop) {
  if (host_asked && host_asked()) return 1;
  return stop.asked && stop.asked(stop.context);
}
