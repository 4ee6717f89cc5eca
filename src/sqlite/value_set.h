/*
** The members of the right side of an IN, which SQLite hands over one after the other
** (sqlite3_vtab_in_first and _next) and keeps only until the next: copied, so that they can be
** sorted and asked about.
**
**   values   VssValue VssValue ...      `bytes` of TEXT and BLOB members point into texts
**   texts    bytes of all of them, one after the other
*/
#ifndef VSS_VALUE_SET_H
#define VSS_VALUE_SET_H

#include "sqlite/value.h"

/* Zero-initialise; release with vss_value_set_free() whatever the result of reading. */
typedef struct VssValueSet {
  VssBuffer values;
  VssBuffer texts;
} VssValueSet;

/*
** Copy the members of `in`, an argument of xFilter that sqlite3_vtab_in() was asked for. An SQLite
** code.
*/
int vss_value_set_read(VssValueSet *set, sqlite3_value *in);
void vss_value_set_free(VssValueSet *set);

/* The members, in SQLite's order; valid until the set is freed. */
static inline const VssValue *vss_value_set_members(const VssValueSet *set) {
  return (const VssValue *)(const void *)set->values.data;
}
static inline uint32_t vss_value_set_count(const VssValueSet *set) {
  return (uint32_t)(set->values.size_bytes / sizeof(VssValue));
}

#endif
