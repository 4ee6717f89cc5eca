/*
** xBestIndex: which terms become the bitmap, which SQLite checks again, and in what order rows
** come.
**
**   plan    arguments                    order    cost                   used when
**   ROWID   e                            -        VSS_ESTIMATE_ROW       rowid = ?, no search term
**   SCAN    f, i ...                     as asked vss_estimate_scan()    no search term
**   SEARCH  s|r, k, l, o, d, f, i ...    nearest  set_cost() * 4^foreign  a search term is usable
**
** An integer key is the rowid here. A scan with `text key = ?` or IN looks its rows up instead, and
** costs as many times VSS_ESTIMATE_ROW.
**
** A search term that is present but not usable (its vector comes from a table not yet visited)
** makes the plan impossible: SQLITE_CONSTRAINT. `foreign` counts the terms whose right side is not
** a constant: they may come from another table, and a plan that waits for one is dearer than the
** same plan without. It does not count `rowid = ?` and `column = ?` where costs are real: such a
** term names rows, which are looked up (vss0/lookup.h).
**
** What becomes of each term of a search:
**
**   term                              becomes         SQLite checks it again
**   n > 5, n integer                  a bitmap        no: the bits are exact
**   topic = 'a', topic text           a bitmap        no: a TEXT literal has one meaning
**   topic = ?, topic text             a bitmap        yes: ? may be a number, or a column of them
**   topic like 'a%'                   a bitmap        yes
**   topic = 'x' collate own           a check         yes: only SQLite knows the collation
**   distance < 0.5                    a bound         no
**   n = 3 or topic = 'a'              nothing         yes: SQLite does not offer it
**
** A check is only made under k (vss0/check.h): there, rows must not count before they have passed.
**
** LIMIT and OFFSET only size the first batch. Rows stream in exact order for as long as SQLite
** asks, so that terms checked outside, joins and OFFSET are right whatever is pushed down.
*/
#include "vss0/drive.h"
#include "vss0/estimate.h"
#include "vss0/message.h"
#include "vss0/plan.h"
#include "vss0/plan_list.h"
#include "vss0/plan_shape.h"
#include "vss0/program.h"

#include <string.h>

/* The declared table is `create table x(<columns>, distance hidden, k hidden, "<t>" hidden)`. */
int vss_plan_distance_column(const VssTable *table) {
  return table->def.n_columns;
}
int vss_plan_k_column(const VssTable *table) {
  return table->def.n_columns + 1;
}
int vss_plan_command_column(const VssTable *table) {
  return table->def.n_columns + 2;
}

/*
** SQLite's code of each operator. IN has none: it comes as EQ, and sqlite3_vtab_in() tells the two
** apart.
*/
static const unsigned char constraint_codes[VSS_N_OPS] = {
    [VSS_OP_EQ] = SQLITE_INDEX_CONSTRAINT_EQ,
    [VSS_OP_NE] = SQLITE_INDEX_CONSTRAINT_NE,
    [VSS_OP_LT] = SQLITE_INDEX_CONSTRAINT_LT,
    [VSS_OP_LE] = SQLITE_INDEX_CONSTRAINT_LE,
    [VSS_OP_GT] = SQLITE_INDEX_CONSTRAINT_GT,
    [VSS_OP_GE] = SQLITE_INDEX_CONSTRAINT_GE,
    [VSS_OP_IS] = SQLITE_INDEX_CONSTRAINT_IS,
    [VSS_OP_IS_NOT] = SQLITE_INDEX_CONSTRAINT_ISNOT,
    [VSS_OP_IS_NULL] = SQLITE_INDEX_CONSTRAINT_ISNULL,
    [VSS_OP_NOT_NULL] = SQLITE_INDEX_CONSTRAINT_ISNOTNULL,
    [VSS_OP_LIKE] = SQLITE_INDEX_CONSTRAINT_LIKE,
    [VSS_OP_GLOB] = SQLITE_INDEX_CONSTRAINT_GLOB,
};

