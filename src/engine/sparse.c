/* Sparse rows: sparsemax, the point of the simplex that is nearest to the row, and entmax with alpha = 1.5. Both are
 * max(z - t, 0) to the power 1 or 2, z = x or x/2 less its maximum, where t makes them sum to 1; t lies in [-1, 0).
 *
 * What exceeds the maximum less 1 (2 for entmax) is packed into the result's place, then Newton's method finds t from
 * below: the sum is convex and falls, so that t only grows, and what it passes is dropped. For sparsemax it ends after
 * finitely many steps with the exact t; for entmax a last step solves the quadratic equation of the elements that are
 * left. Sums are compensated. */
#include <math.h>
#include <string.h>

#include "engine/fpmode.h"
#include "engine/parallel.h"

enum { SPARSEMAX = 1, ENTMAX15 = 2 };

typedef struct {
  double sum, lost;
} compensated;
static inline void add(compensated *s, double x) {
  const double sum = s->sum + x;
  s->lost += fabs(s->sum) >= fabs(x) ? (s->sum - sum) + x : (x - sum) + s->sum;
  s->sum = sum;
}
static inline double total(compensated s) { return s.sum + s.lost; }

#define FA_SPARSE(T, real) \
  /* the places that are left: those of z > t */ \
  static size_t T##_left(real *kept, size_t count, double m, double unit, double t) { \
    size_t left = 0; \
    for (size_t i = 0; i < count; i++) { \
      kept[left] = kept[i]; \
      left += ((double)kept[i] - m) * unit > t; \
    } \
    return left; \
  } \
  static double T##_sparsemax_threshold(real *kept, size_t count, double m) { \
    double t = -1; \
    for (size_t left = count;; count = left) { \
      compensated s = {0, 0}; \
      for (size_t i = 0; i < count; i++) add(&s, (double)kept[i] - m); \
      const double next = (total(s) - 1) / (double)count; \
      t = next > t ? next : t; \
      if ((left = T##_left(kept, count, m, 1, t)) == count || !left) return t; \
    } \
  } \
  static double T##_entmax15_threshold(real *kept, size_t count, double m) { \
    double t = -1; \
    for (int more = 1; more;) { \
      compensated slope = {0, 0}, s = {0, 0}; \
      for (size_t i = 0; i < count; i++) { \
        const double d = ((double)kept[i] - m) * 0.5 - t; \
        add(&slope, d), add(&s, d *d); \
      } \
      const double next = t + (total(s) - 1) / (2 * total(slope)); \
      more = next > t; \
      if (more) t = next, count = T##_left(kept, count, m, 0.5, t); \
    } \
    compensated s = {0, 0}, squares = {0, 0}; \
    for (size_t i = 0; i < count; i++) add(&s, ((double)kept[i] - m) * 0.5); \
    const double mean = total(s) / (double)count; \
    for (size_t i = 0; i < count; i++) { \
      const double d = ((double)kept[i] - m) * 0.5 - mean; \
      add(&squares, d *d); \
    } \
    const double rest = (1 - total(squares)) / (double)count; \
    return rest > 0 ? mean - sqrt(rest) : t; \
  } \
  /* t, by way of the places of `kept`, and the maximum; NaN where the row holds NaN, inf, or nothing but -inf */ \
  static double T##_threshold(int power, const real *x, real *kept, size_t n, double *m) { \
    real highest = -INFINITY; \
    int bad = 0; \
    for (size_t i = 0; i < n; i++) { \
      highest = x[i] > highest ? x[i] : highest; \
      bad |= x[i] != x[i]; \
    } \
    *m = (double)highest; \
    if (bad || !(highest - highest == 0)) return NAN; \
    const double unit = power == SPARSEMAX ? 1 : 0.5; \
    size_t count = 0; \
    for (size_t i = 0; i < n; i++) { \
      kept[count] = x[i]; \
      count += ((double)x[i] - *m) * unit > -1; \
    } \
    return power == SPARSEMAX ? T##_sparsemax_threshold(kept, count, *m) : T##_entmax15_threshold(kept, count, *m); \
  } \
  static void T##_sparse_row(int power, const real *x, real *y, size_t n) { \
    double m; \
    const double t = T##_threshold(power, x, y, n, &m); \
    if (t != t) \
      for (size_t i = 0; i < n; i++) y[i] = NAN; \
    else if (power == SPARSEMAX) \
      for (size_t i = 0; i < n; i++) { \
        const double d = (double)x[i] - m - t; \
        y[i] = (real)(d > 0 ? d : 0); \
      } \
    else \
      for (size_t i = 0; i < n; i++) { \
        const double d = ((double)x[i] - m) * 0.5 - t; \
        y[i] = (real)(d > 0 ? d * d : 0); \
      } \
  } \
  /* The loss of a row, and in dx its gradient times a scale. Of sparsemax, with p_y = 1 less the others: half of \
   * (1 - p_y)^2 and of the squares of the others; of entmax, with r^2 = p, 2/3 of the cubes of the others and of \
   * (1 - r_y)^2 (2 + r_y). To both comes by how far the label lies below t. No term is negative. */ \
  static double T##_sparse_loss(int power, const real *x, ptrdiff_t label, real *dx, size_t n, double scale) { \
    double m; \
    if (label < 0) { \
      memset(dx, 0, n * sizeof *dx); \
      return 0; \
    } \
    const double t = T##_threshold(power, x, dx, n, &m); \
    if (t != t || (size_t)label >= n) { \
      for (size_t i = 0; i < n; i++) dx[i] = NAN; \
      return NAN; \
    } \
    const double unit = power == SPARSEMAX ? 1 : 0.5; \
    compensated others = {0, 0}, powers = {0, 0}; \
    for (size_t i = 0; i < n; i++) { \
      const double d = ((double)x[i] - m) * unit - t, r = d > 0 && i != (size_t)label ? d : 0; \
      const double p = power == SPARSEMAX ? r : r * r; \
      if (r > 0) add(&others, p), add(&powers, p *r); \
      dx[i] = (real)(p * scale); \
    } \
    const double rest = total(others), own = ((double)x[label] - m) * unit - t, below = own < 0 ? -own : 0; \
    dx[label] = (real)(0 - rest * scale); /* 0, not -0 */ \
    if (power == SPARSEMAX) return 0.5 * (rest * rest + total(powers)) + below; \
    const double root = own > 0 ? own : 0, gap = rest / (1 + root); \
    return (total(powers) + gap * gap * (2 + root)) * 2 / 3 + 2 * below; \
  }
