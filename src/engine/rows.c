/* Row operations where their arrays lie: tasks, each some rows of a batch, are shared among threads, and so are the
 * blocks of long rows where rows are few. */
#include "engine/rows.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  const fa_kernels *table;
  fa_rows_kernel kernel;
  fa_row_op op;
  fa_dtype dtype;
  int stream;
  size_t per_task; /* rows (or columns) */
  char *sums;      /* logsumexp of each row, or NULL */
  const fa_extra *extra;
  const fa_rows_plan *plan;
} rows_call;

static size_t tasks_per_batch(const rows_call *call) {
  return (call->plan->count + call->per_task - 1) / call->per_task;
}

static void run_task(const rows_call *call, size_t task, void *scratch) {
  const fa_rows_plan *plan = call->plan;
  const size_t tasks = tasks_per_batch(call), first = task % tasks * call->per_task, left = plan->count - first;
  char *at[FA_ROW_ARRAYS];
  fa_locate_row(plan, task / tasks, first, at);
  fa_rows part = {.x = at[FA_ROW_X], .y = at[FA_ROW_Y], .n = plan->n, .scratch = scratch, .stream = call->stream};
  part.count = left < call->per_task ? left : call->per_task;
  part.xstep = plan->step[FA_ROW_X], part.ystep = plan->step[FA_ROW_Y];
  fa_give_extra(&part, call->extra, call->dtype, task / tasks * plan->count + first);
  if (call->sums) { /* first: y may be x */
    fa_rows sums = part;
    sums.y = call->sums + (task / tasks * plan->count + first) * fa_itemsize(call->dtype), sums.ystep = 1;
    (plan->columns ? call->table->columns : call->table->rows)[FA_LOGSUMEXP][call->dtype](&sums);
  }
  if (fa_is_gradient(call->op)) part.dy = at[FA_ROW_DY], part.dystep = plan->step[FA_ROW_DY];
  call->kernel(&part);
}

/* The tasks of one thread, with its scratch. */
static int run_tasks(void *context, size_t share, size_t shares) {
  const rows_call *call = context;
  const size_t tasks = call->plan->repeats * tasks_per_batch(call);
  void *memory;
  char *scratch = fa_take_scratch(fa_scratch(call->op, call->dtype, call->plan->n, call->plan->columns), &memory);
  if (!scratch) return FA_NO_MEMORY;
  for (size_t task = tasks * share / shares; task < tasks * (share + 1) / shares; task++) run_task(call, task, scratch);
  free(memory);
  return FA_DONE;
}

/* ---- a long row ---- */

typedef struct {
  const rows_call *call;
  char *at[FA_ROW_ARRAYS];
  size_t blocks, step; /* step: bytes from one block to the next */
  double *of_block;    /* maxima; of a gradient: two sums each, those of the row in the first one's place */
  double *sums;        /* two of each block, likewise */
  double m, extra;     /* the maximum; the extra logit, -inf for none */
} long_row;

static const fa_row_blocks *kernels_of(const long_row *row) { return &row->call->table->row_blocks[row->call->dtype]; }
static size_t length(const long_row *row, size_t b) { return fa_block_length(row->call->plan->n, b); }

static void find_max(void *context, size_t b) {
  long_row *row = context;
  row->of_block[b] = kernels_of(row)->maximum(row->at[FA_ROW_X] + b * row->step, length(row, b));
}
static void join_max(void *context) {
  long_row *row = context;
  row->m = row->of_block[0];
  for (size_t b = 1; b < row->blocks; b++) row->m = row->of_block[b] > row->m ? row->of_block[b] : row->m;
  row->m = row->extra > row->m ? row->extra : row->m;
}
static void add_exp(void *context, size_t b) {
  long_row *row = context;
  char *y = row->call->op == FA_SOFTMAX ? row->at[FA_ROW_Y] + b * row->step : NULL;
  kernels_of(row)->exp_sum(row->at[FA_ROW_X] + b * row->step, y, length(row, b), row->m, row->sums + 2 * b);
}
/* A block of its own. */
static void add_extra(long_row *row) {
  const fa_dtype dtype = row->call->dtype == FA_F64 ? FA_F64 : FA_F32;
  const float single = (float)row->extra;
  double weight;
  row->call->table->row_blocks[dtype].exp_sum(dtype == FA_F64 ? (const void *)&row->extra : &single,
                                              row->call->op == FA_SOFTMAX ? &weight : NULL, 1, row->m, row->sums);
}
static void join_exp(void *context) {
  long_row *row = context;
  for (size_t b = 1; b < row->blocks; b++) row->sums[0] += row->sums[2 * b], row->sums[1] += row->sums[2 * b + 1];
  if (row->extra != -INFINITY) add_extra(row);
  if (row->call->op == FA_LOGSUMEXP)
    kernels_of(row)->finish[FA_LOGSUMEXP](row->at[FA_ROW_X], row->at[FA_ROW_Y], row->call->plan->n, row->m, row->sums);
}
static void finish(void *context, size_t b) {
  long_row *row = context;
  const size_t at = b * row->step;
  kernels_of(row)->finish[row->call->op](row->at[FA_ROW_X] + at, row->at[FA_ROW_Y] + at, length(row, b), row->m,
                                         row->sums);
}
static const fa_stage of_function[] = {{find_max, join_max}, {add_exp, join_exp}, {finish, NULL}};

