/*
** A cursor over a vss0 table: xFilter carries out the plan of vss0/plan.c, xNext hands out rows.
**
** A search cursor owns a ranking (index/rank.h), which hands out rows in order of (distance, rowid) and fetches vectors
** as it goes. A scan or a look-up by rowid reads <t>_rows. Filter values come from `row`, a statement on <t>_rows
** positioned on the current row when a column is first asked for.
*/
#include <string.h>

#include "sqlite/stop.h"
#include "sqlite/error.h"
#include "vss0/check.h"
#include "vss0/plan.h"
#include "vss0/search.h"

int vss_vtab_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out_cursor) {
  (void)vtab;
  VssCursor *cursor = sqlite3_malloc64(sizeof *cursor);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  cursor->eof = 1;
  *out_cursor = &cursor->base;
  return SQLITE_OK;
}

/* Back to the state after xOpen: xFilter may be called again and again. */
static void reset_cursor(VssCursor *cursor) {
  VssTable *table = vss_cursor_table(cursor);
  if (cursor->open.rank) {
    VssOpenRank **link = &table->open_ranks;
    while (*link != &cursor->open)
      link = &(*link)->next;
    *link = cursor->open.next;
    table->stats.refined += vss_rank_refined(cursor->open.rank);
    vss_rank_free(cursor->open.rank);
  }
  if (cursor->unomitted) table->n_unomitted--;
  cursor->unomitted = 0;
  memset(&cursor->open, 0, sizeof cursor->open);
  vss_bounds_free(&cursor->bounds);
  for (int i = 0; i < cursor->n_checks; i++)
    sqlite3_finalize(cursor->checks[i]);
  vss_free(cursor->checks);
  cursor->checks = NULL;
  cursor->n_checks = 0;
  sqlite3_finalize(cursor->row);
  cursor->row = NULL;
  cursor->row_is_current = 0;
  cursor->eof = 1;
}

int vss_vtab_close(sqlite3_vtab_cursor *base) {
  VssCursor *cursor = (VssCursor *)base;
  reset_cursor(cursor);
  vss_ahead_free(&cursor->ahead);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

/* ---- xFilter ---- */

/* How many rows SQLite will probably ask for; 0: unknown. It sizes the first batch of the ranking and nothing else. */
static uint64_t k_hint(const VssSearch *search) {
  if (search->k >= 0) return (uint64_t)search->k;
  if (search->limit >= 0) return (uint64_t)search->limit + (uint64_t)search->offset;
  return 0;
}

/* Rank the rows that the filters left. Only a query that brought others with it goes by way of vss0/ahead.h. */
static int open_rank(VssCursor *cursor, const VssSearch *search) {
  VssTable *table = vss_cursor_table(cursor);
  VssAheadSearch wanted = {search->vector,    search->queries.data,
                           search->n_queries, search->filtered ? &search->slots : NULL,
                           k_hint(search),    search->max_key};
  int code;
  if (search->n_queries > 1 || vss_ahead_is_open(&cursor->ahead)) {
    code = vss_ahead_open(&cursor->ahead, table, &wanted, &cursor->open.rank);
  } else {
    VssRankRequest request = {
        .scan = {.queries = wanted.queries,
                 .n_queries = 1,
                 .max_key = wanted.max_key,
                 .filter = wanted.filter,
                 .stop = vss_stop_of_connection(table->db)},
        .rowids = table->map.rowids,
        .k_hint = wanted.k_hint,
    };
    code = vss_rank_open(table->indexes[wanted.vector], &request, &cursor->open.rank);
    if (code == VSS_OK) table->stats.passes++;
  }
  if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
  cursor->fetcher = (VssFetcher){table, search->vector, SQLITE_OK};
  cursor->open.next = table->open_ranks;
  table->open_ranks = &cursor->open;
  table->stats.searches++;
  table->stats.selected += vss_rank_selected(cursor->open.rank);
  return SQLITE_OK;
}

/* Read the arguments as the plan's program says, and open the ranking. */
static int start_search(VssCursor *cursor, const char *program, int argc, sqlite3_value **argv) {
  VssTable *table = vss_cursor_table(cursor);
  VssSearch search = {0};
  int rc = vss_table_sync(table);
  if (rc == SQLITE_OK) rc = vss_search_read(cursor, program, argc, argv, &search);
  cursor->remaining = search.k;
  if (rc == SQLITE_OK && search.k != 0) rc = open_rank(cursor, &search);
  vss_search_release(&search);
  return rc;
}

int vss_vtab_filter(sqlite3_vtab_cursor *base, int plan, const char *program, int argc,
                    sqlite3_value **argv) {
  VssCursor *cursor = (VssCursor *)base;
  VssTable *table = vss_cursor_table(cursor);
  reset_cursor(cursor);
  cursor->plan = plan & ~VSS_PLAN_UNOMITTED;
  int rc;
  if (cursor->plan == VSS_PLAN_SEARCH) {
    if (plan & VSS_PLAN_UNOMITTED) {
      cursor->unomitted = 1;
      table->n_unomitted++;
    }
    rc = start_search(cursor, program, argc, argv);
  } else if (cursor->plan == VSS_PLAN_ROWID) {
    rc = vss_store_prepare_read_row(&table->store, &cursor->row);
    if (rc == SQLITE_OK) rc = sqlite3_bind_value(cursor->row, 1, argv[0]);
  } else {
    rc = vss_store_scan_rows(&table->store, &cursor->row);
  }
  if (rc != SQLITE_OK) return rc;
  cursor->eof = 0;
  return vss_vtab_next(base);
}

/* ---- rows ---- */

static int next_hit(VssCursor *cursor) {
  cursor->row_is_current = 0;
  if (cursor->remaining == 0) {
    cursor->eof = 1;
    return SQLITE_OK;
  }
  int within = 0;
  while (!within) {
    int done = 0;
    int code = vss_rank_next(cursor->open.rank, vss_table_fetch_row, &cursor->fetcher, &cursor->hit,
                             &done);
    if (code != VSS_OK) return vss_error_sqlite_rc(code, cursor->fetcher.rc);
    if (done) {
      cursor->eof = 1;
      return SQLITE_OK;
    }
    code = vss_bounds_test(&cursor->bounds, cursor->hit.distance, &within);
    if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
    for (int i = 0; i < cursor->n_checks && within; i++) {
      int rc = vss_check_test(cursor->checks[i], cursor->hit.rowid, (double)cursor->hit.distance,
                              &within);
      if (rc != SQLITE_OK) return rc;
    }
  }
  if (cursor->remaining > 0) cursor->remaining--;
  return SQLITE_OK;
}

int vss_vtab_next(sqlite3_vtab_cursor *base) {
  VssCursor *cursor = (VssCursor *)base;
  if (cursor->plan == VSS_PLAN_SEARCH) return next_hit(cursor);
  int rc = sqlite3_step(cursor->row);
  if (rc != SQLITE_ROW) {
    cursor->eof = 1;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
  }
  cursor->hit.rowid = sqlite3_column_int64(cursor->row, sqlite3_column_count(cursor->row) - 1);
  cursor->row_is_current = cursor->row_found = 1;
  return SQLITE_OK;
}

int vss_vtab_eof(sqlite3_vtab_cursor *base) {
  return ((VssCursor *)base)->eof;
}

int vss_vtab_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out_rowid) {
  *out_rowid = ((VssCursor *)base)->hit.rowid;
  return SQLITE_OK;
}

