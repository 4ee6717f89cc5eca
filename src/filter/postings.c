/*
** Slots in the buckets of a hash, as lists through one array: filter/postings.h.
**
**   value        'a'      'b'      'a'      NULL     'b'
**   slot          0        1        2        3        4
**   heads        [ bucket of 'a': 0 ]   [ bucket of 'b': 1 ]
**   next          2        4       none     none     none
**
** Two values that are equal under the collation have equal hashes, an integer and a real too.
** Values that may be equal to one of another class stand in a list of their own, which every walk
** begins with. A database that SQLite alone has written has next to none of them.
*/
#include "filter/postings.h"

#include <string.h>

struct VssPostings {
  VssCollation collation;
  uint32_t mask;   /* buckets - 1 */
  uint32_t *heads; /* by bucket: its lowest slot, or VSS_NONE */
  uint32_t *next;  /* by slot: the next one of its bucket, or VSS_NONE */
  uint32_t n_slots;
  uint32_t doubtful; /* the first of the list of their own */
};

/* Mixes all bits into the low ones (the finalizer of MurmurHash3, public domain). */
static uint32_t mix(uint64_t bits) {
  bits ^= bits >> 33;
  bits *= 0xff51afd7ed558ccdu;
  bits ^= bits >> 33;
  bits *= 0xc4ceb9fe1a85ec53u;
  return (uint32_t)(bits ^ (bits >> 33));
}

/* 0 and -0 are equal. Two integers beyond 2^53 may share a double, and so a bucket. */
static uint32_t hash_number(double number) {
  uint64_t bits;
  if (number == 0) number = 0;
  memcpy(&bits, &number, sizeof bits);
  return mix(bits);
}

/* FNV-1a over what the collation compares: NOCASE folds ASCII letters, RTRIM ends before spaces. */
static uint32_t hash_bytes(const VssValue *value, VssCollation collation) {
  const uint8_t *bytes = value->bytes;
  uint32_t size = value->size_bytes;
  int is_text = value->type == VSS_TEXT;
  if (is_text && collation == VSS_COLL_RTRIM) {
    while (size > 0 && bytes[size - 1] == ' ')
      size--;
  }
  uint64_t hash = 0xcbf29ce484222325u;
  for (uint32_t i = 0; i < size; i++) {
    uint8_t byte = bytes[i];
    if (is_text && collation == VSS_COLL_NOCASE && byte >= 'A' && byte <= 'Z') byte |= 0x20;
    hash = (hash ^ byte) * 0x100000001b3u;
  }
  return mix(hash + (uint64_t)value->type);
}

static uint32_t hash_of(const VssValue *value, VssCollation collation) {
  switch (value->type) {
    case VSS_INTEGER: return hash_number((double)value->integer);
    case VSS_REAL: return hash_number(value->real);
    default: return hash_bytes(value, collation);
  }
}

static int is_numeric(VssAffinity affinity) {
  return affinity != VSS_AFF_TEXT && affinity != VSS_AFF_BLOB;
}

/*
** Affinity makes these impossible, but a damaged database may have them: a number in a column of
** texts, and in a column of numbers a text that is one.
*/
static int is_doubtful(const VssValue *value, VssAffinity affinity) {
  VssValue number;
  if (value->type == VSS_TEXT)
    return is_numeric(affinity) && vss_compare_looks(value, &number) != VSS_LOOKS_LIKE_TEXT;
  return affinity == VSS_AFF_TEXT && value->type != VSS_BLOB;
}

static void fill(VssPostings *postings, const VssColumn *column, VssAffinity affinity) {
  memset(postings->heads, 0xff, ((size_t)postings->mask + 1) * sizeof *postings->heads);
  /* From the last slot on, so that each list ascends and a walk goes through memory one way. */
  for (uint32_t slot = postings->n_slots; slot-- > 0;) {
    VssValue value;
    vss_column_get(column, slot, &value);
    postings->next[slot] = VSS_NONE;
    if (value.type == VSS_NULL) continue; /* no `=` is true of it */
    uint32_t *head = is_doubtful(&value, affinity)
                         ? &postings->doubtful
                         : &postings->heads[hash_of(&value, postings->collation) & postings->mask];
    postings->next[slot] = *head;
    *head = slot;
  }
}

int vss_postings_create(const VssColumn *column, uint32_t n_slots, VssAffinity affinity,
                        VssCollation collation, VssPostings **out_postings) {
  VssPostings *postings = vss_calloc(1, sizeof *postings);
  if (!postings) return VSS_NOMEM;
  uint32_t n_buckets = 64;
  while (n_buckets < n_slots && n_buckets < 1u << 31)
    n_buckets *= 2;
  postings->collation = collation;
  postings->mask = n_buckets - 1;
  postings->n_slots = n_slots;
  postings->doubtful = VSS_NONE;
  postings->heads = vss_malloc((uint64_t)n_buckets * sizeof *postings->heads);
  postings->next = vss_malloc((uint64_t)n_slots * sizeof *postings->next + 1);
  if (!postings->heads || !postings->next) {
    vss_postings_free(postings);
    return VSS_NOMEM;
  }
  fill(postings, column, affinity);
  *out_postings = postings;
  return VSS_OK;
}

void vss_postings_free(VssPostings *postings) {
  if (!postings) return;
  vss_free(postings->heads);
  vss_free(postings->next);
  vss_free(postings);
}

/*
** A number against a column of numbers, or a text that is no number against a column of texts or of
** no type: nothing is converted then, whichever of its ways SQLite takes.
*/
int vss_postings_can(const VssPredicate *predicate) {
  if (predicate->op != VSS_OP_EQ) return 0;
  switch (predicate->rhs.type) {
    case VSS_NULL:
    case VSS_BLOB: return 1;
    case VSS_INTEGER:
    case VSS_REAL: return is_numeric(predicate->affinity);
    default: return !is_numeric(predicate->affinity) && predicate->rhs_number.type == VSS_TEXT;
  }
}

VssPostingsWalk vss_postings_start(const VssPostings *postings, const VssPredicate *predicate) {
  if (predicate->rhs.type == VSS_NULL) return (VssPostingsWalk){VSS_NONE, VSS_NONE};
  uint32_t bucket = hash_of(&predicate->rhs, postings->collation) & postings->mask;
  return (VssPostingsWalk){postings->doubtful, postings->heads[bucket]};
}

uint32_t vss_postings_next(const VssPostings *postings, VssPostingsWalk *walk) {
  if (walk->at == VSS_NONE) {
    walk->at = walk->then;
    walk->then = VSS_NONE;
    if (walk->at == VSS_NONE) return VSS_NONE;
  }
  uint32_t slot = walk->at;
  walk->at = postings->next[slot];
  return slot;
}
