/* Rows of scale*x under a mask, scale a number: where x lies, or a few rows at a time of what the mask leaves. What it
 * leaves out behind the last element that counts is not computed. */
#include "engine/layout.h"
#include "engine/map.h"
#include "engine/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TURN = 32768, MOST_ROWS = 64 }; /* elements, and rows, made together: they stay near */

typedef struct {
  const fa_kernels *table;
  const fa_strided *operands;
  fa_row_op op;
  fa_dtype dtype;
  char *y;
  size_t count, n;
  double factor, scale; /* what is made is factor*x; the kernel's scale, 1 for none */
  const fa_extra *extra;
} scaled_call;

static size_t rows_per_turn(size_t n) { return n > TURN ? 1 : TURN / n < MOST_ROWS ? TURN / n : MOST_ROWS; }
static size_t room_of(const scaled_call *call) {
  return (rows_per_turn(call->n) * call->n * fa_itemsize(call->dtype) + 127) / 64 * 64;
}

/* How many elements of a row count up to the last one. */
static size_t counted(const unsigned char *where, size_t n) {
  uint64_t word;
  for (; n >= sizeof word; n -= sizeof word) {
    memcpy(&word, where + n - sizeof word, sizeof word);
    if (word) break;
  }
  while (n && !where[n - 1]) n--;
  return n;
}

/* What elements that do not count give: all of them, or those that the mask leaves out. */
static void fill(const scaled_call *call, char *y, const unsigned char *where, size_t from, size_t to) {
  const size_t size = fa_itemsize(call->dtype);
  const float value = call->op == FA_SOFTMAX ? 0 : -INFINITY;
  float *const f32 = (float *)y;
  double *const f64 = (double *)y;
  if (from >= to) return;
  if (call->op == FA_SOFTMAX && !where) memset(y + from * size, 0, (to - from) * size);
  else if (call->dtype == FA_F32) {
    for (size_t i = from; i < to; i++)
      if (!where || !where[i]) f32[i] = value;
  } else {
    for (size_t i = from; i < to; i++)
      if (!where || !where[i]) f64[i] = (double)value;
  }
}

static int is_nan(const scaled_call *call, const void *y) {
  const double value = call->dtype == FA_F32 ? *(const float *)y : *(const double *)y;
  return value != value;
}

/* The row again in two parts, where its largest product has overflowed, or lies as far from 0 as the kernel takes for
 * too far. Whether it is NaN still. */
static int make_again(const scaled_call *call, const char *x, char *y, size_t n) {
  const size_t size = fa_itemsize(call->dtype), room = (n * size + 63) / 64 * 64;
  const double top = call->table->row_blocks[call->dtype].maximum(x, n), largest = top * call->scale;
  _Alignas(64) char same[3][FA_REPEATED];
  void *memory;
  const int overflows = !isfinite(call->dtype == FA_F32 ? (double)(float)largest : largest),
            is_far = top > (call->dtype == FA_F32 ? FA_F32_FURTHEST : FA_F64_FURTHEST);
  if (!isfinite(top) || !(overflows || is_far)) return FA_SOME_NAN;
  char *high = fa_take_scratch(2 * room + fa_scratch(call->op, call->dtype, n, 0), &memory);
  if (!high) return FA_NO_MEMORY;
  for (size_t i = 0; i < FA_REPEATED / size; i++) {
    const double numbers[] = {call->scale, 0, 1};
    for (int a = 0; a < 3; a++)
      if (call->dtype == FA_F32) ((float *)same[a])[i] = (float)numbers[a];
      else ((double *)same[a])[i] = numbers[a];
  }
  char *const args[] = {(char *)x, same[0], same[1], same[2], high, high + room};
  call->table->make_parts[call->dtype](args, 1 << 1 | 1 << 2 | 1 << 3, n);
  const fa_rows row = {.x = high, .y = y, .count = 1, .n = n, .scratch = high + 2 * room, .dy = high + room};
  call->table->parts[call->dtype].rows[call->op](&row);
  free(memory);
  return is_nan(call, y) ? FA_SOME_NAN : FA_DONE;
}

static int run_kernel(const scaled_call *call, const fa_rows *rows) {
  const size_t size = fa_itemsize(call->dtype);
  int failed = FA_DONE;
  if (call->scale == 1) call->table->rows[call->op][call->dtype](rows);
  else call->table->scaled[call->op][call->dtype](rows);
  for (size_t i = 0; i < rows->count; i++) {
    char *y = (char *)rows->y + (ptrdiff_t)i * rows->ystep * (ptrdiff_t)size;
    if (!is_nan(call, y)) continue;
    const int again =
        call->scale == 1
            ? FA_SOME_NAN
            : make_again(call, (const char *)rows->x + (ptrdiff_t)i * rows->xstep * (ptrdiff_t)size, y, rows->n);
    failed = failed < 0 ? failed : again ? again : failed;
  }
  return failed;
}

