/* Rows of any lengths, one after the other: threads have whole segments, of about as many elements each. Those of
 * scale*x + bias are made in two parts, some of them at a time, from where the kernels take them; or scaled where a row
 * of their length is, so that each has the bits that it has alone. */
#include "engine/fpmode.h"
#include "engine/map.h"
#include "engine/rows.h"

#include <stdlib.h>

typedef struct {
  const fa_kernels *table;
  fa_row_op op;
  const fa_segmented *call;
  const fa_made_segments *made; /* NULL for those of x itself */
  size_t room;                  /* elements that are made at once */
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

enum { TURN = 16384 }; /* elements that are made at once: in two parts within the second-level cache */

static size_t length_of(const fa_segmented *call, size_t i) { return (size_t)(call->offset[i + 1] - call->offset[i]); }
/* Whether a mask, and perhaps a sign, is all: nothing is rounded then, and nothing is made in parts. */
static int is_masked(const segmented *all) {
  return all->made->is_served && all->made->where && (all->made->scale == 1 || all->made->scale == -1);
}
static int is_scaled(const segmented *all, size_t n) {
  return all->made->is_served && n >= all->made->least && !is_masked(all);
}
static int is_made(const segmented *all, size_t n) { return n <= all->made->most && !is_scaled(all, n); }

/* Where segment i of a row has its results. */
static char *place_of(const segmented *all, size_t row, size_t i) {
  const fa_segmented *call = all->call;
  const size_t n = (size_t)call->offset[call->count];
  const size_t at = all->op == FA_LOGSUMEXP ? row * call->count + i : row * n + (size_t)call->offset[i];
  return (char *)call->y + at * fa_itemsize(call->dtype);
}

static int run_scaled(const segmented *all, size_t row, size_t i) {
  const fa_segmented *call = all->call;
  const size_t n = length_of(call, i), size = fa_itemsize(call->dtype),
               at = row * (size_t)call->offset[call->count] + (size_t)call->offset[i];
  fa_strided nest = {.dimensions = 2, .shape = {1, n}, .args = {(char *)call->x + at * size}};
  nest.steps[0][0] = (ptrdiff_t)(n * size), nest.steps[0][1] = (ptrdiff_t)size, nest.steps[1][1] = 1;
  if (all->made->where) nest.args[1] = (char *)all->made->where + at;
  return fa_scaled_rows_here(all->table, all->op, call->dtype, &nest, place_of(all, row, i), all->made->scale);
}

static void run_masked(const segmented *all, size_t row, size_t first, size_t last, char *made, char *scratch) {
  const fa_segmented *call = all->call;
  const size_t size = fa_itemsize(call->dtype), start = (size_t)call->offset[first],
               whole = row * (size_t)call->offset[call->count];
  const fa_segments part = {.x = made - start * size,
                            .y = all->op == FA_LOGSUMEXP ? place_of(all, row, first) : (char *)call->y + whole * size,
                            .count = last - first,
                            .offset = call->offset + first,
                            .scratch = scratch};
  all->table->take_masked[call->dtype]((const char *)call->x + (whole + start) * size, all->made->where + whole + start,
                                       made, (size_t)call->offset[last] - start, all->made->scale);
  all->table->segments[all->op][call->dtype](&part);
}
static void run_parts(const segmented *all, size_t row, size_t first, size_t last, char *made, char *scratch) {
  const fa_segmented *call = all->call;
  const fa_loop *make = all->made->make;
  const size_t size = fa_itemsize(call->dtype), start = (size_t)call->offset[first],
               at = row * (size_t)call->offset[call->count] + start;
  char *const low = made + all->room * size;
  fa_strided operands = *all->made->operands;
  operands.args[make->inputs] = made - at * size, operands.args[make->inputs + 1] = low - at * size;
  fa_map_strided(make, &operands, 0, at, (size_t)call->offset[last] - start);
  for (size_t i = first; i < last; i++) {
    const size_t from = ((size_t)call->offset[i] - start) * size;
    const fa_rows part = {.x = made + from,
                          .dy = low + from,
                          .y = place_of(all, row, i),
                          .count = 1,
                          .n = length_of(call, i),
                          .scratch = scratch};
    if (part.n) all->table->parts[call->dtype].rows[all->op](&part);
  }
}

/* FA_SOME_NAN where the first result of a segment is NaN. */
static int any_nan(const segmented *all, size_t row, size_t first, size_t last) {
  for (size_t i = first; i < last; i++) {
    if (!length_of(all->call, i)) continue;
    const char *y = place_of(all, row, i);
    const double value = all->call->dtype == FA_F32 ? (double)*(const float *)y : *(const double *)y;
    if (value != value) return FA_SOME_NAN;
  }
  return FA_DONE;
}

/* Segments of a row; those of more than `most` elements are left out. */
static int run_made(const segmented *all, size_t row, size_t first, size_t last, char *made) {
  const fa_segmented *call = all->call;
  char *const scratch = made + 2 * all->room * fa_itemsize(call->dtype);
  int failed = FA_DONE;
  for (size_t i = first, k; i < last; i += k) {
    const size_t n = length_of(call, i);
    k = 1;
    if (n > all->made->most) continue;
    if (is_scaled(all, n)) {
      failed |= run_scaled(all, row, i);
      continue;
    }
    while (i + k < last && is_made(all, length_of(call, i + k)) &&
           (size_t)(call->offset[i + k + 1] - call->offset[i]) <= all->room)
      k++;
    if (is_masked(all)) run_masked(all, row, i, i + k, made, scratch);
    else run_parts(all, row, i, i + k, made, scratch);
    failed |= any_nan(all, row, i, i + k);
  }
  return failed;
}

static int run_share(void *context, size_t share, size_t shares) {
  const segmented *all = context;
  const fa_segmented *call = all->call;
  const size_t size = fa_itemsize(call->dtype), n = (size_t)call->offset[call->count];
  size_t row, first, last_row, last;
  void *memory;
  char *scratch = fa_take_scratch(2 * all->room * size + fa_scratch(all->op, call->dtype, 1, 0), &memory);
  int failed = FA_DONE;
  if (!scratch) return FA_NO_MEMORY;
  begin_of(call, share, shares, &row, &first);
  begin_of(call, share + 1, shares, &last_row, &last);
  for (; row < last_row || (row == last_row && first < last); row++, first = 0) {
    const size_t end = row < last_row ? call->count : last,
                 out = all->op == FA_LOGSUMEXP ? row * call->count + first : row * n;
    if (all->made) {
      failed |= run_made(all, row, first, end, scratch);
      continue;
    }
    const fa_segments part = {.x = (const char *)call->x + row * n * size,
                              .y = (char *)call->y + out * size,
                              .count = end - first,
                              .offset = call->offset + first,
                              .scratch = scratch};
    all->table->segments[all->op][call->dtype](&part);
  }
  free(memory);
  return failed;
}

static fa_status run(segmented *all) {
  const fa_segmented *call = all->call;
  const fa_fp_mode before = fa_fp_enter();
  const int failed = fa_parallel(fa_workers(call->rows * (size_t)call->offset[call->count]), run_share, all);
  fa_fp_leave(before);
  return failed < 0 ? FA_NO_MEMORY : failed ? FA_SOME_NAN : FA_DONE;
}

fa_status fa_run_segments(const fa_kernels *table, fa_row_op op, const fa_segmented *call) {
  segmented all = {table, op, call, NULL, 0};
  return run(&all);
}

fa_status fa_run_made_segments(const fa_kernels *table, fa_row_op op, const fa_segmented *call,
                               const fa_made_segments *made) {
  segmented all = {table, op, call, made, TURN};
  for (size_t i = 0; i < call->count; i++)
    if (is_made(&all, length_of(call, i)) && length_of(call, i) > all.room) all.room = length_of(call, i);
  all.room = (all.room + 63) / 64 * 64;
  return run(&all);
}
