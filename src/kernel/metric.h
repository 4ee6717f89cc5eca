/*
** The distance of two vectors, as the user sees it: one canonical value, the same bits everywhere.
*/
#ifndef VSS_METRIC_H
#define VSS_METRIC_H

#include "base/base.h"

typedef enum VssMetric {
  VSS_METRIC_L2,            /* squared L2, as FAISS */
  VSS_METRIC_INNER_PRODUCT, /* a.b; nearest means greatest */
  VSS_METRIC_COSINE,        /* 1 - a.b/(|a||b|); 1 where a norm is zero */
  VSS_METRIC_L1,
  VSS_METRIC_LINF,
  VSS_METRIC_CANBERRA,      /* sum |a-b| / (|a|+|b|), 0/0 counts 0 */
  VSS_METRIC_BRAY_CURTIS,   /* sum |a-b| / sum |a+b| */
  VSS_METRIC_JENSEN_SHANNON /* sum of (x log(x/m) + y log(y/m)) / 2, m = (x+y)/2, as FAISS */
} VssMetric;

/* Name in any case ("L2", "inner_product", "Linf", ...) to metric; VSS_MISSING when unknown. n bytes, no terminator needed. */
int vss_metric_parse(const char *name, size_t n, VssMetric *out_metric);

/* The canonical spelling; cannot fail. */
const char *vss_metric_name(VssMetric metric);

/* 1 for metrics whose nearest rows have the greatest value (INNER_PRODUCT). */
int vss_metric_descending(VssMetric metric);

/* 1 for the metrics that index/index.h answers from 8-bit codes (L2, INNER_PRODUCT, COSINE). */
int vss_metric_has_codes(VssMetric metric);

/*
** The metric's value of a and b (dim floats each, any alignment), accumulated in float64 in one fixed lane
** order (kernel/kernel.h: eight sums, component j in sum j % 8), so that every build returns the same bits; JENSEN_SHANNON
** has a logarithm of its own for that. Not rounded; callers round to float32 with
** vss_metric_round(). NaN or Inf in gives NaN or Inf out. Cannot fail.
*/
double vss_metric_distance(VssMetric metric, const float *a, const float *b, int dim);

/* float64 to float32, overflow to +-Inf; the `distance` column. A NaN (which finite input cannot give, but for Inf-Inf) becomes +Inf. */
float vss_metric_round(double value);

/* The ascending sort key of a distance: itself, or its negation where greatest is nearest. */
float vss_metric_key(VssMetric metric, float distance);

#endif
