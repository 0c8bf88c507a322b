/* Functions of log1p(e^x): softplus, log_sigmoid and mish = x tanh(softplus(x)); logit, the inverse of the sigmoid. */
#ifndef FASTACT_SOFTPLUS_H
#define FASTACT_SOFTPLUS_H
#include <math.h>
#include "math/f32.h"
#include "math/f64.h"
#include "elementwise/at_one.h"
#include "elementwise/two_paths.h"
#include "math/derivative.h"

/* x, or a finite number of its sign where beta is 0, whose product with any x is 0; NaN stays. */
#define FA_HELD_AT_ZERO(T, most_) \
  FA_INLINE T##v T##_held_at_zero(T##v x, T##v beta) { \
    const T##v most = T##_set1(most_); \
    return T##_select(T##_eq(beta, T##_set1(0)), T##_max(T##_neg(most), T##_min(most, x)), x); \
  }
FA_HELD_AT_ZERO(f32, 0x1.fffffep127f)
FA_HELD_AT_ZERO(f64, 0x1.fffffffffffffp1023)
#undef FA_HELD_AT_ZERO

/* e^-v, v = |x beta|, in parts: e = scale (1 + m) 2^-bias. The product enters the reduced argument by one FMA, n *
 * LN2_HIGH being exact, so that its rounding costs nothing. Beyond the clamp of v the other one keeps r finite. */
