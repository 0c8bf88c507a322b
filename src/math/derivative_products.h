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

/* The formulas, for both types. With e = e^-v and d = 1 + e in two parts (low: what d's rounding lost):
 *
 * A factor is (v + low) root root rest: a derivative to more than full precision, for products of three.
 *
 * T_derivative_factor: sigma(y) + c' sigma(y) (1 - sigma(y)), y = -v and c' = -c where `falling`, y = v and c' = c
 * elsewhere: c is x times y's derivative. That is e (d - c) / d^2 where falling, (d + c e) / d^2 elsewhere. Each
 * numerator vanishes only at a root of the derivative, and there d - c is exact (Sterbenz) and its low parts follow.
 *
 * T_times_pair: x y (p + p_low) root^2, with the larger of x and y scaled down first: nothing overflows or underflows
 * unless the result does; |p| <= 1, or a little more (above_1); less: T_less.
 *
 * T_normal_factor: gelu'(x), given k = e^(-x^2/2) and gelu'(-|x|) e^(x^2/2) = c0 + p + t, t the smallest. */
#define FA_DERIVATIVE(T, real, far_, most_) \
  FA_INLINE T##v T##_times_pair(T##v x, T##v y, T##v p, T##v p_low, T##v root, T##v less, const int above_1) { \
    const T##v one = T##_set1(1); \
    T##v x_size = T##_abs(x), y_size = T##_abs(y); \
    T##m swapped = T##_gt(y_size, x_size), infinite = T##_gt(T##_max(x_size, y_size), T##_set1(most_)); \
    T##m both_large = T##_gt(T##_select(infinite, T##_set1(0), T##_min(x_size, y_size)), one); \
    T##v large = T##_select(swapped, y, x), small = T##_select(swapped, x, y); \
    large = T##_mul(large, T##_select(both_large, one, less)); \
    small = T##_mul(T##_mul(small, T##_select(both_large, less, one)), T##_select(both_large, root, one)); \
    if (above_1) large = T##_mul(large, T##_set1((real)0.25)), small = T##_mul(small, T##_set1(4)); \
    T##v h = T##_mul(large, root); \
    /* finite: infinite operands leave the other term */ \
    T##v low = T##_min(T##_max(T##_mul(h, p_low), T##_set1(-most_)), T##_set1(most_)); \
    return T##_mul(T##_mul(T##_fma(h, p, low), small), T##_select(both_large, one, root)); \
  } \
  FA_INLINE T##_exp_neg_parts T##_exp_neg_where(T##m falling, T##_exp_neg_parts k) { \
    const T##v one = T##_set1((real)1); \
    return (T##_exp_neg_parts){T##_select(falling, k.root, one), T##_select(falling, k.rest, one), k.s, \
                               T##_select(falling, k.m, T##_set1((real)0)), \
                               T##_select(falling, k.m_low, T##_set1((real)0))}; \
  } \
  /* (1 + m + m_low) (1 + small) - 1 */ \
  FA_INLINE T##v T##_times_one_plus(T##_exp_neg_parts k, T##v small) { \
    small = T##_plus_m_low(T##_set1((real)1), k, small); \
    return T##_add(k.m, T##_fma(k.m, small, small)); \
  } \
  /* 1 + s (1 + m) */ \
  typedef struct { \
    T##v d, low; \
  } T##_pair; \
  FA_INLINE T##_pair T##_one_plus_pair(T##_exp_neg_parts k) { \
    const T##v one = T##_set1((real)1); \
    T##v d = T##_fma(k.s, k.m, T##_add(one, k.s)); \
    return (T##_pair){d, T##_fma(k.s, k.m, T##_sub(k.s, T##_sub(d, one)))}; \
  } \
  /* 1/d^2 = inverse (1 + error) */ \
  typedef struct { \
    T##v inverse, error; \
  } T##_inverse_parts; \
  FA_INLINE T##_inverse_parts T##_inverse_square(T##_pair d) { \
    T##v h = T##_mul(d.d, d.d), h_low = T##_fma(d.low, T##_add(d.d, d.d), T##_fms(d.d, d.d, h)); \
    T##v q = T##_div(T##_set1((real)1), h); \
    return (T##_inverse_parts){q, T##_fnma(q, h_low, T##_fnma(q, h, T##_set1((real)1)))}; \
  } \
  typedef struct { \
    T##v v, low; \
    T##_exp_neg_parts exp_neg; \
  } T##_factor; \
  FA_INLINE T##_factor T##_derivative_factor(T##m falling, T##_exp_neg_parts k, T##v c, T##v c_low, const int low) { \
    T##_pair d = T##_one_plus_pair(k); \
    T##_inverse_parts i = T##_inverse_square(d); \
    T##v e = T##_fma(k.s, k.m, k.s), b = T##_select(falling, T##_neg(c), T##_mul(c, e)); \
    T##v n = T##_add(d.d, b), part = T##_sub(n, d.d); \
    T##v n_low = T##_add(T##_plus_m_low(k.s, k, d.low), T##_add(T##_sub(d.d, T##_sub(n, part)), T##_sub(b, part))); \
    if (low) n_low = T##_sub(n_low, T##_select(falling, c_low, T##_set1((real)0))); \
    T##_exp_neg_parts f = T##_exp_neg_where(falling, k); \
    T##v p = T##_mul(n, i.inverse), p_low = T##_fma(n_low, i.inverse, T##_fms(n, i.inverse, p)); \
    T##v small = T##_times_one_plus(f, i.error), rest = T##_fma(T##_add(p, p_low), small, p_low), \
         v = T##_add(p, rest); \
    return (T##_factor){v, T##_sub(rest, T##_sub(v, p)), f}; \
  } \
  FA_INLINE T##_factor T##_normal_factor(T##v x, T##_exp_neg_parts k, T##v c0, T##v p, T##v t) { \
    const T##v one = T##_set1((real)1); \
    T##m falling = T##_signbit(x); \
    T##v y = T##_add(c0, p); \
    t = T##_add(T##_sub(p, T##_sub(y, c0)), t); \
    T##v sum = T##_add(y, t), rest = T##_fma(sum, k.m, T##_plus_m_low(sum, k, t)), v = T##_add(y, rest), \
         up = T##_fnma(k.s, v, one); \
    T##v low = T##_sub(rest, T##_sub(v, y)), up_low = T##_fnma(k.s, low, T##_fnma(k.s, v, T##_sub(one, up))); \
    return (T##_factor){T##_select(falling, v, up), T##_select(falling, low, up_low), T##_exp_neg_where(falling, k)}; \
  } \
  /* the factor, high + lower, is positive */ \
  FA_INLINE T##_argument T##_times_constant(T##v x, const real high, const real lower) { \
    T##v a = T##_min(T##_set1(far_ / high), T##_abs(x)), y = T##_mul(a, T##_set1(high)); \
    T##v low = T##_fma(a, T##_set1(lower), T##_fms(a, T##_set1(high), y)); \
    return (T##_argument){y, low, T##_signbit(x)}; \
  }
FA_DERIVATIVE(f32, float, FA_F32_DERIVATIVE_FAR, 0x1.fffffep127f)
FA_DERIVATIVE(f64, double, FA_F64_DERIVATIVE_FAR, 0x1.fffffffffffffp1023)
#undef FA_DERIVATIVE

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
