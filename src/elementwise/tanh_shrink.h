/* tanh_shrink = x - tanh(x), its gradient, and what softcap.h shares with them. Their rows are hyperbolic.h's, which
 * includes it. */
#ifndef FASTACT_TANH_SHRINK_H
#define FASTACT_TANH_SHRINK_H
#include "elementwise/two_paths.h"
#include "math/derivative.h"

/* A smooth function of a >= 0 as high + low, by a table like tanh's with one coefficient more: high is the sum rounded,
 * low what that took. c0 is a float32 to 2^-34. */
typedef struct {
  f32v high, low;
} f32_tanh_sum;
FA_INLINE f32_tanh_sum f32_tanh_table(const float table[10][16], f32v a, f32v b) {
  f32i k = f32_index(b, 22);
#define FA_ROW(j) f32_look8(table[j], k)
  f32v d = f32_sub(a, FA_ROW(0)), c0 = FA_ROW(1), d2 = f32_mul(d, d), d4 = f32_mul(d2, d2);
  f32v low = f32_fma(f32_fma(FA_ROW(5), d, FA_ROW(4)), d2, f32_fma(FA_ROW(3), d, FA_ROW(2)));
  f32v high = f32_fma(f32_fma(FA_ROW(9), d, FA_ROW(8)), d2, f32_fma(FA_ROW(7), d, FA_ROW(6)));
#undef FA_ROW
  f32v r = f32_mul(d, f32_fma(high, d4, low)), y = f32_add(c0, r);
  return (f32_tanh_sum){y, f32_sub(r, f32_sub(y, c0))};
}

/* a^3 H(a), a = |x|, H = (a - tanh a)/a^3 by table, a^3 in two parts: the last sum alone rounds at full size. From 9.1
 * on tanh is 1. */
FA_INLINE f32v f32_tanh_shrink(f32v x) {
  f32v size = f32_abs(x), a = f32_min(f32_set1(9.1f), size), square = f32_mul(a, a), cube = f32_mul(a, square);
  f32v cube_low = f32_fma(a, f32_fms(a, a, square), f32_fms(a, square, cube));
  f32_tanh_sum h = f32_tanh_table(fa_f32_tanh_shrink, a, f32_add(a, f32_set1(0.75f)));
  f32v y = f32_fma(cube, h.high, f32_fma(cube, h.low, f32_mul(cube_low, h.high)));
  y = f32_select(f32_gt(size, f32_set1(9.1f)), f32_sub(size, f32_set1(1)), y);
  return f32_noticed(f32_copysign(y, x), FA_F32_SMALL);
}

/* tanh(v/2) = high + low, v = v + v_low >= 0: N/(2 - N), N = 1 - e^-v. As in tanh, with what r, m and the quotient
 * lose. */
typedef struct {
  f64v high, low;
} f64_tanh_sum;
FA_INLINE f64_tanh_sum f64_tanh_half(f64v v, f64v v_low) {
  const f64v one = f64_set1(1), two = f64_set1(2), half = f64_set1(0.5), round = f64_set1(FA_F64_ROUND(0));
  f64v z = f64_fnma(v, f64_set1(FA_F64_LOG2E), round), n = f64_sub(z, round), ln2_low = f64_set1(FA_F64_LN2_LOW);
  f64v exact = f64_fma(n, f64_set1(FA_F64_LN2_HIGH), v), r = f64_fma(n, ln2_low, exact);
  f64v r_low = f64_add(f64_fma(n, ln2_low, f64_sub(exact, r)), v_low), r2 = f64_mul(r, r);
  f64i j = f64_index(z, 0);
  f64v scale = f64_add_sixteenths(f64_look(fa_f64_exp2_sixteenths, j), z);
  f64v t = f64_fma(r2, f64_expm1_quotient7(r, r2, -1), f64_sub(f64_look(fa_f64_exp2_error, j), r_low));
  f64v m = f64_sub(t, r), m_low = f64_sub(t, f64_add(m, r));
  f64v o = f64_sub(one, scale), o_low = f64_sub(f64_sub(one, o), scale), N = f64_fnma(scale, m, o);
  f64v N_low = f64_add(f64_fnma(scale, m, f64_sub(o, N)), f64_fnma(scale, m_low, o_low));
  f64v d = f64_sub(two, N), d_low = f64_sub(f64_sub(f64_sub(two, d), N), N_low), q = f64_div(N, d);
  f64v rest = f64_fnma(q, d_low, f64_add(f64_fnma(q, d, N), N_low));
  return (f64_tanh_sum){q, f64_mul(rest, f64_fma(half, q, half))};
}

