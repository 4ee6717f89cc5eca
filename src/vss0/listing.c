/*
** See vss0/listing.h. A program is read into an array whose index is the address, and then asked.
**
** Scopes. A statement has many SELECTs in one program. What belongs to the same FROM as the search
** follows from where its cursor is opened: SQLite opens all cursors of a FROM, and only then enters
** the loops. A loop around VFilter that also surrounds VOpen belongs to a SELECT further out.
*/
#include "vss0/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "sqlite/error.h"
#include "vss0/listing_int.h"
#include "vss0/program.h"

static const struct {
  const char *name;
  Kind kind;
} opcodes[] = {
    {"Init", INIT},
    {"Goto", GOTO},
    {"Gosub", GOSUB},
    {"Return", RETURN},
    {"Next", NEXT},
    {"Prev", NEXT},
    {"SorterNext", NEXT},
    {"VNext", NEXT},
    {"If", BRANCH},
    {"IfNot", BRANCH},
    {"IsNull", BRANCH},
    {"NotNull", BRANCH},
    {"IfPos", IF_POS},
    {"NullRow", NULL_ROW},
    {"Once", ONCE},
    {"Yield", YIELD},
    {"InitCoroutine", COROUTINE},
    {"EndCoroutine", BARRIER},
    {"BeginSubrtn", BARRIER},
    {"Halt", BARRIER},
    {"VOpen", V_OPEN},
    {"OpenRead", OPEN},
    {"OpenDup", OPEN},
    {"OpenEphemeral", OPEN_EPHEMERAL},
    {"OpenAutoindex", OPEN_AUTOINDEX},
    {"VFilter", V_FILTER},
    {"Rewind", SEEK},
    {"Last", SEEK},
    {"Sort", SEEK},
    {"SorterSort", SEEK},
    {"SeekGE", SEEK},
    {"SeekGT", SEEK},
    {"SeekLE", SEEK},
    {"SeekLT", SEEK},
    {"SeekRowid", SEEK},
    {"NotExists", SEEK},
    {"Found", SEEK},
    {"NotFound", SEEK},
    {"NoConflict", SEEK},
    {"DeferredSeek", DEFERRED},
    {"VInitIn", SET_OF_IN},
    {"Rowid", READ_2},
    {"IdxRowid", READ_2},
    {"Column", READ_3},
    {"VColumn", READ_3},
    {"Copy", COPY},
    {"Move", MOVE},
    {"SCopy", SCOPY},
    {"Function", FUNCTION},
    {"PureFunc", FUNCTION},
    {"Concat", BINARY},
    {"Add", BINARY},
    {"Subtract", BINARY},
    {"Multiply", BINARY},
    {"Divide", BINARY},
    {"Remainder", BINARY},
    {"BitAnd", BINARY},
    {"BitOr", BINARY},
    {"ShiftLeft", BINARY},
    {"ShiftRight", BINARY},
    {"And", BINARY},
    {"Or", BINARY},
    {"BitNot", SCOPY},
    {"Not", SCOPY},
    {"Integer", INTEGER},
    {"Int64", CONSTANT},
    {"Real", CONSTANT},
    {"String8", CONSTANT},
    {"String", CONSTANT},
    {"Blob", CONSTANT},
    {"Null", NULLS},
    {"Variable", CONSTANT},
    {"Param", CONSTANT},
    {"Noop", NOOP},
    {"DecrJumpZero", DECREMENT},
    {"ResultRow", HAND_OUT},
    {"NewRowid", NEW_ROWID},
    {"AggFinal", AGG_FINAL},
    {"AggStep", ADD_UP},
    {"AggStep0", ADD_UP},
    {"AggStep1", ADD_UP},
};

static Kind kind_of(const char *opcode) {
  for (size_t i = 0; i < sizeof opcodes / sizeof *opcodes; i++) {
    if (strcmp(opcodes[i].name, opcode) == 0) return opcodes[i].kind;
  }
  return OTHER;
}

