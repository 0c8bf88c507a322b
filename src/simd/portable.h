/* The vector verbs in plain C, one lane at a time: the reference that the other files of this folder must equal bit
 * for bit, and the path for CPUs with a hardware fma() and no file of their own.
 *
 * A virtual vector holds FA_F32_LANES float32 (f32v) or FA_F64_LANES float64 (f64v), on every instruction set; only how
 * many registers it takes differs. A mask (f32m, f64m) holds one truth value a lane. Every verb is IEEE 754,
 * round to nearest even, with subnormals; it rounds once where its formula has one operation. */
#ifndef FASTACT_SIMD_PORTABLE_H
#define FASTACT_SIMD_PORTABLE_H
#include <math.h>
#include "simd/functions.h"
#include <stdint.h>
#include <string.h>

#define FA_ISA portable
enum { FA_REGISTERS = 8 }; /* virtual vectors that the registers hold */
#define FA_F32_LANES 16
#define FA_F64_LANES 8

/* The verbs of one element type T (f32 or f64), its C type, its integer of the same size and its lanes. */
#define FA_VERBS(T, real, word, lanes) \
  typedef struct { \
    real lane[lanes]; \
  } T##v; \
  typedef struct { \
    int lane[lanes]; \
  } T##m; /* a truth value a lane */ \
  typedef struct { \
    unsigned lane[lanes]; \
  } T##i; /* table indices, 0 to 15 */ \
  FA_INLINE word T##_bits_(real x) { \
    word w; \
    memcpy(&w, &x, sizeof w); \
    return w; \
  } \
  FA_INLINE real T##_real_(word w) { \
    real x; \
    memcpy(&x, &w, sizeof x); \
    return x; \
  } \
  /* every lane c */ \
  FA_INLINE T##v T##_set1(real c) { FA_LANES(T##v, lanes, c); } \
  /* lane l from p[l]; any alignment */ \
  FA_INLINE T##v T##_load(const real *p) { \
    T##v r; \
    memcpy(r.lane, p, sizeof r.lane); \
    return r; \
  } \
  /* the first k lanes (0 <= k <= lanes) from memory, the others c; reads nothing past p[k-1] */ \
  FA_INLINE T##v T##_load_part(const real *p, size_t k, real c) { \
    T##v r = T##_set1(c); \
    memcpy(r.lane, p, k * sizeof(real)); \
    return r; \
  } \
  FA_INLINE void T##_store(real *p, T##v a) { memcpy(p, a.lane, sizeof a.lane); } \
  /* the first k lanes to memory; writes nothing past p[k-1] */ \
  FA_INLINE void T##_store_part(real *p, T##v a, size_t k) { memcpy(p, a.lane, k * sizeof(real)); } \
  /* store past the caches; p is a multiple of 64 bytes; FA_STREAM_FENCE() after the last one */ \
  FA_INLINE void T##_stream(real *p, T##v a) { T##_store(p, a); } \
  FA_INLINE T##v T##_add(T##v a, T##v b) { FA_LANES(T##v, lanes, a.lane[l] + b.lane[l]); } \
  FA_INLINE T##v T##_sub(T##v a, T##v b) { FA_LANES(T##v, lanes, a.lane[l] - b.lane[l]); } \
  FA_INLINE T##v T##_mul(T##v a, T##v b) { FA_LANES(T##v, lanes, a.lane[l] * b.lane[l]); } \
  FA_INLINE T##v T##_div(T##v a, T##v b) { FA_LANES(T##v, lanes, a.lane[l] / b.lane[l]); } \
  FA_INLINE T##v T##_sqrt(T##v a) { FA_LANES(T##v, lanes, T##_sqrt_(a.lane[l])); } \
  /* a*b + c, c - a*b, a*b - c: rounded once */ \
  FA_INLINE T##v T##_fma(T##v a, T##v b, T##v c) { FA_LANES(T##v, lanes, T##_fma_(a.lane[l], b.lane[l], c.lane[l])); } \
  FA_INLINE T##v T##_fnma(T##v a, T##v b, T##v c) { \
    FA_LANES(T##v, lanes, T##_fma_(-a.lane[l], b.lane[l], c.lane[l])); \
  } \
  FA_INLINE T##v T##_fms(T##v a, T##v b, T##v c) { \
    FA_LANES(T##v, lanes, T##_fma_(a.lane[l], b.lane[l], -c.lane[l])); \
  } \
  /* a < b ? a : b and a > b ? a : b: the second operand where they are equal (also -0 and 0) or one is NaN */ \
  FA_INLINE T##v T##_min(T##v a, T##v b) { FA_LANES(T##v, lanes, a.lane[l] < b.lane[l] ? a.lane[l] : b.lane[l]); } \
  FA_INLINE T##v T##_max(T##v a, T##v b) { FA_LANES(T##v, lanes, a.lane[l] > b.lane[l] ? a.lane[l] : b.lane[l]); } \
  /* bit operations, NaN included: clear the sign, turn it, take it from s */ \
  FA_INLINE T##v T##_abs(T##v a) { \
    FA_LANES(T##v, lanes, T##_real_(T##_bits_(a.lane[l]) & ~T##_bits_((real)(-0.0)))); \
  } \
  FA_INLINE T##v T##_neg(T##v a) { FA_LANES(T##v, lanes, T##_real_(T##_bits_(a.lane[l]) ^ T##_bits_((real)(-0.0)))); } \
  FA_INLINE T##v T##_copysign(T##v a, T##v s) { \
    FA_LANES(T##v, lanes, \
             T##_real_((T##_bits_(a.lane[l]) & ~T##_bits_((real)(-0.0))) | \
                       (T##_bits_(s.lane[l]) & T##_bits_((real)(-0.0))))); \
  } \
  /* masks: the sign bit is set; a > b (false where one is NaN); a == b (false where one is NaN) */ \
  FA_INLINE T##m T##_signbit(T##v a) { FA_LANES(T##m, lanes, (T##_bits_(a.lane[l]) & T##_bits_((real)(-0.0))) != 0); } \
  FA_INLINE T##m T##_gt(T##v a, T##v b) { FA_LANES(T##m, lanes, a.lane[l] > b.lane[l]); } \
  FA_INLINE T##m T##_eq(T##v a, T##v b) { FA_LANES(T##m, lanes, a.lane[l] == b.lane[l]); } \
  /* |a| < least, and not 0; least is a positive constant */ \
  FA_INLINE T##m T##_small(T##v a, T##v least) { \
    FA_LANES(T##m, lanes, a.lane[l] != 0 && fabs((double)a.lane[l]) < (double)least.lane[l]); \
  } \
  /* m or n, m and n; whether any lane is true, whether all are */ \
  FA_INLINE T##m T##_either(T##m m, T##m n) { FA_LANES(T##m, lanes, m.lane[l] | n.lane[l]); } \
  FA_INLINE T##m T##_both(T##m m, T##m n) { FA_LANES(T##m, lanes, m.lane[l] & n.lane[l]); } \
  FA_INLINE int T##_any(T##m m) { \
    int any = 0; \
    for (int l = 0; l < lanes; l++) any |= m.lane[l]; \
    return any; \
  } \
  FA_INLINE int T##_all(T##m m) { \
    int all = 1; \
    for (int l = 0; l < lanes; l++) all &= m.lane[l]; \
    return all; \
  } \
  /* a bit for each lane */ \
  FA_INLINE unsigned T##_lanes(T##m m) { \
    unsigned bits = 0; \
    for (int l = 0; l < lanes; l++) bits |= (unsigned)(m.lane[l] != 0) << l; \
    return bits; \
  } \
  /* m ? a : b */ \
  FA_INLINE T##v T##_select(T##m m, T##v a, T##v b) { FA_LANES(T##v, lanes, m.lane[l] ? a.lane[l] : b.lane[l]); } \
  /* bits 0.. of z moved into the exponent field, all else 0: 2^n where z was rounded to n + bias by a magic constant \
   */ \
  FA_INLINE T##v T##_pow2(T##v z) { FA_LANES(T##v, lanes, T##_real_(T##_bits_(z.lane[l]) << T##_mantissa_)); } \
  /* v * 2^floor(n), rounded once; |v| in [2^-64, 2^64], n a multiple of 2^-8, |n| <= 2^(exponent bits) + 200 */ \
  FA_INLINE T##v T##_scale(T##v v, T##v n) { \
    FA_LANES(T##v, lanes, T##_ldexp_(v.lane[l], (int)T##_floor_(n.lane[l]))); \
  } \
  /* v * 2^k, rounded once; k is 0 or an even number in [-252, -48] (float64: [-2044, -106]). Where v * 2^(k/2) is \
   * subnormal the result is 0, so that two multiplications by 2^(k/2) do it too. */ \
  FA_INLINE T##v T##_lower(T##v v, T##v k) { FA_LANES(T##v, lanes, T##_ldexp_(v.lane[l], (int)k.lane[l])); } \
  /* index of a 16-entry table: the four bits of z from bit `shift` (a constant) on */ \
  FA_INLINE T##i T##_index(T##v z, int shift) { \
    FA_LANES(T##i, lanes, (unsigned)(T##_bits_(z.lane[l]) >> shift) & 15u); \
  } \
  /* lane l: table[k.lane[l]]; the table has 16 entries and is aligned to 64 bytes */ \
  FA_INLINE T##v T##_look(const real *table, T##i k) { FA_LANES(T##v, lanes, table[k.lane[l]]); } \
  /* the word of v plus that of z moved up by the mantissa's bits less four: v * 2^(n/16) along the chord between \
   * powers of two, where n stands in the low bits of z; a table of 2^(j/16) that allows for the chord makes it exact \
   */ \
  FA_INLINE T##v T##_add_sixteenths(T##v v, T##v z) { \
    FA_LANES(T##v, lanes, T##_real_(T##_bits_(v.lane[l]) + (T##_bits_(z.lane[l]) << (T##_mantissa_ - 4)))); \
  } \
  /* lanes of a and b in turn: a0 b0 a1 b1 ..., from the low or the high halves; and back: the even or the odd lanes \
   * of a, then b */ \
  FA_INLINE T##v T##_zip_low(T##v a, T##v b) { FA_LANES(T##v, lanes, l % 2 ? b.lane[l / 2] : a.lane[l / 2]); } \
  FA_INLINE T##v T##_zip_high(T##v a, T##v b) { \
    FA_LANES(T##v, lanes, l % 2 ? b.lane[(l + lanes) / 2] : a.lane[(l + lanes) / 2]); \
  } \
  FA_INLINE T##v T##_even(T##v a, T##v b) { \
    FA_LANES(T##v, lanes, l < lanes / 2 ? a.lane[2 * l] : b.lane[2 * l - lanes]); \
  } \
  FA_INLINE T##v T##_odd(T##v a, T##v b) { \
    FA_LANES(T##v, lanes, l < lanes / 2 ? a.lane[2 * l + 1] : b.lane[2 * l + 1 - lanes]); \
  } \
  /* lanes folded by a fixed tree: l with l + lanes/2, then lanes/4, ... 1 */ \
  FA_INLINE real T##_sum(T##v a) { \
    for (int h = lanes / 2; h; h /= 2) \
      for (int l = 0; l < h; l++) a.lane[l] = a.lane[l] + a.lane[l + h]; \
    return a.lane[0]; \
  } \
  FA_INLINE real T##_maximum(T##v a) { \
    for (int h = lanes / 2; h; h /= 2) \
      for (int l = 0; l < h; l++) a.lane[l] = a.lane[l] > a.lane[l + h] ? a.lane[l] : a.lane[l + h]; \
    return a.lane[0]; \
  } \
  /* v itself, of which nothing is computed before the branch that stands before it */ \
  FA_INLINE T##v T##_held(T##v v) { return v; } \
  /* mask: the byte is 0; reads a vector's worth of bytes */ \
  FA_INLINE T##m T##_zero_bytes(const unsigned char *p) { FA_LANES(T##m, lanes, p[l] == 0); } \
  /* the same of the first k bytes alone; the others stand for 0 */ \
  FA_INLINE T##m T##_zero_bytes_part(const unsigned char *p, size_t k) { \
    FA_LANES(T##m, lanes, (size_t)l >= k || p[l] == 0); \
  } \
  /* the bits that three words have in common */ \
  FA_INLINE T##v T##_and3(T##v a, T##v b, T##v c) { \
    FA_LANES(T##v, lanes, T##_real_(T##_bits_(a.lane[l]) & T##_bits_(b.lane[l]) & T##_bits_(c.lane[l]))); \
  } \
  /* v times the least normal number over g, a power of two, by integers: no operation on or to a subnormal number. \
   * sum is v + g, of v's sign: where the result is subnormal, it is sum - g in units of the last place. |v| is 0 or \
   * from 2^-100 g to below the largest power of two (float64: from 2^-1000 g); NaN gives NaN. */ \
  FA_INLINE word T##_unbias_(word v, word sum, word g) { \
    const word twice = v + ((word)1 << T##_mantissa_); \
    return (twice > sum ? twice : sum) - g; \
  } \
  FA_INLINE T##v T##_unbias(T##v v, T##v sum, T##v g) { \
    FA_LANES(T##v, lanes, \
             v.lane[l] != v.lane[l] \
                 ? v.lane[l] \
                 : T##_real_(T##_unbias_(T##_bits_(v.lane[l]), T##_bits_(sum.lane[l]), T##_bits_(g.lane[l])))); \
  }

