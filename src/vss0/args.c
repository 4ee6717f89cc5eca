/*
** The arguments of vss0, parsed: columns, and "cache" "=" ("on" | "off") anywhere among them.
**
**   column  := name "(" dimensions ")" option*           a vector column
**            | name element "[" dimensions "]" option*      sqlite-vec's spelling: float, int8 ...
**            | name [type] constraint*                   a filter column
**   option  := ("factory" | "metric_type" | "distance_metric" | "storage_type") "=" (word | quoted)
**            | "scale" "=" (number | quoted)               of int8
**   type    := word+ ["(" number ["," number] ")"]
**   constraint := "collate" name | "primary" "key" | "not" "null"       each once at most
**
** The type's text goes into the `create table` of a shadow table as it is. Only what the grammar
** above admits gets through, checked token by token. Names and collations are handed out unquoted;
** whoever writes them into SQL quotes them.
**
**   headline(384) metric_type=COSINE
**   │       │     │
**   │       │     parse_option, once per option      then: what was read goes into the lists
**   │       parse_vector                             (add_column), and the name is compared
**   parse_column: the name                           with the others (check_name)
**
** The parser looks at one token at a time: `token` is the current one, and each function leaves the
** first token behind what it has read.
*/
#include "vss0/args.h"
#include "vss0/args_token.h"

#include "base/decimal.h"

#include <string.h>

/* One argument while it is read. */
typedef struct Parser {
  const char *cursor;
  VssToken token; /* the current one */
  VssColumnDef *column;
  VssVectorDef *vector; /* what the column turns out to be: this, where column->is_vector, */
  VssFilterDef *filter; /* or this */
  int number;           /* of the column, from 1 */
  VssError *err;
} Parser;

/* Make the next token the current one. */
static void advance(Parser *parser) {
  parser->token = vss_token_next(&parser->cursor);
}

/*
** The current token is not what the grammar wants. The limits of names and tokens leave room for
** the rest of the message in an error's text.
*/
static int fail_expected(Parser *parser, const char *wanted) {
  const VssToken *token = &parser->token;
  const char *name = parser->column->name;
  /*
  ** A broken token reaches to the end of the argument: showing it would not show what is missing.
  */
  if (token->kind == VSS_TOKEN_BROKEN) {
    return vss_fail(parser->err, VSS_INVALID, "column \"%.200s\": unterminated %s", name,
                    token->text[0] == '/' ? "comment" : "quotation");
  }
  if (token->kind == VSS_TOKEN_END) {
    return vss_fail(parser->err, VSS_INVALID, "column \"%.200s\": expected %s, got nothing more",
                    name, wanted);
  }
  return vss_fail(parser->err, VSS_INVALID, "column \"%.200s\": expected %s, got %.*s", name,
                  wanted, token->size_bytes > 100 ? 100 : (int)token->size_bytes, token->text);
}

/* What can be said of a vector column. Two names may mean one option, which counts once then. */
typedef enum Option { OPTION_FACTORY, OPTION_METRIC, OPTION_STORAGE, OPTION_SCALE } Option;

/* `distance_metric` is sqlite-vec's name; suggestions prefer the first name of an option. */
static const struct {
  const char *name;
  Option option;
} option_names[] = {
    {"metric_type", OPTION_METRIC},   {"factory", OPTION_FACTORY},
    {"storage_type", OPTION_STORAGE}, {"distance_metric", OPTION_METRIC},
    {"scale", OPTION_SCALE},
};
enum { N_OPTION_NAMES = sizeof option_names / sizeof option_names[0] };