/* Aggregates whose result is the same in every order of the rows. */
static int is_orderless(const char *aggregate) {
  static const char *const names[] = {"count(", "sum(", "total(", "avg(", "min(", "max("};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strncmp(aggregate, names[i], strlen(names[i])) == 0) return 1;
  }
  return 0;
}

/* ---- the loops around the search ---- */

/*
** 1 when the coroutine of register `reg` hands out one row and no more, as `select 1, 2` does: its
** body has one Yield, and no jump back.
*/
static int has_one_row(const Listing *listing, int reg) {
  int start = 0;
  while (start < listing->n &&
         (listing->at[start].kind != COROUTINE || listing->at[start].p1 != reg))
    start++;
  if (start == listing->n) return 0;
  int n_yields = 0;
  for (int i = start + 1; i < listing->at[start].p2 && i < listing->n; i++) {
    const Instruction *at = &listing->at[i];
    int jumps = at->kind == GOTO || at->kind == NEXT || at->kind == GOSUB || at->kind == DECREMENT;
    if (jumps && at->p2 <= i) return 0;
    if (at->kind == YIELD && at->p1 == reg) n_yields++;
  }
  return n_yields == 1;
}

/* The loop that instruction `i` closes, as addresses [*out_head, *out_tail]. 0: it closes none. */
static int loop_of(const Listing *listing, int i, int *out_head, int *out_tail) {
  const Instruction *at = &listing->at[i];
  /* Behind NullRow, the body of a LEFT JOIN's loop is entered for the row without a match. */
  int again_for_nulls = i > 0 && at[-1].kind == NULL_ROW;
  *out_head = at->p2;
  *out_tail = i;
  switch (at->kind) {
    case GOTO:
      if (at->p2 < 0 || at->p2 > i || again_for_nulls) return 0;
      return listing->at[at->p2].kind != YIELD || !has_one_row(listing, listing->at[at->p2].p1);
    case NEXT:
    case DECREMENT: return at->p2 <= i; /* DecrJumpZero: the second round of NULLS LAST */
    case GOSUB:
      /* A subroutine is the body of an outer loop where that has several branches, for an OR. */
      if (again_for_nulls) return 0;
      for (int tail = at->p2 < 0 ? listing->n : at->p2; tail < listing->n; tail++) {
        if (listing->at[tail].kind != RETURN || listing->at[tail].p1 != at->p1) continue;
        *out_tail = tail;
        return 1;
      }
      return 0;
    default: return 0;
  }
}

/* The outermost loop around `filter` that is not around `open`. 0: there is none. */
static int outer_loop(const Listing *listing, int open, int filter, int *out_head, int *out_tail) {
  int n_loops = 0;
  *out_head = *out_tail = filter;
  for (int i = 0; i < listing->n; i++) {
    int head, tail;
    if (!loop_of(listing, i, &head, &tail)) continue;
    if (head <= open || head > filter || tail < filter) continue;
    n_loops++;
    if (head < *out_head) *out_head = head;
    if (tail > *out_tail) *out_tail = tail;
  }
  return n_loops > 0;
}

/* ---- where the rows go ---- */

/* 1 when something in [head, end) is of kind `kind` with p1 = `p1`. */
static int has_before(const Listing *listing, int head, int end, Kind kind, int p1) {
  for (int i = head; i < end; i++) {
    if (listing->at[i].kind == kind && listing->at[i].p1 == p1) return 1;
  }
  return 0;
}

/* 1 when something in [head, end) writes the register: then what is counted there begins anew. */
static int is_written(const Listing *listing, int head, int end, int reg) {
  for (int i = head; i < end; i++) {
    if (vss_origin_writes(&listing->at[i], reg)) return 1;
  }
  return 0;
}

