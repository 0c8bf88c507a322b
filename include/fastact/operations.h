/* The elementwise operations, a row each: X(name, inputs, outputs, cost, loop of float32, loop of float64, call). The
 * formulas stand in the file of the family, src/elementwise/<family>.h: f32v f32_<name>(f32v ...) and f64v
 * f64_<name>(f64v ...); with two outputs the places of both come last, void f32_<name>(f32v ..., f32v *, f32v *).
 * Everything else is stamped from these rows.
 *
 * cost: what takes the time on arrays beyond the caches, memory (LIGHT) or arithmetic (DEAR).
 * loop: PLAIN runs the formula. NO_ROUNDING says that it computes nothing but comparisons, ONE_ROUNDING that it rounds
 * once: of rare lanes (elementwise/rare_lanes.h) there are none, or they have the same result. TWO_PATHS runs a fast
 * form and a slow one for the lanes that it does not serve (elementwise/two_paths.h). LEAN_AT_ONE runs a leaner loop
 * where the last input is the number 1 (elementwise/at_one.h).
 *
 * call: what the functions of elementwise.h take. OF_X: x, y and n; OF_X_P and OF_X_PP: one or two parameters besides;
 * OF_DY_X, OF_DY_X_P and OF_DY_X_PP: the same of a gradient; OF_A_B and OF_DY_A_B: a gate's, and _PPP those with three
 * parameters. BY_HAND: those are written one by one, or there are none. */
#ifndef FASTACT_OPERATIONS_H
#define FASTACT_OPERATIONS_H

