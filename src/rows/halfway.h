/* A number halfway between two others in the order of all numbers of the type. */
#ifndef FASTACT_ROWS_HALFWAY_H
#define FASTACT_ROWS_HALFWAY_H
#include <stdint.h>
#include <string.h>

/* Numbers in their order as integers in theirs. 0 where there is none between them. */
#define FA_HALFWAY(T, real, word, sign) \
  static inline word T##_ordered_(real x) { \
    word w; \
    memcpy(&w, &x, sizeof w); \
    return w & sign ? ~w : w | sign; \
  } \
  static inline int T##_halfway(real low, real high, real *middle) { \
    const word a = T##_ordered_(low), b = T##_ordered_(high), ordered = a + (b - a) / 2; \
    const word w = ordered & sign ? ordered & ~sign : ~ordered; \
    memcpy(middle, &w, sizeof w); \
    return ordered != a; \
  }
FA_HALFWAY(f32, float, uint32_t, UINT32_C(0x80000000))
FA_HALFWAY(f64, double, uint64_t, UINT64_C(0x8000000000000000))
#undef FA_HALFWAY
#endif
