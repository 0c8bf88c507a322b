/* Runs kernels on arrays: of any layout and of 16-bit types too, on as many threads as serve. kernels.h is the contract
 * of the kernels themselves.
 *
 * Memory is described by fa_strided, and what runs over its elements by fa_loop; who calls sees to it that the arrays
 * are aligned to their element size where nothing else is said, and is in the default floating-point mode. Functions
 * that need memory of their own return FA_NO_MEMORY where there is none. */
#ifndef FASTACT_ENGINE_H
#define FASTACT_ENGINE_H
#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what is run, and on what ---- */

/* What runs the elements of one operation and type. */
typedef struct {
  const fa_kernels *table;
  fa_map_kernel kernel; /* a type of 16 bits has float32's */
  fa_dtype dtype;       /* of all arguments */
  int inputs, outputs;
  fa_cost cost;
} fa_loop;

FA_API fa_loop fa_loop_of(const fa_kernels *table, fa_op op, fa_dtype dtype);

/* Elements in up to FA_MAX_DIMENSIONS dimensions, the last varying fastest: for each argument the first one and the
 * step along each dimension, in bytes; 0 repeats an element. */
enum { FA_MAX_DIMENSIONS = 64 };
typedef struct {
  int dimensions; /* at least 1 */
  size_t shape[FA_MAX_DIMENSIONS];
  char *args[FA_MAX_ARGUMENTS];
  ptrdiff_t steps[FA_MAX_ARGUMENTS][FA_MAX_DIMENSIONS];
} fa_strided;

typedef enum { FA_NO_MEMORY = -1, FA_DONE, FA_UNSUPPORTED_LAYOUT, FA_SOME_NAN, FA_BAD_LABEL } fa_status;

/* ---- layouts ---- */

/* The axes of a nest in C order, from the outermost loop to the innermost, as NumPy's order 'K' has them: by descending
 * steps of the first `arguments` arguments; where they disagree or say nothing, in C order. */
FA_API void fa_strided_order(const fa_strided *nest, int arguments, int *axes);

/* Turns a nest in C order into one in the order of these axes, of as few dimensions as can be: steps that are nowhere
 * forward are turned round, dimensions that are one walk are joined. */
FA_API void fa_strided_flatten(fa_strided *nest, int arguments, const int *axes);

/* Whether two arguments are the same elements; whether they surely have no byte in common. Neither may be true. */
FA_API int fa_strided_same(const fa_strided *nest, int a, int b);
FA_API int fa_strided_apart(const fa_strided *nest, int a, int b, ptrdiff_t size);

/* ---- elementwise operations ---- */

/* On n elements at any steps (in bytes, one per argument; 0 repeats one element), in order, by the thread that calls:
 * arguments that are not contiguous and aligned go through blocks on the stack. */
FA_API void fa_run_in_order(const fa_loop *loop, char *const *args, const ptrdiff_t *steps, size_t n);

/* The same by as many threads as serve, unless an output may overtake an input that it overlaps. */
FA_API void fa_run(const fa_loop *loop, char *const *args, const ptrdiff_t *steps, size_t n);

/* On all n elements of a nest, whose outputs are each the same as an input or apart from it. */
FA_API void fa_run_strided(const fa_loop *loop, const fa_strided *nest, size_t n);

/* An operation of one result, of scale*x + bias in the place of its first input: the sum is rounded once, to float64
 * where that is the operation's type, else to float32. The nest has x, scale, bias, the further inputs and the result.
 * scale and bias are of the type of the sum; x is of type of_x: that of the operation, FA_I8 or FA_U8. */
FA_API void fa_run_scaled(const fa_loop *loop, fa_dtype of_x, const fa_strided *nest, size_t n);

/* ---- sums over all elements of a call, in an order that neither threads nor layout change ---- */

/* Numbers by their index: blocks of `block` of them, a power of two, each in lanes by turns. */
typedef struct {
  double *lanes;
  size_t block, blocks;
} fa_sums;

/* For `count` numbers, each of a row of `length` elements: a block stands for FA_BLOCK elements. Closing frees the
 * memory and gives the total. Numbers of a block must be added in order and by one thread at a time. */
FA_API fa_status fa_sums_open(fa_sums *sums, size_t count, size_t length);
FA_API void fa_sums_add(fa_sums *sums, size_t first, const double *values, size_t count);
FA_API double fa_sums_close(fa_sums *sums);

/* An output of an elementwise operation in float32 or float64, summed and not stored. */
typedef struct {
  const fa_loop *loop;
  fa_strided nest; /* in C order; outputs are packed, from their addresses on */
  int summed;      /* the argument whose elements are added up */
  int divided;     /* the argument to be divided by `divisor`, 0 for none */
  double divisor;
  int workers;
} fa_sum;

