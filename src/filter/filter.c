/*
** One WHERE term on one filter column, as bits: picks the file that knows the column's kind.
*/
#include "filter/filter.h"
#include "filter/dictionary.h"
#include "filter/number.h"

#include <string.h>

/* Does the text contain the word, ASCII letters in any case? The word is given in capitals. */
static int contains(const char *text, const char *word) {
  size_t size = strlen(word);
  for (; *text; text++) {
    size_t i = 0;
    while (i < size && text[i] && (text[i] == word[i] || text[i] == word[i] + ('a' - 'A')))
      i++;
    if (i == size) return 1;
  }
  return 0;
}

VssAffinity vss_filter_affinity(const char *declared_type) {
  if (contains(declared_type, "INT")) return VSS_AFF_INTEGER;
  if (contains(declared_type, "CHAR") || contains(declared_type, "CLOB") ||
      contains(declared_type, "TEXT")) {
    return VSS_AFF_TEXT;
  }
  if (!declared_type[0] || contains(declared_type, "BLOB")) return VSS_AFF_BLOB;
  if (contains(declared_type, "REAL") || contains(declared_type, "FLOA") ||
      contains(declared_type, "DOUB")) {
    return VSS_AFF_REAL;
  }
  return VSS_AFF_NUMERIC;
}

int vss_filter_is_exact(const VssPredicate *predicate) {
  switch (predicate->op) {
    case VSS_OP_IS_NULL:
    case VSS_OP_NOT_NULL:
    case VSS_OP_CUSTOM: return 1;
    case VSS_OP_NE:
    case VSS_OP_IS_NOT: return 0; /* which collation SQLite will use is not known */
    default: return predicate->affinity != VSS_AFF_TEXT && predicate->affinity != VSS_AFF_BLOB;
  }
}

int vss_filter_test(const VssValue *value, const VssPredicate *predicate, int *out_pass) {
  VssPrepared prepared;
  int rc = vss_prepared_open(&prepared, predicate, 0);
  if (rc == VSS_OK) rc = vss_prepared_test(&prepared, value, out_pass);
  vss_prepared_close(&prepared);
  return rc;
}

int vss_filter_apply(const VssColumn *column, const VssPredicate *predicate,
                     VssBitmap *inout_slots) {
  int is_number = column->kind == VSS_COLUMN_INTEGER || column->kind == VSS_COLUMN_REAL;
  VssPrepared prepared;
  int rc = vss_prepared_open(&prepared, predicate, !is_number);
  if (rc == VSS_OK && is_number) {
    VssNumbers numbers = {.is_real = column->kind == VSS_COLUMN_REAL,
                          .n_slots = column->n_slots,
                          .integers = column->integers,
                          .present = column->present,
                          .integral = column->integral,
                          .zones = column->zones};
    rc = vss_numbers_apply(&numbers, &prepared, inout_slots);
  } else if (rc == VSS_OK) {
    rc = vss_codes_apply(column, &prepared, inout_slots);
  }
  vss_prepared_close(&prepared);
  return rc;
}

int vss_filter_apply_rowids(const int64_t *rowids, uint32_t n_slots, const VssPredicate *predicate,
                            VssBitmap *inout_slots) {
  VssNumbers numbers = {.n_slots = n_slots, .integers = rowids};
  VssPrepared prepared;
  int rc = vss_prepared_open(&prepared, predicate, 0);
  if (rc == VSS_OK) rc = vss_numbers_apply(&numbers, &prepared, inout_slots);
  vss_prepared_close(&prepared);
  return rc;
}
