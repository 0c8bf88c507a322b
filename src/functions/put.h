/* One number, rounded to an element type: to be called in the default floating-point mode. */
#ifndef FASTACT_PUT_H
#define FASTACT_PUT_H
#include "fastact/kernels.h"

static inline void fa_put(void *to, fa_dtype dtype, double value) {
  if (dtype == FA_F32) *(float *)to = (float)value;
  else *(double *)to = value;
}
#endif
