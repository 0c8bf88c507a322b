/* Cross entropy. Rows are counted in C order over the axes that are not the classes'; a task is a range of them, cut
 * where the arrays do not step evenly. Tasks are shared among threads, and so are the blocks of long rows where rows
 * are few. */
#include "engine/loss_weights.h"
#include "engine/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 4096, LEAST_VECTOR = 16 };

typedef struct {
  const fa_kernels *table;
  const fa_cross_entropy *call;
  fa_losses_kernel kernel;
  size_t first, rows, per_task; /* the number of the first row; of all rows; of a task's */
  size_t first_task, tasks;     /* that are to be run */
  int has_gradient;
  const fa_rows_plan *plan;
} losses;

/* ---- labels and losses ---- */

/* A copy of the labels from the first on, which no other thread writes to; a row that counts 0 has none. */
static void read_labels(const fa_cross_entropy *call, size_t first, ptrdiff_t *label, size_t count) {
  if (call->label) memcpy(label, call->label + first, count * sizeof *label);
  else memset(label, 0, count * sizeof *label);
  for (size_t i = 0; has_factors(call) && i < count; i++)
    if (label[i] >= 0 && factor_of(call, first + i, label[i]) == 0) label[i] = -1;
}

/* Weighs the losses of the rows from the first on and takes them where they are wanted. */
static void take_losses(const fa_cross_entropy *call, size_t first, const ptrdiff_t *label, double *loss,
                        size_t count) {
  for (size_t i = 0; has_factors(call) && i < count; i++)
    if (label[i] >= 0) loss[i] *= factor_of(call, first + i, label[i]);
  if (call->sums) fa_sums_add(call->sums, first, loss, count);
  for (size_t i = 0; call->loss_f32 && i < count; i++) call->loss_f32[first + i] = (float)loss[i];
  for (size_t i = 0; call->loss_f64 && i < count; i++) call->loss_f64[first + i] = loss[i];
}

/* ---- tasks ---- */

/* What one thread needs for its tasks, in one piece of memory. */
typedef struct {
  ptrdiff_t *label;
  double *scale, *loss, *whole; /* of each row of a task; whole: what all of its classes count for */
  double *slope, *bend;         /* the derivatives of its focal loss by its cross entropy */
  void *scratch, *memory;
} workspace;

static int open_workspace(workspace *own, const losses *l) {
  const size_t rows = l->per_task, scratch = fa_scratch(FA_SOFTMAX, l->call->dtype, l->plan->n, l->plan->columns);
  own->scratch =
      fa_take_scratch((scratch + 63) / 64 * 64 + rows * (5 * sizeof(double) + sizeof(ptrdiff_t)), &own->memory);
  if (!own->scratch) return 0;
  own->scale = (double *)((char *)own->scratch + (scratch + 63) / 64 * 64);
  own->loss = own->scale + rows;
  own->whole = own->loss + rows;
  own->slope = own->whole + rows;
  own->bend = own->slope + rows;
  own->label = (ptrdiff_t *)(own->bend + rows);
  for (size_t i = 0; i < rows; i++) own->scale[i] = l->call->grad_scale;
  return 1;
}

/* A batch without weights at once, rows that have some one by one: the kernel has one scale for the gradients of all.
 */
static void run_soft(const losses *l, size_t row, const fa_rows *rows, workspace *own) {
  const fa_cross_entropy *call = l->call;
  const ptrdiff_t itemsize = (ptrdiff_t)fa_itemsize(call->dtype);
  const char *target = (const char *)call->target + call->target_step * (ptrdiff_t)row * itemsize;
  fa_soft_losses part = {*rows, target, call->target_step, call->target_scale, NULL, NULL, call->grad_scale, own->loss};
  if (call->label) part.label = own->label, part.label_weight = own->scale;
  for (size_t i = 0; call->label && i < rows->count; i++)
    own->scale[i] = call->label_weight * weight_of(call, own->label[i]);
  if (call->row_weight) part.rows.count = 1;
  for (size_t i = 0; i < rows->count; i += part.rows.count) {
    if (call->row_weight) {
      const int counts = own->label[i] >= 0;
      part.rows.x = (const char *)rows->x + rows->xstep * (ptrdiff_t)i * itemsize;
      part.rows.y = rows->y ? (char *)rows->y + rows->ystep * (ptrdiff_t)i * itemsize : NULL;
      part.t = target + call->target_step * (ptrdiff_t)i * itemsize;
      part.label = call->label || !counts ? own->label + i : NULL;
      part.label_weight = own->scale + i;
      part.grad_scale = call->grad_scale * weight_of_row(call, l->first + row + i);
      part.loss = own->loss + i;
    }
    l->table->soft_loss_rows[call->dtype](&part);
  }
}

