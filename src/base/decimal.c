/*
** Doubles and decimal text, exactly: two well-known exact algorithms over big integers, and two
** shortcuts that are taken only where they are provably exact too.
**
**   text    --vss_decimal_scan-->  VssDecimal { sign, 19 digits, exponent, where all digits are }
**             |  few digits, small exponent: one multiplication or division (Clinger 1990)
**             |  otherwise: big integers, divided bit by bit (slow_to_double)
**             v
**           double
**             |  big integers for the value and the gaps to its neighbours; digit by digit
**             v
**           Shortest { digits, point }  --put_fixed, put_scientific-->  text
**
** libc is not asked: strtod() and printf() round and print differently from one libc to the next,
** and obey the locale.
*/
#include "base/decimal.h"
#include "base/decimal_big.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The powers of ten that are doubles exactly: 10^22 = 2^22 * 5^22, and 5^22 < 2^53. */
static const double exact_pow10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { MOST_EXACT_POW10 = 22 };

static int is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* The length of the run of digits at the start of the text. */
static size_t count_digits(const char *text, size_t size_bytes) {
  size_t n = 0;
  while (n < size_bytes && is_digit(text[n]))
    n++;
  return n;
}

/*
** Fill mantissa, exponent, truncated and significant from the digits and the point. Example: 120.50
** has mantissa 12050, exponent -2 and 4 significant digits; leading zeros count for nothing.
*/
static void read_digits(VssDecimal *decimal) {
  int seen_point = 0;
  int taken = 0;    /* digits in the mantissa, leading zeros aside */
  int position = 0; /* digits since the first non-zero one, at most 20 */
  for (size_t i = 0; i < decimal->digits_size_bytes; i++) {
    char c = decimal->digits[i];
    if (c == '.') {
      seen_point = 1;
      continue;
    }
    if (position < 20 && (position || c != '0')) position++;
    if (c != '0') decimal->significant = position;
    if (taken < 19) {
      decimal->mantissa = decimal->mantissa * 10 + (uint64_t)(c - '0');
      taken += decimal->mantissa != 0;
      decimal->exponent -= seen_point;
    } else {
      /*
      ** 19 digits fit 64 bits. The rest only moves the point, and slow_to_double() reads it again.
      */
      decimal->truncated |= c != '0';
      decimal->exponent += !seen_point;
    }
  }
}

/*
** The exponent part at the start of the text. The result is its length, or 0 when there is none:
** "1e" is the number 1 and a letter. The value is cut to +-100,000, far beyond what any double
** needs.
*/
static size_t scan_exponent(const char *text, size_t size_bytes, int64_t *out_power) {
  if (size_bytes < 2 || (text[0] != 'e' && text[0] != 'E')) return 0;
  size_t at = 1;
  int negative = text[at] == '-';
  if (text[at] == '-' || text[at] == '+') at++;
  size_t n = count_digits(text + at, size_bytes - at);
  if (n == 0) return 0;
  int64_t value = 0;
  for (size_t i = 0; i < n; i++) {
    if (value < 100000) value = value * 10 + (text[at + i] - '0');
  }
  if (value > 100000) value = 100000;
  *out_power = negative ? -value : value;
  return at + n;
}

size_t vss_decimal_scan(const char *text, size_t size_bytes, VssDecimalGrammar grammar,
                        VssDecimal *out_decimal) {
  VssDecimal decimal = {0};
  size_t at = 0;
  int sql = grammar == VSS_DECIMAL_SQL;
  /* JSON takes -0.5, and not +0.5, .5, 5. or 05; SQL takes all of them. */
  if (at < size_bytes && (text[at] == '-' || (sql && text[at] == '+'))) {
    decimal.negative = text[at] == '-';
    at++;
  }
  size_t whole = count_digits(text + at, size_bytes - at);
  if (!sql && whole == 0) return 0;
  if (!sql && whole > 1 && text[at] == '0') whole = 1; /* 007 is 0 and something else */
  decimal.digits = text + at;
  decimal.digits_size_bytes = whole;
  decimal.is_integer = 1;
  at += whole;
  if (at < size_bytes && text[at] == '.') {
    size_t fraction = count_digits(text + at + 1, size_bytes - at - 1);
    /* "." alone is not a number in either grammar. */
    if (sql ? whole + fraction > 0 : fraction > 0) {
      at += 1 + fraction;
      decimal.digits_size_bytes += 1 + fraction;
      decimal.is_integer = 0;
    }
  }
  if (decimal.digits_size_bytes == 0) return 0;
  size_t exponent = scan_exponent(text + at, size_bytes - at, &decimal.power);
  if (exponent) decimal.is_integer = 0;
  at += exponent;
  decimal.exponent = decimal.power;
  read_digits(&decimal);
  *out_decimal = decimal;
  return at;
}

