/*
** The text of a failure. It is written where the facts are known, subject first, and travels
** upwards beside the result code.
*/
#ifndef VSS_ERROR_H
#define VSS_ERROR_H

#include "base/base.h"

/*
** The text of the first failure. Zero-initialise: `VssError err = {0};`. Owned by the caller; it
** allocates nothing.
*/
typedef struct VssError {
  char text[512];
} VssError;

/*
** Write the text, unless a text already exists (the first error wins), and return `code`, so that a
** failing function ends in `return vss_fail(err, VSS_INVALID, "...")`. `err` may be NULL. A longer
** text is cut.
*/
int vss_fail(VssError *err, int code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

#endif
