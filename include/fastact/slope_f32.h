/* Gradients of float32 with one factor, dy: leaner than slope.h's, which serve products of three.
 *
 * e^-v = scale (1 + m) half^2, where half is 1 but in the far tail. scale carries 2^(j/16), so that m is small and its roundings
 * do not count, also near a derivative's root. s = scale half^2, or a negligible number instead. In (dy half) (P scale) half
 * nothing overflows where the product is a number, and only a subnormal product is rounded at its own size. */
#ifndef FASTACT_SLOPE_F32_H
#define FASTACT_SLOPE_F32_H
#include "rows/tables.h"
#include "slope.h"

typedef struct { f32v scale, half, s, m; } f32_slope_decay;

/* Where a function rises, its slope is 1 less that at -v, and from here on 1. */
#define FA_F32_SLOPE_ONE 30.0f
FA_INLINE f32v f32_slope_far(f32m falling) { return f32_select(falling, f32_set1(FA_F32_SLOPE_FAR), f32_set1(FA_F32_SLOPE_ONE)); }

/* 0 <= v <= SLOPE_FAR; v_low only where `low`. The polynomial is Taylor's: for |r| <= ln2/32 it is 2^-34.5 off. */
FA_INLINE f32_slope_decay f32_decay_sixteenths(f32v v, f32v v_low, const int low) {
  const f32v round = f32_set1(0x1.8p19f), ln2_low = f32_set1(FA_F32_SIXTEENTHS_LN2_LOW);
  f32v z = f32_fnma(v, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v exact = f32_fma(n, f32_set1(FA_F32_SIXTEENTHS_LN2_HIGH), v);
  f32v r = low ? f32_add(exact, f32_fma(n, ln2_low, v_low)) : f32_fma(n, ln2_low, exact);
  f32i j = f32_index(z, 0);
  f32v q = f32_fma(f32_fma(r, f32_set1(1 / 24.f), f32_set1(-1 / 6.f)), r, f32_set1(0.5f));
  f32v m = f32_add(f32_fms(f32_mul(r, r), q, r), f32_look(fa_f32_exp2_error, j));
  f32m far = f32_gt(f32_set1(0x1.8p19f - 120), z);
  f32v scale = f32_add_sixteenths(f32_look(fa_f32_exp2_chord, j), f32_add(z, f32_select(far, f32_set1(170.f), f32_set1(0.f))));
  f32v half = f32_select(far, f32_set1(0x1p-85f), f32_set1(1.f));
  return (f32_slope_decay){scale, half, f32_mul(scale, half), m};
}

/* dy p, p having been multiplied by k.scale where it is part of it */
FA_INLINE f32v f32_times_tail(f32v dy, f32v p, f32_slope_decay k) { return f32_mul(f32_mul(f32_mul(dy, k.half), p), k.half); }

/* d + low = 1 + e, inverse (1 + error/root) = root/d */
typedef struct { f32v d, low, inverse, error; } f32_logistic_parts;
FA_INLINE f32_logistic_parts f32_logistic(f32_slope_decay k, const float root) {
  const f32v one = f32_set1(1.f);
  f32v d = f32_fma(k.s, k.m, f32_add(one, k.s)), low = f32_fma(k.s, k.m, f32_sub(k.s, f32_sub(d, one)));
  f32v q = f32_div(f32_set1(root), d);
  return (f32_logistic_parts){d, low, q, f32_fnma(q, low, f32_fnma(q, d, f32_set1(root)))};
}

/* q^2 scale = high + low */
typedef struct { f32v high, low; } f32_scaled_square;
FA_INLINE f32_scaled_square f32_square(f32v q, f32_slope_decay k) {
  f32v h = f32_mul(q, q), high = f32_mul(h, k.scale);
  return (f32_scaled_square){high, f32_fma(f32_fms(q, q, h), k.scale, f32_fms(h, k.scale, high))};
}

/* dy e root^2 / (1+e)^2: beside the last product, the square of the inverse and the sum round at full size */
FA_INLINE f32v f32_even_slope(f32v dy, f32_slope_decay k, const float root) {
  f32_logistic_parts d = f32_logistic(k, root);
  const f32v twice = f32_set1(2.f / root);
  f32v small = f32_fma(f32_fma(twice, k.m, twice), d.error, k.m);
  f32v h = f32_mul(d.inverse, d.inverse), high = f32_mul(h, k.scale);
  return f32_times_tail(dy, f32_add(high, f32_fma(high, small, f32_fms(h, k.scale, high))), k);
}

/* dy (p where falling, 1 - p elsewhere): p is the slope at -v */
FA_INLINE f32v f32_either_slope(f32v dy, f32m falling, f32_slope_decay k, f32v p) {
  return f32_times_tail(dy, f32_select(falling, p, f32_sub(f32_set1(1.f), p)), k);
}

/* dy times the slope of x sigma(y), c + c_low = x times y's derivative by x, even: e (d - c)/d^2 where falling, v = -y, and 1 less
 * that elsewhere. Near the root d - c is exact (Sterbenz) and its low parts follow. */
FA_INLINE f32v f32_sigmoid_slope(f32v dy, f32m falling, f32_slope_decay k, f32v c, f32v c_low, const int low) {
  f32_logistic_parts d = f32_logistic(k, 1.f);
  f32v n = f32_sub(d.d, c), n_low = low ? f32_sub(d.low, c_low) : d.low;
  f32v rest = f32_fma(f32_add(n, n_low), k.m, n_low), whole = f32_add(n, rest);
  f32_scaled_square h = f32_square(d.inverse, k);
  f32v low_part = f32_fma(n, h.low, f32_mul(h.high, f32_fma(f32_add(whole, whole), d.error, rest)));
  return f32_either_slope(dy, falling, k, f32_fma(n, h.high, low_part));
}

/* dy gelu'(x), given k = e^(-x^2/2) and gelu'(-|x|) e^(x^2/2) = c0 + p + t, t the smallest */
FA_INLINE f32v f32_normal_slope(f32v dy, f32v x, f32_slope_decay k, f32v c0, f32v p, f32v t) {
  f32v y = f32_add(c0, p);
  t = f32_add(f32_sub(p, f32_sub(y, c0)), t);
  f32v high = f32_mul(y, k.scale), rest = f32_fma(f32_add(y, t), k.m, t);
  return f32_either_slope(dy, f32_signbit(x), k, f32_add(high, f32_fma(rest, k.scale, f32_fms(y, k.scale, high))));
}
#endif
