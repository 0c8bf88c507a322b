/* fastact in C and C++: neural-network activations on the CPU, their gradients, softmax and losses.
 *
 *     #include <fastact/fastact.h>
 *     float x[3] = {-1, 0, 1}, y[3];
 *     fa_sigmoid_f32(x, y, 3);
 *
 * Activations, gates and their gradients stand in elementwise.h, rows and losses here. Names end in _f32 for float and
 * in _f64 for double.
 *
 * Nothing is to be called first. Functions may be called from any number of threads at once, and in any floating-point
 * mode: they compute in the default one, and leave the mode and its flags as they were. The same input gives the same
 * bits in Python, on every machine and with any number of threads. Large arrays are shared among threads (engine.h:
 * fa_set_threads).
 *
 * Arrays are contiguous and aligned to their elements. An output may be one of the inputs, the same elements; no output
 * may overlap an input or another output otherwise, which nothing checks. Arrays of no elements may be NULL.
 *
 * engine.h and kernels.h are for who wants more: strides, 16-bit types, masks, the table of kernels. */
#ifndef FASTACT_H
#define FASTACT_H
#include "elementwise.h"
#include "engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the library ---- */

/* The number of this interface, and that of the library that a program runs with. It is raised where a program must be
 * compiled anew: where they differ, nothing else may be called. */
#define FASTACT_ABI 1
FA_API int fa_abi(void);

/* The kernels in use; in_use()->name is "avx512", "avx2", "neon" or "portable". Where nobody has chosen, they are those
 * that the environment variable FASTACT_ISA names, else the best of this CPU. */
FA_API const fa_kernels *fa_in_use(void);

/* Chooses kernels as fa_select() does, for the whole process and from the next call on. Returns NULL where they cannot
 * be had, and then *why says what is missing; those in use stay. All give the same bits. */
FA_API const fa_kernels *fa_use(const char *isa, const char **why);

/* ---- rows: `rows` of them, of `length` elements, one after the other ---- */

/* FA_DONE, or FA_NO_MEMORY where there is none for scratch; then the output is undefined. */

/* exp(x) / sum(exp(x)) of each row. */
FA_API fa_status fa_softmax_rows_f32(const float *x, float *y, size_t rows, size_t length);
FA_API fa_status fa_softmax_rows_f64(const double *x, double *y, size_t rows, size_t length);

/* Its logarithm, x - log(sum(exp(x))). */
FA_API fa_status fa_log_softmax_rows_f32(const float *x, float *y, size_t rows, size_t length);
FA_API fa_status fa_log_softmax_rows_f64(const double *x, double *y, size_t rows, size_t length);

/* log(sum(exp(x))) of each row: y has `rows` elements and is apart from x. -inf for rows of no elements. */
FA_API fa_status fa_logsumexp_rows_f32(const float *x, float *y, size_t rows, size_t length);
FA_API fa_status fa_logsumexp_rows_f64(const double *x, double *y, size_t rows, size_t length);

/* Gradients from the function's result y: dx = y (dy - sum(dy y)), and dx = dy - exp(y) sum(dy). */
FA_API fa_status fa_softmax_grad_rows_f32(const float *dy, const float *y, float *dx, size_t rows, size_t length);
FA_API fa_status fa_softmax_grad_rows_f64(const double *dy, const double *y, double *dx, size_t rows, size_t length);
FA_API fa_status fa_log_softmax_grad_rows_f32(const float *dy, const float *y, float *dx, size_t rows, size_t length);
FA_API fa_status fa_log_softmax_grad_rows_f64(const double *dy, const double *y, double *dx, size_t rows,
                                              size_t length);

/* ---- losses, from logits ---- */

/* Cross entropy of rows of logits, an element for each class, with a label for each row, a class from 0 on:
 * log(sum(exp(logits))) - logits[label]. A row with a negative label counts for nothing: its loss and its gradient are
 * 0. dlogits becomes the gradient; it may be logits, and NULL where no gradient is wanted. FA_BAD_LABEL where a label
 * is not below `classes`; nothing has been written then.
 *
 * rows: the loss of each row, unless `loss` is NULL, and the gradient of their sum. */
FA_API fa_status fa_cross_entropy_rows_f32(const float *logits, const ptrdiff_t *labels, float *loss, float *dlogits,
                                           size_t rows, size_t classes);
FA_API fa_status fa_cross_entropy_rows_f64(const double *logits, const ptrdiff_t *labels, double *loss, double *dlogits,
                                           size_t rows, size_t classes);

/* mean: one loss, the mean over the rows that count, NaN where none does, and its gradient. */
FA_API fa_status fa_cross_entropy_mean_f32(const float *logits, const ptrdiff_t *labels, float *loss, float *dlogits,
                                           size_t rows, size_t classes);
FA_API fa_status fa_cross_entropy_mean_f64(const double *logits, const ptrdiff_t *labels, double *loss, double *dlogits,
                                           size_t rows, size_t classes);

/* Binary cross entropy of sigmoid(logits), element by element: -(pos_weight t log(sigmoid(x)) + (1 - t)
 * log(1 - sigmoid(x))) for targets t from 0 to 1, where a pos_weight of 1 is usual. dlogits becomes the gradient of
 * their sum; it may be NULL. */
FA_API void fa_binary_cross_entropy_with_logits_f32(const float *logits, const float *targets, float *loss,
                                                    float *dlogits, size_t n, float pos_weight);
FA_API void fa_binary_cross_entropy_with_logits_f64(const double *logits, const double *targets, double *loss,
                                                    double *dlogits, size_t n, double pos_weight);

/* ---- one weight for all ---- */

/* prelu's gradient: dx = dy for x > 0, weight dy elsewhere, and *dweight = the sum of dy x over x <= 0. FA_DONE or
 * FA_NO_MEMORY. */
FA_API fa_status fa_prelu_grad_f32(const float *dy, const float *x, float *dx, float *dweight, size_t n, float weight);
FA_API fa_status fa_prelu_grad_f64(const double *dy, const double *x, double *dx, double *dweight, size_t n,
                                   double weight);

/* ---- any operation, by its number, with the kernels in use and in the floating-point mode as above ---- */

/* fa_run(): n elements at steps in bytes, of inputs and then outputs, also of 16-bit types. */
FA_API void fa_call(fa_op op, fa_dtype dtype, char *const *args, const ptrdiff_t *steps, size_t n);

/* fa_run_rows(). */
FA_API fa_status fa_call_rows(fa_row_op op, fa_dtype dtype, const fa_strided *arrays, const char *reduced);

#ifdef __cplusplus
}
#endif
#endif
