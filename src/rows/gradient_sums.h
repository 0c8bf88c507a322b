/* What differs between float32 and float64 in the sums and the exponential of the rows' gradients. */
#ifndef FASTACT_ROWS_GRADIENT_SUMS_H
#define FASTACT_ROWS_GRADIENT_SUMS_H
#include "fastact/kernels.h"
#include "rows/precision.h"
#include "rows/fold.h"

/* What a row's gradient is summed in, a lane each, to about twice the digits of the type. The products of float32 are
 * exact in float64 and summed there; for float64 `rest` collects what rounding took from products and sum. T_dot_add: s
 * + u q, or s + u where `op` is log_softmax's, of a vector's worth of elements at u and q, T_dot_part: of k. (float32,
 * cycles a vector in the first level, Zen 4: so 4.2, products rounded to float32 with their errors beside 6.1, two sums
 * in float32 7; float32 alone, which loses all of dx where dy hardly varies, 2.3.) */
typedef struct {
  f32_wide sum;
} f32_dot_sum;
typedef struct {
  f64v sum, rest;
} f64_dot_sum;

FA_INLINE f32_dot_sum f32_dot_zero(void) { return (f32_dot_sum){f32_wide_zero()}; }
FA_INLINE f64_dot_sum f64_dot_zero(void) { return (f64_dot_sum){f64_set1(0), f64_set1(0)}; }
FA_INLINE f32_dot_sum f32_dot_add(const int op, f32_dot_sum s, const float *u, const float *q) {
  return (f32_dot_sum){op == FA_LOG_SOFTMAX_GRAD ? f32_wide_add(s.sum, f32_wide_load(u))
                                                 : f32_wide_fma(f32_wide_load(u), f32_wide_load(q), s.sum)};
}
FA_INLINE f32_dot_sum f32_dot_part(const int op, f32_dot_sum s, const float *u, const float *q, size_t k) {
  return (f32_dot_sum){op == FA_LOG_SOFTMAX_GRAD ? f32_wide_add(s.sum, f32_wide_part(u, k))
                                                 : f32_wide_fma(f32_wide_part(u, k), f32_wide_part(q, k), s.sum)};
}
FA_INLINE f32_dot_sum f32_dot_vectors(const int op, const float *u, const float *q, size_t n) {
  return (f32_dot_sum){f32_wide_dot(op == FA_SOFTMAX_GRAD, u, q, n)};
}
/* Two of the subtractions are FMAs by one, which rounds nothing and leaves the adders free: 5.4 cycles instead of 6.7.
 */
FA_INLINE f64_dot_sum f64_dot_add_(const int op, f64_dot_sum s, f64v u, f64v q) {
  const f64v one = f64_set1(1), p = op == FA_LOG_SOFTMAX_GRAD ? u : f64_mul(u, q), t = f64_add(s.sum, p),
             z = f64_sub(t, s.sum);
  const f64v of_sum = f64_fnma(f64_fnma(z, one, t), one, s.sum),
             of_product = op == FA_LOG_SOFTMAX_GRAD ? f64_sub(u, z) : f64_fms(u, q, z);
  return (f64_dot_sum){t, f64_add(s.rest, f64_add(of_sum, of_product))};
}
FA_INLINE f64_dot_sum f64_dot_add(const int op, f64_dot_sum s, const double *u, const double *q) {
  return f64_dot_add_(op, s, f64_load(u), op == FA_LOG_SOFTMAX_GRAD ? f64_set1(0) : f64_load(q));
}
FA_INLINE f64_dot_sum f64_dot_part(const int op, f64_dot_sum s, const double *u, const double *q, size_t k) {
  return f64_dot_add_(op, s, f64_load_part(u, k, 0), op == FA_LOG_SOFTMAX_GRAD ? f64_set1(0) : f64_load_part(q, k, 0));
}

FA_INLINE f64_dot_sum f64_dot_vectors(const int op, const double *u, const double *q, size_t n) {
  f64_dot_sum s = f64_dot_zero();
  for (size_t i = 0; i < n; i += FA_F64_LANES) s = f64_dot_add(op, s, u + i, q + i);
  return s;
}

