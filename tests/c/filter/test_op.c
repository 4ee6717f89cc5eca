/*
** filter/op.c: each operator against what SQL says of it, written out here once more; and what the
** table has to keep so that programs of plans can be read back.
*/
#include "filter/op.h"
#include "check.h"

/*
** For a left side less than, equal to and greater than the right side; then NULL against NULL, and
** NULL against a value.
*/
static const struct {
  VssOp op;
  const char *sql;
  const char *truth; /* 1 true, 0 not true, - not asked: the operator has no such comparison */
} expected[] = {
    {VSS_OP_EQ, "=", "01000"},
    {VSS_OP_NE, "!=", "10100"},
    {VSS_OP_LT, "<", "10000"},
    {VSS_OP_LE, "<=", "11000"},
    {VSS_OP_GT, ">", "00100"},
    {VSS_OP_GE, ">=", "01100"},
    {VSS_OP_IS, "is", "01010"},
    {VSS_OP_IS_NOT, "is not", "10101"},
    {VSS_OP_IS_NULL, "is null", "---1-"},
    {VSS_OP_NOT_NULL, "is not null", "---0-"},
    {VSS_OP_IN, "in", "01000"},
    {VSS_OP_LIKE, "like", "-----"},
    {VSS_OP_GLOB, "glob", "-----"},
};

static void check_outcome(VssOp op, char wanted, int outcome) {
  if (wanted == '-') return;
  if (!CHECK((wanted == '1') == outcome)) fprintf(stderr, "  %s\n", vss_op_info(op)->sql);
}

static void test_truth(void) {
  CHECK(sizeof expected / sizeof expected[0] == VSS_N_OPS);
  for (int i = 0; i < VSS_N_OPS; i++) {
    const VssOpInfo *info = vss_op_info(expected[i].op);
    const char *truth = expected[i].truth;
    CHECK_TEXT(info->sql, expected[i].sql);
    for (int side = -1; side <= 1; side++)
      check_outcome(expected[i].op, truth[side + 1], (info->orders & vss_op_order(side)) != 0);
    check_outcome(expected[i].op, truth[3], info->null_is_value && (info->orders & VSS_EQUAL) != 0);
    check_outcome(expected[i].op, truth[4], info->null_is_value && (info->orders & VSS_LESS) != 0);
  }
}

static void test_kinds(void) {
  for (int i = 0; i < VSS_N_OPS; i++) {
    VssOp op = (VssOp)i;
    VssRight right = vss_op_info(op)->right;
    CHECK(vss_op_is_equality(op) == (op == VSS_OP_EQ || op == VSS_OP_IS));
    CHECK(vss_op_is_inequality(op) == (op == VSS_OP_NE || op == VSS_OP_IS_NOT));
    CHECK(vss_op_is_ordering(op) == (op >= VSS_OP_LT && op <= VSS_OP_GE));
    CHECK((right == VSS_RIGHT_NONE) == (op == VSS_OP_IS_NULL || op == VSS_OP_NOT_NULL));
    CHECK((right == VSS_RIGHT_SET) == (op == VSS_OP_IN));
    CHECK((right == VSS_RIGHT_PATTERN) == (op == VSS_OP_LIKE || op == VSS_OP_GLOB));
  }
}

/*
** A program is read by its letters: each operator has one, and none that means something else
** there.
*/
static void test_letters(void) {
  for (int i = 0; i < VSS_N_OPS; i++) {
    char letter = vss_op_info((VssOp)i)->letter;
    CHECK(letter && !strchr("NR\"*;|0123456789", letter));
    CHECK(vss_op_from_letter(letter) == (VssOp)i);
  }
  CHECK(vss_op_from_letter('N') == VSS_N_OPS);
}

int main(void) {
  test_truth();
  test_kinds();
  test_letters();
  return check_summary();
}
