/*
** A cursor over a vss0 table: xFilter carries out the plan of vss0/plan.c, xNext hands out rows.
**
**   a search       ranking (vss0/ranked.h)           -->  hit  -->  xColumn
**   a look-up      the rows that a join names, with
**   in a search    their distances (vss0/lookup.h)   -->  hit  -->  xColumn
**   a scan         a list of rows, or `row`, a statement on <t>_rows (vss0/rows.h)
**   a row          `row`, with one row
**
** Filter values are read from <t>_rows only when xColumn asks for one; then `row` is positioned on
** the current hit.
*/
#include "vss0/cursor.h"

#include <string.h>

#include "vss0/drive.h"
#include "vss0/message.h"
#include "vss0/plan.h"

/* Everything is made in xFilter: SQLite may open a cursor and never use it. */
int vss_vtab_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **out_cursor) {
  ((VssTable *)vtab)->planned.n = 0; /* what is planned next is another statement */
  VssCursor *cursor = sqlite3_malloc64(sizeof *cursor);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof *cursor);
  cursor->eof = 1;
  *out_cursor = &cursor->base;
  return SQLITE_OK;
}

/*
** Back to the state after xOpen: SQLite calls xFilter again and again on one cursor, for example
** once per row of the outer table of a join. Only what was opened ahead stays, and what a look-up
** has read of the arguments that stay the same:
**
**   xOpen, xFilter(q1), xNext ... xNext, xFilter(q2), xNext ... xNext, xClose
*/
static void reset_cursor(VssCursor *cursor) {
  VssTable *table = vss_cursor_table(cursor);
  vss_ranked_close(table, &cursor->open);
  if (cursor->unomitted) table->n_unomitted--;
  cursor->unomitted = 0;
  vss_search_release(&cursor->search);
  vss_rows_free(&cursor->rows);
  vss_lookup_leave(&cursor->lookup);
  sqlite3_finalize(cursor->row);
  cursor->row = NULL;
  if (cursor->holds) vss_store_release(&table->store);
  cursor->holds = 0;
  cursor->row_is_current = 0;
  cursor->eof = 1;
}