/* The operator of a constraint; VSS_N_OPS for one that the filter does not know. */
static VssOp operator_of(const struct sqlite3_index_constraint *constraint) {
  int op = 0;
  while (op < VSS_N_OPS && constraint_codes[op] != constraint->op)
    op++;
  return (VssOp)op;
}

/* Both halves of idxStr as they grow, and what is counted on the way. */
typedef struct Draft {
  VssTable *table;
  sqlite3_index_info *info;
  sqlite3_str *program;
  sqlite3_str *words;   /* of the terms that become bitmaps or bounds */
  sqlite3_str *lookups; /* of those that name rows of a join */
  sqlite3_str *marks;   /* whether arguments may come from another table: VSS_ARG_... */
  int n_args;
  int n_foreign;      /* terms that may wait for another table, except look-ups */
  int n_lookups;      /* such terms that name rows: rowid = ?, column = ? */
  double lookup_rows; /* how many rows they leave */
  double part;        /* of the rows that a scan leaves, 0 to 1 */
  int is_one;         /* of a scan: it cannot give two rows */
  double by_key;      /* of a scan: as many rows are looked up by their text key; 0: none is */
  int is_branch;      /* one branch of an OR is planned */
  int is_scan;        /* without a search */
  int has_k;
} Draft;

static void open_draft(Draft *draft) {
  sqlite3 *db = draft->table->db;
  draft->program = sqlite3_str_new(db);
  draft->words = sqlite3_str_new(db);
  draft->lookups = sqlite3_str_new(db);
  draft->marks = sqlite3_str_new(db);
}

/*
** Hand constraint `i` to xFilter as its next argument. `omit`: SQLite need not evaluate it again.
*/
static void take(Draft *draft, int i, int omit) {
  char mark = vss_shape_is_foreign(draft->info, i) ? VSS_ARG_UNKNOWN : VSS_ARG_OWN;
  sqlite3_str_appendchar(draft->marks, 1, mark);
  draft->info->aConstraintUsage[i].argvIndex = ++draft->n_args;
  draft->info->aConstraintUsage[i].omit = (unsigned char)omit;
}

/* Append a step that has nothing but its letter. */
static void append_plain(Draft *draft, char kind) {
  VssStep step = {.kind = kind};
  vss_program_append(draft->program, &step);
}

/* Name a term in the words that `heading` begins; `exact` when SQLite does not check it again. */
static void append_words(sqlite3_str *words, const char *heading, const char *name, VssOp op,
                         int exact) {
  sqlite3_str_appendf(words, "%s%s %s%s", sqlite3_str_length(words) ? ", " : heading, name,
                      vss_op_info(op)->sql, exact ? "" : " (re-checked)");
}

#define BITMAP  "; bitmap: "
#define LOOK_UP "; look-up: "

/*
** 1 when constraint `i` is an IN whose set can be handed over whole; from here on SQLite will do
** that.
*/
static int take_set(sqlite3_index_info *info, int i, VssOp op) {
  if (op != VSS_OP_EQ || !sqlite3_vtab_in(info, i, -1)) return 0;
  sqlite3_vtab_in(info, i, 1);
  return 1;
}

/*
** 1 when the right side is known to be a TEXT. A literal has no affinity, and what a CAST makes a
** TEXT has TEXT affinity: the comparison has one meaning then for a column of texts.
*/
static int is_text_literal(sqlite3_index_info *info, int i) {
  sqlite3_value *value;
  return sqlite3_vtab_rhs_value(info, i, &value) == SQLITE_OK &&
         sqlite3_value_type(value) == SQLITE_TEXT;
}

/*
** SQLite derives f >= 'A' and f < 'b' from f LIKE 'a%'. Where both are consumed it takes the LIKE
** as done, but then checks it on the NULL row of a LEFT JOIN after all, and loses that row. A bound
** that may be such a one is not consumed.
*/
static int may_come_from_like(sqlite3_index_info *info, int i) {
  int op = info->aConstraint[i].op;
  return (op == SQLITE_INDEX_CONSTRAINT_GE || op == SQLITE_INDEX_CONSTRAINT_LT) &&
         is_text_literal(info, i);
}

