/*
** Where the value of a register comes from: read backwards from VFilter, from copy to copy, to what
** first wrote it.
**
**    6  Column     0  1  r2      a table of the same FROM, in whose loop VFilter stands: foreign
**    7  Copy       r2 r9
**    8  Column     5  0  r10     a table of a SELECT further out: not foreign
**    9  VFilter    1  12 r7      r7 and r8: idxNum and argc; the arguments from r9 on
**
** What is not recognised is not foreign.
*/
#include "vss0/listing_int.h"

/* The register that an instruction copies to `reg`; -1 when it does not. */
static int copied_from(const Instruction *at, int reg) {
  int n_copied = at->kind == COPY ? at->p3 + 1 : at->kind == MOVE ? at->p3 : 1;
  if (at->kind != COPY && at->kind != MOVE && at->kind != SCOPY) return -1;
  return reg >= at->p2 && reg - at->p2 < n_copied ? at->p1 + (reg - at->p2) : -1;
}

int vss_origin_writes(const Instruction *at, int reg) {
  switch (at->kind) {
    case READ_2:
    case SET_OF_IN:
    case INTEGER:
    case CONSTANT: return at->p2 == reg;
    case NULLS: return at->p2 == reg || (reg > at->p2 && reg <= at->p3);
    case READ_3:
    case FUNCTION:
    case BINARY: return at->p3 == reg;
    case AGG_FINAL: return at->p1 == reg;
    default: return copied_from(at, reg) >= 0;
  }
}

/*
** A loop of the FROM goes on behind VFilter when it has no row. Where its rows come from several
** branches, for an OR, VFilter stands in a subroutine that they call. What a subquery of an
** expression does ends before VFilter.
*/
static int is_loop_of_from(const Instruction *at, int i, int filter) {
  switch (at->kind) {
    case SEEK:
    case V_FILTER:
    case YIELD: return at->p2 > filter;
    case GOSUB: return at->p2 > i && at->p2 <= filter;
    default: return 0;
  }
}

/* Without another table, `enter` is VFilter itself. */
Span vss_origin_span(const Listing *listing, int open, int filter) {
  int enter = open + 1;
  while (enter < filter && !is_loop_of_from(&listing->at[enter], enter, filter))
    enter++;
  /* The branches have begun before the first of them calls the subroutine. */
  if (listing->at[enter].kind == GOSUB) {
    for (int i = enter - 1; i > open; i--) {
      if (listing->at[i].kind == SEEK) enter = i;
    }
  }
  return (Span){listing, open, filter, enter};
}

/* Where a cursor is opened inside the loops, before `end`; -1: it is not. */
static int opened_inside(const Span *span, int cursor, int end) {
  for (int i = span->enter + 1; i < end; i++) {
    const Instruction *at = &span->listing->at[i];
    if ((at->kind == OPEN || at->kind == OPEN_EPHEMERAL || at->kind == V_OPEN) && at->p1 == cursor)
      return i;
  }
  return -1;
}

/*
** 1 when the cursor stands on a row of another table of the same FROM. All cursors of a FROM are
** opened before its loops begin: what is opened inside them belongs to a subquery of an expression.
** An index that SQLite makes is opened inside in either case; when the one of a FROM has no row,
** the program goes on behind VFilter.
*/
static int is_of_join(const Span *span, int cursor) {
  if (span->enter == span->filter || opened_inside(span, cursor, span->filter) >= 0) return 0;
  int is_autoindex = 0;
  for (int i = span->open + 1; i < span->filter; i++) {
    const Instruction *at = &span->listing->at[i];
    if (at->kind == OPEN_AUTOINDEX && at->p1 == cursor) is_autoindex = 1;
    if ((at->kind == SEEK || at->kind == V_FILTER) && at->p1 == cursor)
      return !is_autoindex || at->p2 > span->filter;
    if (at->kind == DEFERRED && at->p3 == cursor) return is_of_join(span, at->p1);
  }
  return 0;
}

/* 1 for what is done once only, as a subquery that refers to nothing outside. */
static int is_done_once(const Span *span, int address) {
  for (int i = span->open + 1; i < address; i++) {
    if (span->listing->at[i].kind == ONCE && span->listing->at[i].p2 > address) return 1;
  }
  return 0;
}

/* 1 when something before `address` jumps over it, but not over `end`: as in coalesce(). */
static int is_jumped_over(const Span *span, int address, int end) {
  for (int i = span->open + 1; i < address; i++) {
    const Instruction *at = &span->listing->at[i];
    if ((at->kind == BRANCH || at->kind == GOTO) && at->p2 > address && at->p2 <= end) return 1;
  }
  return 0;
}

