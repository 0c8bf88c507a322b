/* Blocks of losses: their sum, and the division of their gradients. */
#ifndef FASTACT_SUMS_H
#define FASTACT_SUMS_H
#include "rows/precision.h"

FA_INLINE double f32_total_sum(f32_total a) { return f64_sum(f64_add(a.low, a.high)); }
FA_INLINE double f64_total_sum(f64_total a) { return f64_sum(a.all); }

/* x / by; for float32 by way of the float64 reciprocal, whose error, 2^-52, is far below the one rounding: max 0.501
 * ULP */
FA_INLINE f32v f32_divided(f32v x, double by) {
  return f32_narrow_total(f32_total_mul(f32_widen(x), f32_total_of(1 / by)));
}
FA_INLINE f64v f64_divided(f64v x, double by) { return f64_div(x, f64_set1(by)); }

/* The sum in float64, of even and of odd vectors by lanes, then of these by a fixed tree. In float32 no more than the
 * additions round: relative to the sum of absolute values by (n / 32 + 5) 2^-53. */
#define FA_SUMS(T, real, lanes) \
  static double T##_sum_of_block(const void *block, size_t n) { \
    const real *x = (const real *)block; \
    T##_total even = T##_total_of(0), odd = even; \
    size_t i = 0; \
    for (; i + 2 * lanes <= n; i += 2 * lanes) { \
      even = T##_total_add(even, T##_widen(T##_load(x + i))); \
      odd = T##_total_add(odd, T##_widen(T##_load(x + i + lanes))); \
    } \
    for (; i < n; i += lanes) { \
      T##_total part = T##_widen(T##_load_part(x + i, n - i < lanes ? n - i : lanes, 0)); \
      if (i / lanes % 2) odd = T##_total_add(odd, part); \
      else even = T##_total_add(even, part); \
    } \
    return T##_total_sum(T##_total_add(even, odd)); \
  } \
  static void T##_divide_block(void *block, size_t n, double by) { \
    real *x = (real *)block; \
    size_t i = 0; \
    for (; i + lanes <= n; i += lanes) T##_store(x + i, T##_divided(T##_load(x + i), by)); \
    if (i < n) T##_store_part(x + i, T##_divided(T##_load_part(x + i, n - i, 0), by), n - i); \
  }
FA_SUMS(f32, float, FA_F32_LANES)
FA_SUMS(f64, double, FA_F64_LANES)
#undef FA_SUMS
#endif