/* Rows where x lies. */
static int run_direct(const scaled_call *call, size_t first, size_t last, char *scratch) {
  const fa_strided *from = call->operands;
  const size_t size = fa_itemsize(call->dtype), out = call->op == FA_LOGSUMEXP ? 1 : call->n;
  const ptrdiff_t step = from->dimensions > 1 ? from->steps[0][0] : 0;
  fa_rows rows = {.x = from->args[0] + (ptrdiff_t)first * step,
                  .y = call->y + first * out * size,
                  .count = last - first,
                  .n = call->n,
                  .xstep = step / (ptrdiff_t)size,
                  .ystep = (ptrdiff_t)out,
                  .scratch = scratch,
                  .stream = call->op != FA_LOGSUMEXP && fa_rows_stream(2 * call->count * call->n * size),
                  .scale = call->scale};
  fa_give_extra(&rows, call->extra, call->dtype, first);
  return run_kernel(call, &rows);
}

/* Rows that are made a few at a time. */
static int run_made(const scaled_call *call, size_t first, size_t last, char *made, char *scratch) {
  const size_t size = fa_itemsize(call->dtype), n = call->n, out = call->op == FA_LOGSUMEXP ? 1 : n,
               most = rows_per_turn(n);
  int failed = FA_DONE;
  for (size_t row = first, k; row < last; row += k) {
    size_t longest = 0, rows = 0, lengths[MOST_ROWS];
    char *at[MOST_ROWS][2];
    for (k = 0; k < most && row + k < last; k++) {
      fa_strided_locate(call->operands, call->operands->dimensions - 1, 2, row + k, NULL, at[k]);
      lengths[k] = counted((const unsigned char *)at[k][1], n);
      longest = lengths[k] > longest ? lengths[k] : longest;
    }
    if (longest < n && longest) longest = (longest + 63) / 64 * 64 < n ? (longest + 63) / 64 * 64 : n;
    for (rows = 0; longest && rows < k; rows++) {
      if (rows + 1 < k) fa_fetch(at[rows + 1][0], (ptrdiff_t)(longest * size)); /* a row may be a page of its own */
      call->table->take_masked[call->dtype](at[rows][0], (const unsigned char *)at[rows][1],
                                            made + rows * longest * size, longest, call->factor);
    }
    char *const y = call->y + row * out * size;
    fa_rows part = {.x = made,
                    .y = y,
                    .count = k,
                    .n = longest,
                    .xstep = (ptrdiff_t)longest,
                    .ystep = (ptrdiff_t)out,
                    .scratch = scratch,
                    .scale = call->scale};
    fa_give_extra(&part, call->extra, call->dtype, row);
    for (size_t i = 0; longest && i < k; i++)
      if (!lengths[i]) memset(made + i * longest * size, 0, longest * size); /* lest it be NaN */
    const int now = longest ? run_kernel(call, &part) : FA_DONE;
    if (now < 0) failed = now;
    for (size_t i = 0; i < k; i++) {
      char *const result = y + i * out * size;
      if (!lengths[i] && call->extra && call->op == FA_LOGSUMEXP)
        memcpy(result, (const char *)part.extra + i * (size_t)part.extrastep * size, size);
      else if (!lengths[i]) fill(call, result, NULL, 0, out);
      else if (call->op != FA_LOGSUMEXP) {
        fill(call, result, NULL, longest, n);
        if (now == FA_SOME_NAN && is_nan(call, result)) fill(call, result, (const unsigned char *)at[i][1], 0, longest);
      }
    }
  }
  return failed;
}

static int run_share(void *context, size_t share, size_t shares) {
  const scaled_call *call = context;
  const size_t first = call->count * share / shares, last = call->count * (share + 1) / shares,
               room = call->operands->args[1] ? room_of(call) : 0;
  void *memory;
  char *made = fa_take_scratch(room + fa_scratch(call->op, call->dtype, call->n, 0), &memory);
  if (!made) return FA_NO_MEMORY;
  const int failed = first == last ? FA_DONE
                     : room        ? run_made(call, first, last, made, made + room)
                                   : run_direct(call, first, last, made);
  free(memory);
  return failed;
}

static scaled_call call_of(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *operands, void *y,
                           double scale, const fa_extra *extra) {
  scaled_call call = {table, operands, op, dtype, y, 1, operands->shape[operands->dimensions - 1], 1, scale, extra};
  for (int d = 0; d < operands->dimensions - 1; d++) call.count *= operands->shape[d];
  if (dtype == FA_F32) call.scale = (float)scale;
  if (scale < 0) call.factor = -1, call.scale = -call.scale;
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
