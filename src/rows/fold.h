/* A vector's worth of vectors folded together, a lane each: by the tree of the verbs `sum` and `maximum`, so that the
 * bits are theirs, with a quarter of their work. Each round adds the halves of two vectors and leaves one. The vectors
 * are spent. */
#ifndef FASTACT_ROWS_BATCHED_H
#define FASTACT_ROWS_BATCHED_H
#include "rows/precision.h"

#define FA_FOLD_EACH(T, name, verb, LANES) \
  FA_INLINE T##v T##_##name(T##v *a) { \
    for (int half = LANES / 2; half; half /= 2) \
      for (int i = 0; i < half; i++) a[i] = verb(T##_zip_low(a[i], a[i + half]), T##_zip_high(a[i], a[i + half])); \
    return a[0]; \
  }
FA_FOLD_EACH(f32, each_sum, f32_add, FA_F32_LANES)
FA_FOLD_EACH(f64, each_sum, f64_add, FA_F64_LANES)
FA_FOLD_EACH(f32, each_maximum, f32_max, FA_F32_LANES)
FA_FOLD_EACH(f64, each_maximum, f64_max, FA_F64_LANES)

/* f(op, r, vectors), the number of a row's vectors known where it is compiled: 2 to 4. */
#define FA_BY_VECTORS(f, op, r, lanes) \
  switch (((r)->n + (lanes) - 1) / (lanes)) { \
  case 2: f(op, r, 2); break; \
  case 3: f(op, r, 3); break; \
  default: f(op, r, 4); \
  }
#endif
