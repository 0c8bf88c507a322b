/* Some lanes of a vector in memory, one at a time: of a vector's part, and of all on instruction sets that cannot
 * compress one. */
#ifndef FASTACT_SIMD_LANES_H
#define FASTACT_SIMD_LANES_H
#include <string.h>

/* T_pack: the elements of x that `lanes` names, as float64, one after the other; `to` has room for a vector of them.
 * T_unpack: to the elements of y that both `lanes` and `chosen` name, what from holds of those in `lanes`, rounded;
 * from has room for a vector. x and y are vectors; of their parts T_pack_part and T_unpack_part touch no other
 * elements. */
#define FA_PACKING(T, real) \
  FA_INLINE void T##_pack_part(const real *x, unsigned lanes, double *to) { \
    for (; lanes; lanes &= lanes - 1) *to++ = x[fa_lowest_bit(lanes)]; \
  } \
  FA_INLINE void T##_unpack_part(const double *from, unsigned lanes, unsigned chosen, real *y) { \
    for (; lanes; lanes &= lanes - 1, from++) { \
      const int lane = fa_lowest_bit(lanes); \
      if (chosen >> lane & 1) y[lane] = (real) * from; \
    } \
  }
FA_PACKING(f32, float)
FA_PACKING(f64, double)
#undef FA_PACKING
#define FA_PACKS_ONE_BY_ONE \
  FA_PACKS(f32, float) \
  FA_PACKS(f64, double)
#define FA_PACKS(T, real) \
  FA_INLINE void T##_pack(const real *x, unsigned lanes, double *to) { T##_pack_part(x, lanes, to); } \
  FA_INLINE void T##_unpack(const double *from, unsigned lanes, unsigned chosen, real *y) { \
    T##_unpack_part(from, lanes, chosen, y); \
  }

/* T_zero_bytes of the first k bytes, without reading more; the others stand for 0. */
#define FA_ZERO_BYTES_PART(T) \
  FA_INLINE T##m T##_zero_bytes_part(const unsigned char *p, size_t k) { \
    unsigned char bytes[16] = {0}; \
    size_t at = 0; \
    if (k & 16) memcpy(bytes, p, 16); \
    if (k & 8) memcpy(bytes, p, 8), at = 8; \
    if (k & 4) memcpy(bytes + at, p + at, 4), at += 4; \
    if (k & 2) memcpy(bytes + at, p + at, 2), at += 2; \
    if (k & 1) bytes[at] = p[at]; \
    return T##_zero_bytes(bytes); \
  }
#endif
