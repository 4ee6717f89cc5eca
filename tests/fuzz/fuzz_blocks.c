/*
** index/bytes.c: a stored block or codebook holds any bytes, with a wrong or with a right checksum.
** Either loading refuses it and changes nothing, or the index is sound afterwards: its counts
** agree, it saves bytes that it loads again, and rows that are put later have true lower bounds.
**
**   input: metric, dimension, then steps; each is a byte and what the step reads
*/
#include "fuzz.h"

#include "index/index.h"
#include "kernel/checksum.h"

#include <math.h>

enum { BLOCKS = 5, SLOTS = BLOCKS * 64, CODEBOOKS = 6, MAX_DIM = 70, MAX_STEPS = 200 };

typedef struct State {
  VssIndex *index;
  VssMetric metric;
  int dim;
  float rows[SLOTS][MAX_DIM];
  int known[SLOTS]; /* 1: the row was put by a step, not loaded */
} State;

/* --- bytes ------------------------------------------------------------------------------------ */

/*
** A block has the checksum of kernel/checksum.h. Everything else has a CRC-32, which is computed
** bit by bit here, independent of base/crc32.c.
*/
static uint32_t checksum(const uint8_t *bytes, size_t size) {
  if (size > 1 && bytes[1] == 'b') return vss_checksum_scalar(bytes, size);
  uint32_t value = UINT32_MAX;
  for (size_t i = 0; i < size; i++) {
    value ^= bytes[i];
    for (int bit = 0; bit < 8; bit++)
      value = value & 1 ? (value >> 1) ^ UINT32_C(0xEDB88320) : value >> 1;
  }
  return ~value;
}

static int checksum_is_right(const uint8_t *bytes, size_t size) {
  uint32_t value = 0;
  if (size < 4) return 0;
  for (size_t i = 4; i-- > 0;)
    value = value << 8 | bytes[size - 4 + i];
  return value == checksum(bytes, size - 4);
}

static void put_u32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++)
    at[i] = (uint8_t)(value >> (8 * i));
}

/* What the bytes of a step look like. */
enum { WITH_HEADER = 1, WITH_LENGTH = 2, WITH_CHECKSUM = 4, FROM_SAVED = 8 };

/*
** n bytes of the input, in a block of that size, with the parts of a true item that `flags` name.
*/
static uint8_t *made_up(FuzzInput *in, const State *state, int is_codebook, int flags,
                        size_t *out_size) {
  size_t n, dim = (size_t)state->dim, wanted = (size_t)fuzz_uint(in, 2) % 1024;
  uint8_t word[8];
  for (int i = 0; i < 8; i++)
    word[i] = fuzz_u8(in) & fuzz_u8(in); /* mostly few rows, so that short inputs do much */
  if (flags & WITH_LENGTH) {
    /* Rows are stored in groups of four. */
    size_t n_rows = 0;
    for (int i = 0; i < 8; i++)
      n_rows += 4 * (size_t)((word[i] & 15) != 0) + 4 * (size_t)(word[i] >> 4 != 0);
    wanted = is_codebook ? 28 + 8 * dim
                         : 28 + (vss_metric_has_codes(state->metric) ? n_rows * (8 + dim) : 0);
  }
  uint8_t *some = fuzz_bytes(in, wanted, &n), *bytes = calloc(wanted ? wanted : 1, 1);
  if (!bytes) abort();
  memcpy(bytes, some, n);
  free(some);
  if ((flags & WITH_HEADER) && wanted >= 24) {
    const uint8_t header[4] = {is_codebook ? 1 : 3, is_codebook ? 'c' : 'b', (uint8_t)state->metric,
                               0};
    memcpy(bytes, header, 4);
    put_u32(bytes + 4, (uint32_t)state->dim);
    if (!is_codebook) {
      /* The number of a codebook that may exist, and a length that may be right. */
      put_u32(bytes + 8, bytes[8] & 128 ? UINT32_MAX : bytes[8] % CODEBOOKS);
      bytes[14] &= 0x0f;
      bytes[15] = 0;
      memcpy(bytes + 16, word, 8);
    }
  }
  *out_size = wanted;
  return bytes;
}

