/* The sum of what the rows of a call count for. */
#include "engine/loss_weights.h"

enum { CHUNK = 1024 };

fa_status fa_sum_of_weights(const fa_cross_entropy *call, size_t count, double *sum) {
  double part[CHUNK];
  fa_sums sums;
  size_t counted = 0;
  if (!call->class_weight && !call->row_weight) {
    for (size_t i = 0; i < count; i++) counted += call->label[i] >= 0;
    *sum = (double)counted;
    return FA_DONE;
  }
  if (fa_sums_open(&sums, count, 1)) return FA_NO_MEMORY;
  for (size_t first = 0, k; first < count; first += k) {
    k = count - first < CHUNK ? count - first : CHUNK;
    for (size_t i = 0; i < k; i++) {
      const double of_label = call->label ? weight_of(call, fa_label(call->label, first + i)) : 1;
      part[i] = of_label == 0 ? 0 : of_label * weight_of_row(call, first + i);
    }
    fa_sums_add(&sums, first, part, k);
  }
  *sum = fa_sums_close(&sums);
  return FA_DONE;
}
