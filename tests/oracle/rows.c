/*
** The rows of a statement as bytes, and a comparison of two such lists.
**
**   row     │ type │ payload │ type │ payload │ ...      one pair per column; NULL has no payload
**   starts  the offset of each row, and the end of the last
**
** Numbers are compared bit by bit: 1 and 1.0 differ, and so do 0.0 and -0.0.
*/
#include "step_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void rows_append(Rows *rows, const void *bytes, size_t size) {
  if (rows->size + size > rows->capacity) {
    rows->capacity = (rows->size + size) * 2 + 4096;
    rows->bytes = realloc(rows->bytes, rows->capacity);
    if (!rows->bytes) abort();
  }
  if (size) memcpy(rows->bytes + rows->size, bytes, size);
  rows->size += size;
}

/* The row that comes next starts here. */
static void rows_mark(Rows *rows) {
  if (rows->n + 2 > rows->start_capacity) {
    rows->start_capacity = rows->start_capacity * 2 + 256;
    rows->starts = realloc(rows->starts, rows->start_capacity * sizeof *rows->starts);
    if (!rows->starts) abort();
  }
  rows->starts[rows->n] = rows->size;
}

/* Appends the row that the statement is at. */
void rows_take(Rows *rows, sqlite3_stmt *stmt) {
  int n = sqlite3_column_count(stmt);
  for (int i = 0; i < n; i++) {
    char type = (char)sqlite3_column_type(stmt, i);
    rows_append(rows, &type, 1);
    if (type == SQLITE_INTEGER) {
      int64_t integer = sqlite3_column_int64(stmt, i);
      rows_append(rows, &integer, sizeof integer);
    } else if (type == SQLITE_FLOAT) {
      double real = sqlite3_column_double(stmt, i);
      rows_append(rows, &real, sizeof real);
    } else if (type != SQLITE_NULL) {
      const void *bytes = type == SQLITE_TEXT ? (const void *)sqlite3_column_text(stmt, i)
                                              : sqlite3_column_blob(stmt, i);
      int size = sqlite3_column_bytes(stmt, i);
      rows_append(rows, &size, sizeof size);
      rows_append(rows, bytes, (size_t)size);
    }
  }
  rows->n++;
  rows_mark(rows);
}

/* qsort() has no argument for it. */
static const Rows *sorting;

static int compare_starts(const void *a, const void *b) {
  size_t i = *(const size_t *)a, j = *(const size_t *)b;
  size_t n_i = sorting->starts[i + 1] - sorting->starts[i],
         n_j = sorting->starts[j + 1] - sorting->starts[j];
  int order = memcmp(sorting->bytes + sorting->starts[i], sorting->bytes + sorting->starts[j],
                     n_i < n_j ? n_i : n_j);
  return order ? order : n_i < n_j ? -1 : n_i > n_j;
}

/* In which order to compare the rows: as the statement gave them, or sorted by their bytes. */
static size_t *rows_order(const Rows *rows, int ordered) {
  size_t *order = malloc((rows->n + 1) * sizeof *order);
  if (!order) abort();
  for (size_t i = 0; i < rows->n; i++)
    order[i] = i;
  sorting = rows;
  if (!ordered) qsort(order, rows->n, sizeof *order, compare_starts);
  return order;
}

/* Steps over the value at *inout_p, and returns its size with its type. */
static size_t skip_value(const char **inout_p) {
  const char *p = *inout_p;
  int type = *p, size = 0;
  if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) {
    size = 8;
  } else if (type != SQLITE_NULL) {
    memcpy(&size, p + 1, sizeof size);
    size += (int)sizeof size;
  }
  *inout_p = p + 1 + size;
  return 1 + (size_t)size;
}

/* 1 when column number `column`, from 1 on, has the same value in row i of a and row j of b. */
static int has_same(const Rows *a, size_t i, const Rows *b, size_t j, int column) {
  const char *p = a->bytes + a->starts[i], *q = b->bytes + b->starts[j];
  for (int n = 1; n < column; n++) {
    skip_value(&p);
    skip_value(&q);
  }
  const char *value = p, *other = q;
  size_t size = skip_value(&p);
  return size == skip_value(&q) && memcmp(value, other, size) == 0;
}

