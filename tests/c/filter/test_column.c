/*
** filter/column.c and filter/column_dictionary.c: random puts, removals and reads against an array
** of values; the memory that they take; and out of memory at every allocation.
*/
#include "check.h"
#include "filter/column.h"
#include "filter/column_data.h"

#include <math.h>

enum { SLOTS = 5000 };

/* What the column should hold: an array of values, all owned by the test. */
typedef struct Model {
  VssValue values[SLOTS];
  char bytes[SLOTS][24];
} Model;

static Model model;

static int same_value(const VssValue *a, const VssValue *b) {
  if (a->type != b->type) return 0;
  switch (a->type) {
    case VSS_NULL: return 1;
    case VSS_INTEGER: return a->integer == b->integer;
    case VSS_REAL: return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    default:
      return a->size_bytes == b->size_bytes &&
             (a->size_bytes == 0 || memcmp(a->bytes, b->bytes, a->size_bytes) == 0);
  }
}

/*
** A random value of one of the types whose bit is set in `kinds`. bytes: 24 bytes of room for it.
*/
static VssValue random_value(uint64_t *seed, unsigned kinds, char *bytes) {
  VssValue value = {.type = VSS_NULL};
  do {
    value.type = (VssType)(check_random(seed) % 5);
  } while (!(kinds >> value.type & 1));
  int64_t small = (int64_t)(check_random(seed) % 2000) - 1000;
  switch (value.type) {
    case VSS_INTEGER:
      value.integer = check_random(seed) % 50 ? small : small * ((int64_t)1 << 44);
      break;
    case VSS_REAL: value.real = check_random(seed) % 20 ? (double)small / 8 : -0.0; break;
    case VSS_TEXT:
    case VSS_BLOB:
      value.size_bytes =
          check_random(seed) % 10 ? (uint32_t)sprintf(bytes, "value %d", (int)small) : 0;
      value.bytes = value.size_bytes ? bytes : NULL;
      break;
    default: break;
  }
  return value;
}

static void set_model(uint32_t slot, const VssValue *value) {
  model.values[slot] = *value;
  if (value->size_bytes) {
    memcpy(model.bytes[slot], value->bytes, value->size_bytes);
    model.values[slot].bytes = model.bytes[slot];
  }
}

static void check_model(const VssColumn *column) {
  int equal = 1;
  for (uint32_t slot = 0; slot < SLOTS; slot++) {
    VssValue value;
    vss_column_get(column, slot, &value);
    equal &= same_value(&value, &model.values[slot]);
  }
  CHECK(equal);
}

/*
** Every zone spans its values, the arrays are as long as they say, references are counted right,
** values are found again.
*/
static void check_sound(const VssColumn *column) {
  CHECK(column->capacity_slots % VSS_ZONE_SLOTS == 0 && column->n_slots <= column->capacity_slots);
  int sound = 1;
  uint32_t *refs = calloc(column->dictionary.n_entries + 1, sizeof *refs);
  for (uint32_t slot = 0; slot < column->n_slots; slot++) {
    int present = (int)(column->present[slot / 64] >> (slot % 64) & 1);
    if (column->kind == VSS_COLUMN_DICTIONARY) {
      sound &= (column->codes[slot] != 0) == present;
      sound &= column->codes[slot] < column->dictionary.n_entries || !present;
      refs[column->codes[slot]]++;
    } else if (present) {
      const VssZone *zone = &column->zones[slot / VSS_ZONE_SLOTS];
      if (column->kind == VSS_COLUMN_INTEGER) {
        sound &= zone->min_integer <= column->integers[slot] &&
                 column->integers[slot] <= zone->max_integer;
      } else {
        sound &= zone->min_real <= column->reals[slot] && column->reals[slot] <= zone->max_real;
      }
    }
  }
  uint32_t n_used = 0, n_numbers = 0;
  for (uint32_t code = 1; code < column->dictionary.n_entries; code++) {
    sound &= refs[code] == column->dictionary.entries[code].refs;
    n_used += refs[code] != 0;
    if (refs[code]) {
      uint32_t type = column->dictionary.entries[code].type;
      n_numbers += type == VSS_INTEGER || type == VSS_REAL;
      VssValue value;
      vss_dictionary_value(&column->dictionary, code, &value);
      sound &= vss_dictionary_find(&column->dictionary, &value) == code;
    }
  }
  sound &= n_used == column->dictionary.n_used && n_numbers == column->dictionary.n_numbers;
  free(refs);
  CHECK(sound);
}

