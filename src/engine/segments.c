/* Rows of any lengths, one after the other: threads have whole segments, of about as many elements each. */
#include "engine/fpmode.h"
#include "engine/rows.h"

#include <stdlib.h>

typedef struct {
  const fa_kernels *table;
  fa_row_op op;
  const fa_segmented *call;
} segmented;

/* The first segment that begins at element `at` or behind. */
static size_t segment_from(const fa_segmented *call, ptrdiff_t at) {
  size_t first = 0, last = call->count;
  while (first < last) {
    const size_t middle = first + (last - first) / 2;
    if (call->offset[middle] < at) first = middle + 1;
    else last = middle;
  }
  return first;
}

/* Where share begins: a row of segments and one of them. */
static void begin_of(const fa_segmented *call, size_t share, size_t shares, size_t *row, size_t *segment) {
  const size_t n = (size_t)call->offset[call->count],
               at = (size_t)((double)(call->rows * n) / (double)shares * (double)share);
  *row = n ? at / n : 0;
  *segment = segment_from(call, (ptrdiff_t)(at - *row * n));
  if (share == 0) *row = *segment = 0;
  if (share == shares) *row = call->rows, *segment = 0;
}

static int run_share(void *context, size_t share, size_t shares) {
  const segmented *all = context;
  const fa_segmented *call = all->call;
  const size_t size = fa_itemsize(call->dtype), n = (size_t)call->offset[call->count];
  size_t row, first, last_row, last;
  void *memory;
  char *scratch = fa_take_scratch(fa_scratch(all->op, call->dtype, 1, 0), &memory);
  if (!scratch) return FA_NO_MEMORY;
  begin_of(call, share, shares, &row, &first);
  begin_of(call, share + 1, shares, &last_row, &last);
  for (; row < last_row || (row == last_row && first < last); row++, first = 0) {
    const size_t end = row < last_row ? call->count : last,
                 out = all->op == FA_LOGSUMEXP ? row * call->count + first : row * n;
    const fa_segments part = {.x = (const char *)call->x + row * n * size,
                              .y = (char *)call->y + out * size,
                              .count = end - first,
                              .offset = call->offset + first,
                              .scratch = scratch};
    all->table->segments[all->op][call->dtype](&part);
  }
  free(memory);
  return FA_DONE;
}

fa_status fa_run_segments(const fa_kernels *table, fa_row_op op, const fa_segmented *call) {
  segmented all = {table, op, call};
  const fa_fp_mode before = fa_fp_enter();
  const int failed = fa_parallel(fa_workers(call->rows * (size_t)call->offset[call->count]), run_share, &all);
  fa_fp_leave(before);
  return failed ? FA_NO_MEMORY : FA_DONE;
}
