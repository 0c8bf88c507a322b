/* The kernels: this header is the whole contract between them and their callers. Programs need fastact.h alone, unless
 * they want more.
 *
 * Kernels are serial, pure and quiet: no allocation, no locks, no errno, no knowledge of Python. One table holds those
 * of one instruction set; fa_select() chooses a table that this CPU can run. */
#ifndef FASTACT_KERNELS_H
#define FASTACT_KERNELS_H
#include <stddef.h>

#include "operations.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the shared library exports: the functions of these headers, and nothing else. */
#if defined(_WIN32)
#define FA_API __declspec(dllexport)
#elif defined(__GNUC__)
#define FA_API __attribute__((visibility("default")))
#else
#define FA_API
#endif

/* Element types: those that kernels compute in, then those that are stored in 16 bits and computed in float32; and
 * integers of 8 bits, signed and not, which fa_run_scaled() alone takes. */
typedef enum {
  FA_F32,
  FA_F64,
  FA_COMPUTE_DTYPES,
  FA_F16 = FA_COMPUTE_DTYPES,
  FA_BF16,
  FA_ALL_DTYPES,
  FA_I8 = FA_ALL_DTYPES,
  FA_U8,
  FA_STORED_DTYPES
} fa_dtype;

/* Elementwise operations: FA_OP_sigmoid and so on, in the registry's order, then their number. */
typedef enum {
#define FA_X(name, ...) FA_OP_##name,
  FA_ELEMENTWISE(FA_X)
#undef FA_X
      FA_OPS
} fa_op;

/* Row operations: along one axis. */
typedef enum { FA_SOFTMAX, FA_LOG_SOFTMAX, FA_LOGSUMEXP, FA_SOFTMAX_GRAD, FA_LOG_SOFTMAX_GRAD, FA_ROW_OPS } fa_row_op;

enum { FA_MAX_INPUTS = 6, FA_MAX_OUTPUTS = 2, FA_MAX_ARGUMENTS = FA_MAX_INPUTS + FA_MAX_OUTPUTS };

/* args: the inputs, then the outputs, each n contiguous elements aligned to their own size; where bit a of `repeated`
 * is set, input a is FA_REPEATED bytes of one element for all n. An output may be an input, or run ahead of
 * one that it overlaps. An element's result depends on nothing but that element. */
enum { FA_REPEATED = 64 };
typedef void (*fa_map_kernel)(char *const *args, unsigned repeated, size_t n);

/* A row under a mask: where a byte of `where` is 0, the element counts as -inf. */
typedef struct {
  const void *x;
  const unsigned char *where;
  size_t from, n; /* no element before `from`, nor from n on, counts; from < n */
} fa_masked_row;

/* Where a row kernel reads and writes. Steps are in elements. */
typedef struct {
  const void *x; /* the first input element; of a gradient: the first result of its function */
  void *y;       /* the first output element; y == x or y == dy with equal steps is allowed, any other overlap is not */
  size_t count;  /* how many rows (or columns) */
  size_t n;      /* elements in each, at least 1 */
  ptrdiff_t xstep;  /* rows: from one row to the next; columns: from one element of a column to the next */
  ptrdiff_t ystep;  /* likewise; for logsumexp from one result to the next (unused by its columns: they are adjacent) */
  void *scratch;    /* fa_scratch() bytes, aligned to 64 */
  int stream;       /* store past the caches: where all input and output together exceed most of the last level */
  const void *dy;   /* gradients alone: the first element of the gradient with respect to the function's result */
  ptrdiff_t dystep; /* its step, as xstep; may be 0 */
  double scale;     /* of fa_kernels.scaled, masked and biased alone */
  /* softmax, log_softmax, logsumexp, cross entropy: one more logit of each row (or column), in the type of the
   * computation, which counts in the row's maximum and its sum and has no result; NULL for none. Not for
   * fa_kernels.scaled and biased, nor for masked but where its scale is 1 */
  const void *extra;
  ptrdiff_t extrastep;         /* 1, or 0 where one serves all */
  const fa_masked_row *masked; /* fa_kernels.masked alone, instead of x and xstep: the rows, none longer than n */
} fa_rows;

/* Rows: the elements of a row are adjacent. Columns: the same elements of neighbouring columns are adjacent.
 * Both give the same bits for the same row. */
typedef void (*fa_rows_kernel)(const fa_rows *);

/* A long row in blocks, for several threads: the maximum of every block of FA_BLOCK elements, the row's maximum m, the
 * sums of every block, which are added to s[0] and s[1], and of all blocks in order of index, then the finish. softmax:
 * the sum of exp(x-m), which is stored to y (in 16 bits it is not); the logarithms, where y is NULL: the sum of the
 * elements below m, and how many are equal to it. The same bits as the rows kernel, however the blocks are shared out.
 */