/* With the known option that is written most like it, if one is. */
static int fail_unknown_option(Parser *parser) {
  const VssToken *token = &parser->token;
  const char *nearest = NULL;
  int nearest_edits = 4; /* from four edits on, a suggestion would be a guess */
  for (int i = 0; i < N_OPTION_NAMES; i++) {
    int edits = vss_token_edits(token, option_names[i].name);
    if (edits < nearest_edits) {
      nearest_edits = edits;
      nearest = option_names[i].name;
    }
  }
  return vss_fail(parser->err, VSS_INVALID,
                  "column \"%.200s\": unknown option \"%.*s\", expected factory, metric_type, "
                  "storage_type or scale%s%s%s",
                  parser->column->name, token->size_bytes > 100 ? 100 : (int)token->size_bytes,
                  token->text, nearest ? " (did you mean " : "", nearest ? nearest : "",
                  nearest ? "?)" : "");
}

/*
** 1 for the factories that describe this index: Flat, Flat,IDMap and Flat,IDMap2, in any case and
** with any spaces.
*/
static int is_flat_factory(const char *value) {
  static const char *const known[] = {"flat", "flat,idmap", "flat,idmap2"};
  char compact[16]; /* room for the longest of them */
  size_t n = 0;
  for (; *value; value++) {
    if (*value == ' ') continue;
    if (n + 1 >= sizeof compact) return 0;
    compact[n++] = *value;
  }
  compact[n] = '\0';
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (vss_token_same_name(compact, known[i])) return 1;
  }
  return 0;
}

/* The list of metrics in the message is the one that the parser of metrics reads. */
static int fail_unknown_metric(Parser *parser, const char *option_name, const char *value) {
  char metrics[VSS_METRIC_LIST_BYTES];
  vss_metric_list(metrics);
  return vss_fail(parser->err, VSS_INVALID, "column \"%.200s\": unknown %s \"%.100s\", expected %s",
                  parser->column->name, option_name, value, metrics);
}

/*
** A metric that the element type has. Bits have one metric, and it would count signs of the others.
*/
static int apply_metric(Parser *parser, const char *option_name, const char *value) {
  VssVectorDef *vector = parser->vector;
  if (vss_metric_parse(value, strlen(value), &vector->metric) != VSS_OK)
    return fail_unknown_metric(parser, option_name, value);
  int is_hamming = vector->metric == VSS_METRIC_HAMMING;
  if (is_hamming == (vector->element == VSS_ELEMENT_BIT)) return VSS_OK;
  return vss_fail(parser->err, VSS_INVALID, "column \"%.200s\": %s %s does not go with %s%s",
                  parser->column->name, option_name, vss_metric_name(vector->metric),
                  vss_element_name(vector->element),
                  is_hamming ? ", expected bit[dimensions]" : ", expected HAMMING");
}

/* The scale of an int8 column. */
static int apply_scale(Parser *parser, const char *value) {
  VssVectorDef *vector = parser->vector;
  const char *name = parser->column->name;
  if (vector->element != VSS_ELEMENT_INT8)
    return vss_fail(parser->err, VSS_INVALID,
                    "column \"%.200s\": option scale goes with int8, the column is %s", name,
                    vss_element_name(vector->element));
  VssDecimal decimal;
  size_t size = strlen(value);
  double scale = 0;
  if (vss_decimal_scan(value, size, VSS_DECIMAL_SQL, &decimal) == size && size > 0)
    scale = vss_decimal_to_double(&decimal);
  if (scale >= VSS_LEAST_SCALE && scale <= VSS_GREATEST_SCALE) {
    vector->scale = scale;
    return VSS_OK;
  }
  return vss_fail(parser->err, VSS_INVALID,
                  "column \"%.200s\": scale is \"%.100s\", expected a number from 1e-30 to 1e30",
                  name, value);
}

