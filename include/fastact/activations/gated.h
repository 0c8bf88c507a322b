/* Gated linear units: act(a) b, or for glu a sigmoid(b), and their gradients with respect to a and b from one exponential.
 * The power of two of a tail is carried to the last multiplication: with a large b the product keeps its accuracy where
 * act(a) alone would long be 0. */
#ifndef FA_GATED
#define FA_GATED(X)                                   \
  X(glu, 2, 1) X(swiglu, 2, 1) X(geglu, 2, 1) X(reglu, 2, 1) \
  X(glu_grad, 3, 2) X(swiglu_grad, 3, 2) X(geglu_grad, 3, 2) X(reglu_grad, 3, 2)
#endif
#if defined(FA_ISA) && !defined(FA_GATED_FORMULAS)
#define FA_GATED_FORMULAS
#include "../math_f32.h"
#include "../math_f64.h"
#include "../slope.h"

/* The furthest tail whose power of two has room in a decay's three parts: dy b times a derivative further out counts as 0,
 * which it is unless |dy b| > 2^212 (float32) or 2^1943 (float64). */
#define FA_F32_GATED_FAR 257.0f
#define FA_F64_GATED_FAR 2100.0
/* where a^2/2 is that */
#define FA_F32_GEGLU_FAR 22.67f
#define FA_F64_GEGLU_FAR 64.8

/* sqrt(2/pi) and sqrt(1/(2 pi)), each in two parts */
#define FA_F32_SQRT_2_OVER_PI (0.5f * FA_F32_SLOPE_K)
#define FA_F32_SQRT_2_OVER_PI_LOW (0.5f * FA_F32_SLOPE_K_LOW)
#define FA_F64_SQRT_HALF_OVER_PI (0.25 * FA_F64_GELU_TANH_K)
#define FA_F64_SQRT_HALF_OVER_PI_LOW (0.25 * FA_F64_GELU_TANH_K_LOW)

/* What a b lost as p, where a = u v, exact in float32, where v is a power of two */
FA_INLINE f32v f32_lost(f32v u, f32v v, f32v a, f32v b, f32v p) { (void)u, (void)v; return f32_fms(a, b, p); }
FA_INLINE f64v f64_lost(f64v u, f64v v, f64v a, f64v b, f64v p) { return f64_fma(f64_fms(u, v, a), b, f64_fms(a, b, p)); }

/* T_gated: relu(a) b - w, w having b's sign; then what infinite operands leave, and the sign, are those of a b. An infinite b
 * meets the 0 of a = -inf.
 *
 * T_times_silu: a b sigma(a) = relu(a) b - |a| b e/(1+e), e = e^-|a|. |a| b is carried in two parts and what 1 + e lost goes
 * into the numerator, so that, of all roundings, that of the numerator and the quotient's are at full size.
 *
 * T_times_two: x y f, with the larger of the two scaled down first: nothing overflows or underflows unless the result does.
 *
 * T_unless_far: a factor without what lies too far in the tail. */
