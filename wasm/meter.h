/*
** Work that asks, about once per millisecond, whether to go on (base/stop.h).
**
**   a loop   ── bytes ──► meter ── each 1 MB: ask ──► the deadline, the user
**
** The answer "no" stays in the meter, so that loops around loops end as well.
*/
#ifndef VSS_METER_H
#define VSS_METER_H

#include <stddef.h>

#include "base/stop.h"

/* Bytes between two questions: below a millisecond on a slow machine. */
#define VSS_METER_BYTES (1u << 20)

/* Zero-initialise. */
typedef struct VssMeter {
  size_t bytes; /* looked at since the last question */
  int is_over;  /* the answer was to stop */
} VssMeter;

/* Counts the bytes. 0: the caller is to end at once. Cannot fail. */
static inline int vss_meter_go_on(VssMeter *meter, size_t bytes) {
  if (meter->is_over) return 0;
  meter->bytes += bytes;
  if (meter->bytes < VSS_METER_BYTES) return 1;
  meter->bytes = 0;
  meter->is_over = vss_stop_asked((VssStop){0});
  return !meter->is_over;
}

#endif
