/* Functions of the logistic sigmoid s(x) = 1/(1+e^-x). */
#ifndef FASTACT_LOGISTIC_H
#define FASTACT_LOGISTIC_H
#include "math/f32.h"
#include "math/f64.h"
#include "elementwise/at_one.h"
#include "elementwise/two_paths.h"
#include "math/derivative_products.h"
#include "math/derivative.h"

/* 1/(1+e^-x) for both signs. From 30 on the result is 1; below -104 it underflows; the quotient of two numbers
 * scaled by 2^-64 rounds a subnormal result once. Max 1.695 ULP at -1.10466 (all float32). NaN passes both clamps. */
FA_INLINE f32v f32_sigmoid(f32v x) {
  f32v c = f32_min(f32_set1(30.f), f32_max(f32_set1(-106.f), x));
  return f32_div(f32_set1(0x1p-64f), f32_one_plus_exp(c, -1));
}

/* 1/(1+e^-x): with e = e^-|x|, e/(1+e) for x < 0 and 1/(1+e) otherwise, one division for both. From 37 on the result
 * is 1; below -745.13 it underflows. Max 1.56 ULP at -3.44120 (sampled). */
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

/* x/(1 + e^-y), y = beta x, which enters the reduced argument by one FMA. Below -83 the power of two is lowered by
 * 2^170, x and the quotient by 2^-85 each: a large x keeps the tail of a small beta. Elsewhere nothing is scaled,
 * and the division rounds a subnormal result once. -inf gives -0 (beta > 0), beta = 0 x/2, also of an infinite x.
 * Max 2.07 ULP at x = 5.62845325, beta = -2.77625728 (searched). swish: beta = 1 is silu. */
