/*
** src/filter/postings.c against vss_filter_test(), the specification: a walk gives each slot once
** at most, and all slots that pass. Values and right sides are of every class, whatever the
** affinity, as a damaged database may have them. The seed is printed.
*/
#include "check.h"
#include "filter/postings.h"

enum { MAX_SLOTS = 300 };

static const char *const texts[] = {"",     "5",     "5.0", " 5",  "abc", "ABC",
                                    "abc ", "abc  ", "1e2", "100", "zz",  "12345678901234567890"};

static VssValue random_value(uint64_t *seed) {
  VssValue value = {.type = (VssType)(check_random(seed) % 5)};
  value.integer = (int64_t)(check_random(seed) % 7) - 3;
  if (check_random(seed) % 9 == 0) value.integer += ((int64_t)1 << 53);
  value.real = (double)value.integer / (check_random(seed) % 2 ? 1 : 2);
  if (value.type == VSS_REAL && check_random(seed) % 9 == 0) value.real = -0.0;
  if (value.type == VSS_TEXT || value.type == VSS_BLOB) {
    value.bytes = texts[check_random(seed) % (sizeof texts / sizeof *texts)];
    value.size_bytes = (uint32_t)strlen(value.bytes);
  }
  return value;
}

static void check_walk(const VssColumn *column, uint32_t n_slots, const VssPredicate *predicate,
                       const VssPostings *postings) {
  uint8_t seen[MAX_SLOTS] = {0};
  VssPostingsWalk walk = vss_postings_start(postings, predicate);
  uint32_t slot;
  while ((slot = vss_postings_next(postings, &walk)) != VSS_NONE) {
    if (!CHECK(slot < n_slots && !seen[slot])) return;
    seen[slot] = 1;
  }
  int n_missing = 0;
  for (uint32_t i = 0; i < n_slots; i++) {
    VssValue value;
    int pass;
    vss_column_get(column, i, &value);
    CHECK(vss_filter_test(&value, predicate, &pass) == VSS_OK);
    n_missing += pass && !seen[i];
  }
  CHECK(n_missing == 0);
}

static void test_random(uint64_t *seed) {
  VssColumn *column = NULL;
  VssPostings *postings = NULL;
  uint32_t n_slots = (uint32_t)(check_random(seed) % MAX_SLOTS);
  VssAffinity affinity = (VssAffinity)(check_random(seed) % 5);
  VssCollation collation = (VssCollation)(check_random(seed) % 3);
  CHECK(vss_column_create(&column) == VSS_OK);
  int only_integers = check_random(seed) % 4 == 0;
  for (uint32_t i = 0; i < n_slots; i++) {
    VssValue value = random_value(seed);
    if (only_integers) value.type = VSS_INTEGER;
    CHECK(vss_column_put(column, i, &value) == VSS_OK);
    if (check_random(seed) % 8 == 0) vss_column_remove(column, i);
  }
  CHECK(vss_postings_create(column, n_slots, affinity, collation, &postings) == VSS_OK);
  for (int i = 0; i < 40; i++) {
    VssPredicate predicate = {.op = i % 8 ? VSS_OP_EQ : VSS_OP_IS,
                              .affinity = affinity,
                              .collation = collation,
                              .rhs = random_value(seed)};
    VssLooks looks = VSS_LOOKS_UNCERTAIN;
    if (predicate.rhs.type == VSS_TEXT)
      looks = vss_compare_looks(&predicate.rhs, &predicate.rhs_number);
    if (looks == VSS_LOOKS_LIKE_TEXT) predicate.rhs_number = predicate.rhs;
    if (looks == VSS_LOOKS_UNCERTAIN) predicate.rhs_number = (VssValue){.type = VSS_NULL};
    if (vss_postings_can(&predicate)) check_walk(column, n_slots, &predicate, postings);
  }
  vss_postings_free(postings);
  vss_column_free(column);
}

/* Which right sides have one meaning: without these, the random test could pass with none. */
static void test_can(void) {
  VssValue number = {.type = VSS_INTEGER, .integer = 5};
  VssValue text = {.type = VSS_TEXT, .bytes = "abc", .size_bytes = 3};
  VssPredicate predicate = {.op = VSS_OP_EQ, .affinity = VSS_AFF_INTEGER, .rhs = number};
  CHECK(vss_postings_can(&predicate));
  predicate.affinity = VSS_AFF_TEXT;
  CHECK(!vss_postings_can(&predicate));
  predicate.rhs = text;
  CHECK(!vss_postings_can(&predicate));
  predicate.rhs_number = text;
  CHECK(vss_postings_can(&predicate));
  predicate.rhs_number = number;
  CHECK(!vss_postings_can(&predicate));
  predicate.rhs_number = text;
  predicate.op = VSS_OP_LT;
  CHECK(!vss_postings_can(&predicate));
}

static int allocations_left;

static void *failing_realloc(void *pointer, uint64_t size_bytes) {
  return allocations_left-- > 0 ? realloc(pointer, (size_t)size_bytes) : NULL;
}

static void test_out_of_memory(void) {
  static const VssAllocator failing = {failing_realloc, free};
  VssColumn *column = NULL;
  VssPostings *postings = NULL;
  VssValue value = {.type = VSS_INTEGER, .integer = 5};
  allocations_left = 1000;
  vss_base_set_allocator(&failing);
  CHECK(vss_column_create(&column) == VSS_OK);
  CHECK(vss_column_put(column, 0, &value) == VSS_OK);
  for (int n = 0; n < 3; n++) {
    allocations_left = n;
    CHECK(vss_postings_create(column, 1, VSS_AFF_INTEGER, VSS_COLL_BINARY, &postings) == VSS_NOMEM);
    CHECK(postings == NULL);
  }
  allocations_left = 1000;
  CHECK(vss_postings_create(column, 1, VSS_AFF_INTEGER, VSS_COLL_BINARY, &postings) == VSS_OK);
  vss_postings_free(postings);
  vss_postings_free(NULL);
  vss_column_free(column);
}

int main(void) {
  uint64_t seed = check_seed();
  for (int i = 0; i < 2000; i++)
    test_random(&seed);
  test_can();
  test_out_of_memory();
  return check_summary();
}