FA_INLINE f32_exp_parts f32_product_exp_neg(f32v x, f32v beta) {
  const f32v round = f32_set1(FA_F32_ROUND(FA_F32_BIAS));
  f32v a = f32_abs(x), b = f32_abs(beta), v = f32_min(f32_set1(131.f), f32_mul(a, b));
  f32v z = f32_fnma(v, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_fma(n, f32_set1(FA_F32_LN2_LOW), f32_fma(a, b, f32_mul(n, f32_set1(FA_F32_LN2_HIGH))));
  return (f32_exp_parts){f32_pow2(z), f32_expm1_reduced(f32_min(f32_set1(0.5f), r), -1)};
}
FA_INLINE f64_exp_parts f64_product_exp_neg(f64v x, f64v beta) {
  const f64v round = f64_set1(FA_F64_ROUND(FA_F64_BIAS));
  f64v a = f64_abs(x), b = f64_abs(beta), v = f64_min(f64_set1(790.0), f64_mul(a, b));
  f64v z = f64_fnma(v, f64_set1(FA_F64_LOG2E), round), n = f64_sub(z, round);
  f64v r = f64_fma(n, f64_set1(FA_F64_LN2_LOW), f64_fma(a, b, f64_mul(n, f64_set1(FA_F64_LN2_HIGH))));
  return f64_exp_join(z, f64_expm1_reduced(f64_min(f64_set1(0.03), r), -1));
}

/* log1p(e) = scale (1 + w) for e = scale (1 + m) <= 1: w = m + (1+m) e Q, where log1p(e) = e + e^2 Q(e). Below 2^-40
 * e no longer counts there; with the scale held at that, it is never subnormal. */
FA_INLINE f32v f32_log1p_rest(f32v scale, f32v m) {
  f32v s = f32_max(f32_set1(0x1p-40f), scale), e = f32_fma(s, m, s);
#define FA_PAIR(i, j) f32_fma(f32_set1(FA_F32_LOG1P##j), e, f32_set1(FA_F32_LOG1P##i))
  f32v e2 = f32_mul(e, e), e4 = f32_mul(e2, e2);
  f32v low = f32_fma(FA_PAIR(4, 5), e2, FA_PAIR(2, 3)), high = f32_fma(FA_PAIR(8, 9), e2, FA_PAIR(6, 7));
#undef FA_PAIR
  f32v q = f32_fma(f32_fma(f32_set1(FA_F32_LOG1P10), e4, high), e4, low);
  return f32_fma(f32_fma(m, e, e), q, m);
}
/* the same where the scale carries 2^64 */
FA_INLINE f32v f32_log1p_parts(f32_exp_parts p) { return f32_log1p_rest(f32_mul(p.scale, f32_set1(0x1p-64f)), p.m); }

/* a + b = high + low exactly */
typedef struct {
  f32v high, low;
} f32_dd;
FA_INLINE f32_dd f32_two_sum(f32v a, f32v b) {
  f32v s = f32_add(a, b), part = f32_sub(s, a);
  return (f32_dd){s, f32_add(f32_sub(a, f32_sub(s, part)), f32_sub(b, part))};
}
typedef struct {
  f64v high, low;
} f64_dd;
FA_INLINE f64_dd f64_two_sum(f64v a, f64v b) {
  f64v s = f64_add(a, b), part = f64_sub(s, a);
  return (f64_dd){s, f64_add(f64_sub(a, f64_sub(s, part)), f64_sub(b, part))};
}

/* log1p(e) = high + low for 2^-60 <= e <= 1. With C the nearest of sixteen reciprocals to 1/(1+e), t = (1+e) C - 1
 * is rounded once, C - 1 being exact: log1p(e) = -log C + log1p(t). */
FA_INLINE f64_dd f64_log1p_sum(f64v e) {
  f64i j = f64_index(f64_fma(e, f64_set1(15.0), f64_set1(0x1.8p52)), 0);
  f64v C = f64_look(fa_f64_log_reciprocal, j), high = f64_look(fa_f64_log_high, j), low = f64_look(fa_f64_log_low, j);
  f64v t = f64_fma(e, C, f64_sub(C, f64_set1(1.0))), t2 = f64_mul(t, t), t4 = f64_mul(t2, t2);
#define FA_PAIR(i, j) f64_fma(f64_set1(FA_F64_LOG##j), t, f64_set1(FA_F64_LOG##i))
  f64v q = f64_fma(f64_fma(f64_fma(f64_set1(FA_F64_LOG10), t2, FA_PAIR(8, 9)), t2, FA_PAIR(6, 7)), t4,
                   f64_fma(FA_PAIR(4, 5), t2, FA_PAIR(2, 3)));
#undef FA_PAIR
  f64v sum = f64_add(high, t), lost = f64_sub(t, f64_sub(sum, high));
  return (f64_dd){sum, f64_fma(t2, q, f64_add(lost, low))};
}
/* log1p(e) 2^128 for e = scale (1 + m) 2^-128 <= 1; below 2^-60 that is e. */
FA_INLINE f64v f64_log1p_parts(f64_exp_parts p) {
  f64v big = f64_fma(p.scale, p.m, p.scale), e = f64_mul(f64_max(f64_set1(0x1p68), big), f64_set1(FA_F64_UNBIAS));
  f64_dd y = f64_log1p_sum(e);
  return f64_select(f64_gt(f64_set1(0x1p68), big), big, f64_mul(f64_add(y.high, y.low), f64_set1(1.0 / FA_F64_UNBIAS)));
}

/* (relu(v) + log1p(e^-|v|))/beta, v = beta x; x itself where v > 20. relu(v) and w, nearly opposite for small v > 0,
 * are added first. The numerator carries 2^64, so that a subnormal result is rounded once. Max 1.80 ULP at 0.0203896
 * for beta = 1 (all float32), 3.06 at x = -1.11223e-12, beta = 2.98549e11.
 *
 * Far are the lanes in which the tail may be brought back by a small beta, or the quotient overflow: there e^v is
 * carried with a bias, of which a half comes off beta. 0 gives inf, of the sign of beta. */
FA_INLINE f32v f32_softplus_sum(f32_exp_parts p, f32v v) {
  f32v relu = f32_mul(f32_max(f32_set1(0.f), f32_min(f32_set1(20.f), v)), f32_set1(0x1p64f));
  return f32_add(f32_fma(p.scale, f32_log1p_parts(p), relu), p.scale);
}
FA_INLINE f32v f32_softplus_at_one(f32v x) {
  f32v a = f32_min(f32_set1(110.f), f32_abs(x));
  f32v y = f32_mul(f32_softplus_sum(f32_exp_split(a, -1, FA_F32_BIAS), x), f32_set1(0x1p-64f));
  return f32_select(f32_gt(x, f32_set1(20.f)), x, y);
}
FA_INLINE f32v f32_softplus_of_fast(f32v x, f32v beta, f32m *far) {
  const f32v large = f32_set1(0x1p124f);
  f32v v = f32_mul(x, beta), y = f32_div(f32_softplus_sum(f32_product_exp_neg(x, beta), v), beta);
  *far =
      f32_either(f32_gt(f32_set1(-FA_F32_DERIVATIVE_NEAR), v), f32_eq(f32_min(f32_abs(y), large), large)); /* or NaN */
  return f32_noticed(f32_select(f32_gt(v, f32_set1(20.f)), x, f32_mul(y, f32_set1(0x1p-64f))), FA_F32_SMALL);
}
FA_FAR_IS_RARE(softplus_of, (f32v x, f32v beta), ((void)x, (void)beta, f32_to_be_found()))
FA_OF_TWO_PATHS(f32, softplus_of, (f32v x, f32v beta), x, beta)

/* (x where beta x > 0) + log1p(e^-|beta x|)/beta, both of one sign. Max 1.54 ULP at -3.45604 for beta = 1, 2.7 else
 * (sampled). */
FA_INLINE f64v f64_softplus_at_one(f64v x) {
  f64v y = f64_log1p_parts(f64_exp_split(f64_min(f64_set1(760.0), f64_abs(x)), -1));
  return f64_fma(y, f64_set1(FA_F64_UNBIAS), f64_max(f64_set1(0.0), x));
}
FA_INLINE f64v f64_softplus_line(f64v x, f64v v) { return f64_select(f64_gt(v, f64_set1(0.0)), x, f64_set1(0.0)); }
FA_INLINE f64v f64_softplus_of_fast(f64v x, f64v beta, f64m *far) {
  const f64v large = f64_set1(0x1p1020);
  f64v v = f64_mul(x, beta), y = f64_div(f64_log1p_parts(f64_product_exp_neg(x, beta)), beta);
  *far =
      f64_either(f64_gt(f64_set1(-FA_F64_DERIVATIVE_NEAR), v), f64_eq(f64_min(f64_abs(y), large), large)); /* or NaN */
  return f64_fma(y, f64_set1(FA_F64_UNBIAS), f64_softplus_line(x, v));
}
FA_NOINLINE f64v f64_softplus_of_slow(f64v x, f64v beta) {
  const f64v none = f64_set1(0.0), round = f64_set1(FA_F64_ROUND(1200)), most = f64_set1(0.03);
  f64v u = f64_held_at_zero(x, beta), v = f64_mul(u, beta), c = f64_max(f64_set1(-FA_F64_PAIR_FAR), v);
  f64v near = f64_div(f64_mul(f64_log1p_parts(f64_product_exp_neg(u, beta)), f64_set1(FA_F64_UNBIAS)), beta);
  f64v z = f64_fma(f64_min(none, c), f64_set1(FA_F64_LOG2E), round), n = f64_sub(z, round);
  f64v r = f64_fnma(n, f64_set1(FA_F64_LN2_LOW), f64_fma(u, beta, f64_mul(n, f64_set1(-FA_F64_LN2_HIGH))));
  f64_exp_parts p = f64_exp_join(z, f64_expm1_reduced(f64_max(f64_neg(most), f64_min(most, r)), 1));
  f64v tail = f64_mul(f64_div(f64_fma(p.scale, p.m, p.scale), f64_mul(beta, f64_set1(0x1p600))), f64_set1(0x1p-600));
  tail = f64_select(f64_gt(f64_set1(-FA_F64_PAIR_FAR), v), f64_mul(tail, none), tail);
  return f64_select(f64_gt(f64_set1(-FA_F64_DERIVATIVE_NEAR), v), tail, f64_add(near, f64_softplus_line(u, v)));
}
FA_VANISHES(softplus_of, (f64v x, f64v beta), ((void)x, (void)beta, f64_gt(f64_set1(0), f64_set1(0))), f64_set1(0))
FA_OF_TWO_PATHS(f64, softplus_of, (f64v x, f64v beta), x, beta)
FA_AT_ONE(f32, softplus, (f32v x, f32v beta), beta, f32_softplus_at_one(x), f32_softplus_of(x, beta))
FA_AT_ONE(f64, softplus, (f64v x, f64v beta), beta, f64_softplus_at_one(x), f64_softplus_of(x, beta))

/* -softplus(-x) = min(x, 0) - log1p(e^-|x|). inf gives -0. Max 1.80 ULP near -0.02 (float64: 1.55 at 2.74, sampled). */
FA_INLINE f32v f32_log_sigmoid(f32v x) {
  f32v a = f32_min(f32_set1(110.f), f32_abs(x));
  f32_exp_parts p = f32_exp_split(a, -1, FA_F32_BIAS);
  f32v y = f32_add(
      f32_fma(p.scale, f32_log1p_parts(p), f32_select(f32_signbit(x), f32_mul(a, f32_set1(0x1p64f)), f32_set1(0.f))),
      p.scale);
  return f32_select(f32_gt(f32_set1(-20.f), x), x, f32_mul(y, f32_set1(-0x1p-64f)));
}
FA_INLINE f64v f64_log_sigmoid(f64v x) {
  f64v y = f64_log1p_parts(f64_exp_split(f64_min(f64_set1(760.0), f64_abs(x)), -1));
  return f64_fnma(y, f64_set1(FA_F64_UNBIAS), f64_min(f64_set1(-0.0), x));
}

/* dy sigmoid(v), v = beta x, as dy/(1 + e^-v), the argument reduced as above. Below v = -87 1 + e^v is 1, and e^v is
 * carried with a bias, of which a half meets dy and a half the product: no dy is too large for its tail, and a
 * subnormal result is rounded once. Far is beta = 0 too, where an infinite x gives dy/2 as any other. Max 1.695 ULP at
 * -1.10466 (all float32) for dy = 1; for any dy and beta 2.24. */
FA_FAR_IS_RARE(softplus_grad, (f32v dy, f32v x, f32v beta),
               ((void)beta, f32_zero_far_below(x, f32_mul(dy, f32_set1(0.f)))))
FA_INLINE f32v f32_softplus_grad_near(f32v dy, f32v x, f32v beta, f32m *far) {
  const f32v round = f32_set1(FA_F32_ROUND(0));
  f32v v = f32_mul(x, beta), c = f32_min(f32_set1(60.f), v);
  f32v z = f32_fnma(c, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_fma(n, f32_set1(FA_F32_LN2_LOW), f32_fma(x, beta, f32_mul(n, f32_set1(FA_F32_LN2_HIGH))));
  f32v m = f32_expm1_reduced(f32_min(f32_set1(0.5f), r), -1);
  const f32v one = f32_set1(1.f);
  f32v s = f32_pow2(z), sum = f32_add(s, one), lost = f32_sub(one, f32_sub(sum, s));
  f32v y = f32_div(dy, f32_add(sum, f32_fma(s, m, lost)));
  *far = f32_gt(f32_set1(-87.f), v);
  return y;
}
/* With e = e^-|v|, e/(1+e) for v < 0 and 1/(1+e) otherwise; below v = -600 e alone, as above. Max 1.57 ULP at -3.45716
 * for dy = 1, 2.98 for any dy and beta (sampled). */
FA_NOINLINE f64v f64_softplus_grad_slow(f64v dy, f64v x, f64v beta) {
  const f64v round = f64_set1(FA_F64_ROUND(1200)), half = f64_set1(0x1p-600), most = f64_set1(0.03);
  f64v u = f64_held_at_zero(x, beta), v = f64_max(f64_set1(-FA_F64_DERIVATIVE_FAR), f64_mul(u, beta));
  f64v z = f64_fma(v, f64_set1(FA_F64_LOG2E), round), n = f64_sub(z, round);
  f64v r = f64_fnma(n, f64_set1(FA_F64_LN2_LOW), f64_fma(u, beta, f64_mul(n, f64_set1(-FA_F64_LN2_HIGH))));
  f64_exp_parts p = f64_exp_join(z, f64_expm1_reduced(f64_max(f64_neg(most), f64_min(most, r)), 1));
  f64v y = f64_mul(f64_mul(f64_mul(dy, half), f64_fma(p.scale, p.m, p.scale)), half);
  return f64_select(f64_eq(beta, f64_set1(0.0)), f64_mul(dy, f64_add(v, f64_set1(0.5))), y);
}
FA_INLINE f64v f64_softplus_grad_near(f64v dy, f64v x, f64v beta, f64m *far) {
  f64_exp_parts p = f64_product_exp_neg(x, beta);
  f64_one_plus d = f64_one_plus_exp(p);
  f64v v = f64_mul(x, beta), bias = f64_set1(1.0 / FA_F64_UNBIAS);
  *far = f64_gt(f64_set1(-600.0), v);
  return f64_mul(dy, f64_div(f64_select(f64_signbit(v), f64_fma(p.scale, d.u, p.scale), bias), d.d));
}

FA_VANISHES(softplus_grad, (f64v dy, f64v x, f64v beta), f64_gt(f64_set1(-FA_F64_DERIVATIVE_FAR), f64_mul(x, beta)),
            f64_mul(dy, f64_set1(0)))
FA_VANISHES(log_sigmoid_grad, (f64v dy, f64v x), f64_gt(x, f64_set1(FA_F64_DERIVATIVE_FAR)), f64_mul(dy, f64_set1(0)))

/* and dy sigmoid(-x) */
#define FA_LOG_SIGMOID_GRAD(T) \
  FA_INLINE T##v T##_softplus_grad_fast(T##v dy, T##v x, T##v beta, T##m *far) { \
    T##v y = T##_softplus_grad_near(dy, x, beta, far); \
    *far = T##_either(*far, T##_eq(beta, T##_set1(0))); \
    return y; \
  } \
  FA_OF_TWO_PATHS(T, softplus_grad, (T##v dy, T##v x, T##v beta), dy, x, beta) \
  FA_INLINE T##v T##_log_sigmoid_grad_fast(T##v dy, T##v x, T##m *far) { \
    return T##_softplus_grad_near(dy, x, T##_set1(-1), far); \
  } \
  FA_OF_TWO_PATHS(T, log_sigmoid_grad, (T##v dy, T##v x), dy, x)
FA_FAR_IS_RARE(log_sigmoid_grad, (f32v dy, f32v x), ((void)x, f32_zero_or_to_be_found(f32_mul(dy, f32_set1(0.f)))))
FA_INLINE f64v f64_log_sigmoid_grad_slow(f64v dy, f64v x) { return f64_softplus_grad_slow(dy, x, f64_set1(-1)); }
FA_LOG_SIGMOID_GRAD(f32)
FA_LOG_SIGMOID_GRAD(f64)
#undef FA_LOG_SIGMOID_GRAD

#include "elementwise/mish.h"
#include "elementwise/logit.h"
#include "elementwise/log1mexp.h"
#include "elementwise/logaddexp.h"
#endif
