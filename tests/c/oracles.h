/* The elementwise operations in a wider type, from the C library and independent of the code under test: double for float32,
 * 128 bits for float64 (x87's 64-bit mantissa is not enough: gelu's tail multiplies the rounding of x*x by up to 700).
 * Every operation of the registry has its row here; accuracy.c fails for one that has none. */
#ifndef ORACLES_H
#define ORACLES_H
#include <math.h>

#if defined(__x86_64__)
typedef __float128 wide;
wide expf128(wide), tanhf128(wide), erfcf128(wide);
#define WIDE(f) f##f128
#define WIDE_C(c) c##Q
#else
typedef long double wide;
#define WIDE(f) f##l
#define WIDE_C(c) c##L
#endif

/* Where x is -inf the products below would be -inf * 0; the limit is 0 from below. */
#define FA_ORACLES(real, name, F, C) \
  static real name##_sigmoid(real x) { return 1 / (1 + F(exp)(-x)); } \
  static real name##_silu(real x) { return x == -(real)INFINITY ? -(real)0 : x / (1 + F(exp)(-x)); } \
  static real name##_tanh(real x) { return F(tanh)(x); } \
  static real name##_gelu(real x) { \
    return x == -(real)INFINITY ? -(real)0 : x / 2 * F(erfc)(-x * C(0.707106781186547524400844362104849039284835938)); \
  } \
  static real name##_gelu_tanh(real x) { \
    real u = C(1.595769121605730711759784239737527473903434525) * (x + C(0.044715) * x * x * x); /* 2 sqrt(2/pi) (...) */ \
    return x == -(real)INFINITY ? -(real)0 : x / (1 + F(exp)(-u)); /* (1 + tanh(u/2)) / 2 = 1 / (1 + exp(-u)) */ \
  }
#define DOUBLE(f) f
#define DOUBLE_C(c) c
FA_ORACLES(double, double, DOUBLE, DOUBLE_C)
FA_ORACLES(wide, wide, WIDE, WIDE_C)

static const struct {
  const char *op;
  double (*of_f32)(double);
  wide (*of_f64)(wide);
} oracles[] = {
#define ROW(op) {#op, double_##op, wide_##op}
  ROW(sigmoid), ROW(silu), ROW(tanh), ROW(gelu), ROW(gelu_tanh),
#undef ROW
};
enum { ORACLES = sizeof oracles / sizeof *oracles };
#endif
