/* What gradients and gates of float64 share.
 *
 * A derivative that dies out is carried as root * root * rest * P, so that the power of two passes far below the normal
 * numbers: multiplied by a large dy it keeps its relative accuracy wherever the product itself is a number, and a
 * subnormal product is rounded at its own size. root is a power of two, rest one times 2^(j/16). */
#ifndef FASTACT_DERIVATIVE_H
#define FASTACT_DERIVATIVE_H
#include "math/f32.h"
#include "math/f64.h"
#include "tables/derivatives.h"

/* From here on e^-v times the largest number is 0. */
#define FA_F32_DERIVATIVE_FAR 200.0f
#define FA_F64_DERIVATIVE_FAR 1480.0

/* and by the inverse of the smallest number */
#define FA_F64_PAIR_FAR 1500.0

/* From PRODUCT_FAR on e^-v times the product of any two numbers is 0. From DERIVATIVE_DEEP on a third of e^-v would be
 * no normal number: f64_exp_neg_raised raises its power by 2^128, and f64_less takes that off an operand: both are
 * larger than that where the product of finite ones is not 0. */
#define FA_F64_PRODUCT_FAR 2180.0
#define FA_F64_DERIVATIVE_DEEP 2100.0

/* e^-(v + v_low) = root * root * rest (1 + m), 0 <= v <= DERIVATIVE_DEEP, or PRODUCT_FAR where raised; v_low only where
 * `low`. s = root * root * rest, or a negligible number instead. root takes a third of the exponent, rounded so that dy
 * root rest P, P < 4.2, does not overflow. */
typedef struct {
  f64v root, rest, s, m;
} f64_exp_neg_parts;

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
  return (f64_exp_neg_parts){f64_pow2(third), rest, s, f64_add(m, error)};
}

FA_INLINE f64_exp_neg_parts f64_exp_neg(f64v v, f64v v_low, const int low) {
  return f64_exp_neg_of_power(v, v_low, low, 0, f64_signbit(v));
}
FA_INLINE f64_exp_neg_parts f64_exp_neg_raised(f64v v, f64v v_low, const int low, f64m deep) {
  return f64_exp_neg_of_power(v, v_low, low, 1, deep);
}
FA_INLINE f64v f64_less(f64m deep) { return f64_select(deep, f64_set1(0x1p-128), f64_set1(1)); }

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

/* With e = e^-v and d = 1 + e in two parts (low: what d's rounding lost):
 *
 * A factor is (v + low) root root rest: a derivative to more than full precision, for products of three.
 *
 * f64_derivative_factor: sigma(y) + c' sigma(y) (1 - sigma(y)), y = -v and c' = -c where `falling`, y = v and c' = c
 * elsewhere: c is x times y's derivative. That is e (d - c) / d^2 where falling, (d + c e) / d^2 elsewhere. Each
 * numerator vanishes only at a root of the derivative, and there d - c is exact (Sterbenz) and its low parts follow.
 *
 * f64_times_pair: x y (p + p_low) root^2, with the larger of x and y scaled down first: nothing overflows or underflows
 * unless the result does; |p| <= 1, or a little more (above_1); less: f64_less.
 *
 * f64_normal_factor: gelu'(x), given k = e^(-x^2/2) and gelu'(-|x|) e^(x^2/2) = c0 + p + t, t the smallest. */
