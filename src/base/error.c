/*
** The text of a failure; see base/error.h.
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
