/* Elementwise functions: n elements of x, or of a and b, to n elements of y; a gradient's dx is dy times the derivative
 * at x. Parameters come last. What fastact.h says of all functions holds; include that.
 *
 * Written by tools/c_header.py from the rows of operations.h. */
#ifndef FASTACT_ELEMENTWISE_H
#define FASTACT_ELEMENTWISE_H
#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- logistic ---- */

/* Logistic function 1 / (1 + exp(-x)). */
FA_API void fa_sigmoid_f32(const float *x, float *y, size_t n);
FA_API void fa_sigmoid_f64(const double *x, double *y, size_t n);
/* dy times the derivative of sigmoid at x, sigmoid(x) * sigmoid(-x). */
FA_API void fa_sigmoid_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_sigmoid_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* Sigmoid linear unit x * sigmoid(x). */
FA_API void fa_silu_f32(const float *x, float *y, size_t n);
FA_API void fa_silu_f64(const double *x, double *y, size_t n);
/* dy times the derivative of silu at x, sigmoid(x) * (1 + x * sigmoid(-x)). */
FA_API void fa_silu_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_silu_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* x * sigmoid(beta * x). Usual: beta 1. */
FA_API void fa_swish_f32(const float *x, float *y, size_t n, float beta);
FA_API void fa_swish_f64(const double *x, double *y, size_t n, double beta);
/* dy times the derivative of swish at x. Usual: beta 1. */
FA_API void fa_swish_grad_f32(const float *dy, const float *x, float *dx, size_t n, float beta);
FA_API void fa_swish_grad_f64(const double *dy, const double *x, double *dx, size_t n, double beta);

/* ---- hyperbolic ---- */

/* Hyperbolic tangent. */
FA_API void fa_tanh_f32(const float *x, float *y, size_t n);
FA_API void fa_tanh_f64(const double *x, double *y, size_t n);
/* dy times the derivative of tanh at x, 1 / cosh(x)**2. */
FA_API void fa_tanh_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_tanh_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* x - tanh(x). */
FA_API void fa_tanh_shrink_f32(const float *x, float *y, size_t n);
FA_API void fa_tanh_shrink_f64(const double *x, double *y, size_t n);
/* dy times the derivative of tanh_shrink at x, tanh(x)**2. */
FA_API void fa_tanh_shrink_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_tanh_shrink_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* cap * tanh(x / cap). */
FA_API void fa_softcap_f32(const float *x, float *y, size_t n, float cap);
FA_API void fa_softcap_f64(const double *x, double *y, size_t n, double cap);
/* dy times the derivative of softcap at x, 1 / cosh(x / cap)**2. */
FA_API void fa_softcap_grad_f32(const float *dy, const float *x, float *dx, size_t n, float cap);
FA_API void fa_softcap_grad_f64(const double *dy, const double *x, double *dx, size_t n, double cap);

/* ---- gaussian ---- */

/* Gaussian error linear unit x * Phi(x), Phi being the standard normal distribution function. */
FA_API void fa_gelu_f32(const float *x, float *y, size_t n);
FA_API void fa_gelu_f64(const double *x, double *y, size_t n);
/* dy times the derivative of gelu at x, Phi(x) + x * phi(x). */
FA_API void fa_gelu_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_gelu_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* gelu by tanh, x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * x**3)). */
FA_API void fa_gelu_tanh_f32(const float *x, float *y, size_t n);
FA_API void fa_gelu_tanh_f64(const double *x, double *y, size_t n);
/* dy times the derivative of gelu by tanh, x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * x**3)). */
FA_API void fa_gelu_tanh_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_gelu_tanh_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* gelu by sigmoid, x * sigmoid(1.702 * x). */
FA_API void fa_gelu_sigmoid_f32(const float *x, float *y, size_t n);
FA_API void fa_gelu_sigmoid_f64(const double *x, double *y, size_t n);
/* dy times the derivative of gelu by sigmoid, x * sigmoid(1.702 * x). */
FA_API void fa_gelu_sigmoid_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_gelu_sigmoid_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* ---- softplus ---- */

