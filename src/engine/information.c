/* Sums of rows over their probabilities: rows are shared among threads. */
#include "engine/rows.h"

#include <stdlib.h>

typedef struct {
  fa_information_kernel kernel;
  const fa_information *call;
  fa_dtype dtype;
} information_call;

static int run_share(void *context, size_t share, size_t shares) {
  const information_call *c = context;
  const fa_information *call = c->call;
  const ptrdiff_t size = (ptrdiff_t)fa_itemsize(c->dtype);
  const size_t first = call->count * share / shares, last = call->count * (share + 1) / shares;
  void *memory;
  fa_information part = *call;
  part.scratch = fa_take_scratch(fa_information_scratch(c->dtype, call->n), &memory);
  if (!part.scratch) return FA_NO_MEMORY;
  part.x = (const char *)call->x + (ptrdiff_t)first * call->xstep * size;
  if (call->y) part.y = (const char *)call->y + (ptrdiff_t)first * call->ystep * size;
  part.count = last - first, part.sum = call->sum + first;
  c->kernel(&part);
  free(memory);
  return FA_DONE;
}

fa_status fa_run_information(const fa_kernels *table, fa_information_op op, fa_dtype dtype,
                             const fa_information *call) {
  information_call c = {table->inform[op][dtype], call, dtype};
  return fa_parallel(fa_workers(call->count * call->n), run_share, &c) ? FA_NO_MEMORY : FA_DONE;
}
