/*
** The oracle: random tables, questions and write histories, given to vss0 and to plain SQLite.
**
**   oracle.c    arguments, seeds, the loop over cases
**   value.c     random numbers, SQL values, vectors and their literals
**   schema.c    a random pair of tables: `v` (vss0) and `p` (ordinary, the same rows)
**   where.c     random WHERE terms, valid for both tables
**   core.c      a search, as a FROM item and a condition for v and for p
**   query.c     random questions around it
**   scan.c      random questions without a search
**   join.c      joins in which another table may come before the search
**   write.c     random writes and transactions, each applied to both
**   session.c   the connections of a case
**   step.c      a step run on both sides
**   rows.c      the rows of both sides, compared
**   shrink.c    a failing case, run again with fewer steps and printed
**   switches.c  a switch that only tests have
**
** A case is a list of steps that follows from one seed. Every step is kept as SQL text with its
** parameters, so that a failing case can be run again on a fresh database, cut down and printed.
**
** An index tells the two sides apart: VSS is the table under test, PLAIN is the ordinary table.
*/
#ifndef ORACLE_H
#define ORACLE_H

#include <stdint.h>
#include "filter/filter.h"
#include "kernel/element.h"
#include "kernel/metric.h"
#include "sqlite3.h"

enum { VSS, PLAIN, SIDES };

#define MAX_COLUMNS 10
#define MAX_TERMS   10
#define MAX_BINDS   40
#define MAX_DIM     160

#define MAX_CONNECTIONS 3

/* --- value.c ---------------------------------------------------------------------------------- */

typedef struct Rng {
  uint64_t state;
} Rng;

/* Never two draws among the arguments of one call: their order is the compiler's. */
uint64_t rng_next(Rng *rng);
int rng_below(Rng *rng, int n);          /* 0 .. n-1 */
int rng_between(Rng *rng, int a, int b); /* a .. b, both included */
int rng_chance(Rng *rng, int percent);
double rng_gauss(Rng *rng);
#define PICK(rng, array) ((array)[rng_below((rng), (int)(sizeof(array) / sizeof((array)[0])))])

typedef struct Value {
  int type; /* SQLITE_INTEGER ... SQLITE_NULL */
  int64_t integer;
  double real;
  const void *bytes; /* TEXT, BLOB: static, or owned by the step that binds it */
  int size_bytes;
} Value;

/* What fills a column. Terms take their literals from the same domain, so that they often match. */
typedef enum Domain {
  DOMAIN_SMALL, /* a few small integers */
  DOMAIN_BIG,   /* integers at the edges of int64 and of exact doubles */
  DOMAIN_REAL,
  DOMAIN_NUMBER, /* integers and reals, many of them equal */
  DOMAIN_WORD,   /* texts that differ in case and trailing spaces */
  DOMAIN_DIGITS, /* texts that look like numbers */
  DOMAIN_DATE,
  DOMAIN_NAME, /* many distinct texts */
  DOMAIN_BLOB,
  DOMAIN_BOOLEAN,
  DOMAIN_NULL,
  DOMAIN_KEY, /* so many distinct texts that few are in a table twice */
  DOMAIN_ANY, /* all of them, row by row */
  DOMAIN_COUNT
} Domain;

Value value_random(Rng *rng, Domain domain, int null_percent);
/* The value as an SQL literal, for example 'it''s', x'00ff', 9e999. */
void value_literal(sqlite3_str *out, const Value *value);

/* How the vectors of a column are spread. A grid gives ties; outliers do not fit a codebook. */
typedef enum Spread {
  SPREAD_GRID,
  SPREAD_GAUSS,
  SPREAD_POSITIVE,
  SPREAD_OUTLIER,
  SPREAD_HUGE,
  SPREAD_MIXED,
  SPREAD_COUNT
} Spread;
void vector_random(Rng *rng, Spread spread, int dim, float *out);

/* --- schema.c --------------------------------------------------------------------------------- */

typedef struct Column {
  char ref[16]; /* as written in SQL, quoted where it must be */
  int is_vector;
  int dim;
  VssMetric metric;
  VssElement element;
  double scale; /* of int8 */
  Spread spread;
  const char *type; /* declared type, with its collation */
  int is_key;       /* of v the primary key, of p unique */
  VssAffinity affinity;
  Domain domain;
  int null_percent;
} Column;

