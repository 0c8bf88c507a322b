/* Gates and their gradients for operands of any size. The power of two of a tail is carried to the last multiplication:
 * with a large b the product keeps its accuracy where act(a) alone would long be 0. Those called far get the few lanes
 * alone that the formulas of activations/gated.h cannot serve. Include it after activations/gaussian.h. */
#ifndef FASTACT_GATES_FAR_H
#define FASTACT_GATES_FAR_H
#include "math/f32.h"
#include "math/f64.h"
#include "tables/exp2_chord.h"
#include "math/derivative_products.h"

/* where a^2/2 is PRODUCT_FAR, or where that of a exp_neg whose power is not raised has an end */
#define FA_F32_GEGLU_FAR 24.0f
#define FA_F64_GEGLU_FAR 66.0
#define FA_F32_GEGLU_DEEP 22.67f
#define FA_F64_GEGLU_DEEP 64.8

/* sqrt(2/pi) and sqrt(1/(2 pi)), each in two parts */
#define FA_F32_SQRT_2_OVER_PI (0.5f * FA_F32_DERIVATIVE_K)
#define FA_F32_SQRT_2_OVER_PI_LOW (0.5f * FA_F32_DERIVATIVE_K_LOW)
#define FA_F64_SQRT_HALF_OVER_PI (0.25 * FA_F64_GELU_TANH_K)
#define FA_F64_SQRT_HALF_OVER_PI_LOW (0.25 * FA_F64_GELU_TANH_K_LOW)

/* What a b lost as p, where a = u v, exact in float32, where v is a power of two */
FA_INLINE f32v f32_lost(f32v u, f32v v, f32v a, f32v b, f32v p) {
  (void)u, (void)v;
  return f32_fms(a, b, p);
}
FA_INLINE f64v f64_lost(f64v u, f64v v, f64v a, f64v b, f64v p) {
  return f64_fma(f64_fms(u, v, a), b, f64_fms(a, b, p));
}

#include "math/as_f32.inc"
#include "elementwise/gated_slow.inc"
#include "math/as_f64.inc"
#include "elementwise/gated_slow.inc"
#include "math/as_none.inc"

/* d + low = 1 + e^-y, -200 <= y <= 30; low is what the sum lost. The exponential is math/f32.h's, of degree 6. As in
 * swish, below -83 d is lowered by 2^170, and 2^-85 (half), met once by the operand and once by the result, undoes it:
 * until the last multiplication every number is normal wherever the product is not 0. 2^-85 in place of 1 is nothing
 * beside such a d, 2^-50 at least. */
