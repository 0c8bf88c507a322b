/* scale*x + bias in two parts, of which the first is the sum rounded once: together they are off by 2^-48 (float64:
 * 2^-106) of the larger of |scale x| and |bias|. Finite operands make no infinity there: the sum ends at the largest
 * number. Where the sum is not finite, or the product is not, the second part is 0. */
#ifndef FASTACT_SCALED_SUM_H
#define FASTACT_SCALED_SUM_H
#include <math.h>
#include "math/f32.h"
#include "math/f64.h"

#include "math/as_f32.inc"
#include "math/scaled_sum.inc"
#include "math/as_f64.inc"
#include "math/scaled_sum.inc"
#include "math/as_none.inc"
#endif