typedef struct Step Step;
typedef struct Log Log;
typedef struct Case Case;

/* --- element.c -------------------------------------------------------------------------------- */

/* Chooses the element type, and for bits the dimension and the metric with it. */
void element_choose(Case *c, Column *column);
/* The bytes of a stored vector. */
int element_bytes(const Column *column);
/* A random vector that the column can hold. */
void column_vector(Rng *rng, const Column *column, float *out);
/* What the column has to store of it, in out, which has room for 4 * dim bytes. */
Value column_stored(const Column *column, const float *vector, unsigned char *out);
/* The distance on the plain side, as SQL: sqlite3_free(). */
char *column_distance(const Column *column, const char *row, const char *query);
int element_register(sqlite3 *db);

struct Case {
  Rng rng;
  uint64_t seed;
  Column columns[MAX_COLUMNS];
  int n_columns;
  int vectors[3];
  int n_vectors;
  int filters[MAX_COLUMNS];
  int n_filters;
  char name[16];   /* of the vss0 table: "v", or "renamed" */
  char vtab[24];   /* the same with its schema, as statements write it */
  char schema[8];  /* "main", "temp" or "aux" */
  int by_triggers; /* 1: writes go to p, and its triggers write v */
  int file_backed;
  int n_connections;    /* that take turns; a second one that only reads does not count */
  int connection;       /* whose turn it is */
  int is_large;         /* rows are so many that a question about pairs of them takes too long */
  const char *encoding; /* of the database: "UTF-8", "UTF-16le" or "UTF-16be" */
  int max_rowid;        /* rowids of ordinary inserts are 1 .. max_rowid */
  int target_rows;
  int n_savepoints[MAX_CONNECTIONS];
  int join_percent; /* of the questions */
  int literals;     /* 1: values become literals, since a view has no parameters */
  Value query;      /* the last query vector, which may be used again */
  Log *log;
};

/* Chooses the shape of the tables and runs the steps that create all of them. 1 after a failure. */
int schema_create(Case *c);
const Column *schema_filter(Case *c);    /* a random filter column */
const Column *schema_vector(Case *c);    /* a random vector column */
const Column *schema_key(const Case *c); /* the primary key, or NULL */
/* Appends the names of all columns, "e0, f1, ...", each with the prefix "v." or "". */
void schema_names(const Case *c, sqlite3_str *out, const char *prefix);

/* --- step.c ----------------------------------------------------------------------------------- */

typedef enum StepKind {
  STEP_SETUP,   /* sql[VSS] is run once and must succeed */
  STEP_COMPARE, /* both are queries, whose rows must be equal */
  STEP_WRITE,   /* both succeed with the same number of changes, or both fail */
  STEP_REFUSE,  /* sql[VSS] must fail, and sql[PLAIN] is not run */
  STEP_CONTROL, /* sql[VSS] (BEGIN, SAVEPOINT ...) is run once and must succeed */
  STEP_HALFWAY, /* a query sql[VSS] is open while sql[PLAIN] runs; only safety is checked */
  STEP_BESIDE,  /* as COMPARE, but a transaction of `other` comes between two rows of vss0 */
  STEP_BULK,    /* `rows` rows that follow from `seed` go into both */
  STEP_REOPEN   /* all connections are closed and opened again */
} StepKind;

struct Step {
  StepKind kind;
  int connection;
  char *sql[SIDES]; /* with \1 in place of the terms, which become " and (t1) and (t2)" */
  char *terms[MAX_TERMS];
  int n_terms;
  Value binds[MAX_BINDS]; /* bytes owned by the step */
  int n_binds;
  int ordered;    /* COMPARE: 1 when the order of the rows counts */
  int may_refuse; /* COMPARE: 1 when vss0 may say that its search does not drive the join */
  /*
  ** COMPARE: not 0, when rows at equal distances may come in any order. It is the number of the
  ** column with the distance, from 1 on. sql[PLAIN] then gives every row, in order of distance, of
  ** which sql[VSS] may give those from `offset` on, `limit` (-1: all) of them.
  */
  int tied_by, offset, limit;
  int rows;  /* BULK: how many; HALFWAY, BESIDE: how many are read first */
  int other; /* BESIDE: the connection that writes, if it may */
  char *writes[SIDES];
  uint64_t seed;
  int64_t first_rowid;
};

