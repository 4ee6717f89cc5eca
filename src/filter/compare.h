/*
** How SQLite orders values, and when it takes a text for a number.
*/
#ifndef VSS_FILTER_COMPARE_H
#define VSS_FILTER_COMPARE_H

#include "filter/column.h"

/* SQLite's built-in collations. Text under any other collation is compared by SQLite itself. */
typedef enum VssCollation { VSS_COLL_BINARY, VSS_COLL_NOCASE, VSS_COLL_RTRIM } VssCollation;
enum { VSS_N_COLLATIONS = 3 };

/* "BINARY", "NOCASE" or "RTRIM". Cannot fail. */
const char *vss_collation_name(VssCollation collation);

/*
** <0, 0, >0 as a is before b, equal to b or behind b: NULL < numbers < TEXT < BLOB. An integer and
** a real are compared by their exact values (no rounding beyond 2^53), TEXT by collation, BLOB by
** memcmp. NULL equals NULL. Cannot fail. Pinned by filter/test_filter_sqlite.c against SQLite.
*/
int vss_compare_values(const VssValue *a, const VssValue *b, VssCollation collation);

/* The same for qsort() and bsearch(), which pass no collation. */
typedef int (*VssCompare)(const void *a, const void *b);
VssCompare vss_compare_function(VssCollation collation);

/* The exact order of an integer and a real (not NaN). */
int vss_compare_integer_real(int64_t integer, double real);

typedef enum VssLooks {
  VSS_LOOKS_LIKE_TEXT,   /* under every version of SQLite */
  VSS_LOOKS_LIKE_NUMBER, /* *out_number is that number exactly, under every version of SQLite */
  VSS_LOOKS_UNCERTAIN    /* its last bits, or its meaning, depend on SQLite's version */
} VssLooks;

/*
** What NUMERIC affinity makes of a TEXT value. Uncertain are numbers of more than 15 significant
** digits (integers: more than 18), powers of ten beyond 22, and texts with a zero byte. *out_number
** is written for VSS_LOOKS_LIKE_NUMBER only, and may be `text` itself.
*/
VssLooks vss_compare_looks(const VssValue *text, VssValue *out_number);

#endif
