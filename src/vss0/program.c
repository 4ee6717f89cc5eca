/*
** The text of a plan's program, written and read: vss0/program.h draws it.
**
** The text is needed because idxStr is all that SQLite carries from xBestIndex to xFilter, and
** because a statement may be prepared once and run by another xFilter much later. It holds no
** pointer for that reason.
*/
#include "vss0/program.h"

#include <string.h>

/* 1 for the kinds of step that name a column by its number. */
static int has_number(char kind) {
  return strchr("srfcu<>", kind) != NULL;
}

/* 1 for the kinds of step that compare something. */
static int has_op(char kind) {
  return strchr("dfic", kind) != NULL;
}

/* One letter for NOCASE and RTRIM, nothing for BINARY. */
static void append_collation(sqlite3_str *program, VssCollation collation) {
  if (collation == VSS_COLL_NOCASE) sqlite3_str_appendchar(program, 1, 'N');
  if (collation == VSS_COLL_RTRIM) sqlite3_str_appendchar(program, 1, 'R');
}

/* In the order in which vss_program_next() reads. */
void vss_program_append(sqlite3_str *program, const VssStep *step) {
  sqlite3_str_appendchar(program, 1, step->kind);
  if (has_number(step->kind)) sqlite3_str_appendf(program, "%d", step->number);
  if (has_op(step->kind)) {
    const VssOpInfo *op = vss_op_info(step->op);
    /*
    ** The name goes without doubling of quotes: vss0/plan.c writes no program for a name that has
    ** one.
    */
    sqlite3_str_appendchar(program, 1, op->letter);
    if (step->collation_name) {
      sqlite3_str_appendf(program, "\"%.*s\"", step->collation_size, step->collation_name);
    } else {
      append_collation(program, step->collation);
    }
    if (op->right == VSS_RIGHT_SET) sqlite3_str_appendchar(program, 1, '*');
    if (step->is_text) sqlite3_str_appendchar(program, 1, 'T');
  } else {
    append_collation(program, step->collation);
  }
  sqlite3_str_appendchar(program, 1, ';');
}

/* A '|' ends the program, and so does the end of the text: a scan has no steps. */
const char *vss_program_next(const char *program, VssStep *out_step) {
  memset(out_step, 0, sizeof *out_step);
  if (*program == '|' || !*program) return NULL;
  out_step->kind = *program++;
  for (; *program >= '0' && *program <= '9'; program++)
    out_step->number = out_step->number * 10 + (*program - '0');
  /* The operator's letter is the first one; the letters of collations stand behind it. */
  if (has_op(out_step->kind)) out_step->op = vss_op_from_letter(*program++);
  /*
  ** What is behind it up to the ';': a collation, and a '*' that says nothing new about the
  ** operator.
  */
  for (; *program != ';'; program++) {
    if (*program == '"') {
      const char *name = ++program;
      while (*program != '"')
        program++;
      out_step->collation_name = name;
      out_step->collation_size = (int)(program - name);
    } else if (*program == 'N') {
      out_step->collation = VSS_COLL_NOCASE;
    } else if (*program == 'R') {
      out_step->collation = VSS_COLL_RTRIM;
    } else if (*program == 'T') {
      out_step->is_text = 1;
    }
  }
  return program + 1;
}
