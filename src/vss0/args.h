/*
** The arguments of `create virtual table t using vss0(...)`, parsed.
**
**   a vector column   headline(384)
**                     headline(384) factory="Flat,IDMap2" metric_type=COSINE
**                     headline float[384] distance_metric=cosine          as sqlite-vec writes it
**                     headline int8[384] scale=127                  another element type
**   a filter column   published_at date
**                     newsroom text collate nocase
**                     "group" varchar(20)
**                     anything
**   a primary key     id text primary key
**                     id text collate nocase primary key not null
**                     id integer primary key
**
** A vector column is a name directly followed by a parenthesised integer and options, which stores
** float32; or a name, an element type (kernel/element.h) and an integer in brackets. Names may be
** quoted in SQL's four ways. The column list is validated: at least one vector column, no duplicate
** names (case-insensitive), none of the reserved names rowid, _rowid_, oid, distance, k, or the
** table's own name; dimensions 1..65536.
*/
#ifndef VSS_VSS0_ARGS_H
#define VSS_VSS0_ARGS_H

#include "base/error.h"
#include "filter/filter.h"
#include "index/index.h"

typedef struct VssVectorDef {
  const char *name; /* the column's, borrowed from its VssColumnDef */
  VssElement element;
  int dim;
  double scale; /* of int8: a stored byte c stands for c / scale; 1 for the others */
  VssMetric metric;
} VssVectorDef;

/*
** What identifies a row besides the rowid. A text key is a filter column whose values are unique.
** An integer key is the rowid under another name.
*/
typedef enum VssKey { VSS_KEY_NONE, VSS_KEY_TEXT, VSS_KEY_ROWID } VssKey;

typedef struct VssFilterDef {
  const char *name;     /* the column's, borrowed from its VssColumnDef */
  char *type;           /* the declared type as written, "" when there is none; owned */
  VssAffinity affinity; /* of the type */
  char *collation;      /* its name, or NULL; owned */
  VssKey key;
} VssFilterDef;

/* A column at its declared place. SQLite numbers the columns of a table in this order. */
typedef struct VssColumnDef {
  char *name; /* unquoted, owned */
  int is_vector;
  int number; /* its place in `vectors` or in `filters` */
} VssColumnDef;

/* What the option "cache" of CREATE says. Later it is <t>_config that says it (vss0/store.h). */
typedef enum VssCacheOption { VSS_CACHE_DEFAULT, VSS_CACHE_ON, VSS_CACHE_OFF } VssCacheOption;

/*
** The columns of a table, once in declared order and once by kind:
**
**   create virtual table t using vss0(published_at date, headline(384), newsroom text, summary(8))
**
**   columns   published_at    headline    newsroom    summary
**             filter 0        vector 0    filter 1    vector 1
*/
typedef struct VssTableDef {
  VssColumnDef *columns; /* owned, and in the same block the two other lists */
  VssVectorDef *vectors;
  VssFilterDef *filters;
  int n_columns;
  int n_vectors;
  int n_filters;
  const VssFilterDef *id; /* the primary key, one of `filters`; or NULL */
  VssCacheOption cache;
} VssTableDef;

void vss_args_free(VssTableDef *def);

/*
** The built-in collation of that name (VssCollation), in any case; NULL: BINARY. -1: it is one of
** the user's.
*/
int vss_args_collation(const char *name);

/* Whether the table has a text key. */
static inline int vss_has_text_id(const VssTableDef *def) {
  return def->id && def->id->key == VSS_KEY_TEXT;
}

/* Whether declared column `column` is the rowid under another name. */
static inline int vss_is_rowid_column(const VssTableDef *def, int column) {
  const VssColumnDef *named = &def->columns[column];
  return !named->is_vector && def->filters[named->number].key == VSS_KEY_ROWID;
}

/* The bytes of one stored vector of the column. */
static inline uint64_t vss_vector_bytes(const VssVectorDef *vector) {
  return vss_element_bytes(vector->element, vector->dim);
}

/* What the index of the column must know. */
static inline VssVectorShape vss_vector_shape(const VssVectorDef *vector) {
  return (VssVectorShape){vector->metric, vector->dim, vector->element, vector->scale};
}

/*
** argv: the user's arguments only (xCreate's argv + 3), argc of them. Errors (VSS_INVALID) start
** with the column's name or number, and say what was got and what was expected:
**
**   column "e": unknown option "metrict_type", expected factory, metric_type, storage_type or
**   scale
**   column "e": expected dimensions (1 to 65536), got 0
**
** The caller puts `vss0 <table>: ` in front. A column constraint (not null without a
** primary key, unique, default, check, references, generated) is an error that names it. VSS_NOMEM.
** Pinned by test_args.c, which quotes every message.
*/
int vss_args_parse(int argc, const char *const *argv, const char *table_name, VssTableDef *out_def,
                   VssError *err);

#endif