/* SQLite's number of a column, with -1 for an integer key as for the rowid. */
static int column_of(const VssTable *table, int column) {
  int is_declared = column >= 0 && column < table->def.n_columns;
  return is_declared && vss_is_rowid_column(&table->def, column) ? -1 : column;
}

/*
** A term that no bitmap can answer: SQLite checks it, and under k the cursor checks it before rows
** count. A collation whose name has a double quote in it does not fit into a program, and a set
** would have to be kept: there SQLite checks alone.
*/
static void plan_check(Draft *draft, int i) {
  const struct sqlite3_index_constraint *constraint = &draft->info->aConstraint[i];
  VssOp op = operator_of(constraint);
  if (draft->is_scan || op == VSS_N_OPS || sqlite3_vtab_in(draft->info, i, -1)) return;
  VssRight right = vss_op_info(op)->right;
  const char *collation = sqlite3_vtab_collation(draft->info, i);
  if (strchr(collation, '"')) return;
  VssStep step = {.kind = 'c', .op = op, .number = constraint->iColumn};
  if (constraint->iColumn < 0) step.number = VSS_PLAN_ROWID_CHECK(draft->table);
  if (right == VSS_RIGHT_VALUE) {
    step.collation_name = collation;
    step.collation_size = (int)strlen(collation);
  }
  vss_program_append(draft->program, &step);
  if (right != VSS_RIGHT_NONE && vss_shape_is_foreign(draft->info, i)) draft->n_foreign++;
  take(draft, i, 0);
}

