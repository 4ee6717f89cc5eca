/*
** Natural numbers of up to 4,608 bits on the stack, for base/decimal.c alone.
**
**   limb[0] least significant ... limb[size-1], which is not 0; the number 0 has size 0
**
** Example: 2^32 + 7 has size 2 and the limbs 7, 1.
**
** The greatest number that base/decimal.c makes is 10^1,126 shifted by 64 (3,805 bits). Nothing
** here checks for overflow: the limits are the callers', who state them.
*/
#ifndef VSS_DECIMAL_BIG_H
#define VSS_DECIMAL_BIG_H

#include "base/base.h"

enum { VSS_BIG_LIMBS = 144 };

typedef struct VssBig {
  int size;
  uint32_t limb[VSS_BIG_LIMBS];
} VssBig;

void vss_big_set(VssBig *big, uint64_t value);
/* big = big * factor + addend */
void vss_big_multiply_add(VssBig *big, uint32_t factor, uint32_t addend);
void vss_big_multiply_pow10(VssBig *big, int power); /* power >= 0 */
void vss_big_shift_left(VssBig *big, int bits);      /* bits >= 0 */
/* Below 0, 0 or above 0, as a is less than, equal to or greater than b; and a + b than c. */
int vss_big_compare(const VssBig *a, const VssBig *b);
int vss_big_compare_sum(const VssBig *a, const VssBig *b, const VssBig *c);
/* big = big - other * factor, which must not be below 0. */
void vss_big_subtract_multiple(VssBig *big, const VssBig *other, uint32_t factor);
/* How many bits the number has up to the highest one that is set; 0 for 0. */
int vss_big_bits(const VssBig *big);

#endif
