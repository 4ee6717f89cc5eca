/*
** The resident values of one filter column. filter/column_data.h draws how they lie in memory.
**
**   EMPTY ──► INTEGER ──► REAL ──► DICTIONARY
**     └──────────┴──────────────────────▲
**
** A value that the kind cannot hold moves the column to the right, TEXT and BLOB at once to the
** end. Nothing moves it back.
**
** Numbers first, because most filters are numbers: they take 8 bytes and a bit, and SIMD compares
** them. A dictionary can hold anything, in 4 bytes per slot and the distinct values once.
**
** A put first makes room, then makes sure that the kind can hold the value, and then writes. When a
** step runs out of memory, it leaves a sound column behind, with the same values as before.
*/
#include "filter/column_data.h"

#include <math.h>
#include <string.h>

/*
** All integers from -2^53 to 2^53 are doubles, too. Beyond, a REAL column could not give every
** integer back.
*/
#define MOST_EXACT_INTEGER ((int64_t)1 << 53)

/* A bitmap of one bit per slot, as VssBitmap has it; it grows with the other arrays. */
static int get_bit(const uint64_t *bits, uint32_t slot) {
  return (int)(bits[vss_slot_block(slot)] >> vss_slot_lane(slot) & 1);
}

static void set_bit(uint64_t *bits, uint32_t slot, int on) {
  uint64_t bit = vss_slot_bit(slot);
  if (on) {
    bits[vss_slot_block(slot)] |= bit;
  } else {
    bits[vss_slot_block(slot)] &= ~bit;
  }
}

/* Can a REAL column hold the integer? */
static int is_exact_integer(int64_t integer) {
  return integer >= -MOST_EXACT_INTEGER && integer <= MOST_EXACT_INTEGER;
}

/* The bytes of one value in `values`. */
static uint64_t value_bytes(VssColumnKind kind) {
  return kind == VSS_COLUMN_EMPTY ? 0 : kind == VSS_COLUMN_DICTIONARY ? 4 : 8;
}

/* Codes are numbered in the order of their first use: their ranges would say nothing. */
static int has_zones(VssColumnKind kind) {
  return kind == VSS_COLUMN_INTEGER || kind == VSS_COLUMN_REAL;
}

int vss_column_create(VssColumn **out_column) {
  VssColumn *column = vss_calloc(1, sizeof *column);
  if (!column) return VSS_NOMEM;
  *out_column = column;
  return VSS_OK;
}

void vss_column_free(VssColumn *column) {
  if (!column) return;
  vss_free(column->present);
  vss_free(column->integral);
  vss_free(column->values);
  vss_free(column->zones);
  vss_dictionary_free(&column->dictionary);
  vss_free(column);
}

/*
** Reallocate to new_bytes and fill the new part with zeros. *inout_ptr stays valid when that fails.
*/
static int grow(void **inout_ptr, uint64_t old_bytes, uint64_t new_bytes) {
  uint8_t *ptr = vss_realloc(*inout_ptr, new_bytes);
  if (!ptr) return VSS_NOMEM;
  memset(ptr + old_bytes, 0, (size_t)(new_bytes - old_bytes));
  *inout_ptr = ptr;
  return VSS_OK;
}

/* Make the zones [from, to) empty: the first value that widens one becomes both of its bounds. */
static void clear_zones(VssColumnKind kind, VssZone *zones, uint64_t from, uint64_t to) {
  for (uint64_t i = from; i < to; i++) {
    if (kind == VSS_COLUMN_INTEGER) {
      zones[i].min_integer = INT64_MAX;
      zones[i].max_integer = INT64_MIN;
    } else {
      zones[i].min_real = HUGE_VAL;
      zones[i].max_real = -HUGE_VAL;
    }
  }
}

/*
** Make every array reach to the slot. When one of them cannot grow, those that have grown keep
** their size: only capacity_slots, which is set last, says how far all of them reach.
*/
static int reserve(VssColumn *column, uint32_t slot) {
  uint64_t old_slots = column->capacity_slots;
  if (slot < old_slots) return VSS_OK;
  /*
  ** An eighth more than is needed: filling slot after slot costs O(n), and at most 1.1 bytes per
  ** value lie idle.
  */
  uint64_t slots = (uint64_t)slot + 1 + old_slots / 8;
  slots = (slots + VSS_ZONE_SLOTS - 1) / VSS_ZONE_SLOTS * VSS_ZONE_SLOTS;
  uint64_t size = value_bytes(column->kind);
  /* grow() takes a void pointer, and these have types: they travel through copies. */
  void *present = column->present;
  void *integral = column->integral;
  void *zones = column->zones;
  int rc = grow(&present, old_slots / 8, slots / 8);
  column->present = present;
  if (rc == VSS_OK && integral) {
    rc = grow(&integral, old_slots / 8, slots / 8);
    column->integral = integral;
  }
  if (rc == VSS_OK && size) rc = grow(&column->values, old_slots * size, slots * size);
  if (rc == VSS_OK && has_zones(column->kind)) {
    rc = grow(&zones, old_slots / VSS_ZONE_SLOTS * sizeof(VssZone),
              slots / VSS_ZONE_SLOTS * sizeof(VssZone));
    column->zones = zones;
    if (rc == VSS_OK) {
      clear_zones(column->kind, column->zones, old_slots / VSS_ZONE_SLOTS, slots / VSS_ZONE_SLOTS);
    }
  }
  if (rc == VSS_OK) column->capacity_slots = slots;
  return rc;
}

