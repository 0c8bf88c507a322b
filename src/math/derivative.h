/* Gradients with one factor, dy: leaner than derivative_products.h's, which serve products of three.
 *
 * e^-v = s (1 + m) 2^k, where k is 0 but in the far tail. s carries 2^(j/16), so that m is small and its roundings
 * do not count, also near a derivative's root; it is a normal number with a normal low part wherever dy e^-v is not
 * 0 for every dy. dy times the derivative without 2^k is lowered by it at the end: nothing overflows where the product
 * is a number, and only a subnormal product is rounded at its own size. */
#ifndef FASTACT_DERIVATIVE_DY_H
#define FASTACT_DERIVATIVE_DY_H
#include "tables/exp2_chord.h"
#include "math/derivative_products.h"

typedef struct {
  f32v s, m, k;
  int near;
} f32_derivative_exp_neg;
typedef struct {
  f64v s, m, k;
  int near;
} f64_derivative_exp_neg;

/* From DERIVATIVE_END on e^-v times the largest number times any derivative is 0. Where a function rises, its
 * derivative is 1 less that at -v, and from DERIVATIVE_ONE on 1. */
#define FA_F32_DERIVATIVE_END 199.0f
#define FA_F32_DERIVATIVE_ONE 30.0f
#define FA_F64_DERIVATIVE_END 1470.0
#define FA_F64_DERIVATIVE_ONE 50.0
/* Where `near` k is 0, for v up to DERIVATIVE_NEAR, beyond which lanes are few: e^-v is a normal number there, and what
 * it lost still a number. */
#define FA_F32_DERIVATIVE_NEAR 80.0f
#define FA_F64_DERIVATIVE_NEAR 600.0

/* 0 <= v <= DERIVATIVE_END; v_low only where `low`. The polynomial is Taylor's: for |r| <= ln2/32 it is 2^-34.5 off. k
 * is n + 64 rounded to a multiple of 64 (float64: 512), 0 at most: s lies in [2^-96, 1], in float64 in [2^-768, 1]. */
