/*
** vss0/program.c: every step is read back as it was written.
*/
#include "vss0/program.h"
#include "check.h"

/* Write one step between two others, read the three, and compare the middle one and its text. */
static void check_step(VssStep step, const char *text) {
  VssStep k = {.kind = 'k'};
  sqlite3_str *program = sqlite3_str_new(NULL);
  vss_program_append(program, &k);
  vss_program_append(program, &step);
  vss_program_append(program, &k);
  sqlite3_str_appendall(program, "|words; k;");
  char *written = sqlite3_str_finish(program);
  char *wanted = sqlite3_mprintf("k;%sk;|words; k;", text);
  CHECK_TEXT(written, wanted);

  VssStep read;
  const char *rest = vss_program_next(written, &read);
  CHECK(rest && read.kind == 'k');
  rest = vss_program_next(rest, &read);
  CHECK(rest && read.kind == step.kind && read.number == step.number);
  CHECK(read.op == step.op && read.collation == step.collation);
  CHECK(read.collation_size == step.collation_size);
  CHECK((read.collation_name == NULL) == (step.collation_name == NULL));
  if (read.collation_name && step.collation_name)
    CHECK(memcmp(read.collation_name, step.collation_name, (size_t)step.collation_size) == 0);
  rest = vss_program_next(rest, &read);
  CHECK(rest && read.kind == 'k' && vss_program_next(rest, &read) == NULL);
  sqlite3_free(written);
  sqlite3_free(wanted);
}

static void test_kinds(void) {
  check_step((VssStep){.kind = 's'}, "s0;");
  check_step((VssStep){.kind = 'r', .number = 12}, "r12;");
  check_step((VssStep){.kind = 'l'}, "l;");
  check_step((VssStep){.kind = 'o'}, "o;");
  check_step((VssStep){.kind = 'e'}, "e;");
  check_step((VssStep){.kind = 'd', .op = VSS_OP_LT}, "dc;");
  check_step((VssStep){.kind = 'd', .op = VSS_OP_IN}, "dk*;");
  check_step((VssStep){.kind = 'i', .op = VSS_OP_NE}, "ib;");
  check_step((VssStep){.kind = 'f', .number = 10, .op = VSS_OP_LIKE}, "f10L;");
  check_step((VssStep){.kind = 'f', .op = VSS_OP_EQ, .collation = VSS_COLL_RTRIM}, "f0aR;");
  check_step((VssStep){.kind = 'f', .number = 1, .op = VSS_OP_GE, .is_text = 1}, "f1fT;");
  check_step((VssStep){.kind = 'f', .collation = VSS_COLL_NOCASE, .is_text = 1}, "f0aNT;");
  check_step((VssStep){.kind = '<', .number = 7}, "<7;");
  check_step((VssStep){.kind = '>', .number = 2, .collation = VSS_COLL_NOCASE}, ">2N;");
  check_step((VssStep){.kind = 'c', .op = VSS_OP_IS_NULL}, "c0i;");
}

static void test_every_operator(void) {
  for (int op = 0; op < VSS_N_OPS; op++) {
    const VssOpInfo *info = vss_op_info((VssOp)op);
    const char *set = info->right == VSS_RIGHT_SET ? "*" : "";
    for (int collation = 0; collation < VSS_N_COLLATIONS; collation++) {
      static const char *const letters[VSS_N_COLLATIONS] = {"", "N", "R"};
      VssStep step = {
          .kind = 'f', .number = 3, .op = (VssOp)op, .collation = (VssCollation)collation};
      char text[16];
      snprintf(text, sizeof text, "f3%c%s%s;", info->letter, letters[collation], set);
      check_step(step, text);
    }
    /* A name that is full of what means something outside of its quotes. */
    VssStep named = {.kind = 'c', .number = 3, .op = (VssOp)op, .collation_name = "N;*R|9a"};
    named.collation_size = (int)strlen(named.collation_name);
    char text[32];
    snprintf(text, sizeof text, "c3%c\"N;*R|9a\"%s;", info->letter, set);
    check_step(named, text);
  }
}

int main(void) {
  test_kinds();
  test_every_operator();
  return check_summary();
}
