/* Sums over rows of products with probabilities, by the sums that gradients of softmax take: in float64, or float64
 * with a rest, block by block. */
#include "engine/rows.h"

#include <math.h>

enum { TERMS = 12 };

static const char *element(const fa_row_products *call, const void *of, ptrdiff_t step, size_t row) {
  return (const char *)of + step * (ptrdiff_t)(row * fa_itemsize(call->dtype));
}
static double number(fa_dtype dtype, const char *p, size_t i) {
  return dtype == FA_F32 ? (double)((const float *)p)[i] : ((const double *)p)[i];
}

/* Where p is 0 there is nothing to add, be a infinite. */
static double product_one_by_one(fa_dtype dtype, const char *p, const char *a, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const double share = number(dtype, p, i);
    sum += share != 0 ? share * number(dtype, a, i) : 0;
  }
  return sum;
}
static double product(const fa_kernels *table, fa_dtype dtype, const char *p, const char *a, size_t n) {
  const fa_gradient_blocks *kernels = &table->gradient_blocks[0][dtype];
  const size_t size = fa_itemsize(dtype);
  double s[4]; /* what has been joined, then the next block's */
  for (size_t i = 0; i < n; i += FA_BLOCK) {
    kernels->sum(a + i * size, p + i * size, fa_block_length(n, i / FA_BLOCK), i ? s + 2 : s);
    if (i) kernels->join(s, 2);
  }
  const double sum = isfinite(s[1]) ? s[0] + s[1] : s[0];
  return sum == sum ? sum : product_one_by_one(dtype, p, a, n);
}

/* p (d + exp(-d) - 1), where q is p exp(-d): near 0 by its series, whose terms beyond the last are below 2^-49 of the
 * first; elsewhere no more than three bits cancel. */
static double divergence_of(double p, double d, double q) {
  static const double inverse[TERMS + 1] = {0,       1,       1.0 / 2, 1.0 / 3,  1.0 / 4,  1.0 / 5, 1.0 / 6,
                                            1.0 / 7, 1.0 / 8, 1.0 / 9, 1.0 / 10, 1.0 / 11, 1.0 / 12};
  if (!(d < 0.25 && d > -0.25)) return p != 0 ? p * d + (q - p) : q;
  double sum = 0;
  for (int k = TERMS; k >= 2; k--) sum = (1 - sum) * (d * inverse[k]);
  return p * sum * d;
}
static double divergence(const fa_row_products *call, size_t row) {
  const size_t n = call->n;
  const char *p = element(call, call->p, (ptrdiff_t)n, row), *a = element(call, call->a, (ptrdiff_t)n, row),
             *q = element(call, call->q, (ptrdiff_t)n, row), *b = element(call, call->b, (ptrdiff_t)n, row);
  double total = 0;
  for (size_t first = 0; first < n; first += FA_BLOCK) {
    const size_t end = first + fa_block_length(n, first / FA_BLOCK);
    double sum = 0;
    for (size_t i = first; i < end; i++)
      sum += divergence_of(number(call->dtype, p, i), number(call->dtype, a, i) - number(call->dtype, b, i),
                           number(call->dtype, q, i));
    total += sum;
  }
  return total;
}

typedef struct {
  const fa_kernels *table;
  const fa_row_products *call;
} products_call;

static int run_share(void *context, size_t share, size_t shares) {
  const products_call *c = context;
  const fa_row_products *call = c->call;
  for (size_t row = call->count * share / shares; row < call->count * (share + 1) / shares; row++)
    call->sum[row] = call->q ? divergence(call, row)
                             : product(c->table, call->dtype, element(call, call->p, (ptrdiff_t)call->n, row),
                                       element(call, call->a, call->step, row), call->n);
  return FA_DONE;
}

void fa_run_row_products(const fa_kernels *table, const fa_row_products *call) {
  products_call c = {table, call};
  fa_parallel(fa_workers(call->count * call->n), run_share, &c);
}