/* The kind that can hold the value beside everything that the column has. */
static VssColumnKind kind_with(const VssColumn *column, const VssValue *value) {
  if (value->type == VSS_NULL) return column->kind;
  int is_number = value->type == VSS_INTEGER || value->type == VSS_REAL;
  switch (column->kind) {
    case VSS_COLUMN_EMPTY:
      if (!is_number) return VSS_COLUMN_DICTIONARY;
      return value->type == VSS_INTEGER ? VSS_COLUMN_INTEGER : VSS_COLUMN_REAL;
    case VSS_COLUMN_INTEGER:
      if (value->type == VSS_INTEGER) return VSS_COLUMN_INTEGER;
      if (!is_number) return VSS_COLUMN_DICTIONARY;
      /* The first REAL: the integers move into doubles if each of them survives that. */
      for (uint32_t slot = 0; slot < column->n_slots; slot++) {
        if (get_bit(column->present, slot) && !is_exact_integer(column->integers[slot])) {
          return VSS_COLUMN_DICTIONARY;
        }
      }
      return VSS_COLUMN_REAL;
    /* A REAL column takes integers one by one, as long as each of them is a double. */
    case VSS_COLUMN_REAL:
      if (value->type == VSS_REAL) return VSS_COLUMN_REAL;
      return is_number && is_exact_integer(value->integer) ? VSS_COLUMN_REAL
                                                           : VSS_COLUMN_DICTIONARY;
    default: return VSS_COLUMN_DICTIONARY;
  }
}

/* Let the zone of a slot that was just written include its value. */
static void widen_zone(VssColumn *column, uint32_t slot) {
  VssZone *zone = &column->zones[slot / VSS_ZONE_SLOTS];
  if (column->kind == VSS_COLUMN_INTEGER) {
    int64_t integer = column->integers[slot];
    if (integer < zone->min_integer) zone->min_integer = integer;
    if (integer > zone->max_integer) zone->max_integer = integer;
  } else {
    double real = column->reals[slot];
    if (real < zone->min_real) zone->min_real = real;
    if (real > zone->max_real) zone->max_real = real;
  }
}

/*
** Write a value that the kind can hold into a slot within the capacity. Of a dictionary column, the
** slot's former code is overwritten and not released: vss_column_put() does that, after the new
** value has its reference.
*/
static int write_value(VssColumn *column, uint32_t slot, const VssValue *value) {
  if (column->kind == VSS_COLUMN_DICTIONARY) {
    int rc = vss_dictionary_acquire(&column->dictionary, value, &column->codes[slot]);
    if (rc != VSS_OK) return rc;
  } else if (column->kind == VSS_COLUMN_INTEGER) {
    column->integers[slot] = value->integer;
    widen_zone(column, slot);
  } else {
    int is_integer = value->type == VSS_INTEGER;
    column->reals[slot] = is_integer ? (double)value->integer : value->real;
    if (column->integral) set_bit(column->integral, slot, is_integer);
    widen_zone(column, slot);
  }
  set_bit(column->present, slot, 1);
  return VSS_OK;
}

/* Make the bitmap of integers among reals, when there is a first one. */
static int reserve_integral(VssColumn *column) {
  if (column->integral) return VSS_OK;
  column->integral = vss_calloc(column->capacity_slots / VSS_BLOCK_ROWS, sizeof *column->integral);
  return column->integral ? VSS_OK : VSS_NOMEM;
}

/*
** Move everything into another kind. The arrays are new ones, so that the old column survives a
** failure.
*/
static int convert(VssColumn *column, VssColumnKind kind) {
  VssColumn converted = {
      .kind = kind, .n_slots = column->n_slots, .capacity_slots = column->capacity_slots};
  uint64_t slots = column->capacity_slots;
  int rc = VSS_NOMEM;
  converted.present = vss_calloc(slots / VSS_BLOCK_ROWS, sizeof *converted.present);
  converted.values = vss_calloc(slots, value_bytes(kind));
  if (!converted.present || !converted.values) goto done;
  if (has_zones(kind)) {
    converted.zones = vss_malloc(slots / VSS_ZONE_SLOTS * sizeof *converted.zones);
    if (!converted.zones) goto done;
    clear_zones(kind, converted.zones, 0, slots / VSS_ZONE_SLOTS);
  }
  rc = VSS_OK;
  /* Every value that there is so far stays an INTEGER to SQL. */
  if (kind == VSS_COLUMN_REAL && column->kind == VSS_COLUMN_INTEGER) {
    rc = reserve_integral(&converted);
  }
  for (uint32_t slot = 0; slot < column->n_slots && rc == VSS_OK; slot++) {
    VssValue value;
    vss_column_get(column, slot, &value);
    if (value.type != VSS_NULL) rc = write_value(&converted, slot, &value);
  }
done:;
  /* One of the two is the column from now on, and the other one is freed. */
  VssColumn *loser = &converted;
  VssColumn old = *column;
  if (rc == VSS_OK) {
    *column = converted;
    loser = &old;
  }
  vss_free(loser->present);
  vss_free(loser->integral);
  vss_free(loser->values);
  vss_free(loser->zones);
  vss_dictionary_free(&loser->dictionary);
  return rc;
}

