/*
** xBestIndex: which terms become the bitmap, which SQLite checks again, and in what order rows come.
**
**   plan    arguments                    order    cost              used when
**   ROWID   e                            -        10                rowid = ?, no search term
**   SCAN    none                         rowid    1e6               no search term
**   SEARCH  s|r, k, l, o, d, f, i ...    nearest  1e9 * 4^foreign   a search term is usable
**
** A search term that is present but not usable (its vector comes from a table not yet visited) makes the plan
** impossible: SQLITE_CONSTRAINT. The cost of SEARCH is out of all proportion on purpose: in a join the search must
** be entered once and drive, or rows would not come nearest first. `foreign` counts the terms whose right side is
** not a constant: they may come from another table, and a plan that waits for one is dearer than the same plan without.
**
** LIMIT and OFFSET only size the first batch. Rows stream in exact order for as long as SQLite asks, so that terms
** checked outside, joins and OFFSET are right whatever is pushed down.
*/
#include "vss0/message.h"
#include "vss0/plan.h"

#include <string.h>

int vss_plan_distance_column(const VssTable *table) {
  return table->def.n_columns;
}
int vss_plan_k_column(const VssTable *table) {
  return table->def.n_columns + 1;
}
int vss_plan_command_column(const VssTable *table) {
  return table->def.n_columns + 2;
}

const char *vss_plan_next(const char *program, VssStep *out_step) {
  memset(out_step, 0, sizeof *out_step);
  if (*program == '|' || !*program) return NULL;
  out_step->kind = *program++;
  for (; *program >= '0' && *program <= '9'; program++)
    out_step->number = out_step->number * 10 + (*program - '0');
  for (; *program != ';'; program++) {
    if (*program == '"') {
      const char *name = ++program;
      while (*program != '"')
        program++;
      out_step->collation_name = name;
      out_step->collation_size = (int)(program - name);
    } else if (*program == '*') {
      out_step->is_set = 1;
    } else if (*program == 'N') {
      out_step->collation = VSS_COLL_NOCASE;
    } else if (*program == 'R') {
      out_step->collation = VSS_COLL_RTRIM;
    } else {
      out_step->op = *program;
    }
  }
  return program + 1;
}

/* Both halves of idxStr as they grow, and what is counted on the way. */
typedef struct Draft {
  VssTable *table;
  sqlite3_index_info *info;
  sqlite3_str *program;
  sqlite3_str *words;
  int n_args;
  int n_foreign;
  int n_filters;
  int has_k;
  int utf16;
} Draft;

/* Hand constraint `i` to xFilter as its next argument. */
static void take(Draft *draft, int i, int omit) {
  draft->info->aConstraintUsage[i].argvIndex = ++draft->n_args;
  draft->info->aConstraintUsage[i].omit = (unsigned char)omit;
}

/* VssOp of a constraint, or -1 where the core has none. */
static int comparison(int op) {
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ: return VSS_OP_EQ;
    case SQLITE_INDEX_CONSTRAINT_NE: return VSS_OP_NE;
    case SQLITE_INDEX_CONSTRAINT_LT: return VSS_OP_LT;
    case SQLITE_INDEX_CONSTRAINT_LE: return VSS_OP_LE;
    case SQLITE_INDEX_CONSTRAINT_GT: return VSS_OP_GT;
    case SQLITE_INDEX_CONSTRAINT_GE: return VSS_OP_GE;
    case SQLITE_INDEX_CONSTRAINT_IS: return VSS_OP_IS;
    case SQLITE_INDEX_CONSTRAINT_ISNOT: return VSS_OP_IS_NOT;
    case SQLITE_INDEX_CONSTRAINT_ISNULL: return VSS_OP_IS_NULL;
    case SQLITE_INDEX_CONSTRAINT_ISNOTNULL: return VSS_OP_NOT_NULL;
    default: return -1;
  }
}

static const char *const op_words[] = {
    "=", "!=", "<", "<=", ">", ">=", "is", "is not", "is null", "is not null", "in"};

