/*
** See vss0/rows.h.
**
**   slots     [ 0 | 1 | 4 | 5 ]      from the bitmap, in slot order
**   rowids    [ 7 | 9 | 2 | 8 ]      of these slots
**                 | sort, unless they ascend already, as they do in a table that only grew
**   slots     [ 4 | 0 | 5 | 1 ]
**   rowids    [ 2 | 7 | 8 | 9 ]
**                 | sort by columns, where the query asks for that (filter/order.h)
**   slots     [ 0 | 4 | 5 | 1 ]
**   rowids    [ 7 | 2 | 8 | 9 ]
*/
#include "vss0/rows.h"

#include <stdlib.h>
#include <string.h>

#include "filter/order.h"
#include "sqlite/error.h"
#include "vss0/drive.h"
#include "vss0/lookup.h"

/* Where more than this part of the rows has to be read anyway, a scan reads them faster. */
#define READ_PART 4

/* So many rows are looked at ahead: a query with LIMIT may want none of them. */
#define MOST_REPEATS 256u
/* After so many values that are not repeated, no repetition is looked for any more. */
#define MOST_LONE 16

void vss_rows_free(VssRows *rows) {
  for (int i = 0; i < rows->n_terms; i++)
    vss_term_close(&rows->terms[i]);
  vss_free(rows->terms);
  vss_free(rows->rowids);
  vss_free(rows->slots);
  vss_free(rows->repeats);
  memset(rows, 0, sizeof *rows);
}

/* ---- terms ---- */

/*
** A number that is compared with a column of text may be a member of a row value with IN, which
** SQLite compares wrongly. Only then is the program asked: it costs more than most queries.
*/
static int refuse_listed(VssTable *table, const char *plan, int argc, sqlite3_value **argv) {
  const char *program = plan;
  int is_doubtful = 0;
  for (int i = 0; i < argc; i++) {
    VssStep step;
    program = vss_program_next(program, &step);
    if (step.kind != 'f' || step.op != VSS_OP_EQ) continue;
    VssAffinity affinity = table->def.filters[table->def.columns[step.number].number].affinity;
    int type = sqlite3_value_type(argv[i]);
    if ((affinity == VSS_AFF_TEXT || affinity == VSS_AFF_BLOB) &&
        (type == SQLITE_INTEGER || type == SQLITE_FLOAT))
      is_doubtful = 1;
  }
  if (!is_doubtful) return SQLITE_OK;
  const char *foreign;
  int rc = vss_drive_find_args(table, plan, &foreign);
  return rc == SQLITE_OK ? vss_lookup_refuse_listed(table, plan, foreign, argc) : rc;
}

static int open_terms(VssTable *table, VssRows *rows, const char *program, int argc,
                      sqlite3_value **argv) {
  if (argc == 0) return SQLITE_OK;
  rows->terms = vss_malloc((uint64_t)argc * sizeof *rows->terms);
  if (!rows->terms) return SQLITE_NOMEM;
  int rc = SQLITE_OK;
  for (int i = 0; i < argc && rc == SQLITE_OK; i++) {
    VssStep step;
    program = vss_program_next(program, &step);
    rc = vss_term_open_stored(table, &step, argv[i], &rows->terms[rows->n_terms++]);
  }
  return rc;
}

int vss_rows_test(VssRows *rows, sqlite3_stmt *statement, int *out_pass) {
  *out_pass = 1;
  for (int i = 0; i < rows->n_terms && *out_pass; i++) {
    VssTerm *term = &rows->terms[i];
    /* The rowid is the last column, behind the filters. */
    int column = term->filter >= 0 ? term->filter : sqlite3_column_count(statement) - 1;
    sqlite3_value *stored = sqlite3_column_value(statement, column), *copy = NULL;
    /*
    ** A text is read as UTF-8, into which SQLite converts it in its place. What is not valid UTF-16
    ** would not be the row's own text any more when SQLite compares it again.
    */
    if (term->table->utf16 && !(copy = sqlite3_value_dup(stored))) return SQLITE_NOMEM;
    VssValue value;
    int code = vss_value_borrow(copy ? copy : stored, &value);
    int rc = vss_error_sqlite_rc(code, SQLITE_OK);
    if (rc == SQLITE_OK) rc = vss_term_test_value(term, &value, out_pass);
    sqlite3_value_free(copy);
    if (rc != SQLITE_OK) return rc;
  }
  return SQLITE_OK;
}

/* ---- from what is resident ---- */

/* A row while the list is sorted. */
typedef struct Pair {
  int64_t rowid;
  uint32_t slot;
} Pair;

