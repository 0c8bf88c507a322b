/* The verbs as verbs.h has them. Compiled once per instruction set, with its flags and
 * -DHEADER='"fastact/simd/<name>.h"'. */
#include HEADER

#include <string.h>

#include "verbs.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)

#define RUN(T, name) \
  static void T##_run_##name(const void *a_, const void *b_, const void *c_, const void *table, void *out)
#define INPUTS(T, real) \
  const T##v a = T##_load(a_), b = T##_load(b_), c = T##_load(c_); \
  (void)a, (void)b, (void)c, (void)table

/* a vector result; a mask, seen through select; a scalar */
#define VECTOR(T, real, name, e) \
  RUN(T, name) { \
    INPUTS(T, real); \
    T##_store(out, e); \
  }
#define MASK(T, real, name, e) VECTOR(T, real, name, T##_select(e, c, b))
#define SCALAR(T, real, name, e) \
  RUN(T, name) { \
    INPUTS(T, real); \
    *(real *)out = e; \
  }

#define ALL(T, real) \
  VECTOR(T, real, load, a) \
  VECTOR(T, real, set1, T##_set1(*(const real *)a_)) \
  VECTOR(T, real, add, T##_add(a, b)) \
  VECTOR(T, real, sub, T##_sub(a, b)) \
  VECTOR(T, real, mul, T##_mul(a, b)) \
  VECTOR(T, real, div, T##_div(a, b)) \
  VECTOR(T, real, sqrt, T##_sqrt(a)) \
  VECTOR(T, real, fma, T##_fma(a, b, c)) \
  VECTOR(T, real, fnma, T##_fnma(a, b, c)) \
  VECTOR(T, real, fms, T##_fms(a, b, c)) \
  VECTOR(T, real, min, T##_min(a, b)) \
  VECTOR(T, real, max, T##_max(a, b)) \
  VECTOR(T, real, abs, T##_abs(a)) \
  VECTOR(T, real, neg, T##_neg(a)) \
  VECTOR(T, real, copysign, T##_copysign(a, b)) \
  MASK(T, real, signbit, T##_signbit(a)) \
  MASK(T, real, gt, T##_gt(a, b)) \
  MASK(T, real, eq, T##_eq(a, b)) \
  MASK(T, real, small, T##_small(a, T##_set1((real)(sizeof(real) == 4 ? 0x1p-126 : 0x1p-1022)))) \
  MASK(T, real, small_of_one, T##_small(a, T##_set1(1))) \
  SCALAR(T, real, lanes, (real)T##_lanes(T##_gt(a, b))) \
  RUN(T, pack) { \
    INPUTS(T, real); \
    double to[16] = {0}; \
    T##_pack(a_, T##_lanes(T##_gt(a, b)), to); \
    memset(to + fa_count_bits(T##_lanes(T##_gt(a, b))), 0, \
           sizeof to - sizeof *to * (size_t)fa_count_bits(T##_lanes(T##_gt(a, b)))); \
    for (size_t l = 0; l < 64 / sizeof(real); l++) ((real *)out)[l] = (real)to[l]; \
  } \
  RUN(T, unpack) { \
    INPUTS(T, real); \
    double from[16]; \
    for (size_t l = 0; l < 64 / sizeof(real); l++) from[l] = ((const real *)a_)[l]; \
    T##_store(out, c); \
    T##_unpack(from, T##_lanes(T##_gt(a, b)), T##_lanes(T##_gt(b, c)) | T##_lanes(T##_eq(b, c)), out); \
  } \
  MASK(T, real, either, T##_either(T##_gt(a, b), T##_eq(a, c))) \
  MASK(T, real, both, T##_both(T##_gt(a, b), T##_gt(b, c))) \
  SCALAR(T, real, any, (real)T##_any(T##_eq(a, b))) \
  SCALAR(T, real, all, (real)T##_all(T##_either(T##_eq(a, b), T##_gt(T##_set1(1.5), c)))) \
  VECTOR(T, real, pow2, T##_pow2(a)) \
  VECTOR(T, real, scale, T##_scale(a, b)) \
  VECTOR(T, real, lower, T##_lower(a, b)) \
  VECTOR(T, real, look0, T##_look(table, T##_index(a, 0))) \
  VECTOR(T, real, look5, T##_look(table, T##_index(a, 5))) \
  VECTOR(T, real, look19, T##_look(table, T##_index(a, 19))) \
  VECTOR(T, real, look_top, T##_look(table, T##_index(a, 8 * sizeof(real) - 4))) \
  VECTOR(T, real, add_sixteenths, T##_add_sixteenths(a, b)) \
  VECTOR(T, real, zip_low, T##_zip_low(a, b)) \
  VECTOR(T, real, zip_high, T##_zip_high(a, b)) \
  VECTOR(T, real, even, T##_even(a, b)) \
  VECTOR(T, real, odd, T##_odd(a, b)) \
  SCALAR(T, real, sum, T##_sum(a)) \
  SCALAR(T, real, maximum, T##_maximum(a)) \
  VECTOR(T, real, held, T##_held(a)) \
  MASK(T, real, zero_bytes, T##_zero_bytes(a_)) \
  VECTOR(T, real, and3, T##_and3(a, b, c)) \
  VECTOR(T, real, unbias, T##_unbias(a, T##_add(a, T##_copysign(b, a)), b)) \
  RUN(T, stream) { \
    INPUTS(T, real); \
    T##_stream(out, a); \
    FA_STREAM_FENCE(); \
    FA_PREFETCH(out); \
  } \
  static void T##_run_load_part(const void *p, size_t k, void *out) { T##_store(out, T##_load_part(p, k, 7)); } \
  static void T##_run_store_part(void *p, const void *a, size_t k) { T##_store_part(p, T##_load(a), k); } \
  static unsigned T##_run_zero_bytes_part(const unsigned char *p, size_t k) { \
    return T##_lanes(T##_zero_bytes_part(p, k)); \
  }
ALL(f32, float)
ALL(f64, double)
RUN(f32, look8) {
  INPUTS(f32, float);
  _Alignas(64) float twice[16];
  memcpy(twice, table, sizeof twice / 2), memcpy(twice + 8, table, sizeof twice / 2);
  f32_store(out, f32_look8(twice, f32_index(a, 22)));
}
RUN(f32, widen_low) {
  INPUTS(f32, float);
  f64_store(out, f32_widen_low(a));
}
RUN(f32, widen_high) {
  INPUTS(f32, float);
  f64_store(out, f32_widen_high(a));
}
#define WIDE(name, e) \
  RUN(f32, name) { \
    const f32_wide a = f32_wide_load(a_), b = f32_wide_load(b_), c = f32_wide_load(c_); \
    (void)a, (void)b, (void)c, (void)table; \
    f64_store(out, e); \
  }
WIDE(wide_low, f32_wide_low(a))
WIDE(wide_high, f32_wide_high(a))
WIDE(wide_part, f32_wide_high(f32_wide_part(a_, 11)))
WIDE(wide_zero, f32_wide_low(f32_wide_zero()))
WIDE(wide_add_low, f32_wide_low(f32_wide_add(a, b)))
WIDE(wide_add_high, f32_wide_high(f32_wide_add(a, b)))
WIDE(wide_fma_low, f32_wide_low(f32_wide_fma(a, b, c)))
WIDE(wide_fma_high, f32_wide_high(f32_wide_fma(a, b, c)))
RUN(f64, narrow) {
  INPUTS(f64, double);
  f32_store(out, f64_narrow(a, b));
}

#define ROWS(T, t, lanes) \
  {#T "_load", t, t, lanes, ANY, BITS, T##_run_load}, {#T "_set1", t, t, lanes, ANY, BITS, T##_run_set1}, \
      {#T "_add", t, t, lanes, ANY, ROUNDED, T##_run_add}, {#T "_sub", t, t, lanes, ANY, ROUNDED, T##_run_sub}, \
      {#T "_mul", t, t, lanes, ANY, ROUNDED, T##_run_mul}, {#T "_div", t, t, lanes, ANY, ROUNDED, T##_run_div}, \
      {#T "_sqrt", t, t, lanes, ANY, ROUNDED, T##_run_sqrt}, {#T "_fma", t, t, lanes, ANY, ROUNDED, T##_run_fma}, \
      {#T "_fnma", t, t, lanes, ANY, ROUNDED, T##_run_fnma}, {#T "_fms", t, t, lanes, ANY, ROUNDED, T##_run_fms}, \
      {#T "_min", t, t, lanes, ANY, BITS, T##_run_min}, {#T "_max", t, t, lanes, ANY, BITS, T##_run_max}, \
      {#T "_abs", t, t, lanes, ANY, BITS, T##_run_abs}, {#T "_neg", t, t, lanes, ANY, BITS, T##_run_neg}, \
      {#T "_copysign", t, t, lanes, ANY, BITS, T##_run_copysign}, \
      {#T "_signbit", t, t, lanes, ANY, BITS, T##_run_signbit}, {#T "_gt", t, t, lanes, ANY, BITS, T##_run_gt}, \
      {#T "_eq", t, t, lanes, ANY, BITS, T##_run_eq}, {#T "_small", t, t, lanes, ANY, BITS, T##_run_small}, \
      {#T "_small, of 1", t, t, lanes, ANY, BITS, T##_run_small_of_one}, \
      {#T "_lanes", t, t, 1, ANY, BITS, T##_run_lanes}, {#T "_pack", t, t, lanes, ANY, ROUNDED, T##_run_pack}, \
      {#T "_unpack", t, t, lanes, ANY, ROUNDED, T##_run_unpack}, \
      {#T "_either", t, t, lanes, ANY, BITS, T##_run_either}, {#T "_both", t, t, lanes, ANY, BITS, T##_run_both}, \
      {#T "_any", t, t, 1, ANY, BITS, T##_run_any}, {#T "_all", t, t, 1, ANY, BITS, T##_run_all}, \
      {#T "_pow2", t, t, lanes, ANY, BITS, T##_run_pow2}, {#T "_scale", t, t, lanes, SCALE, ROUNDED, T##_run_scale}, \
      {#T "_lower", t, t, lanes, LOWER, ROUNDED, T##_run_lower}, \
      {#T "_look, shift 0", t, t, lanes, ANY, BITS, T##_run_look0}, \
      {#T "_look, shift 5", t, t, lanes, ANY, BITS, T##_run_look5}, \
      {#T "_look, shift 19", t, t, lanes, ANY, BITS, T##_run_look19}, \
      {#T "_look, top bits", t, t, lanes, ANY, BITS, T##_run_look_top}, \
      {#T "_add_sixteenths", t, t, lanes, ANY, BITS, T##_run_add_sixteenths}, \
      {#T "_zip_low", t, t, lanes, ANY, BITS, T##_run_zip_low}, \
      {#T "_zip_high", t, t, lanes, ANY, BITS, T##_run_zip_high}, {#T "_even", t, t, lanes, ANY, BITS, T##_run_even}, \
      {#T "_odd", t, t, lanes, ANY, BITS, T##_run_odd}, {#T "_sum", t, t, 1, ANY, ROUNDED, T##_run_sum}, \
      {#T "_maximum", t, t, 1, ANY, BITS, T##_run_maximum}, {#T "_held", t, t, lanes, ANY, BITS, T##_run_held}, \
      {#T "_zero_bytes", t, t, lanes, ANY, BITS, T##_run_zero_bytes}, \
      {#T "_and3", t, t, lanes, ANY, BITS, T##_run_and3}, \
      {#T "_unbias", t, t, lanes, UNBIAS, ROUNDED, T##_run_unbias}, { \
    #T "_stream", t, t, lanes, ANY, BITS, T##_run_stream \
  }
static const verb list[] = {
    ROWS(f32, 'f', FA_F32_LANES),
    ROWS(f64, 'd', FA_F64_LANES),
    {"f32_look8", 'f', 'f', FA_F32_LANES, ANY, BITS, f32_run_look8},
    {"f32_widen_low", 'f', 'd', FA_F64_LANES, ANY, ROUNDED, f32_run_widen_low},
    {"f32_widen_high", 'f', 'd', FA_F64_LANES, ANY, ROUNDED, f32_run_widen_high},
#define WIDE_ROW(name) {"f32_" #name, 'f', 'd', FA_F64_LANES, ANY, ROUNDED, f32_run_##name}
    WIDE_ROW(wide_low),
    WIDE_ROW(wide_high),
    WIDE_ROW(wide_part),
    WIDE_ROW(wide_zero),
    WIDE_ROW(wide_add_low),
    WIDE_ROW(wide_add_high),
    WIDE_ROW(wide_fma_low),
    WIDE_ROW(wide_fma_high),
    {"f64_narrow", 'd', 'f', FA_F32_LANES, ANY, ROUNDED, f64_run_narrow},
};
const verbs PASTE(verbs_, FA_ISA) = {
    TEXT(FA_ISA),
    list,
    sizeof list / sizeof *list,
    {f32_run_load_part, f64_run_load_part},
    {f32_run_store_part, f64_run_store_part},
    {f32_run_zero_bytes_part, f64_run_zero_bytes_part},
};
