/* Shared cores of the float64 formulas: vector in, vector out. Include it after a header of simd/.
 *
 * Every exponential comes from one engine, as scale (1 + m): the two hold about 58 bits for one table look-up more than
 * a plain exp. Powers of two are carried with a bias: the scale is a normal number wherever the result is not zero, so
 * that a subnormal result is rounded once, by the last operation of a formula. */
#ifndef FASTACT_MATH_F64_H
#define FASTACT_MATH_F64_H
#include "tables/f64.h"

#define FA_F64_LARGEST 0x1.fffffffffffffp1023
#define FA_F64_BIAS 128
#define FA_F64_UNBIAS 0x1p-128

/* Added to a number, rounds it to sixteenths n and leaves 16 (n + bias) in the low bits. */
#define FA_F64_ROUND(bias) (0x1.8p48 + (double)(bias))

/* sign*x = n ln2 + sign*r, |r| <= ln2/32; n is in sixteenths and stands, biased, in the low bits of z. sign is a
 * constant, 1 or -1. n*LN2_HIGH is exact. A low part of x is to be added to r. */
typedef struct {
  f64v z, r;
} f64_reduced;
FA_INLINE f64_reduced f64_reduce(f64v x, const int sign, const int bias) {
  f64v z = f64_fma(x, f64_set1(sign * FA_F64_LOG2E), f64_set1(FA_F64_ROUND(bias)));
  f64v n = f64_sub(z, f64_set1(FA_F64_ROUND(bias)));
  f64v r = f64_fma(n, f64_set1(-sign * FA_F64_LN2_LOW), f64_fma(n, f64_set1(-sign * FA_F64_LN2_HIGH), x));
  return (f64_reduced){z, r};
}

/* e^(sign*r) - 1 for |r| <= ln2/32: degree 6, 1 + it is off by 2^-56.3 at most; degree 7, itself off by 2^-59.3. */
FA_INLINE f64v f64_expm1_reduced6(f64v r, f64v r2, const int sign) {
  const f64v c2 = f64_set1(FA_F64_EXP2), c3 = f64_set1(sign * FA_F64_EXP3), c4 = f64_set1(FA_F64_EXP4);
  const f64v c5 = f64_set1(sign * FA_F64_EXP5), c6 = f64_set1(FA_F64_EXP6);
  f64v q = f64_fma(f64_fma(c6, r2, f64_fma(c5, r, c4)), r2, f64_fma(c3, r, c2));
  return sign > 0 ? f64_fma(r2, q, r) : f64_fms(r2, q, r);
}
FA_INLINE f64v f64_expm1_reduced(f64v r, const int sign) { return f64_expm1_reduced6(r, f64_mul(r, r), sign); }
FA_INLINE f64v f64_expm1_quotient7(f64v r, f64v r2, const int sign) {
  const f64v c2 = f64_set1(FA_F64_EXPM1_2), c3 = f64_set1(sign * FA_F64_EXPM1_3), c4 = f64_set1(FA_F64_EXPM1_4);
  const f64v c5 = f64_set1(sign * FA_F64_EXPM1_5), c6 = f64_set1(FA_F64_EXPM1_6), c7 = f64_set1(sign * FA_F64_EXPM1_7);
  return f64_fma(f64_fma(f64_fma(c7, r, c6), r2, f64_fma(c5, r, c4)), r2, f64_fma(c3, r, c2));
}
FA_INLINE f64v f64_expm1_reduced7(f64v r, const int sign) {
  f64v r2 = f64_mul(r, r), q = f64_expm1_quotient7(r, r2, sign);
  return sign > 0 ? f64_fma(r2, q, r) : f64_fms(r2, q, r);
}

/* scale (1 + m) = 2^(n+bias) e^r, given z and e^r - 1. The scale is 2^(n+bias) rounded, its relative error goes into m;
 * where n = 0 it has none, and m is e^r - 1 itself. (By f64_scale instead: a third slower on AVX2, 3 % faster on
 * AVX-512.) */
typedef struct {
  f64v scale, m;
} f64_exp_parts;
FA_INLINE f64_exp_parts f64_exp_join(f64v z, f64v expm1_r) {
  f64i j = f64_index(z, 0);
  f64v scale = f64_add_sixteenths(f64_look(fa_f64_exp2_sixteenths, j), z);
  return (f64_exp_parts){scale, f64_add(expm1_r, f64_look(fa_f64_exp2_error, j))};
}