/*
** SQLite adds `c >= 'AB' and c < 'ac'` to `c like 'ab%'`, and those two are false for a BLOB that
** LIKE, unless built with LIKE_DOESNT_MATCH_BLOBS, takes for text. SQLite's own b-trees make a
** second pass for the BLOBs; a virtual table is not told which terms were added. LIKE has its
** bitmap in any case: here such bounds are left to SQLite.
*/
static int may_be_like_bound(const Draft *draft, int column, VssOp op) {
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

/* 1 when the filter's order of the two sides may not be SQLite's: then the term has no bitmap. */
static int is_beyond_bitmap(const Draft *draft, int column, VssOp op, int collation) {
  if (collation < 0 || may_be_like_bound(draft, column, op)) return 1;
  /*
  ** BINARY compares the database's own bytes, which order UTF-16 differently from UTF-8. Rowids are
  ** no text.
  */
  return draft->table->utf16 && column >= 0 && vss_op_is_ordering(op) &&
         collation == VSS_COLL_BINARY;
}

/*
** Of several terms that name rows, the one that leaves the fewest counts. filter -1: it is the
** rowid or a key, which one row has at most.
*/
static void add_lookup(Draft *draft, int filter) {
  double rows = filter < 0 ? 1 : vss_estimate_rows_per_value(draft->table, filter);
  if (!draft->n_lookups++ || rows < draft->lookup_rows) draft->lookup_rows = rows;
}

/* How many keys an IN has, as SQLite guesses too. */
#define LISTED_KEYS 25

/*
** 1 for a term whose rows the index of the text keys gives, unless its right side turns out to be a
** number (vss0/filter_term.c).
*/
static int is_key_lookup(const VssTable *table, int filter, VssOp op, int collation) {
  const VssTableDef *def = &table->def;
  return vss_has_text_id(def) && !table->utf16 && filter >= 0 && &def->filters[filter] == def->id &&
         (op == VSS_OP_EQ || op == VSS_OP_IN) &&
         collation == vss_args_collation(def->id->collation);
}

/* Such a term of a scan. */
static void add_key_lookup(Draft *draft, int i, VssOp op) {
  double rows = op == VSS_OP_EQ ? 1 : LISTED_KEYS;
  if (draft->by_key <= 0 || rows < draft->by_key) draft->by_key = rows;
  if (op == VSS_OP_EQ && is_text_literal(draft->info, i)) draft->is_one = 1;
}

/* A term on the rowid (column -1) or on a declared column: a bitmap if the filter can bound it. */
static void plan_filter(Draft *draft, int i) {
  const VssTableDef *def = &draft->table->def;
  int column = column_of(draft->table, draft->info->aConstraint[i].iColumn);
  VssOp op = operator_of(&draft->info->aConstraint[i]);
  if (op == VSS_N_OPS) return;
  VssRight right = vss_op_info(op)->right;
  /*
  ** A bitmap of a pattern asks once per distinct value: rowids are all distinct, and vectors are no
  ** values of a filter.
  */
  int is_rowid = column < 0;
  if (is_rowid ? right == VSS_RIGHT_PATTERN : def->columns[column].is_vector) {
    plan_check(draft, i);
    return;
  }
  int collation = right == VSS_RIGHT_VALUE
                      ? vss_args_collation(sqlite3_vtab_collation(draft->info, i))
                      : VSS_COLL_BINARY;
  if (is_beyond_bitmap(draft, column, op, collation)) {
    plan_check(draft, i);
    return;
  }
  int lookup = 0;
  if (draft->is_scan && op == VSS_OP_EQ && vss_shape_is_row_value(draft->table, draft->info, i))
    return;
  if (take_set(draft->info, i, op)) {
    op = VSS_OP_IN;
  } else if (right == VSS_RIGHT_VALUE && vss_shape_is_foreign(draft->info, i)) {
    lookup = op == VSS_OP_EQ && !draft->is_branch &&
             !vss_shape_is_row_value(draft->table, draft->info, i);
    if (!lookup) draft->n_foreign++;
  }
  int filter = is_rowid ? -1 : def->columns[column].number;
  int is_key = is_key_lookup(draft->table, filter, op, collation);
  if (draft->is_scan) {
    lookup = is_key;
    if (is_key) add_key_lookup(draft, i, op);
    if (!is_key) draft->part *= vss_estimate_part(draft->table, filter, op);
  } else if (lookup) {
    add_lookup(draft, is_key ? -1 : filter);
  }
  VssAffinity affinity = is_rowid ? VSS_AFF_INTEGER : def->filters[filter].affinity;
  /* A pattern is never consumed: SQLite ties what it derives from a LIKE to the LIKE itself. */
  /* Of UTF-16, two texts that are not valid may become the same UTF-8: there SQLite checks. */
  int is_text = !is_rowid && !draft->table->utf16 && op != VSS_OP_IN && right == VSS_RIGHT_VALUE &&
                is_text_literal(draft->info, i);
  int exact = right != VSS_RIGHT_PATTERN && vss_filter_is_exact(op, affinity, is_text) &&
              !may_come_from_like(draft->info, i);
  VssStep step = {.kind = is_rowid ? 'i' : 'f',
                  .number = column,
                  .op = op,
                  .collation = (VssCollation)collation,
                  .is_text = is_text};
  vss_program_append(draft->program, &step);
  append_words(lookup ? draft->lookups : draft->words, lookup ? LOOK_UP : BITMAP,
               is_rowid ? "rowid" : def->columns[column].name, op, exact);
  take(draft, i, exact);
}

/* A term on the distance, which is a REAL: numeric comparison, and so exact. */
static void plan_distance(Draft *draft, int i) {
  VssStep step = {.kind = 'd', .op = operator_of(&draft->info->aConstraint[i])};
  if (step.op == VSS_N_OPS) return;
  if (vss_op_info(step.op)->right == VSS_RIGHT_PATTERN) {
    plan_check(draft, i);
    return;
  }
  if (take_set(draft->info, i, step.op)) {
    step.op = VSS_OP_IN;
  } else if (vss_shape_is_foreign(draft->info, i)) {
    draft->n_foreign++;
  }
  vss_program_append(draft->program, &step);
  append_words(draft->words, BITMAP, "distance", step.op, 1);
  take(draft, i, !may_come_from_like(draft->info, i));
}

/*
** 1 for ORDER BY distance [, rowid], in the order in which a ranking hands out its rows: descending
** for INNER_PRODUCT, else ascending. SQLite then sorts nothing.
*/
static int order_matches(const VssTable *table, const sqlite3_index_info *info, VssMetric metric) {
  int descending = vss_metric_descending(metric);
  if (info->nOrderBy == 0 || info->nOrderBy > 2) return 0;
  if (info->aOrderBy[0].iColumn != vss_plan_distance_column(table)) return 0;
  if ((info->aOrderBy[0].desc != 0) != descending) return 0;
  return info->nOrderBy == 1 ||
         (column_of(table, info->aOrderBy[1].iColumn) < 0 && !info->aOrderBy[1].desc);
}

/*
** Every term on k: `k = ?` once, or an error; SQLITE_CONSTRAINT where its right side is not known
** yet.
*/
static int plan_k(Draft *draft) {
  sqlite3_index_info *info = draft->info;
  int has_k = 0;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    int op = constraint->op;
    /* LIMIT and OFFSET are constraints, but not on a column. */
    if (op == SQLITE_INDEX_CONSTRAINT_LIMIT || op == SQLITE_INDEX_CONSTRAINT_OFFSET ||
        constraint->iColumn != vss_plan_k_column(draft->table)) {
      continue;
    }
    if (op != SQLITE_INDEX_CONSTRAINT_EQ || has_k || sqlite3_vtab_in(info, i, -1)) {
      return vss_vtab_fail(draft->table, SQLITE_ERROR,
                           ": k takes `k = ?`, once and no other comparison");
    }
    if (!constraint->usable) return SQLITE_CONSTRAINT;
    append_plain(draft, 'k');
    take(draft, i, 1);
    if (vss_shape_is_foreign(info, i)) draft->n_foreign++;
    has_k = 1;
  }
  draft->has_k = has_k;
  return SQLITE_OK;
}

