/*
** Full text search that asks whether to go on. Included by guards/sqlite.c.
**
** SQLite's machine sees one instruction where FTS5 tokenizes a text, evaluates a query or makes a
** snippet. What grows beyond a few milliseconds is stopped at the functions that these call for
** each token and each match:
**
**   tokenizer ──► fts5 ──► xToken        asks, once per 10,000 tokens
**   snippet(), highlight(), bm25()
**      └──► copy of the API ──► xInst, xQueryPhrase       ask, and count what the result holds
**   query text ──► xFilter               refuses a long one: its parser takes quadratic time
**   a phrase, a NEAR ──► one row         asks, and refuses a row that would take too long
*/
#include "meter.h"

/* --- Tokenizers ------------------------------------------------------------------------------- */

/* What a token counts for beside its bytes: 10,000 short ones take about a millisecond. */
#define TOKEN_BYTES 100u

typedef int TokenTaker(void *context, int flags, const char *token, int size, int start, int end);

typedef struct TokenMeter {
  VssMeter meter;
  TokenTaker *take;
  void *context;
} TokenMeter;

static int take_and_ask(void *context, int flags, const char *token, int size, int start, int end) {
  TokenMeter *tokens = context;
  if (!vss_meter_go_on(&tokens->meter, (size_t)size + TOKEN_BYTES)) return SQLITE_INTERRUPT;
  return tokens->take(tokens->context, flags, token, size, start, end);
}

/* Porter's tokenizer is not here: it calls another of these. */
#define GUARDED_TOKENIZER(name, plain)                                                             \
  static int name(Fts5Tokenizer *tokenizer, void *context, int flags, const char *text, int size,  \
                  TokenTaker *take) {                                                              \
    TokenMeter tokens = {.take = take, .context = context};                                        \
    return plain(tokenizer, &tokens, flags, text, size, take_and_ask);                             \
  }
GUARDED_TOKENIZER(tokenize_unicode, fts5UnicodeTokenize)
GUARDED_TOKENIZER(tokenize_ascii, fts5AsciiTokenize)
GUARDED_TOKENIZER(tokenize_trigrams, fts5TriTokenize)

static void guard_tokenizers(Fts5Global *global) {
  for (Fts5TokenizerModule *module = global->pTok; module; module = module->pNext) {
    if (module->x1.xTokenize == fts5UnicodeTokenize) module->x1.xTokenize = tokenize_unicode;
    if (module->x1.xTokenize == fts5AsciiTokenize) module->x1.xTokenize = tokenize_ascii;
    if (module->x1.xTokenize == fts5TriTokenize) module->x1.xTokenize = tokenize_trigrams;
  }
}

/* --- Matches of one row ----------------------------------------------------------------------- */

/*
** What FTS5 may take for the phrases of a row. It reads the positions of all words, which asks, and
** then walks through them without a question. NULL outside the calls that untrusted SQL makes.
*/
typedef struct Matching {
  VssMeter meter;
  int is_refused;
  struct Matching *outer; /* a search may run SQL that searches */
} Matching;
static Matching *matching;

/* Each step of the walk looks at all n lists, and passes at least one byte of them. */
static int ask_for_walk(sqlite3_int64 bytes, int n, sqlite3_int64 most) {
  if (!matching) return SQLITE_OK;
  if (bytes * n > most) {
    matching->is_refused = 1;
    return SQLITE_ERROR;
  }
  return vss_meter_go_on(&matching->meter, (size_t)bytes * (size_t)n) ? SQLITE_OK
                                                                      : SQLITE_INTERRUPT;
}

static int phrase_matches_if_short(Fts5ExprNode *node, Fts5ExprPhrase *phrase, int *out_match) {
  sqlite3_int64 bytes = 0;
  for (int i = 0; i < phrase->nTerm; i++)
    for (Fts5ExprTerm *term = &phrase->aTerm[i]; term; term = term->pSynonym)
      bytes += term->pIter ? term->pIter->nData : 0;
  int rc = ask_for_walk(bytes, phrase->nTerm, VSS_FTS5_POSITIONS);
  return rc == SQLITE_OK ? sqlite_phrase_matches(node, phrase, out_match) : rc;
}

