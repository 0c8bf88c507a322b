/* Averages of vectors by rows' probabilities: rows are shared among threads, and where they are few, columns too. */
#include "engine/rows.h"

#include <stdlib.h>

enum { LEAST_WIDTH = 32 }; /* columns: weights are computed again for each share of them */

typedef struct {
  const fa_kernels *table;
  const fa_row_averages *call;
  size_t width, parts; /* columns are cut into so many parts of that width */
} averages_call;

/* Rows from `row` on that are averaged together, at most `most`: they share their vectors. */
static size_t rows_together(const fa_row_averages *call, size_t row, size_t most) {
  size_t rows = 1;
  while (rows < most && (!call->offset || call->offset[row + rows] == call->offset[row])) rows++;
  return rows;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static int run_share(void *context, size_t share, size_t shares) {
  const averages_call *c = context;
  const fa_row_averages *call = c->call;
  const size_t size = fa_itemsize(call->dtype), cells = call->count * c->parts, last = cells * (share + 1) / shares;
  void *memory;
  fa_averages part = {.n = call->n, .xstep = (ptrdiff_t)call->n, .ystep = (ptrdiff_t)call->d};
  part.vstep = call->vstep, part.weighted = call->weighted;
  part.scratch = fa_take_scratch(fa_averages_scratch(call->dtype), &memory);
  if (!part.scratch) return FA_NO_MEMORY;
  for (size_t cell = cells * share / shares; cell < last; cell += part.count) {
    const size_t row = cell % call->count, column = cell / call->count * c->width;
    const ptrdiff_t at = (call->offset ? call->offset[row] : 0) + (ptrdiff_t)column;
    part.count = rows_together(call, row, least(FA_AVERAGED_ROWS, least(last - cell, call->count - row)));
    part.d = least(c->width, call->d - column);
    part.x = (const char *)call->x + row * call->n * size;
    part.values = (const char *)call->values + at * (ptrdiff_t)size;
    part.y = call->y + row * call->d + column;
    c->table->average[call->dtype](&part);
  }
  free(memory);
  return FA_DONE;
}

fa_status fa_run_row_averages(const fa_kernels *table, const fa_row_averages *call) {
  const int workers = fa_workers(call->count * call->n * (call->d / 8 + 1));
  size_t width = (call->d * call->count / (size_t)workers + LEAST_WIDTH - 1) / LEAST_WIDTH * LEAST_WIDTH;
  width = width < LEAST_WIDTH ? LEAST_WIDTH : least(width, FA_AVERAGED_COLUMNS);
  averages_call c = {table, call, width, (call->d + width - 1) / width};
  return fa_parallel(workers, run_share, &c) ? FA_NO_MEMORY : FA_DONE;
}
