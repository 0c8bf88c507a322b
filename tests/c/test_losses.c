/* Cross entropy on one instruction set: test_losses <isa>. A row's bits must not depend on the way it is taken (rows,
 * packed rows, columns, pieces, in place, without gradient); loss and gradient are held against long double. Prints
 * digests, which must be those of every other instruction set. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "called.h"
#include "common.h"
#include "fastact/kernels.h"
#include "typed.h"

static const double bound = 4; /* relative, in eps of the type */
static int failures;

/* A batch of rows, packed, and what it gave. */
typedef struct {
  fa_dtype type;
  size_t count, n;
  char *x, *y;
  ptrdiff_t *label;
  double *grad_scale, *loss;
} batch;

/* Rows of several widths; some confident, some with -inf, NaN or inf; some without label; gains of all sizes. */
static batch draw_batch(fa_dtype type, size_t count, size_t n) {
  static const double widths[] = {8, 1, 40, 120, 0.01}, gains[] = {1, -0.25, 0x1p-20, 3.5, 0x1p-100, 1e10, 0};
  batch b = {type,
             count,
             n,
             buffer(count * n * sizes[type]),
             buffer(count * n * sizes[type]),
             buffer(count * sizeof(ptrdiff_t)),
             buffer(count * sizeof(double)),
             buffer(count * sizeof(double))};
  for (size_t r = 0; r < count; r++) {
    char *x = b.x + r * n * sizes[type];
    uint64_t state = r * 1000003 + n;
    const double width = widths[r % 5] * (type == FA_F64 && r % 5 == 3 ? 5 : 1), centre = r % 6 == 5 ? 1000 : 0;
    for (size_t i = 0; i < n; i++)
      put(x, type, i, r % 3 == 2 && draw(&state) % 4 == 0 ? -INFINITY : centre + draw_f64(&state) * width);
    b.label[r] = r % 8 == 7 ? -1 : (ptrdiff_t)(draw(&state) % n);
    if (r % 4 == 1 && b.label[r] >= 0)
      put(x, type, (size_t)b.label[r], centre + width + (double)(r % 40)); /* confident */
    if (r % 17 == 9) put(x, type, draw(&state) % n, NAN);
    if (r % 19 == 9) put(x, type, draw(&state) % n, INFINITY);
    if (r % 23 == 9)
      for (size_t i = 0; i < n; i++) put(x, type, i, -INFINITY);
    b.grad_scale[r] = b.label[r] < 0 ? 0 : gains[draw(&state) % 7];
  }
  return b;
}
static void free_batch(batch *b) { free(b->x), free(b->y), free(b->label), free(b->grad_scale), free(b->loss); }

static void expect_same(const batch *b, const void *y, const double *loss, const char *what) {
  size_t wrong = 0;
  for (size_t r = 0; r < b->count; r++) wrong += canonical(b->loss, r, 8) != canonical(loss, r, 8);
  for (size_t i = 0; y && i < b->count * b->n; i++)
    wrong += canonical(b->y, i, sizes[b->type]) != canonical(y, i, sizes[b->type]);
  if (!wrong) return;
  failures++;
  fprintf(stderr, "FAIL %s: %zu differ %s (n=%zu)\n", type_names[b->type], wrong, what, b->n);
}

/* The relative error in eps, below `smallest` that of `smallest`. */
static double error(const batch *b, double got, long double want, double smallest) {
  if (isnan((double)want) || isnan(got)) return isnan((double)want) && isnan(got) ? 0 : INFINITY;
  if (isinf((double)want)) return got == (double)want ? 0 : INFINITY;
  long double size = fabsl(want), eps = b->type == FA_F32 ? 0x1p-23L : 0x1p-52L;
  return (double)(fabsl(got - want) / (eps * (size > smallest ? size : smallest)));
}