/* Carry out one option whose value was read. */
static int apply_option(Parser *parser, Option option, const char *option_name, const char *value) {
  const VssColumnDef *column = parser->column;
  switch (option) {
    case OPTION_FACTORY:
      if (is_flat_factory(value)) return VSS_OK;
      return vss_fail(
          parser->err, VSS_INVALID,
          "column \"%.200s\": factory \"%.100s\" is not supported: vss0 is exact and flat "
          "(\"Flat\", \"Flat,IDMap\" or \"Flat,IDMap2\")",
          column->name, value);
    case OPTION_METRIC: return apply_metric(parser, option_name, value);
    case OPTION_SCALE: return apply_scale(parser, value);
    default:
      /* Accepted because schemas of sqlite-vss have it. Storage is transactional in any case. */
      if (vss_token_same_name(value, "faiss_shadow")) return VSS_OK;
      if (vss_token_same_name(value, "faiss_ondisk")) return VSS_OK;
      return vss_fail(parser->err, VSS_INVALID,
                      "column \"%.200s\": unknown storage_type \"%.100s\", expected faiss_shadow "
                      "or faiss_ondisk",
                      column->name, value);
  }
}

/* One `name = value`, from the name on. `seen` has a bit for each option that was read before. */
static int parse_option(Parser *parser, unsigned *seen) {
  if (parser->token.kind != VSS_TOKEN_WORD) return fail_expected(parser, "an option (name=value)");
  /* An option's name is never quoted: SQL would take "metric_type" for a column. */
  int found = -1;
  for (int i = 0; i < N_OPTION_NAMES; i++) {
    if (vss_token_is_word(&parser->token, option_names[i].name)) found = i;
  }
  if (found < 0) return fail_unknown_option(parser);
  Option option = option_names[found].option;
  const char *option_name = option_names[found].name;
  /* Refused instead of letting the last one win: the two may contradict each other. */
  if (*seen & (1u << option)) {
    return vss_fail(parser->err, VSS_INVALID, "column \"%.200s\": option %s is given twice",
                    parser->column->name, option_name);
  }
  *seen |= 1u << option;
  advance(parser);
  if (!vss_token_is_punct(&parser->token, '=')) return fail_expected(parser, "= after the option");
  advance(parser);
  VssTokenKind kind = parser->token.kind;
  if (kind != VSS_TOKEN_WORD && kind != VSS_TOKEN_QUOTED &&
      !(kind == VSS_TOKEN_NUMBER && option == OPTION_SCALE)) {
    return fail_expected(parser, option == OPTION_SCALE ? "a number after =" : "a value after =");
  }
  char *value = vss_token_unquote(&parser->token);
  if (!value) return VSS_NOMEM;
  int rc = apply_option(parser, option, option_name, value);
  vss_free(value);
  if (rc == VSS_OK) advance(parser);
  return rc;
}

/* From the opening bracket on: the dimensions, the closing bracket, the options. */
static int parse_vector(Parser *parser, char close) {
  advance(parser);
  const VssToken *token = &parser->token;
  if (token->kind != VSS_TOKEN_NUMBER) return fail_expected(parser, "dimensions (1 to 65536)");
  /* A NUMBER token may hold letters and dots: 1e3 and 3.5 are not dimensions. */
  int64_t dim = 0;
  for (size_t i = 0; i < token->size_bytes; i++) {
    if (token->text[i] < '0' || token->text[i] > '9') {
      return fail_expected(parser, "dimensions (1 to 65536)");
    }
    /* Digits beyond the limit do not count further, so that no number of them overflows. */
    dim = dim * 10 + (token->text[i] - '0');
    if (dim > VSS_MAX_DIM) dim = VSS_MAX_DIM + 1;
  }
  if (dim < 1 || dim > VSS_MAX_DIM) return fail_expected(parser, "dimensions (1 to 65536)");
  /* From here on the column is a vector, also for the error messages of its options. */
  parser->column->is_vector = 1;
  parser->vector->dim = (int)dim;
  parser->vector->scale = 1;
  int is_bit = parser->vector->element == VSS_ELEMENT_BIT;
  parser->vector->metric = is_bit ? VSS_METRIC_HAMMING : VSS_METRIC_L2;
  if (is_bit && dim % 8 != 0) return fail_expected(parser, "dimensions that are a multiple of 8");
  advance(parser);
  if (!vss_token_is_punct(token, close)) {
    return fail_expected(parser,
                         close == ')' ? ") after the dimensions" : "] after the dimensions");
  }
  advance(parser);
  unsigned seen = 0;
  int rc = VSS_OK;
  while (rc == VSS_OK && token->kind != VSS_TOKEN_END)
    rc = parse_option(parser, &seen);
  return rc;
}

