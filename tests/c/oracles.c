/* The table of the oracles: every operation of the registry has its row here, a gradient that of its function. */
#include "oracles.h"

#include <math.h>
#include <string.h>

#include "operations.h"
#include "vector.h"

/* glibc has these functions for vectors too (libmvec), accurate to 4 ULP of double: eight times as fast. */
#if defined(HAVE_LIBMVEC) && !defined(__clang__)
#define ALSO_VECTOR __attribute__((simd("notinbranch")))
ALSO_VECTOR double exp(double);
ALSO_VECTOR double expm1(double);
ALSO_VECTOR double log(double);
ALSO_VECTOR double log1p(double);
ALSO_VECTOR double tanh(double);
ALSO_VECTOR double erfc(double);
#endif

/* Far outside float32 nothing depends on them; with arguments held there they take no slow path. Held as integers, and
 * NaN too: a choice between doubles would have compilers call the function on what was not chosen. */
static inline double held(double x, double most) {
  const int64_t low = (int64_t)(word64(&x) & INT64_MAX), high = (int64_t)word64(&most), size = low < high ? low : high;
  const uint64_t w = (uint64_t)size | (word64(&x) & ~(uint64_t)INT64_MAX);
  memcpy(&x, &w, sizeof x);
  return x;
}
#define HELD(f, most) \
  static inline double held_##f(double x) { \
    double y = f(held(x, most)); \
    return x == x ? y : x; \
  }
HELD(exp, 700)
HELD(expm1, 700)
HELD(tanh, 30)
HELD(erfc, 20)
#undef HELD
static inline double held_sqrt(double x) { return sqrt(x); }
static inline double held_log(double x) { return log(x); }
static inline double held_log1p(double x) { return log1p(x); }

#define real double
#define NAME(op) double_##op
#define F(f) held_##f
#define C(c) c
#include "oracles.inc"

#define F(f) WIDE(f)
#if defined(__x86_64__)
#define C(c) c##Q
#else
#define C(c) c##L
#endif
#define real wide
#define NAME(op) wide_##op
#include "oracles.inc"

#define FUNCTIONS(X) \
  X(sigmoid, SIGNED) \
  X(silu, SIGNED) \
  X(swish, SIGNED) \
  X(gelu_sigmoid, SIGNED) \
  X(tanh, SIGNED) \
  X(tanh_shrink, SIGNED) \
  X(softcap, SIGNED) \
  X(log1mexp, EITHER) \
  X(squareplus, EITHER) \
  X(softplus, SIGNED) \
  X(log_sigmoid, SIGNED) \
  X(mish, SIGNED) \
  X(logit, SIGNED) \
  X(gelu, SIGNED) \
  X(gelu_tanh, SIGNED) \
  X(elu, SIGNED) \
  X(celu, SIGNED) \
  X(selu, SIGNED) \
  X(relu, EITHER) \
  X(relu6, EITHER) \
  X(hard_shrink, EITHER) \
  X(soft_shrink, SIGNED) \
  X(threshold, EITHER) \
  X(relu_squared, EITHER) \
  X(leaky_relu, SIGNED) \
  X(hard_tanh, SIGNED) \
  X(hard_sigmoid, SIGNED) X(hard_sigmoid_sloped, EITHER) X(hard_silu, SIGNED) X(softsign, SIGNED)

/* those whose gradients have two outputs */
#define PAIRS(X) \
  X(prelu, SIGNED) X(glu, SIGNED) X(swiglu, SIGNED) X(geglu, SIGNED) X(reglu, SIGNED) X(swiglu_clamped, EITHER)

#define ALL(name) \
  LOOP static void name##_all(const float *restrict x, const float *const *p, double *restrict want, size_t n) { \
    const float *restrict p0 = p[0], *restrict p1 = p[1], *restrict p2 = p[2], *restrict p3 = p[3]; \
    for (size_t i = 0; i < n; i++) { \
      const double each[MAX_PARAMETERS] = {p0[i], p1[i], p2[i], p3[i]}; \
      want[i] = double_##name(x[i], each); \
    } \
  }
#define BOTH(op, zero) ALL(op) ALL(op##_derivative)
FUNCTIONS(BOTH)
PAIRS(BOTH)
#define BY_PARAMETER(op, zero) ALL(op##_by_parameter)
PAIRS(BY_PARAMETER)
ALL(row_input)
BOTH(logaddexp, EITHER)
BY_PARAMETER(logaddexp, EITHER)
BOTH(binary_cross_entropy, EITHER)
BOTH(focal, EITHER)
ALL(focal_terms)
ALL(focal_hessian)
ALL(focal_hessian_terms)

#define DEFINITION(name) {double_##name, wide_##name, name##_all}
#define NONE {NULL, NULL, NULL}
#define ROW(op, zero) {#op, zero, DEFINITION(op), DEFINITION(op##_derivative), NONE, 0, 0, NONE},
#define PAIR(op, zero) \
  {#op, zero, DEFINITION(op), DEFINITION(op##_derivative), DEFINITION(op##_by_parameter), 0, 0, NONE},
static const oracle oracles[] = {
    FUNCTIONS(ROW) PAIRS(PAIR)
    /* log 2: the largest that an operand cancels */
    {"logaddexp", EITHER, DEFINITION(logaddexp), DEFINITION(logaddexp_derivative), DEFINITION(logaddexp_by_parameter),
     0.6931, 0, NONE},
    {"row_input", SIGNED, DEFINITION(row_input), NONE, NONE, 0, 0, NONE},
    /* log 2: where its two terms are within a factor of 2 of each other */
    {"binary_cross_entropy", EITHER, DEFINITION(binary_cross_entropy), DEFINITION(binary_cross_entropy_derivative),
     NONE, 0.6931, 1, NONE},
    {"focal", EITHER, DEFINITION(focal), DEFINITION(focal_derivative), NONE, 1, 1, DEFINITION(focal_terms)},
    {"focal_hessian", EITHER, DEFINITION(focal_hessian), NONE, NONE, 1, 1, DEFINITION(focal_hessian_terms)},
};

const oracle *oracle_of(const char *function) {
  for (size_t i = 0; i < sizeof oracles / sizeof *oracles; i++)
    if (!strcmp(oracles[i].function, function)) return &oracles[i];
  return NULL;
}
