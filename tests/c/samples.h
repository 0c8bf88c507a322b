/* Where the accuracy program looks. */
#ifndef SAMPLES_H
#define SAMPLES_H
#include <stddef.h>
#include <stdint.h>

/* Sample i of n in float64: all ranges that matter in turn, corners, zero crossings, tiny numbers, steps over all bit
 * patterns. */
double sample_f64(uint64_t i, uint64_t n);

/* 0, infinity, NaN, the ends of the types, thresholds; each with both signs */
double special(uint64_t i);

/* The line of float64 in cells of 1/64 of a binade, each with the largest error found there. */
enum { CELL_BITS = 18, CELLS = 1 << CELL_BITS };
void note(float *cells, const double *x, const float *errors, size_t n);

/* Orders the `count` worst cells first in `worst`; sample i out of them and their neighbours. */
void worst_cells(const float *cells, uint32_t *worst, int count);
double sample_cells(const uint32_t *worst, int count, uint64_t i);
#endif
