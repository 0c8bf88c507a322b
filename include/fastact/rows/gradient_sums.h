/* What differs between float32 and float64 in the sums and the exponential of the rows' gradients. */
#ifndef FASTACT_ROWS_GRADIENT_SUMS_H
#define FASTACT_ROWS_GRADIENT_SUMS_H
#include "../activations.h"
#include "precision.h"
#include "together.h"

/* A sum in two parts, to about twice the digits of the type: `rest` collects what rounding took from the sum. */
typedef struct { f32_total sum; f32v rest; } f32_dot_sum;
typedef struct { f64_total sum; f64v rest; } f64_dot_sum;

/* s + p. (Widening the factors of a product instead, so that it is exact: 0.175 against 0.15 ns/element, Zen 4; two sums in float32:
 * 0.185; float32 alone, which loses all of dx where dy hardly varies: 0.085.) */
FA_INLINE f32_dot_sum f32_sum_add(f32_dot_sum s, f32v p) { return (f32_dot_sum){f32_total_add(s.sum, f32_widen(p)), s.rest}; }
FA_INLINE f64_dot_sum f64_sum_add(f64_dot_sum s, f64v p) {
  f64v t = f64_add(s.sum.all, p), z = f64_sub(t, s.sum.all);
  f64v lost = f64_add(f64_sub(s.sum.all, f64_sub(t, z)), f64_sub(p, z));
  return (f64_dot_sum){{t}, f64_add(s.rest, lost)};
}

FA_INLINE f64v f64_finite(f64v a) { return f64_select(f64_gt(f64_set1(INFINITY), f64_abs(a)), a, f64_set1(0)); }
FA_INLINE f32_total f32_total_finite(f32_total a) { return (f32_total){f64_finite(a.low), f64_finite(a.high)}; }
FA_INLINE f64_total f64_total_finite(f64_total a) { return (f64_total){f64_finite(a.all)}; }
FA_INLINE double f64_first(f64v a) {
  double lane[FA_F64_LANES];
  f64_store(lane, a);
  return lane[0];
}
FA_INLINE double f32_total_first(f32_total a) { return f64_first(a.low); }
FA_INLINE double f64_total_first(f64_total a) { return f64_first(a.all); }

/* A lane's sum and its rest, both in float64. */
typedef struct { f32_total sum, rest; } f32_compensated;
typedef struct { f64_total sum, rest; } f64_compensated;

/* Two sums: exact but for the rest's own rounding. */
#define FA_PAIR_ADD(T) \
  FA_INLINE T##_compensated T##_compensated_add(T##_compensated a, T##_compensated b) { \
    T##_total t = T##_total_add(a.sum, b.sum), z = T##_total_sub(t, a.sum); \
    T##_total lost = T##_total_add(T##_total_sub(a.sum, T##_total_sub(t, z)), T##_total_sub(b.sum, z)); \
    return (T##_compensated){t, T##_total_add(T##_total_add(a.rest, b.rest), lost)}; \
  }
FA_PAIR_ADD(f32)
FA_PAIR_ADD(f64)

