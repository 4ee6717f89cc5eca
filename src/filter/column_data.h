/*
** How a column lies in memory: for filter/column.c, which writes it, and the filter's files, which
** read it.
**
**   slot       0      1      2      3    ...   capacity_slots
**   present    1      0      1      1          one bit per slot: 0 is NULL
**   values    20.0    ?     19.99  20.0        one 8-byte number or 4-byte code per slot
**   integral   1      ?      0      1          REAL only, one bit per slot: an INTEGER to SQL
**   zones     [19.99, 20.0]                    numbers only: least and greatest of 1,024 slots
**
** What a NULL slot has in `values` is any number, or code 0.
**
** A `price decimal(10,2)` column holds 20 as INTEGER beside 19.99. With `integral`, numbers of both
** classes stay in 8 bytes; such integers are at most 2^53, so that nothing is lost. A zone's range
** grows with every put and does not shrink with a removal. All arrays reach to capacity_slots, a
** multiple of 1,024, so that whole words and zones can be read.
*/
#ifndef VSS_COLUMN_DATA_H
#define VSS_COLUMN_DATA_H

#include "filter/column_dictionary.h"

enum { VSS_ZONE_SLOTS = 1024, VSS_ZONE_WORDS = VSS_ZONE_SLOTS / VSS_BLOCK_ROWS };

typedef enum VssColumnKind {
  VSS_COLUMN_EMPTY,      /* only NULLs so far: no values, no zones */
  VSS_COLUMN_INTEGER,    /* integers */
  VSS_COLUMN_REAL,       /* reals */
  VSS_COLUMN_DICTIONARY, /* codes */
} VssColumnKind;

/* An empty zone has min > max. */
typedef struct VssZone {
  union {
    int64_t min_integer;
    double min_real;
  };
  union {
    int64_t max_integer;
    double max_real;
  };
} VssZone;

struct VssColumn {
  VssColumnKind kind;
  uint32_t n_slots; /* one more than the highest slot ever put */
  uint64_t capacity_slots;
  uint64_t *present;
  uint64_t *integral; /* NULL: no value is an INTEGER */
  union {
    void *values;
    int64_t *integers;
    double *reals;
    uint32_t *codes;
  };
  VssZone *zones; /* NULL: the kind has none */
  VssDictionary dictionary;
};

#endif
