/*
** The aggregates faiss_agg(id, embedding, compare_embedding, k) and faiss_agg_with_scores(...): the
** k rows of a group that are nearest to compare_embedding, without an index and without keeping the
** group.
**
**   select section, faiss_agg(id, embedding, :query, 3) from posts group by section
**
**   row of a group  -->  distance to compare_embedding  -->  the k nearest so far (faiss/nearest.c)
**
** They answer as those of datasette-faiss, with these differences. Rows stream through a heap of k
** entries. A NULL embedding is skipped. A k above the number of rows gives the rows that there are.
** compare_embedding and k must not change inside a group; datasette-faiss looks at the first row's
** and ignores the others. A group without an embedding is NULL.
**
** They are no window functions. A frame that slides would need the rows that are no longer among
** the k nearest, that is, all of them. SQLite reports it ("faiss_agg() may not be used as a window
** function").
*/
#include "faiss/faiss.h"

#include "functions/registry.h"
#include "kernel/metric.h"

#include <string.h>

/*
** What one group holds. SQLite's aggregate context is a pointer to it: SQLite frees the context
** itself without asking, and could not free what a Group owns.
*/
typedef struct Group {
  VssFaissNearest nearest;
  VssFloats query;
  sqlite3_value *compare; /* the query as SQLite gave it, to notice a change */
  int failed;             /* the error is reported, and the rows that follow are ignored */
} Group;

static void group_free(Group *group) {
  if (!group) return;
  vss_faiss_nearest_free(&group->nearest);
  vss_floats_free(&group->query);
  sqlite3_value_free(group->compare);
  vss_free(group);
}

/*
** The first row of a group decides what the group is compared with. The copy of the SQL value costs
** as much as the vector; comparing it with the next row's value takes no parsing.
*/
static int group_start(Group *group, sqlite3_value **argv, VssError *err) {
  VssError inner = {0};
  int code = vss_faiss_k(argv[3], &group->nearest.k, err);
  if (code != VSS_OK) return code;
  code = vss_value_vector(argv[2], 0, &group->query, &inner);
  if (code == VSS_INVALID) vss_fail(err, code, "compare_embedding: %s", inner.text);
  if (code == VSS_OK && group->query.dim == 0) {
    code = vss_fail(err, VSS_INVALID,
                    "compare_embedding: vector has 0 components, expected at least 1");
  }
  if (code != VSS_OK) return code;
  group->compare = sqlite3_value_dup(argv[2]);
  return group->compare ? VSS_OK : VSS_NOMEM;
}

/*
** memcmp() == 0, eight bytes at a time. Emscripten's memcmp() compares byte by byte, and this runs
** once per row over a whole vector.
*/
static int same_bytes(const uint8_t *a, const uint8_t *b, uint32_t size_bytes) {
  uint64_t difference = 0;
  uint32_t i = 0;
  for (; size_bytes - i >= sizeof difference; i += (uint32_t)sizeof difference) {
    uint64_t x, y;
    memcpy(&x, a + i, sizeof x);
    memcpy(&y, b + i, sizeof y);
    difference |= x ^ y;
  }
  for (; i < size_bytes; i++)
    difference |= (uint64_t)(a[i] ^ b[i]);
  return difference == 0;
}

/* Whether two SQL values are the same to the last bit. Out of memory counts as different. */
static int same_value(sqlite3_value *a, sqlite3_value *b) {
  VssValue x = {.type = VSS_NULL};
  VssValue y = {.type = VSS_NULL};
  if (vss_value_borrow(a, &x) != VSS_OK || vss_value_borrow(b, &y) != VSS_OK) return 0;
  return x.type == y.type && x.size_bytes == y.size_bytes &&
         same_bytes(x.bytes, y.bytes, x.size_bytes);
}

/* An aggregate has one answer, so that a second query or k in the same group is a mistake. */
static int group_check_unchanged(const Group *group, sqlite3_value **argv, VssError *err) {
  uint64_t k;
  int code = vss_faiss_k(argv[3], &k, err);
  if (code != VSS_OK) return code;
  if (k != group->nearest.k) {
    return vss_fail(err, VSS_INVALID,
                    "k changed from %llu to %llu inside a group, expected one value per group",
                    (unsigned long long)group->nearest.k, (unsigned long long)k);
  }
  if (!same_value(group->compare, argv[2])) {
    return vss_fail(err, VSS_INVALID,
                    "compare_embedding changed inside a group, expected one value per group");
  }
  return VSS_OK;
}

/*
** Offer a row to the k nearest. Its distance is rounded to float32 as in a search by index, so that
** both give the same scores.
*/
static int group_add(Group *group, sqlite3_value **argv, VssError *err) {
  if (sqlite3_value_type(argv[1]) == SQLITE_NULL) return VSS_OK;
  VssError inner = {0};
  VssVectorView row = {0};
  int code = vss_value_vector_view(argv[1], group->query.dim, &row, &inner);
  if (code == VSS_INVALID) vss_fail(err, code, "embedding: %s", inner.text);
  if (code != VSS_OK) return code;
  float distance = vss_metric_round(
      vss_metric_distance(VSS_METRIC_L2, row.data, group->query.data, (int)row.dim));
  vss_value_vector_release(&row);
  return vss_faiss_nearest_offer(&group->nearest, distance, argv[0]);
}

/*
** SQLite calls this for each row. After an error it may still call it for the rows that follow, and
** the first error is the one that the user sees.
*/
static void agg_step(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssError err = {0};
  int code = VSS_OK;
  Group **slot = sqlite3_aggregate_context(context, sizeof *slot);
  if (!slot) {
    sqlite3_result_error_nomem(context);
    return;
  }
  if (!*slot) {
    *slot = vss_calloc(1, sizeof **slot);
    code = *slot ? group_start(*slot, argv, &err) : VSS_NOMEM;
  } else if ((*slot)->failed) {
    return;
  } else {
    code = group_check_unchanged(*slot, argv, &err);
  }
  if (code == VSS_OK) code = group_add(*slot, argv, &err);
  if (code != VSS_OK) {
    if (*slot) (*slot)->failed = 1;
    vss_function_fail(context, code, &err);
  }
}

/*
** The answer of a group. SQLite calls this after an error, too, and when a statement is reset: it
** is the one place that frees the group. Without a row there is no context, and the answer is NULL.
*/
static void agg_final(sqlite3_context *context) {
  Group **slot = sqlite3_aggregate_context(context, 0);
  Group *group = slot ? *slot : NULL;
  if (group && !group->failed && group->nearest.count > 0) {
    VssError err = {0};
    VssBuffer text = {0};
    int code = vss_faiss_nearest_write(sqlite3_context_db_handle(context), &group->nearest,
                                       vss_function_of(context)->variant, &text, &err);
    if (code == VSS_OK)
      vss_value_result_text(context, &text);
    else
      vss_function_fail(context, code, &err);
    vss_buffer_free(&text);
  }
  group_free(group);
  if (slot) *slot = NULL;
}

/* `variant` is whether the answer has scores. */
static const VssFunction functions[] = {
    {.name = "faiss_agg", .n_args = 4, .flags = VSS_PURE, .call = agg_step, .final = agg_final},
    {.name = "faiss_agg_with_scores",
     .n_args = 4,
     .flags = VSS_PURE,
     .call = agg_step,
     .final = agg_final,
     .variant = 1},
};

int vss_faiss_register_aggregates(sqlite3 *db) {
  return vss_functions_register(db, functions, sizeof functions / sizeof *functions, NULL);
}
