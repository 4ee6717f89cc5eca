/*
** See vss0/lookup.h. One entry, from the arguments to the rows:
**
**   arguments  --standing-->  key: as before?  --no-->  standing: query, bitmap, bounds, or error
**              --moving---->  terms, bounds
**
**   `rowid = ?` moves, or     its slot                   ─┐  the other moving terms are asked of
**   that of a text key                                    │
**   `column = ?` moves        its postings, in a join     ├─ each slot
**                             of many entries            ─┘
**   otherwise                 a bitmap
**
** The distances of a few rows are computed (VSS_BY_HITS), and many are ranked (VSS_BY_RANKING).
**
** With k, the bitmap of what stands has the k nearest rows alone.
*/
#include "vss0/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "sqlite/error.h"
#include "vss0/drive.h"
#include "vss0/message.h"
#include "vss0/ranked.h"
#include "vss0/search_params.h"

/*
** Postings cost as much as that many comparisons with the whole column, which are fast for numbers
** (100,000 slots: 20 us, postings 7 ms) and take one evaluation per distinct value otherwise. A
** join of fewer entries does not need them.
*/
#define ENTRIES_BEFORE_POSTINGS(numeric) ((numeric) ? 256 : 32)

/* ---- which arguments move ---- */

/* What the program and the marks of its arguments come down to. */
typedef struct Layout {
  int has_k;
  int query_moves; /* the query or k comes from the other table, or may do so */
  int n_moving;    /* terms that move */
  int has_rowid;   /* `rowid = ?` is one of them */
  int is_unknown;  /* of some term it is not known whether it moves */
} Layout;

/*
** A term that is the same for all rows of the join stands. Without k it does not matter for the
** answer which terms move, and finding a row by its rowid is best done anew each time.
*/
static int moves(const VssStep *step, char mark, int has_k) {
  if (!strchr("fidc", step->kind)) return 0;
  if (mark != VSS_ARG_OWN) return 1;
  return !has_k && step->kind == 'i' && step->op == VSS_OP_EQ;
}

static Layout read_layout(const char *program, const char *foreign, int argc,
                          sqlite3_value **argv) {
  Layout layout = {.has_k = sqlite3_value_pointer(argv[0], VSS_PARAMS_POINTER) != NULL};
  for (int i = 0; i < argc; i++) {
    VssStep step;
    program = vss_program_next(program, &step);
    if (step.kind == 'k') layout.has_k = 1;
    if (strchr("srk", step.kind)) {
      if (foreign[i] != VSS_ARG_OWN) layout.query_moves = 1;
    } else if (moves(&step, foreign[i], layout.has_k)) {
      layout.n_moving++;
      if (step.kind == 'i' && step.op == VSS_OP_EQ) layout.has_rowid = 1;
      if (foreign[i] == VSS_ARG_UNKNOWN) layout.is_unknown = 1;
    }
  }
  return layout;
}

/*
** Whether this is the place to carry the search out. A query that moves has k of its own at each
** entry. Without k, and unless one row is asked for, keeping anything would be in vain.
*/
static int is_wanted(const Layout *layout) {
  if (layout->n_moving == 0) return 0;
  return !layout->query_moves || (!layout->has_k && layout->has_rowid);
}

/* ---- the key of what stands ---- */

static void append_value(VssBuffer *key, sqlite3_value *value) {
  VssSearchParams *params = sqlite3_value_pointer(value, VSS_PARAMS_POINTER);
  if (!params) params = sqlite3_value_pointer(value, VSS_RANGE_POINTER);
  if (params) {
    append_value(key, params->vector);
    append_value(key, params->bound);
    return;
  }
  VssValue borrowed;
  if (vss_value_borrow(value, &borrowed) != VSS_OK) key->failed = 1;
  uint8_t type = (uint8_t)borrowed.type;
  vss_buffer_append(key, &type, sizeof type);
  switch (borrowed.type) {
    case VSS_INTEGER: vss_buffer_append(key, &borrowed.integer, sizeof borrowed.integer); break;
    case VSS_REAL: vss_buffer_append(key, &borrowed.real, sizeof borrowed.real); break;
    case VSS_NULL: break;
    default:
      vss_buffer_append(key, &borrowed.size_bytes, sizeof borrowed.size_bytes);
      vss_buffer_append(key, borrowed.bytes, borrowed.size_bytes);
  }
}

