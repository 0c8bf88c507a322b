/* What a row of cross entropy counts for. */
#ifndef FASTACT_LOSS_WEIGHTS_H
#define FASTACT_LOSS_WEIGHTS_H
#include "fastact/engine.h"

#include <math.h>

static inline double weight_of(const fa_cross_entropy *call, ptrdiff_t label) {
  if ((size_t)label >= call->classes) return label < 0 ? 0 : NAN;
  return call->class_weight ? call->class_weight[label] : 1;
}

static inline double weight_of_row(const fa_cross_entropy *call, size_t row) {
  return call->row_weight ? call->row_weight[row] : 1;
}
/* What the kernels' loss and gradient of a row are multiplied by. In a target, the classes' weights are already. */
static inline double factor_of(const fa_cross_entropy *call, size_t row, ptrdiff_t label) {
  return weight_of_row(call, row) * (call->target ? 1 : weight_of(call, label));
}
static inline int has_factors(const fa_cross_entropy *call) {
  return call->row_weight || (call->class_weight && !call->target);
}
#endif
