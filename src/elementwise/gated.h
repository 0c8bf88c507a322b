/* Gated linear units: act(a) b, or for glu a sigmoid(b), and their gradients with respect to a and b from one
 * exponential. Lanes far in a tail, or where a product of two operands might overflow, are few: gated_slow.h. */
#ifndef FASTACT_GATED_H
#define FASTACT_GATED_H
#include "elementwise/gated_slow.h"
#include "elementwise/two_paths.h"
#include "math/derivative.h"

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

/* a / (1 + e^-b): the sum and the quotient round at full size. Max 1.93 ULP at a = 2.8062798e28, b = -37.7786407
 * (all float32, then the worst searched). b = -inf gives 0, NaN for an infinite a. */
FA_INLINE f32v f32_glu(f32v a, f32v b) {
  f32v y = f32_min(f32_set1(FA_F32_DERIVATIVE_ONE), f32_max(f32_set1(-FA_F32_DERIVATIVE_FAR), b));
  f32_gate_sum k = f32_gate_one_plus(y);
  f32v first = f32_select(f32_gt(f32_set1(-0x1.fffffep127f), b), f32_set1(0.f), k.half);
  return f32_mul(f32_div(f32_mul(a, first), k.d), k.half);
}

/* The usual lanes: p/(1 + e^-a), p = a b. The quotient comes by 1/d, d = sum + rest, with what it lacks. Max 2.44 ULP
 * at a = -4.52492571, b = 4.84696449e-37 (all float32, then the worst searched). Few are the lanes
 * where p is large, or a < -66.5. */
FA_INLINE f32v f32_swiglu_fast(f32v a, f32v b, f32m *far) {
  const f32v one = f32_set1(1.f);
  f32v y = f32_min(f32_set1(FA_F32_DERIVATIVE_ONE), f32_max(f32_set1(-85.f), a)), p = f32_mul(a, b);
  f32_exp_parts e = f32_exp_split(y, -1, 0);
  f32v sum = f32_add(e.scale, one), rest = f32_fma(e.scale, e.m, f32_sub(one, f32_sub(sum, e.scale)));
  f32v d = f32_add(sum, rest), q = f32_div(one, d), left = f32_fnma(q, rest, f32_fnma(q, sum, one));
  y = f32_fms(p, q, f32_fnma(p, f32_mul(q, left), f32_set1(0.f))); /* +0 is taken from a 0, whose sign stands */
  *far = f32_gt(f32_max(f32_abs(p), d), f32_set1(0x1p96f));
  return f32_noticed(y, FA_F32_SMALL);
}
/* Of far lanes: a b where act(a) is a, and where b alone is infinite; NaN; or a 0 of the result's sign, which may be
 * one or is to be found. An infinite b meets the 0 of a = -inf. */
FA_INLINE f32v f32_gated_far(f32v a, f32v b, const float whole) {
  const f32v least = f32_set1(-INFINITY), largest = f32_set1(0x1.fffffep127f);
  f32m infinite = f32_both(f32_gt(f32_abs(b), largest), f32_gt(a, least));
  f32v zero = f32_mul(f32_select(f32_eq(a, least), f32_set1(-0.f), f32_mul(a, f32_set1(0.f))), b);
  return f32_select(f32_either(f32_gt(a, f32_set1(whole)), infinite), f32_mul(a, b), zero);
}
FA_FAR_IS_RARE(swiglu, (f32v a, f32v b), f32_gated_far(a, b, 30.f))
FA_OF_TWO_PATHS(f32, swiglu, (f32v a, f32v b), a, b)

/* 2.01 ULP */
FA_INLINE f64v f64_glu(f64v a, f64v b) {
  f64v v = f64_min(f64_set1(FA_F64_DERIVATIVE_FAR), f64_abs(b));
  return f64_times_sigma(a, b, f64_exp_neg(v, v, 0));
}
/* 1.63 ULP */
FA_INLINE f64v f64_swiglu(f64v a, f64v b) {
  f64v v = f64_min(f64_set1(FA_F64_DERIVATIVE_FAR), f64_abs(a));
  return f64_times_silu(a, b, v, f64_exp_neg(v, v, 0));
}

