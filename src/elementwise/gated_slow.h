/* Gates and their gradients in float64, for operands of any size. The power of two of a tail is carried to the last
 * multiplication: with a large b the product keeps its accuracy where act(a) alone would long be 0. The functions of
 * two results get the few lanes alone that gated.h's formulas cannot serve, which in float32 are rare. */
#ifndef FASTACT_GATED_SLOW_H
#define FASTACT_GATED_SLOW_H
#include "math/f64.h"
#include "math/derivative_products.h"
#include "elementwise/gaussian.h"

/* where a^2/2 is PRODUCT_FAR, or where that of a exp_neg whose power is not raised has an end */
#define FA_F64_GEGLU_FAR 66.0
#define FA_F64_GEGLU_DEEP 64.8

/* sqrt(1/(2 pi)) in two parts */
#define FA_F64_SQRT_HALF_OVER_PI (0.25 * FA_F64_GELU_TANH_K)
#define FA_F64_SQRT_HALF_OVER_PI_LOW (0.25 * FA_F64_GELU_TANH_K_LOW)

/* What a b lost as p, where a = u v */
FA_INLINE f64v f64_lost(f64v u, f64v v, f64v a, f64v b, f64v p) {
  return f64_fma(f64_fms(u, v, a), b, f64_fms(a, b, p));
}

/* f64_gated: relu(a) b - w, w having b's sign; then what infinite operands leave, and the sign, are those of a b. An
 * infinite b meets the 0 of a = -inf.
 *
 * f64_times_silu: a b sigma(a) = relu(a) b - |a| b e/(1+e), e = e^-|a|. |a| b is carried in two parts and what 1 + e
 * lost goes into the numerator, so that, of all roundings, that of the numerator and the quotient's are at full size.
 *
 * f64_times_two: f64_times_pair of a factor. */
FA_INLINE f64v f64_gated(f64v a, f64v b, f64v w) {
  f64v ab = f64_mul(f64_select(f64_gt(f64_set1(-FA_F64_LARGEST), a), f64_set1((-0.0)), a), b);
  f64v y = f64_fms(f64_max(f64_set1((-0.0)), a), b, w);
  return f64_copysign(f64_select(f64_eq(y, y), y, ab), ab);
}
FA_INLINE f64v f64_times_silu(f64v a, f64v b, f64v size, f64_exp_neg_parts k) {
  f64_pair d = f64_one_plus_pair(k);
  const f64v one = f64_set1(1);
  f64v inverse = f64_fma(f64_sub(d.d, one), f64_set1((-0.47)), f64_set1(0.957));
  f64v u = f64_fnma(inverse, d.low, f64_set1(0)), h = f64_mul(size, k.rest), g = f64_mul(b, k.root), p = f64_mul(h, g);
  f64v whole = f64_add(one, k.m), m_low = f64_sub(k.m, f64_sub(whole, one));
  f64v c = f64_fma(p, whole, f64_fma(p, f64_add(m_low, u), f64_lost(size, k.rest, h, g, p)));
  return f64_gated(a, b, f64_mul(f64_div(c, d.d), k.root));
}
FA_INLINE f64v f64_times_two(f64v x, f64v y, f64_factor f, f64v less) {
  f64v p = f64_mul(f.v, f.exp_neg.rest), p_low = f64_fma(f.low, f.exp_neg.rest, f64_fms(f.v, f.exp_neg.rest, p));
  return f64_times_pair(x, y, p, p_low, f.exp_neg.root, less, 1);
}

/* a sigma(b), 2.01 ULP (all bounds of float64 sampled over a, b and dy of any size). b = -inf meets no infinity. */
FA_INLINE f64v f64_times_sigma(f64v a, f64v b, f64_exp_neg_parts k) {
  f64m nothing = f64_gt(f64_set1(-0x1.fffffffffffffp1023), b);
  return f64_sigma(f64_mul(a, f64_select(nothing, f64_set1(0), f64_set1(1))), f64_signbit(b), k);
}
/* By a 2.28 ULP at b = -124.720549, by b 1.51. */
FA_NOINLINE void f64_glu_grad_slow(f64v dy, f64v a, f64v b, f64v *da, f64v *db) {
  f64v v = f64_min(f64_set1(FA_F64_PRODUCT_FAR), f64_abs(b));
  f64m deep = f64_gt(v, f64_set1(FA_F64_DERIVATIVE_DEEP));
  f64_exp_neg_parts k = f64_exp_neg_raised(v, v, 0, deep);
  *db = f64_times_two(dy, a, f64_bell_factor(k, 1), f64_less(deep));
  /* by a it is 0 there, or dy */
  v = f64_min(f64_set1(FA_F64_DERIVATIVE_FAR), v);
  *da = f64_times_sigma(dy, b, f64_exp_neg(v, v, 0));
}
/* swiglu's gradient by a: 2.02 ULP, by b 1.63. */
FA_NOINLINE void f64_swiglu_grad_slow(f64v dy, f64v a, f64v b, f64v *da, f64v *db) {
  const f64v deepest = f64_set1(FA_F64_DERIVATIVE_DEEP);
  f64m falling = f64_signbit(a);
  f64v v = f64_min(f64_select(falling, f64_set1(FA_F64_PRODUCT_FAR), deepest), f64_abs(a));
  f64m deep = f64_gt(v, deepest);
  f64_exp_neg_parts k = f64_exp_neg_raised(v, v, 0, deep);
  f64v less = f64_less(deep);
  *da = f64_times_two(dy, b, f64_derivative_factor(falling, k, v, v, 0), less);
  *db = f64_times_silu(a, f64_mul(dy, less), v, k);
}