/* The sum of a row, or of columns a lane each: float64's has a rest. */
typedef struct {
  f32_total sum;
} f32_row_sum;
typedef struct {
  f64v sum, rest;
} f64_row_sum;
FA_INLINE f32_row_sum f32_row_sum_add(f32_row_sum a, f32_row_sum b) {
  return (f32_row_sum){f32_total_add(a.sum, b.sum)};
}
/* exact but for the rest's own rounding */
FA_INLINE f64_row_sum f64_row_sum_add(f64_row_sum a, f64_row_sum b) {
  f64v t = f64_add(a.sum, b.sum), z = f64_sub(t, a.sum);
  f64v lost = f64_add(f64_sub(a.sum, f64_sub(t, z)), f64_sub(b.sum, z));
  return (f64_row_sum){t, f64_add(f64_add(a.rest, b.rest), lost)};
}
/* Adds to sums in memory, and to their rests. */
FA_INLINE void f32_sum_into(double *sum, double *rest, f32_total more) {
  (void)rest;
  f32_total_store(sum, f32_total_add(f32_total_load(sum), more));
}
FA_INLINE void f64_sum_into(double *sum, double *rest, f64_total more) {
  const f64_row_sum before = {f64_load(sum), f64_load(rest)},
                    s = f64_row_sum_add(before, (f64_row_sum){more.all, f64_set1(0)});
  f64_store(sum, s.sum);
  f64_store(rest, s.rest);
}
/* As numbers of the type, the second what the first cannot hold: 0 where that is not finite. */
FA_INLINE f64v f64_finite(f64v a) { return f64_select(f64_gt(f64_set1(INFINITY), f64_abs(a)), a, f64_set1(0)); }
FA_INLINE void f32_two_parts(f32_row_sum s, f32v *high, f32v *low) {
  *high = f32_narrow_total(s.sum);
  const f32_total rest = f32_total_sub(s.sum, f32_widen(*high));
  *low = f64_narrow(f64_finite(rest.low), f64_finite(rest.high));
}
FA_INLINE void f64_two_parts(f64_row_sum s, f64v *high, f64v *low) {
  const f64v rest = f64_finite(s.rest);
  *high = f64_add(s.sum, rest);
  *low = f64_finite(f64_add(f64_sub(s.sum, *high), rest));
}
/* A sum s is far where dy - s, or dy - s e^y, may overflow although the result does not: it reaches half the last place
 * of the largest number. Such lanes are computed times FAR_UNIT, which costs no digit: beside s what underflows is
 * nothing. */
#define FA_F32_SUM_FAR 0x1p100
#define FA_F64_SUM_FAR 0x1p960
#define FA_SUM_FAR_UNIT 0x1p-64
FA_INLINE f64m f64_is_far_(f64v a, double limit) { return f64_gt(f64_abs(a), f64_set1(limit)); }
FA_INLINE f64v f64_far_unit_(f64v a, double limit) {
  return f64_select(f64_is_far_(a, limit), f64_set1(FA_SUM_FAR_UNIT), f64_set1(1));
}
FA_INLINE int f32_any_far(f32_row_sum s) {
  return f64_any(f64_either(f64_is_far_(s.sum.low, FA_F32_SUM_FAR), f64_is_far_(s.sum.high, FA_F32_SUM_FAR)));
}
FA_INLINE int f64_any_far(f64_row_sum s) { return f64_any(f64_is_far_(s.sum, FA_F64_SUM_FAR)); }
/* the factor of each lane; makes s the product with it */
FA_INLINE f32v f32_far_units(f32_row_sum *s) {
  const f64v low = f64_far_unit_(s->sum.low, FA_F32_SUM_FAR), high = f64_far_unit_(s->sum.high, FA_F32_SUM_FAR);
  s->sum = (f32_total){f64_mul(s->sum.low, low), f64_mul(s->sum.high, high)};
  return f64_narrow(low, high);
}
FA_INLINE f64v f64_far_units(f64_row_sum *s) {
  const f64v unit = f64_far_unit_(s->sum, FA_F64_SUM_FAR);
  s->sum = f64_mul(s->sum, unit), s->rest = f64_mul(s->rest, unit);
  return unit;
}
/* One row's, as two numbers and back. */
FA_INLINE double f64_first(f64v a) {
  double lane[FA_F64_LANES];
  f64_store(lane, a);
  return lane[0];
}
FA_INLINE void f32_row_sum_store(double *p, f32_row_sum s) { p[0] = f64_first(s.sum.low), p[1] = 0; }
FA_INLINE void f64_row_sum_store(double *p, f64_row_sum s) { p[0] = f64_first(s.sum), p[1] = f64_first(s.rest); }
FA_INLINE f32_row_sum f32_row_sum_load(const double *p) { return (f32_row_sum){f32_total_of(p[0])}; }
FA_INLINE f64_row_sum f64_row_sum_load(const double *p) { return (f64_row_sum){f64_set1(p[0]), f64_set1(p[1])}; }