#define FA_GATED_OF(T, real, most_) \
  FA_INLINE T##v T##_gated(T##v a, T##v b, T##v w) { \
    T##v ab = T##_mul(T##_select(T##_gt(T##_set1(-most_), a), T##_set1((real)-0.0), a), b); \
    T##v y = T##_fms(T##_max(T##_set1((real)-0.0), a), b, w); \
    return T##_copysign(T##_select(T##_eq(y, y), y, ab), ab); \
  } \
  FA_INLINE T##v T##_times_silu(T##v a, T##v b, T##v size, T##_decay_parts k) { \
    T##_pair d = T##_one_plus_pair(k); \
    const T##v one = T##_set1(1); \
    T##v inverse = T##_fma(T##_sub(d.d, one), T##_set1((real)-0.47), T##_set1((real)0.957)); \
    T##v u = T##_fnma(inverse, d.low, k.m_low), h = T##_mul(size, k.rest), g = T##_mul(b, k.root), p = T##_mul(h, g); \
    T##v whole = T##_add(one, k.m), m_low = T##_sub(k.m, T##_sub(whole, one)); \
    T##v c = T##_fma(p, whole, T##_fma(p, T##_add(m_low, u), T##_lost(size, k.rest, h, g, p))); \
    return T##_gated(a, b, T##_mul(T##_div(c, d.d), k.root)); \
  } \
  FA_INLINE T##v T##_times_two(T##v x, T##v y, T##_factor f) { \
    const T##v one = T##_set1(1); \
    T##v x_size = T##_abs(x), y_size = T##_abs(y); \
    T##m swapped = T##_gt(y_size, x_size), both_large = T##_gt(T##_min(x_size, y_size), one); \
    T##v large = T##_select(swapped, y, x), small = T##_select(swapped, x, y), root = f.decay.root, rest = f.decay.rest; \
    T##v p = T##_mul(f.v, rest), p_low = T##_fma(f.low, rest, T##_fms(f.v, rest, p)); \
    T##v h = T##_mul(T##_mul(large, T##_set1((real)0.25)), root); \
    /* finite: infinite operands leave the other term */ \
    T##v low = T##_min(T##_max(T##_mul(h, p_low), T##_set1(-most_)), T##_set1(most_)); \
    small = T##_mul(T##_mul(small, T##_select(both_large, root, one)), T##_set1(4)); \
    return T##_mul(T##_mul(T##_fma(h, p, low), small), T##_select(both_large, one, root)); \
  } \
  FA_INLINE T##_factor T##_unless_far(T##m far, T##_factor f) { \
    const T##v zero = T##_set1(0); \
    return (T##_factor){T##_select(far, zero, f.v), T##_select(far, zero, f.low), f.decay}; \
  } \
  FA_INLINE T##v T##_times_sigma(T##v a, T##v b, T##_decay_parts k) { \
    T##m nothing = T##_gt(T##_set1(-most_), b); \
    return T##_sigma(T##_mul(a, T##_select(nothing, T##_set1(0), T##_set1(1))), T##_signbit(b), k); \
  }
FA_GATED_OF(f32, float, 0x1.fffffep127f)
FA_GATED_OF(f64, double, 0x1.fffffffffffffp1023)
#undef FA_GATED_OF

/* glu, as swish: max 1.73 ULP in float32, 1.94 in float64 (all bounds sampled over a, b and dy of any size). Its gradient
 * by a: the same; by b: 1.79 and 1.45.
 * swiglu: 1.97 near a = -2.39451, and 1.63; the gradient by a: 2.10 near -1.26551, and 1.62; by b: as swiglu. */
#define FA_LOGISTIC_GATES(T, SLOPE_FAR, GATED_FAR) \
  FA_INLINE T##v T##_glu(T##v a, T##v b) { \
    T##v v = T##_min(T##_set1(SLOPE_FAR), T##_abs(b)); \
    return T##_times_sigma(a, b, T##_decay(v, v, 0)); \
  } \
  FA_INLINE void T##_glu_grad(T##v dy, T##v a, T##v b, T##v *da, T##v *db) { \
    const T##v far = T##_set1(GATED_FAR); \
    T##v size = T##_abs(b), v = T##_min(far, size); \
    T##_decay_parts k = T##_decay(v, v, 0); \
    *da = T##_times_sigma(dy, b, k); \
    *db = T##_times_two(dy, a, T##_unless_far(T##_gt(size, far), T##_bell_factor(k, 1))); \
  } \
  FA_INLINE T##v T##_swiglu(T##v a, T##v b) { \
    T##v v = T##_min(T##_set1(SLOPE_FAR), T##_abs(a)); \
    return T##_times_silu(a, b, v, T##_decay(v, v, 0)); \
  } \
  FA_INLINE void T##_swiglu_grad(T##v dy, T##v a, T##v b, T##v *da, T##v *db) { \
    T##v v = T##_min(T##_set1(GATED_FAR), T##_abs(a)); \
    T##_decay_parts k = T##_decay(v, v, 0); \
    T##_factor f = T##_slope_factor(T##_signbit(a), k, v, v, 0); \
    *da = T##_times_two(dy, b, T##_unless_far(T##_gt(T##_set1(-GATED_FAR), a), f)); \
    *db = T##_times_silu(a, dy, v, k); \
  } \
  FA_INLINE T##v T##_reglu(T##v a, T##v b) { return T##_mul(T##_relu(a), b); } \
  FA_INLINE void T##_reglu_grad(T##v dy, T##v a, T##v b, T##v *da, T##v *db) { \
    *da = T##_mul(T##_relu_grad(dy, a), b); \
    *db = T##_mul(T##_relu(a), dy); \
  }
