/* A few elements of each row: rows are shared among threads. */
#include "engine/rows.h"

#include <stdlib.h>

typedef struct {
  const fa_kernels *table;
  const fa_chosen *call;
} chosen_call;

static int run_share(void *context, size_t share, size_t shares) {
  const chosen_call *chosen = context;
  const fa_chosen *call = chosen->call;
  const size_t size = fa_itemsize(call->dtype), first = call->count * share / shares,
               last = call->count * (share + 1) / shares;
  void *memory;
  char *scratch = fa_take_scratch(fa_choice_scratch(call->dtype, call->n, call->k), &memory);
  if (!scratch) return FA_NO_MEMORY;
  fa_choice part = {.k = call->k, .index = call->index + first * call->k, .given = call->given};
  part.rows = (fa_rows){.x = (const char *)call->x + (ptrdiff_t)first * call->step * (ptrdiff_t)size,
                        .y = call->y ? (char *)call->y + first * call->k * size : NULL,
                        .count = last - first,
                        .n = call->n,
                        .xstep = call->step,
                        .ystep = (ptrdiff_t)call->k,
                        .scratch = scratch};
  part.where = call->where ? call->where + first * call->n : NULL;
  chosen->table->choose[call->op][call->dtype](&part);
  free(memory);
  return FA_DONE;
}

fa_status fa_run_chosen(const fa_kernels *table, const fa_chosen *call) {
  chosen_call chosen = {table, call};
  return fa_parallel(fa_workers(call->count * call->n), run_share, &chosen) ? FA_NO_MEMORY : FA_DONE;
}
