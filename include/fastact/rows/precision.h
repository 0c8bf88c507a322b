/* What differs between float32 and float64 rows: constants, the polynomial of exp, and totals, which are float64 for both. */
#ifndef FASTACT_ROWS_PRECISION_H
#define FASTACT_ROWS_PRECISION_H
#include "../math_f64.h"
#include "tables.h"

/* FAR: from here on, x - m is exact wherever exp(x-m) is not 0: x lies within 104 (745) of m, so above m/2 (Sterbenz).
 * REACH: weights end at 2^-REACH; n of them still vanish beside the largest, and a quotient rounds to 0.
 * WEIGHT_BIAS: weights are carried times 2^bias, so that none is subnormal and a result is rounded once.
 * WHOLE, SIXTEENTHS: adding them rounds to integers, to sixteenths. */
#define FA_F32_FAR 256.0f
#define FA_F32_REACH 180.0f
#define FA_F32_WEIGHT_BIAS 64.0f
#define FA_F32_WHOLE 0x1.8p23f
#define FA_F32_SIXTEENTHS 0x1.8p19f
#define FA_F32_LN2 0x1.62e43p-1f
#define FA_F64_FAR 2048.0
#define FA_F64_REACH 1400.0
#define FA_F64_WEIGHT_BIAS 512.0
#define FA_F64_WHOLE 0x1.8p52
#define FA_F64_SIXTEENTHS 0x1.8p48
#define FA_F64_LN2 0x1.62e42fefa39efp-1

#define FA_F32_ONES fa_f32_ones
#define FA_F64_ONES fa_f64_ones

/* a vector's worth of ones; T_load_part of it is a mask of the first lanes */
static const float fa_f32_ones[FA_F32_LANES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const double fa_f64_ones[FA_F64_LANES] = {1, 1, 1, 1, 1, 1, 1, 1};

/* e^r 2^n, given n + bias in sixteenths as z */
FA_INLINE f32v f32_power(f32v z, f32v r) {
  f32v scale = f32_add_sixteenths(f32_look(fa_f32_exp2_chord, f32_index(z, 0)), z);
  f32v m = f32_fma(f32_mul(r, r), f32_fma(r, f32_set1(FA_F32_EXP16_3), f32_set1(FA_F32_EXP16_2)), r);
  return f32_fma(scale, m, scale);
}
FA_INLINE f64v f64_power(f64v z, f64v r) {
  f64_exp_parts e = f64_exp_join(z, f64_expm1_reduced(r, 1));
  return f64_fma(e.scale, e.m, e.scale);
}

/* The elements that a lane's partial sums run over; part of the definition of the result. */
enum { FA_RUN = 256 };

/* A sum a lane. */
typedef struct { f64v low, high; } f32_total;
typedef struct { f64v all; } f64_total;

FA_INLINE f32_total f32_total_of(double s) { return (f32_total){f64_set1(s), f64_set1(s)}; }
FA_INLINE f64_total f64_total_of(double s) { return (f64_total){f64_set1(s)}; }
FA_INLINE f32_total f32_total_load(const double *p) { return (f32_total){f64_load(p), f64_load(p + FA_F64_LANES)}; }
FA_INLINE f64_total f64_total_load(const double *p) { return (f64_total){f64_load(p)}; }
FA_INLINE f32_total f32_widen(f32v a) { return (f32_total){f32_widen_low(a), f32_widen_high(a)}; }
FA_INLINE f64_total f64_widen(f64v a) { return (f64_total){a}; }
FA_INLINE f32v f32_narrow_total(f32_total a) { return f64_narrow(a.low, a.high); }
FA_INLINE f64v f64_narrow_total(f64_total a) { return a.all; }

/* lifts a verb of two float64 vectors to totals */
#define FA_TOTAL_VERB(name, verb) \
  FA_INLINE f32_total f32_##name(f32_total a, f32_total b) { return (f32_total){verb(a.low, b.low), verb(a.high, b.high)}; } \
  FA_INLINE f64_total f64_##name(f64_total a, f64_total b) { return (f64_total){verb(a.all, b.all)}; }
FA_INLINE f64v f64_log_quotient(f64v a, f64v b) { return f64_log(f64_div(a, b)); }
FA_TOTAL_VERB(total_add, f64_add)
FA_TOTAL_VERB(total_mul, f64_mul)
FA_TOTAL_VERB(total_log_quotient, f64_log_quotient)

#endif
