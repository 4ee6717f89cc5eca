/*
** A core: the searched table as a FROM item and its WHERE condition, written for both sides. On the plain side it is a
** subquery with the columns rowid, distance and v's own; where vss0 is asked for k rows, the subquery also holds the
** pushed terms, the order and the limit. Every shape of query.c is then one text around a core.
*/
#ifndef CORE_H
#define CORE_H

#include "oracle.h"

typedef struct Core {
  const Column *column;
  char *from[SIDES];
  char *where[SIDES];
  char *query;         /* the query vector in the text: "?1" or a literal */
  const char *order;   /* nearest first: "v.distance, v.rowid" */
  const char *nearest; /* what `order by` may say for it: "v.distance" */
  int limited;         /* k counts rows inside vss0 */
} Core;

/* Nearest first, and how `order by` may say it: by vss_metric_descending(). */
extern const char *const metric_order[2];
extern const char *const metric_nearest[2];

/* with_terms: \1 stands where the terms of the step go. limited: k is inside (1), is not (0), or by chance (-1). */
void core_make(Case *c, Step *step, Core *core, int with_terms, int limited);
void core_free(Core *core);
/* A query vector as text, to be freed: a new one, or the last again. */
char *core_vector(Case *c, Step *step, const Column *column);
void core_add_terms(Case *c, Step *step, TermKind kind, int vector, int most);

#endif
