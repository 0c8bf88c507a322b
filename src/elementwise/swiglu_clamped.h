/* swiglu with numbers of its own: x sigma(alpha x) y, x = min(a, limit), y = b held between -limit and limit, plus
 * offset. Its rows are operations.h's; swiglu itself is gated.h's. */
#ifndef FASTACT_SWIGLU_CLAMPED_H
#define FASTACT_SWIGLU_CLAMPED_H
#include "elementwise/gated.h"
#include "elementwise/logistic.h"
#include "elementwise/piecewise.h"

/* x, which is a 0 where an infinite one meets sigma = 0; y; and z = alpha x, 0 where alpha is 0 and x infinite */
typedef struct {
  f64v x, y, z;
} f64_clamped;
FA_INLINE f64_clamped f64_clamped_of(f64v a, f64v b, f64v alpha, f64v limit, f64v offset) {
  const f64v largest = f64_set1(FA_F64_LARGEST), none = f64_set1(0);
  f64v x = f64_unless_nan(limit, f64_min(limit, a)), y = f64_add(f64_hard_tanh(b, f64_neg(limit), limit), offset);
  f64v finite = f64_min(largest, f64_max(f64_neg(largest), x)),
       z = f64_mul(alpha, f64_select(f64_eq(alpha, none), finite, x));
  f64m vanishes = f64_both(f64_gt(f64_abs(x), largest), f64_gt(none, z));
  return (f64_clamped){f64_select(vanishes, f64_copysign(none, x), x), y, z};
}
/* A gradient where its operand is not held; elsewhere a 0, NaN where dy or the other factor is. */
FA_INLINE f64v f64_unless_held(f64m held, f64v dy, f64v other, f64v y) {
  return f64_select(held, f64_unless_nan(other, f64_mul(dy, f64_set1(0))), y);
}

/* ---- float64: z in two parts, sigma as a factor with its power of two, as gated_slow.h has it ---- */

FA_INLINE f64_argument f64_clamped_argument(f64_clamped c, f64v alpha) {
  const f64v largest = f64_set1(FA_F64_LARGEST);
  f64m falling = f64_signbit(c.z);
  f64v most = f64_select(falling, f64_set1(FA_F64_PRODUCT_FAR), f64_set1(FA_F64_DERIVATIVE_DEEP)), v = f64_abs(c.z);
  f64v low = f64_fms(f64_abs(alpha), f64_min(largest, f64_abs(c.x)), v);
  return (f64_argument){f64_min(most, v), f64_select(f64_gt(most, v), low, f64_set1(0)), falling};
}
/* sigma(-v) where falling, sigma(v) elsewhere */
FA_INLINE f64_factor f64_sigma_factor(f64m falling, f64_exp_neg_parts k) {
  const f64v one = f64_set1(1);
  f64_pair d = f64_one_plus_pair(k);
  f64_exp_neg_parts f = f64_exp_neg_where(falling, k);
  f64v q = f64_div(one, d.d), small = f64_times_one_plus(f, f64_fnma(q, d.low, f64_fnma(q, d.d, one)));
  f64v v = f64_fma(q, small, q);
  return (f64_factor){v, f64_fma(q, small, f64_sub(q, v)), f};
}
FA_INLINE f64v f64_swiglu_clamped(f64v a, f64v b, f64v alpha, f64v limit, f64v offset) {
  f64_clamped c = f64_clamped_of(a, b, alpha, limit, offset);
  f64_argument z = f64_clamped_argument(c, alpha);
  f64m deep = f64_gt(z.v, f64_set1(FA_F64_DERIVATIVE_DEEP));
  f64_exp_neg_parts k = f64_exp_neg_raised(z.v, z.low, 1, deep);
  return f64_times_two(c.x, c.y, f64_sigma_factor(z.falling, k), f64_less(deep));
}
FA_INLINE void f64_swiglu_clamped_grad(f64v dy, f64v a, f64v b, f64v alpha, f64v limit, f64v offset, f64v *da,
                                       f64v *db) {
  f64_clamped c = f64_clamped_of(a, b, alpha, limit, offset);
  f64_argument z = f64_clamped_argument(c, alpha);
  f64m deep = f64_gt(z.v, f64_set1(FA_F64_DERIVATIVE_DEEP));
  f64_exp_neg_parts k = f64_exp_neg_raised(z.v, z.low, 1, deep);
  f64v first = f64_times_two(dy, c.y, f64_derivative_factor(z.falling, k, z.v, z.low, 1), f64_less(deep));
  f64v second = f64_times_two(dy, c.x, f64_sigma_factor(z.falling, k), f64_less(deep));
  *da = f64_unless_held(f64_gt(a, limit), dy, c.y, first);
  *db = f64_unless_held(f64_gt(f64_abs(b), limit), dy, c.x, second);
}