/* Up to 3/8 a^3 (1/3 + a^2 P(a^2)), a^3 in two parts; beyond a - tanh a, which loses four bits at most. */
FA_INLINE f64v f64_tanh_shrink(f64v x) {
  f64v size = f64_abs(x), a = f64_min(f64_set1(20), size), square = f64_mul(a, a), cube = f64_mul(a, square);
  f64v cube_low = f64_fma(a, f64_fms(a, a, square), f64_fms(a, square, cube)), u = square, u2 = f64_mul(u, u);
#define FA_PAIR(i, j) f64_fma(f64_set1(FA_F64_TANH_SHRINK##j), u, f64_set1(FA_F64_TANH_SHRINK##i))
  f64v u4 = f64_mul(u2, u2), low = f64_fma(FA_PAIR(3, 4), u2, FA_PAIR(1, 2));
  f64v p = f64_fma(f64_fma(f64_set1(FA_F64_TANH_SHRINK9), u4, f64_fma(FA_PAIR(7, 8), u2, FA_PAIR(5, 6))), u4, low);
#undef FA_PAIR
  f64v third = f64_set1(FA_F64_THIRD), rest = f64_fma(u, p, f64_set1(FA_F64_THIRD_LOW));
  f64v near = f64_fma(cube, third, f64_fma(cube, rest, f64_mul(cube_low, third)));
  f64_tanh_sum t = f64_tanh_half(f64_add(a, a), f64_set1(0));
  f64v s = f64_sub(size, t.high), far = f64_add(s, f64_sub(f64_sub(f64_sub(size, s), t.high), t.low));
  far = f64_select(f64_gt(size, f64_set1(20)), f64_sub(size, f64_set1(1)), far);
  return f64_copysign(f64_select(f64_gt(f64_set1(0.375), size), near, far), x);
}

/* dy tanh^2(x): below 3/4 dy a^2 times (tanh a / a)^2, beyond dy tanh^2, both by table. */
FA_INLINE f32v f32_tanh_shrink_grad(f32v dy, f32v x) {
  f32v a = f32_min(f32_set1(9.1f), f32_abs(x)), b = f32_add(a, f32_set1(0.75f));
  f32_tanh_sum h = f32_tanh_table(fa_f32_tanh_squared, a, b);
  f32v first = f32_mul(dy, a), w = f32_mul(first, a), w_low = f32_fma(f32_fms(dy, a, first), a, f32_fms(first, a, w));
  f32m near = f32_gt(f32_set1(1.5f), b);
  w = f32_select(near, w, dy), w_low = f32_select(near, f32_number_or_zero(w_low), f32_set1(0));
  f32v low = f32_number_or_zero(f32_fma(w, h.low, f32_mul(w_low, h.high)));
  return f32_noticed(f32_copysign(f32_fma(w, h.high, low), dy), FA_F32_SMALL); /* of a 0, too */
}
FA_INLINE f64v f64_tanh_shrink_grad(f64v dy, f64v x) {
  f64v a = f64_min(f64_set1(20), f64_abs(x));
  f64_tanh_sum t = f64_tanh_half(f64_add(a, a), f64_set1(0));
  f64v w = f64_mul(dy, t.high), w_low = f64_fma(dy, t.low, f64_fms(dy, t.high, w));
  f64v low = f64_number_or_zero(f64_fma(w, t.low, f64_mul(w_low, t.high)));
  return f64_copysign(f64_fma(w, t.high, low), dy);
}
#endif