static const fa_gradient_blocks *gradient_kernels_of(const long_row *row) {
  return &row->call->table->gradient_blocks[row->call->op - FA_SOFTMAX_GRAD][row->call->dtype];
}
static void add_products(void *context, size_t b) {
  long_row *row = context;
  const size_t at = b * row->step;
  gradient_kernels_of(row)->sum(row->at[FA_ROW_DY] + at, row->at[FA_ROW_X] + at, length(row, b), row->of_block + 2 * b);
}
static void join_products(void *context) {
  long_row *row = context;
  gradient_kernels_of(row)->join(row->of_block, row->blocks);
}
static void finish_gradient(void *context, size_t b) {
  long_row *row = context;
  const size_t at = b * row->step;
  gradient_kernels_of(row)->finish(row->at[FA_ROW_DY] + at, row->at[FA_ROW_X] + at, row->at[FA_ROW_Y] + at,
                                   length(row, b), row->of_block);
}
static const fa_stage of_gradient[] = {{add_products, join_products}, {finish_gradient, NULL}};

static double extra_of(const rows_call *call, size_t index) {
  if (!call->extra) return -INFINITY;
  index *= (size_t)call->extra->step;
  return call->dtype == FA_F64 ? ((const double *)call->extra->logits)[index]
                               : ((const float *)call->extra->logits)[index];
}

static int run_long_row(const rows_call *call, size_t index, int workers) {
  long_row row = {.call = call,
                  .blocks = fa_blocks_of(call->plan->n),
                  .step = FA_BLOCK * fa_itemsize(call->dtype),
                  .extra = extra_of(call, index)};
  row.of_block = calloc(3 * row.blocks, sizeof(double));
  if (!row.of_block) return FA_NO_MEMORY;
  row.sums = row.of_block + row.blocks;
  fa_locate_row(call->plan, index / call->plan->count, index % call->plan->count, row.at);
  if (fa_is_gradient(call->op)) fa_run_stages(&row, row.blocks, workers, of_gradient, 2);
  else fa_run_stages(&row, row.blocks, workers, of_function, call->op == FA_LOGSUMEXP ? 2 : 3);
  free(row.of_block);
  return FA_DONE;
}

/* ---- the whole call ---- */

static size_t rows_per_task(const fa_rows_plan *plan, int workers) {
  size_t per = plan->n < FA_TASK ? FA_TASK / plan->n : 1;
  if (plan->columns && per < FA_LEAST_COLUMNS) per = FA_LEAST_COLUMNS;
  if (workers > 1 && plan->repeats < (size_t)workers) {
    const size_t most = (plan->count + (size_t)workers - 1) / (size_t)workers;
    per = per < most ? per : most;
  }
  return plan->columns || plan->n <= 64 ? fa_whole_groups(per) : per;
}

static int run_call(rows_call *call) {
  const size_t rows = call->plan->repeats * call->plan->count;
  const int workers = fa_workers(rows * call->plan->n);
  int failed = 0;
  if (workers > 1 && !call->plan->columns && rows < (size_t)workers && call->plan->n >= FA_LEAST_SPLIT) {
    if (call->sums) return FA_UNSUPPORTED_LAYOUT;
    for (size_t row = 0; row < rows; row++) failed |= run_long_row(call, row, workers);
    return failed;
  }
  call->per_task = rows_per_task(call->plan, workers);
  return fa_parallel(workers, run_tasks, call);
}

static fa_status run_rows(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *arrays,
                          const char *reduced, const fa_extra *extra, char *sums) {
  fa_rows_plan plan; /* some KiB, of which a call uses little: to clear it would take longer than small rows */
  const int count = fa_is_gradient(op) ? 3 : 2;
  const size_t size = fa_itemsize(dtype);
  if (!fa_plan_rows(&plan, arrays, reduced, count, (ptrdiff_t)size,
                    (op == FA_LOGSUMEXP ? FA_ONE_RESULT : 0) | (sums || (extra && extra->step) ? FA_C_ORDER : 0)))
    return FA_UNSUPPORTED_LAYOUT;
  rows_call call = {.table = table, .op = op, .dtype = dtype, .plan = &plan, .sums = sums, .extra = extra};
  call.kernel = plan.columns ? table->columns[op][dtype] : table->rows[op][dtype];
  call.stream = op != FA_LOGSUMEXP && fa_rows_stream((size_t)count * plan.repeats * plan.count * plan.n * size);
  const int status = run_call(&call);
  return status == FA_UNSUPPORTED_LAYOUT ? status : status ? FA_NO_MEMORY : FA_DONE;
}

fa_status fa_run_rows(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *arrays,
                      const char *reduced) {
  return run_rows(table, op, dtype, arrays, reduced, NULL, NULL);
}
fa_status fa_run_rows_and_sums(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *arrays,
                               const char *reduced, const fa_extra *extra, void *sums) {
  return run_rows(table, op, dtype, arrays, reduced, extra, sums);
}