/* log(1 + exp(beta * x)) / beta, a smooth relu. Usual: beta 1. */
FA_API void fa_softplus_f32(const float *x, float *y, size_t n, float beta);
FA_API void fa_softplus_f64(const double *x, double *y, size_t n, double beta);
/* dy times the derivative of softplus at x, sigmoid(beta * x). Usual: beta 1. */
FA_API void fa_softplus_grad_f32(const float *dy, const float *x, float *dx, size_t n, float beta);
FA_API void fa_softplus_grad_f64(const double *dy, const double *x, double *dx, size_t n, double beta);

/* Logarithm of the logistic function, -log(1 + exp(-x)). */
FA_API void fa_log_sigmoid_f32(const float *x, float *y, size_t n);
FA_API void fa_log_sigmoid_f64(const double *x, double *y, size_t n);
/* dy times the derivative of log_sigmoid at x, sigmoid(-x). */
FA_API void fa_log_sigmoid_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_log_sigmoid_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* x * tanh(softplus(x)). */
FA_API void fa_mish_f32(const float *x, float *y, size_t n);
FA_API void fa_mish_f64(const double *x, double *y, size_t n);
/* dy times the derivative of mish at x. */
FA_API void fa_mish_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_mish_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* Inverse of the logistic function, log(x / (1 - x)). */
FA_API void fa_logit_f32(const float *x, float *y, size_t n);
FA_API void fa_logit_f64(const double *x, double *y, size_t n);
/* dy times the derivative of logit at x, 1 / (x * (1 - x)). */
FA_API void fa_logit_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_logit_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* log(1 - exp(-abs(x))). */
FA_API void fa_log1mexp_f32(const float *x, float *y, size_t n);
FA_API void fa_log1mexp_f64(const double *x, double *y, size_t n);
/* dy times the derivative of log1mexp at x, 1 / (exp(abs(x)) - 1) of the sign of x. */
FA_API void fa_log1mexp_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_log1mexp_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* log(exp(a) + exp(b)). */
FA_API void fa_logaddexp_f32(const float *a, const float *b, float *y, size_t n);
FA_API void fa_logaddexp_f64(const double *a, const double *b, double *y, size_t n);
/* dy times the derivatives of logaddexp with respect to a, sigmoid(a - b), and to b, sigmoid(b - a). */
FA_API void fa_logaddexp_grad_f32(const float *dy, const float *a, const float *b, float *da, float *db, size_t n);
FA_API void fa_logaddexp_grad_f64(const double *dy, const double *a, const double *b, double *da, double *db, size_t n);

/* (x + sqrt(x**2 + b)) / 2, a smooth relu. Usual: b 4. */
FA_API void fa_squareplus_f32(const float *x, float *y, size_t n, float b);
FA_API void fa_squareplus_f64(const double *x, double *y, size_t n, double b);
/* dy times the derivative of squareplus at x, (1 + x / sqrt(x**2 + b)) / 2. Usual: b 4. */
FA_API void fa_squareplus_grad_f32(const float *dy, const float *x, float *dx, size_t n, float b);
FA_API void fa_squareplus_grad_f64(const double *dy, const double *x, double *dx, size_t n, double b);

/* ---- exponential ---- */

/* Exponential linear unit: x for x > 0, alpha * (exp(x) - 1) elsewhere. Usual: alpha 1. */
FA_API void fa_elu_f32(const float *x, float *y, size_t n, float alpha);
FA_API void fa_elu_f64(const double *x, double *y, size_t n, double alpha);
/* dy times the derivative of elu at x, 1 for x > 0, alpha * exp(x) elsewhere. Usual: alpha 1. */
FA_API void fa_elu_grad_f32(const float *dy, const float *x, float *dx, size_t n, float alpha);
FA_API void fa_elu_grad_f64(const double *dy, const double *x, double *dx, size_t n, double alpha);