FA_INLINE f32v f32_swish_of(f32v x, f32v beta) {
  const f32v none = f32_set1(0.f), most = f32_set1(0x1.fffffep127f), round = f32_set1(FA_F32_ROUND(0));
  f32v factor = f32_select(f32_eq(beta, none), none, x);
  f32v y = f32_max(f32_set1(-FA_F32_DERIVATIVE_FAR), f32_min(f32_set1(FA_F32_DERIVATIVE_ONE), f32_mul(factor, beta)));
  f32v z = f32_fnma(y, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_fma(n, f32_set1(FA_F32_LN2_LOW), f32_fma(factor, beta, f32_mul(n, f32_set1(FA_F32_LN2_HIGH))));
  f32v m = f32_expm1_reduced(f32_max(f32_set1(-0.5f), f32_min(f32_set1(0.5f), r)), -1);
  f32m far = f32_gt(z, f32_set1(FA_F32_ROUND(120)));
  f32v s = f32_pow2(f32_sub(z, f32_select(far, f32_set1(170.f), none)));
  f32v one = f32_select(far, none, f32_set1(1.f)), half = f32_select(far, f32_set1(0x1p-85f), f32_set1(1.f));
  f32v finite = f32_select(far, f32_max(f32_neg(most), f32_min(most, x)), x);
  f32v sum = f32_add(s, one), lost = f32_sub(one, f32_sub(sum, s));
  return f32_mul(f32_div(f32_mul(finite, half), f32_add(sum, f32_fma(s, m, lost))), half);
}
/* The same. Max 1.53 ULP (sampled). */
FA_INLINE f64v f64_swish_of(f64v x, f64v beta) {
  const f64v none = f64_set1(0.0);
  return f64_times_sigma_of(x, f64_select(f64_eq(beta, none), none, x), beta, 0);
}
FA_AT_ONE(f32, swish, (f32v x, f32v beta), beta, f32_silu(x), f32_swish_of(x, beta))
FA_AT_ONE(f64, swish, (f64v x, f64v beta), beta, f64_silu(x), f64_swish_of(x, beta))

/* Here and below: e^-v by derivative.h (2^(j/16) and its rounding's error: tools/derive/exp2_chord.py, derivatives.py);
 * bounds are those over all float32, of float64 sampled, those for any dy searched.
 *
 * dy e/(1+e)^2, e = e^-|x|. Max 0.77 ULP at 87.6192627 for dy = 1, 1.62 for any; float64: 0.76 at 708.724396, 1.6. An
 * infinite x gives 0. */
FA_INLINE f32v f32_sigmoid_grad(f32v dy, f32v x) {
  f32v a = f32_min(f32_set1(FA_F32_DERIVATIVE_END), f32_abs(x));
  return f32_even_derivative(dy, f32_exp_neg_sixteenths(a, a, 0), 1);
}
FA_INLINE f64v f64_sigmoid_grad(f64v dy, f64v x) {
  f64v a = f64_min(f64_set1(FA_F64_DERIVATIVE_END), f64_abs(x));
  return f64_even_derivative(dy, f64_exp_neg_sixteenths(a, a, 0), 1);
}

/* dy (s + x s (1-s)), s = sigma(x), is dy s (1 - a (1-s)) at x = -a and dy less that at a. Max 1.58 ULP at -1.26133466
 * for dy = 1, 2.99 for any; float64: 1.50 at -17.3550863, 2.88. -inf gives dy times -0, inf gives dy. */
FA_FAR_IS_RARE(silu_grad, (f32v dy, f32v x), ((void)x, f32_zero_or_to_be_found(f32_mul(dy, f32_set1(-0.f)))))
FA_NOINLINE f64v f64_silu_grad_slow(f64v dy, f64v x) {
  f64v a = f64_min(f64_set1(FA_F64_DERIVATIVE_END), f64_abs(x));
  return f64_sigmoid_derivative(dy, f64_signbit(x), f64_exp_neg_sixteenths(a, a, 0), a, a, 0);
}
FA_VANISHES(silu_grad, (f64v dy, f64v x), f64_gt(f64_set1(-FA_F64_DERIVATIVE_FAR), x), f64_mul(dy, f64_set1(-0.0)))
#define FA_SILU_GRAD(T, NEAR) \
  FA_INLINE T##v T##_silu_grad_fast(T##v dy, T##v x, T##m *far) { \
    T##v a = T##_min(T##_set1(NEAR), T##_abs(x)); \
    *far = T##_gt(T##_set1(-NEAR), x); \
    return T##_sigmoid_derivative(dy, T##_signbit(x), T##_exp_neg_of(a, a, 0, 1), a, a, 0); \
  } \
  FA_OF_TWO_PATHS(T, silu_grad, (T##v dy, T##v x), dy, x)
FA_SILU_GRAD(f32, FA_F32_DERIVATIVE_NEAR)
FA_SILU_GRAD(f64, FA_F64_DERIVATIVE_NEAR)
#undef FA_SILU_GRAD

/* The derivative by x of x sigma(beta x) is silu' at beta x, which is carried in two parts; bounds as there, for any
 * beta too. swish_grad: beta = 1 is silu. */
FA_INLINE f32v f32_swish_grad_of(f32v dy, f32v x, f32v beta) {
  f32_argument y = f32_derivative_times_beta(x, beta);
  return f32_sigmoid_derivative(dy, y.falling, f32_exp_neg_sixteenths(y.v, y.low, 1), y.v, y.low, 1);
}
FA_INLINE f64v f64_swish_grad_of(f64v dy, f64v x, f64v beta) {
  f64_argument y = f64_derivative_times_beta(x, beta);
  return f64_sigmoid_derivative(dy, y.falling, f64_exp_neg_sixteenths(y.v, y.low, 1), y.v, y.low, 1);
}
FA_AT_ONE(f32, swish_grad, (f32v dy, f32v x, f32v beta), beta, f32_silu_grad(dy, x), f32_swish_grad_of(dy, x, beta))
FA_AT_ONE(f64, swish_grad, (f64v dy, f64v x, f64v beta), beta, f64_silu_grad(dy, x), f64_swish_grad_of(dy, x, beta))
#endif