/* Adds the sum over elements first to last to *total; first must be a whole number of blocks of FA_BLOCK. */
FA_API fa_status fa_run_sum(const fa_sum *sum, size_t first, size_t last, double *total);

/* ---- rows ---- */

/* A row operation along the axes a of the arrays with reduced[a]: argument 0 is x (of a gradient: the function's
 * result), 1 the result, 2 dy of a gradient. logsumexp's result has one element for all of these axes, its steps along
 * them are not read. FA_UNSUPPORTED_LAYOUT where the arrays must be copied first; nothing has been written then. */
FA_API fa_status fa_run_rows(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *arrays,
                             const char *reduced);

/* One more logit of each row, counted in C order, in the type of the computation: see fa_rows. step: 1, or 0 where one
 * serves all rows. NULL in its place stands for none. */
typedef struct {
  const void *logits;
  ptrdiff_t step;
} fa_extra;

/* The same beside extra logits; and unless `sums` is NULL softmax or log_softmax and, in the same pass over memory, the
 * rows' logsumexp, packed and counted in C order. FA_UNSUPPORTED_LAYOUT also where threads had better share each row
 * and there are sums. */
FA_API fa_status fa_run_rows_and_sums(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *arrays,
                                      const char *reduced, const fa_extra *extra, void *sums);

/* The operation on `count` packed rows of n elements that `make` makes of the nest's operands, in one part or in two
 * (see fa_parts): `made` is operation row_input or fa_loop_of_parts(). y is packed. FA_SOME_NAN where a row of results
 * is NaN: its first element is. */
FA_API fa_loop fa_loop_of_parts(const fa_kernels *table, fa_dtype dtype);
FA_API fa_status fa_run_made_rows(const fa_loop *make, const fa_strided *operands, void *y, fa_row_op op, size_t count,
                                  size_t n, const fa_extra *extra);

/* The operation on rows of scale*x along the last dimension: argument 0 is x, 1 where its elements count, a byte each,
 * its address NULL for everywhere. Both are adjacent along a row; without a mask the nest has two dimensions at most. y
 * is packed and apart from x, or with a mask x itself. scale is 1 or from 2^-100 to 2^100, or with a mask the negative
 * of that. A row of which nothing counts gives 0, or -inf, and so do in a row that is NaN elements that do not. Extra
 * logits are not scaled: beside them scale is 1 or -1. */
FA_API fa_status fa_run_scaled_rows(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *operands,
                                    void *y, double scale, const fa_extra *extra);

/* A row of scale*x + bias too long to be held: it is given a part at a time, in order, once in each of three stages
 * (logsumexp has the first two). Made elements gather in buffers of `room` elements, a whole number of blocks. */
typedef enum { FA_FIND_MAX, FA_ADD_EXP, FA_FINISH, FA_STAGES } fa_stage_of_row;
typedef struct {
  const fa_loop *make; /* in two parts */
  fa_row_op op;
  int workers;
  char *high, *low; /* the buffers; in the last stage, results stand where high parts were */
  double *of_block; /* two numbers for each block */
  size_t room, filled;
  fa_stage_of_row stage;
  double m[2], s[2]; /* the row's maximum in two parts, and its sums; to start with -inf, 0 and 0, 0 */
} fa_long_row;

/* Makes elements of the nest, from `start` on, no more than fit; takes what has gathered through the present stage. */
FA_API void fa_long_row_make(fa_long_row *row, const fa_strided *operands, size_t start, size_t count);
FA_API void fa_long_row_take(fa_long_row *row);

/* Sums over `count` packed rows of n elements, in an order that nothing changes: of p a, or where q is given the
 * divergence of p from q, p (a - b) + q - p, whose terms are not negative. Where p is 0, so is p a. */
typedef struct {
  fa_dtype dtype; /* float32 or float64 */
  size_t count, n;
  const void *p, *a, *q, *b; /* probabilities and numbers, or logarithms: of p those in a, of q those in b */
  ptrdiff_t step;            /* elements from one row of a to the next, 0 for one that serves all; n beside q */
  double *sum;               /* of each row */
} fa_row_products;
FA_API void fa_run_row_products(const fa_kernels *table, const fa_row_products *call);

/* Sums of rows over their probabilities, each by one thread; scratch of the call is not read. */
FA_API fa_status fa_run_information(const fa_kernels *table, fa_information_op op, fa_dtype dtype,
                                    const fa_information *call);

/* Logarithms and signs of rows' weighted sums of exponentials. */
FA_API void fa_run_signed_sums(const fa_kernels *table, const fa_signed_sums *call);

