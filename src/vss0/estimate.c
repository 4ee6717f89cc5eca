/*
** See vss0/estimate.h. Of a join of a table of N rows with M rows of another table:
**
**   search first    the codes of N rows, then 10 * N / M rows in their order: each is fetched, and
**                   looked up in the other table, until ten of them have a partner
**   look-up first   M entries, each with a row that is fetched
**
** With S the time of the scan and R that of a row in either plan, both take the same time where M *
** R = S + 10 * (N / M) * R. That M makes M * R the cost of the search: SQLite then puts the other
** table first where it expects fewer rows than M of it.
*/
#include "vss0/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "sqlite/value.h"
#include "vss0/lookup.h"

/* Nanoseconds, of `npm run bench -- --suite joins`. */
#define ROW_NS       3500.0
#define COMPONENT_NS 4.0    /* of a row */
#define CODE_NS      0.1    /* one byte in a scan of all rows */
#define SPARSE_NS    1.0    /* one byte of a row that is ranked among others */
#define ENTRY_NS     1000.0 /* a look-up that finds nothing */
#define WANTED_ROWS  10.0

/* Guesses where nothing is resident; the second is what SQLite assumes of an unknown index. */
#define GUESSED_ROWS   10000.0
#define ROWS_PER_VALUE 10.0
/*
** How many rows of a column are looked at. Of so many, 32,640 pairs tell how often two are equal.
*/
#define SAMPLE_ROWS 256
/*
** SQLite reckons 3 for a row of a scan, which takes it about 80 ns. Its sorter is reckoned at
** twenty times what it takes, so that costs have to be large beside it.
*/
#define COST_OF_NS 0.5

/* Keep the code of a read that failed, if it took an open transaction with it. */
static void note_lost(VssTable *table, int was_autocommit, int rc) {
  int is_lost = !was_autocommit && sqlite3_get_autocommit(table->store.db);
  if (is_lost && (rc & 0xff) == SQLITE_IOERR) table->estimate_rc = rc;
}

/*
** The number of rows that the counts begin with. strtod() would be most of what the module has of
** its C library.
*/
static double first_count(const char *counts) {
  double n = 0;
  for (; *counts >= '0' && *counts <= '9'; counts++)
    n = 10 * n + (*counts - '0');
  return n;
}

double vss_estimate_rows(VssTable *table) {
  if (table->loaded) return table->resident.map.n_live;
  char *counts = NULL;
  double rows = GUESSED_ROWS;
  int was_autocommit = sqlite3_get_autocommit(table->store.db);
  int rc = vss_store_read_counts(&table->store, &counts);
  if (rc == SQLITE_OK) rows = counts ? first_count(counts) : (double)table->n_touched;
  note_lost(table, was_autocommit, rc);
  sqlite3_free(counts);
  return rows;
}

int vss_estimate_take_error(VssTable *table) {
  int rc = table->estimate_rc;
  table->estimate_rc = SQLITE_OK;
  return rc;
}

/* A row that is fetched by its rowid, and its distance. */
static double row_ns(const VssTable *table, int vector) {
  return ROW_NS + COMPONENT_NS * table->def.vectors[vector].dim;
}

double vss_estimate_search(VssTable *table, int vector, int is_whole) {
  /* Not 0, so that a plan that waits for more tables still costs more. */
  double n = vss_estimate_rows(table) + 1;
  double scan = n * table->def.vectors[vector].dim * CODE_NS;
  double row = row_ns(table, vector);
  if (is_whole) return (scan + n * row) * COST_OF_NS;
  double same = (scan + sqrt(scan * scan + 4 * WANTED_ROWS * n * row * row)) / 2;
  return same * COST_OF_NS;
}

double vss_estimate_lookup(const VssTable *table, int vector, double rows) {
  double measured = rows < VSS_LOOKUP_ROWS ? rows : VSS_LOOKUP_ROWS;
  double ranked = rows * table->def.vectors[vector].dim * SPARSE_NS;
  if (rows <= VSS_LOOKUP_ROWS) ranked = 0;
  return (ENTRY_NS + measured * row_ns(table, vector) + ranked) * COST_OF_NS;
}

static int compare_values(const void *a, const void *b) {
  return vss_compare_values(a, b, VSS_COLL_BINARY);
}

/* Of n values (NULL is none), how many of all pairs are equal, as a share. Sorts them. */
static double equal_share(VssValue *values, int n) {
  if (n < 2) return 0;
  qsort(values, (size_t)n, sizeof *values, compare_values);
  double pairs = 0;
  for (int i = 1, run = 0; i < n; i++) {
    run = compare_values(&values[i - 1], &values[i]) == 0 ? run + 1 : 0;
    pairs += run;
  }
  return pairs / (0.5 * n * (n - 1));
}

