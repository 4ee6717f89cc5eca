/*
** LIKE and GLOB: like.h.
**
** A pattern is a sequence of elements: any text, one character, a character of a set, a character.
** The text is compared element by element. Where it differs, the last "any text" takes one
** character more, and the comparison goes on behind it:
**
**   pattern   % a b        text   a a b
**               │                 │
**             retry ────────► a, then b differs
**                                 └─► from here: a, b, and both end
**
** An "any text" before the last one never has to take more: what follows it matched as early as
** possible. Where the text ends too early, no later start can help.
*/
#include "like.h"

#include <string.h>

#include "meter.h"
#include "guards/guards.h"
#include "utf8.h"

/* What one step counts for: 65,536 of them take about a millisecond. */
#define STEP_BYTES 16u

typedef enum ElementKind {
  ELEMENT_END,
  ELEMENT_BAD, /* an escape character that escapes nothing */
  ELEMENT_ANY_TEXT,
  ELEMENT_ANY_CHARACTER,
  ELEMENT_SET,
  ELEMENT_CHARACTER
} ElementKind;

typedef struct Element {
  ElementKind kind;
  uint32_t character;
  const unsigned char *next; /* behind the element; of a set: where its characters begin */
} Element;

/* How the connection's operator reads a pattern. */
typedef struct Reading {
  uint32_t any_text, any_character, special; /* special: the escape, or the start of a set */
  int has_sets, no_case;
} Reading;

static Element read_element(const Reading *reading, const unsigned char *pattern) {
  Element element = {ELEMENT_CHARACTER, vss_utf8_read(&pattern), pattern};
  uint32_t c = element.character;
  if (c == 0) {
    element.kind = ELEMENT_END;
  } else if (c == reading->any_text) {
    element.kind = ELEMENT_ANY_TEXT;
  } else if (c == reading->special && reading->has_sets) {
    element.kind = ELEMENT_SET;
  } else if (c == reading->special) {
    element.character = vss_utf8_read(&element.next);
    if (element.character == 0) element.kind = ELEMENT_BAD;
  } else if (c == reading->any_character) {
    element.kind = ELEMENT_ANY_CHARACTER;
  }
  return element;
}

/*
** Whether the set has the character. *inout_set is moved from the set's start behind its end. A set
** without an end has none.
*/
static int set_has(const unsigned char **inout_set, uint32_t character) {
  const unsigned char *at = *inout_set;
  uint32_t before = 0; /* may begin a range */
  int is_in = 0;
  uint32_t c = vss_utf8_read(&at);
  int is_inverted = c == '^';
  if (is_inverted) c = vss_utf8_read(&at);
  if (c == ']') { /* as the first it is one of the characters */
    is_in = character == ']';
    c = vss_utf8_read(&at);
  }
  for (; c != 0 && c != ']'; c = vss_utf8_read(&at)) {
    if (c == '-' && *at != ']' && *at != 0 && before > 0) {
      c = vss_utf8_read(&at);
      is_in |= before <= character && character <= c;
      before = 0;
    } else {
      is_in |= c == character;
      before = c;
    }
  }
  *inout_set = at;
  return c != 0 && is_in != is_inverted;
}