/* An item as the index saves it, with some bytes changed, so that its header is mostly right. */
static uint8_t *saved(FuzzInput *in, const State *state, int is_codebook, size_t *out_size) {
  VssBuffer buffer = {0};
  uint32_t number = fuzz_u8(in);
  int rc = is_codebook ? vss_index_save_codebook(state->index, number % CODEBOOKS, &buffer)
                       : vss_index_save_block(state->index, number % BLOCKS, &buffer);
  FUZZ_CHECK(rc == VSS_OK, "code %d", rc);
  size_t n = (size_t)buffer.size_bytes;
  uint8_t *bytes = malloc(n ? n : 1);
  if (!bytes) abort();
  if (n) memcpy(bytes, buffer.data, n);
  vss_buffer_free(&buffer);
  for (int changes = fuzz_below(in, 5); changes > 0 && n; changes--) {
    size_t at = (size_t)fuzz_uint(in, 2) % n;
    bytes[at] = fuzz_u8(in);
  }
  *out_size = n;
  return bytes;
}

/* --- what must hold --------------------------------------------------------------------------- */

/* Everything that the index would store. */
static void save_all(const VssIndex *index, VssBuffer *out) {
  for (uint32_t i = 0; i < CODEBOOKS; i++)
    FUZZ_CHECK(vss_index_save_codebook(index, i, out) == VSS_OK, "codebook %u", i);
  for (uint32_t i = 0; i < BLOCKS; i++)
    FUZZ_CHECK(vss_index_save_block(index, i, out) == VSS_OK, "block %u", i);
}

static int same_buffers(const VssBuffer *a, const VssBuffer *b) {
  return a->size_bytes == b->size_bytes &&
         (!a->size_bytes || memcmp(a->data, b->data, (size_t)a->size_bytes) == 0);
}

/* The index loads what it saves, and then saves the same bytes again. */
static void check_save(const State *state) {
  VssIndex *again;
  VssBuffer item = {0}, first = {0}, second = {0};
  FUZZ_CHECK(vss_index_create(state->metric, state->dim, &again) == VSS_OK, "create");
  FUZZ_CHECK(vss_index_codebook_count(state->index) <= 2 * CODEBOOKS, "%u codebooks",
             vss_index_codebook_count(state->index));
  for (uint32_t i = 0; i < vss_index_codebook_count(state->index) + BLOCKS; i++) {
    int is_codebook = i < vss_index_codebook_count(state->index);
    uint32_t number = is_codebook ? i : i - vss_index_codebook_count(state->index);
    item.size_bytes = 0;
    int rc = is_codebook ? vss_index_save_codebook(state->index, number, &item)
                         : vss_index_save_block(state->index, number, &item);
    FUZZ_CHECK(rc == VSS_OK, "item %u", i);
    if (!item.size_bytes) continue;
    rc = is_codebook ? vss_index_load_codebook(again, number, item.data, item.size_bytes)
                     : vss_index_load_block(again, number, item.data, item.size_bytes);
    FUZZ_CHECK(rc == VSS_OK, "%s %u is not loaded again", is_codebook ? "codebook" : "block",
               number);
  }
  save_all(state->index, &first);
  save_all(again, &second);
  FUZZ_CHECK(same_buffers(&first, &second), "saved otherwise");
  FUZZ_CHECK(vss_index_count(again) == vss_index_count(state->index), "other rows");
  vss_buffer_free(&item);
  vss_buffer_free(&first);
  vss_buffer_free(&second);
  vss_index_free(again);
}

static void scan(const State *state, VssScanPath path, const float *query, VssCandidates *out) {
  vss_index_force_scan(path);
  VssScanRequest request = {.queries = query, .n_queries = 1, .max_key = INFINITY, .n_nearest = 3};
  int rc = vss_index_scan(state->index, &request, out);
  vss_index_force_scan(VSS_SCAN_AUTO);
  FUZZ_CHECK(rc == VSS_OK, "code %d", rc);
}

