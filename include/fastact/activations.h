/* The elementwise registry: every operation of every family, in one list. Each file of activations/ holds one family:
 * first its rows, X(name, inputs, outputs), and then, where an instruction set is being compiled (FA_ISA), one formula per
 * row and element type: f32v f32_<name>(f32v ...) and f64v f64_<name>(f64v ...); one with two outputs takes the places of
 * both last, void f32_<name>(f32v ..., f32v *, f32v *). Everything else is stamped from the rows.
 * This file is read twice: for the list by fastact.h, for the formulas by kernels.inc. */
#include "activations/logistic.h"
#include "activations/hyperbolic.h"
#include "activations/gaussian.h"
#include "activations/softplus.h"
#include "activations/binary_cross_entropy.h"
#include "activations/exponential.h"
#include "activations/piecewise.h"
#include "activations/gated.h"
#include "activations/row_input.h"

#ifndef FA_ELEMENTWISE
#define FA_ELEMENTWISE(X)    \
  FA_LOGISTIC(X)             \
  FA_HYPERBOLIC(X)           \
  FA_GAUSSIAN(X)             \
  FA_SOFTPLUS(X)             \
  FA_BINARY_CROSS_ENTROPY(X) \
  FA_EXPONENTIAL(X)          \
  FA_PIECEWISE(X)            \
  FA_GATED(X)                \
  FA_ROW_INPUT(X)
#endif
