/* GELU, x times the normal distribution function: exact, by tanh and by sigmoid; and the gradients. */
#ifndef FASTACT_GAUSSIAN_H
#define FASTACT_GAUSSIAN_H
#include "math/f32.h"
#include "math/f64.h"
#include "elementwise/two_paths.h"
#include "math/derivative_products.h"
#include "math/derivative.h"

/* c0 + t, t the smaller */
typedef struct {
  f32v c0, t;
} f32_tail;
typedef struct {
  f64v c0, t;
} f64_tail;

/* G(a) of f32_gelu */
FA_INLINE f32_tail f32_gelu_table(f32v a) {
  f32i k = f32_index(f32_add(a, f32_set1(1.f)), 21);
#define FA_ROW(j) f32_look(fa_f32_gelu[j], k)
  f32v d = f32_sub(a, FA_ROW(0)), c0 = FA_ROW(1), d2 = f32_mul(d, d);
  f32v low = f32_fma(FA_ROW(4), d, FA_ROW(3)), high = f32_fma(FA_ROW(7), d2, f32_fma(FA_ROW(6), d, FA_ROW(5)));
  f32v q = f32_fma(high, d2, low), c1 = FA_ROW(2);
#undef FA_ROW
  return (f32_tail){c0, f32_fma(d2, q, f32_mul(d, c1))};
}

/* relu(x) - e^(-a*a/2) G(a), a = |x|, G(a) = a erfcx(a/sqrt2)/2, by a table over quarter binades of a + 1. A row
 * holds the centre, chosen so that the fit's value there, c0, is a float32 to 2^-34; then the coefficients of d = a
 * - centre, degree 6. In the first interval d c1 = a/2 is exact. c0 + ((c0+t) m + t) has one full-size rounding. Fit
 * below 2^-28.2. Max 1.679 ULP at -0.140454 (all float32), the tail included down to its underflow near -14.4. -inf
 * gives -0. */
FA_INLINE f32v f32_gelu(f32v x) {
  f32v a = f32_min(f32_set1(14.6f), f32_abs(x)), relu = f32_max(f32_set1(-0.f), x);
  f32_exp_parts e = f32_exp_neg_half_square(a, FA_F32_BIAS);
  f32_tail g = f32_gelu_table(a);
  f32v product = f32_add(g.c0, f32_fma(f32_add(g.c0, g.t), e.m, g.t));
  return f32_fnma(f32_mul(product, e.scale), f32_set1(0x1p-64f), relu);
}

/* R(a) of f64_gelu, 0 <= a <= 39 */
FA_INLINE f64_tail f64_gelu_table(f64v a) {
  f64v b = f64_fma(a, f64_set1(FA_F64_GELU_STEP), f64_set1(1.0)), b2 = f64_mul(b, b);
  f64i k = f64_index(f64_mul(b2, b2), 52);
  f64v d = f64_sub(a, f64_look(fa_f64_gelu[0], k)), c0 = f64_look(fa_f64_gelu[1], k);
  f64v d2 = f64_mul(d, d), d4 = f64_mul(d2, d2);
  /* c_i + c_(i+1) d */
#define FA_PAIR(i) f64_fma(f64_look(fa_f64_gelu[(i) + 2], k), d, f64_look(fa_f64_gelu[(i) + 1], k))
  f64v low = f64_fma(FA_PAIR(3), d2, FA_PAIR(1)), middle = f64_fma(FA_PAIR(7), d2, FA_PAIR(5));
  f64v high = f64_fma(f64_look(fa_f64_gelu[14], k), d4, f64_fma(FA_PAIR(11), d2, FA_PAIR(9)));
#undef FA_PAIR
  f64v t = f64_mul(d, f64_fma(d4, f64_fma(d4, high, middle), low));
  return (f64_tail){c0, t};
}

/* x Phi(x) = relu(x) - a e^(-a^2/2) R(a), a = |x|, R(a) = erfcx(a/sqrt2)/2. a^2 is exact in two parts. R by table:
 * on each of the sixteen binades of b^4, b = 1 + STEP a, a polynomial of degree 13 in d = a - centre (quarters of
 * b's binades, being uneven, need degree 14). The centre is a number where R is a double to 2^-62: c0 has no low
 * part. The product's parts are summed with one full-size rounding. Relative accuracy holds down to where the result
 * underflows, -38.57. Max 1.23 ULP at -0.000211227 (sampled). */
