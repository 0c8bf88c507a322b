/* log(abs(s)) and the sign of s = sum(b exp(x)) of rows in float64. Elements of factor 0 count for nothing. With m the
 * largest x of the others, s exp(-m) is the sum of the b at m plus the rest, which may be small beside it: both go in
 * lanes of their own, run by run (rows.h), and what rounding takes from their sum goes behind the logarithm. */
#ifndef FASTACT_ROWS_SIGNED_SUMS_H
#define FASTACT_ROWS_SIGNED_SUMS_H
#include "rows/rows.h"

/* Factors between these, or 0, neither overflow beside a weight nor vanish; nor does a sum of this size over the weight
 * of the maximum. */
#define FA_SIGNED_MOST 0x1p400
#define FA_SIGNED_LEAST 0x1p-400
#define FA_SIGNED_SUM 0x1p-900

/* The maximum of what counts; whether a factor is of another size, or an element NaN. */
typedef struct {
  f64v m, wrong;
} f64_signed_peak;
FA_INLINE f64_signed_peak f64_signed_raise(f64_signed_peak p, f64v x, f64v b) {
  const f64v zero = f64_set1(0), one = f64_set1(1), size = f64_abs(b);
  const f64m none = f64_eq(b, zero);
  const f64v counted = f64_select(none, f64_set1(-INFINITY), x);
  const f64v of_size = f64_select(f64_gt(size, f64_set1(FA_SIGNED_MOST)), one,
                                  f64_select(f64_gt(f64_set1(FA_SIGNED_LEAST), size), one, zero));
  const f64v is_number = f64_select(f64_eq(f64_add(counted, b), f64_add(counted, b)), of_size, one);
  return (f64_signed_peak){f64_max(counted, p.m), f64_max(f64_select(none, zero, is_number), p.wrong)};
}

/* What lanes sum: the factors at the maximum, and the rest times the weights. */
typedef struct {
  f64v top, rest;
} f64_signed_sum;
FA_INLINE f64_signed_sum f64_signed_add(f64_signed_sum s, f64v x, f64v b, f64v m, f64_frame f) {
  const f64v zero = f64_set1(0), counted = f64_select(f64_eq(b, zero), f64_set1(-INFINITY), x),
             w = f64_weight(counted, f);
  const f64m at_top = f64_eq(counted, m);
  const f64v kept = f64_select(at_top, zero, f64_select(f64_gt(f64_set1(FA_F64_LEAST_WEIGHT), w), zero, w));
  return (f64_signed_sum){f64_add(s.top, f64_select(at_top, b, zero)), f64_fma(kept, b, s.rest)};
}
FA_INLINE f64_signed_sum f64_signed_join(f64_signed_sum a, f64_signed_sum b) {
  return (f64_signed_sum){f64_add(a.top, b.top), f64_add(a.rest, b.rest)};
}
FA_INLINE f64_signed_sum f64_signed_run(const double *x, const double *b, size_t n, f64v m, f64_frame f) {
  f64_signed_sum even = {f64_set1(0), f64_set1(0)}, odd = even;
  size_t i = 0;
  for (; i + 2 * FA_F64_LANES <= n; i += 2 * FA_F64_LANES) {
    even = f64_signed_add(even, f64_load(x + i), f64_load(b + i), m, f);
    odd = f64_signed_add(odd, f64_load(x + i + FA_F64_LANES), f64_load(b + i + FA_F64_LANES), m, f);
  }
  for (; i < n; i += FA_F64_LANES) {
    const size_t k = n - i < FA_F64_LANES ? n - i : FA_F64_LANES;
    f64_signed_sum *s = i / FA_F64_LANES % 2 ? &odd : &even;
    *s = f64_signed_add(*s, f64_load_part(x + i, k, -INFINITY), f64_load_part(b + i, k, 0), m, f);
  }
  return f64_signed_join(even, odd);
}

