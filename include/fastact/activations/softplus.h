/* Functions of log1p(e^x): softplus, log_sigmoid and mish = x tanh(softplus(x)); logit, the inverse of the sigmoid. */
#ifndef FA_SOFTPLUS
#define FA_SOFTPLUS(X) X(softplus, 2, 1) X(log_sigmoid, 1, 1) X(mish, 1, 1) X(logit, 1, 1) \
  X(softplus_grad, 3, 1) X(log_sigmoid_grad, 2, 1) X(mish_grad, 2, 1) X(logit_grad, 2, 1)
#endif
#if defined(FA_ISA) && !defined(FA_SOFTPLUS_FORMULAS)
#define FA_SOFTPLUS_FORMULAS
#include <math.h>
#include "../math_f32.h"
#include "../math_f64.h"
#include "../at_one.h"
#include "../rare_lanes.h"
#include "../slope_dy.h"
#include "logistic.h"

/* e^-v, v = |x beta|, in parts: e = scale (1 + m) 2^-bias. The product enters the reduced argument by one FMA, n *
 * LN2_HIGH being exact, so that its rounding costs nothing. Beyond the clamp of v the other one keeps r finite. */
FA_INLINE f32_exp_parts f32_product_decay(f32v x, f32v beta) {
  const f32v round = f32_set1(FA_F32_ROUND(FA_F32_BIAS));
  f32v a = f32_abs(x), b = f32_abs(beta), v = f32_min(f32_set1(131.f), f32_mul(a, b));
  f32v z = f32_fnma(v, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_fma(n, f32_set1(FA_F32_LN2_LOW), f32_fma(a, b, f32_mul(n, f32_set1(FA_F32_LN2_HIGH))));
  return (f32_exp_parts){f32_pow2(z), f32_expm1_reduced(f32_min(f32_set1(0.5f), r), -1)};
}
FA_INLINE f64_exp_parts f64_product_decay(f64v x, f64v beta) {
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
typedef struct { f32v high, low; } f32_twofold;
FA_INLINE f32_twofold f32_two_sum(f32v a, f32v b) {
  f32v s = f32_add(a, b), part = f32_sub(s, a);
  return (f32_twofold){s, f32_add(f32_sub(a, f32_sub(s, part)), f32_sub(b, part))};
}
typedef struct { f64v high, low; } f64_twofold;
FA_INLINE f64_twofold f64_two_sum(f64v a, f64v b) {
  f64v s = f64_add(a, b), part = f64_sub(s, a);
  return (f64_twofold){s, f64_add(f64_sub(a, f64_sub(s, part)), f64_sub(b, part))};
}

/* log1p(e) = high + low for 2^-60 <= e <= 1. With C the nearest of sixteen reciprocals to 1/(1+e), t = (1+e) C - 1
 * is rounded once, C - 1 being exact: log1p(e) = -log C + log1p(t). */
FA_INLINE f64_twofold f64_log1p_sum(f64v e) {
  f64i j = f64_index(f64_fma(e, f64_set1(15.0), f64_set1(0x1.8p52)), 0);
  f64v C = f64_look(fa_f64_log_reciprocal, j), high = f64_look(fa_f64_log_high, j), low = f64_look(fa_f64_log_low, j);
  f64v t = f64_fma(e, C, f64_sub(C, f64_set1(1.0))), t2 = f64_mul(t, t), t4 = f64_mul(t2, t2);
#define FA_PAIR(i, j) f64_fma(f64_set1(FA_F64_LOG##j), t, f64_set1(FA_F64_LOG##i))
  f64v q = f64_fma(f64_fma(f64_fma(f64_set1(FA_F64_LOG10), t2, FA_PAIR(8, 9)), t2, FA_PAIR(6, 7)), t4,
      f64_fma(FA_PAIR(4, 5), t2, FA_PAIR(2, 3)));
#undef FA_PAIR
  f64v sum = f64_add(high, t), lost = f64_sub(t, f64_sub(sum, high));
  return (f64_twofold){sum, f64_fma(t2, q, f64_add(lost, low))};
}
/* log1p(e) 2^128 for e = scale (1 + m) 2^-128 <= 1; below 2^-60 that is e. */
FA_INLINE f64v f64_log1p_parts(f64_exp_parts p) {
  f64v big = f64_fma(p.scale, p.m, p.scale), e = f64_mul(f64_max(f64_set1(0x1p68), big), f64_set1(FA_F64_UNBIAS));
  f64_twofold y = f64_log1p_sum(e);
  return f64_select(f64_gt(f64_set1(0x1p68), big), big, f64_mul(f64_add(y.high, y.low), f64_set1(1.0 / FA_F64_UNBIAS)));
}

/* (relu(v) + log1p(e^-|v|))/beta, v = beta x; x itself where v > 20. relu(v) and w, nearly opposite for small v > 0,
 * are added first. The numerator carries 2^64, so that a subnormal result is rounded once. Max 1.80 ULP at 0.0203896 for
 * beta = 1 (all float32), 3.02 at x = -0.152648, beta = 2.18907.
 *
 * Far are the lanes in which the tail may be brought back by a small beta, or the quotient overflow: there e^v is carried
 * with a bias, of which a half comes off beta. 0 gives inf, of the sign of beta. */
FA_INLINE f32v f32_softplus_sum(f32_exp_parts p, f32v v) {
  f32v relu = f32_mul(f32_max(f32_set1(0.f), f32_min(f32_set1(20.f), v)), f32_set1(0x1p64f));
  return f32_add(f32_fma(p.scale, f32_log1p_parts(p), relu), p.scale);
}
FA_INLINE f32v f32_softplus_at_one(f32v x) {
  f32v a = f32_min(f32_set1(110.f), f32_abs(x));
  f32v y = f32_mul(f32_softplus_sum(f32_exp_split(a, -1, FA_F32_BIAS), x), f32_set1(0x1p-64f));
  return f32_select(f32_gt(x, f32_set1(20.f)), x, y);
}
FA_INLINE f32v f32_softplus_of_usual(f32v x, f32v beta, f32m *far) {
  const f32v large = f32_set1(0x1p124f);
  f32v v = f32_mul(x, beta), y = f32_div(f32_softplus_sum(f32_product_decay(x, beta), v), beta);
  *far = f32_either(f32_gt(f32_set1(-FA_F32_SLOPE_NEAR), v), f32_eq(f32_min(f32_abs(y), large), large)); /* or NaN */
  return f32_select(f32_gt(v, f32_set1(20.f)), x, f32_mul(y, f32_set1(0x1p-64f)));
}
FA_APART f32v f32_softplus_of_far(f32v x, f32v beta) {
  const f32v none = f32_set1(0.f), round = f32_set1(FA_F32_ROUND(180)), most = f32_set1(0.5f);
  f32v u = f32_select(f32_eq(beta, none), none, x), v = f32_mul(u, beta), c = f32_max(f32_set1(-FA_F32_PAIR_FAR), v);
  f32v near = f32_div(f32_mul(f32_softplus_sum(f32_product_decay(u, beta), v), f32_set1(0x1p-64f)), beta);
  f32v z = f32_fma(f32_min(none, c), f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_fnma(n, f32_set1(FA_F32_LN2_LOW), f32_fma(u, beta, f32_mul(n, f32_set1(-FA_F32_LN2_HIGH))));
  f32v m = f32_expm1_reduced(f32_max(f32_neg(most), f32_min(most, r)), 1), s = f32_pow2(z);
  f32v tail = f32_mul(f32_div(f32_fma(s, m, s), f32_mul(beta, f32_set1(0x1p90f))), f32_set1(0x1p-90f));
  tail = f32_select(f32_gt(f32_set1(-FA_F32_PAIR_FAR), v), f32_mul(tail, none), tail);
  f32v y = f32_select(f32_gt(f32_set1(-FA_F32_SLOPE_NEAR), v), tail, near);
  return f32_select(f32_gt(v, f32_set1(20.f)), x, y);
}
FA_OF_USUAL(f32, softplus_of, (f32v x, f32v beta), x, beta)

/* (x where beta x > 0) + log1p(e^-|beta x|)/beta, both of one sign. Max 1.54 ULP at -3.45604 for beta = 1, 2.7 else
 * (sampled). */
FA_INLINE f64v f64_softplus_at_one(f64v x) {
  f64v y = f64_log1p_parts(f64_exp_split(f64_min(f64_set1(760.0), f64_abs(x)), -1));
  return f64_fma(y, f64_set1(FA_F64_UNBIAS), f64_max(f64_set1(0.0), x));
}
FA_INLINE f64v f64_softplus_line(f64v x, f64v v) { return f64_select(f64_gt(v, f64_set1(0.0)), x, f64_set1(0.0)); }
FA_INLINE f64v f64_softplus_of_usual(f64v x, f64v beta, f64m *far) {
  const f64v large = f64_set1(0x1p1020);
  f64v v = f64_mul(x, beta), y = f64_div(f64_log1p_parts(f64_product_decay(x, beta)), beta);
  *far = f64_either(f64_gt(f64_set1(-FA_F64_SLOPE_NEAR), v), f64_eq(f64_min(f64_abs(y), large), large)); /* or NaN */
  return f64_fma(y, f64_set1(FA_F64_UNBIAS), f64_softplus_line(x, v));
}
FA_APART f64v f64_softplus_of_far(f64v x, f64v beta) {
  const f64v none = f64_set1(0.0), round = f64_set1(FA_F64_ROUND(1200)), most = f64_set1(0.03);
  f64v u = f64_select(f64_eq(beta, none), none, x), v = f64_mul(u, beta), c = f64_max(f64_set1(-FA_F64_PAIR_FAR), v);
  f64v near = f64_div(f64_mul(f64_log1p_parts(f64_product_decay(u, beta)), f64_set1(FA_F64_UNBIAS)), beta);
  f64v z = f64_fma(f64_min(none, c), f64_set1(FA_F64_LOG2E), round), n = f64_sub(z, round);
  f64v r = f64_fnma(n, f64_set1(FA_F64_LN2_LOW), f64_fma(u, beta, f64_mul(n, f64_set1(-FA_F64_LN2_HIGH))));
  f64_exp_parts p = f64_exp_join(z, f64_expm1_reduced(f64_max(f64_neg(most), f64_min(most, r)), 1));
  f64v tail = f64_mul(f64_div(f64_fma(p.scale, p.m, p.scale), f64_mul(beta, f64_set1(0x1p600))), f64_set1(0x1p-600));
  tail = f64_select(f64_gt(f64_set1(-FA_F64_PAIR_FAR), v), f64_mul(tail, none), tail);
  return f64_select(f64_gt(f64_set1(-FA_F64_SLOPE_NEAR), v), tail, f64_add(near, f64_softplus_line(u, v)));
}
FA_OF_USUAL(f64, softplus_of, (f64v x, f64v beta), x, beta)
FA_AT_ONE(f32, softplus, (f32v x, f32v beta), beta, f32_softplus_at_one(x), f32_softplus_of(x, beta))
FA_AT_ONE(f64, softplus, (f64v x, f64v beta), beta, f64_softplus_at_one(x), f64_softplus_of(x, beta))

/* -softplus(-x) = min(x, 0) - log1p(e^-|x|). inf gives -0. Max 1.80 ULP near -0.02 (float64: 1.55 at 2.74, sampled). */
FA_INLINE f32v f32_log_sigmoid(f32v x) {
  f32v a = f32_min(f32_set1(110.f), f32_abs(x));
  f32_exp_parts p = f32_exp_split(a, -1, FA_F32_BIAS);
  f32v y = f32_add(f32_fma(p.scale, f32_log1p_parts(p),
      f32_select(f32_signbit(x), f32_mul(a, f32_set1(0x1p64f)), f32_set1(0.f))), p.scale);
  return f32_select(f32_gt(f32_set1(-20.f), x), x, f32_mul(y, f32_set1(-0x1p-64f)));
}
FA_INLINE f64v f64_log_sigmoid(f64v x) {
  f64v y = f64_log1p_parts(f64_exp_split(f64_min(f64_set1(760.0), f64_abs(x)), -1));
  return f64_fnma(y, f64_set1(FA_F64_UNBIAS), f64_min(f64_set1(-0.0), x));
}

/* x T, T = tanh(softplus(x)) = g/(1+g), g = e + e^2/2, e = e^x = s (1 + m) with s a sixteenth of a binade: g = G + u,
 * where s alone makes G = s + s^2/2, the one number that is rounded at full size before the product. w = 1/(1+g) is
 * rounded, T = (h + low) (1 + rest), h + low = g w, and rest is what their sum lacks to 1. From |x| = 60 on it is x, or
 * x e^x. Max 1.555 ULP at -15.9638252 (all float32). -inf gives -0. */
FA_APART f32v f32_mish_far(f32v x) {
  f32v v = f32_max(f32_set1(-112.f), f32_min(f32_set1(0.f), x));
  f32_exp_parts e = f32_exp_split(v, 1, FA_F32_BIAS);
  f32v p = f32_mul(v, e.scale);
  return f32_select(f32_signbit(x), f32_mul(f32_fma(p, e.m, p), f32_set1(0x1p-64f)), x);
}
FA_INLINE f32v f32_mish_usual(f32v x, f32m *far) {
  const f32v round = f32_set1(0x1.8p19f), one = f32_set1(1.f);
  f32v v = f32_min(f32_set1(40.f), x);
  f32v z = f32_fma(v, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_fnma(n, f32_set1(FA_F32_SIXTEENTHS_LN2_LOW), f32_fnma(n, f32_set1(FA_F32_SIXTEENTHS_LN2_HIGH), v));
  f32i j = f32_index(z, 0);
  f32v s = f32_add_sixteenths(f32_look(fa_f32_exp2_chord, j), z);
  f32v q = f32_fma(r, f32_set1(FA_F32_EXP16_3), f32_set1(FA_F32_EXP16_2));
  f32v m = f32_fma(f32_mul(r, r), q, f32_add(r, f32_look(fa_f32_exp2_error, j)));
  f32v half = f32_mul(f32_mul(s, f32_set1(0.5f)), s), G = f32_add(s, half);
  f32v u = f32_mul(m, f32_fma(m, half, f32_add(G, half)));
  f32v w = f32_div(one, f32_add(f32_add(one, G), u));
  f32v h = f32_mul(G, w), low = f32_fma(u, w, f32_fms(G, w, h)), rest = f32_sub(f32_sub(f32_sub(one, w), h), low);
  f32v y = f32_copysign(f32_fma(x, h, f32_mul(x, f32_fma(h, rest, low))), x);
  *far = f32_gt(f32_abs(x), f32_set1(60.f));
  return y;
}
FA_OF_USUAL(f32, mish, (f32v x), x)

/* relu(x) - a N/D, a = |x|, w = e^-a: N = w^2 + 2w, D = N + 2 for x < 0; N = 2w^2, D = 2w^2 + 2w + 1 otherwise, at
 * most 2/5 of the result's size. The quotient is mended by what is left over, times 1/D to a quarter: the line 0.49
 * - 0.3 w (for small w and x > 0 it is half of 1/D, and N/D no longer matters). -inf gives -0. Max 1.563 ULP at
 * 7.59229 (sampled). */
FA_INLINE f64v f64_mish(f64v x) {
  f64v a = f64_min(f64_set1(760.0), f64_abs(x)), relu = f64_max(f64_set1(-0.0), x);
  f64_exp_parts p = f64_exp_split(a, -1);
  f64v big = f64_fma(p.scale, p.m, p.scale), w = f64_mul(f64_max(f64_set1(0x1p68), big), f64_set1(FA_F64_UNBIAS));
  f64m negative = f64_signbit(x);
  f64v w2 = f64_add(w, w), u = f64_fma(w, w, w2), two = f64_set1(2.0), factor = f64_select(negative, two, w2);
  f64v N = f64_fma(big, f64_select(negative, w, f64_set1(0.0)), f64_mul(big, factor));
  f64v v = f64_select(negative, two, f64_fma(w, w, f64_set1(1.0))), D = f64_add(u, v);
  f64v lost = f64_sub(f64_min(u, v), f64_sub(D, f64_max(u, v))), product = f64_mul(a, N), q = f64_div(product, D);
  f64v big_low = f64_fma(p.scale, p.m, f64_sub(p.scale, big));
  f64v low = f64_fma(a, f64_mul(factor, big_low), f64_fms(a, N, product));
  f64v rest = f64_fnma(q, lost, f64_add(f64_fnma(q, D, product), low));
  q = f64_fma(rest, f64_fma(w, f64_set1(-0.3), f64_set1(0.49)), q);
  return f64_fnma(q, f64_set1(FA_F64_UNBIAS), relu);
}

/* log(x/(1-x)) = -+L(y), y = min(x, 1-x), where 1-x counts it is exact. L = log((1-y)/y) = k ln2 + 2 atanh(z), z =
 * N/D = (1 - y - 2^k y)/(1 - y + 2^k y), each of N and D by one FMA. k is the exponent of y (1 + y + 1.715 y^2)
 * sqrt2, near enough to y/(1-y) sqrt2 that |z| < 0.1802; for k = 0, y near 1/2, z = 1 - 2y exactly. y is scaled so
 * that it is normal. Max 1.515 ULP at 0.413706 (all float32; float64: 1.53 at 0.413520, sampled). */
FA_INLINE f32v f32_logit(f32v x) {
  const f32v one = f32_set1(1.f), lift = f32_set1(0x1p-24f);
  f32v y = f32_min(f32_sub(one, x), x), big = f32_mul(y, f32_set1(0x1p24f));
  f32v odds = f32_mul(big, f32_fma(f32_fma(y, f32_set1(2.425376f), f32_set1(1.414214f)), y, f32_set1(1.414214f)));
  f32v n = f32_add(f32_look(fa_f32_exponent, f32_index(odds, 23)), f32_look(fa_f32_exponent16, f32_index(odds, 27)));
  f32v k = f32_add(n, f32_set1(24.f)), p = f32_pow2(f32_add(n, f32_set1(FA_F32_ROUND(0))));
  f32v z = f32_div(f32_fnma(big, f32_add(p, lift), one), f32_fma(big, f32_sub(p, lift), one));
  f32v s = f32_mul(z, z), z2 = f32_add(z, z);
  f32v q = f32_fma(f32_fma(f32_set1(FA_F32_ATANH7), s, f32_set1(FA_F32_ATANH5)), s, f32_set1(FA_F32_ATANH3));
  f32v high = f32_mul(k, f32_set1(FA_F32_LN2_HIGH)), sum = f32_add(high, z2), lost = f32_sub(z2, f32_sub(sum, high));
  f32v L = f32_add(sum, f32_add(lost, f32_fma(k, f32_set1(FA_F32_LN2_LOW), f32_mul(f32_mul(z, s), q))));
  L = f32_select(f32_eq(y, f32_set1(0.f)), f32_set1(INFINITY), L);
  L = f32_select(f32_gt(f32_set1(0.5f), x), f32_neg(L), L);
  return f32_select(f32_gt(f32_set1(0.f), y), f32_set1(NAN), L);
}
FA_INLINE f64v f64_logit(f64v x) {
  const f64v one = f64_set1(1.0), lift = f64_set1(0x1p-54);
  f64v y = f64_min(f64_sub(one, x), x), big = f64_mul(y, f64_set1(0x1p54));
  f64v odds = f64_mul(big, f64_fma(f64_fma(y, f64_set1(2.425376), f64_set1(1.414214)), y, f64_set1(1.414214)));
  f64v n = f64_add(f64_look(fa_f64_exponent, f64_index(odds, 52)), f64_look(fa_f64_exponent16, f64_index(odds, 56)));
  n = f64_add(n, f64_look(fa_f64_exponent256, f64_index(odds, 60)));
  f64v k = f64_add(n, f64_set1(54.0)), p = f64_pow2(f64_add(n, f64_set1(0x1.8p52 + 1023)));
  f64v z = f64_div(f64_fnma(big, f64_add(p, lift), one), f64_fma(big, f64_sub(p, lift), one));
  f64v s = f64_mul(z, z), z2 = f64_add(z, z), s2 = f64_mul(s, s);
#define FA_PAIR(i, j) f64_fma(f64_set1(FA_F64_ATANH##j), s, f64_set1(FA_F64_ATANH##i))
  f64v q = f64_fma(f64_fma(f64_fma(f64_set1(FA_F64_ATANH15), s, f64_set1(FA_F64_ATANH13)), s2, FA_PAIR(9, 11)), s2,
      FA_PAIR(5, 7));
  q = f64_fma(q, s, f64_set1(FA_F64_ATANH3));
#undef FA_PAIR
  f64v high = f64_mul(k, f64_set1(FA_F64_LN2_HIGH)), sum = f64_add(high, z2), lost = f64_sub(z2, f64_sub(sum, high));
  f64v L = f64_add(sum, f64_add(lost, f64_fma(k, f64_set1(FA_F64_LN2_LOW), f64_mul(f64_mul(z, s), q))));
  L = f64_select(f64_eq(y, f64_set1(0.0)), f64_set1(INFINITY), L);
  L = f64_select(f64_gt(f64_set1(0.5), x), f64_neg(L), L);
  return f64_select(f64_gt(f64_set1(0.0), y), f64_set1(NAN), L);
}

/* dy sigmoid(v), v = beta x, as dy/(1 + e^-v), the argument reduced as above. Below v = -87 1 + e^v is 1, and e^v is
 * carried with a bias, of which a half meets dy and a half the product: no dy is too large for its tail, and a subnormal
 * result is rounded once. Max 1.695 ULP at -1.10466 (all float32) for dy = 1; for any dy and beta 2.24. */
FA_APART f32v f32_softplus_grad_far(f32v dy, f32v x, f32v beta) {
  const f32v round = f32_set1(FA_F32_ROUND(200)), half = f32_set1(0x1p-100f), most = f32_set1(0.5f);
  f32v v = f32_max(f32_set1(-FA_F32_SLOPE_FAR), f32_mul(x, beta));
  f32v z = f32_fma(v, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_fnma(n, f32_set1(FA_F32_LN2_LOW), f32_fma(x, beta, f32_mul(n, f32_set1(-FA_F32_LN2_HIGH))));
  f32v m = f32_expm1_reduced(f32_max(f32_neg(most), f32_min(most, r)), 1);
  f32v e = f32_mul(f32_mul(dy, half), f32_pow2(z));
  return f32_mul(f32_mul(e, f32_add(f32_set1(1.f), m)), half);
}
FA_INLINE f32v f32_softplus_grad_usual(f32v dy, f32v x, f32v beta, f32m *far) {
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
 * for dy = 1, 2.81 for any dy and beta (sampled). */
FA_APART f64v f64_softplus_grad_far(f64v dy, f64v x, f64v beta) {
  const f64v round = f64_set1(FA_F64_ROUND(1200)), half = f64_set1(0x1p-600), most = f64_set1(0.03);
  f64v v = f64_max(f64_set1(-FA_F64_SLOPE_FAR), f64_mul(x, beta));
  f64v z = f64_fma(v, f64_set1(FA_F64_LOG2E), round), n = f64_sub(z, round);
  f64v r = f64_fnma(n, f64_set1(FA_F64_LN2_LOW), f64_fma(x, beta, f64_mul(n, f64_set1(-FA_F64_LN2_HIGH))));
  f64_exp_parts p = f64_exp_join(z, f64_expm1_reduced(f64_max(f64_neg(most), f64_min(most, r)), 1));
  return f64_mul(f64_mul(f64_mul(dy, half), f64_fma(p.scale, p.m, p.scale)), half);
}
FA_INLINE f64v f64_softplus_grad_usual(f64v dy, f64v x, f64v beta, f64m *far) {
  f64_exp_parts p = f64_product_decay(x, beta);
  f64_one_plus d = f64_one_plus_exp(p);
  f64v v = f64_mul(x, beta), bias = f64_set1(1.0 / FA_F64_UNBIAS);
  *far = f64_gt(f64_set1(-600.0), v);
  return f64_mul(dy, f64_div(f64_select(f64_signbit(v), f64_fma(p.scale, d.u, p.scale), bias), d.d));
}

/* and dy sigmoid(-x) */
#define FA_LOG_SIGMOID_GRAD(T) \
  FA_OF_USUAL(T, softplus_grad, (T##v dy, T##v x, T##v beta), dy, x, beta) \
  FA_INLINE T##v T##_log_sigmoid_grad_far(T##v dy, T##v x) { return T##_softplus_grad_far(dy, x, T##_set1(-1)); } \
  FA_INLINE T##v T##_log_sigmoid_grad_usual(T##v dy, T##v x, T##m *far) { \
    return T##_softplus_grad_usual(dy, x, T##_set1(-1), far); \
  } \
  FA_OF_USUAL(T, log_sigmoid_grad, (T##v dy, T##v x), dy, x)
FA_LOG_SIGMOID_GRAD(f32)
FA_LOG_SIGMOID_GRAD(f64)
#undef FA_LOG_SIGMOID_GRAD

/* e^-a as scale (1 + m + *m_low), to about 2^-31: what r, r^2, the polynomial's last step and m lose is kept. */
FA_INLINE f32_exp_parts f32_pair_decay(f32v a, f32v *m_low) {
  const f32v round = f32_set1(FA_F32_ROUND(0)), half = f32_set1(FA_F32_EXP7_2);
  f32v z = f32_fnma(a, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v high = f32_fma(n, f32_set1(FA_F32_LN2_HIGH), a), r = f32_fma(n, f32_set1(FA_F32_LN2_LOW), high);
  f32v r_low = f32_fma(n, f32_set1(FA_F32_LN2_LOW), f32_sub(high, r)), r2 = f32_mul(r, r), r2_low = f32_fms(r, r, r2);
  f32v c = f32_mul(f32_set1(-FA_F32_EXP7_3), r);
  c = f32_fma(f32_fma(f32_set1(-FA_F32_EXP7_5), r, f32_set1(FA_F32_EXP7_4)), r2, c);
  c = f32_fma(f32_fma(f32_set1(-FA_F32_EXP7_7), r, f32_set1(FA_F32_EXP7_6)), f32_mul(r2, r2), c);
  f32v q = f32_add(c, half), q_low = f32_sub(c, f32_sub(q, half));
  f32v m = f32_fms(r2, q, r), lost = f32_fma(q, r2_low, f32_fma(r2, q_low, f32_fma(r2, q, f32_sub(f32_neg(r), m))));
  *m_low = f32_sub(lost, f32_fma(r_low, m, r_low));
  return (f32_exp_parts){f32_pow2(z), m};
}

/* dy alpha g/D^2, w = e^-|x|, q = 1 + w: (alpha, beta) = (w, 1) for x < 0 and (1, w) otherwise, D = q^2 + beta^2, g
 * = (D + beta (q + 4 beta x)) q + beta^3. Every step is carried with its low part (_l), so that g keeps its relative
 * accuracy near its zero at -1.19245, and the quotient is mended by what is left over, times 1/D^2 to a third. Far
 * below 0 it is e^x (1 + x), as silu's. -inf gives -0. Max 1.84 ULP at -1.18019 (all float32 there; float64: 1.83
 * at -1.20718, sampled), on the edge of 1 % around the zero; for any dy 2.96 (2.95). */
#define FA_MISH_SLOPE(T, real, NEAR, LEAST) \
  /* given |x| as clamped and e^-|x| = e + e_l; below LEAST it no longer counts beside 1 */ \
  FA_INLINE T##v T##_mish_slope(T##v dy, T##v x, T##v a, T##v e, T##v e_l) { \
    const T##v none = T##_set1(0), one = T##_set1(1); \
    T##m negative = T##_signbit(x); \
    T##v w = T##_max(T##_set1(LEAST), e), w_l = e_l; \
    T##v alpha = T##_select(negative, e, one), alpha_l = T##_select(negative, e_l, none); \
    T##v beta = T##_select(negative, one, w), beta_l = T##_select(negative, none, w_l); \
    T##v q = T##_add(w, one), q_l = T##_add(T##_sub(w, T##_sub(q, one)), w_l); \
    T##v qq = T##_mul(q, q), qq_l = T##_fma(T##_add(q, q), q_l, T##_fms(q, q, qq)); \
    T##v bb = T##_mul(beta, beta), bb_l = T##_fma(T##_add(beta, beta), beta_l, T##_fms(beta, beta, bb)); \
    T##v D = T##_add(qq, bb), D_l = T##_add(T##_add(T##_sub(bb, T##_sub(D, qq)), bb_l), qq_l); \
    T##v E = T##_mul(D, D), E_l = T##_fma(T##_add(D, D), D_l, T##_fms(D, D, E)); \
    T##v x4 = T##_mul(T##_copysign(a, x), T##_set1(4)), t = T##_mul(x4, beta); \
    T##v t_l = T##_fma(x4, beta_l, T##_fms(x4, beta, t)); \
    T##_twofold s = T##_two_sum(q, t); \
    T##v s_l = T##_add(s.low, T##_add(q_l, t_l)), c = T##_mul(beta, s.high); \
    T##v c_l = T##_fma(beta, s_l, T##_fma(beta_l, s.high, T##_fms(beta, s.high, c))); \
    T##_twofold u = T##_two_sum(D, c); \
    u.low = T##_add(u.low, T##_add(D_l, c_l)); \
    T##v v = T##_mul(u.high, q), v_l = T##_fma(u.high, q_l, T##_fma(u.low, q, T##_fms(u.high, q, v))); \
    T##_twofold g = T##_two_sum(v, T##_mul(beta, bb)); \
    g.low = T##_add(g.low, v_l); \
    T##v n = T##_mul(alpha, g.high); \
    T##v n_l = T##_fma(alpha, g.low, T##_fma(alpha_l, g.high, T##_fms(alpha, g.high, n))); \
    T##v y = T##_div(n, E), rest = T##_fnma(y, E_l, T##_add(T##_fnma(y, E, n), n_l)); \
    T##v bend = T##_select(negative, T##_set1((real)0.17), T##_set1((real)0.9)); \
    T##v slope = T##_fma(w, bend, T##_select(negative, T##_set1((real)-0.47), T##_set1((real)-1.7))); \
    T##v inverse = T##_fma(w, slope, T##_select(negative, T##_set1((real)0.5), one)); \
    y = T##_fma(rest, T##_mul(inverse, inverse), y); \
    return T##_mul(dy, y); \
  } \
  FA_INLINE T##v T##_mish_grad_far(T##v dy, T##v x) { return T##_silu_grad_far(dy, x); } \
  FA_INLINE T##m T##_mish_is_far(T##v x) { return T##_gt(T##_set1(-NEAR), x); }
FA_MISH_SLOPE(f32, float, FA_F32_SLOPE_NEAR, 0x1p-60f)
FA_MISH_SLOPE(f64, double, FA_F64_SLOPE_NEAR, 0x1p-60)
#undef FA_MISH_SLOPE
FA_INLINE f32v f32_mish_grad_usual(f32v dy, f32v x, f32m *far) {
  f32v a = f32_min(f32_select(f32_signbit(x), f32_set1(FA_F32_SLOPE_NEAR), f32_set1(28.f)), f32_abs(x)), m_l;
  f32_exp_parts p = f32_pair_decay(a, &m_l);
  f32v e = f32_fma(p.scale, p.m, p.scale), e_l = f32_fma(p.scale, p.m, f32_sub(p.scale, e));
  *far = f32_mish_is_far(x);
  return f32_mish_slope(dy, x, a, e, f32_fma(p.scale, m_l, e_l));
}
FA_INLINE f64v f64_mish_grad_usual(f64v dy, f64v x, f64m *far) {
  f64v a = f64_min(f64_set1(FA_F64_SLOPE_NEAR), f64_abs(x));
  f64_reduced d = f64_reduce(a, -1, 0);
  f64_exp_parts p = f64_exp_join(d.z, f64_expm1_reduced7(d.r, -1));
  f64v e = f64_fma(p.scale, p.m, p.scale);
  *far = f64_mish_is_far(x);
  return f64_mish_slope(dy, x, a, e, f64_fma(p.scale, p.m, f64_sub(p.scale, e)));
}
FA_OF_USUAL(f32, mish_grad, (f32v dy, f32v x), dy, x)
FA_OF_USUAL(f64, mish_grad, (f64v dy, f64v x), dy, x)

/* dy/(x - x^2), the difference by one FMA. Infinite at both zeros and at 1, NaN outside [0, 1].
 * Max 1.499 ULP at 5.97220e-8 (all float32; float64: 1.50, sampled), for any dy too. */
FA_INLINE f32v f32_logit_grad(f32v dy, f32v x) {
  f32v d = f32_fnma(x, x, x);
  return f32_select(f32_gt(f32_set1(0.f), d), f32_set1(NAN), f32_div(dy, f32_abs(d)));
}
FA_INLINE f64v f64_logit_grad(f64v dy, f64v x) {
  f64v d = f64_fnma(x, x, x);
  return f64_select(f64_gt(f64_set1(0.0), d), f64_set1(NAN), f64_div(dy, f64_abs(d)));
}
#endif