/* ---- float32: in float64, where alpha x is exact and no product overflows or underflows ---- */

/* From 300 on sigma(z) is 1; below -300 it times two numbers is 0, and what is held here meets an infinite one. */
FA_INLINE f64v f64_held_argument(f64v z) { return f64_min(f64_set1(300), f64_max(f64_set1(-300), z)); }
/* The sigmoid with digits enough for float32: e^-r - 1, |r| <= ln2/32, by its series up to r^5 is off by 2^-42.6. */
FA_INLINE f64v f64_sigmoid_for_f32(f64v z) {
  const f64v one = f64_set1(1), half = f64_set1(0.5), sixth = f64_set1(1.0 / 6);
  f64_reduced w = f64_reduce(f64_abs(z), -1, 0);
  f64v r = w.r, r2 = f64_mul(r, r), high = f64_fnma(r, f64_set1(1.0 / 120), f64_set1(1.0 / 24));
  f64_exp_parts p = f64_exp_join(w.z, f64_fms(r2, f64_fma(r2, high, f64_fnma(r, sixth, half)), r));
  f64v e = f64_fma(p.scale, p.m, p.scale);
  return f64_div(f64_select(f64_signbit(z), e, one), f64_add(one, e));
}
FA_INLINE f64v f64_swiglu_clamped_of_f32(f64v a, f64v b, f64v alpha, f64v limit, f64v offset) {
  f64_clamped c = f64_clamped_of(a, b, alpha, limit, offset);
  return f64_mul(f64_mul(c.x, c.y), f64_sigmoid_for_f32(f64_held_argument(c.z)));
}
/* silu'(z) = s (1 + z (1 - s)), s = sigma(z) */
FA_INLINE void f64_swiglu_clamped_grad_of_f32(f64v dy, f64v a, f64v b, f64v alpha, f64v limit, f64v offset, f64v *da,
                                              f64v *db) {
  const f64v one = f64_set1(1);
  f64_clamped c = f64_clamped_of(a, b, alpha, limit, offset);
  f64v z = f64_held_argument(c.z), s = f64_sigmoid_for_f32(z);
  f64v slope = f64_mul(s, f64_fma(z, f64_sub(one, s), one));
  *da = f64_unless_held(f64_gt(a, limit), dy, c.y, f64_mul(f64_mul(dy, c.y), slope));
  *db = f64_unless_held(f64_gt(f64_abs(b), limit), dy, c.x, f64_mul(f64_mul(dy, c.x), s));
}

FA_INLINE f32v f32_swiglu_clamped(f32v a, f32v b, f32v alpha, f32v limit, f32v offset) {
  f64v low = f64_swiglu_clamped_of_f32(f32_widen_low(a), f32_widen_low(b), f32_widen_low(alpha), f32_widen_low(limit),
                                       f32_widen_low(offset));
  f64v high = f64_swiglu_clamped_of_f32(f32_widen_high(a), f32_widen_high(b), f32_widen_high(alpha),
                                        f32_widen_high(limit), f32_widen_high(offset));
  return f64_narrow(low, high);
}
FA_INLINE void f32_swiglu_clamped_grad(f32v dy, f32v a, f32v b, f32v alpha, f32v limit, f32v offset, f32v *da,
                                       f32v *db) {
  f64v da_low, da_high, db_low, db_high;
  f64_swiglu_clamped_grad_of_f32(f32_widen_low(dy), f32_widen_low(a), f32_widen_low(b), f32_widen_low(alpha),
                                 f32_widen_low(limit), f32_widen_low(offset), &da_low, &db_low);
  f64_swiglu_clamped_grad_of_f32(f32_widen_high(dy), f32_widen_high(a), f32_widen_high(b), f32_widen_high(alpha),
                                 f32_widen_high(limit), f32_widen_high(offset), &da_high, &db_high);
  *da = f64_narrow(da_low, da_high), *db = f64_narrow(db_low, db_high);
}
#endif