/* Continuously differentiable exponential linear unit: x for x > 0, alpha * (exp(x / alpha) - 1) elsewhere. Usual:
 * alpha 1. */
FA_API void fa_celu_f32(const float *x, float *y, size_t n, float alpha);
FA_API void fa_celu_f64(const double *x, double *y, size_t n, double alpha);
/* dy times the derivative of celu at x, 1 for x > 0, exp(x / alpha) elsewhere. Usual: alpha 1. */
FA_API void fa_celu_grad_f32(const float *dy, const float *x, float *dx, size_t n, float alpha);
FA_API void fa_celu_grad_f64(const double *dy, const double *x, double *dx, size_t n, double alpha);

/* Scaled exponential linear unit: scale * x for x > 0, scale * alpha * (exp(x) - 1) elsewhere. */
FA_API void fa_selu_f32(const float *x, float *y, size_t n);
FA_API void fa_selu_f64(const double *x, double *y, size_t n);
/* dy times the derivative of selu at x, scale for x > 0, scale * alpha * exp(x) elsewhere. */
FA_API void fa_selu_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_selu_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* ---- piecewise ---- */

/* Rectified linear unit max(x, 0). */
FA_API void fa_relu_f32(const float *x, float *y, size_t n);
FA_API void fa_relu_f64(const double *x, double *y, size_t n);
/* dy times the derivative of relu at x, 1 for x > 0, 0 elsewhere. */
FA_API void fa_relu_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_relu_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* min(max(x, 0), 6). */
FA_API void fa_relu6_f32(const float *x, float *y, size_t n);
FA_API void fa_relu6_f64(const double *x, double *y, size_t n);
/* dy times the derivative of relu6 at x, 1 for 0 < x < 6, 0 elsewhere. */
FA_API void fa_relu6_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_relu6_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* x for x > 0, negative_slope * x elsewhere. Usual: negative_slope 0.01. */
FA_API void fa_leaky_relu_f32(const float *x, float *y, size_t n, float negative_slope);
FA_API void fa_leaky_relu_f64(const double *x, double *y, size_t n, double negative_slope);
/* dy times the derivative of leaky_relu at x, 1 for x > 0, negative_slope elsewhere. Usual: negative_slope 0.01. */
FA_API void fa_leaky_relu_grad_f32(const float *dy, const float *x, float *dx, size_t n, float negative_slope);
FA_API void fa_leaky_relu_grad_f64(const double *dy, const double *x, double *dx, size_t n, double negative_slope);

/* Parametric rectified linear unit: x for x > 0, weight * x elsewhere. */
FA_API void fa_prelu_f32(const float *x, float *y, size_t n, float weight);
FA_API void fa_prelu_f64(const double *x, double *y, size_t n, double weight);

/* min(max(x, min_val), max_val). Usual: min_val -1, max_val 1. */
FA_API void fa_hard_tanh_f32(const float *x, float *y, size_t n, float min_val, float max_val);
FA_API void fa_hard_tanh_f64(const double *x, double *y, size_t n, double min_val, double max_val);
/* dy times the derivative of hard_tanh at x, 1 for min_val < x < max_val, 0 elsewhere. Usual: min_val -1, max_val 1. */
FA_API void fa_hard_tanh_grad_f32(const float *dy, const float *x, float *dx, size_t n, float min_val, float max_val);
FA_API void fa_hard_tanh_grad_f64(const double *dy, const double *x, double *dx, size_t n, double min_val,
                                  double max_val);