/*
** 1 for the words that start a column constraint of `create table`, and for the `partition key` of
** sqlite-vec: they end the type, and the message about them says what they are.
*/
static int is_constraint(const VssToken *token) {
  static const char *const words[] = {"constraint", "primary", "not",       "null",
                                      "unique",     "default", "check",     "references",
                                      "generated",  "as",      "partition", "autoincrement"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (vss_token_is_word(token, words[i])) return 1;
  }
  return 0;
}

/*
** `(10)` or `(10,2)` behind the words of a type, each number with an optional sign. Ends on the
** closing parenthesis.
*/
static int parse_type_size(Parser *parser) {
  for (int i = 0;; i++) {
    advance(parser);
    if (vss_token_is_punct(&parser->token, '+') || vss_token_is_punct(&parser->token, '-')) {
      advance(parser);
    }
    if (parser->token.kind != VSS_TOKEN_NUMBER)
      return fail_expected(parser, "a number in the type");
    /* A NUMBER token may hold letters and dots: 1e5 and 2.5 are numbers to SQLite, 1x is not. */
    for (size_t j = 0; j < parser->token.size_bytes; j++) {
      char c = parser->token.text[j];
      if (c < '0' || c > '9') return fail_expected(parser, "a whole number in the type");
    }
    advance(parser);
    if (vss_token_is_punct(&parser->token, ')')) break;
    /* Two numbers at most, as in decimal(10,2). */
    if (i == 1 || !vss_token_is_punct(&parser->token, ',')) {
      return fail_expected(parser, ") after the type's size");
    }
  }
  return VSS_OK;
}

/*
** The type as it is written, "" when there is none, from the token behind the column's name on.
** Spaces inside are kept. A comment inside is refused, because the text goes into SQL as it is.
*/
static int parse_type(Parser *parser) {
  const char *start = parser->token.text;
  const char *end = start;
  /* A type may have several words, as `double precision` has. */
  while (parser->token.kind == VSS_TOKEN_WORD && !is_constraint(&parser->token) &&
         !vss_token_is_word(&parser->token, "collate")) {
    end = parser->token.text + parser->token.size_bytes;
    advance(parser);
  }
  if (end > start && vss_token_is_punct(&parser->token, '(')) {
    int rc = parse_type_size(parser);
    if (rc != VSS_OK) return rc;
    end = parser->token.text + 1;
    advance(parser);
  }
  size_t size_bytes = (size_t)(end - start);
  if (strcspn(start, "/") < size_bytes || (strstr(start, "--") && strstr(start, "--") < end)) {
    return vss_fail(parser->err, VSS_INVALID, "column \"%.200s\": a comment inside the type",
                    parser->column->name);
  }
  /* A copy of the text and not of the tokens: SQLite shows a type as it was written. */
  char *type = vss_malloc((uint64_t)size_bytes + 1);
  if (!type) return VSS_NOMEM;
  memcpy(type, start, size_bytes);
  type[size_bytes] = '\0';
  parser->filter->type = type;
  parser->filter->affinity = vss_filter_affinity(type);
  return VSS_OK;
}

static int parse_collation(Parser *parser) {
  if (parser->filter->collation) return fail_expected(parser, "one collation");
  advance(parser);
  if (parser->token.kind != VSS_TOKEN_WORD && parser->token.kind != VSS_TOKEN_QUOTED) {
    return fail_expected(parser, "the name of a collation");
  }
  parser->filter->collation = vss_token_unquote(&parser->token);
  if (!parser->filter->collation) return VSS_NOMEM;
  advance(parser);
  return VSS_OK;
}

