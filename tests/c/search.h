/* The second stage of the accuracy program: around the worst inputs of the first, with the others chosen for the worst.
 */
#ifndef SEARCH_H
#define SEARCH_H
#include "judge.h"

/* The inputs that scored most in each cell of samples.h. */
typedef struct {
  float score;
  double in[FA_MAX_INPUTS];
} find;

/* Takes n elements into the cells of x: errors above 1/2, where `relative` as seen by a product whose mantissa is 1. */
void keep(find *cells, const subject *s, const void *const *inputs, const void *y, const float *errors, size_t n,
          int relative);

/* Orders the `count` worst of all cells first in `worst`, of which as many as it returns are finds; empties the cells.
 */
int take_worst(find *cells, find *worst, int count);

/* Input j of candidate i around a find: x and those to be varied near by, elsewhere in the cell, or of a mantissa near
 * 1, 1.5 or 2. */
double vary(const find *f, const role *r, int j, uint64_t i);

/* The factor (input j) with which the result, y so far, is just below a power of two: where a relative error is most
 * ULP. */
double aim(const subject *s, double factor, double y, uint64_t i);

/* Puts a number, cut off at the largest of the type. */
void put(const subject *s, void *p, size_t i, double x);

/* Inputs j of n elements anew, number `first` and up: what multiplies x or divides it so that the product is a number
 * of a usual size, in half of them; then the free factor so that the result has any exponent, mostly one near an end of
 * the range, in half. */
void aim_parameter(const subject *s, void *const *inputs, int j, size_t n, uint64_t first);
void aim_factor(const subject *s, void *const *inputs, size_t n, uint64_t first);
#endif