#define FA_LOGISTIC(X) \
  X(sigmoid, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(silu, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(swish, 2, 1, DEAR, LEAN_AT_ONE, LEAN_AT_ONE, OF_X_P) \
  X(sigmoid_grad, 2, 1, DEAR, PLAIN, PLAIN, OF_DY_X) \
  X(silu_grad, 2, 1, DEAR, TWO_PATHS, TWO_PATHS, OF_DY_X) \
  X(swish_grad, 3, 1, DEAR, LEAN_AT_ONE, LEAN_AT_ONE, OF_DY_X_P)

#define FA_HYPERBOLIC(X) \
  X(tanh, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(tanh_grad, 2, 1, DEAR, PLAIN, PLAIN, OF_DY_X) \
  X(tanh_shrink, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(tanh_shrink_grad, 2, 1, DEAR, PLAIN, PLAIN, OF_DY_X) \
  X(softcap, 2, 1, DEAR, PLAIN, PLAIN, OF_X_P) \
  X(softcap_grad, 3, 1, DEAR, PLAIN, PLAIN, OF_DY_X_P)

#define FA_GAUSSIAN(X) \
  X(gelu, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(gelu_tanh, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(gelu_sigmoid, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(gelu_grad, 2, 1, DEAR, PLAIN, PLAIN, OF_DY_X) \
  X(gelu_tanh_grad, 2, 1, DEAR, TWO_PATHS, PLAIN, OF_DY_X) \
  X(gelu_sigmoid_grad, 2, 1, DEAR, PLAIN, PLAIN, OF_DY_X)

#define FA_SOFTPLUS(X) \
  X(softplus, 2, 1, DEAR, LEAN_AT_ONE, LEAN_AT_ONE, OF_X_P) \
  X(log_sigmoid, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(mish, 1, 1, DEAR, TWO_PATHS, PLAIN, OF_X) \
  X(logit, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(softplus_grad, 3, 1, DEAR, TWO_PATHS, TWO_PATHS, OF_DY_X_P) \
  X(log_sigmoid_grad, 2, 1, DEAR, TWO_PATHS, TWO_PATHS, OF_DY_X) \
  X(mish_grad, 2, 1, DEAR, TWO_PATHS, TWO_PATHS, OF_DY_X) \
  X(logit_grad, 2, 1, LIGHT, PLAIN, PLAIN, OF_DY_X) \
  X(log1mexp, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(log1mexp_grad, 2, 1, DEAR, PLAIN, PLAIN, OF_DY_X) \
  X(logaddexp, 2, 1, DEAR, PLAIN, PLAIN, OF_A_B) \
  X(logaddexp_grad, 3, 2, DEAR, PLAIN, PLAIN, OF_DY_A_B) \
  X(squareplus, 2, 1, DEAR, PLAIN, PLAIN, OF_X_P) \
  X(squareplus_grad, 3, 1, DEAR, PLAIN, PLAIN, OF_DY_X_P)

#define FA_BINARY_CROSS_ENTROPY(X) \
  X(binary_cross_entropy, 4, 1, DEAR, PLAIN, PLAIN, BY_HAND) \
  X(binary_cross_entropy_and_grad, 4, 2, DEAR, PLAIN, PLAIN, BY_HAND)

/* What flushing to zero takes off on the way in float64 may decide about an infinite weight, and about a Hessian, which
 * is a difference. Only focal and focal_and_grad of float64 notice such lanes; the others run as they are, as what
 * rounds once does. */
#define FA_FOCAL(X) \
  X(focal, 5, 1, DEAR, ONE_ROUNDING, PLAIN, BY_HAND) \
  X(focal_and_grad, 5, 2, DEAR, ONE_ROUNDING, PLAIN, BY_HAND) \
  X(focal_hessian, 5, 1, DEAR, ONE_ROUNDING, ONE_ROUNDING, BY_HAND)

#define FA_EXPONENTIAL(X) \
  X(elu, 2, 1, DEAR, PLAIN, PLAIN, OF_X_P) \
  X(elu_grad, 3, 1, DEAR, TWO_PATHS, TWO_PATHS, OF_DY_X_P) \
  X(celu, 2, 1, DEAR, TWO_PATHS, TWO_PATHS, OF_X_P) \
  X(celu_grad, 3, 1, DEAR, TWO_PATHS, TWO_PATHS, OF_DY_X_P) \
  X(selu, 1, 1, DEAR, PLAIN, PLAIN, OF_X) \
  X(selu_grad, 2, 1, DEAR, TWO_PATHS, TWO_PATHS, OF_DY_X)

#define FA_PIECEWISE(X) \
  X(relu, 1, 1, LIGHT, NO_ROUNDING, NO_ROUNDING, OF_X) \
  X(relu_grad, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_DY_X) \
  X(relu6, 1, 1, LIGHT, NO_ROUNDING, NO_ROUNDING, OF_X) \
  X(relu6_grad, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_DY_X) \
  X(leaky_relu, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_X_P) \
  X(leaky_relu_grad, 3, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_DY_X_P) \
  X(prelu, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_X_P) \
  X(prelu_grad, 3, 2, LIGHT, ONE_ROUNDING, ONE_ROUNDING, BY_HAND) \
  X(hard_tanh, 3, 1, LIGHT, NO_ROUNDING, NO_ROUNDING, OF_X_PP) \
  X(hard_tanh_grad, 4, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_DY_X_PP) \
  X(hard_shrink, 2, 1, LIGHT, NO_ROUNDING, NO_ROUNDING, OF_X_P) \
  X(hard_shrink_grad, 3, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_DY_X_P) \
  X(soft_shrink, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_X_P) \
  X(soft_shrink_grad, 3, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_DY_X_P) \
  X(threshold, 3, 1, LIGHT, NO_ROUNDING, NO_ROUNDING, OF_X_PP) \
  X(threshold_grad, 4, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_DY_X_PP) \
  X(relu_squared, 1, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_X) \
  X(relu_squared_grad, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_DY_X) \
  X(hard_sigmoid, 1, 1, LIGHT, PLAIN, PLAIN, OF_X) \
  X(hard_sigmoid_grad, 2, 1, LIGHT, PLAIN, PLAIN, OF_DY_X) \
  X(hard_sigmoid_sloped, 3, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_X_PP) \
  X(hard_sigmoid_sloped_grad, 4, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_DY_X_PP) \
  X(hard_silu, 1, 1, LIGHT, PLAIN, PLAIN, OF_X) \
  X(hard_silu_grad, 2, 1, LIGHT, PLAIN, PLAIN, OF_DY_X) \
  X(softsign, 1, 1, LIGHT, PLAIN, PLAIN, OF_X) \
  X(softsign_grad, 2, 1, LIGHT, PLAIN, PLAIN, OF_DY_X)

#define FA_GATED(X) \
  X(glu, 2, 1, DEAR, PLAIN, PLAIN, OF_A_B) \
  X(swiglu, 2, 1, DEAR, TWO_PATHS, PLAIN, OF_A_B) \
  X(geglu, 2, 1, DEAR, TWO_PATHS, PLAIN, OF_A_B) \
  X(reglu, 2, 1, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_A_B) \
  X(glu_grad, 3, 2, DEAR, PLAIN, PLAIN, OF_DY_A_B) \
  X(swiglu_grad, 3, 2, DEAR, PLAIN, PLAIN, OF_DY_A_B) \
  X(geglu_grad, 3, 2, DEAR, PLAIN, PLAIN, OF_DY_A_B) \
  X(reglu_grad, 3, 2, LIGHT, ONE_ROUNDING, ONE_ROUNDING, OF_DY_A_B) \
  X(swiglu_clamped, 5, 1, DEAR, PLAIN, PLAIN, OF_A_B_PPP) \
  X(swiglu_clamped_grad, 6, 2, DEAR, PLAIN, PLAIN, OF_DY_A_B_PPP)

#define FA_ROW_INPUT(X) X(row_input, 4, 1, LIGHT, PLAIN, PLAIN, BY_HAND)

#define FA_ELEMENTWISE(X) \
  FA_LOGISTIC(X) \
  FA_HYPERBOLIC(X) \
  FA_GAUSSIAN(X) \
  FA_SOFTPLUS(X) FA_BINARY_CROSS_ENTROPY(X) FA_FOCAL(X) FA_EXPONENTIAL(X) FA_PIECEWISE(X) FA_GATED(X) FA_ROW_INPUT(X)
#endif
