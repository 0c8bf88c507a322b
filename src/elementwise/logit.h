/* logit, the inverse of the sigmoid, and its gradient. Its rows are softplus.h's, which includes it. */
#ifndef FASTACT_LOGIT_H
#define FASTACT_LOGIT_H
#include <math.h>
#include "math/f32.h"
#include "math/f64.h"

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
