/* What gradients, and gates with a scaled argument, share for both element types: include it after math/f32.h and
 * math/f64.h.
 *
 * A derivative that dies out is carried as root * root * rest * P, so that the power of two passes far below the normal
 * numbers: multiplied by a large dy it keeps its relative accuracy wherever the product itself is a number, and a
 * subnormal product is rounded at its own size. root and rest are powers of two (rest, in float64, times 2^(j/16)). */
#ifndef FASTACT_DERIVATIVE_H
#define FASTACT_DERIVATIVE_H
#include "math/f32.h"
#include "math/f64.h"
#include "tables/derivatives.h"

/* From here on e^-v times the largest number is 0. */
#define FA_F32_DERIVATIVE_FAR 200.0f
#define FA_F64_DERIVATIVE_FAR 1480.0

/* and by the inverse of the smallest number */
#define FA_F32_PAIR_FAR 208.0f
#define FA_F64_PAIR_FAR 1500.0

/* From PRODUCT_FAR on e^-v times the product of any two numbers is 0. From DERIVATIVE_DEEP on a third of e^-v would be
 * no normal number: T_exp_neg_raised raises its power by 2^64 (float64: 2^128), and T_less takes that off an operand:
 * both are larger than that where the product of finite ones is not 0. */
#define FA_F32_PRODUCT_FAR 288.0f
#define FA_F64_PRODUCT_FAR 2180.0
#define FA_F32_DERIVATIVE_DEEP 257.0f
#define FA_F64_DERIVATIVE_DEEP 2100.0

/* e^-(v + v_low) = root * root * rest (1 + m + m_low), 0 <= v <= DERIVATIVE_DEEP, or PRODUCT_FAR where raised; v_low
 * only where `low`. s = root * root * rest, or a negligible number instead. root takes a third of the exponent, rounded
 * so that dy root rest P, P < 4.2, does not overflow. In float32 m_low holds what r, r^2 and m lost: near a
 * derivative's root the errors of e^-v weigh up to 100 times, so that degree 6 does not serve. */
typedef struct {
  f32v root, rest, s, m, m_low;
} f32_exp_neg_parts;
typedef struct {
  f64v root, rest, s, m, m_low;
} f64_exp_neg_parts;

FA_INLINE f32_exp_neg_parts f32_exp_neg_of_power(f32v v, f32v v_low, const int low, const int raised, f32m deep) {
  const f32v round = f32_set1(FA_F32_ROUND(0)), ln2_low = f32_set1(FA_F32_LN2_LOW);
  f32v z = f32_fnma(v, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v exact = f32_fma(n, f32_set1(FA_F32_LN2_HIGH), v);
  f32v r = low ? f32_add(exact, f32_fma(n, ln2_low, v_low)) : f32_fma(n, ln2_low, exact);
  f32v r_low = f32_fma(n, ln2_low, low ? f32_add(f32_sub(exact, r), v_low) : f32_sub(exact, r));
  if (raised) {
    f32v raise = f32_select(deep, f32_set1(64.f), f32_set1(0.f));
    n = f32_add(n, raise), z = f32_add(z, raise);
  }
  f32v third = f32_add(f32_fma(n, f32_set1(0.333f), f32_set1(0.4995f)), round);
  f32v rest = f32_fnma(f32_sub(third, round), f32_set1(2.f), z);
  f32v r2 = f32_mul(r, r), c = f32_fma(f32_set1(-FA_F32_EXP7_7), r, f32_set1(FA_F32_EXP7_6));
  c = f32_fma(c, r2, f32_fma(f32_set1(-FA_F32_EXP7_5), r, f32_set1(FA_F32_EXP7_4)));
  f32v q = f32_fma(c, r2, f32_fma(f32_set1(-FA_F32_EXP7_3), r, f32_set1(FA_F32_EXP7_2))), m = f32_fms(r2, q, r);
  f32v m_low = f32_sub(f32_fma(q, f32_fms(r, r, r2), f32_fms(r2, q, f32_add(m, r))), r_low);
  return (f32_exp_neg_parts){f32_pow2(third), f32_pow2(rest), f32_pow2(f32_max(f32_set1(FA_F32_ROUND(-120)), z)), m,
                             m_low};
}

FA_INLINE f64_exp_neg_parts f64_exp_neg_of_power(f64v v, f64v v_low, const int low, const int raised, f64m deep) {
  const f64v whole = f64_set1(0x1.8p52 + 1023);
  f64_reduced w = f64_reduce(v, -1, 0);
  if (raised) w.z = f64_add(w.z, f64_select(deep, f64_set1(128.0), f64_set1(0.0)));
  f64v n = f64_sub(w.z, f64_set1(FA_F64_ROUND(0)));
  f64v third = f64_add(f64_fma(n, f64_set1(0.333), f64_set1(0.4995)), whole);
  f64i j = f64_index(w.z, 0);
  f64v power = f64_look(fa_f64_exp2_sixteenths, j), error = f64_look(fa_f64_exp2_error, j);
  f64v rest = f64_add_sixteenths(power, f64_fnma(f64_sub(third, whole), f64_set1(2.0), w.z));
  f64v s = f64_add_sixteenths(power, f64_max(f64_set1(FA_F64_ROUND(-1000)), w.z));
  f64v m = f64_expm1_reduced7(low ? f64_add(w.r, v_low) : w.r, -1);
  return (f64_exp_neg_parts){f64_pow2(third), rest, s, f64_add(m, error), f64_set1(0.0)};
}

#define FA_RAISED(T, less) \
  FA_INLINE T##_exp_neg_parts T##_exp_neg(T##v v, T##v v_low, const int low) { \
    return T##_exp_neg_of_power(v, v_low, low, 0, T##_signbit(v)); \
  } \
  FA_INLINE T##_exp_neg_parts T##_exp_neg_raised(T##v v, T##v v_low, const int low, T##m deep) { \
    return T##_exp_neg_of_power(v, v_low, low, 1, deep); \
  } \
  FA_INLINE T##v T##_less(T##m deep) { return T##_select(deep, T##_set1(less), T##_set1(1)); }
