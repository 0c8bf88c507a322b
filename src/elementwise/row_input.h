/* What the row functions work on when they are given a mask, a bias or a scale: scale*x + bias where the mask is not 0,
 * else -inf, whatever x is there. Not functions of their own: softmax(x, where=..., bias=..., scale=...).
 *
 * row_input rounds once; max 0.500 ULP. scale_add is the same without a mask, for elementwise functions.
 * row_input_parts gives the sum in two parts (scaled_sum.h). */
#ifndef FASTACT_ROW_INPUT_H
#define FASTACT_ROW_INPUT_H
#include "math/scaled_sum.h"

#include "math/as_f32.inc"
#include "elementwise/row_input.inc"
#include "math/as_f64.inc"
#include "elementwise/row_input.inc"
#include "math/as_none.inc"
#endif
