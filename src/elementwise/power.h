/* Powers of numbers between 0 and 1. */
#ifndef FASTACT_POWER_H
#define FASTACT_POWER_H
#include "elementwise/softplus.h"

/* log u = high + low for u = (y.high + y.low) 2^-128, where y.high is a normal number and y.low less than its last
 * bits. With y.high = 2^n m it is (n - 128) ln2 + log m; the parts are added exactly, so that near 1 little but the
 * rounding of log1p's argument, 2^-58, is lost. */
FA_INLINE f64_dd f64_log_in_parts(f64_dd y) {
  f64v k =
      f64_add(f64_look(fa_f64_exponent, f64_index(y.high, 52)), f64_look(fa_f64_exponent16, f64_index(y.high, 56)));
  k = f64_add(k, f64_look(fa_f64_exponent256, f64_index(y.high, 60))); /* -n */
  f64v down = f64_pow2(f64_add(k, f64_set1(0x1.8p52 + 1023))), m = f64_mul(y.high, down);
  f64_dd log_m = f64_log1p_sum(f64_sub(m, f64_set1(1.0)));
  f64v n = f64_sub(f64_set1(-FA_F64_BIAS), k);
  f64_dd sum = f64_two_sum(f64_mul(n, f64_set1(FA_F64_LN2_HIGH)), log_m.high);
  f64v low = f64_fma(n, f64_set1(FA_F64_LN2_LOW), log_m.low);
  low = f64_fma(f64_mul(y.low, down), f64_div(f64_set1(1.0), m), low);
  return (f64_dd){sum.high, f64_add(sum.low, low)};
}

/* u^g 2^128 in two parts, u as above and at most 1, g >= 0: e^(g log u), whose argument is carried in two parts. */
FA_NOINLINE f64_dd f64_any_power(f64_dd y, f64v g) {
  f64_dd u = f64_log_in_parts(y);
  f64v a = f64_neg(f64_mul(g, u.high)), low = f64_neg(f64_fma(g, u.low, f64_fma(g, u.high, a)));
  f64m vanishes = f64_gt(a, f64_set1(760.0));
  f64_reduced d = f64_reduce(f64_min(f64_set1(760.0), a), -1, FA_F64_BIAS);
  d.r = f64_add(d.r, f64_select(vanishes, f64_set1(0.0), low));
  f64_exp_parts p = f64_exp_join(d.z, f64_expm1_reduced(d.r, -1));
  f64v high = f64_fma(p.scale, p.m, p.scale);
  return (f64_dd){high, f64_fma(p.scale, p.m, f64_sub(p.scale, high))};
}
/* The square, by a product: a lane takes it where its own g is 2. */
FA_INLINE f64_dd f64_power_of_two_parts(f64_dd y, f64v g) {
  f64v down = f64_mul(y.high, f64_set1(FA_F64_UNBIAS)), high = f64_mul(y.high, down);
  f64_dd square = {high, f64_fma(f64_add(down, down), y.low, f64_fms(y.high, down, high))};
  f64m two = f64_eq(g, f64_set1(2.0));
  if (f64_all(two)) return square;
  f64_dd other = f64_any_power(y, g);
  return (f64_dd){f64_select(two, square.high, other.high), f64_select(two, square.low, other.low)};
}
#endif
