/* p (1 - p), and 1 - p is exact but for two roundings, unless p is above 1/2. One element of a row can be, and there it
 * is the sum of the others: a confident row keeps its digits. Sums run in lanes, by the element's index within its run,
 * so that rows and columns have the same. */
#include "engine/hessian.h"

#include "fastact/kernels.h"
#include <string.h>

enum { LANES = 8, RUN = 256, COLUMNS = 32 };

#define ONE_HALF(p) ((p) > (1.0f / 2) ? 0 : (p))

#define SUM(T, real) \
  static double fold_##T(const real *lane, size_t pitch) { \
    double part[LANES]; \
    for (size_t k = 0; k < LANES; k++) part[k] = lane[k * pitch]; \
    for (size_t half = LANES / 2; half; half /= 2) \
      for (size_t k = 0; k < half; k++) part[k] += part[k + half]; \
    return part[0]; \
  } \
  static double sum_below_##T(const real *x, size_t n) { \
    double total = 0; \
    for (size_t first = 0; first < n; first += RUN) { \
      const size_t last = n - first < RUN ? n : first + RUN; \
      real lane[LANES] = {0}; \
      size_t i = first; \
      for (; i + LANES <= last; i += LANES) \
        for (size_t k = 0; k < LANES; k++) lane[k] += ONE_HALF(x[i + k]); \
      for (size_t k = 0; i + k < last; k++) lane[k] += ONE_HALF(x[i + k]); \
      total += fold_##T(lane, 1); \
    } \
    return total; \
  }

/* The factor is a double, whatever the type: float may not hold it. */
#define HESSIAN(T, real) \
  SUM(T, real) \
  static void row_##T(real *p, size_t n, double factor) { \
    int any = 0; \
    for (size_t i = 0; i < n; i++) any |= p[i] > (real)0.5; \
    const real others = any ? (real)sum_below_##T(p, n) : 0; \
    for (size_t i = 0; i < n; i++) { \
      const real value = p[i], rest = value > (real)0.5 ? others : 1 - value; \
      p[i] = (real)(factor * (value * rest)); \
    } \
  } \
  static void columns_##T(real *p, size_t n, ptrdiff_t step, size_t count, const double *factor) { \
    real lane[LANES * COLUMNS]; \
    double others[COLUMNS] = {0}; \
    for (size_t first = 0; first < n; first += RUN) { \
      const size_t last = n - first < RUN ? n : first + RUN; \
      memset(lane, 0, sizeof lane); \
      for (size_t i = first; i < last; i++) { \
        const real *element = p + (ptrdiff_t)i * step; \
        real *to = lane + (i - first) % LANES * COLUMNS; \
        for (size_t c = 0; c < count; c++) to[c] += ONE_HALF(element[c]); \
      } \
      for (size_t c = 0; c < count; c++) others[c] += fold_##T(lane + c, COLUMNS); \
    } \
    for (size_t i = 0; i < n; i++) { \
      real *element = p + (ptrdiff_t)i * step; \
      for (size_t c = 0; c < count; c++) { \
        const real value = element[c], rest = value > (real)0.5 ? (real)others[c] : 1 - value; \
        element[c] = (real)(factor[c] == 0 ? 0 : factor[c] * (value * rest)); \
      } \
    } \
  } \
  static void all_##T(real *p, size_t n, ptrdiff_t step, size_t count, const double *factor, int columns) { \
    for (size_t c = 0; columns && c < count; c += COLUMNS) \
      columns_##T(p + c, n, step, count - c < COLUMNS ? count - c : COLUMNS, factor + c); \
    for (size_t r = 0; !columns && r < count; r++) { \
      real *row = p + (ptrdiff_t)r * step; \
      if (factor[r] == 0) memset(row, 0, n * sizeof(real)); \
      else row_##T(row, n, factor[r]); \
    } \
  }
HESSIAN(f32, float)
HESSIAN(f64, double)

void fa_to_hessian(fa_dtype dtype, void *p, size_t n, ptrdiff_t step, size_t count, const double *factor, int columns) {
  if (dtype == FA_F32) all_f32(p, n, step, count, factor, columns);
  else all_f64(p, n, step, count, factor, columns);
}

double fa_sum_of_row(fa_dtype dtype, const void *t, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i++) total += dtype == FA_F32 ? (double)((const float *)t)[i] : ((const double *)t)[i];
  return total;
}
