/*
** See vss0/search_term.h.
**
**   where vss_search(body, ?)                 a plan takes the term over: no function is called
**   where vss_search(body, ?) or year = 1     no plan can: overloaded() is called, an error
**   from v cross join q                       v has to come before q, but v needs the query from q:
**     on vss_search(v.e, q.e)                 the same
**   where vss_search('text', ?)               no column of a vss0 table: not_planned() is called
*/
#include "vss0/search_term.h"

#include "functions/registry.h"
#include "vss0/plan.h"

/* The end of both messages. */
#define WHERE_IT_BELONGS                                                                           \
  "must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, "   \
  "NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind " \
  "it in a CROSS or LEFT JOIN, and on a vss0 table's vector column"

/* Make `text` (owned; NULL: out of memory) the function's error. */
static void finish_error(sqlite3_context *context, char *text) {
  if (text) {
    sqlite3_result_error(context, text, -1);
  } else {
    sqlite3_result_error_nomem(context);
  }
  sqlite3_free(text);
}

/* What runs where no plan has taken the term: it says where the term belongs. */
static void not_planned(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  char *text = sqlite3_mprintf("%s() %s", vss_function_of(context)->name, WHERE_IT_BELONGS);
  finish_error(context, text);
}

/*
** The same on a column of a vss0 table, which is the user data. While a search is open whose term
** SQLite would not leave out (VSS_PLAN_UNOMITTED), it is called on each row that the search found,
** and the answer is "true".
*/
static void overloaded(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  const VssTable *table = sqlite3_user_data(context);
  if (table->n_unomitted > 0) {
    sqlite3_result_int(context, 1);
    return;
  }
  char *text = sqlite3_mprintf("vss0 %s: vss_search() or vss_range_search() %s", table->store.name,
                               WHERE_IT_BELONGS);
  finish_error(context, text);
}

int vss_search_term_overload(sqlite3_vtab *vtab, int argc, const char *name,
                             void (**out_function)(sqlite3_context *, int, sqlite3_value **),
                             void **out_data) {
  static const struct {
    const char *name;
    int constraint; /* the operator that xBestIndex sees; 1: none of its own */
  } terms[] = {
      {"vss_search", VSS_PLAN_FUNCTION_SEARCH},
      {"vss_range_search", VSS_PLAN_FUNCTION_RANGE},
      {"match", 1}, /* MATCH has a constraint of SQLite's own */
  };
  /* 0: SQLite calls the function that is registered without a table. */
  if (argc != 2) return 0;
  for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
    if (sqlite3_stricmp(name, terms[i].name) != 0) continue;
    *out_function = overloaded;
    *out_data = vtab;
    return terms[i].constraint;
  }
  return 0;
}

static const VssFunction functions[] = {
    {.name = "vss_search", .n_args = 2, .flags = VSS_PURE, .call = not_planned},
    {.name = "vss_range_search", .n_args = 2, .flags = VSS_PURE, .call = not_planned},
};

int vss_func_register_search_terms(sqlite3 *db) {
  return vss_functions_register(db, functions, sizeof functions / sizeof *functions, NULL);
}
