/* Arrays of float or double, for tests of both types. */
#ifndef TYPED_H
#define TYPED_H
#include <stdlib.h>

#include "fastact/kernels.h"

static const size_t sizes[FA_COMPUTE_DTYPES] = {4, 8};
static const char *const type_names[FA_COMPUTE_DTYPES] = {"float32", "float64"};

static void *buffer(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (!p) abort();
  return p;
}
static double get(const void *p, fa_dtype type, size_t i) {
  return type == FA_F32 ? (double)((const float *)p)[i] : ((const double *)p)[i];
}
static void put(void *p, fa_dtype type, size_t i, double x) {
  if (type == FA_F32) ((float *)p)[i] = (float)x;
  else ((double *)p)[i] = x;
}
#endif
