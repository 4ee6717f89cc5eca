/*
** src/filter/order.c against an insertion sort by vss_compare_values(): columns of every kind, of
** few values and of many, in one to three keys. The seed is printed.
*/
#include "check.h"
#include "filter/order.h"

#include <stdlib.h>

enum { MAX_SLOTS = 400, MAX_KEYS = 3 };

static const char *const texts[] = {"",   "a",  "A",   "a ",  "a  ", "b",
                                    "ab", "aB", "AB ", "abc", "10",  "9"};

/* What fills a column. */
typedef enum Fill {
  FILL_NULL,
  FILL_SMALL,   /* integers of one digit of the sort, and of two */
  FILL_WIDE,    /* integers up to both ends of 64 bits */
  FILL_REAL,    /* reals of all sizes, both zeros, both infinities */
  FILL_NUMBERS, /* integers among reals */
  FILL_TEXT,
  FILL_ANY,
  N_FILLS
} Fill;

static double random_real(uint64_t *seed) {
  static const double edges[] = {0.0, -0.0, 1, -1, 5e-324, -5e-324, 1e308, -1e308};
  uint64_t pick = check_random(seed) % 12;
  if (pick < 8) return edges[pick];
  if (pick == 8) return check_random(seed) % 2 ? 1e308 * 10 : -1e308 * 10;
  return (double)(int64_t)(check_random(seed) % 2001 - 1000) / 8;
}

static VssValue random_value(uint64_t *seed, Fill fill) {
  VssValue value = {.type = VSS_NULL};
  if (fill == FILL_ANY) fill = (Fill)(check_random(seed) % FILL_ANY);
  if (fill == FILL_NULL || check_random(seed) % 9 == 0) return value;
  if (fill == FILL_NUMBERS) fill = check_random(seed) % 2 ? FILL_SMALL : FILL_REAL;
  value.type = fill == FILL_REAL ? VSS_REAL : fill == FILL_TEXT ? VSS_TEXT : VSS_INTEGER;
  if (value.type == VSS_TEXT) {
    if (check_random(seed) % 7 == 0) value.type = VSS_BLOB;
    value.bytes = texts[check_random(seed) % (sizeof texts / sizeof *texts)];
    value.size_bytes = (uint32_t)strlen(value.bytes);
  } else if (value.type == VSS_REAL) {
    value.real = random_real(seed);
  } else if (fill == FILL_SMALL) {
    value.integer = (int64_t)(check_random(seed) % (check_random(seed) % 3 ? 20 : 5000)) - 10;
  } else {
    uint64_t pick = check_random(seed) % 6;
    value.integer = pick == 0   ? INT64_MIN
                    : pick == 1 ? INT64_MAX
                                : (int64_t)check_random(seed) >> check_random(seed) % 60;
  }
  return value;
}

static VssColumn *random_column(uint64_t *seed, uint32_t n_slots) {
  VssColumn *column = NULL;
  Fill fill = (Fill)(check_random(seed) % N_FILLS);
  CHECK(vss_column_create(&column) == VSS_OK);
  /* Some columns end before the table does: the other slots are NULL. */
  uint32_t n = check_random(seed) % 3 ? n_slots : (uint32_t)(check_random(seed) % (n_slots + 1));
  for (uint32_t i = 0; i < n; i++) {
    VssValue value = random_value(seed, fill);
    CHECK(vss_column_put(column, i, &value) == VSS_OK);
    if (check_random(seed) % 8 == 0) vss_column_remove(column, i);
  }
  return column;
}

static int compare_slots(const VssOrderKey *keys, int n_keys, uint32_t a, uint32_t b) {
  for (int i = 0; i < n_keys; i++) {
    VssValue left, right;
    vss_column_get(keys[i].column, a, &left);
    vss_column_get(keys[i].column, b, &right);
    int order = vss_compare_values(&left, &right, keys[i].collation);
    if (order) return keys[i].is_descending ? -order : order;
  }
  return 0;
}

static void sort_plainly(const VssOrderKey *keys, int n_keys, uint32_t *slots, uint32_t n) {
  for (uint32_t i = 1; i < n; i++) {
    uint32_t slot = slots[i], j = i;
    for (; j > 0 && compare_slots(keys, n_keys, slots[j - 1], slot) > 0; j--)
      slots[j] = slots[j - 1];
    slots[j] = slot;
  }
}

