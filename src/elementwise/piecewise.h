/* Functions of straight pieces, and softsign. Gradients are products, dy times the derivative: where that is 0, the
 * sign of dy remains, and an infinite dy gives NaN. Corners take PyTorch's side. NaN in x or a parameter gives NaN.
 * Where no bound stands, the result is exact or rounded once; 1/6 is a pair (tools/derive/fit.py). */
#ifndef FASTACT_PIECEWISE_H
#define FASTACT_PIECEWISE_H
#include "tables/f32.h"
#include "tables/f64.h"

#define FA_F32_SOFTSIGN_FAR 0x1p64f
#define FA_F64_SOFTSIGN_FAR 0x1p512
#define FA_F32_SOFTSIGN_TO_NEAR 0x1p-64f
#define FA_F64_SOFTSIGN_TO_NEAR 0x1p-512
#include "math/as_f32.inc"
#include "elementwise/piecewise.inc"
#include "math/as_f64.inc"
#include "elementwise/piecewise.inc"
#include "math/as_none.inc"
#endif