#define FA_LANES(vector, lanes, expression) \
  vector r; \
  for (int l = 0; l < lanes; l++) r.lane[l] = (expression); \
  return r
#define f32_fma_ fmaf
#define f64_fma_ fma
#define f32_sqrt_ sqrtf
#define f64_sqrt_ sqrt
#define f32_ldexp_ ldexpf
#define f64_ldexp_ ldexp
#define f32_floor_ floorf
#define f64_floor_ floor
#define f32_mantissa_ 23
#define f64_mantissa_ 52
FA_VERBS(f32, float, uint32_t, FA_F32_LANES)
FA_VERBS(f64, double, uint64_t, FA_F64_LANES)

/* f32_look of a table whose upper half repeats the lower one: three bits of the index decide */
FA_INLINE f32v f32_look8(const float *table, f32i k) { return f32_look(table, k); }

/* the float32 lanes 0-7 and 8-15 as float64, exactly; two float64 vectors to one of float32, each lane rounded once */
FA_INLINE f64v f32_widen_low(f32v a) { FA_LANES(f64v, FA_F64_LANES, (double)a.lane[l]); }
FA_INLINE f64v f32_widen_high(f32v a) { FA_LANES(f64v, FA_F64_LANES, (double)a.lane[l + FA_F64_LANES]); }
FA_INLINE f32v f64_narrow(f64v a, f64v b) {
  FA_LANES(f32v, FA_F32_LANES, (float)(l < FA_F64_LANES ? a.lane[l] : b.lane[l - FA_F64_LANES]));
}

