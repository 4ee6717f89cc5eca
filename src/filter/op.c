/*
** The table of operators that filter/op.h draws, in the order of VssOp:
**
**   what makes the term true, whether NULL is a value, the right side, the letter, the text
*/
#include "filter/op.h"

/*
** A letter stands in the program of a plan, where N and R are taken by collations. EXPLAIN QUERY
** PLAN shows it, and tests/sql/plans.sql pins it.
*/
static const VssOpInfo ops[VSS_N_OPS] = {
    [VSS_OP_EQ] = {VSS_EQUAL, 0, VSS_RIGHT_VALUE, 'a', "="},
    [VSS_OP_NE] = {VSS_LESS | VSS_GREATER, 0, VSS_RIGHT_VALUE, 'b', "!="},
    [VSS_OP_LT] = {VSS_LESS, 0, VSS_RIGHT_VALUE, 'c', "<"},
    [VSS_OP_LE] = {VSS_LESS | VSS_EQUAL, 0, VSS_RIGHT_VALUE, 'd', "<="},
    [VSS_OP_GT] = {VSS_GREATER, 0, VSS_RIGHT_VALUE, 'e', ">"},
    [VSS_OP_GE] = {VSS_GREATER | VSS_EQUAL, 0, VSS_RIGHT_VALUE, 'f', ">="},
    [VSS_OP_IS] = {VSS_EQUAL, 1, VSS_RIGHT_VALUE, 'g', "is"},
    [VSS_OP_IS_NOT] = {VSS_LESS | VSS_GREATER, 1, VSS_RIGHT_VALUE, 'h', "is not"},
    [VSS_OP_IS_NULL] = {VSS_EQUAL, 1, VSS_RIGHT_NONE, 'i', "is null"},
    [VSS_OP_NOT_NULL] = {VSS_LESS | VSS_GREATER, 1, VSS_RIGHT_NONE, 'j', "is not null"},
    [VSS_OP_IN] = {VSS_EQUAL, 0, VSS_RIGHT_SET, 'k', "in"},
    [VSS_OP_LIKE] = {0, 0, VSS_RIGHT_PATTERN, 'L', "like"},
    [VSS_OP_GLOB] = {0, 0, VSS_RIGHT_PATTERN, 'G', "glob"},
};

const VssOpInfo *vss_op_info(VssOp op) {
  return &ops[op];
}

/* A program is read once per search, and has a handful of steps: a loop is fast enough. */
VssOp vss_op_from_letter(char letter) {
  int op = 0;
  while (op < VSS_N_OPS && ops[op].letter != letter)
    op++;
  return (VssOp)op;
}