/* VssCollation of a name, or -1 for a user's own. */
static int built_in_collation(const char *name) {
  if (sqlite3_stricmp(name, "BINARY") == 0) return VSS_COLL_BINARY;
  if (sqlite3_stricmp(name, "NOCASE") == 0) return VSS_COLL_NOCASE;
  if (sqlite3_stricmp(name, "RTRIM") == 0) return VSS_COLL_RTRIM;
  return -1;
}

static int is_foreign(sqlite3_index_info *info, int i) {
  sqlite3_value *value;
  return sqlite3_vtab_rhs_value(info, i, &value) != SQLITE_OK;
}

static const char *column_name(const VssTable *table, int column) {
  return column < 0 ? "rowid" : table->def.columns[column].name;
}

static void add_filter_words(Draft *draft, int column, const char *op, int exact) {
  sqlite3_str_appendf(draft->words, "%s%s %s%s",
                      draft->n_filters++ ? ", " : "; bitmap: ", column_name(draft->table, column),
                      op, exact ? "" : " (re-checked)");
}

/*
** SQLite reports BINARY for every <> and IS NOT, whatever collation it will compare by: the bitmap then holds more rows
** than the term passes, never fewer.
*/
static int is_exact(const VssPredicate *predicate) {
  return predicate->op != VSS_OP_NE && predicate->op != VSS_OP_IS_NOT &&
         vss_filter_is_exact(predicate);
}

/*
** SQLite derives f >= 'A' and f < 'b' from f LIKE 'a%'. Where both are consumed it takes the LIKE as done, but then checks
** it on the NULL row of a LEFT JOIN after all, and loses that row. A bound that may be such a one is not consumed.
*/
static int may_come_from_like(sqlite3_index_info *info, int i) {
  int op = info->aConstraint[i].op;
  sqlite3_value *value;
  return (op == SQLITE_INDEX_CONSTRAINT_GE || op == SQLITE_INDEX_CONSTRAINT_LT) &&
         sqlite3_vtab_rhs_value(info, i, &value) == SQLITE_OK &&
         sqlite3_value_type(value) == SQLITE_TEXT;
}

/* A term that no bitmap can answer: SQLite checks it, and under k the cursor does before rows count. */
static void plan_check(Draft *draft, int i) {
  const struct sqlite3_index_constraint *constraint = &draft->info->aConstraint[i];
  int like = constraint->op == SQLITE_INDEX_CONSTRAINT_LIKE,
      glob = constraint->op == SQLITE_INDEX_CONSTRAINT_GLOB;
  int op = comparison(constraint->op);
  if ((op < 0 && !like && !glob) || sqlite3_vtab_in(draft->info, i, -1)) return;
  int null_test = op == VSS_OP_IS_NULL || op == VSS_OP_NOT_NULL;
  const char *collation = sqlite3_vtab_collation(draft->info, i);
  if (strchr(collation, '"')) return;
  int column = constraint->iColumn < 0 ? VSS_PLAN_ROWID_CHECK(draft->table) : constraint->iColumn;
  sqlite3_str_appendf(draft->program, "c%d%c", column, like ? 'L' : glob ? 'G' : 'a' + op);
  if (op >= 0 && !null_test) sqlite3_str_appendf(draft->program, "\"%s\"", collation);
  sqlite3_str_appendall(draft->program, ";");
  if (!null_test && is_foreign(draft->info, i)) draft->n_foreign++;
  take(draft, i, 0);
}

/*
** SQLite adds `c >= 'AB' and c < 'ac'` to `c like 'ab%'`, and those two are false for a BLOB that LIKE, unless built with
** LIKE_DOESNT_MATCH_BLOBS, takes for text. SQLite's own b-trees make a second pass for the BLOBs; a virtual table is not
** told which terms were added. LIKE has its bitmap in any case: here such bounds are left to SQLite.
*/
static int may_be_like_bound(const Draft *draft, int column, int op) {
  if ((op != VSS_OP_GE && op != VSS_OP_LT) || sqlite3_compileoption_used("LIKE_DOESNT_MATCH_BLOBS"))
    return 0;
  for (int i = 0; i < draft->info->nConstraint; i++) {
    const struct sqlite3_index_constraint *other = &draft->info->aConstraint[i];
    int pattern =
        other->op == SQLITE_INDEX_CONSTRAINT_LIKE || other->op == SQLITE_INDEX_CONSTRAINT_GLOB;
    if (pattern && other->usable && other->iColumn == column) return 1;
  }
  return 0;
}

