/* What differs between float32 and float64 rows: constants, the polynomial of exp, and totals, which are float64 for
 * both. */
#ifndef FASTACT_ROWS_PRECISION_H
#define FASTACT_ROWS_PRECISION_H
#include "math/f32.h"
#include "math/f64.h"
#include "rows/sizes.h"
#include "tables/derivatives.h"
#include "tables/exp2_chord.h"

/* FAR: from here on, x - m is exact wherever exp(x-m) is not 0: x lies within 104 (745) of m, so above m/2 (Sterbenz).
 * REACH: weights end at 2^-REACH; n of them still vanish beside the largest, and a quotient rounds to 0.
 * WEIGHT_BIAS: weights are carried times 2^bias, so that none is subnormal and a result is rounded once.
 * WHOLE, SIXTEENTHS: adding them rounds to integers, to sixteenths.
 * LEAST_WEIGHT: biased weights up to this may stand for 0.
 * MASKED_WEIGHT: stands in for the weight of what does not count; its words have the highest bit of the exponent.
 * SHADE: taken off small numbers, no weight notices it, and what is left is 0 or normal; its root squared is normal.
 * ROW_LN2: ln2 in two parts; n, in sixteenths, has at most 14 bits (float64: 17), the high part 9 (36).
 * TINY_GAIN: where a gradient's gain is smaller, gain / s would leave the normal numbers: weights are then multiplied
 * by SHRINK, the gain by its inverse. HUGE_GAIN: beyond it a weight that stands for 0 might show in the result. */
#define FA_F32_FAR 256.0f
#define FA_F32_REACH 180.0f
#define FA_F32_WEIGHT_BIAS 64.0f
#define FA_F32_WHOLE 0x1.8p23f
#define FA_F32_SIXTEENTHS 0x1.8p19f
#define FA_F32_LEAST_WEIGHT 0x1.01p-116f
#define FA_F32_ROW_LN2_HIGH FA_F32_SIXTEENTHS_LN2_HIGH
#define FA_F32_ROW_LN2_LOW FA_F32_SIXTEENTHS_LN2_LOW
#define FA_F32_MASKED_WEIGHT -0x1p64f
#define FA_F32_TINY_GAIN 0x1p-32
#define FA_F32_HUGE_GAIN 0x1p20
#define FA_F32_SHRINK 0x1p-64f
#define FA_F32_SHADE 0x1p-100f
#define FA_F32_LEAST_NORMAL 0x1p-126f
#define FA_F64_FAR 2048.0
#define FA_F64_REACH 1400.0
#define FA_F64_WEIGHT_BIAS 512.0
#define FA_F64_WHOLE 0x1.8p52
#define FA_F64_SIXTEENTHS 0x1.8p48
#define FA_F64_LEAST_WEIGHT 0x1.01p-888
#define FA_F64_ROW_LN2_HIGH FA_F64_LN2_HIGH
#define FA_F64_ROW_LN2_LOW FA_F64_LN2_LOW
#define FA_F64_MASKED_WEIGHT -0x1p512
#define FA_F64_TINY_GAIN 0x1p-400
#define FA_F64_HUGE_GAIN 0x1p250
#define FA_F64_SHRINK 0x1p-512
#define FA_F64_SHADE 0x1p-800
#define FA_F64_LEAST_NORMAL 0x1p-1022

#define FA_F32_ONES fa_f32_ones
#define FA_F64_ONES fa_f64_ones

