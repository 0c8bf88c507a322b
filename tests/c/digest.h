/* What the parts of the digest program share: the subject, the comparison, and the fixed input set. */
#ifndef DIGEST_H
#define DIGEST_H
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "fastact/engine.h"

static const char *const type_names[FA_ALL_DTYPES] = {"float32", "float64", "float16", "bfloat16"};
static const size_t sizes[FA_ALL_DTYPES] = {4, 8, 2, 2};
/* digest.c: how many comparisons failed, and where the lines of this thread go */
extern int failures;
extern _Thread_local char *lines;

static inline void *buffer(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (!p) abort();
  return p;
}

static inline void put(void *p, fa_dtype type, size_t i, double x) {
  if (type == FA_F32) ((float *)p)[i] = (float)x;
  else ((double *)p)[i] = x;
}

static inline void expect_same(const void *a, const void *b, size_t n, fa_dtype type, const char *kernel,
                               const char *what, size_t length) {
  size_t wrong = 0;
  for (size_t i = 0; i < n; i++) wrong += canonical(a, i, sizes[type]) != canonical(b, i, sizes[type]);
  if (!wrong) return;
#pragma omp atomic
  failures++;
  fprintf(stderr, "FAIL %s %s: %zu of %zu elements differ %s (n=%zu)\n", kernel, type_names[type], wrong, n, what,
          length);
}

static inline void print_digest(const char *operation, fa_dtype type, uint64_t hash) {
  lines += sprintf(lines, "%s %s %016llx\n", operation, type_names[type], (unsigned long long)hash);
}

/* ---- the inputs of elementwise kernels; fastact/_check/digests.py draws the same ---- */

enum { WALK = 1 << 20, EDGES = 13, TURNS = 4 };

static inline double edge(fa_dtype type, uint64_t i) {
  const double most = type == FA_F32 ? FLT_MAX : DBL_MAX, normal = type == FA_F32 ? FLT_MIN : DBL_MIN,
               least = type == FA_F32 ? 0x1p-149 : 0x1p-1074;
  return (double[EDGES]){
      0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, most, -most, normal, -normal, least, -least}[i % EDGES];
}

static inline void put_bits(void *p, fa_dtype type, size_t i, uint64_t r) {
  uint32_t w = (uint32_t)r;
  if (type == FA_F32) memcpy((char *)p + 4 * i, &w, 4);
  else memcpy((char *)p + 8 * i, &r, 8);
}

static inline uint64_t drawn(int stream, uint64_t at) {
  uint64_t state = at + ((uint64_t)stream << 40);
  return draw(&state);
}

/* x: float32, one of each `step` bit patterns; float64, by turns any bit pattern, a number in [-40, 40) and one in
 * [-800, 800). The edges come first, each for long enough to meet every turn of the other inputs. */
static inline void draw_x(void *p, fa_dtype type, uint64_t first, size_t n, uint64_t step) {
  for (size_t i = 0; i < n; i++) {
    const uint64_t at = first + i, r = drawn(0, at);
    if (at < EDGES * 3 * TURNS) put(p, type, i, edge(type, at / (3 * TURNS)));
    else if (type == FA_F32) put_bits(p, type, i, at * step + r % step);
    else if (at % 3 == 0) put_bits(p, type, i, r);
    else put(p, type, i, unit_f64(r) * (at % 3 == 1 ? 40 : 800));
  }
}

/* Any other input, of stream 1 and up: by turns 1, a number in [-4, 4), any bit pattern, an edge. */
static inline void draw_input(void *p, fa_dtype type, int stream, uint64_t first, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const uint64_t at = first + i, r = drawn(stream, at), turn = at / 3 % TURNS;
    if (turn == 2) put_bits(p, type, i, r);
    else put(p, type, i, turn == 0 ? 1 : turn == 1 ? 4 * unit_f64(r) : edge(type, r));
  }
}

/* ---- rows ---- */

/* Row r: width 1, 8 or 40, or so that most weights underflow; every third with -inf in it; some with NaN, +inf, or -inf
 * alone. fastact/_check/digests.py fills the same. */
static inline void fill_row(void *p, fa_dtype type, size_t r, size_t n) {
  static const double widths[] = {8, 1, 40, 120, 8};
  uint64_t state = r * 1000003 + n;
  for (size_t i = 0; i < n; i++) {
    double x = draw_f64(&state) * widths[r % 5] * (type == FA_F64 && r % 5 == 3 ? 8 : 1);
    const int hole = draw(&state) % 4 == 0;
    if ((r % 3 == 2 && hole) || (r + n) % 13 == 5) x = -INFINITY;
    put(p, type, i, x);
  }
  if ((r + n) % 7 == 3) put(p, type, draw(&state) % n, NAN);
  if ((r + n) % 11 == 4) put(p, type, draw(&state) % n, INFINITY);
}

/* digest_rows.c */
void rows_digest(const fa_kernels *table, fa_row_op op, fa_dtype type);
#endif