FA_INLINE f64v f64_times_pair(f64v x, f64v y, f64v p, f64v p_low, f64v root, f64v less, const int above_1) {
  const f64v one = f64_set1(1);
  f64v x_size = f64_abs(x), y_size = f64_abs(y);
  f64m swapped = f64_gt(y_size, x_size), infinite = f64_gt(f64_max(x_size, y_size), f64_set1(FA_F64_LARGEST));
  f64m both_large = f64_gt(f64_select(infinite, f64_set1(0), f64_min(x_size, y_size)), one);
  f64v large = f64_select(swapped, y, x), small = f64_select(swapped, x, y);
  large = f64_mul(large, f64_select(both_large, one, less));
  small = f64_mul(f64_mul(small, f64_select(both_large, less, one)), f64_select(both_large, root, one));
  if (above_1) large = f64_mul(large, f64_set1(0.25)), small = f64_mul(small, f64_set1(4));
  f64v h = f64_mul(large, root);
  /* finite: infinite operands leave the other term */
  f64v low = f64_min(f64_max(f64_mul(h, p_low), f64_set1(-FA_F64_LARGEST)), f64_set1(FA_F64_LARGEST));
  f64v product = f64_mul(f64_mul(f64_fma(h, p, low), small), f64_select(both_large, one, root));
  return f64_copysign(product, f64_mul(f64_mul(x, y), p)); /* the parts of a 0 may differ in sign */
}
FA_INLINE f64_exp_neg_parts f64_exp_neg_where(f64m falling, f64_exp_neg_parts k) {
  const f64v one = f64_set1(1);
  return (f64_exp_neg_parts){f64_select(falling, k.root, one), f64_select(falling, k.rest, one), k.s,
                             f64_select(falling, k.m, f64_set1(0))};
}
/* (1 + m) (1 + small) - 1 */
FA_INLINE f64v f64_times_one_plus(f64_exp_neg_parts k, f64v small) { return f64_add(k.m, f64_fma(k.m, small, small)); }
/* 1 + s (1 + m) */
typedef struct {
  f64v d, low;
} f64_pair;
FA_INLINE f64_pair f64_one_plus_pair(f64_exp_neg_parts k) {
  const f64v one = f64_set1(1);
  f64v d = f64_fma(k.s, k.m, f64_add(one, k.s));
  return (f64_pair){d, f64_fma(k.s, k.m, f64_sub(k.s, f64_sub(d, one)))};
}
/* 1/d^2 = inverse (1 + error) */
typedef struct {
  f64v inverse, error;
} f64_inverse_parts;
FA_INLINE f64_inverse_parts f64_inverse_square(f64_pair d) {
  f64v h = f64_mul(d.d, d.d), h_low = f64_fma(d.low, f64_add(d.d, d.d), f64_fms(d.d, d.d, h));
  f64v q = f64_div(f64_set1(1), h);
  return (f64_inverse_parts){q, f64_fnma(q, h_low, f64_fnma(q, h, f64_set1(1)))};
}
typedef struct {
  f64v v, low;
  f64_exp_neg_parts exp_neg;
} f64_factor;
FA_INLINE f64_factor f64_derivative_factor(f64m falling, f64_exp_neg_parts k, f64v c, f64v c_low, const int low) {
  f64_pair d = f64_one_plus_pair(k);
  f64_inverse_parts i = f64_inverse_square(d);
  f64v e = f64_fma(k.s, k.m, k.s), b = f64_select(falling, f64_neg(c), f64_mul(c, e));
  f64v n = f64_add(d.d, b), part = f64_sub(n, d.d);
  f64v n_low = f64_add(d.low, f64_add(f64_sub(d.d, f64_sub(n, part)), f64_sub(b, part)));
  if (low) n_low = f64_sub(n_low, f64_select(falling, c_low, f64_set1(0)));
  f64_exp_neg_parts f = f64_exp_neg_where(falling, k);
  f64v p = f64_mul(n, i.inverse), p_low = f64_fma(n_low, i.inverse, f64_fms(n, i.inverse, p));
  f64v small = f64_times_one_plus(f, i.error), rest = f64_fma(f64_add(p, p_low), small, p_low), v = f64_add(p, rest);
  return (f64_factor){v, f64_sub(rest, f64_sub(v, p)), f};
}
FA_INLINE f64_factor f64_normal_factor(f64v x, f64_exp_neg_parts k, f64v c0, f64v p, f64v t) {
  const f64v one = f64_set1(1);
  f64m falling = f64_signbit(x);
  f64v y = f64_add(c0, p);
  t = f64_add(f64_sub(p, f64_sub(y, c0)), t);
  f64v sum = f64_add(y, t), rest = f64_fma(sum, k.m, t), v = f64_add(y, rest), up = f64_fnma(k.s, v, one);
  f64v low = f64_sub(rest, f64_sub(v, y)), up_low = f64_fnma(k.s, low, f64_fnma(k.s, v, f64_sub(one, up)));
  return (f64_factor){f64_select(falling, v, up), f64_select(falling, low, up_low), f64_exp_neg_where(falling, k)};
}

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
