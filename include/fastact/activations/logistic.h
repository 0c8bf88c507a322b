/* Functions of the logistic sigmoid s(x) = 1/(1+e^-x). */
#ifndef FA_LOGISTIC
#define FA_LOGISTIC(X) X(sigmoid, 1) X(silu, 1)
#endif
#if defined(FA_ISA) && !defined(FA_LOGISTIC_FORMULAS)
#define FA_LOGISTIC_FORMULAS
#include "../math_f32.h"
#include "../math_f64.h"

/* 1/(1+e^-x) for both signs. From 30 on the result is 1; below -104 it underflows; the quotient of two numbers scaled by
 * 2^-64 rounds a subnormal result once. Max 1.695 ULP at -1.10466 (all float32). NaN passes both clamps. */
FA_INLINE f32v f32_sigmoid(f32v x) {
  f32v c = f32_min(f32_set1(30.f), f32_max(f32_set1(-106.f), x));
  return f32_div(f32_set1(0x1p-64f), f32_one_plus_exp(c, -1));
}

/* 1/(1+e^-x): with e = e^-|x|, e/(1+e) for x < 0 and 1/(1+e) otherwise, one division for both. From 37 on the result is 1;
 * below -745.13 it underflows. Max 1.56 ULP at -3.44120 (sampled). */
FA_INLINE f64v f64_sigmoid(f64v x) {
  f64_exp_parts e = f64_exp_split(f64_min(f64_set1(760.0), f64_abs(x)), -1);
  f64_one_plus q = f64_one_plus_exp(e);
  f64v c = f64_select(f64_signbit(x), f64_fma(e.scale, q.u, e.scale), f64_set1(1.0 / FA_F64_UNBIAS));
  return f64_div(c, q.d);
}

/* relu(x) - a/(1+e^a), a = |x|: the subtracted term is at most half the result where x > 0, so its error shrinks.
 * Max 1.771 ULP at -91.1676 (all float32). -inf gives -0. */
FA_INLINE f32v f32_silu(f32v x) {
  f32v a = f32_min(f32_set1(120.f), f32_abs(x)), relu = f32_max(f32_set1(-0.f), x);
  return f32_fnma(f32_div(a, f32_one_plus_exp(a, 1)), f32_set1(0x1p-64f), relu);
}

/* relu(x) - a/(1+e^a), a = |x|. Max 1.57 ULP at -4.19368 (sampled); underflows below -751.75. */
FA_INLINE f64v f64_silu(f64v x) {
  f64v a = f64_min(f64_set1(760.0), f64_abs(x));
  return f64_gate(x, a, f64_exp_split(a, -1));
}
#endif
