/* Rows stored in 16 bits, computed in float32: as many as stay near are widened, run by float32's kernel and narrowed;
 * longer rows go block by block. Each result is float32's, rounded once. The columns' kernels read and write 16 bits
 * themselves. */
#ifndef FASTACT_ROWS_STORED_H
#define FASTACT_ROWS_STORED_H

/* Entries of fa_row_blocks and fa_gradient_blocks. */
#define FA_ROW_BLOCKS(T) \
  { \
    T##_maximum_block, T##_exp_sum_block, { T##_softmax_block, T##_log_softmax_block, T##_logsumexp_block } \
  }
#define FA_GRADIENT_BLOCKS(T, name) {T##_##name##_grad_sum, T##_grad_join, T##_##name##_grad_block}

typedef struct {
  void (*widen)(const void *stored, float *x, size_t n);
  void (*narrow)(const float *x, void *stored, size_t n);
} fa_conversion;
typedef uint16_t fa_stored_element;

static void widen_rows(const fa_conversion *c, const fa_stored_element *x, ptrdiff_t step, size_t rows, size_t n,
                       float *to) {
  if (step == (ptrdiff_t)n) n *= rows, rows = 1;
  for (; rows; rows--, x += step, to += n) c->widen(x, to, n);
}
static void narrow_rows(const fa_conversion *c, const float *from, fa_stored_element *y, ptrdiff_t step, size_t rows,
                        size_t n) {
  if (step == (ptrdiff_t)n) n *= rows, rows = 1;
  for (; rows; rows--, y += step, from += n) c->narrow(from, y, n);
}

/* At most FA_WIDENED elements in a row. */
static void widened_rows(const fa_conversion *c, fa_row_op op, fa_rows_kernel kernel, const fa_rows *r) {
  const size_t n = r->n, out = op == FA_LOGSUMEXP ? 1 : n, batch = FA_WIDENED / n;
  float *x = (float *)r->scratch, *second = x + FA_WIDENED;
  for (size_t first = 0; first < r->count; first += batch) {
    const size_t rows = r->count - first < batch ? r->count - first : batch;
    const ptrdiff_t row = (ptrdiff_t)first;
    fa_rows part = {x,
                    op == FA_LOGSUMEXP ? second : x,
                    rows,
                    n,
                    (ptrdiff_t)n,
                    (ptrdiff_t)out,
                    second + FA_WIDENED,
                    0,
                    second,
                    (ptrdiff_t)n,
                    r->scale,
                    r->extra ? (const float *)r->extra + row * r->extrastep : NULL,
                    r->extrastep,
                    NULL};
    widen_rows(c, (const fa_stored_element *)r->x + row * r->xstep, r->xstep, rows, n, x);
    if (op >= FA_SOFTMAX_GRAD)
      widen_rows(c, (const fa_stored_element *)r->dy + row * r->dystep, r->dystep, rows, n, second);
    kernel(&part);
    narrow_rows(c, (const float *)part.y, (fa_stored_element *)r->y + row * r->ystep, r->ystep, rows, out);
  }
}

/* One row from the blocks of fa_row_blocks or fa_gradient_blocks. extra: its extra logit, -inf for none. */
static void blocks_of_row(const fa_row_blocks *block_kernels, fa_row_op op, const fa_stored_element *x,
                          fa_stored_element *y, size_t n, float extra) {
  double m = extra > -INFINITY ? extra : -INFINITY, s[2] = {0, 0};
  float weight[FA_F32_LANES];
  for (size_t i = 0; i < n; i += FA_BLOCK) {
    const double maximum = block_kernels->maximum(x + i, n - i < FA_BLOCK ? n - i : FA_BLOCK);
    m = maximum > m ? maximum : m;
  }
  for (size_t i = 0; i < n; i += FA_BLOCK)
    block_kernels->exp_sum(x + i, op == FA_SOFTMAX ? y + i : NULL, n - i < FA_BLOCK ? n - i : FA_BLOCK, m, s);
  if (extra != -INFINITY) f32_exp_sum_block(&extra, op == FA_SOFTMAX ? weight : NULL, 1, m, s);
  for (size_t i = 0; i < (op == FA_LOGSUMEXP ? 1 : n); i += FA_BLOCK)
    block_kernels->finish[op](x + i, y + i, n - i < FA_BLOCK ? n - i : FA_BLOCK, m, s);
}
static void blocks_of_gradient(const fa_gradient_blocks *block_kernels, const fa_stored_element *dy,
                               const fa_stored_element *y, fa_stored_element *dx, size_t n) {
  double s[4]; /* what has been joined, then the next block's */
  for (size_t i = 0; i < n; i += FA_BLOCK) {
    block_kernels->sum(dy + i, y + i, n - i < FA_BLOCK ? n - i : FA_BLOCK, i ? s + 2 : s);
    block_kernels->join(s, i ? 2 : 1);
  }
  for (size_t i = 0; i < n; i += FA_BLOCK)
    block_kernels->finish(dy + i, y + i, dx + i, n - i < FA_BLOCK ? n - i : FA_BLOCK, s);
}