static void run_labels(const losses *l, size_t row, const fa_rows *rows, workspace *own) {
  const fa_cross_entropy *call = l->call;
  const fa_losses part = {*rows, own->label, l->has_gradient ? own->scale : NULL, own->loss};
  for (size_t i = 0; has_factors(call) && l->has_gradient && i < rows->count; i++)
    own->scale[i] = own->label[i] < 0 ? 0 : factor_of(call, l->first + row + i, own->label[i]) * call->grad_scale;
  l->kernel(&part);
}

static double sum_of_row(fa_dtype dtype, const void *t, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i++) total += dtype == FA_F32 ? (double)((const float *)t)[i] : ((const double *)t)[i];
  return total;
}

/* The Hessian of a row is what its classes count for in all, times diag(p) - p p'. */
static void run_hessian(const losses *l, size_t row, const fa_rows *rows, char *hessian, workspace *own) {
  const fa_cross_entropy *call = l->call;
  const fa_dtype dtype = call->dtype;
  const ptrdiff_t target_step = call->target_step * (ptrdiff_t)fa_itemsize(dtype);
  fa_hessian part = {*rows, own->whole, call->gamma ? own->bend : NULL, own->label};
  double of_target = 0;
  part.rows.y = hessian, part.rows.ystep = l->plan->step[FA_ROW_DY];
  for (size_t i = 0; i < rows->count; i++) {
    const ptrdiff_t label = own->label[i];
    if (call->target && (i == 0 || call->target_step))
      of_target = call->target_scale *
                  sum_of_row(dtype, (const char *)call->target + target_step * (ptrdiff_t)(row + i), rows->n);
    const double of_label = !call->label ? 0 : weight_of(call, label) * (call->target ? call->label_weight : 1);
    const double of_row = weight_of_row(call, l->first + row + i) * call->grad_scale;
    own->whole[i] = label < 0 ? 0 : (of_target + of_label) * of_row;
    if (!call->gamma) continue;
    own->bend[i] = label < 0 ? 0 : own->bend[i] * own->whole[i];
    own->whole[i] = label < 0 ? 0 : own->slope[i] * own->whole[i];
  }
  (l->plan->columns ? l->table->hessian_columns : l->table->hessian_rows)[dtype](&part);
}

/* The losses of the rows, without their weights, and their derivatives by the cross entropy; before the gradient, which
 * may take the logits' place. */
static void run_focal(const losses *l, const fa_rows *rows, workspace *own) {
  fa_losses part = {*rows, own->label, NULL, own->loss};
  part.rows.y = NULL;
  l->kernel(&part);
  (*l->table->focal)(l->call->gamma, rows->count, own->loss, own->slope, own->bend);
}
/* The gradient, once these are known: that of the cross entropy times the slope. */
static void run_focal_gradient(const losses *l, size_t row, const fa_rows *rows, workspace *own) {
  const fa_cross_entropy *call = l->call;
  const fa_losses part = {*rows, own->label, own->slope, own->whole};
  for (size_t i = 0; i < rows->count; i++) {
    const double factor = own->label[i] < 0 ? 0 : factor_of(call, l->first + row + i, own->label[i]) * call->grad_scale;
    own->slope[i] = factor == 0 ? 0 : own->slope[i] * factor;
  }
  l->kernel(&part);
}