/* x for abs(x) > lambd, 0 elsewhere. Usual: lambd 0.5. */
FA_API void fa_hard_shrink_f32(const float *x, float *y, size_t n, float lambd);
FA_API void fa_hard_shrink_f64(const double *x, double *y, size_t n, double lambd);
/* dy times the derivative of hard_shrink at x, 1 for abs(x) > lambd, 0 elsewhere. Usual: lambd 0.5. */
FA_API void fa_hard_shrink_grad_f32(const float *dy, const float *x, float *dx, size_t n, float lambd);
FA_API void fa_hard_shrink_grad_f64(const double *dy, const double *x, double *dx, size_t n, double lambd);

/* x moved towards 0 by lambd, and 0 where it would pass it. Usual: lambd 0.5. */
FA_API void fa_soft_shrink_f32(const float *x, float *y, size_t n, float lambd);
FA_API void fa_soft_shrink_f64(const double *x, double *y, size_t n, double lambd);
/* dy times the derivative of soft_shrink at x, 1 for abs(x) > lambd, 0 elsewhere. Usual: lambd 0.5. */
FA_API void fa_soft_shrink_grad_f32(const float *dy, const float *x, float *dx, size_t n, float lambd);
FA_API void fa_soft_shrink_grad_f64(const double *dy, const double *x, double *dx, size_t n, double lambd);

/* x where it is larger than the threshold, a value elsewhere. */
FA_API void fa_threshold_f32(const float *x, float *y, size_t n, float threshold, float value);
FA_API void fa_threshold_f64(const double *x, double *y, size_t n, double threshold, double value);
/* dy times the derivative of threshold at x, 1 where x is larger than the threshold, 0 elsewhere. */
FA_API void fa_threshold_grad_f32(const float *dy, const float *x, float *dx, size_t n, float threshold, float value);
FA_API void fa_threshold_grad_f64(const double *dy, const double *x, double *dx, size_t n, double threshold,
                                  double value);

/* max(x, 0)**2. */
FA_API void fa_relu_squared_f32(const float *x, float *y, size_t n);
FA_API void fa_relu_squared_f64(const double *x, double *y, size_t n);
/* dy times the derivative of relu_squared at x, 2 * max(x, 0). */
FA_API void fa_relu_squared_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_relu_squared_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* min(max(slope * x + offset, 0), 1), slope 1 / 6 and offset 0.5. */
FA_API void fa_hard_sigmoid_f32(const float *x, float *y, size_t n);
FA_API void fa_hard_sigmoid_f64(const double *x, double *y, size_t n);
/* dy times the derivative of hard_sigmoid at x, slope for 0 < slope * x + offset < 1, 0 elsewhere, slope 1 / 6 and
 * offset 0.5. */
FA_API void fa_hard_sigmoid_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_hard_sigmoid_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* min(max(slope * x + offset, 0), 1). Usual: slope 1 / 6, offset 0.5. */
FA_API void fa_hard_sigmoid_sloped_f32(const float *x, float *y, size_t n, float slope, float offset);
FA_API void fa_hard_sigmoid_sloped_f64(const double *x, double *y, size_t n, double slope, double offset);
/* dy times the derivative of hard_sigmoid at x, slope for 0 < slope * x + offset < 1, 0 elsewhere. Usual: slope 1 /
 * 6, offset 0.5. */
FA_API void fa_hard_sigmoid_sloped_grad_f32(const float *dy, const float *x, float *dx, size_t n, float slope,
                                            float offset);
FA_API void fa_hard_sigmoid_sloped_grad_f64(const double *dy, const double *x, double *dx, size_t n, double slope,
                                            double offset);

/* x * hard_sigmoid(x). */
FA_API void fa_hard_silu_f32(const float *x, float *y, size_t n);
FA_API void fa_hard_silu_f64(const double *x, double *y, size_t n);
/* dy times the derivative of hard_silu at x, x / 3 + 1 / 2 for -3 < x < 3, 0 below, 1 above. */
FA_API void fa_hard_silu_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_hard_silu_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* x / (1 + abs(x)). */
FA_API void fa_softsign_f32(const float *x, float *y, size_t n);
FA_API void fa_softsign_f64(const double *x, double *y, size_t n);
/* dy times the derivative of softsign at x, 1 / (1 + abs(x))**2. */
FA_API void fa_softsign_grad_f32(const float *dy, const float *x, float *dx, size_t n);
FA_API void fa_softsign_grad_f64(const double *dy, const double *x, double *dx, size_t n);

