/*
** SQLite values as the core sees them, and what the core makes of them as the result of an SQL
** function.
**
**   sqlite3_value ──► VssValue        borrowed: type, number or bytes
**                 ──► VssVectorView   the floats where they lie, or a copy when they are converted
**                 ──► VssFloats       always a copy, owned by the caller
**   VssBuffer, floats ──► the result of the function
**
** A vector argument has one of these forms, and finite components only:
**
**   BLOB   float32 components, 4 bytes each, bare or behind sqlite-vss's header (base/codec.h)
**   TEXT   a JSON array of numbers
**
** Errors carry no subject: sqlite/error.h says who puts it in front.
*/
#ifndef VSS_VALUE_H
#define VSS_VALUE_H

#include "base/buffer.h"
#include "base/codec.h"
#include "base/error.h"
#include "base/value.h"
#include "kernel/element.h"
#include "sqlite/sqlite_api.h"

/*
** The value without a copy. The bytes stay valid as long as SQLite keeps the value unchanged. A
** TEXT value is converted to UTF-8 in place. VSS_NOMEM.
*/
int vss_value_borrow(sqlite3_value *value, VssValue *out_value);

/* Bind a value, whose bytes stay in place until the statement is reset. An SQLite code. */
int vss_value_bind(sqlite3_stmt *statement, int parameter, const VssValue *value);

/* "NULL", "INTEGER", "REAL", "TEXT" or "BLOB", for messages. Cannot fail. */
const char *vss_value_type_name(VssType type);

/*
** A copy of a vector argument. expected_dim 0 takes any number of components. NULL and numbers are
** VSS_INVALID ("a vector was expected (BLOB or JSON array), got INTEGER"). Free with
** vss_floats_free().
*/
int vss_value_vector(sqlite3_value *value, uint64_t expected_dim, VssFloats *out_floats,
                     VssError *err);

/*
** The same without a copy where the value's own bytes can serve: an aligned BLOB without header
** stays where it is. `data` is valid as long as SQLite keeps the value unchanged, and until
** vss_value_vector_release(). Zero-initialise.
*/
typedef struct VssVectorView {
  const float *data;
  uint64_t dim;
  VssFloats owned; /* data points into it where the value had to be converted; else it is empty */
} VssVectorView;
int vss_value_vector_view(sqlite3_value *value, uint64_t expected_dim, VssVectorView *out_view,
                          VssError *err);
void vss_value_vector_release(VssVectorView *view); /* frees the copy and sets all to zero */

/*
** The same for a vector column of an element type, or a query of it: a BLOB that is as long as a
** stored vector of the column is one, and gives what it reads back as. All other forms are taken as
** above. dim 0, for BIT alone: every BLOB is one of bits, at most VSS_MAX_DIM of them.
**
**   column of dim N    float16    int8    bit
**   stored vector      2 N        N       N / 8 bytes        float32: 4 N, with a header 4 N + 2
*/
int vss_value_element_view(sqlite3_value *value, VssElement element, double scale, uint64_t dim,
                           VssVectorView *out_view, VssError *err);

/*
** 1 and the value when it is a whole number: an INTEGER, a REAL without a fraction from -most_real
** to most_real, or a text that NUMERIC affinity makes one of these (the value is then converted in
** place). 0 for everything else. Cannot fail.
*/
int vss_value_whole(sqlite3_value *value, double most_real, sqlite3_int64 *out_whole);

/* Up to 2^53, two different integers are two different REALs. */
#define VSS_MOST_EXACT_REAL 9007199254740992.0

/*
** The floats as a BLOB result, 4 bytes each. SQLite copies them. An empty vector gives an empty
** BLOB, not NULL.
*/
void vss_value_result_floats(sqlite3_context *context, const float *data, uint64_t dim);

/* The buffer's bytes as a TEXT result, or out of memory where the buffer is. SQLite copies them. */
void vss_value_result_text(sqlite3_context *context, const VssBuffer *text);

#endif
