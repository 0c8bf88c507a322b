/* The softmax family along rows and columns, written once over the verbs and stamped for float32 and float64: within
 * rows/, T(add) is f32_add or f64_add, K(FAR) a constant of that type, vec a virtual vector, LANES its lanes.
 *
 * One definition on every path, so that a row has one result whatever its place, layout, thread or instruction set:
 *   m    the largest element (NaN left out)
 *   w_i  exp(x_i) 2^-N, N = round(m / ln2): the elements' weights; they carry the bias of scaled_exp.inc
 *   s    their sum: element i is added to virtual lane i mod 2*LANES, in order of index, of its run of FA_RUN elements;
 *     the runs of a
 *        block of FA_BLOCK are added lane by lane in order, the lanes fold by the fixed tree, and the blocks are added
 *          in
 *        float64 in order
 *   softmax      w_i / s, by a reciprocal in two parts
 *   log_softmax  (x_i - m) - log(s / w(m))
 *   logsumexp    m + log(s / w(m)), in float64
 * For the logarithms s is split in two, the elements below m and the count of those equal to m, which are never added
 * up: where the largest dominates, log(1 + rest) is the rest, however small it is.
 *
 * Errors: a share's is relative, below 4 eps (scaled_exp.inc has the derivation and the largest measured), and so is
 * that of log_softmax and of logsumexp. Only where m < 0 cancels log(s / w(m)) logsumexp's is 4 eps of that logarithm.
 * Rows of scale*x + bias: parts.inc. Coefficients: tools/derive/f32.py, derive_f64.py and derive_rows.py. An element
 * -inf weighs 0; a row with inf or NaN, or of -inf alone, gives NaN (logsumexp: inf, NaN, -inf). Gradients:
 * gradients.inc; cross entropy: cross_entropy.inc. */
#ifndef FASTACT_ROWS_H
#define FASTACT_ROWS_H
#include "fastact/kernels.h"
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "math/f32.h"
#include "math/f64.h"
#include "math/scaled_sum.h"
#include "rows/halfway.h"
#include "rows/precision.h"
#include "rows/gradient_sums.h"
#include "tables/exp2_chord.h"
#include "rows/fold.h"
#include "rows/sizes.h"
#include "rows/average_sums.h"
#include "rows/block_sums.h"
#include "math/half.h"

/* How outputs come about, beside fa_row_op: shares of a gradient; shares that may be subnormal, and those of a
 * gradient; where a unit of 0 says besides that none is taken to be; scaled differences. */
enum { FA_OF_LOSS = -1, FA_SMALL = -2, FA_SMALL_OF_LOSS = -3, FA_MIXED = -4, FA_SCALED_LOG = -5 };

#include "math/as_f32.inc"
#include "rows/stamp.inc"
#include "math/as_f64.inc"
#include "rows/stamp.inc"
#include "math/as_none.inc"

#include "rows/divergence.h"
#include "rows/signed_sums.h"
#include "rows/half.h"
#endif