FA_INLINE f64v f64_gelu(f64v x) {
  f64v a = f64_min(f64_set1(39.0), f64_abs(x)), relu = f64_max(f64_set1(-0.0), x);
  f64v h = f64_mul(a, a), h_low = f64_fms(a, a, h);
  f64_reduced w = f64_reduce(f64_mul(h, f64_set1(0.5)), -1, FA_F64_BIAS);
  f64_exp_parts e = f64_exp_join(w.z, f64_expm1_reduced(f64_fma(h_low, f64_set1(0.5), w.r), -1));

  f64_tail R = f64_gelu_table(a);
  /* a scale (1 + m) (c0 + t) = (g + g_low) (c0 + u) */
  f64v g = f64_mul(a, e.scale), g_low = f64_fms(a, e.scale, g);
  f64v u = f64_fma(f64_add(R.c0, R.t), e.m, R.t);
  f64v y = f64_fma(g, R.c0, f64_fma(g, u, f64_mul(g_low, R.c0)));
  return f64_fnma(y, f64_set1(FA_F64_UNBIAS), relu);
}

/* relu(x) - a/(1+e^w), a = |x|, w = 2 sqrt(2/pi) (a + 0.044715 a^3) = K a (a*a + C), C = 1/0.044715. a (a*a + C) is
 * carried as th + tl and reduced modulo ln2/K, so that K is applied to the small remainder alone; its rounding is
 * absorbed by moving the cubic coefficient by 3e-7 (tools/derive/scan_gelu_tanh.py; 0 gives 2.07 ULP). Max 1.956 ULP at
 * -5.47540 (all float32). -inf gives -0. */
