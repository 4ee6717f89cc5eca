/*
** Rankings opened before they are asked for: vss0/ahead.h.
**
**   queries  [ a | b | c | d ]     the BLOB that came with a
**   ranks    [ - | B | C | D ]     A went out at once; `next` is 1
**
** When b is asked for, B goes out and `next` is 2. When d is asked for first, C is freed on the way
** to D.
*/
#include "vss0/ahead.h"

#include <string.h>

#include "base/little_endian.h"

/* Candidates are held for queries that may never be asked: 8 bytes per row and query. */
#define MAX_AHEAD_BYTES (32u << 20)
#define CANDIDATE_BYTES 8

/*
** The tag tells a hint from a vector of another dimension, which is a mistake of the user's. Its
** dimension has to be the column's: two float16 vectors of N components, which vss_ahead() takes
** for two float32 vectors of N/2, would look like one of N.
*/
int vss_ahead_read(sqlite3_value *value, int dim, VssVectorView *out_queries, uint32_t *out_count,
                   VssError *err) {
  *out_count = 0;
  if (sqlite3_value_type(value) != SQLITE_BLOB) return VSS_OK;
  const char *bytes = sqlite3_value_blob(value);
  uint64_t size_bytes = (uint64_t)sqlite3_value_bytes(value);
  if (!bytes || size_bytes < VSS_AHEAD_TAG_BYTES ||
      memcmp(bytes, VSS_AHEAD_TAG, VSS_AHEAD_DIM_AT) != 0)
    return VSS_OK;
  uint32_t hint_dim = vss_get_u32((const uint8_t *)bytes + VSS_AHEAD_DIM_AT);
  uint64_t query_bytes = (uint64_t)hint_dim * sizeof(float);
  if (!hint_dim || size_bytes == VSS_AHEAD_TAG_BYTES ||
      (size_bytes - VSS_AHEAD_TAG_BYTES) % query_bytes != 0)
    return VSS_OK;
  if (hint_dim != (uint32_t)dim)
    return vss_fail(err, VSS_INVALID,
                    "vss_ahead() got vectors of %u float32 components, expected %d", hint_dim, dim);
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
  /* A BLOB is shorter than 2^31 bytes, so that the number of queries fits. */
  *out_queries = queries;
  *out_count = (uint32_t)(size_bytes / query_bytes);
  return VSS_OK;
}

/* Free the rankings that wait. What is known about the guesses (is_useless) stays. */
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

/* When the cursor closes. */
void vss_ahead_free(VssAhead *ahead) {
  drop_ranks(ahead);
  memset(ahead, 0, sizeof *ahead);
}

int vss_ahead_is_open(const VssAhead *ahead) {
  return ahead->next < ahead->n;
}

/* Filters are compared bit by bit: from which terms they were made is not known here. */
static int same_filter(const VssBitmap *a, const VssBitmap *b) {
  if (!a || !b) return a == b;
  return a->n_words == b->n_words && memcmp(a->words, b->words, a->n_words * sizeof *a->words) == 0;
}

/*
** Whether the rankings were opened for these very rows and for a request like this one, whatever
** its query is. The generation of the rows changes with every write.
*/
static int is_like(const VssAhead *ahead, const VssResident *rows, int vector,
                   const VssRankRequest *request) {
  return ahead->generation == rows->generation && ahead->vector == vector &&
         ahead->like.k_hint == request->k_hint &&
         ahead->like.scan.max_key == request->scan.max_key &&
         same_filter(ahead->like.scan.filter, request->scan.filter);
}

/*
** The queries are expected in the order of the BLOB. Some may be left out, when the join has no use
** for them: their rankings are freed on the way. Every other order is a wrong guess.
*/
VssRank *vss_ahead_take(VssAhead *ahead, const VssResident *rows, int vector,
                        const VssRankRequest *request) {
  size_t dim = (size_t)vss_index_dim(rows->indexes[vector]);
  uint32_t end = is_like(ahead, rows, vector, request) ? ahead->n : 0;
  for (uint32_t i = ahead->next; i < end; i++) {
    if (memcmp(ahead->queries + i * dim, request->scan.queries, dim * sizeof(float)) != 0) continue;
    while (ahead->next < i)
      vss_rank_free(ahead->ranks[ahead->next++]);
    return ahead->ranks[ahead->next++];
  }
  ahead->is_useless = 1;
  drop_ranks(ahead);
  return NULL;
}

/*
** How many of the queries are opened at once: those whose candidates fit into MAX_AHEAD_BYTES, and
** the first one in any case. After a wrong guess it is the first one alone.
*/
static uint32_t how_many(const VssAhead *ahead, const VssResident *rows,
                         const VssRankRequest *request) {
  uint64_t query_bytes = (uint64_t)rows->map.n_live * CANDIDATE_BYTES;
  uint64_t most = 1 + MAX_AHEAD_BYTES / (query_bytes ? query_bytes : 1);
  /* A wrong guess tends to be wrong again, and costs a pass for nothing. */
  if (ahead->is_useless) most = 1;
  return request->scan.n_queries < most ? request->scan.n_queries : (uint32_t)most;
}

/*
** With one query nothing is kept. Otherwise the request, its filter and the queries are copied,
** since they are the caller's, and the next requests are compared with them.
*/
int vss_ahead_open(VssAhead *ahead, const VssResident *rows, int vector,
                   const VssRankRequest *request, VssRank **out_rank) {
  const VssIndex *index = rows->indexes[vector];
  VssRankRequest now = *request;
  now.scan.n_queries = how_many(ahead, rows, request);
  drop_ranks(ahead);
  /* One query: there is nothing to keep for later. */
  if (now.scan.n_queries <= 1) return vss_rank_open(index, &now, out_rank);

  uint64_t size_bytes =
      (uint64_t)now.scan.n_queries * (uint64_t)vss_index_dim(index) * sizeof(float);
  ahead->ranks = vss_malloc((uint64_t)now.scan.n_queries * sizeof *ahead->ranks);
  ahead->queries = vss_malloc(size_bytes);
  int code = ahead->ranks && ahead->queries ? VSS_OK : VSS_NOMEM;
  ahead->like = now;
  if (code == VSS_OK && now.scan.filter) {
    code = vss_bitmap_copy(&ahead->filter, now.scan.filter);
    ahead->like.scan.filter = &ahead->filter;
  }
  if (code == VSS_OK) code = vss_rank_open(index, &now, ahead->ranks);
  if (code != VSS_OK) {
    drop_ranks(ahead);
    return code;
  }
  memcpy(ahead->queries, request->scan.queries, (size_t)size_bytes);
  ahead->vector = vector;
  ahead->generation = rows->generation;
  ahead->n = now.scan.n_queries;
  ahead->next = 1;
  *out_rank = ahead->ranks[0];
  return VSS_OK;
}
