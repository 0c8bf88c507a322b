/* Rows of scale*x under a mask, scale a number, from where x and the mask lie. What the mask leaves out behind the last
 * element that counts is not computed. */
#include "engine/layout.h"
#include "engine/map.h"
#include "engine/rows.h"
#include "engine/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 64, TURN = 32768 }; /* rows taken together, and their elements: the results stay near */

typedef struct {
  const fa_kernels *table;
  const fa_strided *operands;
  fa_row_op op;
  fa_dtype dtype;
  char *y;
  size_t count, n;
  int negated;  /* whether the rows are those of -x, in scratch */
  double scale; /* the kernel's, 1 for none */
  const fa_extra *extra;
} scaled_call;

static size_t rows_per_turn(size_t n) { return n > TURN ? 1 : TURN / n < MOST_ROWS ? TURN / n : MOST_ROWS; }
static size_t row_room(const scaled_call *call) { return (call->n * fa_itemsize(call->dtype) + 63) / 64 * 64; }
static size_t negated_room(const scaled_call *call) {
  return call->negated ? rows_per_turn(call->n) * row_room(call) : 0;
}

/* Whether any of 64 bytes, or fewer, counts. */
static int any_counts(const unsigned char *where, size_t n) {
  uint64_t any = 0, word;
  if (n < 64)
    for (size_t i = 0; i < n; i++) any |= where[i];
  else
    for (size_t i = 0; i < 64; i += sizeof word) {
      memcpy(&word, where + i, sizeof word);
      any |= word;
    }
  return any != 0;
}
/* What counts of a row lies between two multiples of 64, or the second one is its end. Whether anything does. */
static int find_counted(const unsigned char *where, size_t n, size_t *from, size_t *end) {
  size_t first = 0, last = n;
  while (last > 64 && !any_counts(where + last - 64, 64)) last -= 64;
  *end = last > n - n % 64 ? n : (last + 63) / 64 * 64;
  while (first + 64 < *end && !any_counts(where + first, 64)) first += 64;
  *from = first;
  return any_counts(where + first, *end - first);
}

/* What elements that do not count give: all n of them, or those that the mask leaves out. */
static void fill(const scaled_call *call, char *y, const unsigned char *where, size_t n) {
  const float value = call->op == FA_SOFTMAX ? 0 : -INFINITY;
  float *const f32 = (float *)y;
  double *const f64 = (double *)y;
  for (size_t i = 0; i < n; i++) {
    if (where && where[i]) continue;
    if (call->dtype == FA_F32) f32[i] = value;
    else f64[i] = (double)value;
  }
}

static int is_nan(const scaled_call *call, const void *y) {
  const double value = call->dtype == FA_F32 ? *(const float *)y : *(const double *)y;
  return value != value;
}

/* The row again in two parts, where its largest product has overflowed, or lies as far from 0 as the kernel takes for
 * too far. Whether it is NaN still. where: NULL for no mask. */
static int make_again(const scaled_call *call, const char *x, const unsigned char *where, char *y, size_t n) {
  const size_t size = fa_itemsize(call->dtype), room = (n * size + 63) / 64 * 64;
  _Alignas(64) char same[3][FA_REPEATED];
  void *memory;
  char *high = fa_take_scratch(3 * room + fa_scratch(call->op, call->dtype, n, 0), &memory), *taken = high + 2 * room;
  if (!high) return FA_NO_MEMORY;
  if (where) {
    call->table->take_masked[call->dtype](x, where, taken, n, 1);
    x = taken;
  }
  const double top = call->table->row_blocks[call->dtype].maximum(x, n), largest = top * call->scale;
  const int overflows = !isfinite(call->dtype == FA_F32 ? (double)(float)largest : largest),
            is_far = top > (call->dtype == FA_F32 ? FA_F32_FURTHEST : FA_F64_FURTHEST);
  if (isfinite(top) && (overflows || is_far)) {
    for (size_t i = 0; i < FA_REPEATED / size; i++) {
      const double numbers[] = {call->scale, 0, 1};
      for (int a = 0; a < 3; a++)
        if (call->dtype == FA_F32) ((float *)same[a])[i] = (float)numbers[a];
        else ((double *)same[a])[i] = numbers[a];
    }
    char *const args[] = {(char *)x, same[0], same[1], same[2], high, high + room};
    call->table->make_parts[call->dtype](args, 1 << 1 | 1 << 2 | 1 << 3, n);
    const fa_rows row = {.x = high, .y = y, .count = 1, .n = n, .scratch = taken + room, .dy = high + room};
    call->table->parts[call->dtype].rows[call->op](&row);
  }
  free(memory);
  return is_nan(call, y) ? FA_SOME_NAN : FA_DONE;
}