/*
** Take LIMIT and OFFSET as hints. They mean something only when every other term was taken: SQLite
** may drop rows of a term that was not, and then asks for more. Returns 1 when LIMIT was taken.
*/
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
  if (limit < 0) return 0; /* OFFSET alone says nothing about how many rows are wanted */
  append_plain(draft, 'l');
  take(draft, limit, 0);
  if (offset >= 0) {
    append_plain(draft, 'o');
    take(draft, offset, 0);
  }
  return 1;
}

/*
** What the plan costs. Where SQLite may have to sort by something of this table, costs are real,
** and it may put the other table first. Otherwise they are out of all proportion: the search has to
** drive, or rows would not come nearest first (vss0/drive.h).
*/
static void set_cost(const Draft *draft, int vector) {
  sqlite3_index_info *info = draft->info;
  int is_sorted = info->nOrderBy > 0 && sqlite3_vtab_distinct(info) == 0;
  int n_foreign = draft->n_foreign;
  info->estimatedRows = 25; /* a guess: of a search, few rows are wanted as a rule */
  if (!is_sorted) {
    info->estimatedCost = 1e9;
    n_foreign += draft->n_lookups;
  } else if (draft->n_lookups) {
    info->estimatedCost = vss_estimate_lookup(draft->table, vector, draft->lookup_rows);
    info->estimatedRows = (sqlite3_int64)draft->lookup_rows;
  } else {
    int is_whole = !info->orderByConsumed && !draft->has_k;
    info->estimatedCost = vss_estimate_search(draft->table, vector, is_whole);
    if (is_whole) info->estimatedRows = (sqlite3_int64)vss_estimate_rows(draft->table) + 1;
  }
  for (int i = 0; i < n_foreign; i++)
    info->estimatedCost *= 4;
}

