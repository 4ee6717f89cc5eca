/*
** How deep SQL may be nested. Included by guards/sqlite.c.
**
** SQLite compiles SQL by functions that call themselves, and limits each way of nesting by itself:
** 1,000 expressions, 1,000 views, 1,000 triggers. Each of these limits fits into the stack of an
** engine (about 1 MB, and calls of JavaScript that are under way use it too). Views with deep
** expressions, triggers that fire triggers, cascades of foreign keys and chains of generated
** columns did not: the engine ended the call, and the database was lost. Here an error comes before
** that.
**
**   the engine's stack  │ JavaScript │ SQLite, nested ────────────►│ one expression │  free │
**                                    └── estimated: at most MOST ──┘  1,000 deep
**
** Nobody can ask an engine how much of its stack is used. What WebAssembly's own stack, in memory,
** has used is known, and a view's or a subquery's share without it.
*/

/* Measured with V8: bytes of the engine's stack per byte of the stack in memory, in percent ... */
#define STACK_PERCENT 187

/* ... and beside these, per view or subquery inside another one. */
#define NESTED_BYTES 750

/*
** V8 has 984 KB. A third may be used before (tests/js/specs/hazards.js), and an expression of the
** greatest depth, which may follow, takes 240 KB.
*/
#define MOST_STACK_BYTES 380000

/* SQLite's default, also for what it makes of several expressions. Untrusted SQL is not limited. */
#define MOST_HEIGHT 1000

/*
** Bytes per expression inside an expression of a view or WITH term around: SQLite walks down all of
** them before it compiles anything.
*/
#define EXPRESSION_BYTES 130

/* The heights of the views and WITH terms that are being looked up, one inside the other. */
static _Thread_local int path_height;

/* 1 and an error in the parser where what follows may not fit. Natively there is stack enough. */
static int is_too_deep(Parse *parse) {
#ifdef __wasm__
  static size_t top; /* where calls begin: the highest address seen */
  size_t here = (size_t)__builtin_frame_address(0), used;
  if (here > top) top = here;
  used = (top - here) * STACK_PERCENT / 100 + (size_t)path_height * EXPRESSION_BYTES;
  for (const Parse *outer = parse; outer; outer = outer->pOuterParse)
    used += (size_t)outer->nNestSel * NESTED_BYTES;
  if (used > MOST_STACK_BYTES) {
    if (parse->nErr == 0) sqlite3ErrorMsg(parse, "SQL is nested too deep for the stack");
    return 1;
  }
#endif
  return 0;
}

static int check_nesting(Parse *parse) {
  return sqlite_nesting(parse) || is_too_deep(parse);
}

/* Looks up a view: its columns, and those of the views in it. */
static Table *view_if_shallow(Parse *parse, Select *select, char affinity) {
  int height = 0;
  heightOfSelect(select, &height);
  path_height += height;
  Table *table = is_too_deep(parse) ? NULL : sqlite_view(parse, select, affinity);
  path_height -= height;
  return table;
}

/* Looks up a term of WITH, if the name is that of one. 2: there is an error. */
static int cte_if_shallow(Parse *parse, Walker *walker, SrcItem *from) {
  int height = 0;
  for (const With *with = parse->pWith; with && from->zName; with = with->pOuter)
    for (int i = 0; i < with->nCte && height == 0; i++)
      if (sqlite3StrICmp(with->a[i].zName, from->zName) == 0)
        heightOfSelect(with->a[i].pSelect, &height);
  path_height += height;
  int result = is_too_deep(parse) ? 2 : sqlite_cte(parse, walker, from);
  path_height -= height;
  return result;
}

static int select_if_shallow(Parse *parse, Select *select, SelectDest *to) {
  return is_too_deep(parse) ? 1 : sqlite_select(parse, select, to);
}

static TriggerPrg *trigger_if_shallow(Parse *parse, Trigger *trigger, Table *table, int conflict) {
  return is_too_deep(parse) ? NULL : sqlite_trigger(parse, trigger, table, conflict);
}

static void generated_if_shallow(Parse *parse, Table *table, Column *column, int reg) {
  if (!is_too_deep(parse)) sqlite_generated(parse, table, column, reg);
}

/* --- Heights ---------------------------------------------------------------------------------- */

/*
** The height of an expression as it is now: Expr.nHeight is not kept up where a column of a view is
** replaced by its expression. One replacement at most doubles it, so that this cannot recurse
** further than twice MOST_HEIGHT.
*/
static int height_of(const Expr *expr);

/* SQLite's macro would compute both twice. */
static int greater(int a, int b) {
  return a > b ? a : b;
}

static int height_of_list(const ExprList *list) {
  int most = 0;
  for (int i = 0; list && i < list->nExpr; i++)
    most = greater(most, height_of(list->a[i].pExpr));
  return most;
}

static int height_of_select(const Select *select) {
  int most = 0;
  for (; select; select = select->pPrior) {
    most = greater(most, height_of(select->pWhere));
    most = greater(most, height_of(select->pHaving));
    most = greater(most, height_of_list(select->pEList));
    most = greater(most, height_of_list(select->pGroupBy));
    most = greater(most, height_of_list(select->pOrderBy));
  }
  return most;
}

static int height_of(const Expr *expr) {
  if (!expr) return 0;
  if (ExprHasProperty(expr, EP_TokenOnly | EP_Leaf)) return 1;
  int left = height_of(expr->pLeft), right = height_of(expr->pRight);
  int most = greater(left, right);
  int list =
      ExprUseXSelect(expr) ? height_of_select(expr->x.pSelect) : height_of_list(expr->x.pList);
  return 1 + greater(most, list);
}

static void measure(Parse *parse, const Select *select) {
  if (parse->nErr || parse->db->mallocFailed) return;
  if (height_of_select(select) > MOST_HEIGHT) {
    sqlite3ErrorMsg(parse, "Expression tree is too large (maximum depth %d)", MOST_HEIGHT);
  }
}

/* The subquery becomes a part of the query. */
static int flatten_and_measure(Parse *parse, Select *select, int from, int is_aggregate) {
  int is_flat = sqlite_flatten(parse, select, from, is_aggregate);
  if (is_flat) measure(parse, select);
  return is_flat;
}

/* Terms of the query become terms of the subquery. */
static int push_down_and_measure(Parse *parse, Select *subquery, Expr *where, SrcList *sources,
                                 int from) {
  int n = sqlite_push_down(parse, subquery, where, sources, from);
  if (n > 0) measure(parse, subquery);
  return n;
}
