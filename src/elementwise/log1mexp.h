/* log1mexp = log(1 - e^-|x|) and its gradient. Its rows are softplus.h's, which includes it. */
#ifndef FASTACT_LOG1MEXP_H
#define FASTACT_LOG1MEXP_H
#include "elementwise/logit.h"
#include "elementwise/tanh_shrink.h"
#include "elementwise/two_paths.h"

/* With a = |x|, N = 1 - e^-a: up to log 2 log N = logit(N) - a, both of one sign; what N lost counts 4 to 5.4 times
 * where it counts. Beyond -log1p(t), t = e^-a/N <= 1: what t's rounding lost, times N, is added to the logarithm. Below
 * 2^-60 that is -e^-a, which is carried with a bias. */
FA_INLINE f64v f64_log1mexp(f64v x) {
  const f64v one = f64_set1(1), unbias = f64_set1(FA_F64_UNBIAS);
  f64v a = f64_min(f64_set1(760.0), f64_abs(x)), close = f64_min(one, a);
  f64_reduced w = f64_reduce(close, -1, 0);
  f64_exp_parts p = f64_exp_join(w.z, f64_expm1_reduced7(w.r, -1));
  f64v o = f64_sub(one, p.scale), N = f64_fnma(p.scale, p.m, o);
  f64v N_low = f64_add(f64_fnma(p.scale, p.m, f64_sub(o, N)), f64_sub(f64_sub(one, o), p.scale));
  f64v near = f64_sub(f64_logit(N), f64_fnma(N_low, f64_set1(4.5), close));
  f64_exp_parts e = f64_exp_split(a, -1);
  f64v big = f64_fma(e.scale, e.m, e.scale), big_low = f64_fma(e.scale, e.m, f64_sub(e.scale, big));
  f64v h = f64_mul(big, unbias), h_low = f64_mul(big_low, unbias), d = f64_sub(one, h);
  f64v d_low = f64_sub(f64_sub(f64_sub(one, d), h), h_low), t = f64_div(h, d);
  f64v rest = f64_fnma(t, d_low, f64_add(f64_fnma(t, d, h), h_low));
  f64_dd y = f64_log1p_sum(f64_max(f64_set1(0x1p-60), f64_min(one, t)));
  f64v far = f64_select(f64_gt(f64_set1(0x1p68), big), f64_mul(big, unbias), f64_add(y.high, f64_add(y.low, rest)));
  f64v result = f64_select(f64_gt(f64_set1(FA_F64_LN2), a), near, f64_neg(far));
  return f64_select(f64_eq(x, x), result, x);
}

/* With e = e^-a in two parts and N = 1 - e = 2^-n (1 + f), 1 + f from sqrt(1/2) to sqrt 2, the logarithm is log1p(f)
 * - n ln2 = f - n ln2 - (f^2/2 - z (f^2/2 + R)), z = f/(2 + f), 2 atanh(z) = z (2 + R). Where n is 0, f is -e, of
 * which nothing has cancelled; elsewhere it is exact but for the low part of N. Below 2^-40 the result is -e, which is
 * carried with a bias. Max 1.25 ULP near 1.03 (all float32). */