/* Averages of vectors by the probabilities of `count` packed rows of n elements: see fa_averages. */
typedef struct {
  fa_dtype dtype; /* float32 or float64 */
  size_t count, n, d;
  const void *x;
  int weighted;
  const void *values;
  ptrdiff_t vstep;
  const ptrdiff_t *offset; /* where the vectors of each row begin, in elements from `values`; NULL for 0 */
  double *y;               /* d results for each row, packed */
} fa_row_averages;
FA_API fa_status fa_run_row_averages(const fa_kernels *table, const fa_row_averages *call);

/* softmax of `count` packed rows of n elements, float32 or float64, times a number for each row. */
typedef struct {
  fa_dtype dtype;
  size_t count, n;
  const void *x, *by; /* by: one for each row */
  void *y;            /* apart from both */
} fa_weighted_rows;
FA_API fa_status fa_run_weighted_rows(const fa_kernels *table, const fa_weighted_rows *call);

/* Draws from `count` packed rows of n probabilities, which need not add up to 1: an index for each of `draws` numbers
 * from 0 to below 1, those of row r at r, count + r, 2 count + r ...; -1 where the row's sum is 0 or not finite. An
 * element of probability 0 is never drawn. */
typedef struct {
  fa_dtype dtype; /* float32 or float64 */
  size_t count, n, draws;
  const void *p;
  const double *uniform;
  ptrdiff_t *index;
} fa_draws;
FA_API fa_status fa_run_draws(const fa_kernels *table, const fa_draws *call);

/* ---- a few elements of each row ---- */

/* `count` rows of n adjacent elements, `step` elements from one to the next: the k largest of each, or those that are
 * given, and their results of softmax or log_softmax. */
typedef struct {
  fa_row_op op;   /* FA_SOFTMAX or FA_LOG_SOFTMAX */
  fa_dtype dtype; /* float32 or float64 */
  size_t count, n, k;
  const void *x;
  ptrdiff_t step;
  const unsigned char *where; /* as fa_choice has it, and the next two: k numbers for each row, packed */
  ptrdiff_t *index;
  int given;
  void *y; /* NULL for none */
} fa_chosen;
FA_API fa_status fa_run_chosen(const fa_kernels *table, const fa_chosen *call);

/* ---- rows of any lengths ---- */

/* `rows` packed rows, each cut alike into `count` segments: see fa_segments. y is packed, and may be x. */
typedef struct {
  fa_dtype dtype; /* float32 or float64 */
  size_t rows, count;
  const ptrdiff_t *offset; /* count + 1, from 0 to the length of a row; they do not fall */
  const void *x;
  void *y;
} fa_segmented;
FA_API fa_status fa_run_segments(const fa_kernels *table, fa_row_op op, const fa_segmented *call);

/* The same of scale*x + bias under a mask, in two parts that `make` makes of the nest's operands, whose elements are
 * those of x in C order; y is apart from x. FA_SOME_NAN where a segment of results is NaN. Where a number scales and
 * there is no bias, segments of `least` elements or more are those of fa_run_scaled_rows(), as rows are that have their
 * bits. Those of more than `most` are left out. */
typedef struct {
  const fa_loop *make; /* fa_loop_of_parts() */
  const fa_strided *operands;
  int is_served; /* whether fa_run_scaled_rows() takes scale and mask, the next two */
  double scale;
  const unsigned char *where; /* a byte for each element of x, packed; NULL for everywhere */
  size_t least, most;
} fa_made_segments;
FA_API fa_status fa_run_made_segments(const fa_kernels *table, fa_row_op op, const fa_segmented *call,
                                      const fa_made_segments *made);

/* ---- cross entropy ---- */

typedef struct {
  fa_dtype dtype; /* float32 or float64 */
  size_t classes;
  /* of every row in C order; negative where the row counts for nothing; NULL for none. Another thread may write to
   * them: each is read once, and compared with the classes by whatever it is an index for */
  const ptrdiff_t *label;
  const double *class_weight; /* NULL for 1 */
  const fa_extra *extra;    /* the logits of one more class, the last; not beside targets or a Hessian; NULL for none */
  const double *row_weight; /* of every row in C order; a row of weight 0 counts for nothing; NULL for 1 */
  double grad_scale;
  const void *target;    /* what the classes of every row count for: rows of the logits' type; NULL for labels alone */
  ptrdiff_t target_step; /* elements from one of these rows to the next, 0 for one that serves all */
  double target_scale;
  double label_weight; /* what a label of weight 1 counts for beside the target */
  double gamma;        /* of the focal loss, whose rows have labels alone; 0 for cross entropy */
  int hessian; /* whether argument 2 takes the diagonal of the Hessian, times grad_scale; argument 1 is given then */
  /* the losses go here, or there, or to the sums */
  float *loss_f32;
  double *loss_f64;
  fa_sums *sums;
} fa_cross_entropy;