static int compare_pairs(const void *a, const void *b) {
  int64_t left = ((const Pair *)a)->rowid, right = ((const Pair *)b)->rowid;
  return (left > right) - (left < right);
}

static int sort_list(VssRows *rows) {
  Pair *pairs = vss_malloc((uint64_t)rows->n * sizeof *pairs);
  if (!pairs) return SQLITE_NOMEM;
  for (uint32_t i = 0; i < rows->n; i++)
    pairs[i] = (Pair){rows->rowids[i], rows->slots[i]};
  qsort(pairs, rows->n, sizeof *pairs, compare_pairs);
  for (uint32_t i = 0; i < rows->n; i++) {
    rows->rowids[i] = pairs[i].rowid;
    rows->slots[i] = pairs[i].slot;
  }
  vss_free(pairs);
  return SQLITE_OK;
}

static void reverse_list(VssRows *rows) {
  for (uint32_t i = 0, j = rows->n; i + 1 < j; i++) {
    j--;
    int64_t rowid = rows->rowids[i];
    uint32_t slot = rows->slots[i];
    rows->rowids[i] = rows->rowids[j];
    rows->slots[i] = rows->slots[j];
    rows->rowids[j] = rowid;
    rows->slots[j] = slot;
  }
}

/* Make the list of the rows of a text key, if a term has one. */
static int look_up(VssRows *rows, int is_descending) {
  const VssTerm *term = rows->terms, *end = rows->terms + rows->n_terms;
  while (term < end && !term->is_looked_up)
    term++;
  if (term == end) return SQLITE_OK;
  rows->n = vss_term_count(term);
  rows->rowids = vss_malloc(rows->n * sizeof *rows->rowids);
  if (!rows->rowids) return SQLITE_NOMEM;
  for (uint32_t i = 0; i < rows->n; i++)
    rows->rowids[i] = vss_term_rowids(term)[is_descending ? rows->n - 1 - i : i];
  rows->is_looked_up = 1;
  return SQLITE_OK;
}

int vss_rows_must_test(const VssRows *rows) {
  return rows->is_looked_up && rows->n_terms > 1;
}

/* The rows of a bitmap, in the order of their rowids. */
static int make_list(const VssTable *table, VssRows *rows, const VssBitmap *slots, uint64_t n,
                     int is_descending) {
  const int64_t *rowids = table->resident.map.rowids;
  rows->rowids = vss_malloc(n * sizeof *rows->rowids);
  rows->slots = vss_malloc(n * sizeof *rows->slots);
  rows->repeats = vss_calloc((uint64_t)table->def.n_filters, sizeof *rows->repeats);
  if (!rows->rowids || !rows->slots || !rows->repeats) return SQLITE_NOMEM;
  int is_ascending = 1;
  for (uint32_t word = 0; word < slots->n_words; word++) {
    for (uint64_t bits = slots->words[word]; bits; bits &= bits - 1) {
      uint32_t slot = word * VSS_BLOCK_ROWS + (uint32_t)__builtin_ctzll(bits);
      if (rows->n && rowids[slot] < rows->rowids[rows->n - 1]) is_ascending = 0;
      rows->rowids[rows->n] = rowids[slot];
      rows->slots[rows->n++] = slot;
    }
  }
  int rc = is_ascending ? SQLITE_OK : sort_list(rows);
  if (is_descending) reverse_list(rows);
  rows->generation = table->resident.generation;
  rows->is_resident = 1;
  return rc;
}

const VssValue *vss_rows_fetch(const VssTable *table, VssRows *rows, int filter) {
  const VssColumn *column = table->columns[filter];
  if (!column) return NULL;
  VssRepeat *repeat = &rows->repeats[filter];
  uint32_t at = rows->next - 1, left = rows->n - at;
  uint32_t most = left < MOST_REPEATS ? left : MOST_REPEATS, n = 1;
  vss_column_get(column, rows->slots[at], &repeat->value);
  if (repeat->n_lone < MOST_LONE) n = vss_column_repeats(column, rows->slots + at, most);
  repeat->n_lone = n > 1 ? 0 : repeat->n_lone + 1;
  repeat->end = at + n;
  return &repeat->value;
}

