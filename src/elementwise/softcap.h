/* softcap = cap tanh(x/cap) and its gradient. Its rows are hyperbolic.h's, which includes it. */
#ifndef FASTACT_SOFTCAP_H
#define FASTACT_SOFTCAP_H
#include "elementwise/tanh_shrink.h"

/* Where x is 0, whatever x/cap, x itself; NaN where cap is. An infinite x is beyond every finite cap, over an
 * infinite one it is x. */
#define FA_SOFTCAP(T, most) \
  FA_INLINE T##v T##_size_over(T##v x, T##v cap) { \
    T##v size = T##_abs(x); \
    return T##_select(T##_gt(T##_abs(cap), T##_set1(most)), T##_min(T##_set1(most), size), size); \
  } \
  FA_INLINE T##v T##_softcap_of(T##v x, T##v cap, T##v y) { \
    y = T##_select(T##_eq(x, T##_set1(0)), x, T##_copysign(y, x)); \
    return T##_select(T##_eq(cap, cap), y, cap); \
  }
FA_SOFTCAP(f32, FA_F32_LARGEST)
FA_SOFTCAP(f64, FA_F64_LARGEST)
#undef FA_SOFTCAP

/* With z = |x/cap|: below 5/4 |x| times tanh(z)/z, which hardly depends on z's rounding, beyond |cap| tanh(z), both by
 * table; the last sum alone rounds at full size. */
FA_INLINE f32v f32_softcap(f32v x, f32v cap) {
  f32v size = f32_size_over(x, cap), most = f32_abs(cap), z = f32_min(f32_set1(9.1f), f32_div(size, most));
  f32v b = f32_add(z, f32_set1(0.75f));
  f32_tanh_sum h = f32_tanh_table(fa_f32_softcap, z, b);
  f32m near = f32_gt(f32_set1(2), b);
  f32v y = f32_fma(f32_select(near, f32_abs(x), most), h.high, f32_mul(f32_select(near, size, most), h.low));
  return f32_noticed(f32_softcap_of(x, cap, y), FA_F32_SMALL);
}

/* |x|/|cap| = v + low, both over 2; of a tiny cap after both have been raised */
typedef struct {
  f64v v, low;
} f64_softcap_argument;
FA_INLINE f64_softcap_argument f64_softcap_divide(f64v x, f64v cap) {
  f64v most = f64_abs(cap), up = f64_select(f64_gt(f64_set1(0x1p-500), most), f64_set1(0x1p500), f64_set1(1));
  f64v size = f64_mul(f64_size_over(x, cap), up);
  most = f64_mul(most, up);
  f64v q = f64_div(size, most), low = f64_number_or_zero(f64_div(f64_fnma(q, most, size), most));
  return (f64_softcap_argument){f64_add(q, q), f64_add(low, low)};
}
FA_INLINE f64v f64_softcap(f64v x, f64v cap) {
  f64_softcap_argument z = f64_softcap_divide(x, cap);
  f64v v = f64_min(f64_set1(40), z.v), most = f64_abs(cap);
  f64_tanh_sum t = f64_tanh_half(v, f64_select(f64_gt(f64_set1(40), v), z.low, f64_set1(0)));
  f64v y = f64_fma(most, t.high, f64_number_or_zero(f64_mul(most, t.low)));
  return f64_softcap_of(x, cap, f64_select(f64_gt(f64_set1(0x1p-28), v), f64_abs(x), y));
}

/* dy 4e/(1+e)^2, e = e^-2z: tanh's gradient at z, which is carried in two parts. */
FA_INLINE f32v f32_softcap_grad(f32v dy, f32v x, f32v cap) {
  f32v size = f32_size_over(f32_noticed(x, FA_F32_SMALL), cap), most = f32_abs(cap), q = f32_div(size, most);
  f32v low = f32_div(f32_fnma(q, most, size), most), v = f32_min(f32_set1(FA_F32_DERIVATIVE_END), f32_add(q, q));
  low = f32_select(f32_gt(f32_set1(FA_F32_DERIVATIVE_END), v), f32_add(low, low), f32_set1(0));
  v = f32_select(f32_eq(x, f32_set1(0)), f32_mul(x, f32_set1(0)), v);
  f32v y = f32_even_derivative(dy, f32_exp_neg_sixteenths(v, f32_number_or_zero(low), 1), 2);
  return f32_noticed(f32_select(f32_eq(cap, cap), y, cap), FA_F32_SMALL);
}
FA_INLINE f64v f64_softcap_grad(f64v dy, f64v x, f64v cap) {
  f64_softcap_argument z = f64_softcap_divide(x, cap);
  f64v v = f64_min(f64_set1(FA_F64_DERIVATIVE_END), z.v);
  v = f64_select(f64_eq(x, f64_set1(0)), f64_set1(0), v);
  z.low = f64_select(f64_gt(f64_set1(FA_F64_DERIVATIVE_END), v), z.low, f64_set1(0));
  f64v y = f64_even_derivative(dy, f64_exp_neg_sixteenths(v, z.low, 1), 2);
  return f64_select(f64_eq(cap, cap), y, cap);
}
#endif