FA_INLINE f32_derivative_exp_neg f32_exp_neg_of(f32v v, f32v v_low, const int low, const int near) {
  const f32v round = f32_set1(0x1.8p19f), multiple = f32_set1(0x1.8p29f);
  const f32v ln2_low = f32_set1(FA_F32_SIXTEENTHS_LN2_LOW);
  f32v z = f32_fnma(v, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v exact = f32_fma(n, f32_set1(FA_F32_SIXTEENTHS_LN2_HIGH), v);
  f32i j = f32_index(z, 0);
  f32v error = f32_look(fa_f32_exp2_error, j);
  f32v r = low ? f32_add(exact, f32_fma(n, ln2_low, f32_sub(v_low, error))) : f32_fma(n, ln2_low, exact);
  f32v q = f32_fma(f32_fma(r, f32_set1(1 / 24.f), f32_set1(-1 / 6.f)), r, f32_set1(0.5f));
  f32v m = f32_fms(f32_mul(r, r), q, low ? r : f32_sub(r, error));
  f32v k = f32_set1(0.f);
  if (!near) k = f32_min(k, f32_sub(f32_add(n, f32_set1(0x1.8p29f + 64)), multiple)), z = f32_sub(z, k);
  return (f32_derivative_exp_neg){f32_add_sixteenths(f32_look(fa_f32_exp2_chord, j), z), m, k, near};
}
FA_INLINE f64_derivative_exp_neg f64_exp_neg_of(f64v v, f64v v_low, const int low, const int near) {
  f64_reduced w = f64_reduce(v, -1, 0);
  f64v n = f64_sub(w.z, f64_set1(FA_F64_ROUND(0)));
  f64i j = f64_index(w.z, 0);
  f64v error = f64_look(fa_f64_exp2_error, j), r = low ? f64_add(w.r, f64_sub(v_low, error)) : w.r, r2 = f64_mul(r, r);
  f64v m = f64_fms(r2, f64_expm1_quotient7(r, r2, -1), low ? r : f64_sub(r, error));
  f64v k = f64_set1(0.0);
  if (!near) k = f64_min(k, f64_sub(f64_add(n, f64_set1(0x1.8p61 + 512)), f64_set1(0x1.8p61))), w.z = f64_sub(w.z, k);
  return (f64_derivative_exp_neg){f64_add_sixteenths(f64_look(fa_f64_exp2_sixteenths, j), w.z), m, k, near};
}
FA_INLINE f32_derivative_exp_neg f32_exp_neg_sixteenths(f32v v, f32v v_low, const int low) {
  return f32_exp_neg_of(v, v_low, low, 0);
}
FA_INLINE f64_derivative_exp_neg f64_exp_neg_sixteenths(f64v v, f64v v_low, const int low) {
  return f64_exp_neg_of(v, v_low, low, 0);
}

/* The formulas, for both types.
 *
 * T_either_derivative: dy 2^k (p where falling, 1 - p elsewhere): p is the derivative at -v.
 *
 * T_logistic: root times the logistic functions sigma(v) = q (1 + rest/root) and sigma(-v) = (h + h_low) (1 +
 * rest/root), v >= 0: the quotient q = root/(1+e) is rounded, h + h_low is e q, and rest what their sum lacks to root.
 *
 * T_even_derivative: dy e root^2 / (1+e)^2. Beside the last product, only the sum rounds at full size.
 *
 * T_sigmoid_derivative: dy times the derivative of x sigma(y), c + c_low = x times y's derivative by x, even: sigma(-v)
 * (1 - c sigma(v)) where falling, v = -y, and 1 less that elsewhere. Beside the last product, t = 1 - c q rounds at its
 * own size, also near the root, and the sum at full size; t + t_low is (1 + rest) (1 - c sigma(v)). c_low only where
 * `low`.
 *
 * T_normal_derivative: dy gelu'(x), given e^(-x^2/2) and gelu'(-|x|) e^(x^2/2) = c0 + p + t, t the smallest.
 *
 * T_derivative_times_beta: y = -(v + low) where falling, v + low elsewhere: beta x, with v cut off at DERIVATIVE_END or
 * DERIVATIVE_ONE. An infinite x times 0 is 0 here. */
#define FA_DERIVATIVE_DY(T, real, END, ONE, most_) \
  FA_INLINE T##v T##_derivative_end(T##m falling) { return T##_select(falling, T##_set1(END), T##_set1(ONE)); } \
  FA_INLINE T##v T##_either_derivative(T##v dy, T##m falling, T##_derivative_exp_neg e, T##v p) { \
    T##v y = T##_mul(dy, T##_select(falling, p, T##_sub(T##_set1(1), p))); \
    return e.near ? y : T##_lower(y, e.k); \
  } \
  typedef struct { \
    T##v q, h, h_low, rest; \
  } T##_logistic_parts; \
  FA_INLINE T##_logistic_parts T##_logistic(T##_derivative_exp_neg e, const real root) { \
    const T##v whole = T##_set1(root); \
    T##v q = T##_div(whole, T##_fma(e.s, e.m, T##_add(T##_set1(1), e.s))); \
    T##v h = T##_mul(e.s, q), h_low = T##_fma(h, e.m, T##_fms(e.s, q, h)); \
    return (T##_logistic_parts){q, h, h_low, T##_sub(T##_sub(T##_sub(whole, q), h), h_low)}; \
  } \
  FA_INLINE T##v T##_even_derivative(T##v dy, T##_derivative_exp_neg e, const real root) { \
    T##_logistic_parts w = T##_logistic(e, root); \
    T##v low = T##_fma(T##_mul(w.h, T##_set1(2 / root)), w.rest, w.h_low); \
    return T##_lower(T##_mul(dy, T##_fma(w.h, w.q, T##_mul(low, w.q))), e.k); \
  } \
  FA_INLINE T##v T##_sigmoid_derivative(T##v dy, T##m falling, T##_derivative_exp_neg e, T##v c, T##v c_low, \
                                        const int low) { \
    T##_logistic_parts w = T##_logistic(e, 1); \
    const T##v one = T##_set1(1); \
    T##v t = T##_fnma(c, w.q, one); \
    T##v t_low = T##_mul(T##_fms(t, T##_set1(2), one), w.rest); \
    if (low) t_low = T##_fnma(c_low, w.q, t_low); \
    T##v p = T##_fma(w.h, t, T##_fma(w.h_low, t, T##_mul(T##_add(w.h, w.h_low), t_low))); \
    return T##_either_derivative(dy, falling, e, p); \
  } \
  FA_INLINE T##v T##_normal_derivative(T##v dy, T##v x, T##_derivative_exp_neg e, T##v c0, T##v p, T##v t) { \
    T##v y = T##_add(c0, p); \
    t = T##_add(T##_sub(p, T##_sub(y, c0)), t); \
    T##v rest = T##_fma(T##_add(y, t), e.m, t); \
    return T##_either_derivative(dy, T##_signbit(x), e, T##_fma(y, e.s, T##_mul(rest, e.s))); \
  } \
  FA_INLINE T##_argument T##_derivative_times_beta(T##v x, T##v beta) { \
    T##v y = T##_mul(x, beta), a = T##_min(T##_set1(most_), T##_abs(x)), b = T##_abs(beta); \
    T##v v = T##_max(T##_abs(y), T##_mul(a, b)); \
    T##m falling = T##_signbit(y); \
    T##v low = T##_select(T##_gt(T##_set1(END), v), T##_fms(a, b, v), T##_set1(0)); \
    return (T##_argument){T##_min(T##_derivative_end(falling), v), low, falling}; \
  }