static int near_matches_if_short(int *rc, Fts5ExprNearset *near) {
  sqlite3_int64 bytes = 0;
  for (int i = 0; i < near->nPhrase; i++)
    bytes += near->apPhrase[i]->poslist.n;
  if (*rc == SQLITE_OK) *rc = ask_for_walk(bytes, near->nPhrase, VSS_FTS5_NEAR_BYTES);
  return *rc == SQLITE_OK && sqlite_near_matches(rc, near);
}

/* --- Auxiliary functions ---------------------------------------------------------------------- */

/* What a match, and a row that bm25() counts, count for: the time of as many bytes. */
#define MATCH_BYTES 64u
#define ROW_BYTES   1024u

/* One auxiliary function of one connection. What follows `plain` belongs to the call under way. */
typedef struct Guarded {
  const char *name;
  fts5_extension_function plain;
  int is_highlight, is_snippet;
  Fts5ExtensionApi api; /* SQLite's, with the functions below in it */
  const Fts5ExtensionApi *sqlite;
  VssMeter meter;
  sqlite3_int64 limit_bytes;   /* of a value */
  sqlite3_int64 text_bytes;    /* of the column */
  sqlite3_int64 marker_bytes;  /* around one match */
  sqlite3_int64 markers_bytes; /* all of them, so far */
  int column, end;             /* highlight(): which column, and where the last match there ends */
  int is_counted;              /* the matches are few enough */
  int is_refused;
} Guarded;

static Guarded *guarded_of(Fts5Context *fts) {
  return fts5ApiUserData(fts);
}

static int ask(Guarded *guarded, size_t bytes) {
  return vss_meter_go_on(&guarded->meter, bytes) ? SQLITE_OK : SQLITE_INTERRUPT;
}

/*
** SQLite merges the matches of all phrases, and looks at each phrase for each match. Before it is
** let, they are counted, which is quick.
*/
static int count_matches(Guarded *guarded, Fts5Context *fts) {
  int n_phrases = guarded->sqlite->xPhraseCount(fts);
  sqlite3_int64 n = 0;
  for (int i = 0; i < n_phrases; i++) {
    Fts5PhraseIter at;
    int column = -1, offset;
    int rc = guarded->sqlite->xPhraseFirst(fts, i, &at, &column, &offset);
    for (; rc == SQLITE_OK && column >= 0; n++) {
      rc = ask(guarded, MATCH_BYTES);
      guarded->sqlite->xPhraseNext(fts, &at, &column, &offset);
    }
    if (rc != SQLITE_OK) return rc;
  }
  guarded->is_refused = n * n_phrases > VSS_FTS5_MATCHES;
  guarded->is_counted = !guarded->is_refused;
  return guarded->is_refused ? SQLITE_ERROR : SQLITE_OK;
}

static int inst_count(Fts5Context *fts, int *out_n) {
  Guarded *guarded = guarded_of(fts);
  *out_n = 0;
  int rc = guarded->is_counted ? SQLITE_OK : count_matches(guarded, fts);
  return rc == SQLITE_OK ? guarded->sqlite->xInstCount(fts, out_n) : rc;
}

/*
** highlight() copies all that it has put out once more for each match, and looks at the limit of a
** value only at its end. A match that begins inside the one before it gets no markers.
*/
static int count_output(Guarded *guarded, Fts5Context *fts, int phrase, int column, int offset) {
  if (column != guarded->column) return SQLITE_OK;
  int end = offset + guarded->sqlite->xPhraseSize(fts, phrase);
  if (offset >= guarded->end) guarded->markers_bytes += guarded->marker_bytes;
  if (end > guarded->end) guarded->end = end;
  if (guarded->markers_bytes > guarded->limit_bytes) return SQLITE_TOOBIG;
  return ask(guarded, 3 * (size_t)(guarded->text_bytes + guarded->markers_bytes));
}

static int inst(Fts5Context *fts, int i, int *out_phrase, int *out_column, int *out_offset) {
  Guarded *guarded = guarded_of(fts);
  *out_phrase = *out_column = *out_offset = 0; /* SQLite looks at them even after a failure */
  int rc = ask(guarded, MATCH_BYTES);
  if (rc == SQLITE_OK) rc = guarded->sqlite->xInst(fts, i, out_phrase, out_column, out_offset);
  if (rc == SQLITE_OK && guarded->is_highlight)
    rc = count_output(guarded, fts, *out_phrase, *out_column, *out_offset);
  return rc;
}

