/* Shared cores of the float32 formulas: vector in, vector out. Include it after a header of simd/.
 *
 * Powers of two are carried with a bias: 2^(n+bias) is a normal number wherever the result is not zero, so that a
 * subnormal result is rounded once, by the last operation of a formula. */
#ifndef FASTACT_MATH_F32_H
#define FASTACT_MATH_F32_H
#include "tables/f32.h"

#define FA_F32_LARGEST 0x1.fffffep127f
#define FA_F32_BIAS 64

/* Added to a number, rounds it to an integer n and leaves n + bias, as an exponent field, in the low bits: f32_pow2 of
 * the sum is 2^(n+bias). */
#define FA_F32_ROUND(bias) (0x1.8p23f + 127.f + (float)(bias))

/* e^(sign*r) - 1 = sign*r + r^2 q(r) for r in +-ln2/2, relative error of 1 + it below 2^-28 (Sollya's fpminimax, by
 * tools/derive/f32.py, as all constants here); sign is a constant, 1 or -1. */
FA_INLINE f32v f32_expm1_quotient(f32v r, f32v r2, const int sign) {
  const f32v c2 = f32_set1(FA_F32_EXP2), c3 = f32_set1(sign * FA_F32_EXP3), c4 = f32_set1(FA_F32_EXP4);
  const f32v c5 = f32_set1(sign * FA_F32_EXP5), c6 = f32_set1(FA_F32_EXP6);
  return f32_fma(f32_fma(c6, r2, f32_fma(c5, r, c4)), r2, f32_fma(c3, r, c2));
}
FA_INLINE f32v f32_expm1_reduced(f32v r, const int sign) {
  f32v r2 = f32_mul(r, r), q = f32_expm1_quotient(r, r2, sign);
  return sign > 0 ? f32_fma(r2, q, r) : f32_fms(r2, q, r);
}

/* e^(sign*x) = scale (1 + m) 2^-bias: sign*x = n ln2 + r, scale = 2^(n+bias), m = e^r - 1. n*LN2_HIGH is exact, and r
 * is rounded by 2^-26 at most. The caller clamps x so that 2^(n+bias) is a normal number; NaN passes. */
typedef struct {
  f32v scale, m;
} f32_exp_parts;
FA_INLINE f32_exp_parts f32_exp_split(f32v x, const int sign, const int bias) {
  f32v z = f32_fma(x, f32_set1(sign * FA_F32_LOG2E), f32_set1(FA_F32_ROUND(bias)));
  f32v n = f32_sub(z, f32_set1(FA_F32_ROUND(bias)));
  f32v r = sign > 0 ? f32_fnma(n, f32_set1(FA_F32_LN2_LOW), f32_fnma(n, f32_set1(FA_F32_LN2_HIGH), x))
                    : f32_fma(n, f32_set1(FA_F32_LN2_LOW), f32_fma(n, f32_set1(FA_F32_LN2_HIGH), x));
  return (f32_exp_parts){f32_pow2(z), f32_expm1_reduced(r, sign)};
}

/* (1 + s(1+m)) 2^-64, s carried with bias -64. s+1 is exact for |n| < 24, so the sum is rounded once; for n >= 24
 * `lost` is the part of the 1 that s+1 dropped (without it the error near x = -16.6 grows from 1.7 to 2.4 ULP). */
FA_INLINE f32v f32_one_plus(f32v s, f32v m) {
  const f32v one = f32_set1(0x1p-64f);
  f32v sum = f32_add(s, one);
  f32v lost = f32_sub(one, f32_sub(sum, s));
  return f32_add(sum, f32_fma(s, m, lost));
}

/* (1 + e^(sign*x)) 2^-64 */
FA_INLINE f32v f32_one_plus_exp(f32v x, const int sign) {
  f32_exp_parts e = f32_exp_split(x, sign, -FA_F32_BIAS);
  return f32_one_plus(e.scale, e.m);
}

/* e^(-a*a/2) = scale (1 + m) 2^-bias. Works on twice the reduced argument, which shortens the
 * chain by a multiplication: coefficient k carries 2^-k. */
FA_INLINE f32_exp_parts f32_exp_neg_half_square(f32v a, const int bias) {
  const f32v round = f32_set1(FA_F32_ROUND(bias));
  f32v z = f32_fnma(f32_mul(a, a), f32_set1(0.5f * FA_F32_LOG2E), round), n = f32_sub(z, round);
  /* the negative of 2r, hence the signs of the odd coefficients; a^2 enters it unrounded, n LN2_HIGH is exact */
  f32v r = f32_fma(n, f32_set1(2 * FA_F32_LN2_LOW), f32_fma(a, a, f32_mul(n, f32_set1(2 * FA_F32_LN2_HIGH))));
  f32v r2 = f32_mul(r, r);
  f32v q = f32_fma(
      f32_fma(f32_set1(FA_F32_EXP6 / 64), r2, f32_fma(f32_set1(-FA_F32_EXP5 / 32), r, f32_set1(FA_F32_EXP4 / 16))), r2,
      f32_fma(f32_set1(-FA_F32_EXP3 / 8), r, f32_set1(FA_F32_EXP2 / 4)));
  return (f32_exp_parts){f32_pow2(z), f32_fms(r2, q, f32_mul(r, f32_set1(0.5f)))};
}
#endif
