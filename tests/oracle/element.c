/*
** Vector columns of each element type: what p stores of a vector, which is what v has to store, and
** the SQL of a distance over it.
**
**   v.e   vss0       a vector in any form          rounded and stored by vss0
**   p.e   ordinary   the BLOB that v has to store  rounded here, by other means
**
**   oracle_numbers(p.e, kind, scale, dim)          what it reads back as: a BLOB of float32, as
**                                                  vss_distance() takes it; of bits the BLOB itself
*/
#include "oracle.h"

#include <math.h>
#include <string.h>

void element_choose(Case *c, Column *column) {
  static const double scales[] = {1, 10, 40, 127, 0.5, 33.3};
  static const int bit_dims[] = {8, 16, 64, 72, 128, 136};
  column->element = rng_chance(&c->rng, 50) ? VSS_ELEMENT_FLOAT32
                                            : (VssElement)rng_below(&c->rng, VSS_ELEMENT_COUNT);
  column->scale = 1;
  if (column->element == VSS_ELEMENT_INT8) column->scale = PICK(&c->rng, scales);
  if (column->element != VSS_ELEMENT_BIT) return;
  column->dim = PICK(&c->rng, bit_dims);
  column->metric = VSS_METRIC_HAMMING;
}

int element_bytes(const Column *column) {
  static const int bits[] = {32, 16, 8, 1};
  return column->dim * bits[column->element] / 8;
}

void column_vector(Rng *rng, const Column *column, float *out) {
  vector_random(rng, column->spread, column->dim, out);
  double most = column->element == VSS_ELEMENT_FLOAT16 ? 65504
                : column->element == VSS_ELEMENT_INT8  ? 127 / column->scale
                                                       : INFINITY;
  for (int j = 0; j < column->dim; j++)
    if (fabs((double)out[j]) > most) out[j] = (float)fmod((double)out[j], most);
}

/* The bits of the nearest half of a number: how many units of its exponent it has. */
static unsigned half_of(double x) {
  int exponent;
  frexp(x, &exponent);
  exponent = exponent - 1 < -14 ? -14 : exponent - 1;
  unsigned units = (unsigned)nearbyint(ldexp(fabs(x), 10 - exponent));
  unsigned size = units < 1024 ? units : (unsigned)((exponent + 14) * 1024) + units;
  return signbit(x) ? size | 0x8000 : size;
}

static double number_of_half(unsigned half) {
  int exponent = (int)(half >> 10 & 31), fraction = (int)(half & 1023);
  double size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
  return half >> 15 ? -size : size;
}

Value column_stored(const Column *column, const float *vector, unsigned char *out) {
  memset(out, 0, (size_t)element_bytes(column));
  for (int j = 0; j < column->dim; j++) {
    double x = (double)vector[j];
    switch (column->element) {
      case VSS_ELEMENT_FLOAT16:
        out[2 * j] = (unsigned char)half_of(x);
        out[2 * j + 1] = (unsigned char)(half_of(x) >> 8);
        break;
      case VSS_ELEMENT_INT8: out[j] = (unsigned char)(int)nearbyint(x * column->scale); break;
      case VSS_ELEMENT_BIT: out[j / 8] |= (unsigned char)((x > 0) << j % 8); break;
      default: memcpy(out + 4 * j, vector + j, 4);
    }
  }
  return (Value){SQLITE_BLOB, 0, 0, out, element_bytes(column)};
}

char *column_distance(const Column *column, const char *row, const char *query) {
  const char *metric = vss_metric_name(column->metric);
  if (column->element == VSS_ELEMENT_FLOAT32)
    return sqlite3_mprintf("vss_distance('%s', %s, %s)", metric, row, query);
  return sqlite3_mprintf(
      "vss_distance('%s', oracle_numbers(%s, %d, %!.17g, %d), oracle_numbers(%s, %d, %!.17g, %d))",
      metric, row, (int)column->element, column->scale, column->dim, query, (int)column->element,
      column->scale, column->dim);
}

static float number_at(const unsigned char *bytes, VssElement element, double scale, int j) {
  if (element == VSS_ELEMENT_FLOAT16)
    return (float)number_of_half(bytes[2 * j] | (unsigned)bytes[2 * j + 1] << 8);
  return (float)((double)(signed char)bytes[j] / scale);
}

/* A BLOB of float32 stays as it is, except that it becomes bits where the column has bits. */
static void numbers(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  const unsigned char *bytes = sqlite3_value_blob(argv[0]);
  Column column = {.element = (VssElement)sqlite3_value_int(argv[1]),
                   .scale = sqlite3_value_double(argv[2]),
                   .dim = sqlite3_value_int(argv[3])};
  float out[MAX_DIM];
  unsigned char bits[MAX_DIM];
  if (!bytes) return;
  int is_float = sqlite3_value_bytes(argv[0]) == 4 * column.dim;
  if (column.element == VSS_ELEMENT_BIT) {
    if (is_float) {
      memcpy(out, bytes, 4 * (size_t)column.dim);
      bytes = column_stored(&column, out, bits).bytes;
    }
    sqlite3_result_blob(context, bytes, column.dim / 8, SQLITE_TRANSIENT);
    return;
  }
  for (int j = 0; j < column.dim && !is_float; j++)
    out[j] = number_at(bytes, column.element, column.scale, j);
  sqlite3_result_blob(context, is_float ? (const void *)bytes : out, 4 * column.dim,
                      SQLITE_TRANSIENT);
}

int element_register(sqlite3 *db) {
  /* Views and triggers call it. */
  int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  return sqlite3_create_function_v2(db, "oracle_numbers", 4, flags, NULL, numbers, NULL, NULL,
                                    NULL);
}