static void run_task(const losses *l, size_t task, workspace *own) {
  const fa_cross_entropy *call = l->call;
  const size_t begin = task * l->per_task, end = l->rows - begin < l->per_task ? l->rows : begin + l->per_task;
  fa_rows part = {.n = l->plan->n, .scratch = own->scratch};
  part.xstep = l->plan->step[FA_ROW_X], part.ystep = l->has_gradient ? l->plan->step[FA_ROW_Y] : part.xstep;
  for (size_t row = begin; row < end; row += part.count) {
    const size_t in_batch = row % l->plan->count, left = l->plan->count - in_batch;
    char *at[FA_ROW_ARRAYS];
    fa_locate_row(l->plan, row / l->plan->count, in_batch, at);
    part.count = left < end - row ? left : end - row;
    part.x = at[FA_ROW_X], part.y = l->has_gradient ? at[FA_ROW_Y] : NULL;
    read_labels(call, l->first + row, own->label, part.count);
    fa_give_extra(&part, call->extra, call->dtype, l->first + row);
    if (call->gamma) run_focal(l, &part, own);
    if (call->hessian) run_hessian(l, row, &part, at[FA_ROW_DY], own); /* the gradient may take the logits' place */
    if (call->target) run_soft(l, row, &part, own);
    else if (!call->gamma) run_labels(l, row, &part, own);
    else if (l->has_gradient) run_focal_gradient(l, row, &part, own);
    take_losses(call, l->first + row, own->label, own->loss, part.count);
  }
}

static int run_tasks(void *context, size_t share, size_t shares) {
  const losses *l = context;
  workspace own;
  if (!open_workspace(&own, l)) return FA_NO_MEMORY;
  for (size_t task = l->tasks * share / shares; task < l->tasks * (share + 1) / shares; task++)
    run_task(l, l->first_task + task, &own);
  free(own.memory);
  return FA_DONE;
}

/* ---- a long row with a label that is one of its classes ---- */

typedef struct {
  const losses *all;
  size_t row, step; /* step: bytes from one block to the next */
  const char *x;
  char *y;
  ptrdiff_t label;
  double *of_block, m, rest, at_label, scale;
} long_row;

static const fa_loss_blocks *kernels_of(const long_row *row) {
  return &row->all->table->loss_blocks[row->all->call->dtype];
}
static size_t length(const long_row *row, size_t b) { return fa_block_length(row->all->plan->n, b); }
static ptrdiff_t label_from(const long_row *row, size_t b) { return row->label - (ptrdiff_t)(b * FA_BLOCK); }

static void find_max(void *context, size_t b) {
  long_row *row = context;
  row->of_block[b] = row->all->table->row_blocks[row->all->call->dtype].maximum(row->x + b * row->step, length(row, b));
}
static void join_max(void *context) {
  long_row *row = context;
  row->m = row->of_block[0];
  for (size_t b = 1; b < fa_blocks_of(row->all->plan->n); b++)
    row->m = row->of_block[b] > row->m ? row->of_block[b] : row->m;
  row->at_label =
      row->all->call->dtype == FA_F32 ? ((const float *)row->x)[row->label] : ((const double *)row->x)[row->label];
}
static void add_exp(void *context, size_t b) {
  long_row *row = context;
  char *y = row->y ? row->y + b * row->step : NULL;
  row->of_block[b] = kernels_of(row)->exp_sum(row->x + b * row->step, y, length(row, b), label_from(row, b), row->m);
}
static double loss_of(long_row *row, char *y, size_t n, size_t b) {
  return kernels_of(row)->finish(y, n, row->all->plan->n, label_from(row, b), row->scale, row->m, row->at_label,
                                 row->rest);
}
static void join_exp(void *context) {
  long_row *row = context;
  const losses *l = row->all;
  row->rest = 0;
  for (size_t b = 0; b < fa_blocks_of(l->plan->n); b++) row->rest += row->of_block[b];
  row->scale = factor_of(l->call, l->first + row->row, row->label) * l->call->grad_scale;
  double loss = loss_of(row, NULL, 0, 0); /* that of the row, which every block gives */
  take_losses(l->call, l->first + row->row, &row->label, &loss, 1);
}
static void finish(void *context, size_t b) {
  long_row *row = context;
  loss_of(row, row->y + b * row->step, length(row, b), b);
}

