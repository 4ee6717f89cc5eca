/*
** The scanner behind vss0/args.c: bytes in, spans out. Nothing is allocated except by unquoting.
**
**   e(3) -- words        a WORD, a PUNCT, a NUMBER, a PUNCT; the comment is white space
**   "odd ""name" x       a QUOTED of 12 bytes, quotes included, and a WORD
**
** The rules are those of SQLite's own scanner as far as a column's declaration needs them: bytes
** above 127 are letters, so that names in UTF-8 need no quotes, and comments count as white space.
** A quote without its end is a token of its own kind, because the parser's message has to show it.
*/
#include "vss0/args_token.h"

#include <string.h>

/* SQLite's white space. There is no vertical tab in it, unlike in C's isspace(). */
static int is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static int is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* A byte that can begin a name without quotes. */
static int is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

/* A byte that can go on with such a name. */
static int is_word_byte(char c) {
  return is_word_start(c) || is_digit(c) || c == '$';
}

/* ASCII only: SQLite compares names in the same way. */
static char fold(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/*
** The end of the comment that starts at `at`; `at` itself when no comment starts there; NULL for a
** block comment without an end.
*/
static const char *skip_comment(const char *at) {
  /* A line comment may end with the text. */
  if (at[0] == '-' && at[1] == '-') {
    while (*at && *at != '\n')
      at++;
    return at;
  }
  if (at[0] == '/' && at[1] == '*') {
    const char *end = strstr(at + 2, "*/");
    return end ? end + 2 : NULL;
  }
  return at;
}

/*
** The byte behind the closing quote of the run that starts at `at`; NULL when there is no closing
** quote.
*/
static const char *skip_quoted(const char *at) {
  /* Brackets cannot hold a bracket; the other quotes can be doubled. */
  char close = *at == '[' ? ']' : *at;
  for (at++; *at; at++) {
    if (*at != close) continue;
    if (close == ']' || at[1] != close) return at + 1;
    at++; /* a doubled quote is one character of the text */
  }
  return NULL;
}

/*
** White space and comments are skipped, and the first byte behind them says what kind of token it
** is.
*/
VssToken vss_token_next(const char **inout_cursor) {
  const char *at = *inout_cursor;
  VssToken token = {VSS_TOKEN_PUNCT, at, 0};
  const char *end = NULL;
  /* White space and comments may alternate. */
  for (;;) {
    while (is_space(*at))
      at++;
    const char *behind = skip_comment(at);
    if (behind == at) break;
    if (!behind) {
      token.kind = VSS_TOKEN_BROKEN;
      end = at + strlen(at);
      goto done;
    }
    at = behind;
  }
  if (*at == '\0') {
    token.kind = VSS_TOKEN_END;
    end = at;
  } else if (is_word_start(*at)) {
    token.kind = VSS_TOKEN_WORD;
    for (end = at; is_word_byte(*end); end++) {
    }
  } else if (is_digit(*at)) {
    token.kind = VSS_TOKEN_NUMBER;
    for (end = at; is_word_byte(*end) || *end == '.'; end++) {
    }
  } else if (strchr("\"'`[", *at)) {
    end = skip_quoted(at);
    token.kind = end ? VSS_TOKEN_QUOTED : VSS_TOKEN_BROKEN;
    if (!end) end = at + strlen(at);
  } else {
    end = at + 1;
  }
done:
  token.text = at;
  token.size_bytes = (size_t)(end - at);
  *inout_cursor = end;
  return token;
}

/* A quoted name is never a keyword: "collate" in double quotes is a column of that name. */
int vss_token_is_word(const VssToken *token, const char *word) {
  if (token->kind != VSS_TOKEN_WORD || strlen(word) != token->size_bytes) return 0;
  for (size_t i = 0; i < token->size_bytes; i++) {
    if (fold(token->text[i]) != fold(word[i])) return 0;
  }
  return 1;
}

int vss_token_is_punct(const VssToken *token, char byte) {
  return token->kind == VSS_TOKEN_PUNCT && token->text[0] == byte;
}

/* The result is never longer than the token. */
char *vss_token_unquote(const VssToken *token) {
  char *name = vss_malloc((uint64_t)token->size_bytes + 1);
  if (!name) return NULL;
  size_t n = 0;
  if (token->kind == VSS_TOKEN_QUOTED) {
    char close = token->text[token->size_bytes - 1];
    for (size_t i = 1; i + 1 < token->size_bytes; i++) {
      name[n++] = token->text[i];
      if (token->text[i] == close) i++; /* inside, a closing quote is always doubled */
    }
  } else {
    memcpy(name, token->text, token->size_bytes);
    n = token->size_bytes;
  }
  name[n] = '\0';
  return name;
}

/* Both texts end at the first difference, and at a zero that both have. */
int vss_token_same_name(const char *a, const char *b) {
  while (*a && fold(*a) == fold(*b)) {
    a++;
    b++;
  }
  return fold(*a) == fold(*b);
}

/*
** Levenshtein's distance, one row of the matrix at a time. It is for suggestions only: long texts
** simply count as far apart.
*/
int vss_token_edits(const VssToken *token, const char *name) {
  enum { MOST = 24 };
  size_t size = token->size_bytes;
  size_t name_size = strlen(name);
  if (size > MOST || name_size > MOST) return 4;
  int row[MOST + 1];
  for (size_t j = 0; j <= name_size; j++)
    row[j] = (int)j;
  for (size_t i = 1; i <= size; i++) {
    int diagonal = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= name_size; j++) {
      int replace = diagonal + ((token->text[i - 1] | 0x20) != (name[j - 1] | 0x20));
      int shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
      diagonal = row[j];
      row[j] = replace < shorter ? replace : shorter;
    }
  }
  return row[name_size];
}