/* Beyond the tables of gelu, G(a) = (1 + s) / sqrt(2 pi), s = -u + 3u^2 - 15u^3 ..., u = 1/a^2: the first term left out
 * is below 2^-63 from 39 on. */
typedef struct {
  f64v u, s;
} f64_series;
FA_INLINE f64_series f64_gelu_series(f64v a) {
  f64v u = f64_div(f64_set1(1.0), f64_mul(a, a));
  f64v p = f64_fma(f64_fma(f64_set1(-135135.0), u, f64_set1(10395.0)), u, f64_set1(-945.0));
  p = f64_fma(p, u, f64_set1(105.0));
  p = f64_fma(f64_fma(f64_fma(p, u, f64_set1(-15.0)), u, f64_set1(3.0)), u, f64_set1(-1.0));
  return (f64_series){u, f64_mul(u, p)};
}
FA_INLINE f64_tail f64_gelu_tail(f64v a) {
  const f64v high = f64_set1(FA_F64_SQRT_HALF_OVER_PI), inverse = f64_set1(1.0 / FA_F64_SQRT_HALF_OVER_PI);
  f64v q = f64_div(high, a), lost = f64_add(f64_fnma(q, a, high), f64_set1(FA_F64_SQRT_HALF_OVER_PI_LOW));
  f64_tail g = f64_gelu_table(a);
  f64m near = f64_gt(f64_set1(39.0), a);
  f64v t = f64_mul(q, f64_fma(lost, inverse, f64_gelu_series(a).s));
  return (f64_tail){f64_select(near, g.c0, q), f64_select(near, g.t, t)};
}

/* gelu(a) b = relu(a) b - e^(-a^2/2) G(|a|) b. Max 2.33 ULP (sampled), of the gradient by a 2.29. */
FA_INLINE f64v f64_times_gelu(f64v a, f64v b, f64v size, f64_exp_neg_parts k) {
  f64_tail R = f64_gelu_tail(size);
  f64v u = f64_fma(f64_add(R.c0, R.t), k.m, R.t), h = f64_mul(size, k.rest), g = f64_mul(b, k.root), p = f64_mul(h, g);
  f64v w = f64_fma(p, R.c0, f64_fma(p, u, f64_mul(f64_lost(size, k.rest, h, g, p), R.c0)));
  return f64_gated(a, b, f64_mul(w, k.root));
}
/* gelu'(-a) = e^(-a^2/2) F(a), F = a (u (1 + s) - 1) / sqrt(2 pi) beyond gelu_grad's table: u and s as in
 * f64_gelu_tail. */
FA_INLINE f64_factor f64_gelu_derivative(f64v a, f64v size, f64_exp_neg_parts k) {
  const f64v high = f64_set1(FA_F64_SQRT_HALF_OVER_PI);
  f64_gelu_parts f = f64_gelu_derivative_table(size);
  f64_series e = f64_gelu_series(size);
  f64v c = f64_mul(size, high), c_low = f64_fma(size, f64_set1(FA_F64_SQRT_HALF_OVER_PI_LOW), f64_fms(size, high, c));
  f64m near = f64_gt(f64_set1(FA_F64_GELU_FAR), size);
  f.c0 = f64_select(near, f.c0, f64_neg(c));
  f.p = f64_select(near, f.p, f64_mul(c, f64_fma(e.u, e.s, e.u)));
  f.t = f64_select(near, f.t, f64_neg(c_low));
  return f64_normal_factor(a, k, f.c0, f.p, f.t);
}
FA_INLINE f64v f64_geglu(f64v a, f64v b) {
  f64v size = f64_min(f64_set1(FA_F64_GEGLU_DEEP), f64_abs(a));
  return f64_times_gelu(a, b, size, f64_gauss_exp_neg(size));
}
FA_INLINE void f64_geglu_grad(f64v dy, f64v a, f64v b, f64v *da, f64v *db) {
  const f64v deepest = f64_set1(FA_F64_GEGLU_DEEP);
  f64v size = f64_min(f64_select(f64_signbit(a), f64_set1(FA_F64_GEGLU_FAR), deepest), f64_abs(a));
  f64m deep = f64_gt(size, deepest);
  f64_exp_neg_parts k = f64_gauss_exp_neg_raised(size, deep);
  f64v less = f64_less(deep);
  *da = f64_times_two(dy, b, f64_gelu_derivative(a, size, k), less);
  *db = f64_times_gelu(a, f64_mul(dy, less), size, k);
}
#endif
