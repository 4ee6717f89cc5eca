/*
** src/filter without SQLite: the SIMD kernels against the scalar ones, and vss_filter_apply(),
** which picks a fast path for each kind of column, against vss_filter_test(), which is the
** specification.
**
** Columns, values and predicates are random; the seed is printed.
*/
#include "check.h"
#include "filter/filter.h"
#include "kernel/range.h"

#include <math.h>

/* ---- kernels ---- */

static int64_t random_integer(uint64_t *seed) {
  static const int64_t corners[] = {INT64_MIN,
                                    INT64_MIN + 1,
                                    -1,
                                    0,
                                    1,
                                    INT64_MAX - 1,
                                    INT64_MAX,
                                    ((int64_t)1 << 53) + 1,
                                    -((int64_t)1 << 53) - 1,
                                    (int64_t)1 << 32};
  uint64_t pick = check_random(seed);
  if (pick % 4 == 0) return corners[pick / 4 % (sizeof corners / sizeof corners[0])];
  return pick % 4 == 1 ? (int64_t)check_random(seed) : (int64_t)(check_random(seed) % 21) - 10;
}

static double random_real(uint64_t *seed) {
  static const double corners[] = {0.0,    -0.0,   0.5,     3.5,   -3.5,
                                   0x1p53, 0x1p63, -0x1p63, 1e300, 5e-324};
  uint64_t pick = check_random(seed);
  if (pick % 20 == 0) return pick & 32 ? HUGE_VAL : -HUGE_VAL;
  if (pick % 4 == 0) return corners[pick / 4 % (sizeof corners / sizeof corners[0])];
  return (double)random_integer(seed) / (pick % 4 == 1 ? 1 : 2);
}

static void test_kernels(uint64_t seed) {
  for (int round = 0; round < 3000; round++) {
    int64_t integers[65];
    double reals[65];
    uint32_t codes[65];
    int shift = round & 1;
    for (int i = 0; i < 65; i++) {
      integers[i] = random_integer(&seed);
      reals[i] = check_random(&seed) % 30 ? random_real(&seed) : (double)NAN;
      codes[i] = (uint32_t)check_random(&seed) % 4 + (check_random(&seed) % 5 ? 0 : 0x80000000u);
    }
    int64_t lo = random_integer(&seed), hi = random_integer(&seed);
    double lo_real = random_real(&seed), hi_real = random_real(&seed);
    CHECK(vss_range_i64_simd128(integers + shift, lo, hi) ==
          vss_range_i64_scalar(integers + shift, lo, hi));
    CHECK(vss_range_f64_simd128(reals + shift, lo_real, hi_real) ==
          vss_range_f64_scalar(reals + shift, lo_real, hi_real));
    CHECK(vss_equal_u32_simd128(codes + shift, codes[5]) ==
          vss_equal_u32_scalar(codes + shift, codes[5]));
  }
}

/* ---- apply against test ---- */

static const char *const texts[] = {"",    "5",     "5.0", " 5",  "5 ",   "abc",
                                    "ABC", "abc  ", "1e2", "100", "-3.5", "zz"};

static VssValue random_value(uint64_t *seed, unsigned kinds) {
  VssValue value = {.type = VSS_NULL};
  do {
    value.type = (VssType)(check_random(seed) % 5);
  } while (!(kinds >> value.type & 1));
  switch (value.type) {
    case VSS_INTEGER: value.integer = random_integer(seed); break;
    case VSS_REAL: value.real = random_real(seed); break;
    case VSS_TEXT:
    case VSS_BLOB:
      value.bytes = texts[check_random(seed) % (sizeof texts / sizeof texts[0])];
      value.size_bytes = (uint32_t)strlen(value.bytes);
      break;
    default: break;
  }
  return value;
}

/*
** A pattern of ours: integers divisible by 3, reals below 1, texts of odd length, NULL when the
** context says so.
*/
static int pattern_calls;
static int pattern_test(void *context, const VssValue *value, int *out_pass) {
  pattern_calls++;
  switch (value->type) {
    case VSS_INTEGER: *out_pass = value->integer % 3 == 0; break;
    case VSS_REAL: *out_pass = value->real < 1; break;
    case VSS_NULL: *out_pass = *(int *)context; break;
    default: *out_pass = value->size_bytes & 1;
  }
  return VSS_OK;
}

