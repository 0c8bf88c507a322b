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
#define FA_F32_BCE_FAR 80.0f
#define FA_F32_BCE_END 88.0f
#define FA_F32_BCE_FAR_END 164.25f
#define FA_F32_BCE_BIAS 110
#define FA_F32_BCE_TINY 0x1p-80f
#define FA_F32_BCE_LIFT 0x1p110f
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

/* f, g, e and log1p(e) are carried in two parts, so that weights cost no more than the last roundings; inf counts for
 * nothing where h is 0, p where t is, and all where w is, NaN too. t p should be a normal number; where h a overflows
 * the loss is inf, unless w is 0.
 *
 * Loss: max 2.033 ULP at x = -0.0940436423 for t = w = p = 1 (all float32; float64, sampled: 1.07 at -0.270668775), for
 * any 2.87 at 0.0333752 (float64: 1.84 at -3.386). Gradient: 1.032 at 5.845613 (float64: 0.89), for any 3.03 at 1.00164
 * (float64: 2.57 at 0.0111922), both searched; where h and k e are within a factor of 2 of each other, that or 1.5 w
 * 2^-24 (w 2^-53). log1p and exp: softplus.h, math/f32.h, math/f64.h. */
#define FA_BINARY_CROSS_ENTROPY_OF(T, real, bce, most) \
  typedef struct { \
    T##v w, a, lift, unlift; \
    T##m negative, far; \
    T##_dd f, g, h, k, e; \
    T##_exp_parts p; \
  } T##_bce; \
  FA_INLINE T##_dd T##_dd_select(T##m m, T##_dd a, T##_dd b) { \
    return (T##_dd){T##_select(m, a.high, b.high), T##_select(m, a.low, b.low)}; \
  } \
  FA_INLINE T##_bce T##_bce_of(T##v x, T##v t, T##v w, T##v p) { \
    const T##v zero = T##_set1(0), one = T##_set1(1); \
    T##_bce b; \
    b.w = w; \
    b.a = T##_abs(x); \
    b.negative = T##_signbit(x); \
    p = T##_select(T##_eq(t, zero), zero, p); \
    T##v f = T##_mul(t, p), g = T##_sub(one, t); \
    b.f = (T##_dd){f, T##_fms(t, p, f)}; \
    b.g = (T##_dd){g, T##_sub(T##_sub(one, g), t)}; \
    b.h = T##_dd_select(b.negative, b.f, b.g); \
    b.k = T##_dd_select(b.negative, b.g, b.f); \
    T##v least = T##_select(T##_gt(T##_set1(bce##_FAR_END), b.a), T##_set1(bce##_TINY), zero); \
    least = T##_select(T##_gt(b.a, T##_set1(bce##_FAR)), least, zero); \
    b.far = T##_gt(least, T##_abs(b.h.high)); \
    b.lift = T##_select(b.far, T##_set1(bce##_LIFT), one); \
    b.unlift = T##_select(b.far, T##_set1(1 / bce##_LIFT), one); \
    b.p = T##_bce_exp_neg(b.a, b.far); \
    b.e.high = T##_fma(b.p.scale, b.p.m, b.p.scale); \
    b.e.low = T##_fma(b.p.scale, b.p.m, T##_sub(b.p.scale, b.e.high)); \
    return b; \
  } \
  FA_INLINE T##v T##_bce_loss(T##_bce b) { \
    T##_dd L = T##_bce_log1p(b.p, b.e, b.far); \
    T##v c = T##_add(b.f.high, b.g.high), larger = T##_max(b.f.high, b.g.high), smaller = T##_min(b.f.high, b.g.high); \
    T##v c_low = T##_add(T##_sub(smaller, T##_sub(c, larger)), T##_add(b.f.low, b.g.low)); \
    T##v finite = T##_min(T##_set1(most), b.a); \
    T##v a = T##_select(T##_eq(b.h.high, T##_set1(0)), finite, b.a); \
    T##v low = T##_fma(T##_mul(b.h.low, b.lift), finite, T##_fma(c_low, L.high, T##_mul(c, L.low))); \
    T##v tail = T##_fma(c, L.high, low); \
    T##v h = T##_mul(b.h.high, b.lift), y = T##_fma(h, a, tail); \
    T##v y_low = T##_select(T##_gt(T##_set1(INFINITY), T##_abs(y)), T##_fma(h, a, T##_sub(tail, y)), T##_set1(0)); \
    y = T##_mul(T##_fma(b.w, y, T##_mul(b.w, y_low)), b.unlift); \
    return T##_select(T##_eq(b.w, T##_set1(0)), T##_set1(0), y); \
  } \
  FA_INLINE T##v T##_bce_gradient(T##_bce b) { \
    const T##v one = T##_set1(1); \
    T##v e = T##_mul(b.e.high, b.unlift), d = T##_add(e, one), lost = T##_sub(e, T##_sub(d, one)); \
    T##v n = T##_fnma(b.k.high, b.e.high, T##_mul(b.h.high, b.lift)); \
    T##v low = T##_fnma(b.k.low, b.e.high, T##_fnma(b.k.high, b.e.low, T##_mul(b.h.low, b.lift))); \
    T##v y = T##_div(n, d); \
    low = T##_fnma(y, lost, T##_add(T##_fnma(y, d, n), low)); \
    y = T##_fma(low, T##_fma(e, T##_set1((real)(-0.47)), T##_set1((real)0.957)), y); \
    y = T##_mul(T##_mul(b.w, y), b.unlift); \
    y = T##_select(b.negative, T##_neg(y), y); \
    return T##_select(T##_eq(b.w, T##_set1(0)), T##_set1(0), y); \
  } \
  FA_INLINE T##v T##_binary_cross_entropy(T##v x, T##v t, T##v w, T##v p) { \
    return T##_bce_loss(T##_bce_of(x, t, w, p)); \
  } \
  FA_INLINE void T##_binary_cross_entropy_and_grad(T##v x, T##v t, T##v w, T##v p, T##v *loss, T##v *gradient) { \
    T##_bce b = T##_bce_of(x, t, w, p); \
    *loss = T##_bce_loss(b); \
    *gradient = T##_bce_gradient(b); \
  }
FA_BINARY_CROSS_ENTROPY_OF(f32, float, FA_F32_BCE, 0x1.fffffep127f)
FA_BINARY_CROSS_ENTROPY_OF(f64, double, FA_F64_BCE, 0x1.fffffffffffffp1023)
#undef FA_BINARY_CROSS_ENTROPY_OF
#endif
