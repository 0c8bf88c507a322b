/* Focal loss from logits, element by element, its gradient and its second derivative by the logit; and what the focal
 * loss of a row is, given its cross entropy.
 *
 * With the sigmoid p of x, a target t and u = 1 - p_t = t (1-p) + (1-t) p, the loss is w u^gamma L, L the binary cross
 * entropy. Let e = e^-|x|, h the share of the term that grows with |x| (1-t for x >= 0, t for x < 0), k the other, c =
 * h - k and d = 1 + e:
 *   u = (h + k e) / d, L = h |x| + log1p(e)
 *   gradient +-w u^gamma / d ((h - k e) + gamma c e Q), Q = L / (h + k e)
 *   second   w u^gamma e / d^2 (1 + 2 gamma c S + gamma c Q (gamma c R - c R + e - 1)), R = e / (h + k e), S = (h - k
 *            e) / (h + k e)
 * For a target of 0 or 1, c is 1 or -1 and the gradient's two terms have one sign. e, h + k e, L and u^gamma are
 * carried with 2^128, so that what is not 0 is a normal number until the last product. float32 is computed in float64.
 */
#ifndef FASTACT_FOCAL_H
#define FASTACT_FOCAL_H
#include "elementwise/power.h"

typedef struct {
  f64v a, w, h, k, c, e, d, y, L; /* a: |x| up to 760; w: all weights, times 2^-128 unless that underflows */
  f64v before, after;             /* what is left of 2^-256, before the weights and behind them */
  f64_dd power;
  f64m negative, counts_not, wrong, is_small;
} f64_focal_parts;

