/* What the row functions work on when they are given a mask, a bias or a scale: scale*x + bias where the mask is not 0,
 * else -inf, whatever x is there. Not functions of their own: softmax(x, where=..., bias=..., scale=...).
 *
 * row_input rounds once; max 0.500 ULP. row_input_parts gives the sum in two parts, of which the first is the sum
 * rounded: together they are off by 2^-48 (float64: 2^-106) of the larger of |scale x| and |bias|. Finite operands make
 * no infinity there: the sum ends at the largest number. */
#ifndef FASTACT_ROW_INPUT_H
#define FASTACT_ROW_INPUT_H
#include <float.h>
#include <math.h>
#define FA_FORMULA(T, real, most) \
  FA_INLINE T##v T##_row_input(T##v x, T##v scale, T##v bias, T##v mask) { \
    return T##_select(T##_eq(mask, T##_set1(0)), T##_set1(-(real)INFINITY), T##_fma(scale, x, bias)); \
  } \
  FA_INLINE void T##_row_input_parts(T##v x, T##v scale, T##v bias, T##v mask, T##v *high, T##v *low) { \
    const T##v zero = T##_set1(0), highest = T##_set1((real)INFINITY); \
    /* product and sum with what their rounding takes off */ \
    T##v product = T##_mul(scale, x), sum = T##_add(product, bias), added = T##_sub(sum, product); \
    T##v lost = T##_add(T##_sub(product, T##_sub(sum, added)), T##_sub(bias, added)); \
    T##v rest = T##_add(T##_fms(scale, x, product), lost), all = T##_add(sum, rest); \
    rest = T##_sub(rest, T##_sub(all, sum)); \
    /* where one of them is not finite: as rounded once; 0 times the operands is 0 where they are finite, else NaN */ \
    T##v once = T##_fma(scale, x, bias), nothing = T##_fma(x, zero, T##_fma(scale, zero, T##_mul(bias, zero))); \
    T##v kept = T##_min(T##_set1(most), T##_max(T##_set1(-most), once)); \
    T##m finite = T##_gt(highest, T##_abs(all)), masked = T##_eq(mask, zero); \
    all = T##_select(finite, all, T##_select(T##_eq(nothing, zero), kept, once)); \
    *high = T##_select(masked, T##_neg(highest), all); \
    *low = T##_select(masked, zero, T##_select(finite, rest, zero)); \
  }
FA_FORMULA(f32, float, FLT_MAX)
FA_FORMULA(f64, double, DBL_MAX)
#undef FA_FORMULA
#endif