/*
** A scan finds each row once, in order, and on each path with the same bound. A row that a step put
** has a true bound.
*/
static void check_scan(const State *state, const float *query) {
  VssCandidates dense = {0}, sparse = {0}, coarse = {0}, rows = {0};
  scan(state, VSS_SCAN_DENSE, query, &dense);
  scan(state, VSS_SCAN_SPARSE, query, &sparse);
  scan(state, VSS_SCAN_COARSE, query, &coarse);
  scan(state, VSS_SCAN_COARSE_ROWS, query, &rows);
  FUZZ_CHECK(rows.count == coarse.count &&
                 (!rows.count ||
                  memcmp(rows.bounds, coarse.bounds, rows.count * sizeof *rows.bounds) == 0),
             "other coarse bounds of single rows");
  FUZZ_CHECK(coarse.count == dense.count, "%u found coarse of %u", coarse.count, dense.count);
  FUZZ_CHECK(dense.count == vss_index_count(state->index) && sparse.count == dense.count,
             "%u and %u found of %u", dense.count, sparse.count, vss_index_count(state->index));
  for (uint32_t i = 0; i < dense.count; i++) {
    uint32_t slot = vss_candidates_slot(&dense, i);
    FUZZ_CHECK(slot < SLOTS && vss_index_has(state->index, slot), "slot %u", slot);
    FUZZ_CHECK(i == 0 || slot > vss_candidates_slot(&dense, i - 1), "slot %u twice or out of order",
               slot);
    FUZZ_CHECK(slot == vss_candidates_slot(&sparse, i) &&
                   memcmp(&dense.bounds[i], &sparse.bounds[i], 4) == 0,
               "slot %u: %g dense, %g sparse", slot, (double)dense.bounds[i],
               (double)sparse.bounds[i]);
    FUZZ_CHECK(!isnan(dense.bounds[i]), "slot %u: bound is NaN", slot);
    if (!state->known[slot]) continue;
    double distance = vss_metric_distance(state->metric, query, state->rows[slot], state->dim);
    float key = vss_metric_key(state->metric, vss_metric_round(distance));
    FUZZ_CHECK(dense.bounds[i] <= key, "slot %u: bound %.9g above %.9g", slot,
               (double)dense.bounds[i], (double)key);
    FUZZ_CHECK(coarse.bounds[i] <= key, "slot %u: coarse bound %.9g above %.9g", slot,
               (double)coarse.bounds[i], (double)key);
  }
  /* Made tight, a bound is the dense one, unless the coarse one was greater. */
  vss_candidates_tighten(state->index, &coarse, INFINITY);
  for (uint32_t i = 0; i < dense.count; i++)
    FUZZ_CHECK(coarse.bounds[i] >= dense.bounds[i], "bound %u is not tight", i);
  vss_candidates_free(&dense);
  vss_candidates_free(&sparse);
  vss_candidates_free(&coarse);
  vss_candidates_free(&rows);
}

/* --- steps ------------------------------------------------------------------------------------ */

static void read_vector(FuzzInput *in, const State *state, float *out) {
  int kind = fuzz_below(in, 4);
  for (int j = 0; j < state->dim; j++) {
    uint32_t bits = kind == 0 ? (uint32_t)fuzz_uint(in, 4) : fuzz_u8(in);
    float value = (float)(int8_t)bits * (kind == 1 ? 1.0f : kind == 2 ? 1e-3f : 1e15f);
    if (kind == 0) memcpy(&value, &bits, sizeof value);
    out[j] = isfinite(value) ? value : 0;
  }
}