/* The lanes of a block's sum as one, in every lane: float32's by the tree of the verb `sum`, float64's in order. */
FA_INLINE f64v f32_dot_halves(f32_dot_sum s) { return f64_add(f32_wide_low(s.sum), f32_wide_high(s.sum)); }
FA_INLINE f32_row_sum f32_fold(f32_dot_sum s) { return (f32_row_sum){f32_total_of(f64_sum(f32_dot_halves(s)))}; }
FA_INLINE f64_row_sum f64_fold(f64_dot_sum s) {
  double lane[FA_F64_LANES], sum, rest = f64_sum(s.rest);
  f64_store(lane, s.sum);
  sum = lane[0];
  for (int l = 1; l < FA_F64_LANES; l++) {
    double t = sum + lane[l], z = t - sum;
    rest = rest + ((sum - (t - z)) + (lane[l] - z));
    sum = t;
  }
  return (f64_row_sum){f64_set1(sum), f64_set1(rest)};
}
/* The same of a vector's worth of rows, a lane each. */
FA_INLINE f32_row_sum f32_fold_each(const f32_dot_sum *s) {
  f64v low[FA_F64_LANES], high[FA_F64_LANES];
  for (int i = 0; i < FA_F64_LANES; i++) {
    low[i] = f32_dot_halves(s[i]);
    high[i] = f32_dot_halves(s[i + FA_F64_LANES]);
  }
  return (f32_row_sum){{f64_each_sum(low), f64_each_sum(high)}};
}
FA_INLINE f64_row_sum f64_fold_each(const f64_dot_sum *s) {
  f64v lane[FA_F64_LANES], turned[FA_F64_LANES], rest[FA_F64_LANES];
  for (int i = 0; i < FA_F64_LANES; i++) lane[i] = s[i].sum, rest[i] = s[i].rest;
  for (int bit = 1; bit < FA_F64_LANES;
       bit *= 2) { /* the lowest bit of a vector's number and the highest of a lane's change places */
    for (int i = 0; i < FA_F64_LANES / 2; i++) {
      turned[2 * i] = f64_zip_low(lane[i], lane[i + FA_F64_LANES / 2]);
      turned[2 * i + 1] = f64_zip_high(lane[i], lane[i + FA_F64_LANES / 2]);
    }
    for (int i = 0; i < FA_F64_LANES; i++) lane[i] = turned[i];
  }
  f64_row_sum sum = {lane[0], f64_each_sum(rest)};
  for (int l = 1; l < FA_F64_LANES; l++) sum = f64_row_sum_add(sum, (f64_row_sum){lane[l], f64_set1(0)});
  return sum;
}
/* The same where each virtual lane is a vector, of as many columns. */
FA_INLINE f32_row_sum f32_fold_columns(f32_dot_sum *lane, size_t step) {
  for (size_t half = FA_F32_LANES / 2; half; half /= 2)
    for (size_t a = 0; a < half; a++)
      lane[a * step].sum = f32_wide_add(lane[a * step].sum, lane[(a + half) * step].sum);
  return (f32_row_sum){{f32_wide_low(lane->sum), f32_wide_high(lane->sum)}};
}
FA_INLINE f64_row_sum f64_fold_columns(f64_dot_sum *lane, size_t step) {
  f64_row_sum s = {lane->sum, lane->rest};
  for (size_t half = FA_F64_LANES / 2; half; half /= 2)
    for (size_t a = 0; a < half; a++) lane[a * step].rest = f64_add(lane[a * step].rest, lane[(a + half) * step].rest);
  s.rest = lane->rest;
  for (size_t a = 1; a < FA_F64_LANES; a++) s = f64_row_sum_add(s, (f64_row_sum){lane[a * step].sum, f64_set1(0)});
  return s;
}

