/* Formulas with a usual form: T_name_fast() says which lanes it does not serve, which are far. Which path a lane takes
 * depends on its own operands alone. Loops ask once for two vectors (loops.h), what else calls T_name() for each.
 *
 * float64 has T_name_slow(), which serves all lanes, and f64_name_vanishes(), which says where the result is a 0, so
 * that lanes such as those of a mask's -1e9 do not take the slow path's time. In float32 far lanes are rare
 * (rare_lanes.h): T_name_slow() gives the least number, by which they are found, or a 0 of the result's sign; T_found()
 * raises the flag.
 */
#ifndef FASTACT_TWO_PATHS_H
#define FASTACT_TWO_PATHS_H
#include <math.h>

FA_INLINE void f32_found(void) {
#if FA_FLUSHES
  fa_raise_underflow();
#endif
}
FA_INLINE void f64_found(void) {}

/* y; raises the flag where a lane is smaller than `least`, a power of two, and not 0. */
#define FA_F32_SMALL 0x1p-60f
FA_INLINE f32v f32_noticed(f32v y, const float least) {
  return f32_besides(y, f32_mul(y, f32_set1(0x1p-126f / least)));
}
FA_INLINE f64v f64_noticed(f64v y, const double least) {
  (void)least;
  return y;
}
#define FA_F64_SMALL 0

#define FA_OF_TWO_PATHS(prefix, ...) FA_OF_TWO_PATHS_(prefix, __VA_ARGS__)
#define FA_OF_TWO_PATHS_(T, name, arguments, ...) \
  FA_IN_FAR_##T(name, arguments, __VA_ARGS__) FA_INLINE T##v T##_##name arguments { \
    T##m far; \
    T##v y = T##_##name##_fast(__VA_ARGS__, &far); \
    if (FA_UNLIKELY(T##_any(far))) y = T##_select(far, T##_##name##_in_far(__VA_ARGS__, T##_lanes(far)), y); \
    return y; \
  }
#define FA_LIST(...) __VA_ARGS__
/* far: the lanes that are, as bits, of which one at least is set */
#define FA_IN_FAR_f32(name, arguments, ...) \
  FA_INLINE f32v f32_##name##_in_far(FA_LIST arguments, unsigned far) { \
    (void)far; \
    f32_found(); \
    return f32_##name##_slow(__VA_ARGS__); \
  }
#define FA_IN_FAR_f64(name, arguments, ...) \
  FA_NOINLINE f64v f64_##name##_in_far(FA_LIST arguments, unsigned far) { \
    f64v zero; \
    const unsigned vanished = f64_lanes(f64_##name##_vanishes(__VA_ARGS__, &zero)); \
    return far & ~vanished ? f64_##name##_slow(__VA_ARGS__) : zero; \
  }
/* where: the lanes with such a result, unless `value`, a 0 of its sign, is NaN because an operand is not finite */
#define FA_VANISHES(name, arguments, where, value) \
  FA_INLINE f64m f64_##name##_vanishes(FA_LIST arguments, f64v *zero) { \
    *zero = value; \
    return f64_both(where, f64_eq(*zero, *zero)); \
  }
/* the low part of a product or a quotient, which is no number where that is infinite */
FA_INLINE f32v f32_number_or_zero(f32v low) {
  return f32_select(f32_gt(f32_set1(0x1.fffffep127f), f32_abs(low)), low, f32_set1(0));
}
FA_INLINE f64v f64_number_or_zero(f64v low) {
  return f64_select(f64_gt(f64_set1(0x1.fffffffffffffp1023), f64_abs(low)), low, f64_set1(0));
}
/* what a rare lane holds until it has its result */
FA_INLINE f32v f32_to_be_found(void) { return f32_set1(0x1p-149f); }
FA_INLINE f32v f32_zero_or_to_be_found(f32v zero) { return f32_select(f32_eq(zero, zero), zero, f32_to_be_found()); }
/* such a 0 where x is below -200, so that the lane may be done (rarities.h); NaN where x is */
FA_INLINE f32v f32_zero_far_below(f32v x, f32v zero) {
  f32v y = f32_select(f32_gt(f32_set1(-200.f), x), f32_zero_or_to_be_found(zero), f32_to_be_found());
  return f32_select(f32_eq(x, x), y, f32_add(x, x));
}
/* Far lanes of float32 are rare; value: a 0 of the result's sign, or NaN where operands are not finite. */
#define FA_FAR_IS_RARE(name, arguments, value) \
  FA_INLINE f32v f32_##name##_slow arguments { return value; }
#endif
