/* Sparse rows: sparsemax, the point of the simplex that is nearest to the row, and entmax with alpha = 1.5. Both are
 * max(z - t, 0) to the power 1 or 2, z = x or x/2 less its maximum, where t makes them sum to 1; t lies in [-1, 0).
 *
 * What exceeds the maximum less 1 (2 for entmax) is packed into the result's place, then Newton's method finds t from
 * below: the sum is convex and falls, so that t only grows, and what it passes is dropped. For sparsemax it ends after
 * finitely many steps with the exact t; for entmax a last step solves the quadratic equation of the elements that are
 * left. Sums are compensated. */
#include <math.h>

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
  static void T##_sparse_row(int power, const real *x, real *y, size_t n) { \
    real highest = -INFINITY; \
    int bad = 0; \
    for (size_t i = 0; i < n; i++) { \
      highest = x[i] > highest ? x[i] : highest; \
      bad |= x[i] != x[i]; \
    } \
    if (bad || !(highest - highest == 0)) { /* a NaN, inf, or nothing but -inf */ \
      for (size_t i = 0; i < n; i++) y[i] = NAN; \
      return; \
    } \
    const double m = (double)highest, unit = power == SPARSEMAX ? 1 : 0.5; \
    size_t count = 0; \
    for (size_t i = 0; i < n; i++) { \
      y[count] = x[i]; \
      count += ((double)x[i] - m) * unit > -1; \
    } \
    const double t = power == SPARSEMAX ? T##_sparsemax_threshold(y, count, m) : T##_entmax15_threshold(y, count, m); \
    if (power == SPARSEMAX) \
      for (size_t i = 0; i < n; i++) { \
        const double d = (double)x[i] - m - t; \
        y[i] = (real)(d > 0 ? d : 0); \
      } \
    else \
      for (size_t i = 0; i < n; i++) { \
        const double d = ((double)x[i] - m) * 0.5 - t; \
        y[i] = (real)(d > 0 ? d * d : 0); \
      } \
  }
FA_SPARSE(f32, float)
FA_SPARSE(f64, double)

typedef struct {
  int power;
  fa_dtype dtype;
  const void *x;
  void *y;
  size_t rows, n;
} sparse_call;
static int run_share(void *context, size_t share, size_t shares) {
  const sparse_call *call = context;
  const size_t end = call->rows * (share + 1) / shares;
  for (size_t row = call->rows * share / shares; row < end; row++) {
    const size_t at = row * call->n;
    if (call->dtype == FA_F32) f32_sparse_row(call->power, (const float *)call->x + at, (float *)call->y + at, call->n);
    else f64_sparse_row(call->power, (const double *)call->x + at, (double *)call->y + at, call->n);
  }
  return 0;
}

void fa_sparse_rows(int power, fa_dtype dtype, const void *x, void *y, size_t rows, size_t n) {
  sparse_call call = {power, dtype, x, y, rows, n};
  const int most = fa_workers(rows * n);
  const fa_fp_mode before = fa_fp_enter();
  fa_parallel(rows < (size_t)most ? (int)rows : most, run_share, &call);
  fa_fp_leave(before);
}
