/*
** The distinct values of a column, numbered: code 1, 2, ... for values, code 0 for NULL.
**
**   code         0         1            2        3         4
**   entries   | NULL | 'NY Times' | free ─► 4 | 'AP' | free ─► 0 |      one per code
**   buckets   | 3 | 0 | 0 | 1 | 0 | 0 | 0 | 0 |                         codes by their hash
**
** A free entry has refs 0 and names the next free one; 0 ends the list.
**
** The buckets are a hash table with open addressing and linear probing. Their number is a power of
** two, at most 3/4 of them are in use, and 0 means empty.
**
** Two values share an entry when their storage classes and their bytes are the same: 1 and 1.0 have
** two entries, and so have 0.0 and -0.0.
*/
#ifndef VSS_COLUMN_DICTIONARY_H
#define VSS_COLUMN_DICTIONARY_H

#include "filter/column.h"

typedef struct VssEntry {
  uint32_t refs; /* how many slots hold it */
  uint32_t hash;
  uint32_t size_bytes; /* of TEXT and BLOB; else 0 */
  uint32_t type;       /* VssType */
  union {
    int64_t integer;
    double real;
    void *bytes;        /* of TEXT and BLOB; owned */
    uint32_t next_free; /* of a free entry: the next one's code; 0: the last */
  };
} VssEntry;

/* Zero-initialise. */
typedef struct VssDictionary {
  VssEntry *entries;
  uint32_t n_entries; /* used or free, with code 0 as soon as there is another */
  uint32_t capacity;
  uint32_t first_free; /* 0: none */
  uint32_t n_used;     /* distinct values */
  uint32_t n_numbers;  /* how many of them are INTEGER or REAL */
  uint32_t *buckets;
  uint32_t n_buckets;
  uint64_t bytes; /* of TEXT and BLOB values */
} VssDictionary;

/*
** The code of a value, with one more reference; a new value gets an entry. NULL is 0. VSS_NOMEM:
** nothing changed.
*/
int vss_dictionary_acquire(VssDictionary *dictionary, const VssValue *value, uint32_t *out_code);

/* The code of a value, 0 when no slot holds it (or it is NULL). Cost: one hash. */
uint32_t vss_dictionary_find(const VssDictionary *dictionary, const VssValue *value);

/*
** One reference less. With the last one the entry is freed, and its code may stand for another
** value. Code 0: nothing.
*/
void vss_dictionary_release(VssDictionary *dictionary, uint32_t code);

/*
** The value of a code in use (0: NULL), borrowed until it is released. Inline, because a list asks
** for each of its rows. Written member by member: a whole value that is copied from the stack has
** to wait for its parts.
*/
static inline void vss_dictionary_value(const VssDictionary *dictionary, uint32_t code,
                                        VssValue *out_value) {
  if (!code) {
    out_value->type = VSS_NULL;
    return;
  }
  const VssEntry *entry = &dictionary->entries[code];
  out_value->type = (VssType)entry->type;
  if (entry->type == VSS_INTEGER) {
    out_value->integer = entry->integer;
  } else if (entry->type == VSS_REAL) {
    out_value->real = entry->real;
  } else {
    out_value->bytes = entry->bytes;
    out_value->size_bytes = entry->size_bytes;
  }
}

uint64_t vss_dictionary_memory(const VssDictionary *dictionary);
void vss_dictionary_free(VssDictionary *dictionary);

#endif
