/*
** A program as vss0/listing.c reads it, and where the arguments of a search come from. Private to
** listing.c and origin.c.
*/
#ifndef VSS_VSS0_LISTING_INT_H
#define VSS_VSS0_LISTING_INT_H

/* Opcodes by what they mean here. The register that an opcode writes is its p2 or p3. */
typedef enum Kind {
  OTHER,
  INIT,           /* p2: where the constants are computed, at the end of the program */
  GOTO,           /* p2: where to */
  GOSUB,          /* p1: register of the return address, p2: the subroutine */
  RETURN,         /* p1: the same register */
  NEXT,           /* p2: the first instruction of the loop */
  BRANCH,         /* p2: where to, on a condition */
  IF_POS,         /* with NULL_ROW behind it: the end of a LEFT JOIN's loop */
  NULL_ROW,       /* p1: cursor */
  ONCE,           /* p2: the end of what is done once */
  YIELD,          /* p2: 0 hands a row out of a coroutine, else takes one in */
  COROUTINE,      /* p1: its register, p2: the end of its body, p3: the start */
  BARRIER,        /* what only stands at the edge of a SELECT */
  V_OPEN,         /* p1: cursor */
  OPEN,           /* p1: cursor */
  OPEN_EPHEMERAL, /* p1: cursor */
  OPEN_AUTOINDEX, /* p1: cursor of an index that SQLite makes for this statement */
  V_FILTER,  /* p1: cursor, p2: its loop's end, p3: registers of idxNum, argc and the arguments */
  SEEK,      /* p1: a cursor that is placed on a row, p2: where to, if there is none */
  DEFERRED,  /* p3: a cursor that follows the cursor p1 */
  SET_OF_IN, /* p1: cursor with the members, p2: register */
  READ_2,    /* p1: cursor, p2: register */
  READ_3,    /* p1: cursor, p3: register */
  COPY,      /* from p1 on to p2 on, p3 more */
  MOVE,      /* from p1 on to p2 on, p3 in all */
  SCOPY,     /* from p1 to p2 */
  FUNCTION,  /* arguments from p2 on, result p3 */
  BINARY,    /* p1 and p2 to p3 */
  INTEGER,   /* p1: value, p2: register */
  CONSTANT,  /* p2: register */
  NULLS,     /* p2: register, and those up to p3 */
  NOOP,      /* with p2 > 1: a sorter that was not needed */
  DECREMENT, /* p2: the end of a loop that a LIMIT ends */
  HAND_OUT,  /* a row of the statement */
  NEW_ROWID, /* p1: cursor, into which rows go in their order */
  ADD_UP,    /* p3: register of an aggregate */
  AGG_FINAL, /* p1: register of an aggregate, which becomes its result */
  ADD_IN_ORDER, /* the same, where the order of the rows counts */
} Kind;

typedef struct Instruction {
  Kind kind;
  int p1, p2, p3;
  int n_args;    /* of FUNCTION; -1: any number */
  int is_search; /* VFilter of the plan that is asked about */
} Instruction;

/* One program: that of the statement, or of a trigger. */
typedef struct Listing {
  Instruction *at; /* n, by address */
  int n, capacity;
  int n_args;       /* of the search */
  int n_query_args; /* those of them that make up the query: its vector, and k */
} Listing;

/* The part of a program between VOpen and VFilter, where the outer loops of the same FROM begin. */
typedef struct Span {
  const Listing *listing;
  int open, filter;
  int enter; /* where the first of these loops begins; `filter` when there is none */
} Span;

/* The span of a VFilter, from the VOpen that stands at `open`. */
Span vss_origin_span(const Listing *listing, int open, int filter);

/* 1 when argument `i` of the search comes from another table of the same FROM. */
int vss_origin_is_foreign(const Span *span, int i);

/* 1 when argument `i` goes through the members of an IN, in a loop around VFilter. */
int vss_origin_is_listed(const Span *span, int i);

/* 1 when the instruction writes the register. */
int vss_origin_writes(const Instruction *at, int reg);

#endif
