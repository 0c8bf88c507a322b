/* The vector verbs on AVX-512 (F, DQ, BW, VL): one register a virtual vector. portable.h says what each verb gives. */
#ifndef FASTACT_SIMD_AVX512_H
#define FASTACT_SIMD_AVX512_H
#include <immintrin.h>
#include <stdint.h>
#include "simd/flush.h"
#include "simd/functions.h"
#include "simd/lanes.h"

#define FA_ISA avx512
enum { FA_REGISTERS = 32 }; /* virtual vectors that the registers hold */
#define FA_F32_LANES 16
#define FA_F64_LANES 8

typedef __m512 f32v;
typedef __mmask16 f32m;
typedef __m512i f32i;
typedef __m512d f64v;
typedef __mmask8 f64m;
typedef __m512i f64i;

FA_INLINE f32m f32_first_(size_t k) { return (f32m)_bzhi_u32(0xffff, (unsigned)k); }
FA_INLINE f64m f64_first_(size_t k) { return (f64m)_bzhi_u32(0xff, (unsigned)k); }
#define f32_int_ _mm512_castps_si512
#define f64_int_ _mm512_castpd_si512
#define f32_signs_(a) _mm512_movepi32_mask(f32_int_(a))
#define f64_signs_(a) _mm512_movepi64_mask(f64_int_(a))

#define FA_VERBS(T, real, s) \
  FA_INLINE T##v T##_set1(real c) { return _mm512_set1_##s(c); } \
  FA_INLINE T##v T##_load(const real *p) { return _mm512_loadu_##s(p); } \
  FA_INLINE T##v T##_load_part(const real *p, size_t k, real c) { \
    return _mm512_mask_loadu_##s(_mm512_set1_##s(c), T##_first_(k), p); \
  } \
  FA_INLINE void T##_store(real *p, T##v a) { _mm512_storeu_##s(p, a); } \
  FA_INLINE void T##_store_part(real *p, T##v a, size_t k) { _mm512_mask_storeu_##s(p, T##_first_(k), a); } \
  FA_INLINE void T##_stream(real *p, T##v a) { _mm512_stream_##s(p, a); } \
  FA_INLINE T##v T##_add(T##v a, T##v b) { return _mm512_add_##s(a, b); } \
  FA_INLINE T##v T##_sub(T##v a, T##v b) { return _mm512_sub_##s(a, b); } \
  FA_INLINE T##v T##_mul(T##v a, T##v b) { return _mm512_mul_##s(a, b); } \
  FA_INLINE T##v T##_div(T##v a, T##v b) { return _mm512_div_##s(a, b); } \
  FA_INLINE T##v T##_sqrt(T##v a) { return _mm512_sqrt_##s(a); } \
  FA_INLINE T##v T##_fma(T##v a, T##v b, T##v c) { return _mm512_fmadd_##s(a, b, c); } \
  FA_INLINE T##v T##_fnma(T##v a, T##v b, T##v c) { return _mm512_fnmadd_##s(a, b, c); } \
  FA_INLINE T##v T##_fms(T##v a, T##v b, T##v c) { return _mm512_fmsub_##s(a, b, c); } \
  FA_INLINE T##v T##_min(T##v a, T##v b) { return _mm512_min_##s(a, b); } \
  FA_INLINE T##v T##_max(T##v a, T##v b) { return _mm512_max_##s(a, b); } \
  FA_INLINE T##v T##_abs(T##v a) { return _mm512_andnot_##s(_mm512_set1_##s((real)(-0.0)), a); } \
  FA_INLINE T##v T##_neg(T##v a) { return _mm512_xor_##s(_mm512_set1_##s((real)(-0.0)), a); } \
  FA_INLINE T##v T##_copysign(T##v a, T##v b) { \
    T##v m = _mm512_set1_##s((real)(-0.0)); \
    return _mm512_or_##s(_mm512_andnot_##s(m, a), _mm512_and_##s(m, b)); \
  } \
  FA_INLINE T##m T##_signbit(T##v a) { return T##_signs_(a); } \
  FA_INLINE T##m T##_gt(T##v a, T##v b) { return _mm512_cmp_##s##_mask(a, b, _CMP_GT_OQ); } \
  FA_INLINE T##m T##_eq(T##v a, T##v b) { return _mm512_cmp_##s##_mask(a, b, _CMP_EQ_OQ); } \
  FA_INLINE T##m T##_either(T##m m, T##m n) { return (T##m)(m | n); } \
  FA_INLINE T##m T##_both(T##m m, T##m n) { return (T##m)(m & n); } \
  FA_INLINE int T##_any(T##m m) { return m != 0; } \
  FA_INLINE int T##_all(T##m m) { return m == (T##m) ~0u; } \
  FA_INLINE unsigned T##_lanes(T##m m) { return m; } \
  FA_INLINE T##v T##_select(T##m m, T##v a, T##v b) { return _mm512_mask_mov_##s(b, m, a); } \
  FA_INLINE T##v T##_scale(T##v v, T##v n) { return _mm512_scalef_##s(v, n); } \
  FA_INLINE T##v T##_lower(T##v v, T##v k) { return _mm512_scalef_##s(v, k); } \
  FA_INLINE real T##_sum(T##v a){T##_FOLD_(a, _mm512_add_##s)} FA_INLINE real T##_maximum(T##v a) { \
    T##_FOLD_(a, _mm512_max_##s) \
  }