/* 1 when every row of a is a row of b, as often as a has it. */
static int is_part(const Rows *a, const Rows *b) {
  size_t *order_a = rows_order(a, 0), *order_b = rows_order(b, 0);
  size_t j = 0, i = 0;
  for (; i < a->n; i++, j++) {
    size_t row = order_a[i], size = a->starts[row + 1] - a->starts[row];
    while (j < b->n && (b->starts[order_b[j] + 1] - b->starts[order_b[j]] != size ||
                        memcmp(a->bytes + a->starts[row], b->bytes + b->starts[order_b[j]], size)))
      j++;
    if (j == b->n) break;
  }
  free(order_a);
  free(order_b);
  return i == a->n;
}

static void rows_print(const Rows *rows, size_t row, char *out, size_t size) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  const char *p = rows->bytes + rows->starts[row], *end = rows->bytes + rows->starts[row + 1];
  for (int i = 0; p < end; i++) {
    Value value = {*p++, 0, 0, NULL, 0};
    if (value.type == SQLITE_INTEGER) {
      memcpy(&value.integer, p, 8);
      p += 8;
    } else if (value.type == SQLITE_FLOAT) {
      memcpy(&value.real, p, 8);
      p += 8;
    } else if (value.type != SQLITE_NULL) {
      memcpy(&value.size_bytes, p, sizeof(int));
      value.bytes = p + sizeof(int);
      p += sizeof(int) + (size_t)value.size_bytes;
    }
    if (i) sqlite3_str_appendall(text, "|");
    value_literal(text, &value);
  }
  char *finished = sqlite3_str_finish(text);
  snprintf(out, size, "%s", finished ? finished : "");
  sqlite3_free(finished);
}

void rows_start(Rows *rows) {
  rows->size = rows->n = 0;
  rows_mark(rows);
}

/* FNV-1a, row by row. */
uint64_t rows_hash(const Rows *rows, int ordered) {
  uint64_t all = rows->n;
  for (size_t i = 0; i < rows->n; i++) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t j = rows->starts[i]; j < rows->starts[i + 1]; j++)
      hash = (hash ^ (unsigned char)rows->bytes[j]) * 0x100000001b3u;
    all = (ordered ? all * 0x100000001b3u : all) + hash;
  }
  return all;
}

int rows_differ(const Rows *vss, const Rows *plain, int ordered, char *message) {
  size_t n = vss->n < plain->n ? vss->n : plain->n;
  size_t *order[SIDES] = {rows_order(vss, ordered), rows_order(plain, ordered)};
  size_t i = 0;
  for (; i < n; i++) {
    size_t a = order[VSS][i], b = order[PLAIN][i];
    size_t size = vss->starts[a + 1] - vss->starts[a];
    if (size != plain->starts[b + 1] - plain->starts[b] ||
        memcmp(vss->bytes + vss->starts[a], plain->bytes + plain->starts[b], size))
      break;
  }
  int differs = i < n || vss->n != plain->n;
  if (differs) {
    char got[300] = "nothing", expected[300] = "nothing";
    if (i < vss->n) rows_print(vss, order[VSS][i], got, sizeof got);
    if (i < plain->n) rows_print(plain, order[PLAIN][i], expected, sizeof expected);
    snprintf(message, MESSAGE_SIZE,
             "rows differ: vss0 gives %d, SQLite %d; row %d is %s, expected %s", (int)vss->n,
             (int)plain->n, (int)i + 1, got, expected);
  }
  free(order[VSS]);
  free(order[PLAIN]);
  return differs;
}

int rows_differ_beyond_ties(const Rows *vss, const Rows *plain, const Step *step, char *message) {
  size_t offset = (size_t)step->offset < plain->n ? (size_t)step->offset : plain->n;
  size_t n = plain->n - offset;
  if (step->limit >= 0 && (size_t)step->limit < n) n = (size_t)step->limit;
  if (vss->n != n) {
    snprintf(message, MESSAGE_SIZE, "rows differ: vss0 gives %d, SQLite %d", (int)vss->n, (int)n);
    return 1;
  }
  for (size_t i = 0; i < n; i++) {
    if (has_same(vss, i, plain, offset + i, step->tied_by)) continue;
    char got[300], expected[300];
    rows_print(vss, i, got, sizeof got);
    rows_print(plain, offset + i, expected, sizeof expected);
    snprintf(message, MESSAGE_SIZE, "distances differ: row %d is %s, expected %s", (int)i + 1, got,
             expected);
    return 1;
  }
  if (is_part(vss, plain)) return 0;
  snprintf(message, MESSAGE_SIZE, "rows differ: some of vss0's are not among SQLite's");
  return 1;
}
