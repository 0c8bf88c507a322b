/* What the C tests share: NaNs made equal, digests, and numbers that every machine draws alike;
 * fastact/_check/digests.py has the same for Python. */
#ifndef COMMON_H
#define COMMON_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t word32(const void *p) {
  uint32_t w;
  memcpy(&w, p, sizeof w);
  return w;
}
static inline uint64_t word64(const void *p) {
  uint64_t w;
  memcpy(&w, p, sizeof w);
  return w;
}

/* element i of p as bits, each NaN replaced by the same one */
static inline uint64_t canonical(const void *p, size_t i, size_t size) {
  if (size == 4) {
    uint32_t w = word32((const char *)p + 4 * i);
    return (w & 0x7fffffffu) > 0x7f800000u ? 0x7fc00000u : w;
  }
  uint64_t w = word64((const char *)p + 8 * i);
  return (w & 0x7fffffffffffffffu) > 0x7ff0000000000000u ? 0x7ff8000000000000u : w;
}

/* a bijection of 64 bits that leaves no pattern visible (splitmix64) */
static inline uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static inline uint64_t draw(uint64_t *state) { return mix(*state += 0x9e3779b97f4a7c15u); }
/* in [-1, 1), a multiple of 2^-24 or 2^-53: exact, so no compiler or machine can differ */
static inline double unit_f64(uint64_t r) { return (double)((int64_t)(r >> 10) - (INT64_C(1) << 53)) * 0x1p-53; }
static inline float draw_f32(uint64_t *state) { return (float)((int32_t)(draw(state) >> 39) - (1 << 24)) * 0x1p-24f; }
static inline double draw_f64(uint64_t *state) { return unit_f64(draw(state)); }

/* h, carried on over n elements: a polynomial modulo 2^64, which NumPy can sum as well */
static inline uint64_t digest(uint64_t h, const void *p, size_t n, size_t size) {
  for (size_t i = 0; i < n; i++) h = h * 0x100000001b3u + mix(canonical(p, i, size));
  return h;
}
#endif