#define f32_FOLD_(a, op) \
  a = op(a, _mm512_shuffle_f32x4(a, a, 0x4E)); \
  a = op(a, _mm512_shuffle_f32x4(a, a, 0xB1)); \
  a = op(a, _mm512_permute_ps(a, 0x4E)); \
  a = op(a, _mm512_permute_ps(a, 0xB1)); \
  return _mm512_cvtss_f32(a);
#define f64_FOLD_(a, op) \
  a = op(a, _mm512_shuffle_f64x2(a, a, 0x4E)); \
  a = op(a, _mm512_shuffle_f64x2(a, a, 0xB1)); \
  a = op(a, _mm512_permute_pd(a, 0x55)); \
  return _mm512_cvtsd_f64(a);

FA_INLINE f32v f32_besides(f32v y, f32v other) {
  FA_BESIDES("v", y, other);
  return y;
}

FA_VERBS(f32, float, ps)
FA_VERBS(f64, double, pd)

/* twice the word, without the sign, less 1: 0 is the largest */
FA_INLINE f32m f32_small(f32v a, f32v least) {
  const __m512i one = _mm512_set1_epi32(1), w = f32_int_(a), l = f32_int_(least);
  return _mm512_cmplt_epu32_mask(_mm512_sub_epi32(_mm512_add_epi32(w, w), one),
                                 _mm512_sub_epi32(_mm512_add_epi32(l, l), one));
}
FA_INLINE f64m f64_small(f64v a, f64v least) {
  const __m512i one = _mm512_set1_epi64(1), w = f64_int_(a), l = f64_int_(least);
  return _mm512_cmplt_epu64_mask(_mm512_sub_epi64(_mm512_add_epi64(w, w), one),
                                 _mm512_sub_epi64(_mm512_add_epi64(l, l), one));
}

FA_INLINE f32v f32_pow2(f32v z) { return _mm512_castsi512_ps(_mm512_slli_epi32(f32_int_(z), 23)); }
FA_INLINE f64v f64_pow2(f64v z) { return _mm512_castsi512_pd(_mm512_slli_epi64(f64_int_(z), 52)); }
/* the permutes read the low four bits of an index alone */
FA_INLINE f32i f32_index(f32v z, const int shift) {
  return shift ? _mm512_srli_epi32(f32_int_(z), shift) : f32_int_(z);
}
FA_INLINE f64i f64_index(f64v z, const int shift) {
  return shift ? _mm512_srli_epi64(f64_int_(z), shift) : f64_int_(z);
}
FA_INLINE f32v f32_look(const float *table, f32i k) { return _mm512_permutexvar_ps(k, _mm512_load_ps(table)); }
FA_INLINE f32v f32_look8(const float *table, f32i k) { return f32_look(table, k); }
FA_INLINE f64v f64_look(const double *table, f64i k) {
  return _mm512_permutex2var_pd(_mm512_load_pd(table), k, _mm512_load_pd(table + 8));
}

FA_INLINE f32v f32_held(f32v v) {
  FA_HOLD("v", v);
  return v;
}
FA_INLINE f64v f64_held(f64v v) {
  FA_HOLD("v", v);
  return v;
}
FA_INLINE f32m f32_zero_bytes(const unsigned char *p) {
  const __m128i bytes = _mm_loadu_si128((const __m128i *)p);
  return (f32m)_mm_testn_epi8_mask(bytes, bytes);
}
FA_INLINE f64m f64_zero_bytes(const unsigned char *p) {
  const __m128i bytes = _mm_loadl_epi64((const __m128i *)p);
  return (f64m)_mm_testn_epi8_mask(bytes, bytes);
}
FA_INLINE f32m f32_zero_bytes_part(const unsigned char *p, size_t k) {
  const __m128i bytes = _mm_maskz_loadu_epi8((__mmask16)((1u << k) - 1), p);
  return (f32m)_mm_testn_epi8_mask(bytes, bytes);
}
FA_INLINE f64m f64_zero_bytes_part(const unsigned char *p, size_t k) { return (f64m)f32_zero_bytes_part(p, k); }
FA_INLINE f32v f32_and3(f32v a, f32v b, f32v c) {
  return _mm512_castsi512_ps(_mm512_ternarylogic_epi32(f32_int_(a), f32_int_(b), f32_int_(c), 0x80));
}
FA_INLINE f64v f64_and3(f64v a, f64v b, f64v c) {
  return _mm512_castsi512_pd(_mm512_ternarylogic_epi64(f64_int_(a), f64_int_(b), f64_int_(c), 0x80));
}

