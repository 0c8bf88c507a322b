/* What the row functions work on when they are given a mask, a bias or a scale: scale*x + bias, rounded once, where the mask
 * is not 0, else -inf, whatever x is there; max 0.500 ULP. Not a function of its own: softmax(x, where=..., bias=..., scale=...). */
#ifndef FA_ROW_INPUT
#define FA_ROW_INPUT(X) X(row_input, 4, 1)
#endif
#if defined(FA_ISA) && !defined(FA_ROW_INPUT_FORMULAS)
#define FA_ROW_INPUT_FORMULAS
#include <math.h>
#define FA_FORMULA(T, real) \
  FA_INLINE T##v T##_row_input(T##v x, T##v scale, T##v bias, T##v mask) { \
    return T##_select(T##_eq(mask, T##_set1(0)), T##_set1((real)-INFINITY), T##_fma(scale, x, bias)); \
  }
FA_FORMULA(f32, float)
FA_FORMULA(f64, double)
#undef FA_FORMULA
#endif
