/*
** One SQL value, as the pure part of the core sees it.
**
**   type      NULL   INTEGER   REAL    TEXT                  BLOB
**   member    none   integer   real    bytes, size_bytes     bytes, size_bytes
**
** The members that do not belong to the type are undefined. sqlite/value.h makes one from an
** sqlite3_value.
*/
#ifndef VSS_BASE_VALUE_H
#define VSS_BASE_VALUE_H

#include <stdint.h>

typedef enum VssType { VSS_NULL, VSS_INTEGER, VSS_REAL, VSS_TEXT, VSS_BLOB } VssType;

/* The bytes are borrowed. TEXT is UTF-8 without a terminating zero. */
typedef struct VssValue {
  VssType type;
  int64_t integer;
  double real;
  const void *bytes;
  uint32_t size_bytes;
} VssValue;

#endif