static int run_long_row(const losses *l, size_t index, ptrdiff_t label, int workers) {
  static const fa_stage stages[] = {{find_max, join_max}, {add_exp, join_exp}, {finish, NULL}};
  const size_t blocks = fa_blocks_of(l->plan->n);
  char *at[FA_ROW_ARRAYS];
  long_row row = {.all = l, .row = index, .step = FA_BLOCK * fa_itemsize(l->call->dtype), .label = label};
  row.of_block = malloc(blocks * sizeof(double));
  if (!row.of_block) return FA_NO_MEMORY;
  fa_locate_row(l->plan, index / l->plan->count, index % l->plan->count, at);
  row.x = at[FA_ROW_X], row.y = l->has_gradient ? at[FA_ROW_Y] : NULL;
  fa_run_stages(&row, blocks, workers, stages, row.y ? 3 : 2);
  free(row.of_block);
  return FA_DONE;
}

static int run_long_rows(losses *l, int workers) {
  int failed = FA_DONE;
  l->per_task = l->tasks = 1;
  for (l->first_task = 0; l->first_task < l->rows; l->first_task++) {
    const ptrdiff_t label = fa_label(l->call->label, l->first + l->first_task);
    const double factor = label < 0 ? 0 : factor_of(l->call, l->first + l->first_task, label);
    if ((size_t)label >= l->plan->n || factor == 0) failed |= fa_parallel(1, run_tasks, l);
    else failed |= run_long_row(l, l->first_task, label, workers);
  }
  return failed;
}

/* ---- the whole call ---- */

/* Rows of a task: whole blocks of the sums, which come in order and from one thread. */
static size_t rows_per_task(const losses *l, int workers) {
  const size_t block = l->call->sums ? l->call->sums->block : 1,
               even = (l->rows + (size_t)workers - 1) / (size_t)workers;
  size_t per = l->plan->n < FA_TASK ? FA_TASK / l->plan->n : 1;
  if (per > MOST_ROWS) per = MOST_ROWS;
  if (l->plan->columns && per < FA_LEAST_COLUMNS) per = FA_LEAST_COLUMNS;
  if (workers > 1 && l->rows / per < 4 * (size_t)workers && even < per) per = even;
  if (per > 16) per = fa_whole_groups(per);
  per = (per + block - 1) / block * block;
  return per < l->rows ? per : l->rows;
}

static int run_call(losses *l) {
  int workers = fa_workers(l->rows * l->plan->n);
  if (workers > 1 && !l->call->target && !l->call->extra && !l->call->gamma && !l->call->hessian && !l->plan->columns &&
      l->rows < (size_t)workers && l->plan->n >= FA_LEAST_SPLIT)
    return run_long_rows(l, workers);
  l->per_task = rows_per_task(l, workers);
  l->first_task = 0, l->tasks = (l->rows + l->per_task - 1) / l->per_task;
  if (l->call->sums && l->first % l->call->sums->block && l->tasks > 1) workers = 1;
  return fa_parallel(workers, run_tasks, l);
}

fa_status fa_run_cross_entropy(const fa_kernels *table, const fa_cross_entropy *call, const fa_strided *arrays,
                               int axis, size_t first) {
  fa_rows_plan plan; /* some KiB, of which a call uses little: to clear it would take longer than small rows */
  losses l = {.table = table, .call = call, .first = first, .plan = &plan};
  const ptrdiff_t size = (ptrdiff_t)fa_itemsize(call->dtype);
  char reduced[FA_MAX_DIMENSIONS] = {0};
  reduced[axis] = 1;
  if (call->extra && (call->target || call->hessian)) return FA_UNSUPPORTED_LAYOUT;
  l.has_gradient = arrays->args[FA_ROW_Y] != NULL;
  const int count = call->hessian ? 3 : l.has_gradient ? 2 : 1;
  if (!fa_plan_rows(&plan, arrays, reduced, count, size, FA_C_ORDER)) return FA_UNSUPPORTED_LAYOUT;
  /* fewer columns than a vector has lanes are better copied; targets are read along rows alone */
  if (plan.columns && (plan.count < LEAST_VECTOR || plan.n > fa_loss_columns_most() || call->target))
    return FA_UNSUPPORTED_LAYOUT;
  l.kernel = plan.columns ? table->loss_columns[call->dtype] : table->loss_rows[call->dtype];
  l.rows = plan.repeats * plan.count;
  return run_call(&l) ? FA_NO_MEMORY : FA_DONE;
}