/*
** A number half-way between two doubles has at most 768 significant digits. So digits beyond the
** 800th can only say "a little more than the ones before", and a single digit 1 says that as well.
*/
enum { MOST_DIGITS = 800 };

/* The digits as one whole number, and the power of ten that it has to be multiplied with. */
static void load_digits(const VssDecimal *decimal, VssBig *out_big, int64_t *out_exponent) {
  int taken = 0;
  int rest = 0;
  int64_t exponent = 0;
  int seen_point = 0;
  vss_big_set(out_big, 0);
  for (size_t i = 0; i < decimal->digits_size_bytes; i++) {
    char c = decimal->digits[i];
    if (c == '.') {
      seen_point = 1;
    } else if (taken < MOST_DIGITS) {
      vss_big_multiply_add(out_big, 10, (uint32_t)(c - '0'));
      taken += out_big->size != 0;
      exponent -= seen_point;
    } else {
      rest |= c != '0';
      exponent += !seen_point;
    }
  }
  if (rest) {
    /* "A little more". */
    vss_big_multiply_add(out_big, 10, 1);
    exponent--;
  }
  *out_exponent = exponent + decimal->power;
}

/*
** mantissa * 2^(exponent-52) with the bits of a double: mantissa < 2^53, or 2^53 when rounding
** carried. A subnormal has a mantissa below 2^52 and exponent -1022.
*/
static double assemble(uint64_t mantissa, int exponent) {
  return ldexp((double)mantissa, exponent - 52);
}

/*
** num/den, rounded to a double, half to even; neither is 0. It is long division in base 2: after
** num/den was brought into [1, 2), each step finds one bit of the mantissa and doubles the
** remainder. What remains at the end, compared with den, says whether to round up.
*/
static double divide(VssBig *num, VssBig *den) {
  /* Scale by 2^-exponent so that 1 <= num/den < 2. */
  int exponent = vss_big_bits(num) - vss_big_bits(den);
  if (exponent > 0) vss_big_shift_left(den, exponent);
  if (exponent < 0) vss_big_shift_left(num, -exponent);
  if (vss_big_compare(num, den) < 0) {
    vss_big_shift_left(num, 1);
    exponent--;
  }
  /*
  ** Beyond the greatest double; and below half of the least one, 2^-1075, where everything rounds
  ** to 0.
  */
  if (exponent > 1023) return HUGE_VAL;
  if (exponent < -1075) return 0.0;
  /* A subnormal number has fewer bits, down to none. */
  int bits = exponent >= -1022 ? 53 : 53 - (-1022 - exponent);
  uint64_t mantissa = 0;
  for (int i = 0; i < bits; i++) {
    mantissa <<= 1;
    if (vss_big_compare(num, den) >= 0) {
      mantissa |= 1;
      vss_big_subtract_multiple(num, den, 1);
    }
    vss_big_shift_left(num, 1);
  }
  int half = vss_big_compare(num, den);
  if (half > 0 || (half == 0 && (mantissa & 1))) mantissa++;
  return assemble(mantissa, exponent >= -1022 ? exponent : -1022);
}

/* Exact for every text. It takes about a microsecond. */
static double slow_to_double(const VssDecimal *decimal) {
  VssBig num, den;
  int64_t exponent;
  load_digits(decimal, &num, &exponent);
  /*
  ** The value lies in [10^(magnitude-1), 10^magnitude] give or take one: outside of these limits
  ** the answer is known.
  */
  int64_t magnitude = exponent + (int64_t)((double)vss_big_bits(&num) * 0.30103);
  if (magnitude > 312) return HUGE_VAL;
  if (magnitude < -328) return 0.0;
  /* 10^exponent goes where it is a whole number: above or below the line. */
  vss_big_set(&den, 1);
  if (exponent >= 0) {
    vss_big_multiply_pow10(&num, (int)exponent);
  } else {
    vss_big_multiply_pow10(&den, (int)-exponent);
  }
  return divide(&num, &den);
}

double vss_decimal_to_double(const VssDecimal *decimal) {
  double value = 0.0;
  uint64_t mantissa = decimal->mantissa;
  int64_t exponent = decimal->exponent;
  if (mantissa == 0 && !decimal->truncated) {
    value = 0.0;
  } else if (FLT_EVAL_METHOD == 0 && !decimal->truncated && mantissa <= (uint64_t)1 << 53 &&
             exponent >= -MOST_EXACT_POW10 && exponent <= MOST_EXACT_POW10) {
    /* Both operands are exact, so that the one rounding is the right one (Clinger 1990). */
    value = exponent < 0 ? (double)mantissa / exact_pow10[-exponent]
                         : (double)mantissa * exact_pow10[exponent];
  } else {
    value = slow_to_double(decimal);
  }
  return decimal->negative ? -value : value;
}