FA_LOGISTIC_GATES(f32, FA_F32_SLOPE_FAR, FA_F32_GATED_FAR)
FA_LOGISTIC_GATES(f64, FA_F64_SLOPE_FAR, FA_F64_GATED_FAR)
#undef FA_LOGISTIC_GATES

/* Beyond the tables of gelu, G(a) = (1 + s) / sqrt(2 pi), s = -u + 3u^2 - 15u^3 ..., u = 1/a^2: the first term left out is
 * below 2^-32 (float32, from 14.5 on) and 2^-63 (float64, from 39 on). */
typedef struct { f32v u, s; } f32_series;
typedef struct { f64v u, s; } f64_series;
FA_INLINE f32_series f32_gelu_series(f32v a) {
  f32v u = f32_div(f32_set1(1.f), f32_mul(a, a));
  f32v p = f32_fma(f32_fma(f32_fma(f32_fma(f32_set1(-945.f), u, f32_set1(105.f)), u, f32_set1(-15.f)), u, f32_set1(3.f)), u, f32_set1(-1.f));
  return (f32_series){u, f32_mul(u, p)};
}
FA_INLINE f64_series f64_gelu_series(f64v a) {
  f64v u = f64_div(f64_set1(1.0), f64_mul(a, a));
  f64v p = f64_fma(f64_fma(f64_fma(f64_set1(-135135.0), u, f64_set1(10395.0)), u, f64_set1(-945.0)), u, f64_set1(105.0));
  p = f64_fma(f64_fma(f64_fma(p, u, f64_set1(-15.0)), u, f64_set1(3.0)), u, f64_set1(-1.0));
  return (f64_series){u, f64_mul(u, p)};
}
FA_INLINE f32_tail f32_gelu_tail(f32v a) {
  const f32v high = f32_set1(FA_F32_SQRT_2_OVER_PI), low = f32_set1(FA_F32_SQRT_2_OVER_PI_LOW);
  f32_tail g = f32_gelu_table(a, 1);
  f32m near = f32_gt(f32_set1(14.5f), a);
  return (f32_tail){f32_select(near, g.c0, high), f32_select(near, g.t, f32_fma(high, f32_gelu_series(a).s, low))};
}
FA_INLINE f64_tail f64_gelu_tail(f64v a) {
  const f64v high = f64_set1(FA_F64_SQRT_HALF_OVER_PI), inverse = f64_set1(1.0 / FA_F64_SQRT_HALF_OVER_PI);
  f64v q = f64_div(high, a), lost = f64_add(f64_fnma(q, a, high), f64_set1(FA_F64_SQRT_HALF_OVER_PI_LOW));
  f64_tail g = f64_gelu_table(a);
  f64m near = f64_gt(f64_set1(39.0), a);
  f64v t = f64_mul(q, f64_fma(lost, inverse, f64_gelu_series(a).s));
  return (f64_tail){f64_select(near, g.c0, q), f64_select(near, g.t, t)};
}