/* To SQL, NaN is NULL. */
int vss_column_put(VssColumn *column, uint32_t slot, const VssValue *value) {
  if (value->type == VSS_NULL || (value->type == VSS_REAL && isnan(value->real))) {
    vss_column_remove(column, slot);
    return VSS_OK;
  }
  int rc = reserve(column, slot);
  VssColumnKind kind = kind_with(column, value);
  if (rc == VSS_OK && kind != column->kind) rc = convert(column, kind);
  /* The first integer of a REAL column needs a place to be noted in. */
  if (rc == VSS_OK && kind == VSS_COLUMN_REAL && value->type == VSS_INTEGER) {
    rc = reserve_integral(column);
  }
  if (rc != VSS_OK) return rc;
  /* The old value goes last: `value` may be borrowed from this very slot. */
  uint32_t old_code = kind == VSS_COLUMN_DICTIONARY ? column->codes[slot] : 0;
  rc = write_value(column, slot, value);
  if (rc != VSS_OK) return rc;
  vss_dictionary_release(&column->dictionary, old_code);
  if (slot >= column->n_slots) column->n_slots = slot + 1;
  return VSS_OK;
}

/* Neither zones nor capacity shrink: the slot will probably be used again, for a value like it. */
void vss_column_remove(VssColumn *column, uint32_t slot) {
  if (slot >= column->n_slots || !get_bit(column->present, slot)) return;
  set_bit(column->present, slot, 0);
  if (column->kind == VSS_COLUMN_DICTIONARY) {
    vss_dictionary_release(&column->dictionary, column->codes[slot]);
    column->codes[slot] = 0;
  }
}

/* A REAL that stands for an INTEGER is at most 2^53, so that the conversion back is exact. */
void vss_column_get(const VssColumn *column, uint32_t slot, VssValue *out_value) {
  if (slot >= column->n_slots || !get_bit(column->present, slot)) {
    out_value->type = VSS_NULL;
  } else if (column->kind == VSS_COLUMN_DICTIONARY) {
    vss_dictionary_value(&column->dictionary, column->codes[slot], out_value);
  } else if (column->kind == VSS_COLUMN_INTEGER) {
    out_value->type = VSS_INTEGER;
    out_value->integer = column->integers[slot];
  } else if (column->integral && get_bit(column->integral, slot)) {
    out_value->type = VSS_INTEGER;
    out_value->integer = (int64_t)column->reals[slot];
  } else {
    out_value->type = VSS_REAL;
    out_value->real = column->reals[slot];
  }
}

/* Whether two slots hold the same value. An INTEGER is not the same as an equal REAL. */
static int is_repeated(const VssColumn *column, uint32_t a, uint32_t b) {
  int present = get_bit(column->present, a);
  if (b >= column->n_slots || get_bit(column->present, b) != present) return 0;
  if (column->kind == VSS_COLUMN_DICTIONARY) return column->codes[a] == column->codes[b];
  if (!present) return 1;
  /* The eight bytes of a double tell 0.0 from -0.0. */
  const char *values = column->values;
  if (memcmp(values + 8 * (uint64_t)a, values + 8 * (uint64_t)b, 8) != 0) return 0;
  return !column->integral || get_bit(column->integral, a) == get_bit(column->integral, b);
}

uint32_t vss_column_repeats(const VssColumn *column, const uint32_t *slots, uint32_t n) {
  uint32_t i = n > 0;
  if (n > 1 && slots[0] < column->n_slots) {
    while (i < n && is_repeated(column, slots[0], slots[i]))
      i++;
  }
  return i;
}

/* By the sizes that reserve() and convert() allocate. */
uint64_t vss_column_memory(const VssColumn *column) {
  uint64_t bytes = sizeof *column + vss_dictionary_memory(&column->dictionary);
  uint64_t slots = column->capacity_slots;
  bytes += slots / 8 + slots * value_bytes(column->kind);
  if (column->integral) bytes += slots / 8;
  if (column->zones) bytes += slots / VSS_ZONE_SLOTS * sizeof *column->zones;
  return bytes;
}
