/* Some lanes of a vector in memory, one at a time: of a vector's part, and of all on instruction sets that cannot
 * compress one. */
#ifndef FASTACT_SIMD_LANES_H
#define FASTACT_SIMD_LANES_H

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
#endif