/* 1 when DecrJumpZero at `i` belongs to a LIMIT that chooses among the rows of the loop. */
static int is_limit(const Listing *listing, int head, int i) {
  const Instruction *at = &listing->at[i];
  if (at->p2 <= i || is_written(listing, head, i, at->p1)) return 0;
  /* EXISTS notes a 1, whichever row it was, and stops. A CASE may also end in a 1. */
  int exists = i > head && at[-1].kind == INTEGER && at[-1].p1 == 1 &&
               !is_written(listing, head, i - 1, at[-1].p2);
  return !exists;
}

/*
** 1 when the loop hands its rows out in their order, or stops after some of them. What a subquery
** in an expression does with rows of its own does not count: it opens its cursors, fills its
** registers and begins its coroutines inside the loop.
*/
static int keeps_order(const Listing *listing, int head, int tail) {
  for (int i = head; i <= tail; i++) {
    const Instruction *at = &listing->at[i];
    int keeps = 0;
    switch (at->kind) {
      case HAND_OUT: keeps = 1; break;
      case NEW_ROWID: keeps = !has_before(listing, head, i, OPEN_EPHEMERAL, at->p1); break;
      case ADD_IN_ORDER: keeps = !is_written(listing, head, i, at->p3); break;
      case YIELD: keeps = at->p2 == 0 && !has_before(listing, head, i, COROUTINE, at->p1); break;
      case DECREMENT: keeps = is_limit(listing, head, i); break;
      default: break;
    }
    if (keeps) return 1;
  }
  return 0;
}

/*
** 1 when the SELECT has an ORDER BY that its loops satisfy. SQLite opens the sorter first and plans
** the loops then; a sorter without need is left as a Noop with the sorter's operands, of which p2
** is the number of its columns, 2 or more.
*/
static int has_order(const Listing *listing, int open) {
  for (int i = open - 1; i >= 0; i--) {
    const Instruction *at = &listing->at[i];
    switch (at->kind) {
      case NOOP:
        if (at->p2 > 1) return 1;
        break;
      case INIT:
      case GOSUB:
      case RETURN:
      case NEXT:
      case ONCE:
      case YIELD:
      case COROUTINE:
      case BARRIER:
      case V_FILTER:
      case SEEK:
      case DECREMENT:
      case HAND_OUT:
      case NEW_ROWID: return 0;
      default: break;
    }
  }
  return 0;
}

/* LEFT JOIN ends the loop of its right table with IfPos, NullRow. */
static int is_left_joined(const Listing *listing, int cursor) {
  for (int i = 1; i < listing->n; i++) {
    if (listing->at[i].kind == NULL_ROW && listing->at[i].p1 == cursor &&
        listing->at[i - 1].kind == IF_POS)
      return 1;
  }
  return 0;
}

/* The loop of an EXISTS that SQLite turned into a join leaves itself after the first row. */
static int is_of_exists(const Listing *listing, int filter) {
  const Instruction *entry = &listing->at[filter];
  for (int i = filter + 1; i < listing->n; i++) {
    const Instruction *at = &listing->at[i];
    if (at->kind == NEXT && at->p1 == entry->p1 && at->p2 == filter + 1)
      return at[-1].kind == GOTO && at[-1].p2 == entry->p2;
  }
  return 0;
}

/* The loops around VFilter that belong to its FROM. 0: its table is not opened before it. */
static int find_span(const Listing *listing, int filter, Span *out_span) {
  int cursor = listing->at[filter].p1;
  int open = filter;
  while (open >= 0 && (listing->at[open].kind != V_OPEN || listing->at[open].p1 != cursor))
    open--;
  if (open < 0) return 0;
  *out_span = vss_origin_span(listing, open, filter);
  return 1;
}

