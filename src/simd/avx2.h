/* The vector verbs on AVX2 and FMA: two registers a virtual vector, for the low and the high lanes. portable.h says
 * what each verb gives. */
#ifndef FASTACT_SIMD_AVX2_H
#define FASTACT_SIMD_AVX2_H
#include <immintrin.h>
#include <stdint.h>
#include "simd/flush.h"
#include "simd/functions.h"

#define FA_ISA avx2
enum { FA_REGISTERS = 8 }; /* virtual vectors that the registers hold */
#define FA_F32_LANES 16
#define FA_F64_LANES 8

/* A mask is true where the sign bit is set: blendv reads no other bit. */
typedef struct {
  __m256 low, high;
} f32v, f32m;
typedef struct {
  __m256d low, high;
} f64v, f64m;

#define f32_int_ _mm256_castps_si256
#define f64_int_ _mm256_castpd_si256
#define f32_real_ _mm256_castsi256_ps
#define f64_real_ _mm256_castsi256_pd
/* the masks (as integers) of lanes from .. whose number is less than k */
#define f32_first_(k, from) \
  _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(k) - from), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define f64_first_(k, from) _mm256_cmpgt_epi64(_mm256_set1_epi64x((int)(k) - from), _mm256_setr_epi64x(0, 1, 2, 3))
/* for T_scale: where n is clamped, 2^k + 2 * bias in which 2^-8 is the last place, the exponent field */
#define f32_scale_lowest_ -216.0f
#define f64_scale_lowest_ -1140.0
#define f32_scale_highest_ 192.0f
#define f64_scale_highest_ 1088.0
#define f32_scale_magic_ (0x1p15f + 254)
#define f64_scale_magic_ (0x1p44 + 2046)
/* rounds to an integer and leaves the exponent field of 2 to that power in the low bits */
#define f32_power_magic_ (0x1.8p23f + 127)
#define f64_power_magic_ (0x1.8p52 + 1023)
#define f32_exponent_ _mm256_set1_epi32(0x7f800000)
#define f64_exponent_ _mm256_set1_epi64x(0x7ff0000000000000)
#define f32_256_ _mm256_set1_epi32(256)
#define f64_256_ _mm256_set1_epi64x(256)

/* the even (odd) lanes of one vector's halves, whose quarters a shuffle leaves as 0 2 1 3 */
#define FA_QUARTERS_(pairs) _mm256_permute4x64_pd(pairs, 0xD8)
#define f32_even_(low, high) _mm256_castpd_ps(FA_QUARTERS_(_mm256_castps_pd(_mm256_shuffle_ps(low, high, 0x88))))
#define f32_odd_(low, high) _mm256_castpd_ps(FA_QUARTERS_(_mm256_castps_pd(_mm256_shuffle_ps(low, high, 0xDD))))
#define f64_even_(low, high) FA_QUARTERS_(_mm256_unpacklo_pd(low, high))
#define f64_odd_(low, high) FA_QUARTERS_(_mm256_unpackhi_pd(low, high))

/* a verb of the halves, lifted to the vectors */
#define FA_LIFT1(T, name, f) \
  FA_INLINE T##v T##_##name(T##v a) { \
    T##v r = {f(a.low), f(a.high)}; \
    return r; \
  }
#define FA_LIFT2(T, name, to, f) \
  FA_INLINE T##to T##_##name(T##v a, T##v b) { \
    T##to r = {f(a.low, b.low), f(a.high, b.high)}; \
    return r; \
  }
#define FA_LIFT3(T, name, from, f) \
  FA_INLINE T##v T##_##name(T##from a, T##v b, T##v c) { \
    T##v r = {f(a.low, b.low, c.low), f(a.high, b.high, c.high)}; \
    return r; \
  }

