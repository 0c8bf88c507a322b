/* A few elements of each row: rows are shared among threads. */
#include "engine/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const fa_kernels *table;
  const fa_chosen *call;
} chosen_call;

/* Rows of at most so many bytes are taken together by the kernel of whole rows, and the one element of each is read
 * from there: in their own kernel each row waits for itself. ns/element of log_prob, float32, Zen 4, row by row and so:
 * n = 2 14.3 and 3.6, 10 3.0 and 1.4 (AVX2 8.2 and 2.2), 20 1.7 and 1.1, 50 1.0 and 0.85. */
enum { SHORT_BYTES = 256, TOGETHER = 64 };

static int is_short(const fa_chosen *call) {
  return call->given && call->y && call->k == 1 && call->n && call->n * fa_itemsize(call->dtype) <= SHORT_BYTES;
}

static void take(char *y, const void *from, size_t size) {
  if (size == sizeof(float)) memcpy(y, from, sizeof(float));
  else memcpy(y, from, sizeof(double));
}

static int run_short_share(const chosen_call *chosen, size_t first, size_t last) {
  const fa_chosen *call = chosen->call;
  const size_t size = fa_itemsize(call->dtype), n = call->n;
  const double none = NAN;
  const float none_in_32 = NAN;
  const void *nothing = call->dtype == FA_F32 ? (const void *)&none_in_32 : (const void *)&none;
  void *memory;
  const size_t own = (fa_scratch(call->op, call->dtype, n, 0) + 63) / 64 * 64;
  char *scratch = fa_take_scratch(own + TOGETHER * n * size, &memory);
  if (!scratch) return FA_NO_MEMORY;
  char *whole = scratch + own;
  for (size_t row = first; row < last; row += TOGETHER) {
    const size_t rows = last - row < TOGETHER ? last - row : TOGETHER;
    fa_rows part = {.x = (const char *)call->x + (ptrdiff_t)row * call->step * (ptrdiff_t)size,
                    .y = whole,
                    .count = rows,
                    .n = n,
                    .xstep = call->step,
                    .ystep = (ptrdiff_t)n,
                    .scratch = scratch};
    chosen->table->rows[call->op][call->dtype](&part);
    for (size_t i = 0; i < rows; i++) {
      const size_t at = (size_t)call->index[row + i];
      take((char *)call->y + (row + i) * size, at < n ? whole + (i * n + at) * size : nothing, size);
    }
  }
  free(memory);
  return FA_DONE;
}

static int run_share(void *context, size_t share, size_t shares) {
  const chosen_call *chosen = context;
  const fa_chosen *call = chosen->call;
  const size_t size = fa_itemsize(call->dtype), first = call->count * share / shares,
               last = call->count * (share + 1) / shares;
  if (is_short(call)) return run_short_share(chosen, first, last);
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
