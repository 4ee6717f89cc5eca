/*
** The words of one argument of `create virtual table t using vss0(...)`.
**
**   "published at" decimal(10,2)    QUOTED WORD PUNCT NUMBER PUNCT NUMBER PUNCT END
**
** Quotes are SQL's four ("a" 'a' `a` [a]), doubled quotes inside stand for themselves; comments are
** white space.
*/
#ifndef VSS_VSS0_ARGS_TOKEN_H
#define VSS_VSS0_ARGS_TOKEN_H

#include "base/base.h"

typedef enum VssTokenKind {
  VSS_TOKEN_END,
  VSS_TOKEN_WORD,   /* letter, _ or a byte above 127, then also digits and $ */
  VSS_TOKEN_NUMBER, /* a digit, then letters, digits and dots: the parser looks closer */
  VSS_TOKEN_QUOTED, /* in "", '', `` or []: quotes included in the span */
  VSS_TOKEN_PUNCT,  /* any other single byte */
  VSS_TOKEN_BROKEN  /* a quote or comment without end: up to the end of the text */
} VssTokenKind;

/* A span of the scanned text. */
typedef struct VssToken {
  VssTokenKind kind;
  const char *text;
  size_t size_bytes;
} VssToken;

/*
** The token at *inout_cursor, which moves behind it. At the terminating zero: VSS_TOKEN_END. Cannot
** fail.
*/
VssToken vss_token_next(const char **inout_cursor);

/* 1 when the token is this word (ASCII letters in any case), unquoted. */
int vss_token_is_word(const VssToken *token, const char *word);

/* 1 when the token is this punctuation byte. */
int vss_token_is_punct(const VssToken *token, char byte);

/*
** A WORD as it is, a QUOTED token without its quotes: owned, zero-terminated. NULL when out of
** memory.
*/
char *vss_token_unquote(const VssToken *token);

/* strcmp() == 0 with ASCII letters in any case. */
int vss_token_same_name(const char *a, const char *b);

/*
** How many insertions, deletions and replacements lead from the token to the name, with ASCII
** letters in any case. At least 4 where one of them has more than 24 bytes. Cannot fail.
*/
int vss_token_edits(const VssToken *token, const char *name);

#endif
