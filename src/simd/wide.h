/* Sixteen float32 elements in float64, for sums of exact products, where an instruction set has no better way to hold
 * them than two vectors. */
#ifndef FASTACT_SIMD_WIDE_H
#define FASTACT_SIMD_WIDE_H

typedef struct {
  f64v low, high;
} f32_wide;
/* of p's, and of its first k elements before zeros */
FA_INLINE f32_wide f32_wide_of_(f32v a) { return (f32_wide){f32_widen_low(a), f32_widen_high(a)}; }
FA_INLINE f32_wide f32_wide_load(const float *p) { return f32_wide_of_(f32_load(p)); }
FA_INLINE f32_wide f32_wide_part(const float *p, size_t k) { return f32_wide_of_(f32_load_part(p, k, 0)); }
FA_INLINE f32_wide f32_wide_zero(void) { return (f32_wide){f64_set1(0), f64_set1(0)}; }
FA_INLINE f32_wide f32_wide_add(f32_wide a, f32_wide b) {
  return (f32_wide){f64_add(a.low, b.low), f64_add(a.high, b.high)};
}
FA_INLINE f32_wide f32_wide_fma(f32_wide a, f32_wide b, f32_wide c) {
  return (f32_wide){f64_fma(a.low, b.low, c.low), f64_fma(a.high, b.high, c.high)};
}
/* the sum of n elements of u, or of their products with q's, a lane each: n is a multiple of a vector's lanes */
FA_INLINE f32_wide f32_wide_dot(const int products, const float *u, const float *q, size_t n) {
  f32_wide s = f32_wide_zero();
  for (size_t i = 0; i < n; i += FA_F32_LANES)
    s = products ? f32_wide_fma(f32_wide_load(u + i), f32_wide_load(q + i), s) : f32_wide_add(s, f32_wide_load(u + i));
  return s;
}
FA_INLINE f64v f32_wide_low(f32_wide a) { return a.low; }
FA_INLINE f64v f32_wide_high(f32_wide a) { return a.high; }
#endif
