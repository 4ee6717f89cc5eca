/*
** An allocator of SQLite that fails when it is told to: fault_allocator_install() first, before
** anything of SQLite is used.
*/
#ifndef VSS_TESTS_FAULT_ALLOCATOR_H
#define VSS_TESTS_FAULT_ALLOCATOR_H

#include "sqlite/sqlite_api.h"

#include "check.h"

static int fail_in;      /* allocations until one fails; 0: none does */
static int fail_always;  /* and all after it */
static int n_failed;     /* so far */
static long long n_seen; /* allocations, failed or not */

static sqlite3_mem_methods sqlite_memory; /* SQLite's own */

static int fails_now(void) {
  n_seen++;
  if (fail_in == 0) return 0;
  if (fail_in > 1) {
    fail_in--;
    return 0;
  }
  if (!fail_always) fail_in = 0;
  n_failed++;
  return 1;
}

static void *failing_malloc(int size_bytes) {
  return fails_now() ? NULL : sqlite_memory.xMalloc(size_bytes);
}

static void *failing_realloc(void *ptr, int size_bytes) {
  return fails_now() ? NULL : sqlite_memory.xRealloc(ptr, size_bytes);
}

static inline void fault_allocator_install(void) {
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory);
  sqlite3_mem_methods failing = sqlite_memory;
  failing.xMalloc = failing_malloc;
  failing.xRealloc = failing_realloc;
  CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) == SQLITE_OK);
}

#endif