/* A term on the rowid (column -1) or on a filter column: a bitmap if the core can bound it. */
static void plan_filter(Draft *draft, int i) {
  const struct sqlite3_index_constraint *constraint = &draft->info->aConstraint[i];
  int column = constraint->iColumn;
  int is_rowid = column < 0;
  if (!is_rowid && draft->table->def.columns[column].is_vector) {
    plan_check(draft, i);
    return;
  }
  const VssTableDef *def = &draft->table->def;
  VssAffinity affinity =
      is_rowid ? VSS_AFF_INTEGER : def->filters[def->columns[column].number].affinity;

  if (constraint->op == SQLITE_INDEX_CONSTRAINT_LIKE ||
      constraint->op == SQLITE_INDEX_CONSTRAINT_GLOB) {
    int like = constraint->op == SQLITE_INDEX_CONSTRAINT_LIKE;
    if (is_rowid) {
      plan_check(draft, i);
      return;
    }
    sqlite3_str_appendf(draft->program, "f%d%c;", column, like ? 'L' : 'G');
    add_filter_words(draft, column, like ? "like" : "glob", 0);
    take(draft, i, 0);
    return;
  }
  int op = comparison(constraint->op);
  if (op < 0) return;
  int null_test = op == VSS_OP_IS_NULL || op == VSS_OP_NOT_NULL;
  int collation =
      null_test ? VSS_COLL_BINARY : built_in_collation(sqlite3_vtab_collation(draft->info, i));
  int orders = op == VSS_OP_LT || op == VSS_OP_LE || op == VSS_OP_GT || op == VSS_OP_GE;
  /* BINARY compares the database's own bytes, which order UTF-16 otherwise than UTF-8. */
  if (collation < 0 || may_be_like_bound(draft, column, op) ||
      (draft->utf16 && orders && collation == VSS_COLL_BINARY && !is_rowid)) {
    plan_check(draft, i);
    return;
  }

  int is_set = op == VSS_OP_EQ && sqlite3_vtab_in(draft->info, i, -1);
  if (is_set) {
    sqlite3_vtab_in(draft->info, i, 1);
    op = VSS_OP_IN;
  } else if (!null_test && is_foreign(draft->info, i)) {
    draft->n_foreign++;
  }
  VssPredicate predicate = {
      .op = (VssOp)op, .affinity = affinity, .collation = (VssCollation)collation};
  int exact = is_rowid ? vss_filter_is_exact(&predicate) : is_exact(&predicate);
  if (may_come_from_like(draft->info, i)) exact = 0;
  if (is_rowid) {
    sqlite3_str_appendf(draft->program, "i%c", 'a' + op);
  } else {
    sqlite3_str_appendf(draft->program, "f%d%c", column, 'a' + op);
  }
  sqlite3_str_appendf(draft->program, "%s%s;",
                      collation == VSS_COLL_NOCASE  ? "N"
                      : collation == VSS_COLL_RTRIM ? "R"
                                                    : "",
                      is_set ? "*" : "");
  add_filter_words(draft, column, op_words[op], exact);
  take(draft, i, exact);
}

/* distance <op> ?: REAL, so that numeric comparison is exact. */
static void plan_distance(Draft *draft, int i) {
  int op = comparison(draft->info->aConstraint[i].op);
  int is_set = op == VSS_OP_EQ && sqlite3_vtab_in(draft->info, i, -1);
  if (op < 0) {
    plan_check(draft, i);
    return;
  }
  if (is_set) {
    sqlite3_vtab_in(draft->info, i, 1);
    op = VSS_OP_IN;
  } else if (is_foreign(draft->info, i)) {
    draft->n_foreign++;
  }
  sqlite3_str_appendf(draft->program, "d%c%s;", 'a' + op, is_set ? "*" : "");
  sqlite3_str_appendf(draft->words, "%sdistance %s",
                      draft->n_filters++ ? ", " : "; bitmap: ", op_words[op]);
  take(draft, i, !may_come_from_like(draft->info, i));
}

