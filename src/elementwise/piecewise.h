/* Functions of straight blocks, and softsign. Gradients are products, dy times the derivative: where that is 0, the
 * sign of dy remains, and an infinite dy gives NaN. Corners take PyTorch's side. NaN in x or a parameter gives NaN.
 * Where no bound stands, the result is exact or rounded once; 1/6 is a pair (tools/derive/fit.py). */
#ifndef FASTACT_PIECEWISE_H
#define FASTACT_PIECEWISE_H
#include "tables/f32.h"
#include "tables/f64.h"

/* The formulas of one element type. f32_max(c, x) and f32_min(c, x) pass a NaN in x, but not one in c. */
#define FA_PIECEWISE_OF(T, SIXTH_HIGH, SIXTH_LOW, FAR, TO_NEAR) \
  /* y where x is a number; where x is NaN, x */ \
  FA_INLINE T##v T##_unless_nan(T##v x, T##v y) { return T##_select(T##_eq(x, x), y, x); } \
  /* 1 where low < x < high, otherwise 0 */ \
  FA_INLINE T##v T##_between(T##v x, T##v low, T##v high) { \
    const T##v zero = T##_set1(0), one = T##_set1(1); \
    return T##_select(T##_gt(x, low), T##_select(T##_gt(high, x), one, zero), zero); \
  } \
\
  /* relu(-0) = -0 */ \
  FA_INLINE T##v T##_relu(T##v x) { return T##_max(T##_set1(0), x); } \
  FA_INLINE T##v T##_relu_grad(T##v dy, T##v x) { \
    T##v derivative = T##_select(T##_gt(x, T##_set1(0)), T##_set1(1), T##_set1(0)); \
    return T##_mul(dy, T##_unless_nan(x, derivative)); \
  } \
\
  FA_INLINE T##v T##_relu6(T##v x) { return T##_min(T##_set1(6), T##_max(T##_set1(0), x)); } \
  FA_INLINE T##v T##_relu6_grad(T##v dy, T##v x) { \
    return T##_mul(dy, T##_unless_nan(x, T##_between(x, T##_set1(0), T##_set1(6)))); \
  } \
\
  /* x > 0 ? x : negative_slope * x, rounded once; negative_slope = 0 gives NaN for x = -inf, as in PyTorch */ \
  FA_INLINE T##v T##_leaky_relu(T##v x, T##v negative_slope) { \
    return T##_select(T##_gt(x, T##_set1(0)), x, T##_mul(negative_slope, x)); \
  } \
  FA_INLINE T##v T##_leaky_relu_grad(T##v dy, T##v x, T##v negative_slope) { \
    T##v derivative = T##_select(T##_gt(x, T##_set1(0)), T##_set1(1), negative_slope); \
    return T##_mul(dy, T##_unless_nan(x, derivative)); \
  } \
\
  FA_INLINE T##v T##_prelu(T##v x, T##v weight) { return T##_leaky_relu(x, weight); } \
  /* the weight's gradient is an element's share: a weight that was broadcast gets the sum of its elements' shares */ \
  FA_INLINE void T##_prelu_grad(T##v dy, T##v x, T##v weight, T##v *dx, T##v *dweight) { \
    *dx = T##_leaky_relu_grad(dy, x, weight); \
    *dweight = T##_mul(dy, T##_min(T##_set1(0), x)); \
  } \
\
  /* min(max(x, min_val), max_val): max_val where the two are out of order; a NaN in any of the three gives NaN */ \
  FA_INLINE T##v T##_hard_tanh(T##v x, T##v min_val, T##v max_val) { \
    T##v y = T##_min(max_val, T##_max(min_val, x)); \
    return T##_unless_nan(min_val, T##_unless_nan(max_val, y)); \
  } \
  FA_INLINE T##v T##_hard_tanh_grad(T##v dy, T##v x, T##v min_val, T##v max_val) { \
    T##v derivative = T##_unless_nan(x, T##_between(x, min_val, max_val)); \
    return T##_mul(dy, T##_unless_nan(min_val, T##_unless_nan(max_val, derivative))); \
  } \
