/*
** See vss0/plan_list.h. SQLite names the terms of ORDER BY, of GROUP BY and of DISTINCT in the same
** way, and only where each is a column of this table under its own collation:
**
**   order by topic, n desc    aOrderBy   topic     n desc        steps   <1N; >2;
**   group by topic            aOrderBy   topic                   steps   <1N;
**
** It says by sqlite3_vtab_distinct() that it could do with less than the whole order, but this is
** as cheap. Rows with equal values come by rowid.
*/
#include "vss0/plan_list.h"

#include "vss0/program.h"

/* Of fewer rows than this part, SQLite has sorted them before a column is loaded. */
#define LOAD_PART 0.25

void vss_plan_used(const VssTable *table, const sqlite3_index_info *info, sqlite3_str *program) {
  const VssTableDef *def = &table->def;
  VssStep step = {.kind = 'u'};
  for (int i = 0; i < def->n_columns; i++) {
    if (def->columns[i].is_vector || vss_is_rowid_column(def, i)) continue;
    if (!(info->colUsed >> (i < 63 ? i : 63) & 1)) continue;
    int filter = def->columns[i].number;
    step.number |= 1 << (filter < 30 ? filter : 30);
  }
  vss_program_append(program, &step);
}

/* The collation of an order by that column; -1: rows cannot be sorted by it. */
static int order_collation(const VssTable *table, int column, double part) {
  if (column >= table->def.n_columns || table->def.columns[column].is_vector || table->utf16)
    return -1;
  int number = table->def.columns[column].number;
  if (!table->columns[number] && part < LOAD_PART) return -1;
  return vss_args_collation(table->def.filters[number].collation);
}

/* An integer key is the rowid. */
static int is_rowid(const VssTable *table, int column) {
  return column < 0 || (column < table->def.n_columns && vss_is_rowid_column(&table->def, column));
}

/* Nothing is behind a rowid in an order: it tells all rows apart. */
static int count_terms(const VssTable *table, const sqlite3_index_info *info) {
  int n = 0;
  while (n < info->nOrderBy && !is_rowid(table, info->aOrderBy[n].iColumn))
    n++;
  return n;
}

VssListOrder vss_plan_order(const VssTable *table, const sqlite3_index_info *info, int is_by_key,
                            double part, sqlite3_str *program, sqlite3_str *words) {
  VssListOrder order = {0};
  int n = count_terms(table, info);
  int has_rowid = n < info->nOrderBy;
  int is_descending = has_rowid && info->aOrderBy[n].desc;
  if (info->nOrderBy == 0 || ((n > 0 || is_descending) && !table->loaded)) return order;
  if (n > 0 && is_by_key) return order;
  for (int i = 0; i < n; i++) {
    if (order_collation(table, info->aOrderBy[i].iColumn, part) < 0) return order;
  }
  for (int i = 0; i < n; i++) {
    int column = info->aOrderBy[i].iColumn;
    VssStep step = {.kind = info->aOrderBy[i].desc ? '>' : '<',
                    .number = column,
                    .collation = (VssCollation)order_collation(table, column, part)};
    vss_program_append(program, &step);
    sqlite3_str_appendf(words, "%s%s%s", i ? ", " : "", table->def.columns[column].name,
                        info->aOrderBy[i].desc ? " desc" : "");
  }
  if (n > 0 && is_descending) sqlite3_str_appendall(words, ", rowid desc");
  order.is_consumed = 1;
  order.is_descending = is_descending;
  order.is_by_columns = n > 0;
  return order;
}