static VssPredicate random_predicate(uint64_t *seed, unsigned kinds, VssValue *set,
                                     uint32_t most_members) {
  static int null_passes;
  VssPredicate predicate = {0};
  predicate.op = (VssOp)(check_random(seed) % (VSS_N_OPS));
  predicate.affinity = (VssAffinity)(check_random(seed) % 5);
  predicate.collation = (VssCollation)(check_random(seed) % 3);
  predicate.rhs = random_value(seed, check_random(seed) % 3 ? kinds : 31);
  predicate.set = set;
  predicate.set_count = (uint32_t)(check_random(seed) % (most_members + 1));
  int64_t start = random_integer(seed);
  int close = check_random(seed) & 1; /* neighbours, so that there are runs */
  for (uint32_t i = 0; i < predicate.set_count; i++) {
    set[i] = random_value(seed, check_random(seed) % 3 ? kinds : 31);
    if (close && set[i].type == VSS_INTEGER)
      set[i].integer = start / 2 + (int64_t)(check_random(seed) % 9);
  }
  null_passes = (int)(check_random(seed) & 1);
  predicate.test = pattern_test;
  predicate.context = &null_passes;
  return predicate;
}

static void check_apply(const VssColumn *column, uint32_t n_slots, const VssPredicate *predicate,
                        uint64_t *seed) {
  VssBitmap slots = {0};
  uint32_t n_words = n_slots / 64 + (uint32_t)(check_random(seed) % 3);
  CHECK(vss_bitmap_resize(&slots, n_words) == VSS_OK);
  uint64_t density = check_random(seed) % 4;
  uint64_t *before = malloc(((size_t)n_words + 1) * sizeof *before);
  for (uint32_t i = 0; i < n_words; i++) {
    uint64_t word = check_random(seed);
    slots.words[i] = density == 0   ? UINT64_MAX
                     : density == 1 ? word
                     : density == 2 ? word & check_random(seed) & check_random(seed)
                                    : (word % 3 ? 0 : word);
    before[i] = slots.words[i];
  }
  CHECK(vss_filter_apply(column, predicate, &slots) == VSS_OK);
  int equal = 1;
  for (uint32_t slot = 0; slot < n_words * 64; slot++) {
    VssValue value;
    int pass = 0;
    int wanted = 0;
    vss_column_get(column, slot, &value);
    CHECK(vss_filter_test(&value, predicate, &pass) == VSS_OK);
    wanted = (before[slot / 64] >> (slot % 64) & 1) && pass;
    equal &= vss_bitmap_get(&slots, slot) == wanted;
  }
  if (!CHECK(equal)) {
    fprintf(stderr, "  op %d affinity %d collation %d rhs type %d members %u\n", predicate->op,
            predicate->affinity, predicate->collation, predicate->rhs.type, predicate->set_count);
  }
  free(before);
  vss_bitmap_free(&slots);
}

static void test_apply(uint64_t seed) {
  enum {
    N = 1 << VSS_NULL,
    I = 1 << VSS_INTEGER,
    R = 1 << VSS_REAL,
    T = 1 << VSS_TEXT,
    B = 1 << VSS_BLOB
  };
  static const unsigned kinds[] = {N,         I,     N | I, R,     N | R,
                                   N | I | R, I | R, T,     N | T, N | I | R | T | B};
  static VssValue set[300];
  for (int round = 0; round < 120; round++) {
    unsigned kind = kinds[(size_t)round % (sizeof kinds / sizeof kinds[0])];
    uint32_t n_slots = (uint32_t)(check_random(&seed) % (round % 3 ? 300 : 5000)) + 1;
    int clustered = (int)(check_random(&seed) & 1);
    VssColumn *column = NULL;
    CHECK(vss_column_create(&column) == VSS_OK);
    for (uint32_t slot = 0; slot < n_slots; slot++) {
      VssValue value = random_value(&seed, kind);
      if (kind == (I | R) && value.type == VSS_INTEGER)
        value.integer %= 1000; /* so that the column stays one of reals */
      if (clustered && value.type == VSS_INTEGER) value.integer = slot / 100;
      if (clustered && value.type == VSS_REAL) value.real = slot / 64 * 0.5;
      CHECK(vss_column_put(column, slot, &value) == VSS_OK);
    }
    for (int i = 0; i < 40; i++) {
      VssPredicate predicate = random_predicate(&seed, kind, set, i % 4 ? 5 : 300);
      if (clustered && predicate.rhs.type == VSS_INTEGER)
        predicate.rhs.integer = (int64_t)(check_random(&seed) % 60);
      if (clustered && i % 8 == 0) {
        for (uint32_t j = 0; j < predicate.set_count; j++) {
          VssValue member = {.type = VSS_INTEGER, .integer = (int64_t)(check_random(&seed) % 60)};
          set[j] = member;
        }
      }
      check_apply(column, n_slots, &predicate, &seed);
    }
    vss_column_free(column);
  }
}