#define FA_REGLU(T) \
  FA_INLINE T##v T##_reglu(T##v a, T##v b) { return T##_mul(T##_relu(a), b); } \
  FA_INLINE void T##_reglu_grad(T##v dy, T##v a, T##v b, T##v *da, T##v *db) { \
    *da = T##_mul(T##_relu_grad(dy, a), b); \
    *db = T##_mul(T##_relu(a), dy); \
  }
FA_REGLU(f32)
FA_REGLU(f64)
#undef FA_REGLU

/* The few lanes of a gradient that are far, of da or of both results: as two_paths.h has it. */
#define FA_FAR_LANES(prefix, name, far_a, far) FA_FAR_LANES_(prefix, name, far_a, far)
#define FA_FAR_LANES_(T, name, far_a, far) \
  if (FA_UNLIKELY(T##_any(far_a))) { \
    T##v first, second; \
    T##_found(); \
    FA_FAR_RESULTS_##T(name, far_a) *da = T##_select(far_a, first, *da), *db = T##_select(far, second, *db); \
  }
#define FA_FAR_RESULTS_f32(name, far) f32_##name##_slow(dy, a, b, &first, &second);
#define FA_FAR_RESULTS_f64(name, far) \
  const f64m vanished = f64_both(far, f64_##name##_vanish(dy, a, b, &first, &second)); \
  if (f64_lanes(far) != f64_lanes(vanished)) f64_##name##_slow(dy, a, b, &first, &second);
FA_INLINE f64m f64_glu_grad_vanish(f64v dy, f64v a, f64v b, f64v *da, f64v *db) {
  const f64v none = f64_mul(dy, f64_set1(0)), far = f64_set1(FA_F64_PRODUCT_FAR);
  *da = f64_select(f64_gt(b, far), dy, none), *db = f64_mul(none, a);
  return f64_both(f64_gt(f64_abs(b), far), f64_eq(*db, *db));
}
FA_INLINE f64m f64_swiglu_grad_vanish(f64v dy, f64v a, f64v b, f64v *da, f64v *db) {
  *db = f64_mul(dy, f64_set1(-0.0)), *da = f64_mul(*db, b);
  return f64_both(f64_gt(f64_set1(-FA_F64_PRODUCT_FAR), a), f64_eq(*da, *da));
}

FA_INLINE void f32_glu_grad_slow(f32v dy, f32v a, f32v b, f32v *da, f32v *db) {
  const f32v none = f32_mul(dy, f32_set1(0.f));
  *da = f32_select(f32_gt(b, f32_set1(200.f)), dy, f32_zero_far_below(b, none));
  *db = f32_zero_far_below(f32_neg(f32_abs(b)), f32_mul(none, a));
}
#define FA_RARE_GRADIENT(name) \
  FA_INLINE void f32_##name##_slow(f32v dy, f32v a, f32v b, f32v *da, f32v *db) { \
    const f32v none = f32_mul(dy, f32_set1(-0.f)); \
    *da = f32_zero_far_below(a, f32_mul(none, b)), *db = f32_zero_far_below(a, none); \
  }
FA_RARE_GRADIENT(swiglu_grad)
FA_RARE_GRADIENT(geglu_grad)
#undef FA_RARE_GRADIENT

#define FA_F32_GATE_LARGE 0x1p120f
#define FA_F64_GATE_LARGE 0x1p1000
/* lanes of which a result is so small, but not 0, that a product's low part is no number; of float32 such are rare */
FA_INLINE f32m f32_either_tiny(f32m far, f32v y) {
  (void)y;
  return far;
}
FA_INLINE f64m f64_either_tiny(f64m far, f64v y) {
  f64v size = f64_select(f64_eq(y, f64_set1(0)), f64_set1(1), f64_abs(y));
  return f64_either(far, f64_gt(f64_set1(1024 / FA_F64_GATE_LARGE), size));
}
#include "math/as_f32.inc"
#include "elementwise/gate_gradients.inc"
#include "math/as_f64.inc"
#include "elementwise/gate_gradients.inc"
#include "math/as_none.inc"

/* With a = |x|: G(a) = c0 + t by gelu's table, t small, and e^(-a^2/2) = s (1 + m). gelu(x) is base - s u, u = (c0 + t)
 * (1 + m) - c0, where base = relu(x) - s c0 alone rounds at full size: what multiplies gelu meets both parts. Few are
 * the lanes where base is subnormal, x < -13, or where x is. Max 2.43 ULP
 * at a = 0.410352767; of the gradient by a 2.97, by b 2.45. */
#define FA_F32_GEGLU_NEAR 12.4f
typedef struct {
  f32v c0, t;
} f32_gelu_sum;
FA_INLINE f32_gelu_sum f32_gelu_near(f32v a) {
  f32i k = f32_index(f32_add(a, f32_set1(1.f)), 21);
#define FA_ROW(j) f32_look(fa_f32_gelu[j], k)
  f32v d = f32_sub(a, FA_ROW(0)), c0 = FA_ROW(1), d2 = f32_mul(d, d), p = f32_mul(d, FA_ROW(2)), y = f32_add(c0, p);
  f32v low = f32_fma(FA_ROW(4), d, FA_ROW(3)), high = f32_fma(FA_ROW(7), d2, f32_fma(FA_ROW(6), d, FA_ROW(5)));
#undef FA_ROW
  return (f32_gelu_sum){y, f32_fma(d2, f32_fma(high, d2, low), f32_sub(p, f32_sub(y, c0)))};
}
/* y (base - s u); +0 is taken from a 0, whose sign stands */
FA_INLINE f32v f32_times_gelu_near(f32v y, f32v base, f32v s, f32v m, f32_gelu_sum g) {
  f32v u = f32_fma(f32_add(g.c0, g.t), m, g.t);
  return f32_fms(y, base, f32_fma(f32_mul(y, s), u, f32_set1(0.f)));
}
FA_INLINE f32m f32_gelu_is_far(f32v x) { return f32_gt(f32_set1(-FA_F32_GEGLU_NEAR), x); }
FA_INLINE f32v f32_geglu_fast(f32v a, f32v b, f32m *far) {
  f32v size = f32_min(f32_set1(FA_F32_GEGLU_NEAR), f32_abs(a));
  f32_exp_parts e = f32_exp_neg_half_square(size, 0);
  f32_gelu_sum g = f32_gelu_near(size);
  f32v base = f32_fnma(g.c0, e.scale, f32_max(f32_set1(-0.f), a)), y = f32_times_gelu_near(b, base, e.scale, e.m, g);
  *far = f32_either(f32_gelu_is_far(a), f32_large(b));
  return f32_noticed(y, FA_F32_SMALL);
}
FA_FAR_IS_RARE(geglu, (f32v a, f32v b), f32_gated_far(a, b, 8.f))
FA_OF_TWO_PATHS(f32, geglu, (f32v a, f32v b), a, b)
FA_INLINE void f32_geglu_grad(f32v dy, f32v a, f32v b, f32v *da, f32v *db) {
  const f32v half = f32_set1(0.5f);
  f32v size = f32_min(f32_set1(FA_F32_GEGLU_NEAR), f32_abs(a)), h = f32_mul(size, size), p = f32_mul(dy, b);
  f32_derivative_exp_neg e = f32_exp_neg_of(f32_mul(h, half), f32_mul(f32_fms(size, size, h), half), 1, 1);
  f32_gelu_parts F = f32_gelu_derivative_table(size);
  *da = f32_times_derivative(dy, b, p, f32_normal_derivative(f32_set1(1.f), a, e, F.c0, F.p, F.t));
  f32_gelu_sum g = f32_gelu_near(size);
  f32v base = f32_fnma(g.c0, e.s, f32_max(f32_set1(-0.f), a));
  *db = f32_times_gelu_near(dy, base, e.s, e.m, g);
  *da = f32_noticed(*da, FA_F32_SMALL), *db = f32_noticed(*db, FA_F32_SMALL);
  f32m far = f32_either(f32_gelu_is_far(a), f32_either(f32_large(p), f32_large(dy)));
  FA_FAR_LANES(f32, geglu_grad, far, far)
}
#undef FA_FAR_LANES
#endif
