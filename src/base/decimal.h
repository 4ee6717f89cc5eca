/*
** Doubles and decimal text, exactly, in integer arithmetic only: no libc, no locale, the same bits
** on every build.
**
**   text -> double   correctly rounded (half to even), whatever the length of the text
**   double -> text   the shortest decimal that reads back, and of those the nearest (Steele and
**                    White 1990). These are the digits of David Gay's mode 0, and so those of
**                    Python's repr and JavaScript's String
*/
#ifndef VSS_DECIMAL_H
#define VSS_DECIMAL_H

#include "base/base.h"

/*
** A scanned number: (-1)^negative * mantissa * 10^exponent, and more digits in `digits` when
** truncated.
*/
typedef struct VssDecimal {
  int negative;
  int is_integer;     /* no point and no exponent was written */
  int truncated;      /* non-zero digits did not fit the mantissa */
  uint64_t mantissa;  /* the first 19 significant digits */
  int64_t exponent;   /* of the mantissa: the one below, less the places behind the point */
  int64_t power;      /* the exponent as written, clamped to +-100,000 */
  int significant;    /* digits from the first to the last non-zero one, at most 20 counted */
  const char *digits; /* the digits and the point as written */
  size_t digits_size_bytes;
} VssDecimal;

/*
** Which spellings count: RFC 8259 section 6, or SQL's, which also takes "+1", ".5", "5." and
** leading zeros.
*/
typedef enum VssDecimalGrammar { VSS_DECIMAL_JSON, VSS_DECIMAL_SQL } VssDecimalGrammar;

/*
** Scan the longest number at the start of text. Result: its length in bytes, 0 when there is none
** (out_decimal is then untouched). No white space is skipped. out_decimal borrows text. Cannot
** fail. Pinned by base/test_codec.c.
*/
size_t vss_decimal_scan(const char *text, size_t size_bytes, VssDecimalGrammar grammar,
                        VssDecimal *out_decimal);

/*
** The nearest double; beyond the range +-HUGE_VAL, below it +-0. Cost: a few ns to 15 digits and
** exponents to 22, about 1 us otherwise.
*/
double vss_decimal_to_double(const VssDecimal *decimal);

/*
** (float)vss_decimal_to_double(), mostly without computing all of it; beyond float32's range
** +-HUGE_VALF.
*/
float vss_decimal_to_float(const VssDecimal *decimal);

/* Longest text of vss_decimal_format(), as in "-2.2250738585072014e-308". */
#define VSS_DECIMAL_SIZE_BYTES 24

/*
** Python's repr of a finite value into out_text (not zero-terminated): "1.0", "-0.0", "1e-07",
** "1.5e+16". Result: the length, at most VSS_DECIMAL_SIZE_BYTES. Scientific below 1e-4 and from
** 1e16. Cannot fail. Cost: about 0.5 us for common magnitudes.
*/
size_t vss_decimal_format(double value, char *out_text);

#endif
