/* The elementwise operations in a wider type, from the C library and independent of the code under test: double for
 * float32, 128 bits for float64 (x87's 64-bit mantissa is not enough: gelu's tail multiplies the rounding of x*x by up
 * to 700). */
#ifndef ORACLES_H
#define ORACLES_H
#include <stddef.h>

#if defined(__x86_64__)
typedef __float128 wide;
wide expf128(wide), sqrtf128(wide), expm1f128(wide), logf128(wide), log1pf128(wide), tanhf128(wide), erfcf128(wide);
#define WIDE(f) f##f128
#else
typedef long double wide;
#define WIDE(f) f##l
#endif

typedef enum {
  SIGNED,
  EITHER
} zero_sign; /* whether a zero at x = -0 or 0 must have the definition's sign (with the default parameters) */

/* One function or derivative of x and the parameters p. */
typedef struct {
  double (*f32)(double x, const double *p);
  wide (*f64)(wide x, const wide *p);
  void (*f32_all)(const float *x, const float *const *p, double *want,
                  size_t n); /* of n elements each, MAX_PARAMETERS of them */
} definition;

typedef struct {
  const char *function;
  zero_sign zero;
  definition of, derivative,
      by_parameter; /* the last by p[0], for gradients with two outputs; NULLs where there is none */
  double reach;     /* so far from a zero crossing of a derivative, and 1 %, its absolute error counts */
  int factor;       /* the parameter that stands where a gradient has dy, of functions that return theirs */
  definition terms; /* of a derivative of a loss that is a sum: the sizes of its terms, of which float64's error counts
                       in ULP; NULLs where it counts in those of the result */
} oracle;

/* NULL for a function that has none */
const oracle *oracle_of(const char *function);
#endif
