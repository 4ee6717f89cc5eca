/*
** The arguments of `create virtual table t using vss0(...)`, parsed.
**
**   headline_embedding(384) factory="Flat,IDMap2" metric_type=COSINE storage_type=faiss_shadow   a vector column
**   published_at date | newsroom text collate nocase | "group" varchar(20) | anything           a filter column
**
** A vector column is a name directly followed by a parenthesised integer and options. (sqlite-vec's `name float[384] distance_metric=cosine`
** is accepted too.) Names may be quoted in SQL's four ways. The column list is validated: at least one
** vector column, at least one column at all, no duplicate names (case-insensitive), none of the reserved names
** rowid, _rowid_, oid, distance, k, or the table's own name; dimensions 1..65536.
*/
#ifndef VSS_ARGS_H
#define VSS_ARGS_H

#include "kernel/metric.h"

typedef struct VssColumnDef {
  char *name; /* unquoted, owned */
  int is_vector;
  int dim; /* vectors */
  VssMetric metric;
  char *type;      /* filters: the declared type as written, "" when none; owned */
  char *collation; /* filters: name or NULL; owned */
} VssColumnDef;

typedef struct VssTableDef {
  VssColumnDef *columns;
  int n_columns;
  int n_vectors;
} VssTableDef;

void vss_args_free(VssTableDef *def);

/* The definition of vector column number `number`, 0 to n_vectors - 1. Cannot fail. */
const VssColumnDef *vss_args_vector(const VssTableDef *def, int number);

/*
** argv: the column arguments only (xCreate's argv + 3), argc of them. Errors (VSS_INVALID) start with the column's
** name or number and say what came and what was expected, e.g.
**   `column "embedding": unknown option "metrict_type", expected factory, metric_type or storage_type`
**   `column "embedding": factory "IVF100,Flat" is not supported: vss0 is exact and flat ("Flat", "Flat,IDMap" or "Flat,IDMap2")`
** callers put `vss0 <table>: ` in front. Other column constraints (primary key, not null, unique, default, check, references, generated)
** are an error that names them. VSS_NOMEM.
*/
int vss_args_parse(int argc, const char *const *argv, const char *table_name, VssTableDef *out_def,
                   VssError *err);

#endif
