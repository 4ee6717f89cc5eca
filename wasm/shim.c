/*
** What JavaScript calls in place of functions of SQLite: this file has the module's number and
** memory, values, and user functions; connection.c and statement.c have the rest. exports.txt lists
** all that is exported, SQLite's own functions too.
**
** A function is here for one of three reasons. SQLite's own takes a function pointer, or a 64-bit
** integer that JavaScript would have to make a BigInt of. Or one crossing can do the work of many
** (a batch of rows). Or it belongs to the start of a connection.
**
** Numbers cross as int or double, strings as pointers to UTF-8 in the module's memory.
*/
#include <stddef.h>
#include <stdint.h>

#include "import.h"
#include "kernel/kernel.h"

/*
** Raised whenever an export or import changes its meaning, so that a wrapper notices the module of
** another build. js/module/capi.js has the same number.
*/
#define VSS_JS_ABI 6

/* --- The module ------------------------------------------------------------------------------- */

int vss_js_abi(void) {
  return VSS_JS_ABI;
}

/*
** The place in the table of functions where JavaScript puts the kernel of wasm/relaxed. Until it
** does, this is what stands there: bounds that are right and of no use.
*/
static void relaxed_kernel(const VssQueryHighs *const *queries, uint32_t n_queries,
                           const uint8_t *highs, const float *coarse, uint64_t word,
                           float *const *out) {
  (void)queries;
  (void)highs;
  (void)coarse;
  (void)word;
  for (uint32_t q = 0; q < n_queries; q++)
    for (int i = 0; i < VSS_BLOCK_ROWS; i++)
      out[q][i] = -__builtin_inff();
}

int vss_js_relaxed_slot(void) {
  return (int)(intptr_t)relaxed_kernel;
}

/* From here on scans call what stands in that place. */
void vss_js_use_relaxed(void) {
  vss_kernels.bounds_block_u4 = relaxed_kernel;
  vss_kernels.is_relaxed = 1;
}

/* Emscripten's stack pointer. The tests check that no number of calls makes it drift. */
void *stackSave(void);

void *vss_js_stack_save(void) {
  return stackSave();
}

/* All addresses of a 32-bit machine. */
#define VSS_ADDRESS_SPACE_BYTES 4294967296.0

/* NULL when out of memory. A size of 0 gives memory too. Free with sqlite3_free(). */
void *vss_js_malloc(double size_bytes) {
  /* Also refuses NaN, which no comparison is true of. */
  if (!(size_bytes >= 0 && size_bytes < VSS_ADDRESS_SPACE_BYTES)) return NULL;
  return sqlite3_malloc64(size_bytes < 1 ? 1 : (sqlite3_uint64)size_bytes);
}

/* --- Values ----------------------------------------------------------------------------------- */

/* Number.MAX_SAFE_INTEGER: integers up to it, and no others, survive a double. */
#define VSS_MAX_SAFE_INTEGER 9007199254740991

/* One more than SQLite's types: an integer that has to cross as a BigInt. */
#define VSS_BIG_INTEGER 6

static int kind_of(int type, sqlite3_int64 integer) {
  if (type != SQLITE_INTEGER) return type;
  return integer > VSS_MAX_SAFE_INTEGER || integer < -VSS_MAX_SAFE_INTEGER ? VSS_BIG_INTEGER : type;
}

/* The SQLite type of a column or an argument, or VSS_BIG_INTEGER. */
int vss_js_column_kind(sqlite3_stmt *statement, int column) {
  return kind_of(sqlite3_column_type(statement, column), sqlite3_column_int64(statement, column));
}

int vss_js_value_kind(sqlite3_value *value) {
  return kind_of(sqlite3_value_type(value), sqlite3_value_int64(value));
}

/* `value` is a whole number within +-2^53, and becomes an SQL integer. */
int vss_js_bind_integer(sqlite3_stmt *statement, int parameter, double value) {
  return sqlite3_bind_int64(statement, parameter, (sqlite3_int64)value);
}

/* These two take over the bytes (from vss_js_malloc), also when they fail. */
int vss_js_bind_text(sqlite3_stmt *statement, int parameter, char *text, double size_bytes) {
  return sqlite3_bind_text64(statement, parameter, text, (sqlite3_uint64)size_bytes, sqlite3_free,
                             SQLITE_UTF8);
}

int vss_js_bind_blob(sqlite3_stmt *statement, int parameter, void *bytes, double size_bytes) {
  return sqlite3_bind_blob64(statement, parameter, bytes, (sqlite3_uint64)size_bytes, sqlite3_free);
}

/* --- User functions --------------------------------------------------------------------------- */

/* JavaScript knows its functions by number; the number is SQLite's user data. */
static void call_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  vss_import_function_call((int)(intptr_t)sqlite3_user_data(context), context, argc, argv);
}

static void free_function(void *id) {
  vss_import_function_free((int)(intptr_t)id);
}

/*
** Registers the JavaScript function number `id`. n_args -1: any number of arguments. `flags` are
** SQLITE_DETERMINISTIC and SQLITE_INNOCUOUS. The number is freed also when this fails.
*/
int vss_js_create_function(sqlite3 *db, const char *name, int n_args, int flags, int id) {
  return sqlite3_create_function_v2(db, name, n_args, flags | SQLITE_UTF8, (void *)(intptr_t)id,
                                    call_function, NULL, NULL, free_function);
}

/* As vss_js_bind_integer(), _text() and _blob(), for the result of a function. */
void vss_js_result_integer(sqlite3_context *context, double value) {
  sqlite3_result_int64(context, (sqlite3_int64)value);
}

void vss_js_result_text(sqlite3_context *context, char *text, double size_bytes) {
  sqlite3_result_text64(context, text, (sqlite3_uint64)size_bytes, sqlite3_free, SQLITE_UTF8);
}

void vss_js_result_blob(sqlite3_context *context, void *bytes, double size_bytes) {
  sqlite3_result_blob64(context, bytes, (sqlite3_uint64)size_bytes, sqlite3_free);
}