/* The lanes of a block's sum as one, in every lane: float32's by the tree of the verb `sum`, float64's in order. */
FA_INLINE f32_compensated f32_fold(f32_dot_sum s) {
  return (f32_compensated){f32_total_of(f64_sum(f64_add(s.sum.low, s.sum.high))), f32_total_of((double)f32_sum(s.rest))};
}
FA_INLINE f64_compensated f64_fold(f64_dot_sum s) {
  double lane[FA_F64_LANES], sum, rest = f64_sum(s.rest);
  f64_store(lane, s.sum.all);
  sum = lane[0];
  for (int l = 1; l < FA_F64_LANES; l++) {
    double t = sum + lane[l], z = t - sum;
    rest = rest + ((sum - (t - z)) + (lane[l] - z));
    sum = t;
  }
  return (f64_compensated){f64_total_of(sum), f64_total_of(rest)};
}
/* The same of a vector's worth of rows, a lane each. */
FA_INLINE f32_compensated f32_fold_each(const f32_dot_sum *s) {
  f64v low[FA_F64_LANES], high[FA_F64_LANES];
  f32v rest[FA_F32_LANES];
  for (int i = 0; i < FA_F32_LANES; i++) rest[i] = s[i].rest;
  for (int i = 0; i < FA_F64_LANES; i++) {
    low[i] = f64_add(s[i].sum.low, s[i].sum.high);
    high[i] = f64_add(s[i + FA_F64_LANES].sum.low, s[i + FA_F64_LANES].sum.high);
  }
  return (f32_compensated){{f64_each_sum(low), f64_each_sum(high)}, f32_widen(f32_each_sum(rest))};
}
FA_INLINE f64_compensated f64_fold_each(const f64_dot_sum *s) {
  f64v lane[FA_F64_LANES], turned[FA_F64_LANES], rest[FA_F64_LANES];
  for (int i = 0; i < FA_F64_LANES; i++) lane[i] = s[i].sum.all, rest[i] = s[i].rest;
  for (int bit = 1; bit < FA_F64_LANES; bit *= 2) { /* the lowest bit of a vector's number and the highest of a lane's change places */
    for (int i = 0; i < FA_F64_LANES / 2; i++) {
      turned[2 * i] = f64_zip_low(lane[i], lane[i + FA_F64_LANES / 2]);
      turned[2 * i + 1] = f64_zip_high(lane[i], lane[i + FA_F64_LANES / 2]);
    }
    for (int i = 0; i < FA_F64_LANES; i++) lane[i] = turned[i];
  }
  f64_compensated sum = {{lane[0]}, {f64_each_sum(rest)}};
  for (int l = 1; l < FA_F64_LANES; l++) sum = f64_compensated_add(sum, (f64_compensated){{lane[l]}, f64_total_of(0)});
  return sum;
}
/* The same where each virtual lane is a vector, of as many columns. */
FA_INLINE f32_compensated f32_fold_columns(f32_dot_sum *lane, size_t step) {
  for (size_t half = FA_F32_LANES / 2; half; half /= 2)
    for (size_t a = 0; a < half; a++) {
      lane[a * step].sum = f32_total_add(lane[a * step].sum, lane[(a + half) * step].sum);
      lane[a * step].rest = f32_add(lane[a * step].rest, lane[(a + half) * step].rest);
    }
  return (f32_compensated){lane->sum, f32_widen(lane->rest)};
}
FA_INLINE f64_compensated f64_fold_columns(f64_dot_sum *lane, size_t step) {
  f64_compensated s = {lane->sum, {lane->rest}};
  for (size_t half = FA_F64_LANES / 2; half; half /= 2)
    for (size_t a = 0; a < half; a++) lane[a * step].rest = f64_add(lane[a * step].rest, lane[(a + half) * step].rest);
  s.rest.all = lane->rest;
  for (size_t a = 1; a < FA_F64_LANES; a++) s = f64_compensated_add(s, (f64_compensated){lane[a * step].sum, f64_total_of(0)});
  return s;
}

/* S e^y for any y and S; S = (high + low) 2^power. `part` is high, or 0 where that is infinite: then S e^y is. */
typedef struct { f32v high, low, part, power; } f32_multiple;
typedef struct { f64v high, low; } f64_multiple;

/* high stays far within the numbers that f32_scale takes */
FA_INLINE f32_multiple f32_multiple_of(f32v high, f32v low) {
  const f32v zero = f32_set1(0), size = f32_abs(high);
  f32m huge = f32_gt(size, f32_set1(0x1p60f)), tiny = f32_gt(f32_set1(0x1p-60f), size);
  f32v factor = f32_select(huge, f32_set1(0x1p-80f), f32_select(tiny, f32_set1(0x1p100f), f32_set1(1)));
  f32_multiple s = {f32_mul(high, factor), f32_mul(low, factor), zero, f32_select(huge, f32_set1(80), f32_select(tiny, f32_set1(-100), zero))};
  s.part = f32_select(f32_gt(f32_set1(INFINITY), size), s.high, zero);
  return s;
}
FA_INLINE f64_multiple f64_multiple_of(f64v high, f64v low) { return (f64_multiple){high, low}; }

/* dy - S e^y. From |y| = 200 on the product has underflowed or overflowed whatever S is. The product's error is 0.9 ULP. */
FA_INLINE f32v f32_minus_multiple(f32v dy, f32v y, f32_multiple s) {
  const f32v round = f32_set1(0x1.8p23f);
  f32v x = f32_min(f32_set1(200.f), f32_max(f32_set1(-200.f), y));
  f32v n = f32_sub(f32_fma(x, f32_set1(FA_F32_LOG2E), round), round);
  f32v r = f32_fnma(n, f32_set1(FA_F32_LN2_LOW), f32_fnma(n, f32_set1(FA_F32_LN2_HIGH), x));
  f32v v = f32_add(s.high, f32_fma(s.part, f32_expm1_reduced(r, 1), s.low));
  return f32_sub(dy, f32_scale(v, f32_add(n, s.power)));
}
/* y is held at 709.7, below which e^y is finite. The product's error is 1.2 ULP. */
FA_INLINE f64v f64_minus_multiple(f64v dy, f64v y, f64_multiple s) {
  f64_exp_cut c = f64_cut_exp(f64_min(f64_set1(709.7), y), f64_set1(0));
  f64v e = f64_fma(c.scale, c.m, c.scale);
  return f64_fnma(f64_fma(s.high, e, f64_mul(s.low, e)), c.rest, dy);
}
#endif