/* Sixteen elements in 16 bits: to float32 exactly, from it rounded to nearest even, subnormals included. NaN gives NaN.
 */
FA_INLINE float f16_widen_(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = h & 0x7fff;
  float magnitude =
      rest < 0x400 ? (float)rest * 0x1p-24f : f32_real_((rest << 13) + ((rest < 0x7c00 ? 112u : 224u) << 23));
  return f32_real_(f32_bits_(magnitude) | sign);
}
FA_INLINE uint16_t f16_narrow_(float x) {
  uint32_t sign = f32_bits_(x) >> 16 & 0x8000, rest = f32_bits_(x) & 0x7fffffff;
  uint32_t h = rest > 0x7f800000   ? 0x7e00
               : rest > 0x477fffff ? 0x7c00
               : rest < 0x38800000
                   ? f32_bits_(f32_real_(rest) + 0.5f) - f32_bits_(0.5f) /* the sum's last place is 2^-24 */
                   : (rest - (112u << 23) + 0xfff + (rest >> 13 & 1)) >> 13;
  return (uint16_t)(sign | h);
}
FA_INLINE uint16_t bf16_narrow_(float x) {
  uint32_t w = f32_bits_(x);
  return (uint16_t)((w & 0x7fffffff) > 0x7f800000 ? w >> 16 | 0x40 : (w + 0x7fff + (w >> 16 & 1)) >> 16);
}
typedef struct {
  uint16_t lane[FA_F32_LANES];
} fa_halves_;
FA_INLINE fa_halves_ fa_load_halves_(const uint16_t *p) {
  fa_halves_ h;
  memcpy(h.lane, p, sizeof h.lane);
  return h;
}
FA_INLINE f32v f32_load_f16(const uint16_t *p) {
  fa_halves_ h = fa_load_halves_(p);
  FA_LANES(f32v, FA_F32_LANES, f16_widen_(h.lane[l]));
}
FA_INLINE f32v f32_load_bf16(const uint16_t *p) {
  fa_halves_ h = fa_load_halves_(p);
  FA_LANES(f32v, FA_F32_LANES, f32_real_((uint32_t)h.lane[l] << 16));
}
FA_INLINE void f32_store_f16(uint16_t *p, f32v a) {
  fa_halves_ h;
  for (int l = 0; l < FA_F32_LANES; l++) h.lane[l] = f16_narrow_(a.lane[l]);
  memcpy(p, h.lane, sizeof h.lane);
}
FA_INLINE void f32_store_bf16(uint16_t *p, f32v a) {
  fa_halves_ h;
  for (int l = 0; l < FA_F32_LANES; l++) h.lane[l] = bf16_narrow_(a.lane[l]);
  memcpy(p, h.lane, sizeof h.lane);
}

/* y; sees to it that `other` is computed, for the flags that it raises: see flush.h, which is of no use here. */
FA_INLINE f32v f32_besides(f32v y, f32v other) {
  (void)other;
  return y;
}

#include "simd/lanes.h"
#include "simd/wide.h"
FA_PACKS_ONE_BY_ONE

#define FA_FLUSHES 0
#define FA_PREFETCH(p) ((void)(p))
#define FA_STREAM_FENCE() ((void)0)
#endif
