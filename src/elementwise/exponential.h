/* elu, celu, selu: x where x > 0, otherwise an expm1. */
#ifndef FASTACT_EXPONENTIAL_H
#define FASTACT_EXPONENTIAL_H
#include "math/f32.h"
#include "math/f64.h"
#include "elementwise/two_paths.h"
#include "math/derivative_products.h"
#include "math/derivative.h"

/* selu keeps mean 0 and variance 1 of a normal variable: with E = sqrt(e) erfc(1/sqrt2),
 *   alpha = sqrt(2/pi) / (1 - E) = 1.67326324235437728481704299...
 *   scale = sqrt(2 pi) (1 - E) / sqrt(2 e^2 erfc(sqrt2) + pi E^2 - 2 (2 + pi) E + pi + 2) =
 *     1.05070098735548049341933498...
 * and scale alpha = 1.75809934084737685994021752... Each has a second part, and the first is cut off, not rounded, so
 * that infinity times either has the same sign (tools/derive/fit.py). */

/* e^x - 1 = high + low, for x up to 88 (float64: 709). Far below 0 it is -1, and from there on x is held. high alone
 * serves a factor of 1: max 0.97 ULP at -0.378972 (all float32), 1.53 at -0.0277242 (float64, sampled). */
typedef struct {
  f32v high, low;
} f32_expm1_parts;
FA_INLINE f32_expm1_parts f32_expm1_split(f32v x) {
  f32_exp_parts e = f32_exp_split(f32_max(f32_set1(-20.f), x), 1, 0);
  f32v o = f32_sub(e.scale, f32_set1(1.f)), high = f32_fma(e.scale, e.m, o);
  f32_expm1_parts y = {high, f32_fma(e.scale, e.m, f32_sub(o, high))};
  return y;
}
typedef struct {
  f64v high, low;
} f64_expm1_parts;
FA_INLINE f64_expm1_parts f64_expm1_split(f64v x) {
  const f64v one = f64_set1(1.0);
  f64_reduced d = f64_reduce(f64_max(f64_set1(-45.0), x), 1, 0);
  f64_exp_parts e = f64_exp_join(d.z, f64_expm1_reduced7(d.r, 1));
  f64v o = f64_sub(e.scale, one), lost = f64_sub(e.scale, f64_add(o, one));
  f64v t = f64_fma(e.scale, e.m, lost), high = f64_add(o, t);
  f64_expm1_parts y = {high, f64_add(f64_sub(o, high), t)};
  return y;
}
/* The same where x > 0, in float64 with low parts of the reduced argument and of m: celu would err by 3.6 ULP. */
FA_INLINE f64_expm1_parts f64_expm1_grown(f64v x) {
  const f64v one = f64_set1(1.0), round = f64_set1(FA_F64_ROUND(0)), ln2_low = f64_set1(FA_F64_LN2_LOW);
  f64v z = f64_fma(x, f64_set1(FA_F64_LOG2E), round), n = f64_sub(z, round);
  f64v exact = f64_fnma(n, f64_set1(FA_F64_LN2_HIGH), x), r = f64_fnma(n, ln2_low, exact), r2 = f64_mul(r, r);
  f64v r_low = f64_fnma(n, ln2_low, f64_sub(exact, r));
  f64i j = f64_index(z, 0);
  f64v scale = f64_add_sixteenths(f64_look(fa_f64_exp2_sixteenths, j), z);
  f64v rest = f64_fma(r2, f64_expm1_quotient7(r, r2, 1), f64_add(r_low, f64_look(fa_f64_exp2_error, j)));
  f64v m = f64_add(r, rest), m_low = f64_add(f64_sub(r, m), rest);
  f64v o = f64_sub(scale, one), lost = f64_sub(scale, f64_add(o, one)), t = f64_fma(scale, m, lost);
  f64v t_low = f64_fma(scale, m_low, f64_fma(scale, m, f64_sub(lost, t))), high = f64_add(o, t);
  f64_expm1_parts y = {high, f64_add(f64_add(f64_sub(o, high), t), t_low)};
  return y;
}

/* e^(x + low) = scale (1 + m), scale a normal number: from NEAR to 0, beyond which lanes are few, and, where alpha < 0,
 * to K(EXPM1_END). */