static void check_accuracy(const batch *b, double *worst_loss, double *worst_gradient) {
  const double least = b->type == FA_F32 ? 0x1p-126 : 0x1p-1022;
  for (size_t r = 0; r < b->count; r++) {
    const char *x = b->x + r * b->n * sizes[b->type], *y = b->y + r * b->n * sizes[b->type];
    const ptrdiff_t at = b->label[r];
    long double m = -INFINITY, rest = 0, others = 0;
    int is_nan = 0;
    for (size_t i = 0; i < b->n; i++) {
      long double v = get(x, b->type, i);
      is_nan |= isnan((double)v);
      m = v > m ? v : m;
    }
    is_nan |= isinf((double)m);
    for (size_t i = 0; at >= 0 && !is_nan && i < b->n; i++) {
      long double w = expl(get(x, b->type, i) - m);
      if ((ptrdiff_t)i != at) others += w;
      rest += w;
    }
    long double d = at < 0 || is_nan ? 0 : get(x, b->type, (size_t)at) - m;
    long double loss = at < 0 ? 0 : is_nan ? NAN : d == 0 ? log1pl(others) : logl(rest) - d;
    double e = error(b, b->loss[r], loss, least);
    if (e > *worst_loss) *worst_loss = e;
    if (e > bound)
      failures++, fprintf(stderr, "FAIL %s: row %zu of %zu has loss %.17g, not %.17Lg\n", type_names[b->type], r, b->n,
                          b->loss[r], loss);
    for (size_t i = 0; i < b->n; i++) {
      long double p = expl(get(x, b->type, i) - m) / rest;
      long double want = at < 0 ? 0 : is_nan ? NAN : b->grad_scale[r] * ((ptrdiff_t)i == at ? -others / rest : p);
      /* probabilities below 2^-179 may be 0 */
      e = error(b, get(y, b->type, i), want, fmax(least, b->type == FA_F32 ? fabs(b->grad_scale[r]) * 0x1p-158 : 0));
      if (e > *worst_gradient) *worst_gradient = e;
      if (e > bound)
        failures++,
            fprintf(stderr, "FAIL %s: row %zu of %zu has gradient %.17g at %zu, not %.17Lg (label %td, gain %g)\n",
                    type_names[b->type], r, b->n, get(y, b->type, i), i, want, at, b->grad_scale[r]);
      if (failures > 20) exit(1);
    }
  }
}

/* One row as several threads would take it. */
static void in_blocks(const fa_kernels *table, const batch *b, size_t r, char *y, double *loss) {
  const fa_loss_blocks *block_kernels = &table->loss_blocks[b->type];
  const size_t n = b->n, blocks = (n + FA_BLOCK - 1) / FA_BLOCK, step = FA_BLOCK * sizes[b->type];
  const char *x = b->x + r * n * sizes[b->type];
  if (b->label[r] < 0) {
    memset(y, 0, n * sizes[b->type]);
    *loss = 0;
    return;
  }
  double m = -INFINITY, rest = 0;
  for (size_t k = 0; k < blocks; k++) {
    double maximum =
        table->row_blocks[b->type].maximum(x + k * step, k + 1 < blocks ? (size_t)FA_BLOCK : n - k * FA_BLOCK);
    m = maximum > m ? maximum : m;
  }
  for (size_t k = 0; k < blocks; k++)
    rest =
        rest + block_kernels->exp_sum(x + k * step, y + k * step, k + 1 < blocks ? (size_t)FA_BLOCK : n - k * FA_BLOCK,
                                      b->label[r] - (ptrdiff_t)(k * FA_BLOCK), m);
  for (size_t k = blocks; k-- > 0;)
    *loss = block_kernels->finish(y + k * step, k + 1 < blocks ? (size_t)FA_BLOCK : n - k * FA_BLOCK, n,
                                  b->label[r] - (ptrdiff_t)(k * FA_BLOCK), b->grad_scale[r], m,
                                  get(x, b->type, (size_t)b->label[r]), rest);
}