/* Whether two words follow each other here. Where they do, they are read. */
static int take_words(Parser *parser, const char *first, const char *second) {
  const char *ahead = parser->cursor;
  VssToken next = vss_token_next(&ahead);
  if (!vss_token_is_word(&parser->token, first) || !vss_token_is_word(&next, second)) return 0;
  advance(parser);
  advance(parser);
  return 1;
}

static int fail_constraint(Parser *parser, const char *text) {
  size_t rest = strlen(text);
  return vss_fail(parser->err, VSS_INVALID,
                  "column \"%.200s\": constraint \"%.*s\" is not supported, a filter column has "
                  "only a type and a collation",
                  parser->column->name, rest > 60 ? 60 : (int)rest, text);
}

/*
** Which kind of primary key the column is, once its type and its collation are known. A look-up
** compares as the index of the ids does, so that their collation is one that this module has, too.
*/
static int set_key(Parser *parser) {
  VssFilterDef *filter = parser->filter;
  const char *name = parser->column->name, *collation = filter->collation;
  if (vss_token_same_name(filter->type, "integer")) {
    if (collation)
      return vss_fail(parser->err, VSS_INVALID,
                      "column \"%.200s\": an integer primary key has no collation, got %.100s",
                      name, collation);
    filter->key = VSS_KEY_ROWID;
    return VSS_OK;
  }
  if (!vss_token_same_name(filter->type, "text"))
    return vss_fail(parser->err, VSS_INVALID,
                    "column \"%.200s\": a primary key is text or integer, got %.100s", name,
                    filter->type[0] ? filter->type : "no type");
  if (vss_args_collation(collation) < 0)
    return vss_fail(parser->err, VSS_INVALID,
                    "column \"%.200s\": a primary key has the collation binary, nocase or rtrim, "
                    "got %.100s",
                    name, collation);
  filter->key = VSS_KEY_TEXT;
  return VSS_OK;
}

/* A filter column, from the token behind its name on. */
static int parse_filter(Parser *parser) {
  int rc = parse_type(parser);
  int is_key = 0;
  const char *not_null = NULL; /* where it stands: only a primary key can be NOT NULL */
  while (rc == VSS_OK && parser->token.kind != VSS_TOKEN_END) {
    const char *start = parser->token.text;
    if (vss_token_is_word(&parser->token, "collate")) {
      rc = parse_collation(parser);
    } else if (!is_key && take_words(parser, "primary", "key")) {
      is_key = 1;
    } else if (!not_null && take_words(parser, "not", "null")) {
      not_null = start;
    } else if (is_constraint(&parser->token)) {
      return fail_constraint(parser, not_null && !is_key ? not_null : start);
    } else {
      return fail_expected(parser,
                           "a type or collate (filter column), or (dimensions) (vector column)");
    }
  }
  if (rc == VSS_OK && not_null && !is_key) return fail_constraint(parser, not_null);
  return rc == VSS_OK && is_key ? set_key(parser) : rc;
}

/*
** 1 for sqlite-vec's `float[384]`: the current token is a word, and a bracket follows. Reads
** nothing.
*/
static int is_bracket_vector(Parser *parser) {
  /* `[384]` is a QUOTED token, and BROKEN when the closing bracket is missing. */
  const char *ahead = parser->cursor;
  VssToken next = vss_token_next(&ahead);
  return parser->token.kind == VSS_TOKEN_WORD && next.text[0] == '[' &&
         (next.kind == VSS_TOKEN_QUOTED || next.kind == VSS_TOKEN_BROKEN);
}

/* A vector column as sqlite-vec writes it, from the word before the bracket on. */
static int parse_bracket_vector(Parser *parser) {
  VssElement element;
  if (vss_element_parse(parser->token.text, parser->token.size_bytes, &element) != VSS_OK)
    return fail_expected(parser, "float, float16, int8 or bit before [dimensions]");
  parser->vector->element = element;
  /* To the scanner, [384] is a quoted name: the parser steps over the bracket by itself. */
  const char *bracket = parser->cursor;
  VssToken next = vss_token_next(&bracket);
  parser->cursor = next.text + 1;
  return parse_vector(parser, ']');
}

