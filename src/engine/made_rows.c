/* Rows of scale*x + bias: where the operands lie, or made a few at a time in a thread's scratch, from where the kernels
 * take them. */
#include "engine/layout.h"
#include "engine/map.h"
#include "engine/rows.h"

#include <math.h>
#include <stdlib.h>

fa_loop fa_loop_of_parts(const fa_kernels *table, fa_dtype dtype) {
  return (fa_loop){table, table->make_parts[dtype], dtype, fa_op_inputs(FA_OP_row_input), 2, FA_LIGHT};
}

enum { X, SCALE, BIAS, COUNTS }; /* the operands */
enum { TOGETHER = 256 };         /* bytes: rows up to here are taken several at a time */

typedef struct {
  const fa_loop *make;
  const fa_strided *operands;
  fa_rows_kernel kernel;
  fa_rows rows;                 /* the results' place and steps */
  size_t count, per_turn, room; /* room: bytes for one part of a turn's rows */
  size_t scratch;
  size_t (*biased)(const fa_rows *); /* NULL where operands do not lie as it takes them */
  const fa_extra *extra;
} made_call;

static double number_at(const void *y, fa_dtype dtype, size_t i) {
  return dtype == FA_F32 ? (double)((const float *)y)[i] : ((const double *)y)[i];
}

/* FA_SOME_NAN where a row's first result is NaN, else FA_DONE. */
static int any_nan(const fa_rows *rows, fa_dtype dtype) {
  for (size_t i = 0; i < rows->count; i++) {
    const double value = number_at(rows->y, dtype, i * (size_t)rows->ystep);
    if (value != value) return FA_SOME_NAN;
  }
  return FA_DONE;
}

/* Whether scale and mask are numbers, no row is left out, and those of x and bias are adjacent: a row is all of the
 * last dimension, or one part of it of several. */
static int lie_directly(const fa_strided *operands, size_t n, fa_dtype dtype) {
  const int last = operands->dimensions - 1;
  const ptrdiff_t size = (ptrdiff_t)fa_itemsize(dtype);
  if (operands->shape[last] % n || operands->steps[X][last] != size || operands->steps[BIAS][last] != size) return 0;
  for (int d = 0; d <= last; d++)
    if (operands->steps[SCALE][d] || operands->steps[COUNTS][d]) return 0;
  return number_at(operands->args[COUNTS], dtype, 0) != 0;
}

/* Rows from `row` on, up to `last`: how many are done. */
static size_t run_direct(const made_call *call, size_t row, size_t last, void *scratch) {
  const fa_strided *operands = call->operands;
  const size_t n = call->rows.n, size = fa_itemsize(call->make->dtype), dims = (size_t)operands->dimensions,
               inner = operands->shape[dims - 1] / n; /* rows in the last dimension */
  const int across = inner == 1 && dims > 1;          /* whether the next row lies in the dimension before */
  const size_t group = across ? operands->shape[dims - 2] : inner;
  char *at[COUNTS + 1];
  fa_rows part = call->rows;
  const size_t first = row;
  part.scratch = scratch;
  part.scale = number_at(operands->args[SCALE], call->make->dtype, 0);
  part.xstep = across ? operands->steps[X][dims - 2] / (ptrdiff_t)size : (ptrdiff_t)n;
  part.dystep = across ? operands->steps[BIAS][dims - 2] / (ptrdiff_t)size : (ptrdiff_t)n;
  while (row < last) {
    const size_t left = group - row % group;
    fa_strided_locate(operands, operands->dimensions, COUNTS + 1, row * n, NULL, at);
    part.x = at[X], part.dy = at[BIAS];
    part.y = (char *)call->rows.y + row * (size_t)part.ystep * size;
    part.count = last - row < left ? last - row : left;
    const size_t done = call->biased(&part);
    row += done;
    if (done < part.count) break;
  }
  return row - first;
}

/* The rows of one thread. */
static int run_made(void *context, size_t share, size_t shares) {
  const made_call *call = context;
  const fa_loop *make = call->make;
  const size_t n = call->rows.n, size = fa_itemsize(make->dtype), last = call->count * (share + 1) / shares;
  fa_strided operands = *call->operands;
  fa_rows part = call->rows;
  void *memory;
  char *const made = fa_take_scratch((size_t)make->outputs * call->room + call->scratch, &memory);
  int failed = FA_DONE;
  if (!made) return FA_NO_MEMORY;
  part.x = made, part.scratch = made + (size_t)make->outputs * call->room;
  part.dy = made + call->room; /* the low parts, where there are any */
  for (size_t row = call->count * share / shares; row < last; row += part.count) {
    part.count = call->biased ? run_direct(call, row, last, part.scratch) : 0;
    part.y = (char *)call->rows.y + row * (size_t)part.ystep * size;
    failed |= any_nan(&part, make->dtype);
    row += part.count;
    if (row == last) break;
    part.count = call->biased ? 1 : last - row < call->per_turn ? last - row : call->per_turn;
    part.y = (char *)call->rows.y + row * (size_t)part.ystep * size;
    for (int a = 0; a < make->outputs; a++)
      operands.args[make->inputs + a] = made + (size_t)a * call->room - row * n * size;
    fa_map_strided(make, &operands, 0, row * n, part.count * n);
    fa_give_extra(&part, call->extra, make->dtype, row);
    call->kernel(&part);
    failed |= any_nan(&part, make->dtype);
  }
  free(memory);
  return failed;
}

