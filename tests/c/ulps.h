/* Distance of a result from the true one, in ULP of the true one: among subnormal numbers, the smallest of them. */
#ifndef ULPS_H
#define ULPS_H
#include <math.h>

#include "common.h"
#include "oracles.h"

/* 2^e for any e that gives a normal number */
static double power(int e) {
  uint64_t w = (uint64_t)(e + 1023) << 52;
  double d;
  memcpy(&d, &w, sizeof d);
  return d;
}
static int exponent(double x) { return (int)(word64(&x) >> 52 & 0x7ff) - 1023; }

/* Special results: no error where got is as good as the oracle, infinity where it is not. Where `zero`, the sign of a zero counts. */
#define SPECIAL(got, want, zero) \
  if (isnan((double)(want)) || isnan((double)(got))) return isnan((double)(want)) && isnan((double)(got)) ? 0 : INFINITY; \
  if (isinf((double)(want)) && (want) == (got)) return 0; \
  if ((zero) && (want) == 0 && !signbit((double)(want)) != !signbit((double)(got))) return INFINITY;

static inline double ulps_f32(float got, double want, int zero) {
  SPECIAL(got, want, zero)
  int e = exponent(want) < -126 ? -126 : exponent(want);
  if (isinf(got)) return fabs(want) >= 0x1.ffffffp127 && (got < 0) == (want < 0) ? 0 : INFINITY;
  return fabs((double)got - want) * power(23 - e);
}

static inline double ulps_f64(double got, wide want, int zero) {
  const wide size = want < 0 ? -want : want, top = (wide)0x1.fffffffffffffp1023 + (wide)0x1p970;
  SPECIAL(got, want, zero)
  if (isinf(got)) return size >= top && (got < 0) == (want < 0) ? 0 : INFINITY;
  double near = (double)size;
  int e = isinf(near) ? 1023 : exponent(near) - (near > size && (word64(&near) << 12) == 0);
  wide error = (wide)got - want;
  if (error < 0) error = -error;
  if (e < -1022) e = -1022;
  /* in two steps: 2^(52-e) need not be a double */
  return (double)(error * (wide)power(52 - e / 2) * (wide)power(-(e - e / 2)));
}
#endif