static void run_random(uint64_t seed, const unsigned *kinds_by_phase, int n_phases) {
  VssColumn *column = NULL;
  memset(&model, 0, sizeof model);
  CHECK(vss_column_create(&column) == VSS_OK);
  for (int phase = 0; phase < n_phases; phase++) {
    uint32_t slots = phase == 0 ? 100 : SLOTS;
    for (int step = 0; step < 4000; step++) {
      uint32_t slot = (uint32_t)(check_random(&seed) % slots);
      char bytes[24];
      if (check_random(&seed) % 5 == 0) {
        VssValue null_value = {.type = VSS_NULL};
        vss_column_remove(column, slot);
        model.values[slot] = null_value;
      } else {
        VssValue value = random_value(&seed, kinds_by_phase[phase], bytes);
        CHECK(vss_column_put(column, slot, &value) == VSS_OK);
        set_model(slot, &value);
      }
    }
    check_model(column);
    check_sound(column);
  }
  vss_column_free(column);
}

static void test_random(uint64_t seed) {
  enum {
    N = 1 << VSS_NULL,
    I = 1 << VSS_INTEGER,
    R = 1 << VSS_REAL,
    T = 1 << VSS_TEXT,
    B = 1 << VSS_BLOB
  };
  static const unsigned histories[][4] = {
      {I, N | I, I, I},     {R, N | R, R, R},
      {N, I, R, I | R},     {I, I | R, I | R, T},
      {N | T, T, T, T | B}, {T, I | T, R | B, N},
      {N, N, N, R | I},     {R, I, I | R, N | I | R | T | B},
  };
  for (size_t i = 0; i < sizeof histories / sizeof histories[0]; i++)
    run_random(check_random(&seed), histories[i], 4);
}

static VssValue integer(int64_t i) {
  VssValue value = {.type = VSS_INTEGER, .integer = i};
  return value;
}

static VssValue real(double r) {
  VssValue value = {.type = VSS_REAL, .real = r};
  return value;
}

static void put(VssColumn *column, uint32_t slot, VssValue value) {
  CHECK(vss_column_put(column, slot, &value) == VSS_OK);
}

static void test_kinds(void) {
  VssColumn *column = NULL;
  VssValue value;
  CHECK(vss_column_create(&column) == VSS_OK);
  vss_column_get(column, 7, &value);
  CHECK(value.type == VSS_NULL);
  vss_column_remove(column, 7);
  put(column, 3, real((double)NAN));
  CHECK(column->kind == VSS_COLUMN_EMPTY);
  put(column, 0, integer(20));
  CHECK(column->kind == VSS_COLUMN_INTEGER);
  put(column, 1, real(19.99));
  CHECK(column->kind == VSS_COLUMN_REAL); /* in which 20 is still an INTEGER */
  vss_column_get(column, 0, &value);
  CHECK(value.type == VSS_INTEGER && value.integer == 20);
  put(column, 0, real(20.0));
  vss_column_get(column, 0, &value);
  CHECK(value.type == VSS_REAL);
  put(column, 2, integer((int64_t)1 << 53));
  CHECK(column->kind == VSS_COLUMN_REAL);
  put(column, 2, integer(((int64_t)1 << 53) + 1));
  CHECK(column->kind == VSS_COLUMN_DICTIONARY);
  vss_column_get(column, 2, &value);
  CHECK(value.type == VSS_INTEGER && value.integer == ((int64_t)1 << 53) + 1);
  vss_column_free(column);

  CHECK(vss_column_create(&column) == VSS_OK);
  put(column, 0, integer(INT64_MAX));
  put(column, 1, real(0.5)); /* 2^63 - 1 is no double */
  CHECK(column->kind == VSS_COLUMN_DICTIONARY);
  vss_column_get(column, 0, &value);
  CHECK(value.type == VSS_INTEGER && value.integer == INT64_MAX);
  vss_column_free(column);
  vss_column_free(NULL);
}

/* A number takes 9 bytes, and a text that is already there takes a code. */
static void test_memory(void) {
  VssColumn *column = NULL;
  uint32_t n = 200000;
  CHECK(vss_column_create(&column) == VSS_OK);
  for (uint32_t slot = 0; slot < n; slot++)
    put(column, slot, integer((int64_t)slot * 3));
  CHECK(vss_column_memory(column) <= (uint64_t)n * 9 + (uint64_t)n / 4);
  vss_column_free(column);

  CHECK(vss_column_create(&column) == VSS_OK);
  char text[24];
  for (uint32_t slot = 0; slot < n; slot++) {
    VssValue value = {.type = VSS_TEXT, .bytes = text};
    value.size_bytes = (uint32_t)sprintf(text, "paper %u", slot % 50);
    put(column, slot, value);
  }
  CHECK(vss_column_memory(column) <= (uint64_t)n * 5);
  /* Texts that replace each other do not pile up. */
  for (uint32_t i = 0; i < n; i++) {
    VssValue value = {.type = VSS_TEXT, .bytes = text};
    value.size_bytes = (uint32_t)sprintf(text, "passing %u", i);
    put(column, i % 10, value);
  }
  CHECK(column->dictionary.n_entries < 100);
  CHECK(vss_column_memory(column) <= (uint64_t)n * 5);
  check_sound(column);
  vss_column_free(column);
}