/*
** Every operator with every pair of numbers at which ranges begin, end or overflow, over columns of
** integers and of reals.
*/
static void test_corners(void) {
  static const int64_t integers[] = {INT64_MIN,
                                     INT64_MIN + 1,
                                     -((int64_t)1 << 53) - 1,
                                     -1,
                                     0,
                                     1,
                                     ((int64_t)1 << 53) - 1,
                                     (int64_t)1 << 53,
                                     ((int64_t)1 << 53) + 1,
                                     INT64_MAX - 1,
                                     INT64_MAX};
  static const double reals[] = {-HUGE_VAL,
                                 -0x1.fffffffffffffp1023,
                                 -0x1.0000000000001p63,
                                 -0x1p63,
                                 -0x1p53,
                                 -1.5,
                                 -5e-324,
                                 -0.0,
                                 0.0,
                                 5e-324,
                                 0.5,
                                 0x1p53,
                                 0x1p63,
                                 0x1.fffffffffffffp1023,
                                 HUGE_VAL};
  enum { I = sizeof integers / sizeof integers[0], R = sizeof reals / sizeof reals[0] };
  VssValue values[I + R];
  uint64_t seed = 1; /* of the bits that are set before the filter is applied */
  for (int i = 0; i < I + R; i++) {
    VssValue value = {.type = i < I ? VSS_INTEGER : VSS_REAL};
    if (i < I) value.integer = integers[i];
    if (i >= I) value.real = reals[i - I];
    values[i] = value;
  }
  for (int kind = 0; kind < 2; kind++) {
    uint32_t n_slots = kind ? R : I;
    VssColumn *column = NULL;
    CHECK(vss_column_create(&column) == VSS_OK);
    for (uint32_t slot = 0; slot < n_slots; slot++)
      CHECK(vss_column_put(column, slot, &values[slot + (kind ? I : 0)]) == VSS_OK);
    for (int op = VSS_OP_EQ; op <= VSS_OP_IS_NOT; op++) {
      for (int i = 0; i < I + R; i++) {
        VssPredicate predicate = {.op = (VssOp)op, .affinity = VSS_AFF_NUMERIC, .rhs = values[i]};
        for (int round = 0; round < 4; round++)
          check_apply(column, n_slots, &predicate, &seed);
      }
    }
    vss_column_free(column);
  }
}

/* A set with 0.0 has -0.0 as well, and the other way round, whether it is looked up or compared. */
static void test_zero_in_set(void) {
  VssValue set[8];
  VssColumn *column = NULL;
  CHECK(vss_column_create(&column) == VSS_OK);
  for (uint32_t slot = 0; slot < 2; slot++) {
    VssValue zero = {.type = VSS_REAL, .real = slot ? 0.0 : -0.0};
    CHECK(vss_column_put(column, slot, &zero) == VSS_OK);
  }
  for (uint32_t count = 1; count <= 8; count++) {
    for (int negative = 0; negative < 2; negative++) {
      VssBitmap slots = {0};
      for (uint32_t i = 0; i < count; i++) {
        VssValue member = {.type = VSS_REAL, .real = i ? i * 1e9 : negative ? -0.0 : 0.0};
        set[i] = member;
      }
      CHECK(vss_bitmap_set(&slots, 0) == VSS_OK && vss_bitmap_set(&slots, 1) == VSS_OK);
      VssPredicate predicate = {
          .op = VSS_OP_IN, .affinity = VSS_AFF_REAL, .set = set, .set_count = count};
      CHECK(vss_filter_apply(column, &predicate, &slots) == VSS_OK);
      CHECK(vss_bitmap_count(&slots) == 2);
      vss_bitmap_free(&slots);
    }
  }
  vss_column_free(column);
}