/* a vector's worth of ones; T_load_part of it is a mask of the first lanes */
static const float fa_f32_ones[FA_F32_LANES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const double fa_f64_ones[FA_F64_LANES] = {1, 1, 1, 1, 1, 1, 1, 1};

/* e^r 2^n, given n + bias in sixteenths as z */
FA_INLINE f32v f32_power(f32v z, f32v r) {
  f32v scale = f32_add_sixteenths(f32_look(fa_f32_exp2_chord, f32_index(z, 0)), z);
  f32v square = f32_fma(r, r, f32_set1(FA_F32_SHADE)); /* not subnormal */
  f32v m = f32_fma(square, f32_fma(r, f32_set1(FA_F32_EXP16_3), f32_set1(FA_F32_EXP16_2)), r);
  return f32_fma(scale, m, scale);
}
FA_INLINE f64v f64_power(f64v z, f64v r) {
  f64_exp_parts e = f64_exp_join(z, f64_expm1_reduced6(r, f64_fma(r, r, f64_set1(FA_F64_SHADE)), 1));
  return f64_fma(e.scale, e.m, e.scale);
}

/* A sum a lane. */
typedef struct {
  f64v low, high;
} f32_total;
typedef struct {
  f64v all;
} f64_total;

FA_INLINE f32_total f32_total_of(double s) { return (f32_total){f64_set1(s), f64_set1(s)}; }
FA_INLINE f64_total f64_total_of(double s) { return (f64_total){f64_set1(s)}; }
FA_INLINE f32_total f32_total_load(const double *p) { return (f32_total){f64_load(p), f64_load(p + FA_F64_LANES)}; }
FA_INLINE f64_total f64_total_load(const double *p) { return (f64_total){f64_load(p)}; }
FA_INLINE void f32_total_store(double *p, f32_total a) {
  f64_store(p, a.low);
  f64_store(p + FA_F64_LANES, a.high);
}
FA_INLINE void f64_total_store(double *p, f64_total a) { f64_store(p, a.all); }
FA_INLINE f32_total f32_total_log(f32_total a) { return (f32_total){f64_log(a.low), f64_log(a.high)}; }
FA_INLINE f64_total f64_total_log(f64_total a) { return (f64_total){f64_log(a.all)}; }
/* a where it is larger than the limit, or NaN, else 0 */
FA_INLINE f64v f64_above_(f64v a, double limit) {
  return f64_select(f64_gt(a, f64_set1(limit)), a, f64_mul(a, f64_set1(0)));
}
FA_INLINE f32_total f32_total_above(f32_total a, double limit) {
  return (f32_total){f64_above_(a.low, limit), f64_above_(a.high, limit)};
}
FA_INLINE f64_total f64_total_above(f64_total a, double limit) { return (f64_total){f64_above_(a.all, limit)}; }
/* a*b + c */
FA_INLINE f32_total f32_total_fma(f32_total a, f32_total b, f32_total c) {
  return (f32_total){f64_fma(a.low, b.low, c.low), f64_fma(a.high, b.high, c.high)};
}
FA_INLINE f64_total f64_total_fma(f64_total a, f64_total b, f64_total c) {
  return (f64_total){f64_fma(a.all, b.all, c.all)};
}
/* c - a*b */
FA_INLINE f32_total f32_total_fnma(f32_total a, f32_total b, f32_total c) {
  return (f32_total){f64_fnma(a.low, b.low, c.low), f64_fnma(a.high, b.high, c.high)};
}
FA_INLINE f64_total f64_total_fnma(f64_total a, f64_total b, f64_total c) {
  return (f64_total){f64_fnma(a.all, b.all, c.all)};
}
FA_INLINE f32_total f32_widen(f32v a) { return (f32_total){f32_widen_low(a), f32_widen_high(a)}; }
FA_INLINE f64_total f64_widen(f64v a) { return (f64_total){a}; }
FA_INLINE f32v f32_narrow_total(f32_total a) { return f64_narrow(a.low, a.high); }
FA_INLINE f64v f64_narrow_total(f64_total a) { return a.all; }

/* lifts a verb of two float64 vectors to totals */
#define FA_TOTAL_VERB(name, verb) \
  FA_INLINE f32_total f32_##name(f32_total a, f32_total b) { \
    return (f32_total){verb(a.low, b.low), verb(a.high, b.high)}; \
  } \
  FA_INLINE f64_total f64_##name(f64_total a, f64_total b) { return (f64_total){verb(a.all, b.all)}; }
FA_TOTAL_VERB(total_add, f64_add)
FA_TOTAL_VERB(total_sub, f64_sub)
FA_TOTAL_VERB(total_mul, f64_mul)
FA_TOTAL_VERB(total_div, f64_div)
FA_TOTAL_VERB(total_max, f64_max)

#endif
