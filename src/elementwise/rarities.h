/* What is known of operations besides their formulas, for rare_lanes.h. Everything is optional: without it, blocks in a
 * tail take longer. */
#ifndef FASTACT_RARITIES_H
#define FASTACT_RARITIES_H
#include "elementwise/binary_cross_entropy.h"
#include "elementwise/gated.h"
#include "elementwise/softcap.h"
#include "elementwise/squareplus.h"
#include "elementwise/two_paths.h"
#include "fastact/kernels.h"

/* factor: a result is 0 where the first operand is.
 *
 * argument, counted from 1: the operand from whose size `beyond` on a result of 0 is 0 whatever the other operands are;
 * below_alone: on the negative side. nearer: that bound where the first operand's size is below 2^20. scale, divisor,
 * counted from 1: the bounds are of the argument times, or over, that operand; then it, and those that the bits of
 * `usual` name, have to be one number for all elements, from 2^-20 to 2^20.
 *
 * small_result: lanes with smaller results are rare too, but for the results that the bits of normal_results name, as
 * are those with an operand, of those that the bits of small_operands name, that is smaller than small_operand and not
 * 0; the formula notices such (two_paths.h). large_operand: of these operands and of the usual ones, where one is
 * larger, what a formula flushes may count; in a flagged block such lanes are computed anew in the mode of IEEE 754.
 * harmless_operands, by bit: a subnormal number gives the same result as 0. */
typedef struct {
  int factor, argument;
  double beyond, small_result, small_operand;
  unsigned small_operands, normal_results;
  double large_operand;
  double nearer;
  int scale, divisor;
  int below_alone;
  unsigned usual, harmless_operands;
} fa_rarity;

/* of target and pos_weight: t p and its low part are normal numbers */
#define FA_BCE_OPERANDS 10
#define FA_BCE_RARITY(argument, beyond32, beyond64) \
  {{0, argument, beyond32, FA_F32_SMALL, FA_F32_BCE_SMALL, FA_BCE_OPERANDS, 0, 0x1p14, .usual = 12}, \
   {0, argument, beyond64, 0, 0x1p-450, FA_BCE_OPERANDS, 0, 0x1p150, .usual = 12}}
