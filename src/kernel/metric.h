/*
** The metrics, and the distance of two vectors as the user sees it: one canonical value, the same
** bits everywhere.
**
** All that is known about a metric is one row of the table in kernel/metric.c. To add a metric, add
** its constant here and its row there: the options of vss0, vss_distance(), the metric's own SQL
** function, the messages that list the metrics and the index read the table.
*/
#ifndef VSS_METRIC_H
#define VSS_METRIC_H

#include "base/base.h"

/*
** The numbers are stored with the index (index/bytes.c): a new metric is appended, and none is ever
** renumbered.
*/
typedef enum VssMetric {
  VSS_METRIC_L2,             /* sum (a-b)^2: the square, as in FAISS */
  VSS_METRIC_INNER_PRODUCT,  /* sum a*b; the nearest row has the greatest value */
  VSS_METRIC_COSINE,         /* 1 - a.b / (|a| |b|), in [0, 2]; 1 where a length is zero */
  VSS_METRIC_L1,             /* sum |a-b| */
  VSS_METRIC_LINF,           /* max |a-b| */
  VSS_METRIC_CANBERRA,       /* sum |a-b| / (|a|+|b|), where 0/0 counts as 0 */
  VSS_METRIC_BRAY_CURTIS,    /* sum |a-b| / sum |a+b| */
  VSS_METRIC_JENSEN_SHANNON, /* sum of (a log(a/m) + b log(b/m)) / 2, m = (a+b)/2, as in FAISS */
  VSS_METRIC_HAMMING,        /* how many j have a > 0 on one side alone; the one of bit columns */
  VSS_METRIC_COUNT           /* how many metrics there are */
} VssMetric;

typedef struct VssMetricInfo {
  const char *name;         /* the canonical spelling: metric_type=L2, vss_distance('L2', a, b) */
  const char *sql_function; /* the SQL function of two vectors whose result is this distance */
  int is_descending;        /* 1: the nearest row has the greatest value */
  int has_codes; /* 1: index/quantize.h derives bounds from 8-bit codes; 0: every row is computed */
  double (*distance)(const float *a, const float *b, int dim);
} VssMetricInfo;

/* The metric's row of the table. Cannot fail. */
const VssMetricInfo *vss_metric_info(VssMetric metric);

/* The fields of that row that callers ask for one at a time. */
const char *vss_metric_name(VssMetric metric);
int vss_metric_descending(VssMetric metric);
int vss_metric_has_codes(VssMetric metric);

/*
** Name in any case ("l2", "LINF") to metric. n bytes, no terminator needed. VSS_MISSING: no metric
** has this name.
*/
int vss_metric_parse(const char *name, size_t n, VssMetric *out_metric);

/*
** Write "L2, INNER_PRODUCT, ... or HAMMING" with a terminating zero, for errors that say what
** was expected.
*/
#define VSS_METRIC_LIST_BYTES 128
void vss_metric_list(char out_text[VSS_METRIC_LIST_BYTES]);

/*
** The metric's value of a and b (dim floats each, any alignment), accumulated in float64 in one
** fixed lane order (kernel/lanes.h), so that every build returns the same bits. It is not rounded:
** callers round it to float32 with vss_metric_round(). NaN or Inf in gives NaN or Inf out, except
** that HAMMING counts a NaN as a 0. Cannot fail. Cost: O(dim).
*/
double vss_metric_distance(VssMetric metric, const float *a, const float *b, int dim);

/*
** float64 to float32, as the `distance` column has it; overflow gives +-Inf. A NaN becomes +Inf:
** finite vectors give one only as Inf - Inf.
*/
float vss_metric_round(double value);

/*
** The ascending sort key of a distance: the distance itself, or its negation where the greatest is
** the nearest.
*/
float vss_metric_key(VssMetric metric, float distance);

#endif