static int is_harmful(const Span *span) {
  const Listing *listing = span->listing;
  int head, tail;
  if (!outer_loop(listing, span->open, span->filter, &head, &tail)) return 0;
  if (is_left_joined(listing, listing->at[span->filter].p1)) return 0;
  if (is_of_exists(listing, span->filter)) return 0;
  for (int i = 0; i < listing->n_query_args; i++) {
    if (vss_origin_is_foreign(span, i)) return 0;
  }
  return keeps_order(listing, head, tail) && !has_order(listing, span->open);
}

/* Say of each argument whether it is foreign. The answers of an earlier VFilter have to agree. */
static void mark_foreign(const Listing *listing, const Span *span, VssVerdict *verdict) {
  for (int i = 0; i < listing->n_args; i++) {
    char mark = !span                            ? '?'
                : vss_origin_is_listed(span, i)  ? 'l'
                : vss_origin_is_foreign(span, i) ? '1'
                                                 : '0';
    verdict->foreign[i] = verdict->n_found == 1 || verdict->foreign[i] == mark ? mark : '?';
  }
}

/* ---- reading ---- */

static int append(Listing *listing, sqlite3_stmt *row, const char *plan, int size_bytes) {
  if (listing->n == listing->capacity) {
    int capacity = 2 * listing->capacity + 64;
    Instruction *at = vss_realloc(listing->at, (uint64_t)capacity * sizeof *at);
    if (!at) return SQLITE_NOMEM;
    listing->at = at;
    listing->capacity = capacity;
  }
  const char *opcode = (const char *)sqlite3_column_text(row, 1);
  const char *p4 = (const char *)sqlite3_column_text(row, 5);
  if (!opcode) return SQLITE_NOMEM;
  if (!p4) p4 = "";
  Instruction *at = &listing->at[listing->n++];
  *at = (Instruction){.kind = kind_of(opcode),
                      .p1 = sqlite3_column_int(row, 2),
                      .p2 = sqlite3_column_int(row, 3),
                      .p3 = sqlite3_column_int(row, 4)};
  if (at->kind == FUNCTION) {
    const char *count = strrchr(p4, '('); /* "substr(3)"; -1 stands for any number */
    at->n_args = count ? (int)strtol(count + 1, NULL, 10) : -1;
  }
  if (at->kind == ADD_UP && !is_orderless(p4)) at->kind = ADD_IN_ORDER;
  at->is_search = at->kind == V_FILTER && strncmp(p4, plan, (size_t)size_bytes) == 0;
  return SQLITE_OK;
}

static void judge_program(const Listing *listing, VssVerdict *verdict) {
  for (int i = 0; i < listing->n; i++) {
    if (!listing->at[i].is_search) continue;
    Span span;
    int is_known = find_span(listing, i, &span);
    verdict->n_found++;
    verdict->n_harmful += is_known ? is_harmful(&span) : 1;
    if (verdict->foreign) mark_foreign(listing, is_known ? &span : NULL, verdict);
  }
}

int vss_listing_judge(sqlite3_stmt *rows, const char *plan, int size_bytes, VssVerdict *verdict) {
  Listing listing = {0};
  /* The query's own steps come first: "s0;k;...". */
  const char *second = strchr(plan, ';');
  VssStep step;
  for (const char *at = plan; (at = vss_program_next(at, &step)) != NULL;) {
    if (step.kind != 'u') listing.n_args++; /* that one has no argument */
  }
  listing.n_query_args = second && strncmp(second, ";k;", 3) == 0 ? 2 : 1;
  int rc;
  while ((rc = sqlite3_step(rows)) == SQLITE_ROW) {
    /* Behind a program stand those of its triggers, each from address 0 on. */
    if (sqlite3_column_int(rows, 0) == 0) {
      judge_program(&listing, verdict);
      listing.n = 0;
    }
    rc = append(&listing, rows, plan, size_bytes);
    if (rc != SQLITE_OK) break;
  }
  if (rc == SQLITE_DONE) {
    rc = SQLITE_OK;
    judge_program(&listing, verdict);
  }
  vss_free(listing.at);
  return rc;
}