/* e^(sign*x) = scale (1 + m) 2^-FA_F64_BIAS, for results from 2^-1149 to 2^894 */
FA_INLINE f64_exp_parts f64_exp_split(f64v x, const int sign) {
  f64_reduced d = f64_reduce(x, sign, FA_F64_BIAS);
  return f64_exp_join(d.z, f64_expm1_reduced(d.r, sign));
}

/* d = (1 + e^-a) 2^bias rounded, a >= 0, and u such that e^-a / (1 + e^-a) = scale (1 + u) / d: the rounding error of
 * d, times 1/d, comes off m, so that the division rounds alone. 1/d is needed to four bits there: the line 0.957 - 0.47
 * e^-a. (Without u: 2.05 to 2.3 ULP.) The bias cancels, and a subnormal quotient is rounded once. */
typedef struct {
  f64v d, u;
} f64_one_plus;
FA_INLINE f64_one_plus f64_one_plus_exp(f64_exp_parts p) {
  const f64v one = f64_set1(1.0 / FA_F64_UNBIAS);
  f64v e = f64_fma(p.scale, p.m, p.scale), d = f64_add(e, one), lost = f64_sub(e, f64_sub(d, one));
  f64v inverse = f64_fma(e, f64_set1(-0.47 * FA_F64_UNBIAS * FA_F64_UNBIAS), f64_set1(0.957 * FA_F64_UNBIAS));
  return (f64_one_plus){d, f64_fnma(inverse, lost, p.m)};
}

/* relu(x) - a / (1 + e^v), a = |x| or where it was clamped, given e^-v in parts: x times a logistic function of v, for
 * both signs. -inf gives -0, inf gives inf. */
FA_INLINE f64v f64_gate(f64v x, f64v a, f64_exp_parts e) {
  f64_one_plus q = f64_one_plus_exp(e);
  f64v c = f64_fma(a, e.scale, f64_mul(a, f64_mul(e.scale, q.u)));
  return f64_sub(f64_max(f64_set1(-0.0), x), f64_div(c, q.d));
}

/* log(s) for s in [0.5, 2^65), relative to the result near 1 also; inf gives inf, NaN gives NaN.
 * s = 2^n m: n from two look-ups, of four exponent bits each. With C the nearest of sixteen reciprocals to 1/m,
 * log s = (n ln2 - log C) + log1p(m C - 1). The high part of n ln2 - log C is exact and m C is split exactly, so only
 * the last sum rounds at full size. n = -1 with C = 1/2 makes the bracket exactly 0: s may lie on either side of 1. Max
 * 0.79 ULP at 1.03334 for s >= 1, 1.02 at 0.98312 below (sampled). */
FA_INLINE f64v f64_log(f64v s) {
  f64v n = f64_add(f64_look(fa_f64_log_n, f64_index(s, 52)), f64_look(fa_f64_log_n16, f64_index(s, 56)));
  f64v m = f64_mul(s, f64_pow2(f64_sub(f64_set1(0x1.8p52 + 1023), n)));
  f64i j = f64_index(f64_fma(m, f64_set1(15.0), f64_set1(0x1.8p52 - 15)), 0);
  f64v C = f64_look(fa_f64_log_reciprocal, j);
  f64v high = f64_fma(n, f64_set1(FA_F64_LOG_LN2_HIGH), f64_look(fa_f64_log_high, j));
  f64v low = f64_fma(n, f64_set1(FA_F64_LOG_LN2_LOW), f64_look(fa_f64_log_low, j));
  f64v product = f64_mul(m, C), t = f64_sub(product, f64_set1(1.0));
  low = f64_add(low, f64_fms(m, C, product));
  f64v t2 = f64_mul(t, t), t4 = f64_mul(t2, t2);
  f64v p23 = f64_fma(f64_set1(FA_F64_LOG3), t, f64_set1(FA_F64_LOG2));
  f64v p45 = f64_fma(f64_set1(FA_F64_LOG5), t, f64_set1(FA_F64_LOG4));
  f64v p67 = f64_fma(f64_set1(FA_F64_LOG7), t, f64_set1(FA_F64_LOG6));
  f64v p89 = f64_fma(f64_set1(FA_F64_LOG9), t, f64_set1(FA_F64_LOG8));
  f64v p = f64_fma(f64_fma(f64_fma(f64_set1(FA_F64_LOG10), t2, p89), t2, p67), t4, f64_fma(p45, t2, p23));
  f64v sum = f64_add(high, t), lost = f64_sub(t, f64_sub(sum, high));
  f64v y = f64_add(sum, f64_fma(t2, p, f64_add(lost, low)));
  return f64_select(f64_gt(s, f64_set1(0x1.fffffffffffffp1023)), s, y);
}
#endif