static int column_text(Fts5Context *fts, int column, const char **out_text, int *out_size) {
  Guarded *guarded = guarded_of(fts);
  int rc = guarded->sqlite->xColumnText(fts, column, out_text, out_size);
  guarded->text_bytes = rc == SQLITE_OK ? *out_size : 0;
  return rc;
}

/* bm25() walks over all rows that have the phrase. */
typedef struct RowMeter {
  Guarded *guarded;
  int (*take)(const Fts5ExtensionApi *, Fts5Context *, void *);
  void *context;
} RowMeter;

static int take_row_and_ask(const Fts5ExtensionApi *api, Fts5Context *fts, void *context) {
  RowMeter *rows = context;
  int rc = ask(rows->guarded, ROW_BYTES);
  return rc == SQLITE_OK ? rows->take(api, fts, rows->context) : rc;
}

static int query_phrase(Fts5Context *fts, int phrase, void *context,
                        int (*take)(const Fts5ExtensionApi *, Fts5Context *, void *)) {
  Guarded *guarded = guarded_of(fts);
  RowMeter rows = {guarded, take, context};
  return guarded->sqlite->xQueryPhrase(fts, phrase, &rows, take_row_and_ask);
}

/* A new call begins. SQLITE_TOOBIG where the markers of a snippet's 64 tokens could be too many. */
static int begin(Guarded *guarded, const Fts5ExtensionApi *sqlite, sqlite3 *db, int argc,
                 sqlite3_value **argv) {
  guarded->sqlite = sqlite;
  guarded->api = *sqlite;
  guarded->api.xInstCount = inst_count;
  guarded->api.xInst = inst;
  guarded->api.xColumnText = column_text;
  guarded->api.xQueryPhrase = query_phrase;
  guarded->meter = (VssMeter){0};
  guarded->limit_bytes = sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1);
  guarded->text_bytes = guarded->markers_bytes = guarded->marker_bytes = 0;
  guarded->column = guarded->end = 0;
  guarded->is_counted = guarded->is_refused = 0;
  if (argc < 3 || !(guarded->is_highlight || guarded->is_snippet)) return SQLITE_OK;
  guarded->column = sqlite3_value_int(argv[0]);
  guarded->marker_bytes =
      (sqlite3_int64)sqlite3_value_bytes(argv[1]) + sqlite3_value_bytes(argv[2]);
  return guarded->is_snippet && 64 * guarded->marker_bytes > guarded->limit_bytes ? SQLITE_TOOBIG
                                                                                  : SQLITE_OK;
}

static void call_guarded(const Fts5ExtensionApi *sqlite, Fts5Context *fts, sqlite3_context *context,
                         int argc, sqlite3_value **argv) {
  Guarded *guarded = guarded_of(fts);
  /* The content of a table may be a view that calls the same function. */
  const Guarded outer = *guarded;
  Matching own = {.outer = matching};
  matching = &own;
  int rc = begin(guarded, sqlite, sqlite3_context_db_handle(context), argc, argv);
  if (rc == SQLITE_OK)
    guarded->plain(&guarded->api, fts, context, argc, argv);
  else
    sqlite3_result_error_code(context, rc);
  matching = own.outer;
  if (guarded->is_refused || own.is_refused) {
    char *text =
        sqlite3_mprintf("%s(): the row has too many matches for untrusted SQL", guarded->name);
    if (text)
      sqlite3_result_error(context, text, -1);
    else
      sqlite3_result_error_nomem(context);
    sqlite3_free(text);
  }
  *guarded = outer;
}

