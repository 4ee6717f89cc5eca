/*
** Arguments of the SQL functions of one vector. Each reader returns 1 with the argument, or 0 where
** the function's result is set already: to NULL where the argument is NULL, else to an error.
*/
#ifndef VSS_ARGUMENT_H
#define VSS_ARGUMENT_H

#include "kernel/element.h"
#include "sqlite/value.h"

/* A vector in any form that vss_value_vector_view() reads. Release it. */
int vss_argument_vector(sqlite3_context *context, sqlite3_value *value, VssVectorView *out_view);

/*
** The same, where a BLOB is one of stored components of that type (kernel/element.h), at most
** VSS_MAX_DIM of them. `scale` is that of INT8.
*/
int vss_argument_stored(sqlite3_context *context, sqlite3_value *value, VssElement element,
                        double scale, VssVectorView *out_view);

/* An INTEGER. A REAL or a TEXT is refused, even a whole one: it is a sign of a mistake. */
int vss_argument_integer(sqlite3_context *context, sqlite3_value *value, const char *name,
                         sqlite3_int64 *out_integer);

/* The name of an element type, and the scale of an int8 column. */
int vss_argument_element(sqlite3_context *context, sqlite3_value *value, VssElement *out_element);
int vss_argument_scale(sqlite3_context *context, sqlite3_value *value, double *out_scale);

#endif