#define FA_F32_EXP_NEAR -69.0f
#define FA_F64_EXP_NEAR -600.0
FA_INLINE f32_exp_parts f32_exp_of(f32v x, f32v low) {
  const f32v round = f32_set1(FA_F32_ROUND(0));
  f32v z = f32_fma(x, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_add(f32_fnma(n, f32_set1(FA_F32_LN2_HIGH), x), f32_fnma(n, f32_set1(FA_F32_LN2_LOW), low));
  return (f32_exp_parts){f32_pow2(z), f32_expm1_reduced(r, 1)};
}
FA_INLINE f64_exp_parts f64_exp_of(f64v x, f64v low) {
  f64_reduced d = f64_reduce(x, 1, 0);
  return f64_exp_join(d.z, f64_expm1_reduced(f64_add(d.r, low), 1));
}

/* dy e^x, and dy (high + low) e^x. In float32 the scale is a power of two, and dy meets it first: beside a subnormal
 * result, the sum alone rounds at full size; an infinite dy meets m as a finite one. dy times half the factor and 1 + m
 * does not overflow up to 2^126. In float64 the exponential is rounded, then the product. */
FA_INLINE f32v f32_times_exp(f32v dy, f32_exp_parts e) {
  const f32v most = f32_set1(0x1.fffffep127f);
  f32v s = f32_mul(dy, e.scale);
  return f32_copysign(f32_fma(f32_max(f32_neg(most), f32_min(most, s)), e.m, s), dy); /* of a 0, too */
}
FA_INLINE f32v f32_times_multiple(f32v dy, f32_exp_parts e, const float high, const float low) {
  const f32v half = f32_set1(high / 2);
  f32v c = f32_mul(dy, half), c_low = f32_fma(dy, f32_set1(low / 2), f32_fms(dy, half, c));
  return f32_copysign(f32_mul(f32_add(c, f32_fma(c, e.m, c_low)), f32_add(e.scale, e.scale)), dy); /* of a 0, too */
}
FA_INLINE f64v f64_times_exp(f64v dy, f64_exp_parts e) { return f64_mul(dy, f64_fma(e.scale, e.m, e.scale)); }
FA_INLINE f64v f64_times_multiple(f64v dy, f64_exp_parts e, const double high, const double low) {
  const f64v factor = f64_set1(high);
  f64v c = f64_mul(e.scale, factor), c_low = f64_fma(e.scale, f64_set1(low), f64_fms(e.scale, factor, c));
  return f64_mul(dy, f64_add(c, f64_fma(c, e.m, c_low)));
}
FA_INLINE f32m f32_selu_grad_is_far(f32v dy, f32v x) {
  return f32_either(f32_gt(f32_set1(FA_F32_EXP_NEAR), x), f32_gt(f32_abs(dy), f32_set1(0x1p126f)));
}
FA_INLINE f64m f64_selu_grad_is_far(f64v dy, f64v x) {
  (void)dy;
  return f64_gt(f64_set1(FA_F64_EXP_NEAR), x);
}

/* dy e^(x + low), |x| <= DERIVATIVE_FAR, of any size: twice at most a third of the power of two, so that nothing
 * overflows unless the result does, and only the last product rounds a normal result. */
FA_INLINE f64v f64_times_far_exp(f64v dy, f64v x, f64v low) {
  const f64v whole = f64_set1(0x1.8p52 + 1023);
  f64_reduced d = f64_reduce(x, 1, 0);
  f64v n = f64_sub(d.z, f64_set1(FA_F64_ROUND(0))), down = f64_copysign(f64_set1(0.4995), f64_neg(n)); /* towards 0 */
  f64v third = f64_add(f64_fma(n, f64_set1(0.333), down), whole);
  f64v root = f64_pow2(third);
  f64v z = f64_fnma(f64_sub(third, whole), f64_set1(2.0), d.z);
  f64_exp_parts p = f64_exp_join(z, f64_expm1_reduced(f64_add(d.r, low), 1));
  return f64_mul(f64_mul(f64_mul(dy, root), root), f64_fma(p.scale, p.m, p.scale));
}

#define FA_F32_ELU_TINY 0x1p-99f
#define FA_F64_ELU_TINY 0x1p-860
#define FA_F32_CELU_LARGE 0x1p60f
#define FA_F64_CELU_LARGE 0x1p550
#define FA_F32_CELU_SMALL 0x1p-60f
#define FA_F64_CELU_SMALL 0x1p-450
#include "math/as_f32.inc"
#include "elementwise/exponential.inc"
#include "math/as_f64.inc"
#include "elementwise/exponential.inc"
#include "math/as_none.inc"
#include "elementwise/exponential_slow.h"
#endif