/* Sort the list by the steps '<' and '>' of the plan, rows with equal values by their rowids. */
static int order_list(VssTable *table, VssRows *rows, const char *program, int n_keys) {
  VssOrderKey *keys = vss_malloc((uint64_t)n_keys * sizeof *keys);
  if (!keys) return SQLITE_NOMEM;
  int n = 0, rc = SQLITE_OK;
  VssStep step;
  while (rc == SQLITE_OK && (program = vss_program_next(program, &step)) != NULL) {
    if (step.kind != '<' && step.kind != '>') continue;
    int filter = table->def.columns[step.number].number;
    rc = vss_table_load_column(table, filter);
    keys[n++] = (VssOrderKey){.column = table->columns[filter],
                              .collation = step.collation,
                              .is_descending = step.kind == '>'};
  }
  if (rc == SQLITE_OK)
    rc = vss_error_sqlite_rc(vss_order_slots(keys, n, rows->slots, rows->n), SQLITE_OK);
  vss_free(keys);
  for (uint32_t i = 0; i < rows->n && rc == SQLITE_OK; i++)
    rows->rowids[i] = table->resident.map.rowids[rows->slots[i]];
  return rc;
}

/* 1 when a column that the query asks for is not resident. `used`: a bit per filter column. */
static int reads_rows(const VssTable *table, uint32_t used) {
  for (int i = 0; i < table->def.n_filters; i++) {
    if ((used >> (i < 30 ? i : 30) & 1) && !table->columns[i]) return 1;
  }
  return 0;
}

/* Load the columns of the terms, when they have been compared before. 0: they are not resident. */
static int load_columns(VssTable *table, const VssRows *rows, int *out_resident) {
  int is_first = 0, rc = SQLITE_OK;
  for (int i = 0; i < rows->n_terms; i++) {
    int filter = rows->terms[i].filter;
    if (filter >= 0 && !table->columns[filter] && table->n_row_scans == 0) is_first = 1;
  }
  if (is_first) table->n_row_scans++;
  for (int i = 0; i < rows->n_terms && !is_first && rc == SQLITE_OK; i++) {
    if (rows->terms[i].filter >= 0) rc = vss_table_load_column(table, rows->terms[i].filter);
  }
  *out_resident = !is_first;
  return rc;
}

/* What the steps without an argument say. */
typedef struct Output {
  uint32_t used; /* a bit per filter column */
  int n_keys;    /* columns to sort by */
  int is_descending;
} Output;

/*
** Make the list, unless reading <t>_rows from end to end is the better way. An order that was
** promised when the rows were resident is kept.
*/
static int start_resident(VssTable *table, VssRows *rows, const char *plan, const Output *output) {
  int is_promised = output->is_descending || output->n_keys > 0, is_resident = 0;
  int rc = vss_table_sync(table);
  if (rc == SQLITE_OK) rc = load_columns(table, rows, &is_resident);
  if (rc != SQLITE_OK || (!is_resident && !is_promised)) return rc;
  for (int i = 0; i < rows->n_terms && !is_resident && rc == SQLITE_OK; i++) {
    if (rows->terms[i].filter >= 0) rc = vss_table_load_column(table, rows->terms[i].filter);
  }
  VssBitmap slots = {0};
  if (rc == SQLITE_OK)
    rc = vss_error_sqlite_rc(vss_bitmap_copy(&slots, &table->resident.map.live), SQLITE_OK);
  for (int i = 0; i < rows->n_terms && rc == SQLITE_OK; i++)
    rc = vss_term_apply(&rows->terms[i], &slots);
  uint64_t n = vss_bitmap_count(&slots);
  int is_scan =
      !is_promised && n > table->resident.map.n_live / READ_PART && reads_rows(table, output->used);
  if (rc == SQLITE_OK && !is_scan) rc = make_list(table, rows, &slots, n, output->is_descending);
  vss_bitmap_free(&slots);
  if (rc == SQLITE_OK && output->n_keys > 0) rc = order_list(table, rows, plan, output->n_keys);
  return rc;
}

int vss_rows_start(VssTable *table, VssRows *rows, const char *plan, int is_descending, int argc,
                   sqlite3_value **argv, sqlite3_stmt **out_statement) {
  const char *program = plan;
  Output output = {.is_descending = is_descending};
  VssStep step;
  while ((program = vss_program_next(program, &step)) != NULL) {
    if (step.kind == 'u') output.used = (uint32_t)step.number;
    output.n_keys += step.kind == '<' || step.kind == '>';
  }
  int rc = refuse_listed(table, plan, argc, argv);
  if (rc == SQLITE_OK) rc = open_terms(table, rows, plan, argc, argv);
  /* A list of keys is not sorted. */
  if (rc == SQLITE_OK && output.n_keys == 0) rc = look_up(rows, is_descending);
  if (rc != SQLITE_OK || rows->is_looked_up) return rc;
  if (table->loaded || is_descending || output.n_keys > 0)
    rc = start_resident(table, rows, plan, &output);
  if (rc == SQLITE_OK && !rows->is_resident) rc = vss_store_scan_rows(&table->store, out_statement);
  return rc;
}