/* A row's maximum, 0 for none, and its two sums; `wrong` where it is not to be computed so. */
typedef struct {
  double maximum[FA_F64_LANES], top[FA_F64_LANES], rest[FA_F64_LANES], wrong[FA_F64_LANES];
} f64_signed_rows;
FA_INLINE void f64_signed_row(const double *x, const double *b, size_t n, f64_signed_rows *q, size_t i) {
  f64_signed_peak p = {f64_set1(-INFINITY), f64_set1(0)};
  for (size_t j = 0; j < n; j += FA_F64_LANES) {
    const size_t k = n - j < FA_F64_LANES ? n - j : FA_F64_LANES;
    p = f64_signed_raise(p, f64_load_some(x + j, k), k == FA_F64_LANES ? f64_load(b + j) : f64_load_part(b + j, k, 0));
  }
  const double highest = f64_maximum(p.m);
  q->top[i] = q->rest[i] = 0;
  q->wrong[i] = f64_maximum(p.wrong) != 0 || highest == INFINITY;
  q->maximum[i] = isfinite(highest) ? highest : 0;
  if (q->wrong[i] || !isfinite(highest)) return;
  const f64v m = f64_set1(highest);
  const f64_frame f = f64_frame_of(m);
  for (size_t block = 0; block < n; block += FA_BLOCK) {
    const size_t end = n - block < FA_BLOCK ? n : block + FA_BLOCK;
    f64_signed_sum s = {f64_set1(0), f64_set1(0)};
    for (size_t j = block; j < end; j += FA_RUN)
      s = f64_signed_join(s, f64_signed_run(x + j, b + j, end - j < FA_RUN ? end - j : FA_RUN, m, f));
    q->top[i] += f64_sum(s.top), q->rest[i] += f64_sum(s.rest);
  }
}

/* The logarithms of numbers of any size: f64_log() takes those from 1/2 to 2^64, others are brought there. */
FA_INLINE f64v f64_signed_log(f64v size) {
  double near[FA_F64_LANES], power[FA_F64_LANES];
  f64_store(near, size);
  for (size_t i = 0; i < FA_F64_LANES; i++) {
    int exponent = 1;
    if (!(near[i] >= 0.5 && near[i] < 0x1p64)) near[i] = 2 * frexp(near[i], &exponent);
    power[i] = exponent - 1;
  }
  const f64v k = f64_load(power), low = f64_fma(k, f64_set1(FA_F64_LOG_LN2_LOW), f64_log(f64_load(near)));
  return f64_fma(k, f64_set1(FA_F64_LOG_LN2_HIGH), low);
}

static void f64_signed_sums(const fa_signed_sums *c) {
  for (size_t first = 0; first < c->count; first += FA_F64_LANES) {
    const size_t rows = c->count - first < FA_F64_LANES ? c->count - first : FA_F64_LANES;
    f64_signed_rows q;
    double logarithm[FA_F64_LANES], total[FA_F64_LANES];
    for (size_t i = 0; i < FA_F64_LANES; i++) q.maximum[i] = q.rest[i] = q.wrong[i] = 0, q.top[i] = 1;
    for (size_t i = 0; i < rows; i++)
      f64_signed_row(c->x + (ptrdiff_t)(first + i) * c->xstep, c->b + (ptrdiff_t)(first + i) * c->bstep, c->n, &q, i);
    const f64v m = f64_load(q.maximum), top = f64_load(q.top), zero = f64_set1(0), one = f64_set1(1);
    const f64v rest = f64_div(f64_load(q.rest), f64_frame_of(m).maximum), t = f64_add(top, rest), z = f64_sub(t, top);
    const f64v lost = f64_add(f64_sub(top, f64_sub(t, z)), f64_sub(rest, z)), size = f64_abs(t);
    const f64v some = f64_select(f64_gt(size, zero), t, one);
    f64_store(logarithm, f64_add(m, f64_add(f64_signed_log(f64_abs(some)), f64_div(lost, some))));
    f64_store(total, t);
    for (size_t i = 0; i < rows; i++) {
      const double s = total[i], large = s < 0 ? -s : s;
      const int is_wrong = q.wrong[i] != 0 || (s != 0 && !(large >= FA_SIGNED_SUM));
      c->logarithm[first + i] = is_wrong ? NAN : s == 0 ? -INFINITY : logarithm[i];
      c->sign[first + i] = is_wrong ? NAN : s == 0 ? 0 : s < 0 ? -1 : 1;
    }
  }
}
#endif