/*
** Round to float32; ties and overflow (from 2^128 - 2^103) as IEEE 754 has them, without undefined
** behaviour.
*/
static float narrow(double value) {
  if (value >= 0x1.ffffffp127) return HUGE_VALF;
  if (value <= -0x1.ffffffp127) return -HUGE_VALF;
  return (float)value;
}

float vss_decimal_to_float(const VssDecimal *decimal) {
  int64_t exponent = decimal->exponent;
  /* Below 2^64 * 10^-66, and so below half of the smallest float32, 2^-150. */
  if (exponent <= -66) return decimal->negative ? -0.0F : 0.0F;
  if (FLT_EVAL_METHOD == 0 && exponent >= -MOST_EXACT_POW10 && exponent <= MOST_EXACT_POW10) {
    /*
    ** Three roundings (mantissa, product, digits left out) err by less than 4 units in the last of
    ** 53 bits. Where the whole neighbourhood rounds to one float32, that is the one.
    */
    double value = (double)decimal->mantissa;
    value = exponent < 0 ? value / exact_pow10[-exponent] : value * exact_pow10[exponent];
    double slack = value * 0x1p-50;
    float low = narrow(value - slack);
    if (low == narrow(value + slack)) return decimal->negative ? -low : low;
  }
  return narrow(vss_decimal_to_double(decimal));
}

/* The digits of a shortest decimal: value = 0.d1 d2 ... dn * 10^point. 1.5 is "15" with point 1. */
typedef struct Shortest {
  char digits[20];
  int n_digits;
  int point;
} Shortest;

/*
** The state of digit generation, all scaled alike: value = rest/scale, and every real number
** strictly between value - below/scale and value + above/scale reads back as value (the ends too
** when `even`).
*/
typedef struct Generator {
  VssBig rest, scale, below, above;
  int even;
} Generator;

/* Whether adding one to the digit just found would stay within the upper gap. */
static int reaches_above(const Generator *g) {
  int order = vss_big_compare_sum(&g->rest, &g->above, &g->scale);
  return g->even ? order >= 0 : order > 0;
}

/* Whether stopping at the digit just found would stay within the lower gap. */
static int reaches_below(const Generator *g) {
  int order = vss_big_compare(&g->rest, &g->below);
  return g->even ? order <= 0 : order < 0;
}

/*
** Set up for mantissa * 2^exponent, scaled by a power of ten so that the first digit is next;
** result: the point.
*/
static int start_generator(Generator *g, uint64_t mantissa, int exponent) {
  /*
  ** At a power of two the gap below is half the gap above: doubling everything keeps it an integer.
  */
  int unequal = mantissa == (uint64_t)1 << 52 && exponent > -1074;
  g->even = !(mantissa & 1);
  vss_big_set(&g->rest, mantissa);
  vss_big_set(&g->scale, 1);
  vss_big_set(&g->below, 1);
  int up = exponent > 0 ? exponent : 0;
  int down = exponent < 0 ? -exponent : 0;
  /* Twice everything, so that half a gap is a whole number; four times where the gaps differ. */
  vss_big_shift_left(&g->rest, up + 1 + unequal);
  vss_big_shift_left(&g->scale, down + 1 + unequal);
  vss_big_shift_left(&g->below, up);
  int bits = 0;
  while (bits < 53 && mantissa >> bits)
    bits++;
  /* ceil(log10(value)), or one less: the error of the product is far below 1e-10. */
  int point = (int)ceil((exponent + bits - 1) * 0.30102999566398120 - 1e-10);
  if (point >= 0) {
    vss_big_multiply_pow10(&g->scale, point);
  } else {
    vss_big_multiply_pow10(&g->rest, -point);
    vss_big_multiply_pow10(&g->below, -point);
  }
  /* A scale whose top limb has 28 bits lets next_digit() guess a digit from the top limbs alone. */
  int shift = (60 - vss_big_bits(&g->scale) % 32) % 32;
  vss_big_shift_left(&g->rest, shift);
  vss_big_shift_left(&g->scale, shift);
  vss_big_shift_left(&g->below, shift);
  g->above = g->below;
  if (unequal) vss_big_shift_left(&g->above, 1);
  /* The estimate may be one too low: then the value, or what rounds to it, already reaches 1. */
  if (reaches_above(g)) return point + 1;
  vss_big_multiply_add(&g->rest, 10, 0);
  vss_big_multiply_add(&g->below, 10, 0);
  vss_big_multiply_add(&g->above, 10, 0);
  return point;
}

