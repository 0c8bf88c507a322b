/* The elementwise operations, a row each: X(name, inputs, outputs, cost, loop of float32, loop of float64). The
 * formulas stand in the file of the family, src/elementwise/<family>.h: f32v f32_<name>(f32v ...) and f64v
 * f64_<name>(f64v ...); with two outputs the places of both come last, void f32_<name>(f32v ..., f32v *, f32v *).
 * Everything else is stamped from these rows.
 *
 * cost: what takes the time on arrays beyond the caches, memory (LIGHT) or arithmetic (DEAR).
 * loop: PLAIN runs the formula. NO_ROUNDING says that it computes nothing but comparisons, ONE_ROUNDING that it rounds
 * once: of rare lanes (elementwise/rare_lanes.h) there are none, or they have the same result. TWO_PATHS runs a fast
 * form and a slow one for the lanes that it does not serve (elementwise/two_paths.h). LEAN_AT_ONE runs a leaner loop
 * where the last input is the number 1 (elementwise/at_one.h). */
#ifndef FASTACT_OPERATIONS_H
#define FASTACT_OPERATIONS_H

#define FA_LOGISTIC(X) \
  X(sigmoid, 1, 1, DEAR, PLAIN, PLAIN) \
  X(silu, 1, 1, DEAR, PLAIN, PLAIN) \
  X(swish, 2, 1, DEAR, LEAN_AT_ONE, LEAN_AT_ONE) \
  X(sigmoid_grad, 2, 1, DEAR, PLAIN, PLAIN) \
  X(silu_grad, 2, 1, DEAR, TWO_PATHS, TWO_PATHS) \
  X(swish_grad, 3, 1, DEAR, LEAN_AT_ONE, LEAN_AT_ONE)

#define FA_HYPERBOLIC(X) \
  X(tanh, 1, 1, DEAR, PLAIN, PLAIN) \
  X(tanh_grad, 2, 1, DEAR, PLAIN, PLAIN)

#define FA_GAUSSIAN(X) \
  X(gelu, 1, 1, DEAR, PLAIN, PLAIN) \
  X(gelu_tanh, 1, 1, DEAR, PLAIN, PLAIN) \
  X(gelu_sigmoid, 1, 1, DEAR, PLAIN, PLAIN) \
  X(gelu_grad, 2, 1, DEAR, PLAIN, PLAIN) \
  X(gelu_tanh_grad, 2, 1, DEAR, TWO_PATHS, PLAIN) \
  X(gelu_sigmoid_grad, 2, 1, DEAR, PLAIN, PLAIN)

#define FA_SOFTPLUS(X) \
  X(softplus, 2, 1, DEAR, LEAN_AT_ONE, LEAN_AT_ONE) \
  X(log_sigmoid, 1, 1, DEAR, PLAIN, PLAIN) \
  X(mish, 1, 1, DEAR, TWO_PATHS, PLAIN) \
  X(logit, 1, 1, DEAR, PLAIN, PLAIN) \
  X(softplus_grad, 3, 1, DEAR, TWO_PATHS, TWO_PATHS) \
  X(log_sigmoid_grad, 2, 1, DEAR, TWO_PATHS, TWO_PATHS) \
  X(mish_grad, 2, 1, DEAR, TWO_PATHS, TWO_PATHS) \
  X(logit_grad, 2, 1, LIGHT, PLAIN, PLAIN)

#define FA_BINARY_CROSS_ENTROPY(X) \
  X(binary_cross_entropy, 4, 1, DEAR, PLAIN, PLAIN) \
  X(binary_cross_entropy_and_grad, 4, 2, DEAR, PLAIN, PLAIN)

#define FA_EXPONENTIAL(X) \
  X(elu, 2, 1, DEAR, PLAIN, PLAIN) \
  X(elu_grad, 3, 1, DEAR, TWO_PATHS, TWO_PATHS) \
  X(celu, 2, 1, DEAR, TWO_PATHS, TWO_PATHS) \
  X(celu_grad, 3, 1, DEAR, TWO_PATHS, TWO_PATHS) \
  X(selu, 1, 1, DEAR, PLAIN, PLAIN) \
  X(selu_grad, 2, 1, DEAR, TWO_PATHS, TWO_PATHS)

#define FA_PIECEWISE(X) \
  X(relu, 1, 1, LIGHT, NO_ROUNDING, NO_ROUNDING) \
  X(relu_grad, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING) \
  X(relu6, 1, 1, LIGHT, NO_ROUNDING, NO_ROUNDING) \
  X(relu6_grad, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING) \
  X(leaky_relu, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING) \
  X(leaky_relu_grad, 3, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING) \
  X(prelu, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING) \
  X(prelu_grad, 3, 2, LIGHT, ONE_ROUNDING, ONE_ROUNDING) \
  X(hard_tanh, 3, 1, LIGHT, NO_ROUNDING, NO_ROUNDING) \
  X(hard_tanh_grad, 4, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING) \
  X(hard_sigmoid, 1, 1, LIGHT, PLAIN, PLAIN) \
  X(hard_sigmoid_grad, 2, 1, LIGHT, PLAIN, PLAIN) \
  X(hard_silu, 1, 1, LIGHT, PLAIN, PLAIN) \
  X(hard_silu_grad, 2, 1, LIGHT, PLAIN, PLAIN) \
  X(softsign, 1, 1, LIGHT, PLAIN, PLAIN) \
  X(softsign_grad, 2, 1, LIGHT, PLAIN, PLAIN)

#define FA_GATED(X) \
  X(glu, 2, 1, DEAR, PLAIN, PLAIN) \
  X(swiglu, 2, 1, DEAR, TWO_PATHS, PLAIN) \
  X(geglu, 2, 1, DEAR, TWO_PATHS, PLAIN) \
  X(reglu, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING) \
  X(glu_grad, 3, 2, DEAR, PLAIN, PLAIN) \
  X(swiglu_grad, 3, 2, DEAR, PLAIN, PLAIN) \
  X(geglu_grad, 3, 2, DEAR, PLAIN, PLAIN) \
  X(reglu_grad, 3, 2, LIGHT, ONE_ROUNDING, ONE_ROUNDING)

#define FA_ROW_INPUT(X) X(row_input, 4, 1, LIGHT, PLAIN, PLAIN)

#define FA_ELEMENTWISE(X) \
  FA_LOGISTIC(X) \
  FA_HYPERBOLIC(X) \
  FA_GAUSSIAN(X) FA_SOFTPLUS(X) FA_BINARY_CROSS_ENTROPY(X) FA_EXPONENTIAL(X) FA_PIECEWISE(X) FA_GATED(X) FA_ROW_INPUT(X)
#endif
