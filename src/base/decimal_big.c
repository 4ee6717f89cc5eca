/*
** Schoolbook arithmetic on short runs of 32-bit limbs; see base/decimal_big.h.
**
** Every product of two limbs, plus a carry, fits 64 bits: (2^32-1)^2 + 2*(2^32-1) = 2^64 - 1. So
** each loop goes over the limbs once, from the least significant one upwards, and carries the high
** half of a uint64.
*/
#include "base/decimal_big.h"

#include <string.h>

void vss_big_set(VssBig *big, uint64_t value) {
  big->size = 0;
  for (; value; value >>= 32)
    big->limb[big->size++] = (uint32_t)value;
}

void vss_big_multiply_add(VssBig *big, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (int i = 0; i < big->size; i++) {
    carry += (uint64_t)big->limb[i] * factor;
    big->limb[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry) big->limb[big->size++] = (uint32_t)carry;
}

void vss_big_multiply_pow10(VssBig *big, int power) {
  /* 10^9 is the greatest power of ten in 32 bits: nine digits per pass over the limbs. */
  static const uint32_t pow10[] = {1,      10,      100,      1000,      10000,
                                   100000, 1000000, 10000000, 100000000, 1000000000};
  for (; power > 9; power -= 9)
    vss_big_multiply_add(big, pow10[9], 0);
  vss_big_multiply_add(big, pow10[power], 0);
}

void vss_big_shift_left(VssBig *big, int bits) {
  int limbs = bits / 32;
  int rest = bits % 32;
  if (big->size == 0 || bits == 0) return;
  /* Whole limbs move, and the rest of the shift is a product with a power of two. */
  if (limbs) {
    memmove(big->limb + limbs, big->limb, (size_t)big->size * sizeof big->limb[0]);
    memset(big->limb, 0, (size_t)limbs * sizeof big->limb[0]);
    big->size += limbs;
  }
  if (rest) vss_big_multiply_add(big, (uint32_t)1 << rest, 0);
}

int vss_big_compare(const VssBig *a, const VssBig *b) {
  /* The highest limb is never 0, so that the longer number is the greater one. */
  if (a->size != b->size) return a->size < b->size ? -1 : 1;
  for (int i = a->size - 1; i >= 0; i--) {
    if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
  }
  return 0;
}

/* Above its highest limb a number is 0: numbers of different lengths can be added limb by limb. */
static uint32_t limb_at(const VssBig *big, int i) {
  return i < big->size ? big->limb[i] : 0;
}

int vss_big_compare_sum(const VssBig *a, const VssBig *b, const VssBig *c) {
  int size = a->size > b->size ? a->size : b->size;
  if (size < c->size) size = c->size;
  uint64_t carry = 0;
  int order = 0;
  /* From the low end, since the carry comes from there: the last limbs that differ decide. */
  for (int i = 0; i < size; i++) {
    carry += (uint64_t)limb_at(a, i) + limb_at(b, i);
    uint32_t sum = (uint32_t)carry;
    carry >>= 32;
    if (sum != limb_at(c, i)) order = sum < limb_at(c, i) ? -1 : 1;
  }
  /* A carry out of the highest limb makes the sum longer than c. */
  return carry ? 1 : order;
}

void vss_big_subtract_multiple(VssBig *big, const VssBig *other, uint32_t factor) {
  uint64_t product = 0; /* its low half is taken away now, its high half is carried */
  uint64_t borrow = 0;
  for (int i = 0; i < big->size; i++) {
    product += i < other->size ? (uint64_t)other->limb[i] * factor : 0;
    uint64_t difference = (uint64_t)big->limb[i] - (uint32_t)product - borrow;
    big->limb[i] = (uint32_t)difference;
    /*
    ** Two 32-bit numbers and a borrow taken from one another: below 0 exactly when the top bit is
    ** set.
    */
    borrow = difference >> 63;
    product >>= 32;
  }
  /* The highest limb must not be 0. */
  while (big->size && big->limb[big->size - 1] == 0)
    big->size--;
}

/* Shifting one bit at a time is enough: this is called a few times per number. */
int vss_big_bits(const VssBig *big) {
  if (big->size == 0) return 0;
  int bits = 0;
  for (uint32_t top = big->limb[big->size - 1]; top; top >>= 1)
    bits++;
  return (big->size - 1) * 32 + bits;
}