/* S e^y for any y and S; S = (high + low) 2^power. `part` is high, or 0 where that is infinite: then S e^y is. */
typedef struct {
  f32v high, low, part, power;
} f32_multiple;
typedef struct {
  f64v high, low;
} f64_multiple;

/* high stays far within the numbers that f32_scale takes */
FA_INLINE f32_multiple f32_multiple_of(f32v high, f32v low) {
  const f32v zero = f32_set1(0), size = f32_abs(high);
  f32m huge = f32_gt(size, f32_set1(0x1p60f)), tiny = f32_gt(f32_set1(0x1p-60f), size);
  f32v factor = f32_select(huge, f32_set1(0x1p-80f), f32_select(tiny, f32_set1(0x1p100f), f32_set1(1)));
  f32_multiple s = {f32_mul(high, factor), f32_mul(low, factor), zero,
                    f32_select(huge, f32_set1(80), f32_select(tiny, f32_set1(-100), zero))};
  s.part = f32_select(f32_gt(f32_set1(INFINITY), size), s.high, zero);
  return s;
}
FA_INLINE f64_multiple f64_multiple_of(f64v high, f64v low) { return (f64_multiple){high, low}; }
/* s times 1 / unit: a power of two, 1 or 1 / FA_SUM_FAR_UNIT */
FA_INLINE f32_multiple f32_multiple_over(f32_multiple s, f32v unit) {
  s.power = f32_add(s.power, f32_select(f32_gt(f32_set1(1), unit), f32_set1(64), f32_set1(0)));
  return s;
}
FA_INLINE f64_multiple f64_multiple_over(f64_multiple s, f64v unit) {
  const f64v back = f64_div(f64_set1(1), unit);
  return (f64_multiple){f64_mul(s.high, back), f64_mul(s.low, back)};
}

/* dy - S e^y. From |y| = 200 on the product has underflowed or overflowed whatever S is. The product's error is 0.9
 * ULP. */
FA_INLINE f32v f32_minus_multiple(f32v dy, f32v y, f32_multiple s) {
  const f32v round = f32_set1(0x1.8p23f);
  f32v x = f32_min(f32_set1(200.f), f32_max(f32_set1(-200.f), y));
  f32v n = f32_sub(f32_fma(x, f32_set1(FA_F32_LOG2E), round), round);
  f32v r = f32_fnma(n, f32_set1(FA_F32_LN2_LOW), f32_fnma(n, f32_set1(FA_F32_LN2_HIGH), x));
  f32v v = f32_add(s.high, f32_fma(s.part, f32_expm1_reduced(r, 1), s.low));
  return f32_sub(dy, f32_scale(v, f32_add(n, s.power)));
}
/* e^(x + low) = scale (1 + m) rest. A small power of two is cut in two, so that a large factor does not bring out the
 * rounding of a subnormal exponential. */
#define FA_F64_EXP_ZERO \
  -1063.98 /* from here down x is held: 2^-1535, of which 2^-1023 is left as the scale, which is 0 */
typedef struct {
  f64v scale, m, rest;
} f64_exp_cut;
FA_INLINE f64_exp_cut f64_exp_three_parts(f64v x, f64v low) {
  x = f64_max(f64_set1(FA_F64_EXP_ZERO), x);
  f64_reduced d = f64_reduce(x, 1, 0);
  f64m far = f64_gt(f64_set1(-355.0), x);
  f64v z = f64_add(d.z, f64_select(far, f64_set1(512.0), f64_set1(0.0)));
  f64_exp_parts p = f64_exp_join(z, f64_expm1_reduced(f64_add(d.r, low), 1));
  f64_exp_cut e = {p.scale, p.m, f64_select(far, f64_set1(0x1p-512), f64_set1(1.0))};
  return e;
}

/* y is held at 709.7, below which e^y is finite. The product's error is 1.2 ULP. */
FA_INLINE f64v f64_minus_multiple(f64v dy, f64v y, f64_multiple s) {
  f64_exp_cut c = f64_exp_three_parts(f64_min(f64_set1(709.7), y), f64_set1(0));
  f64v e = f64_fma(c.scale, c.m, c.scale);
  return f64_fnma(f64_fma(s.high, e, f64_mul(s.low, e)), c.rest, dy);
}
#endif
