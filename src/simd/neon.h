/* The vector verbs on NEON of 64-bit ARM: four registers a virtual vector. portable.h says what each verb gives. */
#ifndef FASTACT_SIMD_NEON_H
#define FASTACT_SIMD_NEON_H
#include <arm_neon.h>
#include <stdint.h>
#include <string.h>
#include "simd/functions.h"

#define FA_ISA neon
enum { FA_REGISTERS = 8 }; /* virtual vectors that the registers hold */
#define FA_F32_LANES 16
#define FA_F64_LANES 8

/* A lane of a mask has all bits set or none. Own structs, since compilers keep a float32x4x4_t in consecutive
 * registers. */
typedef struct {
  float32x4_t q[4];
} f32v;
typedef struct {
  uint32x4_t q[4];
} f32m;
typedef struct {
  float64x2_t q[4];
} f64v;
typedef struct {
  uint64x2_t q[4];
} f64m;

#define f32_int_ vreinterpretq_u32_f32
#define f64_int_ vreinterpretq_u64_f64
#define f32_words_(m) (m)
#define f64_words_ vreinterpretq_u32_u64
#define f32_real_ vreinterpretq_f32_u32
#define f64_real_ vreinterpretq_f64_u64
#define f32_sign_ vdupq_n_u32(0x80000000u)
#define f64_sign_ vdupq_n_u64(0x8000000000000000u)
/* for T_scale and T_lower: see avx2.h */
#define f32_scale_lowest_ -216.0f
#define f64_scale_lowest_ -1140.0
#define f32_scale_highest_ 192.0f
#define f64_scale_highest_ 1088.0
#define f32_scale_magic_ (0x1p15f + 254)
#define f64_scale_magic_ (0x1p44 + 2046)
#define f32_power_magic_ (0x1.8p23f + 127)
#define f64_power_magic_ (0x1.8p52 + 1023)
#define f32_exponent_ vdupq_n_u32(0x7f800000u)
#define f64_exponent_ vdupq_n_u64(0x7ff0000000000000u)
#define f32_256_ vdupq_n_u32(256)
#define f64_256_ vdupq_n_u64(256)

/* a verb of one register, lifted to the vectors */
#define FA_LIFT1(T, name, to, f) \
  FA_INLINE T##to T##_##name(T##v a) { \
    T##to r = {{f(a.q[0]), f(a.q[1]), f(a.q[2]), f(a.q[3])}}; \
    return r; \
  }
#define FA_LIFT2(T, name, to, f) \
  FA_INLINE T##to T##_##name(T##v a, T##v b) { \
    T##to r = {{f(a.q[0], b.q[0]), f(a.q[1], b.q[1]), f(a.q[2], b.q[2]), f(a.q[3], b.q[3])}}; \
    return r; \
  }
#define FA_LIFT3(T, name, from, f) \
  FA_INLINE T##v T##_##name(T##from a, T##v b, T##v c) { \
    T##v r = { \
        {f(a.q[0], b.q[0], c.q[0]), f(a.q[1], b.q[1], c.q[1]), f(a.q[2], b.q[2], c.q[2]), f(a.q[3], b.q[3], c.q[3])}}; \
    return r; \
  }