static uint64_t check_length(const fa_kernels *table, fa_dtype type, size_t n, uint64_t hash, double *worst_loss,
                             double *worst_gradient) {
  const size_t size = sizes[type], count = n <= 100 ? 300 : 20, bytes = (count + 3) * (n + 3) * size;
  batch b = draw_batch(type, count, n);
  char *scratch = buffer(fa_scratch(FA_SOFTMAX, type, n, 0) + fa_scratch(FA_SOFTMAX, type, n, 1)), *x = buffer(bytes),
       *y = buffer(bytes), *z = buffer(bytes);
  double *loss = buffer(count * sizeof(double));
  fa_losses l = {
      {b.x, b.y, count, n, (ptrdiff_t)n, (ptrdiff_t)n, scratch, 0, NULL, 0, 0, NULL, 0}, b.label, b.grad_scale, b.loss};
  table->loss_rows[type](&l);
  check_accuracy(&b, worst_loss, worst_gradient);

  fa_losses dry = {{b.x, NULL, count, n, (ptrdiff_t)n, 0, scratch, 0, NULL, 0, 0, NULL, 0}, b.label, NULL, loss};
  table->loss_rows[type](&dry);
  expect_same(&b, NULL, loss, "without gradient");

  for (size_t r = 0; r < count; r++) { /* each alone, off the natural alignment */
    fa_losses one = {{b.x + r * n * size, z + size + r * n * size, 1, n, 0, 0, scratch, 0, NULL, 0, 0, NULL, 0},
                     b.label + r,
                     b.grad_scale + r,
                     loss + r};
    table->loss_rows[type](&one);
  }
  expect_same(&b, z + size, loss, "row by row");

  memcpy(y, b.x, count * n * size);
  fa_losses here = {
      {y, y, count, n, (ptrdiff_t)n, (ptrdiff_t)n, scratch, 0, NULL, 0, 0, NULL, 0}, b.label, b.grad_scale, loss};
  table->loss_rows[type](&here);
  expect_same(&b, y, loss, "in place");

  for (size_t r = 0; r < count; r++) memcpy(x + r * (n + 3) * size, b.x + r * n * size, n * size);
  fa_losses apart = {{x, y, count, n, (ptrdiff_t)n + 3, (ptrdiff_t)n + 2, scratch, 0, NULL, 0, 0, NULL, 0},
                     b.label,
                     b.grad_scale,
                     loss};
  table->loss_rows[type](&apart);
  for (size_t r = 0; r < count; r++) memcpy(z + r * n * size, y + r * (n + 2) * size, n * size);
  expect_same(&b, z, loss, "with rows apart");

  for (size_t r = 0; r < count; r++) in_blocks(table, &b, r, z + r * n * size, loss + r);
  expect_same(&b, z, loss, "in pieces");

  if (n <= fa_loss_columns_most())
    for (int wanted = 0; wanted < 2; wanted++) {
      const size_t pitch = count + 3;
      for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < n; i++) memcpy(x + (i * pitch + r) * size, b.x + (r * n + i) * size, size);
      fa_losses columns = {
          {x, wanted ? y : NULL, count, n, (ptrdiff_t)pitch, (ptrdiff_t)count + 1, scratch, 0, NULL, 0, 0, NULL, 0},
          b.label,
          wanted ? b.grad_scale : NULL,
          loss};
      table->loss_columns[type](&columns);
      for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < n; i++) memcpy(z + (r * n + i) * size, y + (i * (count + 1) + r) * size, size);
      expect_same(&b, wanted ? z : NULL, loss, "in columns");
    }
  hash = digest(digest(hash, b.y, count * n, size), b.loss, count, 8);
  free_batch(&b);
  free(scratch), free(x), free(y), free(z), free(loss);
  return hash;
}

/* Labels that are no class: negative ones give 0, the others NaN, and neither leads out of the arrays nor into another
 * row. */