FA_INLINE f32v f32_gelu_tanh(f32v x) {
  const f32v c_high = f32_set1(FA_F32_GELU_TANH_C_HIGH), c_low = f32_set1(FA_F32_GELU_TANH_C_LOW);
  const f32v round = f32_set1(FA_F32_ROUND(-FA_F32_BIAS));
  f32v a = f32_min(f32_set1(11.f), f32_abs(x)), relu = f32_max(f32_set1(-0.f), x);
  f32v h = f32_mul(a, a), l = f32_fms(a, a, h), u = f32_add(h, c_high), v = f32_sub(u, h);
  f32v ul = f32_add(f32_add(f32_add(f32_sub(c_high, v), c_low), l), f32_sub(h, f32_sub(u, v)));
  f32v th = f32_mul(a, u), tl = f32_fma(a, ul, f32_fms(a, u, th));
  f32v z = f32_fma(th, f32_set1(FA_F32_GELU_TANH_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_add(f32_fnma(n, f32_set1(FA_F32_GELU_TANH_LN2_LOW), tl),
                   f32_fnma(n, f32_set1(FA_F32_GELU_TANH_LN2_HIGH), th));
  f32v r2 = f32_mul(r, r);
#define FA_K FA_F32_GELU_TANH_K
  f32v q = f32_fma(
      f32_fma(f32_set1(FA_F32_EXP6 * FA_K * FA_K * FA_K * FA_K * FA_K * FA_K), r2,
              f32_fma(f32_set1(FA_F32_EXP5 * FA_K * FA_K * FA_K * FA_K * FA_K), r,
                      f32_set1(FA_F32_EXP4 * FA_K * FA_K * FA_K * FA_K))),
      r2, f32_fma(f32_set1((FA_F32_EXP3 + 3.0e-7f) * FA_K * FA_K * FA_K), r, f32_set1(FA_F32_EXP2 * FA_K * FA_K)));
  f32v m = f32_fma(r, f32_set1(FA_K), f32_mul(r2, q));
#undef FA_K
  return f32_fnma(f32_div(a, f32_one_plus(f32_pow2(z), m)), f32_set1(0x1p-64f), relu);
}

/* relu(x) - a/(1+e^v), v = a (K + C a^2), a = |x|, K = 2 sqrt(2/pi), C = 0.044715 K. An error of v is one of the
 * result, so v is carried in two parts, with K + C a^2 by TwoSum: either may be the larger. Underflows below -21.55;
 * the clamp at 22 keeps the scale a normal number. Max 1.59 ULP at -1.83055 (sampled). */
FA_INLINE f64v f64_gelu_tanh(f64v x) {
  const f64v K = f64_set1(FA_F64_GELU_TANH_K), C = f64_set1(FA_F64_GELU_TANH_C);
  f64v a = f64_min(f64_set1(22.0), f64_abs(x));
  f64v h = f64_mul(a, a), h_low = f64_fms(a, a, h);
  f64v Ch = f64_mul(C, h), Ch_low = f64_fms(C, h, Ch);
  f64v s = f64_add(K, Ch), part = f64_sub(s, K);
  f64v s_low = f64_add(f64_sub(K, f64_sub(s, part)), f64_sub(Ch, part));
  f64v small = f64_fma(h_low, C, f64_fma(h, f64_set1(FA_F64_GELU_TANH_C_LOW), f64_set1(FA_F64_GELU_TANH_K_LOW)));
  s_low = f64_add(f64_add(s_low, Ch_low), small);
  f64v v = f64_mul(a, s), v_low = f64_fma(a, s_low, f64_fms(a, s, v));
  f64_reduced w = f64_reduce(v, -1, FA_F64_BIAS);
  return f64_gate(x, a, f64_exp_join(w.z, f64_expm1_reduced(f64_add(w.r, v_low), -1)));
}

/* relu(x) - a/(1+e^(1.702 a)), a = |x|, as silu: a is reduced modulo ln2/1.702, n times its high part exactly, and
 * 1.702, rounded to 24 bits, meets the small remainder alone. Max 1.932 ULP at -11.2178383 (all float32). -inf gives
 * -0. */
FA_INLINE f32v f32_gelu_sigmoid(f32v x) {
  const f32v round = f32_set1(FA_F32_ROUND(-FA_F32_BIAS));
  f32v a = f32_min(f32_set1(70.f), f32_abs(x)), relu = f32_max(f32_set1(-0.f), x);
#define FA_K FA_F32_GELU_SIGMOID
  f32v z = f32_fma(a, f32_set1(FA_K * FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_fnma(n, f32_set1(FA_F32_GELU_SIGMOID_LN2_LOW), f32_fnma(n, f32_set1(FA_F32_GELU_SIGMOID_LN2_HIGH), a)),
       r2 = f32_mul(r, r);
  f32v q = f32_fma(f32_fma(f32_set1(FA_F32_EXP6 * FA_K * FA_K * FA_K * FA_K * FA_K * FA_K), r2,
                           f32_fma(f32_set1(FA_F32_EXP5 * FA_K * FA_K * FA_K * FA_K * FA_K), r,
                                   f32_set1(FA_F32_EXP4 * FA_K * FA_K * FA_K * FA_K))),
                   r2, f32_fma(f32_set1(FA_F32_EXP3 * FA_K * FA_K * FA_K), r, f32_set1(FA_F32_EXP2 * FA_K * FA_K)));
  f32v m = f32_fma(r, f32_set1(FA_K), f32_mul(r2, q));
#undef FA_K
  return f32_fnma(f32_div(a, f32_one_plus(f32_pow2(z), m)), f32_set1(0x1p-64f), relu);
}
/* x sigma(1.702 x), with 1.702 in two parts. Max 1.53 ULP (sampled). */
FA_INLINE f64v f64_gelu_sigmoid(f64v x) {
  return f64_times_sigma_of(x, x, f64_set1(FA_F64_GELU_SIGMOID), FA_F64_GELU_SIGMOID_LOW);
}

/* dy times silu' at 1.702 x, which is carried in two parts. Max 1.52 ULP at -0.674164891 for dy = 1 (all float32),
 * 2.99 for any (float64: 1.53 and 2.86, sampled). -inf gives dy times -0, inf gives dy. */
FA_INLINE f32v f32_gelu_sigmoid_grad(f32v dy, f32v x) {
  f32_argument y = f32_times_constant(x, FA_F32_GELU_SIGMOID, FA_F32_GELU_SIGMOID_LOW);
  f32v v = f32_min(f32_derivative_end(y.falling), y.v);
  return f32_sigmoid_derivative(dy, y.falling, f32_exp_neg_sixteenths(v, y.low, 1), v, y.low, 1);
}
FA_INLINE f64v f64_gelu_sigmoid_grad(f64v dy, f64v x) {
  f64_argument y = f64_times_constant(x, FA_F64_GELU_SIGMOID, FA_F64_GELU_SIGMOID_LOW);
  f64v v = f64_min(f64_derivative_end(y.falling), y.v);
  return f64_sigmoid_derivative(dy, y.falling, f64_exp_neg_sixteenths(v, y.low, 1), v, y.low, 1);
}

/* From here on e^(-a^2/2) times the largest number is 0. */
#define FA_F32_GELU_FAR 19.9f
#define FA_F32_GELU_ONE 7.f /* and from here on gelu' is 1, for x > 0 */
#define FA_F64_GELU_FAR 54.2
#define FA_F64_GELU_ONE 10.0

/* dy gelu'(x): with a = |x|, gelu'(-a) = e^(-a^2/2) F(a) by table, gelu'(a) = 1 - gelu'(-a). The last interval goes
 * on to where dy gelu' underflows for every dy. F's root, 0.7518, is the centre of an interval, so that F keeps its
 * relative accuracy there. Table: tools/derive/derivatives.py. Max 1.31 ULP at -0.692445934 for dy = 1 (all
 * float32), 2.64 for any (float64: 1.23 at -0.743967 and 2.67, sampled). -inf gives dy times -0, inf gives dy. */
/* F(a) = c0 + p + t */
typedef struct {
  f32v c0, p, t;
} f32_gelu_parts;
FA_INLINE f32_gelu_parts f32_gelu_derivative_table(f32v a) {
  f32i k = f32_index(f32_min(f32_set1(15.5f), f32_fma(a, f32_set1(FA_F32_GELU_GRAD_STEP), f32_set1(1.f))), 21);
#define FA_ROW(j) f32_look(fa_f32_gelu_grad[j], k)
  f32v d = f32_sub(a, FA_ROW(0)), c1 = FA_ROW(2), d2 = f32_mul(d, d), p = f32_mul(d, c1);
  f32v low = f32_fma(FA_ROW(4), d, FA_ROW(3)), high = f32_fma(FA_ROW(7), d2, f32_fma(FA_ROW(6), d, FA_ROW(5)));
  return (f32_gelu_parts){FA_ROW(1), p, f32_fma(d2, f32_fma(high, d2, low), f32_fms(d, c1, p))};
#undef FA_ROW
}
FA_INLINE f32v f32_gelu_grad(f32v dy, f32v x) {
  f32v a = f32_min(f32_select(f32_signbit(x), f32_set1(FA_F32_GELU_FAR), f32_set1(FA_F32_GELU_ONE)), f32_abs(x)),
       h = f32_mul(a, a);
  f32_gelu_parts F = f32_gelu_derivative_table(a);
  f32_derivative_exp_neg e =
      f32_exp_neg_sixteenths(f32_mul(h, f32_set1(0.5f)), f32_mul(f32_fms(a, a, h), f32_set1(0.5f)), 1);
  return f32_normal_derivative(dy, x, e, F.c0, F.p, F.t);
}
FA_INLINE f64_exp_neg_parts f64_gauss_exp_neg_raised(f64v a, f64m deep) {
  f64v h = f64_mul(a, a);
  return f64_exp_neg_raised(f64_mul(h, f64_set1(0.5)), f64_mul(f64_fms(a, a, h), f64_set1(0.5)), 1, deep);
}
FA_INLINE f64_exp_neg_parts f64_gauss_exp_neg(f64v a) {
  f64v h = f64_mul(a, a);
  return f64_exp_neg(f64_mul(h, f64_set1(0.5)), f64_mul(f64_fms(a, a, h), f64_set1(0.5)), 1);
}
/* F(a) = c0 + p + t */
typedef struct {
  f64v c0, p, t;
} f64_gelu_parts;
FA_INLINE f64_gelu_parts f64_gelu_derivative_table(f64v a) {
  f64v b = f64_min(f64_set1(15.5), f64_fma(a, f64_set1(FA_F64_GELU_GRAD_STEP), f64_set1(1.0))), b2 = f64_mul(b, b);
  f64i k = f64_index(f64_mul(b2, b2), 52);
#define FA_ROW(j) f64_look(fa_f64_gelu_grad[j], k)
#define FA_PAIR(i) f64_fma(FA_ROW((i) + 2), d, FA_ROW((i) + 1)) /* c_i + c_(i+1) d */
  f64v d = f64_sub(a, FA_ROW(0)), c1 = FA_ROW(2), d2 = f64_mul(d, d), d4 = f64_mul(d2, d2), p = f64_mul(d, c1);
  f64v low = f64_fma(FA_PAIR(4), d2, FA_PAIR(2)), middle = f64_fma(FA_PAIR(8), d2, FA_PAIR(6));
  f64v high = f64_fma(FA_ROW(15), d4, f64_fma(FA_PAIR(12), d2, FA_PAIR(10)));
  f64v t = f64_fma(d2, f64_fma(d4, f64_fma(d4, high, middle), low), f64_fms(d, c1, p));
#undef FA_PAIR
  return (f64_gelu_parts){FA_ROW(1), p, t};
#undef FA_ROW
}
FA_INLINE f64v f64_gelu_grad(f64v dy, f64v x) {
  f64v a = f64_min(f64_select(f64_signbit(x), f64_set1(FA_F64_GELU_FAR), f64_set1(FA_F64_GELU_ONE)), f64_abs(x)),
       h = f64_mul(a, a);
  f64_gelu_parts F = f64_gelu_derivative_table(a);
  f64_derivative_exp_neg e =
      f64_exp_neg_sixteenths(f64_mul(h, f64_set1(0.5)), f64_mul(f64_fms(a, a, h), f64_set1(0.5)), 1);
  return f64_normal_derivative(dy, x, e, F.c0, F.p, F.t);
}

/* dy times the derivative of x sigma(y), y = x (K + C x^2): derivative.h's with c = x y' = y + 2 C x^3. Both y and c
 * are carried in two parts, K + C x^2 by TwoSum: either may be the larger. Max 1.66 ULP at -0.761308551 for
 * dy = 1 (all float32), 2.98 for any; float64, by derivative_products.h: 1.93 at -6.49045 and 2.81 (sampled). -inf
 * gives dy times -0, inf gives dy. */
FA_INLINE f32v f32_gelu_tanh_derivative(f32v dy, f32v x, f32v end) {
  f32m falling = f32_signbit(x);
  const f32v K = f32_set1(FA_F32_DERIVATIVE_K), C = f32_set1(FA_F32_DERIVATIVE_C);
  f32v a = f32_min(end, f32_abs(x));
  f32v h = f32_mul(a, a), g = f32_mul(C, h),
       g_low = f32_fma(f32_fms(a, a, h), C, f32_fma(h, f32_set1(FA_F32_DERIVATIVE_C_LOW), f32_fms(C, h, g)));
  f32v s = f32_add(K, g), lost = f32_sub(f32_min(K, g), f32_sub(s, f32_max(K, g)));
  f32v s_low = f32_add(lost, f32_add(g_low, f32_set1(FA_F32_DERIVATIVE_K_LOW)));
  f32v v = f32_mul(a, s), v_low = f32_fma(a, s_low, f32_fms(a, s, v));
  f32v a2 = f32_add(a, a), w = f32_mul(a2, g), w_low = f32_fma(a2, g_low, f32_fms(a2, g, w));
  f32v c = f32_add(v, w), c_low = f32_add(f32_sub(w, f32_sub(c, v)), f32_add(v_low, w_low));
  return f32_sigmoid_derivative(dy, falling, f32_exp_neg_of(v, v_low, 1, 1), c, c_low, 1);
}
FA_FAR_IS_RARE(gelu_tanh_grad, (f32v dy, f32v x), ((void)x, f32_zero_or_to_be_found(f32_mul(dy, f32_set1(-0.f)))))
FA_INLINE f32v f32_gelu_tanh_grad_fast(f32v dy, f32v x, f32m *far) {
  f32v y = f32_gelu_tanh_derivative(dy, x, f32_set1(8.9f));
  *far = f32_gt(f32_set1(-8.9f), x);
  return y;
}
FA_OF_TWO_PATHS(f32, gelu_tanh_grad, (f32v dy, f32v x), dy, x)
FA_INLINE f64v f64_gelu_tanh_grad(f64v dy, f64v x) {
  return f64_cubic_derivative(dy, x, 27.2, FA_F64_GELU_TANH_K, FA_F64_GELU_TANH_K_LOW, FA_F64_GELU_TANH_C,
                              FA_F64_GELU_TANH_C_LOW);
}
#endif
