/*
** Natural numbers of up to 4,608 bits on the stack, for base/decimal.c alone.
**
**   limb[0] least significant ... limb[size-1] not zero; zero has size 0
**
** The greatest number that base/decimal.c makes is 10^1,126 shifted by 64 (3,805 bits). Nothing here checks for overflow:
** the bounds are those of the callers, stated there.
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
void vss_big_multiply_add(VssBig *big, uint32_t factor,
                          uint32_t addend);            /* big = big*factor + addend */
void vss_big_multiply_pow10(VssBig *big, int power);   /* power >= 0 */
void vss_big_shift_left(VssBig *big, int bits);        /* bits >= 0 */
int vss_big_compare(const VssBig *a, const VssBig *b); /* <0, 0, >0 */
int vss_big_compare_sum(const VssBig *a, const VssBig *b, const VssBig *c); /* a + b against c */
void vss_big_subtract_multiple(VssBig *big, const VssBig *other,
                               uint32_t factor); /* never below 0 */
int vss_big_bits(const VssBig *big);             /* bits up to the highest set one */

#endif