typedef struct {
  double (*maximum)(const void *x, size_t n);
  void (*exp_sum)(const void *x, void *y, size_t n, double m, double *s);
  /* softmax: y holds exp(x-m) and is scaled, or in 16 bits reads x, writes y; log_softmax: reads x, writes y;
   * logsumexp: writes y[0], n is ignored */
  void (*finish[FA_LOGSUMEXP + 1])(const void *x, void *y, size_t n, double m, const double *s);
} fa_row_blocks;

/* Rows of scale*x + bias under a mask, in two parts, made by make_parts of x, scale, bias and mask (where 0, the
 * element counts for nothing). rows: x are the high parts, dy and dystep the low ones, the rows are packed alike; y may
 * be x. The blocks of a long row, as above: m starts as -inf and 0 and is raised block by block; y may be where high
 * is. */
typedef struct {
  fa_rows_kernel rows[FA_LOGSUMEXP + 1];
  void (*maximum)(const void *high, const void *low, size_t n, double *m);
  void (*sum)(fa_row_op op, const void *high, const void *low, size_t n, const double *m, double *s);
  void (*finish)(fa_row_op op, const void *high, const void *low, void *y, size_t n, const double *m, const double *s);
} fa_parts;

/* A long row of a gradient in blocks: the sum of every block of FA_BLOCK elements, in two parts; all of them joined, in
 * order of index, in s[0] and s[1]; then the output of every block. y is the function's result. */
typedef struct {
  void (*sum)(const void *dy, const void *y, size_t n, double *s);
  void (*join)(double *s, size_t blocks);
  void (*finish)(const void *dy, const void *y, void *dx, size_t n, const double *s);
} fa_gradient_blocks;

enum { FA_BLOCK = 4096 };

/* Cross entropy from logits: of every row (or column) the loss -log(softmax(x)[label]), and its gradient gain
 * (softmax(x) - 1 at the label). A row without label (negative) counts for nothing: its loss and its gradient are 0.
 * Where a label is n or more they are NaN: a label is compared with n before it is an index, so that no label leads out
 * of the arrays. */
typedef struct {
  fa_rows rows;             /* y: the gradient, or NULL where none is wanted; stream is not used */
  const ptrdiff_t *label;   /* of each row */
  const double *grad_scale; /* of each row; NULL where y is */
  double *loss;             /* of each row */
} fa_losses;

typedef void (*fa_losses_kernel)(const fa_losses *);

/* Cross entropy of rows in which each class counts for something, scale t, and a label for something besides. Labels
 * that are no class count as above; a row all of whose t are 0 counts for nothing, NaN or not, unless it has a label.
 */
typedef struct {
  fa_rows rows;    /* as above; y may be x */
  const void *t;   /* of the elements of the first row */
  ptrdiff_t tstep; /* elements from one row of t to the next; 0 repeats one */
  double scale;
  const ptrdiff_t *label;     /* of each row, or NULL for none */
  const double *label_weight; /* of each row: what its label counts for besides; NULL where label is */
  double grad_scale;          /* of the gradient */
  double *loss;               /* of each row: -(sum of what classes count for, times log(softmax(x))) */
} fa_soft_losses;
typedef void (*fa_soft_losses_kernel)(const fa_soft_losses *);

/* Cross entropy with labels, of a long row in blocks: the row's maximum m, the sum of exp of every block but for the
 * label (stored to y unless y is NULL), their sum `rest` in order of index, then for every block the gradient, unless y
 * is NULL, and the row's loss. The label is counted from the block's first element; it may lie outside the block. row:
 * the row's length; x_label: the label's element, which the caller has compared with the row's length. */
typedef struct {
  double (*exp_sum)(const void *x, void *y, size_t n, ptrdiff_t label, double m);
  double (*finish)(void *y, size_t n, size_t row, ptrdiff_t label, double grad_scale, double m, double x_label,
                   double rest);
} fa_loss_blocks;

/* Some elements of each row: those that are largest, or any others, and their results of softmax or log_softmax, with
 * the bits of the whole row's. An index is compared with n before it is used: where it is not below, the result is NaN.
 * The largest come in falling order, equal ones by their index; NaN before all numbers, -inf behind them, and last what
 * does not count. */
typedef struct {
  fa_rows rows;     /* y: k results, one after the other, for each row, ystep from one row's to the next; NULL for none.
                       scratch: fa_choice_scratch() bytes; stream is not used */
  size_t k;         /* 1 to n */
  ptrdiff_t *index; /* k for each row */
  int given;        /* whether they are read, not written */
  const unsigned char *where; /* n bytes for each row, 0 where an element, then -inf, does not count; NULL for none */
} fa_choice;
typedef void (*fa_choice_kernel)(const fa_choice *);