FA_RAISED(f32, 0x1p-64f)
FA_RAISED(f64, 0x1p-128)
#undef FA_RAISED

/* y + scale m_low, which float64 has no need of */
FA_INLINE f32v f32_plus_m_low(f32v scale, f32_exp_neg_parts k, f32v y) { return f32_fma(scale, k.m_low, y); }
FA_INLINE f64v f64_plus_m_low(f64v scale, f64_exp_neg_parts k, f64v y) {
  (void)scale, (void)k;
  return y;
}

/* y = -(v + low) where falling, v + low elsewhere: beta x, with v cut off at DERIVATIVE_FAR */
typedef struct {
  f32v v, low;
  f32m falling;
} f32_argument;
typedef struct {
  f64v v, low;
  f64m falling;
} f64_argument;

/* dy p root root rest. p rest first would cost 0.25 ULP; so 2.9 units of a subnormal dy root rest are left for dy below
 * 2^-1019. */
FA_INLINE f64v f64_product(f64v dy, f64v p, f64_exp_neg_parts k) {
  return f64_mul(f64_mul(f64_mul(f64_mul(dy, k.root), k.rest), p), k.root);
}

#include "math/as_f32.inc"
#include "math/derivative_products.inc"
#include "math/as_f64.inc"
#include "math/derivative_products.inc"
#include "math/as_none.inc"

/* dy e scale / (1+e)^2, e = e^-v. The quotient's rounding is undone: the last two operations alone round at full size.
 */
FA_INLINE f64_factor f64_bell_factor(f64_exp_neg_parts k, const double scale) {
  f64_inverse_parts i = f64_inverse_square(f64_one_plus_pair(k));
  f64v q = f64_mul(i.inverse, f64_set1(scale)), small = f64_times_one_plus(k, i.error), v = f64_fma(q, small, q);
  return (f64_factor){v, f64_fma(q, small, f64_sub(q, v)), k};
}

/* x sigma(y), y = -v where `falling`, v elsewhere; where y is -inf x has to be finite. */
FA_INLINE f64v f64_sigma(f64v x, f64m falling, f64_exp_neg_parts k) {
  const f64v one = f64_set1(1.0);
  f64_pair d = f64_one_plus_pair(k);
  f64_exp_neg_parts f = f64_exp_neg_where(falling, k);
  f64v q = f64_div(one, d.d), t = f64_fnma(q, d.low, f64_fnma(q, d.d, one));
  return f64_product(x, f64_fma(q, f64_times_one_plus(f, t), q), f);
}

/* dy times the derivative of x sigma(x (K + C x^2)), K and C in two parts each. */
FA_INLINE f64v f64_cubic_derivative(f64v dy, f64v x, const double far, const double K, const double K_low,
                                    const double C, const double C_low) {
  f64v a = f64_min(f64_set1(far), f64_abs(x)), one = f64_set1(K), three = f64_set1(C);
  f64v h = f64_mul(a, a), h_low = f64_fms(a, a, h), g = f64_mul(three, h);
  f64v g_low = f64_add(f64_fms(three, h, g), f64_fma(h, f64_set1(C_low), f64_mul(h_low, three)));
  f64v s = f64_add(one, g), part = f64_sub(s, one);
  f64v s_low = f64_add(f64_add(f64_sub(one, f64_sub(s, part)), f64_sub(g, part)), f64_add(g_low, f64_set1(K_low)));
  f64v v = f64_mul(a, s), v_low = f64_fma(a, s_low, f64_fms(a, s, v));
  f64v a2 = f64_add(a, a), w = f64_mul(a2, g), w_low = f64_fma(a2, g_low, f64_fms(a2, g, w));
  f64v c = f64_add(v, w), c_low = f64_add(f64_sub(w, f64_sub(c, v)), f64_add(v_low, w_low));
  f64_factor f = f64_derivative_factor(f64_signbit(x), f64_exp_neg(v, v_low, 1), c, c_low, 1);
  return f64_product(dy, f.v, f.exp_neg);
}
#endif
