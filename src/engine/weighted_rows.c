/* softmax times a number for each row: the product of some rows follows while they are near. */
#include "engine/rows.h"

#include <stdlib.h>

enum { NEAR = 16384 }; /* elements of rows that are multiplied together */

typedef struct {
  const fa_kernels *table;
  const fa_weighted_rows *call;
} weighted_call;

#define TIMES(real) \
  for (size_t r = 0; r < rows; r++) { \
    const real by = ((const real *)call->by)[row + r]; \
    real *to = (real *)y + r * call->n; \
    for (size_t i = 0; i < call->n; i++) to[i] *= by; \
  }

static int run_share(void *context, size_t share, size_t shares) {
  const weighted_call *c = context;
  const fa_weighted_rows *call = c->call;
  const size_t size = fa_itemsize(call->dtype), near = NEAR / call->n, end = call->count * (share + 1) / shares;
  void *memory;
  char *scratch = fa_take_scratch(fa_scratch(FA_SOFTMAX, call->dtype, call->n, 0), &memory);
  if (!scratch) return FA_NO_MEMORY;
  for (size_t row = call->count * share / shares, rows; row < end; row += rows) {
    rows = near ? fa_whole_groups(near) : 1;
    if (rows > end - row) rows = end - row;
    char *y = (char *)call->y + row * call->n * size;
    const fa_rows part = {.x = (const char *)call->x + row * call->n * size,
                          .y = y,
                          .count = rows,
                          .n = call->n,
                          .xstep = (ptrdiff_t)call->n,
                          .ystep = (ptrdiff_t)call->n,
                          .scratch = scratch};
    c->table->rows[FA_SOFTMAX][call->dtype](&part);
    if (call->dtype == FA_F32) TIMES(float)
    else TIMES(double)
  }
  free(memory);
  return FA_DONE;
}

fa_status fa_run_weighted_rows(const fa_kernels *table, const fa_weighted_rows *call) {
  weighted_call c = {table, call};
  return fa_parallel(fa_workers(call->count * call->n), run_share, &c) ? FA_NO_MEMORY : FA_DONE;
}
