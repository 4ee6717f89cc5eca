/*
** What the oracle needs in WebAssembly: an operating system for SQLite, which has no files here,
** and the kernel of relaxed SIMD. tests/oracle/wasm/run.mjs is the host.
**
**   oracle.wasm   the objects of vss.wasm, and tests/oracle in place of wasm/
**   the kernel    vss-relaxed.wasm, as in the package: the host puts its function into the table
*/
#include <stdint.h>
#include <string.h>
#include "kernel/kernel.h"
#include "sqlite3.h"

static int open_nothing(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                        int *out_flags) {
  (void)vfs, (void)name, (void)flags, (void)out_flags;
  file->pMethods = NULL;
  return SQLITE_CANTOPEN;
}

static int full_path(sqlite3_vfs *vfs, const char *name, int size, char *out) {
  (void)vfs;
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

/* SQLite draws names and hashes with it. The same bytes each time: a seed stays a seed. */
static int no_randomness(sqlite3_vfs *vfs, int size, char *out) {
  (void)vfs;
  memset(out, 7, (size_t)size);
  return size;
}

static int no_time(sqlite3_vfs *vfs, sqlite3_int64 *out_time) {
  (void)vfs;
  *out_time =
      INT64_C(210866760000000); /* the first second of 1970, in milliseconds of Julian days */
  return SQLITE_OK;
}

int sqlite3_os_init(void) {
  static sqlite3_vfs vfs = {.iVersion = 2,
                            .szOsFile = sizeof(sqlite3_file),
                            .mxPathname = 100,
                            .zName = "nothing",
                            .xOpen = open_nothing,
                            .xFullPathname = full_path,
                            .xRandomness = no_randomness,
                            .xCurrentTimeInt64 = no_time};
  return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void) {
  return SQLITE_OK;
}

/* Holds a place in the table of functions, which the host fills before anything is called. */
static void relaxed_kernel(void) {
}

__attribute__((export_name("oracle_relaxed_slot"))) int oracle_relaxed_slot(void) {
  return (int)(intptr_t)relaxed_kernel;
}

__attribute__((export_name("oracle_use_relaxed"))) void oracle_use_relaxed(void) {
  vss_kernels.bounds_block_u4 = (__typeof__(vss_kernels.bounds_block_u4))relaxed_kernel;
  vss_kernels.is_relaxed = 1;
}