/* A step without text, and one that is not needed any more. */
Step *step_new(StepKind kind);
void step_free(Step *step);
/* Puts a value into the text of a step, as a literal or as a parameter ?N. */
void step_value(Case *c, Step *step, sqlite3_str *out, const Value *value);
/* Gives the finished texts to the step, which owns them. plain may be NULL. */
void step_finish(Step *step, sqlite3_str *vss, sqlite3_str *plain);

/*
** Runs the step and keeps it in the log, which owns it. 1: a mismatch, which is reported already.
*/
int case_run(Case *c, Step *step);
/* One integer from the plain side, for the generator; `otherwise` when there is no row. */
int64_t case_ask(Case *c, const char *sql, const Value *bind, int64_t otherwise);
/* The same for a real. */
double case_ask_real(Case *c, const char *sql, const Value *bind, double otherwise);
int case_in_transaction(const Case *c); /* the connection whose turn it is */
/* 1 where a write could fail with SQLITE_BUSY: another connection is in a transaction, or so. */
int case_is_contended(const Case *c);

typedef struct Options {
  uint64_t seed;
  int64_t count;
  int file;
  int joins;        /* 1: little else is asked */
  int connections;  /* 1: two or three of them take turns */
  int large;        /* 1: tables of 9,000 and of 70,000 rows */
  const char *path; /* that every scan takes; NULL: the seed decides */
  int verbose;
  const char *folder; /* for database files */
} Options;

int log_open(Case *c, const Options *options);
void log_close(Case *c);
const Options *log_options(const Case *c);

/*
** What a run comes down to. Runs with the same seeds and options have to agree in it, whatever path
** scans take and whatever kernels there are.
*/
typedef struct Summary {
  int64_t statements;
  uint64_t answers; /* a hash of all rows that vss0 gave */
  uint64_t refined; /* vectors that searches have read */
} Summary;

/* Adds up what the searches of a case have read, before its tables are closed. */
void log_count_refined(Case *c);
void log_add(const Case *c, Summary *summary);

/* --- where.c ---------------------------------------------------------------------------------- */

/*
** A random term over the columns of `v`, written with the prefix "v.". It may use `distance` when
** `vector` is the searched column, and not when `vector` is -1. SQLite hands a TERM_PUSHED to the
** virtual table as it is; it never hands over a TERM_REST.
*/
typedef enum TermKind { TERM_ANY, TERM_PUSHED, TERM_REST } TermKind;
char *where_term(Case *c, Step *step, TermKind kind, int vector);

/* --- query.c, scan.c, join.c, write.c --------------------------------------------------------- */

int query_random(Case *c);
/* Some columns of v, and the rowid, as a result: sqlite3_free(). */
char *query_columns(Case *c, int with_distance);
/* Gives the texts of both sides to the step. Takes over both. */
void query_finish(Step *step, char *vss, char *plain);
void scan_random(Case *c, Step *step);
int join_create(Case *c); /* 1 after a failure */
int join_random(Case *c);
/*
** Appends the rows of p as a search of `column` sees them: "(select ...) as v" with rowid and
** distance.
*/
void query_plain_source(Case *c, sqlite3_str *out, int column, const char *query_text);
int write_random(Case *c);
/* Learns what v is called for this connection. 0 where the database is locked. */
int write_learn_name(Case *c);
/* Gives a step two writes that change many rows, as texts for both sides. */
void write_upheaval(Case *c, const Column *column, char *out_text[SIDES]);
int write_fill(Case *c);   /* writes the first rows */
int write_finish(Case *c); /* ends the transaction, compares all rows, checks integrity */
/* Appends a vector in one of the forms that vss0 takes, and as p stores it: a raw BLOB. */
void write_vector(Case *c, Step *step, const Column *column, sqlite3_str *vss, sqlite3_str *plain);
void step_bulk_row(const Case *c, Rng *rng, int column, Value *out_value, float *vector);

#endif
