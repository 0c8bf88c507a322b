/* elu, celu, selu: x where x > 0, otherwise an expm1. */
#ifndef FA_EXPONENTIAL
#define FA_EXPONENTIAL(X)      \
  X(elu, 2, 1) X(elu_grad, 3, 1)   \
  X(celu, 2, 1) X(celu_grad, 3, 1) \
  X(selu, 1, 1) X(selu_grad, 2, 1)
#endif
#if defined(FA_ISA) && !defined(FA_EXPONENTIAL_FORMULAS)
#define FA_EXPONENTIAL_FORMULAS
#include "../math_f32.h"
#include "../math_f64.h"

/* selu keeps mean 0 and variance 1 of a normal variable: with E = sqrt(e) erfc(1/sqrt2),
 *   alpha = sqrt(2/pi) / (1 - E) = 1.67326324235437728481704299...
 *   scale = sqrt(2 pi) (1 - E) / sqrt(2 e^2 erfc(sqrt2) + pi E^2 - 2 (2 + pi) E + pi + 2) = 1.05070098735548049341933498...
 * and scale alpha = 1.75809934084737685994021752... Each has a second part, and the first is cut off, not rounded, so that
 * infinity times either has the same sign (tools/fit.py). */

/* e^x - 1 = high + low, for x up to 88 (float64: 709). Far below 0 it is -1, and from there on x is held. high alone serves
 * a factor of 1: max 0.97 ULP at -0.378972 (all float32), 1.53 at -0.0277242 (float64, sampled). */
typedef struct { f32v high, low; } f32_expm1_parts;
FA_INLINE f32_expm1_parts f32_expm1_split(f32v x) {
  f32_exp_parts e = f32_exp_split(f32_max(f32_set1(-20.f), x), 1, 0);
  f32v o = f32_sub(e.scale, f32_set1(1.f)), high = f32_fma(e.scale, e.m, o);
  f32_expm1_parts y = {high, f32_fma(e.scale, e.m, f32_sub(o, high))};
  return y;
}
typedef struct { f64v high, low; } f64_expm1_parts;
FA_INLINE f64_expm1_parts f64_expm1_split(f64v x) {
  const f64v one = f64_set1(1.0);
  f64_reduced d = f64_reduce(f64_max(f64_set1(-45.0), x), 1, 0);
  f64_exp_parts e = f64_exp_join(d.z, f64_expm1_reduced7(d.r, 1));
  f64v o = f64_sub(e.scale, one), lost = f64_sub(e.scale, f64_add(o, one));
  f64v t = f64_fma(e.scale, e.m, lost), high = f64_add(o, t);
  f64_expm1_parts y = {high, f64_add(f64_sub(o, high), t)};
  return y;
}

/* e^(x + low) = scale (1 + m) rest. A small power of two is cut in two: dy and the scale meet as normal numbers, so that a
 * large dy (up to 2^77; float64: 2^460) does not bring out the rounding of a subnormal derivative. */