/* The label of row i, read once. */
static inline ptrdiff_t fa_label(const ptrdiff_t *labels, size_t i) {
  return *(const volatile ptrdiff_t *)(labels + i);
}

/* Losses of the rows of argument 0, the logits, along an axis, and their gradient to argument 1 unless its address is
 * NULL, and what `hessian` says. The first row has the number `first` among all rows of the call, to which labels,
 * results and sums belong. FA_UNSUPPORTED_LAYOUT as above. */
FA_API fa_status fa_run_cross_entropy(const fa_kernels *table, const fa_cross_entropy *call, const fa_strided *arrays,
                                      int axis, size_t first);

/* The sum of the weights of `count` rows: that of the row times that of its label, 1 where there are none. */
FA_API fa_status fa_sum_of_weights(const fa_cross_entropy *call, size_t count, double *sum);

/* Sparse rows, adjacent elements of `rows` rows of n one after the other, float32 or float64: the probabilities
 * max(x - t, 0) (power 1, sparsemax) or max(x/2 - t, 0)^2 (power 2, entmax15) with the t for which they sum to 1. x and
 * y are apart. A row with NaN or inf, or with nothing but -inf, is NaN. */
FA_API void fa_sparse_rows(int power, fa_dtype dtype, const void *x, void *y, size_t rows, size_t n);

/* Their losses with a label for each row, of Fenchel and Young: of the function's result p it is omega(p) + sum(p x) -
 * x[label], where omega is (1 - sum(p^2))/2, for entmax15 (1 - sum(p^1.5))/0.75. dx, apart from x, becomes the
 * gradient, p less 1 at the label, times scale. A row with a negative label counts for nothing: both are 0. Returns the
 * losses' sum. Where a label is n or more they are NaN. */
FA_API double fa_sparse_losses(int power, fa_dtype dtype, const void *x, const ptrdiff_t *label, double *loss, void *dx,
                               size_t rows, size_t n, double scale);

/* ---- threads ---- */

/* To be called before anything runs; the functions of fastact.h do. The first call looks at what the runtime would take
 * by itself, at what the container allows and at the caches, others at nothing; forked children are serial, and find
 * the pool unlocked. */
FA_API void fa_engine_prepare(void);

/* Threads that a call of this thread may use now, at least 1: its own override, else the process's setting, never more
 * than an outside limit on the runtime (threadpoolctl) allows. 1 in a forked child. */
FA_API int fa_threads(void);

/* As many as have a grain of work each, of that many elements; fewer while others use the CPUs. */
FA_API int fa_workers(size_t elements);

/* The process's setting; 0 means the runtime's own default. */
FA_API void fa_set_threads(int n);

/* This thread's override, 0 for none: it counts while a block of any thread is open. */
FA_API void fa_override_threads(int n);

/* Counts the blocks that override the setting, in all threads: 1 opens one, -1 closes one. Returns how many are open; 0
 * only asks. */
FA_API int fa_overrides(int more);

/* The runtime's _OPENMP date, 0 without OpenMP. */
FA_API int fa_openmp(void);

/* ---- the machine; `root` is put before the paths of /proc and /sys: "" but in tests ---- */

/* CPUs that the control groups of this process may use in a period, 0 where they set no limit. */
FA_API double fa_quota(const char *root);

/* The whole CPUs of a quota: at least 1. A thread more would use up the period's time early and stop all of them for
 * the rest of it. */
FA_API int fa_quota_threads(double cpus);

/* Bytes of the last-level cache as the system tells them, 0 where it does not; those that the engine goes by. */
FA_API size_t fa_cache_of_system(const char *root);
FA_API size_t fa_last_level(void);

/* ---- memory of large results, kept for reuse when they are freed: allocators otherwise give it back to the system,
 * which faults it in anew, page after page and filled with zeros; that costs more than most operations. Safe from any
 * thread, and after a fork. ---- */

/* Memory of at least this size, aligned to 64 bytes, its contents undefined; NULL where there is none. */
FA_API void *fa_pool_take(size_t size);

/* Ends the use of memory that was taken: it is kept within the limit, the oldest going first, or given back. */
FA_API void fa_pool_give(void *data);

/* The same contents, as far as they fit, in memory of another size; data may be NULL. NULL leaves data as it was. */
FA_API void *fa_pool_resize(void *data, size_t size);

/* How many bytes may be kept unused; what exceeds it goes back to the system at once. 0 keeps nothing. */
FA_API void fa_pool_set_limit(size_t bytes);
FA_API size_t fa_pool_limit(void);

/* Gives what is kept unused back to the system. */
FA_API void fa_pool_clear(void);

/* Bytes kept unused now. */
FA_API size_t fa_pool_held(void);

#ifdef __cplusplus
}
#endif
#endif