/*
** Members at the ends of the integers, in gaps and beyond the set: what marks a free place of a
** hash table must not be found.
*/
static void test_set_ends(uint64_t seed) {
  static VssValue set[40];
  for (int round = 0; round < 200; round++) {
    uint32_t count = 10 + (uint32_t)(check_random(&seed) % 30);
    int wide = round & 1;
    int64_t base = wide ? 0 : (int64_t)(check_random(&seed) % 5) - 2;
    for (uint32_t i = 0; i < count; i++) {
      VssValue member = {.type = VSS_INTEGER, .integer = base + (int64_t)i * 2};
      if (wide)
        member.integer = i < 3   ? INT64_MAX - (int64_t)i
                         : i < 6 ? INT64_MIN + (int64_t)i - 3
                                 : (int64_t)check_random(&seed);
      set[i] = member;
    }
    if (wide && round & 2) set[0] = set[1]; /* the greatest is missing, and becomes the marker */
    int64_t rowids[128];
    for (int i = 0; i < 128; i++) {
      int64_t near = set[check_random(&seed) % count].integer;
      int64_t step = (int64_t)(check_random(&seed) % 9) - 4;
      rowids[i] = (step > 0 && near > INT64_MAX - step) || (step < 0 && near < INT64_MIN - step)
                      ? near
                      : near + step;
      if (i % 16 == 0) rowids[i] = i & 16 ? INT64_MAX : INT64_MIN;
      if (i % 16 == 1) rowids[i] = INT64_MAX - 3;
    }
    VssPredicate predicate = {
        .op = VSS_OP_IN, .affinity = VSS_AFF_INTEGER, .set = set, .set_count = count};
    VssBitmap slots = {0};
    CHECK(vss_bitmap_resize(&slots, 2) == VSS_OK);
    slots.words[0] = slots.words[1] = UINT64_MAX;
    CHECK(vss_filter_apply_rowids(rowids, 128, &predicate, &slots) == VSS_OK);
    int equal = 1;
    for (uint32_t i = 0; i < 128; i++) {
      VssValue value = {.type = VSS_INTEGER, .integer = rowids[i]};
      int pass;
      CHECK(vss_filter_test(&value, &predicate, &pass) == VSS_OK);
      equal &= vss_bitmap_get(&slots, i) == pass;
    }
    CHECK(equal);
    vss_bitmap_free(&slots);
  }
}

/*
** For != and IS NOT, the bits are those of values that differ under BINARY, whatever the predicate
** says.
*/
static void test_unequal_collation(void) {
  VssValue value = {.type = VSS_TEXT, .bytes = "abc", .size_bytes = 3};
  VssPredicate predicate = {
      .op = VSS_OP_NE, .affinity = VSS_AFF_TEXT, .collation = VSS_COLL_NOCASE};
  VssValue rhs = {.type = VSS_TEXT, .bytes = "ABC", .size_bytes = 3};
  int pass = 0;
  predicate.rhs = rhs;
  CHECK(vss_filter_test(&value, &predicate, &pass) == VSS_OK && pass);
  predicate.op = VSS_OP_IS_NOT;
  CHECK(vss_filter_test(&value, &predicate, &pass) == VSS_OK && pass);
  predicate.op = VSS_OP_EQ;
  CHECK(vss_filter_test(&value, &predicate, &pass) == VSS_OK && pass);
}

static void test_rowids(uint64_t seed) {
  static VssValue set[2000];
  for (int round = 0; round < 400; round++) {
    uint32_t n_slots = (uint32_t)(check_random(&seed) % 300);
    int64_t *rowids =
        malloc((n_slots + 1) * sizeof *rowids); /* a read behind it is the sanitizer's to find */
    for (uint32_t i = 0; i < n_slots; i++)
      rowids[i] = round & 1 ? (int64_t)i * 3 : random_integer(&seed);
    rowids = realloc(rowids, n_slots ? n_slots * sizeof *rowids : 1);
    VssPredicate predicate =
        random_predicate(&seed, 1 << VSS_INTEGER | 1 << VSS_REAL, set, round % 5 ? 20 : 2000);
    predicate.affinity = VSS_AFF_INTEGER;
    VssBitmap slots = {0};
    uint32_t n_words = (n_slots + 63) / 64;
    CHECK(vss_bitmap_resize(&slots, n_words) == VSS_OK);
    for (uint32_t i = 0; i < n_slots; i++)
      vss_bitmap_set(&slots, i);
    CHECK(vss_filter_apply_rowids(rowids, n_slots, &predicate, &slots) == VSS_OK);
    int equal = 1;
    for (uint32_t i = 0; i < n_slots; i++) {
      VssValue value = {.type = VSS_INTEGER, .integer = rowids[i]};
      int pass;
      CHECK(vss_filter_test(&value, &predicate, &pass) == VSS_OK);
      equal &= vss_bitmap_get(&slots, i) == (pass != 0);
    }
    CHECK(equal);
    CHECK(vss_bitmap_count(&slots) <= n_slots);
    vss_bitmap_free(&slots);
    free(rowids);
  }
}

static int failing_test(void *context, const VssValue *value, int *out_pass) {
  (void)context;
  (void)value;
  (void)out_pass;
  return VSS_STOP;
}