/* A register that is written nowhere in the span: a constant, or a column of a coroutine. */
static int is_of_coroutine(const Span *span, int reg) {
  const Listing *listing = span->listing;
  for (int i = listing->at[0].kind == INIT ? listing->at[0].p2 : 0; i >= 0 && i < listing->n; i++) {
    if (vss_origin_writes(&listing->at[i], reg)) return 0;
  }
  for (int i = span->enter; i < span->filter; i++) {
    if (listing->at[i].kind == YIELD && listing->at[i].p2 > 0) return 1;
  }
  return 0;
}

/*
** SQLite does not list how many arguments a function of any number has; this is more than enough.
*/
#define MAX_ARGS 16
/* Functions within functions; deeper ones count as constants, and so as harmful. */
#define MAX_DEPTH 8

static int reads_join(const Span *span, int start, int end);

/* 1 when what a cursor gives at `address` depends on another table of the same FROM. */
static int is_foreign_cursor(const Span *span, int cursor, int address) {
  if (is_done_once(span, address)) return 0;
  /* Of a subquery, everything between its start and its result decides. */
  int start = opened_inside(span, cursor, address);
  return start < 0 ? is_of_join(span, cursor) : reads_join(span, start, address);
}

/* 1 when something in [start, end) reads a row of another table of the same FROM. */
static int reads_join(const Span *span, int start, int end) {
  for (int i = start; i < end; i++) {
    const Instruction *at = &span->listing->at[i];
    if ((at->kind == READ_2 || at->kind == READ_3) && is_of_join(span, at->p1)) return 1;
  }
  return 0;
}

/* The result of an aggregate is that of everything since its register was emptied. */
static int is_foreign_aggregate(const Span *span, int reg, int address) {
  int start = address - 1;
  while (start > span->open && (span->listing->at[start].kind != NULLS ||
                                !vss_origin_writes(&span->listing->at[start], reg)))
    start--;
  return !is_done_once(span, address) && reads_join(span, start, address);
}

/* 1 when the value of `reg`, at address `end`, depends on another table of the same FROM. */
static int is_foreign(const Span *span, int reg, int end, int depth) {
  if (depth > MAX_DEPTH) return 0;
  for (int i = end - 1; i > span->open; i--) {
    const Instruction *at = &span->listing->at[i];
    if (!vss_origin_writes(at, reg)) continue;
    int foreign = 0;
    int n_args = at->n_args < 0 ? MAX_ARGS : at->n_args;
    switch (at->kind) {
      case READ_2:
      case READ_3:
      case SET_OF_IN: foreign = is_foreign_cursor(span, at->p1, i); break;
      case AGG_FINAL: foreign = is_foreign_aggregate(span, reg, i); break;
      case FUNCTION:
        for (int j = 0; j < n_args && !foreign; j++)
          foreign = is_foreign(span, at->p2 + j, i, depth + 1);
        break;
      case BINARY:
        foreign = is_foreign(span, at->p1, i, depth + 1) || is_foreign(span, at->p2, i, depth + 1);
        break;
      case COPY:
      case MOVE:
      case SCOPY: foreign = is_foreign(span, copied_from(at, reg), i, depth + 1); break;
      default: break;
    }
    if (foreign || !is_jumped_over(span, i, end)) return foreign;
  }
  return is_of_coroutine(span, reg);
}

int vss_origin_is_foreign(const Span *span, int i) {
  return is_foreign(span, span->listing->at[span->filter].p3 + 2 + i, span->filter, 0);
}

/*
** The members are in an ephemeral table, or in a table or an index that SQLite reads instead. It is
** opened behind VOpen, as no table of a FROM is, except by a Once.
*/
static int is_of_list(const Span *span, int cursor) {
  int is_opened = 0;
  for (int i = span->open + 1; i < span->filter; i++) {
    const Instruction *at = &span->listing->at[i];
    if (at->p1 != cursor) continue;
    if (at->kind == OPEN_EPHEMERAL || (at->kind == OPEN && is_done_once(span, i))) is_opened = 1;
    if (at->kind == SEEK && is_opened && at->p2 > span->filter) return 1;
  }
  return 0;
}

int vss_origin_is_listed(const Span *span, int i) {
  int reg = span->listing->at[span->filter].p3 + 2 + i;
  for (int j = span->filter - 1; j > span->open; j--) {
    const Instruction *at = &span->listing->at[j];
    if (!vss_origin_writes(at, reg)) continue;
    int from = copied_from(at, reg);
    if (from < 0) return (at->kind == READ_2 || at->kind == READ_3) && is_of_list(span, at->p1);
    reg = from;
  }
  return 0;
}
