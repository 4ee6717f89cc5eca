/*
** SQLite values as the core sees them, and the core's failures as SQLite reports them.
*/
#ifndef VSS_VALUE_H
#define VSS_VALUE_H

#include "base/codec.h"
#include "filter/column.h"
#include "sqlite/sqlite_api.h"

/* The value, borrowed: valid as long as SQLite keeps it unchanged (a TEXT value is converted to UTF-8 in place). VSS_NOMEM. */
int vss_value_borrow(sqlite3_value *value, VssValue *out_value);

/* "NULL", "INTEGER", "REAL", "TEXT" or "BLOB", for messages. Cannot fail. */
const char *vss_value_type_name(VssType type);

/*
** A vector argument: BLOB (float32, raw or with header), TEXT (JSON array). Finite components only.
** expected_dim 0: any. NULL and numbers are VSS_INVALID ("a vector was expected (BLOB or JSON array), got INTEGER").
** Errors carry no subject: the caller puts "vss0 t.c: " or "vss_distance_l2(): " in front.
*/
int vss_value_vector(sqlite3_value *value, uint64_t expected_dim, VssFloats *out_floats,
                     VssError *err);

/*
** The same without a copy where the value's own bytes can serve: an aligned BLOB stays where it is. `data` is valid
** as long as SQLite keeps the value unchanged, and until vss_value_vector_release(). Zero-initialise.
*/
typedef struct VssVectorView {
  const float *data;
  uint64_t dim;
  VssFloats owned; /* what data points into, when it had to be copied */
} VssVectorView;
int vss_value_vector_view(sqlite3_value *value, uint64_t expected_dim, VssVectorView *out_view,
                          VssError *err);
void vss_value_vector_release(VssVectorView *view); /* zeroes it again */

/* A core result code as SQLite's: NOMEM, CORRUPT_VTAB, INTERRUPT, ERROR. VSS_DATABASE becomes `database_rc`. */
int vss_value_sqlite_rc(int code, int database_rc);

/*
** The connection's extended code after a failure. Never a code of success left over from another call: a function
** whose error code is SQLITE_ROW looks like a row to whoever steps.
*/
int vss_value_failure_rc(sqlite3 *db);

/*
** Make it the result of a SQL function: nomem, or "<subject>: <text>" with the SQLite code of `code`. Without a
** text, VSS_DATABASE gives the connection's own code and message.
*/
void vss_value_result_error(sqlite3_context *context, int code, const char *subject,
                            const VssError *err);

#endif