/* One argument: the name, and then whatever kind of column follows. */
static int parse_column(Parser *parser, const char *text) {
  parser->cursor = text;
  advance(parser);
  if (parser->token.kind == VSS_TOKEN_END) {
    return vss_fail(parser->err, VSS_INVALID, "column %d is empty, expected a name",
                    parser->number);
  }
  if (parser->token.kind != VSS_TOKEN_WORD && parser->token.kind != VSS_TOKEN_QUOTED) {
    return vss_fail(parser->err, VSS_INVALID, "column %d: expected a name, got %.100s",
                    parser->number, parser->token.text);
  }
  parser->column->name = vss_token_unquote(&parser->token);
  if (!parser->column->name) return VSS_NOMEM;
  if (!parser->column->name[0]) {
    return vss_fail(parser->err, VSS_INVALID, "column %d has an empty name", parser->number);
  }
  advance(parser);
  /* Other virtual tables take options beside columns, as `chunk_size=128` of sqlite-vec. */
  if (vss_token_is_punct(&parser->token, '=')) {
    return vss_fail(parser->err, VSS_INVALID, "unknown table option \"%.200s\", expected cache",
                    parser->column->name);
  }
  if (vss_token_is_punct(&parser->token, '(')) return parse_vector(parser, ')');
  if (is_bracket_vector(parser)) return parse_bracket_vector(parser);
  return parse_filter(parser);
}

/* Refuse a name that means something else in a vss0 table, or that an earlier column has. */
static int check_name(const VssTableDef *def, int i, const char *table_name, VssError *err) {
  /* The rowid by its three names, and the hidden columns of the table that vss0 declares. */
  static const char *const reserved[] = {"rowid", "_rowid_", "oid", "distance", "k"};
  const char *name = def->columns[i].name;
  for (size_t j = 0; j < sizeof reserved / sizeof reserved[0]; j++) {
    if (vss_token_same_name(name, reserved[j])) {
      return vss_fail(err, VSS_INVALID, "column \"%.200s\": the name is reserved", name);
    }
  }
  if (vss_token_same_name(name, table_name)) {
    return vss_fail(err, VSS_INVALID, "column \"%.200s\": a column cannot have the table's name",
                    name);
  }
  for (int j = 0; j < i; j++) {
    if (vss_token_same_name(name, def->columns[j].name)) {
      return vss_fail(err, VSS_INVALID, "column \"%.200s\" is declared twice", name);
    }
  }
  return VSS_OK;
}

int vss_args_collation(const char *name) {
  if (!name) return VSS_COLL_BINARY;
  for (int i = 0; i < VSS_N_COLLATIONS; i++) {
    if (vss_token_same_name(name, vss_collation_name((VssCollation)i))) return i;
  }
  return -1;
}

/*
** Safe on a definition that was read by half: every name, type and collation that exists is freed.
*/
void vss_args_free(VssTableDef *def) {
  if (!def) return;
  for (int i = 0; i < def->n_columns; i++)
    vss_free(def->columns[i].name);
  for (int i = 0; i < def->n_filters; i++) {
    vss_free(def->filters[i].type);
    vss_free(def->filters[i].collation);
  }
  vss_free(def->columns);
  memset(def, 0, sizeof *def);
}

/* Count what was read of a column, even if it is only half, so that vss_args_free() finds it. */
static void add_column(VssTableDef *def, const Parser *parser) {
  VssColumnDef *column = parser->column;
  def->n_columns++;
  if (column->is_vector) {
    parser->vector->name = column->name;
    column->number = def->n_vectors++;
  } else {
    parser->filter->name = column->name;
    column->number = def->n_filters++;
  }
}