/* Sums of each row over its probabilities p, softmax of x: the entropy; the expectation of y, where p is nothing
 * whatever y is; the divergence of p from the softmax of y. A row that holds NaN or inf, or nothing but -inf, gives
 * NaN; so may a divergence from a row with -inf. Divergences below FA_DIVERGENCE_LEAST, but for those that float32
 * rounds to 0, are not right to float32's digits. */
typedef enum { FA_ENTROPY, FA_EXPECTATION, FA_DIVERGENCE, FA_INFORMATION_OPS } fa_information_op;
#define FA_DIVERGENCE_LEAST 0x1p-24
typedef struct {
  const void *x, *y;      /* y: NULL for the entropy */
  size_t count, n;        /* n is not 0 */
  ptrdiff_t xstep, ystep; /* elements from one row to the next; ystep may be 0, but for the divergence */
  void *scratch;          /* fa_information_scratch() bytes */
  double *sum;            /* of each row */
} fa_information;
typedef void (*fa_information_kernel)(const fa_information *);
/* Averages of vectors by the probabilities of each row, softmax of x: of d adjacent numbers for each of its n elements.
 * What has probability 0 does not count. A row that holds NaN or inf, or nothing but -inf, gives NaN. */
enum { FA_AVERAGED_GROUP = 16, FA_AVERAGED_ROWS = 16, FA_AVERAGED_COLUMNS = 256 };
typedef struct {
  const void *x;
  ptrdiff_t xstep;    /* elements from one row to the next */
  size_t count, n, d; /* at most FA_AVERAGED_ROWS rows and FA_AVERAGED_COLUMNS columns; none is 0 */
  int weighted;       /* whether x are probabilities themselves */
  const void *values; /* of all rows, in the type of x */
  ptrdiff_t vstep;    /* elements from one vector to the next */
  void *scratch;      /* fa_averages_scratch() bytes, aligned to 64 */
  double *y;          /* d results for each row */
  ptrdiff_t ystep;
} fa_averages;
typedef void (*fa_averages_kernel)(const fa_averages *);
/* log(abs(s)) and the sign of s = sum(b exp(x)) of rows in float64. Elements of factor 0 count for nothing. Both are
 * NaN where an element is NaN or inf, and for factors and sums of unusual size: such a row is to be computed otherwise.
 */
typedef struct {
  const double *x, *b;
  ptrdiff_t xstep, bstep; /* elements from one row to the next; bstep may be 0 */
  size_t count, n;
  double *logarithm, *sign; /* of each row */
} fa_signed_sums;
/* Rows of any lengths in one piece, one after the other: softmax or log_softmax of each, or its logsumexp, with the
 * bits that the row alone has. An empty one has the logsumexp -inf. */
typedef struct {
  const void *x;
  void *y; /* may be x; of logsumexp one result for each */
  size_t count;
  const ptrdiff_t *offset; /* count + 1: where they begin in x and y, and where the last ends; they do not fall */
  void *scratch;           /* fa_scratch() bytes for rows of 1 element */
} fa_segments;
typedef void (*fa_segments_kernel)(const fa_segments *);
/* The diagonal of the Hessian of the rows' (or columns') cross entropy, 0 for a row whose numbers are: of each row
 * `factor` times p (1 - p), p = softmax(x); and where `bend` is given, besides `bend` times p at the label times the
 * square of p - 1 at the label and of p elsewhere. */
typedef struct {
  fa_rows rows; /* scratch as for softmax; stream is not used */
  const double *factor, *bend;
  const ptrdiff_t *label; /* of each row; not read where bend is NULL */
} fa_hessian;
typedef void (*fa_hessian_kernel)(const fa_hessian *);

/* The focal loss (1 - e^-L)^gamma L of n rows in the place of their cross entropy L, and its derivatives by L, the
 * second one over e^-L. */
typedef void (*fa_focal_kernel)(double gamma, size_t n, double *loss, double *slope, double *bend);

/* see fa_kernels.scaled */
#define FA_F32_FURTHEST 0x1p102f
#define FA_F64_FURTHEST 0x1p969

