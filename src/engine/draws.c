/* Draws from rows of probabilities: the element that holds u times the row's sum, elements being laid one after the
 * other. Sums are those of blocks, so that a draw reads one block's elements, and depends neither on threads nor on
 * kernels. */
#include "engine/rows.h"

#include <stdlib.h>

typedef struct {
  const fa_kernels *table;
  const fa_draws *call;
} draws_call;

/* What one thread knows of its row: what each block ends at, and within blocks that were met what each element does. */
typedef struct {
  double *end, *within;
  char *met;
} row_sums;

static double probability(const fa_draws *call, const char *p, size_t i) {
  return call->dtype == FA_F32 ? (double)((const float *)p)[i] : ((const double *)p)[i];
}

static void add_within(const fa_draws *call, const char *p, size_t block, double start, row_sums *s) {
  const size_t first = block * FA_BLOCK, last = first + fa_block_length(call->n, block);
  double sum = 0;
  for (size_t i = first; i < last; i++) {
    sum += probability(call, p, i);
    s->within[i] = start + sum;
  }
  s->met[block] = 1;
}

/* The first number of an ascending list that is above the target, or how many there are. */
static size_t first_above(const double *list, size_t n, double target) {
  size_t low = 0;
  while (n) {
    const size_t half = n / 2;
    if (list[low + half] > target) n = half;
    else low += half + 1, n -= half + 1;
  }
  return low;
}

/* Rounding may leave the target at the very end: then it is the last element that has a probability. */
static ptrdiff_t draw(const fa_draws *call, const char *p, double target, row_sums *s) {
  const size_t blocks = fa_blocks_of(call->n);
  size_t block = first_above(s->end, blocks, target);
  if (block == blocks)
    for (block--; block && !(s->end[block] > s->end[block - 1]); block--) {}
  const double start = block ? s->end[block - 1] : 0;
  if (!s->met[block]) add_within(call, p, block, start, s);
  const size_t first = block * FA_BLOCK, length = fa_block_length(call->n, block);
  size_t i = first + first_above(s->within + first, length, target);
  if (i == first + length)
    for (i--; i > first && !(probability(call, p, i) > 0); i--) {}
  return (ptrdiff_t)i;
}

static void draw_row(const draws_call *d, size_t row, row_sums *s) {
  const fa_draws *call = d->call;
  const size_t size = fa_itemsize(call->dtype), blocks = fa_blocks_of(call->n);
  const char *p = (const char *)call->p + row * call->n * size;
  double sum = 0;
  for (size_t b = 0; b < blocks; b++) {
    sum += d->table->sum[call->dtype](p + b * FA_BLOCK * size, fa_block_length(call->n, b));
    s->end[b] = sum, s->met[b] = 0;
  }
  for (size_t j = 0; j < call->draws; j++) {
    const size_t at = j * call->count + row;
    call->index[at] = sum > 0 && sum < 1e300 ? draw(call, p, call->uniform[at] * sum, s) : -1;
  }
}

static int run_share(void *context, size_t share, size_t shares) {
  const draws_call *d = context;
  const size_t n = d->call->n, blocks = fa_blocks_of(n);
  row_sums s;
  s.end = malloc((blocks + n) * sizeof(double) + blocks);
  if (!s.end) return FA_NO_MEMORY;
  s.within = s.end + blocks, s.met = (char *)(s.within + n);
  for (size_t row = d->call->count * share / shares; row < d->call->count * (share + 1) / shares; row++)
    draw_row(d, row, &s);
  free(s.end);
  return FA_DONE;
}

fa_status fa_run_draws(const fa_kernels *table, const fa_draws *call) {
  draws_call d = {table, call};
  return fa_parallel(fa_workers(call->count * call->n), run_share, &d) ? FA_NO_MEMORY : FA_DONE;
}