/* Every term except the search, k and LIMIT. */
static void plan_terms(Draft *draft, int search) {
  const sqlite3_index_info *info = draft->info;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    if (i == search || !constraint->usable) continue;
    if (constraint->op == SQLITE_INDEX_CONSTRAINT_LIMIT ||
        constraint->op == SQLITE_INDEX_CONSTRAINT_OFFSET)
      continue;
    if (constraint->iColumn < draft->table->def.n_columns) {
      plan_filter(draft, i);
    } else if (constraint->iColumn == vss_plan_distance_column(draft->table)) {
      plan_distance(draft, i);
    }
  }
}

/*
** Both halves of idxStr, and the mark. When memory ran out, it is NULL, or else words are missing,
** which only EXPLAIN reads.
*/
static char *finish(Draft *draft, const char *what, const char *how, int limited) {
  char *words = sqlite3_str_finish(draft->words), *lookups = sqlite3_str_finish(draft->lookups);
  char *marks = sqlite3_str_finish(draft->marks); /* NULL without arguments, too */
  sqlite3_str_appendf(draft->program, "|%s%s%s%s", what, how, lookups ? lookups : "",
                      words ? words : "");
  int is_out_of_memory = !marks && draft->n_args > 0;
  vss_drive_mark(draft->program, draft->info, marks ? marks : "", limited,
                 vss_plan_distance_column(draft->table));
  sqlite3_free(words);
  sqlite3_free(lookups);
  sqlite3_free(marks);
  if (is_out_of_memory) {
    sqlite3_free(sqlite3_str_finish(draft->program));
    return NULL;
  }
  return sqlite3_str_finish(draft->program);
}

/* A row by its rowid. SQLite checks all other terms by itself. 0: no term asks for one. */
static int plan_row(const VssTable *table, sqlite3_index_info *info) {
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    if (!constraint->usable || column_of(table, constraint->iColumn) >= 0 ||
        constraint->op != SQLITE_INDEX_CONSTRAINT_EQ)
      continue;
    info->aConstraintUsage[i].argvIndex = 1;
    info->idxNum = VSS_PLAN_ROWID;
    info->idxStr = "e;|rowid";
    info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
    info->estimatedCost = VSS_ESTIMATE_ROW;
    info->estimatedRows = 1;
    return 1;
  }
  return 0;
}

/* The rows that pass the terms, in the order that the query asks for or in that of their rowids. */
static int plan_scan(VssTable *table, sqlite3_index_info *info) {
  Draft draft = {.table = table, .info = info, .is_scan = 1, .part = 1};
  open_draft(&draft);
  sqlite3_str *by = sqlite3_str_new(table->db);
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    if (!constraint->usable || constraint->op == SQLITE_INDEX_CONSTRAINT_LIMIT ||
        constraint->op == SQLITE_INDEX_CONSTRAINT_OFFSET)
      continue;
    if (constraint->iColumn < table->def.n_columns) plan_filter(&draft, i);
  }
  /* What a key names is in no list that could be sorted. */
  int is_by_key = draft.by_key > 0;
  VssListOrder order = vss_plan_order(table, info, is_by_key, draft.part, draft.program, by);
  vss_plan_used(table, info, draft.program);
  info->orderByConsumed = order.is_consumed;
  info->idxNum = VSS_PLAN_SCAN | (order.is_descending ? VSS_PLAN_DESCENDING : 0);
  char *columns = sqlite3_str_finish(by);
  const char *rows_by = is_by_key ? table->def.id->name : columns ? columns : "rowid";
  int is_all = draft.n_args == 0;
  char *what = is_all && !columns
                   ? sqlite3_mprintf("every row")
                   : sqlite3_mprintf("%s by %s", is_all ? "every row" : "rows", rows_by);
  info->idxStr =
      finish(&draft, what ? what : "", order.is_descending && !columns ? ", last first" : "", 0);
  sqlite3_free(what);
  sqlite3_free(columns);
  if (!info->idxStr) return SQLITE_NOMEM;
  info->needToFreeIdxStr = 1;
  double rows = is_by_key ? draft.by_key : vss_estimate_rows(table) * draft.part;
  info->estimatedCost = is_by_key
                            ? rows * VSS_ESTIMATE_ROW
                            : vss_estimate_scan(table, draft.n_args, rows, order.is_by_columns);
  info->estimatedRows = is_by_key ? (sqlite3_int64)rows : (sqlite3_int64)rows + 1;
  if (draft.is_one) info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
  return SQLITE_OK;
}