FA_INLINE f64_focal_parts f64_focal_of(f64v x, f64v t, f64v w, f64v alpha, f64v gamma) {
  const f64v zero = f64_set1(0.0), one = f64_set1(1.0), lift = f64_set1(1.0 / FA_F64_UNBIAS);
  f64_focal_parts b;
  f64v f = t, g = f64_sub(one, t), g_low = f64_sub(f64_sub(one, g), t);
  f64v share = f64_select(f64_gt(zero, alpha), one, f64_fma(f, alpha, f64_mul(g, f64_sub(one, alpha))));
  b.wrong = f64_either(f64_either(f64_gt(zero, t), f64_gt(t, one)), f64_gt(zero, gamma));
  f64v all = f64_mul(w, share);
  b.counts_not = f64_eq(f64_select(b.wrong, w, all), zero); /* the shares of a wrong target may add up to 0 */
  b.is_small = f64_gt(f64_set1(0x1p-890), f64_abs(all));
  b.w = f64_select(b.is_small, all, f64_mul(all, f64_set1(FA_F64_UNBIAS)));
  b.before = f64_select(b.is_small, one, f64_set1(FA_F64_UNBIAS));
  b.after = f64_select(b.is_small, f64_set1(FA_F64_UNBIAS * FA_F64_UNBIAS), one);
  b.negative = f64_signbit(x);
  b.a = f64_min(f64_set1(760.0), f64_abs(x));
  b.h = f64_select(b.negative, f, g);
  b.k = f64_select(b.negative, g, f);
  b.c = f64_fms(f64_set1(2.0), t, one); /* of h - k the rounding of k would be more */
  b.c = f64_select(b.negative, b.c, f64_neg(b.c));
  f64v h_low = f64_select(b.negative, zero, g_low), k_low = f64_select(b.negative, g_low, zero);
  f64_exp_parts p = f64_exp_split(b.a, -1);
  b.e = f64_fma(p.scale, p.m, p.scale);
  f64v e_low = f64_fma(p.scale, p.m, f64_sub(p.scale, b.e));
  f64v small = f64_mul(b.e, f64_set1(FA_F64_UNBIAS));
  b.d = f64_add(one, small);
  f64v d_low = f64_sub(small, f64_sub(b.d, one));
  f64_dd l = f64_log1p_sum(f64_max(f64_set1(0x1p-60), small));
  f64v tail = f64_select(f64_gt(f64_set1(0x1p-60), small), b.e, f64_mul(f64_add(l.high, l.low), lift));
  f64v grown = f64_mul(b.h, lift);
  h_low = f64_mul(h_low, lift);
  b.L = f64_fma(grown, b.a, f64_fma(h_low, b.a, tail));
  /* u = y / d, both in two parts */
  f64v part = f64_mul(b.k, b.e);
  b.y = f64_add(grown, part);
  f64v larger = f64_max(grown, part), less = f64_min(grown, part);
  f64v y_low = f64_add(f64_sub(less, f64_sub(b.y, larger)), f64_fms(b.k, b.e, part));
  y_low = f64_add(y_low, f64_add(h_low, f64_fma(k_low, b.e, f64_mul(b.k, e_low))));
  f64v inverse = f64_div(one, b.d), u = f64_mul(b.y, inverse);
  f64v rest = f64_fnma(u, d_low, f64_add(f64_fnma(u, b.d, b.y), y_low));
  b.d = inverse;
  b.power = f64_power_of_two_parts((f64_dd){u, f64_mul(rest, inverse)}, gamma);
  return b;
}
/* The power times a factor, both of which carry 2^128, and the weights. */
FA_INLINE f64v f64_focal_times(f64_focal_parts b, f64v factor) {
  f64v y = f64_fma(b.power.high, factor, f64_mul(b.power.low, factor));
  y = f64_mul(f64_mul(f64_mul(y, b.before), b.w), b.after);
  y = f64_select(b.wrong, f64_set1(NAN), y);
  return f64_select(b.counts_not, f64_set1(0.0), y);
}
FA_INLINE f64v f64_focal_loss(f64_focal_parts b, f64v x) {
  const f64v one = f64_set1(1.0), lift = f64_set1(1.0 / FA_F64_UNBIAS), unbias = f64_set1(FA_F64_UNBIAS);
  const f64v most = f64_set1(FA_F64_LARGEST);
  f64v size = f64_abs(x), straight = f64_mul(b.h, f64_mul(f64_min(most, size), unbias));
  /* there log1p(e) counts for nothing beside h |x|, which may be as large as |x| */
  f64m far = f64_both(f64_gt(size, f64_set1(760.0)), f64_gt(b.h, f64_set1(0.0)));
  f64v L = f64_select(far, straight, b.L), y = f64_fma(b.power.high, L, f64_mul(b.power.low, L));
  y = f64_select(f64_both(far, f64_gt(size, most)), size, f64_mul(y, f64_select(far, one, b.before)));
  y = f64_mul(f64_mul(y, b.w), f64_select(far, f64_select(b.is_small, one, lift), b.after));
  y = f64_select(b.wrong, f64_set1(NAN), y);
  return f64_select(b.counts_not, f64_set1(0.0), y);
}
FA_INLINE f64v f64_focal_gradient(f64_focal_parts b, f64v gamma) {
  f64v Q = f64_div(b.L, b.y);
  f64v n = f64_fnma(b.k, b.e, f64_mul(b.h, f64_set1(1.0 / FA_F64_UNBIAS)));
  n = f64_fma(f64_mul(f64_mul(gamma, b.c), b.e), Q, n);
  f64v y = f64_focal_times(b, f64_mul(n, b.d));
  return f64_select(b.negative, f64_neg(y), y);
}
FA_INLINE f64v f64_focal(f64v x, f64v t, f64v w, f64v alpha, f64v gamma) {
  return f64_focal_loss(f64_focal_of(x, t, w, alpha, gamma), x);
}
FA_INLINE void f64_focal_and_grad(f64v x, f64v t, f64v w, f64v alpha, f64v gamma, f64v *loss, f64v *gradient) {
  f64_focal_parts b = f64_focal_of(x, t, w, alpha, gamma);
  *loss = f64_focal_loss(b, x);
  *gradient = f64_focal_gradient(b, gamma);
}
FA_INLINE f64v f64_focal_hessian(f64v x, f64v t, f64v w, f64v alpha, f64v gamma) {
  const f64v one = f64_set1(1.0);
  f64_focal_parts b = f64_focal_of(x, t, w, alpha, gamma);
  f64v gc = f64_mul(gamma, b.c), inverse = f64_div(one, b.y), Q = f64_mul(b.L, inverse);
  f64v S = f64_mul(f64_fnma(b.k, b.e, f64_mul(b.h, f64_set1(1.0 / FA_F64_UNBIAS))), inverse);
  f64v R = f64_mul(b.e, inverse), e = f64_mul(b.e, f64_set1(FA_F64_UNBIAS));
  f64v inner = f64_fma(f64_sub(gc, b.c), R, f64_sub(e, one));
  f64v n = f64_fma(f64_mul(gc, Q), inner, f64_fma(f64_add(gc, gc), S, one));
  return f64_focal_times(b, f64_mul(f64_mul(n, b.e), f64_mul(b.d, b.d)));
}

