/* Elements in memory as vectors: of the type that is computed in, or stored in 16 bits and computed in float32. `type`
 * is an fa_dtype, known where a kernel is compiled. */
#ifndef FASTACT_STORED_H
#define FASTACT_STORED_H
#include <stdint.h>
#include <string.h>
#include "fastact/kernels.h"

FA_INLINE size_t fa_itemsize(const int type) {
  return type == FA_F64 ? sizeof(double) : type == FA_F32 ? sizeof(float) : sizeof(uint16_t);
}
FA_INLINE const void *fa_at(const int type, const void *p, ptrdiff_t i) {
  return (const char *)p + i * (ptrdiff_t)fa_itemsize(type);
}
FA_INLINE void *fa_place(const int type, void *p, ptrdiff_t i) { return (char *)p + i * (ptrdiff_t)fa_itemsize(type); }

/* The k elements at p, at most a vector's; 0 in the lanes past them. The 16-bit verbs read and write whole vectors: the
 * last, partial one goes through a copy. */
FA_INLINE f32v f32_take(const int type, const void *p, size_t k) {
  uint16_t part[FA_F32_LANES] = {0};
  const uint16_t *h = (const uint16_t *)p;
  if (type == FA_F32) return k == FA_F32_LANES ? f32_load((const float *)p) : f32_load_part((const float *)p, k, 0);
  if (k < FA_F32_LANES) h = (const uint16_t *)memcpy(part, p, k * sizeof *part);
  return type == FA_F16 ? f32_load_f16(h) : f32_load_bf16(h);
}
FA_INLINE void f32_put(const int type, void *p, f32v v, size_t k) {
  uint16_t part[FA_F32_LANES];
  uint16_t *h = k < FA_F32_LANES ? part : (uint16_t *)p;
  if (type == FA_F32) {
    if (k == FA_F32_LANES) f32_store((float *)p, v);
    else f32_store_part((float *)p, v, k);
    return;
  }
  if (type == FA_F16) f32_store_f16(h, v);
  else f32_store_bf16(h, v);
  if (k < FA_F32_LANES) memcpy(p, part, k * sizeof *part);
}
FA_INLINE f64v f64_take(const int type, const void *p, size_t k) {
  (void)type;
  return k == FA_F64_LANES ? f64_load((const double *)p) : f64_load_part((const double *)p, k, 0);
}
FA_INLINE void f64_put(const int type, void *p, f64v v, size_t k) {
  (void)type;
  if (k == FA_F64_LANES) f64_store((double *)p, v);
  else f64_store_part((double *)p, v, k);
}

/* n adjacent elements, there and back. */
#define FA_CONVERSIONS(name, type) \
  static void name##_widen(const void *stored, float *x, size_t n) { \
    const uint16_t *h = (const uint16_t *)stored; \
    size_t i = 0; \
    for (; i + FA_F32_LANES <= n; i += FA_F32_LANES) f32_store(x + i, f32_take(type, h + i, FA_F32_LANES)); \
    f32_store_part(x + i, f32_take(type, h + i, n - i), n - i); \
  } \
  static void name##_narrow(const float *x, void *stored, size_t n) { \
    uint16_t *h = (uint16_t *)stored; \
    size_t i = 0; \
    for (; i + FA_F32_LANES <= n; i += FA_F32_LANES) f32_put(type, h + i, f32_load(x + i), FA_F32_LANES); \
    f32_put(type, h + i, f32_load_part(x + i, n - i, 0), n - i); \
  }
FA_CONVERSIONS(f16, FA_F16)
FA_CONVERSIONS(bf16, FA_BF16)

#define FA_FROM_BYTES(name, byte, real) \
  static void name(const void *bytes, void *x, size_t n) { \
    const byte *from = (const byte *)bytes; \
    real *to = (real *)x; \
    for (size_t i = 0; i < n; i++) to[i] = (real)from[i]; \
  }
FA_FROM_BYTES(f32_from_i8, int8_t, float)
FA_FROM_BYTES(f32_from_u8, uint8_t, float)
FA_FROM_BYTES(f64_from_i8, int8_t, double)
FA_FROM_BYTES(f64_from_u8, uint8_t, double)
#endif
