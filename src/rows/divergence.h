/* The divergence of two rows' distributions, in float32: sum(w_i (t_i + e^-t_i - 1)) / sum(w_i), t = log(p/q), whose
 * terms are not negative. w and v are the weights of x and y, t the difference of both in float64 less that of the
 * rows' logarithms. Where t is near 0 a polynomial keeps the digits; elsewhere the term is w t + (v' - w), v' being v
 * times the quotient of the sums.
 *
 * An error d of the logarithms' difference moves the sum by d^2/2 alone, since p and q add up to 1: below 2^-49 of
 * float32 weights' errors. So sums from FA_DIVERGENCE_LEAST on are right to 2^-24 of themselves but for the weights'
 * errors; who calls computes others in float64, but for those that float32 rounds to 0: the true sum is
 * smaller still. */
#ifndef FASTACT_ROWS_DIVERGENCE_H
#define FASTACT_ROWS_DIVERGENCE_H
#include "rows/rows.h"
#include "tables/divergence.h"

#define FA_DIVERGENCE_C(k) f32_set1(FA_F32_DIVERGENCE_##k)
/* (t + e^-t - 1)/t^2 */
FA_INLINE f32v f32_divergence_quotient(f32v t) {
  const f32v t2 = f32_mul(t, t), t4 = f32_mul(t2, t2);
  const f32v p01 = f32_fma(FA_DIVERGENCE_C(1), t, FA_DIVERGENCE_C(0)),
             p23 = f32_fma(FA_DIVERGENCE_C(3), t, FA_DIVERGENCE_C(2)),
             p45 = f32_fma(FA_DIVERGENCE_C(5), t, FA_DIVERGENCE_C(4)),
             p67 = f32_fma(FA_DIVERGENCE_C(7), t, FA_DIVERGENCE_C(6)),
             p89 = f32_fma(FA_DIVERGENCE_C(9), t, FA_DIVERGENCE_C(8));
  const f32v low = f32_fma(p23, t2, p01), high = f32_fma(f32_fma(p89, t2, p67), t2, p45);
  return f32_fma(high, t4, low);
}
#undef FA_DIVERGENCE_C
/* c: the logarithm of ratio, by which v is to be multiplied, plus the rows' centres. */
FA_INLINE f32v f32_divergence_term(f32v x, f32v y, f32v w, f32v v, f32_total c, f32v ratio) {
  const f32v t = f32_narrow_total(f32_total_sub(f32_total_sub(f32_widen(x), f32_widen(y)), c));
  const f32v near = f32_mul(w, f32_mul(f32_mul(t, t), f32_divergence_quotient(t)));
  const f32v far = f32_fma(w, t, f32_fms(v, ratio, w));
  const f32m is_near =
      f32_both(f32_gt(t, f32_set1(FA_F32_DIVERGENCE_LOW)), f32_gt(f32_set1(FA_F32_DIVERGENCE_HIGH), t));
  return f32_select(f32_gt(f32_set1(FA_F32_LEAST_WEIGHT), w), f32_mul(v, ratio), f32_select(is_near, near, far));
}

enum { FA_OTHERS = FA_F32_LANES / 2 };

/* The logarithms and the sums of rows in lanes; those of the other distribution stand FA_OTHERS lanes further. */
typedef struct {
  float maximum[FA_F32_LANES];
  double rest[FA_F32_LANES], maxima[FA_F32_LANES], logarithm[FA_F32_LANES], whole[FA_F32_LANES];
} f32_divergence_rows;
FA_INLINE void f32_divergence_weigh(const float *x, float *w, size_t n, f32_divergence_rows *q, size_t i) {
  const f32v m = f32_set1(q->maximum[i] = f32_row_maximum(x, n));
  const f32_frame f = f32_frame_of(m);
  double s[2] = {0, 0};
  for (size_t j = 0; j < n; j += FA_BLOCK) f32_split_block(x + j, w + j, n - j < FA_BLOCK ? n - j : FA_BLOCK, m, f, s);
  q->rest[i] = s[0], q->maxima[i] = s[1];
}
FA_INLINE void f32_divergence_sums(f32_divergence_rows *q) {
  const f32_frame f = f32_frame_of(f32_load(q->maximum));
  const f32_split_total s = {f32_total_load(q->rest), f32_total_load(q->maxima)};
  f32_total_store(q->logarithm, f32_log_sum(s, f));
  f32_total_store(q->whole, f32_whole_sum(s, f));
}
FA_INLINE double f32_divergence_row(const float *x, const float *y, const float *w, const float *v, size_t n,
                                    const f32_divergence_rows *q, size_t i) {
  const size_t o = i + FA_OTHERS;
  const f32_total c =
      f32_total_of(((double)q->maximum[i] - (double)q->maximum[o]) + (q->logarithm[i] - q->logarithm[o]));
  const f32v ratio = f32_set1((float)(q->whole[i] / q->whole[o]));
  f32_total even = f32_total_of(0), odd = even;
  size_t j = 0;
  for (; j + 2 * FA_F32_LANES <= n; j += 2 * FA_F32_LANES) {
    const size_t k = j + FA_F32_LANES;
    even = f32_total_add(even, f32_widen(f32_divergence_term(f32_load(x + j), f32_load(y + j), f32_load(w + j),
                                                             f32_load(v + j), c, ratio)));
    odd = f32_total_add(odd, f32_widen(f32_divergence_term(f32_load(x + k), f32_load(y + k), f32_load(w + k),
                                                           f32_load(v + k), c, ratio)));
  }
  for (; j < n; j += FA_F32_LANES) {
    const size_t k = n - j < FA_F32_LANES ? n - j : FA_F32_LANES;
    const f32v term = f32_divergence_term(f32_load_part(x + j, k, 0), f32_load_part(y + j, k, 0),
                                          f32_load_part(w + j, k, 0), f32_load_part(v + j, k, 0), c, ratio);
    if (j / FA_F32_LANES % 2) odd = f32_total_add(odd, f32_widen(term));
    else even = f32_total_add(even, f32_widen(term));
  }
  return f32_total_sum(f32_total_add(even, odd)) / q->whole[i];
}

