/* logaddexp = log(e^a + e^b) and its gradient. Its rows are softplus.h's, which includes it. */
#ifndef FASTACT_LOGADDEXP_H
#define FASTACT_LOGADDEXP_H
#include "elementwise/two_paths.h"
#include "math/derivative.h"

/* |a - b| = v + low; 0 where both are the same infinity */
typedef struct {
  f32v v, low;
} f32_distance;
typedef struct {
  f64v v, low;
} f64_distance;
#include "math/as_f32.inc"
#include "elementwise/logaddexp.inc"
#include "math/as_f64.inc"
#include "elementwise/logaddexp.inc"
#include "math/as_none.inc"

/* The larger + log1p(e^-v); the logarithm is carried with a bias and rounds once, then the sum. Max 2.2 ULP (sampled)
 * but where a negative operand cancels the logarithm; there it is 2^-53 of the logarithm. float32 by float64, whose
 * digits serve there too. */
FA_INLINE f64v f64_logaddexp(f64v a, f64v b) {
  f64_distance d = f64_distance_of(a, b, 760.0);
  f64_reduced w = f64_reduce(d.v, -1, FA_F64_BIAS);
  f64v y = f64_log1p_parts(f64_exp_join(w.z, f64_expm1_reduced(f64_add(w.r, d.low), -1)));
  return f64_fma(y, f64_set1(FA_F64_UNBIAS), f64_larger_of(a, b));
}
/* The same of float32's, whose difference has no low part that counts, nor e^-v a bias. */
FA_INLINE f64v f64_logaddexp_of_f32(f64v a, f64v b) {
  const f64v least = f64_set1(0x1p-60);
  f64v d = f64_select(f64_eq(a, b), f64_set1(0), f64_abs(f64_sub(a, b)));
  f64_reduced w = f64_reduce(f64_min(f64_set1(110.0), d), -1, 0);
  f64_exp_parts p = f64_exp_join(w.z, f64_expm1_reduced(w.r, -1));
  f64v e = f64_fma(p.scale, p.m, p.scale);
  f64_dd y = f64_log1p_sum(f64_max(least, e));
  return f64_add(f64_larger_of(a, b), f64_select(f64_gt(least, e), e, f64_add(y.high, y.low)));
}
FA_INLINE f32v f32_logaddexp(f32v a, f32v b) {
  return f64_narrow(f64_logaddexp_of_f32(f32_widen_low(a), f32_widen_low(b)),
                    f64_logaddexp_of_f32(f32_widen_high(a), f32_widen_high(b)));
}
#endif
