/*
** The operators of WHERE terms, in one table.
**
** An operator is a mask of the outcomes of a comparison that make the term true, a rule for NULL,
** the kind of its right side, and its text. Everything that depends on the operator reads these
** four and asks for no operator by name:
**
**                  true where left is        NULL is
**   operator       less  equal  greater      a value     right side    text
**   EQ                    x                               value         =
**   NE              x            x                        value         !=
**   LT              x                                     value         <
**   LE              x     x                               value         <=
**   GT                           x                        value         >
**   GE                    x      x                        value         >=
**   IS                    x                   x           value         is
**   IS_NOT          x            x            x           value         is not
**   IS_NULL               x                   x           none          is null
**   NOT_NULL        x            x            x           none          is not null
**   IN                    x                               set           in
**   LIKE, GLOB                                            pattern       like, glob
**
** Where NULL is a value, NULL equals NULL and differs from everything else. Elsewhere a NULL on
** either side makes the term unknown, and no row passes. IS_NULL and NOT_NULL are IS and IS_NOT
** with NULL as their right side.
**
** A new operator is a name and a row here, its row in filter/op.c, and SQLite's code for it in
** vss0/plan.c.
*/
#ifndef VSS_FILTER_OP_H
#define VSS_FILTER_OP_H

#include <stdint.h>

typedef enum VssOp {
  VSS_OP_EQ,
  VSS_OP_NE,
  VSS_OP_LT,
  VSS_OP_LE,
  VSS_OP_GT,
  VSS_OP_GE,
  VSS_OP_IS,
  VSS_OP_IS_NOT,
  VSS_OP_IS_NULL,
  VSS_OP_NOT_NULL,
  VSS_OP_IN,
  VSS_OP_LIKE,
  VSS_OP_GLOB,
  VSS_N_OPS
} VssOp;

/* The outcomes of comparing the left side with the right side, as bits of VssOpInfo.orders. */
enum { VSS_LESS = 1, VSS_EQUAL = 2, VSS_GREATER = 4 };

typedef enum VssRight {
  VSS_RIGHT_NONE,   /* nothing stands to the right of the operator */
  VSS_RIGHT_VALUE,  /* one value */
  VSS_RIGHT_SET,    /* a set of values; NULL members match nothing */
  VSS_RIGHT_PATTERN /* what a function of SQLite's matches: asked once per distinct value */
} VssRight;

typedef struct VssOpInfo {
  uint8_t orders; /* VSS_LESS | VSS_EQUAL | VSS_GREATER; 0 for patterns, which do not compare */
  uint8_t null_is_value; /* 1: NULL compares as the table above says */
  VssRight right;
  char letter;     /* in the program of a plan, see vss0/plan.h; each operator has its own */
  const char *sql; /* as SQL and EXPLAIN QUERY PLAN write it */
} VssOpInfo;

/* The row of an operator. Cannot fail. */
const VssOpInfo *vss_op_info(VssOp op);

/* The operator with that letter; VSS_N_OPS when no operator has it. */
VssOp vss_op_from_letter(char letter);

/* The bit of `orders` for a comparison that gave <0, 0 or >0. */
static inline unsigned vss_op_order(int comparison) {
  return comparison < 0 ? VSS_LESS : comparison > 0 ? VSS_GREATER : VSS_EQUAL;
}

/* 1 for EQ and IS: at most the values equal to the right side pass. */
static inline int vss_op_is_equality(VssOp op) {
  return vss_op_info(op)->orders == VSS_EQUAL && vss_op_info(op)->right == VSS_RIGHT_VALUE;
}

/* 1 for NE and IS_NOT: all but the values equal to the right side may pass. */
static inline int vss_op_is_inequality(VssOp op) {
  return vss_op_info(op)->orders == (VSS_LESS | VSS_GREATER) &&
         vss_op_info(op)->right == VSS_RIGHT_VALUE;
}

/* 1 for LT, LE, GT and GE: which of two different values comes first matters. */
static inline int vss_op_is_ordering(VssOp op) {
  unsigned sides = vss_op_info(op)->orders & (VSS_LESS | VSS_GREATER);
  return sides == VSS_LESS || sides == VSS_GREATER;
}

#endif
