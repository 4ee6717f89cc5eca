/*
** Rankings opened before they are asked for.
**
** SQLite hands a virtual table one query at a time, also where a join will ask for many. With the next queries in
** hand, one pass over the codes serves all of them. It is a guess: nothing is answered from a ranking whose query, column,
** filter, bound or table is not the very one asked for now, and after one wrong guess a cursor makes no more.
*/
#include "vss0/ahead.h"

#include <string.h>

#include "sqlite/stop.h"

/* Candidates held for queries that may never come: 8 bytes a row and query. */
#define MAX_AHEAD_BYTES (32u << 20)
#define CANDIDATE_BYTES 8

int vss_ahead_read(sqlite3_value *value, int dim, VssVectorView *out_queries, uint32_t *out_count,
                   VssError *err) {
  *out_count = 0;
  if (sqlite3_value_type(value) != SQLITE_BLOB) return VSS_OK;
  const char *bytes = sqlite3_value_blob(value);
  uint64_t size_bytes = (uint64_t)sqlite3_value_bytes(value);
  uint64_t query_bytes = (uint64_t)dim * sizeof(float);
  if (!bytes || size_bytes < VSS_AHEAD_TAG_BYTES + query_bytes ||
      (size_bytes - VSS_AHEAD_TAG_BYTES) % query_bytes != 0 ||
      memcmp(bytes, VSS_AHEAD_TAG, VSS_AHEAD_TAG_BYTES) != 0)
    return VSS_OK;
  bytes += VSS_AHEAD_TAG_BYTES;
  size_bytes -= VSS_AHEAD_TAG_BYTES;
  VssVectorView queries = {.dim = size_bytes / sizeof(float)};
  if ((uintptr_t)bytes % sizeof(float) == 0) {
    queries.data = (const float *)(const void *)bytes;
  } else {
    queries.owned.data = vss_malloc(size_bytes);
    if (!queries.owned.data) return VSS_NOMEM;
    memcpy(queries.owned.data, bytes, (size_t)size_bytes);
    queries.data = queries.owned.data;
  }
  int code = vss_codec_check_finite(queries.data, queries.dim, err);
  if (code != VSS_OK) {
    vss_value_vector_release(&queries);
    return code;
  }
  *out_queries = queries;
  *out_count = (uint32_t)(size_bytes / query_bytes);
  return VSS_OK;
}

static void drop_ranks(VssAhead *ahead) {
  for (uint32_t i = ahead->next; i < ahead->n; i++)
    vss_rank_free(ahead->ranks[i]);
  vss_free(ahead->ranks);
  vss_free(ahead->queries);
  vss_bitmap_free(&ahead->filter);
  ahead->ranks = NULL;
  ahead->queries = NULL;
  ahead->n = ahead->next = 0;
}

void vss_ahead_free(VssAhead *ahead) {
  drop_ranks(ahead);
  memset(ahead, 0, sizeof *ahead);
}

static int same_filter(const VssBitmap *a, const VssBitmap *b) {
  if (!a || !b) return a == b;
  return a->n_words == b->n_words && memcmp(a->words, b->words, a->n_words * sizeof *a->words) == 0;
}

/* The ranking opened ahead for this search, or NULL. Those of queries that were passed over are freed. */
static VssRank *take(VssAhead *ahead, const VssTable *table, const VssAheadSearch *search) {
  const VssAheadSearch *like = &ahead->like;
  if (ahead->next == ahead->n || ahead->generation != table->generation ||
      like->vector != search->vector || like->k_hint != search->k_hint ||
      like->max_key != search->max_key || !same_filter(like->filter, search->filter))
    return NULL;
  size_t dim = (size_t)vss_index_dim(table->indexes[search->vector]);
  for (uint32_t i = ahead->next; i < ahead->n; i++) {
    if (memcmp(ahead->queries + i * dim, search->queries, dim * sizeof(float)) != 0) continue;
    while (ahead->next < i)
      vss_rank_free(ahead->ranks[ahead->next++]);
    return ahead->ranks[ahead->next++];
  }
  return NULL;
}

static uint32_t how_many(const VssAhead *ahead, const VssTable *table,
                         const VssAheadSearch *search) {
  uint64_t row_bytes = (uint64_t)table->map.n_live * CANDIDATE_BYTES;
  uint64_t most = 1 + MAX_AHEAD_BYTES / (row_bytes ? row_bytes : 1);
  if (ahead->is_useless) most = 1;
  return search->n_queries < most ? search->n_queries : (uint32_t)most;
}

/* What the index is asked for the first n queries. */
static VssRankRequest rank_request(const VssTable *table, const VssAheadSearch *search,
                                   uint32_t n) {
  VssRankRequest request = {
      .scan = {.queries = search->queries,
               .n_queries = n,
               .max_key = search->max_key,
               .filter = search->filter,
               .stop = vss_stop_of_connection(table->db)},
      .rowids = table->map.rowids,
      .k_hint = search->k_hint,
  };
  return request;
}

/* The rankings of the first n queries in one pass; the first goes out, the others stay. */
static int open_ahead(VssAhead *ahead, const VssTable *table, const VssAheadSearch *search,
                      uint32_t n, VssRank **out_rank) {
  const VssIndex *index = table->indexes[search->vector];
  uint64_t size_bytes = (uint64_t)n * (uint64_t)vss_index_dim(index) * sizeof(float);
  ahead->ranks = vss_malloc((uint64_t)n * sizeof(VssRank *));
  ahead->queries = vss_malloc(size_bytes);
  int code = ahead->ranks && ahead->queries ? VSS_OK : VSS_NOMEM;
  ahead->like = *search;
  if (code == VSS_OK && search->filter) {
    code = vss_bitmap_copy(&ahead->filter, search->filter);
    ahead->like.filter = &ahead->filter;
  }
  if (code == VSS_OK) {
    VssRankRequest request = rank_request(table, search, n);
    code = vss_rank_open(index, &request, ahead->ranks);
  }
  if (code != VSS_OK) {
    drop_ranks(ahead);
    return code;
  }
  memcpy(ahead->queries, search->queries, (size_t)size_bytes);
  ahead->generation = table->generation;
  ahead->n = n;
  ahead->next = 1;
  *out_rank = ahead->ranks[0];
  return VSS_OK;
}

int vss_ahead_is_open(const VssAhead *ahead) {
  return ahead->next < ahead->n;
}

int vss_ahead_open(VssAhead *ahead, VssTable *table, const VssAheadSearch *search,
                   VssRank **out_rank) {
  *out_rank = take(ahead, table, search);
  if (*out_rank) return VSS_OK;
  if (vss_ahead_is_open(ahead)) ahead->is_useless = 1;
  drop_ranks(ahead);

  uint32_t n = how_many(ahead, table, search);
  VssRankRequest one = rank_request(table, search, 1);
  int code = n > 1 ? open_ahead(ahead, table, search, n, out_rank)
                   : vss_rank_open(table->indexes[search->vector], &one, out_rank);
  if (code == VSS_OK) table->stats.passes++;
  return code;
}