/* Few values, so that many are repeated: both zeros, 1 and 1.0, a text, and NULL. */
static void test_repeats(uint64_t seed) {
  static const VssValue values[] = {{.type = VSS_INTEGER, .integer = 1},
                                    {.type = VSS_INTEGER, .integer = 2},
                                    {.type = VSS_REAL, .real = 1},
                                    {.type = VSS_REAL, .real = 0.0},
                                    {.type = VSS_REAL, .real = -0.0},
                                    {.type = VSS_TEXT, .bytes = "a", .size_bytes = 1},
                                    {.type = VSS_BLOB, .bytes = "a", .size_bytes = 1}};
  for (int round = 0; round < 300; round++) {
    VssColumn *column = NULL;
    CHECK(vss_column_create(&column) == VSS_OK);
    /* Integers alone, numbers, or everything. */
    uint64_t n_values = round % 3 == 0 ? 2 : round % 3 == 1 ? 5 : 7;
    uint32_t slots[60];
    for (uint32_t i = 0; i < 60; i++) {
      if (i < 50) put(column, i, values[check_random(&seed) % n_values]);
      if (check_random(&seed) % 4 == 0) vss_column_remove(column, i);
    }
    for (uint32_t i = 0; i < 60; i++)
      slots[i] = (uint32_t)(check_random(&seed) % 60);
    for (uint32_t from = 0; from < 60; from++) {
      uint32_t n = 60 - from, repeats = vss_column_repeats(column, slots + from, n);
      VssValue first, value;
      vss_column_get(column, slots[from], &first);
      if (!CHECK(repeats >= 1 && repeats <= n)) break;
      for (uint32_t i = 1; i < repeats; i++) {
        vss_column_get(column, slots[from + i], &value);
        CHECK(same_value(&first, &value));
      }
      /* Where it ends, the next value is another one, or lies behind the last slot. */
      if (repeats == n || slots[from] >= 50 || slots[from + repeats] >= 50) continue;
      vss_column_get(column, slots[from + repeats], &value);
      CHECK(!same_value(&first, &value));
    }
    CHECK(vss_column_repeats(column, slots, 0) == 0);
    vss_column_free(column);
  }
}

/* A value that is borrowed from the column itself can be put into the same slot. */
static void test_own_value(void) {
  VssColumn *column = NULL;
  VssValue value = {.type = VSS_TEXT, .bytes = "itself", .size_bytes = 6};
  CHECK(vss_column_create(&column) == VSS_OK);
  put(column, 0, value);
  vss_column_get(column, 0, &value);
  put(column, 0, value);
  vss_column_get(column, 0, &value);
  put(column, 1, value);
  vss_column_get(column, 1, &value);
  CHECK(value.size_bytes == 6 && memcmp(value.bytes, "itself", 6) == 0);
  vss_column_free(column);
}

/*
** Allocation number n fails, for every n: the column has its old values, and can be used as before.
*/
static int allocations_left;
static void *failing_realloc(void *ptr, uint64_t size_bytes) {
  return allocations_left-- > 0 ? realloc(ptr, (size_t)size_bytes) : NULL;
}

static void test_out_of_memory(uint64_t seed) {
  static const VssAllocator failing = {failing_realloc, free};
  vss_base_set_allocator(&failing);
  for (int round = 0; round < 60; round++) {
    VssColumn *column = NULL;
    memset(&model, 0, sizeof model);
    allocations_left = 1 << 30;
    CHECK(vss_column_create(&column) == VSS_OK);
    for (int step = 0; step < 120; step++) {
      char bytes[24];
      unsigned kinds = step < 40 ? 1u << VSS_INTEGER : step < 80 ? 7u : 31u;
      uint32_t slot = (uint32_t)(check_random(&seed) % SLOTS);
      VssValue value = random_value(&seed, kinds, bytes);
      allocations_left = (int)(check_random(&seed) % 6);
      int rc = vss_column_put(column, slot, &value);
      CHECK(rc == VSS_OK || rc == VSS_NOMEM);
      if (rc == VSS_OK) set_model(slot, &value);
      allocations_left = 1 << 30;
      if (rc == VSS_NOMEM) check_sound(column);
    }
    check_model(column);
    vss_column_free(column);
  }
}

int main(void) {
  uint64_t seed = check_seed();
  test_random(seed);
  test_repeats(seed);
  test_kinds();
  test_memory();
  test_own_value();
  test_out_of_memory(seed);
  return check_summary();
}
