/* The loops over contiguous elements, stamped for every operation and both element types. */
#ifndef FASTACT_LOOPS_H
#define FASTACT_LOOPS_H
#include <string.h>

#include "fastact/operations.h"
#include "elementwise/logistic.h"
#include "elementwise/hyperbolic.h"
#include "elementwise/gaussian.h"
#include "elementwise/softplus.h"
#include "elementwise/binary_cross_entropy.h"
#include "elementwise/focal.h"
#include "elementwise/exponential.h"
#include "elementwise/piecewise.h"
#include "elementwise/squareplus.h"
#include "elementwise/gated.h"
#include "elementwise/row_input.h"
#include "elementwise/swiglu_clamped.h"
#include "elementwise/rare_lanes.h"

/* Two vectors a turn: the second fills the gaps of the first one's dependency chain. The last, partial vector runs the
 * same code, so that an element's bits do not depend on its position. */
#define FA_LOOP_1(T, real, kind, name, inputs, lanes) \
  static void T##_##kind##_##name(char *const *args, unsigned repeated, size_t n) { \
    FA_INPUTS_##inputs(real) real *y = (real *)args[inputs], *kept = (real *)args[inputs + 1]; \
    size_t i = 0; \
    for (; i + 2 * lanes <= n; i += 2 * lanes) { \
      FA_KEEP(T, y, kept, lanes) \
      T##v u = T##_##name(FA_LOADS_##inputs(T, i)), v = T##_##name(FA_LOADS_##inputs(T, i + lanes)); \
      T##_store(y + i, u); \
      T##_store(y + i + lanes, v); \
    } \
    FA_KEEP_REST(real, y, kept) \
    FA_REST(T, name, inputs, lanes) \
  }
#define FA_REST(T, name, inputs, lanes) \
  for (; i + lanes <= n; i += lanes) T##_store(y + i, T##_##name(FA_LOADS_##inputs(T, i))); \
  if (i < n) T##_store_part(y + i, T##_##name(FA_PARTS_##inputs(T, i, n - i)), n - i);
/* Either output may be an input: all of a turn is read before any of it is written. */
#define FA_LOOP_2(T, real, kind, name, inputs, lanes) \
  static void T##_##kind##_##name(char *const *args, unsigned repeated, size_t n) { \
    FA_INPUTS_##inputs(real) real *y = (real *)args[inputs], *z = (real *)args[inputs + 1]; \
    real *kept = (real *)args[inputs + 2], *kept_z = (real *)args[inputs + 3]; \
    size_t i = 0; \
    T##v s, t, u, v; \
    for (; i + 2 * lanes <= n; i += 2 * lanes) { \
      FA_KEEP(T, y, kept, lanes) \
      FA_KEEP(T, z, kept_z, lanes) \
      T##_##name(FA_LOADS_##inputs(T, i), &s, &t); \
      T##_##name(FA_LOADS_##inputs(T, i + lanes), &u, &v); \
      T##_store(y + i, s); \
      T##_store(z + i, t); \
      T##_store(y + i + lanes, u); \
      T##_store(z + i + lanes, v); \
    } \
    FA_KEEP_REST(real, y, kept) \
    FA_KEEP_REST(real, z, kept_z) \
    for (; i + lanes <= n; i += lanes) { \
      T##_##name(FA_LOADS_##inputs(T, i), &s, &t); \
      T##_store(y + i, s); \
      T##_store(z + i, t); \
    } \
    if (i == n) return; \
    T##_##name(FA_PARTS_##inputs(T, i, n - i), &s, &t); \
    T##_store_part(y + i, s, n - i); \
    T##_store_part(z + i, t, n - i); \
  }
/* Before an output takes the place of an input, which rare_lanes.h may ask for again. The pointer is made to look as if
 * it changed: a second loop for each answer would double the code. */
#define FA_KEEP(T, y, kept, lanes) \
  FA_VARIES(kept) \
  if (FA_UNLIKELY(kept != NULL)) { \
    T##_store(kept + i, T##_load(y + i)); \
    T##_store(kept + i + lanes, T##_load(y + i + lanes)); \
  }
#define FA_KEEP_REST(real, y, kept) \
  if (FA_UNLIKELY(kept != NULL)) memcpy(kept + i, y + i, (n - i) * sizeof(real));
#if defined(__GNUC__)
#define FA_VARIES(pointer) __asm__("" : "+r"(pointer));
#else
#define FA_VARIES(pointer)
#endif
/* An input and what an index is masked with: a repeated one has a vector alone. */
#define FA_INPUT(real, x, j) \
  const real *x = (const real *)args[j]; \
  const size_t x##_all = (size_t)(repeated >> j & 1) - 1;