static void check_no_class(const fa_kernels *table, fa_dtype type, size_t n) {
  const ptrdiff_t most = PTRDIFF_MAX,
                  odd[] = {(ptrdiff_t)n, (ptrdiff_t)n + 1,      (ptrdiff_t)1 << 40, most, most / 8, -1,
                           -100,         -((ptrdiff_t)1 << 40), -most - 1};
  const size_t size = sizes[type], count = 60, bytes = count * n * size, kinds = sizeof odd / sizeof *odd;
  batch b = draw_batch(type, count, n);
  char *scratch = buffer(fa_scratch(FA_SOFTMAX, type, n, 0) + fa_scratch(FA_SOFTMAX, type, n, 1));
  /* no byte more than the rows take, so that a sanitizer sees whatever leaves them */
  char *x = malloc(bytes), *y = malloc(bytes), *t = malloc(n * size), *columns = malloc(bytes);
  ptrdiff_t *label = malloc(count * sizeof(ptrdiff_t));
  double *own = malloc(count * sizeof(double)), *loss = malloc(count * sizeof(double));
  if (!x || !y || !t || !columns || !label || !own || !loss) abort();
  memcpy(x, b.x, bytes);
  for (size_t r = 0; r < count; r++) {
    label[r] = r % 3 ? odd[r % kinds] : b.label[r];
    own[r] = 0.5;
    for (size_t i = 0; i < n; i++) memcpy(columns + (i * count + r) * size, x + (r * n + i) * size, size);
  }
  for (size_t i = 0; i < n; i++) put(t, type, i, 1);
  for (int way = 0; way < 3; way++) { /* rows, columns, rows of which every class counts */
    if (way == 1 && n > fa_loss_columns_most()) continue;
    fa_losses l = {{way == 1 ? columns : x, y, count, n, (ptrdiff_t)(way == 1 ? count : n),
                    (ptrdiff_t)(way == 1 ? count : n), scratch, 0, NULL, 0, 0, NULL, 0},
                   b.label,
                   b.grad_scale,
                   b.loss};
    for (int again = 0; again < 2; again++) {
      l.label = again ? label : b.label;
      l.rows.y = again ? y : b.y;
      l.loss = again ? loss : b.loss;
      fa_soft_losses soft = {l.rows, t, 0, 0.125, l.label, own, 1, l.loss};
      if (way == 2) table->soft_loss_rows[type](&soft);
      else (way ? table->loss_columns : table->loss_rows)[type](&l);
    }
    for (size_t r = 0; r < count; r++) {
      size_t wrong = r % 3 ? canonical(loss, r, 8) != canonical(label[r] < 0 ? (double[]){0} : (double[]){NAN}, 0, 8)
                           : canonical(loss, r, 8) != canonical(b.loss, r, 8);
      for (size_t i = 0; i < n; i++) {
        const size_t at = way == 1 ? i * count + r : r * n + i;
        const double got = get(y, type, at);
        wrong += r % 3 ? label[r] < 0 ? got != 0 : !isnan(got) : canonical(y, at, size) != canonical(b.y, at, size);
      }
      if (wrong)
        failures++, fprintf(stderr, "FAIL %s: label %td of %zu classes, way %d, row %zu\n", type_names[type], label[r],
                            n, way, r);
    }
  }
  free_batch(&b);
  free(scratch), free(x), free(y), free(t), free(columns), free(label), free(own), free(loss);
}

