/*
** SQLite's own program of a statement, read for one question: may the rows of a search come in an
** order that the user did not ask for?
**
** In a join, SQLite decides which table is the outermost loop. Where that is not the search, the
** search is entered once per row of another table: its rows are nearest first for each of those
** rows, and no longer on the whole. The program shows it:
**
**   SCAN d, then v: harmful                      v drives: harmless
**
**    3  VOpen     1  vtab:...                     3  VOpen     1  vtab:...
**    4  OpenRead  0                               4  OpenRead  0
**    5  Rewind    0  13  ◄─ outer loop             5  VFilter   1  13  s0;|...
**    6  VFilter   1  12  s0;|...                  6  SeekRowid 0  12
**       ...                                          ...
**   10  ResultRow                                10  ResultRow
**   11  VNext     1  7                           11  VNext     1  6
**   12  Next      0  6  ──┘
**
** The listing has the rows of EXPLAIN, or of the table-valued function bytecode(): address, opcode,
** p1, p2, p3, p4. SQLite documents both, and both may change with its version. So whatever is not
** recognised counts as harmful: a newer SQLite could lead to a refusal, not to a wrong answer.
*/
#ifndef VSS_VSS0_LISTING_H
#define VSS_VSS0_LISTING_H

#include "sqlite/sqlite_api.h"

/* What was found of a search in one or more listings. Zero-initialise. */
typedef struct VssVerdict {
  int n_found;   /* instructions that enter the search */
  int n_harmful; /* those of them from which rows come in a wrong order */
  /*
  ** Not NULL: an array with one place per argument of the search, which becomes '1' where the
  ** argument comes from another table of the same FROM, 'l' where it is a member of an IN, one
  ** after the other, and '0' elsewhere. Instructions that differ in this make it '?'.
  */
  char *foreign;
} VssVerdict;

/*
** Judge each instruction that enters a search whose p4 begins with the first `size_bytes` bytes of
** `plan`, and add them up in *verdict.
**
**   rows          a listing, not stepped yet; stepped to its end
**   plan          "<program>|<words>" (vss0/program.h): `size_bytes` bytes or more, then a zero
**
** Harmless, even inside another loop, are
**   - a search whose vector or k comes from a table of the join, which must be entered per row,
**   - the right table of a LEFT JOIN, and a table of EXISTS that became a join,
**   - rows that are sorted, or only counted or summed up, before anything is cut off,
**   - an ORDER BY that the outer loops satisfy.
**
** An SQLite code. Cost: linear in the program for each loop, some microseconds.
*/
int vss_listing_judge(sqlite3_stmt *rows, const char *plan, int size_bytes, VssVerdict *verdict);

#endif