/* Plans without a search: a look-up by rowid, or a scan. */
static int plan_without_search(VssTable *table, sqlite3_index_info *info) {
  if (plan_row(table, info)) return SQLITE_OK;
  /* k is NULL in every row of a scan, so that `k = 5` would give no row without saying why. */
  for (int i = 0; i < info->nConstraint; i++) {
    if (info->aConstraint[i].iColumn == vss_plan_k_column(table)) {
      return vss_vtab_fail(
          table, SQLITE_ERROR,
          ": k = ? without a search; add `<vector column> match ?` or vss_search(), with a query "
          "from no table behind it in a CROSS or LEFT JOIN");
    }
  }
  return plan_scan(table, info);
}

/*
** The plan of a search: its program and its words, which grow term by term, and its cost. Terms
** whose right side is not usable (it comes from a table that is visited later) are left to SQLite.
*/
static int plan_search(VssTable *table, sqlite3_index_info *info, int search) {
  const VssColumnDef *column = &table->def.columns[info->aConstraint[search].iColumn];
  int range = info->aConstraint[search].op == VSS_PLAN_FUNCTION_RANGE;
  Draft draft = {.table = table, .info = info, .is_branch = vss_shape_is_branch(table, info)};
  open_draft(&draft);
  VssStep first = {.kind = range ? 'r' : 's', .number = column->number};
  vss_program_append(draft.program, &first);
  take(&draft, search, 1);
  if (vss_shape_is_foreign(info, search)) draft.n_foreign++;

  int rc = plan_k(&draft);
  if (rc != SQLITE_OK) {
    sqlite3_free(sqlite3_str_finish(draft.program));
    sqlite3_free(sqlite3_str_finish(draft.words));
    sqlite3_free(sqlite3_str_finish(draft.lookups));
    sqlite3_free(sqlite3_str_finish(draft.marks));
    return rc;
  }
  plan_terms(&draft, search);
  /* xNext hands rows out in this order in any case; here SQLite is told so. */
  info->orderByConsumed = order_matches(table, info, table->def.vectors[column->number].metric);
  /* Where SQLite sorts, it wants every row: LIMIT says nothing then about how many. */
  int limited = (info->nOrderBy == 0 || info->orderByConsumed) && plan_limit(&draft);
  set_cost(&draft, column->number);
  char *what = sqlite3_mprintf("%snearest first by %s", range ? "range, " : "", column->name);
  info->idxStr = finish(&draft, what ? what : "",
                        draft.has_k ? ", top k"
                        : limited   ? ", top-k from LIMIT"
                                    : ", streaming",
                        limited);
  sqlite3_free(what);
  if (!info->idxStr) return SQLITE_NOMEM;
  info->needToFreeIdxStr = 1;
  info->idxNum = VSS_PLAN_SEARCH;
  /* SQLite honours `omit` for the first 16 constraints only. */
  if (search >= 16) info->idxNum |= VSS_PLAN_UNOMITTED;
  return SQLITE_OK;
}

/*
** SQLite asks several times per query, with different constraints usable, and takes the cheapest
** plan.
*/
int vss_plan_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info) {
  VssTable *table = (VssTable *)vtab;
  int rc = SQLITE_OK;
  int search = vss_shape_find_search(table, info, &rc);
  if (rc != SQLITE_OK) return rc;
  if (search == -2) return SQLITE_CONSTRAINT;
  return search == -1 ? plan_without_search(table, info) : plan_search(table, info, search);
}