/* floor(rest/scale), 0..9; rest keeps the remainder. */
static int next_digit(Generator *g) {
  if (g->rest.size < g->scale.size) return 0;
  int top = g->scale.size - 1;
  /* Dividing by top + 1 never guesses too high, and by at most one too low as top has 28 bits. */
  uint64_t head = g->rest.limb[top];
  if (g->rest.size > g->scale.size) head |= (uint64_t)g->rest.limb[top + 1] << 32;
  int digit = (int)(head / ((uint64_t)g->scale.limb[top] + 1));
  if (digit) vss_big_subtract_multiple(&g->rest, &g->scale, (uint32_t)digit);
  if (vss_big_compare(&g->rest, &g->scale) >= 0) {
    vss_big_subtract_multiple(&g->rest, &g->scale, 1);
    digit++;
  }
  return digit;
}

/*
** Digits of mantissa * 2^exponent, one after the other, until what is left is within the gap to a
** neighbour: the digits so far then read back as this double and no other. The last digit is the
** nearer of two.
*/
static void generate_shortest(uint64_t mantissa, int exponent, Shortest *out) {
  Generator g;
  out->point = start_generator(&g, mantissa, exponent);
  out->n_digits = 0;
  for (;;) {
    int digit = next_digit(&g);
    int low = reaches_below(&g);
    int high = reaches_above(&g);
    if (low || high) {
      /* Both the digit and the one above it read back: the rest decides, and a tie goes to even. */
      if (low && high) {
        int half = vss_big_compare_sum(&g.rest, &g.rest, &g.scale);
        high = half > 0 || (half == 0 && (digit & 1));
      }
      out->digits[out->n_digits++] = (char)('0' + digit + high);
      return;
    }
    out->digits[out->n_digits++] = (char)('0' + digit);
    vss_big_multiply_add(&g.rest, 10, 0);
    vss_big_multiply_add(&g.below, 10, 0);
    vss_big_multiply_add(&g.above, 10, 0);
  }
}

/* d.ddde+XX, with at least two digits in the exponent, as Python has it. */
static size_t put_scientific(const Shortest *s, char *out) {
  size_t n = 0;
  out[n++] = s->digits[0];
  if (s->n_digits > 1) {
    out[n++] = '.';
    memcpy(out + n, s->digits + 1, (size_t)s->n_digits - 1);
    n += (size_t)s->n_digits - 1;
  }
  int exponent = s->point - 1;
  out[n++] = 'e';
  out[n++] = exponent < 0 ? '-' : '+';
  if (exponent < 0) exponent = -exponent;
  if (exponent >= 100) out[n++] = (char)('0' + exponent / 100);
  out[n++] = (char)('0' + exponent / 10 % 10);
  out[n++] = (char)('0' + exponent % 10);
  return n;
}

/*
** 0.000ddd, dd.dd or ddd00.0: there is always a point, so that the text is a float in Python too.
*/
static size_t put_fixed(const Shortest *s, char *out) {
  size_t n = 0;
  if (s->point <= 0) {
    out[n++] = '0';
    out[n++] = '.';
    for (int i = s->point; i < 0; i++)
      out[n++] = '0';
  }
  for (int i = 0; i < s->n_digits || i < s->point; i++) {
    if (i == s->point && i > 0) out[n++] = '.';
    out[n++] = i < s->n_digits ? s->digits[i] : '0';
  }
  if (s->point >= s->n_digits) {
    out[n++] = '.';
    out[n++] = '0';
  }
  return n;
}

size_t vss_decimal_format(double value, char *out_text) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  size_t sign = 0;
  if (bits >> 63) out_text[sign++] = '-';
  uint64_t mantissa = bits & (((uint64_t)1 << 52) - 1);
  int exponent = (int)(bits >> 52 & 0x7ff);
  Shortest shortest = {{'0'}, 1, 1}; /* zero, if nothing below finds digits */
  if (exponent) {
    generate_shortest(mantissa | (uint64_t)1 << 52, exponent - 1075, &shortest);
  } else if (mantissa) {
    generate_shortest(mantissa, -1074, &shortest);
  }
  /* Python's limits: 0.0001 and 1e-05, 1234567890123456.0 and 1e+16. */
  int scientific = shortest.point <= -4 || shortest.point > 16;
  return sign + (scientific ? put_scientific : put_fixed)(&shortest, out_text + sign);
}