#define FA_INPUTS_1(real) FA_INPUT(real, a, 0)
#define FA_INPUTS_2(real) FA_INPUTS_1(real) FA_INPUT(real, b, 1)
#define FA_INPUTS_3(real) FA_INPUTS_2(real) FA_INPUT(real, c, 2)
#define FA_INPUTS_4(real) FA_INPUTS_3(real) FA_INPUT(real, d, 3)
#define FA_INPUTS_5(real) FA_INPUTS_4(real) FA_INPUT(real, e, 4)
#define FA_INPUTS_6(real) FA_INPUTS_5(real) FA_INPUT(real, f, 5)
#define FA_LOAD(T, x, i) T##_load(x + ((i) & x##_all))
#define FA_LOADS_1(T, i) FA_LOAD(T, a, i)
#define FA_LOADS_2(T, i) FA_LOADS_1(T, i), FA_LOAD(T, b, i)
#define FA_LOADS_3(T, i) FA_LOADS_2(T, i), FA_LOAD(T, c, i)
#define FA_LOADS_4(T, i) FA_LOADS_3(T, i), FA_LOAD(T, d, i)
#define FA_LOADS_5(T, i) FA_LOADS_4(T, i), FA_LOAD(T, e, i)
#define FA_LOADS_6(T, i) FA_LOADS_5(T, i), FA_LOAD(T, f, i)
/* The lanes past the end repeat an element: they raise no floating-point exception that it does not, and are no slower.
 */
#define FA_PART(T, x, i, k) T##_load_part(x + ((i) & x##_all), k, x[(i) & x##_all])
#define FA_PARTS_1(T, i, k) FA_PART(T, a, i, k)
#define FA_PARTS_2(T, i, k) FA_PARTS_1(T, i, k), FA_PART(T, b, i, k)
#define FA_PARTS_3(T, i, k) FA_PARTS_2(T, i, k), FA_PART(T, c, i, k)
#define FA_PARTS_4(T, i, k) FA_PARTS_3(T, i, k), FA_PART(T, d, i, k)
#define FA_PARTS_5(T, i, k) FA_PARTS_4(T, i, k), FA_PART(T, e, i, k)
#define FA_PARTS_6(T, i, k) FA_PARTS_5(T, i, k), FA_PART(T, f, i, k)

/* ---- the kinds of loops, as the rows of operations.h name them ---- */

#define FA_PLAIN(T, real, name, inputs, outputs, lanes) FA_LOOP_##outputs(T, real, formula, name, inputs, lanes)
#define FA_NO_ROUNDING FA_PLAIN
#define FA_ONE_ROUNDING FA_PLAIN

/* A test for each vector would keep the two from interleaving (cycles a vector with AVX-512: mish 25 instead of 22,
 * geglu 31 instead of 29). */
#define FA_TWO_PATHS(T, real, name, inputs, outputs, lanes) \
  static void T##_formula_##name(char *const *args, unsigned repeated, size_t n) { \
    FA_INPUTS_##inputs(real) real *y = (real *)args[inputs], *kept = (real *)args[inputs + 1]; \
    size_t i = 0; \
    for (; i + 2 * lanes <= n; i += 2 * lanes) { \
      T##m far, far_too; \
      FA_KEEP(T, y, kept, lanes) \
      T##v u = T##_##name##_fast(FA_LOADS_##inputs(T, i), &far), \
           v = T##_##name##_fast(FA_LOADS_##inputs(T, i + lanes), &far_too); \
      if (FA_UNLIKELY(T##_any(T##_either(far, far_too)))) { \
        u = T##_select(far, T##_##name##_in_far(FA_LOADS_##inputs(T, i), T##_lanes(far)), u); \
        v = T##_select(far_too, T##_##name##_in_far(FA_LOADS_##inputs(T, i + lanes), T##_lanes(far_too)), v); \
      } \
      T##_store(y + i, u); \
      T##_store(y + i + lanes, v); \
    } \
    FA_KEEP_REST(real, y, kept) \
    FA_REST(T, name, inputs, lanes) \
  }

/* By a loop of its own, in which two vectors interleave, as branches in a formula do not let them: silu's gradient 29
 * cycles a vector, swish's 31 without. FA_LEAN_<name>: that loop. */
#define FA_LEAN_swish formula_silu
#define FA_LEAN_softplus formula_softplus_at_one
#define FA_LEAN_swish_grad formula_silu_grad
#define FA_LEAN_AT_ONE(T, real, name, inputs, outputs, lanes) \
  FA_LOOP_##outputs(T, real, general, name, inputs, lanes) FA_LOOP_LEAN(T, real, name, inputs, FA_LEAN_##name)