#define FA_VERBS(T, real, reg, mask, s, u, lanes, mantissa) \
  FA_INLINE reg T##_fma_(reg a, reg b, reg c) { return vfmaq_##s(c, a, b); } \
  FA_INLINE reg T##_fnma_(reg a, reg b, reg c) { return vfmsq_##s(c, a, b); } \
  FA_INLINE reg T##_fms_(reg a, reg b, reg c) { return vfmaq_##s(vnegq_##s(c), a, b); } \
  /* fmin and fmax would give NaN for a NaN, and -0 for -0 and 0 */ \
  FA_INLINE reg T##_min_(reg a, reg b) { return vbslq_##s(vcltq_##s(a, b), a, b); } \
  FA_INLINE reg T##_max_(reg a, reg b) { return vbslq_##s(vcgtq_##s(a, b), a, b); } \
  FA_INLINE reg T##_copysign_(reg a, reg b) { return vbslq_##s(T##_sign_, b, a); } \
  FA_INLINE mask T##_signbit_(reg a) { return vcltzq_s##u(vreinterpretq_s##u##_##s(a)); } \
  FA_INLINE reg T##_pow2_(reg z) { return T##_real_(vshlq_n_u##u(T##_int_(z), mantissa)); } \
  /* avx2.h proves this one */ \
  FA_INLINE reg T##_scale_(reg v, reg n) { \
    n = T##_min_(T##_max_(n, vdupq_n_##s(T##_scale_lowest_)), vdupq_n_##s(T##_scale_highest_)); \
    mask w = T##_int_(vaddq_##s(n, vdupq_n_##s(T##_scale_magic_))); \
    mask a = vandq_u##u(vshlq_n_u##u(w, mantissa - 9), T##_exponent_); \
    mask b = vandq_u##u(vshlq_n_u##u(vaddq_u##u(w, T##_256_), mantissa - 9), T##_exponent_); \
    return vmulq_##s(vmulq_##s(v, T##_real_(a)), T##_real_(b)); \
  } \
  FA_INLINE reg T##_lower_(reg v, reg k) { \
    reg p = T##_pow2_(vfmaq_##s(vdupq_n_##s(T##_power_magic_), k, vdupq_n_##s((real)0.5))); \
    return vmulq_##s(vmulq_##s(v, p), p); \
  } \
  FA_INLINE reg T##_add_sixteenths_(reg v, reg z) { \
    return T##_real_(vaddq_u##u(T##_int_(v), vshlq_n_u##u(T##_int_(z), mantissa - 4))); \
  } \
  FA_INLINE T##v T##_set1(real c) { \
    reg q = vdupq_n_##s(c); \
    T##v r = {{q, q, q, q}}; \
    return r; \
  } \
  FA_INLINE T##v T##_load(const real *p) { \
    T##v r = {{vld1q_##s(p), vld1q_##s(p + lanes), vld1q_##s(p + 2 * lanes), vld1q_##s(p + 3 * lanes)}}; \
    return r; \
  } \
  FA_INLINE void T##_store(real *p, T##v a) { \
    vst1q_##s(p, a.q[0]); \
    vst1q_##s(p + lanes, a.q[1]); \
    vst1q_##s(p + 2 * lanes, a.q[2]); \
    vst1q_##s(p + 3 * lanes, a.q[3]); \
  } \
  FA_INLINE void T##_stream(real *p, T##v a) { T##_store(p, a); } \
  FA_INLINE T##v T##_load_part(const real *p, size_t k, real c) { \
    real lane[4 * lanes]; \
    T##_store(lane, T##_set1(c)); \
    memcpy(lane, p, k * sizeof(real)); \
    return T##_load(lane); \
  } \
  FA_INLINE void T##_store_part(real *p, T##v a, size_t k) { \
    real lane[4 * lanes]; \
    T##_store(lane, a); \
    memcpy(p, lane, k * sizeof(real)); \
  } \
  FA_LIFT2(T, add, v, vaddq_##s) \
  FA_LIFT2(T, sub, v, vsubq_##s) \
  FA_LIFT2(T, mul, v, vmulq_##s) \
  FA_LIFT2(T, div, v, vdivq_##s) \
  FA_LIFT1(T, sqrt, v, vsqrtq_##s) \
  FA_LIFT3(T, fma, v, T##_fma_) \
  FA_LIFT3(T, fnma, v, T##_fnma_) \
  FA_LIFT3(T, fms, v, T##_fms_) \
  FA_LIFT2(T, min, v, T##_min_) \
  FA_LIFT2(T, max, v, T##_max_) \
  FA_LIFT1(T, abs, v, vabsq_##s) \
  FA_LIFT1(T, neg, v, vnegq_##s) \
  FA_LIFT2(T, copysign, v, T##_copysign_) \
  FA_LIFT1(T, signbit, m, T##_signbit_) \
  FA_LIFT2(T, gt, m, vcgtq_##s) \
  FA_LIFT2(T, eq, m, vceqq_##s) \
  FA_INLINE mask T##_small_(reg a, reg least) { return vbicq_u##u(vcgtq_##s(least, vabsq_##s(a)), vceqzq_##s(a)); } \
  FA_LIFT2(T, small, m, T##_small_) \
  FA_INLINE mask T##_either_(mask m, mask n) { return vorrq_u##u(m, n); } \
  FA_INLINE T##m T##_either(T##m m, T##m n) { \
    T##m r = {{T##_either_(m.q[0], n.q[0]), T##_either_(m.q[1], n.q[1]), T##_either_(m.q[2], n.q[2]), \
               T##_either_(m.q[3], n.q[3])}}; \
    return r; \
  } \
  FA_INLINE T##m T##_both(T##m m, T##m n) { \
    for (int j = 0; j < 4; j++) m.q[j] = vandq_u##u(m.q[j], n.q[j]); \
    return m; \
  } \
  FA_INLINE unsigned T##_lanes(T##m m) { \
    unsigned bits = 0; \
    for (int j = 0; j < 4; j++) \
      for (int l = 0; l < lanes; l++) bits |= (unsigned)(m.q[j][l] & 1) << (j * lanes + l); \
    return bits; \
  } \
  FA_INLINE int T##_any(T##m m) { \
    mask any = T##_either_(T##_either_(m.q[0], m.q[1]), T##_either_(m.q[2], m.q[3])); \
    return vmaxvq_u32(T##_words_(any)) != 0; \
  } \
  FA_INLINE int T##_all(T##m m) { \
    mask all = vandq_u##u(vandq_u##u(m.q[0], m.q[1]), vandq_u##u(m.q[2], m.q[3])); \
    return vminvq_u32(T##_words_(all)) != 0; \
  } \
  FA_LIFT3(T, select, m, vbslq_##s) \
  FA_LIFT1(T, pow2, v, T##_pow2_) \
  FA_LIFT2(T, scale, v, T##_scale_) \
  FA_LIFT2(T, lower, v, T##_lower_) \
  FA_LIFT2(T, add_sixteenths, v, T##_add_sixteenths_) \
  FA_INLINE T##v T##_zip_low(T##v a, T##v b) { \
    T##v r = {{vzip1q_##s(a.q[0], b.q[0]), vzip2q_##s(a.q[0], b.q[0]), vzip1q_##s(a.q[1], b.q[1]), \
               vzip2q_##s(a.q[1], b.q[1])}}; \
    return r; \
  } \
  FA_INLINE T##v T##_zip_high(T##v a, T##v b) { \
    T##v r = {{vzip1q_##s(a.q[2], b.q[2]), vzip2q_##s(a.q[2], b.q[2]), vzip1q_##s(a.q[3], b.q[3]), \
               vzip2q_##s(a.q[3], b.q[3])}}; \
    return r; \
  } \
  FA_INLINE T##v T##_even(T##v a, T##v b) { \
    T##v r = {{vuzp1q_##s(a.q[0], a.q[1]), vuzp1q_##s(a.q[2], a.q[3]), vuzp1q_##s(b.q[0], b.q[1]), \
               vuzp1q_##s(b.q[2], b.q[3])}}; \
    return r; \
  } \
  FA_INLINE T##v T##_odd(T##v a, T##v b) { \
    T##v r = {{vuzp2q_##s(a.q[0], a.q[1]), vuzp2q_##s(a.q[2], a.q[3]), vuzp2q_##s(b.q[0], b.q[1]), \
               vuzp2q_##s(b.q[2], b.q[3])}}; \
    return r; \
  } \
  FA_INLINE real T##_sum(T##v a){T##_FOLD_(a, vaddq_##s, vadd_##s)} FA_INLINE real T##_maximum(T##v a) { \
    T##_FOLD_(a, T##_max_, T##_max2_) \
  }

#define f32_FOLD_(a, op4, op2) \
  float32x4_t q = op4(op4(a.q[0], a.q[2]), op4(a.q[1], a.q[3])); \
  float32x2_t d = op2(vget_low_f32(q), vget_high_f32(q)); \
  return vget_lane_f32(op2(d, vdup_lane_f32(d, 1)), 0);
#define f64_FOLD_(a, op2, op1) \
  float64x2_t q = op2(op2(a.q[0], a.q[2]), op2(a.q[1], a.q[3])); \
  return vget_lane_f64(op1(vget_low_f64(q), vget_high_f64(q)), 0);
FA_INLINE float32x2_t f32_max2_(float32x2_t a, float32x2_t b) { return vbsl_f32(vcgt_f32(a, b), a, b); }
FA_INLINE float64x1_t f64_max2_(float64x1_t a, float64x1_t b) { return vbsl_f64(vcgt_f64(a, b), a, b); }

FA_VERBS(f32, float, float32x4_t, uint32x4_t, f32, 32, 4, 23)
FA_VERBS(f64, double, float64x2_t, uint64x2_t, f64, 64, 2, 52)

FA_INLINE f32v f32_held(f32v v) { return v; }
FA_INLINE f64v f64_held(f64v v) { return v; }
FA_INLINE f32m f32_zero_bytes(const unsigned char *p) {
  const int8x16_t zero = vreinterpretq_s8_u8(vceqzq_u8(vld1q_u8(p)));
  const int16x8_t low = vmovl_s8(vget_low_s8(zero)), high = vmovl_s8(vget_high_s8(zero));
  f32m r = {{vreinterpretq_u32_s32(vmovl_s16(vget_low_s16(low))), vreinterpretq_u32_s32(vmovl_s16(vget_high_s16(low))),
             vreinterpretq_u32_s32(vmovl_s16(vget_low_s16(high))),
             vreinterpretq_u32_s32(vmovl_s16(vget_high_s16(high)))}};
  return r;
}
FA_INLINE f64m f64_zero_bytes(const unsigned char *p) {
  const int16x8_t zero = vmovl_s8(vreinterpret_s8_u8(vceqz_u8(vld1_u8(p))));
  const int32x4_t low = vmovl_s16(vget_low_s16(zero)), high = vmovl_s16(vget_high_s16(zero));
  f64m r = {{vreinterpretq_u64_s64(vmovl_s32(vget_low_s32(low))), vreinterpretq_u64_s64(vmovl_s32(vget_high_s32(low))),
             vreinterpretq_u64_s64(vmovl_s32(vget_low_s32(high))),
             vreinterpretq_u64_s64(vmovl_s32(vget_high_s32(high)))}};
  return r;
}
FA_INLINE float32x4_t f32_and3_(float32x4_t a, float32x4_t b, float32x4_t c) {
  return f32_real_(vandq_u32(f32_int_(a), vandq_u32(f32_int_(b), f32_int_(c))));
}
FA_INLINE float64x2_t f64_and3_(float64x2_t a, float64x2_t b, float64x2_t c) {
  return f64_real_(vandq_u64(f64_int_(a), vandq_u64(f64_int_(b), f64_int_(c))));
}
FA_LIFT3(f32, and3, v, f32_and3_)
FA_LIFT3(f64, and3, v, f64_and3_)

#define f32_max_word_ vmaxq_u32
FA_INLINE uint64x2_t f64_max_word_(uint64x2_t a, uint64x2_t b) { return vbslq_u64(vcgtq_u64(a, b), a, b); }
#define FA_UNBIAS(T, reg, mask, s, u, mantissa) \
  FA_INLINE reg T##_unbias_(reg v, reg sum, reg g) { \
    mask m = T##_max_word_(vaddq_u##u(T##_int_(v), vdupq_n_u##u(1ull << mantissa)), T##_int_(sum)); \
    return vbslq_##s(vceqq_##s(v, v), T##_real_(vsubq_u##u(m, T##_int_(g))), v); \
  } \
  FA_LIFT3(T, unbias, v, T##_unbias_)
FA_UNBIAS(f32, float32x4_t, uint32x4_t, f32, 32, 23)
FA_UNBIAS(f64, float64x2_t, uint64x2_t, f64, 64, 52)

/* f32: the four byte numbers of the entry, 4k + (0, 1, 2, 3), for the 64-byte table look-up */
typedef struct {
  uint8x16_t q[4];
} f32i;
FA_INLINE uint8x16_t f32_index_(float32x4_t z, int32x4_t right) {
  uint32x4_t k = vandq_u32(vshlq_u32(f32_int_(z), right), vdupq_n_u32(15));
  return vreinterpretq_u8_u32(vmlaq_n_u32(vdupq_n_u32(0x03020100u), k, 0x04040404u));
}
FA_INLINE f32i f32_index(f32v z, const int shift) {
  int32x4_t right = vdupq_n_s32(-shift);
  f32i k = {
      {f32_index_(z.q[0], right), f32_index_(z.q[1], right), f32_index_(z.q[2], right), f32_index_(z.q[3], right)}};
  return k;
}
FA_INLINE float32x4_t f32_look_(uint8x16x4_t bytes, uint8x16_t k) { return vreinterpretq_f32_u8(vqtbl4q_u8(bytes, k)); }
FA_INLINE f32v f32_look(const float *table, f32i k) {
  uint8x16x4_t bytes = vld1q_u8_x4((const uint8_t *)table);
  f32v r = {{f32_look_(bytes, k.q[0]), f32_look_(bytes, k.q[1]), f32_look_(bytes, k.q[2]), f32_look_(bytes, k.q[3])}};
  return r;
}

FA_INLINE f32v f32_look8(const float *table, f32i k) { return f32_look(table, k); }

/* f64: the number of the entry */
typedef f64m f64i;
FA_INLINE uint64x2_t f64_index_(float64x2_t z, int64x2_t right) {
  return vandq_u64(vshlq_u64(f64_int_(z), right), vdupq_n_u64(15));
}
FA_INLINE f64i f64_index(f64v z, const int shift) {
  int64x2_t right = vdupq_n_s64(-shift);
  f64i k = {
      {f64_index_(z.q[0], right), f64_index_(z.q[1], right), f64_index_(z.q[2], right), f64_index_(z.q[3], right)}};
  return k;
}
FA_INLINE float64x2_t f64_look_(const double *table, uint64x2_t k) {
  return vcombine_f64(vld1_f64(table + vgetq_lane_u64(k, 0)), vld1_f64(table + vgetq_lane_u64(k, 1)));
}
FA_INLINE f64v f64_look(const double *table, f64i k) {
  f64v r = {{f64_look_(table, k.q[0]), f64_look_(table, k.q[1]), f64_look_(table, k.q[2]), f64_look_(table, k.q[3])}};
  return r;
}

FA_INLINE f64v f32_widen_(float32x4_t a, float32x4_t b) {
  f64v r = {{vcvt_f64_f32(vget_low_f32(a)), vcvt_high_f64_f32(a), vcvt_f64_f32(vget_low_f32(b)), vcvt_high_f64_f32(b)}};
  return r;
}
FA_INLINE f64v f32_widen_low(f32v a) { return f32_widen_(a.q[0], a.q[1]); }
FA_INLINE f64v f32_widen_high(f32v a) { return f32_widen_(a.q[2], a.q[3]); }
FA_INLINE float32x4_t f64_narrow_(float64x2_t a, float64x2_t b) { return vcvt_high_f32_f64(vcvt_f32_f64(a), b); }
FA_INLINE f32v f64_narrow(f64v a, f64v b) {
  f32v r = {{f64_narrow_(a.q[0], a.q[1]), f64_narrow_(a.q[2], a.q[3]), f64_narrow_(b.q[0], b.q[1]),
             f64_narrow_(b.q[2], b.q[3])}};
  return r;
}

/* four registers of a verb that knows one */
#define FA_EACH_(p, f) \
  { \
    { f(p), f((p) + 4), f((p) + 8), f((p) + 12) } \
  }
FA_INLINE float32x4_t f16_widen_(const uint16_t *p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
FA_INLINE float32x4_t bf16_widen_(const uint16_t *p) { return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16)); }
FA_INLINE uint16x4_t f16_narrow_(float32x4_t a) { return vreinterpret_u16_f16(vcvt_f16_f32(a)); }
FA_INLINE uint16x4_t bf16_narrow_(float32x4_t a) {
  uint32x4_t w = vreinterpretq_u32_f32(a), top = vshrq_n_u32(w, 16);
  uint32x4_t rounded = vaddq_u32(vaddq_u32(w, vdupq_n_u32(0x7fff)), vandq_u32(top, vdupq_n_u32(1)));
  return vmovn_u32(vbslq_u32(vceqq_f32(a, a), vshrq_n_u32(rounded, 16), vorrq_u32(top, vdupq_n_u32(0x40))));
}
FA_INLINE f32v f32_load_f16(const uint16_t *p) {
  f32v r = FA_EACH_(p, f16_widen_);
  return r;
}
FA_INLINE f32v f32_load_bf16(const uint16_t *p) {
  f32v r = FA_EACH_(p, bf16_widen_);
  return r;
}
FA_INLINE void f32_store_f16(uint16_t *p, f32v a) {
  for (int i = 0; i < 4; i++) vst1_u16(p + 4 * i, f16_narrow_(a.q[i]));
}
FA_INLINE void f32_store_bf16(uint16_t *p, f32v a) {
  for (int i = 0; i < 4; i++) vst1_u16(p + 4 * i, bf16_narrow_(a.q[i]));
}

FA_INLINE f32v f32_besides(f32v y, f32v other) {
  (void)other;
  return y;
}

#include "simd/lanes.h"
FA_ZERO_BYTES_PART(f32)
FA_ZERO_BYTES_PART(f64)
#include "simd/wide.h"
FA_PACKS_ONE_BY_ONE

#define FA_FLUSHES 0

#if defined(_MSC_VER) && !defined(__clang__)
#define FA_PREFETCH(p) __prefetch(p)
#else
#define FA_PREFETCH(p) __builtin_prefetch(p)
#endif
#define FA_STREAM_FENCE() ((void)0)
#endif
