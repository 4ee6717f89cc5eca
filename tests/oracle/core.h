/*
** A core: the searched table as a FROM item and its WHERE condition, written for both sides.
**
**   VSS     from v                                        where vss_search(...) and terms
**   PLAIN   from (select id, vss_distance(...), ...) as v where 1 and terms
**
** Where vss0 is asked for k rows, the plain subquery also holds the pushed terms, the order and the
** limit. Every shape of query.c is one text around a core.
*/
#ifndef CORE_H
#define CORE_H

#include "oracle.h"

typedef struct Core {
  const Column *column;
  char *from[SIDES];
  char *where[SIDES];
  char *query;         /* the query vector as the text has it: "?1" or a literal */
  const char *order;   /* nearest first: "v.distance, v.rowid" */
  const char *nearest; /* what a user writes for it: "v.distance" */
  int limited;         /* k counts rows inside vss0 */
} Core;

/* "Nearest first" for both directions of a metric (index: vss_metric_descending()), as in Core. */
extern const char *const metric_order[2];
extern const char *const metric_nearest[2];

/*
** with_terms 1: the condition has \1 where the terms of the step go. limited: k is inside (1), is
** not (0), or chance decides (-1).
*/
void core_make(Case *c, Step *step, Core *core, int with_terms, int limited);
void core_free(Core *core);
/* The text of a query vector, a new one or the last one again. Free with sqlite3_free(). */
char *core_vector(Case *c, Step *step, const Column *column);
/* Adds up to `most` random terms to the step. `vector`: the column of `distance`, or -1. */
void core_add_terms(Case *c, Step *step, TermKind kind, int vector, int most);

#endif
