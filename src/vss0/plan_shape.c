/*
** See vss0/plan_shape.h. SQLite does not say these things. They follow from where the terms stand
** in its list (iTermOffset), and from what it has asked before.
*/
#include "vss0/plan_shape.h"

#include "vss0/message.h"
#include "vss0/plan.h"

int vss_shape_is_foreign(sqlite3_index_info *info, int i) {
  sqlite3_value *value;
  return sqlite3_vtab_rhs_value(info, i, &value) != SQLITE_OK;
}

/* 1 for `column = ?`, where the value may come from another table. */
static int names_rows(const VssTable *table, sqlite3_index_info *info, int i) {
  const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
  return constraint->usable && constraint->op == SQLITE_INDEX_CONSTRAINT_EQ &&
         constraint->iColumn < table->def.n_columns && !sqlite3_vtab_in(info, i, -1) &&
         vss_shape_is_foreign(info, i);
}

/* 1 when the column holds numbers, or is the rowid: then every `=` with it compares as numbers. */
static int is_numeric(const VssTable *table, int column) {
  const VssTableDef *def = &table->def;
  if (column < 0) return 1;
  if (def->columns[column].is_vector) return 0;
  VssAffinity affinity = def->filters[def->columns[column].number].affinity;
  return affinity != VSS_AFF_TEXT && affinity != VSS_AFF_BLOB;
}

/*
** SQLite takes `(a, b) in (select x, y ...)` apart into `a = ?` and `b = ?`, one behind the other
** among its terms. It checks these two by the affinity of a and b alone, which is wrong for columns
** of text. Such a pair looks as two terms of a join do, and is not taken for a look-up: without one
** the plan that leaves the IN alone is cheaper.
*/
int vss_shape_is_row_value(const VssTable *table, sqlite3_index_info *info, int i) {
  int is_pair = 0, has_text = !is_numeric(table, info->aConstraint[i].iColumn);
  int offset = info->aConstraint[i].iTermOffset, first = offset, last = offset;
  /* The run of such terms around this one; each round makes it longer by one. */
  for (int j = 0; j < info->nConstraint; j++) {
    int at = info->aConstraint[j].iTermOffset;
    if ((at != first - 1 && at != last + 1) || !names_rows(table, info, j)) continue;
    is_pair = 1;
    if (!is_numeric(table, info->aConstraint[j].iColumn)) has_text = 1;
    if (at < first) first = at;
    if (at > last) last = at;
    j = -1;
  }
  return is_pair && has_text;
}

/* 1 when the terms from number `from` on are those of `planned`, all moved on by as much. */
static int has_tail(const sqlite3_index_info *info, int from, const VssPlanned *planned) {
  if (info->nConstraint - from != planned->n || planned->n > VSS_PLANNED_TERMS) return 0;
  for (int i = 0; i < planned->n; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[from + i];
    int shift = info->aConstraint[from].iTermOffset - planned->terms[0].offset;
    if (constraint->iColumn != planned->terms[i].column || constraint->op != planned->terms[i].op ||
        constraint->iTermOffset != planned->terms[i].offset + shift || (from > 0 && shift < 1))
      return 0;
  }
  return 1;
}

/*
** Whether SQLite asks about one branch of an OR, to enter the table once per branch. It shows the
** terms of the branch first, and behind them all terms that it has just shown without it. But the
** program that it makes of such a plan has no search in it. So no branch may be cheap: the search
** by itself then is.
*/
int vss_shape_is_branch(VssTable *table, const sqlite3_index_info *info) {
  VssPlanned *planned = &table->planned;
  if (planned->n > 0) {
    if (has_tail(info, 0, planned)) return 0;
    for (int from = 1; from < info->nConstraint; from++) {
      if (has_tail(info, from, planned)) return 1;
    }
  }
  planned->n = info->nConstraint;
  for (int i = 0; i < info->nConstraint && i < VSS_PLANNED_TERMS; i++) {
    planned->terms[i].column = info->aConstraint[i].iColumn;
    planned->terms[i].op = info->aConstraint[i].op;
    planned->terms[i].offset = info->aConstraint[i].iTermOffset;
  }
  /* So many terms cannot be compared later. */
  return info->nConstraint > VSS_PLANNED_TERMS;
}

int vss_shape_find_search(VssTable *table, const sqlite3_index_info *info, int *out_rc) {
  int found = -1;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    /* MATCH is an operator of SQLite's; the two functions are constraints by xFindFunction. */
    if (constraint->op != SQLITE_INDEX_CONSTRAINT_MATCH &&
        constraint->op != VSS_PLAN_FUNCTION_SEARCH && constraint->op != VSS_PLAN_FUNCTION_RANGE) {
      continue;
    }
    /* SQLite offers them on any column, the hidden ones too. */
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