/*
** Consume ORDER BY distance [, rowid] where rows come so by themselves (descending for INNER_PRODUCT).
*/
static int order_matches(const VssTable *table, const sqlite3_index_info *info, VssMetric metric) {
  int descending = vss_metric_descending(metric);
  if (info->nOrderBy == 0 || info->nOrderBy > 2) return 0;
  if (info->aOrderBy[0].iColumn != vss_plan_distance_column(table)) return 0;
  if ((info->aOrderBy[0].desc != 0) != descending) return 0;
  return info->nOrderBy == 1 || (info->aOrderBy[1].iColumn < 0 && !info->aOrderBy[1].desc);
}

/* The constraint that is the search: its index, -1 when there is none, -2 when there is one but not usable. */
static int find_search(VssTable *table, const sqlite3_index_info *info, int *out_rc) {
  int found = -1;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    if (constraint->op != SQLITE_INDEX_CONSTRAINT_MATCH &&
        constraint->op != VSS_PLAN_FUNCTION_SEARCH && constraint->op != VSS_PLAN_FUNCTION_RANGE) {
      continue;
    }
    int column = constraint->iColumn;
    if (column < 0 || column >= table->def.n_columns || !table->def.columns[column].is_vector) {
      const char *name = column < 0                      ? "rowid"
                         : column < table->def.n_columns ? table->def.columns[column].name
                         : column == vss_plan_distance_column(table) ? "distance"
                         : column == vss_plan_k_column(table)        ? "k"
                                                                     : table->store.name;
      *out_rc = vss_vtab_fail(table, SQLITE_ERROR,
                              ".%s: not a vector column, so it cannot be searched", name);
      return -1;
    }
    if (found != -1) {
      *out_rc = vss_vtab_fail(
          table, SQLITE_ERROR,
          ": more than one search term (vss_search, vss_range_search or match) in one query");
      return -1;
    }
    found = constraint->usable ? i : -2;
    if (found == -2) return found;
  }
  return found;
}

/* Plans without a search: a look-up by rowid, or everything in rowid order. */
static int plan_without_search(VssTable *table, sqlite3_index_info *info) {
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    if (!constraint->usable || constraint->iColumn >= 0 ||
        constraint->op != SQLITE_INDEX_CONSTRAINT_EQ)
      continue;
    info->aConstraintUsage[i].argvIndex = 1;
    info->idxNum = VSS_PLAN_ROWID;
    info->idxStr = "e;|rowid";
    info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
    info->estimatedCost = 10;
    info->estimatedRows = 1;
    return SQLITE_OK;
  }
  for (int i = 0; i < info->nConstraint; i++) {
    if (info->aConstraint[i].iColumn == vss_plan_k_column(table)) {
      return vss_vtab_fail(
          table, SQLITE_ERROR,
          ": k = ? without a search; add `<vector column> match ?` or vss_search()");
    }
  }
  info->idxNum = VSS_PLAN_SCAN;
  info->idxStr = "|every row";
  info->estimatedCost = 1e6;
  info->estimatedRows = 1000000;
  info->orderByConsumed =
      info->nOrderBy == 1 && info->aOrderBy[0].iColumn < 0 && !info->aOrderBy[0].desc;
  return SQLITE_OK;
}

/* Every term on k: `k = ?` once, or an error; SQLITE_CONSTRAINT where its right side is not known yet. */
static int plan_k(Draft *draft) {
  sqlite3_index_info *info = draft->info;
  int has_k = 0;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    int op = constraint->op;
    if (op == SQLITE_INDEX_CONSTRAINT_LIMIT || op == SQLITE_INDEX_CONSTRAINT_OFFSET ||
        constraint->iColumn != vss_plan_k_column(draft->table)) {
      continue;
    }
    if (op != SQLITE_INDEX_CONSTRAINT_EQ || has_k || sqlite3_vtab_in(info, i, -1)) {
      return vss_vtab_fail(draft->table, SQLITE_ERROR,
                           ": k takes `k = ?`, once and no other comparison");
    }
    if (!constraint->usable) return SQLITE_CONSTRAINT;
    sqlite3_str_appendall(draft->program, "k;");
    take(draft, i, 1);
    if (is_foreign(info, i)) draft->n_foreign++;
    has_k = 1;
  }
  draft->has_k = has_k;
  return SQLITE_OK;
}

