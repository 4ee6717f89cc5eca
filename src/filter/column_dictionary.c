/*
** A hash table of values with reference counts: filter/column_dictionary.h draws it.
**
**   put 'AP'       the entry of 'AP' has one more reference, or 'AP' gets the first free code
**   remove 'AP'    one reference less; at 0 the bytes are freed and the code is free
**
** A column of texts holds few distinct ones, as a rule: the values are stored once, and everything
** else is done with codes of four bytes. Values go when their last slot does, so that texts that
** come and go do not pile up.
*/
#include "filter/column_dictionary.h"

#include <string.h>

/*
** One step of the hash: multiply and fold eight bytes. The constants are odd with evenly spread
** bits (from splitmix64).
*/
static uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
  return hash ^ (hash >> 29);
}

/*
** Storage class and bytes, as is_same() compares them. A collation has no say: 'a' and 'A' are two
** values of a column.
*/
static uint32_t hash_value(const VssValue *value) {
  uint64_t hash = (uint64_t)value->type + UINT64_C(0x9e3779b97f4a7c15);
  uint64_t word = 0;
  if (value->type == VSS_INTEGER) {
    hash = mix(hash, (uint64_t)value->integer);
  } else if (value->type == VSS_REAL) {
    memcpy(&word, &value->real, sizeof word);
    hash = mix(hash, word);
  } else {
    const uint8_t *bytes = value->bytes;
    uint32_t left = value->size_bytes;
    /*
    ** The size goes in first: the zeros that fill up the last word could be bytes of another value.
    */
    hash = mix(hash, left);
    for (; left >= 8; left -= 8, bytes += 8) {
      memcpy(&word, bytes, 8);
      hash = mix(hash, word);
    }
    word = 0;
    if (left) memcpy(&word, bytes, left);
    hash = mix(hash, word);
  }
  hash = mix(hash, hash >> 32);
  return (uint32_t)(hash >> 32);
}

/*
** By the hash first: a collision in a bucket is nearly always told apart without looking at the
** bytes.
*/
static int is_same(const VssEntry *entry, const VssValue *value, uint32_t hash) {
  if (entry->hash != hash || entry->type != (uint32_t)value->type) return 0;
  if (value->type == VSS_INTEGER) return entry->integer == value->integer;
  if (value->type == VSS_REAL) return memcmp(&entry->real, &value->real, sizeof value->real) == 0;
  return entry->size_bytes == value->size_bytes &&
         (value->size_bytes == 0 || memcmp(entry->bytes, value->bytes, value->size_bytes) == 0);
}

/* TEXT and BLOB own a copy of their bytes; numbers lie in the entry. */
static int has_bytes(const VssEntry *entry) {
  return entry->type == VSS_TEXT || entry->type == VSS_BLOB;
}

/* Make room for one more code. */
static int reserve_entry(VssDictionary *dictionary) {
  if (dictionary->first_free || dictionary->n_entries < dictionary->capacity) return VSS_OK;
  /* Entries are 24 bytes: growing by half keeps what lies idle below a third. */
  uint64_t capacity = dictionary->capacity ? (uint64_t)dictionary->capacity * 3 / 2 : 16;
  if (capacity > UINT32_MAX) capacity = UINT32_MAX;
  if (capacity == dictionary->capacity) return VSS_NOMEM; /* all 2^32 - 1 codes are in use */
  VssEntry *entries = vss_realloc(dictionary->entries, capacity * sizeof *entries);
  if (!entries) return VSS_NOMEM;
  dictionary->entries = entries;
  dictionary->capacity = (uint32_t)capacity;
  if (dictionary->n_entries == 0) {
    memset(&entries[0], 0, sizeof entries[0]); /* code 0: NULL */
    dictionary->n_entries = 1;
  }
  return VSS_OK;
}

/*
** Put a code into the first empty bucket from its hash's place on. There is one, because the table
** is never full.
*/
static void place(uint32_t *buckets, uint32_t n_buckets, uint32_t hash, uint32_t code) {
  uint32_t at = hash & (n_buckets - 1);
  while (buckets[at])
    at = (at + 1) & (n_buckets - 1);
  buckets[at] = code;
}

/* Make room for one more code in the buckets. When they double, every code is placed anew. */
static int reserve_bucket(VssDictionary *dictionary) {
  if ((uint64_t)dictionary->n_used + 1 <= (uint64_t)dictionary->n_buckets / 4 * 3) return VSS_OK;
  uint64_t n_buckets = dictionary->n_buckets ? (uint64_t)dictionary->n_buckets * 2 : 16;
  if (n_buckets > (uint64_t)1 << 31) return VSS_NOMEM;
  uint32_t *buckets = vss_calloc(n_buckets, sizeof *buckets);
  if (!buckets) return VSS_NOMEM;
  for (uint32_t i = 0; i < dictionary->n_buckets; i++) {
    uint32_t code = dictionary->buckets[i];
    if (code) place(buckets, (uint32_t)n_buckets, dictionary->entries[code].hash, code);
  }
  vss_free(dictionary->buckets);
  dictionary->buckets = buckets;
  dictionary->n_buckets = (uint32_t)n_buckets;
  return VSS_OK;
}