typedef struct {
  const char *name;                              /* "avx512", "avx2", "neon", "portable" */
  const fa_map_kernel (*map)[FA_COMPUTE_DTYPES]; /* of each fa_op */
  const fa_map_kernel *make_parts;               /* see fa_parts */
  const fa_map_kernel *scale_add;                /* of x, scale and bias: scale*x + bias, rounded once */
  fa_rows_kernel rows[FA_ROW_OPS][FA_ALL_DTYPES];
  fa_rows_kernel columns[FA_ROW_OPS][FA_ALL_DTYPES];
  fa_row_blocks row_blocks[FA_ALL_DTYPES];
  fa_parts parts[FA_COMPUTE_DTYPES];
  /* rows of scale*x + bias, as of parts of them: dy and dystep are those of bias. They end before a row whose largest
   * sum is not near 0, which is to be made in parts; returned is how many were done */
  size_t (*biased[FA_LOGSUMEXP + 1][FA_COMPUTE_DTYPES])(const fa_rows *);
  /* rows of scale*x, the product not rounded, 2^-100 <= scale <= 2^100: where it overflows, or the largest x is beyond
   * FA_F32_FURTHEST or FA_F64_FURTHEST, so that another one may be infinitely far below it, the row is NaN */
  fa_rows_kernel scaled[FA_LOGSUMEXP + 1][FA_COMPUTE_DTYPES];
  /* the same of rows under a mask; beside an extra logit the scale is 1. What does not count gives 0, or -inf; in a row
   * that is NaN it may give NaN */
  fa_rows_kernel masked[FA_LOGSUMEXP + 1][FA_COMPUTE_DTYPES];
  /* n elements times scale where a byte of `where` is not 0, else -inf */
  void (*take_masked[FA_COMPUTE_DTYPES])(const void *x, const unsigned char *where, void *y, size_t n, double scale);
  fa_gradient_blocks gradient_blocks[2][FA_ALL_DTYPES]; /* FA_SOFTMAX_GRAD, FA_LOG_SOFTMAX_GRAD */
  fa_losses_kernel loss_rows[FA_COMPUTE_DTYPES];
  fa_losses_kernel loss_columns[FA_COMPUTE_DTYPES]; /* of at most fa_loss_columns_most() elements */
  fa_soft_losses_kernel soft_loss_rows[FA_COMPUTE_DTYPES];
  fa_loss_blocks loss_blocks[FA_COMPUTE_DTYPES];
  fa_segments_kernel segments[FA_LOGSUMEXP + 1][FA_COMPUTE_DTYPES];
  fa_hessian_kernel hessian_rows[FA_COMPUTE_DTYPES];
  fa_hessian_kernel hessian_columns[FA_COMPUTE_DTYPES]; /* of at most fa_loss_columns_most() elements */
  const fa_focal_kernel *focal;
  fa_choice_kernel choose[FA_LOG_SOFTMAX + 1][FA_COMPUTE_DTYPES];
  fa_information_kernel inform[FA_INFORMATION_OPS][FA_COMPUTE_DTYPES]; /* NULL for the divergence in float64 */
  fa_averages_kernel average[FA_COMPUTE_DTYPES];
  void (*signed_sums)(const fa_signed_sums *);
  /* the sum of a block of n <= FA_BLOCK elements, in an order of its own that never varies; a block divided by a number
   */
  double (*sum[FA_COMPUTE_DTYPES])(const void *x, size_t n);
  void (*divide[FA_COMPUTE_DTYPES])(void *x, size_t n, double by);
  /* n elements of FA_F16 + i to float32, exactly, and back, rounded to nearest even; contiguous, the two apart */
  void (*widen[FA_ALL_DTYPES - FA_F16])(const void *stored, float *x, size_t n);
  void (*narrow[FA_ALL_DTYPES - FA_F16])(const float *x, void *stored, size_t n);
  /* n elements of FA_I8 + i, exactly */
  void (*from_bytes[FA_COMPUTE_DTYPES][FA_STORED_DTYPES - FA_I8])(const void *bytes, void *x, size_t n);
  /* a copy of some bytes past the caches, of which other threads know after the fence */
  void (*stream)(const void *from, void *to, size_t bytes);
  void (*fence)(void);
} fa_kernels;

/* The table of that name; of the best instruction set this CPU has where name is NULL. Returns NULL where there is
 * none, and then *why says what is missing. */
FA_API const fa_kernels *fa_select(const char *name, const char **why);

/* Bytes of scratch that an operation's rows kernel, or its columns kernel, needs for rows (columns) of n elements. */
FA_API size_t fa_scratch(fa_row_op op, fa_dtype dtype, size_t n, int columns);

/* The same for the choice of k elements. */
FA_API size_t fa_choice_scratch(fa_dtype dtype, size_t n, size_t k);

/* The same for sums over probabilities. */
FA_API size_t fa_information_scratch(fa_dtype dtype, size_t n);
FA_API size_t fa_averages_scratch(fa_dtype dtype);

/* The longest columns that the loss kernels take. */
FA_API size_t fa_loss_columns_most(void);

/* Name, number of inputs and number of outputs of an elementwise operation. */
FA_API const char *fa_op_name(fa_op op);
FA_API int fa_op_inputs(fa_op op);
FA_API int fa_op_outputs(fa_op op);

/* What takes the time of an elementwise operation on arrays beyond the caches: memory, or arithmetic. */
typedef enum { FA_LIGHT, FA_DEAR } fa_cost;
FA_API fa_cost fa_op_cost(fa_op op);

#ifdef __cplusplus
}
#endif
#endif