static uint32_t lower(uint32_t c) {
  return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* Whether the text's first character is the element, which then leaves element->next behind it. */
static int is_element(const Reading *reading, Element *element, uint32_t character) {
  if (element->kind == ELEMENT_ANY_CHARACTER) return 1;
  if (element->kind == ELEMENT_SET) return set_has(&element->next, character);
  uint32_t wanted = element->character;
  return wanted == character || (reading->no_case && lower(wanted) == lower(character));
}

/*
** Where, from `text` on, the element may match first: at a character of ASCII this is quick. The
** text's end if nowhere.
*/
static const unsigned char *find(VssMeter *meter, const Reading *reading, const Element *element,
                                 const unsigned char *text) {
  uint32_t c = element->character;
  if (element->kind != ELEMENT_CHARACTER || c >= 0x80) return text;
  char stops[3] = {(char)c, (char)c, '\0'};
  if (reading->no_case && lower(c) != c) stops[1] = (char)lower(c);
  if (reading->no_case && c >= 'a' && c <= 'z') stops[1] = (char)(c - ('a' - 'A'));
  if (stops[1] == stops[0]) stops[1] = '\0';
  size_t n = strcspn((const char *)text, stops);
  vss_meter_go_on(meter, n);
  return text + n;
}

/* 0 also when the meter is over. */
static int matches(VssMeter *meter, const Reading *reading, const unsigned char *pattern,
                   const unsigned char *text) {
  const unsigned char *behind_any = NULL; /* the pattern behind the last "any text" ... */
  const unsigned char *start = NULL;      /* ... and where the text was compared with it last */
  while (vss_meter_go_on(meter, STEP_BYTES)) {
    Element element = read_element(reading, pattern);
    if (element.kind == ELEMENT_BAD) return 0;
    if (element.kind == ELEMENT_END && *text == 0) return 1;
    if (element.kind == ELEMENT_ANY_TEXT) {
      behind_any = pattern = element.next;
      Element first = read_element(reading, pattern);
      if (first.kind == ELEMENT_END) return 1;
      start = text = find(meter, reading, &first, text);
      continue;
    }
    if (*text == 0) return 0;
    const unsigned char *rest = text;
    uint32_t character = vss_utf8_read(&rest);
    if (element.kind != ELEMENT_END && is_element(reading, &element, character)) {
      pattern = element.next;
      text = rest;
      continue;
    }
    if (!behind_any) return 0;
    pattern = behind_any;
    vss_utf8_read(&start);
    Element first = read_element(reading, pattern);
    start = text = find(meter, reading, &first, start);
  }
  return 0;
}

/* The escape character: the third argument has to be one. 0: the result is set already. */
static uint32_t escape_of(sqlite3_context *context, sqlite3_value *value) {
  const unsigned char *text = sqlite3_value_text(value);
  if (!text) return 0;
  uint32_t escape = vss_utf8_read(&text);
  if (escape != 0 && *text == 0) return escape;
  sqlite3_result_error(context, "ESCAPE expression must be a single character", -1);
  return 0;
}

static void call_like(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const VssLikeWildcards *wildcards = sqlite3_user_data(context);
  sqlite3 *db = sqlite3_context_db_handle(context);
  if (sqlite3_value_type(argv[0]) == SQLITE_BLOB || sqlite3_value_type(argv[1]) == SQLITE_BLOB) {
    sqlite3_result_int(context, 0); /* SQLITE_LIKE_DOESNT_MATCH_BLOBS */
    return;
  }
  if (sqlite3_value_bytes(argv[0]) > sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1)) {
    sqlite3_result_error(context, "LIKE or GLOB pattern too complex", -1);
    return;
  }
  Reading reading = {wildcards->any_text, wildcards->any_character, wildcards->set,
                     wildcards->set != 0, wildcards->no_case};
  if (argc == 3) {
    uint32_t escape = escape_of(context, argv[2]);
    if (escape == 0) return;
    reading.special = escape;
    /* An escape character is no wildcard. */
    if (escape == reading.any_text) reading.any_text = 0;
    if (escape == reading.any_character) reading.any_character = 0;
  }
  const unsigned char *pattern = sqlite3_value_text(argv[0]);
  const unsigned char *text = sqlite3_value_text(argv[1]);
  if (!pattern || !text) return;
  VssMeter meter = {0};
  int is_match = matches(&meter, &reading, pattern, text);
  if (meter.is_over)
    sqlite3_result_error_code(context, SQLITE_INTERRUPT);
  else
    sqlite3_result_int(context, is_match);
}

/* --- Registration ----------------------------------------------------------------------------- */

static int register_like(sqlite3 *db, int is_case_sensitive) {
  static const VssLikeWildcards any_case = {'%', '_', 0, 1}, one_case = {'%', '_', 0, 0};
  const VssLikeWildcards *wildcards = is_case_sensitive ? &one_case : &any_case;
  int rc = vss_sqlite_replace_like(db, "like", 2, wildcards, call_like);
  return rc == SQLITE_OK ? vss_sqlite_replace_like(db, "like", 3, wildcards, call_like) : rc;
}

/* SQLite would put its own functions back. A change that fails makes the PRAGMA fail. */
static int authorize(void *data, int action, const char *first, const char *second, const char *db,
                     const char *trigger) {
  (void)db;
  (void)trigger;
  if (action != SQLITE_PRAGMA || sqlite3_stricmp(first, "case_sensitive_like") != 0)
    return SQLITE_OK;
  if (second && register_like(data, vss_sqlite_boolean(second)) != SQLITE_OK) return SQLITE_DENY;
  return SQLITE_IGNORE; /* it is done */
}

int vss_like_register(sqlite3 *db) {
  static const VssLikeWildcards glob = {'*', '?', '[', 0};
  int rc = register_like(db, 0);
  if (rc == SQLITE_OK) rc = vss_sqlite_replace_like(db, "glob", 2, &glob, call_like);
  return rc == SQLITE_OK ? sqlite3_set_authorizer(db, authorize, db) : rc;
}
