/*
** SQL functions about the library itself: which version this is, and how it was built.
**
**   vss_version(), vector_version()   "v0.1.0"; two names, as sqlite-vss has
**   vss_debug()                       lines of "name: value", for reports of bugs
**
** They are pure like a function of mathematics, because a build never changes its answer.
*/
#include "functions/functions.h"

#include "functions/registry.h"
#include "sqlite/value.h"

/* The version of package.json, which CMake hands to the compiler. */
static void call_version(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  sqlite3_result_text(context, "v" VSS_VERSION, -1, SQLITE_STATIC);
}

/* Which build of the kernels runs (kernel/intrinsics.h). */
static const char *simd_name(void) {
#if defined(__wasm_simd128__)
  return "wasm simd128";
#else
  return "native, through SIMDe";
#endif
}

/* vss_debug(): what a report of a bug should say about the build. */
static void call_debug(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  /* One fact per line; the pointer size tells wasm (4) from most native builds (8). */
  VssBuffer text = {0};
  vss_buffer_format(&text, "version: v%s\n", VSS_VERSION);
  vss_buffer_format(&text, "simd: %s\n", simd_name());
  vss_buffer_format(&text, "sqlite: %s\n", sqlite3_libversion());
  vss_buffer_format(&text, "pointer size: %d bytes\n", (int)sizeof(void *));
  /* Without the hook, faiss_search reads a whole table again after any change of its database. */
  vss_buffer_format(&text, "preupdate hook: %s",
                    sqlite3_compileoption_used("ENABLE_PREUPDATE_HOOK") ? "yes" : "no");
  vss_value_result_text(context, &text);
  vss_buffer_free(&text);
}

static const VssFunction functions[] = {
    {.name = "vss_version", .n_args = 0, .flags = VSS_PURE, .call = call_version},
    {.name = "vector_version", .n_args = 0, .flags = VSS_PURE, .call = call_version},
    {.name = "vss_debug", .n_args = 0, .flags = VSS_PURE, .call = call_debug},
};

int vss_func_register_library(sqlite3 *db) {
  return vss_functions_register(db, functions, sizeof functions / sizeof *functions, NULL);
}
