/*
** What xBestIndex decides and xFilter carries out, as the text of idxStr, so that EXPLAIN QUERY PLAN shows it.
**
**   idxStr  "<program>|<words>"
**   program one token an argument of xFilter, in order, each followed by ';'
**     s<v>      vss_search or MATCH on vector column number v: a vector or vss_search_params()
**     r<v>      vss_range_search on vector column number v: vss_range_search_params()
**     k         k = ?            l  LIMIT, a hint only            o  OFFSET, likewise
**     d<op>     distance <op> ?
**     f<c><op>  declared column c <op> ?      f<c><op>* with a set from sqlite3_vtab_in()
**     i<op>     rowid <op> ?                  i<op>*
**     c<n><op>  a term that only counts under k, checked row by row (vss0/check.h): declared column n, the distance
**               (n = number of declared columns) or the rowid (n one more)
**     e         rowid = ? of a plain look-up
**   op        a letter, 'a' + VssOp; collation of a text comparison: none, 'N' NOCASE, 'R' RTRIM after it;
**             'L' LIKE, 'G' GLOB in place of op; another collation by name, in double quotes
*/
#ifndef VSS_VTAB_PLAN_H
#define VSS_VTAB_PLAN_H

#include "vss0/table.h"

enum { VSS_PLAN_SCAN = 0, VSS_PLAN_ROWID = 1, VSS_PLAN_SEARCH = 2 };

/* idxNum: a plan above, plus this when SQLite may evaluate the vss_search term again. */
#define VSS_PLAN_UNOMITTED 16

typedef struct VssStep {
  char kind;  /* s r k l o d f i c e */
  int number; /* vector or declared column */
  char op;    /* 'a' + VssOp, 'L', 'G', or 0 */
  VssCollation collation;
  const char *collation_name; /* another than the three; not terminated, in the program; or NULL */
  int collation_size;
  int is_set;
} VssStep;

/* Read the next token of a program; returns the rest, or NULL at its end. The program is our own: not validated. */
const char *vss_plan_next(const char *program, VssStep *out_step);

int vss_plan_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info);

/* Positions of the hidden columns in the declared table. */
int vss_plan_distance_column(const VssTable *table);
int vss_plan_k_column(const VssTable *table);
int vss_plan_command_column(const VssTable *table);

/* The number by which a 'c' step means the rowid. */
#define VSS_PLAN_ROWID_CHECK(table) ((table)->def.n_columns + 1)

/* What xFindFunction returns for the overloaded functions. */
enum { VSS_PLAN_FUNCTION_SEARCH = SQLITE_INDEX_CONSTRAINT_FUNCTION, VSS_PLAN_FUNCTION_RANGE };

#endif