/* A row's focal loss y(L) = u^gamma L, u = 1 - e^-L, given its cross entropy L, and its derivatives by L:
 *   y'  = u^gamma (1 + gamma p L / u), p = e^-L
 *   y'' = p gamma u^gamma / u (2 + (gamma - 1) p L / u - L), here without p, which is not accurate in e^-L.
 * All are 0 where L is. u is 1 - s (1 + m) in two parts, as in log1mexp. */
FA_INLINE void f64_focal_of_row(f64v L, f64v gamma, f64v *y, f64v *slope, f64v *bend) {
  const f64v one = f64_set1(1.0), zero = f64_set1(0.0), lift = f64_set1(1.0 / FA_F64_UNBIAS);
  const f64v unbias = f64_set1(FA_F64_UNBIAS);
  f64v close = f64_min(f64_set1(50.0), L), finite = f64_min(f64_set1(760.0), L);
  f64_reduced w = f64_reduce(close, -1, 0);
  f64_exp_parts s = f64_exp_join(w.z, f64_expm1_reduced7(w.r, -1));
  f64v o = f64_sub(one, s.scale), u = f64_fnma(s.scale, s.m, o);
  f64v u_low = f64_add(f64_fnma(s.scale, s.m, f64_sub(o, u)), f64_sub(f64_sub(one, o), s.scale));
  f64_exp_parts e = f64_exp_split(finite, -1);
  f64v p = f64_mul(f64_fma(e.scale, e.m, e.scale), unbias), Q = f64_div(finite, u), pQ = f64_mul(p, Q);
  f64_dd power = f64_power_of_two_parts((f64_dd){f64_mul(u, lift), f64_mul(u_low, lift)}, gamma);
  power = (f64_dd){f64_mul(power.high, unbias), f64_mul(power.low, unbias)};
  f64m none = f64_eq(L, zero);
  f64v most = f64_min(f64_set1(FA_F64_LARGEST), L), value = f64_fma(power.high, most, f64_mul(power.low, most));
  f64v inner = f64_fma(f64_sub(gamma, one), pQ, f64_sub(f64_set1(2.0), finite));
  *y = f64_select(none, zero, f64_select(f64_gt(L, most), L, value));
  *slope = f64_select(none, zero, f64_fma(power.high, f64_mul(gamma, pQ), power.high));
  *bend = f64_select(none, zero, f64_mul(f64_div(f64_mul(gamma, power.high), u), inner));
}
static void f64_focal_rows(double gamma, size_t n, double *loss, double *slope, double *bend) {
  for (size_t i = 0; i < n; i += FA_F64_LANES) {
    const size_t k = n - i < FA_F64_LANES ? n - i : FA_F64_LANES;
    f64v y, first, second;
    f64_focal_of_row(f64_load_part(loss + i, k, 1.0), f64_set1(gamma), &y, &first, &second);
    f64_store_part(loss + i, y, k);
    f64_store_part(slope + i, first, k);
    f64_store_part(bend + i, second, k);
  }
}

#define FA_HALF_FOCAL(name, half) \
  f64_##name(f32_widen_##half(x), f32_widen_##half(t), f32_widen_##half(w), f32_widen_##half(alpha), \
             f32_widen_##half(gamma))
#define FA_F32_FOCAL(name) \
  FA_INLINE f32v f32_##name(f32v x, f32v t, f32v w, f32v alpha, f32v gamma) { \
    f64v low = FA_HALF_FOCAL(name, low), high = FA_HALF_FOCAL(name, high); \
    return f64_narrow(low, high); \
  }
FA_F32_FOCAL(focal)
FA_F32_FOCAL(focal_hessian)
#undef FA_F32_FOCAL
#undef FA_HALF_FOCAL
FA_INLINE void f32_focal_and_grad(f32v x, f32v t, f32v w, f32v alpha, f32v gamma, f32v *loss, f32v *gradient) {
  f64v loss_low, loss_high, low, high;
  f64_focal_and_grad(f32_widen_low(x), f32_widen_low(t), f32_widen_low(w), f32_widen_low(alpha), f32_widen_low(gamma),
                     &loss_low, &low);
  f64_focal_and_grad(f32_widen_high(x), f32_widen_high(t), f32_widen_high(w), f32_widen_high(alpha),
                     f32_widen_high(gamma), &loss_high, &high);
  *loss = f64_narrow(loss_low, loss_high);
  *gradient = f64_narrow(low, high);
}
#endif