#define FA_VERBS(T, real, reg, s, half, w, mantissa) \
  FA_INLINE reg T##_gt_(reg a, reg b) { return _mm256_cmp_##s(a, b, _CMP_GT_OQ); } \
  FA_INLINE reg T##_eq_(reg a, reg b) { return _mm256_cmp_##s(a, b, _CMP_EQ_OQ); } \
  FA_INLINE reg T##_select_(reg m, reg a, reg b) { return _mm256_blendv_##s(b, a, m); } \
  FA_INLINE reg T##_abs_(reg a) { return _mm256_andnot_##s(_mm256_set1_##s((real)(-0.0)), a); } \
  FA_INLINE reg T##_neg_(reg a) { return _mm256_xor_##s(_mm256_set1_##s((real)(-0.0)), a); } \
  FA_INLINE reg T##_copysign_(reg a, reg b) { \
    return _mm256_or_##s(T##_abs_(a), _mm256_and_##s(_mm256_set1_##s((real)(-0.0)), b)); \
  } \
  FA_INLINE reg T##_pow2_(reg z) { return T##_real_(_mm256_slli_epi##w(T##_int_(z), mantissa)); } \
  /* (v * 2^a) * 2^b, a = floor(n/2), b = floor((n+1)/2) of n floored, clamped to where a |v| in [2^-64, 2^64] has \
   * become 0 or infinite. It rounds once: v * 2^a overflows only where v * 2^n does; it is subnormal, and so inexact, \
   * only where a < -62 (float64: -958), and then 2^b <= 2^-62 leaves less than half the smallest subnormal, which \
   * gives 0 either way. The exponent fields of 2^a and 2^b are cut from n + magic as they stand there. */ \
  FA_INLINE reg T##_scale_(reg v, reg n) { \
    n = _mm256_min_##s(_mm256_max_##s(n, _mm256_set1_##s(T##_scale_lowest_)), _mm256_set1_##s(T##_scale_highest_)); \
    __m256i u = T##_int_(_mm256_add_##s(n, _mm256_set1_##s(T##_scale_magic_))); \
    __m256i a = _mm256_and_si256(_mm256_slli_epi##w(u, mantissa - 9), T##_exponent_); \
    __m256i b = _mm256_and_si256(_mm256_slli_epi##w(_mm256_add_epi##w(u, T##_256_), mantissa - 9), T##_exponent_); \
    return _mm256_mul_##s(_mm256_mul_##s(v, T##_real_(a)), T##_real_(b)); \
  } \
  FA_INLINE reg T##_lower_(reg v, reg k) { \
    reg p = T##_pow2_(_mm256_fmadd_##s(k, _mm256_set1_##s((real)0.5), _mm256_set1_##s(T##_power_magic_))); \
    return _mm256_mul_##s(_mm256_mul_##s(v, p), p); \
  } \
  FA_INLINE reg T##_add_sixteenths_(reg v, reg z) { \
    return T##_real_(_mm256_add_epi##w(T##_int_(v), _mm256_slli_epi##w(T##_int_(z), mantissa - 4))); \
  } \
  /* the two halves of the result: unpack works within 128 bits */ \
  FA_INLINE T##v T##_zip_(reg a, reg b) { \
    reg even = _mm256_unpacklo_##s(a, b), odd = _mm256_unpackhi_##s(a, b); \
    T##v r = {_mm256_permute2f128_##s(even, odd, 0x20), _mm256_permute2f128_##s(even, odd, 0x31)}; \
    return r; \
  } \
  FA_INLINE T##v T##_set1(real c) { \
    T##v r = {_mm256_set1_##s(c), _mm256_set1_##s(c)}; \
    return r; \
  } \
  FA_INLINE T##v T##_load(const real *p) { \
    T##v r = {_mm256_loadu_##s(p), _mm256_loadu_##s(p + half)}; \
    return r; \
  } \
  FA_INLINE void T##_store(real *p, T##v a) { \
    _mm256_storeu_##s(p, a.low); \
    _mm256_storeu_##s(p + half, a.high); \
  } \
  FA_INLINE void T##_stream(real *p, T##v a) { \
    _mm256_stream_##s(p, a.low); \
    _mm256_stream_##s(p + half, a.high); \
  } \
  FA_LIFT2(T, add, v, _mm256_add_##s) \
  FA_LIFT2(T, sub, v, _mm256_sub_##s) \
  FA_LIFT2(T, mul, v, _mm256_mul_##s) \
  FA_LIFT2(T, div, v, _mm256_div_##s) \
  FA_LIFT1(T, sqrt, _mm256_sqrt_##s) \
  FA_LIFT3(T, fma, v, _mm256_fmadd_##s) \
  FA_LIFT3(T, fnma, v, _mm256_fnmadd_##s) \
  FA_LIFT3(T, fms, v, _mm256_fmsub_##s) \
  FA_LIFT2(T, min, v, _mm256_min_##s) \
  FA_LIFT2(T, max, v, _mm256_max_##s) \
  FA_LIFT1(T, abs, T##_abs_) \
  FA_LIFT1(T, neg, T##_neg_) \
  FA_LIFT2(T, copysign, v, T##_copysign_) \
  FA_INLINE T##m T##_signbit(T##v a) { \
    T##m r = {a.low, a.high}; \
    return r; \
  } \
  FA_LIFT2(T, gt, m, T##_gt_) \
  FA_LIFT2(T, eq, m, T##_eq_) \
  /* twice the word, without the sign, moved so that 0 is the largest of signed numbers */ \
  FA_INLINE reg T##_small_(reg a, reg least) { \
    const __m256i most = _mm256_srli_epi##w(_mm256_set1_epi32(-1), 1); \
    __m256i u = T##_int_(a), l = T##_int_(least); \
    u = _mm256_add_epi##w(_mm256_add_epi##w(u, u), most), l = _mm256_add_epi##w(_mm256_add_epi##w(l, l), most); \
    return T##_real_(_mm256_cmpgt_epi##w(l, u)); \
  } \
  FA_LIFT2(T, small, m, T##_small_) \
  FA_LIFT2(T, either, m, _mm256_or_##s) \
  FA_LIFT2(T, both, m, _mm256_and_##s) \
  FA_INLINE int T##_any(T##m m) { return _mm256_movemask_##s(_mm256_or_##s(m.low, m.high)) != 0; } \
  FA_INLINE int T##_all(T##m m) { return _mm256_movemask_##s(_mm256_and_##s(m.low, m.high)) == (1 << half) - 1; } \
  FA_INLINE unsigned T##_lanes(T##m m) { \
    return (unsigned)_mm256_movemask_##s(m.low) | (unsigned)_mm256_movemask_##s(m.high) << half; \
  } \
  FA_LIFT3(T, select, m, T##_select_) \
  FA_LIFT1(T, pow2, T##_pow2_) \
  FA_LIFT2(T, scale, v, T##_scale_) \
  FA_LIFT2(T, lower, v, T##_lower_) \
  FA_LIFT2(T, add_sixteenths, v, T##_add_sixteenths_) \
  FA_INLINE T##v T##_zip_low(T##v a, T##v b) { return T##_zip_(a.low, b.low); } \
  FA_INLINE T##v T##_zip_high(T##v a, T##v b) { return T##_zip_(a.high, b.high); } \
  FA_INLINE T##v T##_even(T##v a, T##v b) { \
    T##v r = {T##_even_(a.low, a.high), T##_even_(b.low, b.high)}; \
    return r; \
  } \
  FA_INLINE T##v T##_odd(T##v a, T##v b) { \
    T##v r = {T##_odd_(a.low, a.high), T##_odd_(b.low, b.high)}; \
    return r; \
  } \
  /* masked lanes are neither read nor written, so a page that they alone lie on is not touched */ \
  FA_INLINE T##v T##_load_part(const real *p, size_t k, real c) { \
    __m256i low = T##_first_(k, 0), high = T##_first_(k, half); \
    T##m inside = {T##_real_(low), T##_real_(high)}; \
    T##v r = {_mm256_maskload_##s(p, low), _mm256_maskload_##s(p + half, high)}; \
    return T##_select(inside, r, T##_set1(c)); \
  } \
  FA_INLINE void T##_store_part(real *p, T##v a, size_t k) { \
    _mm256_maskstore_##s(p, T##_first_(k, 0), a.low); \
    _mm256_maskstore_##s(p + half, T##_first_(k, half), a.high); \
  } \
  FA_INLINE real T##_sum(T##v a){T##_FOLD_(a, add)} FA_INLINE real T##_maximum(T##v a) { T##_FOLD_(a, max) }

#define f32_FOLD_(a, op) \
  __m256 h = _mm256_##op##_ps(a.low, a.high); \
  __m128 q = _mm_##op##_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1)); \
  q = _mm_##op##_ps(q, _mm_movehl_ps(q, q)); \
  return _mm_cvtss_f32(_mm_##op##_ss(q, _mm_movehdup_ps(q)));
#define f64_FOLD_(a, op) \
  __m256d h = _mm256_##op##_pd(a.low, a.high); \
  __m128d q = _mm_##op##_pd(_mm256_castpd256_pd128(h), _mm256_extractf128_pd(h, 1)); \
  return _mm_cvtsd_f64(_mm_##op##_sd(q, _mm_unpackhi_pd(q, q)));

FA_VERBS(f32, float, __m256, ps, 8, 32, 23)
FA_VERBS(f64, double, __m256d, pd, 4, 64, 52)

FA_INLINE f32v f32_besides(f32v y, f32v other) {
  FA_BESIDES("x", y.low, other.low);
  FA_BESIDES("x", y.high, other.high);
  return y;
}

FA_INLINE f32v f32_held(f32v v) {
  FA_HOLD("x", v.low);
  FA_HOLD("x", v.high);
  return v;
}
FA_INLINE f64v f64_held(f64v v) {
  FA_HOLD("x", v.low);
  FA_HOLD("x", v.high);
  return v;
}
FA_INLINE f32m f32_zero_bytes(const unsigned char *p) {
  const __m128i zero = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)p), _mm_setzero_si128());
  f32m r = {f32_real_(_mm256_cvtepi8_epi32(zero)), f32_real_(_mm256_cvtepi8_epi32(_mm_srli_si128(zero, 8)))};
  return r;
}
FA_INLINE f64m f64_zero_bytes(const unsigned char *p) {
  const __m128i zero = _mm_cmpeq_epi8(_mm_loadl_epi64((const __m128i *)p), _mm_setzero_si128());
  f64m r = {f64_real_(_mm256_cvtepi8_epi64(zero)), f64_real_(_mm256_cvtepi8_epi64(_mm_srli_si128(zero, 4)))};
  return r;
}
FA_INLINE __m256 f32_and3_(__m256 a, __m256 b, __m256 c) { return _mm256_and_ps(a, _mm256_and_ps(b, c)); }
FA_INLINE __m256d f64_and3_(__m256d a, __m256d b, __m256d c) { return _mm256_and_pd(a, _mm256_and_pd(b, c)); }
FA_LIFT3(f32, and3, v, f32_and3_)
FA_LIFT3(f64, and3, v, f64_and3_)

/* The words of 2v and sum are of one sign: the larger magnitude is the larger signed integer. */
#define f32_max_word_ _mm256_max_epi32
FA_INLINE __m256i f64_max_word_(__m256i a, __m256i b) { return _mm256_blendv_epi8(b, a, _mm256_cmpgt_epi64(a, b)); }
#define FA_UNBIAS(T, reg, s, w, word) \
  FA_INLINE reg T##_unbias_(reg v, reg sum, reg g) { \
    __m256i m = T##_max_word_(_mm256_add_epi##w(T##_int_(v), word), T##_int_(sum)); \
    return T##_select_(_mm256_cmp_##s(v, v, _CMP_UNORD_Q), v, T##_real_(_mm256_sub_epi##w(m, T##_int_(g)))); \
  } \
  FA_LIFT3(T, unbias, v, T##_unbias_)
FA_UNBIAS(f32, __m256, ps, 32, _mm256_set1_epi32(1 << 23))
FA_UNBIAS(f64, __m256d, pd, 64, _mm256_set1_epi64x(1ll << 52))

/* An entry among eight, of which the permutes read three bits, and in the sign bit whether it is one of the upper
 * eight. */
typedef struct {
  __m256i low, high;
  f32m upper;
} f32i;
FA_INLINE f32i f32_index(f32v z, const int shift) {
  __m256i low = _mm256_srli_epi32(f32_int_(z.low), shift), high = _mm256_srli_epi32(f32_int_(z.high), shift);
  f32i k = {low, high, {f32_real_(_mm256_slli_epi32(low, 28)), f32_real_(_mm256_slli_epi32(high, 28))}};
  return k;
}
FA_INLINE f32v f32_look(const float *table, f32i k) {
  __m256 lower = _mm256_load_ps(table), upper = _mm256_load_ps(table + 8);
  f32v a = {_mm256_permutevar8x32_ps(lower, k.low), _mm256_permutevar8x32_ps(lower, k.high)};
  f32v b = {_mm256_permutevar8x32_ps(upper, k.low), _mm256_permutevar8x32_ps(upper, k.high)};
  return f32_select(k.upper, b, a);
}

/* a permute for each register, where 16 entries take two and a blend */
FA_INLINE f32v f32_look8(const float *table, f32i k) {
  const __m256 entries = _mm256_load_ps(table);
  f32v r = {_mm256_permutevar8x32_ps(entries, k.low), _mm256_permutevar8x32_ps(entries, k.high)};
  return r;
}

/* Scalar loads: 0.24 ns a lane for the first table and 0.19 for every further one of the same index (Zen 4), against
 * 0.36 by vgatherqpd and 0.18, 0.23 by four permutes and three blends. */
typedef struct {
  __m256i low, high;
} f64i;
FA_INLINE f64i f64_index(f64v z, const int shift) {
  const __m256i fifteen = _mm256_set1_epi64x(15);
  f64i k = {_mm256_and_si256(_mm256_srli_epi64(f64_int_(z.low), shift), fifteen),
            _mm256_and_si256(_mm256_srli_epi64(f64_int_(z.high), shift), fifteen)};
  return k;
}
FA_INLINE __m128d f64_look2_(const double *table, __m128i k) {
  return _mm_loadh_pd(_mm_load_sd(table + _mm_cvtsi128_si64(k)), table + _mm_extract_epi64(k, 1));
}
FA_INLINE __m256d f64_look4_(const double *table, __m256i k) {
  __m128d low = f64_look2_(table, _mm256_castsi256_si128(k)), high = f64_look2_(table, _mm256_extracti128_si256(k, 1));
  return _mm256_insertf128_pd(_mm256_castpd128_pd256(low), high, 1);
}
FA_INLINE f64v f64_look(const double *table, f64i k) {
  f64v r = {f64_look4_(table, k.low), f64_look4_(table, k.high)};
  return r;
}

FA_INLINE f64v f32_widen_(__m256 a) {
  f64v r = {_mm256_cvtps_pd(_mm256_castps256_ps128(a)), _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1))};
  return r;
}
FA_INLINE f64v f32_widen_low(f32v a) { return f32_widen_(a.low); }
FA_INLINE f64v f32_widen_high(f32v a) { return f32_widen_(a.high); }
FA_INLINE __m256 f64_narrow_(f64v a) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(a.low)), _mm256_cvtpd_ps(a.high), 1);
}
FA_INLINE f32v f64_narrow(f64v a, f64v b) {
  f32v r = {f64_narrow_(a), f64_narrow_(b)};
  return r;
}

FA_INLINE f32v f32_load_f16(const uint16_t *p) {
  f32v r = {_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)),
            _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 8)))};
  return r;
}
FA_INLINE void f32_store_f16(uint16_t *p, f32v a) {
  _mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph(a.low, _MM_FROUND_TO_NEAREST_INT));
  _mm_storeu_si128((__m128i *)(p + 8), _mm256_cvtps_ph(a.high, _MM_FROUND_TO_NEAREST_INT));
}
FA_INLINE __m256 bf16_widen_(const uint16_t *p) {
  return f32_real_(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)), 16));
}
FA_INLINE f32v f32_load_bf16(const uint16_t *p) {
  f32v r = {bf16_widen_(p), bf16_widen_(p + 8)};
  return r;
}
FA_INLINE __m256i bf16_narrow_(__m256 a) {
  __m256i w = f32_int_(a), top = _mm256_srli_epi32(w, 16);
  __m256i rounded =
      _mm256_add_epi32(_mm256_add_epi32(w, _mm256_set1_epi32(0x7fff)), _mm256_and_si256(top, _mm256_set1_epi32(1)));
  __m256i nan = f32_int_(_mm256_cmp_ps(a, a, _CMP_UNORD_Q));
  return _mm256_blendv_epi8(_mm256_srli_epi32(rounded, 16), _mm256_or_si256(top, _mm256_set1_epi32(0x40)), nan);
}
FA_INLINE void f32_store_bf16(uint16_t *p, f32v a) {
  __m256i packed = _mm256_packus_epi32(bf16_narrow_(a.low), bf16_narrow_(a.high)); /* halves of either, in turn */
  _mm256_storeu_si256((__m256i *)p, _mm256_permute4x64_epi64(packed, 0xD8));
}

#include "simd/avx2_lanes.h"
FA_ZERO_BYTES_PART(f32)
FA_ZERO_BYTES_PART(f64)
#include "simd/wide.h"

#define FA_PREFETCH(p) _mm_prefetch((const char *)(p), _MM_HINT_T0)
#define FA_STREAM_FENCE() _mm_sfence()
#endif
