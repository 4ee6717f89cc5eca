/*
** How SQLite orders values, and when it takes a text for a number.
*/
#ifndef VSS_FILTER_COMPARE_H
#define VSS_FILTER_COMPARE_H

#include "filter/column.h"

typedef enum VssCollation { VSS_COLL_BINARY, VSS_COLL_NOCASE, VSS_COLL_RTRIM } VssCollation;

/*
** <0, 0, >0 as a is before, equal to or behind b: NULL < numbers < TEXT < BLOB; an integer and a real by their exact
** values (no rounding beyond 2^53), TEXT by collation, BLOB by memcmp. NULL equals NULL. Cannot fail.
** Pinned by filter/test_filter_sqlite.c against SQLite.
*/
int vss_compare_values(const VssValue *a, const VssValue *b, VssCollation collation);

/* The exact order of an integer and a real (not NaN). */
int vss_compare_integer_real(int64_t integer, double real);

typedef enum VssLooks {
  VSS_LOOKS_LIKE_TEXT,   /* under every version of SQLite */
  VSS_LOOKS_LIKE_NUMBER, /* that *out_number equals exactly, under every version of SQLite */
  VSS_LOOKS_UNCERTAIN /* a number whose last bits, or a text whose meaning, depend on SQLite's version */
} VssLooks;

/*
** What NUMERIC affinity makes of a TEXT value. Uncertain are: more than 15 significant digits unless an integer of at
** most 18, powers of ten beyond 22, texts with a zero byte. *out_number is written for VSS_LOOKS_LIKE_NUMBER only.
*/
VssLooks vss_compare_looks(const VssValue *text, VssValue *out_number);

#endif