#define FA_LOOP_LEAN(T, real, name, inputs, lean) FA_LOOP_LEAN_(T, real, name, inputs, lean)
#define FA_LOOP_LEAN_(T, real, name, inputs, lean) \
  static void T##_formula_##name(char *const *args, unsigned repeated, size_t n) { \
    const int last = inputs - 1; \
    if (repeated >> last & 1 && *(const real *)args[last] == 1) { \
      char *rest[inputs + 1]; \
      memcpy(rest, args, last * sizeof *rest); \
      memcpy(rest + last, args + inputs, 2 * sizeof *rest); /* the output, and where its place is kept */ \
      T##_##lean(rest, repeated & ~(1u << last), n); \
    } else T##_general_##name(args, repeated, n); \
  }

FA_LOOP_1(f32, float, formula, softplus_at_one, 1, FA_F32_LANES)
FA_LOOP_1(f64, double, formula, softplus_at_one, 1, FA_F64_LANES)
#define FA_X(name, inputs, outputs, cost, of_f32, of_f64, ...) \
  FA_##of_f32(f32, float, name, inputs, outputs, FA_F32_LANES) \
      FA_##of_f64(f64, double, name, inputs, outputs, FA_F64_LANES)
FA_ELEMENTWISE(FA_X)
#undef FA_X

/* ---- operations ---- */

#define FA_X(name, inputs, outputs, cost, of_f32, of_f64, ...) \
  static const fa_formulas formulas_##name = { \
      {f32_formula_##name, f64_formula_##name}, inputs, outputs, FA_##cost, FA_OP_##name}; \
  static void f32_map_##name(char *const *args, unsigned repeated, size_t n) { \
    f32_run_##of_f32(&formulas_##name, args, repeated, n); \
  } \
  static void f64_map_##name(char *const *args, unsigned repeated, size_t n) { \
    f64_run_##of_f64(&formulas_##name, args, repeated, n); \
  }
FA_ELEMENTWISE(FA_X)
#undef FA_X

/* no operation of its own: row_input in two parts */
#define FA_PARTS(T, real, lanes) \
  FA_LOOP_2(T, real, formula, row_input_parts, 4, lanes) \
  static void T##_map_row_input_parts(char *const *args, unsigned repeated, size_t n) { \
    fa_run_as_it_is(T##_formula_row_input_parts, args, 6, repeated, n); \
  }
FA_PARTS(f32, float, FA_F32_LANES)
FA_PARTS(f64, double, FA_F64_LANES)
#undef FA_PARTS

/* Nor is the argument of functions that are scaled. x is never one number for all. A loop for each of the four cases:
 * light as it is, its time is that of its loads. */
#define FA_SCALE_ADD(T, real, lanes) \
  FA_INLINE void T##_scale_add_of(char *const *args, const int one_scale, const int one_bias, size_t n) { \
    const real *x = (const real *)args[0], *scale = (const real *)args[1], *bias = (const real *)args[2]; \
    real *y = (real *)args[3]; \
    const T##v s = T##_set1(scale[0]), b = T##_set1(bias[0]); \
    size_t i = 0; \
    for (; i + 2 * lanes <= n; i += 2 * lanes) { \
      const size_t j = i + lanes; \
      const T##v u = T##_scale_add(T##_load(x + i), one_scale ? s : T##_load(scale + i), \
                                   one_bias ? b : T##_load(bias + i)), \
                 v = T##_scale_add(T##_load(x + j), one_scale ? s : T##_load(scale + j), \
                                   one_bias ? b : T##_load(bias + j)); \
      T##_store(y + i, u); \
      T##_store(y + j, v); \
    } \
    for (size_t k; i < n; i += k) { \
      k = n - i < lanes ? n - i : lanes; \
      T##_store_part(y + i, \
                     T##_scale_add(T##_load_part(x + i, k, 0), one_scale ? s : T##_load_part(scale + i, k, 0), \
                                   one_bias ? b : T##_load_part(bias + i, k, 0)), \
                     k); \
    } \
  } \
  static void T##_map_scale_add(char *const *args, unsigned repeated, size_t n) { \
    const unsigned ones = repeated >> 1 & 3; \
    if (!n) return; \
    if (ones == 3) T##_scale_add_of(args, 1, 1, n); \
    else if (ones == 2) T##_scale_add_of(args, 0, 1, n); \
    else if (ones == 1) T##_scale_add_of(args, 1, 0, n); \
    else T##_scale_add_of(args, 0, 0, n); \
  }
FA_SCALE_ADD(f32, float, FA_F32_LANES)
FA_SCALE_ADD(f64, double, FA_F64_LANES)
#undef FA_SCALE_ADD
#endif