/* ---- gated ---- */

/* Gated linear unit a * sigmoid(b). */
FA_API void fa_glu_f32(const float *a, const float *b, float *y, size_t n);
FA_API void fa_glu_f64(const double *a, const double *b, double *y, size_t n);
/* dy times the derivatives of glu with respect to a, sigmoid(b), and to b, a * sigmoid(b) * sigmoid(-b). */
FA_API void fa_glu_grad_f32(const float *dy, const float *a, const float *b, float *da, float *db, size_t n);
FA_API void fa_glu_grad_f64(const double *dy, const double *a, const double *b, double *da, double *db, size_t n);

/* Gated linear unit silu(a) * b = a * sigmoid(a) * b. */
FA_API void fa_swiglu_f32(const float *a, const float *b, float *y, size_t n);
FA_API void fa_swiglu_f64(const double *a, const double *b, double *y, size_t n);
/* dy times the derivatives of swiglu with respect to a, b * silu'(a), and to b, silu(a). */
FA_API void fa_swiglu_grad_f32(const float *dy, const float *a, const float *b, float *da, float *db, size_t n);
FA_API void fa_swiglu_grad_f64(const double *dy, const double *a, const double *b, double *da, double *db, size_t n);

/* Gated linear unit gelu(a) * b with the exact gelu. */
FA_API void fa_geglu_f32(const float *a, const float *b, float *y, size_t n);
FA_API void fa_geglu_f64(const double *a, const double *b, double *y, size_t n);
/* dy times the derivatives of geglu with respect to a, b * gelu'(a), and to b, gelu(a). */
FA_API void fa_geglu_grad_f32(const float *dy, const float *a, const float *b, float *da, float *db, size_t n);
FA_API void fa_geglu_grad_f64(const double *dy, const double *a, const double *b, double *da, double *db, size_t n);

/* Gated linear unit relu(a) * b. */
FA_API void fa_reglu_f32(const float *a, const float *b, float *y, size_t n);
FA_API void fa_reglu_f64(const double *a, const double *b, double *y, size_t n);
/* dy times the derivatives of reglu with respect to a, b for a > 0 and 0 elsewhere, and to b, relu(a). */
FA_API void fa_reglu_grad_f32(const float *dy, const float *a, const float *b, float *da, float *db, size_t n);
FA_API void fa_reglu_grad_f64(const double *dy, const double *a, const double *b, double *da, double *db, size_t n);

/* x * sigmoid(alpha * x) * (y + offset), where x is min(a, limit) and y is b held between -limit and limit. Usual:
 * alpha 1, limit inf, offset 0. */
FA_API void fa_swiglu_clamped_f32(const float *a, const float *b, float *y, size_t n, float alpha, float limit,
                                  float offset);
FA_API void fa_swiglu_clamped_f64(const double *a, const double *b, double *y, size_t n, double alpha, double limit,
                                  double offset);
/* (y + offset) * silu'(alpha * x) for a <= limit, and x * sigmoid(alpha * x) for abs(b) <= limit, x and y as in
 * swiglu; 0 where the operand is held. Usual: alpha 1, limit inf, offset 0. */
FA_API void fa_swiglu_clamped_grad_f32(const float *dy, const float *a, const float *b, float *da, float *db, size_t n,
                                       float alpha, float limit, float offset);
FA_API void fa_swiglu_clamped_grad_f64(const double *dy, const double *a, const double *b, double *da, double *db,
                                       size_t n, double alpha, double limit, double offset);

#ifdef __cplusplus
}
#endif
#endif
