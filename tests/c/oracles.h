/* The elementwise operations in a wider type, from the C library and independent of the code under test: double for float32,
 * 128 bits for float64 (x87's 64-bit mantissa is not enough: gelu's tail multiplies the rounding of x*x by up to 700).
 * Every operation of the registry has its row here, a gradient that of its function; accuracy.c fails for one that has none. */
#ifndef ORACLES_H
#define ORACLES_H
#include <math.h>

#define real double
#define NAME(op) double_##op
#define F(f) f
#define C(c) c
#include "oracles.inc"

#if defined(__x86_64__)
typedef __float128 wide;
wide expf128(wide), expm1f128(wide), logf128(wide), log1pf128(wide), tanhf128(wide), erfcf128(wide);
#define F(f) f##f128
#define C(c) c##Q
#else
typedef long double wide;
#define F(f) f##l
#define C(c) c##L
#endif
#define real wide
#define NAME(op) wide_##op
#include "oracles.inc"

typedef enum { SIGNED, EITHER } zero_sign; /* whether a zero at x = -0 or 0 must have the definition's sign (with the default parameters) */

typedef struct {
  const char *function;
  zero_sign zero;
  double (*of_f32)(double x, const double *p), (*slope_f32)(double x, const double *p);
  wide (*of_f64)(wide x, const wide *p), (*slope_f64)(wide x, const wide *p);
  double (*by_parameter_f32)(double x, const double *p); /* of gradients with two outputs */
  wide (*by_parameter_f64)(wide x, const wide *p);
  double reach; /* so far from a zero crossing of a derivative, and 1 %, its absolute error counts */
  int factor;   /* the parameter that stands where a gradient has dy, of functions that return theirs */
} oracle;

static const oracle oracles[] = {
#define ROW(op, zero) {#op, zero, double_##op, double_##op##_slope, wide_##op, wide_##op##_slope, NULL, NULL, 0, 0}
#define PAIR(op, zero) {#op, zero, double_##op, double_##op##_slope, wide_##op, wide_##op##_slope, double_##op##_by_parameter, wide_##op##_by_parameter, 0, 0}
  ROW(sigmoid, SIGNED), ROW(silu, SIGNED), ROW(swish, SIGNED), ROW(gelu_sigmoid, SIGNED), ROW(tanh, SIGNED),
  ROW(softplus, SIGNED), ROW(log_sigmoid, SIGNED), ROW(mish, SIGNED), ROW(logit, SIGNED), ROW(gelu, SIGNED), ROW(gelu_tanh, SIGNED),
  ROW(elu, SIGNED), ROW(celu, SIGNED), ROW(selu, SIGNED), ROW(relu, EITHER), ROW(relu6, EITHER), ROW(leaky_relu, SIGNED),
  PAIR(prelu, SIGNED), ROW(hard_tanh, SIGNED), ROW(hard_sigmoid, SIGNED), ROW(hard_silu, SIGNED), ROW(softsign, SIGNED),
  PAIR(glu, SIGNED), PAIR(swiglu, SIGNED), PAIR(geglu, SIGNED), PAIR(reglu, SIGNED),
#undef ROW
#undef PAIR
  {"row_input", SIGNED, double_row_input, NULL, wide_row_input, NULL, NULL, NULL, 0, 0},
  /* log 2: where its two terms are within a factor of 2 of each other */
  {"binary_cross_entropy", EITHER, double_binary_cross_entropy, double_binary_cross_entropy_slope, wide_binary_cross_entropy,
   wide_binary_cross_entropy_slope, NULL, NULL, 0.6931, 1},
};
enum { ORACLES = sizeof oracles / sizeof *oracles };
#endif