static void test_random(uint64_t *seed) {
  uint32_t n_slots = (uint32_t)(check_random(seed) % MAX_SLOTS) + 1;
  int n_keys = (int)(check_random(seed) % MAX_KEYS) + 1;
  VssColumn *columns[MAX_KEYS];
  VssOrderKey keys[MAX_KEYS];
  for (int i = 0; i < n_keys; i++) {
    columns[i] = random_column(seed, n_slots);
    keys[i].column = columns[i];
    keys[i].collation = (VssCollation)(check_random(seed) % VSS_N_COLLATIONS);
    keys[i].is_descending = (int)(check_random(seed) % 2);
  }
  uint32_t slots[MAX_SLOTS], expected[MAX_SLOTS], n = 0;
  int is_down = (int)(check_random(seed) % 2), part = (int)(check_random(seed) % 3);
  for (uint32_t i = 0; i < n_slots; i++) {
    if (part == 2 && check_random(seed) % 2) continue;
    slots[n++] = is_down ? n_slots - 1 - i : i;
  }
  memcpy(expected, slots, sizeof expected);
  sort_plainly(keys, n_keys, expected, n);
  CHECK(vss_order_slots(keys, n_keys, slots, n) == VSS_OK);
  CHECK(memcmp(slots, expected, n * sizeof *slots) == 0);
  for (int i = 0; i < n_keys; i++)
    vss_column_free(columns[i]);
}

/* The head of order.h, and what a sort of nothing is. */
static void test_drawn(void) {
  VssColumn *topic = NULL, *number = NULL;
  CHECK(vss_column_create(&topic) == VSS_OK && vss_column_create(&number) == VSS_OK);
  static const char *const topics[] = {"b", NULL, "B", "a", "b"};
  for (uint32_t i = 0; i < 5; i++) {
    VssValue text = {.type = topics[i] ? VSS_TEXT : VSS_NULL, .bytes = topics[i], .size_bytes = 1};
    VssValue integer = {.type = VSS_INTEGER, .integer = i == 1 ? 7 : i == 2 ? 1 : 2};
    VssValue real = {.type = VSS_REAL, .real = 2};
    CHECK(vss_column_put(topic, i, &text) == VSS_OK);
    if (i != 3) CHECK(vss_column_put(number, i, i == 4 ? &real : &integer) == VSS_OK);
  }
  VssOrderKey keys[] = {{.column = topic, .collation = VSS_COLL_NOCASE}, {.column = number}};
  uint32_t slots[] = {0, 1, 2, 3, 4};
  static const uint32_t by_both[] = {1, 3, 2, 0, 4}, by_number[] = {1, 0, 4, 2, 3};
  CHECK(vss_order_slots(keys, 2, slots, 5) == VSS_OK);
  CHECK(memcmp(slots, by_both, sizeof slots) == 0);
  keys[1].is_descending = 1;
  for (uint32_t i = 0; i < 5; i++)
    slots[i] = i;
  CHECK(vss_order_slots(&keys[1], 1, slots, 5) == VSS_OK);
  CHECK(memcmp(slots, by_number, sizeof slots) == 0);
  CHECK(vss_order_slots(keys, 2, NULL, 0) == VSS_OK);
  vss_column_free(topic);
  vss_column_free(number);
}

/* Memory runs out at each allocation in turn: the slots stay as they were. */
static int allocations_left;
static void *counted_realloc(void *ptr, uint64_t size_bytes) {
  return allocations_left-- > 0 ? realloc(ptr, (size_t)size_bytes + 1) : NULL;
}

static void test_memory(void) {
  static const VssAllocator counted = {counted_realloc, free};
  vss_base_set_allocator(&counted);
  allocations_left = 1000;
  VssColumn *column = NULL;
  CHECK(vss_column_create(&column) == VSS_OK);
  for (uint32_t i = 0; i < 4; i++) {
    VssValue value = {.type = VSS_TEXT, .bytes = texts[4 - i], .size_bytes = 1};
    CHECK(vss_column_put(column, i, &value) == VSS_OK);
  }
  VssOrderKey keys[] = {{.column = column, .is_descending = 1}, {.column = column}};
  int n_failed = 0, rc = VSS_NOMEM;
  for (; rc == VSS_NOMEM && n_failed < 20; n_failed++) {
    uint32_t slots[] = {0, 1, 2, 3};
    allocations_left = n_failed;
    rc = vss_order_slots(keys, 2, slots, 4);
    CHECK(rc == VSS_OK || (rc == VSS_NOMEM && slots[0] == 0 && slots[3] == 3));
  }
  /* The slots twice, their digits, and for each key its ranks and a list of values. */
  CHECK(rc == VSS_OK && n_failed == 7);
  vss_column_free(column);
}

int main(void) {
  uint64_t seed = check_seed();
  test_drawn();
  for (int i = 0; i < 3000; i++)
    test_random(&seed);
  test_memory();
  return check_summary();
}