#define FA_F32_EXP_ZERO -157.2f  /* from here down x is held: 2^-227, of which 2^-127 is left as the scale, which is 0 */
#define FA_F64_EXP_ZERO -1063.98 /* 2^-1535, of which 2^-1023 */
typedef struct { f32v scale, m, rest; } f32_exp_cut;
FA_INLINE f32_exp_cut f32_cut_exp(f32v x, f32v low) {
  const f32v round = f32_set1(FA_F32_ROUND(0));
  x = f32_max(f32_set1(FA_F32_EXP_ZERO), x);
  f32v z = f32_fma(x, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v r = f32_add(f32_fnma(n, f32_set1(FA_F32_LN2_HIGH), x), f32_fnma(n, f32_set1(FA_F32_LN2_LOW), low));
  f32m far = f32_gt(f32_set1(-100.f), n);
  f32v scale = f32_pow2(f32_add(z, f32_select(far, f32_set1(100.f), f32_set1(0.f))));
  f32_exp_cut e = {scale, f32_expm1_reduced(r, 1), f32_select(far, f32_set1(0x1p-100f), f32_set1(1.f))};
  return e;
}
typedef struct { f64v scale, m, rest; } f64_exp_cut;
FA_INLINE f64_exp_cut f64_cut_exp(f64v x, f64v low) {
  x = f64_max(f64_set1(FA_F64_EXP_ZERO), x);
  f64_reduced d = f64_reduce(x, 1, 0);
  f64m far = f64_gt(f64_set1(-355.0), x);
  f64v z = f64_add(d.z, f64_select(far, f64_set1(512.0), f64_set1(0.0)));
  f64_exp_parts p = f64_exp_join(z, f64_expm1_reduced(f64_add(d.r, low), 1));
  f64_exp_cut e = {p.scale, p.m, f64_select(far, f64_set1(0x1p-512), f64_set1(1.0))};
  return e;
}

/* dy e^x, and dy (high + low) e^x. In float32 the scale is a power of two, and dy meets it first: beside a subnormal result,
 * the sum alone rounds at full size. dy times half the factor never overflows. In float64 the exponential is rounded, then the
 * product. */
FA_INLINE f32v f32_times_exp(f32v dy, f32_exp_cut e) {
  f32v s = f32_mul(dy, e.scale);
  return f32_mul(f32_fma(s, e.m, s), e.rest);
}
FA_INLINE f32v f32_times_multiple(f32v dy, f32_exp_cut e, const float high, const float low) {
  const f32v half = f32_set1(high / 2);
  f32v c = f32_mul(dy, half), c_low = f32_fma(dy, f32_set1(low / 2), f32_fms(dy, half, c));
  return f32_mul(f32_mul(f32_add(c, f32_fma(c, e.m, c_low)), f32_add(e.scale, e.scale)), e.rest);
}
FA_INLINE f64v f64_times_exp(f64v dy, f64_exp_cut e) { return f64_mul(f64_mul(dy, f64_fma(e.scale, e.m, e.scale)), e.rest); }
FA_INLINE f64v f64_times_multiple(f64v dy, f64_exp_cut e, const double high, const double low) {
  const f64v factor = f64_set1(high);
  f64v c = f64_mul(e.scale, factor), c_low = f64_fma(e.scale, f64_set1(low), f64_fms(e.scale, factor, c));
  return f64_mul(f64_mul(dy, f64_add(c, f64_fma(c, e.m, c_low))), e.rest);
}

/* The formulas of one element type; LARGEST is its largest number, OVERFLOW where its exponential ends. NaN gives NaN, corners
 * have the derivative from the left, and where it is 0 the sign of dy remains. Errors in ULP, float32 (all) then float64 (sampled);
 * elu, celu and their gradients with alpha = 1, then with any alpha (and dy), the last by search:
 *   elu 0.970 at -0.378972232, 1.51; 1.92, 2.16      celu the same; 1.76, 1.96      selu 1.760 at -0.314153582, 1.49
 *   elu_grad 1.035 at -5.85925484, 0.80; 2.34, 2.90      celu_grad the same; 1.21, 2.05      selu_grad 1.239 at -27.3781395, 0.79
 * Any dy with alpha = 1: elu_grad 2.25, 1.59; celu_grad 1.43, 1.59; selu_grad 2.22, 1.58. */
#define FA_EXPONENTIAL_OF(T, F, LARGEST, OVERFLOW) \
  /* alpha has no part where x >= 0. elu(-inf) = -alpha. */ \
  FA_INLINE T##v T##_elu(T##v x, T##v alpha) { \
    return T##_select(T##_gt(T##_set1(0), x), T##_mul(alpha, T##_expm1_split(x).high), x); \
  } \
  FA_INLINE T##v T##_elu_grad(T##v dy, T##v x, T##v alpha) { \
    T##_exp_cut e = T##_cut_exp(x, T##_set1(0)); \
    T##v c = T##_mul(alpha, e.scale), y = T##_mul(T##_mul(dy, T##_fma(c, e.m, c)), e.rest); \
    return T##_select(T##_gt(x, T##_set1(0)), dy, y); \
  } \
  \
  /* x/alpha = quotient + rest/alpha. An infinite alpha is taken as the largest number. alpha < 0 serves while the \
   * exponential of x/alpha is finite. */ \
  typedef struct { T##v alpha, inverse, quotient, rest; } T##_celu_argument; \
  FA_INLINE T##_celu_argument T##_celu_divide(T##v x, T##v alpha) { \
    T##v c = T##_min(T##_set1(LARGEST), alpha), inverse = T##_div(T##_set1(1), c); \
    T##v quotient = T##_min(T##_set1(OVERFLOW), T##_max(T##_set1(FA_##F##_EXP_ZERO), T##_mul(x, inverse))); \
    T##_celu_argument a = {c, inverse, quotient, T##_fnma(quotient, c, x)}; \
    return a; \
  } \
  /* alpha expm1(quotient) + rest e^quotient. Where the quotient was held, far below 0, expm1 is -1 and the rest, possibly \
   * infinite, has no part. celu(-inf) = -alpha. */ \
  FA_INLINE T##v T##_celu(T##v x, T##v alpha) { \
    T##_celu_argument a = T##_celu_divide(x, alpha); \
    T##_expm1_parts e = T##_expm1_split(a.quotient); \
    T##v rest = T##_mul(T##_max(T##_set1(-LARGEST), a.rest), T##_add(e.high, T##_set1(1))); \
    T##v y = T##_fma(a.alpha, e.high, T##_fma(a.alpha, e.low, rest)); \
    return T##_select(T##_gt(T##_set1(0), x), y, x); \
  } \
  FA_INLINE T##v T##_celu_grad(T##v dy, T##v x, T##v alpha) { \
    T##_celu_argument a = T##_celu_divide(x, alpha); \
    T##_exp_cut e = T##_cut_exp(a.quotient, T##_max(T##_set1(-1), T##_mul(a.rest, a.inverse))); \
    return T##_select(T##_gt(x, T##_set1(0)), dy, T##_times_exp(dy, e)); \
  } \
  \
  FA_INLINE T##v T##_selu(T##v x) { \
    const T##v high = T##_set1(FA_##F##_SELU_SCALE_ALPHA), low = T##_set1(FA_##F##_SELU_SCALE_ALPHA_LOW); \
    T##_expm1_parts e = T##_expm1_split(x); \
    T##v y = T##_fma(e.high, high, T##_fma(e.low, high, T##_mul(e.high, low))); \
    T##v line = T##_fma(x, T##_set1(FA_##F##_SELU_SCALE), T##_mul(x, T##_set1(FA_##F##_SELU_SCALE_LOW))); \
    return T##_select(T##_gt(T##_set1(0), x), y, line); \
  } \
  FA_INLINE T##v T##_selu_grad(T##v dy, T##v x) { \
    T##v line = T##_fma(dy, T##_set1(FA_##F##_SELU_SCALE), T##_mul(dy, T##_set1(FA_##F##_SELU_SCALE_LOW))); \
    T##_exp_cut e = T##_cut_exp(x, T##_set1(0)); \
    T##v y = T##_times_multiple(dy, e, FA_##F##_SELU_SCALE_ALPHA, FA_##F##_SELU_SCALE_ALPHA_LOW); \
    return T##_select(T##_gt(x, T##_set1(0)), line, y); \
  }

FA_EXPONENTIAL_OF(f32, F32, 0x1.fffffep127f, 88.7f)
FA_EXPONENTIAL_OF(f64, F64, 0x1.fffffffffffffp1023, 709.0)
#undef FA_EXPONENTIAL_OF
#endif