/* Every class counts for something, a label for something besides: against long double, in place, one row repeated. */
static uint64_t check_soft(const fa_kernels *table, fa_dtype type, size_t n, uint64_t hash, double *worst_loss,
                           double *worst_gradient) {
  const size_t size = sizes[type], count = 60, bytes = count * n * size;
  const double least = type == FA_F32 ? 0x1p-126 : 0x1p-1022;
  batch b = draw_batch(type, count, n);
  char *scratch = buffer(fa_scratch(FA_SOFTMAX, type, n, 0)), *t = buffer(bytes), *y = buffer(bytes);
  double *own = buffer(count * sizeof(double)), *loss = buffer(count * sizeof(double));
  for (size_t r = 0; r < count; r++) {
    uint64_t state = r * 77 + n;
    own[r] = r % 3 ? 0.9 : 0;
    for (size_t i = 0; i < n; i++) put(t, type, i + r * n, r % 4 ? fabs(draw_f64(&state)) : draw(&state) % n == 0);
  }
  for (int labelled = 0; labelled < 2; labelled++) {
    const double scale = labelled ? 0.125 : 1, grad_scale = labelled ? -0.01 : 1;
    fa_soft_losses l = {{b.x, b.y, count, n, (ptrdiff_t)n, (ptrdiff_t)n, scratch, 0, NULL, 0, 0, NULL, 0},
                        t,
                        labelled ? 0 : (ptrdiff_t)n,
                        scale,
                        labelled ? b.label : NULL,
                        labelled ? own : NULL,
                        grad_scale,
                        b.loss};
    table->soft_loss_rows[type](&l);
    memcpy(y, b.x, bytes);
    fa_soft_losses here = l;
    here.rows.x = here.rows.y = y, here.loss = loss;
    table->soft_loss_rows[type](&here);
    expect_same(&b, y, loss, "with soft labels, in place");
    here.rows.x = b.x, here.rows.y = NULL;
    table->soft_loss_rows[type](&here);
    expect_same(&b, NULL, loss, "with soft labels, without gradient");
    hash = digest(digest(hash, b.y, count * n, size), b.loss, count, 8);
    for (size_t r = 0; r < count; r++) {
      const ptrdiff_t at = labelled ? b.label[r] : -2;
      long double m = -INFINITY, s = 0, whole = 0, want = 0, rest = 0;
      int special = 0;
      size_t place = 0;
#define X(i) ((long double)get(b.x, type, r * n + (i)))
#define Q(i) \
  ((long double)scale * get(t, type, (labelled ? 0 : r * n) + (i)) + ((ptrdiff_t)(i) == at ? (long double)own[r] : 0))
      for (size_t i = 0; i < n; i++) {
        special |= isnan((double)X(i)) || X(i) == INFINITY;
        if (X(i) > m) m = X(i), place = i;
      }
      if (at == -1 || special || isinf((double)m)) continue;
      for (size_t i = 0; i < n; i++) {
        s += expl(X(i) - m), whole += Q(i);
        if (i != place) rest += expl(X(i) - m);
      }
      for (size_t i = 0; i < n; i++)
        if (Q(i) != 0) want += Q(i) * (m - X(i) + (rest < 1 ? log1pl(rest) : logl(s)));
      double e = error(&b, b.loss[r], want, least);
      if (e > *worst_loss) *worst_loss = e;
      if (e > bound)
        failures++, fprintf(stderr, "FAIL %s: soft row %zu of %zu has loss %.17g, not %.17Lg\n", type_names[type], r, n,
                            b.loss[r], want);
      for (size_t i = 0; i < n; i++) { /* relative to the parts that are subtracted */
        long double p = expl(X(i) - m) / s, others = 0, q = Q(i);
        for (size_t j = 0; j < n; j++) others += j == i ? 0 : expl(X(j) - m) / s;
        long double size_of = fabsl(grad_scale) * (p * (whole - q) + q * others);
        e = error(&b,
                  get(b.y, type, r * n + i) - (double)(grad_scale * (p * (whole - q) - q * others)) + (double)size_of,
                  size_of, least * 0x1p30);
        if (e > *worst_gradient) *worst_gradient = e;
        if (e > bound)
          failures++, fprintf(stderr, "FAIL %s: soft row %zu of %zu has gradient %.17g at %zu\n", type_names[type], r,
                              n, get(b.y, type, r * n + i), i);
        if (failures > 20) exit(1);
      }
    }
  }
  free_batch(&b);
  free(scratch), free(t), free(y), free(own), free(loss);
  return hash;
}

int main(int argc, char **argv) {
  static const size_t more[] = {96, 100, 128, 255, 256, 257, 1000, 4096, 4097, 9001};
  const char *why;
  const fa_kernels *table = select_noted(argc > 1 ? argv[1] : NULL, &why);
  if (!table) return fprintf(stderr, "test_losses: %s\n", why), 2;
  for (int type = 0; type < FA_COMPUTE_DTYPES; type++) {
    uint64_t hash = 0;
    double loss = 0, gradient = 0;
    for (size_t n = 1; n <= 70; n++) hash = check_length(table, (fa_dtype)type, n, hash, &loss, &gradient);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
      hash = check_length(table, (fa_dtype)type, more[i], hash, &loss, &gradient);
    uint64_t soft = 0;
    double soft_loss = 0, soft_gradient = 0;
    for (size_t n = 1; n <= 70; n++) soft = check_soft(table, (fa_dtype)type, n, soft, &soft_loss, &soft_gradient);
    for (size_t n = 1; n <= 70; n++) check_no_class(table, (fa_dtype)type, n);
    for (size_t n = 255; n <= 10000; n += 1949) check_no_class(table, (fa_dtype)type, n);
    for (size_t n = 256; n <= 270; n += 7)
      soft = check_soft(table, (fa_dtype)type, n, soft, &soft_loss, &soft_gradient);
    printf("cross_entropy %s %016llx\n", type_names[type], (unsigned long long)hash);
    printf("cross_entropy-soft %s %016llx\n", type_names[type], (unsigned long long)soft);
    fprintf(stderr, "%-8s cross_entropy %s: at most %.2f eps, gradient %.2f eps; of soft labels %.2f, %.2f eps\n",
            table->name, type_names[type], loss, gradient, soft_loss, soft_gradient);
  }
  return failures != 0;
}
