/* Sums of a few terms of averages of vectors, which are `step` elements apart: of `columns` vector registers' worth of
 * numbers side by side, the last of k, for some rows, whose weights are FA_RUN elements apart. The sum of row r and
 * register c is sums[r * columns + c].
 *
 * float32 takes four sums of four products each by FMAs and adds them up in pairs: relative to the sum of sizes they
 * are off by 6 times 2^-24 at most. (In float64, where products are exact, all of it took 1.7 times as long.) */
#ifndef FASTACT_AVERAGE_SUMS_H
#define FASTACT_AVERAGE_SUMS_H
#include "fastact/kernels.h"
#include "rows/precision.h"

enum { FA_CHAINS = 4, FA_CHAIN = FA_AVERAGED_GROUP / FA_CHAINS };

/* sums that are taken together: three chains of each and a vector stay in the registers */
enum { FA_AVERAGED_TILE = FA_REGISTERS < 32 ? 2 : FA_AVERAGED_TOGETHER };

FA_INLINE f32v f32_of_vector(const float *v, size_t k) {
  return k == FA_F32_LANES ? f32_load(v) : f32_load_part(v, k, 0);
}
FA_INLINE f64v f64_of_vector(const double *v, size_t k) {
  return k == FA_F64_LANES ? f64_load(v) : f64_load_part(v, k, 0);
}

/* of the terms of chain i */
FA_INLINE void f32_chain(const int rows, const int columns, const int i, const float *v, ptrdiff_t step, size_t terms,
                         const float *w, size_t k, f32v *sum) {
  v += i * FA_CHAIN * step;
  w += i * FA_CHAIN;
  if (!terms)
    for (int r = 0; r < rows * columns; r++) sum[r] = f32_set1(0);
  for (size_t j = 0; j < terms; j++)
    for (int c = 0; c < columns; c++) {
      const f32v u = f32_of_vector(v + (ptrdiff_t)j * step + c * FA_F32_LANES, c + 1 == columns ? k : FA_F32_LANES);
      for (int r = 0; r < rows; r++) {
        const f32v by = f32_set1(w[r * FA_RUN + (int)j]);
        f32v *const s = sum + r * columns + c;
        *s = j ? f32_fma(u, by, *s) : f32_mul(u, by);
      }
    }
}
FA_INLINE void f32_join(const int count, f32v *sum, const f32v *more) {
  for (int r = 0; r < count; r++) sum[r] = f32_add(sum[r], more[r]);
}
FA_INLINE size_t fa_chain_terms(size_t terms, size_t chain) {
  const size_t first = chain * FA_CHAIN;
  return terms <= first ? 0 : terms - first < FA_CHAIN ? terms - first : FA_CHAIN;
}
FA_INLINE void f32_weighted_sums(const int rows, const int columns, const float *v, ptrdiff_t step, size_t terms,
                                 const float *w, size_t k, f32_total *sums) {
  f32v a[FA_AVERAGED_TILE], b[FA_AVERAGED_TILE], c[FA_AVERAGED_TILE];
  f32_chain(rows, columns, 0, v, step, fa_chain_terms(terms, 0), w, k, a);
  f32_chain(rows, columns, 1, v, step, fa_chain_terms(terms, 1), w, k, b);
  f32_join(rows * columns, a, b);
  f32_chain(rows, columns, 2, v, step, fa_chain_terms(terms, 2), w, k, b);
  f32_chain(rows, columns, 3, v, step, fa_chain_terms(terms, 3), w, k, c);
  f32_join(rows * columns, b, c);
  f32_join(rows * columns, a, b);
  for (int r = 0; r < rows * columns; r++) sums[r] = f32_widen(a[r]);
}

FA_INLINE void f64_weighted_sums(const int rows, const int columns, const double *v, ptrdiff_t step, size_t terms,
                                 const double *w, size_t k, f64_total *sums) {
  for (int r = 0; r < rows * columns; r++) sums[r] = f64_total_of(0);
  for (size_t j = 0; j < terms; j++)
    for (int c = 0; c < columns; c++) {
      const f64v u = f64_of_vector(v + (ptrdiff_t)j * step + c * FA_F64_LANES, c + 1 == columns ? k : FA_F64_LANES);
      for (int r = 0; r < rows; r++) {
        f64_total *const s = sums + r * columns + c;
        *s = f64_total_fma((f64_total){u}, f64_total_of(w[r * FA_RUN + (int)j]), *s);
      }
    }
}
#endif