\
  /* x/6 + 1/2 as (x + 3)/6. What x + 3 loses is kept, so that only the last operation rounds at full size, also near \
   * -3, where x + 3 is exact. Max 0.5001 ULP at -8.94069743e-08 (all float32). */ \
  FA_INLINE T##v T##_hard_sigmoid(T##v x) { \
    const T##v three = T##_set1(3), high = T##_set1(SIXTH_HIGH), low = T##_set1(SIXTH_LOW); \
    T##v a = T##_min(three, T##_max(T##_set1(-3), x)); \
    T##v sum = T##_add(a, three), lost = T##_sub(a, T##_sub(sum, three)); \
    return T##_fma(sum, high, T##_fma(sum, low, T##_mul(lost, high))); \
  } \
  FA_INLINE T##v T##_hard_sigmoid_grad(T##v dy, T##v x) { \
    T##v inside = T##_select(T##_gt(T##_set1(3), T##_abs(x)), T##_set1(1), T##_set1(0)); \
    T##v sixth = T##_fma(dy, T##_set1(SIXTH_HIGH), T##_mul(dy, T##_set1(SIXTH_LOW))); \
    return T##_mul(sixth, T##_unless_nan(x, inside)); \
  } \
\
  /* x hard_sigmoid(x); -0 from -3 down, x from 3 on. Max 1.492 ULP at 0.00194531679 (all float32); float64 1.50 \
   * (sampled). */ \
  FA_INLINE T##v T##_hard_silu(T##v x) { return T##_mul(T##_max(T##_set1(-3), x), T##_hard_sigmoid(x)); } \
  /* dy (2x + 3)/6 between -3 and 3, where 2x + 3 is exact near its zero, -1.5. Max 1.000 ULP at 0.500000596 for dy = \
   * 1 (all float32), 2.49 for any (searched; float64 the same). */ \
  FA_INLINE T##v T##_hard_silu_grad(T##v dy, T##v x) { \
    const T##v three = T##_set1(3), minus_three = T##_set1(-3); \
    T##v a = T##_min(three, T##_max(minus_three, x)), twice = T##_fma(a, T##_set1(2), three); \
    T##v derivative = T##_fma(twice, T##_set1(SIXTH_HIGH), T##_mul(twice, T##_set1(SIXTH_LOW))); \
    derivative = \
        T##_select(T##_eq(a, three), T##_set1(1), T##_select(T##_eq(a, minus_three), T##_set1(0), derivative)); \
    return T##_mul(dy, derivative); \
  } \
\
  /* x/(1+|x|); from 2^60 on the result is 1. Max 1.499 ULP at 2047.37488 (all float32); float64 1.50 (sampled). */ \
  FA_INLINE T##v T##_softsign(T##v x) { \
    T##v a = T##_min(T##_set1(0x1p60f), T##_abs(x)); \
    return T##_copysign(T##_div(a, T##_add(a, T##_set1(1))), x); \
  } \
  /* dy/(1+a)^2, a = |x|. What 1 + a loses goes into the square, so that the square and the quotient round once each, \
   * for any dy. From FAR, the square root of the overflow, on, 1 + a is scaled. An infinite a has an infinite sum and \
   * lost = NaN, which min(lost, 1) removes. Max 1.499 ULP at -8.62740053e-05, any dy too (all float32); float64 1.50 \
   * (sampled). */ \
  FA_INLINE T##v T##_softsign_grad(T##v dy, T##v x) { \
    const T##v one = T##_set1(1); \
    T##v a = T##_abs(x), larger = T##_max(one, a), sum = T##_add(one, a); \
    T##v lost = T##_min(T##_sub(T##_min(one, a), T##_sub(sum, larger)), one); \
    T##v scale = T##_select(T##_gt(T##_set1(FAR), a), one, T##_set1(TO_NEAR)), d = T##_mul(sum, scale); \
    T##v square = T##_fma(d, d, T##_mul(T##_add(d, d), T##_mul(lost, scale))); \
    return T##_mul(T##_mul(T##_div(dy, square), scale), scale); \
  }

FA_PIECEWISE_OF(f32, FA_F32_SIXTH, FA_F32_SIXTH_LOW, 0x1p64f, 0x1p-64f)
FA_PIECEWISE_OF(f64, FA_F64_SIXTH, FA_F64_SIXTH_LOW, 0x1p512, 0x1p-512)
#undef FA_PIECEWISE_OF
#endif