/* The words of 2v and sum are of one sign: the larger magnitude is the larger signed integer. */
#define FA_UNBIAS(T, s, w, mantissa, one) \
  FA_INLINE T##v T##_unbias(T##v v, T##v sum, T##v g) { \
    __m512i m = _mm512_max_epi##w(_mm512_add_epi##w(T##_int_(v), _mm512_set1_epi##w(one << mantissa)), T##_int_(sum)); \
    __m512i held = _mm512_mask_sub_epi##w(T##_int_(v), _mm512_cmp_##s##_mask(v, v, _CMP_ORD_Q), m, T##_int_(g)); \
    return _mm512_castsi512_##s(held); \
  }
FA_UNBIAS(f32, ps, 32, 23, 1)
FA_UNBIAS(f64, pd, 64, 52, 1ll)

FA_INLINE f32v f32_add_sixteenths(f32v v, f32v z) {
  return _mm512_castsi512_ps(_mm512_add_epi32(f32_int_(v), _mm512_slli_epi32(f32_int_(z), 19)));
}
FA_INLINE f64v f64_add_sixteenths(f64v v, f64v z) {
  return _mm512_castsi512_pd(_mm512_add_epi64(f64_int_(v), _mm512_slli_epi64(f64_int_(z), 48)));
}

/* result lane l takes the named lane of the lanes of a, then b */
#define FA_MIX(verb, lanes32, lanes64) \
  FA_INLINE f32v f32_##verb(f32v a, f32v b) { return _mm512_permutex2var_ps(a, _mm512_setr_epi32 lanes32, b); } \
  FA_INLINE f64v f64_##verb(f64v a, f64v b) { return _mm512_permutex2var_pd(a, _mm512_setr_epi64 lanes64, b); }
FA_MIX(zip_low, (0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), (0, 8, 1, 9, 2, 10, 3, 11))
FA_MIX(zip_high, (8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), (4, 12, 5, 13, 6, 14, 7, 15))
FA_MIX(even, (0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), (0, 2, 4, 6, 8, 10, 12, 14))
FA_MIX(odd, (1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), (1, 3, 5, 7, 9, 11, 13, 15))

FA_INLINE f64v f32_widen_low(f32v a) { return _mm512_cvtps_pd(_mm512_castps512_ps256(a)); }
FA_INLINE f64v f32_widen_high(f32v a) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1)); }
FA_INLINE f32v f64_narrow(f64v a, f64v b) {
  return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(a)), _mm512_cvtpd_ps(b), 1);
}

/* Mostly few lanes are packed, and stores that cross a cache line take their time. */
FA_INLINE void f32_pack(const float *x, unsigned lanes, double *to) {
  f32v v = _mm512_maskz_compress_ps((f32m)lanes, _mm512_maskz_loadu_ps((f32m)lanes, x));
  if (fa_count_bits(lanes) <= 4) {
    _mm256_storeu_pd(to, _mm256_cvtps_pd(_mm512_castps512_ps128(v)));
    return;
  }
  f64_store(to, f32_widen_low(v)), f64_store(to + FA_F64_LANES, f32_widen_high(v));
}
FA_INLINE void f64_pack(const double *x, unsigned lanes, double *to) {
  f64_store(to, _mm512_maskz_compress_pd((f64m)lanes, _mm512_maskz_loadu_pd((f64m)lanes, x)));
}
FA_INLINE void f32_unpack(const double *from, unsigned lanes, unsigned chosen, float *y) {
  const unsigned first = f32_first_((size_t)fa_count_bits(lanes));
  if (first < 16) {
    const __m128 few = _mm256_cvtpd_ps(_mm256_maskz_loadu_pd((__mmask8)first, from));
    _mm512_mask_storeu_ps(y, (f32m)(lanes & chosen), _mm512_maskz_expand_ps((f32m)lanes, _mm512_castps128_ps512(few)));
    return;
  }
  f32v v = f64_narrow(_mm512_maskz_loadu_pd((f64m)first, from),
                      _mm512_maskz_loadu_pd((f64m)(first >> FA_F64_LANES), from + FA_F64_LANES));
  _mm512_mask_storeu_ps(y, (f32m)(lanes & chosen), _mm512_maskz_expand_ps((f32m)lanes, v));
}
FA_INLINE void f64_unpack(const double *from, unsigned lanes, unsigned chosen, double *y) {
  f64v v = _mm512_maskz_loadu_pd(f64_first_((size_t)fa_count_bits(lanes)), from);
  _mm512_mask_storeu_pd(y, (f64m)(lanes & chosen), _mm512_maskz_expand_pd((f64m)lanes, v));
}

