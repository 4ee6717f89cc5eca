/*
** Copies of the members of an IN: sqlite/value_set.h.
**
** `texts` moves while it grows. Until the last member is read, a member's `integer` therefore holds
** the offset of its bytes; the addresses are filled in at the end.
*/
#include "sqlite/value_set.h"
#include "sqlite/error.h"

static int has_bytes(const VssValue *value) {
  return value->type == VSS_TEXT || value->type == VSS_BLOB;
}

/*
** Turn the offsets into addresses. An empty text needs an address, too: NULL would mean SQL's NULL
** to some readers.
*/
static void set_addresses(VssValueSet *set) {
  VssValue *values = (VssValue *)(void *)set->values.data;
  uint32_t count = vss_value_set_count(set);
  for (uint32_t i = 0; i < count; i++) {
    if (has_bytes(&values[i]))
      values[i].bytes = set->texts.data ? (const void *)(set->texts.data + values[i].integer) : "";
  }
}

int vss_value_set_read(VssValueSet *set, sqlite3_value *in) {
  sqlite3_value *member;
  int rc = sqlite3_vtab_in_first(in, &member);
  for (; rc == SQLITE_OK; rc = sqlite3_vtab_in_next(in, &member)) {
    VssValue value;
    int code = vss_value_borrow(member, &value);
    if (code != VSS_OK) return vss_error_sqlite_rc(code, SQLITE_OK);
    if (has_bytes(&value)) {
      uint64_t offset = set->texts.size_bytes;
      vss_buffer_append(&set->texts, value.bytes, value.size_bytes);
      value.bytes = NULL;
      value.integer = (int64_t)offset;
    }
    vss_buffer_append(&set->values, &value, sizeof value);
  }
  if (rc != SQLITE_DONE) return rc;
  if (set->values.failed || set->texts.failed) return SQLITE_NOMEM;
  set_addresses(set);
  return SQLITE_OK;
}

void vss_value_set_free(VssValueSet *set) {
  vss_buffer_free(&set->values);
  vss_buffer_free(&set->texts);
}
