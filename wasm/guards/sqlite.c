/*
** SQLite's source, and what has to see its static functions: guards.h.
**
**   sqlite3.c ──► the compiler of SQL ─► depth.h: an error where the stack would be too short
**             ──► sort ──────────────► sort.h: merges that ask
**             ──► FTS5 ──────────────► fts5.h: tokenizers, matches and functions that ask
**             ──► LIKE, strftime() ──► this file
*/

/*
** Some of SQLite's functions are called through one of ours. These macros give the definition of
** such a function, whose first parameter is declared "Parse *pParse", for example, another name,
** and turn its calls, whose first argument is "pParse", into calls of the function declared here.
** If SQLite's source changes its shape, this does not compile.
*/
struct SortSubtask;
struct SorterRecord;
struct Parse;
struct Select;
struct SelectDest;
struct Trigger;
struct TriggerPrg;
struct Table;
struct Column;
struct Expr;
struct SrcList;
struct SrcItem;
struct Walker;
#define vdbeSorterMerge(first, ...) VSS_MERGE_##first, __VA_ARGS__)
#define VSS_MERGE_SortSubtask       sqlite_merge(SortSubtask
#define VSS_MERGE_pTask             merge_and_ask(pTask
static struct SorterRecord *merge_and_ask(struct SortSubtask *, struct SorterRecord *,
                                          struct SorterRecord *);

#define checkSubqueryNestingDepth(first) VSS_NESTING_##first)
#define VSS_NESTING_Parse                sqlite_nesting(Parse
#define VSS_NESTING_pParse               check_nesting(pParse
static int check_nesting(struct Parse *);

#define sqlite3Select(first, ...) VSS_SELECT_##first, __VA_ARGS__)
#define VSS_SELECT_Parse          sqlite_select(Parse
#define VSS_SELECT_pParse         select_if_shallow(pParse
static int select_if_shallow(struct Parse *, struct Select *, struct SelectDest *);

#define sqlite3ResultSetOfSelect(first, ...) VSS_VIEW_##first, __VA_ARGS__)
#define VSS_VIEW_Parse                       sqlite_view(Parse
#define VSS_VIEW_pParse                      view_if_shallow(pParse
static struct Table *view_if_shallow(struct Parse *, struct Select *, char);

#define resolveFromTermToCte(first, ...) VSS_CTE_##first, __VA_ARGS__)
#define VSS_CTE_Parse                    sqlite_cte(Parse
#define VSS_CTE_pParse                   cte_if_shallow(pParse
static int cte_if_shallow(struct Parse *, struct Walker *, struct SrcItem *);

#define codeRowTrigger(first, ...) VSS_TRIGGER_##first, __VA_ARGS__)
#define VSS_TRIGGER_Parse          sqlite_trigger(Parse
#define VSS_TRIGGER_pParse         trigger_if_shallow(pParse
static struct TriggerPrg *trigger_if_shallow(struct Parse *, struct Trigger *, struct Table *, int);

#define sqlite3ExprCodeGeneratedColumn(first, ...) VSS_GENERATED_##first, __VA_ARGS__)
#define VSS_GENERATED_Parse                        sqlite_generated(Parse
#define VSS_GENERATED_pParse                       generated_if_shallow(pParse
static void generated_if_shallow(struct Parse *, struct Table *, struct Column *, int);

#define flattenSubquery(first, ...) VSS_FLATTEN_##first, __VA_ARGS__)
#define VSS_FLATTEN_Parse           sqlite_flatten(Parse
#define VSS_FLATTEN_pParse          flatten_and_measure(pParse
static int flatten_and_measure(struct Parse *, struct Select *, int, int);

#define pushDownWhereTerms(first, ...) VSS_PUSH_##first, __VA_ARGS__)
#define VSS_PUSH_Parse                 sqlite_push_down(Parse
#define VSS_PUSH_pParse                push_down_and_measure(pParse
static int push_down_and_measure(struct Parse *, struct Select *, struct Expr *, struct SrcList *,
                                 int);

struct Fts5ExprNode;
struct Fts5ExprPhrase;
struct Fts5ExprNearset;
#define fts5ExprPhraseIsMatch(first, ...) VSS_PHRASE_##first, __VA_ARGS__)
#define VSS_PHRASE_Fts5ExprNode           sqlite_phrase_matches(Fts5ExprNode
#define VSS_PHRASE_pNode                  phrase_matches_if_short(pNode
static int phrase_matches_if_short(struct Fts5ExprNode *, struct Fts5ExprPhrase *, int *);

#define fts5ExprNearIsMatch(first, ...) VSS_NEAR_##first, __VA_ARGS__)
#define VSS_NEAR_int                    sqlite_near_matches(int
#define VSS_NEAR_pRc                    near_matches_if_short(pRc
static int near_matches_if_short(int *, struct Fts5ExprNearset *);

/* First: the source has its own copy of sqlite3.h, with definitions in it. */
#include "sqlite3.c"

#include "guards/guards.h"

#include "guards/depth.h"
#include "guards/fts5.h"
#include "guards/sort.h"

/* --- Functions -------------------------------------------------------------------------------- */

int vss_sqlite_replace_like(sqlite3 *db, const char *name, int n_args,
                            const VssLikeWildcards *wildcards,
                            void (*call)(sqlite3_context *, int, sqlite3_value **)) {
  int rc = sqlite3_create_function_v2(db, name, n_args,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                      (void *)wildcards, call, NULL, NULL, NULL);
  if (rc != SQLITE_OK) return rc;
  FuncDef *function = sqlite3FindFunction(db, name, n_args, SQLITE_UTF8, 0);
  function->funcFlags |= SQLITE_FUNC_LIKE;
  if (!wildcards->no_case) function->funcFlags |= SQLITE_FUNC_CASE;
  return SQLITE_OK;
}

int vss_sqlite_boolean(const char *text) {
  return sqlite3GetBoolean(text, 0);
}

/* SQLite's own, unless the format is long: it looks at nothing but the format. */
static void call_strftime(sqlite3_context *context, int argc, sqlite3_value **argv) {
  int bytes = argc > 0 ? sqlite3_value_bytes(argv[0]) : 0;
  if (bytes <= VSS_STRFTIME_BYTES) {
    strftimeFunc(context, argc, argv);
    return;
  }
  char *text = sqlite3_mprintf("strftime(): the format has %d bytes, expected at most %d in "
                               "untrusted SQL",
                               bytes, VSS_STRFTIME_BYTES);
  if (text)
    sqlite3_result_error(context, text, -1);
  else
    sqlite3_result_error_nomem(context);
  sqlite3_free(text);
}

int vss_sqlite_guard_strftime(sqlite3 *db) {
  int rc = sqlite3_create_function_v2(db, "strftime", -1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                                      call_strftime, NULL, NULL, NULL);
  if (rc != SQLITE_OK) return rc;
  /* As SQLite has it: the same within a statement, and not where an index would keep it. */
  sqlite3FindFunction(db, "strftime", -1, SQLITE_UTF8, 0)->funcFlags |= SQLITE_FUNC_SLOCHNG;
  return SQLITE_OK;
}