/* What stays between two calls of xFilter is freed here. */
int vss_vtab_close(sqlite3_vtab_cursor *base) {
  VssCursor *cursor = (VssCursor *)base;
  reset_cursor(cursor);
  vss_ahead_free(&cursor->ahead);
  vss_lookup_free(&cursor->lookup);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

/* ---- xFilter ---- */

/* Read the arguments as the plan's program says. It has a step for each: xBestIndex wrote both. */
static int read_search(VssCursor *cursor, const char *program, int argc, sqlite3_value **argv) {
  vss_search_init(&cursor->search);
  int rc = SQLITE_OK;
  for (int i = 0; i < argc && rc == SQLITE_OK; i++) {
    VssStep step;
    program = vss_program_next(program, &step);
    rc = vss_search_read(vss_cursor_table(cursor), &cursor->search, &step, argv[i]);
  }
  return rc;
}

/*
** Find the way to the rows, and go it. For k = 0 there is nothing to rank, but the arguments are
** read all the same: a mistake in them is an error for every k.
*/
static int start_search(VssCursor *cursor, const char *program, int argc, sqlite3_value **argv) {
  VssTable *table = vss_cursor_table(cursor);
  VssLookup *lookup = &cursor->lookup;
  const char *foreign = NULL;
  cursor->remaining = -1;
  int rc = vss_drive_check(table, program, &foreign);
  if (rc == SQLITE_OK)
    rc = vss_lookup_enter(table, lookup, program, foreign, argc, argv, &cursor->way);
  if (rc != SQLITE_OK || cursor->way == VSS_BY_HITS) return rc;
  if (cursor->way == VSS_BY_RANKING)
    return vss_ranked_open(table, &lookup->moving, NULL, &cursor->open);
  rc = read_search(cursor, program, argc, argv);
  cursor->remaining = cursor->search.k;
  if (rc != SQLITE_OK || cursor->search.k == 0) return rc;
  return vss_ranked_open(table, &cursor->search, &cursor->ahead, &cursor->open);
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
  cursor->plan = plan & ~(VSS_PLAN_UNOMITTED | VSS_PLAN_DESCENDING);
  int rc;
  if (cursor->plan == VSS_PLAN_SEARCH) {
    if (plan & VSS_PLAN_UNOMITTED) {
      cursor->unomitted = 1;
      table->n_unomitted++;
    }
    rc = start_search(cursor, program, argc, argv);
  } else {
    rc = vss_table_check_format(table);
    if (rc == SQLITE_OK && cursor->plan == VSS_PLAN_ROWID) {
      rc = vss_store_prepare_read_row(&table->store, &cursor->row);
      if (rc == SQLITE_OK) rc = sqlite3_bind_value(cursor->row, 1, argv[0]);
    } else if (rc == SQLITE_OK) {
      rc = vss_rows_start(table, &cursor->rows, program, (plan & VSS_PLAN_DESCENDING) != 0, argc,
                          argv, &cursor->row);
      /* A scan reads vector after vector of the same packs. */
      cursor->holds = rc == SQLITE_OK;
      if (cursor->holds) vss_store_hold(&table->store);
    }
  }
  if (rc != SQLITE_OK) return rc;
  cursor->eof = 0;
  return vss_vtab_next(base);
}

/* ---- rows ---- */

/* The next row that a ranking hands out. */
static int next_ranked(VssCursor *cursor, int *out_done) {
  VssTable *table = vss_cursor_table(cursor);
  if (cursor->way == VSS_BY_SEARCH)
    return vss_ranked_next(table, &cursor->open, &cursor->search, &cursor->hit, out_done);
  int pass = 0;
  while (!pass) {
    int rc = vss_ranked_next(table, &cursor->open, &cursor->lookup.moving, &cursor->hit, out_done);
    if (rc != SQLITE_OK || *out_done) return rc;
    rc = vss_search_passes(&cursor->lookup.standing, &cursor->hit, &pass);
    if (rc != SQLITE_OK) return rc;
  }
  return SQLITE_OK;
}

/* The next row of a search, in whichever way they are found. */
static int next_hit(VssCursor *cursor) {
  VssLookup *lookup = &cursor->lookup;
  int done = 0;
  cursor->row_is_current = 0;
  if (cursor->way == VSS_BY_HITS) {
    done = lookup->next == lookup->n_hits;
    if (!done) cursor->hit = lookup->hits[lookup->next++];
  } else if (cursor->remaining == 0) {
    done = 1;
  } else {
    int rc = next_ranked(cursor, &done);
    if (rc != SQLITE_OK) return rc;
    if (cursor->remaining > 0) cursor->remaining--;
  }
  cursor->eof = done;
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

/* The next row of a list. Inline, because a count of rows does nothing else for each. */
static inline int next_listed(VssCursor *cursor) {
  VssRows *rows = &cursor->rows;
  cursor->row_is_current = 0;
  cursor->eof = rows->next == rows->n;
  if (!cursor->eof) cursor->hit.rowid = rows->rowids[rows->next++];
  return SQLITE_OK;
}

/* The next row that a key names. */
static int next_named(VssCursor *cursor) {
  int pass = 0, rc = SQLITE_OK;
  while (!pass && rc == SQLITE_OK) {
    next_listed(cursor);
    if (cursor->eof || !vss_rows_must_test(&cursor->rows)) return SQLITE_OK;
    rc = find_row(cursor);
    if (rc == SQLITE_OK && cursor->row_found) rc = vss_rows_test(&cursor->rows, cursor->row, &pass);
  }
  return rc;
}

/* A scan's statement ends with the rowid, behind the filter columns. */
static int next_stored(VssCursor *cursor) {
  int pass = 0;
  while (!pass) {
    int rc = sqlite3_step(cursor->row);
    if (rc != SQLITE_ROW) {
      cursor->eof = 1;
      return rc == SQLITE_DONE ? SQLITE_OK : rc;
    }
    rc = vss_rows_test(&cursor->rows, cursor->row, &pass);
    if (rc != SQLITE_OK) return rc;
  }
  cursor->hit.rowid = sqlite3_column_int64(cursor->row, sqlite3_column_count(cursor->row) - 1);
  cursor->row_is_current = cursor->row_found = 1;
  return SQLITE_OK;
}

int vss_vtab_next(sqlite3_vtab_cursor *base) {
  VssCursor *cursor = (VssCursor *)base;
  if (cursor->rows.is_resident) return next_listed(cursor);
  int rc = cursor->plan == VSS_PLAN_SEARCH ? next_hit(cursor)
           : cursor->rows.is_looked_up     ? next_named(cursor)
                                           : next_stored(cursor);
  return vss_vtab_name_failure(vss_cursor_table(cursor), rc);
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

/* A vector column's value: the BLOB as it is stored. SQLite takes over the copy and frees it. */
static int vector_result(VssCursor *cursor, sqlite3_context *context, int number) {
  VssTable *table = vss_cursor_table(cursor);
  sqlite3_uint64 size_bytes = vss_vector_bytes(&table->def.vectors[number]);
  void *vector = sqlite3_malloc64(size_bytes);
  if (!vector) return SQLITE_NOMEM;
  int rc = vss_table_read_stored(table, number, cursor->hit.rowid, vector);
  if (rc == SQLITE_OK) {
    sqlite3_result_blob64(context, vector, size_bytes, sqlite3_free);
    return SQLITE_OK;
  }
  sqlite3_free(vector);
  return rc == SQLITE_DONE ? SQLITE_OK : rc; /* NULL */
}

/*
** The value of a filter column from what is resident, where the row of a list has not changed
** since. Returns 0 where it has to be read. SQLite copies the bytes: a later write may move them.
*/
static int resident_result(VssCursor *cursor, sqlite3_context *context, int filter) {
  const VssTable *table = vss_cursor_table(cursor);
  VssRows *rows = &cursor->rows;
  if (!rows->is_resident || rows->generation != table->resident.generation) return 0;
  const VssValue *value = vss_rows_value(table, rows, filter);
  /* What is not valid UTF-16 is another text as UTF-8. */
  if (!value || (value->type == VSS_TEXT && table->utf16)) return 0;
  switch (value->type) {
    case VSS_INTEGER: sqlite3_result_int64(context, value->integer); break;
    case VSS_REAL: sqlite3_result_double(context, value->real); break;
    case VSS_TEXT:
      /* SQLite itself gave the text, so that its size fits. */
      sqlite3_result_text(context, value->bytes ? value->bytes : "", (int)value->size_bytes,
                          SQLITE_TRANSIENT);
      break;
    case VSS_BLOB:
      sqlite3_result_blob64(context, value->bytes ? value->bytes : "", value->size_bytes,
                            SQLITE_TRANSIENT);
      break;
    default: break;
  }
  return 1;
}

/* The value of a filter column from <t>_rows. */
static int stored_result(VssCursor *cursor, sqlite3_context *context, int filter) {
  int rc = find_row(cursor);
  if (rc == SQLITE_OK && cursor->row_found)
    sqlite3_result_value(context, sqlite3_column_value(cursor->row, filter));
  return rc;
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
  if (column >= table->def.n_columns) {
    if (column == vss_plan_distance_column(table) && cursor->plan == VSS_PLAN_SEARCH)
      sqlite3_result_double(context, (double)cursor->hit.distance);
    return SQLITE_OK;
  }
  if (vss_is_rowid_column(&table->def, column)) {
    sqlite3_result_int64(context, cursor->hit.rowid);
    return SQLITE_OK;
  }
  int number = table->def.columns[column].number;
  int is_vector = table->def.columns[column].is_vector;
  if (!is_vector && resident_result(cursor, context, number)) return SQLITE_OK;
  int rc =
      is_vector ? vector_result(cursor, context, number) : stored_result(cursor, context, number);
  return vss_vtab_name_failure(table, rc);
}