static void step_load(FuzzInput *in, State *state, int is_codebook) {
  int flags = fuzz_u8(in);
  uint32_t number = fuzz_u8(in);
  size_t n;
  uint8_t *bytes = flags & FROM_SAVED ? saved(in, state, is_codebook, &n)
                                      : made_up(in, state, is_codebook, flags, &n);
  if ((flags & WITH_CHECKSUM) && n >= 4) put_u32(bytes + n - 4, checksum(bytes, n - 4));
  int may_load = is_codebook ? checksum_is_right(bytes, n) : n == 0 || checksum_is_right(bytes, n);
  /* At times a number that no table can have. */
  int beyond = number == 255;
  uint32_t at =
      beyond ? UINT32_MAX - (uint32_t)(n % 7) : number % (is_codebook ? CODEBOOKS : BLOCKS);
  VssBuffer before = {0}, after = {0};
  save_all(state->index, &before);
  int rc = is_codebook ? vss_index_load_codebook(state->index, at, bytes, n)
                       : vss_index_load_block(state->index, at, bytes, n);
  FUZZ_CHECK(rc == VSS_CORRUPT || (rc == VSS_OK && may_load && !beyond), "code %d", rc);
  save_all(state->index, &after);
  if (rc == VSS_CORRUPT) FUZZ_CHECK(same_buffers(&before, &after), "refused, and changed");
  if (rc == VSS_OK && !is_codebook) {
    uint64_t word = 0;
    for (size_t i = 0; n && i < 8; i++)
      word |= (uint64_t)bytes[16 + i] << (8 * i);
    for (uint32_t lane = 0; lane < 64; lane++) {
      FUZZ_CHECK(vss_index_has(state->index, at * 64 + lane) == (int)(word >> lane & 1),
                 "block %u lane %u", at, lane);
      state->known[at * 64 + lane] = 0;
    }
  }
  vss_buffer_free(&before);
  vss_buffer_free(&after);
  free(bytes);
}

static void step_put(FuzzInput *in, State *state) {
  uint32_t slot = (uint32_t)fuzz_uint(in, 2) % SLOTS;
  read_vector(in, state, state->rows[slot]);
  FUZZ_CHECK(vss_index_put(state->index, slot, state->rows[slot]) == VSS_OK, "slot %u", slot);
  FUZZ_CHECK(vss_index_matches(state->index, slot, state->rows[slot]), "slot %u", slot);
  state->known[slot] = 1;
}

static int fetch(void *context, uint32_t slot, float *out_vector) {
  const State *state = context;
  if (!state->known[slot]) return VSS_MISSING;
  memcpy(out_vector, state->rows[slot], (size_t)state->dim * sizeof(float));
  return VSS_OK;
}

static void step_tune(State *state) {
  FUZZ_CHECK(vss_index_tune(state->index, fetch, state) == VSS_OK, "tune");
  FUZZ_CHECK(!vss_index_wants_tuning(state->index), "wants more");
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    if (state->known[slot])
      FUZZ_CHECK(vss_index_matches(state->index, slot, state->rows[slot]), "slot %u", slot);
}

static void step(FuzzInput *in, State *state) {
  float query[MAX_DIM];
  switch (fuzz_below(in, 8)) {
    case 0:
    case 1: step_load(in, state, 0); break;
    case 2: step_load(in, state, 1); break;
    case 3:
    case 4: step_put(in, state); break;
    case 5: {
      uint32_t slot = (uint32_t)fuzz_uint(in, 2) % SLOTS;
      vss_index_remove(state->index, slot);
      FUZZ_CHECK(!vss_index_has(state->index, slot), "slot %u", slot);
      state->known[slot] = 0;
      break;
    }
    case 6: step_tune(state); break;
    default:
      read_vector(in, state, query);
      check_scan(state, query);
      check_save(state);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const VssMetric metrics[] = {VSS_METRIC_L2, VSS_METRIC_INNER_PRODUCT, VSS_METRIC_COSINE,
                                      VSS_METRIC_L1};
  static const int dims[] = {1, 2, 3, 8, 16, 63, 64, 65, 70};
  static State state;
  FuzzInput in = {bytes, size};
  memset(&state, 0, sizeof state);
  state.metric = metrics[fuzz_below(&in, 4)];
  state.dim = dims[fuzz_below(&in, 9)];
  FUZZ_CHECK(vss_index_create(state.metric, state.dim, &state.index) == VSS_OK, "create");
  for (int i = 0; i < MAX_STEPS && in.left; i++)
    step(&in, &state);
  float query[MAX_DIM] = {0.5f};
  check_scan(&state, query);
  check_save(&state);
  vss_index_free(state.index);
  return 0;
}
