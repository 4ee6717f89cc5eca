/*
** A cursor over a vss0 table: xFilter carries out the plan of vss0/plan.c, xNext hands out rows.
**
**   a search    ranking  -->  bounds on the distance  -->  checks under k  -->  hit  -->  xColumn
**   a scan      `row`, a statement on <t>_rows, stepped from row to row
**   a look-up   the same with one row
**
** A search cursor owns a ranking (index/rank.h), which hands out rows in the order of (distance,
** rowid) and fetches vectors as it goes: SQLite may stop asking at any row. Filter values are read
** from <t>_rows only when xColumn asks for one; then `row` is positioned on the current hit.
*/
#include <string.h>

#include "sqlite/stop.h"
#include "sqlite/error.h"
#include "vss0/check.h"
#include "vss0/drive.h"
#include "vss0/plan.h"
#include "vss0/search.h"

/* Everything is made in xFilter: SQLite may open a cursor and never use it. */
int vss_vtab_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out_cursor) {
  (void)vtab;
  VssCursor *cursor = sqlite3_malloc64(sizeof *cursor);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  cursor->eof = 1;
  *out_cursor = &cursor->base;
  return SQLITE_OK;
}

/*
** Back to the state after xOpen: SQLite calls xFilter again and again on one cursor, for example
** once per row of the outer table of a join. Only what was opened ahead stays:
**
**   xOpen, xFilter(q1), xNext ... xNext, xFilter(q2), xNext ... xNext, xClose
*/
static void reset_cursor(VssCursor *cursor) {
  VssTable *table = vss_cursor_table(cursor);
  if (cursor->open.rank) {
    table->stats.refined += vss_rank_refined(cursor->open.rank);
    vss_resident_close(&cursor->open);
  }
  if (cursor->unomitted) table->n_unomitted--;
  cursor->unomitted = 0;
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

/* The memory of what was opened ahead is freed here, and not between two calls of xFilter. */
int vss_vtab_close(sqlite3_vtab_cursor *base) {
  VssCursor *cursor = (VssCursor *)base;
  reset_cursor(cursor);
  vss_ahead_free(&cursor->ahead);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

/* ---- xFilter ---- */

/*
** How many rows SQLite will probably ask for; 0: unknown. It sizes the first batch of the ranking
** and nothing else: a wrong hint costs time, never a row.
*/
static uint64_t k_hint(const VssSearch *search) {
  if (search->k >= 0) return (uint64_t)search->k;
  if (search->limit >= 0) return (uint64_t)search->limit + (uint64_t)search->offset;
  return 0;
}

/*
** Rank the rows that the filters left. Only a query that brings others with it, or for which a
** ranking may have been opened ahead, goes by way of vss0/ahead.h.
*/
static int open_rank(VssCursor *cursor, const VssSearch *search) {
  VssTable *table = vss_cursor_table(cursor);
  VssResident *rows = &table->resident;
  VssRankRequest request = {.scan = {.queries = search->queries.data,
                                     .n_queries = search->n_queries,
                                     .max_key = search->max_key,
                                     .filter = search->filtered ? &search->slots : NULL,
                                     .stop = vss_stop_of_connection(table->db)},
                            .rowids = rows->map.rowids,
                            .k_hint = k_hint(search)};
  VssRank *rank = NULL;
  int code = VSS_OK;
  if (vss_ahead_is_open(&cursor->ahead))
    rank = vss_ahead_take(&cursor->ahead, rows, search->vector, &request);
  if (!rank) {
    code = search->n_queries > 1
               ? vss_ahead_open(&cursor->ahead, rows, search->vector, &request, &rank)
               : vss_rank_open(rows->indexes[search->vector], &request, &rank);
    if (code == VSS_OK) table->stats.passes++;
  }
  if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
  vss_resident_watch(rows, search->vector, rank, &cursor->open);
  table->stats.searches++;
  table->stats.selected += vss_rank_selected(rank);
  return SQLITE_OK;
}

/*
** Read the arguments as the plan's program says, and open the ranking. For k = 0 there is nothing
** to rank, but the arguments are read all the same: a mistake in them is an error for every k.
*/
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

/*
** Carry out the plan. In the plan for a search the bit VSS_PLAN_UNOMITTED says that SQLite will
** evaluate the search term again on each row; while such a search is open, the term's function
** answers "true".
*/
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
    rc = vss_drive_check(table, program);
    if (rc == SQLITE_OK) rc = start_search(cursor, program, argc, argv);
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

/*
** The next row of a search. Rows outside of the bounds, and under k those that fail a check, are
** passed over here and do not count under k. The ranking goes on where it stopped, so that this
** costs no new scan.
*/
static int next_hit(VssCursor *cursor) {
  cursor->row_is_current = 0;
  if (cursor->remaining == 0) {
    cursor->eof = 1;
    return SQLITE_OK;
  }
  int within = 0;
  while (!within) {
    int done = 0;
    int code = vss_resident_next(&cursor->open, &cursor->hit, &done);
    if (code != VSS_OK) return vss_error_sqlite_rc(code, vss_cursor_table(cursor)->reader_rc);
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

/* A scan's statement ends with the rowid, behind the filter columns. */
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

/*
** The rowid is known without reading the row, so that `select rowid` of a search reads vectors
** alone.
*/
int vss_vtab_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out_rowid) {
  *out_rowid = ((VssCursor *)base)->hit.rowid;
  return SQLITE_OK;
}

/*
** Position `row` on the current hit. The row may be gone, when it was deleted while the search was
** open.
*/
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

/* A vector column's value: the BLOB as it is stored. SQLite takes over the copy and frees it. */
static int vector_result(VssCursor *cursor, sqlite3_context *context, int number) {
  VssTable *table = vss_cursor_table(cursor);
  sqlite3_uint64 size_bytes = vss_vector_bytes(&table->def.vectors[number]);
  void *vector = sqlite3_malloc64(size_bytes);
  if (!vector) return SQLITE_NOMEM;
  int rc = vss_store_read_vector(&table->store, number, cursor->hit.rowid, vector);
  if (rc == SQLITE_OK) {
    sqlite3_result_blob64(context, vector, size_bytes, sqlite3_free);
    return SQLITE_OK;
  }
  sqlite3_free(vector);
  return rc == SQLITE_DONE ? SQLITE_OK : rc; /* NULL */
}

/*
** One value of the current row. `distance` is NULL outside of a search; k and the column of
** commands are always NULL. The statement stays on the row, so that the next column costs nothing.
*/
int vss_vtab_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  VssCursor *cursor = (VssCursor *)base;
  VssTable *table = vss_cursor_table(cursor);
  /* An UPDATE asks for the columns that it does not change. Without a value xUpdate knows which
  ** ones. */
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