static int guard_auxiliary(fts5_api *api) {
  static const struct {
    const char *name;
    fts5_extension_function plain;
  } functions[] = {{"snippet", fts5SnippetFunction},
                   {"highlight", fts5HighlightFunction},
                   {"bm25", fts5Bm25Function}};
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof functions / sizeof *functions && rc == SQLITE_OK; i++) {
    Guarded *guarded = sqlite3_malloc(sizeof *guarded);
    if (!guarded) return SQLITE_NOMEM;
    memset(guarded, 0, sizeof *guarded);
    guarded->name = functions[i].name;
    guarded->plain = functions[i].plain;
    guarded->is_highlight = guarded->plain == fts5HighlightFunction;
    guarded->is_snippet = guarded->plain == fts5SnippetFunction;
    rc = api->xCreateFunction(api, guarded->name, guarded, call_guarded, sqlite3_free);
    if (rc != SQLITE_OK) sqlite3_free(guarded);
  }
  return rc;
}

/* --- Queries ---------------------------------------------------------------------------------- */

/* Words and quoted phrases of a query, or more than there are. */
static int count_words(const unsigned char *query, int bytes) {
  int n = 0, in_word = 0;
  for (int i = 0; i < bytes; i++) {
    int is_word = sqlite3Isalnum(query[i]) || query[i] == '_' || query[i] >= 0x80;
    n += (is_word && !in_word) || query[i] == '"';
    in_word = is_word;
  }
  return n;
}

/*
** NEAR() walks through the positions of all its phrases without asking. Its time grows with the
** square of their number.
*/
static int has_wide_near(sqlite3_value *value, int bytes) {
  const unsigned char *query = bytes > 0 ? sqlite3_value_text(value) : NULL;
  return query && strstr((const char *)query, "NEAR") &&
         count_words(query, bytes) > VSS_FTS5_NEAR_WORDS;
}

static int refuse_query(sqlite3_vtab_cursor *cursor, const char *what, int n, int most) {
  sqlite3_free(cursor->pVtab->zErrMsg);
  cursor->pVtab->zErrMsg = sqlite3_mprintf(
      "fts5: the query has %d %s, expected at most %d in untrusted SQL", n, what, most);
  return cursor->pVtab->zErrMsg ? SQLITE_ERROR : SQLITE_NOMEM;
}

/* A table sorted by rank searches itself by SQL, which loses the message of the inner call. */
static int end_matching(sqlite3_vtab_cursor *cursor, int rc) {
  int is_refused = matching->is_refused;
  matching = matching->outer;
  if (rc != SQLITE_ERROR || !is_refused) return rc;
  if (matching) matching->is_refused = 1;
  sqlite3_free(cursor->pVtab->zErrMsg);
  cursor->pVtab->zErrMsg = sqlite3_mprintf("fts5: a row has too many matches for untrusted SQL");
  return cursor->pVtab->zErrMsg ? SQLITE_ERROR : SQLITE_NOMEM;
}

static int filter_short(sqlite3_vtab_cursor *cursor, int plan, const char *plan_text, int argc,
                        sqlite3_value **argv) {
  for (int i = 0; i < argc; i++) {
    int bytes = sqlite3_value_type(argv[i]) < SQLITE_TEXT ? 0 : sqlite3_value_bytes(argv[i]);
    if (bytes > VSS_FTS5_QUERY_BYTES)
      return refuse_query(cursor, "bytes", bytes, VSS_FTS5_QUERY_BYTES);
    if (has_wide_near(argv[i], bytes))
      return refuse_query(cursor, "words and NEAR", count_words(sqlite3_value_text(argv[i]), bytes),
                          VSS_FTS5_NEAR_WORDS);
  }
  Matching own = {.outer = matching};
  matching = &own;
  return end_matching(cursor, fts5FilterMethod(cursor, plan, plan_text, argc, argv));
}

static int next_and_ask(sqlite3_vtab_cursor *cursor) {
  Matching own = {.outer = matching};
  matching = &own;
  return end_matching(cursor, fts5NextMethod(cursor));
}

int vss_sqlite_guard_fts5(sqlite3 *db) {
  static sqlite3_module guarded;
  Module *module = sqlite3HashFind(&db->aModule, "fts5");
  Fts5Global *global = module->pAux;
  guarded = *module->pModule; /* the same for every connection */
  guarded.xFilter = filter_short;
  guarded.xNext = next_and_ask;
  module->pModule = &guarded;
  guard_tokenizers(global);
  return guard_auxiliary(&global->api);
}
