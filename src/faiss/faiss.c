/*
** The functions of datasette-faiss over ordinary tables: faiss_encode, faiss_decode, faiss_search,
** faiss_search_with_scores, and the registration of all of them.
**
**   select faiss_search('blog', 'embeddings', (select embedding from embeddings where id = 3), 5);
**
** docs/faiss.md is the page for those who know datasette-faiss: what is the same and what differs.
*/
#include "faiss/faiss.h"

#include <string.h>

static void fail(sqlite3_context *context, const char *name, int code,
                 const VssFaissFailure *failure) {
  char subject[64];
  sqlite3_snprintf(sizeof subject, subject, "%s()", name);
  vss_value_result_error(context, code, subject, &failure->error);
  if (code == VSS_DATABASE && failure->database_rc != SQLITE_OK) {
    sqlite3_result_error_code(context, failure->database_rc);
  }
}

/* faiss_encode(json): the bytes of Python's struct.pack("f" * len(v), *v). */
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
    sqlite3_result_blob64(context, floats.dim ? (const void *)floats.data : "",
                          floats.dim * sizeof(float), SQLITE_TRANSIENT);
  } else {
    fail(context, "faiss_encode", code, &failure);
  }
  vss_floats_free(&floats);
}

/* faiss_decode(blob): json.dumps(struct.unpack("f" * (len(blob) // 4), blob)). */
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
    vss_faiss_result_text(context, &text);
  } else {
    fail(context, "faiss_decode", code, &failure);
  }
  vss_buffer_free(&text);
  vss_value_vector_release(&view);
}

/* What sqlite3_user_data() of the two searches points to. */
typedef struct Search {
  const char *name;
  int with_scores;
  VssFaissState *state;
} Search;

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

/* faiss_search(database, table, embedding, k) */
static void call_search(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  const Search *search = sqlite3_user_data(context);
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
    VssFaissQuery query = {embedding.data, embedding.dim, k, search->with_scores};
    code = vss_faiss_state_search(search->state, &target, &query, &text, &failure);
  }
  if (code == VSS_OK)
    vss_faiss_result_text(context, &text);
  else
    fail(context, search->name, code, &failure);
  vss_buffer_free(&text);
  vss_floats_free(&embedding);
  vss_faiss_target_free(&target);
}

static void search_destroy(void *ptr) {
  Search *search = ptr;
  vss_faiss_state_release(search->state);
  vss_free(search);
}

/*
** Neither innocuous nor direct-only: it reads a table that its arguments name, in any attached database, so a schema
** that came with a file must not make it run (trusted_schema off keeps it out of views and triggers there), while a
** TEMP view of the user's own may.
*/
static int register_search(sqlite3 *db, VssFaissState *state, const char *name, int with_scores) {
  Search *search = vss_malloc(sizeof *search);
  if (!search) return SQLITE_NOMEM;
  search->name = name;
  search->with_scores = with_scores;
  search->state = state;
  vss_faiss_state_retain(state);
  return sqlite3_create_function_v2(db, name, 4, SQLITE_UTF8, search, call_search, NULL, NULL,
                                    search_destroy);
}

int vss_func_register_faiss(sqlite3 *db) {
  const int pure = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  VssFaissState *state = NULL;
  if (vss_faiss_state_create(db, &state) != VSS_OK) return SQLITE_NOMEM;
  int rc = vss_faiss_register_indexes(state, db);
  if (rc == SQLITE_OK) rc = register_search(db, state, "faiss_search", 0);
  if (rc == SQLITE_OK) rc = register_search(db, state, "faiss_search_with_scores", 1);
  vss_faiss_state_release(state); /* the three above own it now */
  if (rc == SQLITE_OK) {
    rc = sqlite3_create_function_v2(db, "faiss_encode", 1, pure, NULL, call_encode, NULL, NULL,
                                    NULL);
  }
  if (rc == SQLITE_OK) {
    rc = sqlite3_create_function_v2(db, "faiss_decode", 1, pure, NULL, call_decode, NULL, NULL,
                                    NULL);
  }
  if (rc == SQLITE_OK) rc = vss_faiss_register_aggregates(db);
  return rc;
}
