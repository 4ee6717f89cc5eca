/*
** What session.c, step.c, rows.c and shrink.c share: the database of a case, its steps so far, and
** the rows of a statement.
*/
#ifndef STEP_INT_H
#define STEP_INT_H

#include <stddef.h>
#include "oracle.h"

#define MESSAGE_SIZE 1000

/* The database of a case and its connections; a database in memory has one. */
typedef struct Session {
  sqlite3 *db[MAX_CONNECTIONS];
  int n; /* connections that are open */
  char path[300];
} Session;

struct Log {
  Session session;
  Step **steps;
  int n_steps, capacity;
  Summary summary;
  int agreed; /* the tables were equal before the failing step */
  const Options *options;
};

/* session.c */
void session_open(Session *s, const Case *c, const char *folder, const char *tag);
void session_close(Session *s, int keep_file);
void session_reopen(Session *s, const Case *c);
/*
** 1 where a statement of db may find the database locked: another connection is in a transaction,
** or db reads an older state than the last one.
*/
int session_is_contended(const Session *s, sqlite3 *db);

/* step.c */
/* One side's text, with its terms in the place of \1. Free with sqlite3_free(). */
char *step_text(const Step *step, int side);
/* 0: as expected. 1: not, and the message of MESSAGE_SIZE bytes says how. */
int step_run(const Case *c, Session *s, const Step *step, char *message);
extern uint64_t step_answers; /* a hash of the rows of vss0's side, of all steps so far */
/* A STEP_COMPARE. may_wait 1: both sides may find the database locked. */
int step_compare(sqlite3 *db, const Step *step, int may_wait, char *message);

/* shrink.c: prints the failing case, cut down. */
void shrink_report(const Case *c, Log *log, const char *problem);
void step_print(const Case *c, const Step *step);

/* rows.c: rows one after the other, each with a type byte and a payload for each column. */
typedef struct Rows {
  char *bytes;
  size_t size, capacity;
  size_t *starts; /* n + 1 of them */
  size_t n, start_capacity;
} Rows;

void rows_start(Rows *rows);
void rows_take(Rows *rows, sqlite3_stmt *stmt);
/* A hash of the rows, as a list or (ordered 0) as a set. */
uint64_t rows_hash(const Rows *rows, int ordered);
/* 1 when they differ, as lists or (ordered 0) as sets; the message says where. */
int rows_differ(const Rows *vss, const Rows *plain, int ordered, char *message);
/* The same where rows at equal distances may change places, as Step.tied_by has it. */
int rows_differ_beyond_ties(const Rows *vss, const Rows *plain, const Step *step, char *message);

#endif