static const fa_rarity fa_rarities[FA_OPS][FA_COMPUTE_DTYPES] = {
    [FA_OP_sigmoid] = {{0, 1, 104, .harmless_operands = 1}, {0, 1, 746, .harmless_operands = 1}},
    [FA_OP_silu] = {{1, 1, 109}, {1, 1, 752}},
    [FA_OP_sigmoid_grad] = {{1, 2, 199, .harmless_operands = 2, .nearer = 120},
                            {1, 2, 1470, .harmless_operands = 2, .nearer = 770}},
    [FA_OP_silu_grad] = {{1, 2, 199, .harmless_operands = 2, .nearer = 124},
                         {1, 2, 1470, .harmless_operands = 2, .nearer = 780}},
    [FA_OP_tanh_grad] = {{1, 2, 100, .harmless_operands = 2, .nearer = 60},
                         {1, 2, 740, .harmless_operands = 2, .nearer = 385}},
    [FA_OP_tanh_shrink] = {{1, 0, 0, FA_F32_SMALL}, {1, 0, 0}},
    [FA_OP_tanh_shrink_grad] = {{1, 0, 0, FA_F32_SMALL}, {1, 0, 0}},
    [FA_OP_softcap] = {{1, 0, 0, FA_F32_SMALL}, {1, 0, 0}},
    [FA_OP_softcap_grad] = {{1, 2, 100, FA_F32_SMALL, FA_F32_SMALL, 2, .divisor = 3, .nearer = 60},
                            {1, 2, 740, 0, 0x1p-450, 2, .divisor = 3, .nearer = 385}},
    [FA_OP_log1mexp] = {{0, 1, 104}, {0, 1, 746}},
    [FA_OP_log1mexp_grad] = {{1, 2, 200, .nearer = 120}, {1, 2, 1480, 0, 0x1p-450, 1, .nearer = 770}},
    [FA_OP_logaddexp_grad] = {{1, 0, 0, FA_F32_SMALL}, {1, 0, 0}},
    [FA_OP_squareplus] = {{0, 0, 0, 0, FA_F32_SQUAREPLUS_SMALL_B, 2}, {0, 0, 0, 0, FA_F64_SQUAREPLUS_SMALL_B, 2}},
    [FA_OP_squareplus_grad] = {{1, 0, 0},
                               {1, 0, 0, 0, FA_F64_SQUAREPLUS_SMALL_B, 4, .large_operand = 0x1p300, .usual = 2}},
    [FA_OP_gelu] = {{1, 1, 14.6, 0, 0x1p-125, 1}, {1, 1, 39}},
    [FA_OP_gelu_tanh] = {{1, 1, 11}, {1, 1, 22}},
    [FA_OP_gelu_sigmoid] = {{1, 1, 70}, {1, 1, 460}},
    [FA_OP_gelu_grad] = {{1, 2, 20, .harmless_operands = 2, .nearer = 15.9},
                         {1, 2, 54.2, .harmless_operands = 2, .nearer = 39.7}},
    [FA_OP_gelu_tanh_grad] = {{1, 2, 13.6, .harmless_operands = 2, .nearer = 11.5},
                              {1, 2, 27.2, .harmless_operands = 2, .nearer = 22.6}},
    [FA_OP_gelu_sigmoid_grad] = {{1, 2, 120, .harmless_operands = 2, .nearer = 74},
                                 {1, 2, 870, .harmless_operands = 2, .nearer = 465}},
    [FA_OP_softplus] = {{0, 1, 200, FA_F32_SMALL, .scale = 2}, {0, 1, 1480, .scale = 2}},
    [FA_OP_softplus_grad] = {{1, 2, 200, .scale = 3, .nearer = 120}, {1, 2, 1480, .scale = 3, .nearer = 770}},
    [FA_OP_log_sigmoid] = {{0, 1, 104, .harmless_operands = 1}, {0, 1, 746, .harmless_operands = 1}},
    [FA_OP_log_sigmoid_grad] = {{1, 2, 200, .harmless_operands = 2, .nearer = 120},
                                {1, 2, 1480, .harmless_operands = 2, .nearer = 770}},
    [FA_OP_swish] = {{1, 1, 200, .scale = 2}, {1, 1, 1480, .scale = 2}},
    [FA_OP_swish_grad] = {{1, 2, 200, .scale = 3, .nearer = 124}, {1, 2, 1480, .scale = 3, .nearer = 780}},
    [FA_OP_hard_sigmoid] = {{0, 1, 3, .harmless_operands = 1}, {0, 1, 3, .harmless_operands = 1}},
    /* from 2^86 (2^549) on 2^20 times 1/x^2 is 0; of a larger dy an infinite x alone is sure */
    [FA_OP_softsign_grad] = {{1, 2, INFINITY, .harmless_operands = 2, .nearer = 0x1p86},
                             {1, 2, INFINITY, .harmless_operands = 2, .nearer = 0x1p549}},
    [FA_OP_mish] = {{1, 1, 112, 0, 0x1p-98, 1}, {1, 1, 760}},
    [FA_OP_mish_grad] = {{1, 2, 200, FA_F32_SMALL, .harmless_operands = 2, .nearer = 124},
                         {1, 2, 1480, .harmless_operands = 2, .nearer = 780}},
    [FA_OP_binary_cross_entropy] = FA_BCE_RARITY(1, 140, 780),
    /* of the gradient, a 0 has the sign of what has vanished */
    [FA_OP_binary_cross_entropy_and_grad] = FA_BCE_RARITY(0, 0, 0),
    /* less than binary cross entropy; those of float32 and the Hessian run without a search (operations.h) */
    [FA_OP_focal] = {{0}, {0, 1, 780, 0, 0x1p-450, 30, 0, 0x1p150, .usual = 4}},
    [FA_OP_focal_and_grad] = {{0}, {0, 0, 0, 0, 0x1p-450, 30, 0, 0x1p150, .usual = 4}},
    [FA_OP_elu_grad] = {{1, 2, 290, .nearer = 210}, {1, 2, 2180, .nearer = 1480}},
    [FA_OP_celu] = {{1, 0, 0, 0, FA_F32_CELU_SMALL, 1}, {1, 0, 0, 0, FA_F64_CELU_SMALL, 1}},
    [FA_OP_celu_grad] = {{1, 2, 200, FA_F32_SMALL, .divisor = 3, .nearer = 120},
                         {1, 2, 1480, .divisor = 3, .nearer = 770}},
    [FA_OP_selu] = {{1, 0, 0, 0x1p-99}, {1, 0, 0}},
    [FA_OP_selu_grad] = {{1, 2, 200, FA_F32_SMALL, .nearer = 120}, {1, 2, 1480, .nearer = 770}},
    [FA_OP_hard_sigmoid_grad] = {{1, 2, 3, 0x1p-100, .harmless_operands = 2}, {1, 2, 3, .harmless_operands = 2}},
    [FA_OP_glu] = {{1, 2, 200, .harmless_operands = 2, .nearer = 120},
                   {1, 2, 1480, .harmless_operands = 2, .nearer = 770}},
    [FA_OP_swiglu] = {{1, 1, 200, FA_F32_SMALL}, {1, 1, 1480}},
    [FA_OP_geglu] = {{1, 1, 23, FA_F32_SMALL, 0x1p-125, 1}, {1, 1, 66}},
    [FA_OP_glu_grad] = {{1, 3, 290, FA_F32_SMALL, .normal_results = 2, .nearer = 208}, {1, 3, 2180, .nearer = 1480}},
    [FA_OP_swiglu_grad] = {{1, 2, 290, FA_F32_SMALL, .below_alone = 1, .nearer = 216},
                           {1, 2, 2180, .below_alone = 1, .nearer = 1490}},
    [FA_OP_geglu_grad] = {{1, 2, 25, FA_F32_SMALL, 0x1p-125, 2, .below_alone = 1, .nearer = 22},
                          {1, 2, 68, .below_alone = 1, .nearer = 57}},
    [FA_OP_hard_silu] = {{1, 1, 3}, {1, 1, 3}},
    [FA_OP_hard_silu_grad] = {{1, 2, 3, .harmless_operands = 2}, {1, 2, 3, .harmless_operands = 2}},
};
#endif