/* Quarters: processors that take 512 bits in two steps convert 256 at a time twice as fast (Zen 4). */
typedef struct {
  __m256d q[4];
} f32_wide;
#define FA_QUARTERS(e) \
  { \
    f32_wide r; \
    for (int j = 0; j < 4; j++) r.q[j] = (e); \
    return r; \
  }
FA_INLINE f32_wide f32_wide_load(const float *p)
    FA_QUARTERS(_mm256_cvtps_pd(_mm_loadu_ps(p + 4 * j))) FA_INLINE f32_wide f32_wide_part(const float *p, size_t k)
        FA_QUARTERS(_mm256_cvtps_pd(_mm_maskz_loadu_ps((__mmask8)(f32_first_(k) >> 4 * j),
                                                       p + 4 * j))) FA_INLINE f32_wide
    f32_wide_zero(void) FA_QUARTERS(_mm256_setzero_pd()) FA_INLINE f32_wide f32_wide_add(f32_wide a, f32_wide b)
        FA_QUARTERS(_mm256_add_pd(a.q[j], b.q[j])) FA_INLINE f32_wide f32_wide_fma(f32_wide a, f32_wide b, f32_wide c)
            FA_QUARTERS(_mm256_fmadd_pd(a.q[j], b.q[j], c.q[j])) FA_INLINE f64v f32_wide_low(f32_wide a) {
  return _mm512_insertf64x4(_mm512_castpd256_pd512(a.q[0]), a.q[1], 1);
}
FA_INLINE f64v f32_wide_high(f32_wide a) { return _mm512_insertf64x4(_mm512_castpd256_pd512(a.q[2]), a.q[3], 1); }

/* The same in halves, of the same bits: where 512 bits are converted at once, a sum of products takes 0.7 of the time
 * (Sapphire Rapids), but 1.5 of it on Zen 4. dispatch.c chooses. */
extern int fa_avx512_halves;
FA_INLINE f32_wide f32_wide_dot(const int products, const float *u, const float *q, size_t n) {
  f32_wide s = f32_wide_zero();
  if (fa_avx512_halves) {
    __m512d low = _mm512_setzero_pd(), high = low;
    for (size_t i = 0; i < n; i += FA_F32_LANES) {
      const __m512d a = _mm512_cvtps_pd(_mm256_loadu_ps(u + i)), b = _mm512_cvtps_pd(_mm256_loadu_ps(u + i + 8));
      low = products ? _mm512_fmadd_pd(a, _mm512_cvtps_pd(_mm256_loadu_ps(q + i)), low) : _mm512_add_pd(low, a);
      high = products ? _mm512_fmadd_pd(b, _mm512_cvtps_pd(_mm256_loadu_ps(q + i + 8)), high) : _mm512_add_pd(high, b);
    }
    s.q[0] = _mm512_castpd512_pd256(low), s.q[1] = _mm512_extractf64x4_pd(low, 1);
    s.q[2] = _mm512_castpd512_pd256(high), s.q[3] = _mm512_extractf64x4_pd(high, 1);
    return s;
  }
  for (size_t i = 0; i < n; i += FA_F32_LANES)
    s = products ? f32_wide_fma(f32_wide_load(u + i), f32_wide_load(q + i), s) : f32_wide_add(s, f32_wide_load(u + i));
  return s;
}

FA_INLINE f32v f32_load_f16(const uint16_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
FA_INLINE void f32_store_f16(uint16_t *p, f32v a) {
  _mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT));
}
FA_INLINE f32v f32_load_bf16(const uint16_t *p) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
}
/* by integers: vcvtneps2bf16 flushes subnormals, and not every AVX-512 CPU has it */
FA_INLINE void f32_store_bf16(uint16_t *p, f32v a) {
  __m512i w = f32_int_(a), top = _mm512_srli_epi32(w, 16);
  __m512i rounded =
      _mm512_add_epi32(_mm512_add_epi32(w, _mm512_set1_epi32(0x7fff)), _mm512_and_si512(top, _mm512_set1_epi32(1)));
  __mmask16 nan = _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
  __m512i h = _mm512_mask_or_epi32(_mm512_srli_epi32(rounded, 16), nan, top, _mm512_set1_epi32(0x40));
  _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(h));
}

#define FA_PREFETCH(p) _mm_prefetch((const char *)(p), _MM_HINT_T0)
#define FA_STREAM_FENCE() _mm_sfence()
#endif
