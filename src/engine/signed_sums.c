/* Logarithms and signs of rows' weighted sums of exponentials: rows are shared among threads. */
#include "engine/rows.h"

typedef struct {
  const fa_kernels *table;
  const fa_signed_sums *call;
} signed_call;

static int run_share(void *context, size_t share, size_t shares) {
  const signed_call *c = context;
  const size_t first = c->call->count * share / shares, last = c->call->count * (share + 1) / shares;
  fa_signed_sums part = *c->call;
  part.x += (ptrdiff_t)first * part.xstep, part.b += (ptrdiff_t)first * part.bstep;
  part.logarithm += first, part.sign += first, part.count = last - first;
  c->table->signed_sums(&part);
  return FA_DONE;
}

void fa_run_signed_sums(const fa_kernels *table, const fa_signed_sums *call) {
  signed_call c = {table, call};
  fa_parallel(fa_workers(call->count * call->n), run_share, &c);
}