/*
** The filter values of some rows, as copies: one statement is used for all of them. The rows have
** to be random: values often repeat in a pattern, and steps of any regular kind would meet it or
** miss it. Returns how many rows there are.
*/
static int take_sample(VssTable *table, sqlite3_value *(*out_values)[SAMPLE_ROWS]) {
  const VssIdmap *map = &table->resident.map;
  uint64_t random = 1;
  int n = 0;
  for (uint32_t i = 0; i < SAMPLE_ROWS; i++) {
    /* Knuth's MMIX generator, of which the high half is good: the same rows each time. */
    random = random * 6364136223846793005u + 1442695040888963407u;
    uint32_t slot = (uint32_t)((random >> 32) * map->n_slots >> 32);
    sqlite3_stmt *row;
    if (!vss_bitmap_get(&map->live, slot)) continue;
    int was_autocommit = sqlite3_get_autocommit(table->store.db);
    int rc = vss_store_read_row(&table->store, map->rowids[slot], &row);
    note_lost(table, was_autocommit, rc);
    if (rc != SQLITE_OK) continue;
    for (int f = 0; f < table->def.n_filters; f++)
      out_values[f][n] = sqlite3_value_dup(sqlite3_column_value(row, f));
    sqlite3_reset(row);
    n++;
  }
  return n;
}

/*
** Of random rows, the share of pairs with the same value is the share of the rows that the value of
** a random row has. All columns are estimated at once, since reading a row brings all of them.
*/
static void sample(VssTable *table, double n_rows) {
  int n_filters = table->def.n_filters;
  sqlite3_value *(*values)[SAMPLE_ROWS] = vss_calloc((uint64_t)n_filters, sizeof *values);
  if (!values) return;
  int n = take_sample(table, values);
  for (int f = 0; f < n_filters; f++) {
    VssValue borrowed[SAMPLE_ROWS];
    int n_borrowed = 0;
    for (int i = 0; i < n; i++) {
      int code = values[f][i] ? vss_value_borrow(values[f][i], &borrowed[n_borrowed]) : VSS_NOMEM;
      if (code == VSS_OK && borrowed[n_borrowed].type != VSS_NULL) n_borrowed++;
    }
    double rows = n_rows * equal_share(borrowed, n_borrowed);
    table->rows_per_value[f] = rows < 1 ? 1 : rows;
    for (int i = 0; i < n; i++)
      sqlite3_value_free(values[f][i]);
  }
  table->sampled_rows = n_rows;
  vss_free(values);
}

double vss_estimate_rows_per_value(VssTable *table, int filter) {
  if (!table->loaded || table->name_is_doubtful) return ROWS_PER_VALUE;
  double n_rows = table->resident.map.n_live;
  int is_known = table->rows_per_value && n_rows < 2 * table->sampled_rows + SAMPLE_ROWS &&
                 table->sampled_rows < 2 * n_rows + SAMPLE_ROWS;
  if (!table->rows_per_value)
    table->rows_per_value = vss_calloc((uint64_t)table->def.n_filters, sizeof(double));
  if (!table->rows_per_value) return ROWS_PER_VALUE;
  if (!is_known) sample(table, n_rows);
  double rows = table->rows_per_value[filter];
  return rows > 0 ? rows : ROWS_PER_VALUE;
}

/*
** A comparison looks at 64 slots at a time; a row that is read from <t>_rows goes through SQLite.
*/
#define SLOT_COST   0.02
#define LISTED_COST 3.0
#define SORTED_COST 0.5 /* a sort looks at a row about four times */
#define STORED_COST 5.0

double vss_estimate_scan(VssTable *table, int n_terms, double rows, int is_sorted) {
  double all = vss_estimate_rows(table);
  if (!table->loaded) return 10 + all * STORED_COST;
  double row = LISTED_COST + (is_sorted ? SORTED_COST : 0);
  return 10 + all * SLOT_COST * (1 + n_terms) + rows * row;
}

/* SQLite's own guesses, except where the sample knows better. */
double vss_estimate_part(VssTable *table, int filter, VssOp op) {
  double all = vss_estimate_rows(table) + 1;
  double same = filter < 0 ? 1 / all : vss_estimate_rows_per_value(table, filter) / all;
  double part;
  switch (op) {
    case VSS_OP_EQ:
    case VSS_OP_IS: part = same; break;
    case VSS_OP_IN: part = 5 * same; break;
    case VSS_OP_IS_NULL: part = 0.1; break;
    case VSS_OP_NE:
    case VSS_OP_IS_NOT:
    case VSS_OP_NOT_NULL: part = 0.9; break;
    default: part = 0.25; break;
  }
  return part < 1 ? part : 1;
}