/* Note the primary key, if this column is one. */
static int note_key(VssTableDef *def, const Parser *parser) {
  if (parser->column->is_vector || parser->filter->key == VSS_KEY_NONE) return VSS_OK;
  if (def->id)
    return vss_fail(parser->err, VSS_INVALID,
                    "column \"%.200s\" is a second primary key, the first is \"%.200s\"",
                    parser->column->name, def->id->name);
  def->id = parser->filter;
  return VSS_OK;
}

/*
** Whether the argument is the option "cache". No column begins so: what follows a name is a type,
** dimensions or nothing.
*/
static int is_cache_option(const char *text) {
  const char *cursor = text;
  VssToken name = vss_token_next(&cursor), equals = vss_token_next(&cursor);
  return vss_token_is_word(&name, "cache") && vss_token_is_punct(&equals, '=');
}

static int parse_cache_option(const char *text, VssTableDef *def, VssError *err) {
  const char *value = strchr(text, '=') + 1, *cursor = value;
  if (def->cache != VSS_CACHE_DEFAULT)
    return vss_fail(err, VSS_INVALID, "table option \"cache\" is given twice");
  VssToken word = vss_token_next(&cursor), end = vss_token_next(&cursor);
  char *unquoted = word.kind == VSS_TOKEN_WORD || word.kind == VSS_TOKEN_QUOTED
                       ? vss_token_unquote(&word)
                       : NULL;
  if (word.kind == VSS_TOKEN_QUOTED && !unquoted) return VSS_NOMEM;
  if (unquoted && end.kind == VSS_TOKEN_END) {
    if (vss_token_same_name(unquoted, "on")) def->cache = VSS_CACHE_ON;
    if (vss_token_same_name(unquoted, "off")) def->cache = VSS_CACHE_OFF;
  }
  vss_free(unquoted);
  if (def->cache != VSS_CACHE_DEFAULT) return VSS_OK;
  return vss_fail(err, VSS_INVALID, "table option \"cache\": expected on or off, got \"%.200s\"",
                  value);
}

/* The first error ends it. A definition is handed out whole or not at all. */
int vss_args_parse(int argc, const char *const *argv, const char *table_name, VssTableDef *out_def,
                   VssError *err) {
  static const char needs_vector[] = "at least one vector column is needed, such as embedding(384)";
  VssTableDef def = {0};
  int rc = VSS_OK;
  if (argc < 1) return vss_fail(err, VSS_INVALID, "%s", needs_vector);
  /*
  ** One block for the three lists. Each has room for all columns, because which of them are vectors
  ** is not known before they are read. All three structs are aligned as a pointer is.
  */
  size_t column_bytes = sizeof *def.columns + sizeof *def.vectors + sizeof *def.filters;
  def.columns = vss_calloc((uint64_t)argc, column_bytes);
  if (!def.columns) return VSS_NOMEM;
  def.vectors = (VssVectorDef *)(void *)(def.columns + argc);
  def.filters = (VssFilterDef *)(void *)(def.vectors + argc);
  for (int i = 0; i < argc && rc == VSS_OK; i++) {
    if (is_cache_option(argv[i])) {
      rc = parse_cache_option(argv[i], &def, err);
      continue;
    }
    /* Each column has a parser of its own: no state goes from one to the next. */
    Parser parser = {.column = &def.columns[def.n_columns],
                     .vector = &def.vectors[def.n_vectors],
                     .filter = &def.filters[def.n_filters],
                     .number = i + 1,
                     .err = err};
    rc = parse_column(&parser, argv[i]);
    add_column(&def, &parser);
    if (rc == VSS_OK) rc = check_name(&def, def.n_columns - 1, table_name, err);
    if (rc == VSS_OK) rc = note_key(&def, &parser);
  }
  if (rc == VSS_OK && def.n_vectors == 0) rc = vss_fail(err, VSS_INVALID, "%s", needs_vector);
  if (rc == VSS_OK) {
    *out_def = def;
  } else {
    vss_args_free(&def);
  }
  return rc;
}
