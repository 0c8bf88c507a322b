/* Functions of the logistic sigmoid s(x) = 1/(1+e^-x). */
#ifndef FA_LOGISTIC
#define FA_LOGISTIC(X) \
  X(sigmoid, 1, 1) X(silu, 1, 1) X(swish, 2, 1) X(sigmoid_grad, 2, 1) X(silu_grad, 2, 1) X(swish_grad, 3, 1)
#endif
#if defined(FA_ISA) && !defined(FA_LOGISTIC_FORMULAS)
#define FA_LOGISTIC_FORMULAS
#include "../math_f32.h"
#include "../math_f64.h"
#include "../slope.h"

/* 1/(1+e^-x) for both signs. From 30 on the result is 1; below -104 it underflows; the quotient of two numbers scaled by
 * 2^-64 rounds a subnormal result once. Max 1.695 ULP at -1.10466 (all float32). NaN passes both clamps. */
FA_INLINE f32v f32_sigmoid(f32v x) {
  f32v c = f32_min(f32_set1(30.f), f32_max(f32_set1(-106.f), x));
  return f32_div(f32_set1(0x1p-64f), f32_one_plus_exp(c, -1));
}

/* 1/(1+e^-x): with e = e^-|x|, e/(1+e) for x < 0 and 1/(1+e) otherwise, one division for both. From 37 on the result is 1;
 * below -745.13 it underflows. Max 1.56 ULP at -3.44120 (sampled). */
FA_INLINE f64v f64_sigmoid(f64v x) {
  f64_exp_parts e = f64_exp_split(f64_min(f64_set1(760.0), f64_abs(x)), -1);
  f64_one_plus q = f64_one_plus_exp(e);
  f64v c = f64_select(f64_signbit(x), f64_fma(e.scale, q.u, e.scale), f64_set1(1.0 / FA_F64_UNBIAS));
  return f64_div(c, q.d);
}

/* relu(x) - a/(1+e^a), a = |x|: the subtracted term is at most half the result where x > 0, so its error shrinks.
 * Max 1.771 ULP at -91.1676 (all float32). -inf gives -0. */
FA_INLINE f32v f32_silu(f32v x) {
  f32v a = f32_min(f32_set1(120.f), f32_abs(x)), relu = f32_max(f32_set1(-0.f), x);
  return f32_fnma(f32_div(a, f32_one_plus_exp(a, 1)), f32_set1(0x1p-64f), relu);
}

/* relu(x) - a/(1+e^a), a = |x|. Max 1.57 ULP at -4.19368 (sampled); underflows below -751.75. */
FA_INLINE f64v f64_silu(f64v x) {
  f64v a = f64_min(f64_set1(760.0), f64_abs(x));
  return f64_gate(x, a, f64_exp_split(a, -1));
}

/* x sigma(beta x), any beta; beta x in two parts. Max 1.65 ULP in float32,
 * 1.91 in float64 (sampled). -inf gives -0 (beta > 0), beta = 0 x/2. */
FA_INLINE f32v f32_swish(f32v x, f32v beta) {
  f32_argument y = f32_times_beta(x, beta);
  return f32_sigma(f32_finite_where(y.falling, x), y.falling, f32_decay(y.v, y.low, 1));
}
FA_INLINE f64v f64_swish(f64v x, f64v beta) {
  f64_argument y = f64_times_beta(x, beta);
  return f64_sigma(f64_finite_where(y.falling, x), y.falling, f64_decay(y.v, y.low, 1));
}

/* dy e/(1+e)^2, e = e^-|x|. Max 1.01 ULP for dy = 1 and 1.67 for any, in float64 1.48 and 1.93
 * (sampled). */
FA_INLINE f32v f32_sigmoid_grad(f32v dy, f32v x) {
  f32v a = f32_min(f32_set1(FA_F32_SLOPE_FAR), f32_abs(x));
  return f32_bell(dy, f32_decay(a, a, 0), 1.f);
}
FA_INLINE f64v f64_sigmoid_grad(f64v dy, f64v x) {
  f64v a = f64_min(f64_set1(FA_F64_SLOPE_FAR), f64_abs(x));
  return f64_bell(dy, f64_decay(a, a, 0), 1.0);
}

/* dy (s + x s (1-s)), s = sigma(x). Max 1.36 ULP for dy = 1 and 2.00 for any, in float64 1.46 and 1.86
 * (sampled). -inf gives dy times -0, inf gives dy. */
FA_INLINE f32v f32_silu_grad(f32v dy, f32v x) {
  f32v a = f32_min(f32_set1(FA_F32_SLOPE_FAR), f32_abs(x));
  return f32_slope(dy, f32_signbit(x), f32_decay(a, a, 0), a, a, 0);
}
FA_INLINE f64v f64_silu_grad(f64v dy, f64v x) {
  f64v a = f64_min(f64_set1(FA_F64_SLOPE_FAR), f64_abs(x));
  return f64_slope(dy, f64_signbit(x), f64_decay(a, a, 0), a, a, 0);
}

/* The derivative by x of x sigma(beta x) is silu' at beta x. Max 1.36 ULP for dy = beta = 1 and
 * 2.21 for any, in float64 1.46 and 1.89 (sampled). */
FA_INLINE f32v f32_swish_grad(f32v dy, f32v x, f32v beta) {
  f32_argument y = f32_times_beta(x, beta);
  return f32_slope(dy, y.falling, f32_decay(y.v, y.low, 1), y.v, y.low, 1);
}
FA_INLINE f64v f64_swish_grad(f64v dy, f64v x, f64v beta) {
  f64_argument y = f64_times_beta(x, beta);
  return f64_slope(dy, y.falling, f64_decay(y.v, y.low, 1), y.v, y.low, 1);
}
#endif
