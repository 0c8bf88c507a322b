/* Row functions and cross entropy of contiguous rows. */
#include <math.h>
#include <string.h>

#include "engine/fpmode.h"
#include "fastact/fastact.h"
#include "functions/put.h"

/* Rows of `length` elements at each address; a NULL stands for no array. */
static void lay_out(fa_strided *nest, ptrdiff_t size, size_t rows, size_t length, const void *x, const void *y,
                    const void *dy) {
  const void *const args[] = {x, y, dy};
  nest->dimensions = 2, nest->shape[0] = rows, nest->shape[1] = length;
  for (int a = 0; a < 3; a++) {
    nest->args[a] = (char *)args[a];
    nest->steps[a][0] = (ptrdiff_t)length * size, nest->steps[a][1] = size;
  }
}
static const char along_rows[] = {0, 1};

static fa_status run_rows(fa_row_op op, fa_dtype dtype, ptrdiff_t size, const void *x, void *y, const void *dy,
                          size_t rows, size_t length) {
  fa_strided nest;
  if (!rows || !length) return FA_DONE;
  lay_out(&nest, size, rows, length, x, y, dy);
  if (op == FA_LOGSUMEXP) nest.steps[1][0] = size;
  return fa_call_rows(op, dtype, &nest, along_rows);
}

#define ROWS(T, real, type) \
  fa_status fa_softmax_rows_##T(const real *x, real *y, size_t rows, size_t length) { \
    return run_rows(FA_SOFTMAX, type, sizeof(real), x, y, NULL, rows, length); \
  } \
  fa_status fa_log_softmax_rows_##T(const real *x, real *y, size_t rows, size_t length) { \
    return run_rows(FA_LOG_SOFTMAX, type, sizeof(real), x, y, NULL, rows, length); \
  } \
  fa_status fa_logsumexp_rows_##T(const real *x, real *y, size_t rows, size_t length) { \
    for (size_t i = 0; !length && i < rows; i++) y[i] = -(real)INFINITY; \
    return run_rows(FA_LOGSUMEXP, type, sizeof(real), x, y, NULL, rows, length); \
  } \
  fa_status fa_softmax_grad_rows_##T(const real *dy, const real *y, real *dx, size_t rows, size_t length) { \
    return run_rows(FA_SOFTMAX_GRAD, type, sizeof(real), y, dx, dy, rows, length); \
  } \
  fa_status fa_log_softmax_grad_rows_##T(const real *dy, const real *y, real *dx, size_t rows, size_t length) { \
    return run_rows(FA_LOG_SOFTMAX_GRAD, type, sizeof(real), y, dx, dy, rows, length); \
  }
ROWS(f32, float, FA_F32)
ROWS(f64, double, FA_F64)

/* ---- cross entropy ---- */

/* Another thread may write to labels meanwhile: the engine compares each with the classes once more. */
static int are_labels(const ptrdiff_t *labels, size_t rows, size_t classes) {
  int all_are = 1;
  for (size_t i = 0; i < rows; i++) all_are &= labels[i] < 0 || (size_t)labels[i] < classes;
  return all_are;
}

/* Losses go where `call` says. */
static fa_status run_losses(const fa_cross_entropy *call, ptrdiff_t size, const void *logits, void *dlogits,
                            size_t rows) {
  fa_strided nest;
  if (!rows || !call->classes) return FA_DONE;
  lay_out(&nest, size, rows, call->classes, logits, dlogits, NULL);
  return fa_run_cross_entropy(fa_in_use(), call, &nest, 1, 0);
}

static fa_status of_each_row(fa_cross_entropy *call, ptrdiff_t size, const void *logits, void *loss, void *dlogits,
                             size_t rows) {
  if (!are_labels(call->label, rows, call->classes)) return FA_BAD_LABEL;
  if (!call->classes && loss) memset(loss, 0, rows * (size_t)size);
  if (call->dtype == FA_F32) call->loss_f32 = loss;
  else call->loss_f64 = loss;
  const fa_fp_mode before = fa_fp_enter();
  const fa_status status = run_losses(call, size, logits, dlogits, rows);
  fa_fp_leave(before);
  return status;
}

static fa_status mean_of_rows(fa_cross_entropy *call, ptrdiff_t size, const void *logits, void *loss, void *dlogits,
                              size_t rows) {
  fa_sums sums;
  double counted, mean = NAN;
  fa_status status = FA_DONE;
  if (!are_labels(call->label, rows, call->classes)) return FA_BAD_LABEL;
  const fa_fp_mode before = fa_fp_enter();
  if (rows && call->classes) {
    fa_sum_of_weights(call, rows, &counted); /* counts labels, where classes have no weights */
    if (counted) call->grad_scale = 1 / counted;
    call->sums = &sums;
    status = fa_sums_open(&sums, rows, call->classes);
    if (status == FA_DONE) {
      status = run_losses(call, size, logits, dlogits, rows);
      mean = fa_sums_close(&sums) / counted;
    }
  }
  fa_put(loss, call->dtype, mean);
  fa_fp_leave(before);
  return status;
}

#define LOSSES(T, real, type) \
  fa_status fa_cross_entropy_rows_##T(const real *logits, const ptrdiff_t *labels, real *loss, real *dlogits, \
                                      size_t rows, size_t classes) { \
    fa_cross_entropy call = {.dtype = type, .classes = classes, .label = labels, .grad_scale = 1}; \
    return of_each_row(&call, sizeof(real), logits, loss, dlogits, rows); \
  } \
  fa_status fa_cross_entropy_mean_##T(const real *logits, const ptrdiff_t *labels, real *loss, real *dlogits, \
                                      size_t rows, size_t classes) { \
    fa_cross_entropy call = {.dtype = type, .classes = classes, .label = labels, .grad_scale = 1}; \
    return mean_of_rows(&call, sizeof(real), logits, loss, dlogits, rows); \
  }
LOSSES(f32, float, FA_F32)
LOSSES(f64, double, FA_F64)