/* Position `row` on the current hit. */
static int find_row(VssCursor *cursor) {
  if (cursor->row_is_current) return SQLITE_OK;
  int rc = SQLITE_OK;
  if (!cursor->row) rc = vss_store_prepare_read_row(&vss_cursor_table(cursor)->store, &cursor->row);
  if (rc != SQLITE_OK) return rc;
  sqlite3_reset(cursor->row);
  sqlite3_bind_int64(cursor->row, 1, cursor->hit.rowid);
  rc = sqlite3_step(cursor->row);
  cursor->row_found = rc == SQLITE_ROW;
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return rc;
  cursor->row_is_current = 1;
  return SQLITE_OK;
}

static int vector_result(VssCursor *cursor, sqlite3_context *context, int number) {
  VssTable *table = vss_cursor_table(cursor);
  sqlite3_uint64 size_bytes = vss_vector_bytes(&table->def.vectors[number]);
  float *vector = sqlite3_malloc64(size_bytes);
  if (!vector) return SQLITE_NOMEM;
  int rc = vss_store_read_vector(&table->store, number, cursor->hit.rowid, vector);
  if (rc == SQLITE_OK) {
    sqlite3_result_blob64(context, vector, size_bytes, sqlite3_free);
    return SQLITE_OK;
  }
  sqlite3_free(vector);
  return rc == SQLITE_DONE ? SQLITE_OK : rc; /* NULL */
}

int vss_vtab_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  VssCursor *cursor = (VssCursor *)base;
  VssTable *table = vss_cursor_table(cursor);
  /* UPDATE reads what it does not change, and would hand a distance back to be written. */
  if (sqlite3_vtab_nochange(context)) return SQLITE_OK;
  if (column == vss_plan_distance_column(table)) {
    if (cursor->plan == VSS_PLAN_SEARCH)
      sqlite3_result_double(context, (double)cursor->hit.distance);
    return SQLITE_OK;
  }
  if (column >= table->def.n_columns) return SQLITE_OK;
  int number = table->def.columns[column].number;
  if (table->def.columns[column].is_vector) return vector_result(cursor, context, number);
  int rc = find_row(cursor);
  if (rc == SQLITE_OK && cursor->row_found)
    sqlite3_result_value(context, sqlite3_column_value(cursor->row, number));
  return rc;
}
