/*
** The functions of datasette-faiss over ordinary tables: faiss_encode, faiss_decode, faiss_search,
** faiss_search_with_scores, and the registration of all of them.
**
**   select faiss_search('blog', 'embeddings', (select embedding from embeddings where id = 3), 5);
**   '[3, 17, 4, 8, 11]'
**
**   faiss_search   arguments read here   -->  faiss/watch.c finds or makes the table's index
**                  result written here   <--  faiss/index.c comes into step and ranks
**
** docs/faiss.md is the page for those who know datasette-faiss: what is the same and what differs.
*/
#include "faiss/faiss.h"

#include "functions/registry.h"

#include <string.h>

/*
** Make a failure the function's result. SQLite's own code of the failure goes out, too: a caller of
** faiss_search() on a locked database sees SQLITE_BUSY and may try again.
*/
static void fail(sqlite3_context *context, int code, const VssFaissFailure *failure) {
  vss_function_fail(context, code, &failure->error);
  if (code == VSS_DATABASE && failure->database_rc != SQLITE_OK) {
    sqlite3_result_error_code(context, failure->database_rc);
  }
}

/*
** faiss_encode(json): the bytes of Python's struct.pack("f" * len(v), *v). An empty array gives an
** empty BLOB, not NULL, as it does there.
*/
static void call_encode(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssFaissFailure failure = {{{0}}, 0};
  VssFloats floats = {0};
  VssValue json = {.type = VSS_NULL};
  int code = vss_value_borrow(argv[0], &json);
  if (code == VSS_OK && json.type != VSS_TEXT) {
    code = vss_fail(&failure.error, VSS_INVALID,
                    "argument is %s, expected the TEXT of a JSON array of numbers",
                    vss_value_type_name(json.type));
  }
  if (code == VSS_OK) {
    code = vss_codec_from_json(json.bytes, json.size_bytes, 0, &floats, &failure.error);
  }
  if (code == VSS_OK) {
    vss_value_result_floats(context, floats.data, floats.dim);
  } else {
    fail(context, code, &failure);
  }
  vss_floats_free(&floats);
}

/*
** faiss_decode(blob): the text of json.dumps(struct.unpack("f" * (len(blob) // 4), blob)), where
** each float32 is shown as the float64 that Python makes of it.
*/
static void call_decode(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssFaissFailure failure = {{{0}}, 0};
  VssVectorView view = {0};
  VssBuffer text = {0};
  VssValue blob = {.type = VSS_NULL};
  int code = vss_value_borrow(argv[0], &blob);
  if (code == VSS_OK && blob.type != VSS_BLOB) {
    code = vss_fail(&failure.error, VSS_INVALID,
                    "argument is %s, expected a BLOB of float32 components",
                    vss_value_type_name(blob.type));
  }
  if (code == VSS_OK) code = vss_value_vector_view(argv[0], 0, &view, &failure.error);
  if (code == VSS_OK) {
    vss_codec_append_floats(&text, view.data, view.dim, ", ");
    vss_value_result_text(context, &text);
  } else {
    fail(context, code, &failure);
  }
  vss_buffer_free(&text);
  vss_value_vector_release(&view);
}

/* An argument that names a database or a table: borrowed TEXT. */
static int read_name(sqlite3_value *value, const char *argument, const char **out_name,
                     VssError *err) {
  VssValue name = {.type = VSS_NULL};
  int code = vss_value_borrow(value, &name);
  if (code != VSS_OK) return code;
  if (name.type != VSS_TEXT) {
    return vss_fail(err, VSS_INVALID, "%s is %s, expected the TEXT of a name", argument,
                    vss_value_type_name(name.type));
  }
  *out_name = name.bytes;
  return VSS_OK;
}

/*
** faiss_search(database, table, embedding, k). The arguments are checked from left to right, so
** that the message is about the first one that is wrong, whatever the table holds.
*/
static void call_search(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  VssFaissFailure failure = {{{0}}, 0};
  VssError inner = {0};
  VssFaissTarget target = {NULL, NULL};
  VssFloats embedding = {0};
  VssBuffer text = {0};
  const char *database = NULL;
  const char *table = NULL;
  uint64_t k = 0;

  int code = read_name(argv[0], "database", &database, &failure.error);
  if (code == VSS_OK) code = read_name(argv[1], "table", &table, &failure.error);
  if (code == VSS_OK) {
    code = vss_faiss_target_resolve(sqlite3_context_db_handle(context), database, table, &target,
                                    &failure);
  }
  if (code == VSS_OK) code = vss_faiss_k(argv[3], &k, &failure.error);
  if (code == VSS_OK) {
    code = vss_value_vector(argv[2], 0, &embedding, &inner);
    if (code == VSS_INVALID) {
      vss_fail(&failure.error, code, "embedding to search for: %s", inner.text);
    }
  }
  if (code == VSS_OK && embedding.dim == 0) {
    code = vss_fail(&failure.error, VSS_INVALID,
                    "embedding to search for: vector has 0 components, expected at least 1");
  }
  if (code == VSS_OK) {
    VssFaissQuery query = {embedding.data, embedding.dim, k, vss_function_of(context)->variant};
    code = vss_faiss_state_search(vss_function_shared(context), &target, &query, &text, &failure);
  }
  if (code == VSS_OK)
    vss_value_result_text(context, &text);
  else
    fail(context, code, &failure);
  vss_buffer_free(&text);
  vss_floats_free(&embedding);
  vss_faiss_target_free(&target);
}

/*
** A search is neither innocuous nor direct-only. It reads a table that its arguments name, in any
** attached database, so that a schema that somebody else wrote must not make it run: with
** trusted_schema off, SQLite keeps it out of views and triggers of such a schema. A TEMP view of
** the user's own may call it. `variant` is whether the answer has scores.
*/
static const VssFunction functions[] = {
    {.name = "faiss_search", .n_args = 4, .call = call_search},
    {.name = "faiss_search_with_scores", .n_args = 4, .call = call_search, .variant = 1},
    {.name = "faiss_encode", .n_args = 1, .flags = VSS_PURE, .call = call_encode},
    {.name = "faiss_decode", .n_args = 1, .flags = VSS_PURE, .call = call_decode},
};

/* The type that VssShared wants. */
static void retain_state(void *state) {
  vss_faiss_state_retain(state);
}

/*
** Registering again on one connection replaces the functions and the module, and drops all indexes
** with the old state.
*/
int vss_func_register_faiss(sqlite3 *db) {
  VssFaissState *state = NULL;
  if (vss_faiss_state_create(db, &state) != VSS_OK) return SQLITE_NOMEM;
  const VssShared shared = {state, retain_state, vss_faiss_state_release};
  int rc = vss_faiss_register_indexes(state, db);
  if (rc == SQLITE_OK)
    rc = vss_functions_register(db, functions, sizeof functions / sizeof *functions, &shared);
  vss_faiss_state_release(state); /* the module and the functions own it now */
  if (rc == SQLITE_OK) rc = vss_faiss_register_aggregates(db);
  return rc;
}
