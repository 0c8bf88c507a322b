/* tanh and its gradient; tanh_shrink and softcap. */
#ifndef FASTACT_HYPERBOLIC_H
#define FASTACT_HYPERBOLIC_H
#include "math/f32.h"
#include "math/f64.h"
#include "math/derivative_products.h"
#include "math/derivative.h"

/* tanh a, a = |x|, by table (tools/derive/f32.py): eight intervals, the half-binades of b = a + 0.75, up to 9.1, where
 * it is 1. The first, [0, 0.25), has centre 0, value 0, derivative 1 and odd terms alone, which keeps the relative
 * accuracy of tiny arguments. d = a - centre is exact, and an a that b's rounding takes for its neighbour's leaves the
 * interval by no more than 2^-24 of b. Centres are such that their values are float32 to 2^-34. Max 1.257 ULP at
 * 0.250147462 (all float32). The sign of x, of zeros too; NaN passes the clamp.
 *
 * Eight entries are one permute on AVX2, sixteen are two and a blend: 0.31 ns an element there, with sixteen 0.59 (Zen
 * 4). An addition finds the interval: b = a STEP + 1, whose first interval is larger, takes 1.07 times as long on
 * AVX-512 (Zen 4, which is busy with multiplications). */
FA_INLINE f32v f32_tanh(f32v x) {
  f32v a = f32_min(f32_set1(9.1f), f32_abs(x));
  f32i k = f32_index(f32_add(a, f32_set1(0.75f)), 22);
#define FA_ROW(j) f32_look8(fa_f32_tanh[j], k)
  f32v d = f32_sub(a, FA_ROW(0)), d2 = f32_mul(d, d);
  f32v p = f32_fma(f32_fma(f32_fma(FA_ROW(8), d, FA_ROW(7)), d2, f32_fma(FA_ROW(6), d, FA_ROW(5))), d2,
                   f32_fma(FA_ROW(4), d, FA_ROW(3)));
  f32v y = f32_fma(f32_fma(d, p, FA_ROW(2)), d, FA_ROW(1));
#undef FA_ROW
  return f32_copysign(y, x);
}

/* m/(2-m), m = 1 - e^-2a, a = |x|. Both m and d = 2-m are carried with their low parts; the quotient q is mended by
 * what is left over, times 1/d = (1+q)/2. From 19.07 on the result is 1; the clamp at 20 keeps the scale a normal
 * number. Near 0 the scale is 1 and m is -expm1 itself, so the result keeps its relative accuracy; subnormals come
 * back unchanged. exp's constants: tools/derive/f64.py. Max 1.50 ULP at -6.03415 (sampled). Without the low part of
 * d: 5 % faster, 2.46 ULP. */
FA_INLINE f64v f64_tanh(f64v x) {
  const f64v one = f64_set1(1.0), two = f64_set1(2.0), half = f64_set1(0.5);
  f64v a = f64_min(f64_set1(20.0), f64_abs(x));
  f64_reduced w = f64_reduce(f64_add(a, a), -1, 0);
  f64_exp_parts e = f64_exp_join(w.z, f64_expm1_reduced7(w.r, -1));
  f64v o = f64_sub(one, e.scale), o_low = f64_sub(f64_sub(one, o), e.scale);
  f64v m = f64_fnma(e.scale, e.m, o), m_low = f64_fnma(e.scale, e.m, f64_add(f64_sub(o, m), o_low));
  f64v d = f64_sub(two, m), d_low = f64_sub(f64_sub(two, d), m);
  f64v q = f64_div(m, d);
  f64v rest = f64_fnma(q, d_low, f64_add(f64_fnma(q, d, m), m_low));
  return f64_copysign(f64_fma(rest, f64_fma(half, q, half), q), x);
}

/* dy 4e/(1+e)^2, e = e^-2|x|: 1 - tanh^2 without the difference; by derivative.h. Max 0.77 ULP at -44.5031967 for
 * dy = 1 (all float32), 1.62 for any (float64: 0.76 at 355.117874, 1.6, sampled). Infinite x give 0. */
FA_INLINE f32v f32_tanh_grad(f32v dy, f32v x) {
  f32v a = f32_min(f32_set1(FA_F32_DERIVATIVE_END), f32_abs(f32_add(x, x)));
  return f32_even_derivative(dy, f32_exp_neg_sixteenths(a, a, 0), 2);
}
FA_INLINE f64v f64_tanh_grad(f64v dy, f64v x) {
  f64v a = f64_min(f64_set1(FA_F64_DERIVATIVE_END), f64_abs(f64_add(x, x)));
  return f64_even_derivative(dy, f64_exp_neg_sixteenths(a, a, 0), 2);
}

#include "elementwise/tanh_shrink.h"
#include "elementwise/softcap.h"
#endif