FA_INLINE f32v f32_log1mexp(f32v x) {
  const f32v one = f32_set1(1.f), none = f32_set1(0.f), unbias = f32_set1(0x1p-64f), held = f32_set1(0x1p24f);
  f32_exp_parts p = f32_exp_split(f32_min(f32_set1(110.f), f32_abs(x)), -1, FA_F32_BIAS);
  f32v tail = f32_mul(f32_fma(p.scale, p.m, p.scale), unbias), s = f32_mul(f32_max(held, p.scale), unbias);
  f32v e = f32_fma(s, p.m, s), e_low = f32_fma(s, p.m, f32_sub(s, e));
  f32v o = f32_sub(one, s), N = f32_fnma(s, p.m, o), N_low = f32_fnma(s, p.m, f32_sub(o, N));
  f32v root = f32_mul(N, f32_set1(1.41421356f));
  f32v n = f32_add(f32_look(fa_f32_exponent, f32_index(root, 23)), f32_look(fa_f32_exponent16, f32_index(root, 27)));
  f32v up = f32_pow2(f32_add(n, f32_set1(FA_F32_ROUND(0))));
  f32m whole = f32_eq(n, none);
  f32v f = f32_select(whole, f32_neg(e), f32_fms(N, up, one));
  f32v f_low = f32_select(whole, f32_neg(e_low), f32_mul(N_low, up));
  f32v half = f32_mul(f32_mul(f, f32_set1(0.5f)), f), z = f32_div(f, f32_add(f32_set1(2.f), f)), z2 = f32_mul(z, z);
  f32v R = f32_fma(f32_fma(f32_set1(FA_F32_ATANH7), z2, f32_set1(FA_F32_ATANH5)), z2, f32_set1(FA_F32_ATANH3));
  f32v curved = f32_fnma(z, f32_fma(R, z2, half), half), rest = f32_sub(f32_fnma(f_low, f, f_low), curved);
  f32v high = f32_mul(n, f32_set1(-FA_F32_LN2_HIGH)), sum = f32_add(high, f), lost = f32_sub(f, f32_sub(sum, high));
  f32v y = f32_add(sum, f32_add(lost, f32_fnma(n, f32_set1(FA_F32_LN2_LOW), rest)));
  y = f32_select(f32_gt(held, p.scale), f32_neg(tail), y);
  return f32_select(f32_eq(x, x), f32_select(f32_eq(x, none), f32_set1(-INFINITY), y), x);
}

/* dy e^-a/(1 - e^-a) of the sign of x; product and quotient in two parts, of a tiny dy after it has been raised. */
FA_INLINE f64v f64_log1mexp_grad(f64v dy, f64v x) {
  const f64v one = f64_set1(1), none = f64_set1(0);
  f64m tiny = f64_gt(f64_set1(0x1p-500), f64_abs(dy));
  f64v up = f64_mul(dy, f64_select(tiny, f64_set1(0x1p400), one));
  f64v a = f64_min(f64_set1(FA_F64_DERIVATIVE_END), f64_abs(x));
  f64_derivative_exp_neg e = f64_exp_neg_sixteenths(a, a, 0);
  f64m near = f64_eq(e.k, none);
  f64v o = f64_sub(one, e.s), N = f64_fnma(e.s, e.m, o);
  f64v N_low = f64_add(f64_fnma(e.s, e.m, f64_sub(o, N)), f64_sub(f64_sub(one, o), e.s));
  N = f64_select(near, N, one), N_low = f64_select(near, N_low, none);
  f64v E = f64_fma(e.s, e.m, e.s), E_low = f64_fma(e.s, e.m, f64_sub(e.s, E));
  f64v D = f64_mul(up, E), D_low = f64_fma(up, E_low, f64_fms(up, E, D)), Q = f64_div(D, N);
  f64v rest = f64_fnma(Q, N_low, f64_add(f64_fnma(Q, N, D), D_low));
  f64v y = f64_lower(f64_add(Q, f64_number_or_zero(f64_div(rest, N))), e.k);
  y = f64_copysign(f64_mul(y, f64_select(tiny, f64_set1(0x1p-400), one)), dy); /* of a 0, too */
  return f64_select(f64_signbit(x), f64_neg(y), y);
}
/* in float64, where nothing is lost */
FA_INLINE f64v f64_log1mexp_grad_of_f32(f64v dy, f64v x) {
  f64v a = f64_min(f64_set1(FA_F64_DERIVATIVE_NEAR), f64_abs(x));
  f64_derivative_exp_neg e = f64_exp_neg_of(a, a, 0, 1);
  f64v y = f64_div(f64_mul(dy, f64_fma(e.s, e.m, e.s)), f64_fnma(e.s, e.m, f64_sub(f64_set1(1), e.s)));
  return f64_select(f64_signbit(x), f64_neg(y), y);
}
FA_INLINE f32v f32_log1mexp_grad(f32v dy, f32v x) {
  return f64_narrow(f64_log1mexp_grad_of_f32(f32_widen_low(dy), f32_widen_low(x)),
                    f64_log1mexp_grad_of_f32(f32_widen_high(dy), f32_widen_high(x)));
}
#endif