typedef struct {
  f32v d, low, half;
} f32_gate_sum;
FA_INLINE f32_gate_sum f32_gate_one_plus(f32v y) {
  const f32v round = f32_set1(FA_F32_ROUND(0));
  f32v z = f32_fnma(y, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_fma(n, f32_set1(FA_F32_LN2_LOW), f32_fma(n, f32_set1(FA_F32_LN2_HIGH), y));
  f32v m = f32_expm1_reduced(r, -1);
  f32m far = f32_gt(z, f32_set1(FA_F32_ROUND(120)));
  f32v s = f32_pow2(f32_sub(z, f32_select(far, f32_set1(170.f), f32_set1(0.f))));
  f32v half = f32_select(far, f32_set1(0x1p-85f), f32_set1(1.f));
  f32v sum = f32_add(s, half), rest = f32_fma(s, m, f32_sub(half, f32_sub(sum, s)));
  f32v d = f32_add(sum, rest);
  return (f32_gate_sum){d, f32_sub(rest, f32_sub(d, sum)), half};
}

/* a / (1 + e^-a) times b: what the quotient and the sum left over, times b/d, goes into the product, which alone rounds
 * at full size. 2^64 is moved from b to a tiny a, whose quotient would be subnormal. The remainder of a 0 is made +0,
 * so that the sign of the product stands, and that of an infinite operand a number. Max 1.86 ULP at a = -17.6769524,
 * b = 6.32123615e-32 (all float32, then the worst searched). a = -inf gives 0, NaN for an infinite b. */
FA_NOINLINE f32v f32_swiglu_slow(f32v a, f32v b) {
  const f32v most = f32_set1(0x1.fffffep127f);
  f32m tiny = f32_gt(f32_set1(0x1p-100f), f32_abs(a));
  f32v c = f32_max(f32_set1(-FA_F32_DERIVATIVE_FAR), a);
  f32_gate_sum k = f32_gate_one_plus(f32_min(f32_set1(FA_F32_DERIVATIVE_ONE), c));
  c = f32_select(f32_gt(f32_neg(most), a), f32_set1(-0.f), c);
  c = f32_select(tiny, f32_mul(c, f32_set1(0x1p64f)), c);
  f32v g = f32_mul(b, f32_select(tiny, f32_set1(0x1p-64f), k.half)), q = f32_div(c, k.d);
  f32v left = f32_fma(f32_fma(q, k.low, f32_fms(q, k.d, c)), f32_div(g, k.d), f32_set1(0.f));
  return f32_mul(f32_fms(q, g, f32_max(f32_neg(most), f32_min(left, most))), k.half);
}

/* With E = e^|b|, D = 1 + E: da = dy/D, or dy - dy/D for b > 0, and db = dy a E/D^2. E by sixteenths, 2^(j/16) with its
 * error and a polynomial of tables/f32.h, so that the roundings of e^r - 1 are next to nothing. root^2, 2^-2n/3, is
 * carried apart: E root^2, D root^2 and E/D^2 root^-2 are normal numbers. root^2 may underflow, where 1 is nothing
 * beside E. The factor of db is a pair, with 1/D's remainder and what D lost in it: the product's two operations alone
 * round at full size. Max 1.43 ULP, by b 2.10 at a = 3.95510936, b = -45.725647 (all float32,
 * then the worst searched). Infinities are those of glu. */
FA_NOINLINE void f32_glu_grad_slow(f32v dy, f32v a, f32v b, f32v *da, f32v *db) {
  const f32v round = f32_set1(0x1.8p19f), whole = f32_set1(FA_F32_ROUND(0));
  const f32v none = f32_set1(0.f), one = f32_set1(1.f), two = f32_set1(2.f), most = f32_set1(0x1.fffffep127f);
  f32v v = f32_min(f32_set1(FA_F32_PRODUCT_FAR), f32_abs(b));
  f32m deep = f32_gt(v, f32_set1(FA_F32_DERIVATIVE_DEEP));
  f32v z = f32_fma(v, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v exact = f32_fnma(n, f32_set1(FA_F32_SIXTEENTHS_LN2_HIGH), v);
  f32v r = f32_fnma(n, f32_set1(FA_F32_SIXTEENTHS_LN2_LOW), exact);
  f32i j = f32_index(z, 0);
  f32v c = f32_fma(r, f32_set1(FA_F32_EXP16_3), f32_set1(FA_F32_EXP16_2));
  f32v m = f32_fma(f32_mul(r, r), c, f32_add(r, f32_look(fa_f32_exp2_error, j)));
  z = f32_sub(z, f32_select(deep, f32_set1(64.f), none));
  f32v less = f32_less(deep), third = f32_fnma(f32_sub(z, round), f32_set1(1 / 3.f), whole);
  f32v root = f32_pow2(third), square = f32_mul(root, root);
  f32v s = f32_add_sixteenths(f32_look(fa_f32_exp2_chord, j), f32_fma(f32_sub(third, whole), two, z));
  f32v sum = f32_add(s, square), rest = f32_fma(s, m, f32_sub(square, f32_sub(sum, s)));
  f32v d = f32_add(sum, rest), low = f32_sub(rest, f32_sub(d, sum));

  f32v first = f32_select(f32_gt(f32_neg(most), b), none, root);
  f32v share = f32_mul(f32_div(f32_mul(f32_mul(dy, less), first), d), root);
  f32v finite = f32_max(f32_neg(most), f32_min(most, share)); /* NaN stays */
  *da = f32_copysign(f32_select(f32_signbit(b), share, f32_sub(dy, finite)), dy);

  f32v q = f32_div(one, d), left = f32_fnma(q, low, f32_fnma(q, d, one));
  f32v u = f32_mul(q, s), h = f32_mul(u, q);
  f32v t = f32_fma(h, f32_fma(two, left, m), f32_fma(f32_fms(q, s, u), q, f32_fms(u, q, h)));
  f32v f = f32_add(h, t), f_low = f32_sub(t, f32_sub(f, h));
  *db = f32_times_pair(dy, a, f, f_low, root, less, 0);
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
/* swiglu's gradient by a: 2.55 ULP at a = -0.34613958, in float64 2.02; by b: 2.07 at 0.236896291, and 1.63. */
#define FA_SWIGLU_GRAD_FAR(T, PRODUCT_FAR, DEEP) \
  FA_NOINLINE void T##_swiglu_grad_slow(T##v dy, T##v a, T##v b, T##v *da, T##v *db) { \
    T##m falling = T##_signbit(a); \
    T##v v = T##_min(T##_select(falling, T##_set1(PRODUCT_FAR), T##_set1(DEEP)), T##_abs(a)); \
    T##m deep = T##_gt(v, T##_set1(DEEP)); \
    T##_exp_neg_parts k = T##_exp_neg_raised(v, v, 0, deep); \
    T##v less = T##_less(deep); \
    *da = T##_times_two(dy, b, T##_derivative_factor(falling, k, v, v, 0), less); \
    *db = T##_times_silu(a, T##_mul(dy, less), v, k); \
  }
FA_SWIGLU_GRAD_FAR(f32, FA_F32_PRODUCT_FAR, FA_F32_DERIVATIVE_DEEP)
FA_SWIGLU_GRAD_FAR(f64, FA_F64_PRODUCT_FAR, FA_F64_DERIVATIVE_DEEP)
#undef FA_SWIGLU_GRAD_FAR

/* Beyond the tables of gelu, G(a) = (1 + s) / sqrt(2 pi), s = -u + 3u^2 - 15u^3 ..., u = 1/a^2: the first term left out
 * is below 2^-32 (float32, from 14.5 on) and 2^-63 (float64, from 39 on). */
typedef struct {
  f32v u, s;
} f32_series;
typedef struct {
  f64v u, s;
} f64_series;
FA_INLINE f32_series f32_gelu_series(f32v a) {
  f32v u = f32_div(f32_set1(1.f), f32_mul(a, a));
  f32v p = f32_fma(f32_fma(f32_set1(-945.f), u, f32_set1(105.f)), u, f32_set1(-15.f));
  p = f32_fma(f32_fma(p, u, f32_set1(3.f)), u, f32_set1(-1.f));
  return (f32_series){u, f32_mul(u, p)};
}
FA_INLINE f64_series f64_gelu_series(f64v a) {
  f64v u = f64_div(f64_set1(1.0), f64_mul(a, a));
  f64v p = f64_fma(f64_fma(f64_set1(-135135.0), u, f64_set1(10395.0)), u, f64_set1(-945.0));
  p = f64_fma(p, u, f64_set1(105.0));
  p = f64_fma(f64_fma(f64_fma(p, u, f64_set1(-15.0)), u, f64_set1(3.0)), u, f64_set1(-1.0));
  return (f64_series){u, f64_mul(u, p)};
}
FA_INLINE f32_tail f32_gelu_tail(f32v a) {
  const f32v high = f32_set1(FA_F32_SQRT_2_OVER_PI), low = f32_set1(FA_F32_SQRT_2_OVER_PI_LOW);
  f32_tail g = f32_gelu_table(a, 1);
  f32m near = f32_gt(f32_set1(14.5f), a);
  return (f32_tail){f32_select(near, g.c0, high), f32_select(near, g.t, f32_fma(high, f32_gelu_series(a).s, low))};
}
FA_INLINE f64_tail f64_gelu_tail(f64v a) {
  const f64v high = f64_set1(FA_F64_SQRT_HALF_OVER_PI), inverse = f64_set1(1.0 / FA_F64_SQRT_HALF_OVER_PI);
  f64v q = f64_div(high, a), lost = f64_add(f64_fnma(q, a, high), f64_set1(FA_F64_SQRT_HALF_OVER_PI_LOW));
  f64_tail g = f64_gelu_table(a);
  f64m near = f64_gt(f64_set1(39.0), a);
  f64v t = f64_mul(q, f64_fma(lost, inverse, f64_gelu_series(a).s));
  return (f64_tail){f64_select(near, g.c0, q), f64_select(near, g.t, t)};
}

/* gelu(a) b = relu(a) b - e^(-a^2/2) G(|a|) b. Max 1.52 ULP at a = 0.192742378 (all float32), in float64 2.33
 * (sampled). The gradient by a: 2.92 ULP at a = -0.808912218, and 2.29. */
FA_INLINE f32v f32_times_gelu(f32v a, f32v b, f32v size, f32_exp_neg_parts k) {
  f32_tail g = f32_gelu_tail(size);
  f32v sum = f32_add(g.c0, g.t), t = f32_fma(sum, k.m, f32_fma(sum, k.m_low, g.t));
  f32v y = f32_add(g.c0, t), low = f32_sub(t, f32_sub(y, g.c0));
  f32v half = f32_mul(f32_mul(b, f32_set1(0.5f)), k.root);
  f32v w = f32_fma(f32_mul(y, k.rest), half, f32_mul(f32_mul(low, k.rest), half));
  return f32_gated(a, b, f32_mul(w, k.root));
}
FA_INLINE f64v f64_times_gelu(f64v a, f64v b, f64v size, f64_exp_neg_parts k) {
  f64_tail R = f64_gelu_tail(size);
  f64v u = f64_fma(f64_add(R.c0, R.t), k.m, R.t), h = f64_mul(size, k.rest), g = f64_mul(b, k.root), p = f64_mul(h, g);
  f64v w = f64_fma(p, R.c0, f64_fma(p, u, f64_mul(f64_lost(size, k.rest, h, g, p), R.c0)));
  return f64_gated(a, b, f64_mul(w, k.root));
}
/* gelu'(-a) = e^(-a^2/2) F(a), F = a (u (1 + s) - 1) / sqrt(2 pi) beyond gelu_grad's table: u and s as in
 * T_gelu_tail. */
#define FA_GAUSSIAN_GATES(LINKAGE, T, far, FAR, DEEP, TABLE_FAR, HIGH, LOW) \
  FA_INLINE T##_factor T##_gelu_derivative(T##v a, T##v size, T##_exp_neg_parts k) { \
    const T##v high = T##_set1(HIGH); \
    T##_gelu_parts f = T##_gelu_derivative_table(size); \
    T##_series e = T##_gelu_series(size); \
    T##v c = T##_mul(size, high), c_low = T##_fma(size, T##_set1(LOW), T##_fms(size, high, c)); \
    T##m near = T##_gt(T##_set1(TABLE_FAR), size); \
    f.c0 = T##_select(near, f.c0, T##_neg(c)); \
    f.p = T##_select(near, f.p, T##_mul(c, T##_fma(e.u, e.s, e.u))); \
    f.t = T##_select(near, f.t, T##_neg(c_low)); \
    return T##_normal_factor(a, k, f.c0, f.p, f.t); \
  } \
  LINKAGE T##v T##_geglu##far(T##v a, T##v b) { \
    T##v size = T##_min(T##_set1(DEEP), T##_abs(a)); \
    return T##_times_gelu(a, b, size, T##_gauss_exp_neg(size)); \
  } \
  LINKAGE void T##_geglu_grad##far(T##v dy, T##v a, T##v b, T##v *da, T##v *db) { \
    T##v size = T##_min(T##_select(T##_signbit(a), T##_set1(FAR), T##_set1(DEEP)), T##_abs(a)); \
    T##m deep = T##_gt(size, T##_set1(DEEP)); \
    T##_exp_neg_parts k = T##_gauss_exp_neg_raised(size, deep); \
    T##v less = T##_less(deep); \
    *da = T##_times_two(dy, b, T##_gelu_derivative(a, size, k), less); \
    *db = T##_times_gelu(a, T##_mul(dy, less), size, k); \
  }
FA_GAUSSIAN_GATES(FA_NOINLINE, f32, _slow, FA_F32_GEGLU_FAR, FA_F32_GEGLU_DEEP, FA_F32_GELU_FAR,
                  0.5f * FA_F32_SQRT_2_OVER_PI, 0.5f * FA_F32_SQRT_2_OVER_PI_LOW)
FA_GAUSSIAN_GATES(FA_INLINE, f64, , FA_F64_GEGLU_FAR, FA_F64_GEGLU_DEEP, FA_F64_GELU_FAR, FA_F64_SQRT_HALF_OVER_PI,
                  FA_F64_SQRT_HALF_OVER_PI_LOW)
#undef FA_GAUSSIAN_GATES
#endif
