/* The Hessian of cross entropy and of its focal loss on one instruction set: test_hessians <isa>. A row's bits must not
 * depend on the way it is taken (many rows, one, rows apart, columns); both are held against long double, in eps of the
 * sum of the sizes of what is added up. Prints digests, which must be those of every other instruction set. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "called.h"
#include "common.h"
#include "fastact/kernels.h"
#include "typed.h"

static const double bound = 12; /* a probability's 4 twice, and the roundings of products */
static int failures;

typedef struct {
  fa_dtype type;
  size_t count, n;
  char *x, *y, *scratch;
  double *factor, *bend;
  ptrdiff_t *label;
} batch;

/* Rows of several widths, some confident, some with NaN; factors of all sizes, of which some are 0. */
static batch draw_batch(fa_dtype type, size_t count, size_t n) {
  static const double widths[] = {8, 1, 40, 0.01}, factors[] = {1, 0.25, 0x1p-20, 3.5, 0x1p-100, 0};
  const size_t size = sizes[type];
  batch b = {type,
             count,
             n,
             buffer(count * n * size),
             buffer(count * n * size),
             buffer(fa_scratch(FA_SOFTMAX, type, n, 0) + fa_scratch(FA_SOFTMAX, type, n, 1)),
             buffer(count * sizeof(double)),
             buffer(count * sizeof(double)),
             buffer(count * sizeof(ptrdiff_t))};
  for (size_t r = 0; r < count; r++) {
    uint64_t state = r * 1000003 + n;
    for (size_t i = 0; i < n; i++) put(b.x, type, r * n + i, draw_f64(&state) * widths[r % 4]);
    b.label[r] = r % 8 == 7 ? -1 : (ptrdiff_t)(draw(&state) % n);
    if (r % 4 == 1) put(b.x, type, r * n + draw(&state) % n, (double)(r % 40));
    if (r % 17 == 9) put(b.x, type, r * n + draw(&state) % n, NAN);
    b.factor[r] = factors[draw(&state) % 6];
    b.bend[r] = b.factor[r] * 4 * draw_f64(&state);
  }
  return b;
}

static void expect_same(const batch *b, const char *y, const char *what) {
  size_t wrong = 0;
  for (size_t i = 0; i < b->count * b->n; i++)
    wrong += canonical(b->y, i, sizes[b->type]) != canonical(y, i, sizes[b->type]);
  if (!wrong) return;
  failures++;
  fprintf(stderr, "FAIL %s: %zu differ %s (n=%zu)\n", type_names[b->type], wrong, what, b->n);
}

static void check_accuracy(const batch *b, int bent, double *worst) {
  const long double eps = b->type == FA_F32 ? 0x1p-23L : 0x1p-52L, least = b->type == FA_F32 ? 0x1p-126L : 0x1p-1022L;
  for (size_t r = 0; r < b->count; r++) {
    const size_t first = r * b->n;
    const ptrdiff_t at = bent ? b->label[r] : -1;
    long double m = -INFINITY, sum = 0;
    int is_nan = 0;
    for (size_t i = 0; i < b->n; i++) {
      const long double v = get(b->x, b->type, first + i);
      is_nan |= isnan((double)v);
      m = v > m ? v : m;
    }
    const double bend = at < 0 ? 0 : b->bend[r];
    long double *const w = buffer(b->n * sizeof *w);
    for (size_t i = 0; i < b->n; i++) sum += w[i] = expl(get(b->x, b->type, first + i) - m);
    const long double q = at < 0 ? 0 : w[at] / sum;
    for (size_t i = 0; i < b->n; i++) {
      const double got = get(b->y, b->type, first + i);
      if (is_nan || (b->factor[r] == 0 && bend == 0)) {
        const int is_right = b->factor[r] == 0 && bend == 0 ? got == 0 : isnan(got);
        if (!is_right) failures++, fprintf(stderr, "FAIL %s: row %zu of %zu\n", type_names[b->type], r, b->n);
        continue;
      }
      long double rest = 0;
      if (w[i] > sum / 2)
        for (size_t j = 0; j < b->n; j++) rest += j == i ? 0 : w[j];
      else rest = sum - w[i];
      const long double p = w[i] / sum, others = rest / sum, away = (ptrdiff_t)i == at ? others : p;
      const long double flat = b->factor[r] * p * others, curved = q * bend * away * away;
      long double size = fabsl(flat) + fabsl(curved);
      const double error = (double)(fabsl(got - flat - curved) / (eps * (size > least ? size : least)));
      if (error > *worst) *worst = error;
      if (error > bound)
        failures++, fprintf(stderr, "FAIL %s: row %zu of %zu has %.17g at %zu, not %.17Lg\n", type_names[b->type], r,
                            b->n, got, i, flat + curved);
      if (failures > 20) exit(1);
    }
    free(w);
  }
}

