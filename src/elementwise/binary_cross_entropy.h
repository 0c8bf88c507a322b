/* Binary cross-entropy from logits: the loss, and the loss with its gradient by the logit.
 *
 * With f = t p, g = 1 - t (t target, p pos_weight, w weight) and the sigmoid s, the loss is w (f softplus(-x) + g
 * softplus(x)) and its gradient w (g s(x) - f s(-x)). Of f and g let h be the one whose term grows with a = |x| (g for
 * x >= 0, f for x < 0) and k the other, and e = e^-a: then the loss is w (h a + (h + k) log1p(e)), a sum of terms of
 * one sign for t in [0, 1], and the gradient +-w (h - k e) / (1 + e), which cancels at its zero alone. */
#ifndef FASTACT_BINARY_CROSS_ENTROPY_H
#define FASTACT_BINARY_CROSS_ENTROPY_H
#include "math/f32.h"
#include "math/f64.h"
#include "math/derivative_products.h"
#include "elementwise/softplus.h"

/* Far out, from FAR on, where h is 0 or below TINY, the terms in e are carried with the factor BIAS: they stay normal
 * numbers until e itself is dropped, at FAR_END (times weights they may be results), and a subnormal result is rounded
 * last. Elsewhere h outweighs them from FAR on, and e is dropped at END. */
#define FA_F32_BCE_FAR 66.0f
#define FA_F32_BCE_END 88.0f
#define FA_F32_BCE_FAR_END 164.25f
#define FA_F32_BCE_BIAS 110
#define FA_F32_BCE_TINY 0x1p-80f
#define FA_F32_BCE_LIFT 0x1p110f
#define FA_F32_BCE_SMALL 0x1p-48f
#define FA_F64_BCE_SMALL 0
#define FA_F64_BCE_FAR 600.0
#define FA_F64_BCE_END 708.0
#define FA_F64_BCE_FAR_END 1330.0
#define FA_F64_BCE_BIAS 900
#define FA_F64_BCE_TINY 0x1p-600
#define FA_F64_BCE_LIFT 0x1p900

/* e^-a as scale (1 + m), times LIFT where far. From END (or FAR_END) on it is 0; in float32 the scale's exponent field
 * is. */
FA_INLINE f32_exp_parts f32_bce_exp_neg(f32v a, f32m far) {
  const f32v round = f32_select(far, f32_set1(FA_F32_ROUND(FA_F32_BCE_BIAS)), f32_set1(FA_F32_ROUND(0)));
  f32v v = f32_min(f32_select(far, f32_set1(FA_F32_BCE_FAR_END), f32_set1(FA_F32_BCE_END)), a);
  f32v z = f32_fnma(v, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_fma(n, f32_set1(FA_F32_LN2_LOW), f32_fma(n, f32_set1(FA_F32_LN2_HIGH), v));
  return (f32_exp_parts){f32_pow2(z), f32_expm1_reduced(r, -1)};
}
FA_INLINE f64_exp_parts f64_bce_exp_neg(f64v a, f64m far) {
  const f64v round = f64_select(far, f64_set1(FA_F64_ROUND(FA_F64_BCE_BIAS)), f64_set1(FA_F64_ROUND(0)));
  f64v end = f64_select(far, f64_set1(FA_F64_BCE_FAR_END), f64_set1(FA_F64_BCE_END)), v = f64_min(end, a);
  f64v z = f64_fnma(v, f64_set1(FA_F64_LOG2E), round), n = f64_sub(z, round);
  f64v r = f64_fma(n, f64_set1(FA_F64_LN2_LOW), f64_fma(n, f64_set1(FA_F64_LN2_HIGH), v));
  f64_exp_parts p = f64_exp_join(z, f64_expm1_reduced(r, -1));
  return (f64_exp_parts){f64_select(f64_gt(a, end), f64_set1(0.0), p.scale), p.m};
}

/* log1p(e) for e = scale (1 + m) = high + low; with its factor where far: there it is e. In float64 the derivative by
 * e, 1/(1+e), is needed to four bits: a line. */
FA_INLINE f32_dd f32_bce_log1p(f32_exp_parts p, f32_dd e, f32m far) {
  (void)e;
  f32v w = f32_log1p_rest(f32_select(far, f32_set1(0.f), p.scale), p.m), high = f32_fma(p.scale, w, p.scale);
  return (f32_dd){high, f32_fma(p.scale, w, f32_sub(p.scale, high))};
}
FA_INLINE f64_dd f64_bce_log1p(f64_exp_parts p, f64_dd e, f64m far) {
  (void)p;
  const f64v least = f64_set1(0x1p-60);
  f64v near = f64_select(far, f64_set1(0.0), e.high), derivative = f64_fma(near, f64_set1(-0.47), f64_set1(0.957));
  f64_dd y = f64_log1p_sum(f64_max(least, near));
  y.low = f64_fma(e.low, derivative, y.low);
  f64v high = f64_add(y.high, y.low), low = f64_sub(y.low, f64_sub(high, y.high));
  f64m small = f64_gt(least, near);
  return (f64_dd){f64_select(small, e.high, high), f64_select(small, e.low, low)};
}

#include "math/as_f32.inc"
#include "elementwise/binary_cross_entropy.inc"
#include "math/as_f64.inc"
#include "elementwise/binary_cross_entropy.inc"
#include "math/as_none.inc"
#endif