fa_status fa_run_made_rows(const fa_loop *make, const fa_strided *operands, void *y, fa_row_op op, size_t count,
                           size_t n, const fa_extra *extra) {
  const fa_kernels *table = make->table;
  const size_t size = fa_itemsize(make->dtype),
               per_turn = FA_TASK / 2 / (size_t)make->outputs / n; /* within the second-level cache */
  made_call call = {
      .make = make, .operands = operands, .count = count, .per_turn = per_turn ? per_turn : 1, .extra = extra};
  call.kernel = make->outputs == 1 ? table->rows[op][make->dtype] : table->parts[make->dtype].rows[op];
  if (make->outputs > 1 && !extra && n * size > TOGETHER && lie_directly(operands, n, make->dtype))
    call.biased = table->biased[op][make->dtype];
  call.room = (call.per_turn * n * size + 127) / 64 * 64;
  call.scratch = fa_scratch(op, make->dtype, n, 0);
  call.rows = (fa_rows){
      .y = y, .n = n, .xstep = (ptrdiff_t)n, .ystep = op == FA_LOGSUMEXP ? 1 : (ptrdiff_t)n, .dystep = (ptrdiff_t)n};
  call.rows.stream = op != FA_LOGSUMEXP && fa_rows_stream(2 * count * n * size);
  const int failed = fa_parallel(fa_workers(count * n), run_made, &call);
  return failed < 0 ? FA_NO_MEMORY : failed ? FA_SOME_NAN : FA_DONE;
}

/* ---- a row that is too long for that ---- */

typedef struct {
  const fa_long_row *row;
  const fa_strided *operands;
  size_t start, count;
} made_part;

static int make_share(void *context, size_t share, size_t shares) {
  const made_part *part = context;
  const size_t first = part->count * share / shares, last = part->count * (share + 1) / shares;
  if (first < last) fa_map_strided(part->row->make, part->operands, 0, part->start + first, last - first);
  return 0;
}

void fa_long_row_make(fa_long_row *row, const fa_strided *operands, size_t start, size_t count) {
  const ptrdiff_t size = (ptrdiff_t)fa_itemsize(row->make->dtype),
                  at = ((ptrdiff_t)row->filled - (ptrdiff_t)start) * size;
  fa_strided placed = *operands;
  made_part part = {row, &placed, start, count};
  placed.args[row->make->inputs] = row->high + at, placed.args[row->make->inputs + 1] = row->low + at;
  fa_parallel(row->workers, make_share, &part);
  row->filled += count;
}

static const fa_parts *parts_of(const fa_long_row *row) { return &row->make->table->parts[row->make->dtype]; }
static size_t place(const fa_long_row *row, size_t b) { return b * FA_BLOCK * fa_itemsize(row->make->dtype); }

static void find_max(void *context, size_t b) {
  fa_long_row *row = context;
  const size_t at = place(row, b);
  row->of_block[2 * b] = -INFINITY, row->of_block[2 * b + 1] = 0;
  parts_of(row)->maximum(row->high + at, row->low + at, fa_block_length(row->filled, b), row->of_block + 2 * b);
}
static void join_max(void *context) {
  fa_long_row *row = context;
  for (size_t b = 0; b < fa_blocks_of(row->filled); b++) {
    const double *m = row->of_block + 2 * b;
    if (m[0] > row->m[0] || (m[0] == row->m[0] && m[1] > row->m[1])) row->m[0] = m[0], row->m[1] = m[1];
  }
}
static void add_exp(void *context, size_t b) {
  fa_long_row *row = context;
  const size_t at = place(row, b);
  row->of_block[2 * b] = row->of_block[2 * b + 1] = 0;
  parts_of(row)->sum(row->op, row->high + at, row->low + at, fa_block_length(row->filled, b), row->m,
                     row->of_block + 2 * b);
}
static void join_exp(void *context) {
  fa_long_row *row = context;
  for (size_t b = 0; b < fa_blocks_of(row->filled); b++)
    row->s[0] += row->of_block[2 * b], row->s[1] += row->of_block[2 * b + 1];
}
static void finish(void *context, size_t b) {
  fa_long_row *row = context;
  const size_t at = place(row, b);
  parts_of(row)->finish(row->op, row->high + at, row->low + at, row->high + at, fa_block_length(row->filled, b), row->m,
                        row->s);
}

void fa_long_row_take(fa_long_row *row) {
  static const fa_stage stages[FA_STAGES] = {
      [FA_FIND_MAX] = {find_max, join_max}, [FA_ADD_EXP] = {add_exp, join_exp}, [FA_FINISH] = {finish, NULL}};
  fa_run_stages(row, fa_blocks_of(row->filled), row->workers, &stages[row->stage], 1);
}
