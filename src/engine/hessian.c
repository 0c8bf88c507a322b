/* p (1 - p), and 1 - p is exact but for the rounding of p, unless p is above 1/2. One element of a row can be, and
 * there it is the sum of the others: a confident row keeps its digits. Sums run in lanes, by the element's index within
 * its block, so that rows and columns have the same. */
#include "engine/hessian.h"

#include "fastact/kernels.h"
#include <string.h>

enum { LANES = 8, COLUMNS = 32 };

static double fold(const double *lane, size_t pitch) {
  return ((lane[0] + lane[4 * pitch]) + (lane[2 * pitch] + lane[6 * pitch])) +
         ((lane[pitch] + lane[5 * pitch]) + (lane[3 * pitch] + lane[7 * pitch]));
}

#define ONE_HALF(p) ((p) > 0.5 ? 0 : (p))
#define ALL(p) (p)

#define SUM(name, T, real, TAKEN) \
  static double name##_##T(const real *x, size_t n) { \
    double total = 0; \
    for (size_t first = 0; first < n; first += FA_BLOCK) { \
      const size_t last = n - first < FA_BLOCK ? n : first + FA_BLOCK; \
      double lane[LANES] = {0}; \
      size_t i = first; \
      for (; i + LANES <= last; i += LANES) \
        for (size_t k = 0; k < LANES; k++) lane[k] += TAKEN((double)x[i + k]); \
      for (size_t k = 0; i + k < last; k++) lane[k] += TAKEN((double)x[i + k]); \
      total += fold(lane, 1); \
    } \
    return total; \
  }

#define HESSIAN(T, real) \
  SUM(sum_below, T, real, ONE_HALF) \
  SUM(sum, T, real, ALL) \
  static void row_##T(real *p, size_t n, double factor) { \
    const double others = sum_below_##T(p, n); \
    for (size_t i = 0; i < n; i++) { \
      const double value = p[i], rest = value > 0.5 ? others : 1 - value; \
      p[i] = (real)(factor * (value * rest)); \
    } \
  } \
  static void columns_##T(real *p, size_t n, ptrdiff_t step, size_t count, const double *factor) { \
    double lane[LANES * COLUMNS], others[COLUMNS] = {0}; \
    for (size_t first = 0; first < n; first += FA_BLOCK) { \
      const size_t last = n - first < FA_BLOCK ? n : first + FA_BLOCK; \
      memset(lane, 0, sizeof lane); \
      for (size_t i = first; i < last; i++) { \
        const real *element = p + (ptrdiff_t)i * step; \
        double *to = lane + (i - first) % LANES * COLUMNS; \
        for (size_t c = 0; c < count; c++) to[c] += ONE_HALF((double)element[c]); \
      } \
      for (size_t c = 0; c < count; c++) others[c] += fold(lane + c, COLUMNS); \
    } \
    for (size_t i = 0; i < n; i++) { \
      real *element = p + (ptrdiff_t)i * step; \
      for (size_t c = 0; c < count; c++) { \
        const double value = element[c], rest = value > 0.5 ? others[c] : 1 - value; \
        element[c] = (real)(factor[c] == 0 ? 0 : factor[c] * (value * rest)); \
      } \
    } \
  } \
  static void all_##T(real *p, size_t n, ptrdiff_t step, size_t count, const double *factor, int columns) { \
    for (size_t c = 0; columns && c < count; c += COLUMNS) \
      columns_##T(p + c, n, step, count - c < COLUMNS ? count - c : COLUMNS, factor + c); \
    for (size_t r = 0; !columns && r < count; r++) { \
      real *row = p + (ptrdiff_t)r * step; \
      if (factor[r] != 0) row_##T(row, n, factor[r]); \
      else memset(row, 0, n * sizeof(real)); \
    } \
  }
HESSIAN(f32, float)
HESSIAN(f64, double)

void fa_to_hessian(fa_dtype dtype, void *p, size_t n, ptrdiff_t step, size_t count, const double *factor, int columns) {
  if (dtype == FA_F32) all_f32(p, n, step, count, factor, columns);
  else all_f64(p, n, step, count, factor, columns);
}

double fa_sum_of_row(fa_dtype dtype, const void *t, size_t n) {
  return dtype == FA_F32 ? sum_f32(t, n) : sum_f64(t, n);
}
