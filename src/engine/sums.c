/* Sums over all elements of a call. Numbers that are there go into lanes by their index. An elementwise operation is
 * summed a block at a time, counted in C order: what it gives for a block stands in a buffer, the kernels add it up in
 * float64, and the blocks' sums are added in order. */
#include <math.h>
#include <stdlib.h>

#include "engine/map.h"
#include "engine/parallel.h"

/* ---- of numbers ---- */

enum { LANES = 8 };

fa_status fa_sums_open(fa_sums *sums, size_t count, size_t length) {
  sums->block = 1;
  while (2 * sums->block * length <= FA_BLOCK) sums->block *= 2;
  sums->blocks = (count + sums->block - 1) / sums->block;
  sums->lanes = calloc((sums->blocks ? sums->blocks : 1) * LANES, sizeof(double));
  return sums->lanes ? FA_DONE : FA_NO_MEMORY;
}

void fa_sums_add(fa_sums *sums, size_t first, const double *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const size_t at = first + i;
    sums->lanes[at / sums->block * LANES + at % sums->block % LANES] += values[i];
  }
}

/* What the additions lose is added at the end (Neumaier). */
double fa_sums_close(fa_sums *sums) {
  double total = 0, lost = 0;
  for (size_t b = 0; b < sums->blocks; b++) {
    const double *lane = sums->lanes + b * LANES;
    const double part = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
    const double whole = total + part;
    lost += fabs(total) >= fabs(part) ? (total - whole) + part : (part - whole) + total;
    total = whole;
  }
  free(sums->lanes);
  return isfinite(total) ? total + lost : total;
}

/* ---- of an output of an elementwise operation ---- */

/* The sum of that output of the block from `first` on, of elements below `last`; the others go to their place. */
static double sum_block(const fa_sum *sum, size_t first, size_t last, double *memory) {
  const fa_dtype dtype = sum->loop->dtype;
  const ptrdiff_t size = fa_moving[dtype].size;
  const size_t n = last - first < FA_BLOCK ? last - first : FA_BLOCK;
  fa_strided nest = sum->nest;
  nest.args[sum->summed] = (char *)memory - (ptrdiff_t)first * size;
  fa_map_strided(sum->loop, &nest, 0, first, n);
  if (sum->divided && sum->divisor != 1)
    sum->loop->table->divide[dtype](nest.args[sum->divided] + (ptrdiff_t)first * size, n, sum->divisor);
  return sum->loop->table->sum[dtype](memory, n);
}

typedef struct {
  const fa_sum *sum;
  size_t first, last;
  double *parts; /* the sum of each block; NULL where one thread adds them to `total` */
  double total;
} blocks;

static size_t count_of(const blocks *all) { return (all->last - all->first + FA_BLOCK - 1) / FA_BLOCK; }

static int sum_share(void *context, size_t share, size_t shares) {
  blocks *all = context;
  const size_t count = count_of(all), n = all->last - all->first;
  double *memory = malloc((n < FA_BLOCK ? n : FA_BLOCK) * sizeof(double));
  if (!memory) return FA_NO_MEMORY;
  for (size_t b = count * share / shares; b < count * (share + 1) / shares; b++) {
    const double part = sum_block(all->sum, all->first + b * FA_BLOCK, all->last, memory);
    if (all->parts) all->parts[b] = part;
    else all->total += part;
  }
  free(memory);
  return FA_DONE;
}

fa_status fa_run_sum(const fa_sum *sum, size_t first, size_t last, double *total) {
  blocks all = {sum, first, last, NULL, *total};
  if (sum->workers > 1 && !(all.parts = malloc(count_of(&all) * sizeof(double)))) return FA_NO_MEMORY;
  const int failed = fa_parallel(sum->workers, sum_share, &all);
  for (size_t b = 0; !failed && all.parts && b < count_of(&all); b++) all.total += all.parts[b];
  free(all.parts);
  *total = all.total;
  return failed ? FA_NO_MEMORY : FA_DONE;
}