FA_DERIVATIVE_DY(f32, float, FA_F32_DERIVATIVE_END, FA_F32_DERIVATIVE_ONE, 0x1.fffffep127f)
FA_DERIVATIVE_DY(f64, double, FA_F64_DERIVATIVE_END, FA_F64_DERIVATIVE_ONE, 0x1.fffffffffffffp1023)
#undef FA_DERIVATIVE_DY

/* x/(1 + e^-y), y = factor (beta + low), which enters the reduced argument by one FMA; factor is x, or 0 where y has
 * to be 0 though x is infinite. Below -665 the power of two is lowered by 2^1300, x and the quotient by 2^-650 each:
 * a large x keeps the tail of a small beta. Elsewhere nothing is scaled, and the division rounds a subnormal result
 * once. */
FA_INLINE f64v f64_times_sigma_of(f64v x, f64v factor, f64v beta, const double low) {
  const f64v none = f64_set1(0.0), one = f64_set1(1.0), most = f64_set1(0x1.fffffffffffffp1023),
             round = f64_set1(FA_F64_ROUND(0));
  f64v y = f64_max(f64_set1(-FA_F64_DERIVATIVE_FAR), f64_min(f64_set1(FA_F64_DERIVATIVE_ONE), f64_mul(factor, beta)));
  f64v z = f64_fnma(y, f64_set1(FA_F64_LOG2E), round), n = f64_sub(z, round),
       rest = f64_mul(n, f64_set1(FA_F64_LN2_LOW));
  if (low != 0) rest = f64_fma(factor, f64_set1(low), rest);
  f64v r = f64_add(f64_fma(factor, beta, f64_mul(n, f64_set1(FA_F64_LN2_HIGH))), rest);
  f64v m = f64_expm1_reduced(f64_max(f64_set1(-0.03), f64_min(f64_set1(0.03), r)), -1);
  f64i j = f64_index(z, 0);
  f64m far = f64_gt(f64_set1(-665.0), y);
  f64v s = f64_add_sixteenths(f64_look(fa_f64_exp2_sixteenths, j), f64_sub(z, f64_select(far, f64_set1(1300.0), none)));
  f64v one_or_none = f64_select(far, none, one), half = f64_select(far, f64_set1(0x1p-650), one);
  f64v finite = f64_select(far, f64_max(f64_neg(most), f64_min(most, x)), x);
  f64v sum = f64_add(s, one_or_none), lost = f64_sub(f64_min(s, one_or_none), f64_sub(sum, f64_max(s, one_or_none)));
  f64v d = f64_add(sum, f64_fma(s, f64_add(m, f64_look(fa_f64_exp2_error, j)), lost));
  return f64_mul(f64_div(f64_mul(finite, half), d), half);
}
#endif