/* Rows where x lies, without a mask. */
static int run_direct(const scaled_call *call, size_t first, size_t last, char *scratch) {
  const fa_strided *from = call->operands;
  const size_t size = fa_itemsize(call->dtype), out = call->op == FA_LOGSUMEXP ? 1 : call->n;
  const ptrdiff_t step = from->dimensions > 1 ? from->steps[0][0] : 0;
  const char *const x = from->args[0] + (ptrdiff_t)first * step;
  char *const y = call->y + first * out * size;
  int failed = FA_DONE;
  fa_rows rows = {.x = x,
                  .y = y,
                  .count = last - first,
                  .n = call->n,
                  .xstep = step / (ptrdiff_t)size,
                  .ystep = (ptrdiff_t)out,
                  .scratch = scratch,
                  .stream = call->op != FA_LOGSUMEXP && fa_rows_stream(2 * call->count * call->n * size),
                  .scale = call->scale};
  fa_give_extra(&rows, call->extra, call->dtype, first);
  if (call->scale == 1) call->table->rows[call->op][call->dtype](&rows);
  else call->table->scaled[call->op][call->dtype](&rows);
  for (size_t i = 0; i < rows.count && failed >= 0; i++) {
    char *const result = y + i * out * size;
    if (!is_nan(call, result)) continue;
    const int again = call->scale == 1 ? FA_SOME_NAN : make_again(call, x + (ptrdiff_t)i * step, NULL, result, call->n);
    if (again) failed = again;
  }
  return failed;
}

/* What the kernel does not do of a row, of which something counts, or nothing. */
static int end_row(const scaled_call *call, const fa_masked_row *row, int counts, const void *extra, char *y) {
  const size_t size = fa_itemsize(call->dtype);
  const int is_sum = call->op == FA_LOGSUMEXP;
  if (!counts) {
    if (is_sum && extra) memcpy(y, extra, size);
    else fill(call, y, NULL, is_sum ? 1 : call->n);
    return FA_DONE;
  }
  int failed = FA_DONE;
  if (is_nan(call, is_sum ? y : y + row->from * size))
    failed = call->scale == 1 ? FA_SOME_NAN : make_again(call, row->x, row->where, y, row->n);
  if (!is_sum && failed == FA_SOME_NAN) fill(call, y, row->where, row->n);
  return failed;
}

/* Rows under a mask. */
static int run_masked(const scaled_call *call, size_t first, size_t last, char *negated, char *scratch) {
  const size_t size = fa_itemsize(call->dtype), n = call->n, out = call->op == FA_LOGSUMEXP ? 1 : n,
               most = rows_per_turn(n);
  int failed = FA_DONE;
  fa_walk w;
  fa_walk_to(&w, call->operands, 2, first);
  for (size_t at = first, k; at < last; at += k) {
    fa_masked_row rows[MOST_ROWS];
    int counts[MOST_ROWS];
    for (k = 0; k < most && at + k < last; k++, fa_walk_on(&w, 1)) {
      const unsigned char *where = (const unsigned char *)w.row[1];
      rows[k] = (fa_masked_row){.x = w.row[0], .where = where};
      counts[k] = find_counted(where, n, &rows[k].from, &rows[k].n);
      if (!call->negated) continue;
      rows[k].x = negated + k * row_room(call);
      call->table->take_masked[call->dtype](w.row[0], where, (void *)rows[k].x, rows[k].n, -1);
    }
    char *const y = call->y + at * out * size;
    fa_rows part = {
        .y = y, .count = k, .n = n, .ystep = (ptrdiff_t)out, .scratch = scratch, .scale = call->scale, .masked = rows};
    fa_give_extra(&part, call->extra, call->dtype, at);
    call->table->masked[call->op][call->dtype](&part);
    for (size_t i = 0; i < k && failed >= 0; i++) {
      const char *extra = part.extra ? (const char *)part.extra + i * (size_t)part.extrastep * size : NULL;
      const int now = end_row(call, rows + i, counts[i], extra, y + i * out * size);
      if (now) failed = now;
    }
  }
  return failed;
}

static int run_share(void *context, size_t share, size_t shares) {
  const scaled_call *call = context;
  const size_t first = call->count * share / shares, last = call->count * (share + 1) / shares,
               room = negated_room(call);
  void *memory;
  char *scratch = fa_take_scratch(room + fa_scratch(call->op, call->dtype, call->n, 0), &memory);
  if (!scratch) return FA_NO_MEMORY;
  const int failed = first == last             ? FA_DONE
                     : call->operands->args[1] ? run_masked(call, first, last, scratch, scratch + room)
                                               : run_direct(call, first, last, scratch);
  free(memory);
  return failed;
}

static scaled_call call_of(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *operands, void *y,
                           double scale, const fa_extra *extra) {
  scaled_call call = {table, operands, op, dtype, y, 1, operands->shape[operands->dimensions - 1], scale < 0, 0, extra};
  for (int d = 0; d < operands->dimensions - 1; d++) call.count *= operands->shape[d];
  call.scale = dtype == FA_F32 ? fabsf((float)scale) : fabs(scale);
  return call;
}

int fa_scaled_rows_here(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *operands, void *y,
                        double scale) {
  scaled_call call = call_of(table, op, dtype, operands, y, scale, NULL);
  return run_share(&call, 0, 1);
}

fa_status fa_run_scaled_rows(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *operands, void *y,
                             double scale, const fa_extra *extra) {
  scaled_call call = call_of(table, op, dtype, operands, y, scale, extra);
  const int failed = fa_parallel(fa_workers(call.count * call.n), run_share, &call);
  return failed < 0 ? FA_NO_MEMORY : FA_DONE;
}