/* LIMIT and OFFSET, when SQLite would let us use them: every other term is taken. */
static int plan_limit(Draft *draft) {
  sqlite3_index_info *info = draft->info;
  int limit = -1, offset = -1;
  for (int i = 0; i < info->nConstraint; i++) {
    int op = info->aConstraint[i].op;
    if (op == SQLITE_INDEX_CONSTRAINT_LIMIT) {
      if (info->aConstraint[i].usable) limit = i;
    } else if (op == SQLITE_INDEX_CONSTRAINT_OFFSET) {
      if (info->aConstraint[i].usable) offset = i;
    } else if (!info->aConstraintUsage[i].argvIndex) {
      return 0;
    }
  }
  if (limit < 0) return 0;
  sqlite3_str_appendall(draft->program, "l;");
  take(draft, limit, 0);
  if (offset >= 0) {
    sqlite3_str_appendall(draft->program, "o;");
    take(draft, offset, 0);
  }
  return 1;
}

static int plan_search(VssTable *table, sqlite3_index_info *info, int search) {
  const VssColumnDef *column = &table->def.columns[info->aConstraint[search].iColumn];
  int range = info->aConstraint[search].op == VSS_PLAN_FUNCTION_RANGE;
  Draft draft = {.table = table, .info = info};
  draft.utf16 = table->utf16;
  draft.program = sqlite3_str_new(table->db);
  draft.words = sqlite3_str_new(table->db);
  sqlite3_str_appendf(draft.program, "%c%d;", range ? 'r' : 's', column->number);
  take(&draft, search, 1);
  if (is_foreign(info, search)) draft.n_foreign++;

  int rc = plan_k(&draft);
  if (rc != SQLITE_OK) {
    sqlite3_free(sqlite3_str_finish(draft.program));
    sqlite3_free(sqlite3_str_finish(draft.words));
    return rc;
  }
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    if (i == search || !constraint->usable) continue;
    if (constraint->op == SQLITE_INDEX_CONSTRAINT_LIMIT ||
        constraint->op == SQLITE_INDEX_CONSTRAINT_OFFSET)
      continue;
    if (constraint->iColumn < table->def.n_columns) {
      plan_filter(&draft, i);
    } else if (constraint->iColumn == vss_plan_distance_column(table)) {
      plan_distance(&draft, i);
    }
  }
  info->orderByConsumed = order_matches(table, info, table->def.vectors[column->number].metric);
  /* Where SQLite sorts, it wants every row: LIMIT says nothing then about how many. */
  int limited = (info->nOrderBy == 0 || info->orderByConsumed) && plan_limit(&draft);

  char *words = sqlite3_str_finish(draft.words);
  sqlite3_str_appendf(draft.program, "|%s by %s, %s%s",
                      range ? "range, nearest first" : "nearest first", column->name,
                      draft.has_k ? "top k"
                      : limited   ? "top-k from LIMIT"
                                  : "streaming",
                      words ? words : "");
  sqlite3_free(words);
  info->idxStr = sqlite3_str_finish(draft.program);
  if (!info->idxStr) return SQLITE_NOMEM;
  info->needToFreeIdxStr = 1;
  info->idxNum = VSS_PLAN_SEARCH;
  /* SQLite honours `omit` for the first 16 constraints only. */
  if (search >= 16) info->idxNum |= VSS_PLAN_UNOMITTED;
  info->estimatedCost = 1e9;
  for (int i = 0; i < draft.n_foreign; i++)
    info->estimatedCost *= 4;
  info->estimatedRows = 25;
  return SQLITE_OK;
}

int vss_plan_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info) {
  VssTable *table = (VssTable *)vtab;
  int rc = SQLITE_OK;
  int search = find_search(table, info, &rc);
  if (rc != SQLITE_OK) return rc;
  if (search == -2) return SQLITE_CONSTRAINT;
  return search == -1 ? plan_without_search(table, info) : plan_search(table, info, search);
}