/* Pieces of a row, each at most FA_BLOCK elements. Weights are computed twice, as 16 bits cannot hold them. */
#define FA_STORED_BLOCKS(T) \
  static double T##_maximum_block(const void *x, size_t n) { \
    FA_ALIGNED float block[FA_BLOCK]; \
    T##_widen(x, block, n); \
    return f32_maximum_block(block, n); \
  } \
  static void T##_exp_sum_block(const void *x, void *y, size_t n, double m, double *s) { \
    FA_ALIGNED float block[FA_BLOCK]; \
    T##_widen(x, block, n); \
    f32_exp_sum_block(block, y ? block : NULL, n, m, s); \
  } \
  static void T##_softmax_block(const void *x, void *y, size_t n, double m, const double *s) { \
    FA_ALIGNED float block[FA_BLOCK]; \
    T##_widen(x, block, n); \
    double again[2] = {0, 0}; /* the sum is known */ \
    f32_exp_sum_block(block, block, n, m, again); \
    f32_softmax_block(block, block, n, m, s); \
    T##_narrow(block, y, n); \
  } \
  static void T##_log_softmax_block(const void *x, void *y, size_t n, double m, const double *s) { \
    FA_ALIGNED float block[FA_BLOCK]; \
    T##_widen(x, block, n); \
    f32_log_softmax_block(block, block, n, m, s); \
    T##_narrow(block, y, n); \
  } \
  static void T##_logsumexp_block(const void *x, void *y, size_t n, double m, const double *s) { \
    float result[FA_F32_LANES]; /* a vector's room: narrow loads a part of one */ \
    f32_logsumexp_block(x, result, n, m, s); \
    T##_narrow(result, y, 1); \
  } \
  static void T##_grad_join(double *s, size_t blocks) { f32_grad_join(s, blocks); }
#define FA_STORED_GRADIENT_BLOCKS(T, name) \
  static void T##_##name##_grad_sum(const void *dy, const void *y, size_t n, double *s) { \
    FA_ALIGNED float a[FA_BLOCK], b[FA_BLOCK]; \
    T##_widen(dy, a, n); \
    T##_widen(y, b, n); \
    f32_##name##_grad_sum(a, b, n, s); \
  } \
  static void T##_##name##_grad_block(const void *dy, const void *y, void *dx, size_t n, const double *s) { \
    FA_ALIGNED float a[FA_BLOCK], b[FA_BLOCK]; \
    T##_widen(dy, a, n); \
    T##_widen(y, b, n); \
    f32_##name##_grad_block(a, b, a, n, s); \
    T##_narrow(a, dx, n); \
  }

/* The kernels of the table. */
#define FA_STORED_ROWS(T, type, name, op) \
  static void T##_##name##_columns(const fa_rows *r) { f32_columns(op, type, r); } \
  static void T##_##name##_rows(const fa_rows *r) { \
    static const fa_row_blocks block_kernels = FA_ROW_BLOCKS(T); \
    static const fa_conversion conversion = {T##_widen, T##_narrow}; \
    if (r->n <= FA_WIDENED) widened_rows(&conversion, op, f32_##name##_rows, r); \
    else \
      for (size_t i = 0; i < r->count; i++) \
        blocks_of_row(&block_kernels, op, (const fa_stored_element *)r->x + (ptrdiff_t)i * r->xstep, \
                      (fa_stored_element *)r->y + (ptrdiff_t)i * r->ystep, r->n, \
                      r->extra ? f32_extra_of_row(r, i) : -INFINITY); \
  }
#define FA_STORED_GRADIENT_ROWS(T, type, name, op) \
  FA_STORED_GRADIENT_BLOCKS(T, name) \
  static void T##_##name##_grad_columns(const fa_rows *r) { f32_gradient_columns(op, type, r); } \
  static void T##_##name##_grad_rows(const fa_rows *r) { \
    static const fa_gradient_blocks block_kernels = FA_GRADIENT_BLOCKS(T, name); \
    static const fa_conversion conversion = {T##_widen, T##_narrow}; \
    if (r->n <= FA_WIDENED) widened_rows(&conversion, op, f32_##name##_grad_rows, r); \
    else \
      for (size_t i = 0; i < r->count; i++) \
        blocks_of_gradient(&block_kernels, (const fa_stored_element *)r->dy + (ptrdiff_t)i * r->dystep, \
                           (const fa_stored_element *)r->x + (ptrdiff_t)i * r->xstep, \
                           (fa_stored_element *)r->y + (ptrdiff_t)i * r->ystep, r->n); \
  }
#define FA_STORED_TYPE(T, type) \
  FA_STORED_BLOCKS(T) \
  FA_STORED_ROWS(T, type, softmax, FA_SOFTMAX) \
  FA_STORED_ROWS(T, type, log_softmax, FA_LOG_SOFTMAX) \
  FA_STORED_ROWS(T, type, logsumexp, FA_LOGSUMEXP) \
  FA_STORED_GRADIENT_ROWS(T, type, softmax, FA_SOFTMAX_GRAD) \
  FA_STORED_GRADIENT_ROWS(T, type, log_softmax, FA_LOG_SOFTMAX_GRAD)
FA_STORED_TYPE(f16, FA_F16)
FA_STORED_TYPE(bf16, FA_BF16)
#endif