/* gelu(a) b = relu(a) b - e^(-a^2/2) G(|a|) b. Max 1.38 ULP, in float64 1.56 (sampled). The gradient by a: 2.35 ULP near
 * a = -0.808344, and 1.85. */
FA_INLINE f32v f32_times_gelu(f32v a, f32v b, f32v size, f32_decay_parts k) {
  f32_tail g = f32_gelu_tail(size);
  f32v sum = f32_add(g.c0, g.t), t = f32_fma(sum, k.m, f32_fma(sum, k.m_low, g.t)), y = f32_add(g.c0, t), low = f32_sub(t, f32_sub(y, g.c0));
  f32v half = f32_mul(f32_mul(b, f32_set1(0.5f)), k.root);
  f32v w = f32_fma(f32_mul(y, k.rest), half, f32_mul(f32_mul(low, k.rest), half));
  return f32_gated(a, b, f32_mul(w, k.root));
}
FA_INLINE f64v f64_times_gelu(f64v a, f64v b, f64v size, f64_decay_parts k) {
  f64_tail R = f64_gelu_tail(size);
  f64v u = f64_fma(f64_add(R.c0, R.t), k.m, R.t), h = f64_mul(size, k.rest), g = f64_mul(b, k.root), p = f64_mul(h, g);
  f64v w = f64_fma(p, R.c0, f64_fma(p, u, f64_mul(f64_lost(size, k.rest, h, g, p), R.c0)));
  return f64_gated(a, b, f64_mul(w, k.root));
}
/* gelu'(-a) = e^(-a^2/2) F(a), F = a (u (1 + s) - 1) / sqrt(2 pi) beyond gelu_grad's table: u and s as in T_gelu_tail. */
#define FA_GAUSSIAN_GATES(T, FAR, TABLE_FAR, HIGH, LOW) \
  FA_INLINE T##_factor T##_gelu_slope(T##v a, T##v size, T##_decay_parts k) { \
    const T##v high = T##_set1(HIGH); \
    T##_gelu_parts f = T##_gelu_slope_table(size); \
    T##_series e = T##_gelu_series(size); \
    T##v c = T##_mul(size, high), c_low = T##_fma(size, T##_set1(LOW), T##_fms(size, high, c)); \
    T##m near = T##_gt(T##_set1(TABLE_FAR), size); \
    f.c0 = T##_select(near, f.c0, T##_neg(c)); \
    f.p = T##_select(near, f.p, T##_mul(c, T##_fma(e.u, e.s, e.u))); \
    f.t = T##_select(near, f.t, T##_neg(c_low)); \
    return T##_normal_factor(a, k, f.c0, f.p, f.t); \
  } \
  FA_INLINE T##v T##_geglu(T##v a, T##v b) { \
    T##v size = T##_min(T##_set1(FAR), T##_abs(a)); \
    return T##_times_gelu(a, b, size, T##_gauss_decay(size)); \
  } \
  FA_INLINE void T##_geglu_grad(T##v dy, T##v a, T##v b, T##v *da, T##v *db) { \
    T##v size = T##_min(T##_set1(FAR), T##_abs(a)); \
    T##_decay_parts k = T##_gauss_decay(size); \
    *da = T##_times_two(dy, b, T##_unless_far(T##_gt(T##_set1(-FAR), a), T##_gelu_slope(a, size, k))); \
    *db = T##_times_gelu(a, dy, size, k); \
  }
FA_GAUSSIAN_GATES(f32, FA_F32_GEGLU_FAR, FA_F32_GELU_FAR, 0.5f * FA_F32_SQRT_2_OVER_PI, 0.5f * FA_F32_SQRT_2_OVER_PI_LOW)
FA_GAUSSIAN_GATES(f64, FA_F64_GEGLU_FAR, FA_F64_GELU_FAR, FA_F64_SQRT_HALF_OVER_PI, FA_F64_SQRT_HALF_OVER_PI_LOW)
#undef FA_GAUSSIAN_GATES
#endif
