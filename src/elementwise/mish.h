/* mish = x tanh(softplus(x)) and its gradient. Its rows are softplus.h's, which includes it. */
#ifndef FASTACT_MISH_H
#define FASTACT_MISH_H
#include "elementwise/two_paths.h"
#include "elementwise/logistic.h"

/* x T, T = tanh(softplus(x)) = g/(1+g), g = e + e^2/2, e = e^x = s (1 + m) with s a sixteenth of a binade: g = G + u,
 * where s alone makes G = s + s^2/2, the one number that is rounded at full size before the product. w = 1/(1+g) is
 * rounded, T = (h + low) (1 + rest), h + low = g w, and rest is what their sum lacks to 1. From x = 60 on it is x.
 * Max 1.555 ULP at -15.9638252 (all float32). -inf gives -0. */
FA_FAR_IS_RARE(mish, (f32v x), f32_select(f32_signbit(x), f32_set1(-0.f), x))
FA_INLINE f32v f32_mish_fast(f32v x, f32m *far) {
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
FA_OF_TWO_PATHS(f32, mish, (f32v x), x)

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

/* e^-a as scale (1 + m + *m_low), to about 2^-31: what r, r^2, the polynomial's last step and m lose is kept. */
FA_INLINE f32_exp_parts f32_pair_exp_neg(f32v a, f32v *m_low) {
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

#define FA_F32_MISH_LEAST 0x1p-60f
/* up to here what products of low parts lose does not count */
#define FA_F32_MISH_GRAD_NEAR 50.0f
#define FA_F64_MISH_GRAD_NEAR 600.0
#define FA_F64_MISH_LEAST 0x1p-60
#include "math/as_f32.inc"
#include "elementwise/mish_grad.inc"
#include "math/as_f64.inc"
#include "elementwise/mish_grad.inc"
#include "math/as_none.inc"
FA_INLINE f32v f32_mish_grad_fast(f32v dy, f32v x, f32m *far) {
  f32v a = f32_min(f32_select(f32_signbit(x), f32_set1(FA_F32_MISH_GRAD_NEAR), f32_set1(28.f)), f32_abs(x)), m_l;
  f32_exp_parts p = f32_pair_exp_neg(a, &m_l);
  f32v e = f32_fma(p.scale, p.m, p.scale), e_l = f32_fma(p.scale, p.m, f32_sub(p.scale, e));
  *far = f32_mish_is_far(x);
  return f32_mish_derivative(dy, x, a, e, f32_fma(p.scale, m_l, e_l));
}
FA_INLINE f64v f64_mish_grad_fast(f64v dy, f64v x, f64m *far) {
  f64v a = f64_min(f64_set1(FA_F64_MISH_GRAD_NEAR), f64_abs(x));
  f64_reduced d = f64_reduce(a, -1, 0);
  f64_exp_parts p = f64_exp_join(d.z, f64_expm1_reduced7(d.r, -1));
  f64v e = f64_fma(p.scale, p.m, p.scale);
  *far = f64_mish_is_far(x);
  return f64_mish_derivative(dy, x, a, e, f64_fma(p.scale, p.m, f64_sub(p.scale, e)));
}
FA_OF_TWO_PATHS(f32, mish_grad, (f32v dy, f32v x), dy, x)
FA_INLINE f64m f64_mish_grad_vanishes(f64v dy, f64v x, f64v *zero) { return f64_silu_grad_vanishes(dy, x, zero); }
FA_OF_TWO_PATHS(f64, mish_grad, (f64v dy, f64v x), dy, x)
#endif
