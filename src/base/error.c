/*
** The text of a failure; see base/error.h.
**
** A failure is often followed by others on the way out, when clean-up fails for the same reason.
** The first one knows most, and so a text that is there stays.
*/
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int vss_fail(VssError *err, int code, const char *format, ...) {
  if (err && !err->text[0]) {
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
  }
  return code;
}