FA_SPARSE(f32, float)
FA_SPARSE(f64, double)

typedef struct {
  int power;
  fa_dtype dtype;
  const void *x;
  void *y;
  size_t rows, n;
  const ptrdiff_t *label; /* of losses: of each row, with the place of its loss */
  double *loss, scale;
} sparse_call;
static int run_share(void *context, size_t share, size_t shares) {
  const sparse_call *call = context;
  const size_t end = call->rows * (share + 1) / shares;
  for (size_t row = call->rows * share / shares; row < end; row++) {
    const size_t at = row * call->n, n = call->n;
    const float *x = (const float *)call->x + at;
    const double *wide = (const double *)call->x + at;
    float *y = (float *)call->y + at;
    double *wide_y = (double *)call->y + at;
    if (call->label && call->dtype == FA_F32)
      call->loss[row] = f32_sparse_loss(call->power, x, call->label[row], y, n, call->scale);
    else if (call->label)
      call->loss[row] = f64_sparse_loss(call->power, wide, call->label[row], wide_y, n, call->scale);
    else if (call->dtype == FA_F32) f32_sparse_row(call->power, x, y, n);
    else f64_sparse_row(call->power, wide, wide_y, n);
  }
  return 0;
}

static void run(sparse_call *call) {
  const int most = fa_workers(call->rows * call->n);
  const fa_fp_mode before = fa_fp_enter();
  fa_parallel(call->rows < (size_t)most ? (int)call->rows : most, run_share, call);
  fa_fp_leave(before);
}

void fa_sparse_rows(int power, fa_dtype dtype, const void *x, void *y, size_t rows, size_t n) {
  run(&(sparse_call){power, dtype, x, y, rows, n, NULL, NULL, 1});
}

double fa_sparse_losses(int power, fa_dtype dtype, const void *x, const ptrdiff_t *label, double *loss, void *dx,
                        size_t rows, size_t n, double scale) {
  compensated s = {0, 0};
  run(&(sparse_call){power, dtype, x, dx, rows, n, label, loss, scale});
  const fa_fp_mode before = fa_fp_enter();
  for (size_t row = 0; row < rows; row++) add(&s, loss[row]);
  fa_fp_leave(before);
  return s.lost == s.lost ? total(s) : s.sum; /* an infinite loss loses NaN */
}
