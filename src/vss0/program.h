/*
** The program of a plan: what xFilter is to do with each of its arguments. xBestIndex writes it as
** text into idxStr, xFilter reads it, and EXPLAIN QUERY PLAN shows it with words behind it.
**
**   idxStr   "<program>|<words>"
**   such as  "s0;k;f2e;f1aN;|nearest first by e, top k; bitmap: n >, topic = (re-checked)"
**
** A program has one step per argument of xFilter, in order, each followed by ';':
**
**     s<v>          vss_search or MATCH on vector column number v: a vector or vss_search_params()
**     r<v>          vss_range_search on vector column number v: vss_range_search_params()
**     k             k = ?
**     l, o          LIMIT and OFFSET: hints, which only size the first batch
**     d<op>         distance <op> ?
**     f<c><op>      declared column c, a filter column, <op> ?
**     i<op>         rowid <op> ?
**     c<n><op>      a term that only counts under k, checked row by row (vss0/check.h): on declared
**                   column n, on the distance (n is the number of declared columns) or on the
**                   rowid (n is one more)
**     e             rowid = ? of a look-up without a search
**     <<c>, ><c>    have no argument and stand behind those that have one: the order of a scan, by
**                   declared column c, ascending or descending, one step per column
**     u<n>          has no argument and stands last: the filter columns that a scan hands out, as
**                   the bits of n; bit 30 stands for all from the 31st on
**
** <op> is the operator's letter (filter/op.h), then the collation of a text comparison (nothing for
** BINARY, N for NOCASE, R for RTRIM, the name in double quotes for any other), then * where the
** right side is a set, or T where it is a TEXT literal. Behind < and > stands a collation alone.
**
** s or r comes first and k second, so that xFilter knows both when it reads the rest.
*/
#ifndef VSS_VSS0_PROGRAM_H
#define VSS_VSS0_PROGRAM_H

#include "filter/filter.h"
#include "sqlite/sqlite_api.h"

typedef struct VssStep {
  char kind;                  /* s r k l o d f i c e < > u */
  int number;                 /* of a vector column (s, r) or a declared column (f, c, <, >) */
  VssOp op;                   /* of d, f, i and c */
  VssCollation collation;     /* of the comparison or the order, where collation_name is NULL */
  const char *collation_name; /* a collation by name, not terminated; or NULL */
  int collation_size;         /* its bytes */
  int is_text;                /* of f: the right side is a TEXT literal */
} VssStep;

/* Append a step. The program's own state says when memory ran out. */
void vss_program_append(sqlite3_str *program, const VssStep *step);

/*
** Read the next step; returns the rest of the program, or NULL at its end. The text is our own and
** is not validated. A collation's name points into it.
*/
const char *vss_program_next(const char *program, VssStep *out_step);

#endif