static uint64_t check_length(const fa_kernels *table, fa_dtype type, size_t n, int bent, uint64_t hash, double *worst) {
  const size_t size = sizes[type], count = n <= 100 ? 300 : 20, bytes = (count + 3) * (n + 3) * size;
  batch b = draw_batch(type, count, n);
  char *x = buffer(bytes), *y = buffer(bytes), *z = buffer(bytes);
  fa_hessian h = {{b.x, b.y, count, n, (ptrdiff_t)n, (ptrdiff_t)n, b.scratch, 0, NULL, 0, 0, NULL, 0},
                  b.factor,
                  bent ? b.bend : NULL,
                  bent ? b.label : NULL};
  table->hessian_rows[type](&h);
  check_accuracy(&b, bent, worst);
  for (size_t r = 0; r < count; r++) { /* each alone, off the natural alignment */
    fa_hessian one = h;
    one.rows.x = b.x + r * n * size, one.rows.y = z + size + r * n * size, one.rows.count = 1;
    one.factor += r;
    if (bent) one.bend += r, one.label += r;
    table->hessian_rows[type](&one);
  }
  expect_same(&b, z + size, "row by row");
  for (size_t r = 0; r < count; r++) memcpy(x + r * (n + 3) * size, b.x + r * n * size, n * size);
  fa_hessian apart = h;
  apart.rows.x = x, apart.rows.y = y, apart.rows.xstep = (ptrdiff_t)n + 3, apart.rows.ystep = (ptrdiff_t)n + 2;
  table->hessian_rows[type](&apart);
  for (size_t r = 0; r < count; r++) memcpy(z + r * n * size, y + r * (n + 2) * size, n * size);
  expect_same(&b, z, "with rows apart");
  if (n <= fa_loss_columns_most()) {
    for (size_t r = 0; r < count; r++)
      for (size_t i = 0; i < n; i++) memcpy(x + (i * (count + 3) + r) * size, b.x + (r * n + i) * size, size);
    apart.rows.xstep = (ptrdiff_t)count + 3, apart.rows.ystep = (ptrdiff_t)count + 1;
    table->hessian_columns[type](&apart);
    for (size_t r = 0; r < count; r++)
      for (size_t i = 0; i < n; i++) memcpy(z + (r * n + i) * size, y + (i * (count + 1) + r) * size, size);
    expect_same(&b, z, "in columns");
  }
  hash = digest(hash, b.y, count * n, size);
  free(b.x), free(b.y), free(b.scratch), free(b.factor), free(b.bend), free(b.label), free(x), free(y), free(z);
  return hash;
}

/* The focal loss of rows and its derivatives, by long double. */
static uint64_t check_focal(const fa_kernels *table, double *worst) {
  static const double gammas[] = {2, 0.5, 1, 3.7, 16};
  enum { N = 1003 };
  static double given[N], loss[N], slope[N], bend[N];
  uint64_t hash = 0, state = 5;
  for (size_t g = 0; g < sizeof gammas / sizeof *gammas; g++) {
    for (size_t i = 0; i < N; i++) given[i] = loss[i] = exp(13.2 * draw_f64(&state) - 6.8);
    given[0] = loss[0] = 0, given[1] = loss[1] = INFINITY, given[2] = loss[2] = NAN, given[3] = loss[3] = 1e300;
    (*table->focal)(gammas[g], N, loss, slope, bend);
    hash = digest(digest(digest(hash, loss, N, 8), slope, N, 8), bend, N, 8);
    if (loss[0] != 0 || slope[0] != 0 || bend[0] != 0 || loss[1] != INFINITY || !isnan(loss[2]) || loss[3] != 1e300)
      failures++, fprintf(stderr, "FAIL focal: special losses\n");
    for (size_t i = 4; i < N; i++) {
      const long double L = given[i], gamma = gammas[g], u = -expm1l(-L), p = expl(-L), power = powl(u, gamma);
      const long double want[] = {power * L, power * (1 + gamma * p * L / u),
                                  gamma * power / u * (2 + (gamma - 1) * p * L / u - L)};
      const long double size[] = {want[0], want[1], gamma * power / u * (2 + fabsl(gamma - 1) * p * L / u + L)};
      const double got[] = {loss[i], slope[i], bend[i]};
      for (int j = 0; j < 3; j++) {
        const double error = (double)(fabsl(got[j] - want[j]) / (0x1p-52L * fmaxl(size[j], 0x1p-1022L)));
        if (error > *worst) *worst = error;
        if (error > 4 + gammas[g])
          failures++, fprintf(stderr, "FAIL focal %d of %.17g: %.17g, not %.17Lg\n", j, given[i], got[j], want[j]);
      }
    }
  }
  return hash;
}

int main(int argc, char **argv) {
  static const size_t more[] = {96, 100, 128, 255, 256, 257, 1000, 4097};
  const char *why;
  const fa_kernels *table = select_noted(argc > 1 ? argv[1] : NULL, &why);
  if (!table) return fprintf(stderr, "test_hessians: %s\n", why), 2;
  for (int type = 0; type < FA_COMPUTE_DTYPES; type++) {
    uint64_t hash[2] = {0};
    double worst[2] = {0};
    for (int bent = 0; bent < 2; bent++) {
      for (size_t n = 1; n <= 70; n++)
        hash[bent] = check_length(table, (fa_dtype)type, n, bent, hash[bent], &worst[bent]);
      for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        hash[bent] = check_length(table, (fa_dtype)type, more[i], bent, hash[bent], &worst[bent]);
    }
    printf("cross_entropy-hessian %s %016llx\n", type_names[type], (unsigned long long)hash[0]);
    printf("softmax_focal_loss-hessian %s %016llx\n", type_names[type], (unsigned long long)hash[1]);
    fprintf(stderr, "%-8s hessian %s: at most %.2f eps, focal %.2f eps\n", table->name, type_names[type], worst[0],
            worst[1]);
  }
  double worst = 0;
  const uint64_t hash = check_focal(table, &worst);
  printf("softmax_focal_loss-of_rows float64 %016llx\n", (unsigned long long)hash);
  fprintf(stderr, "%-8s focal loss of rows: at most %.2f eps\n", table->name, worst);
  return failures != 0;
}
