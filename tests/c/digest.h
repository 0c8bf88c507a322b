/* What the parts of the digest program share: the subject, the comparison, and the fixed input set. */
#ifndef DIGEST_H
#define DIGEST_H
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "called.h"
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

/* What every fourth row of vary_row is multiplied by, and another fourth: most of its numbers are subnormal, or near
 * the largest. 16-bit types are rounded from float32. */
static const double tiny_factor[FA_ALL_DTYPES] = {0x1p-130, 0x1p-1026, 0x1p-18, 0x1p-130},
                    huge_factor[FA_ALL_DTYPES] = {0x1p120, 0x1p1013, 0x1p9, 0x1p120};

static inline double row_factor(fa_dtype type, size_t r) {
  return r % 4 == 1 ? tiny_factor[type] : r % 4 == 3 ? huge_factor[type] : 1;
}

static inline double number_at(const void *p, fa_dtype type, size_t i) {
  return type == FA_F32 ? (double)((const float *)p)[i] : ((const double *)p)[i];
}

/* Rows as fill_row has them, of any size of numbers; `count` of them, packed. */
static inline void vary_rows(const fa_kernels *table, void *p, fa_dtype type, size_t count, size_t n) {
  const fa_dtype kind = type == FA_F64 ? FA_F64 : FA_F32;
  char *x = type < FA_COMPUTE_DTYPES ? p : buffer(count * n * sizes[kind]);
  for (size_t r = 0; r < count; r++) {
    char *row = x + r * n * sizes[kind];
    fill_row(row, kind, r, n);
    for (size_t i = 0; i < n; i++) put(row, kind, i, number_at(row, kind, i) * row_factor(type, r));
  }
  if (type < FA_COMPUTE_DTYPES) return;
  table->narrow[type - FA_F16]((float *)x, p, count * n);
  free(x);
}

/* One row by the kernels for pieces, as several threads would; of a gradient x is the function's result. */
static inline void row_in_blocks(const fa_kernels *table, fa_row_op op, fa_dtype type, const char *x, const char *dy,
                                 char *y, size_t n) {
  const size_t blocks = (n + FA_BLOCK - 1) / FA_BLOCK, step = FA_BLOCK * sizes[type];
#define BLOCK_LENGTH(b) ((b) + 1 < blocks ? (size_t)FA_BLOCK : n - (b) * FA_BLOCK)
  if (op >= FA_SOFTMAX_GRAD) {
    const fa_gradient_blocks *kernels = &table->gradient_blocks[op - FA_SOFTMAX_GRAD][type];
    double *s = buffer(2 * blocks * sizeof(double));
    for (size_t b = 0; b < blocks; b++) kernels->sum(dy + b * step, x + b * step, BLOCK_LENGTH(b), s + 2 * b);
    kernels->join(s, blocks);
    for (size_t b = blocks; b-- > 0;) kernels->finish(dy + b * step, x + b * step, y + b * step, BLOCK_LENGTH(b), s);
    free(s);
    return;
  }
  const fa_row_blocks *kernels = &table->row_blocks[type];
  double m = kernels->maximum(x, BLOCK_LENGTH(0)), s[2] = {0, 0};
  for (size_t b = 1; b < blocks; b++) {
    double maximum = kernels->maximum(x + b * step, BLOCK_LENGTH(b));
    m = maximum > m ? maximum : m;
  }
  for (size_t b = 0; b < blocks; b++)
    kernels->exp_sum(x + b * step, op == FA_SOFTMAX ? y + b * step : NULL, BLOCK_LENGTH(b), m, s);
  if (op == FA_LOGSUMEXP) kernels->finish[op](x, y, n, m, s);
  else
    for (size_t b = blocks; b-- > 0;) kernels->finish[op](x + b * step, y + b * step, BLOCK_LENGTH(b), m, s);
}

/* ---- lengths ---- */

/* One operation on `count` rows of n elements; the digest carried on. */
typedef uint64_t digest_of_rows(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash);

/* Every length up to SHORTEST for 37 rows, some about the kernels' blocks, and batches large enough for the public
 * functions to use threads. */
enum { SHORTEST = 70, BATCHES = 7 };
static const struct {
  size_t count, n;
} batches[BATCHES] = {{37, 100}, {5, 1000}, {5, 4097}, {5, 9001}, {20000, 10}, {300, 1000}, {2, 150001}};

static inline uint64_t digest_lengths(const fa_kernels *table, digest_of_rows *f, int op, fa_dtype type) {
  uint64_t hash = 0;
  for (size_t n = 1; n <= SHORTEST; n++) hash = f(table, op, type, 37, n, hash);
  for (size_t i = 0; i < BATCHES; i++) hash = f(table, op, type, batches[i].count, batches[i].n, hash);
  return hash;
}

static inline void print_lengths(const fa_kernels *table, digest_of_rows *f, int op, fa_dtype type, const char *name) {
  char text[256];
  lines = text;
  print_digest(name, type, digest_lengths(table, f, op, type));
  fputs(text, stdout);
}

/* digest_rows.c */
void rows_digest(const fa_kernels *table, fa_row_op op, fa_dtype type);
#endif