/* Few distinct values cost few calls of `test`, and what it returns is what the filter returns. */
static void test_pattern(void) {
  for (int kind = 0; kind < 2; kind++) {
    VssColumn *column = NULL;
    VssBitmap slots = {0};
    int context = 0;
    CHECK(vss_column_create(&column) == VSS_OK);
    for (uint32_t slot = 0; slot < 10000; slot++) {
      VssValue value = {.type = VSS_INTEGER, .integer = slot % 10};
      if (kind == 1) {
        value.type = VSS_TEXT;
        value.bytes = texts[slot % 10];
        value.size_bytes = (uint32_t)strlen(texts[slot % 10]);
      }
      CHECK(vss_column_put(column, slot, &value) == VSS_OK);
      CHECK(vss_bitmap_set(&slots, slot) == VSS_OK);
    }
    VssPredicate predicate = {.op = VSS_OP_LIKE, .test = pattern_test, .context = &context};
    pattern_calls = 0;
    CHECK(vss_filter_apply(column, &predicate, &slots) == VSS_OK);
    CHECK(pattern_calls <= 11);
    predicate.test = failing_test;
    CHECK(vss_bitmap_set(&slots, 1) == VSS_OK);
    CHECK(vss_filter_apply(column, &predicate, &slots) == VSS_STOP);
    vss_bitmap_free(&slots);
    vss_column_free(column);
  }
}

static void test_affinity(void) {
  CHECK(vss_filter_affinity("") == VSS_AFF_BLOB);
  CHECK(vss_filter_affinity("integer") == VSS_AFF_INTEGER);
  CHECK(vss_filter_affinity("CHARINT") == VSS_AFF_INTEGER);
  CHECK(vss_filter_affinity("floating point") == VSS_AFF_INTEGER); /* SQLite's own trap: poINT */
  CHECK(vss_filter_affinity("varchar(20)") == VSS_AFF_TEXT);
  CHECK(vss_filter_affinity("blob char") == VSS_AFF_TEXT);
  CHECK(vss_filter_affinity("real blob") == VSS_AFF_BLOB);
  CHECK(vss_filter_affinity("Double precision") == VSS_AFF_REAL);
  CHECK(vss_filter_affinity("date") == VSS_AFF_NUMERIC);
  CHECK(vss_filter_affinity("decimal(10,2)") == VSS_AFF_NUMERIC);
  CHECK(vss_filter_affinity("STRING") == VSS_AFF_NUMERIC);
}

/* Allocation number n fails, for every n, and the filter says VSS_NOMEM. */
static int allocations_left;
static void *failing_realloc(void *ptr, uint64_t size_bytes) {
  return allocations_left-- > 0 ? realloc(ptr, (size_t)size_bytes) : NULL;
}

static void test_out_of_memory(uint64_t seed) {
  static const VssAllocator failing = {failing_realloc, free};
  static VssValue set[100];
  vss_base_set_allocator(&failing);
  for (int kind = 0; kind < 2; kind++) {
    VssColumn *column = NULL;
    VssBitmap slots = {0};
    allocations_left = 1 << 30;
    CHECK(vss_column_create(&column) == VSS_OK);
    for (uint32_t slot = 0; slot < 500; slot++) {
      VssValue value = random_value(&seed, kind ? 31u : 1u << VSS_INTEGER);
      CHECK(vss_column_put(column, slot, &value) == VSS_OK);
      CHECK(vss_bitmap_set(&slots, slot) == VSS_OK);
    }
    for (int i = 0; i < 100; i++)
      set[i] = random_value(&seed, 1u << VSS_INTEGER);
    VssPredicate predicate = {
        .op = VSS_OP_IN, .affinity = VSS_AFF_BLOB, .set = set, .set_count = 100};
    int failed = 0;
    for (int n = 0; n < 10; n++) {
      allocations_left = n;
      int rc = vss_filter_apply(column, &predicate, &slots);
      CHECK(rc == VSS_OK || rc == VSS_NOMEM);
      failed += rc == VSS_NOMEM;
    }
    CHECK(failed >= 2 && failed < 10);
    vss_bitmap_free(&slots);
    vss_column_free(column);
  }
}

int main(void) {
  uint64_t seed = check_seed();
  test_kernels(seed);
  test_affinity();
  test_corners();
  test_zero_in_set();
  test_set_ends(seed);
  test_unequal_collation();
  test_apply(seed);
  test_rowids(seed);
  test_pattern();
  test_out_of_memory(seed);
  return check_summary();
}