/* The weights of short rows in lanes, to w, and their sums. */
typedef struct {
  f32v m;
  f32_total logarithm, whole;
} f32_divergence_lanes;
FA_INLINE f32_divergence_lanes f32_divergence_columns(const float *x, ptrdiff_t pitch, size_t n, float *w) {
  const f32v m = f32_column_maximum(x, pitch, n);
  const f32_frame f = f32_frame_of(m);
  f32_split_total s = {f32_total_of(0), f32_total_of(0)};
  for (size_t i = 0; i < n; i++) {
    const f32v element = f32_load(x + (ptrdiff_t)i * pitch), weight = f32_weight(element, f);
    f32_store(w + i * FA_F32_LANES, weight);
    s = f32_split_total_add(s, element, weight, m);
  }
  return (f32_divergence_lanes){m, f32_log_sum(s, f), f32_whole_sum(s, f)};
}
FA_INLINE void f32_short_divergences(const fa_information *call) {
  const size_t n = call->n, batch = fa_short_batch(sizeof(float), n);
  float w[FA_SHORT_SOFTMAX_BYTES / sizeof(float) * FA_F32_LANES], v[sizeof w / sizeof *w];
  double ended[FA_F32_LANES];
  for (size_t row = 0; row < call->count; row += batch) {
    const f32_short_pair p = f32_turn_both(call, row);
    for (size_t j = 0; j < p.rows; j += FA_F32_LANES) {
      const f32_divergence_lanes a = f32_divergence_columns(p.x + j, p.pitch, n, w),
                                 b = f32_divergence_columns(p.y + j, p.pitch, n, v);
      const f32_total c =
          f32_total_add(f32_total_sub(f32_widen(a.m), f32_widen(b.m)), f32_total_sub(a.logarithm, b.logarithm));
      const f32v ratio = f32_narrow_total(f32_total_div(a.whole, b.whole));
      f32_total sum = f32_total_of(0);
      for (size_t i = 0; i < n; i++) {
        const ptrdiff_t at = (ptrdiff_t)i * p.pitch + (ptrdiff_t)j;
        sum = f32_total_add(
            sum, f32_widen(f32_divergence_term(f32_load(p.x + at), f32_load(p.y + at), f32_load(w + i * FA_F32_LANES),
                                               f32_load(v + i * FA_F32_LANES), c, ratio)));
      }
      f32_total_store(ended, f32_total_div(sum, a.whole));
      memcpy(call->sum + row + j, ended, (p.rows - j < FA_F32_LANES ? p.rows - j : FA_F32_LANES) * sizeof *ended);
    }
  }
}

static void f32_divergences(const fa_information *call) {
  const size_t n = call->n, batch = fa_divergence_batch(n), pitch = fa_divergence_pitch(n);
  if (fa_information_is_short(sizeof(float), n)) {
    f32_short_divergences(call);
    return;
  }
  float *w = (float *)call->scratch, *v = w + batch * pitch;
  const float *x = (const float *)call->x, *y = (const float *)call->y;
  for (size_t first = 0; first < call->count; first += batch) {
    const size_t rows = call->count - first < batch ? call->count - first : batch;
    f32_divergence_rows q;
    for (size_t i = 0; i < FA_F32_LANES; i++) q.maximum[i] = 0, q.rest[i] = q.maxima[i] = 1;
    for (size_t i = 0; i < rows; i++) {
      const ptrdiff_t row = (ptrdiff_t)(first + i);
      f32_divergence_weigh(x + row * call->xstep, w + i * pitch, n, &q, i);
      f32_divergence_weigh(y + row * call->ystep, v + i * pitch, n, &q, i + FA_OTHERS);
    }
    f32_divergence_sums(&q);
    for (size_t i = 0; i < rows; i++) {
      const ptrdiff_t row = (ptrdiff_t)(first + i);
      call->sum[row] =
          f32_divergence_row(x + row * call->xstep, y + row * call->ystep, w + i * pitch, v + i * pitch, n, &q, i);
    }
  }
}
#endif