/* The code of a value whose hash is known, or 0. The search ends at the first empty bucket. */
static uint32_t find(const VssDictionary *dictionary, const VssValue *value, uint32_t hash) {
  if (!dictionary->n_buckets) return 0;
  uint32_t at = hash & (dictionary->n_buckets - 1);
  while (dictionary->buckets[at]) {
    uint32_t code = dictionary->buckets[at];
    if (is_same(&dictionary->entries[code], value, hash)) return code;
    at = (at + 1) & (dictionary->n_buckets - 1);
  }
  return 0;
}

uint32_t vss_dictionary_find(const VssDictionary *dictionary, const VssValue *value) {
  return value->type == VSS_NULL ? 0 : find(dictionary, value, hash_value(value));
}

/*
** Fill an entry with a value, which has one reference then. TEXT and BLOB are copied. VSS_NOMEM:
** the entry is unchanged.
*/
static int set_entry(VssEntry *entry, const VssValue *value, uint32_t hash) {
  VssEntry filled = {.refs = 1, .hash = hash, .type = (uint32_t)value->type};
  if (value->type == VSS_INTEGER) {
    filled.integer = value->integer;
  } else if (value->type == VSS_REAL) {
    filled.real = value->real;
  } else {
    filled.bytes = vss_malloc(value->size_bytes);
    if (!filled.bytes) return VSS_NOMEM;
    filled.size_bytes = value->size_bytes;
    if (value->size_bytes) memcpy(filled.bytes, value->bytes, value->size_bytes);
  }
  *entry = filled;
  return VSS_OK;
}

/* Entry and bucket are made before anything changes, so that a failure leaves no trace. */
int vss_dictionary_acquire(VssDictionary *dictionary, const VssValue *value, uint32_t *out_code) {
  if (value->type == VSS_NULL) {
    *out_code = 0;
    return VSS_OK;
  }
  uint32_t hash = hash_value(value);
  uint32_t code = find(dictionary, value, hash);
  if (code) {
    dictionary->entries[code].refs++;
    *out_code = code;
    return VSS_OK;
  }
  int rc = reserve_entry(dictionary);
  if (rc == VSS_OK) rc = reserve_bucket(dictionary);
  if (rc != VSS_OK) return rc;
  /*
  ** A free code is used again before a new one is made. It leaves the list only when nothing can
  ** fail any more.
  */
  code = dictionary->first_free ? dictionary->first_free : dictionary->n_entries;
  VssEntry *entry = &dictionary->entries[code];
  uint32_t next_free = dictionary->first_free ? entry->next_free : 0;
  rc = set_entry(entry, value, hash);
  if (rc != VSS_OK) return rc;
  if (dictionary->first_free) {
    dictionary->first_free = next_free;
  } else {
    dictionary->n_entries++;
  }
  place(dictionary->buckets, dictionary->n_buckets, hash, code);
  dictionary->n_used++;
  dictionary->n_numbers += !has_bytes(entry);
  dictionary->bytes += entry->size_bytes;
  *out_code = code;
  return VSS_OK;
}

/*
** Empty the bucket of a code and close the gap, so that searches that passed over it still arrive
** (Knuth, volume 3, 6.4, algorithm R). A code further on moves into the gap unless its own place
** lies, going round, behind the gap:
**
**   | A | B | C |   |      home of A 0, of B 1, of C 0
**   |   | B | C |   |      A goes; B stays, because its home is behind the gap; C moves to 0
**   | C | B |   |   |
*/
static void displace(VssDictionary *dictionary, uint32_t code) {
  uint32_t mask = dictionary->n_buckets - 1;
  uint32_t gap = dictionary->entries[code].hash & mask;
  while (dictionary->buckets[gap] != code)
    gap = (gap + 1) & mask;
  for (uint32_t at = (gap + 1) & mask; dictionary->buckets[at]; at = (at + 1) & mask) {
    uint32_t home = dictionary->entries[dictionary->buckets[at]].hash & mask;
    if (((at - home) & mask) >= ((at - gap) & mask)) {
      dictionary->buckets[gap] = dictionary->buckets[at];
      gap = at;
    }
  }
  dictionary->buckets[gap] = 0;
}

/* The bytes go at once; the entry goes to the front of the list of free ones. */
void vss_dictionary_release(VssDictionary *dictionary, uint32_t code) {
  if (code == 0) return;
  VssEntry *entry = &dictionary->entries[code];
  if (--entry->refs) return; /* other slots have the value, too */
  displace(dictionary, code);
  dictionary->n_numbers -= !has_bytes(entry);
  if (has_bytes(entry)) {
    dictionary->bytes -= entry->size_bytes;
    vss_free(entry->bytes);
  }
  entry->next_free = dictionary->first_free;
  dictionary->first_free = code;
  dictionary->n_used--;
}

/* Without the allocator's own overhead per TEXT or BLOB. */
uint64_t vss_dictionary_memory(const VssDictionary *dictionary) {
  return (uint64_t)dictionary->capacity * sizeof *dictionary->entries +
         (uint64_t)dictionary->n_buckets * sizeof *dictionary->buckets + dictionary->bytes;
}

/* Free entries own nothing: their union holds the next free code. */
void vss_dictionary_free(VssDictionary *dictionary) {
  for (uint32_t code = 1; code < dictionary->n_entries; code++) {
    VssEntry *entry = &dictionary->entries[code];
    if (entry->refs && has_bytes(entry)) vss_free(entry->bytes);
  }
  vss_free(dictionary->entries);
  vss_free(dictionary->buckets);
  memset(dictionary, 0, sizeof *dictionary);
}
