/*
** The k nearest rows of a stream, and the answer as Python's json.dumps prints it.
**
**   entries   a binary heap of at most k rows, the farthest on top; below i are 2i + 1 and 2i + 2
**
**                 (9.0, third)            k = 4: a row at distance 5 takes the place of the top,
**                 /          \            a row at distance 9 or more is not kept
**        (4.0, first)      (1.0, second)
**            /
**     (2.5, fourth)
**
** Rows are ordered by distance, then by arrival. Of rows at the same distance the first ones are
** kept, in the order in which they arrived.
*/
#include "faiss/faiss.h"

#include "sqlite/stop.h"

#include <string.h>

/* Numbers are printed as Python's repr() does: the shortest digits that give the same float64. */
int vss_faiss_append_hit(VssBuffer *text, const VssValue *id, float distance, int with_scores,
                         VssError *err) {
  vss_buffer_text(text, text->size_bytes ? ", " : "[");
  if (with_scores) vss_buffer_text(text, "[");
  switch (id->type) {
    case VSS_INTEGER: vss_buffer_format(text, "%lld", (long long)id->integer); break;
    case VSS_REAL: vss_codec_append_double(text, id->real); break;
    case VSS_TEXT: vss_codec_append_string(text, id->bytes, id->size_bytes); break;
    case VSS_NULL: vss_buffer_text(text, "null"); break;
    case VSS_BLOB:
      return vss_fail(
          err, VSS_INVALID,
          "an id in the answer is a BLOB of %lu bytes, which JSON cannot hold, expected "
          "INTEGER, TEXT, REAL or NULL",
          (unsigned long)id->size_bytes);
  }
  if (with_scores) {
    vss_buffer_text(text, ", ");
    vss_codec_append_double(text, (double)distance);
    vss_buffer_text(text, "]");
  }
  return VSS_OK;
}

/* Without a hit nothing has been opened yet. */
void vss_faiss_close_hits(VssBuffer *text) {
  vss_buffer_text(text, text->size_bytes ? "]" : "[]");
}

/*
** Text is converted by SQLite's own rules, in place: "5" and "5.0" are 5, "5x" stays text and is
** refused. A whole REAL is taken up to 2^53, beyond which float64 skips integers.
*/
int vss_faiss_k(sqlite3_value *value, uint64_t *out_k, VssError *err) {
  sqlite3_int64 k;
  if (!vss_value_whole(value, VSS_MOST_EXACT_REAL, &k)) {
    VssValue given = {.type = VSS_NULL};
    int code = vss_value_borrow(value, &given);
    if (code != VSS_OK) return code;
    if (given.type == VSS_REAL)
      return vss_fail(err, VSS_INVALID, "k is %.17g, expected a whole number", given.real);
    return vss_fail(err, VSS_INVALID, "k is %s, expected an INTEGER of at least 1",
                    vss_value_type_name(given.type));
  }
  if (k < 1) return vss_fail(err, VSS_INVALID, "k is %lld, expected at least 1", (long long)k);
  *out_k = (uint64_t)k;
  return VSS_OK;
}

/*
** Hits that are sorted or written between two questions whether to stop. One takes about a
** microsecond, so that the question is asked several times per millisecond.
*/
#define HITS_PER_QUESTION 256

/* The order of the heap and of the answer. No two entries are equal: their arrivals differ. */
static int farther(const VssFaissEntry *a, const VssFaissEntry *b) {
  if (a->distance != b->distance) return a->distance > b->distance;
  return a->arrival > b->arrival;
}

/*
** Let the entry at i sink until nothing below it is farther. It is moved once, at the end: the
** entries that it passes move up into the hole that it leaves.
*/
static void sift_down(VssFaissEntry *entries, uint64_t count, uint64_t i) {
  VssFaissEntry moving = entries[i];
  for (;;) {
    uint64_t child = 2 * i + 1;
    if (child >= count) break;
    if (child + 1 < count && farther(&entries[child + 1], &entries[child])) child++;
    if (!farther(&entries[child], &moving)) break;
    entries[i] = entries[child];
    i = child;
  }
  entries[i] = moving;
}

/* Let the entry at i rise until its parent is farther. */
static void sift_up(VssFaissEntry *entries, uint64_t i) {
  VssFaissEntry moving = entries[i];
  while (i > 0 && farther(&moving, &entries[(i - 1) / 2])) {
    entries[i] = entries[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  entries[i] = moving;
}

int vss_faiss_nearest_offer(VssFaissNearest *nearest, float distance, sqlite3_value *id) {
  VssFaissEntry entry = {distance, nearest->n_offered, NULL};
  /* A row that is not kept costs one comparison: its id is not copied. */
  int full = nearest->count == nearest->k;
  if (full && !farther(&nearest->entries[0], &entry)) {
    nearest->n_offered++;
    return VSS_OK;
  }
  if (nearest->count == nearest->capacity && !full) {
    /* The memory grows with the rows, not with k, which may be far above the number of rows. */
    uint64_t capacity = nearest->capacity ? nearest->capacity * 2 : 16;
    VssFaissEntry *entries = vss_realloc(nearest->entries, capacity * sizeof *entries);
    if (!entries) return VSS_NOMEM;
    nearest->entries = entries;
    nearest->capacity = capacity;
  }
  entry.id = sqlite3_value_dup(id);
  if (!entry.id) return VSS_NOMEM;
  nearest->n_offered++;
  if (full) {
    sqlite3_value_free(nearest->entries[0].id);
    nearest->entries[0] = entry;
    sift_down(nearest->entries, nearest->count, 0);
  } else {
    nearest->entries[nearest->count] = entry;
    sift_up(nearest->entries, nearest->count);
    nearest->count++;
  }
  return VSS_OK;
}

/*
** The heap becomes a sorted array in place, the nearest first. For a k of a million this takes
** a second, and runs outside of SQLite's machine, so that it has to ask whether to stop.
*/
int vss_faiss_nearest_write(sqlite3 *db, VssFaissNearest *nearest, int with_scores, VssBuffer *text,
                            VssError *err) {
  VssStop stop = vss_stop_of_connection(db);
  /* The second half of a heap sort: the farthest goes to the end of what is left, again and again.
  */
  for (uint64_t left = nearest->count; left > 1; left--) {
    if (left % HITS_PER_QUESTION == 0 && vss_stop_asked(stop)) return VSS_STOP;
    VssFaissEntry farthest = nearest->entries[0];
    nearest->entries[0] = nearest->entries[left - 1];
    nearest->entries[left - 1] = farthest;
    sift_down(nearest->entries, left - 1, 0);
  }
  for (uint64_t i = 0; i < nearest->count; i++) {
    if (i % HITS_PER_QUESTION == 0 && vss_stop_asked(stop)) return VSS_STOP;
    VssValue id = {.type = VSS_NULL};
    int code = vss_value_borrow(nearest->entries[i].id, &id);
    if (code == VSS_OK) {
      code = vss_faiss_append_hit(text, &id, nearest->entries[i].distance, with_scores, err);
    }
    if (code != VSS_OK) return code;
  }
  vss_faiss_close_hits(text);
  return vss_buffer_status(text);
}

/* Takes a heap, what is left of it after writing, and zeros. */
void vss_faiss_nearest_free(VssFaissNearest *nearest) {
  for (uint64_t i = 0; i < nearest->count; i++)
    sqlite3_value_free(nearest->entries[i].id);
  vss_free(nearest->entries);
  memset(nearest, 0, sizeof *nearest);
}
