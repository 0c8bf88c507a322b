/* The diagonal of a Hessian of rows, from their probabilities. */
#ifndef FASTACT_HESSIAN_H
#define FASTACT_HESSIAN_H
#include "fastact/engine.h"

/* count rows (or columns) of n probabilities p, in place: factor p (1 - p), where each row has a factor of its own; 0
 * where that is 0, be the row NaN. step: elements from one row to the next, or from one element of the columns to the
 * next. */
void fa_to_hessian(fa_dtype dtype, void *p, size_t n, ptrdiff_t step, size_t count, const double *factor, int columns);

/* The sum of n numbers, in float64. */
double fa_sum_of_row(fa_dtype dtype, const void *t, size_t n);
#endif