/* The set of an IN, member by member: a subquery may give another one each time. */
static int append_set(VssBuffer *key, sqlite3_value *in) {
  sqlite3_value *member;
  uint64_t n = 0;
  int rc = sqlite3_vtab_in_first(in, &member);
  for (; rc == SQLITE_OK && member; n++) {
    append_value(key, member);
    rc = sqlite3_vtab_in_next(in, &member);
  }
  vss_buffer_append(key, &n, sizeof n);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Every standing argument. Two keys are equal only if all of them are. */
static int make_key(VssBuffer *key, const char *program, const char *foreign, int has_k, int argc,
                    sqlite3_value **argv) {
  key->size_bytes = 0;
  int rc = SQLITE_OK;
  for (int i = 0; i < argc && rc == SQLITE_OK; i++) {
    VssStep step;
    program = vss_program_next(program, &step);
    if (moves(&step, foreign[i], has_k)) continue;
    int is_set = strchr("fid", step.kind) && vss_op_info(step.op)->right == VSS_RIGHT_SET;
    if (is_set) {
      rc = append_set(key, argv[i]);
    } else {
      append_value(key, argv[i]);
    }
  }
  return rc == SQLITE_OK ? vss_error_sqlite_rc(vss_buffer_status(key), SQLITE_OK) : rc;
}

/* ---- reading what stands ---- */

/* Put the k nearest rows in the place of the rows that pass, once for all entries. */
static int keep_nearest(VssTable *table, VssSearch *standing) {
  VssBitmap nearest = {0};
  VssOpenRank open = {0};
  int code = vss_bitmap_resize(&nearest, table->resident.map.live.n_words);
  int rc = vss_error_sqlite_rc(code, SQLITE_OK);
  if (rc == SQLITE_OK && standing->k > 0) rc = vss_ranked_open(table, standing, NULL, &open);
  for (sqlite3_int64 i = 0; i < standing->k && rc == SQLITE_OK; i++) {
    VssHit hit;
    int done;
    rc = vss_ranked_next(table, &open, standing, &hit, &done);
    if (rc != SQLITE_OK || done) break;
    uint32_t slot = vss_idmap_find(&table->resident.map, hit.rowid);
    /* Slots of live rows are below n_words * 64, so that this allocates nothing. */
    if (slot != VSS_NONE) vss_bitmap_set(&nearest, slot);
  }
  vss_ranked_close(table, &open);
  vss_bitmap_free(&standing->slots);
  standing->slots = nearest;
  standing->filtered = 1;
  return rc;
}

static void forget(VssLookup *lookup) {
  vss_search_release(&lookup->standing);
  vss_postings_free(lookup->postings);
  lookup->postings = NULL;
  lookup->is_read = 0;
}

static int read_standing(VssTable *table, VssLookup *lookup, const char *program,
                         const char *foreign, int has_k, int argc, sqlite3_value **argv) {
  VssSearch *standing = &lookup->standing;
  forget(lookup);
  vss_search_init(standing);
  int rc = SQLITE_OK;
  for (int i = 0; i < argc && rc == SQLITE_OK; i++) {
    VssStep step;
    program = vss_program_next(program, &step);
    if (!moves(&step, foreign[i], has_k)) rc = vss_search_read(table, standing, &step, argv[i]);
  }
  if (rc == SQLITE_OK) rc = vss_error_sqlite_rc(vss_search_keep(standing), SQLITE_OK);
  if (rc == SQLITE_OK && standing->k >= 0) rc = keep_nearest(table, standing);
  if (rc != SQLITE_OK) return rc;
  VssBuffer old = lookup->key;
  lookup->key = lookup->new_key;
  lookup->new_key = old;
  lookup->generation = table->resident.generation;
  lookup->n_entries = 0;
  lookup->is_read = 1;
  return SQLITE_OK;
}

/* While this holds, nothing has been written since the last entry, and no sync is needed. */
static int is_current(const VssTable *table, const VssLookup *lookup) {
  return lookup->is_read && lookup->generation == table->resident.generation && table->loaded &&
         table->n_applied == table->n_touched && !table->name_is_doubtful;
}

/* ---- one entry ---- */

/* Open the moving terms and bounds. What SQLite checks alone (step 'c') it checks here as well. */
static int read_moving(VssTable *table, VssLookup *lookup, const char *program, const char *foreign,
                       int has_k, int argc, sqlite3_value **argv) {
  const VssSearch *standing = &lookup->standing;
  VssSearch *moving = &lookup->moving;
  vss_search_init(moving);
  moving->vector = standing->vector;
  moving->def = standing->def;
  /* A view without a copy of its own: nothing of it is freed with `moving`. */
  moving->queries = (VssVectorView){.data = standing->queries.data, .dim = standing->queries.dim};
  moving->n_queries = 1;
  int rc = SQLITE_OK;
  for (int i = 0; i < argc && rc == SQLITE_OK; i++) {
    VssStep step;
    program = vss_program_next(program, &step);
    if (!moves(&step, foreign[i], has_k) || step.kind == 'c') continue;
    if (step.kind == 'd') {
      rc = vss_search_read(table, moving, &step, argv[i]);
    } else {
      rc = vss_term_open(table, &step, argv[i], 0, &lookup->terms[lookup->n_terms++]);
    }
  }
  if (standing->max_key < moving->max_key) moving->max_key = standing->max_key;
  return rc;
}

static int note_slot(VssLookup *lookup, uint32_t slot) {
  if (lookup->n_slots == lookup->capacity_slots) {
    uint32_t capacity = lookup->capacity_slots * 2 + 16;
    uint32_t *slots = vss_realloc(lookup->slots, (uint64_t)capacity * sizeof *slots);
    if (!slots) return SQLITE_NOMEM;
    lookup->slots = slots;
    lookup->capacity_slots = capacity;
  }
  lookup->slots[lookup->n_slots++] = slot;
  return SQLITE_OK;
}

/* Note the row of a slot, when it passes what stands and all terms. */
static int add_slot(VssTable *table, VssLookup *lookup, uint32_t slot) {
  const VssSearch *standing = &lookup->standing;
  if (!vss_bitmap_get(standing->filtered ? &standing->slots : &table->resident.map.live, slot))
    return SQLITE_OK;
  for (int i = 0; i < lookup->n_terms; i++) {
    int pass;
    int rc = vss_term_test(&lookup->terms[i], slot, &pass);
    if (rc != SQLITE_OK || !pass) return rc;
  }
  return note_slot(lookup, slot);
}

static int compare_rowids(const void *a, const void *b) {
  int64_t left = ((const VssHit *)a)->rowid, right = ((const VssHit *)b)->rowid;
  return (left > right) - (left < right);
}

static int compare_ascending(const void *a, const void *b) {
  float left = ((const VssHit *)a)->distance, right = ((const VssHit *)b)->distance;
  return left != right ? (left > right) - (left < right) : compare_rowids(a, b);
}

static int compare_descending(const void *a, const void *b) {
  float left = ((const VssHit *)a)->distance, right = ((const VssHit *)b)->distance;
  return left != right ? (left < right) - (left > right) : compare_rowids(a, b);
}

/* From slots to hits: their distances, the bounds, and the order. */
static int measure_slots(VssTable *table, VssLookup *lookup) {
  const VssSearch *standing = &lookup->standing;
  uint32_t n = lookup->n_slots;
  for (uint32_t i = 0; i < n; i++)
    lookup->hits[i] = (VssHit){.rowid = table->resident.map.rowids[lookup->slots[i]]};
  if (n > 1) qsort(lookup->hits, n, sizeof *lookup->hits, compare_rowids);
  int code = n ? vss_resident_measure(&table->resident, standing->vector, standing->queries.data,
                                      lookup->hits, n, &n)
               : VSS_OK;
  if (code != VSS_OK) return vss_error_sqlite_rc(code, table->reader_rc);
  table->stats.searches++;
  table->stats.selected += lookup->n_slots;
  table->stats.refined += lookup->n_slots;
  for (uint32_t i = 0; i < n; i++) {
    VssHit hit = lookup->hits[i];
    int pass, pass_moving = 0;
    int rc = vss_search_passes(standing, &hit, &pass);
    if (rc == SQLITE_OK && pass) rc = vss_search_passes(&lookup->moving, &hit, &pass_moving);
    if (rc != SQLITE_OK) return rc;
    if (pass_moving) lookup->hits[lookup->n_hits++] = hit;
  }
  int descending = vss_metric_descending(standing->def->metric);
  if (lookup->n_hits > 1)
    qsort(lookup->hits, lookup->n_hits, sizeof *lookup->hits,
          descending ? compare_descending : compare_ascending);
  return SQLITE_OK;
}

/* The row of `rowid = ?`. */
static int enter_by_rowid(VssTable *table, VssLookup *lookup, const VssTerm *term) {
  sqlite3_int64 rowid;
  if (!vss_term_rowid(term, &rowid)) return SQLITE_OK;
  uint32_t slot = vss_idmap_find(&table->resident.map, rowid);
  int rc = slot == VSS_NONE ? SQLITE_OK : add_slot(table, lookup, slot);
  return rc == SQLITE_OK ? measure_slots(table, lookup) : rc;
}

/* More rows than are measured become the filter of a ranking. */
static int rank_slots(VssTable *table, VssLookup *lookup) {
  VssBitmap *slots = &lookup->moving.slots;
  int code = vss_bitmap_resize(slots, table->resident.map.live.n_words);
  for (uint32_t i = 0; i < lookup->n_slots && code == VSS_OK; i++)
    code = vss_bitmap_set(slots, lookup->slots[i]);
  lookup->moving.filtered = 1;
  return vss_error_sqlite_rc(code, SQLITE_OK);
}

/* The rows of `column = ?`. Postings are made for the first such term that asks for them. */
static int enter_by_postings(VssTable *table, VssLookup *lookup, int posted, VssWayIn *out_way) {
  const VssTerm *term = &lookup->terms[posted];
  if (!lookup->postings) {
    const VssPredicate *predicate = &term->predicate;
    int code = vss_postings_create(table->columns[term->filter], table->resident.map.n_slots,
                                   predicate->affinity, predicate->collation, &lookup->postings);
    if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
    lookup->posted = posted;
  }
  VssPostingsWalk walk = vss_postings_start(lookup->postings, &term->predicate);
  uint32_t slot;
  int rc = SQLITE_OK;
  while (rc == SQLITE_OK && (slot = vss_postings_next(lookup->postings, &walk)) != VSS_NONE)
    rc = add_slot(table, lookup, slot);
  if (rc != SQLITE_OK) return rc;
  if (lookup->n_slots <= VSS_LOOKUP_ROWS) return measure_slots(table, lookup);
  *out_way = VSS_BY_RANKING;
  return rank_slots(table, lookup);
}

/* The rows of any other terms. */
static int enter_by_bitmap(VssTable *table, VssLookup *lookup, VssWayIn *out_way) {
  const VssSearch *standing = &lookup->standing;
  VssBitmap *slots = &lookup->moving.slots;
  int code =
      vss_bitmap_copy(slots, standing->filtered ? &standing->slots : &table->resident.map.live);
  int rc = vss_error_sqlite_rc(code, SQLITE_OK);
  for (int i = 0; i < lookup->n_terms && rc == SQLITE_OK; i++)
    rc = vss_term_apply(&lookup->terms[i], slots);
  if (rc != SQLITE_OK) return rc;
  if (vss_bitmap_count(slots) > VSS_LOOKUP_ROWS) {
    lookup->moving.filtered = 1;
    *out_way = VSS_BY_RANKING;
    return SQLITE_OK;
  }
  uint32_t slot = vss_bitmap_next(slots, 0);
  for (; rc == SQLITE_OK && slot != VSS_NONE; slot = vss_bitmap_next(slots, slot + 1))
    rc = note_slot(lookup, slot);
  return rc == SQLITE_OK ? measure_slots(table, lookup) : rc;
}

/* The place of the term to find rows by; -1: there is none. */
static int find_term(const VssLookup *lookup, int by_rowid) {
  for (int i = 0; i < lookup->n_terms; i++) {
    const VssTerm *term = &lookup->terms[i];
    if (by_rowid) {
      if (vss_term_names_row(term)) return i;
    } else if (term->filter >= 0 && !term->is_looked_up && vss_postings_can(&term->predicate) &&
               (!lookup->postings || lookup->posted == i)) {
      return i;
    }
  }
  return -1;
}

static int start_entry(VssTable *table, VssLookup *lookup, VssWayIn *out_way) {
  *out_way = VSS_BY_HITS;
  int place = find_term(lookup, 1);
  if (place >= 0) return enter_by_rowid(table, lookup, &lookup->terms[place]);
  place = find_term(lookup, 0);
  if (place < 0) return enter_by_bitmap(table, lookup, out_way);
  VssAffinity affinity = lookup->terms[place].predicate.affinity;
  int is_numeric = affinity != VSS_AFF_TEXT && affinity != VSS_AFF_BLOB;
  /* Tests have joins of few entries, and go row by row with this path. */
  int is_forced = vss_index_scan_path() == VSS_SCAN_SPARSE;
  return is_forced || lookup->n_entries > ENTRIES_BEFORE_POSTINGS(is_numeric)
             ? enter_by_postings(table, lookup, place, out_way)
             : enter_by_bitmap(table, lookup, out_way);
}

/* ---- from outside ---- */

static int reserve_terms(VssLookup *lookup, int n) {
  if (n <= lookup->capacity_terms) return SQLITE_OK;
  VssTerm *terms = vss_realloc(lookup->terms, (uint64_t)n * sizeof *terms);
  if (!terms) return SQLITE_NOMEM;
  lookup->terms = terms;
  lookup->capacity_terms = n;
  return SQLITE_OK;
}

/*
** What SQLite goes through member by member is `(a, b) in (select ...)`. It compares each member by
** the affinity of the column alone. Of numbers that is what the IN means, and of text it may not
** be. vss0/plan.c avoids such plans where it can see them.
*/
int vss_lookup_refuse_listed(VssTable *table, const char *program, const char *foreign, int argc) {
  for (int i = 0; i < argc; i++) {
    VssStep step;
    program = vss_program_next(program, &step);
    if (foreign[i] != VSS_ARG_LISTED || step.kind != 'f') continue;
    const VssColumnDef *column = &table->def.columns[step.number];
    VssAffinity affinity = table->def.filters[column->number].affinity;
    if (affinity != VSS_AFF_TEXT && affinity != VSS_AFF_BLOB) continue;
    return vss_vtab_fail(table, SQLITE_ERROR,
                         ".%s: `(%s, ...) in (select ...)` member by member, expected "
                         "`exists (select ...)`",
                         column->name, column->name);
  }
  return SQLITE_OK;
}

int vss_lookup_enter(VssTable *table, VssLookup *lookup, const char *program, const char *foreign,
                     int argc, sqlite3_value **argv, VssWayIn *out_way) {
  Layout layout = read_layout(program, foreign, argc, argv);
  int rc = SQLITE_OK;
  *out_way = VSS_BY_SEARCH;
  if (!is_current(table, lookup)) {
    forget(lookup);
    rc = vss_table_sync(table);
  }
  if (rc == SQLITE_OK) rc = vss_lookup_refuse_listed(table, program, foreign, argc);
  if (rc != SQLITE_OK) return rc;
  if (layout.has_k && layout.is_unknown) {
    return vss_vtab_fail(table, SQLITE_ERROR,
                         ": k in a join whose program SQLite does not show, expected "
                         "`order by distance limit ...` instead of k");
  }
  if (!is_wanted(&layout)) return SQLITE_OK;
  rc = make_key(&lookup->new_key, program, foreign, layout.has_k, argc, argv);
  if (rc != SQLITE_OK) return rc;
  int is_same = lookup->is_read && lookup->key.size_bytes == lookup->new_key.size_bytes &&
                memcmp(lookup->key.data, lookup->new_key.data, (size_t)lookup->key.size_bytes) == 0;
  if (!is_same) rc = read_standing(table, lookup, program, foreign, layout.has_k, argc, argv);
  if (rc == SQLITE_OK) rc = reserve_terms(lookup, layout.n_moving);
  lookup->n_entries++;
  if (rc == SQLITE_OK) rc = read_moving(table, lookup, program, foreign, layout.has_k, argc, argv);
  return rc == SQLITE_OK ? start_entry(table, lookup, out_way) : rc;
}

void vss_lookup_leave(VssLookup *lookup) {
  for (int i = 0; i < lookup->n_terms; i++)
    vss_term_close(&lookup->terms[i]);
  lookup->n_terms = 0;
  lookup->n_slots = lookup->n_hits = lookup->next = 0;
  vss_search_release(&lookup->moving);
}

void vss_lookup_free(VssLookup *lookup) {
  vss_lookup_leave(lookup);
  forget(lookup);
  vss_buffer_free(&lookup->key);
  vss_buffer_free(&lookup->new_key);
  vss_free(lookup->terms);
  vss_free(lookup->slots);
  memset(lookup, 0, sizeof *lookup);
}
