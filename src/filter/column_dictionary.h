/*
** The distinct values of a column, numbered: code 1, 2, ... for values, code 0 for NULL.
**
**   entries   one a code; those with refs 0 are free and linked through `next_free`
**   buckets   open addressing with linear probing, a power of two of codes (0: empty), at most 3/4 full
**
** Two values are the same entry when storage class and bytes are: 1 and 1.0 are two, 0.0 and -0.0 too.
*/
#ifndef VSS_COLUMN_DICTIONARY_H
#define VSS_COLUMN_DICTIONARY_H

#include "filter/column.h"

typedef struct VssEntry {
  uint32_t refs; /* slots that hold it */
  uint32_t hash;
  uint32_t size_bytes; /* TEXT and BLOB */
  uint32_t type;       /* VssType */
  union {
    int64_t integer;
    double real;
    void *bytes; /* owned */
    uint32_t next_free;
  };
} VssEntry;

/* Zero-initialise. */
typedef struct VssDictionary {
  VssEntry *entries;
  uint32_t n_entries; /* used or free, code 0 included once there is one */
  uint32_t capacity;
  uint32_t first_free; /* 0: none */
  uint32_t n_used;
  uint32_t n_numbers; /* of those: INTEGER or REAL */
  uint32_t *buckets;
  uint32_t n_buckets;
  uint64_t bytes; /* of TEXT and BLOB values */
} VssDictionary;

/* The code of a value, entered when new, with one more reference. NULL is 0. VSS_NOMEM: nothing changed. */
int vss_dictionary_acquire(VssDictionary *dictionary, const VssValue *value, uint32_t *out_code);

/* The code of a value, 0 when no slot holds it (or it is NULL). Cost: one hash. */
uint32_t vss_dictionary_find(const VssDictionary *dictionary, const VssValue *value);

/* One reference less; the last one frees the entry and its code may be given again. 0: nothing. */
void vss_dictionary_release(VssDictionary *dictionary, uint32_t code);

/* The value of a code in use (0: NULL), borrowed until it is released. */
void vss_dictionary_value(const VssDictionary *dictionary, uint32_t code, VssValue *out_value);

uint64_t vss_dictionary_memory(const VssDictionary *dictionary);
void vss_dictionary_free(VssDictionary *dictionary);

#endif
